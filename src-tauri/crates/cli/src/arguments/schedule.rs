//! When syncs start by themselves, as it is typed.

use app::views::{
    EveryView, HoursView, PauseFor, QuietView, ScheduleChoice, ScheduleEntry, Weekday,
};
use clap::{Args, Subcommand};

use super::Kind;

#[derive(Debug, Subcommand)]
pub enum Schedule {
    /// Show it; the same as no word at all
    Show,
    /// Choose when, for all kinds or for one
    #[command(after_help = "\
Examples:
  counterfoil schedule set live
  counterfoil schedule set 5m --hours 08:00-18:00 --days mon-fri
  counterfoil schedule set hourly
  counterfoil schedule set daily --at 07:30
  counterfoil schedule set weekly --on mon --at 07:30
  counterfoil schedule set monthly --on last --at 18:00
  counterfoil schedule set daily --at 22:00 --only payment
  counterfoil schedule set with-others --only payment
  counterfoil schedule set by-hand")]
    Set(Box<SetSchedule>),
}

#[derive(Debug, Clone, Args)]
pub struct SetSchedule {
    /// `live` for as it happens, `5m` for every five minutes, `hourly`, `daily`, `weekly`, `monthly`, `by-hand` for no sync but yours, or
    /// `with-others` for a kind that is to go with all others again
    #[arg(value_name = "WHEN", value_parser = how_often)]
    pub when: When,
    /// This kind alone; it no longer goes with the others
    #[arg(long = "only", visible_alias = "kind", value_enum, value_name = "KIND")]
    pub only: Option<Kind>,
    /// At this time of the day (07:30), or minute of the hour (:05)
    #[arg(long, value_name = "TIME")]
    pub at: Option<String>,
    /// Weekly: on this day (mon). Monthly: on this day (1 to 31, or last)
    #[arg(long, value_name = "DAY")]
    pub on: Option<String>,
    /// Minutes and hours: only from the first to the second of these times
    #[arg(long, value_name = "FROM-UNTIL", value_parser = span)]
    pub hours: Option<(String, String)>,
    /// With --hours: only on these days (mon-fri, or mon,wed,sat)
    #[arg(long, value_name = "DAYS", requires = "hours", value_parser = days)]
    pub days: Option<Days>,
    /// Not on the last N days of a month
    #[arg(long, value_name = "N")]
    pub quiet_last: Option<u32>,
    /// Not on the first N days of a month
    #[arg(long, value_name = "N")]
    pub quiet_first: Option<u32>,
    /// The time zone, like Europe/London; left out, it is that of the ERPNext site
    #[arg(long, value_name = "NAME")]
    pub zone: Option<String>,
}

/// How often, before its time is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    Live,
    Minutes(u32),
    Hourly,
    Daily,
    Weekly,
    Monthly,
    ByHand,
    WithOthers,
}

/// Days of a week.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Days(Vec<Weekday>);

#[derive(Debug, Clone, Args)]
pub struct Pause {
    /// How long: 30m, 2h, 3d, or `tomorrow` for until the day is over; left out, until `counterfoil resume`
    #[arg(long = "for", value_name = "TIME", value_parser = pause)]
    pub long: Option<PauseFor>,
}

const WEEK: [(&str, Weekday); 7] = [
    ("mon", Weekday::Mon),
    ("tue", Weekday::Tue),
    ("wed", Weekday::Wed),
    ("thu", Weekday::Thu),
    ("fri", Weekday::Fri),
    ("sat", Weekday::Sat),
    ("sun", Weekday::Sun),
];

/// When nothing is said: in the morning, before people come.
const MORNING: &str = "07:00";

fn how_often(text: &str) -> Result<When, String> {
    let minutes = |text: &str| {
        text.strip_suffix('m')
            .or(text.strip_suffix("min"))?
            .parse()
            .ok()
    };
    match text {
        "live" | "real-time" => Ok(When::Live),
        "hourly" => Ok(When::Hourly),
        "daily" => Ok(When::Daily),
        "weekly" => Ok(When::Weekly),
        "monthly" => Ok(When::Monthly),
        "by-hand" | "manual" | "off" => Ok(When::ByHand),
        "with-others" => Ok(When::WithOthers),
        other => minutes(other).map(When::Minutes).ok_or_else(|| {
            "expected live, minutes (5m), hourly, daily, weekly, monthly, by-hand or with-others"
                .to_owned()
        }),
    }
}

fn span(text: &str) -> Result<(String, String), String> {
    text.split_once('-')
        .map(|(from, until)| (from.trim().to_owned(), until.trim().to_owned()))
        .ok_or_else(|| "expected two times, like 08:00-18:00".to_owned())
}

fn weekday(text: &str) -> Option<Weekday> {
    let text = text.trim().to_lowercase();
    let named = |short: &str| text.get(..3) == Some(short);
    let (_, day) = WEEK.iter().find(|(short, _)| named(short))?;
    Some(*day)
}

fn days(text: &str) -> Result<Days, String> {
    let wrong = || "expected days of the week, like mon-fri or mon,wed,sat".to_owned();
    if let Some((first, last)) = text.split_once('-') {
        let place = |text| {
            let day = weekday(text)?;
            WEEK.iter().position(|(_, it)| *it == day)
        };
        let (first, last) = (
            place(first).ok_or_else(wrong)?,
            place(last).ok_or_else(wrong)?,
        );
        let many = (last + WEEK.len() - first) % WEEK.len() + 1;
        let row = WEEK.iter().cycle().skip(first).take(many);
        return Ok(Days(row.map(|(_, day)| *day).collect()));
    }
    text.split(',')
        .map(weekday)
        .collect::<Option<Vec<Weekday>>>()
        .map(Days)
        .ok_or_else(wrong)
}

fn pause(text: &str) -> Result<PauseFor, String> {
    if text == "tomorrow" {
        return Ok(PauseFor::Tomorrow);
    }
    let long = |unit: char, minutes: u32| {
        let number: u32 = text.strip_suffix(unit)?.parse().ok()?;
        number.checked_mul(minutes).map(PauseFor::Minutes)
    };
    long('m', 1)
        .or_else(|| long('h', 60))
        .or_else(|| long('d', 24 * 60))
        .ok_or_else(|| "expected a time like 30m, 2h, 3d, or tomorrow".to_owned())
}

impl SetSchedule {
    /// What is chosen by it.
    ///
    /// # Errors
    /// A sentence about what was typed and means nothing for this schedule.
    pub fn choice(&self) -> Result<ScheduleChoice, String> {
        let every = match self.when {
            When::ByHand | When::WithOthers => {
                let given = [
                    ("--at", self.at.is_some()),
                    ("--on", self.on.is_some()),
                    ("--hours", self.hours.is_some()),
                    ("--quiet-last", self.quiet_last.is_some()),
                    ("--quiet-first", self.quiet_first.is_some()),
                    ("--zone", self.zone.is_some()),
                ];
                if let Some((flag, _)) = given.iter().find(|(_, given)| *given) {
                    return Err(format!(
                        "{flag} says when a sync starts by itself, and none does."
                    ));
                }
                return Ok(match self.when {
                    When::WithOthers => ScheduleChoice::WithOthers,
                    _ => ScheduleChoice::ByHand,
                });
            }
            When::Live | When::Minutes(_) => {
                without("--at", self.at.as_deref())?;
                without("--on", self.on.as_deref())?;
                match self.when {
                    When::Minutes(minutes) => EveryView::Minutes(minutes),
                    _ => EveryView::Live,
                }
            }
            When::Hourly => {
                without("--on", self.on.as_deref())?;
                EveryView::Hour(self.minute()?)
            }
            When::Daily => {
                without("--on", self.on.as_deref())?;
                EveryView::Day { at: self.time() }
            }
            When::Weekly => {
                let on = match &self.on {
                    None => Weekday::Mon,
                    Some(day) => weekday(day).ok_or_else(|| {
                        format!("\"{day}\" is no day of the week; write mon to sun.")
                    })?,
                };
                EveryView::Week {
                    on,
                    at: self.time(),
                }
            }
            When::Monthly => {
                let day = match self.on.as_deref() {
                    None => 1,
                    Some("last") => 31,
                    Some(day) => day.parse().map_err(|_| {
                        format!("\"{day}\" is no day of a month; write 1 to 31, or last.")
                    })?,
                };
                EveryView::Month {
                    day,
                    at: self.time(),
                }
            }
        };
        let quiet = (self.quiet_last.is_some() || self.quiet_first.is_some()).then(|| QuietView {
            last: self.quiet_last.unwrap_or_default(),
            first: self.quiet_first.unwrap_or_default(),
        });
        let hours = self.hours.as_ref().map(|(from, until)| HoursView {
            days: self.days.as_ref().map_or_else(
                || WEEK.iter().map(|(_, day)| *day).collect(),
                |days| days.0.clone(),
            ),
            from: from.clone(),
            until: until.clone(),
        });
        Ok(ScheduleChoice::At(ScheduleEntry {
            every,
            zone: self.zone.clone(),
            hours,
            quiet,
        }))
    }

    fn time(&self) -> String {
        self.at.clone().unwrap_or_else(|| MORNING.to_owned())
    }

    fn minute(&self) -> Result<u32, String> {
        let Some(at) = &self.at else {
            return Ok(0);
        };
        at.strip_prefix(':')
            .and_then(|minute| minute.parse().ok())
            .ok_or_else(|| format!("\"{at}\" is no minute of an hour; write :00 to :59."))
    }
}

fn without(flag: &str, given: Option<&str>) -> Result<(), String> {
    match given {
        None => Ok(()),
        Some(_) => Err(format!(
            "{flag} means nothing for this schedule; leave it out."
        )),
    }
}
