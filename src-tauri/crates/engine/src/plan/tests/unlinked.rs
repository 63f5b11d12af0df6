//! Records without a link: linked, created, or left where they are.

use super::*;

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
            "marker beats everything, and says nothing of the name",
            vec![record("X1", contact("A")), record("X2", contact("B"))],
            vec![marked("E1", "X2", contact("A"))],
            vec![
                "X1/- write erpnext:create",
                "X2/E1 problem differ_on_both_sides",
            ],
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
    let with = |change: &dyn Fn(&mut Document), of: &Document| {
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
            "same number, worded differently: one document, and a person says which wording holds",
            Some(with(&|i| i.lines[0].description = "Tulips".into(), &x)),
            Some(with(&|i| i.reference = Some("PO-1".into()), &e)),
            vec!["x1/e1 link Number erpnext:mark, not agreed"],
        ),
        (
            "same number, on an account that stands for another",
            Some(with(&|i| i.lines[0].account = Some("260".into()), &x)),
            Some(with(&|_| {}, &e)),
            vec!["x1/e1 link Number erpnext:mark, not agreed"],
        ),
        (
            "same number, on accounts that nobody mapped: nothing tells them apart",
            Some(with(&|i| i.lines[0].account = Some("260".into()), &x)),
            Some(with(
                &|i| i.lines[0].account = Some("Freight - MF".into()),
                &e,
            )),
            vec!["x1/e1 link Number erpnext:mark"],
        ),
        (
            "same number, other total",
            Some(with(
                &|i| {
                    i.total = dec("121");
                    i.amount_due = dec("121");
                },
                &x,
            )),
            Some(with(&|_| {}, &e)),
            vec!["x1/e1 problem differ_on_both_sides"],
        ),
        (
            "same number, other contact: another document, and neither is touched",
            Some(with(&|i| i.contact = RemoteId::new("X9"), &x)),
            Some(with(&|_| {}, &e)),
            vec!["-/e1 problem number_taken", "x1/- problem number_taken"],
        ),
        (
            "same number and contact, and nothing else in common: a person is asked",
            Some(with(
                &|i| {
                    i.date = day(9);
                    i.total = dec("77");
                    i.amount_due = dec("77");
                },
                &x,
            )),
            Some(with(&|_| {}, &e)),
            vec![
                "-/e1 problem several_candidates",
                "x1/- problem several_candidates",
            ],
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
            "opened with what was left of it: linked as it is",
            Some(with(
                &|i| {
                    i.net_total = dec("70");
                    i.tax_total = dec("0");
                    i.total = dec("70");
                    i.amount_due = dec("70");
                },
                &x,
            )),
            Some(with(&|i| i.amount_due = dec("70"), &e)),
            vec!["x1/e1 link StillOwed erpnext:mark"],
        ),
        (
            "an opening entry is linked to what was entered for it in Xero",
            Some(with(&|_| {}, &x)),
            Some(with(
                &|i| {
                    i.opening = true;
                    i.lines[0].account = Some("Temporary Opening - MF".into());
                },
                &e,
            )),
            vec!["x1/e1 link StillOwed erpnext:mark"],
        ),
        (
            "an opening entry is no income",
            None,
            Some(with(
                &|i| {
                    i.opening = true;
                    i.lines[0].account = Some("Temporary Opening - MF".into());
                },
                &e,
            )),
            vec!["-/e1 problem opening_invoice"],
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
    let waits_for = ledger::Reference::contact(RemoteId::new("X1"));
    assert_eq!(writes[1].waits_for, [waits_for]);
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

/// Xero takes tax by rate, and some cents that rounding makes: anything else is no write.
#[test]
fn tax_that_no_rate_makes_is_not_carried_to_xero() {
    let plan = |tax: &str, rate: Option<&str>| {
        let mut situation = linked_contact();
        let mut invoice = both().1;
        invoice.tax_total = dec(tax);
        invoice.total = invoice.net_total + dec(tax);
        if rate.is_none() {
            invoice.lines[0].tax = None;
        }
        invoice.lines[0].tax_rate = rate.map(dec);
        let record = record("e1", Record::Invoice(invoice));
        situation.unlinked.erpnext.push(record);
        words(&situation, &policy())
    };
    let refused = ["-/e1 problem tax_without_rate"];
    assert_eq!(plan("11.40", None), refused);
    assert_eq!(plan("25", Some("20")), refused);
    assert_eq!(plan("20.01", Some("20")), ["-/e1 write xero:create"]);
    assert_eq!(plan("0", None), ["-/e1 write xero:create"]);
}

#[test]
fn a_number_that_another_document_has_is_settled_by_saying_that_these_are_two() {
    let (x, e) = both();
    let other = Document {
        contact: RemoteId::new("X9"),
        ..x
    };
    let mut situation = linked_contact();
    for (side, mine, theirs) in [(Side::Xero, "X9", "E9"), (Side::Erpnext, "E9", "X9")] {
        situation.contacts.insert(
            (side, RemoteId::new(mine)),
            ContactLink {
                other: RemoteId::new(theirs),
                other_archived: false,
            },
        );
    }
    situation.unlinked.xero = vec![record("x1", Record::Invoice(other))];
    situation.unlinked.erpnext = vec![record("e1", Record::Invoice(e))];
    let planned = plan(&situation, &policy()).unwrap();
    let shown: Vec<_> = planned
        .entries
        .iter()
        .map(|entry| match &entry.outcome {
            Outcome::Problem {
                cause: Cause::NumberTaken { by, .. },
                ..
            } => by.clone().unwrap().to_string(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(shown, ["x1", "e1"], "each shows the other");
    // Said of one of them, it holds for both.
    situation.choices = vec![Choice::New {
        kind: Kind::Invoice,
        side: Side::Erpnext,
        id: RemoteId::new("e1"),
    }];
    let numbers: Vec<_> = plan(&situation, &policy())
        .unwrap()
        .writes()
        .map(|(_, write)| {
            let meant = write.change.meant().unwrap();
            (write.target, meant.title().to_owned())
        })
        .collect();
    assert_eq!(
        numbers,
        [
            (Side::Xero, "INV-1 (2)".to_owned()),
            (Side::Erpnext, "INV-1 (2)".to_owned())
        ]
    );
}

/// ERPNext gives the name of a deleted document to the next one, and what was carried of the deleted one is
/// voided in Xero under that number.
#[test]
fn a_name_that_was_given_again_gets_a_number_behind_that_of_the_voided_one() {
    let (_, e) = both();
    let number = e.number.clone().unwrap();
    let mut situation = linked_contact();
    situation.unlinked.erpnext = vec![record(&number, Record::Invoice(e))];
    let called = |situation: &Situation| {
        let planned = plan(situation, &policy()).unwrap();
        let called: Vec<_> = planned
            .writes()
            .map(|(_, write)| write.change.meant().unwrap().title().to_owned())
            .collect();
        called
    };
    assert_eq!(called(&situation), ["INV-1"]);
    let ended = |number: &str| (Kind::Invoice, number.to_lowercase());
    situation.ended.insert(ended("INV-1"));
    assert_eq!(called(&situation), ["INV-1 (2)"]);
    // That one was deleted too; and the next is in use.
    situation.ended.insert(ended("INV-1 (2)"));
    let taken = (Side::Xero, Kind::Invoice, "inv-1 (3)".to_owned());
    situation.taken.insert(taken, RemoteId::new("x9"));
    assert_eq!(called(&situation), ["INV-1 (4)"]);
    // One that is called otherwise on its own side has its own name.
    let amended = record("INV-1-1", situation.unlinked.erpnext.remove(0).record);
    situation.unlinked.erpnext = vec![amended];
    assert_eq!(called(&situation), ["INV-1-1"]);
}

#[test]
fn a_document_whose_contact_needs_a_person_waits_and_is_not_called_another() {
    let (x, e) = both();
    let mut situation = Situation::default();
    // Nobody can tell yet whether these two are one.
    situation.unlinked.xero = vec![
        record("X1", contact_with("A", Some("GB111222333"), None)),
        record("x1", Record::Invoice(x)),
    ];
    situation.unlinked.erpnext = vec![
        record("E1", contact_with("A", Some("GB999888777"), None)),
        record("e1", Record::Invoice(e)),
    ];
    assert_eq!(
        words(&situation, &policy()),
        [
            "-/E1 problem several_candidates",
            "X1/- problem several_candidates",
            "-/e1 problem waits_for_contact",
            "x1/- problem waits_for_contact",
        ]
    );
}

/// What the contacts of a plan are created as: side, customer name.
fn created(situation: &Situation) -> Vec<(Side, String)> {
    plan(situation, &policy())
        .unwrap()
        .writes()
        .filter(|(_, write)| write.change.word() == "create")
        .filter_map(|(_, write)| Some((write.target, write.change.meant()?.title().to_owned())))
        .collect()
}

#[test]
fn two_customers_of_one_name_are_both_carried() {
    let mut situation = Situation::default();
    situation.unlinked.erpnext = vec![
        record("Priya Shah", contact("Priya Shah")),
        record("Priya Shah - 1", contact("Priya Shah")),
        record("CUST-0007", contact("Priya Shah")),
    ];
    let mut names = created(&situation);
    names.sort();
    assert_eq!(
        names,
        ["Priya Shah", "Priya Shah (CUST-0007)", "Priya Shah - 1"]
            .map(|name| (Side::Xero, name.to_owned()))
    );
    // The name belongs to a contact that is linked already, and so does the next one.
    situation.unlinked.erpnext.truncate(1);
    for name in ["priya shah", "priya shah 2"] {
        let taken = (Side::Xero, Kind::Contact, name.to_owned());
        situation.taken.insert(taken, RemoteId::new("X1"));
    }
    assert_eq!(
        created(&situation),
        [(Side::Xero, "Priya Shah (3)".to_owned())]
    );
    // ERPNext takes a customer name twice.
    let mut situation = Situation::default();
    situation.unlinked.xero = vec![record("X1", contact("Old Name"))];
    let taken = (Side::Erpnext, Kind::Contact, "old name".to_owned());
    situation.taken.insert(taken, RemoteId::new("E1"));
    assert_eq!(
        created(&situation),
        [(Side::Erpnext, "Old Name".to_owned())]
    );
}
