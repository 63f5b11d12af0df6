//! Credit notes and what they are used for: what stands on both sides → what is done.

use ledger::Allocation;

use super::*;

fn used(id: &str, invoice: &str, amount: &str) -> Allocation {
    Allocation {
        id: (!id.is_empty()).then(|| id.into()),
        invoice: RemoteId::new(invoice),
        date: Some(day(9)),
        amount: dec(amount),
    }
}

/// A credit note of 120 on the 2nd that is used so.
fn note(side: Side, uses: &[(&str, &str)]) -> Document {
    let contact = match side {
        Side::Xero => "X1",
        Side::Erpnext => "E1",
    };
    let allocations: Vec<Allocation> = uses
        .iter()
        .map(|(invoice, amount)| used("voucher", invoice, amount))
        .collect();
    let left: Decimal = dec("120") - allocations.iter().map(|it| it.amount).sum::<Decimal>();
    Document {
        due_date: None,
        amount_due: left,
        allocations,
        ..invoice(side, "CN-1", contact)
    }
}

/// What it is used for is made by this voucher.
pub(super) fn used_by(note: &mut Document, voucher: &str) {
    for used in &mut note.allocations {
        used.id = Some(voucher.to_owned());
    }
}

pub(super) fn on_both(xero: &[(&str, &str)], erpnext: &[(&str, &str)]) -> (Document, Document) {
    (note(Side::Xero, xero), note(Side::Erpnext, erpnext))
}

pub(super) fn link(
    situation: &mut Situation,
    (xero, erpnext): (Document, Document),
    base: Option<(Document, Document)>,
) {
    situation.pairs.push(LinkedPair {
        link: 8,
        xero: Some(record("nx", Record::CreditNote(xero))),
        erpnext: Some(marked("ne", "nx", Record::CreditNote(erpnext))),
        base: base.map(|base| Base {
            xero: Record::CreditNote(base.0),
            erpnext: Record::CreditNote(base.1),
        }),
    });
}

/// What is done about a linked credit note that is used so, and was when both agreed, where this is owed
/// of the invoices.
fn changed(
    owed_of: &[(u32, &str, &str)],
    now: (&[(&str, &str)], &[(&str, &str)]),
    then: (&[(&str, &str)], &[(&str, &str)]),
) -> (Vec<String>, Vec<Vec<Allocation>>) {
    let mut situation = owed(owed_of);
    let base = Some(on_both(then.0, then.1));
    link(&mut situation, on_both(now.0, now.1), base);
    let plan = plan(&situation, &policy()).unwrap();
    let meant = plan.writes().map(|(_, write)| match &write.change {
        Change::Allocate { to, .. } => to.document().unwrap().allocations.clone(),
        other => panic!("{other:?}"),
    });
    (words(&situation, &policy()), meant.collect())
}

#[test]
fn a_credit_note_is_made_on_the_side_that_lacks_it_and_used_once_it_is_there() {
    for (side, id, expected) in [
        (Side::Xero, "nx", "nx/- write erpnext:create"),
        (Side::Erpnext, "ne", "-/ne write xero:create"),
    ] {
        let mut situation = owed(&[(1, "0", "120"), (2, "120", "0")]);
        let invoice = if side == Side::Xero { "x1" } else { "e2" };
        let of = record(id, Record::CreditNote(note(side, &[(invoice, "120")])));
        situation.unlinked.get_mut(side).push(of);
        assert_eq!(words(&situation, &policy()), [expected]);
        let plan = plan(&situation, &policy()).unwrap();
        let (_, write) = plan.writes().next().unwrap();
        let Some(Record::CreditNote(made)) = write.change.meant() else {
            panic!("{write:?}");
        };
        assert_eq!((made.allocations.len(), made.amount_due), (0, dec("120")));
        assert_eq!(made.number.as_deref(), Some("CN-1"));
    }
}

#[test]
fn what_one_side_used_is_used_on_the_other() {
    let owes = [(1, "80", "120"), (2, "120", "120")];
    let (words, meant) = changed(&owes, (&[("x1", "40")], &[]), (&[], &[]));
    assert_eq!(words, ["nx/ne write erpnext:allocate"]);
    assert_eq!(meant, [[used("", "e1", "40")]]);
    // R14: 40 is used, 60 more: only the 60 are new.
    let owes = [(1, "80", "80"), (2, "120", "60")];
    let (words, meant) = changed(
        &owes,
        (&[("x1", "40")], &[("e1", "40"), ("e2", "60")]),
        (&[("x1", "40")], &[("e1", "40")]),
    );
    assert_eq!(words, ["nx/ne write xero:allocate"]);
    assert_eq!(meant, [[used("voucher", "x1", "40"), used("", "x2", "60")]]);
    // Each side used it for another invoice.
    let (words, meant) = changed(&owes, (&[("x1", "40")], &[("e2", "60")]), (&[], &[]));
    assert_eq!(words, ["nx/ne write xero:allocate erpnext:allocate"]);
    assert_eq!(
        meant[0],
        [used("voucher", "x1", "40"), used("", "x2", "60")]
    );
    assert_eq!(
        meant[1],
        [used("voucher", "e2", "60"), used("", "e1", "40")]
    );
    // The same on both.
    let (words, _) = changed(&owes, (&[("x1", "40")], &[("e1", "40")]), (&[], &[]));
    assert_eq!(words, ["nx/ne rebase"]);
    let alike = (&[("x1", "40")][..], &[("e1", "40")][..]);
    assert_eq!(changed(&owes, alike, alike).0, ["nx/ne agrees"]);
}

#[test]
fn what_was_made_from_one_that_was_used_already_is_used_too() {
    // As after its create: the sides agreed on all but what it is used for.
    let (words, meant) = changed(
        &[(1, "80", "120")],
        (&[("x1", "40")], &[]),
        (&[("x1", "40")], &[]),
    );
    assert_eq!(words, ["nx/ne write erpnext:allocate"]);
    assert_eq!(meant, [[used("", "e1", "40")]]);
}

#[test]
fn what_one_side_took_back_is_taken_back_on_the_other() {
    let owes = [(1, "120", "80"), (2, "120", "120")];
    let then = (&[("x1", "40")][..], &[("e1", "40")][..]);
    let (words, meant) = changed(&owes, (&[], &[("e1", "40")]), then);
    assert_eq!(words, ["nx/ne write erpnext:allocate"]);
    assert_eq!(meant, [[]]);
    // Used for another instead: first it is taken back, which another invoice may wait for.
    let (_, meant) = changed(&owes, (&[("x2", "40")], &[("e1", "40")]), then);
    assert_eq!(meant, [[]]);
    // All of it moved, whichever invoice comes first.
    for (from, to) in [(1, 2), (2, 1)] {
        let (x, e) = (format!("x{from}"), format!("e{from}"));
        let owes = [(from, "120", "0"), (to, "0", "120")];
        let then = (&[(x.as_str(), "120")][..], &[(e.as_str(), "120")][..]);
        let to = format!("x{to}");
        let (words, meant) = changed(&owes, (&[(to.as_str(), "120")], then.1), then);
        assert_eq!(words, ["nx/ne write erpnext:allocate"], "from {from}");
        assert_eq!(meant, [[]]);
    }
    // Less of it.
    let (_, meant) = changed(&owes, (&[("x1", "15")], &[("e1", "40")]), then);
    assert_eq!(meant, [[used("", "e1", "15")]]);
}

#[test]
fn what_both_sides_changed_is_asked_about() {
    let owes = [(1, "90", "60")];
    let now = (&[("x1", "30")][..], &[("e1", "60")][..]);
    let asked = ["nx/ne problem allocations_differ"];
    assert_eq!(changed(&owes, now, (&[], &[])).0, asked);
    assert_eq!(
        changed(&owes, now, (&[("x1", "10")], &[("e1", "10")])).0,
        asked
    );
    let mut situation = owed(&owes);
    link(&mut situation, on_both(now.0, now.1), None);
    assert_eq!(words(&situation, &policy()), asked);
}

/// R15: of 334.99 the last of four credits takes what is left, and the rest stays visible.
#[test]
fn the_last_credit_takes_what_is_left() {
    let (words, meant) = changed(&[(1, "0", "81.99")], (&[("x1", "82")], &[]), (&[], &[]));
    assert_eq!(words, ["nx/ne write erpnext:allocate"]);
    assert_eq!(meant, [[used("", "e1", "81.99")]]);
    let left = changed(
        &[(1, "0", "0")],
        (&[("x1", "82")], &[("e1", "81.99")]),
        (&[("x1", "82")], &[("e1", "81.99")]),
    );
    assert_eq!(left.0, ["nx/ne problem allocation_not_carried"]);
    // More is owed there by now (what else settled the invoice was taken back): the rest follows, or a part of it.
    let part = (&[("x1", "82")][..], &[("e1", "60")][..]);
    for (owed, rest) in [("22", "22"), ("30", "22"), ("21", "21")] {
        let (words, meant) = changed(&[(1, "0", owed)], part, part);
        assert_eq!(words, ["nx/ne write erpnext:allocate"]);
        assert_eq!(meant, [[used("voucher", "e1", "60"), used("", "e1", rest)]]);
    }
    let part = (&[("x1", "60")][..], &[("e1", "82")][..]);
    let (words, meant) = changed(&[(1, "22", "0")], part, part);
    assert_eq!(words, ["nx/ne write xero:allocate"]);
    assert_eq!(meant, [[used("voucher", "x1", "60"), used("", "x1", "22")]]);
    // Somebody changed it since, and nobody knows who meant what.
    let asked = changed(&[(1, "22", "0")], part, (&[("x1", "61")], part.1)).0;
    assert_eq!(asked, ["nx/ne problem allocations_differ"]);
    let none = changed(&[(1, "0", "0")], (&[("x1", "82")], &[]), (&[], &[]));
    assert_eq!(none.0, ["nx/ne problem allocation_not_carried"]);
}

/// One credit note is cancelled in ERPNext, or is used for less there, or a payment is cancelled, and another credit
/// note is used in its place: Xero takes all of that once the first is off it, and no part of it before.
#[test]
fn what_takes_the_place_of_something_else_waits_until_that_is_taken_off() {
    let takes = |xero: Record, erpnext: Record| {
        let mut situation = owed(&[(1, "70", "0")]);
        let both = on_both(&[], &[("e1", "100")]);
        link(&mut situation, both, Some(on_both(&[], &[])));
        let base = (xero.clone(), xero.clone());
        situation.pairs.push(LinkedPair {
            link: 20,
            xero: Some(record("other", xero)),
            erpnext: Some(marked("other there", "other", erpnext)),
            base: Some(Base {
                xero: base.0,
                erpnext: base.1,
            }),
        });
        let all = words(&situation, &policy());
        all.into_iter().find(|it| it.starts_with("nx/ne")).unwrap()
    };
    let (xero, stands) = on_both(&[("x1", "30")], &[("e1", "30")]);
    let mut ended = stands.clone();
    ended.state = DocumentState::Voided;
    let less = note(Side::Erpnext, &[("e1", "10")]);
    let waits = "nx/ne problem allocation_not_carried";
    let note = |erpnext| {
        takes(
            Record::CreditNote(xero.clone()),
            Record::CreditNote(erpnext),
        )
    };
    assert_eq!(note(ended), waits);
    assert_eq!(note(less), waits);
    assert_eq!(note(stands), "nx/ne write xero:allocate");
    let paid = |side, invoice| super::payments::paid(side, &[(invoice, "30")]);
    let mut cancelled = paid(Side::Erpnext, "e1");
    let payment = |it| takes(Record::Payment(paid(Side::Xero, "x1")), Record::Payment(it));
    assert_eq!(payment(cancelled.clone()), "nx/ne write xero:allocate");
    cancelled.state = DocumentState::Voided;
    assert_eq!(payment(cancelled), waits);
}

#[test]
fn two_credit_notes_share_what_is_owed() {
    let mut situation = owed(&[(1, "0", "100")]);
    for (n, amount) in [("1", "70"), ("2", "50")] {
        situation.pairs.push(LinkedPair {
            link: 20 + n.parse::<i64>().unwrap(),
            xero: Some(record(
                &format!("nx{n}"),
                Record::CreditNote(note(Side::Xero, &[("x1", amount)])),
            )),
            erpnext: Some(marked(
                &format!("ne{n}"),
                &format!("nx{n}"),
                Record::CreditNote(note(Side::Erpnext, &[])),
            )),
            base: Some(Base {
                xero: Record::CreditNote(note(Side::Xero, &[])),
                erpnext: Record::CreditNote(note(Side::Erpnext, &[])),
            }),
        });
    }
    let plan = plan(&situation, &policy()).unwrap();
    let amounts: Vec<Decimal> = plan
        .writes()
        .map(|(_, write)| {
            write
                .change
                .meant()
                .unwrap()
                .document()
                .unwrap()
                .allocated()
        })
        .collect();
    assert_eq!(amounts, [dec("70"), dec("30")]);
}

#[test]
fn the_rules_and_days_that_are_closed_hold() {
    let used_in_xero = |policy: &Policy| {
        let mut situation = owed(&[(1, "80", "120")]);
        let base = Some(on_both(&[], &[]));
        link(&mut situation, on_both(&[("x1", "40")], &[]), base);
        words(&situation, policy)
    };
    let mut closed = policy();
    closed.sides.erpnext.locked_until = Some(day(9));
    assert_eq!(used_in_xero(&closed), ["nx/ne problem period_locked"]);
    closed.sides.erpnext.locked_until = Some(day(8));
    assert_eq!(used_in_xero(&closed), ["nx/ne write erpnext:allocate"]);
    let mut one_way = policy();
    one_way.credit_notes = Direction::ToXero;
    // It is not carried, and what is left of it differs.
    let differs = ["nx/ne problem amount_due_differs"];
    assert_eq!(used_in_xero(&one_way), differs);
}

#[test]
fn a_use_waits_for_its_invoice() {
    let note_on = |outlook: Outlook| {
        let mut situation = owed(&[(1, "80", "120")]);
        let key = (Side::Xero, RemoteId::new("x1"));
        situation.open.get_mut(&key).unwrap().outlook = outlook;
        let base = Some(on_both(&[], &[]));
        link(&mut situation, on_both(&[("x1", "40")], &[]), base);
        situation
    };
    let waits = words(&note_on(Outlook::Waits), &policy());
    assert_eq!(waits, ["nx/ne problem waits_for_invoice"]);
    let stays = words(&note_on(Outlook::Stays), &policy());
    assert_eq!(stays, ["nx/ne leave Document"]);
    let created = plan(&note_on(Outlook::Created), &policy()).unwrap();
    let (_, write) = created.writes().next().unwrap();
    let invoice = ledger::Reference {
        kind: Kind::Invoice,
        id: RemoteId::new("x1"),
    };
    assert_eq!(write.waits_for, [invoice]);
}

#[test]
fn one_that_ended_ends_on_the_other_side_once_it_is_free() {
    let ended = |side: Side, uses: &[(&str, &str)]| {
        let mut record = Record::CreditNote(note(side, uses));
        record.end();
        record.document().unwrap().clone()
    };
    let mut situation = owed(&[(1, "120", "80")]);
    let base = on_both(&[("x1", "40")], &[("e1", "40")]);
    let now = (ended(Side::Xero, &[]), base.1.clone());
    link(&mut situation, now, Some(base.clone()));
    let both = ["nx/ne write erpnext:allocate erpnext:void"];
    assert_eq!(words(&situation, &policy()), both);
    // A return that lowers its original by itself gives that back when it is cancelled.
    let mut by_itself = base.1.clone();
    by_itself.allocations[0].id = None;
    let mut situation = owed(&[(1, "120", "80")]);
    link(
        &mut situation,
        (ended(Side::Xero, &[]), by_itself),
        Some(base.clone()),
    );
    assert_eq!(words(&situation, &policy()), ["nx/ne write erpnext:void"]);
    // What was paid out has to be undone by whoever did it.
    let mut paid_out = base.1.clone();
    paid_out.amount_due = Decimal::ZERO;
    let mut situation = owed(&[(1, "120", "80")]);
    link(
        &mut situation,
        (ended(Side::Xero, &[]), paid_out),
        Some(base),
    );
    assert_eq!(words(&situation, &policy()), ["nx/ne problem cannot_void"]);
}

#[test]
fn a_use_of_ours_goes_with_the_credit_note_that_ended() {
    // A person cancelled it in ERPNext, where our entry still settles an invoice.
    let behind = || {
        let mut left = note(Side::Erpnext, &[("e1", "40")]);
        (left.state, left.amount_due) = (DocumentState::Voided, Decimal::ZERO);
        left
    };
    let base = on_both(&[("x1", "40")], &[("e1", "40")]);
    let planned = |xero: Document, policy: &Policy| {
        let mut situation = owed(&[(1, "80", "80")]);
        link(&mut situation, (xero, behind()), Some(base.clone()));
        words(&situation, policy)
    };
    let ends = ["nx/ne write xero:allocate xero:void erpnext:allocate"];
    assert_eq!(planned(base.0.clone(), &policy()), ends);
    let mut gone = Record::CreditNote(base.0.clone());
    gone.end();
    let gone = gone.document().unwrap().clone();
    let alone = ["nx/ne write erpnext:allocate"];
    assert_eq!(planned(gone.clone(), &policy()), alone);
    // A day that is closed keeps both as they are.
    let mut closed = policy();
    closed.sides.erpnext.locked_until = Some(day(9));
    let waits = ["nx/ne problem period_locked"];
    assert_eq!(planned(gone, &closed), waits);
}

#[test]
fn an_amount_due_that_follows_from_a_credit_needs_nobody() {
    // The invoice and the credit note are in one plan.
    let with_invoice = |used_for: &str| {
        let mut situation = owed(&[(1, "80", "120")]);
        let (mut ours, theirs) = both();
        ours.amount_due = dec(used_for);
        situation
            .pairs
            .extend(pair(ours.clone(), theirs.clone(), (both().0, theirs)).pairs);
        let base = Some(on_both(&[], &[]));
        link(&mut situation, on_both(&[("x1", "40")], &[]), base);
        words(&situation, &policy())
    };
    let carried = ["x1/e1 agrees", "nx/ne write erpnext:allocate"];
    assert_eq!(with_invoice("80"), carried);
    let not_all = [
        "x1/e1 problem amount_due_differs",
        "nx/ne write erpnext:allocate",
    ];
    assert_eq!(with_invoice("70"), not_all);
}

/// Settled by a payment on one side and by credit on the other: each says why it is not carried, and the invoice
/// does not say it once more.
#[test]
fn what_each_side_has_instead_of_the_other_is_named_once() {
    let paid_of = |in_xero: &str| {
        let mut situation = owed(&[(1, "0", "70")]);
        let (mut ours, mut theirs) = both();
        let base = (ours.clone(), theirs.clone());
        ours.amount_due = Decimal::ZERO;
        theirs.amount_due = dec("70");
        situation.pairs.extend(pair(ours, theirs, base).pairs);
        let base = Some(on_both(&[], &[]));
        link(&mut situation, on_both(&[], &[("e1", "50")]), base);
        let payment = super::payments::paid(Side::Xero, &[("x1", in_xero)]);
        super::payments::add(&mut situation, Side::Xero, "px", payment);
        words(&situation, &policy())
    };
    let named = [
        "nx/ne problem allocation_not_carried",
        "px/- problem paid_too_much",
    ];
    assert_eq!(paid_of("120"), [&["x1/e1 agrees"], &named[..]].concat());
    // Something else is between them too.
    let differs = "x1/e1 problem amount_due_differs";
    assert_eq!(paid_of("110"), [&[differs], &named[..]].concat());
}

#[test]
fn what_a_credit_note_without_a_link_will_settle_needs_nobody_either() {
    let with = |used_for: &str| {
        let mut situation = owed(&[(1, "80", "120")]);
        let (mut ours, theirs) = both();
        ours.amount_due = dec("80");
        let base = (both().0, theirs.clone());
        situation.pairs.extend(pair(ours, theirs, base).pairs);
        let of = record(
            "nx",
            Record::CreditNote(note(Side::Xero, &[("x1", used_for)])),
        );
        situation.unlinked.xero.push(of);
        words(&situation, &policy())
    };
    let made = "nx/- write erpnext:create";
    assert_eq!(with("40"), ["x1/e1 agrees", made]);
    assert_eq!(with("30"), ["x1/e1 problem amount_due_differs", made]);
}

#[test]
fn an_edit_leaves_what_it_is_used_for() {
    let mut situation = owed(&[(1, "80", "80")]);
    let then = on_both(&[("x1", "40")], &[("e1", "40")]);
    let (mut now, theirs) = then.clone();
    now.reference = Some("PO 7".into());
    link(&mut situation, (now, theirs), Some(then));
    let plan = plan(&situation, &policy()).unwrap();
    let (_, write) = plan.writes().next().unwrap();
    let meant = write.change.meant().unwrap();
    assert_eq!(write.change.word(), "update");
    assert_eq!(meant.uses(), [used("voucher", "e1", "40")]);
}

#[test]
fn numbers_are_told_apart_by_kind_in_xero_and_together_in_erpnext() {
    let on = |side: Side| {
        let mut situation = owed(&[]);
        let other = side.other();
        let key = (other, Kind::Invoice, "cn-1".to_owned());
        situation.taken.insert(key, RemoteId::new("taken"));
        let of = record("n", Record::CreditNote(note(side, &[])));
        situation.unlinked.get_mut(side).push(of);
        words(&situation, &policy())
    };
    assert_eq!(on(Side::Erpnext), ["-/n write xero:create"]);
    assert_eq!(on(Side::Xero), ["n/- problem number_taken"]);
}

#[test]
fn an_invoice_and_a_credit_note_of_one_number_are_two() {
    let mut situation = owed(&[]);
    let mut invoice = invoice(Side::Erpnext, "CN-1", "E1");
    invoice.date = day(2);
    situation
        .unlinked
        .xero
        .push(record("nx", Record::CreditNote(note(Side::Xero, &[]))));
    situation
        .unlinked
        .erpnext
        .push(record("e9", Record::Invoice(invoice)));
    assert_eq!(
        words(&situation, &policy()),
        ["-/e9 write xero:create", "nx/- problem number_taken"]
    );
}

#[test]
fn the_same_number_customer_and_total_is_one_credit_note() {
    let mut situation = owed(&[(1, "80", "120")]);
    situation.unlinked.xero.push(record(
        "nx",
        Record::CreditNote(note(Side::Xero, &[("x1", "40")])),
    ));
    situation
        .unlinked
        .erpnext
        .push(record("ne", Record::CreditNote(note(Side::Erpnext, &[]))));
    assert_eq!(
        words(&situation, &policy()),
        ["nx/ne link Number erpnext:mark"]
    );
}

fn refund(side: Side, parts: &[(&str, &str)]) -> ledger::Payment {
    let allocations: Vec<ledger::PaymentAllocation> = parts
        .iter()
        .map(|(note, amount)| ledger::PaymentAllocation {
            id: None,
            document: ledger::PaidDocument::CreditNote(RemoteId::new(*note)),
            amount: dec(amount),
            in_document: None,
            leaves: None,
        })
        .collect();
    ledger::Payment {
        number: None,
        direction: ledger::PaymentDirection::Refunded,
        state: DocumentState::Approved,
        contact: RemoteId::new(match side {
            Side::Xero => "X1",
            Side::Erpnext => "E1",
        }),
        contact_name: "Harbour Hotels".into(),
        date: day(12),
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

#[test]
fn money_paid_back_goes_where_its_credit_note_is_still_open() {
    // The documents are told by their place alone, so these stand for credit notes here.
    let mut situation = owed(&[(1, "20", "120")]);
    let of = record("px", Record::Payment(refund(Side::Xero, &[("x1", "100")])));
    situation.unlinked.xero.push(of);
    assert_eq!(words(&situation, &policy()), ["px/- write erpnext:create"]);
    let plan = plan(&situation, &policy()).unwrap();
    let (_, write) = plan.writes().next().unwrap();
    let Some(Record::Payment(made)) = write.change.meant() else {
        panic!("{write:?}");
    };
    assert_eq!(*made, refund(Side::Erpnext, &[("e1", "100")]));
    // More than is left of it there.
    let mut situation = owed(&[(1, "20", "90")]);
    let of = record("px", Record::Payment(refund(Side::Xero, &[("x1", "100")])));
    situation.unlinked.xero.push(of);
    let asked = ["px/- problem paid_too_much"];
    assert_eq!(words(&situation, &policy()), asked);
}

#[test]
fn money_paid_back_waits_for_its_credit_note() {
    let mut situation = owed(&[]);
    let of = record("nx", Record::CreditNote(note(Side::Xero, &[])));
    situation.unlinked.xero.push(of);
    let of = record("px", Record::Payment(refund(Side::Xero, &[("nx", "120")])));
    situation.unlinked.xero.push(of);
    let both = ["nx/- write erpnext:create", "px/- write erpnext:create"];
    assert_eq!(words(&situation, &policy()), both);
    let plan = plan(&situation, &policy()).unwrap();
    let (_, write) = plan.writes().last().unwrap();
    let waits: Vec<Kind> = write.waits_for.iter().map(|it| it.kind).collect();
    assert_eq!(waits, [Kind::CreditNote]);
    let number = (Side::Erpnext, Kind::Invoice, "cn-1".to_owned());
    situation.taken.insert(number, RemoteId::new("taken"));
    let waiting = [
        "nx/- problem number_taken",
        "px/- problem waits_for_credit_note",
    ];
    assert_eq!(words(&situation, &policy()), waiting);
}

#[test]
fn money_paid_back_for_nothing_of_ours_is_not_carried() {
    for parts in [&[][..], &[("x1", "40")][..]] {
        let mut situation = owed(&[(1, "80", "120")]);
        let mut back = refund(Side::Xero, &[]);
        back.amount = dec("40");
        back.unallocated = dec("40");
        if let [(id, amount)] = parts {
            back.unallocated = Decimal::ZERO;
            back.allocations = vec![ledger::PaymentAllocation {
                id: None,
                document: ledger::PaidDocument::Invoice(RemoteId::new(*id)),
                amount: dec(amount),
                in_document: None,
                leaves: None,
            }];
        }
        let of = record("px", Record::Payment(back));
        situation.unlinked.xero.push(of);
        let asked = ["px/- problem payment_not_carried"];
        assert_eq!(words(&situation, &policy()), asked);
    }
}

/// R17: a use in another currency than the one that ERPNext keeps closes what it closes there, to the öre.
#[test]
fn a_foreign_use_takes_the_exact_rest_where_it_closes_something() {
    let meant = |due: (&str, &str), total: &str, use_there: &str| {
        let mut situation = owed(&[(1, due.0, due.1)]);
        let kronor = Currency::new("SEK").unwrap();
        for document in situation.open.values_mut() {
            (document.currency, document.rate) = (kronor, Some(dec("0.07633588")));
        }
        let (mut xero, mut erpnext) = on_both(&[], &[("e1", use_there)]);
        for note in [&mut xero, &mut erpnext] {
            note.currency = kronor;
            note.exchange_rate = Some(dec("0.07633588"));
            note.total = dec(total);
        }
        xero.amount_due = dec(total);
        erpnext.amount_due = dec(total) - dec(use_there);
        let before = (xero.clone(), on_both(&[], &[]).1);
        link(&mut situation, (xero, erpnext), Some(before));
        let plan = plan(&situation, &policy()).unwrap();
        let (_, write) = plan.writes().next().unwrap();
        let Change::Allocate { to, .. } = &write.change else {
            panic!("{write:?}");
        };
        let note = to.document().unwrap();
        assert_eq!(note.allocations.len(), 1);
        note.allocations[0].amount
    };
    // Of 1,000.00 the invoice's rest is used: 25.44 pounds there.
    assert_eq!(meant(("333.30", "0"), "1000", "333.26"), dec("333.30"));
    // All of the credit is used, of an invoice that owes more.
    assert_eq!(meant(("1000", "666.74"), "333.30", "333.30"), dec("333.30"));
    // Nothing is closed.
    assert_eq!(meant(("1000", "666.74"), "500", "333.26"), dec("333.26"));
    // Where more than units is between the two, it is what was used.
    assert_eq!(meant(("340", "0"), "1000", "333.26"), dec("333.26"));
}
