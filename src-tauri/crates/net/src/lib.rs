//! HTTP as a value.
//!
//! The clients build an [`http::Request`], hand it to a [`Transport`] and get an
//! [`http::Response`] back. The real transport is [`client::HttpTransport`]; the simulation puts
//! the sandbox's state machines behind the same trait. Retry, the rate governor and redaction live
//! here because both clients need them.

pub mod client;
pub mod clock;
pub mod governor;
pub mod observe;
pub mod redact;
pub mod retry;
pub mod transport;
pub mod websocket;

pub use client::HttpTransport;
pub use clock::{Clock, EventClock, JumpClock, SystemClock};
pub use governor::{Governor, GovernorState, Limits, Priority};
pub use observe::{Call, CallObserver, Observed};
pub use transport::{Body, NetError, Request, Response, Transport};
pub use websocket::{OpenError, WebSocket, WebSocketOpener};
