//! Fetched documents as the engine takes them.

use ::erpnext::Chart;
use ::erpnext::marker_fields;
use ::erpnext::records::{CreditNoteRows, Customer, Fetched};
use ::erpnext::translate::contact::{self, ContactVersion};
use ::erpnext::translate::{credit_note, invoice_in, payment_in};
use ::erpnext::wire::{BadField, InvoiceRow, PaymentRow};
use engine::books::{Pulled, Unreadable};
use ledger::{Record, RemoteId, Version};

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

/// A Payment Entry; `superseded` as for an invoice. What amends one is a payment of its own: in Xero, where
/// none is ever edited, it is another one too.
pub(super) fn payment(fetched: Fetched<PaymentRow>, chart: &Chart, superseded: bool) -> Pulled {
    let id = RemoteId::new(fetched.name.clone());
    let born = born(&fetched.created);
    match fetched.record {
        Ok(row) => Pulled {
            id,
            version: Version::new(row.modified.clone()),
            marker: row
                .marker
                .as_deref()
                .filter(|_| !superseded)
                .map(|stored| RemoteId::new(marker_fields::identity(stored).0)),
            record: Ok(Record::Payment(payment_in::to_ledger(&row, chart))),
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
