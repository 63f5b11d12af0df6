use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::super::Country;
use super::{Answered, Bench};

pub const VERIFIER: &str = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJK";

pub fn challenge() -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER))
}

pub fn form(
    bench: &mut Bench,
    path: &str,
    fields: &[(&str, &str)],
    basic: Option<&str>,
) -> Answered {
    let body = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish();
    let mut builder = http::Request::builder()
        .method("POST")
        .uri(format!("http://localhost:5310{path}"));
    if let Some(pair) = basic {
        builder = builder.header("authorization", format!("Basic {}", STANDARD.encode(pair)));
    }
    bench.send(builder.body(Bytes::from(body)).unwrap())
}

pub fn authorize(bench: &mut Bench, query: &[(&str, &str)]) -> Answered {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(query)
        .finish();
    bench.send(
        http::Request::builder()
            .uri(format!(
                "http://localhost:5310/identity/connect/authorize?{query}"
            ))
            .body(Bytes::new())
            .unwrap(),
    )
}

const SCOPE: &str =
    "openid offline_access accounting.contacts accounting.invoices accounting.settings.read";
pub const CALLBACK: &str = "http://localhost:8971/callback";

/// Clicks a button of the consent page; the redirect's query.
fn click(bench: &mut Bench, decision: &str) -> Vec<(String, String)> {
    let challenge = challenge();
    let page = authorize(
        bench,
        &[
            ("response_type", "code"),
            ("client_id", "COUNTERFOIL-DEMO-PKCE"),
            ("redirect_uri", CALLBACK),
            ("scope", SCOPE),
            ("state", "s t&te"),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ],
    );
    assert_eq!(page.status, 200, "{}", page.text());
    let html = page.text();
    for part in [
        "id=\"allow\"",
        "id=\"cancel\"",
        "Harbour &amp; Vine Trading",
        "View and manage contacts",
    ] {
        assert!(html.contains(part), "{part} in {html}");
    }
    assert!(!html.contains("<script"));
    let request = html
        .split("name=\"request\" value=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .to_owned();
    let answer = form(
        bench,
        "/identity/connect/authorize",
        &[("request", &request), ("decision", decision)],
        None,
    );
    assert_eq!(answer.status, 302);
    let location = url::Url::parse(answer.header("location")).unwrap();
    assert_eq!(location.port(), Some(8971));
    // The page is good for one answer.
    let again = form(
        bench,
        "/identity/connect/authorize",
        &[("request", &request), ("decision", "allow")],
        None,
    );
    assert_eq!(again.status, 400);
    location.query_pairs().into_owned().collect()
}

pub fn value<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs
        .iter()
        .find(|(given, _)| given == name)
        .map(|(_, value)| value.as_str())
}

fn exchange(bench: &mut Bench, code: &str, verifier: &str) -> Answered {
    form(
        bench,
        "/connect/token",
        &[
            ("grant_type", "authorization_code"),
            ("client_id", "COUNTERFOIL-DEMO-PKCE"),
            ("code", code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", verifier),
        ],
        None,
    )
}

pub fn refresh(bench: &mut Bench, token: &str) -> Answered {
    form(
        bench,
        "/connect/token",
        &[
            ("grant_type", "refresh_token"),
            ("client_id", "COUNTERFOIL-DEMO-PKCE"),
            ("refresh_token", token),
        ],
        None,
    )
}

#[test]
fn allow_gives_a_code_that_works_once() {
    let mut bench = Bench::new(Country::Gb);
    let pairs = click(&mut bench, "allow");
    assert_eq!(value(&pairs, "state"), Some("s t&te"));
    let code = value(&pairs, "code").unwrap().to_owned();
    let tokens = exchange(&mut bench, &code, VERIFIER);
    assert_eq!(tokens.status, 200, "{}", tokens.text());
    assert_eq!(tokens.at("/expires_in"), "1800");
    assert_eq!(tokens.at("/token_type"), "Bearer");
    let access = tokens.at("/access_token");
    let claims: serde_json::Value = serde_json::from_slice(
        &URL_SAFE_NO_PAD
            .decode(access.split('.').nth(1).unwrap())
            .unwrap(),
    )
    .unwrap();
    assert!(
        claims["scope"]
            .as_array()
            .unwrap()
            .iter()
            .any(|scope| scope == "accounting.invoices")
    );
    let event = claims["authentication_event_id"]
        .as_str()
        .unwrap()
        .to_owned();
    let again = exchange(&mut bench, &code, VERIFIER);
    assert_eq!(
        (again.status, again.at("/error").as_str()),
        (400, "invalid_grant")
    );

    let request = http::Request::builder()
        .uri(format!(
            "http://localhost:5310/connections?authEventId={event}"
        ))
        .header("authorization", format!("Bearer {access}"))
        .body(Bytes::new())
        .unwrap();
    let connections = bench.send(request);
    assert_eq!(connections.at("/0/tenantName"), "Harbour & Vine Trading");
    assert_eq!(connections.at("/0/tenantId"), bench.grant.tenant_id);
    assert_eq!(
        connections.at("/0/createdDateUtc"),
        "2026-11-22T10:00:00.0000000"
    );
}

#[test]
fn a_wrong_verifier_or_a_late_code_is_refused() {
    let mut bench = Bench::new(Country::Gb);
    for (verifier, wait, status) in [
        (VERIFIER, 0, 200),
        ("short", 0, 400),
        ("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJX", 0, 400),
        (VERIFIER, 301, 400),
    ] {
        let pairs = click(&mut bench, "allow");
        let code = value(&pairs, "code").unwrap().to_owned();
        bench.wait(wait);
        assert_eq!(
            exchange(&mut bench, &code, verifier).status,
            status,
            "{verifier} {wait}"
        );
    }
}

#[test]
fn cancel_goes_back_with_access_denied() {
    let mut bench = Bench::new(Country::Gb);
    let pairs = click(&mut bench, "cancel");
    assert_eq!(value(&pairs, "error"), Some("access_denied"));
    assert_eq!(value(&pairs, "code"), None);
}

#[test]
fn a_wrong_request_shows_a_page_and_never_redirects() {
    let mut bench = Bench::new(Country::Gb);
    let challenge = challenge();
    for (client, redirect, scope, words) in [
        ("NOBODY", CALLBACK, SCOPE, "unauthorized_client"),
        (
            "COUNTERFOIL-DEMO-PKCE",
            "http://127.0.0.1:8971/callback",
            SCOPE,
            "Invalid redirect_uri",
        ),
        (
            "COUNTERFOIL-DEMO-PKCE",
            "http://localhost:8971/other",
            SCOPE,
            "Invalid redirect_uri",
        ),
        (
            "COUNTERFOIL-DEMO-PKCE",
            CALLBACK,
            "accounting.transactions",
            "Invalid scope for client",
        ),
        (
            "COUNTERFOIL-DEMO-PKCE",
            CALLBACK,
            "nonsense",
            "invalid_scope",
        ),
    ] {
        let page = authorize(
            &mut bench,
            &[
                ("response_type", "code"),
                ("client_id", client),
                ("redirect_uri", redirect),
                ("scope", scope),
                ("code_challenge", &challenge),
                ("code_challenge_method", "S256"),
            ],
        );
        assert_eq!(page.status, 400);
        assert!(page.text().contains(words), "{words}: {}", page.text());
        assert_eq!(page.header("location"), "");
    }
    let no_challenge = authorize(
        &mut bench,
        &[
            ("response_type", "code"),
            ("client_id", "COUNTERFOIL-DEMO-PKCE"),
            ("redirect_uri", CALLBACK),
            ("scope", SCOPE),
        ],
    );
    assert_eq!(no_challenge.status, 400);
}

#[test]
fn discovery_names_the_endpoints_on_the_address_asked() {
    let mut bench = Bench::new(Country::Gb);
    let request = http::Request::builder()
        .uri("/.well-known/openid-configuration")
        .header("host", "127.0.0.1:5310")
        .body(Bytes::new())
        .unwrap();
    assert_eq!(
        bench.send(request).at("/token_endpoint"),
        "http://127.0.0.1:5310/connect/token"
    );
}
