//! Settings that are remembered from one run to the next, and when they are read anew.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use engine::run::Request;
use ledger::MappingKind;
use ledger::mapping::Mapping;
use store::{ExceptionQuery, MappingSource, RunOutcome, Trigger};
use support::{Bench, audit, books, edit_invoice};

/// Books whose settings are remembered, and that agree.
async fn settled() -> Bench {
    let (mut xero, mut erpnext) = books();
    xero.remembers = true;
    erpnext.remembers = true;
    let bench = Bench::new(xero, erpnext);
    bench.sync().await.unwrap();
    bench.sync().await.unwrap();
    bench
}

/// How often each side's settings were read by a run.
async fn read_by(bench: &Bench, trigger: Trigger) -> (u32, u32) {
    let count = || {
        let (xero, erpnext) = (bench.xero.lock().unwrap(), bench.erpnext.lock().unwrap());
        (xero.profiles_read, erpnext.profiles_read)
    };
    let before = count();
    let request = Request::everything(trigger);
    engine::run::sync(&bench.session(), &request).await.unwrap();
    let after = count();
    (after.0 - before.0, after.1 - before.1)
}

fn open(bench: &Bench) -> usize {
    let open = bench.store.exceptions(&ExceptionQuery::default()).unwrap();
    open.len()
}

#[tokio::test]
async fn a_run_that_finds_nothing_new_reads_no_settings() {
    let bench = settled().await;
    assert_eq!(read_by(&bench, Trigger::Manual).await, (0, 0));
}

#[tokio::test]
async fn nothing_is_written_by_settings_of_an_earlier_run() {
    let bench = settled().await;
    edit_invoice(&bench.xero, "A-1", |it| it.reference = Some("PO 7".into()));
    assert_eq!(read_by(&bench, Trigger::Schedule).await, (1, 1));
    audit(&bench);
    // Nor is the account of another organisation's chart, which was renumbered meanwhile.
    bench.xero.lock().unwrap().identity = Some("another".into());
    edit_invoice(&bench.erpnext, "A-2", |it| {
        it.reference = Some("PO 8".into());
    });
    let writes = bench.writes();
    let run = bench.sync().await.unwrap();
    assert_eq!(run.outcome, RunOutcome::ConnectionFailed);
    assert_eq!(bench.writes(), writes);
}

#[tokio::test]
async fn what_is_missed_is_looked_for_anew_and_told_once() {
    let bench = settled().await;
    let (store, pairing) = (&bench.store, bench.pairing.id);
    let mappings: Vec<(Mapping, MappingSource)> =
        Mapping::both_ways(MappingKind::Account, "new", "new")
            .into_iter()
            .map(|mapping| (mapping, MappingSource::Person))
            .collect();
    let at = chrono::DateTime::UNIX_EPOCH;
    store.add_mappings(pairing, &mappings, at).unwrap();
    // An account that was added since the settings were read.
    for world in [&bench.xero, &bench.erpnext] {
        world.lock().unwrap().accounts.push("new".into());
    }
    edit_invoice(&bench.xero, "A-1", |it| {
        it.lines[0].account = Some("new".into());
    });
    assert_eq!(read_by(&bench, Trigger::Schedule).await, (1, 1));
    assert_eq!(open(&bench), 0);
    // One that nothing is mapped to is an exception, and no reason to ask again at each run.
    edit_invoice(&bench.xero, "A-2", |it| {
        it.lines[0].account = Some("unknown".into());
    });
    assert_eq!(read_by(&bench, Trigger::Schedule).await, (1, 1));
    assert_eq!(open(&bench), 1);
    assert_eq!(read_by(&bench, Trigger::Schedule).await, (0, 0));
    // A person who asks may have put it right.
    assert_eq!(read_by(&bench, Trigger::Manual).await, (1, 1));
}

#[tokio::test]
async fn settings_that_say_what_they_said_leave_the_plan_as_it_was_made() {
    let bench = settled().await;
    edit_invoice(&bench.xero, "A-1", |it| it.reference = Some("PO 7".into()));
    let shown = || async {
        let mut shown = 0;
        let each = |_: &engine::plan::Entry| shown += 1;
        engine::run::preview(&bench.session(), each).await.unwrap();
        shown
    };
    // Asked for anew in between, each entry is shown once all the same.
    let once = shown().await;
    assert!(once > 0);
    // Another currency may be used now: the plan is made anew, and shown once too.
    bench.xero.lock().unwrap().accounts.push("newer".into());
    assert_eq!(shown().await, once);
}

#[tokio::test]
async fn what_is_carried_as_it_happens_goes_by_the_settings_of_the_last_minutes() {
    let bench = settled().await;
    let known_for = |minutes: i64| {
        for world in [&bench.xero, &bench.erpnext] {
            world.lock().unwrap().known_for = Some(chrono::TimeDelta::minutes(minutes));
        }
    };
    let edit = |reference: &str| {
        edit_invoice(&bench.xero, "A-1", |it| {
            it.reference = Some(reference.into());
        });
    };
    known_for(10);
    edit("PO 7");
    let writes = bench.writes();
    assert_eq!(read_by(&bench, Trigger::RealTime).await, (0, 0));
    assert!(bench.writes() > writes);
    audit(&bench);
    known_for(11);
    edit("PO 8");
    assert_eq!(read_by(&bench, Trigger::RealTime).await, (1, 1));
    // Nobody else's writes do, however new they are.
    known_for(0);
    edit("PO 9");
    assert_eq!(read_by(&bench, Trigger::Schedule).await, (1, 1));
    // And what is missing is looked for in any case.
    edit_invoice(&bench.xero, "A-2", |it| {
        it.lines[0].account = Some("unknown".into());
    });
    assert_eq!(read_by(&bench, Trigger::RealTime).await, (1, 1));
}
