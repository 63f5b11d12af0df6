//! Staying signed in.

use std::sync::Arc;

use chrono::Duration;
use net::{Clock, Transport};
use oauth2::{RefreshToken, Scope};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;

use super::tokens::Expiry;
use super::{
    App, AuthError, Endpoints, Grant, TokenStore, Tokens, carry, scopes, token_client, token_error,
};

/// Hands out access tokens and renews them, one renewal at a time.
///
/// Xero exchanges a refresh token once; the one before stays good for 30 minutes, in case the
/// answer was lost. So the new pair is kept durably before it is used, and where Xero refuses ours
/// the store is asked once whether another process has a newer one.
pub struct Session {
    app: App,
    endpoints: Endpoints,
    transport: Arc<dyn Transport>,
    store: Arc<dyn TokenStore>,
    clock: Arc<dyn Clock>,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    tokens: Option<Tokens>,
    /// Received from Xero but not yet kept: must be saved before anything else, for the tokens they
    /// replaced are spent.
    unsaved: bool,
}

/// An access token this close to its end is renewed first.
const MARGIN: Duration = Duration::seconds(60);

impl Session {
    /// A session on tokens kept in a store.
    pub fn new(
        app: App,
        endpoints: Endpoints,
        transport: Arc<dyn Transport>,
        store: Arc<dyn TokenStore>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            app,
            endpoints,
            transport,
            store,
            clock,
            held: Mutex::new(Held::default()),
        }
    }

    /// The addresses this session is for.
    pub fn endpoints(&self) -> &Endpoints {
        &self.endpoints
    }

    /// The transport this session uses.
    pub fn transport(&self) -> &Arc<dyn Transport> {
        &self.transport
    }

    /// Whether the organisation must be named in each call; a custom connection has only one.
    pub fn names_organisation(&self) -> bool {
        self.app.grant == Grant::Code
    }

    /// An access token that is good for at least a minute.
    ///
    /// # Errors
    /// [`AuthError::SignInNeeded`] where only a person can help; others where renewing failed.
    pub async fn access(&self) -> Result<SecretString, AuthError> {
        self.token_unlike(None).await
    }

    /// Another access token than one that Xero called expired.
    ///
    /// # Errors
    /// As [`Session::access`].
    pub async fn access_after(&self, expired: &SecretString) -> Result<SecretString, AuthError> {
        self.token_unlike(Some(expired)).await
    }

    /// When this sign-in ends unless it is used before, as it is kept; makes no call. `None` where
    /// there is none or it does not end so.
    ///
    /// # Errors
    /// [`AuthError::Store`].
    pub async fn expiry(&self) -> Result<Option<Expiry>, AuthError> {
        let kept = self.store.load().await?;
        Ok(kept.and_then(|tokens| tokens.expiry(self.clock.now())))
    }

    /// What this sign-in lacks of the permissions asked for, in plain English; makes no call.
    ///
    /// # Errors
    /// [`AuthError::Store`].
    pub async fn missing(&self, wanted: &[&str]) -> Result<Vec<&'static str>, AuthError> {
        let kept = self.store.load().await?;
        Ok(kept.map_or_else(Vec::new, |tokens| scopes::missing(&tokens.scopes, wanted)))
    }

    async fn token_unlike(
        &self,
        expired: Option<&SecretString>,
    ) -> Result<SecretString, AuthError> {
        let mut held = self.held.lock().await;
        self.save_what_is_unsaved(&mut held).await?;
        if let Some(tokens) = &held.tokens
            && self.is_good(tokens, expired)
        {
            return Ok(tokens.access.clone());
        }
        // Another process may have renewed in the meantime.
        let kept = self.store.load().await?;
        if let Some(tokens) = kept
            && self.is_good(held.tokens.insert(tokens), expired)
            && let Some(tokens) = &held.tokens
        {
            return Ok(tokens.access.clone());
        }
        let fresh = match self.app.grant {
            Grant::ClientCredentials => self.by_credentials().await?,
            Grant::Code => self.by_refresh(&mut held).await?,
        };
        held.tokens = Some(fresh);
        held.unsaved = true;
        self.save_what_is_unsaved(&mut held).await?;
        held.tokens
            .as_ref()
            .map(|tokens| tokens.access.clone())
            .ok_or_else(never_signed_in)
    }

    fn is_good(&self, tokens: &Tokens, expired: Option<&SecretString>) -> bool {
        tokens.expires_at - MARGIN > self.clock.now()
            && expired
                .is_none_or(|expired| expired.expose_secret() != tokens.access.expose_secret())
    }

    async fn save_what_is_unsaved(&self, held: &mut Held) -> Result<(), AuthError> {
        if held.unsaved
            && let Some(tokens) = &held.tokens
        {
            self.store.save(tokens).await?;
            held.unsaved = false;
        }
        Ok(())
    }

    async fn by_refresh(&self, held: &mut Held) -> Result<Tokens, AuthError> {
        let Some(tokens) = held.tokens.clone() else {
            return Err(never_signed_in());
        };
        match self.exchange(&tokens).await {
            Err(refused @ AuthError::SignInNeeded(_)) => {
                // Somebody else may have exchanged it and kept the new pair since we looked.
                let Some(kept) = self.store.load().await? else {
                    return Err(refused);
                };
                let same = match (&kept.refresh, &tokens.refresh) {
                    (Some(kept), Some(ours)) => kept.expose_secret() == ours.expose_secret(),
                    _ => true,
                };
                if same {
                    return Err(refused);
                }
                if self.is_good(&kept, None) {
                    return Ok(kept);
                }
                self.exchange(&kept).await
            }
            other => other,
        }
    }

    async fn exchange(&self, tokens: &Tokens) -> Result<Tokens, AuthError> {
        let Some(refresh) = &tokens.refresh else {
            return Err(AuthError::SignInNeeded(
                "the sign-in has ended and was made without offline access".to_owned(),
            ));
        };
        let client = token_client(&self.app, &self.endpoints)?;
        let token = RefreshToken::new(refresh.expose_secret().to_owned());
        let transport = self.transport.clone();
        let send = move |request| carry(transport.clone(), request);
        let now = self.clock.now();
        let mut answer = client
            .exchange_refresh_token(&token)
            .request_async(&send)
            .await;
        if let Err(oauth2::RequestTokenError::Request(_)) = &answer {
            // Repeating is safe: the old refresh token stays good for 30 minutes.
            answer = client
                .exchange_refresh_token(&token)
                .request_async(&send)
                .await;
        }
        let mut fresh = Tokens::received(&answer.map_err(token_error)?, now);
        // Not documented to happen, but a missing one would otherwise lose the sign-in.
        fresh.refresh = fresh.refresh.or_else(|| tokens.refresh.clone());
        if fresh.scopes.is_empty() {
            fresh.scopes.clone_from(&tokens.scopes);
        }
        Ok(fresh)
    }

    async fn by_credentials(&self) -> Result<Tokens, AuthError> {
        client_credentials(
            &self.app,
            &self.endpoints,
            self.transport.clone(),
            self.clock.as_ref(),
            &[],
        )
        .await
    }

    /// Revokes the sign-in at Xero. This also drops every connection of the person who signed in to
    /// this app.
    ///
    /// # Errors
    /// Where Xero could not be reached or refused.
    pub async fn revoke(&self) -> Result<(), AuthError> {
        let mut held = self.held.lock().await;
        let tokens = match held.tokens.take() {
            Some(tokens) => Some(tokens),
            None => self.store.load().await?,
        };
        let Some(refresh) = tokens.and_then(|tokens| tokens.refresh) else {
            return Ok(());
        };
        super::connections::revoke(&self.app, &self.endpoints, &*self.transport, &refresh).await
    }
}

fn never_signed_in() -> AuthError {
    AuthError::SignInNeeded("nobody has signed in to Xero yet".to_owned())
}

/// Signs in by a custom connection.
///
/// # Errors
/// [`AuthError::WrongApp`] for a wrong id or secret; others where the request failed.
pub async fn client_credentials(
    app: &App,
    endpoints: &Endpoints,
    transport: Arc<dyn Transport>,
    clock: &dyn Clock,
    scopes: &[&str],
) -> Result<Tokens, AuthError> {
    let client = token_client(app, endpoints)?;
    let send = move |request| carry(transport.clone(), request);
    let now = clock.now();
    let answer = client
        .exchange_client_credentials()
        .add_scopes(scopes.iter().map(|scope| Scope::new((*scope).to_owned())))
        .request_async(&send)
        .await
        .map_err(token_error)?;
    Ok(Tokens::received(&answer, now))
}

#[cfg(test)]
mod tests;
