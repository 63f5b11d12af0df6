//! Real time and webhooks over real connections: against the demo site, or against a real one where
//! `COUNTERFOIL_TEST_ERPNEXT_URL`, `_KEY`, `_SECRET` and `_COMPANY` name it. A real one has to run
//! its real-time server and a background worker, and reach this computer. What is made there begins
//! with `E-` and is deleted again.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use erpnext::realtime::listener::{PATIENT, signals};
use erpnext::realtime::{Address, Hint, Listener, Signal, Why, find};
use erpnext::webhooks::{self, Delivery, Outcome, Receiver, SIGNATURE_HEADER};
use erpnext::{ApiKey, Client, SiteUrl};
use http::Method;
use net::retry::Backoff;
use net::{HttpTransport, SystemClock};
use rand::SeedableRng;
use rand::rngs::StdRng;
use sandbox::{DemoConfig, DemoSize, Running, serve};
use secrecy::SecretString;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::time::timeout;

/// Longer than anything takes that works.
const LIMIT: Duration = Duration::from_mins(2);

struct Site {
    client: Client,
    url: SiteUrl,
    key: ApiKey,
    company: String,
    transport: Arc<HttpTransport>,
    /// The demo site; none where it is a real one.
    demo: Option<Running>,
}

impl Site {
    async fn open() -> Site {
        let variable = |name: &str| std::env::var(format!("COUNTERFOIL_TEST_ERPNEXT_{name}")).ok();
        if let Some(url) = variable("URL") {
            let company = variable("COMPANY").expect("a company");
            let (key, secret) = (variable("KEY").unwrap(), variable("SECRET").unwrap());
            return Site::at(&url, &key, &secret, &company, None);
        }
        Site::demo(0).await
    }

    async fn demo(port: u16) -> Site {
        let config = DemoConfig {
            erpnext_addr: ([127, 0, 0, 1], port).into(),
            size: DemoSize {
                contacts: 3,
                invoices: 4,
            },
            ..DemoConfig::default()
        };
        let running = serve(config).await.unwrap();
        let ready = running.ready.erpnext.clone();
        Site::at(
            &ready.url,
            &ready.key,
            &ready.secret,
            &ready.company,
            Some(running),
        )
    }

    fn at(url: &str, key: &str, secret: &str, company: &str, demo: Option<Running>) -> Site {
        let transport = Arc::new(HttpTransport::new().unwrap());
        let url = SiteUrl::parse(url).unwrap();
        let key = ApiKey::new(key, secret);
        let client = Client::new(
            transport.clone(),
            Arc::new(SystemClock),
            url.clone(),
            key.clone(),
        );
        Site {
            client,
            url,
            key,
            company: company.to_owned(),
            transport,
            demo,
        }
    }

    async fn address(&self) -> Address {
        find(&*self.transport, &self.url).await.unwrap()
    }

    fn listener(&self, address: Address, key: &ApiKey, backoff: Backoff) -> Listener {
        Listener {
            opener: self.transport.clone(),
            clock: Arc::new(SystemClock),
            random: Box::new(StdRng::seed_from_u64(1)),
            backoff,
            site: self.url.clone(),
            address,
            authorization: Arc::new(key.clone()),
            doctypes: vec!["Customer".to_owned(), "Sales Invoice".to_owned()],
        }
    }

    /// Returns once the subscriptions hold. A real site cannot be asked: there the listener's second
    /// call to catch up comes when they certainly do.
    async fn subscribed(&self, heard: &mut mpsc::Receiver<Signal>) {
        assert_eq!(next(heard).await, Signal::CatchUp);
        if self.demo.is_some() {
            for doctype in ["Customer", "Sales%20Invoice"] {
                let request = http::Request::builder()
                    .uri(format!(
                        "{}/__sandbox/subscribers?doctype={doctype}",
                        self.url
                    ))
                    .body(Bytes::new())
                    .unwrap();
                net::Transport::send(&*self.transport, request)
                    .await
                    .unwrap();
            }
        } else {
            while next(heard).await != Signal::CatchUp {}
        }
    }

    /// The major version of ERPNext.
    async fn version(&self) -> u32 {
        let version = erpnext::connect::version(&self.client).await.unwrap();
        version.unwrap().major.unwrap()
    }

    async fn insert(&self, doctype: &str, body: Value) -> String {
        let path = erpnext::site::doctype(doctype);
        let made = self.client.write(Method::POST, &path, &body).await.unwrap();
        made["data"]["name"].as_str().unwrap().to_owned()
    }

    async fn change(&self, doctype: &str, name: &str, body: Value) {
        let path = erpnext::site::document(doctype, name);
        self.client.write(Method::PUT, &path, &body).await.unwrap();
    }

    async fn delete(&self, doctype: &str, name: &str) {
        let path = erpnext::site::document(doctype, name);
        self.client
            .write(Method::DELETE, &path, &Value::Null)
            .await
            .unwrap();
    }

    async fn customer(&self, what: &str) -> String {
        let mark = unique();
        self.insert(
            "Customer",
            json!({"customer_name": format!("E-{what} \"q\" Ü {mark}"), "customer_type": "Company"}),
        )
        .await
    }

    async fn stop(self) {
        if let Some(running) = self.demo {
            running.shutdown().await.unwrap();
        }
    }
}

/// A text that no other run has: a real site is shared.
fn unique() -> String {
    let now = chrono::Utc::now().timestamp_nanos_opt().unwrap();
    format!("{now:x}")
}

async fn next<T>(heard: &mut mpsc::Receiver<T>) -> T {
    timeout(LIMIT, heard.recv())
        .await
        .expect("something is heard")
        .expect("the listener runs")
}

/// The hints about these documents, until there are so many.
async fn hints(heard: &mut mpsc::Receiver<Signal>, names: &[&str], count: usize) -> Vec<Hint> {
    let mut found = Vec::new();
    while found.len() < count {
        match next(heard).await {
            Signal::Changed(hint) if names.contains(&hint.name.as_str()) => found.push(hint),
            Signal::Changed(_) | Signal::CatchUp => {}
            Signal::Away { why, .. } => panic!("away: {why}"),
        }
    }
    found
}

#[tokio::test]
async fn every_change_is_heard_and_renames_are_not() {
    let site = Site::open().await;
    let address = site.address().await;
    let (sender, mut heard) = signals();
    let listener = site.listener(address, &site.key, PATIENT);
    let running = tokio::spawn(listener.run(sender));
    site.subscribed(&mut heard).await;

    let customer = site.customer("heard").await;
    site.change("Customer", &customer, json!({"website": "https://a.test"}))
        .await;
    site.change("Customer", &customer, json!({})).await;
    let renamed = format!("{customer} renamed");
    site.client
        .write(
            Method::POST,
            "/api/method/frappe.client.rename_doc",
            &json!({"doctype": "Customer", "old_name": customer, "new_name": renamed}),
        )
        .await
        .unwrap();
    let invoice = site
        .insert(
            "Sales Invoice",
            json!({
                "customer": renamed,
                "company": site.company,
                "naming_series": "E-RT-.########",
                "items": [{"item_name": "x", "description": "x", "qty": 1, "rate": 50, "uom": "Hour",
                    "income_account": income_account(&site).await}],
            }),
        )
        .await;
    site.delete("Sales Invoice", &invoice).await;
    site.delete("Customer", &renamed).await;

    let user = site
        .client
        .get("/api/method/frappe.auth.get_logged_user")
        .await
        .unwrap()["message"]
        .as_str()
        .unwrap()
        .to_owned();
    let heard_of: Vec<(String, String)> = hints(&mut heard, &[&customer, &renamed, &invoice], 6)
        .await
        .into_iter()
        .map(|hint| {
            assert_eq!(hint.user.as_deref(), Some(user.as_str()));
            (hint.doctype, hint.name)
        })
        .collect();
    let of = |doctype: &str, name: &str| (doctype.to_owned(), name.to_owned());
    assert_eq!(
        heard_of,
        [
            of("Customer", &customer),
            of("Customer", &customer),
            of("Customer", &customer),
            // Between these the rename, of which nothing is told.
            of("Sales Invoice", &invoice),
            of("Sales Invoice", &invoice),
            of("Customer", &renamed),
        ]
    );
    drop(heard);
    timeout(LIMIT, running).await.unwrap().unwrap();
    site.stop().await;
}

async fn income_account(site: &Site) -> String {
    let company = site.client.document("Company", &site.company).await;
    company.unwrap().unwrap()["default_income_account"]
        .as_str()
        .unwrap()
        .to_owned()
}

#[tokio::test]
async fn a_wrong_key_or_site_name_is_told_as_such() {
    let site = Site::open().await;
    let right = site.address().await;
    let wrong_key = ApiKey::new(&site.key.key, "wrong");
    for (address, key, expected) in [
        (right.clone(), &wrong_key, Why::SignIn),
        (
            Address {
                site: "other.site".to_owned(),
                named: false,
                ..right.clone()
            },
            &site.key,
            Why::WrongSite,
        ),
    ] {
        let (sender, mut heard) = signals();
        tokio::spawn(site.listener(address, key, PATIENT).run(sender));
        match next(&mut heard).await {
            Signal::Away { why, .. } => assert_eq!(why, expected),
            other => panic!("{other:?}"),
        }
    }
    site.stop().await;
}

#[tokio::test]
async fn after_the_server_was_away_it_says_to_catch_up_and_hears_again() {
    let site = Site::demo(0).await;
    let address = site.address().await;
    assert_eq!(address.url, site.url.as_str());
    assert_eq!(
        (address.site.as_str(), address.named),
        ("demo.localhost", true)
    );
    let port = url::Url::parse(site.url.as_str()).unwrap().port().unwrap();
    let soon = Backoff {
        first: Duration::from_millis(1),
        longest: Duration::from_millis(1),
        retries: u32::MAX,
    };
    let (sender, mut heard) = mpsc::channel(64);
    tokio::spawn(site.listener(address, &site.key, soon).run(sender));
    site.subscribed(&mut heard).await;
    site.stop().await;
    assert!(matches!(next(&mut heard).await, Signal::Away { .. }));
    let site = Site::demo(port).await;
    loop {
        match next(&mut heard).await {
            Signal::Away { .. } => {}
            Signal::CatchUp => break,
            Signal::Changed(other) => panic!("{other:?}"),
        }
    }
    let (sender, mut another) = signals();
    let listener = site.listener(site.address().await, &site.key, PATIENT);
    tokio::spawn(listener.run(sender));
    site.subscribed(&mut another).await;
    let customer = site.customer("after").await;
    hints(&mut another, &[&customer], 1).await;
    site.stop().await;
}

/// Answers every delivery with a status and keeps what was right.
#[derive(Clone)]
struct Inbox {
    secret: SecretString,
    arrived: mpsc::UnboundedSender<Delivery>,
}

async fn take(State(inbox): State<Inbox>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let signature = headers
        .get(SIGNATURE_HEADER)
        .and_then(|value| value.to_str().ok());
    assert_eq!(headers["content-type"], "application/json");
    if webhooks::verify(&inbox.secret, signature, &body).is_err() {
        return StatusCode::UNAUTHORIZED;
    }
    inbox.arrived.send(webhooks::read(&body).unwrap()).ok();
    StatusCode::OK
}

#[tokio::test]
async fn webhooks_are_made_arrive_signed_and_are_removed() {
    let site = Site::open().await;
    let secret = SecretString::from("E-whsec \"ü\"".to_owned());
    let (arrived, mut inbox) = mpsc::unbounded_channel();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/in", listener.local_addr().unwrap());
    let router = Router::new().fallback(take).with_state(Inbox {
        secret: secret.clone(),
        arrived,
    });
    tokio::spawn(async move { axum::serve(listener, router).await });

    let mark = format!("e-{}", unique());
    let receiver = Receiver::new(&url, secret, &mark, &site.company).unwrap();
    let outcomes = |done: Vec<(String, Outcome)>| -> Vec<Outcome> {
        done.into_iter().map(|(_, outcome)| outcome).collect()
    };
    let made = webhooks::install(&site.client, &receiver, true).await;
    let changes = site.version().await <= 15;
    let count = if changes { 9 } else { 11 };
    assert_eq!(outcomes(made.unwrap()), vec![Outcome::Made; count]);
    let again = webhooks::install(&site.client, &receiver, false).await;
    assert_eq!(outcomes(again.unwrap()), vec![Outcome::Kept; count]);
    let listed = webhooks::list(&site.client, &mark).await.unwrap();
    assert_eq!(listed.len(), count);
    // What this version is not to have, as a site has that was upgraded, is taken away.
    let other = if changes { "on_update" } else { "on_change" };
    let left = format!("Counterfoil {mark}: Customer {other}");
    let hook = json!({"name": left, "webhook_doctype": "Customer", "webhook_docevent": other,
        "enabled": 1, "request_url": url, "request_method": "POST", "request_structure": "JSON",
        "webhook_json": "{}"});
    let path = erpnext::site::doctype("Webhook");
    site.client
        .write(http::Method::POST, &path, &hook)
        .await
        .unwrap();
    let upgraded = webhooks::install(&site.client, &receiver, false).await;
    assert_eq!(upgraded.unwrap()[0], (left, Outcome::Removed));
    assert_eq!(
        webhooks::list(&site.client, &mark).await.unwrap().len(),
        count
    );
    assert!(listed.iter().all(|hook| hook.enabled && hook.url == url));
    let broken = &listed[1].name;
    site.change("Webhook", broken, json!({"enabled": 0})).await;
    let repaired = webhooks::install(&site.client, &receiver, false).await;
    let repaired: Vec<(String, Outcome)> = repaired
        .unwrap()
        .into_iter()
        .filter(|(_, outcome)| *outcome != Outcome::Kept)
        .collect();
    assert_eq!(repaired, [(broken.clone(), Outcome::Repaired)]);

    let customer = site.customer("hook").await;
    site.change("Customer", &customer, json!({"website": "https://a.test"}))
        .await;
    site.delete("Customer", &customer).await;
    let expected = if changes {
        vec!["after_insert", "on_change", "on_trash", "on_change"]
    } else {
        vec!["on_update", "on_update", "on_trash"]
    };
    let mut events = Vec::new();
    while events.len() < expected.len() {
        let delivery = timeout(LIMIT, inbox.recv()).await.unwrap().unwrap();
        if delivery.name == customer {
            assert_eq!(delivery.doctype, "Customer");
            assert_eq!(delivery.modified.len(), 26, "{}", delivery.modified);
            events.push(delivery.event);
        }
    }
    assert_eq!(events, expected);

    assert_eq!(webhooks::remove(&site.client, &mark).await.unwrap(), count);
    assert_eq!(webhooks::list(&site.client, &mark).await.unwrap(), []);
    site.stop().await;
}
