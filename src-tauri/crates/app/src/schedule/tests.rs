#![allow(clippy::unwrap_used, clippy::expect_used)]

mod months;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveTime, TimeDelta, Utc, Weekday};
use chrono_tz::Tz;
use ledger::Kind;

use super::due::{Chosen, Due, Line, Pause, Served, Whose, Work};
use super::when::{Every, Fault, Hours, Quiet, Schedule};
use super::words;
use crate::views::{EveryView, HoursView, ScheduleEntry};

const LONDON: Tz = Tz::Europe__London;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect(text)
}

fn time(text: &str) -> NaiveTime {
    text.parse().expect(text)
}

fn schedule(every: Every, zone: Tz) -> Schedule {
    Schedule {
        every,
        zone,
        hours: None,
        quiet: None,
    }
}

fn daily(text: &str) -> Every {
    Every::Day { at: time(text) }
}

/// Checks when a schedule comes round, one slot after the other.
fn comes_round(schedule: &Schedule, after: &str, slots: &[&str]) {
    let mut now = at(after);
    for slot in slots {
        now = schedule.next_after(now).expect("a slot");
        assert_eq!(now, at(slot), "{}", words::sentence(schedule));
    }
}

#[test]
fn each_schedule_comes_round_when_its_words_say() {
    let week = Every::Week {
        on: Weekday::Mon,
        at: time("07:30:00"),
    };
    let month = |day| Every::Month {
        day,
        at: time("23:00:00"),
    };
    let cases: [(Every, Tz, &str, &[&str]); 12] = [
        (
            Every::Minutes(15),
            LONDON,
            "2026-11-30T10:07:30Z",
            &["2026-11-30T10:15:00Z", "2026-11-30T10:30:00Z"],
        ),
        // A slot is not its own next one.
        (
            Every::Minutes(15),
            LONDON,
            "2026-11-30T10:15:00Z",
            &["2026-11-30T10:30:00Z"],
        ),
        (
            Every::Hour { minute: 5 },
            LONDON,
            "2026-11-30T10:05:00Z",
            &["2026-11-30T11:05:00Z", "2026-11-30T12:05:00Z"],
        ),
        // By the clock on the wall: India is five and a half hours ahead.
        (
            Every::Hour { minute: 5 },
            Tz::Asia__Kolkata,
            "2026-11-30T10:00:00Z",
            &["2026-11-30T10:35:00Z", "2026-11-30T11:35:00Z"],
        ),
        (
            daily("07:30:00"),
            Tz::Australia__Sydney,
            "2026-11-30T00:00:00Z",
            &["2026-11-30T20:30:00Z", "2026-12-01T20:30:00Z"],
        ),
        // Before noon in Los Angeles the day of UTC is the same, after it the next one.
        (
            daily("20:00:00"),
            Tz::America__Los_Angeles,
            "2026-12-01T03:59:59Z",
            &["2026-12-01T04:00:00Z", "2026-12-02T04:00:00Z"],
        ),
        (
            week,
            LONDON,
            "2026-11-30T07:30:00Z",
            &["2026-12-07T07:30:00Z", "2026-12-14T07:30:00Z"],
        ),
        (
            month(31),
            LONDON,
            "2027-01-31T12:00:00Z",
            &[
                "2027-01-31T23:00:00Z",
                "2027-02-28T23:00:00Z",
                "2027-03-31T22:00:00Z",
                "2027-04-30T22:00:00Z",
            ],
        ),
        (
            month(29),
            LONDON,
            "2028-02-01T00:00:00Z",
            &["2028-02-29T23:00:00Z", "2028-03-29T22:00:00Z"],
        ),
        (
            month(1),
            Tz::Pacific__Auckland,
            "2026-11-30T00:00:00Z",
            &["2026-12-01T10:00:00Z", "2027-01-01T10:00:00Z"],
        ),
        // Lord Howe Island changes by half an hour: 02:00 becomes 02:30 on 4 October 2026.
        (
            Every::Hour { minute: 0 },
            Tz::Australia__Lord_Howe,
            "2026-10-03T14:00:00Z",
            &[
                "2026-10-03T14:30:00Z",
                "2026-10-03T16:00:00Z",
                "2026-10-03T17:00:00Z",
            ],
        ),
        // Samoa had no 30 December 2011.
        (
            daily("08:00:00"),
            Tz::Pacific__Apia,
            "2011-12-29T17:00:00Z",
            &[
                "2011-12-29T18:00:00Z",
                "2011-12-30T10:00:00Z",
                "2011-12-30T18:00:00Z",
            ],
        ),
    ];
    for (every, zone, after, slots) in cases {
        comes_round(&schedule(every, zone), after, slots);
    }
}

#[test]
fn an_hour_that_repeats_has_its_slot_once_and_one_that_is_skipped_has_it_right_after() {
    // Clocks go back from 02:00 to 01:00 on 25 October 2026, and on from 01:00 to 02:00 on 28 March 2027.
    let half_past_one = schedule(daily("01:30:00"), LONDON);
    comes_round(
        &half_past_one,
        "2026-10-24T12:00:00Z",
        &["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"],
    );
    comes_round(
        &half_past_one,
        "2027-03-27T12:00:00Z",
        &["2027-03-28T01:00:00Z", "2027-03-29T00:30:00Z"],
    );
    // What comes round each hour does so in each hour that passes.
    let hourly = schedule(Every::Hour { minute: 0 }, LONDON);
    let day = |from: &str, until: &str| hourly.slots(at(from), at(until), 100).len();
    assert_eq!(day("2026-10-24T23:00:00Z", "2026-10-26T00:00:00Z"), 25);
    assert_eq!(day("2027-03-28T00:00:00Z", "2027-03-28T23:00:00Z"), 23);
}

#[test]
fn hours_and_quiet_days_leave_slots_out() {
    let office = Hours {
        days: vec![
            Weekday::Mon,
            Weekday::Tue,
            Weekday::Wed,
            Weekday::Thu,
            Weekday::Fri,
        ],
        from: time("08:00:00"),
        until: time("18:00:00"),
    };
    let mut quarterly = schedule(Every::Minutes(15), LONDON);
    quarterly.hours = Some(office);
    // Friday evening to Monday morning; the end of the hours is outside.
    comes_round(
        &quarterly,
        "2026-11-27T17:30:00Z",
        &["2026-11-27T17:45:00Z", "2026-11-30T08:00:00Z"],
    );
    let mut nightly = schedule(daily("23:00:00"), LONDON);
    nightly.quiet = Some(Quiet { last: 2, first: 1 });
    comes_round(
        &nightly,
        "2026-11-27T12:00:00Z",
        &[
            "2026-11-27T23:00:00Z",
            "2026-11-28T23:00:00Z",
            "2026-12-02T23:00:00Z",
        ],
    );
}

#[test]
fn what_is_no_schedule_is_told_by_its_part() {
    let now = at("2026-11-30T12:00:00Z");
    let fault = |schedule: &Schedule| schedule.fault(450, now);
    let of = |every| schedule(every, LONDON);
    assert_eq!(fault(&of(Every::Minutes(0))), Some(Fault::Minutes));
    assert_eq!(fault(&of(Every::Minutes(721))), Some(Fault::Minutes));
    assert_eq!(
        fault(&of(Every::Minutes(3))),
        Some(Fault::TooOften {
            times: 480,
            allowed: 450
        })
    );
    assert_eq!(fault(&of(Every::Minutes(4))), None);
    assert_eq!(
        fault(&of(Every::Hour { minute: 60 })),
        Some(Fault::MinuteOfHour)
    );
    assert_eq!(
        fault(&of(Every::Month {
            day: 0,
            at: time("08:00:00")
        })),
        Some(Fault::DayOfMonth)
    );
    assert_eq!(
        fault(&of(Every::Month {
            day: 32,
            at: time("08:00:00")
        })),
        Some(Fault::DayOfMonth)
    );
    let with = |every, from: &str, until: &str, days: &[Weekday]| Schedule {
        hours: Some(Hours {
            days: days.to_vec(),
            from: time(from),
            until: time(until),
        }),
        ..of(every)
    };
    // Two minutes are allowed in ten hours of a day.
    let some = [Weekday::Mon];
    assert_eq!(
        fault(&with(Every::Minutes(2), "08:00:00", "18:00:00", &some)),
        None
    );
    assert_eq!(
        fault(&with(Every::Minutes(4), "18:00:00", "08:00:00", &some)),
        Some(Fault::Hours)
    );
    assert_eq!(
        fault(&with(Every::Minutes(4), "08:00:00", "18:00:00", &[])),
        Some(Fault::Hours)
    );
    assert_eq!(
        fault(&with(daily("09:00:00"), "08:00:00", "18:00:00", &some)),
        Some(Fault::HoursOfDay)
    );
    // Once an hour at :30, in a quarter of an hour that has no such minute.
    assert_eq!(
        fault(&with(
            Every::Hour { minute: 30 },
            "08:00:00",
            "08:15:00",
            &some
        )),
        Some(Fault::Never)
    );
    let quiet = |every, last, first| Schedule {
        quiet: Some(Quiet { last, first }),
        ..of(every)
    };
    assert_eq!(fault(&quiet(daily("09:00:00"), 20, 8)), Some(Fault::Quiet));
    assert_eq!(fault(&quiet(daily("09:00:00"), 20, 7)), None);
    assert_eq!(
        fault(&quiet(
            Every::Month {
                day: 31,
                at: time("09:00:00")
            },
            3,
            0
        )),
        Some(Fault::Never)
    );
}

fn chosen(every: Every) -> Chosen {
    Chosen {
        all: Some(line(every)),
        ..Chosen::default()
    }
}

fn line(every: Every) -> Line {
    Line {
        schedule: schedule(every, LONDON),
        since: at("2026-09-01T00:00:00Z"),
    }
}

fn served(whose: Whose, when: &str) -> Served {
    BTreeMap::from([(whose.word(), at(when))])
}

fn work(due: Due) -> Work {
    match due {
        Due::Now(work) => work,
        other @ (Due::At(_) | Due::Never) => panic!("{other:?}"),
    }
}

#[test]
fn six_hours_asleep_are_made_up_for_by_one_run() {
    let each = chosen(Every::Minutes(4));
    let asleep = served(Whose::All, "2026-11-30T04:00:00Z");
    let woken = at("2026-11-30T10:01:00Z");
    let due = work(each.due(&asleep, woken));
    let missed = due.missed.expect("said");
    assert_eq!(
        (missed.slots, missed.first),
        (87, at("2026-11-30T04:04:00Z"))
    );
    assert!(due.only_if_changed && !due.full);
    // Once it is served, the next one is the next slot.
    let again = served(Whose::All, "2026-11-30T10:01:00Z");
    assert_eq!(each.due(&again, woken), Due::At(at("2026-11-30T10:04:00Z")));
}

#[test]
fn slots_that_pass_while_a_run_takes_long_give_one_more() {
    let each = chosen(Every::Minutes(5));
    // It began on the hour and took an hour: twelve slots have passed.
    let ended = at("2026-11-30T11:00:30Z");
    let due = work(each.due(&served(Whose::All, "2026-11-30T10:00:00Z"), ended));
    assert_eq!(due.lines, [Whose::All]);
    assert_eq!(
        each.due(&served(Whose::All, "2026-11-30T11:00:30Z"), ended),
        Due::At(at("2026-11-30T11:05:00Z"))
    );
}

#[test]
fn what_is_a_little_late_was_not_missed() {
    let each = chosen(daily("07:30:00"));
    let before = served(Whose::All, "2026-11-29T07:30:00Z");
    assert_eq!(
        work(each.due(&before, at("2026-11-30T07:40:00Z"))).missed,
        None
    );
    assert_eq!(
        work(each.due(&before, at("2026-11-30T07:40:01Z")))
            .missed
            .map(|it| it.slots),
        Some(1)
    );
}

#[test]
fn forty_days_off_compare_everything() {
    let each = chosen(Every::Week {
        on: Weekday::Mon,
        at: time("07:00:00"),
    });
    let due = work(each.due(
        &served(Whose::All, "2026-11-02T07:00:00Z"),
        at("2026-12-12T07:00:00Z"),
    ));
    assert!(due.full && !due.only_if_changed);
    assert_eq!(due.missed.map(|it| it.slots), Some(5));
}

#[test]
fn what_was_never_served_is_due_from_when_it_was_chosen() {
    let mut each = chosen(daily("07:30:00"));
    let nothing = Served::new();
    each.all.as_mut().unwrap().since = at("2026-11-30T08:00:00Z");
    assert_eq!(
        each.due(&nothing, at("2026-11-30T08:00:00Z")),
        Due::At(at("2026-12-01T07:30:00Z"))
    );
    // A schedule chosen anew forgets what the one before it was served.
    let old = served(Whose::All, "2026-11-20T00:00:00Z");
    assert_eq!(
        each.due(&old, at("2026-11-30T12:00:00Z")),
        Due::At(at("2026-12-01T07:30:00Z"))
    );
    assert_eq!(
        Chosen::default().due(&nothing, at("2026-11-30T08:00:00Z")),
        Due::Never
    );
}

#[test]
fn a_clock_that_was_set_back_neither_stops_nor_repeats_it() {
    let each = chosen(Every::Hour { minute: 0 });
    let ahead = served(Whose::All, "2027-11-30T10:00:00Z");
    assert_eq!(
        each.due(&ahead, at("2026-11-30T10:20:00Z")),
        Due::At(at("2026-11-30T11:00:00Z"))
    );
}

#[test]
fn kinds_go_their_own_ways_and_together_where_they_meet() {
    let mut each = chosen(daily("07:30:00"));
    each.kinds
        .insert(Kind::Payment, Some(line(Every::Hour { minute: 30 })));
    each.kinds.insert(Kind::Contact, None);
    let both = Served::from([
        (Whose::All.word(), at("2026-11-29T07:30:00Z")),
        (
            Whose::Kind(Kind::Payment).word(),
            at("2026-11-30T05:30:00Z"),
        ),
    ]);
    let hour = work(each.due(&both, at("2026-11-30T06:30:00Z")));
    assert_eq!(
        (hour.lines, hour.kinds),
        (
            vec![Whose::Kind(Kind::Payment)],
            BTreeSet::from([Kind::Payment])
        )
    );
    let morning = work(each.due(&both, at("2026-11-30T07:31:00Z")));
    assert_eq!(morning.lines, [Whose::All, Whose::Kind(Kind::Payment)]);
    // Contacts are synced only when a person says so.
    assert_eq!(
        morning.kinds,
        BTreeSet::from([Kind::Invoice, Kind::CreditNote, Kind::Payment])
    );
    let alone = each.only(Whose::All);
    assert_eq!(
        alone.next(&both, at("2026-11-30T06:30:00Z")),
        Some(at("2026-11-30T07:30:00Z"))
    );
}

#[test]
fn kinds_are_followed_as_they_happen_in_their_hours_and_not_while_paused() {
    let mut each = chosen(daily("07:30:00"));
    assert!(!each.follows());
    let mut live = line(Every::Live);
    live.schedule.hours = Some(Hours {
        days: vec![Weekday::Mon],
        from: time("08:00:00"),
        until: time("18:00:00"),
    });
    each.kinds.insert(Kind::Invoice, Some(live));
    assert!(each.follows());
    // 30 November 2026 is a Monday.
    let at_noon = at("2026-11-30T12:00:00Z");
    assert_eq!(each.live(at_noon), BTreeSet::from([Kind::Invoice]));
    assert_eq!(each.live(at("2026-11-30T19:00:00Z")), BTreeSet::new());
    // Both sides are asked besides, every four minutes of these hours.
    let before = Served::from([
        (Whose::All.word(), at("2026-11-30T07:30:00Z")),
        (Whose::Kind(Kind::Invoice).word(), at_noon),
    ]);
    assert_eq!(
        each.due(&before, at_noon),
        Due::At(at("2026-11-30T12:04:00Z"))
    );
    each.pause = Some(Pause::UntilResumed);
    assert_eq!(each.live(at_noon), BTreeSet::new());
}

#[test]
fn a_schedule_for_all_that_no_kind_goes_by_is_none() {
    let mut each = chosen(daily("07:30:00"));
    for kind in Kind::ALL {
        each.kinds.insert(kind, None);
    }
    assert_eq!(
        each.due(&Served::new(), at("2026-11-30T12:00:00Z")),
        Due::Never
    );
}

#[test]
fn a_pause_holds_and_is_made_up_for_once() {
    let mut each = chosen(Every::Hour { minute: 0 });
    let before = served(Whose::All, "2026-11-30T10:00:00Z");
    each.pause = Some(Pause::Until(at("2026-11-30T15:30:00Z")));
    let paused = at("2026-11-30T12:10:00Z");
    assert_eq!(
        each.due(&before, paused),
        Due::At(at("2026-11-30T15:30:00Z"))
    );
    // What fell due meanwhile starts as soon as it ends.
    assert_eq!(each.next(&before, paused), Some(at("2026-11-30T15:30:00Z")));
    let after = work(each.due(&before, at("2026-11-30T15:30:00Z")));
    assert_eq!(after.missed.map(|it| it.slots), Some(5));
    // A daily one that does not fall into the pause starts at its own time.
    each.all = Some(line(daily("18:00:00")));
    let yesterday = served(Whose::All, "2026-11-29T18:00:00Z");
    assert_eq!(
        each.next(&yesterday, paused),
        Some(at("2026-11-30T18:00:00Z"))
    );
    each.pause = Some(Pause::UntilResumed);
    assert_eq!(each.due(&yesterday, paused), Due::Never);
    assert_eq!(each.next(&yesterday, paused), None);
}

#[test]
fn a_choice_is_read_back_as_it_was_made() {
    let entries = [
        (
            EveryView::Live,
            "As it happens in ERPNext, and from Xero within 4 minutes",
        ),
        (EveryView::Minutes(15), "Every 15 minutes"),
        (EveryView::Hour(0), "Every hour, on the hour"),
        (EveryView::Hour(5), "Every hour, 5 minutes past"),
        (EveryView::Day { at: "07:30".into() }, "Every day at 07:30"),
        (
            EveryView::Week {
                on: crate::views::Weekday::Mon,
                at: "18:00".into(),
            },
            "Every Monday at 18:00",
        ),
        (
            EveryView::Month {
                day: 15,
                at: "06:00".into(),
            },
            "On day 15 of every month at 06:00",
        ),
        (
            EveryView::Month {
                day: 30,
                at: "06:00".into(),
            },
            "On day 30 of every month, or its last, at 06:00",
        ),
        (
            EveryView::Month {
                day: 31,
                at: "06:00".into(),
            },
            "On the last day of every month at 06:00",
        ),
    ];
    for (every, sentence) in entries {
        let entry = ScheduleEntry {
            every,
            zone: Some("Europe/London".into()),
            hours: None,
            quiet: None,
        };
        let read = words::read(&entry, Tz::UTC).unwrap();
        assert_eq!(words::shown(&read), entry);
        assert_eq!(
            words::sentence(&read),
            format!("{sentence} (Europe/London)")
        );
        let kept = serde_json::to_string(&Line {
            schedule: read.clone(),
            since: at("2026-11-30T00:00:00Z"),
        })
        .unwrap();
        assert_eq!(serde_json::from_str::<Line>(&kept).unwrap().schedule, read);
    }
}

#[test]
fn hours_and_quiet_days_are_in_the_words() {
    use crate::views::Weekday::{Fri, Mon, Sat, Sun, Thu, Tue, Wed};
    let sentence = |days: Vec<crate::views::Weekday>| {
        let entry = ScheduleEntry {
            every: EveryView::Minutes(5),
            zone: None,
            hours: Some(HoursView {
                days,
                from: "08:00".into(),
                until: "18:00".into(),
            }),
            quiet: Some(crate::views::QuietView { last: 3, first: 1 }),
        };
        words::sentence(&words::read(&entry, LONDON).unwrap())
    };
    let rest =
        "from 08:00 to 18:00, not on the last 3 days and the first day of a month (Europe/London)";
    let office = vec![Mon, Tue, Wed, Thu, Fri];
    assert_eq!(
        sentence(office.clone()),
        format!("Every 5 minutes, Monday to Friday {rest}")
    );
    assert_eq!(
        sentence(vec![Sat, Sun]),
        format!("Every 5 minutes, Saturday, Sunday {rest}")
    );
    assert_eq!(
        sentence([office, vec![Sat, Sun]].concat()),
        format!("Every 5 minutes, every day {rest}")
    );
}

#[test]
fn what_is_no_time_or_zone_is_told() {
    let entry = |at: &str, zone: &str| ScheduleEntry {
        every: EveryView::Day { at: at.into() },
        zone: Some(zone.into()),
        hours: None,
        quiet: None,
    };
    let wrong = |at, zone| {
        words::read(&entry(at, zone), Tz::UTC)
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        wrong("25:00", "Europe/London"),
        "\"25:00\" is no time of day."
    );
    assert_eq!(
        wrong("7.30", "Europe/London"),
        "\"7.30\" is no time of day."
    );
    assert_eq!(
        wrong("07:30", "London"),
        "There is no time zone \"London\"."
    );
    assert!(words::read(&entry("07:30", "europe/london"), Tz::UTC).is_ok());
}

/// A minute more than it takes.
const MINUTE: TimeDelta = TimeDelta::minutes(1);
