//! Staying signed in.

use std::sync::Arc;

use chrono::Duration;
use net::{Clock, Transport};
use oauth2::{RefreshToken, Scope};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;

use crate::{
    App, AuthError, Failed, Grant, Provider, TokenStore, Tokens, carry, revocation, token_client,
    token_error,
};

/// Hands out access tokens and renews them, one renewal at a time.
///
/// A refresh token is exchanged once; the one before stays good for a while (at Xero for 30
/// minutes, at Frappe without end), in case the answer was lost. So the new pair is kept durably
/// before it is used, and where ours is refused the store is asked once whether another process has
/// a newer one.
pub struct Session<P> {
    app: App,
    provider: P,
    transport: Arc<dyn Transport>,
    store: Arc<dyn TokenStore>,
    clock: Arc<dyn Clock>,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    tokens: Option<Tokens>,
    /// Received but not yet kept: must be saved before anything else, for the tokens they
    /// replaced are spent.
    unsaved: bool,
    /// The refresh token that the held ones replaced, until it is revoked.
    replaced: Option<SecretString>,
}

/// An access token this close to its end is renewed first.
const MARGIN: Duration = Duration::seconds(60);

impl<P: Provider> Session<P> {
    /// A session on tokens kept in a store.
    pub fn new(
        app: App,
        provider: P,
        transport: Arc<dyn Transport>,
        store: Arc<dyn TokenStore>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            app,
            provider,
            transport,
            store,
            clock,
            held: Mutex::new(Held::default()),
        }
    }

    /// The system this session is for.
    pub fn provider(&self) -> &P {
        &self.provider
    }

    /// The transport this session uses.
    pub fn transport(&self) -> &Arc<dyn Transport> {
        &self.transport
    }

    /// How this session signs in.
    pub fn grant(&self) -> Grant {
        self.app.grant
    }

    /// An access token that is good for at least a minute.
    ///
    /// # Errors
    /// [`AuthError::SignInNeeded`] where only a person can help; others where renewing failed.
    pub async fn access(&self) -> Result<SecretString, AuthError> {
        self.token_unlike(None).await
    }

    /// Another access token than one that was called expired.
    ///
    /// # Errors
    /// As [`Session::access`].
    pub async fn access_after(&self, expired: &SecretString) -> Result<SecretString, AuthError> {
        self.token_unlike(Some(expired)).await
    }

    /// The tokens as they are kept; makes no call. `None` where there are none.
    ///
    /// # Errors
    /// [`AuthError::Store`].
    pub async fn kept(&self) -> Result<Option<Tokens>, AuthError> {
        Ok(self.store.load().await?)
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
        self.retire(held.replaced.take()).await;
        held.tokens
            .as_ref()
            .map(|tokens| tokens.access.clone())
            .ok_or_else(|| self.never_signed_in())
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
            return Err(self.never_signed_in());
        };
        match self.exchange(held, &tokens).await {
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
                self.exchange(held, &kept).await
            }
            other => other,
        }
    }

    async fn exchange(&self, held: &mut Held, tokens: &Tokens) -> Result<Tokens, AuthError> {
        let Some(refresh) = &tokens.refresh else {
            return Err(AuthError::SignInNeeded(
                "the sign-in has ended and was made without offline access".to_owned(),
            ));
        };
        let client = token_client(&self.app, &self.provider)?;
        let token = RefreshToken::new(refresh.expose_secret().to_owned());
        let (transport, provider) = (self.transport.clone(), self.provider.clone());
        let send = move |request| carry(transport.clone(), provider.clone(), request);
        let now = self.clock.now();
        let mut answer = client
            .exchange_refresh_token(&token)
            .request_async(&send)
            .await;
        if let Err(oauth2::RequestTokenError::Request(Failed::Net(_) | Failed::Unavailable(_))) =
            &answer
        {
            // Repeating is safe: the old refresh token stays good for a while.
            answer = client
                .exchange_refresh_token(&token)
                .request_async(&send)
                .await;
        }
        let answer = answer.map_err(|error| token_error(&self.provider, error))?;
        let mut fresh = Tokens::received(&answer, now, self.provider.access_lives());
        held.replaced = fresh.refresh.as_ref().and_then(|fresh| {
            (fresh.expose_secret() != refresh.expose_secret()).then(|| refresh.clone())
        });
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
            &self.provider,
            self.transport.clone(),
            self.clock.as_ref(),
            &[],
        )
        .await
    }

    /// Revokes the sign-in at the provider.
    ///
    /// # Errors
    /// Where it could not be reached or refused.
    pub async fn revoke(&self) -> Result<(), AuthError> {
        let mut held = self.held.lock().await;
        let tokens = match held.tokens.take() {
            Some(tokens) => Some(tokens),
            None => self.store.load().await?,
        };
        let Some(refresh) = tokens.and_then(|tokens| tokens.refresh) else {
            return Ok(());
        };
        revocation::revoke(&self.app, &self.provider, &*self.transport, &refresh).await
    }

    /// Revokes a refresh token whose successor is kept, where it would stay good otherwise. Whoever
    /// still holds it finds the successor in the store.
    async fn retire(&self, replaced: Option<SecretString>) {
        let Some(refresh) = replaced.filter(|_| self.provider.replaced_stay_good()) else {
            return;
        };
        let revoked =
            revocation::revoke(&self.app, &self.provider, &*self.transport, &refresh).await;
        if let Err(why) = revoked {
            // The sign-in itself is fine; the old token is merely good for longer than it need be.
            tracing::warn!("a replaced sign-in could not be revoked: {why}");
        }
    }

    fn never_signed_in(&self) -> AuthError {
        AuthError::SignInNeeded(format!(
            "nobody has signed in to {} yet",
            self.provider.name()
        ))
    }
}

/// Signs in without a browser, by the app's id and secret.
///
/// # Errors
/// [`AuthError::WrongApp`] for a wrong id or secret; others where the request failed.
pub async fn client_credentials<P: Provider>(
    app: &App,
    provider: &P,
    transport: Arc<dyn Transport>,
    clock: &dyn Clock,
    scopes: &[&str],
) -> Result<Tokens, AuthError> {
    let client = token_client(app, provider)?;
    let asked = provider.clone();
    let send = move |request| carry(transport.clone(), asked.clone(), request);
    let now = clock.now();
    let answer = client
        .exchange_client_credentials()
        .add_scopes(scopes.iter().map(|scope| Scope::new((*scope).to_owned())))
        .request_async(&send)
        .await
        .map_err(|error| token_error(provider, error))?;
    Ok(Tokens::received(&answer, now, provider.access_lives()))
}

#[cfg(test)]
mod tests;
