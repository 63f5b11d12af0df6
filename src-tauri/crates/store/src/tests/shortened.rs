//! A file of version 19, whose tables held words and texts where they hold numbers and bytes now.

use std::path::Path;

use ledger::{Kind, RemoteId, Side};
use rusqlite::types::{FromSqlResult, Value, ValueRef};
use rusqlite::{Connection as Sqlite, params};

use super::*;
use crate::codes::{Numbered, change, change_of, coded_key, date_of, decoded, moment, moment_of};
use crate::records::RecordState;
use crate::{
    IntentState, IntentWrite, LinkState, LogOutcome, LogQuery, RecordKey, StoreError, migrations,
};

const GUID: &str = "0004becd-d504-4c8c-b41e-75d92a303b17";
const OTHER: &str = "ffb4f39e-6a0c-4bcb-8a7d-0c3ad2bd8f11";

/// Identities of every form there is.
const IDS: [&str; 7] = [
    GUID,
    OTHER,
    "batch:0004becd-d504-4c8c-b41e-75d92a303b17",
    "overpayment:ffb4f39e-6a0c-4bcb-8a7d-0c3ad2bd8f11",
    "ACC-SINV-2026-00001",
    "0004BECD-D504-4C8C-B41E-75D92A303B17",
    "Böhm & Söhne: Leeds",
];
const STATES: [&str; 6] = [
    "draft",
    "approved",
    "voided",
    "active",
    "archived",
    "unreadable",
];
const INTENT_STATES: [&str; 6] = [
    "intended",
    "sent",
    "confirmed",
    "refused",
    "in_doubt",
    "abandoned",
];
const CHANGES: [&str; 8] = [
    "create", "update", "replace", "void", "withdraw", "mark", "allocate", "split",
];

/// Rows of every kind, state and form of identity, and one of each table that is gone again.
fn fill(path: &Path) {
    let mut file = Sqlite::open(path).unwrap();
    file.pragma_update(None, "journal_mode", "WAL").unwrap();
    migrations::all().to_version(&mut file, 19).unwrap();
    file.execute_batch(
        "INSERT INTO pairings (id, name, xero_connection, xero_tenant, xero_name,
           erpnext_connection, erpnext_company, base_currency, created_at)
         VALUES (1, 'Main', 'x', 'tenant', 'Demo Ltd', 'e', 'Demo Ltd', 'GBP', 0);",
    )
    .unwrap();
    fill_records(&file);
    fill_links(&file);
    fill_log(&file);
    fill_intents(&file);
    fill_exceptions(&file);
    // Numbers are not given out again.
    file.execute_batch(
        "DELETE FROM links WHERE id = (SELECT max(id) FROM links);
         DELETE FROM log WHERE id = (SELECT max(id) FROM log);
         DELETE FROM exceptions WHERE id = (SELECT max(id) FROM exceptions);
         DELETE FROM intents WHERE id = (SELECT max(id) FROM intents);",
    )
    .unwrap();
}

fn fill_records(file: &Sqlite) {
    let mut at = 0_usize;
    for side in Side::BOTH {
        for kind in Kind::ALL {
            for id in IDS {
                let state = STATES[at % STATES.len()];
                let content = (state != "unreadable").then(|| format!("{{\"number\":{at}}}"));
                file.execute(
                    "INSERT INTO records (pairing, side, kind, remote_id, version, marker, merged_into, title,
                       contact_name, folded_title, date, due_date, currency, amount, amount_due, state,
                       content, why, raw, changed, pulled_at, born, gone, missed, contact)
                     VALUES (1, ?1, ?2, ?3, '2026-11-30 15:23:07.736554', ?4, ?5, ?3, 'c', 'f', ?6,
                       '2026-12-24', 'GBP', '10.5', '3', ?7, ?8, 'why', 'raw', ?9, 7, '2025-02-28 08:05:00.002000', ?10, ?11, ?12)",
                    params![
                        side.word(),
                        kind.word(),
                        id,
                        at.is_multiple_of(3).then_some(OTHER),
                        at.is_multiple_of(5).then_some(GUID),
                        (!at.is_multiple_of(4)).then(|| format!("2026-01-{:02}", at % 28 + 1)),
                        state,
                        content,
                        at % 2 == 1,
                        at.is_multiple_of(7).then_some(5),
                        at.is_multiple_of(6).then_some(6),
                        (at % 3 != 1).then_some(IDS[at % IDS.len()]),
                    ],
                )
                .unwrap();
                at += 1;
            }
        }
    }
}

fn fill_links(file: &Sqlite) {
    for kind in Kind::ALL {
        for (at, id) in IDS.iter().enumerate() {
            file.execute(
                "INSERT INTO links (pairing, kind, xero_id, erpnext_id, base_xero, base_erpnext, xero_version,
                   state, created_at, settled_at) VALUES (1, ?1, ?2, ?3, 1, ?4, 'v', ?5, 1, 2)",
                params![
                    kind.word(),
                    id,
                    IDS[(at + 1) % IDS.len()],
                    (at % 2 == 0).then_some("{}"),
                    ["active", "ended"][at % 2],
                ],
            )
            .unwrap();
        }
    }
}

fn fill_log(file: &Sqlite) {
    for (at, outcome) in LogOutcome::ALL.iter().enumerate() {
        let id = IDS[at % IDS.len()];
        file.execute(
            "INSERT INTO log (pairing, run, at, kind, direction, xero_id, erpnext_id, title, contact, currency,
               amount, outcome, said, message)
             VALUES (1, 4, ?1, ?2, ?3, ?4, ?5, 'INV-0007', 'Acme', 'GBP', '5', ?6, ?7, ?8)",
            params![
                i64::try_from(at).unwrap() * 1_000,
                (at % 4 != 3).then(|| Kind::ALL[at % 4].word()),
                (at % 3 != 2).then(|| Side::BOTH[at % 3].word()),
                id,
                at.is_multiple_of(2).then_some(OTHER),
                outcome.word(),
                (at % 2 == 0).then_some("created"),
                if at % 2 == 0 { "{\"side\":\"xero\"}" } else { "In finished words" },
            ],
        )
        .unwrap();
        file.execute(
            "INSERT INTO log_details (line, detail) VALUES (last_insert_rowid(), ?1)",
            [format!("{{\"line\":{at}}}")],
        )
        .unwrap();
    }
}

fn fill_intents(file: &Sqlite) {
    for (at, change) in CHANGES.iter().enumerate() {
        for (state_at, state) in INTENT_STATES.iter().enumerate() {
            file.execute(
                "INSERT INTO intents (key, pairing, run, side, kind, change, source_id, target_id, prepared,
                   state, answer, intended_at, sent_at, settled_at, fingerprint)
                 VALUES (?1, 1, 4, ?2, ?3, ?4, ?5, ?6, '{}', ?7, '{}', 1, 2, 3, 'f')",
                params![
                    format!("{at:08x}-0000-4000-8000-{state_at:012x}"),
                    Side::BOTH[at % 2].word(),
                    Kind::ALL[at % 4].word(),
                    change,
                    IDS[state_at],
                    (at % 2 == 0).then_some(IDS[(at + state_at) % IDS.len()]),
                    state,
                ],
            )
            .unwrap();
        }
    }
}

fn fill_exceptions(file: &Sqlite) {
    for (at, id) in IDS.iter().enumerate() {
        file.execute(
            "INSERT INTO exceptions (pairing, side, kind, remote_id, title, contact, cause_word, cause,
               first_seen, last_seen, tries, fingerprint, status, decision, chosen)
             VALUES (1, ?1, ?2, ?3, 't', 'c', 'vanished', '{\"vanished\":{\"side\":\"xero\"}}', 1, 2, 3, 'f',
               ?4, 'same', ?3)",
            params![
                Side::BOTH[at % 2].word(),
                Kind::ALL[at % 4].word(),
                id,
                ["open", "ignored", "resolved"][at % 3],
            ],
        )
        .unwrap();
    }
}

/// What a column that is short now held before.
fn as_it_was(table: &str, column: &str, value: ValueRef<'_>) -> Value {
    fn word<T: Numbered>(value: ValueRef<'_>, word: fn(T) -> String) -> Value {
        Value::Text(word(T::of_number(value.as_i64().unwrap()).unwrap()))
    }
    /// In the one form that it is looked for in.
    fn short(
        value: ValueRef<'_>,
        read: fn(ValueRef<'_>) -> FromSqlResult<String>,
        write: fn(&str) -> Value,
    ) -> Value {
        let text = read(value).unwrap();
        assert_eq!(ValueRef::from(&write(&text)), value, "{text}");
        Value::Text(text)
    }
    if value == ValueRef::Null {
        return Value::Null;
    }
    match (table, column) {
        (_, "side" | "direction") => word(value, |it: Side| it.word().to_owned()),
        (_, "kind") => word(value, |it: Kind| it.word().to_owned()),
        ("records", "state") => word(value, |it: RecordState| format!("{it:?}").to_lowercase()),
        ("links", "state") => word(value, |it: LinkState| it.word().to_owned()),
        ("intents", "state") => word(value, |it: IntentState| it.word().to_owned()),
        ("log", "outcome") => word(value, |it: LogOutcome| it.word().to_owned()),
        ("intents", "change") => short(value, change_of, change),
        ("records", "date" | "due_date") => {
            Value::Text(date_of(value.as_i64().unwrap()).unwrap().to_string())
        }
        (_, "remote_id" | "marker" | "merged_into" | "xero_id" | "erpnext_id")
        | ("records", "contact")
        | ("intents", "source_id" | "target_id" | "key") => {
            short(value, decoded, |text| coded_key(text).value())
        }
        (_, "version" | "born" | "xero_version" | "erpnext_version") => {
            short(value, moment_of, moment)
        }
        _ => value.try_into().unwrap(),
    }
}

/// All that the tables hold, as version 19 said it; sorted.
fn contents(file: &Sqlite, short: bool) -> Vec<String> {
    let mut all = Vec::new();
    for table in [
        "records",
        "links",
        "exceptions",
        "intents",
        "log",
        "log_details",
        "sqlite_sequence",
    ] {
        let mut query = file.prepare(&format!("SELECT * FROM {table}")).unwrap();
        let columns: Vec<String> = query
            .column_names()
            .into_iter()
            .map(str::to_owned)
            .collect();
        let mut rows = query.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let mut values: Vec<String> = columns
                .iter()
                .enumerate()
                // The first stands in the record itself, the others came later.
                .filter(|(_, column)| !matches!(column.as_str(), "contact_name" | "place" | "sum"))
                .map(|(at, column)| {
                    let value = row.get_ref(at).unwrap();
                    let value = if short
                        && table == "log"
                        && column == "message"
                        && value == ValueRef::Null
                    {
                        // The side written to alone.
                        let side = Side::of_number(row.get("direction").unwrap()).unwrap();
                        Value::Text(format!("{{\"side\":\"{}\"}}", side.word()))
                    } else if short {
                        as_it_was(table, column, value)
                    } else {
                        value.try_into().unwrap()
                    };
                    format!("{column} {value:?}")
                })
                .collect();
            values.sort_unstable();
            all.push(format!("{table} {}", values.join(", ")));
        }
    }
    all.sort_unstable();
    all
}

#[test]
fn nothing_is_lost_and_everything_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c.db");
    fill(&path);
    let before = contents(&Sqlite::open(&path).unwrap(), false);
    let store = Store::open(&path).unwrap();
    let after = contents(&Sqlite::open(&path).unwrap(), true);
    for (before, after) in before.iter().zip(&after) {
        assert_eq!(before, after);
    }
    assert_eq!(before.len(), after.len());
    store.check().unwrap();

    let pairing = PairingId(1);
    for side in Side::BOTH {
        for kind in Kind::ALL {
            let mut seen = Vec::new();
            store
                .identities_each(pairing, side, kind, |id, _| seen.push(id))
                .unwrap();
            for id in IDS.map(RemoteId::new) {
                let key = RecordKey {
                    side,
                    kind,
                    id: id.clone(),
                };
                let known = store.known(pairing, side, kind, [&id]).unwrap();
                assert_eq!(known[&id].gone, !seen.contains(&id), "{key:?}");
            }
        }
    }
    for kind in Kind::ALL {
        for id in &IDS[..6] {
            let id = RemoteId::new(*id);
            let there = store
                .counterparts(pairing, Side::Xero, kind, [&id])
                .unwrap();
            let there = &there[&id].id;
            let back = store
                .counterparts(pairing, Side::Erpnext, kind, [there])
                .unwrap();
            assert_eq!(back[there].id, id);
        }
        assert_eq!(
            store.active_links(pairing, kind).unwrap(),
            if kind == Kind::Payment { 3 } else { 4 }
        );
    }
    let count = |query: LogQuery| store.log_count(&query, 100).unwrap();
    let of = |record: &str| {
        count(LogQuery {
            record: Some(RemoteId::new(record)),
            ..LogQuery::default()
        })
    };
    assert_eq!(IDS.map(of), [2, 8, 2, 2, 2, 2, 2]);
    let said = |text: &str| {
        count(LogQuery {
            text: Some(text.to_owned()),
            ..LogQuery::default()
        })
    };
    assert_eq!(
        [said("created xero"), said("finished"), said("i")],
        [7, 7, 14]
    );
    assert_eq!(store.standing_exceptions(pairing).unwrap().len(), 4);
    let unsettled = store.unsettled(pairing).unwrap();
    assert_eq!(unsettled.len(), 3 * CHANGES.len());
    let again = store.intent(&unsettled[0].write.key).unwrap().unwrap();
    assert_eq!(again, unsettled[0]);
    // While a create of a record is under way, no second one can be intended.
    let second = IntentWrite {
        key: "k".into(),
        ..again.write
    };
    let refused = store.journal_intended(pairing, None, &[second], day(2));
    assert!(
        matches!(refused, Err(StoreError::Conflict(_))),
        "{refused:?}"
    );
}

#[test]
fn a_word_that_is_not_known_ends_the_upgrade_and_leaves_the_file_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c.db");
    fill(&path);
    let file = Sqlite::open(&path).unwrap();
    file.execute_batch(
        "INSERT INTO links (pairing, kind, xero_id, erpnext_id, state, created_at, settled_at)
        VALUES (1, 'estimate', 'q', 'Q', 'active', 0, 0)",
    )
    .unwrap();
    let before = contents(&file, false);
    drop(file);
    let refused = Store::open(&path).unwrap_err().to_string();
    assert!(refused.contains("estimate"), "{refused}");
    let file = Sqlite::open(&path).unwrap();
    assert_eq!(migrations::version_of(&file).unwrap(), 19);
    assert_eq!(contents(&file, false), before);
}
