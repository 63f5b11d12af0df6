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

/// For how many days a sign-in lives unused; each renewal starts them anew (Xero developer docs,
/// "Token expiry").
pub const UNUSED_DAYS: i64 = 60;

/// How many days before its end a person is warned.
pub const WARNED_DAYS: i64 = 10;

/// For how long Xero's access tokens live, in minutes.
const ACCESS_MINUTES: i64 = 30;

/// When a sign-in ends unless it is used before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expiry {
    /// The instant, UTC.
    pub at: DateTime<Utc>,
    /// Whole days left; 0 on the last day and after.
    pub days_left: i64,
    /// Whether to warn a person now.
    pub warn: bool,
}

/// When a sign-in that was last renewed at an instant ends, seen from `now`.
pub fn expiry(renewed: DateTime<Utc>, now: DateTime<Utc>) -> Expiry {
    let at = renewed + chrono::Duration::days(UNUSED_DAYS);
    let left = at - now;
    Expiry {
        at,
        days_left: left.num_days().max(0),
        warn: left <= chrono::Duration::days(WARNED_DAYS),
    }
}

impl Expiry {
    /// What to tell a person, where there is something to tell.
    pub fn sentence(&self) -> Option<String> {
        let day = self.at.format("%-d %B %Y");
        match (self.warn, self.days_left) {
            (false, _) => None,
            (true, 0) => Some(format!(
                "The sign-in to Xero ends on {day} because it was not used; sign in again"
            )),
            (true, 1) => Some(format!(
                "The sign-in to Xero ends tomorrow, on {day}, unless a sync runs before"
            )),
            (true, days) => Some(format!(
                "The sign-in to Xero ends in {days} days, on {day}, unless a sync runs before"
            )),
        }
    }
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

    /// When the sign-in ends unless it is used before; `None` for one that has no refresh token and
    /// so does not depend on use. Each renewal yields an access token of half an hour, so its end
    /// tells when that was.
    pub fn expiry(&self, now: DateTime<Utc>) -> Option<Expiry> {
        self.refresh.as_ref()?;
        let renewed = self.expires_at - chrono::Duration::minutes(ACCESS_MINUTES);
        Some(expiry(renewed, now))
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
    #![allow(clippy::unwrap_used, clippy::panic)]
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
    fn the_end_of_an_unused_sign_in_is_warned_about() {
        let renewed: DateTime<Utc> = "2026-11-22T12:00:00Z".parse().unwrap();
        let after = |days: i64, hours: i64| {
            expiry(
                renewed,
                renewed + chrono::Duration::days(days) + chrono::Duration::hours(hours),
            )
        };
        for (days, hours, left, warn, words) in [
            (0, 0, 60, false, None),
            (49, 23, 10, false, None),
            (50, 0, 10, true, Some("ends in 10 days, on 21 January 2027")),
            (58, 12, 1, true, Some("ends tomorrow, on 21 January 2027")),
            (59, 12, 0, true, Some("sign in again")),
            (80, 0, 0, true, Some("sign in again")),
        ] {
            let expiry = after(days, hours);
            assert_eq!((expiry.days_left, expiry.warn), (left, warn), "{days}");
            match (expiry.sentence(), words) {
                (None, None) => {}
                (Some(said), Some(words)) => assert!(said.contains(words), "{said}"),
                other => panic!("{other:?}"),
            }
        }
        let tokens = Tokens {
            expires_at: renewed + chrono::Duration::minutes(30),
            ..tokens()
        };
        assert_eq!(tokens.expiry(renewed).unwrap().days_left, 60);
        let custom = Tokens {
            refresh: None,
            ..tokens
        };
        assert_eq!(custom.expiry(renewed), None);
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
