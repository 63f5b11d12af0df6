//! Xero's rows as the engine takes them.

use engine::books::{Pulled, Unreadable};
use ledger::contact::text;
use ledger::{Record, RemoteId, Version};
use serde_json::Value;
use xero::translate::advance::{self, Entered};
use xero::translate::document::TaxRates;
use xero::translate::{contact as contacts, document, marker, payment as payments};
use xero::wire::Row;
use xero::wire::contact::Contact;
use xero::wire::dates::{Day, Instant};
use xero::wire::document::{CreditNote, Document, Invoice};
use xero::wire::list::Listed;
use xero::wire::payment::{Payment, is_suppliers};
use xero::wire::usable_id;

/// A contact's row.
pub(super) fn contact(row: Row<Contact>) -> Pulled {
    match row {
        Row::Read { row, .. } => Pulled {
            id: RemoteId::new(row.contact_id.to_lowercase()),
            version: version(row.updated),
            marker: marker::of_contact(&row),
            merged_into: row
                .merged_to
                .as_ref()
                .filter(|id| !id.is_empty())
                .map(|id| RemoteId::new(id.to_lowercase())),
            record: Ok(Record::Contact(contacts::from_wire(&row))),
            replaces: None,
            born: None,
        },
        Row::Unreadable {
            id,
            title,
            why,
            raw,
        } => unreadable(id, title, why, raw),
    }
}

/// What a person can call a payment: its reference, else what it is for.
fn payment_title(row: &Payment) -> Option<String> {
    let number = row.document().and_then(|it| it.invoice_number.as_deref());
    let of = number.and_then(text).map(|it| format!("payment of {it}"));
    row.reference.as_deref().and_then(text).or(of)
}

fn is_unread_suppliers(raw: &str) -> bool {
    let raw: Value = serde_json::from_str(raw).unwrap_or_default();
    let kind = raw.get("PaymentType").and_then(Value::as_str);
    kind.is_some_and(is_suppliers)
}

/// A payment from the answer to a write.
pub(super) fn payment_from_value(value: Value) -> Option<Pulled> {
    payment(Row::from_value(value, "PaymentID", "Reference"))
}

/// A payment's row; `None` for one to a supplier.
pub(super) fn payment(row: Row<Payment>) -> Option<Pulled> {
    match row {
        Row::Read { row, raw } => {
            let version = version(row.updated);
            match (payments::from_wire(&row), usable_id(&row.payment_id)) {
                (Ok(None), _) => None,
                (Ok(Some(mut read)), Some(id)) => {
                    if let Some((kind, of)) = &read.refund_of {
                        super::payments::refund_of(&mut read.payment, *kind, of);
                    }
                    Some(Pulled {
                        id: RemoteId::new(id),
                        version,
                        marker: None,
                        merged_into: None,
                        replaces: None,
                        born: None,
                        record: Ok(Record::Payment(read.payment)),
                    })
                }
                (read, id) => {
                    let why = read.err().unwrap_or_default();
                    let title = payment_title(&row);
                    let unread = unreadable(id, title, why, raw.text());
                    Some(Pulled { version, ..unread })
                }
            }
        }
        Row::Unreadable { raw, .. } if is_unread_suppliers(&raw) => None,
        Row::Unreadable {
            id,
            title,
            why,
            raw,
        } => Some(unreadable(id, title, why, raw)),
    }
}

/// An overpayment's or prepayment's row by its identity, where it has one; `None` for one of a supplier.
pub(super) fn advance(
    id: Option<RemoteId>,
    row: Row<Document>,
    entered: &Entered,
) -> Option<Pulled> {
    let (version, title, read, raw) = match row {
        Row::Read { row, raw } => {
            let read = match (advance::from_wire(&row, entered), &id) {
                (Ok(read), Some(_)) => Ok(read?),
                (Ok(_), None) => Err("it has no id".to_owned()),
                (Err(why), _) => Err(why),
            };
            let title = row.reference.as_deref().and_then(text);
            (version(row.updated), title, read, raw.text())
        }
        Row::Unreadable { raw, .. } if super::payments::is_unread_suppliers(&raw) => return None,
        Row::Unreadable {
            title, why, raw, ..
        } => (Version::new(""), title, Err(why), raw),
    };
    let pulled = |id, record| Pulled {
        id,
        version: version.clone(),
        marker: None,
        merged_into: None,
        replaces: None,
        born: None,
        record,
    };
    match (read, id) {
        (Ok(payment), Some(id)) => Some(pulled(id, Ok(Record::Payment(payment)))),
        (read, id) => {
            let why = read.err().unwrap_or_default();
            let unread = unreadable(id.map(|id| id.0), title, why, raw);
            Some(pulled(unread.id, unread.record))
        }
    }
}

/// Sales invoices' rows; bills are none of ours.
pub(super) fn invoices(rows: Vec<Row<Invoice>>, rates: &TaxRates) -> Vec<Pulled> {
    rows.into_iter()
        .filter(|row| !matches!(row, Row::Read { row, .. } if row.0.kind != "ACCREC"))
        .map(|row| invoice(row, rates))
        .collect()
}

/// A sales invoice's row.
pub(super) fn invoice(row: Row<Invoice>, rates: &TaxRates) -> Pulled {
    document(
        row,
        |row| (&row.0, marker::of_invoice(&row.0)),
        |it| document::from_wire(it, rates).map(Record::Invoice),
    )
}

/// Sales credit notes' rows; suppliers' are none of ours.
pub(super) fn credit_notes(rows: Vec<Row<CreditNote>>, rates: &TaxRates) -> Vec<Pulled> {
    rows.into_iter()
        .filter(|row| !matches!(row, Row::Read { row, .. } if row.0.kind != "ACCRECCREDIT"))
        .map(|row| credit_note(row, rates))
        .collect()
}

/// A sales credit note's row. Xero keeps no link with one, so nothing of ours is on it.
pub(super) fn credit_note(row: Row<CreditNote>, rates: &TaxRates) -> Pulled {
    document(
        row,
        |row| (&row.0, None),
        |it| document::from_wire(it, rates).map(Record::CreditNote),
    )
}

/// A document's row: what it says and our marker on it, and how that is read.
fn document<T>(
    row: Row<T>,
    says: impl Fn(&T) -> (&Document, Option<RemoteId>),
    read: impl Fn(&Document) -> Result<Record, String>,
) -> Pulled {
    match row {
        Row::Read { row, raw } => {
            let (document, marker) = says(&row);
            Pulled {
                id: RemoteId::new(document.id.to_lowercase()),
                version: document_version(document.updated, document.due()),
                marker,
                merged_into: None,
                replaces: None,
                born: None,
                record: read(document).map_err(|why| Unreadable {
                    title: document
                        .number
                        .clone()
                        .unwrap_or_else(|| document.id.clone()),
                    why,
                    raw: raw.text(),
                }),
            }
        }
        Row::Unreadable {
            id,
            title,
            why,
            raw,
        } => unreadable(id, title, why, raw),
    }
}

/// A contact from the answer to a write.
pub(super) fn contact_from_value(value: Value) -> Pulled {
    contact(Row::from_value(value, "ContactID", "Name"))
}

/// An invoice from the answer to a write.
pub(super) fn invoice_from_value(value: Value, rates: &TaxRates) -> Pulled {
    invoice(Row::from_value(value, Invoice::ID, Invoice::TITLE), rates)
}

/// A credit note from the answer to a write.
pub(super) fn credit_note_from_value(value: Value, rates: &TaxRates) -> Pulled {
    let row = Row::from_value(value, CreditNote::ID, CreditNote::TITLE);
    credit_note(row, rates)
}

fn unreadable(id: Option<String>, title: Option<String>, why: String, raw: String) -> Pulled {
    let title = title
        .or_else(|| id.clone())
        .unwrap_or_else(|| "(unreadable)".to_owned());
    Pulled {
        id: RemoteId::new(id.map_or_else(|| format!("unreadable {title}"), |id| id.to_lowercase())),
        version: Version::new(""),
        marker: None,
        merged_into: None,
        replaces: None,
        born: None,
        record: Err(Unreadable { title, why, raw }),
    }
}

/// Whether it can stand in a filter: what was read without an id has another identity here.
pub(super) fn is_guid(id: &&str) -> bool {
    let digits = id.chars().all(|it| it.is_ascii_hexdigit() || it == '-');
    digits && usable_id(id).is_some()
}

/// The version of a record by its last change.
pub(super) fn version(updated: Option<Instant>) -> Version {
    Version::new(updated.map_or_else(String::new, |at| at.0.timestamp_millis().to_string()))
}

/// What stands before the due date in the version of a document.
const DUE: &str = " due ";

/// The version of a document: the due date belongs to it, because Xero changes that of one which is paid in
/// part without saying that it changed (xero/FACTS §11).
pub(super) fn document_version(updated: Option<Instant>, due: Option<Day>) -> Version {
    let changed = version(updated);
    match due {
        Some(due) if updated.is_some() => {
            Version::new(format!("{}{DUE}{}", changed.as_str(), due.0))
        }
        _ => changed,
    }
}

/// Whether a record that was seen in a list stands as it was read at a version. Those that were read before
/// the due date was part of it are taken as they say.
pub(super) fn is_as_read(seen: &Version, read: &Version) -> bool {
    let (seen, read) = (seen.as_str(), read.as_str());
    let changed = seen.split(DUE).next().unwrap_or(seen);
    seen == read || changed == read
}

/// A name as Xero keeps it.
pub(super) fn single_spaced(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Only the contacts of exactly these names, without regard to case, as Xero compares them.
pub(super) fn named(found: impl Iterator<Item = Pulled>, names: &[&str]) -> Vec<Pulled> {
    found
        .filter(|pulled| {
            let Ok(record) = &pulled.record else {
                return true;
            };
            let title = single_spaced(record.title()).to_lowercase();
            names.iter().any(|name| name.to_lowercase() == title)
        })
        .collect()
}
