//! Preview, sync and status.

use std::future::Future;

use app::views::{Agreement, ErrorView, RunView};
use app::{App, Asked, Exporting, SyncRequest};

use crate::answer::Answer;
use crate::arguments::{Export, Narrow};
use crate::commands::export;
use crate::exit::Exit;
use crate::render;
use crate::terminal::{ProgressLine, Style};

/// What the next sync would do.
///
/// # Errors
/// A connection that fails; set-up that is not finished.
pub async fn preview(app: &App, narrow: &Narrow, export: &Export) -> Result<Answer, ErrorView> {
    let scope = app.scope(&asked(narrow)).await?;
    let what = || Exporting::Preview(Box::new(scope.clone()));
    if let Some(written) = export::wanted(app, export, what).await? {
        return Ok(written);
    }
    let view = watched(app, app.preview_of(&scope)).await?;
    let exit = if view.needs_approval {
        Exit::Approval
    } else if view.waiting > 0 {
        Exit::Exceptions
    } else {
        Exit::Agreement
    };
    let text = render::preview(&view, Style::stdout());
    Answer::of(&view, text, exit)
}

/// Brings both sides into agreement.
///
/// # Errors
/// A connection that fails; set-up that is not finished; another process that is syncing.
pub async fn sync(
    app: &App,
    mut request: SyncRequest,
    narrow: &Narrow,
) -> Result<Answer, ErrorView> {
    request.scope = app.scope(&asked(narrow)).await?;
    let run = watched(app, app.sync_with(request)).await?;
    finished(&run)
}

/// What is asked for, in the application's words.
fn asked(narrow: &Narrow) -> Asked {
    Asked {
        kinds: narrow.kinds.iter().map(|kind| (*kind).into()).collect(),
        records: narrow.records.clone(),
        dated: narrow.from.zip(narrow.until),
        hold: narrow.hold.clone(),
    }
}

/// Asks whether anything changed, and syncs where something did.
///
/// # Errors
/// As [`sync`].
pub async fn poll(app: &App, ask_only: bool) -> Result<Answer, ErrorView> {
    let view = watched(app, app.poll(ask_only)).await?;
    let exit = view.run.as_ref().map_or(Exit::Agreement, Exit::for_run);
    Answer::of(&view, render::poll(&view, Style::stdout()), exit)
}

/// Do the two sides agree?
///
/// # Errors
/// Set-up that is not finished.
pub async fn status(app: &App) -> Result<Answer, ErrorView> {
    let view = app.overview().await?;
    let exit = match view.agreement {
        Agreement::Agrees if view.needs_attention == 0 => Exit::Agreement,
        Agreement::Unreachable => Exit::Connection,
        Agreement::Agrees
        | Agreement::NeedsAttention
        | Agreement::Unfinished
        | Agreement::Apart
        | Agreement::NotSynced => Exit::Exceptions,
    };
    let text = render::overview(&view, Style::stdout());
    Answer::of(&view, text, exit)
}

/// What a finished run has to say.
///
/// # Errors
/// None but a bug.
pub fn finished(run: &RunView) -> Result<Answer, ErrorView> {
    Answer::of(run, render::run(run, Style::stdout()), Exit::for_run(run))
}

/// Waits for a run with its progress on stderr. Ctrl-C stops it after what has been begun; a second
/// one ends the process at once, which loses nothing either.
pub async fn watched<T>(
    app: &App,
    run: impl Future<Output = Result<T, app::AppError>>,
) -> Result<T, ErrorView> {
    let line = ProgressLine::show(app.progress());
    let mut run = std::pin::pin!(run);
    let mut asked = false;
    let result = loop {
        tokio::select! {
            result = &mut run => break result,
            pressed = tokio::signal::ctrl_c() => {
                if pressed.is_err() {
                    continue;
                }
                if asked {
                    std::process::exit(i32::from(Exit::Stopped as u8));
                }
                asked = true;
                eprintln!("\nStopping after what has been begun. Ctrl-C again ends at once.");
                app.stop().await?;
            }
        }
    };
    line.finish();
    Ok(result?)
}
