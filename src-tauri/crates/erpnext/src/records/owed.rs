//! What is owed on invoices, and where: all that a payment of them has to know.

use ledger::Currency;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::client::{Client, List};
use crate::error::Error;
use crate::wire::{BadField, Row};

/// A Sales Invoice as far as a payment is concerned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owed {
    /// Its document name.
    pub name: String,
    /// 0 draft, 1 submitted, 2 cancelled.
    pub docstatus: u8,
    /// The receivable account it is kept in (`debit_to`): a payment of it goes from the same one, or is
    /// refused.
    pub account: String,
    /// The currency of that account; `None` where the site does not say.
    pub currency: Option<Currency>,
    /// What is left to pay, in that currency.
    pub open: Decimal,
}

impl Owed {
    fn read(value: &Value) -> Result<Self, BadField> {
        let row = Row::new(value)?;
        Ok(Self {
            name: row.name("name")?,
            docstatus: row.docstatus()?,
            account: row.text("debit_to")?.unwrap_or_default(),
            currency: row.currency("party_account_currency")?,
            open: row.amount("outstanding_amount")?,
        })
    }
}

/// What is owed on these invoices, in one call. Those that are not there, or cannot be read, are not in
/// the answer.
///
/// # Errors
/// See [`Error`].
pub async fn owed(client: &Client, names: &[&str]) -> Result<Vec<Owed>, Error> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let rows = client
        .list(&List {
            doctype: "Sales Invoice",
            parent: None,
            fields: vec![
                "name",
                "docstatus",
                "debit_to",
                "party_account_currency",
                "outstanding_amount",
            ],
            filters: vec![json!(["name", "in", names])],
            order_by: "name asc",
            limit: 0,
        })
        .await?;
    // The database compares names without case and accents; identities are exact.
    Ok(rows
        .iter()
        .filter_map(|row| Owed::read(row).ok())
        .filter(|row| names.contains(&row.name.as_str()))
        .collect())
}
