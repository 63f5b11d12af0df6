//! Requests taken apart and responses put together.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, StatusCode, header};
use serde_json::Value;

use super::json::to_wire;

/// A request with its path and query taken apart.
pub struct Incoming<'a> {
    /// Method.
    pub method: &'a Method,
    /// Path segments as sent, percent-decoded.
    pub segments: Vec<String>,
    query: Vec<(String, String)>,
    request: &'a http::Request<Bytes>,
}

impl<'a> Incoming<'a> {
    /// Takes a request apart. Query names are matched in any case.
    pub fn new(request: &'a http::Request<Bytes>) -> Self {
        let uri = request.uri();
        Incoming {
            method: request.method(),
            segments: uri
                .path()
                .split('/')
                .filter(|segment| !segment.is_empty())
                .map(decode)
                .collect(),
            query: url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes())
                .map(|(name, value)| (name.to_ascii_lowercase(), value.into_owned()))
                .collect(),
            request,
        }
    }

    /// The path in lower case, for routing.
    pub fn route(&self) -> Vec<String> {
        self.segments
            .iter()
            .map(|segment| segment.to_ascii_lowercase())
            .collect()
    }

    /// A query parameter by its lower-case name; empty ones count as absent.
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(given, value)| given == name && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }

    /// A comma-separated query parameter.
    pub fn query_list(&self, name: &str) -> Option<Vec<&str>> {
        Some(
            self.query(name)?
                .split(',')
                .map(str::trim)
                .filter(|item| !item.is_empty())
                .collect(),
        )
    }

    /// A yes-or-no query parameter: `true` in any case.
    pub fn query_flag(&self, name: &str) -> Option<bool> {
        self.query(name)
            .map(|value| value.eq_ignore_ascii_case("true"))
    }

    /// A header as text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.request.headers().get(name)?.to_str().ok()
    }

    /// The body.
    pub fn body(&self) -> &Bytes {
        self.request.body()
    }

    /// Method, path and query: what an idempotency key is bound to.
    pub fn line(&self) -> String {
        format!("{} {}", self.method, self.request.uri())
    }

    /// Form fields of the body.
    pub fn form(&self) -> Vec<(String, String)> {
        url::form_urlencoded::parse(self.body())
            .into_owned()
            .collect()
    }

    /// `http://host:port` as the caller addressed it.
    pub fn origin(&self) -> String {
        let host = self.header("host").or_else(|| {
            self.request
                .uri()
                .authority()
                .map(http::uri::Authority::as_str)
        });
        format!("http://{}", host.unwrap_or("localhost"))
    }
}

fn decode(segment: &str) -> String {
    // A path is not a form: a plus sign stays a plus sign.
    let escaped = segment.replace('+', "%2B");
    url::form_urlencoded::parse(format!("x={}", escaped.replace('&', "%26")).as_bytes())
        .next()
        .map_or_else(String::new, |(_, value)| value.into_owned())
}

/// A response with a content type.
pub fn respond(
    status: StatusCode,
    content_type: &'static str,
    body: impl Into<Bytes>,
) -> http::Response<Bytes> {
    let mut response = http::Response::new(body.into());
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

/// A JSON response.
pub fn json(status: StatusCode, body: &Value) -> http::Response<Bytes> {
    respond(status, "application/json; charset=utf-8", to_wire(body))
}

/// Status alone.
pub fn empty(status: StatusCode) -> http::Response<Bytes> {
    let mut response = http::Response::new(Bytes::new());
    *response.status_mut() = status;
    response
}

/// Plain text, as Xero answers 404 and 503.
pub fn plain(status: StatusCode, text: &'static str) -> http::Response<Bytes> {
    respond(status, "text/plain; charset=utf-8", text)
}

/// A page that must not be stored or framed.
pub fn page(status: StatusCode, html: String) -> http::Response<Bytes> {
    let mut response = respond(status, "text/html; charset=utf-8", html);
    set_header(&mut response, "cache-control", "no-store");
    set_header(&mut response, "x-frame-options", "DENY");
    response
}

/// A redirect with 302.
pub fn redirect(location: &str) -> http::Response<Bytes> {
    let mut response = empty(StatusCode::FOUND);
    set_header(&mut response, "location", location);
    set_header(&mut response, "cache-control", "no-store");
    response
}

/// Sets a header; values that are not header text are left out.
pub fn set_header(response: &mut http::Response<Bytes>, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response
            .headers_mut()
            .insert(HeaderName::from_static(name), value);
    }
}
