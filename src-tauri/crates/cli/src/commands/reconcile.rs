//! What is owed on both sides, now or on a day, and signing it.

use app::views::{ErrorView, ReconcileFilter};
use app::{App, Exporting};

use crate::answer::Answer;
use crate::arguments::Reconcile;
use crate::commands::export;
use crate::exit::Exit;
use crate::render;
use crate::terminal::Style;

/// By contact, or the documents of one; on a day, signed, or what changed since.
///
/// # Errors
/// Set-up that is not finished; a contact that is not known; what is no day.
pub async fn run(app: &App, wanted: Reconcile) -> Result<Answer, ErrorView> {
    let style = Style::stdout();
    if wanted.sign_offs {
        let view = app.sign_offs().await?;
        return Answer::of(&view, render::sign_offs(&view, style), Exit::Agreement);
    }
    if let Some(id) = wanted.since {
        let view = app.since_sign_off(id).await?;
        let text = render::since_sign_off(&view, style);
        return Answer::of(&view, text, exit(!view.changed.is_empty()));
    }
    if let Some(day) = wanted.as_of {
        if wanted.sign_off {
            let view = app.sign_off(&day, wanted.note.unwrap_or_default()).await?;
            return Answer::of(&view, render::signed_off(&view, style), Exit::Agreement);
        }
        let view = app.owed_on(&day, wanted.all, wanted.limit).await?;
        let text = render::owed_on(&view, style);
        return Answer::of(&view, text, exit(view.differing > 0));
    }
    let what = || Exporting::Reconcile(wanted.contact.clone());
    if let Some(written) = export::wanted(app, &wanted.export, what).await? {
        return Ok(written);
    }
    let filter = ReconcileFilter {
        all: wanted.all,
        limit: wanted.limit,
    };
    match wanted.contact {
        None => {
            let view = app.reconcile(filter).await?;
            let text = render::reconcile(&view, style);
            Answer::of(&view, text, exit(view.differs))
        }
        Some(contact) => {
            let view = app.reconcile_contact(&contact, filter).await?;
            let text = render::contact_owes(&view, &contact, style);
            Answer::of(&view, text, exit(view.differs))
        }
    }
}

const fn exit(differs: bool) -> Exit {
    if differs {
        Exit::Exceptions
    } else {
        Exit::Agreement
    }
}
