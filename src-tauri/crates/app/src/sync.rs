//! Runs: sync, retry, pause, stop, and the run under way.

mod learned;
mod run_line;
mod watcher;

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use engine::progress::{Control, Reporter};
use engine::run::scope::{About, Scope};
use engine::run::{AT_ONCE, Request, Session, Summary};
use ledger::{Said, Side};
use net::Priority;
use store::{
    ExceptionId, ExceptionQuery, FolderLock, LogOutcome, LogWrite, Pairing, PairingId, RecordKey,
    RunCounts, RunOutcome, Trigger,
};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::agreement;
use crate::app::{App, locked};
use crate::check::require_markers;
use crate::error::AppError;
use crate::line::run_view;
use crate::reach::Reached;
use crate::scope::Asked;
use crate::views::{Progress, RunReason, RunView};
use crate::{who, words};

use learned::preview_was_shown;
pub(crate) use learned::short_code;
pub(crate) use run_line::run_line;
use watcher::Watcher;

/// How long log lines are kept where a person has not said otherwise.
const LOG_IS_KEPT_DAYS: u32 = 2 * 366;
/// How many old lines are deleted in one transaction, so that nothing waits long for it.
const DELETED_AT_ONCE: u32 = 2_000;
/// How many such steps follow a run at most; the next run goes on.
const DELETING_STEPS: u32 = 50;

/// Whether the first sync of a pairing may write. Nothing is written before a person has seen what
/// would be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Acceptance {
    /// To ask is to accept: the command line, where `preview` is there for whoever wants it.
    #[default]
    Asked,
    /// To ask is to accept where a preview was shown before: the window.
    PreviewShown,
    /// Only where a person has accepted before: whatever starts by itself, or without the window.
    Before,
}

/// What to sync.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a word of a person, and any mix of them occurs"
)]
#[derive(Debug, Clone)]
pub struct SyncRequest {
    /// Why it runs.
    pub trigger: Trigger,
    /// What it is about.
    pub scope: Scope,
    /// Whether a person says yes to a mass change that was shown.
    pub approve: bool,
    /// Whether all identities of both sides are compared now, and not once a day.
    pub full: bool,
    /// Whether a person says that ERPNext was put back to an earlier state and is to be taken as it is.
    pub restored: bool,
    /// Whether a person says to go on where another installation syncs: that one stops.
    pub take_over: bool,
    /// Whether a first sync may write.
    pub acceptance: Acceptance,
}

impl Default for SyncRequest {
    fn default() -> Self {
        Self {
            trigger: Trigger::Manual,
            scope: Scope::default(),
            approve: false,
            full: false,
            restored: false,
            take_over: false,
            acceptance: Acceptance::default(),
        }
    }
}

/// The run of this process.
pub(crate) struct RunUnderWay {
    control: Control,
}

/// The right to run: one run in this process, one process on this folder. Given back when dropped.
pub(crate) struct Turn {
    app: App,
    pub control: Control,
    _lock: FolderLock,
}

impl Drop for Turn {
    fn drop(&mut self) {
        *locked(&self.app.0.run) = None;
        self.app.0.progress.send_replace(None);
    }
}

/// What shows how far a run has come.
pub(crate) struct Watching {
    over: CancellationToken,
    shown: tokio::task::JoinHandle<()>,
}

impl Watching {
    /// The run has ended.
    pub(crate) async fn over(self) {
        self.over.cancel();
        // It only shows; a failure there is none of the run's.
        let _ = self.shown.await;
    }
}

/// How often the clock is asked by what waits beside a run: a machine that was suspended wakes with the time ahead.
const NAP: std::time::Duration = std::time::Duration::from_secs(5);

/// Our clock as the engine asks it.
struct EngineClock(Arc<dyn net::Clock>);

#[async_trait]
impl engine::run::Clock for EngineClock {
    fn now(&self) -> DateTime<Utc> {
        self.0.now()
    }

    async fn sleep_until(&self, at: DateTime<Utc>) {
        // What waits beside a run never moves a clock that goes on with whoever sleeps, as those of tests do.
        while self.0.now() < at {
            tokio::time::sleep(NAP).await;
        }
    }
}

/// Random keys for intents.
struct RandomKeys;

impl engine::run::Keys for RandomKeys {
    fn next(&self) -> String {
        uuid::Uuid::new_v4().to_string()
    }
}

impl App {
    /// Syncs everything, because a person pressed the button; answers when the run has ended.
    /// `approve` says yes to a mass change that was shown.
    ///
    /// # Errors
    /// [`AppError::NoPreview`] before the first preview was shown. Where it could not begin, or the
    /// database failed. A connection that failed on the way is in
    /// the view: what was settled before stays settled.
    pub async fn sync(&self, approve: bool) -> Result<RunView, AppError> {
        self.sync_with(SyncRequest {
            approve,
            acceptance: Acceptance::PreviewShown,
            ..SyncRequest::default()
        })
        .await
    }

    /// Syncs all but these records of the last preview, by its numbers: they wait for the next sync, and so does
    /// what needs them.
    ///
    /// # Errors
    /// A usage error for a number that the last preview did not have; as [`App::sync`].
    pub async fn sync_but(&self, approve: bool, hold: Vec<u32>) -> Result<RunView, AppError> {
        let asked = Asked {
            hold,
            ..Asked::default()
        };
        let scope = self.scope(&asked).await?;
        self.sync_with(SyncRequest {
            approve,
            scope,
            acceptance: Acceptance::PreviewShown,
            ..SyncRequest::default()
        })
        .await
    }

    /// Syncs; answers when the run has ended.
    ///
    /// # Errors
    /// As [`App::sync`].
    pub async fn sync_with(&self, request: SyncRequest) -> Result<RunView, AppError> {
        let pairing = self.pairing().await?;
        let turn = self.take_turn("syncing")?;
        let reached = self
            .reach_for(&pairing, priority(request.trigger), turn.control.stopped())
            .await?;
        require_markers(&reached).await?;
        let (id, now) = (pairing.id, self.0.clock.now());
        let first = pairing.first_preview_accepted_at.is_none();
        let accepted = match request.acceptance {
            Acceptance::Asked => true,
            Acceptance::PreviewShown => !first || preview_was_shown(&pairing),
            Acceptance::Before => !first,
        };
        if !accepted {
            return Err(AppError::NoPreview);
        }
        let decided = request.restored.then(|| {
            let side = Side::Erpnext;
            who::signed(LogWrite::note(
                LogOutcome::Decided,
                Said::TakenAsItIs { side },
            ))
        });
        self.db(move |store| {
            store.accept_first_preview(id, now)?;
            store.append_log(id, None, decided.as_slice(), now)
        })
        .await?;
        let pairing = self.pairing().await?;
        self.try_named_again(id, &request.scope).await?;
        let reason = if first && request.trigger == Trigger::Manual {
            RunReason::First
        } else {
            crate::line::reason(request.trigger)
        };
        let calls_before = reached.calls();
        let (reporter, watching) = self.watching_for(reason, &reached, &turn);
        let session = self.session(&pairing, &reached, &turn, reporter);
        // A run is one large state machine: whoever waits for it should not have to hold it.
        let result = Box::pin(engine::run::sync(
            &session,
            &Request {
                trigger: request.trigger,
                scope: request.scope,
                approve: request.approve,
                full: request.full,
                restored: request.restored,
                take_over: request.take_over,
                who: Some(who::runs(request.trigger)),
            },
        ))
        .await;
        watching.over().await;
        self.keep_learned(&pairing, &reached).await;
        if !turn.control.is_stopping() {
            self.0.reach.keep(pairing.id, reached.clone());
        }
        let summary = result?;
        self.know_choices(&pairing, &reached).await?;
        self.conclude(&pairing, &summary, &reached, calls_before)
            .await?;
        self.run_ended(&summary).await
    }

    /// Syncs, and takes ERPNext as it is now: a person says that it was put back to an earlier state, for
    /// example from a backup, when a sync asked about that.
    ///
    /// # Errors
    /// As [`App::sync`].
    pub async fn sync_restored(&self) -> Result<RunView, AppError> {
        self.sync_with(SyncRequest {
            restored: true,
            acceptance: Acceptance::PreviewShown,
            ..SyncRequest::default()
        })
        .await
    }

    /// Syncs, and goes on where another installation syncs this pairing: that one stops after the calls on their way.
    ///
    /// # Errors
    /// As [`App::sync`].
    pub async fn sync_take_over(&self) -> Result<RunView, AppError> {
        self.sync_with(SyncRequest {
            take_over: true,
            acceptance: Acceptance::PreviewShown,
            ..SyncRequest::default()
        })
        .await
    }

    /// Syncs one record alone, or some: those of these texts (see [`crate::Asked`]). Nothing else is read
    /// or written but what they cannot be carried without.
    ///
    /// # Errors
    /// Where a text names nothing or several records, and as [`App::sync`].
    pub async fn sync_records(&self, records: Vec<String>) -> Result<RunView, AppError> {
        let asked = Asked {
            records,
            ..Asked::default()
        };
        let scope = self.scope(&asked).await?;
        self.sync_with(SyncRequest {
            scope,
            acceptance: Acceptance::PreviewShown,
            ..SyncRequest::default()
        })
        .await
    }

    /// Whoever names a record wants it tried, also where it was refused before.
    async fn try_named_again(&self, pairing: PairingId, scope: &Scope) -> Result<(), AppError> {
        let About::Records(records) = &scope.about else {
            return Ok(());
        };
        let named = records.clone();
        self.db(move |store| {
            let mut keys = named.clone();
            for key in named {
                let link = store.link_of(pairing, key.kind, key.side, &key.id)?;
                let other = key.side.other();
                keys.extend(link.map(|link| RecordKey {
                    side: other,
                    kind: key.kind,
                    id: link.on(other).clone(),
                }));
            }
            let open = store.exceptions(&ExceptionQuery {
                pairing: Some(pairing),
                ..ExceptionQuery::default()
            })?;
            let ids: Vec<ExceptionId> = open
                .into_iter()
                .filter(|it| keys.contains(&it.record))
                .map(|it| it.id)
                .collect();
            store.request_retry(&ids)
        })
        .await?;
        Ok(())
    }

    /// Lets what is to be tried again be tried, by the exceptions already marked for it.
    pub(crate) async fn retry_marked(&self, scope: Scope) -> Result<RunView, AppError> {
        let request = SyncRequest {
            trigger: Trigger::Retry,
            scope,
            acceptance: Acceptance::Before,
            ..SyncRequest::default()
        };
        Box::pin(self.sync_with(request)).await
    }

    /// Pauses the run under way at its next safe point.
    ///
    /// # Errors
    /// None; that no run is under way is no error.
    #[expect(clippy::unused_async, reason = "use cases are async alike")]
    pub async fn pause(&self) -> Result<(), AppError> {
        self.with_run(|control| control.pause(true));
        Ok(())
    }

    /// Goes on with a paused run.
    ///
    /// # Errors
    /// None.
    #[expect(clippy::unused_async, reason = "use cases are async alike")]
    pub async fn resume(&self) -> Result<(), AppError> {
        self.with_run(|control| control.pause(false));
        Ok(())
    }

    /// Stops the run under way at its next safe point; what it has begun is finished first.
    ///
    /// # Errors
    /// None.
    #[expect(clippy::unused_async, reason = "use cases are async alike")]
    pub async fn stop(&self) -> Result<(), AppError> {
        self.with_run(Control::stop);
        Ok(())
    }

    /// Stops a part of an import of old documents, where one is under way in this process.
    pub(crate) fn stop_history_part(&self) {
        let of_history = self
            .0
            .progress
            .borrow()
            .as_ref()
            .is_some_and(|progress| progress.reason == RunReason::History);
        if of_history {
            self.with_run(Control::stop);
        }
    }

    /// Until a paused run stands still, with what it had begun finished; at once where none is under
    /// way.
    pub async fn held(&self) {
        let under_way = locked(&self.0.run).as_ref().map(|run| run.control.clone());
        if let Some(control) = under_way {
            control.held().await;
        }
    }

    /// The run under way, now and whenever it moves; `None` while there is none.
    pub fn progress(&self) -> watch::Receiver<Option<Progress>> {
        self.0.progress.subscribe()
    }

    fn with_run(&self, act: impl FnOnce(&Control)) {
        if let Some(under_way) = locked(&self.0.run).as_ref() {
            act(&under_way.control);
            self.0.progress.send_if_modified(|progress| {
                let Some(progress) = progress else {
                    return false;
                };
                progress.paused = under_way.control.is_paused();
                progress.stopping = under_way.control.is_stopping();
                true
            });
        }
    }

    /// Shows how far a run that a person asked for has come.
    pub(crate) fn watching(&self, reached: &Arc<Reached>, turn: &Turn) -> (Reporter, Watching) {
        self.watching_for(RunReason::Person, reached, turn)
    }

    fn watching_for(
        &self,
        reason: RunReason,
        reached: &Arc<Reached>,
        turn: &Turn,
    ) -> (Reporter, Watching) {
        let (reporter, watched) = Reporter::new();
        let over = CancellationToken::new();
        let watcher = Watcher {
            shown: self.0.progress.clone(),
            waits: reached.governor_states(),
            control: turn.control.clone(),
            over: over.clone(),
            clock: self.0.clock.clone(),
            reason,
            store: self.0.store.clone(),
            reached: reached.clone(),
        };
        let shown = tokio::spawn(watcher.show(watched));
        (reporter, Watching { over, shown })
    }

    /// Takes the right to run.
    ///
    /// # Errors
    /// [`AppError::RunUnderWay`] within this process, [`AppError::Lock`] with another.
    pub(crate) fn take_turn(&self, doing: &str) -> Result<Turn, AppError> {
        let mut under_way = locked(&self.0.run);
        if under_way.is_some() {
            return Err(AppError::RunUnderWay);
        }
        let lock = FolderLock::take(self.0.folder.path(), &self.0.name)?;
        lock.describe(&format!("{} ({doing})", self.0.name));
        let control = Control::default();
        *under_way = Some(RunUnderWay {
            control: control.clone(),
        });
        Ok(Turn {
            app: self.clone(),
            control,
            _lock: lock,
        })
    }

    pub(crate) fn session(
        &self,
        pairing: &Pairing,
        reached: &Reached,
        turn: &Turn,
        reporter: Reporter,
    ) -> Session {
        Session {
            store: self.0.store.clone(),
            pairing: pairing.clone(),
            books: reached.books.clone(),
            clock: Arc::new(EngineClock(self.0.clock.clone())),
            keys: Arc::new(RandomKeys),
            installation: self.0.installation.clone(),
            control: turn.control.clone(),
            reporter,
            at_once: AT_ONCE,
        }
    }

    /// Writes down what the engine cannot know: calls made, and what is to be said about the run as
    /// a whole.
    async fn conclude(
        &self,
        pairing: &Pairing,
        summary: &Summary,
        reached: &Reached,
        calls_before: (u64, u64),
    ) -> Result<(), AppError> {
        let calls = reached.calls();
        let counts = RunCounts {
            xero_calls: calls.0.saturating_sub(calls_before.0),
            erpnext_calls: calls.1.saturating_sub(calls_before.1),
            ..summary.counts
        };
        let (run, id, now) = (summary.run, pairing.id, self.0.clock.now());
        let mut summary_now = summary.clone();
        // What customers owe in all is a matter of all records.
        let done = summary.outcome == RunOutcome::Agreed && summary.whole;
        self.db(move |store| {
            summary_now.counts = counts;
            if done {
                let owed = agreement::stored(store, id, now.date_naive())?;
                summary_now.counts.apart = (owed.apart.len() + owed.unread.len()) as u64;
            }
            let line = run_line(&summary_now);
            store.set_counts(run, &summary_now.counts)?;
            store.append_log(id, Some(run), &[line], now)
        })
        .await?;
        self.delete_old_lines().await?;
        for side in Side::BOTH {
            let failure = summary
                .failures
                .iter()
                .find(|failure| failure.side() == Some(side));
            self.note_health(pairing, side, failure).await?;
        }
        Ok(())
    }

    async fn run_ended(&self, summary: &Summary) -> Result<RunView, AppError> {
        let id = summary.run;
        let (run, writes) = self
            .db(move |store| Ok((store.run(id)?, store.writes_of_runs(&[id])?)))
            .await?;
        let run = run.ok_or_else(|| AppError::Bug(format!("run {id} is not in the store")))?;
        let mut view = run_view(&run, &writes);
        view.error = summary
            .failures
            .first()
            .map(words::connection)
            .or_else(|| words::guards(&summary.guards));
        Ok(view)
    }

    /// Deletes log lines that are older than a person wants to keep them, in short steps.
    async fn delete_old_lines(&self) -> Result<(), AppError> {
        let days = self
            .preferences()
            .await?
            .keep_log_days
            .unwrap_or(LOG_IS_KEPT_DAYS);
        if days == 0 {
            return Ok(());
        }
        let before = self.0.clock.now() - chrono::Duration::days(i64::from(days));
        for _ in 0..DELETING_STEPS {
            let deleted = self
                .db(move |store| store.delete_log_before(before, DELETED_AT_ONCE))
                .await?;
            if deleted == 0 {
                break;
            }
        }
        Ok(())
    }
}

const fn priority(trigger: Trigger) -> Priority {
    match trigger {
        Trigger::Manual | Trigger::Retry | Trigger::Demo => Priority::Interactive,
        Trigger::Schedule => Priority::Scheduled,
        Trigger::History => Priority::History,
        Trigger::RealTime => Priority::RealTime,
    }
}
