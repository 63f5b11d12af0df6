//! What Xero's accounting API sends and takes, as typed values.

pub mod batch;
pub mod client;
pub mod contact;
pub mod dates;
pub mod invoice;
pub mod read;
pub mod settings;

use serde::de::DeserializeOwned;
use serde_json::Value;

/// A row of a list: read, or kept raw where it could not be.
#[derive(Debug, Clone, PartialEq)]
pub enum Row<T> {
    /// The row.
    Read(Box<T>),
    /// One that could not be read.
    Unreadable {
        /// Its id, where that much could be read.
        id: Option<String>,
        /// Its name or number, where that much could be read.
        title: Option<String>,
        /// What could not be read.
        why: String,
        /// The row as received.
        raw: String,
    },
}

impl<T: DeserializeOwned> Row<T> {
    /// Reads one row by itself, so that a bad one does not spoil the page.
    pub fn from_value(value: Value, id_key: &str, title_key: &str) -> Self {
        let text = |key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
        let (id, title) = (text(id_key), text(title_key));
        let raw = value.to_string();
        match serde_json::from_value(value) {
            Ok(read) => Row::Read(Box::new(read)),
            Err(error) => Row::Unreadable {
                id,
                title,
                why: error.to_string(),
                raw,
            },
        }
    }
}

/// One message of a refused or warned element. One page of Xero's documentation shows
/// `Description` for `Message`, so both are read.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ValidationMessage {
    /// The words.
    #[serde(alias = "Description")]
    pub message: String,
}
