//! What a site is called with.

use std::fmt;
use std::sync::Arc;

use oauth::AuthError;
use secrecy::{ExposeSecret, SecretString};

use crate::auth;

/// An API key and its secret, as a user's page in ERPNext shows them once.
#[derive(Clone)]
pub struct ApiKey {
    /// The key: not secret by itself.
    pub key: String,
    /// The secret.
    pub secret: SecretString,
}

impl ApiKey {
    /// Wraps a key and its secret; blanks around either are dropped, since both are pasted.
    pub fn new(key: &str, secret: &str) -> Self {
        Self {
            key: key.trim().to_owned(),
            secret: SecretString::from(secret.trim().to_owned()),
        }
    }

    /// The value of the `Authorization` header (erpnext/FACTS §1).
    pub(crate) fn header(&self) -> SecretString {
        SecretString::from(format!(
            "token {}:{}",
            self.key,
            self.secret.expose_secret()
        ))
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiKey").finish_non_exhaustive()
    }
}

/// What a site is called with.
#[derive(Clone)]
pub enum Credentials {
    /// An API key.
    Key(ApiKey),
    /// A sign-in through the browser, which renews itself.
    SignedIn(Arc<auth::Session>),
}

impl Credentials {
    /// The value of the `Authorization` header, as of now.
    ///
    /// # Errors
    /// Where the sign-in has ended or cannot be renewed.
    pub(crate) async fn header(&self) -> Result<SecretString, AuthError> {
        match self {
            Self::Key(key) => Ok(key.header()),
            Self::SignedIn(session) => Ok(bearer(&session.access().await?)),
        }
    }
}

/// The header's value for a token of a sign-in.
pub(super) fn bearer(token: &SecretString) -> SecretString {
    SecretString::from(format!("Bearer {}", token.expose_secret()))
}

impl From<ApiKey> for Credentials {
    fn from(key: ApiKey) -> Self {
        Self::Key(key)
    }
}

impl From<Arc<auth::Session>> for Credentials {
    fn from(session: Arc<auth::Session>) -> Self {
        Self::SignedIn(session)
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Key(_) => "Key",
            Self::SignedIn(_) => "SignedIn",
        })
    }
}
