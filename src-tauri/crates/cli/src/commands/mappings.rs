//! Which account and tax rate stands for which.

use app::App;
use app::views::{ErrorView, MappingChange, MappingState, MappingsView};

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
    let view = match action {
        None | Some(Mappings::List) => app.mappings().await?,
        Some(Mappings::Suggest) => app.accept_suggestions().await?,
        Some(Mappings::Set {
            kind,
            xero,
            erpnext,
            of,
        }) => {
            let (key, counterpart) = match of {
                arguments::Side::Xero => (xero, erpnext),
                arguments::Side::Erpnext => (erpnext, xero),
            };
            change(app, kind, of, key, Some(counterpart)).await?
        }
        Some(Mappings::Remove { kind, key, of }) => change(app, kind, of, key, None).await?,
    };
    let waiting = view
        .tables
        .iter()
        .flat_map(|table| &table.rows)
        .any(|row| row.state != MappingState::Mapped && row.waiting > 0);
    let exit = if waiting {
        Exit::Exceptions
    } else {
        Exit::Agreement
    };
    let text = render::mappings(&view, Style::stdout());
    Answer::of(&view, text, exit)
}

async fn change(
    app: &App,
    kind: arguments::MappingKind,
    side: arguments::Side,
    key: String,
    counterpart: Option<String>,
) -> Result<MappingsView, ErrorView> {
    let change = MappingChange {
        kind: kind.into(),
        side: side.into(),
        key,
        counterpart,
    };
    Ok(app.change_mappings(vec![change]).await?)
}
