//! Signing in to ERPNext through the browser: consent, renewal, its end, and taking it back.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use app::views::{
    CheckState, ErpnextBrowserSignIn, ErpnextSignIn, ErrorView, Health, Side, SignInMethod,
    XeroSignIn,
};
use app::{App, AppError, Browser, Folder, Options, SyncRequest};
use async_trait::async_trait;
use common::{demo_books, door, erpnext_form, sign_in};
use net::{HttpTransport, NetError, Request, Response, Transport};
use sandbox::System;
use sandbox::server::Running;
use serde_json::{Value, json};
use url::Url;

/// Comes back to one of a few fixed ports, so one at a time.
static TURN: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// A person at a browser: logs in with what the page has filled in, presses a button, and goes
/// where it leads. Pages of Xero are pressed as everywhere else.
struct Person {
    button: &'static str,
    opened: AtomicUsize,
}

impl Person {
    fn who(button: &'static str) -> Arc<Self> {
        Arc::new(Self {
            button,
            opened: AtomicUsize::new(0),
        })
    }
}

impl Browser for Person {
    fn open(&self, page: &Url) -> std::io::Result<()> {
        self.opened.fetch_add(1, Ordering::SeqCst);
        if page.path().starts_with("/identity/") {
            return common::Presses(sandbox::consent::Press::Allow).open(page);
        }
        tokio::spawn(consent(page.clone(), self.button));
        Ok(())
    }
}

/// A browser's cookies and what it does with them.
struct Tab {
    network: HttpTransport,
    cookies: BTreeMap<String, String>,
}

impl Tab {
    async fn go(&mut self, method: &str, to: &Url, form: &str) -> (Response, Url) {
        let (mut at, mut method, mut form) = (to.clone(), method.to_owned(), form.to_owned());
        loop {
            let cookies: Vec<String> = self
                .cookies
                .iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            let request = http::Request::builder()
                .method(method.as_str())
                .uri(at.as_str())
                .header("accept", "text/html")
                .header("cookie", cookies.join("; "))
                .header("content-type", "application/x-www-form-urlencoded")
                .body(bytes::Bytes::from(std::mem::take(&mut form)))
                .unwrap();
            let answer = self.network.send(request).await.unwrap();
            for cookie in answer.headers().get_all("set-cookie") {
                let pair = cookie.to_str().unwrap().split(';').next().unwrap();
                let (name, value) = pair.split_once('=').unwrap();
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
            let Some(next) = answer.headers().get("location") else {
                return (answer, at);
            };
            at = at.join(next.to_str().unwrap()).unwrap();
            method = "GET".to_owned();
        }
    }
}

/// The text between two others.
fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let (_, rest) = text.split_once(before).expect(before);
    rest.split_once(after).expect(after).0
}

async fn consent(page: Url, button: &str) {
    let mut tab = Tab {
        network: HttpTransport::new().unwrap(),
        cookies: BTreeMap::new(),
    };
    let (login, at) = tab.go("GET", &page, "").await;
    let html = String::from_utf8_lossy(login.body()).into_owned();
    // The transport follows redirects to the same site by itself.
    assert!(html.contains("action=\"/login\""), "{html}");
    let value = |name: &str| {
        let field = html
            .split("<input")
            .find(|field| field.contains(&format!("name=\"{name}\"")))
            .expect("a field");
        between(field, "value=\"", "\"").replace("&amp;", "&")
    };
    let form = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("redirect-to", &value("redirect-to"))
        .append_pair("usr", &value("usr"))
        .append_pair("pwd", &value("pwd"))
        .finish();
    let (question, at) = tab.go("POST", &at.join("/login").unwrap(), &form).await;
    let html = String::from_utf8_lossy(question.body()).into_owned();
    assert!(html.contains("Counterfoil"), "{html}");
    let link = between(&html, &format!("id=\"{button}\" href=\""), "\"").replace("&amp;", "&");
    tab.go("GET", &at.join(&link).unwrap(), "").await;
}

/// Counts what goes to the site's sign-in.
struct Watched {
    network: HttpTransport,
    said: Mutex<Vec<String>>,
}

impl Watched {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            network: HttpTransport::new().unwrap(),
            said: Mutex::new(Vec::new()),
        })
    }

    /// What was asked of the token end of the site since the last time.
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.said.lock().unwrap())
    }
}

#[async_trait]
impl Transport for Watched {
    async fn send(&self, request: Request) -> Result<Response, NetError> {
        let path = request.uri().path();
        if let Some((_, method)) = path.split_once("frappe.integrations.oauth2.") {
            let body = String::from_utf8_lossy(request.body()).into_owned();
            let grant = url::form_urlencoded::parse(body.as_bytes())
                .find(|(key, _)| key == "grant_type")
                .map(|(_, value)| value.into_owned())
                .unwrap_or_default();
            let said = format!("{method} {grant}").trim().to_owned();
            self.said.lock().unwrap().push(said);
        }
        self.network.send(request).await
    }
}

fn open(folder: &std::path::Path, books: &Running, person: Arc<Person>, net: Arc<Watched>) -> App {
    App::open(Options {
        transport: Some(net),
        browser: person,
        ..Options::demo(Folder::at(folder), "The test", door(books))
    })
    .unwrap()
}

/// With the demo's key, which may make the OAuth Client.
fn form(books: &Running) -> ErpnextBrowserSignIn {
    ErpnextBrowserSignIn {
        url: books.ready.erpnext.url.clone(),
        client_id: None,
        key: Some(books.ready.erpnext.key.clone()),
        secret: Some(books.ready.erpnext.secret.clone()),
    }
}

fn tokens(books: &Running) -> Vec<Value> {
    books.with_books(|books| {
        books.state(System::Erpnext)["OAuth Bearer Token"]
            .as_array()
            .cloned()
            .unwrap_or_default()
    })
}

fn active(books: &Running) -> usize {
    tokens(books)
        .iter()
        .filter(|token| token["status"] == "Active")
        .count()
}

fn edit(books: &Running, operation: &Value) {
    books
        .with_books(|books| books.edit(System::Erpnext, operation, chrono::Utc::now()))
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sign_in_lasts_is_renewed_and_is_taken_back() {
    let _turn = TURN.lock().await;
    let books = demo_books(10).await;
    let folder = tempfile::tempdir().unwrap();
    let (person, net) = (Person::who("allow"), Watched::new());
    let app = open(folder.path(), &books, person.clone(), net.clone());
    sign_in(&app, &books).await;
    let setup = app.sign_in_erpnext(form(&books)).await.unwrap();
    let site = setup.erpnext.unwrap();
    assert!(site.signed_in);
    assert_eq!(site.user.as_deref(), Some("sync@demo.example"));
    assert_eq!(site.missing, [] as [&str; 0]);
    // Asked whether the client is known, then the person's own code.
    assert_eq!(
        net.take(),
        [
            "get_token authorization_code",
            "get_token authorization_code"
        ]
    );
    let listed = app.connections().await.unwrap().connections;
    let erpnext = listed.iter().find(|it| it.side == Side::Erpnext).unwrap();
    assert_eq!(erpnext.method, SignInMethod::Browser);
    assert_eq!(erpnext.expires_at, None);
    app.pair(Some("Maple Florist".to_owned()), None)
        .await
        .unwrap();
    let run = app.sync_with(SyncRequest::default()).await.unwrap();
    assert_eq!(run.error, None);
    assert_eq!(net.take(), [] as [&str; 0]);

    // An access token that ends in the middle is renewed once, and its old pair is revoked.
    books.with_books(|books| books.expire_tokens(chrono::Utc::now()));
    let run = app.sync_with(SyncRequest::default()).await.unwrap();
    assert_eq!(run.error, None);
    assert_eq!(net.take(), ["get_token refresh_token", "revoke_token"]);
    assert_eq!((tokens(&books).len(), active(&books)), (2, 1));

    // The renewed pair is the one kept: another process goes on with it.
    drop(app);
    let app = open(folder.path(), &books, person.clone(), net.clone());
    let run = app.sync_with(SyncRequest::default()).await.unwrap();
    assert_eq!(run.error, None);
    assert_eq!(net.take(), [] as [&str; 0]);

    // Signing in again takes the client that is known, without a key, and replaces the connection.
    let again = ErpnextBrowserSignIn {
        url: books.ready.erpnext.url.clone(),
        ..ErpnextBrowserSignIn::default()
    };
    let pairings = app.pairings().await.unwrap();
    app.sign_in_erpnext(again).await.unwrap();
    assert_eq!(app.pairings().await.unwrap(), pairings);
    let listed = app.connections().await.unwrap().connections;
    assert_eq!(listed.len(), 2);
    let clients = books.with_books(|books| {
        books.state(System::Erpnext)["OAuth Client"]
            .as_array()
            .map_or(0, Vec::len)
    });
    assert_eq!(clients, 1);
    let run = app.sync_with(SyncRequest::default()).await.unwrap();
    assert_eq!(run.error, None);

    // Disconnecting takes it back at the site.
    net.take();
    let before = active(&books);
    let erpnext = listed.iter().find(|it| it.side == Side::Erpnext).unwrap();
    let left = app.disconnect(erpnext.id).await.unwrap();
    assert!(left.connections.iter().all(|it| it.side == Side::Xero));
    assert_eq!(net.take(), ["revoke_token"]);
    assert_eq!(active(&books), before - 1);
    books.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sign_in_that_the_site_ends_asks_for_a_person() {
    let _turn = TURN.lock().await;
    let books = demo_books(5).await;
    let folder = tempfile::tempdir().unwrap();
    let (person, net) = (Person::who("allow"), Watched::new());
    let app = open(folder.path(), &books, person.clone(), net.clone());
    sign_in(&app, &books).await;
    app.sign_in_erpnext(form(&books)).await.unwrap();
    app.pair(Some("Maple Florist".to_owned()), None)
        .await
        .unwrap();
    for token in tokens(&books) {
        edit(
            &books,
            &json!({"op": "update", "doctype": "OAuth Bearer Token", "name": token["name"], "fields": {"status": "Revoked"}}),
        );
    }
    let view = match app.sync_with(SyncRequest::default()).await {
        Ok(run) => run.error.unwrap(),
        Err(error) => ErrorView::from(error),
    };
    assert_eq!(
        (view.code.as_str(), view.side),
        ("sign_in_needed", Some(Side::Erpnext)),
        "{view:?}"
    );
    assert!(view.next_step.unwrap().contains("sign in again"));
    let listed = app.connections().await.unwrap().connections;
    let erpnext = listed.iter().find(|it| it.side == Side::Erpnext).unwrap();
    assert_eq!(erpnext.health, Health::SignInNeeded);
    app.sign_in_erpnext(form(&books)).await.unwrap();
    let run = app.sync_with(SyncRequest::default()).await.unwrap();
    assert_eq!(run.error, None);
    books.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_work_is_said_at_once() {
    let _turn = TURN.lock().await;
    let books = demo_books(2).await;
    let folder = tempfile::tempdir().unwrap();
    let (person, net) = (Person::who("deny"), Watched::new());
    let app = open(folder.path(), &books, person.clone(), net.clone());

    // Declined: the site sends the person back without the state, and it counts all the same.
    let declined = app.sign_in_erpnext(form(&books)).await.unwrap_err();
    let view = ErrorView::from(declined);
    assert_eq!(
        (view.code.as_str(), view.side),
        ("refused", Some(Side::Erpnext))
    );
    assert!(
        view.next_step.unwrap().contains("press Allow"),
        "names the button"
    );
    assert_eq!(person.opened.load(Ordering::SeqCst), 1);

    // A client id that the site does not know: nobody is sent to the browser for that.
    let wrong = ErpnextBrowserSignIn {
        client_id: Some("no-such-client".to_owned()),
        ..form(&books)
    };
    let view = ErrorView::from(app.sign_in_erpnext(wrong).await.unwrap_err());
    assert_eq!(
        (view.code.as_str(), view.side),
        ("wrong_key", Some(Side::Erpnext))
    );
    assert_eq!(person.opened.load(Ordering::SeqCst), 1);

    // No client id and nothing to make one with: what to fill in, field by field.
    let bare = ErpnextBrowserSignIn {
        url: books.ready.erpnext.url.clone(),
        ..ErpnextBrowserSignIn::default()
    };
    let error = app.sign_in_erpnext(bare).await.unwrap_err();
    let AppError::Usage { next_step, .. } = &error else {
        panic!("{error:?}");
    };
    assert!(next_step.contains("Redirect URIs http://localhost:49210/callback"));
    assert!(app.connections().await.unwrap().connections.is_empty());
    assert_eq!(active(&books), 0);
    books.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn missing_permissions_are_named_with_their_roles() {
    let _turn = TURN.lock().await;
    let books = demo_books(2).await;
    let folder = tempfile::tempdir().unwrap();
    let (person, net) = (Person::who("allow"), Watched::new());
    let app = open(folder.path(), &books, person, net);
    sign_in(&app, &books).await;
    edit(
        &books,
        &json!({"op": "create", "doctype": "User", "fields": {
            "email": "poor@demo.example", "first_name": "Poor", "full_name": "Poor", "enabled": 1,
            "api_key": "poor-key", "api_secret": "poor-secret",
            "roles": [{"role": "Sales User"}]}}),
    );
    let poor = ErpnextSignIn {
        key: "poor-key".to_owned(),
        secret: "poor-secret".to_owned(),
        ..erpnext_form(&books)
    };
    let connected = app.connect_erpnext(poor.clone()).await;
    let Ok(setup) = connected else {
        panic!("{connected:?}");
    };
    let site = setup.erpnext.unwrap();
    assert!(
        site.missing
            .contains(&"read, change, create, submit and cancel Sales Invoice".to_owned()),
        "{:?}",
        site.missing
    );
    assert!(
        site.missing
            .contains(&"read, change and create Custom Field".to_owned())
    );
    assert!(!site.missing.iter().any(|line| line.ends_with(" Customer")));
    assert_eq!(site.missing_roles, ["Accounts Manager", "System Manager"]);
    // Its key may not make the OAuth Client either.
    let by_poor = ErpnextBrowserSignIn {
        key: Some(poor.key),
        secret: Some(poor.secret),
        ..form(&books)
    };
    let view = ErrorView::from(app.sign_in_erpnext(by_poor).await.unwrap_err());
    assert_eq!(view.code, "usage");
    assert!(view.message.contains("System Manager"), "{view:?}");
    books.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_check_reads_version_permissions_and_visibility() {
    let _turn = TURN.lock().await;
    let books = demo_books(2).await;
    let folder = tempfile::tempdir().unwrap();
    let app = open(folder.path(), &books, Person::who("allow"), Watched::new());
    sign_in(&app, &books).await;
    app.sign_in_erpnext(form(&books)).await.unwrap();
    app.pair(Some("Maple Florist".to_owned()), None)
        .await
        .unwrap();
    let check = app.check().await.unwrap();
    let state = |id: &str| {
        let item = check.items.iter().find(|item| item.id == id).expect(id);
        (item.state, item.found.clone())
    };
    assert_eq!(
        state("erpnext_version"),
        (
            CheckState::Passed,
            "ERPNext 16.9.1: Counterfoil is tried with this version".to_owned()
        )
    );
    assert_eq!(state("erpnext_permissions").0, CheckState::Passed);
    assert_eq!(state("erpnext_visibility").0, CheckState::Passed);
    books.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_version_is_recognised_and_an_old_one_refused() {
    let _turn = TURN.lock().await;
    let books = demo_books(2).await;
    let folder = tempfile::tempdir().unwrap();
    let app = open(folder.path(), &books, Person::who("allow"), Watched::new());
    sign_in(&app, &books).await;
    for (version, expected) in [
        ("14.74.3", CheckState::Warning),
        ("15.71.1", CheckState::Passed),
        ("16.0.1", CheckState::Passed),
        ("17.0.0-dev", CheckState::Warning),
    ] {
        edit(&books, &json!({"op": "claim_version", "version": version}));
        app.connect_erpnext(erpnext_form(&books)).await.unwrap();
        app.pair(Some("Maple Florist".to_owned()), None)
            .await
            .unwrap();
        let check = app.check().await.unwrap();
        let item = check.items.iter().find(|item| item.id == "erpnext_version");
        let item = item.expect("an item");
        assert_eq!(item.state, expected, "{item:?}");
        assert!(item.found.contains(version), "{item:?}");
    }
    edit(
        &books,
        &json!({"op": "claim_version", "version": "13.55.2"}),
    );
    let refused = app.connect_erpnext(erpnext_form(&books)).await.unwrap_err();
    let view = ErrorView::from(refused);
    assert_eq!(
        (view.code.as_str(), view.side),
        ("refused", Some(Side::Erpnext))
    );
    assert!(view.message.contains("ERPNext 13"), "{view:?}");
    books.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_custom_connection_of_xero_needs_no_browser() {
    let books = demo_books(5).await;
    let folder = tempfile::tempdir().unwrap();
    let person = Person::who("allow");
    let app = open(folder.path(), &books, person.clone(), Watched::new());
    let ready = &books.ready.xero;
    let wanted = |secret: &str| XeroSignIn {
        client_id: ready.custom_client_id.clone(),
        client_secret: Some(secret.to_owned()),
        custom_connection: true,
        older_app: false,
    };
    let view = ErrorView::from(app.sign_in_xero(wanted("wrong")).await.unwrap_err());
    assert_eq!(view.code, "wrong_key", "{view:?}");
    let setup = app
        .sign_in_xero(wanted(&ready.custom_client_secret))
        .await
        .unwrap();
    assert_eq!(setup.xero.unwrap().organisations.len(), 1);
    app.connect_erpnext(erpnext_form(&books)).await.unwrap();
    app.pair(Some("Maple Florist".to_owned()), None)
        .await
        .unwrap();
    let run = app.sync_with(SyncRequest::default()).await.unwrap();
    assert_eq!(run.error, None);
    // Its token ends as any other does; there is nothing to renew it with but the secret.
    books.with_books(|books| books.expire_tokens(chrono::Utc::now()));
    let run = app.sync_with(SyncRequest::default()).await.unwrap();
    assert_eq!(run.error, None);
    // Nobody has to stay signed in, so nothing is missing for that.
    let check = app.check().await.unwrap();
    let permissions = check
        .items
        .iter()
        .find(|item| item.id == "xero_permissions");
    assert!(
        permissions.is_none_or(|item| item.state == CheckState::Passed),
        "{permissions:?}"
    );
    let listed = app.connections().await.unwrap().connections;
    let xero = listed.iter().find(|it| it.side == Side::Xero).unwrap();
    assert_eq!(xero.method, SignInMethod::CustomConnection);
    assert_eq!(xero.expires_at, None);
    assert_eq!(person.opened.load(Ordering::SeqCst), 0);
    books.shutdown().await.unwrap();
}
