//! Paid and credited documents that are edited in Xero: what settles them in ERPNext is taken off, the document is
//! replaced, and what was taken off is put to what stands in its place.

use ledger::{Deduction, Money, Payment, Reference};

use super::credit_notes::{link, on_both};
use super::payments::{linked, paid};
use super::*;

fn x() -> Payment {
    paid(Side::Xero, &[("x1", "50")])
}

fn e() -> Payment {
    paid(Side::Erpnext, &[("e1", "50")])
}

/// ERPNext's money, for nothing.
fn aside() -> Payment {
    Payment {
        unallocated: dec("50"),
        allocations: Vec::new(),
        ..e()
    }
}

/// An invoice of 120 of which this is due, and which is due another day in Xero by now.
fn edited(xero: &str, erpnext: &str) -> Situation {
    let (left, right) = both();
    let base = (left.clone(), right.clone());
    let left = Document {
        due_date: Some(day(25)),
        amount_due: dec(xero),
        ..left
    };
    let right = Document {
        amount_due: dec(erpnext),
        ..right
    };
    let mut situation = pair(left, right, base);
    situation.open = owed(&[(1, xero, erpnext)]).open;
    situation
}

fn with_payment(mut situation: Situation, erpnext: Payment, base: Payment) -> Situation {
    linked(&mut situation, x(), erpnext, (x(), base));
    situation
}

fn writes(situation: &Situation, policy: &Policy) -> Vec<PlannedWrite> {
    let plan = plan(situation, policy).unwrap();
    plan.writes().map(|(_, write)| write.clone()).collect()
}

#[test]
fn a_paid_invoice_that_is_edited_in_xero_is_freed_replaced_and_paid_again() {
    let situation = with_payment(edited("70", "70"), e(), e());
    assert_eq!(
        words(&situation, &policy()),
        ["x1/e1 problem cannot_edit", "px/pe write erpnext:allocate"]
    );
    let write = writes(&situation, &policy()).remove(0);
    let meant = write.change.meant().unwrap().as_payment().unwrap();
    assert_eq!((meant.allocations.len(), meant.unallocated), (0, dec("50")));
    assert!(write.change.takes_back(), "before anything is edited");
    // It is free, and both were agreed on that.
    let situation = with_payment(edited("70", "120"), aside(), aside());
    assert_eq!(
        words(&situation, &policy()),
        ["x1/e1 write erpnext:update", "px/pe write erpnext:allocate"]
    );
    let write = writes(&situation, &policy()).remove(1);
    let meant = write.change.meant().unwrap().as_payment().unwrap();
    assert_eq!(
        (meant.allocated(), meant.unallocated),
        (dec("50"), dec("0"))
    );
    let (kind, id) = (Kind::Invoice, RemoteId::new("x1"));
    assert_eq!(
        write.waits_for,
        [Reference { kind, id }],
        "what takes its place"
    );
    // A run that ended in between leaves the payment alone.
    let situation = with_payment(owed(&[(1, "70", "120")]), aside(), aside());
    let write = writes(&situation, &policy()).remove(0);
    let meant = write.change.meant().unwrap().as_payment().unwrap();
    assert_eq!(meant.parts(), e().parts());
    assert_eq!(write.waits_for, []);
    // Also where the data folder was lost with it.
    let mut lost = situation;
    lost.pairs[0].base = None;
    assert_eq!(words(&lost, &policy()), ["px/pe write erpnext:allocate"]);
}

#[test]
fn money_that_a_person_put_elsewhere_meanwhile_is_theirs() {
    let mut situation = owed(&[(1, "70", "120"), (2, "120", "70")]);
    let moved = paid(Side::Erpnext, &[("e2", "50")]);
    linked(&mut situation, x(), moved, (x(), aside()));
    assert_eq!(words(&situation, &policy()), ["px/pe write xero:void"]);
    // And what was un-reconciled by a person is made so in Xero.
    let mut situation = owed(&[(1, "70", "120")]);
    linked(&mut situation, x(), aside(), (x(), e()));
    assert_eq!(words(&situation, &policy()), ["px/pe write xero:void"]);
}

#[test]
fn nothing_is_begun_where_the_money_cannot_be_taken_off_or_put_back() {
    let waits = ["x1/e1 problem cannot_edit", "px/pe agrees"];
    let stays = |erpnext: Payment, policy: &Policy| {
        let situation = with_payment(edited("70", "70"), erpnext.clone(), erpnext);
        assert_eq!(words(&situation, policy), waits);
    };
    let deduction = Deduction {
        account: "Fees - MF".into(),
        base_amount: dec("2"),
        exchange_difference: false,
    };
    stays(
        Payment {
            deductions: vec![deduction],
            ..e()
        },
        &policy(),
    );
    stays(
        Payment {
            with: vec![RemoteId::new("deduction:r/pe")],
            ..e()
        },
        &policy(),
    );
    let mut kept = e();
    kept.allocations[0].in_document = Some(Money {
        amount: dec("50"),
        currency: kept.currency,
    });
    stays(kept, &policy());
    let mut locked = policy();
    locked.sides.erpnext.locked_until = Some(day(1));
    let early = Payment {
        date: day(1),
        ..e()
    };
    let mut situation = edited("70", "70");
    let of_xero = Payment {
        date: day(1),
        ..x()
    };
    let both = (of_xero, early);
    linked(&mut situation, both.0.clone(), both.1.clone(), both);
    assert_eq!(words(&situation, &locked), waits);
    let mut one_way = policy();
    one_way.payments = Direction::ToXero;
    stays(e(), &one_way);
    // More is paid or credited there than by this payment.
    let situation = with_payment(edited("70", "30"), e(), e());
    assert_eq!(words(&situation, &policy()), waits);
    // The bank's statement does not know what it is for.
    let matched = Payment {
        reconciled: true,
        ..e()
    };
    let situation = with_payment(edited("70", "70"), matched.clone(), matched);
    assert_eq!(
        words(&situation, &policy())[1],
        "px/pe write erpnext:allocate"
    );
}

#[test]
fn an_edit_that_was_refused_once_frees_nothing_again() {
    let free = with_payment(edited("70", "120"), aside(), aside());
    let write = writes(&free, &policy()).remove(0);
    let cause = Cause::refused(Side::Erpnext, "the credit limit is reached");
    let refusal = Refusal {
        fingerprint: write.fingerprint,
        cause,
    };
    let key = (Kind::Invoice, Side::Xero, RemoteId::new("x1"));
    // What was taken off is put back to the one that stands.
    let mut refused = free;
    refused.refused.insert(key.clone(), refusal.clone());
    assert_eq!(
        words(&refused, &policy()),
        ["x1/e1 problem refused", "px/pe write erpnext:allocate"]
    );
    assert_eq!(writes(&refused, &policy())[0].waits_for, []);
    let mut situation = with_payment(edited("70", "70"), e(), e());
    situation.refused.insert(key.clone(), refusal.clone());
    assert_eq!(
        words(&situation, &policy()),
        ["x1/e1 problem refused", "px/pe agrees"]
    );
    // Another edit is another matter.
    let mut another = with_payment(edited("70", "70"), e(), e());
    if let Some(Record::Invoice(invoice)) = another.pairs[0].xero.as_mut().map(|it| &mut it.record)
    {
        invoice.due_date = Some(day(27));
    }
    another.refused.insert(key, refusal);
    assert_eq!(
        words(&another, &policy())[1],
        "px/pe write erpnext:allocate"
    );
}

/// 50 of it is paid, and 40 credited: the credit notes go first.
#[test]
fn an_invoice_that_is_credited_too_is_freed_of_both_and_settled_again() {
    let uses = (&[("x1", "40")][..], &[("e1", "40")][..]);
    let situation = |due: (&str, &str), note: (&Document, &Document), payment: Payment| {
        let mut situation = with_payment(edited(due.0, due.1), payment.clone(), payment);
        let both = (note.0.clone(), note.1.clone());
        link(&mut situation, both.clone(), Some(both));
        situation
    };
    let (used, free) = (on_both(uses.0, uses.1), on_both(uses.0, &[]));
    let first = situation(("30", "30"), (&used.0, &used.1), e());
    assert_eq!(
        words(&first, &policy()),
        [
            "x1/e1 problem cannot_edit",
            "nx/ne write erpnext:allocate",
            "px/pe agrees"
        ]
    );
    let second = situation(("30", "70"), (&free.0, &free.1), e());
    assert_eq!(
        words(&second, &policy()),
        [
            "x1/e1 problem cannot_edit",
            "nx/ne problem waits_for_invoice",
            "px/pe write erpnext:allocate"
        ]
    );
    let third = situation(("30", "120"), (&free.0, &free.1), aside());
    assert_eq!(
        words(&third, &policy()),
        [
            "x1/e1 write erpnext:update",
            "nx/ne write erpnext:allocate",
            "px/pe write erpnext:allocate"
        ]
    );
    // A return that lowers it by itself cannot be taken off.
    let mut lowers = used;
    for used in &mut lowers.1.allocations {
        used.id = None;
    }
    let stays = situation(("30", "30"), (&lowers.0, &lowers.1), e());
    assert_eq!(
        words(&stays, &policy()),
        ["x1/e1 problem cannot_edit", "nx/ne agrees", "px/pe agrees"]
    );
}

/// The other way: amended in ERPNext, and paid and credited there again.
#[test]
fn one_that_is_credited_and_was_amended_in_erpnext_is_freed_in_xero() {
    let (x1, e1) = both();
    let base = (x1.clone(), e1.clone());
    let mut e1 = e1;
    e1.lines[0].amount = dec("130");
    e1.lines[0].unit_price = dec("130");
    (e1.net_total, e1.tax_total, e1.total) = (dec("130"), dec("26"), dec("156"));
    e1.amount_due = dec("116");
    let x1 = Document {
        amount_due: dec("80"),
        ..x1
    };
    let mut situation = pair(x1, e1, base);
    situation.open = owed(&[(1, "80", "116")]).open;
    let both = on_both(&[("x1", "40")], &[("e1", "40")]);
    link(&mut situation, both.clone(), Some(both));
    assert_eq!(
        words(&situation, &policy()),
        ["x1/e1 problem cannot_edit", "nx/ne write xero:allocate"]
    );
}

/// A person cancels and amends a credited invoice in ERPNext, which takes the credit off it, and asks for less than
/// Xero's is credited: part of the credit is no answer to what becomes of the invoice.
#[test]
fn credit_waits_for_an_invoice_that_asks_for_less_since_it_was_amended() {
    let (x1, e1) = both();
    let base = (x1.clone(), e1.clone());
    let mut e1 = e1;
    e1.lines[0].amount = dec("20");
    e1.lines[0].unit_price = dec("20");
    (e1.net_total, e1.tax_total, e1.total) = (dec("20"), dec("4"), dec("24"));
    e1.amount_due = dec("24");
    let x1 = Document {
        amount_due: dec("80"),
        ..x1
    };
    let mut situation = pair(x1, e1, base);
    situation.open = owed(&[(1, "80", "24")]).open;
    let waits = [
        "x1/e1 problem cannot_edit",
        "nx/ne problem waits_for_invoice",
    ];
    // What it was used for is another document by now.
    let base = on_both(&[("x1", "40")], &[("e0", "40")]);
    let now = on_both(&[("x1", "40")], &[]);
    link(&mut situation, now, Some(base));
    assert_eq!(words(&situation, &policy()), waits);
}

/// Cancelled and amended in ERPNext before a sync: the entry of ours that used it still settles the invoice.
#[test]
fn what_a_cancelled_credit_note_left_behind_is_taken_back_and_used_again_by_its_amendment() {
    let base = on_both(&[("x1", "40")], &[("e1", "40")]);
    let (left, right) = on_both(&[("x1", "40")], &[]);
    let mut situation = owed(&[(1, "80", "80")]);
    link(&mut situation, (left.clone(), right), Some(base.clone()));
    let mut ended = base.1.clone();
    ended.state = DocumentState::Voided;
    ended.amount_due = dec("0");
    let old = marked("n0", "nx", Record::CreditNote(ended.clone()));
    situation.unlinked.erpnext.push(old);
    assert_eq!(
        words(&situation, &policy()),
        [
            "-/n0 write erpnext:allocate",
            "nx/ne write erpnext:allocate"
        ]
    );
    let writes = writes(&situation, &policy());
    assert!(writes[0].change.takes_back() && !writes[1].change.takes_back());
    // Taken back, and the amendment used by somebody else: what a person does there counts.
    let (_, used) = on_both(&[], &[("e2", "40")]);
    let mut situation = owed(&[(1, "80", "120"), (2, "120", "80")]);
    link(&mut situation, (left, used), Some(base));
    ended.allocations.clear();
    let old = record("n0", Record::CreditNote(ended));
    situation.unlinked.erpnext.push(old);
    assert_eq!(
        words(&situation, &policy()),
        ["-/n0 leave Ended", "nx/ne write xero:allocate"]
    );
}
