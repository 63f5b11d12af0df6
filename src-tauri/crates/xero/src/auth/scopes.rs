//! Xero's permissions in plain English (Xero developer docs, "Scopes").

/// A scope's words, and the broader scopes that include it.
type Known = (&'static str, &'static str, &'static [&'static str]);

const KNOWN: &[Known] = &[
    ("offline_access", "staying signed in", &[]),
    ("accounting.contacts", "changing contacts", &[]),
    (
        "accounting.contacts.read",
        "reading contacts",
        &["accounting.contacts"],
    ),
    (
        "accounting.invoices",
        "changing invoices and credit notes",
        &["accounting.transactions"],
    ),
    (
        "accounting.invoices.read",
        "reading invoices and credit notes",
        &[
            "accounting.invoices",
            "accounting.transactions",
            "accounting.transactions.read",
        ],
    ),
    (
        "accounting.payments",
        "changing payments",
        &["accounting.transactions"],
    ),
    (
        "accounting.payments.read",
        "reading payments",
        &[
            "accounting.payments",
            "accounting.transactions",
            "accounting.transactions.read",
        ],
    ),
    (
        "accounting.banktransactions",
        "entering money received without an invoice",
        &["accounting.transactions"],
    ),
    (
        "accounting.banktransactions.read",
        "reading money received without an invoice",
        &[
            "accounting.banktransactions",
            "accounting.transactions",
            "accounting.transactions.read",
        ],
    ),
    (
        "accounting.transactions",
        "changing invoices, credit notes and payments",
        &[],
    ),
    (
        "accounting.settings.read",
        "reading accounts, tax rates and settings",
        &["accounting.settings"],
    ),
    (
        "accounting.settings",
        "changing accounts, tax rates and settings",
        &[],
    ),
];

/// What is lacking of the scopes wanted, in plain English. Nothing where it is not known what was
/// granted.
pub fn missing(granted: &[String], wanted: &[&str]) -> Vec<&'static str> {
    if granted.is_empty() {
        return Vec::new();
    }
    let has = |scope: &str| granted.iter().any(|granted| granted == scope);
    KNOWN
        .iter()
        .filter(|(scope, _, wider)| {
            wanted.contains(scope) && !has(scope) && !wider.iter().any(|wider| has(wider))
        })
        .map(|(_, words, _)| *words)
        .collect()
}

/// What a refused call needed, in plain English: its method and the resource it is about.
pub fn needed(method: &str, path: &str) -> &'static str {
    let resource = path.split(['/', '?']).next().unwrap_or_default();
    let scope = match (resource.to_ascii_lowercase().as_str(), method) {
        ("contacts", "GET") => "accounting.contacts.read",
        ("contacts", _) => "accounting.contacts",
        ("invoices" | "creditnotes" | "items", "GET") => "accounting.invoices.read",
        ("invoices" | "creditnotes" | "items", _) => "accounting.invoices",
        ("payments" | "batchpayments" | "overpayments" | "prepayments", "GET") => {
            "accounting.payments.read"
        }
        ("payments" | "batchpayments" | "overpayments" | "prepayments", _) => "accounting.payments",
        ("banktransactions", "GET") => "accounting.banktransactions.read",
        ("banktransactions", _) => "accounting.banktransactions",
        (_, "GET") => "accounting.settings.read",
        _ => "accounting.settings",
    };
    KNOWN
        .iter()
        .find(|(known, ..)| *known == scope)
        .map_or("this data", |(_, words, _)| words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::{BROAD_SCOPES, GRANULAR_SCOPES};

    #[test]
    fn what_is_missing_is_named() {
        let granted = |scopes: &[&str]| -> Vec<String> {
            scopes.iter().map(|scope| (*scope).to_owned()).collect()
        };
        for wanted in [GRANULAR_SCOPES, BROAD_SCOPES] {
            assert!(missing(&granted(wanted), wanted).is_empty());
            assert!(missing(&[], wanted).is_empty());
        }
        // The older broad scope includes the granular ones.
        assert!(missing(&granted(BROAD_SCOPES), GRANULAR_SCOPES).is_empty());
        assert_eq!(
            missing(
                &granted(&["openid", "accounting.contacts.read", "accounting.invoices"]),
                GRANULAR_SCOPES
            ),
            [
                "staying signed in",
                "changing contacts",
                "changing payments",
                "entering money received without an invoice",
                "reading accounts, tax rates and settings"
            ]
        );
    }

    #[test]
    fn a_refused_call_says_what_it_needed() {
        for (method, path, words) in [
            ("GET", "Invoices", "reading invoices and credit notes"),
            (
                "PUT",
                "CreditNotes/x/Allocations",
                "changing invoices and credit notes",
            ),
            ("POST", "Payments/x", "changing payments"),
            (
                "PUT",
                "BankTransactions",
                "entering money received without an invoice",
            ),
            (
                "GET",
                "BankTransactions",
                "reading money received without an invoice",
            ),
            (
                "GET",
                "TaxRates",
                "reading accounts, tax rates and settings",
            ),
        ] {
            assert_eq!(needed(method, path), words, "{method} {path}");
        }
    }
}
