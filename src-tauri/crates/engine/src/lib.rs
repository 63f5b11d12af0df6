//! The sync engine: pull, match, plan, guard, apply, verify, settle.
//!
//! The engine knows two [`books::Books`], not Xero or ERPNext, and never sees HTTP. Planning is a
//! pure function ([`plan::plan`]); everything that is written is journalled first ([`run`]).

pub mod books;
pub mod digest;
pub mod plan;
pub mod progress;
pub mod run;
pub mod undo;
