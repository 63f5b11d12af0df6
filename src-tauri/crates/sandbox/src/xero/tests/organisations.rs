//! Several organisations of one person.

use bytes::Bytes;
use serde_json::json;
use uuid::Uuid;

use super::super::{Country, FurtherOrganisation, Limits, OAuthClient, XeroConfig};
use super::{Answered, Bench, column};

const SECOND: Uuid = Uuid::from_u128(0x2222);

fn two(several: bool) -> Bench {
    let mut config = XeroConfig::demo(Country::Gb, 7);
    config.further = vec![FurtherOrganisation {
        tenant_id: SECOND,
        name: "Harbour & Vine (NZ)".to_owned(),
        country: Country::Nz,
    }];
    config.clients[1].several_organisations = several;
    config.clients.push(OAuthClient {
        custom_connection: true,
        ..OAuthClient::new("CUSTOM", Some("s"))
    });
    config.limits = Limits {
        per_minute: 3,
        app_per_minute: 5,
        ..Limits::default()
    };
    Bench::with(config)
}

fn form(bench: &mut Bench, path: &str, fields: &[(&str, &str)]) -> Answered {
    let body = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish();
    let request = http::Request::post(format!("http://localhost:5310{path}"))
        .body(Bytes::from(body))
        .unwrap();
    bench.send(request)
}

/// Signs in and ticks some organisations; gives the names the app is then connected to.
fn consent(bench: &mut Bench, ticked: &[&str]) -> (String, Vec<String>) {
    let url = "http://localhost:5310/identity/connect/authorize?response_type=code\
        &client_id=COUNTERFOIL-DEMO&redirect_uri=http%3A%2F%2Flocalhost%3A1%2Fcallback\
        &scope=offline_access%20accounting.settings&state=s";
    let page = bench
        .send(http::Request::get(url).body(Bytes::new()).unwrap())
        .text();
    let (_, rest) = page.split_once("name=\"request\" value=\"").unwrap();
    let mut fields = vec![
        ("request", rest.split('"').next().unwrap()),
        ("decision", "allow"),
    ];
    fields.extend(ticked.iter().map(|id| ("organisation", *id)));
    let back = form(bench, "/identity/connect/authorize", &fields);
    let location = url::Url::parse(back.header("location")).unwrap();
    let (_, code) = location
        .query_pairs()
        .find(|(name, _)| name == "code")
        .unwrap();
    let tokens = form(
        bench,
        "/connect/token",
        &[
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", "http://localhost:1/callback"),
            ("client_id", "COUNTERFOIL-DEMO"),
            ("client_secret", "demo-secret"),
        ],
    );
    let bearer = format!("Bearer {}", tokens.at("/access_token"));
    let request = http::Request::get("http://localhost:5310/connections")
        .header("authorization", &bearer)
        .body(Bytes::new())
        .unwrap();
    let connections = bench.send(request).json();
    let names = connections
        .as_array()
        .unwrap()
        .iter()
        .map(|each| each["tenantName"].as_str().unwrap().to_owned())
        .collect();
    (page, names)
}

#[test]
fn one_consent_is_for_one_organisation_and_consents_add_up() {
    let mut bench = two(false);
    let (page, names) = consent(&mut bench, &[]);
    assert!(page.contains("type=\"radio\""), "{page}");
    assert_eq!(names, ["Harbour & Vine Trading"]);
    let first = bench.world.config().tenant_id.to_string();
    let (_, names) = consent(&mut bench, &[&SECOND.to_string(), &first]);
    assert_eq!(
        names,
        ["Harbour & Vine Trading"],
        "no more than one at once"
    );
    let (_, names) = consent(&mut bench, &[&SECOND.to_string()]);
    assert_eq!(names, ["Harbour & Vine Trading", "Harbour & Vine (NZ)"]);
}

#[test]
fn one_consent_may_be_for_several_where_the_app_may_ask_so() {
    let mut bench = two(true);
    let first = bench.world.config().tenant_id.to_string();
    let (page, names) = consent(&mut bench, &[&SECOND.to_string(), &first]);
    assert_eq!(page.matches("type=\"checkbox\"").count(), 2);
    assert_eq!(page.matches(" checked").count(), 1);
    assert_eq!(names, ["Harbour & Vine Trading", "Harbour & Vine (NZ)"]);
}

#[test]
fn organisations_have_their_own_books_and_their_own_minute() {
    let mut bench = two(false);
    let made =
        json!({"op": "create_contact", "Organisation": SECOND.to_string(), "Name": "Kiwi Ltd"});
    bench.world.edit(&made, bench.now).unwrap();
    let nowhere = json!({"op": "create_contact", "Organisation": "Elsewhere", "Name": "X"});
    assert_eq!(
        bench.world.edit(&nowhere, bench.now).unwrap_err(),
        "no such organisation"
    );
    assert_eq!(bench.get("Contacts").json()["Contacts"], json!([]));
    let first = std::mem::replace(&mut bench.grant.tenant_id, SECOND.to_string());
    let second = bench.get("Contacts");
    assert_eq!(column(&second, "Contacts", "Name"), ["Kiwi Ltd"]);
    assert_eq!(second.header("x-minlimit-remaining"), "2");
    assert_eq!(second.header("x-appminlimit-remaining"), "3");
    assert_eq!(
        bench
            .get("Organisation")
            .at("/Organisations/0/BaseCurrency"),
        "NZD"
    );
    assert_eq!(bench.get("Organisation").status, 200);
    let refused = bench.get("Organisation");
    assert_eq!(refused.header("x-rate-limit-problem"), "minute");
    bench.grant.tenant_id = first;
    assert_eq!(
        bench
            .get("Organisation")
            .at("/Organisations/0/BaseCurrency"),
        "GBP"
    );
    let refused = bench.get("Organisation");
    assert_eq!(refused.header("x-rate-limit-problem"), "appminute");
}

#[test]
fn disconnecting_one_leaves_the_other() {
    let mut bench = two(false);
    let request = http::Request::delete(format!(
        "http://localhost:5310/connections/{}",
        bench.grant.connection_id
    ))
    .header(
        "authorization",
        format!("Bearer {}", bench.grant.access_token),
    )
    .body(Bytes::new())
    .unwrap();
    assert_eq!(bench.send(request).status, 204);
    assert_eq!(bench.get("Organisation").status, 403);
    bench.grant.tenant_id = SECOND.to_string();
    assert_eq!(bench.get("Organisation").status, 200);
}

#[test]
fn a_custom_connection_reaches_its_one_organisation_only() {
    let mut bench = two(false);
    let tokens = form(
        &mut bench,
        "/connect/token",
        &[
            ("grant_type", "client_credentials"),
            ("client_id", "CUSTOM"),
            ("client_secret", "s"),
        ],
    );
    assert_eq!(tokens.json().get("refresh_token"), None);
    let ask = |bench: &mut Bench, tenant: Option<String>| {
        let mut request = http::Request::get("http://localhost:5310/api.xro/2.0/Organisation")
            .header(
                "authorization",
                format!("Bearer {}", tokens.at("/access_token")),
            );
        if let Some(tenant) = tenant {
            request = request.header("xero-tenant-id", tenant);
        }
        bench.send(request.body(Bytes::new()).unwrap())
    };
    let first = bench.world.config().tenant_id.to_string();
    for tenant in [None, Some(first.clone())] {
        let answer = ask(&mut bench, tenant);
        assert_eq!(answer.at("/Organisations/0/OrganisationID"), first);
    }
    assert_eq!(ask(&mut bench, Some(SECOND.to_string())).status, 403);
}
