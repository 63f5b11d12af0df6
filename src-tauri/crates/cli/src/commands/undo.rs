//! Undoing a run, and keeping records apart.

use app::App;
use app::views::{ErrorView, KeptApartListView, RunOutcome, UndoView};

use super::sync::watched;
use crate::answer::Answer;
use crate::arguments::{Apart, Undo};
use crate::exit::Exit;
use crate::render;
use crate::terminal::Style;

/// Lists the last runs, shows what undoing one would do, or does it.
///
/// # Errors
/// A run that cannot be undone; a connection that fails; set-up that is not finished; another process that is syncing.
pub async fn undo(app: &App, wanted: Undo) -> Result<Answer, ErrorView> {
    let Some(run) = wanted.run else {
        let runs = app.runs(None).await?;
        return Answer::of(&runs, render::runs(&runs, Style::stdout()), Exit::Agreement);
    };
    let view = if wanted.yes {
        watched(app, app.undo(run)).await?
    } else {
        watched(app, app.preview_undo(run)).await?
    };
    let exit = exit(&view);
    let text = render::undo(&view, Style::stdout());
    Answer::of(&view, text, exit)
}

fn exit(view: &UndoView) -> Exit {
    match (&view.error, view.outcome) {
        (_, Some(RunOutcome::Stopped)) => Exit::Stopped,
        (Some(error), _) => Exit::for_error(error),
        (None, Some(RunOutcome::NeedsApproval)) => Exit::Approval,
        (None, _) if view.stays > 0 => Exit::Exceptions,
        (None, _) => Exit::Agreement,
    }
}

/// Lists what is kept apart, keeps a record apart, or takes one up again.
///
/// # Errors
/// Set-up that is not finished; a record that is not known, or not kept apart.
pub async fn apart(app: &App, action: Option<Apart>) -> Result<Answer, ErrorView> {
    match action {
        None | Some(Apart::List) => shown(&app.apart().await?),
        Some(Apart::Add { record, reason }) => shown(&app.keep_apart(&record, &reason).await?),
        Some(Apart::End { record }) => shown(&app.end_apart(&record).await?),
    }
}

fn shown(view: &KeptApartListView) -> Result<Answer, ErrorView> {
    let text = render::apart(view, Style::stdout());
    Answer::of(view, text, Exit::Agreement)
}
