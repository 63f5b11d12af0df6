//! The control door: what tests and demonstrations may do to a simulated system beside its API.
//!
//! | request | does |
//! |---|---|
//! | `GET /__sandbox/state` | every record as the system holds it |
//! | `POST /__sandbox/records` | a person's edit (or an array of them), made inside the system |
//! | `GET`, `POST`, `DELETE /__sandbox/faults` | reads, replaces, removes the rules of [`crate::faults`]: `{"seed":7,"rules":[{"method":"PUT","path":"/Invoices","nth":[2],"effect":"drop_after_commit"}]}` |
//! | `GET`, `POST /__sandbox/clock` | reads, advances the clock of both systems: `{"advance_seconds":3600}` or `{"advance_to":"2027-01-01T00:00:00Z"}` |
//! | `GET /__sandbox/calls` | each call received, with its cost against the limits |
//! | `GET /__sandbox/subscribers?doctype=Customer` | the document types that real-time clients of ERPNext subscribed to; waits until the named one is among them (HTTP only) |
//! | `GET /__sandbox/expected` | the generated records that are meant not to sync, with their causes |
//!
//! Answers are JSON. A refusal has a 4xx status and `{"error": "what was wrong"}`.

use bytes::Bytes;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::faults::{Faults, Rule};
use crate::{DemoBooks, System, xero};

/// What the control door answers; `None` where the request is not for it.
pub(crate) fn answer(
    books: &mut DemoBooks,
    system: System,
    request: &Request<Bytes>,
    now: DateTime<Utc>,
) -> Option<Response<Bytes>> {
    let door = request.uri().path().strip_prefix("/__sandbox")?;
    let answered = match (request.method(), door.trim_matches('/')) {
        (&Method::GET, "state") => Ok(books.state(system)),
        (&Method::GET, "calls") => Ok(books.calls(system)),
        (&Method::GET, "expected") => Ok(json!(books.data.expected)),
        (&Method::POST, "records") => records(books, system, request.body(), now),
        (&Method::GET, "faults") => Ok(books.faults(system).report()),
        (&Method::POST, "faults") => set_faults(books, system, request.body()),
        (&Method::DELETE, "faults") => {
            *books.faults_mut(system) = Faults::default();
            Ok(books.faults(system).report())
        }
        (&Method::GET, "clock") => Ok(clock(books, now)),
        (&Method::POST, "clock") => advance(books, request.body(), now),
        (_, "state" | "calls" | "expected" | "records" | "faults" | "clock") => Err(Refused {
            status: StatusCode::METHOD_NOT_ALLOWED,
            why: format!("{door} does not take {}", request.method()),
        }),
        _ => Err(Refused {
            status: StatusCode::NOT_FOUND,
            why: format!(
                "there is no {door} here; there are state, records, faults, clock, calls and \
                 expected"
            ),
        }),
    };
    Some(match answered {
        Ok(value) => json(StatusCode::OK, &value),
        Err(refused) => json(refused.status, &json!({ "error": refused.why })),
    })
}

/// Why the control door did not do it.
struct Refused {
    status: StatusCode,
    why: String,
}

impl Refused {
    fn bad(why: impl Into<String>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            why: why.into(),
        }
    }
}

fn parse<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Refused> {
    serde_json::from_slice(body).map_err(|error| Refused::bad(format!("the body: {error}")))
}

/// Makes one edit, or several in order. What was made before a refused one stays made.
fn records(
    books: &mut DemoBooks,
    system: System,
    body: &[u8],
    now: DateTime<Utc>,
) -> Result<Value, Refused> {
    let body: Value = parse(body)?;
    match &body {
        Value::Object(_) => books.edit(system, &body, now).map_err(Refused::bad),
        Value::Array(operations) => {
            let mut results = Vec::with_capacity(operations.len());
            for (index, operation) in operations.iter().enumerate() {
                results.push(books.edit(system, operation, now).map_err(|why| {
                    Refused::bad(format!("edit {index} (those before it are made): {why}"))
                })?);
            }
            Ok(Value::Array(results))
        }
        _ => Err(Refused::bad(
            "an edit is a JSON object, or several in an array",
        )),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FaultsBody {
    #[serde(default)]
    seed: u64,
    rules: Vec<Rule>,
}

fn set_faults(books: &mut DemoBooks, system: System, body: &[u8]) -> Result<Value, Refused> {
    let FaultsBody { seed, rules } = parse(body)?;
    *books.faults_mut(system) = Faults::new(seed, rules);
    Ok(books.faults(system).report())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockBody {
    advance_seconds: Option<i64>,
    advance_to: Option<DateTime<Utc>>,
}

fn advance(books: &mut DemoBooks, body: &[u8], now: DateTime<Utc>) -> Result<Value, Refused> {
    let by = match parse(body)? {
        ClockBody {
            advance_seconds: Some(seconds),
            advance_to: None,
        } => TimeDelta::try_seconds(seconds).ok_or_else(|| Refused::bad("too far"))?,
        ClockBody {
            advance_seconds: None,
            advance_to: Some(instant),
        } => instant - books.now(now),
        _ => {
            return Err(Refused::bad(
                "say either advance_seconds (a number) or advance_to (an instant)",
            ));
        }
    };
    if by < TimeDelta::zero() {
        return Err(Refused::bad("the clock goes forward only"));
    }
    if by > TimeDelta::days(36_525) {
        return Err(Refused::bad("the clock goes forward 100 years at most"));
    }
    books.advance(by);
    Ok(clock(books, now))
}

fn clock(books: &DemoBooks, now: DateTime<Utc>) -> Value {
    json!({ "now": books.now(now).to_rfc3339_opts(SecondsFormat::Millis, true) })
}

/// Xero's calls as JSON.
pub(crate) fn calls_of_xero(calls: &[xero::Call]) -> Value {
    calls
        .iter()
        .map(|call| {
            json!({
                "at": call.at.to_rfc3339_opts(SecondsFormat::Millis, true),
                "method": call.method,
                "path": call.path,
                "status": call.status,
                "cost": call.cost,
            })
        })
        .collect()
}

/// A response of a type of body.
fn response(status: StatusCode, content_type: &'static str, body: Bytes) -> Response<Bytes> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

/// A JSON response.
pub(crate) fn json(status: StatusCode, body: &Value) -> Response<Bytes> {
    response(status, "application/json", Bytes::from(body.to_string()))
}

/// A plain-text response.
pub(crate) fn text(status: u16, body: String) -> Response<Bytes> {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response(status, "text/plain; charset=utf-8", Bytes::from(body))
}

/// An HTML response.
pub(crate) fn html(status: StatusCode, body: impl Into<Bytes>) -> Response<Bytes> {
    response(status, "text/html; charset=utf-8", body.into())
}

/// A path or query with its percent escapes decoded.
pub(crate) fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let escape = (byte == b'%')
            .then(|| after.get(..2))
            .flatten()
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        if let Some(escaped) = escape {
            bytes.push(escaped);
            rest = &after[2..];
        } else {
            bytes.push(byte);
            rest = after;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests;
