//! Intended writes as the requests ERPNext takes. Pure.

use ::erpnext::marker_fields::Note;
use ::erpnext::translate::contact::{self, ContactVersion};
use ::erpnext::translate::{amendments, invoice_out};
use ::erpnext::{Chart, marker_fields, site};
use chrono::{DateTime, Utc};
use engine::books::{Change, Lookup, Prepared, Step, Write};
use ledger::{Cause, Contact, DocumentState, Invoice, Kind, RemoteId, Side, Version};
use serde_json::{Value, json};

/// Stands in a path for the name that the step before it was answered with.
pub(super) const NAME: &str = "{name}";

/// The version of API whose create honours a chosen name came with version 15.
const CHOSEN_NAMES_SINCE: u32 = 15;

/// `at` is the moment the write is made, which people read on the form.
pub(super) fn prepare(write: &Write, chart: &Chart, at: DateTime<Utc>) -> Result<Prepared, Cause> {
    let (mut steps, find) = match &write.change {
        Change::CreateContact {
            contact, source, ..
        } => (
            vec![create(
                "Customer",
                contact::create_body(contact, source.as_str(), chart)?,
                chart,
            )],
            Lookup::Markers(vec![source.clone()]),
        ),
        Change::UpdateContact {
            id,
            version,
            from,
            to,
        } => (
            update_contact(id, version, from, to, chart)?,
            Lookup::Ids(vec![id.clone()]),
        ),
        Change::CreateInvoice {
            invoice, source, ..
        } => (
            create_invoice(invoice, source, chart)?,
            Lookup::Markers(vec![source.clone()]),
        ),
        Change::UpdateInvoice {
            id,
            version,
            from,
            to,
            source,
            ..
        } => update_invoice(id, version, from, to, source, chart)?,
        Change::VoidInvoice { id, version, from } => (
            void_invoice(id, version, from)?,
            Lookup::Ids(vec![id.clone()]),
        ),
        Change::Mark {
            kind,
            id,
            version,
            source,
            ..
        } => (
            vec![mark(*kind, id, version, source)],
            Lookup::Ids(vec![id.clone()]),
        ),
    };
    note(&write.change, &mut steps, &chart.time_zone, at);
    Ok(Prepared {
        write: write.clone(),
        steps,
        find,
    })
}

/// Puts what people read on the form into requests that are made anyway: where the record is opened
/// in Xero, when it was last written by us, and what was done.
fn note(change: &Change, steps: &mut [Step], time_zone: &str, at: DateTime<Utc>) {
    let (outcome, link) = match change {
        Change::CreateContact { source_link, .. } | Change::CreateInvoice { source_link, .. } => {
            ("Created from Xero", source_link)
        }
        Change::UpdateInvoice { source_link, .. } => ("Updated from Xero", source_link),
        Change::UpdateContact { .. } => ("Updated from Xero", &None),
        Change::VoidInvoice { .. } => ("Cancelled, as in Xero", &None),
        Change::Mark { source_link, .. } => ("In agreement with Xero", source_link),
    };
    let page = segment_of(change.kind());
    for step in steps.iter_mut().filter(|step| step.method != "DELETE") {
        // An Address or a Contact has no such fields.
        let own = step.path.split('/').any(|segment| segment == page);
        if !own {
            continue;
        }
        let replaced = matches!(change, Change::UpdateInvoice { .. })
            && step.method == "PUT"
            && step.body["docstatus"] == 2;
        Note {
            link: link.as_deref(),
            at,
            outcome: if replaced {
                "Replaced, as changed in Xero"
            } else {
                outcome
            },
        }
        .put(&mut step.body, time_zone);
    }
}

/// The DocType's segment in a path.
pub(super) fn segment_of(kind: Kind) -> String {
    site::segment(match kind {
        Kind::Contact => "Customer",
        Kind::Invoice => "Sales Invoice",
    })
}

/// A create that is refused the second time: by the name where one can be chosen, and by the
/// unique marker in any case.
fn create(doctype: &str, body: Value, chart: &Chart) -> Step {
    let chosen = chart.version >= CHOSEN_NAMES_SINCE && body["name"].is_string();
    Step {
        method: "POST".to_owned(),
        path: if chosen {
            site::doctype_v2(doctype)
        } else {
            site::doctype(doctype)
        },
        body,
    }
}

fn put(doctype: &str, name: &str, body: Value) -> Step {
    Step {
        method: "PUT".to_owned(),
        path: site::document(doctype, name),
        body,
    }
}

fn with(mut body: Value, field: &str, value: impl Into<Value>) -> Value {
    body[field] = value.into();
    body
}

fn customer_version(version: &Version) -> ContactVersion {
    // A version of another form is sent as it is: the site finds that it is not the present one.
    ContactVersion::from_text(version.as_str()).unwrap_or_else(|| ContactVersion {
        customer: version.as_str().to_owned(),
        ..ContactVersion::default()
    })
}

fn update_contact(
    id: &RemoteId,
    version: &Version,
    from: &Contact,
    to: &Contact,
    chart: &Chart,
) -> Result<Vec<Step>, Cause> {
    let changes = contact::changes(from, to, chart)?;
    let version = customer_version(version);
    let mut steps = Vec::new();
    // Saving one of the three documents may save the others too (the primary Address its Customer,
    // and in some versions the other way round), so only the first can be held to its version.
    let mut held = true;
    let mut hold = |body: Value, modified: String| {
        if std::mem::take(&mut held) {
            with(body, "modified", modified)
        } else {
            body
        }
    };
    let mut customer = changes.customer;
    let mut person = changes.person;
    if version.contact.is_none()
        && let Some(change) = person.take()
    {
        // ERPNext makes the Contact of these fields where the Customer has none.
        let body = customer.get_or_insert_with(|| json!({}));
        for (field, value) in [("email_id", change.email), ("mobile_no", change.phone)] {
            if let Some(Some(value)) = value {
                body[field] = json!(value);
            }
        }
    }
    if let Some(body) = customer {
        let body = hold(body, version.customer);
        steps.push(put("Customer", id.as_str(), body));
    }
    if let (Some(change), Some((name, modified))) = (person, version.contact) {
        // The primary rows only; the rows beside them are added from the document when it is sent.
        let body = contact::person_body(&Value::Null, &change);
        steps.push(put("Contact", &name, hold(body, modified)));
    }
    match (changes.address, version.address) {
        (Some(body), Some((name, modified))) => {
            steps.push(put("Address", &name, hold(body, modified)));
        }
        (Some(mut body), None) if to.address.is_some() => {
            body["address_title"] = json!(to.name);
            body["address_type"] = json!("Billing");
            body["is_primary_address"] = json!(1);
            body["is_shipping_address"] = json!(1);
            body["links"] = json!([{"link_doctype": "Customer", "link_name": id.as_str()}]);
            steps.push(Step {
                method: "POST".to_owned(),
                path: site::doctype("Address"),
                body,
            });
            steps.push(put(
                "Customer",
                id.as_str(),
                json!({"customer_primary_address": NAME}),
            ));
        }
        _ => {}
    }
    Ok(steps)
}

fn create_invoice(invoice: &Invoice, source: &RemoteId, chart: &Chart) -> Result<Vec<Step>, Cause> {
    let body = invoice_out::create_body(invoice, source.as_str(), chart)?;
    if invoice.state != DocumentState::Approved {
        return Ok(vec![create("Sales Invoice", body, chart)]);
    }
    if invoice.total.is_zero() {
        // Submitted in the request that creates it, a document with nothing to pay keeps the
        // status Draft for ever.
        let draft = create("Sales Invoice", body, chart);
        let path = format!("{}/{NAME}", site::doctype("Sales Invoice"));
        let submit = Step {
            method: "PUT".to_owned(),
            path,
            body: json!({"docstatus": 1}),
        };
        return Ok(vec![draft, submit]);
    }
    Ok(vec![create(
        "Sales Invoice",
        with(body, "docstatus", 1),
        chart,
    )])
}

fn update_invoice(
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
            let mut body = invoice_out::update_body(from, to, chart)?;
            body["modified"] = json!(version.as_str());
            if to.state == DocumentState::Approved {
                body["docstatus"] = json!(1);
            }
            Ok((vec![put("Sales Invoice", id.as_str(), body)], ids))
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
            body["name"] = json!(format!("{number}-{}", revision + 1));
            body["amended_from"] = json!(id.as_str());
            let body = with(body, "docstatus", 1);
            let moved = marker_fields::replaced(source.as_str(), revision);
            let steps = vec![
                // First, because a cancelled document keeps its marker for ever.
                put(
                    "Sales Invoice",
                    id.as_str(),
                    json!({marker_fields::INVOICE: moved, "modified": version.as_str()}),
                ),
                put("Sales Invoice", id.as_str(), json!({"docstatus": 2})),
                create("Sales Invoice", body, chart),
            ];
            Ok((steps, Lookup::Markers(vec![source.clone()])))
        }
        (DocumentState::Approved, DocumentState::Draft) => Err(cannot(
            "It is submitted in ERPNext and cannot become a draft again",
        )),
        (DocumentState::Voided, _) => Err(cannot("It is cancelled in ERPNext")),
        (_, DocumentState::Voided) => Ok((void_invoice(id, version, from)?, ids)),
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

fn void_invoice(id: &RemoteId, version: &Version, from: &Invoice) -> Result<Vec<Step>, Cause> {
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

fn mark(kind: Kind, id: &RemoteId, version: &Version, source: &RemoteId) -> Step {
    match kind {
        Kind::Contact => put(
            "Customer",
            id.as_str(),
            json!({
                marker_fields::CONTACT: source.as_str(),
                "modified": customer_version(version).customer,
            }),
        ),
        Kind::Invoice => put(
            "Sales Invoice",
            id.as_str(),
            json!({
                marker_fields::INVOICE: source.as_str(),
                "modified": version.as_str(),
            }),
        ),
    }
}
