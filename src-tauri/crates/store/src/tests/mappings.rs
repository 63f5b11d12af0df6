//! Mappings, each way for itself, and the names of what they are between.

use ledger::Mappings;
use ledger::Side::{self, Erpnext, Xero};
use ledger::mapping::{Choice, Mapping, MappingKind};

use super::*;
use crate::{MappingSource, SavedMapping, migrations};

const KIND: MappingKind = MappingKind::Account;

fn way(from: Side, key: &str, to: &str) -> Mapping {
    Mapping {
        kind: KIND,
        from,
        key: key.into(),
        to: to.into(),
    }
}

fn account(key: &str, id: Option<&str>) -> Choice {
    Choice {
        key: key.into(),
        id: id.map(Into::into),
        code: None,
        also: None,
        also_id: None,
        no_bank: false,
        name: format!("Account {key}"),
        rate: None,
        default: false,
    }
}

fn shown(mappings: &Mappings) -> Vec<String> {
    let mut shown = Vec::new();
    for (from, arrow) in [(Xero, ">"), (Erpnext, "<")] {
        shown.extend(
            mappings
                .ways(KIND, from)
                .map(|(key, to)| format!("{key} {arrow} {to}")),
        );
    }
    shown
}

fn both(store: &Store, pairing: PairingId, xero: &str, erpnext: &str) {
    let ways = Mapping::both_ways(KIND, xero, erpnext);
    let ways = ways.map(|way| (way, MappingSource::Suggested("same name".into())));
    store.add_mappings(pairing, &ways, day(2)).unwrap();
}

#[test]
fn a_way_is_set_and_removed_for_itself_and_counts_as_a_revision() {
    let store = Store::open_in_memory().unwrap();
    let pairing = paired(&store);
    both(&store, pairing, "200", "Sales");
    let revision = || store.pairing(pairing).unwrap().unwrap().revision;
    let now = || shown(&store.mappings(pairing).unwrap());
    let before = revision();
    let set = |mapping: &Mapping| {
        let source = MappingSource::Person;
        store
            .set_mapping(pairing, mapping, &source, day(3))
            .unwrap();
    };
    set(&way(Erpnext, "Freight", "200"));
    assert_eq!(now(), ["200 > Sales", "Freight < 200", "Sales < 200"]);
    set(&way(Xero, "200", "Other"));
    assert_eq!(now(), ["200 > Other", "Freight < 200", "Sales < 200"]);
    assert_eq!(revision(), before + 2);
    assert!(
        store
            .remove_mapping(pairing, KIND, Erpnext, "Sales")
            .unwrap()
    );
    assert!(
        !store
            .remove_mapping(pairing, KIND, Erpnext, "Sales")
            .unwrap()
    );
    assert_eq!(now(), ["200 > Other", "Freight < 200"]);
    assert_eq!(revision(), before + 3);
    // Suggestions fill what is empty and change nothing else.
    both(&store, pairing, "200", "Sales");
    assert_eq!(now(), ["200 > Other", "Freight < 200", "Sales < 200"]);
    let sources: Vec<_> = store
        .saved_mappings(pairing)
        .unwrap()
        .into_iter()
        .map(
            |SavedMapping {
                 mapping, source, ..
             }| (mapping.key, source),
        )
        .collect();
    assert_eq!(
        sources,
        [
            ("200".to_owned(), MappingSource::Person),
            ("Freight".to_owned(), MappingSource::Person),
            (
                "Sales".to_owned(),
                MappingSource::Suggested("same name".into())
            ),
        ]
    );
}

#[test]
fn a_mapping_goes_with_a_value_that_is_renamed_on_either_side() {
    let store = Store::open_in_memory().unwrap();
    let pairing = paired(&store);
    both(&store, pairing, "200", "Sales");
    let see = |side, key: &str, id: &str| {
        store
            .see_values(pairing, side, KIND, &[account(key, Some(id))])
            .unwrap()
            .into_iter()
            .map(|it| format!("{} {}", it.before, it.now))
            .collect::<Vec<_>>()
    };
    let now = || shown(&store.mappings(pairing).unwrap());
    assert_eq!(see(Xero, "200", "A"), [""; 0]);
    assert_eq!(see(Erpnext, "Sales", "2026-01-01 00:00:00.000001"), [""; 0]);
    assert_eq!(now(), ["200 > Sales", "Sales < 200"]);
    assert_eq!(see(Xero, "4000", "A"), ["200 4000"]);
    // Records read before carry the old code.
    assert_eq!(now(), ["200 > Sales", "4000 > Sales", "Sales < 4000"]);
    assert_eq!(
        see(Erpnext, "40 - Trade", "2026-01-01 00:00:00.000001"),
        ["Sales 40 - Trade"]
    );
    assert_eq!(
        now(),
        [
            "200 > 40 - Trade",
            "4000 > 40 - Trade",
            "40 - Trade < 4000",
            "Sales < 4000"
        ]
    );
    // Shown once, under the names of now; and set and removed under any of its names.
    let saved = store.saved_mappings(pairing).unwrap();
    let ways: Vec<_> = saved.into_iter().map(|it| it.mapping).collect();
    assert_eq!(
        ways,
        [
            way(Xero, "4000", "40 - Trade"),
            way(Erpnext, "40 - Trade", "4000")
        ]
    );
    assert!(store.remove_mapping(pairing, KIND, Xero, "200").unwrap());
    assert_eq!(now(), ["40 - Trade < 4000", "Sales < 4000"]);
    // Another account takes the old code over: it has no mapping.
    store
        .see_values(
            pairing,
            Xero,
            KIND,
            &[account("4000", Some("A")), account("200", Some("B"))],
        )
        .unwrap();
    store
        .set_mapping(
            pairing,
            &way(Xero, "200", "Cakes"),
            &MappingSource::Person,
            day(4),
        )
        .unwrap();
    assert_eq!(now(), ["200 > Cakes", "40 - Trade < 4000", "Sales < 4000"]);
}

#[test]
fn reading_the_same_chart_again_writes_nothing() {
    let store = Store::open_in_memory().unwrap();
    let pairing = paired(&store);
    let chart = [account("200", Some("A")), account("260", None)];
    store.see_values(pairing, Xero, KIND, &chart).unwrap();
    let changes = || {
        store
            .read(|reading| {
                reading
                    .raw()
                    .query_row("SELECT total_changes()", [], |row| row.get::<_, i64>(0))
            })
            .unwrap()
    };
    let before = changes();
    assert_eq!(
        store.see_values(pairing, Xero, KIND, &chart).unwrap(),
        Vec::new()
    );
    assert_eq!(changes(), before);
    store.end_pairing(pairing, day(5)).unwrap();
    assert!(store.known_values(pairing).unwrap().values().is_empty());
}

/// The pairs of a file of version 3: Xero's value, ERPNext's, and its place.
type Pair = (&'static str, &'static str, i64);

/// What stood for a value before each way was a row of its own: the first in the order of places.
fn first<'p>(pairs: &'p [Pair], from: Side, key: &str) -> Option<&'p str> {
    let mut sorted: Vec<&Pair> = pairs.iter().collect();
    sorted.sort_by_key(|(xero, erpnext, place)| (*place, *xero, *erpnext));
    sorted
        .into_iter()
        .map(|(xero, erpnext, _)| match from {
            Xero => (*xero, *erpnext),
            Erpnext => (*erpnext, *xero),
        })
        .find(|(mine, _)| *mine == key)
        .map(|(_, other)| other)
}

#[test]
fn what_counted_before_counts_after_the_upgrade() {
    let tables: [&[Pair]; 5] = [
        &[],
        &[("200", "Sales", 1), ("260", "Freight", 2)],
        // Several of one side share one of the other, and the lowest place was the way back.
        &[
            ("200", "Sales", 1),
            ("210", "Sales", 2),
            ("220", "Sales", 3),
        ],
        &[
            ("220", "Sales", -1),
            ("200", "Sales", 1),
            ("200", "Round Off", -2),
        ],
        &[("b", "x", 1), ("a", "x", 1), ("a", "y", 1), ("a", "z", 0)],
    ];
    for pairs in tables {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("counterfoil.db");
        let mut old = rusqlite::Connection::open(&path).unwrap();
        migrations::all().to_version(&mut old, 3).unwrap();
        old.execute_batch(include_str!("books_of_version_1.sql"))
            .unwrap();
        for (xero, erpnext, place) in pairs {
            for kind in ["account", "tax"] {
                old.execute(
                    "INSERT INTO mappings VALUES (1, ?1, ?2, ?3, ?4, 'suggested', 'same name', 7)",
                    rusqlite::params![kind, xero, erpnext, place],
                )
                .unwrap();
            }
        }
        drop(old);
        let store = Store::open(&path).unwrap();
        let pairing = PairingId(1);
        let mappings = store.mappings(pairing).unwrap();
        // Bank accounts were not mapped then.
        for kind in [MappingKind::Account, MappingKind::Tax] {
            let mut count = 0;
            for from in Side::BOTH {
                let mut keys: Vec<&str> = pairs
                    .iter()
                    .map(|(xero, erpnext, _)| match from {
                        Xero => *xero,
                        Erpnext => *erpnext,
                    })
                    .collect();
                keys.sort_unstable();
                keys.dedup();
                count += keys.len();
                for key in keys {
                    assert_eq!(
                        mappings.translate(kind, from, key),
                        first(pairs, from, key),
                        "{kind:?} of {from} {key} in {pairs:?}"
                    );
                }
            }
            let saved = store.saved_mappings(pairing).unwrap();
            let of_kind = saved.iter().filter(|it| it.mapping.kind == kind);
            assert_eq!(of_kind.count(), count, "{pairs:?}");
            assert!(saved.iter().all(|it| {
                it.source == MappingSource::Suggested("same name".into())
                    && it.set_at.timestamp_millis() == 7
            }));
        }
    }
}
