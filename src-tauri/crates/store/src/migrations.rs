//! Numbered migrations, applied in order; a released one is never edited.

use rusqlite::Connection;
use rusqlite_migration::{M, Migrations};

const STEPS: &[M<'static>] = &[
    M::up(include_str!("../migrations/0001_first.sql")),
    M::up(include_str!("../migrations/0002_markers_apart.sql")),
    M::up(include_str!("../migrations/0003_indices_in_order.sql")),
    M::up(include_str!("../migrations/0004_mappings_one_way.sql")),
];

/// All migrations.
pub(crate) const fn all() -> Migrations<'static> {
    Migrations::from_slice(STEPS)
}

/// The newest schema version this build knows.
pub(crate) fn known() -> u32 {
    u32::try_from(STEPS.len()).unwrap_or(u32::MAX)
}

/// The schema version of an open file; 0 where it is new.
pub(crate) fn version_of(connection: &Connection) -> rusqlite::Result<u32> {
    connection.query_row("PRAGMA user_version", [], |row| row.get(0))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;

    fn schema(connection: &Connection) -> Vec<(String, String, Option<String>)> {
        connection
            .prepare("SELECT type, name, sql FROM sqlite_master ORDER BY type, name")
            .unwrap()
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .unwrap()
            .map(Result::unwrap)
            .collect()
    }

    #[test]
    fn definitions_are_sound() {
        all().validate().unwrap();
    }

    #[test]
    fn a_file_upgraded_step_by_step_has_the_schema_of_a_fresh_one() {
        let mut fresh = Connection::open_in_memory().unwrap();
        all().to_latest(&mut fresh).unwrap();
        for start in 0..=STEPS.len() {
            let mut upgraded = Connection::open_in_memory().unwrap();
            all().to_version(&mut upgraded, start).unwrap();
            for step in start..=STEPS.len() {
                all().to_version(&mut upgraded, step).unwrap();
            }
            assert_eq!(schema(&upgraded), schema(&fresh), "from version {start}");
        }
        assert_eq!(version_of(&fresh).unwrap(), known());
    }

    #[test]
    fn what_a_file_of_any_version_holds_is_there_afterwards() {
        let tables = [
            "records",
            "links",
            "runs",
            "log",
            "exceptions",
            "intents",
            "cursors",
        ];
        for start in 1..STEPS.len() {
            let mut connection = Connection::open_in_memory().unwrap();
            all().to_version(&mut connection, start).unwrap();
            connection
                .execute_batch(include_str!("tests/books_of_version_1.sql"))
                .unwrap();
            all().to_latest(&mut connection).unwrap();
            for table in tables {
                let rows: i64 = connection
                    .query_row(&format!("SELECT count(*) FROM {table}"), [], |row| {
                        row.get(0)
                    })
                    .unwrap();
                assert_eq!(rows, 2, "{table}, from version {start}");
            }
            let finding: String = connection
                .query_row("PRAGMA integrity_check", [], |row| row.get(0))
                .unwrap();
            assert_eq!(finding, "ok", "from version {start}");
        }
    }

    #[test]
    fn every_table_is_strict() {
        let mut fresh = Connection::open_in_memory().unwrap();
        all().to_latest(&mut fresh).unwrap();
        let lax: Vec<String> = fresh
            .prepare(
                "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' \
                 AND strict = 0 AND name NOT LIKE 'sqlite_%'",
            )
            .unwrap()
            .query_map([], |row| row.get(0))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        assert_eq!(lax, Vec::<String>::new());
    }
}
