//! Documents that are paid or credited and edited: freed, edited and settled again in one run, whatever breaks off.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::sync::Mutex;
use std::sync::atomic::Ordering;

use chrono::NaiveDate;
use engine::run::scope::Scope;
use ledger::{Kind, Side};
use rust_decimal::Decimal;
use store::{Decision, ExceptionQuery, RecordKey, RunOutcome};
use support::*;

/// A person enters a payment of an invoice.
fn pay(world: &Mutex<World>, side: Side, reference: &str, number: &str, amount: i64) {
    let mut world = world.lock().unwrap();
    let invoice = id_of(&world, number);
    let held = &world.records[&(Kind::Invoice, invoice.clone())];
    let contact = held.record.document().unwrap().contact.clone();
    let record = payment(reference, &contact, &invoice, amount);
    world.add(side, record);
}

/// A person enters a credit note and uses it for an invoice.
fn credit(world: &Mutex<World>, side: Side, called: &str, number: &str, amount: i64) {
    let mut world = world.lock().unwrap();
    let invoice = id_of(&world, number);
    let held = &world.records[&(Kind::Invoice, invoice.clone())];
    let contact = held.record.document().unwrap().contact.clone();
    let record = credit_note(called, &contact, amount, &[(&invoice, amount)]);
    world.add(side, record);
}

fn standing(world: &Mutex<World>, kind: Kind) -> usize {
    let world = world.lock().unwrap();
    let standing = world.records.iter();
    let standing = standing.filter(|((of, _), held)| *of == kind && !held.record.ended());
    standing.count()
}

/// Money on account that is used for an invoice.
fn on_account(world: &Mutex<World>, reference: &str, number: &str, amount: i64) {
    pay(world, Side::Xero, reference, number, amount);
    let mut world = world.lock().unwrap();
    let id = id_of(&world, reference);
    world.edit(Kind::Payment, &id, |record| {
        if let ledger::Record::Payment(payment) = record {
            payment.on_account = true;
            payment.allocations[0].id = Some("of Xero".into());
        }
    });
}

/// Invoices paid in part by several, by money on account, by a payment that is for another as well, and by a credit
/// note; all agreed.
async fn settled() -> Bench {
    let bench = Bench::new_customer();
    pay(&bench.xero, Side::Xero, "one", "X-1", 20);
    pay(&bench.xero, Side::Xero, "two", "X-1", 15);
    on_account(&bench.xero, "over", "X-1", 5);
    credit(&bench.xero, Side::Xero, "CX-1", "X-1", 10);
    pay(&bench.xero, Side::Xero, "all", "X-2", 70);
    let run = sync_all(&bench).await;
    assert_eq!(run.outcome, RunOutcome::Agreed, "{run:?}");
    sync_all(&bench).await;
    bench
}

fn later() -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(2026, 12, 24)
}

/// A run that leaves nothing over.
async fn agrees(bench: &Bench, when: &str) {
    let run = sync_all(bench).await;
    let open = bench.store.exceptions(&ExceptionQuery::default()).unwrap();
    let open: Vec<_> = open
        .iter()
        .map(|it| (&it.title, it.cause.sentence()))
        .collect();
    assert_eq!(run.outcome, RunOutcome::Agreed, "{when}: {open:?} {run:?}");
}

/// Xero's due dates are others by now.
fn edit(bench: &Bench) {
    for number in ["X-1", "X-2"] {
        edit_invoice(&bench.xero, number, |invoice| invoice.due_date = later());
    }
}

/// Both say the new day, and what settles them settles what stands in their place.
async fn ends_well(bench: &Bench, when: &str) {
    audit(bench);
    for (number, owed) in [("X-1", 20), ("X-2", 0)] {
        for world in [&bench.xero, &bench.erpnext] {
            assert_eq!(due(world, number), Decimal::from(owed), "{number} {when}");
            let world = world.lock().unwrap();
            let held = &world.records[&(Kind::Invoice, id_of(&world, number))];
            assert_eq!(held.record.document().unwrap().due_date, later(), "{when}");
        }
    }
    for world in [&bench.xero, &bench.erpnext] {
        assert_eq!(standing(world, Kind::Payment), 4, "{when}");
        assert_eq!(standing(world, Kind::CreditNote), 1, "{when}");
        let world = world.lock().unwrap();
        assert_eq!(world.ends_refused, 0, "{when}");
        for held in world.records.values().filter(|it| !it.record.ended()) {
            assert_eq!(held.record.unused(), Decimal::ZERO, "{when}");
        }
    }
    let again = sync_all(bench).await;
    assert_eq!(again.counts.writes(), 0, "{when}: {again:?}");
}

#[tokio::test]
async fn what_is_settled_is_edited_and_settled_again_in_one_run() {
    let bench = settled().await;
    edit(&bench);
    agrees(&bench, "at once").await;
    ends_well(&bench, "at once").await;
}

#[tokio::test]
async fn killed_at_any_point_it_is_gone_on_with() {
    for point in 1.. {
        let bench = settled().await;
        edit(&bench);
        if !bench.sync_and_die_at(point).await {
            assert!(point > 30, "only {point} points to die at");
            break;
        }
        sync_all(&bench).await;
        agrees(&bench, &format!("after dying at {point}")).await;
        ends_well(&bench, &format!("after dying at {point}")).await;
    }
}

#[tokio::test]
async fn lost_answers_settle_nothing_twice() {
    for every in 2..9 {
        let bench = settled().await;
        edit(&bench);
        bench.gate.lose_answers_from.store(every, Ordering::SeqCst);
        sync_all(&bench).await;
        bench.gate.lose_answers_from.store(0, Ordering::SeqCst);
        sync_all(&bench).await;
        agrees(&bench, &format!("every {every}th answer lost")).await;
        ends_well(&bench, &format!("every {every}th answer lost")).await;
    }
}

/// The edit is lost with the folder, and asked about; whoever keeps ERPNext's finds all as it was.
#[tokio::test]
async fn the_folder_is_lost_at_any_point_and_what_was_taken_off_is_put_back() {
    let mut asked = 0;
    for point in 1.. {
        let mut bench = settled().await;
        edit(&bench);
        if !bench.sync_and_die_at(point).await {
            break;
        }
        bench.forget();
        sync_all(&bench).await;
        let open = bench.store.exceptions(&ExceptionQuery::default()).unwrap();
        for one in open.iter().filter(|it| it.cause.choice().is_some()) {
            asked += 1;
            let keep = Decision::Keep(Side::Erpnext);
            bench.store.decide(one.id, &keep).unwrap();
        }
        for _ in 0..2 {
            sync_all(&bench).await;
        }
        agrees(&bench, &format!("lost at {point}")).await;
        audit(&bench);
        for (number, owed) in [("X-1", 20), ("X-2", 0)] {
            let owed = (Decimal::from(owed), Decimal::from(owed));
            let both = (due(&bench.xero, number), due(&bench.erpnext, number));
            assert_eq!(both, owed, "{number} lost at {point}");
        }
        let again = sync_all(&bench).await;
        assert_eq!(again.counts.writes(), 0, "{point}: {again:?}");
    }
    assert!(asked > 0);
}

/// Replacing many is asked about before anything is taken off them, and a yes is one for all of it.
#[tokio::test]
async fn many_are_asked_about_before_the_first_step() {
    let bench = settled().await;
    edit(&bench);
    let mut settings = bench.pairing.settings.clone();
    settings["ask_from_voids"] = serde_json::json!(2);
    bench
        .store
        .set_pairing_settings(bench.pairing.id, &settings)
        .unwrap();
    let before = bench.writes();
    let run = sync_all(&bench).await;
    assert_eq!(run.outcome, RunOutcome::NeedsApproval, "{run:?}");
    assert_eq!(bench.writes(), before, "{run:?}");
    let run = bench.sync_with(|request| request.approve = true).await;
    assert_eq!(run.outcome, RunOutcome::Agreed, "{run:?}");
    ends_well(&bench, "after a yes").await;
}

/// The site refuses the replacement: what was taken off is put back, and taken off no more for that.
#[tokio::test]
async fn what_is_refused_leaves_everything_settled_as_it_was() {
    let bench = settled().await;
    edit(&bench);
    bench
        .erpnext
        .lock()
        .unwrap()
        .refuse_amendment
        .insert("X-2".into());
    let run = sync_all(&bench).await;
    assert_eq!(run.counts.exceptions, 1, "{run:?}");
    for world in [&bench.xero, &bench.erpnext] {
        assert_eq!(due(world, "X-2"), Decimal::ZERO);
        assert_eq!(standing(world, Kind::Payment), 4);
    }
    let again = sync_all(&bench).await;
    assert_eq!(
        (again.counts.writes(), again.counts.exceptions),
        (0, 1),
        "{again:?}"
    );
}

/// A run about one invoice takes what settles it along, and nothing else.
#[tokio::test]
async fn a_run_about_one_of_them_is_about_what_settles_it() {
    let bench = settled().await;
    edit(&bench);
    let id = id_of(&bench.xero.lock().unwrap(), "X-1");
    let (side, kind) = (Side::Xero, Kind::Invoice);
    let scope = Scope::records([RecordKey { side, kind, id }]);
    let run = bench.sync_with(|request| request.scope = scope).await;
    assert_eq!(
        (run.outcome, run.counts.exceptions),
        (RunOutcome::Agreed, 0),
        "{run:?}"
    );
    let day = |number: &str| {
        let world = bench.erpnext.lock().unwrap();
        let held = &world.records[&(Kind::Invoice, id_of(&world, number))];
        held.record.document().unwrap().due_date
    };
    assert_eq!(day("X-1"), later());
    assert_ne!(day("X-2"), later());
    assert_eq!(due(&bench.erpnext, "X-1"), Decimal::from(20));
    agrees(&bench, "the rest").await;
    ends_well(&bench, "the rest").await;
}
