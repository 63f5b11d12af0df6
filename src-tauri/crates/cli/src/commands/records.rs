//! Records that need a person.

use app::App;
use app::views::{AttentionView, ErrorView, RetryWhat, Side};
use serde_json::json;

use crate::answer::Answer;
use crate::arguments::Retry;
use crate::commands::sync::{finished, watched};
use crate::exit::{Exit, failure};
use crate::render;
use crate::terminal::Style;

/// All of them, by cause.
///
/// # Errors
/// Set-up that is not finished.
pub async fn list(app: &App) -> Result<Answer, ErrorView> {
    let view = app.attention().await?;
    listed(&view)
}

fn listed(view: &AttentionView) -> Result<Answer, ErrorView> {
    let exit = if view.total == 0 {
        Exit::Agreement
    } else {
        Exit::Exceptions
    };
    Answer::of(view, render::exceptions(view, Style::stdout()), exit)
}

/// One of them in full.
///
/// # Errors
/// A number that none has.
pub async fn show(app: &App, id: u32) -> Result<Answer, ErrorView> {
    let view = app.attention().await?;
    for group in &view.groups {
        if let Some(record) = group.records.iter().find(|record| record.id == id) {
            let mut alone = group.clone();
            alone.records.clear();
            let text = render::exception(group, record, Style::stdout());
            let document = json!({ "group": alone, "record": record });
            return Answer::of(&document, text, Exit::Exceptions);
        }
    }
    if let Some(ignored) = view
        .ignored
        .iter()
        .find(|ignored| ignored.exception.id == id)
    {
        let text = format!(
            "{} is ignored: {}\n",
            ignored.exception.title, ignored.reason
        );
        return Answer::of(ignored, text, Exit::Agreement);
    }
    Err(unknown(id))
}

fn unknown(id: u32) -> ErrorView {
    failure(
        "not_found",
        format!("No record that needs you has the number {id}."),
        Some("counterfoil exceptions lists them with their numbers."),
    )
}

/// Tries records again.
///
/// # Errors
/// As a sync; a cause that none has.
pub async fn retry(app: &App, wanted: Retry) -> Result<Answer, ErrorView> {
    let what = if wanted.all {
        vec![RetryWhat::All]
    } else if let Some(cause) = wanted.cause {
        let view = app.attention().await?;
        let groups: Vec<RetryWhat> = view
            .groups
            .iter()
            .filter(|group| group.id == cause || group.cause == cause)
            .map(|group| RetryWhat::Group(group.id.clone()))
            .collect();
        if groups.is_empty() {
            return Err(failure(
                "not_found",
                format!("No record that needs you has the cause {cause}."),
                Some("counterfoil exceptions lists the causes."),
            ));
        }
        groups
    } else {
        vec![RetryWhat::Some(wanted.ids)]
    };
    let mut last = None;
    for what in what {
        last = Some(watched(app, app.retry(what)).await?);
    }
    match last {
        Some(run) => finished(&run),
        None => Err(failure("bug", "There was nothing to retry.", None)),
    }
}

/// Says which record is the counterpart.
///
/// # Errors
/// As a sync; a number or candidate that does not exist.
pub async fn pick(app: &App, id: u32, candidate: String) -> Result<Answer, ErrorView> {
    let run = watched(app, app.pick_candidate(id, candidate)).await?;
    finished(&run)
}

/// Keeps one side's values.
///
/// # Errors
/// As a sync; a number that does not exist.
pub async fn keep(app: &App, id: u32, side: Side) -> Result<Answer, ErrorView> {
    let run = watched(app, app.keep(id, side)).await?;
    finished(&run)
}

/// Leaves records out, or takes them back in.
///
/// # Errors
/// A number that none has.
pub async fn ignore(
    app: &App,
    ids: Vec<u32>,
    reason: String,
    undo: bool,
) -> Result<Answer, ErrorView> {
    if undo {
        for id in ids {
            app.undo_ignore(id).await?;
        }
        list(app).await
    } else {
        let view = app.ignore(ids, reason).await?;
        listed(&view)
    }
}
