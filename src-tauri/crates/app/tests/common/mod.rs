//! Demo books over real HTTP on this machine, and an app on them.
#![allow(dead_code, reason = "each test file uses a part")]

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use app::views::{ErpnextSignIn, XeroSignIn};
use app::{App, Browser, DemoDoor, Folder, Options};
use async_trait::async_trait;
use net::{HttpTransport, NetError, Request, Response, Transport};
use sandbox::consent::{self, Press};
use sandbox::erpnext::ErpnextVersion;
use sandbox::server::{DemoConfig, Running, serve};
use tokio::sync::Notify;
use url::Url;

/// Reads the consent page, presses a button, and goes where it leads, as a browser does.
pub struct Presses(pub Press);

impl Browser for Presses {
    fn open(&self, page: &Url) -> std::io::Result<()> {
        let (page, press) = (page.clone(), self.0);
        tokio::spawn(async move {
            consent::follow(page.as_str(), press)
                .await
                .expect("a consent page");
        });
        Ok(())
    }
}

/// The demo site's version: what `COUNTERFOIL_TEST_DEMO_ERPNEXT` says, else 16.
fn erpnext_version() -> ErpnextVersion {
    std::env::var("COUNTERFOIL_TEST_DEMO_ERPNEXT")
        .map_or(ErpnextVersion::V16, |version| version.parse().unwrap())
}

pub async fn demo_books(invoices: usize) -> Running {
    demo_books_of(30, invoices).await
}

pub async fn demo_books_of(contacts: usize, invoices: usize) -> Running {
    let mut config = DemoConfig {
        seed: 3,
        erpnext_version: erpnext_version(),
        ..DemoConfig::default()
    };
    config.size.contacts = contacts;
    config.size.invoices = invoices;
    let books = serve(config).await.unwrap();
    books.with_books(|books| books.xero.observe(openapi::watch()));
    books
}

pub fn door(books: &Running) -> DemoDoor {
    let ready = &books.ready;
    DemoDoor {
        xero_api_url: ready.xero.api_url.clone(),
        xero_identity_url: ready.xero.identity_url.clone(),
        client_id: ready.xero.client_id.clone(),
        client_secret: ready.xero.client_secret.clone(),
        erpnext_url: ready.erpnext.url.clone(),
        key: ready.erpnext.key.clone(),
        secret: ready.erpnext.secret.clone(),
    }
}

pub fn open(folder: &Path, books: &Running, press: Press) -> App {
    App::open(Options {
        browser: Arc::new(Presses(press)),
        ..Options::demo(Folder::at(folder), "The test", door(books))
    })
    .unwrap()
}

/// Opens a folder with something between the app and the network.
pub fn open_through(folder: &Path, books: &Running, transport: Arc<dyn Transport>) -> App {
    App::open(Options {
        transport: Some(transport),
        browser: Arc::new(Presses(Press::Allow)),
        ..Options::demo(Folder::at(folder), "The test", door(books))
    })
    .unwrap()
}

/// One sign-in at a time: it comes back to one of a few fixed ports.
static SIGN_IN: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// Signs in to Xero through the browser, in its turn.
pub async fn sign_in(app: &App, books: &Running) {
    sign_in_with(app, xero_form(books)).await;
}

/// Signs in to Xero with a form, in its turn.
pub async fn sign_in_with(app: &App, form: XeroSignIn) {
    let _turn = SIGN_IN.lock().await;
    app.sign_in_xero(form).await.unwrap();
}

/// Both sides connected and paired, ready to sync.
pub async fn set_up(app: &App, books: &Running) {
    sign_in(app, books).await;
    app.connect_erpnext(erpnext_form(books)).await.unwrap();
    app.pair(None, None).await.unwrap();
}

/// What happened at a door to the network.
pub struct Gate {
    network: HttpTransport,
    shut: AtomicBool,
    reached: Notify,
    opened: Notify,
    pub writes: AtomicUsize,
    /// From this write on nothing gets through, until it is set higher.
    pub cut_from: AtomicUsize,
}

impl Gate {
    pub fn open() -> Arc<Self> {
        Arc::new(Self {
            network: HttpTransport::new().unwrap(),
            shut: AtomicBool::new(false),
            reached: Notify::new(),
            opened: Notify::new(),
            writes: AtomicUsize::new(0),
            cut_from: AtomicUsize::new(usize::MAX),
        })
    }

    /// The next write of a record waits before the gate.
    pub fn shut(&self) {
        self.shut.store(true, Ordering::SeqCst);
    }

    /// Until a write waits before the gate.
    pub async fn reached(&self) {
        self.reached.notified().await;
    }

    /// Lets it through, and all after it.
    pub fn let_through(&self) {
        self.opened.notify_one();
    }

    pub fn written(&self) -> usize {
        self.writes.load(Ordering::SeqCst)
    }
}

fn is_write_of_records(request: &Request) -> bool {
    let path = request.uri().path();
    request.method() != http::Method::GET
        && [
            "/Contacts",
            "/Invoices",
            "/Customer",
            "/Sales%20Invoice",
            "/Sales Invoice",
        ]
        .iter()
        .any(|part| path.contains(part))
}

#[async_trait]
impl Transport for Gate {
    async fn send(&self, request: Request) -> Result<Response, NetError> {
        if is_write_of_records(&request) {
            let number = self.writes.fetch_add(1, Ordering::SeqCst);
            if self.shut.swap(false, Ordering::SeqCst) {
                self.reached.notify_one();
                self.opened.notified().await;
            }
            if number >= self.cut_from.load(Ordering::SeqCst) {
                return Err(NetError::NotSent {
                    host: "the other side".to_owned(),
                    why: "the cable is out".to_owned(),
                    certificate: false,
                });
            }
        }
        self.network.send(request).await
    }
}

/// A public client: through the browser, without a secret.
pub fn xero_form(books: &Running) -> XeroSignIn {
    XeroSignIn {
        client_id: books.ready.xero.client_id.clone(),
        client_secret: None,
        custom_connection: false,
        older_app: false,
    }
}

pub fn erpnext_form(books: &Running) -> ErpnextSignIn {
    ErpnextSignIn {
        url: books.ready.erpnext.url.clone(),
        key: books.ready.erpnext.key.clone(),
        secret: books.ready.erpnext.secret.clone(),
    }
}

/// A person of the demo site, by its API.
pub fn person(books: &Running) -> erpnext::Client {
    let ready = &books.ready.erpnext;
    erpnext::Client::new(
        Arc::new(HttpTransport::new().unwrap()),
        Arc::new(net::SystemClock),
        erpnext::SiteUrl::parse(&ready.url).unwrap(),
        erpnext::ApiKey::new(&ready.key, &ready.secret),
    )
}
