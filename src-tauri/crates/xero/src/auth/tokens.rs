//! What Xero's tokens say besides: when a sign-in ends, and which consent it came from.

use base64::Engine as _;
use chrono::{DateTime, Utc};
use secrecy::ExposeSecret;

use super::Tokens;

/// For how many days a sign-in lives unused; each renewal starts them anew (Xero developer docs,
/// "Token expiry").
pub const UNUSED_DAYS: i64 = 60;

/// How many days before its end a person is warned.
pub const WARNED_DAYS: i64 = 10;

/// For how long Xero's access tokens live, in minutes.
pub(super) const ACCESS_MINUTES: i64 = 30;

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

/// When a sign-in ends unless it is used before; `None` for one that has no refresh token and so
/// does not depend on use. Each renewal yields an access token of half an hour, so its end tells
/// when that was.
pub fn expiry_of(tokens: &Tokens, now: DateTime<Utc>) -> Option<Expiry> {
    tokens.refresh.as_ref()?;
    let renewed = tokens.expires_at - chrono::Duration::minutes(ACCESS_MINUTES);
    Some(expiry(renewed, now))
}

/// The consent a sign-in came from, which `connections::list` can be narrowed to. Read from the
/// access token's `authentication_event_id`; `None` where it is not there.
pub fn consent(tokens: &Tokens) -> Option<String> {
    let payload = tokens.access.expose_secret().split('.').nth(1)?;
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD
        .decode(payload.trim_end_matches('='))
        .ok()?;
    let claims: serde_json::Value = serde_json::from_slice(&bytes).ok()?;
    Some(claims.get("authentication_event_id")?.as_str()?.to_owned())
}

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
        assert_eq!(expiry_of(&tokens, renewed).unwrap().days_left, 60);
        let custom = Tokens {
            refresh: None,
            ..tokens
        };
        assert_eq!(expiry_of(&custom, renewed), None);
    }

    #[test]
    fn the_consent_is_in_the_access_token() {
        assert_eq!(consent(&tokens()).as_deref(), Some("d99e"));
        let opaque = Tokens {
            access: "opaque".into(),
            ..tokens()
        };
        assert_eq!(consent(&opaque), None);
    }
}
