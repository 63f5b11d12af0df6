#![allow(clippy::unwrap_used, clippy::expect_used)]

mod books;
mod credit_notes;

use books::*;
use chrono::TimeDelta;
use ledger::{Cause, Contact, Kind, Record, RemoteId};
use store::{Direction, RunCounts, Trigger};

use super::*;

const ALL: ReconcileFilter = ReconcileFilter {
    all: true,
    limit: 100,
};
const DIFFERING: ReconcileFilter = ReconcileFilter {
    all: false,
    limit: 100,
};

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
    books.credit(Side::Xero, "acme", "op-1", "20.05", "0");
    books.credit(Side::Erpnext, "acme", "pe-1", "20", "0");
    books.credit(Side::Erpnext, "acme", "pe-2", "0.05", "0");
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
fn one_that_both_sides_have_and_that_is_not_linked_is_one_document() {
    let books = Books::new();
    books.invoice("acme", "INV-1", Some("385.61"), None);
    books.invoice("acme", "INV-1", None, Some("388.91"));
    assert_eq!(
        shown(&books.all(DIFFERING)),
        ["ACME GBP 385.61 388.91 -3.30: -3.30 not_linked_yet"]
    );
    let cause = Cause::DifferOnBothSides {
        differences: vec![],
        offered: Side::BOTH.to_vec(),
    };
    books.raise(Side::Xero, Kind::Invoice, "x-INV-1", cause);
    assert_eq!(
        shown(&books.all(DIFFERING)),
        ["ACME GBP 385.61 388.91 -3.30: -3.30 differ_on_both_sides"]
    );
    // A candidate under another number is told by the exception that it is a candidate of.
    books.invoice("acme", "INV-2", Some("5"), None);
    books.invoice("acme", "INV-3", None, Some("4"));
    let cause = Cause::SeveralCandidates {
        side: Side::Erpnext,
        candidates: vec![RemoteId::new("e-INV-3")],
    };
    books.raise(Side::Xero, Kind::Invoice, "x-INV-2", cause);
    assert_eq!(
        shown(&books.all(DIFFERING)),
        ["ACME GBP 390.61 392.91 -2.30: -3.30 differ_on_both_sides, 1.00 several_candidates"]
    );
    // What the rule leaves on both sides is outside on each.
    books.rule(Kind::Invoice, Direction::Off, None);
    let view = books.all(DIFFERING);
    assert!(view.lines.is_empty(), "{:?}", view.lines);
    assert_eq!(
        view.left_alone.iter().map(|it| it.documents).sum::<u32>(),
        4
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
    // An invoice that is settled with money on account on one side.
    let books = Books::new();
    books.invoice("acme", "INV-1", Some("75"), Some("0"));
    books.credit(Side::Xero, "acme", "op-1", "75", "0");
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
    books.credit(Side::Erpnext, "acme", "pe-1", "10.01", "0.013");
    books.credit(Side::Xero, "acme", "op-1", "10", "0");
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
    books.credit(Side::Xero, "acme", "op-1", "75.25", "0");
    books.credit(Side::Xero, "acme", "op-2", "10", "0");
    books.credit(Side::Erpnext, "acme", "pe-2", "10", "0");
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
    assert_eq!(acme.documents[0].form, "overpayment");
    assert_eq!(acme.documents[0].number, "OP-1");
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
    books.credit(Side::Erpnext, "acme", "pe-1", "5.55", "0");
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
