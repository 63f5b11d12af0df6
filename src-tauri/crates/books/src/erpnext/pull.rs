//! Fetched documents as the engine takes them.

use ::erpnext::Chart;
use ::erpnext::marker_fields;
use ::erpnext::records::{CreditNoteRows, Customer, Fetched};
use ::erpnext::translate::contact::{self, ContactVersion};
use ::erpnext::translate::{credit_note, invoice_in, journal, payment_parts, till};
use ::erpnext::wire::{BadField, InvoiceRow, JournalRow, PaymentRow, TillRow};
use engine::books::{Pulled, Unreadable};
use ledger::{Payment, Record, RemoteId, Version};

use super::part::{self, Named};

/// A Customer.
pub(super) fn contact(fetched: Fetched<Customer>, chart: &Chart) -> Pulled {
    let id = RemoteId::new(fetched.name.clone());
    let born = born(&fetched.created);
    match fetched.record {
        Ok(customer) => Pulled {
            id,
            version: Version::new(ContactVersion::of(&customer).to_text()),
            marker: customer
                .row
                .marker
                .as_deref()
                .map(|stored| RemoteId::new(marker_fields::identity(stored).0)),
            record: Ok(Record::Contact(contact::to_ledger(&customer, chart))),
            merged_into: None,
            replaces: None,
            born,
        },
        Err(why) => Pulled {
            born,
            ..unreadable(id, &fetched.modified, fetched.title, &why, fetched.raw)
        },
    }
}

/// A Sales Invoice; `superseded` where it is cancelled and another document carries its identity now.
pub(super) fn invoice(fetched: Fetched<InvoiceRow>, chart: &Chart, superseded: bool) -> Pulled {
    document(fetched, superseded, |row| {
        let invoice = invoice_in::to_ledger(&row, chart);
        (Record::Invoice(invoice), row)
    })
}

/// A return, as an invoice.
pub(super) fn credit_note(
    fetched: Fetched<CreditNoteRows>,
    chart: &Chart,
    superseded: bool,
) -> Pulled {
    document(fetched, superseded, |rows| {
        let note = credit_note::to_ledger(&rows, chart);
        (Record::CreditNote(note), rows.row)
    })
}

fn document<T>(
    fetched: Fetched<T>,
    superseded: bool,
    read: impl FnOnce(T) -> (Record, InvoiceRow),
) -> Pulled {
    let id = RemoteId::new(fetched.name.clone());
    let born = born(&fetched.created);
    let (record, row) = match fetched.record {
        Ok(rows) => read(rows),
        Err(why) => {
            return Pulled {
                born,
                ..unreadable(id, &fetched.modified, fetched.title, &why, fetched.raw)
            };
        }
    };
    Pulled {
        id,
        version: Version::new(row.modified),
        marker: row
            .marker
            .as_deref()
            .filter(|_| !superseded)
            .map(|stored| RemoteId::new(marker_fields::identity(stored).0)),
        record: Ok(record),
        merged_into: None,
        replaces: row.amended_from.map(RemoteId::new),
        born,
    }
}

/// The payments of a Payment Entry; `superseded` as for an invoice. What amends one is a payment of its own: in
/// Xero, where none is ever edited, it is another one too.
pub(super) fn payment(
    fetched: Fetched<PaymentRow>,
    chart: &Chart,
    superseded: bool,
) -> Vec<Pulled> {
    let unread = part::of_entry(None, &fetched.name);
    several(fetched, unread, |row| {
        let parts = payment_parts::parts(row, chart).into_iter();
        let parts = parts.map(|part| OfDocument {
            id: part::of_entry(part.row.as_deref(), &row.name),
            marker: part.marker.filter(|_| !superseded),
            payment: part.payment,
        });
        (row.modified.clone(), parts.collect())
    })
}

/// The payments of a Journal Entry.
pub(super) fn journal(fetched: Fetched<JournalRow>, chart: &Chart) -> Vec<Pulled> {
    let unread = part::of_journal(None, &fetched.name);
    several(fetched, unread, |row| {
        let parts = journal::parts(row, chart).into_iter();
        let parts = parts.map(|part| OfDocument {
            id: part::of_journal(part.row.as_deref(), &row.name),
            marker: part.marker,
            payment: part.payment,
        });
        (row.modified.clone(), parts.collect())
    })
}

/// The payments that a Sales Invoice holds.
pub(super) fn till(fetched: Fetched<TillRow>) -> Vec<Pulled> {
    let unread = part::of_till("", &fetched.name);
    several(fetched, unread, |row| {
        let parts = till::parts(row).into_iter();
        let parts = parts.map(|part| OfDocument {
            id: part::of_till(&part.row, &row.name),
            marker: part.marker,
            payment: part.payment,
        });
        (row.modified.clone(), parts.collect())
    })
}

/// One payment of a document.
struct OfDocument {
    id: RemoteId,
    marker: Option<String>,
    payment: Payment,
}

fn several<T>(
    fetched: Fetched<T>,
    unread: RemoteId,
    parts: impl FnOnce(&T) -> (String, Vec<OfDocument>),
) -> Vec<Pulled> {
    let born = born(&fetched.created);
    let row = match fetched.record {
        Ok(row) => row,
        Err(why) => {
            return vec![Pulled {
                born,
                ..unreadable(unread, &fetched.modified, fetched.title, &why, fetched.raw)
            }];
        }
    };
    let (modified, parts) = parts(&row);
    let ids: Vec<RemoteId> = parts.iter().map(|part| part.id.clone()).collect();
    let pulled = parts.into_iter().map(|mut part| {
        let others = ids.iter().filter(|id| **id != part.id);
        part.payment.with = others.cloned().collect();
        let marker = part.marker.as_deref();
        let marker = marker.map(|stored| marker_fields::identity(stored).0);
        let row = Named::of(part.id.as_str()).row();
        Pulled {
            version: part::version_of_row(&modified, marker.filter(|_| row.is_some())),
            id: part.id,
            marker: marker.map(RemoteId::new),
            record: Ok(Record::Payment(part.payment)),
            merged_into: None,
            replaces: None,
            born: born.clone(),
        }
    });
    pulled.collect()
}

/// What tells a document from any other that has or had its name.
fn born(created: &str) -> Option<String> {
    (!created.is_empty()).then(|| created.to_owned())
}

fn unreadable(id: RemoteId, modified: &str, title: String, why: &BadField, raw: String) -> Pulled {
    Pulled {
        id,
        version: Version::new(modified),
        marker: None,
        record: Err(Unreadable {
            title,
            why: why.to_string(),
            raw,
        }),
        merged_into: None,
        replaces: None,
        born: None,
    }
}
