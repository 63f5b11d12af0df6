#![allow(clippy::unwrap_used)]
use super::*;
use crate::mapping::Mapping;
use crate::merge::samples;

fn line(side: Side, keys: &[&str]) -> Line {
    let keys = keys.iter().map(|key| (*key).to_owned()).collect();
    let mut line = samples::taxed(side, "Work", "100");
    line.tracking = Some(keys);
    line
}

fn tracked(ways: &[(&str, &str)]) -> Tracked {
    let kind = MappingKind::Tracking;
    let ways = ways
        .iter()
        .flat_map(|(xero, erpnext)| Mapping::both_ways(kind, xero, erpnext));
    let main = (Side::Erpnext, "Cost Center: Main - A".to_owned());
    Tracked::of(&ways.collect(), [main])
}

#[test]
fn a_key_is_read_back_and_is_not_made_where_it_could_not_be() {
    let made = key("Region", "North: upper").unwrap();
    assert_eq!(parts(&made), Some(("Region", "North: upper")));
    for (category, value) in [("Our: region", "North"), ("", "North"), ("Region", " ")] {
        assert_eq!(key(category, value), None, "{category:?} {value:?}");
    }
}

#[test]
fn a_category_of_which_nothing_is_mapped_is_left_alone() {
    let tracked = tracked(&[("Region: North", "Cost Center: North - A")]);
    let sold = line(Side::Xero, &["Region: North", "Seller: Ann"]);
    let there = tracked.onto(Side::Xero, &sold, None).unwrap().unwrap();
    assert_eq!(there, ["Cost Center: North - A"]);
    let back = line(Side::Erpnext, &["Cost Center: Main - A", "Project: P-1"]);
    assert_eq!(
        tracked.onto(Side::Erpnext, &back, None).unwrap(),
        Some(vec![])
    );
    // What is there of it stays.
    let onto = tracked.onto(Side::Erpnext, &back, Some(&sold)).unwrap();
    assert_eq!(onto.unwrap(), ["Seller: Ann"]);
}

#[test]
fn one_of_a_carried_category_without_a_counterpart_is_named() {
    let tracked = tracked(&[("Region: North", "Cost Center: North - A")]);
    let south = line(Side::Xero, &["Region: South"]);
    assert_eq!(
        tracked.onto(Side::Xero, &south, None),
        Err(Cause::NoTrackingMapping {
            side: Side::Xero,
            tracking: "Region: South".to_owned(),
        })
    );
}

#[test]
fn two_that_stand_for_one_category_are_named_both() {
    let tracked = tracked(&[
        ("Region: North", "Cost Center: North - A"),
        ("Job: Roof", "Cost Center: Roofs - A"),
    ]);
    let both = line(Side::Xero, &["Job: Roof", "Region: North"]);
    assert_eq!(
        tracked.onto(Side::Xero, &both, None),
        Err(Cause::TrackingTwice {
            side: Side::Xero,
            tracking: "Job: Roof".to_owned(),
            second: "Region: North".to_owned(),
            category: "Cost Center".to_owned(),
        })
    );
}

#[test]
fn the_companys_own_cost_centre_says_nothing_until_it_is_mapped() {
    let main = line(Side::Erpnext, &["Cost Center: Main - A"]);
    let north = tracked(&[("Region: North", "Cost Center: North - A")]);
    assert_eq!(north.own(Side::Erpnext, &main), Some(vec![]));
    assert!(north.same(&line(Side::Xero, &[]), &main));
    assert!(!north.same(&line(Side::Xero, &["Region: North"]), &main));

    let office = tracked(&[("Region: Office", "Cost Center: Main - A")]);
    let there = office.onto(Side::Erpnext, &main, None).unwrap().unwrap();
    assert_eq!(there, ["Region: Office"]);
    assert!(!office.same(&line(Side::Xero, &[]), &main));
}

#[test]
fn several_may_stand_for_one_and_are_the_same_whichever_way_it_is_said() {
    let mut tracked = tracked(&[("Region: North", "Cost Center: North - A")]);
    let east = (
        "Region: East".to_owned(),
        "Cost Center: North - A".to_owned(),
    );
    tracked
        .ways
        .entry(Side::Xero)
        .or_default()
        .insert(east.0, east.1);
    let north = line(Side::Erpnext, &["Cost Center: North - A"]);
    for (region, same) in [("North", true), ("East", true), ("West", false)] {
        let xero = line(Side::Xero, &[&format!("Region: {region}")]);
        assert_eq!(tracked.same(&xero, &north), same, "{region}");
    }
}

#[test]
fn nothing_mapped_means_nothing_carried() {
    let nothing = Tracked::default();
    let north = line(Side::Xero, &["Region: North"]);
    assert_eq!(nothing.onto(Side::Xero, &north, None), Ok(None));
    assert!(nothing.same(&north, &line(Side::Erpnext, &["Cost Center: South - A"])));
}
