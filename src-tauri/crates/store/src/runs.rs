//! Runs: when, why, what came of them.

use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};

use crate::db::Writing;
use crate::sql::{Columns, json, millis, row_id, words};
use crate::statements::runs as sql;
use crate::{PairingId, Store, StoreError};

row_id! {
    /// Names a run.
    pub struct RunId;
}

words! {
    /// Why a run was started.
    pub enum Trigger {
        /// A person pressed Sync now.
        Manual = "manual",
        /// A schedule.
        Schedule = "schedule",
        /// Something changed, and a side told of it.
        RealTime = "real_time",
        /// Old documents that a person asked for are carried, part by part.
        History = "history",
        /// A person asked to try failed records again.
        Retry = "retry",
        /// The demonstration.
        Demo = "demo",
    }
}

words! {
    /// How a run ended.
    pub enum RunOutcome {
        /// It is under way, or its process died (see [`Store::close_dead_runs`]).
        Running = "running",
        /// Everything agrees.
        Agreed = "agreed",
        /// Done; records remain in Needs attention.
        Exceptions = "exceptions",
        /// A guard stopped it; a person must approve.
        NeedsApproval = "needs_approval",
        /// A person stopped it.
        Stopped = "stopped",
        /// Another installation synced the pairing, or took over.
        Elsewhere = "elsewhere",
        /// A connection did not work.
        ConnectionFailed = "connection_failed",
        /// Something broke.
        Failed = "failed",
        /// Its process ended while it was under way.
        Interrupted = "interrupted",
    }
}

/// What a run did, in numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RunCounts {
    /// Records read from both sides.
    pub read: u64,
    /// Of these, new or changed.
    pub changed: u64,
    /// Records created on either side.
    pub created: u64,
    /// Records changed on either side.
    pub updated: u64,
    /// Documents voided on either side.
    pub voided: u64,
    /// Markers set on records that existed.
    pub marked: u64,
    /// Records linked with a counterpart (created or found).
    pub linked: u64,
    /// Records found in agreement.
    pub unchanged: u64,
    /// Exceptions raised or met again.
    pub exceptions: u64,
    /// Exceptions that a person has set aside and that are still there.
    pub ignored: u64,
    /// Currencies in which the two sides are owed differently, beyond what a person has set aside.
    pub apart: u64,
    /// Records left for later because something they need is an exception.
    pub blocked: u64,
    /// Records that a person held back, and those that need them.
    pub held: u64,
    /// Documents that were asked for by their dates and are left for the next run.
    pub later: u64,
    /// Writes whose answer was lost.
    pub in_doubt: u64,
    /// Calls made to Xero.
    pub xero_calls: u64,
    /// Calls made to ERPNext.
    pub erpnext_calls: u64,
}

impl RunCounts {
    /// Writes to either remote system, markers included.
    pub const fn writes(&self) -> u64 {
        self.records_written() + self.marked
    }

    /// Records written on either side: what a person would call a change. Our markers on records
    /// that existed are none.
    pub const fn records_written(&self) -> u64 {
        self.created + self.updated + self.voided
    }

    /// Records that were on both sides already and are linked now; those that were created are not
    /// among them.
    pub const fn found(&self) -> u64 {
        self.linked.saturating_sub(self.created)
    }
}

/// A run as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// Its number.
    pub id: RunId,
    /// Its pairing.
    pub pairing: PairingId,
    /// Why it was started.
    pub trigger: Trigger,
    /// When it was started.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// How it ended.
    pub outcome: RunOutcome,
    /// One plain sentence more, where there is something to say.
    pub message: Option<String>,
    /// What it did.
    pub counts: RunCounts,
    /// Who ran it: the account and machine of a person, or what started it there.
    pub who: Option<String>,
    /// What it was about, in words; `None` where it was about everything.
    pub about: Option<String>,
    /// The run that it undid.
    #[serde(default)]
    pub undoes: Option<RunId>,
}

fn read(row: &Row<'_>) -> rusqlite::Result<Run> {
    Ok(Run {
        id: row.get(0)?,
        pairing: row.get(1)?,
        trigger: row.get(2)?,
        started_at: row.instant(3)?,
        ended_at: row.instant_or_none(4)?,
        outcome: row.get(5)?,
        message: row.get(6)?,
        counts: row.json(7)?,
        who: row.get(8)?,
        about: row.get(9)?,
        undoes: row.get(10)?,
    })
}

impl Store {
    /// Starts a run.
    pub fn start_run(
        &self,
        pairing: PairingId,
        trigger: Trigger,
        at: DateTime<Utc>,
    ) -> Result<RunId, StoreError> {
        self.write_sql(|writing| {
            writing.execute(&sql::START, params![pairing, trigger, millis(at)])?;
            Ok(RunId(writing.last_id()))
        })
    }

    /// Says who runs it.
    pub fn set_run_who(&self, run: RunId, who: &str) -> Result<(), StoreError> {
        self.write_sql(|writing| {
            writing.execute(&sql::SET_WHO, params![run, who])?;
            Ok(())
        })
    }

    /// Says what it is about, in words, where that is not everything.
    pub fn set_run_about(&self, run: RunId, about: &str) -> Result<(), StoreError> {
        self.write_sql(|writing| {
            writing.execute(&sql::SET_ABOUT, params![run, about])?;
            Ok(())
        })
    }

    /// Says which run it undoes.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn set_run_undoes(&self, run: RunId, undone: RunId) -> Result<(), StoreError> {
        self.write_sql(|writing| {
            writing.execute(&sql::SET_UNDOES, params![run, undone])?;
            Ok(())
        })
    }

    /// The last run about everything that came to an end, before another; one that a connection broke
    /// off is one too.
    pub fn last_whole_run(
        &self,
        pairing: PairingId,
        before: Option<RunId>,
    ) -> Result<Option<Run>, StoreError> {
        let before = before.map_or(i64::MAX, |run| run.0);
        self.read(|reading| {
            reading
                .query_row(&sql::WHOLE, params![pairing, before], read)
                .optional()
        })
    }

    /// Writes a run's counts while it is under way.
    pub fn set_counts(&self, run: RunId, counts: &RunCounts) -> Result<(), StoreError> {
        self.write_sql(|writing| put_counts(writing, run, counts))
    }

    /// Ends a run.
    pub fn end_run(
        &self,
        run: RunId,
        outcome: RunOutcome,
        message: Option<&str>,
        counts: &RunCounts,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.write_sql(|writing| {
            writing.execute(
                &sql::END,
                params![run, millis(at), outcome, message, json(counts)?],
            )?;
            Ok(())
        })
    }

    /// Marks runs whose process died as interrupted. To be called by the holder of the folder lock
    /// only, before it starts a run.
    pub fn close_dead_runs(&self, at: DateTime<Utc>) -> Result<usize, StoreError> {
        self.write_sql(|writing| writing.execute(&sql::CLOSE_DEAD, [millis(at)]))
    }

    /// Runs, newest first, of a pairing or of all; `before` goes on where a page ended.
    pub fn runs(
        &self,
        pairing: Option<PairingId>,
        before: Option<RunId>,
        limit: u32,
    ) -> Result<Vec<Run>, StoreError> {
        self.read(|reading| {
            let before = before.map_or(i64::MAX, |run| run.0);
            match pairing {
                None => reading
                    .prepare(&sql::PAGE)?
                    .query_map(params![before, limit], read)?
                    .collect(),
                Some(pairing) => reading
                    .prepare(&sql::PAGE_OF)?
                    .query_map(params![before, limit, pairing], read)?
                    .collect(),
            }
        })
    }

    /// One run.
    pub fn run(&self, id: RunId) -> Result<Option<Run>, StoreError> {
        self.read(|reading| reading.query_row(&sql::ONE, [id], read).optional())
    }
}

pub(crate) fn put_counts(
    writing: Writing<'_>,
    run: RunId,
    counts: &RunCounts,
) -> rusqlite::Result<()> {
    writing.execute(&sql::SET_COUNTS, params![run, json(counts)?])?;
    Ok(())
}
