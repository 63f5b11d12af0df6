//! Payment Entries for no invoice, what they are used for, and money paid back on returns.

use chrono::{DateTime, Utc};
use serde_json::json;

use super::{COMPANY, Entering, number};
use crate::generator::{DemoMoney, DemoUse, MoneyFor};

impl Entering<'_> {
    /// Money that was paid ahead or paid back, under a name of a series of its own.
    pub(super) fn enter_money(
        &mut self,
        money: &DemoMoney,
        at: DateTime<Utc>,
    ) -> Result<(), String> {
        let receivable = self.receivable(self.data.config.country.currency());
        let bank = self.bank();
        let (direction, from, to, references) = match money.what {
            MoneyFor::Later => ("Receive", receivable, bank, json!([])),
            MoneyFor::CreditNote(note) => {
                let note = &self.data.credit_notes[note].number;
                let row = json!({
                    "reference_doctype": "Sales Invoice",
                    "reference_name": note,
                    "allocated_amount": number(-money.amount),
                });
                ("Pay", bank, receivable, json!([row]))
            }
        };
        let name = money.erpnext_name.as_deref().unwrap_or_default();
        let fields = json!({
            "name": name,
            "payment_type": direction,
            "company": COMPANY,
            "posting_date": money.date.to_string(),
            "party_type": "Customer",
            "party": self.data.contacts[money.contact].erpnext_name,
            "mode_of_payment": "Wire Transfer",
            "paid_from": from,
            "paid_to": to,
            "paid_amount": number(money.amount),
            "received_amount": number(money.amount),
            "source_exchange_rate": 1,
            "target_exchange_rate": 1,
            "reference_no": money.reference.as_deref().unwrap_or("Statement"),
            "reference_date": money.date.to_string(),
            "references": references,
        });
        self.create("Payment Entry", &fields, true, at)
            .map_err(|why| format!("{name} in ERPNext: {why}"))?;
        Ok(())
    }

    /// Sets a part of money that was paid ahead against an invoice, in the form that ERPNext has for it.
    pub(super) fn use_money(
        &mut self,
        index: usize,
        used: &DemoUse,
        at: DateTime<Utc>,
    ) -> Result<(), String> {
        let name = self.data.money[index].erpnext_name.as_deref();
        let name = name.unwrap_or_default();
        let edit = json!({
            "op": "reconcile",
            "doctype": "Payment Entry",
            "name": name,
            "invoice": self.data.invoices[used.invoice].number,
            "amount": number(used.amount),
        });
        self.world
            .enter(&edit, at)
            .map_err(|why| format!("use of {name} in ERPNext: {why}"))?;
        Ok(())
    }
}
