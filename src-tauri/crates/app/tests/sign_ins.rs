//! Sign-ins over time: renewed, ended, taken back, made anew.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use app::views::{ErrorView, Health, RunOutcome, Side, XeroSignIn};
use app::{App, Browser, Folder, Options, SyncRequest};
use async_trait::async_trait;
use common::{
    Presses, demo_books, door, erpnext_form, open, open_through, set_up, sign_in, sign_in_with,
    xero_form,
};
use net::{HttpTransport, NetError, Request, Response, Transport};
use sandbox::consent::Press;
use url::Url;

/// Counts what goes to Xero's identity server.
struct Watched {
    network: HttpTransport,
    renewals: AtomicUsize,
    revocations: AtomicUsize,
}

impl Watched {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            network: HttpTransport::new().unwrap(),
            renewals: AtomicUsize::new(0),
            revocations: AtomicUsize::new(0),
        })
    }
}

#[async_trait]
impl Transport for Watched {
    async fn send(&self, request: Request) -> Result<Response, NetError> {
        let body = String::from_utf8_lossy(request.body());
        if body.contains("grant_type=refresh_token") {
            self.renewals.fetch_add(1, Ordering::SeqCst);
        }
        if request.uri().path().ends_with("/revocation") {
            self.revocations.fetch_add(1, Ordering::SeqCst);
        }
        self.network.send(request).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sign_in_is_renewed_taken_back_and_made_anew() {
    let books = demo_books(20).await;
    let folder = tempfile::tempdir().unwrap();
    let watched = Watched::new();
    let app = open_through(folder.path(), &books, watched.clone());
    set_up(&app, &books).await;
    let first = app.sync_with(SyncRequest::default()).await.unwrap();
    assert_eq!(first.error, None);

    // An access token that Xero no longer takes is renewed on the way, once, and nobody is asked.
    let renewed = watched.renewals.load(Ordering::SeqCst);
    books.with_books(|books| books.expire_tokens(chrono::Utc::now()));
    let run = app.sync_with(SyncRequest::default()).await.unwrap();
    assert_eq!(run.error, None);
    assert_eq!(watched.renewals.load(Ordering::SeqCst), renewed + 1);

    // The renewed tokens are the ones kept: another process goes on with them.
    drop(app);
    let app = open_through(folder.path(), &books, watched.clone());
    let run = app.sync_with(SyncRequest::default()).await.unwrap();
    assert_eq!(run.error, None, "a rotated token was kept");
    let pairing = app.pairings().await.unwrap();
    let link_count = run.exceptions;

    // Signing in anew replaces the sign-in; the pairing, its links and its log go on.
    sign_in(&app, &books).await;
    assert_eq!(app.pairings().await.unwrap(), pairing);
    assert_eq!(app.connections().await.unwrap().connections.len(), 2);
    let run = app.sync_with(SyncRequest::default()).await.unwrap();
    assert_eq!(
        (run.to_xero, run.to_erpnext, run.linked),
        (0, 0, 0),
        "{run:?}"
    );
    assert_eq!(run.exceptions, link_count);
    assert!(app.runs(None).await.unwrap().len() >= 4);

    // Disconnecting takes the authorisation back at Xero and forgets the secrets.
    let connections = app.connections().await.unwrap().connections;
    let xero = connections.iter().find(|it| it.side == Side::Xero).unwrap();
    assert_eq!(xero.health, Health::Healthy);
    let left = app.disconnect(xero.id).await.unwrap();
    assert_eq!(watched.revocations.load(Ordering::SeqCst), 1);
    assert!(left.connections.iter().all(|it| it.side == Side::Erpnext));
    let refused = app.sync_with(SyncRequest::default()).await.unwrap_err();
    let view = ErrorView::from(refused);
    assert_eq!(
        (view.code.as_str(), view.side),
        ("not_paired", Some(Side::Xero))
    );
    assert_eq!(app.pairings().await.unwrap(), pairing);

    // Connected again, on both sides, the pairing goes on where it was.
    let erpnext = left.connections[0].id;
    app.disconnect(erpnext).await.unwrap();
    sign_in(&app, &books).await;
    app.connect_erpnext(erpnext_form(&books)).await.unwrap();
    assert_eq!(app.pairings().await.unwrap(), pairing);
    let run = app.sync_with(SyncRequest::default()).await.unwrap();
    assert_eq!(
        (run.error, run.writes, run.linked, run.exceptions),
        (None, 0, 0, link_count)
    );
    books.shutdown().await.unwrap();
}

/// Keeps the address of the consent page, and allows.
struct Shown(Mutex<Option<Url>>);

impl Browser for Shown {
    fn open(&self, page: &Url) -> std::io::Result<()> {
        *self.0.lock().unwrap() = Some(page.clone());
        Presses(Press::Allow).open(page)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_older_app_is_asked_for_what_it_knows() {
    let books = demo_books(5).await;
    let folder = tempfile::tempdir().unwrap();
    let shown = Arc::new(Shown(Mutex::new(None)));
    let app = App::open(Options {
        browser: shown.clone(),
        ..Options::demo(Folder::at(folder.path()), "The test", door(&books))
    })
    .unwrap();
    for (older_app, has, lacks) in [
        (true, "accounting.transactions", "accounting.invoices"),
        (false, "accounting.invoices", "accounting.transactions"),
    ] {
        let form = XeroSignIn {
            client_id: sandbox::books::secret_client().client_id.to_owned(),
            client_secret: Some(books.ready.xero.client_secret.clone()),
            older_app,
            ..xero_form(&books)
        };
        sign_in_with(&app, form).await;
        let page = shown.0.lock().unwrap().take().unwrap();
        let (_, scopes) = page
            .query_pairs()
            .find(|(name, _)| name == "scope")
            .unwrap();
        let asked = |scope: &str| scopes.split(' ').any(|asked| asked == scope);
        assert!(asked(has) && !asked(lacks), "{scopes}");
        // Either way it may do all that is needed.
        let connections = app.connections().await.unwrap().connections;
        let signed_in = connections[0].sign_in.clone().unwrap();
        assert_eq!(signed_in.missing, Vec::<String>::new());
    }
    books.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_erpnext_takes_back_asks_for_a_new_one() {
    let books = demo_books(10).await;
    let folder = tempfile::tempdir().unwrap();
    let app = open(folder.path(), &books, Press::Allow);
    set_up(&app, &books).await;
    let rule =
        sandbox::faults::Rule::always(sandbox::faults::Effect::Refuse(sandbox::faults::Refusal {
            status: 401,
            body: serde_json::json!({ "exc_type": "AuthenticationError" }),
        }));
    books.with_books(|books| {
        *books.faults_mut(sandbox::System::Erpnext) = sandbox::faults::Faults::new(1, vec![rule]);
    });
    let run = app.sync_with(SyncRequest::default()).await;
    let view = match run {
        Ok(run) => {
            assert_eq!(run.outcome, RunOutcome::Failed);
            run.error.unwrap()
        }
        Err(error) => ErrorView::from(error),
    };
    assert!(
        matches!(view.code.as_str(), "sign_in_needed" | "wrong_key"),
        "{view:?}"
    );
    assert_eq!(view.side, Some(Side::Erpnext));
    books.with_books(|books| {
        *books.faults_mut(sandbox::System::Erpnext) = sandbox::faults::Faults::default();
    });
    app.connect_erpnext(erpnext_form(&books)).await.unwrap();
    let run = app.sync_with(SyncRequest::default()).await.unwrap();
    assert_eq!(run.error, None);
    books.shutdown().await.unwrap();
}
