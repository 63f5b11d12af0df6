//! Writes that undo what a run did: as any others, but for what follows from their answers.

use std::collections::VecDeque;

use ledger::{RemoteId, Side};
use store::{RecordKey, RunId};

use super::super::rows::side_record;
use super::super::settle::Purpose;
use super::super::{RunError, Work};
use super::{Job, carry_out};
use crate::books::Change;
use crate::plan::{Entry, Outcome, PerSide, PlannedWrite, SideRecord, Subject};
use crate::undo::Action;

/// A record to be undone.
#[derive(Debug, Clone)]
pub(in crate::run) struct Undoing {
    /// Which.
    pub record: RecordKey,
    /// How.
    pub action: Action,
    /// The record on the other side that it stands for.
    pub other: Option<RemoteId>,
    /// As it is.
    pub now: SideRecord,
    /// The writes, one after the other.
    pub changes: Vec<Change>,
}

/// Carries these out, as a part of undoing a run. Says of each whether all of it was.
pub(in crate::run) async fn undo(
    work: &mut Work<'_>,
    of: RunId,
    undoings: &[Undoing],
) -> Result<Vec<bool>, RunError> {
    let mut entries = Vec::with_capacity(undoings.len());
    for undoing in undoings {
        entries.push(entry(work, undoing)?);
    }
    let both = entries.iter().zip(undoings);
    let jobs = both.map(|((entry, link, records), undoing)| Job {
        entry,
        link: *link,
        records: records.clone(),
        queue: (undoing.changes.iter().cloned())
            .map(|change| write(undoing.record.side, change))
            .collect::<VecDeque<_>>(),
        content_left: undoing.changes.len(),
        failed: false,
        differs: false,
        purpose: Purpose::Undo(of),
    });
    let mut jobs: Vec<Job<'_>> = jobs.collect();
    carry_out(work, &mut jobs).await?;
    let done = jobs.iter().map(|job| !job.failed && job.content_left == 0);
    Ok(done.collect())
}

fn write(target: Side, change: Change) -> PlannedWrite {
    PlannedWrite {
        target,
        fingerprint: crate::digest::fingerprint(&change, None),
        change,
        waits_for: Vec::new(),
        uses_follow: false,
        leaves_edits: false,
        decided: Vec::new(),
    }
}

/// The entry of a record and its counterpart, with the link and both records.
type Both = (Entry, Option<store::LinkId>, PerSide<Option<SideRecord>>);

fn entry(work: &Work<'_>, undoing: &Undoing) -> Result<Both, RunError> {
    let (store, pairing) = (&work.session.store, work.session.pairing.id);
    let RecordKey { side, kind, id } = &undoing.record;
    let link = store.link_of(pairing, *kind, *side, id)?;
    let other = match &undoing.other {
        Some(other) => {
            let side = side.other();
            let (kind, id) = (*kind, other.clone());
            let stored = store.record(pairing, &RecordKey { side, kind, id })?;
            stored.as_ref().and_then(side_record)
        }
        None => None,
    };
    let subject = |record: &SideRecord| Subject::of(&record.id, Some(&record.record));
    let ours = subject(&undoing.now);
    // What a person calls it, also where its counterpart is not there any more.
    let theirs = other.as_ref().map_or_else(|| ours.clone(), subject);
    let (xero, erpnext) = side.ordered(Some(ours), Some(theirs));
    let now = Some(undoing.now.clone());
    let (xero_record, erpnext_record) = side.ordered(now, other);
    let entry = Entry {
        kind: *kind,
        link: link.as_ref().map(|link| link.id.0),
        xero,
        erpnext,
        outcome: Outcome::Write(Vec::new()),
    };
    let records = PerSide {
        xero: xero_record,
        erpnext: erpnext_record,
    };
    Ok((entry, link.map(|link| link.id), records))
}
