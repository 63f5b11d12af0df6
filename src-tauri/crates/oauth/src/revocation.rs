//! Taking a sign-in back (RFC 7009).

use base64::Engine as _;
use bytes::Bytes;
use net::{Request, Transport};
use secrecy::{ExposeSecret, SecretString};
use url::form_urlencoded;

use crate::{App, AuthError, Provider};

/// Revokes a refresh token and what hangs on it.
pub(crate) async fn revoke<P: Provider>(
    app: &App,
    provider: &P,
    transport: &dyn Transport,
    refresh: &SecretString,
) -> Result<(), AuthError> {
    let answer = transport.send(request(app, provider, refresh)?).await?;
    let status = answer.status();
    if status.is_success() {
        return Ok(());
    }
    let read = provider.read_refusal(status.as_u16(), answer.body());
    Err(match (status.as_u16(), read) {
        (_, Some(error)) => error,
        (401 | 403, None) => AuthError::SignInNeeded(provider.ended().to_owned()),
        (429 | 500..=599, None) => AuthError::Unavailable(status.as_u16()),
        (status, None) => AuthError::Garbage(format!(
            "HTTP {status}: {}",
            net::redact::body(answer.headers(), answer.body(), 200)
        )),
    })
}

fn request<P: Provider>(
    app: &App,
    provider: &P,
    refresh: &SecretString,
) -> Result<Request, AuthError> {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("token", refresh.expose_secret());
    form.extend_pairs(provider.revocation());
    let mut builder = http::Request::post(provider.revoke().as_str())
        .header("content-type", "application/x-www-form-urlencoded")
        .header("accept", "application/json");
    if let Some(secret) = &app.client_secret {
        let pair = format!("{}:{}", app.client_id, secret.expose_secret());
        let basic = base64::engine::general_purpose::STANDARD.encode(pair);
        builder = builder.header("authorization", format!("Basic {basic}"));
    } else {
        form.append_pair("client_id", &app.client_id);
    }
    builder
        .body(Bytes::from(form.finish()))
        .map_err(|error| AuthError::Garbage(error.to_string()))
}
