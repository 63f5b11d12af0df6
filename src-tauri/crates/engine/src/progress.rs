//! How a run tells what it does, and how it is paused and stopped.

use std::sync::Arc;

use ledger::{Kind, Side};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::books::BooksError;

/// What a run is doing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Stage {
    /// Checking connections and settling writes in doubt.
    #[default]
    Starting,
    /// Reading changed records.
    Reading,
    /// Finding counterparts and deciding what to do.
    Planning,
    /// Writing and reading back.
    Writing,
    /// Planning once more, to see that both sides agree.
    Comparing,
}

/// A run under way, in numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// What it is doing.
    pub stage: Stage,
    /// The side being read or written.
    pub side: Option<Side>,
    /// The kind of record being read or written.
    pub kind: Option<Kind>,
    /// Records done in this stage; one that is only marked counts like one that is written.
    pub done: u64,
    /// Records to do in this stage, where known.
    pub total: Option<u64>,
    /// Records written to Xero so far, markers left out.
    pub to_xero: u64,
    /// Records written to ERPNext so far, markers left out.
    pub to_erpnext: u64,
    /// Records found on both sides and linked so far.
    pub linked: u64,
    /// Records that need a person so far.
    pub exceptions: u64,
}

impl Progress {
    /// Enters a stage.
    pub fn begin(&mut self, stage: Stage) {
        self.stage = stage;
        self.side = None;
        self.kind = None;
        self.done = 0;
        self.total = None;
    }
}

/// Hands progress to whoever watches. Only the latest state counts; a slow watcher misses nothing
/// that matters and slows nothing down.
#[derive(Debug, Clone)]
pub struct Reporter(Arc<watch::Sender<Progress>>);

impl Reporter {
    /// A reporter and the end to watch.
    pub fn new() -> (Self, watch::Receiver<Progress>) {
        let (sender, receiver) = watch::channel(Progress::default());
        (Self(Arc::new(sender)), receiver)
    }

    /// A reporter that nobody watches.
    pub fn silent() -> Self {
        Self::new().0
    }

    /// Changes the state.
    pub fn update(&self, change: impl FnOnce(&mut Progress)) {
        self.0.send_modify(change);
    }
}

/// Pauses and stops a run. Both take effect between two batches, where nothing is half done.
#[derive(Debug, Clone)]
pub struct Control {
    stop: CancellationToken,
    paused: Arc<watch::Sender<bool>>,
    /// How many parts of the run stand at a safe point now.
    held: Arc<watch::Sender<usize>>,
}

impl Default for Control {
    fn default() -> Self {
        Self {
            stop: CancellationToken::new(),
            paused: Arc::new(watch::channel(false).0),
            held: Arc::new(watch::channel(0).0),
        }
    }
}

impl Control {
    /// Holds the run at its next safe point, or lets it go on.
    pub fn pause(&self, paused: bool) {
        self.paused.send_replace(paused);
    }

    /// Whether it is paused.
    pub fn is_paused(&self) -> bool {
        *self.paused.borrow()
    }

    /// Ends the run at its next safe point.
    pub fn stop(&self) {
        self.stop.cancel();
    }

    /// Whether it was asked to stop.
    pub fn is_stopping(&self) -> bool {
        self.stop.is_cancelled()
    }

    /// Fires when the run is asked to stop; hand it to whatever waits.
    pub fn stopped(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// A safe point: waits while paused.
    ///
    /// # Errors
    /// [`BooksError::Stopped`] where the run was asked to stop.
    pub async fn checkpoint(&self) -> Result<(), BooksError> {
        let mut paused = self.paused.subscribe();
        loop {
            if self.stop.is_cancelled() {
                return Err(BooksError::Stopped);
            }
            if !*paused.borrow_and_update() {
                return Ok(());
            }
            let _held = Held::count(&self.held);
            tokio::select! {
                () = self.stop.cancelled() => {}
                // The sender lives in `self`, so this only ends by a change.
                _ = paused.changed() => {}
            }
        }
    }

    /// Until a paused run stands at a safe point: what it had begun there is finished, and it does
    /// not end before it goes on.
    pub async fn held(&self) {
        // The sender lives in `self`, so this only ends by being held.
        let _ = self.held.subscribe().wait_for(|held| *held > 0).await;
    }
}

/// One part of a run that stands at a safe point, for as long as this lives.
struct Held<'a>(&'a watch::Sender<usize>);

impl<'a> Held<'a> {
    fn count(held: &'a watch::Sender<usize>) -> Self {
        held.send_modify(|held| *held += 1);
        Self(held)
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|held| *held = held.saturating_sub(1));
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::future::Future as _;
    use std::pin::pin;
    use std::task::{Context, Waker};

    use super::*;

    #[test]
    fn a_paused_run_is_held_at_its_safe_point_until_it_goes_on_or_is_stopped() {
        let mut context = Context::from_waker(Waker::noop());
        for stopped in [false, true] {
            let control = Control::default();
            let mut held = pin!(control.held());
            assert!(held.as_mut().poll(&mut context).is_pending());
            control.pause(true);
            // Paused, but not there yet.
            assert!(held.as_mut().poll(&mut context).is_pending());
            let mut point = pin!(control.checkpoint());
            assert!(point.as_mut().poll(&mut context).is_pending());
            assert!(held.as_mut().poll(&mut context).is_ready());
            if stopped {
                control.stop();
            } else {
                control.pause(false);
            }
            let passed = point.as_mut().poll(&mut context);
            assert!(passed.is_ready());
            assert_eq!(matches!(passed, std::task::Poll::Ready(Ok(()))), !stopped);
            assert_eq!(*control.held.borrow(), 0);
        }
    }
}
