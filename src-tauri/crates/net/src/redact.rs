//! Keeps secrets out of everything that is logged, stored or shown.
//!
//! Every request and answer that leaves the clients as text goes through here. What is secret is
//! told by the name of its key, so a new field of an API is covered without being listed by path.

use http::HeaderMap;
use serde_json::Value;
use url::Url;

/// What stands in place of a secret.
pub const HIDDEN: &str = "[hidden]";

/// Key names (folded: lower case, no `-` or `_`) that hold a secret wherever they contain one of
/// these.
const SECRET_PARTS: [&str; 10] = [
    "token",
    "secret",
    "password",
    "passwd",
    "authorization",
    "cookie",
    "apikey",
    "credential",
    "verifier",
    "assertion",
];
/// Key names that hold a secret only when they are exactly this, because the word is common.
const SECRET_WORDS: [&str; 5] = ["sid", "pwd", "usr", "signature", "xxerosignature"];
/// As [`SECRET_WORDS`], but in forms and addresses only: a Xero account has a `Code` in JSON.
const SECRET_FORM_WORDS: [&str; 3] = ["code", "state", "key"];

fn folded(name: &str) -> String {
    name.chars()
        .filter(|letter| !matches!(letter, '-' | '_'))
        .flat_map(char::to_lowercase)
        .collect()
}

/// Whether a header or JSON field of this name holds a secret.
pub fn is_secret(name: &str) -> bool {
    let name = folded(name);
    // `token_type: Bearer` and `tokenExpiry` style fields say nothing secret, but hiding them
    // costs nothing; only these two are wanted in logs.
    if matches!(name.as_str(), "tokentype" | "idempotencykey") {
        return false;
    }
    SECRET_PARTS.iter().any(|part| name.contains(part)) || SECRET_WORDS.contains(&name.as_str())
}

fn is_secret_in_form(name: &str) -> bool {
    is_secret(name) || SECRET_FORM_WORDS.contains(&folded(name).as_str())
}

/// The headers with the values of secret ones hidden, in the order given.
pub fn headers(headers: &HeaderMap) -> Vec<(String, String)> {
    headers
        .iter()
        .map(|(name, value)| {
            let shown = if is_secret(name.as_str()) {
                HIDDEN.to_owned()
            } else {
                String::from_utf8_lossy(value.as_bytes()).into_owned()
            };
            (name.as_str().to_owned(), shown)
        })
        .collect()
}

/// The address with any password and the values of secret parameters hidden.
pub fn url(address: &str) -> String {
    let Ok(mut parsed) = Url::parse(address) else {
        // Relative: only the query can be told apart.
        return match address.split_once('?') {
            Some((path, query)) => format!("{path}?{}", form(query)),
            None => address.to_owned(),
        };
    };
    if parsed.password().is_some() {
        // Cannot fail for an address that has a password already.
        let _ = parsed.set_password(Some("hidden"));
    }
    if let Some(query) = parsed.query() {
        let shown = form(query);
        parsed.set_query(Some(&shown));
    }
    parsed.to_string()
}

/// A form or query with the values of secret fields hidden.
pub fn form(text: &str) -> String {
    text.split('&')
        .map(|pair| match pair.split_once('=') {
            Some((name, _)) if is_secret_in_form(name) => format!("{name}=hidden"),
            _ => pair.to_owned(),
        })
        .collect::<Vec<_>>()
        .join("&")
}

/// Hides the values of secret fields in a JSON document, at any depth.
pub fn json(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                if is_secret(name) && !field.is_null() {
                    *field = Value::String(HIDDEN.to_owned());
                } else {
                    json(field);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(json),
        Value::String(text) if looks_like_credentials(text) => HIDDEN.clone_into(text),
        _ => {}
    }
}

/// A body for the log: secrets hidden by key name, cut to `longest` characters.
pub fn body(headers: &HeaderMap, body: &[u8], longest: usize) -> String {
    let kind = headers
        .get(http::header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let text = String::from_utf8_lossy(body);
    let shown = if kind.contains("x-www-form-urlencoded") {
        form(&text)
    } else if let Ok(mut value) = serde_json::from_slice::<Value>(body) {
        json(&mut value);
        value.to_string()
    } else {
        plain(&text)
    };
    shorten(&shown, longest)
}

/// Any text with what looks like credentials hidden: `Bearer …`, `Basic …`, `token key:secret`,
/// and `name=value` or `"name":"value"` of a secret name.
pub fn plain(text: &str) -> String {
    #[derive(PartialEq)]
    enum Next {
        Show,
        Hide,
        HidePair,
    }
    let scheme = |word: &str| {
        let word = word.trim_matches(|letter: char| !letter.is_alphanumeric());
        word.eq_ignore_ascii_case("bearer") || word.eq_ignore_ascii_case("basic")
    };
    let mut shown = String::with_capacity(text.len());
    let mut next = Next::Show;
    for word in text.split_inclusive(char::is_whitespace) {
        let bare = word.trim_end();
        let gap = &word[bare.len()..];
        if bare.is_empty() {
            shown.push_str(gap);
            continue;
        }
        if scheme(bare) {
            shown.push_str(bare);
            next = Next::Hide;
        } else if next == Next::Hide || (next == Next::HidePair && bare.contains(':')) {
            shown.push_str(HIDDEN);
            next = Next::Show;
        } else if let Some((name, _)) = bare.split_once('=')
            && is_secret_in_form(name.rsplit(['?', '&', ';', ',']).next().unwrap_or(name))
        {
            shown.push_str(name);
            shown.push('=');
            shown.push_str(HIDDEN);
            next = Next::Show;
        } else {
            shown.push_str(bare);
            next = if bare.eq_ignore_ascii_case("token") {
                // ERPNext's scheme, but also a common word: only `key:secret` after it is hidden.
                Next::HidePair
            } else if bare
                .strip_suffix(':')
                .is_some_and(|name| is_secret(name.trim_matches(['"', '\''])))
            {
                Next::Hide
            } else {
                Next::Show
            };
        }
        shown.push_str(gap);
    }
    shown
}

fn looks_like_credentials(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(' ') else {
        return false;
    };
    (scheme.eq_ignore_ascii_case("bearer") || scheme.eq_ignore_ascii_case("basic"))
        && !rest.contains(' ')
        && rest.len() >= 8
}

/// The first `longest` characters, with a mark where something was cut.
pub fn shorten(text: &str, longest: usize) -> String {
    match text.char_indices().nth(longest) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use http::HeaderValue;

    #[test]
    fn headers_hide_credentials_and_keep_the_rest() {
        let mut map = HeaderMap::new();
        map.insert("authorization", HeaderValue::from_static("Bearer abc"));
        map.insert("cookie", HeaderValue::from_static("sid=1"));
        map.insert("x-frappe-csrf-token", HeaderValue::from_static("t"));
        map.insert("idempotency-key", HeaderValue::from_static("k-1"));
        map.insert("xero-tenant-id", HeaderValue::from_static("7078"));
        let shown = headers(&map);
        let get = |name: &str| {
            shown
                .iter()
                .find(|(key, _)| key == name)
                .unwrap()
                .1
                .as_str()
        };
        assert_eq!(get("authorization"), HIDDEN);
        assert_eq!(get("cookie"), HIDDEN);
        assert_eq!(get("x-frappe-csrf-token"), HIDDEN);
        assert_eq!(get("idempotency-key"), "k-1");
        assert_eq!(get("xero-tenant-id"), "7078");
    }

    #[test]
    fn addresses_hide_codes_tokens_and_passwords() {
        assert_eq!(
            url("http://localhost:49210/callback?code=abc&scope=openid&state=xyz"),
            "http://localhost:49210/callback?code=hidden&scope=openid&state=hidden"
        );
        assert_eq!(
            url("https://admin:letmein@erp.example/api?api_secret=1"),
            "https://admin:hidden@erp.example/api?api_secret=hidden"
        );
        assert_eq!(
            url("/api.xro/2.0/Invoices?page=1"),
            "/api.xro/2.0/Invoices?page=1"
        );
    }

    #[test]
    fn bodies_hide_by_key_name_at_any_depth() {
        let mut map = HeaderMap::new();
        map.insert("content-type", HeaderValue::from_static("application/json"));
        let text = body(
            &map,
            br#"{"access_token":"eyJ","expires_in":1800,"inner":[{"Password":"p","Code":"200"}]}"#,
            500,
        );
        assert_eq!(
            text,
            r#"{"access_token":"[hidden]","expires_in":1800,"inner":[{"Password":"[hidden]","Code":"200"}]}"#
        );
        map.insert(
            "content-type",
            HeaderValue::from_static("application/x-www-form-urlencoded"),
        );
        assert_eq!(
            body(
                &map,
                b"grant_type=refresh_token&refresh_token=abc&client_id=CID",
                500
            ),
            "grant_type=refresh_token&refresh_token=hidden&client_id=CID"
        );
    }

    #[test]
    fn plain_text_hides_what_looks_like_credentials() {
        for (text, shown) in [
            (
                "Authorization: Bearer eyJabc.def and token key:secret now",
                "Authorization: Bearer [hidden] and token [hidden] now",
            ),
            ("password: hunter2 sid=5", "password: [hidden] sid=[hidden]"),
            (
                "TokenExpired: token expired at noon",
                "TokenExpired: [hidden] expired at noon",
            ),
        ] {
            assert_eq!(plain(text), shown);
        }
    }

    #[test]
    fn long_text_is_cut_at_a_letter() {
        assert_eq!(shorten("Müller", 2), "Mü…");
        assert_eq!(shorten("abc", 3), "abc");
    }
}
