//! What choosing a mapping changes, on demo books over real HTTP on this machine.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use app::views::{
    ErrorView, MappingChange, MappingEffect, MappingKind, MappingState, MappingsView, Remedy, Side,
};
use app::{App, SyncRequest};
use chrono::{DateTime, Utc};
use common::{demo_books_of, open, set_up};
use sandbox::System;
use sandbox::consent::Press;
use sandbox::server::Running;
use serde_json::{Value, json};

fn edit(books: &Running, system: System, operation: &Value) -> Value {
    let now: DateTime<Utc> = "2026-11-22T12:00:00Z".parse().unwrap();
    books
        .with_books(|books| books.edit(system, operation, now))
        .unwrap()
}

/// An ERPNext invoice of 50 and the standard rate, booked to an account.
fn sell(books: &Running, account: &str) {
    let customer = edit(
        books,
        System::Erpnext,
        &json!({"op": "create", "doctype": "Customer", "fields": {
            "customer_name": format!("For {account}"), "customer_type": "Company"}}),
    );
    edit(
        books,
        System::Erpnext,
        &json!({"op": "create", "doctype": "Sales Invoice", "submit": true, "fields": {
            "customer": customer["name"], "company": books.ready.erpnext.company,
            "set_posting_time": 1, "posting_date": "2026-11-20", "due_date": "2026-12-20",
            "disable_rounded_total": 1,
            "items": [{"item_name": "Carriage", "description": "Carriage", "qty": 1, "rate": 50,
                "uom": "Hour", "stock_uom": "Hour", "conversion_factor": 1,
                "income_account": account}],
            "taxes": [{"charge_type": "On Net Total", "account_head": "VAT - MF",
                "description": "VAT", "rate": 20}]}}),
    );
}

fn account(side: Side, key: &str, counterpart: Option<&str>, both_ways: bool) -> MappingChange {
    MappingChange {
        kind: MappingKind::Account,
        side,
        key: key.to_owned(),
        counterpart: counterpart.map(str::to_owned),
        both_ways,
    }
}

/// Rows of accounts that have a counterpart, with an arrow for each way.
fn rows(view: &MappingsView) -> Vec<String> {
    let mut rows: Vec<String> = view.tables[0]
        .rows
        .iter()
        .filter(|row| row.state == MappingState::Mapped)
        .map(|row| {
            let (value, other) = (&row.value.key, row.counterpart.as_ref().unwrap());
            match (row.both_ways, row.side) {
                (true, Side::Xero) => format!("{value} = {other}"),
                (true, Side::Erpnext) => format!("{other} = {value}"),
                (false, Side::Xero) => format!("{value} > {other}"),
                (false, Side::Erpnext) => format!("{other} < {value}"),
            }
        })
        .collect();
    rows.sort();
    rows
}

fn told(effect: &MappingEffect) -> (Side, Option<&str>, Option<&str>, [u32; 3]) {
    (
        effect.side,
        effect.before.as_deref(),
        effect.after.as_deref(),
        [effect.waiting, effect.not_carried, effect.linked],
    )
}

async fn paired(app: &App, books: &Running) {
    set_up(app, books).await;
    app.sync_with(SyncRequest::default()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_choice_says_what_it_changes_and_changes_no_more() {
    let books = demo_books_of(1, 0).await;
    let folder = tempfile::tempdir().unwrap();
    let app = open(folder.path(), &books, Press::Allow);
    paired(&app, &books).await;
    sell(&books, "Sales - MF");
    sell(&books, "Freight Income - MF");
    app.sync_with(SyncRequest::default()).await.unwrap();
    let sales = "200 = Sales - MF";
    assert_eq!(
        rows(&app.mappings().await.unwrap()),
        [sales, "260 = Other Revenue - MF"]
    );

    // At the exception: for records that come from ERPNext. Xero's 200 stays what it is.
    let attention = app.attention().await.unwrap();
    let group = attention.groups[0].clone();
    let Remedy::ChooseMapping {
        side, key, choices, ..
    } = &group.remedy
    else {
        panic!("{group:#?}")
    };
    assert_eq!(
        (*side, key.as_str()),
        (Side::Erpnext, "Freight Income - MF")
    );
    let offered = choices.iter().find(|choice| choice.key == "200").unwrap();
    assert_eq!(offered.counterpart.as_deref(), Some("Sales - MF"));
    let choice = account(*side, key, Some("200"), false);
    let preview = app.preview_mapping(choice.clone()).await.unwrap();
    let effects: Vec<_> = preview.effects.iter().map(told).collect();
    assert_eq!(
        effects,
        [
            (Side::Erpnext, None, Some("200"), [1, 0, 0]),
            (
                Side::Xero,
                Some("Sales - MF"),
                Some("Sales - MF"),
                [0, 0, 0]
            ),
        ]
    );
    assert_eq!(
        rows(&app.mappings().await.unwrap()).len(),
        2,
        "nothing was saved"
    );
    let run = app.fix_mapping(choice, group.id).await.unwrap();
    assert_eq!((run.to_xero, run.exceptions), (1, 0), "{run:?}");
    assert_eq!(
        rows(&app.mappings().await.unwrap()),
        [
            "200 < Freight Income - MF",
            sales,
            "260 = Other Revenue - MF"
        ]
    );

    // Both ways, where that is asked for; both of what was carried over stay as they are.
    let both = account(Side::Erpnext, "Freight Income - MF", Some("200"), true);
    let preview = app.preview_mapping(both.clone()).await.unwrap();
    assert_eq!(
        preview.effects.iter().map(told).collect::<Vec<_>>(),
        [
            (Side::Erpnext, Some("200"), Some("200"), [0, 0, 0]),
            (
                Side::Xero,
                Some("Sales - MF"),
                Some("Freight Income - MF"),
                [0, 0, 2]
            ),
        ]
    );
    let after = app.change_mappings(vec![both]).await.unwrap();
    assert_eq!(
        rows(&after),
        [
            "200 < Sales - MF",
            "200 = Freight Income - MF",
            "260 = Other Revenue - MF"
        ]
    );
    let run = app.sync_with(SyncRequest::default()).await.unwrap();
    assert_eq!((run.writes, run.exceptions), (0, 0), "{run:?}");

    // Removed one way.
    let removed = account(Side::Erpnext, "Freight Income - MF", None, false);
    let after = app.change_mappings(vec![removed]).await.unwrap();
    assert_eq!(
        rows(&after),
        [
            "200 < Sales - MF",
            "200 > Freight Income - MF",
            "260 = Other Revenue - MF"
        ]
    );

    // What is no account is not taken for one.
    let wrong = account(Side::Xero, "OUTPUT2", Some("Sales - MF"), false);
    let view = ErrorView::from(app.change_mappings(vec![wrong]).await.unwrap_err());
    assert_eq!(view.message, "There is no account \"OUTPUT2\" in Xero.");
    assert!(
        view.next_step.unwrap().contains("is a tax rate there"),
        "the kind that it is"
    );
    books.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mapping_goes_with_an_account_that_is_renumbered() {
    let books = demo_books_of(1, 0).await;
    let folder = tempfile::tempdir().unwrap();
    let app = open(folder.path(), &books, Press::Allow);
    paired(&app, &books).await;
    edit(
        &books,
        System::Xero,
        &json!({"op": "rename_account", "Code": "200", "NewCode": "4000", "Name": "Trade"}),
    );
    sell(&books, "Sales - MF");
    let run = app.sync_with(SyncRequest::default()).await.unwrap();
    assert_eq!((run.to_xero, run.exceptions), (2, 0), "{run:?}");
    assert_eq!(
        rows(&app.mappings_anew().await.unwrap()),
        ["260 = Other Revenue - MF", "4000 = Sales - MF"]
    );
    // A value that is offered since the charts were read last is taken at once.
    edit(
        &books,
        System::Erpnext,
        &json!({"op": "create", "doctype": "Account", "fields": {
            "account_name": "Cakes", "company": books.ready.erpnext.company,
            "parent_account": "Direct Income - MF", "root_type": "Income"}}),
    );
    let cakes = account(Side::Xero, "260", Some("Cakes - MF"), false);
    let after = app.change_mappings(vec![cakes]).await.unwrap();
    assert_eq!(
        rows(&after),
        [
            "260 < Other Revenue - MF",
            "260 = Cakes - MF",
            "4000 = Sales - MF"
        ]
    );
    books.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rate_named_anew_and_a_document_without_tax_wait_for_nothing() {
    let books = demo_books_of(1, 0).await;
    let folder = tempfile::tempdir().unwrap();
    let app = open(folder.path(), &books, Press::Allow);
    paired(&app, &books).await;
    let template = |title: &str| {
        edit(
            &books,
            System::Erpnext,
            &json!({"op": "create", "doctype": "Item Tax Template", "fields": {
                "title": title, "company": books.ready.erpnext.company,
                "taxes": [{"tax_type": "VAT - MF", "tax_rate": 20}]}}),
        );
    };
    // Comes before the one that is mapped, by name, and says the same.
    template("A rate of 20");
    sell(&books, "Sales - MF");
    let contact =
        books.with_books(|books| books.state(System::Xero)["Contacts"][0]["ContactID"].clone());
    edit(
        &books,
        System::Xero,
        &json!({"op": "create_invoice", "Contact": {"ContactID": contact}, "Date": "2026-11-20",
            "DueDate": "2026-12-20", "Status": "AUTHORISED", "LineAmountTypes": "NoTax",
            "LineItems": [{"Description": "Roses", "Quantity": 1, "UnitAmount": 100,
                "AccountCode": "200", "TaxType": "NONE"}]}),
    );
    let run = app.sync_with(SyncRequest::default()).await.unwrap();
    assert_eq!(
        (run.to_xero, run.to_erpnext, run.exceptions),
        (2, 1, 0),
        "{run:?} {:#?}",
        app.attention().await
    );
    let invoices = books.with_books(|books| books.state(System::Xero)["Invoices"].clone());
    let lines: Vec<&Value> = invoices
        .as_array()
        .unwrap()
        .iter()
        .map(|invoice| &invoice["LineItems"][0]["TaxType"])
        .collect();
    assert!(lines.contains(&&json!("OUTPUT2")), "{lines:?}");
    let run = app.sync_with(SyncRequest::default()).await.unwrap();
    assert_eq!((run.writes, run.exceptions), (0, 0), "{run:?}");
    books.shutdown().await.unwrap();
}
