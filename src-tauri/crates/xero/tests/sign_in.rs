//! Signing in against the simulated Xero: a "browser" follows the consent page into our listener.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, Duration, TimeZone, Utc};
use net::{Clock, JumpClock, NetError, Request, Response, SystemClock, Transport};
use sandbox::RemoteSystem;
use sandbox::xero::{Country, XeroConfig, XeroWorld};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_util::sync::CancellationToken;
use url::Url;
use xero::auth::redirect::Listener;
use xero::auth::{
    App, AuthError, Endpoints, GRANULAR_SCOPES, Grant, Session, SignIn, StoreError, TokenStore,
    Tokens, connections,
};

struct World {
    system: Mutex<XeroWorld>,
    clock: Arc<JumpClock>,
}

#[async_trait]
impl Transport for World {
    async fn send(&self, request: Request) -> Result<Response, NetError> {
        let now = self.clock.now();
        Ok(self.system.lock().unwrap().handle(&request, now))
    }
}

#[derive(Default)]
struct Kept(Mutex<Option<Tokens>>);

#[async_trait]
impl TokenStore for Kept {
    async fn load(&self) -> Result<Option<Tokens>, StoreError> {
        Ok(self.0.lock().unwrap().clone())
    }

    async fn save(&self, tokens: &Tokens) -> Result<(), StoreError> {
        *self.0.lock().unwrap() = Some(tokens.clone());
        Ok(())
    }
}

fn noon() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 22, 12, 0, 0).unwrap()
}

fn world() -> Arc<World> {
    let mut system = XeroWorld::new(XeroConfig::demo(Country::Gb, 3));
    system.observe(openapi::watch());
    Arc::new(World {
        system: Mutex::new(system),
        clock: Arc::new(JumpClock::at(noon())),
    })
}

fn endpoints() -> Endpoints {
    Endpoints::new(Some("http://localhost:5310"), Some("http://localhost:5310")).unwrap()
}

fn app(client_id: &str, secret: Option<&str>) -> App {
    App {
        client_id: client_id.to_owned(),
        client_secret: secret.map(Into::into),
        grant: Grant::Code,
    }
}

/// Opens the consent page, presses a button, and follows the redirect to our listener.
async fn browse(world: &World, address: &Url, decision: &str) -> String {
    let page = world
        .send(
            http::Request::get(address.as_str())
                .body(Bytes::new())
                .unwrap(),
        )
        .await
        .unwrap();
    let html = String::from_utf8_lossy(page.body()).into_owned();
    let hidden = html
        .split("name=\"request\" value=\"")
        .nth(1)
        .unwrap_or_else(|| panic!("{html}"))
        .split('"')
        .next()
        .unwrap();
    let press = http::Request::post("http://localhost:5310/identity/connect/authorize")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Bytes::from(format!("request={hidden}&decision={decision}")))
        .unwrap();
    let answer = world.send(press).await.unwrap();
    let back = Url::parse(answer.headers()["location"].to_str().unwrap()).unwrap();
    let port = back.port().unwrap();
    let mut socket = tokio::net::TcpStream::connect(("127.0.0.1", port))
        .await
        .unwrap();
    let target = format!("{}?{}", back.path(), back.query().unwrap());
    socket
        .write_all(format!("GET {target} HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n").as_bytes())
        .await
        .unwrap();
    let mut shown = String::new();
    socket.read_to_string(&mut shown).await.unwrap();
    shown
}

async fn sign_in(
    world: &Arc<World>,
    app: &App,
    scopes: &[&str],
    decision: &str,
) -> (Result<Tokens, AuthError>, String) {
    let listener = Listener::bind("Xero", &[0]).await.unwrap();
    let begun = SignIn::begin(app, &endpoints(), &listener.redirect_uri(), scopes).unwrap();
    let cancel = CancellationToken::new();
    // The listener waits for a real browser, so it is given real time.
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let deadline = clock.now() + Duration::minutes(5);
    let (code, shown) = tokio::join!(
        listener.wait(begun.state(), clock, deadline, &cancel),
        browse(world, begun.authorize_url(), decision)
    );
    let tokens = match code {
        Ok(code) => {
            begun
                .finish(code, world.clone(), world.clock.as_ref())
                .await
        }
        Err(error) => Err(error),
    };
    (tokens, shown)
}

#[tokio::test]
async fn both_kinds_of_app_sign_in_and_see_their_organisation() {
    for (client_id, secret) in [
        ("COUNTERFOIL-DEMO-PKCE", None),
        ("COUNTERFOIL-DEMO", Some("demo-secret")),
    ] {
        let world = world();
        let app = app(client_id, secret);
        let (tokens, shown) = sign_in(&world, &app, GRANULAR_SCOPES, "allow").await;
        let tokens = tokens.unwrap();
        assert!(shown.contains("Xero is connected"), "{shown}");
        assert_eq!(tokens.expires_at, noon() + Duration::minutes(30));
        assert!(
            tokens
                .scopes
                .iter()
                .any(|scope| scope == "accounting.invoices")
        );
        let consent = xero::auth::tokens::consent(&tokens);
        assert!(consent.is_some());
        let found = connections::list(&endpoints(), &*world, &tokens.access, consent.as_deref())
            .await
            .unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(
            found[0].tenant_name.as_deref(),
            Some("Harbour & Vine Trading")
        );

        // A new pair an hour later, then nothing after revoking.
        let session = Session::new(
            app,
            endpoints(),
            world.clone(),
            Arc::new(Kept(Mutex::new(Some(tokens.clone())))),
            world.clock.clone(),
        );
        world.clock.advance(Duration::hours(1));
        let access = session.access().await.unwrap();
        connections::delete(&endpoints(), &*world, &access, &found[0].id)
            .await
            .unwrap();
        let left = connections::list(&endpoints(), &*world, &access, None)
            .await
            .unwrap();
        assert_eq!(left, []);
        session.revoke().await.unwrap();
        world.clock.advance(Duration::hours(1));
        let error = session.access().await.unwrap_err();
        assert!(matches!(error, AuthError::SignInNeeded(_)), "{error:?}");
    }
}

#[tokio::test]
async fn declining_connects_nothing() {
    let world = world();
    let app = app("COUNTERFOIL-DEMO-PKCE", None);
    let (tokens, shown) = sign_in(&world, &app, GRANULAR_SCOPES, "cancel").await;
    assert!(matches!(tokens, Err(AuthError::Declined)), "{tokens:?}");
    assert!(shown.contains("Access was declined"), "{shown}");
}

#[tokio::test]
async fn a_wrong_secret_is_the_app_and_not_the_person() {
    let world = world();
    let app = app("COUNTERFOIL-DEMO", Some("wrong"));
    let (tokens, _) = sign_in(&world, &app, GRANULAR_SCOPES, "allow").await;
    assert!(matches!(tokens, Err(AuthError::WrongApp(_))), "{tokens:?}");
}

#[tokio::test]
async fn permissions_that_were_not_given_are_named() {
    let world = world();
    let app = app("COUNTERFOIL-DEMO-PKCE", None);
    let narrow = &[
        "openid",
        "offline_access",
        "accounting.contacts.read",
        "accounting.invoices",
    ];
    let (tokens, _) = sign_in(&world, &app, narrow, "allow").await;
    let session = Session::new(
        app,
        endpoints(),
        world.clone(),
        Arc::new(Kept(Mutex::new(Some(tokens.unwrap())))),
        world.clock.clone(),
    );
    assert_eq!(
        session.missing(GRANULAR_SCOPES).await.unwrap(),
        [
            "changing contacts",
            "changing payments",
            "entering money received without an invoice",
            "reading accounts, tax rates and settings"
        ]
    );
}
