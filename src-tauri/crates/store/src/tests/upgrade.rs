//! A file that an older version filled, opened by this one.

use std::path::Path;

use ledger::{Kind, Record, Side};
use rusqlite::{Connection as Sqlite, params};

use super::*;
use crate::{
    Decision, LinkState, LinkWrite, LogId, LogQuery, RecordKey, RecordQuery, Settlement, migrations,
};

fn text(row: &RecordRow) -> String {
    serde_json::to_string(row.record.as_ref().unwrap()).unwrap()
}

/// Three linked contacts as version 3 kept them: one still is what both sides agreed on, the others have
/// changed since, in Xero and in ERPNext; a write with its detail, and one under way; an unreadable row;
/// and a link that is gone again.
fn fill(path: &Path) {
    let mut file = Sqlite::open(path).unwrap();
    file.pragma_update(None, "journal_mode", "WAL").unwrap();
    migrations::all().to_version(&mut file, 3).unwrap();
    file.execute_batch(
        "INSERT INTO pairings (id, name, xero_connection, xero_tenant, xero_name,
           erpnext_connection, erpnext_company, base_currency, created_at)
         VALUES (1, 'Main', 'x', 'tenant', 'Demo Ltd', 'e', 'Demo Ltd', 'GBP', 0);",
    )
    .unwrap();
    for (side, row) in [
        ("xero", contact("a", "Acme")),
        ("erpnext", contact("A", "Acme")),
        ("xero", contact("b", "Böhm & Söhne")),
        ("erpnext", contact("B", "Böhm")),
        ("xero", contact("e", "Eve")),
        ("erpnext", contact("E", "Eve & Co")),
    ] {
        file.execute(
            "INSERT INTO records (pairing, side, kind, remote_id, version, title, contact_name,
               folded_title, state, content, changed, pulled_at)
             VALUES (1, ?1, 'contact', ?2, '1', '', '', '', 'active', ?3, 0, 0)",
            params![side, row.id.0, text(&row)],
        )
        .unwrap();
    }
    for (xero, erpnext, base_xero, base_erpnext) in [
        ("a", "A", contact("a", "Acme"), contact("A", "Acme")),
        ("b", "B", contact("b", "Böhm"), contact("B", "Böhm")),
        ("e", "E", contact("e", "Eve"), contact("E", "Eve Ltd")),
        ("c", "C", contact("c", "Cole"), contact("C", "Cole")),
    ] {
        file.execute(
            "INSERT INTO links (pairing, kind, xero_id, erpnext_id, base_xero, base_erpnext, state,
               created_at, settled_at) VALUES (1, 'contact', ?1, ?2, ?3, ?4, 'active', 0, 0)",
            params![xero, erpnext, text(&base_xero), text(&base_erpnext)],
        )
        .unwrap();
    }
    file.execute_batch("DELETE FROM links WHERE xero_id = 'c'")
        .unwrap();
    file.execute(
        "INSERT INTO records (pairing, side, kind, remote_id, version, title, contact_name,
           folded_title, state, why, raw, changed, pulled_at)
         VALUES (1, 'xero', 'invoice', 'z', '1', 'INV-9', '', '', 'unreadable', 'no number', ?1, 1, 0)",
        [raw()],
    )
    .unwrap();
    file.execute_batch(
        "INSERT INTO log (pairing, at, title, contact, outcome, message)
         VALUES (1, 0, 'Acme', 'Acme', 'created', 'Created in ERPNext');",
    )
    .unwrap();
    file.execute(
        "INSERT INTO log_details (line, detail) VALUES (1, ?1)",
        [body().to_string()],
    )
    .unwrap();
    file.execute(
        "INSERT INTO intents (key, pairing, side, kind, change, prepared, state, answer, intended_at)
         VALUES ('k1', 1, 'erpnext', 'contact', 'create', ?1, 'confirmed', ?1, 0),
           ('k2', 1, 'erpnext', 'contact', 'update', ?1, 'sent', NULL, 0)",
        [body().to_string()],
    )
    .unwrap();
    // Old files are larger than their contents.
    file.execute_batch(
        "CREATE TABLE waste (text TEXT); INSERT INTO waste VALUES (hex(zeroblob(250000)));
         DROP TABLE waste;",
    )
    .unwrap();
}

fn raw() -> String {
    format!("{{\"Total\":\"abc\",\"Lines\":[{}]}}", "1, ".repeat(60))
}

fn body() -> serde_json::Value {
    let row = text(&contact("a", "Acme"));
    serde_json::from_str(&format!(
        "{{\"steps\":[{{\"method\":\"POST\",\"body\":{row},\"rate\":1.20}}]}}"
    ))
    .unwrap()
}

#[test]
fn everything_is_there_and_the_file_is_smaller() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c.db");
    fill(&path);
    let before = std::fs::metadata(&path).unwrap().len();
    let store = Store::open(&path).unwrap();
    assert!(path.with_extension("db.before-4").exists());
    let pairing = PairingId(1);
    let record = |side, id: &str| {
        let key = RecordKey::new(side, Kind::Contact, id);
        store.record(pairing, &key).unwrap().unwrap()
    };
    let link = |xero: &str| {
        store
            .link_of(pairing, Kind::Contact, Side::Xero, &RemoteId::new(xero))
            .unwrap()
    };
    let agreed = link("a").unwrap();
    assert_eq!(agreed.base_xero, contact("a", "Acme").record.ok());
    assert_eq!(agreed.base_erpnext, contact("A", "Acme").record.ok());
    let changed = link("b").unwrap();
    assert_eq!(changed.base_xero, contact("b", "Böhm").record.ok());
    assert_eq!(changed.base_erpnext, contact("B", "Böhm").record.ok());
    let changed_there = link("e").unwrap();
    assert_eq!(changed_there.base_xero, contact("e", "Eve").record.ok());
    assert_eq!(
        changed_there.base_erpnext,
        contact("E", "Eve Ltd").record.ok()
    );
    let now = record(Side::Xero, "b");
    assert_eq!(now.row, contact("b", "Böhm & Söhne"));
    assert_eq!(now.link, Some(changed.id));
    assert_eq!(record(Side::Erpnext, "A").link, Some(agreed.id));
    let broken = store
        .record(pairing, &RecordKey::new(Side::Xero, Kind::Invoice, "z"))
        .unwrap()
        .unwrap();
    assert_eq!(broken.row.record.unwrap_err().raw, raw());
    let line = store.log_line(LogId(1)).unwrap().unwrap();
    assert_eq!(line.write.detail, Some(body()));
    // What an older version wrote in words is read and found as it stands.
    assert_eq!(line.write.message.sentence(), "Created in ERPNext");
    let by_text = |text: &str| {
        let query = LogQuery {
            text: Some(text.to_owned()),
            ..LogQuery::default()
        };
        store.log_count(&query, 10).unwrap()
    };
    assert_eq!((by_text("acme created"), by_text("voided")), (1, 0));
    let intent = store.intent("k1").unwrap().unwrap();
    assert_eq!(
        (intent.write.prepared, intent.answer),
        (body(), Some(body()))
    );
    let kept = |sql: &str| -> Vec<(String, String)> {
        store
            .read(|reading| {
                reading
                    .raw()
                    .prepare(sql)?
                    .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
                    .collect()
            })
            .unwrap()
    };
    let of = |left: &str, right: &str| (left.to_owned(), right.to_owned());
    // Only what needs it is a copy.
    let bases = "SELECT typeof(base_xero), typeof(base_erpnext) FROM links ORDER BY id";
    let as_stored = of("integer", "integer");
    assert_eq!(
        kept(bases),
        [as_stored, of("blob", "integer"), of("integer", "blob")]
    );
    // What is under way stays plain.
    let bodies = "SELECT key, typeof(prepared) FROM intents ORDER BY id";
    assert_eq!(kept(bodies), [of("k1", "blob"), of("k2", "text")]);
    // Each is found by what it says.
    let found = |text: &str| -> Vec<RecordKey> {
        let query = RecordQuery {
            text: Some(text.into()),
            ..RecordQuery::default()
        };
        let found = store.find_records(pairing, &query).unwrap();
        found.iter().map(|it| it.record.key()).collect()
    };
    let b = RecordKey::new(Side::Xero, Kind::Contact, "b");
    assert_eq!(found("sohne"), [b]);
    let z = RecordKey::new(Side::Xero, Kind::Invoice, "z");
    assert_eq!(found("INV-9"), [z]);
    drop(store);
    let after = std::fs::metadata(&path).unwrap().len();
    assert!(after < before / 2, "{before} bytes became {after}");
}

#[test]
fn the_number_of_a_link_that_is_gone_is_not_given_out_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c.db");
    fill(&path);
    let store = Store::open(&path).unwrap();
    let link = LinkWrite {
        id: None,
        kind: Kind::Contact,
        xero_id: RemoteId::new("d"),
        erpnext_id: RemoteId::new("D"),
        base_xero: None::<Record>,
        base_erpnext: None,
        xero_version: None,
        erpnext_version: None,
        state: LinkState::Active,
    };
    let settlement = Settlement {
        link: Some(link),
        ..Settlement::default()
    };
    let made = store
        .settle(PairingId(1), None, &[settlement], None, day(2))
        .unwrap();
    assert_eq!(made[0].map(|link| link.0), Some(5));
}

#[test]
fn what_people_decided_and_what_was_refused_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c.db");
    fill(&path);
    let mut file = Sqlite::open(&path).unwrap();
    migrations::all().to_version(&mut file, 9).unwrap();
    let cause = serde_json::to_string(&ledger::Cause::Vanished { side: Side::Xero }).unwrap();
    for (id, chosen, fingerprint) in [
        ("a", Some(":keep-xero"), ""),
        ("b", Some(":keep-erpnext"), "f"),
        ("c", Some(":new"), ""),
        ("d", Some("Acme - 1"), ""),
        ("e", None, "g"),
    ] {
        file.execute(
            "INSERT INTO exceptions (pairing, side, kind, remote_id, title, contact, cause_word,
               cause, first_seen, last_seen, tries, fingerprint, status, chosen)
             VALUES (1, 'xero', 'contact', ?1, '', '', 'vanished', ?2, 0, 0, 1, ?3, 'open', ?4)",
            params![id, cause, fingerprint, chosen],
        )
        .unwrap();
    }
    drop(file);
    let store = Store::open(&path).unwrap();
    let standing = store.standing_exceptions(PairingId(1)).unwrap();
    let found: Vec<_> = standing
        .values()
        .map(|it| (it.decision.clone(), it.fingerprint.as_deref()))
        .collect();
    assert_eq!(
        found,
        [
            (Some(Decision::Keep(Side::Xero)), None),
            (Some(Decision::Keep(Side::Erpnext)), Some("f")),
            (Some(Decision::New), None),
            (Some(Decision::Same(RemoteId::new("Acme - 1"))), None),
            (None, Some("g")),
        ]
    );
    // What is decided now is read back, too.
    let id = standing.values().next_back().unwrap().id;
    let decision = Decision::Same(RemoteId::new(":new"));
    store.decide(id, &decision).unwrap();
    assert_eq!(
        store.exception(id).unwrap().unwrap().decision,
        Some(decision)
    );
}

#[test]
fn credit_notes_are_records_now_and_what_else_is_open_stays() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c.db");
    fill(&path);
    let mut file = Sqlite::open(&path).unwrap();
    migrations::all().to_version(&mut file, 15).unwrap();
    for (side, form, id) in [
        ("xero", "credit_note", "a"),
        ("xero", "overpayment", "b"),
        ("xero", "prepayment", "c"),
        ("erpnext", "credit_note", "RET-1"),
        ("erpnext", "payment", "PAY-1"),
        ("erpnext", "journal", "JV-1"),
    ] {
        file.execute(
            "INSERT INTO credits (pairing, side, form, remote_id, contact, currency, contact_name,
               open, uncertain) VALUES (1, ?1, ?2, ?3, 'c', 'GBP', '', '5', '0')",
            [side, form, id],
        )
        .unwrap();
    }
    drop(file);
    let store = Store::open(&path).unwrap();
    let credits = store.credits(PairingId(1)).unwrap();
    let left: Vec<_> = credits
        .iter()
        .map(|(side, it)| (*side, it.form.word(), it.id.as_str()))
        .collect();
    assert_eq!(
        left,
        [
            (Side::Erpnext, "journal", "JV-1"),
            (Side::Erpnext, "payment", "PAY-1"),
            (Side::Xero, "overpayment", "b"),
            (Side::Xero, "prepayment", "c"),
        ]
    );
    // They are read from the beginning.
    let kind = ledger::Kind::CreditNote;
    for side in Side::BOTH {
        assert_eq!(store.read_at(PairingId(1), side, kind).unwrap(), None);
    }
}

#[test]
fn what_a_version_reads_out_of_documents_for_the_first_time_is_read_once_more() {
    use ledger::Kind::{CreditNote, Invoice, Payment};
    // The version before, and what is read from the beginning after it.
    let steps: [(usize, &[(Side, ledger::Kind)]); 2] = [
        (18, &[(Side::Erpnext, CreditNote), (Side::Erpnext, Payment)]),
        (
            23,
            &[
                (Side::Xero, Invoice),
                (Side::Xero, CreditNote),
                (Side::Erpnext, Invoice),
                (Side::Erpnext, CreditNote),
            ],
        ),
    ];
    for (before, anew) in steps {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("c.db");
        fill(&path);
        let mut file = Sqlite::open(&path).unwrap();
        migrations::all().to_version(&mut file, before).unwrap();
        for side in Side::BOTH {
            for kind in ledger::Kind::ALL {
                file.execute(
                    "INSERT INTO cursors (pairing, side, kind, cursor, stored_at) VALUES (1, ?1, ?2, '{}', 0)",
                    [side.word(), kind.word()],
                )
                .unwrap();
            }
        }
        migrations::all().to_version(&mut file, before + 1).unwrap();
        for side in Side::BOTH {
            for kind in ledger::Kind::ALL {
                let known: bool = file
                    .query_row(
                        "SELECT count(*) > 0 FROM cursors WHERE side = ?1 AND kind = ?2",
                        [side.word(), kind.word()],
                        |row| row.get(0),
                    )
                    .unwrap();
                let forgotten = anew.contains(&(side, kind));
                assert_eq!(known, !forgotten, "{before}: {side:?} {kind:?}");
            }
        }
    }
}
