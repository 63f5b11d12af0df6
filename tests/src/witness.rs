//! A network that holds every request which changes something against the journal, at the moment when it
//! goes out: by a reader of its own, which sees only what is stored for good.
//!
//! What is taken for a read, a sign-in or a word among installations is listed here; everything else has to be in the journal, word
//! for word. So a new kind of write that is not journalled is found by any test that meets it.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Mutex;

use async_trait::async_trait;
use ledger::Side;
use net::{HttpTransport, NetError, Request, Response, Transport};
use serde_json::{Value, json};
use store::{IntentState, SetupWriteState, Store};

/// Methods of ERPNext that are called by POST and change nothing.
const READS: [&str; 5] = [
    "/api/method/frappe.client.get_list",
    "/api/method/frappe.client.get_count",
    "/api/method/frappe.client.has_permission",
    "/api/method/frappe.client.get_value",
    "/api/method/erpnext.accounts.party.get_party_account",
];
/// Signing in, which is no part of anybody's books.
const SIGNING_IN: [&str; 3] = [
    "/connect/token",
    "/connect/revocation",
    "/api/method/frappe.integrations.oauth2.",
];
/// What installations say to each other about syncing now. It is no part of anybody's books, what was said before is
/// said anew, and nobody has to find out what became of one.
const SAYING_SO: [&str; 2] = [
    "/api/v2/document/Webhook%20Request%20Log",
    "/api/resource/Webhook%20Request%20Log/counterfoil-",
];
const RUN_A_METHOD: &str = "/api/method/run_doc_method";
const BULK: &str = "/api/method/frappe.client.bulk_update";
const INSERT_MANY: &str = "/api/method/frappe.client.insert_many";

/// What was seen.
#[derive(Debug, Default, Clone)]
pub struct Seen {
    /// Writes that were in the journal, by method and path without the record.
    pub kinds: BTreeSet<String>,
    /// How many there were.
    pub writes: usize,
    /// How many of set-up's were.
    pub of_set_up: usize,
    /// Writes that were not, as they went out.
    pub missing: Vec<String>,
}

/// The network, and what went over it.
pub struct Witness {
    network: HttpTransport,
    store: Mutex<Option<Store>>,
    seen: Mutex<Seen>,
}

impl Witness {
    /// Looks at nothing until it knows the journal.
    pub fn new() -> Self {
        Self {
            network: HttpTransport::new().unwrap(),
            store: Mutex::default(),
            seen: Mutex::default(),
        }
    }

    /// Says where the program keeps its journal, once it has made it.
    pub fn look_at(&self, database: &Path) {
        *self.store.lock().unwrap() = Some(Store::open(database).unwrap());
    }

    /// What was seen so far.
    pub fn seen(&self) -> Seen {
        self.seen.lock().unwrap().clone()
    }

    fn look(&self, request: &Request) {
        let Some(parts) = parts(request) else {
            return;
        };
        let Some(store) = self.store.lock().unwrap().clone() else {
            return;
        };
        let (of_set_up, known) = journalled(&store, &parts);
        let mut seen = self.seen.lock().unwrap();
        for part in &parts {
            if known.contains(&part.request) {
                seen.writes += 1;
                seen.kinds.insert(part.kind());
            } else if of_set_up.contains(&part.request) {
                seen.of_set_up += 1;
            } else {
                seen.missing.push(part.request.to_string());
            }
        }
    }
}

impl Default for Witness {
    fn default() -> Self {
        Self::new()
    }
}

/// What one request says of one record.
struct Part {
    side: Side,
    /// Method, path and body, as the journal has it.
    request: Value,
}

impl Part {
    fn kind(&self) -> String {
        let path = self.request["path"].as_str().unwrap_or_default();
        let path = path.split('?').next().unwrap_or_default();
        let kept: Vec<&str> = path.split('/').take(4).collect();
        let docstatus = &self.request["body"]["docstatus"];
        format!(
            "{} {} {docstatus}",
            self.request["method"].as_str().unwrap_or_default(),
            kept.join("/")
        )
    }
}

/// Whether a method of a form is called that only tells of naming series.
fn asks_how_documents_are_named(body: &Value) -> bool {
    let method = body["method"].as_str().unwrap_or_default();
    let form = serde_json::from_str::<Value>(body["docs"].as_str().unwrap_or_default());
    form.is_ok_and(|form| form["doctype"] == "Document Naming Settings")
        && ["get_options", "preview_series", "get_current"].contains(&method)
}

/// The parts of a request that changes something; `None` for one that does not.
fn parts(request: &Request) -> Option<Vec<Part>> {
    let (method, path) = (request.method().as_str(), request.uri().path());
    let sign_in = SIGNING_IN.iter().any(|it| path.starts_with(it));
    let saying_so = SAYING_SO.iter().any(|it| path.starts_with(it));
    if method == "GET" || sign_in || saying_so || READS.contains(&path) {
        return None;
    }
    let body: Value = serde_json::from_slice(request.body()).unwrap_or(Value::Null);
    if path == RUN_A_METHOD && asks_how_documents_are_named(&body) {
        return None;
    }
    let whole = request.uri().path_and_query().unwrap().as_str();
    let part = |side, body: Value| Part {
        side,
        request: json!({"method": method, "path": whole, "body": body}),
    };
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    // An address of one record: the journal has the body whole.
    let below = path.strip_prefix("/api.xro/2.0/");
    let of_a_record = below.is_some_and(|it| it.contains('/'));
    Some(if path.starts_with("/api.xro/") && !of_a_record {
        let elements = body
            .as_object()
            .into_iter()
            .flatten()
            .flat_map(|(_, it)| list(it));
        elements.map(|it| part(Side::Xero, it)).collect()
    } else if path == BULK {
        let docs = serde_json::from_str(body["docs"].as_str().unwrap_or_default());
        let elements = list(&docs.unwrap_or_default());
        elements
            .into_iter()
            .map(|it| part(Side::Erpnext, it))
            .collect()
    } else if path == INSERT_MANY {
        let elements = list(&body["docs"]).into_iter();
        elements.map(|it| part(Side::Erpnext, it)).collect()
    } else if of_a_record {
        vec![part(Side::Xero, body)]
    } else {
        vec![part(Side::Erpnext, body)]
    })
}

/// What is in the journal as under way: of set-up, and of the pairings.
fn journalled(store: &Store, parts: &[Part]) -> (Vec<Value>, Vec<Value>) {
    let side = parts.first().map_or(Side::Xero, |part| part.side);
    let of_set_up = store.setup_writes().unwrap();
    let of_set_up = of_set_up
        .into_iter()
        .filter(|it| it.state == SetupWriteState::Sent && it.side == side)
        .map(|it| it.request)
        .collect();
    let mut requests = Vec::new();
    for pairing in store.pairings().unwrap() {
        for intent in store.unsettled(pairing.id).unwrap() {
            if intent.state == IntentState::Sent && intent.write.side == side {
                let prepared = &intent.write.prepared;
                requests.extend(prepared["steps"].as_array().into_iter().flatten().cloned());
                requests.extend(prepared.get("otherwise").cloned());
            }
        }
    }
    (of_set_up, requests)
}

#[async_trait]
impl Transport for Witness {
    async fn send(&self, request: Request) -> Result<Response, NetError> {
        self.look(&request);
        self.network.send(request).await
    }
}
