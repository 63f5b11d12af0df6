//! What the log keeps of a write: its requests and what they were answered with, the values before and
//! after, and what was read back. Of the values only what changed is kept; the rest is on the record.

use ledger::problem::Difference;
use ledger::{Record, Side};
use serde_json::{Value, json};

use super::Ticket;
use crate::books::{Change, Prepared, Pulled};

/// Adds before, after and what was read back to a line's detail.
pub(super) fn add(detail: &mut Value, change: &Change, target: Side, pulled: &Pulled) {
    let (before, after) = values(change, target, pulled);
    detail["before"] = before;
    detail["after"] = after;
    detail["read_back"] = read_back(pulled);
    // What undoing it sets the record back to. Of what was created there is nothing, and what has ended cannot be
    // brought back.
    if let Change::Update { from, .. } | Change::Allocate { from, .. } = change {
        detail[WAS] = json!(from);
    }
}

/// In the detail of a line about a change: the record as it was before.
pub(in crate::run) const WAS: &str = "was";
/// In what was read back: the digest of what the record says.
pub(in crate::run) const CONTENT: &str = "content";

/// The detail of a line about a write: its requests as they were sent, and what each was answered with.
/// Where nothing was sent, or a program that ended before did it, the requests are those of the journal.
pub(super) fn requests(ticket: &Ticket, prepared: &Prepared) -> Value {
    if ticket.exchanges.is_empty() {
        return json!({ "steps": prepared.steps });
    }
    let (steps, answers): (Vec<_>, Vec<_>) = ticket
        .exchanges
        .iter()
        .map(|exchange| (&exchange.request, &exchange.answer))
        .unzip();
    json!({ "steps": steps, "answers": answers })
}

/// The values of what changed, by field. Nothing was there before a record was created, and a marker
/// changes no value.
fn values(change: &Change, target: Side, pulled: &Pulled) -> (Value, Value) {
    let now = pulled.record.as_ref().ok();
    match (change, now) {
        (
            Change::Update { from, .. } | Change::End { from, .. } | Change::Allocate { from, .. },
            Some(now),
        ) => {
            let (mut before, mut after) = (json!({}), json!({}));
            for Difference {
                field,
                xero,
                erpnext,
            } in between(from, now)
            {
                // Both are of one side: the first is what it said, the second what it says.
                before[&field] = json!(xero);
                after[&field] = json!(erpnext);
            }
            (before, after)
        }
        (Change::Create { .. }, Some(now)) => (Value::Null, summary(now)),
        (Change::Mark { source, .. }, _) => {
            let marker = format!("identity in {}", target.other());
            (json!({ &marker: null }), json!({ &marker: source }))
        }
        _ => (Value::Null, Value::Null),
    }
}

fn between(before: &Record, after: &Record) -> Vec<Difference> {
    let mut found = Record::differences(before, after);
    found.extend(Record::use_differences(before, after));
    if let (Some(before), Some(after)) = (before.document(), after.document()) {
        let mut more = |field: &str, before: Option<String>, after: Option<String>| {
            if before != after && found.iter().all(|it| it.field != field) {
                found.push(Difference {
                    field: field.to_owned(),
                    xero: before,
                    erpnext: after,
                });
            }
        };
        more("number", before.number.clone(), after.number.clone());
        more(
            "reference",
            before.reference.clone(),
            after.reference.clone(),
        );
        let lines = |of: &ledger::Document| {
            let lines = of.lines.iter().map(|line| {
                let (quantity, price) = (line.quantity.normalize(), line.unit_price.normalize());
                let account = line.account.as_deref().unwrap_or("no account");
                let tax = line.tax.as_deref().unwrap_or("no tax");
                format!(
                    "{quantity} × {price} {}, {account}, {tax}",
                    line.description
                )
            });
            Some(lines.collect::<Vec<_>>().join("\n"))
        };
        more("lines", lines(before), lines(after));
    }
    found
}

/// What a record is recognised by.
fn summary(record: &Record) -> Value {
    let total = record
        .total()
        .map(|(amount, currency)| format!("{amount} {currency}"));
    json!({ "title": record.title(), "contact": record.contact_name(), "total": total })
}

/// What the remote system said that it holds now: its own identity and version for it, and the figures
/// that were compared with what was meant.
fn read_back(pulled: &Pulled) -> Value {
    let mut answer = json!({ "id": pulled.id, "version": pulled.version });
    if let Ok(record) = &pulled.record {
        answer[CONTENT] = json!(crate::digest::content(record));
    }
    match &pulled.record {
        Ok(record) => match record.document() {
            Some(document) => {
                answer["state"] = json!(document.state);
                answer["total"] = json!(document.total);
                answer["tax"] = json!(document.tax_total);
                answer["amount_due"] = json!(document.amount_due);
            }
            None => answer["archived"] = json!(record.ended()),
        },
        Err(unreadable) => answer["unreadable"] = json!(unreadable.why),
    }
    answer
}
