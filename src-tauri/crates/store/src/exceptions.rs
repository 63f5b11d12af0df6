//! Exceptions: records that could not be synced, and what a person decided about them.

mod decision;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use ledger::{Cause, Currency, RemoteId};
use rusqlite::{OptionalExtension, Row, params};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

pub use self::decision::Decision;
use crate::codes::{Numbered, coded};
use crate::db::Writing;
use crate::sql::{Columns, amount, json, millis, row_id, words};
use crate::statements::{Sql, exceptions as sql, pairings as pairings_sql};
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
    /// The write that was refused ([`crate::fingerprint`]), where one was.
    pub fingerprint: Option<String>,
    /// Whether a person asked for another attempt.
    pub retry_requested: bool,
    /// How it stands.
    pub status: ExceptionStatus,
    /// Why it is ignored.
    pub reason: Option<String>,
    /// What a person decided.
    pub decision: Option<Decision>,
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
    /// The write that was refused (see [`crate::fingerprint`]): it is not tried again while the same is
    /// planned. `None` where the record is looked at again by itself.
    pub fingerprint: Option<String>,
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
    /// The write that was refused, where one was.
    pub fingerprint: Option<String>,
    /// Whether a person asked for another attempt.
    pub retry_requested: bool,
    /// What a person decided.
    pub decision: Option<Decision>,
    /// How many attempts failed.
    pub tries: u32,
    /// When it was last met.
    pub last_seen: DateTime<Utc>,
    /// The document's total and currency then.
    pub total: Option<(Decimal, Currency)>,
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
        resolved_at: row.instant_or_none(17)?,
        decision: Decision::read(row, 18)?,
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
        let status = query.status.unwrap_or(ExceptionStatus::Open);
        let after = query.after.map_or(0, |id| id.0);
        self.read(|reading| {
            let pairings: Vec<PairingId> = match query.pairing {
                Some(pairing) => vec![pairing],
                None => reading
                    .prepare(&pairings_sql::IDS)?
                    .query_map([], |row| row.get(0))?
                    .collect::<Result<_, _>>()?,
            };
            let mut exceptions: Vec<Exception> = Vec::new();
            for pairing in pairings {
                let of_pairing: Vec<Exception> = match &query.cause {
                    None => reading
                        .prepare(&sql::PAGE)?
                        .query_map(params![pairing, status, after, limit], read)?
                        .collect::<Result<_, _>>()?,
                    Some(cause) => reading
                        .prepare(&sql::PAGE_OF_CAUSE)?
                        .query_map(params![pairing, status, after, limit, cause], read)?
                        .collect::<Result<_, _>>()?,
                };
                exceptions.extend(of_pairing);
            }
            if query.pairing.is_none() {
                exceptions.sort_by_key(|exception| exception.id);
                if let Ok(limit) = usize::try_from(limit) {
                    exceptions.truncate(limit);
                }
            }
            Ok(exceptions)
        })
    }

    /// One exception, in any standing.
    pub fn exception(&self, id: ExceptionId) -> Result<Option<Exception>, StoreError> {
        self.read(|reading| reading.query_row(&sql::ONE, [id], read).optional())
    }

    /// All unresolved exceptions of a pairing by record, for planning.
    pub fn standing_exceptions(
        &self,
        pairing: PairingId,
    ) -> Result<BTreeMap<RecordKey, Standing>, StoreError> {
        self.read(|reading| {
            reading
                .prepare(&sql::STANDING)?
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
                            tries: row.get(8)?,
                            last_seen: row.instant(9)?,
                            total: row.decimal_or_none(10)?.zip(row.currency_or_none(11)?),
                            decision: Decision::read(row, 12)?,
                        },
                    ))
                })?
                .collect()
        })
    }

    /// Asks for another attempt; returns how many are open and thus will be tried.
    pub fn request_retry(&self, ids: &[ExceptionId]) -> Result<usize, StoreError> {
        self.write_sql(|writing| {
            let mut count = 0;
            for id in ids {
                count += writing.execute(&sql::RETRY, [id])?;
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
        self.write_sql(|writing| match cause {
            None => writing.execute(&sql::RETRY_ALL, [pairing]),
            Some(cause) => writing.execute(&sql::RETRY_CAUSE, params![pairing, cause]),
        })
    }

    /// Leaves an open exception alone, for a reason.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where it is not open.
    pub fn ignore_exception(&self, id: ExceptionId, reason: &str) -> Result<(), StoreError> {
        self.one(&sql::IGNORE, params![id, reason])
    }

    /// Takes [`Store::ignore_exception`] back.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where it is not ignored.
    pub fn unignore_exception(&self, id: ExceptionId) -> Result<(), StoreError> {
        self.one(&sql::UNIGNORE, params![id])
    }

    /// Records what a person decided, and asks for another attempt.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where it is not open.
    pub fn decide(&self, id: ExceptionId, decision: &Decision) -> Result<(), StoreError> {
        let chosen = decision.record().map(RemoteId::as_str);
        self.one(&sql::DECIDE, params![id, decision.word(), chosen])
    }

    fn one(&self, sql: &Sql, values: impl rusqlite::Params) -> Result<(), StoreError> {
        self.write(|writing| {
            let changed = writing
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

/// Raises an exception, or meets it again. An ignored one stays ignored while its cause is the same
/// with the same figures: nobody has said anything about others.
pub(crate) fn raise(
    writing: Writing<'_>,
    pairing: PairingId,
    run: Option<RunId>,
    write: &ExceptionWrite,
    at: DateTime<Utc>,
) -> rusqlite::Result<()> {
    writing.execute(
        &sql::RAISE,
        params![
            pairing,
            write.record.side.number(),
            write.record.kind.number(),
            coded(&write.record.id),
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
        ],
    )?;
    Ok(())
}

/// Resolves the exception of a record, where it has one.
pub(crate) fn resolve(
    writing: Writing<'_>,
    pairing: PairingId,
    record: &RecordKey,
    at: DateTime<Utc>,
) -> rusqlite::Result<()> {
    writing.execute(
        &sql::RESOLVE,
        params![
            pairing,
            record.side.number(),
            record.kind.number(),
            coded(&record.id),
            millis(at)
        ],
    )?;
    Ok(())
}
