//! `Payment`, `BatchPayment`, and the `BankTransaction`s by which money on account is entered.

use rust_decimal::Decimal;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::client::{Call, Client};
use super::dates::{Day, Instant};
use super::document::{ContactReference, InvoiceReference};
use super::list::Listed;
use super::read::rows;
use super::usable_id;
use crate::error::XeroError;
use crate::translate::advance;

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
    /// That batch without its payments, where the list says it.
    #[serde(default)]
    pub batch_payment: Option<Box<BatchPayment>>,
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

    /// The batch it is part of, in lower case.
    pub fn batch(&self) -> Option<String> {
        let told = self.batch_payment.as_ref().map(|it| &it.batch_payment_id);
        let mut ids = self.batch_payment_id.iter().chain(told);
        ids.find_map(|id| usable_id(id))
    }

    /// Whether it is money to or from a supplier, which is none of ours.
    pub fn is_suppliers(&self) -> bool {
        is_suppliers(&self.payment_type)
    }
}

/// Whether a `PaymentType` is a supplier's.
pub fn is_suppliers(payment_type: &str) -> bool {
    matches!(
        payment_type,
        "ACCPAYPAYMENT" | "APCREDITPAYMENT" | "APOVERPAYMENTPAYMENT" | "APPREPAYMENTPAYMENT"
    )
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
    /// Deleted ones are listed too, and suppliers': a filter of the four customers' types is not one of
    /// those that Xero optimises, and over 100,000 documents it is refused (xero/FACTS §3, §8).
    const QUERY: &'static [(&'static str, &'static str)] = &[];

    fn updated(&self) -> Option<Instant> {
        self.updated
    }
}

/// Several invoices paid by one line of a bank statement.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct BatchPayment {
    /// GUID.
    #[serde(rename = "BatchPaymentID", default)]
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

/// Money received into a bank account for no invoice, by which an overpayment or prepayment was
/// entered. It alone knows the bank account.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct BankTransaction {
    /// GUID.
    #[serde(rename = "BankTransactionID")]
    pub bank_transaction_id: String,
    /// RECEIVE-OVERPAYMENT or RECEIVE-PREPAYMENT.
    #[serde(rename = "Type", default)]
    pub kind: String,
    /// AUTHORISED or DELETED.
    #[serde(default)]
    pub status: String,
    /// Whose money it is.
    #[serde(default)]
    pub contact: ContactReference,
    /// The account it came to.
    #[serde(default)]
    pub bank_account: Option<AccountReference>,
    /// The day.
    #[serde(default)]
    pub date: Option<Day>,
    /// The reference.
    #[serde(default)]
    pub reference: Option<String>,
    /// ISO 4217.
    #[serde(default)]
    pub currency_code: String,
    /// In that currency.
    #[serde(deserialize_with = "crate::wire::amount", default)]
    pub total: Option<Decimal>,
    /// Whether it is matched with a line of a bank statement.
    #[serde(deserialize_with = "crate::wire::flag", default)]
    pub is_reconciled: bool,
    /// The overpayment it made.
    #[serde(rename = "OverpaymentID", default)]
    pub overpayment_id: Option<String>,
    /// The prepayment it made.
    #[serde(rename = "PrepaymentID", default)]
    pub prepayment_id: Option<String>,
    /// Last change.
    #[serde(rename = "UpdatedDateUTC", default)]
    pub updated: Option<Instant>,
}

/// What was received in advance, among all bank transactions.
pub(super) const IN_ADVANCE: &str = r#"Type=="RECEIVE-OVERPAYMENT" OR Type=="RECEIVE-PREPAYMENT""#;

impl Listed for BankTransaction {
    const NAME: &'static str = "BankTransactions";
    const ID: &'static str = "BankTransactionID";
    const TITLE: &'static str = "Reference";
    const QUERY: &'static [(&'static str, &'static str)] =
        &[("unitdp", "4"), ("where", IN_ADVANCE)];

    fn updated(&self) -> Option<Instant> {
        self.updated
    }
}

impl Client {
    /// Deletes a payment. Payments of a batch cannot be deleted one by one.
    ///
    /// # Errors
    /// [`XeroError`]; [`XeroError::may_have_been_done`].
    pub async fn delete_payment(&self, id: &str, key: &str) -> Result<Payment, XeroError> {
        // Anything but the status is refused.
        let body = json!({"Payments": [{"Status": "DELETED"}]});
        self.post_one(format!("Payments/{id}"), "Payments", body, key)
            .await
    }

    /// Deletes a batch with all its payments.
    ///
    /// # Errors
    /// As [`Client::delete_payment`].
    pub async fn delete_batch_payment(
        &self,
        id: &str,
        key: &str,
    ) -> Result<BatchPayment, XeroError> {
        let body = json!({"BatchPaymentID": id, "Status": "DELETED"});
        self.post_one("BatchPayments".to_owned(), "BatchPayments", body, key)
            .await
    }

    /// Deletes the bank transaction by which an overpayment or prepayment was entered, and that
    /// with it. Refused while something of it is allocated or paid back.
    ///
    /// # Errors
    /// As [`Client::delete_payment`].
    pub async fn delete_advance(
        &self,
        bank_transaction: &str,
        key: &str,
    ) -> Result<BankTransaction, XeroError> {
        let (path, body) = advance::delete(bank_transaction);
        self.post_one(path, "BankTransactions", body, key).await
    }

    async fn post_one<T: DeserializeOwned>(
        &self,
        path: String,
        list: &'static str,
        body: Value,
        key: &str,
    ) -> Result<T, XeroError> {
        let call = Call {
            method: "POST",
            path,
            body: Some(body),
            key: Some(key.to_owned()),
            ..Call::default()
        };
        let row = rows(self.call(&call).await?, list)?
            .into_iter()
            .next()
            .ok_or_else(|| XeroError::Garbage(format!("{list} is empty")))?;
        serde_json::from_value(row).map_err(|error| XeroError::Garbage(format!("{list}: {error}")))
    }
}
