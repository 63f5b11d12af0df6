//! Credit notes as requests: returns created, changed, ended.
//!
//! A return from Xero names no original and keeps a balance of its own; what it is used for follows
//! ([`super::allocation`]). None is submitted before its totals were seen: a payment schedule, which the
//! site holds an invoice's total against, is not asked of returns (observed on ERPNext 15 and 16).

use ::erpnext::Chart;
use ::erpnext::translate::credit_note::{self, Balance, may_be_cancelled};
use ::erpnext::translate::{invoice_out, replacement};
use engine::books::{Lookup, Step};
use ledger::{Cause, Document, DocumentState, RemoteId, Side, Version};
use serde_json::{Value, json};

use super::super::hold::{Ending, Held};
use super::invoice::{Edit, Update, delete, go_on, replace, submit_draft};
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

/// A draft becomes what is meant, and is submitted where that is approved. A submitted one is replaced by an
/// amendment, as an invoice is, once nothing uses it: one that lowers its original by itself does so again.
pub(super) fn update(edit: &Edit<'_>, chart: &Chart) -> Result<Update, Cause> {
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
            settled: None,
        })
    };
    let mut steps = Vec::new();
    match (from.state, to.state) {
        (DocumentState::Draft, DocumentState::Approved)
            if let Some(Held {
                document,
                amends: Some(amended),
                ..
            }) = &edit.held =>
        {
            return go_on(edit, document, amended, chart);
        }
        (DocumentState::Draft, DocumentState::Draft | DocumentState::Approved) => {
            let approve = to.state == DocumentState::Approved;
            let mut like = from.clone();
            like.state = to.state;
            if !approve || !ledger::agreement::has_content(&like, to) {
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
            // Cancelling would take it out of what it settles without a word.
            let used_by = edit.held.as_ref().and_then(|held| held.used_by.first());
            if let Some(voucher) = used_by {
                return cannot(&format!(
                    "{voucher} uses or holds its credit in ERPNext, so it cannot be replaced there. Cancel that first, or undo the change in Xero"
                ));
            }
            may_be_cancelled(from)?;
            return replace(edit, chart);
        }
        // A person cancelled it, and it is meant to stand: as they would amend it.
        (DocumentState::Voided, DocumentState::Approved) => return replace(edit, chart),
        (DocumentState::Approved, DocumentState::Draft) => {
            return cannot("It is submitted in ERPNext and cannot become a draft again");
        }
        (DocumentState::Voided, _) => return cannot("It is cancelled in ERPNext"),
        (_, DocumentState::Voided) => steps = void(id, version, from, None)?,
    }
    Ok(Update {
        steps,
        otherwise: None,
        find: Lookup::Ids(vec![id.clone()]),
    })
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
