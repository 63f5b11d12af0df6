//! Exceptions and rules.

use ledger::{Cause, Kind, Side};

use super::*;
use crate::{
    Direction, Exception, ExceptionQuery, ExceptionStatus, ExceptionWrite, RecordKey, Rule,
    Settlement, StoreError,
};

fn no_account(account: &str) -> Cause {
    Cause::NoAccountMapping {
        side: Side::Xero,
        account: account.into(),
    }
}

fn failed(id: &str, cause: Cause, fingerprint: &str) -> Settlement {
    Settlement {
        raise: vec![ExceptionWrite {
            record: RecordKey::new(Side::Xero, Kind::Invoice, id),
            title: id.into(),
            contact_name: "Acme".into(),
            total: Some(("120.50".parse().unwrap(), gbp())),
            cause,
            fingerprint: Some(fingerprint.into()),
            tried: true,
        }],
        ..Settlement::default()
    }
}

fn open(store: &Store) -> Vec<Exception> {
    store.exceptions(&ExceptionQuery::default()).unwrap()
}

#[test]
fn an_exception_met_again_is_the_same_one() {
    let store = Store::open_in_memory().unwrap();
    let pairing = paired(&store);
    let settle = |settlement, at| {
        store
            .settle(pairing, None, &[settlement], None, at)
            .unwrap();
    };
    settle(failed("INV-1", no_account("200"), "f1"), day(2));
    let first = open(&store).remove(0);
    assert_eq!((first.tries, first.first_seen), (1, day(2)));
    assert_eq!(first.amount, Some("120.5".parse().unwrap()));
    assert_eq!(store.request_retry(&[first.id]).unwrap(), 1);
    let standing = &store.standing_exceptions(pairing).unwrap()[&first.record];
    assert!(standing.retry_requested);
    assert_eq!(standing.fingerprint.as_deref(), Some("f1"));

    settle(failed("INV-1", no_account("201"), "f2"), day(3));
    let again = open(&store).remove(0);
    assert_eq!(again.id, first.id);
    assert_eq!(
        (again.tries, again.first_seen, again.last_seen),
        (2, day(2), day(3))
    );
    assert!(!again.retry_requested);
    assert_eq!(again.cause, no_account("201"));

    settle(
        Settlement {
            resolve: vec![first.record.clone()],
            ..Settlement::default()
        },
        day(4),
    );
    assert!(open(&store).is_empty());
    let resolved = store.exception(first.id).unwrap().unwrap();
    assert_eq!(resolved.status, ExceptionStatus::Resolved);
    assert_eq!(resolved.resolved_at, Some(day(4)));
    // Failing once more is a new one.
    settle(failed("INV-1", no_account("200"), "f1"), day(5));
    assert_ne!(open(&store)[0].id, first.id);
}

#[test]
fn an_ignored_one_stays_ignored_until_its_cause_is_another() {
    let store = Store::open_in_memory().unwrap();
    let pairing = paired(&store);
    let settle = |settlement| {
        store
            .settle(pairing, None, &[settlement], None, day(2))
            .unwrap();
    };
    settle(failed("INV-1", no_account("200"), "f1"));
    let id = open(&store)[0].id;
    store.ignore_exception(id, "an old one").unwrap();
    assert!(matches!(
        store.ignore_exception(id, "twice"),
        Err(StoreError::NotFound(_))
    ));
    settle(failed("INV-1", no_account("200"), "f2"));
    assert!(open(&store).is_empty());
    // Other figures were not what was set aside, whether the cause says them or the document.
    let mut dearer = failed("INV-1", no_account("200"), "f2");
    dearer.raise[0].total = Some(("12000".parse().unwrap(), gbp()));
    settle(dearer.clone());
    assert_eq!(open(&store)[0].reason, None);
    store.ignore_exception(id, "that too").unwrap();
    settle(dearer.clone());
    assert!(open(&store).is_empty());
    settle(failed("INV-1", no_account("201"), "f2"));
    assert_eq!(open(&store).len(), 1);
    store.ignore_exception(id, "and that").unwrap();
    assert!(open(&store).is_empty());
    settle(failed(
        "INV-1",
        Cause::Vanished {
            side: Side::Erpnext,
        },
        "f2",
    ));
    assert_eq!(open(&store)[0].reason, None);
    store.ignore_exception(id, "again").unwrap();
    store.unignore_exception(id).unwrap();
    assert!(open(&store)[0].retry_requested);
}

#[test]
fn a_whole_cause_can_be_tried_again() {
    let store = Store::open_in_memory().unwrap();
    let pairing = paired(&store);
    let settlements = [
        failed("INV-1", no_account("200"), "f"),
        failed("INV-2", no_account("200"), "f"),
        failed(
            "INV-3",
            Cause::Vanished {
                side: Side::Erpnext,
            },
            "f",
        ),
    ];
    store
        .settle(pairing, None, &settlements, None, day(2))
        .unwrap();
    assert_eq!(
        store
            .request_retry_all(pairing, Some("no_account_mapping"))
            .unwrap(),
        2
    );
    assert_eq!(store.request_retry_all(pairing, None).unwrap(), 3);
    let paged = store
        .exceptions(&ExceptionQuery {
            cause: Some("no_account_mapping".into()),
            after: Some(open(&store)[0].id),
            limit: 5,
            ..ExceptionQuery::default()
        })
        .unwrap();
    assert_eq!(paged.len(), 1);
    assert_eq!(paged[0].title, "INV-2");
}

#[test]
fn rules_are_there_for_every_kind_even_when_unset() {
    let store = Store::open_in_memory().unwrap();
    let pairing = paired(&store);
    let rule = Rule {
        direction: Direction::ToErpnext,
        start_date: Some("2026-01-01".parse().unwrap()),
        ..Rule::unset(Kind::Invoice)
    };
    store.set_rule(pairing, &rule).unwrap();
    let rules = store.rules(pairing).unwrap();
    let others = Rule::unset;
    assert_eq!(
        rules,
        [
            others(Kind::Contact),
            rule,
            others(Kind::CreditNote),
            others(Kind::Payment)
        ]
    );
    assert!(!rules[1].direction.writes_to(Side::Xero));
}
