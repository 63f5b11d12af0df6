//! What is open on a party: payments on account, credit, and invoices that owe something.

use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::super::super::ErpnextWorld;
use super::super::super::answer::float_json;
use super::super::super::cell::Doc;
use super::super::super::sales_invoice::receivable;
use super::super::super::site::Outcome;
use super::{Form, number, refuse, row, text};

impl ErpnextWorld {
    pub(super) fn find_open(&self, form: &mut Form) -> Outcome<()> {
        for (field, label) in [
            ("company", "Company"),
            ("party_type", "Party Type"),
            ("party", "Party"),
            ("receivable_payable_account", "Receivable / Payable Account"),
        ] {
            if text(form, field).is_empty() {
                return refuse(&format!("Please select {label} first"));
            }
        }
        let payments = self.open_payments(form);
        let invoices = self.open_invoices(form);
        let mut fresh = Map::new();
        fresh.insert("docstatus".into(), json!(0));
        fresh.insert("idx".into(), json!(0));
        for (key, value) in form.iter() {
            if !value.is_array() {
                fresh.insert(key.clone(), value.clone());
            }
        }
        for key in [
            "minimum_invoice_amount",
            "minimum_payment_amount",
            "maximum_invoice_amount",
            "maximum_payment_amount",
        ] {
            let given = form.get(key).map_or(Decimal::ZERO, number);
            fresh.insert(key.into(), float_json(given));
        }
        for key in ["invoice_limit", "payment_limit"] {
            fresh.insert(key.into(), form.get(key).cloned().unwrap_or(json!(0)));
        }
        let mut allocation = form.get("allocation").cloned().unwrap_or(json!([]));
        for row in allocation.as_array_mut().into_iter().flatten() {
            row["allocated_amount"] = float_json(number(&row["allocated_amount"]));
        }
        fresh.insert("allocation".into(), allocation);
        fresh.insert("payments".into(), Value::Array(payments));
        fresh.insert("invoices".into(), Value::Array(invoices));
        *form = fresh;
        Ok(())
    }

    /// Payments on account, journal entries on account, credit notes: by date.
    fn open_payments(&self, form: &Form) -> Vec<Value> {
        let (party, account) = (
            text(form, "party"),
            text(form, "receivable_payable_account"),
        );
        let mut found: Vec<(String, Value)> = Vec::new();
        for payment in self.documents_with("Payment Entry", "", "party", party) {
            let left = payment.number("unallocated_amount");
            if payment.docstatus() != 1
                || payment.text("party") != party
                || payment.text("payment_type") != "Receive"
                || payment.text("paid_from") != account
                || left <= Decimal::ZERO
            {
                continue;
            }
            found.push((
                payment.text("posting_date").to_owned(),
                json!({
                    "reference_type": "Payment Entry", "reference_name": payment.name(),
                    "posting_date": payment.text("posting_date"), "is_advance": 0,
                    "amount": float_json(left), "difference_amount": float_json(Decimal::ZERO),
                    "remarks": payment.text("remarks"),
                    "currency": payment.text("paid_from_account_currency"),
                    "exchange_rate": float_json(payment.number("source_exchange_rate")),
                }),
            ));
        }
        for entry in self.documents_with("Journal Entry", "accounts", "party", party) {
            if entry.docstatus() != 1 {
                continue;
            }
            for line in entry.rows("accounts") {
                let amount = line.number("credit_in_account_currency")
                    - line.number("debit_in_account_currency");
                if line.text("party") != party
                    || line.text("account") != account
                    || !line.text("reference_type").is_empty()
                    || amount <= Decimal::ZERO
                {
                    continue;
                }
                let remark = entry.text("remark");
                found.push((
                    entry.text("posting_date").to_owned(),
                    json!({
                        "reference_type": "Journal Entry", "reference_name": entry.name(),
                        "posting_date": entry.text("posting_date"),
                        "reference_row": line.text("name"), "amount": float_json(amount),
                        "difference_amount": float_json(Decimal::ZERO),
                        "remarks": (!remark.is_empty()).then_some(remark),
                        "currency": line.text("account_currency"),
                        "exchange_rate": float_json(line.number("exchange_rate")),
                        "cost_center": line.text("cost_center"),
                    }),
                ));
            }
        }
        for note in self.invoices_of(form) {
            let owed = note.number("outstanding_amount");
            if note.int("is_return") == 1 && owed < Decimal::ZERO {
                found.push((
                    note.text("posting_date").to_owned(),
                    json!({
                        "reference_type": "Sales Invoice", "reference_name": note.name(),
                        "posting_date": note.text("posting_date"), "amount": float_json(-owed),
                        "difference_amount": float_json(Decimal::ZERO),
                        "remarks": note.text("remarks"),
                        "currency": note.text("party_account_currency"),
                        "exchange_rate": float_json(Decimal::ZERO),
                    }),
                ));
            }
        }
        found.sort_by(|(left, _), (right, _)| left.cmp(right));
        found
            .iter()
            .enumerate()
            .map(|(at, (_, own))| row("payments", "Payment Reconciliation Payment", at, own))
            .collect()
    }

    /// Invoices, and journal entries that owe something, by date.
    fn open_invoices(&self, form: &Form) -> Vec<Value> {
        let least = form
            .get("minimum_invoice_amount")
            .map_or(Decimal::ZERO, number);
        let only = text(form, "invoice_name");
        let mut found: Vec<(String, Value)> = Vec::new();
        for invoice in self.invoices_of(form) {
            let owed = invoice.number("outstanding_amount");
            if invoice.int("is_return") == 1
                || owed <= Decimal::ZERO
                || owed < least
                || !invoice.name().contains(only)
            {
                continue;
            }
            found.push((
                invoice.text("posting_date").to_owned(),
                json!({
                    "invoice_type": "Sales Invoice", "invoice_number": invoice.name(),
                    "invoice_date": invoice.text("posting_date"),
                    "amount": float_json(receivable(invoice)),
                    "outstanding_amount": float_json(owed),
                    "currency": invoice.text("party_account_currency"),
                    "exchange_rate": float_json(Decimal::ZERO),
                }),
            ));
        }
        found.extend(self.open_refunds(form, least, only));
        found.sort_by(|(left, _), (right, _)| left.cmp(right));
        found
            .iter()
            .enumerate()
            .map(|(at, (_, own))| row("invoices", "Payment Reconciliation Invoice", at, own))
            .collect()
    }

    /// Money that was paid back, and is put to nothing yet: the customer owes it.
    fn open_refunds<'a>(
        &'a self,
        form: &'a Form,
        least: Decimal,
        only: &'a str,
    ) -> impl Iterator<Item = (String, Value)> {
        let (party, account) = (
            text(form, "party"),
            text(form, "receivable_payable_account"),
        );
        let payments = self.documents_with("Payment Entry", "", "party", party);
        let refunds = payments.into_iter().filter(move |payment| {
            payment.docstatus() == 1
                && payment.text("party") == party
                && payment.text("payment_type") == "Pay"
                && payment.text("paid_to") == account
                && payment.name().contains(only)
        });
        refunds.filter_map(move |payment| {
            let owed = self.open_amount("Payment Entry", payment.name());
            (owed > Decimal::ZERO && owed >= least).then(|| {
                let own = json!({
                    "invoice_type": "Payment Entry", "invoice_number": payment.name(),
                    "invoice_date": payment.text("posting_date"),
                    "amount": float_json(payment.number("unallocated_amount")),
                    "outstanding_amount": float_json(owed),
                    "currency": payment.text("paid_to_account_currency"),
                    "exchange_rate": float_json(Decimal::ZERO),
                });
                (payment.text("posting_date").to_owned(), own)
            })
        })
    }

    /// Documents that have that value in an indexed field, by name. A site may have a hundred thousand payments.
    fn documents_with(&self, doctype: &str, table: &str, field: &str, value: &str) -> Vec<&Doc> {
        let shelf = self.store.shelf(doctype).into_iter();
        let mut docs: Vec<&Doc> = shelf
            .flat_map(|shelf| shelf.each_with(table, field, value))
            .collect();
        docs.sort_unstable_by_key(|doc| doc.name());
        docs
    }

    /// The party's submitted invoices and credit notes on the form's account.
    fn invoices_of<'a>(&'a self, form: &'a Form) -> impl Iterator<Item = &'a Doc> {
        let account = text(form, "receivable_payable_account");
        let invoices = self.documents_with("Sales Invoice", "", "customer", text(form, "party"));
        let ours = invoices.into_iter();
        ours.filter(move |doc| doc.docstatus() == 1 && doc.text("debit_to") == account)
    }
}
