//! The log: one line for everything that was done, found or refused. Lines are never altered.

pub(crate) mod words;

use chrono::{DateTime, TimeDelta, Utc};
use ledger::{Currency, Kind, RemoteId, Said, Side};
use rusqlite::{OptionalExtension, Row, params, params_from_iter};
use rust_decimal::Decimal;

use crate::codes::{Numbered, coded};
use crate::db::{Reading, Writing};
use crate::packed::{Like, pack};
use crate::sql::{Columns, amount, json, millis, numbers, row_id};
use crate::statements::{log as sql, pairings as pairings_sql};
use crate::{PairingId, RunId, Store, StoreError};

row_id! {
    /// Names a line of the log; later lines have higher numbers.
    pub struct LogId;
}

numbers! {
    /// What a line says happened.
    pub enum LogOutcome {
        /// A record was created.
        Created = "created",
        /// A record was changed.
        Updated = "updated",
        /// A document was voided, cancelled or deleted.
        Voided = "voided",
        /// Our marker was set on a record that existed.
        Marked = "marked",
        /// Two records were found to be the same and linked; nothing was written.
        Linked = "linked",
        /// A record could not be synced.
        Exception = "exception",
        /// The two sides contradict each other; a person has to decide.
        Conflict = "conflict",
        /// A record waits for another that could not be synced.
        Blocked = "blocked",
        /// The answer to a write was lost.
        InDoubt = "in_doubt",
        /// An exception is settled.
        Resolved = "resolved",
        /// A person decided something: ignored, chose a candidate, changed a mapping.
        Decided = "decided",
        /// A run found nothing to do.
        NothingNew = "nothing_new",
        /// A person stopped a run.
        Stopped = "stopped",
        /// Something to know about the run itself.
        Note = "note",
        /// The run or a connection failed.
        Failed = "failed",
    }
}

/// A line to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogWrite {
    /// The record's kind.
    pub kind: Option<Kind>,
    /// The side written to; `None` where nothing was written.
    pub to: Option<Side>,
    /// The record's identity in Xero, where it has one.
    pub xero_id: Option<RemoteId>,
    /// The record's identity in ERPNext, where it has one.
    pub erpnext_id: Option<RemoteId>,
    /// What a person calls the record; empty for a line about the run.
    pub title: String,
    /// The contact's name; may be empty.
    pub contact_name: String,
    /// The document's total and currency.
    pub total: Option<(Decimal, Currency)>,
    /// What happened.
    pub outcome: LogOutcome,
    /// What happened, as a message and what is inserted into it ([`Said::sentence`] is its text).
    pub message: Said,
    /// Differences, request and answer (redacted).
    pub detail: Option<serde_json::Value>,
}

impl LogWrite {
    /// A line about the run itself.
    pub fn note(outcome: LogOutcome, message: impl Into<Said>) -> Self {
        Self {
            kind: None,
            to: None,
            xero_id: None,
            erpnext_id: None,
            title: String::new(),
            contact_name: String::new(),
            total: None,
            outcome,
            message: message.into(),
            detail: None,
        }
    }
}

/// A line as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// Its number.
    pub id: LogId,
    /// Its pairing.
    pub pairing: PairingId,
    /// Its run.
    pub run: Option<RunId>,
    /// When.
    pub at: DateTime<Utc>,
    /// What it says; `detail` is only read by [`Store::log_line`].
    pub write: LogWrite,
}

/// Which lines to read. All conditions must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogQuery {
    /// Of this pairing.
    pub pairing: Option<PairingId>,
    /// Of this run.
    pub run: Option<RunId>,
    /// About this kind of record.
    pub kind: Option<Kind>,
    /// Written to this side.
    pub to: Option<Side>,
    /// With one of these outcomes; empty for any.
    pub outcomes: Vec<LogOutcome>,
    /// About the record with this identity, on either side.
    pub record: Option<RemoteId>,
    /// With all these words (or beginnings of words) in title, contact or message.
    pub text: Option<String>,
    /// At or after this instant.
    pub since: Option<DateTime<Utc>>,
    /// Before this instant.
    pub until: Option<DateTime<Utc>>,
    /// Older than this line (keyset paging, newest first).
    pub before: Option<LogId>,
    /// Newer than this line (following a run), oldest first.
    pub after: Option<LogId>,
    /// At most so many; 0 for all.
    pub limit: u32,
}

/// The parameters of a line's message. Nothing is kept of those that say no more than the side written to.
fn message(row: &Row<'_>) -> rusqlite::Result<String> {
    let parameters: Option<String> = row.get(14)?;
    match (parameters, row.side_or_none(5)?) {
        (None, Some(to)) => Ok(only_side(to)),
        (parameters, _) => Ok(parameters.unwrap_or_default()),
    }
}

/// The parameters of a message that has the side written to and no others, as JSON.
fn only_side(to: Side) -> String {
    format!("{{\"side\":\"{}\"}}", to.word())
}

fn read(row: &Row<'_>) -> rusqlite::Result<LogLine> {
    let total = row.decimal_or_none(10)?.zip(row.currency_or_none(11)?);
    Ok(LogLine {
        id: row.get(0)?,
        pairing: row.get(1)?,
        run: row.get(2)?,
        at: row.instant(3)?,
        write: LogWrite {
            kind: row.kind_or_none(4)?,
            to: row.side_or_none(5)?,
            xero_id: row.remote_id_or_none(6)?,
            erpnext_id: row.remote_id_or_none(7)?,
            title: row.get(8)?,
            contact_name: row.get(9)?,
            total,
            outcome: row.get(12)?,
            message: Said::together(row.get(13)?, message(row)?),
            detail: None,
        },
    })
}

/// The query's text as FTS5 takes it.
fn text_of(reading: Reading<'_>, query: &LogQuery) -> rusqlite::Result<Option<String>> {
    match &query.text {
        Some(text) => words::to_match(reading, text),
        None => Ok(None),
    }
}

/// How far apart the order of numbers and that of instants may be (a clock that was set back).
const CLOCK_SLACK: TimeDelta = TimeDelta::hours(26);

/// The number from which on lines are from an instant or later: before it none is, but for those of a clock
/// that was set back. Numbers grow with time, so it is found by halving, without an index of instants.
fn first_since(reading: Reading<'_>, at: DateTime<Utc>) -> rusqlite::Result<i64> {
    let at = millis(at);
    let last = reading.query_row(&sql::LAST, [i64::MAX], |row| row.get(0));
    let last: Option<i64> = last.optional()?;
    let mut line = reading.prepare(&sql::FROM)?;
    let (mut from, mut below) = (0, last.map_or(0, |last| last + 1));
    while from < below {
        let middle = from + (below - from) / 2;
        // There is one: the last line is not below the middle.
        let (id, then): (i64, i64) =
            line.query_row([middle], |row| Ok((row.get(0)?, row.get(1)?)))?;
        if then < at {
            from = id + 1;
        } else {
            below = middle;
        }
    }
    Ok(from)
}

/// Which numbers the lines of a query's time may have.
fn bounds(reading: Reading<'_>, query: &LogQuery) -> rusqlite::Result<sql::Bounds> {
    let first = |at: DateTime<Utc>| first_since(reading, at);
    Ok(sql::Bounds {
        from: query.since.map(|at| first(at - CLOCK_SLACK)).transpose()?,
        below: query.until.map(|at| first(at + CLOCK_SLACK)).transpose()?,
    })
}

impl LogOutcome {
    /// Whether a line about it is kept however old it is: something failed.
    const fn is_kept(self) -> bool {
        matches!(
            self,
            LogOutcome::Exception | LogOutcome::Conflict | LogOutcome::InDoubt | LogOutcome::Failed
        )
    }
}

impl Store {
    /// Lines, newest first (oldest first where [`LogQuery::after`] is set), without details.
    pub fn log(&self, query: &LogQuery) -> Result<Vec<LogLine>, StoreError> {
        self.read(|reading| {
            let page = sql::page(query, text_of(reading, query)?, bounds(reading, query)?);
            reading
                .prepare(&page.sql)?
                .query_map(params_from_iter(&page.values), read)?
                .collect()
        })
    }

    /// How many lines a query has in all, whatever its page; counted up to `most`, since nobody
    /// waits for an exact large number.
    pub fn log_count(&self, query: &LogQuery, most: u32) -> Result<u64, StoreError> {
        self.read(|reading| {
            let text = text_of(reading, query)?;
            let count = sql::count(query, text, bounds(reading, query)?, most);
            reading.query_row(&count.sql, params_from_iter(&count.values), |row| {
                row.count(0)
            })
        })
    }

    /// Hands every line of a query to `each`, in the query's order, without holding them all; for
    /// export.
    pub fn log_each(
        &self,
        query: &LogQuery,
        mut each: impl FnMut(&LogLine),
    ) -> Result<(), StoreError> {
        self.read(|reading| {
            let page = sql::page(query, text_of(reading, query)?, bounds(reading, query)?);
            let mut statement = reading.prepare(&page.sql)?;
            let mut rows = statement.query(params_from_iter(&page.values))?;
            while let Some(row) = rows.next()? {
                each(&read(row)?);
            }
            Ok(())
        })
    }

    /// One line with its details.
    pub fn log_line(&self, id: LogId) -> Result<Option<LogLine>, StoreError> {
        self.read(|reading| {
            let line = reading.query_row(&sql::ONE, [id], read).optional()?;
            let Some(mut line) = line else {
                return Ok(None);
            };
            line.write.detail = reading
                .query_row(&sql::DETAIL, [id], |row| row.json(0))
                .optional()?;
            Ok(Some(line))
        })
    }

    /// Writes lines that belong to no settlement: a person's decision, a failed connection.
    pub fn append_log(
        &self,
        pairing: PairingId,
        run: Option<RunId>,
        lines: &[LogWrite],
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.write_sql(|writing| {
            for line in lines {
                append(writing, pairing, run, line, at)?;
            }
            Ok(())
        })
    }

    /// Deletes lines from before an instant, at most `limit` at a time so that a run is not held up;
    /// returns how many. To be repeated until it returns 0. Lines about what failed are kept.
    pub fn delete_log_before(
        &self,
        before: DateTime<Utc>,
        limit: u32,
    ) -> Result<usize, StoreError> {
        self.write_sql(|writing| {
            let below = first_since(*writing, before + CLOCK_SLACK)?;
            let pairings: Vec<PairingId> = writing
                .prepare(&pairings_sql::IDS)?
                .query_map([], |row| row.get(0))?
                .collect::<rusqlite::Result<_>>()?;
            let mut left = limit;
            for pairing in pairings {
                for outcome in LogOutcome::ALL.iter().filter(|it| !it.is_kept()) {
                    let values = params![pairing, outcome, below, millis(before), left];
                    let deleted = writing.execute(&sql::RETIRE, values)?;
                    left = left.saturating_sub(u32::try_from(deleted).unwrap_or(u32::MAX));
                    if left == 0 {
                        return Ok(limit);
                    }
                }
            }
            Ok(limit - left)
        })
        .map(|deleted| usize::try_from(deleted).unwrap_or(usize::MAX))
    }
}

/// Appends one line.
pub(crate) fn append(
    writing: Writing<'_>,
    pairing: PairingId,
    run: Option<RunId>,
    line: &LogWrite,
    at: DateTime<Utc>,
) -> rusqlite::Result<LogId> {
    let (said, parameters) = line
        .message
        .apart()
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
    writing.execute(
        &sql::APPEND,
        params![
            pairing,
            run,
            millis(at),
            line.kind.map(Kind::number),
            line.to.map(Side::number),
            line.xero_id.as_ref().map(coded),
            line.erpnext_id.as_ref().map(coded),
            line.title,
            line.contact_name,
            line.total
                .as_ref()
                .map(|(_, currency)| currency.code().to_owned()),
            line.total.as_ref().map(|(total, _)| amount(*total)),
            line.outcome,
            said,
            (line.to.map(only_side).as_ref() != Some(&parameters)).then_some(parameters),
        ],
    )?;
    let id = writing.last_id();
    writing.execute(
        &sql::APPEND_TEXT,
        params![id, line.title, line.contact_name, line.message.sentence()],
    )?;
    if let Some(detail) = &line.detail {
        writing.execute(
            &sql::APPEND_DETAIL,
            params![id, pack(Like::Detail, &json(detail)?)],
        )?;
    }
    Ok(LogId(id))
}
