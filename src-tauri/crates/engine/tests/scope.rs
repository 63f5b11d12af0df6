//! What a narrow run reads, writes and concludes, and what it leaves alone.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::collections::BTreeSet;

use chrono::NaiveDate;
use engine::run::scope::{About, Scope, Slice};
use engine::run::{Summary, preview_of};
use ledger::{DocumentState, Kind, Record, RemoteId, Said, Side};
use store::{ExceptionQuery, RecordKey, RunOutcome};
use support::{Bench, audit, contact, edit_contact, edit_invoice, id_of, invoice, titles};

fn key(bench: &Bench, side: Side, kind: Kind, title: &str) -> RecordKey {
    let world = match side {
        Side::Xero => &bench.xero,
        Side::Erpnext => &bench.erpnext,
    };
    RecordKey {
        side,
        kind,
        id: id_of(&world.lock().unwrap(), title),
    }
}

fn x_invoice(bench: &Bench, number: &str) -> RecordKey {
    key(bench, Side::Xero, Kind::Invoice, number)
}

async fn run(bench: &Bench, scope: Scope) -> Summary {
    bench.sync_with(|request| request.scope = scope).await
}

async fn only(bench: &Bench, records: impl IntoIterator<Item = RecordKey>) -> Summary {
    run(bench, Scope::records(records)).await
}

/// How far both sides have been read, of every kind.
fn cursors(bench: &Bench) -> Vec<Option<String>> {
    let (store, pairing) = (&bench.store, bench.pairing.id);
    let mut cursors = Vec::new();
    for side in Side::BOTH {
        for kind in Kind::ALL {
            cursors.push(store.cursor(pairing, side, kind).unwrap());
        }
    }
    cursors
}

fn open(bench: &Bench) -> Vec<(RemoteId, String)> {
    let open = bench.store.exceptions(&ExceptionQuery::default()).unwrap();
    open.into_iter()
        .map(|it| (it.record.id, it.cause.word().to_owned()))
        .collect()
}

fn due(day: u32) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(2026, 12, day)
}

fn due_in(bench: &Bench, side: Side, number: &str) -> Option<NaiveDate> {
    let world = match side {
        Side::Xero => &bench.xero,
        Side::Erpnext => &bench.erpnext,
    };
    let world = world.lock().unwrap();
    let held = &world.records[&(Kind::Invoice, id_of(&world, number))];
    held.record.as_invoice().unwrap().due_date
}

#[tokio::test]
async fn one_record_is_carried_with_its_contact_before_anything_else_ever_was() {
    let bench = Bench::new_customer();
    let run = only(&bench, [x_invoice(&bench, "X-1")]).await;
    assert_eq!(
        (run.outcome, run.counts.created, run.counts.writes()),
        (RunOutcome::Agreed, 2, 2),
        "the invoice and its contact, and no marker on what was there"
    );
    let erpnext = bench.erpnext.lock().unwrap().clone();
    assert!(titles(&erpnext, Kind::Invoice).contains(&"x 1".to_owned()));
    assert!(!titles(&erpnext, Kind::Invoice).contains(&"x 2".to_owned()));
    assert_eq!(cursors(&bench), vec![None; 2 * Kind::ALL.len()]);
    assert_eq!(open(&bench), []);
    // The same once more finds nothing to do, and the rest follows.
    let again = only(&bench, [x_invoice(&bench, "X-1")]).await;
    assert_eq!(
        (again.outcome, again.counts.writes()),
        (RunOutcome::Agreed, 0)
    );
    let rest = bench.sync().await.unwrap();
    assert_eq!((rest.outcome, rest.counts.created), (RunOutcome::Agreed, 6));
    audit(&bench);
    assert_eq!(bench.sync().await.unwrap().counts.writes(), 0);
}

#[tokio::test]
async fn nothing_but_the_named_record_is_written_or_concluded() {
    let bench = Bench::new_customer();
    bench.sync().await.unwrap();
    let (writes, read) = (bench.writes(), cursors(&bench));
    for number in ["A-1", "A-2"] {
        edit_invoice(&bench.xero, number, |it| it.due_date = due(24));
    }
    // Its contact too has changed since: that is a matter of its own.
    edit_contact(&bench.xero, "Both", |it| {
        it.email = Some("both@example.com".into());
    });
    edit_invoice(&bench.xero, "X-1", |it| {
        it.lines[0].account = Some("gone".into());
    });
    let run = only(&bench, [x_invoice(&bench, "A-1")]).await;
    assert_eq!(
        (run.outcome, run.counts.updated, bench.writes() - writes),
        (RunOutcome::Agreed, 1, 1)
    );
    assert_eq!(
        ["A-1", "A-2"].map(|number| due_in(&bench, Side::Erpnext, number)),
        [due(24), NaiveDate::from_ymd_opt(2026, 11, 30)]
    );
    assert_eq!(cursors(&bench), read);
    assert_eq!(
        open(&bench),
        [],
        "nothing is said of what was not asked for"
    );
    let rest = bench.sync().await.unwrap();
    assert_eq!(rest.counts.updated, 2);
    assert_eq!(open(&bench).len(), 1);
}

#[tokio::test]
async fn an_exception_outside_of_the_scope_stays_and_one_inside_ends_with_its_cause() {
    let bench = Bench::new_customer();
    bench.sync().await.unwrap();
    for number in ["A-1", "A-2"] {
        edit_invoice(&bench.xero, number, |it| {
            it.lines[0].account = Some("unknown".into());
        });
    }
    bench.sync().await.unwrap();
    assert_eq!(open(&bench).len(), 2);
    for number in ["A-1", "A-2"] {
        edit_invoice(&bench.xero, number, |it| {
            it.lines[0].account = Some("sales".into());
        });
    }
    let run = only(&bench, [x_invoice(&bench, "A-1")]).await;
    assert_eq!(
        (run.outcome, run.counts.exceptions),
        (RunOutcome::Agreed, 0)
    );
    let left = open(&bench);
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].0, x_invoice(&bench, "A-2").id);
    assert_eq!(bench.sync().await.unwrap().outcome, RunOutcome::Agreed);
    assert_eq!(open(&bench), []);
}

#[tokio::test]
async fn a_named_record_that_cannot_be_carried_is_an_exception() {
    let bench = Bench::new_customer();
    bench.sync().await.unwrap();
    edit_invoice(&bench.xero, "A-1", |it| it.due_date = due(24));
    edit_invoice(&bench.erpnext, "A-1", |it| it.due_date = due(25));
    let run = only(&bench, [key(&bench, Side::Erpnext, Kind::Invoice, "A-1")]).await;
    assert_eq!(
        (run.outcome, run.counts.exceptions),
        (RunOutcome::Exceptions, 1)
    );
    assert_eq!(open(&bench)[0].1, "both_changed");
}

#[tokio::test]
async fn what_lists_alone_would_bring_keeps_a_named_record_from_being_made_twice() {
    let bench = Bench::new_customer();
    bench.sync().await.unwrap();
    // Both sides got it since, and its number in ERPNext is another one.
    {
        let mut xero = bench.xero.lock().unwrap();
        let mut erpnext = bench.erpnext.lock().unwrap();
        let (left, right) = (id_of(&xero, "Both"), id_of(&erpnext, "both"));
        xero.add(Side::Xero, invoice("N-1", &left, 913));
        erpnext.add(Side::Erpnext, invoice("ACC-9", &right, 913));
    }
    let (writes, read) = (bench.writes(), cursors(&bench));
    let run = only(&bench, [x_invoice(&bench, "N-1")]).await;
    assert_eq!(run.counts.created, 0, "{run:?}");
    assert_eq!(open(&bench)[0].1, "several_candidates", "a person is asked");
    assert_eq!(bench.writes(), writes);
    assert_eq!(cursors(&bench), read);
}

#[tokio::test]
async fn a_named_record_that_was_deleted_ends_its_counterpart() {
    let bench = Bench::new_customer();
    bench.sync().await.unwrap();
    let gone = key(&bench, Side::Erpnext, Kind::Invoice, "A-1");
    let counterpart = x_invoice(&bench, "A-1");
    bench
        .erpnext
        .lock()
        .unwrap()
        .delete(Kind::Invoice, &gone.id);
    // Not found once may be anything.
    let first = only(&bench, [counterpart.clone()]).await;
    assert_eq!(first.counts.voided, 0);
    let second = only(&bench, [counterpart.clone()]).await;
    assert_eq!(second.counts.voided, 1);
    let xero = bench.xero.lock().unwrap();
    let held = &xero.records[&(Kind::Invoice, counterpart.id)];
    assert_eq!(
        held.record.as_invoice().unwrap().state,
        DocumentState::Voided
    );
}

#[tokio::test]
async fn a_kind_alone_is_read_and_the_cursors_of_others_stay() {
    let bench = Bench::new_customer();
    bench.sync().await.unwrap();
    let before = cursors(&bench);
    edit_contact(&bench.xero, "Both", |it| {
        it.email = Some("both@example.com".into());
    });
    edit_invoice(&bench.xero, "A-1", |it| it.due_date = due(24));
    let run = run(&bench, Scope::kinds([Kind::Contact])).await;
    assert_eq!((run.outcome, run.counts.updated), (RunOutcome::Agreed, 1));
    let after = cursors(&bench);
    assert_ne!(after[0], before[0], "Xero's contacts were read in full");
    let other = |of: &[Option<String>]| {
        let lists = of
            .chunks(Kind::ALL.len())
            .flat_map(|side| side[1..].to_vec());
        lists.collect::<Vec<_>>()
    };
    assert_eq!(other(&after), other(&before));
    assert_eq!(
        bench.sync().await.unwrap().counts.updated,
        1,
        "the invoice follows"
    );
}

#[tokio::test]
async fn what_needs_a_record_of_another_kind_waits_and_is_no_exception() {
    let bench = Bench::new_customer();
    let run = run(&bench, Scope::kinds([Kind::Invoice])).await;
    assert_eq!(run.outcome, RunOutcome::Exceptions, "not all was done");
    assert_eq!(
        (run.counts.held, run.counts.exceptions, run.counts.created),
        (6, 0, 0)
    );
    assert_eq!(bench.sync().await.unwrap().outcome, RunOutcome::Agreed);
    audit(&bench);
}

#[tokio::test]
async fn what_a_person_held_back_waits_with_what_needs_it_and_says_so() {
    let bench = Bench::new_customer();
    let held = key(&bench, Side::Xero, Kind::Contact, "Only Xero");
    let scope = Scope {
        about: About::Everything,
        held: BTreeSet::from([held]),
    };
    let shown = preview_of(&bench.session(), &scope, |_| {}).await.unwrap();
    assert_eq!(shown.held.len(), 4, "the contact and its three invoices");
    let first = run(&bench, scope.clone()).await;
    assert_eq!(
        (first.outcome, first.counts.held, first.counts.exceptions),
        (RunOutcome::Exceptions, 4, 0)
    );
    let lines = bench.store.log(&store::LogQuery::default()).unwrap();
    let said = |title: &str| {
        let line = lines.iter().find(|line| line.write.title == title);
        line.map(|line| line.write.message.clone()).unwrap()
    };
    assert_eq!(said("Only Xero"), Said::HeldBack);
    assert_eq!(said("X-1"), Said::OutsideOfRun);
    let erpnext = titles(&bench.erpnext.lock().unwrap(), Kind::Contact);
    assert!(!erpnext.contains(&"only xero".to_owned()));
    assert_eq!(bench.sync().await.unwrap().outcome, RunOutcome::Agreed);
    audit(&bench);
}

#[tokio::test]
async fn what_was_held_back_stays_held_back_when_it_changes_again() {
    let bench = Bench::new_customer();
    bench.sync().await.unwrap();
    edit_invoice(&bench.xero, "A-1", |it| it.due_date = due(24));
    let scope = Scope {
        about: About::Everything,
        held: BTreeSet::from([x_invoice(&bench, "A-1")]),
    };
    preview_of(&bench.session(), &scope, |_| {}).await.unwrap();
    edit_invoice(&bench.xero, "A-1", |it| it.due_date = due(28));
    let run = run(&bench, scope).await;
    assert_eq!((run.counts.held, run.counts.updated), (1, 0));
    assert_eq!(run.outcome, RunOutcome::Exceptions);
}

#[tokio::test]
async fn a_slice_of_old_documents_is_carried_part_by_part_below_all_others() {
    let bench = Bench::new_customer();
    let old = |day: u32| NaiveDate::from_ymd_opt(2024, 3, day).unwrap();
    {
        let mut xero = bench.xero.lock().unwrap();
        let left = xero.add(Side::Xero, contact("Old"));
        for day in 1..=3 {
            let mut record = invoice(&format!("O-{day}"), &left, 40 + i64::from(day));
            if let Record::Invoice(invoice) = &mut record {
                invoice.date = old(day);
            }
            xero.add(Side::Xero, record);
        }
    }
    let slice = |most| {
        Scope::slice(Slice {
            from: old(1),
            until: old(31),
            most,
        })
    };
    let first = run(&bench, slice(2)).await;
    assert_eq!(first.counts.created, 3, "two documents and their contact");
    assert_eq!(first.outcome, RunOutcome::Exceptions, "one is left");
    let invoices = titles(&bench.erpnext.lock().unwrap(), Kind::Invoice);
    assert!(invoices.contains(&"o 3".to_owned()) && !invoices.contains(&"o 1".to_owned()));
    assert!(!invoices.contains(&"x 1".to_owned()), "not of that time");
    let second = run(&bench, slice(2)).await;
    assert_eq!(
        (second.outcome, second.counts.created),
        (RunOutcome::Agreed, 1)
    );
    assert_eq!(bench.sync().await.unwrap().outcome, RunOutcome::Agreed);
    audit(&bench);
}

/// Killed at every I/O point of a narrow run; a whole run brings all to its end, and nothing twice.
#[tokio::test]
async fn a_narrow_run_that_dies_anywhere_is_finished_by_a_whole_one() {
    let mut point = 1;
    loop {
        let bench = Bench::new_customer();
        let scope = Scope::records([x_invoice(&bench, "X-1")]);
        bench.gate.die_at(point);
        let session = bench.session();
        let request = engine::run::Request {
            scope,
            ..engine::run::Request::everything(store::Trigger::Manual)
        };
        let died = tokio::select! {
            biased;
            () = bench.gate.hit.notified() => true,
            result = engine::run::sync(&session, &request) => { result.unwrap(); false }
        };
        bench.gate.die_at(0);
        assert_eq!(cursors(&bench), vec![None; 2 * Kind::ALL.len()]);
        bench.sync().await.unwrap();
        bench.sync().await.unwrap();
        audit(&bench);
        assert_eq!(bench.sync().await.unwrap().counts.writes(), 0, "at {point}");
        if !died {
            assert!(point > 10, "it died nowhere");
            break;
        }
        point += 1;
    }
}

/// Documents that the start date left alone were dealt with before: one that is created from such a one in Xero gets
/// its marker, wherever the process dies.
#[tokio::test]
async fn an_import_of_what_was_left_alone_that_dies_anywhere_marks_all_that_it_made() {
    let old = |day: u32| NaiveDate::from_ymd_opt(2024, 3, day).unwrap();
    let mut point = 1;
    loop {
        let bench = Bench::new_customer();
        {
            let mut erpnext = bench.erpnext.lock().unwrap();
            let right = erpnext.add(Side::Erpnext, contact("Old"));
            for day in 1..=3 {
                let mut record = invoice(&format!("O-{day}"), &right, 40 + i64::from(day));
                if let Record::Invoice(invoice) = &mut record {
                    invoice.date = old(day);
                }
                erpnext.add(Side::Erpnext, record);
            }
        }
        for kind in [Kind::Invoice, Kind::CreditNote, Kind::Payment] {
            let rule = store::Rule {
                start_date: NaiveDate::from_ymd_opt(2025, 1, 1),
                ..store::Rule::unset(kind)
            };
            bench.store.set_rule(bench.pairing.id, &rule).unwrap();
        }
        bench.sync().await.unwrap();
        bench.sync().await.unwrap();
        let slice = || {
            Scope::slice(Slice {
                from: old(1),
                until: old(31),
                most: 10,
            })
        };
        bench.gate.die_at(point);
        let session = bench.session();
        let request = engine::run::Request {
            scope: slice(),
            ..engine::run::Request::everything(store::Trigger::History)
        };
        let died = tokio::select! {
            biased;
            () = bench.gate.hit.notified() => true,
            result = engine::run::sync(&session, &request) => { result.unwrap(); false }
        };
        bench.gate.die_at(0);
        bench.sync().await.unwrap();
        run(&bench, slice()).await;
        bench.sync().await.unwrap();
        audit(&bench);
        assert_eq!(bench.sync().await.unwrap().counts.writes(), 0, "at {point}");
        if !died {
            assert!(point > 10, "it died nowhere");
            break;
        }
        point += 1;
    }
}
