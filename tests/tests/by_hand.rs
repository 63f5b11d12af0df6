//! What people do by hand in one of both systems, and what the system makes of it, with the program as they
//! meet it.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use app::SyncRequest;
use rust_decimal::Decimal;
use sandbox::System;
use serde_json::{Value, json};
use tests::office::Office;

fn amount(value: &Value) -> Decimal {
    value.to_string().parse().unwrap()
}

fn on(doctype: &str, op: &str, name: &Value) -> Value {
    json!({ "op": op, "doctype": doctype, "name": name })
}

/// A document is cancelled and deleted in ERPNext, which gives its name to the next one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_next_document_of_that_name_is_carried_beside_the_voided_one() {
    let office = Office::open(4, 12).await;
    office.sync().await;
    let act = |operation: Value| office.edit(System::Erpnext, &operation).unwrap();
    act(json!({
        "op": "update", "doctype": "Accounts Settings", "name": "Accounts Settings",
        "fields": { "delete_linked_ledger_entries": 1 },
    }));
    let customers = office.state(System::Erpnext)["Customer"].clone();
    let mut customers = customers.as_array().unwrap().iter();
    let mut sell = |rate: u32| {
        let customer = customers
            .find(|it| it["disabled"] != 1 && it["xero_contact_id"].is_string())
            .unwrap();
        act(json!({
            "op": "create", "doctype": "Sales Invoice", "submit": true,
            "fields": {
                "customer": customer["name"], "company": sandbox::books::COMPANY,
                "set_posting_time": 1, "posting_date": "2026-11-20", "due_date": "2026-12-20",
                "items": [{
                    "item_name": "Roses", "description": "Roses", "qty": 1, "rate": rate, "uom": "Hour",
                    "stock_uom": "Hour", "conversion_factor": 1, "income_account": "Sales - MF",
                }],
            },
        }))
    };
    let first = sell(100);
    let before = office.sync().await.exceptions;
    act(on("Sales Invoice", "cancel", &first["name"]));
    act(on("Sales Invoice", "delete", &first["name"]));
    let next = sell(70);
    assert_eq!(next["name"], first["name"], "the site gives it again");

    // In Xero the one is voided in the run that makes the other, or before it.
    for _ in 0..2 {
        office.sync().await;
    }
    let run = office.sync().await;
    let attention = office.app.attention().await.unwrap();
    assert_eq!((run.writes, run.exceptions), (0, before), "{attention:?}");
    let number = next["name"].as_str().unwrap();
    let xero = office.state(System::Xero);
    let invoices = xero["Invoices"].as_array().unwrap().iter();
    let mut ours: Vec<_> = invoices
        .filter(|it| it["InvoiceNumber"].as_str().unwrap().starts_with(number))
        .map(|it| {
            let text = |key: &str| it[key].as_str().unwrap().to_owned();
            let total = it["Total"].to_string();
            (text("InvoiceNumber"), text("Status"), total)
        })
        .collect();
    ours.sort();
    assert_eq!(
        ours,
        [
            (number.to_owned(), "VOIDED".to_owned(), "100.00".to_owned()),
            (
                format!("{number} (2)"),
                "AUTHORISED".to_owned(),
                "70.00".to_owned()
            ),
        ]
    );
}

/// Xero changes the due date of an invoice that is paid in part without saying that it changed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_due_date_that_xero_tells_nobody_is_seen_when_all_is_compared() {
    let office = Office::open(4, 12).await;
    office.sync().await;
    let before = office.sync().await.exceptions;
    let unpaid = office.unpaid_invoices();
    let id = unpaid[0]["xero_invoice_id"].as_str().unwrap();
    let act = |operation: Value| office.edit(System::Xero, &operation).unwrap();
    act(json!({ "op": "pay_invoice", "InvoiceID": id, "Amount": 1, "Date": "2026-11-21" }));
    office.sync().await;
    let number = unpaid[0]["name"].as_str().unwrap();
    let said = async || {
        let attention = office.app.attention().await.unwrap();
        let records = attention.groups.iter().flat_map(|group| &group.records);
        let mut ours: Vec<_> = records
            .filter(|it| it.title == number)
            .map(|it| it.message.clone())
            .collect();
        ours.dedup();
        ours
    };
    // Until a pass does not look at it again.
    for _ in 0..5 {
        assert_eq!(office.sync().await.exceptions, before);
    }

    act(json!({ "op": "edit_invoice", "InvoiceID": id, "DueDate": "2027-02-01" }));
    office.sync().await;
    assert_eq!(said().await, [""; 0], "nothing told it");
    let request = SyncRequest {
        full: true,
        ..SyncRequest::default()
    };
    office.app.sync_with(request).await.unwrap();
    // A submitted invoice that is paid takes no other there: it is freed of the payment, replaced, and paid again.
    assert_eq!(said().await, [""; 0]);
    let state = office.state(System::Erpnext);
    let invoices = state["Sales Invoice"].as_array().unwrap().iter();
    let standing: Vec<_> = invoices
        .filter(|it| {
            let marker = it["xero_invoice_id"].as_str();
            it["docstatus"] == 1 && marker.is_some_and(|it| it.starts_with(id))
        })
        .map(|it| (it["due_date"].clone(), amount(&it["outstanding_amount"])))
        .collect();
    let owed = amount(&unpaid[0]["outstanding_amount"]) - Decimal::ONE;
    assert_eq!(standing, [(json!("2027-02-01"), owed)]);
    let run = office.sync().await;
    assert_eq!((run.writes, run.exceptions), (0, before));
}
