//! What Xero's accounting API sends and takes, as typed values.

pub mod batch;
pub mod client;
pub mod contact;
pub mod credit;
pub mod dates;
pub mod document;
pub mod list;
pub mod lookup;
pub mod payment;
pub mod position;
pub mod read;
pub mod settings;

use std::borrow::Cow;

use bytes::Bytes;
use rust_decimal::Decimal;
use serde::de::{self, DeserializeOwned};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;

/// Reads an amount from the number's own digits, which `rust_decimal`'s own reader does not always
/// see. The specification's examples of batch payments write amounts as texts, so these are read
/// too.
pub(crate) fn amount<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Decimal>, D::Error> {
    let written = Box::<RawValue>::deserialize(deserializer)?;
    let digits = match written.get().as_bytes() {
        b"null" => return Ok(None),
        [b'"', ..] => {
            let text: String = serde_json::from_str(written.get()).map_err(de::Error::custom)?;
            let text = text.trim().to_owned();
            if text.is_empty() {
                return Ok(None);
            }
            Cow::Owned(text)
        }
        [b'-' | b'0'..=b'9', ..] => Cow::Borrowed(written.get()),
        _ => {
            let why = format!("{} is not an amount", written.get());
            return Err(de::Error::custom(why));
        }
    };
    digits
        .parse()
        .or_else(|_| Decimal::from_scientific(&digits))
        .map(Some)
        .map_err(|_| de::Error::custom(format!("{digits} is not an amount we can hold")))
}

/// An id as Xero means it, in lower case; `None` for one that is empty or all zeros, with which Xero
/// answers where it names nothing (xero/FACTS §7; seen for every payment of a batch of which one failed).
pub fn usable_id(id: &str) -> Option<String> {
    const ZERO: &str = "00000000-0000-0000-0000-000000000000";
    let id = id.trim();
    (!id.is_empty() && id != ZERO).then(|| id.to_lowercase())
}

/// Reads a yes or no, also one written as text (the specification's examples of batch payments).
pub(crate) fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Bool(flag) => flag,
        Value::String(text) => text.eq_ignore_ascii_case("true"),
        Value::Null => false,
        other => return Err(de::Error::custom(format!("{other} is neither yes nor no"))),
    })
}

/// The text of a row as received. It shares the memory of the page it came on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Raw(Bytes);

impl Raw {
    /// The text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.0).into_owned()
    }
}

/// A row of a list: read, or kept raw where it could not be.
#[derive(Debug, Clone, PartialEq)]
pub enum Row<T> {
    /// One that was read.
    Read {
        /// The row.
        row: Box<T>,
        /// As received, for a reader that understands less of it than this crate.
        raw: Raw,
    },
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

impl<T> Row<T> {
    /// The same row as another type.
    pub fn map<U>(self, into: impl FnOnce(T) -> U) -> Row<U> {
        match self {
            Row::Read { row, raw } => Row::Read {
                row: Box::new(into(*row)),
                raw,
            },
            Row::Unreadable {
                id,
                title,
                why,
                raw,
            } => Row::Unreadable {
                id,
                title,
                why,
                raw,
            },
        }
    }
}

impl<T: DeserializeOwned> Row<T> {
    /// Reads one row of a page by itself, so that a bad one does not spoil the page. `body` is the
    /// page's, which holds the row's text.
    ///
    /// # Errors
    /// JSON that is none.
    pub(crate) fn from_page(
        body: &Bytes,
        text: &RawValue,
        id_key: &str,
        title_key: &str,
    ) -> serde_json::Result<Self> {
        match serde_json::from_str(text.get()) {
            Ok(row) => Ok(Row::Read {
                row: Box::new(row),
                raw: Raw(body.slice_ref(text.get().as_bytes())),
            }),
            // Read again, slowly: what it is called, and what is wrong in it.
            Err(_) => serde_json::from_str(text.get())
                .map(|value: Value| Self::from_value(value, id_key, title_key)),
        }
    }

    /// Reads one row by itself, so that a bad one does not spoil the page.
    pub fn from_value(value: Value, id_key: &str, title_key: &str) -> Self {
        let text = |key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
        let (id, title) = (text(id_key), text(title_key));
        let raw = value.to_string();
        match serde_json::from_value(value) {
            Ok(row) => Row::Read {
                row: Box::new(row),
                raw: Raw(raw.into()),
            },
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
