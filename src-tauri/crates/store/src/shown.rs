//! What a person was shown before something out of the ordinary is written, and that they said yes.

use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension, params};
use serde::{Deserialize, Serialize};

use crate::packed::{Like, pack};
use crate::sql::{Columns, json, millis};
use crate::statements::shown as sql;
use crate::{PairingId, RecordKey, Store, StoreError};

/// What a person was last shown of a pairing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shown {
    /// When; `None` before anything was.
    pub at: Option<DateTime<Utc>>,
    /// Digests of the entries that were in it and need a yes.
    pub entries: Vec<String>,
    /// When a person last said yes to what was shown.
    pub approved_at: Option<DateTime<Utc>>,
}

/// One record, or two that belong together, as a preview listed them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownItem {
    /// The digest of the entry, as in [`Shown::entries`].
    pub entry: String,
    /// What a person calls it.
    pub title: String,
    /// The records it is about.
    pub records: Vec<RecordKey>,
}

impl Store {
    /// What the last preview listed, in its order: the first is number 1.
    pub fn shown_items(&self, pairing: PairingId) -> Result<Vec<ShownItem>, StoreError> {
        self.read(|reading| {
            let found = reading
                .query_row(&sql::ITEMS, [pairing], |row| row.json_or_none(0))
                .optional()?;
            Ok(found.flatten().unwrap_or_default())
        })
    }

    /// Takes note of what a preview lists, so that a person can name some of it by number.
    pub fn note_shown_items(
        &self,
        pairing: PairingId,
        items: &[ShownItem],
    ) -> Result<(), StoreError> {
        self.write_sql(|writing| {
            let items = pack(Like::Request, &json(&items)?);
            writing.execute(&sql::LIST, params![pairing, items])?;
            Ok(())
        })
    }

    /// What a person was last shown of a pairing.
    pub fn shown(&self, pairing: PairingId) -> Result<Shown, StoreError> {
        self.read(|reading| {
            let found = reading
                .query_row(&sql::ONE, [pairing], |row| {
                    Ok(Shown {
                        at: row.instant_or_none(0)?,
                        entries: row.json_or_none(1)?.unwrap_or_default(),
                        approved_at: row.instant_or_none(2)?,
                    })
                })
                .optional()?;
            Ok(found.unwrap_or_default())
        })
    }

    /// Takes note of what a person is shown now; what was shown before no longer counts.
    pub fn note_shown(
        &self,
        pairing: PairingId,
        entries: &[String],
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.write_sql(|writing| {
            let entries = pack(Like::Request, &json(&entries)?);
            writing.execute(&sql::SHOW, params![pairing, millis(at), entries])?;
            Ok(())
        })
    }

    /// Takes note that a person said yes to what was shown.
    pub fn note_approved(&self, pairing: PairingId, at: DateTime<Utc>) -> Result<(), StoreError> {
        self.write_sql(|writing| {
            writing.execute(&sql::APPROVE, params![pairing, millis(at)])?;
            Ok(())
        })
    }
}
