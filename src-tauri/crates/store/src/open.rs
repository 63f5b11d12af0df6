//! Opening the database: one writer, a few read-only connections.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use crate::db::{Reading, Writing};
use crate::statements::file as sql;
use crate::{StoreError, migrations};

/// How long to wait for another process that is writing.
const PATIENCE: Duration = Duration::from_secs(5);
/// Compiled statements kept by a connection: all there are, and some pages of the log.
const KEPT_STATEMENTS: usize = 128;
/// How many rows of an index are read to estimate it, as SQLite recommends: milliseconds, whatever
/// the size.
const ANALYSIS_LIMIT: u32 = 400;
/// How much of the file the writer keeps in memory, in kibibytes: the indices that a page of a pull
/// touches here and there.
const WRITER_MEMORY: i64 = 16 * 1024;
/// How much of the file a reader keeps in memory, in kibibytes: records are looked up here and there too.
const READER_MEMORY: i64 = 8 * 1024;
/// How many pages the write-ahead log may grow to before it is worked into the file: a few pages of
/// a pull. What is in it is as durable as what is in the file.
const LOG_PAGES: u32 = 8_000;
/// After so many new rows the statistics are looked at while the file stays open.
const MANY_ROWS: u64 = 10_000;
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
    /// Rows made by pulls since statistics were last looked at.
    grown: AtomicU64,
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
        if (1..migrations::SHORT).contains(&found) {
            give_room_back(&writer);
        }
        Ok(Self {
            shared: Arc::new(Shared {
                path,
                writer: Mutex::new(writer),
                grown: AtomicU64::new(0),
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
                grown: AtomicU64::new(0),
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
        let finding: String =
            self.read(|reading| reading.query_row(&sql::CHECK, [], |row| row.get(0)))?;
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
        query: impl FnOnce(Reading<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let sorted = |error: rusqlite::Error| StoreError::from_sqlite(&error, &self.shared.path);
        let Some(readers) = &self.shared.readers else {
            return query(Reading::new(&self.writer())).map_err(sorted);
        };
        let kept = locked(readers).pop();
        let reader = match kept {
            Some(reader) => reader,
            None => reader(&self.shared.path).map_err(sorted)?,
        };
        let answer = query(Reading::new(&reader)).map_err(sorted);
        let mut readers = locked(readers);
        if readers.len() < READERS_KEPT {
            readers.push(reader);
        }
        answer
    }

    /// Runs changes in one immediate, durable transaction; nothing remains of them on an error.
    pub(crate) fn write<T>(
        &self,
        change: impl FnOnce(Writing<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut writer = self.writer();
        let transaction = writer
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(|error| self.sorted(&error))?;
        let answer = change(Writing::new(&transaction))?;
        transaction.commit().map_err(|error| self.sorted(&error))?;
        Ok(answer)
    }

    /// [`Store::write`] for changes that fail only as SQLite does.
    pub(crate) fn write_sql<T>(
        &self,
        change: impl FnOnce(Writing<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        self.write(|writing| change(writing).map_err(|error| self.sorted(&error)))
    }

    /// Takes note that a pull made rows, and looks at SQLite's statistics where they were many: a
    /// first pull takes a table from nothing to tens of thousands of rows.
    pub(crate) fn grew(&self, rows: u64) {
        let grown = &self.shared.grown;
        if grown.fetch_add(rows, Ordering::Relaxed) + rows < MANY_ROWS {
            return;
        }
        grown.store(0, Ordering::Relaxed);
        // Plans do without statistics (`tests/plans.rs`), so a failure here takes nothing away.
        if let Err(why) = look_at_statistics(&self.writer()) {
            tracing::debug!(%why, "statistics were not renewed");
        }
    }

    pub(crate) fn sorted(&self, error: &rusqlite::Error) -> StoreError {
        StoreError::from_sqlite(error, &self.shared.path)
    }

    fn writer(&self) -> MutexGuard<'_, Connection> {
        locked(&self.shared.writer)
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        // The last connection to close works the write-ahead log into the file and removes it. One
        // that may only read cannot.
        self.readers = None;
        // What a process wrote may have changed how tables look; SQLite asks for this on closing. It
        // waits for nobody: the next one to close will do.
        let writer = self
            .writer
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        let _ = writer
            .busy_timeout(Duration::ZERO)
            .and_then(|()| look_at_statistics(writer));
    }
}

/// Renews the statistics of tables that have none, or whose size has changed by much; nothing is
/// done for others. 0x10000 looks at all tables, not at those alone that this connection has
/// queried: queries run on others.
fn look_at_statistics(writer: &Connection) -> rusqlite::Result<()> {
    writer.pragma_update(None, "analysis_limit", ANALYSIS_LIMIT)?;
    writer.execute_batch("PRAGMA optimize = 0x10002")
}

/// Makes a file smaller that an upgrade has left half empty. Only room is lost where that fails: a
/// disk without room for the second copy that it takes meanwhile.
fn give_room_back(writer: &Connection) {
    let done = writer
        // The copy may be larger than memory.
        .pragma_update(None, "temp_store", "FILE")
        .and_then(|()| writer.execute_batch("VACUUM"))
        .and_then(|()| writer.pragma_update(None, "temp_store", "MEMORY"));
    if let Err(why) = done {
        tracing::warn!(%why, "the database was not made smaller");
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
    writer
        .pragma_update(None, "cache_size", -WRITER_MEMORY)
        .map_err(sorted)?;
    writer
        .pragma_update(None, "wal_autocheckpoint", LOG_PAGES)
        .map_err(sorted)?;
    writer.set_prepared_statement_cache_capacity(KEPT_STATEMENTS);
    migrations::all()
        .to_latest(writer)
        .map_err(|error| match error {
            rusqlite_migration::Error::RusqliteError { err, .. } => {
                StoreError::from_sqlite(&err, path)
            }
            other => StoreError::Sqlite(other.to_string()),
        })?;
    list_words(writer).map_err(sorted)
}

/// Makes the list of the log's words in this connection.
fn list_words(connection: &Connection) -> rusqlite::Result<()> {
    Reading::new(connection)
        .prepare(&sql::LIST_WORDS)?
        .execute([])?;
    Ok(())
}

fn reader(path: &Path) -> rusqlite::Result<Connection> {
    let reader = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    reader.busy_timeout(PATIENCE)?;
    reader.pragma_update(None, "temp_store", "MEMORY")?;
    reader.pragma_update(None, "cache_size", -READER_MEMORY)?;
    reader.set_prepared_statement_cache_capacity(KEPT_STATEMENTS);
    list_words(&reader)?;
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
