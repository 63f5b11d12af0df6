//! What is kept of an organisation's settings from one run to the next: reading them costs five calls,
//! and a run that finds nothing new costs two besides.

use chrono::{DateTime, Duration, Utc};
use engine::books::Profile;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use xero::translate::document::TaxRates;
use xero::wire::document::Document;

/// How long settings are good for where nothing else asks for them.
const GOOD_FOR: Duration = Duration::hours(24);

/// An organisation's settings as they were read. Opaque to whoever keeps them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// When (UTC).
    pub(super) at: DateTime<Utc>,
    pub(super) profile: Profile,
    /// Whether all was asked for that is now: what was kept before tracking was does not know it.
    #[serde(default)]
    pub(super) knows_tracking: bool,
    /// The percentage of every tax rate.
    pub(super) rates: TaxRates,
    pub(super) short_code: Option<String>,
    /// Xero's id of the organisation, and its name.
    pub(super) organisation: (String, String),
    /// The digest of the access token with which the organisation was last asked for: a token leads to
    /// one organisation for as long as it lives, which is half an hour.
    #[serde(default)]
    pub(super) confirmed: Option<String>,
}

impl Settings {
    /// Whether they are still good at an instant, and say all that is asked now. A clock that was set back makes them old.
    pub(super) fn are_good(&self, now: DateTime<Utc>) -> bool {
        self.knows_tracking && self.at <= now && now - self.at < GOOD_FOR
    }
}

/// Whether lines of these documents carry a tax rate that is not among those that are known.
pub(super) fn carry_another_rate<'a>(
    documents: impl Iterator<Item = &'a Document>,
    known: &TaxRates,
) -> bool {
    documents
        .flat_map(|document| &document.line_items)
        .filter_map(|line| line.tax_type.as_ref())
        .any(|rate| !rate.is_empty() && !known.contains_key(rate))
}

/// What an access token is recognised by. It is random, so nothing can be told from this.
pub(super) fn digest(token: &SecretString) -> String {
    use std::fmt::Write;
    let digest = Sha256::digest(token.expose_secret().as_bytes());
    digest.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_good_for_a_day_and_not_from_the_future() {
        let at: DateTime<Utc> = "2026-11-22T10:00:00Z".parse().unwrap();
        let settings = Settings {
            at,
            profile: Profile {
                identity: String::new(),
                origin: engine::books::Origin::default(),
                name: String::new(),
                base_currency: ledger::Currency::new("GBP").unwrap(),
                country: None,
                currencies: Vec::new(),
                locked_until: None,
                accounts: Vec::new(),
                taxes: Vec::new(),
                bank_accounts: Vec::new(),
                tracking: Vec::new(),
                advance_accounts: Vec::new(),
                opening: engine::books::Opening::default(),
                time_zone: String::new(),
            },
            knows_tracking: true,
            rates: TaxRates::new(),
            short_code: None,
            organisation: (String::new(), String::new()),
            confirmed: None,
        };
        assert!(settings.are_good(at));
        assert!(settings.are_good(at + Duration::hours(24) - Duration::seconds(1)));
        let of_before = Settings {
            knows_tracking: false,
            ..settings.clone()
        };
        assert!(!of_before.are_good(at));
        assert!(!settings.are_good(at + Duration::hours(24)));
        assert!(!settings.are_good(at - Duration::seconds(1)));
    }
}
