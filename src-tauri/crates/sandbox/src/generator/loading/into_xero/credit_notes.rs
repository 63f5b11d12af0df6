//! Credit notes, and the invoices they are allocated to.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{Entering, amounts_are, id, line_body, number};
use crate::generator::{DemoUse, Standing};

impl Entering<'_> {
    /// A credit note, as far as it has come.
    pub(super) fn enter_credit_note(
        &mut self,
        index: usize,
        at: DateTime<Utc>,
    ) -> Result<(), String> {
        let note = &self.data.credit_notes[index];
        let country = self.data.config.country;
        let lines: Vec<Value> = (note.lines.iter())
            .map(|line| line_body(line, country))
            .collect();
        let mut edit = json!({
            "op": "create_credit_note",
            "Status": if note.standing == Standing::Draft { "DRAFT" } else { "AUTHORISED" },
            "CreditNoteNumber": note.number,
            "Contact": {"ContactID": self.contacts[note.contact]},
            "Date": note.date.to_string(),
            "Reference": note.reference.as_deref().unwrap_or_default(),
            "LineAmountTypes": amounts_are(note.price_mode),
            "CurrencyCode": note.currency,
            "LineItems": lines,
        });
        if note.xero_rate != Decimal::ONE
            && let Value::Object(fields) = &mut edit
        {
            fields.insert("CurrencyRate".into(), number(note.xero_rate));
        }
        let refused = |why| format!("credit note {} in Xero: {why}", note.number);
        let made = self.world.edit(&edit, at).map_err(refused)?;
        self.credit_notes[index] = id(&made, "CreditNoteID");
        if note.standing == Standing::Voided {
            let edit = json!({
                "op": "void_credit_note",
                "CreditNoteID": self.credit_notes[index],
            });
            self.world.edit(&edit, at).map_err(refused)?;
        }
        Ok(())
    }

    /// Allocates a part of a credit note to an invoice.
    pub(super) fn allocate(
        &mut self,
        note: usize,
        used: &DemoUse,
        at: DateTime<Utc>,
    ) -> Result<(), String> {
        let edit = json!({
            "op": "allocate_credit",
            "CreditNoteID": self.credit_notes[note],
            "InvoiceID": self.invoices[used.invoice],
            "Amount": number(used.amount),
            "Date": used.date.to_string(),
        });
        self.world.edit(&edit, at).map_err(|why| {
            let number = &self.data.credit_notes[note].number;
            format!("use of credit note {number} in Xero: {why}")
        })?;
        Ok(())
    }
}
