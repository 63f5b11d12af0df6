//! Which value of one side stands for which of the other.

use chrono::{DateTime, Utc};
use ledger::mapping::Mapping;
use ledger::{Mappings, Side};
use rusqlite::params;
use serde::{Deserialize, Serialize};

use crate::db::Writing;
use crate::pairings::bump;
use crate::sql::{Columns, millis};
use crate::statements::mappings as sql;
use crate::{PairingId, Store, StoreError};

/// Who made a mapping.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MappingSource {
    /// A person chose it.
    Person,
    /// It was suggested for this reason and accepted.
    Suggested(String),
}

/// A stored mapping.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedMapping {
    /// The two values.
    pub mapping: Mapping,
    /// Who made it.
    pub source: MappingSource,
    /// When.
    pub set_at: DateTime<Utc>,
}

impl Store {
    /// The mappings of a pairing with their origin, in order.
    pub fn saved_mappings(&self, pairing: PairingId) -> Result<Vec<SavedMapping>, StoreError> {
        self.read(|reading| {
            reading
                .prepare(&sql::ALL)?
                .query_map([pairing], |row| {
                    let source: String = row.get(3)?;
                    let reason: Option<String> = row.get(4)?;
                    Ok(SavedMapping {
                        mapping: Mapping {
                            kind: row.mapping_kind(0)?,
                            xero: row.get(1)?,
                            erpnext: row.get(2)?,
                        },
                        source: if source == "suggested" {
                            MappingSource::Suggested(reason.unwrap_or_default())
                        } else {
                            MappingSource::Person
                        },
                        set_at: row.instant(5)?,
                    })
                })?
                .collect()
        })
    }

    /// The mappings of a pairing, as records are translated by.
    pub fn mappings(&self, pairing: PairingId) -> Result<Mappings, StoreError> {
        Ok(Mappings(
            self.saved_mappings(pairing)?
                .into_iter()
                .map(|saved| saved.mapping)
                .collect(),
        ))
    }

    /// Sets what stands for `from`'s value: replaces what it mapped to before, and goes first, so it
    /// is also the way back where several values share one.
    pub fn set_mapping(
        &self,
        pairing: PairingId,
        from: Side,
        mapping: &Mapping,
        source: &MappingSource,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.write_sql(|writing| {
            writing.execute(
                sql::DELETE_OF.on(from),
                params![pairing, mapping.kind.word(), mapping.key(from)],
            )?;
            insert_mapping(writing, pairing, mapping, source, at, Place::First)?;
            bump(writing, pairing)
        })
    }

    /// Adds several mappings at once (accepted suggestions, an imported file), after those there
    /// are; ones that exist already are left as they are.
    pub fn add_mappings(
        &self,
        pairing: PairingId,
        added: &[(Mapping, MappingSource)],
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        if added.is_empty() {
            return Ok(());
        }
        self.write_sql(|writing| {
            for (mapping, source) in added {
                insert_mapping(writing, pairing, mapping, source, at, Place::Last)?;
            }
            bump(writing, pairing)
        })
    }

    /// Removes a mapping; whether there was one.
    pub fn remove_mapping(
        &self,
        pairing: PairingId,
        mapping: &Mapping,
    ) -> Result<bool, StoreError> {
        self.write_sql(|writing| {
            let removed = writing.execute(
                &sql::REMOVE,
                params![pairing, mapping.kind.word(), mapping.xero, mapping.erpnext],
            )?;
            if removed > 0 {
                bump(writing, pairing)?;
            }
            Ok(removed > 0)
        })
    }
}

/// Where in the order a new mapping goes.
#[derive(Clone, Copy)]
enum Place {
    First,
    Last,
}

fn insert_mapping(
    writing: Writing<'_>,
    pairing: PairingId,
    mapping: &Mapping,
    source: &MappingSource,
    at: DateTime<Utc>,
    place: Place,
) -> rusqlite::Result<()> {
    let insert = match place {
        Place::First => &sql::INSERT_FIRST,
        Place::Last => &sql::INSERT_LAST,
    };
    let (source, reason) = match source {
        MappingSource::Person => ("person", None),
        MappingSource::Suggested(reason) => ("suggested", Some(reason.as_str())),
    };
    writing.execute(
        insert,
        params![
            pairing,
            mapping.kind.word(),
            mapping.xero,
            mapping.erpnext,
            source,
            reason,
            millis(at),
        ],
    )?;
    Ok(())
}
