#![allow(clippy::unwrap_used)]

mod overtaking;

use super::*;
use crate::JumpClock;
use chrono::{Duration, TimeZone};
use http::HeaderValue;

fn noon() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 22, 12, 0, 0).unwrap()
}

fn governor(limits: Limits) -> (Governor, Arc<JumpClock>) {
    let clock = Arc::new(JumpClock::at(noon()));
    (Governor::new(limits, clock.clone(), None), clock)
}

fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
    pairs
        .iter()
        .map(|(name, value)| {
            (
                http::HeaderName::from_static(name),
                HeaderValue::from_str(value).unwrap(),
            )
        })
        .collect()
}

async fn call(governor: &Governor, priority: Priority) -> Result<(), Refusal> {
    let permit = governor.admit(priority, &CancellationToken::new()).await?;
    permit.answered(StatusCode::OK, &HeaderMap::new());
    Ok(())
}

#[tokio::test]
async fn the_sixty_first_call_waits_for_the_next_minute() {
    let (governor, clock) = governor(Limits::XERO);
    for _ in 0..60 {
        call(&governor, Priority::Interactive).await.unwrap();
    }
    assert_eq!(clock.now(), noon());
    call(&governor, Priority::Interactive).await.unwrap();
    assert_eq!(clock.now(), noon() + Duration::seconds(60));
    assert_eq!(governor.watch().borrow().used_today, 61);
}

#[tokio::test]
async fn a_scheduled_run_leaves_two_calls_a_minute_for_clicks() {
    let (governor, clock) = governor(Limits::XERO);
    for _ in 0..58 {
        call(&governor, Priority::Scheduled).await.unwrap();
    }
    call(&governor, Priority::Interactive).await.unwrap();
    assert_eq!(clock.now(), noon());
    call(&governor, Priority::Scheduled).await.unwrap();
    assert_eq!(clock.now(), noon() + Duration::seconds(60));
}

#[tokio::test]
async fn answers_correct_what_is_left() {
    let (governor, clock) = governor(Limits::XERO);
    let none = CancellationToken::new();
    let permit = governor.admit(Priority::Interactive, &none).await.unwrap();
    // Another machine has used most of this minute.
    permit.answered(
        StatusCode::OK,
        &headers(&[
            ("x-minlimit-remaining", "1"),
            ("x-daylimit-remaining", "4321"),
        ]),
    );
    assert_eq!(governor.watch().borrow().left_this_minute, Some(1));
    assert_eq!(governor.watch().borrow().left_today, Some(4321));
    call(&governor, Priority::Interactive).await.unwrap();
    assert_eq!(clock.now(), noon());
    call(&governor, Priority::Interactive).await.unwrap();
    assert_eq!(clock.now(), noon() + Duration::seconds(60));
}

#[tokio::test]
async fn what_is_left_does_not_count_calls_under_way() {
    let (governor, _) = governor(Limits::XERO);
    let none = CancellationToken::new();
    let first = governor.admit(Priority::Interactive, &none).await.unwrap();
    let second = governor.admit(Priority::Interactive, &none).await.unwrap();
    first.answered(StatusCode::OK, &headers(&[("x-minlimit-remaining", "59")]));
    assert_eq!(governor.watch().borrow().left_this_minute, Some(58));
    drop(second);
}

#[tokio::test]
async fn a_minute_refusal_is_obeyed() {
    let (governor, clock) = governor(Limits::XERO);
    let none = CancellationToken::new();
    let permit = governor.admit(Priority::Scheduled, &none).await.unwrap();
    permit.answered(
        StatusCode::TOO_MANY_REQUESTS,
        &headers(&[("x-rate-limit-problem", "Minute"), ("retry-after", "17")]),
    );
    let states = governor.watch();
    let waiting = governor.admit(Priority::Scheduled, &none);
    tokio::pin!(waiting);
    // The jump clock moves on the first poll; the state published before it is what people see.
    assert!(futures::poll!(&mut waiting).is_pending());
    assert_eq!(
        states.borrow().sentence("Xero", noon()).as_deref(),
        Some("Xero allows 60 calls a minute; continuing in 17 s")
    );
    waiting.await.unwrap();
    assert_eq!(clock.now(), noon() + Duration::seconds(17));
    assert_eq!(states.borrow().waiting_until, None);
}

#[tokio::test]
async fn concurrent_refusals_back_off_and_say_so() {
    let (governor, clock) = governor(Limits::XERO);
    let none = CancellationToken::new();
    for expected in [1, 1 + 2, 1 + 2 + 4] {
        let permit = governor.admit(Priority::Scheduled, &none).await.unwrap();
        permit.answered(
            StatusCode::TOO_MANY_REQUESTS,
            &headers(&[("x-rate-limit-problem", "concurrent")]),
        );
        governor.admit(Priority::Scheduled, &none).await.unwrap();
        assert_eq!(clock.now(), noon() + Duration::seconds(expected));
    }
}

#[tokio::test]
async fn a_day_refusal_ends_the_day_until_it_is_over() {
    let (governor, clock) = governor(Limits::XERO);
    let none = CancellationToken::new();
    let permit = governor.admit(Priority::Interactive, &none).await.unwrap();
    permit.answered(
        StatusCode::TOO_MANY_REQUESTS,
        &headers(&[("x-rate-limit-problem", "day"), ("retry-after", "66975")]),
    );
    let until = noon() + Duration::seconds(66_975);
    assert_eq!(
        call(&governor, Priority::Interactive).await,
        Err(Refusal::DayOver { until })
    );
    // It survives a restart.
    let spent: Spent =
        serde_json::from_str(&serde_json::to_string(&governor.spent()).unwrap()).unwrap();
    let restarted = Governor::new(Limits::XERO, clock.clone(), Some(spent));
    assert_eq!(
        call(&restarted, Priority::Interactive).await,
        Err(Refusal::DayOver { until })
    );
    clock.advance(Duration::seconds(66_975));
    call(&restarted, Priority::Interactive).await.unwrap();
}

#[tokio::test]
async fn less_urgent_work_stops_before_the_day_is_used_up() {
    let limits = Limits {
        per_minute: None,
        per_day: Some(100),
        ..Limits::XERO
    };
    for (priority, most) in [
        (Priority::History, 80),
        (Priority::Scheduled, 95),
        (Priority::RealTime, 98),
        (Priority::Interactive, 100),
    ] {
        let (governor, _) = governor(limits);
        let mut made = 0;
        while call(&governor, priority).await.is_ok() {
            made += 1;
        }
        assert_eq!(made, most, "{priority:?}");
        assert_eq!(
            call(&governor, priority).await,
            Err(Refusal::DayOver {
                until: noon() + Duration::hours(12)
            })
        );
    }
}

#[tokio::test]
async fn five_at_once_and_the_most_urgent_first() {
    let (governor, _) = governor(Limits::XERO);
    let none = CancellationToken::new();
    let mut held = Vec::new();
    for _ in 0..5 {
        held.push(governor.admit(Priority::History, &none).await.unwrap());
    }
    let late = governor.admit(Priority::History, &none);
    tokio::pin!(late);
    assert!(futures::poll!(&mut late).is_pending());
    let click = governor.admit(Priority::Interactive, &none);
    tokio::pin!(click);
    assert!(futures::poll!(&mut click).is_pending());
    held.pop();
    assert!(futures::poll!(&mut late).is_pending());
    let click = click.await.unwrap();
    drop(click);
    late.await.unwrap();
}

#[tokio::test]
async fn waiting_can_be_cancelled_and_leaves_no_trace() {
    let (governor, clock) = governor(Limits {
        concurrent: 1,
        ..Limits::XERO
    });
    let cancel = CancellationToken::new();
    let held = governor.admit(Priority::Scheduled, &cancel).await.unwrap();
    {
        let waiting = governor.admit(Priority::Interactive, &cancel);
        tokio::pin!(waiting);
        assert!(futures::poll!(&mut waiting).is_pending());
        cancel.cancel();
        assert!(matches!(waiting.await, Err(Refusal::Cancelled)));
    }
    drop(held);
    call(&governor, Priority::History).await.unwrap();
    assert_eq!(clock.now(), noon());
}

#[tokio::test]
async fn refusals_are_understood_in_any_spelling() {
    for (problem, retry_after, seconds) in [
        ("minute", Some("17"), 17),
        ("MinuteLimit", Some("9"), 9),
        ("MINUTE", None, 60),
        ("AppMinute", Some("3"), 3),
        ("appminute", None, 20),
        ("Concurrent", None, 1),
        ("something new", None, 30),
        ("", Some("4"), 4),
    ] {
        let (governor, clock) = governor(Limits::XERO);
        let none = CancellationToken::new();
        let permit = governor.admit(Priority::Scheduled, &none).await.unwrap();
        let mut pairs = vec![("x-rate-limit-problem", problem)];
        pairs.extend(retry_after.map(|seconds| ("retry-after", seconds)));
        permit.answered(StatusCode::TOO_MANY_REQUESTS, &headers(&pairs));
        governor.admit(Priority::Scheduled, &none).await.unwrap();
        assert_eq!(
            clock.now(),
            noon() + Duration::seconds(seconds),
            "{problem}"
        );
    }
}

#[tokio::test]
async fn the_app_s_limit_holds_for_its_other_organisations_too() {
    let clock = Arc::new(JumpClock::at(noon()));
    let app = AppWide::default();
    let of = || Governor::of_app(Limits::XERO, clock.clone(), None, app.clone());
    let (one, other) = (of(), of());
    let none = CancellationToken::new();
    let permit = one.admit(Priority::Scheduled, &none).await.unwrap();
    permit.answered(
        StatusCode::TOO_MANY_REQUESTS,
        &headers(&[("x-rate-limit-problem", "appminute"), ("retry-after", "12")]),
    );
    call(&other, Priority::Interactive).await.unwrap();
    assert_eq!(clock.now(), noon() + Duration::seconds(12));
}

#[tokio::test]
async fn what_was_spent_and_asked_survives_a_restart() {
    let (governor, clock) = governor(Limits::XERO);
    for _ in 0..50 {
        call(&governor, Priority::Interactive).await.unwrap();
    }
    let none = CancellationToken::new();
    let permit = governor.admit(Priority::Interactive, &none).await.unwrap();
    permit.answered(
        StatusCode::TOO_MANY_REQUESTS,
        &headers(&[("x-rate-limit-problem", "concurrent")]),
    );
    let kept = serde_json::to_string(&governor.spent()).unwrap();
    let restarted = Governor::new(
        Limits::XERO,
        clock.clone(),
        Some(serde_json::from_str(&kept).unwrap()),
    );
    let state = restarted.watch().borrow().clone();
    assert_eq!((state.used_today, state.left_this_minute), (51, Some(9)));
    // What scheduled runs leave for a person, of 1,000 a day and 60 a minute.
    assert_eq!((state.reserved_today, state.reserved_this_minute), (50, 2));
    call(&restarted, Priority::Interactive).await.unwrap();
    assert_eq!(clock.now(), noon() + Duration::seconds(1));
    for _ in 0..9 {
        call(&restarted, Priority::Interactive).await.unwrap();
    }
    assert_eq!(clock.now(), noon() + Duration::seconds(60));
    // One kept by an earlier version is understood.
    let old = r#"{"at":"2026-11-22T12:00:00Z","used_today":3,"left_today":7,"minute":null,"day_over_until":null}"#;
    let spent: Spent = serde_json::from_str(old).unwrap();
    assert_eq!((spent.left_today, spent.paused), (Some(7), None));
}

#[tokio::test]
async fn the_first_calls_of_a_minute_are_kept_while_they_are_under_way() {
    let (governor, clock) = governor(Limits::XERO);
    assert_eq!(governor.spent().minute, None);
    let none = CancellationToken::new();
    let _first = governor.admit(Priority::Scheduled, &none).await.unwrap();
    let _second = governor.admit(Priority::Scheduled, &none).await.unwrap();
    assert_eq!(governor.spent().minute, Some((noon(), 58)));
    // A process that is ended now has made them all the same.
    let after = Governor::new(Limits::XERO, clock, Some(governor.spent()));
    assert_eq!(after.watch().borrow().left_this_minute, Some(58));
}
