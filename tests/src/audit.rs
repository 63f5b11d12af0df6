//! Both books compared, and their content without identities for comparing two runs of a story.

use std::collections::BTreeSet;

use cli::audit::{self, Audit, Held, Kind};
use serde::Serialize;
use serde_json::{Value, json};

use crate::books::{Books, System};

/// What both sides hold.
pub async fn held(books: &Books) -> (Held, Held) {
    let xero = audit::xero(&books.state(System::Xero).await).expect("Xero's state is read");
    let erpnext = audit::erpnext(
        &books.state(System::Erpnext).await,
        &books.ready.erpnext.company,
    )
    .expect("ERPNext's state is read");
    (xero, erpnext)
}

/// Compares both sides.
pub async fn audit(books: &Books) -> Audit {
    let (xero, erpnext) = held(books).await;
    audit::compare(&xero, &erpnext)
}

/// Insists that both sides agree on every record that `exceptions` (the document of `counterfoil
/// exceptions --json`) does not list.
pub async fn assert_agreement(books: &Books, exceptions: &Value) {
    let audit = audit(books).await;
    let excused = listed(exceptions);
    let different = audit.records_that_differ(&excused);
    assert!(
        different.is_empty(),
        "{different:#?}\nexcused: {excused:#?}"
    );
}

/// The records listed as exceptions, and the candidates named with them.
pub fn listed(exceptions: &Value) -> BTreeSet<(Kind, String)> {
    let mut listed = BTreeSet::new();
    let groups = exceptions["groups"].as_array().expect("groups");
    for record in groups
        .iter()
        .flat_map(|group| group["records"].as_array().expect("records"))
    {
        let kind = match record["kind"].as_str() {
            Some("contact") => Kind::Contact,
            _ => Kind::Invoice,
        };
        let title = |value: &Value| value["title"].as_str().unwrap_or_default().to_owned();
        listed.insert((kind, title(record)));
        for candidate in record["candidates"].as_array().expect("candidates") {
            listed.insert((kind, title(candidate)));
        }
    }
    listed
}

/// The books of both sides in a form in which two runs of the same story are equal: no identities,
/// no time stamps, in a fixed order.
pub async fn content(books: &Books) -> Value {
    let (xero, erpnext) = held(books).await;
    json!({ "xero": sorted(&xero), "erpnext": sorted(&erpnext) })
}

fn sorted(held: &Held) -> Value {
    json!({ "contacts": lines(&held.contacts), "invoices": lines(&held.invoices) })
}

fn lines<T: Serialize>(rows: &[T]) -> Vec<String> {
    let mut lines: Vec<String> = rows
        .iter()
        .map(|row| serde_json::to_string(row).expect("a record is JSON"))
        .collect();
    lines.sort();
    lines
}
