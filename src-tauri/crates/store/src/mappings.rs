//! Which value of one side stands for which of the other.

use chrono::{DateTime, Utc};
use ledger::mapping::Mapping;
use ledger::{Mappings, Side};
use rusqlite::{Transaction, params};
use serde::{Deserialize, Serialize};

use crate::pairings::bump;
use crate::sql::{Columns, millis};
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
        self.read(|connection| {
            connection
                .prepare_cached(
                    "SELECT kind, xero, erpnext, source, reason, set_at FROM mappings
                     WHERE pairing = ?1 ORDER BY kind, position, xero, erpnext",
                )?
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
        self.write_sql(|transaction| {
            transaction.execute(
                &format!(
                    "DELETE FROM mappings WHERE pairing = ?1 AND kind = ?2 AND {} = ?3",
                    from.word()
                ),
                params![pairing, mapping.kind.word(), mapping.key(from)],
            )?;
            insert_mapping(transaction, pairing, mapping, source, at, Place::First)?;
            bump(transaction, pairing)
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
        self.write_sql(|transaction| {
            for (mapping, source) in added {
                insert_mapping(transaction, pairing, mapping, source, at, Place::Last)?;
            }
            bump(transaction, pairing)
        })
    }

    /// Removes a mapping; whether there was one.
    pub fn remove_mapping(
        &self,
        pairing: PairingId,
        mapping: &Mapping,
    ) -> Result<bool, StoreError> {
        self.write_sql(|transaction| {
            let removed = transaction.execute(
                "DELETE FROM mappings WHERE pairing = ?1 AND kind = ?2 AND xero = ?3 AND erpnext = ?4",
                params![pairing, mapping.kind.word(), mapping.xero, mapping.erpnext],
            )?;
            if removed > 0 {
                bump(transaction, pairing)?;
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
    transaction: &Transaction<'_>,
    pairing: PairingId,
    mapping: &Mapping,
    source: &MappingSource,
    at: DateTime<Utc>,
    place: Place,
) -> rusqlite::Result<()> {
    let position = match place {
        Place::First => "min(position), 0) - 1",
        Place::Last => "max(position), 0) + 1",
    };
    let (source, reason) = match source {
        MappingSource::Person => ("person", None),
        MappingSource::Suggested(reason) => ("suggested", Some(reason.as_str())),
    };
    transaction.execute(
        &format!(
            "INSERT INTO mappings (pairing, kind, xero, erpnext, position, source, reason, set_at)
             VALUES (?1, ?2, ?3, ?4,
               (SELECT coalesce({position} FROM mappings WHERE pairing = ?1 AND kind = ?2),
               ?5, ?6, ?7)
             ON CONFLICT DO NOTHING"
        ),
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
