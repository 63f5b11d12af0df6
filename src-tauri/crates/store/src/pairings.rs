//! Pairings: one organisation matched with one company.

use chrono::{DateTime, Utc};
use ledger::Currency;
use rusqlite::{OptionalExtension, Row, Transaction, params};
use serde::{Deserialize, Serialize};

use crate::sql::{Columns, json, millis, row_id};
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
}

/// Counts a change to a pairing's rules or mappings.
pub(crate) fn bump(transaction: &Transaction<'_>, pairing: PairingId) -> rusqlite::Result<()> {
    transaction.execute(
        "UPDATE pairings SET revision = revision + 1 WHERE id = ?1",
        [pairing],
    )?;
    Ok(())
}
