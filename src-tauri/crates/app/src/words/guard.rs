//! What a person is asked before a plan that is out of the ordinary is carried out.

use engine::plan::Guard;
use ledger::said::Asked;

use crate::views::ErrorView;

/// One reason to ask, as the log keeps it.
pub(crate) fn asked(guard: &Guard) -> Asked {
    match *guard {
        Guard::ManyVoids { count, lately, .. } => Asked::ManyEnd { count, lately },
        Guard::ManyUpdates { count, .. } => Asked::ManyChange { count },
        Guard::NotShown { count } => Asked::NotShown { count },
        Guard::TaxFiled {
            until,
            count,
            ref taxes,
        } => Asked::TaxFiled {
            until,
            count,
            taxes: taxes.clone(),
        },
        Guard::EmptySide { side, linked } => Asked::EmptySide { side, linked },
        Guard::WentBack {
            side,
            count,
            ref titles,
        } => Asked::WentBack {
            side,
            count,
            titles: titles.clone(),
        },
    }
}

/// All reasons to ask, of a preview.
pub(crate) fn guards_in_full(guards: &[Guard]) -> Vec<String> {
    let said = |guard: &Guard| match guard {
        Guard::TaxFiled { .. } => format!(
            "{} They wait until somebody approves them, with what needs them; all else is carried.",
            asked(guard).sentence()
        ),
        _ => asked(guard).sentence(),
    };
    guards.iter().map(said).collect()
}

fn sentences(guards: &[Guard]) -> Vec<String> {
    guards.iter().map(|guard| asked(guard).sentence()).collect()
}

/// The reasons to ask, as a run's message. `None` where there are none.
pub(crate) fn guards(guards: &[Guard]) -> Option<ErrorView> {
    if guards.is_empty() {
        return None;
    }
    let went_back = guards
        .iter()
        .any(|guard| matches!(guard, Guard::WentBack { .. }));
    Some(ErrorView {
        code: if went_back {
            "went_back_in_time"
        } else {
            "approval_needed"
        }
        .to_owned(),
        message: sentences(guards).join(" "),
        next_step: Some(
            if went_back {
                "Nothing was written. If it was restored, say so (in the window, or with `counterfoil sync \
                 --restored`): ERPNext is taken as it is now, everything is compared, and what it lacks is \
                 carried over from Xero again. If it was not, check which site the connection leads to."
            } else if guards.iter().any(|guard| matches!(guard, Guard::NotShown { .. })) {
                "What you were shown is carried out. Look at the preview, and approve the rest if that is what you want."
            } else if guards.iter().all(|guard| matches!(guard, Guard::TaxFiled { .. })) {
                "They wait, with what needs them, and all else was carried. Look at the preview, and approve what is \
                 to be in the books of that period all the same: it is to be told in a later return."
            } else {
                "Nothing was written. Look at the preview, and approve if that is what you want."
            }
            .to_owned(),
        ),
        details: None,
        side: None,
    })
}
