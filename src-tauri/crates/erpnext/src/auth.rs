//! Signing in to ERPNext through the browser: Frappe as an OAuth 2.0 provider.
//!
//! Frappe knows an app by a document of its own, "OAuth Client", that only a System Manager can
//! make; its name is the client id. Measured on Frappe 15.75 (erpnext/FACTS, "OAuth2 provider"; the
//! points without a number there were measured for this module):
//!
//! - `authorize` sends a person without a session to `/login?redirect-to=…` and comes back by
//!   itself. What is wrong with the request is told only then, as JSON in the person's browser
//!   (`400 {"error": "invalid_request", "description": "Invalid client_id parameter value."}`, the
//!   same with "Mismatching redirect URI.", `invalid_scope`, `unauthorized_client`), and nothing
//!   comes back to us.
//! - Redirect addresses are compared exactly, port included; several are separated by a blank.
//! - PKCE with S256 is honoured but not demanded: a client without a secret may exchange a code with
//!   or without one, and a wrong secret is not noticed. A wrong verifier is `400
//!   {"error": "invalid_grant"}` and does not spend the code; a missing one does.
//! - "Deny" leads to the redirect address with `error=access_denied` and **without the state**.
//! - An access token lives 3,600 s. A refresh brings a new pair; the old pair goes on working, so
//!   it is revoked once the new one is kept.
//! - A refresh token that is unknown or revoked, and a client that is unknown, are not RFC 6749's
//!   `invalid_grant` and `invalid_client` but `403 PermissionError` ("No permission for OAuth Bearer
//!   Token"): the request is Guest's, and Guest may not read what is not there.
//! - `revoke_token` answers 200 `{}` whatever it is given, but finds a refresh token only with
//!   `token_type_hint=refresh_token`; the access token of the same pair dies with it (then 401). It
//!   wants the `client_id` (403 without one for a refresh token).
//! - The one scope `all` is everything the user may do; there are no narrower ones.
//!
//! Frappe 16 adds a field "Token Endpoint Auth Method" to the OAuth Client, which has to be "None"
//! for an app without a secret, and answers `approve` by POST from its own page (Frappe's source,
//! `frappe/integrations/oauth2.py`; not measured).

mod client_document;

use std::sync::Arc;

use net::{Clock, Transport};
use oauth::{AuthError, Grant, SignIn};
use serde_json::Value;
use url::Url;

use crate::site::SiteUrl;

pub use client_document::{APP_NAME, client_document, redirect_uris};

/// The scope asked for: everything that the person may do. Alone, because a blank in the list is
/// written `+` by some and not read back as a blank by Frappe's own redirects.
pub const SCOPES: &[&str] = &["all"];

/// Hands out access tokens to one site and renews them.
pub type Session = oauth::Session<Endpoints>;

/// Where a site's people sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoints {
    authorize: Url,
    token: Url,
    revoke: Url,
}

impl Endpoints {
    /// The addresses of a site.
    ///
    /// # Errors
    /// [`AuthError::Garbage`] where the site's address cannot carry a path.
    pub fn of(site: &SiteUrl) -> Result<Self, AuthError> {
        let at = |method: &str| {
            site.join(&format!("/api/method/frappe.integrations.oauth2.{method}"))
                .map_err(|error| AuthError::Garbage(error.to_string()))
        };
        Ok(Self {
            authorize: at("authorize")?,
            token: at("get_token")?,
            revoke: at("revoke_token")?,
        })
    }
}

/// Whether the site knows the app, asked by exchanging a code that does not exist: a known client is
/// refused for the code (400), an unknown one for itself (403). The person's browser would show it
/// as a line of JSON, and nothing would come back to us.
///
/// # Errors
/// [`AuthError::WrongApp`] where it does not; others where something else answers.
pub async fn check_client(
    app: &oauth::App,
    endpoints: &Endpoints,
    transport: Arc<dyn Transport>,
    clock: &dyn Clock,
) -> Result<(), AuthError> {
    let address = redirect_uris().into_iter().next().unwrap_or_default();
    let probe = SignIn::begin(app, endpoints, &address, SCOPES)?;
    match probe.finish("none".into(), transport, clock).await {
        Ok(_) | Err(AuthError::SignInNeeded(_) | AuthError::Refused(_)) => Ok(()),
        Err(error) => Err(error),
    }
}

/// The app that signs in: an OAuth Client, known by its client id and without a secret.
pub fn app(client_id: &str) -> oauth::App {
    oauth::App {
        client_id: client_id.trim().to_owned(),
        client_secret: None,
        grant: Grant::Code,
    }
}

impl oauth::Provider for Endpoints {
    fn name(&self) -> &'static str {
        "ERPNext"
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
        chrono::Duration::hours(1)
    }

    fn ended(&self) -> &'static str {
        "ERPNext no longer accepts the stored sign-in (it was revoked, or its OAuth Client removed)"
    }

    fn revocation(&self) -> &'static [(&'static str, &'static str)] {
        &[("token_type_hint", "refresh_token")]
    }

    fn declines_without_state(&self) -> bool {
        true
    }

    fn replaced_stay_good(&self) -> bool {
        true
    }

    fn read_refusal(&self, status: u16, body: &[u8]) -> Option<AuthError> {
        let answer: Option<Value> = serde_json::from_slice(body).ok().filter(Value::is_object);
        // RFC 6749's own shape is read by whoever asked.
        if answer.as_ref().is_some_and(|it| it.get("error").is_some()) {
            return None;
        }
        let text = String::from_utf8_lossy(body);
        match crate::error::read(status, answer.as_ref(), &text) {
            crate::Error::NotAllowed(why) => Some(gone(&why)),
            crate::Error::Refused(refusal)
                if refusal.kind() == crate::error::RefusalKind::Missing =>
            {
                Some(gone(&refusal.message))
            }
            crate::Error::Unavailable(_) => Some(AuthError::Unavailable(status)),
            _ => None,
        }
    }
}

fn gone(why: &str) -> AuthError {
    if why.contains("OAuth Client") {
        AuthError::WrongApp("the site has no OAuth Client of this id".to_owned())
    } else {
        AuthError::SignInNeeded(
            "ERPNext no longer knows the stored sign-in (it was revoked or removed)".to_owned(),
        )
    }
}

#[cfg(test)]
mod tests;
