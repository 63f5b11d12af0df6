//! What is kept apart is in no plan, and neither is what needs it.

use std::collections::BTreeSet;

use store::RecordKey;

use super::*;
use crate::plan::apart::take_out;

fn key(side: Side, kind: Kind, id: &str) -> RecordKey {
    RecordKey::new(side, kind, id)
}

/// The entries of what is kept apart, and the plan of the rest.
fn planned(situation: &Situation, kept: &[RecordKey]) -> (Vec<String>, Vec<String>) {
    let mut rest = situation.clone();
    let kept: BTreeSet<RecordKey> = kept.iter().cloned().collect();
    let both = (kept.clone(), kept);
    let apart = take_out(&mut rest, &mut Documents::default(), both);
    (named(&apart.entries), words(&rest, &policy()))
}

fn named(entries: &[Entry]) -> Vec<String> {
    let titles = entries.iter().map(|entry| {
        assert_eq!(entry.outcome, Outcome::OutOfScope(Scope::KeptApart));
        let sides = [&entry.xero, &entry.erpnext].map(|it| it.as_ref().map_or("", |it| &it.title));
        format!("{} {}|{}", entry.kind, sides[0], sides[1])
    });
    titles.collect()
}

fn alone() -> Situation {
    let mut situation = linked_contact();
    let one = invoice(Side::Xero, "INV-1", "X1");
    let two = invoice(Side::Xero, "INV-2", "x-new");
    situation.unlinked.xero = vec![
        record("x-new", contact("New Ltd")),
        record("x-1", Record::Invoice(one)),
        record("x-2", Record::Invoice(two)),
    ];
    situation
}

#[test]
fn nothing_kept_apart_changes_nothing() {
    let (apart, rest) = planned(&alone(), &[]);
    assert_eq!(apart, Vec::<String>::new());
    assert_eq!(rest, words(&alone(), &policy()));
}

#[test]
fn nothing_is_made_of_a_record_or_of_what_names_its_contact() {
    let (apart, rest) = planned(&alone(), &[key(Side::Xero, Kind::Contact, "x-new")]);
    assert_eq!(apart, ["contact New Ltd|", "invoice INV-2|"]);
    assert_eq!(rest, ["x-1/- write erpnext:create"]);
    let (apart, rest) = planned(&alone(), &[key(Side::Xero, Kind::Invoice, "x-2")]);
    assert_eq!(apart, ["invoice INV-2|"]);
    assert_eq!(
        rest,
        ["x-new/- write erpnext:create", "x-1/- write erpnext:create"]
    );
}

/// Its values alone are left alone: it is on both sides.
#[test]
fn documents_of_a_contact_that_was_set_back_are_carried() {
    let mut situation = alone();
    let kept: BTreeSet<RecordKey> = [key(Side::Xero, Kind::Contact, "X1")].into();
    let none = BTreeSet::new();
    let apart = take_out(
        &mut situation,
        &mut Documents::default(),
        (kept.clone(), none),
    );
    assert_eq!(named(&apart.entries), Vec::<String>::new());
    let apart = take_out(
        &mut situation,
        &mut Documents::default(),
        (kept.clone(), kept),
    );
    assert_eq!(named(&apart.entries), ["invoice INV-1|"]);
}

#[test]
fn nothing_is_carried_between_two_and_neither_is_matched() {
    let (xero, mut erpnext) = both();
    erpnext.reference = Some("edited".to_owned());
    let base = both();
    let situation = pair(xero, erpnext, base);
    let (_, rest) = planned(&situation, &[]);
    assert_eq!(rest, ["x1/e1 write xero:update"]);
    let kept = key(Side::Erpnext, Kind::Invoice, "e1");
    let (apart, rest) = planned(&situation, &[kept]);
    assert_eq!(
        (apart, rest),
        (vec!["invoice INV-1|INV-1".to_owned()], vec![])
    );

    // One in ERPNext that carries the identity of one that is kept apart is that one.
    let mut situation = alone();
    let copy = Record::Invoice(invoice(Side::Erpnext, "INV-1", "E1"));
    situation.unlinked.erpnext = vec![marked("INV-1", "x-1", copy)];
    let (apart, rest) = planned(&situation, &[key(Side::Xero, Kind::Invoice, "x-1")]);
    assert_eq!(apart, ["invoice INV-1|", "invoice |INV-1"]);
    assert!(!rest.iter().any(|it| it.contains("x-1")), "{rest:?}");
}

#[test]
fn documents_that_are_told_by_their_cards_are_taken_out_alike() {
    let mut situation = alone();
    let mut documents = Documents::of(Kind::Invoice, &situation);
    let records = &mut situation.unlinked.xero;
    records.retain(|it| it.record.kind() != Kind::Invoice);
    documents.linked.push(LinkedCard {
        link: 7,
        xero: Some(RemoteId::new("x9")),
        erpnext: Some(RemoteId::new("e9")),
        title: "INV-9".to_owned(),
    });
    let kept = [
        key(Side::Xero, Kind::Contact, "x-new"),
        key(Side::Erpnext, Kind::Invoice, "e9"),
    ];
    let kept: BTreeSet<RecordKey> = kept.into();
    let apart = take_out(&mut situation, &mut documents, (kept.clone(), kept));
    assert_eq!(
        named(&apart.entries),
        ["contact New Ltd|", "invoice INV-9|INV-9", "invoice INV-2|"]
    );
    let left: Vec<&str> = documents
        .unlinked
        .xero
        .iter()
        .map(|it| it.id.as_str())
        .collect();
    assert_eq!((left, documents.linked.len()), (vec!["x-1"], 0));
    // Their names are taken all the same.
    let names: Vec<&str> = apart
        .names
        .iter()
        .map(|((.., name), _)| name.as_str())
        .collect();
    assert_eq!(names, ["new ltd", "inv-2"]);
}
