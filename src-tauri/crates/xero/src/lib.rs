//! The Xero client: sign-in, wire types, paging, limits, errors, translation.

pub mod auth;

pub use auth::{AuthError, Endpoints};
