//! Pairings, their rules and their mappings.

use chrono::{DateTime, NaiveDate, Utc};
use ledger::mapping::Mapping;
use ledger::{Currency, Kind, Mappings, Side};
use rusqlite::{OptionalExtension, Row, Transaction, params};
use serde::{Deserialize, Serialize};

use crate::sql::{Columns, json, millis, row_id, words};
use crate::{ConnectionId, Store, StoreError};

row_id! {
    /// Names a pairing.
    pub struct PairingId;
}

/// One organisation matched with one company.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pairing {
    /// Its number.
    pub id: PairingId,
    /// What a person calls it; unique among those not ended.
    pub name: String,
    /// The Xero login.
    pub xero_connection: ConnectionId,
    /// The organisation's tenant id.
    pub xero_tenant: String,
    /// The organisation's name.
    pub xero_name: String,
    /// The ERPNext login.
    pub erpnext_connection: ConnectionId,
    /// The company's name, which is its identity.
    pub erpnext_company: String,
    /// The base currency of both.
    pub base_currency: Currency,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When a person accepted the first preview; nothing is written before.
    pub first_preview_accepted_at: Option<DateTime<Utc>>,
    /// Further settings.
    pub settings: serde_json::Value,
    /// Grows with every change to its rules and mappings.
    pub revision: i64,
}

/// What a new pairing needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPairing {
    /// What a person calls it.
    pub name: String,
    /// The Xero login.
    pub xero_connection: ConnectionId,
    /// The organisation's tenant id.
    pub xero_tenant: String,
    /// The organisation's name.
    pub xero_name: String,
    /// The ERPNext login.
    pub erpnext_connection: ConnectionId,
    /// The company's name.
    pub erpnext_company: String,
    /// The base currency of both.
    pub base_currency: Currency,
    /// Further settings.
    pub settings: serde_json::Value,
}

words! {
    /// Which way records of a kind travel.
    pub enum Direction {
        /// Both ways.
        Both = "both",
        /// From ERPNext to Xero only.
        ToXero = "to_xero",
        /// From Xero to ERPNext only.
        ToErpnext = "to_erpnext",
        /// Not at all.
        Off = "off",
    }
}

impl Direction {
    /// Whether records may be written to a side.
    pub const fn writes_to(self, side: Side) -> bool {
        match (self, side) {
            (Direction::Both, _)
            | (Direction::ToXero, Side::Xero)
            | (Direction::ToErpnext, Side::Erpnext) => true,
            (Direction::ToXero, Side::Erpnext)
            | (Direction::ToErpnext, Side::Xero)
            | (Direction::Off, _) => false,
        }
    }
}

/// The rule for one kind of record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// The kind.
    pub kind: Kind,
    /// Which way.
    pub direction: Direction,
    /// Documents dated before this day are left alone.
    pub start_date: Option<NaiveDate>,
    /// Defaults and policies.
    pub settings: serde_json::Value,
}

impl Rule {
    /// The rule of a kind that nobody has set: both ways, from the beginning.
    pub fn unset(kind: Kind) -> Self {
        Self {
            kind,
            direction: Direction::Both,
            start_date: None,
            settings: serde_json::Value::Object(serde_json::Map::new()),
        }
    }
}

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

const COLUMNS: &str = "id, name, xero_connection, xero_tenant, xero_name, erpnext_connection, \
     erpnext_company, base_currency, created_at, first_preview_accepted_at, settings, revision";

fn read(row: &Row<'_>) -> rusqlite::Result<Pairing> {
    Ok(Pairing {
        id: row.get(0)?,
        name: row.get(1)?,
        xero_connection: ConnectionId(row.get(2)?),
        xero_tenant: row.get(3)?,
        xero_name: row.get(4)?,
        erpnext_connection: ConnectionId(row.get(5)?),
        erpnext_company: row.get(6)?,
        base_currency: row
            .currency_or_none(7)?
            .ok_or(rusqlite::Error::InvalidQuery)?,
        created_at: row.instant(8)?,
        first_preview_accepted_at: row.instant_or_none(9)?,
        settings: row.json(10)?,
        revision: row.get(11)?,
    })
}

impl Store {
    /// All pairings that have not been ended, oldest first.
    pub fn pairings(&self) -> Result<Vec<Pairing>, StoreError> {
        self.read(|connection| {
            connection
                .prepare_cached(&format!(
                    "SELECT {COLUMNS} FROM pairings WHERE ended_at IS NULL ORDER BY id"
                ))?
                .query_map([], read)?
                .collect()
        })
    }

    /// One pairing that has not been ended.
    pub fn pairing(&self, id: PairingId) -> Result<Option<Pairing>, StoreError> {
        self.read(|connection| {
            connection
                .prepare_cached(&format!(
                    "SELECT {COLUMNS} FROM pairings WHERE id = ?1 AND ended_at IS NULL"
                ))?
                .query_row([id], read)
                .optional()
        })
    }

    /// Makes a pairing.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where the name is taken or the two books are paired already.
    pub fn add_pairing(
        &self,
        new: &NewPairing,
        at: DateTime<Utc>,
    ) -> Result<PairingId, StoreError> {
        self.write_sql(|transaction| {
            transaction.execute(
                "INSERT INTO pairings (name, xero_connection, xero_tenant, xero_name,
                   erpnext_connection, erpnext_company, base_currency, created_at, settings)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                params![
                    new.name,
                    new.xero_connection.0,
                    new.xero_tenant,
                    new.xero_name,
                    new.erpnext_connection.0,
                    new.erpnext_company,
                    new.base_currency.code(),
                    millis(at),
                    json(&new.settings)?,
                ],
            )?;
            Ok(PairingId(transaction.last_insert_rowid()))
        })
    }

    /// Ends a pairing: its records, links, mappings and exceptions are forgotten here (both remote
    /// systems keep theirs, markers included); runs, log and journal stay.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where writes are still unsettled.
    pub fn end_pairing(&self, id: PairingId, at: DateTime<Utc>) -> Result<(), StoreError> {
        self.write(|transaction| {
            let sorted = |error: rusqlite::Error| self.sorted(&error);
            let unsettled: i64 = transaction
                .query_row(
                    "SELECT count(*) FROM intents WHERE pairing = ?1
                     AND state IN ('intended', 'sent', 'in_doubt')",
                    [id],
                    |row| row.get(0),
                )
                .map_err(sorted)?;
            if unsettled > 0 {
                return Err(StoreError::Conflict(format!(
                    "{unsettled} writes of this pairing are not settled yet"
                )));
            }
            for table in [
                "records",
                "links",
                "cursors",
                "mappings",
                "rules",
                "exceptions",
            ] {
                transaction
                    .execute(&format!("DELETE FROM {table} WHERE pairing = ?1"), [id])
                    .map_err(sorted)?;
            }
            transaction
                .execute(
                    "UPDATE pairings SET ended_at = ?2 WHERE id = ?1",
                    params![id, millis(at)],
                )
                .map_err(sorted)?;
            Ok(())
        })
    }

    /// Records that a person accepted the first preview.
    pub fn accept_first_preview(&self, id: PairingId, at: DateTime<Utc>) -> Result<(), StoreError> {
        self.write_sql(|transaction| {
            transaction.execute(
                "UPDATE pairings SET first_preview_accepted_at =
                   coalesce(first_preview_accepted_at, ?2) WHERE id = ?1",
                params![id, millis(at)],
            )?;
            Ok(())
        })
    }

    /// Replaces a pairing's further settings.
    pub fn set_pairing_settings(
        &self,
        id: PairingId,
        settings: &serde_json::Value,
    ) -> Result<(), StoreError> {
        self.write_sql(|transaction| {
            transaction.execute(
                "UPDATE pairings SET settings = ?2 WHERE id = ?1",
                params![id, json(settings)?],
            )?;
            Ok(())
        })
    }

    /// Hands the pairings of one login to another of the same side (after signing in anew).
    pub fn move_pairings(
        &self,
        from: &ConnectionId,
        to: &ConnectionId,
    ) -> Result<usize, StoreError> {
        self.write_sql(|transaction| {
            let xero = transaction.execute(
                "UPDATE pairings SET xero_connection = ?2 WHERE xero_connection = ?1",
                [&from.0, &to.0],
            )?;
            let erpnext = transaction.execute(
                "UPDATE pairings SET erpnext_connection = ?2 WHERE erpnext_connection = ?1",
                [&from.0, &to.0],
            )?;
            Ok(xero + erpnext)
        })
    }

    /// The rules of a pairing, one for each kind, in the order of work.
    pub fn rules(&self, pairing: PairingId) -> Result<Vec<Rule>, StoreError> {
        let set: Vec<Rule> = self.read(|connection| {
            connection
                .prepare_cached(
                    "SELECT kind, direction, start_date, settings FROM rules WHERE pairing = ?1",
                )?
                .query_map([pairing], |row| {
                    Ok(Rule {
                        kind: row.kind(0)?,
                        direction: row.get(1)?,
                        start_date: row.date_or_none(2)?,
                        settings: row.json(3)?,
                    })
                })?
                .collect()
        })?;
        Ok(Kind::ALL
            .into_iter()
            .map(|kind| {
                set.iter()
                    .find(|rule| rule.kind == kind)
                    .cloned()
                    .unwrap_or_else(|| Rule::unset(kind))
            })
            .collect())
    }

    /// Sets the rule of a kind.
    pub fn set_rule(&self, pairing: PairingId, rule: &Rule) -> Result<(), StoreError> {
        self.write_sql(|transaction| {
            transaction.execute(
                "INSERT OR REPLACE INTO rules (pairing, kind, direction, start_date, settings)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
                params![
                    pairing,
                    rule.kind.word(),
                    rule.direction,
                    rule.start_date.map(|date| date.to_string()),
                    json(&rule.settings)?,
                ],
            )?;
            bump(transaction, pairing)
        })
    }

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

fn bump(transaction: &Transaction<'_>, pairing: PairingId) -> rusqlite::Result<()> {
    transaction.execute(
        "UPDATE pairings SET revision = revision + 1 WHERE id = ?1",
        [pairing],
    )?;
    Ok(())
}
