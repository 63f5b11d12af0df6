//! The line of the log about a run as a whole.

use engine::run::Summary;
use store::{LogOutcome, LogWrite, RunOutcome};

use crate::words;

/// The line about a run as a whole.
pub(super) fn run_line(summary: &Summary) -> LogWrite {
    let counts = &summary.counts;
    let plural = |count: u64, one: &str, many: &str| {
        if count == 1 {
            format!("1 {one}")
        } else {
            format!("{count} {many}")
        }
    };
    let wrote = plural(
        counts.records_written(),
        "record written",
        "records written",
    );
    let linked = format!("{} linked", counts.found());
    let waiting = plural(counts.exceptions, "record needs you", "records need you");
    // What was set aside is still not in agreement, and is counted beside it.
    let aside = match counts.ignored {
        0 => String::new(),
        many => format!("; {many} set aside"),
    };
    let held = match counts.held {
        0 => String::new(),
        many => format!("; {many} held back"),
    };
    let aside = format!("{held}{aside}");
    match summary.outcome {
        // Nothing is said of what it was not about.
        RunOutcome::Agreed if !summary.whole => LogWrite::note(
            if counts.writes() == 0 && counts.linked == 0 {
                LogOutcome::NothingNew
            } else {
                LogOutcome::Note
            },
            format!(
                "Done, {}: {wrote}, {linked}{aside}",
                summary.about.as_deref().unwrap_or("a part of the records")
            ),
        ),
        RunOutcome::Agreed if counts.apart > 0 => LogWrite::note(
            LogOutcome::Note,
            format!("Done: {wrote}, {linked}; what customers owe differs all the same{aside}"),
        ),
        RunOutcome::Agreed if counts.writes() == 0 && counts.linked == 0 => LogWrite::note(
            LogOutcome::NothingNew,
            format!("Nothing new: both sides agree{aside}"),
        ),
        RunOutcome::Agreed => LogWrite::note(
            LogOutcome::Note,
            format!("Both sides agree: {wrote}, {linked}{aside}"),
        ),
        RunOutcome::Exceptions => LogWrite::note(
            LogOutcome::Note,
            format!("Done: {wrote}, {linked}; {waiting}{aside}"),
        ),
        RunOutcome::Stopped => LogWrite::note(
            LogOutcome::Stopped,
            format!("Stopped by you: {wrote}, {linked}; the next sync goes on from there"),
        ),
        RunOutcome::NeedsApproval => LogWrite::note(
            LogOutcome::Note,
            words::guards(&summary.guards).map_or_else(
                || "Waits for your approval".to_owned(),
                |asked| asked.message,
            ),
        ),
        RunOutcome::ConnectionFailed
        | RunOutcome::Failed
        | RunOutcome::Interrupted
        | RunOutcome::Running => LogWrite::note(
            LogOutcome::Failed,
            summary.failures.first().map_or_else(
                || "The run could not be finished".to_owned(),
                |failure| words::connection(failure).message,
            ),
        ),
    }
}
