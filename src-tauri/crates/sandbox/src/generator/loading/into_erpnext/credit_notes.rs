//! Returns, and the invoices they are set against.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::super::into_xero::number;
use super::{Entering, item_row};
use crate::books::COMPANY;
use crate::generator::{DemoCreditNote, DemoUse, Standing};

/// The series that a return's form names it by.
const SERIES: &str = "ACC-SINV-RET-.YYYY.-";

/// Of so many credit notes every other one is set against invoices in the form, which looks at everything
/// that its customer has open.
const BY_THE_FORM: usize = 400;

impl Entering<'_> {
    /// A return, as far as it has come.
    pub(super) fn enter_return(&mut self, index: usize, at: DateTime<Utc>) -> Result<(), String> {
        let note = &self.data.credit_notes[index];
        let doc = self.return_doc(note);
        let refused = |why| format!("credit note {} in ERPNext: {why}", note.number);
        let submit = note.standing != Standing::Draft;
        let made = self.create("Sales Invoice", &doc, submit, at);
        let made = made.map_err(refused)?;
        if made != note.number {
            return Err(refused(format!("it was named {made}")));
        }
        if note.standing == Standing::Voided {
            let edit = json!({"op": "cancel", "doctype": "Sales Invoice", "name": note.number});
            self.world.enter(&edit, at).map_err(refused)?;
        }
        Ok(())
    }

    fn return_doc(&self, note: &DemoCreditNote) -> Value {
        let items: Vec<Value> = (note.lines.iter())
            .map(|line| {
                let mut row = item_row(line, self.data.config.country);
                row["qty"] = number(-line.quantity);
                row
            })
            .collect();
        let mut doc = json!({
            "company": COMPANY,
            "customer": self.data.contacts[note.contact].erpnext_name,
            "is_return": 1,
            "update_outstanding_for_self": u8::from(!note.lowers_invoice),
            "posting_date": note.date.to_string(),
            "set_posting_time": 1,
            "due_date": note.date.to_string(),
            "currency": note.currency,
            "conversion_rate": number(note.erpnext_rate()),
            "po_no": note.reference.as_deref().unwrap_or_default(),
            "disable_rounded_total": 1,
            "items": items,
            "taxes": self.tax_rows(note.price_mode),
        });
        if let Value::Object(fields) = &mut doc {
            let (key, value) = if note.number.starts_with("ACC-SINV-RET-") {
                ("naming_series", SERIES)
            } else {
                ("name", note.number.as_str())
            };
            fields.insert(key.to_owned(), json!(value));
            if let Some(invoice) = note.against {
                let invoice = &self.data.invoices[invoice].number;
                fields.insert("return_against".to_owned(), json!(invoice));
            }
        }
        doc
    }

    /// Sets a part of a return against an invoice, in the form that ERPNext has for it or by a journal
    /// entry of one's own. A return that lowers its invoice needs neither.
    pub(super) fn set_against(
        &mut self,
        note: usize,
        used: &DemoUse,
        at: DateTime<Utc>,
    ) -> Result<(), String> {
        let (index, note) = (note, &self.data.credit_notes[note]);
        if note.lowers_invoice {
            return Ok(());
        }
        let refused = |why| format!("use of credit note {} in ERPNext: {why}", note.number);
        let invoice = &self.data.invoices[used.invoice].number;
        if note.xero_rate == Decimal::ONE && index < BY_THE_FORM && index % 2 == 0 {
            let edit = json!({
                "op": "reconcile",
                "name": note.number,
                "invoice": invoice,
                "amount": number(used.amount),
            });
            self.world.enter(&edit, at).map_err(refused)?;
            return Ok(());
        }
        let row = |document: &str, field: &str| {
            json!({
                "account": self.receivable(&note.currency),
                "party_type": "Customer",
                "party": self.data.contacts[note.contact].erpnext_name,
                "exchange_rate": number(note.erpnext_rate()),
                "reference_type": "Sales Invoice",
                "reference_name": document,
                field: number(used.amount),
            })
        };
        let fields = json!({
            "voucher_type": "Credit Note",
            "company": COMPANY,
            "posting_date": used.date.to_string(),
            "multi_currency": u8::from(note.xero_rate != Decimal::ONE),
            "accounts": [
                row(&note.number, "debit_in_account_currency"),
                row(invoice, "credit_in_account_currency"),
            ],
        });
        self.create("Journal Entry", &fields, true, at)
            .map_err(refused)?;
        Ok(())
    }
}
