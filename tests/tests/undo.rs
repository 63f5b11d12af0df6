//! The undo of a sync, against the demo systems in this process, by the program's own clients.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;

use app::views::{ReconcileFilter, RunOutcome, UndoState, UndoView};
use sandbox::System;
use serde_json::{Value, json};
use tests::office::Office;

/// What of a record may be another after a sync and its undo, and why.
const MAY_DIFFER: [(&str, &str); 10] = [
    ("modified", "each write moves it, and our own payments"),
    ("modified_by", "who wrote last"),
    (
        "UpdatedDateUTC",
        "each write moves it, and our own payments",
    ),
    ("UpdatedDateUTCString", "the same"),
    ("DateUpdated", "the same"),
    (
        "first_name",
        "the site takes it from the name of a person when the customer is saved",
    ),
    ("last_name", "the same"),
    (
        "status",
        "the site says anew what is overdue when what paid it is cancelled",
    ),
    (
        "xero_",
        "our markers, and what people read on the form, stay on what is linked",
    ),
    ("counterfoil_", "the same"),
];

/// A system's tables, the field that names a row, and whether a row lives.
type Table = (&'static str, &'static str, fn(&Value) -> bool);

const XERO: [Table; 5] = [
    ("Contacts", "ContactID", |it| {
        it["ContactStatus"] == "ACTIVE"
    }),
    ("Invoices", "InvoiceID", |it| lives(&it["Status"])),
    ("CreditNotes", "CreditNoteID", |it| lives(&it["Status"])),
    ("Payments", "PaymentID", |it| lives(&it["Status"])),
    ("Overpayments", "OverpaymentID", |it| lives(&it["Status"])),
];

const ERPNEXT: [Table; 4] = [
    ("Customer", "name", |it| it["disabled"] != 1),
    ("Sales Invoice", "name", |it| it["docstatus"] != 2),
    ("Payment Entry", "name", |it| it["docstatus"] != 2),
    ("Journal Entry", "name", |it| it["docstatus"] != 2),
];

fn lives(status: &Value) -> bool {
    status != "VOIDED" && status != "DELETED"
}

/// Without the fields that may differ.
fn compared(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let may = |field: &str| {
                MAY_DIFFER.iter().any(|(known, _)| {
                    field == *known || known.ends_with('_') && field.starts_with(known)
                })
            };
            let kept = fields.iter().filter(|(field, _)| !may(field));
            let kept = kept.map(|(field, value)| (field.clone(), compared(value)));
            // A field that says nothing is no other than one that is not there.
            Value::Object(kept.filter(|(_, value)| !value.is_null()).collect())
        }
        Value::Array(all) => Value::Array(all.iter().map(compared).collect()),
        // The site stores nothing as an empty text once a customer is saved.
        Value::String(text) if text.is_empty() => Value::Null,
        other => other.clone(),
    }
}

/// The live records of both systems, by table and name.
fn live(office: &Office) -> BTreeMap<String, Value> {
    let mut live = BTreeMap::new();
    for (system, tables) in [
        (System::Xero, XERO.as_slice()),
        (System::Erpnext, ERPNEXT.as_slice()),
    ] {
        let state = office.state(system);
        for (table, name, is_live) in tables {
            for row in state[table].as_array().into_iter().flatten() {
                if is_live(row) {
                    let name = row[name].as_str().unwrap();
                    live.insert(format!("{table} {name}"), compared(row));
                }
            }
        }
    }
    live
}

/// Every record that is not as it was.
fn changed(before: &BTreeMap<String, Value>, after: &BTreeMap<String, Value>) -> Vec<String> {
    let mut changed = Vec::new();
    for (name, row) in before {
        match after.get(name) {
            None => changed.push(format!("{name} is gone")),
            Some(now) if now != row => {
                let fields = row.as_object().unwrap().keys();
                let fields = fields.chain(now.as_object().unwrap().keys());
                let mut differ: Vec<String> = fields
                    .filter(|field| row.get(*field) != now.get(*field))
                    .map(|field| format!("{field} {} → {}", row[field], now[field]))
                    .collect();
                differ.dedup();
                changed.push(format!("{name}: {}", differ.join(", ")));
            }
            Some(_) => {}
        }
    }
    let new = after.keys().filter(|name| !before.contains_key(*name));
    changed.extend(new.map(|name| format!("{name} is new")));
    changed
}

/// What stays, with why.
fn stays(view: &UndoView) -> Vec<String> {
    let stays = view.items.iter();
    let stays = stays.filter(|it| matches!(it.state, UndoState::Stays | UndoState::Failed));
    stays
        .map(|it| format!("{:?} {:?} {}: {}", it.side, it.kind, it.title, it.text))
        .collect()
}

/// How many invoices the first sync carries: `COUNTERFOIL_TEST_INVOICES` for more than these.
fn invoices() -> usize {
    let asked = std::env::var("COUNTERFOIL_TEST_INVOICES");
    asked.ok().and_then(|it| it.parse().ok()).unwrap_or(120)
}

#[tokio::test]
async fn after_the_undo_of_a_first_sync_no_record_lives_that_was_not_there_and_none_is_another() {
    let office = Office::open(60, invoices()).await;
    let before = live(&office);
    let first = office.sync().await;
    let written = first.records_written;
    assert!(written > 100, "{first:?}");
    let shown = office.app.preview_undo(first.id).await.unwrap();
    assert_eq!(stays(&shown), Vec::<String>::new());
    let synced = live(&office);
    assert_ne!(synced, before);
    let done = office.app.undo(first.id).await.unwrap();
    assert_eq!(stays(&done), Vec::<String>::new());
    assert_eq!(done.outcome, Some(RunOutcome::Done), "{:?}", done.error);
    assert_eq!(
        (done.undone, done.counts.clone()),
        (shown.undone, shown.counts)
    );
    let left = changed(&before, &live(&office));
    assert_eq!(left, Vec::<String>::new());
    for _ in 0..2 {
        let next = office.sync().await;
        assert_eq!(next.writes, 0, "{next:?}");
    }
    let left = changed(&before, &live(&office));
    assert_eq!(left, Vec::<String>::new());
    // All of it is named as left alone.
    let filter = ReconcileFilter {
        all: true,
        limit: 1_000,
    };
    let owed = office.app.reconcile(filter).await.unwrap();
    let text = serde_json::to_value(&owed).unwrap();
    assert!(!text.to_string().contains("unexplained:"), "{text:#}");
    let apart = owed
        .left_alone
        .iter()
        .filter(|it| it.rule.contains("kept apart"));
    assert!(apart.count() >= 2, "{:#?}", owed.left_alone);
    let again = office.app.undo(first.id).await.unwrap();
    assert_eq!((again.undone, again.stays), (0, 0));
    let undone = office.app.undo(done.by_run.unwrap()).await.unwrap_err();
    assert!(undone.to_string().contains("undo"), "{undone}");
}

fn edit(office: &Office, system: System, operation: &Value) -> Value {
    let done = office.edit(system, operation);
    done.unwrap_or_else(|why| panic!("{operation}: {why}"))
}

/// R34, with its figures, and a customer that has another document.
#[tokio::test]
async fn of_thirty_created_two_paid_and_one_edited_stay_and_are_named() {
    let office = Office::open(0, 0).await;
    let contact = |name: &str| {
        let create = json!({ "op": "create_contact", "Name": name });
        let made = edit(&office, System::Xero, &create);
        made["ContactID"].as_str().unwrap().to_owned()
    };
    let invoice = |number: &str, contact: &str| {
        let line = json!({ "Description": "Ferns", "Quantity": 1, "UnitAmount": 100, "AccountCode": "200",
            "TaxType": "NONE" });
        let create = json!({ "op": "create_invoice", "InvoiceNumber": number, "Type": "ACCREC",
            "Contact": { "ContactID": contact }, "Date": "2026-11-10", "DueDate": "2026-12-10",
            "Status": "AUTHORISED", "LineAmountTypes": "NoTax", "LineItems": [line] });
        edit(&office, System::Xero, &create);
    };
    let (acme, fern) = (contact("Acme"), contact("Fern"));
    for number in 1..=30 {
        invoice(
            &format!("INV-{number:04}"),
            if number <= 20 { &acme } else { &fern },
        );
    }
    let first = office.sync().await;
    assert_eq!(
        (first.records_written, first.exceptions),
        (32, 0),
        "{first:?}"
    );
    let company = office.books.ready.erpnext.company.clone();
    let pay = |number: &str| {
        let row = json!({ "reference_doctype": "Sales Invoice", "reference_name": number,
            "allocated_amount": 100 });
        let fields = json!({ "payment_type": "Receive", "company": company,
            "posting_date": "2026-11-21", "party_type": "Customer", "party": "Acme",
            "paid_from": "Debtors - MF", "paid_to": "Business Bank Account - MF", "paid_amount": 100,
            "received_amount": 100, "source_exchange_rate": 1, "target_exchange_rate": 1,
            "reference_no": "BACS", "reference_date": "2026-11-21", "references": [row] });
        let create =
            json!({ "op": "create", "doctype": "Payment Entry", "fields": fields, "submit": true });
        edit(&office, System::Erpnext, &create)["name"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let paid = [pay("INV-0003"), pay("INV-0004")];
    let order = json!({ "op": "update", "doctype": "Sales Invoice", "name": "INV-0005",
        "fields": { "po_no": "PO-78" } });
    edit(&office, System::Erpnext, &order);
    let done = office.app.undo(first.id).await.unwrap();
    assert_eq!((done.undone, done.stays), (28, 4), "{:#?}", stays(&done));
    let named = stays(&done).join("\n");
    for part in [&*paid[0], &*paid[1], "INV-0005", "PO-78", "Acme"] {
        assert!(named.contains(part), "{part}: {named}");
    }
    let erpnext = office.state(System::Erpnext);
    let of = |doctype: &str, is: &dyn Fn(&Value) -> bool| {
        let rows = erpnext[doctype].as_array().unwrap().iter();
        rows.filter(|it| is(it)).count()
    };
    assert_eq!(of("Payment Entry", &|it| it["docstatus"] == 1), 2);
    assert_eq!(of("Sales Invoice", &|it| it["docstatus"] == 2), 27);
    assert_eq!(of("Sales Invoice", &|it| it["docstatus"] == 1), 3);
    assert_eq!(of("Customer", &|it| it["disabled"] == 1), 1);
    // What stays is carried as before: the payments to Xero, and the order's number.
    let next = office.sync().await;
    assert_eq!((next.to_erpnext, next.exceptions), (0, 0), "{next:?}");
    assert_eq!(office.sync().await.writes, 0);
}
