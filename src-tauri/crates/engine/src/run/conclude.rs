//! The end of a run: what is left over is the list of exceptions.

use std::collections::BTreeSet;

use ledger::problem::Logged;
use ledger::{Cause, Kind, Money, Said, Side};
use store::{ExceptionStatus, ExceptionWrite, LogOutcome, RecordKey, Settlement, Standing};

use super::settle::line;
use super::situation::Loaded;
use super::{RunError, Work, credits};
use crate::books::Profile;
use crate::plan::{Entry, Outcome, PerSide, Plan, Subject};
use crate::progress::Stage;

/// How many settlements go into one transaction.
const SETTLE_AT_ONCE: usize = 500;

/// Plans once more from what the store holds now, and makes the exceptions and what is dealt with
/// follow from that plan. `known` is the plan that nothing has been done about since it was made, with
/// what it was made from: it is what planning again would give.
pub(super) fn conclude(
    work: &mut Work<'_>,
    profiles: &PerSide<Profile>,
    kinds: &[Kind],
    known: Option<(Plan, Loaded)>,
) -> Result<(), RunError> {
    work.report(|progress| progress.begin(Stage::Comparing));
    let (plan, loaded) = if let Some(known) = known {
        known
    } else {
        let (plan, _, loaded) = work.plan(profiles)?;
        (plan, loaded)
    };
    let mut settlements = Vec::new();
    let mut problems: BTreeSet<RecordKey> = BTreeSet::new();
    let (mut exceptions, mut blocked) = (0, 0);
    for entry in &plan.entries {
        match &entry.outcome {
            Outcome::Problem { side, cause } => {
                let Some((side, subject)) = entry.subject(*side) else {
                    continue;
                };
                let key = RecordKey {
                    side,
                    kind: entry.kind,
                    id: subject.id.clone(),
                };
                let standing = loaded.standing.get(&key);
                let ignored = standing.is_some_and(|it| {
                    it.status == ExceptionStatus::Ignored && met(it, subject, cause)
                });
                if ignored {
                    work.counts.ignored += 1;
                } else {
                    exceptions += 1;
                    blocked += u64::from(cause.meaning().logged == Logged::Blocked);
                }
                let same =
                    standing.is_some_and(|it| met(it, subject, cause) && !it.retry_requested);
                problems.insert(key.clone());
                if !same {
                    settlements.push(raise(entry, key, cause, &loaded));
                }
            }
            Outcome::Agrees | Outcome::OutOfScope(_) => {
                settlements.push(Settlement {
                    dealt_with: keys(entry),
                    ..Settlement::default()
                });
            }
            // Left over: refused in this run, changed under our hands, or of a kind that was not
            // asked for. What is an exception already stays one.
            Outcome::Link { .. } | Outcome::Rebase | Outcome::Write(_) => {
                let keys = keys(entry);
                let open = keys
                    .iter()
                    .filter_map(|key| loaded.standing.get(key))
                    .any(|it| it.status == ExceptionStatus::Open);
                if open {
                    exceptions += 1;
                } else if kinds.contains(&entry.kind) {
                    work.left += 1;
                }
                problems.extend(keys);
            }
        }
        if matches!(entry.outcome, Outcome::Agrees) {
            work.counts.unchanged += 1;
        }
    }
    exceptions += credits::conclude(work, &loaded, &mut problems, &mut settlements)?;
    for (key, standing) in &loaded.standing {
        if !problems.contains(key) {
            let mut log = Vec::new();
            if standing.status == ExceptionStatus::Open {
                log.push(resolved_line(key, &loaded));
            }
            settlements.push(Settlement {
                resolve: vec![key.clone()],
                log,
                ..Settlement::default()
            });
        }
    }
    for batch in settlements.chunks(SETTLE_AT_ONCE) {
        let (store, pairing) = (&work.session.store, work.session.pairing.id);
        store.settle(pairing, work.run, batch, None, work.now())?;
    }
    work.counts.exceptions = exceptions;
    work.counts.blocked = blocked;
    work.report(|progress| progress.exceptions = exceptions);
    Ok(())
}

/// Whether an exception is the same as before, with the same figures.
fn met(standing: &Standing, subject: &Subject, cause: &Cause) -> bool {
    let total = subject.money.map(|it| (it.amount, it.currency));
    standing.cause == *cause && standing.total == total
}

fn raise(entry: &Entry, key: RecordKey, cause: &Cause, loaded: &Loaded) -> Settlement {
    // A refusal that stands keeps the digest of the write that was refused.
    let fingerprint = loaded
        .situation
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

fn resolved_line(key: &RecordKey, loaded: &Loaded) -> store::LogWrite {
    let mut log = store::LogWrite::note(LogOutcome::Resolved, Said::Settled);
    log.kind = Some(key.kind);
    match key.side {
        Side::Xero => log.xero_id = Some(key.id.clone()),
        Side::Erpnext => log.erpnext_id = Some(key.id.clone()),
    }
    if let Some(found) = loaded.record(key) {
        log.title = found.record.title().to_owned();
        log.contact_name = found.record.contact_name().to_owned();
        log.total = found.record.total();
    }
    log
}
