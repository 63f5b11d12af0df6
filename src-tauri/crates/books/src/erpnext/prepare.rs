//! Intended writes as the requests ERPNext takes. Pure.

pub(super) mod allocation;
mod credit_note;
pub(super) mod invoice;
pub(super) mod on_account;
pub(super) mod payment;

use std::collections::BTreeSet;

use ::erpnext::marker_fields::Note;
use ::erpnext::translate::contact::{self, ContactVersion};
use ::erpnext::{Chart, marker_fields, site};
use chrono::{DateTime, Utc};
use engine::books::{Change, Lookup, Prepared, Step, Write};
use ledger::{Cause, Contact, Kind, Record, RemoteId, Side, Version};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::address;
use super::part::Named;
use super::proof::Proofs;

/// Stands in a path for the name that the step before it was answered with.
pub(super) const NAME: &str = "{name}";
/// Stands in a body for the `modified` that the document was last seen with, where only a step before
/// tells it.
pub(super) const MODIFIED: &str = "{modified}";

/// The version of API whose create honours a chosen name came with version 15.
const CHOSEN_NAMES_SINCE: u32 = 15;

/// `at` is the moment the write is made, which people read on the form; `proofs` say which documents
/// may be submitted in the request that creates them.
pub(super) fn prepare(
    write: &Write,
    chart: &Chart,
    proofs: &Proofs,
    at: DateTime<Utc>,
) -> Result<Prepared, Cause> {
    let mut otherwise = None;
    let (mut steps, find) = match &write.change {
        Change::Create { record, source, .. } => (
            match record {
                Record::Contact(contact) => vec![create(
                    "Customer",
                    contact::create_body(contact, source.as_str(), chart)?,
                    chart,
                )],
                Record::Invoice(invoice) => invoice::create(invoice, source, chart, proofs)?,
                Record::CreditNote(note) => credit_note::create(note, source, chart)?,
                Record::Payment(payment) => {
                    payment::create(payment, source, held(write).as_ref(), chart)?
                }
            },
            Lookup::Markers(vec![source.clone()]),
        ),
        Change::Update {
            id,
            version,
            from,
            to,
            source,
            ..
        } => match (from, to) {
            (Record::Contact(from), Record::Contact(to)) => (
                update_contact(id, version, from, to, chart)?,
                Lookup::Ids(vec![id.clone()]),
            ),
            (Record::Invoice(from), Record::Invoice(to)) => {
                let change = invoice::Edit {
                    id,
                    version,
                    from,
                    to,
                    source,
                    held: held(write),
                };
                let update = invoice::update(&change, chart)?;
                otherwise = update.otherwise;
                (update.steps, update.find)
            }
            (Record::CreditNote(from), Record::CreditNote(to)) => {
                let change = invoice::Edit {
                    id,
                    version,
                    from,
                    to,
                    source,
                    held: held(write),
                };
                let update = credit_note::update(&change, chart)?;
                otherwise = update.otherwise;
                (update.steps, update.find)
            }
            _ => return Err(another_kind()),
        },
        Change::End { id, version, from } => {
            let steps = match from {
                Record::Contact(_) => return Err(another_kind()),
                Record::Invoice(from) => invoice::void(id, version, from)?,
                Record::CreditNote(from) => {
                    credit_note::void(id, version, from, held(write).as_ref())?
                }
                Record::Payment(from) => payment::void(id, version, from, held(write).as_ref())?,
            };
            (steps, Lookup::Ids(vec![id.clone()]))
        }
        Change::Allocate { id, from, .. } => (
            match from {
                Record::Payment(_) => {
                    on_account::steps(&write.change, held(write).as_ref(), chart)?
                }
                _ => allocation::steps(&write.change, held(write), chart)?,
            },
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
    if let Some(step) = &mut otherwise {
        Note {
            link: None,
            at,
            outcome: "Put back, since the change from Xero was refused",
        }
        .put(&mut step.body, &chart.time_zone);
    }
    Ok(Prepared {
        write: write.clone(),
        steps,
        otherwise,
        find,
    })
}

/// What was read of the site for a write.
pub(super) fn held<T: DeserializeOwned>(write: &Write) -> Option<T> {
    serde_json::from_value(write.held.clone()?).ok()
}

/// Puts what people read on the form into requests that are made anyway: where the record is opened
/// in Xero, when it was last written by us, and what was done.
fn note(change: &Change, steps: &mut [Step], time_zone: &str, at: DateTime<Utc>) {
    let (outcome, link) = match change {
        Change::Create { source_link, .. } => ("Created from Xero", source_link),
        Change::Update { source_link, .. } => ("Updated from Xero", source_link),
        // Because its counterpart ended, or because a person undid what made it.
        Change::End { .. } => ("Cancelled by Counterfoil", &None),
        Change::Allocate { .. } => ("Used for invoices, as in Xero", &None),
        Change::Mark { source_link, .. } => ("In agreement with Xero", source_link),
    };
    let page = segment_of(change.kind());
    for step in steps.iter_mut().filter(|step| step.method != "DELETE") {
        // An Address or a Contact has no such fields.
        let own = step.path.split('/').any(|segment| segment == page);
        if !own {
            continue;
        }
        let replaced = matches!(change, Change::Update { .. })
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

/// A document cannot become a contact, a contact is archived, not ended, and a payment is never changed: no
/// plan asks for it.
fn another_kind() -> Cause {
    Cause::refused(Side::Erpnext, "a record cannot become one of another kind")
}

/// The DocType's segment in a path.
pub(super) fn segment_of(kind: Kind) -> String {
    site::segment(match kind {
        Kind::Contact => "Customer",
        Kind::Invoice | Kind::CreditNote => "Sales Invoice",
        Kind::Payment => "Payment Entry",
    })
}

/// Leaves the document name of a new customer to the site where another customer has the one that we
/// would choose: ERPNext tells them apart its own way ("Priya Shah - 1"). The unique marker alone
/// refuses a second create then.
pub(super) fn let_the_site_name(prepared: &mut Prepared, taken: &BTreeSet<String>) {
    let Change::Create {
        record: Record::Contact(contact),
        ..
    } = &prepared.write.change
    else {
        return;
    };
    if !taken.contains(contact.name.trim()) {
        return;
    }
    for step in &mut prepared.steps {
        if let Some(body) = step.body.as_object_mut()
            && body.remove("name").is_some()
        {
            step.path = site::doctype("Customer");
        }
    }
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
            if let Some(name) = address::name_for(id) {
                body["name"] = json!(name);
            }
            steps.push(create("Address", body, chart));
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
        Kind::CreditNote => put(
            "Sales Invoice",
            id.as_str(),
            json!({
                marker_fields::CREDIT_NOTE: source.as_str(),
                "modified": version.as_str(),
            }),
        ),
        Kind::Payment => {
            let named = Named::of(id.as_str());
            if let Some((doctype, row)) = named.row() {
                // Its document's `modified` stays, and is not asked: it is held to the row right before it goes.
                return put(
                    doctype,
                    row,
                    json!({marker_fields::PAYMENT: source.as_str()}),
                );
            }
            let (doctype, name) = named.document();
            let field = match named {
                Named::Journal { .. } => marker_fields::ALLOCATION,
                _ => marker_fields::PAYMENT,
            };
            let body = json!({field: source.as_str(), "modified": version.as_str()});
            put(doctype, name, body)
        }
    }
}
