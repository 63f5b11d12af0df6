//! Batch payments (Xero developer docs, "Batch Payments"): payments of several invoices that reached
//! the bank as one line.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use uuid::Uuid;

use super::batch::Kind;
use super::books::Books;
use super::dates;
use super::errors::{Faults, Refusal};
use super::filter::Operand;
use super::http::Incoming;
use super::invoices::{day, put_day};
use super::json::{filled, given, money, put, round, text};
use super::listing::{Listing, View, choose};
use super::records::Row;

/// The endpoint's names.
pub const BATCH_PAYMENTS: Kind = Kind {
    plural: "BatchPayments",
    id: "BatchPaymentID",
    flag: None,
};

/// Payments that belong together.
#[derive(Debug, Clone)]
pub struct BatchPayment {
    /// `BatchPaymentID`.
    pub id: Uuid,
    /// The bank account.
    pub account: Uuid,
    /// Date.
    pub date: NaiveDate,
    /// Reference.
    pub reference: String,
    /// The payments in order.
    pub payments: Vec<Uuid>,
    /// Matched with a bank line.
    pub reconciled: bool,
    /// DELETED instead of AUTHORISED.
    pub deleted: bool,
    /// `UpdatedDateUTC`.
    pub updated: DateTime<Utc>,
}

impl BatchPayment {
    fn status(&self) -> &'static str {
        if self.deleted {
            "DELETED"
        } else {
            "AUTHORISED"
        }
    }
}

impl Row for BatchPayment {
    fn id(&self) -> Uuid {
        self.id
    }

    fn updated(&self) -> DateTime<Utc> {
        self.updated
    }

    fn keys(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }
}

impl Books {
    /// Creates a batch with its payments, or deletes one with all of them.
    pub fn write_batch_payment(
        &mut self,
        element: &Value,
        target: Option<Uuid>,
        now: DateTime<Utc>,
    ) -> Result<Uuid, Faults> {
        let target = target.or_else(|| filled(element, "BatchPaymentID")?.parse().ok());
        if let Some(id) = target.filter(|id: &Uuid| !id.is_nil()) {
            return self.delete_batch_payment(id, element, now);
        }
        let parts = given(element, "Payments")
            .and_then(Value::as_array)
            .filter(|parts| !parts.is_empty())
            .ok_or_else(|| Faults::one("A batch payment must have at least one payment"))?;
        let mut faults = Faults::default();
        let account = self.payment_account(element, &mut faults);
        let date = day(element, "Date", &mut faults).unwrap_or(self.today(now));
        faults.into_result()?;
        let batch = BatchPayment {
            id: self.new_id(),
            account,
            date,
            reference: text(element, "Reference").unwrap_or_default(),
            payments: Vec::new(),
            reconciled: false,
            deleted: false,
            updated: dates::to_millis(now),
        };
        let mut payments = Vec::with_capacity(parts.len());
        for part in parts {
            let mut fields = part.clone();
            put(
                &mut fields,
                "Account",
                json!({"AccountID": account.to_string()}),
            );
            put(&mut fields, "Date", date.to_string());
            if text(&fields, "Reference").is_none() {
                put(&mut fields, "Reference", batch.reference.as_str());
            }
            payments.push(self.create_payment_in(&fields, Some(batch.id), now)?);
        }
        let id = batch.id;
        self.batch_payments.put(BatchPayment { payments, ..batch });
        Ok(id)
    }

    fn delete_batch_payment(
        &mut self,
        id: Uuid,
        element: &Value,
        now: DateTime<Utc>,
    ) -> Result<Uuid, Faults> {
        let mut batch = self
            .batch_payments
            .get(id)
            .filter(|batch| !batch.deleted)
            .cloned()
            .ok_or_else(|| Faults::one("Batch payment not of valid status for modification"))?;
        if text(element, "Status").as_deref() != Some("DELETED") {
            return Err(Faults::one("Only Status accepted for updates."));
        }
        for payment in batch.payments.clone() {
            self.end_payment(payment, now)?;
        }
        batch.deleted = true;
        batch.updated = dates::to_millis(now);
        self.batch_payments.put(batch);
        Ok(id)
    }

    /// All batch payments: the list is not paged.
    pub fn list_batch_payments(&self, request: &Incoming<'_>) -> Result<Value, Refusal> {
        let listing = Listing {
            page: None,
            ..Listing::read(request, false)?
        };
        let chosen = choose(
            &self.batch_payments,
            None,
            &View {
                property: &|batch: &BatchPayment, name| {
                    Some(match name {
                        "batchpaymentid" => Operand::Text(batch.id.to_string()),
                        "status" => Operand::Text(batch.status().to_owned()),
                        "type" => Operand::Text("RECBATCH".to_owned()),
                        "account.accountid" => Operand::Text(batch.account.to_string()),
                        "date" => Operand::day(batch.date),
                        "reference" => Operand::Text(batch.reference.clone()),
                        "updateddateutc" => Operand::Time(batch.updated),
                        _ => return None,
                    })
                },
                found_by: &|_, _| true,
                keep: None,
            },
            &listing,
            self.quirks,
        )?;
        Ok(chosen
            .ids
            .iter()
            .filter_map(|id| self.batch_payment_json(*id))
            .collect())
    }

    /// One batch payment as answers show it. A deleted one is shown without its payments (specification,
    /// the example of `deleteBatchPayment`), which the list of payments still has.
    pub fn batch_payment_json(&self, id: Uuid) -> Option<Value> {
        let batch = self.batch_payments.get(id)?;
        let shown = batch.payments.iter().filter(|_| !batch.deleted);
        let parts: Vec<Value> = shown
            .filter_map(|id| self.payments.get(*id))
            .map(|payment| {
                let mut invoice = json!({
                    "InvoiceID": payment.document.to_string(),
                    "Payments": [],
                    "CreditNotes": [],
                    "Prepayments": [],
                    "Overpayments": [],
                    "HasErrors": false,
                    "IsDiscounted": false,
                    "LineItems": [],
                });
                if let Some(of) = self.invoices.get(payment.document) {
                    put(&mut invoice, "CurrencyCode", of.currency.as_str());
                }
                json!({
                    "Invoice": invoice,
                    "PaymentID": payment.id.to_string(),
                    "Amount": money(payment.amount),
                    "BankAmount": money(self.bank_amount(payment)),
                })
            })
            .collect();
        let mut value = self.batch_header(batch);
        put(&mut value, "Reference", batch.reference.as_str());
        put_day(&mut value, "Date", batch.date);
        put(&mut value, "Payments", Value::Array(parts));
        Some(value)
    }

    /// A batch without its payments and words, as each of its payments shows it (specification, the
    /// example of `getPayments`).
    pub fn batch_header(&self, batch: &BatchPayment) -> Value {
        let payments = batch.payments.iter();
        let total: Decimal = payments
            .filter_map(|id| self.payments.get(*id))
            .map(|payment| round(self.bank_amount(payment), 2))
            .sum();
        json!({
            "Account": {"AccountID": batch.account.to_string()},
            "BatchPaymentID": batch.id.to_string(),
            "Date": dates::day(batch.date),
            "Type": "RECBATCH",
            "Status": batch.status(),
            "TotalAmount": money(total),
            "UpdatedDateUTC": dates::instant(batch.updated),
            "IsReconciled": batch.reconciled,
        })
    }

    /// What a person does with payments of a statement; `None` for any other edit.
    pub fn edit_batch_payment(
        &mut self,
        name: &str,
        op: &Value,
        mut fields: Value,
        now: DateTime<Utc>,
    ) -> Option<Result<Value, String>> {
        let id = |key| filled(op, key).and_then(|id| id.parse::<Uuid>().ok());
        Some(match name {
            "receive_batch" => {
                if given(&fields, "Account").is_none() {
                    put(&mut fields, "Account", json!({"Code": "090"}));
                }
                self.write_batch_payment(&fields, None, now)
                    .map_err(|faults| faults.text())
                    .map(|id| self.batch_payment_json(id).unwrap_or_default())
            }
            "delete_batch" => match id("BatchPaymentID") {
                None => Err("delete_batch needs BatchPaymentID".to_owned()),
                Some(id) => self
                    .delete_batch_payment(id, &json!({"Status": "DELETED"}), now)
                    .map_err(|faults| faults.text())
                    .map(|id| self.batch_payment_json(id).unwrap_or_default()),
            },
            "reconcile" => self.reconcile(id("PaymentID"), id("BatchPaymentID")),
            _ => return None,
        })
    }

    /// Matches with a line of the bank statement. Whether that moves `UpdatedDateUTC` is not known: here
    /// it does not, which is the harder of the two for who reads changes.
    fn reconcile(&mut self, payment: Option<Uuid>, batch: Option<Uuid>) -> Result<Value, String> {
        if let Some(mut payment) = payment.and_then(|id| self.payments.get(id).cloned()) {
            payment.reconciled = true;
            let id = payment.id;
            self.payments.put(payment);
            return Ok(self.payment_json(id).unwrap_or_default());
        }
        let mut batch = batch
            .and_then(|id| self.batch_payments.get(id).cloned())
            .ok_or("no such payment: name it by PaymentID or BatchPaymentID")?;
        batch.reconciled = true;
        let id = batch.id;
        self.batch_payments.put(batch);
        Ok(self.batch_payment_json(id).unwrap_or_default())
    }
}
