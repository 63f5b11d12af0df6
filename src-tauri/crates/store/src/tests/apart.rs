//! What is kept apart stays so under every name it gets, until a person takes it up again.

use ledger::{Kind, Side};

use super::*;
use crate::{Departure, KeepApart, LinkState, LinkWrite, RecordKey, RunId, Settlement};

fn keep(record: &RecordKey, other: Option<&str>) -> KeepApart {
    KeepApart {
        record: record.clone(),
        other: other.map(RemoteId::new),
        who: Some("sam@till".to_owned()),
        reason: "run 4 was undone".to_owned(),
        undone: Some(RunId(4)),
    }
}

fn named(side: Side, id: &str) -> RecordKey {
    RecordKey::new(side, Kind::Invoice, id)
}

#[test]
fn it_says_who_when_and_why_and_ends_when_asked() {
    let store = Store::open_in_memory().unwrap();
    let pairing = paired(&store);
    let key = named(Side::Erpnext, "INV-1");
    let asked = keep(&key, Some("0c5f6c2e-8f3b-4a7e-9d52-3d1a1b0f7a11"));
    store
        .keep_apart(pairing, std::slice::from_ref(&asked), day(3))
        .unwrap();
    let kept = store.apart_since(pairing, &key).unwrap().unwrap();
    assert_eq!((kept.keep, kept.at), (asked, day(3)));
    assert_eq!(store.apart(pairing).unwrap(), [key.clone()].into());
    assert_eq!(store.kept_apart(pairing).unwrap().len(), 1);
    // The last reason holds.
    let again = KeepApart {
        reason: "not ours".to_owned(),
        ..keep(&key, None)
    };
    store.keep_apart(pairing, &[again], day(4)).unwrap();
    let kept = store.kept_apart(pairing).unwrap();
    assert_eq!((kept.len(), kept[0].keep.reason.as_str()), (1, "not ours"));
    assert_eq!(
        store
            .end_apart(pairing, std::slice::from_ref(&key))
            .unwrap(),
        1
    );
    assert_eq!(store.end_apart(pairing, &[key]).unwrap(), 0);
    assert_eq!(store.apart(pairing).unwrap(), [].into());
}

#[test]
fn it_goes_with_a_record_that_is_renamed() {
    let store = Store::open_in_memory().unwrap();
    let pairing = paired(&store);
    let link = |id, erpnext: &str| Settlement {
        link: Some(LinkWrite {
            id,
            kind: Kind::Invoice,
            xero_id: RemoteId::new("x"),
            erpnext_id: RemoteId::new(erpnext),
            base_xero: None,
            base_erpnext: None,
            xero_version: None,
            erpnext_version: None,
            state: LinkState::Active,
        }),
        apart: vec![keep(&named(Side::Erpnext, "INV-1"), Some("x"))],
        ..Settlement::default()
    };
    let first = link(None, "INV-1");
    let made = store.settle(pairing, None, &[first], None, day(1)).unwrap();
    let moved = Settlement {
        apart: Vec::new(),
        ..link(made[0], "INV-1-1")
    };
    store.settle(pairing, None, &[moved], None, day(2)).unwrap();
    let of = |id: &str| [named(Side::Erpnext, id)].into();
    assert_eq!(store.apart(pairing).unwrap(), of("INV-1-1"));
    let away = Settlement {
        departed: vec![Departure::Renamed(
            named(Side::Erpnext, "INV-1-1"),
            RemoteId::new("(gone)"),
        )],
        unlink: made[0],
        ..Settlement::default()
    };
    store.settle(pairing, None, &[away], None, day(3)).unwrap();
    assert_eq!(store.apart(pairing).unwrap(), of("(gone)"));
    let found = store.link_of(pairing, Kind::Invoice, Side::Xero, &RemoteId::new("x"));
    assert_eq!(found.unwrap(), None);
}
