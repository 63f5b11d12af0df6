//! When syncs start by themselves.

use serde::{Deserialize, Serialize};
use specta::Type;

use super::{ErrorView, Kind};

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "lowercase")]
pub enum Weekday {
    /// Monday.
    Mon,
    /// Tuesday.
    Tue,
    /// Wednesday.
    Wed,
    /// Thursday.
    Thu,
    /// Friday.
    Fri,
    /// Saturday.
    Sat,
    /// Sunday.
    Sun,
}

impl From<Weekday> for chrono::Weekday {
    fn from(day: Weekday) -> Self {
        match day {
            Weekday::Mon => chrono::Weekday::Mon,
            Weekday::Tue => chrono::Weekday::Tue,
            Weekday::Wed => chrono::Weekday::Wed,
            Weekday::Thu => chrono::Weekday::Thu,
            Weekday::Fri => chrono::Weekday::Fri,
            Weekday::Sat => chrono::Weekday::Sat,
            Weekday::Sun => chrono::Weekday::Sun,
        }
    }
}

impl From<chrono::Weekday> for Weekday {
    fn from(day: chrono::Weekday) -> Self {
        match day {
            chrono::Weekday::Mon => Weekday::Mon,
            chrono::Weekday::Tue => Weekday::Tue,
            chrono::Weekday::Wed => Weekday::Wed,
            chrono::Weekday::Thu => Weekday::Thu,
            chrono::Weekday::Fri => Weekday::Fri,
            chrono::Weekday::Sat => Weekday::Sat,
            chrono::Weekday::Sun => Weekday::Sun,
        }
    }
}

/// How often. Times are those of the clock on the wall in the schedule's zone, like `"07:30"`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum EveryView {
    /// As it happens: what changes in ERPNext at once, and both sides are asked every four minutes.
    Live,
    /// Every so many minutes, 1 to 720: both sides are asked whether anything changed, and synced where
    /// something did.
    Minutes(u32),
    /// Each hour, at this minute.
    Hour(u32),
    /// Each day.
    Day {
        /// At this time.
        at: String,
    },
    /// Each week.
    Week {
        /// On this day.
        on: Weekday,
        /// At this time.
        at: String,
    },
    /// Each month.
    Month {
        /// 1 to 31; on the last day of a month that is shorter.
        day: u32,
        /// At this time.
        at: String,
    },
}

/// The hours in which a schedule of minutes or hours runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct HoursView {
    /// On these days.
    pub days: Vec<Weekday>,
    /// From this time on.
    pub from: String,
    /// Until before this time of the same day.
    pub until: String,
}

/// Days around the end of a month on which nothing runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct QuietView {
    /// The last so many days of each month.
    pub last: u32,
    /// The first so many days of each month.
    pub first: u32,
}

/// A schedule, as it is chosen and shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ScheduleEntry {
    /// How often.
    pub every: EveryView,
    /// The time zone, as the IANA calls it: `"Europe/London"`. Left out where it is chosen, it is that of the
    /// ERPNext site.
    pub zone: Option<String>,
    /// Only in these hours.
    pub hours: Option<HoursView>,
    /// Not on these days.
    pub quiet: Option<QuietView>,
}

/// What a person chooses for all kinds, or for one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum ScheduleChoice {
    /// Only a person starts a sync.
    ByHand,
    /// The kind goes with all others.
    WithOthers,
    /// By itself.
    At(ScheduleEntry),
}

/// One schedule, with when it comes round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ScheduleLine {
    /// The kind whose own it is; `None` of that of all others.
    pub kind: Option<Kind>,
    /// The kinds that it is for.
    pub kinds: Vec<Kind>,
    /// When; `None` where only a person starts a sync.
    pub entry: Option<ScheduleEntry>,
    /// When, in words.
    pub sentence: String,
    /// When a sync starts by itself next (UTC instant).
    pub next_at: Option<String>,
    /// When the last one that started by itself began (UTC instant).
    pub last_at: Option<String>,
}

/// Whether ERPNext tells of changes as they happen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct LiveView {
    /// Whether it is listened to now.
    pub listening: bool,
    /// Why it is not, as one sentence.
    pub why: Option<String>,
}

/// Nothing starts by itself for now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct PausedView {
    /// Until then (UTC instant); `None` until a person says so.
    pub until: Option<String>,
}

/// When syncs start by themselves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ScheduleView {
    /// The schedule of all kinds first, then those of kinds that have their own.
    pub lines: Vec<ScheduleLine>,
    /// Whether all is paused.
    pub paused: Option<PausedView>,
    /// When a sync starts by itself next (UTC instant); `None` where none does.
    pub next_at: Option<String>,
    /// Why nothing starts by itself although it is due, as one sentence.
    pub waits: Option<String>,
    /// Whether ERPNext's changes are heard; `None` where they are not to be, or another process listens.
    pub live: Option<LiveView>,
    /// What kept the last one from starting, where it did not start.
    pub trouble: Option<ErrorView>,
}

/// For how long nothing starts by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum PauseFor {
    /// For so many minutes.
    Minutes(u32),
    /// Until the next day begins, in the zone of the schedule.
    Tomorrow,
    /// Until a person says so.
    UntilResumed,
}
