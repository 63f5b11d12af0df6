//! Undoing a run, and what is kept apart.

use serde::{Deserialize, Serialize};
use specta::Type;

use super::{Amount, ErrorView, Kind, RunOutcome, Side};

/// How something that a run did is undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum UndoAction {
    /// Voided in Xero, cancelled in ERPNext.
    Void,
    /// Deleted: drafts, and payments in Xero.
    Delete,
    /// A contact is archived in Xero, disabled in ERPNext.
    Archive,
    /// The values from before are put back.
    SetBack,
    /// What a credit is used for becomes what it was.
    TakeBack,
}

/// What becomes of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum UndoState {
    /// It would be undone.
    ToDo,
    /// It was undone.
    Done,
    /// It was to be undone, and its side did not do it.
    Failed,
    /// It stays.
    Stays,
    /// There is nothing to do.
    Nothing,
}

/// A record that the run wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct UndoItem {
    /// What names it exactly: `SIDE:KIND:IDENTITY`.
    pub record: String,
    /// The side it is on.
    pub side: Side,
    /// What it is.
    pub kind: Kind,
    /// The contact's name or the document's number.
    pub title: String,
    /// The contact's name.
    pub contact: Option<String>,
    /// The document's total.
    pub amount: Option<Amount>,
    /// What becomes of it.
    pub state: UndoState,
    /// How it is undone; `None` where it is not.
    pub action: Option<UndoAction>,
    /// Why it stays, failed, or needs nothing, as a stable word; `None` where it is undone.
    pub reason: Option<String>,
    /// What becomes of it, in words.
    pub text: String,
}

/// How many records of a side are undone in one way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct UndoCount {
    /// The side.
    pub side: Side,
    /// What the records are.
    pub kind: Kind,
    /// How.
    pub action: UndoAction,
    /// How many.
    pub records: u32,
}

/// What undoing a run would do, or did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct UndoView {
    /// The run that is undone.
    pub run: u32,
    /// The run that undid it; `None` of a preview.
    pub by_run: Option<u32>,
    /// How that ended; `None` of a preview.
    pub outcome: Option<RunOutcome>,
    /// What is undone, by side, kind and action.
    pub counts: Vec<UndoCount>,
    /// Records that are undone, or would be.
    pub undone: u32,
    /// Records that stay, those among them that a side did not undo.
    pub stays: u32,
    /// Records of which there is nothing to do: they have ended, or were undone before.
    pub nothing: u32,
    /// What the two systems keep of it, in words.
    pub kept: Vec<String>,
    /// The records: those that stay first, then those that are undone.
    pub items: Vec<UndoItem>,
    /// What went wrong on the way, or is asked first.
    pub error: Option<ErrorView>,
}

/// A record that a person wants left alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct KeptApartView {
    /// What names it exactly: `SIDE:KIND:IDENTITY`.
    pub record: String,
    /// The same of its counterpart, where it has one.
    pub other: Option<String>,
    /// Its side.
    pub side: Side,
    /// What it is.
    pub kind: Kind,
    /// The contact's name or the document's number.
    pub title: String,
    /// The contact's name.
    pub contact: Option<String>,
    /// The document's total.
    pub amount: Option<Amount>,
    /// Since when (UTC instant).
    pub since: String,
    /// Who wanted that.
    pub who: Option<String>,
    /// Why.
    pub reason: String,
    /// The run that was undone, where it is kept apart for that.
    pub undone_run: Option<u32>,
}

/// All that is kept apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct KeptApartListView {
    /// The records; two that are one are one entry.
    pub records: Vec<KeptApartView>,
}
