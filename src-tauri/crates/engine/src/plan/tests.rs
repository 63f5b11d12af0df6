//! The planner's decision tables: what stands on both sides → what is done.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::type_complexity)]

use chrono::NaiveDate;
use ledger::mapping::Mapping;
use ledger::{
    Contact, Currency, DocumentState, Invoice, Kind, Line, MappingKind, Mappings, PriceMode,
    Record, RemoteId, Side, Version,
};
use proptest::prelude::*;
use rust_decimal::Decimal;

use super::*;

fn dec(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn day(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, day).unwrap()
}

fn record(id: &str, record: Record) -> SideRecord {
    SideRecord {
        id: RemoteId::new(id),
        version: Version::new("1"),
        marker: None,
        record,
        half_replaced: false,
    }
}

fn marked(id: &str, marker: &str, of: Record) -> SideRecord {
    SideRecord {
        marker: Some(RemoteId::new(marker)),
        ..record(id, of)
    }
}

fn contact(name: &str) -> Record {
    Record::Contact(Contact {
        name: name.into(),
        ..Contact::default()
    })
}

fn contact_with(name: &str, tax: Option<&str>, email: Option<&str>) -> Record {
    Record::Contact(Contact {
        name: name.into(),
        tax_number: tax.map(Into::into),
        email: email.map(Into::into),
        ..Contact::default()
    })
}

/// An approved invoice of 100 + 20 % on account and tax keys of the side.
fn invoice(side: Side, number: &str, contact: &str) -> Invoice {
    let (account, tax) = match side {
        Side::Xero => ("200", "OUTPUT2"),
        Side::Erpnext => ("Sales - MF", "UK VAT 20% - MF"),
    };
    Invoice {
        number: Some(number.into()),
        contact: RemoteId::new(contact),
        contact_name: "Harbour Hotels".into(),
        state: DocumentState::Approved,
        date: day(2),
        due_date: Some(day(30)),
        currency: Currency::new("GBP").unwrap(),
        exchange_rate: None,
        reference: None,
        price_mode: PriceMode::Exclusive,
        lines: vec![Line {
            id: Some("row".into()),
            description: "Roses".into(),
            item_code: None,
            quantity: dec("1"),
            unit_price: dec("100"),
            discount_percent: None,
            amount: dec("100"),
            account: Some(account.into()),
            tax: Some(tax.into()),
            tax_rate: Some(dec("20")),
            tax_amount: None,
        }],
        net_total: dec("100"),
        tax_total: dec("20"),
        total: dec("120"),
        amount_due: dec("120"),
    }
}

fn mapping(kind: MappingKind, xero: &str, erpnext: &str) -> Mapping {
    Mapping {
        kind,
        xero: xero.into(),
        erpnext: erpnext.into(),
    }
}

fn policy() -> Policy {
    Policy {
        contacts: Direction::Both,
        invoices: Direction::Both,
        start_date: None,
        drafts: false,
        prefer: None,
        mappings: Mappings(vec![
            mapping(MappingKind::Account, "200", "Sales - MF"),
            mapping(MappingKind::Tax, "OUTPUT2", "UK VAT 20% - MF"),
        ]),
        sides: PerSide::default(),
        ask_from_voids: 10,
        ask_from_updates: 200,
    }
}

/// Contacts X1 and E1 are linked.
fn linked_contact() -> Situation {
    let mut situation = Situation::default();
    for (side, mine, other) in [(Side::Xero, "X1", "E1"), (Side::Erpnext, "E1", "X1")] {
        situation.contacts.insert(
            (side, RemoteId::new(mine)),
            ContactLink {
                other: RemoteId::new(other),
                other_archived: false,
            },
        );
    }
    situation
}

fn pair(xero: Invoice, erpnext: Invoice, base: (Invoice, Invoice)) -> Situation {
    let mut situation = linked_contact();
    situation.pairs.push(LinkedPair {
        link: 7,
        xero: Some(record("x1", Record::Invoice(xero))),
        erpnext: Some(marked("e1", "x1", Record::Invoice(erpnext))),
        base: Some(Base {
            xero: Record::Invoice(base.0),
            erpnext: Record::Invoice(base.1),
        }),
    });
    situation
}

fn both() -> (Invoice, Invoice) {
    (
        invoice(Side::Xero, "INV-1", "X1"),
        invoice(Side::Erpnext, "INV-1", "E1"),
    )
}

/// One word for each entry: enough to read a table by.
fn words(situation: &Situation, policy: &Policy) -> Vec<String> {
    plan(situation, policy)
        .expect("complete")
        .entries
        .iter()
        .map(|entry| {
            let what = match &entry.outcome {
                Outcome::Agrees => "agrees".to_owned(),
                Outcome::OutOfScope(scope) => format!("leave {scope:?}"),
                Outcome::Rebase => "rebase".to_owned(),
                Outcome::Problem { cause, .. } => format!("problem {}", cause.word()),
                Outcome::Link { reason, writes } => format!("link {reason:?}{}", targets(writes)),
                Outcome::Write(writes) => format!("write{}", targets(writes)),
            };
            let id = |subject: &Option<Subject>| {
                subject
                    .as_ref()
                    .map_or("-".to_owned(), |subject| subject.id.to_string())
            };
            format!("{}/{} {what}", id(&entry.xero), id(&entry.erpnext))
        })
        .collect()
}

fn targets(writes: &[PlannedWrite]) -> String {
    let one = |write: &PlannedWrite| [" ", write.target.word(), ":", write.change.word()].concat();
    writes.iter().map(one).collect()
}

#[test]
fn contacts_without_a_link() {
    let cases: Vec<(&str, Vec<SideRecord>, Vec<SideRecord>, Vec<&str>)> = vec![
        (
            "one side only",
            vec![record("X1", contact("A"))],
            vec![],
            vec!["X1/- write erpnext:create"],
        ),
        (
            "other side only",
            vec![],
            vec![record("E1", contact("A"))],
            vec!["-/E1 write xero:create"],
        ),
        (
            "marker beats everything",
            vec![record("X1", contact("A")), record("X2", contact("B"))],
            vec![marked("E1", "X2", contact("A"))],
            vec!["X1/- problem name_taken", "X2/E1 link Marker"],
        ),
        (
            "marker and the same facts need no write",
            vec![record("X1", contact("A"))],
            vec![marked("E1", "X1", contact("a"))],
            vec!["X1/E1 link Marker"],
        ),
        (
            "tax number, then the marker is set",
            vec![record(
                "X1",
                contact_with("Lindqvist", Some("SE 5566-778"), None),
            )],
            vec![record(
                "E1",
                contact_with("lindqvist", Some("SE5566778"), None),
            )],
            vec!["X1/E1 link TaxNumber erpnext:mark"],
        ),
        (
            "a value one side lacks is filled in",
            vec![record("X1", contact_with("A", None, Some("a@x.example")))],
            vec![record("E1", contact("A"))],
            vec!["X1/E1 link Name erpnext:update erpnext:mark"],
        ),
        (
            "two candidates are for a person, and nothing is created",
            vec![record("X1", contact("A")), record("X2", contact("a"))],
            vec![record("E1", contact("A"))],
            vec![
                "-/E1 problem several_candidates",
                "X1/- problem several_candidates",
                "X2/- problem several_candidates",
            ],
        ),
        (
            "a marker that names nobody here is not carried over",
            vec![],
            vec![marked("E1", "gone", contact("A"))],
            vec!["-/E1 problem vanished"],
        ),
    ];
    for (name, xero, erpnext, expected) in cases {
        let situation = Situation {
            unlinked: PerSide { xero, erpnext },
            ..Situation::default()
        };
        assert_eq!(words(&situation, &policy()), expected, "{name}");
    }
}

#[test]
fn invoices_without_a_link() {
    let (x, e) = both();
    let with = |change: &dyn Fn(&mut Invoice), of: &Invoice| {
        let mut of = of.clone();
        change(&mut of);
        Record::Invoice(of)
    };
    let cases: Vec<(&str, Option<Record>, Option<Record>, Vec<&str>)> = vec![
        (
            "xero only",
            Some(with(&|_| {}, &x)),
            None,
            vec!["x1/- write erpnext:create"],
        ),
        (
            "erpnext only",
            None,
            Some(with(&|_| {}, &e)),
            vec!["-/e1 write xero:create"],
        ),
        (
            "same number",
            Some(with(&|_| {}, &x)),
            Some(with(&|_| {}, &e)),
            vec!["x1/e1 link Number erpnext:mark"],
        ),
        (
            "same number, other total",
            Some(with(&|i| i.total = dec("121"), &x)),
            Some(with(&|_| {}, &e)),
            vec!["x1/e1 problem differ_on_both_sides"],
        ),
        (
            "same number, other contact",
            Some(with(&|i| i.contact = RemoteId::new("X9"), &x)),
            Some(with(&|_| {}, &e)),
            vec!["x1/e1 problem differ_on_both_sides"],
        ),
        (
            "other number, all else the same: a person is asked",
            Some(with(&|i| i.number = Some("OTHER".into()), &x)),
            Some(with(&|_| {}, &e)),
            vec![
                "-/e1 problem several_candidates",
                "x1/- problem several_candidates",
            ],
        ),
        (
            "draft",
            Some(with(&|i| i.state = DocumentState::Draft, &x)),
            None,
            vec!["x1/- leave Draft"],
        ),
        (
            "voided",
            None,
            Some(with(&|i| i.state = DocumentState::Voided, &e)),
            vec!["-/e1 leave Ended"],
        ),
        (
            "unmapped account",
            None,
            Some(with(
                &|i| i.lines[0].account = Some("Freight - MF".into()),
                &e,
            )),
            vec!["-/e1 problem no_account_mapping"],
        ),
        (
            "unmapped tax",
            Some(with(&|i| i.lines[0].tax = Some("RROUTPUT".into()), &x)),
            None,
            vec!["x1/- problem no_tax_mapping"],
        ),
        (
            "contact not known",
            Some(with(&|i| i.contact = RemoteId::new("X9"), &x)),
            None,
            vec!["x1/- problem waits_for_contact"],
        ),
    ];
    for (name, xero, erpnext, expected) in cases {
        let mut situation = linked_contact();
        situation
            .unlinked
            .xero
            .extend(xero.map(|of| record("x1", of)));
        situation
            .unlinked
            .erpnext
            .extend(erpnext.map(|of| record("e1", of)));
        assert_eq!(words(&situation, &policy()), expected, "{name}");
    }
}

#[test]
fn linked_invoices() {
    let (x, e) = both();
    let changed = |of: &Invoice, change: &dyn Fn(&mut Invoice)| {
        let mut of = of.clone();
        change(&mut of);
        of
    };
    let due = |i: &mut Invoice| i.due_date = Some(day(15));
    let other_due = |i: &mut Invoice| i.due_date = Some(day(16));
    let void = |i: &mut Invoice| {
        i.state = DocumentState::Voided;
        i.amount_due = dec("0");
    };
    let paid = |i: &mut Invoice| i.amount_due = dec("0");
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

#[test]
fn a_change_of_the_exchange_rate_alone_is_carried() {
    let (x, e) = both();
    let in_euros = |of: &Invoice, rate: &str| Invoice {
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
    let cause = ledger::Cause::Refused {
        side: Side::Erpnext,
        message: "no".into(),
        field: None,
    };
    situation.refused.insert(
        (Kind::Invoice, Side::Xero, RemoteId::new("x1")),
        Refusal {
            fingerprint: write.fingerprint.clone(),
            cause,
        },
    );
    assert_eq!(words(&situation, &policy()), ["x1/- problem refused"]);
    let remapped = Policy {
        mappings: Mappings(vec![
            mapping(MappingKind::Account, "200", "Other - MF"),
            mapping(MappingKind::Tax, "OUTPUT2", "UK VAT 20% - MF"),
        ]),
        ..policy()
    };
    assert_eq!(words(&situation, &remapped), ["x1/- write erpnext:create"]);
}

#[test]
fn an_invoice_follows_a_contact_created_in_the_same_plan_and_waits_for_a_blocked_one() {
    let mut situation = Situation::default();
    situation.unlinked.xero.push(record("X1", contact("A")));
    situation
        .unlinked
        .xero
        .push(record("x1", Record::Invoice(both().0)));
    let plan = plan(&situation, &policy()).unwrap();
    let writes: Vec<_> = plan.writes().map(|(_, write)| write).collect();
    assert_eq!(writes.len(), 2);
    assert_eq!(writes[1].contact, Some(RemoteId::new("X1")));
    situation.unlinked.xero.push(record("X2", contact("a")));
    situation.unlinked.erpnext.push(record("E1", contact("A")));
    assert!(words(&situation, &policy()).contains(&"x1/- problem waits_for_contact".to_owned()));
}

#[test]
fn suppliers_stay_where_they_are_until_they_are_invoiced() {
    let mut situation = Situation::default();
    let supplier = Contact {
        name: "Wholesale".into(),
        supplier_only: true,
        ..Contact::default()
    };
    situation
        .unlinked
        .xero
        .push(record("X1", Record::Contact(supplier)));
    assert_eq!(words(&situation, &policy()), ["X1/- leave Supplier"]);
    situation
        .unlinked
        .xero
        .push(record("x1", Record::Invoice(both().0)));
    assert_eq!(
        words(&situation, &policy()),
        ["X1/- write erpnext:create", "x1/- write erpnext:create"]
    );
}

#[test]
fn a_persons_choices_are_followed() {
    let mut situation = linked_contact();
    let (x, e) = both();
    let other = Invoice {
        number: Some("OTHER".into()),
        ..x
    };
    situation
        .unlinked
        .xero
        .push(record("x1", Record::Invoice(other)));
    situation
        .unlinked
        .erpnext
        .push(record("e1", Record::Invoice(e)));
    situation.choices = vec![Choice::Same {
        kind: Kind::Invoice,
        xero: RemoteId::new("x1"),
        erpnext: RemoteId::new("e1"),
    }];
    assert_eq!(
        words(&situation, &policy()),
        ["x1/e1 link Person erpnext:mark"]
    );
    situation.choices = Side::BOTH
        .into_iter()
        .zip(["x1", "e1"])
        .map(|(side, id)| Choice::New {
            kind: Kind::Invoice,
            side,
            id: RemoteId::new(id),
        })
        .collect();
    assert_eq!(
        words(&situation, &policy()),
        ["-/e1 write xero:create", "x1/- write erpnext:create"]
    );
}

#[test]
fn many_voids_ask_first() {
    let (x, e) = both();
    let void = |of: &Invoice| Invoice {
        state: DocumentState::Voided,
        amount_due: dec("0"),
        ..of.clone()
    };
    let situation = pair(void(&x), e, both());
    let plan = plan(&situation, &policy()).unwrap();
    assert_eq!(guard(&plan, &policy()), []);
    let strict = Policy {
        ask_from_voids: 1,
        ..policy()
    };
    assert_eq!(
        guard(&plan, &strict),
        [Guard::ManyVoids {
            count: 1,
            threshold: 1
        }]
    );
}

fn any_situation() -> impl Strategy<Value = Situation> {
    let any_record = (0_u8..4, 0_u8..3, any::<bool>(), 0_u8..3);
    let side = prop::collection::vec(any_record, 0..8);
    (side.clone(), side).prop_map(|(xero, erpnext)| {
        let build = |side: Side, rows: Vec<(u8, u8, bool, u8)>| {
            rows.into_iter()
                .enumerate()
                .map(|(index, (name, party, document, state))| {
                    let id = format!("{}{index}", side.word());
                    if document {
                        let party = format!("{}{party}", side.word());
                        let mut of = invoice(side, &format!("INV-{name}"), &party);
                        of.state = match state {
                            0 => DocumentState::Draft,
                            1 => DocumentState::Approved,
                            _ => DocumentState::Voided,
                        };
                        record(&id, Record::Invoice(of))
                    } else {
                        record(&id, contact(&format!("name {name}")))
                    }
                })
                .collect()
        };
        Situation {
            unlinked: PerSide {
                xero: build(Side::Xero, xero),
                erpnext: build(Side::Erpnext, erpnext),
            },
            ..Situation::default()
        }
    })
}

proptest! {
    #[test]
    fn every_record_lands_in_one_entry_and_the_plan_is_the_same_twice(s in any_situation()) {
        let first = plan(&s, &policy()).unwrap();
        prop_assert_eq!(&first, &plan(&s, &policy()).unwrap());
        let mut shuffled = s.clone();
        shuffled.unlinked.xero.reverse();
        shuffled.unlinked.erpnext.reverse();
        prop_assert_eq!(first.entries.len(), plan(&shuffled, &policy()).unwrap().entries.len());
    }

    #[test]
    fn no_plan_creates_two_of_the_same_name_or_number(s in any_situation()) {
        let plan = plan(&s, &policy()).unwrap();
        let mut created: Vec<(Side, String)> = plan
            .writes()
            .filter(|(_, write)| write.change.word() == "create")
            .map(|(entry, write)| {
                let (_, subject) = entry.subject(Side::Xero).unwrap();
                (write.target, format!("{}{}", entry.kind, subject.title))
            })
            .collect();
        let all = created.len();
        created.sort();
        created.dedup();
        prop_assert_eq!(created.len(), all);
    }
}
