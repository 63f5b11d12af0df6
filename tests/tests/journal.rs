//! The journal is what is sent: whatever changes something on a side is in it, word for word, before it
//! goes out, and the log shows what it was answered with.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use app::views::{LogFilter, Outcome};
use sandbox::System;
use serde_json::{Value, json};
use tests::office::Office;

fn rows(office: &Office, system: System, what: &str) -> Vec<Value> {
    let state = office.state(system);
    state[what].as_array().cloned().unwrap_or_default()
}

#[expect(clippy::needless_pass_by_value, reason = "written in place")]
fn xero(office: &Office, operation: Value) {
    office.edit(System::Xero, &operation).unwrap();
}

#[expect(clippy::needless_pass_by_value, reason = "written in place")]
fn erpnext(office: &Office, operation: Value) {
    office.edit(System::Erpnext, &operation).unwrap();
}

/// People change what there is, in every way that is carried.
fn ordinary_work(office: &Office) {
    for (index, contact) in rows(office, System::Xero, "Contacts")
        .iter()
        .take(3)
        .enumerate()
    {
        xero(
            office,
            json!({
                "op": "edit_contact",
                "ContactID": contact["ContactID"],
                "EmailAddress": format!("z{index}@x.example"),
                "Addresses": [{"AddressType": "POBOX", "AddressLine1": format!("{index} High St"),
                    "City": "Exeter", "PostalCode": "EX1", "Country": "United Kingdom"}],
                "Phones": [{"PhoneType": "DEFAULT", "PhoneNumber": format!("0161 {index}")}],
            }),
        );
    }
    let customers = rows(office, System::Erpnext, "Customer");
    let known = customers.last().unwrap();
    erpnext(
        office,
        json!({"op": "update", "doctype": "Customer", "name": known["name"],
        "fields": {"tax_id": "GB 980780684"}}),
    );
    let new = json!({"customer_name": "Kestrel & Daughters", "customer_type": "Company"});
    erpnext(
        office,
        json!({"op": "create", "doctype": "Customer", "fields": new}),
    );
    xero(
        office,
        json!({"op": "create_contact", "Name": "Merlin Bakery", "EmailAddress": "m@x.example"}),
    );
    let [replaced, renumbered, cancelled, amended, ..] = &office.unpaid_invoices()[..] else {
        panic!("the demo books have unpaid invoices");
    };
    let in_xero = |invoice: &Value| invoice["xero_invoice_id"].clone();
    xero(
        office,
        json!({"op": "edit_invoice", "InvoiceID": in_xero(replaced), "DueDate": "2027-01-31"}),
    );
    xero(
        office,
        json!({"op": "edit_invoice", "InvoiceID": in_xero(renumbered), "Reference": "PO 77"}),
    );
    for invoice in [cancelled, amended] {
        erpnext(
            office,
            json!({"op": "cancel", "doctype": "Sales Invoice", "name": invoice["name"]}),
        );
    }
    erpnext(
        office,
        json!({"op": "amend", "name": amended["name"], "fields": {"po_no": "amended"}}),
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_write_is_journalled_as_it_goes_out_and_its_answer_is_shown() {
    let office = Office::open(5, 40).await;
    let set_up = office.witness.seen();
    assert_eq!(set_up.missing, Vec::<String>::new());
    assert_eq!(
        set_up.of_set_up,
        erpnext::marker_fields::COUNT + erpnext::form_scripts::COUNT
    );

    office.sync().await;
    ordinary_work(&office);
    office.sync().await;
    // What was left of it is ended in Xero.
    if let Some(invoice) = office.unpaid_invoices().last() {
        let id = invoice["xero_invoice_id"].as_str().unwrap();
        let id = id.split('#').next().unwrap();
        xero(&office, json!({"op": "void_invoice", "InvoiceID": id}));
    }
    office.sync().await;
    let seen = office.witness.seen();
    assert_eq!(seen.missing, Vec::<String>::new());
    println!("{} writes: {:#?}", seen.writes, seen.kinds);
    for kind in [
        "PUT /api.xro/2.0/Contacts null",
        "POST /api.xro/2.0/Contacts null",
        "PUT /api.xro/2.0/Invoices null",
        "POST /api.xro/2.0/Invoices null",
        "POST /api/v2/document null",
        "POST /api/method/frappe.client.bulk_update null",
        "POST /api/method/frappe.client.insert_many 1",
        "PUT /api/resource/Contact null",
        "PUT /api/resource/Sales%20Invoice 1",
        "PUT /api/resource/Sales%20Invoice 2",
    ] {
        assert!(
            seen.kinds.contains(kind),
            "{kind} was not among {:#?}",
            seen.kinds
        );
    }
    answers_are_shown(&office).await;
}

/// Each line about a write shows its requests, and what each was answered with.
async fn answers_are_shown(office: &Office) {
    let filter = LogFilter {
        outcomes: vec![Outcome::Agrees, Outcome::Voided],
        ..LogFilter::default()
    };
    let lines = office.app.log(filter, None, 500).await.unwrap().lines;
    assert!(lines.len() >= 15, "{}", lines.len());
    for line in lines {
        let detail = office.app.log_detail(line.id).await.unwrap();
        assert!(!detail.exchanges.is_empty(), "{line:?}");
        for exchange in &detail.exchanges {
            let answer = exchange.answer.as_deref().unwrap_or_default();
            let (status, body) = answer.split_once('\n').unwrap_or_default();
            assert!(matches!(status, "200" | "202"), "{exchange:?}");
            assert!(serde_json::from_str::<Value>(body).is_ok(), "{exchange:?}");
        }
    }
    let set_up = LogFilter {
        text: Some("Client Script".to_owned()),
        ..LogFilter::default()
    };
    let lines = office.app.log(set_up, None, 10).await.unwrap().lines;
    assert_eq!(lines.len(), erpnext::form_scripts::COUNT);
    let detail = office.app.log_detail(lines[0].id).await.unwrap();
    assert!(
        detail.exchanges[0]
            .answer
            .as_deref()
            .unwrap()
            .starts_with("200\n")
    );
}
