//! How many calls reading and writing take, and that Xero's limits are never run into.
#![allow(clippy::unwrap_used)]

mod common;

use std::sync::Arc;
use std::sync::atomic::Ordering;

use chrono::Duration;
use common::import::{Load, import, inject, span};
use common::{Setting, Stage, noon, stage};
use net::{Clock, EventClock, JumpClock};
use serde_json::json;
use xero::wire::Row;
use xero::wire::document::Invoice;
use xero::wire::position::Position;

async fn read(stage: &Stage, from: Position) -> (Vec<String>, Position) {
    let (mut numbers, mut position) = (Vec::new(), from);
    loop {
        let page = stage.client.page::<Invoice>(&position).await.unwrap();
        assert!(page.rows.len() <= 1000);
        numbers.extend(page.rows.into_iter().map(|row| match row {
            Row::Read { row, .. } => row.0.number.unwrap(),
            Row::Unreadable { why, .. } => panic!("{why}"),
        }));
        position = page.next;
        if !page.more {
            return (numbers, position);
        }
    }
}

#[tokio::test]
async fn a_thousand_invoices_are_one_call() {
    let clock = Arc::new(JumpClock::at(noon()));
    let stage = stage(Setting::free(clock.clone()));
    stage.fill(3, 3000);
    clock.advance(Duration::minutes(10));
    let (mut numbers, position) = read(&stage, Position::default()).await;
    assert_eq!(stage.calls(), 3);
    numbers.dedup();
    assert_eq!(numbers.len(), 3000);

    // The next pass is one call, for what changed since this one began, with an overlap.
    clock.advance(Duration::minutes(10));
    stage.edit(&json!({"op": "edit_invoice", "InvoiceNumber": "INV-000042", "Reference": "new"}));
    let since = position.since.unwrap();
    assert_eq!(since, noon() + Duration::minutes(5));
    let late = Position {
        since: Some(noon() + Duration::minutes(10)),
        ..position
    };
    let (numbers, _) = read(&stage, late).await;
    assert_eq!(numbers, ["INV-000042"]);
    assert_eq!(stage.calls(), 4);
}

#[tokio::test]
async fn a_record_touched_between_pages_hides_no_other() {
    let clock = Arc::new(JumpClock::at(noon()));
    let stage = stage(Setting::free(clock.clone()));
    stage.fill(1, 0);
    let contacts = stage.wire.world.lock().unwrap().state()["Contacts"].clone();
    let contact = contacts[0]["ContactID"].as_str().unwrap();
    for index in 0..2500 {
        if index % 10 == 0 {
            clock.advance(Duration::seconds(1));
        }
        let mut element = common::invoice(index, contact);
        element["op"] = json!("create_invoice");
        stage.edit(&element);
    }
    clock.advance(Duration::minutes(10));
    // Two rows of the first page are touched just after it was read, so the second page starts two
    // rows too late.
    let first = stage
        .client
        .page::<Invoice>(&Position::default())
        .await
        .unwrap();
    assert!(first.more);
    clock.advance(Duration::seconds(30));
    for number in ["INV-000003", "INV-000004"] {
        stage.edit(&json!({"op": "edit_invoice", "InvoiceNumber": number, "Reference": "new"}));
    }
    clock.advance(Duration::seconds(30));
    let (rest, position) = read(&stage, first.next).await;
    let mut all: Vec<String> = first
        .rows
        .into_iter()
        .map(|row| match row {
            Row::Read { row, .. } => row.0.number.unwrap(),
            Row::Unreadable { why, .. } => panic!("{why}"),
        })
        .chain(rest)
        .collect();
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 2500);
    assert!(!position.by_time);
    // Three pages by number, and what follows the first once more by time.
    assert_eq!(stage.calls(), 3 + 2);
}

#[test]
fn an_import_under_the_real_limits_is_never_refused() {
    let clock = Arc::new(EventClock::at(noon()));
    let stage = stage(Setting::real(clock.clone(), 5000));
    let injected = inject(&stage, |before| matches!(before, 7 | 30 | 61));
    let load = Load {
        contacts: 100,
        invoices: 2500,
        credit_notes: 10,
        payments: 1390,
    };
    let written = clock.run(import(&stage, load)).unwrap();
    assert_eq!(written, load.documents());
    assert_eq!(injected.load(Ordering::Relaxed), 3);
    assert_eq!(stage.refused(), 3);
    assert_eq!(stage.calls(), load.floor() + 3);
    assert_eq!(stage.wire.most_at_once.load(Ordering::Relaxed), 5);
    let took = clock.now() - noon();
    assert!(took < Duration::minutes(3), "{}", span(noon(), clock.now()));
}

#[test]
fn an_import_larger_than_a_day_s_calls_goes_on_the_next_day() {
    let clock = Arc::new(EventClock::at(noon()));
    let mut setting = Setting::real(clock.clone(), 25);
    setting.limits.per_day = Some(25);
    let stage = stage(setting);
    let load = Load {
        contacts: 50,
        invoices: 2450,
        ..Load::default()
    };
    let written = clock.run(import(&stage, load)).unwrap();
    assert_eq!(written, 2500);
    assert_eq!(stage.refused(), 0);
    assert_eq!(stage.calls(), 50);
    // A fifth of each day is left for more urgent work: 20 calls today, 20 tomorrow, 10 the day
    // after.
    let took = clock.now() - noon();
    assert!(
        took > Duration::hours(36) && took < Duration::hours(37),
        "{}",
        span(noon(), clock.now())
    );
}
