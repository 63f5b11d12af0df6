//! The simulated Xero as one value.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use serde_json::Value;

use super::config::{Limits, XeroConfig};
use crate::RemoteSystem;

/// One call the system received.
#[derive(Debug, Clone)]
pub struct Call {
    /// When it came.
    pub at: DateTime<Utc>,
    /// HTTP method.
    pub method: String,
    /// Path with query, as sent.
    pub path: String,
    /// Status answered.
    pub status: u16,
    /// How many calls of the minute and day limits it used: 0 or 1.
    pub cost: u32,
}

/// Tokens of a consent given without the browser.
#[derive(Debug, Clone)]
pub struct Grant {
    /// Bearer token, valid 30 minutes.
    pub access_token: String,
    /// Refresh token, valid 60 days unused.
    pub refresh_token: String,
    /// Value of `Xero-tenant-id`.
    pub tenant_id: String,
    /// Id of the connection, for `DELETE /connections/{id}`.
    pub connection_id: String,
}

/// Simulated Xero.
pub struct XeroWorld {
    config: XeroConfig,
    calls: Vec<Call>,
}

impl XeroWorld {
    /// A fresh organisation with its chart of accounts and tax rates, no contacts, no invoices.
    pub fn new(config: XeroConfig) -> Self {
        XeroWorld {
            config,
            calls: Vec::new(),
        }
    }

    /// A person's edit inside Xero, by Xero's own rules.
    pub fn edit(&mut self, op: &Value, now: DateTime<Utc>) -> Result<Value, String> {
        let _ = now;
        Err(format!("unknown edit {op}"))
    }

    /// Every record as the system holds it.
    pub fn state(&self) -> Value {
        Value::Null
    }

    /// Calls received so far, oldest first.
    pub fn calls(&self) -> &[Call] {
        &self.calls
    }

    /// Makes every access token issued so far expired at `now`.
    pub fn expire_tokens(&mut self, now: DateTime<Utc>) {
        let _ = now;
    }

    /// Forgets the calls counted against the limits.
    pub fn reset_limits(&mut self) {}

    /// Replaces the limits.
    pub fn set_limits(&mut self, limits: Limits) {
        self.config.limits = limits;
    }

    /// What the world was set up with.
    pub fn config(&self) -> &XeroConfig {
        &self.config
    }

    /// A consent to everything the sync needs, as if given in the browser. None for an unknown client.
    pub fn new_grant(&mut self, client_id: &str, now: DateTime<Utc>) -> Option<Grant> {
        let _ = (client_id, now);
        None
    }

    /// The 429 for a sixth call in progress, for the server to send.
    pub fn too_many_at_once(
        &mut self,
        request: &http::Request<Bytes>,
        now: DateTime<Utc>,
    ) -> http::Response<Bytes> {
        let _ = (request, now);
        http::Response::new(Bytes::new())
    }
}

impl RemoteSystem for XeroWorld {
    fn handle(
        &mut self,
        request: &http::Request<Bytes>,
        now: DateTime<Utc>,
    ) -> http::Response<Bytes> {
        let _ = (request, now);
        http::Response::new(Bytes::new())
    }
}
