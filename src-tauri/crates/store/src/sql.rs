//! How values are written to and read from columns.

use std::borrow::Cow;
use std::str::FromStr;

use chrono::{DateTime, NaiveDate, Utc};
use ledger::mapping::MappingKind;
use ledger::{Currency, Kind, RemoteId, Side, Version};
use rusqlite::Row;
use rusqlite::types::{Type, ValueRef};
use rust_decimal::Decimal;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use crate::codes::{Numbered, date_of, decoded, moment_of};
use crate::packed::unpack;

/// An enum exchanged and typed on the command line as one stable lower-case word.
macro_rules! enum_of_words {
    ($(#[$meta:meta])* pub enum $name:ident { $($(#[$doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $($(#[$doc])* #[serde(rename = $word)] $variant,)+
        }
        impl $name {
            /// Every value.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];
            /// The stable lower-case word.
            pub const fn word(self) -> &'static str {
                match self { $($name::$variant => $word),+ }
            }
            /// Reads the word back.
            pub fn from_word(word: &str) -> Option<$name> {
                match word { $($word => Some($name::$variant),)+ _ => None }
            }
        }
    };
}
pub(crate) use enum_of_words;

/// The same, stored as its word.
macro_rules! words {
    ($(#[$meta:meta])* pub enum $name:ident { $($body:tt)+ }) => {
        $crate::sql::enum_of_words! { $(#[$meta])* pub enum $name { $($body)+ } }
        impl rusqlite::types::ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
                Ok(self.word().into())
            }
        }
        impl rusqlite::types::FromSql for $name {
            fn column_result(value: rusqlite::types::ValueRef<'_>) -> rusqlite::types::FromSqlResult<Self> {
                let word = value.as_str()?;
                $name::from_word(word).ok_or_else(|| rusqlite::types::FromSqlError::Other(
                    format!("\"{word}\" is not a {}", stringify!($name)).into(),
                ))
            }
        }
    };
}
pub(crate) use words;

/// How a [`crate::codes::Numbered`] stands in a column: as its number.
macro_rules! as_number {
    ($name:ident) => {
        impl rusqlite::types::ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
                Ok($crate::codes::Numbered::number(*self).into())
            }
        }
        impl rusqlite::types::FromSql for $name {
            fn column_result(
                value: rusqlite::types::ValueRef<'_>,
            ) -> rusqlite::types::FromSqlResult<Self> {
                let number = value.as_i64()?;
                <$name as $crate::codes::Numbered>::of_number(number)
                    .ok_or(rusqlite::types::FromSqlError::OutOfRange(number))
            }
        }
    };
}
pub(crate) use as_number;

/// An enum of words, stored as its number: its place here, so a new value stands last.
macro_rules! numbers {
    ($(#[$meta:meta])* pub enum $name:ident { $($body:tt)+ }) => {
        $crate::sql::enum_of_words! { $(#[$meta])* pub enum $name { $($body)+ } }
        impl $crate::codes::Numbered for $name {
            const IN_ORDER: &'static [$name] = $name::ALL;
            fn number(self) -> i64 {
                self as i64
            }
        }
        $crate::sql::as_number!($name);
    };
}
pub(crate) use numbers;

/// A number that names a row.
macro_rules! row_id {
    ($(#[$meta:meta])* pub struct $name:ident;) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
        impl std::str::FromStr for $name {
            type Err = std::num::ParseIntError;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map($name)
            }
        }
        impl rusqlite::types::ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
                self.0.to_sql()
            }
        }
        impl rusqlite::types::FromSql for $name {
            fn column_result(value: rusqlite::types::ValueRef<'_>) -> rusqlite::types::FromSqlResult<Self> {
                i64::column_result(value).map($name)
            }
        }
    };
}
pub(crate) use row_id;

/// A short, stable digest of several texts, in order. For comparing what an attempt was made from;
/// each part is length-prefixed, so that parts cannot run into each other.
pub fn fingerprint(parts: &[&str]) -> String {
    use std::fmt::Write as _;
    let mut digest = Sha256::new();
    for part in parts {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part.as_bytes());
    }
    let mut text = String::with_capacity(32);
    for byte in digest.finalize().iter().take(16) {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// An instant as a column holds it.
pub(crate) fn millis(at: DateTime<Utc>) -> i64 {
    at.timestamp_millis()
}

/// An amount as a column holds it: no trailing zeros, and zero is always `0`.
pub(crate) fn amount(value: Decimal) -> String {
    if value.is_zero() {
        "0".to_owned()
    } else {
        value.normalize().to_string()
    }
}

/// A value as JSON text.
pub(crate) fn json<T: Serialize>(value: &T) -> rusqlite::Result<String> {
    serde_json::to_string(value).map_err(|why| rusqlite::Error::ToSqlConversionFailure(why.into()))
}

fn unreadable(
    column: usize,
    why: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, why.into())
}

/// What a column that grows holds as a number, and one that does not as a word.
fn number_or_word<T: Numbered>(value: ValueRef<'_>, of_word: fn(&str) -> Option<T>) -> Option<T> {
    match value {
        ValueRef::Integer(number) => T::of_number(number),
        word => word.as_str().ok().and_then(of_word),
    }
}

/// Typed reads by column number.
pub(crate) trait Columns {
    fn instant(&self, column: usize) -> rusqlite::Result<DateTime<Utc>>;
    fn instant_or_none(&self, column: usize) -> rusqlite::Result<Option<DateTime<Utc>>>;
    fn date_or_none(&self, column: usize) -> rusqlite::Result<Option<NaiveDate>>;
    fn decimal_or_none(&self, column: usize) -> rusqlite::Result<Option<Decimal>>;
    fn currency_or_none(&self, column: usize) -> rusqlite::Result<Option<Currency>>;
    fn side(&self, column: usize) -> rusqlite::Result<Side>;
    fn side_or_none(&self, column: usize) -> rusqlite::Result<Option<Side>>;
    fn kind(&self, column: usize) -> rusqlite::Result<Kind>;
    fn kind_or_none(&self, column: usize) -> rusqlite::Result<Option<Kind>>;
    fn mapping_kind(&self, column: usize) -> rusqlite::Result<MappingKind>;
    fn remote_id(&self, column: usize) -> rusqlite::Result<RemoteId>;
    fn remote_id_or_none(&self, column: usize) -> rusqlite::Result<Option<RemoteId>>;
    fn version(&self, column: usize) -> rusqlite::Result<Version>;
    fn version_or_none(&self, column: usize) -> rusqlite::Result<Option<Version>>;
    /// [`crate::codes::moment`] read back.
    fn moment_or_none(&self, column: usize) -> rusqlite::Result<Option<String>>;
    fn count(&self, column: usize) -> rusqlite::Result<u64>;
    fn json<T: DeserializeOwned>(&self, column: usize) -> rusqlite::Result<T>;
    fn json_or_none<T: DeserializeOwned>(&self, column: usize) -> rusqlite::Result<Option<T>>;
    /// A text that may be compressed; the JSON ones may be as well.
    fn text_or_none(&self, column: usize) -> rusqlite::Result<Option<Cow<'_, str>>>;
}

impl Columns for Row<'_> {
    fn instant(&self, column: usize) -> rusqlite::Result<DateTime<Utc>> {
        let millis: i64 = self.get(column)?;
        DateTime::from_timestamp_millis(millis)
            .ok_or_else(|| unreadable(column, "an instant out of range"))
    }

    fn instant_or_none(&self, column: usize) -> rusqlite::Result<Option<DateTime<Utc>>> {
        let millis: Option<i64> = self.get(column)?;
        Ok(millis.and_then(DateTime::from_timestamp_millis))
    }

    fn date_or_none(&self, column: usize) -> rusqlite::Result<Option<NaiveDate>> {
        match self.get_ref(column)? {
            ValueRef::Null => Ok(None),
            ValueRef::Integer(day) => date_of(day)
                .map(Some)
                .ok_or_else(|| unreadable(column, "a day out of range")),
            text => NaiveDate::from_str(text.as_str().map_err(|why| unreadable(column, why))?)
                .map(Some)
                .map_err(|why| unreadable(column, why)),
        }
    }

    fn decimal_or_none(&self, column: usize) -> rusqlite::Result<Option<Decimal>> {
        let text: Option<String> = self.get(column)?;
        text.map(|text| Decimal::from_str(&text).map_err(|why| unreadable(column, why)))
            .transpose()
    }

    fn currency_or_none(&self, column: usize) -> rusqlite::Result<Option<Currency>> {
        let text: Option<String> = self.get(column)?;
        text.map(|text| Currency::new(&text).map_err(|why| unreadable(column, why)))
            .transpose()
    }

    fn side(&self, column: usize) -> rusqlite::Result<Side> {
        number_or_word(self.get_ref(column)?, Side::from_word)
            .ok_or_else(|| unreadable(column, "no side"))
    }

    fn side_or_none(&self, column: usize) -> rusqlite::Result<Option<Side>> {
        Ok(number_or_word(self.get_ref(column)?, Side::from_word))
    }

    fn kind(&self, column: usize) -> rusqlite::Result<Kind> {
        number_or_word(self.get_ref(column)?, Kind::from_word)
            .ok_or_else(|| unreadable(column, "no kind"))
    }

    fn kind_or_none(&self, column: usize) -> rusqlite::Result<Option<Kind>> {
        Ok(number_or_word(self.get_ref(column)?, Kind::from_word))
    }

    fn mapping_kind(&self, column: usize) -> rusqlite::Result<MappingKind> {
        let word: String = self.get(column)?;
        MappingKind::from_word(&word)
            .ok_or_else(|| unreadable(column, format!("\"{word}\" is no kind of mapping")))
    }

    fn remote_id(&self, column: usize) -> rusqlite::Result<RemoteId> {
        decoded(self.get_ref(column)?)
            .map(RemoteId)
            .map_err(|why| unreadable(column, why))
    }

    fn remote_id_or_none(&self, column: usize) -> rusqlite::Result<Option<RemoteId>> {
        match self.get_ref(column)? {
            ValueRef::Null => Ok(None),
            _ => self.remote_id(column).map(Some),
        }
    }

    fn version(&self, column: usize) -> rusqlite::Result<Version> {
        moment_of(self.get_ref(column)?)
            .map(Version)
            .map_err(|why| unreadable(column, why))
    }

    fn version_or_none(&self, column: usize) -> rusqlite::Result<Option<Version>> {
        Ok(self.moment_or_none(column)?.map(Version))
    }

    fn moment_or_none(&self, column: usize) -> rusqlite::Result<Option<String>> {
        match self.get_ref(column)? {
            ValueRef::Null => Ok(None),
            value => moment_of(value)
                .map(Some)
                .map_err(|why| unreadable(column, why)),
        }
    }

    fn count(&self, column: usize) -> rusqlite::Result<u64> {
        let count: i64 = self.get(column)?;
        u64::try_from(count).map_err(|why| unreadable(column, why))
    }

    fn json<T: DeserializeOwned>(&self, column: usize) -> rusqlite::Result<T> {
        let text = unpack(self.get_ref(column)?).map_err(|why| unreadable(column, why))?;
        serde_json::from_str(&text).map_err(|why| unreadable(column, why))
    }

    fn json_or_none<T: DeserializeOwned>(&self, column: usize) -> rusqlite::Result<Option<T>> {
        match self.get_ref(column)? {
            ValueRef::Null => Ok(None),
            _ => self.json(column).map(Some),
        }
    }

    fn text_or_none(&self, column: usize) -> rusqlite::Result<Option<Cow<'_, str>>> {
        match self.get_ref(column)? {
            ValueRef::Null => Ok(None),
            value => unpack(value)
                .map(Some)
                .map_err(|why| unreadable(column, why)),
        }
    }
}
