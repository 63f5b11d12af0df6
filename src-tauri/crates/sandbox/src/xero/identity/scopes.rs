//! Scopes: what may be asked for, what each allows, and how the consent page says it.

use std::collections::BTreeSet;

use super::super::config::OAuthClient;

/// What an endpoint belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Area {
    /// Contacts.
    Contacts,
    /// Invoices and credit notes.
    Invoices,
    /// Payments, overpayments, prepayments.
    Payments,
    /// Bank transactions.
    BankTransactions,
    /// Organisation, accounts, tax rates, currencies.
    Settings,
}

/// Reading or writing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// GET.
    Read,
    /// PUT, POST, DELETE.
    Write,
}

const GRANULAR: &[&str] = &[
    "accounting.contacts",
    "accounting.invoices",
    "accounting.payments",
    "accounting.banktransactions",
    "accounting.settings",
    "accounting.attachments",
    "accounting.manualjournals",
    "accounting.reports",
    "accounting.journals",
    "accounting.budgets",
];
const BROAD: &[&str] = &["accounting.transactions"];
const SIGN_IN: &[&str] = &["openid", "profile", "email", "offline_access"];

fn base(scope: &str) -> &str {
    scope.strip_suffix(".read").unwrap_or(scope)
}

/// Reads a space-separated scope list, or says why it is refused: `invalid_scope` for one that
/// does not exist, `unauthorized_client` for one this app may not ask for.
pub fn parse(text: &str, client: &OAuthClient) -> Result<BTreeSet<String>, &'static str> {
    let mut scopes = BTreeSet::new();
    for scope in text.split_whitespace() {
        if !(SIGN_IN.contains(&scope)
            || GRANULAR.contains(&base(scope))
            || BROAD.contains(&base(scope)))
        {
            return Err("invalid_scope");
        }
        if BROAD.contains(&base(scope)) && !client.broad_scopes {
            return Err("unauthorized_client : Invalid scope for client");
        }
        scopes.insert(scope.to_owned());
    }
    if scopes.is_empty() {
        return Err("invalid_scope");
    }
    Ok(scopes)
}

/// Whether the scopes allow this use of this area.
pub fn allows(scopes: &BTreeSet<String>, area: Area, access: Access) -> bool {
    let names: &[&str] = match area {
        Area::Contacts => &["accounting.contacts"],
        Area::Invoices => &["accounting.invoices", "accounting.transactions"],
        Area::Payments => &["accounting.payments", "accounting.transactions"],
        Area::BankTransactions => &["accounting.banktransactions", "accounting.transactions"],
        Area::Settings => &["accounting.settings"],
    };
    names.iter().any(|name| {
        scopes.contains(*name)
            || (access == Access::Read && scopes.contains(&format!("{name}.read")))
    })
}

/// The scopes in plain words for the consent page, what matters most first.
pub fn in_words(scopes: &BTreeSet<String>) -> Vec<&'static str> {
    let wants = |name: &str| scopes.contains(name);
    let mut words = Vec::new();
    for (name, view, manage) in [
        ("contacts", "View contacts", "View and manage contacts"),
        (
            "invoices",
            "View invoices and credit notes",
            "View and manage invoices and credit notes",
        ),
        ("payments", "View payments", "View and manage payments"),
        (
            "transactions",
            "View business transactions",
            "View and manage business transactions",
        ),
        (
            "banktransactions",
            "View bank transactions",
            "View and manage bank transactions",
        ),
        (
            "settings",
            "View accounts, tax rates and organisation settings",
            "View and manage accounts, tax rates and organisation settings",
        ),
        (
            "attachments",
            "View attachments",
            "View and manage attachments",
        ),
        (
            "manualjournals",
            "View manual journals",
            "View and manage manual journals",
        ),
        ("reports", "View reports", "View reports"),
        ("journals", "View journals", "View journals"),
        ("budgets", "View budgets", "View and manage budgets"),
    ] {
        if wants(&format!("accounting.{name}")) {
            words.push(manage);
        } else if wants(&format!("accounting.{name}.read")) {
            words.push(view);
        }
    }
    if wants("openid") || wants("profile") || wants("email") {
        words.push("Confirm who you are: your name and email address");
    }
    if wants("offline_access") {
        words.push("Stay connected while you are away, until you disconnect it");
    }
    words
}
