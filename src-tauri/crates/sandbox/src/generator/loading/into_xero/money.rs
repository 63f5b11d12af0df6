//! Overpayments and what they are used for, and money paid back.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{Entering, id, number};
use crate::generator::{DemoMoney, DemoUse, MoneyFor};

impl Entering<'_> {
    /// Money that was paid ahead or paid back.
    pub(super) fn enter_money(
        &mut self,
        index: usize,
        money: &DemoMoney,
        at: DateTime<Utc>,
    ) -> Result<(), String> {
        let reference = money.reference.as_deref().unwrap_or_default();
        let (edit, what): (Value, String) = match money.what {
            MoneyFor::Later => (
                json!({
                    "op": "receive_money",
                    "Type": "RECEIVE-OVERPAYMENT",
                    "Contact": {"ContactID": self.contacts[money.contact]},
                    "BankAccount": {"Code": "090"},
                    "Date": money.date.to_string(),
                    "Reference": reference,
                    "LineItems": [{
                        "Description": "Paid ahead",
                        "LineAmount": number(money.amount),
                    }],
                }),
                format!("money of {}", money.date),
            ),
            MoneyFor::CreditNote(note) => (
                json!({
                    "op": "refund_credit",
                    "CreditNoteID": self.credit_notes[note],
                    "Amount": number(money.amount),
                    "Date": money.date.to_string(),
                    "Account": {"Code": "090"},
                    "Reference": reference,
                }),
                format!("refund of {}", self.data.credit_notes[note].number),
            ),
        };
        let made = self.world.edit(&edit, at);
        let made = made.map_err(|why| format!("{what} in Xero: {why}"))?;
        self.money[index] = id(&made, "OverpaymentID");
        Ok(())
    }

    /// Allocates a part of an overpayment to an invoice.
    pub(super) fn use_money(
        &mut self,
        index: usize,
        used: &DemoUse,
        at: DateTime<Utc>,
    ) -> Result<(), String> {
        let edit = json!({
            "op": "allocate_credit",
            "OverpaymentID": self.money[index],
            "InvoiceID": self.invoices[used.invoice],
            "Amount": number(used.amount),
            "Date": used.date.to_string(),
        });
        self.world
            .edit(&edit, at)
            .map_err(|why| format!("use of an overpayment in Xero: {why}"))?;
        Ok(())
    }
}
