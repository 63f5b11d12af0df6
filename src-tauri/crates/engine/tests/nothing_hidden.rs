//! P2 nothing hidden: what a system keeps failing at is somebody's to look at, and what was set aside
//! is set aside with its figures only.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use ledger::{Cause, Side};
use rust_decimal::Decimal;
use store::{Exception, ExceptionQuery, RunOutcome};
use support::{Bench, audit, edit_invoice};

fn open(bench: &Bench) -> Vec<Exception> {
    bench.store.exceptions(&ExceptionQuery::default()).unwrap()
}

fn lost(bench: &Bench) -> u64 {
    bench.erpnext.lock().unwrap().lost
}

#[tokio::test]
async fn what_a_system_keeps_failing_at_is_an_exception_and_is_not_sent_for_ever() {
    let bench = Bench::new_customer();
    let never = |bench: &Bench, title: &str| {
        let mut erpnext = bench.erpnext.lock().unwrap();
        erpnext.never_arrives.insert(title.into());
    };
    never(&bench, "X-2");
    let run = bench.sync().await.unwrap();
    assert_eq!(
        (run.outcome, run.counts.exceptions),
        (RunOutcome::Exceptions, 1)
    );
    let found = open(&bench);
    assert_eq!(
        found[0].cause,
        Cause::InDoubt {
            side: Side::Erpnext,
            why: "the line broke".into()
        }
    );
    assert_eq!(
        (found[0].title.as_str(), found[0].record.side),
        ("X-2", Side::Xero)
    );
    assert!(found[0].amount.is_some());
    assert_eq!(lost(&bench), 2);
    // Not by itself so soon.
    let run = bench.sync().await.unwrap();
    assert_eq!(run.counts.exceptions, 1);
    assert_eq!(lost(&bench), 2);
    // When a person asks, once.
    bench.store.request_retry(&[open(&bench)[0].id]).unwrap();
    bench.sync().await.unwrap();
    bench.sync().await.unwrap();
    assert_eq!(lost(&bench), 3);
    // After a while by itself, and the next time only after a longer one.
    bench.wait(41);
    bench.sync().await.unwrap();
    assert_eq!(lost(&bench), 4);
    bench.wait(41);
    bench.sync().await.unwrap();
    assert_eq!((lost(&bench), open(&bench)[0].tries), (4, 3));
    // When its content changes, as often as anything new.
    edit_invoice(&bench.xero, "X-2", |it| it.reference = Some("PO 2".into()));
    bench.sync().await.unwrap();
    assert_eq!(lost(&bench), 6);
    // It ends by itself when the system has got over it.
    bench.erpnext.lock().unwrap().never_arrives.clear();
    bench.wait(24 * 60);
    assert_eq!(bench.sync().await.unwrap().outcome, RunOutcome::Agreed);
    assert_eq!(open(&bench), []);
    assert!(bench.store.lost_writes(bench.pairing.id).unwrap().len() <= 1);
    audit(&bench);
}

#[tokio::test]
async fn a_record_that_makes_a_whole_batch_fail_is_told_from_the_others() {
    let bench = Bench::new_customer();
    let poison = "X-2".to_owned();
    bench.erpnext.lock().unwrap().breaks_batch.insert(poison);
    bench.sync().await.unwrap();
    let titles: Vec<String> = open(&bench).into_iter().map(|it| it.title).collect();
    assert_eq!(titles, ["X-2"]);
    bench.erpnext.lock().unwrap().breaks_batch.clear();
    bench.wait(10);
    assert_eq!(bench.sync().await.unwrap().outcome, RunOutcome::Agreed);
    audit(&bench);
}

#[tokio::test]
async fn one_accident_is_none_even_where_a_whole_batch_is_lost() {
    let bench = Bench::new_customer();
    bench
        .gate
        .lose_answers_from
        .store(2, std::sync::atomic::Ordering::SeqCst);
    bench.sync().await.unwrap();
    bench
        .gate
        .lose_answers_from
        .store(0, std::sync::atomic::Ordering::SeqCst);
    assert_eq!(bench.sync().await.unwrap().outcome, RunOutcome::Agreed);
    assert_eq!(open(&bench), []);
    audit(&bench);
}

#[tokio::test]
async fn a_difference_that_was_set_aside_is_shown_again_when_it_is_another() {
    let bench = Bench::new_customer();
    let due = |bench: &Bench, due: Decimal| {
        edit_invoice(&bench.xero, "A-1", |invoice| invoice.amount_due = due);
    };
    due(&bench, Decimal::ONE);
    bench.sync().await.unwrap();
    let found = open(&bench);
    assert_eq!(found[0].cause.word(), "amount_due_differs");
    bench
        .store
        .ignore_exception(found[0].id, "a pound")
        .unwrap();
    let run = bench.sync().await.unwrap();
    assert_eq!(
        (run.outcome, run.counts.exceptions, run.counts.ignored),
        (RunOutcome::Agreed, 0, 1)
    );
    due(&bench, Decimal::ZERO);
    let run = bench.sync().await.unwrap();
    assert_eq!(
        (run.outcome, run.counts.exceptions, run.counts.ignored),
        (RunOutcome::Exceptions, 1, 0)
    );
    assert_eq!(open(&bench)[0].reason, None);
}

#[tokio::test]
async fn that_our_own_program_died_is_no_failure_of_the_other_side() {
    // The same writes are under way at death after death: before they are carried out, too.
    for from in [8, 10, 12, 14, 16] {
        let bench = Bench::new_customer();
        for _ in 0..6 {
            bench.sync_and_die_at(from).await;
        }
        let run = bench.sync().await.unwrap();
        assert_eq!(
            (run.outcome, open(&bench)),
            (RunOutcome::Agreed, vec![]),
            "died at {from}"
        );
        audit(&bench);
    }
}
