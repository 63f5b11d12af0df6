//! Exceptions: records that could not be synced, and what a person decided about them.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use ledger::{Cause, Currency, RemoteId};
use rusqlite::{OptionalExtension, Row, Transaction, params};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::sql::{Columns, amount, json, millis, row_id, words};
use crate::{PairingId, RecordKey, RunId, Store, StoreError};

row_id! {
    /// Names an exception.
    pub struct ExceptionId;
}

words! {
    /// How an exception stands.
    pub enum ExceptionStatus {
        /// It needs a person, or the next run.
        Open = "open",
        /// A person decided to leave it, with a reason.
        Ignored = "ignored",
        /// The record has been synced, or is no longer in scope.
        Resolved = "resolved",
    }
}

/// An exception as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exception {
    /// Its number.
    pub id: ExceptionId,
    /// Its pairing.
    pub pairing: PairingId,
    /// The record.
    pub record: RecordKey,
    /// What a person calls the record.
    pub title: String,
    /// The contact's name, of the contact itself or of the document's.
    pub contact_name: String,
    /// The document's total.
    pub amount: Option<Decimal>,
    /// The total's currency.
    pub currency: Option<Currency>,
    /// Why it could not be synced.
    pub cause: Cause,
    /// When it was first met.
    pub first_seen: DateTime<Utc>,
    /// When it was last met.
    pub last_seen: DateTime<Utc>,
    /// How many attempts failed.
    pub tries: u32,
    /// What the last attempt was made from.
    pub fingerprint: String,
    /// Whether a person asked for another attempt.
    pub retry_requested: bool,
    /// How it stands.
    pub status: ExceptionStatus,
    /// Why it is ignored.
    pub reason: Option<String>,
    /// The candidate a person chose as the counterpart.
    pub chosen: Option<RemoteId>,
    /// When it was resolved.
    pub resolved_at: Option<DateTime<Utc>>,
}

/// A record that could not be synced, on its way into the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExceptionWrite {
    /// The record.
    pub record: RecordKey,
    /// What a person calls it.
    pub title: String,
    /// The contact's name.
    pub contact_name: String,
    /// The document's total and currency.
    pub total: Option<(Decimal, Currency)>,
    /// Why.
    pub cause: Cause,
    /// What the attempt was made from: content, mappings and rules (see [`crate::fingerprint`]).
    pub fingerprint: String,
    /// Whether a call was spent on it (counts as a try).
    pub tried: bool,
}

/// What the planner must know of an unresolved exception.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Its number.
    pub id: ExceptionId,
    /// Open or ignored.
    pub status: ExceptionStatus,
    /// Why.
    pub cause: Cause,
    /// What the last attempt was made from.
    pub fingerprint: String,
    /// Whether a person asked for another attempt.
    pub retry_requested: bool,
    /// The candidate a person chose as the counterpart.
    pub chosen: Option<RemoteId>,
}

/// Which exceptions to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExceptionQuery {
    /// Of this pairing only.
    pub pairing: Option<PairingId>,
    /// In this standing only; `None` lists the open ones.
    pub status: Option<ExceptionStatus>,
    /// With this [`Cause::word`] only.
    pub cause: Option<String>,
    /// After this one (keyset paging).
    pub after: Option<ExceptionId>,
    /// At most so many; 0 for all.
    pub limit: u32,
}

const COLUMNS: &str = "id, pairing, side, kind, remote_id, title, contact, amount, currency, cause, \
     first_seen, last_seen, tries, fingerprint, retry_requested, status, reason, chosen, resolved_at";

fn read(row: &Row<'_>) -> rusqlite::Result<Exception> {
    Ok(Exception {
        id: row.get(0)?,
        pairing: row.get(1)?,
        record: RecordKey {
            side: row.side(2)?,
            kind: row.kind(3)?,
            id: row.remote_id(4)?,
        },
        title: row.get(5)?,
        contact_name: row.get(6)?,
        amount: row.decimal_or_none(7)?,
        currency: row.currency_or_none(8)?,
        cause: row.json(9)?,
        first_seen: row.instant(10)?,
        last_seen: row.instant(11)?,
        tries: row.get(12)?,
        fingerprint: row.get(13)?,
        retry_requested: row.get(14)?,
        status: row.get(15)?,
        reason: row.get(16)?,
        chosen: row.remote_id_or_none(17)?,
        resolved_at: row.instant_or_none(18)?,
    })
}

impl Store {
    /// Exceptions, oldest first.
    pub fn exceptions(&self, query: &ExceptionQuery) -> Result<Vec<Exception>, StoreError> {
        let limit = if query.limit == 0 {
            -1
        } else {
            i64::from(query.limit)
        };
        self.read(|connection| {
            connection
                .prepare_cached(&format!(
                    "SELECT {COLUMNS} FROM exceptions WHERE (?1 IS NULL OR pairing = ?1)
                     AND status = ?2 AND (?3 IS NULL OR cause_word = ?3) AND id > coalesce(?4, 0)
                     ORDER BY id LIMIT ?5"
                ))?
                .query_map(
                    params![
                        query.pairing,
                        query.status.unwrap_or(ExceptionStatus::Open),
                        query.cause,
                        query.after,
                        limit,
                    ],
                    read,
                )?
                .collect()
        })
    }

    /// One exception, in any standing.
    pub fn exception(&self, id: ExceptionId) -> Result<Option<Exception>, StoreError> {
        self.read(|connection| {
            connection
                .prepare_cached(&format!("SELECT {COLUMNS} FROM exceptions WHERE id = ?1"))?
                .query_row([id], read)
                .optional()
        })
    }

    /// How many exceptions of a pairing are in a standing, by [`Cause::word`], most first.
    pub fn exception_counts(
        &self,
        pairing: PairingId,
        status: ExceptionStatus,
    ) -> Result<Vec<(String, u64)>, StoreError> {
        self.read(|connection| {
            connection
                .prepare_cached(
                    "SELECT cause_word, count(*) AS n FROM exceptions
                     WHERE pairing = ?1 AND status = ?2 GROUP BY cause_word ORDER BY n DESC, cause_word",
                )?
                .query_map(params![pairing, status], |row| {
                    Ok((row.get(0)?, row.count(1)?))
                })?
                .collect()
        })
    }

    /// All unresolved exceptions of a pairing by record, for planning.
    pub fn standing_exceptions(
        &self,
        pairing: PairingId,
    ) -> Result<BTreeMap<RecordKey, Standing>, StoreError> {
        self.read(|connection| {
            connection
                .prepare_cached(
                    "SELECT side, kind, remote_id, id, status, cause, fingerprint, retry_requested,
                       chosen FROM exceptions WHERE pairing = ?1 AND status <> 'resolved'",
                )?
                .query_map([pairing], |row| {
                    Ok((
                        RecordKey {
                            side: row.side(0)?,
                            kind: row.kind(1)?,
                            id: row.remote_id(2)?,
                        },
                        Standing {
                            id: row.get(3)?,
                            status: row.get(4)?,
                            cause: row.json(5)?,
                            fingerprint: row.get(6)?,
                            retry_requested: row.get(7)?,
                            chosen: row.remote_id_or_none(8)?,
                        },
                    ))
                })?
                .collect()
        })
    }

    /// Asks for another attempt; returns how many are open and thus will be tried.
    pub fn request_retry(&self, ids: &[ExceptionId]) -> Result<usize, StoreError> {
        self.write_sql(|transaction| {
            let mut count = 0;
            for id in ids {
                count += transaction
                    .prepare_cached(
                        "UPDATE exceptions SET retry_requested = 1 WHERE id = ?1 AND status = 'open'",
                    )?
                    .execute([id])?;
            }
            Ok(count)
        })
    }

    /// Asks for another attempt at all open exceptions of a pairing, or those of one cause.
    pub fn request_retry_all(
        &self,
        pairing: PairingId,
        cause: Option<&str>,
    ) -> Result<usize, StoreError> {
        self.write_sql(|transaction| {
            transaction.execute(
                "UPDATE exceptions SET retry_requested = 1 WHERE pairing = ?1 AND status = 'open'
                 AND (?2 IS NULL OR cause_word = ?2)",
                params![pairing, cause],
            )
        })
    }

    /// Leaves an open exception alone, for a reason.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where it is not open.
    pub fn ignore_exception(&self, id: ExceptionId, reason: &str) -> Result<(), StoreError> {
        self.one(
            "UPDATE exceptions SET status = 'ignored', reason = ?2, retry_requested = 0
             WHERE id = ?1 AND status = 'open'",
            params![id, reason],
        )
    }

    /// Takes [`Store::ignore_exception`] back.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where it is not ignored.
    pub fn unignore_exception(&self, id: ExceptionId) -> Result<(), StoreError> {
        self.one(
            "UPDATE exceptions SET status = 'open', reason = NULL, retry_requested = 1
             WHERE id = ?1 AND status = 'ignored'",
            params![id],
        )
    }

    /// Records a person's choice among several candidates, and asks for another attempt.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where it is not open.
    pub fn choose_candidate(&self, id: ExceptionId, chosen: &RemoteId) -> Result<(), StoreError> {
        self.one(
            "UPDATE exceptions SET chosen = ?2, retry_requested = 1
             WHERE id = ?1 AND status = 'open'",
            params![id, chosen.0],
        )
    }

    fn one(&self, sql: &str, values: impl rusqlite::Params) -> Result<(), StoreError> {
        self.write(|transaction| {
            let changed = transaction
                .execute(sql, values)
                .map_err(|error| self.sorted(&error))?;
            if changed == 1 {
                Ok(())
            } else {
                Err(StoreError::NotFound("such exception in that state".into()))
            }
        })
    }
}

/// Raises an exception, or meets it again. An ignored one stays ignored while its cause is the
/// same kind of cause.
pub(crate) fn raise(
    transaction: &Transaction<'_>,
    pairing: PairingId,
    run: Option<RunId>,
    write: &ExceptionWrite,
    at: DateTime<Utc>,
) -> rusqlite::Result<()> {
    transaction
        .prepare_cached(
            "INSERT INTO exceptions (pairing, side, kind, remote_id, title, contact, currency,
               amount, cause_word, cause, first_seen, last_seen, tries, fingerprint, status, run)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?11, ?12, ?13, 'open', ?14)
             ON CONFLICT (pairing, side, kind, remote_id) WHERE status <> 'resolved' DO UPDATE SET
               title = excluded.title, contact = excluded.contact, currency = excluded.currency,
               amount = excluded.amount, last_seen = excluded.last_seen,
               tries = tries + excluded.tries, fingerprint = excluded.fingerprint,
               retry_requested = 0, run = excluded.run,
               reason = CASE WHEN cause_word = excluded.cause_word THEN reason END,
               chosen = CASE WHEN cause_word = excluded.cause_word THEN chosen END,
               status = CASE WHEN cause_word = excluded.cause_word THEN status ELSE 'open' END,
               cause_word = excluded.cause_word, cause = excluded.cause",
        )?
        .execute(params![
            pairing,
            write.record.side.word(),
            write.record.kind.word(),
            write.record.id.0,
            write.title,
            write.contact_name,
            write
                .total
                .as_ref()
                .map(|(_, currency)| currency.code().to_owned()),
            write.total.as_ref().map(|(total, _)| amount(*total)),
            write.cause.word(),
            json(&write.cause)?,
            millis(at),
            u32::from(write.tried),
            write.fingerprint,
            run,
        ])?;
    Ok(())
}

/// Resolves the exception of a record, where it has one.
pub(crate) fn resolve(
    transaction: &Transaction<'_>,
    pairing: PairingId,
    record: &RecordKey,
    at: DateTime<Utc>,
) -> rusqlite::Result<()> {
    transaction
        .prepare_cached(
            "UPDATE exceptions SET status = 'resolved', resolved_at = ?5, retry_requested = 0
             WHERE pairing = ?1 AND side = ?2 AND kind = ?3 AND remote_id = ?4
             AND status <> 'resolved'",
        )?
        .execute(params![
            pairing,
            record.side.word(),
            record.kind.word(),
            record.id.0,
            millis(at)
        ])?;
    Ok(())
}
