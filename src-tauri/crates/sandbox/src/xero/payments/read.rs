//! `GET /Payments`, and a payment as answers show it.

use rust_decimal::Decimal;
use serde_json::{Value, json};
use uuid::Uuid;

use super::super::books::Books;
use super::super::dates;
use super::super::errors::Refusal;
use super::super::filter::Operand;
use super::super::http::Incoming;
use super::super::json::{money, number, put};
use super::super::listing::{Listing, View, choose, pagination};
use super::{Payment, payment_status, payment_type};

impl Books {
    /// A list: the payments and the `pagination` object if paged.
    pub fn list_payments(&self, request: &Incoming<'_>) -> Result<(Option<Value>, Value), Refusal> {
        let listing = Listing::read(request, false)?;
        let only = listing.filter.as_ref().and_then(|filter| {
            if let Some(id) = filter.must_equal("paymentid") {
                return Some(id.parse().into_iter().collect());
            }
            filter.must_equal("invoice.invoiceid").map(|id| {
                self.payments
                    .with_key("invoice", &id.to_lowercase())
                    .collect()
            })
        });
        let chosen = choose(
            &self.payments,
            only,
            &View {
                property: &|payment: &Payment, name| self.payment_property(payment, name),
                found_by: &|_, _| true,
                keep: None,
            },
            &listing,
            self.quirks,
        )?;
        let rows = chosen
            .ids
            .iter()
            .filter_map(|id| self.payment_json(*id))
            .collect();
        Ok((pagination(&listing, chosen.count), rows))
    }

    fn payment_property(&self, payment: &Payment, name: &str) -> Option<Operand> {
        let invoice = self.document_of(payment.pays, payment.document);
        Some(match name {
            "paymentid" => Operand::Text(payment.id.to_string()),
            "invoice.invoiceid" => Operand::Text(payment.document.to_string()),
            "invoice.invoicenumber" => {
                Operand::text(invoice.map(|invoice| invoice.number.as_str()))
            }
            "status" => Operand::Text(payment_status(payment).to_owned()),
            "paymenttype" => Operand::Text(payment_type(payment.pays, invoice).to_owned()),
            "date" => Operand::day(payment.date),
            "reference" => Operand::Text(payment.reference.clone()),
            "amount" => Operand::Number(payment.amount),
            "isreconciled" => Operand::Flag(payment.reconciled),
            "updateddateutc" => Operand::Time(payment.updated),
            _ => return None,
        })
    }

    /// One payment as answers show it.
    pub fn payment_json(&self, id: Uuid) -> Option<Value> {
        let left = self.payments.get(id)?.deleted && self.quirks.deleted_payments_leave_their_batch;
        let mut value = self.payment_held(id)?;
        if let (true, Value::Object(members)) = (left, &mut value) {
            members.retain(|name, _| !name.starts_with("BatchPayment"));
        }
        Some(value)
    }

    /// One payment as it is held: with its batch, whatever becomes of it.
    pub fn payment_held(&self, id: Uuid) -> Option<Value> {
        let payment = self.payments.get(id)?;
        let invoice = self.document_of(payment.pays, payment.document);
        let account = self
            .accounts
            .iter()
            .find(|account| account.id == payment.account);
        let mut value = json!({
            "PaymentID": payment.id.to_string(),
            "Date": dates::day(payment.date),
            "BankAmount": money(self.bank_amount(payment)),
            "Amount": money(payment.amount),
            "Reference": payment.reference,
            "CurrencyRate": number(payment.rate, 6),
            "PaymentType": payment_type(payment.pays, invoice),
            "Status": payment_status(payment),
            "UpdatedDateUTC": dates::instant(payment.updated),
            "UpdatedDateUTCString": dates::instant_string(payment.updated),
            "HasAccount": true,
            "IsReconciled": payment.reconciled,
        });
        if let Some(account) = account {
            put(
                &mut value,
                "Account",
                json!({"AccountID": account.id.to_string(), "Code": account.code}),
            );
        }
        if let Some(batch) = payment.batch {
            put(&mut value, "BatchPaymentID", batch.to_string());
            if let Some(batch) = self.batch_payments.get(batch) {
                put(&mut value, "BatchPayment", self.batch_header(batch));
            }
        }
        if let Some(invoice) = invoice {
            // A refund is shown under Invoice too, with the credit's type, id and number. The types of
            // an "Invoice" are other words than an overpayment's own (specification, Invoice.Type).
            let kind = match invoice.kind {
                "RECEIVE-OVERPAYMENT" => "AROVERPAYMENT",
                "RECEIVE-PREPAYMENT" => "ARPREPAYMENT",
                kind => kind,
            };
            let mut shown = json!({
                "Type": kind,
                "InvoiceID": invoice.id.to_string(),
                "InvoiceNumber": invoice.number,
                "Payments": [],
                "CreditNotes": [],
                "Prepayments": [],
                "Overpayments": [],
                "HasErrors": false,
                "IsDiscounted": false,
            });
            if let Some(contact) = self.contacts.get(invoice.contact) {
                put(&mut shown, "Contact", contact.stub());
            }
            put(&mut shown, "LineItems", json!([]));
            put(&mut shown, "CurrencyCode", invoice.currency.as_str());
            put(&mut value, "Invoice", shown);
        }
        put(&mut value, "HasValidationErrors", false);
        Some(value)
    }

    /// What moved on the bank account, in its currency.
    pub fn bank_amount(&self, payment: &Payment) -> Decimal {
        let account = self
            .accounts
            .iter()
            .find(|account| account.id == payment.account);
        let invoice = self.document_of(payment.pays, payment.document);
        let same = match (
            account.and_then(|account| account.currency.as_deref()),
            invoice,
        ) {
            (Some(currency), Some(invoice)) => currency == invoice.currency,
            _ => true,
        };
        if same || payment.rate.is_zero() {
            payment.amount
        } else {
            payment.amount / payment.rate
        }
    }
}
