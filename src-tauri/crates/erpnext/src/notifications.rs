//! What a site sends by itself about documents: its enabled Notifications.
//!
//! They go out for what is made by the API as for what people enter: one request that creates and submits a Sales
//! Invoice sets off those of New, Save, Submit and Value Change, on every channel (seen on 15.75 and 16.9).

use serde_json::{Value, json};

use crate::client::{Client, List};
use crate::error::Error;
use crate::obstacles::{self, Seen};

/// When a Notification goes out that what is made sets off: at once, or each day for documents of a date.
pub const SET_OFF: [&str; 8] = [
    "New",
    "Save",
    "Submit",
    "Value Change",
    "Days Before",
    "Days After",
    "Minutes Before",
    "Minutes After",
];

/// One that is switched on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// Its name.
    pub name: String,
    /// The document type that it is about.
    pub doctype: String,
    /// When it goes out, one of [`SET_OFF`].
    pub event: String,
    /// How: Email, SMS, Slack, System Notification.
    pub channel: String,
}

/// Those that are switched on for new documents of these types.
///
/// # Errors
/// See [`Error`]; that the user may not look at them is none.
pub async fn enabled(client: &Client, doctypes: &[&str]) -> Result<Seen<Notification>, Error> {
    let list = List {
        doctype: "Notification",
        parent: None,
        fields: vec!["name", "document_type", "event", "channel"],
        filters: vec![
            json!(["enabled", "=", 1]),
            json!(["document_type", "in", doctypes]),
            json!(["event", "in", SET_OFF]),
        ],
        order_by: "name asc",
        limit: 0,
    };
    let text = |row: &Value, field: &str| row[field].as_str().unwrap_or_default().to_owned();
    let read = |row: &Value| Notification {
        name: text(row, "name"),
        doctype: text(row, "document_type"),
        event: text(row, "event"),
        channel: text(row, "channel"),
    };
    Ok(match obstacles::rows(client, list).await? {
        Seen::All(rows) => Seen::All(rows.iter().map(read).collect()),
        Seen::Hidden => Seen::Hidden,
    })
}
