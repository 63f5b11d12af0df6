//! The ERPNext client: sign-in, wire types, paging, limits, errors, translation.
//!
//! Talks to Frappe's REST API (`/api/resource`, `/api/v2/document`, `/api/method`) of ERPNext 15
//! and 16. What it does is fitted to behaviour observed on both; where a call or a guard looks odd,
//! the comment beside it says which behaviour it answers. What is known of 14 stands in
//! `docs/ARCHITECTURE.md`; nothing of it was tried.

pub mod auth;
pub mod chart;
pub mod client;
pub mod connect;
pub mod error;
pub mod form_scripts;
pub mod insert_many;
pub mod journal;
pub mod marker_fields;
pub mod naming;
pub mod notifications;
pub mod obstacles;
pub mod pace;
pub mod permissions;
pub mod realtime;
pub mod records;
pub mod repeating;
pub mod site;
pub mod translate;
pub mod version;
pub mod webhooks;
pub mod wire;

pub use chart::Chart;
pub use client::{ApiKey, Client, Credentials};
pub use error::{Error, Refusal};
pub use journal::Journal;
pub use site::SiteUrl;
pub use version::Version;
