//! Payments (Xero developer docs, "Payments"): created and deleted, never edited.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use uuid::Uuid;

use super::books::Books;
use super::credits::CreditKind;
use super::dates;
use super::errors::{Faults, Refusal};
use super::filter::Operand;
use super::http::Incoming;
use super::invoices::{Invoice, InvoiceStatus};
use super::json::{decimal, filled, flag, given, money, number, put, round, text};
use super::listing::{Listing, View, choose, pagination};
use super::records::Row;

/// What a payment is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pays {
    /// Money received for an invoice.
    Invoice,
    /// Money paid back of a credit.
    Refund(CreditKind),
}

/// A payment of one document.
#[derive(Debug, Clone)]
pub struct Payment {
    /// `PaymentID`.
    pub id: Uuid,
    /// Which kind of document.
    pub pays: Pays,
    /// The invoice paid, or the credit refunded.
    pub document: Uuid,
    /// The batch it belongs to.
    pub batch: Option<Uuid>,
    /// The bank account, or one that takes payments.
    pub account: Uuid,
    /// Date.
    pub date: NaiveDate,
    /// Amount in the invoice's currency.
    pub amount: Decimal,
    /// Foreign units per one base unit.
    pub rate: Decimal,
    /// Reference.
    pub reference: String,
    /// Matched with a bank line.
    pub reconciled: bool,
    /// DELETED instead of AUTHORISED.
    pub deleted: bool,
    /// `UpdatedDateUTC`.
    pub updated: DateTime<Utc>,
}

impl Row for Payment {
    fn id(&self) -> Uuid {
        self.id
    }

    fn updated(&self) -> DateTime<Utc> {
        self.updated
    }

    fn keys(&self) -> Vec<(&'static str, String)> {
        vec![("invoice", self.document.to_string())]
    }
}

impl Books {
    /// Creates one payment.
    pub fn create_payment(&mut self, element: &Value, now: DateTime<Utc>) -> Result<Uuid, Faults> {
        self.create_payment_in(element, None, now)
    }

    /// The document a payment names: exactly one.
    fn paid_document(&self, element: &Value) -> Result<(Pays, Uuid), Faults> {
        if let Some(named) = given(element, "Invoice") {
            return filled(named, "InvoiceID")
                .and_then(|id| id.parse().ok())
                .or_else(|| self.sales_invoice_numbered(&filled(named, "InvoiceNumber")?))
                .filter(|id| self.invoices.get(*id).is_some())
                .map(|id| (Pays::Invoice, id))
                .ok_or_else(|| {
                    Faults::one("An existing invoice with the specified ID could not be found")
                });
        }
        for kind in [
            CreditKind::CreditNote,
            CreditKind::Overpayment,
            CreditKind::Prepayment,
        ] {
            let name = kind.names().id.trim_end_matches("ID");
            if let Some(named) = given(element, name) {
                return filled(named, kind.names().id)
                    .or_else(|| filled(named, "CreditNoteNumber"))
                    .and_then(|key| self.credit_at(kind, &key))
                    .map(|id| (Pays::Refund(kind), id))
                    .ok_or_else(|| {
                        Faults::one(format!(
                            "An existing {} with the specified {} could not be found",
                            kind.words(),
                            kind.names().id
                        ))
                    });
            }
        }
        Err(Faults::one(
            "An existing invoice with the specified ID could not be found",
        ))
    }

    fn document_of(&self, pays: Pays, id: Uuid) -> Option<&Invoice> {
        match pays {
            Pays::Invoice => self.invoices.get(id),
            Pays::Refund(_) => self.credits.get(id).map(|credit| &credit.document),
        }
    }

    /// Puts a payment into its document, or takes it out, and brings the document up to date.
    fn settle_payment(&mut self, payment: &Payment, now: DateTime<Utc>) {
        let change = |document: &mut Invoice| {
            document.payments.retain(|held| *held != payment.id);
            if !payment.deleted {
                document.payments.push(payment.id);
            }
        };
        match payment.pays {
            Pays::Invoice => {
                if let Some(mut invoice) = self.invoices.get(payment.document).cloned() {
                    change(&mut invoice);
                    self.invoices.put(invoice);
                }
                self.settle_invoice(payment.document, now);
            }
            Pays::Refund(_) => {
                if let Some(mut credit) = self.credits.get(payment.document).cloned() {
                    change(&mut credit.document);
                    self.credits.put(credit);
                }
                self.settle_credit(payment.document, now);
            }
        }
    }

    /// Creates one payment, on its own or in a batch.
    pub fn create_payment_in(
        &mut self,
        element: &Value,
        batch: Option<Uuid>,
        now: DateTime<Utc>,
    ) -> Result<Uuid, Faults> {
        let mut faults = Faults::default();
        let (pays, id) = self.paid_document(element)?;
        let Some(invoice) = self.document_of(pays, id).cloned() else {
            return Err(Faults::one(
                "An existing invoice with the specified ID could not be found",
            ));
        };
        if invoice.status != InvoiceStatus::Authorised {
            faults.add(if invoice.status == InvoiceStatus::Paid {
                "Payment amount exceeds the amount outstanding on this document"
            } else {
                "Payments can only be made against Authorised documents"
            });
        }
        let account = self.payment_account(element, &mut faults);
        let amount = match given(element, "Amount").map(decimal) {
            Some(Some(amount)) if amount > Decimal::ZERO => round(amount, 2),
            _ => {
                faults.add("Payment amount must be greater than zero");
                Decimal::ZERO
            }
        };
        if amount > invoice.amount_due() {
            faults.add("Payment amount exceeds the amount outstanding on this document");
        }
        let date = super::invoices::day(element, "Date", &mut faults).unwrap_or(self.today(now));
        self.check_locks(InvoiceStatus::Authorised, date, &mut faults);
        faults.into_result()?;
        let rate = given(element, "CurrencyRate")
            .and_then(decimal)
            .filter(|_| invoice.currency != self.organisation.base_currency())
            .map_or(invoice.rate, |rate| round(rate, 6));
        let payment = Payment {
            id: self.new_id(),
            pays,
            document: invoice.id,
            batch,
            account,
            date,
            amount,
            rate,
            reference: text(element, "Reference").unwrap_or_default(),
            reconciled: flag(element, "IsReconciled").unwrap_or(false),
            deleted: false,
            updated: dates::to_millis(now),
        };
        let id = payment.id;
        self.payments.put(payment.clone());
        self.settle_payment(&payment, now);
        self.note(payment.document, "Paid", "", now);
        Ok(id)
    }

    /// The account money comes to or from.
    pub fn payment_account(&self, element: &Value, faults: &mut Faults) -> Uuid {
        let named = given(element, "Account");
        let key = |name| named.and_then(|account| filled(account, name));
        let (id, code) = (key("AccountID"), key("Code"));
        if id.is_none() && code.is_none() {
            faults.add("You must specify an Account code or Account ID for the payment");
            return Uuid::nil();
        }
        let found = self.accounts.iter().find(|account| match (&id, &code) {
            (Some(id), _) => id.parse() == Ok(account.id),
            (None, Some(code)) => account.code == *code,
            (None, None) => false,
        });
        match found {
            None => {
                faults.add("Account could not be found");
                Uuid::nil()
            }
            Some(account) => {
                if account.archived || !(account.kind == "BANK" || account.payments) {
                    faults.add("Account type is invalid for making a payment to/from");
                }
                account.id
            }
        }
    }

    /// Deletes a payment; its document is due again.
    pub fn delete_payment(&mut self, id: Uuid, now: DateTime<Utc>) -> Result<Uuid, Faults> {
        let batched = self
            .payments
            .get(id)
            .is_some_and(|payment| payment.batch.is_some() && !payment.deleted);
        if batched {
            return Err(Faults::one("Payments within a batch cannot be deleted."));
        }
        self.end_payment(id, now)
    }

    /// Deletes a payment, also one of a batch.
    pub fn end_payment(&mut self, id: Uuid, now: DateTime<Utc>) -> Result<Uuid, Faults> {
        let mut payment = self
            .payments
            .get(id)
            .filter(|payment| !payment.deleted)
            .cloned()
            .ok_or_else(|| Faults::one("Payment not of valid status for modification"))?;
        let mut faults = Faults::default();
        self.check_locks(InvoiceStatus::Authorised, payment.date, &mut faults);
        faults.into_result()?;
        payment.deleted = true;
        payment.updated = dates::to_millis(now);
        self.payments.put(payment.clone());
        self.settle_payment(&payment, now);
        self.note(payment.document, "Payment Deleted", "", now);
        Ok(id)
    }

    /// `POST /Payments/{id}`: deletion and nothing else.
    pub fn update_payment(
        &mut self,
        id: Uuid,
        element: &Value,
        now: DateTime<Utc>,
    ) -> Result<Uuid, Faults> {
        let only_status = element.as_object().is_some_and(|map| {
            map.iter()
                .all(|(name, value)| value.is_null() || name == "Status" || name == "PaymentID")
        });
        if !only_status || text(element, "Status").as_deref() != Some("DELETED") {
            return Err(Faults::one("Only Status accepted for updates."));
        }
        self.delete_payment(id, now)
    }

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
        let payment = self.payments.get(id)?;
        let invoice = self.document_of(payment.pays, payment.document);
        let account = self
            .accounts
            .iter()
            .find(|account| account.id == payment.account);
        let mut value = json!({
            "PaymentID": payment.id.to_string(),
            "Date": dates::day(payment.date),
            "BankAmount": self.bank_amount(payment),
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
        }
        if let Some(invoice) = invoice {
            // A refund is shown under Invoice too, with the credit's type, id and number.
            let mut shown = json!({
                "Type": invoice.kind,
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

    fn bank_amount(&self, payment: &Payment) -> Value {
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
            money(payment.amount)
        } else {
            money(payment.amount / payment.rate)
        }
    }
}

fn payment_status(payment: &Payment) -> &'static str {
    if payment.deleted {
        "DELETED"
    } else {
        "AUTHORISED"
    }
}

fn payment_type(pays: Pays, invoice: Option<&Invoice>) -> &'static str {
    match (pays, invoice) {
        (Pays::Refund(CreditKind::CreditNote), _) => "ARCREDITPAYMENT",
        (Pays::Refund(CreditKind::Overpayment), _) => "AROVERPAYMENTPAYMENT",
        (Pays::Refund(CreditKind::Prepayment), _) => "ARPREPAYMENTPAYMENT",
        (Pays::Invoice, Some(invoice)) if invoice.kind == "ACCPAY" => "ACCPAYPAYMENT",
        (Pays::Invoice, _) => "ACCRECPAYMENT",
    }
}
