//! Which system, and a record's name and standing there.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One of the two remote systems. Wherever they stand next to each other, Xero comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// A Xero organisation.
    Xero,
    /// An ERPNext company.
    Erpnext,
}

impl Side {
    /// Both sides, in the order they are always shown.
    pub const BOTH: [Side; 2] = [Side::Xero, Side::Erpnext];

    /// The other side.
    pub const fn other(self) -> Side {
        match self {
            Side::Xero => Side::Erpnext,
            Side::Erpnext => Side::Xero,
        }
    }

    /// Xero's and ERPNext's of two, the first of which is this side's.
    pub fn ordered<T>(self, own: T, other: T) -> (T, T) {
        match self {
            Side::Xero => (own, other),
            Side::Erpnext => (other, own),
        }
    }

    /// The stable lower-case word used in SQL, JSON and on the command line.
    pub const fn word(self) -> &'static str {
        match self {
            Side::Xero => "xero",
            Side::Erpnext => "erpnext",
        }
    }

    /// Reads [`Side::word`] back.
    pub fn from_word(word: &str) -> Option<Side> {
        Side::BOTH.into_iter().find(|side| side.word() == word)
    }
}

impl fmt::Display for Side {
    /// The product name, as a person reads it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Side::Xero => "Xero",
            Side::Erpnext => "ERPNext",
        })
    }
}

/// The identity a remote system gave a record: a Xero GUID in lower case, or an ERPNext document
/// name exactly as stored.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RemoteId(pub String);

impl RemoteId {
    /// Wraps a remote identity.
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// The identity as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RemoteId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A remote system's own word for "this is how the record stood": Xero's `UpdatedDateUTC` in
/// milliseconds, or ERPNext's zone-less `modified`. Compared for equality only, never across sides.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Version(pub String);

impl Version {
    /// Wraps a remote version.
    pub fn new(version: impl Into<String>) -> Self {
        Self(version.into())
    }

    /// The version as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
