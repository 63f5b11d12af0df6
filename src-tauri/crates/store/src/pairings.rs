//! Pairings: one organisation matched with one company.

use chrono::{DateTime, Utc};
use ledger::{Currency, Side};
use rusqlite::{OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};

use crate::db::Writing;
use crate::sql::{Columns, json, millis, row_id};
use crate::statements::{
    credits as credits_sql, journal as journal_sql, pairings as sql, shown as shown_sql,
};
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
        self.read(|reading| reading.prepare(&sql::ALL)?.query_map([], read)?.collect())
    }

    /// One pairing that has not been ended.
    pub fn pairing(&self, id: PairingId) -> Result<Option<Pairing>, StoreError> {
        self.read(|reading| reading.query_row(&sql::ONE, [id], read).optional())
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
        self.write_sql(|writing| {
            writing.execute(
                &sql::ADD,
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
            Ok(PairingId(writing.last_id()))
        })
    }

    /// Ends a pairing: its records, links, mappings and exceptions are forgotten here (both remote
    /// systems keep theirs, markers included); runs, log and journal stay.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where writes are still unsettled.
    pub fn end_pairing(&self, id: PairingId, at: DateTime<Utc>) -> Result<(), StoreError> {
        self.write(|writing| {
            let sorted = |error: rusqlite::Error| self.sorted(&error);
            let unsettled: i64 = writing
                .query_row(&journal_sql::COUNT_UNSETTLED, [id], |row| row.get(0))
                .map_err(sorted)?;
            if unsettled > 0 {
                return Err(StoreError::Conflict(format!(
                    "{unsettled} writes of this pairing are not settled yet"
                )));
            }
            for forget in [
                &sql::FORGET_RECORDS,
                &sql::FORGET_LINKS,
                &crate::statements::apart::FORGET,
                &sql::FORGET_CURSORS,
                &sql::FORGET_LOOKS,
                &sql::FORGET_MAPPINGS,
                &sql::FORGET_MAPPING_VALUES,
                &sql::FORGET_RULES,
                &sql::FORGET_EXCEPTIONS,
                &shown_sql::FORGET,
                &journal_sql::FORGET_LOST,
                &sql::FORGET_ORIGINS,
                &credits_sql::FORGET,
            ] {
                writing.execute(forget, [id]).map_err(sorted)?;
            }
            writing
                .execute(&sql::END, params![id, millis(at)])
                .map_err(sorted)?;
            Ok(())
        })
    }

    /// Records that a person accepted the first preview.
    pub fn accept_first_preview(&self, id: PairingId, at: DateTime<Utc>) -> Result<(), StoreError> {
        self.write_sql(|writing| {
            writing.execute(&sql::ACCEPT, params![id, millis(at)])?;
            Ok(())
        })
    }

    /// Replaces a pairing's further settings.
    pub fn set_pairing_settings(
        &self,
        id: PairingId,
        settings: &serde_json::Value,
    ) -> Result<(), StoreError> {
        self.write_sql(|writing| {
            writing.execute(&sql::SET_SETTINGS, params![id, json(settings)?])?;
            Ok(())
        })
    }

    /// Hands a pairing to another login of a side (after signing in anew).
    pub fn move_pairing(
        &self,
        id: PairingId,
        side: Side,
        to: &ConnectionId,
    ) -> Result<(), StoreError> {
        self.write_sql(|writing| {
            let moving = match side {
                Side::Xero => &sql::MOVE_XERO,
                Side::Erpnext => &sql::MOVE_ERPNEXT,
            };
            writing.execute(moving, params![id, to.0])?;
            Ok(())
        })
    }

    /// What a side of a pairing said of itself when it was first looked at, as it was given.
    pub fn origin(&self, id: PairingId, side: Side) -> Result<Option<String>, StoreError> {
        self.read(|reading| {
            reading
                .query_row(&sql::ORIGIN, params![id, side.word()], |row| row.get(0))
                .optional()
        })
    }

    /// Remembers what a side of a pairing says of itself.
    pub fn set_origin(
        &self,
        id: PairingId,
        side: Side,
        origin: &str,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.write_sql(|writing| {
            let values = params![id, side.word(), origin, millis(at)];
            writing.execute(&sql::SET_ORIGIN, values)?;
            Ok(())
        })
    }
}

/// Counts a change to a pairing's rules or mappings.
pub(crate) fn bump(writing: Writing<'_>, pairing: PairingId) -> rusqlite::Result<()> {
    writing.execute(&sql::BUMP, [pairing])?;
    Ok(())
}
