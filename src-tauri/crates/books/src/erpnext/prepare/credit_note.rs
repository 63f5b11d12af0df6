//! Credit notes as requests: returns created, changed, ended.
//!
//! A return from Xero names no original and keeps a balance of its own; what it is used for follows
//! ([`super::allocation`]). None is submitted before its totals were seen: a payment schedule, which the
//! site holds an invoice's total against, is not asked of returns (observed on ERPNext 15 and 16).

use ::erpnext::Chart;
use ::erpnext::translate::credit_note::{self, Balance, may_be_cancelled};
use ::erpnext::translate::{invoice_out, replacement};
use engine::books::Step;
use ledger::{Cause, Document, DocumentState, RemoteId, Side, Version};
use serde_json::{Value, json};

use super::super::hold::Ending;
use super::invoice::{Edit, delete, submit_draft};
use super::{put, with};

const SIDE: Side = Side::Erpnext;

pub(super) fn create(
    note: &Document,
    source: &RemoteId,
    chart: &Chart,
) -> Result<Vec<Step>, Cause> {
    let body = credit_note::create_body(note, source.as_str(), Balance::Own, chart)?;
    let mut steps = vec![super::create("Sales Invoice", body, chart)];
    if note.state == DocumentState::Approved {
        steps.push(submit_draft(json!({})));
    }
    Ok(steps)
}

/// A draft becomes what is meant, and is submitted where that is approved. A submitted one is not replaced
/// by another, as an invoice is: what it was used for would have to be undone and done again.
pub(super) fn update(edit: &Edit<'_>, chart: &Chart) -> Result<Vec<Step>, Cause> {
    let Edit {
        id,
        version,
        from,
        to,
        ..
    } = *edit;
    let cannot = |why: &str| {
        Err(Cause::CannotEdit {
            side: SIDE,
            why: why.to_owned(),
        })
    };
    let mut steps = Vec::new();
    match (from.state, to.state) {
        (DocumentState::Draft, DocumentState::Draft | DocumentState::Approved) => {
            let approve = to.state == DocumentState::Approved;
            let mut like = from.clone();
            like.state = to.state;
            if !approve || !ledger::agreement::same_content(&like, to) {
                let body = match &edit.held {
                    Some(held) => Value::Object(replacement::changes_of_return(
                        &held.document,
                        from,
                        to,
                        chart,
                    )?),
                    None => credit_note::update_body(from, to, chart)?,
                };
                let body = with(body, "modified", version.as_str());
                steps.push(put("Sales Invoice", id.as_str(), body));
            }
            if approve {
                steps.push(submit_draft(json!({})));
            }
        }
        (DocumentState::Approved, DocumentState::Approved) if invoice_out::in_place(from, to) => {
            if from.reference != to.reference {
                let body = json!({
                    "po_no": to.reference.clone().unwrap_or_default(),
                    "modified": version.as_str(),
                });
                steps.push(put("Sales Invoice", id.as_str(), body));
            }
        }
        (DocumentState::Approved, DocumentState::Approved) => {
            return cannot(
                "It is submitted in ERPNext, where nothing but the reference of a submitted return can be changed. Cancel it in ERPNext and amend it there, or undo the change in Xero",
            );
        }
        (DocumentState::Approved, DocumentState::Draft) => {
            return cannot("It is submitted in ERPNext and cannot become a draft again");
        }
        (DocumentState::Voided, _) => return cannot("It is cancelled in ERPNext"),
        (_, DocumentState::Voided) => return void(id, version, from, None),
    }
    Ok(steps)
}

/// The request that cancels it, or deletes a draft. `ending` says what uses it on the site now; `None`
/// where nobody looked.
pub(super) fn void(
    id: &RemoteId,
    version: &Version,
    from: &Document,
    ending: Option<&Ending>,
) -> Result<Vec<Step>, Cause> {
    match from.state {
        DocumentState::Draft => Ok(vec![delete(id)]),
        DocumentState::Approved => {
            // Cancelling would take it out of what it settles without a word.
            if let Some(voucher) = ending.and_then(|it| it.used_by.first()) {
                return Err(Cause::CannotVoid {
                    side: SIDE,
                    why: format!(
                        "{voucher} uses or holds its credit in ERPNext. Cancel that first"
                    ),
                });
            }
            may_be_cancelled(from)?;
            let body = json!({"docstatus": 2, "modified": version.as_str()});
            Ok(vec![put("Sales Invoice", id.as_str(), body)])
        }
        DocumentState::Voided => Ok(Vec::new()),
    }
}
