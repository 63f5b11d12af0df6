//! Money on account through whole runs: carried both ways, used later, taken back, ended, once.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::sync::Mutex;
use std::sync::atomic::Ordering;

use ledger::{Allocation, CreditForm, Kind, OpenCredit, Record, RemoteId, Side};
use rust_decimal::Decimal;
use store::RunOutcome;
use support::*;

/// What is left of the money of this reference.
fn left(world: &Mutex<World>, reference: &str) -> Decimal {
    let world = world.lock().unwrap();
    let id = id_of(&world, reference);
    world.records[&(Kind::Payment, id)].record.unused()
}

/// A person enters money of the customer of an invoice, of which so much is for invoices.
fn receive(
    world: &Mutex<World>,
    side: Side,
    reference: &str,
    (of, amount): (&str, i64),
    uses: &[(&str, i64)],
) -> RemoteId {
    let mut world = world.lock().unwrap();
    let invoice = id_of(&world, of);
    let held = &world.records[&(Kind::Invoice, invoice)];
    let contact = held.record.document().unwrap().contact.clone();
    let Record::Payment(mut money) = payment_of(reference, &contact, &[]) else {
        unreachable!()
    };
    money.amount = Decimal::from(amount);
    money.unallocated = money.amount;
    money.on_account = side == Side::Xero;
    let uses = used(&world, uses);
    let record = Record::Payment(money).used_for(uses);
    world.add(side, record)
}

fn used(world: &World, uses: &[(&str, i64)]) -> Vec<Allocation> {
    let one = |(index, (invoice, amount)): (usize, &(&str, i64))| Allocation {
        id: Some(format!("{invoice}-{index}")),
        invoice: id_of(world, invoice),
        date: None,
        amount: Decimal::from(*amount),
    };
    uses.iter().enumerate().map(one).collect()
}

fn use_for(world: &Mutex<World>, reference: &str, uses: &[(&str, i64)]) {
    let mut world = world.lock().unwrap();
    let id = id_of(&world, reference);
    let uses = used(&world, uses);
    world.use_credit(Kind::Payment, &id, uses);
}

fn payments(world: &Mutex<World>) -> usize {
    let world = world.lock().unwrap();
    let standing = world.records.iter();
    standing
        .filter(|((kind, _), held)| *kind == Kind::Payment && !held.record.ended())
        .count()
}

fn both_left(bench: &Bench, expected: &[(&str, i64)]) {
    for (reference, amount) in expected {
        let amount = Decimal::from(*amount);
        let both = (
            left(&bench.xero, reference),
            left(&bench.erpnext, reference),
        );
        assert_eq!(both, (amount, amount), "{reference}");
    }
}

fn both_due(bench: &Bench, expected: &[(&str, i64)]) {
    for (number, amount) in expected {
        let amount = Decimal::from(*amount);
        let both = (due(&bench.xero, number), due(&bench.erpnext, number));
        assert_eq!(both, (amount, amount), "{number}");
    }
}

/// Money on account of every sort: for nothing yet, in part for an invoice, on both sides.
fn received() -> Bench {
    let bench = Bench::new_customer();
    let (xero, erpnext) = (&bench.xero, &bench.erpnext);
    receive(xero, Side::Xero, "in advance", ("X-1", 40), &[]);
    receive(xero, Side::Xero, "too much", ("X-2", 90), &[("X-2", 70)]);
    receive(erpnext, Side::Erpnext, "deposit", ("E-1", 25), &[]);
    receive(
        erpnext,
        Side::Erpnext,
        "for two",
        ("E-1", 100),
        &[("E-1", 80), ("E-2", 10)],
    );
    for (world, side) in [(xero, Side::Xero), (erpnext, Side::Erpnext)] {
        receive(world, side, "in both", ("A-1", 33), &[]);
    }
    bench
}

const LEFT: [(&str, i64); 5] = [
    ("in advance", 40),
    ("too much", 20),
    ("deposit", 25),
    ("for two", 10),
    ("in both", 33),
];

#[tokio::test]
async fn money_on_account_is_carried_both_ways_with_what_it_is_used_for() {
    let bench = received();
    let summary = sync_all(&bench).await;
    assert_eq!(summary.outcome, RunOutcome::Agreed, "{summary:?}");
    assert_eq!(summary.counts.exceptions, 0);
    audit(&bench);
    both_left(&bench, &LEFT);
    both_due(&bench, &[("X-1", 70), ("X-2", 0), ("E-1", 0), ("E-2", 70)]);
    let written = bench.writes();
    sync_all(&bench).await;
    assert_eq!(bench.writes(), written, "the second sync writes nothing");
}

#[tokio::test]
async fn it_is_used_later_and_taken_back_on_either_side() {
    let bench = received();
    sync_all(&bench).await;
    use_for(&bench.xero, "in advance", &[("X-1", 40)]);
    use_for(&bench.erpnext, "in both", &[("A-1", 33)]);
    use_for(&bench.erpnext, "for two", &[("E-1", 80)]);
    use_for(&bench.xero, "too much", &[]);
    let summary = sync_all(&bench).await;
    assert_eq!(summary.outcome, RunOutcome::Agreed, "{summary:?}");
    audit(&bench);
    both_left(
        &bench,
        &[
            ("in advance", 0),
            ("in both", 0),
            ("for two", 20),
            ("too much", 90),
        ],
    );
    both_due(
        &bench,
        &[("X-1", 30), ("A-1", 67), ("E-2", 80), ("X-2", 70)],
    );
    let written = bench.writes();
    sync_all(&bench).await;
    assert_eq!(bench.writes(), written);
}

#[tokio::test]
async fn what_ends_is_freed_first_and_ends_on_the_other_side() {
    let bench = received();
    sync_all(&bench).await;
    for (world, reference) in [(&bench.xero, "too much"), (&bench.erpnext, "for two")] {
        let mut world = world.lock().unwrap();
        let id = id_of(&world, reference);
        world.use_credit(Kind::Payment, &id, Vec::new());
        world.end_payment(&id);
    }
    let summary = sync_all(&bench).await;
    assert_eq!(summary.outcome, RunOutcome::Agreed, "{summary:?}");
    assert_eq!((payments(&bench.xero), payments(&bench.erpnext)), (3, 3));
    both_due(&bench, &[("X-2", 70), ("E-1", 80), ("E-2", 80)]);
    assert_eq!(bench.xero.lock().unwrap().ends_refused, 0);
    audit(&bench);
}

#[tokio::test]
async fn what_may_be_there_in_another_form_is_asked_about() {
    let bench = Bench::new_customer();
    // Received for the invoice in Xero, and on account in ERPNext.
    let invoice = {
        let world = bench.xero.lock().unwrap();
        id_of(&world, "A-1")
    };
    {
        let mut xero = bench.xero.lock().unwrap();
        let held = &xero.records[&(Kind::Invoice, invoice.clone())];
        let contact = held.record.document().unwrap().contact.clone();
        let money = payment_of("px", &contact, &[(&invoice, 60)]);
        xero.add(Side::Xero, money);
    }
    receive(&bench.erpnext, Side::Erpnext, "pe", ("A-1", 60), &[]);
    let summary = sync_all(&bench).await;
    assert_eq!(summary.counts.exceptions, 2, "{summary:?}");
    assert_eq!((payments(&bench.xero), payments(&bench.erpnext)), (1, 1));
}

#[tokio::test]
async fn the_same_sum_in_other_parts_stays_as_it_is() {
    let bench = Bench::new_customer();
    receive(&bench.xero, Side::Xero, "one", ("A-1", 20), &[]);
    receive(&bench.xero, Side::Xero, "two", ("A-1", 30), &[]);
    receive(&bench.erpnext, Side::Erpnext, "in both", ("A-1", 50), &[]);
    let summary = sync_all(&bench).await;
    assert_eq!(summary.outcome, RunOutcome::Agreed, "{summary:?}");
    assert_eq!((payments(&bench.xero), payments(&bench.erpnext)), (2, 1));
    // No longer the same: which is which only a person knows.
    receive(&bench.erpnext, Side::Erpnext, "more", ("A-1", 7), &[]);
    let summary = sync_all(&bench).await;
    assert_eq!(summary.counts.exceptions, 4, "{summary:?}");
    assert_eq!((payments(&bench.xero), payments(&bench.erpnext)), (2, 2));
}

#[tokio::test]
async fn killed_at_any_point_nothing_is_received_twice() {
    let whole = received();
    whole.gate.die_at(0);
    sync_all(&whole).await;
    let points = whole.gate.passed();
    assert!(points > 40, "only {points} points to die at");
    for point in 1..=points {
        let bench = received();
        assert!(bench.sync_and_die_at(point).await, "point {point}");
        sync_all(&bench).await;
        assert_eq!(
            sync_all(&bench).await.outcome,
            RunOutcome::Agreed,
            "{point}"
        );
        assert_eq!(
            (payments(&bench.xero), payments(&bench.erpnext)),
            (5, 5),
            "{point}"
        );
        both_left(&bench, &LEFT);
        audit(&bench);
    }
}

#[tokio::test]
async fn lost_answers_receive_nothing_twice() {
    for every in 2..12 {
        let bench = received();
        bench.gate.lose_answers_from.store(every, Ordering::SeqCst);
        sync_all(&bench).await;
        bench.gate.lose_answers_from.store(0, Ordering::SeqCst);
        sync_all(&bench).await;
        assert_eq!(
            sync_all(&bench).await.outcome,
            RunOutcome::Agreed,
            "{every}"
        );
        assert_eq!(
            (payments(&bench.xero), payments(&bench.erpnext)),
            (5, 5),
            "{every}"
        );
        both_left(&bench, &LEFT);
        audit(&bench);
    }
}

#[tokio::test]
async fn a_lost_database_links_it_anew_and_writes_nothing() {
    let mut bench = received();
    sync_all(&bench).await;
    bench.forget();
    let again = sync_all(&bench).await;
    assert_eq!(
        (again.counts.writes(), again.outcome),
        (0, RunOutcome::Agreed)
    );
    audit(&bench);
}

/// What is on account of a contact of Xero by this money, as its ledger says it.
fn open_credit(world: &World, id: &RemoteId) -> OpenCredit {
    let record = &world.records[&(Kind::Payment, id.clone())].record;
    let (amount, currency) = record.total().unwrap();
    OpenCredit {
        form: CreditForm::Overpayment,
        id: id.clone(),
        number: None,
        contact: record.refers_to(Kind::Contact).next().unwrap().clone(),
        contact_name: String::new(),
        date: record.day(),
        currency,
        open: amount,
        uncertain: Decimal::ZERO,
    }
}

#[tokio::test]
async fn what_is_not_carried_is_named_once() {
    let bench = Bench::new_customer();
    let id = receive(&bench.xero, Side::Xero, "in advance", ("X-1", 40), &[]);
    let other = receive(&bench.xero, Side::Xero, "more", ("X-1", 5), &[]);
    {
        let mut xero = bench.xero.lock().unwrap();
        xero.credits = vec![open_credit(&xero, &id), open_credit(&xero, &other)];
    }
    let refuse = ["in advance".to_owned(), "more".to_owned()];
    bench.erpnext.lock().unwrap().refuse.extend(refuse);
    let summary = sync_all(&bench).await;
    // Both payments, and not their contact besides.
    assert_eq!(summary.counts.exceptions, 2, "{summary:?}");
    // The other comes to be there, and the ledger of that side does not say so: it is their contact's.
    bench.erpnext.lock().unwrap().refuse.remove("more");
    bench
        .store
        .request_retry_all(bench.pairing.id, None)
        .unwrap();
    let summary = sync_all(&bench).await;
    assert_eq!(summary.counts.exceptions, 2, "{summary:?}");
    let standing = bench.store.standing_exceptions(bench.pairing.id).unwrap();
    let kinds: Vec<Kind> = standing.keys().map(|key| key.kind).collect();
    assert_eq!(kinds, [Kind::Contact, Kind::Payment]);
}
