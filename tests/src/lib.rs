//! What the end-to-end tests share: the programs as separate processes, the demo books they talk
//! to, a gate between the two that can hold a request, and the consent page followed as a browser
//! would.
//!
//! Whoever waits here waits for an event (a line printed, a request arrived, a process ended), with
//! a time limit that only a defect meets. Only the window's driver has to be asked again and again.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "test support: a broken expectation is a failed test"
)]

pub mod audit;
pub mod books;
#[cfg(target_os = "linux")]
pub mod display;
pub mod gate;
pub mod installation;
pub mod office;
pub mod programs;
pub mod scenario;
pub mod sdk;
pub mod signed_in;
#[cfg(target_os = "linux")]
pub mod window;
pub mod witness;

pub use books::{Books, System};
pub use gate::{Gate, When};
pub use installation::{Installation, Ran};
pub use sandbox::consent::{self, Press};
