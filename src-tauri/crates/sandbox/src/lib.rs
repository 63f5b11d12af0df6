//! The demo books: Xero and ERPNext as pure state machines, and HTTP servers around them.
//!
//! Each remote system is a [`RemoteSystem`]: a world that answers a request at a given instant and
//! changes itself, with no I/O, no clock and no randomness of its own. The same worlds serve the
//! command line (`counterfoil sandbox`), the demo, and the simulation's in-process transport.

pub mod erpnext;

pub mod xero;

use bytes::Bytes;
use chrono::{DateTime, Utc};

/// A simulated remote system.
pub trait RemoteSystem: Send {
    /// Answers one request as the real system would at that instant.
    fn handle(
        &mut self,
        request: &http::Request<Bytes>,
        now: DateTime<Utc>,
    ) -> http::Response<Bytes>;
}
