//! When a schedule comes round, in the time zone of the books. Pure.

use chrono::{
    DateTime, Datelike, Days, LocalResult, Months, NaiveDate, NaiveDateTime, NaiveTime, Offset,
    TimeDelta, TimeZone, Timelike, Utc, Weekday,
};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

/// How far ahead a slot is looked for. Every schedule that [`Schedule::fault`] passes has one within
/// two months.
const LOOKED_AHEAD: TimeDelta = TimeDelta::days(800);

/// How often both sides are asked where changes are followed as they happen.
const LIVE_MINUTES: u16 = 4;

/// How often.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Every {
    /// As it happens: what ERPNext tells of at once, and both sides are asked every four minutes, since Xero
    /// tells nobody who cannot be reached from outside.
    Live,
    /// Every so many minutes of elapsed time, 1 to 720.
    Minutes(u16),
    /// Each hour of elapsed time, at this minute of the clock on the wall.
    Hour {
        /// 0 to 59.
        minute: u8,
    },
    /// Each day.
    Day {
        /// By the clock on the wall.
        at: NaiveTime,
    },
    /// Each week.
    Week {
        /// On this day.
        on: Weekday,
        /// By the clock on the wall.
        at: NaiveTime,
    },
    /// Each month.
    Month {
        /// 1 to 31; a month that is shorter has it on its last day.
        day: u8,
        /// By the clock on the wall.
        at: NaiveTime,
    },
}

/// The hours in which a schedule of minutes or hours runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hours {
    /// On these days.
    pub days: Vec<Weekday>,
    /// From this time on, by the clock on the wall.
    pub from: NaiveTime,
    /// Until before this time, which is later on the same day.
    pub until: NaiveTime,
}

/// Days around the end of a month on which nothing runs, while books are being closed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quiet {
    /// The last so many days of each month.
    pub last: u8,
    /// The first so many days of each month.
    pub first: u8,
}

/// When something is synced by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    /// How often.
    pub every: Every,
    /// Whose clock on the wall.
    pub zone: Tz,
    /// Only in these hours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<Hours>,
    /// Not on these days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quiet: Option<Quiet>,
}

/// Why a schedule is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Minutes that are not 1 to 720.
    Minutes,
    /// A minute of the hour that is not 0 to 59.
    MinuteOfHour,
    /// A day of the month that is not 1 to 31.
    DayOfMonth,
    /// Hours that end before they begin, or on no day.
    Hours,
    /// Hours given to a schedule that names its time itself.
    HoursOfDay,
    /// Quiet days that leave fewer than one day of a short month.
    Quiet,
    /// It never comes round: its day is always a quiet one.
    Never,
    /// More often in a day than is allowed: how often it would be, and how often it may be.
    TooOften {
        /// Times a day at most, as it stands.
        times: u32,
        /// Times a day that are allowed.
        allowed: u32,
    },
}

impl Schedule {
    /// The first slot after an instant; `None` where there is none in the next years.
    pub fn next_after(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let end = after + LOOKED_AHEAD;
        let mut slot = self.every.next_after(after, self.zone)?;
        while slot <= end {
            if self.allows(slot) {
                return Some(slot);
            }
            slot = self.every.next_after(slot, self.zone)?;
        }
        None
    }

    /// The slots after the first instant up to the second, at most so many.
    pub fn slots(
        &self,
        after: DateTime<Utc>,
        until: DateTime<Utc>,
        most: usize,
    ) -> Vec<DateTime<Utc>> {
        let next = |slot: &DateTime<Utc>| self.next_after(*slot);
        std::iter::successors(self.next_after(after), next)
            .take_while(|slot| *slot <= until)
            .take(most)
            .collect()
    }

    /// What is wrong with it, where something is. `allowed` says how often a day it may ask Xero.
    pub fn fault(&self, allowed: u32, now: DateTime<Utc>) -> Option<Fault> {
        match self.every {
            Every::Minutes(minutes) if !(1..=720).contains(&minutes) => {
                return Some(Fault::Minutes);
            }
            Every::Hour { minute } if minute > 59 => return Some(Fault::MinuteOfHour),
            Every::Month { day, .. } if !(1..=31).contains(&day) => return Some(Fault::DayOfMonth),
            Every::Live
            | Every::Minutes(_)
            | Every::Hour { .. }
            | Every::Day { .. }
            | Every::Week { .. }
            | Every::Month { .. } => {}
        }
        if let Some(hours) = &self.hours {
            if !matches!(
                self.every,
                Every::Live | Every::Minutes(_) | Every::Hour { .. }
            ) {
                return Some(Fault::HoursOfDay);
            }
            if hours.days.is_empty() || hours.from >= hours.until {
                return Some(Fault::Hours);
            }
        }
        if self
            .quiet
            .is_some_and(|quiet| u32::from(quiet.last) + u32::from(quiet.first) > 27)
        {
            return Some(Fault::Quiet);
        }
        let times = self.times_a_day();
        if times > allowed {
            return Some(Fault::TooOften { times, allowed });
        }
        self.next_after(now).is_none().then_some(Fault::Never)
    }

    /// How many slots a day of 24 hours has at most.
    fn times_a_day(&self) -> u32 {
        let open = match &self.hours {
            Some(hours) => (hours.until - hours.from).num_minutes(),
            None => 24 * 60,
        };
        let open = u32::try_from(open).unwrap_or_default();
        match self.every {
            Every::Live => open.div_ceil(LIVE_MINUTES.into()),
            Every::Minutes(minutes) => open.div_ceil(u32::from(minutes.max(1))),
            Every::Hour { .. } => open.div_ceil(60),
            Every::Day { .. } | Every::Week { .. } | Every::Month { .. } => 1,
        }
    }

    /// Whether its hours and days hold an instant.
    pub fn allows(&self, slot: DateTime<Utc>) -> bool {
        let local = slot.with_timezone(&self.zone).naive_local();
        let open = self.hours.as_ref().is_none_or(|hours| hours.hold(local));
        open && self.quiet.is_none_or(|quiet| !quiet.holds(local.date()))
    }
}

impl Hours {
    fn hold(&self, local: NaiveDateTime) -> bool {
        let time = local.time();
        self.days.contains(&local.weekday()) && self.from <= time && time < self.until
    }
}

impl Quiet {
    fn holds(self, date: NaiveDate) -> bool {
        let days = date.num_days_in_month();
        let day = date.day();
        day <= u32::from(self.first) || day + u32::from(self.last) > u32::from(days)
    }
}

impl Every {
    /// Whether it comes round so often that a sync is worth its calls only where something changed.
    pub const fn asks_first(self) -> bool {
        matches!(self, Every::Live | Every::Minutes(_))
    }

    /// The first slot after an instant, hours and quiet days apart.
    fn next_after(self, after: DateTime<Utc>, zone: Tz) -> Option<DateTime<Utc>> {
        match self {
            Every::Live => next_of(after, i64::from(LIVE_MINUTES) * 60, 0),
            Every::Minutes(minutes) => next_of(after, i64::from(minutes.max(1)) * 60, 0),
            Every::Hour { minute } => next_hour(after, zone, minute),
            Every::Day { at } => dates(after, zone)
                .filter_map(|date| on_the_wall(date.and_time(at), zone))
                .find(|slot| *slot > after),
            Every::Week { on, at } => dates(after, zone)
                .filter(|date| date.weekday() == on)
                .filter_map(|date| on_the_wall(date.and_time(at), zone))
                .find(|slot| *slot > after),
            Every::Month { day, at } => months(after, zone)
                .filter_map(|first| day_of(first, day))
                .filter_map(|date| on_the_wall(date.and_time(at), zone))
                .find(|slot| *slot > after),
        }
    }
}

/// The first multiple of a step after an instant, moved by an offset, all in seconds of Unix time.
fn next_of(after: DateTime<Utc>, step: i64, offset: i64) -> Option<DateTime<Utc>> {
    let whole = (after.timestamp() - offset).div_euclid(step) + 1;
    Utc.timestamp_opt(whole * step + offset, 0).single()
}

/// The next instant at which the clock on the wall shows this minute of an hour. Where the clocks change by
/// whole hours, that is each hour of elapsed time.
fn next_hour(after: DateTime<Utc>, zone: Tz, minute: u8) -> Option<DateTime<Utc>> {
    let ahead = |at: DateTime<Utc>| {
        let offset = zone.offset_from_utc_datetime(&at.naive_utc()).fix();
        let moved = i64::from(minute) * 60 - i64::from(offset.local_minus_utc());
        next_of(at, 3600, moved.rem_euclid(3600))
    };
    let slot = ahead(after)?;
    // Where the clocks change by a part of an hour before the slot, it is reckoned anew from there.
    let again = ahead(slot)?;
    Some(if slot.with_timezone(&zone).minute() == u32::from(minute) {
        slot
    } else {
        again
    })
}

/// The days of a zone from the one before an instant on: the day before may have a slot that was moved.
fn dates(from: DateTime<Utc>, zone: Tz) -> impl Iterator<Item = NaiveDate> {
    let first = from.with_timezone(&zone).date_naive() - Days::new(1);
    let days = u64::try_from(LOOKED_AHEAD.num_days()).unwrap_or_default();
    (0..days).filter_map(move |day| first.checked_add_days(Days::new(day)))
}

/// The first days of the months from the one before an instant on.
fn months(from: DateTime<Utc>, zone: Tz) -> impl Iterator<Item = NaiveDate> {
    let first = from.with_timezone(&zone).date_naive().with_day(1);
    (0..=30_u32)
        .filter_map(move |month| (first? - Months::new(1)).checked_add_months(Months::new(month)))
}

/// A day of the month that begins on a date, or its last one.
fn day_of(first: NaiveDate, day: u8) -> Option<NaiveDate> {
    first.with_day(u32::from(day.min(first.num_days_in_month())))
}

/// The instant at which the clock on the wall shows a time: the first of two where an hour repeats, and the
/// end of the gap where it is skipped.
fn on_the_wall(local: NaiveDateTime, zone: Tz) -> Option<DateTime<Utc>> {
    match zone.from_local_datetime(&local) {
        LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => Some(at.to_utc()),
        // A gap is at most a day (Samoa left out 30 December 2011), and ends on a whole minute.
        LocalResult::None => (1..=24 * 60 + 1)
            .find_map(|minutes| {
                let minutes = TimeDelta::minutes(minutes);
                let later = local.with_second(0)?.checked_add_signed(minutes)?;
                zone.from_local_datetime(&later).earliest()
            })
            .map(|at| at.to_utc()),
    }
}
