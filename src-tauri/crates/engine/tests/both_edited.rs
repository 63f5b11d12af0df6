//! One document edited on both sides: what each changed goes to the other, what both changed is asked
//! about, and a choice is about what was shown and nothing else.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use chrono::NaiveDate;
use ledger::{Document, Kind, Side};
use rust_decimal::Decimal;
use store::{Decision, Exception, ExceptionQuery, RunOutcome};
use support::{Bench, World, audit, contact, edit_contact, edit_invoice, id_of, invoice};

fn open(bench: &Bench) -> Vec<Exception> {
    bench.store.exceptions(&ExceptionQuery::default()).unwrap()
}

fn day(day: u32) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(2026, 12, day)
}

fn held(world: &World, number: &str) -> Document {
    let held = &world.records[&(Kind::Invoice, id_of(world, number))];
    held.record.as_invoice().unwrap().clone()
}

/// Due date, reference and text of both sides' document.
fn said(bench: &Bench, number: &str) -> [(Option<NaiveDate>, Option<String>, String); 2] {
    [&bench.xero, &bench.erpnext].map(|world| {
        let invoice = held(&world.lock().unwrap(), number);
        let text = invoice.lines[0].description.clone();
        (invoice.due_date, invoice.reference, text)
    })
}

fn keep(bench: &Bench, exception: &Exception, side: Side) {
    let choice = Decision::Keep(side);
    bench.store.decide(exception.id, &choice).unwrap();
}

fn edit_both(bench: &Bench) {
    edit_invoice(&bench.xero, "A-1", |it| it.due_date = day(24));
    edit_invoice(&bench.erpnext, "A-1", |it| {
        it.reference = Some("PO 78".into());
        it.lines[0].description = "Tulips".into();
    });
}

#[tokio::test]
async fn fields_edited_on_different_sides_are_both_carried() {
    let bench = Bench::new_customer();
    bench.sync().await.unwrap();
    edit_both(&bench);
    let run = bench.sync().await.unwrap();
    assert_eq!(
        (run.outcome, run.counts.updated, open(&bench).len()),
        (RunOutcome::Agreed, 2, 0)
    );
    let [xero, erpnext] = said(&bench, "A-1");
    assert_eq!(xero, (day(24), Some("PO 78".into()), "Tulips".into()));
    assert_eq!(erpnext, xero);
    assert_eq!(bench.sync().await.unwrap().counts.writes(), 0);
    audit(&bench);
}

/// A crash or a lost answer between the two writes loses neither edit.
#[tokio::test]
async fn neither_edit_is_lost_wherever_the_process_dies() {
    let mut point = 1;
    loop {
        let bench = Bench::new_customer();
        bench.sync().await.unwrap();
        edit_both(&bench);
        let died = bench.sync_and_die_at(point).await;
        let mut last = bench.sync().await.unwrap();
        for _ in 0..2 {
            last = bench.sync().await.unwrap();
        }
        let [xero, erpnext] = said(&bench, "A-1");
        assert_eq!(
            xero,
            (day(24), Some("PO 78".into()), "Tulips".into()),
            "{point}"
        );
        assert_eq!(erpnext, xero, "{point}");
        assert_eq!(
            (last.outcome, last.counts.writes()),
            (RunOutcome::Agreed, 0),
            "{point}"
        );
        if !died {
            assert!(point > 6, "it never died");
            return;
        }
        point += 1;
    }
}

#[tokio::test]
async fn a_choice_decides_what_was_asked_and_the_rest_is_carried() {
    for (winner, due) in [(Side::Xero, 24), (Side::Erpnext, 28)] {
        let bench = Bench::new_customer();
        bench.sync().await.unwrap();
        edit_both(&bench);
        edit_invoice(&bench.erpnext, "A-1", |it| it.due_date = day(28));
        let run = bench.sync().await.unwrap();
        assert_eq!(run.counts.writes(), 0);
        let found = open(&bench);
        let (differences, offered) = found[0].cause.choice().unwrap();
        let fields: Vec<_> = differences.iter().map(|it| it.field.as_str()).collect();
        assert_eq!((fields, offered), (vec!["due date"], Side::BOTH.to_vec()));
        keep(&bench, &found[0], winner);
        assert_eq!(bench.sync().await.unwrap().outcome, RunOutcome::Agreed);
        for side in said(&bench, "A-1") {
            assert_eq!(side, (day(due), Some("PO 78".into()), "Tulips".into()));
        }
        assert_eq!(bench.sync().await.unwrap().counts.writes(), 0);
    }
}

#[tokio::test]
async fn a_choice_is_asked_again_where_a_side_changed_since() {
    let bench = Bench::new_customer();
    bench.sync().await.unwrap();
    edit_invoice(&bench.xero, "A-1", |it| it.due_date = day(24));
    edit_invoice(&bench.erpnext, "A-1", |it| it.due_date = day(28));
    edit_contact(&bench.xero, "Both", |it| it.email = Some("x@x".into()));
    edit_contact(&bench.erpnext, "both", |it| it.email = Some("e@x".into()));
    bench.sync().await.unwrap();
    for exception in open(&bench) {
        keep(&bench, &exception, Side::Xero);
    }
    edit_invoice(&bench.erpnext, "A-1", |it| it.due_date = day(29));
    edit_contact(&bench.erpnext, "both", |it| it.email = Some("new@x".into()));
    for _ in 0..2 {
        let run = bench.sync().await.unwrap();
        assert_eq!((run.counts.writes(), open(&bench).len()), (0, 2));
    }
    for exception in open(&bench) {
        let (differences, _) = exception.cause.choice().unwrap();
        let shown = differences[0].erpnext.clone().unwrap();
        assert!(
            ["29 Dec 2026", "new@x"].contains(&shown.as_str()),
            "{shown}"
        );
        keep(&bench, &exception, Side::Xero);
    }
    assert_eq!(bench.sync().await.unwrap().outcome, RunOutcome::Agreed);
    assert_eq!(said(&bench, "A-1")[1].0, day(24));
}

/// One side ended it while the other was edited: the end can be carried, and the other side's document
/// can stand for itself, as another invoice in Xero or as an amendment in ERPNext.
#[tokio::test]
async fn an_end_and_an_edit_offer_what_can_be_carried_out() {
    for ended in Side::BOTH {
        let bench = Bench::new_customer();
        bench.sync().await.unwrap();
        let (there, here) = match ended {
            Side::Xero => (&bench.xero, &bench.erpnext),
            Side::Erpnext => (&bench.erpnext, &bench.xero),
        };
        let id = id_of(&there.lock().unwrap(), "A-1");
        there
            .lock()
            .unwrap()
            .edit(Kind::Invoice, &id, ledger::Record::end);
        edit_invoice(here, "A-1", |it| it.reference = Some("PO".into()));
        assert_eq!(bench.sync().await.unwrap().counts.writes(), 0);
        let found = open(&bench);
        let (differences, offered) = found[0].cause.choice().unwrap();
        assert_eq!(differences[0].field, "state");
        assert_eq!(offered, Side::BOTH);
        keep(&bench, &found[0], ended);
        let run = bench.sync().await.unwrap();
        assert_eq!((run.outcome, run.counts.voided), (RunOutcome::Agreed, 1));
    }
}

/// Two records of one number that were never linked: the side that is kept replaces the other's
/// document, and the link goes to what takes its place.
#[tokio::test]
async fn a_choice_for_two_that_were_never_linked_settles() {
    let (mut xero, mut erpnext) = (World::default(), World::default());
    let ours = xero.add(Side::Xero, contact("Both"));
    let theirs = erpnext.add(Side::Erpnext, contact("both"));
    xero.add(Side::Xero, invoice("A-7", &ours, 90));
    erpnext.add(Side::Erpnext, invoice("A-7", &theirs, 100));
    let bench = Bench::new(xero, erpnext);
    bench.sync().await.unwrap();
    let found = open(&bench);
    assert_eq!(found[0].cause.word(), "differ_on_both_sides");
    keep(&bench, &found[0], Side::Xero);
    assert_eq!(bench.sync().await.unwrap().outcome, RunOutcome::Agreed);
    let total = held(&bench.erpnext.lock().unwrap(), "A-7").total;
    assert_eq!(total, Decimal::from(90));
    assert_eq!(bench.sync().await.unwrap().counts.writes(), 0);
    audit(&bench);
}
