//! HTTP as a value.
//!
//! The clients build an [`http::Request`], hand it to a [`Transport`] and get an
//! [`http::Response`] back. The real transport is [`client::HttpTransport`]; the simulation puts
//! the sandbox's state machines behind the same trait. Retry, the rate governor and redaction live
//! here because both clients need them.

pub mod transport;

pub use transport::{Body, NetError, Request, Response, Transport};
