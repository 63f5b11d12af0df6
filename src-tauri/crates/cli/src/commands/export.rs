//! Files of what is shown.

use app::views::ErrorView;
use app::{App, Exporting};

use crate::answer::Answer;
use crate::arguments::{Export, To};
use crate::commands::sync::watched;
use crate::exit::{Exit, failure};
use crate::terminal::count;

/// Writes what is asked for, where it is asked for as a file or for another program; else `None`.
///
/// # Errors
/// A file that cannot be written, or is there already; what showing it can fail with.
pub async fn wanted(
    app: &App,
    export: &Export,
    what: impl FnOnce() -> Exporting,
) -> Result<Option<Answer>, ErrorView> {
    let to = export.to().map_err(|why| failure("usage", why, None))?;
    match to {
        None => Ok(None),
        Some(To::Printed(format)) => {
            watched(app, app.export_to(what(), format, std::io::stdout())).await?;
            Ok(Some(Answer::nothing_more()))
        }
        Some(To::File(path, format)) => {
            let writing = app.export_file(what(), format, path, export.force);
            let view = watched(app, writing).await?;
            let rows = count(view.lines, "row", "rows");
            let text = format!("Wrote {rows} to {}.\n", view.path);
            Answer::of(&view, text, Exit::Agreement).map(Some)
        }
    }
}
