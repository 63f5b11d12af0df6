//! What people and the remote system do while a run is under way: an edit between our write and its
//! read-back, an amendment refused after the original was cancelled for it.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use chrono::NaiveDate;
use ledger::{DocumentState, Kind};
use store::{ExceptionQuery, RunOutcome};
use support::{Bench, audit, books, edit_invoice, id_of, titles};

fn bench() -> Bench {
    let (xero, erpnext) = books();
    Bench::new(xero, erpnext)
}

fn due_in_xero(bench: &Bench, number: &str) -> Option<NaiveDate> {
    let xero = bench.xero.lock().unwrap();
    let held = &xero.records[&(Kind::Invoice, id_of(&xero, number))];
    held.record.as_invoice().unwrap().due_date
}

#[tokio::test]
async fn an_edit_between_our_marker_and_its_read_back_is_carried_not_swallowed() {
    // E-1 is created in Xero and then marked in ERPNext; A-1 is on both sides and only marked.
    for number in ["E-1", "A-1"] {
        let bench = bench();
        let due = NaiveDate::from_ymd_opt(2026, 12, 24).unwrap();
        bench
            .erpnext
            .lock()
            .unwrap()
            .due_after_mark
            .insert(number.to_owned(), due);
        bench.sync().await.unwrap();
        assert!(bench.erpnext.lock().unwrap().due_after_mark.is_empty());
        let run = bench.sync().await.unwrap();
        assert_eq!(
            (run.outcome, run.counts.updated),
            (RunOutcome::Agreed, 1),
            "{number}"
        );
        assert_eq!(due_in_xero(&bench, number), Some(due));
        audit(&bench);
        assert_eq!(bench.sync().await.unwrap().counts.writes(), 0);
    }
}

#[tokio::test]
async fn an_amendment_refused_after_our_cancel_is_an_exception_and_voids_nothing() {
    let bench = bench();
    bench.sync().await.unwrap();
    let due = NaiveDate::from_ymd_opt(2026, 12, 24);
    edit_invoice(&bench.xero, "A-1", |invoice| invoice.due_date = due);
    bench
        .erpnext
        .lock()
        .unwrap()
        .refuse_amendment
        .insert("A-1".to_owned());
    for _ in 0..2 {
        let run = bench.sync().await.unwrap();
        assert_eq!(
            (run.outcome, run.counts.voided, run.counts.exceptions),
            (RunOutcome::Exceptions, 0, 1)
        );
        let open = bench.store.exceptions(&ExceptionQuery::default()).unwrap();
        assert_eq!(
            (open.len(), open[0].cause.word(), open[0].title.as_str()),
            (1, "refused", "A-1")
        );
    }
    // Our cancellation was not taken for a person's.
    {
        let xero = bench.xero.lock().unwrap();
        let held = &xero.records[&(Kind::Invoice, id_of(&xero, "A-1"))];
        assert_eq!(
            held.record.as_invoice().unwrap().state,
            DocumentState::Approved
        );
    }
    // Once it is accepted, it is written, and there is one live document again.
    bench.erpnext.lock().unwrap().refuse_amendment.clear();
    let open = bench.store.exceptions(&ExceptionQuery::default()).unwrap();
    bench.store.request_retry(&[open[0].id]).unwrap();
    let run = bench.sync().await.unwrap();
    assert_eq!((run.outcome, run.counts.updated), (RunOutcome::Agreed, 1));
    audit(&bench);
    assert_eq!(
        titles(&bench.erpnext.lock().unwrap(), Kind::Invoice).len(),
        8
    );
    assert_eq!(bench.sync().await.unwrap().counts.writes(), 0);
}

#[tokio::test]
async fn a_half_replaced_document_is_written_again_although_xero_was_put_back() {
    let bench = bench();
    bench.sync().await.unwrap();
    let before = due_in_xero(&bench, "A-1");
    edit_invoice(&bench.xero, "A-1", |invoice| {
        invoice.due_date = NaiveDate::from_ymd_opt(2026, 12, 24);
    });
    bench
        .erpnext
        .lock()
        .unwrap()
        .refuse_amendment
        .insert("A-1".to_owned());
    bench.sync().await.unwrap();
    // The person gives up on the change in Xero. Both sides read the same now, yet ERPNext holds no
    // live document.
    edit_invoice(&bench.xero, "A-1", |invoice| invoice.due_date = before);
    bench.erpnext.lock().unwrap().refuse_amendment.clear();
    let run = bench.sync().await.unwrap();
    assert_eq!((run.outcome, run.counts.updated), (RunOutcome::Agreed, 1));
    let erpnext = bench.erpnext.lock().unwrap();
    let held = &erpnext.records[&(Kind::Invoice, id_of(&erpnext, "A-1"))];
    assert!(!held.half_replaced);
}
