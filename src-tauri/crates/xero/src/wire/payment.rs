//! `Payment` and `BatchPayment`.

use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::json;

use super::client::{Call, Client};
use super::credit::InvoiceReference;
use super::dates::{Day, Instant};
use super::list::Listed;
use super::read::rows;
use crate::error::XeroError;

/// Money received for an invoice, or given back for a credit. Never edited, only created and
/// deleted; a deleted one stays readable.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Payment {
    /// GUID.
    #[serde(rename = "PaymentID")]
    pub payment_id: String,
    /// ACCRECPAYMENT, ARCREDITPAYMENT (a refund), AROVERPAYMENTPAYMENT, ARPREPAYMENTPAYMENT and
    /// their twins for suppliers.
    #[serde(default)]
    pub payment_type: String,
    /// AUTHORISED or DELETED.
    #[serde(default)]
    pub status: String,
    /// The day.
    #[serde(default)]
    pub date: Option<Day>,
    /// In the invoice's currency.
    #[serde(deserialize_with = "crate::wire::amount", default)]
    pub amount: Option<Decimal>,
    /// In the account's currency.
    #[serde(deserialize_with = "crate::wire::amount", default)]
    pub bank_amount: Option<Decimal>,
    /// Units of the invoice's currency for one of the base currency.
    #[serde(deserialize_with = "crate::wire::amount", default)]
    pub currency_rate: Option<Decimal>,
    /// The reference.
    #[serde(default)]
    pub reference: Option<String>,
    /// Whether it is matched with a line of a bank statement.
    #[serde(deserialize_with = "crate::wire::flag", default)]
    pub is_reconciled: bool,
    /// The batch it is part of; then only the batch can be deleted.
    #[serde(rename = "BatchPaymentID", default)]
    pub batch_payment_id: Option<String>,
    /// What it pays; of a refund, the credit paid back (xero/FACTS §8).
    #[serde(default)]
    pub invoice: Option<InvoiceReference>,
    /// The credit note paid back, where an answer names it so.
    #[serde(default)]
    pub credit_note: Option<InvoiceReference>,
    /// The overpayment paid back, where an answer names it so.
    #[serde(default)]
    pub overpayment: Option<InvoiceReference>,
    /// The prepayment paid back, where an answer names it so.
    #[serde(default)]
    pub prepayment: Option<InvoiceReference>,
    /// The account it went to.
    #[serde(default)]
    pub account: Option<AccountReference>,
    /// Last change.
    #[serde(rename = "UpdatedDateUTC", default)]
    pub updated: Option<Instant>,
}

impl Payment {
    /// The document paid, or the credit paid back.
    pub fn document(&self) -> Option<&InvoiceReference> {
        [
            &self.invoice,
            &self.credit_note,
            &self.overpayment,
            &self.prepayment,
        ]
        .into_iter()
        .find_map(Option::as_ref)
    }
}

/// An account that something is booked to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct AccountReference {
    /// GUID.
    #[serde(rename = "AccountID")]
    pub account_id: Option<String>,
    /// Absent on some bank accounts.
    pub code: Option<String>,
}

impl Listed for Payment {
    const NAME: &'static str = "Payments";
    const ID: &'static str = "PaymentID";
    const TITLE: &'static str = "Reference";
    /// Deleted ones are listed too.
    const QUERY: &'static [(&'static str, &'static str)] = &[];

    fn updated(&self) -> Option<Instant> {
        self.updated
    }
}

/// Several invoices paid by one line of a bank statement.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct BatchPayment {
    /// GUID.
    #[serde(rename = "BatchPaymentID")]
    pub batch_payment_id: String,
    /// AUTHORISED or DELETED.
    #[serde(default)]
    pub status: String,
    /// RECBATCH (received) or PAYBATCH.
    #[serde(rename = "Type", default)]
    pub kind: String,
    /// The day, as `/Date()/`.
    #[serde(default)]
    pub date: Option<Day>,
    /// The reference (`Details` outside New Zealand).
    #[serde(default)]
    pub reference: Option<String>,
    /// What the bank is told of it, outside New Zealand.
    #[serde(default)]
    pub details: Option<String>,
    /// The account it went to.
    #[serde(default)]
    pub account: Option<AccountReference>,
    /// Whether it is matched with a line of a bank statement.
    #[serde(deserialize_with = "crate::wire::flag", default)]
    pub is_reconciled: bool,
    /// The sum, in the account's currency.
    #[serde(deserialize_with = "crate::wire::amount", default)]
    pub total_amount: Option<Decimal>,
    /// Its payments.
    #[serde(default)]
    pub payments: Vec<PaymentReference>,
    /// Last change.
    #[serde(rename = "UpdatedDateUTC", default)]
    pub updated: Option<Instant>,
}

/// A payment of a batch.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct PaymentReference {
    /// GUID.
    #[serde(rename = "PaymentID")]
    pub payment_id: String,
    /// What it pays.
    pub invoice: InvoiceReference,
    /// How much, in the invoice's currency.
    #[serde(deserialize_with = "crate::wire::amount")]
    pub amount: Option<Decimal>,
}

impl Client {
    /// Deletes a payment. Payments of a batch cannot be deleted one by one.
    ///
    /// # Errors
    /// [`XeroError`]; [`XeroError::may_have_been_done`].
    pub async fn delete_payment(&self, id: &str, key: &str) -> Result<Payment, XeroError> {
        let call = Call {
            method: "POST",
            path: format!("Payments/{id}"),
            // Anything but the status is refused.
            body: Some(json!({"Payments": [{"Status": "DELETED"}]})),
            key: Some(key.to_owned()),
            ..Call::default()
        };
        let row = rows(self.call(&call).await?, "Payments")?
            .into_iter()
            .next()
            .ok_or_else(|| XeroError::Garbage("Payments is empty".to_owned()))?;
        serde_json::from_value(row)
            .map_err(|error| XeroError::Garbage(format!("Payments: {error}")))
    }
}
