//! The line of the log about a run as a whole.

use engine::books::BooksError;
use engine::run::Summary;
use ledger::Said;
use ledger::said::Figures;
use store::{LogOutcome, LogWrite, RunOutcome};

use crate::schedule::moment;
use crate::words;

/// The line about a run as a whole.
pub(crate) fn run_line(summary: &Summary) -> LogWrite {
    let counts = &summary.counts;
    let figures = Figures {
        written: counts.records_written(),
        linked: counts.found(),
        waiting: counts.exceptions,
        // What was set aside is still not in agreement, and is counted beside it.
        aside: counts.ignored,
        held: counts.held,
    };
    match summary.outcome {
        // Nothing is said of what it was not about.
        RunOutcome::Agreed if !summary.whole => LogWrite::note(
            if counts.writes() == 0 && counts.linked == 0 {
                LogOutcome::NothingNew
            } else {
                LogOutcome::Note
            },
            Said::PartDone {
                about: summary.about.clone(),
                figures,
            },
        ),
        RunOutcome::Agreed if counts.apart > 0 => {
            LogWrite::note(LogOutcome::Note, Said::OwedDifferently(figures))
        }
        RunOutcome::Agreed if counts.writes() == 0 && counts.linked == 0 => LogWrite::note(
            LogOutcome::NothingNew,
            Said::NothingNew {
                aside: figures.aside,
                held: figures.held,
            },
        ),
        RunOutcome::Agreed => LogWrite::note(LogOutcome::Note, Said::BothAgree(figures)),
        RunOutcome::Exceptions => LogWrite::note(LogOutcome::Note, Said::Done(figures)),
        RunOutcome::Stopped => LogWrite::note(LogOutcome::Stopped, Said::Stopped(figures)),
        RunOutcome::NeedsApproval => LogWrite::note(
            LogOutcome::Note,
            Said::Asks {
                reasons: summary.guards.iter().map(words::asked).collect(),
            },
        ),
        RunOutcome::Elsewhere => elsewhere(summary, figures),
        RunOutcome::ConnectionFailed
        | RunOutcome::Failed
        | RunOutcome::Interrupted
        | RunOutcome::Running => LogWrite::note(
            LogOutcome::Failed,
            Said::Failed {
                why: summary
                    .failures
                    .first()
                    .map(|failure| words::connection(failure).message),
            },
        ),
    }
}

/// The line about a run that another installation kept from going on.
fn elsewhere(summary: &Summary, figures: Figures) -> LogWrite {
    let taken_over = summary.failures.iter().find_map(|failure| match failure {
        BooksError::TakenOver { by } => Some(by.clone()),
        _ => None,
    });
    if let Some(by) = taken_over {
        return LogWrite::note(LogOutcome::Stopped, Said::TakenOver { by, figures });
    }
    let held = summary.failures.iter().find_map(|failure| match failure {
        BooksError::SyncedElsewhere { by, since } => Some((by.clone(), *since)),
        _ => None,
    });
    let (by, since) = held.unwrap_or_default();
    let since = since.map(moment);
    LogWrite::note(LogOutcome::Note, Said::SyncedElsewhere { by, since })
}
