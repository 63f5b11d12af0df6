//! What can go wrong with the store, told apart so that each has a plain explanation.

use std::path::PathBuf;

/// A failure of the store. Nothing half-written remains after one: every write is a transaction.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The file was written by a newer version of the app. It is left untouched.
    #[error("{path} was written by a newer version (schema {found}; this version knows {known})")]
    NewerSchema {
        /// The database file.
        path: PathBuf,
        /// The schema version found.
        found: u32,
        /// The newest schema version this build knows.
        known: u32,
    },
    /// The file is damaged or is not a database. It is kept as it is.
    #[error("{path} is damaged or is not a database: {why}")]
    Corrupt {
        /// The database file.
        path: PathBuf,
        /// SQLite's finding.
        why: String,
    },
    /// The disk is full; the last change was not written.
    #[error("the disk is full")]
    DiskFull,
    /// The file or its folder may not be written.
    #[error("{path} cannot be written: {why}")]
    ReadOnly {
        /// The database file.
        path: PathBuf,
        /// SQLite's finding.
        why: String,
    },
    /// The file could not be opened or read.
    #[error("{path} cannot be opened: {why}")]
    CannotOpen {
        /// The database file or its folder.
        path: PathBuf,
        /// The operating system's or SQLite's reason.
        why: String,
    },
    /// Another process held the database for longer than we wait.
    #[error("another process is using the database")]
    Busy,
    /// The change contradicts what is stored: a second link for a record, a second pairing of one
    /// name, a second unsettled create of a record.
    #[error("this contradicts what is stored: {0}")]
    Conflict(String),
    /// What was asked for is not there.
    #[error("there is no {0}")]
    NotFound(String),
    /// A stored value cannot be read by this version.
    #[error("a stored {what} cannot be read: {why}")]
    Unreadable {
        /// What kind of value.
        what: &'static str,
        /// Why.
        why: String,
    },
    /// Anything else from SQLite: a bug.
    #[error("the database refused: {0}")]
    Sqlite(String),
}

impl StoreError {
    /// Sorts SQLite's error by what a person can do about it.
    pub(crate) fn from_sqlite(error: &rusqlite::Error, path: &std::path::Path) -> Self {
        use rusqlite::ErrorCode as Code;
        let path = || path.to_owned();
        match error {
            rusqlite::Error::SqliteFailure(failure, message) => {
                let why = message.clone().unwrap_or_else(|| failure.to_string());
                // The index of the write-ahead log could not be made as large as it has to be.
                if failure.extended_code == rusqlite::ffi::SQLITE_IOERR_SHMSIZE {
                    return StoreError::DiskFull;
                }
                match failure.code {
                    Code::DiskFull => StoreError::DiskFull,
                    Code::ReadOnly | Code::PermissionDenied => {
                        StoreError::ReadOnly { path: path(), why }
                    }
                    // An I/O failure is a disk that went away or a file that cannot be reached.
                    Code::CannotOpen | Code::SystemIoFailure => {
                        StoreError::CannotOpen { path: path(), why }
                    }
                    Code::DatabaseCorrupt | Code::NotADatabase => {
                        StoreError::Corrupt { path: path(), why }
                    }
                    Code::DatabaseBusy | Code::DatabaseLocked => StoreError::Busy,
                    Code::ConstraintViolation => StoreError::Conflict(why),
                    _ => StoreError::Sqlite(why),
                }
            }
            rusqlite::Error::QueryReturnedNoRows => StoreError::NotFound("such row".into()),
            rusqlite::Error::FromSqlConversionFailure(_, _, why) => StoreError::Unreadable {
                what: "value",
                why: why.to_string(),
            },
            other => StoreError::Sqlite(other.to_string()),
        }
    }
}
