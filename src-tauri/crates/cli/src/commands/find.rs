//! Any record, and everything about one.

use app::views::ErrorView;
use app::{App, Exporting};

use crate::answer::Answer;
use crate::arguments::Records;
use crate::commands::export;
use crate::exit::Exit;
use crate::render;
use crate::terminal::Style;

/// Finds records.
///
/// # Errors
/// Set-up that is not finished; a filter that cannot be read.
pub async fn list(app: &App, wanted: Records) -> Result<Answer, ErrorView> {
    let filter = wanted.filter();
    let what = || Exporting::Records(filter.clone());
    if let Some(written) = export::wanted(app, &wanted.export, what).await? {
        return Ok(written);
    }
    let view = app.records(filter, wanted.before, wanted.limit).await?;
    let text = render::records(&view, Style::stdout());
    Answer::of(&view, text, Exit::Agreement)
}

/// Shows one.
///
/// # Errors
/// A record that is not known, or could be several.
pub async fn show(app: &App, record: String) -> Result<Answer, ErrorView> {
    let view = app.record(record).await?;
    let text = render::record(&view, Style::stdout());
    Answer::of(&view, text, Exit::Agreement)
}
