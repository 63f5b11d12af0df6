//! Fetched documents as the engine takes them.

use ::erpnext::Chart;
use ::erpnext::marker_fields;
use ::erpnext::records::{Customer, Fetched};
use ::erpnext::translate::contact::{self, ContactVersion};
use ::erpnext::translate::{invoice_in, payment_in};
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
    let id = RemoteId::new(fetched.name.clone());
    let born = born(&fetched.created);
    let row = match fetched.record {
        Ok(row) => row,
        Err(why) => {
            return Pulled {
                born,
                ..unreadable(id, &fetched.modified, fetched.title, &why, fetched.raw)
            };
        }
    };
    let invoice = invoice_in::to_ledger(&row, chart);
    Pulled {
        id,
        version: Version::new(row.modified),
        marker: row
            .marker
            .as_deref()
            .filter(|_| !superseded)
            .map(|stored| RemoteId::new(marker_fields::identity(stored).0)),
        record: Ok(Record::Invoice(invoice)),
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
