//! Staying signed in to Xero.

use std::ops::Deref;
use std::sync::Arc;

use net::{Clock, Transport};

pub use oauth::session::client_credentials;

use super::tokens::{Expiry, expiry_of};
use super::{App, AuthError, Endpoints, Grant, TokenStore, scopes};

/// Hands out access tokens and renews them, as every [`oauth::Session`] does.
///
/// Xero exchanges a refresh token once; the one before stays good for 30 minutes (Xero developer
/// docs, "Token types"). Revoking the session also drops every connection of the person who signed
/// in to this app.
pub struct Session {
    common: oauth::Session<Endpoints>,
    clock: Arc<dyn Clock>,
}

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
            common: oauth::Session::new(app, endpoints, transport, store, clock.clone()),
            clock,
        }
    }

    /// The addresses this session is for.
    pub fn endpoints(&self) -> &Endpoints {
        self.common.provider()
    }

    /// Whether the organisation must be named in each call; a custom connection has only one.
    pub fn names_organisation(&self) -> bool {
        self.common.grant() == Grant::Code
    }

    /// When this sign-in ends unless it is used before, as it is kept; makes no call. `None` where
    /// there is none or it does not end so.
    ///
    /// # Errors
    /// [`AuthError::Store`].
    pub async fn expiry(&self) -> Result<Option<Expiry>, AuthError> {
        let kept = self.common.kept().await?;
        Ok(kept.and_then(|tokens| expiry_of(&tokens, self.clock.now())))
    }

    /// What this sign-in lacks of the permissions asked for, in plain English; makes no call.
    ///
    /// # Errors
    /// [`AuthError::Store`].
    pub async fn missing(&self, wanted: &[&str]) -> Result<Vec<&'static str>, AuthError> {
        let kept = self.common.kept().await?;
        // A custom connection signs in anew each time: nobody is there to stay signed in, or to be
        // named.
        let wanted: Vec<&str> = wanted
            .iter()
            .copied()
            .filter(|scope| self.names_organisation() || scope.starts_with("accounting."))
            .collect();
        Ok(kept.map_or_else(Vec::new, |tokens| scopes::missing(&tokens.scopes, &wanted)))
    }
}

impl Deref for Session {
    type Target = oauth::Session<Endpoints>;

    fn deref(&self) -> &Self::Target {
        &self.common
    }
}
