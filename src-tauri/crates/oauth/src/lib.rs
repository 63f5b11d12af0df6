//! Signing in through the browser and staying signed in: OAuth 2.0 with PKCE (RFC 6749, RFC 7636)
//! and a redirect to this machine (RFC 8252).
//!
//! What one system does in its own way it says as a [`Provider`]; everything else is the same for
//! all of them.

pub mod redirect;
mod revocation;
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
use url::Url;

pub use session::Session;
pub use sign_in::SignIn;
pub use tokens::{StoreError, TokenStore, Tokens};

/// A system that people sign in to: where, and what it does in its own way.
pub trait Provider: Clone + Send + Sync {
    /// The system's name as people know it: "Xero".
    fn name(&self) -> &'static str;
    /// Where a person consents.
    fn authorize(&self) -> &Url;
    /// Where codes and refresh tokens are exchanged.
    fn token(&self) -> &Url;
    /// Where a refresh token is revoked (RFC 7009).
    fn revoke(&self) -> &Url;
    /// How long an access token lives where the answer does not say.
    fn access_lives(&self) -> chrono::Duration;
    /// What it means that a refresh token is no longer accepted, as a clause.
    fn ended(&self) -> &'static str;

    /// What is sent with a revocation besides the token and the app's name.
    fn revocation(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    /// Whether the browser comes back without the state when the person declines.
    fn declines_without_state(&self) -> bool {
        false
    }

    /// Whether a refresh token stays good without end after it was exchanged. It is then revoked
    /// once its successor is kept.
    fn replaced_stay_good(&self) -> bool {
        false
    }

    /// What a refusal in another shape than RFC 6749's means; `None` for its own shape.
    fn read_refusal(&self, status: u16, body: &[u8]) -> Option<AuthError> {
        let _ = (status, body);
        None
    }
}

/// The customer's own app at the provider.
#[derive(Debug, Clone)]
pub struct App {
    /// The client id, as the provider shows it.
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
    /// Without a browser, by the app's own id and secret.
    ClientCredentials,
}

/// Signing in, or staying signed in, failed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum AuthError {
    /// The identity server could not be reached, or its answer was lost.
    #[error(transparent)]
    Net(#[from] NetError),
    /// The identity server answers, but not for now.
    #[error("the sign-in service is not available (HTTP {0})")]
    Unavailable(u16),
    /// A person must sign in again.
    #[error("{0}")]
    SignInNeeded(String),
    /// The client id or secret is wrong, or this kind of app may not sign in this way.
    #[error("this app is not accepted: {0}")]
    WrongApp(String),
    /// The app may not ask for these scopes.
    #[error("these permissions are not granted to this app: {0}")]
    ScopeRefused(String),
    /// The person declined on the consent page.
    #[error("access was declined on the consent page")]
    Declined,
    /// The person was sent back with an error we do not know.
    #[error("signing in was refused: {0}")]
    Refused(String),
    /// Nobody finished signing in within the time allowed.
    #[error("nobody finished signing in in the browser in time")]
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
    /// What came back is not what an identity server sends.
    #[error("something other than the sign-in service answered: {0}")]
    Garbage(String),
    /// An endpoint override that is not an address on this machine.
    #[error(
        "{0} is not an address on this machine; other addresses are accepted for tests on loopback only"
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
    #[error(transparent)]
    Refused(Box<AuthError>),
}

type TokenClient =
    BasicClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet>;

pub(crate) fn token_client<P: Provider>(app: &App, provider: &P) -> Result<TokenClient, AuthError> {
    let bad = |error: oauth2::url::ParseError| AuthError::Garbage(error.to_string());
    let mut client = BasicClient::new(ClientId::new(app.client_id.clone()))
        .set_auth_uri(AuthUrl::new(provider.authorize().to_string()).map_err(bad)?)
        .set_token_uri(TokenUrl::new(provider.token().to_string()).map_err(bad)?);
    if let Some(secret) = &app.client_secret {
        client = client.set_client_secret(ClientSecret::new(secret.expose_secret().to_owned()));
    }
    Ok(client)
}

/// Sends an `oauth2` request over our transport.
pub(crate) async fn carry<P: Provider>(
    transport: Arc<dyn Transport>,
    provider: P,
    request: HttpRequest,
) -> Result<HttpResponse, Failed> {
    let answer = transport.send(request.map(Bytes::from)).await?;
    let status = answer.status();
    if !status.is_success()
        && let Some(error) = provider.read_refusal(status.as_u16(), answer.body())
    {
        return Err(Failed::Refused(Box::new(error)));
    }
    if status.is_server_error() {
        return Err(Failed::Unavailable(status.as_u16()));
    }
    Ok(answer.map(|body| body.to_vec()))
}

/// Says what a failed token request means (RFC 6749, section 5.2).
pub(crate) fn token_error<P: Provider>(
    provider: &P,
    error: RequestTokenError<Failed, BasicErrorResponse>,
) -> AuthError {
    match error {
        RequestTokenError::Request(Failed::Net(error)) => AuthError::Net(error),
        RequestTokenError::Request(Failed::Unavailable(status)) => AuthError::Unavailable(status),
        RequestTokenError::Request(Failed::Refused(error)) => *error,
        RequestTokenError::ServerResponse(answer) => {
            let word = answer.error().as_ref().to_owned();
            let shown = answer
                .error_description()
                .map_or_else(|| word.clone(), |text| format!("{word}: {text}"));
            match word.as_str() {
                "invalid_grant" => AuthError::SignInNeeded(provider.ended().to_owned()),
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

#[cfg(test)]
pub(crate) mod stand_in;
