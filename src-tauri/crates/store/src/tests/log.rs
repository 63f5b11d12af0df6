//! The log's queries, and that they use their indexes.

use ledger::{Kind, Side};

use super::*;
use crate::{LogId, LogLine, LogOutcome, LogQuery, LogWrite, RunId, Trigger};

#[test]
fn a_line_keeps_a_message_and_is_found_by_its_words() {
    let store = Store::open_in_memory().unwrap();
    let pairing = paired(&store);
    let said = ledger::Said::CreatedAs {
        side: Side::Erpnext,
        title: "Acme, Leeds".into(),
        taken: "Acme".into(),
    };
    let created = LogWrite {
        title: "Acme".into(),
        ..LogWrite::note(LogOutcome::Created, said.clone())
    };
    let settled = LogWrite::note(LogOutcome::Resolved, ledger::Said::Settled);
    store
        .append_log(pairing, None, &[created, settled], day(1))
        .unwrap();
    let found = |text: &str| -> Vec<ledger::Said> {
        let query = LogQuery {
            text: Some(text.to_owned()),
            ..LogQuery::default()
        };
        let lines = store.log(&query).unwrap();
        lines.into_iter().map(|line| line.write.message).collect()
    };
    // By the words that a person reads, not by what is stored.
    assert_eq!(found("because taken"), [said]);
    assert_eq!(found("agree again"), [ledger::Said::Settled]);
    assert!(found("created_as").is_empty());
    let stored: Vec<(Option<String>, String)> = store
        .read(|reading| {
            reading
                .raw()
                .prepare("SELECT said, message FROM log ORDER BY id")?
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect()
        })
        .unwrap();
    assert_eq!(stored[0].0.as_deref(), Some("created_as"));
    assert!(!stored[0].1.contains("because"), "{}", stored[0].1);
    assert_eq!(stored[1], (Some("settled".to_owned()), String::new()));
}

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
        transaction
            .raw()
            .execute("UPDATE log SET message = 'nothing happened'", [])
    });
    assert!(refused.is_err());
}

#[test]
fn lines_of_several_outcomes_come_in_one_order_each_once() {
    let store = Store::open_in_memory().unwrap();
    let (pairing, _) = filled(&store);
    let of = |outcomes: &[LogOutcome], limit: u32| LogQuery {
        pairing: Some(pairing),
        outcomes: outcomes.to_vec(),
        limit,
        ..LogQuery::default()
    };
    let twice = [
        LogOutcome::Exception,
        LogOutcome::Created,
        LogOutcome::Exception,
    ];
    let lines = store.log(&of(&twice, 0)).unwrap();
    assert_eq!(titles(&lines), ["INV-0003", "INV-0002", "INV-0001"]);
    let lines = store.log(&of(&twice, 2)).unwrap();
    assert_eq!(titles(&lines), ["INV-0003", "INV-0002"]);
    let oldest_first = LogQuery {
        after: Some(LogId(0)),
        ..of(&twice, 2)
    };
    let lines = store.log(&oldest_first).unwrap();
    assert_eq!(titles(&lines), ["INV-0001", "INV-0002"]);
    assert_eq!(store.log_count(&of(&twice, 1), 100).unwrap(), 3);
    assert_eq!(store.log_count(&of(&twice, 0), 2).unwrap(), 2);
}

/// Numbers grow with time, but for a clock that was set back by less than a day and lines that are gone.
#[test]
fn lines_of_a_time_are_found_whatever_numbers_are_gone_and_where_the_clock_was_set_back() {
    let store = Store::open_in_memory().unwrap();
    let pairing = paired(&store);
    let hours = [0, 1, 1, 30, 10, 11, 60, 90, 90, 91, 70, 120, 200, 200, 201];
    for (at, hour) in hours.iter().enumerate() {
        let outcome = [LogOutcome::Created, LogOutcome::Exception][at % 2];
        let line = LogWrite::note(outcome, format!("line {at}"));
        let at = day(1) + chrono::TimeDelta::hours(*hour);
        store.append_log(pairing, None, &[line], at).unwrap();
    }
    // The first, the last and some between.
    store
        .write_sql(|writing| {
            writing
                .raw()
                .execute("DELETE FROM log WHERE id IN (1, 4, 5, 9, 15)", [])
        })
        .unwrap();
    let all = store.log(&LogQuery::default()).unwrap();
    assert_eq!(all.len(), 10);
    let instant = |hour: i64| day(1) + chrono::TimeDelta::hours(hour);
    for since in -30..240 {
        for until in [since + 1, since + 24, since + 300] {
            let (since, until) = (instant(since), instant(until));
            let query = LogQuery {
                since: Some(since),
                until: Some(until),
                ..LogQuery::default()
            };
            let expected: Vec<LogId> = all
                .iter()
                .filter(|line| line.at >= since && line.at < until)
                .map(|line| line.id)
                .collect();
            let lines = store.log(&query).unwrap();
            let found: Vec<LogId> = lines.iter().map(|line| line.id).collect();
            assert_eq!(found, expected, "{since} to {until}");
            assert_eq!(store.log_count(&query, 100).unwrap(), expected.len() as u64);
        }
    }
    let empty = Store::open_in_memory().unwrap();
    let query = LogQuery {
        since: Some(day(1)),
        until: Some(day(2)),
        ..LogQuery::default()
    };
    assert_eq!(empty.log(&query).unwrap(), []);
}

#[test]
fn retention_takes_the_lines_of_every_pairing_a_few_at_a_time() {
    let store = Store::open_in_memory().unwrap();
    let first = paired(&store);
    store.end_pairing(first, day(1)).unwrap();
    let second = paired(&store);
    for at in [day(2), day(9)] {
        for pairing in [first, second] {
            for outcome in LogOutcome::ALL {
                let line = LogWrite::note(*outcome, "something");
                store.append_log(pairing, None, &[line], at).unwrap();
            }
        }
    }
    let before = store.log_count(&LogQuery::default(), 1_000).unwrap();
    let mut deleted = 0;
    loop {
        match store.delete_log_before(day(5), 3).unwrap() {
            0 => break,
            some => {
                assert!(some <= 3);
                deleted += some as u64;
            }
        }
    }
    // Of each pairing's lines of that day, all but those about what failed.
    let failed = 4;
    assert_eq!(deleted, 2 * (LogOutcome::ALL.len() as u64 - failed));
    let left = store.log(&LogQuery::default()).unwrap();
    assert_eq!(left.len() as u64, before - deleted);
    let old = left.iter().filter(|line| line.at < day(5));
    assert!(
        old.clone().count() == 8
            && old.map(|line| line.write.outcome).all(|it| matches!(
                it,
                LogOutcome::Exception
                    | LogOutcome::Conflict
                    | LogOutcome::InDoubt
                    | LogOutcome::Failed
            ))
    );
}

/// A message that says no more than the side written to is kept as nothing.
#[test]
fn a_message_comes_back_whether_or_not_it_says_more_than_the_side() {
    let store = Store::open_in_memory().unwrap();
    let pairing = paired(&store);
    let created = |side| ledger::Said::Created { side };
    let lines: Vec<LogWrite> = [
        (Some(Side::Xero), created(Side::Xero)),
        (Some(Side::Xero), created(Side::Erpnext)),
        (None, created(Side::Xero)),
        (Some(Side::Xero), ledger::Said::Settled),
        (
            Some(Side::Xero),
            ledger::Said::Text("{\"side\":\"xero\"}".into()),
        ),
        (Some(Side::Xero), ledger::Said::Text(String::new())),
    ]
    .into_iter()
    .map(|(to, said)| LogWrite {
        to,
        ..LogWrite::note(LogOutcome::Created, said)
    })
    .collect();
    store.append_log(pairing, None, &lines, day(1)).unwrap();
    let stored = store.log(&LogQuery::default()).unwrap();
    let back: Vec<LogWrite> = stored.into_iter().rev().map(|line| line.write).collect();
    assert_eq!(back, lines);
    let kept: i64 = store
        .read(|reading| {
            let sql = "SELECT count(message) FROM log";
            reading.raw().query_row(sql, [], |row| row.get(0))
        })
        .unwrap();
    assert_eq!(kept, 4);
}
