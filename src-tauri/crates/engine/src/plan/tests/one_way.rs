//! Rules that carry a kind one way, which side holds where both changed something, and what else rules say of
//! who and what travels.

use store::Voids;

use super::*;

fn one_way(to: Direction) -> Policy {
    Policy {
        contacts: to,
        invoices: to,
        credit_notes: to,
        payments: to,
        ..policy()
    }
}

fn with(of: &Document, change: impl FnOnce(&mut Document)) -> Document {
    let mut of = of.clone();
    change(&mut of);
    of
}

/// The only problem of a plan: the side, and what a person is shown and offered.
fn asked(situation: &Situation, policy: &Policy) -> (Side, Vec<String>, Vec<Side>) {
    let plan = plan(situation, policy).unwrap();
    let outcome = plan.entries.iter().map(|it| &it.outcome);
    let mut problems = outcome.filter_map(|it| match it {
        Outcome::Problem { cause, .. } => Some(cause.clone()),
        _ => None,
    });
    let Some(Cause::EditedOneWay {
        side,
        differences,
        offered,
    }) = problems.next()
    else {
        panic!("nobody is asked: {:?}", words(situation, policy))
    };
    let fields = differences.into_iter().map(|it| it.field).collect();
    (side, fields, offered)
}

fn keep(kind: Kind, id: &str, winner: Side, shown: Vec<Difference>) -> Choice {
    Choice::Keep {
        kind,
        side: Side::Xero,
        id: RemoteId::new(id),
        winner,
        shown,
    }
}

fn shown(situation: &Situation, policy: &Policy) -> Vec<Difference> {
    let plan = plan(situation, policy).unwrap();
    match &plan.entries[0].outcome {
        Outcome::Problem {
            cause: Cause::EditedOneWay { differences, .. },
            ..
        } => differences.clone(),
        other => panic!("nobody is asked: {other:?}"),
    }
}

#[test]
fn an_edit_against_the_rule_is_neither_carried_nor_put_back_unasked() {
    let (x, e) = both();
    let edited = with(&x, |it| it.due_date = Some(day(15)));
    let to_xero = one_way(Direction::ToXero);
    let mut situation = pair(edited.clone(), e.clone(), both());
    assert_eq!(
        asked(&situation, &to_xero),
        (
            Side::Xero,
            vec!["due date".to_owned()],
            vec![Side::Xero, Side::Erpnext]
        )
    );
    // It goes the way that the rule carries, and nobody is asked where nothing is carried at all.
    let to_erpnext = one_way(Direction::ToErpnext);
    assert_eq!(
        words(&situation, &to_erpnext),
        ["x1/e1 write erpnext:update"]
    );
    let off = one_way(Direction::Off);
    assert_eq!(words(&situation, &off), ["x1/e1 leave Direction"]);
    // Taken over, or put back, as a person says who was shown just this.
    let differences = shown(&situation, &to_xero);
    let kept = |winner| vec![keep(Kind::Invoice, "x1", winner, differences.clone())];
    situation.choices = kept(Side::Xero);
    assert_eq!(words(&situation, &to_xero), ["x1/e1 write erpnext:update"]);
    situation.choices = kept(Side::Erpnext);
    assert_eq!(words(&situation, &to_xero), ["x1/e1 write xero:update"]);
    let again = with(&edited, |it| it.due_date = Some(day(16)));
    let mut situation = pair(again, e, both());
    situation.choices = kept(Side::Xero);
    assert_eq!(
        words(&situation, &to_xero),
        ["x1/e1 problem edited_one_way"]
    );
}

#[test]
fn what_the_rule_carries_goes_although_something_else_stays() {
    let (x, e) = both();
    let to_xero = one_way(Direction::ToXero);
    let situation = pair(
        with(&x, |it| it.due_date = Some(day(15))),
        with(&e, |it| it.reference = Some("PO-7".into())),
        both(),
    );
    let plan = plan(&situation, &to_xero).unwrap();
    let [write] = plan.entries[0].writes() else {
        panic!("{:?}", words(&situation, &to_xero))
    };
    assert_eq!(write.target, Side::Xero);
    assert!(
        write.leaves_edits,
        "the base stays, or the edit is forgotten"
    );
    let meant = write.change.meant().unwrap().document().unwrap();
    assert_eq!(meant.reference.as_deref(), Some("PO-7"));
    assert_eq!(meant.due_date, Some(day(15)), "it is not put back");
    // Both ways, nothing stays.
    let plan = super::plan(&situation, &policy()).unwrap();
    let writes = plan.entries[0].writes();
    assert_eq!(writes.len(), 2);
    assert!(writes.iter().all(|write| !write.leaves_edits));
}

#[test]
fn an_end_against_the_rule_is_named() {
    let (x, e) = both();
    let void = |of: &Document| {
        with(of, |it| {
            it.state = DocumentState::Voided;
            it.amount_due = dec("0");
        })
    };
    let situation = pair(void(&x), e, both());
    let to_xero = one_way(Direction::ToXero);
    assert_eq!(words(&situation, &to_xero), ["x1/e1 problem ended_there"]);
    let off = one_way(Direction::Off);
    assert_eq!(words(&situation, &off), ["x1/e1 leave Direction"]);
    let never = Policy {
        voids: [(Kind::Invoice, Voids::Never)].into(),
        ..one_way(Direction::ToErpnext)
    };
    assert_eq!(words(&situation, &never), ["x1/e1 problem ended_there"]);
}

fn contacts(xero: Record, erpnext: Record, base: (Record, Record)) -> Situation {
    let mut situation = Situation::default();
    situation.pairs.push(LinkedPair {
        link: 1,
        xero: Some(record("X1", xero)),
        erpnext: Some(marked("E1", "X1", erpnext)),
        base: Some(Base {
            xero: base.0,
            erpnext: base.1,
        }),
    });
    situation
}

#[test]
fn a_contact_edited_against_the_rule_is_asked_about_field_by_field() {
    let before = || contact_with("Acme", Some("GB1"), None);
    let to_xero = one_way(Direction::ToXero);
    let edited = contact_with("Acme", Some("GB2"), None);
    let mut situation = contacts(edited.clone(), before(), (before(), before()));
    assert_eq!(
        asked(&situation, &to_xero),
        (
            Side::Xero,
            vec!["tax number".to_owned()],
            vec![Side::Xero, Side::Erpnext]
        )
    );
    let differences = shown(&situation, &to_xero);
    for (winner, expected) in [
        (Side::Xero, "X1/E1 write erpnext:update"),
        (Side::Erpnext, "X1/E1 write xero:update"),
    ] {
        situation.choices = vec![keep(Kind::Contact, "X1", winner, differences.clone())];
        assert_eq!(words(&situation, &to_xero), [expected]);
    }
    // What ERPNext says besides goes, and what Xero's edit says stays there.
    let mailed = contact_with("Acme", Some("GB1"), Some("a@acme.example"));
    let situation = contacts(edited, mailed, (before(), before()));
    let plan = plan(&situation, &to_xero).unwrap();
    let [write] = plan.entries[0].writes() else {
        panic!("{:?}", words(&situation, &to_xero))
    };
    let meant = write.change.meant().unwrap().as_contact().unwrap();
    assert_eq!(meant.email.as_deref(), Some("a@acme.example"));
    assert_eq!(meant.tax_number.as_deref(), Some("GB2"));
    assert!(write.leaves_edits);
    // A value that ERPNext has lacked since they were linked is no edit.
    let lacks = || contact_with("Acme", None, None);
    let situation = contacts(before(), lacks(), (before(), lacks()));
    assert_eq!(words(&situation, &to_xero), ["X1/E1 agrees"]);
}

#[test]
fn which_side_holds_is_a_rule_for_fields_that_both_changed_and_for_nothing_else() {
    let (x, e) = both();
    let wins = |side: Side| Policy {
        conflicts: [(Kind::Invoice, side), (Kind::Contact, side)].into(),
        ..policy()
    };
    let both_changed = pair(
        with(&x, |it| it.due_date = Some(day(15))),
        with(&e, |it| it.due_date = Some(day(16))),
        both(),
    );
    assert_eq!(
        words(&both_changed, &policy()),
        ["x1/e1 problem both_changed"]
    );
    for (side, expected, due) in [
        (Side::Xero, "x1/e1 write erpnext:update", day(15)),
        (Side::Erpnext, "x1/e1 write xero:update", day(16)),
    ] {
        let plan = plan(&both_changed, &wins(side)).unwrap();
        assert_eq!(words(&both_changed, &wins(side)), [expected]);
        let write = &plan.entries[0].writes()[0];
        let meant = write.change.meant().unwrap().document().unwrap();
        assert_eq!(meant.due_date, Some(due));
        let gave_way: Vec<&str> = write.decided.iter().map(|it| it.field.as_str()).collect();
        assert_eq!(gave_way, ["due date"]);
    }
    // The other fields that one side changed are carried as ever.
    let more = pair(
        with(&x, |it| it.due_date = Some(day(15))),
        with(&e, |it| {
            it.due_date = Some(day(16));
            it.reference = Some("PO-7".into());
        }),
        both(),
    );
    assert_eq!(
        words(&more, &wins(Side::Xero)),
        ["x1/e1 write xero:update erpnext:update"]
    );
    // An end is no edit: against an edit it is asked about, whatever the rule.
    let ended = with(&x, |it| {
        it.state = DocumentState::Voided;
        it.amount_due = dec("0");
    });
    let ended = pair(ended, with(&e, |it| it.due_date = Some(day(16))), both());
    for side in Side::BOTH {
        assert_eq!(
            words(&ended, &wins(side)),
            ["x1/e1 problem both_changed"],
            "{side}"
        );
    }
    let number = |tax: &str| contact_with("Acme", Some(tax), None);
    let situation = contacts(number("GB2"), number("GB3"), (number("GB1"), number("GB1")));
    let of_contacts = plan(&situation, &wins(Side::Erpnext)).unwrap();
    assert_eq!(
        words(&situation, &wins(Side::Erpnext)),
        ["X1/E1 write xero:update"]
    );
    assert_eq!(of_contacts.entries[0].writes()[0].decided.len(), 1);
}

#[test]
fn what_the_rules_close_is_written_on_neither_side() {
    let closed = |until| Policy {
        closed_until: Some(until),
        ..policy()
    };
    let (x, e) = both();
    let mut situation = linked_contact();
    situation
        .unlinked
        .xero
        .push(record("x1", Record::Invoice(x.clone())));
    assert_eq!(
        words(&situation, &closed(day(2))),
        ["x1/- problem closed_by_rules"]
    );
    assert_eq!(
        words(&situation, &closed(day(1))),
        ["x1/- write erpnext:create"]
    );
    let edited = with(&e, |it| it.due_date = Some(day(15)));
    let situation = pair(x, edited, both());
    assert_eq!(
        words(&situation, &closed(day(2))),
        ["x1/e1 problem closed_by_rules"]
    );
    // A side's own lock date is named where both hold.
    let locked = Policy {
        sides: PerSide {
            xero: SideFacts {
                locked_until: Some(day(2)),
                ..SideFacts::default()
            },
            ..PerSide::default()
        },
        ..closed(day(20))
    };
    assert_eq!(words(&situation, &locked), ["x1/e1 problem period_locked"]);
}

#[test]
fn contacts_travel_with_a_document_that_does_where_the_rules_say_so() {
    let only = Policy {
        contacts_with_documents: true,
        ..policy()
    };
    let situation = |document: Option<Document>| {
        let mut situation = Situation::default();
        situation.unlinked.xero.push(record("X1", contact("Acme")));
        let of = document.map(|it| record("x1", Record::Invoice(it)));
        situation.unlinked.xero.extend(of);
        situation
    };
    let (x, _) = both();
    let alone = situation(None);
    assert_eq!(words(&alone, &policy()), ["X1/- write erpnext:create"]);
    assert_eq!(words(&alone, &only), ["X1/- leave NoDocuments"]);
    let invoiced = situation(Some(x.clone()));
    assert_eq!(
        words(&invoiced, &only),
        ["X1/- write erpnext:create", "x1/- write erpnext:create"]
    );
    // A document that stays brings nobody along.
    let later = Policy {
        start_date: Some(day(3)),
        ..only.clone()
    };
    assert_eq!(
        words(&invoiced, &later),
        ["X1/- leave NoDocuments", "x1/- leave BeforeStart"]
    );
    let draft = situation(Some(with(&x, |it| it.state = DocumentState::Draft)));
    assert_eq!(
        words(&draft, &only),
        ["X1/- leave NoDocuments", "x1/- leave Draft"]
    );
    let to_xero = Policy {
        invoices: Direction::ToXero,
        ..only
    };
    assert_eq!(words(&invoiced, &to_xero)[0], "X1/- leave NoDocuments");
}
