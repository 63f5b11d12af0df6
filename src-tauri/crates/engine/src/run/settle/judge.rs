//! What an answer, or a record found in its place, says about a write.

use ledger::problem::Difference;
use ledger::{Cause, DocumentState, Record, RemoteId, Side};

use crate::books::{Change, Prepared, Pulled};

/// What the remote system made of a write, against what was intended.
pub(in crate::run) fn differences(
    change: &Change,
    target: Side,
    pulled: &Pulled,
) -> Vec<Difference> {
    let (Some(meant), Ok(got)) = (change.meant(), &pulled.record) else {
        return Vec::new();
    };
    let mut found = against(target, got, meant);
    if matches!(change, Change::Allocate { .. }) {
        let (xero, erpnext) = target.ordered(got, meant);
        found.extend(Record::use_differences(xero, erpnext));
    }
    found
}

/// What differs between the target's record and what was meant, each in its own column.
fn against(target: Side, got: &Record, meant: &Record) -> Vec<Difference> {
    match target {
        Side::Xero => Record::differences(got, meant),
        Side::Erpnext => Record::differences(meant, got),
    }
}

/// The cause where the remote system says that a record exists which is not ours.
pub(in crate::run) fn taken(side: Side, change: &Change) -> Cause {
    let refused = || Cause::refused(side, "another record already carries this identity");
    match change {
        Change::Create { record, .. } => record.title_taken(side),
        // A document keeps its number when it is changed.
        Change::Update { to, .. } if !to.kind().is_document() => to.title_taken(side),
        Change::Update { .. }
        | Change::End { .. }
        | Change::Allocate { .. }
        | Change::Mark { .. } => refused(),
    }
}

/// Whether a document stands earlier than it was meant to: a draft that was to be approved.
fn behind(got: &Record, meant: &Record) -> bool {
    let draft = |record: &Record| record.state() == Some(DocumentState::Draft);
    draft(got) && !draft(meant)
}

/// Whether a record found on the target is what an unfinished create or replacement left behind: a
/// draft with our marker, where an approved document was meant.
pub(in crate::run) fn under_way(prepared: &Prepared, found: &Pulled) -> bool {
    match (&prepared.write.change, &found.record) {
        (Change::Create { record, source, .. }, Ok(got)) => {
            found.marker.as_ref() == Some(source) && behind(got, record)
        }
        (Change::Update { id, to, source, .. }, Ok(got)) => {
            found.id != *id && found.marker.as_ref() == Some(source) && behind(got, to)
        }
        _ => false,
    }
}

/// What a record found on the target says about a write whose answer was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::run) enum Verdict {
    /// It was carried out, and the record says what was meant, in full.
    Done,
    /// The record is the one that was created, and says something else by now, or the site words it
    /// otherwise: the two belong together and are not agreed.
    DoneOtherwise,
    /// Nothing shows that it was carried out: the next plan compares, against the base as it was.
    NotSeen,
}

/// Whether a record found on the target shows that this write was carried out.
pub(in crate::run) fn judge(prepared: &Prepared, target: Side, found: &Pulled) -> Verdict {
    let Ok(got) = &found.record else {
        return Verdict::NotSeen;
    };
    let done = |done: bool| {
        if done {
            Verdict::Done
        } else {
            Verdict::NotSeen
        }
    };
    match (&prepared.write.change, target) {
        (Change::Mark { source, .. }, _) => done(found.marker.as_ref() == Some(source)),
        (Change::End { .. }, _) => done(got.ended()),
        (Change::Create { record, source, .. }, _) if created(target, record, source, found) => {
            if says(target, got, record) {
                Verdict::Done
            } else {
                Verdict::DoneOtherwise
            }
        }
        (Change::Create { .. }, _) => Verdict::NotSeen,
        (Change::Allocate { from, to, .. }, _) => {
            let as_meant = Record::use_differences(got, to).is_empty();
            done(as_meant && !Record::use_differences(got, from).is_empty())
        }
        // A person's edit in its place is no sign of it, nor is a record that stands as it stood.
        (Change::Update { from, to, .. }, _) => {
            done(says(target, got, to) && !got.same_content(from))
        }
    }
}

/// Whether a record found is the one that a create made.
fn created(target: Side, meant: &Record, source: &RemoteId, found: &Pulled) -> bool {
    let Ok(got) = &found.record else {
        return false;
    };
    match target {
        // A draft where an approved invoice was meant is under way: written, but not yet seen to be
        // right.
        Side::Erpnext => found.marker.as_ref() == Some(source) && !behind(got, meant),
        // Xero has one active contact of a name and one document of a number, and has our marker only
        // where a person has put nothing in its place. What settles documents has no number there.
        Side::Xero => {
            let ours = |marker: &RemoteId| marker == source || meant.kind().is_document();
            found.marker.as_ref().is_none_or(ours)
                && (got.kind().ends_first() || got.title_key() == meant.title_key())
                && got.refers_alike(meant)
                && got.ended() == meant.ended()
                && got.kind() == meant.kind()
                && same_account(got, meant)
                && against(target, got, meant).is_empty()
        }
    }
}

/// Whether two payments came to the same account, as far as both say: what came to the bank and what it kept may
/// be as much, on one day, for one invoice.
fn same_account(got: &Record, meant: &Record) -> bool {
    match (got.bank_account(), meant.bank_account()) {
        (Some(got), Some(meant)) => got == meant,
        _ => true,
    }
}

/// Whether a record says what was meant, in full.
fn says(target: Side, got: &Record, meant: &Record) -> bool {
    against(target, got, meant).is_empty() && got.says_in_full(meant)
}

#[cfg(test)]
mod tests;
