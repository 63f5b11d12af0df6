//! Finding records.

use ledger::{Cause, Kind, Payment, PaymentDirection, Side};

use super::*;
use crate::{
    Departure, ExceptionWrite, LinkState, LinkWrite, Place, RecordKey, RecordQuery, RecordStanding,
    Settlement,
};

struct Books {
    store: Store,
    pairing: PairingId,
}

fn document(id: &str, number: &str, contact: &str, date: &str, total: &str) -> RecordRow {
    let mut row = invoice(id, "2026-12-31", total, total);
    if let Ok(Record::Invoice(document)) = &mut row.record {
        document.number = Some(number.into());
        document.contact_name = contact.into();
        document.date = date.parse().unwrap();
    }
    row
}

fn payment(id: &str, number: Option<&str>, reference: &str, date: &str, amount: &str) -> RecordRow {
    let amount: Decimal = amount.parse().unwrap();
    RecordRow {
        record: Ok(Record::Payment(Payment {
            number: number.map(str::to_owned),
            direction: PaymentDirection::Received,
            state: DocumentState::Approved,
            contact: RemoteId::new("c"),
            contact_name: "Fern Hill Ltd".into(),
            date: date.parse().unwrap(),
            currency: gbp(),
            exchange_rate: None,
            amount,
            bank_account: None,
            bank_amount: None,
            bank_currency: None,
            mode: None,
            reference: Some(reference.into()),
            allocations: Vec::new(),
            unallocated: amount,
            deductions: Vec::new(),
            reconciled: false,
            on_account: false,
            with: Vec::new(),
            credits: Vec::new(),
        })),
        ..contact(id, "")
    }
}

impl Books {
    fn empty() -> Self {
        let store = Store::open_in_memory().unwrap();
        let pairing = paired(&store);
        Self { store, pairing }
    }

    fn put(&self, side: Side, kind: Kind, rows: &[RecordRow]) {
        let (pairing, at) = (self.pairing, day(1));
        self.store
            .store_page(pairing, side, kind, rows, "1", at)
            .unwrap();
    }

    fn settle(&self, settlement: Settlement) {
        self.store
            .settle(self.pairing, None, &[settlement], None, day(2))
            .unwrap();
    }

    fn link(&self, kind: Kind, xero: &str, erpnext: &str) {
        self.settle(Settlement {
            link: Some(LinkWrite {
                id: None,
                kind,
                xero_id: RemoteId::new(xero),
                erpnext_id: RemoteId::new(erpnext),
                base_xero: None,
                base_erpnext: None,
                xero_version: None,
                erpnext_version: None,
                state: LinkState::Active,
            }),
            ..Settlement::default()
        });
    }

    fn raise(&self, side: Side, kind: Kind, id: &str) {
        self.settle(Settlement {
            raise: vec![ExceptionWrite {
                record: RecordKey::new(side, kind, id),
                title: id.into(),
                contact_name: String::new(),
                total: None,
                cause: Cause::NoAccountMapping {
                    side,
                    account: "200".into(),
                },
                fingerprint: None,
                tried: true,
            }],
            ..Settlement::default()
        });
    }

    /// Side and identity of what is found, in its order.
    fn found(&self, query: &RecordQuery) -> Vec<String> {
        let found = self.store.find_records(self.pairing, query).unwrap();
        let named = found.iter().map(|it| {
            let key = it.record.key();
            format!("{} {}", key.side.word(), key.id)
        });
        named.collect()
    }

    fn by_text(&self, text: &str) -> Vec<String> {
        self.found(&RecordQuery {
            text: Some(text.into()),
            ..RecordQuery::default()
        })
    }

    /// Two contacts, three invoices and a payment; what is on both sides is linked.
    fn filled() -> Self {
        let books = Self::empty();
        books.put(
            Side::Xero,
            Kind::Contact,
            &[
                contact("c1", "Fern Hill Ltd"),
                contact("c2", "Böhm & Söhne"),
            ],
        );
        books.put(
            Side::Erpnext,
            Kind::Contact,
            &[contact("CUST-7", "Fern Hill Ltd")],
        );
        books.put(
            Side::Xero,
            Kind::Invoice,
            &[
                document("i14", "INV-14", "Fern Hill Ltd", "2026-01-14", "14.00"),
                document(
                    "i1814",
                    "INV-1814",
                    "Fern Hill Ltd",
                    "2026-03-18",
                    "1440.00",
                ),
                document("i7", "INV-7", "Böhm & Söhne", "2025-12-31", "0.02"),
            ],
        );
        books.put(
            Side::Erpnext,
            Kind::Invoice,
            &[
                document("INV-14", "INV-14", "Fern Hill Ltd", "2026-01-14", "14.00"),
                document(
                    "INV-1814",
                    "INV-1814",
                    "Fern Hill Ltd",
                    "2026-03-19",
                    "1440.00",
                ),
            ],
        );
        books.put(
            Side::Xero,
            Kind::Payment,
            &[payment("p1", None, "BACS 42", "2026-02-01", "1454.00")],
        );
        books.put(
            Side::Erpnext,
            Kind::Payment,
            &[payment(
                "PE-3",
                Some("PE-3"),
                "BACS 42",
                "2026-02-01",
                "1454.00",
            )],
        );
        books.link(Kind::Contact, "c1", "CUST-7");
        books.link(Kind::Invoice, "i14", "INV-14");
        books.link(Kind::Invoice, "i1814", "INV-1814");
        books.link(Kind::Payment, "p1", "PE-3");
        books
    }
}

#[test]
fn a_record_is_found_by_what_a_person_has_at_hand() {
    let books = Books::filled();
    for (typed, found) in [
        // A number is another than one that only ends so.
        ("14", &["xero i14"][..]),
        ("1814", &["xero i1814"]),
        ("INV-1", &["xero i1814", "xero i14"]),
        ("inv-7", &["xero i7"]),
        // By contact, the contact itself first, then what is its own, the newest first.
        ("fern", &["xero c1", "xero i1814", "xero p1", "xero i14"]),
        ("hill inv", &["xero i1814", "xero i14"]),
        ("bohm", &["xero c2", "xero i7"]),
        // ERPNext's name, where Xero's record is not called so.
        ("CUST-7", &["erpnext CUST-7"]),
        ("PE-3", &["erpnext PE-3"]),
        ("bacs 42", &["xero p1"]),
        ("nobody", &[]),
        ("- &", &[]),
    ] {
        assert_eq!(books.by_text(typed), found, "{typed}");
    }
}

#[test]
fn two_that_are_linked_are_one_unless_a_side_is_asked_for() {
    let books = Books::filled();
    let all = books.found(&RecordQuery::default());
    assert_eq!(
        all,
        [
            "xero c2",
            "xero c1",
            "xero i1814",
            "xero p1",
            "xero i14",
            "xero i7"
        ]
    );
    let erpnext = books.found(&RecordQuery {
        side: Some(Side::Erpnext),
        ..RecordQuery::default()
    });
    assert_eq!(
        erpnext,
        [
            "erpnext CUST-7",
            "erpnext INV-1814",
            "erpnext PE-3",
            "erpnext INV-14"
        ]
    );
    // ERPNext's is shown where Xero's is not what was asked for: it is dated a day before.
    let dated = RecordQuery {
        from: Some("2026-03-19".parse().unwrap()),
        ..RecordQuery::default()
    };
    assert_eq!(books.found(&dated), ["erpnext INV-1814"]);
    let found = books.store.find_records(books.pairing, &dated).unwrap();
    let other = found[0].other.as_ref().unwrap();
    assert_eq!(
        other.key(),
        RecordKey::new(Side::Xero, Kind::Invoice, "i1814")
    );
}

#[test]
fn every_condition_holds_whichever_of_them_leads() {
    let books = Books::filled();
    let day = |text: &str| Some(text.parse().unwrap());
    let amount = |low: &str, high: &str| Some((low.parse().unwrap(), high.parse().unwrap()));
    let all = RecordQuery::default;
    let text = |text: &str| Some(text.to_owned());
    for (query, found) in [
        (
            RecordQuery {
                amount: amount("1440", "1440"),
                ..all()
            },
            &["xero i1814"][..],
        ),
        (
            RecordQuery {
                amount: amount("14", "1440"),
                ..all()
            },
            &["xero i1814", "xero i14"],
        ),
        (
            RecordQuery {
                amount: amount("0.015", "0.025"),
                ..all()
            },
            &["xero i7"],
        ),
        (
            RecordQuery {
                amount: amount("0.03", "13.99"),
                ..all()
            },
            &[],
        ),
        (
            RecordQuery {
                amount: amount("1", "2000"),
                text: text("fern"),
                kind: Some(Kind::Payment),
                ..all()
            },
            &["xero p1"],
        ),
        (
            RecordQuery {
                from: day("2026-01-14"),
                until: day("2026-02-01"),
                ..all()
            },
            &["xero p1", "xero i14"],
        ),
        (
            RecordQuery {
                until: day("2025-12-31"),
                ..all()
            },
            &["xero i7"],
        ),
        (
            RecordQuery {
                kind: Some(Kind::Contact),
                ..all()
            },
            &["xero c2", "xero c1"],
        ),
        (
            RecordQuery {
                text: text("inv"),
                until: day("2026-01-31"),
                side: Some(Side::Xero),
                ..all()
            },
            &["xero i14", "xero i7"],
        ),
        (
            RecordQuery {
                named: vec![RecordKey::new(Side::Erpnext, Kind::Payment, "PE-3")],
                ..all()
            },
            &["xero p1"],
        ),
    ] {
        assert_eq!(books.found(&query), found, "{query:?}");
    }
}

#[test]
fn how_a_record_stands_is_how_it_stands_now() {
    let books = Books::filled();
    let standing = |standing| {
        books.found(&RecordQuery {
            standing: Some(standing),
            ..RecordQuery::default()
        })
    };
    assert_eq!(standing(RecordStanding::Alone), ["xero c2", "xero i7"]);
    assert_eq!(
        standing(RecordStanding::Linked),
        ["xero c1", "xero i1814", "xero p1", "xero i14"]
    );
    assert!(standing(RecordStanding::Waiting).is_empty());
    assert!(standing(RecordStanding::Ended).is_empty());

    // What waits on one side is both.
    books.raise(Side::Erpnext, Kind::Invoice, "INV-14");
    assert_eq!(standing(RecordStanding::Waiting), ["xero i14"]);
    let mut voided = document("i7", "INV-7", "Böhm & Söhne", "2025-12-31", "0.02");
    if let Ok(record) = &mut voided.record {
        record.end();
    }
    books.put(Side::Xero, Kind::Invoice, &[voided]);
    assert_eq!(standing(RecordStanding::Ended), ["xero i7"]);
    assert_eq!(standing(RecordStanding::Alone), ["xero c2"]);
    assert_eq!(
        standing(RecordStanding::Linked),
        ["xero c1", "xero i1814", "xero p1"]
    );
}

#[test]
fn what_changes_is_found_by_what_it_says_now_and_keeps_one_place() {
    let books = Books::filled();
    books.put(
        Side::Xero,
        Kind::Invoice,
        &[document("i7", "INV-8", "Ash & Co", "2026-05-05", "99.00")],
    );
    assert!(books.by_text("INV-7").is_empty());
    assert_eq!(books.by_text("INV-8"), ["xero i7"]);
    assert_eq!(books.by_text("ash"), ["xero i7"]);
    let newest = books.found(&RecordQuery {
        kind: Some(Kind::Invoice),
        limit: 1,
        ..RecordQuery::default()
    });
    assert_eq!(newest, ["xero i7"]);
    // Only what is owed of it is another: its words stay as they are.
    let mut paid = document("i7", "INV-8", "Ash & Co", "2026-05-05", "99.00");
    if let Ok(Record::Invoice(document)) = &mut paid.record {
        document.amount_due = Decimal::ZERO;
    }
    books.put(Side::Xero, Kind::Invoice, &[paid]);
    assert_eq!(books.by_text("INV-8"), ["xero i7"]);

    books.settle(Settlement {
        departed: vec![Departure::Leaves(RecordKey::new(
            Side::Xero,
            Kind::Invoice,
            "i7",
        ))],
        ..Settlement::default()
    });
    assert!(books.by_text("INV-8").is_empty());
    let left: i64 = books
        .store
        .read(|reading| {
            reading.raw().query_row(
                "SELECT count(*) FROM records_text WHERE records_text MATCH 'ash'",
                [],
                |row| row.get(0),
            )
        })
        .unwrap();
    assert_eq!(left, 0);
}

#[test]
fn pages_follow_each_other_without_a_gap_whatever_leads() {
    let books = Books::empty();
    let rows: Vec<RecordRow> = (0..60)
        .map(|n| {
            let date = format!("2026-01-{:02}", n % 20 + 1);
            document(
                &format!("i{n}"),
                &format!("INV-{n}"),
                "Fern",
                &date,
                "10.00",
            )
        })
        .collect();
    books.put(Side::Xero, Kind::Invoice, &rows);
    let amount = Some((Decimal::TEN, Decimal::TEN));
    let text = Some("fern".to_owned());
    for query in [
        RecordQuery::default(),
        RecordQuery {
            text,
            ..RecordQuery::default()
        },
        RecordQuery {
            amount,
            ..RecordQuery::default()
        },
        RecordQuery {
            standing: Some(RecordStanding::Alone),
            ..RecordQuery::default()
        },
    ] {
        let whole = books.store.find_records(books.pairing, &query).unwrap();
        assert_eq!(whole.len(), 60);
        let days: Vec<_> = whole
            .iter()
            .map(|it| it.record.row.record.as_ref().unwrap().day())
            .collect();
        assert!(days.is_sorted_by(|one, next| one >= next), "{query:?}");
        let mut paged = Vec::new();
        let mut before: Option<Place> = None;
        loop {
            let query = RecordQuery {
                before,
                limit: 7,
                ..query.clone()
            };
            let page = books.store.find_records(books.pairing, &query).unwrap();
            let Some(last) = page.last() else { break };
            before = Some(last.place);
            paged.extend(page);
        }
        assert_eq!(paged, whole, "{query:?}");
    }
}
