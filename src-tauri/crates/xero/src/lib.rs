//! The Xero client: sign-in, wire types, paging, limits, errors, translation.

pub mod auth;
pub mod error;
pub mod translate;
pub mod webhook;
pub mod wire;

pub use auth::{AuthError, Endpoints};
pub use error::XeroError;
pub use wire::client::Client;
