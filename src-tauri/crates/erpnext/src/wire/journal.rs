//! Journal Entry rows and their accounts.

use chrono::NaiveDate;
use ledger::Currency;
use rust_decimal::Decimal;

use super::invoice::index;
use super::payment::ForeignDocument;
use super::{BadField, Row};
use crate::marker_fields;

/// A Journal Entry with its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalRow {
    /// Its document name.
    pub name: String,
    /// When it was last saved, in the site's local time, as sent.
    pub modified: String,
    /// 0 draft, 1 submitted, 2 cancelled.
    pub docstatus: u8,
    /// `Journal Entry`, `Write Off Entry`, `Credit Note`, `Exchange Gain Or Loss` and so on.
    pub voucher_type: String,
    /// The day it counts from.
    pub posting_date: NaiveDate,
    /// The cheque's or transfer's number.
    pub cheque_no: Option<String>,
    /// The day the bank cleared it, where it has been matched with the bank's statement.
    pub cleared: Option<NaiveDate>,
    /// Our identity, where the entry is ours.
    pub identity: Option<String>,
    /// Its rows, in order.
    pub accounts: Vec<JournalAccountRow>,
}

impl JournalRow {
    /// The fields to ask for; our identity comes on top where it is installed.
    pub const FIELDS: [&'static str; 7] = [
        "name",
        "modified",
        "docstatus",
        "voucher_type",
        "posting_date",
        "cheque_no",
        "clearance_date",
    ];

    /// Reads a row with its child rows.
    ///
    /// # Errors
    /// The first field that cannot be read.
    pub fn read(row: Row<'_>, accounts: &[Row<'_>]) -> Result<Self, BadField> {
        let mut accounts = accounts
            .iter()
            .map(|row| JournalAccountRow::read(*row))
            .collect::<Result<Vec<_>, _>>()?;
        accounts.sort_by_key(|row| row.idx);
        Ok(Self {
            name: row.name("name")?,
            modified: row.required("modified")?,
            docstatus: row.docstatus()?,
            voucher_type: row.text("voucher_type")?.unwrap_or_default(),
            posting_date: row
                .date("posting_date")?
                .ok_or_else(|| BadField::missing("posting_date"))?,
            cheque_no: row.text("cheque_no")?,
            cleared: row.date("clearance_date")?,
            identity: row.text(marker_fields::ALLOCATION)?,
            accounts,
        })
    }
}

/// A Journal Entry Account: one side of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalAccountRow {
    /// The row's name.
    pub name: String,
    /// Its place, from 1.
    pub idx: u32,
    /// The ledger account.
    pub account: String,
    /// Its currency.
    pub currency: Option<Currency>,
    /// Units of the company's currency for one of the account's.
    pub rate: Decimal,
    /// `Customer`, `Supplier`; none on accounts of nobody.
    pub party_type: Option<String>,
    /// The party.
    pub party: Option<String>,
    /// In the account's currency.
    pub debit: Decimal,
    /// In the account's currency.
    pub credit: Decimal,
    /// The DocType of the document that it settles.
    pub reference_type: Option<String>,
    /// That document.
    pub reference: Option<String>,
    /// The same, where it is in another currency than its receivable account; the row itself does not say it.
    pub foreign: Option<ForeignDocument>,
    /// Our marker.
    pub marker: Option<String>,
}

impl JournalAccountRow {
    /// The fields to ask for; our marker comes on top where it is installed.
    pub const FIELDS: [&'static str; 12] = [
        "name",
        "parent",
        "idx",
        "account",
        "account_currency",
        "exchange_rate",
        "party_type",
        "party",
        "debit_in_account_currency",
        "credit_in_account_currency",
        "reference_type",
        "reference_name",
    ];

    /// Reads a row.
    ///
    /// # Errors
    /// The first field that cannot be read.
    pub fn read(row: Row<'_>) -> Result<Self, BadField> {
        let rate = row.number("exchange_rate")?;
        Ok(Self {
            name: row.text("name")?.unwrap_or_default(),
            idx: index(row)?,
            account: row.text("account")?.unwrap_or_default(),
            foreign: None,
            currency: row.currency("account_currency")?,
            rate: rate.filter(|rate| !rate.is_zero()).unwrap_or(Decimal::ONE),
            party_type: row.text("party_type")?,
            party: row.text("party")?,
            debit: row.amount("debit_in_account_currency")?,
            credit: row.amount("credit_in_account_currency")?,
            reference_type: row.text("reference_type")?,
            reference: row.text("reference_name")?,
            marker: row.text(marker_fields::PAYMENT)?,
        })
    }
}
