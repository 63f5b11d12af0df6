//! A month of a computer that is asleep at night, off for days and without a network at times: each schedule
//! is served exactly as often as its words say, with what was missed made up for once.

use super::*;

/// Hours in which the computer is awake, by day of the month; and those without a network.
fn awake(now: DateTime<Utc>) -> bool {
    let (day, hour) = (chrono::Datelike::day(&now), chrono::Timelike::hour(&now));
    // Off from the 10th to the 12th; asleep from 22:00 to 06:00.
    !(10..=12).contains(&day) && (6..22).contains(&hour)
}

fn online(now: DateTime<Utc>) -> bool {
    // No network on the 20th until 15:00.
    !(chrono::Datelike::day(&now) == 20 && chrono::Timelike::hour(&now) < 15)
}

/// Plays a month minute by minute; how often it ran, and how many slots were made up for.
fn month(each: &Chosen, first: &str, last: &str) -> (usize, u32) {
    let (mut now, end) = (at(first), at(last));
    let mut held = Served::from([(Whose::All.word(), now)]);
    let (mut runs, mut missed) = (0, 0);
    while now < end {
        if awake(now)
            && online(now)
            && let Due::Now(work) = each.due(&held, now)
        {
            runs += 1;
            missed += work.missed.map_or(0, |it| it.slots);
            for whose in work.lines {
                held.insert(whose.word(), now);
            }
        }
        now += MINUTE;
    }
    (runs, missed)
}

#[test]
fn a_month_with_sleep_and_outages_runs_each_schedule_as_often_as_its_words_say() {
    let (first, last) = ("2026-10-01T00:00:00Z", "2026-11-01T00:00:00Z");
    let play = |every| month(&chosen(every), first, last);
    // 31 days less 3 off; what the night and the 20th swallowed is one run each at 06:00 or 15:00.
    // An hourly one: awake 16 hours of 28 days, of which the 20th has 7. The first of a day makes up for the eight of
    // the night at once, on the 1st for five, on the 13th for those of three days, on the 20th for those of the
    // morning.
    assert_eq!(
        play(Every::Hour { minute: 0 }),
        (27 * 16 + 7, 25 * 8 + 5 + 80 + 17)
    );
    // Each day at 07:30 by the clock on the wall (06:30 UTC until the 25th): those of the 10th to 12th on the 13th at
    // 06:00, where the slot of that day follows at 06:30; that of the 20th at 15:00.
    assert_eq!(play(daily("07:30:00")), (27 + 1 + 1, 3 + 1));
    // At 01:30, asleep: made up for each morning, on the 25th, when 01:30 came twice, once.
    assert_eq!(play(daily("01:30:00")), (28, 31));
    // Each Monday: the 5th, the 12th (off, on the 13th), the 19th and 26th.
    let monday = Every::Week {
        on: Weekday::Mon,
        at: time("09:00:00"),
    };
    assert_eq!(play(monday), (4, 1));
    let month_end = Every::Month {
        day: 31,
        at: time("18:00:00"),
    };
    assert_eq!(play(month_end), (1, 0));
}
