//! Creating and updating invoices.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde_json::Value;
use uuid::Uuid;

use super::super::books::Books;
use super::super::dates;
use super::super::errors::Faults;
use super::super::json::{decimal, filled, flag, given, round, text};
use super::contact::NO_CONTACT;
use super::{AmountsAre, Invoice, InvoiceStatus, edits, status, totals};

/// The message for a document that money or credit holds fast.
pub const PAID_LOCK: &str =
    "This document cannot be edited as it has a payment or credit note allocated to it.";

/// How a write finds the invoice it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvoiceMatch {
    /// PUT: always a new one.
    Create,
    /// POST: by id or number, else a new one.
    Upsert,
    /// POST to `/Invoices/{id}`, and a person's edit.
    Exactly(Uuid),
}

/// Circumstances of a write.
#[derive(Debug, Clone, Copy)]
pub struct Writing<'a> {
    /// The instant.
    pub now: DateTime<Utc>,
    /// Decimals of unit amounts: 2, or 4 with `unitdp=4`.
    pub unit_decimals: u32,
    /// The app that writes; none for a person.
    pub app: Option<&'a str>,
}

impl Books {
    /// Writes one invoice by Xero's rules. On faults the caller takes back what was changed.
    pub fn write_invoice(
        &mut self,
        element: &Value,
        matching: InvoiceMatch,
        writing: Writing<'_>,
    ) -> Result<Uuid, Faults> {
        match self.target_invoice(element, matching)? {
            Some(before) => self.update_invoice(&before, element, writing),
            None => self.create_invoice(element, writing),
        }
    }

    fn target_invoice(
        &self,
        element: &Value,
        matching: InvoiceMatch,
    ) -> Result<Option<Invoice>, Faults> {
        let by_id = |id: Uuid| {
            self.invoices.get(id).cloned().map(Some).ok_or_else(|| {
                Faults::one("An existing invoice with the specified ID could not be found")
            })
        };
        match matching {
            InvoiceMatch::Create => Ok(None),
            InvoiceMatch::Exactly(id) => by_id(id),
            InvoiceMatch::Upsert => {
                if let Some(id) = filled(element, "InvoiceID") {
                    let id = id.parse().unwrap_or_default();
                    if id != Uuid::nil() {
                        return by_id(id);
                    }
                }
                Ok(filled(element, "InvoiceNumber")
                    .filter(|_| text(element, "Type").as_deref() != Some("ACCPAY"))
                    .and_then(|number| self.sales_invoice_numbered(&number))
                    .and_then(|id| self.invoices.get(id).cloned()))
            }
        }
    }

    /// The sales invoice that holds a number, as uniqueness sees it.
    pub fn sales_invoice_numbered(&self, number: &str) -> Option<Uuid> {
        self.invoices
            .with_key("number", &number.to_lowercase())
            .filter_map(|id| self.invoices.get(id))
            .find(|invoice| {
                let ended = matches!(
                    invoice.status,
                    InvoiceStatus::Voided | InvoiceStatus::Deleted
                );
                invoice.kind == "ACCREC" && !(ended && self.quirks.number_reuse)
            })
            .map(|invoice| invoice.id)
    }

    fn create_invoice(&mut self, element: &Value, writing: Writing<'_>) -> Result<Uuid, Faults> {
        let mut faults = Faults::default();
        let mut invoice = Invoice::blank();
        match text(element, "Type").as_deref() {
            Some("ACCREC") => {}
            Some("ACCPAY") => invoice.kind = "ACCPAY",
            _ => faults.add("Invoice type must be specified as ACCREC or ACCPAY."),
        }
        match status::on_create(filled(element, "Status").as_deref()) {
            Ok(status) => invoice.status = status,
            Err(message) => faults.add(message),
        }
        invoice.date = self.today(writing.now);
        self.organisation
            .base_currency()
            .clone_into(&mut invoice.currency);
        invoice.created_by = writing.app.map(str::to_owned);
        match given(element, "Contact") {
            None => faults.add(NO_CONTACT),
            Some(contact) => {
                invoice.contact = self.document_contact(contact, None, writing.now, &mut faults);
            }
        }
        self.apply(&mut invoice, None, element, writing, &mut faults);
        self.check_invoice(&invoice, None, &mut faults);
        self.check_locks(invoice.status, invoice.date, &mut faults);
        faults.into_result()?;
        if invoice.number.is_empty() && invoice.kind == "ACCREC" {
            invoice.number = self.next_number();
        }
        invoice.id = self.new_id();
        self.mark_customer(&invoice);
        let id = invoice.id;
        invoice.updated = dates::to_millis(writing.now);
        self.note_status(id, None, invoice.status, writing.now);
        self.invoices.put(invoice);
        Ok(id)
    }

    fn update_invoice(
        &mut self,
        before: &Invoice,
        element: &Value,
        writing: Writing<'_>,
    ) -> Result<Uuid, Faults> {
        let mut faults = Faults::default();
        let mut invoice = before.clone();
        match status::on_update(before, filled(element, "Status").as_deref()) {
            Ok(status) => invoice.status = status,
            Err(message) => return Err(Faults::one(message)),
        }
        self.check_locks(before.status, before.date, &mut faults);
        let ended = matches!(
            invoice.status,
            InvoiceStatus::Voided | InvoiceStatus::Deleted
        );
        if !ended {
            if let Some(contact) = given(element, "Contact") {
                invoice.contact =
                    self.document_contact(contact, Some(before.contact), writing.now, &mut faults);
            }
            self.apply(&mut invoice, Some(before), element, writing, &mut faults);
            self.check_invoice(&invoice, Some(before.id), &mut faults);
            self.check_locks(invoice.status, invoice.date, &mut faults);
            let allocated = !before.payments.is_empty() || !before.amount_credited.is_zero();
            // Credit belongs to its contact, so an invoice it was used for stays with that contact.
            let moved = !before.amount_credited.is_zero() && invoice.contact != before.contact;
            if allocated && (moved || edits::touches_fixed_parts(before, &invoice)) {
                faults.add("Invoice not of valid status for modification");
                faults.add(PAID_LOCK);
            }
        }
        faults.into_result()?;
        if !edits::goes_unnoticed(before, &invoice) {
            invoice.updated = dates::to_millis(writing.now);
        }
        self.mark_customer(&invoice);
        let id = invoice.id;
        self.note_status(id, Some(before.status), invoice.status, writing.now);
        self.invoices.put(invoice);
        Ok(id)
    }

    /// Puts the request's fields into the invoice; fields not given stay as they are.
    pub fn apply(
        &mut self,
        invoice: &mut Invoice,
        before: Option<&Invoice>,
        element: &Value,
        writing: Writing<'_>,
        faults: &mut Faults,
    ) {
        if let Some(number) = filled(element, "InvoiceNumber") {
            if number.chars().count() > 255 || !number.chars().all(|c| (' '..='~').contains(&c)) {
                faults.add("Invoice Number must be 255 or fewer printable ASCII characters.");
            }
            invoice.number = number;
        }
        if let Some(reference) = text(element, "Reference") {
            if reference.chars().count() > 255 {
                faults.add("Reference must be 255 characters or fewer.");
            }
            invoice.reference = reference;
        }
        if let Some(date) = day(element, "Date", faults) {
            invoice.date = date;
        }
        if let Some(date) = day(element, "DueDate", faults) {
            invoice.due_date = Some(date);
        }
        if let Some(date) = day(element, "ExpectedPaymentDate", faults) {
            invoice.expected_payment = Some(date);
        }
        if let Some(url) = text(element, "Url") {
            let valid = url::Url::parse(&url).is_ok_and(|url| url.has_host());
            if !url.is_empty() && !valid {
                faults.add("Url must be a valid absolute url");
            }
            if url.to_lowercase().contains("xero") {
                faults.add("Url cannot contain the word xero");
            }
            invoice.url = Some(url).filter(|url| !url.is_empty());
        }
        if let Some(theme) = filled(element, "BrandingThemeID") {
            invoice.branding_theme = Some(theme);
        }
        if let Some(sent) = flag(element, "SentToContact") {
            let approved = matches!(
                invoice.status,
                InvoiceStatus::Authorised | InvoiceStatus::Paid
            );
            if sent && !approved {
                // Xero's words about purchase orders (openapi), alike.
                self.warnings.push(
                    "Only AUTHORISED and PAID invoices may have SentToContact updated.".to_owned(),
                );
            }
            invoice.sent = sent && approved;
        }
        match filled(element, "LineAmountTypes")
            .map(|word| word.to_ascii_lowercase())
            .as_deref()
        {
            None => {}
            Some("exclusive") => invoice.amounts_are = AmountsAre::Exclusive,
            Some("inclusive") => invoice.amounts_are = AmountsAre::Inclusive,
            Some("notax") => invoice.amounts_are = AmountsAre::NoTax,
            Some(_) => faults.add("LineAmountTypes must be Exclusive, Inclusive or NoTax."),
        }
        self.apply_currency(invoice, element, faults);
        self.apply_lines(invoice, before, element, writing, faults);
    }

    fn apply_currency(&mut self, invoice: &mut Invoice, element: &Value, faults: &mut Faults) {
        let named = filled(element, "CurrencyCode").map(|code| code.to_ascii_uppercase());
        let changed = named.as_ref().is_some_and(|code| *code != invoice.currency);
        if let Some(code) = named {
            invoice.currency = code;
        }
        let usual = self
            .currencies
            .iter()
            .find(|known| known.code == invoice.currency)
            .map(|currency| currency.rate);
        let Some(usual) = usual else {
            faults.add(format!(
                "Organisation is not subscribed to currency {}",
                invoice.currency
            ));
            return;
        };
        if invoice.currency == self.organisation.base_currency() {
            invoice.rate = Decimal::ONE;
            return;
        }
        match given(element, "CurrencyRate").map(decimal) {
            Some(Some(rate)) if rate > Decimal::ZERO => {
                invoice.rate = round(rate, 6);
                if let Some(warning) = doubtful(invoice.rate, usual) {
                    self.warnings.push(warning);
                }
            }
            Some(_) => faults.add("The currency rate must be a number greater than zero."),
            None if changed => invoice.rate = usual,
            None => {}
        }
    }

    fn apply_lines(
        &mut self,
        invoice: &mut Invoice,
        before: Option<&Invoice>,
        element: &Value,
        writing: Writing<'_>,
        faults: &mut Faults,
    ) {
        let sent = given(element, "LineItems").and_then(Value::as_array);
        let old = before.map_or(&[][..], |before| &before.lines);
        match sent {
            Some(items) => {
                invoice.lines = self.read_lines(items, old, writing.unit_decimals, faults);
                if invoice.status == InvoiceStatus::Draft {
                    self.drop_unknown_accounts(&mut invoice.lines);
                }
                self.tax_lines(&mut invoice.lines, items, invoice.amounts_are, faults);
            }
            None if self.quirks.status_update_rewrites_lines && before.is_some() => {
                for line in &mut invoice.lines {
                    line.id = Uuid::nil();
                    line.unit_amount = round(line.unit_amount, 2);
                    line.line_amount = totals::line_amount(
                        line.quantity,
                        line.unit_amount,
                        line.discount_rate,
                        line.discount_amount,
                    );
                }
                for index in 0..invoice.lines.len() {
                    invoice.lines[index].id = self.new_id();
                }
                self.tax_lines(&mut invoice.lines, &[], invoice.amounts_are, faults);
            }
            None if before.is_some_and(|before| before.amounts_are != invoice.amounts_are) => {
                self.tax_lines(&mut invoice.lines, &[], invoice.amounts_are, faults);
            }
            None => {}
        }
        let kept = if sent.is_none() {
            invoice.totals.rounding
        } else {
            Decimal::ZERO
        };
        invoice.totals = totals::totals(&invoice.lines, invoice.amounts_are);
        self.apply_stated(invoice, kept, element, faults);
    }

    fn check_invoice(&self, invoice: &Invoice, own: Option<Uuid>, faults: &mut Faults) {
        if invoice.kind == "ACCREC"
            && !invoice.number.is_empty()
            && self
                .sales_invoice_numbered(&invoice.number)
                .is_some_and(|id| Some(id) != own)
        {
            faults.add("Invoice # must be unique.");
        }
        let complete = !matches!(invoice.status, InvoiceStatus::Draft);
        if invoice.status == InvoiceStatus::Authorised && invoice.due_date.is_none() {
            faults.add("Due Date cannot be empty.");
        }
        if invoice.totals.total < Decimal::ZERO {
            faults.add("The total of an invoice cannot be negative.");
        }
        self.check_lines(
            &invoice.lines,
            complete,
            invoice.amounts_are == AmountsAre::NoTax,
            faults,
        );
    }

    fn next_number(&mut self) -> String {
        loop {
            let number = format!("INV-{:04}", self.next_invoice_number);
            self.next_invoice_number += 1;
            if self.sales_invoice_numbered(&number).is_none() {
                return number;
            }
        }
    }
}

/// A rate of exchange that Xero saves and warns about (release note of April 2026; the wording is
/// approximate): 1, and one that looks like the inverse of the usual one.
fn doubtful(rate: Decimal, usual: Decimal) -> Option<String> {
    if usual == Decimal::ONE || usual.is_zero() || rate.is_zero() {
        return None;
    }
    if rate == Decimal::ONE {
        return Some("The CurrencyRate of 1 is unlikely for a foreign currency.".to_owned());
    }
    let apart = |ratio: Decimal| ratio.max(Decimal::ONE / ratio);
    let (from_inverse, from_usual) = (apart(rate * usual), apart(rate / usual));
    (from_inverse < from_usual && from_inverse < Decimal::new(12, 1)).then(|| {
        format!("The CurrencyRate {rate} looks like the inverse: it is units of the foreign currency per unit of the base currency.")
    })
}

/// Reads a date; one that cannot be read refuses the whole call.
pub fn day(element: &Value, name: &str, faults: &mut Faults) -> Option<NaiveDate> {
    let text = filled(element, name)?;
    let date = dates::parse_day(&text);
    if date.is_none() {
        faults.bad_date.get_or_insert(text);
    }
    date
}
