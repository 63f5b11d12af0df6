//! What a person sees when something does not work.

use serde::{Deserialize, Serialize};
use specta::Type;

use super::Side;

/// A failure with its cause and what to do next. The only error that crosses to the window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ErrorView {
    /// A stable word that the window may act on: `sign_in_needed`, `offline`, `busy`,
    /// `disk_full`, `cancelled`, `refused`, `wrong_address`, `wrong_key`, `approval_needed`,
    /// `not_paired`, `bug`.
    pub code: String,
    /// What happened, as one sentence.
    pub message: String,
    /// What to do about it, as one sentence.
    pub next_step: Option<String>,
    /// What the person's developer wants to know; secrets removed.
    pub details: Option<String>,
    /// The side whose connection failed.
    pub side: Option<Side>,
}
