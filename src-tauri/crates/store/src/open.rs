//! Opening the database: one writer, a few read-only connections.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

use crate::{StoreError, migrations};

/// How long to wait for another process that is writing.
const PATIENCE: Duration = Duration::from_secs(5);
/// Read-only connections kept open.
const READERS_KEPT: usize = 4;

/// A handle on the database. Cheap to clone; all clones share one writer.
#[derive(Clone)]
pub struct Store {
    shared: Arc<Shared>,
}

struct Shared {
    path: PathBuf,
    writer: Mutex<Connection>,
    /// `None` in memory, where queries use the writer.
    readers: Option<Mutex<Vec<Connection>>>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Store").field(&self.shared.path).finish()
    }
}

impl Store {
    /// Opens the file, or makes it, and brings its schema up to date. Before an upgrade the file is
    /// copied beside itself (`….before-N`).
    ///
    /// # Errors
    /// [`StoreError::NewerSchema`], [`StoreError::Corrupt`] (the file is kept), and the others that
    /// opening a file can give.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let path = path.as_ref().to_owned();
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|why| StoreError::CannotOpen {
                path: folder.to_owned(),
                why: why.to_string(),
            })?;
        }
        let sorted = |error: rusqlite::Error| StoreError::from_sqlite(&error, &path);
        let mut writer = Connection::open_with_flags(
            &path,
            OpenFlags::SQLITE_OPEN_READ_WRITE
                | OpenFlags::SQLITE_OPEN_CREATE
                | OpenFlags::SQLITE_OPEN_NO_MUTEX,
        )
        .map_err(sorted)?;
        writer.busy_timeout(PATIENCE).map_err(sorted)?;
        let found = migrations::version_of(&writer).map_err(sorted)?;
        let known = migrations::known();
        if found > known {
            return Err(StoreError::NewerSchema { path, found, known });
        }
        if found > 0 && found < known {
            copy_aside(&writer, &path, found)?;
        }
        writer
            .pragma_update(None, "journal_mode", "WAL")
            .map_err(sorted)?;
        prepare(&mut writer, &path)?;
        Ok(Self {
            shared: Arc::new(Shared {
                path,
                writer: Mutex::new(writer),
                readers: Some(Mutex::new(Vec::new())),
            }),
        })
    }

    /// A database that is gone when the last handle is dropped, for tests.
    pub fn open_in_memory() -> Result<Self, StoreError> {
        let path = PathBuf::from(":memory:");
        let mut writer =
            Connection::open_in_memory().map_err(|error| StoreError::from_sqlite(&error, &path))?;
        prepare(&mut writer, &path)?;
        Ok(Self {
            shared: Arc::new(Shared {
                path,
                writer: Mutex::new(writer),
                readers: None,
            }),
        })
    }

    /// The database file (`:memory:` for one in memory).
    pub fn path(&self) -> &Path {
        &self.shared.path
    }

    /// Runs a full consistency check; for `doctor`.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] with SQLite's first finding.
    pub fn check(&self) -> Result<(), StoreError> {
        let finding: String = self.read(|connection| {
            connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))
        })?;
        if finding == "ok" {
            Ok(())
        } else {
            Err(StoreError::Corrupt {
                path: self.shared.path.clone(),
                why: finding,
            })
        }
    }

    /// Runs a query on a read-only connection.
    pub(crate) fn read<T>(
        &self,
        query: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let sorted = |error: rusqlite::Error| StoreError::from_sqlite(&error, &self.shared.path);
        let Some(readers) = &self.shared.readers else {
            return query(&self.writer()).map_err(sorted);
        };
        let kept = locked(readers).pop();
        let reader = match kept {
            Some(reader) => reader,
            None => reader(&self.shared.path).map_err(sorted)?,
        };
        let answer = query(&reader).map_err(sorted);
        let mut readers = locked(readers);
        if readers.len() < READERS_KEPT {
            readers.push(reader);
        }
        answer
    }

    /// Runs changes in one immediate, durable transaction; nothing remains of them on an error.
    pub(crate) fn write<T>(
        &self,
        change: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut writer = self.writer();
        let transaction = writer
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(|error| self.sorted(&error))?;
        let answer = change(&transaction)?;
        transaction.commit().map_err(|error| self.sorted(&error))?;
        Ok(answer)
    }

    /// [`Store::write`] for changes that fail only as SQLite does.
    pub(crate) fn write_sql<T>(
        &self,
        change: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        self.write(|transaction| change(transaction).map_err(|error| self.sorted(&error)))
    }

    pub(crate) fn sorted(&self, error: &rusqlite::Error) -> StoreError {
        StoreError::from_sqlite(error, &self.shared.path)
    }

    fn writer(&self) -> MutexGuard<'_, Connection> {
        locked(&self.shared.writer)
    }
}

/// A panic while the lock was held rolled its transaction back, so the connection is sound.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn prepare(writer: &mut Connection, path: &Path) -> Result<(), StoreError> {
    let sorted = |error: rusqlite::Error| StoreError::from_sqlite(&error, path);
    // FULL, not NORMAL: an intent lost when the power goes is a duplicate invoice.
    writer
        .pragma_update(None, "synchronous", "FULL")
        .map_err(sorted)?;
    writer
        .pragma_update(None, "foreign_keys", true)
        .map_err(sorted)?;
    writer
        .pragma_update(None, "temp_store", "MEMORY")
        .map_err(sorted)?;
    writer.set_prepared_statement_cache_capacity(64);
    migrations::all()
        .to_latest(writer)
        .map_err(|error| match error {
            rusqlite_migration::Error::RusqliteError { err, .. } => {
                StoreError::from_sqlite(&err, path)
            }
            other => StoreError::Sqlite(other.to_string()),
        })?;
    crate::log::words::list_words(writer).map_err(sorted)
}

fn reader(path: &Path) -> rusqlite::Result<Connection> {
    let reader = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    reader.busy_timeout(PATIENCE)?;
    reader.pragma_update(None, "temp_store", "MEMORY")?;
    reader.set_prepared_statement_cache_capacity(64);
    crate::log::words::list_words(&reader)?;
    Ok(reader)
}

/// Copies the database before an upgrade, so that an older version can go back to it.
fn copy_aside(from: &Connection, path: &Path, version: u32) -> Result<(), StoreError> {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".before-{}", version + 1));
    let copy = PathBuf::from(name);
    from.backup("main", &copy, None)
        .map_err(|error| StoreError::from_sqlite(&error, &copy))
}
