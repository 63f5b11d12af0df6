//! The log's queries, and that they use their indexes.

use ledger::{Kind, Side};

use super::*;
use crate::log::plan_of;
use crate::{LogLine, LogOutcome, LogQuery, LogWrite, RunId, Trigger};

fn line(title: &str, contact: &str, outcome: LogOutcome, message: &str) -> LogWrite {
    LogWrite {
        kind: Some(Kind::Invoice),
        to: Some(Side::Erpnext),
        xero_id: Some(RemoteId::new(format!("x-{title}"))),
        title: title.into(),
        contact_name: contact.into(),
        total: Some(("10".parse().unwrap(), gbp())),
        ..LogWrite::note(outcome, message)
    }
}

fn filled(store: &Store) -> (PairingId, RunId) {
    let pairing = paired(store);
    let run = store.start_run(pairing, Trigger::Manual, day(2)).unwrap();
    store
        .append_log(
            pairing,
            Some(run),
            &[
                line(
                    "INV-0001",
                    "Café Zürich",
                    LogOutcome::Created,
                    "Created in ERPNext",
                ),
                line(
                    "INV-0002",
                    "Acme",
                    LogOutcome::Exception,
                    "Xero has no account for Freight",
                ),
            ],
            day(2),
        )
        .unwrap();
    store
        .append_log(
            pairing,
            None,
            &[
                line(
                    "INV-0003",
                    "Acme",
                    LogOutcome::Created,
                    "Created in ERPNext",
                ),
                LogWrite::note(LogOutcome::Note, "Run began"),
            ],
            day(4),
        )
        .unwrap();
    (pairing, run)
}

fn titles(lines: &[LogLine]) -> Vec<&str> {
    lines.iter().map(|line| line.write.title.as_str()).collect()
}

#[test]
fn filters_text_and_paging() {
    let store = Store::open_in_memory().unwrap();
    let (pairing, run) = filled(&store);
    let ask = |query: LogQuery| {
        let lines = store.log(&query).unwrap();
        if query.limit == 0 && query.after.is_none() {
            assert_eq!(store.log_count(&query, 100).unwrap(), lines.len() as u64);
        }
        lines
    };
    let none = LogQuery::default;
    assert_eq!(
        titles(&ask(none())),
        ["", "INV-0003", "INV-0002", "INV-0001"]
    );
    assert_eq!(
        titles(&ask(LogQuery {
            run: Some(run),
            pairing: Some(pairing),
            ..none()
        })),
        ["INV-0002", "INV-0001"]
    );
    let text = |text: &str| {
        titles(&ask(LogQuery {
            text: Some(text.into()),
            ..none()
        }))
        .into_iter()
        .map(str::to_owned)
        .collect::<Vec<_>>()
    };
    assert_eq!(text("zurich"), ["INV-0001"]);
    assert_eq!(text("acm created"), ["INV-0003"]);
    assert_eq!(text("INV-0002"), ["INV-0002"]);
    assert_eq!(text("\"freight AND (x"), Vec::<String>::new());
    assert_eq!(text("\"freight\" -"), ["INV-0002"]);
    assert_eq!(text("  -- ").len(), 4);
    assert_eq!(
        titles(&ask(LogQuery {
            outcomes: vec![LogOutcome::Exception],
            ..none()
        })),
        ["INV-0002"]
    );
    assert_eq!(
        titles(&ask(LogQuery {
            kind: Some(Kind::Invoice),
            to: Some(Side::Xero),
            ..none()
        })),
        Vec::<&str>::new()
    );
    assert_eq!(
        titles(&ask(LogQuery {
            since: Some(day(3)),
            ..none()
        })),
        ["", "INV-0003"]
    );
    assert_eq!(
        titles(&ask(LogQuery {
            until: Some(day(3)),
            ..none()
        })),
        ["INV-0002", "INV-0001"]
    );
    assert_eq!(
        titles(&ask(LogQuery {
            record: Some(RemoteId::new("x-INV-0003")),
            ..none()
        })),
        ["INV-0003"]
    );
    let first = ask(LogQuery { limit: 2, ..none() });
    assert_eq!(titles(&first), ["", "INV-0003"]);
    let rest = ask(LogQuery {
        limit: 2,
        before: Some(first[1].id),
        ..none()
    });
    assert_eq!(titles(&rest), ["INV-0002", "INV-0001"]);
    let newer = ask(LogQuery {
        after: Some(rest[0].id),
        ..none()
    });
    assert_eq!(titles(&newer), ["INV-0003", ""]);
    let mut exported = 0;
    store.log_each(&none(), |_| exported += 1).unwrap();
    assert_eq!(exported, 4);
}

#[test]
fn retention_deletes_old_lines_from_the_text_search_too_but_keeps_failures() {
    let store = Store::open_in_memory().unwrap();
    filled(&store);
    assert_eq!(store.delete_log_before(day(5), 2).unwrap(), 2);
    assert_eq!(store.delete_log_before(day(5), 2).unwrap(), 1);
    assert_eq!(store.delete_log_before(day(5), 2).unwrap(), 0);
    assert_eq!(
        titles(&store.log(&LogQuery::default()).unwrap()),
        ["INV-0002"]
    );
    let found = |text: &str| {
        let text = LogQuery {
            text: Some(text.into()),
            ..LogQuery::default()
        };
        store.log_count(&text, 100).unwrap()
    };
    assert_eq!((found("zurich"), found("freight")), (0, 1));
}

#[test]
fn a_beginning_finds_the_same_however_many_words_begin_so() {
    let store = Store::open_in_memory().unwrap();
    let pairing = paired(&store);
    let lines: Vec<LogWrite> = (0..60)
        .map(|number| {
            line(
                &format!("INV-{number:04}"),
                &format!("Customer{number} Ltd"),
                LogOutcome::Created,
                "Created in ERPNext",
            )
        })
        .collect();
    store.append_log(pairing, None, &lines, day(2)).unwrap();
    let found = |text: &str| {
        let text = LogQuery {
            text: Some(text.into()),
            limit: 100,
            ..LogQuery::default()
        };
        store.log(&text).unwrap().len()
    };
    // Many words, few words, one word, none; in any case, together, and in part of a number.
    assert_eq!(found("custom"), 60);
    assert_eq!(found("CUSTOMER1"), 11);
    assert_eq!(found("customer59"), 1);
    assert_eq!(found("customer60"), 0);
    assert_eq!(found("created customer5 inv-005"), 10);
    assert_eq!(found("inv-00 erpn"), 60);
    assert_eq!(found("crea OR customer1"), 0);
}

#[test]
fn a_line_is_never_altered() {
    let store = Store::open_in_memory().unwrap();
    filled(&store);
    let refused = store.write_sql(|transaction| {
        transaction.execute("UPDATE log SET message = 'nothing happened'", [])
    });
    assert!(refused.is_err());
}

/// Neither a sort of the whole table nor a walk over it without an index.
#[test]
fn every_filter_uses_an_index() {
    let store = Store::open_in_memory().unwrap();
    let (pairing, run) = filled(&store);
    let none = || LogQuery {
        limit: 100,
        ..LogQuery::default()
    };
    let queries = [
        (none(), "SCAN log"),
        (
            LogQuery {
                pairing: Some(pairing),
                ..none()
            },
            "log_pairing",
        ),
        (
            LogQuery {
                pairing: Some(pairing),
                run: Some(run),
                ..none()
            },
            "log_run",
        ),
        (
            LogQuery {
                pairing: Some(pairing),
                outcomes: vec![LogOutcome::Exception],
                ..none()
            },
            "log_outcome",
        ),
        (
            LogQuery {
                record: Some(RemoteId::new("x")),
                ..none()
            },
            "log_xero",
        ),
        (
            LogQuery {
                text: Some("acme".into()),
                pairing: Some(pairing),
                ..none()
            },
            "VIRTUAL TABLE",
        ),
        (
            LogQuery {
                since: Some(day(3)),
                until: Some(day(4)),
                ..none()
            },
            "INTEGER PRIMARY KEY",
        ),
    ];
    for (query, expected) in queries {
        let plan = plan_of(&store, &query).join("\n");
        assert!(plan.contains(expected), "{expected} not in:\n{plan}");
        // A record's own history is short enough to sort.
        if query.record.is_none() {
            assert!(!plan.contains("TEMP B-TREE"), "{plan}");
        }
    }
}
