//! Changes of several requests that break off where the record already says what was meant: what is left
//! is sent, by the run that sees it or by the next, and never by a preview.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use engine::run::preview;
use store::{ExceptionQuery, RunOutcome};
use support::{Bench, audit, books, edit_contact};

/// Both sides agree, and then Xero says something new of a contact whose change breaks off in ERPNext.
async fn edited() -> Bench {
    let (xero, erpnext) = books();
    let bench = Bench::new(xero, erpnext);
    bench.sync().await.unwrap();
    edit_contact(&bench.xero, "Both", |it| it.phone = Some("1".into()));
    let mut erpnext = bench.erpnext.lock().unwrap();
    erpnext.breaks_off_within.insert("both".to_owned());
    drop(erpnext);
    bench
}

fn left(bench: &Bench) -> usize {
    let erpnext = bench.erpnext.lock().unwrap();
    erpnext.left_over.len() + erpnext.breaks_off_within.len()
}

async fn settled(bench: &Bench) {
    audit(bench);
    let open = bench.store.exceptions(&ExceptionQuery::default()).unwrap();
    assert_eq!(open, []);
    let run = bench.sync().await.unwrap();
    assert_eq!((run.outcome, run.counts.writes()), (RunOutcome::Agreed, 0));
}

#[tokio::test]
async fn what_is_left_is_sent_by_the_run_that_saw_it_break_off() {
    let bench = edited().await;
    let run = bench.sync().await.unwrap();
    assert_eq!((run.outcome, run.counts.updated), (RunOutcome::Agreed, 1));
    assert_eq!(left(&bench), 0);
    settled(&bench).await;
}

#[tokio::test]
async fn wherever_the_program_dies_the_next_run_sends_what_is_left() {
    for point in 1.. {
        let bench = edited().await;
        let died = bench.sync_and_die_at(point).await;
        for _ in 0..2 {
            bench.sync().await.unwrap();
        }
        assert_eq!(left(&bench), 0, "after dying at {point}");
        settled(&bench).await;
        if !died {
            break;
        }
    }
}

#[tokio::test]
async fn a_preview_sends_nothing_of_it() {
    let mut left_to_it = 0;
    for point in 1.. {
        let bench = edited().await;
        if !bench.sync_and_die_at(point).await {
            break;
        }
        let before = left(&bench);
        preview(&bench.session(), |_| {}).await.unwrap();
        assert_eq!(left(&bench), before, "after dying at {point}");
        left_to_it += bench.erpnext.lock().unwrap().left_over.len();
        for _ in 0..2 {
            bench.sync().await.unwrap();
        }
        assert_eq!(left(&bench), 0, "after dying at {point}");
        settled(&bench).await;
    }
    assert!(left_to_it > 0, "it never died between the two");
}
