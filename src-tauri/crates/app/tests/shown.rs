//! What is shown to a person before and after: names that are told apart, what is owed differently, runs
//! of a program that ended, and who said that a site was restored.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use app::views::{LogFilter, MappingChange, MappingKind, PlannedChange, Remedy, RunOutcome, Side};
use app::{App, SyncRequest};
use chrono::Utc;
use common::{demo_books_of, open, set_up};
use sandbox::System;
use sandbox::consent::Press;
use sandbox::server::Running;
use serde_json::{Value, json};
use store::{PairingId, Store, Trigger};

fn person(books: &Running, system: System, operation: &Value) -> Value {
    books
        .with_books(|books| books.edit(system, operation, Utc::now()))
        .unwrap()
}

async fn opened() -> (Running, tempfile::TempDir, App) {
    let books = demo_books_of(1, 0).await;
    let folder = tempfile::tempdir().unwrap();
    let app = open(folder.path(), &books, Press::Allow);
    set_up(&app, &books).await;
    app.sync_with(SyncRequest::default()).await.unwrap();
    (books, folder, app)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_second_customer_of_a_name_is_shown_under_the_name_that_it_gets() {
    let (books, _folder, app) = opened().await;
    for mail in ["a@twin.example", "b@twin.example"] {
        let fields =
            json!({ "customer_name": "Twin", "customer_type": "Company", "email_id": mail });
        let operation = json!({ "op": "create", "doctype": "Customer", "fields": fields });
        person(&books, System::Erpnext, &operation);
    }
    let preview = app.preview().await.unwrap();
    let created: Vec<_> = preview
        .items
        .iter()
        .filter(|item| item.change == PlannedChange::Create)
        .collect();
    let mut texts: Vec<&str> = created.iter().map(|item| item.text.as_str()).collect();
    texts.sort_unstable();
    assert_eq!(
        texts,
        [
            "Create in Xero",
            "Create in Xero as \"Twin - 1\", because another \"Twin\" is there",
        ]
    );
    // What a new record will say is shown, on the side that is to get it.
    for item in created {
        assert_eq!(item.towards, Some(Side::Xero));
        let mail = item.differences.iter().find(|it| it.field == "e-mail");
        assert!(
            mail.unwrap()
                .erpnext
                .as_ref()
                .unwrap()
                .ends_with("@twin.example")
        );
        assert!(item.differences.iter().all(|it| it.xero.is_none()));
    }
    books.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_payment_that_waits_shows_its_own_part_of_the_difference() {
    let (books, _folder, app) = opened().await;
    let contact = books.with_books(|books| books.state(System::Xero)["Contacts"][0].clone());
    let invoice = |number: &str| {
        let made = json!({ "op": "create_invoice", "Contact": { "ContactID": contact["ContactID"] },
            "InvoiceNumber": number, "Date": "2026-11-20", "DueDate": "2026-12-20",
            "Status": "AUTHORISED", "LineAmountTypes": "Exclusive", "LineItems": [{
                "Description": "Ferns", "Quantity": 1, "UnitAmount": 100, "AccountCode": "200",
                "TaxType": "OUTPUT2" }] });
        person(&books, System::Xero, &made)["InvoiceID"].clone()
    };
    let numbers = ["A-1", "A-2", "A-3", "A-4", "A-5"];
    let ids = numbers.map(invoice);
    app.sync_with(SyncRequest::default()).await.unwrap();
    for (at, id) in ids.iter().enumerate() {
        // To an account that nothing stands for in ERPNext.
        let pay = json!({ "op": "pay_invoice", "InvoiceID": id, "Amount": 10 * (at + 1),
            "Date": "2026-11-21", "Account": { "Code": "091" } });
        person(&books, System::Xero, &pay);
    }
    app.sync_with(SyncRequest::default()).await.unwrap();
    let view = app.overview().await.unwrap();
    // Not the 120.00 that each comes to, and none of them is left out.
    let apart: Vec<_> = view
        .apart
        .iter()
        .map(|it| (it.amount.value.as_str(), it.more_in))
        .collect();
    let more = Some(Side::Erpnext);
    let each = ["50.00", "40.00", "30.00", "20.00", "10.00"];
    assert_eq!(apart, each.map(|amount| (amount, more)));
    assert_eq!(view.receivables[0].apart, "-150.00");
    assert_eq!(view.apart[4].action, "Choose bank account");
    assert!(view.apart[4].reason.starts_with("Payment of "), "{view:?}");
    // A payment without a number is shown by what it pays.
    let attention = app.attention().await.unwrap();
    let [group] = &attention.groups[..] else {
        panic!("{attention:#?}")
    };
    assert_eq!(group.id, "no_bank_mapping:xero:091");
    let first = &group.records[0];
    assert_eq!(first.title, format!("Payment for {}", first.pays[0]));
    let mut pays: Vec<&str> = group.records.iter().map(|it| it.pays[0].as_str()).collect();
    pays.sort_unstable();
    assert_eq!(pays, numbers);
    assert_eq!(first.date.as_deref(), Some("2026-11-21"));
    let Remedy::ChooseMapping { kind, choices, .. } = &group.remedy else {
        panic!("{group:#?}")
    };
    let choices: Vec<&str> = choices.iter().map(|it| it.key.as_str()).collect();
    assert_eq!(*kind, MappingKind::Bank);
    assert_eq!(
        choices,
        [
            "Bank Account - MF",
            "Business Bank Account - MF",
            "Cash - MF"
        ]
    );
    // Set aside with the reason, what is owed differently is explained.
    let some = group.records.iter().map(|it| it.id).collect();
    app.ignore(some, "Savings are not booked".to_owned())
        .await
        .unwrap();
    let view = app.overview().await.unwrap();
    assert_eq!((view.unexplained.len(), view.ignored), (0, 5));
    // The account is chosen after all: the payments follow.
    for record in &group.records {
        app.undo_ignore(record.id).await.unwrap();
    }
    let cash = MappingChange {
        kind: MappingKind::Bank,
        side: Side::Xero,
        key: "091".to_owned(),
        counterpart: Some("Cash - MF".to_owned()),
        both_ways: false,
    };
    let effects = app.preview_mapping(cash.clone()).await.unwrap().effects;
    assert_eq!((effects[0].waiting, effects[0].linked), (5, 0));
    let run = app.fix_mapping(cash, group.id.clone()).await.unwrap();
    assert_eq!((run.payments, run.exceptions), (5, 0), "{run:?}");
    assert_eq!(app.overview().await.unwrap().receivables[0].apart, "0.00");
    books.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_whose_program_ended_is_not_shown_as_running() {
    let (books, folder, app) = opened().await;
    // Another program began one on this folder, and was killed.
    let database = std::fs::read_dir(folder.path()).unwrap();
    let path = database
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|it| it == "db"))
        .unwrap();
    let store = Store::open(&path).unwrap();
    let begun = store.start_run(PairingId(1), Trigger::Manual, Utc::now());
    let dead = begun.unwrap();
    let runs = app.runs(None).await.unwrap();
    assert_eq!(i64::from(runs[0].id), dead.0);
    assert_eq!(runs[0].outcome, RunOutcome::Failed);
    let error = runs[0].error.as_ref().unwrap();
    assert_eq!(error.message, "It was stopped when the program ended.");
    books.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn saying_that_a_site_was_restored_is_logged_with_who_said_it() {
    let (books, _folder, app) = opened().await;
    app.preview().await.unwrap();
    app.sync_restored().await.unwrap();
    let filter = LogFilter {
        text: Some("put back to an earlier state".to_owned()),
        ..LogFilter::default()
    };
    let page = app.log(filter, None, 10).await.unwrap();
    assert_eq!(page.lines.len(), 1, "{page:?}");
    let detail = app.log_detail(page.lines[0].id).await.unwrap();
    assert!(detail.who.unwrap().contains(" on "));
    books.shutdown().await.unwrap();
}
