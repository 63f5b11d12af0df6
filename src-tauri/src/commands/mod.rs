//! One thin command for each use case: parse, call, map the error.

pub mod activity;
pub mod attention;
pub mod connections;
pub mod mappings;
pub mod overview;
pub mod settings;
pub mod setup;

use app::views::ErrorView;

/// What every command answers.
pub type Answer<T> = Result<T, ErrorView>;
