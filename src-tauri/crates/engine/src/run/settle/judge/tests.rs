//! What is found → what is said of the write whose answer was lost.

#![allow(clippy::unwrap_used)]

use chrono::NaiveDate;
use ledger::{
    Contact, Currency, Document, Line, PaidDocument, Payment, PaymentAllocation, PaymentDirection,
    PriceMode, Version,
};
use rust_decimal::Decimal;

use super::*;
use crate::books::{Lookup, Write};

fn invoice(text: &str, reference: Option<&str>) -> Document {
    let amount = Decimal::from(100);
    Document {
        number: Some("INV-1".into()),
        contact: RemoteId::new("c"),
        contact_name: "C".into(),
        state: DocumentState::Approved,
        date: NaiveDate::from_ymd_opt(2026, 11, 2).unwrap(),
        due_date: NaiveDate::from_ymd_opt(2026, 12, 2),
        currency: Currency::new("GBP").unwrap(),
        exchange_rate: None,
        reference: reference.map(Into::into),
        price_mode: PriceMode::NoTax,
        lines: vec![Line {
            id: None,
            description: text.into(),
            item_code: None,
            quantity: Decimal::ONE,
            unit_price: amount,
            discount_percent: None,
            amount,
            account: Some("200".into()),
            tax: None,
            tax_rate: None,
            tax_amount: None,
            tracking: None,
        }],
        net_total: amount,
        tax_total: Decimal::ZERO,
        total: amount,
        amount_due: amount,
        opening: false,
        against: None,
        allocations: Vec::new(),
    }
}

fn prepared(change: Change) -> Prepared {
    Prepared {
        write: Write {
            key: "k".into(),
            change,
            held: None,
        },
        steps: Vec::new(),
        otherwise: None,
        find: Lookup::Ids(Vec::new()),
    }
}

fn found(record: Record, marker: Option<&str>) -> Pulled {
    Pulled {
        id: RemoteId::new("t"),
        version: Version::new("2"),
        marker: marker.map(RemoteId::new),
        record: Ok(record),
        merged_into: None,
        replaces: None,
        born: None,
    }
}

fn update(from: Record, to: Record) -> Prepared {
    prepared(Change::Update {
        id: RemoteId::new("t"),
        version: Version::new("1"),
        from,
        to,
        source: RemoteId::new("s"),
        source_link: None,
        under_way: false,
    })
}

#[test]
fn an_update_was_carried_out_only_where_the_record_says_all_of_it() {
    let (before, meant) = (invoice("work", None), invoice("work", Some("PO-NEW")));
    let spaced = invoice(" work ", Some("PO-NEW"));
    let edited_instead = invoice("work, as agreed by phone", None);
    let edited_after = invoice("work, as agreed by phone", Some("PO-NEW"));
    let mut other_contact = meant.clone();
    other_contact.contact = RemoteId::new("d");
    let cases = [
        (&meant, Verdict::Done),
        (&spaced, Verdict::Done),
        (&before, Verdict::NotSeen),
        (&edited_instead, Verdict::NotSeen),
        (&edited_after, Verdict::NotSeen),
        (&other_contact, Verdict::NotSeen),
    ];
    let write = update(
        Record::Invoice(before.clone()),
        Record::Invoice(meant.clone()),
    );
    for (got, expected) in cases {
        for target in Side::BOTH {
            let found = found(Record::Invoice(got.clone()), Some("s"));
            assert_eq!(judge(&write, target, &found), expected, "{target} {got:?}");
        }
    }
}

#[test]
fn an_update_of_a_contact_that_stands_as_it_stood_was_not_carried_out() {
    let contact = |email: &str| {
        Record::Contact(Contact {
            name: "C".into(),
            email: Some(email.into()),
            ..Contact::default()
        })
    };
    let write = update(contact("old@c.example"), contact("new@c.example"));
    for (email, expected) in [
        ("new@c.example", Verdict::Done),
        ("old@c.example", Verdict::NotSeen),
        ("third@c.example", Verdict::NotSeen),
    ] {
        let found = found(contact(email), None);
        assert_eq!(judge(&write, Side::Xero, &found), expected, "{email}");
    }
}

#[test]
fn what_was_created_and_says_something_else_by_now_is_not_agreed() {
    let write = prepared(Change::Create {
        record: Record::Invoice(invoice("work", None)),
        source: RemoteId::new("s"),
        source_link: None,
    });
    let same = Record::Invoice(invoice("work", None));
    let edited = Record::Invoice(invoice("work", Some("PO 7")));
    let mut other = invoice("work", None);
    other.number = Some("INV-2".into());
    let cases = [
        (Side::Erpnext, &same, Some("s"), Verdict::Done),
        (Side::Erpnext, &edited, Some("s"), Verdict::DoneOtherwise),
        (Side::Erpnext, &same, Some("another"), Verdict::NotSeen),
        (Side::Erpnext, &same, None, Verdict::NotSeen),
        (Side::Xero, &same, None, Verdict::Done),
        (Side::Xero, &edited, None, Verdict::DoneOtherwise),
        (Side::Xero, &Record::Invoice(other), None, Verdict::NotSeen),
    ];
    for (target, got, marker, expected) in cases {
        let found = found(got.clone(), marker);
        assert_eq!(judge(&write, target, &found), expected, "{target} {got:?}");
    }
}

#[test]
fn a_payment_that_xero_made_is_known_by_what_it_pays() {
    let part = |invoice: &str, amount: u32| PaymentAllocation {
        id: None,
        document: PaidDocument::Invoice(RemoteId::new(invoice)),
        amount: Decimal::from(amount),
        in_document: None,
        leaves: None,
    };
    let payment = |day: u32, reference: Option<&str>, allocations: Vec<PaymentAllocation>| {
        Record::Payment(Payment {
            number: None,
            direction: PaymentDirection::Received,
            state: DocumentState::Approved,
            contact: RemoteId::new("c"),
            contact_name: "C".into(),
            date: NaiveDate::from_ymd_opt(2026, 11, day).unwrap(),
            currency: Currency::new("GBP").unwrap(),
            exchange_rate: None,
            amount: allocations.iter().map(|part| part.amount).sum(),
            bank_account: Some("090".into()),
            bank_amount: None,
            mode: None,
            reference: reference.map(Into::into),
            allocations,
            unallocated: Decimal::ZERO,
            deductions: Vec::new(),
            reconciled: false,
            on_account: false,
            with: Vec::new(),
            credits: Vec::new(),
            bank_currency: None,
        })
    };
    let both = || vec![part("a", 60), part("b", 40)];
    let write = prepared(Change::Create {
        record: payment(9, Some("PE-1"), both()),
        source: RemoteId::new("s"),
        source_link: None,
    });
    let turned = vec![part("b", 40), part("a", 60)];
    let mut deleted = payment(9, Some("PE-1"), both());
    deleted.end();
    let to = |account: Option<&str>| {
        let mut one = payment(9, Some("PE-1"), both());
        *one.bank_account_mut().unwrap() = account.map(Into::into);
        one
    };
    for (got, expected) in [
        (payment(9, Some("PE-1"), both()), Verdict::Done),
        // A batch need not keep its reference, nor its order.
        (payment(9, None, turned), Verdict::Done),
        (payment(10, Some("PE-1"), both()), Verdict::NotSeen),
        (
            payment(9, Some("PE-1"), vec![part("a", 60)]),
            Verdict::NotSeen,
        ),
        (
            payment(9, Some("PE-1"), vec![part("a", 60), part("c", 40)]),
            Verdict::NotSeen,
        ),
        (deleted, Verdict::NotSeen),
        // What the bank kept may be as much.
        (to(Some("404")), Verdict::NotSeen),
        (to(None), Verdict::Done),
    ] {
        let found = found(got, None);
        assert_eq!(judge(&write, Side::Xero, &found), expected, "{found:?}");
    }
}

#[test]
fn a_use_was_made_only_where_the_credit_says_so_and_did_not_before() {
    let note = |uses: &[(&str, u32)]| {
        let uses = uses.iter().map(|(invoice, amount)| ledger::Allocation {
            id: None,
            invoice: RemoteId::new(*invoice),
            date: None,
            amount: Decimal::from(*amount),
        });
        Record::CreditNote(invoice("Returned", None)).used_for(uses.collect())
    };
    let write = |from: Record, to: Record| {
        prepared(Change::Allocate {
            id: RemoteId::new("t"),
            version: Version::new("1"),
            from,
            to,
            source: RemoteId::new("s"),
        })
    };
    let more = write(note(&[("a", 40)]), note(&[("a", 40), ("b", 20)]));
    let verdict =
        |write: &Prepared, uses: &[(&str, u32)]| judge(write, Side::Xero, &found(note(uses), None));
    assert_eq!(verdict(&more, &[("b", 20), ("a", 40)]), Verdict::Done);
    assert_eq!(verdict(&more, &[("a", 40)]), Verdict::NotSeen);
    assert_eq!(verdict(&more, &[("a", 40), ("b", 15)]), Verdict::NotSeen);
    // What stands as it stood shows nothing.
    let none = write(note(&[("a", 40)]), note(&[("a", 40)]));
    assert_eq!(verdict(&none, &[("a", 40)]), Verdict::NotSeen);
    // What the system made of it is held against what was meant, invoice by invoice.
    let fields = |uses: &[(&str, u32)]| -> Vec<String> {
        let change = &more.write.change;
        let all = differences(change, Side::Erpnext, &found(note(uses), None));
        all.into_iter().map(|it| it.field).collect()
    };
    assert_eq!(fields(&[("a", 40), ("b", 20)]), Vec::<String>::new());
    assert_eq!(fields(&[("a", 40), ("b", 19)]), ["used for b"]);
}
