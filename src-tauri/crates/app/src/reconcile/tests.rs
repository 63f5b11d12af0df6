#![allow(clippy::unwrap_used, clippy::expect_used)]

use chrono::{DateTime, TimeDelta, Utc};
use ledger::{
    Cause, Contact, CreditForm, Currency, DocumentState, Kind, OpenCredit, PaidDocument, Payment,
    PaymentAllocation, PaymentDirection, PriceMode, Record, RemoteId, Said, Version,
};
use store::{
    ConnectionId, CreditsRead, Direction, ExceptionQuery, ExceptionWrite, LinkState, LinkWrite,
    LogOutcome, LogWrite, Look, NewPairing, RecordRow, Rule, RunCounts, Settlement, Trigger,
};

use super::*;

const ALL: ReconcileFilter = ReconcileFilter {
    all: true,
    limit: 100,
};
const DIFFERING: ReconcileFilter = ReconcileFilter {
    all: false,
    limit: 100,
};

fn at() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000)
}

fn money(text: &str) -> Decimal {
    text.parse().unwrap()
}

/// Books that are filled by hand.
struct Books {
    store: Store,
    pairing: Pairing,
}

impl Books {
    fn new() -> Self {
        let store = Store::open_in_memory().unwrap();
        let new = NewPairing {
            name: "Test".into(),
            xero_connection: ConnectionId("x".into()),
            xero_tenant: "x".into(),
            xero_name: "x".into(),
            erpnext_connection: ConnectionId("e".into()),
            erpnext_company: "e".into(),
            base_currency: Currency::new("GBP").unwrap(),
            settings: serde_json::json!({}),
        };
        let id = store.add_pairing(&new, at()).unwrap();
        let pairings = store.pairings().unwrap();
        let pairing = pairings.into_iter().find(|it| it.id == id).unwrap();
        let books = Self { store, pairing };
        books.contact("acme", true);
        books
    }

    fn settle(&self, settlement: Settlement) {
        self.store
            .settle(self.pairing.id, None, &[settlement], None, at())
            .unwrap();
    }

    fn put(&self, side: Side, id: &str, record: Record, merged_into: Option<&str>) {
        let row = RecordRow {
            id: RemoteId::new(id),
            version: Version::new("1"),
            marker: None,
            born: None,
            merged_into: merged_into.map(RemoteId::new),
            record: Ok(record),
        };
        let kind = row.record.as_ref().unwrap().kind();
        self.settle(Settlement {
            records: vec![(side, kind, row)],
            ..Settlement::default()
        });
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

    /// A contact on both sides: `x-NAME` and `e-NAME`.
    fn contact(&self, name: &str, linked: bool) {
        let contact = || {
            Record::Contact(Contact {
                name: name.to_uppercase(),
                ..Contact::default()
            })
        };
        self.put(Side::Xero, &format!("x-{name}"), contact(), None);
        if linked {
            self.put(Side::Erpnext, &format!("e-{name}"), contact(), None);
            self.link(Kind::Contact, &format!("x-{name}"), &format!("e-{name}"));
        }
    }

    /// An invoice over 120.00; what is due of it on each side.
    fn invoice(&self, contact: &str, number: &str, xero: Option<&str>, erpnext: Option<&str>) {
        self.document(contact, number, [xero, erpnext], "GBP", None);
    }

    fn document(
        &self,
        contact: &str,
        number: &str,
        due: [Option<&str>; 2],
        currency: &str,
        rate: Option<&str>,
    ) {
        for (side, due) in Side::BOTH.into_iter().zip(due) {
            let Some(due) = due else { continue };
            let letter = &side.word()[..1];
            let document = ledger::Document {
                number: Some(number.to_owned()),
                contact: RemoteId::new(format!("{letter}-{contact}")),
                contact_name: contact.to_uppercase(),
                state: DocumentState::Approved,
                date: at().date_naive(),
                due_date: None,
                currency: Currency::new(currency).unwrap(),
                exchange_rate: rate.map(money),
                reference: None,
                price_mode: PriceMode::NoTax,
                lines: vec![],
                net_total: money("120"),
                tax_total: Decimal::ZERO,
                opening: false,
                against: None,
                allocations: Vec::new(),
                total: money("120"),
                amount_due: money(due),
            };
            let id = format!("{letter}-{number}");
            self.put(side, &id, Record::Invoice(document), None);
        }
        if due.iter().all(Option::is_some) {
            self.link(
                Kind::Invoice,
                &format!("x-{number}"),
                &format!("e-{number}"),
            );
        }
    }

    fn payment(&self, side: Side, contact: &str, id: &str, paid: &[(&str, &str)]) {
        let letter = &side.word()[..1];
        let allocations: Vec<PaymentAllocation> = paid
            .iter()
            .map(|(number, amount)| PaymentAllocation {
                id: None,
                document: PaidDocument::Invoice(RemoteId::new(format!("{letter}-{number}"))),
                amount: money(amount),
            })
            .collect();
        let payment = Payment {
            number: Some(id.to_uppercase()),
            direction: PaymentDirection::Received,
            state: DocumentState::Approved,
            contact: RemoteId::new(format!("{letter}-{contact}")),
            contact_name: contact.to_uppercase(),
            date: at().date_naive(),
            currency: Currency::new("GBP").unwrap(),
            exchange_rate: None,
            amount: allocations.iter().map(|it| it.amount).sum(),
            bank_account: None,
            bank_amount: None,
            mode: None,
            reference: None,
            allocations,
            unallocated: Decimal::ZERO,
            deductions: Vec::new(),
            reconciled: false,
        };
        self.put(side, id, Record::Payment(payment), None);
    }

    fn raise(&self, side: Side, kind: Kind, id: &str, cause: Cause) {
        self.settle(Settlement {
            raise: vec![ExceptionWrite {
                record: RecordKey::new(side, kind, id),
                title: id.to_owned(),
                contact_name: "ACME".into(),
                total: None,
                cause,
                fingerprint: None,
                tried: false,
            }],
            ..Settlement::default()
        });
    }

    /// Sets the only open exception aside, as a person does.
    fn set_aside(&self, reason: &str) {
        let open = self.store.exceptions(&ExceptionQuery::default()).unwrap();
        let [one] = open.as_slice() else {
            panic!("{open:?}");
        };
        self.store.ignore_exception(one.id, reason).unwrap();
        let said = Said::SetAside {
            reason: reason.to_owned(),
        };
        let line = LogWrite {
            xero_id: Some(one.record.id.clone()),
            detail: Some(serde_json::json!({"who": "jo on desk-1"})),
            ..LogWrite::note(LogOutcome::Decided, said)
        };
        self.store
            .append_log(self.pairing.id, None, &[line], at())
            .unwrap();
    }

    fn credit(&self, side: Side, contact: &str, id: &str, open: &str, uncertain: &str) {
        let letter = &side.word()[..1];
        let credit = OpenCredit {
            form: CreditForm::CreditNote,
            id: RemoteId::new(id),
            number: Some(id.to_uppercase()),
            contact: RemoteId::new(format!("{letter}-{contact}")),
            contact_name: contact.to_uppercase(),
            date: Some(at().date_naive()),
            currency: Currency::new("GBP").unwrap(),
            open: money(open),
            uncertain: money(uncertain),
        };
        let read = CreditsRead {
            whole: false,
            seen: vec![credit],
        };
        self.store
            .store_credits(self.pairing.id, side, &read, &Look::default())
            .unwrap();
    }

    fn rule(&self, kind: Kind, direction: Direction, starts_in: Option<i64>) {
        let rule = Rule {
            direction,
            start_date: starts_in.map(|days| (at() + TimeDelta::days(days)).date_naive()),
            ..Rule::unset(kind)
        };
        self.store.set_rule(self.pairing.id, &rule).unwrap();
    }

    /// Of all contacts; the parts have to add up whatever the books hold.
    fn all(&self, filter: ReconcileFilter) -> ReconcileView {
        let view = reconciled(&self.store, &self.pairing, filter).unwrap();
        for line in &view.lines {
            adds_up(&line.why, &line.difference);
        }
        for total in &view.totals {
            let raw = |side: Side| -> Decimal {
                let receivables = self
                    .store
                    .receivables(self.pairing.id, at().date_naive())
                    .unwrap();
                let due = receivables
                    .iter()
                    .filter(|it| it.side == side && it.currency.code() == total.currency);
                let credits = self.store.credits(self.pairing.id).unwrap();
                let open = credits
                    .iter()
                    .filter(|(of, it)| *of == side && it.currency.code() == total.currency);
                due.map(|it| it.total).sum::<Decimal>()
                    - open.map(|(_, it)| it.open).sum::<Decimal>()
            };
            assert_eq!(money(&total.xero_report), raw(Side::Xero));
            assert_eq!(money(&total.erpnext_report), raw(Side::Erpnext));
            assert_eq!(
                money(&total.xero) + money(&total.xero_left_alone),
                raw(Side::Xero)
            );
            assert_eq!(
                money(&total.xero) - money(&total.erpnext),
                money(&total.difference)
            );
        }
        view
    }

    fn one(&self, contact: &str, filter: ReconcileFilter) -> ContactOwesView {
        let key = RecordKey::new(Side::Xero, Kind::Contact, format!("x-{contact}"));
        let view = contact_owes(&self.store, &self.pairing, &[key], filter).unwrap();
        for document in &view.documents {
            adds_up(&document.why, &document.difference);
        }
        view
    }
}

fn adds_up(why: &[crate::views::WhyView], difference: &str) {
    let sum: Decimal = why.iter().map(|it| money(&it.amount)).sum();
    assert_eq!(sum, money(difference), "{why:?}");
}

/// "ACME GBP 20.00 120.00 -100.00: -100.00 no_bank_mapping"
fn shown(view: &ReconcileView) -> Vec<String> {
    let line = |it: &OwedLine| {
        let why: Vec<String> = it
            .why
            .iter()
            .map(|why| format!("{} {}", why.amount, why.reason))
            .collect();
        format!(
            "{} {} {} {} {}: {}",
            it.contact,
            it.currency,
            it.xero,
            it.erpnext,
            it.difference,
            why.join(", ")
        )
    };
    view.lines.iter().map(line).collect()
}

fn no_bank() -> Cause {
    Cause::NoBankMapping {
        side: Side::Xero,
        account: "090".into(),
    }
}

#[test]
fn where_both_owe_the_same_nothing_is_listed_unless_it_is_asked_for() {
    let books = Books::new();
    let empty = books.all(DIFFERING);
    assert_eq!((empty.contacts, empty.differs), (0, false));
    books.invoice("acme", "INV-1", Some("120"), Some("120.00"));
    books.contact("bolt", true);
    books.invoice("bolt", "INV-2", Some("0.10"), Some("0.10"));
    // The same money in other documents.
    books.credit(Side::Xero, "acme", "cn-1", "20.05", "0");
    books.credit(Side::Erpnext, "acme", "ret-1", "20", "0");
    books.credit(Side::Erpnext, "acme", "ret-2", "0.05", "0");
    let view = books.all(DIFFERING);
    assert_eq!((view.contacts, view.differing, view.differs), (2, 0, false));
    assert!(view.lines.is_empty());
    assert_eq!(view.totals[0].xero, "100.05");
    assert_eq!(view.totals[0].erpnext, "100.05");
    assert_eq!(
        shown(&books.all(ALL)),
        ["ACME GBP 99.95 99.95 0.00: ", "BOLT GBP 0.10 0.10 0.00: "]
    );
    let acme = books.one("acme", ALL);
    let documents: Vec<_> = acme
        .documents
        .iter()
        .map(|it| (it.form.as_str(), it.xero.as_deref(), it.erpnext.as_deref()))
        .collect();
    assert_eq!(
        documents,
        [
            ("invoice", Some("120.00"), Some("120.00")),
            ("on_account", Some("-20.05"), Some("-20.05"))
        ]
    );
    assert_eq!(books.one("acme", DIFFERING).agreeing, 2);
}

#[test]
fn a_payment_on_one_side_is_named_under_its_invoice() {
    let books = Books::new();
    books.invoice("acme", "INV-1", Some("19.99"), Some("119.99"));
    books.payment(Side::Xero, "acme", "pay-x", &[("INV-1", "0.01")]);
    books.payment(Side::Erpnext, "acme", "pay-e", &[("INV-1", "0.01")]);
    books.link(Kind::Payment, "pay-x", "pay-e");
    books.payment(
        Side::Xero,
        "acme",
        "pay-2",
        &[("INV-1", "60"), ("INV-9", "7")],
    );
    books.payment(Side::Xero, "acme", "pay-3", &[("INV-1", "40")]);
    books.raise(Side::Xero, Kind::Payment, "pay-2", no_bank());
    let view = books.all(DIFFERING);
    assert!(view.differs);
    assert_eq!(
        shown(&view),
        ["ACME GBP 19.99 119.99 -100.00: -60.00 no_bank_mapping, -40.00 only_on_one_side"]
    );
    let acme = books.one("acme", DIFFERING);
    let [invoice] = acme.documents.as_slice() else {
        panic!("{:?}", acme.documents);
    };
    assert_eq!(invoice.number, "INV-1");
    assert_eq!(
        invoice.why[0].text,
        "payment PAY-2 of 4 Oct 2024: ERPNext has no bank account for \"090\" of Xero."
    );
    assert!(invoice.why[0].exception.is_some());
    let payments: Vec<_> = invoice
        .payments
        .iter()
        .map(|it| {
            (
                it.xero.as_deref(),
                it.erpnext.as_deref(),
                it.xero_amount.as_deref(),
            )
        })
        .collect();
    assert_eq!(
        payments,
        [
            (Some("PAY-2"), None, Some("60.00")),
            (Some("PAY-3"), None, Some("40.00")),
            (Some("PAY-X"), Some("PAY-E"), Some("0.01")),
        ]
    );
}

#[test]
fn a_document_on_one_side_has_its_exception_or_waits_and_is_unexplained_otherwise() {
    let books = Books::new();
    books.invoice("acme", "INV-1", Some("120"), None);
    books.invoice("acme", "INV-2", None, Some("50.50"));
    books.raise(
        Side::Erpnext,
        Kind::Invoice,
        "e-INV-2",
        Cause::ContactArchived { side: Side::Xero },
    );
    // Less is due, and nothing says why.
    books.invoice("acme", "INV-3", Some("100"), Some("99.98"));
    assert_eq!(
        shown(&books.all(DIFFERING)),
        [
            "ACME GBP 220.00 150.48 69.52: 120.00 only_on_one_side, -50.50 contact_archived, \
             0.02 unexplained"
        ]
    );
}

#[test]
fn documents_that_make_up_for_each_other_are_differences_all_the_same() {
    let books = Books::new();
    books.invoice("acme", "INV-1", Some("100"), Some("120"));
    books.invoice("acme", "INV-2", Some("120"), Some("100"));
    let view = books.all(DIFFERING);
    assert_eq!(view.differing, 1);
    assert_eq!(
        shown(&view),
        ["ACME GBP 220.00 220.00 0.00: 0.00 unexplained"]
    );
    assert_eq!(books.one("acme", DIFFERING).documents.len(), 2);
    // An invoice that is settled with a credit on one side.
    let books = Books::new();
    books.invoice("acme", "INV-1", Some("75"), Some("0"));
    books.credit(Side::Xero, "acme", "cn-1", "75", "0");
    let acme = books.one("acme", DIFFERING);
    assert_eq!(
        acme.documents
            .iter()
            .map(|it| it.difference.as_str())
            .collect::<Vec<_>>(),
        ["75.00", "-75.00"]
    );
}

#[test]
fn the_unit_of_a_foreign_currency_is_rounding_and_nothing_to_do() {
    let books = Books::new();
    let part = |erpnext| [Some("59.83"), Some(erpnext)];
    books.document("acme", "INV-1", part("59.82"), "USD", Some("0.79"));
    books.credit(Side::Erpnext, "acme", "ret-1", "10.01", "0.013");
    books.credit(Side::Xero, "acme", "cn-1", "10", "0");
    let view = books.all(DIFFERING);
    assert!(!view.differs);
    assert_eq!(
        shown(&view),
        [
            "ACME GBP -10.00 -10.01 0.01: 0.01 rounding",
            "ACME USD 59.83 59.82 0.01: 0.01 rounding"
        ]
    );
    books.document("acme", "INV-2", part("59.81"), "USD", Some("0.79"));
    assert!(books.all(DIFFERING).differs);
}

#[test]
fn a_credit_on_one_side_is_named_by_the_exception_of_its_contact() {
    let books = Books::new();
    books.credit(Side::Xero, "acme", "cn-1", "75.25", "0");
    books.credit(Side::Xero, "acme", "cn-2", "10", "0");
    books.credit(Side::Erpnext, "acme", "ret-2", "10", "0");
    let waits = books.all(DIFFERING);
    assert_eq!(
        shown(&waits),
        ["ACME GBP -85.25 -10.00 -75.25: -75.25 only_on_one_side"]
    );
    let cause = || compared(&books);
    books.raise(Side::Xero, Kind::Contact, "x-acme", cause());
    assert_eq!(
        shown(&books.all(DIFFERING)),
        ["ACME GBP -85.25 -10.00 -75.25: -75.25 credits_differ"]
    );
    let acme = books.one("acme", DIFFERING);
    assert_eq!(acme.documents[0].form, "credit_note");
    assert_eq!(acme.documents[0].number, "CN-1");
}

fn compared(books: &Books) -> Cause {
    let compared = engine::run::credits::compared(&books.store, books.pairing.id).unwrap();
    compared.apart[0].cause()
}

#[test]
fn what_was_set_aside_says_why_and_by_whom_and_is_nothing_to_do() {
    let books = Books::new();
    books.invoice("acme", "INV-1", Some("120"), None);
    books.raise(
        Side::Xero,
        Kind::Invoice,
        "x-INV-1",
        Cause::PeriodLocked {
            side: Side::Erpnext,
            until: at().date_naive(),
        },
    );
    assert!(books.all(DIFFERING).differs);
    books.set_aside("from the old books");
    let view = books.all(DIFFERING);
    assert!(!view.differs);
    assert_eq!(
        shown(&view),
        ["ACME GBP 120.00 0.00 120.00: 120.00 period_locked"]
    );
    let why = books.one("acme", DIFFERING).documents[0].why[0].clone();
    assert_eq!(why.set_aside.as_deref(), Some("from the old books"));
    assert_eq!(why.set_aside_by.as_deref(), Some("jo on desk-1"));
    assert!(
        why.text.starts_with("set aside (from the old books): "),
        "{}",
        why.text
    );
}

#[test]
fn what_a_rule_leaves_alone_is_a_line_of_its_own_and_no_difference() {
    let books = Books::new();
    books.invoice("acme", "INV-1", Some("120"), Some("120"));
    books.invoice("acme", "INV-2", Some("80.80"), None);
    books.credit(Side::Erpnext, "acme", "ret-1", "5.55", "0");
    books.rule(Kind::Invoice, Direction::Both, Some(1));
    let view = books.all(DIFFERING);
    assert!(!view.differs);
    assert!(view.lines.is_empty(), "{:?}", view.lines);
    let total = &view.totals[0];
    assert_eq!(
        (total.xero.as_str(), total.erpnext.as_str()),
        ("120.00", "120.00")
    );
    assert_eq!(
        (total.xero_report.as_str(), total.erpnext_report.as_str()),
        ("200.80", "114.45")
    );
    let left: Vec<_> = view
        .left_alone
        .iter()
        .map(|it| (it.side, it.what.as_str(), it.amount.value.as_str()))
        .collect();
    assert_eq!(
        left,
        [
            (crate::views::Side::Xero, "invoice", "80.80"),
            (crate::views::Side::Erpnext, "credit", "-5.55")
        ]
    );
    let acme = books.one("acme", DIFFERING);
    assert_eq!((acme.documents.len(), acme.left_alone.len()), (0, 2));
    assert_eq!(acme.lines[0].difference, "0.00");
    // A difference beside it is told alone.
    books.invoice("acme", "INV-3", Some("100"), Some("100.01"));
    assert_eq!(
        shown(&books.all(DIFFERING)),
        ["ACME GBP 220.00 220.01 -0.01: -0.01 linked_as_they_are"]
    );
}

#[test]
fn payments_that_are_not_carried_by_the_rule_are_left_alone_too() {
    let books = Books::new();
    books.rule(Kind::Payment, Direction::Off, None);
    books.invoice("acme", "INV-1", Some("20"), Some("120"));
    books.payment(Side::Xero, "acme", "pay-x", &[("INV-1", "100")]);
    let view = books.all(DIFFERING);
    assert!(!view.differs && view.lines.is_empty(), "{:?}", view.lines);
    let total = &view.totals[0];
    assert_eq!(
        (total.xero.as_str(), total.erpnext.as_str()),
        ("120.00", "120.00")
    );
    assert_eq!(total.xero_left_alone, "-100.00");
    assert_eq!(view.left_alone[0].what, "payment");
    assert_eq!(view.left_alone[0].amount.value, "-100.00");
}

#[test]
fn contacts_are_one_by_link_or_merge_and_lines_of_their_own_otherwise() {
    let books = Books::new();
    books.contact("lone", false);
    books.invoice("lone", "INV-1", Some("10"), None);
    // Merged into ACME in Xero; its invoice still says its old contact.
    let gone = Contact {
        name: "OLD".into(),
        archived: true,
        ..Contact::default()
    };
    books.put(Side::Xero, "x-old", Record::Contact(gone), Some("x-acme"));
    books.document("old", "INV-2", [Some("30"), None], "GBP", None);
    books.document("acme", "INV-2", [None, Some("30")], "GBP", None);
    books.link(Kind::Invoice, "x-INV-2", "e-INV-2");
    assert_eq!(
        shown(&books.all(ALL)),
        [
            "LONE GBP 10.00 0.00 10.00: 10.00 only_on_one_side",
            "ACME GBP 30.00 30.00 0.00: "
        ]
    );
    // Under another customer on the other side.
    books.contact("bolt", true);
    books.document("acme", "INV-3", [Some("9"), None], "GBP", None);
    books.document("bolt", "INV-3", [None, Some("9")], "GBP", None);
    books.link(Kind::Invoice, "x-INV-3", "e-INV-3");
    assert_eq!(
        shown(&books.all(DIFFERING)),
        [
            "LONE GBP 10.00 0.00 10.00: 10.00 only_on_one_side",
            "ACME GBP 39.00 30.00 9.00: 9.00 other_contact",
            "BOLT GBP 0.00 9.00 -9.00: -9.00 other_contact",
        ]
    );
    let limited = books.all(ReconcileFilter {
        all: true,
        limit: 1,
    });
    assert_eq!((limited.lines.len(), limited.more), (1, 2));
}

#[test]
fn it_says_as_of_when_and_that_it_is_being_changed() {
    let books = Books::new();
    let as_of = books.all(DIFFERING).as_of;
    assert_eq!(
        (as_of.xero, as_of.erpnext, as_of.being_changed),
        (None, None, false)
    );
    let (store, pairing) = (&books.store, books.pairing.id);
    for (kind, hours) in [(Kind::Invoice, 1), (Kind::Payment, 2)] {
        let at = at() + TimeDelta::hours(hours);
        store
            .store_page(pairing, Side::Xero, kind, &[], "c", at)
            .unwrap();
    }
    let run = store.start_run(pairing, Trigger::Manual, at()).unwrap();
    let as_of = books.all(DIFFERING).as_of;
    // What was read longest ago counts.
    assert_eq!(as_of.xero, Some(instant(at() + TimeDelta::hours(1))));
    assert!(as_of.being_changed);
    store
        .end_run(run, RunOutcome::Agreed, None, &RunCounts::default(), at())
        .unwrap();
    assert!(!books.all(DIFFERING).as_of.being_changed);
}
