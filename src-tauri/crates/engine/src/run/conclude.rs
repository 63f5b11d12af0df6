//! The end of a run: what is left over is the list of exceptions.

use std::collections::BTreeSet;

use ledger::problem::Logged;
use ledger::{Cause, Kind, Money, Said, Side};
use store::{ExceptionStatus, ExceptionWrite, LogOutcome, RecordKey, Settlement, Standing};

use super::planned::Planned;
use super::settle::line;
use super::{RunError, Work, credits};
use crate::books::Profile;
use crate::plan::{Entry, Outcome, PerSide, Situation, Subject};
use crate::progress::Stage;

/// How many settlements go into one transaction.
const SETTLE_AT_ONCE: usize = 500;

/// Plans once more from what the store holds now, and makes the exceptions and what is dealt with
/// follow from that plan. `known` is the plan that nothing has been done about since it was made: it is
/// what planning again would give.
pub(super) fn conclude(
    work: &mut Work<'_>,
    profiles: &PerSide<Profile>,
    kinds: &[Kind],
    known: Option<Planned>,
) -> Result<(), RunError> {
    work.report(|progress| progress.begin(Stage::Comparing));
    let mut planned = match known {
        Some(known) => known,
        None => work.plan(profiles, &mut |_| {})?,
    };
    let mut found = Found::default();
    for slice in planned.slices() {
        if slice.iter().all(|place| planned.is_left(*place)) {
            continue;
        }
        let decided = planned.decided(slice)?;
        let mut settlements = Vec::new();
        for (place, entry) in &decided.entries {
            if !planned.is_left(*place) {
                let settlement = found.take(work, entry, kinds, &planned);
                settlements.extend(settlement);
            }
        }
        settle(work, &settlements)?;
    }
    let mut settlements = Vec::new();
    let (standing, problems) = (&planned.standing, &mut found.problems);
    found.exceptions += credits::conclude(work, standing, problems, &mut settlements)?;
    for (key, standing) in &planned.standing {
        if !found.problems.contains(key) {
            let mut log = Vec::new();
            if standing.status == ExceptionStatus::Open {
                log.push(resolved_line(work, key)?);
            }
            settlements.push(Settlement {
                resolve: vec![key.clone()],
                log,
                ..Settlement::default()
            });
        }
    }
    settle(work, &settlements)?;
    work.counts.exceptions = found.exceptions;
    work.counts.blocked = found.blocked;
    work.report(|progress| progress.exceptions = found.exceptions);
    Ok(())
}

fn settle(work: &Work<'_>, settlements: &[Settlement]) -> Result<(), RunError> {
    for batch in settlements.chunks(SETTLE_AT_ONCE) {
        let (store, pairing) = (&work.session.store, work.session.pairing.id);
        store.settle(pairing, work.run, batch, None, work.now())?;
    }
    Ok(())
}

/// What is left over.
#[derive(Debug, Default)]
struct Found {
    /// The records that are or stay an exception.
    problems: BTreeSet<RecordKey>,
    exceptions: u64,
    blocked: u64,
}

impl Found {
    /// What follows from an entry.
    fn take(
        &mut self,
        work: &mut Work<'_>,
        entry: &Entry,
        kinds: &[Kind],
        planned: &Planned,
    ) -> Option<Settlement> {
        match &entry.outcome {
            Outcome::Problem { side, cause } => {
                let (side, subject) = entry.subject(*side)?;
                let key = RecordKey {
                    side,
                    kind: entry.kind,
                    id: subject.id.clone(),
                };
                let standing = planned.standing.get(&key);
                let ignored = standing.is_some_and(|it| {
                    it.status == ExceptionStatus::Ignored && met(it, subject, cause)
                });
                if ignored {
                    work.counts.ignored += 1;
                } else {
                    self.exceptions += 1;
                    self.blocked += u64::from(cause.meaning().logged == Logged::Blocked);
                }
                let same =
                    standing.is_some_and(|it| met(it, subject, cause) && !it.retry_requested);
                self.problems.insert(key.clone());
                (!same).then(|| raise(entry, key, cause, &planned.situation))
            }
            Outcome::Agrees | Outcome::OutOfScope(_) => {
                if matches!(entry.outcome, Outcome::Agrees) {
                    work.counts.unchanged += 1;
                }
                Some(Settlement {
                    dealt_with: keys(entry),
                    ..Settlement::default()
                })
            }
            // Left over: refused in this run, changed under our hands, or of a kind that was not
            // asked for. What is an exception already stays one.
            Outcome::Link { .. } | Outcome::Rebase | Outcome::Write(_) => {
                let keys = keys(entry);
                let open = keys
                    .iter()
                    .filter_map(|key| planned.standing.get(key))
                    .any(|it| it.status == ExceptionStatus::Open);
                if open {
                    self.exceptions += 1;
                } else if kinds.contains(&entry.kind) {
                    work.left += 1;
                }
                // Only exceptions are resolved.
                let standing = keys
                    .into_iter()
                    .filter(|key| planned.standing.contains_key(key));
                self.problems.extend(standing);
                None
            }
        }
    }
}

/// Whether an exception is the same as before, with the same figures.
fn met(standing: &Standing, subject: &Subject, cause: &Cause) -> bool {
    let total = subject.money.map(|it| (it.amount, it.currency));
    standing.cause == *cause && standing.total == total
}

fn raise(entry: &Entry, key: RecordKey, cause: &Cause, situation: &Situation) -> Settlement {
    // A refusal that stands keeps the digest of the write that was refused.
    let fingerprint = situation
        .refused
        .get(&(key.kind, key.side, key.id.clone()))
        .filter(|refusal| refusal.cause == *cause)
        .map(|refusal| refusal.fingerprint.clone());
    let subject = entry.subject(key.side).map(|(_, subject)| subject.clone());
    let outcome = match cause.meaning().logged {
        Logged::Blocked => LogOutcome::Blocked,
        Logged::Choice => LogOutcome::Conflict,
        Logged::Exception => LogOutcome::Exception,
    };
    let log = line(entry, outcome, None, Said::NeedsAttention(cause.clone()));
    Settlement {
        raise: vec![ExceptionWrite {
            title: subject
                .as_ref()
                .map(|it| it.title.clone())
                .unwrap_or_default(),
            contact_name: subject
                .as_ref()
                .map(|it| it.contact.clone())
                .unwrap_or_default(),
            total: subject
                .and_then(|it| it.money)
                .map(|Money { amount, currency }| (amount, currency)),
            record: key,
            cause: cause.clone(),
            fingerprint,
            tried: false,
        }],
        log: vec![log],
        ..Settlement::default()
    }
}

fn keys(entry: &Entry) -> Vec<RecordKey> {
    [(Side::Xero, &entry.xero), (Side::Erpnext, &entry.erpnext)]
        .into_iter()
        .filter_map(|(side, subject)| {
            subject.as_ref().map(|subject| RecordKey {
                side,
                kind: entry.kind,
                id: subject.id.clone(),
            })
        })
        .collect()
}

fn resolved_line(work: &Work<'_>, key: &RecordKey) -> Result<store::LogWrite, RunError> {
    let mut log = store::LogWrite::note(LogOutcome::Resolved, Said::Settled);
    log.kind = Some(key.kind);
    match key.side {
        Side::Xero => log.xero_id = Some(key.id.clone()),
        Side::Erpnext => log.erpnext_id = Some(key.id.clone()),
    }
    let (store, pairing) = (&work.session.store, work.session.pairing.id);
    let stored = store.record(pairing, key)?;
    if let Some(record) = stored.as_ref().and_then(|it| it.row.record.as_ref().ok()) {
        log.title = record.title().to_owned();
        log.contact_name = record.contact_name().to_owned();
        log.total = record.total();
    }
    Ok(log)
}
