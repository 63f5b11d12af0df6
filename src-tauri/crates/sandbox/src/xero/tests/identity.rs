use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::super::{Country, OAuthClient, XeroConfig};
use super::{Answered, Bench};

const VERIFIER: &str = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJK";

fn challenge() -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER))
}

fn form(bench: &mut Bench, path: &str, fields: &[(&str, &str)], basic: Option<&str>) -> Answered {
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

fn authorize(bench: &mut Bench, query: &[(&str, &str)]) -> Answered {
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
const CALLBACK: &str = "http://localhost:8971/callback";

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

fn value<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
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

fn refresh(bench: &mut Bench, token: &str) -> Answered {
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
fn refresh_tokens_rotate_and_the_old_one_lives_half_an_hour() {
    let mut bench = Bench::new(Country::Gb);
    let first = bench.grant.refresh_token.clone();
    let second = refresh(&mut bench, &first).at("/refresh_token");
    assert_ne!(first, second);
    bench.wait(29 * 60);
    let third = refresh(&mut bench, &first);
    assert_eq!(third.status, 200, "the answer may have been lost");
    bench.wait(2 * 60);
    assert_eq!(refresh(&mut bench, &first).at("/error"), "invalid_grant");
    assert_eq!(refresh(&mut bench, &third.at("/refresh_token")).status, 200);
    assert_eq!(refresh(&mut bench, &second).status, 200);
    let last = refresh(&mut bench, &second).at("/refresh_token");
    bench.wait(60 * 24 * 3600);
    assert_eq!(refresh(&mut bench, &last).at("/error"), "invalid_grant");
}

#[test]
fn clients_are_told_what_is_wrong_with_them() {
    let mut bench = Bench::new(Country::Gb);
    for (fields, basic, error) in [
        (
            &[("client_id", "COUNTERFOIL-DEMO-PKCE")][..],
            None,
            "unsupported_grant_type",
        ),
        (
            &[("grant_type", "refresh_token"), ("client_id", "X")],
            None,
            "invalid_client",
        ),
        (
            &[
                ("grant_type", "refresh_token"),
                ("client_id", "COUNTERFOIL-DEMO"),
            ],
            None,
            "invalid_client",
        ),
        (
            &[("grant_type", "refresh_token")],
            Some("COUNTERFOIL-DEMO:wrong"),
            "invalid_client",
        ),
        (
            &[("grant_type", "refresh_token")],
            None,
            "unauthorized_client",
        ),
        (
            &[("grant_type", "refresh_token")],
            Some("COUNTERFOIL-DEMO:demo-secret"),
            "invalid_grant",
        ),
        (
            &[("grant_type", "client_credentials")],
            Some("COUNTERFOIL-DEMO:demo-secret"),
            "unauthorized_client",
        ),
    ] {
        let answer = form(&mut bench, "/connect/token", fields, basic);
        assert_eq!((answer.status, answer.at("/error").as_str()), (400, error));
    }
}

#[test]
fn a_custom_connection_needs_no_tenant() {
    let mut config = XeroConfig::demo(Country::Nz, 1);
    let mut client = OAuthClient::new("CUSTOM", Some("secret"));
    client.custom_connection = true;
    config.clients.push(client);
    let mut bench = Bench::with(config);
    let tokens = form(
        &mut bench,
        "/connect/token",
        &[("grant_type", "client_credentials")],
        Some("CUSTOM:secret"),
    );
    assert_eq!(tokens.status, 200);
    assert!(tokens.json().get("refresh_token").is_none());
    let request = http::Request::builder()
        .uri("http://localhost:5310/api.xro/2.0/Organisation")
        .header(
            "authorization",
            format!("Bearer {}", tokens.at("/access_token")),
        )
        .body(Bytes::new())
        .unwrap();
    assert_eq!(bench.send(request).at("/Organisations/0/CountryCode"), "NZ");
}

#[test]
fn expired_tokens_wrong_tenants_and_missing_scopes() {
    let mut bench = Bench::new(Country::Gb);
    let with = |bench: &mut Bench, token: &str, tenant: Option<&str>, method: &str| {
        let mut builder = http::Request::builder()
            .method(method)
            .uri("http://localhost:5310/api.xro/2.0/Contacts")
            .header("authorization", format!("Bearer {token}"));
        if let Some(tenant) = tenant {
            builder = builder.header("Xero-tenant-id", tenant);
        }
        bench.send(builder.body(Bytes::from_static(b"{}")).unwrap())
    };
    let (token, tenant) = (
        bench.grant.access_token.clone(),
        bench.grant.tenant_id.clone(),
    );
    assert_eq!(with(&mut bench, &token, Some(&tenant), "GET").status, 200);
    for wrong in [
        None,
        Some("7d05a53d-613d-4eb2-a2fc-dcb6adb80b80"),
        Some("x"),
    ] {
        let answer = with(&mut bench, &token, wrong, "GET");
        assert_eq!(
            (answer.status, answer.at("/Detail").as_str()),
            (403, "AuthenticationUnsuccessful")
        );
        assert_eq!(answer.at("/Title"), "Forbidden");
    }
    assert_eq!(with(&mut bench, "nope", Some(&tenant), "GET").status, 401);

    // A consent to reading contacts only.
    let pairs = {
        let challenge = challenge();
        let page = authorize(
            &mut bench,
            &[
                ("response_type", "code"),
                ("client_id", "COUNTERFOIL-DEMO"),
                ("redirect_uri", CALLBACK),
                ("scope", "accounting.contacts.read"),
                ("code_challenge", &challenge),
                ("code_challenge_method", "S256"),
            ],
        );
        let request = page
            .text()
            .split("name=\"request\" value=\"")
            .nth(1)
            .unwrap()
            .split('"')
            .next()
            .unwrap()
            .to_owned();
        let answer = form(
            &mut bench,
            "/identity/connect/authorize",
            &[("request", &request), ("decision", "allow")],
            None,
        );
        url::Url::parse(answer.header("location"))
            .unwrap()
            .query_pairs()
            .into_owned()
            .collect::<Vec<_>>()
    };
    let reader = form(
        &mut bench,
        "/connect/token",
        &[
            ("grant_type", "authorization_code"),
            ("code", value(&pairs, "code").unwrap()),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ],
        Some("COUNTERFOIL-DEMO:demo-secret"),
    );
    assert!(
        reader.json().get("refresh_token").is_none(),
        "no offline_access"
    );
    let reader = reader.at("/access_token");
    assert_eq!(with(&mut bench, &reader, Some(&tenant), "GET").status, 200);
    let refused = with(&mut bench, &reader, Some(&tenant), "POST");
    assert_eq!(
        (refused.status, refused.at("/Detail").as_str()),
        (401, "AuthorizationUnsuccessful")
    );

    bench.wait(1800);
    let expired = with(&mut bench, &token, Some(&tenant), "GET");
    assert_eq!(expired.status, 401);
    assert_eq!(
        expired.at("/Detail"),
        "TokenExpired: token expired at 11/22/2026 10:30:00"
    );
}

#[test]
fn revocation_and_disconnection_end_the_connection() {
    let mut bench = Bench::new(Country::Gb);
    let delete = |bench: &mut Bench, id: &str| {
        let request = http::Request::builder()
            .method("DELETE")
            .uri(format!("http://localhost:5310/Connections/{id}"))
            .header(
                "authorization",
                format!("Bearer {}", bench.grant.access_token),
            )
            .body(Bytes::new())
            .unwrap();
        bench.send(request).status
    };
    let tenant = bench.grant.tenant_id.clone();
    assert_eq!(
        delete(&mut bench, &tenant),
        404,
        "the tenant id is not the connection id"
    );
    let id = bench.grant.connection_id.clone();
    assert_eq!(delete(&mut bench, &id), 204);
    assert_eq!(bench.get("Contacts").status, 403);

    let mut bench = Bench::new(Country::Gb);
    let token = bench.grant.refresh_token.clone();
    let answer = form(
        &mut bench,
        "/connect/revocation",
        &[("client_id", "COUNTERFOIL-DEMO-PKCE"), ("token", &token)],
        None,
    );
    assert_eq!((answer.status, answer.body.len()), (200, 0));
    assert_eq!(refresh(&mut bench, &token).at("/error"), "invalid_grant");
    assert_eq!(bench.get("Contacts").status, 403);
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
