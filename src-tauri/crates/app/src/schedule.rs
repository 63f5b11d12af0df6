//! Syncs that start by themselves: hourly, daily, weekly, monthly, or every few minutes; for all kinds, or
//! each kind on its own.
//!
//! [`when`] says when a schedule comes round and [`due`] what is to do at an instant; both are pure.
//! [`keeper`] does it, in the window and in `counterfoil serve`.

mod due;
mod keeper;
mod kept;
mod live;
#[cfg(test)]
mod tests;
mod when;
mod words;

use std::collections::BTreeSet;

use chrono::{DateTime, Days, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;
use ledger::Kind;
use store::{LogOutcome, LogWrite, Pairing};

use self::due::{Chosen, Line, Pause, Served, Whose};
use crate::app::App;
use crate::error::AppError;
use crate::show::instant;
use crate::views::{self, PauseFor, PausedView, ScheduleChoice, ScheduleLine, ScheduleView};
use crate::who;

pub use keeper::{Keeper, Looked};
pub(crate) use words::moment;

/// In a pairing's settings: the ERPNext site's time zone.
pub(crate) const TIME_ZONE: &str = "time_zone";

/// Of Xero's calls of a day, those that asking whether anything changed may take: the others are for writes
/// and for people.
const POLLS_A_DAY: u32 = 450;

/// The longest pause for which an end is named.
const LONGEST_PAUSE: TimeDelta = TimeDelta::days(366);

impl App {
    /// When syncs of the pairing start by themselves.
    ///
    /// # Errors
    /// [`AppError::NotPaired`], [`AppError::Store`].
    pub async fn schedule(&self) -> Result<ScheduleView, AppError> {
        let pairing = self.pairing().await?;
        let id = pairing.id;
        let (chosen, served, trouble) = self
            .db(move |store| {
                Ok((
                    kept::chosen(store, id)?,
                    kept::served(store, id)?,
                    kept::trouble(store, id)?,
                ))
            })
            .await?;
        let now = self.0.clock.now();
        let waits = pairing.first_preview_accepted_at.is_none() && chosen.lines().next().is_some();
        Ok(ScheduleView {
            lines: lines(&chosen, &served, now),
            paused: paused(&chosen, now),
            next_at: chosen.next(&served, now).map(instant).filter(|_| !waits),
            waits: waits.then(|| {
                "It waits for the first sync, which you start yourself after its preview."
                    .to_owned()
            }),
            live: self
                .0
                .listening
                .borrow()
                .clone()
                .filter(|_| chosen.follows()),
            trouble: trouble.map(|trouble| trouble.error),
        })
    }

    /// When a sync of a pairing starts by itself next.
    pub(crate) async fn next_run(
        &self,
        pairing: &Pairing,
    ) -> Result<Option<DateTime<Utc>>, AppError> {
        if pairing.first_preview_accepted_at.is_none() {
            return Ok(None);
        }
        let id = pairing.id;
        let (chosen, served) = self
            .db(move |store| Ok((kept::chosen(store, id)?, kept::served(store, id)?)))
            .await?;
        Ok(chosen.next(&served, self.0.clock.now()))
    }

    /// Chooses when syncs start by themselves: of a kind, or of all kinds that have no choice of their own.
    ///
    /// # Errors
    /// A usage error that names what is no schedule; what asking for the site's time zone can give; as
    /// [`App::schedule`].
    pub async fn set_schedule(
        &self,
        kind: Option<views::Kind>,
        choice: ScheduleChoice,
    ) -> Result<ScheduleView, AppError> {
        let pairing = self.pairing().await?;
        let (id, now) = (pairing.id, self.0.clock.now());
        let line = match &choice {
            ScheduleChoice::WithOthers if kind.is_none() => {
                return Err(AppError::usage(
                    "There are no other kinds that all of them could go with.",
                    "Name the kind that goes with the others.",
                ));
            }
            ScheduleChoice::ByHand | ScheduleChoice::WithOthers => None,
            ScheduleChoice::At(entry) => {
                let zone = match entry.zone {
                    Some(_) => Tz::UTC,
                    None => self.zone(&pairing).await?,
                };
                let schedule = words::read(entry, zone)?;
                if let Some(fault) = schedule.fault(POLLS_A_DAY, now) {
                    return Err(words::fault(fault));
                }
                Some(Line {
                    schedule,
                    since: now,
                })
            }
        };
        let said = words_of_choice(kind.map(Kind::from), &choice, line.as_ref());
        self.db(move |store| {
            let mut chosen = kept::chosen(store, id)?;
            match (kind.map(Kind::from), &choice) {
                (Some(kind), ScheduleChoice::WithOthers) => {
                    chosen.kinds.remove(&kind);
                }
                (Some(kind), ScheduleChoice::ByHand | ScheduleChoice::At(_)) => {
                    chosen.kinds.insert(kind, line);
                }
                (None, _) => chosen.all = line,
            }
            kept::choose(store, id, &chosen)?;
            kept::set_trouble(store, id, None)?;
            let line = who::signed(LogWrite::note(LogOutcome::Decided, said));
            store.append_log(id, None, &[line], now)
        })
        .await?;
        self.0.schedules_changed.notify_waiters();
        self.schedule().await
    }

    /// Lets nothing start by itself for some time. A run that is under way goes on.
    ///
    /// # Errors
    /// A usage error for no time at all or more than a year; as [`App::schedule`].
    pub async fn pause_schedules(&self, pause: PauseFor) -> Result<ScheduleView, AppError> {
        let pairing = self.pairing().await?;
        let now = self.0.clock.now();
        let pause = match pause {
            PauseFor::UntilResumed => Pause::UntilResumed,
            PauseFor::Minutes(minutes) => {
                let long = TimeDelta::minutes(minutes.into());
                if long <= TimeDelta::zero() || long > LONGEST_PAUSE {
                    return Err(AppError::usage(
                        "A pause takes a minute at least and a year at most.",
                        "Leave its length out where it is to last until you resume.",
                    ));
                }
                Pause::Until(now + long)
            }
            PauseFor::Tomorrow => Pause::Until(next_day(now, self.zone(&pairing).await?)),
        };
        self.set_pause(&pairing, Some(pause)).await
    }

    /// Lets syncs start by themselves again. What fell due meanwhile is made up for by one run.
    ///
    /// # Errors
    /// As [`App::schedule`].
    pub async fn resume_schedules(&self) -> Result<ScheduleView, AppError> {
        let pairing = self.pairing().await?;
        self.set_pause(&pairing, None).await
    }

    async fn set_pause(
        &self,
        pairing: &Pairing,
        pause: Option<Pause>,
    ) -> Result<ScheduleView, AppError> {
        let (id, now) = (pairing.id, self.0.clock.now());
        let said = match pause {
            Some(Pause::Until(until)) => ledger::Said::SchedulesPaused {
                until: Some(words::moment(until)),
            },
            Some(Pause::UntilResumed) => ledger::Said::SchedulesPaused { until: None },
            None => ledger::Said::SchedulesResumed,
        };
        self.db(move |store| {
            let mut chosen = kept::chosen(store, id)?;
            chosen.pause = pause;
            kept::choose(store, id, &chosen)?;
            let line = who::signed(LogWrite::note(LogOutcome::Decided, said));
            store.append_log(id, None, &[line], now)
        })
        .await?;
        self.0.schedules_changed.notify_waiters();
        self.schedule().await
    }

    /// The time zone in which the pairing's books are kept: the ERPNext site's. Asked for where no run has
    /// told it yet.
    async fn zone(&self, pairing: &Pairing) -> Result<Tz, AppError> {
        let kept = pairing
            .settings
            .get(TIME_ZONE)
            .and_then(|zone| zone.as_str());
        if let Some(zone) = kept {
            return words::zone(zone);
        }
        let reached = self.reach(pairing).await?;
        let zone = reached.ask_time_zone().await?;
        self.keep_learned(pairing, &reached).await;
        words::zone(&zone)
    }
}

/// What the log says of a choice.
fn words_of_choice(
    kind: Option<Kind>,
    choice: &ScheduleChoice,
    line: Option<&Line>,
) -> ledger::Said {
    let kinds = match kind {
        Some(kind) => format!("{kind}s"),
        None => "all records".to_owned(),
    };
    let when = match (choice, line) {
        (ScheduleChoice::WithOthers, _) => "with all others".to_owned(),
        (_, Some(line)) => lower_first(&words::sentence(&line.schedule)),
        (_, None) => "only when you start it".to_owned(),
    };
    ledger::Said::Scheduled { kinds, when }
}

fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_lowercase().chain(letters).collect()
    })
}

/// The first instant of the next day of a zone.
fn next_day(now: DateTime<Utc>, zone: Tz) -> DateTime<Utc> {
    let schedule = when::Schedule {
        every: when::Every::Day { at: NaiveTime::MIN },
        zone,
        hours: None,
        quiet: None,
    };
    schedule.next_after(now).unwrap_or(now + Days::new(1))
}

fn paused(chosen: &Chosen, now: DateTime<Utc>) -> Option<PausedView> {
    match chosen.pause? {
        pause if !pause.holds(now) => None,
        Pause::Until(until) => Some(PausedView {
            until: Some(instant(until)),
        }),
        Pause::UntilResumed => Some(PausedView { until: None }),
    }
}

fn lines(chosen: &Chosen, served: &Served, now: DateTime<Utc>) -> Vec<ScheduleLine> {
    let others: BTreeSet<Kind> = (Kind::ALL.into_iter())
        .filter(|kind| !chosen.kinds.contains_key(kind))
        .collect();
    let all = (Whose::All, chosen.all.as_ref(), others);
    let own = (chosen.kinds.iter())
        .map(|(kind, line)| (Whose::Kind(*kind), line.as_ref(), BTreeSet::from([*kind])));
    std::iter::once(all)
        .chain(own)
        .map(|(whose, line, kinds)| ScheduleLine {
            kind: match whose {
                Whose::All => None,
                Whose::Kind(kind) => Some(kind.into()),
            },
            kinds: kinds.into_iter().map(Into::into).collect(),
            entry: line.map(|line| words::shown(&line.schedule)),
            sentence: line.map_or_else(
                || "Only when you start it".to_owned(),
                |line| words::sentence(&line.schedule),
            ),
            next_at: line
                .and_then(|_| chosen.only(whose).next(served, now))
                .map(instant),
            last_at: served.get(&whose.word()).copied().map(instant),
        })
        .collect()
}
