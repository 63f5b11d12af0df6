//! Credit notes through whole runs: carried both ways with what they are used for, used once more, taken
//! back, ended, once, and seen in what is owed.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::sync::Mutex;
use std::sync::atomic::Ordering;

use ledger::{Allocation, Kind, PaidDocument, PaymentDirection, Record, RemoteId, Side};
use rust_decimal::Decimal;
use store::RunOutcome;
use support::*;

/// What is open of a document of this number.
fn open(world: &Mutex<World>, number: &str) -> Decimal {
    let world = world.lock().unwrap();
    let id = id_of(&world, number);
    let held = world.records.iter().find(|((_, of), _)| *of == id).unwrap();
    held.1.record.document().unwrap().amount_due
}

/// A person makes a credit note for the customer of an invoice, used so.
fn credit(
    world: &Mutex<World>,
    side: Side,
    number: &str,
    (of, total): (&str, i64),
    uses: &[(&str, i64)],
) -> RemoteId {
    let mut world = world.lock().unwrap();
    let invoice = id_of(&world, of);
    let held = &world.records[&(Kind::Invoice, invoice)];
    let contact = held.record.document().unwrap().contact.clone();
    let used: Vec<(RemoteId, i64)> = uses
        .iter()
        .map(|(number, amount)| (id_of(&world, number), *amount))
        .collect();
    let used: Vec<(&RemoteId, i64)> = used.iter().map(|(id, amount)| (id, *amount)).collect();
    let record = credit_note(number, &contact, total, &used);
    world.add(side, record)
}

/// A person uses a credit note so, and for nothing else.
fn use_for(world: &Mutex<World>, number: &str, uses: &[(&str, i64)]) {
    let mut world = world.lock().unwrap();
    let id = id_of(&world, number);
    let uses = uses.iter().map(|(invoice, amount)| Allocation {
        id: None,
        invoice: id_of(&world, invoice),
        date: None,
        amount: Decimal::from(*amount),
    });
    let uses = uses.collect();
    world.use_credit(Kind::CreditNote, &id, uses);
}

/// How many credit notes stand.
fn notes(world: &Mutex<World>) -> usize {
    let world = world.lock().unwrap();
    let standing = world.records.iter();
    standing
        .filter(|((kind, _), held)| *kind == Kind::CreditNote && !held.record.ended())
        .count()
}

fn both_open(bench: &Bench, expected: &[(&str, i64)]) {
    for (number, amount) in expected {
        let amount = Decimal::from(*amount);
        let both = (open(&bench.xero, number), open(&bench.erpnext, number));
        assert_eq!(both, (amount, amount), "{number}");
    }
}

/// Books with credit notes of every sort: whole, in part, over several invoices, unused, on both sides.
fn credited() -> Bench {
    let bench = Bench::new_customer();
    let (xero, erpnext) = (&bench.xero, &bench.erpnext);
    credit(xero, Side::Xero, "CX-1", ("X-1", 70), &[("X-1", 70)]);
    credit(xero, Side::Xero, "CX-2", ("A-1", 50), &[("A-1", 20)]);
    credit(
        erpnext,
        Side::Erpnext,
        "CE-1",
        ("E-1", 90),
        &[("E-1", 80), ("E-2", 10)],
    );
    credit(erpnext, Side::Erpnext, "CE-2", ("A-2", 15), &[]);
    for (world, side) in [(xero, Side::Xero), (erpnext, Side::Erpnext)] {
        credit(world, side, "CB", ("A-1", 30), &[("A-1", 30)]);
    }
    bench
}

const IN_THE_END: [(&str, i64); 10] = [
    ("X-1", 0),
    ("A-1", 50),
    ("E-1", 0),
    ("E-2", 70),
    ("A-2", 50),
    ("CX-1", 0),
    ("CX-2", 30),
    ("CE-1", 0),
    ("CE-2", 15),
    ("CB", 0),
];

#[tokio::test]
async fn credit_notes_are_carried_both_ways_with_what_they_are_used_for() {
    let bench = credited();
    let summary = sync_all(&bench).await;
    assert_eq!(summary.outcome, RunOutcome::Agreed, "{summary:?}");
    assert_eq!(summary.counts.exceptions, 0);
    audit(&bench);
    both_open(&bench, &IN_THE_END);
    let written = bench.writes();
    sync_all(&bench).await;
    assert_eq!(bench.writes(), written, "the second sync writes nothing");
}

#[tokio::test]
async fn what_is_used_later_or_taken_back_is_carried() {
    let bench = credited();
    sync_all(&bench).await;
    use_for(&bench.xero, "CX-2", &[("A-1", 45)]);
    use_for(&bench.erpnext, "CE-2", &[("A-2", 15)]);
    // R13: un-reconciled, it is open again and no refund.
    use_for(&bench.erpnext, "CE-1", &[("E-2", 10)]);
    let summary = sync_all(&bench).await;
    assert_eq!(summary.outcome, RunOutcome::Agreed, "{summary:?}");
    audit(&bench);
    both_open(
        &bench,
        &[
            ("CX-2", 5),
            ("A-1", 25),
            ("CE-2", 0),
            ("A-2", 35),
            ("CE-1", 80),
            ("E-1", 80),
        ],
    );
    let written = bench.writes();
    sync_all(&bench).await;
    assert_eq!(bench.writes(), written);
}

#[tokio::test]
async fn one_that_is_voided_ends_on_the_other_side_and_gives_its_credit_back() {
    let bench = credited();
    sync_all(&bench).await;
    for (world, number) in [(&bench.xero, "CX-1"), (&bench.erpnext, "CE-1")] {
        let mut world = world.lock().unwrap();
        let id = id_of(&world, number);
        world.use_credit(Kind::CreditNote, &id, Vec::new());
        world.end_settling(Kind::CreditNote, &id);
    }
    let summary = sync_all(&bench).await;
    assert_eq!(summary.outcome, RunOutcome::Agreed, "{summary:?}");
    assert_eq!((notes(&bench.xero), notes(&bench.erpnext)), (3, 3));
    both_open(&bench, &[("X-1", 70), ("E-1", 80), ("E-2", 80)]);
    audit(&bench);
}

#[tokio::test]
async fn an_invoice_is_voided_behind_what_was_used_for_it() {
    let bench = credited();
    sync_all(&bench).await;
    {
        let mut xero = bench.xero.lock().unwrap();
        let (note, invoice) = (id_of(&xero, "CX-1"), id_of(&xero, "X-1"));
        xero.use_credit(Kind::CreditNote, &note, Vec::new());
        xero.edit(Kind::Invoice, &invoice, Record::end);
    }
    let summary = sync_all(&bench).await;
    assert_eq!(summary.outcome, RunOutcome::Agreed, "{summary:?}");
    assert_eq!(bench.erpnext.lock().unwrap().ends_refused, 0);
    both_open(&bench, &[("CX-1", 70)]);
    let erpnext = bench.erpnext.lock().unwrap();
    assert!(!titles(&erpnext, Kind::Invoice).contains(&"x 1".to_owned()));
}

#[tokio::test]
async fn what_both_sides_used_differently_waits_for_a_person() {
    let bench = credited();
    sync_all(&bench).await;
    use_for(&bench.xero, "CE-2", &[("A-2", 5)]);
    use_for(&bench.erpnext, "CE-2", &[("A-2", 9)]);
    let summary = sync_all(&bench).await;
    assert_eq!(summary.counts.exceptions, 1, "{summary:?}");
    // They use it for the same: nothing is left to ask.
    use_for(&bench.xero, "CE-2", &[("A-2", 9)]);
    let summary = sync_all(&bench).await;
    assert_eq!(summary.outcome, RunOutcome::Agreed, "{summary:?}");
    audit(&bench);
}

async fn ends_well(bench: &Bench, after: &str) {
    let run = sync_all(bench).await;
    assert_eq!(run.outcome, RunOutcome::Agreed, "{after}");
    audit(bench);
    assert_eq!(
        (notes(&bench.xero), notes(&bench.erpnext)),
        (5, 5),
        "{after}"
    );
    both_open(bench, &IN_THE_END);
    assert_eq!(sync_all(bench).await.counts.writes(), 0, "{after}");
}

#[tokio::test]
async fn killed_at_any_point_nothing_is_credited_twice() {
    let whole = credited();
    whole.gate.die_at(0);
    sync_all(&whole).await;
    let points = whole.gate.passed();
    assert!(points > 40, "only {points} points to die at");
    for point in 1..=points {
        let bench = credited();
        assert!(bench.sync_and_die_at(point).await, "point {point}");
        sync_all(&bench).await;
        ends_well(&bench, &format!("after dying at {point}")).await;
    }
}

#[tokio::test]
async fn lost_answers_credit_nothing_twice() {
    for every in 2..12 {
        let bench = credited();
        bench.gate.lose_answers_from.store(every, Ordering::SeqCst);
        sync_all(&bench).await;
        bench.gate.lose_answers_from.store(0, Ordering::SeqCst);
        sync_all(&bench).await;
        ends_well(&bench, &format!("every {every}th answer lost")).await;
    }
}

#[tokio::test]
async fn a_lost_database_links_credit_notes_anew_and_writes_nothing() {
    let mut bench = credited();
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
async fn what_is_taken_back_and_ended_is_carried_when_the_run_is_killed_on_the_way() {
    for point in 1..=40 {
        let bench = credited();
        sync_all(&bench).await;
        for (world, number) in [(&bench.xero, "CX-1"), (&bench.erpnext, "CE-1")] {
            let mut world = world.lock().unwrap();
            let id = id_of(&world, number);
            world.use_credit(Kind::CreditNote, &id, Vec::new());
            world.end_settling(Kind::CreditNote, &id);
        }
        use_for(&bench.xero, "CX-2", &[]);
        bench.sync_and_die_at(point).await;
        sync_all(&bench).await;
        assert_eq!(
            sync_all(&bench).await.outcome,
            RunOutcome::Agreed,
            "{point}"
        );
        assert_eq!((notes(&bench.xero), notes(&bench.erpnext)), (3, 3));
        audit(&bench);
    }
}

/// A person pays money back on a credit note.
fn refund(world: &Mutex<World>, side: Side, number: &str, amount: i64) -> RemoteId {
    let mut world = world.lock().unwrap();
    let note = id_of(&world, number);
    let held = &world.records[&(Kind::CreditNote, note.clone())];
    let contact = held.record.document().unwrap().contact.clone();
    let Record::Payment(mut back) =
        payment_of(&format!("back {number}"), &contact, &[(&note, amount)])
    else {
        unreachable!()
    };
    back.direction = PaymentDirection::Refunded;
    back.allocations[0].document = PaidDocument::CreditNote(note);
    world.add(side, Record::Payment(back))
}

#[tokio::test]
async fn money_paid_back_is_carried_with_its_credit_note_and_ends_with_it() {
    let bench = credited();
    let in_xero = refund(&bench.xero, Side::Xero, "CX-2", 25);
    refund(&bench.erpnext, Side::Erpnext, "CE-2", 15);
    let summary = sync_all(&bench).await;
    assert_eq!(summary.outcome, RunOutcome::Agreed, "{summary:?}");
    audit(&bench);
    both_open(&bench, &[("CX-2", 5), ("CE-2", 0), ("A-1", 50)]);
    assert_eq!(sync_all(&bench).await.counts.writes(), 0);
    // The refund is deleted, and the credit note voided, in one go.
    {
        let mut xero = bench.xero.lock().unwrap();
        xero.end_payment(&in_xero);
        let note = id_of(&xero, "CX-2");
        xero.use_credit(Kind::CreditNote, &note, Vec::new());
        xero.end_settling(Kind::CreditNote, &note);
    }
    let summary = sync_all(&bench).await;
    assert_eq!(summary.outcome, RunOutcome::Agreed, "{summary:?}");
    assert_eq!(bench.erpnext.lock().unwrap().ends_refused, 0);
    both_open(&bench, &[("A-1", 70)]);
    audit(&bench);
}

#[tokio::test]
async fn killed_at_any_point_nothing_is_paid_back_twice() {
    for point in 1..=90 {
        let bench = credited();
        refund(&bench.xero, Side::Xero, "CX-2", 25);
        refund(&bench.erpnext, Side::Erpnext, "CE-2", 15);
        if !bench.sync_and_die_at(point).await {
            assert!(point > 40, "only {point} points to die at");
            break;
        }
        sync_all(&bench).await;
        assert_eq!(
            sync_all(&bench).await.outcome,
            RunOutcome::Agreed,
            "{point}"
        );
        both_open(&bench, &[("CX-2", 5), ("CE-2", 0)]);
        audit(&bench);
    }
}
