//! A poll: whether anything changed since both sides were last read. A run starts only where something
//! did.

use std::sync::Arc;

use engine::progress::Reporter;
use engine::run::Session;
use engine::run::poll::{Due, Polled};
use net::Priority;
use store::Trigger;

use crate::app::App;
use crate::error::AppError;
use crate::reach::Reached;
use crate::show::count;
use crate::sync::{Acceptance, SyncRequest, Turn};
use crate::views::{PollView, PolledList};

impl App {
    /// Asks both sides whether anything changed, and syncs where something did or a sync is due for
    /// another reason; `ask_only` syncs in no case. Where nothing changed it costs one call to Xero, and
    /// one more with each access token, for the question which organisation it is.
    ///
    /// # Errors
    /// Where a side cannot be asked, or another run is under way; and as [`App::sync_with`], for a sync
    /// that starts by itself.
    pub async fn poll(&self, ask_only: bool) -> Result<PollView, AppError> {
        let mut view = self.ask().await?;
        if view.changed && !ask_only {
            let run = self
                .sync_with(SyncRequest {
                    trigger: Trigger::Schedule,
                    acceptance: Acceptance::Before,
                    ..SyncRequest::default()
                })
                .await?;
            view.run = Some(run);
        }
        Ok(view)
    }

    /// Asks both sides whether anything changed.
    async fn ask(&self) -> Result<PollView, AppError> {
        let asking = self.begin_asking().await?;
        let polled = engine::run::poll::poll(&asking.session).await;
        let calls = self.end_asking(asking).await;
        Ok(view(&polled?, calls))
    }

    /// The same, for a sync that is due whatever they say: an error where a side does not answer, so that none
    /// begins then.
    pub(crate) async fn ask_before_sync(&self) -> Result<PollView, AppError> {
        let view = self.ask().await?;
        if view.due.is_some() {
            let asking = self.begin_asking().await?;
            let answers = engine::run::poll::answers(&asking.session).await;
            self.end_asking(asking).await;
            answers?;
        }
        Ok(view)
    }

    async fn begin_asking(&self) -> Result<Asking, AppError> {
        let pairing = self.pairing().await?;
        let turn = self.take_turn("polling")?;
        let reached = self
            .reach_for(&pairing, Priority::Scheduled, turn.control.stopped())
            .await?;
        let before = reached.calls().0;
        let session = self.session(&pairing, &reached, &turn, Reporter::silent());
        Ok(Asking {
            session,
            reached,
            before,
            _turn: turn,
        })
    }

    /// Keeps what was learned; how many calls to Xero it took.
    async fn end_asking(&self, asking: Asking) -> u64 {
        self.keep_learned(&asking.session.pairing, &asking.reached)
            .await;
        asking.reached.calls().0.saturating_sub(asking.before)
    }
}

/// Asking, with the right to.
struct Asking {
    session: Session,
    reached: Arc<Reached>,
    /// Calls to Xero before it.
    before: u64,
    _turn: Turn,
}

fn view(polled: &Polled, calls: u64) -> PollView {
    let due = polled.due.map(|due| match due {
        Due::NotRead => "Not everything has been read yet.",
        Due::Unsettled => "Writes of an earlier sync are not settled.",
        Due::Comparison => "All records of both sides are to be compared, as once a day.",
    });
    PollView {
        changed: polled.is_due(),
        due: due.map(str::to_owned),
        asked: polled
            .asked
            .iter()
            .map(|asked| PolledList {
                side: asked.side.into(),
                kind: asked.kind.into(),
                changed: count(asked.changed),
            })
            .collect(),
        xero_calls: count(calls),
        run: None,
    }
}
