//! A person cancels a document of ours in ERPNext and presses Amend in its form, which copies every field.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use cli::audit::Difference;
use sandbox::System;
use serde_json::{Value, json};
use tests::office::Office;

fn name(invoice: &Value) -> String {
    invoice["name"].as_str().unwrap().to_owned()
}

fn cancel(office: &Office, invoice: &Value) {
    let operation = json!({"op": "cancel", "doctype": "Sales Invoice", "name": name(invoice)});
    office.edit(System::Erpnext, &operation).unwrap();
}

fn amend(office: &Office, invoice: &Value) -> Result<Value, String> {
    let fields = json!({"po_no": "amended"});
    let operation = json!({"op": "amend", "name": name(invoice), "fields": fields});
    office.edit(System::Erpnext, &operation)
}

/// The invoice in Xero that an ERPNext invoice's marker names.
fn counterpart(office: &Office, invoice: &str) -> Value {
    let erpnext = office.state(System::Erpnext);
    let of = |rows: &Value, key: &str, wanted: &str| {
        let rows = rows.as_array().unwrap();
        rows.iter().find(|row| row[key] == wanted).unwrap().clone()
    };
    let held = of(&erpnext["Sales Invoice"], "name", invoice);
    let marker = held["xero_invoice_id"].as_str().expect("it is marked");
    let id = marker.split('#').next().unwrap();
    of(&office.state(System::Xero)["Invoices"], "InvoiceID", id)
}

/// Nothing more is written, nobody is asked anything new, and both books agree but for what they began
/// with.
async fn at_rest(office: &Office, before: &(u32, Vec<Difference>)) {
    let run = office.sync().await;
    let attention = office.app.attention().await.unwrap();
    assert_eq!((run.writes, run.exceptions), (0, before.0), "{attention:?}");
    assert_eq!(office.differences(), before.1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_carried_whether_a_sync_came_between_or_not() {
    let office = Office::open(4, 30).await;
    let first = office.sync().await;
    let before = (first.exceptions, office.differences());
    let [late, at_once, ..] = &office.unpaid_invoices()[..] else {
        panic!("the demo books have unpaid invoices");
    };

    // Cancelled, synced, and amended later: a new invoice in Xero.
    let old = counterpart(&office, &name(late));
    cancel(&office, late);
    office.sync().await;
    let amended = amend(&office, late).expect("the form empties our fields");
    assert!(amended["xero_invoice_id"].is_null(), "{amended}");
    office.sync().await;
    let new = counterpart(&office, &name(&amended));
    assert_ne!(new["InvoiceID"], old["InvoiceID"]);
    assert_eq!(new["Reference"], "amended");
    at_rest(&office, &before).await;

    // Cancelled and amended between two syncs: the same invoice in Xero.
    let old = counterpart(&office, &name(at_once));
    cancel(&office, at_once);
    let amended = amend(&office, at_once).expect("the form empties our fields");
    office.sync().await;
    let same = counterpart(&office, &name(&amended));
    assert_eq!(same["InvoiceID"], old["InvoiceID"]);
    assert_eq!(same["Reference"], "amended");
    at_rest(&office, &before).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_our_script_the_site_refuses_it() {
    let office = Office::open(2, 6).await;
    office.sync().await;
    let invoice = office.unpaid_invoices().swap_remove(0);
    cancel(&office, &invoice);
    let switched_off = json!({
        "op": "update",
        "doctype": "Client Script",
        "name": "Counterfoil: Amend Sales Invoice",
        "fields": {"enabled": 0},
    });
    office.edit(System::Erpnext, &switched_off).unwrap();
    let refused = amend(&office, &invoice).unwrap_err();
    assert!(refused.contains("must be unique"), "{refused}");
}
