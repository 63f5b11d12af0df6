//! Set-up: connecting an ERPNext site, with an API key or through the browser.

use std::sync::Arc;

use erpnext::auth::{Endpoints, SCOPES};
use erpnext::connect::{ConnectError, Site};
use erpnext::{ApiKey, SiteUrl, permissions};
use ledger::Side;
use store::{Connection, ConnectionId, Store};
use tokio::sync::Mutex;

use super::Company;
use super::books::Reaches;
use crate::app::App;
use crate::error::AppError;
use crate::reach::ErpnextDetails;
use crate::secrets::{API_SECRET, TOKENS};
use crate::views::{ErpnextBrowserSignIn, ErpnextSignIn, SetupView};

/// What a site is connected with.
enum Entry {
    Key(ApiKey),
    SignedIn {
        client_id: String,
        tokens: Box<oauth::Tokens>,
    },
}

impl App {
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
        let url = SiteUrl::parse(&form.url)?;
        let key = ApiKey::new(&form.key, &form.secret);
        let (_, site) = erpnext::connect::connect(
            self.0.transport.clone(),
            self.0.clock.clone(),
            url,
            key.clone(),
        )
        .await?;
        self.keep_site(site, Entry::Key(key)).await
    }

    /// Connects an ERPNext site by a sign-in through the browser, and waits until the person has
    /// come back. An earlier connection is replaced; its pairings go on with the new one.
    ///
    /// # Errors
    /// [`AppError::Address`], [`AppError::ErpnextSignIn`], [`AppError::Connect`]; nothing is kept
    /// then.
    pub async fn sign_in_erpnext(&self, form: ErpnextBrowserSignIn) -> Result<SetupView, AppError> {
        let url = SiteUrl::parse(&form.url)?;
        let client_id = self.oauth_client(&url, &form).await?;
        let app = erpnext::auth::app(&client_id);
        let endpoints = Endpoints::of(&url).map_err(AppError::ErpnextSignIn)?;
        // The person's browser would show a wrong client id as a line of JSON, and we would wait.
        erpnext::auth::check_client(
            &app,
            &endpoints,
            self.0.transport.clone(),
            self.0.clock.as_ref(),
        )
        .await
        .map_err(AppError::ErpnextSignIn)?;
        let tokens = self
            .through_the_browser(&app, &endpoints, SCOPES)
            .await?
            .map_err(AppError::ErpnextSignIn)?;
        let kept = Arc::new(Passing(Mutex::new(tokens)));
        let session = Arc::new(erpnext::auth::Session::new(
            app,
            endpoints,
            self.0.transport.clone(),
            kept.clone(),
            self.0.clock.clone(),
        ));
        let (_, site) =
            erpnext::connect::connect(self.0.transport.clone(), self.0.clock.clone(), url, session)
                .await?;
        let tokens = Box::new(kept.0.lock().await.clone());
        self.keep_site(site, Entry::SignedIn { client_id, tokens })
            .await
    }

    /// The OAuth Client to sign in with: the given one, the one used last on this site, or one that
    /// is made with an API key.
    async fn oauth_client(
        &self,
        url: &SiteUrl,
        form: &ErpnextBrowserSignIn,
    ) -> Result<String, AppError> {
        if let Some(given) = filled(form.client_id.as_deref()) {
            return Ok(given.to_owned());
        }
        let known = self.known_site(url).await?;
        let key = match (filled(form.key.as_deref()), filled(form.secret.as_deref())) {
            (Some(key), Some(secret)) => Some(ApiKey::new(key, secret)),
            _ => match known {
                Some((_, details)) if !details.client_id.is_empty() => {
                    return Ok(details.client_id);
                }
                Some((id, details)) => {
                    let secret = self.secrets().await?.get(&id, API_SECRET).await?;
                    secret.map(|secret| ApiKey {
                        key: details.key,
                        secret,
                    })
                }
                None => None,
            },
        };
        let Some(key) = key else {
            return Err(AppError::usage("The client id is missing.", by_hand()));
        };
        let client = erpnext::Client::new(
            self.0.transport.clone(),
            self.0.clock.clone(),
            url.clone(),
            key,
        );
        let journal = self.setup_journal(None).await?;
        let made = erpnext::auth::client_document(&client, &journal).await;
        match self.close_setup_journal(journal, made).await {
            Ok(client_id) => Ok(client_id),
            Err(AppError::Erpnext(erpnext::Error::NotAllowed(_))) => Err(AppError::usage(
                "The user of this API key may not make an OAuth Client; that takes the role System Manager.",
                by_hand(),
            )),
            Err(AppError::Erpnext(erpnext::Error::SignIn)) => Err(ConnectError::WrongKey.into()),
            Err(error) => Err(error),
        }
    }

    /// The connection to a site, where there is one.
    async fn known_site(
        &self,
        url: &SiteUrl,
    ) -> Result<Option<(ConnectionId, ErpnextDetails)>, AppError> {
        Ok(self
            .db(Store::connections)
            .await?
            .into_iter()
            .filter(|connection| connection.side == Side::Erpnext)
            .map(|connection| {
                let details = ErpnextDetails::of(&connection);
                (connection.id, details)
            })
            .find(|(_, details)| details.url == url.as_str()))
    }

    /// Keeps a site that was connected, its secrets first.
    async fn keep_site(&self, site: Site, entry: Entry) -> Result<SetupView, AppError> {
        let now = self.0.clock.now();
        let id = ConnectionId(uuid::Uuid::new_v4().to_string());
        let secrets = self.secrets().await?;
        let (key, client_id) = match entry {
            Entry::Key(key) => {
                secrets.set(&id, API_SECRET, key.secret).await?;
                (key.key, String::new())
            }
            Entry::SignedIn { client_id, tokens } => {
                secrets.set(&id, TOKENS, tokens.to_secret()).await?;
                (String::new(), client_id)
            }
        };
        let connection = Connection {
            number: 0,
            id: id.clone(),
            side: Side::Erpnext,
            name: site.url.host(),
            details: ErpnextDetails {
                url: site.url.as_str().to_owned(),
                key,
                client_id,
                user: site.user,
                version: site.version.text,
            }
            .to_json(),
            created_at: now,
            authorised_at: Some(now),
            // Frappe's refresh tokens do not run out.
            expires_at: None,
        };
        let reaches = Reaches::Companies(
            site.companies
                .iter()
                .map(|company| (company.name.clone(), company.made.clone()))
                .collect(),
        );
        self.replace_connection(connection, &reaches).await?;
        let mut setup = self.kept_setup().await?;
        setup.missing = permissions::lines(&site.missing);
        setup.missing_roles = permissions::roles(&site.missing)
            .into_iter()
            .map(str::to_owned)
            .collect();
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
}

fn filled(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}

/// How a person makes the OAuth Client, as one sentence or more.
fn by_hand() -> String {
    let addresses = erpnext::auth::redirect_uris();
    format!(
        "In ERPNext, as a System Manager, open OAuth Client and add one: App Name {}; Scopes all \
         openid; Redirect URIs {} (separated by blanks); Default Redirect URI {}; Grant Type \
         Authorization Code; Response Type Code; in ERPNext 16 also Token Endpoint Auth Method None. \
         Save it and copy its App Client ID.",
        erpnext::auth::APP_NAME,
        addresses.join(" "),
        addresses.first().map(String::as_str).unwrap_or_default(),
    )
}

/// The tokens of a sign-in that is not a connection yet.
struct Passing(Mutex<oauth::Tokens>);

#[async_trait::async_trait]
impl oauth::TokenStore for Passing {
    async fn load(&self) -> Result<Option<oauth::Tokens>, oauth::StoreError> {
        Ok(Some(self.0.lock().await.clone()))
    }

    async fn save(&self, tokens: &oauth::Tokens) -> Result<(), oauth::StoreError> {
        *self.0.lock().await = tokens.clone();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::by_hand;

    #[test]
    fn the_fields_to_fill_in_are_all_there() {
        let text = by_hand();
        for part in [
            "http://localhost:49210/callback http://localhost:49211/callback http://localhost:49212/callback",
            "Default Redirect URI http://localhost:49210/callback",
            "all openid",
            "App Client ID",
        ] {
            assert!(text.contains(part), "{text}");
        }
    }
}
