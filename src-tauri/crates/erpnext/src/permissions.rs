//! What the signed-in user may do on a site, and what it is kept from seeing.

use futures::stream::{self, StreamExt, TryStreamExt};
use serde_json::{Value, json};

use crate::client::{Client, member};
use crate::error::Error;

/// Something the user may not do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingPermission {
    /// What it concerns.
    pub doctype: &'static str,
    /// `read`, `write`, `create`, `submit`, `cancel`.
    pub permission: &'static str,
    /// A role that includes it.
    pub role: &'static str,
}

const KEEP: &[&str] = &["read", "write", "create"];
const BOOK: &[&str] = &["read", "write", "create", "submit", "cancel"];
const READ: &[&str] = &["read"];

const SALES: &str = "Sales User";
const ACCOUNTS: &str = "Accounts Manager";
const STOCK: &str = "Stock User";
const SYSTEM: &str = "System Manager";

/// What is needed, and a standard role of ERPNext that includes it (the role permissions that
/// ERPNext 15.71 and 16.9 and their Frappes are installed with). The four roles together include all of
/// it.
const NEEDED: &[(&str, &[&str], &str)] = &[
    ("Customer", KEEP, SALES),
    ("Address", KEEP, SALES),
    ("Contact", KEEP, SALES),
    // Accounts User may do everything with a sales invoice but cancel it.
    ("Sales Invoice", BOOK, ACCOUNTS),
    ("Payment Entry", BOOK, ACCOUNTS),
    ("Journal Entry", BOOK, ACCOUNTS),
    // Money on account is put to invoices by the one (`run_doc_method` asks for no more than to read it),
    // and taken off by the other.
    ("Payment Reconciliation", READ, ACCOUNTS),
    ("Unreconcile Payment", &["create", "submit"], ACCOUNTS),
    // What customers have on account.
    ("Payment Ledger Entry", READ, ACCOUNTS),
    ("Company", READ, ACCOUNTS),
    ("Account", READ, ACCOUNTS),
    ("Cost Center", READ, ACCOUNTS),
    ("Item", READ, SALES),
    // Up to 15 no sales or accounts role may read the units; without them every broken quantity
    // becomes one piece.
    ("UOM", READ, STOCK),
    ("Item Tax Template", READ, ACCOUNTS),
    ("Sales Taxes and Charges Template", READ, SALES),
    ("Mode of Payment", READ, ACCOUNTS),
    ("Currency Exchange", READ, ACCOUNTS),
    ("Fiscal Year", READ, ACCOUNTS),
    ("Accounting Period", READ, ACCOUNTS),
    ("Accounts Settings", READ, ACCOUNTS),
    // The time zone that every change is dated in.
    ("System Settings", READ, SYSTEM),
    // What was deleted is told nowhere else.
    ("Deleted Document", READ, SYSTEM),
    ("Custom Field", KEEP, SYSTEM),
];

/// Whether the user may say where others see it that it syncs ([`crate::records::claims`]).
///
/// # Errors
/// See [`Error`].
pub async fn may_claim(client: &Client) -> Result<bool, Error> {
    for permission in KEEP {
        let needed = MissingPermission {
            doctype: crate::records::claims::DOCTYPE,
            permission,
            role: SYSTEM,
        };
        if !is_allowed(client, &needed).await? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// What the user may not do of what syncing needs.
///
/// # Errors
/// See [`Error`].
pub async fn missing(client: &Client) -> Result<Vec<MissingPermission>, Error> {
    // A list, not a lazy iterator: its closures would keep the future from moving between threads.
    let needed: Vec<MissingPermission> = NEEDED
        .iter()
        .flat_map(|(doctype, permissions, role)| {
            permissions.iter().map(|permission| MissingPermission {
                doctype,
                permission,
                role,
            })
        })
        .collect();
    let answers: Vec<(MissingPermission, bool)> = stream::iter(needed)
        .map(|needed: MissingPermission| async move {
            let allowed = is_allowed(client, &needed).await?;
            Ok::<_, Error>((needed, allowed))
        })
        .buffered(4)
        .try_collect()
        .await?;
    Ok(answers
        .into_iter()
        .filter_map(|(needed, allowed)| (!allowed).then_some(needed))
        .collect())
}

async fn is_allowed(client: &Client, needed: &MissingPermission) -> Result<bool, Error> {
    let answer = client
        .ask(
            "frappe.client.has_permission",
            &json!({"doctype": needed.doctype, "docname": "", "perm_type": needed.permission}),
        )
        .await;
    match answer {
        Ok(answer) => Ok(truth(&member(answer, "has_permission"))),
        Err(Error::NotAllowed(_)) => Ok(false),
        // A version that cannot be asked, or has no such type: the first use will tell.
        Err(Error::Refused(_)) => Ok(true),
        Err(error) => Err(error),
    }
}

fn truth(value: &Value) -> bool {
    match value {
        Value::Bool(flag) => *flag,
        Value::Null => false,
        other => *other != 0,
    }
}

/// What is missing, one line for each document type, in order: "create, change and submit Sales
/// Invoice".
pub fn lines(missing: &[MissingPermission]) -> Vec<String> {
    let mut types: Vec<&str> = missing.iter().map(|it| it.doctype).collect();
    types.dedup();
    types
        .into_iter()
        .map(|doctype| {
            let verbs: Vec<&str> = missing
                .iter()
                .filter(|it| it.doctype == doctype)
                .map(|it| verb(it.permission))
                .collect();
            format!("{} {doctype}", joined(&verbs))
        })
        .collect()
}

/// The roles that include what is missing, each once.
pub fn roles(missing: &[MissingPermission]) -> Vec<&'static str> {
    let mut roles: Vec<&'static str> = missing.iter().map(|it| it.role).collect();
    roles.sort_unstable();
    roles.dedup();
    roles
}

/// ERPNext's "write" is the right to change what is there.
fn verb(permission: &'static str) -> &'static str {
    if permission == "write" {
        "change"
    } else {
        permission
    }
}

fn joined(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

/// A User Permission: the user sees records of these values only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restriction {
    /// What is restricted: `Company`, `Territory`, `Customer`.
    pub allow: String,
    /// The values the user may see.
    pub values: Vec<String>,
    /// The document type it counts for; `None` for all that link to it.
    pub applies_to: Option<String>,
}

impl Restriction {
    /// Whether it keeps the user from a company's books.
    pub fn shuts_out(&self, company: &str) -> bool {
        self.allow == "Company" && !self.values.iter().any(|value| value == company)
    }

    /// Whether it makes ERPNext refuse what we write: every record that names another value of this,
    /// and has to.
    pub fn refuses_writes(&self) -> bool {
        const NAMED_BY_INVOICES: [&str; 7] = [
            "Account",
            "Cost Center",
            "Currency",
            "Customer",
            "Item",
            "Price List",
            "UOM",
        ];
        const WRITTEN: [&str; 4] = [
            "Customer",
            "Sales Invoice",
            "Payment Entry",
            "Journal Entry",
        ];
        NAMED_BY_INVOICES.contains(&self.allow.as_str())
            && self
                .applies_to
                .as_deref()
                .is_none_or(|doctype| WRITTEN.contains(&doctype))
    }

    /// In words: "Sales Invoice of Company Acme NZ", "records of Territory UK or Wales".
    pub fn words(&self) -> String {
        let what = self.applies_to.as_deref().unwrap_or("records");
        format!("{what} of {} {}", self.allow, self.values.join(" or "))
    }
}

/// The User Permissions of the signed-in user. A list restricted by them is merely shorter: nothing
/// in it says so (measured on Frappe 15.75: `get_user_permissions` may be called by any user, and
/// answers `{"Company": [{"doc": "Acme Ltd", "applicable_for": null, …}]}`).
///
/// # Errors
/// See [`Error`]; a version that will not tell is taken to have none.
pub async fn restrictions(client: &Client) -> Result<Vec<Restriction>, Error> {
    const METHOD: &str =
        "/api/method/frappe.core.doctype.user_permission.user_permission.get_user_permissions";
    match client.get(METHOD).await {
        Ok(answer) => Ok(read_restrictions(&member(answer, "message"))),
        Err(Error::NotAllowed(_) | Error::Refused(_)) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

fn read_restrictions(answer: &Value) -> Vec<Restriction> {
    let mut found: Vec<Restriction> = Vec::new();
    for (allow, rows) in answer.as_object().into_iter().flatten() {
        for row in rows.as_array().into_iter().flatten() {
            let Some(value) = row.get("doc").and_then(Value::as_str) else {
                continue;
            };
            let applies_to = row
                .get("applicable_for")
                .and_then(Value::as_str)
                .filter(|text| !text.is_empty())
                .map(str::to_owned);
            match found
                .iter_mut()
                .find(|it| it.allow == *allow && it.applies_to == applies_to)
            {
                Some(known) => known.values.push(value.to_owned()),
                None => found.push(Restriction {
                    allow: allow.clone(),
                    values: vec![value.to_owned()],
                    applies_to,
                }),
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_said_by_document_type() {
        let missing = |doctype, permission, role| MissingPermission {
            doctype,
            permission,
            role,
        };
        let found = [
            missing("Sales Invoice", "create", ACCOUNTS),
            missing("Sales Invoice", "write", ACCOUNTS),
            missing("Sales Invoice", "submit", ACCOUNTS),
            missing("Custom Field", "read", SYSTEM),
        ];
        assert_eq!(
            lines(&found),
            [
                "create, change and submit Sales Invoice",
                "read Custom Field"
            ]
        );
        assert_eq!(roles(&found), ["Accounts Manager", "System Manager"]);
    }

    #[test]
    fn restrictions_are_read_and_judged() {
        let found = read_restrictions(&json!({
            "Company": [
                {"doc": "Acme NZ", "applicable_for": null, "is_default": 0, "hide_descendants": 0},
                {"doc": "Acme AU", "applicable_for": null, "is_default": 1},
                {"doc": "Acme Ltd", "applicable_for": "Sales Invoice"},
            ],
            "Territory": [{"doc": "Wales", "applicable_for": ""}],
        }));
        assert_eq!(found.len(), 3);
        assert_eq!(found[0].words(), "records of Company Acme NZ or Acme AU");
        assert!(found[0].shuts_out("Acme Ltd"));
        assert!(!found[0].shuts_out("Acme AU"));
        assert_eq!(found[1].words(), "Sales Invoice of Company Acme Ltd");
        assert!(!found[1].shuts_out("Acme Ltd"));
        assert!(!found[2].shuts_out("Acme Ltd"));
        assert!(found.iter().all(|found| !found.refuses_writes()));
        let customers = |applies_to: Value| {
            let rows = json!({"Customer": [{"doc": "Acme", "applicable_for": applies_to}]});
            read_restrictions(&rows)[0].refuses_writes()
        };
        assert!(customers(Value::Null));
        assert!(customers(json!("Sales Invoice")));
        assert!(!customers(json!("Quotation")));
        assert_eq!(read_restrictions(&json!({})), []);
        assert_eq!(read_restrictions(&Value::Null), []);
    }
}
