//! Set-up: signing in to Xero, and through the browser in general.

use std::sync::{Arc, Mutex};

use chrono::Duration;
use ledger::Side;
use secrecy::SecretString;
use store::{Connection, ConnectionId};
use tokio_util::sync::CancellationToken;
use url::Url;
use xero::auth::Grant;

use super::Organisation;
use super::books::Reaches;
use crate::app::{App, locked};
use crate::error::AppError;
use crate::reach::XeroDetails;
use crate::secrets::{CLIENT_SECRET, TOKENS};
use crate::views::{SetupView, XeroSignIn};

/// A Xero refresh token lives this long unused (Xero developer docs, "Token types").
const SIGN_IN_LIVES: Duration = Duration::days(60);

/// A sign-in that waits for the browser.
pub(crate) struct SignInUnderWay {
    cancel: CancellationToken,
    page: Arc<Mutex<Option<Url>>>,
}

impl App {
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
            let scopes = if form.older_app {
                xero::auth::BROAD_SCOPES
            } else {
                xero::auth::GRANULAR_SCOPES
            };
            self.through_the_browser(&app, &self.0.endpoints, scopes)
                .await??
        };
        // Signed in: which organisations does it reach?
        let consent = xero::auth::tokens::consent(&tokens);
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
        let names: Vec<String> = organisations
            .iter()
            .map(|organisation| organisation.name.clone())
            .collect();
        let connection = Connection {
            number: 0,
            id: id.clone(),
            side: Side::Xero,
            name: names.join(", "),
            details: XeroDetails {
                client_id,
                has_secret: app.client_secret.is_some(),
                custom_connection: form.custom_connection,
                organisations: names,
            }
            .to_json(),
            created_at: now,
            authorised_at: Some(now),
            expires_at: (!form.custom_connection).then(|| now + SIGN_IN_LIVES),
        };
        let reaches = Reaches::Organisations(
            organisations
                .iter()
                .map(|organisation| organisation.tenant.clone())
                .collect(),
        );
        self.replace_connection(connection, &reaches).await?;
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

    /// Waits until the person has come back from the browser. One at a time: both systems send the
    /// browser back to the same ports.
    ///
    /// # Errors
    /// [`AppError::SignInUnderWay`]; inside, what the sign-in came to.
    pub(super) async fn through_the_browser<P: oauth::Provider>(
        &self,
        app: &oauth::App,
        provider: &P,
        scopes: &[&str],
    ) -> Result<Result<oauth::Tokens, oauth::AuthError>, AppError> {
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
        Ok(oauth::sign_in::in_browser(
            app,
            provider,
            scopes,
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
        .await)
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
}

/// Ends the state "a sign-in is under way" when it is dropped.
struct Over(App);

impl Drop for Over {
    fn drop(&mut self) {
        *locked(&self.0.0.sign_in) = None;
    }
}
