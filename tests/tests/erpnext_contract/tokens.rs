//! Codes and tokens of the OAuth provider, which the recorder blanked.

use bytes::Bytes;
use http::Response;
use serde_json::Value;

/// What the provider gave out so far.
#[derive(Default)]
pub struct Tokens {
    code: String,
    access: Vec<String>,
    refresh: Vec<String>,
}

impl Tokens {
    /// Takes note of a code or of tokens in an answer.
    pub fn learn(&mut self, response: &Response<Bytes>) {
        let location = response
            .headers()
            .get("location")
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        if let Some((_, rest)) = location.split_once("?code=") {
            rest.split('&')
                .next()
                .unwrap_or_default()
                .clone_into(&mut self.code);
        }
        if let Ok(body) = serde_json::from_slice::<Value>(response.body()) {
            for (key, kept) in [
                ("access_token", &mut self.access),
                ("refresh_token", &mut self.refresh),
            ] {
                kept.extend(body[key].as_str().map(str::to_owned));
            }
        }
    }

    /// The access token an exchange of the second recording came with: the first one until the
    /// newest is tried and revoked.
    pub fn bearer(&self, at: usize) -> &str {
        let token = if at <= 19 {
            self.access.first()
        } else {
            self.access.last()
        };
        token.map_or("", String::as_str)
    }

    /// A form with what the recorder blanked put back.
    pub fn filled(&self, at: usize, form: &str) -> String {
        form.split('&')
            .map(|pair| match pair.split_once('=') {
                Some(("code", "<secret>")) => format!("code={}", self.code),
                Some(("refresh_token", "<secret>")) => {
                    let first = self.refresh.first().map_or("", String::as_str);
                    format!("refresh_token={first}")
                }
                Some(("token", "<secret>")) => format!("token={}", self.bearer(at)),
                _ => pair.to_owned(),
            })
            .collect::<Vec<_>>()
            .join("&")
    }
}
