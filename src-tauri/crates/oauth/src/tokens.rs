//! The tokens, and where they are kept.

use async_trait::async_trait;
use chrono::{DateTime, Duration, Utc};
use oauth2::TokenResponse as _;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use crate::TokenAnswer;

/// What a sign-in yields. Never printed: the secrets' `Debug` hides them.
#[derive(Debug, Clone)]
pub struct Tokens {
    /// Sent with every API call.
    pub access: SecretString,
    /// Exchanged for a new pair. A sign-in without a browser has none.
    pub refresh: Option<SecretString>,
    /// When the access token ends, UTC, by our clock.
    pub expires_at: DateTime<Utc>,
    /// The scopes granted.
    pub scopes: Vec<String>,
}

/// What is written to the keyring.
#[derive(Serialize, Deserialize)]
struct Stored {
    access: String,
    refresh: Option<String>,
    expires_at: DateTime<Utc>,
    scopes: Vec<String>,
}

impl Tokens {
    /// The tokens as one text for the keyring or a sealed file, and for nothing else.
    pub fn to_secret(&self) -> SecretString {
        let stored = Stored {
            access: self.access.expose_secret().to_owned(),
            refresh: self
                .refresh
                .as_ref()
                .map(|token| token.expose_secret().to_owned()),
            expires_at: self.expires_at,
            scopes: self.scopes.clone(),
        };
        // A struct of texts always serialises.
        SecretString::from(serde_json::to_string(&stored).unwrap_or_default())
    }

    /// Reads [`Tokens::to_secret`] back.
    ///
    /// # Errors
    /// [`StoreError`] where the text is something else.
    pub fn from_secret(secret: &SecretString) -> Result<Self, StoreError> {
        let stored: Stored = serde_json::from_str(secret.expose_secret())
            .map_err(|_| StoreError("the stored sign-in cannot be read".to_owned()))?;
        Ok(Self {
            access: stored.access.into(),
            refresh: stored.refresh.map(SecretString::from),
            expires_at: stored.expires_at,
            scopes: stored.scopes,
        })
    }

    /// What an answer brought. `usual` is how long an access token lives where it does not say.
    pub(crate) fn received(answer: &TokenAnswer, now: DateTime<Utc>, usual: Duration) -> Self {
        let lives = answer
            .expires_in()
            .and_then(|lives| Duration::from_std(lives).ok())
            .unwrap_or(usual);
        Self {
            access: answer.access_token().secret().clone().into(),
            refresh: answer
                .refresh_token()
                .map(|token| token.secret().clone().into()),
            expires_at: now + lives,
            scopes: answer
                .scopes()
                .map(|scopes| scopes.iter().map(|scope| scope.to_string()).collect())
                .unwrap_or_default(),
        }
    }
}

/// Keeps the tokens of one sign-in.
#[async_trait]
pub trait TokenStore: Send + Sync {
    /// The tokens kept, as any process last saved them; `None` where there are none.
    async fn load(&self) -> Result<Option<Tokens>, StoreError>;

    /// Keeps tokens durably: once this returns, a crash does not lose them.
    async fn save(&self, tokens: &Tokens) -> Result<(), StoreError>;
}

/// Tokens could not be read or kept.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the sign-in could not be kept: {0}")]
pub struct StoreError(pub String);

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn tokens() -> Tokens {
        Tokens {
            access: "access-me".into(),
            refresh: Some("refresh-me".into()),
            expires_at: DateTime::UNIX_EPOCH,
            scopes: vec!["openid".into()],
        }
    }

    #[test]
    fn what_is_kept_comes_back() {
        let back = Tokens::from_secret(&tokens().to_secret()).unwrap();
        assert_eq!(back.refresh.unwrap().expose_secret(), "refresh-me");
        assert_eq!(back.scopes, ["openid"]);
        assert_eq!(back.expires_at, DateTime::UNIX_EPOCH);
        assert!(Tokens::from_secret(&"nonsense".into()).is_err());
    }

    #[test]
    fn printing_shows_no_secret() {
        let printed = format!("{:?}", tokens());
        assert!(!printed.contains("refresh-me"), "{printed}");
        assert!(!printed.contains("access-me"), "{printed}");
    }
}
