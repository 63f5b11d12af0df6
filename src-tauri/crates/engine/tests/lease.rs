//! Two installations on the same books, which tell each other when they sync.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use chrono::TimeDelta;
use engine::books::BooksError;
use engine::run::{Request, sync};
use ledger::Side;
use store::{LogQuery, RunOutcome, Trigger};
use support::{Bench, Notes, books, sync_all};

/// Books of a new customer, whose ERPNext keeps what installations say.
fn two() -> (Bench, Bench) {
    let (xero, mut erpnext) = books();
    erpnext.notes = Some(Notes::new());
    let one = Bench::new(xero, erpnext);
    let other = one.another();
    (one, other)
}

fn pass(bench: &Bench, minutes: i64) {
    let mut world = bench.erpnext.lock().unwrap();
    world.notes.as_mut().unwrap().now += TimeDelta::minutes(minutes);
}

fn notes(bench: &Bench) -> Notes {
    bench.erpnext.lock().unwrap().notes.clone().unwrap()
}

/// What one installation alone writes, and the points at which it does I/O.
async fn alone() -> (u64, u64) {
    let (one, _) = two();
    one.gate.die_at(0);
    assert_eq!(sync_all(&one).await.outcome, RunOutcome::Agreed);
    (one.writes(), one.gate.passed())
}

fn messages(bench: &Bench) -> Vec<String> {
    let query = LogQuery {
        limit: 1_000,
        ..LogQuery::default()
    };
    let lines = bench.store.log(&query).unwrap();
    lines.iter().map(|it| it.write.message.sentence()).collect()
}

#[tokio::test]
async fn a_run_that_writes_says_so_and_lets_go_and_one_that_does_not_says_nothing() {
    let (one, _) = two();
    sync_all(&one).await;
    let said = notes(&one);
    assert_eq!(said.written, 2);
    assert_eq!(said.standing[0].claim.hold, None);
    assert_eq!(said.standing[0].claim.installation, "this one");
    sync_all(&one).await;
    assert_eq!(notes(&one).written, 2);
}

/// Whatever the one has come to when the other begins and goes on as far as it can: together they write what one
/// alone writes. Who came second reads what the first made, or says that it is being synced.
#[tokio::test]
async fn two_at_once_write_what_one_alone_writes() {
    let (written, points) = alone().await;
    let mut met = 0;
    for point in 1..=points {
        let (one, other) = two();
        let waited = one
            .sync_around(point, async {
                let run = Box::pin(other.sync()).await.unwrap();
                if run.outcome == RunOutcome::Elsewhere {
                    met += 1;
                    assert!(matches!(
                        &run.failures[0],
                        BooksError::SyncedElsewhere { since: Some(_), .. }
                    ));
                    assert_eq!(run.counts.writes(), 0);
                }
            })
            .await;
        assert!(waited, "{point}");
        // Who only read marks nothing twice either.
        assert_eq!(one.writes(), written, "at point {point}");
        for bench in [&other, &one] {
            assert_eq!(sync_all(bench).await.outcome, RunOutcome::Agreed, "{point}");
        }
        assert_eq!(one.writes(), written, "at point {point}");
    }
    assert!(met > 5, "{met} of {points}");
}

/// Wherever the process of the one dies, the other waits for five minutes at most and the one itself not at all.
#[tokio::test]
async fn what_a_killed_process_said_runs_out() {
    let (_, points) = alone().await;
    let mut met = 0;
    for point in 1..=points {
        let (one, other) = two();
        assert!(one.sync_and_die_at(point).await);
        let run = sync_all(&other).await;
        if run.outcome == RunOutcome::Elsewhere {
            met += 1;
            pass(&one, 5);
            assert_eq!(
                sync_all(&other).await.outcome,
                RunOutcome::Agreed,
                "{point}"
            );
        }
        assert_eq!(sync_all(&one).await.outcome, RunOutcome::Agreed, "{point}");
        let (one, _) = two();
        assert!(one.sync_and_die_at(point).await);
        assert_eq!(sync_all(&one).await.outcome, RunOutcome::Agreed, "{point}");
    }
    assert!(met > 5, "{met} of {points}");
}

/// The first point at which another meets what the one has said.
async fn held_from() -> u64 {
    let (_, points) = alone().await;
    for point in 1..=points {
        let (one, other) = two();
        assert!(one.sync_and_die_at(point).await);
        if sync_all(&other).await.outcome == RunOutcome::Elsewhere {
            return point;
        }
    }
    panic!("never");
}

/// A person takes over while the one is at it: it finishes the call on its way, notices when it next says that it
/// syncs, and stops with that as its reason.
#[tokio::test]
async fn who_is_taken_over_from_stops_and_says_why() {
    // Of two at once each looks whether the other is there: from the next point on the one writes.
    let point = held_from().await + 3;
    let (one, other) = two();
    one.gate.wait_at(point);
    let (session, mut request) = (one.session(), Request::everything(Trigger::Schedule));
    request.who = Some("the schedule on SERVER".to_owned());
    let mut first = Box::pin(sync(&session, &request));
    tokio::select! {
        biased;
        () = one.gate.hit.notified() => {}
        _ = &mut first => panic!("it ended"),
    }
    let over = other
        .sync_with(|request| {
            request.take_over = true;
            request.who = Some("anna on LAPTOP".to_owned());
        })
        .await;
    assert_eq!(over.outcome, RunOutcome::Agreed, "{over:?}");
    let said = messages(&other);
    let taken = "You took over the syncing of this pairing from the schedule on SERVER";
    assert!(said.iter().any(|it| it == taken), "{said:?}");

    let sends = || one.xero.lock().unwrap().sends + one.erpnext.lock().unwrap().sends;
    let before = sends();
    one.wake();
    assert!(futures::poll!(&mut first).is_pending());
    one.gate.resume.notify_one();
    let stopped = first.await.unwrap();
    assert_eq!(stopped.outcome, RunOutcome::Elsewhere);
    let by = "anna on LAPTOP".to_owned();
    assert_eq!(stopped.failures[0], BooksError::TakenOver { by });
    // The call that was on its way, and nothing after it.
    assert!(sends() <= before + 1, "{before} then {}", sends());
    assert!(
        notes(&one)
            .standing
            .iter()
            .all(|it| it.claim.hold.is_none())
    );
    for bench in [&one, &other] {
        assert_eq!(sync_all(bench).await.outcome, RunOutcome::Agreed);
    }
}

/// Renewed in time it holds for as long as the run lasts; a machine that slept longer finds that another was at it.
#[tokio::test]
async fn a_claim_is_renewed_and_one_that_ran_out_is_lost_to_who_came_since() {
    let point = held_from().await + 3;
    for slept in [false, true] {
        let (one, other) = two();
        one.gate.wait_at(point);
        let (session, request) = (one.session(), Request::everything(Trigger::Manual));
        let mut first = Box::pin(sync(&session, &request));
        tokio::select! {
            biased;
            () = one.gate.hit.notified() => {}
            _ = &mut first => panic!("it ended"),
        }
        for _ in 0..3 {
            pass(&one, 3);
            if !slept {
                one.wake();
                assert!(futures::poll!(&mut first).is_pending());
            }
        }
        let second = other.sync().await.unwrap();
        one.wake();
        assert!(futures::poll!(&mut first).is_pending());
        one.gate.resume.notify_one();
        let first = first.await.unwrap();
        let outcomes = (first.outcome, second.outcome);
        let wanted = if slept {
            (RunOutcome::Elsewhere, RunOutcome::Agreed)
        } else {
            (RunOutcome::Agreed, RunOutcome::Elsewhere)
        };
        assert_eq!(outcomes, wanted, "slept: {slept}");
        for bench in [&one, &other] {
            assert_eq!(sync_all(bench).await.outcome, RunOutcome::Agreed);
        }
    }
}

/// Two runs that go side by side, a call each at a time: neither sees the other before both have said that they
/// sync. Not both go on, and one of them does.
#[tokio::test]
async fn of_two_in_step_one_goes_on() {
    let (written, _) = alone().await;
    // Each has looked, and sees nobody; what it says is the next call.
    let point = held_from().await - 1;
    let (one, other) = two();
    let (here, there) = (one.session(), other.session());
    let request = Request::everything(Trigger::Manual);
    let mut runs = [
        (&one, Box::pin(sync(&here, &request)), None),
        (&other, Box::pin(sync(&there, &request)), None),
    ];
    let (mut both_said, mut begun) = (false, false);
    while runs.iter().any(|(.., ended)| ended.is_none()) {
        for (bench, ..) in &runs {
            bench.gate.wait_at(if begun { 1 } else { point });
            if begun {
                bench.gate.resume.notify_one();
            }
        }
        begun = true;
        for (bench, run, ended) in runs.iter_mut().filter(|(.., ended)| ended.is_none()) {
            tokio::select! {
                biased;
                () = bench.gate.hit.notified() => {}
                result = run => *ended = Some(result.unwrap().outcome),
            }
        }
        let said = notes(&one).standing;
        both_said |= said.iter().filter(|it| it.claim.hold.is_some()).count() == 2;
    }
    assert!(both_said);
    let outcomes = runs.map(|(.., ended)| ended.unwrap());
    assert_eq!(outcomes, [RunOutcome::Elsewhere, RunOutcome::Agreed]);
    for bench in [&other, &one] {
        bench.gate.die_at(0);
        assert_eq!(sync_all(bench).await.outcome, RunOutcome::Agreed);
    }
    assert_eq!(one.writes(), written);
}

#[tokio::test]
async fn without_a_place_to_say_it_runs_go_on() {
    let (xero, erpnext) = books();
    let one = Bench::new(xero, erpnext);
    assert_eq!(sync_all(&one).await.outcome, RunOutcome::Agreed);
    assert!(one.session().books.get(Side::Erpnext).moment().is_none());
}
