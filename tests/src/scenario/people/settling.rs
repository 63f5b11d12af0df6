//! What settles invoices in ERPNext beside plain payments: a credit note counted in, a fee that the bank kept,
//! a journal entry that writes off, the till; and how such a document is corrected.

use rand::Rng;
use rand::rngs::StdRng;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::credit_notes::{amount, exact};
use super::payments::{BANK, two};
use super::{Deed, Offices, PRICES, People, chance, erpnext, pick};
use sandbox::System;

/// Where the bank's fees go.
pub(in super::super) const FEES: &str = "Freight and Forwarding Charges - MF";
/// Where goes what nobody will pay any more.
pub(in super::super) const WRITTEN_OFF: &str = "Write Off - MF";

/// What the bank keeps.
const KEPT: [Decimal; 3] = [
    Decimal::from_parts(249, 0, 0, false, 2),
    Decimal::from_parts(30, 0, 0, false, 2),
    Decimal::ONE,
];

impl People {
    /// Open invoices in ERPNext, in pounds, of customers who have nothing on account.
    fn owing_in_pounds(offices: &Offices<'_>) -> Vec<Value> {
        let mut rows = Self::asked_for(offices);
        rows.retain(|row| {
            row["currency"] == "GBP"
                && row["party_account_currency"] == "GBP"
                && amount(row, "outstanding_amount") > Decimal::ZERO
        });
        rows
    }

    /// One of these, or two of one customer, that may be touched now.
    fn one_or_two(&mut self, random: &mut StdRng, rows: &[Value]) -> Option<Vec<Value>> {
        let pair = chance(random, 40)
            .then(|| {
                two(random, rows, "outstanding_amount", |row| {
                    row["customer"].clone()
                })
            })
            .flatten();
        let found = match pair {
            Some((one, other)) => vec![one, other],
            None => vec![pick(random, rows)?.clone()],
        };
        for row in &found {
            self.free(row, System::Erpnext).then_some(())?;
        }
        Some(found)
    }

    /// "Get Outstanding Invoices" offers credit notes too: what a customer paid for what is left of both.
    pub(super) fn net_in_erpnext(
        &mut self,
        random: &mut StdRng,
        offices: &Offices<'_>,
    ) -> Option<Deed> {
        let rows = Self::owing_in_pounds(offices);
        let mut notes = offices.returns(1);
        notes.retain(|row| {
            row["currency"] == "GBP"
                && amount(row, "outstanding_amount") < Decimal::ZERO
                && rows.iter().any(|it| it["customer"] == row["customer"])
        });
        let note = pick(random, &notes)?.clone();
        self.free(&note, System::Erpnext).then_some(())?;
        let rows: Vec<Value> = (rows.into_iter())
            .filter(|it| it["customer"] == note["customer"])
            .collect();
        let invoices = self.one_or_two(random, &rows)?;
        let owed: Decimal = (invoices.iter())
            .map(|it| amount(it, "outstanding_amount"))
            .sum();
        let left = -amount(&note, "outstanding_amount");
        let part = if chance(random, 70) {
            left
        } else {
            left.min(Decimal::new(777, 2))
        };
        // A site takes no such payment without money.
        let part = part.min(owed - Decimal::ONE);
        (part > Decimal::ZERO).then_some(())?;
        let mut references: Vec<Value> = (invoices.iter())
            .map(|it| reference(it, amount(it, "outstanding_amount")))
            .collect();
        references.push(reference(&note, -part));
        Some(self.received(offices, &invoices[0], owed - part, &references, &[]))
    }

    /// The bank kept a fee of what the customer paid.
    pub(super) fn pay_less_a_fee(
        &mut self,
        random: &mut StdRng,
        offices: &Offices<'_>,
    ) -> Option<Deed> {
        let invoices = self.one_or_two(random, &Self::owing_in_pounds(offices))?;
        let fee = *pick(random, &KEPT)?;
        let mut references = Vec::new();
        let mut paid = Decimal::ZERO;
        for invoice in &invoices {
            let owed = amount(invoice, "outstanding_amount");
            let part = if chance(random, 70) {
                owed
            } else {
                owed.min(Decimal::TEN)
            };
            references.push(reference(invoice, part));
            paid += part;
        }
        (paid > fee).then_some(())?;
        let kept = [(FEES, fee)];
        Some(self.received(offices, &invoices[0], paid - fee, &references, &kept))
    }

    /// A Payment Entry of this customer.
    fn received(
        &mut self,
        offices: &Offices<'_>,
        of: &Value,
        moved: Decimal,
        references: &[Value],
        kept: &[(&str, Decimal)],
    ) -> Deed {
        let day = self.day();
        let kept: Vec<Value> = (kept.iter())
            .map(|(account, amount)| {
                json!({ "account": account, "cost_center": "Main - MF", "amount": exact(*amount) })
            })
            .collect();
        erpnext(json!({
            "op": "create", "doctype": "Payment Entry", "submit": true, "fields": {
                "payment_type": "Receive", "company": offices.company, "posting_date": day,
                "party_type": "Customer", "party": of["customer"], "paid_from": of["debit_to"],
                "paid_to": BANK, "paid_amount": exact(moved), "received_amount": exact(moved),
                "reference_no": "Statement", "reference_date": day, "references": references,
                "deductions": kept,
            },
        }))
    }

    /// A journal entry: what is left is written off, or it came to the bank less a fee.
    pub(super) fn settle_by_entry(
        &mut self,
        random: &mut StdRng,
        offices: &Offices<'_>,
    ) -> Option<Deed> {
        let invoices = self.one_or_two(random, &Self::owing_in_pounds(offices))?;
        let mut settled = Decimal::ZERO;
        let mut rows = Vec::new();
        for invoice in &invoices {
            let owed = amount(invoice, "outstanding_amount");
            let part = if chance(random, 60) {
                owed
            } else {
                owed.min(Decimal::new(777, 2))
            };
            settled += part;
            rows.push(json!({
                "account": invoice["debit_to"], "party_type": "Customer",
                "party": invoice["customer"], "reference_type": "Sales Invoice",
                "reference_name": invoice["name"], "credit_in_account_currency": exact(part),
            }));
        }
        let debit = |account: &str, amount: Decimal| json!({ "account": account, "debit_in_account_currency": exact(amount) });
        let fee = *pick(random, &KEPT)?;
        let debits = if chance(random, 35) && settled > fee {
            vec![debit(BANK, settled - fee), debit(FEES, fee)]
        } else {
            vec![debit(WRITTEN_OFF, settled)]
        };
        // In either order: rows are divided as they stand.
        let accounts = if chance(random, 50) {
            [debits, rows].concat()
        } else {
            [rows, debits].concat()
        };
        Some(erpnext(json!({
            "op": "create", "doctype": "Journal Entry", "submit": true, "fields": {
                "voucher_type": pick(random, &["Journal Entry", "Write Off Entry"]),
                "company": offices.company, "posting_date": self.day(), "accounts": accounts,
            },
        })))
    }

    /// A sale at the till: the invoice holds what was paid, all of it, less, or more with change given.
    pub(super) fn sell_at_till(
        &mut self,
        random: &mut StdRng,
        offices: &Offices<'_>,
    ) -> Option<Deed> {
        let customer = pick(random, &offices.customers())?.clone();
        self.free(&customer, System::Erpnext).then_some(())?;
        let price: Decimal = pick(random, &PRICES)?.parse().ok()?;
        let paid = match random.random_range(0..10) {
            0..6 => price,
            6..8 => price.min(Decimal::new(777, 2)),
            _ => price + Decimal::TEN,
        };
        let by = |mode: &str, amount: Decimal| json!({ "mode_of_payment": mode, "account": BANK, "amount": exact(amount) });
        let payments = if chance(random, 30) && paid > Decimal::ONE {
            vec![
                by("Credit Card", Decimal::ONE),
                by("Cash", paid - Decimal::ONE),
            ]
        } else {
            vec![by("Cash", paid)]
        };
        let text = self.name(random);
        let mut fields = json!({
            "customer": customer["name"], "company": offices.company, "set_posting_time": 1,
            "posting_date": self.day(), "due_date": "2026-12-20", "disable_rounded_total": 1,
            "is_pos": 1, "account_for_change_amount": BANK, "payments": payments,
            "items": [{
                "item_name": text, "description": text, "uom": "Hour", "stock_uom": "Hour",
                "qty": 1, "rate": exact(price), "conversion_factor": 1,
                "income_account": "Sales - MF",
            }],
        });
        if chance(random, 70) {
            fields["taxes"] = json!([{
                "charge_type": "On Net Total", "account_head": "VAT - MF", "description": "VAT",
                "rate": 20, "included_in_print_rate": 1,
            }]);
        }
        Some(erpnext(json!({
            "op": "create", "doctype": "Sales Invoice", "fields": fields, "submit": true,
        })))
    }

    /// A Payment Entry or a Journal Entry was entered wrongly: it is cancelled, and mostly amended.
    pub(super) fn correct(&mut self, random: &mut StdRng, offices: &Offices<'_>) -> Option<Deed> {
        let (doctype, table, part) = *pick(
            random,
            &[
                ("Payment Entry", "references", "allocated_amount"),
                ("Journal Entry", "accounts", "credit_in_account_currency"),
            ],
        )?;
        let mut entries = Offices::rows(offices.erpnext, doctype);
        entries.retain(|row| {
            // Uses of credit are taken back by their own deed, and the site's own entries by nobody.
            let own =
                row["voucher_type"] == "Journal Entry" || row["voucher_type"] == "Write Off Entry";
            row["docstatus"] == 1 && (doctype == "Payment Entry" || own)
        });
        let entry = pick(random, &entries)?.clone();
        let documents = Offices::rows(offices.erpnext, "Sales Invoice");
        let mut settled = 0;
        for row in entry[table].as_array()? {
            let of = (documents.iter())
                .find(|it| it["docstatus"] == 1 && it["name"] == row["reference_name"]);
            if let Some(document) = of {
                self.free(document, System::Erpnext).then_some(())?;
                settled += 1;
            }
        }
        // What settles nothing any more is on account, and is put to something else by nobody here.
        (settled > 0).then_some(())?;
        let mut deed =
            erpnext(json!({ "op": "cancel", "doctype": doctype, "name": entry["name"] }));
        if chance(random, 35) {
            return Some(deed);
        }
        let day = self.day();
        let mut fields = json!({ "posting_date": day });
        if doctype == "Payment Entry" {
            fields["reference_date"] = json!(day);
        }
        if chance(random, 50) {
            less(&entry, table, part, &mut fields)?;
        }
        deed.operations.push(json!({
            "op": "amend", "doctype": doctype, "name": entry["name"], "fields": fields,
        }));
        Some(deed)
    }
}

/// What a payment says of a document.
fn reference(document: &Value, part: Decimal) -> Value {
    json!({
        "reference_doctype": "Sales Invoice", "reference_name": document["name"],
        "allocated_amount": exact(part),
    })
}

/// Fields by which an entry settles a pound less of the first that it settles.
fn less(entry: &Value, table: &str, part: &str, fields: &mut Value) -> Option<()> {
    let mut rows = entry[table].as_array()?.clone();
    let lowered = |row: &mut Value, field: &str| {
        let was = amount(row, field);
        let lowers = was > Decimal::ONE;
        if lowers {
            row[field] = exact(was - Decimal::ONE);
        }
        lowers
    };
    (rows.iter_mut().any(|row| lowered(row, part))).then_some(())?;
    if table == "accounts" {
        let debit = "debit_in_account_currency";
        (rows.iter_mut().any(|row| lowered(row, debit))).then_some(())?;
    } else {
        let mut whole = entry.clone();
        lowered(&mut whole, "paid_amount").then_some(())?;
        fields["paid_amount"] = whole["paid_amount"].clone();
        fields["received_amount"] = whole["paid_amount"].clone();
    }
    // As a form has them: a document that is amended has rows of its own.
    for row in &mut rows {
        let row = row.as_object_mut()?;
        row.retain(|field, _| field != "name" && !field.starts_with("xero_"));
    }
    fields[table] = Value::Array(rows);
    Some(())
}
