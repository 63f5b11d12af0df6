//! The settings of both sides: read at the beginning, or remembered from an earlier run.
//!
//! What is remembered may be old. So it is enough for a run that finds nothing new, and for nothing
//! else: before anything is written, and where a plan misses an account, a rate, a currency or an open
//! period, the settings are read anew and the plan is made once more. No write and no new exception
//! ever comes from what was remembered, but for what is carried as it happens: there each write by itself would
//! cost the calls of all settings, so those of the last minutes do. What changed since is refused by the side
//! itself (a period that was locked, an account that was archived), as in any run that takes as long.

use chrono::TimeDelta;
use ledger::{Cause, Kind, Side};
use store::{RecordKey, Trigger};

use super::planned::Planned;
use super::{RunError, Work, named};
use crate::books::{BooksError, Profile};
use crate::plan::{Entry, Outcome, PerSide};
use crate::progress::Stage;

/// The settings that a run goes by.
pub(super) struct Settings {
    pub profiles: PerSide<Profile>,
    /// Which of them come from an earlier run.
    remembered: PerSide<bool>,
}

impl Settings {
    /// Those that are known, and the rest read.
    pub(super) async fn known(work: &Work<'_>) -> Result<Self, BooksError> {
        work.report(|progress| progress.begin(Stage::Starting));
        let of = async |side: Side| match work.books(side).known_profile() {
            Some(known) => Ok((known, true)),
            None => Ok::<_, BooksError>((work.books(side).profile().await?, false)),
        };
        let (xero, erpnext) = futures::try_join!(of(Side::Xero), of(Side::Erpnext))?;
        Ok(Self {
            remembered: PerSide {
                xero: xero.1,
                erpnext: erpnext.1,
            },
            profiles: PerSide {
                xero: xero.0,
                erpnext: erpnext.0,
            },
        })
    }

    /// All of them as they are now, whatever is remembered.
    pub(super) async fn anew(work: &Work<'_>) -> Result<Self, BooksError> {
        work.report(|progress| progress.begin(Stage::Starting));
        let of = async |side: Side| work.books(side).profile().await;
        let (xero, erpnext) = futures::try_join!(of(Side::Xero), of(Side::Erpnext))?;
        Ok(Self {
            profiles: PerSide { xero, erpnext },
            remembered: PerSide::default(),
        })
    }

    /// Reads anew what was remembered. The books say once more which they are.
    async fn read(&mut self, work: &Work<'_>) -> Result<Changed, RunError> {
        let before = self.profiles.clone();
        for side in Side::BOTH {
            if std::mem::take(self.remembered.get_mut(side)) {
                *self.profiles.get_mut(side) = work.books(side).profile().await?;
            }
        }
        work.recognise(&self.profiles)?;
        let (before, now) = (&before, &self.profiles);
        let differ = |of: fn(&Profile, &Profile) -> bool| {
            Side::BOTH
                .into_iter()
                .any(|side| of(before.get(side), now.get(side)))
        };
        Ok(Changed {
            anything: differ(|one, other| one != other),
            rates: differ(|one, other| one.taxes != other.taxes),
        })
    }

    /// Whether a write may go by what is remembered.
    fn are_fresh(&self, work: &Work<'_>, trigger: Trigger) -> bool {
        let fresh = |side: Side| !self.remembered.get(side) || work.books(side).knows_since(FRESH);
        trigger == Trigger::RealTime && Side::BOTH.into_iter().all(fresh)
    }

    /// Whether some of them come from an earlier run.
    const fn remembered(&self) -> bool {
        self.remembered.xero || self.remembered.erpnext
    }
}

/// What is another than was remembered.
struct Changed {
    /// Anything that a plan goes by.
    anything: bool,
    /// The tax rates, by which documents are read.
    rates: bool,
}

/// Where so many records changed, there is something to write, and making the plan twice costs more than
/// reading the settings first.
const SETTINGS_FIRST: u64 = 500;

/// How old settings may be by which something is carried as it happens.
const FRESH: TimeDelta = TimeDelta::minutes(10);

/// Plans what the run is about, with settings that are good enough for that plan, and hands its entries
/// to `each`. `trigger` says who asked.
pub(super) async fn plan(
    work: &mut Work<'_>,
    settings: &mut Settings,
    trigger: Trigger,
    each: Option<&mut (dyn FnMut(&Entry) + Send)>,
) -> Result<Planned, RunError> {
    if settings.remembered() && work.counts.changed >= SETTINGS_FIRST {
        let changed = settings.read(work).await?;
        if changed.rates {
            // What was read in this run was read by the rates that were.
            work.read_again().await?;
        }
    }
    let remembered = settings.remembered();
    if !remembered && !work.scope.is_narrow() {
        return work.plan(&settings.profiles, each.unwrap_or(&mut |_| {}));
    }
    let mut missing = Missing::default();
    let mut planned = work.plan(&settings.profiles, &mut |entry| missing.take(entry))?;
    if named::lists(work, &planned).await? {
        missing = Missing::default();
        planned = work.plan(&settings.profiles, &mut |entry| missing.take(entry))?;
    }
    let writes = planned.writes(&Kind::ALL) > 0 && !settings.are_fresh(work, trigger);
    if remembered && (writes || missing.is_new(&planned, trigger)) {
        let changed = settings.read(work).await?;
        if changed.rates {
            work.read_again().await?;
        }
        // Where they say what they said, the plan was made by what holds now.
        if changed.anything {
            planned = work.plan(&settings.profiles, &mut |_| {})?;
        }
    }
    if let Some(each) = each {
        planned.each(each)?;
    }
    Ok(planned)
}

/// What a plan misses that newer settings may offer by now.
#[derive(Debug, Default)]
struct Missing {
    /// How many entries were looked at: the place of the next.
    entries: usize,
    found: Vec<(usize, RecordKey, Cause)>,
}

impl Missing {
    fn take(&mut self, entry: &Entry) {
        let place = self.entries;
        self.entries += 1;
        let Outcome::Problem { side, cause } = &entry.outcome else {
            return;
        };
        if !is_of_settings(cause) {
            return;
        }
        if let Some((side, subject)) = entry.subject(*side) {
            let key = RecordKey {
                side,
                kind: entry.kind,
                id: subject.id.clone(),
            };
            self.found.push((place, key, cause.clone()));
        }
    }

    /// Whether there is anything that a person was not told before, or is to be told again: that is so
    /// only where one asks.
    fn is_new(&self, planned: &Planned, trigger: Trigger) -> bool {
        let asked = matches!(trigger, Trigger::Manual | Trigger::Retry);
        self.found.iter().any(|(place, key, cause)| {
            let standing = planned.standing.get(key);
            let known = standing.is_some_and(|it| it.cause == *cause && !it.retry_requested);
            !planned.is_left(*place) && (asked || !known)
        })
    }
}

/// Whether a cause may be gone once the settings of a side are others.
const fn is_of_settings(cause: &Cause) -> bool {
    matches!(
        cause,
        Cause::NoAccountMapping { .. }
            | Cause::NoTaxMapping { .. }
            | Cause::WrongTaxMapping { .. }
            | Cause::TaxWithoutRate { .. }
            | Cause::NoAccount { .. }
            | Cause::CurrencyNotUsed { .. }
            | Cause::PeriodLocked { .. }
    )
}
