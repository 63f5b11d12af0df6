//! A poll: whether anything changed since both sides were last read. A run starts only where something
//! did.

use engine::progress::Reporter;
use engine::run::poll::{Due, Polled};
use net::Priority;
use store::Trigger;

use crate::app::App;
use crate::error::AppError;
use crate::show::count;
use crate::sync::{Acceptance, SyncRequest};
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
        let pairing = self.pairing().await?;
        let (polled, calls) = {
            let turn = self.take_turn("polling")?;
            let reached = self
                .reach_for(&pairing, Priority::Scheduled, turn.control.stopped())
                .await?;
            let before = reached.calls().0;
            let session = self.session(&pairing, &reached, &turn, Reporter::silent());
            let polled = engine::run::poll::poll(&session).await;
            self.keep_learned(&pairing, &reached).await;
            (polled?, reached.calls().0.saturating_sub(before))
        };
        let mut view = view(&polled, calls);
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
