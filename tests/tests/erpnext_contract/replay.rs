//! Sends a recorded exchange to the demo site.

use bytes::Bytes;
use chrono::{DateTime, Duration, NaiveDateTime, Utc};
use http::Request;
use sandbox::RemoteSystem as _;
use sandbox::erpnext::{Country, ErpnextConfig, ErpnextVersion, ErpnextWorld, RateLimit};
use serde_json::{Value, json};

use crate::compare::{Comparison, Difference};
use crate::given;
use crate::identities::{Identities, is_moment};
use crate::not_compared::shape_only;
use crate::tokens::Tokens;
use crate::wire::{cut_columns, decoded, encoded, is_cut, restored};

/// The recorded site's own address and users.
const RECORDED_SITE: &str = "http://127.0.0.1:8000";
const RECORDED_USER: &str = "sync@acme.test";

/// A demo site at the start of one recording.
pub struct Site {
    world: ErpnextWorld,
    now: DateTime<Utc>,
    identities: Identities,
    /// The form a remote procedure answered last, which the next call sends back.
    form: Value,
    /// Secrets made anew: user, secret, the exchange that still tries the old one.
    secrets: Vec<(String, String, usize)>,
    /// The session a browser would be in, and its CSRF token.
    sid: String,
    csrf: String,
    tokens: Tokens,
}

/// An answer taken apart.
struct Reply {
    status: u16,
    content_type: String,
    body: Value,
}

fn first_moment(value: &Value) -> Option<DateTime<Utc>> {
    match value {
        Value::String(text) if is_moment(text) => {
            NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.6f")
                .ok()
                .map(|moment| moment.and_utc())
        }
        Value::Array(list) => list.iter().find_map(first_moment),
        Value::Object(map) => map.values().find_map(first_moment),
        _ => None,
    }
}

/// Exchanges that named a session nobody ever had.
fn unknown_session(number: &str, at: usize) -> bool {
    number == "19" && matches!(at, 14 | 15)
}

impl Site {
    /// A fresh site with what the recording found there, its clock at the recording's beginning.
    pub fn for_recording(version: ErpnextVersion, number: &str, recording: &Value) -> Self {
        let now = recording["exchanges"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|exchange| exchange["method"] == "POST")
            .find_map(|exchange| first_moment(&exchange["response_json"]["data"]["creation"]))
            .unwrap_or_else(|| given::opening(version, number).parse().unwrap());
        let config = ErpnextConfig {
            version,
            site: "demo.localhost".into(),
            company: "Acme Ltd".into(),
            abbr: "ACM".into(),
            country: Country::GB,
            currency: "GBP".into(),
            time_zone: "Europe/London".parse().unwrap(),
            api_key: "key".into(),
            api_secret: "secret".into(),
            seed: 7,
        };
        let world = ErpnextWorld::new(config, now - Duration::hours(1));
        let mut identities = Identities::default();
        identities.learn(RECORDED_USER, world.api_user());
        identities.learn(RECORDED_SITE, "http://demo.localhost");
        let mut site = Self {
            world,
            now: now - Duration::seconds(20),
            identities,
            form: Value::Null,
            secrets: Vec::new(),
            sid: String::new(),
            csrf: String::new(),
            tokens: Tokens::default(),
        };
        // The recorded site has fiscal years 2024 to 2027.
        for year in ["2023", "2028"] {
            let path = format!("/api/resource/Fiscal%20Year/{year}");
            let headers = [("Authorization".to_owned(), "token key:secret".to_owned())];
            let reply = site.send("DELETE", &path, &headers, Vec::new());
            assert_eq!(reply.status, 202, "{number}: {}", reply.body);
        }
        for given in given::at_the_start(number) {
            site.give(given);
        }
        site
    }

    fn send(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(String, String)],
        body: Vec<u8>,
    ) -> Reply {
        self.now += Duration::milliseconds(250);
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("Host", "demo.localhost");
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let request = request.body(Bytes::from(body)).unwrap();
        let response = self.world.handle(&request, self.now);
        for cookie in response.headers().get_all("set-cookie") {
            if let Some(sid) = cookie
                .to_str()
                .ok()
                .and_then(|text| text.strip_prefix("sid="))
                && let Some((sid, _)) = sid.split_once(';')
                && sid != "Guest"
            {
                sid.clone_into(&mut self.sid);
            }
        }
        self.tokens.learn(&response);
        let page = String::from_utf8_lossy(response.body());
        if let Some((_, rest)) = page.split_once("csrf_token = \"")
            && let Some((token, _)) = rest.split_once('"')
        {
            token.clone_into(&mut self.csrf);
        }
        let content_type = response
            .headers()
            .get("content-type")
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
            .to_owned();
        let body = serde_json::from_slice(response.body())
            .unwrap_or_else(|_| json!(String::from_utf8_lossy(response.body())));
        Reply {
            status: response.status().as_u16(),
            content_type,
            body,
        }
    }

    fn give(&mut self, (doctype, name, mut body): given::Given) {
        // The site numbers its own documents from 1: those low numbers are not to be taken.
        let ours = if name.ends_with("-00006") {
            format!("GIVEN-{name}")
        } else {
            name.to_owned()
        };
        let cancel = body["docstatus"] == 2;
        if cancel {
            body["docstatus"] = json!(1);
        }
        let seen = body["modified"].as_str().map(str::to_owned);
        // Under a chosen name a submit in the same request would leave `modified` alone.
        let submit = body["docstatus"] == 1 && !name.is_empty();
        if submit {
            body["docstatus"] = json!(0);
        }
        let mut body = self.translated(&body);
        if !name.is_empty() {
            body["name"] = json!(ours);
        }
        let path = format!("/api/v2/document/{}", encoded(doctype));
        let headers = [
            ("Authorization".to_owned(), "token key:secret".to_owned()),
            ("Content-Type".to_owned(), "application/json".to_owned()),
        ];
        let reply = self.send("POST", &path, &headers, body.to_string().into_bytes());
        assert_eq!(reply.status, 200, "{doctype} {name}: {}", reply.body);
        if !name.is_empty() {
            self.identities.learn(name, &ours);
        }
        for (wanted, status) in [(submit, 1), (cancel, 2)] {
            if wanted {
                let path = format!("{path}/{}", encoded(&ours));
                let body = json!({"docstatus": status}).to_string().into_bytes();
                let reply = self.send("PUT", &path, &headers, body);
                assert_eq!(reply.status, 200, "{doctype} {name}: {}", reply.body);
            }
        }
        if let (Some(recorded), Some(ours)) = (seen, reply.body["data"]["modified"].as_str()) {
            self.identities.learn(&recorded, ours);
        }
    }

    /// A document sent whole carries times no answer showed before: those of the stored one.
    fn meet(&mut self, exchange: &Value) {
        let doc = &exchange["request_json"]["doc"];
        let (Some(doctype), Some(name), Some(modified)) = (
            doc["doctype"].as_str(),
            doc["name"].as_str(),
            doc["modified"].as_str(),
        ) else {
            return;
        };
        if exchange["status"] != 200 || self.identities.knows(modified) {
            return;
        }
        let name = self.identities.translate(name);
        let path = format!("/api/resource/{}/{}", encoded(doctype), encoded(&name));
        let headers = [("Authorization".to_owned(), "token key:secret".to_owned())];
        let reply = self.send("GET", &path, &headers, Vec::new());
        if let Some(ours) = reply.body["data"]["modified"].as_str() {
            self.identities.learn(modified, ours);
        }
    }

    /// Sends one exchange and compares the answers.
    pub fn exchange(&mut self, number: &str, at: usize, exchange: &Value) -> Vec<Difference> {
        for given in given::before(number, at) {
            self.give(given);
        }
        for (method, path, body) in given::changes(number, at) {
            let headers = [
                ("Authorization".to_owned(), "token key:secret".to_owned()),
                ("Content-Type".to_owned(), "application/json".to_owned()),
            ];
            let reply = self.send(method, path, &headers, body.as_bytes().to_vec());
            assert!(reply.status < 300, "{path}: {}", reply.body);
        }
        match (number, at) {
            ("16", 9) => {
                self.world.set_maintenance(false);
                self.world.set_read_only(true);
            }
            ("16", 12) => self.world.set_read_only(false),
            // One second of the server's time in ten, used up by the first request.
            ("16", 1) => self.world.set_rate_limit(Some(RateLimit {
                allowance: 1_000_000,
                window: 10,
                cost: 1_000_000,
            })),
            ("16", 4) => self.now += Duration::seconds(10),
            ("16", 5) => {
                self.world.set_rate_limit(None);
                self.world.set_maintenance(true);
            }
            ("16", 13) => self.world.set_database_down(true),
            ("16", 15) => self.world.set_database_down(false),
            _ => {}
        }
        let method = exchange["method"].as_str().unwrap();
        self.meet(exchange);
        let mut path = self.path(exchange["path"].as_str().unwrap());
        if matches!((number, at), ("13", 20 | 21)) {
            // The recorder cut the long address off.
            path += &"x".repeat(5000);
        }
        let mut headers = Vec::new();
        for (name, value) in exchange["request_headers"]
            .as_object()
            .into_iter()
            .flatten()
        {
            let value = value.as_str().unwrap_or_default();
            if name.eq_ignore_ascii_case("authorization") {
                headers.push((name.clone(), self.authorization(number, at, value)));
            } else {
                let value = match value {
                    cookie if cookie.starts_with("sid=<sid>") && !unknown_session(number, at) => {
                        cookie
                            .replace("<sid>", &self.sid)
                            .replace(&encoded(RECORDED_USER), &encoded(self.world.api_user()))
                    }
                    "<csrf>" => self.csrf.clone(),
                    value => value.to_owned(),
                };
                headers.push((name.clone(), value));
            }
        }
        let body = if let Some(json) = exchange.get("request_json").filter(|json| !json.is_null()) {
            if !headers
                .iter()
                .any(|(name, _)| name.eq_ignore_ascii_case("content-type"))
            {
                headers.push(("Content-Type".to_owned(), "application/json".to_owned()));
            }
            let rows = matches!((number, at), ("09", 5 | 6) | ("17", 17));
            let mut json = if rows {
                self.translated(&restored(json))
            } else {
                self.translated(json)
            };
            if let Some(columns) = cut_columns(exchange) {
                json["fields"] = Value::Array(columns);
            }
            // The recorder cut long forms off: ours is the one answered before.
            if json["docs"]
                .as_str()
                .is_some_and(|docs| docs.contains("(+"))
            {
                json["docs"] = json!(self.form.to_string());
            }
            json.to_string().into_bytes()
        } else {
            let text = exchange["request_body"].as_str().unwrap_or_default();
            let form = headers.iter().any(|(name, value)| {
                name.eq_ignore_ascii_case("content-type")
                    && value.starts_with("application/x-www-form-urlencoded")
            });
            if form {
                self.pairs(&self.tokens.filled(at, text)).into_bytes()
            } else {
                self.identities.translate(text).into_bytes()
            }
        };
        let reply = self.send(method, &path, &headers, body);
        if let (Some(secret), Some(user)) = (
            reply.body["message"]["api_secret"].as_str(),
            exchange["request_json"]["user"].as_str(),
        ) {
            self.secrets
                .push((user.to_owned(), secret.to_owned(), at + 1));
        }
        if let Some(form) = reply.body["docs"].get(0) {
            self.form = form.clone();
        }
        self.compare(number, at, exchange, &reply)
    }

    fn authorization(&self, number: &str, at: usize, recorded: &str) -> String {
        if number == "02" && recorded.starts_with("Bearer") {
            return format!("Bearer {}", self.tokens.bearer(at));
        }
        let mut header = given::authorization(number, at, recorded);
        for (user, secret, old_until) in &self.secrets {
            let key = user.split('@').next().unwrap_or_default();
            if at > *old_until && header.ends_with(&format!("{key}:secret")) {
                header = format!("token {key}:{secret}");
            }
        }
        header
    }

    fn compare(
        &mut self,
        number: &str,
        at: usize,
        exchange: &Value,
        reply: &Reply,
    ) -> Vec<Difference> {
        let mut comparison = Comparison {
            identities: &mut self.identities,
            shape_only: shape_only(number, at),
            found: Vec::new(),
        };
        let status = exchange["status"].as_u64().unwrap();
        if status != u64::from(reply.status) {
            comparison.found.push(Difference::new(
                "status",
                status,
                format!("{} {}", reply.status, reply.body),
            ));
            return comparison.found;
        }
        let recorded_type = exchange["response_headers"]["Content-Type"]
            .as_str()
            .unwrap_or_default();
        let kind = |text: &str| text.split(';').next().unwrap_or_default().trim().to_owned();
        if !recorded_type.is_empty() && kind(recorded_type) != kind(&reply.content_type) {
            comparison.found.push(Difference::new(
                "content-type",
                recorded_type,
                &reply.content_type,
            ));
        }
        if let Some(json) = exchange.get("response_json") {
            comparison.value("body", json, &reply.body);
        } else if let Some(text) = exchange["response_text"].as_str() {
            let title = |text: &str| {
                text.split_once("<title>")
                    .and_then(|(_, rest)| rest.split_once("</title>"))
                    .map_or_else(
                        || {
                            if text.contains('<') {
                                String::new()
                            } else {
                                text.to_owned()
                            }
                        },
                        |(title, _)| title.trim().to_owned(),
                    )
            };
            let ours = reply
                .body
                .as_str()
                .map_or_else(|| reply.body.to_string(), str::to_owned);
            if !title(text).is_empty() && title(text) != title(&ours) {
                comparison
                    .found
                    .push(Difference::new("page", title(text), title(&ours)));
            }
        }
        comparison.found
    }

    fn translated(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.identities.translate(text)),
            Value::Array(list) => list
                .iter()
                .filter(|value| !is_cut(value))
                .map(|value| self.translated(value))
                .collect(),
            Value::Object(map) => map
                .iter()
                .map(|(key, value)| (key.clone(), self.translated(value)))
                .collect::<serde_json::Map<_, _>>()
                .into(),
            other => other.clone(),
        }
    }

    /// A recorded path with our identities, each segment and query value encoded again.
    fn path(&self, path: &str) -> String {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let segments: Vec<String> = path
            .split('/')
            .map(|part| encoded(&self.identities.translate(&decoded(part))))
            .collect();
        let mut out = segments.join("/");
        if !query.is_empty() {
            out = format!("{out}?{}", self.pairs(query));
        }
        out
    }

    /// A recorded query or form with our identities, each value encoded again.
    fn pairs(&self, query: &str) -> String {
        query
            .split('&')
            .map(|pair| match pair.split_once('=') {
                Some((key, value)) => format!(
                    "{key}={}",
                    encoded(
                        &self
                            .identities
                            .translate(&decoded(&value.replace('+', " ")))
                    )
                ),
                None => pair.to_owned(),
            })
            .collect::<Vec<_>>()
            .join("&")
    }
}
