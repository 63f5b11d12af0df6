//! How the two remote systems of a pairing are reached: sessions, limits, books.
//!
//! Sessions and governors live as long as the app, so that a token is renewed once and limits hold
//! over all runs. Books are made for a run, because each run can be stopped on its own.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use books::erpnext::ErpnextBooks;
use books::xero::XeroBooks;
use engine::books::{Books as _, BooksError};
use engine::run::PerBooks;
use ledger::Side;
use net::governor::AppWide;
use net::governor::Spent;
use net::{Governor, GovernorState, Limits, NetError, Priority, Request, Response, Transport};
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde::{Deserialize, Serialize};
use store::{Connection, ConnectionId, Pairing, PairingId};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use xero::auth::{Grant, Session};
use xero::wire::settings::RepeatingInvoice;

use crate::app::{App, locked};
use crate::error::AppError;
use crate::secrets::{API_SECRET, CLIENT_SECRET, KeptTokens};

/// What is kept of a Xero connection besides its secrets.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct XeroDetails {
    pub client_id: String,
    pub has_secret: bool,
    pub custom_connection: bool,
    /// The organisations this sign-in reached when it was made, by name.
    pub organisations: Vec<String>,
}

/// What is kept of an ERPNext connection besides its secret.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct ErpnextDetails {
    pub url: String,
    /// The API key; empty where it was signed in through the browser.
    pub key: String,
    /// The OAuth Client's id; empty where an API key is used.
    pub client_id: String,
    pub user: String,
    pub version: String,
}

impl XeroDetails {
    pub fn of(connection: &Connection) -> Self {
        serde_json::from_value(connection.details.clone()).unwrap_or_default()
    }

    pub fn to_json(&self) -> serde_json::Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}

impl ErpnextDetails {
    pub fn of(connection: &Connection) -> Self {
        serde_json::from_value(connection.details.clone()).unwrap_or_default()
    }

    pub fn to_json(&self) -> serde_json::Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}

/// What has been reached so far.
#[derive(Default)]
pub(crate) struct Reach {
    sessions: Mutex<BTreeMap<ConnectionId, XeroDoor>>,
    sites: Mutex<BTreeMap<ConnectionId, SiteDoor>>,
    companies: Mutex<BTreeMap<(ConnectionId, String), Arc<ErpnextBooks>>>,
    governors: Mutex<BTreeMap<String, Governor>>,
    /// By client id: Xero limits the calls of all organisations of one app together.
    apps: Mutex<BTreeMap<String, AppWide>>,
    books: Mutex<BTreeMap<PairingId, Arc<Reached>>>,
}

#[derive(Clone)]
struct XeroDoor {
    session: Arc<Session>,
    client_id: String,
    calls: Arc<Counted>,
}

#[derive(Clone)]
struct SiteDoor {
    client: erpnext::Client,
    /// Where it was signed in through the browser.
    session: Option<Arc<erpnext::auth::Session>>,
    calls: Arc<Counted>,
}

/// Under which name what was spent on an organisation is kept: the limits are those of one app on
/// one organisation.
fn governor_key(client_id: &str, tenant: &str) -> String {
    format!("xero/{client_id}/{tenant}")
}

/// Under which name the settings of a pairing's organisation are kept.
pub(crate) fn settings_key(pairing: &Pairing) -> String {
    format!(
        "xero_settings/{}/{}",
        pairing.xero_connection, pairing.xero_tenant
    )
}

impl Reach {
    /// What the organisations of one Xero app share.
    fn app_wide(&self, client_id: &str) -> AppWide {
        locked(&self.apps)
            .entry(client_id.to_owned())
            .or_default()
            .clone()
    }

    /// Forgets a connection that was replaced or removed.
    pub fn forget(&self, connection: &ConnectionId) {
        locked(&self.sessions).remove(connection);
        locked(&self.sites).remove(connection);
        locked(&self.companies).retain(|(of, _), _| of != connection);
        locked(&self.books).clear();
    }

    /// Forgets a pairing that was ended.
    pub fn forget_pairing(&self, pairing: PairingId) {
        locked(&self.books).remove(&pairing);
    }

    /// The books of a pairing, where they were made before.
    pub fn known(&self, pairing: PairingId) -> Option<Arc<Reached>> {
        locked(&self.books).get(&pairing).cloned()
    }
}

/// Both remote systems of a pairing.
pub(crate) struct Reached {
    pub books: PerBooks,
    xero: Arc<XeroBooks>,
    erpnext: Arc<ErpnextBooks>,
    /// The ERPNext site, for what only set-up does.
    pub site: erpnext::Client,
    governor: Governor,
    governor_key: String,
    xero_calls: Arc<Counted>,
    erpnext_calls: Arc<Counted>,
}

impl Reached {
    /// Calls made so far, to Xero and to ERPNext.
    pub fn calls(&self) -> (u64, u64) {
        (self.xero_calls.count(), self.erpnext_calls.count())
    }

    /// What Xero says is not allowed in the organisation. One call.
    ///
    /// # Errors
    /// Where Xero cannot be asked.
    pub async fn not_allowed_in_xero(&self) -> Result<Vec<String>, BooksError> {
        self.xero.not_allowed().await
    }

    /// The sales invoices that Xero raises by itself. One call.
    ///
    /// # Errors
    /// Where Xero cannot be asked.
    pub async fn repeating_in_xero(&self) -> Result<Vec<RepeatingInvoice>, BooksError> {
        self.xero.repeating().await
    }

    /// The code by which Xero's pages know the organisation, once it is known.
    pub fn short_code(&self) -> Option<String> {
        self.xero.short_code()
    }

    /// The ERPNext site's time zone, once it is known.
    pub fn time_zone(&self) -> Option<String> {
        self.erpnext.time_zone()
    }

    /// The ERPNext site's time zone, asked for where it is not known.
    ///
    /// # Errors
    /// Where the site cannot be asked.
    pub async fn ask_time_zone(&self) -> Result<String, BooksError> {
        match self.time_zone() {
            Some(zone) => Ok(zone),
            None => Ok(self.erpnext.profile().await?.time_zone),
        }
    }

    /// The organisation's settings, as they were last read.
    pub fn xero_settings(&self) -> Option<books::xero::Settings> {
        self.xero.settings()
    }

    /// How Xero's limits stand, now and whenever that changes.
    pub fn governor_states(&self) -> watch::Receiver<GovernorState> {
        self.governor.watch()
    }

    /// What the governor must remember, under its key.
    pub fn spent(&self) -> Option<(String, String)> {
        let spent = serde_json::to_string(&self.governor.spent()).ok()?;
        Some((self.governor_key.clone(), spent))
    }
}

impl App {
    /// The books of a pairing, for a person's clicks.
    ///
    /// # Errors
    /// [`AppError::NotConnected`], or where secrets cannot be read.
    pub(crate) async fn reach(&self, pairing: &Pairing) -> Result<Arc<Reached>, AppError> {
        if let Some(known) = self.0.reach.known(pairing.id) {
            return Ok(known);
        }
        let reached = self
            .reach_for(pairing, Priority::Interactive, CancellationToken::new())
            .await?;
        Ok(locked(&self.0.reach.books)
            .entry(pairing.id)
            .or_insert(reached)
            .clone())
    }

    /// The books of a pairing for one run, whose calls end when it is stopped.
    ///
    /// # Errors
    /// As [`App::reach`].
    pub(crate) async fn reach_for(
        &self,
        pairing: &Pairing,
        priority: Priority,
        stopped: CancellationToken,
    ) -> Result<Arc<Reached>, AppError> {
        let xero = self.xero_door(&pairing.xero_connection).await?;
        let site = self.site_door(&pairing.erpnext_connection).await?;
        let place = (
            pairing.erpnext_connection.clone(),
            pairing.erpnext_company.clone(),
        );
        let erpnext = locked(&self.0.reach.companies)
            .entry(place)
            .or_insert_with(|| {
                Arc::new(ErpnextBooks::new(
                    site.client.clone(),
                    pairing.erpnext_company.clone(),
                ))
            })
            .clone();
        let governor_key = governor_key(&xero.client_id, &pairing.xero_tenant);
        let governor = self.governor(&governor_key, &xero.client_id).await?;
        let (store, key, spending) = (self.0.store.clone(), governor_key.clone(), governor.clone());
        let keep = move || {
            let Ok(spent) = serde_json::to_string(&spending.spent()) else {
                return;
            };
            if let Err(why) = store.set_governor_state(&key, &spent) {
                tracing::warn!("the calls made so far could not be kept: {why}");
            }
        };
        xero.calls.keep(&governor_key, Arc::new(keep));
        let client = xero::Client::new(
            xero.session.clone(),
            governor.clone(),
            pairing.xero_tenant.clone(),
            priority,
            stopped,
            jitter()?,
        );
        let books = Arc::new(XeroBooks::new(Arc::new(client)));
        let id = pairing.id;
        let rules = self.db(move |store| store.rules(id)).await?;
        let prepayments = rules.iter().find_map(|rule| rule.prepayments());
        books.keep_advances_as(prepayments.map(str::to_owned));
        if let Some(code) = crate::sync::short_code(pairing) {
            books.know_short_code(code);
        }
        let key = settings_key(pairing);
        // Kept by another version, they are read anew.
        let kept = self.db(move |store| store.setting(&key)).await;
        if let Some(settings) = kept.ok().flatten() {
            books.know_settings(settings);
        }
        Ok(Arc::new(Reached {
            books: PerBooks {
                xero: books.clone(),
                erpnext: erpnext.clone(),
            },
            xero: books,
            erpnext,
            site: site.client,
            governor,
            governor_key,
            xero_calls: xero.calls,
            erpnext_calls: site.calls,
        }))
    }

    /// The session of a Xero connection.
    ///
    /// # Errors
    /// [`AppError::NotConnected`].
    pub(crate) async fn xero_session(&self, id: &ConnectionId) -> Result<Arc<Session>, AppError> {
        Ok(self.xero_door(id).await?.session)
    }

    /// The client of an ERPNext connection.
    ///
    /// # Errors
    /// [`AppError::NotConnected`].
    pub(crate) async fn site_of(&self, id: &ConnectionId) -> Result<erpnext::Client, AppError> {
        Ok(self.site_door(id).await?.client)
    }

    async fn xero_door(&self, id: &ConnectionId) -> Result<XeroDoor, AppError> {
        if let Some(known) = locked(&self.0.reach.sessions).get(id) {
            return Ok(known.clone());
        }
        let details = XeroDetails::of(&self.connection(id, Side::Xero).await?);
        let secrets = self.secrets().await?;
        let app = xero::auth::App {
            client_id: details.client_id.clone(),
            client_secret: if details.has_secret {
                secrets.get(id, CLIENT_SECRET).await?
            } else {
                None
            },
            grant: if details.custom_connection {
                Grant::ClientCredentials
            } else {
                Grant::Code
            },
        };
        let calls = Arc::new(Counted::new(self.0.transport.clone()));
        let tokens = KeptTokens {
            secrets,
            connection: id.clone(),
        };
        let session = Arc::new(Session::new(
            app,
            self.0.endpoints.clone(),
            calls.clone(),
            Arc::new(tokens),
            self.0.clock.clone(),
        ));
        let door = XeroDoor {
            session,
            client_id: details.client_id,
            calls,
        };
        // One session for each connection, whoever was first: two would renew the token twice.
        Ok(locked(&self.0.reach.sessions)
            .entry(id.clone())
            .or_insert(door)
            .clone())
    }

    /// The session of an ERPNext connection that was signed in through the browser.
    ///
    /// # Errors
    /// [`AppError::NotConnected`].
    pub(crate) async fn site_session(
        &self,
        id: &ConnectionId,
    ) -> Result<Option<Arc<erpnext::auth::Session>>, AppError> {
        Ok(self.site_door(id).await?.session)
    }

    async fn site_door(&self, id: &ConnectionId) -> Result<SiteDoor, AppError> {
        if let Some(known) = locked(&self.0.reach.sites).get(id) {
            return Ok(known.clone());
        }
        let details = ErpnextDetails::of(&self.connection(id, Side::Erpnext).await?);
        let url = erpnext::SiteUrl::parse(&details.url)?;
        let secrets = self.secrets().await?;
        let calls = Arc::new(Counted::new(self.0.transport.clone()));
        let (credentials, session) = if details.client_id.is_empty() {
            let secret = secrets
                .get(id, API_SECRET)
                .await?
                .ok_or(AppError::NotConnected(Side::Erpnext))?;
            let key = erpnext::ApiKey {
                key: details.key,
                secret,
            };
            (erpnext::Credentials::Key(key), None)
        } else {
            let session = Arc::new(erpnext::auth::Session::new(
                erpnext::auth::app(&details.client_id),
                erpnext::auth::Endpoints::of(&url).map_err(AppError::ErpnextSignIn)?,
                calls.clone(),
                Arc::new(KeptTokens {
                    secrets,
                    connection: id.clone(),
                }),
                self.0.clock.clone(),
            ));
            (
                erpnext::Credentials::SignedIn(session.clone()),
                Some(session),
            )
        };
        let door = SiteDoor {
            client: erpnext::Client::with_random(
                calls.clone(),
                self.0.clock.clone(),
                url,
                credentials,
                jitter()?,
            ),
            session,
            calls,
        };
        // One session for each connection, whoever was first: two would renew the token twice.
        Ok(locked(&self.0.reach.sites)
            .entry(id.clone())
            .or_insert(door)
            .clone())
    }

    pub(crate) async fn connection(
        &self,
        id: &ConnectionId,
        side: Side,
    ) -> Result<Connection, AppError> {
        let id = id.clone();
        self.db(move |store| store.connection(&id))
            .await?
            .ok_or(AppError::NotConnected(side))
    }

    async fn governor(&self, key: &str, client_id: &str) -> Result<Governor, AppError> {
        if let Some(known) = locked(&self.0.reach.governors).get(key) {
            return Ok(known.clone());
        }
        let name = key.to_owned();
        let spent = self
            .db(move |store| store.governor_state(&name))
            .await?
            .and_then(|text| serde_json::from_str(&text).ok());
        let app = self.0.reach.app_wide(client_id);
        let governor = Governor::of_app(Limits::XERO, self.0.clock.clone(), spent, app);
        Ok(locked(&self.0.reach.governors)
            .entry(key.to_owned())
            .or_insert(governor)
            .clone())
    }

    /// What was spent on a pairing's Xero organisation, as last kept.
    pub(crate) async fn kept_spent(&self, pairing: &Pairing) -> Result<Option<Spent>, AppError> {
        let Ok(connection) = self.connection(&pairing.xero_connection, Side::Xero).await else {
            return Ok(None);
        };
        let client_id = XeroDetails::of(&connection).client_id;
        let key = governor_key(&client_id, &pairing.xero_tenant);
        Ok(self
            .db(move |store| store.governor_state(&key))
            .await?
            .and_then(|text| serde_json::from_str(&text).ok()))
    }
}

impl Reach {
    /// Keeps a run's books for later clicks: they know what the run's profile said.
    pub fn keep(&self, pairing: PairingId, reached: Arc<Reached>) {
        locked(&self.books).insert(pairing, reached);
    }
}

pub(crate) fn jitter() -> Result<Box<dyn rand::RngCore + Send + Sync>, AppError> {
    let mut seed = [0_u8; 32];
    getrandom::fill(&mut seed).map_err(|why| AppError::Bug(why.to_string()))?;
    Ok(Box::new(StdRng::from_seed(seed)))
}

/// Keeps what was spent on an organisation.
type Keep = Arc<dyn Fn() + Send + Sync>;

/// A transport that counts, and lets what is spent be kept before each call goes out: a process that is
/// ended at any moment has counted its calls.
struct Counted {
    inner: Arc<dyn Transport>,
    calls: AtomicU64,
    /// By the governor's key: one sign-in may reach several organisations.
    keep: Mutex<BTreeMap<String, Keep>>,
}

impl Counted {
    fn new(inner: Arc<dyn Transport>) -> Self {
        Self {
            inner,
            calls: AtomicU64::new(0),
            keep: Mutex::default(),
        }
    }

    fn keep(&self, key: &str, keep: Keep) {
        locked(&self.keep).insert(key.to_owned(), keep);
    }

    fn count(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }
}

#[async_trait]
impl Transport for Counted {
    async fn send(&self, request: Request) -> Result<Response, NetError> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let keep: Vec<Keep> = locked(&self.keep).values().cloned().collect();
        if !keep.is_empty() {
            let kept = tokio::task::spawn_blocking(move || keep.iter().for_each(|keep| keep()));
            if let Err(why) = kept.await {
                tracing::warn!("the calls made so far could not be kept: {why}");
            }
        }
        self.inner.send(request).await
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use chrono::{DateTime, Duration, Utc};
    use http::{HeaderMap, HeaderValue, StatusCode};
    use net::{Clock, JumpClock};

    #[tokio::test]
    async fn organisations_of_one_app_wait_together_and_others_do_not() {
        let noon: DateTime<Utc> = "2026-11-22T12:00:00Z".parse().unwrap();
        let reach = Reach::default();
        let none = CancellationToken::new();
        let waits = async |first: &str, second: &str| {
            let clock = Arc::new(JumpClock::at(noon));
            let of = |client: &str| {
                let app = reach.app_wide(client);
                Governor::of_app(Limits::XERO, clock.clone(), None, app)
            };
            let (one, other) = (of(first), of(second));
            let permit = one.admit(Priority::Scheduled, &none).await.unwrap();
            let mut headers = HeaderMap::new();
            let mut set = |name, value| headers.insert(name, HeaderValue::from_static(value));
            set("x-rate-limit-problem", "appminute");
            set("retry-after", "12");
            permit.answered(StatusCode::TOO_MANY_REQUESTS, &headers);
            other.admit(Priority::Interactive, &none).await.unwrap();
            clock.now() - noon
        };
        assert_eq!(waits("A", "A").await, Duration::seconds(12));
        assert_eq!(waits("B", "C").await, Duration::zero());
    }
}
