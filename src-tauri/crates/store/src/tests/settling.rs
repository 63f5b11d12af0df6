//! Pages, journal, settlements.

use std::collections::BTreeMap;

use ledger::{Kind, Side};

use super::*;
use crate::{
    IntentResult, IntentState, IntentWrite, LinkState, LinkWrite, LogOutcome, LogQuery, LogWrite,
    RecordKey, RunCounts, Scope, Settlement, StoreError, StoredPage, StoredRecord, Trigger,
    UnreadableRow, Writes,
};

fn create(key: &str, source: &str) -> IntentWrite {
    IntentWrite {
        key: key.into(),
        side: Side::Erpnext,
        kind: Kind::Contact,
        change: "create".into(),
        source: Some(RemoteId::new(source)),
        target: None,
        prepared: serde_json::from_str("{\"amount\":12.50}").unwrap(),
        fingerprint: Some(format!("digest of {source}")),
    }
}

fn link(xero: &str, erpnext: &str) -> LinkWrite {
    LinkWrite {
        id: None,
        kind: Kind::Contact,
        xero_id: RemoteId::new(xero),
        erpnext_id: RemoteId::new(erpnext),
        base_xero: contact(xero, "Acme").record.ok(),
        base_erpnext: contact(erpnext, "Acme").record.ok(),
        xero_version: Some(Version::new("1")),
        erpnext_version: Some(Version::new("1")),
        state: LinkState::Active,
    }
}

#[test]
fn a_page_and_its_cursor_go_together_and_only_content_counts_as_a_change() {
    let store = Store::open_in_memory().unwrap();
    let pairing = paired(&store);
    let page = |rows: &[RecordRow], cursor: &str| {
        store
            .store_page(pairing, Side::Xero, Kind::Contact, rows, cursor, day(2))
            .unwrap()
    };
    let first = page(&[contact("a", "Acme"), contact("b", "Böhm")], "1");
    assert_eq!(
        first,
        StoredPage {
            new: 2,
            changed: 0,
            same: 0
        }
    );
    let cursor = store.cursor(pairing, Side::Xero, Kind::Contact).unwrap();
    assert_eq!(cursor.as_deref(), Some("1"));
    let done = Settlement {
        dealt_with: vec![RecordKey::new(Side::Xero, Kind::Contact, "a")],
        ..Settlement::default()
    };
    store.settle(pairing, None, &[done], None, day(2)).unwrap();
    // A later version with the same content is not a change; other content is.
    let mut again = contact("a", "Acme");
    again.version = Version::new("2");
    assert_eq!(page(&[again], "2").same, 1);
    let read = store
        .record(pairing, &RecordKey::new(Side::Xero, Kind::Contact, "a"))
        .unwrap()
        .unwrap();
    assert!(!read.changed);
    assert_eq!(read.row.version, Version::new("2"));
    assert_eq!(page(&[contact("a", "Acme Ltd")], "3").changed, 1);
    // A marker that appears is a change too.
    let mut marked = contact("b", "Böhm");
    marked.marker = Some(RemoteId::new("CUST-1"));
    assert_eq!(page(&[marked], "4").changed, 1);
    let absent = store
        .absent(
            pairing,
            Side::Xero,
            Kind::Contact,
            [&RemoteId::new("b"), &RemoteId::new("z")],
        )
        .unwrap();
    assert_eq!(absent, [RemoteId::new("z")]);
}

#[test]
fn a_title_finds_linked_records_however_it_is_written() {
    let store = Store::open_in_memory().unwrap();
    let pairing = paired(&store);
    let rows = [contact("a", "Böhm"), contact("b", "Böhm")];
    store
        .store_page(pairing, Side::Xero, Kind::Contact, &rows, "1", day(2))
        .unwrap();
    let found = || {
        let mut found = Vec::new();
        let titles = ["BOHM", "Acme"];
        store
            .linked_by_titles(pairing, Side::Xero, Kind::Contact, titles, |record| {
                found.push(record.row.id);
            })
            .unwrap();
        found
    };
    assert_eq!(found(), []);
    let settlement = Settlement {
        link: Some(link("b", "B")),
        ..Settlement::default()
    };
    store
        .settle(pairing, None, &[settlement], None, day(2))
        .unwrap();
    assert_eq!(found(), [RemoteId::new("b")]);
}

/// Their index does not hold the order, and a GUID stands behind every text in the file.
#[test]
fn a_few_records_come_in_the_order_of_their_identities() {
    let store = Store::open_in_memory().unwrap();
    let pairing = paired(&store);
    let ids = [
        "m",
        "ffb4f39e-6a0c-4bcb-8a7d-0c3ad2bd8f11",
        "b",
        "0004becd-d504-4c8c-b41e-75d92a303b17",
        "z",
    ];
    let in_order = [ids[3], ids[2], ids[1], ids[0], ids[4]].map(RemoteId::new);
    let contacts = ids.map(|id| contact(id, "Böhm"));
    let notes = ids.map(|id| credit_note(id, "30", "0"));
    for (kind, rows) in [(Kind::Contact, contacts), (Kind::CreditNote, notes)] {
        store
            .store_page(pairing, Side::Xero, kind, &rows, "1", day(2))
            .unwrap();
    }
    let links = ids.map(|id| Settlement {
        link: Some(link(id, &format!("{id} there"))),
        ..Settlement::default()
    });
    store.settle(pairing, None, &links, None, day(2)).unwrap();
    let ids_of = |found: Vec<StoredRecord>| -> Vec<RemoteId> {
        found.into_iter().map(|record| record.row.id).collect()
    };
    let titled = store
        .records_titled(pairing, Side::Xero, Kind::Contact, "böhm")
        .unwrap();
    assert_eq!(ids_of(titled), in_order);
    let mut linked = Vec::new();
    store
        .linked_by_titles(pairing, Side::Xero, Kind::Contact, ["böhm"], |record| {
            linked.push(record);
        })
        .unwrap();
    assert_eq!(ids_of(linked), in_order);
    let settling = store
        .settling(pairing, Side::Xero, &RemoteId::new("c"))
        .unwrap();
    assert_eq!(ids_of(settling), in_order);
}

#[test]
fn an_unreadable_row_is_kept_with_its_raw_body() {
    let store = Store::open_in_memory().unwrap();
    let pairing = paired(&store);
    let row = RecordRow {
        record: Err(UnreadableRow {
            title: "INV-9".into(),
            why: "Total is not a number".into(),
            raw: "{\"Total\":\"abc\"}".into(),
        }),
        ..contact("z", "")
    };
    store
        .store_page(
            pairing,
            Side::Xero,
            Kind::Invoice,
            std::slice::from_ref(&row),
            "1",
            day(2),
        )
        .unwrap();
    let stored = store.records(pairing, Kind::Invoice, Scope::All).unwrap();
    assert_eq!(stored.len(), 1);
    assert_eq!(stored[0].row, row);
    assert_eq!(stored[0].title(), "INV-9");
}

#[test]
fn a_write_travels_through_the_journal_and_settles_in_one_step() {
    let store = Store::open_in_memory().unwrap();
    let pairing = paired(&store);
    let run = store.start_run(pairing, Trigger::Manual, day(2)).unwrap();
    store
        .store_page(
            pairing,
            Side::Xero,
            Kind::Contact,
            &[contact("x", "Acme")],
            "1",
            day(2),
        )
        .unwrap();
    store
        .journal_intended(pairing, Some(run), &[create("k1", "x")], day(2))
        .unwrap();
    store.journal_sent(&["k1"], day(2)).unwrap();
    let unsettled = store.unsettled(pairing).unwrap();
    assert_eq!(unsettled.len(), 1);
    assert_eq!(unsettled[0].state, IntentState::Sent);
    // The body comes back digit for digit.
    assert_eq!(
        unsettled[0].write.prepared.to_string(),
        "{\"amount\":12.50}"
    );

    let counts = RunCounts {
        created: 1,
        linked: 1,
        ..RunCounts::default()
    };
    let made = store
        .settle(
            pairing,
            Some(run),
            &[Settlement {
                intent: Some(IntentResult {
                    key: "k1".into(),
                    state: IntentState::Confirmed,
                    target: Some(RemoteId::new("Acme")),
                    answer: Some(serde_json::json!({"status": 200})),
                }),
                records: vec![(Side::Erpnext, Kind::Contact, contact("Acme", "Acme"))],
                link: Some(link("x", "Acme")),
                dealt_with: vec![RecordKey::new(Side::Xero, Kind::Contact, "x")],
                log: vec![LogWrite {
                    kind: Some(Kind::Contact),
                    to: Some(Side::Erpnext),
                    xero_id: Some(RemoteId::new("x")),
                    erpnext_id: Some(RemoteId::new("Acme")),
                    detail: Some(serde_json::json!({"answer": "ok"})),
                    ..LogWrite::note(LogOutcome::Created, "Created in ERPNext")
                }],
                ..Settlement::default()
            }],
            Some(&counts),
            day(2),
        )
        .unwrap();
    assert!(store.unsettled(pairing).unwrap().is_empty());
    let writes = store.writes_of_runs(&[run]).unwrap();
    let one_record = Writes {
        records: 1,
        ..Writes::default()
    };
    assert_eq!(writes[&(run, Side::Erpnext)], one_record);
    assert_eq!(writes[&(run, Side::Xero)], Writes::default());
    let since = store.writes_since(pairing, day(2)).unwrap();
    assert_eq!(
        since.into_iter().collect::<Vec<_>>(),
        [((Kind::Contact, Side::Erpnext), one_record)]
    );
    assert!(store.writes_since(pairing, day(3)).unwrap().is_empty());
    let stored = store.records(pairing, Kind::Contact, Scope::All).unwrap();
    assert_eq!(stored.len(), 2);
    assert!(
        stored
            .iter()
            .all(|record| !record.changed && record.link == made[0])
    );
    assert!(
        store
            .records(pairing, Kind::Contact, Scope::ToDo)
            .unwrap()
            .is_empty()
    );
    assert_eq!(store.run(run).unwrap().unwrap().counts, counts);
    let lines = store.log(&LogQuery::default()).unwrap();
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0].write.detail, None);
    let line = store.log_line(lines[0].id).unwrap().unwrap();
    assert_eq!(line.write.detail, Some(serde_json::json!({"answer": "ok"})));
}

#[test]
fn a_settlement_that_contradicts_leaves_nothing_behind() {
    let store = Store::open_in_memory().unwrap();
    let pairing = paired(&store);
    store
        .settle(
            pairing,
            None,
            &[Settlement {
                link: Some(link("x", "Acme")),
                ..Settlement::default()
            }],
            None,
            day(2),
        )
        .unwrap();
    let refused = store
        .settle(
            pairing,
            None,
            &[
                Settlement {
                    log: vec![LogWrite::note(LogOutcome::Note, "first half")],
                    ..Settlement::default()
                },
                Settlement {
                    link: Some(link("x", "Acme - 1")),
                    ..Settlement::default()
                },
            ],
            None,
            day(3),
        )
        .unwrap_err();
    assert!(matches!(refused, StoreError::Conflict(_)), "{refused}");
    assert_eq!(store.log(&LogQuery::default()).unwrap(), Vec::new());
    assert_eq!(store.links(pairing, Kind::Contact).unwrap().len(), 1);
}

#[test]
fn a_second_create_of_a_record_cannot_even_be_intended_while_one_is_unsettled() {
    let store = Store::open_in_memory().unwrap();
    let pairing = paired(&store);
    let intend = |key: &str| store.journal_intended(pairing, None, &[create(key, "x")], day(2));
    intend("k1").unwrap();
    assert!(matches!(intend("k2"), Err(StoreError::Conflict(_))));
    let settle = |key: &str, state| {
        store.settle(
            pairing,
            None,
            &[Settlement {
                intent: Some(IntentResult {
                    key: key.into(),
                    state,
                    target: None,
                    answer: None,
                }),
                ..Settlement::default()
            }],
            None,
            day(2),
        )
    };
    settle("k1", IntentState::InDoubt).unwrap();
    assert!(matches!(intend("k2"), Err(StoreError::Conflict(_))));
    settle("k1", IntentState::Abandoned).unwrap();
    intend("k2").unwrap();
    // A settled intent is final.
    assert!(settle("k1", IntentState::Confirmed).is_err());
}

/// Of a body that is under way, anything that can read the file can see what was meant.
#[test]
fn a_body_is_plain_while_it_is_under_way_and_short_once_it_is_settled() {
    let store = Store::open_in_memory().unwrap();
    let pairing = paired(&store);
    let body = serde_json::json!({ "steps": vec!["a step like any other"; 20] });
    let intent = IntentWrite {
        prepared: body.clone(),
        fingerprint: Some("digest".into()),
        ..create("k1", "x")
    };
    store
        .journal_intended(pairing, None, &[intent], day(2))
        .unwrap();
    let kept = || -> (i64, String, i64) {
        store
            .read(|reading| {
                let sql = "SELECT id, typeof(prepared), length(prepared) FROM intents";
                reading
                    .raw()
                    .query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            })
            .unwrap()
    };
    let (id, how, long) = kept();
    assert_eq!(how, "text");
    let settle = |state, answer: Option<&serde_json::Value>| {
        store
            .settle(
                pairing,
                None,
                &[Settlement {
                    intent: Some(IntentResult {
                        key: "k1".into(),
                        state,
                        target: None,
                        answer: answer.cloned(),
                    }),
                    ..Settlement::default()
                }],
                None,
                day(3),
            )
            .unwrap();
    };
    let early = serde_json::json!("no answer came");
    settle(IntentState::InDoubt, Some(&early));
    settle(IntentState::InDoubt, None);
    assert_eq!(kept(), (id, how, long));
    let open = store.intent("k1").unwrap().unwrap();
    assert_eq!((open.answer, open.settled_at), (Some(early), None));
    settle(IntentState::Refused, Some(&body));
    let (id_now, how, short) = kept();
    assert_eq!((id_now, how.as_str()), (id, "blob"));
    assert!(short * 4 < long, "{short} of {long} bytes");
    let settled = store.intent("k1").unwrap().unwrap();
    assert_eq!(settled.write.prepared, body);
    assert_eq!(settled.answer, Some(body));
    assert_eq!(settled.intended_at, day(2));
    assert_eq!(settled.settled_at, Some(day(3)));
}

#[test]
fn nothing_is_sent_that_was_not_intended() {
    let store = Store::open_in_memory().unwrap();
    let pairing = paired(&store);
    store
        .journal_intended(pairing, None, &[create("k1", "x")], day(2))
        .unwrap();
    assert!(store.journal_sent(&["k1", "k9"], day(2)).is_err());
    assert_eq!(
        store.intent("k1").unwrap().unwrap().state,
        IntentState::Intended
    );
}

#[test]
fn a_pairing_with_unsettled_writes_cannot_be_ended() {
    let store = Store::open_in_memory().unwrap();
    let pairing = paired(&store);
    store
        .journal_intended(pairing, None, &[create("k1", "x")], day(2))
        .unwrap();
    assert!(matches!(
        store.end_pairing(pairing, day(3)),
        Err(StoreError::Conflict(_))
    ));
    store
        .settle(
            pairing,
            None,
            &[Settlement {
                intent: Some(IntentResult {
                    key: "k1".into(),
                    state: IntentState::Abandoned,
                    target: None,
                    answer: None,
                }),
                ..Settlement::default()
            }],
            None,
            day(3),
        )
        .unwrap();
    store.end_pairing(pairing, day(3)).unwrap();
    assert!(store.pairings().unwrap().is_empty());
    // The same books can be paired again under the same name.
    assert_ne!(paired(&store), pairing);
}

#[test]
fn a_write_that_was_lost_is_known_until_it_is_carried_out() {
    let store = Store::open_in_memory().unwrap();
    let pairing = paired(&store);
    let send = |key: &str| {
        let intent = create(key, "x1");
        let fingerprint = intent.fingerprint.clone().unwrap();
        store
            .journal_intended(pairing, None, &[intent], day(2))
            .unwrap();
        store.journal_sent(&[key], day(2)).unwrap();
        assert_eq!(
            store
                .intent(key)
                .unwrap()
                .unwrap()
                .write
                .fingerprint
                .as_ref(),
            Some(&fingerprint)
        );
        fingerprint
    };
    let settle = |key: &str, state, lost| {
        let settlement = Settlement {
            intent: Some(IntentResult {
                key: key.into(),
                state,
                target: None,
                answer: None,
            }),
            lost,
            ..Settlement::default()
        };
        store
            .settle(pairing, None, &[settlement], None, day(2))
            .unwrap();
        store.lost_writes(pairing).unwrap()
    };
    let digest = send("a");
    let lost = settle("a", IntentState::Abandoned, Some(digest.clone()));
    assert_eq!(lost, BTreeMap::from([(digest.clone(), 1)]));
    send("b");
    let lost = settle("b", IntentState::Abandoned, Some(digest.clone()));
    assert_eq!(lost, BTreeMap::from([(digest.clone(), 2)]));
    // Settled ones need it no longer.
    assert_eq!(store.intent("b").unwrap().unwrap().write.fingerprint, None);
    send("c");
    // Refused is another matter: it is still not known to be carried out.
    assert_eq!(settle("c", IntentState::Refused, None).len(), 1);
    send("d");
    assert_eq!(settle("d", IntentState::Confirmed, None), BTreeMap::new());
}

#[test]
fn what_ended_is_counted_since_an_instant_and_replaced_ones_count() {
    let store = Store::open_in_memory().unwrap();
    let pairing = paired(&store);
    for (key, change, on) in [
        ("a", "void", 2),
        ("b", "replace", 3),
        ("c", "update", 3),
        ("d", "withdraw", 3),
    ] {
        let intent = IntentWrite {
            change: change.into(),
            ..create(key, key)
        };
        store
            .journal_intended(pairing, None, &[intent], day(on))
            .unwrap();
        let settlement = Settlement {
            intent: Some(IntentResult {
                key: key.into(),
                state: IntentState::Confirmed,
                target: None,
                answer: None,
            }),
            ..Settlement::default()
        };
        store
            .settle(pairing, None, &[settlement], None, day(on))
            .unwrap();
    }
    assert_eq!(store.ended_since(pairing, day(2)).unwrap(), 2);
    assert_eq!(store.ended_since(pairing, day(3)).unwrap(), 1);
}

#[test]
fn what_was_shown_is_what_was_shown_last() {
    let store = Store::open_in_memory().unwrap();
    let pairing = paired(&store);
    assert_eq!(store.shown(pairing).unwrap(), crate::Shown::default());
    store.note_approved(pairing, day(2)).unwrap();
    let entries = vec!["one".to_owned(), "two".to_owned()];
    store.note_shown(pairing, &entries, day(3)).unwrap();
    let shown = store.shown(pairing).unwrap();
    assert_eq!(shown.entries, entries);
    assert_eq!((shown.at, shown.approved_at), (Some(day(3)), Some(day(2))));
    store.note_shown(pairing, &[], day(4)).unwrap();
    assert_eq!(store.shown(pairing).unwrap().entries, Vec::<String>::new());
    // What a preview listed stays what it was until the next preview.
    assert_eq!(store.shown_items(pairing).unwrap(), []);
    let items = [crate::ShownItem {
        entry: "digest".to_owned(),
        title: "INV-1".to_owned(),
        records: vec![RecordKey::new(Side::Xero, Kind::Invoice, "x1")],
    }];
    store.note_shown_items(pairing, &items).unwrap();
    store.note_shown(pairing, &entries, day(5)).unwrap();
    assert_eq!(store.shown_items(pairing).unwrap(), items);
    assert_eq!(store.shown(pairing).unwrap().approved_at, Some(day(2)));
}

#[test]
fn markers_and_links_are_counted_apart_from_records_written() {
    let store = Store::open_in_memory().unwrap();
    let pairing = paired(&store);
    let run = store.start_run(pairing, Trigger::Manual, day(2)).unwrap();
    let intents: Vec<IntentWrite> = [
        ("c", "create"),
        ("u", "update"),
        ("m", "mark"),
        ("n", "mark"),
    ]
    .into_iter()
    .map(|(key, change)| IntentWrite {
        change: change.into(),
        ..create(key, key)
    })
    .collect();
    store
        .journal_intended(pairing, Some(run), &intents, day(2))
        .unwrap();
    store.journal_sent(&["c", "u", "m", "n"], day(2)).unwrap();
    let settled: Vec<Settlement> = intents
        .iter()
        .map(|intent| Settlement {
            intent: Some(IntentResult {
                key: intent.key.clone(),
                // A write that was refused is none.
                state: if intent.key == "n" {
                    IntentState::Refused
                } else {
                    IntentState::Confirmed
                },
                target: None,
                answer: None,
            }),
            log: vec![LogWrite {
                kind: Some(Kind::Contact),
                ..LogWrite::note(
                    if intent.change == "mark" {
                        LogOutcome::Linked
                    } else {
                        LogOutcome::Created
                    },
                    "",
                )
            }],
            ..Settlement::default()
        })
        .collect();
    store
        .settle(pairing, Some(run), &settled, None, day(2))
        .unwrap();
    let written = Writes {
        records: 2,
        markers: 1,
        ..Writes::default()
    };
    assert_eq!(
        store.writes_of_runs(&[run]).unwrap()[&(run, Side::Erpnext)],
        written
    );
    assert_eq!(
        store.writes_since(pairing, day(2)).unwrap()[&(Kind::Contact, Side::Erpnext)],
        written
    );
    let linked = |from| store.linked_since(pairing, from).unwrap();
    assert_eq!(
        linked(day(2)).into_iter().collect::<Vec<_>>(),
        [(Kind::Contact, 2)]
    );
    assert!(linked(day(3)).is_empty());
}

#[test]
fn payments_and_credit_notes_are_counted_among_the_records_written() {
    let store = Store::open_in_memory().unwrap();
    let pairing = paired(&store);
    let run = store.start_run(pairing, Trigger::Manual, day(2)).unwrap();
    for (key, kind, change) in [
        ("i", Kind::Invoice, "create"),
        ("c", Kind::CreditNote, "create"),
        // What it is used for is written on its own.
        ("u", Kind::CreditNote, "allocate"),
        ("m", Kind::CreditNote, "mark"),
        ("p", Kind::Payment, "create"),
    ] {
        let intent = IntentWrite {
            kind,
            change: change.into(),
            ..create(key, key)
        };
        store
            .journal_intended(pairing, Some(run), &[intent], day(2))
            .unwrap();
        store.journal_sent(&[key], day(2)).unwrap();
        let settled = Settlement {
            intent: Some(IntentResult {
                key: key.into(),
                state: IntentState::Confirmed,
                target: None,
                answer: None,
            }),
            ..Settlement::default()
        };
        store
            .settle(pairing, Some(run), &[settled], None, day(2))
            .unwrap();
    }
    let written = store.writes_of_runs(&[run]).unwrap()[&(run, Side::Erpnext)];
    assert_eq!(
        written,
        Writes {
            records: 4,
            payments: 1,
            credit_notes: 2,
            markers: 1,
        }
    );
}

#[test]
fn the_counts_of_a_run_keep_records_markers_and_links_apart() {
    let counts = RunCounts {
        created: 3,
        updated: 2,
        voided: 1,
        marked: 7,
        linked: 10,
        ..RunCounts::default()
    };
    assert_eq!(
        (counts.writes(), counts.records_written(), counts.found()),
        (13, 6, 7)
    );
}
