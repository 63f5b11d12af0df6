//! Bases that are not stored twice, and records that know their link.

use ledger::{Kind, Record, Side};
use rusqlite::types::Type;

use super::*;
use crate::{LinkState, LinkWrite, RecordKey, Scope, Settlement, UnreadableRow};

const X: &str = "x";
const E: &str = "E";

struct Books {
    store: Store,
    pairing: PairingId,
}

impl Books {
    /// A contact on both sides, linked with what is stored as its base.
    fn agreed() -> Self {
        let books = Self::read();
        books.link(X, E, true);
        books
    }

    /// A contact on both sides without a link.
    fn read() -> Self {
        let store = Store::open_in_memory().unwrap();
        let pairing = paired(&store);
        let books = Self { store, pairing };
        books.put(Side::Xero, &contact(X, "Acme"));
        books.put(Side::Erpnext, &contact(E, "Acme"));
        books
    }

    fn put(&self, side: Side, row: &RecordRow) {
        self.store
            .store_found(
                self.pairing,
                side,
                Kind::Contact,
                std::slice::from_ref(row),
                day(2),
            )
            .unwrap();
    }

    fn link(&self, xero: &str, erpnext: &str, with_base: bool) {
        self.settle(Settlement {
            link: Some(link_write(xero, erpnext, with_base)),
            ..Settlement::default()
        });
    }

    fn settle(&self, settlement: Settlement) {
        self.store
            .settle(self.pairing, None, &[settlement], None, day(2))
            .unwrap();
    }

    /// The names that both bases say.
    fn bases(&self) -> [String; 2] {
        let link = self
            .store
            .link_of(self.pairing, Kind::Contact, Side::Xero, &RemoteId::new(X))
            .unwrap()
            .unwrap();
        let name = |base: &Option<Record>| base.as_ref().unwrap().title().to_owned();
        [name(&link.base_xero), name(&link.base_erpnext)]
    }

    /// How both bases are kept.
    fn kept(&self) -> [Type; 2] {
        self.store
            .read(|reading| {
                reading
                    .raw()
                    .query_row("SELECT base_xero, base_erpnext FROM links", [], |row| {
                        Ok([row.get_ref(0)?.data_type(), row.get_ref(1)?.data_type()])
                    })
            })
            .unwrap()
    }

    fn linked(&self, side: Side, id: &str) -> bool {
        let key = RecordKey::new(side, Kind::Contact, id);
        let stored = self.store.record(self.pairing, &key).unwrap().unwrap();
        stored.link.is_some()
    }

    /// What a run has to look at, of either side.
    fn to_do(&self) -> Vec<(Side, String)> {
        self.store
            .records(self.pairing, Kind::Contact, Scope::ToDo)
            .unwrap()
            .into_iter()
            .map(|record| (record.side, record.row.id.0))
            .collect()
    }
}

fn link_write(xero: &str, erpnext: &str, with_base: bool) -> LinkWrite {
    let base = |id: &str| with_base.then(|| contact(id, "Acme").record.unwrap());
    LinkWrite {
        id: None,
        kind: Kind::Contact,
        xero_id: RemoteId::new(xero),
        erpnext_id: RemoteId::new(erpnext),
        base_xero: base(xero),
        base_erpnext: base(erpnext),
        xero_version: None,
        erpnext_version: None,
        state: LinkState::Active,
    }
}

#[test]
fn a_base_that_is_the_stored_record_is_not_stored_again() {
    let books = Books::agreed();
    assert_eq!(books.kept(), [Type::Integer, Type::Integer]);
    assert_eq!(books.bases(), ["Acme", "Acme"]);
}

#[test]
fn a_base_stays_what_it_was_when_the_record_changes() {
    let books = Books::agreed();
    books.put(Side::Xero, &contact(X, "Acme Ltd"));
    assert_eq!(books.bases(), ["Acme", "Acme"]);
    assert_ne!(books.kept()[0], Type::Integer);
    assert_eq!(books.kept()[1], Type::Integer);
    books.put(Side::Erpnext, &contact(E, "Acme GmbH"));
    books.put(Side::Erpnext, &contact(E, "Acme SA"));
    assert_eq!(books.bases(), ["Acme", "Acme"]);
    // Agreed anew, they are one again.
    let now = |id: &str, name: &str| contact(id, name).record.ok();
    books.settle(Settlement {
        link: Some(LinkWrite {
            base_xero: now(X, "Acme Ltd"),
            base_erpnext: now(E, "Acme SA"),
            ..link_write(X, E, true)
        }),
        ..Settlement::default()
    });
    assert_eq!(books.kept(), [Type::Integer, Type::Integer]);
    assert_eq!(books.bases(), ["Acme Ltd", "Acme SA"]);
}

#[test]
fn a_record_that_is_marked_leaves_its_base_where_it_is() {
    let books = Books::agreed();
    let marked = RecordRow {
        marker: Some(RemoteId::new(X)),
        version: Version::new("2"),
        ..contact(E, "Acme")
    };
    books.put(Side::Erpnext, &marked);
    assert_eq!(books.kept(), [Type::Integer, Type::Integer]);
    books.put(Side::Erpnext, &contact(E, "Acme GmbH"));
    assert_eq!(books.bases(), ["Acme", "Acme"]);
}

#[test]
fn a_base_that_is_not_the_stored_record_is_a_copy() {
    let books = Books::read();
    books.put(Side::Xero, &contact(X, "Acme Ltd"));
    books.link(X, E, true);
    assert_ne!(books.kept()[0], Type::Integer);
    assert_eq!(books.bases(), ["Acme", "Acme"]);
}

#[test]
fn a_base_stays_when_the_record_can_no_longer_be_read() {
    let books = Books::agreed();
    books.put(
        Side::Erpnext,
        &RecordRow {
            record: Err(UnreadableRow {
                title: "Acme".into(),
                why: "a test".into(),
                raw: "{}".into(),
            }),
            ..contact(E, "Acme")
        },
    );
    assert_eq!(books.bases(), ["Acme", "Acme"]);
}

#[test]
fn a_base_stays_when_the_record_is_forgotten() {
    let books = Books::agreed();
    books
        .store
        .write_sql(|writing| {
            writing
                .raw()
                .execute("DELETE FROM records WHERE side = 1", [])
        })
        .unwrap();
    assert_eq!(books.bases(), ["Acme", "Acme"]);
}

#[test]
fn a_link_that_goes_on_to_another_record_takes_its_base_along() {
    let books = Books::agreed();
    let id = books
        .store
        .link_of(books.pairing, Kind::Contact, Side::Xero, &RemoteId::new(X))
        .unwrap()
        .unwrap()
        .id;
    let moved = LinkWrite {
        id: Some(id),
        ..link_write(X, "E2", false)
    };
    books.settle(Settlement {
        link: Some(moved),
        ..Settlement::default()
    });
    books.put(Side::Erpnext, &contact("E2", "Acme SA"));
    assert_eq!(books.bases(), ["Acme", "Acme"]);
    assert!(!books.linked(Side::Erpnext, E));
    assert!(books.linked(Side::Erpnext, "E2"));
    assert!(books.linked(Side::Xero, X));
    // To one that was read before.
    books.put(Side::Erpnext, &contact("E3", "Acme AG"));
    books.settle(Settlement {
        link: Some(LinkWrite {
            id: Some(id),
            ..link_write(X, "E3", false)
        }),
        ..Settlement::default()
    });
    assert!(books.linked(Side::Erpnext, "E3"));
    assert_eq!(books.bases(), ["Acme", "Acme"]);
}

#[test]
fn a_record_knows_its_link_whichever_was_there_first() {
    let books = Books::read();
    assert!(!books.linked(Side::Xero, X));
    books.link(X, E, false);
    assert!(books.linked(Side::Xero, X) && books.linked(Side::Erpnext, E));
    // A link whose records come later.
    books.link("x3", "E3", false);
    books.put(Side::Xero, &contact("x3", "Cole"));
    books.put(Side::Erpnext, &contact("E3", "Cole"));
    assert!(books.linked(Side::Xero, "x3") && books.linked(Side::Erpnext, "E3"));
    let link = books
        .store
        .link_of(
            books.pairing,
            Kind::Contact,
            Side::Erpnext,
            &RemoteId::new(E),
        )
        .unwrap()
        .unwrap();
    books
        .store
        .write_sql(|writing| {
            writing.execute(
                &crate::statements::links::UNLINK,
                rusqlite::params![books.pairing, link.id],
            )
        })
        .unwrap();
    assert!(!books.linked(Side::Xero, X) && !books.linked(Side::Erpnext, E));
}

#[test]
fn two_that_were_never_seen_to_agree_stay_to_do_however_long_ago_they_were_read() {
    let books = Books::read();
    let both = [Side::Xero, Side::Erpnext].map(|side| {
        let id = if side == Side::Xero { X } else { E };
        RecordKey::new(side, Kind::Contact, id)
    });
    books.settle(Settlement {
        dealt_with: both.to_vec(),
        ..Settlement::default()
    });
    books.link(X, E, false);
    let open = [(Side::Xero, X.to_owned()), (Side::Erpnext, E.to_owned())];
    assert_eq!(books.to_do(), open);
    // Our marker is set on one of them, and read back.
    let marked = contact(E, "Acme");
    books.settle(Settlement {
        records: vec![(Side::Erpnext, Kind::Contact, marked)],
        link: Some(link_write(X, E, false)),
        ..Settlement::default()
    });
    assert_eq!(books.to_do(), open);
    // Once they agree, what is dealt with stays dealt with.
    books.link(X, E, true);
    books.settle(Settlement {
        dealt_with: both.to_vec(),
        link: Some(link_write(X, E, false)),
        ..Settlement::default()
    });
    assert_eq!(books.to_do(), []);
}

#[test]
fn to_do_is_what_changed_what_has_no_link_and_what_has_an_open_exception() {
    let books = Books::agreed();
    let dealt_with = |side, id: &str| RecordKey::new(side, Kind::Contact, id);
    books.settle(Settlement {
        dealt_with: vec![dealt_with(Side::Xero, X), dealt_with(Side::Erpnext, E)],
        ..Settlement::default()
    });
    assert_eq!(books.to_do(), []);
    books.put(Side::Xero, &contact("w", "Zed"));
    books.settle(Settlement {
        dealt_with: vec![dealt_with(Side::Xero, "w")],
        ..Settlement::default()
    });
    assert_eq!(books.to_do(), [(Side::Xero, "w".to_owned())]);
    books.settle(Settlement {
        raise: vec![crate::ExceptionWrite {
            record: dealt_with(Side::Xero, X),
            title: "Acme".into(),
            contact_name: "Acme".into(),
            total: None,
            cause: ledger::Cause::Vanished {
                side: Side::Erpnext,
            },
            fingerprint: None,
            tried: false,
        }],
        ..Settlement::default()
    });
    // In the order of the identities, each once.
    let both = [(Side::Xero, "w".to_owned()), (Side::Xero, X.to_owned())];
    assert_eq!(books.to_do(), both);
    books.put(Side::Xero, &contact(X, "Acme Ltd"));
    assert_eq!(books.to_do(), both);
}

#[test]
fn counterparts_are_found_from_either_side_with_how_they_stand() {
    let books = Books::agreed();
    let of = |side: Side, id: &str| {
        let id = RemoteId::new(id);
        books
            .store
            .counterparts(books.pairing, side, Kind::Contact, [&id])
            .unwrap()
            .remove(&id)
            .map(|found| (found.id.0, found.ended))
    };
    assert_eq!(of(Side::Xero, X), Some((E.to_owned(), false)));
    assert_eq!(of(Side::Erpnext, E), Some((X.to_owned(), false)));
    assert_eq!(of(Side::Xero, E), None);
    let mut merged = contact(X, "Acme");
    merged.merged_into = Some(RemoteId::new("y"));
    books.put(Side::Xero, &merged);
    let all = || books.store.merged(books.pairing, Side::Xero, Kind::Contact);
    // One that is named as merged but lives is none.
    assert!(all().unwrap().is_empty());
    if let Ok(Record::Contact(contact)) = &mut merged.record {
        contact.archived = true;
    }
    books.put(Side::Xero, &merged);
    assert_eq!(of(Side::Erpnext, E), Some((X.to_owned(), true)));
    assert_eq!(of(Side::Xero, X), Some((E.to_owned(), false)));
    assert_eq!(
        all().unwrap().into_iter().collect::<Vec<_>>(),
        [(RemoteId::new(X), RemoteId::new("y"))]
    );
}
