//! What can go wrong with a call, and what a refusal means.

pub mod catalogue;
mod inserted;

use ledger::Cause;
use net::NetError;
use serde_json::Value;

/// A call did not do what it should.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// No whole answer came back.
    #[error(transparent)]
    Net(#[from] NetError),
    /// The API key or secret, or the sign-in, is not (or no longer) valid, or its user is disabled.
    /// Nothing was carried out.
    #[error("ERPNext does not accept this sign-in or API key")]
    SignIn,
    /// The user may not do this. Nothing was carried out.
    #[error("{0}")]
    NotAllowed(String),
    /// The site is in maintenance, read-only, or asks for fewer calls. Nothing was carried out.
    #[error("{0}")]
    Unavailable(String),
    /// A gateway or the server gave up while working: a write may have been carried out.
    #[error("the server gave up on the request (status {status}): {why}")]
    Unfinished {
        /// The HTTP status.
        status: u16,
        /// The beginning of what came.
        why: String,
    },
    /// The answer is not what this API sends.
    #[error("not an answer of ERPNext (status {status}): {why}")]
    Garbage {
        /// The HTTP status.
        status: u16,
        /// The beginning of what came.
        why: String,
    },
    /// ERPNext refused, and rolled back what it had begun.
    #[error("{0}")]
    Refused(Box<Refusal>),
}

impl Error {
    /// Whether a write may have been carried out although no usable answer came.
    pub fn may_have_been_done(&self) -> bool {
        match self {
            Error::Net(error) => error.may_have_been_done(),
            Error::Unfinished { .. } | Error::Garbage { .. } => true,
            Error::SignIn | Error::NotAllowed(_) | Error::Unavailable(_) | Error::Refused(_) => {
                false
            }
        }
    }

    /// The refusal, where this is one.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Error::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }
}

/// A refusal in ERPNext's own terms. Statuses say little (nearly every refusal is 417, a missing
/// link inside a POST is 404, some bad input is 500), so [`Refusal::exc_type`] is asked first.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// The Python exception's name: `UniqueValidationError`.
    pub exc_type: String,
    /// The last message meant for the user, without markup; the exception's text where there is
    /// none.
    pub message: String,
    /// The exception's text (it holds names and keys that the message leaves out).
    pub exception: String,
    /// What the message was said of, as far as that is known: what ERPNext emphasises or links in
    /// it, and the values of the request.
    pub inserted: Vec<String>,
}

/// What kind of refusal it is, as far as the client acts differently on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalKind {
    /// A document of this name exists.
    NameTaken,
    /// Another document holds the same value in a unique field.
    NotUnique,
    /// The document was changed since it was read.
    Stale,
    /// There is no such document (or DocType).
    Missing,
    /// The database gave up in favour of another request; all of it was rolled back. A deadlock
    /// (1213), or, on MariaDB from 11.6.2 on, a row that somebody else has changed since this
    /// request's transaction began (1020; erpnext/V16 line 4).
    Deadlock,
    /// It waited for a lock as long as the database lets it (1205); all of it was rolled back.
    Locked,
    /// Anything else.
    Other,
}

impl Refusal {
    /// The kind, by the exception's name.
    pub fn kind(&self) -> RefusalKind {
        match self.exc_type.as_str() {
            "DuplicateEntryError" => RefusalKind::NameTaken,
            "UniqueValidationError" => RefusalKind::NotUnique,
            "TimestampMismatchError" => RefusalKind::Stale,
            "DoesNotExistError" => RefusalKind::Missing,
            "QueryDeadlockError" => RefusalKind::Deadlock,
            "QueryTimeoutError" => RefusalKind::Locked,
            // Payment Reconciliation, where the credit is not what the form says any more.
            "ValidationError" if self.message.contains("modified after you pulled it") => {
                RefusalKind::Stale
            }
            _ => RefusalKind::Other,
        }
    }

    /// What kind of refusal it is beyond [`Refusal::kind`]: the exception's name and the fixed words of
    /// the message, the same for every record that it happens to.
    pub fn words(&self) -> String {
        let values = self.inserted.iter().map(String::as_str);
        format!(
            "{}: {}",
            self.exc_type,
            ledger::problem::kind_of_words(&self.message, values)
        )
    }

    /// Takes note of what was asked for: its values in the message are no part of its kind.
    pub(crate) fn was_asked(&mut self, path: &str, body: Option<&Value>) {
        self.inserted.extend(inserted::of_path(path));
        self.inserted
            .extend(body.map(inserted::of_body).unwrap_or_default());
    }

    /// The cause as it is shown to people.
    pub fn cause(&self) -> Cause {
        catalogue::cause(self)
    }

    /// One line for the log.
    pub fn line(&self) -> String {
        net::redact::plain(&format!(
            "{} {}: {}",
            self.status, self.exc_type, self.message
        ))
    }
}

/// Reads an answer that is not a success.
pub fn read(status: u16, json: Option<&Value>, text: &str) -> Error {
    let excerpt = || net::redact::shorten(&net::redact::plain(&plain_text(text)), 300);
    let Some(body) = json else {
        return match status {
            429 => Error::Unavailable("ERPNext asks for fewer calls".to_owned()),
            // The database being down is an HTML page of 500; a proxy's 502 and 504 come while
            // the server may still be working.
            500..=599 if status != 503 => Error::Unfinished {
                status,
                why: excerpt(),
            },
            503 => Error::Unavailable("ERPNext is down for maintenance".to_owned()),
            401 => Error::SignIn,
            _ => Error::Garbage {
                status,
                why: excerpt(),
            },
        };
    };
    let refusal = refusal(status, body);
    match (status, refusal.exc_type.as_str()) {
        (401, _) | (_, "AuthenticationError") => Error::SignIn,
        (429, _) => Error::Unavailable("ERPNext asks for fewer calls".to_owned()),
        (_, "SessionStopped") => Error::Unavailable("ERPNext is down for maintenance".to_owned()),
        (_, "InReadOnlyMode") => {
            Error::Unavailable("ERPNext is in read-only mode for maintenance".to_owned())
        }
        (503, _) => Error::Unavailable(if refusal.message.is_empty() {
            "ERPNext is not available".to_owned()
        } else {
            refusal.message
        }),
        (403, _) | (_, "PermissionError") => Error::NotAllowed(if refusal.message.is_empty() {
            "the user is not allowed to do this".to_owned()
        } else {
            refusal.message
        }),
        (_, "") => Error::Garbage {
            status,
            why: excerpt(),
        },
        _ => Error::Refused(Box::new(refusal)),
    }
}

fn refusal(status: u16, body: &Value) -> Refusal {
    // Version 2 of the API: {"errors": [{"type", "message", "exception"}]}.
    if let Some(first) = body
        .get("errors")
        .and_then(Value::as_array)
        .and_then(|errors| errors.first())
    {
        let text = |key: &str| first.get(key).and_then(Value::as_str).unwrap_or_default();
        let exception = last_line(text("exception"));
        let message = plain_text(text("message"));
        return Refusal {
            inserted: inserted::of_markup(text("message")),
            status,
            exc_type: text("type").to_owned(),
            message: if message.is_empty() {
                exception_text(&exception)
            } else {
                message
            },
            exception,
        };
    }
    let text = |key: &str| body.get(key).and_then(Value::as_str).unwrap_or_default();
    let exception = text("exception").to_owned();
    let exc_type = match text("exc_type") {
        "" => exception
            .split(':')
            .next()
            .and_then(|class| class.rsplit('.').next())
            .unwrap_or_default()
            .trim()
            .to_owned(),
        exc_type => exc_type.to_owned(),
    };
    let told = last_server_message(text("_server_messages"))
        .unwrap_or_else(|| text("_error_message").to_owned());
    let message =
        ledger::contact::text(&plain_text(&told)).unwrap_or_else(|| exception_text(&exception));
    Refusal {
        status,
        exc_type,
        message,
        exception,
        inserted: inserted::of_markup(&told),
    }
}

/// `_server_messages` is JSON in JSON in JSON: a text holding a list of texts, each holding an
/// object (or, rarely, plain text). The last is the one that stopped the request, markup included.
fn last_server_message(messages: &str) -> Option<String> {
    let list: Vec<Value> = serde_json::from_str(messages).ok()?;
    let last = match list.last()? {
        Value::String(text) => serde_json::from_str::<Value>(text)
            .ok()
            .and_then(|message| message.get("message")?.as_str().map(str::to_owned))
            .unwrap_or_else(|| text.clone()),
        Value::Object(message) => message.get("message")?.as_str()?.to_owned(),
        _ => return None,
    };
    ledger::contact::text(&plain_text(&last)).map(|_| last)
}

/// The kind of refusal that a traceback ends with, and its text.
pub fn of_traceback(traceback: &str) -> (RefusalKind, String) {
    let exception = last_line(traceback);
    let refusal = refusal(417, &serde_json::json!({"exception": exception}));
    (refusal.kind(), refusal.message)
}

fn last_line(traceback: &str) -> String {
    traceback
        .lines()
        .rev()
        .find(|line| !line.trim().is_empty())
        .unwrap_or_default()
        .trim()
        .to_owned()
}

/// The text behind `module.Class: `.
fn exception_text(exception: &str) -> String {
    let text = exception
        .split_once(": ")
        .map_or(exception, |(_, text)| text);
    plain_text(text)
}

/// Markup and entities removed, block ends as line breaks, blanks collapsed.
pub fn plain_text(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        let tag = &rest[start + 1..];
        let opens = tag
            .chars()
            .next()
            .is_some_and(|c| c.is_ascii_alphabetic() || c == '/' || c == '!');
        let Some(end) = tag.find('>').filter(|_| opens) else {
            text.push_str(&rest[..=start]);
            rest = tag;
            continue;
        };
        text.push_str(&rest[..start]);
        let name = tag[..end]
            .trim_start_matches('/')
            .split(|c: char| !c.is_ascii_alphanumeric())
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase();
        if matches!(
            name.as_str(),
            "br" | "p" | "div" | "li" | "ul" | "ol" | "tr"
        ) {
            text.push('\n');
        }
        rest = &tag[end + 1..];
    }
    text.push_str(rest);
    without_entities(&text)
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join("\n")
}

/// Text of a page with its entities as the characters that they stand for, blanks as they are.
pub fn without_entities(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&#x27;", "'")
        .replace("&nbsp;", " ")
        .replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn refused(status: u16, body: &str) -> Refusal {
        let json: Value = serde_json::from_str(body).unwrap();
        match read(status, Some(&json), body) {
            Error::Refused(refusal) => *refusal,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn version_one_errors_are_read_from_the_inside_out() {
        let refusal = refused(
            417,
            r#"{"exception": "frappe.exceptions.UniqueValidationError: ('Sales Invoice', 'X', IntegrityError(1062, \"Duplicate entry 'guid-1' for key 'xero_invoice_id'\"))", "exc_type": "UniqueValidationError", "_server_messages": "[\"{\\\"message\\\": \\\"Xero Invoice ID must be <b>unique</b>\\\", \\\"title\\\": \\\"Message\\\"}\"]"}"#,
        );
        assert_eq!(refusal.kind(), RefusalKind::NotUnique);
        assert_eq!(refusal.message, "Xero Invoice ID must be unique");
        assert!(refusal.exception.contains("guid-1"));
    }

    #[test]
    fn version_two_errors() {
        let refusal = refused(
            409,
            r#"{"errors": [{"type": "DuplicateEntryError", "exception": "Traceback\n x\nfrappe.exceptions.DuplicateEntryError: ('Sales Invoice', 'A')\n", "message": "Sales Invoice <strong>A</strong> already exists", "title": "Duplicate Name"}]}"#,
        );
        assert_eq!(refusal.kind(), RefusalKind::NameTaken);
        assert_eq!(refusal.message, "Sales Invoice A already exists");
        assert_eq!(
            refusal.exception,
            "frappe.exceptions.DuplicateEntryError: ('Sales Invoice', 'A')"
        );
    }

    #[test]
    fn connection_troubles_are_told_from_refusals() {
        let json: Value = serde_json::from_str(r#"{"exc_type": "AuthenticationError"}"#).unwrap();
        assert!(matches!(read(401, Some(&json), ""), Error::SignIn));
        let json: Value = serde_json::from_str(r#"{"exc_type": "PermissionError", "exception": "frappe.exceptions.PermissionError: No permission for Customer", "_error_message": "No permission for <strong>Customer</strong>"}"#).unwrap();
        assert!(
            matches!(read(403, Some(&json), ""), Error::NotAllowed(why) if why == "No permission for Customer")
        );
        assert!(matches!(
            read(500, None, "<html>Internal Server Error</html>"),
            Error::Unfinished { status: 500, why } if why == "Internal Server Error"
        ));
        assert!(matches!(read(404, None, "nope"), Error::Garbage { .. }));
        let json: Value = serde_json::from_str(r#"{"exc_type": "SessionStopped"}"#).unwrap();
        assert!(matches!(read(503, Some(&json), ""), Error::Unavailable(_)));
    }

    #[test]
    fn deadlocks_are_refusals_that_may_be_repeated() {
        let refusal = refused(
            500,
            r#"{"exc_type": "QueryDeadlockError", "exception": "frappe.exceptions.QueryDeadlockError: (1213, 'Deadlock found')"}"#,
        );
        assert_eq!(refusal.kind(), RefusalKind::Deadlock);
        assert_eq!(refusal.message, "(1213, 'Deadlock found')");
    }

    #[test]
    fn markup_is_removed_but_less_than_is_not() {
        assert_eq!(plain_text("a < b &amp; <b>c</b><br>d"), "a < b & c\nd");
        assert_eq!(
            plain_text("<div class=\"ql-editor\"><p>One</p><p>Two  words</p></div>"),
            "One\nTwo words"
        );
        assert_eq!(plain_text("x <"), "x <");
    }
}
