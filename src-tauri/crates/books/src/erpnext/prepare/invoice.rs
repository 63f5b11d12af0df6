//! Invoices as requests: created, changed, replaced, ended.
//!
//! Nothing is submitted whose totals were not seen: where the site has not yet been seen to compute
//! documents of this shape, the last step submits a draft that stands by then, and is sent only once
//! the draft's figures were read ([`super::super::submit`]).

use ::erpnext::translate::{amendments, invoice_out};
use ::erpnext::{Chart, marker_fields, site};
use engine::books::{Lookup, Step};
use ledger::{Cause, DocumentState, Invoice, RemoteId, Side, Version};
use serde_json::{Value, json};

use super::super::proof::{Proofs, Shape};
use super::{CHOSEN_NAMES_SINCE, MODIFIED, NAME, put, with};

pub(super) fn create(
    invoice: &Invoice,
    source: &RemoteId,
    chart: &Chart,
    proofs: &Proofs,
) -> Result<Vec<Step>, Cause> {
    let body = invoice_out::create_body(invoice, source.as_str(), chart)?;
    if invoice.state != DocumentState::Approved {
        return Ok(vec![super::create("Sales Invoice", body, chart)]);
    }
    if proofs.hold(&Shape::of(&body))
        && chart.version >= CHOSEN_NAMES_SINCE
        && let Some(held) = held_to(invoice, &body)
    {
        return Ok(vec![super::create("Sales Invoice", held, chart)]);
    }
    Ok(vec![
        super::create("Sales Invoice", body, chart),
        submit_draft(json!({})),
    ])
}

/// The document submitted in the request that creates it, which the site itself refuses where its
/// total is more than 0.10 away from the one meant. A row of the payment schedule that states an
/// amount and no portion is held against the total; one with a portion is computed anew, and nothing
/// is held against anything where the default terms are to be ignored. An empty template keeps a
/// customer's terms away as well (all observed on ERPNext 15 and 16).
///
/// `None` where that says nothing: without a due date, or with nothing to pay, where the status would
/// stay Draft for ever besides.
fn held_to(invoice: &Invoice, body: &Value) -> Option<Value> {
    let due = invoice.due_date?;
    (!invoice.total.is_zero()).then(|| {
        let mut body = with(body.clone(), "docstatus", 1);
        body["ignore_default_payment_terms_template"] = json!(0);
        body["payment_schedule"] = json!([{
            "due_date": due.to_string(),
            "payment_amount": invoice_out::number(invoice.total),
        }]);
        body
    })
}

/// The last step of a document that is seen as a draft first.
fn submit_draft(mut body: Value) -> Step {
    body["docstatus"] = json!(1);
    body["modified"] = json!(MODIFIED);
    Step {
        method: "PUT".to_owned(),
        path: format!("{}/{NAME}", site::doctype("Sales Invoice")),
        body,
    }
}

pub(super) fn update(
    id: &RemoteId,
    version: &Version,
    from: &Invoice,
    to: &Invoice,
    source: &RemoteId,
    chart: &Chart,
) -> Result<(Vec<Step>, Lookup), Cause> {
    let ids = Lookup::Ids(vec![id.clone()]);
    let cannot = |why: &str| Cause::CannotEdit {
        side: Side::Erpnext,
        why: why.to_owned(),
    };
    match (from.state, to.state) {
        (DocumentState::Draft, DocumentState::Draft | DocumentState::Approved) => {
            let approve = to.state == DocumentState::Approved;
            let mut like = from.clone();
            like.state = to.state;
            let mut steps = Vec::new();
            if !approve || !ledger::agreement::same_content(&like, to) {
                let body = invoice_out::update_body(from, to, chart)?;
                let body = with(body, "modified", version.as_str());
                steps.push(put("Sales Invoice", id.as_str(), body));
            }
            if approve {
                steps.push(submit_draft(json!({})));
            }
            Ok((steps, ids))
        }
        (DocumentState::Approved, DocumentState::Approved) if invoice_out::in_place(from, to) => {
            let mut steps = Vec::new();
            if from.reference != to.reference {
                let body = json!({
                    "po_no": to.reference.clone().unwrap_or_default(),
                    "modified": version.as_str(),
                });
                steps.push(put("Sales Invoice", id.as_str(), body));
            }
            Ok((steps, ids))
        }
        (DocumentState::Approved, DocumentState::Approved) => {
            if !from.settled().is_zero() {
                // Cancelling would take the invoice out of its payments without a word.
                return Err(cannot(
                    "Payments or credits are allocated to it in ERPNext, so it cannot be replaced there. Undo them first, or undo the change in Xero",
                ));
            }
            let number = from.number.as_deref().unwrap_or(id.as_str());
            // An amended document is told by its name being its number and a revision.
            let original = (number != id.as_str()).then(|| earlier(id.as_str(), number));
            let revision = amendments(id.as_str(), original.as_deref());
            let mut body = invoice_out::create_body(to, source.as_str(), chart)?;
            // The name an amendment gets. It becomes one when it is submitted: what is not
            // cancelled yet cannot be amended.
            body["name"] = json!(format!("{number}-{}", revision + 1));
            let moved = marker_fields::replaced(source.as_str(), revision);
            let steps = vec![
                // First, because a cancelled document keeps its marker for ever.
                put(
                    "Sales Invoice",
                    id.as_str(),
                    json!({marker_fields::INVOICE: moved, "modified": version.as_str()}),
                ),
                super::create("Sales Invoice", body, chart),
                // Only when the draft was seen to be right.
                put(
                    "Sales Invoice",
                    id.as_str(),
                    json!({"docstatus": 2, "modified": MODIFIED}),
                ),
                submit_draft(json!({"amended_from": id.as_str()})),
            ];
            Ok((steps, Lookup::Markers(vec![source.clone()])))
        }
        (DocumentState::Approved, DocumentState::Draft) => Err(cannot(
            "It is submitted in ERPNext and cannot become a draft again",
        )),
        (DocumentState::Voided, _) => Err(cannot("It is cancelled in ERPNext")),
        (_, DocumentState::Voided) => Ok((void(id, version, from)?, ids)),
    }
}

/// The document that a revision was made from: `INV-1` of `INV-1-1`, `INV-1-1` of `INV-1-2`.
fn earlier(name: &str, number: &str) -> String {
    let revision: u32 = name
        .strip_prefix(number)
        .and_then(|rest| rest.strip_prefix('-')?.parse().ok())
        .unwrap_or(0);
    match revision {
        0 | 1 => number.to_owned(),
        _ => format!("{number}-{}", revision - 1),
    }
}

pub(super) fn void(id: &RemoteId, version: &Version, from: &Invoice) -> Result<Vec<Step>, Cause> {
    let cannot = |why: &str| Cause::CannotVoid {
        side: Side::Erpnext,
        why: why.to_owned(),
    };
    let body = json!({"modified": version.as_str()});
    match from.state {
        DocumentState::Draft => Ok(vec![Step {
            method: "DELETE".to_owned(),
            path: site::document("Sales Invoice", id.as_str()),
            body,
        }]),
        DocumentState::Approved if from.settled().is_zero() => Ok(vec![put(
            "Sales Invoice",
            id.as_str(),
            with(body, "docstatus", 2),
        )]),
        // Cancelling would take the invoice out of its payments without a word.
        DocumentState::Approved => Err(cannot(
            "Payments or credits are allocated to it in ERPNext. Cancel them there first",
        )),
        DocumentState::Voided => Ok(Vec::new()),
    }
}
