//! The organisations a sign-in reaches.

use bytes::Bytes;
use net::{Request, Transport};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::{AuthError, Endpoints};

/// One organisation that the person connected to this app.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Connection {
    /// The connection's own id, by which it is removed.
    pub id: String,
    /// The organisation's permanent id, sent as `Xero-tenant-id`.
    pub tenant_id: String,
    /// `ORGANISATION`, or a kind of tenant that holds no books.
    #[serde(default)]
    pub tenant_type: String,
    /// The organisation's name.
    #[serde(default)]
    pub tenant_name: Option<String>,
    /// The consent that made it.
    #[serde(default)]
    pub auth_event_id: Option<String>,
}

/// Lists the organisations a sign-in reaches; only those of one consent where that is given.
///
/// # Errors
/// [`AuthError`] where the token is not accepted or the answer is not a list.
pub async fn list(
    endpoints: &Endpoints,
    transport: &dyn Transport,
    access: &SecretString,
    consent: Option<&str>,
) -> Result<Vec<Connection>, AuthError> {
    let mut url = below(endpoints, "connections")?;
    if let Some(consent) = consent {
        url.query_pairs_mut().append_pair("authEventId", consent);
    }
    let answer = transport
        .send(request("GET", url.as_str(), access, "")?)
        .await?;
    refuse_unless_ok(&answer)?;
    let mut found: Vec<Connection> =
        serde_json::from_slice(answer.body()).map_err(|_| garbage(&answer))?;
    found.retain(|connection| connection.tenant_type.eq_ignore_ascii_case("ORGANISATION"));
    Ok(found)
}

/// Removes one connection. One that is gone already is no error.
///
/// # Errors
/// [`AuthError`] where Xero refuses.
pub async fn delete(
    endpoints: &Endpoints,
    transport: &dyn Transport,
    access: &SecretString,
    connection_id: &str,
) -> Result<(), AuthError> {
    let mut url = below(endpoints, "connections")?;
    if let Ok(mut path) = url.path_segments_mut() {
        path.push(connection_id);
    }
    let answer = transport
        .send(request("DELETE", url.as_str(), access, "")?)
        .await?;
    if answer.status() == http::StatusCode::NOT_FOUND {
        return Ok(());
    }
    refuse_unless_ok(&answer)
}

fn below(endpoints: &Endpoints, path: &str) -> Result<url::Url, AuthError> {
    endpoints
        .api
        .join(path)
        .map_err(|error| AuthError::Garbage(error.to_string()))
}

fn request(
    method: &str,
    url: &str,
    access: &SecretString,
    body: &'static str,
) -> Result<Request, AuthError> {
    http::Request::builder()
        .method(method)
        .uri(url)
        .header("accept", "application/json")
        .header(
            "authorization",
            format!("Bearer {}", access.expose_secret()),
        )
        .body(Bytes::from_static(body.as_bytes()))
        .map_err(|error| AuthError::Garbage(error.to_string()))
}

fn refuse_unless_ok(answer: &net::Response) -> Result<(), AuthError> {
    let status = answer.status();
    if status.is_success() {
        Ok(())
    } else if status == http::StatusCode::UNAUTHORIZED || status == http::StatusCode::FORBIDDEN {
        Err(AuthError::SignInNeeded(
            "Xero does not accept this sign-in any more".to_owned(),
        ))
    } else if status.is_server_error() || status == http::StatusCode::TOO_MANY_REQUESTS {
        Err(AuthError::Unavailable(status.as_u16()))
    } else {
        Err(garbage(answer))
    }
}

fn garbage(answer: &net::Response) -> AuthError {
    AuthError::Garbage(format!(
        "HTTP {}: {}",
        answer.status().as_u16(),
        net::redact::body(answer.headers(), answer.body(), 200)
    ))
}
