//! A record of any kind.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{Contact, Currency, DocumentState, Invoice, Kind};

/// A record of any kind, in the terms of the side it was read from.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Record {
    /// A contact.
    Contact(Contact),
    /// A sales invoice.
    Invoice(Invoice),
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

    /// Whether the record has come to its end: archived, voided or deleted.
    pub fn ended(&self) -> bool {
        match self {
            Record::Contact(contact) => contact.archived,
            Record::Invoice(invoice) => invoice.state == DocumentState::Voided,
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
    pub const fn as_invoice(&self) -> Option<&Invoice> {
        match self {
            Record::Invoice(invoice) => Some(invoice),
            Record::Contact(_) => None,
        }
    }
}
