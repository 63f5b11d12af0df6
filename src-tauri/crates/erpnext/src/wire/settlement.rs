//! What settles what: rows of the Payment Ledger.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::{BadField, Row};

/// A Payment Ledger Entry that is still in force (`delinked` 0): one voucher's effect on what is owed
/// on one document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettlementRow {
    /// The voucher's DocType: Journal Entry, Payment Entry, Sales Invoice.
    pub voucher_type: String,
    /// The voucher.
    pub voucher: String,
    /// The DocType of the document whose balance it moves; a row on account names its own voucher.
    pub document_type: String,
    /// The document whose balance it moves.
    pub document: String,
    /// By how much, in the receivable account's currency: positive raises what is owed.
    pub amount: Decimal,
    /// The day it counts from.
    pub date: Option<NaiveDate>,
}

impl SettlementRow {
    /// The fields to ask for.
    pub const FIELDS: [&'static str; 6] = [
        "voucher_type",
        "voucher_no",
        "against_voucher_type",
        "against_voucher_no",
        "amount_in_account_currency",
        "posting_date",
    ];

    /// Reads a row.
    ///
    /// # Errors
    /// The first field that cannot be read.
    pub fn read(row: Row<'_>) -> Result<Self, BadField> {
        Ok(Self {
            voucher_type: row.required("voucher_type")?,
            voucher: row.name("voucher_no")?,
            document_type: row.text("against_voucher_type")?.unwrap_or_default(),
            document: row.name("against_voucher_no")?,
            amount: row.amount("amount_in_account_currency")?,
            date: row.date("posting_date")?,
        })
    }

    /// Whether it is what its voucher has on account: money or credit that names no document.
    pub fn is_on_account(&self) -> bool {
        self.voucher == self.document
    }
}
