//! What has to be taken off before it can be changed, and is made again: Xero's payments, and the uses of
//! credit notes that are edited.

use ledger::{Payment, PaymentDirection};

use super::credit_notes::{link, on_both};
use super::payments::{linked, paid};
use super::*;

fn x() -> Payment {
    paid(Side::Xero, &[("x1", "50")])
}

fn e() -> Payment {
    paid(Side::Erpnext, &[("e1", "50")])
}

fn on_account(payment: Payment) -> Payment {
    Payment {
        unallocated: payment.amount,
        allocations: Vec::new(),
        ..payment
    }
}

fn ended(payment: Payment) -> Payment {
    Payment {
        state: DocumentState::Voided,
        ..payment
    }
}

fn of(
    (xero, erpnext): (Payment, Payment),
    base: (Payment, Payment),
    owes: &[(u32, &str, &str)],
    policy: &Policy,
) -> (String, Option<Change>) {
    let mut situation = owed(owes);
    linked(&mut situation, xero, erpnext, base);
    let plan = plan(&situation, policy).unwrap();
    let change = plan.writes().next().map(|(_, write)| write.change.clone());
    (words(&situation, policy).remove(0), change)
}

/// Reconciled with another invoice in ERPNext, or with none any more.
#[test]
fn what_erpnext_put_elsewhere_is_ended_in_xero_and_made_there_as_it_is() {
    let owes = [(1, "70", "120"), (2, "120", "70")];
    let moved = paid(Side::Erpnext, &[("e2", "50")]);
    let base = (x(), e());
    let (word, change) = of((x(), moved.clone()), base.clone(), &owes, &policy());
    assert_eq!(word, "px/pe write xero:void");
    let Some(Change::End { id, from, .. }) = change else {
        panic!("{change:?}");
    };
    assert_eq!((id.as_str(), from.ended()), ("px", false));
    // Both were agreed on that: it was ended by ourselves, and is not ended in ERPNext.
    let owes = [(1, "120", "120"), (2, "120", "70")];
    let half = (ended(x()), moved);
    let (word, change) = of(half.clone(), half.clone(), &owes, &policy());
    assert_eq!(word, "px/pe write xero:create");
    let Some(Change::Create { record, source, .. }) = change else {
        panic!("{change:?}");
    };
    let made = record.as_payment().unwrap();
    assert_eq!(source.as_str(), "pe");
    assert_eq!(
        made.parts(),
        paid(Side::Xero, &[("x2", "50")]).parts(),
        "for the invoice that it is for now"
    );
    // A person deleted it there, or another installation is about to make it anew.
    let (word, _) = of(half.clone(), base, &owes, &policy());
    assert_eq!(word, "px/pe problem ended_there");
    // A person did: it is for in ERPNext what it was for.
    let base = (x(), half.1.clone());
    let (word, _) = of(half, base, &owes, &policy());
    assert_eq!(word, "px/pe write erpnext:void");
}

/// The data folder was lost: nobody knows whether a person deleted it, or we were about to make it anew.
#[test]
fn one_that_ended_in_xero_is_asked_about_where_nothing_is_known_of_it() {
    let mut situation = owed(&[(1, "120", "70")]);
    let mut add = |side: Side, record: SideRecord| situation.unlinked.get_mut(side).push(record);
    add(Side::Xero, record("px", Record::Payment(ended(x()))));
    add(Side::Erpnext, marked("pe", "px", Record::Payment(e())));
    assert_eq!(words(&situation, &policy()), ["px/pe problem ended_there"]);
    let plan = plan(&situation, &policy()).unwrap();
    let Outcome::Problem {
        cause:
            Cause::EndedThere {
                differences,
                offered,
                stands,
                ..
            },
        ..
    } = &plan.entries[0].outcome
    else {
        panic!("{plan:?}");
    };
    assert_eq!(offered, &Side::BOTH);
    assert_eq!(
        stands,
        &Some(ledger::RemoteId::new("pe")),
        "no link says so"
    );
    let keep = |winner: Side| Choice::Keep {
        kind: Kind::Payment,
        side: Side::Xero,
        id: RemoteId::new("px"),
        winner,
        shown: differences.clone(),
    };
    // Linked, and ended in ERPNext next, since nothing is agreed.
    situation.choices = vec![keep(Side::Xero)];
    assert_eq!(
        words(&situation, &policy()),
        ["px/pe link Marker, not agreed"]
    );
    // Linked as what we ended ourselves, and made in Xero next.
    situation.choices = vec![keep(Side::Erpnext)];
    assert_eq!(words(&situation, &policy()), ["px/pe link Marker"]);
}

#[test]
fn what_erpnext_put_on_account_is_made_on_account() {
    let base = (x(), e());
    let owes = [(1, "70", "120")];
    let now = (x(), on_account(e()));
    let (word, _) = of(now, base, &owes, &policy());
    assert_eq!(word, "px/pe write xero:void");
    // Xero takes none of a contact that is archived there, or is about to be: then it is not ended either.
    for archived in [(Side::Erpnext, "E1"), (Side::Xero, "X1")] {
        let mut situation = owed(&owes);
        let key = (archived.0, RemoteId::new(archived.1));
        situation.contacts.get_mut(&key).unwrap().other_archived = true;
        linked(&mut situation, x(), on_account(e()), (x(), e()));
        let asked = ["px/pe problem contact_archived"];
        assert_eq!(words(&situation, &policy()), asked, "{archived:?}");
    }
    // Nor of what came to no bank, as what is written off by a journal entry: it is not ended, and not made.
    let mut elsewhere = policy();
    elsewhere.sides.xero.no_banks = ["090".to_owned()].into();
    let (word, _) = of((x(), on_account(e())), (x(), e()), &owes, &elsewhere);
    assert_eq!(word, "px/pe problem payment_not_carried");
    let half = (ended(x()), on_account(e()));
    let (word, _) = of(half.clone(), half.clone(), &[(1, "120", "120")], &elsewhere);
    assert_eq!(word, "px/pe problem payment_not_carried");
    let (word, change) = of(half.clone(), half, &[(1, "120", "120")], &policy());
    assert_eq!(word, "px/pe write xero:create");
    let made = change.unwrap().meant().unwrap().clone();
    let made = made.as_payment().unwrap().clone();
    assert_eq!(
        (made.unallocated, made.allocations.len()),
        (dec("50"), 0),
        "what it is used for would follow"
    );
}

#[test]
fn it_is_shown_where_xero_keeps_it() {
    let owes = [(1, "70", "120"), (2, "120", "70")];
    let moved = || paid(Side::Erpnext, &[("e2", "50")]);
    let base = || (x(), e());
    let matched = Payment {
        reconciled: true,
        ..x()
    };
    let mut situation = owed(&owes);
    linked(&mut situation, matched, moved(), base());
    let shown = plan(&situation, &policy()).unwrap();
    let Outcome::Problem {
        cause: Cause::PaymentsDiffer { differences },
        ..
    } = &shown.entries[0].outcome
    else {
        panic!("{:?}", shown.entries);
    };
    let fields: Vec<&str> = differences.iter().map(|it| it.field.as_str()).collect();
    assert_eq!(fields, ["invoices", "matched with the bank"]);
    // Nothing is written to Xero by the rules.
    let mut one_way = policy();
    one_way.payments = Direction::ToErpnext;
    let (word, _) = of((x(), moved()), base(), &owes, &one_way);
    assert_eq!(word, "px/pe problem payments_differ");
    // Its day is closed there.
    let mut locked = policy();
    locked.sides.xero.locked_until = Some(day(28));
    let (word, _) = of((x(), moved()), base(), &owes, &locked);
    assert_eq!(word, "px/pe problem period_locked");
    // It could not be made again: the other invoice is paid there.
    let paid_up = [(1, "70", "120"), (2, "20", "70")];
    let (word, _) = of((x(), moved()), base(), &paid_up, &policy());
    assert_eq!(word, "px/pe problem paid_too_much");
    // Its bank account is not mapped any more.
    let mut unmapped = policy();
    unmapped.mappings = Mappings::default();
    let (word, _) = of((x(), moved()), base(), &owes, &unmapped);
    assert_eq!(word, "px/pe problem no_bank_mapping");
    // Money paid back that is no more for a credit note.
    let refunded = |payment: Payment| Payment {
        direction: PaymentDirection::Refunded,
        ..payment
    };
    let now = (refunded(x()), refunded(on_account(e())));
    let then = (refunded(x()), refunded(e()));
    let (word, _) = of(now, then, &owes, &policy());
    assert_eq!(word, "px/pe problem payments_differ");
}

/// Amended in ERPNext, and its payment reconciled with the amendment.
#[test]
fn a_paid_invoice_that_was_edited_is_freed_of_its_payments() {
    let (x1, mut e1) = both();
    let base = (x1.clone(), e1.clone());
    e1.lines[0].amount = dec("130");
    e1.lines[0].unit_price = dec("130");
    (e1.net_total, e1.tax_total, e1.total) = (dec("130"), dec("26"), dec("156"));
    e1.amount_due = dec("106");
    let x1 = Document {
        amount_due: dec("70"),
        ..x1
    };
    let situation = |payment: Payment, due: &str| {
        let mut situation = pair(x1.clone(), e1.clone(), base.clone());
        situation.open = owed(&[(1, due, "106")]).open;
        let amended = paid(Side::Erpnext, &[("e1", "50")]);
        let before = paid(Side::Erpnext, &[("e0", "50")]);
        linked(&mut situation, payment.clone(), amended, (payment, before));
        situation
    };
    assert_eq!(
        words(&situation(x(), "70"), &policy()),
        ["x1/e1 problem cannot_edit", "px/pe write xero:void"]
    );
    // A person's credit note takes something off it as well: nothing is begun that cannot be ended.
    let mut more = situation(x(), "20");
    if let Some(Record::Invoice(invoice)) =
        more.pairs[0].xero.as_mut().map(|record| &mut record.record)
    {
        invoice.amount_due = dec("20");
    }
    assert_eq!(
        words(&more, &policy()),
        ["x1/e1 problem cannot_edit", "px/pe rebase"]
    );
    let matched = Payment {
        reconciled: true,
        ..x()
    };
    assert_eq!(
        words(&situation(matched, "70"), &policy()),
        ["x1/e1 problem cannot_edit", "px/pe rebase"]
    );
    // Free: it is edited, and the payment made behind it, as much as is owed by then.
    let mut free = situation(ended(x()), "120");
    let half = paid(Side::Erpnext, &[("e1", "50")]);
    if let Some(Record::Invoice(invoice)) =
        free.pairs[0].xero.as_mut().map(|record| &mut record.record)
    {
        invoice.amount_due = dec("120");
    }
    free.pairs[1].base = Some(Base {
        xero: Record::Payment(ended(x())),
        erpnext: Record::Payment(half),
    });
    assert_eq!(
        words(&free, &policy()),
        ["x1/e1 write xero:update", "px/pe write xero:create"]
    );
}

#[test]
fn a_credit_note_that_is_used_is_freed_replaced_and_used_again() {
    let uses = (&[("x1", "40")][..], &[("e1", "40")][..]);
    let base = on_both(uses.0, uses.1);
    // Xero takes other words on one that is used; ERPNext replaces it.
    let mut now = base.clone();
    now.0.lines[0].description = "Roses, red".into();
    let mut situation = owed(&[(1, "80", "80")]);
    link(&mut situation, now.clone(), Some(base.clone()));
    assert_eq!(
        words(&situation, &policy()),
        ["nx/ne write erpnext:allocate erpnext:update"]
    );
    let decided = plan(&situation, &policy()).unwrap();
    let meant: Vec<&Document> = decided
        .writes()
        .map(|(_, write)| write.change.meant().unwrap().document().unwrap())
        .collect();
    for (document, words) in meant.iter().zip(["Roses", "Roses, red"]) {
        assert_eq!(
            (document.allocations.len(), document.amount_due),
            (0, dec("120"))
        );
        assert_eq!(document.lines[0].description, words);
    }
    // By then the two are agreed on all but what it is used for.
    let (replaced, freed) = (now.0, on_both(&[], &[]).1);
    let freed = Document {
        lines: replaced
            .lines
            .iter()
            .zip(&freed.lines)
            .map(|(xero, line)| Line {
                description: xero.description.clone(),
                ..line.clone()
            })
            .collect(),
        ..freed
    };
    let mut situation = owed(&[(1, "80", "120")]);
    let both = (replaced, freed);
    link(&mut situation, both.clone(), Some(both));
    assert_eq!(
        words(&situation, &policy()),
        ["nx/ne write erpnext:allocate"]
    );

    // Amended in ERPNext, where that takes it out of all it settled: in words Xero takes that in place.
    let (left, mut right) = on_both(uses.0, &[]);
    right.lines[0].description = "Roses, red".into();
    let mut situation = owed(&[(1, "80", "120")]);
    link(
        &mut situation,
        (left.clone(), right.clone()),
        Some(base.clone()),
    );
    assert_eq!(words(&situation, &policy()), ["nx/ne write xero:update"]);
    // And its figures once it is free.
    right.lines[0].quantity = dec("2");
    right.lines[0].amount = dec("200");
    (right.net_total, right.tax_total, right.total) = (dec("200"), dec("40"), dec("240"));
    right.amount_due = dec("240");
    let mut situation = owed(&[(1, "80", "120")]);
    link(&mut situation, (left, right), Some(base.clone()));
    assert_eq!(
        words(&situation, &policy()),
        ["nx/ne write xero:allocate xero:update"]
    );
    // Some of it was paid out: that is a payment's to undo.
    let (mut left, right) = on_both(uses.0, uses.1);
    let then = Document {
        amount_due: dec("0"),
        ..base.1
    };
    left.lines[0].description = "Roses, red".into();
    let mut situation = owed(&[(1, "80", "80")]);
    let right = Document {
        amount_due: dec("0"),
        ..right
    };
    link(&mut situation, (left, right), Some((base.0, then)));
    assert_eq!(words(&situation, &policy()), ["nx/ne problem cannot_edit"]);
}
