//! Carries a plan out: journalled, batched, both sides at once, one bad record never stopping the
//! others.
//!
//! The writes of an entry go one after the other (a contact's values before our marker); the
//! entries go together, wave by wave, in batches as large as each side takes. Each batch is
//! journalled before it is sent, and every answer is settled with everything that follows from it
//! in one transaction.

mod journalled;
mod send;
mod undo;

use std::collections::{BTreeSet, VecDeque};

use ledger::{Kind, Said, Side};
use store::{LinkState, LinkWrite, Settlement};

pub(super) use self::journalled::Journalled;
use self::send::send;
pub(super) use self::undo::{Undoing, undo};
use super::agreed::{Seen, base_moves};
use super::planned::{Decided, Phase, Planned};
use super::settle::{self, Purpose, Ticket};
use super::{RunError, Work};
use crate::books::BooksError;
use crate::plan::{Entry, Outcome, PerSide, PlannedWrite, SideRecord};
use crate::progress::Stage;

/// How many settlements without a write go into one transaction.
const SETTLE_AT_ONCE: usize = 500;

/// Carries the plan out for these kinds. Returns whether records changed under our hands, so that
/// reading and planning again is worth while, and what for.
pub(super) async fn apply(
    work: &mut Work<'_>,
    planned: &mut Planned,
    kinds: &[Kind],
) -> Result<Option<Again>, RunError> {
    work.report(|progress| {
        progress.begin(Stage::Writing);
        progress.total = Some(planned.writes(kinds));
    });
    let mut again = None;
    let ends = Kind::ALL.into_iter().rev().map(|kind| (kind, Phase::End));
    let writes = Kind::ALL.into_iter().map(|kind| (kind, Phase::Write));
    for (kind, phase) in ends.chain(writes).filter(|(kind, _)| kinds.contains(kind)) {
        let to_do = planned.to_do(kind, phase);
        if !to_do.is_empty() {
            work.report(|progress| progress.kind = Some(kind));
        }
        for places in to_do {
            let of_slice: BTreeSet<usize> = places.iter().copied().collect();
            let decided = planned.decided(places)?;
            let entries = decided.entries.iter();
            let mut jobs: Vec<Job<'_>> = entries
                .filter(|(place, _)| of_slice.contains(place))
                .filter_map(|(_, entry)| Job::new(entry, &decided))
                .collect();
            let changed = carry_out(work, &mut jobs).await?;
            // What refers to documents changes what is owed of them: both sides say that only when they
            // are read.
            if changed.again {
                again = Some(Again::Changed);
            } else if changed.written && kind.ends_first() {
                match again.get_or_insert_with(|| Again::Settled(BTreeSet::new())) {
                    Again::Changed => {}
                    Again::Settled(kinds) => {
                        kinds.insert(kind);
                    }
                }
            }
        }
    }
    Ok(again)
}

/// What both sides are read once more for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Again {
    /// Records changed under our hands.
    Changed,
    /// Documents were settled by records of these kinds, and what refers to them follows.
    Settled(BTreeSet<Kind>),
}

impl Again {
    /// The kinds whose records may be others now for that: those that settled, and what they settled. What refers
    /// to nothing is not changed by what settles documents.
    pub(super) fn kinds(&self) -> Option<BTreeSet<Kind>> {
        let Again::Settled(kinds) = self else {
            return None;
        };
        let all = kinds.iter().flat_map(|kind| kind.parents()).chain(kinds);
        let refers = all.filter(|kind| !kind.parents().is_empty());
        Some(refers.copied().collect())
    }
}

/// What carrying entries out came to.
#[derive(Debug, Clone, Copy, Default)]
struct CarriedOut {
    /// Records changed under our hands.
    again: bool,
    /// Content was written.
    written: bool,
}

/// Carries out all writes of these entries.
async fn carry_out(work: &mut Work<'_>, jobs: &mut [Job<'_>]) -> Result<CarriedOut, RunError> {
    settle_links(work, jobs)?;
    let mut carried = CarriedOut::default();
    loop {
        let wave = next_wave(work, jobs);
        if wave.xero.is_empty() && wave.erpnext.is_empty() {
            return Ok(carried);
        }
        let (xero, erpnext) = {
            let work = &*work;
            futures::join!(
                send(work, Side::Xero, wave.xero),
                send(work, Side::Erpnext, wave.erpnext)
            )
        };
        for sent in [xero?, erpnext?] {
            settle::add(&mut work.counts, &sent.counts);
            carried.again |= sent.again;
            work.failures.extend(sent.failure);
            for (job, receipt) in sent.receipts {
                carried.written |= matches!(receipt, Receipt::Done { content: true, .. });
                jobs[job].take(receipt);
            }
        }
        if let Some(run) = work.run {
            work.session.store.set_counts(run, &work.counts)?;
        }
    }
}

/// An entry under way.
struct Job<'a> {
    entry: &'a Entry,
    /// The link of both records, once there is one.
    link: Option<store::LinkId>,
    /// Both records as they are now known.
    records: PerSide<Option<SideRecord>>,
    queue: VecDeque<PlannedWrite>,
    /// Writes of content (not markers) still to succeed before the link's base may move on.
    content_left: usize,
    failed: bool,
    /// Whether a side did not keep a write as asked, or keeps an edit that is not carried: then nothing is
    /// agreed yet.
    differs: bool,
    /// What the writes left are for.
    purpose: Purpose,
}

/// What a job learns from an answer.
enum Receipt {
    Done {
        side: Side,
        record: Option<Box<SideRecord>>,
        content: bool,
        mark: Option<Box<PlannedWrite>>,
        differs: bool,
    },
    /// Created, and not as it was meant: it is ended next.
    TakeBack {
        record: Box<SideRecord>,
        end: Box<PlannedWrite>,
    },
    Failed,
}

impl<'a> Job<'a> {
    fn new(entry: &'a Entry, decided: &Decided) -> Option<Self> {
        match &entry.outcome {
            Outcome::Link { .. } | Outcome::Rebase | Outcome::Write(_) => {}
            Outcome::Agrees | Outcome::OutOfScope(_) | Outcome::Problem { .. } => return None,
        }
        let queue: VecDeque<PlannedWrite> = entry.writes().iter().cloned().collect();
        let content_left = queue
            .iter()
            .filter(|write| write.change.is_content())
            .count();
        let find = |side: Side| {
            let subject = match side {
                Side::Xero => entry.xero.as_ref(),
                Side::Erpnext => entry.erpnext.as_ref(),
            }?;
            let key = store::RecordKey {
                side,
                kind: entry.kind,
                id: subject.id.clone(),
            };
            decided.record(&key).cloned()
        };
        let records = PerSide {
            xero: find(Side::Xero),
            erpnext: find(Side::Erpnext),
        };
        Some(Self {
            entry,
            link: entry.link.map(store::LinkId),
            records,
            queue,
            content_left,
            failed: false,
            differs: entry.writes().iter().any(|write| write.leaves_edits),
            purpose: Purpose::Carry,
        })
    }

    fn take(&mut self, receipt: Receipt) {
        match receipt {
            Receipt::Done {
                side,
                record,
                content,
                mark,
                differs,
            } => {
                self.differs |= differs;
                if record.is_some() {
                    *self.records.get_mut(side) = record.map(|record| *record);
                }
                if content {
                    self.content_left = self.content_left.saturating_sub(1);
                }
                self.queue.extend(mark.map(|mark| *mark));
            }
            Receipt::TakeBack { record, end } => {
                *self.records.get_mut(end.target) = Some(*record);
                self.purpose = Purpose::TakeBack;
                self.queue = VecDeque::from([*end]);
            }
            Receipt::Failed => {
                self.failed = true;
                self.queue.clear();
            }
        }
    }

    /// The next write, with what its settlement needs, in the version the target has by now.
    fn ticket(&mut self, job: usize) -> Option<Ticket> {
        let subject = settle::subject_of(self.entry, self.queue.front()?.target.other())?;
        let mut write = self.queue.pop_front()?;
        if let Some(record) = self.records.get(write.target) {
            write.change.set_version(&record.version);
        }
        let target_record = self.records.get(write.target).clone();
        let last_content = write.change.is_content() && self.content_left == 1;
        Some(Ticket {
            job,
            subject,
            source: self.records.get(write.target.other()).clone(),
            target_id: write.change.target().cloned(),
            link: self.link,
            last: self.queue.is_empty(),
            write,
            last_content,
            target_record,
            differs: self.differs,
            purpose: self.purpose,
            refused_wordings: 0,
            exchanges: Vec::new(),
        })
    }
}

/// Links and bases that need no write, or come before one.
fn settle_links(work: &mut Work<'_>, jobs: &mut [Job<'_>]) -> Result<(), RunError> {
    let mut settlements = Vec::new();
    for job in jobs.iter() {
        let (linked, differences) = match &job.entry.outcome {
            Outcome::Link {
                reason,
                differences,
                ..
            } => (Some(*reason), differences.as_slice()),
            Outcome::Rebase => (None, [].as_slice()),
            _ => continue,
        };
        let (Some(xero), Some(erpnext)) = (&job.records.xero, &job.records.erpnext) else {
            continue;
        };
        let agreed = base_moves(Seen {
            content_left: job.content_left > 0,
            differs: !differences.is_empty(),
            edited: false,
        });
        let mut settlement = Settlement {
            link: Some(LinkWrite {
                id: job.entry.link.map(store::LinkId),
                kind: job.entry.kind,
                xero_id: xero.id.clone(),
                erpnext_id: erpnext.id.clone(),
                base_xero: agreed.then(|| xero.record.clone()),
                base_erpnext: agreed.then(|| erpnext.record.clone()),
                xero_version: Some(xero.version.clone()),
                erpnext_version: Some(erpnext.version.clone()),
                state: if xero.record.ended() && erpnext.record.ended() {
                    LinkState::Ended
                } else {
                    LinkState::Active
                },
            }),
            ..Settlement::default()
        };
        if let Some(reason) = linked {
            work.counts.linked += 1;
            let message = Said::Linked {
                reason: reason.words().to_owned(),
                fields: differences.iter().map(|it| it.field.clone()).collect(),
            };
            settlement.log.push(settle::line(
                job.entry,
                store::LogOutcome::Linked,
                None,
                message,
            ));
        }
        // The records stay to do: the end of the run compares what is linked now, amounts due
        // included, and only then are they dealt with.
        settlements.push(settlement);
    }
    for batch in settlements.chunks(SETTLE_AT_ONCE) {
        let (store, pairing) = (&work.session.store, work.session.pairing.id);
        store.settle(pairing, work.run, batch, None, work.now())?;
    }
    // What is written next may take another identity, and the link has to follow it.
    let (store, pairing) = (&work.session.store, work.session.pairing.id);
    for job in jobs.iter_mut().filter(|job| job.content_left > 0) {
        if let (Outcome::Link { .. }, Some(xero)) = (&job.entry.outcome, &job.records.xero) {
            let link = store.link_of(pairing, job.entry.kind, Side::Xero, &xero.id)?;
            job.link = link.map(|link| link.id);
        }
    }
    let found = work.counts.found();
    work.report(|progress| progress.linked = found);
    Ok(())
}

/// One write of every entry that has one left, for sides that are still reachable.
fn next_wave(work: &Work<'_>, jobs: &mut [Job<'_>]) -> PerSide<Vec<Ticket>> {
    let mut wave = PerSide {
        xero: Vec::new(),
        erpnext: Vec::new(),
    };
    let stopped = work.failures.contains(&BooksError::Stopped);
    for (index, job) in jobs.iter_mut().enumerate() {
        let Some(target) = job.queue.front().map(|write| write.target) else {
            continue;
        };
        let down = work
            .failures
            .iter()
            .any(|failure| failure.side() == Some(target));
        if job.failed || stopped || down {
            job.queue.clear();
            continue;
        }
        wave.get_mut(target).extend(job.ticket(index));
    }
    wave
}

#[cfg(test)]
mod tests;
