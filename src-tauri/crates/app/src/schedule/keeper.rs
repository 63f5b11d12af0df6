//! Starts what is due.

use chrono::{DateTime, TimeDelta, Utc};
use engine::run::scope::Scope;
use ledger::{Kind, Side};
use store::{LogOutcome, LogWrite, Pairing, Trigger};
use tokio_util::sync::CancellationToken;

use super::due::{Due, Missed, Work};
use super::kept::{self, Trouble};
use super::words;
use crate::app::App;
use crate::error::AppError;
use crate::sync::{Acceptance, SyncRequest};
use crate::views::{ErrorView, PollView, RunOutcome, RunView};

/// However far away the next slot is: another process may have changed what is stored, and books may have
/// been paired.
const LOOK_AGAIN: TimeDelta = TimeDelta::seconds(60);
/// How soon it is tried again where another run is under way.
const BUSY: TimeDelta = TimeDelta::seconds(15);
/// How soon it is tried again where a side cannot be reached, the first time and at most.
const UNREACHED: (TimeDelta, TimeDelta) = (TimeDelta::minutes(1), TimeDelta::minutes(15));

/// Starts what is due, for as long as its process runs: the window, or `counterfoil serve`.
pub struct Keeper {
    app: App,
}

/// What a look at the schedules came to.
#[derive(Debug, Clone, PartialEq)]
pub enum Looked {
    /// Nothing is due.
    Nothing,
    /// Something is due, and what keeps it from starting; it is tried again, and nothing was missed.
    Waits(ErrorView),
    /// Something is due, and could not be done. The next slot is waited for.
    Failed(ErrorView),
    /// Both sides were asked, and nothing had changed.
    Unchanged(PollView),
    /// A run came to its end.
    Ran(RunView),
}

impl Keeper {
    /// Over an application's pairing.
    pub const fn new(app: App) -> Self {
        Self { app }
    }

    /// Starts what falls due until it is stopped, and tells what each look came to. A run that is under way
    /// when it is stopped goes on to its end: whoever stops it stops that too.
    pub async fn keep(&self, stopped: CancellationToken, hear: impl Fn(Looked)) {
        loop {
            // Listened to from before the look on, so that no change falls between.
            let changed = self.app.0.schedules_changed.notified();
            let (looked, wake) = self.look().await;
            hear(looked);
            let again = self.app.0.clock.now() + LOOK_AGAIN;
            tokio::select! {
                () = stopped.cancelled() => return,
                () = changed => {}
                () = self.app.0.clock.sleep_until(wake.min(again)) => {}
            }
        }
    }

    /// Does what is due now; what it came to, and when to look again.
    pub async fn look(&self) -> (Looked, DateTime<Utc>) {
        match self.look_once().await {
            Ok(ended) => ended,
            Err(why) => {
                let again = self.app.0.clock.now() + LOOK_AGAIN;
                (Looked::Failed(why.into()), again)
            }
        }
    }

    async fn look_once(&self) -> Result<(Looked, DateTime<Utc>), AppError> {
        let now = self.app.0.clock.now();
        let later = now + LOOK_AGAIN;
        let Some(pairing) = self.app.pairing_if_any().await? else {
            return Ok((Looked::Nothing, later));
        };
        let id = pairing.id;
        let (chosen, served, trouble) = self
            .app
            .db(move |store| {
                Ok((
                    kept::chosen(store, id)?,
                    kept::served(store, id)?,
                    kept::trouble(store, id)?,
                ))
            })
            .await?;
        let work = match chosen.due(&served, now) {
            Due::Now(work) => work,
            Due::At(at) => return Ok((Looked::Nothing, at)),
            Due::Never => return Ok((Looked::Nothing, later)),
        };
        if pairing.first_preview_accepted_at.is_none() {
            return Ok((Looked::Waits(AppError::NoPreview.into()), later));
        }
        if let Some(Trouble { again_at: Some(again), error, times }) = &trouble
            // A clock that was set back does not make it wait for longer.
            && now < *again
            && *again - now <= wait(*times)
        {
            return Ok((Looked::Waits(error.clone()), *again));
        }
        match self.serve(&pairing, &work, now).await {
            Ok(looked) => {
                self.served(&pairing, &work, now, None).await?;
                Ok((looked, self.app.0.clock.now()))
            }
            Err(why) => {
                self.not_served(&pairing, &work, now, trouble.as_ref(), why)
                    .await
            }
        }
    }

    /// Carries out what is due. An error means that it did not start, or broke off without a connection.
    async fn serve(
        &self,
        pairing: &Pairing,
        work: &Work,
        now: DateTime<Utc>,
    ) -> Result<Looked, ErrorView> {
        // Asked first in any case: a run that cannot reach a side would be in the log as failed.
        let polled = self.app.ask_before_sync().await?;
        if work.only_if_changed && !polled.changed && !work.full {
            for side in Side::BOTH {
                self.app.note_condition(pairing, side, None).await?;
            }
            return Ok(Looked::Unchanged(polled));
        }
        if let Some(missed) = work.missed {
            self.say_missed(pairing, missed, now).await?;
        }
        let scope = if work.kinds.len() == Kind::ALL.len() {
            Scope::default()
        } else {
            Scope::kinds(work.kinds.iter().copied())
        };
        let run = self
            .app
            .sync_with(SyncRequest {
                trigger: Trigger::Schedule,
                scope,
                full: work.full,
                acceptance: Acceptance::Before,
                ..SyncRequest::default()
            })
            .await?;
        match run {
            RunView {
                outcome: RunOutcome::Failed,
                error: Some(error),
                ..
            } => Err(error),
            run => Ok(Looked::Ran(run)),
        }
    }

    async fn served(
        &self,
        pairing: &Pairing,
        work: &Work,
        began: DateTime<Utc>,
        trouble: Option<Trouble>,
    ) -> Result<(), AppError> {
        let (id, lines) = (pairing.id, work.lines.clone());
        self.app
            .db(move |store| {
                kept::serve(store, id, &lines, began)?;
                kept::set_trouble(store, id, trouble.as_ref())
            })
            .await
    }

    /// What did not start is due as long as that may pass by itself; what needs a person waits for the next
    /// slot, so that nobody is asked every minute.
    async fn not_served(
        &self,
        pairing: &Pairing,
        work: &Work,
        began: DateTime<Utc>,
        before: Option<&Trouble>,
        error: ErrorView,
    ) -> Result<(Looked, DateTime<Utc>), AppError> {
        let now = self.app.0.clock.now();
        let times = before.map_or(1, |trouble| trouble.times.saturating_add(1));
        let again_at = match passes(&error) {
            Passes::WithTheRun => return Ok((Looked::Waits(error), now + BUSY)),
            Passes::ByItself => Some(now + wait(times)),
            Passes::ByAPerson => None,
        };
        if let Some(side) = error.side {
            let worded = Some(error.clone());
            self.app
                .note_condition(pairing, side.into(), worded)
                .await?;
        }
        let trouble = Trouble {
            error: error.clone(),
            times,
            again_at,
        };
        match again_at {
            Some(again) => {
                let id = pairing.id;
                self.app
                    .db(move |store| kept::set_trouble(store, id, Some(&trouble)))
                    .await?;
                Ok((Looked::Waits(error), again))
            }
            None => {
                self.served(pairing, work, began, Some(trouble)).await?;
                Ok((Looked::Failed(error), now))
            }
        }
    }

    async fn say_missed(
        &self,
        pairing: &Pairing,
        missed: Missed,
        now: DateTime<Utc>,
    ) -> Result<(), AppError> {
        let id = pairing.id;
        let said = ledger::Said::MissedSchedules {
            slots: missed.slots,
            first: words::moment(missed.first),
        };
        let line = LogWrite::note(LogOutcome::Note, said);
        self.app
            .db(move |store| store.append_log(id, None, &[line], now))
            .await
    }
}

/// What ends a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Passes {
    /// The end of another run.
    WithTheRun,
    /// Time.
    ByItself,
    /// A person.
    ByAPerson,
}

fn passes(error: &ErrorView) -> Passes {
    match error.code.as_str() {
        "busy" => Passes::WithTheRun,
        // No network, a page that a network shows before it lets anybody through, the day's calls used up, a
        // keyring that is locked, a disk that is full.
        "offline" | "unavailable" | "garbage" | "limit_reached" | "keyring" | "disk_full" => {
            Passes::ByItself
        }
        _ => Passes::ByAPerson,
    }
}

/// For how long it waits after so many failures in a row.
fn wait(times: u32) -> TimeDelta {
    let (first, most) = UNREACHED;
    first
        .checked_mul(1 << times.saturating_sub(1).min(10))
        .map_or(most, |wait| wait.min(most))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_waits_longer_each_time_and_never_longer_than_a_quarter_of_an_hour() {
        let waits = [1, 2, 3, 4, 5, 6, u32::MAX].map(|times| wait(times).num_minutes());
        assert_eq!(waits, [1, 2, 4, 8, 15, 15, 15]);
    }
}
