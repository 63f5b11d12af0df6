//! Records that are linked: what changed since both sides agreed, and what follows.

use super::*;

#[test]
fn what_never_agreed_is_compared_in_full() {
    let mut situation = pair(both().0, both().1, both());
    situation.pairs[0].base = None;
    assert_eq!(words(&situation, &policy()), ["x1/e1 rebase"]);
    let worded = |change: fn(&mut Document)| {
        let mut x = both().0;
        change(&mut x);
        let mut situation = pair(x, both().1, both());
        situation.pairs[0].base = None;
        let Outcome::Problem {
            cause: Cause::DifferOnBothSides { differences, .. },
            ..
        } = plan(&situation, &policy()).unwrap().entries[0]
            .outcome
            .clone()
        else {
            panic!("nobody is asked")
        };
        let fields: Vec<String> = differences.into_iter().map(|it| it.field).collect();
        fields.join(", ")
    };
    let cases: [(fn(&mut Document), &str); 3] = [
        (|it| it.reference = Some("PO-1".into()), "reference"),
        (
            |it| it.lines[0].description = "Tulips".into(),
            "line 1: text",
        ),
        (|it| it.due_date = Some(day(29)), "due date"),
    ];
    for (change, expected) in cases {
        assert_eq!(worded(change), expected);
    }
}

#[test]
fn linked_invoices() {
    let (x, e) = both();
    let changed = |of: &Document, change: &dyn Fn(&mut Document)| {
        let mut of = of.clone();
        change(&mut of);
        of
    };
    let due = |i: &mut Document| i.due_date = Some(day(15));
    let other_due = |i: &mut Document| i.due_date = Some(day(16));
    let void = |i: &mut Document| {
        i.state = DocumentState::Voided;
        i.amount_due = dec("0");
    };
    let paid = |i: &mut Document| i.amount_due = dec("0");
    let cases = vec![
        ("nothing changed", x.clone(), e.clone(), "agrees"),
        (
            "xero changed",
            changed(&x, &due),
            e.clone(),
            "write erpnext:update",
        ),
        (
            "erpnext changed",
            x.clone(),
            changed(&e, &due),
            "write xero:update",
        ),
        (
            "both changed to the same",
            changed(&x, &due),
            changed(&e, &due),
            "rebase",
        ),
        (
            "both changed",
            changed(&x, &due),
            changed(&e, &other_due),
            "problem both_changed",
        ),
        (
            "voided in xero",
            changed(&x, &void),
            e.clone(),
            "write erpnext:void",
        ),
        (
            "cancelled in erpnext",
            x.clone(),
            changed(&e, &void),
            "write xero:void",
        ),
        (
            "both ended",
            changed(&x, &void),
            changed(&e, &void),
            "rebase",
        ),
        (
            "paid on one side",
            changed(&x, &paid),
            e.clone(),
            "problem amount_due_differs",
        ),
        (
            "paid on both sides",
            changed(&x, &paid),
            changed(&e, &paid),
            "agrees",
        ),
        (
            "voided although paid there",
            changed(&x, &void),
            changed(&e, &paid),
            "problem cannot_void",
        ),
        (
            "edited although paid in erpnext",
            changed(&changed(&x, &due), &paid),
            changed(&e, &paid),
            "problem cannot_edit",
        ),
        (
            "xero takes a new due date on a paid invoice",
            changed(&x, &paid),
            changed(&changed(&e, &due), &paid),
            "write xero:update",
        ),
    ];
    for (name, xero, erpnext, expected) in cases {
        let situation = pair(xero, erpnext, both());
        assert_eq!(
            words(&situation, &policy()),
            [format!("x1/e1 {expected}")],
            "{name}"
        );
    }
}

/// What a person is shown to choose from.
fn shown(situation: &Situation) -> Vec<Difference> {
    let plan = plan(situation, &policy()).unwrap();
    let Outcome::Problem { cause, .. } = &plan.entries[0].outcome else {
        panic!("nobody is asked");
    };
    cause.choice().expect("a choice").0
}

/// ERPNext states the same document in its own way: net prices, tax per document, another order.
fn in_its_own_way(mut erpnext: Document) -> (Document, Document) {
    let (mut x, _) = both();
    x.price_mode = PriceMode::Inclusive;
    for (amount, tax) in [("60", "10"), ("60", "10")] {
        x.lines.push(Line {
            amount: dec(amount),
            unit_price: dec(amount),
            tax_amount: Some(dec(tax)),
            ..x.lines[0].clone()
        });
    }
    x.lines.remove(0);
    erpnext.lines[0].tax = None;
    erpnext.lines[0].tax_rate = None;
    erpnext.lines[0].description = "Roses\n(2 × 50)".into();
    (x, erpnext)
}

fn updated(situation: &Situation, policy: &Policy) -> Document {
    let plan = plan(situation, policy).unwrap();
    let mut found = plan.writes().filter_map(|(_, write)| match &write.change {
        crate::books::Change::Update { to, .. } => to.as_invoice().cloned(),
        _ => None,
    });
    found.next().expect("an update")
}

#[test]
fn only_what_changed_is_carried() {
    let (x, e) = in_its_own_way(both().1);
    let base = (x.clone(), e.clone());
    // A new reference in ERPNext, whose lines do not say their tax.
    let mut edited = e.clone();
    edited.reference = Some("PO 7".into());
    let to = updated(&pair(x.clone(), edited, base.clone()), &policy());
    assert_eq!(to.reference.as_deref(), Some("PO 7"));
    assert_eq!((to.price_mode, &to.lines), (x.price_mode, &x.lines));
    // The same the other way round.
    let mut edited = x.clone();
    edited.reference = Some("PO 8".into());
    let to = updated(&pair(edited, e.clone(), base.clone()), &policy());
    assert_eq!(to.reference.as_deref(), Some("PO 8"));
    assert_eq!((to.price_mode, &to.lines), (e.price_mode, &e.lines));
    // Where ERPNext's is replaced, too: how it states its tax stays its own.
    let mut due = x.clone();
    due.due_date = Some(day(15));
    let to = updated(&pair(due, e.clone(), base.clone()), &policy());
    assert_eq!((to.due_date, &to.lines), (Some(day(15)), &e.lines));
    // A line edited in ERPNext is carried as ERPNext says it.
    let mut edited = e.clone();
    edited.lines[0].description = "Tulips".into();
    edited.lines[0].tax = Some("UK VAT 20% - MF".into());
    let to = updated(&pair(x.clone(), edited, base.clone()), &policy());
    assert_eq!(to.lines.len(), 1);
    assert_eq!(to.lines[0].description, "Tulips");
    // A customer's new name is no change of the invoice.
    let mut renamed = e.clone();
    renamed.contact = RemoteId::new("E1 new");
    let mut situation = pair(x, renamed, base);
    let (old, new) = (RemoteId::new("E1"), RemoteId::new("E1 new"));
    let link = situation.contacts.remove(&(Side::Erpnext, old)).unwrap();
    situation
        .contacts
        .insert((Side::Erpnext, new.clone()), link);
    situation
        .contacts
        .get_mut(&(Side::Xero, RemoteId::new("X1")))
        .unwrap()
        .other = new;
    assert_eq!(words(&situation, &policy()), ["x1/e1 rebase"]);
}

#[test]
fn a_change_of_the_exchange_rate_alone_is_carried() {
    let (x, e) = both();
    let in_euros = |of: &Document, rate: &str| Document {
        currency: Currency::new("EUR").unwrap(),
        exchange_rate: Some(dec(rate)),
        ..of.clone()
    };
    let plan = |xero: &str, erpnext: &str| {
        let base = (in_euros(&x, "0.85"), in_euros(&e, "0.85"));
        words(
            &pair(in_euros(&x, xero), in_euros(&e, erpnext), base),
            &policy(),
        )
    };
    assert_eq!(plan("0.85", "0.85"), ["x1/e1 agrees"]);
    assert_eq!(plan("0.87", "0.85"), ["x1/e1 write erpnext:update"]);
    assert_eq!(plan("0.85", "0.87"), ["x1/e1 write xero:update"]);
    // Xero keeps six decimals of the inverse: what comes back differs by less than that.
    assert_eq!(plan("0.850001", "0.85"), ["x1/e1 rebase"]);
    assert_eq!(plan("0.85", "0.849999"), ["x1/e1 rebase"]);
    // Both to the same, and to different ones.
    assert_eq!(plan("0.87", "0.87"), ["x1/e1 rebase"]);
    assert_eq!(plan("0.87", "0.88"), ["x1/e1 problem both_changed"]);
}

#[test]
fn what_is_not_agreed_yet_is_for_a_person_unless_one_side_was_chosen() {
    let (x, e) = both();
    let due = Document {
        due_date: Some(day(15)),
        ..x.clone()
    };
    let mut situation = pair(due, e.clone(), both());
    situation.pairs[0].base = None;
    assert_eq!(
        words(&situation, &policy()),
        ["x1/e1 problem differ_on_both_sides"]
    );
    situation.choices = vec![Choice::Keep {
        kind: Kind::Invoice,
        side: Side::Xero,
        id: RemoteId::new("x1"),
        winner: Side::Xero,
        shown: shown(&situation),
    }];
    assert_eq!(words(&situation, &policy()), ["x1/e1 write erpnext:update"]);
    // Both have come to say the same meanwhile.
    let mut situation = pair(x, e, both());
    situation.pairs[0].base = None;
    assert_eq!(words(&situation, &policy()), ["x1/e1 rebase"]);
}

#[test]
fn a_link_whose_record_is_gone_is_shown_and_not_written() {
    let (x, e) = both();
    for (side, expected) in [
        (Side::Xero, "-/e1 problem vanished"),
        (Side::Erpnext, "x1/- problem vanished"),
    ] {
        let mut situation = pair(x.clone(), e.clone(), both());
        match side {
            Side::Xero => situation.pairs[0].xero = None,
            Side::Erpnext => situation.pairs[0].erpnext = None,
        }
        assert_eq!(words(&situation, &policy()), [expected]);
    }
}

#[test]
fn what_ended_on_one_side_is_not_brought_back() {
    let (x, e) = both();
    let void = |of: &Document| Document {
        state: DocumentState::Voided,
        amount_due: dec("0"),
        ..of.clone()
    };
    let changed = Document {
        due_date: Some(day(15)),
        ..x.clone()
    };
    // Voided before, in agreement with nobody: an edit of the other side cannot revive it.
    let situation = pair(changed, void(&e), (x, void(&e)));
    assert_eq!(words(&situation, &policy()), ["x1/e1 problem cannot_edit"]);
}

#[test]
fn two_that_agree_on_what_is_owed_keep_their_own_contents() {
    let (mut x, mut e) = both();
    x.total = dec("70");
    x.net_total = dec("70");
    x.tax_total = dec("0");
    x.amount_due = dec("70");
    e.amount_due = dec("70");
    let base = (x.clone(), e.clone());
    let now =
        |x: &Document, e: &Document| words(&pair(x.clone(), e.clone(), base.clone()), &policy());
    assert_eq!(now(&x, &e), ["x1/e1 agrees"]);
    let edited = Document {
        reference: Some("PO 7".into()),
        ..e.clone()
    };
    assert_eq!(now(&x, &edited), ["x1/e1 rebase"]);
    // Paid on one side, on both, and cancelled.
    x.amount_due = dec("20");
    assert_eq!(now(&x, &e), ["x1/e1 problem amount_due_differs"]);
    e.amount_due = dec("20");
    assert_eq!(now(&x, &e), ["x1/e1 agrees"]);
    x.amount_due = dec("70");
    e.state = DocumentState::Voided;
    assert_eq!(now(&x, &e), ["x1/e1 write xero:void"]);
}

/// A customer that is renamed is the same one, whatever else was edited, and whatever way Xero says lines
/// that ERPNext says in another.
#[test]
fn a_renamed_customer_is_no_edit_of_its_documents() {
    let rename = |mut situation: Situation| {
        let (old, new) = (RemoteId::new("E1"), RemoteId::new("E1 new"));
        let link = situation.contacts.remove(&(Side::Erpnext, old)).unwrap();
        situation
            .contacts
            .insert((Side::Erpnext, new.clone()), link);
        let xero = (Side::Xero, RemoteId::new("X1"));
        situation.contacts.get_mut(&xero).unwrap().other = new.clone();
        let now = situation.pairs[0].erpnext.as_mut().unwrap();
        if let Record::Invoice(invoice) = &mut now.record {
            invoice.contact = new;
        }
        situation
    };
    let (mut x, mut e) = both();
    // Sent as one piece, because quantity and price do not make the amount.
    x.lines[0].description = "Work (5.1 × 19.61)".into();
    e.lines[0].description = "Work".into();
    e.lines[0].quantity = dec("5.1");
    e.lines[0].unit_price = dec("19.61");
    let base = (x.clone(), e.clone());
    let renamed = rename(pair(x.clone(), e.clone(), base.clone()));
    assert_eq!(words(&renamed, &policy()), ["x1/e1 rebase"]);
    let mut edited = x.clone();
    edited.reference = Some("PO 1".into());
    let mut renamed = rename(pair(edited, e, base.clone()));
    assert_eq!(words(&renamed, &policy()), ["x1/e1 write erpnext:update"]);
    assert_eq!(
        updated(&renamed, &policy()).contact,
        RemoteId::new("E1 new")
    );
    // Another customer is an edit.
    let other = RemoteId::new("E2");
    for (side, id, to) in [(Side::Erpnext, "E2", "X2"), (Side::Xero, "X2", "E2")] {
        renamed.contacts.insert(
            (side, RemoteId::new(id)),
            ContactLink {
                other: RemoteId::new(to),
                other_archived: false,
            },
        );
    }
    if let Record::Invoice(invoice) = &mut renamed.pairs[0].erpnext.as_mut().unwrap().record {
        invoice.contact = other;
    }
    assert_eq!(
        words(&renamed, &policy()),
        ["x1/e1 write xero:update erpnext:update"]
    );
    assert_eq!(updated(&renamed, &policy()).contact, RemoteId::new("X2"));
}

#[test]
fn an_amended_document_edited_on_both_sides_gets_our_marker_too() {
    let (mut x, mut e) = both();
    x.reference = Some("R1".into());
    e.lines[0].description = "Tulips".into();
    let mut situation = pair(x, e, both());
    if let Some(amended) = &mut situation.pairs[0].erpnext {
        amended.marker = None;
    }
    assert_eq!(
        words(&situation, &policy()),
        ["x1/e1 write xero:update erpnext:update erpnext:mark"]
    );
}

#[test]
fn a_disabled_customer_keeps_a_replacement_back_and_a_reference_not() {
    let planned = |change: fn(&mut Document)| {
        let mut x = both().0;
        change(&mut x);
        let mut situation = pair(x, both().1, both());
        for link in situation.contacts.values_mut() {
            link.other_archived = true;
        }
        words(&situation, &policy())
    };
    assert_eq!(
        planned(|it| it.due_date = Some(day(29))),
        ["x1/e1 problem contact_archived"]
    );
    assert_eq!(
        planned(|it| it.reference = Some("R1".into())),
        ["x1/e1 write erpnext:update"]
    );
}

/// What is written to is the draft itself: ERPNext has nothing to replace there, the original is cancelled.
#[test]
fn a_replacement_under_way_is_written_to_as_the_draft_that_it_is() {
    let (x, e) = both();
    let mut draft = e.clone();
    draft.state = DocumentState::Draft;
    let situation = pair(x.clone(), draft, (x, e));
    let plan = plan(&situation, &policy()).unwrap();
    let (_, write) = plan.writes().next().unwrap();
    let Change::Update {
        from,
        to,
        under_way: true,
        ..
    } = &write.change
    else {
        panic!("{write:?}");
    };
    let state = |record: &Record| record.document().unwrap().state;
    assert_eq!(
        (state(from), state(to)),
        (DocumentState::Draft, DocumentState::Approved)
    );
}
