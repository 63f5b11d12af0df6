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
mod tests;
