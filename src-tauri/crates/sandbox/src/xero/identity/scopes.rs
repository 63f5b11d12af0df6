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
        Area::Settings => &["accounting.settings"],
    };
    names.iter().any(|name| {
        scopes.contains(*name)
            || (access == Access::Read && scopes.contains(&format!("{name}.read")))
    })
}

/// One scope in plain words for the consent page; none for those that need no line of their own.
pub fn in_words(scope: &str) -> Option<(&'static str, &'static str)> {
    let read = base(scope) != scope;
    let pick = |view: &'static str, manage: &'static str| if read { view } else { manage };
    Some(match base(scope) {
        "openid" => ("Sign you in", "Confirm who you are"),
        "profile" => ("Your name", "View your name"),
        "email" => ("Your email address", "View your email address"),
        "offline_access" => (
            "Stay connected",
            "Keep access while you are away, until you disconnect it",
        ),
        "accounting.contacts" => (
            "Contacts",
            pick("View contacts", "View and manage contacts"),
        ),
        "accounting.invoices" => (
            "Invoices and credit notes",
            pick(
                "View invoices and credit notes",
                "View and manage invoices and credit notes",
            ),
        ),
        "accounting.payments" => (
            "Payments",
            pick("View payments", "View and manage payments"),
        ),
        "accounting.transactions" => (
            "Business transactions",
            pick(
                "View business transactions",
                "View and manage business transactions",
            ),
        ),
        "accounting.banktransactions" => (
            "Bank transactions",
            pick(
                "View bank transactions",
                "View and manage bank transactions",
            ),
        ),
        "accounting.settings" => (
            "Organisation settings",
            pick(
                "View accounts, tax rates and organisation settings",
                "View and manage accounts, tax rates and organisation settings",
            ),
        ),
        "accounting.attachments" => (
            "Attachments",
            pick("View attachments", "View and manage attachments"),
        ),
        _ => return None,
    })
}
