//! What a record is, and what refers to what.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::RemoteId;

/// What a record is. The order is the order of work: a contact before its invoices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A Xero Contact, an ERPNext Customer with its primary Address and Contact.
    Contact,
    /// A Xero ACCREC Invoice, an ERPNext Sales Invoice that is not a return.
    Invoice,
    /// A Xero ACCRECCREDIT CreditNote, an ERPNext Sales Invoice that is a return.
    CreditNote,
    /// A Xero Payment or batch payment, an ERPNext Payment Entry of a customer.
    Payment,
}

/// What is true of every record of a kind.
#[derive(Debug)]
struct Facts {
    word: &'static str,
    noun: &'static str,
    parents: &'static [Kind],
    document: bool,
    ends_for_good: bool,
}

impl Kind {
    /// Every kind, in the order of work.
    pub const ALL: [Kind; 4] = [
        Kind::Contact,
        Kind::Invoice,
        Kind::CreditNote,
        Kind::Payment,
    ];

    const fn facts(self) -> &'static Facts {
        match self {
            Kind::Contact => &Facts {
                word: "contact",
                noun: "contact",
                parents: &[],
                document: false,
                ends_for_good: false,
            },
            Kind::Invoice => &Facts {
                word: "invoice",
                noun: "invoice",
                parents: &[Kind::Contact],
                document: true,
                ends_for_good: true,
            },
            Kind::CreditNote => &Facts {
                word: "credit_note",
                noun: "credit note",
                parents: &[Kind::Contact, Kind::Invoice],
                document: true,
                ends_for_good: true,
            },
            Kind::Payment => &Facts {
                word: "payment",
                noun: "payment",
                parents: &[Kind::Contact, Kind::Invoice, Kind::CreditNote],
                document: false,
                ends_for_good: true,
            },
        }
    }

    /// The stable lower-case word used in SQL, JSON and on the command line.
    pub const fn word(self) -> &'static str {
        self.facts().word
    }

    /// What people call a record of this kind.
    pub const fn noun(self) -> &'static str {
        self.facts().noun
    }

    /// The kinds that a record of this one refers to, and that must exist before it.
    pub const fn parents(self) -> &'static [Kind] {
        self.facts().parents
    }

    /// The kinds whose records refer to ones of this kind.
    pub fn children(self) -> impl Iterator<Item = Kind> {
        Kind::ALL
            .into_iter()
            .filter(move |kind| kind.parents().contains(&self))
    }

    /// Whether it is a [`crate::Document`]: approved once and then fixed, with lines and amounts.
    pub const fn is_document(self) -> bool {
        self.facts().document
    }

    /// Whether a record that has ended stays so, and another one may stand in its place: a cancelled
    /// document does, an archived contact is the same one still.
    pub const fn ends_for_good(self) -> bool {
        self.facts().ends_for_good
    }

    /// Whether its records settle documents: these change with them, and cannot end before them.
    pub fn ends_first(self) -> bool {
        self.parents().iter().any(|parent| parent.is_document())
    }

    /// Reads [`Kind::word`] back.
    pub fn from_word(word: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.noun())
    }
}

/// A record that another one refers to, on the same side.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Reference {
    /// What it is.
    pub kind: Kind,
    /// Its identity there.
    pub id: RemoteId,
}

impl Reference {
    /// Refers to a contact.
    pub const fn contact(id: RemoteId) -> Self {
        Self {
            kind: Kind::Contact,
            id,
        }
    }
}
