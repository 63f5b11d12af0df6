//! A write on its way, with what its settlement needs.

use ledger::{RemoteId, Side};
use store::{IntentWrite, LinkId, RecordKey, RunId};

use crate::books::{Change, Exchange, Prepared};
use crate::plan::{Entry, PlannedWrite, SideRecord, Subject};

/// What a write is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::run) enum Purpose {
    /// To carry what the plan says.
    Carry,
    /// To end a document of our own that the target made something else of.
    TakeBack,
    /// To undo what this run did.
    Undo(RunId),
}

/// A write on its way, with what its settlement needs.
pub(in crate::run) struct Ticket {
    /// The job it belongs to.
    pub job: usize,
    /// What a person calls the record.
    pub subject: Subject,
    /// The source's record.
    pub source: Option<SideRecord>,
    /// The target's identity, where it exists.
    pub target_id: Option<RemoteId>,
    /// The link, where there is one: an amended ERPNext document has a new name, and the link
    /// follows it.
    pub link: Option<LinkId>,
    /// The write.
    pub write: PlannedWrite,
    /// Whether no write of the same entry is planned after it.
    pub last: bool,
    /// Whether the link's base moves on when this succeeds.
    pub last_content: bool,
    /// The target's record as the plan saw it.
    pub target_record: Option<SideRecord>,
    /// Whether an earlier write of the same entry was not kept as asked.
    pub differs: bool,
    /// What the write is for.
    pub purpose: Purpose,
    /// How many wordings of it the target has refused.
    pub refused_wordings: u32,
    /// What was sent and answered.
    pub exchanges: Vec<Exchange>,
}

impl Ticket {
    pub(super) fn source_side(&self) -> Side {
        self.write.target.other()
    }

    /// The record an exception of this write is shown for: the source's, else the target's.
    pub(super) fn key(&self) -> RecordKey {
        RecordKey {
            side: self.source_side(),
            kind: self.write.change.kind(),
            id: self
                .source
                .as_ref()
                .map_or_else(|| self.subject.id.clone(), |it| it.id.clone()),
        }
    }
}

/// The subject to show for a write: the source's record where there is one.
pub(in crate::run) fn subject_of(entry: &Entry, source: Side) -> Option<Subject> {
    entry.subject(source).map(|(_, subject)| subject.clone())
}

/// The journal's word for a write: what is a record's end says so, whichever verb it goes by.
fn word(ticket: &Ticket, change: &Change) -> &'static str {
    match change {
        Change::End { .. } if ticket.link.is_none() => "withdraw",
        Change::Update { from, to, .. } if to.ended() && !from.ended() => "void",
        change if change.replaces(ticket.write.target) => "replace",
        change => change.word(),
    }
}

/// The journal's entry for a prepared write.
pub(in crate::run) fn intent(ticket: &Ticket, prepared: &Prepared) -> IntentWrite {
    let change = &prepared.write.change;
    IntentWrite {
        key: prepared.write.key.clone(),
        side: ticket.write.target,
        kind: change.kind(),
        change: word(ticket, change).to_owned(),
        source: ticket.source.as_ref().map(|source| source.id.clone()),
        target: ticket.target_id.clone(),
        // Plain data: it always serialises.
        prepared: serde_json::to_value(prepared).unwrap_or_default(),
        fingerprint: Some(ticket.write.fingerprint.clone()),
    }
}
