//! What a side says of its records beside what they hold: whether they are there, and what has become
//! of those that are not.

use ledger::{Kind, RemoteId, Version};

use super::Cursor;

/// A record by its identity alone: enough to tell whether it is known as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Its identity.
    pub id: RemoteId,
    /// How it stands, as far as a list of identities says ([`super::Books::is_as_read`]).
    pub version: Version,
    /// What tells it from any other record of that identity; `None` where identities are never given
    /// out twice.
    pub born: Option<String>,
}

/// A part of the list of all identities.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenPage {
    /// The records; some may come twice, none is left out.
    pub seen: Vec<Seen>,
    /// Where to go on.
    pub next: Cursor,
    /// Whether there are more.
    pub more: bool,
}

/// What a record left behind. A hint, like everything that is told: what is read decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trace {
    /// It was deleted. Another may have its identity by now.
    Deleted {
        /// Its kind.
        kind: Kind,
        /// The identity it had.
        id: RemoteId,
    },
    /// What was deleted carried our marker: where it had been renamed before, nothing else tells which record
    /// it was.
    Carried {
        /// Its kind.
        kind: Kind,
        /// The identity it had.
        id: RemoteId,
        /// Its counterpart on the other side.
        marker: RemoteId,
    },
    /// It has another identity now.
    Renamed {
        /// Its kind.
        kind: Kind,
        /// The identity it had.
        from: RemoteId,
        /// The one it has.
        to: RemoteId,
    },
    /// It is gone, and what it had belongs to another.
    Merged {
        /// Its kind.
        kind: Kind,
        /// The identity it had.
        from: RemoteId,
        /// The other.
        into: RemoteId,
    },
    /// It says something else than before, and no list tells.
    Changed {
        /// Its kind.
        kind: Kind,
        /// Its identity.
        id: RemoteId,
    },
}

/// Traces, and where to go on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Traces {
    /// What was found, oldest first.
    pub found: Vec<Trace>,
    /// Where to go on.
    pub next: Cursor,
    /// Whether there are more now.
    pub more: bool,
    /// Whether deletions may not be read: then only look-ups tell of them.
    pub hidden: bool,
}
