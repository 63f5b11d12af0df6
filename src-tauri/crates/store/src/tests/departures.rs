//! Records that are gone from their side.

use ledger::{Kind, Side};

use super::*;
use crate::{
    Departure, LinkId, LinkState, LinkWrite, Look, RecordKey, RecordRow, Scope, Settlement,
};

fn born(mut row: RecordRow, at: &str) -> RecordRow {
    row.born = Some(at.into());
    row
}

fn key(side: Side, id: &str) -> RecordKey {
    RecordKey::new(side, Kind::Invoice, id)
}

/// Two linked invoices, whose bases are the stored records.
fn linked() -> (Store, PairingId, LinkId) {
    let store = Store::open_in_memory().unwrap();
    let pairing = paired(&store);
    let (xero, erpnext) = (
        invoice("x1", "2026-03-25", "10", "10"),
        born(invoice("e1", "2026-03-25", "10", "10"), "morning"),
    );
    let settlement = Settlement {
        link: Some(LinkWrite {
            id: None,
            kind: Kind::Invoice,
            xero_id: xero.id.clone(),
            erpnext_id: erpnext.id.clone(),
            base_xero: xero.record.clone().ok(),
            base_erpnext: erpnext.record.clone().ok(),
            xero_version: None,
            erpnext_version: None,
            state: LinkState::Active,
        }),
        records: vec![
            (Side::Xero, Kind::Invoice, xero),
            (Side::Erpnext, Kind::Invoice, erpnext),
        ],
        ..Settlement::default()
    };
    let made = store
        .settle(pairing, None, &[settlement], None, day(2))
        .unwrap();
    (store, pairing, made[0].unwrap())
}

fn depart(store: &Store, pairing: PairingId, departure: Departure) {
    let settlement = Settlement {
        departed: vec![departure],
        ..Settlement::default()
    };
    store
        .settle(pairing, None, &[settlement], None, day(3))
        .unwrap();
}

fn ended(store: &Store, pairing: PairingId) {
    let key = key(Side::Erpnext, "e1");
    let stored = store.record(pairing, &key).unwrap().unwrap();
    let mut record = stored.row.record.unwrap();
    record.end();
    let departure = Departure::Ended {
        partner: self::key(Side::Xero, "x1"),
        merged_into: None,
        record: Box::new(record),
        key,
    };
    depart(store, pairing, departure);
}

#[test]
fn a_linked_record_that_is_gone_stays_as_one_that_ended_and_its_base_with_it() {
    let (store, pairing, _) = linked();
    ended(&store, pairing);
    let stored = store
        .record(pairing, &key(Side::Erpnext, "e1"))
        .unwrap()
        .unwrap();
    assert_eq!(stored.gone, Some(day(3)));
    assert!(stored.row.record.unwrap().ended());
    let link = store
        .link_of(pairing, Kind::Invoice, Side::Erpnext, &RemoteId::new("e1"))
        .unwrap()
        .unwrap();
    assert!(!link.base_erpnext.unwrap().ended());
    // Its counterpart is to be looked at.
    let to_do: Vec<RemoteId> = store
        .records(pairing, Kind::Invoice, Scope::ToDo)
        .unwrap()
        .into_iter()
        .map(|record| record.row.id)
        .collect();
    assert_eq!(to_do, [RemoteId::new("x1")]);
    // It is not looked for any more, but where it is there again, that is news.
    let mut seen = Vec::new();
    store
        .identities_each(pairing, Side::Erpnext, Kind::Invoice, |id, _| seen.push(id))
        .unwrap();
    assert!(seen.is_empty());
    let again = born(invoice("e1", "2026-03-25", "10", "10"), "morning");
    store
        .store_found(pairing, Side::Erpnext, Kind::Invoice, &[again], day(4))
        .unwrap();
    let known = store
        .known(
            pairing,
            Side::Erpnext,
            Kind::Invoice,
            [&RemoteId::new("e1")],
        )
        .unwrap();
    assert!(!known[&RemoteId::new("e1")].gone);
}

#[test]
fn a_name_that_another_record_took_leaves_row_link_and_base_under_another() {
    let (store, pairing, made) = linked();
    let away = RemoteId::new("e1 (gone)");
    // At once, and after it was known to be gone.
    for already in [false, true] {
        let (store, pairing, made) = if already {
            let (store, pairing, made) = linked();
            ended(&store, pairing);
            (store, pairing, made)
        } else {
            (store.clone(), pairing, made)
        };
        depart(
            &store,
            pairing,
            Departure::Renamed(key(Side::Erpnext, "e1"), away.clone()),
        );
        let other = born(invoice("e1", "2026-03-25", "999", "999"), "evening");
        store
            .store_found(pairing, Side::Erpnext, Kind::Invoice, &[other], day(4))
            .unwrap();
        let link = |id: &RemoteId| {
            store
                .link_of(pairing, Kind::Invoice, Side::Erpnext, id)
                .unwrap()
        };
        assert_eq!(link(&RemoteId::new("e1")), None);
        let old = link(&away).unwrap();
        assert_eq!(old.id, made);
        let base = old.base_erpnext.unwrap();
        assert_eq!(base.as_invoice().unwrap().total, Decimal::from(10));
        let stored = store
            .record(pairing, &key(Side::Erpnext, "e1 (gone)"))
            .unwrap()
            .unwrap();
        assert_eq!(stored.link, Some(made));
        let new = store
            .record(pairing, &key(Side::Erpnext, "e1"))
            .unwrap()
            .unwrap();
        assert_eq!((new.link, new.changed), (None, true));
    }
}

#[test]
fn a_record_without_a_use_leaves_the_store_with_or_without_its_link() {
    let (store, pairing, made) = linked();
    depart(
        &store,
        pairing,
        Departure::LeavesUnlinked(key(Side::Erpnext, "e1"), made),
    );
    assert!(store.links(pairing, Kind::Invoice).unwrap().is_empty());
    let left = store.records(pairing, Kind::Invoice, Scope::ToDo).unwrap();
    assert_eq!(left.len(), 1);
    assert_eq!((left[0].row.id.as_str(), left[0].link), ("x1", None));
    depart(&store, pairing, Departure::Leaves(key(Side::Xero, "x1")));
    let left = store.records(pairing, Kind::Invoice, Scope::All).unwrap();
    assert!(left.is_empty());
}

#[test]
fn what_was_missed_once_is_remembered_until_it_is_stored_anew() {
    let (store, pairing, _) = linked();
    let missed = || store.missed(pairing, Side::Erpnext, Kind::Invoice).unwrap();
    store
        .miss(pairing, &[key(Side::Erpnext, "e1")], day(3))
        .unwrap();
    assert_eq!(missed(), [RemoteId::new("e1")]);
    let again = invoice("e1", "2026-03-25", "10", "10");
    store
        .store_found(pairing, Side::Erpnext, Kind::Invoice, &[again], day(4))
        .unwrap();
    assert!(missed().is_empty());
    // What it was born with is kept where it is not said again.
    let known = store
        .known(
            pairing,
            Side::Erpnext,
            Kind::Invoice,
            [&RemoteId::new("e1")],
        )
        .unwrap();
    assert_eq!(known[&RemoteId::new("e1")].born.as_deref(), Some("morning"));
}

#[test]
fn how_far_a_look_has_come_is_kept_by_side() {
    let (store, pairing, _) = linked();
    let look = Look {
        cursor: "7".into(),
        began: Some(day(2)),
        ended: None,
    };
    store.set_look(pairing, Side::Xero, "all", &look).unwrap();
    assert_eq!(store.look(pairing, Side::Xero, "all").unwrap(), look);
    assert_eq!(
        store.look(pairing, Side::Erpnext, "all").unwrap(),
        Look::default()
    );
}
