//! Which schedules are due, and when to look again. Pure.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use ledger::Kind;
use serde::{Deserialize, Serialize};

use super::when::{Every, Schedule};

/// Served later than this after its slot, a schedule is said to have been missed: the program was closed,
/// the computer asleep, the schedule paused, or a side could not be reached.
const MISSED_AFTER: TimeDelta = TimeDelta::minutes(10);
/// Of slots that were missed no more are counted than this.
const COUNTED: usize = 10_000;
/// After a pause of this length all records of both sides are compared: traces of what was deleted may have
/// been cleared away meanwhile.
const LONG: TimeDelta = TimeDelta::days(30);

/// What a person chose for a pairing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Chosen {
    /// For all kinds without a choice of their own; `None` where only a person starts a sync.
    pub all: Option<Line>,
    /// For kinds with a choice of their own; `None` where only a person starts a sync of these.
    pub kinds: BTreeMap<Kind, Option<Line>>,
    /// Until when nothing starts by itself.
    pub pause: Option<Pause>,
}

/// One schedule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// When.
    pub schedule: Schedule,
    /// When it was chosen: no slot before that is missed.
    pub since: DateTime<Utc>,
}

/// Until when nothing starts by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pause {
    /// Until an instant.
    Until(DateTime<Utc>),
    /// Until a person says so.
    UntilResumed,
}

/// Whose a schedule is: a kind's own, or that of all others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Whose {
    /// That of the kinds without one of their own.
    All,
    /// Its own.
    Kind(Kind),
}

/// Up to which instant each schedule was served: when the last run that was started for it began.
pub type Served = BTreeMap<String, DateTime<Utc>>;

/// What to do now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Due {
    /// Something is due.
    Now(Work),
    /// Nothing before this instant.
    At(DateTime<Utc>),
    /// Nothing at all: there is no schedule, or it is paused until a person says so.
    Never,
}

/// What is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Work {
    /// The schedules that are served by it.
    pub lines: Vec<Whose>,
    /// The kinds that are synced.
    pub kinds: BTreeSet<Kind>,
    /// Whether it is enough to ask whether anything changed: all of these come round every few minutes.
    pub only_if_changed: bool,
    /// The slots that nobody served in time, and the first of them.
    pub missed: Option<Missed>,
    /// Whether all records are compared, so long was nothing served.
    pub full: bool,
}

/// Slots that nobody served in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Missed {
    /// How many; what came round just now is not among them.
    pub slots: u32,
    /// The first of them.
    pub first: DateTime<Utc>,
}

impl Whose {
    /// The word it is stored under.
    pub fn word(self) -> String {
        match self {
            Whose::All => "all".to_owned(),
            Whose::Kind(kind) => kind.word().to_owned(),
        }
    }
}

impl Pause {
    /// Whether it holds at an instant.
    pub fn holds(self, now: DateTime<Utc>) -> bool {
        match self {
            Pause::Until(until) => now < until,
            Pause::UntilResumed => true,
        }
    }
}

impl Chosen {
    /// The schedules with the kinds that each is for, those first that are for all.
    pub fn lines(&self) -> impl Iterator<Item = (Whose, &Line, BTreeSet<Kind>)> {
        let others: BTreeSet<Kind> = (Kind::ALL.into_iter())
            .filter(|kind| !self.kinds.contains_key(kind))
            .collect();
        let all = (self.all.iter())
            .filter(|_| !self.kinds.len().eq(&Kind::ALL.len()))
            .map(move |line| (Whose::All, line, others.clone()));
        let own = self.kinds.iter().filter_map(|(kind, line)| {
            Some((Whose::Kind(*kind), line.as_ref()?, BTreeSet::from([*kind])))
        });
        all.chain(own)
    }

    /// The same with one schedule alone.
    pub fn only(&self, whose: Whose) -> Self {
        let mut kinds: BTreeMap<Kind, Option<Line>> = BTreeMap::new();
        for kind in Kind::ALL {
            match (self.kinds.get(&kind), whose) {
                (Some(line), Whose::Kind(wanted)) if wanted == kind => {
                    kinds.insert(kind, line.clone());
                }
                // Its own, and not meant.
                (Some(_), _) | (None, Whose::Kind(_)) => {
                    kinds.insert(kind, None);
                }
                (None, Whose::All) => {}
            }
        }
        Chosen {
            all: self.all.clone(),
            kinds,
            pause: self.pause,
        }
    }

    /// What is to do at an instant. A slot that passed is served once, however often it came round
    /// meanwhile; those that fall due together are served by one run.
    pub fn due(&self, served: &Served, now: DateTime<Utc>) -> Due {
        match self.pause {
            Some(Pause::UntilResumed) => return Due::Never,
            Some(Pause::Until(until)) if now < until => {
                return if self.lines().next().is_some() {
                    Due::At(until)
                } else {
                    Due::Never
                };
            }
            Some(Pause::Until(_)) | None => {}
        }
        let mut work = Work {
            lines: Vec::new(),
            kinds: BTreeSet::new(),
            only_if_changed: true,
            missed: None,
            full: false,
        };
        let mut next: Option<DateTime<Utc>> = None;
        for (whose, line, kinds) in self.lines() {
            let after = line.served_to(served.get(&whose.word()).copied(), now);
            match line.schedule.next_after(after) {
                Some(slot) if slot <= now => {
                    work.lines.push(whose);
                    work.kinds.extend(kinds);
                    work.only_if_changed &= line.schedule.every.asks_first();
                    work.full |= now - slot > LONG;
                    if now - slot > MISSED_AFTER {
                        let missed = Missed::of(&line.schedule, slot, now);
                        work.missed = Some(work.missed.map_or(missed, |other| other.and(missed)));
                    }
                }
                Some(slot) => next = Some(next.map_or(slot, |other| other.min(slot))),
                None => {}
            }
        }
        match next {
            _ if !work.lines.is_empty() => Due::Now(work),
            Some(slot) => Due::At(slot),
            None => Due::Never,
        }
    }

    /// The kinds that are followed as they happen at an instant.
    pub fn live(&self, now: DateTime<Utc>) -> BTreeSet<Kind> {
        if self.pause.is_some_and(|pause| pause.holds(now)) {
            return BTreeSet::new();
        }
        self.lines()
            .filter(|(_, line, _)| line.schedule.every == Every::Live && line.schedule.allows(now))
            .flat_map(|(_, _, kinds)| kinds)
            .collect()
    }

    /// Whether any kind is followed as it happens, be it now or at another hour.
    pub fn follows(&self) -> bool {
        self.lines()
            .any(|(_, line, _)| line.schedule.every == Every::Live)
    }

    /// When something starts by itself next; `None` where nothing does. What is due now is due at once.
    pub fn next(&self, served: &Served, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match self.due(served, now) {
            Due::Now(_) => Some(now),
            Due::At(at) if self.pause.is_some_and(|pause| pause.holds(now)) => {
                let resumed = Chosen {
                    pause: None,
                    ..self.clone()
                };
                match resumed.due(served, at) {
                    Due::Now(_) => Some(at),
                    Due::At(slot) => Some(slot),
                    Due::Never => None,
                }
            }
            Due::At(at) => Some(at),
            Due::Never => None,
        }
    }
}

impl Line {
    /// The instant up to which it needs nothing. A clock that was set back since counts from now on.
    fn served_to(&self, served: Option<DateTime<Utc>>, now: DateTime<Utc>) -> DateTime<Utc> {
        served.map_or(self.since, |at| at.max(self.since)).min(now)
    }
}

impl Missed {
    fn of(schedule: &Schedule, first: DateTime<Utc>, now: DateTime<Utc>) -> Self {
        let more = schedule.slots(first, now - MISSED_AFTER, COUNTED).len();
        Missed {
            slots: u32::try_from(more).unwrap_or(u32::MAX).saturating_add(1),
            first,
        }
    }

    fn and(self, other: Missed) -> Self {
        Missed {
            slots: self.slots.saturating_add(other.slots),
            first: self.first.min(other.first),
        }
    }
}
