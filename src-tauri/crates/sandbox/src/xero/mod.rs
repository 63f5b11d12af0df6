//! Simulated Xero: identity, organisation settings, contacts, sales invoices, payments,
//! credit notes, overpayments and prepayments.
//!
//! [`XeroWorld`] answers requests to `/identity/connect/authorize`, `/connect/token`,
//! `/connections` and `/api.xro/2.0/…` the way Xero's developer documentation says, odd corners
//! included. It has no I/O, no clock and no outside randomness: the same seed, requests and
//! instants give the same answers. Where Xero's behaviour is not documented, [`Quirks`] chooses.
//!
//! It answers JSON whatever a call accepts. Xero itself answers XML to a call without
//! `Accept: application/json` (Xero developer docs, "Requests and responses"): a client that forgets
//! the header is not found out here, and has to see to it that it does not.

mod api;
mod api_credit;
mod api_settings;
mod batch;
mod batch_payments;
mod books;
mod charts;
mod config;
mod contacts;
mod credits;
mod dates;
mod echo;
mod edit;
mod edit_credit;
mod edit_tracking;
mod errors;
mod filter;
mod history;
mod http;
mod idempotency;
mod identity;
mod invoices;
mod json;
mod limits;
mod listing;
mod payments;
mod records;
mod settings;
mod webhooks;
mod world;

#[cfg(test)]
mod tests;

pub use config::{Country, FurtherOrganisation, Limits, OAuthClient, Quirks, XeroConfig};
pub use webhooks::{Delivery, WebhookConfig, WebhookStatus};
pub use world::{Call, Grant, Observer, XeroWorld};
