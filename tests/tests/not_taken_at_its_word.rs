//! Answers of Xero that are not what they look like, and what a program that died had spent there.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use sandbox::System;
use serde_json::{Value, json};
use tests::office::Office;
use tests::scenario::Death;

/// An invoice in ERPNext that Xero does not have yet; its name.
fn sell(office: &Office) -> String {
    let customers = office.state(System::Erpnext)["Customer"].clone();
    let items = json!([{ "item_name": "Ferns", "description": "Ferns", "qty": 1, "rate": 100,
        "uom": "Nos", "stock_uom": "Nos", "conversion_factor": 1, "income_account": "Sales - MF" }]);
    let fields = json!({
        "customer": customers[0]["name"], "company": office.books.ready.erpnext.company,
        "posting_date": "2026-11-20", "set_posting_time": 1, "due_date": "2026-12-20",
        "disable_rounded_total": 1, "items": items,
    });
    let operation =
        json!({ "op": "create", "doctype": "Sales Invoice", "submit": true, "fields": fields });
    let made = office.edit(System::Erpnext, &operation).unwrap();
    made["name"].as_str().unwrap().to_owned()
}

/// Both agree, and then an invoice is to be carried to Xero, which answers that one request with this.
async fn answered_with(status: u16, body: impl Fn(&Office, &str) -> Value) -> (Office, String) {
    let office = Office::open(1, 0).await;
    office.sync().await;
    let name = sell(&office);
    let answer = json!({ "status": status, "body": body(&office, &name) });
    let rule =
        json!({ "method": "PUT", "path": "/Invoices", "times": 1, "effect": { "refuse": answer } });
    office.faults(System::Xero, json!([rule]));
    (office, name)
}

/// It is in Xero, once, and both name each other; nobody is asked.
async fn carried(office: &Office, name: &str) {
    let state = office.state(System::Xero);
    let invoices = state["Invoices"].as_array().unwrap();
    let of_name: Vec<_> = invoices
        .iter()
        .filter(|it| it["InvoiceNumber"] == name)
        .collect();
    assert_eq!(of_name.len(), 1, "{invoices:#?}");
    let state = office.state(System::Erpnext);
    let documents = state["Sales Invoice"].as_array().unwrap();
    let document = documents.iter().find(|it| it["name"] == name).unwrap();
    assert_eq!(document["xero_invoice_id"], of_name[0]["InvoiceID"]);
    let asked = office.app.attention().await.unwrap();
    assert!(asked.groups.is_empty(), "{:?}", asked.groups);
    assert_eq!(office.sync().await.writes, 0);
}

/// Xero says so in words that it sends with any status (seen by others in answers of its API).
#[tokio::test]
async fn a_fault_of_xeros_own_is_tried_again_by_itself_although_it_comes_as_a_refusal() {
    let (office, name) = answered_with(400, |_, name| {
        let words = "An error occurred in Xero. Check the API Status page \
            http://status.developer.xero.com for current service status. Contact the API support team at \
            api@xero.com for more assistance.";
        json!({
            "ErrorNumber": 10, "Type": "ValidationException", "Message": "A validation exception occurred",
            "Elements": [{ "InvoiceNumber": name, "ValidationErrors": [{ "Message": words }] }],
        })
    })
    .await;
    for _ in 0..2 {
        office.sync().await;
    }
    carried(&office, &name).await;
}

/// Nothing was created, no error is named, and the identity is of zeros.
#[tokio::test]
async fn an_identity_of_zeros_is_none_and_what_it_stands_for_is_looked_up() {
    let (office, name) = answered_with(200, |office, name| {
        let state = office.state(System::Xero);
        let contact = &state["Contacts"][0];
        let contact = json!({ "ContactID": contact["ContactID"], "Name": contact["Name"] });
        json!({ "Id": "1", "Status": "OK", "Invoices": [{
            "Type": "ACCREC", "InvoiceNumber": name, "HasErrors": false, "Status": "AUTHORISED",
            "InvoiceID": "00000000-0000-0000-0000-000000000000", "Contact": contact,
            "Date": "/Date(1795132800000+0000)/", "DueDate": "/Date(1797724800000+0000)/",
            "LineAmountTypes": "NoTax", "CurrencyCode": "GBP", "SubTotal": 100.0, "TotalTax": 0.0,
            "Total": 100.0, "AmountDue": 100.0, "LineItems": [],
        }] })
    })
    .await;
    for _ in 0..2 {
        office.sync().await;
    }
    carried(&office, &name).await;
}

/// Sixty calls a minute are allowed. What programs that died had used of them counts for the next.
#[tokio::test]
async fn what_was_spent_before_a_death_is_not_spent_again() {
    let mut office = Office::open(2, 4).await;
    office.sync().await;
    let calls = |office: &Office| {
        let calls = office.books.with_books(|books| books.calls(System::Xero));
        calls.as_array().unwrap().clone()
    };
    let before = calls(&office).len();
    // None of them comes to the end of a run, where everything is kept that was learned.
    for at in (40..56).cycle().take(60) {
        if calls(&office).len() > before + 70 {
            break;
        }
        office.die(Death { at, after: true }).await;
    }
    let calls = calls(&office);
    assert!(calls.len() > before + 70, "{} calls", calls.len() - before);
    let refused = calls.iter().filter(|call| call["status"] == 429);
    assert_eq!(refused.count(), 0);
}
