//! Records as last read from each side, and how far each side has been read.

mod ends;
mod find;
pub(crate) mod place;
mod put;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use ledger::contact::folded_name;
use ledger::{Kind, Record, RemoteId, Side, Version};
use rusqlite::{OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};

use crate::codes::{Numbered, coded};
use crate::sql::Columns;
use crate::statements::records as sql;
use crate::{LinkId, PairingId, Store, StoreError};

pub use ends::{Departure, Known, Look};
pub(crate) use ends::{depart, put_look};
pub use find::{Found, Place, RecordQuery, RecordStanding};
use put::set_cursor;
pub(crate) use put::{
    Mark, Put, Ready, RecordState, contact_of, content_of, dealt_with, put, to_do_again,
};

/// Names one record of a pairing.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RecordKey {
    /// The side it is on.
    pub side: Side,
    /// Its kind.
    pub kind: Kind,
    /// Its identity there.
    pub id: RemoteId,
}

impl RecordKey {
    /// Names a record.
    pub fn new(side: Side, kind: Kind, id: impl Into<String>) -> Self {
        Self {
            side,
            kind,
            id: RemoteId(id.into()),
        }
    }
}

/// A record as read from a side, on its way into the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordRow {
    /// Its identity there.
    pub id: RemoteId,
    /// How it stood.
    pub version: Version,
    /// The counterpart's identity, where our marker is on the record.
    pub marker: Option<RemoteId>,
    /// The record, or why it could not be read.
    pub record: Result<Record, UnreadableRow>,
    /// The record this one was merged into.
    pub merged_into: Option<RemoteId>,
    /// What tells it from any other record that has or had its identity; `None` where identities are
    /// never given out twice, and where it is not known.
    pub born: Option<String>,
}

/// A row that could not be read: kept with its raw body and shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnreadableRow {
    /// What a person can call it.
    pub title: String,
    /// Which field could not be read, and why.
    pub why: String,
    /// The raw body as received.
    pub raw: String,
}

/// A record as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRecord {
    /// The side it is on.
    pub side: Side,
    /// Its kind.
    pub kind: Kind,
    /// The record as read.
    pub row: RecordRow,
    /// Whether it has been read anew or with other content since a run last dealt with it.
    pub changed: bool,
    /// When it was last read.
    pub pulled_at: DateTime<Utc>,
    /// Its link, where it has one.
    pub link: Option<LinkId>,
    /// Since when it is known to be gone from its side.
    pub gone: Option<DateTime<Utc>>,
}

impl StoredRecord {
    /// The record's name within its pairing.
    pub fn key(&self) -> RecordKey {
        RecordKey {
            side: self.side,
            kind: self.kind,
            id: self.row.id.clone(),
        }
    }

    /// What a person calls it.
    pub fn title(&self) -> &str {
        match &self.row.record {
            Ok(record) => record.title(),
            Err(unreadable) => &unreadable.title,
        }
    }
}

/// What storing a page made of its rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StoredPage {
    /// Never seen before.
    pub new: u64,
    /// Seen before, with other content.
    pub changed: u64,
    /// Seen before with the same content.
    pub same: u64,
}

/// Where the counterpart of a linked record stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counterpart {
    /// Its identity on the other side.
    pub id: RemoteId,
    /// Whether it has come to its end there (voided, archived); `false` where it is not stored or
    /// could not be read.
    pub ended: bool,
}

/// Which records to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// All of them.
    All,
    /// Those a run has to look at: changed since one dealt with them, without a link, or with an
    /// open exception. Their counterparts are not included: read these by identity.
    ToDo,
}

fn read(row: &Row<'_>) -> rusqlite::Result<StoredRecord> {
    let record = match row.json_or_none::<Record>(7)? {
        Some(mut record) => {
            // A list read from JSON has room for more lines than most documents have.
            if let Some(document) = record.document_mut() {
                document.lines.shrink_to_fit();
            }
            Ok(record)
        }
        None => Err(UnreadableRow {
            title: row.get(6)?,
            why: row.get::<_, Option<String>>(8)?.unwrap_or_default(),
            raw: row.text_or_none(9)?.unwrap_or_default().into_owned(),
        }),
    };
    Ok(StoredRecord {
        side: row.side(0)?,
        kind: row.kind(1)?,
        row: RecordRow {
            id: row.remote_id(2)?,
            version: row.version(3)?,
            marker: row.remote_id_or_none(4)?,
            merged_into: row.remote_id_or_none(5)?,
            record,
            born: row.moment_or_none(13)?,
        },
        changed: row.get(10)?,
        pulled_at: row.instant(11)?,
        link: row.get(12)?,
        gone: row.instant_or_none(14)?,
    })
}

/// Records in the order of their identities.
fn in_order(mut records: Vec<StoredRecord>) -> Vec<StoredRecord> {
    records.sort_by(|one, other| one.row.id.cmp(&other.row.id));
    records
}

impl Store {
    /// Stores a page of read records together with the cursor behind it, in one transaction.
    pub fn store_page(
        &self,
        pairing: PairingId,
        side: Side,
        kind: Kind,
        rows: &[RecordRow],
        cursor: &str,
        at: DateTime<Utc>,
    ) -> Result<StoredPage, StoreError> {
        let ready = self.ready(rows)?;
        let stored = self.write_sql(|writing| {
            let mut stored = StoredPage::default();
            for row in &ready {
                match put(writing, pairing, side, kind, row, at, Mark::IfDifferent)? {
                    Put::New => stored.new += 1,
                    Put::Changed => stored.changed += 1,
                    Put::Same => stored.same += 1,
                }
            }
            set_cursor(writing, pairing, side, kind, cursor, at)?;
            Ok(stored)
        })?;
        self.grew(stored.new);
        Ok(stored)
    }

    /// Stores records that were looked up outside the feed; the cursor stays.
    pub fn store_found(
        &self,
        pairing: PairingId,
        side: Side,
        kind: Kind,
        rows: &[RecordRow],
        at: DateTime<Utc>,
    ) -> Result<StoredPage, StoreError> {
        let ready = self.ready(rows)?;
        self.write_sql(|writing| {
            let mut stored = StoredPage::default();
            for row in &ready {
                match put(writing, pairing, side, kind, row, at, Mark::IfDifferent)? {
                    Put::New => stored.new += 1,
                    Put::Changed => stored.changed += 1,
                    Put::Same => stored.same += 1,
                }
            }
            Ok(stored)
        })
    }

    /// Rows made ready to be stored, outside any transaction.
    fn ready<'r>(&self, rows: &'r [RecordRow]) -> Result<Vec<Ready<'r>>, StoreError> {
        let ready: rusqlite::Result<_> = rows.iter().map(Ready::of).collect();
        ready.map_err(|error| self.sorted(&error))
    }

    /// How far a side has been read; `None` at the beginning.
    pub fn cursor(
        &self,
        pairing: PairingId,
        side: Side,
        kind: Kind,
    ) -> Result<Option<String>, StoreError> {
        self.read(|reading| {
            let key = params![pairing, side.word(), kind.word()];
            reading
                .query_row(&sql::CURSOR, key, |row| row.get(0))
                .optional()
        })
    }

    /// When a side was last read for records of a kind; `None` where it never was.
    pub fn read_at(
        &self,
        pairing: PairingId,
        side: Side,
        kind: Kind,
    ) -> Result<Option<DateTime<Utc>>, StoreError> {
        self.read(|reading| {
            let key = params![pairing, side.word(), kind.word()];
            reading
                .query_row(&sql::READ_AT, key, |row| row.instant(0))
                .optional()
        })
    }

    /// What settles the invoices of a contact of a side: its payments and credit notes, in the order of
    /// their identities.
    pub fn settling(
        &self,
        pairing: PairingId,
        side: Side,
        contact: &RemoteId,
    ) -> Result<Vec<StoredRecord>, StoreError> {
        self.read(|reading| {
            reading
                .prepare(&sql::SETTLING)?
                .query_map(params![pairing, side.number(), coded(contact)], read)?
                .collect()
        })
        .map(in_order)
    }

    /// Forgets how far a kind of a side was read: the next run reads it from the beginning.
    pub fn read_anew(&self, pairing: PairingId, side: Side, kind: Kind) -> Result<(), StoreError> {
        self.write_sql(|writing| {
            let key = params![pairing, side.word(), kind.word()];
            writing.execute(&sql::FORGET_CURSOR, key)?;
            Ok(())
        })
    }

    /// Has all linked records of a kind looked at again, as they are stored: what they refer to stands for
    /// another record now.
    pub fn all_to_do(&self, pairing: PairingId, side: Side, kind: Kind) -> Result<(), StoreError> {
        self.write_sql(|writing| {
            writing.execute(
                &sql::ALL_TO_DO,
                params![pairing, side.number(), kind.number()],
            )?;
            Ok(())
        })
    }

    /// Records of a kind, of both sides, ordered by side and identity.
    pub fn records(
        &self,
        pairing: PairingId,
        kind: Kind,
        scope: Scope,
    ) -> Result<Vec<StoredRecord>, StoreError> {
        let mut records = Vec::new();
        self.records_each(pairing, kind, scope, |record| records.push(record))?;
        Ok(records)
    }

    /// Hands each of [`Store::records`] to `each`, in the same order, without holding them all.
    pub fn records_each(
        &self,
        pairing: PairingId,
        kind: Kind,
        scope: Scope,
        mut each: impl FnMut(StoredRecord),
    ) -> Result<(), StoreError> {
        for side in Side::BOTH {
            self.records_of_side(pairing, side, kind, scope, &mut each)?;
        }
        Ok(())
    }

    /// The same of one side.
    pub fn records_of_side(
        &self,
        pairing: PairingId,
        side: Side,
        kind: Kind,
        scope: Scope,
        mut each: impl FnMut(StoredRecord),
    ) -> Result<(), StoreError> {
        let statement = match scope {
            Scope::All => &sql::ALL_OF,
            Scope::ToDo => &sql::TO_DO,
        };
        self.read(|reading| {
            let mut query = reading.prepare(statement)?;
            for record in query.query_map(params![pairing, side.number(), kind.number()], read)? {
                each(record?);
            }
            Ok(())
        })
    }

    /// Some records of a side, by identity; absent ones are not in the answer.
    pub fn records_by_ids(
        &self,
        pairing: PairingId,
        side: Side,
        kind: Kind,
        ids: &[RemoteId],
    ) -> Result<BTreeMap<RemoteId, StoredRecord>, StoreError> {
        self.read(|reading| {
            let _whole = reading.snapshot()?;
            let mut query = reading.prepare(&sql::BY_ID)?;
            let mut found = BTreeMap::new();
            for id in ids {
                let record = query
                    .query_row(
                        params![pairing, side.number(), kind.number(), coded(id)],
                        read,
                    )
                    .optional()?;
                if let Some(record) = record {
                    found.insert(id.clone(), record);
                }
            }
            Ok(found)
        })
    }

    /// The counterparts of some records of a side, by the records' identities; those without a link
    /// are not in the answer.
    pub fn counterparts<'i>(
        &self,
        pairing: PairingId,
        side: Side,
        kind: Kind,
        ids: impl IntoIterator<Item = &'i RemoteId>,
    ) -> Result<BTreeMap<RemoteId, Counterpart>, StoreError> {
        let (id_there, state_there) = match side {
            Side::Xero => (1, 3),
            Side::Erpnext => (0, 2),
        };
        self.read(|reading| {
            let _whole = reading.snapshot()?;
            let mut query = reading.prepare(sql::PAIR.on(side))?;
            let mut found = BTreeMap::new();
            for id in ids {
                let counterpart = query
                    .query_row(params![pairing, kind.number(), coded(id)], |row| {
                        let state: Option<RecordState> = row.get(state_there)?;
                        Ok(Counterpart {
                            id: row.remote_id(id_there)?,
                            ended: state.is_some_and(RecordState::has_ended),
                        })
                    })
                    .optional()?;
                if let Some(counterpart) = counterpart {
                    found.insert(id.clone(), counterpart);
                }
            }
            Ok(found)
        })
    }

    /// Records of a side that have ended because they were merged into another, with that one.
    pub fn merged(
        &self,
        pairing: PairingId,
        side: Side,
        kind: Kind,
    ) -> Result<BTreeMap<RemoteId, RemoteId>, StoreError> {
        self.read(|reading| {
            reading
                .prepare(&sql::MERGED)?
                .query_map(params![pairing, side.number(), kind.number()], |row| {
                    Ok((row.remote_id(0)?, row.remote_id(1)?))
                })?
                .collect()
        })
    }

    /// Which of these records of a side are not stored.
    pub fn absent<'i>(
        &self,
        pairing: PairingId,
        side: Side,
        kind: Kind,
        ids: impl IntoIterator<Item = &'i RemoteId>,
    ) -> Result<Vec<RemoteId>, StoreError> {
        self.read(|reading| {
            let _whole = reading.snapshot()?;
            let mut query = reading.prepare(&sql::IS_THERE)?;
            let mut absent = Vec::new();
            for id in ids {
                if !query.exists(params![pairing, side.number(), kind.number(), coded(id)])? {
                    absent.push(id.clone());
                }
            }
            Ok(absent)
        })
    }

    /// One record.
    pub fn record(
        &self,
        pairing: PairingId,
        key: &RecordKey,
    ) -> Result<Option<StoredRecord>, StoreError> {
        Ok(self
            .records_by_ids(pairing, key.side, key.kind, std::slice::from_ref(&key.id))?
            .remove(&key.id))
    }

    /// Hands `each` the linked records of a side whose folded title (name or number) is that of one
    /// of these texts, text by text.
    pub fn linked_by_titles<'t>(
        &self,
        pairing: PairingId,
        side: Side,
        kind: Kind,
        titles: impl IntoIterator<Item = &'t str>,
        mut each: impl FnMut(StoredRecord),
    ) -> Result<(), StoreError> {
        self.read(|reading| {
            // One transaction around all: tens of thousands of look-ups would each take the file's
            // locks otherwise.
            let _whole = reading.snapshot()?;
            let mut query = reading.prepare(&sql::LINKED_BY_TITLE)?;
            for title in titles {
                let folded = folded_name(title);
                let values = params![pairing, side.number(), kind.number(), folded];
                let titled: rusqlite::Result<_> = query.query_map(values, read)?.collect();
                in_order(titled?).into_iter().for_each(&mut each);
            }
            Ok(())
        })
    }

    /// The records of a side whose folded title (name or number) is that of this text.
    pub fn records_titled(
        &self,
        pairing: PairingId,
        side: Side,
        kind: Kind,
        title: &str,
    ) -> Result<Vec<StoredRecord>, StoreError> {
        self.read(|reading| {
            let values = params![pairing, side.number(), kind.number(), folded_name(title)];
            reading
                .prepare(&sql::TITLED)?
                .query_map(values, read)?
                .collect()
        })
        .map(in_order)
    }
}
