//! The order of keys by which records without a link are recognised.

use super::*;

#[test]
fn a_persons_choices_are_followed() {
    let mut situation = linked_contact();
    let (x, e) = both();
    let other = Document {
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
fn what_a_person_called_one_is_linked_and_its_values_are_asked_about_next() {
    let tax = |number| contact_with("A", Some(number), None);
    let mut situation = between(
        vec![record("X1", tax("GB111222333"))],
        vec![record("E1", tax("GB999888777"))],
    );
    situation.choices = vec![Choice::Same {
        kind: Kind::Contact,
        xero: RemoteId::new("X1"),
        erpnext: RemoteId::new("E1"),
    }];
    assert_eq!(
        words(&situation, &policy()),
        ["X1/E1 link Person erpnext:mark, not agreed"]
    );
    let situation = Situation {
        pairs: vec![LinkedPair {
            link: 1,
            xero: Some(record("X1", tax("GB111222333"))),
            erpnext: Some(marked("E1", "X1", tax("GB999888777"))),
            base: None,
        }],
        ..Situation::default()
    };
    assert_eq!(
        words(&situation, &policy()),
        ["X1/E1 problem differ_on_both_sides"]
    );
}

fn between(xero: Vec<SideRecord>, erpnext: Vec<SideRecord>) -> Situation {
    Situation {
        unlinked: PerSide { xero, erpnext },
        ..Situation::default()
    }
}

#[test]
fn a_name_that_was_changed_while_nobody_looked_is_asked_about() {
    let linked_before = |xero: &str, erpnext: &str| {
        between(
            vec![record("X1", contact(xero))],
            vec![marked("E1", "X1", contact(erpnext))],
        )
    };
    for (xero, erpnext, expected) in [
        ("Ash Ltd", "The Ash Limited", "X1/E1 link Marker"),
        ("Priya Shah - 1", "Priya Shah", "X1/E1 link Marker"),
        ("Priya Shah (E1)", "Priya Shah", "X1/E1 link Marker"),
        (
            "O'Brien & Sons",
            "O'Brien",
            "X1/E1 problem differ_on_both_sides",
        ),
        (
            "O'Brien",
            "O'Brien & Daughters",
            "X1/E1 problem differ_on_both_sides",
        ),
        ("Ash", "Elm", "X1/E1 problem differ_on_both_sides"),
    ] {
        let found = words(&linked_before(xero, erpnext), &policy());
        assert_eq!(found, [expected], "{xero} and {erpnext}");
    }
    for (keep, expected) in [
        (Side::Xero, "X1/E1 link Marker erpnext:update"),
        (Side::Erpnext, "X1/E1 link Marker xero:update"),
    ] {
        let mut situation = linked_before("Ash", "Elm");
        situation.choices = vec![Choice::Keep {
            kind: Kind::Contact,
            side: Side::Xero,
            id: RemoteId::new("X1"),
            winner: keep,
            shown: vec![Difference {
                field: "name".to_owned(),
                xero: Some("Ash".to_owned()),
                erpnext: Some("Elm".to_owned()),
            }],
        }];
        assert_eq!(words(&situation, &policy()), [expected]);
    }
}

#[test]
fn a_person_beats_the_marker() {
    let mut situation = between(
        vec![record("X1", contact("A")), record("X2", contact("B"))],
        vec![marked("E1", "X2", contact("A"))],
    );
    situation.choices = vec![Choice::Same {
        kind: Kind::Contact,
        xero: RemoteId::new("X1"),
        erpnext: RemoteId::new("E1"),
    }];
    assert_eq!(
        words(&situation, &policy()),
        [
            "X1/E1 link Person erpnext:mark",
            "X2/- write erpnext:create"
        ]
    );
}

#[test]
fn keys_that_contradict_each_other_are_for_a_person() {
    let tax = Some("GB 482 9921 06");
    let cases: Vec<(&str, Vec<SideRecord>, Vec<SideRecord>, Vec<&str>)> = vec![
        (
            "one tax number of two companies of a group",
            vec![record("X1", contact_with("Retail", tax, None))],
            vec![record("E1", contact_with("Wholesale", tax, None))],
            vec![
                "X1/- problem several_candidates",
                "-/E1 problem several_candidates",
            ],
        ),
        (
            "one tax number, and the legal form worded differently",
            vec![record("X1", contact_with("Sundial Ltd", tax, None))],
            vec![record("E1", contact_with("Sundial Limited", tax, None))],
            vec!["X1/E1 link TaxNumber erpnext:mark"],
        ),
        (
            "one name, and two tax numbers",
            vec![record("X1", contact_with("A", tax, None))],
            vec![record("E1", contact_with("A", Some("GB123456789"), None))],
            vec![
                "-/E1 problem several_candidates",
                "X1/- problem several_candidates",
            ],
        ),
        (
            "the tax number names one, the name another",
            vec![record("X1", contact_with("A", tax, None))],
            vec![
                record("E1", contact("A")),
                record("E2", contact_with("B", tax, None)),
            ],
            vec![
                "-/E1 problem several_candidates",
                "X1/- problem several_candidates",
                "-/E2 problem several_candidates",
            ],
        ),
        (
            "one name, and two e-mail addresses",
            vec![record("X1", contact_with("A", None, Some("one@a.example")))],
            vec![record("E1", contact_with("A", None, Some("two@a.example")))],
            vec![
                "-/E1 problem several_candidates",
                "X1/- problem several_candidates",
            ],
        ),
        (
            "two of one name, told apart by their e-mail address",
            vec![
                record("X1", contact_with("A", None, Some("one@a.example"))),
                record("X2", contact_with("A", None, Some("two@a.example"))),
            ],
            vec![record("E1", contact_with("a", None, Some("TWO@a.example")))],
            vec![
                "X1/- write erpnext:create",
                "X2/E1 link EmailAndName erpnext:mark",
            ],
        ),
        (
            "one e-mail address with two names tells nothing",
            vec![record("X1", contact_with("A", None, Some("x@a.example")))],
            vec![record("E1", contact_with("B", None, Some("x@a.example")))],
            vec!["X1/- write erpnext:create", "-/E1 write xero:create"],
        ),
    ];
    for (name, xero, erpnext, expected) in cases {
        assert_eq!(
            words(&between(xero, erpnext), &policy()),
            expected,
            "{name}"
        );
    }
}

#[test]
fn what_is_written_where_there_is_no_tax_number_tells_nothing() {
    for none in ["n/a", "NOTREGISTERED", "0000000"] {
        let situation = between(
            vec![record("X1", contact_with("A", Some(none), None))],
            vec![record("E1", contact_with("B", Some(none), None))],
        );
        assert_eq!(
            words(&situation, &policy()),
            ["X1/- write erpnext:create", "-/E1 write xero:create"]
        );
    }
    // Nor does one that looks like a number, and that many have.
    let many = |side: &str, names: [&str; 4]| {
        names
            .into_iter()
            .map(|name| {
                let id = format!("{side}{name}");
                record(&id, contact_with(name, Some("XAXX010101000"), None))
            })
            .collect()
    };
    let situation = between(
        many("X", ["A", "B", "C", "D"]),
        many("E", ["A", "B", "C", "Z"]),
    );
    assert_eq!(
        words(&situation, &policy()),
        [
            "XA/EA link Name erpnext:mark",
            "XB/EB link Name erpnext:mark",
            "XC/EC link Name erpnext:mark",
            "XD/- write erpnext:create",
            "-/EZ write xero:create",
        ]
    );
}

#[test]
fn a_number_written_by_hand_in_xero_is_a_hint() {
    let with = |xero: Record, erpnext: Record| {
        let mut situation = between(vec![marked("X1", "E1", xero)], vec![record("E1", erpnext)]);
        situation.unlinked.xero[0].version = Version::new("1");
        words(&situation, &policy())
    };
    let linked = ["X1/E1 link Marker erpnext:mark"];
    // The name agrees, or is the one it was given because its own was taken.
    assert_eq!(with(contact("Acme"), contact("acme")), linked);
    assert_eq!(with(contact("Acme - 1"), contact("Acme")), linked);
    let tax = Some("GB482992106");
    assert_eq!(
        with(
            contact_with("New", tax, None),
            contact_with("Old", tax, None)
        ),
        linked
    );
    // A stranger.
    assert_eq!(
        with(contact("Northwind"), contact("Southgate")),
        ["X1/- write erpnext:create", "-/E1 write xero:create"]
    );
    // A link from another site to a document of the same number.
    let (x, e) = both();
    let other = Document {
        contact: RemoteId::new("X9"),
        ..x
    };
    let mut situation = linked_contact();
    situation.unlinked.xero = vec![marked("x1", "e1", Record::Invoice(other))];
    situation.unlinked.erpnext = vec![record("e1", Record::Invoice(e))];
    assert_eq!(
        words(&situation, &policy()),
        ["-/e1 problem number_taken", "x1/- problem number_taken"]
    );
}

/// Nobody is asked about a contact that was archived before it was carried, so its documents say what is the
/// matter, on which side, and are carried once it is restored.
#[test]
fn documents_of_a_contact_that_was_archived_before_it_was_carried_name_it() {
    let (x, e) = both();
    let called = |archived: bool| {
        Record::Contact(Contact {
            name: "A".into(),
            archived,
            ..Contact::default()
        })
    };
    let of = |side: Side, archived: bool| {
        let (contact, id, invoice) = match side {
            Side::Xero => ("X1", "x1", &x),
            Side::Erpnext => ("E1", "e1", &e),
        };
        vec![
            record(contact, called(archived)),
            record(id, Record::Invoice(invoice.clone())),
        ]
    };
    let archived = between(Vec::new(), of(Side::Erpnext, true));
    assert_eq!(
        words(&archived, &policy()),
        ["-/E1 leave Ended", "-/e1 problem contact_archived"]
    );
    let restored = between(Vec::new(), of(Side::Erpnext, false));
    assert_eq!(
        words(&restored, &policy()),
        ["-/E1 write xero:create", "-/e1 write xero:create"]
    );
    // The other side has its number for a contact that is archived too: whether the two are one is not known.
    let both = between(of(Side::Xero, true), of(Side::Erpnext, true));
    assert_eq!(
        words(&both, &policy()),
        [
            "-/E1 leave Ended",
            "X1/- leave Ended",
            "-/e1 problem contact_archived",
            "x1/- problem contact_archived"
        ]
    );
}

#[test]
fn what_has_ended_is_no_counterpart_by_name_or_number() {
    let archived = |name: &str| {
        Record::Contact(Contact {
            name: name.into(),
            archived: true,
            ..Contact::default()
        })
    };
    let situation = between(
        vec![record("X1", archived("A"))],
        vec![record("E1", contact("A"))],
    );
    assert_eq!(
        words(&situation, &policy()),
        ["-/E1 write xero:create", "X1/- leave Ended"]
    );
    let (x, e) = both();
    let mut situation = linked_contact();
    situation.unlinked.xero.push(record(
        "x1",
        Record::Invoice(Document {
            state: DocumentState::Voided,
            ..x
        }),
    ));
    situation
        .unlinked
        .erpnext
        .push(record("e1", Record::Invoice(e)));
    assert_eq!(
        words(&situation, &policy()),
        ["-/e1 write xero:create", "x1/- leave Ended"]
    );
}

#[test]
fn a_marker_that_names_nobody_here_is_not_matched_by_anything_else() {
    let situation = between(
        vec![record("X1", contact("A"))],
        vec![marked("E1", "gone", contact("A"))],
    );
    assert_eq!(
        words(&situation, &policy()),
        ["-/E1 problem vanished", "X1/- problem name_taken"]
    );
}

#[test]
fn xeros_own_marker_helps_where_erpnext_has_none() {
    let (x, e) = both();
    let renumbered = Document {
        number: Some("OTHER".into()),
        ..e
    };
    let with = |erpnext: SideRecord| {
        let mut situation = linked_contact();
        situation
            .unlinked
            .xero
            .push(marked("x1", "e1", Record::Invoice(x.clone())));
        situation.unlinked.erpnext.push(erpnext);
        words(&situation, &policy())
    };
    assert_eq!(
        with(record("e1", Record::Invoice(renumbered.clone()))),
        ["x1/e1 link Marker erpnext:mark"]
    );
    // ERPNext's says otherwise, and people can edit Xero's.
    assert_eq!(
        with(marked("e1", "x9", Record::Invoice(renumbered))),
        ["x1/- write erpnext:create", "-/e1 problem vanished"]
    );
}

#[test]
fn of_two_documents_with_one_marker_the_live_one_is_meant() {
    let (x, e) = both();
    let cancelled = Document {
        state: DocumentState::Voided,
        ..e.clone()
    };
    for live_first in [true, false] {
        let mut situation = linked_contact();
        situation
            .unlinked
            .xero
            .push(record("x1", Record::Invoice(x.clone())));
        let mut both = vec![
            marked("e1", "x1", Record::Invoice(cancelled.clone())),
            marked("e2", "x1", Record::Invoice(e.clone())),
        ];
        if live_first {
            both.reverse();
        }
        situation.unlinked.erpnext = both;
        assert_eq!(
            words(&situation, &policy()),
            ["-/e1 leave Ended", "x1/e2 link Marker"]
        );
    }
}
