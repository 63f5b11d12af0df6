//! A record of any kind.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::agreement::{contact_differences, invoice_differences};
use crate::problem::Difference;
use crate::{Contact, Currency, Document, DocumentState, Kind, Reference, RemoteId};

/// A record of any kind, in the terms of the side it was read from.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Record {
    /// A contact.
    Contact(Contact),
    /// A sales invoice.
    Invoice(Document),
}

impl Record {
    /// The record's kind.
    pub const fn kind(&self) -> Kind {
        match self {
            Record::Contact(_) => Kind::Contact,
            Record::Invoice(_) => Kind::Invoice,
        }
    }

    /// What a person calls this record: a contact's name, a document's number.
    pub fn title(&self) -> &str {
        match self {
            Record::Contact(contact) => &contact.name,
            Record::Invoice(invoice) => invoice.number.as_deref().unwrap_or("(no number)"),
        }
    }

    /// The contact's name, of the contact itself or of the document's.
    pub fn contact_name(&self) -> &str {
        match self {
            Record::Contact(contact) => &contact.name,
            Record::Invoice(invoice) => &invoice.contact_name,
        }
    }

    /// The document's total and currency.
    pub fn total(&self) -> Option<(Decimal, Currency)> {
        match self {
            Record::Contact(_) => None,
            Record::Invoice(invoice) => Some((invoice.total, invoice.currency)),
        }
    }

    /// The day a document is dated.
    pub fn day(&self) -> Option<NaiveDate> {
        match self {
            Record::Contact(_) => None,
            Record::Invoice(invoice) => Some(invoice.date),
        }
    }

    /// Whether the record has come to its end: archived, voided or deleted.
    pub fn ended(&self) -> bool {
        match self {
            Record::Contact(contact) => contact.archived,
            Record::Invoice(invoice) => invoice.state == DocumentState::Voided,
        }
    }

    /// Whether it has ended and stays so, and another record may carry its identity on.
    pub fn ended_for_good(&self) -> bool {
        self.ended() && self.kind().ends_for_good()
    }

    /// The records of a kind that this one refers to on its own side.
    pub fn refers_to(&self, kind: Kind) -> impl Iterator<Item = &RemoteId> {
        match (self, kind) {
            (Record::Invoice(invoice), Kind::Contact) => Some(&invoice.contact),
            (Record::Contact(_) | Record::Invoice(_), _) => None,
        }
        .into_iter()
    }

    /// Everything that the record refers to on its own side, of the kinds that [`Kind::parents`] says.
    pub fn references(&self) -> Vec<Reference> {
        let of = |kind: &Kind| {
            let kind = *kind;
            self.refers_to(kind).map(move |id| Reference {
                kind,
                id: id.clone(),
            })
        };
        self.kind().parents().iter().flat_map(of).collect()
    }

    /// The same record, referring to `to` wherever it refers to `from`.
    pub fn refer(&mut self, from: &Reference, to: &RemoteId) {
        match self {
            Record::Contact(_) => {}
            Record::Invoice(invoice) => {
                if from.kind == Kind::Contact && invoice.contact == from.id {
                    invoice.contact.clone_from(to);
                }
            }
        }
    }

    /// Brings the record to its end, as its side would show it: archived, or voided with nothing due.
    pub fn end(&mut self) {
        match self {
            Record::Contact(contact) => contact.archived = true,
            Record::Invoice(invoice) => {
                invoice.state = DocumentState::Voided;
                invoice.amount_due = Decimal::ZERO;
            }
        }
    }

    /// Forgets the identities of its lines, which say nothing about what it means.
    pub fn forget_rows(&mut self) {
        match self {
            Record::Contact(_) => {}
            Record::Invoice(document) => {
                for line in &mut document.lines {
                    line.id = None;
                }
            }
        }
    }

    /// In what Xero's record and ERPNext's differ, amounts due and what they refer to aside. Records
    /// of two kinds have nothing to compare.
    pub fn differences(xero: &Record, erpnext: &Record) -> Vec<Difference> {
        match (xero, erpnext) {
            (Record::Contact(xero), Record::Contact(erpnext)) => contact_differences(xero, erpnext),
            (Record::Invoice(xero), Record::Invoice(erpnext)) => invoice_differences(xero, erpnext),
            (Record::Contact(_), Record::Invoice(_)) | (Record::Invoice(_), Record::Contact(_)) => {
                Vec::new()
            }
        }
    }

    /// The contact, where this is one.
    pub const fn as_contact(&self) -> Option<&Contact> {
        match self {
            Record::Contact(contact) => Some(contact),
            Record::Invoice(_) => None,
        }
    }

    /// The invoice, where this is one.
    pub const fn as_invoice(&self) -> Option<&Document> {
        match self {
            Record::Invoice(invoice) => Some(invoice),
            Record::Contact(_) => None,
        }
    }
}
