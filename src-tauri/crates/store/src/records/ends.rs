//! Records that are gone, and what a side is looked at for beside its lists of changes.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use ledger::contact::folded_name;
use ledger::{Kind, Record, RemoteId, Side, Version};
use rusqlite::{OptionalExtension, params};

use super::RecordKey;
use super::put::state;
use crate::codes::{Numbered, coded};
use crate::db::Writing;
use crate::packed::{Like, pack};
use crate::sql::{Columns, json, millis};
use crate::statements::{
    apart as apart_sql, links as links_sql, looks as looks_sql, records as sql,
};
use crate::{LinkId, PairingId, Store, StoreError, exceptions};

/// What becomes of the row of a record that is gone from its side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Departure {
    /// It leaves the store; a link it may have stays behind without it.
    Leaves(RecordKey),
    /// It leaves the store, and its link with it: its counterpart stands alone.
    LeavesUnlinked(RecordKey, LinkId),
    /// It stays as one that has ended, because its link needs it; its counterpart is to be looked at.
    Ended {
        /// The record.
        key: RecordKey,
        /// It as it ended.
        record: Box<Record>,
        /// The record it was merged into.
        merged_into: Option<RemoteId>,
        /// The counterpart.
        partner: RecordKey,
    },
    /// Another record took its identity: row and link go on under this one, which no record has.
    Renamed(RecordKey, RemoteId),
}

/// What tells whether a record is known as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// How it stood when it was read.
    pub version: Version,
    /// The counterpart's identity, where our marker was on it.
    pub marker: Option<RemoteId>,
    /// What tells it from another of its identity.
    pub born: Option<String>,
    /// Whether it is known to be gone.
    pub gone: bool,
    /// Its link, where it has one.
    pub link: Option<LinkId>,
    /// When it was last read.
    pub pulled_at: DateTime<Utc>,
    /// When a look-up by its identity first found nothing, since it was last read.
    pub missed: Option<DateTime<Utc>>,
}

/// How far a look at a side has come.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Look {
    /// Where to go on.
    pub cursor: String,
    /// When the look under way began.
    pub began: Option<DateTime<Utc>>,
    /// When the last whole one ended.
    pub ended: Option<DateTime<Utc>>,
}

impl Store {
    /// What is known of some records of a side, by identity; unknown ones are not in the answer.
    pub fn known<'i>(
        &self,
        pairing: PairingId,
        side: Side,
        kind: Kind,
        ids: impl IntoIterator<Item = &'i RemoteId>,
    ) -> Result<BTreeMap<RemoteId, Known>, StoreError> {
        self.read(|reading| {
            let _whole = reading.snapshot()?;
            let mut query = reading.prepare(&sql::KNOWN)?;
            let mut known = BTreeMap::new();
            for id in ids {
                let row = query
                    .query_row(
                        params![pairing, side.number(), kind.number(), coded(id)],
                        |row| {
                            Ok(Known {
                                version: row.version(0)?,
                                marker: row.remote_id_or_none(1)?,
                                born: row.moment_or_none(2)?,
                                gone: row.get::<_, Option<i64>>(3)?.is_some(),
                                link: row.get(4)?,
                                pulled_at: row.instant(5)?,
                                missed: row.instant_or_none(6)?,
                            })
                        },
                    )
                    .optional()?;
                if let Some(row) = row {
                    known.insert(id.clone(), row);
                }
            }
            Ok(known)
        })
    }

    /// Hands `each` the identities of a side that are not known to be gone, and when each was last
    /// read.
    pub fn identities_each(
        &self,
        pairing: PairingId,
        side: Side,
        kind: Kind,
        mut each: impl FnMut(RemoteId, DateTime<Utc>),
    ) -> Result<(), StoreError> {
        self.read(|reading| {
            let mut query = reading.prepare(&sql::IDENTITIES)?;
            let mut rows = query.query(params![pairing, side.number(), kind.number()])?;
            while let Some(row) = rows.next()? {
                each(row.remote_id(0)?, row.instant(1)?);
            }
            Ok(())
        })
    }

    /// Whether a side has a live record without a link whose folded title is that of this text.
    pub fn is_titled_unlinked(
        &self,
        pairing: PairingId,
        side: Side,
        kind: Kind,
        title: &str,
    ) -> Result<bool, StoreError> {
        let folded = folded_name(title);
        self.read(|reading| {
            reading.prepare(&sql::UNLINKED_TITLED)?.exists(params![
                pairing,
                side.number(),
                kind.number(),
                folded
            ])
        })
    }

    /// Records that a look-up by identity did not find, once.
    pub fn missed(
        &self,
        pairing: PairingId,
        side: Side,
        kind: Kind,
    ) -> Result<Vec<RemoteId>, StoreError> {
        self.read(|reading| {
            reading
                .prepare(&sql::MISSED)?
                .query_map(params![pairing, side.number(), kind.number()], |row| {
                    row.remote_id(0)
                })?
                .collect()
        })
    }

    /// Takes note that a look-up by identity did not find these, until they are stored anew.
    pub fn miss(
        &self,
        pairing: PairingId,
        keys: &[RecordKey],
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.write_sql(|writing| {
            for key in keys {
                let (side, kind) = (key.side.number(), key.kind.number());
                writing.execute(
                    &sql::MISS,
                    params![pairing, side, kind, coded(&key.id), millis(at)],
                )?;
            }
            Ok(())
        })
    }

    /// How far a look at a side has come.
    pub fn look(&self, pairing: PairingId, side: Side, what: &str) -> Result<Look, StoreError> {
        self.read(|reading| {
            let look = reading
                .query_row(
                    &looks_sql::ONE,
                    params![pairing, side.word(), what],
                    |row| {
                        Ok(Look {
                            cursor: row.get(0)?,
                            began: row.instant_or_none(1)?,
                            ended: row.instant_or_none(2)?,
                        })
                    },
                )
                .optional()?;
            Ok(look.unwrap_or_default())
        })
    }

    /// Takes note of how far a look at a side has come.
    pub fn set_look(
        &self,
        pairing: PairingId,
        side: Side,
        what: &str,
        look: &Look,
    ) -> Result<(), StoreError> {
        self.write_sql(|writing| put_look(writing, pairing, side, what, look))
    }
}

/// Takes note of how far a look at a side has come, in the transaction of what it brought.
pub(crate) fn put_look(
    writing: Writing<'_>,
    pairing: PairingId,
    side: Side,
    what: &str,
    look: &Look,
) -> rusqlite::Result<()> {
    writing.execute(
        &looks_sql::SET,
        params![
            pairing,
            side.word(),
            what,
            look.cursor,
            look.began.map(millis),
            look.ended.map(millis)
        ],
    )?;
    Ok(())
}

/// Carries a departure out. Whatever was an exception of the record is resolved: nothing can be done
/// about a record that is gone.
pub(crate) fn depart(
    writing: Writing<'_>,
    pairing: PairingId,
    departure: &Departure,
    at: DateTime<Utc>,
) -> rusqlite::Result<()> {
    let (key, unlinked) = match departure {
        Departure::Leaves(key) => (key, None),
        Departure::LeavesUnlinked(key, link) => (key, Some(*link)),
        Departure::Ended {
            key,
            record,
            merged_into,
            partner,
        } => {
            let content = json(record.as_ref())?;
            writing.execute(
                &sql::GONE,
                params![
                    pairing,
                    key.side.number(),
                    key.kind.number(),
                    coded(&key.id),
                    pack(Like::Record, &content),
                    state(&Ok(Record::clone(record))),
                    merged_into.as_ref().map(coded),
                    millis(at),
                ],
            )?;
            super::to_do_again(writing, pairing, partner.side, partner.kind, &partner.id)?;
            return exceptions::resolve(writing, pairing, key, at);
        }
        Departure::Renamed(key, to) => {
            let (side, kind) = (key.side.number(), key.kind.number());
            writing.execute(
                &sql::GIVE_NAME_AWAY,
                params![pairing, side, kind, coded(&key.id), coded(to)],
            )?;
            writing.execute(
                &apart_sql::RENAMED,
                params![pairing, side, kind, coded(&key.id), coded(to)],
            )?;
            writing.execute(
                links_sql::RENAMED.on(key.side),
                params![pairing, kind, coded(&key.id), coded(to)],
            )?;
            return exceptions::resolve(writing, pairing, key, at);
        }
    };
    if let Some(link) = unlinked {
        writing.execute(&links_sql::UNLINK, params![pairing, link])?;
    }
    let (side, kind) = (key.side.number(), key.kind.number());
    writing.execute(&sql::REMOVE, params![pairing, side, kind, coded(&key.id)])?;
    crate::apart::forget(writing, pairing, key)?;
    exceptions::resolve(writing, pairing, key, at)
}
