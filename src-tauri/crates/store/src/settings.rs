//! Settings of the app, and what rate governors must remember.

use rusqlite::{OptionalExtension, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::sql::{Columns, json};
use crate::statements::settings as sql;
use crate::{Store, StoreError};

impl Store {
    /// A setting, or `None` where it was never set.
    pub fn setting<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, StoreError> {
        self.read(|reading| {
            reading
                .query_row(&sql::GET, [key], |row| row.json(0))
                .optional()
        })
    }

    /// Sets a setting.
    pub fn set_setting<T: Serialize>(&self, key: &str, value: &T) -> Result<(), StoreError> {
        self.write_sql(|writing| {
            writing.execute(&sql::SET, params![key, json(value)?])?;
            Ok(())
        })
    }

    /// Forgets a setting.
    pub fn forget_setting(&self, key: &str) -> Result<(), StoreError> {
        self.write_sql(|writing| {
            writing.execute(&sql::FORGET, [key])?;
            Ok(())
        })
    }

    /// What the rate governor of a connection (or of one organisation under it) remembers.
    pub fn governor_state(&self, key: &str) -> Result<Option<String>, StoreError> {
        self.read(|reading| {
            reading
                .query_row(&sql::GOVERNOR, [key], |row| row.get(0))
                .optional()
        })
    }

    /// Keeps what a rate governor remembers.
    pub fn set_governor_state(&self, key: &str, state: &str) -> Result<(), StoreError> {
        self.write_sql(|writing| {
            writing.execute(&sql::SET_GOVERNOR, params![key, state])?;
            Ok(())
        })
    }
}
