//! P1 no duplicates, P2 nothing lost, P3 convergence, P4 no echo, P6 crash anywhere: the engine with
//! its real store against two small fake systems, killed at every single I/O point in turn.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use chrono::NaiveDate;
use ledger::{Kind, Record};
use std::sync::atomic::Ordering;
use store::{ExceptionQuery, RunOutcome};
use support::{Bench, audit};

#[tokio::test]
async fn the_first_run_brings_both_sides_together_and_the_second_writes_nothing() {
    let bench = Bench::new_customer();
    let first = bench.sync().await.unwrap();
    assert_eq!(first.outcome, RunOutcome::Agreed);
    // Two contacts and six invoices exist on one side only; each record that ERPNext had gets our
    // marker: two contacts and five invoices.
    assert_eq!((first.counts.created, first.counts.marked), (8, 7));
    assert_eq!(first.counts.linked, 3 + 8);
    audit(&bench);
    let second = bench.sync().await.unwrap();
    assert_eq!((second.counts.writes(), second.counts.linked), (0, 0));
    assert_eq!(second.outcome, RunOutcome::Agreed);
}

#[tokio::test]
async fn killed_at_any_point_the_next_runs_end_with_the_same_books() {
    let whole = Bench::new_customer();
    whole.gate.die_at(0);
    whole.sync().await.unwrap();
    let points = whole.gate.passed();
    let expected = whole.writes();
    assert!(points >= 30, "only {points} points to die at");
    for point in 1..=points {
        let bench = Bench::new_customer();
        assert!(
            bench.sync_and_die_at(point).await,
            "point {point} was not reached"
        );
        let next = bench.sync().await.unwrap();
        assert_eq!(next.outcome, RunOutcome::Agreed, "after dying at {point}");
        audit(&bench);
        assert_eq!(
            bench.sync().await.unwrap().counts.writes(),
            0,
            "after dying at {point}"
        );
        // A write may be asked for twice only where the first request was refused as existing.
        assert!(
            bench.writes() <= expected + 2,
            "{} writes after {point}",
            bench.writes()
        );
    }
}

#[tokio::test]
async fn what_lists_do_not_show_yet_is_looked_up_instead_of_sent_again() {
    for point in 1..=30 {
        let bench = Bench::new_customer();
        let before = [&bench.xero, &bench.erpnext].map(|world| world.lock().unwrap().versions);
        bench.sync_and_die_at(point).await;
        for (world, versions) in [&bench.xero, &bench.erpnext].into_iter().zip(before) {
            world.lock().unwrap().lists_show_up_to = Some(versions);
        }
        let next = bench.sync().await.unwrap();
        assert_eq!(next.counts.exceptions, 0, "after dying at {point}");
        for world in [&bench.xero, &bench.erpnext] {
            world.lock().unwrap().lists_show_up_to = None;
        }
        bench.sync().await.unwrap();
        audit(&bench);
        assert_eq!(bench.sync().await.unwrap().counts.writes(), 0);
    }
}

#[tokio::test]
async fn lost_answers_make_no_copies() {
    for every in 2..9 {
        let bench = Bench::new_customer();
        bench.gate.lose_answers_from.store(every, Ordering::SeqCst);
        bench.sync().await.unwrap();
        bench.gate.lose_answers_from.store(0, Ordering::SeqCst);
        bench.sync().await.unwrap();
        audit(&bench);
        assert_eq!(bench.sync().await.unwrap().counts.writes(), 0);
    }
}

#[tokio::test]
async fn a_lost_database_relinks_everything_with_no_write() {
    let mut bench = Bench::new_customer();
    bench.sync().await.unwrap();
    bench.forget();
    let again = bench.sync().await.unwrap();
    assert_eq!((again.counts.writes(), again.counts.linked), (0, 11));
    assert_eq!(again.outcome, RunOutcome::Agreed);
}

#[tokio::test]
async fn edits_and_voids_travel_both_ways_even_when_killed_on_the_way() {
    let points = 40;
    for point in 1..=points {
        let bench = Bench::new_customer();
        bench.sync().await.unwrap();
        let due = NaiveDate::from_ymd_opt(2026, 12, 24);
        let id = |world: &support::World, number: &str| {
            world
                .records
                .iter()
                .find(|(_, held)| held.record.title() == number)
                .map(|((_, id), _)| id.clone())
                .unwrap()
        };
        {
            let mut xero = bench.xero.lock().unwrap();
            let (one, two) = (id(&xero, "A-1"), id(&xero, "E-1"));
            xero.edit(Kind::Invoice, &one, |record| {
                if let Record::Invoice(invoice) = record {
                    invoice.due_date = due;
                }
            });
            xero.edit(Kind::Invoice, &two, ledger::Record::end);
            let mut erpnext = bench.erpnext.lock().unwrap();
            let (three, four) = (id(&erpnext, "A-2"), id(&erpnext, "X-1"));
            erpnext.edit(Kind::Invoice, &three, |record| {
                if let Record::Invoice(invoice) = record {
                    invoice.due_date = due;
                }
            });
            erpnext.edit(Kind::Invoice, &four, ledger::Record::end);
        }
        bench.sync_and_die_at(point).await;
        let run = bench.sync().await.unwrap();
        let open = bench.store.exceptions(&ExceptionQuery::default()).unwrap();
        assert_eq!(open, [], "after dying at {point}");
        assert_eq!(run.outcome, RunOutcome::Agreed, "after dying at {point}");
        audit(&bench);
        assert_eq!(
            support::titles(&bench.xero.lock().unwrap(), Kind::Invoice).len(),
            6
        );
        assert_eq!(bench.sync().await.unwrap().counts.writes(), 0);
    }
}

#[tokio::test]
async fn a_conflict_is_an_exception_until_a_person_chooses_a_side() {
    let bench = Bench::new_customer();
    bench.sync().await.unwrap();
    for (world, day) in [(&bench.xero, 10), (&bench.erpnext, 11)] {
        let mut world = world.lock().unwrap();
        let id = world
            .records
            .iter()
            .find(|(_, held)| held.record.title() == "A-1")
            .map(|((_, id), _)| id.clone())
            .unwrap();
        world.edit(Kind::Invoice, &id, |record| {
            if let Record::Invoice(invoice) = record {
                invoice.due_date = NaiveDate::from_ymd_opt(2026, 12, day);
            }
        });
    }
    let run = bench.sync().await.unwrap();
    assert_eq!(
        (run.outcome, run.counts.writes()),
        (RunOutcome::Exceptions, 0)
    );
    let open = bench.store.exceptions(&ExceptionQuery::default()).unwrap();
    assert_eq!(open.len(), 1);
    assert_eq!(open[0].cause.word(), "both_changed");
    // It stays, without a write, until someone chooses.
    assert_eq!(bench.sync().await.unwrap().counts.exceptions, 1);
    let keep = store::Decision::Keep(ledger::Side::Erpnext);
    bench.store.decide(open[0].id, &keep).unwrap();
    let run = bench.sync().await.unwrap();
    assert_eq!((run.outcome, run.counts.updated), (RunOutcome::Agreed, 1));
    audit(&bench);
    assert_eq!(
        bench.store.exceptions(&ExceptionQuery::default()).unwrap(),
        []
    );
}

#[tokio::test]
async fn an_unmapped_account_holds_back_one_record_and_is_retried_once_mapped() {
    let bench = Bench::new_customer();
    let id = {
        let mut erpnext = bench.erpnext.lock().unwrap();
        let id = erpnext
            .records
            .iter()
            .find(|(_, held)| held.record.title() == "E-2")
            .map(|((_, id), _)| id.clone())
            .unwrap();
        erpnext.edit(Kind::Invoice, &id, |record| {
            if let Record::Invoice(invoice) = record {
                invoice.lines[0].account = Some("freight".into());
            }
        });
        id
    };
    let run = bench.sync().await.unwrap();
    assert_eq!(
        (run.outcome, run.counts.exceptions),
        (RunOutcome::Exceptions, 1)
    );
    let open = bench.store.exceptions(&ExceptionQuery::default()).unwrap();
    assert_eq!(
        (open[0].cause.word(), &open[0].record.id),
        ("no_account_mapping", &id)
    );
    let mapping = ledger::mapping::Mapping {
        kind: ledger::MappingKind::Account,
        from: ledger::Side::Erpnext,
        key: "freight".into(),
        to: "sales".into(),
    };
    let at = chrono::DateTime::UNIX_EPOCH;
    let source = store::MappingSource::Person;
    bench
        .store
        .add_mappings(bench.pairing.id, &[(mapping, source)], at)
        .unwrap();
    let run = bench.sync().await.unwrap();
    assert_eq!((run.outcome, run.counts.created), (RunOutcome::Agreed, 1));
    audit(&bench);
}

#[tokio::test]
async fn what_is_paid_on_one_side_only_is_shown_in_the_run_that_carries_it() {
    for (paid_in, number) in [("xero", "X-2"), ("erpnext", "E-2")] {
        let bench = Bench::new_customer();
        let world = if paid_in == "xero" {
            &bench.xero
        } else {
            &bench.erpnext
        };
        {
            let mut world = world.lock().unwrap();
            let found = world
                .records
                .iter()
                .find(|(_, held)| held.record.title() == number);
            let id = found.map(|((_, id), _)| id.clone()).unwrap();
            world.edit(Kind::Invoice, &id, |record| {
                if let Record::Invoice(invoice) = record {
                    invoice.amount_due = rust_decimal::Decimal::ZERO;
                }
            });
        }
        for _ in 0..2 {
            let run = bench.sync().await.unwrap();
            assert_eq!(
                (run.outcome, run.counts.exceptions),
                (RunOutcome::Exceptions, 1)
            );
            let open = bench.store.exceptions(&ExceptionQuery::default()).unwrap();
            assert_eq!(open.len(), 1, "paid in {paid_in}");
            assert_eq!(
                (open[0].cause.word(), open[0].title.as_str()),
                ("amount_due_differs", number)
            );
        }
        // The payment is entered on the other side too.
        for world in [&bench.xero, &bench.erpnext] {
            let mut world = world.lock().unwrap();
            let found = world
                .records
                .iter()
                .find(|(_, held)| held.record.title() == number);
            let id = found.map(|((_, id), _)| id.clone()).unwrap();
            world.edit(Kind::Invoice, &id, |record| {
                if let Record::Invoice(invoice) = record {
                    invoice.amount_due = rust_decimal::Decimal::ZERO;
                }
            });
        }
        assert_eq!(bench.sync().await.unwrap().outcome, RunOutcome::Agreed);
        assert_eq!(
            bench.store.exceptions(&ExceptionQuery::default()).unwrap(),
            []
        );
    }
}

#[tokio::test]
async fn stopping_leaves_everything_as_it_was_and_the_next_run_goes_on() {
    let bench = Bench::new_customer();
    let session = bench.session();
    session.control.stop();
    let request = engine::run::Request::everything(store::Trigger::Manual);
    let run = engine::run::sync(&session, &request).await.unwrap();
    assert_eq!((run.outcome, run.counts.writes()), (RunOutcome::Stopped, 0));
    assert_eq!(bench.sync().await.unwrap().outcome, RunOutcome::Agreed);
    audit(&bench);
}
