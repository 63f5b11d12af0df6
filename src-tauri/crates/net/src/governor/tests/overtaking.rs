//! Answers overtake each other; no call may be refused on that account, and none be left unused.

use std::sync::Mutex;

use futures::future::join_all;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::*;
use crate::EventClock;

/// Counts as Xero does, in fixed windows, and says what is left of them.
#[derive(Default)]
struct Server {
    minute: (i64, i64),
    day: (i64, i64),
    refused: usize,
    answered: usize,
}

impl Server {
    fn handle(&mut self, limits: Limits, now: DateTime<Utc>) -> (StatusCode, HeaderMap) {
        let count = |window: &mut (i64, i64), seconds: i64, limit: Option<u32>| {
            let number = now.timestamp().div_euclid(seconds);
            if window.0 != number {
                *window = (number, 0);
            }
            window.1 += 1;
            limit.map_or(i64::MAX, i64::from) - window.1
        };
        let minute = count(&mut self.minute, 60, limits.per_minute);
        let day = count(&mut self.day, 86_400, limits.per_day);
        if minute < 0 || day < 0 {
            self.refused += 1;
            let (problem, seconds) = if day < 0 {
                ("day", 86_400)
            } else {
                ("minute", 60)
            };
            let wait = (seconds - now.timestamp().rem_euclid(seconds)).to_string();
            let answer = headers(&[("x-rate-limit-problem", problem), ("retry-after", &wait)]);
            return (StatusCode::TOO_MANY_REQUESTS, answer);
        }
        self.answered += 1;
        let answer = headers(&[
            ("x-minlimit-remaining", &minute.to_string()),
            ("x-daylimit-remaining", &day.to_string()),
        ]);
        (StatusCode::OK, answer)
    }
}

/// Eight workers make calls one after another, each of which takes a while on its way there and on
/// its way back, and some of whose answers are lost. Returns how many were refused, and how long it
/// took.
fn work(limits: Limits, calls: usize, slowest: i64, lost: f64, seed: u64) -> (usize, Duration) {
    let start = noon() + Duration::seconds(i64::try_from(seed % 60).unwrap());
    let clock = Arc::new(EventClock::at(start));
    let governor = Governor::new(limits, clock.clone(), None);
    let server = Mutex::new(Server::default());
    let rng = Mutex::new(StdRng::seed_from_u64(seed));
    let travel = async || {
        let millis = rng.lock().unwrap().random_range(1..=slowest);
        let until = clock.now() + Duration::milliseconds(millis);
        clock.sleep_until(until).await;
    };
    let none = CancellationToken::new();
    let worker = async || {
        while server.lock().unwrap().answered < calls {
            let permit = match governor.admit(Priority::Interactive, &none).await {
                Ok(permit) => permit,
                Err(Refusal::DayOver { until }) => {
                    clock.sleep_until(until).await;
                    continue;
                }
                Err(refusal) => panic!("{refusal}"),
            };
            travel().await;
            let (status, headers) = server.lock().unwrap().handle(limits, clock.now());
            travel().await;
            if rng.lock().unwrap().random_bool(lost) {
                drop(permit);
            } else {
                permit.answered(status, &headers);
            }
        }
    };
    clock.run(join_all((0..8).map(|_| worker()))).unwrap();
    let refused = server.lock().unwrap().refused;
    (refused, clock.now() - start)
}

#[tokio::test]
async fn an_answer_that_was_overtaken_gives_no_calls_back() {
    let (governor, _) = governor(Limits::XERO);
    let none = CancellationToken::new();
    let mut permits = Vec::new();
    for _ in 0..5 {
        permits.push(governor.admit(Priority::Interactive, &none).await.unwrap());
    }
    // Xero counted them in the order they were made, and the last one's answer comes first.
    for (permit, said) in permits.into_iter().rev().zip(55..) {
        let (minute, day) = (said.to_string(), (said + 940).to_string());
        permit.answered(
            StatusCode::OK,
            &headers(&[
                ("x-minlimit-remaining", &minute),
                ("x-daylimit-remaining", &day),
            ]),
        );
    }
    let state = governor.watch().borrow().clone();
    assert_eq!(
        (state.left_this_minute, state.left_today),
        (Some(55), Some(995))
    );
}

#[test]
fn no_minute_is_overrun_whatever_the_order_of_the_answers() {
    let limits = Limits {
        per_day: None,
        ..Limits::XERO
    };
    // The last two begin just before Xero's minute ends.
    for seed in [4, 17, 30, 43, 55, 59] {
        for (slowest, most) in [(400, 6), (5000, 7), (20_000, 23)] {
            let (refused, took) = work(limits, 300, slowest, 0.0, seed);
            assert_eq!(refused, 0, "seed {seed}, up to {slowest} ms each way");
            let most = Duration::minutes(most);
            assert!(took < most, "seed {seed}, {slowest} ms: {took}");
        }
        let (refused, _) = work(limits, 300, 2000, 0.1, seed);
        assert_eq!(refused, 0, "seed {seed}, answers lost");
    }
}

#[test]
fn no_day_is_overrun_whatever_the_order_of_the_answers() {
    let limits = Limits {
        per_minute: None,
        per_day: Some(100),
        ..Limits::XERO
    };
    for seed in 0..6 {
        // Those under way as a day ends may leave a few calls unused.
        let (refused, took) = work(limits, 288, 2000, 0.0, seed);
        assert_eq!(refused, 0, "seed {seed}");
        assert!(took < Duration::hours(37), "seed {seed}: {took}");
    }
}
