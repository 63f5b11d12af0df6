//! Which value of one side stands for which of the other, each way for itself.

use chrono::{DateTime, Utc};
use ledger::mapping::{Choice, Directory, KnownValue, Mapping, MappingKind, Renamed, seen};
use ledger::{Mappings, Side};
use rusqlite::params;
use serde::{Deserialize, Serialize};

use crate::db::{Reading, Writing};
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

/// One way of a mapping, as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedMapping {
    /// The two values, under the keys that they have now.
    pub mapping: Mapping,
    /// Who made it.
    pub source: MappingSource,
    /// When.
    pub set_at: DateTime<Utc>,
}

/// A mapping as its row holds it: by what its values stay known by.
struct Kept {
    by_id: Mapping,
    source: MappingSource,
    set_at: DateTime<Utc>,
}

fn kept(reading: Reading<'_>, pairing: PairingId) -> rusqlite::Result<Vec<Kept>> {
    reading
        .prepare(&sql::ALL)?
        .query_map([pairing], |row| {
            let source: String = row.get(4)?;
            let reason: Option<String> = row.get(5)?;
            Ok(Kept {
                by_id: Mapping {
                    kind: row.mapping_kind(0)?,
                    from: row.side(1)?,
                    key: row.get(2)?,
                    to: row.get(3)?,
                },
                source: if source == "suggested" {
                    MappingSource::Suggested(reason.unwrap_or_default())
                } else {
                    MappingSource::Person
                },
                set_at: row.instant(6)?,
            })
        })?
        .collect()
}

fn directory(reading: Reading<'_>, pairing: PairingId) -> rusqlite::Result<Directory> {
    let values = reading
        .prepare(&sql::VALUES)?
        .query_map([pairing], |row| {
            Ok(KnownValue {
                kind: row.mapping_kind(0)?,
                side: row.side(1)?,
                key: row.get(2)?,
                id: row.get(3)?,
                also: row.get(4)?,
                name: row.get(5)?,
                former: row.get(6)?,
            })
        })?
        .collect::<rusqlite::Result<_>>()?;
    Ok(Directory::new(values))
}

impl Store {
    /// The mappings of a pairing with their origin, by kind, side and key. One whose value, or whose
    /// counterpart, lost its key to another value is not in it.
    pub fn saved_mappings(&self, pairing: PairingId) -> Result<Vec<SavedMapping>, StoreError> {
        self.read(|reading| {
            let _whole = reading.snapshot()?;
            let directory = directory(reading, pairing)?;
            let mut saved: Vec<SavedMapping> = kept(reading, pairing)?
                .into_iter()
                .filter_map(|kept| {
                    let Mapping {
                        kind,
                        from,
                        ref key,
                        ref to,
                    } = kept.by_id;
                    Some(SavedMapping {
                        mapping: Mapping {
                            kind,
                            from,
                            key: directory.key_of(kind, from, key)?.to_owned(),
                            to: directory.key_of(kind, from.other(), to)?.to_owned(),
                        },
                        source: kept.source,
                        set_at: kept.set_at,
                    })
                })
                .collect();
            saved.sort_by(|left, right| left.mapping.cmp(&right.mapping));
            Ok(saved)
        })
    }

    /// The mappings of a pairing, as records are translated by: under every key that records may
    /// carry a value, former ones included.
    pub fn mappings(&self, pairing: PairingId) -> Result<Mappings, StoreError> {
        self.read(|reading| {
            let _whole = reading.snapshot()?;
            let directory = directory(reading, pairing)?;
            Ok(kept(reading, pairing)?
                .iter()
                .flat_map(|kept| directory.ways(&kept.by_id))
                .collect())
        })
    }

    /// The accounts and tax rates that the sides of a pairing offer or once offered.
    pub fn known_values(&self, pairing: PairingId) -> Result<Directory, StoreError> {
        self.read(|reading| directory(reading, pairing))
    }

    /// Takes note of what a side offers now, so that a mapping goes with a value that is renamed, and
    /// returns those that were.
    pub fn see_values(
        &self,
        pairing: PairingId,
        side: Side,
        kind: MappingKind,
        offered: &[Choice],
    ) -> Result<Vec<Renamed>, StoreError> {
        let known = self.known_values(pairing)?;
        // Most runs teach nothing, and take no lock then.
        if seen(kind, side, known.values(), offered).is_empty() {
            return Ok(Vec::new());
        }
        self.write_sql(|writing| {
            let known = directory(*writing, pairing)?;
            let found = seen(kind, side, known.values(), offered);
            for (before, now) in &found.moved {
                let (kind, from, back) = (kind.word(), side.word(), side.other().word());
                writing.execute(&sql::MOVE_VALUE, params![pairing, kind, from, before, now])?;
                writing.execute(&sql::REMOVE, params![pairing, kind, from, before])?;
                writing.execute(
                    &sql::MOVE_COUNTERPART,
                    params![pairing, kind, back, before, now],
                )?;
            }
            for value in &found.values {
                writing.execute(
                    &sql::PUT_VALUE,
                    params![
                        pairing,
                        value.kind.word(),
                        value.side.word(),
                        value.key,
                        value.id,
                        value.also,
                        value.name,
                        value.former,
                    ],
                )?;
            }
            Ok(found.renamed)
        })
    }

    /// Sets what stands for a value on the other side. What stands for that on this side stays as it
    /// is.
    pub fn set_mapping(
        &self,
        pairing: PairingId,
        mapping: &Mapping,
        source: &MappingSource,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.write_sql(|writing| {
            put(writing, pairing, mapping, source, at, Place::Taken)?;
            bump(writing, pairing)
        })
    }

    /// Adds several at once (accepted suggestions, an imported file), each where its value has no
    /// counterpart yet; how many were added.
    pub fn add_mappings(
        &self,
        pairing: PairingId,
        added: &[(Mapping, MappingSource)],
        at: DateTime<Utc>,
    ) -> Result<usize, StoreError> {
        if added.is_empty() {
            return Ok(0);
        }
        self.write_sql(|writing| {
            let mut count = 0;
            for (mapping, source) in added {
                count += put(writing, pairing, mapping, source, at, Place::Free)?;
            }
            bump(writing, pairing)?;
            Ok(count)
        })
    }

    /// Removes what stands for a value on the other side; whether something did.
    pub fn remove_mapping(
        &self,
        pairing: PairingId,
        kind: MappingKind,
        from: Side,
        key: &str,
    ) -> Result<bool, StoreError> {
        self.write_sql(|writing| {
            let directory = directory(*writing, pairing)?;
            let id = directory.id_of(kind, from, key);
            let removed =
                writing.execute(&sql::REMOVE, params![pairing, kind.word(), from.word(), id])?;
            if removed > 0 {
                bump(writing, pairing)?;
            }
            Ok(removed > 0)
        })
    }
}

/// Whether a mapping takes the place of the one there is.
#[derive(Clone, Copy)]
enum Place {
    /// It does.
    Taken,
    /// It is only made where there is none.
    Free,
}

fn put(
    writing: Writing<'_>,
    pairing: PairingId,
    mapping: &Mapping,
    source: &MappingSource,
    at: DateTime<Utc>,
    place: Place,
) -> rusqlite::Result<usize> {
    let statement = match place {
        Place::Taken => &sql::SET,
        Place::Free => &sql::ADD,
    };
    let (source, reason) = match source {
        MappingSource::Person => ("person", None),
        MappingSource::Suggested(reason) => ("suggested", Some(reason.as_str())),
    };
    let directory = directory(*writing, pairing)?;
    let (kind, from) = (mapping.kind, mapping.from);
    writing.execute(
        statement,
        params![
            pairing,
            kind.word(),
            from.word(),
            directory.id_of(kind, from, &mapping.key),
            directory.id_of(kind, from.other(), &mapping.to),
            source,
            reason,
            millis(at),
        ],
    )
}
