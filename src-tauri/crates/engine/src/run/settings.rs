//! The settings of both sides: read at the beginning, or remembered from an earlier run.
//!
//! What is remembered may be old. So it is enough for a run that finds nothing new, and for nothing
//! else: before anything is written, and where a plan misses an account, a rate, a currency or an open
//! period, the settings are read anew and the plan is made once more. No write and no new exception
//! ever comes from what was remembered.

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

    /// All of them read now.
    pub(super) async fn read(work: &Work<'_>) -> Result<Self, BooksError> {
        work.report(|progress| progress.begin(Stage::Starting));
        let (xero, erpnext) = futures::try_join!(
            work.books(Side::Xero).profile(),
            work.books(Side::Erpnext).profile()
        )?;
        Ok(Self {
            profiles: PerSide { xero, erpnext },
            remembered: PerSide::default(),
        })
    }

    /// Reads anew what was remembered. The books say once more which they are.
    async fn renew(&mut self, work: &Work<'_>) -> Result<Changed, RunError> {
        let before = self.profiles.clone();
        for side in Side::BOTH {
            if std::mem::take(self.remembered.get_mut(side)) {
                *self.profiles.get_mut(side) = work.books(side).profile().await?;
            }
        }
        work.recognise(&self.profiles)?;
        Ok(Changed {
            rates: Side::BOTH
                .into_iter()
                .any(|side| before.get(side).taxes != self.profiles.get(side).taxes),
        })
    }
}

/// What is another than was remembered.
struct Changed {
    /// The tax rates, by which documents are read.
    rates: bool,
}

/// A problem that other settings may end.
struct Missed {
    record: RecordKey,
    cause: Cause,
}

/// Plans what the run is about, with settings that are good enough for that plan. `trigger` says who
/// asked.
pub(super) async fn plan(
    work: &mut Work<'_>,
    settings: &mut Settings,
    trigger: Trigger,
) -> Result<Planned, RunError> {
    let remembered = settings.remembered.xero || settings.remembered.erpnext;
    let mut missed: Vec<Missed> = Vec::new();
    let mut note = |entry: &Entry| {
        if remembered {
            missed.extend(missed_by(entry));
        }
    };
    let mut planned = work.plan(&settings.profiles, &mut note)?;
    if named::lists(work, &planned).await? {
        missed.clear();
        let mut note = |entry: &Entry| missed.extend(missed_by(entry));
        planned = work.plan(&settings.profiles, &mut note)?;
    }
    if remembered && needs_new(work, &planned, &missed, trigger) {
        let changed = settings.renew(work).await?;
        if changed.rates {
            // What was read in this run was read by the rates that were.
            work.read_again().await?;
        }
        planned = work.plan(&settings.profiles, &mut |_| {})?;
    }
    Ok(planned)
}

fn missed_by(entry: &Entry) -> Option<Missed> {
    let Outcome::Problem { side, cause } = &entry.outcome else {
        return None;
    };
    let (side, subject) = entry.subject(*side).filter(|_| is_of_settings(cause))?;
    Some(Missed {
        record: RecordKey {
            side,
            kind: entry.kind,
            id: subject.id.clone(),
        },
        cause: cause.clone(),
    })
}

/// Whether a plan must not be made from settings of an earlier run: it writes, or it misses something
/// that they may offer by now. What a person was told before is asked about again only where one asks.
fn needs_new(work: &Work<'_>, planned: &Planned, missed: &[Missed], trigger: Trigger) -> bool {
    let asked = matches!(trigger, Trigger::Manual | Trigger::Retry);
    let is_new = |missed: &Missed| {
        let standing = planned.standing.get(&missed.record);
        !standing.is_some_and(|it| it.cause == missed.cause && !it.retry_requested)
    };
    planned.writes(&Kind::ALL) > 0
        || missed
            .iter()
            .filter(|missed| work.is_about(&missed.record))
            .any(|missed| asked || is_new(missed))
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
