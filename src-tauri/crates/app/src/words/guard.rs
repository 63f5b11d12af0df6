//! What a person is asked before a plan that is out of the ordinary is carried out.

use engine::plan::Guard;

use crate::views::ErrorView;

/// One reason to ask, as a sentence.
fn sentence(guard: &Guard) -> String {
    match guard {
        Guard::ManyVoids {
            count, lately: 0, ..
        } => {
            format!("{count} records would be voided, cancelled, replaced or archived at once.")
        }
        Guard::ManyVoids { count, lately, .. } => format!(
            "{} would be voided, cancelled, replaced or archived, after {lately} in the last 24 hours.",
            records(*count)
        ),
        Guard::NotShown { count } => format!(
            "{} would be voided, cancelled, replaced or changed that {} not in what you said yes to: \
             they wait.",
            records(*count),
            if *count == 1 { "was" } else { "were" }
        ),
        Guard::ManyUpdates { count, .. } => format!("{count} records would be changed at once."),
        Guard::EmptySide { side, linked } => format!(
            "{side} came back empty although {linked} of its records are linked. It may be another \
             organisation, or somebody deleted them."
        ),
        Guard::WentBack {
            side,
            count,
            titles,
        } => went_back(*side, *count, titles),
    }
}

fn went_back(side: ledger::Side, count: u32, titles: &[String]) -> String {
    let named = titles.join(", ");
    let others = usize::try_from(count).unwrap_or(usize::MAX) - titles.len().min(count as usize);
    let which = match others {
        0 => named,
        1 => format!("{named} and one more"),
        others => format!("{named} and {others} more"),
    };
    format!(
        "{side} no longer has what was written there last ({which}), and nothing says that anybody \
         deleted it. It was probably put back to an earlier state, for example from a backup."
    )
}

fn records(count: u32) -> String {
    match count {
        1 => "1 record".to_owned(),
        many => format!("{many} records"),
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
        message: guards_in_full(guards).join(" "),
        next_step: Some(
            if went_back {
                "Nothing was written. If it was restored, run `counterfoil sync --restored`: ERPNext is \
                 taken as it is now, everything is compared, and what it lacks is carried over from \
                 Xero again. If it was not, check which site the connection leads to."
            } else if guards.iter().any(|guard| matches!(guard, Guard::NotShown { .. })) {
                "What you were shown is carried out. Look at the preview, and approve the rest if that is what you want."
            } else {
                "Nothing was written. Look at the preview, and approve if that is what you want."
            }
            .to_owned(),
        ),
        details: None,
        side: None,
    })
}
