//! What the rules say, kind by kind.

use std::path::Path;

use app::App;
use app::views::{ErrorView, RuleChange, RulesChanged, RulesView};

use crate::answer::Answer;
use crate::arguments::Rules;
use crate::exit::Exit;
use crate::render;
use crate::terminal::Style;

/// Shows or changes the rules.
///
/// # Errors
/// Set-up that is not finished; a setting that a kind does not have; a file that cannot be read or written.
pub async fn run(app: &App, action: Option<Rules>) -> Result<Answer, ErrorView> {
    match action {
        None | Some(Rules::List) => shown(&app.rules().await?),
        Some(Rules::Preset { preset, dry_run }) => {
            let changed = app.choose_preset(preset.into(), !dry_run).await?;
            became(&changed)
        }
        Some(Rules::Set {
            kind,
            settings,
            dry_run,
        }) => {
            let change = |set| RuleChange { kind, set };
            let changes = settings.into_iter().map(change).collect();
            became(&app.change_rules(changes, !dry_run).await?)
        }
        Some(Rules::Export { file, force }) => {
            let Some(file) = file else {
                let rules = app.export_rules().await?;
                let text = serde_json::to_string_pretty(&rules).unwrap_or_default();
                return Answer::of(&rules, format!("{text}\n"), Exit::Agreement);
            };
            let written = app.save_rules_as(&file, force).await?;
            let text = format!(
                "Wrote the rules and {} mappings to {}.\n",
                written.lines, written.path
            );
            Answer::of(&written, text, Exit::Agreement)
        }
        Some(Rules::Import { file, dry_run }) => {
            let imported = app.import_rules(read(&file)?, !dry_run).await?;
            let text = render::rules_imported(&imported, Style::stdout());
            let exit = if imported.not_taken.is_empty() {
                Exit::Agreement
            } else {
                Exit::Exceptions
            };
            Answer::of(&imported, text, exit)
        }
    }
}

fn shown(view: &RulesView) -> Result<Answer, ErrorView> {
    let text = render::rules(view, Style::stdout());
    Answer::of(view, text, Exit::Agreement)
}

fn became(changed: &RulesChanged) -> Result<Answer, ErrorView> {
    let text = render::rules_changed(changed, Style::stdout());
    Answer::of(changed, text, Exit::Agreement)
}

fn read(file: &Path) -> Result<String, ErrorView> {
    std::fs::read_to_string(file).map_err(|why| ErrorView {
        code: "usage".to_owned(),
        message: format!("{} cannot be read: {why}.", file.display()),
        next_step: Some(
            "Give the path of a file that `counterfoil rules export` wrote.".to_owned(),
        ),
        details: None,
        side: None,
    })
}
