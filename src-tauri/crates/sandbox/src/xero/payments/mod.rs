//! Payments (Xero developer docs, "Payments"): created and deleted, never edited.

mod read;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde_json::Value;
use uuid::Uuid;

use super::books::Books;
use super::credits::CreditKind;
use super::dates;
use super::errors::Faults;
use super::invoices::{Invoice, InvoiceStatus};
use super::json::{decimal, filled, flag, given, round, text};
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
        let rate = self.payment_rate(element, &invoice, account, amount);
        if pays == Pays::Invoice && date < invoice.date {
            // That there is such a warning was reported; the wording is approximate.
            self.warnings
                .push("The payment date is before the date of the invoice.".to_owned());
        }
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

    /// The rate a payment was made at: as given, or what `BankAmount` makes it (writable since
    /// June 2026) where the bank account has another currency, or the document's. Where both are given and
    /// are one but for digits, what the bank moved counts (an assumption: Xero documents neither).
    fn payment_rate(
        &self,
        element: &Value,
        document: &Invoice,
        account: Uuid,
        amount: Decimal,
    ) -> Decimal {
        if document.currency == self.organisation.base_currency() {
            return document.rate;
        }
        let read = |name| {
            given(element, name)
                .and_then(decimal)
                .filter(|value| *value > Decimal::ZERO)
        };
        let other_currency = self
            .accounts
            .iter()
            .find(|known| known.id == account)
            .and_then(|known| known.currency.as_ref())
            .is_some_and(|currency| *currency != document.currency);
        let of_bank = read("BankAmount").filter(|_| other_currency);
        let of_bank = of_bank.map(|bank| amount / bank);
        match (read("CurrencyRate"), of_bank) {
            // The rate is shown to six digits, and the bank's amount is the one that was stated.
            (Some(rate), Some(exact)) if round(exact, 3) == round(rate, 3) => exact,
            (Some(rate), _) | (None, Some(rate)) => round(rate, 6),
            (None, None) => document.rate,
        }
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
