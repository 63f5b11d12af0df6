//! What customers have open beside invoices, as a side's ledger says it.

use ledger::OpenCredit;

use super::Cursor;

/// How a pass over a side's open credits begins.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CreditsPass {
    /// All of it is asked for, not only what changed: now and then, because not every system tells of
    /// every change.
    pub whole: bool,
    /// Nothing has changed, nobody asked and nothing is apart: where calls are few, a part may be left
    /// to the next pass. What is left out of one is in the next.
    pub quiet: bool,
}

/// A part of what a pass brings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CreditsPage {
    /// Whether this is all that the side has open: what was known before is no more.
    pub all: bool,
    /// Documents as they stand now; those with nothing open are used up.
    pub seen: Vec<OpenCredit>,
    /// Documents that could not be read, by identity, and why.
    pub unreadable: Vec<(String, String)>,
    /// Where to go on.
    pub next: Cursor,
    /// Whether there is more to read in this pass.
    pub more: bool,
}
