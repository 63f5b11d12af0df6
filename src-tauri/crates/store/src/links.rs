//! Links: the identity of one record on both sides, with the base both last agreed on.

use chrono::{DateTime, Utc};
use ledger::{Kind, Record, RemoteId, Side, Version};
use rusqlite::types::Value;
use rusqlite::{OptionalExtension, Row, ToSql, params};
use serde::{Deserialize, Serialize};

use crate::codes::{Numbered, coded, moment};
use crate::db::Writing;
use crate::packed::{Like, pack};
use crate::sql::{Columns, json, millis, numbers, row_id};
use crate::statements::links as sql;
use crate::{PairingId, RunId, Store, StoreError, records};

/// A base that is the record as it is stored under the link's identity of that side.
const AS_STORED: i64 = 1;

row_id! {
    /// Names a link.
    pub struct LinkId;
}

numbers! {
    /// How a link stands.
    pub enum LinkState {
        /// Both records are kept in agreement.
        Active = "active",
        /// Both records have come to their end (voided, deleted, vanished).
        Ended = "ended",
    }
}

/// A link as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// Its number.
    pub id: LinkId,
    /// The records' kind.
    pub kind: Kind,
    /// The record's identity in Xero.
    pub xero_id: RemoteId,
    /// The record's identity in ERPNext.
    pub erpnext_id: RemoteId,
    /// Xero's record when both last agreed.
    pub base_xero: Option<Record>,
    /// ERPNext's record when both last agreed.
    pub base_erpnext: Option<Record>,
    /// Xero's version of it.
    pub xero_version: Option<Version>,
    /// ERPNext's version of it.
    pub erpnext_version: Option<Version>,
    /// How it stands.
    pub state: LinkState,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When its base was last set.
    pub settled_at: DateTime<Utc>,
}

impl Link {
    /// The record's identity on a side.
    pub const fn on(&self, side: Side) -> &RemoteId {
        match side {
            Side::Xero => &self.xero_id,
            Side::Erpnext => &self.erpnext_id,
        }
    }

    /// The base of a side.
    pub const fn base(&self, side: Side) -> Option<&Record> {
        match side {
            Side::Xero => self.base_xero.as_ref(),
            Side::Erpnext => self.base_erpnext.as_ref(),
        }
    }
}

/// A link to make or to bring up to date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkWrite {
    /// The link to change; `None` makes one, or brings the one between these two records up to date.
    pub id: Option<LinkId>,
    /// The records' kind.
    pub kind: Kind,
    /// The record's identity in Xero.
    pub xero_id: RemoteId,
    /// The record's identity in ERPNext.
    pub erpnext_id: RemoteId,
    /// Xero's record, where both agree now; `None` keeps the base there is.
    pub base_xero: Option<Record>,
    /// ERPNext's record, where both agree now; `None` keeps the base there is.
    pub base_erpnext: Option<Record>,
    /// Xero's version; `None` keeps what there is.
    pub xero_version: Option<Version>,
    /// ERPNext's version; `None` keeps what there is.
    pub erpnext_version: Option<Version>,
    /// How it stands.
    pub state: LinkState,
}

fn read(row: &Row<'_>) -> rusqlite::Result<Link> {
    Ok(Link {
        id: row.get(0)?,
        kind: row.kind(1)?,
        xero_id: row.remote_id(2)?,
        erpnext_id: row.remote_id(3)?,
        base_xero: row.json_or_none(4)?,
        base_erpnext: row.json_or_none(5)?,
        xero_version: row.version_or_none(6)?,
        erpnext_version: row.version_or_none(7)?,
        state: row.get(8)?,
        created_at: row.instant(9)?,
        settled_at: row.instant(10)?,
    })
}

impl Store {
    /// All links of a kind, in the order of Xero's identities.
    pub fn links(&self, pairing: PairingId, kind: Kind) -> Result<Vec<Link>, StoreError> {
        self.read(|reading| {
            reading
                .prepare(&sql::ALL)?
                .query_map(params![pairing, kind.number()], read)?
                .collect()
        })
    }

    /// The link of a record.
    pub fn link_of(
        &self,
        pairing: PairingId,
        kind: Kind,
        side: Side,
        id: &RemoteId,
    ) -> Result<Option<Link>, StoreError> {
        self.read(|reading| {
            reading
                .query_row(
                    sql::OF.on(side),
                    params![pairing, kind.number(), coded(id)],
                    read,
                )
                .optional()
        })
    }

    /// Whether any records of a kind are linked, or were before they ended.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn any_linked(&self, pairing: PairingId, kind: Kind) -> Result<bool, StoreError> {
        self.read(|reading| {
            reading.query_row(&sql::ANY, params![pairing, kind.number()], |row| row.get(0))
        })
    }

    /// How many links of a kind are active.
    pub fn active_links(&self, pairing: PairingId, kind: Kind) -> Result<u64, StoreError> {
        self.read(|reading| {
            let count = |statement| {
                reading.query_row(statement, params![pairing, kind.number()], |row| {
                    row.count(0)
                })
            };
            Ok(count(&sql::COUNT)?.saturating_sub(count(&sql::COUNT_ENDED)?))
        })
    }
}

/// How a base is kept: [`AS_STORED`] where it is the record as it is stored, which is nearly always,
/// else a copy. Triggers of the schema make a copy of the former before the stored record changes.
fn kept(
    writing: Writing<'_>,
    pairing: PairingId,
    side: Side,
    kind: Kind,
    id: &RemoteId,
    base: &Record,
) -> rusqlite::Result<Box<dyn ToSql>> {
    let base = json(base)?;
    let stored = records::content_of(writing, pairing, side, kind, id)?;
    Ok(if stored.as_deref() == Some(&base) {
        Box::new(AS_STORED)
    } else {
        Box::new(pack(Like::Record, &base))
    })
}

/// A version as a column holds it.
fn coded_version(version: Option<&Version>) -> Option<Value> {
    version.map(|version| moment(version.as_str()))
}

/// Makes or changes a link within a settlement. A record that is linked to another counterpart
/// already fails on the unique index, and the whole settlement with it.
pub(crate) fn put(
    writing: Writing<'_>,
    pairing: PairingId,
    run: Option<RunId>,
    write: &LinkWrite,
    at: DateTime<Utc>,
) -> rusqlite::Result<LinkId> {
    let id = match write.id {
        Some(id) => Some(id),
        None => writing
            .query_row(
                &sql::FIND,
                params![
                    pairing,
                    write.kind.number(),
                    coded(&write.xero_id),
                    coded(&write.erpnext_id)
                ],
                |row| row.get(0),
            )
            .optional()?,
    };
    let base = |side: Side, id: &RemoteId, base: &Option<Record>| {
        base.as_ref()
            .map(|record| kept(writing, pairing, side, write.kind, id, record))
            .transpose()
    };
    let base_xero = base(Side::Xero, &write.xero_id, &write.base_xero)?;
    let base_erpnext = base(Side::Erpnext, &write.erpnext_id, &write.base_erpnext)?;
    if let Some(id) = id {
        let changed = writing.execute(
            &sql::CHANGE,
            params![
                pairing,
                id,
                coded(&write.xero_id),
                coded(&write.erpnext_id),
                base_xero,
                base_erpnext,
                coded_version(write.xero_version.as_ref()),
                coded_version(write.erpnext_version.as_ref()),
                write.state,
                millis(at),
                run,
            ],
        )?;
        if changed != 1 {
            return Err(rusqlite::Error::QueryReturnedNoRows);
        }
        look_again(writing, pairing, id, write)?;
        return Ok(id);
    }
    writing.execute(
        &sql::MAKE,
        params![
            pairing,
            write.kind.number(),
            coded(&write.xero_id),
            coded(&write.erpnext_id),
            base_xero,
            base_erpnext,
            coded_version(write.xero_version.as_ref()),
            coded_version(write.erpnext_version.as_ref()),
            write.state,
            millis(at),
            run,
        ],
    )?;
    let id = LinkId(writing.last_id());
    look_again(writing, pairing, id, write)?;
    Ok(id)
}

/// Takes two records apart.
pub(crate) fn unlink(
    writing: Writing<'_>,
    pairing: PairingId,
    link: LinkId,
) -> rusqlite::Result<()> {
    writing.execute(&sql::UNLINK, params![pairing, link])?;
    Ok(())
}

/// Forgets what two linked records agreed on.
pub(crate) fn forget_base(
    writing: Writing<'_>,
    pairing: PairingId,
    link: LinkId,
) -> rusqlite::Result<()> {
    writing.execute(&sql::FORGET_BASE, params![pairing, link])?;
    Ok(())
}

/// Two records that are linked and were never seen to agree stay to do, however long ago they were
/// read: nothing else would have them compared.
fn look_again(
    writing: Writing<'_>,
    pairing: PairingId,
    id: LinkId,
    write: &LinkWrite,
) -> rusqlite::Result<()> {
    let stated = write.base_xero.is_some() && write.base_erpnext.is_some();
    if stated || write.state == LinkState::Ended {
        return Ok(());
    }
    let agreed = |row: &Row<'_>| row.get::<_, bool>(0);
    if writing.query_row(&sql::AGREED, params![pairing, id], agreed)? {
        return Ok(());
    }
    for (side, id) in [
        (Side::Xero, &write.xero_id),
        (Side::Erpnext, &write.erpnext_id),
    ] {
        records::to_do_again(writing, pairing, side, write.kind, id)?;
    }
    Ok(())
}
