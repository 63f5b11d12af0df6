//! What lines are filed under, merged.

use super::*;

const NORTH: (&str, &str) = ("Region: North", "Cost Center: North - ACM");
const SOUTH: (&str, &str) = ("Region: South", "Cost Center: South - ACM");
const MAIN: &str = "Cost Center: Main - ACM";

fn filed(line: &mut Line, keys: &[&str]) {
    line.tracking = Some(keys.iter().map(|key| (*key).to_owned()).collect());
}

fn keys(document: &Document) -> Vec<Vec<&str>> {
    let of = |line: &'_ Line| line.tracking.is_some();
    assert!(document.lines.iter().all(of));
    let lines = document.lines.iter();
    lines
        .map(|line| line.tracking.iter().flatten().map(String::as_str).collect())
        .collect()
}

/// Two lines, of which the first is filed under North on both sides.
fn north() -> Case {
    let mut case = Case::of(&[("Work", "100"), ("Travel", "50")]);
    for (document, first, second) in [
        (&mut case.base.0, vec![NORTH.0], vec![]),
        (&mut case.xero, vec![NORTH.0], vec![]),
        (&mut case.base.1, vec![NORTH.1], vec![MAIN]),
        (&mut case.erpnext, vec![NORTH.1], vec![MAIN]),
    ] {
        filed(&mut document.lines[0], &first);
        filed(&mut document.lines[1], &second);
    }
    case
}

#[test]
fn what_a_line_is_filed_under_goes_to_the_other_side_and_nothing_else_does() {
    assert_eq!(north().writes(), (None, None));

    let (xero, erpnext) = north()
        .xero(|it| filed(&mut it.lines[1], &[SOUTH.0]))
        .writes();
    let erpnext = erpnext.unwrap();
    assert_eq!(xero, None);
    assert_eq!(keys(&erpnext), [[NORTH.1], [SOUTH.1]]);
    let case = north();
    assert_eq!(erpnext.lines[1].amount, case.erpnext.lines[1].amount);
    assert_eq!(erpnext.lines[1].account, case.erpnext.lines[1].account);

    // Taken off in ERPNext, where the company's own cost centre means that nothing is said.
    let (xero, erpnext) = north()
        .erpnext(|it| filed(&mut it.lines[0], &[MAIN]))
        .writes();
    assert_eq!(erpnext, None);
    assert_eq!(keys(&xero.unwrap()), [Vec::<&str>::new(), vec![]]);
}

#[test]
fn what_is_not_carried_stays_where_it_is() {
    let with_project = |line: &mut Line, centre| filed(line, &[centre, "Project: P-7"]);
    let mut case = north();
    with_project(&mut case.base.1.lines[0], NORTH.1);
    with_project(&mut case.erpnext.lines[0], NORTH.1);
    let (_, erpnext) = case.xero(|it| filed(&mut it.lines[0], &[SOUTH.0])).writes();
    assert_eq!(keys(&erpnext.unwrap())[0], [SOUTH.1, "Project: P-7"]);

    // An edit of it is nobody else's affair.
    let alone = north().erpnext(|it| with_project(&mut it.lines[0], NORTH.1));
    assert_eq!(alone.writes(), (None, None));
}

#[test]
fn both_edited_it_and_a_person_says_which() {
    let case = north()
        .xero(|it| filed(&mut it.lines[0], &[]))
        .erpnext(|it| filed(&mut it.lines[0], &[SOUTH.1]));
    let conflicts = case.merged(None).conflicts;
    assert_eq!(
        conflicts,
        [Difference::new(
            "line 1: tracking",
            None,
            Some(SOUTH.1.to_owned())
        )]
    );
    let merge = case.merged(Some(Side::Erpnext));
    assert_eq!(keys(&merge.xero)[0], [SOUTH.0]);
}

#[test]
fn what_was_not_read_then_is_no_edit_now() {
    let mut case = north().xero(|it| filed(&mut it.lines[0], &[SOUTH.0]));
    case.base.0.lines[0].tracking = None;
    assert_eq!(case.writes(), (None, None));
}

#[test]
fn where_both_meet_one_that_says_nothing_contradicts_nothing() {
    let met = |xero: &[&str], erpnext: &[&str]| {
        let mut case = north();
        filed(&mut case.xero.lines[0], xero);
        filed(&mut case.erpnext.lines[0], erpnext);
        let pair = InvoicePair {
            base: None,
            xero: &case.xero,
            erpnext: &case.erpnext,
            contacts: case.contacts,
        };
        let merge = merge_invoices(&pair, None, &mapped()).unwrap();
        let fields: Vec<String> = merge.conflicts.into_iter().map(|it| it.field).collect();
        fields
    };
    assert_eq!(met(&[NORTH.0], &[MAIN]), Vec::<String>::new());
    assert_eq!(met(&[], &[SOUTH.1]), Vec::<String>::new());
    assert_eq!(met(&[NORTH.0], &[SOUTH.1]), ["line 1: tracking"]);
}
