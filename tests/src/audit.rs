//! Both books compared, and their content without identities for comparing two runs of a story.

use std::collections::{BTreeMap, BTreeSet};

use cli::audit::{self, Audit, CreditNote, Held, Kind, Payment};
use rust_decimal::Decimal;
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
            Some("credit_note") => Kind::CreditNote,
            Some("payment") => Kind::Payment,
            _ => Kind::Invoice,
        };
        // The audit calls payments by their identities.
        let word =
            |value: &Value, field: &str| value[field].as_str().unwrap_or_default().to_owned();
        let called = |value: &Value, id: &str| match kind {
            Kind::Payment => audit::payment_title(&word(value, id)),
            Kind::Contact | Kind::Invoice | Kind::CreditNote => word(value, "title"),
        };
        listed.insert((kind, called(record, "remote_id")));
        if kind == Kind::Payment {
            listed.insert((kind, audit::payment_title(&word(record, "other_id"))));
        }
        for candidate in record["candidates"].as_array().expect("candidates") {
            listed.insert((kind, called(candidate, "id")));
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
    json!({
        "contacts": lines(&held.contacts),
        "invoices": lines(&held.invoices),
        "credit_notes": lines(&held.credit_notes),
        "uses": sorted_lines(held.credit_notes.iter().map(|it| used(held, it)).collect()),
        "payments": sorted_lines(held.payments.iter().map(|it| said(held, it)).collect()),
    })
}

/// A payment without identities.
fn said(held: &Held, payment: &Payment) -> String {
    format!(
        "{:?} {} {} {}",
        payment.date,
        payment.currency,
        payment.ended,
        parts(held, &payment.parts)
    )
}

/// What a credit note is used for, without identities.
fn used(held: &Held, note: &CreditNote) -> String {
    format!("{} {}", note.number, parts(held, &note.uses))
}

/// How much of which invoice, by their numbers.
fn parts(held: &Held, parts: &BTreeMap<String, Decimal>) -> String {
    let number = |id: &String| {
        let mut invoices = held.invoices.iter();
        invoices.find(|it| it.id == *id).map(|it| it.number.clone())
    };
    let parts: BTreeSet<_> = parts
        .iter()
        .map(|(id, amount)| (number(id), amount.normalize().to_string()))
        .collect();
    format!("{parts:?}")
}

fn lines<T: Serialize>(rows: &[T]) -> Vec<String> {
    let lines = rows.iter();
    sorted_lines(
        lines
            .map(|row| serde_json::to_string(row).expect("a record is JSON"))
            .collect(),
    )
}

fn sorted_lines(mut lines: Vec<String>) -> Vec<String> {
    lines.sort();
    lines
}
