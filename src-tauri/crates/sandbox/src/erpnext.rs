//! The demo books' ERPNext: Frappe 15 with ERPNext 15, as a pure document store.
//!
//! Every rule here was observed on a real site (Frappe 15.75.0, ERPNext 15.71.1).

use bytes::Bytes;
use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::RemoteSystem;

/// The countries the demo books know, each with its chart's names and taxes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Country {
    /// United Kingdom: VAT 20 %, 5 %, zero-rated, exempt.
    GB,
    /// New Zealand: GST 15 %.
    NZ,
    /// Australia: GST 10 %.
    AU,
    /// United States: state sales tax.
    US,
}

/// What a new site is installed with.
#[derive(Debug, Clone)]
pub struct ErpnextConfig {
    /// Site name, for example `demo.localhost`.
    pub site: String,
    /// Company name.
    pub company: String,
    /// Company abbreviation, the suffix of every ledger account (`Sales - MF`).
    pub abbr: String,
    /// Country of the company.
    pub country: Country,
    /// Company currency, ISO 4217.
    pub currency: String,
    /// Site time zone: `modified` and posting dates are local to it.
    pub time_zone: chrono_tz::Tz,
    /// API key of the connecting user.
    pub api_key: String,
    /// API secret of the connecting user.
    pub api_secret: String,
    /// Decides child row names and the like.
    pub seed: u64,
}

/// A simulated ERPNext site.
#[derive(Debug)]
pub struct ErpnextWorld {
    config: ErpnextConfig,
}

impl ErpnextWorld {
    /// Installs the site: company, chart, taxes, settings.
    pub fn new(config: ErpnextConfig, _now: DateTime<Utc>) -> Self {
        Self { config }
    }
    /// The configuration the site was installed with.
    pub fn config(&self) -> &ErpnextConfig {
        &self.config
    }
    /// A person's edit, made inside ERPNext under its own rules.
    ///
    /// # Errors
    /// What ERPNext would have shown the person.
    pub fn edit(&mut self, _operation: &Value, _now: DateTime<Utc>) -> Result<Value, String> {
        Err("not yet".to_owned())
    }
    /// Every record as the site holds it.
    pub fn state(&self) -> Value {
        Value::Null
    }
    /// Every call received.
    pub fn calls(&self) -> Value {
        Value::Array(Vec::new())
    }
    /// Lists answer, writes are refused with 503.
    pub fn set_read_only(&mut self, _on: bool) {}
    /// Everything is refused with 503.
    pub fn set_maintenance(&mut self, _on: bool) {}
}

impl RemoteSystem for ErpnextWorld {
    fn handle(
        &mut self,
        _request: &http::Request<Bytes>,
        _now: DateTime<Utc>,
    ) -> http::Response<Bytes> {
        http::Response::new(Bytes::new())
    }
}
