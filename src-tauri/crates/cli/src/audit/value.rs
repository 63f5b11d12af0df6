//! Reading loosely typed JSON strictly.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde_json::Value;

/// The records under a key.
pub fn list<'a>(state: &'a Value, key: &str) -> Result<&'a [Value], String> {
    state
        .get(key)
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .ok_or_else(|| format!("the state has no list of {key}"))
}

/// A text; empty where it is absent or null.
pub fn text(row: &Value, key: &str) -> String {
    row.get(key)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

/// A text that is not empty.
pub fn filled(row: &Value, key: &str) -> Option<String> {
    Some(text(row, key)).filter(|text| !text.is_empty())
}

/// An amount, from a JSON number or a text; zero where it is absent. Never through a float.
pub fn amount(row: &Value, key: &str) -> Result<Decimal, String> {
    let written = match row.get(key) {
        None | Some(Value::Null) => return Ok(Decimal::ZERO),
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => return Err(format!("{key} is {other}, not an amount")),
    };
    written
        .parse()
        .or_else(|_| Decimal::from_scientific(&written))
        .map_err(|error| format!("{key} is {written}: {error}"))
}

/// A small whole number or a flag (`1`, `true`); zero where it is absent.
pub fn flag(row: &Value, key: &str) -> i64 {
    match row.get(key) {
        Some(Value::Bool(set)) => i64::from(*set),
        Some(value) => value.as_i64().unwrap_or(0),
        None => 0,
    }
}

/// The day at the start of `2026-01-31` or `2026-01-31T00:00:00`, or of Xero's
/// `/Date(1769817600000+0000)/`, which is midnight UTC of the day.
pub fn day(row: &Value, key: &str) -> Option<NaiveDate> {
    let written = row.get(key)?.as_str()?;
    if let Some(inner) = written.strip_prefix("/Date(") {
        let end = inner.find(['+', ')'])?;
        let milliseconds: i64 = inner.get(..end)?.parse().ok()?;
        return chrono::DateTime::from_timestamp_millis(milliseconds).map(|at| at.date_naive());
    }
    written.get(..10)?.parse().ok()
}
