//! Which account, tax rate and bank account stands for which.

use app::App;
use app::views::{ErrorView, MappingChange, MappingPreview, MappingState, MappingsView};
use serde::Serialize;

use crate::answer::Answer;
use crate::arguments::{self, Mappings};
use crate::exit::Exit;
use crate::render;
use crate::terminal::Style;

/// Shows or changes the mappings.
///
/// # Errors
/// A side that cannot be read; a value that a side does not offer.
pub async fn run(app: &App, action: Option<Mappings>) -> Result<Answer, ErrorView> {
    match action {
        None | Some(Mappings::List) => shown(&app.mappings_anew().await?),
        Some(Mappings::Suggest) => {
            app.mappings_anew().await?;
            shown(&app.accept_suggestions().await?)
        }
        Some(Mappings::Set {
            kind,
            xero,
            erpnext,
            of,
            both,
            dry_run,
        }) => {
            let (key, counterpart) = match of {
                arguments::Side::Xero => (xero, erpnext),
                arguments::Side::Erpnext => (erpnext, xero),
            };
            let change = MappingChange {
                kind: kind.into(),
                side: of.into(),
                key,
                counterpart: Some(counterpart),
                both_ways: both,
            };
            changed(app, change, dry_run).await
        }
        Some(Mappings::Remove {
            kind,
            key,
            of,
            both,
            dry_run,
        }) => {
            let change = MappingChange {
                kind: kind.into(),
                side: of.into(),
                key,
                counterpart: None,
                both_ways: both,
            };
            changed(app, change, dry_run).await
        }
    }
}

fn shown(view: &MappingsView) -> Result<Answer, ErrorView> {
    Answer::of(view, render::mappings(view, Style::stdout()), exit(view))
}

/// Whether records wait for a mapping.
fn exit(view: &MappingsView) -> Exit {
    let waiting = view
        .tables
        .iter()
        .flat_map(|table| &table.rows)
        .any(|row| row.state != MappingState::Mapped && row.waiting > 0);
    if waiting {
        Exit::Exceptions
    } else {
        Exit::Agreement
    }
}

/// What a change did, or would do.
#[derive(Debug, Serialize)]
struct Changed {
    /// Whether it was saved.
    saved: bool,
    #[serde(flatten)]
    preview: MappingPreview,
    /// As they are then, where it was saved.
    #[serde(flatten)]
    then: Option<MappingsView>,
}

async fn changed(app: &App, change: MappingChange, dry_run: bool) -> Result<Answer, ErrorView> {
    let preview = app.preview_mapping(change.clone()).await?;
    let style = Style::stdout();
    let mut text = render::mapping_effects(&preview, style);
    if dry_run {
        text.push_str(&format!("{}\n", style.faint("Nothing was saved.")));
        let said = Changed {
            saved: false,
            preview,
            then: None,
        };
        return Answer::of(&said, text, Exit::Agreement);
    }
    let view = app.change_mappings(vec![change]).await?;
    text.push_str(&format!("\n{}", render::mappings(&view, style)));
    let exit = exit(&view);
    let said = Changed {
        saved: true,
        preview,
        then: Some(view),
    };
    Answer::of(&said, text, exit)
}
