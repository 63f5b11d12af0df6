//! The run under way, as the window shows it.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use engine::progress::Control;
use store::{RunOutcome, Store};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::reach::Reached;
use crate::show::{count, instant, number};
use crate::views::{Progress, RunReason, Stage, WaitView};

/// Turns the engine's progress into what the window shows, until the run is over.
pub(super) struct Watcher {
    pub shown: watch::Sender<Option<Progress>>,
    pub waits: watch::Receiver<net::GovernorState>,
    pub control: Control,
    pub over: CancellationToken,
    pub clock: Arc<dyn net::Clock>,
    pub reason: RunReason,
    pub store: Store,
    pub reached: Arc<Reached>,
}

/// The page is told of progress at most this often, however fast the engine moves.
const SHOWN_EVERY: std::time::Duration = std::time::Duration::from_millis(80);

/// How often the calls made are kept, so that little is forgotten if the process is ended.
const KEPT_EVERY: chrono::TimeDelta = chrono::TimeDelta::seconds(10);

impl Watcher {
    async fn keep_spent(&self) {
        let Some((key, spent)) = self.reached.spent() else {
            return;
        };
        let store = self.store.clone();
        let kept =
            tokio::task::spawn_blocking(move || store.set_governor_state(&key, &spent)).await;
        if !matches!(kept, Ok(Ok(()))) {
            tracing::warn!("the calls made so far could not be kept: {kept:?}");
        }
    }

    pub(super) async fn show(mut self, mut watched: watch::Receiver<engine::progress::Progress>) {
        let began = self.clock.now();
        let mut run = 0;
        let mut kept = began;
        let mut stage_began = (began, engine::progress::Stage::Starting);
        loop {
            let now = self.clock.now();
            let engine = *watched.borrow_and_update();
            if run == 0 {
                run = newest_run(&self.store).await;
            }
            if now - kept >= KEPT_EVERY {
                kept = now;
                self.keep_spent().await;
            }
            if stage_began.1 != engine.stage {
                stage_began = (now, engine.stage);
            }
            let waiting = waiting(&self.waits.borrow_and_update(), now);
            self.shown.send_replace(Some(Progress {
                run,
                reason: self.reason,
                started_at: instant(began),
                stage: stage(engine.stage),
                side: engine.side.map(Into::into),
                kind: engine.kind.map(Into::into),
                done: count(engine.done),
                total: engine.total.map(count),
                per_minute: per_minute(engine.done, now - stage_began.0),
                waiting,
                paused: self.control.is_paused(),
                stopping: self.control.is_stopping(),
                to_xero: count(engine.to_xero),
                to_erpnext: count(engine.to_erpnext),
                linked: count(engine.linked),
                exceptions: count(engine.exceptions),
            }));
            tokio::select! {
                () = self.over.cancelled() => return,
                () = tokio::time::sleep(SHOWN_EVERY) => {}
            }
            tokio::select! {
                () = self.over.cancelled() => return,
                moved = watched.changed() => if moved.is_err() { return },
                moved = self.waits.changed() => if moved.is_err() { return },
            }
        }
    }
}

/// Why calls wait, without the time, which the window counts down itself.
fn waiting(state: &net::GovernorState, now: DateTime<Utc>) -> Option<WaitView> {
    let until = state.waiting_until?;
    let sentence = state.sentence("Xero", now)?;
    let reason = sentence
        .split_once(';')
        .map_or(sentence.as_str(), |(reason, _)| reason);
    Some(WaitView {
        reason: reason.to_owned(),
        until: Some(instant(until)),
    })
}

/// The run under way, as the store numbers it; 0 where it has not begun.
async fn newest_run(store: &Store) -> u32 {
    let store = store.clone();
    let newest = tokio::task::spawn_blocking(move || store.runs(None, None, 1)).await;
    match newest {
        Ok(Ok(runs)) => runs
            .first()
            .filter(|run| run.outcome == RunOutcome::Running)
            .map_or(0, |run| number(run.id.0)),
        _ => 0,
    }
}

const fn stage(stage: engine::progress::Stage) -> Stage {
    match stage {
        engine::progress::Stage::Starting => Stage::Starting,
        engine::progress::Stage::Reading => Stage::Reading,
        engine::progress::Stage::Planning => Stage::Planning,
        engine::progress::Stage::Writing => Stage::Writing,
        engine::progress::Stage::Comparing => Stage::Comparing,
    }
}

/// Records a minute, once it is long enough to tell.
fn per_minute(done: u64, took: chrono::TimeDelta) -> Option<u32> {
    let millis = u64::try_from(took.num_milliseconds()).ok()?;
    (millis >= 2_000 && done > 0).then(|| count(done.saturating_mul(60_000) / millis))
}
