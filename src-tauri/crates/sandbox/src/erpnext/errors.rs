//! Refusals, in the bodies Frappe 15 answers (v1: `exc_type`, `_server_messages` as JSON inside
//! JSON; v2: `errors`).

use std::fmt::Write as _;

use super::release::Release;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

/// A message shown to the user; also sent along with successful answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Message {
    pub(crate) text: String,
    pub(crate) title: String,
    pub(crate) indicator: Option<&'static str>,
    pub(crate) raised: bool,
    pub(crate) alert: bool,
}

impl Message {
    /// A plain notice without colour.
    pub(crate) fn plain(message: impl Into<String>) -> Self {
        Self {
            text: message.into(),
            title: "Message".to_owned(),
            indicator: None,
            raised: false,
            alert: false,
        }
    }

    pub(crate) fn titled(mut self, title: &str) -> Self {
        title.clone_into(&mut self.title);
        self
    }

    pub(crate) fn coloured(mut self, indicator: &'static str) -> Self {
        self.indicator = Some(indicator);
        self
    }

    pub(crate) fn alert(mut self) -> Self {
        self.alert = true;
        self
    }

    pub(crate) fn raised(message: &str, title: &str) -> Self {
        Self {
            text: message.to_owned(),
            title: title.to_owned(),
            indicator: Some("red"),
            raised: true,
            alert: false,
        }
    }

    fn to_json(&self, release: &Release) -> Value {
        let mut map = Map::new();
        map.insert("message".into(), json!(self.text));
        if release.tables_in_messages {
            map.insert("as_table".into(), json!(false));
        }
        map.insert("title".into(), json!(self.title));
        if let Some(indicator) = self.indicator {
            map.insert("indicator".into(), json!(indicator));
        }
        if self.alert {
            map.insert("alert".into(), json!(1));
        }
        if self.raised {
            map.insert("raise_exception".into(), json!(1));
            let digest = Sha256::digest(self.text.as_bytes());
            let id = digest[..28].iter().fold(String::new(), |mut id, byte| {
                // Writing to a string cannot fail.
                let _ = write!(id, "{byte:02x}");
                id
            });
            map.insert("__frappe_exc_id".into(), json!(id));
        }
        Value::Object(map)
    }
}

/// `_server_messages`: a JSON string of a list of JSON strings, Python's escapes included.
pub(crate) fn server_messages(messages: &[Message], release: &Release) -> Value {
    let inner: Vec<Value> = messages
        .iter()
        .map(|message| Value::String(ascii(&python_json(&message.to_json(release)))))
        .collect();
    Value::String(ascii(&python_json(&Value::Array(inner))))
}

/// JSON with Python's `", "` and `": "` separators.
pub(crate) fn python_json(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let parts: Vec<String> = map
                .iter()
                .map(|(key, value)| {
                    format!("{}: {}", Value::String(key.clone()), python_json(value))
                })
                .collect();
            format!("{{{}}}", parts.join(", "))
        }
        Value::Array(list) => {
            let parts: Vec<String> = list.iter().map(python_json).collect();
            format!("[{}]", parts.join(", "))
        }
        plain => plain.to_string(),
    }
}

/// Escapes everything outside ASCII, as `json.dumps` does by default.
fn ascii(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii() {
            out.push(c);
        } else {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                // Writing to a string cannot fail.
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
    }
    out
}

/// Why a request was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    /// Class name, as in `exc_type`.
    pub(crate) exc_type: String,
    /// Full `exception` line; `None` where the body has none (404 and document 403).
    pub(crate) exception: Option<String>,
    /// Raised inside the accounting application rather than the framework.
    pub(crate) from_erpnext: bool,
    pub(crate) messages: Vec<Message>,
    pub(crate) error_message: Option<String>,
    /// An HTML page instead of JSON.
    pub(crate) html: Option<String>,
    /// Where a page sends the browser instead.
    pub(crate) location: Option<String>,
    /// Keys a v1 body has before the usual ones.
    pub(crate) first: Vec<(&'static str, Value)>,
}

impl Refusal {
    fn of(status: u16, module: &str, class: &str, text: &str) -> Self {
        let name = if module.is_empty() {
            class.to_owned()
        } else {
            format!("{module}.{class}")
        };
        Self {
            status,
            exc_type: class.to_owned(),
            exception: Some(if text.is_empty() {
                name
            } else {
                format!("{name}: {text}")
            }),
            from_erpnext: false,
            messages: Vec::new(),
            error_message: None,
            html: None,
            location: None,
            first: Vec::new(),
        }
    }

    /// `frappe.throw`: an exception and the same text as a red message.
    pub(crate) fn thrown(class: &str, text: &str, title: &str) -> Self {
        let mut refusal = Self::of(417, "frappe.exceptions", class, text);
        refusal.messages.push(Message::raised(text, title));
        refusal
    }

    /// A `ValidationError` of the framework.
    pub(crate) fn validation(text: impl AsRef<str>) -> Self {
        Self::thrown("ValidationError", text.as_ref(), "Message")
    }

    /// A `ValidationError` of the accounting application.
    pub(crate) fn business(text: impl AsRef<str>) -> Self {
        Self::validation(text).in_erpnext()
    }

    /// Another class, in its own module.
    pub(crate) fn business_class(module: &str, class: &str, text: &str, title: &str) -> Self {
        let mut refusal = Self::of(417, module, class, text);
        refusal.messages.push(Message::raised(text, title));
        refusal.in_erpnext()
    }

    pub(crate) fn in_erpnext(mut self) -> Self {
        self.from_erpnext = true;
        self
    }

    /// Raised without a message to the user.
    pub(crate) fn silent(class: &str, text: &str) -> Self {
        Self::of(417, "frappe.exceptions", class, text)
    }

    /// An exception nobody caught.
    pub(crate) fn crash(module: &str, class: &str, text: &str) -> Self {
        Self::of(500, module, class, text)
    }

    /// No such document or document type.
    pub(crate) fn missing(text: &str) -> Self {
        let mut refusal = Self::not_found();
        refusal.messages.push(Message::raised(text, "Message"));
        refusal
    }

    /// An unknown remote procedure, as API v2 says it (recording 20#74).
    pub(crate) fn no_app(method: &str) -> Self {
        let app = method.split('.').next().unwrap_or_default();
        let why = format!("App {app} is not installed");
        let mut refusal = Self::validation(format!("Failed to get method {method} with {why}"));
        refusal.messages.insert(0, Message::raised(&why, "Message"));
        refusal
    }

    /// 404 without any text.
    pub(crate) fn not_found() -> Self {
        let mut refusal = Self::of(404, "frappe.exceptions", "DoesNotExistError", "");
        refusal.exception = None;
        refusal
    }

    /// A name already taken.
    pub(crate) fn duplicate(doctype: &str, name: &str) -> Self {
        let mut refusal = Self::of(
            409,
            "frappe.exceptions",
            "DuplicateEntryError",
            &format!(
                "('{doctype}', '{name}', IntegrityError(1062, \"Duplicate entry '{name}' for key 'PRIMARY'\"))"
            ),
        );
        refusal.messages.push(
            Message::plain(format!("{doctype} <strong>{name}</strong> already exists"))
                .titled("Duplicate Name")
                .coloured("red"),
        );
        refusal
    }

    /// A value of a unique field already taken.
    pub(crate) fn not_unique(
        doctype: &str,
        name: &str,
        field: &str,
        label: &str,
        value: &str,
    ) -> Self {
        let mut refusal = Self::silent(
            "UniqueValidationError",
            &format!(
                "('{doctype}', '{name}', IntegrityError(1062, \"Duplicate entry '{value}' for key '{field}'\"))"
            ),
        );
        refusal
            .messages
            .push(Message::plain(format!("{label} must be unique")));
        refusal
    }

    /// The document was saved by someone else in between.
    pub(crate) fn stale(text: &str) -> Self {
        Self::thrown("TimestampMismatchError", text, "Message")
    }

    /// 403 for a document type; lists say `exception`, documents do not.
    pub(crate) fn forbidden(user: &str, doctype: &str, on_list: bool) -> Self {
        let mut refusal = Self::of(403, "frappe.exceptions", "PermissionError", "");
        if !on_list {
            refusal.exception = None;
        }
        refusal.messages.push(Message::plain(format!(
            "User <strong>{user}</strong> does not have doctype access via role permission for document <strong>{doctype}</strong>"
        )));
        refusal.error_message = Some(format!("No permission for {doctype}"));
        refusal
    }

    /// 403 for a row of a child table that is not there: asked for by itself, it belongs to nothing.
    pub(crate) fn no_row(child: &str) -> Self {
        let mut refusal = Self::forbidden_silently();
        refusal.exception = None;
        refusal.messages.push(Message::plain(format!(
            "Please specify a valid parent DocType for <strong>{child}</strong>"
        )));
        refusal.error_message = Some(format!("No permission for {child}"));
        refusal
    }

    /// 403 without any text.
    pub(crate) fn forbidden_silently() -> Self {
        Self::of(403, "frappe.exceptions", "PermissionError", "")
    }

    /// A method Guest may not call.
    pub(crate) fn not_whitelisted(method: &str) -> Self {
        let text = format!(
            "<details><summary>You are not permitted to access this resource. Login to access</summary>Function <strong>{method}</strong> is not whitelisted.</details>"
        );
        let mut refusal = Self::of(403, "frappe.exceptions", "PermissionError", &text);
        refusal
            .messages
            .push(Message::raised(&text, "Method Not Allowed"));
        refusal
    }

    /// Wrong key, secret or scheme.
    pub(crate) fn unauthenticated() -> Self {
        Self::of(401, "frappe.exceptions", "AuthenticationError", "")
    }

    /// No session where one is needed, without more words.
    pub(crate) fn no_session() -> Self {
        let mut refusal = Self::unauthenticated();
        refusal.exception = None;
        refusal
    }

    /// A list of something the user may not read.
    pub(crate) fn unlisted(doctype: &str) -> Self {
        let text = format!("Insufficient Permission for <strong>{doctype}</strong>");
        let mut refusal = Self::thrown("PermissionError", &text, "Message");
        refusal.status = 403;
        refusal
    }

    /// More of the server's time was asked for than the operator allows.
    pub(crate) fn too_many() -> Self {
        Self::of(429, "frappe.exceptions", "TooManyRequestsError", "")
    }

    /// The site is down for maintenance.
    pub(crate) fn stopped() -> Self {
        Self::of(
            503,
            "frappe.exceptions",
            "SessionStopped",
            "Session Stopped",
        )
    }

    /// Writing is off while the site is maintained.
    pub(crate) fn read_only() -> Self {
        let text = "Site is running in read only mode for maintenance or site update, this action can not be performed right now. Please try again later.";
        let mut refusal = Self::of(503, "frappe.exceptions", "InReadOnlyMode", text);
        refusal
            .messages
            .push(Message::raised(text, "In Read Only Mode"));
        refusal
    }

    /// Nothing at all, as OPTIONS and HEAD are answered: not a refusal, but not a document either.
    pub(crate) fn blank(json: bool) -> Self {
        Self::of(200, "", if json { "JSON" } else { "" }, "")
    }

    /// An HTML page of the web server.
    pub(crate) fn page(status: u16, title: &str, text: &str) -> Self {
        Self::titled_page(status, &format!("{status} {title}"), title, text)
    }

    /// An HTML page of the site's own.
    pub(crate) fn titled_page(status: u16, title: &str, heading: &str, text: &str) -> Self {
        let mut refusal = Self::of(status, "", heading, "");
        refusal.html = Some(format!(
            "<!doctype html>\n<html lang=en>\n<title>{title}</title>\n<h1>{heading}</h1>\n<p>{text}</p>\n"
        ));
        refusal
    }

    /// An HTML page as it stands.
    pub(crate) fn shown(status: u16, page: String) -> Self {
        let mut refusal = Self::of(status, "", "", "");
        refusal.html = Some(page);
        refusal
    }

    /// A permanent redirection.
    pub(crate) fn redirect(to: &str) -> Self {
        let mut refusal = Self::shown(301, String::new());
        refusal.location = Some(to.to_owned());
        refusal
    }

    /// What a person would have read.
    pub(crate) fn text(&self) -> String {
        self.messages.last().map_or_else(
            || {
                self.exception
                    .clone()
                    .unwrap_or_else(|| self.exc_type.clone())
            },
            |message| message.text.clone(),
        )
    }

    fn traceback(&self) -> Option<String> {
        let exception = self.exception.as_ref()?;
        Some(format!(
            "Traceback (most recent call last):\n  File \"apps/frappe/frappe/app.py\", line 115, in application\n    response = frappe.api.handle(request)\n{exception}\n"
        ))
    }

    /// The body of `/api/resource` and `/api/method`. Earlier notices come first.
    pub(crate) fn v1(&self, before: &[Message], release: &Release) -> Value {
        let mut body = Map::new();
        for (key, value) in &self.first {
            body.insert((*key).to_owned(), value.clone());
        }
        if let Some(exception) = &self.exception {
            // The last line of the traceback, whatever the message is.
            let last = exception.rsplit('\n').next().unwrap_or_default();
            body.insert("exception".into(), json!(last));
        }
        body.insert("exc_type".into(), json!(self.exc_type));
        if self.from_erpnext {
            body.insert("_exc_source".into(), json!("erpnext (app)"));
        }
        if let Some(traceback) = self.traceback() {
            body.insert("exc".into(), json!(json!([traceback]).to_string()));
        }
        let messages: Vec<Message> = before.iter().chain(&self.messages).cloned().collect();
        if !messages.is_empty() {
            body.insert(
                "_server_messages".into(),
                server_messages(&messages, release),
            );
        }
        if let Some(text) = &self.error_message {
            body.insert("_error_message".into(), json!(text));
        }
        Value::Object(body)
    }

    /// The body of `/api/v2`.
    pub(crate) fn v2(&self, release: &Release) -> Value {
        let mut error = Map::new();
        error.insert("type".into(), json!(self.exc_type));
        if let Some(traceback) = self.traceback() {
            error.insert("exception".into(), json!(traceback));
        }
        if let Some(message) = self.messages.last() {
            error.insert("message".into(), json!(message.text));
            if release.tables_in_messages {
                error.insert("as_table".into(), json!(false));
            }
            error.insert("title".into(), json!(message.title));
            if let Some(indicator) = message.indicator {
                error.insert("indicator".into(), json!(indicator));
            }
        }
        let mut body = Map::new();
        body.insert("errors".into(), json!([error]));
        // The last message is the error's own; earlier ones come beside it.
        let (_, earlier) = self.messages.split_last().unzip();
        let earlier: Vec<Value> = earlier
            .unwrap_or_default()
            .iter()
            .map(|message| message.to_json(release))
            .collect();
        if !earlier.is_empty() {
            body.insert("messages".into(), Value::Array(earlier));
        }
        Value::Object(body)
    }
}
