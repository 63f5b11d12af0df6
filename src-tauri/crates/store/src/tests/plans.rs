//! How SQLite goes about every statement of the store: without statistics, as a file has none in its
//! first hour, and with those of books of 20,000 and of 1,000,000 records.

mod lookups;

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::Connection as Sqlite;

use super::*;
use crate::db::Reading;
use crate::statements::{self, log as log_statements};
use crate::{LogId, LogOutcome, LogQuery, RunId};
use lookups::look_ups;

/// Tables with a row for each record, write or run.
const GROWING: [&str; 9] = [
    "records",
    "kept_apart",
    "credits",
    "links",
    "log",
    "log_details",
    "exceptions",
    "intents",
    "runs",
];
/// Tables that stay as small as what a person sets up.
const SMALL: [&str; 15] = [
    "connections",
    "pairings",
    "rules",
    "mappings",
    "mapping_values",
    "origins",
    "cursors",
    "looks",
    "settings",
    "governors",
    "lost_writes",
    "shown_plans",
    "setup_writes",
    "places",
    "sign_offs",
];
/// Columns that many rows share: a look-up by these alone reads a large part of a table.
const COARSE: [&str; 6] = ["pairing", "side", "kind", "state", "status", "outcome"];

/// Statements that read a large part of a table that grows, and why they may.
const FULL_READS: [(&str, &str); 30] = [
    (
        "rules::EDITED_IN_XERO",
        "a person lets a kind travel another way; of all links those whose base is a copy",
    ),
    ("rules::EDITED_IN_ERPNEXT", "the same"),
    (
        "records::PLACES_ALONE",
        "from an index of what is to do; given up where much of it is alone",
    ),
    (
        "exceptions::OPEN_RECORDS",
        "open ones only, from an index of these: what needs a person",
    ),
    (
        "apart::NEEDED",
        "as apart::NAMES, each with a look at its record",
    ),
    (
        "apart::ALL",
        "a person asks for all that is kept apart; it comes in the order of the table's key",
    ),
    (
        "apart::NAMES",
        "a plan leaves all of it alone: of a first sync that was undone, as many as it made",
    ),
    ("apart::FORGET", "ending a pairing forgets all of it"),
    (
        "records::ALL_OF",
        "all of a side is asked for, by no run; it comes in the order of the index",
    ),
    (
        "records::TO_DO",
        "from an index of what is to do and one of unresolved exceptions, and nothing else of either",
    ),
    (
        "records::MERGED",
        "from an index of those that were merged: what people have tidied up, a few in a thousand",
    ),
    (
        "records::IDENTITIES",
        "once a day, when all identities of a side are compared, from the table's own key",
    ),
    (
        "records::ALL_TO_DO",
        "where two installations contradicted each other about a contact, once for each time",
    ),
    (
        "records::MISSED",
        "from an index of those that one look-up did not find: nearly none",
    ),
    (
        "journal::WRITTEN",
        "the newest twenty or so, from the end of an index of what was carried out",
    ),
    ("links::ALL", "all links are asked for, by no run"),
    (
        "links::COUNT",
        "a count, from an index alone, where a side that is read from the beginning comes back empty",
    ),
    (
        "links::COUNT_ENDED",
        "the same, from an index of those that have ended",
    ),
    (
        "links::ANY",
        "whether there is one: the first that an index has ends it",
    ),
    (
        "exceptions::STANDING",
        "unresolved ones only, from an index of these; the planner needs all",
    ),
    ("exceptions::RETRY_ALL", "a person asks for all open ones"),
    (
        "journal::UNSETTLED",
        "from an index of unsettled ones: a batch or two after a crash",
    ),
    ("journal::COUNT_UNSETTLED", "the same"),
    (
        "credits::ALL",
        "the two sides are compared; what is used up is not there",
    ),
    (
        "credits::FORGET_SIDE",
        "a side says anew all that is open on it",
    ),
    ("credits::FORGET", "ending a pairing forgets all of it"),
    (
        "pairings::FORGET_RECORDS",
        "ending a pairing forgets all of it",
    ),
    ("pairings::FORGET_LINKS", "the same"),
    ("pairings::FORGET_EXCEPTIONS", "the same"),
    (
        "runs::CLOSE_DEAD",
        "from an index of runs under way: at most one, or those that died",
    ),
];
/// And sums over part of a table.
const SUMS: [(&str, &str); 3] = [
    (
        "summary::DUE",
        "what is owed is the sum over open invoices, from an index of these alone",
    ),
    (
        "summary::DUE_EACH",
        "the same one by one: asked for only where the sums of the two sides differ",
    ),
    (
        "summary::OWED",
        "the same customer by customer, from an index that holds all that is added",
    ),
];

/// One database, and what SQLite may know of it.
struct Books {
    connection: Sqlite,
    about: &'static str,
}

fn empty() -> Sqlite {
    let mut connection = Sqlite::open_in_memory().unwrap();
    crate::migrations::all().to_latest(&mut connection).unwrap();
    Reading::new(&connection)
        .prepare(&statements::file::LIST_WORDS)
        .unwrap()
        .execute([])
        .unwrap();
    connection
}

/// Statistics as ANALYZE writes them, of books with so many records: for each index the number of
/// its rows, and how many share the first column, the first two, and so on.
fn with_statistics(records: u64, about: &'static str) -> Books {
    let connection = empty();
    connection.execute_batch("ANALYZE").unwrap();
    let rows_of = |table: &str| match table {
        "records" => records,
        "links" | "intents" => records / 2,
        "log" | "log_details" => records * 3,
        "exceptions" | "credits" => records / 50,
        "runs" => records / 10,
        _ => 5,
    };
    let mut statistics: Vec<(String, String, String)> = Vec::new();
    for (table, index, columns, partial) in indices(&connection) {
        let rows = rows_of(&table) / if partial { 20 } else { 1 };
        let mut numbers = vec![rows];
        let mut shared = rows;
        for column in &columns {
            shared = match column.as_str() {
                "pairing" => shared,
                "side" | "kind" | "currency" => shared.div_ceil(2),
                "state" | "status" | "outcome" | "cause_word" => shared.div_ceil(3),
                "date" | "due_date" | "run" => shared.min((rows / 300).max(1)),
                _ => 1,
            };
            numbers.push(shared);
        }
        let numbers: Vec<String> = numbers.iter().map(ToString::to_string).collect();
        statistics.push((table, index, numbers.join(" ")));
    }
    for (table, index, stat) in statistics {
        connection
            .execute(
                "INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (?1, ?2, ?3)",
                [table, index, stat],
            )
            .unwrap();
    }
    connection.execute_batch("ANALYZE sqlite_schema").unwrap();
    Books { connection, about }
}

fn states() -> [Books; 3] {
    [
        Books {
            connection: empty(),
            about: "without statistics",
        },
        with_statistics(20_000, "20,000 records"),
        with_statistics(1_000_000, "1,000,000 records"),
    ]
}

/// Table, index, its columns, and whether it is of part of the table.
fn indices(connection: &Sqlite) -> Vec<(String, String, Vec<String>, bool)> {
    let mut found = Vec::new();
    for table in GROWING.into_iter().chain(SMALL) {
        let list: Vec<(String, bool)> = connection
            .prepare("SELECT name, partial FROM pragma_index_list(?1)")
            .unwrap()
            .query_map([table], |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        for (index, partial) in list {
            let columns = columns(connection, &index);
            found.push((table.to_owned(), index, columns, partial));
        }
    }
    found
}

fn columns(connection: &Sqlite, index: &str) -> Vec<String> {
    connection
        .prepare("SELECT name FROM pragma_index_info(?1) ORDER BY seqno")
        .unwrap()
        .query_map([index], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect()
}

fn unique(connection: &Sqlite, table: &str, index: &str) -> bool {
    connection
        .query_row(
            "SELECT \"unique\" FROM pragma_index_list(?1) WHERE name = ?2",
            [table, index],
            |row| row.get(0),
        )
        .unwrap()
}

/// The condition of an index of part of a table.
fn condition(connection: &Sqlite, index: &str) -> String {
    let sql: Option<String> = connection
        .query_row(
            "SELECT sql FROM sqlite_schema WHERE name = ?1",
            [index],
            |row| row.get(0),
        )
        .unwrap();
    let sql = sql.unwrap_or_default();
    sql.split_once("WHERE")
        .map(|(_, condition)| condition.to_owned())
        .unwrap_or_default()
}

fn plan(connection: &Sqlite, sql: &str) -> Vec<String> {
    let mut statement = connection
        .prepare(&format!("EXPLAIN QUERY PLAN {sql}"))
        .unwrap_or_else(|why| panic!("{why} in: {sql}"));
    // The values do not matter: a plan is made before they are known.
    let mut rows = statement.raw_query();
    let mut steps = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        steps.push(row.get(3).unwrap());
    }
    steps
}

/// One step of a plan that reads a table.
struct Step {
    alias: String,
    index: Option<String>,
    /// The columns it goes by; `id` for the table's own key.
    by: BTreeSet<String>,
    /// Of these, the ones that have to equal something.
    equal: BTreeSet<String>,
}

fn step(line: &str) -> Option<Step> {
    let rest = line
        .strip_prefix("SEARCH ")
        .or_else(|| line.strip_prefix("SCAN "))?;
    let alias = rest.split(' ').next()?.to_owned();
    let index = rest
        .split_once("INDEX ")
        .map(|(_, name)| name.split(' ').next().unwrap().to_owned());
    let mut by = BTreeSet::new();
    let mut equal = BTreeSet::new();
    if let Some((_, terms)) = rest.split_once('(') {
        for term in terms.trim_end_matches(')').split(" AND ") {
            let name: String = term
                .chars()
                .take_while(|sign| sign.is_alphanumeric() || *sign == '_')
                .collect();
            let name = if name == "rowid" { "id".into() } else { name };
            if term[term.len().min(name.len())..].contains('=') && !term.contains(['<', '>']) {
                equal.insert(if term.starts_with("rowid") {
                    "id".into()
                } else {
                    name.clone()
                });
            }
            by.insert(name);
        }
    }
    Some(Step {
        alias,
        index,
        by,
        equal,
    })
}

/// What is wrong with how SQLite goes about a statement; whether it reads a large part of a table
/// that grows.
fn judge(connection: &Sqlite, sql: &str) -> (Vec<String>, bool) {
    let steps = plan(connection, sql);
    let look_ups = look_ups(sql);
    let grows = |table: &str| GROWING.contains(&table);
    let table_of = |alias: &str| {
        look_ups
            .iter()
            .find(|look_up| look_up.alias == alias)
            .map_or("", |look_up| look_up.table.as_str())
    };
    let mut wrong = Vec::new();
    let mut full = false;
    for line in &steps {
        if line.contains("TEMP B-TREE") && look_ups.iter().any(|of| grows(&of.table)) {
            wrong.push(format!("sorts aside: {line}"));
        }
        if line.contains("AUTOMATIC") {
            wrong.push(format!("makes an index: {line}"));
        }
        let Some(step) = step(line) else { continue };
        if !grows(table_of(&step.alias)) {
            continue;
        }
        if line.starts_with("SCAN") {
            wrong.push(format!("walks the whole table: {line}"));
        }
        full |= step.by.iter().all(|by| COARSE.contains(&by.as_str()));
    }
    let steps: Vec<Step> = steps.iter().filter_map(|line| step(line)).collect();
    for look_up in look_ups.iter().filter(|look_up| grows(&look_up.table)) {
        let served = steps
            .iter()
            .filter(|step| step.alias == look_up.alias)
            .any(|step| serves(connection, step, look_up));
        if !served && !look_up.equal.is_empty() {
            wrong.push(format!(
                "no index used has all columns of {look_up:?}: {:?}",
                plan(connection, sql)
            ));
        }
    }
    (wrong, full)
}

/// Whether a step goes by all the columns of a look-up, or by enough for a single row.
fn serves(connection: &Sqlite, step: &Step, look_up: &lookups::LookUp) -> bool {
    let Some(index) = &step.index else {
        return step.equal.contains("id");
    };
    if step.equal.contains("id") {
        return true;
    }
    let single = unique(connection, &look_up.table, index)
        && columns(connection, index)
            .iter()
            .all(|column| step.equal.contains(column));
    let condition = condition(connection, index);
    single
        || look_up.equal.iter().all(|(column, literal)| {
            step.equal.contains(column)
                || literal
                    .as_ref()
                    .is_some_and(|literal| condition.contains(&format!("{column} = {literal}")))
        })
}

#[test]
fn every_table_is_known_to_grow_or_to_stay_small() {
    let tables: BTreeSet<String> = empty()
        .prepare(
            "SELECT name FROM sqlite_schema WHERE type = 'table'
             AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'log_text%'
             AND name NOT LIKE 'records_text%'",
        )
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    let known: BTreeSet<String> = GROWING
        .into_iter()
        .chain(SMALL)
        .map(str::to_owned)
        .collect();
    assert_eq!(tables, known);
}

#[test]
fn every_look_up_goes_by_an_index_of_all_its_columns_and_none_sorts_aside() {
    let allowed: BTreeMap<&str, &str> = FULL_READS.into_iter().chain(SUMS).collect();
    let mut wrong = Vec::new();
    let mut met = BTreeSet::new();
    for books in states() {
        for (name, sql) in statements::all() {
            if name.starts_with("file::") || name == "log::NEXT_WORD" {
                // Not about a table of ours: the file, and SQLite's own list of words.
                continue;
            }
            let plain = name.split(' ').next().unwrap().to_owned();
            let (found, full) = judge(&books.connection, sql.text());
            for fault in found {
                wrong.push(format!("{name}, {}: {fault}", books.about));
            }
            if full && !allowed.contains_key(plain.as_str()) {
                wrong.push(format!(
                    "{name}, {}: reads much and is on no list: {:?}",
                    books.about,
                    plan(&books.connection, sql.text())
                ));
            }
            if full {
                met.insert(plain);
            }
        }
    }
    for name in allowed.keys().filter(|name| !met.contains(**name)) {
        wrong.push(format!("{name} is on the list and reads little"));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Every shape that a query of the log can take: what is asked for decides which index leads.
#[test]
fn every_shape_of_a_query_of_the_log_goes_by_the_index_that_says_most() {
    let mut shapes = 0;
    for books in states() {
        for shape in 0..3 * 3 * 256_u32 {
            let bit = |bit: u32| (shape % 256) & (1 << bit) != 0;
            let outcomes = [LogOutcome::Exception, LogOutcome::Conflict];
            let text = bit(0).then(|| "\"acme\"*".to_owned());
            let query = LogQuery {
                record: bit(1).then(|| RemoteId::new("x")),
                run: bit(2).then_some(RunId(1)),
                pairing: bit(3).then_some(PairingId(1)),
                kind: bit(4).then_some(ledger::Kind::Invoice),
                to: bit(4).then_some(ledger::Side::Xero),
                since: bit(5).then(|| day(1)),
                until: bit(6).then(|| day(2)),
                limit: u32::from(bit(7)) * 100,
                outcomes: outcomes[..(shape / 256 % 3) as usize].to_vec(),
                before: (shape / 768 == 1).then_some(LogId(7)),
                after: (shape / 768 == 2).then_some(LogId(7)),
                ..LogQuery::default()
            };
            let bounds = log_statements::Bounds {
                from: query.since.map(|_| 3),
                below: query.until.map(|_| 9),
            };
            let led_by = if text.is_some() {
                "VIRTUAL TABLE INDEX"
            } else if query.record.is_some() {
                "log_xero"
            } else if query.run.is_some() {
                "log_run"
            } else if query.pairing.is_some() && !query.outcomes.is_empty() {
                "log_outcome"
            } else if query.pairing.is_some() {
                "log_pairing"
            } else {
                // Of all pairings: newest first (or oldest), until the page is full.
                "log"
            };
            for statement in [
                log_statements::page(&query, text.clone(), bounds),
                log_statements::count(&query, text.clone(), bounds, 10_001),
            ] {
                let plan = plan(&books.connection, statement.sql.text()).join("\n");
                let about = format!("{}\n{}\n{plan}", books.about, statement.sql.text());
                assert!(plan.contains(led_by), "{led_by} does not lead: {about}");
                assert!(!plan.contains("AUTOMATIC"), "{about}");
                // A record's own history is short enough to sort.
                let short = text.is_none() && query.record.is_some();
                assert!(short || !plan.contains("TEMP B-TREE"), "{about}");
                let whole = plan
                    .lines()
                    .any(|line| line.starts_with("SCAN log") && !line.contains("VIRTUAL TABLE"));
                assert!(!whole || led_by == "log", "{about}");
                shapes += 1;
            }
        }
    }
    assert_eq!(shapes, 3 * 3 * 3 * 256 * 2);
}

/// The statements of the schema's triggers.
#[test]
fn triggers_go_by_indices_too() {
    let mut statements = 0;
    for books in states() {
        let triggers: Vec<(String, String)> = books
            .connection
            .prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
            .unwrap()
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap()
            .map(Result::unwrap)
            .filter(|(name, _): &(String, String)| !name.starts_with("log_"))
            .collect();
        assert!(triggers.len() == 11, "{triggers:?}");
        for (name, sql) in triggers {
            let (head, body) = sql.split_once("BEGIN").unwrap();
            assert!(!head.contains("SELECT"), "{name} asks before: {head}");
            let body = body.trim().trim_end_matches("END").to_owned();
            let whole = body
                .split(';')
                .filter(|statement| !statement.trim().is_empty());
            for statement in whole {
                let statement = with_values(statement);
                let (wrong, full) = judge(&books.connection, &statement);
                let about = format!("{name}, {}: {statement}", books.about);
                assert!(wrong.is_empty(), "{about}\n{}", wrong.join("\n"));
                assert!(!full, "{about}");
                statements += 1;
            }
        }
    }
    assert_eq!(statements, 3 * 15);
}

/// A trigger's statement with a parameter wherever it names the row it is about.
fn with_values(statement: &str) -> String {
    let mut text = String::new();
    let mut rest = statement;
    while let Some(at) = rest.find("new.").into_iter().chain(rest.find("old.")).min() {
        text.push_str(&rest[..at]);
        text.push_str("?1");
        rest =
            rest[at + 4..].trim_start_matches(|sign: char| sign.is_alphanumeric() || sign == '_');
    }
    text + rest
}
