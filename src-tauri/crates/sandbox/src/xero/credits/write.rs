//! Creating and updating credit notes.

use serde_json::Value;
use uuid::Uuid;

use super::super::books::Books;
use super::super::dates;
use super::super::errors::Faults;
use super::super::invoices::{
    Invoice, InvoiceStatus, NO_CONTACT, PAID_LOCK, Writing, edits, status,
};
use super::super::json::{filled, given, put, text};
use super::{Credit, CreditKind};

/// How a write finds the credit note it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CreditMatch {
    /// PUT: always a new one.
    Create,
    /// POST: by id or number, else a new one.
    Upsert,
    /// POST to `/CreditNotes/{id}`, and a person's edit.
    Exactly(Uuid),
}

const UNKNOWN: &str = "An existing Credit Note with the specified CreditNoteID could not be found";

impl Books {
    /// Writes one credit note by Xero's rules. On faults the caller takes back what was changed.
    pub fn write_credit_note(
        &mut self,
        element: &Value,
        matching: CreditMatch,
        writing: Writing<'_>,
    ) -> Result<Uuid, Faults> {
        let target = match matching {
            CreditMatch::Create => None,
            CreditMatch::Exactly(id) => Some(id),
            CreditMatch::Upsert => filled(element, "CreditNoteID")
                .map(|id| id.parse().unwrap_or_default())
                .filter(|id: &Uuid| !id.is_nil())
                .or_else(|| self.credit_note_holding(&filled(element, "CreditNoteNumber")?)),
        };
        let fields = as_invoice(element);
        match target {
            None => self.create_credit_note(&fields, writing),
            Some(id) => {
                let before = self
                    .credits
                    .get(id)
                    .filter(|credit| credit.kind == CreditKind::CreditNote)
                    .cloned()
                    .ok_or_else(|| Faults::one(UNKNOWN))?;
                self.update_credit_note(&before, &fields, writing)
            }
        }
    }

    /// The credit note that holds a number. Whether a DELETED or VOIDED one still does is as little known
    /// as of invoices, whose rules credit notes follow ([`super::super::config::Quirks::number_reuse`]).
    fn credit_note_holding(&self, number: &str) -> Option<Uuid> {
        self.credits
            .with_key("number", &number.to_lowercase())
            .find(|id| {
                let of = self.credits.get(*id).map(|credit| credit.document.status);
                let ended = matches!(of, Some(InvoiceStatus::Voided | InvoiceStatus::Deleted));
                !(ended && self.quirks.number_reuse)
            })
    }

    /// The credit note of a number.
    pub fn credit_note_numbered(&self, number: &str) -> Option<Uuid> {
        let of_number = || {
            self.credits
                .with_key("number", &number.to_lowercase())
                .next()
        };
        self.credit_note_holding(number).or_else(of_number)
    }

    fn create_credit_note(
        &mut self,
        element: &Value,
        writing: Writing<'_>,
    ) -> Result<Uuid, Faults> {
        let mut faults = Faults::default();
        let mut document = Invoice::blank();
        document.kind = CreditKind::CreditNote.type_word();
        match text(element, "Type").as_deref() {
            Some("ACCRECCREDIT") => {}
            // Bills, and credit against them, are none of the demo books' business.
            _ => faults.add("Credit note type must be specified as ACCRECCREDIT."),
        }
        match status::on_create(filled(element, "Status").as_deref()) {
            Ok(status) => document.status = status,
            Err(message) => faults.add(about_credit_notes(&message)),
        }
        document.date = self.today(writing.now);
        self.organisation
            .base_currency()
            .clone_into(&mut document.currency);
        document.created_by = writing.app.map(str::to_owned);
        match given(element, "Contact") {
            None => faults.add(NO_CONTACT),
            Some(contact) => {
                document.contact = self.document_contact(contact, None, writing.now, &mut faults);
            }
        }
        self.apply(&mut document, None, element, writing, &mut faults);
        self.check_credit_note(&document, None, &mut faults);
        self.check_locks(document.status, document.date, &mut faults);
        faults.into_result()?;
        if document.number.is_empty() {
            document.number = self.next_credit_note_number();
        }
        document.id = self.new_id();
        document.updated = dates::to_millis(writing.now);
        self.mark_customer(&document);
        let id = document.id;
        self.note_status(id, None, document.status, writing.now);
        self.credits.put(Credit {
            kind: CreditKind::CreditNote,
            document,
            allocations: Vec::new(),
        });
        Ok(id)
    }

    fn update_credit_note(
        &mut self,
        before: &Credit,
        element: &Value,
        writing: Writing<'_>,
    ) -> Result<Uuid, Faults> {
        let old = &before.document;
        let mut faults = Faults::default();
        let mut credit = before.clone();
        let document = &mut credit.document;
        match status::on_update(old, filled(element, "Status").as_deref()) {
            Ok(status) => document.status = status,
            Err(message) => return Err(Faults::one(about_credit_notes(&message))),
        }
        self.check_locks(old.status, old.date, &mut faults);
        if !matches!(
            document.status,
            InvoiceStatus::Voided | InvoiceStatus::Deleted
        ) {
            if let Some(contact) = given(element, "Contact") {
                document.contact =
                    self.document_contact(contact, Some(old.contact), writing.now, &mut faults);
            }
            self.apply(document, Some(old), element, writing, &mut faults);
            self.check_credit_note(document, Some(old.id), &mut faults);
            self.check_locks(document.status, document.date, &mut faults);
            let used = !old.payments.is_empty() || !before.allocations.is_empty();
            if used
                && (document.contact != old.contact || edits::touches_fixed_parts(old, document))
            {
                faults.add("Credit note not of valid status for modification");
                faults.add(PAID_LOCK);
            }
        }
        faults.into_result()?;
        document.updated = dates::to_millis(writing.now);
        let (id, status) = (document.id, document.status);
        self.note_status(id, Some(old.status), status, writing.now);
        self.credits.put(credit);
        Ok(id)
    }

    fn check_credit_note(&self, document: &Invoice, own: Option<Uuid>, faults: &mut Faults) {
        let taken = !document.number.is_empty()
            && self
                .credit_note_holding(&document.number)
                .is_some_and(|id| Some(id) != own);
        if taken {
            faults.add("Credit note number must be unique.");
        }
        if document.totals.total < rust_decimal::Decimal::ZERO {
            faults.add("The total of a credit note cannot be negative.");
        }
        // A draft without lines is legal.
        self.check_lines(
            &document.lines,
            document.status != InvoiceStatus::Draft,
            document.amounts_are == super::super::invoices::AmountsAre::NoTax,
            faults,
        );
    }

    fn next_credit_note_number(&mut self) -> String {
        loop {
            let number = format!("CN-{:04}", self.next_credit_note_number);
            self.next_credit_note_number += 1;
            if self.credit_note_numbered(&number).is_none() {
                return number;
            }
        }
    }
}

/// A credit note's fields in an invoice's names. Credit notes know no discount, and whether one was
/// sent cannot be set.
fn as_invoice(element: &Value) -> Value {
    let mut fields = element.clone();
    if let Value::Object(map) = &mut fields {
        for name in [
            "InvoiceNumber",
            "DueDate",
            "ExpectedPaymentDate",
            "SentToContact",
            "Url",
        ] {
            map.shift_remove(name);
        }
        if let Some(Value::Array(lines)) = map.get_mut("LineItems") {
            for line in lines.iter_mut().filter_map(Value::as_object_mut) {
                line.shift_remove("DiscountRate");
                line.shift_remove("DiscountAmount");
            }
        }
    }
    if let Some(number) = filled(element, "CreditNoteNumber") {
        put(&mut fields, "InvoiceNumber", number);
    }
    fields
}

fn about_credit_notes(message: &str) -> String {
    message
        .replace("Invoice not", "Credit note not")
        .replace("the invoice", "the credit note")
}
