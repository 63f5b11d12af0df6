//! The main story over real HTTP, with the demo books in one process and every command in another.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use serde_json::json;
use tests::audit::{assert_agreement, content};
use tests::{Books, Installation, System};

#[tokio::test]
async fn two_syncs_bring_both_books_into_agreement_and_the_second_writes_nothing() {
    let books = Books::small(11).await;
    let here = Installation::new(&books);
    here.set_up(&books).await;
    let before = content(&books).await;

    let first = here.sync().await;
    let exceptions = here
        .run(&["exceptions", "--json"])
        .await
        .expect(&[0, 1])
        .json();
    assert_agreement(&books, &exceptions).await;
    assert_ne!(
        content(&books).await,
        before,
        "the first sync wrote nothing"
    );
    assert_eq!(first["exceptions"], exceptions["total"]);

    let written = (
        books.writes(System::Xero).await,
        books.writes(System::Erpnext).await,
    );
    // Records as a person counts them, and everything that was sent.
    let of = |name: &str| first[name].as_u64().unwrap();
    assert_eq!(of("records_written"), of("to_xero") + of("to_erpnext"));
    assert_eq!(of("writes"), of("records_written") + of("markers"));
    assert!(of("linked") > 0 && of("markers") > 0, "{first:#}");

    let second = here.sync().await;
    assert_eq!(second["writes"], 0);
    let after = (
        books.writes(System::Xero).await,
        books.writes(System::Erpnext).await,
    );
    assert_eq!(written, after, "the second sync sent a write");
}

#[tokio::test]
async fn the_seeded_bad_records_are_exceptions_with_their_causes_and_nothing_else_is() {
    let books = Books::open(12, 40, 120).await;
    let here = Installation::new(&books);
    here.set_up(&books).await;
    here.sync().await;
    let exceptions = here
        .run(&["exceptions", "--json"])
        .await
        .expect(&[1])
        .json();
    let mut listed: Vec<(String, String)> = Vec::new();
    for group in exceptions["groups"].as_array().unwrap() {
        for record in group["records"].as_array().unwrap() {
            listed.push((
                record["title"].as_str().unwrap().to_owned(),
                group["cause"].as_str().unwrap().to_owned(),
            ));
        }
    }
    let expected = books.expected().await;
    let mut missing = Vec::new();
    for record in &expected {
        let wanted = (
            record["title"].as_str().unwrap().to_owned(),
            record["cause"].as_str().unwrap().to_owned(),
        );
        if !listed.contains(&wanted) {
            missing.push(wanted);
        }
    }
    assert!(
        missing.is_empty(),
        "missing: {missing:#?}\nlisted: {listed:#?}"
    );
    let known: Vec<&str> = expected
        .iter()
        .flat_map(|record| {
            let with = record["with"].as_array().unwrap();
            std::iter::once(&record["title"]).chain(with)
        })
        .filter_map(|title| title.as_str())
        .collect();
    let strange: Vec<_> = listed
        .iter()
        .filter(|(title, _)| !known.contains(&title.as_str()))
        .collect();
    assert!(strange.is_empty(), "not meant to fail: {strange:#?}");
}

#[tokio::test]
async fn edits_travel_both_ways_and_do_not_come_back() {
    let books = Books::small(13).await;
    let here = Installation::new(&books);
    here.set_up(&books).await;
    here.sync().await;

    let created = books
        .edit(
            System::Xero,
            &json!({"op": "create_contact", "Name": "Fern Hill Nursery", "EmailAddress": "hello@fernhill.example"}),
        )
        .await;
    assert_eq!(created["Name"], "Fern Hill Nursery");
    let run = here.sync().await;
    assert_eq!(
        (&run["to_xero"], &run["to_erpnext"], &run["linked"]),
        (&json!(0), &json!(1), &json!(0))
    );
    let exceptions = here
        .run(&["exceptions", "--json"])
        .await
        .expect(&[0, 1])
        .json();
    assert_agreement(&books, &exceptions).await;

    let again = here.sync().await;
    assert_eq!(again["writes"], 0, "an echo");
}

#[tokio::test]
async fn a_lost_data_folder_is_linked_anew_without_a_write() {
    let books = Books::small(14).await;
    let first = Installation::new(&books);
    first.set_up(&books).await;
    first.sync().await;
    first.sync().await;
    let settled = content(&books).await;
    let written = (
        books.writes(System::Xero).await,
        books.writes(System::Erpnext).await,
    );

    let fresh = Installation::new(&books);
    fresh.set_up(&books).await;
    let run = fresh.sync().await;
    assert_eq!(run["writes"], 0);
    assert!(run["linked"].as_u64().unwrap() > 0);
    assert_eq!(content(&books).await, settled);
    let after = (
        books.writes(System::Xero).await,
        books.writes(System::Erpnext).await,
    );
    assert_eq!(written, after, "relinking sent a write");
    let exceptions = fresh
        .run(&["exceptions", "--json"])
        .await
        .expect(&[0, 1])
        .json();
    assert_agreement(&books, &exceptions).await;
}

#[tokio::test]
async fn a_record_that_failed_is_mended_and_retried() {
    let books = Books::open(12, 40, 120).await;
    let here = Installation::new(&books);
    here.set_up(&books).await;
    here.sync().await;
    let exceptions = here
        .run(&["exceptions", "--json"])
        .await
        .expect(&[1])
        .json();
    let group = exceptions["groups"]
        .as_array()
        .unwrap()
        .iter()
        .find(|group| group["remedy"]["do"] == "choose_mapping")
        .expect("a record that waits for a mapping");
    let remedy = &group["remedy"];
    let (kind, side) = (
        remedy["kind"].as_str().unwrap(),
        remedy["side"].as_str().unwrap(),
    );
    let key = remedy["key"].as_str().unwrap();
    let choice = remedy["suggested"]
        .as_str()
        .or_else(|| remedy["choices"][0]["key"].as_str())
        .expect("something to choose");
    let (xero, erpnext) = if side == "xero" {
        (key, choice)
    } else {
        (choice, key)
    };
    let _ = here
        .run(&["mappings", "set", kind, xero, erpnext, "--of", side])
        .await
        .expect(&[0, 1]);
    let retried = here
        .run(&["retry", "--cause", group["id"].as_str().unwrap(), "--json"])
        .await
        .expect(&[0, 1])
        .json();
    let towards = if side == "xero" {
        "to_erpnext"
    } else {
        "to_xero"
    };
    assert!(
        retried[towards].as_u64() >= group["count"].as_u64(),
        "{retried:#}"
    );
    let left = here
        .run(&["exceptions", "--json"])
        .await
        .expect(&[0, 1])
        .json();
    assert!(
        left["groups"]
            .as_array()
            .unwrap()
            .iter()
            .all(|other| other["id"] != group["id"]),
        "the group is still there"
    );
    assert_agreement(&books, &left).await;
}

#[tokio::test]
async fn the_demo_in_one_process_agrees_too() {
    let books = Books::small(15).await;
    let here = Installation::new(&books);
    let ran = here
        .run(&[
            "demo",
            "--headless",
            "--json",
            "--seed",
            "15",
            "--contacts",
            "20",
            "--invoices",
            "60",
            "--erpnext-version",
            &tests::books::erpnext_version(),
        ])
        .await
        .expect(&[0, 1]);
    let report = ran.json();
    assert_eq!(report["runs"].as_array().unwrap().len(), 2);
    let first = &report["runs"][0];
    let of = |name: &str| first[name].as_u64().unwrap();
    assert_eq!(of("writes"), of("records_written") + of("markers"));
    assert_eq!(report["runs"][1]["writes"], 0);
    assert_eq!(report["differences"], 0, "{}", report["different"]);
}
