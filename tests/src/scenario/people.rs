//! What people do in both offices on an ordinary day, one deed at a time, under each system's rules:
//! what a system refuses is simply not done.

mod credit_notes;
mod ends;
mod offices;
mod payments;
mod settling;

use std::collections::{BTreeMap, BTreeSet};

use rand::Rng;
use rand::rngs::StdRng;
use sandbox::System;
use serde_json::{Value, json};

use super::Mode;
pub use offices::Offices;
pub(super) use settling::{FEES, WRITTEN_OFF};

const WORDS: [&str; 8] = [
    "Ferns",
    "Roses & Co",
    "Café \"Lune\"",
    "Tulips, 20%",
    "Ivy / moss",
    "O'Brien",
    "Lilies #4",
    "Peat moss",
];
const QUANTITIES: [&str; 6] = ["1", "2", "3", "1.5", "0.25", "12"];
const PRICES: [&str; 7] = ["10", "33.33", "0.07", "99.99", "1250", "12.35", "7.77"];

/// The people of both offices.
pub struct People {
    mode: Mode,
    /// Every record gets a number of its own into its name or first line.
    next: u32,
    /// The side on which a record was edited since the last sync.
    edited: BTreeMap<String, System>,
    /// Records that wait for a person are left alone.
    waiting: BTreeSet<String>,
}

/// A deed, made inside a system.
pub struct Deed {
    /// Where.
    pub system: System,
    /// One after the other; where one is refused the rest is not done.
    pub operations: Vec<Value>,
}

/// One kind of deed, and how often it is done.
type Kind = (
    u32,
    fn(&mut People, &mut StdRng, &Offices<'_>) -> Option<Deed>,
);

const DEEDS: [Kind; 33] = [
    (3, People::new_customer),
    (3, People::new_contact),
    (6, People::new_sales_invoice),
    (6, People::new_invoice),
    (4, People::edit_customer),
    (4, People::edit_contact),
    (5, People::edit_reference_in_erpnext),
    (6, People::edit_invoice),
    (2, People::cancel),
    (2, People::void),
    (4, People::amend),
    (1, People::disable),
    (1, People::archive),
    (4, People::pay_in_xero),
    (4, People::pay_in_erpnext),
    (3, People::pay_two),
    (3, People::take_back),
    (1, People::new_draft),
    (1, People::approve),
    (2, People::new_address),
    (4, People::credit_in_xero),
    (4, People::credit_in_erpnext),
    (3, People::use_in_xero),
    (3, People::use_in_erpnext),
    (3, People::take_use_back),
    (2, People::void_credit),
    (2, People::edit_credit),
    (1, People::pay_back),
    (3, People::net_in_erpnext),
    (3, People::pay_less_a_fee),
    (3, People::settle_by_entry),
    (3, People::correct),
    (2, People::sell_at_till),
];

fn pick<'a, T>(random: &mut StdRng, from: &'a [T]) -> Option<&'a T> {
    (!from.is_empty()).then(|| &from[random.random_range(0..from.len())])
}

fn chance(random: &mut StdRng, percent: u32) -> bool {
    random.random_range(0..100) < percent
}

fn text(row: &Value, key: &str) -> String {
    row[key].as_str().unwrap_or_default().to_owned()
}

/// What identifies a record on both sides: Xero's identity, where there is one.
pub(super) fn identity(row: &Value) -> String {
    [
        "ContactID",
        "InvoiceID",
        "CreditNoteID",
        "xero_contact_id",
        "xero_invoice_id",
        "xero_credit_note_id",
        "name",
    ]
    .into_iter()
    .map(|key| text(row, key))
    .find(|id| !id.is_empty())
    .map(|id| id.split('#').next().unwrap_or_default().to_lowercase())
    .unwrap_or_default()
}

impl People {
    pub fn new(mode: Mode) -> Self {
        Self {
            mode,
            next: 100,
            edited: BTreeMap::new(),
            waiting: BTreeSet::new(),
        }
    }

    /// A new day: both sides were synced, and these records wait for a person.
    pub fn synced(&mut self, waiting: BTreeSet<String>) {
        self.edited.clear();
        self.waiting = waiting;
    }

    /// Something that somebody does now.
    pub fn deed(&mut self, random: &mut StdRng, offices: &Offices<'_>) -> Option<Deed> {
        let ends = if self.mode == Mode::Ends {
            ends::ENDS.as_slice()
        } else {
            &[]
        };
        let deeds = || DEEDS.iter().chain(ends);
        let all: u32 = deeds().map(|(weight, _)| weight).sum();
        let mut at = random.random_range(0..all);
        for (weight, deed) in deeds() {
            if at < *weight {
                return deed(self, random, offices);
            }
            at -= weight;
        }
        None
    }

    /// Whether a record may be edited on a side now.
    fn free(&mut self, row: &Value, system: System) -> bool {
        if self.mode == Mode::Conflict {
            return true;
        }
        let id = identity(row);
        if self.waiting.contains(&id) {
            return false;
        }
        *self.edited.entry(id).or_insert(system) == system
    }

    fn name(&mut self, random: &mut StdRng) -> String {
        self.next += 1;
        let words = pick(random, &WORDS).copied().unwrap_or_default();
        format!("T{} {words}", self.next)
    }

    #[expect(
        clippy::unnecessary_wraps,
        reason = "a deed like every other in the table"
    )]
    fn new_customer(&mut self, random: &mut StdRng, _: &Offices<'_>) -> Option<Deed> {
        let mut fields = json!({ "customer_name": self.name(random), "customer_type": "Company" });
        if chance(random, 50) {
            fields["email_id"] = json!(format!("m{}@x.example", self.next));
        }
        if chance(random, 30) {
            fields["tax_id"] = json!(tax_number(random));
        }
        Some(erpnext(
            json!({ "op": "create", "doctype": "Customer", "fields": fields }),
        ))
    }

    #[expect(
        clippy::unnecessary_wraps,
        reason = "a deed like every other in the table"
    )]
    fn new_contact(&mut self, random: &mut StdRng, _: &Offices<'_>) -> Option<Deed> {
        let mut operation = json!({ "op": "create_contact", "Name": self.name(random) });
        if chance(random, 50) {
            operation["EmailAddress"] = json!(format!("m{}@x.example", self.next));
        }
        if chance(random, 30) {
            operation["TaxNumber"] = json!(tax_number(random));
        }
        if chance(random, 40) {
            operation["Addresses"] = json!([address(random)]);
        }
        Some(xero(operation))
    }

    fn sales_invoice(
        &mut self,
        random: &mut StdRng,
        offices: &Offices<'_>,
        submit: bool,
    ) -> Option<Deed> {
        let customer = pick(random, &offices.customers())?.clone();
        self.free(&customer, System::Erpnext).then_some(())?;
        let first = self.name(random);
        let lines = random.random_range(1..=3);
        let items: Vec<Value> = (0..lines)
            .map(|line| {
                let words = pick(random, &WORDS).copied().unwrap_or_default();
                let text = if line == 0 {
                    first.clone()
                } else {
                    words.to_owned()
                };
                json!({
                    "item_name": text, "description": text, "uom": "Hour", "stock_uom": "Hour",
                    "qty": number(random, &QUANTITIES), "rate": number(random, &PRICES),
                    "conversion_factor": 1, "income_account": "Sales - MF",
                })
            })
            .collect();
        let mut fields = json!({
            "customer": customer["name"], "company": offices.company, "set_posting_time": 1,
            "posting_date": "2026-11-20", "due_date": "2026-12-20", "disable_rounded_total": 1,
            "items": items,
        });
        if chance(random, 80) {
            fields["taxes"] = json!([{
                "charge_type": "On Net Total", "account_head": "VAT - MF", "description": "VAT",
                "rate": 20, "included_in_print_rate": i32::from(chance(random, 25)),
            }]);
        }
        if chance(random, 30) {
            fields["po_no"] = json!(format!("PO {}", random.random_range(1..999)));
        }
        Some(erpnext(json!({
            "op": "create", "doctype": "Sales Invoice", "fields": fields, "submit": submit,
        })))
    }

    fn new_sales_invoice(&mut self, random: &mut StdRng, offices: &Offices<'_>) -> Option<Deed> {
        self.sales_invoice(random, offices, true)
    }

    fn new_draft(&mut self, random: &mut StdRng, offices: &Offices<'_>) -> Option<Deed> {
        if chance(random, 50) {
            self.sales_invoice(random, offices, false)
        } else {
            self.invoice(random, offices, "DRAFT")
        }
    }

    fn invoice(
        &mut self,
        random: &mut StdRng,
        offices: &Offices<'_>,
        status: &str,
    ) -> Option<Deed> {
        let contact = pick(random, &offices.contacts())?.clone();
        self.free(&contact, System::Xero).then_some(())?;
        let first = self.name(random);
        let lines = random.random_range(1..=3);
        let lines: Vec<Value> = (0..lines)
            .map(|line| {
                let words = pick(random, &WORDS).copied().unwrap_or_default();
                json!({
                    "Description": if line == 0 { first.as_str() } else { words },
                    "Quantity": number(random, &QUANTITIES),
                    "UnitAmount": if chance(random, 10) { json!(12.3456) } else { number(random, &PRICES) },
                    "AccountCode": "200",
                    "TaxType": pick(random, &["OUTPUT2", "OUTPUT2", "ZERORATEDOUTPUT"]),
                })
            })
            .collect();
        let mut operation = json!({
            "op": "create_invoice", "Contact": { "ContactID": contact["ContactID"] },
            "Date": "2026-11-20", "DueDate": "2026-12-20", "Status": status, "LineItems": lines,
            "LineAmountTypes": pick(random, &["Exclusive", "Exclusive", "Inclusive", "NoTax"]),
        });
        if chance(random, 30) {
            operation["Reference"] = json!(format!("PO {}", random.random_range(1..999)));
        }
        Some(xero(operation))
    }

    fn new_invoice(&mut self, random: &mut StdRng, offices: &Offices<'_>) -> Option<Deed> {
        self.invoice(random, offices, "AUTHORISED")
    }

    fn approve(&mut self, random: &mut StdRng, offices: &Offices<'_>) -> Option<Deed> {
        if chance(random, 50) {
            let draft = pick(random, &offices.invoices("DRAFT"))?.clone();
            self.free(&draft, System::Xero).then_some(())?;
            return Some(xero(json!({
                "op": "approve_invoice", "InvoiceID": draft["InvoiceID"],
            })));
        }
        let draft = pick(random, &offices.sales_invoices(0))?.clone();
        self.free(&draft, System::Erpnext).then_some(())?;
        Some(on_invoice("submit", &draft))
    }

    fn edit_customer(&mut self, random: &mut StdRng, offices: &Offices<'_>) -> Option<Deed> {
        let customer = pick(random, &offices.customers())?.clone();
        self.free(&customer, System::Erpnext).then_some(())?;
        let (doctype, name, fields) = match random.random_range(0..3) {
            0 => {
                let name = renamed(random, &text(&customer, "customer_name"));
                (
                    "Customer",
                    &customer["name"],
                    json!({ "customer_name": name }),
                )
            }
            1 => {
                let fields = json!({ "tax_id": tax_number(random) });
                ("Customer", &customer["name"], fields)
            }
            _ => {
                let email = format!("n{}@x.example", random.random_range(1..9_999));
                match &customer["customer_primary_contact"] {
                    person @ Value::String(name) if !name.is_empty() => {
                        let addresses = json!([{ "email_id": email, "is_primary": 1 }]);
                        ("Contact", person, json!({ "email_ids": addresses }))
                    }
                    _ => ("Customer", &customer["name"], json!({ "email_id": email })),
                }
            }
        };
        Some(erpnext(json!({
            "op": "update", "doctype": doctype, "name": name, "fields": fields,
        })))
    }

    fn new_address(&mut self, random: &mut StdRng, offices: &Offices<'_>) -> Option<Deed> {
        let customer = pick(random, &offices.customers())?.clone();
        self.free(&customer, System::Erpnext).then_some(())?;
        let line = format!("{} Mill Lane", random.random_range(1..99));
        let fields = json!({ "address_line1": line, "city": "Truro", "country": "United Kingdom" });
        let had = text(&customer, "customer_primary_address");
        // Without one before, a new one stands alone: it is the customer's.
        (!had.is_empty()).then(|| {
            erpnext(json!({
                "op": "update", "doctype": "Address", "name": had, "fields": fields,
            }))
        })
    }

    fn edit_contact(&mut self, random: &mut StdRng, offices: &Offices<'_>) -> Option<Deed> {
        let contact = pick(random, &offices.contacts())?.clone();
        self.free(&contact, System::Xero).then_some(())?;
        let mut operation = match random.random_range(0..4) {
            0 => json!({ "Name": renamed(random, &text(&contact, "Name")) }),
            1 => json!({ "EmailAddress": format!("y{}@x.example", random.random_range(1..9_999)) }),
            2 => json!({ "Addresses": [address(random)] }),
            _ => json!({ "TaxNumber": tax_number(random) }),
        };
        operation["op"] = json!("edit_contact");
        operation["ContactID"] = contact["ContactID"].clone();
        Some(xero(operation))
    }

    fn edit_reference_in_erpnext(
        &mut self,
        random: &mut StdRng,
        offices: &Offices<'_>,
    ) -> Option<Deed> {
        let docstatus = i64::from(chance(random, 80));
        let invoice = pick(random, &offices.sales_invoices(docstatus))?.clone();
        self.free(&invoice, System::Erpnext).then_some(())?;
        let mut deed = on_invoice("update", &invoice);
        deed.operations[0]["fields"] =
            json!({ "po_no": format!("E{}", random.random_range(1..999)) });
        Some(deed)
    }

    fn edit_invoice(&mut self, random: &mut StdRng, offices: &Offices<'_>) -> Option<Deed> {
        let invoice = pick(random, &offices.invoices("AUTHORISED"))?.clone();
        self.free(&invoice, System::Xero).then_some(())?;
        let mut lines = kept_lines(&invoice);
        let mut operation = match random.random_range(0..10) {
            0..=1 => json!({ "Reference": format!("R{}", random.random_range(1..999)) }),
            // Of one that is paid in part Xero changes it without saying so (xero/FACTS §11).
            2 if invoice["AmountPaid"].as_f64() == Some(0.0) => {
                json!({ "DueDate": pick(random, &["2026-12-24", "2027-01-15"]) })
            }
            3..=5 => {
                lines[0]["UnitAmount"] = number(random, &["11", "22.22", "5.5", "0.01", "1001"]);
                json!({ "LineItems": lines })
            }
            6..=7 => {
                lines.push(json!({
                    "Description": pick(random, &WORDS), "Quantity": 1, "UnitAmount": 4.5,
                    "AccountCode": "200", "TaxType": "OUTPUT2",
                }));
                json!({ "LineItems": lines })
            }
            8 if lines.len() > 1 => {
                lines.pop();
                json!({ "LineItems": lines })
            }
            _ => {
                let text = format!("{} (changed)", text(&lines[0], "Description"));
                lines[0]["Description"] = json!(text);
                json!({ "LineItems": lines })
            }
        };
        operation["op"] = json!("edit_invoice");
        operation["InvoiceID"] = invoice["InvoiceID"].clone();
        Some(xero(operation))
    }

    fn cancel(&mut self, random: &mut StdRng, offices: &Offices<'_>) -> Option<Deed> {
        let invoice = pick(random, &offices.sales_invoices(1))?.clone();
        self.free(&invoice, System::Erpnext)
            .then(|| on_invoice("cancel", &invoice))
    }

    fn amend(&mut self, random: &mut StdRng, offices: &Offices<'_>) -> Option<Deed> {
        let invoice = pick(random, &offices.sales_invoices(1))?.clone();
        self.free(&invoice, System::Erpnext).then_some(())?;
        let fields = if chance(random, 60) {
            let mut items: Vec<Value> = invoice["items"].as_array()?.clone();
            for item in &mut items {
                let keep = [
                    "item_name",
                    "description",
                    "qty",
                    "rate",
                    "uom",
                    "stock_uom",
                    "conversion_factor",
                    "income_account",
                    "item_tax_template",
                ];
                let kept: serde_json::Map<String, Value> = keep
                    .into_iter()
                    .filter(|key| !item[*key].is_null())
                    .map(|key| (key.to_owned(), item[key].clone()))
                    .collect();
                *item = Value::Object(kept);
            }
            items[0]["rate"] = number(random, &["15", "44.44", "3.21"]);
            json!({ "items": items })
        } else {
            json!({ "po_no": format!("A{}", random.random_range(1..999)) })
        };
        let mut deed = on_invoice("cancel", &invoice);
        deed.operations
            .push(json!({ "op": "amend", "name": invoice["name"], "fields": fields }));
        Some(deed)
    }

    fn void(&mut self, random: &mut StdRng, offices: &Offices<'_>) -> Option<Deed> {
        let invoice = pick(random, &offices.invoices("AUTHORISED"))?.clone();
        self.free(&invoice, System::Xero)
            .then(|| xero(json!({ "op": "void_invoice", "InvoiceID": invoice["InvoiceID"] })))
    }

    fn disable(&mut self, random: &mut StdRng, offices: &Offices<'_>) -> Option<Deed> {
        let customer = pick(random, &offices.customers())?.clone();
        self.free(&customer, System::Erpnext).then(|| {
            erpnext(json!({ "op": "disable", "doctype": "Customer", "name": customer["name"] }))
        })
    }

    fn archive(&mut self, random: &mut StdRng, offices: &Offices<'_>) -> Option<Deed> {
        let contact = pick(random, &offices.contacts())?.clone();
        self.free(&contact, System::Xero)
            .then(|| xero(json!({ "op": "archive_contact", "ContactID": contact["ContactID"] })))
    }
}

fn xero(operation: Value) -> Deed {
    Deed {
        system: System::Xero,
        operations: vec![operation],
    }
}

fn erpnext(operation: Value) -> Deed {
    Deed {
        system: System::Erpnext,
        operations: vec![operation],
    }
}

fn on_invoice(op: &str, invoice: &Value) -> Deed {
    erpnext(json!({ "op": op, "doctype": "Sales Invoice", "name": invoice["name"] }))
}

/// A number as JSON has it, exactly.
fn number(random: &mut StdRng, from: &[&str]) -> Value {
    let text = pick(random, from).copied().unwrap_or_default();
    serde_json::from_str(text).unwrap()
}

fn tax_number(random: &mut StdRng) -> String {
    format!("GB{}", random.random_range(100_000_000..999_999_999))
}

fn address(random: &mut StdRng) -> Value {
    json!({
        "AddressType": "POBOX", "AddressLine1": format!("{} High St", random.random_range(1..99)),
        "City": "Exeter", "PostalCode": "EX1 1AA", "Country": "United Kingdom",
    })
}

/// A name with the same first word.
fn renamed(random: &mut StdRng, name: &str) -> String {
    let first = name.split_whitespace().next().unwrap_or_default();
    let words = pick(random, &WORDS).copied().unwrap_or_default();
    format!("{first} {words} {}", random.random_range(1..99))
}

/// An invoice's lines as they are sent again.
fn kept_lines(invoice: &Value) -> Vec<Value> {
    let keep = [
        "LineItemID",
        "Description",
        "Quantity",
        "UnitAmount",
        "AccountCode",
        "TaxType",
        "DiscountRate",
    ];
    let lines = invoice["LineItems"].as_array().cloned().unwrap_or_default();
    lines
        .iter()
        .map(|line| {
            let kept: serde_json::Map<String, Value> = keep
                .into_iter()
                .filter(|key| !line[*key].is_null())
                .map(|key| (key.to_owned(), line[key].clone()))
                .collect();
            Value::Object(kept)
        })
        .collect()
}

#[cfg(test)]
mod tests;
