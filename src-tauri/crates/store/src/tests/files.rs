//! The file itself: opening, refusing, sharing.

use super::*;
use crate::StoreError;

#[test]
fn what_was_written_is_there_after_opening_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deep/counterfoil.db");
    let pairing = {
        let store = Store::open(&path).unwrap();
        let pairing = paired(&store);
        store.set_setting("theme", &"dark").unwrap();
        pairing
    };
    let store = Store::open(&path).unwrap();
    assert_eq!(store.pairings().unwrap()[0].id, pairing);
    assert_eq!(
        store.setting::<String>("theme").unwrap().as_deref(),
        Some("dark")
    );
    store.check().unwrap();
}

#[test]
fn writes_are_durable_and_readers_do_not_wait_for_the_writer() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path().join("c.db")).unwrap();
    store
        .write_sql(|transaction| {
            let synchronous: i64 =
                transaction
                    .raw()
                    .query_row("PRAGMA synchronous", [], |row| row.get(0))?;
            assert_eq!(synchronous, 2, "FULL");
            let journal: String =
                transaction
                    .raw()
                    .query_row("PRAGMA journal_mode", [], |row| row.get(0))?;
            assert_eq!(journal, "wal");
            let keys: bool = transaction
                .raw()
                .query_row("PRAGMA foreign_keys", [], |row| row.get(0))?;
            assert!(keys);
            // A query from elsewhere while this transaction is open.
            let other = store.clone();
            let seen = std::thread::spawn(move || other.pairings())
                .join()
                .unwrap()
                .unwrap();
            assert!(seen.is_empty());
            Ok(())
        })
        .unwrap();
}

/// The number of indices that SQLite has statistics of, as another process would read it.
fn indices_with_statistics(path: &std::path::Path) -> i64 {
    let other = rusqlite::Connection::open(path).unwrap();
    let known: i64 = other
        .query_row(
            "SELECT count(*) FROM sqlite_schema WHERE name = 'sqlite_stat1'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    if known == 0 {
        return 0;
    }
    other
        .query_row("SELECT count(*) FROM sqlite_stat1", [], |row| row.get(0))
        .unwrap()
}

#[test]
fn statistics_are_gathered_after_a_large_pull_and_on_closing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c.db");
    let store = Store::open(&path).unwrap();
    let pairing = paired(&store);
    let page = |from: u32, rows: u32| {
        let rows: Vec<RecordRow> = (from..from + rows)
            .map(|number| contact(&format!("c{number}"), &format!("Contact {number}")))
            .collect();
        store
            .store_page(
                pairing,
                ledger::Side::Xero,
                ledger::Kind::Contact,
                &rows,
                "next",
                day(2),
            )
            .unwrap();
    };
    page(0, 6_000);
    assert_eq!(indices_with_statistics(&path), 0);
    page(6_000, 6_000);
    let after_the_pull = indices_with_statistics(&path);
    assert!(after_the_pull > 0);
    store.set_setting("theme", &"dark").unwrap();
    for number in 0..200 {
        store
            .start_run(pairing, crate::Trigger::Manual, day(number % 28 + 1))
            .unwrap();
    }
    drop(store);
    assert!(indices_with_statistics(&path) > after_the_pull);
}

#[test]
fn a_reader_cannot_write() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path().join("c.db")).unwrap();
    let refused = store
        .read(|reading| reading.raw().execute("DELETE FROM settings", []))
        .unwrap_err();
    assert!(matches!(refused, StoreError::ReadOnly { .. }), "{refused}");
}

#[test]
fn a_newer_file_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c.db");
    drop(Store::open(&path).unwrap());
    rusqlite::Connection::open(&path)
        .unwrap()
        .pragma_update(None, "user_version", 900)
        .unwrap();
    let refused = Store::open(&path).unwrap_err();
    assert!(
        matches!(refused, StoreError::NewerSchema { found: 900, .. }),
        "{refused}"
    );
    let version: i64 = rusqlite::Connection::open(&path)
        .unwrap()
        .query_row("PRAGMA user_version", [], |row| row.get(0))
        .unwrap();
    assert_eq!(version, 900);
}

#[test]
fn a_damaged_file_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c.db");
    let rubbish = b"this was a database once, and somebody wrote a letter into it".repeat(40);
    std::fs::write(&path, &rubbish).unwrap();
    let refused = Store::open(&path).unwrap_err();
    assert!(matches!(refused, StoreError::Corrupt { .. }), "{refused}");
    assert_eq!(std::fs::read(&path).unwrap(), rubbish);
}

#[test]
fn a_full_disk_is_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path().join("c.db")).unwrap();
    let pairing = paired(&store);
    // A page limit gives the same SQLITE_FULL as a full disk.
    store
        .write_sql(|transaction| {
            let pages: i64 = transaction
                .raw()
                .query_row("PRAGMA page_count", [], |row| row.get(0))?;
            transaction
                .raw()
                .query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(()))
        })
        .unwrap();
    let rows: Vec<RecordRow> = (0..2_000)
        .map(|number| contact(&format!("c{number}"), "A rather long name of a contact"))
        .collect();
    let refused = store
        .store_page(
            pairing,
            ledger::Side::Xero,
            ledger::Kind::Contact,
            &rows,
            "next",
            day(2),
        )
        .unwrap_err();
    assert_eq!(refused, StoreError::DiskFull);
    // Neither rows nor cursor.
    let cursor = store
        .cursor(pairing, ledger::Side::Xero, ledger::Kind::Contact)
        .unwrap();
    assert_eq!(cursor, None);
}

#[test]
fn closing_leaves_one_file_however_many_have_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c.db");
    let store = Store::open(&path).unwrap();
    paired(&store);
    store.pairings().unwrap();
    drop(store);
    let names: Vec<String> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(names, ["c.db"]);
}

#[test]
fn no_room_for_the_log_s_index_is_a_full_disk() {
    let failure = rusqlite::Error::SqliteFailure(
        rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_IOERR_SHMSIZE),
        None,
    );
    let told = StoreError::from_sqlite(&failure, std::path::Path::new("c.db"));
    assert_eq!(told, StoreError::DiskFull);
}
