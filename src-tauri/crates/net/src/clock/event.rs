//! A clock for simulations in which several waits overlap.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::Clock;

/// A clock that stands still while anything can go on, and then moves to the earliest instant that
/// is waited for.
///
/// Unlike with [`JumpClock`](super::JumpClock), five calls of a second each that are made at once
/// take one second together. Work done under it runs in [`EventClock::run`], on one thread, and
/// always in the same order.
#[derive(Debug)]
pub struct EventClock(Mutex<Inner>);

#[derive(Debug)]
struct Inner {
    now: DateTime<Utc>,
    next_ticket: u64,
    waits: BTreeMap<(DateTime<Utc>, u64), Waker>,
}

impl EventClock {
    /// A clock standing at an instant.
    pub fn at(now: DateTime<Utc>) -> Self {
        Self(Mutex::new(Inner {
            now,
            next_ticket: 0,
            waits: BTreeMap::new(),
        }))
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs work to its end, moving the clock whenever all of it waits. `None` where it waits for
    /// something other than this clock, which would never come.
    pub fn run<F: Future>(&self, work: F) -> Option<F::Output> {
        let woken = Arc::new(Woken(AtomicBool::new(true)));
        let waker = Waker::from(woken.clone());
        let mut context = Context::from_waker(&waker);
        let mut work = pin!(work);
        loop {
            if woken.0.swap(false, Ordering::Relaxed) {
                if let Poll::Ready(output) = work.as_mut().poll(&mut context) {
                    return Some(output);
                }
            } else if !self.move_to_next() {
                return None;
            }
        }
    }

    /// Moves to the earliest instant that is waited for; false where there is none.
    fn move_to_next(&self) -> bool {
        let mut inner = self.lock();
        let Some(((at, _), waker)) = inner.waits.pop_first() else {
            return false;
        };
        inner.now = inner.now.max(at);
        drop(inner);
        waker.wake();
        true
    }
}

#[async_trait]
impl Clock for EventClock {
    fn now(&self) -> DateTime<Utc> {
        self.lock().now
    }

    async fn sleep_until(&self, at: DateTime<Utc>) {
        Wait {
            clock: self,
            at,
            ticket: None,
        }
        .await;
    }
}

struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

struct Wait<'a> {
    clock: &'a EventClock,
    at: DateTime<Utc>,
    ticket: Option<u64>,
}

impl Future for Wait<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut inner = self.clock.lock();
        if inner.now >= self.at {
            return Poll::Ready(());
        }
        let ticket = self.ticket.unwrap_or(inner.next_ticket);
        if self.ticket.is_none() {
            inner.next_ticket += 1;
        }
        inner
            .waits
            .insert((self.at, ticket), context.waker().clone());
        drop(inner);
        self.ticket = Some(ticket);
        Poll::Pending
    }
}

impl Drop for Wait<'_> {
    /// Nobody waits any more: the clock must not move on its account.
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket {
            self.clock.lock().waits.remove(&(self.at, ticket));
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use chrono::{Duration, TimeZone};

    fn noon() -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 11, 22, 12, 0, 0).unwrap()
    }

    #[test]
    fn waits_at_once_overlap_and_end_in_the_order_of_their_ends() {
        let clock = EventClock::at(noon());
        let ended = Mutex::new(Vec::new());
        let wait = async |seconds: i64| {
            clock.sleep_until(noon() + Duration::seconds(seconds)).await;
            ended.lock().unwrap().push((seconds, clock.now() - noon()));
        };
        clock
            .run(async { futures::join!(wait(3), wait(1), wait(2), wait(1)) })
            .unwrap();
        let seconds: Vec<_> = ended.into_inner().unwrap();
        assert_eq!(
            seconds,
            [1, 1, 2, 3].map(|seconds| (seconds, Duration::seconds(seconds)))
        );
        assert_eq!(clock.now(), noon() + Duration::seconds(3));
    }

    #[test]
    fn a_wait_given_up_does_not_move_the_clock() {
        let clock = EventClock::at(noon());
        clock.run(async {
            let long = pin!(clock.sleep_until(noon() + Duration::hours(1)));
            let short = pin!(clock.sleep_until(noon() + Duration::seconds(1)));
            futures::future::select(long, short).await;
        });
        assert_eq!(clock.now(), noon() + Duration::seconds(1));
    }

    #[test]
    fn work_that_waits_for_nothing_that_comes_is_reported() {
        let clock = EventClock::at(noon());
        assert_eq!(clock.run(std::future::pending::<()>()), None);
    }
}
