//! Runs and log lines as the views show them.

use std::collections::BTreeMap;

use ledger::Side;
use store::{LogOutcome, Run, RunId, Trigger, Writes};

use crate::payments;
use crate::show::{count, instant, number, some, total};
use crate::views::{ErrorView, LogLine, Outcome, RunOutcome, RunReason, RunView};
use crate::words;

pub(crate) const fn reason(trigger: Trigger) -> RunReason {
    match trigger {
        Trigger::Manual => RunReason::Person,
        Trigger::Schedule => RunReason::Schedule,
        Trigger::History => RunReason::History,
        Trigger::RealTime => RunReason::RealTime,
        Trigger::Retry => RunReason::Retry,
        Trigger::Demo => RunReason::First,
    }
}

const fn run_outcome(outcome: store::RunOutcome) -> RunOutcome {
    match outcome {
        store::RunOutcome::Running => RunOutcome::Running,
        store::RunOutcome::Agreed => RunOutcome::Agrees,
        store::RunOutcome::Exceptions => RunOutcome::NeedsAttention,
        store::RunOutcome::NeedsApproval => RunOutcome::NeedsApproval,
        store::RunOutcome::Stopped => RunOutcome::Stopped,
        store::RunOutcome::Elsewhere => RunOutcome::Elsewhere,
        store::RunOutcome::ConnectionFailed
        | store::RunOutcome::Failed
        | store::RunOutcome::Interrupted => RunOutcome::Failed,
    }
}

/// How the undo of a run ended: it says nothing of the two sides as a whole.
pub(crate) const fn undo_outcome(outcome: store::RunOutcome) -> RunOutcome {
    match run_outcome(outcome) {
        RunOutcome::Agrees => RunOutcome::Done,
        outcome => outcome,
    }
}

/// A run, with its writes by side.
pub(crate) fn run_view(run: &Run, writes: &BTreeMap<(RunId, Side), Writes>) -> RunView {
    let to = |side: Side| writes.get(&(run.id, side)).copied().unwrap_or_default();
    let (xero, erpnext) = (to(Side::Xero), to(Side::Erpnext));
    let outcome = match run_outcome(run.outcome) {
        // All was carried, and still the two sides are owed differently.
        RunOutcome::Agrees if run.counts.apart > 0 => RunOutcome::NeedsAttention,
        // It says nothing of what it was not about.
        RunOutcome::Agrees if run.about.is_some() => RunOutcome::Done,
        outcome => outcome,
    };
    let unfinished = matches!(outcome, RunOutcome::Failed | RunOutcome::Elsewhere);
    let error = unfinished.then(|| match run.outcome {
        store::RunOutcome::Interrupted => ErrorView {
            code: "interrupted".to_owned(),
            message: "It was stopped when the program ended.".to_owned(),
            next_step: Some(
                "Nothing is lost; the next sync looks up what was under way, and goes on from there."
                    .to_owned(),
            ),
            details: None,
            side: None,
        },
        _ => ErrorView {
            code: match run.outcome {
                store::RunOutcome::ConnectionFailed => "connection_failed",
                store::RunOutcome::Elsewhere => words::ELSEWHERE,
                _ => "bug",
            }
            .to_owned(),
            message: run
                .message
                .clone()
                .unwrap_or_else(|| "The run could not be finished.".to_owned()),
            next_step: Some("Sync again; it goes on from there.".to_owned()),
            details: None,
            side: None,
        },
    });
    RunView {
        id: number(run.id.0),
        started_at: instant(run.started_at),
        finished_at: run.ended_at.map(instant),
        reason: reason(run.trigger),
        outcome,
        to_xero: count(xero.records),
        to_erpnext: count(erpnext.records),
        records_written: count(xero.records + erpnext.records),
        payments: count(xero.payments + erpnext.payments),
        credit_notes: count(xero.credit_notes + erpnext.credit_notes),
        markers: count(xero.markers + erpnext.markers),
        writes: count(xero.records + xero.markers + erpnext.records + erpnext.markers),
        linked: count(run.counts.found()),
        exceptions: count(run.counts.exceptions),
        ignored: count(run.counts.ignored),
        held: count(run.counts.held),
        later: count(run.counts.later),
        about: run.about.clone(),
        apart: count(run.counts.apart),
        xero_calls: count(run.counts.xero_calls),
        error,
    }
}

/// What became of a record, as one badge.
pub(crate) const fn outcome(outcome: LogOutcome) -> Outcome {
    match outcome {
        LogOutcome::Created | LogOutcome::Updated | LogOutcome::Resolved => Outcome::Agrees,
        LogOutcome::Marked | LogOutcome::Linked => Outcome::Linked,
        LogOutcome::Voided => Outcome::Voided,
        LogOutcome::Exception => Outcome::Refused,
        LogOutcome::Conflict => Outcome::Conflict,
        LogOutcome::Blocked => Outcome::Waiting,
        LogOutcome::InDoubt => Outcome::InDoubt,
        LogOutcome::NothingNew => Outcome::NothingNew,
        LogOutcome::Stopped => Outcome::Stopped,
        LogOutcome::Failed => Outcome::Failed,
        LogOutcome::Decided | LogOutcome::Note => Outcome::Note,
    }
}

/// The stored outcomes behind a badge.
pub(crate) fn behind(shown: Outcome) -> impl Iterator<Item = LogOutcome> {
    LogOutcome::ALL
        .iter()
        .copied()
        .filter(move |stored| outcome(*stored) == shown)
}

/// A line, without its details.
pub(crate) fn log_line(line: &store::LogLine) -> LogLine {
    let write = &line.write;
    LogLine {
        id: number(line.id.0),
        at: instant(line.at),
        run: line.run.map(|run| number(run.0)),
        kind: write.kind.map(Into::into),
        title: match write.kind {
            Some(kind) => payments::called(kind, &write.title, &[]),
            None => write.title.clone(),
        },
        contact: some(&write.contact_name).filter(|contact| *contact != write.title),
        amount: total(write.total),
        towards: write.to.map(Into::into),
        outcome: outcome(write.outcome),
        message: write.message.sentence(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stored_outcome_can_be_found_again_by_its_badge() {
        for stored in LogOutcome::ALL {
            assert!(behind(outcome(*stored)).any(|found| found == *stored));
        }
    }
}
