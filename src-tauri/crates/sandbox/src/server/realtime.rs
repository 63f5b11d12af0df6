//! The demo site's real-time server: socket.io as Frappe runs it beside the site
//! (`realtime/middlewares/authenticate.js`, `realtime/handlers/frappe_handlers.js` of Frappe 15.75;
//! erpnext/FACTS §11).
//!
//! As there, the server knows nothing by itself: it asks the site over its own API who somebody is
//! and what they may read. It shares the site's address, as behind the web server of a real one.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use chrono::Utc;
use http::header::{AUTHORIZATION, COOKIE, HOST, ORIGIN};
use http::{HeaderMap, Method, Request};
use serde_json::{Value, json};
use socketioxide::SocketIo;
use socketioxide::extract::{SocketRef, TryData};
use socketioxide::handler::ConnectHandler as _;
use socketioxide::layer::SocketIoLayer;
use tokio::sync::{mpsc, watch};

use crate::System;
use crate::books::{DemoBooks, Reply};
use crate::erpnext::Update;

/// Packets that wait for a slow client at most.
const WAITING: usize = 4096;

/// The document types that somebody hears of; a subscription is not acknowledged to whoever made
/// it, so tests look here.
pub(super) type Subscribed = watch::Sender<BTreeSet<String>>;

/// The layer that answers `/socket.io`, and the handle that emits.
pub(super) fn layer(
    books: &Arc<Mutex<DemoBooks>>,
    site: &str,
    subscribed: &Subscribed,
) -> (SocketIoLayer, SocketIo) {
    let (layer, io) = SocketIo::builder()
        .max_buffer_size(WAITING)
        .max_payload(1_000_000)
        .build_layer();
    let key_is_enough = books
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .erpnext
        .key_opens_real_time();
    let door = Door {
        books: Arc::clone(books),
        site: site.to_owned(),
        key_is_enough,
        subscribed: subscribed.clone(),
    };
    // Anybody may stand in the main namespace; nothing is said there.
    io.ns("/", async || {});
    let asked = door.clone();
    let let_in = async move |socket: SocketRef| asked.let_in(&socket);
    let handle = async move |socket: SocketRef| door.serve(&socket);
    if let Err(error) = io.dyn_ns("/{*site}", handle.with(let_in)) {
        tracing::error!(%error, "the demo site's real-time server has no namespace");
    }
    (layer, io)
}

/// Emits what the world tells, in order, until nothing can come any more.
pub(super) async fn emit(io: SocketIo, site: String, mut updates: mpsc::UnboundedReceiver<Update>) {
    let namespace = format!("/{site}");
    while let Some(update) = updates.recv().await {
        let Update {
            doctype,
            name,
            user,
            modified,
            listed,
        } = update;
        // Until the first client has come there is no namespace, and nobody to tell.
        let to = |room: String| io.of(&namespace).map(|all| all.to(room));
        if let Some(all) = to(doc_room(&doctype, &name)) {
            let told = json!({"modified": modified, "doctype": doctype, "name": name});
            all.emit("doc_update", &told).await.ok();
        }
        if let Some(all) = to(doctype_room(&doctype))
            && listed
        {
            let told = json!({"doctype": doctype, "name": name, "user": user});
            all.emit("list_update", &told).await.ok();
        }
    }
}

fn doctype_room(doctype: &str) -> String {
    format!("doctype:{doctype}")
}

fn doc_room(doctype: &str, name: &str) -> String {
    format!("doc:{doctype}/{name}")
}

/// Decides who comes in and who hears what.
#[derive(Clone)]
struct Door {
    books: Arc<Mutex<DemoBooks>>,
    site: String,
    /// Whether a key opens without a cookie beside it.
    key_is_enough: bool,
    subscribed: Subscribed,
}

impl Door {
    fn let_in(&self, socket: &SocketRef) -> Result<(), String> {
        let headers = &socket.req_parts().headers;
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        if socket.ns().trim_start_matches('/') != self.site_meant(headers) {
            return Err("Invalid namespace".to_owned());
        }
        if host_of(header(HOST.as_str())) != host_of(header(ORIGIN.as_str())) {
            return Err("Invalid origin".to_owned());
        }
        let cookie = header(COOKIE.as_str()).unwrap_or_default();
        if self.key_is_enough {
            if cookie.is_empty() && !headers.contains_key(AUTHORIZATION) {
                return Err("Missing cookie and authorization header. Either one needed for authentication.".to_owned());
            }
        } else if cookie.is_empty() {
            return Err("No cookie transmitted.".to_owned());
        }
        if !cookie.contains("sid=") && !headers.contains_key(AUTHORIZATION) {
            return Err(
                "No authentication method used. Use cookie or authorization header.".to_owned(),
            );
        }
        match self.ask(headers, "/api/method/frappe.realtime.get_user_info") {
            Some(_) => Ok(()),
            None => Err("Unauthorized: Error: Unauthorized".to_owned()),
        }
    }

    /// The site a client means: what a proxy says, else the only one there is for this computer's
    /// own names, else the host in the address.
    fn site_meant<'a>(&'a self, headers: &'a HeaderMap) -> &'a str {
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        if let Some(named) = header("x-frappe-site-name") {
            return host_of(Some(named));
        }
        let host = host_of(header(HOST.as_str()));
        if matches!(host, "localhost" | "127.0.0.1") {
            return &self.site;
        }
        match header(ORIGIN.as_str()) {
            Some(origin) => host_of(Some(origin)),
            None => host,
        }
    }

    fn serve(&self, socket: &SocketRef) {
        socket.on("ping", async |socket: SocketRef| {
            socket.emit("pong", &()).ok();
        });
        let door = self.clone();
        socket.on(
            "doctype_subscribe",
            async move |socket: SocketRef, TryData(data): TryData<Value>| {
                let Some(doctype) = first(data) else { return };
                let query = form(&[("doctype", &doctype)]);
                let path = format!("/api/method/frappe.realtime.can_subscribe_doctype?{query}");
                if door.ask(&socket.req_parts().headers, &path).is_some() {
                    socket.join(doctype_room(&doctype));
                    door.subscribed.send_modify(|all| {
                        all.insert(doctype);
                    });
                }
            },
        );
        socket.on(
            "doctype_unsubscribe",
            async |socket: SocketRef, TryData(data): TryData<Value>| {
                if let Some(doctype) = first(data) {
                    socket.leave(doctype_room(&doctype));
                }
            },
        );
        let door = self.clone();
        socket.on(
            "doc_subscribe",
            async move |socket: SocketRef, TryData(data): TryData<(String, String)>| {
                let Ok((doctype, name)) = data else { return };
                let query = form(&[("doctype", &doctype), ("docname", &name)]);
                let path = format!("/api/method/frappe.realtime.can_subscribe_doc?{query}");
                if door.ask(&socket.req_parts().headers, &path).is_some() {
                    socket.join(doc_room(&doctype, &name));
                }
            },
        );
        socket.on(
            "doc_unsubscribe",
            async |socket: SocketRef, TryData(data): TryData<(String, String)>| {
                if let Ok((doctype, name)) = data {
                    socket.leave(doc_room(&doctype, &name));
                }
            },
        );
    }

    /// Asks the site in somebody's name; none where it refuses.
    fn ask(&self, headers: &HeaderMap, path: &str) -> Option<Bytes> {
        let mut request = Request::builder().method(Method::GET).uri(path);
        for name in [AUTHORIZATION, COOKIE] {
            if let Some(value) = headers.get(&name) {
                request = request.header(name, value);
            }
        }
        let request = request.body(Bytes::new()).ok()?;
        let mut books = self.books.lock().unwrap_or_else(PoisonError::into_inner);
        match books.handle(System::Erpnext, &request, Utc::now()).reply {
            Reply::Response(response) if response.status().is_success() => {
                Some(response.into_body())
            }
            _ => None,
        }
    }
}

/// The first argument of an event, which may have come with or without others.
fn first<E>(data: Result<Value, E>) -> Option<String> {
    match data.ok()? {
        Value::String(text) => Some(text),
        Value::Array(list) => list.first()?.as_str().map(str::to_owned),
        _ => None,
    }
}

fn form(pairs: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish()
}

/// The host in an address or a `Host` header, without scheme, path and port.
fn host_of(address: Option<&str>) -> &str {
    let address = address.unwrap_or_default();
    let address = address
        .split_once("://")
        .map_or(address, |(_, rest)| rest.split('/').next().unwrap_or(rest));
    address.split_once(':').map_or(address, |(host, _)| host)
}
