//! What can go wrong with a call, and what Xero's answers mean.

pub mod catalogue;
#[cfg(test)]
mod documented;

use chrono::{DateTime, Utc};
use http::StatusCode;
use net::{NetError, Response};
use serde_json::Value;

use crate::auth::AuthError;

/// A call to Xero's accounting API failed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum XeroError {
    /// No whole answer came.
    #[error(transparent)]
    Net(#[from] NetError),
    /// There is no valid sign-in.
    #[error(transparent)]
    Auth(#[from] AuthError),
    /// The access token has ended. Renewed and repeated once before anyone sees it.
    #[error("the sign-in token has expired")]
    TokenExpired,
    /// The sign-in was made without a permission this call needs (401 `AuthorizationUnsuccessful`).
    #[error("the Xero app was not given the permission (scope) for {0}")]
    MissingScope(String),
    /// The person or app has no access to this organisation any more (403
    /// `AuthenticationUnsuccessful`).
    #[error("Xero no longer gives access to this organisation: {0}")]
    NotConnected(String),
    /// Nothing has this address or id.
    #[error("Xero does not know this record")]
    NotFound,
    /// The day's calls are used up.
    #[error("the day's calls are used up until {until}")]
    DayOver {
        /// When calls are allowed again, UTC.
        until: DateTime<Utc>,
    },
    /// Xero kept refusing for too many calls although we waited as asked.
    #[error("Xero keeps refusing calls because of its limits")]
    Busy,
    /// Xero or this organisation is offline for maintenance.
    #[error("{0}")]
    Maintenance(String),
    /// Xero failed or is overloaded.
    #[error("Xero is not available (HTTP {status})")]
    Unavailable {
        /// The HTTP status.
        status: u16,
        /// Whether a write may have been carried out all the same.
        may_be_done: bool,
    },
    /// More records match than Xero lists (`HighVolumeException`).
    #[error("Xero holds too many records to list them this way: {0}")]
    TooMuch(String),
    /// The request is larger than Xero accepts.
    #[error("the request is larger than Xero accepts")]
    RequestTooLarge,
    /// Xero refused the data.
    #[error("{message}")]
    Validation {
        /// Xero's number for the kind of error.
        number: Option<i64>,
        /// Xero's words.
        message: String,
        /// The refused elements as answered, with their `ValidationErrors`.
        elements: Vec<Value>,
    },
    /// Xero refused for another reason.
    #[error("Xero answered HTTP {status}: {message}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// Xero's words.
        message: String,
    },
    /// The answer is not what Xero sends: a proxy's page, a cut-off body.
    #[error("{0}")]
    Garbage(String),
    /// A person stopped the run.
    #[error("stopped")]
    Stopped,
}

impl XeroError {
    /// Whether a write that ended so may have been carried out.
    pub const fn may_have_been_done(&self) -> bool {
        match self {
            XeroError::Net(error) => error.may_have_been_done(),
            XeroError::Unavailable { may_be_done, .. } => *may_be_done,
            // A 2xx answer that cannot be read follows a write that was accepted.
            XeroError::Garbage(_) => true,
            _ => false,
        }
    }
}

/// How much of an unexpected answer is shown.
const SHOWN: usize = 300;

fn shown(answer: &Response) -> String {
    let text = net::redact::body(answer.headers(), answer.body(), SHOWN);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The JSON of a successful answer.
///
/// # Errors
/// [`XeroError::Garbage`] for HTML, XML or a cut-off body.
pub fn json(answer: &Response) -> Result<Value, XeroError> {
    if answer.body().is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_slice(answer.body()).map_err(|error| {
        let kind = if error.is_eof() {
            "the answer was cut off"
        } else {
            "the answer is not JSON"
        };
        XeroError::Garbage(format!("{kind}: {}", shown(answer)))
    })
}

/// What an unsuccessful answer means. Decided by status first, because there are three kinds of
/// body: JSON, problem JSON and plain text.
pub fn classify(answer: &Response) -> XeroError {
    let status = answer.status();
    let body: Option<Value> = serde_json::from_slice(answer.body())
        .ok()
        .filter(Value::is_object);
    let text = |key: &str| -> &str {
        body.as_ref()
            .and_then(|body| body.get(key))
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let detail = text("Detail");
    match status {
        StatusCode::UNAUTHORIZED if detail.starts_with("TokenExpired") => XeroError::TokenExpired,
        StatusCode::UNAUTHORIZED if detail.starts_with("AuthorizationUnsuccessful") => {
            XeroError::MissingScope("this data".to_owned())
        }
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN
            if detail.starts_with("AuthenticationUnsuccessful") =>
        {
            XeroError::NotConnected(
                "it was disconnected, the person was removed, or its trial or demo has ended"
                    .to_owned(),
            )
        }
        StatusCode::UNAUTHORIZED => XeroError::Auth(AuthError::SignInNeeded(
            "Xero does not accept this sign-in any more".to_owned(),
        )),
        StatusCode::FORBIDDEN if body.is_some() => {
            let why = if detail.is_empty() {
                text("Title")
            } else {
                detail
            };
            XeroError::NotConnected(why.to_owned())
        }
        StatusCode::NOT_FOUND => XeroError::NotFound,
        StatusCode::PAYLOAD_TOO_LARGE => XeroError::RequestTooLarge,
        StatusCode::BAD_REQUEST => bad_request(answer, body.as_ref()),
        StatusCode::SERVICE_UNAVAILABLE => {
            let words = String::from_utf8_lossy(answer.body()).into_owned();
            let known = |part: &str| words.to_lowercase().contains(part);
            if known("offline for maintenance") {
                XeroError::Maintenance("Xero is offline for maintenance".to_owned())
            } else if known("organisation is offline") {
                XeroError::Maintenance(
                    "this Xero organisation is offline for a few minutes".to_owned(),
                )
            } else {
                XeroError::Unavailable {
                    status: status.as_u16(),
                    may_be_done: !known("temporarily unavailable"),
                }
            }
        }
        _ if status.is_server_error() && status != StatusCode::NOT_IMPLEMENTED => {
            XeroError::Unavailable {
                status: status.as_u16(),
                may_be_done: true,
            }
        }
        _ if status.is_redirection() => XeroError::Garbage(format!(
            "HTTP {}: Xero does not redirect, so something in between did",
            status.as_u16()
        )),
        _ if body.is_none() && looks_like_a_page(answer) => {
            XeroError::Garbage(format!("HTTP {}: {}", status.as_u16(), shown(answer)))
        }
        _ => XeroError::Refused {
            status: status.as_u16(),
            message: shown(answer),
        },
    }
}

fn looks_like_a_page(answer: &Response) -> bool {
    let start = answer.body().get(..64).unwrap_or(answer.body());
    let start = String::from_utf8_lossy(start).to_lowercase();
    start.trim_start().starts_with("<!doctype html") || start.trim_start().starts_with("<html")
}

fn bad_request(answer: &Response, body: Option<&Value>) -> XeroError {
    let Some(body) = body else {
        return if looks_like_a_page(answer) {
            XeroError::Garbage(format!("HTTP 400: {}", shown(answer)))
        } else {
            XeroError::Refused {
                status: 400,
                message: shown(answer),
            }
        };
    };
    let message = ["Message", "Detail", "Title"]
        .iter()
        .find_map(|key| body.get(key).and_then(Value::as_str))
        .unwrap_or("Xero gave no reason")
        .to_owned();
    let number = body.get("ErrorNumber").and_then(Value::as_i64);
    if number == Some(51) || body.get("Type").and_then(Value::as_str) == Some("HighVolumeException")
    {
        return XeroError::TooMuch(message);
    }
    let elements = body
        .get("Elements")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    XeroError::Validation {
        number,
        message,
        elements,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use bytes::Bytes;

    fn answer(status: u16, body: &str) -> Response {
        http::Response::builder()
            .status(status)
            .body(Bytes::from(body.to_owned()))
            .unwrap()
    }

    #[test]
    fn each_kind_of_answer_is_told_apart() {
        let problem = |detail: &str| {
            format!(r#"{{"Type":null,"Title":"x","Status":401,"Detail":"{detail}"}}"#)
        };
        for (status, body, expected) in [
            (401, problem("TokenExpired: token expired at 04/09/2023 05:16:59"), "the sign-in token has expired"),
            (401, problem("AuthorizationUnsuccessful"), "permission (scope)"),
            (403, problem("AuthenticationUnsuccessful"), "no longer gives access"),
            (401, problem("AuthenticationUnsuccessful"), "no longer gives access"),
            (401, String::new(), "does not accept this sign-in"),
            (403, "<html>blocked by proxy</html>".into(), "blocked by proxy"),
            (404, "The resource you're looking for cannot be found".into(), "does not know this record"),
            (503, "The Xero API is currently offline for maintenance".into(), "offline for maintenance"),
            (503, "The Organisation is offline".into(), "organisation is offline"),
            (503, "The Xero API is temporarily unavailable".into(), "not available (HTTP 503)"),
            (502, "<html>bad gateway</html>".into(), "not available (HTTP 502)"),
            (301, String::new(), "does not redirect"),
            (400, r#"{"ErrorNumber":51,"Type":"HighVolumeException","Message":"many"}"#.into(), "too many records"),
            (400, r#"{"ErrorNumber":16,"Type":"QueryParseException","Message":"Expression expected"}"#.into(), "Expression expected"),
            (413, String::new(), "larger than Xero accepts"),
            (501, "no".into(), "HTTP 501: no"),
        ] {
            let error = classify(&answer(status, &body));
            assert!(error.to_string().contains(expected), "{status} {body}: {error}");
        }
    }

    #[test]
    fn writes_are_in_doubt_only_where_they_can_have_been_done() {
        for (status, body, doubt) in [
            (500, "", true),
            (504, "", true),
            (503, "", true),
            (503, "The Xero API is temporarily unavailable", false),
            (
                503,
                "The Xero API is currently offline for maintenance",
                false,
            ),
            (400, "{}", false),
            (401, "", false),
        ] {
            let error = classify(&answer(status, body));
            assert_eq!(
                error.may_have_been_done(),
                doubt,
                "{status} {body}: {error:?}"
            );
        }
    }

    #[test]
    fn a_good_answer_must_be_json() {
        assert_eq!(json(&answer(200, "[1]")).unwrap(), serde_json::json!([1]));
        for (body, expected) in [
            (r#"{"Invoices":[{"Invo"#, "cut off"),
            ("<Response/>", "not JSON"),
        ] {
            let error = json(&answer(200, body)).unwrap_err();
            assert!(error.to_string().contains(expected), "{error}");
        }
    }
}
