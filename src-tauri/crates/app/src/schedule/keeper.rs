//! Starts what is due.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, Utc};
use engine::run::scope::Scope;
use ledger::{Kind, Side};
use store::{LogOutcome, LogWrite, Pairing, PairingId, Trigger};
use tokio_util::sync::CancellationToken;

use super::due::{Due, Missed, Work};
use super::kept::{self, Trouble};
use super::live::{self, Heard, News};
use super::words;
use crate::app::{App, locked};
use crate::error::AppError;
use crate::sync::{Acceptance, SyncRequest};
use crate::views::{ErrorView, PollView, RunOutcome, RunView};

/// However far away the next slot is: another process may have changed what is stored, and books may have
/// been paired.
const LOOK_AGAIN: TimeDelta = TimeDelta::seconds(60);
/// How long more of what was heard is waited for.
const TOGETHER: TimeDelta = TimeDelta::milliseconds(400);
/// How far the beginnings of two runs for what was heard are apart, while many of Xero's calls of this minute are
/// left, and when few are: each run costs some, however many documents it carries.
const APART: (TimeDelta, TimeDelta) = (TimeDelta::seconds(2), TimeDelta::seconds(10));
/// How many are many.
const MANY_LEFT: u32 = 30;
/// How soon it is tried again where another run is under way.
const BUSY: TimeDelta = TimeDelta::seconds(15);
/// How soon it is tried again where a side cannot be reached, the first time and at most.
const UNREACHED: (TimeDelta, TimeDelta) = (TimeDelta::minutes(1), TimeDelta::minutes(15));

/// Starts what is due, for as long as its process runs: the window, or `counterfoil serve`.
pub struct Keeper {
    app: App,
    /// What ERPNext told of as it happened.
    heard: Arc<Heard>,
    /// When what it told of was last carried, and for whom.
    last_carried: Mutex<Option<(DateTime<Utc>, PairingId)>>,
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
    pub fn new(app: App) -> Self {
        Self {
            app,
            heard: Arc::default(),
            last_carried: Mutex::default(),
        }
    }

    /// Starts what falls due until it is stopped, and tells what each look came to. A run that is under way
    /// when it is stopped goes on to its end: whoever stops it stops that too.
    pub async fn keep(&self, stopped: CancellationToken, hear: impl Fn(Looked)) {
        let listening = live::listen(&self.app, self.heard.clone(), stopped.clone());
        let keeping = self.keep_looking(stopped, hear);
        tokio::join!(listening, keeping);
        self.app.0.listening.send_replace(None);
    }

    async fn keep_looking(&self, stopped: CancellationToken, hear: impl Fn(Looked)) {
        loop {
            // Listened to from before the look on, so that no change falls between.
            let changed = self.app.0.schedules_changed.notified();
            let (looked, wake) = self.look().await;
            // What was heard and has to wait does not start a look before its time.
            let waits = matches!(looked, Looked::Waits(_));
            hear(looked);
            let again = self.app.0.clock.now() + LOOK_AGAIN;
            tokio::select! {
                () = stopped.cancelled() => return,
                () = changed => {}
                () = self.news(), if !waits => {}
                () = self.app.0.clock.sleep_until(wake.min(again)) => {}
            }
        }
    }

    /// Until something was heard, and the little while after it in which more of the same comes: a person saves
    /// a document and submits it, and a payment changes its invoice.
    async fn news(&self) {
        while self.heard.is_empty() {
            self.heard.came.notified().await;
        }
        let clock = &self.app.0.clock;
        let last = *locked(&self.last_carried);
        let more = clock.now() + TOGETHER;
        let until = last.map_or(more, |(last, pairing)| {
            let apart = apart(self.app.left_this_minute(pairing));
            // A clock that was set back does not make it wait for longer.
            (last + apart).clamp(more, more + apart)
        });
        clock.sleep_until(until).await;
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
            Due::At(_) | Due::Never if !self.heard.is_empty() => {
                return self.serve_news(&pairing, chosen.live(now), now).await;
            }
            due => {
                let at = match due {
                    Due::At(at) => at,
                    Due::Never | Due::Now(_) => later,
                };
                let waits =
                    (trouble.as_ref()).is_some_and(|it| it.again_at.is_some_and(|at| now < at));
                if waits
                    || chosen.pause.is_some_and(|pause| pause.holds(now))
                    || !self.app.history_is_due(&pairing).await?
                {
                    return Ok((Looked::Nothing, at));
                }
                return self.serve_history(&pairing, trouble.as_ref(), now).await;
            }
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
        self.run(Trigger::Schedule, scope, work.full).await
    }

    /// Runs a sync that starts by itself. One that broke off for want of a connection is an error.
    async fn run(&self, trigger: Trigger, scope: Scope, full: bool) -> Result<Looked, ErrorView> {
        let run = self
            .app
            .sync_with(SyncRequest {
                trigger,
                scope,
                full,
                acceptance: Acceptance::Before,
                ..SyncRequest::default()
            })
            .await?;
        match run {
            RunView {
                outcome: RunOutcome::Failed | RunOutcome::Elsewhere,
                error: Some(error),
                ..
            } => Err(error),
            run => Ok(Looked::Ran(run)),
        }
    }

    /// Carries what was heard, of the kinds that are followed as it happens. What cannot be done now is found by
    /// the next asking, minutes later.
    async fn serve_news(
        &self,
        pairing: &Pairing,
        kinds: BTreeSet<Kind>,
        now: DateTime<Utc>,
    ) -> Result<(Looked, DateTime<Utc>), AppError> {
        let news = self.heard.take();
        if kinds.is_empty() {
            return Ok((Looked::Nothing, now));
        }
        let served = if news.ask {
            let work = Work {
                lines: Vec::new(),
                kinds,
                only_if_changed: true,
                missed: None,
                full: false,
            };
            self.serve(pairing, &work, now).await
        } else {
            self.serve_documents(pairing, &kinds, &news).await
        };
        match served {
            Ok(looked) => Ok((looked, self.app.0.clock.now())),
            Err(error) if passes(&error) == Passes::WithTheRun => {
                self.heard.put_back(news);
                Ok((Looked::Waits(error), self.app.0.clock.now() + BUSY))
            }
            Err(error) => Ok((Looked::Waits(error), self.app.0.clock.now() + LOOK_AGAIN)),
        }
    }

    /// Syncs the documents that were told of, and what they cannot be carried without.
    async fn serve_documents(
        &self,
        pairing: &Pairing,
        kinds: &BTreeSet<Kind>,
        news: &News,
    ) -> Result<Looked, ErrorView> {
        let mut records = BTreeSet::new();
        for (doctype, name) in &news.documents {
            let may_be: Vec<Kind> = (live::kinds(doctype).iter().copied())
                .filter(|kind| kinds.contains(kind))
                .collect();
            records.extend(self.app.document(pairing, &may_be, name).await?);
        }
        if records.is_empty() {
            return Ok(Looked::Nothing);
        }
        self.heard.carries(news);
        *locked(&self.last_carried) = Some((self.app.0.clock.now(), pairing.id));
        self.run(Trigger::RealTime, Scope::records(records), false)
            .await
    }

    /// Carries the next part of an import of old documents: nothing else is to do now.
    async fn serve_history(
        &self,
        pairing: &Pairing,
        trouble: Option<&Trouble>,
        now: DateTime<Utc>,
    ) -> Result<(Looked, DateTime<Utc>), AppError> {
        // Boxed: a part is a whole sync, and maybe two.
        match Box::pin(self.app.history_part(false)).await {
            Ok(run) => {
                let id = pairing.id;
                self.app
                    .db(move |store| kept::set_trouble(store, id, None))
                    .await?;
                let looked = run.map_or(Looked::Nothing, Looked::Ran);
                Ok((looked, self.app.0.clock.now()))
            }
            Err(error) => {
                let nothing = Work {
                    lines: Vec::new(),
                    kinds: BTreeSet::new(),
                    only_if_changed: true,
                    missed: None,
                    full: false,
                };
                self.not_served(pairing, &nothing, now, trouble, error)
                    .await
            }
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
        let Some(again) = again_at else {
            self.served(pairing, work, began, Some(trouble)).await?;
            return Ok((Looked::Failed(error), now));
        };
        let id = pairing.id;
        self.app
            .db(move |store| kept::set_trouble(store, id, Some(&trouble)))
            .await?;
        Ok((Looked::Waits(error), again))
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
        // Another installation lets go when it is done, or within minutes.
        crate::words::ELSEWHERE => Passes::ByItself,
        // No network, a page that a network shows before it lets anybody through, the day's calls used up, a
        // keyring that is locked, a disk that is full.
        "offline" | "unavailable" | "garbage" | "limit_reached" | "keyring" | "disk_full" => {
            Passes::ByItself
        }
        _ => Passes::ByAPerson,
    }
}

/// How far apart two runs for what was heard begin, with so many calls left in this minute.
fn apart(left: Option<u32>) -> TimeDelta {
    let (soon, later) = APART;
    if left.is_none_or(|left| left >= MANY_LEFT) {
        soon
    } else {
        later
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
    fn runs_for_what_was_heard_are_further_apart_where_few_calls_are_left() {
        let seconds =
            [None, Some(60), Some(30), Some(29), Some(0)].map(|it| apart(it).num_seconds());
        assert_eq!(seconds, [2, 2, 2, 10, 10]);
    }

    #[test]
    fn it_waits_longer_each_time_and_never_longer_than_a_quarter_of_an_hour() {
        let waits = [1, 2, 3, 4, 5, 6, u32::MAX].map(|times| wait(times).num_minutes());
        assert_eq!(waits, [1, 2, 4, 8, 15, 15, 15]);
    }
}
