//! The demo books' ERPNext: Frappe 15 with ERPNext 15, as a pure document store.
//!
//! A site is a set of documents, each a row of values with child tables, described by field tables
//! (`meta`). Frappe's general rules (naming, links, mandatory values, unique fields, submitting,
//! optimistic locking, lists) work on any of them; customers, sales invoices and payments add
//! ERPNext's own. Every rule and body here was observed on a real site (Frappe 15.75.0, ERPNext
//! 15.71.1).

mod answer;
mod auth;
mod cell;
mod charts;
mod customer;
mod customize;
mod documents;
mod edit;
mod errors;
mod install;
mod journal_entry;
mod ledger;
mod limit;
mod lists;
mod meta;
mod methods;
mod oauth;
mod payment_entry;
mod periods;
mod receivables;
mod release;
mod request;
mod routes;
mod rows;
mod sales_invoice;
mod sessions;
mod site;
mod store;
mod telling;
#[cfg(test)]
mod tests;
mod trouble;
mod versions;

use std::collections::{HashMap, HashSet, VecDeque};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use self::answer::Shape;
use self::cell::Doc;
use self::errors::Message;
pub use self::limit::RateLimit;
use self::meta::DocType;
use self::release::Release;
pub use self::release::{ErpnextVersion, UnknownVersion};
pub(crate) use self::sales_invoice::Float;
use self::store::Store;
pub use self::telling::{HookAnswer, HookDelivery, Update};
pub use self::trouble::Trouble;
use crate::RemoteSystem;

/// The countries the demo books know, each with its chart's names and taxes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Country {
    /// United Kingdom: VAT 20 %, 5 %, zero-rated, exempt.
    GB,
    /// New Zealand: GST 15 %, zero-rated, exempt.
    NZ,
    /// Australia: GST 10 %, GST-free.
    AU,
    /// United States: a state sales tax of 8.25 %, exempt.
    US,
}

/// What a new site is installed with.
#[derive(Debug, Clone)]
pub struct ErpnextConfig {
    /// The version of ERPNext that the site is.
    pub version: ErpnextVersion,
    /// Site name, for example `demo.localhost`; links in messages use it.
    pub site: String,
    /// Company name.
    pub company: String,
    /// Company abbreviation, the suffix of every ledger account (`Sales - MF`).
    pub abbr: String,
    /// Country of the company: decides taxes and some account names.
    pub country: Country,
    /// Company currency, ISO 4217.
    pub currency: String,
    /// Site time zone: `modified` and today's posting date are local to it.
    pub time_zone: chrono_tz::Tz,
    /// API key of the connecting user.
    pub api_key: String,
    /// API secret of the connecting user.
    pub api_secret: String,
    /// Decides the random names of child rows.
    pub seed: u64,
}

/// How many calls are remembered for [`ErpnextWorld::calls`].
const CALLS_KEPT: usize = 20_000;

/// A simulated ERPNext site with one company.
#[derive(Debug)]
pub struct ErpnextWorld {
    config: ErpnextConfig,
    meta: HashMap<&'static str, DocType>,
    store: Store,
    /// Types whose documents a client may name (property setter `autoname = prompt`).
    prompted: HashSet<String>,
    /// The current request's instant.
    now: DateTime<Utc>,
    last_tick: DateTime<Utc>,
    /// The current request's user.
    user: String,
    /// Notices collected during the current request.
    messages: Vec<Message>,
    hashes: u64,
    calls: VecDeque<Value>,
    read_only: bool,
    /// Sign-ins through the browser.
    oauth: oauth::Provider,
    maintenance: bool,
    /// The version of ERPNext the site says it is, where that is not its own.
    claimed: Option<String>,
    telling: telling::Telling,
    database_down: bool,
    rate: Option<limit::Used>,
    sessions: sessions::Sessions,
}

impl ErpnextWorld {
    /// Installs a site: company, chart of accounts, taxes, fiscal years 2023 to 2028, customer
    /// groups, territories, units, currencies, settings and the connecting user, all dated `now`.
    pub fn new(config: ErpnextConfig, now: DateTime<Utc>) -> Self {
        let meta = meta::standard(config.version.release().fields);
        let mut store = Store::default();
        for doctype in meta.values().filter(|doctype| !doctype.is_table) {
            store.open(doctype.name);
        }
        let mut world = Self {
            config,
            meta,
            store,
            prompted: ["Webhook", "Client Script", "Notification"]
                .map(str::to_owned)
                .into(),
            now,
            last_tick: now - chrono::Duration::microseconds(1),
            user: site::PERSON.to_owned(),
            messages: Vec::new(),
            hashes: 0,
            calls: VecDeque::new(),
            read_only: false,
            oauth: oauth::Provider::default(),
            maintenance: false,
            claimed: None,
            telling: telling::Telling::default(),
            database_down: false,
            rate: None,
            sessions: sessions::Sessions::default(),
        };
        world.install();
        world.store.commit();
        world.messages.clear();
        world
    }

    /// The configuration the site was installed with.
    pub fn config(&self) -> &ErpnextConfig {
        &self.config
    }

    /// The user the API key belongs to.
    pub fn api_user(&self) -> &'static str {
        install::API_USER
    }

    /// The site's own address, as links in messages have it.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.config.site)
    }

    /// Whether a key opens the real-time server without a cookie beside it.
    pub(crate) fn key_opens_real_time(&self) -> bool {
        self.release().key_opens_real_time
    }

    /// The address of the pages for people.
    pub(crate) fn desk(&self) -> String {
        format!("{}/{}", self.url(), self.release().wording.desk())
    }

    /// Every document as the site holds it, nulls left out, by document type; installed masters
    /// that nobody edits (currencies, units, countries, languages, roles) are left out. The payment ledger is
    /// among them, since nothing else says to the cent what is open of payments.
    pub fn state(&self) -> Value {
        let mut types: Vec<&DocType> = self.meta.values().filter(|meta| !meta.is_table).collect();
        types.sort_by_key(|meta| meta.name);
        let mut all = Map::new();
        for meta in types {
            if [
                "Currency",
                "UOM",
                "Country",
                "Language",
                "Role",
                "DocType",
                "Deleted Document",
                "Version",
            ]
            .contains(&meta.name)
            {
                continue;
            }
            let shown = |doc: &Doc| self.doc_json(doc, Shape::default());
            let docs: Vec<Value> = if meta.name == "Payment Ledger Entry" {
                let entries = self.ledger(meta.name, &Value::Null);
                entries.iter().map(shown).collect()
            } else {
                let docs = self.store.shelf(meta.name).into_iter();
                docs.flat_map(store::Shelf::by_name).map(shown).collect()
            };
            if !docs.is_empty() {
                all.insert(meta.name.to_owned(), Value::Array(docs));
            }
        }
        Value::Object(all)
    }

    /// How many documents of a type the site holds.
    pub fn count_of(&self, doctype: &str) -> usize {
        self.store.shelf(doctype).map_or(0, store::Shelf::len)
    }

    /// The newest calls received: `at` (UTC), `method`, `path`, `status`, `user`.
    pub fn calls(&self) -> Value {
        Value::Array(self.calls.iter().cloned().collect())
    }

    /// Lists and reads answer, writes are refused with 503 `InReadOnlyMode`.
    pub fn set_read_only(&mut self, on: bool) {
        self.read_only = on;
    }

    /// The site says it is another version of ERPNext, such as `14.74.3`. Nothing else changes but
    /// what that version is known not to have: `/api/v2` came with 15.
    pub fn claim_version(&mut self, version: &str) {
        self.claimed = Some(version.to_owned());
    }

    /// What the site's version does otherwise than others.
    fn release(&self) -> &'static Release {
        self.config.version.release()
    }

    /// The version of ERPNext the site says it is.
    fn said_version(&self) -> &str {
        self.claimed.as_deref().unwrap_or(self.release().erpnext)
    }

    /// The number before the first dot of the version the site says it is.
    fn major(&self) -> u32 {
        let major = self.said_version().split('.').next().unwrap_or_default();
        major.parse().unwrap_or_default()
    }

    /// Everything is refused with 503 `SessionStopped`, ping included.
    pub fn set_maintenance(&mut self, on: bool) {
        self.maintenance = on;
    }

    /// The database server is stopped: the web server answers everything with an HTML page and
    /// status 500, whatever the client accepts (recording 16#13).
    pub fn set_database_down(&mut self, on: bool) {
        self.database_down = on;
    }

    /// The nightly job: unpaid invoices past their due date become Overdue. As in ERPNext, their
    /// `modified` does not change.
    pub fn run_nightly(&mut self, now: DateTime<Utc>) {
        self.now = now;
        self.mark_overdue();
        self.store.commit();
    }
}

impl RemoteSystem for ErpnextWorld {
    fn handle(
        &mut self,
        request: &http::Request<Bytes>,
        now: DateTime<Utc>,
    ) -> http::Response<Bytes> {
        self.now = now;
        self.messages.clear();
        self.clear_leftovers();
        let mut response = self.respond(request);
        if self.tell() {
            response = routes::failure_page();
        }
        if self.calls.len() == CALLS_KEPT {
            self.calls.pop_front();
        }
        self.calls.push_back(json!({
            "at": now.to_rfc3339(),
            "method": request.method().as_str(),
            "path": request.uri().path(),
            "status": response.status().as_u16(),
            "user": self.user,
        }));
        response
    }
}
