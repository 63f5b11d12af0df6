//! What the run did and how it stands → what becomes of it.
#![allow(clippy::unwrap_used)]

use ledger::{
    Allocation, Contact, Currency, Document, DocumentState, PaidDocument, Payment,
    PaymentAllocation, PaymentDirection, PriceMode,
};
use rust_decimal::Decimal;

use super::*;

fn gbp() -> Currency {
    Currency::new("GBP").unwrap()
}

fn day(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, day).unwrap()
}

fn contact(name: &str) -> Record {
    Record::Contact(Contact {
        name: name.to_owned(),
        ..Contact::default()
    })
}

fn document(number: &str, total: i64, due: i64) -> Document {
    Document {
        number: Some(number.to_owned()),
        contact: RemoteId::new("C"),
        contact_name: "Acme".to_owned(),
        state: DocumentState::Approved,
        date: day(10),
        due_date: None,
        currency: gbp(),
        exchange_rate: None,
        reference: None,
        price_mode: PriceMode::NoTax,
        lines: Vec::new(),
        net_total: total.into(),
        tax_total: Decimal::ZERO,
        total: total.into(),
        amount_due: due.into(),
        opening: false,
        against: None,
        allocations: Vec::new(),
    }
}

fn invoice(number: &str, total: i64, due: i64) -> Record {
    Record::Invoice(document(number, total, due))
}

fn note(number: &str, total: i64, used: &[(&str, i64)]) -> Record {
    let mut note = document(number, total, total);
    note.allocations = (used.iter())
        .map(|(invoice, amount)| Allocation {
            id: Some(format!("{number} for {invoice}")),
            invoice: RemoteId::new(*invoice),
            date: Some(day(11)),
            amount: (*amount).into(),
        })
        .collect();
    note.amount_due -= note.allocated();
    Record::CreditNote(note)
}

fn payment(name: &str, paid: &[(&str, i64)]) -> Record {
    let allocations: Vec<PaymentAllocation> = (paid.iter())
        .map(|(invoice, amount)| PaymentAllocation {
            id: None,
            document: PaidDocument::Invoice(RemoteId::new(*invoice)),
            amount: (*amount).into(),
            in_document: None,
            leaves: None,
        })
        .collect();
    Record::Payment(Payment {
        number: Some(name.to_owned()),
        direction: PaymentDirection::Received,
        state: DocumentState::Approved,
        contact: RemoteId::new("C"),
        contact_name: "Acme".to_owned(),
        date: day(12),
        currency: gbp(),
        exchange_rate: None,
        amount: allocations.iter().map(|part| part.amount).sum(),
        bank_account: None,
        bank_amount: None,
        bank_currency: None,
        mode: None,
        reference: None,
        allocations,
        unallocated: Decimal::ZERO,
        deductions: Vec::new(),
        reconciled: false,
        on_account: false,
        with: Vec::new(),
        credits: Vec::new(),
    })
}

/// Created in ERPNext as it stands, under its title.
fn created(record: Record) -> Deed {
    let id = RemoteId::new(if record.as_contact().is_some() {
        "C"
    } else {
        record.title()
    });
    Deed {
        side: Side::Erpnext,
        kind: record.kind(),
        other: Some(RemoteId::new(format!("xero {id}"))),
        did: Did::Created,
        left: Some(Left {
            version: Version::new("1"),
            content: crate::digest::content(&record),
        }),
        now: Some(SideRecord {
            id: id.clone(),
            version: Version::new("1"),
            marker: None,
            record,
        }),
        id,
        agreed: None,
        in_its_place: None,
        begun: false,
        undone: false,
    }
}

/// Changed from the first to the second.
fn changed(was: Record, now: Record) -> Deed {
    Deed {
        did: Did::Changed(Some(Box::new(was))),
        ..created(now)
    }
}

/// By a person, in ERPNext.
fn other(record: &Record) -> Other {
    Other {
        side: Side::Erpnext,
        named: named(record),
        refers: record.references(),
    }
}

fn edited(mut deed: Deed, edit: impl FnOnce(&mut Record)) -> Deed {
    let now = deed.now.as_mut().unwrap();
    deed.agreed = Some(now.record.clone());
    edit(&mut now.record);
    now.version = Version::new("2");
    deed
}

/// What becomes of each, in a word, with what a person reads of what stays.
fn words(case: &Case) -> Vec<String> {
    let word = |verdict: Verdict| match verdict {
        Verdict::Undo(action, changes) => {
            let changes: Vec<&str> = changes.iter().map(Change::word).collect();
            format!("{action:?}: {}", changes.join(", "))
        }
        Verdict::Stays(why) => format!("stays: {why}"),
        Verdict::Nothing(why) => format!("{why:?}"),
    };
    judge(case).into_iter().map(word).collect()
}

fn of(deeds: Vec<Deed>, others: Vec<Other>) -> Vec<String> {
    words(&Case {
        deeds,
        others,
        ..Case::default()
    })
}

#[test]
fn what_was_created_goes_by_its_kind_and_side() {
    let mut draft = document("INV-2", 50, 50);
    draft.state = DocumentState::Draft;
    let in_xero = |record| Deed {
        side: Side::Xero,
        ..created(record)
    };
    assert_eq!(
        of(
            vec![
                created(contact("Acme")),
                created(invoice("INV-1", 100, 40)),
                created(Record::Invoice(draft)),
                created(note("CN-1", 30, &[("INV-1", 10)])),
                created(payment("PAY-1", &[("INV-1", 50)])),
                in_xero(payment("P", &[("I", 5)])),
            ],
            vec![]
        ),
        [
            "Archive: update",
            "Void: void",
            "Delete: void",
            "Void: allocate, void",
            "Void: void",
            "Delete: void",
        ]
    );
}

#[test]
fn what_others_made_of_it_keeps_it_and_all_that_it_needs() {
    let by_hand = payment("PAY-9", &[("INV-1", 60)]);
    let deeds = vec![
        created(contact("Acme")),
        created(invoice("INV-1", 100, 30)),
        created(payment("PAY-1", &[("INV-1", 10)])),
        created(invoice("INV-2", 20, 20)),
    ];
    assert_eq!(
        of(deeds, vec![other(&by_hand)]),
        [
            "stays: used since by payment PAY-9 of 60.00 GBP",
            "stays: used since by payment PAY-9 of 60.00 GBP",
            "stays: it belongs to invoice INV-1 of 100.00 GBP, which stays",
            "Void: void",
        ]
    );
}

#[test]
fn what_was_edited_since_is_named_with_both_values() {
    let deed = edited(created(invoice("INV-1", 100, 100)), |record| {
        record.document_mut().unwrap().due_date = Some(day(30));
    });
    let touched = of(vec![created(contact("Acme")), deed], vec![]);
    assert_eq!(
        touched[0],
        "stays: used since by invoice INV-1 of 100.00 GBP"
    );
    assert_eq!(
        touched[1],
        "stays: it was changed since: due date 10 Nov 2026 → 30 Nov 2026"
    );
    // Saved, and nothing that is carried changed: somebody has had it in hand.
    let saved = edited(created(invoice("INV-1", 100, 100)), |_| {});
    assert!(of(vec![saved], vec![])[0].starts_with("stays: it was changed since, in what"));
    // Our own payment moves it too.
    let paid = edited(created(invoice("INV-1", 100, 100)), |record| {
        record.document_mut().unwrap().amount_due = Decimal::ZERO;
    });
    let ours = created(payment("PAY-1", &[("INV-1", 100)]));
    assert_eq!(of(vec![paid, ours], vec![]), ["Void: void", "Void: void"]);
}

#[test]
fn what_is_settled_by_nothing_that_is_known_stays() {
    assert_eq!(
        of(vec![created(invoice("INV-1", 100, 75))], vec![]),
        ["stays: 25.00 GBP of it is paid or credited by something else"]
    );
}

#[test]
fn the_bank_and_closed_books_are_asked_before_anything_is_written() {
    let mut matched = created(payment("PAY-1", &[("INV-1", 100)]));
    if let Some(Record::Payment(payment)) = matched.now.as_mut().map(|it| &mut it.record) {
        payment.reconciled = true;
    }
    assert_eq!(
        of(vec![created(invoice("INV-1", 100, 0)), matched], vec![]),
        [
            "stays: used since by payment PAY-1 of 100.00 GBP",
            "stays: it is matched with a bank statement",
        ]
    );
    let locked = |until| {
        words(&Case {
            deeds: vec![
                created(contact("Acme")),
                created(invoice("INV-1", 100, 100)),
            ],
            others: Vec::new(),
            locked: PerSide {
                xero: Some(day(30)),
                erpnext: Some(until),
            },
            ..Case::default()
        })
    };
    assert_eq!(locked(day(9)), ["Archive: update", "Void: void"]);
    assert_eq!(
        locked(day(10)),
        [
            "stays: used since by invoice INV-1 of 100.00 GBP",
            "stays: the books are closed up to 10 Nov 2026",
        ]
    );
}

#[test]
fn what_came_in_one_document_goes_together_or_not_at_all() {
    let part = |name: &str, with: &str, reconciled: bool| {
        let mut record = payment(name, &[("INV-1", 50)]);
        if let Record::Payment(payment) = &mut record {
            payment.with = vec![RemoteId::new(with)];
            payment.reconciled = reconciled;
        }
        created(record)
    };
    let both = |reconciled| {
        of(
            vec![part("A", "B", false), part("B", "A", reconciled)],
            vec![],
        )
    };
    assert_eq!(both(false), ["Void: void", "Void: void"]);
    assert_eq!(
        both(true),
        [
            "stays: it belongs to payment B of 50.00 GBP, which stays",
            "stays: it is matched with a bank statement",
        ]
    );
}

/// What was undone before took the uses of a credit with it, and moved what they settled.
#[test]
fn what_is_gone_on_with_may_be_for_less_than_before_and_for_nothing_else() {
    let left = created(note("CN", 30, &[("I", 10), ("J", 5)]));
    let used = |uses: &[(&str, i64)], goes_on| {
        let deed = edited(left.clone(), |it| *it = note("CN", 30, uses));
        let case = Case {
            deeds: vec![deed, edited(created(invoice("I", 19, 9)), |_| {})],
            goes_on,
            ..Case::default()
        };
        words(&case)
    };
    let touched = "stays: it was changed since: used for J 5.00 GBP → none";
    assert_eq!(used(&[("I", 10)], false)[0], touched);
    assert_eq!(
        used(&[("I", 10)], true),
        ["Void: allocate, void", "Void: void"]
    );
    assert_eq!(used(&[], true)[0], "Void: void");
    for more in [[("I", 11), ("J", 5)], [("I", 10), ("K", 5)]] {
        assert!(used(&more, true)[0].starts_with("stays: "), "{more:?}");
    }
}

#[test]
fn what_was_changed_gets_its_values_back_where_nobody_touched_it() {
    let before = |change: &dyn Fn(&mut Document)| {
        let mut was = document("INV-1", 90, 90);
        change(&mut was);
        Record::Invoice(was)
    };
    let now = invoice("INV-1-1", 100, 100);
    let verdicts = judge(&Case {
        deeds: vec![changed(before(&|_| {}), now.clone())],
        ..Case::default()
    });
    let Verdict::Undo(Action::SetBack, changes) = &verdicts[0] else {
        panic!("{verdicts:?}");
    };
    let [Change::Update { to, from, .. }] = changes.as_slice() else {
        panic!("{changes:?}");
    };
    // Under the name that it has now.
    assert_eq!(
        (to.title(), to.total()),
        ("INV-1-1", Some((90.into(), gbp())))
    );
    assert_eq!(*from, now);
    let draft = before(&|it| it.state = DocumentState::Draft);
    let paid = invoice("INV-1", 100, 30);
    for (deed, word) in [
        (
            changed(invoice("INV-1", 100, 100), invoice("INV-1", 100, 100)),
            "AsBefore",
        ),
        (
            changed(draft, now.clone()),
            "stays: the sync approved it, and it cannot become a draft again",
        ),
        (
            changed(before(&|_| {}), paid),
            "stays: 70.00 GBP of it is paid or credited by something else",
        ),
        (
            Deed {
                did: Did::Changed(None),
                ..created(now.clone())
            },
            "stays: what was there before is not known any more",
        ),
        (
            changed(contact("Acme"), contact("Acme Ltd")),
            "SetBack: update",
        ),
        (
            changed(note("CN", 30, &[]), note("CN", 30, &[("I", 10)])),
            "TakeBack: allocate",
        ),
    ] {
        assert_eq!(of(vec![deed], vec![]), [word]);
    }
    let touched = edited(changed(contact("Acme"), contact("Acme Ltd")), |record| {
        *record = contact("Acme plc");
    });
    assert_eq!(
        of(vec![touched], vec![]),
        ["stays: it was changed since: name Acme Ltd → Acme plc"]
    );
}

#[test]
fn what_ended_what_is_gone_and_what_was_undone_is_left() {
    let with = |change: &dyn Fn(&mut Deed)| {
        let mut deed = created(invoice("INV-1", 100, 100));
        change(&mut deed);
        deed
    };
    for (deed, word) in [
        (with(&|it| it.undone = true), "Undone"),
        (with(&|it| it.now = None), "Gone"),
        (with(&|it| it.now.as_mut().unwrap().record.end()), "Ended"),
        (
            with(&|it| it.in_its_place = Some(RemoteId::new("INV-1-1"))),
            "stays: INV-1-1 stands in its place since",
        ),
        (
            with(&|it| it.did = Did::Ended),
            "stays: the sync ended it, and what has ended cannot be brought back",
        ),
        (
            with(&|it| it.did = Did::CreatedAnew),
            "stays: it took the place of one that the sync ended, which cannot be brought back",
        ),
        (
            with(&|it| it.left = None),
            "stays: what was there before is not known any more",
        ),
    ] {
        assert_eq!(of(vec![deed], vec![]), [word]);
    }
}
