//! When both sides agree.
#![allow(clippy::unwrap_used)]

use chrono::{DateTime, Utc};
use ledger::{Allocation, Document, DocumentState, PriceMode, Record, RemoteId, Version};
use store::{
    ConnectionId, ExceptionWrite, LinkState, LinkWrite, NewPairing, RecordRow, RunCounts, RunId,
    Settlement, Trigger,
};

use super::*;

const fn at() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH
}

fn gbp() -> Currency {
    Currency::new("GBP").unwrap()
}

fn run(outcome: RunOutcome, exceptions: u64) -> Run {
    Run {
        id: RunId(1),
        pairing: PairingId(1),
        trigger: Trigger::Manual,
        started_at: at(),
        ended_at: None,
        outcome,
        message: None,
        who: None,
        about: None,
        undoes: None,
        counts: RunCounts {
            exceptions,
            ..RunCounts::default()
        },
    }
}

#[test]
fn agreement_is_said_only_where_nothing_is_open_left_or_apart() {
    let equal = Owed::default();
    let apart = Owed {
        apart: vec![Apart {
            currency: gbp(),
            difference: Decimal::ONE,
        }],
        ..Owed::default()
    };
    let unread = Owed {
        unread: vec![(Side::Xero, "no".to_owned())],
        ..Owed::default()
    };
    assert_eq!(agreement(None, &[], &equal), Agreement::NotSynced);
    let agreed = run(RunOutcome::Agreed, 0);
    assert_eq!(agreement(Some(&agreed), &[], &equal), Agreement::Agrees);
    // Nobody knows whether customers owe the same.
    assert_eq!(agreement(Some(&agreed), &[], &unread), Agreement::Apart);
    assert_eq!(agreement(Some(&agreed), &[], &apart), Agreement::Apart);
    // Left over, and nobody has to decide anything.
    let left = run(RunOutcome::Exceptions, 0);
    assert_eq!(agreement(Some(&left), &[], &equal), Agreement::Unfinished);
    // Those that were open were set aside since.
    let aside = run(RunOutcome::Exceptions, 1);
    assert_eq!(agreement(Some(&aside), &[], &equal), Agreement::Agrees);
    assert_eq!(agreement(Some(&aside), &[], &apart), Agreement::Apart);
    let failed = run(RunOutcome::ConnectionFailed, 0);
    assert_eq!(
        agreement(Some(&failed), &[], &equal),
        Agreement::Unreachable
    );
}

fn invoice(due: &str) -> Record {
    Record::Invoice(Document {
        number: Some("INV-1".into()),
        contact: RemoteId::new("c"),
        contact_name: "Acme".into(),
        state: DocumentState::Approved,
        date: at().date_naive(),
        due_date: None,
        currency: gbp(),
        exchange_rate: None,
        reference: None,
        price_mode: PriceMode::NoTax,
        lines: vec![],
        net_total: "12000".parse().unwrap(),
        tax_total: Decimal::ZERO,
        opening: false,
        against: None,
        allocations: Vec::new(),
        total: "12000".parse().unwrap(),
        amount_due: due.parse().unwrap(),
    })
}

#[test]
fn what_customers_owe_is_apart_unless_it_was_set_aside() {
    let store = Store::open_in_memory().unwrap();
    let pairing = NewPairing {
        name: "Test".into(),
        xero_connection: ConnectionId("x".into()),
        xero_tenant: "x".into(),
        xero_name: "x".into(),
        erpnext_connection: ConnectionId("e".into()),
        erpnext_company: "e".into(),
        base_currency: gbp(),
        settings: serde_json::json!({}),
    };
    let pairing = store.add_pairing(&pairing, at()).unwrap();
    let row = |id: &str, due: &str| RecordRow {
        id: RemoteId::new(id),
        version: Version::new("1"),
        marker: None,
        born: None,
        record: Ok(invoice(due)),
        merged_into: None,
    };
    let settle = |settlement: Settlement| {
        store
            .settle(pairing, None, &[settlement], None, at())
            .unwrap();
    };
    let apart = || stored(&store, pairing, at().date_naive()).unwrap().apart;
    settle(Settlement {
        records: vec![
            (Side::Xero, Kind::Invoice, row("x", "11999")),
            (Side::Erpnext, Kind::Invoice, row("e", "12000")),
        ],
        link: Some(LinkWrite {
            id: None,
            kind: Kind::Invoice,
            xero_id: RemoteId::new("x"),
            erpnext_id: RemoteId::new("e"),
            base_xero: None,
            base_erpnext: None,
            xero_version: None,
            erpnext_version: None,
            state: LinkState::Active,
        }),
        raise: vec![ExceptionWrite {
            record: RecordKey::new(Side::Xero, Kind::Invoice, "x"),
            title: "INV-1".into(),
            contact_name: "Acme".into(),
            total: None,
            cause: ledger::Cause::AmountDueDiffers {
                differences: vec![],
            },
            fingerprint: None,
            tried: false,
        }],
        ..Settlement::default()
    });
    let one = Apart {
        currency: gbp(),
        difference: -Decimal::ONE,
    };
    assert_eq!(apart(), [one]);
    let open = store.exceptions(&ExceptionQuery::default()).unwrap();
    store.ignore_exception(open[0].id, "a pound").unwrap();
    assert_eq!(apart(), []);
    // One that stands on one side only is no part of what was set aside.
    settle(Settlement {
        records: vec![(Side::Erpnext, Kind::Invoice, row("other", "5"))],
        ..Settlement::default()
    });
    assert_eq!(apart()[0].difference, Decimal::from(-5));
}

/// A store with a pairing, to be filled.
struct Books {
    store: Store,
    pairing: PairingId,
}

impl Books {
    fn new() -> Self {
        let store = Store::open_in_memory().unwrap();
        let pairing = NewPairing {
            name: "Test".into(),
            xero_connection: ConnectionId("x".into()),
            xero_tenant: "x".into(),
            xero_name: "x".into(),
            erpnext_connection: ConnectionId("e".into()),
            erpnext_company: "e".into(),
            base_currency: gbp(),
            settings: serde_json::json!({}),
        };
        let pairing = store.add_pairing(&pairing, at()).unwrap();
        Self { store, pairing }
    }

    fn settle(&self, settlement: Settlement) {
        self.store
            .settle(self.pairing, None, &[settlement], None, at())
            .unwrap();
    }

    /// An invoice of both sides, as `x-ID` and `e-ID`, with what is due of it on each.
    fn invoice(&self, id: &str, due: [&str; 2]) {
        for (side, due) in Side::BOTH.into_iter().zip(due) {
            self.put(side, id, invoice(due));
        }
        self.link(Kind::Invoice, id);
    }

    /// A credit note of a side: what is left of it, and for how much of which invoices it is used.
    fn note(&self, side: Side, id: &str, left: &str, used: &[(&str, &str)]) {
        let Record::Invoice(document) = invoice(left) else {
            panic!("an invoice");
        };
        let uses = used.iter().map(|(invoice, amount)| Allocation {
            id: None,
            invoice: of(side, invoice),
            date: None,
            amount: amount.parse().unwrap(),
        });
        let note = Document {
            allocations: uses.collect(),
            ..document
        };
        self.put(side, id, Record::CreditNote(note));
    }

    fn put(&self, side: Side, id: &str, record: Record) {
        let kind = record.kind();
        let row = RecordRow {
            id: of(side, id),
            version: Version::new("1"),
            marker: None,
            born: None,
            record: Ok(record),
            merged_into: None,
        };
        self.settle(Settlement {
            records: vec![(side, kind, row)],
            ..Settlement::default()
        });
    }

    fn link(&self, kind: Kind, id: &str) {
        self.settle(Settlement {
            link: Some(LinkWrite {
                id: None,
                kind,
                xero_id: of(Side::Xero, id),
                erpnext_id: of(Side::Erpnext, id),
                base_xero: None,
                base_erpnext: None,
                xero_version: None,
                erpnext_version: None,
                state: LinkState::Active,
            }),
            ..Settlement::default()
        });
    }

    fn owed(&self) -> Owed {
        stored(&self.store, self.pairing, at().date_naive()).unwrap()
    }

    /// Xero less ERPNext.
    fn apart(&self) -> Vec<Decimal> {
        self.owed().apart.iter().map(|it| it.difference).collect()
    }

    fn of_note(&self, side: Side, id: &str) -> [Option<Decimal>; 3] {
        let key = RecordKey {
            side,
            kind: Kind::CreditNote,
            id: of(side, id),
        };
        [owed_differently, paid_differently, credited_differently].map(|asked| {
            let found = asked(&self.store, self.pairing, &key).unwrap();
            found.map(|(amount, _)| amount)
        })
    }

    fn set_aside(&self, side: Side, id: &str) {
        self.settle(Settlement {
            raise: vec![ExceptionWrite {
                record: RecordKey {
                    side,
                    kind: Kind::CreditNote,
                    id: of(side, id),
                },
                title: id.to_owned(),
                contact_name: "Acme".into(),
                total: None,
                cause: ledger::Cause::ContactArchived { side: side.other() },
                fingerprint: None,
                tried: false,
            }],
            ..Settlement::default()
        });
        let open = self.store.exceptions(&ExceptionQuery::default()).unwrap();
        self.store.ignore_exception(open[0].id, "agreed").unwrap();
    }
}

fn of(side: Side, id: &str) -> RemoteId {
    RemoteId::new(format!("{}-{id}", &side.word()[..1]))
}

fn money(text: &str) -> Decimal {
    text.parse().unwrap()
}

#[test]
fn a_credit_note_on_one_side_makes_customers_owe_less_there_until_it_is_set_aside() {
    let books = Books::new();
    books.invoice("1", ["80", "120"]);
    books.note(Side::Xero, "n", "60", &[("1", "40")]);
    assert_eq!(books.apart(), [money("-100")]);
    // What is left of it, what it is used for, and both.
    assert_eq!(
        books.of_note(Side::Xero, "n"),
        [Some(money("-60")), Some(money("-40")), Some(money("-100"))]
    );
    // It is set aside with the invoice that it is used for.
    books.set_aside(Side::Xero, "n");
    assert_eq!(books.apart(), Vec::<Decimal>::new());
}

#[test]
fn what_a_credit_note_is_used_for_moves_what_is_owed_and_adds_nothing() {
    let books = Books::new();
    books.invoice("1", ["80", "120"]);
    books.invoice("2", ["120", "90"]);
    books.note(Side::Xero, "n", "60", &[("1", "40")]);
    books.note(Side::Erpnext, "n", "70", &[("2", "30")]);
    books.link(Kind::CreditNote, "n");
    assert_eq!(books.apart(), Vec::<Decimal>::new());
    for side in Side::BOTH {
        assert_eq!(
            books.of_note(side, "n"),
            [Some(money("10")), Some(money("-10")), None]
        );
    }
    // Less is left of it in ERPNext for no use.
    books.note(Side::Erpnext, "n", "69.99", &[("2", "30")]);
    assert_eq!(books.apart(), [money("9.99") - money("10")]);
    books.note(Side::Erpnext, "n", "60", &[("1", "40")]);
    books.invoice("1", ["80", "80"]);
    books.invoice("2", ["120", "120"]);
    assert_eq!(books.of_note(Side::Xero, "n"), [None; 3]);
}

#[test]
fn a_credit_note_goes_by_its_own_rule() {
    let books = Books::new();
    books.note(Side::Erpnext, "n", "60.05", &[]);
    assert_eq!(books.apart(), [money("60.05")]);
    let rule = store::Rule {
        direction: store::Direction::ToErpnext,
        ..store::Rule::unset(Kind::CreditNote)
    };
    books.store.set_rule(books.pairing, &rule).unwrap();
    let owed = books.owed();
    assert_eq!(owed.apart, []);
    let left: Vec<_> = owed.left_alone.into_iter().collect();
    let what = LeftOut {
        why: LeftAlone::Direction,
        side: Side::Erpnext,
        currency: gbp(),
        what: OutsideWhat::CreditNote,
    };
    assert_eq!(left, [(what, (1, money("-60.05")))]);
}
