//! The import of old documents.

use serde::{Deserialize, Serialize};
use specta::Type;

use super::ErrorView;

/// How an import of old documents stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum HistoryState {
    /// It is carried, part by part, while the window is open or `counterfoil serve` or `import` runs.
    UnderWay,
    /// A person let it wait.
    Waits,
    /// A person is needed before it goes on; the error says for what.
    Held,
    /// All of it is dealt with.
    Ended,
}

/// An import of old documents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct HistoryJob {
    /// The first day, as YYYY-MM-DD. Documents before it are carried where something of them was open then.
    pub from: String,
    /// The last day, as YYYY-MM-DD.
    pub until: String,
    /// When it was asked for (UTC instant).
    pub asked_at: String,
    /// How it stands.
    pub state: HistoryState,
    /// Records created or changed on either side so far, contacts and payments included.
    pub written: u32,
    /// Records found on both sides and linked so far.
    pub linked: u32,
    /// Documents and payments that are left; `None` before the first part was planned.
    pub left: Option<u32>,
    /// Of 100, how many are done; `None` before the first part was.
    pub percent: Option<u32>,
    /// How long the rest takes at the pace so far, in seconds; `None` where nobody can tell.
    pub remaining_seconds: Option<u32>,
    /// Calls to Xero of its parts so far.
    pub xero_calls: u32,
    /// In how many parts it was carried so far.
    pub parts: u32,
    /// Records that wait for a person after the last part.
    pub exceptions: u32,
    /// What keeps it from going on, where something does.
    pub error: Option<ErrorView>,
    /// When it ended (UTC instant).
    pub ended_at: Option<String>,
}

/// The import of old documents of a pairing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct HistoryView {
    /// The last one that was asked for, if any.
    pub job: Option<HistoryJob>,
    /// Documents from this day on are carried by every sync; `None` where all are.
    pub start_date: Option<String>,
}
