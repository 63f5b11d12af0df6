//! A disk that is full, and a file that is damaged.

use super::*;
use crate::{LogOutcome, LogQuery, LogWrite, RecordRow, StoreError};

/// As if the disk had room for this file as it is and no more.
fn no_more_room(store: &Store) {
    store
        .write_sql(|transaction| {
            let pages: i64 = transaction
                .raw()
                .query_row("PRAGMA page_count", [], |row| row.get(0))?;
            transaction
                .raw()
                .query_row(&format!("PRAGMA max_page_count = {pages}"), [], |row| {
                    row.get::<_, i64>(0)
                })
        })
        .unwrap();
}

fn room_again(store: &Store) {
    store
        .write_sql(|transaction| {
            transaction
                .raw()
                .query_row("PRAGMA max_page_count = 1000000", [], |row| {
                    row.get::<_, i64>(0)
                })
        })
        .unwrap();
}

#[test]
fn a_full_disk_loses_nothing_and_the_same_call_works_when_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path().join("c.db")).unwrap();
    let pairing = paired(&store);
    store
        .append_log(
            pairing,
            None,
            &[LogWrite::note(LogOutcome::Note, "before")],
            day(1),
        )
        .unwrap();
    no_more_room(&store);
    let lines: Vec<LogWrite> = (0..500)
        .map(|number| LogWrite::note(LogOutcome::Note, format!("{number} {}", "x".repeat(200))))
        .collect();
    assert_eq!(
        store.append_log(pairing, None, &lines, day(2)),
        Err(StoreError::DiskFull)
    );
    let rows: Vec<RecordRow> = (0..500)
        .map(|number| RecordRow {
            id: RemoteId::new(format!("{number}")),
            version: ledger::Version("1".into()),
            marker: None,
            record: Err(crate::UnreadableRow {
                title: format!("Row {number}"),
                why: "a test".into(),
                raw: "y".repeat(300),
            }),
            merged_into: None,
            born: None,
        })
        .collect();
    let page = |store: &Store| {
        store.store_page(
            pairing,
            ledger::Side::Xero,
            ledger::Kind::Contact,
            &rows,
            "half way",
            day(2),
        )
    };
    assert_eq!(
        page(&store).map(|stored| stored.new),
        Err(StoreError::DiskFull)
    );
    // Neither half a page nor a cursor that runs ahead of it.
    let cursor = |store: &Store| {
        store
            .cursor(pairing, ledger::Side::Xero, ledger::Kind::Contact)
            .unwrap()
    };
    assert_eq!(cursor(&store), None);
    assert_eq!(store.log(&LogQuery::default()).unwrap().len(), 1);
    store.check().unwrap();

    room_again(&store);
    assert_eq!(page(&store).unwrap().new, 500);
    assert_eq!(cursor(&store).as_deref(), Some("half way"));
    store.append_log(pairing, None, &lines, day(2)).unwrap();
    assert_eq!(store.log(&LogQuery::default()).unwrap().len(), 501);
}
