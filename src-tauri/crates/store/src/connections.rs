//! Logins to remote systems, without their secrets.

use chrono::{DateTime, Utc};
use ledger::Side;
use rusqlite::{OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};

use crate::sql::{Columns, json, millis};
use crate::statements::connections as sql;
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
        self.read(|reading| reading.prepare(&sql::ALL)?.query_map([], read)?.collect())
    }

    /// One connection.
    pub fn connection(&self, id: &ConnectionId) -> Result<Option<Connection>, StoreError> {
        self.read(|reading| reading.query_row(&sql::ONE, [&id.0], read).optional())
    }

    /// Makes or replaces a connection.
    pub fn save_connection(&self, saved: &Connection) -> Result<(), StoreError> {
        self.write_sql(|writing| {
            writing.execute(
                &sql::SAVE,
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
        self.write_sql(|writing| {
            writing.execute(&sql::DELETE, [&id.0])?;
            Ok(())
        })
    }
}
