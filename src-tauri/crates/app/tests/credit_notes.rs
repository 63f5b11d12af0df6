//! Credit notes as people meet them: previewed, carried with what they are used for, counted, named by
//! number and link, and part of what is owed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use app::views::{
    Kind, MappingChange, MappingKind, PlannedChange, PreviewItem, ReconcileFilter, RunOutcome, Side,
};
use app::{App, SyncRequest};
use chrono::Utc;
use common::{demo_books_of, open, set_up};
use sandbox::System;
use sandbox::consent::Press;
use sandbox::server::Running;
use serde_json::{Value, json};

fn person(books: &Running, operation: &Value) -> Value {
    books
        .with_books(|books| books.edit(System::Xero, operation, Utc::now()))
        .unwrap()
}

/// Two invoices over 120.00 and a credit note over 60.00, of which 40.00 is used for the first.
async fn opened() -> (Running, tempfile::TempDir, App) {
    let books = demo_books_of(1, 0).await;
    let folder = tempfile::tempdir().unwrap();
    let app = open(folder.path(), &books, Press::Allow);
    set_up(&app, &books).await;
    app.sync_with(SyncRequest::default()).await.unwrap();
    let contact = books.with_books(|books| books.state(System::Xero)["Contacts"][0].clone());
    let document = |op: &str, number: (&str, &str), price: i64| {
        let mut made = json!({ "op": op, "Contact": { "ContactID": contact["ContactID"] },
            "Date": "2026-11-20", "Status": "AUTHORISED", "LineAmountTypes": "Exclusive",
            "LineItems": [{ "Description": "Ferns", "Quantity": 1, "UnitAmount": price,
                "AccountCode": "200", "TaxType": "OUTPUT2" }] });
        made[number.0] = json!(number.1);
        if op == "create_invoice" {
            made["DueDate"] = json!("2026-12-20");
        }
        person(&books, &made);
    };
    for number in ["A-1", "A-2"] {
        document("create_invoice", ("InvoiceNumber", number), 100);
    }
    document("create_credit_note", ("CreditNoteNumber", "CN-1"), 50);
    uses(&books, "A-1", 40);
    (books, folder, app)
}

fn uses(books: &Running, invoice: &str, amount: i64) {
    let used = json!({ "op": "allocate_credit", "CreditNoteNumber": "CN-1", "InvoiceNumber": invoice,
        "Amount": amount, "Date": "2026-11-21" });
    person(books, &used);
}

async fn previewed(app: &App) -> Vec<PreviewItem> {
    let preview = app.preview().await.unwrap();
    let notes = preview
        .items
        .into_iter()
        .filter(|it| it.kind == Kind::CreditNote);
    notes.collect()
}

const ALL: ReconcileFilter = ReconcileFilter {
    all: true,
    limit: 100,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_credit_note_is_seen_from_the_preview_to_what_is_owed() {
    let (books, _folder, app) = opened().await;
    let preview = app.preview().await.unwrap();
    // The credit note, and its use.
    assert_eq!(preview.to_erpnext.credit_notes, 2);
    assert_eq!(preview.to_erpnext.invoices, 2);
    let made = previewed(&app).await;
    assert_eq!(made[0].title, "CN-1");
    assert_eq!(
        made[0].text,
        "Create in ERPNext, 1 line, tax 10.00 GBP, then use it for its invoices"
    );

    let run = app.sync_with(SyncRequest::default()).await.unwrap();
    assert_eq!((run.error, run.exceptions), (None, 0));
    assert_eq!(run.outcome, RunOutcome::Agrees);
    // Two invoices, the credit note, and its use.
    assert_eq!((run.to_erpnext, run.credit_notes, run.payments), (4, 2, 0));
    let view = app.overview().await.unwrap();
    let owed = &view.receivables[0];
    assert_eq!(owed.apart, "0.00");
    // 120 + 120 less the credit of 60, used or not.
    assert_eq!(owed.xero.amount, "180.00");
    assert_eq!(owed.erpnext.amount, "180.00");
    for side in [&owed.xero, &owed.erpnext] {
        assert_eq!((side.open_invoices, side.open_credit_notes), (2, 1));
        assert_eq!(side.credits, "0.00");
    }
    let today = view.today.iter().find(|it| it.kind == Kind::CreditNote);
    assert_eq!(today.unwrap().to_erpnext, 2);

    // What it is used for since is told by the invoice's number, and so is what it does to both.
    uses(&books, "A-2", 20);
    let [used] = &previewed(&app).await[..] else {
        panic!("one write of the credit note");
    };
    assert_eq!(used.text, "Use in ERPNext, for A-2");
    assert_eq!(used.change, PlannedChange::Update);
    let told: Vec<_> = used
        .differences
        .iter()
        .map(|it| (it.field.as_str(), it.xero.as_deref(), it.erpnext.as_deref()))
        .collect();
    assert_eq!(told, [("used for A-2", Some("20.00 GBP"), None)]);
    let contact = view.latest.iter().find_map(|line| line.contact.clone());
    let contact = contact.expect("a document's contact");
    let told = app.reconcile_contact(&contact, ALL).await.unwrap();
    let movements: Vec<_> = told
        .documents
        .iter()
        .flat_map(|it| &it.payments)
        .map(|it| {
            (
                it.what.as_str(),
                it.xero.as_deref(),
                it.erpnext_amount.as_deref(),
            )
        })
        .collect();
    assert!(
        movements.contains(&("use", Some("used for A-1"), Some("40.00"))),
        "{movements:?}"
    );
    assert!(
        movements.contains(&("credit_note", Some("credit note CN-1"), Some("40.00"))),
        "{movements:?}"
    );
    books.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_credit_note_is_carried_alone_by_its_number_or_a_link_to_it() {
    let (books, _folder, app) = opened().await;
    // By its number: with the contact and, since it is used for it, what that needs.
    let run = app.sync_records(vec!["CN-1".to_owned()]).await.unwrap();
    assert_eq!(run.error, None);
    assert_eq!(run.outcome, RunOutcome::Done, "{run:?}");
    assert!(run.about.as_ref().unwrap().contains("CN-1"), "{run:?}");
    assert!(run.credit_notes >= 1, "{run:?}");
    app.sync_with(SyncRequest::default()).await.unwrap();
    // A return is a Sales Invoice: its page is one of these.
    let page = format!("{}/app/sales-invoice/CN-1", books.ready.erpnext.url);
    let run = app.sync_records(vec![page]).await.unwrap();
    assert_eq!((&run.error, run.writes), (&None, 0));
    assert!(run.about.as_ref().unwrap().contains("CN-1"), "{run:?}");
    books.shutdown().await.unwrap();
}

/// What choosing another account for Xero's sales would change: records that are not carried yet, and that
/// are.
async fn another_account(app: &App) -> (u32, u32) {
    let view = app.mappings().await.unwrap();
    let table = view.tables.into_iter();
    let accounts = table
        .filter(|it| it.kind == MappingKind::Account)
        .flat_map(|it| it.erpnext);
    for account in accounts {
        let change = MappingChange {
            kind: MappingKind::Account,
            side: Side::Xero,
            key: "200".to_owned(),
            counterpart: Some(account.key),
            both_ways: false,
        };
        let effects = app.preview_mapping(change).await.unwrap().effects;
        if effects[0].before != effects[0].after {
            return (effects[0].not_carried, effects[0].linked);
        }
    }
    panic!("there is another account");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_lines_of_credit_notes_count_among_what_a_mapping_changes() {
    let (books, _folder, app) = opened().await;
    app.preview().await.unwrap();
    // Two invoices and the credit note.
    assert_eq!(another_account(&app).await, (3, 0));
    app.sync_with(SyncRequest::default()).await.unwrap();
    assert_eq!(another_account(&app).await, (0, 3));
    books.shutdown().await.unwrap();
}
