//! Payments: what stands on both sides → what is done.

use ledger::{PaidDocument, Payment, PaymentAllocation, PaymentDirection};

use super::*;

/// Money received on the 9th for some invoices, on the bank account of the side.
pub(super) fn paid(side: Side, parts: &[(&str, &str)]) -> Payment {
    let allocations: Vec<PaymentAllocation> = parts
        .iter()
        .map(|(invoice, amount)| PaymentAllocation {
            id: None,
            document: PaidDocument::Invoice(RemoteId::new(*invoice)),
            amount: dec(amount),
            in_document: None,
            leaves: None,
        })
        .collect();
    Payment {
        number: (side == Side::Erpnext).then(|| "PE-1".into()),
        direction: PaymentDirection::Received,
        state: DocumentState::Approved,
        contact: RemoteId::new(match side {
            Side::Xero => "X1",
            Side::Erpnext => "E1",
        }),
        contact_name: "Harbour Hotels".into(),
        date: day(9),
        currency: Currency::new("GBP").unwrap(),
        exchange_rate: None,
        amount: allocations.iter().map(|part| part.amount).sum(),
        bank_account: Some(match side {
            Side::Xero => "090".into(),
            Side::Erpnext => "Bank - MF".into(),
        }),
        bank_amount: None,
        mode: None,
        reference: None,
        allocations,
        unallocated: Decimal::ZERO,
        deductions: Vec::new(),
        reconciled: false,
        on_account: false,
        with: Vec::new(),
        credits: Vec::new(),
        bank_currency: None,
    }
}

pub(super) fn add(situation: &mut Situation, side: Side, id: &str, payment: Payment) {
    let record = record(id, Record::Payment(payment));
    situation.unlinked.get_mut(side).push(record);
}

pub(super) fn linked(
    situation: &mut Situation,
    xero: Payment,
    erpnext: Payment,
    base: (Payment, Payment),
) {
    situation.pairs.push(LinkedPair {
        link: 9,
        xero: Some(record("px", Record::Payment(xero))),
        erpnext: Some(marked("pe", "px", Record::Payment(erpnext))),
        base: Some(Base {
            xero: Record::Payment(base.0),
            erpnext: Record::Payment(base.1),
        }),
    });
}

#[test]
fn a_payment_goes_where_its_invoice_is_still_owed() {
    let mut situation = owed(&[(1, "70", "120")]);
    add(
        &mut situation,
        Side::Xero,
        "px",
        paid(Side::Xero, &[("x1", "50")]),
    );
    assert_eq!(words(&situation, &policy()), ["px/- write erpnext:create"]);
    let plan = plan(&situation, &policy()).unwrap();
    let (_, write) = plan.writes().next().unwrap();
    let Some(Record::Payment(made)) = write.change.meant() else {
        panic!("{write:?}");
    };
    let expected = Payment {
        number: None,
        reference: None,
        ..paid(Side::Erpnext, &[("e1", "50")])
    };
    assert_eq!(*made, expected);
    // The other way its name is the reference that people find it by.
    let mut situation = owed(&[(1, "120", "0"), (2, "120", "0")]);
    let both = paid(Side::Erpnext, &[("e1", "120"), ("e2", "120")]);
    add(&mut situation, Side::Erpnext, "pe", both);
    assert_eq!(words(&situation, &policy()), ["-/pe write xero:create"]);
    let plan = super::super::plan(&situation, &policy()).unwrap();
    let (_, write) = plan.writes().next().unwrap();
    let Some(Record::Payment(made)) = write.change.meant() else {
        panic!("{write:?}");
    };
    assert_eq!(made.reference.as_deref(), Some("PE-1"));
    assert_eq!(made.bank_account.as_deref(), Some("090"));
    assert_eq!(made.contact.as_str(), "X1");
    assert_eq!(made.amount, dec("240"));
}

#[test]
fn what_both_sides_have_is_one() {
    let entered = |day_of: u32, amount: &str, due: (&str, &str)| {
        let mut situation = owed(&[(1, due.0, due.1)]);
        add(
            &mut situation,
            Side::Xero,
            "px",
            paid(Side::Xero, &[("x1", "50")]),
        );
        let there = Payment {
            date: day(day_of),
            ..paid(Side::Erpnext, &[("e1", amount)])
        };
        add(&mut situation, Side::Erpnext, "pe", there);
        words(&situation, &policy())
    };
    assert_eq!(
        entered(9, "50", ("70", "70")),
        ["px/pe link SamePayment erpnext:mark"]
    );
    // On another day: both sides owe the same, so it is the same money and nothing is changed.
    assert_eq!(
        entered(11, "50", ("70", "70")),
        ["px/pe link SameMoney erpnext:mark"]
    );
    // They owe differently: a person tells.
    assert_eq!(
        entered(11, "50", ("70", "20")),
        [
            "px/- problem several_candidates",
            "-/pe problem several_candidates"
        ]
    );
    // Two parts, one entered on each side.
    assert_eq!(
        entered(11, "30", ("70", "90")),
        ["px/- write erpnext:create", "-/pe write xero:create"]
    );
    // Other parts, and nothing is owed otherwise.
    assert_eq!(
        entered(11, "30", ("70", "70")),
        ["px/- leave Settled", "-/pe leave Settled"]
    );
}

#[test]
fn equal_payments_are_paired_one_by_one_and_the_rest_is_carried() {
    let mut situation = owed(&[(1, "20", "70")]);
    for (id, reference) in [("px1", "a"), ("px2", "b")] {
        let payment = Payment {
            reference: Some(reference.into()),
            ..paid(Side::Xero, &[("x1", "50")])
        };
        add(&mut situation, Side::Xero, id, payment);
    }
    let payment = Payment {
        reference: Some("b".into()),
        ..paid(Side::Erpnext, &[("e1", "50")])
    };
    add(&mut situation, Side::Erpnext, "pe", payment);
    // By what they say besides, not by their places.
    assert_eq!(
        words(&situation, &policy()),
        [
            "px1/- write erpnext:create",
            "px2/pe link SamePayment erpnext:mark"
        ]
    );
}

#[test]
fn a_payment_waits_for_what_it_needs() {
    let of = |situation: &Situation, policy: &Policy| words(situation, policy).remove(0);
    let from_xero = |payment: Payment, due: (&str, &str)| {
        let mut situation = owed(&[(1, due.0, due.1)]);
        add(&mut situation, Side::Xero, "px", payment);
        situation
    };
    let plain = || paid(Side::Xero, &[("x1", "50")]);
    let due = ("70", "120");
    let till = Payment {
        bank_account: Some("095".into()),
        ..plain()
    };
    assert_eq!(
        of(&from_xero(till, due), &policy()),
        "px/- problem no_bank_mapping"
    );
    let mut locked = policy();
    locked.sides.erpnext.locked_until = Some(day(9));
    assert_eq!(
        of(&from_xero(plain(), due), &locked),
        "px/- problem period_locked"
    );
    // R9: its own day counts, and not that of its invoice, which is in the closed period.
    locked.sides.erpnext.locked_until = Some(day(8));
    assert_eq!(
        of(&from_xero(plain(), due), &locked),
        "px/- write erpnext:create"
    );
    let one_way = Policy {
        payments: Direction::ToXero,
        ..policy()
    };
    assert_eq!(
        of(&from_xero(plain(), due), &one_way),
        "px/- leave Direction"
    );
    // The other side has another credit: more than is owed is never sent.
    assert_eq!(
        of(&from_xero(plain(), ("70", "40")), &policy()),
        "px/- problem paid_too_much"
    );
    assert_eq!(
        of(&from_xero(plain(), ("70", "70")), &policy()),
        "px/- leave Settled"
    );
    // ERPNext takes nothing for a disabled customer; Xero does for an archived contact.
    let mut disabled = from_xero(plain(), due);
    let link = (disabled.contacts).get_mut(&(Side::Xero, RemoteId::new("X1")));
    link.unwrap().other_archived = true;
    assert_eq!(of(&disabled, &policy()), "px/- problem contact_archived");
    // Its invoice is unknown.
    let elsewhere = paid(Side::Xero, &[("bill", "50")]);
    assert_eq!(
        of(&from_xero(elsewhere, due), &policy()),
        "px/- leave Document"
    );
    let draft = Payment {
        state: DocumentState::Draft,
        ..plain()
    };
    assert_eq!(of(&from_xero(draft, due), &policy()), "px/- leave Draft");
    let deleted = Payment {
        state: DocumentState::Voided,
        ..plain()
    };
    assert_eq!(of(&from_xero(deleted, due), &policy()), "px/- leave Ended");
    let in_advance = Payment {
        allocations: Vec::new(),
        unallocated: dec("50"),
        ..plain()
    };
    assert_eq!(
        of(&from_xero(in_advance, due), &policy()),
        "px/- write erpnext:create"
    );
    for payment in [
        Payment {
            direction: PaymentDirection::Refunded,
            ..plain()
        },
        Payment {
            unallocated: dec("-1"),
            amount: dec("49"),
            ..plain()
        },
        Payment {
            currency: Currency::new("USD").unwrap(),
            ..plain()
        },
        Payment {
            allocations: vec![PaymentAllocation {
                id: None,
                document: PaidDocument::CreditNote(RemoteId::new("c")),
                amount: dec("50"),
                in_document: None,
                leaves: None,
            }],
            ..plain()
        },
    ] {
        let for_invoices = payment
            .allocations
            .iter()
            .any(|part| matches!(part.document, PaidDocument::Invoice(_)));
        assert_eq!(
            of(&from_xero(payment.clone(), due), &policy()),
            "px/- problem payment_not_carried"
        );
        // Entered on the other side by hand.
        if for_invoices {
            assert_eq!(
                of(&from_xero(payment, ("70", "70")), &policy()),
                "px/- leave Settled"
            );
        }
    }
}

#[test]
fn a_payment_follows_its_invoice() {
    let with = |number: &str, change: fn(&mut Document)| {
        let mut situation = linked_contact();
        let mut document = invoice(Side::Xero, number, "X1");
        document.amount_due = dec("70");
        change(&mut document);
        situation
            .unlinked
            .xero
            .push(record("x1", Record::Invoice(document)));
        add(
            &mut situation,
            Side::Xero,
            "px",
            paid(Side::Xero, &[("x1", "50")]),
        );
        situation
    };
    let created = with("INV-1", |_| {});
    assert_eq!(
        words(&created, &policy()),
        ["x1/- write erpnext:create", "px/- write erpnext:create"]
    );
    let plan = super::super::plan(&created, &policy()).unwrap();
    let (_, write) = plan.writes().nth(1).unwrap();
    let waits: Vec<_> = write.waits_for.iter().map(|it| it.id.as_str()).collect();
    assert_eq!(waits, ["x1"]);
    let unmapped = with("INV-1", |document| {
        document.lines[0].account = Some("999".into());
    });
    assert_eq!(
        words(&unmapped, &policy()),
        [
            "x1/- problem no_account_mapping",
            "px/- problem waits_for_invoice"
        ]
    );
    let old = Policy {
        start_date: Some(day(3)),
        ..policy()
    };
    assert_eq!(
        words(&created, &old),
        ["x1/- leave BeforeStart", "px/- leave Document"]
    );
    // Recognised in this very plan, with a payment of its own on each side.
    let mut situation = with("INV-1", |_| {});
    let mut there = invoice(Side::Erpnext, "INV-1", "E1");
    there.amount_due = dec("70");
    situation
        .unlinked
        .erpnext
        .push(record("e1", Record::Invoice(there)));
    add(
        &mut situation,
        Side::Erpnext,
        "pe",
        paid(Side::Erpnext, &[("e1", "50")]),
    );
    assert_eq!(
        words(&situation, &policy()),
        [
            "x1/e1 link Number erpnext:mark",
            "px/pe link SamePayment erpnext:mark"
        ]
    );
}

#[test]
fn payments_of_an_invoice_that_differs_wait_for_it() {
    let mut situation = linked_contact();
    let mut there = invoice(Side::Erpnext, "INV-1", "E1");
    there.total = dec("121");
    there.amount_due = dec("121");
    for (side, id, document) in [
        (Side::Xero, "x1", invoice(Side::Xero, "INV-1", "X1")),
        (Side::Erpnext, "e1", there),
    ] {
        let records = situation.unlinked.get_mut(side);
        records.push(record(id, Record::Invoice(document)));
    }
    add(
        &mut situation,
        Side::Xero,
        "px",
        paid(Side::Xero, &[("x1", "50")]),
    );
    let payment = Record::Payment(paid(Side::Erpnext, &[("e1", "50")]));
    situation.unlinked.erpnext.push(marked("pe", "px", payment));
    let waits = [
        "x1/e1 problem differ_on_both_sides",
        "px/pe problem waits_for_invoice",
    ];
    assert_eq!(words(&situation, &policy()), waits);
    // Linked, but never agreed: nobody can tell yet whether they are for the same.
    let base = paid(Side::Xero, &[("x1", "50")]);
    let other = paid(Side::Erpnext, &[("e1", "50")]);
    situation.unlinked.xero.retain(|it| it.id.as_str() != "px");
    situation
        .unlinked
        .erpnext
        .retain(|it| it.id.as_str() != "pe");
    linked(&mut situation, base.clone(), other.clone(), (base, other));
    situation.pairs[0].base = None;
    assert_eq!(words(&situation, &policy()), waits);
}

#[test]
fn an_end_is_carried_and_a_change_is_shown() {
    let (x, e) = (
        || paid(Side::Xero, &[("x1", "50")]),
        || paid(Side::Erpnext, &[("e1", "50")]),
    );
    let ended = |payment: Payment| Payment {
        state: DocumentState::Voided,
        ..payment
    };
    let of = |xero: Payment, erpnext: Payment, base: (Payment, Payment)| {
        let mut situation = owed(&[(1, "70", "70"), (2, "120", "120")]);
        linked(&mut situation, xero, erpnext, base);
        words(&situation, &policy()).remove(0)
    };
    assert_eq!(of(x(), e(), (x(), e())), "px/pe agrees");
    assert_eq!(of(ended(x()), e(), (x(), e())), "px/pe write erpnext:void");
    assert_eq!(of(x(), ended(e()), (x(), e())), "px/pe write xero:void");
    assert_eq!(of(ended(x()), ended(e()), (x(), e())), "px/pe rebase");
    assert_eq!(
        of(ended(x()), ended(e()), (ended(x()), ended(e()))),
        "px/pe agrees"
    );
    let cleared = Payment {
        reconciled: true,
        on_account: false,
        ..e()
    };
    assert_eq!(
        of(ended(x()), cleared, (x(), e())),
        "px/pe problem cannot_void"
    );
    // Only said otherwise: it is the same money.
    let said = Payment {
        reference: Some("BACS".into()),
        reconciled: true,
        on_account: false,
        ..x()
    };
    assert_eq!(of(said, e(), (x(), e())), "px/pe agrees");
    let other_day = Payment {
        date: day(10),
        ..e()
    };
    assert_eq!(
        of(x(), other_day, (x(), e())),
        "px/pe problem payments_differ"
    );
    // What a person or both sides took for the same stays so as long as neither changes.
    let later = Payment {
        date: day(12),
        ..e()
    };
    assert_eq!(of(x(), later.clone(), (x(), later)), "px/pe agrees");
}

#[test]
fn a_payment_goes_to_what_takes_its_invoices_place_in_the_same_plan() {
    let (mut left, right) = both();
    let base = (left.clone(), right.clone());
    left.lines[0].description = "Roses, red".into();
    left.amount_due = dec("70");
    let mut situation = pair(left, right, base);
    situation.open = owed(&[(1, "70", "120")]).open;
    add(
        &mut situation,
        Side::Xero,
        "px",
        paid(Side::Xero, &[("x1", "50")]),
    );
    assert_eq!(
        words(&situation, &policy()),
        ["x1/e1 write erpnext:update", "px/- write erpnext:create"]
    );
    let plan = super::super::plan(&situation, &policy()).unwrap();
    let (_, write) = plan.writes().nth(1).unwrap();
    let waits: Vec<_> = write.waits_for.iter().map(|it| it.id.as_str()).collect();
    assert_eq!(waits, ["x1"]);
    // Refused for the one document, it is another write for the other.
    let fingerprint = |id: &str| {
        let mut situation = owed(&[(1, "70", "120")]);
        for ((side, _), invoice) in &mut situation.open {
            if *side == Side::Xero {
                invoice.outlook = Outlook::Linked(RemoteId::new(id));
            }
        }
        let there = situation.open[&(Side::Erpnext, RemoteId::new("e1"))].clone();
        situation
            .open
            .insert((Side::Erpnext, RemoteId::new(id)), there);
        add(
            &mut situation,
            Side::Xero,
            "px",
            paid(Side::Xero, &[("x1", "50")]),
        );
        let plan = super::super::plan(&situation, &policy()).unwrap();
        plan.writes().next().unwrap().1.fingerprint.clone()
    };
    assert_ne!(fingerprint("e1"), fingerprint("e1-1"));
}

/// What is said of invoice 1, of which not the same is owed on both sides.
fn said_of_the_invoice(xero: &str, erpnext: &str, payments: impl FnOnce(&mut Situation)) -> String {
    let (mut left, mut right) = both();
    let base = (left.clone(), right.clone());
    left.amount_due = dec(xero);
    right.amount_due = dec(erpnext);
    let mut situation = pair(left, right, base);
    situation.open = owed(&[(1, xero, erpnext)]).open;
    payments(&mut situation);
    words(&situation, &policy()).remove(0)
}

#[test]
fn what_payments_explain_is_not_said_of_the_invoice_too() {
    let differs = "x1/e1 problem amount_due_differs";
    assert_eq!(said_of_the_invoice("70", "120", |_| {}), differs);
    let pay = |amount: &'static str| {
        move |situation: &mut Situation| {
            add(
                situation,
                Side::Xero,
                "px",
                paid(Side::Xero, &[("x1", amount)]),
            );
        }
    };
    assert_eq!(said_of_the_invoice("70", "120", pay("50")), "x1/e1 agrees");
    assert_eq!(said_of_the_invoice("70", "120", pay("40")), differs);
    // It waits for a bank account: that is what is said.
    let unmapped = |situation: &mut Situation| {
        let payment = Payment {
            bank_account: None,
            ..paid(Side::Xero, &[("x1", "50")])
        };
        add(situation, Side::Xero, "px", payment);
    };
    assert_eq!(said_of_the_invoice("70", "120", unmapped), "x1/e1 agrees");
    // It is not carried because the other side has something else: that is said of both.
    assert_eq!(said_of_the_invoice("0", "40", pay("50")), differs);
    // A payment that ended makes its invoice owed again.
    let ended = |situation: &mut Situation| {
        let xero = Payment {
            state: DocumentState::Voided,
            ..paid(Side::Xero, &[("x1", "50")])
        };
        let base = (
            paid(Side::Xero, &[("x1", "50")]),
            paid(Side::Erpnext, &[("e1", "50")]),
        );
        linked(situation, xero, base.1.clone(), base);
    };
    assert_eq!(said_of_the_invoice("120", "70", ended), "x1/e1 agrees");
}

#[test]
fn a_void_goes_behind_the_end_of_its_payments() {
    let (mut left, mut right) = both();
    let base = (left.clone(), right.clone());
    left.state = DocumentState::Voided;
    left.amount_due = Decimal::ZERO;
    right.amount_due = dec("70");
    let mut situation = pair(left, right, base);
    situation.open = owed(&[(1, "0", "70")]).open;
    assert_eq!(words(&situation, &policy()), ["x1/e1 problem cannot_void"]);
    let base = (
        paid(Side::Xero, &[("x1", "50")]),
        paid(Side::Erpnext, &[("e1", "50")]),
    );
    let deleted = Payment {
        state: DocumentState::Voided,
        ..base.0.clone()
    };
    linked(&mut situation, deleted, base.1.clone(), base);
    assert_eq!(
        words(&situation, &policy()),
        ["x1/e1 write erpnext:void", "px/pe write erpnext:void"]
    );
}
