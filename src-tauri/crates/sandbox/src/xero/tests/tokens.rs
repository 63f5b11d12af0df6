use bytes::Bytes;

use super::super::{Country, OAuthClient, XeroConfig};
use super::Bench;
use super::identity::{CALLBACK, VERIFIER, authorize, challenge, form, refresh, value};

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
