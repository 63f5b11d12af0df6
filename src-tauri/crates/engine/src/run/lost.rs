//! Writes that a system keeps failing at: it answers with an error that says nothing, or not at all,
//! and when it is asked it holds nothing of them.
//!
//! Once is an accident. Twice the same write is that record's exception, and it is not sent again until
//! a person asks for it or its content changes; by itself it is tried after a while, and after each
//! failure four times later, because what made the system fail may be gone.

use chrono::{DateTime, Duration, Utc};
use ledger::{Cause, Record, Said};
use store::{
    ExceptionWrite, Intent, IntentState, LogOutcome, LogWrite, RecordKey, Settlement, Standing,
};

use super::{RunError, Work};

/// After how many of them a write is an exception.
const TIMES: u32 = 2;

/// How long after the first exception it is tried by itself.
const FIRST_WAIT: Duration = Duration::minutes(10);
/// The longest wait.
const LONGEST_WAIT: Duration = Duration::hours(24);

/// Adds to the settlement of a write that was not carried out what follows from that.
pub(super) fn not_carried_out(
    work: &Work<'_>,
    intent: &Intent,
    mut settlement: Settlement,
) -> Result<Settlement, RunError> {
    // That our own program died says nothing of the system that was written to.
    let answer_lost = intent.state == IntentState::InDoubt;
    let (Some(fingerprint), true) = (&intent.write.fingerprint, answer_lost) else {
        return Ok(settlement);
    };
    settlement.lost = Some(fingerprint.clone());
    let (store, pairing) = (&work.session.store, work.session.pairing.id);
    let before = store.lost_writes(pairing)?;
    let times = before.get(fingerprint).copied().unwrap_or_default() + 1;
    if times < TIMES {
        return Ok(settlement);
    }
    let Some(record) = record(intent) else {
        return Ok(settlement);
    };
    let known = store.record(pairing, &record)?;
    let content = known
        .as_ref()
        .and_then(|known| known.row.record.as_ref().ok());
    let why = intent.answer.as_ref().and_then(|answer| answer.as_str());
    let cause = Cause::InDoubt {
        side: intent.write.side,
        why: why.unwrap_or("no answer came").to_owned(),
    };
    let exception = ExceptionWrite {
        title: content.map(|it| it.title().to_owned()).unwrap_or_default(),
        contact_name: content
            .map(|it| it.contact_name().to_owned())
            .unwrap_or_default(),
        total: content.and_then(Record::total),
        cause,
        fingerprint: Some(fingerprint.clone()),
        tried: true,
        record,
    };
    settlement.log.push(line(intent, &exception));
    settlement.raise.push(exception);
    Ok(settlement)
}

/// The record that an exception of this write is shown for: the source's, else the target's.
fn record(intent: &Intent) -> Option<RecordKey> {
    let write = &intent.write;
    let (side, id) = match (&write.source, &write.target) {
        (Some(source), _) => (write.side.other(), source),
        (None, Some(target)) => (write.side, target),
        (None, None) => return None,
    };
    Some(RecordKey {
        side,
        kind: write.kind,
        id: id.clone(),
    })
}

fn line(intent: &Intent, exception: &ExceptionWrite) -> LogWrite {
    let cause = &exception.cause;
    let (source, target) = (intent.write.source.clone(), intent.write.target.clone());
    let (xero_id, erpnext_id) = intent.write.side.ordered(target, source);
    LogWrite {
        kind: Some(intent.write.kind),
        to: Some(intent.write.side),
        xero_id,
        erpnext_id,
        title: exception.title.clone(),
        contact_name: exception.contact_name.clone(),
        total: exception.total,
        ..LogWrite::note(LogOutcome::Exception, Said::NeedsAttention(cause.clone()))
    }
}

/// Whether a write that was not carried out is to be tried again by itself.
pub(super) fn due(standing: &Standing, now: DateTime<Utc>) -> bool {
    matches!(standing.cause, Cause::InDoubt { .. })
        && now - standing.last_seen >= wait(standing.tries)
}

/// How long to wait after so many failures.
fn wait(tries: u32) -> Duration {
    // Beyond this many it is the longest in any case.
    let doublings = tries.saturating_sub(1).min(8) * 2;
    (FIRST_WAIT * (1 << doublings)).min(LONGEST_WAIT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_failure_is_waited_for_longer_than_the_last_but_never_longer_than_a_day() {
        let minutes: Vec<i64> = (0..7).map(|tries| wait(tries).num_minutes()).collect();
        assert_eq!(minutes, [10, 10, 40, 160, 640, 1440, 1440]);
        assert_eq!(wait(u32::MAX), LONGEST_WAIT);
    }
}
