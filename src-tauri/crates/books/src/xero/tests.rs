#![allow(clippy::unwrap_used, clippy::panic)]
//! The adapter against the simulated Xero, in process and without waiting.

mod credit_notes;
mod on_account;
mod payments;
mod stage;
mod trade;
mod used;

use chrono::Duration;
use engine::books::Exchanges;
use ledger::{Record, RemoteId, Version};
use net::Clock;
use rust_decimal::Decimal;
use serde_json::json;

use super::*;
use stage::{ann, create_contact, create_invoice, dec, done, invoice, line, stage};

#[tokio::test]
async fn the_profile_tells_accounts_and_taxes() {
    let stage = stage();
    let profile = stage.books.profile().await.unwrap();
    assert_eq!(profile.name, "Harbour & Vine Trading");
    assert_eq!(profile.base_currency.code(), "GBP");
    let sales: Vec<_> = profile
        .accounts
        .iter()
        .filter(|account| account.default)
        .map(|account| account.key.as_str())
        .collect();
    assert_eq!(sales, ["200"]);
    let standard: Vec<_> = profile.taxes.iter().filter(|tax| tax.default).collect();
    assert_eq!(standard.len(), 1);
    assert_eq!(standard[0].key, "OUTPUT2");
    assert_eq!(standard[0].rate, Some(dec("20")));
}

#[tokio::test]
async fn a_contact_is_created_changed_and_archived() {
    let stage = stage();
    let made = done(stage.write("k1", create_contact(ann(), "CUST-1")).await);
    assert_eq!(made.marker, Some(RemoteId::new("CUST-1")));
    assert_eq!(made.record, Ok(Record::Contact(ann())));

    stage.clock.advance(Duration::seconds(5));
    let mut to = ann();
    to.email = Some("new@bakery.example".into());
    to.archived = true;
    let change = Change::Update {
        id: made.id.clone(),
        version: made.version.clone(),
        from: Record::Contact(ann()),
        to: Record::Contact(to.clone()),
        source: RemoteId::new("of"),
        source_link: None,
        under_way: false,
    };
    let changed = done(stage.write("k2", change).await);
    assert_eq!(changed.record, Ok(Record::Contact(to)));
    assert_ne!(changed.version, made.version);

    let (rows, _) = stage.all(Kind::Contact).await;
    assert_eq!(rows, std::slice::from_ref(&changed));
    for lookup in [
        Lookup::Ids(vec![made.id.clone()]),
        Lookup::Markers(vec![RemoteId::new("CUST-1")]),
        Lookup::Titles(vec!["ann's bakery & co".into(), "Nobody".into()]),
    ] {
        let found = stage.books.find(Kind::Contact, &lookup).await.unwrap();
        assert_eq!(found, std::slice::from_ref(&changed), "{lookup:?}");
    }
}

#[tokio::test]
async fn an_invoice_is_created_edited_and_voided_to_the_cent() {
    let stage = stage();
    stage.books.profile().await.unwrap();
    let contact = done(stage.write("k1", create_contact(ann(), "C")).await).id;
    let lines = || {
        vec![
            line("1", "25.06", "25.06"),
            line("3", "8.53667", "25.61"),
            line("2.5", "10.252", "25.63"),
        ]
    };
    // Xero alone would say 5.01 + 5.12 + 5.13 = 15.26.
    let wanted = invoice("SINV-1", &contact, lines(), "15.27");
    let made = done(stage.write("k2", create_invoice(wanted, "SINV-1")).await);
    assert_eq!(made.marker, Some(RemoteId::new("SINV-1")));
    let got = made.record.as_ref().unwrap().as_invoice().unwrap().clone();
    assert_eq!(
        (got.net_total, got.tax_total, got.total, got.amount_due),
        (dec("76.30"), dec("15.27"), dec("91.57"), dec("91.57"))
    );
    assert_eq!(got.lines[1].description, "Bread (3 × 8.53667)");
    assert_eq!(got.lines[1].tax_rate, Some(dec("20")));

    // A line more, another reference; the others keep their ids.
    stage.clock.advance(Duration::seconds(5));
    let mut to = invoice("SINV-1", &contact, got.lines.clone(), "17.27");
    to.lines.push(line("1", "10", "10.00"));
    to.net_total += dec("10");
    to.total += dec("10");
    to.reference = None;
    let edit = |version: &Version| Change::Update {
        id: made.id.clone(),
        version: version.clone(),
        from: Record::Invoice(got.clone()),
        to: Record::Invoice(to.clone()),
        source: RemoteId::new("SINV-1"),
        source_link: None,
        under_way: false,
    };
    let edited = done(stage.write("k3", edit(&made.version)).await);
    let after = edited
        .record
        .as_ref()
        .unwrap()
        .as_invoice()
        .unwrap()
        .clone();
    assert_eq!(
        (after.tax_total, after.total),
        (dec("17.27"), dec("103.57"))
    );
    assert_eq!(after.reference, None);
    assert_eq!(after.lines.len(), 4);
    for (before, after) in got.lines.iter().zip(&after.lines) {
        assert_eq!(before.id, after.id);
    }

    // The plan was made from the version before.
    assert!(matches!(
        stage.write("k4", edit(&made.version)).await,
        Answer::Stale
    ));

    stage.clock.advance(Duration::seconds(5));
    let void = Change::End {
        id: made.id.clone(),
        version: edited.version.clone(),
        from: Record::Invoice(after),
    };
    let voided = done(stage.write("k5", void).await);
    let record = voided.record.unwrap();
    assert!(record.ended());
    assert_eq!(record.as_invoice().unwrap().amount_due, Decimal::ZERO);
}

#[tokio::test]
async fn one_bad_write_does_not_stop_the_others() {
    let stage = stage();
    stage.books.profile().await.unwrap();
    let contact = done(stage.write("k1", create_contact(ann(), "C")).await).id;
    let mut closed = invoice("B-2", &contact, vec![line("1", "1", "1")], "0.20");
    closed.lines[0].account = Some("999".into());
    let batch: Vec<Prepared> = [
        invoice("B-1", &contact, vec![line("1", "1", "1")], "0.20"),
        closed,
        invoice("B-3", &contact, vec![line("1", "2", "2")], "0.40"),
    ]
    .into_iter()
    .map(|wanted| {
        let number = wanted.number.clone().unwrap();
        stage.prepared(&number, create_invoice(wanted, &number))
    })
    .collect();
    let before = stage.calls().len();
    let answers = stage.books.send(&batch, &Exchanges::default()).await;
    assert_eq!(stage.calls().len(), before + 1, "{:?}", stage.calls());
    assert!(matches!(answers[0], Answer::Done(_)), "{answers:?}");
    assert!(matches!(answers[2], Answer::Done(_)), "{answers:?}");
    match &answers[1] {
        Answer::Refused {
            cause: Cause::Invalid { field, why, .. },
            answer,
        } => {
            assert_eq!(field, "account");
            assert!(why.contains("999"), "{why}");
            assert!(answer.contains("B-2"), "{answer}");
        }
        other => panic!("{other:?}"),
    }
    // Sent again, those that exist say so instead of being made twice.
    let again: Vec<Prepared> = batch
        .iter()
        .map(|prepared| {
            let change = prepared.write.change.clone();
            stage.prepared(&format!("{} again", prepared.write.key), change)
        })
        .collect();
    let answers = stage.books.send(&again, &Exchanges::default()).await;
    assert!(matches!(answers[0], Answer::Exists), "{answers:?}");
    assert!(matches!(answers[2], Answer::Exists), "{answers:?}");
    assert_eq!(stage.count("Invoices"), 2);
}

#[tokio::test]
async fn a_lost_answer_is_fetched_again_under_the_same_key() {
    let stage = stage();
    *stage.wire.lose.lock().unwrap() = 1;
    let made = done(stage.write("k1", create_contact(ann(), "C-1")).await);
    assert_eq!(made.marker, Some(RemoteId::new("C-1")));
    assert_eq!(stage.count("Contacts"), 1);
}

#[tokio::test]
async fn an_answer_lost_for_good_leaves_the_write_in_doubt_and_findable() {
    let stage = stage();
    *stage.wire.lose.lock().unwrap() = u32::MAX;
    let prepared = stage.prepared("k1", create_contact(ann(), "C-1"));
    let answers = stage
        .books
        .send(std::slice::from_ref(&prepared), &Exchanges::default())
        .await;
    assert!(matches!(answers[0], Answer::InDoubt(_)), "{answers:?}");
    let found = stage
        .books
        .find(Kind::Contact, &prepared.find)
        .await
        .unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(stage.count("Contacts"), 1);
}

#[tokio::test]
async fn a_mark_needs_no_write() {
    let stage = stage();
    let made = done(stage.write("k1", create_contact(ann(), "C-1")).await);
    let before = stage.calls().len();
    let marked = done(
        stage
            .write(
                "k2",
                Change::Mark {
                    kind: Kind::Contact,
                    id: made.id.clone(),
                    version: made.version.clone(),
                    source: RemoteId::new("C-1"),
                    source_link: None,
                },
            )
            .await,
    );
    assert_eq!(marked, made);
    assert!(
        stage.calls()[before..]
            .iter()
            .all(|call| call.starts_with("GET"))
    );
}

#[tokio::test]
async fn changes_are_read_from_where_reading_ended() {
    let stage = stage();
    for n in 0..30 {
        stage.edit(&json!({"op": "create_contact", "Name": format!("Contact {n}")}));
        stage.clock.advance(Duration::minutes(1));
    }
    let (rows, cursor) = stage.all(Kind::Contact).await;
    assert_eq!(rows.len(), 30);
    stage.clock.advance(Duration::hours(1));
    stage.edit(&json!({"op": "archive_contact", "Name": "Contact 3"}));
    let page = stage.books.page(Kind::Contact, &cursor).await.unwrap();
    assert!(!page.more);
    let changed: Vec<_> = page
        .rows
        .iter()
        .map(|row| row.record.as_ref().unwrap())
        .filter(|record| record.ended())
        .map(Record::title)
        .collect();
    assert_eq!(changed, ["Contact 3"]);
    // The overlap, and no more than that.
    assert!(page.rows.len() <= 7, "{}", page.rows.len());
}

#[tokio::test]
async fn a_record_touched_while_pages_are_read_hides_no_other() {
    let stage = stage();
    for n in 0..2300 {
        stage.edit(&json!({"op": "create_contact", "Name": format!("Contact {n}")}));
    }
    let mut seen = std::collections::BTreeSet::new();
    let mut cursor = Cursor::default();
    let mut pages = 0;
    loop {
        let page = stage.books.page(Kind::Contact, &cursor).await.unwrap();
        seen.extend(page.rows.into_iter().map(|row| row.id));
        pages += 1;
        assert_eq!(page.total, Some(2300));
        // By page number, the first row of the next page is now skipped.
        stage.edit(
            &json!({"op": "edit_contact", "Name": format!("Contact {pages}"),
            "EmailAddress": "new@contact.example"}),
        );
        cursor = page.next;
        if !page.more {
            break;
        }
    }
    assert_eq!(seen.len(), 2300);
    // Three by number; what follows the first once more by time, because records moved.
    assert_eq!(pages, 3 + 2);
}

#[tokio::test]
async fn an_expired_token_is_renewed_on_the_way() {
    let stage = stage();
    stage.books.profile().await.unwrap();
    let now = stage.clock.now();
    stage.wire.world.lock().unwrap().expire_tokens(now);
    stage.books.profile().await.unwrap();
}

#[tokio::test]
async fn a_disconnected_organisation_needs_a_person() {
    let stage = stage();
    stage.edit(&json!({"op": "disconnect"}));
    let error = stage.books.profile().await.unwrap_err();
    assert!(
        matches!(
            error,
            BooksError::SignInNeeded {
                side: Side::Xero,
                ..
            }
        ),
        "{error:?}"
    );
}

#[tokio::test]
async fn no_minute_has_more_calls_than_xero_allows() {
    let stage = stage();
    for _ in 0..40 {
        stage.books.profile().await.unwrap();
    }
    let world = stage.wire.world.lock().unwrap();
    assert_eq!(world.calls().len(), 200);
    assert!(world.calls().iter().all(|call| call.status == 200));
}

#[tokio::test]
async fn keys_of_a_batch_are_its_own() {
    let stage = stage();
    let prepared = |key: &str| stage.prepared(key, create_contact(ann(), key));
    let (one, two) = (prepared("a"), prepared("b"));
    let key = |members: &[&Prepared]| {
        writes::key(&members.iter().copied().enumerate().collect::<Vec<_>>())
    };
    assert_eq!(key(&[&one]), "a");
    assert_eq!(key(&[&one, &two]).len(), 64);
    assert_ne!(key(&[&one, &two]), key(&[&two, &one]));
}

#[tokio::test]
async fn the_organisation_is_asked_for_again_with_each_token() {
    let stage = stage();
    let profile = stage.books.profile().await.unwrap();
    let own = profile.origin.marks.get("organisation").unwrap();
    assert_eq!(profile.identity, *own, "Xero calls its tenants so");
    *stage.wire.exchanged.lock().unwrap() = Some("00000000-aaaa-4000-8000-000000000001");
    // Nothing is asked as long as the token is the same one.
    let calls = stage.calls().len();
    stage.all(Kind::Contact).await;
    assert_eq!(stage.calls().len(), calls + 1);
    stage.clock.advance(Duration::minutes(40));
    let other = |error: &BooksError| matches!(error, BooksError::OtherBooks { found, .. } if found == "Another Organisation");
    match stage.write("k1", create_contact(ann(), "C-1")).await {
        Answer::NotSent(error) => assert!(other(&error), "{error}"),
        other => panic!("{other:?}"),
    }
    let read = stage.books.page(Kind::Contact, &Cursor::default()).await;
    assert!(other(&read.unwrap_err()));
    assert_eq!(stage.count("Contacts"), 0);
    // It was the wrong moment to look.
    *stage.wire.exchanged.lock().unwrap() = None;
    done(stage.write("k1", create_contact(ann(), "C-1")).await);
}

#[tokio::test]
async fn a_contact_code_of_a_stranger_is_left_to_it() {
    let stage = stage();
    let stranger = done(
        stage
            .write(
                "k1",
                create_contact(
                    ledger::Contact {
                        name: "Northwind".into(),
                        ..ledger::Contact::default()
                    },
                    "CUST-1",
                ),
            )
            .await,
    );
    assert_eq!(stranger.marker, Some(RemoteId::new("CUST-1")));
    let answer = stage.write("k2", create_contact(ann(), "CUST-1")).await;
    assert!(matches!(answer, Answer::PrepareAgain(_)), "{answer:?}");
    // Worded anew it goes without the code.
    let made = done(stage.write("k3", create_contact(ann(), "CUST-1")).await);
    assert_eq!((made.marker, stage.count("Contacts")), (None, 2));
    // One that is our own is found by its name instead.
    let answer = stage.write("k4", create_contact(ann(), "CUST-1")).await;
    assert!(matches!(answer, Answer::Exists), "{answer:?}");
}
