//! What a person does inside Xero with credit notes, overpayments and prepayments.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::books::Books;
use super::credits::{CreditKind, CreditMatch};
use super::invoices::{Shown, Writing};
use super::json::{filled, given, money, put};

const KINDS: [CreditKind; 3] = [
    CreditKind::CreditNote,
    CreditKind::Overpayment,
    CreditKind::Prepayment,
];

impl Books {
    /// One of the edits about credit; `None` for any other.
    pub fn edit_credit(
        &mut self,
        name: &str,
        op: &Value,
        mut fields: Value,
        now: DateTime<Utc>,
    ) -> Option<Result<Value, String>> {
        let status = |status: &str| json!({"Status": status});
        Some(match name {
            "create_credit_note" => {
                if given(&fields, "Type").is_none() {
                    put(&mut fields, "Type", "ACCRECCREDIT");
                }
                self.save_credit_note(&fields, CreditMatch::Create, now)
            }
            "edit_credit_note" => self.change_credit_note(op, &fields, now),
            "approve_credit_note" => self.change_credit_note(op, &status("AUTHORISED"), now),
            "void_credit_note" => self.change_credit_note(op, &status("VOIDED"), now),
            "delete_credit_note" => self.change_credit_note(op, &status("DELETED"), now),
            "receive_money" => self.receive_money(&fields, now),
            "allocate_credit" => self.allocate_all(op, fields, now),
            "remove_allocation" => self.take_back(op, now),
            "refund_credit" => self.refund(op, fields, now),
            _ => return None,
        })
    }

    fn named_credit(&self, op: &Value) -> Result<(CreditKind, Uuid), String> {
        KINDS
            .iter()
            .find_map(|kind| {
                let key = filled(op, kind.names().id).or_else(|| {
                    filled(op, "CreditNoteNumber").filter(|_| *kind == CreditKind::CreditNote)
                })?;
                Some((*kind, self.credit_at(*kind, &key)?))
            })
            .ok_or_else(|| {
                "no such credit: name it by CreditNoteID, CreditNoteNumber, OverpaymentID or \
                 PrepaymentID"
                    .to_owned()
            })
    }

    fn change_credit_note(
        &mut self,
        op: &Value,
        fields: &Value,
        now: DateTime<Utc>,
    ) -> Result<Value, String> {
        let (_, id) = self.named_credit(op)?;
        self.save_credit_note(fields, CreditMatch::Exactly(id), now)
    }

    fn save_credit_note(
        &mut self,
        fields: &Value,
        matching: CreditMatch,
        now: DateTime<Utc>,
    ) -> Result<Value, String> {
        let id = self
            .write_credit_note(fields, matching, by_hand(now))
            .map_err(|faults| faults.text())?;
        Ok(self.credit_json(id, Shown::whole(4)).unwrap_or_default())
    }

    fn receive_money(&mut self, fields: &Value, now: DateTime<Utc>) -> Result<Value, String> {
        let mut fields = fields.clone();
        if given(&fields, "Type").is_none() {
            put(&mut fields, "Type", CreditKind::Overpayment.type_word());
        }
        if given(&fields, "BankAccount").is_none() {
            put(&mut fields, "BankAccount", json!({"Code": "090"}));
        }
        let id = self
            .write_bank_transaction(&fields, None, by_hand(now))
            .map_err(|faults| faults.text())?;
        Ok(self
            .bank_transaction_json(id, Shown::whole(4))
            .unwrap_or_default())
    }

    /// Allocates as much as fits unless told how much.
    fn allocate_all(
        &mut self,
        op: &Value,
        mut fields: Value,
        now: DateTime<Utc>,
    ) -> Result<Value, String> {
        let (_, credit) = self.named_credit(op)?;
        let invoice = self.named_invoice(op)?;
        let due = |document: Option<&super::invoices::Invoice>| {
            document
                .map(super::invoices::Invoice::amount_due)
                .unwrap_or_default()
        };
        let most = due(self.invoices.get(invoice))
            .min(due(self.credits.get(credit).map(|credit| &credit.document)));
        put(
            &mut fields,
            "Invoice",
            json!({"InvoiceID": invoice.to_string()}),
        );
        if given(&fields, "Amount").is_none() {
            put(&mut fields, "Amount", money(most));
        }
        let id = self
            .allocate(credit, &fields, now)
            .map_err(|faults| faults.text())?;
        Ok(self
            .allocation(credit, id)
            .map(|allocation| self.allocation_json(allocation))
            .unwrap_or_default())
    }

    fn take_back(&mut self, op: &Value, now: DateTime<Utc>) -> Result<Value, String> {
        let (_, credit) = self.named_credit(op)?;
        let unknown = || "no such allocation: name it by AllocationID".to_owned();
        let id = filled(op, "AllocationID")
            .and_then(|id| id.parse().ok())
            .ok_or_else(unknown)?;
        self.remove_allocation(credit, id, now)
            .map_err(|faults| faults.text())?
            .ok_or_else(unknown)
    }

    fn refund(
        &mut self,
        op: &Value,
        mut fields: Value,
        now: DateTime<Utc>,
    ) -> Result<Value, String> {
        let (kind, id) = self.named_credit(op)?;
        let remaining = self
            .credits
            .get(id)
            .map(|credit| credit.document.amount_due())
            .unwrap_or_default();
        let names = kind.names();
        put(
            &mut fields,
            names.id.trim_end_matches("ID"),
            json!({names.id: id.to_string()}),
        );
        if given(&fields, "Amount").is_none() {
            put(&mut fields, "Amount", money(remaining));
        }
        if given(&fields, "Account").is_none() {
            put(&mut fields, "Account", json!({"Code": "090"}));
        }
        let payment = self
            .create_payment(&fields, now)
            .map_err(|faults| faults.text())?;
        Ok(self.payment_json(payment).unwrap_or_default())
    }

    /// Every credit note, overpayment, prepayment, bank transaction and batch payment, for
    /// [`Books::state`].
    pub fn credit_state(&self, state: &mut Value) {
        let shown = Shown {
            contact: false,
            ..Shown::whole(4)
        };
        for kind in KINDS {
            let rows: Value = self
                .credits
                .iter()
                .filter(|credit| credit.kind == kind)
                .filter_map(|credit| self.credit_json(credit.document.id, shown))
                .collect();
            put(state, kind.names().plural, rows);
        }
        let transactions: Value = self
            .bank_transactions
            .iter()
            .filter_map(|transaction| self.bank_transaction_json(transaction.id, shown))
            .collect();
        put(state, "BankTransactions", transactions);
        let batches: Value = self
            .batch_payments
            .iter()
            .filter_map(|batch| self.batch_payment_json(batch.id))
            .collect();
        put(state, "BatchPayments", batches);
    }
}

/// As a person writes: no app, all decimals.
fn by_hand(now: DateTime<Utc>) -> Writing<'static> {
    Writing {
        now,
        unit_decimals: 4,
        app: None,
    }
}
