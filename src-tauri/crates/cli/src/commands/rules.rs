//! What the rules say, kind by kind.

use app::App;
use app::views::{ErrorView, RulesView};

use crate::answer::Answer;
use crate::arguments::{Rules, Setting};
use crate::exit::Exit;
use crate::render;
use crate::terminal::Style;

/// Shows or changes the rules.
///
/// # Errors
/// Set-up that is not finished; a setting that a kind does not have.
pub async fn run(app: &App, action: Option<Rules>) -> Result<Answer, ErrorView> {
    match action {
        None | Some(Rules::List) => shown(&app.rules().await?),
        Some(Rules::Set { kind, settings }) => {
            let mut view = app.rules().await?;
            for setting in settings {
                view = match setting {
                    Setting::Voids(voids) => app.set_voids(kind.into(), voids).await?,
                    Setting::Advances(account) => app.set_prepayments(kind.into(), account).await?,
                };
            }
            shown(&view)
        }
    }
}

fn shown(view: &RulesView) -> Result<Answer, ErrorView> {
    let text = render::rules(view, Style::stdout());
    Answer::of(view, text, Exit::Agreement)
}
