//! What the rules say, kind by kind.

use std::path::Path;

use app::App;
use app::views::{ErrorView, RuleChange, RulesChanged, RulesFile, RulesView};

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
            let rules = app.export_rules().await?;
            let Some(file) = file else {
                let text = serde_json::to_string_pretty(&rules).unwrap_or_default();
                return Answer::of(&rules, format!("{text}\n"), Exit::Agreement);
            };
            write(&file, &rules, force)?;
            let text = format!(
                "Wrote the rules of {} kinds and {} mappings to {}.\n",
                rules.rules.len(),
                rules.mappings.len(),
                file.display()
            );
            Answer::of(&rules, text, Exit::Agreement)
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

fn read(file: &Path) -> Result<RulesFile, ErrorView> {
    let text = std::fs::read_to_string(file).map_err(|why| {
        usage(
            format!("{} cannot be read: {why}.", file.display()),
            "Give the path of a file that `counterfoil rules export` wrote.",
        )
    })?;
    serde_json::from_str(&text).map_err(|why| {
        usage(
            format!(
                "{} is no file of Counterfoil's rules: {why}.",
                file.display()
            ),
            "Give the path of a file that `counterfoil rules export` wrote.",
        )
    })
}

fn write(file: &Path, rules: &RulesFile, force: bool) -> Result<(), ErrorView> {
    if file.exists() && !force {
        return Err(usage(
            format!("{} is there already.", file.display()),
            "Give another name, or --force to write over it.",
        ));
    }
    let mut text = serde_json::to_string_pretty(rules).unwrap_or_default();
    text.push('\n');
    // Whole or not at all: it is written beside and renamed.
    let beside = file.with_extension("part");
    let written = std::fs::write(&beside, text).and_then(|()| std::fs::rename(&beside, file));
    written.map_err(|why| {
        let _ = std::fs::remove_file(&beside);
        usage(
            format!("{} cannot be written: {why}.", file.display()),
            "Give a path in a folder that you may write to, on a disk with room.",
        )
    })
}

fn usage(message: String, next_step: &str) -> ErrorView {
    ErrorView {
        code: "usage".to_owned(),
        message,
        next_step: Some(next_step.to_owned()),
        details: None,
        side: None,
    }
}
