//! What a write does.

use ledger::agreement::has_content;
use ledger::allocation::{AllocationSteps, allocation_steps};
use ledger::{DocumentState, Kind, Record, RemoteId, Side, Version};
use serde::{Deserialize, Serialize};

/// What a write does: a verb over a record of any kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Creates a record that carries the source's identity as marker where the side has a place for it.
    Create {
        /// The record to create; what it refers to are the target's own records.
        record: Record,
        /// The source record's identity on the other side.
        source: RemoteId,
        /// A web address of the source record.
        source_link: Option<String>,
    },
    /// Changes a record, in place where the target allows that; archives a contact, approves a draft.
    Update {
        /// The record's identity on the target.
        id: RemoteId,
        /// The version the plan was made from.
        version: Version,
        /// As the target has it now.
        from: Record,
        /// As it should become.
        to: Record,
        /// The source record's identity on the other side.
        source: RemoteId,
        /// A web address of the source record: the target may have to replace a document by another.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        source_link: Option<String>,
        /// Whether the record is a draft that an unfinished create of ours left behind: it is nobody's
        /// work yet, and is removed again where it cannot be made to say what was meant.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        under_way: bool,
    },
    /// Voids, cancels or (a draft) deletes a document.
    End {
        /// The document's identity on the target.
        id: RemoteId,
        /// The version the plan was made from.
        version: Version,
        /// As the target has it now.
        from: Record,
    },
    /// Uses a credit note or money on account for invoices, or takes uses back; nothing else of it changes.
    Allocate {
        /// The identity of what is used on the target.
        id: RemoteId,
        /// The version the plan was made from.
        version: Version,
        /// As the target has it now.
        from: Record,
        /// With the uses that are meant; [`ledger::allocation::allocation_steps`] says what leads there.
        to: Record,
        /// The source record's identity on the other side.
        source: RemoteId,
    },
    /// Puts our marker on a record that exists, and changes nothing else.
    Mark {
        /// The record's kind.
        kind: Kind,
        /// Its identity on the target.
        id: RemoteId,
        /// Its version.
        version: Version,
        /// The counterpart's identity.
        source: RemoteId,
        /// A web address of the counterpart.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        source_link: Option<String>,
    },
}

impl Change {
    /// The kind of record written.
    pub const fn kind(&self) -> Kind {
        match self {
            Change::Create { record, .. } => record.kind(),
            Change::Update { from, .. }
            | Change::End { from, .. }
            | Change::Allocate { from, .. } => from.kind(),
            Change::Mark { kind, .. } => *kind,
        }
    }

    /// The record's identity on the target, where it exists there already.
    pub const fn target(&self) -> Option<&RemoteId> {
        match self {
            Change::Create { .. } => None,
            Change::Update { id, .. }
            | Change::End { id, .. }
            | Change::Allocate { id, .. }
            | Change::Mark { id, .. } => Some(id),
        }
    }

    /// The record as the target has it now, where the write is about what it says.
    pub const fn from(&self) -> Option<&Record> {
        match self {
            Change::Update { from, .. }
            | Change::End { from, .. }
            | Change::Allocate { from, .. } => Some(from),
            Change::Create { .. } | Change::Mark { .. } => None,
        }
    }

    /// The version of the record on the target that the plan was made from.
    pub const fn version(&self) -> Option<&Version> {
        match self {
            Change::Create { .. } => None,
            Change::Update { version, .. }
            | Change::End { version, .. }
            | Change::Allocate { version, .. }
            | Change::Mark { version, .. } => Some(version),
        }
    }

    /// Holds the write to another version of the record on the target.
    pub fn set_version(&mut self, now: &Version) {
        match self {
            Change::Create { .. } => {}
            Change::Update { version, .. }
            | Change::End { version, .. }
            | Change::Allocate { version, .. }
            | Change::Mark { version, .. } => version.clone_from(now),
        }
    }

    /// The record as the write means it to become; `None` where it changes no content or ends it.
    pub const fn meant(&self) -> Option<&Record> {
        match self {
            Change::Create { record, .. } => Some(record),
            Change::Update { to, .. } | Change::Allocate { to, .. } => Some(to),
            Change::End { .. } | Change::Mark { .. } => None,
        }
    }

    /// [`Change::meant`], to change.
    pub const fn meant_mut(&mut self) -> Option<&mut Record> {
        match self {
            Change::Create { record, .. } => Some(record),
            Change::Update { to, .. } | Change::Allocate { to, .. } => Some(to),
            Change::End { .. } | Change::Mark { .. } => None,
        }
    }

    /// The counterpart's identity, which our marker on the target says.
    pub const fn source(&self) -> Option<&RemoteId> {
        match self {
            Change::Create { source, .. }
            | Change::Update { source, .. }
            | Change::Allocate { source, .. }
            | Change::Mark { source, .. } => Some(source),
            Change::End { .. } => None,
        }
    }

    /// Says where a person opens the source record.
    pub fn set_source_link(&mut self, of: impl FnOnce(Kind, &RemoteId) -> Option<String>) {
        let kind = self.kind();
        match self {
            Change::Create {
                source,
                source_link,
                ..
            }
            | Change::Update {
                source,
                source_link,
                ..
            }
            | Change::Mark {
                source,
                source_link,
                ..
            } => *source_link = of(kind, source),
            Change::End { .. } | Change::Allocate { .. } => {}
        }
    }

    /// Whether carrying it out on this side ends the document that people know and puts another in its
    /// place: what is approved in ERPNext is amended. Its reference (PO number) may be changed there.
    pub fn replaces(&self, target: Side) -> bool {
        let Change::Update {
            from,
            to,
            under_way: false,
            ..
        } = self
        else {
            return false;
        };
        let (Some(from), Some(to)) = (from.document(), to.document()) else {
            return false;
        };
        let same_but_for_reference = || {
            let mut to = to.clone();
            to.reference.clone_from(&from.reference);
            has_content(from, &to)
        };
        target == Side::Erpnext
            && from.state == DocumentState::Approved
            && !same_but_for_reference()
    }

    /// What it does about the invoices that a credit is used for.
    pub fn allocation_steps(&self) -> AllocationSteps {
        match self {
            Change::Allocate { from, to, .. } => allocation_steps(&from.uses(), &to.uses()),
            _ => AllocationSteps::default(),
        }
    }

    /// Whether it takes a credit back from an invoice.
    pub fn takes_back(&self) -> bool {
        !self.allocation_steps().release.is_empty()
    }

    /// Whether it writes content, and not our marker alone.
    pub const fn is_content(&self) -> bool {
        !matches!(self, Change::Mark { .. })
    }

    /// The stable word for the journal and the log.
    pub const fn word(&self) -> &'static str {
        match self {
            Change::Create { .. } => "create",
            Change::Update { .. } => "update",
            Change::End { .. } => "void",
            Change::Allocate { .. } => "allocate",
            Change::Mark { .. } => "mark",
        }
    }
}
