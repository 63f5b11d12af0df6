//! A provider for tests.
#![allow(clippy::unwrap_used)]

use url::Url;

use crate::{AuthError, Provider};

/// Answers as RFC 6749 has it, and in its own way where the test says so.
#[derive(Clone)]
pub(crate) struct StandIn {
    authorize: Url,
    token: Url,
    revoke: Url,
    hoards: bool,
}

impl StandIn {
    pub(crate) fn new() -> Self {
        let at = |path: &str| Url::parse(&format!("https://id.example/{path}")).unwrap();
        Self {
            authorize: at("authorize"),
            token: at("token"),
            revoke: at("revoke"),
            hoards: false,
        }
    }

    /// One whose exchanged refresh tokens stay good.
    pub(crate) fn hoarding() -> Self {
        Self {
            hoards: true,
            ..Self::new()
        }
    }
}

impl Provider for StandIn {
    fn name(&self) -> &'static str {
        "Books"
    }

    fn authorize(&self) -> &Url {
        &self.authorize
    }

    fn token(&self) -> &Url {
        &self.token
    }

    fn revoke(&self) -> &Url {
        &self.revoke
    }

    fn access_lives(&self) -> chrono::Duration {
        chrono::Duration::minutes(30)
    }

    fn ended(&self) -> &'static str {
        "the sign-in has ended"
    }

    fn revocation(&self) -> &'static [(&'static str, &'static str)] {
        &[("token_type_hint", "refresh_token")]
    }

    fn replaced_stay_good(&self) -> bool {
        self.hoards
    }

    fn read_refusal(&self, status: u16, body: &[u8]) -> Option<AuthError> {
        (status == 403 && body == b"gone").then(|| AuthError::SignInNeeded("it is gone".to_owned()))
    }
}
