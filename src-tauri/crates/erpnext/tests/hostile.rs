//! What goes wrong between ERPNext and us, one row each: what the client makes of it, whether a write
//! is in doubt afterwards, and how often a read and a write ask.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use erpnext::error::RefusalKind;
use erpnext::{ApiKey, Client, Error, SiteUrl};
use http::Method;
use net::{JumpClock, NetError, Request, Response, Transport};
use serde_json::{Value, json};

/// Answers every request alike.
struct Same {
    answer: Box<dyn Fn() -> Result<Response, NetError> + Send + Sync>,
    sent: AtomicUsize,
    last: Mutex<Option<Request>>,
}

#[async_trait]
impl Transport for Same {
    async fn send(&self, request: Request) -> Result<Response, NetError> {
        self.sent.fetch_add(1, Ordering::SeqCst);
        *self.last.lock().unwrap() = Some(request);
        (self.answer)()
    }
}

fn client(
    answer: impl Fn() -> Result<Response, NetError> + Send + Sync + 'static,
) -> (Client, Arc<Same>) {
    let wire = Arc::new(Same {
        answer: Box::new(answer),
        sent: AtomicUsize::new(0),
        last: Mutex::new(None),
    });
    let clock = Arc::new(JumpClock::at("2026-11-22T12:00:00Z".parse().unwrap()));
    let site = SiteUrl::parse("https://acme.test").unwrap();
    let key = ApiKey::new("key", "secret");
    let client = Client::new(Arc::clone(&wire) as Arc<dyn Transport>, clock, site, key);
    (client, wire)
}

/// What an answer becomes.
#[derive(Debug, PartialEq, Eq)]
enum Kind {
    SignIn,
    NotAllowed,
    Unavailable,
    Unfinished,
    Garbage,
    Lost,
    NotSent,
    Refused(RefusalKind),
}

fn kind(error: &Error) -> Kind {
    match error {
        Error::SignIn => Kind::SignIn,
        Error::NotAllowed(_) => Kind::NotAllowed,
        Error::Unavailable(_) => Kind::Unavailable,
        Error::Unfinished { .. } => Kind::Unfinished,
        Error::Garbage { .. } => Kind::Garbage,
        Error::Refused(refusal) => Kind::Refused(refusal.kind()),
        Error::Net(NetError::NotSent { .. }) => Kind::NotSent,
        Error::Net(_) => Kind::Lost,
    }
}

/// One way to fail.
struct Row {
    what: &'static str,
    status: u16,
    retry_after: Option<&'static str>,
    body: String,
    kind: Kind,
    /// Words of the message.
    says: &'static str,
    /// Requests of one read, and of one write.
    calls: [usize; 2],
}

fn v1(exc_type: &str, text: &str, message: Option<&str>) -> String {
    let mut body = json!({
        "exception": format!("frappe.exceptions.{exc_type}: {text}"),
        "exc_type": exc_type,
        "exc": "[\"Traceback\"]",
    });
    if let Some(message) = message {
        let inner =
            json!({"message": message, "title": "Message", "raise_exception": 1}).to_string();
        body["_server_messages"] = json!(json!([inner]).to_string());
    }
    body.to_string()
}

fn row(what: &'static str, status: u16, body: String, kind: Kind, says: &'static str) -> Row {
    Row {
        what,
        status,
        retry_after: None,
        body,
        kind,
        says,
        calls: [1, 1],
    }
}

const PAGE: &str =
    "<!doctype html><html><head><title>x</title></head><body><h1>Please sign in</h1></body></html>";

/// Bodies as a real ERPNext 15 and the proxies before one send them.
fn rows() -> Vec<Row> {
    let v2 = |kind: &str, message: &str| {
        json!({"errors": [{"type": kind, "message": message, "exception": format!("Traceback\nfrappe.exceptions.{kind}: {message}\n")}]})
            .to_string()
    };
    let refused = |kind| Kind::Refused(kind);
    vec![
        // Who we are and what we may do.
        row(
            "a wrong secret",
            401,
            r#"{"exc_type":"AuthenticationError"}"#.into(),
            Kind::SignIn,
            "does not accept",
        ),
        row(
            "a session page",
            401,
            PAGE.into(),
            Kind::SignIn,
            "does not accept",
        ),
        row(
            "no permission",
            403,
            v1(
                "PermissionError",
                "No permission for Sales Invoice",
                Some("No permission for <b>Sales Invoice</b>"),
            ),
            Kind::NotAllowed,
            "No permission for Sales Invoice",
        ),
        row(
            "no permission, on a list",
            403,
            r#"{"exc_type":"PermissionError","exception":"frappe.exceptions.PermissionError"}"#
                .into(),
            Kind::NotAllowed,
            "",
        ),
        // Refusals: nearly all are 417, and the status says little.
        row(
            "a missing document",
            404,
            v1("DoesNotExistError", "", Some("Sales Invoice X not found")),
            refused(RefusalKind::Missing),
            "X not found",
        ),
        row(
            "a missing link",
            417,
            v1(
                "LinkValidationError",
                "Could not find Customer: Nobody",
                Some("Could not find Customer: Nobody"),
            ),
            refused(RefusalKind::Other),
            "Could not find Customer",
        ),
        row(
            "a name that is taken",
            409,
            v1(
                "DuplicateEntryError",
                "('Customer', 'A')",
                Some("Customer A already exists"),
            ),
            refused(RefusalKind::NameTaken),
            "already exists",
        ),
        row(
            "a name that is taken, version 2",
            409,
            v2("DuplicateEntryError", "Customer A already exists"),
            refused(RefusalKind::NameTaken),
            "already exists",
        ),
        row(
            "a sign in a name",
            409,
            v1("NameError", "Name cannot contain < >", None),
            refused(RefusalKind::Other),
            "Name cannot contain",
        ),
        row(
            "an identity that is taken",
            417,
            v1(
                "UniqueValidationError",
                "('Sales Invoice', 'X', IntegrityError(1062, \"Duplicate entry 'g' for key 'xero_invoice_id'\"))",
                Some("Xero Invoice ID must be unique"),
            ),
            refused(RefusalKind::NotUnique),
            "must be unique",
        ),
        row(
            "a stale version",
            417,
            v1(
                "TimestampMismatchError",
                "Error: Document has been modified",
                None,
            ),
            refused(RefusalKind::Stale),
            "modified",
        ),
        row(
            "a stale reconciliation",
            417,
            v1(
                "ValidationError",
                "Payment Entry has been modified after you pulled it. Please pull it again.",
                None,
            ),
            refused(RefusalKind::Stale),
            "pull it again",
        ),
        row(
            "a submitted document edited",
            417,
            v1(
                "UpdateAfterSubmitError",
                "Not allowed to change Customer after submission",
                None,
            ),
            refused(RefusalKind::Other),
            "after submission",
        ),
        row(
            "a document that others refer to",
            417,
            v1(
                "LinkExistsError",
                "Cannot delete or cancel because X is linked with Y",
                None,
            ),
            refused(RefusalKind::Other),
            "is linked with",
        ),
        row(
            "bad input as a crash",
            500,
            v1(
                "AttributeError",
                "'NoneType' object has no attribute 'payment_terms'",
                None,
            ),
            refused(RefusalKind::Other),
            "NoneType",
        ),
        row(
            "a refusal without a type",
            417,
            r#"{"exception":"frappe.exceptions.MandatoryError: [Sales Invoice, X]: due_date"}"#
                .into(),
            refused(RefusalKind::Other),
            "due_date",
        ),
        // The database gave up and rolled back: both are repeated.
        Row {
            calls: [4, 21],
            ..row(
                "a deadlock",
                500,
                v1(
                    "QueryDeadlockError",
                    "(1213, 'Deadlock found when trying to get lock; try restarting transaction')",
                    None,
                ),
                refused(RefusalKind::Deadlock),
                "Deadlock",
            )
        },
        Row {
            calls: [4, 5],
            ..row(
                "a lock nobody let go of",
                500,
                v1(
                    "QueryTimeoutError",
                    "(1205, 'Lock wait timeout exceeded')",
                    None,
                ),
                refused(RefusalKind::Locked),
                "Lock wait",
            )
        },
        // The site is not there for now: nothing was carried out.
        row(
            "maintenance",
            503,
            r#"{"exc_type":"SessionStopped"}"#.into(),
            Kind::Unavailable,
            "maintenance",
        ),
        row(
            "maintenance that lets one read",
            503,
            r#"{"exc_type":"InReadOnlyMode"}"#.into(),
            Kind::Unavailable,
            "read-only",
        ),
        row(
            "a proxy's maintenance page",
            503,
            PAGE.into(),
            Kind::Unavailable,
            "maintenance",
        ),
        Row {
            retry_after: Some("30"),
            calls: [4, 5],
            ..row(
                "too many calls",
                429,
                v1("TooManyRequestsError", "", None),
                Kind::Unavailable,
                "fewer calls",
            )
        },
        Row {
            retry_after: Some("3600"),
            ..row(
                "too many calls for an hour",
                429,
                "Too Many Requests".into(),
                Kind::Unavailable,
                "fewer calls",
            )
        },
        // Nobody knows what was carried out: a read is repeated, a write is not.
        Row {
            calls: [4, 1],
            ..row(
                "the database is down",
                500,
                "<html><title>Internal Server Error</title></html>".into(),
                Kind::Unfinished,
                "gave up",
            )
        },
        Row {
            calls: [4, 1],
            ..row(
                "a gateway's time-out",
                504,
                PAGE.into(),
                Kind::Unfinished,
                "gave up",
            )
        },
        Row {
            calls: [4, 1],
            ..row(
                "a gateway without a server",
                502,
                String::new(),
                Kind::Unfinished,
                "gave up",
            )
        },
        // Not an answer of ERPNext at all.
        row(
            "a guest network",
            200,
            PAGE.into(),
            Kind::Garbage,
            "Please sign in",
        ),
        row(
            "a cut-off body",
            200,
            r#"{"data": {"name": "X""#.into(),
            Kind::Garbage,
            "not an answer",
        ),
        row(
            "a list where an object should be",
            200,
            "[]".into(),
            Kind::Garbage,
            "not an answer",
        ),
        row(
            "a body that is too large",
            413,
            PAGE.into(),
            Kind::Garbage,
            "413",
        ),
        row(
            "a method the route does not know",
            405,
            PAGE.into(),
            Kind::Garbage,
            "405",
        ),
        row(
            "a request line that is too long",
            400,
            PAGE.into(),
            Kind::Garbage,
            "400",
        ),
        row(
            "another site's page",
            404,
            PAGE.into(),
            Kind::Garbage,
            "404",
        ),
        row(
            "an object that says nothing",
            500,
            "{}".into(),
            Kind::Garbage,
            "500",
        ),
        row("a redirect", 301, String::new(), Kind::Garbage, "redirects"),
    ]
}

fn answer(row: &Row) -> Response {
    let mut response = http::Response::builder().status(row.status);
    if let Some(seconds) = row.retry_after {
        response = response.header("retry-after", seconds);
    }
    if row.status == 301 {
        response = response.header("location", "https://elsewhere.test/login?secret=1");
    }
    response.body(Bytes::from(row.body.clone())).unwrap()
}

#[tokio::test]
async fn every_answer_has_one_meaning() {
    for row in rows() {
        let response = answer(&row);
        let (client, wire) = client(move || Ok(response.clone()));
        let read = client.get("/api/resource/Customer/A").await.unwrap_err();
        assert_eq!(kind(&read), row.kind, "{}: {read:?}", row.what);
        assert!(read.to_string().contains(row.says), "{}: {read}", row.what);
        assert!(!read.to_string().contains("</"), "{}: {read}", row.what);
        let reads = wire.sent.swap(0, Ordering::SeqCst);
        let written = client
            .write(Method::POST, "/api/resource/Customer", &json!({"a": 1}))
            .await
            .unwrap_err();
        assert_eq!(kind(&written), row.kind, "{}", row.what);
        assert_eq!(
            [reads, wire.sent.load(Ordering::SeqCst)],
            row.calls,
            "{}",
            row.what
        );
        let in_doubt = matches!(row.kind, Kind::Unfinished | Kind::Garbage);
        assert_eq!(written.may_have_been_done(), in_doubt, "{}", row.what);
    }
}

#[tokio::test]
async fn a_line_that_is_cut_is_told_from_one_that_never_was() {
    let lost = || {
        Err(NetError::AnswerLost {
            host: "acme.test".to_owned(),
            why: "connection reset".to_owned(),
        })
    };
    let not_sent = || {
        Err(NetError::NotSent {
            host: "acme.test".to_owned(),
            why: "connection refused".to_owned(),
            certificate: false,
        })
    };
    let (reader, wire) = client(lost);
    assert_eq!(
        kind(&reader.get("/api/method/ping").await.unwrap_err()),
        Kind::Lost
    );
    assert_eq!(wire.sent.load(Ordering::SeqCst), 4, "a read is repeated");
    let (writer, wire) = client(lost);
    let error = writer
        .write(Method::PUT, "/api/resource/Customer/A", &json!({}))
        .await
        .unwrap_err();
    assert!(error.may_have_been_done());
    assert_eq!(wire.sent.load(Ordering::SeqCst), 1, "a write is not");
    let (writer, wire) = client(not_sent);
    let error = writer
        .write(Method::PUT, "/api/resource/Customer/A", &json!({}))
        .await
        .unwrap_err();
    assert_eq!(kind(&error), Kind::NotSent);
    assert!(!error.may_have_been_done());
    assert_eq!(wire.sent.load(Ordering::SeqCst), 1);
}

/// A field that an older version does not have is left out, and not asked for again.
#[tokio::test]
async fn fields_of_newer_versions_are_left_out_where_they_are_not_known() {
    let refused = v1(
        "DataError",
        "Field not permitted in query: update_outstanding_for_self",
        None,
    );
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let (client, wire) = client(move || {
        let first = count.fetch_add(1, Ordering::SeqCst) == 0;
        let (status, body) = if first {
            (417, refused.clone())
        } else {
            (200, r#"{"message": [{"name": "X"}]}"#.to_owned())
        };
        Ok(http::Response::builder()
            .status(status)
            .body(Bytes::from(body))
            .unwrap())
    });
    let list = || erpnext::client::List {
        doctype: "Sales Invoice",
        parent: None,
        fields: vec!["name"],
        filters: Vec::new(),
        order_by: "name asc",
        limit: 1,
    };
    for calls in [2, 3] {
        let rows = client
            .list_with(list(), &["update_outstanding_for_self"])
            .await
            .unwrap();
        assert_eq!(rows.len(), 1);
        assert_eq!(wire.sent.load(Ordering::SeqCst), calls);
        let last = wire.last.lock().unwrap().take().unwrap();
        let body: Value = serde_json::from_slice(last.body()).unwrap();
        assert_eq!(body["fields"], json!(["name"]));
    }
}
