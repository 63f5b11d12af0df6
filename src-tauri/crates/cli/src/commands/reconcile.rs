//! What is owed on both sides.

use app::views::{ErrorView, ReconcileFilter};
use app::{App, Exporting};

use crate::answer::Answer;
use crate::arguments::Reconcile;
use crate::commands::export;
use crate::exit::Exit;
use crate::render;
use crate::terminal::Style;

/// By contact, or the documents of one.
///
/// # Errors
/// Set-up that is not finished; a contact that is not known.
pub async fn run(app: &App, wanted: Reconcile) -> Result<Answer, ErrorView> {
    let what = || Exporting::Reconcile(wanted.contact.clone());
    if let Some(written) = export::wanted(app, &wanted.export, what).await? {
        return Ok(written);
    }
    let filter = ReconcileFilter {
        all: wanted.all,
        limit: wanted.limit,
    };
    let exit = |differs| {
        if differs {
            Exit::Exceptions
        } else {
            Exit::Agreement
        }
    };
    match wanted.contact {
        None => {
            let view = app.reconcile(filter).await?;
            let text = render::reconcile(&view, Style::stdout());
            Answer::of(&view, text, exit(view.differs))
        }
        Some(contact) => {
            let view = app.reconcile_contact(&contact, filter).await?;
            let text = render::contact_owes(&view, &contact, Style::stdout());
            Answer::of(&view, text, exit(view.differs))
        }
    }
}
