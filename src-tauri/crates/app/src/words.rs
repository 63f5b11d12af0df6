//! Everything the app says to a person about what went wrong, in one place: what happened, and what
//! to do next. What the causes of single records mean is the table of [`ledger::Cause::meaning`], and the
//! log's messages are [`ledger::Said`].

mod failure;
mod guard;

pub use failure::explain;
pub(crate) use failure::{ELSEWHERE, books as connection};
pub(crate) use guard::{asked, guards, guards_in_full};

/// How two records were recognised as one.
pub(crate) const fn match_reason(reason: engine::plan::MatchReason) -> &'static str {
    reason.words()
}
