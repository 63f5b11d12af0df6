//! Syncs of a part of the records, by the program as a person runs it.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use serde_json::{Value, json};
use tests::audit::assert_agreement;
use tests::{Books, Installation, System};

/// The first item of a preview that is to be created on a side.
fn created<'a>(preview: &'a Value, kind: &str, towards: &str) -> &'a Value {
    let items = preview["items"].as_array().unwrap();
    items
        .iter()
        .find(|item| {
            item["change"] == "create" && item["kind"] == kind && item["towards"] == towards
        })
        .unwrap_or_else(|| panic!("no {kind} to create in {towards}: {preview:#}"))
}

async fn agree(books: &Books, here: &Installation) {
    here.sync().await;
    let exceptions = here.run(&["exceptions", "--json"]).await;
    assert_agreement(books, &exceptions.expect(&[0, 1]).json()).await;
    assert_eq!(here.sync().await["writes"], 0);
}

#[tokio::test]
async fn one_invoice_is_synced_alone_by_its_number_and_the_rest_follows() {
    let books = Books::small(21).await;
    let here = Installation::new(&books);
    here.set_up(&books).await;
    let preview = here.run(&["preview", "--json"]).await.json();
    let number = created(&preview, "invoice", "erpnext")["title"]
        .as_str()
        .unwrap();

    let run = here
        .run(&["sync", "--record", number, "--json"])
        .await
        .expect(&[0])
        .json();
    assert_eq!(run["outcome"], "done", "{run:#}");
    assert!(run["about"].as_str().unwrap().contains(number), "{run:#}");
    let written = run["records_written"].as_u64().unwrap();
    assert!((1..=2).contains(&written), "it and perhaps its contact");
    // That says nothing of the two sides as a whole.
    let status = here.run(&["status", "--json"]).await.json();
    assert_eq!(status["agreement"], "not_synced");

    // By what the other programs show of it: its link in ERPNext, and its identity in Xero.
    let site = books.url(System::Erpnext);
    let link = format!("{site}/app/sales-invoice/{number}");
    let again = here.run(&["sync", "--record", &link, "--json"]).await;
    let again = again.expect(&[0]).json();
    assert_eq!(
        (&again["outcome"], &again["writes"]),
        (&json!("done"), &json!(0))
    );
    agree(&books, &here).await;
}

#[tokio::test]
async fn what_cannot_be_told_is_said_and_nothing_runs() {
    let books = Books::small(22).await;
    let here = Installation::new(&books);
    here.set_up(&books).await;
    here.sync().await;
    let unknown = here.run(&["sync", "--record", "NO-SUCH-1", "--json"]).await;
    let unknown = unknown.expect(&[2]).json();
    assert_eq!(unknown["error"]["code"], "not_found");
    let message = unknown["error"]["message"].as_str().unwrap();
    assert!(message.contains("NO-SUCH-1"), "{message}");

    // Two of one name: each is listed with what names it alone.
    for name in ["Fern Hill", "Fern-Hill"] {
        let contact = json!({"op": "create_contact", "Name": name});
        books.edit(System::Xero, &contact).await;
    }
    here.sync().await;
    let ambiguous = here
        .run(&["preview", "--record", "fern/hill", "--json"])
        .await;
    let error = ambiguous.expect(&[2]).json()["error"].clone();
    let message = error["message"].as_str().unwrap().to_owned();
    let exact = message
        .split(['(', ')'])
        .find(|part| part.starts_with("xero:contact:"))
        .unwrap_or_else(|| panic!("{message}"));
    let exactly = here.run(&["preview", "--record", exact]).await;
    assert!(exactly.expect(&[0, 1]).stdout.contains("Of one record"));

    let elsewhere = "https://other.example.com/app/sales-invoice/X-1";
    let elsewhere = here.run(&["sync", "--record", elsewhere, "--json"]).await;
    let elsewhere = elsewhere.expect(&[2]).json();
    assert_eq!(elsewhere["error"]["code"], "usage");
}

#[tokio::test]
async fn what_is_held_back_waits_and_says_so() {
    let books = Books::small(23).await;
    let here = Installation::new(&books);
    here.set_up(&books).await;
    let none = here
        .run(&["sync", "--hold", "9999", "--json"])
        .await
        .expect(&[2]);
    assert_eq!(none.json()["error"]["code"], "usage");

    let preview = here.run(&["preview", "--json"]).await.json();
    let held = created(&preview, "invoice", "erpnext");
    let (number, title) = (held["number"].to_string(), held["title"].as_str().unwrap());
    let run = here.run(&["sync", "--hold", &number, "--json"]).await;
    let run = run.expect(&[1]).json();
    // What was paid of it waits with it.
    let held = run["held"].as_u64().unwrap();
    assert!(held >= 1, "{run:#}");
    let status = here.run(&["status", "--json"]).await.json();
    assert_ne!(status["agreement"], "agrees");
    let log = here
        .run(&["log", "--record", title, "--json"])
        .await
        .expect(&[0])
        .json();
    let line = log["lines"][0]["message"].as_str().unwrap();
    assert!(line.contains("Held back"), "{log:#}");
    agree(&books, &here).await;
}

#[tokio::test]
async fn contacts_alone_are_synced_and_the_invoices_follow() {
    let books = Books::small(24).await;
    let here = Installation::new(&books);
    here.set_up(&books).await;
    let run = here.run(&["sync", "--only", "contacts", "--json"]).await;
    let run = run.expect(&[0, 1]).json();
    assert_eq!(run["about"], "only contacts");
    assert!(run["linked"].as_u64().unwrap() > 0);
    agree(&books, &here).await;
}

#[tokio::test]
async fn a_poll_costs_one_call_and_starts_a_sync_only_where_something_changed() {
    let books = Books::small(25).await;
    let here = Installation::new(&books);
    here.set_up(&books).await;
    let poll = || async {
        let ran = here.run(&["poll", "--json"]).await;
        ran.expect(&[0, 1]).json()
    };
    here.sync().await;
    here.sync().await;
    let quiet = poll().await;
    assert_eq!(
        (&quiet["changed"], &quiet["run"]),
        (&json!(false), &Value::Null)
    );
    let listed = quiet["asked"].as_array().unwrap();
    assert_eq!(
        listed.len(),
        5,
        "one list of Xero's, four of ERPNext's: {listed:?}"
    );
    // Another process asked which organisation it is with the same token.
    assert_eq!(quiet["xero_calls"], 1);

    let contact =
        json!({"op": "create", "doctype": "Customer", "fields": {"customer_name": "Fern Hill"}});
    books.edit(System::Erpnext, &contact).await;
    let only = here
        .run(&["poll", "--ask-only", "--json"])
        .await
        .expect(&[0]);
    assert_eq!(
        (&only.json()["changed"], &only.json()["run"]),
        (&json!(true), &Value::Null)
    );
    let told = poll().await;
    assert_eq!(told["changed"], true);
    assert_eq!(told["run"]["reason"], "schedule");
    assert_eq!(told["run"]["to_xero"], 1, "{told:#}");
    assert_eq!(poll().await["changed"], false);
}
