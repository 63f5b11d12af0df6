//! Credit given to customers, what it is used for, and what is put right afterwards.

use rand::Rng;
use rand::rngs::StdRng;
use rust_decimal::Decimal;
use sandbox::System;
use serde_json::{Value, json};

use super::{
    Deed, Offices, PRICES, People, WORDS, chance, erpnext, number, on_invoice, pick, text, xero,
};

impl Offices<'_> {
    /// Xero's credit notes to customers of one status.
    fn credit_notes(&self, status: &str) -> Vec<Value> {
        let mut rows = Self::rows(self.xero, "CreditNotes");
        rows.retain(|row| row["Status"] == status && row["Type"] == "ACCRECCREDIT");
        rows
    }

    /// ERPNext's credit notes.
    pub(super) fn returns(&self, docstatus: i64) -> Vec<Value> {
        let mut rows = Self::rows(self.erpnext, "Sales Invoice");
        rows.retain(|row| row["docstatus"] == docstatus && row["is_return"] == 1);
        rows
    }

    /// The journal entries in force that use credit.
    fn uses_in_erpnext(&self) -> Vec<Value> {
        let mut rows = Self::rows(self.erpnext, "Journal Entry");
        rows.retain(|row| row["docstatus"] == 1 && row["voucher_type"] == "Credit Note");
        rows
    }
}

/// An amount as the state has it, exactly.
pub(super) fn amount(row: &Value, field: &str) -> Decimal {
    row[field].to_string().parse().unwrap_or_default()
}

pub(super) fn exact(amount: Decimal) -> Value {
    serde_json::from_str(&amount.normalize().to_string()).unwrap()
}

impl People {
    /// An open invoice of a customer in Xero that may be touched now.
    fn owing_in_xero(
        &mut self,
        random: &mut StdRng,
        offices: &Offices<'_>,
        contact: &Value,
    ) -> Option<Value> {
        let mut rows = offices.invoices("AUTHORISED");
        rows.retain(|row| row["Contact"]["ContactID"] == *contact);
        let invoice = pick(random, &rows)?.clone();
        self.free(&invoice, System::Xero).then_some(invoice)
    }

    /// The same in ERPNext.
    fn owing_in_erpnext(
        &mut self,
        random: &mut StdRng,
        offices: &Offices<'_>,
        customer: &Value,
    ) -> Option<Value> {
        let mut rows = offices.sales_invoices(1);
        rows.retain(|row| {
            row["customer"] == *customer && amount(row, "outstanding_amount") > Decimal::ZERO
        });
        let invoice = pick(random, &rows)?.clone();
        self.free(&invoice, System::Erpnext).then_some(invoice)
    }

    /// As much as fits, or less of it; now and then more, which is refused.
    fn used(random: &mut StdRng, most: Decimal) -> Option<Value> {
        let part = match random.random_range(0..10) {
            0..6 => most,
            6..8 => most.min(pick(random, &[Decimal::ONE, Decimal::new(777, 2)]).copied()?),
            _ => most + Decimal::ONE,
        };
        (part > Decimal::ZERO).then(|| exact(part))
    }

    /// A credit note in Xero; used at once for an invoice, where there is one and somebody likes to.
    pub(super) fn credit_in_xero(
        &mut self,
        random: &mut StdRng,
        offices: &Offices<'_>,
    ) -> Option<Deed> {
        let contact = pick(random, &offices.contacts())?.clone();
        self.free(&contact, System::Xero).then_some(())?;
        let first = self.name(random);
        let lines: Vec<Value> = (0..random.random_range(1..=2))
            .map(|line| {
                let words = pick(random, &WORDS).copied().unwrap_or_default();
                json!({
                    "Description": if line == 0 { first.as_str() } else { words },
                    "Quantity": number(random, &["1", "2", "0.25"]),
                    "UnitAmount": number(random, &PRICES),
                    "AccountCode": "200",
                    "TaxType": pick(random, &["OUTPUT2", "OUTPUT2", "ZERORATEDOUTPUT"]),
                })
            })
            .collect();
        let draft = chance(random, 10);
        let number = format!("CR-{}", self.next);
        let mut operation = json!({
            "op": "create_credit_note", "Contact": { "ContactID": contact["ContactID"] },
            "CreditNoteNumber": number, "Date": "2026-11-21",
            "Status": if draft { "DRAFT" } else { "AUTHORISED" }, "LineItems": lines,
            "LineAmountTypes": pick(random, &["Exclusive", "Exclusive", "Inclusive", "NoTax"]),
        });
        if chance(random, 30) {
            operation["Reference"] = json!(format!("PO {}", random.random_range(1..999)));
        }
        let mut deed = xero(operation);
        if !draft
            && chance(random, 50)
            && let Some(invoice) = self.owing_in_xero(random, offices, &contact["ContactID"])
        {
            deed.operations.push(json!({
                "op": "allocate_credit", "CreditNoteNumber": number,
                "InvoiceID": invoice["InvoiceID"], "Date": "2026-11-22",
            }));
        }
        Some(deed)
    }

    /// A return in ERPNext: by itself or against an invoice, which it may lower at once.
    pub(super) fn credit_in_erpnext(
        &mut self,
        random: &mut StdRng,
        offices: &Offices<'_>,
    ) -> Option<Deed> {
        let customer = pick(random, &offices.customers())?.clone();
        self.free(&customer, System::Erpnext).then_some(())?;
        let first = self.name(random);
        let name = format!("RET-{}", self.next);
        let items: Vec<Value> = (0..random.random_range(1..=2))
            .map(|line| {
                let words = pick(random, &WORDS).copied().unwrap_or_default();
                let text = if line == 0 { first.as_str() } else { words };
                json!({
                    "item_name": text, "description": text, "uom": "Hour", "stock_uom": "Hour",
                    "qty": number(random, &["-1", "-2", "-0.25"]),
                    "rate": number(random, &PRICES),
                    "conversion_factor": 1, "income_account": "Sales - MF",
                })
            })
            .collect();
        let mut fields = json!({
            "customer": customer["name"], "company": offices.company, "is_return": 1,
            "set_posting_time": 1, "posting_date": "2026-11-21", "due_date": "2026-11-21",
            "disable_rounded_total": 1, "items": items, "update_outstanding_for_self": 1,
        });
        if chance(random, 80) {
            fields["taxes"] = json!([{
                "charge_type": "On Net Total", "account_head": "VAT - MF", "description": "VAT",
                "rate": 20, "included_in_print_rate": i32::from(chance(random, 25)),
            }]);
        }
        let owing = if chance(random, 60) {
            self.owing_in_erpnext(random, offices, &customer["name"])
        } else {
            None
        };
        let lowers = chance(random, 40);
        if let Some(invoice) = owing.as_ref().filter(|_| lowers || chance(random, 50)) {
            fields["return_against"] = invoice["name"].clone();
            fields["update_outstanding_for_self"] = json!(i32::from(!lowers));
        }
        let submit = chance(random, 90);
        let mut deed = erpnext(json!({
            "op": "create", "doctype": "Sales Invoice", "name": name, "fields": fields,
            "submit": submit,
        }));
        if let Some(invoice) = owing.filter(|_| submit && !lowers && chance(random, 60)) {
            deed.operations.push(json!({
                "op": "reconcile", "name": name, "invoice": invoice["name"],
            }));
        }
        Some(deed)
    }

    /// What is left of a credit note is used for an invoice.
    pub(super) fn use_in_xero(
        &mut self,
        random: &mut StdRng,
        offices: &Offices<'_>,
    ) -> Option<Deed> {
        let note = pick(random, &offices.credit_notes("AUTHORISED"))?.clone();
        self.free(&note, System::Xero).then_some(())?;
        let invoice = self.owing_in_xero(random, offices, &note["Contact"]["ContactID"])?;
        let most = amount(&note, "RemainingCredit").min(amount(&invoice, "AmountDue"));
        let part = Self::used(random, most)?;
        self.next += 1;
        Some(xero(json!({
            "op": "allocate_credit", "CreditNoteID": note["CreditNoteID"],
            "InvoiceID": invoice["InvoiceID"], "Amount": part,
            "Date": format!("2026-11-{:02}", 22 + self.next % 7),
        })))
    }

    /// The same in ERPNext, in its form or by a journal entry of one's own.
    pub(super) fn use_in_erpnext(
        &mut self,
        random: &mut StdRng,
        offices: &Offices<'_>,
    ) -> Option<Deed> {
        let mut notes = offices.returns(1);
        notes.retain(|row| amount(row, "outstanding_amount") < Decimal::ZERO);
        let note = pick(random, &notes)?.clone();
        self.free(&note, System::Erpnext).then_some(())?;
        let invoice = self.owing_in_erpnext(random, offices, &note["customer"])?;
        let left = -amount(&note, "outstanding_amount");
        let most = left.min(amount(&invoice, "outstanding_amount"));
        if chance(random, 50) {
            let part = Self::used(random, most)?;
            return Some(erpnext(json!({
                "op": "reconcile", "name": note["name"], "invoice": invoice["name"],
                "amount": part,
            })));
        }
        // An entry of one's own asks nobody how much there is.
        let part = if chance(random, 60) {
            most
        } else {
            most.min(Decimal::new(777, 2))
        };
        let row = |document: &Value, side: &str| {
            json!({
                "account": document["debit_to"], "party_type": "Customer",
                "party": document["customer"], "reference_type": "Sales Invoice",
                "reference_name": document["name"], side: exact(part),
            })
        };
        self.next += 1;
        Some(erpnext(json!({
            "op": "create", "doctype": "Journal Entry", "submit": true, "fields": {
                "voucher_type": "Credit Note", "company": offices.company,
                "posting_date": format!("2026-11-{:02}", 22 + self.next % 7),
                "accounts": [
                    row(&note, "debit_in_account_currency"),
                    row(&invoice, "credit_in_account_currency"),
                ],
            },
        })))
    }

    /// A use is taken back.
    pub(super) fn take_use_back(
        &mut self,
        random: &mut StdRng,
        offices: &Offices<'_>,
    ) -> Option<Deed> {
        if chance(random, 50) {
            let mut notes = offices.credit_notes("AUTHORISED");
            notes.extend(offices.credit_notes("PAID"));
            notes.retain(|row| {
                row["Allocations"]
                    .as_array()
                    .is_some_and(|it| !it.is_empty())
            });
            let note = pick(random, &notes)?.clone();
            self.free(&note, System::Xero).then_some(())?;
            let used = pick(random, note["Allocations"].as_array()?)?.clone();
            self.free(&used["Invoice"], System::Xero).then_some(())?;
            return Some(xero(json!({
                "op": "remove_allocation", "CreditNoteID": note["CreditNoteID"],
                "AllocationID": used["AllocationID"],
            })));
        }
        let entry = pick(random, &offices.uses_in_erpnext())?.clone();
        let invoices = Offices::rows(offices.erpnext, "Sales Invoice");
        for row in entry["accounts"].as_array().into_iter().flatten() {
            let named = invoices
                .iter()
                .find(|it| it["name"] == row["reference_name"]);
            self.free(named?, System::Erpnext).then_some(())?;
        }
        Some(erpnext(json!({
            "op": "cancel", "doctype": "Journal Entry", "name": entry["name"],
        })))
    }

    /// A credit note is voided. Xero refuses it while it is used. ERPNext does not, and leaves the journal
    /// entries that use it behind, on account.
    pub(super) fn void_credit(
        &mut self,
        random: &mut StdRng,
        offices: &Offices<'_>,
    ) -> Option<Deed> {
        if chance(random, 50) {
            let note = pick(random, &offices.credit_notes("AUTHORISED"))?.clone();
            return self.free(&note, System::Xero).then(|| {
                xero(json!({ "op": "void_credit_note", "CreditNoteID": note["CreditNoteID"] }))
            });
        }
        let note = pick(random, &offices.returns(1))?.clone();
        self.free(&note, System::Erpnext).then_some(())?;
        let settled = self.settled_by(offices, &note)?;
        settled.then(|| on_invoice("cancel", &note))
    }

    /// Whether every invoice that a return settles may be touched now.
    fn settled_by(&mut self, offices: &Offices<'_>, note: &Value) -> Option<bool> {
        let invoices = offices.sales_invoices(1);
        let mut names = vec![text(note, "return_against")];
        for entry in offices.uses_in_erpnext() {
            let rows = entry["accounts"].as_array()?.clone();
            if rows.iter().any(|row| row["reference_name"] == note["name"]) {
                names.extend(rows.iter().map(|row| text(row, "reference_name")));
            }
        }
        let of = invoices
            .iter()
            .filter(|it| names.contains(&text(it, "name")));
        let mut free = true;
        for invoice in of {
            free &= self.free(invoice, System::Erpnext);
        }
        Some(free)
    }

    /// A credit note's reference or a line is changed, or a draft is approved.
    pub(super) fn edit_credit(
        &mut self,
        random: &mut StdRng,
        offices: &Offices<'_>,
    ) -> Option<Deed> {
        if chance(random, 50) {
            let draft = chance(random, 40);
            let status = if draft { "DRAFT" } else { "AUTHORISED" };
            let note = pick(random, &offices.credit_notes(status))?.clone();
            self.free(&note, System::Xero).then_some(())?;
            let id = note["CreditNoteID"].clone();
            if draft {
                return Some(xero(
                    json!({ "op": "approve_credit_note", "CreditNoteID": id }),
                ));
            }
            let mut operation = if chance(random, 50) {
                json!({ "Reference": format!("R{}", random.random_range(1..999)) })
            } else {
                let mut lines = super::kept_lines(&note);
                lines[0]["UnitAmount"] = number(random, &["11", "22.22", "5.5"]);
                json!({ "LineItems": lines })
            };
            operation["op"] = json!("edit_credit_note");
            operation["CreditNoteID"] = id;
            return Some(xero(operation));
        }
        let docstatus = i64::from(chance(random, 60));
        let note = pick(random, &offices.returns(docstatus))?.clone();
        self.free(&note, System::Erpnext).then_some(())?;
        if docstatus == 0 {
            let settled = self.settled_by(offices, &note)?;
            return settled.then(|| on_invoice("submit", &note));
        }
        let mut deed = on_invoice("update", &note);
        deed.operations[0]["fields"] =
            json!({ "po_no": format!("E{}", random.random_range(1..999)) });
        Some(deed)
    }

    /// What is left of a credit note is paid back.
    pub(super) fn pay_back(&mut self, random: &mut StdRng, offices: &Offices<'_>) -> Option<Deed> {
        if chance(random, 50) {
            let note = pick(random, &offices.credit_notes("AUTHORISED"))?.clone();
            self.free(&note, System::Xero).then_some(())?;
            let part = Self::used(random, amount(&note, "RemainingCredit"))?;
            return Some(xero(json!({
                "op": "refund_credit", "CreditNoteID": note["CreditNoteID"], "Amount": part,
                "Date": self.day(),
            })));
        }
        let mut notes = offices.returns(1);
        notes.retain(|row| amount(row, "outstanding_amount") < Decimal::ZERO);
        let note = pick(random, &notes)?.clone();
        self.free(&note, System::Erpnext).then_some(())?;
        let part = Self::used(random, -amount(&note, "outstanding_amount"))?;
        let day = self.day();
        let mut back = part.to_string().parse::<Decimal>().ok()?;
        back.set_sign_negative(true);
        Some(erpnext(json!({
            "op": "create", "doctype": "Payment Entry", "submit": true, "fields": {
                "payment_type": "Pay", "company": offices.company, "posting_date": day,
                "party_type": "Customer", "party": note["customer"],
                "paid_from": super::payments::BANK, "paid_to": note["debit_to"],
                "paid_amount": part, "received_amount": part,
                "reference_no": "Statement", "reference_date": day,
                "references": [{
                    "reference_doctype": "Sales Invoice", "reference_name": note["name"],
                    "allocated_amount": exact(back),
                }],
            },
        })))
    }
}
