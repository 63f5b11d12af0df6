//! Error answers of the accounting API (Xero developer docs, "Response codes and errors").
//!
//! Messages are Xero's own words where the documentation, the official specification or a pasted
//! live answer shows them; the ones marked "approximate" are third-party reports or worded alike.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

use super::http::{json as json_response, plain};

/// Why a whole call was refused.
#[derive(Debug, Clone)]
pub enum Refusal {
    /// 400 without elements.
    Bad {
        /// Xero's error number.
        number: u32,
        /// Xero's exception type.
        kind: &'static str,
        /// Message.
        message: String,
    },
    /// 400 `ValidationException` with the documents that failed.
    Invalid {
        /// The documents as echoed, each with its `ValidationErrors`.
        elements: Vec<Value>,
    },
    /// 401 or 403 problem.
    Problem {
        /// HTTP status.
        status: StatusCode,
        /// `Detail`.
        detail: String,
    },
    /// 404 in plain text.
    NotFound,
    /// 501.
    NotImplemented,
}

impl Refusal {
    /// JSON that cannot be read.
    pub fn unreadable(why: &str) -> Self {
        Refusal::Bad {
            number: 14,
            kind: "PostDataInvalidException",
            message: format!("JSON request body could not be read, Error {why}"),
        }
    }

    /// A date that cannot be read.
    pub fn bad_date(text: &str) -> Self {
        Refusal::Bad {
            number: 14,
            kind: "PostDataInvalidException",
            message: format!("The string '{text}' is not a valid AllXsd value."),
        }
    }

    /// A `where` or `order` that cannot be read.
    pub fn query(why: &str) -> Self {
        Refusal::Bad {
            number: 16,
            kind: "QueryParseException",
            message: why.to_owned(),
        }
    }

    /// A write without content. Text approximate.
    pub fn no_data() -> Self {
        Refusal::Bad {
            number: 17,
            kind: "NoDataProcessedException",
            message: "No data has been processed for this endpoint. This endpoint is expecting \
                      data to be specified in the form of a JSON document."
                .to_owned(),
        }
    }

    /// A list of more than 100,000 documents.
    pub fn high_volume() -> Self {
        Refusal::Bad {
            number: 51,
            kind: "HighVolumeException",
            message: "The query would return too many documents. Narrow it with page, \
                      If-Modified-Since or an optimised filter."
                .to_owned(),
        }
    }

    /// A refusal with one message for the whole call.
    pub fn validation(message: &str) -> Self {
        Refusal::Bad {
            number: 10,
            kind: "ValidationException",
            message: message.to_owned(),
        }
    }

    /// 401 with a `Detail`.
    pub fn unauthorised(detail: impl Into<String>) -> Self {
        Refusal::Problem {
            status: StatusCode::UNAUTHORIZED,
            detail: detail.into(),
        }
    }

    /// 401 for an access token past its time.
    pub fn token_expired(at: DateTime<Utc>) -> Self {
        Self::unauthorised(format!(
            "TokenExpired: token expired at {}",
            at.format("%m/%d/%Y %H:%M:%S")
        ))
    }

    /// 403: the tenant header is missing, wrong or not connected.
    pub fn tenant() -> Self {
        Refusal::Problem {
            status: StatusCode::FORBIDDEN,
            detail: "AuthenticationUnsuccessful".to_owned(),
        }
    }

    /// The response; `instance` is the id a problem answer carries.
    pub fn response(&self, instance: Uuid) -> http::Response<Bytes> {
        match self {
            Refusal::Bad {
                number,
                kind,
                message,
            } => json_response(
                StatusCode::BAD_REQUEST,
                &json!({"ErrorNumber": number, "Type": kind, "Message": message}),
            ),
            Refusal::Invalid { elements } => json_response(
                StatusCode::BAD_REQUEST,
                &json!({
                    "ErrorNumber": 10,
                    "Type": "ValidationException",
                    "Message": "A validation exception occurred",
                    "Elements": elements,
                }),
            ),
            Refusal::Problem { status, detail } => json_response(
                *status,
                &json!({
                    "Type": null,
                    "Title": status.canonical_reason(),
                    "Status": status.as_u16(),
                    "Detail": detail,
                    "Instance": instance.to_string(),
                    "Extensions": {},
                }),
            ),
            Refusal::NotFound => plain(
                StatusCode::NOT_FOUND,
                "The resource you're looking for cannot be found",
            ),
            Refusal::NotImplemented => plain(
                StatusCode::NOT_IMPLEMENTED,
                "The method is not implemented for this endpoint",
            ),
        }
    }
}

/// Everything wrong with one element of a write. Empty means it may be saved.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Faults {
    /// Messages of the element itself, in the order found.
    pub messages: Vec<String>,
    /// The parts of the element that messages belong to, as JSON pointers (`/LineItems/0`): Xero
    /// says a message of a part both beside the part and beside the element.
    pub places: Vec<(String, String)>,
    /// A date that could not be read: refuses the whole call (ErrorNumber 14).
    pub bad_date: Option<String>,
}

impl Faults {
    /// One message.
    pub fn one(message: impl Into<String>) -> Self {
        let mut faults = Faults::default();
        faults.add(message);
        faults
    }

    /// Adds a message once.
    pub fn add(&mut self, message: impl Into<String>) {
        let message = message.into();
        if !self.messages.contains(&message) {
            self.messages.push(message);
        }
    }

    /// Adds a message about a part of the element.
    pub fn at(&mut self, place: &str, message: impl Into<String>) {
        let message = message.into();
        self.places.push((place.to_owned(), message.clone()));
        self.add(message);
    }

    /// Adds everything found wrong with a part.
    pub fn within(&mut self, place: &str, part: Faults) {
        for message in part.messages {
            let deeper = part.places.iter().any(|(_, other)| *other == message);
            if !deeper {
                self.places.push((place.to_owned(), message.clone()));
            }
            self.add(message);
        }
        for (inner, message) in part.places {
            self.places.push((format!("{place}{inner}"), message));
        }
        self.bad_date = self.bad_date.take().or(part.bad_date);
    }

    /// Nothing found.
    pub fn is_empty(&self) -> bool {
        self.messages.is_empty() && self.bad_date.is_none()
    }

    /// `Ok` when nothing was found.
    pub fn into_result(self) -> Result<(), Faults> {
        if self.is_empty() { Ok(()) } else { Err(self) }
    }

    /// `ValidationErrors`.
    pub fn to_json(&self) -> Value {
        self.messages
            .iter()
            .map(|message| json!({"Message": message}))
            .collect()
    }

    /// All messages as one text.
    pub fn text(&self) -> String {
        match &self.bad_date {
            Some(date) => format!("The string '{date}' is not a valid AllXsd value."),
            None => self.messages.join(" "),
        }
    }
}
