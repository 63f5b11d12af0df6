//! Signing in to Xero and staying signed in (Xero developer docs, "OAuth 2.0").
//!
//! The customer registers an app of their own with Xero. The usual kind is "Auth Code with PKCE"
//! for desktop apps, which has a client id and no secret; one with a secret works too, and so does
//! a custom connection, which needs no browser.

pub mod connections;
pub mod endpoints;
pub mod scopes;
pub mod session;
pub mod tokens;

pub use connections::Connection;
pub use endpoints::Endpoints;
pub use oauth::{App, AuthError, Grant, SignIn, StoreError, TokenStore, Tokens, redirect, sign_in};
pub use session::Session;
pub use tokens::Expiry;

/// The scopes asked for by default, and no more than is used: contacts, sales invoices and credit
/// notes, payments, money received on account (which is entered as bank transactions), and reading
/// accounts, tax rates and the organisation (xero/FACTS §1). Apps made since 2 March 2026 know these
/// granular scopes only.
pub const GRANULAR_SCOPES: &[&str] = &[
    "openid",
    "profile",
    "email",
    "offline_access",
    "accounting.contacts",
    "accounting.invoices",
    "accounting.payments",
    "accounting.banktransactions",
    "accounting.settings.read",
];

/// The scopes for apps made before 2 March 2026 that have not been moved to granular ones.
pub const BROAD_SCOPES: &[&str] = &[
    "openid",
    "profile",
    "email",
    "offline_access",
    "accounting.contacts",
    "accounting.transactions",
    "accounting.settings.read",
];
