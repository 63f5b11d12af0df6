//! What is said before the first write: what the sides will do by themselves with what is made there, and what
//! they will not take.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use app::views::{CheckItem, CheckState, RunOutcome};
use app::{App, SyncRequest};
use chrono::Utc;
use common::{demo_books_of, open, person, set_up};
use erpnext::{Client, site};
use http::Method;
use sandbox::System;
use sandbox::consent::Press;
use sandbox::server::Running;
use serde_json::{Value, json};

async fn make(person: &Client, doctype: &str, body: Value) -> Result<String, erpnext::Error> {
    let path = site::doctype(doctype);
    let made = person.write(Method::POST, &path, &body).await?;
    Ok(made["data"]["name"].as_str().unwrap().to_owned())
}

async fn item(app: &App, id: &str) -> CheckItem {
    let view = app.check().await.unwrap();
    view.items.into_iter().find(|item| item.id == id).unwrap()
}

/// An invoice of Xero.
fn raise(books: &Running, contact: &str, number: &str) {
    let raise = json!({
        "op": "create_invoice", "Contact": {"Name": contact}, "InvoiceNumber": number,
        "Date": "2026-11-01", "DueDate": "2026-12-01", "Status": "AUTHORISED",
        "LineItems": [{"Description": "Work", "Quantity": 1, "UnitAmount": 10, "AccountCode": "200", "TaxType": "OUTPUT2"}],
    });
    let made = books.with_books(|books| books.edit(System::Xero, &raise, Utc::now()));
    made.unwrap();
}

/// What a person does in Document Naming Settings.
async fn move_series(person: &Client, prefix: &str, to: u64) {
    let form = "Document Naming Settings";
    let mut filled = person.document(form, form).await.unwrap().unwrap();
    filled["prefix"] = json!(prefix);
    filled["current_value"] = json!(to);
    let arguments = json!({"docs": filled.to_string(), "method": "update_series_start"});
    person.ask("run_doc_method", &arguments).await.unwrap();
}

/// Has the site name its invoices by this series.
async fn name_by(person: &Client, pattern: &str) {
    for property in ["options", "default"] {
        let setter = json!({
            "doctype_or_field": "DocField", "doc_type": "Sales Invoice", "field_name": "naming_series",
            "property": property, "property_type": "Text", "value": pattern,
        });
        make(person, "Property Setter", setter).await.unwrap();
    }
}

/// An invoice that somebody enters on the site.
async fn enter(person: &Client, books: &Running) -> Result<String, erpnext::Error> {
    let state = books.with_books(|books| books.state(System::Erpnext));
    let customer = &state["Customer"][0]["name"];
    let invoice = json!({
        "customer": customer, "company": books.ready.erpnext.company, "set_posting_time": 1,
        "posting_date": "2026-11-20", "due_date": "2026-12-20",
        "items": [{
            "item_name": "Roses", "description": "Roses", "qty": 1, "rate": 10, "uom": "Hour",
            "stock_uom": "Hour", "conversion_factor": 1, "income_account": "Sales - MF",
        }],
    });
    make(person, "Sales Invoice", invoice).await
}

/// One that is submitted, with its due date.
async fn enter_submitted(person: &Client, books: &Running, due: &str) -> String {
    let name = enter(person, books).await.unwrap();
    let path = site::document("Sales Invoice", &name);
    let body = json!({"posting_date": "2026-05-01", "due_date": due, "payment_schedule": [], "docstatus": 1});
    person.write(Method::PUT, &path, &body).await.unwrap();
    name
}

/// 500 invoices come to a site whose own series stands at 120.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn numbers_that_come_to_stand_in_the_way_of_the_sites_own_series_are_said_before_the_first_write()
 {
    let books = demo_books_of(2, 0).await;
    let folder = tempfile::tempdir().unwrap();
    let app = open(folder.path(), &books, Press::Allow);
    set_up(&app, &books).await;
    app.install_marker_fields().await.unwrap();
    let person = person(&books);
    let numbers = item(&app, "erpnext_numbers").await;
    assert_eq!(numbers.state, CheckState::Passed, "{numbers:?}");
    assert_eq!(
        numbers.found,
        "Nothing stands in the way of ACC-SINV-2026-00001; ACC-SINV-RET-2026-00001"
    );
    name_by(&person, "INV-.####").await;
    move_series(&person, "INV-", 120).await;
    let contact = books.with_books(|books| books.state(System::Xero));
    let contact = contact["Contacts"][0]["Name"].as_str().unwrap().to_owned();
    for number in 1..=500 {
        raise(&books, &contact, &format!("INV-{number:04}"));
    }

    let preview = app.preview().await.unwrap();
    assert_eq!(preview.to_erpnext.invoices, 500);
    let said = "ERPNext's own series INV-.#### stands at 120, and 380 numbers ahead of it, from INV-0121 to \
                INV-0500, come from Xero. The next document that somebody enters there by this series is \
                INV-0121: ERPNext refuses it as existing, and every one after it too, because a refused number \
                is not used up. If people go on entering invoices in both systems, give those in ERPNext a \
                series that begins otherwise than Xero's numbers. If Xero gives out no more such numbers, set \
                the Current Value of the prefix INV- to 500, in Document Naming Settings.";
    assert!(
        preview.warnings.contains(&said.to_owned()),
        "{:?}",
        preview.warnings
    );
    let numbers = item(&app, "erpnext_numbers").await;
    assert_eq!(numbers.state, CheckState::Warning);
    assert!(
        numbers.found.contains("380 numbers ahead of it"),
        "{numbers:?}"
    );

    let run = app.sync_with(SyncRequest::default()).await.unwrap();
    assert_eq!(run.outcome, RunOutcome::Agrees, "{run:?}");
    // As it was said; and a refused number is not used up.
    for _ in 0..2 {
        let refused = enter(&person, &books).await.unwrap_err();
        assert!(refused.to_string().contains("INV-0121"), "{refused}");
    }
    let numbers = item(&app, "erpnext_numbers").await;
    assert!(
        numbers
            .found
            .contains("from INV-0121 to INV-0500, are taken already"),
        "{numbers:?}"
    );
    // The way out, as it was said.
    move_series(&person, "INV-", 500).await;
    assert_eq!(enter(&person, &books).await.unwrap(), "INV-0501");
    let numbers = item(&app, "erpnext_numbers").await;
    assert_eq!(numbers.found, "Nothing stands in the way of INV-0502");
    assert_eq!(numbers.state, CheckState::Passed);
    // What one entered there since is carried, and stands in no way.
    let preview = app.preview().await.unwrap();
    assert_eq!(preview.warnings, Vec::<String>::new());
}

/// A rule of the site counts before any series.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_naming_rule_of_the_site_is_looked_at_too() {
    let books = demo_books_of(2, 0).await;
    let folder = tempfile::tempdir().unwrap();
    let app = open(folder.path(), &books, Press::Allow);
    set_up(&app, &books).await;
    let person = person(&books);
    let rule = json!({"document_type": "Sales Invoice", "prefix": "RU-.YYYY.-", "prefix_digits": 4, "priority": 1});
    make(&person, "Document Naming Rule", rule).await.unwrap();
    assert_eq!(enter(&person, &books).await.unwrap(), "RU-2026-0001");
    let contact = books.with_books(|books| books.state(System::Xero));
    let contact = contact["Contacts"][0]["Name"].as_str().unwrap().to_owned();
    raise(&books, &contact, "RU-2026-0003");
    app.install_marker_fields().await.unwrap();
    let preview = app.preview().await.unwrap();
    let said = |it: &String| {
        it.starts_with(
            "ERPNext's own series RU-.YYYY.- stands at 1, and RU-2026-0003 ahead of it comes from Xero. When \
             the series gets to RU-2026-0003,",
        ) && it.ends_with("set the Counter of the Document Naming Rule RU-.YYYY.- to 3.")
    };
    assert!(preview.warnings.iter().any(said), "{:?}", preview.warnings);
}

/// What both sides do by themselves, and what Xero does not take, is in the first preview.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_goes_out_by_itself_and_what_is_not_allowed_is_said_before_the_first_write() {
    let books = demo_books_of(2, 0).await;
    let folder = tempfile::tempdir().unwrap();
    let app = open(folder.path(), &books, Press::Allow);
    set_up(&app, &books).await;
    app.install_marker_fields().await.unwrap();
    let person = person(&books);
    let actions = || {
        let calls = books.with_books(|books| books.calls(System::Xero));
        let asked = |it: &&Value| it["path"] == "/api.xro/2.0/Organisation/Actions";
        calls.as_array().unwrap().iter().filter(asked).count()
    };
    for (name, event, enabled) in [
        ("Invoice raised", "Submit", 1),
        ("Payment reminder", "Days After", 1),
        ("Of the past", "New", 0),
        ("Cancelled", "Cancel", 1),
    ] {
        let notification = json!({
            "name": name, "document_type": "Sales Invoice", "event": event, "channel": "Email",
            "enabled": enabled, "subject": name,
        });
        make(&person, "Notification", notification).await.unwrap();
    }
    let state = books.with_books(|books| books.state(System::Xero));
    let contact = state["Contacts"][0]["Name"].as_str().unwrap().to_owned();
    let preview = app.preview().await.unwrap();
    assert_eq!(preview.warnings, Vec::<String>::new());
    assert_eq!(actions(), 0);

    raise(&books, &contact, "X-1");
    let preview = app.preview().await.unwrap();
    assert_eq!(
        preview.warnings,
        [
            "ERPNext sends notifications of its own for what is made there, where their conditions are met: \
             \"Invoice raised\" (Email, at each Submit of a Sales Invoice), \"Payment reminder\" (Email, days \
             after the date of a Sales Invoice). Switch them off in its list Notification before you sync, if \
             nobody is to get them for what comes from Xero."
        ]
    );
    // Nothing is made in Xero, so nothing is asked of it.
    assert_eq!(actions(), 0);

    let approved = enter_submitted(&person, &books, "2026-06-01").await;
    let later = enter_submitted(&person, &books, "2099-06-01").await;
    let preview = app.preview().await.unwrap();
    assert_eq!(preview.to_xero.invoices, 2, "{approved} {later}");
    let overdue = "1 invoice to be made in Xero is overdue since 1 Jun 2026. Where invoice reminders are \
                   switched on in Xero, it writes to this customer by itself; no app can see whether they are. \
                   Look in Xero's invoice settings before you sync.";
    assert_eq!(preview.warnings.last().unwrap(), overdue);
    assert_eq!(actions(), 1);
    // A yes is good for a day.
    app.preview().await.unwrap();
    assert_eq!(actions(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_plan_of_an_organisation_does_not_allow_is_asked_again_until_it_is() {
    let books = demo_books_of(2, 0).await;
    let folder = tempfile::tempdir().unwrap();
    let app = open(folder.path(), &books, Press::Allow);
    set_up(&app, &books).await;
    app.install_marker_fields().await.unwrap();
    let person = person(&books);
    enter_submitted(&person, &books, "2099-06-01").await;
    let forbid = json!({"op": "forbid", "Action": "CreateApprovedInvoice"});
    books
        .with_books(|books| books.edit(System::Xero, &forbid, Utc::now()))
        .unwrap();
    for _ in 0..2 {
        let preview = app.preview().await.unwrap();
        assert_eq!(
            preview.warnings,
            [
                "Xero does not allow 1 approved document to be made: its plan does not, or the role of who \
                 signed in (CreateApprovedInvoice). Change the plan or the role in Xero before you sync, or \
                 these are refused."
            ]
        );
    }
}

/// R38: a repeating invoice in Xero and an Auto Repeat in ERPNext for one customer, 250.00 a month each.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_both_sides_raise_by_themselves_is_said_first_and_asked_about_where_both_did() {
    let books = demo_books_of(2, 0).await;
    let folder = tempfile::tempdir().unwrap();
    let app = open(folder.path(), &books, Press::Allow);
    set_up(&app, &books).await;
    app.install_marker_fields().await.unwrap();
    let person = person(&books);
    let customer = json!({"customer_name": "Birch & Co", "customer_type": "Company"});
    make(&person, "Customer", customer).await.unwrap();
    let invoice = json!({
        "customer": "Birch & Co", "company": books.ready.erpnext.company, "set_posting_time": 1,
        "posting_date": "2026-05-01", "due_date": "2026-12-20", "docstatus": 1,
        "items": [{
            "item_name": "Care", "description": "Care", "qty": 1, "rate": 250, "uom": "Hour",
            "stock_uom": "Hour", "conversion_factor": 1, "income_account": "Sales - MF",
        }],
    });
    let raised = make(&person, "Sales Invoice", invoice).await.unwrap();
    let repeat = json!({
        "reference_doctype": "Sales Invoice", "reference_document": raised, "frequency": "Monthly",
        "start_date": "2026-05-01", "next_schedule_date": "2026-06-01",
    });
    let repeat = make(&person, "Auto Repeat", repeat).await.unwrap();
    for operation in [
        json!({"op": "create_contact", "Name": "Birch & Co"}),
        json!({
            "op": "repeat_invoice", "Name": "Birch & Co", "Total": 250, "NextScheduledDate": "2026-06-01",
        }),
        json!({
            "op": "create_invoice", "Contact": {"Name": "Birch & Co"}, "InvoiceNumber": "INV-0007",
            "Date": "2026-05-01", "DueDate": "2026-12-20", "Status": "AUTHORISED", "LineAmountTypes": "NoTax",
            "LineItems": [{"Description": "Care", "Quantity": 1, "UnitAmount": 250, "AccountCode": "200"}],
        }),
    ] {
        let made = books.with_books(|books| books.edit(System::Xero, &operation, Utc::now()));
        made.unwrap();
    }
    let said = format!(
        "Both sides raise invoices for Birch & Co by themselves: Xero 250.00 GBP (monthly, next on 1 Jun 2026), \
         ERPNext 250.00 GBP ({repeat}, monthly, next on 1 Jun 2026). Each would be carried to the other side, so \
         the customer would owe both. End one of them before you sync. Two of one day and amount under different \
         numbers are asked about."
    );
    let preview = app.preview().await.unwrap();
    assert!(preview.warnings.contains(&said), "{:?}", preview.warnings);
    assert_eq!(
        (preview.to_xero.invoices, preview.to_erpnext.invoices),
        (0, 0)
    );

    for _ in 0..2 {
        let run = app.sync_with(SyncRequest::default()).await.unwrap();
        assert_eq!(run.outcome, RunOutcome::NeedsAttention, "{run:?}");
        let attention = app.attention().await.unwrap();
        let mut asked: Vec<String> = (attention.groups.iter().flat_map(|group| &group.records))
            .map(|it| it.title.clone())
            .collect();
        asked.sort();
        asked.dedup();
        assert_eq!(asked, [raised.clone(), "INV-0007".to_owned()]);
        let (xero, erpnext) =
            books.with_books(|books| (books.state(System::Xero), books.state(System::Erpnext)));
        let count = |rows: &Value| rows.as_array().unwrap().len();
        assert_eq!(count(&xero["Invoices"]), 1);
        assert_eq!(count(&erpnext["Sales Invoice"]), 1);
    }
}
