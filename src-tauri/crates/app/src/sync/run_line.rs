//! The line of the log about a run as a whole.

use engine::run::Summary;
use ledger::Said;
use ledger::said::Figures;
use store::{LogOutcome, LogWrite, RunOutcome};

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
