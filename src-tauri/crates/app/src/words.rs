//! Everything the app says to a person about what went wrong, in one place: what happened, and what
//! to do next. Causes of single records are worded by [`ledger::Cause`] itself.

mod cause;
mod failure;
mod guard;

pub use cause::{badge, group_title, severity};
pub(crate) use failure::books as connection;
pub use failure::explain;
pub(crate) use guard::{guards, guards_in_full};

/// How two records were recognised as one.
pub(crate) const fn match_reason(reason: engine::plan::MatchReason) -> &'static str {
    reason.words()
}
