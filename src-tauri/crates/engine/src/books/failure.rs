//! Why a connection as a whole does not work.

use chrono::{DateTime, Utc};
use ledger::Side;

/// The connection as a whole does not work. Stops this side's part of the run, loses nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BooksError {
    /// A person must sign in again.
    #[error("{side}: signing in again is needed: {why}")]
    SignInNeeded {
        /// The side.
        side: Side,
        /// Why.
        why: String,
    },
    /// Signed in, but not allowed; names what is missing.
    #[error("{side} does not allow this: {why}")]
    NotAllowed {
        /// The side.
        side: Side,
        /// The missing permission, role or scope, in plain words.
        why: String,
    },
    /// The connection leads to other books than the ones that were paired. Nothing is read from them
    /// or written to them.
    #[error("{side} answers with other books: {found}, not {expected}")]
    OtherBooks {
        /// The side.
        side: Side,
        /// What the books that were paired are called.
        expected: String,
        /// What the books that answer are called.
        found: String,
    },
    /// The books that were paired answer at another address, or a copy of them does, or our fields were
    /// made anew on their site: a person says that these are the ones.
    #[error("{side} may be a copy of the books that were paired: {found}, not {expected}")]
    PerhapsCopy {
        /// The side.
        side: Side,
        /// Where the books that were paired are.
        expected: String,
        /// Where the books that answer are.
        found: String,
    },
    /// The server could not be reached.
    #[error("{side} cannot be reached: {why}")]
    Offline {
        /// The side.
        side: Side,
        /// Why.
        why: String,
    },
    /// The server answers, but not for now: maintenance, 5xx, organisation offline.
    #[error("{side} is not available: {why}")]
    Unavailable {
        /// The side.
        side: Side,
        /// Why.
        why: String,
    },
    /// The day's limit of calls is used up.
    #[error("{side} allows no more calls until {until}")]
    LimitReached {
        /// The side.
        side: Side,
        /// When calls are allowed again.
        until: DateTime<Utc>,
    },
    /// The answer is not what this API sends: wrong address, a proxy's page, a cut-off body.
    #[error("{side} sent something that is not an answer: {why}")]
    Garbage {
        /// The side.
        side: Side,
        /// What was received, shortened and redacted.
        why: String,
    },
    /// The side's exchange rates are not what it documents: no amount in another currency would be right.
    #[error("{side}'s exchange rates are not what it documents: {why}")]
    RatesContradict {
        /// The side.
        side: Side,
        /// The figures that show it.
        why: String,
    },
    /// Another installation syncs this pairing now: nothing was written.
    #[error("this pairing is being synced by {by}, since {}", since.map_or_else(|| "a moment ago".to_owned(), |at| at.to_rfc3339()))]
    SyncedElsewhere {
        /// Who, for people.
        by: String,
        /// Since when, by the clock of the books that tell.
        since: Option<DateTime<Utc>>,
    },
    /// Another installation took this pairing over: the run ended after the calls on their way.
    #[error("{by} took over the syncing of this pairing")]
    TakenOver {
        /// Who, for people.
        by: String,
    },
    /// A person stopped the run.
    #[error("stopped")]
    Stopped,
}

impl BooksError {
    /// The side whose connection failed; `None` where a person stopped the run, or
    /// another installation syncs.
    pub const fn side(&self) -> Option<Side> {
        match self {
            BooksError::SignInNeeded { side, .. }
            | BooksError::NotAllowed { side, .. }
            | BooksError::OtherBooks { side, .. }
            | BooksError::PerhapsCopy { side, .. }
            | BooksError::Offline { side, .. }
            | BooksError::Unavailable { side, .. }
            | BooksError::LimitReached { side, .. }
            | BooksError::Garbage { side, .. }
            | BooksError::RatesContradict { side, .. } => Some(*side),
            BooksError::SyncedElsewhere { .. }
            | BooksError::TakenOver { .. }
            | BooksError::Stopped => None,
        }
    }
}
