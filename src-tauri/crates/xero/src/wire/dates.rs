//! Xero's two notations of time: `/Date(1518685950940+0000)/` and ISO 8601.
//!
//! Business dates are midnight UTC of the calendar day and are never shifted by a zone (Xero
//! developer docs, "Dates").

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// An instant, UTC, to the millisecond.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Instant(pub DateTime<Utc>);

/// A calendar day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(pub NaiveDate);

/// Reads either notation as an instant.
pub fn parse(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim();
    if let Some(inside) = text
        .strip_prefix("/Date(")
        .and_then(|rest| rest.strip_suffix(")/"))
    {
        // The zone after the milliseconds is for display only: the number is UTC already.
        let end = inside
            .char_indices()
            .skip(1)
            .find(|(_, letter)| matches!(letter, '+' | '-'))
            .map_or(inside.len(), |(at, _)| at);
        return DateTime::from_timestamp_millis(inside.get(..end)?.parse().ok()?);
    }
    if let Ok(zoned) = DateTime::parse_from_rfc3339(text) {
        return Some(zoned.to_utc());
    }
    if let Ok(plain) = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f") {
        return Some(plain.and_utc());
    }
    NaiveDate::parse_from_str(text, "%Y-%m-%d")
        .ok()
        .map(|day| day.and_time(chrono::NaiveTime::MIN).and_utc())
}

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        parse(&text)
            .map(Instant)
            .ok_or_else(|| de::Error::custom(format!("\"{text}\" is not a time as Xero writes it")))
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        parse(&text)
            .map(|at| Day(at.date_naive()))
            .ok_or_else(|| de::Error::custom(format!("\"{text}\" is not a date as Xero writes it")))
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.format("%Y-%m-%d").to_string())
    }
}

/// The `If-Modified-Since` header: UTC, accurate to the second.
pub fn modified_since(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%S").to_string()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn both_notations_are_read() {
        for (text, expected) in [
            ("/Date(1518685950940+0000)/", "2018-02-15T09:12:30.940Z"),
            ("/Date(1539993600000)/", "2018-10-20T00:00:00Z"),
            ("/Date(1539993600000+1300)/", "2018-10-20T00:00:00Z"),
            ("/Date(-86400000+0000)/", "1969-12-31T00:00:00Z"),
            ("2019-03-05T18:59:06Z", "2019-03-05T18:59:06Z"),
            ("2018-10-20T00:00:00", "2018-10-20T00:00:00Z"),
            ("2019-07-09T23:40:30.1833130", "2019-07-09T23:40:30.183313Z"),
            ("2026-11-22", "2026-11-22T00:00:00Z"),
        ] {
            let expected: DateTime<Utc> = expected.parse().unwrap();
            assert_eq!(parse(text), Some(expected), "{text}");
        }
        for text in ["", "2017-12-14 00:00:00", "/Date()/", "/Date(x)/", "soon"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn the_header_is_to_the_second() {
        let at = "2026-10-20T12:00:00.987Z".parse().unwrap();
        assert_eq!(modified_since(at), "2026-10-20T12:00:00");
    }
}
