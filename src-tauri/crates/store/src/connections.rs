//! Logins to remote systems, without their secrets.

use chrono::{DateTime, Utc};
use ledger::Side;
use rusqlite::{OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};

use crate::sql::{Columns, json, millis};
use crate::{Store, StoreError};

/// Names a connection; also the name its secrets are kept under in the keyring. Chosen at random by
/// the caller, so that a fresh database never finds an old one's secrets.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ConnectionId(pub String);

impl std::fmt::Display for ConnectionId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// One login.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connection {
    /// A short number for people, given when it is first saved; 0 before.
    pub number: i64,
    /// Its name in the database and the keyring.
    pub id: ConnectionId,
    /// The remote system.
    pub side: Side,
    /// What a person calls it.
    pub name: String,
    /// Addresses, client id, granted scopes and such; never a secret.
    pub details: serde_json::Value,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When a person last signed in.
    pub authorised_at: Option<DateTime<Utc>>,
    /// When signing in again will be needed, where that is known.
    pub expires_at: Option<DateTime<Utc>>,
}

const COLUMNS: &str = "id, side, name, details, created_at, authorised_at, expires_at, number";

fn read(row: &Row<'_>) -> rusqlite::Result<Connection> {
    Ok(Connection {
        id: ConnectionId(row.get(0)?),
        side: row.side(1)?,
        name: row.get(2)?,
        details: row.json(3)?,
        created_at: row.instant(4)?,
        authorised_at: row.instant_or_none(5)?,
        expires_at: row.instant_or_none(6)?,
        number: row.get(7)?,
    })
}

impl Store {
    /// All connections, oldest first.
    pub fn connections(&self) -> Result<Vec<Connection>, StoreError> {
        self.read(|connection| {
            connection
                .prepare_cached(&format!(
                    "SELECT {COLUMNS} FROM connections ORDER BY number"
                ))?
                .query_map([], read)?
                .collect()
        })
    }

    /// One connection.
    pub fn connection(&self, id: &ConnectionId) -> Result<Option<Connection>, StoreError> {
        self.read(|connection| {
            connection
                .prepare_cached(&format!("SELECT {COLUMNS} FROM connections WHERE id = ?1"))?
                .query_row([&id.0], read)
                .optional()
        })
    }

    /// Makes or replaces a connection.
    pub fn save_connection(&self, saved: &Connection) -> Result<(), StoreError> {
        self.write_sql(|transaction| {
            transaction.execute(
                "INSERT INTO connections (id, side, name, details, created_at, authorised_at, expires_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                 ON CONFLICT (id) DO UPDATE SET name = excluded.name, details = excluded.details,
                   authorised_at = excluded.authorised_at, expires_at = excluded.expires_at",
                params![
                    saved.id.0,
                    saved.side.word(),
                    saved.name,
                    json(&saved.details)?,
                    millis(saved.created_at),
                    saved.authorised_at.map(millis),
                    saved.expires_at.map(millis),
                ],
            )?;
            Ok(())
        })
    }

    /// Forgets a connection. Pairings that used it stay and wait for another; see
    /// [`Store::move_pairings`].
    pub fn delete_connection(&self, id: &ConnectionId) -> Result<(), StoreError> {
        self.write_sql(|transaction| {
            transaction.execute("DELETE FROM connections WHERE id = ?1", [&id.0])?;
            Ok(())
        })
    }
}
