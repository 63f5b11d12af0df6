#![allow(clippy::unwrap_used)]
use super::*;

fn at(text: &str) -> DateTime<Utc> {
    format!("2026-11-22T{text}Z").parse().unwrap()
}

fn page(changes: &[&str], last: bool, answered: &str) -> PageFacts {
    PageFacts {
        changes: changes.iter().map(|text| at(text)).collect(),
        last,
        total: Some(2500),
        answered: Some(at(answered)),
    }
}

#[test]
fn an_earlier_version_s_position_is_still_understood() {
    let kept = r#"{"since":"2026-11-22T12:00:00Z","page":2,"seen":null,"total":7}"#;
    assert_eq!(
        serde_json::from_str::<Position>(kept).unwrap(),
        Position {
            since: Some(at("12:00:00")),
            page: 2,
            total: Some(7),
            ..Position::default()
        }
    );
}

#[test]
fn while_nothing_moves_pages_go_by_number() {
    let (first, more) = Position::default().after(&page(&["10:00:00"], false, "12:00:00"));
    assert!(more);
    assert_eq!(
        (first.since, first.page, first.total),
        (None, 2, Some(2500))
    );
    let kept: Position = serde_json::from_str(&serde_json::to_string(&first).unwrap()).unwrap();
    assert_eq!(kept, first);
    let (second, _) = kept.after(&page(&["11:00:00"], false, "12:00:01"));
    assert_eq!((second.since, second.page), (None, 3));
    let (end, more) = second.after(&page(&["11:30:00"], true, "12:00:02"));
    assert!(!more);
    assert_eq!(
        end,
        Position {
            since: Some(at("11:55:00")),
            ..Position::default()
        }
    );
    // Nothing new: the next pass begins where this one did, so that a burst is read once.
    let (later, more) = end.after(&page(&[], true, "13:00:00"));
    assert_eq!((later.since, more), (Some(at("12:55:00")), false));
    // Where there is nothing at all, everything is asked for again.
    let (empty, _) = Position::default().after(&page(&[], true, "13:00:00"));
    assert_eq!(empty, Position::default());
}

#[test]
fn what_moved_meanwhile_is_read_again_by_time_from_the_last_page_before_it() {
    let mut position = Position::default();
    for (change, answered) in [
        ("10:00:00", "12:00:00"),
        ("10:10:00", "12:01:00"),
        ("10:20:00", "12:02:00"),
    ] {
        position = position.after(&page(&[change], false, answered)).0;
    }
    // Touched between the second page and the third.
    let (again, more) = position.after(&page(&["11:00:00", "12:01:30"], true, "12:03:00"));
    assert!(more);
    assert_eq!(
        (again.since, again.page, again.by_time),
        (Some(at("10:09:59")), 1, true)
    );
    let (next, _) = again.after(&page(&["10:40:00"], false, "12:04:00"));
    assert_eq!((next.since, next.page), (Some(at("10:39:59")), 1));
    let (end, more) = next.after(&page(&["12:01:30"], true, "12:05:00"));
    assert!(!more);
    // From when the pass began, not from the newest change: what was changed in the minutes that it
    // took, and that an index was late with, is read as well.
    assert_eq!(end.since, Some(at("11:55:00")));
    assert!(!end.by_time);
}

#[test]
fn the_first_page_is_safe_even_where_the_clocks_disagree() {
    let (first, _) = Position::default().after(&page(&["10:00:00"], false, "12:00:00"));
    let (again, more) = first.after(&page(&["11:59:59"], true, "12:01:00"));
    assert!(more);
    assert_eq!((again.since, again.by_time), (Some(at("09:59:59")), true));
}

#[test]
fn one_page_alone_is_never_read_twice() {
    let (end, more) = Position::default().after(&page(&["12:00:00"], true, "12:00:00"));
    assert!(!more);
    assert_eq!(end.since, Some(at("11:55:00")));
}

#[test]
fn a_page_within_one_second_goes_on_by_number() {
    let start = Position {
        by_time: true,
        ..Position::default()
    };
    let (first, _) = start.after(&page(&["12:00:30.2"], false, "13:00:00"));
    let (second, _) = first.after(&page(&["12:00:30.9"], false, "13:00:00"));
    assert_eq!((second.since, second.page), (first.since, 2));
    let (third, _) = second.after(&page(&["12:00:45"], false, "13:00:00"));
    assert_eq!((third.since, third.page), (Some(at("12:00:44")), 1));
}

#[test]
fn an_answer_that_does_not_say_its_time_is_followed_by_time() {
    let silent = PageFacts {
        answered: None,
        ..page(&["10:00:00"], false, "12:00:00")
    };
    let (next, more) = Position::default().after(&silent);
    assert!(more);
    assert!(next.by_time);
    assert_eq!((next.since, next.page), (None, 1));
}
