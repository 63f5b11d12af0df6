//! Invoices as requests: created, changed, replaced, ended.
//!
//! Nothing is submitted whose totals were not seen: where the site has not yet been seen to compute
//! documents of this shape, the last step submits a draft that stands by then, and is sent only once
//! the draft's figures were read ([`super::super::submit`]).

use ::erpnext::translate::invoice_out;
use ::erpnext::translate::replacement::{self, Replacement};
use ::erpnext::{Chart, marker_fields, site};
use engine::books::{Change, Lookup, Prepared, Step};
use ledger::{Cause, Document, DocumentState, Record, RemoteId, Side, Version};
use serde_json::{Map, Value, json};

use super::super::hold::Held;
use super::super::proof::{Proofs, Shape};
use super::{CHOSEN_NAMES_SINCE, MODIFIED, NAME, put, with};

pub(super) fn create(
    invoice: &Document,
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

/// The request that creates and submits a document at once which is worded to be seen as a draft first;
/// `None` where it is not, or can only be submitted as a draft. It may be sent once the shape is proven.
pub(in crate::erpnext) fn at_once(prepared: &Prepared) -> Option<Step> {
    let Change::Create {
        record: Record::Invoice(invoice),
        ..
    } = &prepared.write.change
    else {
        return None;
    };
    let [create, _submit] = prepared.steps.as_slice() else {
        return None;
    };
    // Elsewhere a chosen name is not kept.
    (create.path == site::doctype_v2("Sales Invoice")).then_some(())?;
    Some(Step {
        body: held_to(invoice, &create.body)?,
        ..create.clone()
    })
}

/// The document submitted in the request that creates it, which the site itself refuses where its
/// total is more than 0.10 away from the one meant. A row of the payment schedule that states an
/// amount and no portion is held against the total; one with a portion is computed anew, and nothing
/// is held against anything where the default terms are to be ignored. An empty template keeps a
/// customer's terms away as well (all observed on ERPNext 15 and 16).
///
/// `None` where that says nothing: without a due date, or with nothing to pay, where the status would
/// stay Draft for ever besides.
fn held_to(invoice: &Document, body: &Value) -> Option<Value> {
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
pub(super) fn submit_draft(mut body: Value) -> Step {
    body["docstatus"] = json!(1);
    body["modified"] = json!(MODIFIED);
    Step {
        method: "PUT".to_owned(),
        path: format!("{}/{NAME}", site::doctype("Sales Invoice")),
        body,
    }
}

/// Deletes a draft. A deletion has no body; the version is looked at right before.
pub(super) fn delete(id: &RemoteId) -> Step {
    Step {
        method: "DELETE".to_owned(),
        path: site::document("Sales Invoice", id.as_str()),
        body: Value::Null,
    }
}

/// A change of an invoice or credit note that stands.
pub(super) struct Edit<'a> {
    pub id: &'a RemoteId,
    pub version: &'a Version,
    pub from: &'a Document,
    pub to: &'a Document,
    pub source: &'a RemoteId,
    /// As the site holds it; `None` where it was not asked for, or is no more.
    pub held: Option<Held>,
}

/// A change as requests.
pub(super) struct Update {
    pub steps: Vec<Step>,
    /// What is sent where the last of them is refused.
    pub otherwise: Option<Step>,
    pub find: Lookup,
}

pub(super) fn update(edit: &Edit<'_>, chart: &Chart) -> Result<Update, Cause> {
    let Edit {
        id,
        version,
        from,
        to,
        ..
    } = *edit;
    let in_place = |steps| Update {
        steps,
        otherwise: None,
        find: Lookup::Ids(vec![id.clone()]),
    };
    let cannot = |why: &str| Cause::CannotEdit {
        side: Side::Erpnext,
        why: why.to_owned(),
        settled: None,
    };
    match (from.state, to.state) {
        (DocumentState::Draft, DocumentState::Approved)
            if let Some(Held {
                document,
                amends: Some(amended),
                ..
            }) = &edit.held =>
        {
            go_on(edit, document, amended, chart)
        }
        (DocumentState::Draft, DocumentState::Draft | DocumentState::Approved) => {
            let approve = to.state == DocumentState::Approved;
            let mut like = from.clone();
            like.state = to.state;
            let mut steps = Vec::new();
            if !approve || !ledger::agreement::has_content(&like, to) {
                let body = match &edit.held {
                    Some(held) => draft_changes(&held.document, from, to, chart)?,
                    None => invoice_out::update_body(from, to, chart)?,
                };
                let body = with(body, "modified", version.as_str());
                steps.push(put("Sales Invoice", id.as_str(), body));
            }
            if approve {
                steps.push(submit_draft(json!({})));
            }
            Ok(in_place(steps))
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
            Ok(in_place(steps))
        }
        (DocumentState::Approved, DocumentState::Approved) => {
            if !from.settled().is_zero() {
                // Cancelling would take the invoice out of its payments without a word.
                return Err(cannot(
                    "Payments or credits are allocated to it in ERPNext, so it cannot be replaced there. Undo them first, or undo the change in Xero",
                ));
            }
            replace(edit, chart)
        }
        // A person cancelled it, and it is meant to stand: as they would amend it.
        (DocumentState::Voided, DocumentState::Approved) => replace(edit, chart),
        (DocumentState::Approved, DocumentState::Draft) => Err(cannot(
            "It is submitted in ERPNext and cannot become a draft again",
        )),
        (DocumentState::Voided, _) => Err(cannot("It is cancelled in ERPNext")),
        (_, DocumentState::Voided) => Ok(in_place(void(id, version, from)?)),
    }
}

/// What a draft is to say differently. What a person entered there may say its tax in a way that no
/// line tells; figures that stay need not be laid out.
fn draft_changes(
    document: &Value,
    from: &Document,
    to: &Document,
    chart: &Chart,
) -> Result<Value, Cause> {
    Ok(Value::Object(replacement::changes(
        document, from, to, chart,
    )?))
}

/// Replaces a document by an amendment. The draft of it stands beside the document until that is
/// cancelled: what the site refuses before costs nothing. It becomes an amendment when it is
/// submitted, since what is not cancelled cannot be amended. The cancellation is held to the version
/// the plan was made from: a payment posted meanwhile would be taken out of the document without a
/// word.
pub(super) fn replace(edit: &Edit<'_>, chart: &Chart) -> Result<Update, Cause> {
    let Some(Held {
        document,
        successor: Some(successor),
        ..
    }) = &edit.held
    else {
        return Err(Cause::Vanished {
            side: Side::Erpnext,
        });
    };
    let is_return = document["is_return"] == 1;
    let Replacement { mut draft, at_last } =
        replacement::replacement(document, edit.from, edit.to, chart)?;
    let back = put_back(edit.id, document, &draft);
    draft.insert("doctype".to_owned(), json!("Sales Invoice"));
    draft.insert("name".to_owned(), json!(successor.name));
    let marker = if is_return {
        marker_fields::CREDIT_NOTE
    } else {
        marker_fields::INVOICE
    };
    draft.insert(marker.to_owned(), json!(successor.marker));
    let mut steps = Vec::new();
    steps.extend(successor.leftover.as_ref().map(delete));
    steps.push(super::create("Sales Invoice", Value::Object(draft), chart));
    if edit.from.state != DocumentState::Voided {
        steps.push(put(
            "Sales Invoice",
            edit.id.as_str(),
            json!({"docstatus": 2, "modified": edit.version.as_str()}),
        ));
    }
    steps.push(submit_amendment(edit.id.as_str(), at_last));
    Ok(Update {
        steps,
        otherwise: (edit.from.state != DocumentState::Voided).then_some(back),
        find: Lookup::Markers(vec![edit.source.clone()]),
    })
}

/// Goes on with a replacement whose original is cancelled: the draft is made to say what is meant
/// now, from what the original says, and submitted as its amendment.
pub(super) fn go_on(
    edit: &Edit<'_>,
    original: &Value,
    amended: &Document,
    chart: &Chart,
) -> Result<Update, Cause> {
    let mut from = amended.clone();
    // It reads as cancelled; what it said is what is replaced.
    from.state = DocumentState::Approved;
    let Replacement { mut draft, at_last } =
        replacement::replacement(original, &from, edit.to, chart)?;
    draft.extend(at_last);
    let name = RemoteId::new(original["name"].as_str().unwrap_or_default());
    let back = put_back(&name, original, &draft);
    let body = with(Value::Object(draft), "modified", edit.version.as_str());
    Ok(Update {
        steps: vec![
            put("Sales Invoice", edit.id.as_str(), body),
            submit_amendment(name.as_str(), Map::new()),
        ],
        otherwise: Some(back),
        find: Lookup::Ids(vec![edit.id.clone()]),
    })
}

fn submit_amendment(original: &str, at_last: Map<String, Value>) -> Step {
    let mut body = Value::Object(at_last);
    body["amended_from"] = json!(original);
    submit_draft(body)
}

/// Makes the draft of a replacement say what the document said that it was to replace, and submits
/// it as its amendment: sent where the site refuses what was meant, so that something lives.
fn put_back(original: &RemoteId, document: &Value, draft: &Map<String, Value>) -> Step {
    let mut body = replacement::copy(document);
    // What the document has no value for.
    for field in draft.keys() {
        if !body.contains_key(field) {
            body.insert(field.clone(), Value::Null);
        }
    }
    body.insert("amended_from".to_owned(), json!(original.as_str()));
    submit_draft(Value::Object(body))
}

pub(super) fn void(id: &RemoteId, version: &Version, from: &Document) -> Result<Vec<Step>, Cause> {
    let cannot = |why: &str| Cause::CannotVoid {
        side: Side::Erpnext,
        why: why.to_owned(),
    };
    let body = json!({"modified": version.as_str()});
    match from.state {
        DocumentState::Draft => Ok(vec![delete(id)]),
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
