//! Signing in to Xero and staying signed in (Xero developer docs, "OAuth 2.0").
//!
//! The customer registers an app of their own with Xero. The usual kind is "Auth Code with PKCE"
//! for desktop apps, which has a client id and no secret; one with a secret works too, and so does
//! a custom connection, which needs no browser.

pub mod connections;
pub mod endpoints;
pub mod redirect;
pub mod scopes;
pub mod session;
pub mod sign_in;
pub mod tokens;

use std::sync::Arc;

use bytes::Bytes;
use net::{NetError, Transport};
use oauth2::basic::{BasicClient, BasicErrorResponse, BasicTokenResponse};
use oauth2::{
    AuthUrl, ClientId, ClientSecret, EndpointNotSet, EndpointSet, HttpRequest, HttpResponse,
    RequestTokenError, TokenUrl,
};
use secrecy::{ExposeSecret, SecretString};

pub use connections::Connection;
pub use endpoints::Endpoints;
pub use session::Session;
pub use sign_in::SignIn;
pub use tokens::{Expiry, StoreError, TokenStore, Tokens};

/// The scopes asked for by default: reading and writing contacts and sales invoices, and reading
/// payments and settings. Apps made since 2 March 2026 know these granular scopes only.
pub const GRANULAR_SCOPES: &[&str] = &[
    "openid",
    "profile",
    "email",
    "offline_access",
    "accounting.contacts",
    "accounting.invoices",
    "accounting.payments.read",
    "accounting.settings.read",
];

/// The scopes for apps made before 2 March 2026 that have not been moved to granular ones.
pub const BROAD_SCOPES: &[&str] = &[
    "openid",
    "profile",
    "email",
    "offline_access",
    "accounting.contacts",
    "accounting.transactions",
    "accounting.settings.read",
];

/// The customer's own Xero app.
#[derive(Debug, Clone)]
pub struct App {
    /// The client id, as Xero's developer page shows it.
    pub client_id: String,
    /// The client secret; PKCE apps have none.
    pub client_secret: Option<SecretString>,
    /// How it signs in.
    pub grant: Grant,
}

/// How an app signs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grant {
    /// A person consents in a browser. Used with PKCE always, and with the secret where there is
    /// one.
    Code,
    /// A custom connection: no browser, one organisation, needs the secret.
    ClientCredentials,
}

/// Signing in, or staying signed in, failed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum AuthError {
    /// Xero's identity server could not be reached, or its answer was lost.
    #[error(transparent)]
    Net(#[from] NetError),
    /// Xero's identity server answers, but not for now.
    #[error("Xero's sign-in service is not available (HTTP {0})")]
    Unavailable(u16),
    /// A person must sign in again.
    #[error("{0}")]
    SignInNeeded(String),
    /// The client id or secret is wrong, or this kind of app may not sign in this way.
    #[error("Xero does not accept this app: {0}")]
    WrongApp(String),
    /// The app may not ask for these scopes.
    #[error("Xero does not grant these permissions to this app: {0}")]
    ScopeRefused(String),
    /// The person declined on the consent page.
    #[error("access was declined on Xero's consent page")]
    Declined,
    /// Xero sent the person back with an error we do not know.
    #[error("Xero refused to sign in: {0}")]
    Refused(String),
    /// Nobody finished signing in within the time allowed.
    #[error("nobody finished signing in to Xero in the browser in time")]
    TimedOut,
    /// A person cancelled.
    #[error("signing in was cancelled")]
    Cancelled,
    /// None of the ports registered as redirect addresses is free.
    #[error("the ports {0} on this machine are all in use by other programs")]
    NoPort(String),
    /// Tokens could not be read or kept.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What came back is not what Xero's identity server sends.
    #[error("something other than Xero answered: {0}")]
    Garbage(String),
    /// An endpoint override that is not an address on this machine.
    #[error(
        "{0} is not an address on this machine; other Xero addresses are accepted for tests on loopback only"
    )]
    NotLoopback(String),
}

/// Why a token request got no token response.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failed {
    #[error(transparent)]
    Net(#[from] NetError),
    #[error("HTTP {0}")]
    Unavailable(u16),
}

type TokenClient =
    BasicClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet>;

pub(crate) fn token_client(app: &App, endpoints: &Endpoints) -> Result<TokenClient, AuthError> {
    let bad = |error: oauth2::url::ParseError| AuthError::Garbage(error.to_string());
    let mut client = BasicClient::new(ClientId::new(app.client_id.clone()))
        .set_auth_uri(AuthUrl::new(endpoints.authorize.to_string()).map_err(bad)?)
        .set_token_uri(TokenUrl::new(endpoints.token.to_string()).map_err(bad)?);
    if let Some(secret) = &app.client_secret {
        client = client.set_client_secret(ClientSecret::new(secret.expose_secret().to_owned()));
    }
    Ok(client)
}

/// Sends an `oauth2` request over our transport.
pub(crate) async fn carry(
    transport: Arc<dyn Transport>,
    request: HttpRequest,
) -> Result<HttpResponse, Failed> {
    let answer = transport.send(request.map(Bytes::from)).await?;
    if answer.status().is_server_error() {
        return Err(Failed::Unavailable(answer.status().as_u16()));
    }
    Ok(answer.map(|body| body.to_vec()))
}

/// Says what a failed token request means (Xero developer docs, "Auth errors").
pub(crate) fn token_error(error: RequestTokenError<Failed, BasicErrorResponse>) -> AuthError {
    match error {
        RequestTokenError::Request(Failed::Net(error)) => AuthError::Net(error),
        RequestTokenError::Request(Failed::Unavailable(status)) => AuthError::Unavailable(status),
        RequestTokenError::ServerResponse(answer) => {
            let word = answer.error().as_ref().to_owned();
            let shown = answer
                .error_description()
                .map_or_else(|| word.clone(), |text| format!("{word}: {text}"));
            match word.as_str() {
                "invalid_grant" => AuthError::SignInNeeded(
                    "Xero no longer accepts the stored sign-in (it was unused for 60 days, \
                     revoked, or replaced elsewhere)"
                        .to_owned(),
                ),
                "invalid_scope" => AuthError::ScopeRefused(shown),
                "invalid_client" | "unauthorized_client" if shown.contains("scope") => {
                    AuthError::ScopeRefused(shown)
                }
                "invalid_client" | "unauthorized_client" => AuthError::WrongApp(shown),
                _ => AuthError::Refused(shown),
            }
        }
        RequestTokenError::Parse(_, body) => AuthError::Garbage(net::redact::shorten(
            &net::redact::plain(&String::from_utf8_lossy(&body)),
            200,
        )),
        RequestTokenError::Other(why) => AuthError::Garbage(why),
    }
}

pub(crate) type TokenAnswer = BasicTokenResponse;
