//! Who is asking: `token key:secret`, HTTP Basic, a bearer token, or Guest.

use base64::Engine as _;
use http::HeaderMap;

use super::ErpnextWorld;
use super::errors::Refusal;
use super::site::Outcome;

impl ErpnextWorld {
    /// The user behind the request's `Authorization` header; without one, `Guest`.
    ///
    /// Refuses with 401 for a wrong key, secret or form, and for a disabled user.
    pub(crate) fn authenticate(&self, headers: &HeaderMap) -> Outcome<String> {
        let Some(header) = headers.get(http::header::AUTHORIZATION) else {
            return Ok("Guest".to_owned());
        };
        let refused = || Box::new(Refusal::unauthenticated());
        let header = header.to_str().map_err(|_| refused())?;
        let (scheme, credentials) = header.split_once(' ').ok_or_else(refused)?;
        let pair = match scheme.to_ascii_lowercase().as_str() {
            "bearer" => return self.bearer(credentials.trim()).ok_or_else(refused),
            "token" => credentials.trim().to_owned(),
            "basic" => base64::engine::general_purpose::STANDARD
                .decode(credentials.trim())
                .ok()
                .and_then(|bytes| String::from_utf8(bytes).ok())
                .ok_or_else(refused)?,
            _ => return Err(refused()),
        };
        let (key, secret) = pair.split_once(':').ok_or_else(refused)?;
        let shelf = self.store.shelf("User").ok_or_else(refused)?;
        shelf
            .by_name()
            .find(|user| user.text("api_key") == key && !key.is_empty())
            .filter(|user| user.text("api_secret") == secret && user.int("enabled") == 1)
            .map(|user| user.name().to_owned())
            .ok_or_else(refused)
    }
}
