//! A gate between the program under test and the demo books: it counts requests over both systems
//! and can hold one, so that a test may kill the program at exactly that moment.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{Request, Response, StatusCode, header};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::books::{Books, System};

/// On which side of the remote system the request is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// The remote system has not seen it.
    Before,
    /// The remote system has carried it out; the answer is held.
    After,
}

#[derive(Default)]
struct Shared {
    seen: Mutex<Vec<String>>,
    hold: Mutex<Option<(usize, When)>>,
    held: Notify,
}

/// Two addresses, one count.
pub struct Gate {
    /// Stands for Xero, its identity service included.
    pub xero: String,
    /// Stands for the ERPNext site.
    pub erpnext: String,
    to_erpnext: JoinHandle<()>,
    shared: Arc<Shared>,
}

#[derive(Clone)]
struct Way {
    to: String,
    shared: Arc<Shared>,
    http: reqwest::Client,
}

impl Gate {
    /// Opens a gate in front of both systems.
    pub async fn open(books: &Books) -> Gate {
        let shared = Arc::new(Shared::default());
        let (xero, _) = listen(books.url(System::Xero), &shared).await;
        let (erpnext, to_erpnext) = listen(books.url(System::Erpnext), &shared).await;
        Gate {
            xero,
            erpnext,
            to_erpnext,
            shared,
        }
    }

    /// Nothing answers at this address of the site any more. A program that starts from here on finds
    /// nobody there.
    pub fn close_erpnext(&self) {
        self.to_erpnext.abort();
    }

    /// The requests seen since the last [`Gate::hold`] or [`Gate::pass`], as `METHOD path`.
    pub fn seen(&self) -> Vec<String> {
        self.shared.seen.lock().unwrap().clone()
    }

    /// Counts anew, and holds the request with this number (from 1).
    pub fn hold(&self, number: usize, when: When) {
        self.shared.seen.lock().unwrap().clear();
        *self.shared.hold.lock().unwrap() = Some((number, when));
    }

    /// Counts anew, and holds nothing.
    pub fn pass(&self) {
        self.shared.seen.lock().unwrap().clear();
        *self.shared.hold.lock().unwrap() = None;
    }

    /// Waits until a request is held.
    pub async fn held(&self) {
        self.shared.held.notified().await;
    }
}

async fn listen(to: &str, shared: &Arc<Shared>) -> (String, JoinHandle<()>) {
    let listener = TcpListener::bind(("127.0.0.1", 0))
        .await
        .expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    let way = Way {
        to: to.to_owned(),
        shared: Arc::clone(shared),
        http: reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_gzip()
            .build()
            .expect("an HTTP client"),
    };
    let router = Router::new().fallback(forward).with_state(way);
    let serving = tokio::spawn(async move {
        axum::serve(listener, router).await.expect("it is served");
    });
    (format!("http://localhost:{port}"), serving)
}

async fn forward(State(way): State<Way>, request: Request<Body>) -> Response<Body> {
    let (head, body) = request.into_parts();
    let path = head
        .uri
        .path_and_query()
        .map_or("/", |path| path.as_str())
        .to_owned();
    let number = {
        let mut seen = way.shared.seen.lock().unwrap();
        seen.push(format!("{} {path}", head.method));
        seen.len()
    };
    let hold = *way.shared.hold.lock().unwrap();
    let body = axum::body::to_bytes(body, usize::MAX)
        .await
        .unwrap_or_default();
    if hold == Some((number, When::Before)) {
        stay(&way.shared).await;
    }
    let mut headers = head.headers;
    headers.remove(header::HOST);
    let sent = way
        .http
        .request(head.method, format!("{}{path}", way.to))
        .headers(headers)
        .body(body)
        .send()
        .await;
    let Ok(answer) = sent else {
        let mut nothing = Response::new(Body::empty());
        *nothing.status_mut() = StatusCode::BAD_GATEWAY;
        return nothing;
    };
    let status = answer.status();
    let mut headers = answer.headers().clone();
    headers.remove(header::TRANSFER_ENCODING);
    headers.remove(header::CONTENT_LENGTH);
    let body = answer.bytes().await.unwrap_or_default();
    if hold == Some((number, When::After)) {
        stay(&way.shared).await;
    }
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

/// Tells the test and never goes on: the program that waits for the answer is about to be killed.
async fn stay(shared: &Shared) {
    shared.held.notify_one();
    std::future::pending::<()>().await;
}
