//! What was paid inside a Sales Invoice at the till (`is_pos`).

use chrono::NaiveDate;
use ledger::Currency;
use rust_decimal::Decimal;

use super::invoice::index;
use super::{BadField, Row};
use crate::marker_fields;

/// A Sales Invoice that holds payments, as far as these are concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TillRow {
    /// Its document name.
    pub name: String,
    /// When it was last saved, in the site's local time, as sent.
    pub modified: String,
    /// 0 draft, 1 submitted, 2 cancelled.
    pub docstatus: u8,
    /// The Customer.
    pub customer: String,
    /// The Customer's name when the document was made.
    pub customer_name: String,
    /// The day it counts from.
    pub posting_date: NaiveDate,
    /// The document's currency.
    pub currency: Currency,
    /// Units of the company's currency for one of the document's.
    pub conversion_rate: Decimal,
    /// What was given back in cash, in the document's currency.
    pub change: Decimal,
    /// The account that the change was taken from.
    pub change_account: Option<String>,
    /// Its payments, in order.
    pub payments: Vec<TillPaymentRow>,
}

impl TillRow {
    /// The fields to ask for.
    pub const FIELDS: [&'static str; 10] = [
        "name",
        "modified",
        "docstatus",
        "customer",
        "customer_name",
        "posting_date",
        "currency",
        "conversion_rate",
        "change_amount",
        "account_for_change_amount",
    ];

    /// Reads a row with its child rows.
    ///
    /// # Errors
    /// The first field that cannot be read.
    pub fn read(row: Row<'_>, payments: &[Row<'_>]) -> Result<Self, BadField> {
        let mut payments = payments
            .iter()
            .map(|row| TillPaymentRow::read(*row))
            .collect::<Result<Vec<_>, _>>()?;
        payments.sort_by_key(|row| row.idx);
        let customer = row.name("customer")?;
        Ok(Self {
            name: row.name("name")?,
            modified: row.required("modified")?,
            docstatus: row.docstatus()?,
            customer_name: row
                .text("customer_name")?
                .unwrap_or_else(|| customer.clone()),
            customer,
            posting_date: row
                .date("posting_date")?
                .ok_or_else(|| BadField::missing("posting_date"))?,
            currency: row
                .currency("currency")?
                .ok_or_else(|| BadField::missing("currency"))?,
            conversion_rate: row.number("conversion_rate")?.unwrap_or(Decimal::ONE),
            change: row.amount("change_amount")?,
            change_account: row.text("account_for_change_amount")?,
            payments,
        })
    }
}

/// A Sales Invoice Payment: money that came with the invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TillPaymentRow {
    /// The row's name.
    pub name: String,
    /// Its place, from 1.
    pub idx: u32,
    /// The Mode of Payment.
    pub mode: Option<String>,
    /// The bank or cash account.
    pub account: Option<String>,
    /// In the document's currency.
    pub amount: Decimal,
    /// In the company's currency: what was booked. Version 15 books nothing of an invoice that is submitted by
    /// the request that makes it, and leaves this at nothing (observed on 15.71).
    pub base_amount: Decimal,
    /// Our marker.
    pub marker: Option<String>,
}

impl TillPaymentRow {
    /// The fields to ask for; our marker comes on top where it is installed.
    pub const FIELDS: [&'static str; 7] = [
        "name",
        "parent",
        "idx",
        "mode_of_payment",
        "account",
        "amount",
        "base_amount",
    ];

    /// Reads a row.
    ///
    /// # Errors
    /// The first field that cannot be read.
    pub fn read(row: Row<'_>) -> Result<Self, BadField> {
        Ok(Self {
            name: row.text("name")?.unwrap_or_default(),
            idx: index(row)?,
            mode: row.text("mode_of_payment")?,
            account: row.text("account")?,
            amount: row.amount("amount")?,
            base_amount: row.amount("base_amount")?,
            marker: row.text(marker_fields::PAYMENT)?,
        })
    }
}
