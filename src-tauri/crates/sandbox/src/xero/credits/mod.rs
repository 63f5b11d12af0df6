//! Credit: credit notes, overpayments and prepayments (Xero developer docs, "Credit Notes",
//! "Overpayments", "Prepayments"), and what is allocated of them to invoices.

mod allocations;
mod bank;
mod read;
mod settle;
mod write;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::batch::Kind;
use super::invoices::Invoice;
use super::records::Row;

pub use bank::{BANK_TRANSACTIONS, BankTransaction};
pub use write::CreditMatch;

/// Where credit comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CreditKind {
    /// A credit note to a customer.
    CreditNote,
    /// Money received beyond what was due.
    Overpayment,
    /// Money received before an invoice.
    Prepayment,
}

impl CreditKind {
    /// The endpoint's array and id names.
    pub const fn names(self) -> Kind {
        match self {
            CreditKind::CreditNote => Kind {
                plural: "CreditNotes",
                id: "CreditNoteID",
                flag: Some("HasErrors"),
            },
            CreditKind::Overpayment => Kind {
                plural: "Overpayments",
                id: "OverpaymentID",
                flag: None,
            },
            CreditKind::Prepayment => Kind {
                plural: "Prepayments",
                id: "PrepaymentID",
                flag: None,
            },
        }
    }

    /// `Type` of sales documents.
    pub const fn type_word(self) -> &'static str {
        match self {
            CreditKind::CreditNote => "ACCRECCREDIT",
            CreditKind::Overpayment => "RECEIVE-OVERPAYMENT",
            CreditKind::Prepayment => "RECEIVE-PREPAYMENT",
        }
    }

    /// As messages call it.
    pub const fn words(self) -> &'static str {
        match self {
            CreditKind::CreditNote => "Credit Note",
            CreditKind::Overpayment => "Overpayment",
            CreditKind::Prepayment => "Prepayment",
        }
    }
}

/// Credit used for an invoice.
#[derive(Debug, Clone, PartialEq)]
pub struct Allocation {
    /// `AllocationID`.
    pub id: Uuid,
    /// The invoice it pays.
    pub invoice: Uuid,
    /// Amount in the documents' currency.
    pub amount: Decimal,
    /// Date.
    pub date: NaiveDate,
}

/// A credit note, an overpayment or a prepayment.
#[derive(Debug, Clone, PartialEq)]
pub struct Credit {
    /// Which of the three.
    pub kind: CreditKind,
    /// The document: of one build with an invoice. What is paid of it are refunds, what is credited
    /// is what is allocated, and what is due is the remaining credit.
    pub document: Invoice,
    /// Allocations in the order made.
    pub allocations: Vec<Allocation>,
}

impl Row for Credit {
    fn id(&self) -> Uuid {
        self.document.id
    }

    fn updated(&self) -> DateTime<Utc> {
        self.document.updated
    }

    fn keys(&self) -> Vec<(&'static str, String)> {
        let mut keys = vec![("contact", self.document.contact.to_string())];
        if self.kind == CreditKind::CreditNote {
            keys.push(("number", self.document.number.to_lowercase()));
        }
        let mut invoices: Vec<Uuid> = self.allocations.iter().map(|each| each.invoice).collect();
        invoices.sort_unstable();
        invoices.dedup();
        keys.extend(invoices.iter().map(|id| ("invoice", id.to_string())));
        keys
    }
}
