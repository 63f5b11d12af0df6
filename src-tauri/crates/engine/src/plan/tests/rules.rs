//! Rules, lock dates, refusals that stand, and what a person is asked first.

use ledger::OpeningEntry;
use store::Voids;

use super::*;
use crate::books::Opening;

/// The documents that people had before the books began are not carried twice.
#[test]
fn what_was_owed_when_the_books_began_is_no_new_document() {
    let (x, _) = both();
    let (customer, invoiced) = (RemoteId::new("E1"), x.date);
    let situation = |choices: Vec<Choice>| {
        let mut situation = linked_contact();
        let invoice = record("x1", Record::Invoice(x.clone()));
        situation.unlinked.xero.push(invoice);
        situation.choices = choices;
        situation
    };
    let began = |date: NaiveDate| Policy {
        sides: PerSide {
            erpnext: SideFacts {
                opening: Opening {
                    account: None,
                    entries: vec![OpeningEntry {
                        id: RemoteId::new("JV-1"),
                        contact: customer.clone(),
                        date,
                    }],
                },
                ..SideFacts::default()
            },
            ..PerSide::default()
        },
        ..policy()
    };
    let held = ["x1/- problem in_opening_entry"];
    assert_eq!(words(&situation(vec![]), &began(invoiced)), held);
    let new = Choice::New {
        kind: Kind::Invoice,
        side: Side::Xero,
        id: RemoteId::new("x1"),
    };
    let created = words(&situation(vec![]), &policy());
    assert_eq!(words(&situation(vec![new]), &began(invoiced)), created);
    let earlier = began(invoiced.pred_opt().unwrap());
    assert_eq!(words(&situation(vec![]), &earlier), created);

    let account = x.lines[0].account.clone();
    let balance = Policy {
        sides: PerSide {
            xero: SideFacts {
                opening: Opening {
                    account,
                    entries: vec![],
                },
                ..SideFacts::default()
            },
            ..PerSide::default()
        },
        ..policy()
    };
    let held = ["x1/- problem conversion_balance"];
    assert_eq!(words(&situation(vec![]), &balance), held);
}

#[test]
fn rules_hold() {
    let (x, e) = both();
    let only_xero = || {
        let mut situation = linked_contact();
        situation
            .unlinked
            .xero
            .push(record("x1", Record::Invoice(x.clone())));
        situation
    };
    let locked = Policy {
        sides: PerSide {
            erpnext: SideFacts {
                locked_until: Some(day(2)),
                ..SideFacts::default()
            },
            ..PerSide::default()
        },
        ..policy()
    };
    assert_eq!(words(&only_xero(), &locked), ["x1/- problem period_locked"]);
    let euros = Policy {
        sides: PerSide {
            erpnext: SideFacts {
                currencies: vec![Currency::new("EUR").unwrap()],
                ..SideFacts::default()
            },
            ..PerSide::default()
        },
        ..policy()
    };
    assert_eq!(
        words(&only_xero(), &euros),
        ["x1/- problem currency_not_used"]
    );
    let to_xero = Policy {
        invoices: Direction::ToXero,
        ..policy()
    };
    assert_eq!(words(&only_xero(), &to_xero), ["x1/- leave Direction"]);
    let later = Policy {
        start_date: Some(day(3)),
        ..policy()
    };
    assert_eq!(words(&only_xero(), &later), ["x1/- leave BeforeStart"]);
    // Records that both sides have are linked, whatever the start date.
    let mut historic = only_xero();
    historic
        .unlinked
        .erpnext
        .push(record("e1", Record::Invoice(e)));
    assert_eq!(words(&historic, &later), ["x1/e1 link Number erpnext:mark"]);
}

#[test]
fn a_refused_write_is_not_sent_again_until_something_changes() {
    let mut situation = linked_contact();
    let (x, _) = both();
    situation
        .unlinked
        .xero
        .push(record("x1", Record::Invoice(x)));
    let first = plan(&situation, &policy()).unwrap();
    let (_, write) = first.writes().next().unwrap();
    let cause = ledger::Cause::refused(Side::Erpnext, "no");
    situation.refused.insert(
        (Kind::Invoice, Side::Xero, RemoteId::new("x1")),
        Refusal {
            fingerprint: write.fingerprint.clone(),
            cause,
        },
    );
    assert_eq!(words(&situation, &policy()), ["x1/- problem refused"]);
    let remapped = Policy {
        mappings: mapped(&[
            (MappingKind::Account, "200", "Other - MF"),
            (MappingKind::Tax, "OUTPUT2", "UK VAT 20% - MF"),
        ]),
        ..policy()
    };
    assert_eq!(words(&situation, &remapped), ["x1/- write erpnext:create"]);
}

#[test]
fn many_voids_ask_first() {
    let (x, e) = both();
    let void = |of: &Document| Document {
        state: DocumentState::Voided,
        amount_due: dec("0"),
        ..of.clone()
    };
    let situation = pair(void(&x), e, both());
    let plan = plan(&situation, &policy()).unwrap();
    assert_eq!(guard(&plan, &policy(), 0), []);
    let strict = Policy {
        ask_from_voids: 1,
        ..policy()
    };
    assert_eq!(
        guard(&plan, &strict, 0),
        [Guard::ManyVoids {
            count: 1,
            lately: 0,
            threshold: 1
        }]
    );
}

#[test]
fn many_updates_ask_first_and_archiving_counts_as_a_void() {
    let (x, e) = both();
    let asked_from = |voids: u32, updates: u32| Policy {
        ask_from_voids: voids,
        ask_from_updates: updates,
        ..policy()
    };
    // An approved document is replaced by another in ERPNext, which ends the one that people know.
    let replaced = Document {
        due_date: Some(day(15)),
        ..x.clone()
    };
    let replaced = plan(&pair(replaced, e.clone(), both()), &policy()).unwrap();
    assert_eq!(guard(&replaced, &asked_from(2, 1), 0), []);
    assert_eq!(
        guard(&replaced, &asked_from(2, 1), 1),
        [Guard::ManyVoids {
            count: 1,
            lately: 1,
            threshold: 2
        }],
        "many small plans are a large one"
    );
    let nothing = plan(&Situation::default(), &policy()).unwrap();
    assert_eq!(guard(&nothing, &asked_from(2, 1), 9), []);
    // Its reference may be changed where it is, and so may all of it in Xero.
    let changed = Document {
        reference: Some("PO 7".into()),
        ..x
    };
    let edited = plan(&pair(changed, e, both()), &policy()).unwrap();
    assert_eq!(guard(&edited, &asked_from(1, 2), 0), []);
    assert_eq!(
        guard(&edited, &asked_from(1, 1), 0),
        [Guard::ManyUpdates {
            count: 1,
            threshold: 1
        }]
    );
    let mut situation = linked_contact();
    let archived = Record::Contact(Contact {
        name: "A".into(),
        archived: true,
        ..Contact::default()
    });
    situation.pairs.push(LinkedPair {
        link: 8,
        xero: Some(record("X1", archived)),
        erpnext: Some(marked("E1", "X1", contact("A"))),
        base: Some(Base {
            xero: contact("A"),
            erpnext: contact("A"),
        }),
    });
    assert_eq!(words(&situation, &policy()), ["X1/E1 write erpnext:update"]);
    let ends = plan(&situation, &policy()).unwrap();
    assert_eq!(
        guard(&ends, &asked_from(1, 1), 0),
        [Guard::ManyVoids {
            count: 1,
            lately: 0,
            threshold: 1
        }]
    );
}

#[test]
fn a_linked_document_in_a_locked_period_is_neither_edited_nor_voided() {
    let (x, e) = both();
    let locked = Policy {
        sides: PerSide {
            erpnext: SideFacts {
                locked_until: Some(day(2)),
                ..SideFacts::default()
            },
            ..PerSide::default()
        },
        ..policy()
    };
    let moved = Document {
        date: day(20),
        ..x.clone()
    };
    let voided = Document {
        state: DocumentState::Voided,
        amount_due: dec("0"),
        ..x.clone()
    };
    for xero in [moved, voided] {
        assert_eq!(
            words(&pair(xero, e.clone(), both()), &locked),
            ["x1/e1 problem period_locked"]
        );
    }
    // A day later it is open.
    let open = Policy {
        sides: PerSide {
            erpnext: SideFacts {
                locked_until: Some(day(1)),
                ..SideFacts::default()
            },
            ..PerSide::default()
        },
        ..policy()
    };
    let due = Document {
        due_date: Some(day(15)),
        ..x
    };
    assert_eq!(
        words(&pair(due, e, both()), &open),
        ["x1/e1 write erpnext:update"]
    );
}

/// A payment and a paid-back credit note follow their own rule, and a draft is in no books yet.
#[test]
fn what_ended_on_one_side_follows_the_rule_of_its_kind() {
    use ledger::Payment;
    let alike = |side, invoice| super::payments::paid(side, &[(invoice, "50")]);
    let (x, e) = (alike(Side::Xero, "x1"), alike(Side::Erpnext, "e1"));
    let ended = Payment {
        state: DocumentState::Voided,
        ..x.clone()
    };
    let shown = |voids: Voids, of: Kind| {
        let mut situation = owed(&[(1, "120", "70")]);
        super::payments::linked(
            &mut situation,
            ended.clone(),
            e.clone(),
            (x.clone(), e.clone()),
        );
        let mut policy = policy();
        policy.voids.insert(of, voids);
        words(&situation, &policy)
    };
    let asked = ["px/pe problem ended_there"];
    assert_eq!(shown(Voids::Ask, Kind::Payment), asked);
    assert_eq!(shown(Voids::Never, Kind::Payment), asked);
    let carried = ["px/pe write erpnext:void"];
    assert_eq!(shown(Voids::Void, Kind::Payment), carried);
    assert_eq!(shown(Voids::Never, Kind::Invoice), carried);
    let invoices = |state: DocumentState, voids: Voids| {
        let (mut left, mut right) = both();
        right.state = state;
        let base = (left.clone(), right.clone());
        left.state = DocumentState::Voided;
        left.amount_due = Decimal::ZERO;
        let situation = pair(left, right, base);
        let mut policy = policy();
        policy.voids.insert(Kind::Invoice, voids);
        words(&situation, &policy)
    };
    let asked = ["x1/e1 problem ended_there"];
    assert_eq!(invoices(DocumentState::Approved, Voids::Ask), asked);
    let carried = ["x1/e1 write erpnext:void"];
    assert_eq!(invoices(DocumentState::Draft, Voids::Ask), carried);
}
