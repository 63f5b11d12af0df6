//! Whether anything changed, asked as cheaply as can be.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use engine::run::poll::{Due, Polled, poll};
use ledger::{Kind, Side};
use support::{Bench, books, contact, edit_invoice};

async fn polled(bench: &Bench) -> Polled {
    poll(&bench.session()).await.unwrap()
}

async fn settled() -> Bench {
    let (mut xero, erpnext) = books();
    xero.calls_are_few = true;
    let bench = Bench::new(xero, erpnext);
    bench.sync().await.unwrap();
    bench.sync().await.unwrap();
    bench
}

#[tokio::test]
async fn one_list_is_asked_where_calls_are_few_and_nothing_is_stored_of_it() {
    let bench = settled().await;
    let pages = || bench.xero.lock().unwrap().pages;
    let before = pages();
    let quiet = polled(&bench).await;
    assert!(!quiet.is_due(), "{quiet:?}");
    assert_eq!(pages() - before, 1);
    assert_eq!(
        bench.xero.lock().unwrap().profiles_read,
        2,
        "by the two runs"
    );
    // Our own writes are no news, and a person's are.
    edit_invoice(&bench.xero, "A-1", |it| it.reference = Some("PO 7".into()));
    let cursor = |kind| {
        bench
            .store
            .cursor(bench.pairing.id, Side::Xero, kind)
            .unwrap()
    };
    let read = Kind::ALL.map(cursor);
    for _ in 0..2 {
        assert!(polled(&bench).await.is_due(), "until a run has read it");
    }
    assert_eq!(Kind::ALL.map(cursor), read);
    assert_eq!(bench.sync().await.unwrap().counts.updated, 1);
    // The document that was cancelled for its amendment is read by one more run.
    assert!(polled(&bench).await.is_due());
    assert_eq!(bench.sync().await.unwrap().counts.writes(), 0);
    assert!(!polled(&bench).await.is_due());
}

#[tokio::test]
async fn each_kind_has_its_turn() {
    let bench = settled().await;
    let another = contact("Another");
    bench.xero.lock().unwrap().add(Side::Xero, another);
    assert!(!polled(&bench).await.is_due(), "invoices were asked about");
    bench.wait(31);
    assert!(polled(&bench).await.is_due(), "contacts half an hour later");
}

#[tokio::test]
async fn a_run_that_is_due_anyway_costs_no_question() {
    let bench = settled().await;
    let pages = bench.xero.lock().unwrap().pages;
    bench.wait(60 * 25);
    assert_eq!(polled(&bench).await.due, Some(Due::Comparison));
    assert_eq!(bench.xero.lock().unwrap().pages, pages);
    let (xero, erpnext) = books();
    let fresh = Bench::new(xero, erpnext);
    assert_eq!(polled(&fresh).await.due, Some(Due::NotRead));
}
