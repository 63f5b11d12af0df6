//! What the end-to-end tests share: the programs as separate processes, the demo books they talk
//! to, a gate between the two that can hold a request, and the consent page followed as a browser
//! would.
//!
//! Nothing here sleeps: whoever waits, waits for an event (a line printed, a request arrived, a
//! process ended), with a time limit that only a defect meets.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "test support: a broken expectation is a failed test"
)]

pub mod audit;
pub mod books;
pub mod gate;
pub mod installation;
pub mod programs;

pub use books::{Books, System};
pub use cli::demo::consent::Press;
pub use gate::{Gate, When};
pub use installation::{Installation, Ran};
