//! The log: one line for everything that was done, found or refused. Lines are never altered.

pub(crate) mod words;

use std::fmt::Write as _;

use chrono::{DateTime, Duration, Utc};
use ledger::{Currency, Kind, RemoteId, Side};
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params, params_from_iter};
use rust_decimal::Decimal;

use crate::sql::{Columns, amount, json, millis, row_id, words};
use crate::{PairingId, RunId, Store, StoreError};

row_id! {
    /// Names a line of the log; later lines have higher numbers.
    pub struct LogId;
}

words! {
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
    /// What happened, in one plain sentence.
    pub message: String,
    /// Differences, request and answer (redacted).
    pub detail: Option<serde_json::Value>,
}

impl LogWrite {
    /// A line about the run itself.
    pub fn note(outcome: LogOutcome, message: impl Into<String>) -> Self {
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

const COLUMNS: &str = "log.id, log.pairing, log.run, log.at, log.kind, log.direction, log.xero_id, \
     log.erpnext_id, log.title, log.contact, log.amount, log.currency, log.outcome, log.message";

/// How far apart the order of numbers and that of instants may be (a clock that was set back).
const CLOCK_SLACK: Duration = Duration::hours(26);

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
            message: row.get(13)?,
            detail: None,
        },
    })
}

/// A query with its values in order.
struct Built {
    from_where: String,
    values: Vec<Value>,
    newest_first: bool,
}

impl Built {
    fn and(&mut self, condition: &str, value: impl Into<Value>) {
        self.values.push(value.into());
        let place = self.values.len();
        let _ = write!(
            self.from_where,
            " AND {}",
            condition.replace('?', &format!("?{place}"))
        );
    }
}

fn build(connection: &Connection, query: &LogQuery, paged: bool) -> rusqlite::Result<Built> {
    let text = match &query.text {
        Some(text) => words::to_match(connection, text)?,
        None => None,
    };
    let mut built = Built {
        from_where: if text.is_some() {
            "FROM log_text CROSS JOIN log ON log.id = log_text.rowid WHERE 1".to_owned()
        } else {
            "FROM log WHERE 1".to_owned()
        },
        values: Vec::new(),
        newest_first: query.after.is_none(),
    };
    let id = if text.is_some() {
        "log_text.rowid"
    } else {
        "log.id"
    };
    if let Some(text) = text {
        built.and("log_text MATCH ?", text);
    }
    if let Some(pairing) = query.pairing {
        // A run or a record says more than the pairing; the unary plus keeps SQLite from choosing
        // the pairing's index then.
        let column = if query.run.is_some() || query.record.is_some() || !query.outcomes.is_empty()
        {
            "+log.pairing = ?"
        } else {
            "log.pairing = ?"
        };
        built.and(column, pairing.0);
    }
    if let Some(run) = query.run {
        built.and("log.run = ?", run.0);
    }
    if let Some(kind) = query.kind {
        built.and("log.kind = ?", kind.word().to_owned());
    }
    if let Some(side) = query.to {
        built.and("log.direction = ?", side.word().to_owned());
    }
    if let Some(record) = &query.record {
        built.and("(log.xero_id = ? OR log.erpnext_id = ?)", record.0.clone());
    }
    if !query.outcomes.is_empty() {
        let column = if query.run.is_some() || query.record.is_some() {
            "+log.outcome"
        } else {
            "log.outcome"
        };
        let words: Vec<String> = query
            .outcomes
            .iter()
            .map(|outcome| format!("'{}'", outcome.word()))
            .collect();
        let _ = write!(built.from_where, " AND {column} IN ({})", words.join(", "));
    }
    // Numbers grow with time, so the bounds by number let SQLite start near the right place.
    if let Some(since) = query.since {
        built.and("+log.at >= ?", millis(since));
        built.and(
            &format!(
                "{id} >= coalesce((SELECT b.id FROM log b WHERE b.at >= ? ORDER BY b.at, b.id \
                 LIMIT 1), 9223372036854775807)"
            ),
            millis(since - CLOCK_SLACK),
        );
    }
    if let Some(until) = query.until {
        built.and("+log.at < ?", millis(until));
        built.and(
            &format!(
                "{id} < coalesce((SELECT b.id FROM log b WHERE b.at >= ? ORDER BY b.at, b.id \
                 LIMIT 1), 9223372036854775807)"
            ),
            millis(until + CLOCK_SLACK),
        );
    }
    if paged {
        if let Some(before) = query.before {
            built.and(&format!("{id} < ?"), before.0);
        }
        if let Some(after) = query.after {
            built.and(&format!("{id} > ?"), after.0);
        }
        let _ = write!(
            built.from_where,
            " ORDER BY {id} {}",
            if built.newest_first { "DESC" } else { "ASC" }
        );
        if query.limit > 0 {
            let _ = write!(built.from_where, " LIMIT {}", query.limit);
        }
    }
    Ok(built)
}

impl Store {
    /// Lines, newest first (oldest first where [`LogQuery::after`] is set), without details.
    pub fn log(&self, query: &LogQuery) -> Result<Vec<LogLine>, StoreError> {
        self.read(|connection| {
            let built = build(connection, query, true)?;
            connection
                .prepare_cached(&format!("SELECT {COLUMNS} {}", built.from_where))?
                .query_map(params_from_iter(&built.values), read)?
                .collect()
        })
    }

    /// How many lines a query has in all, whatever its page; counted up to `most`, since nobody
    /// waits for an exact large number.
    pub fn log_count(&self, query: &LogQuery, most: u32) -> Result<u64, StoreError> {
        self.read(|connection| {
            let built = build(connection, query, false)?;
            connection
                .prepare_cached(&format!(
                    "SELECT count(*) FROM (SELECT 1 {} LIMIT {most})",
                    built.from_where
                ))?
                .query_row(params_from_iter(&built.values), |row| row.count(0))
        })
    }

    /// Hands every line of a query to `each`, in the query's order, without holding them all; for
    /// export.
    pub fn log_each(
        &self,
        query: &LogQuery,
        mut each: impl FnMut(&LogLine),
    ) -> Result<(), StoreError> {
        self.read(|connection| {
            let built = build(connection, query, true)?;
            let mut statement =
                connection.prepare_cached(&format!("SELECT {COLUMNS} {}", built.from_where))?;
            let mut rows = statement.query(params_from_iter(&built.values))?;
            while let Some(row) = rows.next()? {
                each(&read(row)?);
            }
            Ok(())
        })
    }

    /// One line with its details.
    pub fn log_line(&self, id: LogId) -> Result<Option<LogLine>, StoreError> {
        self.read(|connection| {
            let line = connection
                .prepare_cached(&format!("SELECT {COLUMNS} FROM log WHERE log.id = ?1"))?
                .query_row([id], read)
                .optional()?;
            let Some(mut line) = line else {
                return Ok(None);
            };
            line.write.detail = connection
                .prepare_cached("SELECT detail FROM log_details WHERE line = ?1")?
                .query_row([id], |row| row.json(0))
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
        self.write_sql(|transaction| {
            for line in lines {
                append(transaction, pairing, run, line, at)?;
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
        self.write_sql(|transaction| {
            transaction.execute(
                "DELETE FROM log WHERE id IN
                   (SELECT id FROM log WHERE at < ?1 AND outcome NOT IN
                      ('exception', 'conflict', 'in_doubt', 'failed') ORDER BY at LIMIT ?2)",
                params![millis(before), limit],
            )
        })
    }
}

/// Appends one line.
pub(crate) fn append(
    transaction: &Transaction<'_>,
    pairing: PairingId,
    run: Option<RunId>,
    line: &LogWrite,
    at: DateTime<Utc>,
) -> rusqlite::Result<()> {
    transaction
        .prepare_cached(
            "INSERT INTO log (pairing, run, at, kind, direction, xero_id, erpnext_id, title, contact,
               currency, amount, outcome, message)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
        )?
        .execute(params![
            pairing,
            run,
            millis(at),
            line.kind.map(Kind::word),
            line.to.map(Side::word),
            line.xero_id.as_ref().map(RemoteId::as_str),
            line.erpnext_id.as_ref().map(RemoteId::as_str),
            line.title,
            line.contact_name,
            line.total
                .as_ref()
                .map(|(_, currency)| currency.code().to_owned()),
            line.total.as_ref().map(|(total, _)| amount(*total)),
            line.outcome,
            line.message,
        ])?;
    if let Some(detail) = &line.detail {
        let id = transaction.last_insert_rowid();
        transaction
            .prepare_cached("INSERT INTO log_details (line, detail) VALUES (?1, ?2)")?
            .execute(params![id, json(detail)?])?;
    }
    Ok(())
}

/// SQLite's plan for a query, one step a line.
#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(crate) fn plan_of(store: &Store, query: &LogQuery) -> Vec<String> {
    store
        .read(|connection| {
            let built = build(connection, query, true)?;
            connection
                .prepare(&format!(
                    "EXPLAIN QUERY PLAN SELECT {COLUMNS} {}",
                    built.from_where
                ))?
                .query_map(params_from_iter(&built.values), |row| row.get(3))?
                .collect()
        })
        .unwrap()
}
