//! A poll: whether anything changed.

use serde::{Deserialize, Serialize};
use specta::Type;

use super::{Kind, RunView, Side};

/// What a poll came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct PollView {
    /// Whether there was something for a sync to do.
    pub changed: bool,
    /// Why a sync was due whatever the two sides say; then neither was asked.
    pub due: Option<String>,
    /// The lists that were asked.
    pub asked: Vec<PolledList>,
    /// Calls to Xero that it took to ask.
    pub xero_calls: u32,
    /// The sync that followed.
    pub run: Option<RunView>,
}

/// A list that was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct PolledList {
    /// The side.
    pub side: Side,
    /// The kind of its records.
    pub kind: Kind,
    /// How many of them are not as they were last read, as far as one page tells.
    pub changed: u32,
}
