//! How far a list has been read.
//!
//! Xero lists by last change, oldest first. While nothing changes, page after page by number is
//! exact and as few calls as there can be. But a record that is touched meanwhile moves to the end
//! and shifts all that follow up by one, so that the first row of the next page is skipped. Such a
//! record is met at the end, with a change later than the reading began. Then everything from the
//! last page that was certainly read before is read once more, this time not by number but by time:
//! each page asks for what changed since just before the last row of the page before. Pages by time
//! overlap and so skip nothing, whatever is touched.

use chrono::{DateTime, Duration, SubsecRound, Utc};
use serde::{Deserialize, Serialize};

/// Where reading a list goes on. The default reads from the beginning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Position {
    /// Read what changed since this instant; everything where there is none.
    pub since: Option<DateTime<Utc>>,
    /// The page, from 1.
    pub page: usize,
    /// The latest change seen in this pass.
    pub seen: Option<DateTime<Utc>>,
    /// How many rows this pass has in all.
    pub total: Option<u64>,
    /// Whether pages are asked for by time.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub by_time: bool,
    /// The pages read by number in this pass.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub marks: Vec<Mark>,
    /// The earliest change seen that came after reading began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub moved: Option<DateTime<Utc>>,
    /// When Xero answered the first page of this pass, by its own clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub began: Option<DateTime<Utc>>,
}

/// A page that was read by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// When Xero answered, by its own clock.
    pub answered: DateTime<Utc>,
    /// The latest change on it.
    pub latest: Option<DateTime<Utc>>,
}

/// What a page says about how to go on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PageFacts {
    /// The changes of its rows.
    pub changes: Vec<DateTime<Utc>>,
    /// Whether there is no page after it.
    pub last: bool,
    /// How many rows all pages together have, where Xero says.
    pub total: Option<u64>,
    /// When Xero answered, by its own clock, where it says.
    pub answered: Option<DateTime<Utc>>,
}

impl Default for Position {
    fn default() -> Self {
        Self {
            since: None,
            page: 1,
            seen: None,
            total: None,
            by_time: false,
            marks: Vec::new(),
            moved: None,
            began: None,
        }
    }
}

/// How much is read again at the next pass. Xero's stamp is accurate to the second and an index may
/// lag behind; five minutes of rows cost nothing.
const OVERLAP: Duration = Duration::minutes(5);

/// By how much the clocks of Xero's servers are taken to disagree.
const SLACK: Duration = Duration::seconds(2);

/// How long after a write a list is quiet: what changed before is not taken for a change while it is read.
pub(super) const QUIET: Duration = Duration::seconds(SLACK.num_seconds() + 1);

impl Position {
    /// Whether a pass begins here.
    pub(super) fn is_beginning(&self) -> bool {
        self.page == 1 && !self.by_time && self.marks.is_empty()
    }

    /// Where to go on after a page, and whether to do so at once.
    pub fn after(&self, page: &PageFacts) -> (Self, bool) {
        let began = self.began.or(page.answered);
        let known = Self {
            began,
            ..self.clone()
        };
        let (next, more) = known.next(page);
        // The next pass has a beginning of its own.
        let began = began.filter(|_| more);
        (Self { began, ..next }, more)
    }

    fn next(&self, page: &PageFacts) -> (Self, bool) {
        let latest = page.changes.iter().max().copied();
        let seen = self.seen.max(latest);
        if self.by_time {
            return if page.last {
                (self.ended(seen), false)
            } else {
                (self.next_by_time(latest, seen, page.total), true)
            };
        }
        let Some(answered) = page.answered else {
            // Without Xero's own time nobody could tell whether rows were shifted.
            return if page.last && self.marks.is_empty() {
                (self.ended(seen), false)
            } else {
                (self.rewound(seen), true)
            };
        };
        let began = self.marks.first().map_or(answered, |mark| mark.answered);
        let moved = page
            .changes
            .iter()
            .filter(|at| **at >= began - SLACK)
            .min()
            .copied()
            .into_iter()
            .chain(self.moved)
            .min();
        let mut marks = self.marks.clone();
        marks.push(Mark { answered, latest });
        let next = Self {
            since: self.since,
            page: self.page + 1,
            seen,
            total: page.total.or(self.total),
            by_time: false,
            marks,
            moved,
            began: self.began,
        };
        if !page.last {
            return (next, true);
        }
        // A single page is a snapshot: nothing can have been skipped.
        if next.moved.is_none() || next.marks.len() == 1 {
            return (self.ended(seen), false);
        }
        (next.rewound(seen), true)
    }

    /// The end of a pass: everything that had changed when it began has been read, so the next one
    /// begins there, with an overlap. From the newest change alone a burst would be read again for as
    /// long as nothing else changes.
    fn ended(&self, seen: Option<DateTime<Utc>>) -> Self {
        let read_to = match seen {
            // Of an empty organisation everything is asked for the next time just the same.
            None if self.since.is_none() => None,
            seen => self.began.or(seen),
        };
        let since = read_to.map(|at| at.trunc_subsecs(0) - OVERLAP);
        Self {
            since: since.or(self.since),
            ..Self::default()
        }
    }

    /// Back to the last page that was certainly read before anything moved, to go on by time. The
    /// first page always is such a one, because nothing comes before it.
    fn rewound(&self, seen: Option<DateTime<Utc>>) -> Self {
        let safe = self
            .marks
            .iter()
            .rev()
            .find(|mark| {
                self.moved
                    .is_some_and(|moved| mark.answered + SLACK < moved)
            })
            .or(self.marks.first());
        let from = safe
            .and_then(|mark| mark.latest)
            .map(just_before)
            .max(self.since);
        Self {
            since: from.or(self.since),
            page: 1,
            seen,
            total: self.total,
            by_time: true,
            ..Self::default()
        }
    }

    fn next_by_time(
        &self,
        latest: Option<DateTime<Utc>>,
        seen: Option<DateTime<Utc>>,
        total: Option<u64>,
    ) -> Self {
        let total = self.total.or(total);
        let next = latest.map(just_before);
        let onward = match (next, self.since) {
            (Some(next), Some(since)) => next > since,
            (Some(_), None) => true,
            (None, _) => false,
        };
        // Only where a whole page was changed within one second are page numbers used.
        Self {
            since: if onward { next } else { self.since },
            page: if onward { 1 } else { self.page + 1 },
            seen,
            total,
            by_time: true,
            ..Self::default()
        }
    }
}

/// One second back, because whether `If-Modified-Since` includes its own second is not documented.
fn just_before(at: DateTime<Utc>) -> DateTime<Utc> {
    at.trunc_subsecs(0) - Duration::seconds(1)
}

#[cfg(test)]
mod tests;
