//! Set-up: connect both sides, choose the books, check, map. Each step is kept, so that it can be
//! left and resumed.

use std::sync::{Arc, Mutex};

use chrono::Duration;
use ledger::{Currency, Side};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use store::{Connection, ConnectionId, NewPairing, Store};
use tokio_util::sync::CancellationToken;
use url::Url;
use xero::auth::{Grant, sign_in};

use crate::app::{App, locked};
use crate::error::AppError;
use crate::reach::{ErpnextDetails, XeroDetails};
use crate::secrets::{API_SECRET, CLIENT_SECRET, TOKENS};
use crate::views::{
    BooksChoice, ErpnextSetup, ErpnextSignIn, SetupPrefill, SetupStep, SetupView, XeroSetup,
    XeroSignIn,
};

/// The setting that holds [`Setup`].
const SETUP: &str = "setup";

/// A Xero refresh token lives this long unused (Xero developer docs, "Token types").
const SIGN_IN_LIVES: Duration = Duration::days(60);

/// Set-up as it is kept.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Setup {
    pub xero: Option<ConnectionId>,
    pub organisations: Vec<Organisation>,
    pub organisation: Option<String>,
    pub erpnext: Option<ConnectionId>,
    pub companies: Vec<Company>,
    pub company: Option<String>,
    pub checked: bool,
    pub mapped: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Organisation {
    pub tenant: String,
    pub name: String,
    /// The connection's id at Xero, by which it is removed.
    pub connection: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Company {
    pub name: String,
    pub currency: Option<Currency>,
    pub country: Option<String>,
}

/// A sign-in that waits for the browser.
pub(crate) struct SignInUnderWay {
    cancel: CancellationToken,
    page: Arc<Mutex<Option<Url>>>,
}

impl App {
    /// Set-up as it stands.
    ///
    /// # Errors
    /// [`AppError::Store`].
    pub async fn setup(&self) -> Result<SetupView, AppError> {
        let setup = self.kept_setup().await?;
        let pairing = self.pairing_if_any().await?;
        let connections = self.connections_by_id().await?;
        let erpnext = setup
            .erpnext
            .as_ref()
            .and_then(|id| connections.get(id))
            .map(ErpnextDetails::of);
        let xero = setup
            .xero
            .as_ref()
            .filter(|id| connections.contains_key(*id));
        let finished = pairing
            .as_ref()
            .is_some_and(|pairing| pairing.first_preview_accepted_at.is_some());
        let mut done = Vec::new();
        if xero.is_some() && setup.organisation.is_some() {
            done.push(SetupStep::Xero);
        }
        if erpnext.is_some() && setup.company.is_some() {
            done.push(SetupStep::Erpnext);
        }
        let connected = done.len() == 2;
        for (step, is_done) in [
            (SetupStep::Check, connected && setup.checked),
            (SetupStep::Map, connected && setup.mapped),
            (SetupStep::Preview, finished),
        ] {
            if is_done {
                done.push(step);
            }
        }
        let order = [
            SetupStep::Xero,
            SetupStep::Erpnext,
            SetupStep::Check,
            SetupStep::Map,
            SetupStep::Preview,
        ];
        let step = order
            .into_iter()
            .find(|step| !done.contains(step))
            .unwrap_or(SetupStep::Preview);
        Ok(SetupView {
            finished,
            step,
            done,
            xero: xero.map(|_| XeroSetup {
                organisations: setup
                    .organisations
                    .iter()
                    .map(|organisation| BooksChoice {
                        id: organisation.tenant.clone(),
                        name: organisation.name.clone(),
                        detail: String::new(),
                    })
                    .collect(),
                chosen: setup.organisation.clone(),
            }),
            erpnext: erpnext.map(|details| ErpnextSetup {
                url: details.url,
                user: Some(details.user).filter(|user| !user.is_empty()),
                companies: setup.companies.iter().map(company_choice).collect(),
                chosen: setup.company.clone(),
            }),
            redirect_uris: redirect_uris(),
            prefill: self.prefill(&connections.into_values().collect::<Vec<_>>()),
            demo: self.is_demo(),
        })
    }

    fn prefill(&self, connections: &[Connection]) -> SetupPrefill {
        if let Some(door) = &self.0.demo {
            return SetupPrefill {
                client_id: Some(door.client_id.clone()),
                url: Some(door.erpnext_url.clone()),
                key: Some(door.key.clone()),
                secret: Some(door.secret.clone()),
            };
        }
        let of = |side: Side| {
            connections
                .iter()
                .rev()
                .find(|connection| connection.side == side)
        };
        let erpnext = of(Side::Erpnext).map(ErpnextDetails::of);
        SetupPrefill {
            client_id: of(Side::Xero).map(|connection| XeroDetails::of(connection).client_id),
            url: erpnext.as_ref().map(|details| details.url.clone()),
            key: erpnext.map(|details| details.key),
            secret: None,
        }
    }

    /// Signs in to Xero and waits until the person has come back from the browser. A custom
    /// connection signs in without one. An earlier sign-in to Xero is replaced; its pairings go on
    /// with the new one.
    ///
    /// # Errors
    /// [`AppError::Xero`] for everything that can go wrong on the way; nothing is kept then.
    pub async fn sign_in_xero(&self, form: XeroSignIn) -> Result<SetupView, AppError> {
        let client_id = form.client_id.trim().to_owned();
        if client_id.is_empty() {
            return Err(AppError::usage(
                "The client id is missing.",
                "Copy it from your app's page in Xero's developer portal.",
            ));
        }
        let client_secret = form
            .client_secret
            .as_deref()
            .map(str::trim)
            .filter(|secret| !secret.is_empty())
            .map(|secret| SecretString::from(secret.to_owned()));
        if form.custom_connection && client_secret.is_none() {
            return Err(AppError::usage(
                "A custom connection needs the app's client secret.",
                "Copy it from your app's page in Xero's developer portal.",
            ));
        }
        let app = xero::auth::App {
            client_id: client_id.clone(),
            client_secret: client_secret.clone(),
            grant: if form.custom_connection {
                Grant::ClientCredentials
            } else {
                Grant::Code
            },
        };
        let tokens = if form.custom_connection {
            xero::auth::session::client_credentials(
                &app,
                &self.0.endpoints,
                self.0.transport.clone(),
                self.0.clock.as_ref(),
                &[],
            )
            .await?
        } else {
            self.through_the_browser(&app).await?
        };
        // Signed in: which organisations does it reach?
        let consent = tokens.consent();
        let found = xero::auth::connections::list(
            &self.0.endpoints,
            self.0.transport.as_ref(),
            &tokens.access,
            None,
        )
        .await?;
        if found.is_empty() {
            return Err(AppError::usage(
                "This sign-in reaches no organisation.",
                "Sign in again and choose an organisation on Xero's page before you press Allow access.",
            ));
        }
        let now = self.0.clock.now();
        let id = ConnectionId(uuid::Uuid::new_v4().to_string());
        let secrets = self.secrets().await?;
        secrets.set(&id, TOKENS, tokens.to_secret()).await?;
        if let Some(secret) = client_secret {
            secrets.set(&id, CLIENT_SECRET, secret).await?;
        }
        let newest = found
            .iter()
            .find(|connection| consent.is_some() && connection.auth_event_id == consent)
            .map(|connection| connection.tenant_id.clone());
        let organisations: Vec<Organisation> = found
            .into_iter()
            .map(|connection| Organisation {
                name: connection
                    .tenant_name
                    .unwrap_or_else(|| connection.tenant_id.clone()),
                tenant: connection.tenant_id,
                connection: connection.id,
            })
            .collect();
        let connection = Connection {
            number: 0,
            id: id.clone(),
            side: Side::Xero,
            name: organisations
                .iter()
                .map(|organisation| organisation.name.clone())
                .collect::<Vec<_>>()
                .join(", "),
            details: XeroDetails {
                client_id,
                has_secret: app.client_secret.is_some(),
                custom_connection: form.custom_connection,
            }
            .to_json(),
            created_at: now,
            authorised_at: Some(now),
            expires_at: (!form.custom_connection).then(|| now + SIGN_IN_LIVES),
        };
        self.replace_connection(connection).await?;
        let mut setup = self.kept_setup().await?;
        let still_there = |tenant: &String| {
            organisations
                .iter()
                .any(|organisation| organisation.tenant == *tenant)
        };
        setup.organisation = setup
            .organisation
            .filter(still_there)
            .or_else(|| newest.filter(|_| organisations.len() == 1))
            .or_else(|| match organisations.as_slice() {
                [only] => Some(only.tenant.clone()),
                _ => None,
            });
        setup.xero = Some(id);
        setup.organisations = organisations;
        self.keep_setup(&setup).await?;
        self.pair_if_chosen(&setup).await?;
        self.setup().await
    }

    async fn through_the_browser(
        &self,
        app: &xero::auth::App,
    ) -> Result<xero::auth::Tokens, AppError> {
        let cancel = CancellationToken::new();
        let page = Arc::new(Mutex::new(None));
        {
            let mut under_way = locked(&self.0.sign_in);
            if under_way.is_some() {
                return Err(AppError::SignInUnderWay);
            }
            *under_way = Some(SignInUnderWay {
                cancel: cancel.clone(),
                page: page.clone(),
            });
        }
        // Dropped on every way out, a dropped future included.
        let _over = Over(self.clone());
        let browser = self.0.browser.clone();
        let tokens = sign_in::in_browser(
            app,
            &self.0.endpoints,
            xero::auth::GRANULAR_SCOPES,
            self.0.transport.clone(),
            self.0.clock.clone(),
            &cancel,
            move |address| {
                *locked(&page) = Some(address.clone());
                // Where no browser starts, the page stays to be opened from the window or copied.
                if let Err(why) = browser.open(address) {
                    tracing::warn!("the browser could not be opened: {why}");
                }
            },
        )
        .await?;
        Ok(tokens)
    }

    /// Opens the sign-in page that is being waited for once more.
    ///
    /// # Errors
    /// [`AppError::NotFound`] where no sign-in waits, [`AppError::NoBrowser`].
    pub async fn open_sign_in_page(&self) -> Result<(), AppError> {
        let page = self
            .sign_in_page()
            .ok_or_else(|| AppError::NotFound("sign-in that waits for the browser".into()))?;
        let browser = self.0.browser.clone();
        let opened = tokio::task::spawn_blocking({
            let page = page.clone();
            move || browser.open(&page)
        })
        .await
        .map_err(|why| AppError::Bug(why.to_string()))?;
        opened.map_err(|why| AppError::NoBrowser {
            page: page.to_string(),
            why: why.to_string(),
        })
    }

    /// The address of the sign-in page that is being waited for, to be shown or copied.
    pub fn sign_in_page(&self) -> Option<Url> {
        locked(&self.0.sign_in)
            .as_ref()
            .and_then(|under_way| locked(&under_way.page).clone())
    }

    /// Stops waiting for the browser.
    ///
    /// # Errors
    /// None; that no sign-in waits is no error.
    #[expect(clippy::unused_async, reason = "use cases are async alike")]
    pub async fn cancel_sign_in(&self) -> Result<(), AppError> {
        if let Some(under_way) = locked(&self.0.sign_in).as_ref() {
            under_way.cancel.cancel();
        }
        Ok(())
    }

    /// Chooses the Xero organisation, by tenant id or name.
    ///
    /// # Errors
    /// [`AppError::NotFound`].
    pub async fn choose_organisation(&self, id: String) -> Result<SetupView, AppError> {
        let mut setup = self.kept_setup().await?;
        let chosen = setup
            .organisations
            .iter()
            .find(|organisation| organisation.tenant == id || organisation.name == id)
            .ok_or_else(|| AppError::NotFound(format!("organisation \"{id}\" in this sign-in")))?;
        let tenant = Some(chosen.tenant.clone());
        if setup.organisation != tenant {
            setup.organisation = tenant;
            setup.checked = false;
            setup.mapped = false;
        }
        self.keep_setup(&setup).await?;
        self.pair_if_chosen(&setup).await?;
        self.setup().await
    }

    /// Connects an ERPNext site with an API key. An earlier connection is replaced; its pairings go
    /// on with the new one.
    ///
    /// # Errors
    /// [`AppError::Address`], [`AppError::Connect`]; nothing is kept then.
    pub async fn connect_erpnext(&self, form: ErpnextSignIn) -> Result<SetupView, AppError> {
        if form.key.trim().is_empty() || form.secret.trim().is_empty() {
            return Err(AppError::usage(
                "The API key or its secret is missing.",
                "Make a pair on your user's page in ERPNext: Settings, API Access, Generate Keys.",
            ));
        }
        let url = erpnext::SiteUrl::parse(&form.url)?;
        let key = erpnext::ApiKey::new(&form.key, &form.secret);
        let (_, site) =
            erpnext::connect::connect(self.0.transport.clone(), self.0.clock.clone(), url, key)
                .await?;
        let now = self.0.clock.now();
        let id = ConnectionId(uuid::Uuid::new_v4().to_string());
        let secret = SecretString::from(form.secret.trim().to_owned());
        self.secrets().await?.set(&id, API_SECRET, secret).await?;
        let connection = Connection {
            number: 0,
            id: id.clone(),
            side: Side::Erpnext,
            name: site.url.host(),
            details: ErpnextDetails {
                url: site.url.as_str().to_owned(),
                key: form.key.trim().to_owned(),
                user: site.user,
                version: site.version,
            }
            .to_json(),
            created_at: now,
            authorised_at: Some(now),
            expires_at: None,
        };
        self.replace_connection(connection).await?;
        let mut setup = self.kept_setup().await?;
        setup.companies = site
            .companies
            .into_iter()
            .map(|company| Company {
                name: company.name,
                currency: company.currency,
                country: company.country,
            })
            .collect();
        setup.company = setup
            .company
            .filter(|chosen| {
                setup
                    .companies
                    .iter()
                    .any(|company| company.name == *chosen)
            })
            .or_else(|| match setup.companies.as_slice() {
                [only] => Some(only.name.clone()),
                _ => None,
            });
        setup.erpnext = Some(id);
        self.keep_setup(&setup).await?;
        self.pair_if_chosen(&setup).await?;
        self.setup().await
    }

    /// Chooses the ERPNext company, by name.
    ///
    /// # Errors
    /// [`AppError::NotFound`].
    pub async fn choose_company(&self, id: String) -> Result<SetupView, AppError> {
        let mut setup = self.kept_setup().await?;
        if !setup.companies.iter().any(|company| company.name == id) {
            return Err(AppError::NotFound(format!("company \"{id}\" on this site")));
        }
        if setup.company.as_ref() != Some(&id) {
            setup.company = Some(id);
            setup.checked = false;
            setup.mapped = false;
        }
        self.keep_setup(&setup).await?;
        self.pair_if_chosen(&setup).await?;
        self.setup().await
    }

    /// Ends the mapping step of set-up.
    ///
    /// # Errors
    /// [`AppError::Store`].
    pub async fn confirm_mappings(&self) -> Result<SetupView, AppError> {
        let mut setup = self.kept_setup().await?;
        setup.mapped = true;
        self.keep_setup(&setup).await?;
        self.setup().await
    }

    pub(crate) async fn kept_setup(&self) -> Result<Setup, AppError> {
        Ok(self
            .db(|store| store.setting::<Setup>(SETUP))
            .await?
            .unwrap_or_default())
    }

    pub(crate) async fn keep_setup(&self, setup: &Setup) -> Result<(), AppError> {
        let setup = setup.clone();
        self.db(move |store| store.set_setting(SETUP, &setup)).await
    }

    /// Saves a new connection; an earlier one to the same place hands its pairings over and is
    /// forgotten, secrets included. Secrets are kept before this is called, so that a connection is
    /// never without them.
    async fn replace_connection(&self, connection: Connection) -> Result<(), AppError> {
        let earlier: Vec<ConnectionId> = self
            .db(Store::connections)
            .await?
            .into_iter()
            .filter(|known| same_place(known, &connection))
            .map(|known| known.id)
            .collect();
        let (fresh, replaced) = (connection, earlier.clone());
        self.db(move |store| {
            store.save_connection(&fresh)?;
            for old in &replaced {
                store.move_pairings(old, &fresh.id)?;
                store.delete_connection(old)?;
            }
            Ok(())
        })
        .await?;
        let secrets = self.secrets().await?;
        for old in &earlier {
            secrets.forget(old).await?;
            self.0.reach.forget(old);
        }
        Ok(())
    }

    /// Makes the pairing once both books are chosen.
    async fn pair_if_chosen(&self, setup: &Setup) -> Result<(), AppError> {
        let (Some(xero), Some(tenant), Some(erpnext), Some(company)) = (
            setup.xero.clone(),
            setup.organisation.clone(),
            setup.erpnext.clone(),
            setup.company.clone(),
        ) else {
            return Ok(());
        };
        let pairings = self.db(Store::pairings).await?;
        if let Some(same) = pairings
            .iter()
            .find(|pairing| pairing.xero_tenant == tenant && pairing.erpnext_company == company)
        {
            return self.select_pairing(&same.name).await;
        }
        // A person who goes back and chooses other books before the first sync means to replace.
        for pairing in &pairings {
            if pairing.first_preview_accepted_at.is_none() {
                let (id, now) = (pairing.id, self.0.clock.now());
                self.db(move |store| store.end_pairing(id, now)).await?;
            }
        }
        let xero_name = setup
            .organisations
            .iter()
            .find(|organisation| organisation.tenant == tenant)
            .map_or_else(|| tenant.clone(), |organisation| organisation.name.clone());
        let currency = setup
            .companies
            .iter()
            .find(|known| known.name == company)
            .and_then(|known| known.currency);
        let Some(base_currency) = currency else {
            return Err(AppError::usage(
                format!("The company {company} has no default currency in ERPNext."),
                "Set the company's default currency in ERPNext, then connect again.",
            ));
        };
        let taken = |name: &str| pairings.iter().any(|pairing| pairing.name == name);
        let name = if taken(&xero_name) {
            format!("{xero_name} and {company}")
        } else {
            xero_name.clone()
        };
        let new = NewPairing {
            name: name.clone(),
            xero_connection: xero,
            xero_tenant: tenant,
            xero_name,
            erpnext_connection: erpnext,
            erpnext_company: company,
            base_currency,
            settings: serde_json::Value::Object(serde_json::Map::new()),
        };
        let now = self.0.clock.now();
        self.db(move |store| store.add_pairing(&new, now)).await?;
        self.select_pairing(&name).await
    }
}

/// Ends the state "a sign-in is under way" when it is dropped.
struct Over(App);

impl Drop for Over {
    fn drop(&mut self) {
        *locked(&self.0.0.sign_in) = None;
    }
}

fn same_place(known: &Connection, fresh: &Connection) -> bool {
    known.side == fresh.side
        && known.id != fresh.id
        && match fresh.side {
            Side::Xero => XeroDetails::of(known).client_id == XeroDetails::of(fresh).client_id,
            Side::Erpnext => ErpnextDetails::of(known).url == ErpnextDetails::of(fresh).url,
        }
}

fn company_choice(company: &Company) -> BooksChoice {
    let detail = [
        company.currency.map(|currency| currency.code().to_owned()),
        company.country.clone(),
    ]
    .into_iter()
    .flatten()
    .collect::<Vec<_>>()
    .join(", ");
    BooksChoice {
        id: company.name.clone(),
        name: company.name.clone(),
        detail,
    }
}

/// The addresses to register with the Xero app.
fn redirect_uris() -> Vec<String> {
    xero::auth::redirect::PORTS
        .iter()
        .map(|port| format!("http://localhost:{port}{}", xero::auth::redirect::PATH))
        .collect()
}
