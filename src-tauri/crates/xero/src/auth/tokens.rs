//! The tokens, and where they are kept.

use std::time::Duration;

use async_trait::async_trait;
use base64::Engine as _;
use chrono::{DateTime, Utc};
use oauth2::TokenResponse as _;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::TokenAnswer;

/// What a sign-in yields. Never printed: the secrets' `Debug` hides them.
#[derive(Debug, Clone)]
pub struct Tokens {
    /// Sent with every API call; lives 30 minutes.
    pub access: SecretString,
    /// Exchanged for a new pair, once; lives 60 days unused. Custom connections have none.
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

    /// The consent this sign-in came from, which `connections::list` can be narrowed to. Read from
    /// the access token's `authentication_event_id`; `None` where it is not there.
    pub fn consent(&self) -> Option<String> {
        let payload = self.access.expose_secret().split('.').nth(1)?;
        let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD
            .decode(payload.trim_end_matches('='))
            .ok()?;
        let claims: serde_json::Value = serde_json::from_slice(&bytes).ok()?;
        Some(claims.get("authentication_event_id")?.as_str()?.to_owned())
    }

    pub(crate) fn received(answer: &TokenAnswer, now: DateTime<Utc>) -> Self {
        const USUAL: Duration = Duration::from_mins(30);
        let lives = answer.expires_in().unwrap_or(USUAL);
        Self {
            access: answer.access_token().secret().clone().into(),
            refresh: answer
                .refresh_token()
                .map(|token| token.secret().clone().into()),
            expires_at: now + chrono::Duration::from_std(lives).unwrap_or_default(),
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
#[error("the sign-in to Xero could not be kept: {0}")]
pub struct StoreError(pub String);

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn tokens() -> Tokens {
        // {"authentication_event_id":"d99e"}
        Tokens {
            access: "h.eyJhdXRoZW50aWNhdGlvbl9ldmVudF9pZCI6ImQ5OWUifQ.s".into(),
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
        assert!(!printed.contains("eyJ"), "{printed}");
    }

    #[test]
    fn the_consent_is_in_the_access_token() {
        assert_eq!(tokens().consent().as_deref(), Some("d99e"));
        let opaque = Tokens {
            access: "opaque".into(),
            ..tokens()
        };
        assert_eq!(opaque.consent(), None);
    }
}
