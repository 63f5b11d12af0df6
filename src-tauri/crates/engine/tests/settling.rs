//! What follows from an answer: what both sides agree on moves on only as far as both have it, and
//! what a system did not keep as asked is shown, not forgotten and not sent for ever.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use chrono::NaiveDate;
use ledger::{Contact, Kind};
use store::{Exception, ExceptionQuery, RunOutcome};
use support::{Bench, World, audit, edit_contact, edit_invoice, id_of};

fn open(bench: &Bench) -> Vec<Exception> {
    bench.store.exceptions(&ExceptionQuery::default()).unwrap()
}

fn held(world: &World, name: &str) -> Contact {
    let held = &world.records[&(Kind::Contact, id_of(world, name))];
    held.record.as_contact().unwrap().clone()
}

fn refuse(bench: &Bench, title: &str) {
    bench
        .erpnext
        .lock()
        .unwrap()
        .refuse
        .insert(title.to_owned());
}

/// Both sides agree on the contact, e-mail address and telephone included.
async fn agreed() -> Bench {
    let bench = Bench::new_customer();
    for (world, name) in [(&bench.xero, "Both"), (&bench.erpnext, "both")] {
        edit_contact(world, name, |contact| {
            contact.email = Some("old@x.example".into());
            contact.phone = Some("1".into());
        });
    }
    assert_eq!(bench.sync().await.unwrap().outcome, RunOutcome::Agreed);
    bench
}

#[tokio::test]
async fn what_could_not_be_written_while_linking_is_not_taken_for_agreed() {
    let bench = Bench::new_customer();
    edit_contact(&bench.xero, "Both", |contact| {
        contact.email = Some("x@x.example".into());
    });
    refuse(&bench, "both");
    assert_eq!(bench.sync().await.unwrap().outcome, RunOutcome::Exceptions);
    // Meanwhile someone enters another address in ERPNext: which one is right is for a person.
    edit_contact(&bench.erpnext, "both", |contact| {
        contact.email = Some("e@x.example".into());
    });
    bench.erpnext.lock().unwrap().refuse.clear();
    let run = bench.sync().await.unwrap();
    assert_eq!(run.outcome, RunOutcome::Exceptions);
    assert_eq!(open(&bench)[0].cause.word(), "differ_on_both_sides");
    let xero = held(&bench.xero.lock().unwrap(), "Both");
    assert_eq!(xero.email.as_deref(), Some("x@x.example"));
}

#[tokio::test]
async fn of_two_writes_the_first_does_not_settle_what_the_second_has_to_bring() {
    let bench = agreed().await;
    edit_contact(&bench.xero, "Both", |contact| {
        contact.email = Some("new@x.example".into());
    });
    edit_contact(&bench.erpnext, "both", |contact| {
        contact.phone = Some("2".into());
    });
    refuse(&bench, "both");
    let run = bench.sync().await.unwrap();
    assert_eq!(
        (run.outcome, run.counts.updated),
        (RunOutcome::Exceptions, 1)
    );
    bench.erpnext.lock().unwrap().refuse.clear();
    let ids: Vec<_> = open(&bench).iter().map(|it| it.id).collect();
    bench.store.request_retry(&ids).unwrap();
    let run = bench.sync().await.unwrap();
    assert_eq!(run.outcome, RunOutcome::Agreed, "{:?}", open(&bench));
    for contact in [
        held(&bench.xero.lock().unwrap(), "Both"),
        held(&bench.erpnext.lock().unwrap(), "both"),
    ] {
        assert_eq!(
            (contact.email.as_deref(), contact.phone.as_deref()),
            (Some("new@x.example"), Some("2"))
        );
    }
}

#[tokio::test]
async fn what_a_system_does_not_keep_is_shown_and_not_sent_again() {
    let bench = Bench::new_customer();
    bench.sync().await.unwrap();
    bench
        .erpnext
        .lock()
        .unwrap()
        .drops
        .insert("both".to_owned());
    edit_contact(&bench.xero, "Both", |contact| {
        contact.email = Some("new@x.example".into());
    });
    let first = bench.sync().await.unwrap();
    assert_eq!(
        (first.outcome, first.counts.updated),
        (RunOutcome::Exceptions, 1)
    );
    assert_eq!(open(&bench)[0].cause.word(), "totals_differ");
    for _ in 0..2 {
        let run = bench.sync().await.unwrap();
        assert_eq!(
            (run.outcome, run.counts.writes(), open(&bench).len()),
            (RunOutcome::Exceptions, 0, 1)
        );
    }
    // What the system dropped was not carried back over what the person wrote.
    let xero = held(&bench.xero.lock().unwrap(), "Both");
    assert_eq!(xero.email.as_deref(), Some("new@x.example"));
}

#[tokio::test]
async fn what_one_side_did_not_keep_is_not_settled_by_what_the_other_kept() {
    let bench = agreed().await;
    bench.xero.lock().unwrap().drops.insert("Both".to_owned());
    edit_contact(&bench.xero, "Both", |contact| {
        contact.address = Some(ledger::contact::Address {
            city: Some("Leeds".into()),
            ..Default::default()
        });
    });
    edit_contact(&bench.erpnext, "both", |contact| {
        contact.phone = Some("2".into());
    });
    let run = bench.sync().await.unwrap();
    assert_eq!(
        (run.outcome, run.counts.updated),
        (RunOutcome::Exceptions, 2)
    );
    for _ in 0..2 {
        let run = bench.sync().await.unwrap();
        assert_eq!(
            (run.outcome, run.counts.writes()),
            (RunOutcome::Exceptions, 0),
            "{:?}",
            open(&bench)
        );
    }
    let erpnext = held(&bench.erpnext.lock().unwrap(), "both");
    assert_eq!(erpnext.phone.as_deref(), Some("2"));
}

#[tokio::test]
async fn a_refused_write_is_the_same_write_although_the_record_was_touched() {
    let bench = agreed().await;
    edit_contact(&bench.xero, "Both", |contact| {
        contact.email = Some("new@x.example".into());
    });
    edit_invoice(&bench.xero, "A-1", |invoice| {
        invoice.due_date = NaiveDate::from_ymd_opt(2026, 12, 24);
    });
    refuse(&bench, "both");
    refuse(&bench, "A-1");
    let run = bench.sync().await.unwrap();
    assert_eq!(
        (run.outcome, run.counts.exceptions),
        (RunOutcome::Exceptions, 2)
    );
    let writes = bench.writes();
    // New versions without new content: a comment, a printout.
    edit_contact(&bench.erpnext, "both", |_| {});
    edit_invoice(&bench.erpnext, "A-1", |_| {});
    let run = bench.sync().await.unwrap();
    assert_eq!(run.counts.exceptions, 2);
    assert_eq!(bench.writes(), writes, "a refused write was sent again");
    // Something else to write is tried.
    edit_contact(&bench.xero, "Both", |contact| {
        contact.email = Some("newer@x.example".into());
    });
    bench.erpnext.lock().unwrap().refuse.clear();
    let run = bench.sync().await.unwrap();
    assert_eq!((run.counts.updated, run.counts.exceptions), (1, 1));
    let ids: Vec<_> = open(&bench).iter().map(|it| it.id).collect();
    bench.store.request_retry(&ids).unwrap();
    assert_eq!(bench.sync().await.unwrap().outcome, RunOutcome::Agreed);
    audit(&bench);
}
