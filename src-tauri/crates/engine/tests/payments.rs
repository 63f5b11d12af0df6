//! Payments through whole runs: carried both ways, ended both ways, once, and seen in what is owed.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::sync::Mutex;
use std::sync::atomic::Ordering;

use ledger::{Kind, Record, RemoteId, Side};
use rust_decimal::Decimal;
use store::{Decision, ExceptionQuery, RunOutcome};
use support::*;

/// A person enters a payment of an invoice.
fn pay(world: &Mutex<World>, side: Side, reference: &str, numbers: &[(&str, i64)]) -> RemoteId {
    let mut world = world.lock().unwrap();
    let paid: Vec<(RemoteId, i64)> = numbers
        .iter()
        .map(|(number, amount)| (id_of(&world, number), *amount))
        .collect();
    let first = &world.records[&(Kind::Invoice, paid[0].0.clone())];
    let contact = first.record.as_invoice().unwrap().contact.clone();
    let parts: Vec<(&RemoteId, i64)> = paid.iter().map(|(id, amount)| (id, *amount)).collect();
    let record = payment_of(reference, &contact, &parts);
    world.add(side, record)
}

fn payments(world: &Mutex<World>) -> usize {
    let world = world.lock().unwrap();
    let standing = world.records.iter();
    standing
        .filter(|((kind, _), held)| *kind == Kind::Payment && !held.record.ended())
        .count()
}

#[tokio::test]
async fn payments_are_carried_both_ways_in_the_run_that_finds_them() {
    let bench = Bench::new_customer();
    pay(&bench.xero, Side::Xero, "px-1", &[("X-1", 30)]);
    pay(&bench.xero, Side::Xero, "px-2", &[("X-1", 40)]);
    pay(&bench.xero, Side::Xero, "px-3", &[("A-1", 60)]);
    pay(
        &bench.erpnext,
        Side::Erpnext,
        "pe-1",
        &[("E-1", 80), ("E-2", 10)],
    );
    pay(&bench.erpnext, Side::Erpnext, "pe-2", &[("A-1", 40)]);
    let summary = sync_all(&bench).await;
    assert_eq!(summary.outcome, RunOutcome::Agreed, "{summary:?}");
    assert_eq!(summary.counts.exceptions, 0);
    audit(&bench);
    for (number, owed) in [("X-1", 0), ("A-1", 0), ("E-1", 0), ("E-2", 70), ("A-2", 50)] {
        assert_eq!(due(&bench.xero, number), Decimal::from(owed), "{number}");
        assert_eq!(due(&bench.erpnext, number), Decimal::from(owed), "{number}");
    }
    let written = bench.writes();
    sync_all(&bench).await;
    assert_eq!(bench.writes(), written, "the second sync writes nothing");
    // On books in agreement, a payment made later is carried by itself.
    pay(&bench.erpnext, Side::Erpnext, "pe-3", &[("X-2", 70)]);
    let summary = sync_all(&bench).await;
    assert_eq!(summary.outcome, RunOutcome::Agreed);
    assert_eq!(due(&bench.xero, "X-2"), Decimal::ZERO);
    audit(&bench);
}

#[tokio::test]
async fn a_payment_that_ends_on_one_side_ends_on_the_other() {
    let bench = Bench::new_customer();
    let in_xero = pay(&bench.xero, Side::Xero, "px", &[("A-1", 60)]);
    let in_erpnext = pay(&bench.erpnext, Side::Erpnext, "pe", &[("E-1", 80)]);
    sync_all(&bench).await;
    assert_eq!((payments(&bench.xero), payments(&bench.erpnext)), (2, 2));
    bench.xero.lock().unwrap().end_payment(&in_xero);
    bench.erpnext.lock().unwrap().end_payment(&in_erpnext);
    let summary = sync_all(&bench).await;
    assert_eq!(summary.outcome, RunOutcome::Agreed, "{summary:?}");
    assert_eq!((payments(&bench.xero), payments(&bench.erpnext)), (0, 0));
    for number in ["A-1", "E-1"] {
        let owed = (due(&bench.xero, number), due(&bench.erpnext, number));
        assert_eq!(owed.0, owed.1, "{number}");
        assert!(owed.0 > Decimal::ZERO);
    }
    // Entered again, it is another payment.
    pay(&bench.erpnext, Side::Erpnext, "pe again", &[("E-1", 80)]);
    sync_all(&bench).await;
    assert_eq!(due(&bench.xero, "E-1"), Decimal::ZERO);
    audit(&bench);
}

/// R10: what is owed follows each of them on both sides.
#[tokio::test]
async fn a_payment_that_is_cancelled_and_entered_again_is_counted_once() {
    let bench = Bench::new_customer();
    sync_all(&bench).await;
    let all = due(&bench.erpnext, "A-1");
    let mut owed = Vec::new();
    let mut standing = None;
    for of in ["pe", "cancelled", "pe again"] {
        match standing.take() {
            Some(id) => bench.erpnext.lock().unwrap().end_payment(&id),
            None => standing = Some(pay(&bench.erpnext, Side::Erpnext, of, &[("A-1", 100)])),
        }
        let summary = sync_all(&bench).await;
        assert_eq!(summary.outcome, RunOutcome::Agreed, "{of}: {summary:?}");
        owed.push((due(&bench.xero, "A-1"), due(&bench.erpnext, "A-1")));
    }
    let nothing = all - Decimal::from(100);
    assert_eq!(owed, [(nothing, nothing), (all, all), (nothing, nothing)]);
    assert_eq!((payments(&bench.xero), payments(&bench.erpnext)), (1, 1));
    audit(&bench);
}

#[tokio::test]
async fn a_paid_invoice_that_is_voided_ends_behind_its_payment() {
    let bench = Bench::new_customer();
    let in_xero = pay(&bench.xero, Side::Xero, "px", &[("A-1", 60)]);
    sync_all(&bench).await;
    {
        let mut xero = bench.xero.lock().unwrap();
        xero.end_payment(&in_xero);
        let id = id_of(&xero, "A-1");
        xero.edit(Kind::Invoice, &id, Record::end);
    }
    let summary = sync_all(&bench).await;
    assert_eq!(summary.outcome, RunOutcome::Agreed, "{summary:?}");
    let refused = bench.erpnext.lock().unwrap().ends_refused;
    assert_eq!(refused, 0, "the invoice was to end before its payment");
    let erpnext = bench.erpnext.lock().unwrap();
    assert!(titles(&erpnext, Kind::Payment).is_empty());
    assert!(!titles(&erpnext, Kind::Invoice).contains(&"a 1".to_owned()));
}

#[tokio::test]
async fn what_was_entered_on_both_sides_is_linked_and_not_paid_twice() {
    let bench = Bench::new_customer();
    pay(&bench.xero, Side::Xero, "by hand", &[("A-1", 60)]);
    pay(&bench.erpnext, Side::Erpnext, "by hand", &[("A-1", 60)]);
    let summary = sync_all(&bench).await;
    assert_eq!(summary.outcome, RunOutcome::Agreed, "{summary:?}");
    assert_eq!((payments(&bench.xero), payments(&bench.erpnext)), (1, 1));
    audit(&bench);
}

/// Books with payments of every sort: on one side, on both, of several invoices, several of one.
fn paid() -> Bench {
    let bench = Bench::new_customer();
    pay(&bench.xero, Side::Xero, "px-1", &[("X-1", 30)]);
    pay(&bench.xero, Side::Xero, "px-2", &[("X-1", 40)]);
    pay(&bench.xero, Side::Xero, "both", &[("A-1", 60)]);
    pay(&bench.erpnext, Side::Erpnext, "both", &[("A-1", 60)]);
    pay(
        &bench.erpnext,
        Side::Erpnext,
        "pe-1",
        &[("E-1", 80), ("E-2", 10)],
    );
    bench
}

/// What must hold in the end, and that nothing is left to do.
async fn ends_well(bench: &Bench, after: &str) {
    let run = sync_all(bench).await;
    assert_eq!(run.outcome, RunOutcome::Agreed, "{after}");
    audit(bench);
    assert_eq!(
        (payments(&bench.xero), payments(&bench.erpnext)),
        (4, 4),
        "{after}"
    );
    for number in ["X-1", "E-1"] {
        let owed = (due(&bench.xero, number), due(&bench.erpnext, number));
        assert_eq!(owed, (Decimal::ZERO, Decimal::ZERO), "{after}");
    }
    assert_eq!(sync_all(bench).await.counts.writes(), 0, "{after}");
}

#[tokio::test]
async fn killed_at_any_point_no_payment_is_made_twice() {
    let whole = paid();
    whole.gate.die_at(0);
    sync_all(&whole).await;
    let points = whole.gate.passed();
    assert!(points > 40, "only {points} points to die at");
    for point in 1..=points {
        let bench = paid();
        assert!(bench.sync_and_die_at(point).await, "point {point}");
        sync_all(&bench).await;
        ends_well(&bench, &format!("after dying at {point}")).await;
    }
}

#[tokio::test]
async fn lost_answers_make_no_second_payment() {
    for every in 2..12 {
        let bench = paid();
        bench.gate.lose_answers_from.store(every, Ordering::SeqCst);
        sync_all(&bench).await;
        bench.gate.lose_answers_from.store(0, Ordering::SeqCst);
        sync_all(&bench).await;
        ends_well(&bench, &format!("every {every}th answer lost")).await;
    }
}

#[tokio::test]
async fn a_lost_database_links_payments_anew_and_writes_nothing() {
    let mut bench = paid();
    sync_all(&bench).await;
    bench.forget();
    let again = sync_all(&bench).await;
    assert_eq!(
        (again.counts.writes(), again.outcome),
        (0, RunOutcome::Agreed)
    );
    ends_well(&bench, "after a lost database").await;
}

#[tokio::test]
async fn an_end_is_carried_when_the_run_is_killed_on_the_way() {
    for point in 1..=30 {
        let bench = paid();
        sync_all(&bench).await;
        for (world, side) in [(&bench.xero, "px-1"), (&bench.erpnext, "pe-1")] {
            let mut world = world.lock().unwrap();
            let id = id_of(&world, side);
            world.end_payment(&id);
        }
        bench.sync_and_die_at(point).await;
        sync_all(&bench).await;
        assert_eq!(
            sync_all(&bench).await.outcome,
            RunOutcome::Agreed,
            "{point}"
        );
        assert_eq!((payments(&bench.xero), payments(&bench.erpnext)), (2, 2));
        audit(&bench);
    }
}

#[tokio::test]
async fn a_plan_without_payments_says_everything_once() {
    let bench = Bench::new_customer();
    let mut said = Vec::new();
    engine::run::preview(&bench.session(), |entry| {
        let id = |side: &Option<engine::plan::Subject>| side.as_ref().map(|it| it.id.clone());
        said.push((entry.kind, id(&entry.xero), id(&entry.erpnext)));
    })
    .await
    .unwrap();
    let all = said.len();
    said.sort();
    said.dedup();
    assert_eq!(said.len(), all, "an entry was handed over twice");
}

#[tokio::test]
async fn a_payment_that_was_left_alone_is_carried_once_it_is_needed() {
    let bench = Bench::new_customer();
    sync_all(&bench).await;
    // Paid in Xero, and written off in ERPNext by as much: both sides owe the same.
    let write_off = |amount: i64| {
        edit_invoice(&bench.erpnext, "A-1", |it| {
            it.amount_due += Decimal::from(amount);
        });
    };
    pay(&bench.xero, Side::Xero, "px", &[("A-1", 60)]);
    write_off(-60);
    let summary = sync_all(&bench).await;
    let left = (summary.outcome, payments(&bench.erpnext));
    assert_eq!(left, (RunOutcome::Agreed, 0));
    // The journal entry is taken back.
    write_off(60);
    assert_eq!(sync_all(&bench).await.outcome, RunOutcome::Agreed);
    assert_eq!(payments(&bench.erpnext), 1);
    assert_eq!(due(&bench.erpnext, "A-1"), Decimal::from(40));
    audit(&bench);
}

/// The program lost its folder after a person deleted a payment in Xero, or after we ended it there to make it
/// anew: that is asked, and neither is done by itself.
#[tokio::test]
async fn what_ended_in_xero_is_asked_about_after_the_folder_was_lost() {
    for (keep, left, owed) in [(Side::Xero, 0, 100), (Side::Erpnext, 1, 40)] {
        let mut bench = Bench::new_customer();
        let in_xero = pay(&bench.xero, Side::Xero, "px", &[("A-1", 60)]);
        assert_eq!(sync_all(&bench).await.outcome, RunOutcome::Agreed);
        bench.xero.lock().unwrap().end_payment(&in_xero);
        bench.forget();
        for _ in 0..2 {
            let run = sync_all(&bench).await;
            assert_eq!(
                (run.counts.exceptions, run.counts.writes()),
                (1, 0),
                "{run:?}"
            );
        }
        assert_eq!((payments(&bench.xero), payments(&bench.erpnext)), (0, 1));
        let open = bench.store.exceptions(&ExceptionQuery::default()).unwrap();
        assert_eq!(open[0].cause.word(), "ended_there");
        let decision = Decision::Keep(keep);
        bench.store.decide(open[0].id, &decision).unwrap();
        for _ in 0..2 {
            sync_all(&bench).await;
        }
        let run = sync_all(&bench).await;
        assert_eq!((run.outcome, run.counts.writes()), (RunOutcome::Agreed, 0));
        assert_eq!(
            (payments(&bench.xero), payments(&bench.erpnext)),
            (left, left)
        );
        for world in [&bench.xero, &bench.erpnext] {
            assert_eq!(due(world, "A-1"), Decimal::from(owed));
        }
        audit(&bench);
    }
}
