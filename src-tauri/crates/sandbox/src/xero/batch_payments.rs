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
use super::json::{filled, given, money, put, text};
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

    /// One batch payment as answers show it.
    pub fn batch_payment_json(&self, id: Uuid) -> Option<Value> {
        let batch = self.batch_payments.get(id)?;
        let payments: Vec<_> = batch
            .payments
            .iter()
            .filter_map(|id| self.payments.get(*id))
            .collect();
        let total: Decimal = payments.iter().map(|payment| payment.amount).sum();
        let parts: Vec<Value> = payments
            .iter()
            .map(|payment| {
                json!({
                    "Invoice": {
                        "InvoiceID": payment.document.to_string(),
                        "Payments": [],
                        "CreditNotes": [],
                        "Prepayments": [],
                        "Overpayments": [],
                        "HasErrors": false,
                        "IsDiscounted": false,
                        "LineItems": [],
                    },
                    "PaymentID": payment.id.to_string(),
                    "Amount": money(payment.amount),
                    "BankAmount": money(payment.amount),
                })
            })
            .collect();
        let mut value = json!({
            "Account": {"AccountID": batch.account.to_string()},
            "Reference": batch.reference,
            "BatchPaymentID": id.to_string(),
        });
        put_day(&mut value, "Date", batch.date);
        for (name, part) in [
            ("Payments", Value::Array(parts)),
            ("Type", json!("RECBATCH")),
            ("Status", json!(batch.status())),
            ("TotalAmount", money(total)),
            ("UpdatedDateUTC", json!(dates::instant(batch.updated))),
            ("IsReconciled", json!(false)),
        ] {
            put(&mut value, name, part);
        }
        Some(value)
    }
}
