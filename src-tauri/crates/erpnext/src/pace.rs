//! How many calls to have in flight at once.
//!
//! A small site has two to four workers for everybody, people included, and writers of one naming
//! series wait for each other inside ERPNext: more than a few connections gain nothing but latency
//! (erpnext/FACTS §8). So: start with two, try one more while answers keep coming well, and halve
//! when the site struggles: when it fails, gives up one request for another, or takes much longer
//! than it usually does for that sort of call.

use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::Notify;

/// What kind of work a call is. Each has its own usual time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// It changes nothing.
    Read,
    /// It creates, changes or deletes.
    Write,
}

/// How a call went, as far as it tells something about the site's health.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// The site answered, be it with a refusal.
    Answered,
    /// The site failed, gave the request up, asked for fewer calls, or did not answer.
    Failed,
    /// Nothing can be concluded: the site was not reached.
    Unknown,
}

/// The rule, without waiting: calls told to it one by one, a limit asked of it. Time comes from
/// outside.
#[derive(Debug, Clone)]
pub struct Rhythm {
    limit: usize,
    /// Good answers since the limit last changed.
    good: usize,
    /// Calls sent before this moment say nothing about the present limit.
    since: Option<DateTime<Utc>>,
    usual: [Option<TimeDelta>; 2],
}

impl Default for Rhythm {
    fn default() -> Self {
        Self {
            limit: Self::START,
            good: 0,
            since: None,
            usual: [None; 2],
        }
    }
}

impl Rhythm {
    /// Calls at once to begin with.
    pub const START: usize = 2;
    /// Calls at once at most.
    pub const MOST: usize = 4;
    /// Good answers, for each call in flight, before one more is tried.
    const PATIENCE: usize = 6;
    /// An answer that takes this many times the usual is slow …
    const TIMES: i32 = 3;
    /// … unless it comes within this: a site that answers so soon copes.
    const SOON: TimeDelta = TimeDelta::milliseconds(1_500);
    /// An answer that takes longer is slow, whatever is usual.
    const LATE: TimeDelta = TimeDelta::seconds(8);

    /// How many calls to have in flight.
    pub fn limit(&self) -> usize {
        self.limit
    }

    /// Takes note of a call that was sent at `sent` and ended at `now`.
    pub fn note(&mut self, work: Work, sent: DateTime<Utc>, now: DateTime<Utc>, health: Health) {
        let took = (now - sent).max(TimeDelta::zero());
        let slow = match health {
            Health::Unknown => return,
            Health::Failed => true,
            Health::Answered => self.is_slow(work, took),
        };
        // Calls in flight together suffer together: only the first of them counts.
        let of_before = self.since.is_some_and(|since| sent < since);
        if slow {
            if !of_before {
                self.limit = (self.limit / 2).max(1);
                self.good = 0;
                self.since = Some(now);
            }
            return;
        }
        self.learn(work, took);
        if of_before {
            return;
        }
        self.good += 1;
        if self.good >= Self::PATIENCE * self.limit && self.limit < Self::MOST {
            self.limit += 1;
            self.good = 0;
            self.since = Some(now);
        }
    }

    fn is_slow(&self, work: Work, took: TimeDelta) -> bool {
        took > Self::LATE
            || (took > Self::SOON
                && self.usual[work as usize].is_some_and(|usual| took > usual * Self::TIMES))
    }

    /// The usual time follows shorter ones quickly and longer ones slowly, so that it is that of a
    /// site at ease.
    fn learn(&mut self, work: Work, took: TimeDelta) {
        let usual = &mut self.usual[work as usize];
        *usual = Some(match *usual {
            None => took,
            Some(usual) if took < usual => usual + (took - usual) / 4,
            Some(usual) => usual + (took - usual) / 32,
        });
    }
}

/// The calls in flight to one site, held to what its [`Rhythm`] allows.
#[derive(Debug, Default)]
pub struct Pace {
    state: Mutex<State>,
    room: Notify,
}

#[derive(Debug, Default)]
struct State {
    rhythm: Rhythm,
    in_flight: usize,
}

/// Leave to have one call in flight, until dropped.
#[derive(Debug)]
pub struct Turn<'a>(&'a Pace);

impl Pace {
    /// How many calls to have in flight: more wait for their turn.
    pub fn limit(&self) -> usize {
        self.state().rhythm.limit()
    }

    /// Waits until one more call may be in flight.
    pub async fn turn(&self) -> Turn<'_> {
        loop {
            let room = self.room.notified();
            if let Some(turn) = self.try_turn() {
                return turn;
            }
            room.await;
        }
    }

    fn try_turn(&self) -> Option<Turn<'_>> {
        let mut state = self.state();
        (state.in_flight < state.rhythm.limit()).then(|| {
            state.in_flight += 1;
            Turn(self)
        })
    }

    /// Takes note of how a call went.
    pub fn note(&self, work: Work, sent: DateTime<Utc>, now: DateTime<Utc>, health: Health) {
        self.state().rhythm.note(work, sent, now, health);
        // A higher limit is room as well.
        self.room.notify_one();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.state().in_flight -= 1;
        self.0.room.notify_one();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use futures::FutureExt;

    use super::*;

    /// A made-up site: calls one after the other, each so many milliseconds long.
    struct Site {
        rhythm: Rhythm,
        now: DateTime<Utc>,
    }

    impl Site {
        fn new() -> Self {
            Self {
                rhythm: Rhythm::default(),
                now: DateTime::UNIX_EPOCH,
            }
        }

        fn calls(&mut self, count: usize, millis: i64, health: Health) -> usize {
            for _ in 0..count {
                let sent = self.now;
                self.now += TimeDelta::milliseconds(millis);
                self.rhythm.note(Work::Write, sent, self.now, health);
            }
            self.rhythm.limit()
        }
    }

    #[test]
    fn rises_by_one_and_falls_by_half() {
        use Health::{Answered, Failed, Unknown};
        // (calls, milliseconds each, how they went) and the limit after each step.
        for (steps, limits) in [
            (vec![(11, 200, Answered), (1, 200, Answered)], vec![2, 3]),
            (
                vec![(12 + 18, 200, Answered), (500, 200, Answered)],
                vec![4, 4],
            ),
            (
                vec![
                    (100, 200, Answered),
                    (1, 200, Failed),
                    (1, 200, Failed),
                    (5, 200, Failed),
                ],
                vec![4, 2, 1, 1],
            ),
            // It recovers as it began.
            (
                vec![
                    (3, 200, Failed),
                    (6, 200, Answered),
                    (12, 200, Answered),
                    (18, 200, Answered),
                ],
                vec![1, 2, 3, 4],
            ),
            // A site that cannot be reached says nothing.
            (vec![(50, 10, Unknown)], vec![2]),
            // Slow is three times the usual, if that is not still soon.
            (
                vec![
                    (100, 900, Answered),
                    (1, 2_600, Answered),
                    (1, 2_900, Answered),
                ],
                vec![4, 4, 2],
            ),
            (
                vec![(100, 100, Answered), (20, 1_400, Answered)],
                vec![4, 4],
            ),
            // A site that is always slow is not made slower by what is usual there …
            (vec![(100, 3_000, Answered)], vec![4]),
            // … but one that takes ever so long is.
            (vec![(1, 9_000, Answered), (1, 9_000, Answered)], vec![1, 1]),
        ] {
            let mut site = Site::new();
            for ((count, millis, health), limit) in steps.iter().zip(limits) {
                assert_eq!(site.calls(*count, *millis, *health), limit, "{steps:?}");
            }
        }
    }

    #[test]
    fn calls_in_flight_together_count_once() {
        let mut site = Site::new();
        site.calls(100, 200, Health::Answered);
        let sent = site.now;
        let late = sent + TimeDelta::seconds(20);
        for _ in 0..4 {
            site.rhythm.note(Work::Write, sent, late, Health::Failed);
        }
        assert_eq!(site.rhythm.limit(), 2);
        // One sent after the limit fell is news.
        site.rhythm.note(
            Work::Write,
            late,
            late + TimeDelta::seconds(1),
            Health::Failed,
        );
        assert_eq!(site.rhythm.limit(), 1);
    }

    #[test]
    fn reads_and_writes_have_their_own_usual_time() {
        let mut site = Site::new();
        site.calls(100, 2_000, Health::Answered);
        let now = site.now;
        for _ in 0..10 {
            let end = now + TimeDelta::milliseconds(20);
            site.rhythm.note(Work::Read, now, end, Health::Answered);
        }
        assert_eq!(site.calls(1, 2_000, Health::Answered), 4);
    }

    /// A site of two workers: each call takes 300 ms, and calls beyond two wait for a worker. Left
    /// to itself the rhythm stays within what makes nobody wait for long.
    #[test]
    fn a_site_of_two_workers_is_not_overrun() {
        let mut site = Site::new();
        for _ in 0..200 {
            let in_flight = site.rhythm.limit();
            let queue = i64::try_from(in_flight.div_ceil(2)).unwrap();
            site.calls(in_flight, 300 * queue, Health::Answered);
            assert!((1..=Rhythm::MOST).contains(&site.rhythm.limit()));
        }
        // Everybody's work takes ten times as long for a while.
        assert_eq!(site.calls(2, 3_000, Health::Answered), 1);
        assert!(site.calls(40, 300, Health::Answered) >= 3);
    }

    #[test]
    fn no_more_calls_than_allowed_are_in_flight() {
        let pace = Pace::default();
        let first = pace.turn().now_or_never().unwrap();
        let _second = pace.turn().now_or_never().unwrap();
        let mut third = std::pin::pin!(pace.turn());
        assert!(third.as_mut().now_or_never().is_none());
        drop(first);
        assert!(third.now_or_never().is_some());
    }
}
