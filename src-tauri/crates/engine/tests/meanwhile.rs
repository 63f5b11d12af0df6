//! What people and the remote system do while a run is under way: an edit between our write and its
//! read-back, an amendment refused after the original was cancelled for it.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use chrono::NaiveDate;
use ledger::DocumentState::{Approved, Draft, Voided};
use ledger::{DocumentState, Kind};
use store::{ExceptionQuery, RunOutcome};
use support::{Bench, audit, edit_invoice, id_of, titles};

fn due_in_xero(bench: &Bench, number: &str) -> Option<NaiveDate> {
    let xero = bench.xero.lock().unwrap();
    let held = &xero.records[&(Kind::Invoice, id_of(&xero, number))];
    held.record.as_invoice().unwrap().due_date
}

#[tokio::test]
async fn an_edit_between_our_marker_and_its_read_back_is_carried_not_swallowed() {
    // E-1 is created in Xero and then marked in ERPNext; A-1 is on both sides and only marked.
    for number in ["E-1", "A-1"] {
        let bench = Bench::new_customer();
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

fn states_in_erpnext(bench: &Bench, number: &str) -> Vec<DocumentState> {
    let erpnext = bench.erpnext.lock().unwrap();
    let invoices = erpnext.records.values();
    let mut states: Vec<DocumentState> = invoices
        .filter_map(|held| held.record.as_invoice())
        .filter(|invoice| invoice.number.as_deref() == Some(number))
        .map(|invoice| invoice.state)
        .collect();
    states.sort_unstable();
    states
}

fn state_in_xero(bench: &Bench, number: &str) -> DocumentState {
    let xero = bench.xero.lock().unwrap();
    let held = &xero.records[&(Kind::Invoice, id_of(&xero, number))];
    held.record.as_invoice().unwrap().state
}

fn later(bench: &Bench, number: &str) {
    let due = NaiveDate::from_ymd_opt(2026, 12, 24);
    edit_invoice(&bench.xero, number, |invoice| invoice.due_date = due);
}

/// Syncs twice with the amendment of A-1 refused, and says how many writes were tried.
async fn refused_twice(bench: &Bench) -> u64 {
    let before = bench.erpnext.lock().unwrap().writes;
    for _ in 0..3 {
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
    assert_eq!(state_in_xero(bench, "A-1"), DocumentState::Approved);
    bench.erpnext.lock().unwrap().writes - before
}

async fn accepted(bench: &Bench) {
    let open = bench.store.exceptions(&ExceptionQuery::default()).unwrap();
    bench.store.request_retry(&[open[0].id]).unwrap();
    let run = bench.sync().await.unwrap();
    assert_eq!((run.outcome, run.counts.updated), (RunOutcome::Agreed, 1));
    audit(bench);
    assert_eq!(bench.sync().await.unwrap().counts.writes(), 0);
}

#[tokio::test]
async fn an_amendment_refused_after_our_cancel_is_put_back_and_tried_once() {
    let bench = Bench::new_customer();
    bench.sync().await.unwrap();
    later(&bench, "A-1");
    let title = "A-1".to_owned();
    bench.erpnext.lock().unwrap().refuse_amendment.insert(title);
    // The old content goes by another name now, and is not cancelled again for the same.
    assert_eq!(refused_twice(&bench).await, 1);
    assert_eq!(states_in_erpnext(&bench, "A-1"), [Approved, Voided]);
    bench.erpnext.lock().unwrap().refuse_amendment.clear();
    accepted(&bench).await;
    let live = titles(&bench.erpnext.lock().unwrap(), Kind::Invoice).len();
    assert_eq!(live, 8);
}

#[tokio::test]
async fn a_replacement_that_cannot_be_put_back_either_is_gone_on_with_when_a_person_asks() {
    let bench = Bench::new_customer();
    bench.sync().await.unwrap();
    later(&bench, "A-1");
    bench
        .erpnext
        .lock()
        .unwrap()
        .refuse_both
        .insert("A-1".to_owned());
    assert_eq!(refused_twice(&bench).await, 1);
    assert_eq!(states_in_erpnext(&bench, "A-1"), [Draft, Voided]);
    bench.erpnext.lock().unwrap().refuse_both.clear();
    accepted(&bench).await;
    assert_eq!(states_in_erpnext(&bench, "A-1"), [Approved, Voided]);
}

#[tokio::test]
async fn a_replacement_under_way_is_gone_on_with_although_xero_was_put_back() {
    let bench = Bench::new_customer();
    bench.sync().await.unwrap();
    let before = due_in_xero(&bench, "A-1");
    later(&bench, "A-1");
    bench
        .erpnext
        .lock()
        .unwrap()
        .refuse_both
        .insert("A-1".to_owned());
    bench.sync().await.unwrap();
    // The person gives up on the change in Xero. Both sides mean the same now, yet ERPNext holds no
    // live document.
    edit_invoice(&bench.xero, "A-1", |invoice| invoice.due_date = before);
    bench.erpnext.lock().unwrap().refuse_both.clear();
    let run = bench.sync().await.unwrap();
    assert_eq!((run.outcome, run.counts.updated), (RunOutcome::Agreed, 1));
    let states = states_in_erpnext(&bench, "A-1");
    assert_eq!(states, [DocumentState::Approved, DocumentState::Voided]);
}

/// Books whose site has done its part of a replacement, as far as that went: the answer is lost in the
/// next run, or the process has died and its data is lost.
async fn cut_off(after_cancel: bool, lost_folder: bool) -> Bench {
    for point in 1.. {
        let mut bench = Bench::new_customer();
        bench.sync().await.unwrap();
        later(&bench, "A-1");
        let stop = ("A-1".to_owned(), after_cancel);
        bench.erpnext.lock().unwrap().stops_replacing.extend([stop]);
        if !lost_folder {
            return bench;
        }
        assert!(bench.sync_and_die_at(point).await);
        let done = bench.erpnext.lock().unwrap().stops_replacing.is_empty();
        if done {
            bench.forget();
            return bench;
        }
    }
    unreachable!("a run has fewer points")
}

#[tokio::test]
async fn a_replacement_cut_off_anywhere_is_finished_once_also_without_our_data() {
    for (after_cancel, lost_folder) in [(false, false), (true, false), (false, true), (true, true)]
    {
        let told = format!("cancelled {after_cancel}, data lost {lost_folder}");
        let bench = cut_off(after_cancel, lost_folder).await;
        let mut run = bench.sync().await.unwrap();
        for _ in 0..2 {
            run = bench.sync().await.unwrap();
        }
        let open = bench.store.exceptions(&ExceptionQuery::default()).unwrap();
        // Nobody knows any more that only Xero was changed where nothing was cancelled for it.
        let asks = lost_folder && !after_cancel;
        let expected = if asks {
            RunOutcome::Exceptions
        } else {
            RunOutcome::Agreed
        };
        assert_eq!(run.outcome, expected, "{told}: {open:?}");
        assert_eq!(run.counts.writes(), 0, "{told}");
        let states = states_in_erpnext(&bench, "A-1");
        let live = |state: &&DocumentState| **state == DocumentState::Approved;
        assert_eq!(states.iter().filter(live).count(), 1, "{told}: {states:?}");
        assert!(
            !states.contains(&DocumentState::Draft),
            "{told}: {states:?}"
        );
        if !asks {
            audit(&bench);
        }
    }
}
