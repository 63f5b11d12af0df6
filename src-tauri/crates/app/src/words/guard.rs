//! What a person is asked before a plan that is out of the ordinary is carried out.

use engine::plan::Guard;

use crate::views::ErrorView;

/// One reason to ask, as a sentence.
fn sentence(guard: &Guard) -> String {
    match guard {
        Guard::ManyVoids { count, .. } => {
            format!("{count} records would be voided, cancelled or archived at once.")
        }
        Guard::ManyUpdates { count, .. } => format!("{count} records would be changed at once."),
        Guard::EmptySide { side, linked } => format!(
            "{side} came back empty although {linked} of its records are linked. It may be another \
             organisation, or somebody deleted them."
        ),
        Guard::OtherBooks {
            side,
            expected,
            found,
        } => format!("The connection to {side} now leads to \"{found}\", not to \"{expected}\"."),
    }
}

/// All reasons to ask.
pub(crate) fn guards_in_full(guards: &[Guard]) -> Vec<String> {
    guards.iter().map(sentence).collect()
}

/// The reasons to ask, as a run's message. `None` where there are none.
pub(crate) fn guards(guards: &[Guard]) -> Option<ErrorView> {
    if guards.is_empty() {
        return None;
    }
    let other_books = guards
        .iter()
        .any(|guard| matches!(guard, Guard::OtherBooks { .. }));
    Some(ErrorView {
        code: "approval_needed".to_owned(),
        message: guards_in_full(guards).join(" "),
        next_step: Some(
            if other_books {
                "Nothing was written. Connect the right books, or end this pairing and make a new one."
            } else {
                "Nothing was written. Look at the preview, and approve if that is what you want."
            }
            .to_owned(),
        ),
        details: None,
        side: None,
    })
}
