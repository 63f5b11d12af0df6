//! A run under way.

use serde::{Deserialize, Serialize};
use specta::Type;

use super::{Kind, RunReason, Side};

/// What a run is doing now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Checking connections, settling writes in doubt.
    Starting,
    /// Reading changed records.
    Reading,
    /// Finding counterparts and deciding what to do.
    Planning,
    /// Writing and reading back.
    Writing,
    /// Comparing receivables.
    Comparing,
}

/// Why a run stands still, and until when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct WaitView {
    /// What it waits for, without the time: "Xero allows 60 calls a minute".
    pub reason: String,
    /// When it goes on (UTC instant), where known.
    pub until: Option<String>,
}

/// A run under way: everything the window shows about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct Progress {
    /// The run.
    pub run: u32,
    /// Why it runs.
    pub reason: RunReason,
    /// When it began (UTC instant).
    pub started_at: String,
    /// What it is doing.
    pub stage: Stage,
    /// The side being read or written, in stages that have one.
    pub side: Option<Side>,
    /// The kind of record being read or written, in stages that have one.
    pub kind: Option<Kind>,
    /// Records done in this stage.
    pub done: u32,
    /// Records to do in this stage, where known.
    pub total: Option<u32>,
    /// Records a minute in this stage, where long enough to tell.
    pub per_minute: Option<u32>,
    /// What it waits for.
    pub waiting: Option<WaitView>,
    /// Whether a person has paused it.
    pub paused: bool,
    /// Whether it has been asked to stop and is finishing what it has begun.
    pub stopping: bool,
    /// Records written to Xero so far, markers left out.
    pub to_xero: u32,
    /// Records written to ERPNext so far, markers left out.
    pub to_erpnext: u32,
    /// Records found on both sides and linked so far.
    pub linked: u32,
    /// Records that need a person so far.
    pub exceptions: u32,
}
