//! The routes: `/api/resource`, `/api/v2/document`, `/api/method`.

use bytes::Bytes;
use http::{Method, Request, Response};
use serde_json::{Map, Value, json};

use super::ErpnextWorld;
use super::answer::Shape;
use super::errors::{Refusal, server_messages};
use super::lists::query_from;
use super::release::Wording;
use super::request::{Args, arguments, segments};
use super::site::{Outcome, Right};

/// The web server's limit for the request line, in bytes.
const REQUEST_LINE: usize = 4094;
/// The web server's limit for a body, in bytes.
const BODY: usize = 25 * 1024 * 1024;

/// A successful answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Map<String, Value>,
    /// What stands before the body: the rows of a list as JSON, and their key.
    pub(crate) rows: Option<(&'static str, Vec<u8>)>,
}

impl Answer {
    /// `{"data": …}`.
    pub(crate) fn data(value: Value) -> Self {
        Self::under("data", value)
    }

    /// `{"message": …}`.
    pub(crate) fn message(value: Value) -> Self {
        Self::under("message", value)
    }

    pub(crate) fn under(key: &str, value: Value) -> Self {
        let mut body = Map::new();
        if !value.is_null() {
            body.insert(key.to_owned(), value);
        }
        Self {
            status: 200,
            body,
            rows: None,
        }
    }

    /// A list under a key, its rows as JSON.
    pub(crate) fn listed(key: &'static str, rows: Vec<u8>) -> Self {
        Self {
            status: 200,
            body: Map::new(),
            rows: Some((key, rows)),
        }
    }

    /// What was to stand under `message` stands under `data`.
    fn message_as_data(mut self) -> Self {
        if let Some(message) = self.body.remove("message") {
            self.body.insert("data".into(), message);
        }
        if let Some((key, _)) = &mut self.rows {
            *key = "data";
        }
        self
    }

    fn into_response(self) -> Response<Bytes> {
        let Some((key, rows)) = self.rows else {
            return json_response(self.status, &Value::Object(self.body));
        };
        let rest = Value::Object(self.body).to_string();
        let mut text = Vec::with_capacity(rows.len() + rest.len() + key.len() + 5);
        text.extend_from_slice(format!("{{\"{key}\":").as_bytes());
        text.extend_from_slice(&rows);
        if rest.len() > "{}".len() {
            text.push(b',');
        }
        text.extend_from_slice(&rest.as_bytes()[1..]);
        build(self.status, "application/json", text)
    }
}

impl ErpnextWorld {
    /// Answers a request; a refused one leaves nothing behind.
    pub(crate) fn respond(&mut self, request: &Request<Bytes>) -> Response<Bytes> {
        let mut response = self.answered(request);
        self.count_rate(&mut response);
        for cookie in self.sessions.cookies.drain(..) {
            if let Ok(cookie) = http::HeaderValue::from_str(&cookie) {
                response
                    .headers_mut()
                    .append(http::header::SET_COOKIE, cookie);
            }
        }
        response
    }

    fn answered(&mut self, request: &Request<Bytes>) -> Response<Bytes> {
        "Guest".clone_into(&mut self.user);
        if self.database_down {
            return failure_page();
        }
        let line = request
            .uri()
            .path_and_query()
            .map_or(0, |path| path.as_str().len())
            + request.method().as_str().len()
            + " HTTP/1.1".len()
            + 1;
        if line > REQUEST_LINE {
            return html(
                400,
                format!(
                    "<html>\n  <head>\n    <title>Bad Request</title>\n  </head>\n  <body>\n    <h1><p>Bad Request</p></h1>\n    Request Line is too large ({line} &gt; {REQUEST_LINE})\n  </body>\n</html>\n"
                ),
            );
        }
        let path = segments(request.uri().path());
        let v2 = path.get(1).is_some_and(|segment| segment == "v2");
        if request.body().len() > BODY {
            return refusal_page(&Refusal::page(
                413,
                "Request Entity Too Large",
                "The data value transmitted exceeds the capacity limit.",
            ));
        }
        if let Some(response) = self.sign_in(request, &path) {
            return response;
        }
        let savepoint = self.store.savepoint();
        match self.route(request, &path) {
            Ok(mut answer) => {
                self.store.commit();
                if !self.messages.is_empty() && !v2 {
                    answer.body.insert(
                        "_server_messages".into(),
                        server_messages(&self.messages, self.release()),
                    );
                }
                answer.into_response()
            }
            Err(mut refusal) => {
                self.store.roll_back(savepoint);
                if self.release().exceptions_for_staff && !self.is_staff() {
                    refusal.exception = None;
                }
                if self.sessions.expired {
                    refusal.first.insert(0, ("session_expired", json!(1)));
                }
                let wants_html = request
                    .headers()
                    .get(http::header::ACCEPT)
                    .and_then(|accept| accept.to_str().ok())
                    .is_some_and(|accept| accept.starts_with("text/html"));
                if refusal.status == 200 && refusal.html.is_none() {
                    let kind = if refusal.exc_type.is_empty() {
                        "text/plain; charset=utf-8"
                    } else {
                        "application/json"
                    };
                    build(200, kind, String::new())
                } else if refusal.html.is_some() {
                    refusal_page(&refusal)
                } else if wants_html && refusal.status == 429 {
                    build(
                        429,
                        "text/plain; charset=utf-8",
                        "Too Many Requests".to_owned(),
                    )
                } else if wants_html {
                    let title = if refusal.status == 401 {
                        "Session Expired"
                    } else {
                        "Server Error"
                    };
                    let page = match self.release().wording {
                        Wording::Of15 => Refusal::page(refusal.status, title, &refusal.text()),
                        Wording::Of16 => {
                            Refusal::titled_page(refusal.status, "Error", title, &refusal.text())
                        }
                    };
                    refusal_page(&page)
                } else if v2 {
                    json_response(refusal.status, &refusal.v2(self.release()))
                } else {
                    json_response(refusal.status, &refusal.v1(&self.messages, self.release()))
                }
            }
        }
    }

    fn route(&mut self, request: &Request<Bytes>, path: &[String]) -> Outcome<Answer> {
        if self.maintenance {
            return Err(Box::new(Refusal::stopped()));
        }
        self.check_rate()?;
        let not_found = || Err(Box::new(Refusal::not_found()));
        let parts: Vec<&str> = path.iter().map(String::as_str).collect();
        if parts.first() != Some(&"api") {
            self.user = self.identify(request.headers(), request.method())?;
            return Err(Box::new(self.website(&parts)));
        }
        let asks_in_vain =
            *request.method() == Method::OPTIONS && self.release().options_need_a_session;
        if asks_in_vain {
            return Err(Box::new(Refusal::no_session()));
        }
        if matches!(*request.method(), Method::OPTIONS | Method::HEAD) {
            return Err(Box::new(Refusal::blank(request.method() == Method::HEAD)));
        }
        self.user = self.identify(request.headers(), request.method())?;
        let args = arguments(request, self.release().bodies_refused_kindly)?;
        let method = request.method();
        if parts.get(1) == Some(&"v2") && self.major() < 15 {
            return not_found();
        }
        match parts.as_slice() {
            ["api", "v1", rest @ ..] | ["api", rest @ ..] if rest.first() == Some(&"resource") => {
                self.resource(method, &rest[1..], &args)
            }
            ["api", "method", "login"] if *method == Method::POST => self.log_in(&args),
            ["api", "method", "logout"]
                if *method == Method::GET && self.release().logout_by_post =>
            {
                let mut refusal = Refusal::thrown("PermissionError", "Not permitted", "Message");
                refusal.status = 403;
                Err(Box::new(refusal))
            }
            ["api", "method", "logout"] => Ok(self.log_out()),
            ["api", "v1" | "v2", "method", name] | ["api", "method", name] => {
                let v2 = parts.get(1) == Some(&"v2");
                let answer = self.method(name, method, &args).map_err(|refusal| {
                    if v2
                        && refusal
                            .text()
                            .starts_with("Failed to get method for command")
                    {
                        Box::new(Refusal::no_app(name))
                    } else {
                        refusal
                    }
                })?;
                Ok(if v2 { answer.message_as_data() } else { answer })
            }
            ["api", "v2", "document", rest @ ..] => self.document(method, rest, &args),
            ["api", "v2", "doctype", doctype, "meta"] => {
                let meta = self.doctype(doctype)?;
                self.demand(doctype, Right::Read, false)?;
                Ok(Answer::data(meta.describe()))
            }
            ["api", "v2", "doctype", doctype, "count"] => {
                let filters = super::lists::json_argument(args.get("filters"))?;
                Ok(Answer::data(json!(self.count(doctype, &filters)?)))
            }
            _ => not_found(),
        }
    }

    /// A page of the website: the desk, the log-in page, else none.
    fn website(&mut self, parts: &[&str]) -> Refusal {
        match parts.first() {
            Some(&"app") if self.release().desk_moved => {
                let rest: Vec<&str> = std::iter::once("/desk")
                    .chain(parts[1..].iter().copied())
                    .collect();
                Refusal::redirect(&rest.join("/"))
            }
            Some(&"app" | &"desk") if self.release().desk_moved == (parts[0] == "desk") => {
                match self.desk_page() {
                    Some(page) => Refusal::shown(200, page),
                    None => {
                        Refusal::redirect(&format!("/login?redirect-to=%2F{}", parts.join("%2F")))
                    }
                }
            }
            Some(&"login") => Refusal::shown(200, self.login_page()),
            _ => match self.release().wording {
                Wording::Of15 => Refusal::page(404, "Not Found", "Page not found"),
                Wording::Of16 => {
                    Refusal::titled_page(404, "Not Found", "Not Found", "Page not found")
                }
            },
        }
    }

    fn writable(&self) -> Outcome<()> {
        if self.read_only {
            return Err(Box::new(Refusal::read_only()));
        }
        Ok(())
    }

    fn resource(&mut self, method: &Method, rest: &[&str], args: &Args) -> Outcome<Answer> {
        match (rest, method) {
            ([doctype], &Method::GET) => {
                if args.get("fields").is_some_and(Value::is_array) {
                    return Err(Box::new(Refusal::crash(
                        "",
                        "TypeError",
                        "the JSON object must be str, bytes or bytearray, not list",
                    )));
                }
                self.get_list(doctype, args)
            }
            ([doctype], &Method::POST) => {
                self.writable()?;
                let chosen = self
                    .prompted
                    .contains(*doctype)
                    .then(|| args.get("name").and_then(Value::as_str).map(str::to_owned))
                    .flatten();
                let doc = self.insert(doctype, args, chosen.as_deref())?;
                Ok(Answer::data(self.doc_json(
                    &doc,
                    Shape {
                        nulls: false,
                        unsaved: true,
                    },
                )))
            }
            ([_], _) => Err(Box::new(Refusal::page(
                405,
                "Method Not Allowed",
                "The method is not allowed for the requested URL.",
            ))),
            ([doctype, name], &Method::GET) => self.get_document(doctype, name, Shape::default()),
            ([doctype, name], &Method::PUT) => {
                self.writable()?;
                // A key `data` is taken for all that is said, as of a form (seen on 15 and 16).
                let data = args.get("data").and_then(Value::as_str);
                let whole = data.and_then(|data| serde_json::from_str::<Args>(data).ok());
                let doc = self.update(doctype, name, whole.as_ref().unwrap_or(args))?;
                Ok(Answer::data(self.doc_json(&doc, Shape::default())))
            }
            ([doctype, name], &Method::DELETE) => {
                self.writable()?;
                self.delete(doctype, name)?;
                let mut answer = Answer::data(json!("ok"));
                answer.status = 202;
                Ok(answer)
            }
            ([doctype, name], &Method::POST) => {
                let Some(method) = args.get("run_method").and_then(Value::as_str) else {
                    return Err(Box::new(Refusal::crash("", "KeyError", "'run_method'")));
                };
                let method = method.to_owned();
                self.run_method(doctype, name, &method, Shape::default())
            }
            _ => Err(Box::new(Refusal::not_found())),
        }
    }

    fn document(&mut self, method: &Method, rest: &[&str], args: &Args) -> Outcome<Answer> {
        let nulls = self.release().nulls_in_v2;
        let whole = Shape {
            nulls,
            unsaved: false,
        };
        match (rest, method) {
            ([doctype], &Method::GET) if self.release().paged_lists => self.get_page(doctype, args),
            ([doctype], &Method::GET) => self.get_list(doctype, args),
            ([doctype], &Method::POST) => {
                self.writable()?;
                let chosen = args.get("name").and_then(Value::as_str);
                let doc = self.insert(doctype, args, chosen)?;
                Ok(Answer::data(self.doc_json(
                    &doc,
                    Shape {
                        nulls,
                        unsaved: true,
                    },
                )))
            }
            ([doctype, name], &Method::GET) => self.get_document(doctype, name, whole),
            ([doctype, name], &Method::PATCH | &Method::PUT) => {
                self.writable()?;
                let doc = self.update(doctype, name, args)?;
                Ok(Answer::data(self.doc_json(&doc, whole)))
            }
            ([doctype, name], &Method::DELETE) => {
                self.writable()?;
                self.delete(doctype, name)?;
                let mut answer = Answer::data(json!("ok"));
                answer.status = 202;
                Ok(answer)
            }
            ([doctype, name, "copy"], &Method::GET) => {
                self.doctype(doctype)?;
                self.demand(doctype, Right::Read, false)?;
                Ok(Answer::data(self.copy_of(self.fetch(doctype, name)?)))
            }
            ([doctype, name, "method", called], &Method::POST | &Method::GET) => {
                let answer = self.run_method(doctype, name, called, whole)?;
                Ok(self.with_document(answer))
            }
            _ => Err(Box::new(Refusal::not_found())),
        }
    }

    fn get_list(&self, doctype: &str, args: &Args) -> Outcome<Answer> {
        let query = query_from(doctype, args)?;
        Ok(Answer::listed("data", self.list_text(&query)?))
    }

    /// A list that says whether there is more. Only `limit` and `start` page it (0 rows are none),
    /// and unknown fields are dropped.
    fn get_page(&self, doctype: &str, args: &Args) -> Outcome<Answer> {
        let number = |key: &str| match args.get(key) {
            Some(Value::String(text)) => text.parse::<usize>().ok(),
            Some(other) => other
                .as_u64()
                .and_then(|number| usize::try_from(number).ok()),
            None => None,
        };
        let limit = number("limit").unwrap_or(20);
        let mut query = query_from(doctype, args)?;
        query.start = number("start").unwrap_or(0);
        query.limit = Some(limit + 1);
        query.forgiving = true;
        let mut rows = self.list(&query)?;
        let mut answer = Answer::under("has_next_page", json!(rows.len() > limit));
        rows.truncate(limit);
        answer.body.insert("data".into(), Value::Array(rows));
        Ok(answer)
    }

    /// What a method of a document answered, and the document beside it where the release says so.
    fn with_document(&self, mut answer: Answer) -> Answer {
        if self.release().nulls_in_v2
            && let Some(doc) = answer.body.get("data").cloned()
        {
            answer.body.insert("docs".into(), Value::Array(vec![doc]));
        }
        answer
    }

    fn get_document(&self, doctype: &str, name: &str, shape: Shape) -> Outcome<Answer> {
        self.doctype(doctype)?;
        // Everybody reads their own user.
        if !(doctype == "User" && name == self.user) {
            self.demand(doctype, Right::Read, false)?;
        }
        let doc = self.fetch(doctype, name)?;
        Ok(Answer::data(self.doc_json(doc, shape)))
    }

    pub(super) fn run_method(
        &mut self,
        doctype: &str,
        name: &str,
        method: &str,
        shape: Shape,
    ) -> Outcome<Answer> {
        self.writable()?;
        let docstatus = match method {
            "submit" => 1,
            "cancel" => 2,
            "save" => {
                let doc = self.update(doctype, name, &Map::new())?;
                return Ok(Answer::data(self.doc_json(&doc, shape)));
            }
            other => {
                return Err(Box::new(Refusal::crash(
                    "",
                    "AttributeError",
                    &format!(
                        "'{}' object has no attribute '{other}'",
                        doctype.replace(' ', "")
                    ),
                )));
            }
        };
        let mut body = Map::new();
        body.insert("docstatus".to_owned(), json!(docstatus));
        let doc = self.update(doctype, name, &body)?;
        Ok(Answer::data(self.doc_json(&doc, shape)))
    }
}

pub(super) fn json_response(status: u16, body: &Value) -> Response<Bytes> {
    let text = if body.as_object().is_some_and(Map::is_empty) && status == 200 {
        String::from("{}")
    } else {
        body.to_string()
    };
    build(status, "application/json", text)
}

/// The web server's own page about an error nobody caught.
pub(super) fn failure_page() -> Response<Bytes> {
    html(
        500,
        "<html>\n  <head>\n    <title>Internal Server Error</title>\n  </head>\n  <body>\n    <h1><p>Internal Server Error</p></h1>\n    \n  </body>\n</html>\n".to_owned(),
    )
}

pub(super) fn html(status: u16, text: String) -> Response<Bytes> {
    build(status, "text/html; charset=utf-8", text)
}

pub(super) fn refusal_page(refusal: &Refusal) -> Response<Bytes> {
    let mut response = html(refusal.status, refusal.html.clone().unwrap_or_default());
    if let Some(to) = &refusal.location
        && let Ok(to) = http::HeaderValue::from_str(to)
    {
        response.headers_mut().insert(http::header::LOCATION, to);
    }
    response
}

fn build(status: u16, content_type: &'static str, text: impl Into<Bytes>) -> Response<Bytes> {
    let mut response = Response::new(text.into());
    *response.status_mut() =
        http::StatusCode::from_u16(status).unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(
        http::header::CONTENT_TYPE,
        http::HeaderValue::from_static(content_type),
    );
    response
}
