//! Numbered migrations, applied in order; a released one is never edited.

use chrono::NaiveDate;
use ledger::{Kind, Record, Said, Side};
use rusqlite::functions::FunctionFlags;
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, Transaction, params};
use rusqlite_migration::{HookResult, M, Migrations};

use crate::codes::{self, Numbered};
use crate::packed::{Like, Packed, pack, unpack};
use crate::records::{RecordState, UnreadableRow, contact_of, place};
use crate::sql::Columns;
use crate::{IntentState, LinkState, LogOutcome};

/// How many there are.
const STEPS: u32 = 24;
/// The version from which on what rows repeat is kept short: bringing an older file there leaves a part of it
/// empty, as compressing its long texts did before (version 4).
pub(crate) const SHORT: u32 = 20;

/// All migrations.
pub(crate) fn all() -> Migrations<'static> {
    Migrations::new(vec![
        M::up(include_str!("../migrations/0001_first.sql")),
        M::up(include_str!("../migrations/0002_markers_apart.sql")),
        M::up(include_str!("../migrations/0003_indices_in_order.sql")),
        M::up_with_hook("", |transaction: &Transaction<'_>| -> HookResult {
            offer_packing(transaction)?;
            transaction.execute_batch(include_str!("../migrations/0004_packed.sql"))?;
            Ok(())
        }),
        M::up(include_str!("../migrations/0005_mappings_one_way.sql")),
        M::up(include_str!("../migrations/0006_ends.sql")),
        M::up(include_str!("../migrations/0007_nothing_hidden.sql")),
        M::up(include_str!("../migrations/0008_origins.sql")),
        M::up(include_str!("../migrations/0009_who.sql")),
        M::up(include_str!("../migrations/0010_scope.sql")),
        M::up(include_str!("../migrations/0011_said.sql")),
        M::up(include_str!("../migrations/0012_credits.sql")),
        M::up(include_str!("../migrations/0013_decisions.sql")),
        M::up(include_str!("../migrations/0014_setup_writes.sql")),
        M::up_with_hook("", |transaction: &Transaction<'_>| -> HookResult {
            offer_contacts(transaction)?;
            transaction.execute_batch(include_str!("../migrations/0015_owed.sql"))?;
            Ok(())
        }),
        M::up(include_str!("../migrations/0016_credit_notes.sql")),
        M::up(include_str!("../migrations/0017_kept_once.sql")),
        M::up(include_str!("../migrations/0018_reached_when_added.sql")),
        M::up(include_str!("../migrations/0019_used_by_payments.sql")),
        M::up_with_hook("", |transaction: &Transaction<'_>| -> HookResult {
            offer_codes(transaction)?;
            transaction.execute_batch(include_str!("../migrations/0020_short.sql"))?;
            Ok(())
        }),
        M::up(include_str!("../migrations/0021_kept_apart.sql")),
        M::up_with_hook("", |transaction: &Transaction<'_>| -> HookResult {
            transaction.execute_batch(include_str!("../migrations/0022_found.sql"))?;
            give_places(transaction)?;
            transaction.execute_batch(include_str!("../migrations/0022_found_indices.sql"))?;
            Ok(())
        }),
        M::up(include_str!("../migrations/0023_sign_offs.sql")),
        M::up(include_str!("../migrations/0024_tracking.sql")),
    ])
}

/// The newest schema version this build knows.
pub(crate) const fn known() -> u32 {
    STEPS
}

/// Makes the functions that compress texts.
fn offer_packing(connection: &Connection) -> rusqlite::Result<()> {
    for (name, like) in [
        ("packed_record", Like::Record),
        ("packed_request", Like::Request),
    ] {
        connection.create_scalar_function(
            name,
            1,
            FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC,
            move |context| -> rusqlite::Result<Option<Packed>> {
                match context.get_raw(0) {
                    ValueRef::Null => Ok(None),
                    text => Ok(Some(pack(like, text.as_str()?))),
                }
            },
        )?;
    }
    Ok(())
}

/// Makes the function that tells whose a stored document or payment is.
fn offer_contacts(connection: &Connection) -> rusqlite::Result<()> {
    connection.create_scalar_function(
        "record_contact",
        1,
        FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC,
        move |context| -> rusqlite::Result<Option<String>> {
            // What this version cannot read is read anew from its side, and stored with its contact.
            let text = unpack(context.get_raw(0)).ok();
            let record = text.and_then(|text| serde_json::from_str::<Record>(&text).ok());
            Ok(record.and_then(|record| contact_of(&record).map(|contact| contact.0.clone())))
        },
    )
}

/// Makes the functions that bring words, days and identities to the forms of [`crate::codes`], and the one that
/// makes the sentence of a line of the log. A word that is not known ends the upgrade: nothing is guessed.
fn offer_codes(connection: &Connection) -> rusqlite::Result<()> {
    let number = |name: &str, of: fn(&str) -> Option<Value>| offer(connection, name, of);
    number("side_number", |word| numbered(Side::from_word(word)))?;
    number("kind_number", |word| numbered(Kind::from_word(word)))?;
    number("outcome_number", |word| {
        numbered(LogOutcome::from_word(word))
    })?;
    number("record_state_number", |word| {
        numbered(match word {
            "draft" => Some(RecordState::Draft),
            "approved" => Some(RecordState::Approved),
            "voided" => Some(RecordState::Voided),
            "active" => Some(RecordState::Active),
            "archived" => Some(RecordState::Archived),
            "unreadable" => Some(RecordState::Unreadable),
            _ => None,
        })
    })?;
    number("intent_state_number", |word| {
        numbered(IntentState::from_word(word))
    })?;
    number("link_state_number", |word| {
        // "frozen" was allowed and never written.
        numbered(LinkState::from_word(word))
    })?;
    number("change_number", |word| Some(codes::change(word)))?;
    number("day_number", |date| {
        let date: NaiveDate = date.parse().ok()?;
        Some(Value::Integer(codes::day(date)))
    })?;
    number("moment_number", |text| Some(codes::moment(text)))?;
    number("coded", |id| Some(codes::coded_key(id).value()))?;
    connection.create_scalar_function(
        "sentence",
        2,
        FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC,
        |context| -> rusqlite::Result<String> {
            Ok(Said::together(context.get(0)?, context.get(1)?).sentence())
        },
    )
}

/// Gives every record its place, its total and the words that it is found by. Numbers of places begin with those
/// of the rows.
fn give_places(transaction: &Transaction<'_>) -> rusqlite::Result<()> {
    let mut rows = transaction.prepare(
        "SELECT rowid, side, kind, remote_id, title, content FROM records ORDER BY rowid",
    )?;
    let mut placing =
        transaction.prepare("UPDATE records SET place = ?2, sum = ?3 WHERE rowid = ?1")?;
    let mut text = transaction.prepare(
        "INSERT INTO records_text (rowid, title, contact, name, reference) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    let mut rows = rows.query([])?;
    while let Some(row) = rows.next()? {
        let number: i64 = row.get(0)?;
        let (side, kind) = (row.side(1)?, row.kind(2)?);
        let id = row.remote_id(3)?;
        // What this version cannot read is found by its title.
        let unreadable = UnreadableRow {
            title: row.get(4)?,
            why: String::new(),
            raw: String::new(),
        };
        let content = unpack(row.get_ref(5)?).ok();
        let record = content.and_then(|text| serde_json::from_str::<Record>(&text).ok());
        let record = record.ok_or(unreadable);
        let read = record.as_ref().ok();
        let at = place::numbered(place::unnumbered(side, kind, read), number);
        let total = read.and_then(Record::total);
        placing.execute(params![
            number,
            at,
            total.map(|(total, _)| place::sum(total))
        ])?;
        let [title, contact, name, reference] = place::texts(side, &id, &record).map(place::words);
        text.execute(params![at, title, contact, name, reference])?;
    }
    Ok(())
}

fn numbered<T: Numbered>(value: Option<T>) -> Option<Value> {
    value.map(|value| Value::Integer(value.number()))
}

/// Makes a function of one text; NULL stays NULL.
fn offer(
    connection: &Connection,
    name: &str,
    of: fn(&str) -> Option<Value>,
) -> rusqlite::Result<()> {
    let called = name.to_owned();
    connection.create_scalar_function(
        name,
        1,
        FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC,
        move |context| -> rusqlite::Result<Value> {
            let text = match context.get_raw(0) {
                ValueRef::Null => return Ok(Value::Null),
                text => text.as_str()?,
            };
            of(text).ok_or_else(|| {
                rusqlite::Error::UserFunctionError(format!("{called}: \"{text}\"").into())
            })
        },
    )
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
        for start in 0..=STEPS as usize {
            let mut upgraded = Connection::open_in_memory().unwrap();
            all().to_version(&mut upgraded, start).unwrap();
            for step in start..=STEPS as usize {
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
        // As long as the rows of version 1 can be put into it.
        for start in 1..SHORT as usize {
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
