//! A payment that is entered in ERPNext for an invoice and a credit note: in Xero a payment, and the use of the
//! credit note. Against the demo systems in this process, by the program's own clients.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use sandbox::System;
use serde_json::{Value, json};
use tests::office::Office;

fn edit(office: &Office, system: System, operation: &Value) -> Value {
    let done = office.edit(system, operation);
    done.unwrap_or_else(|why| panic!("{operation}: {why}"))
}

fn rows(office: &Office, system: System, table: &str) -> Vec<Value> {
    let state = office.state(system);
    state[table].as_array().cloned().unwrap_or_default()
}

fn created(office: &Office, doctype: &str, fields: &Value) -> String {
    let create = json!({ "op": "create", "doctype": doctype, "fields": fields, "submit": true });
    let made = edit(office, System::Erpnext, &create);
    made["name"].as_str().unwrap().to_owned()
}

/// An invoice of ERPNext, or a return where the quantity is below nothing.
fn document(office: &Office, quantity: i64, price: i64) -> String {
    let line = json!({ "item_name": "Ferns", "description": "Ferns", "qty": quantity, "rate": price,
        "uom": "Hour", "stock_uom": "Hour", "conversion_factor": 1, "income_account": "Sales - MF" });
    let mut fields = json!({ "customer": "Acme", "company": office.books.ready.erpnext.company,
        "posting_date": "2026-11-20", "due_date": "2026-12-20", "set_posting_time": 1,
        "disable_rounded_total": 1, "is_return": u8::from(quantity < 0), "items": [line] });
    if quantity < 0 {
        fields["due_date"] = json!("2026-11-20");
    }
    created(office, "Sales Invoice", &fields)
}

/// Money of this amount for these documents.
fn payment(office: &Office, parts: &[(&str, i64)], amount: i64) -> String {
    let rows: Vec<Value> = parts
        .iter()
        .map(|(name, amount)| {
            json!({ "reference_doctype": "Sales Invoice", "reference_name": name,
                "allocated_amount": amount })
        })
        .collect();
    let fields = json!({ "payment_type": "Receive", "company": office.books.ready.erpnext.company,
        "posting_date": "2026-11-21", "party_type": "Customer", "party": "Acme",
        "paid_from": "Debtors - MF", "paid_to": "Business Bank Account - MF", "paid_amount": amount,
        "received_amount": amount, "source_exchange_rate": 1, "target_exchange_rate": 1,
        "reference_no": "BACS", "reference_date": "2026-11-21", "references": rows });
    created(office, "Payment Entry", &fields)
}

fn cancel(office: &Office, name: &str) {
    let cancel = json!({ "op": "cancel", "doctype": "Payment Entry", "name": name });
    edit(office, System::Erpnext, &cancel);
}

/// What Xero has: the payments that stand, what is due of invoices, and the uses of credit notes.
fn in_xero(office: &Office) -> (Vec<String>, Vec<String>, Vec<String>) {
    let text = |value: &Value| {
        let amount: rust_decimal::Decimal = value.to_string().parse().unwrap();
        amount.normalize().to_string()
    };
    let standing = rows(office, System::Xero, "Payments").into_iter();
    let standing = standing.filter(|it| it["Status"] == "AUTHORISED");
    let payments = standing.map(|it| text(&it["Amount"])).collect();
    let due = rows(office, System::Xero, "Invoices");
    let due = due.iter().map(|it| text(&it["AmountDue"])).collect();
    let notes = rows(office, System::Xero, "CreditNotes");
    let uses = notes
        .iter()
        .flat_map(|note| note["Allocations"].as_array().cloned().unwrap_or_default());
    let uses = uses.map(|it| text(&it["Amount"])).collect();
    (payments, due, uses)
}

fn told(of: &[&str]) -> Vec<String> {
    of.iter().map(|it| (*it).to_owned()).collect()
}

/// An office in which ERPNext has an invoice of 100.00, a return of 40.00, and a payment of 60.00 for both, and
/// Xero what these are there; the payment's name.
async fn carried() -> (Office, String) {
    let office = Office::open(0, 0).await;
    let fields = json!({ "customer_name": "Acme" });
    let customer = json!({ "op": "create", "doctype": "Customer", "fields": fields });
    edit(&office, System::Erpnext, &customer);
    let (invoice, note) = (document(&office, 1, 100), document(&office, -1, 40));
    let name = payment(&office, &[(&invoice, 100), (&note, -40)], 60);
    office.agreed().await;
    assert_eq!(
        in_xero(&office),
        (told(&["60"]), told(&["0"]), told(&["40"]))
    );
    (office, name)
}

#[tokio::test]
async fn it_is_a_payment_and_a_use_and_both_end_in_one_run() {
    let (office, name) = carried().await;
    cancel(&office, &name);
    office.agreed().await;
    assert_eq!(in_xero(&office), (told(&[]), told(&["100"]), told(&[])));
}

/// Cancelled and entered again with less of the credit note.
#[tokio::test]
async fn what_is_amended_is_carried_as_it_is_then() {
    let (office, name) = carried().await;
    let entry = rows(&office, System::Erpnext, "Payment Entry").remove(0);
    let documents: Vec<String> = (entry["references"].as_array().unwrap().iter())
        .map(|row| row["reference_name"].as_str().unwrap().to_owned())
        .collect();
    cancel(&office, &name);
    payment(&office, &[(&documents[0], 100), (&documents[1], -30)], 70);
    office.agreed().await;
    assert_eq!(
        in_xero(&office),
        (told(&["70"]), told(&["0"]), told(&["30"]))
    );
}

/// 120.00 of two credit notes settle the first of two invoices, by their names, and a part of the second.
#[tokio::test]
async fn several_of_both_are_divided_by_their_names() {
    let office = Office::open(0, 0).await;
    let fields = json!({ "customer_name": "Acme" });
    let customer = json!({ "op": "create", "doctype": "Customer", "fields": fields });
    edit(&office, System::Erpnext, &customer);
    let documents = [(1, 100), (1, 70), (-1, 40), (-1, 80)];
    let [first, second, small, large] =
        documents.map(|(quantity, price)| document(&office, quantity, price));
    let parts = [
        (large.as_str(), -80),
        (second.as_str(), 70),
        (small.as_str(), -40),
        (first.as_str(), 100),
    ];
    payment(&office, &parts, 50);
    office.agreed().await;
    let (payments, due, mut uses) = in_xero(&office);
    uses.sort();
    assert_eq!((payments, due), (told(&["50"]), told(&["0", "0"])));
    assert_eq!(uses, ["20", "40", "60"]);
}

/// Half of it is undone in Xero: a person is asked, and nothing is cancelled until the other half is gone too.
#[tokio::test]
async fn what_is_taken_back_in_xero_by_half_is_asked_about() {
    for payment_first in [true, false] {
        let (office, _) = carried().await;
        let unpay = || {
            let id = rows(&office, System::Xero, "Payments")[0]["PaymentID"].clone();
            json!({ "op": "delete_payment", "PaymentID": id })
        };
        let release = || {
            let note = rows(&office, System::Xero, "CreditNotes").remove(0);
            json!({ "op": "remove_allocation", "CreditNoteID": note["CreditNoteID"],
                "AllocationID": note["Allocations"][0]["AllocationID"] })
        };
        let (first, then) = if payment_first {
            (unpay(), release())
        } else {
            (release(), unpay())
        };
        edit(&office, System::Xero, &first);
        let run = office.sync().await;
        let asks = office.asked().await;
        assert_eq!((run.writes, asks.len()), (0, 1), "{asks:?}");
        let cause = if payment_first {
            "cannot_void"
        } else {
            "cannot_edit"
        };
        assert_eq!(asks, [cause]);
        let standing = rows(&office, System::Erpnext, "Payment Entry");
        assert!(standing.iter().all(|it| it["docstatus"] == 1));
        edit(&office, System::Xero, &then);
        office.agreed().await;
        let ended = rows(&office, System::Erpnext, "Payment Entry");
        assert!(ended.iter().all(|it| it["docstatus"] == 2));
        assert_eq!(in_xero(&office), (told(&[]), told(&["100"]), told(&[])));
    }
}
