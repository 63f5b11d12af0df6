//! Xero's identity service: consent, tokens, revocation, connections (Xero developer docs,
//! "OAuth 2.0 overview", "PKCE flow", "Custom connections", "Managing connections").

mod authorize;
mod connections;
mod page;
mod scopes;
mod signing;
mod token;

use std::collections::{BTreeSet, HashMap};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use rand::rngs::StdRng;
use rand::{RngCore as _, SeedableRng as _};
use uuid::Uuid;

use super::config::{OAuthClient, XeroConfig};
use super::errors::Refusal;

pub use scopes::{Access, Area, allows};
pub use signing::public_keys;

/// How long an access token lives.
pub const ACCESS_LIFETIME: TimeDelta = TimeDelta::minutes(30);
const CODE_LIFETIME: TimeDelta = TimeDelta::minutes(5);
const REFRESH_LIFETIME: TimeDelta = TimeDelta::days(60);
const SUPERSEDED_LIFETIME: TimeDelta = TimeDelta::minutes(30);
const PAGE_LIFETIME: TimeDelta = TimeDelta::minutes(30);

/// Consent asked for and not yet answered.
struct Pending {
    client_id: String,
    redirect_uri: String,
    scopes: BTreeSet<String>,
    state: Option<String>,
    nonce: Option<String>,
    challenge: Option<String>,
    at: DateTime<Utc>,
}

struct Code {
    asked: Pending,
    event: Uuid,
    at: DateTime<Utc>,
}

/// Who an access token speaks for.
#[derive(Debug, Clone)]
pub struct Bearer {
    /// The app.
    pub client_id: String,
    /// Scopes consented to.
    pub scopes: BTreeSet<String>,
    expires: DateTime<Utc>,
}

struct Refresh {
    client_id: String,
    scopes: BTreeSet<String>,
    event: Uuid,
    /// Works until then; replaced tokens keep half an hour in case the answer was lost.
    until: DateTime<Utc>,
}

struct Connection {
    id: Uuid,
    client_id: String,
    tenant: Uuid,
    event: Uuid,
    created: DateTime<Utc>,
    updated: DateTime<Utc>,
}

/// The identity service's memory.
pub struct Identity {
    rng: StdRng,
    user: Uuid,
    /// Tenant ids and names of the person's organisations, the first first.
    organisations: Vec<(Uuid, String)>,
    clients: Vec<OAuthClient>,
    pending: HashMap<String, Pending>,
    codes: HashMap<String, Code>,
    bearers: HashMap<String, Bearer>,
    refreshes: HashMap<String, Refresh>,
    consented: HashMap<String, BTreeSet<String>>,
    connections: Vec<Connection>,
    signer: signing::Signer,
}

impl Identity {
    /// No consents yet; custom connections stand from the start.
    pub fn new(config: &XeroConfig) -> Self {
        let mut identity = Identity {
            rng: StdRng::seed_from_u64(config.seed ^ 0x1de4_717f),
            user: Uuid::nil(),
            organisations: config
                .organisations()
                .into_iter()
                .map(|each| (each.tenant_id, each.organisation_name))
                .collect(),
            clients: config.clients.clone(),
            pending: HashMap::new(),
            codes: HashMap::new(),
            bearers: HashMap::new(),
            refreshes: HashMap::new(),
            consented: HashMap::new(),
            connections: Vec::new(),
            signer: signing::Signer::new(),
        };
        identity.user = identity.uuid();
        identity
    }

    fn uuid(&mut self) -> Uuid {
        let mut bytes = [0; 16];
        self.rng.fill_bytes(&mut bytes);
        uuid::Builder::from_random_bytes(bytes).into_uuid()
    }

    fn secret_text(&mut self) -> String {
        let mut bytes = [0; 32];
        self.rng.fill_bytes(&mut bytes);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    fn client(&self, client_id: &str) -> Option<&OAuthClient> {
        self.clients
            .iter()
            .find(|client| client.client_id == client_id)
    }

    /// The app's name for the envelope's `ProviderName`.
    pub fn provider_name(&self, client_id: &str) -> String {
        self.client(client_id)
            .map_or_else(String::new, |client| client.name.clone())
    }

    /// Checks a request's `Authorization` header.
    pub fn bearer(
        &self,
        authorization: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<&Bearer, Refusal> {
        let unknown = || Refusal::unauthorised("AuthenticationUnsuccessful");
        let (scheme, token) = authorization
            .and_then(|value| value.split_once(' '))
            .ok_or_else(unknown)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(unknown());
        }
        let bearer = self.bearers.get(token.trim()).ok_or_else(unknown)?;
        if bearer.expires <= now {
            return Err(Refusal::token_expired(bearer.expires));
        }
        Ok(bearer)
    }

    /// The organisation a call is about: the one its header names, which the app must be connected
    /// to. A custom connection has one organisation, and need not name it.
    pub fn tenant(&self, bearer: &Bearer, header: Option<&str>) -> Result<Uuid, Refusal> {
        let custom = self
            .client(&bearer.client_id)
            .is_some_and(|client| client.custom_connection);
        let mut connected = self
            .connections
            .iter()
            .filter(|connection| connection.client_id == bearer.client_id)
            .map(|connection| connection.tenant);
        // The SDKs always send the header; their samples leave it empty for a custom connection.
        let found = match header.map(str::trim).filter(|id| !id.is_empty()) {
            None if custom => connected.next(),
            None => None,
            Some(id) => connected.find(|tenant| id.parse() == Ok(*tenant)),
        };
        found.ok_or_else(Refusal::tenant)
    }

    /// The organisations that a consent names, of those there are: the first where it names none,
    /// and no more than the app may be given at once.
    fn chosen(&self, client_id: &str, named: &[Uuid]) -> Vec<Uuid> {
        let several = self
            .client(client_id)
            .is_some_and(|client| client.several_organisations);
        let mut chosen: Vec<Uuid> = self
            .organisations
            .iter()
            .map(|(tenant, _)| *tenant)
            .filter(|tenant| named.contains(tenant))
            .collect();
        if chosen.is_empty() {
            chosen.extend(self.organisations.first().map(|(tenant, _)| *tenant));
        }
        if !several {
            chosen.truncate(1);
        }
        chosen
    }

    /// Records a consent: scopes add up, the connections are made or renewed.
    fn consent(
        &mut self,
        client_id: &str,
        scopes: &BTreeSet<String>,
        tenants: &[Uuid],
        now: DateTime<Utc>,
    ) -> Uuid {
        let event = self.uuid();
        self.consented
            .entry(client_id.to_owned())
            .or_default()
            .extend(scopes.iter().cloned());
        let accounting = scopes.iter().any(|scope| scope.starts_with("accounting."));
        if !accounting {
            return event;
        }
        for tenant in tenants {
            let id = self.uuid();
            match self.connections.iter_mut().find(|connection| {
                connection.client_id == client_id && connection.tenant == *tenant
            }) {
                Some(connection) => {
                    connection.event = event;
                    connection.updated = now;
                }
                None => self.connections.push(Connection {
                    id,
                    client_id: client_id.to_owned(),
                    tenant: *tenant,
                    event,
                    created: now,
                    updated: now,
                }),
            }
        }
        event
    }

    /// Makes every access token out of date.
    pub fn expire_tokens(&mut self, now: DateTime<Utc>) {
        for bearer in self.bearers.values_mut() {
            bearer.expires = bearer.expires.min(now);
        }
    }

    /// Drops a user's consent from inside Xero ("Connected apps" → "Disconnect"): connections end,
    /// refresh tokens stay usable, API calls answer 403.
    pub fn disconnect_all(&mut self) {
        self.connections.clear();
    }
}
