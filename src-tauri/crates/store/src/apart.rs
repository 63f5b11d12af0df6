//! Records that a person wants left alone.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use ledger::RemoteId;
use rusqlite::{OptionalExtension, Row, params};

use crate::codes::{Numbered, coded};
use crate::db::Writing;
use crate::sql::{Columns, millis};
use crate::statements::apart as sql;
use crate::{PairingId, RecordKey, RunId, Store, StoreError};

/// A record to keep apart: nothing is made from it, written to it or matched with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeepApart {
    /// The record.
    pub record: RecordKey,
    /// Its counterpart on the other side, where it has one: the two are taken up again together.
    pub other: Option<RemoteId>,
    /// Who wants that; `None` where it is whoever runs the run that it follows from.
    pub who: Option<String>,
    /// Why, in words.
    pub reason: String,
    /// The run that was undone, where it is kept apart for that.
    pub undone: Option<RunId>,
}

/// A record that is kept apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptApart {
    /// What was asked for.
    pub keep: KeepApart,
    /// Since when.
    pub at: DateTime<Utc>,
}

fn read(row: &Row<'_>) -> rusqlite::Result<KeptApart> {
    Ok(KeptApart {
        keep: KeepApart {
            record: key(row)?,
            other: row.remote_id_or_none(3)?,
            who: row.get(5)?,
            reason: row.get(6)?,
            undone: row.get(7)?,
        },
        at: row.instant(4)?,
    })
}

fn key(row: &Row<'_>) -> rusqlite::Result<RecordKey> {
    Ok(RecordKey {
        side: row.side(0)?,
        kind: row.kind(1)?,
        id: row.remote_id(2)?,
    })
}

impl Store {
    /// Keeps records apart, from an instant on.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn keep_apart(
        &self,
        pairing: PairingId,
        records: &[KeepApart],
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.write_sql(|writing| {
            for record in records {
                keep(writing, pairing, None, record, at)?;
            }
            Ok(())
        })
    }

    /// Takes records up again. The next run looks at them as they are then. How many were kept apart.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn end_apart(
        &self,
        pairing: PairingId,
        records: &[RecordKey],
    ) -> Result<usize, StoreError> {
        self.write_sql(|writing| {
            let mut ended = 0;
            for RecordKey { side, kind, id } in records {
                ended += writing.execute(
                    &sql::END,
                    params![pairing, side.number(), kind.number(), coded(id)],
                )?;
                crate::records::to_do_again(writing, pairing, *side, *kind, id)?;
            }
            Ok(ended)
        })
    }

    /// All that is kept apart, in the order of side, kind and identity.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn kept_apart(&self, pairing: PairingId) -> Result<Vec<KeptApart>, StoreError> {
        self.read(|reading| {
            reading
                .prepare(&sql::ALL)?
                .query_map([pairing], read)?
                .collect()
        })
    }

    /// The names of all that is kept apart.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn apart(&self, pairing: PairingId) -> Result<BTreeSet<RecordKey>, StoreError> {
        self.read(|reading| {
            reading
                .prepare(&sql::NAMES)?
                .query_map([pairing], key)?
                .collect()
        })
    }

    /// Of these, the names of those that others wait for which need them: all but what an undo set back, and what is
    /// linked still. That is there on both sides, and only its own values are left alone.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn apart_for_others(&self, pairing: PairingId) -> Result<BTreeSet<RecordKey>, StoreError> {
        self.read(|reading| {
            reading
                .prepare(&sql::NEEDED)?
                .query_map([pairing], key)?
                .collect()
        })
    }

    /// Why a record is kept apart; `None` where it is not.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn apart_since(
        &self,
        pairing: PairingId,
        RecordKey { side, kind, id }: &RecordKey,
    ) -> Result<Option<KeptApart>, StoreError> {
        self.read(|reading| {
            reading
                .query_row(
                    &sql::ONE,
                    params![pairing, side.number(), kind.number(), coded(id)],
                    read,
                )
                .optional()
        })
    }
}

/// A record that left the store is kept apart no longer: its identity may be given to another.
pub(crate) fn forget(
    writing: Writing<'_>,
    pairing: PairingId,
    RecordKey { side, kind, id }: &RecordKey,
) -> rusqlite::Result<()> {
    writing.execute(
        &sql::END,
        params![pairing, side.number(), kind.number(), coded(id)],
    )?;
    Ok(())
}

/// Keeps a record apart, in the transaction of what it follows from.
pub(crate) fn keep(
    writing: Writing<'_>,
    pairing: PairingId,
    run: Option<RunId>,
    keep: &KeepApart,
    at: DateTime<Utc>,
) -> rusqlite::Result<()> {
    let RecordKey { side, kind, id } = &keep.record;
    writing.execute(
        &sql::KEEP,
        params![
            pairing,
            side.number(),
            kind.number(),
            coded(id),
            keep.other.as_ref().map(coded),
            millis(at),
            keep.who,
            keep.reason,
            keep.undone,
            run,
        ],
    )?;
    Ok(())
}
