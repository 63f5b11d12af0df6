//! Money that comes in, and what is put right afterwards.

use rand::rngs::StdRng;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{Deed, Offices, People, chance, erpnext, pick, text, xero};
use sandbox::System;

/// ERPNext's bank account, which stands for Xero's.
pub(super) const BANK: &str = "Business Bank Account - MF";

impl People {
    /// How much of what is owed is paid: all of it, or a part.
    fn part(random: &mut StdRng, owed: &Value) -> Option<Value> {
        let owed: Decimal = owed.to_string().parse().ok()?;
        let part = if chance(random, 50) {
            owed
        } else {
            owed.min(pick(random, &[Decimal::ONE, Decimal::new(777, 2)]).copied()?)
        };
        (part > Decimal::ZERO).then(|| serde_json::from_str(&part.to_string()).unwrap())
    }

    /// The day: two payments of one invoice, amount and day are as good as one another.
    pub(super) fn day(&mut self) -> String {
        self.next += 1;
        format!("2026-11-{:02}", 21 + self.next % 8)
    }

    /// Invoices in ERPNext of customers who have no money on account there: what was paid of an invoice
    /// that was amended since is not asked for again.
    pub(super) fn asked_for(offices: &Offices<'_>) -> Vec<Value> {
        let mut payments = Offices::rows(offices.erpnext, "Payment Entry");
        payments.retain(|row| {
            row["docstatus"] == 1
                && row["unallocated_amount"]
                    .as_f64()
                    .is_some_and(|it| it > 0.0)
        });
        let mut rows = offices.sales_invoices(1);
        rows.retain(|row| payments.iter().all(|it| it["party"] != row["customer"]));
        rows
    }

    pub(super) fn pay_in_xero(
        &mut self,
        random: &mut StdRng,
        offices: &Offices<'_>,
    ) -> Option<Deed> {
        let invoice = pick(random, &offices.invoices("AUTHORISED"))?.clone();
        self.free(&invoice, System::Xero).then_some(())?;
        let amount = Self::part(random, &invoice["AmountDue"])?;
        let mut paid = json!({
            "op": "pay_invoice", "InvoiceID": invoice["InvoiceID"], "Amount": amount,
            "Date": self.day(),
        });
        if self.at_another_rate(&invoice["CurrencyCode"]) {
            let rate: Decimal = invoice["CurrencyRate"].to_string().parse().ok()?;
            paid["CurrencyRate"] = number(rate * Decimal::new(11, 1));
        }
        Some(xero(paid))
    }

    pub(super) fn pay_in_erpnext(
        &mut self,
        random: &mut StdRng,
        offices: &Offices<'_>,
    ) -> Option<Deed> {
        let invoice = pick(random, &Self::asked_for(offices))?.clone();
        self.free(&invoice, System::Erpnext).then_some(())?;
        let amount = Self::part(random, &invoice["outstanding_amount"])?;
        if self.at_another_rate(&invoice["currency"]) {
            return self.gained(offices, &invoice, &amount);
        }
        Some(erpnext(json!({
            "op": "pay", "name": invoice["name"], "amount": amount, "date": self.day(),
            "account": BANK,
        })))
    }

    /// Whether a document that is not in pounds is paid at another rate than its own.
    fn at_another_rate(&self, currency: &Value) -> bool {
        currency != "GBP" && self.next.is_multiple_of(3)
    }

    /// A payment in pounds of an invoice that is kept in pounds and is in another currency: more came than it is
    /// booked at.
    fn gained(&mut self, offices: &Offices<'_>, invoice: &Value, amount: &Value) -> Option<Deed> {
        let taken: Decimal = amount.to_string().parse().ok()?;
        let moved = (taken * Decimal::new(104, 2)).round_dp(2);
        let day = self.day();
        let gain = json!({
            "account": "Exchange Gain/Loss - MF", "cost_center": "Main - MF",
            "amount": number(taken - moved),
        });
        Some(erpnext(json!({
            "op": "create", "doctype": "Payment Entry", "submit": true, "fields": {
                "payment_type": "Receive", "company": offices.company, "posting_date": day,
                "party_type": "Customer", "party": invoice["customer"],
                "paid_from": invoice["debit_to"], "paid_to": BANK,
                "paid_amount": number(moved), "received_amount": number(moved),
                "reference_no": "Statement", "reference_date": day, "deductions": [gain],
                "references": [{
                    "reference_doctype": "Sales Invoice", "reference_name": invoice["name"],
                    "allocated_amount": amount,
                }],
            },
        })))
    }

    /// One line of the bank statement for two invoices.
    pub(super) fn pay_two(&mut self, random: &mut StdRng, offices: &Offices<'_>) -> Option<Deed> {
        if chance(random, 50) {
            let rows = offices.invoices("AUTHORISED");
            let (one, other) = two(random, &rows, "AmountDue", |row| {
                row["Contact"]["ContactID"].clone()
            })?;
            for row in [&one, &other] {
                self.free(row, System::Xero).then_some(())?;
            }
            let part = |row: &Value| {
                json!({
                    "Invoice": { "InvoiceID": row["InvoiceID"] }, "Amount": row["AmountDue"],
                })
            };
            return Some(xero(json!({
                "op": "receive_batch", "Date": self.day(), "Payments": [part(&one), part(&other)],
            })));
        }
        let rows = Self::asked_for(offices);
        let (one, other) = two(random, &rows, "outstanding_amount", |row| {
            row["customer"].clone()
        })?;
        for row in [&one, &other] {
            self.free(row, System::Erpnext).then_some(())?;
        }
        let owed =
            |row: &Value| -> Decimal { row["outstanding_amount"].to_string().parse().unwrap() };
        let sum = (owed(&one) + owed(&other)).to_string();
        let sum: Value = serde_json::from_str(&sum).unwrap();
        let day = self.day();
        let reference = |row: &Value| {
            json!({
                "reference_doctype": "Sales Invoice", "reference_name": row["name"],
                "allocated_amount": row["outstanding_amount"],
            })
        };
        Some(erpnext(json!({
            "op": "create", "doctype": "Payment Entry", "submit": true, "fields": {
                "payment_type": "Receive", "company": offices.company, "posting_date": day,
                "party_type": "Customer", "party": one["customer"], "paid_from": one["debit_to"],
                "paid_to": BANK, "paid_amount": sum, "received_amount": sum,
                "reference_no": "Statement", "reference_date": day,
                "references": [reference(&one), reference(&other)],
            },
        })))
    }

    /// A payment is deleted or cancelled, because it was entered by mistake.
    pub(super) fn take_back(&mut self, random: &mut StdRng, offices: &Offices<'_>) -> Option<Deed> {
        if chance(random, 50) {
            let mut payments = Offices::rows(offices.xero, "Payments");
            payments.retain(|row| row["Status"] == "AUTHORISED");
            let payment = pick(random, &payments)?.clone();
            let batch = text(&payment, "BatchPaymentID");
            let of_it: Vec<&Value> = payments
                .iter()
                .filter(|row| !batch.is_empty() && text(row, "BatchPaymentID") == batch)
                .chain([&payment])
                .collect();
            for row in of_it {
                self.free(&row["Invoice"], System::Xero).then_some(())?;
            }
            return Some(xero(if batch.is_empty() {
                json!({ "op": "delete_payment", "PaymentID": payment["PaymentID"] })
            } else {
                json!({ "op": "delete_batch", "BatchPaymentID": batch })
            }));
        }
        let mut payments = Offices::rows(offices.erpnext, "Payment Entry");
        payments.retain(|row| row["docstatus"] == 1);
        let payment = pick(random, &payments)?.clone();
        let mut invoices = Offices::rows(offices.erpnext, "Sales Invoice");
        invoices.retain(|row| row["docstatus"] == 1);
        for reference in payment["references"].as_array().into_iter().flatten() {
            let paid = invoices
                .iter()
                .find(|row| row["name"] == reference["reference_name"]);
            self.free(paid?, System::Erpnext).then_some(())?;
        }
        Some(erpnext(json!({
            "op": "cancel", "doctype": "Payment Entry", "name": payment["name"],
        })))
    }
}

/// Two documents of one customer of which something is owed.
pub(super) fn two(
    random: &mut StdRng,
    rows: &[Value],
    owed: &str,
    customer: impl Fn(&Value) -> Value,
) -> Option<(Value, Value)> {
    let open: Vec<&Value> = rows
        .iter()
        .filter(|row| row[owed].as_f64().is_some_and(|owed| owed > 0.0))
        .collect();
    let one = (*pick(random, &open)?).clone();
    let others: Vec<&&Value> = open
        .iter()
        .filter(|row| customer(row) == customer(&one) && ***row != one)
        .collect();
    let other = (**pick(random, &others)?).clone();
    Some((one, other))
}

/// An exact JSON number.
fn number(amount: Decimal) -> Value {
    serde_json::from_str(&amount.round_dp(6).normalize().to_string()).unwrap()
}
