//! The import of old documents.

use app::App;
use app::views::{ErrorView, HistoryState, HistoryView};

use super::sync::watched;
use crate::answer::Answer;
use crate::arguments::{Import, ImportAction};
use crate::exit::Exit;
use crate::render;
use crate::terminal::Style;

/// Asks for old documents and carries them, goes on with those asked for, or says how that stands.
///
/// # Errors
/// Set-up that is not finished; what is no day; a connection that fails: it is gone on with by the same command.
pub async fn run(app: &App, wanted: Import) -> Result<Answer, ErrorView> {
    match wanted.action {
        Some(ImportAction::Status) => return shown(&app.history().await?),
        Some(ImportAction::Wait) => return shown(&app.hold_history(true).await?),
        Some(ImportAction::Cancel) => return shown(&app.cancel_history().await?),
        Some(ImportAction::GoOn) => {
            app.hold_history(false).await?;
        }
        None => {}
    }
    if let Some(from) = wanted.from {
        let asked = app.ask_history(from, wanted.until).await?;
        if wanted.background {
            return shown(&asked);
        }
    }
    let mut approve = wanted.approve;
    loop {
        let part = watched(app, carried(app, approve)).await?;
        // A yes is for what was shown, and not for what comes up in later parts.
        approve = false;
        let Some(run) = part? else { break };
        let view = app.history().await?;
        if let Some(job) = &view.job {
            eprintln!("{}", render::history_line(job));
        }
        if Exit::for_run(&run) == Exit::Stopped {
            break;
        }
    }
    shown(&app.history().await?)
}

/// A part, with what keeps it from being carried inside: whoever watches a run hears of other failures alone.
async fn carried(
    app: &App,
    approve: bool,
) -> Result<Result<Option<app::views::RunView>, ErrorView>, app::AppError> {
    Ok(app.history_part(approve).await)
}

fn shown(view: &HistoryView) -> Result<Answer, ErrorView> {
    let exit = match view
        .job
        .as_ref()
        .map(|job| (job.state, job.exceptions, job.left))
    {
        Some((HistoryState::Held, ..)) => Exit::Approval,
        Some((HistoryState::Waits, ..)) => Exit::Stopped,
        Some((HistoryState::UnderWay, ..)) => Exit::Exceptions,
        Some((HistoryState::Ended, exceptions, left)) if exceptions > 0 || left != Some(0) => {
            Exit::Exceptions
        }
        Some((HistoryState::Ended, ..)) | None => Exit::Agreement,
    };
    Answer::of(view, render::history(view, Style::stdout()), exit)
}
