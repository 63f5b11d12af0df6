//! The demo books behind HTTP, on loopback only.
//!
//! Xero's API and identity service share one server: `api_url` stands for `https://api.xero.com`
//! (`{api_url}/api.xro/2.0/Invoices`, `{api_url}/connections`) and `identity_url` for both
//! `https://login.xero.com` and `https://identity.xero.com`
//! (`{identity_url}/identity/connect/authorize`, `/connect/token`, `/connect/revocation`).
//!
//! ERPNext's real-time server shares its site's address, as behind a real one's web server. Webhooks
//! of both are sent from here.
//!
//! This is the only part of the crate that reads the wall clock.

mod arguments;
mod connection;
mod deliveries;
mod ready;
mod realtime;

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, State};
use bytes::Bytes;
use chrono::{DateTime, NaiveDate, Utc};
use http::{HeaderValue, Request, Response, StatusCode, header};
use tokio::net::TcpListener;
use tokio::sync::{Notify, mpsc, watch};
use tokio::task::JoinHandle;

use crate::books::{DemoBooks, Reply};
use crate::erpnext::{ErpnextVersion, Update};
use crate::generator::{Country, DemoSize, GeneratorConfig};
use crate::{System, control};
pub use arguments::BadArgument;
use connection::{Connection, Cuttable, short_body};
use deliveries::Sender;
pub use ready::{ErpnextReady, ReadyLine, XeroReady};
use realtime::Subscribed;

/// The largest request body taken, in bytes.
const BODY_LIMIT: usize = 25 * 1024 * 1024;

/// How long open connections get to finish when the servers stop.
const STOP_WITHIN: Duration = Duration::from_secs(2);

/// What to serve and where.
#[derive(Debug, Clone, Copy)]
pub struct DemoConfig {
    /// Where Xero listens; port 0 picks a free one. Must be a loopback address.
    pub xero_addr: SocketAddr,
    /// Where ERPNext listens; port 0 picks a free one. Must be a loopback address.
    pub erpnext_addr: SocketAddr,
    /// How many records.
    pub size: DemoSize,
    /// Decides everything in the books.
    pub seed: u64,
    /// Where the demo organisation trades.
    pub country: Country,
    /// Which ERPNext the demo site is.
    pub erpnext_version: ErpnextVersion,
    /// The day that the documents lead up to; `None` is the day on which the books are opened. Not a later one.
    pub today: Option<NaiveDate>,
}

impl Default for DemoConfig {
    fn default() -> Self {
        let any_port = SocketAddr::from(([127, 0, 0, 1], 0));
        Self {
            xero_addr: any_port,
            erpnext_addr: any_port,
            size: DemoSize::default(),
            seed: 1,
            country: Country::default(),
            erpnext_version: ErpnextVersion::default(),
            today: None,
        }
    }
}

/// The servers while they run. Dropping it stops them without waiting.
pub struct Running {
    /// Where they listen and how to sign in.
    pub ready: ReadyLine,
    books: Arc<Mutex<DemoBooks>>,
    outlets: Outlets,
    stop: watch::Sender<bool>,
    servers: [JoinHandle<io::Result<()>>; 2],
}

/// Where what the worlds tell by themselves goes.
#[derive(Clone)]
struct Outlets {
    updates: mpsc::UnboundedSender<Update>,
    subscribed: Subscribed,
    xero_hooks: Arc<Notify>,
    erpnext_hooks: Arc<Notify>,
}

impl Outlets {
    /// Passes on what the books have to tell, in the order in which it came about: the caller holds
    /// the lock.
    fn flush(&self, books: &mut DemoBooks) {
        for update in books.erpnext.take_updates() {
            // Nobody emits any more once the servers stop.
            self.updates.send(update).ok();
        }
    }

    /// Webhooks may be due: something changed, or the clock was moved.
    fn wake(&self) {
        self.xero_hooks.notify_one();
        self.erpnext_hooks.notify_one();
    }
}

impl Running {
    /// Looks at or changes the books between requests, without HTTP. Keep it short: requests wait.
    pub fn with_books<T>(&self, act: impl FnOnce(&mut DemoBooks) -> T) -> T {
        let mut books = self.books.lock().unwrap_or_else(PoisonError::into_inner);
        let done = act(&mut books);
        self.outlets.flush(&mut books);
        drop(books);
        self.outlets.wake();
        done
    }

    /// Stops both servers: requests in progress are answered, for at most two seconds.
    ///
    /// # Errors
    /// What a server failed with.
    pub async fn shutdown(self) -> io::Result<()> {
        // Nobody listening any more is as good as stopped.
        self.stop.send(true).ok();
        for mut server in self.servers {
            match tokio::time::timeout(STOP_WITHIN, &mut server).await {
                Ok(ended) => ended.map_err(io::Error::other)??,
                Err(_) => server.abort(),
            }
        }
        Ok(())
    }
}

/// Generates the books and serves them. Returns once both servers listen.
///
/// # Errors
/// `InvalidInput` where an address is not a loopback one, or the day is still to come; what binding an address
/// failed with.
pub async fn serve(config: DemoConfig) -> io::Result<Running> {
    for address in [config.xero_addr, config.erpnext_addr] {
        if !address.ip().is_loopback() {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                format!(
                    "{address} is not a loopback address; the demo books are served to this computer only"
                ),
            ));
        }
    }
    let now = Utc::now();
    let today = config.today.unwrap_or(now.date_naive());
    if today > now.date_naive() {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            format!("{today} is still to come; the demo books end today at the latest"),
        ));
    }
    let xero = TcpListener::bind(config.xero_addr).await?;
    let erpnext = TcpListener::bind(config.erpnext_addr).await?;
    let generator = GeneratorConfig {
        size: config.size,
        seed: config.seed,
        country: config.country,
        today,
    };
    let version = config.erpnext_version;
    let mut books =
        tokio::task::spawn_blocking(move || DemoBooks::open_on(version, generator, now))
            .await
            .map_err(io::Error::other)?
            .map_err(io::Error::other)?;
    books.erpnext.watch();
    let site = books.erpnext.config().site.clone();
    let ready = ReadyLine::new(
        &origin(xero.local_addr()?),
        &origin(erpnext.local_addr()?),
        &books,
    );
    let books = Arc::new(Mutex::new(books));
    let (stop, stopped) = watch::channel(false);
    let (updates, told) = mpsc::unbounded_channel();
    let outlets = Outlets {
        updates,
        subscribed: Subscribed::default(),
        xero_hooks: Arc::default(),
        erpnext_hooks: Arc::default(),
    };
    let client = deliveries::client()?;
    let sender = |wake: &Arc<Notify>| Sender {
        books: Arc::clone(&books),
        outlets: outlets.clone(),
        wake: Arc::clone(wake),
        stopped: stopped.clone(),
        client: client.clone(),
    };
    tokio::spawn(sender(&outlets.xero_hooks).send_xeros());
    tokio::spawn(sender(&outlets.erpnext_hooks).send_erpnexts());
    let shared = |system| Shared {
        system,
        books: Arc::clone(&books),
        outlets: outlets.clone(),
        in_progress: Arc::default(),
    };
    let (layer, io) = realtime::layer(&books, &site, &outlets.subscribed);
    tokio::spawn(realtime::emit(io.clone(), site, told));
    let mut closing = stopped.clone();
    tokio::spawn(async move {
        // Connections that were upgraded are no longer the HTTP server's to close.
        closing.wait_for(|stop| *stop).await.ok();
        io.close().await;
    });
    let xero_router = Router::new()
        .fallback(answer)
        .with_state(shared(System::Xero));
    let erpnext_router = Router::new()
        .fallback(answer)
        .with_state(shared(System::Erpnext))
        .layer(layer);
    let servers = [
        tokio::spawn(run(xero_router, xero, stopped.clone())),
        tokio::spawn(run(erpnext_router, erpnext, stopped)),
    ];
    Ok(Running {
        ready,
        books,
        outlets,
        stop,
        servers,
    })
}

/// `http://localhost:PORT`: the name that Xero registers redirect addresses with, and that
/// browsers treat as secure.
fn origin(address: SocketAddr) -> String {
    if address.ip() == std::net::Ipv4Addr::LOCALHOST {
        format!("http://localhost:{}", address.port())
    } else {
        format!("http://{address}")
    }
}

#[derive(Clone)]
struct Shared {
    system: System,
    books: Arc<Mutex<DemoBooks>>,
    outlets: Outlets,
    in_progress: Arc<AtomicU32>,
}

fn run(
    router: Router,
    listener: TcpListener,
    mut stopped: watch::Receiver<bool>,
) -> impl Future<Output = io::Result<()>> {
    axum::serve(
        Cuttable(listener),
        router.into_make_service_with_connect_info::<Connection>(),
    )
    .with_graceful_shutdown(async move {
        // An error means that `Running` was dropped: stop too.
        stopped.wait_for(|stop| *stop).await.ok();
    })
    .into_future()
}

async fn answer(
    State(shared): State<Shared>,
    ConnectInfo(connection): ConnectInfo<Connection>,
    request: Request<Body>,
) -> Response<Body> {
    let (head, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, BODY_LIMIT).await else {
        return whole(control::text(
            413,
            "The request body is too large".to_owned(),
        ));
    };
    let request = Request::from_parts(head, body);
    if request.uri().path() == "/__sandbox/subscribers" {
        return whole(subscribers(&shared, request.uri().query().unwrap_or_default()).await);
    }
    let counts = request.uri().path().starts_with("/api.xro/");
    let (call, crowd) = if counts {
        let (call, crowd) = InProgress::begin(&shared.in_progress);
        (Some(call), crowd)
    } else {
        (None, 0)
    };
    let answered = ask(&shared, request, crowd, connection).await;
    drop(call);
    answered
}

/// A call in progress. Whoever hangs up before the answer ends it as well.
struct InProgress(Arc<AtomicU32>);

impl InProgress {
    /// The call, and how many there are with it.
    fn begin(all: &Arc<AtomicU32>) -> (Self, u32) {
        let crowd = all.fetch_add(1, Ordering::AcqRel) + 1;
        (Self(Arc::clone(all)), crowd)
    }
}

impl Drop for InProgress {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Answers once somebody is subscribed to the document type asked about.
async fn subscribers(shared: &Shared, query: &str) -> Response<Bytes> {
    let wanted = url::form_urlencoded::parse(query.as_bytes())
        .find_map(|(key, value)| (key == "doctype").then(|| value.into_owned()));
    let mut subscribed = shared.outlets.subscribed.subscribe();
    let all = subscribed
        .wait_for(|all| wanted.as_ref().is_none_or(|doctype| all.contains(doctype)))
        .await
        .map(|all| all.clone())
        .unwrap_or_default();
    control::json(StatusCode::OK, &serde_json::json!(all))
}

async fn ask(
    shared: &Shared,
    request: Request<Bytes>,
    crowd: u32,
    connection: Connection,
) -> Response<Body> {
    let (books, system) = (Arc::clone(&shared.books), shared.system);
    let outlets = shared.outlets.clone();
    let outcome = tokio::task::spawn_blocking(move || {
        let mut books = books.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Utc::now();
        let outcome = books.handle_among(system, &request, crowd, now);
        outlets.flush(&mut books);
        (outcome, books.now(now))
    })
    .await;
    shared.outlets.wake();
    let Ok((outcome, now)) = outcome else {
        return whole(control::text(500, "The simulated system failed".to_owned()));
    };
    if !outcome.delay.is_zero() {
        tokio::time::sleep(outcome.delay).await;
    }
    match outcome.reply {
        Reply::Response(response) => whole(dated(response, now)),
        Reply::CutOff {
            response,
            whole: length,
        } => {
            let mut response = dated(response, now).map(short_body);
            response
                .headers_mut()
                .insert(header::CONTENT_LENGTH, HeaderValue::from(length));
            response
        }
        // No answer can be given: the connection breaks before its first byte is written.
        Reply::AnswerLost | Reply::NotSent => {
            connection.cut();
            let mut nothing = Response::new(Body::empty());
            *nothing.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
            nothing
        }
    }
}

/// Says when it was answered, by the clock that the records are stamped with.
fn dated(mut response: Response<Bytes>, now: DateTime<Utc>) -> Response<Bytes> {
    let text = now.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    if let Ok(date) = HeaderValue::from_str(&text) {
        response.headers_mut().insert(header::DATE, date);
    }
    response
}

fn whole(response: Response<Bytes>) -> Response<Body> {
    response.map(Body::from)
}

#[cfg(test)]
mod tests;
