//! How many calls to have in flight at once.
//!
//! A small site has two to four workers for everybody, people included, and writers of one naming
//! series wait for each other inside ERPNext: more than a few connections gain nothing but latency
//! (erpnext/FACTS §8). So: start with two, try one more while answers keep coming well, and halve
//! when the site struggles: when it fails, or takes much longer than it usually does for that sort of
//! call.
//!
//! Each kind of work has a limit of its own beside. Where the database gives one up for another
//! (a deadlock, and on MariaDB from 11.6.2 on every row that somebody else has changed since the
//! transaction began: erpnext/V16 line 4), what the loser did was in vain, and several at once take
//! longer than one after the other. So after a loss there is a single one of its kind, and one more
//! after [`Rhythm::AT_PEACE`] good answers.
//!
//! Measured on ERPNext 16.9.1 with MariaDB 11.8 at its defaults, 4 at once, names of our own: what
//! two submits of a company meet on is the company's own row, where each writes the month's sales
//! (Selling Settings, "Sales Update Frequency": the set-up wizard chooses "Each Transaction"); with
//! "Daily" none of 48 met, of one customer or of several. Drafts, customers, contacts, addresses and
//! changes of customers never met, of one customer or of several; documents that the site names meet
//! on the row of their series. So what only writes goes on beside the single submitter.
//!
//! The sum of the month changes by documents of the present month alone: writing the sum that stands
//! there already changes no row. Once something met with one of those, it is they that go alone, and
//! all others go on together ([`Work::Month`]); the history of years does not wait for a few.

use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use tokio::sync::Notify;

/// What kind of work a call is. Each has its own usual time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// It changes nothing.
    Read,
    /// It creates, changes or deletes.
    Write,
    /// It submits or cancels a document: it writes the ledgers, and what the company and others keep
    /// a sum of.
    Book,
    /// The same with a document that counts for the company's sales of the present month, and so
    /// changes the sum that all others write as well.
    Month,
    /// It makes several documents in one call, and takes as long as they do.
    Many,
}

impl Work {
    const COUNT: usize = 5;

    /// Whether it submits or cancels.
    const fn books(self) -> bool {
        matches!(self, Self::Book | Self::Month)
    }

    /// Whose limit it is held to: what submits has one, whatever it counts for.
    const fn lane(self) -> usize {
        match self {
            Self::Month => Self::Book as usize,
            other => other as usize,
        }
    }
}

/// Whether a day is in the present month of a site, in its own time zone. Where the zone is not known
/// it is not: then at worst two meet that would not have been sent together.
pub fn is_this_month(date: NaiveDate, time_zone: &str, now: DateTime<Utc>) -> bool {
    time_zone.parse::<Tz>().is_ok_and(|zone| {
        let today = now.with_timezone(&zone).date_naive();
        (date.year(), date.month()) == (today.year(), today.month())
    })
}

/// How a call went, as far as it tells something about the site's health.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// The site answered, be it with a refusal.
    Answered,
    /// The site failed, asked for fewer calls, or did not answer.
    Failed,
    /// The site is well, but its database gave this call up in favour of somebody else's and undid
    /// it.
    Collided,
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
    usual: [Option<TimeDelta>; Work::COUNT],
    lanes: [Lane; Work::COUNT],
    /// Since when what changes the sum of the month goes alone: something was seen to meet with it.
    months_alone: Option<DateTime<Utc>>,
    /// When the last of those ended.
    month_ended: Option<DateTime<Utc>>,
}

/// How many calls of one kind of work may be in flight.
#[derive(Debug, Clone)]
struct Lane {
    limit: usize,
    /// Good answers to them since the limit last changed.
    good: usize,
    /// Those sent before this moment say nothing about the present limit.
    since: Option<DateTime<Utc>>,
}

impl Default for Lane {
    fn default() -> Self {
        Self {
            limit: Rhythm::MOST,
            good: 0,
            since: None,
        }
    }
}

impl Lane {
    fn note(&mut self, sent: DateTime<Utc>, now: DateTime<Utc>, collided: bool) {
        // Of several that met, only the first counts; the winners' answers are no sign of peace.
        if self.since.is_some_and(|since| sent < since) {
            return;
        }
        if collided {
            *self = Self {
                limit: 1,
                good: 0,
                since: Some(now),
            };
            return;
        }
        self.good += 1;
        if self.good >= Rhythm::AT_PEACE && self.limit < Rhythm::MOST {
            self.limit += 1;
            self.good = 0;
            self.since = Some(now);
        }
    }
}

impl Default for Rhythm {
    fn default() -> Self {
        Self {
            limit: Self::START,
            good: 0,
            since: None,
            usual: [None; Work::COUNT],
            lanes: Default::default(),
            months_alone: None,
            month_ended: None,
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
    /// Good answers to calls of one kind before one more at once is tried after a loss.
    pub const AT_PEACE: usize = 20;
    /// An answer that takes this many times the usual is slow …
    const TIMES: i32 = 3;
    /// … unless it comes within this: a site that answers so soon copes.
    const SOON: TimeDelta = TimeDelta::milliseconds(1_500);
    /// An answer that takes longer is slow, whatever is usual.
    const LATE: TimeDelta = TimeDelta::seconds(8);
    /// So much longer may a call take that makes several documents.
    const MANY: i32 = 4;

    /// How many calls to have in flight.
    pub fn limit(&self) -> usize {
        self.limit
    }

    /// How many of the calls in flight may be of this kind.
    pub fn limit_of(&self, work: Work) -> usize {
        self.lanes[work.lane()].limit.min(self.limit)
    }

    /// Whether what changes the sum of the month has to go alone among all that submits.
    pub fn months_go_alone(&self) -> bool {
        self.months_alone.is_some()
    }

    /// Takes note of a call that was sent at `sent` and ended at `now`. `beside_a_month`: one that
    /// changes the sum of the month ([`Work::Month`]) has not ended yet.
    pub fn note(
        &mut self,
        work: Work,
        sent: DateTime<Utc>,
        now: DateTime<Utc>,
        health: Health,
        beside_a_month: bool,
    ) {
        let took = (now - sent).max(TimeDelta::zero());
        let slow = match health {
            Health::Unknown => return,
            Health::Failed => true,
            Health::Answered | Health::Collided => self.is_slow(work, took),
        };
        let collided = health == Health::Collided;
        // The first that met with one of the month says who is to go alone. If that does not help,
        // others meet here, and a single one submits.
        let with_a_month = work.books()
            && (work == Work::Month
                || beside_a_month
                || self.month_ended.is_some_and(|ended| ended >= sent));
        let explained = collided && with_a_month && sent <= *self.months_alone.get_or_insert(now);
        if !explained && (collided || health == Health::Answered) {
            self.lanes[work.lane()].note(sent, now, collided);
        }
        if work == Work::Month {
            self.month_ended = Some(now);
        }
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
        if collided {
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
        let late = match work {
            Work::Many => Self::LATE * Self::MANY,
            Work::Read | Work::Write | Work::Book | Work::Month => Self::LATE,
        };
        took > late
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
    /// By kind of work.
    in_flight: [usize; Work::COUNT],
}

impl State {
    fn has_room(&self, work: Work) -> bool {
        let [books, months] = [Work::Book, Work::Month].map(|it| self.in_flight[it as usize]);
        let of_this = if work.books() {
            books + months
        } else {
            self.in_flight[work as usize]
        };
        let meets = self.rhythm.months_go_alone()
            && match work {
                Work::Month => books + months > 0,
                Work::Book => months > 0,
                Work::Read | Work::Write | Work::Many => false,
            };
        !meets
            && self.in_flight.iter().sum::<usize>() < self.rhythm.limit()
            && of_this < self.rhythm.limit_of(work)
    }
}

/// Leave to have one call in flight, until dropped.
#[derive(Debug)]
pub struct Turn<'a> {
    pace: &'a Pace,
    work: Work,
}

impl Pace {
    /// How many calls to have in flight: more wait for their turn.
    pub fn limit(&self) -> usize {
        self.state().rhythm.limit()
    }

    /// How many calls of one kind to have in flight: more wait for their turn.
    pub fn limit_of(&self, work: Work) -> usize {
        self.state().rhythm.limit_of(work)
    }

    /// Waits until one more call of this kind may be in flight.
    pub async fn turn(&self, work: Work) -> Turn<'_> {
        loop {
            let room = self.room.notified();
            if let Some(turn) = self.try_turn(work) {
                return turn;
            }
            room.await;
        }
    }

    fn try_turn(&self, work: Work) -> Option<Turn<'_>> {
        let mut state = self.state();
        let room = state.has_room(work);
        room.then(|| {
            state.in_flight[work as usize] += 1;
            Turn { pace: self, work }
        })
    }

    /// Takes note of how a call went.
    pub fn note(&self, work: Work, sent: DateTime<Utc>, now: DateTime<Utc>, health: Health) {
        let mut state = self.state();
        let beside_a_month = state.in_flight[Work::Month as usize] > 0;
        state.rhythm.note(work, sent, now, health, beside_a_month);
        drop(state);
        // A higher limit is room as well.
        self.room.notify_waiters();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.pace.state().in_flight[self.work as usize] -= 1;
        // All of them: the room may be for others than whoever waits longest.
        self.pace.room.notify_waiters();
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
            self.calls_of(Work::Write, count, millis, health);
            self.rhythm.limit()
        }

        fn books(&mut self, count: usize, millis: i64, health: Health) {
            self.calls_of(Work::Book, count, millis, health);
        }

        fn calls_of(&mut self, work: Work, count: usize, millis: i64, health: Health) {
            for _ in 0..count {
                let sent = self.now;
                self.now += TimeDelta::milliseconds(millis);
                self.rhythm.note(work, sent, self.now, health, false);
            }
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
            site.rhythm
                .note(Work::Write, sent, late, Health::Failed, false);
        }
        assert_eq!(site.rhythm.limit(), 2);
        // One sent after the limit fell is news.
        site.rhythm.note(
            Work::Write,
            late,
            late + TimeDelta::seconds(1),
            Health::Failed,
            false,
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
            site.rhythm
                .note(Work::Read, now, end, Health::Answered, false);
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
        let first = pace.turn(Work::Read).now_or_never().unwrap();
        let _second = pace.turn(Work::Write).now_or_never().unwrap();
        let mut third = std::pin::pin!(pace.turn(Work::Write));
        assert!(third.as_mut().now_or_never().is_none());
        drop(first);
        assert!(third.now_or_never().is_some());
    }

    #[test]
    fn after_a_loss_one_submits_at_a_time_until_twenty_went_well() {
        let mut site = Site::new();
        site.books(100, 200, Health::Answered);
        assert_eq!(
            (site.rhythm.limit(), site.rhythm.limit_of(Work::Book)),
            (4, 4)
        );
        site.books(1, 60, Health::Collided);
        // The site is well: reads go on as before.
        assert_eq!(
            (site.rhythm.limit(), site.rhythm.limit_of(Work::Book)),
            (4, 1)
        );
        for bookers in [2, 3, 4] {
            site.books(Rhythm::AT_PEACE - 1, 200, Health::Answered);
            assert_eq!(site.rhythm.limit_of(Work::Book), bookers - 1);
            site.books(1, 200, Health::Answered);
            assert_eq!(site.rhythm.limit_of(Work::Book), bookers);
        }
        site.books(1, 60, Health::Collided);
        assert_eq!(site.rhythm.limit_of(Work::Book), 1);
        // What does not submit is no sign of peace among those that do.
        let now = site.now;
        for _ in 0..100 {
            let end = now + TimeDelta::milliseconds(20);
            for work in [Work::Read, Work::Write] {
                site.rhythm.note(work, now, end, Health::Answered, false);
            }
        }
        assert_eq!(site.rhythm.limit_of(Work::Book), 1);
    }

    #[test]
    fn those_that_met_count_once_and_the_winner_is_no_sign_of_peace() {
        let mut site = Site::new();
        let sent = site.now;
        let at = |millis| sent + TimeDelta::milliseconds(millis);
        site.rhythm
            .note(Work::Book, sent, at(60), Health::Collided, false);
        for late in [61, 62, 63] {
            site.rhythm
                .note(Work::Book, sent, at(late), Health::Answered, false);
        }
        site.now = at(70);
        site.books(Rhythm::AT_PEACE - 1, 10, Health::Answered);
        assert_eq!(site.rhythm.limit_of(Work::Book), 1);
        // One that was sent before it fell does not make it start again.
        let now = site.now;
        site.rhythm
            .note(Work::Book, sent, now, Health::Collided, false);
        site.books(1, 10, Health::Answered);
        assert_eq!(site.rhythm.limit_of(Work::Book), 2);
    }

    #[test]
    fn a_call_that_makes_several_takes_as_long_as_they_do() {
        let mut site = Site::new();
        site.books(100, 200, Health::Answered);
        // Ten of what takes 200 ms, and ten of what takes a second on a site at work.
        site.calls_of(Work::Many, 20, 2_000, Health::Answered);
        assert_eq!(site.rhythm.limit(), 4);
        site.calls_of(Work::Many, 20, 5_900, Health::Answered);
        assert_eq!(site.rhythm.limit(), 4);
        // Each of them took longer than a single one may.
        site.calls_of(Work::Many, 1, 33_000, Health::Answered);
        assert_eq!(site.rhythm.limit(), 2);
        // Those that met on the row of a series go one at a time; what submits one does not wait.
        site.calls_of(Work::Many, 1, 500, Health::Collided);
        assert_eq!(site.rhythm.limit_of(Work::Many), 1);
        assert_eq!(site.rhythm.limit_of(Work::Book), 2);
    }

    #[test]
    fn what_counts_for_the_month_goes_alone_once_something_met_it() {
        let pace = Pace::default();
        let at = |millis| DateTime::UNIX_EPOCH + TimeDelta::milliseconds(millis);
        for call in 0..30 {
            pace.note(Work::Read, at(call), at(call), Health::Answered);
        }
        assert_eq!(pace.limit(), 4);
        let turn = |work| pace.turn(work).now_or_never();
        // Nobody met yet: they go together.
        let together = (turn(Work::Month).unwrap(), turn(Work::Book).unwrap());
        // Both losers met with it, whether it was answered before or after them, and it is no
        // reason for the others to go one by one.
        pace.note(Work::Book, at(100), at(200), Health::Collided);
        pace.note(Work::Month, at(100), at(210), Health::Answered);
        drop(together);
        pace.note(Work::Book, at(150), at(220), Health::Collided);
        assert_eq!(pace.limit_of(Work::Book), 4);
        let others = (turn(Work::Book).unwrap(), turn(Work::Book).unwrap());
        assert!(turn(Work::Month).is_none());
        assert!(turn(Work::Read).is_some());
        drop(others);
        let alone = turn(Work::Month).unwrap();
        assert!(turn(Work::Book).is_none());
        assert!(turn(Work::Month).is_none());
        assert!(turn(Work::Write).is_some());
        drop(alone);
        // It did not help: others meet here.
        pace.note(Work::Book, at(300), at(310), Health::Collided);
        assert_eq!(pace.limit_of(Work::Book), 1);
        assert_eq!(pace.limit_of(Work::Month), 1);
    }

    #[test]
    fn the_month_is_the_sites() {
        let now = "2026-06-30T22:30:00Z".parse().unwrap();
        for (date, zone, expected) in [
            ("2026-06-30", "Europe/London", true),
            ("2026-06-01", "Europe/London", true),
            ("2026-07-01", "Europe/London", false),
            ("2025-06-30", "Europe/London", false),
            // There it is half past midnight.
            ("2026-06-30", "Europe/Berlin", false),
            ("2026-07-31", "Europe/Berlin", true),
            ("2026-06-30", "Middle-earth/Shire", false),
        ] {
            let date = date.parse().unwrap();
            assert_eq!(is_this_month(date, zone, now), expected, "{date} {zone}");
        }
    }

    #[test]
    fn others_do_not_wait_for_the_one_that_submits() {
        let pace = Pace::default();
        let now = DateTime::UNIX_EPOCH;
        pace.note(Work::Book, now, now, Health::Collided);
        let one = pace.turn(Work::Book).now_or_never().unwrap();
        let mut second = std::pin::pin!(pace.turn(Work::Book));
        assert!(second.as_mut().now_or_never().is_none());
        let draft = pace.turn(Work::Write).now_or_never().unwrap();
        let mut other = std::pin::pin!(pace.turn(Work::Read));
        assert!(other.as_mut().now_or_never().is_none());
        // Whoever waits longest cannot use the room; the read behind it can.
        drop(draft);
        assert!(second.as_mut().now_or_never().is_none());
        let other = other.now_or_never().unwrap();
        drop(one);
        assert!(second.now_or_never().is_some());
        drop(other);
    }
}
