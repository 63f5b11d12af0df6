//! What is kept of an import, and what a part of it makes of that: pure.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::show::{count, instant};
use crate::views::{ErrorView, HistoryJob, HistoryState, RunOutcome, RunView};

/// An import as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Job {
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub until: NaiveDate,
    /// When it was asked for.
    pub asked_at: DateTime<Utc>,
    /// How it stands.
    pub state: HistoryState,
    /// Records written so far.
    pub written: u64,
    /// Records linked so far.
    pub linked: u64,
    /// What is left after the last part.
    pub left: Option<u64>,
    /// Calls to Xero so far.
    pub xero_calls: u64,
    /// In how many parts.
    pub parts: u32,
    /// Milliseconds that these parts took.
    pub took: i64,
    /// What needs a person after the last part.
    pub exceptions: u64,
    /// What keeps it from going on.
    pub error: Option<ErrorView>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
}

impl Job {
    /// One that was just asked for.
    pub const fn new(from: NaiveDate, until: NaiveDate, now: DateTime<Utc>) -> Self {
        Self {
            from,
            until,
            asked_at: now,
            state: HistoryState::UnderWay,
            written: 0,
            linked: 0,
            left: None,
            xero_calls: 0,
            parts: 0,
            took: 0,
            exceptions: 0,
            error: None,
            ended_at: None,
        }
    }

    /// What a part that took so long came to. It ends where nothing is left, and where nothing of what is left
    /// could be carried: that waits for a person, and is looked at by every sync from then on.
    #[must_use]
    pub fn after(&self, run: &RunView, took: i64, now: DateTime<Utc>) -> Self {
        let (done, left) = (
            u64::from(run.records_written) + u64::from(run.linked),
            u64::from(run.later),
        );
        let stuck = done == 0 && self.left.is_some_and(|before| left >= before);
        let mut after = Self {
            written: self.written + u64::from(run.records_written),
            linked: self.linked + u64::from(run.linked),
            xero_calls: self.xero_calls + u64::from(run.xero_calls),
            parts: self.parts + 1,
            took: self.took + took.max(0),
            exceptions: u64::from(run.exceptions),
            error: run.error.clone(),
            ..self.clone()
        };
        match run.outcome {
            RunOutcome::NeedsApproval => after.state = HistoryState::Held,
            // Whoever stops a part lets the rest wait.
            RunOutcome::Stopped => after.state = HistoryState::Waits,
            // Somewhere else it is gone on with, or here the next time.
            RunOutcome::Failed | RunOutcome::Elsewhere => {}
            _ => {
                after.left = Some(left);
                if left == 0 || stuck {
                    after.state = HistoryState::Ended;
                    after.ended_at = Some(now);
                }
            }
        }
        after
    }

    /// Of 100, how many are done.
    fn percent(&self) -> Option<u64> {
        if self.state == HistoryState::Ended {
            return Some(100);
        }
        let (done, left) = (self.written + self.linked, self.left?);
        // What is left is never taken for nothing.
        (done * 100).checked_div(done + left).map(|it| it.min(99))
    }

    /// How many seconds the rest takes at the pace so far.
    fn remaining(&self) -> Option<u64> {
        let (done, left) = (self.written + self.linked, self.left?);
        let took = u64::try_from(self.took).ok()?;
        let under_way = self.state == HistoryState::UnderWay;
        if !under_way || done == 0 {
            return None;
        }
        (took * left).checked_div(done * 1000)
    }

    /// As it is shown.
    pub fn shown(&self) -> HistoryJob {
        let number = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
        HistoryJob {
            from: self.from.to_string(),
            until: self.until.to_string(),
            asked_at: instant(self.asked_at),
            state: self.state,
            written: count(self.written),
            linked: count(self.linked),
            left: self.left.map(number),
            percent: self.percent().map(number),
            remaining_seconds: self.remaining().map(number),
            xero_calls: count(self.xero_calls),
            parts: self.parts,
            exceptions: count(self.exceptions),
            error: self.error.clone(),
            ended_at: self.ended_at.map(instant),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::views::RunReason;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn at() -> DateTime<Utc> {
        "2026-11-22T14:00:00Z".parse().unwrap()
    }

    fn part(outcome: RunOutcome, written: u32, linked: u32, later: u32) -> RunView {
        RunView {
            id: 1,
            started_at: String::new(),
            finished_at: None,
            reason: RunReason::History,
            outcome,
            to_xero: 0,
            to_erpnext: written,
            records_written: written,
            payments: 0,
            credit_notes: 0,
            markers: 0,
            writes: written,
            linked,
            exceptions: 3,
            ignored: 0,
            held: 0,
            later,
            about: None,
            apart: 0,
            xero_calls: 10,
            error: None,
        }
    }

    #[test]
    fn parts_add_up_until_nothing_is_left() {
        let job = Job::new(day("2024-01-01"), day("2025-12-31"), at());
        assert_eq!((job.percent(), job.remaining()), (None, None));
        let first = job.after(
            &part(RunOutcome::NeedsAttention, 200, 50, 750),
            10_000,
            at(),
        );
        assert_eq!((first.percent(), first.remaining()), (Some(25), Some(30)));
        assert_eq!(first.state, HistoryState::UnderWay);
        let second = first.after(&part(RunOutcome::NeedsAttention, 740, 0, 10), 30_000, at());
        assert_eq!(second.percent(), Some(99), "not yet all of it");
        let last = second.after(&part(RunOutcome::Done, 10, 0, 0), 1_000, at());
        assert_eq!(last.state, HistoryState::Ended);
        assert_eq!((last.written, last.linked, last.parts), (950, 50, 3));
        assert_eq!((last.percent(), last.remaining()), (Some(100), None));
        assert_eq!((last.xero_calls, last.ended_at), (30, Some(at())));
    }

    #[test]
    fn what_cannot_be_carried_ends_it_and_what_may_pass_does_not() {
        let job = Job::new(day("2024-01-01"), day("2025-12-31"), at());
        let first = job.after(&part(RunOutcome::NeedsAttention, 5, 0, 7), 1_000, at());
        let table = [
            // Nothing more of the seven could be carried.
            (
                part(RunOutcome::NeedsAttention, 0, 0, 7),
                HistoryState::Ended,
                Some(7),
            ),
            // Some of them could.
            (
                part(RunOutcome::NeedsAttention, 0, 0, 6),
                HistoryState::UnderWay,
                Some(6),
            ),
            (
                part(RunOutcome::NeedsAttention, 1, 0, 7),
                HistoryState::UnderWay,
                Some(7),
            ),
            // A side that did not answer says nothing of what is left.
            (
                part(RunOutcome::Failed, 0, 0, 0),
                HistoryState::UnderWay,
                Some(7),
            ),
            (
                part(RunOutcome::Stopped, 2, 0, 0),
                HistoryState::Waits,
                Some(7),
            ),
            (
                part(RunOutcome::NeedsApproval, 0, 0, 0),
                HistoryState::Held,
                Some(7),
            ),
        ];
        for (run, state, left) in table {
            let after = first.after(&run, 1_000, at());
            assert_eq!((after.state, after.left), (state, left), "{run:?}");
        }
    }
}
