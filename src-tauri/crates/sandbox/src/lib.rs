//! The demo books: Xero and ERPNext as pure state machines, and HTTP servers around them.
//!
//! Each remote system is a [`RemoteSystem`]: a world that answers a request at a given instant and
//! changes itself, with no I/O, no clock and no randomness of its own. [`DemoBooks`] holds both,
//! with the faults to inject and the offset of the simulated clock. The same value serves the
//! command line (`counterfoil sandbox`), the demo, and the simulation's in-process transport;
//! [`server`] is the thin edge that puts it behind HTTP and reads the wall clock.

pub mod books;
pub mod consent;
pub mod control;
pub mod erpnext;
pub mod faults;
pub mod generator;
mod pages;
pub mod record;
pub mod server;
pub mod xero;

use std::fmt;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

pub use books::{DemoBooks, Outcome, Reply};
pub use faults::{Effect, Faults, Rule};
pub use generator::{Country, DemoSize, ExpectedException};
pub use server::{DemoConfig, ReadyLine, Running, serve};

/// A simulated remote system.
pub trait RemoteSystem: Send {
    /// Answers one request as the real system would at that instant.
    fn handle(
        &mut self,
        request: &http::Request<Bytes>,
        now: DateTime<Utc>,
    ) -> http::Response<Bytes>;
}

/// Which of the two simulated systems.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum System {
    /// Xero, its identity service included.
    Xero,
    /// ERPNext.
    Erpnext,
}

impl System {
    /// The stable lower-case word.
    pub const fn word(self) -> &'static str {
        match self {
            System::Xero => "xero",
            System::Erpnext => "erpnext",
        }
    }
}

impl fmt::Display for System {
    /// The product name, as a person reads it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            System::Xero => "Xero",
            System::Erpnext => "ERPNext",
        })
    }
}
