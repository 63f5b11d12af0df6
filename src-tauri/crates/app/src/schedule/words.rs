//! Schedules as a person says them and reads them.

use chrono::{DateTime, NaiveTime, Timelike, Utc, Weekday};
use chrono_tz::Tz;

use super::when::{Every, Fault, Hours, Quiet, Schedule};
use crate::error::AppError;
use crate::views::{EveryView, HoursView, QuietView, ScheduleEntry};

/// The schedule that a person chose; `zone` is taken where none was named.
///
/// # Errors
/// A usage error that names the part that is none.
pub(super) fn read(entry: &ScheduleEntry, zone: Tz) -> Result<Schedule, AppError> {
    Ok(Schedule {
        every: every(&entry.every)?,
        zone: match &entry.zone {
            Some(name) => self::zone(name)?,
            None => zone,
        },
        hours: entry.hours.as_ref().map(hours).transpose()?,
        quiet: entry.quiet.map(|quiet| Quiet {
            last: short(quiet.last),
            first: short(quiet.first),
        }),
    })
}

/// The same schedule, as it is chosen.
pub(super) fn shown(schedule: &Schedule) -> ScheduleEntry {
    ScheduleEntry {
        every: match schedule.every {
            Every::Live => EveryView::Live,
            Every::Minutes(minutes) => EveryView::Minutes(minutes.into()),
            Every::Hour { minute } => EveryView::Hour(minute.into()),
            Every::Day { at } => EveryView::Day { at: clock(at) },
            Every::Week { on, at } => EveryView::Week {
                on: on.into(),
                at: clock(at),
            },
            Every::Month { day, at } => EveryView::Month {
                day: day.into(),
                at: clock(at),
            },
        },
        zone: Some(schedule.zone.name().to_owned()),
        hours: schedule.hours.as_ref().map(|hours| HoursView {
            days: hours.days.iter().map(|day| (*day).into()).collect(),
            from: clock(hours.from),
            until: clock(hours.until),
        }),
        quiet: schedule.quiet.map(|quiet| QuietView {
            last: quiet.last.into(),
            first: quiet.first.into(),
        }),
    }
}

/// The time zone of a name.
///
/// # Errors
/// A usage error where there is none of it.
pub(super) fn zone(name: &str) -> Result<Tz, AppError> {
    let same = |zone: &&Tz| zone.name().eq_ignore_ascii_case(name.trim());
    chrono_tz::TZ_VARIANTS
        .iter()
        .find(same)
        .copied()
        .ok_or_else(|| {
            AppError::usage(
                format!("There is no time zone \"{name}\"."),
                "Name one as the IANA does, like Europe/London or Australia/Sydney.",
            )
        })
}

fn every(view: &EveryView) -> Result<Every, AppError> {
    Ok(match view {
        EveryView::Live => Every::Live,
        EveryView::Minutes(minutes) => Every::Minutes(u16::try_from(*minutes).unwrap_or(u16::MAX)),
        EveryView::Hour(minute) => Every::Hour {
            minute: short(*minute),
        },
        EveryView::Day { at } => Every::Day { at: time(at)? },
        EveryView::Week { on, at } => Every::Week {
            on: (*on).into(),
            at: time(at)?,
        },
        EveryView::Month { day, at } => Every::Month {
            day: short(*day),
            at: time(at)?,
        },
    })
}

/// A number that is checked afterwards; what is too large for it is too large for a schedule.
fn short(number: u32) -> u8 {
    u8::try_from(number).unwrap_or(u8::MAX)
}

fn hours(view: &HoursView) -> Result<Hours, AppError> {
    Ok(Hours {
        days: view.days.iter().map(|day| (*day).into()).collect(),
        from: time(&view.from)?,
        until: time(&view.until)?,
    })
}

fn time(text: &str) -> Result<NaiveTime, AppError> {
    NaiveTime::parse_from_str(text, "%H:%M").map_err(|_| {
        AppError::usage(
            format!("\"{text}\" is no time of day."),
            "Write it with 24 hours, like 07:30 or 18:00.",
        )
    })
}

fn clock(time: NaiveTime) -> String {
    format!("{:02}:{:02}", time.hour(), time.minute())
}

/// What is wrong with a schedule, and what to do.
pub(super) fn fault(fault: Fault) -> AppError {
    match fault {
        Fault::Minutes => AppError::usage(
            "Minutes are 1 to 720.",
            "Choose fewer, or every day at a time.",
        ),
        Fault::MinuteOfHour => {
            AppError::usage("An hour has the minutes 0 to 59.", "Name one of these.")
        }
        Fault::DayOfMonth => AppError::usage(
            "A month has the days 1 to 31.",
            "Name one of these; 31 is the last day of every month.",
        ),
        Fault::Hours => AppError::usage(
            "The hours end before they begin, or are on no day.",
            "Name the earlier time first, and at least one day.",
        ),
        Fault::HoursOfDay => AppError::usage(
            "Hours are for syncs every few minutes or every hour; this one names its time itself.",
            "Leave the hours out, or choose minutes or hours.",
        ),
        Fault::Quiet => AppError::usage(
            "That leaves no day of February.",
            "Choose 27 quiet days or fewer in a month.",
        ),
        Fault::Never => AppError::usage(
            "It would never start: its day is always a quiet one.",
            "Choose another day, or fewer quiet ones.",
        ),
        Fault::TooOften { times, allowed } => AppError::usage(
            format!(
                "That asks Xero up to {times} times a day, and this many leave no calls for writing: {allowed} are \
                 the most."
            ),
            "Choose more minutes, or fewer hours of the day.",
        ),
    }
}

/// An instant in words, for the log.
pub(crate) fn moment(at: DateTime<Utc>) -> String {
    at.format("%-d %b %Y, %H:%M UTC").to_string()
}

/// A schedule as one sentence without its full stop.
pub(super) fn sentence(schedule: &Schedule) -> String {
    let mut text = match schedule.every {
        Every::Live => "As it happens in ERPNext, and from Xero within 4 minutes".to_owned(),
        Every::Minutes(1) => "Every minute".to_owned(),
        Every::Minutes(minutes) => format!("Every {minutes} minutes"),
        Every::Hour { minute: 0 } => "Every hour, on the hour".to_owned(),
        Every::Hour { minute: 1 } => "Every hour, 1 minute past".to_owned(),
        Every::Hour { minute } => format!("Every hour, {minute} minutes past"),
        Every::Day { at } => format!("Every day at {}", clock(at)),
        Every::Week { on, at } => format!("Every {} at {}", name(on), clock(at)),
        Every::Month { day: 31, at } => format!("On the last day of every month at {}", clock(at)),
        Every::Month { day, at } if day > 28 => {
            format!("On day {day} of every month, or its last, at {}", clock(at))
        }
        Every::Month { day, at } => format!("On day {day} of every month at {}", clock(at)),
    };
    if let Some(hours) = &schedule.hours {
        let (from, until) = (clock(hours.from), clock(hours.until));
        text = format!("{text}, {} from {from} to {until}", days(&hours.days));
    }
    if let Some(quiet) = schedule.quiet {
        let part = |which: &str, days: u8| match days {
            0 => None,
            1 => Some(format!("the {which} day")),
            many => Some(format!("the {which} {many} days")),
        };
        let parts: Vec<String> = [part("last", quiet.last), part("first", quiet.first)]
            .into_iter()
            .flatten()
            .collect();
        if !parts.is_empty() {
            text = format!("{text}, not on {} of a month", parts.join(" and "));
        }
    }
    text + &format!(" ({})", schedule.zone.name())
}

const fn name(day: Weekday) -> &'static str {
    match day {
        Weekday::Mon => "Monday",
        Weekday::Tue => "Tuesday",
        Weekday::Wed => "Wednesday",
        Weekday::Thu => "Thursday",
        Weekday::Fri => "Friday",
        Weekday::Sat => "Saturday",
        Weekday::Sun => "Sunday",
    }
}

/// Days of a week: a row of them by its ends.
fn days(days: &[Weekday]) -> String {
    let mut held: Vec<Weekday> = days.to_vec();
    held.sort_by_key(Weekday::num_days_from_monday);
    held.dedup();
    let row = held
        .windows(2)
        .all(|pair| matches!(pair, [one, other] if one.succ() == *other));
    match held.as_slice() {
        all if all.len() == 7 => "every day".to_owned(),
        [first, .., last] if row && held.len() > 2 => {
            format!("{} to {}", name(*first), name(*last))
        }
        some => some
            .iter()
            .map(|day| name(*day))
            .collect::<Vec<_>>()
            .join(", "),
    }
}
