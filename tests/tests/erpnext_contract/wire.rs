//! Addresses as they travel, and what the recorder cut off.

use std::fmt::Write as _;

use serde_json::{Value, json};

/// The recorder's mark at the end of a list it cut off.
pub fn is_cut(value: &Value) -> bool {
    value
        .as_str()
        .is_some_and(|text| text.starts_with("…(+") && text.ends_with(" more)"))
}

/// Columns the recorder cut off a request, from the rows of the answer.
pub fn cut_columns(exchange: &Value) -> Option<Vec<Value>> {
    let asked = exchange["request_json"]["fields"].as_array()?;
    let (_, asked) = asked.split_last().filter(|(last, _)| is_cut(last))?;
    let table = asked
        .last()
        .and_then(Value::as_str)
        .and_then(|field| field.split_once('.'))
        .map(|(table, _)| table);
    let row = exchange["response_json"]["message"][0].as_object()?;
    Some(
        row.keys()
            .enumerate()
            .map(|(at, key)| match (asked.get(at), table) {
                (Some(field), _) => field.clone(),
                (None, Some(table)) => json!(format!("{table}.{key}")),
                (None, None) => json!(key),
            })
            .collect(),
    )
}

/// Undoes percent-encoding.
pub fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let byte = (bytes[at] == b'%')
            .then(|| bytes.get(at + 1..at + 3))
            .flatten()
            .and_then(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
        out.push(byte.unwrap_or(bytes[at]));
        at += if byte.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Percent-encodes one path segment or query value.
pub fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

/// A request's list with what the recorder cut off its end put back: the same row again, counted
/// on where its texts end in the row's number ("Desc 11" becomes "Desc 12").
pub fn restored(value: &Value) -> Value {
    match value {
        Value::Array(list) => {
            let Some((last, kept)) = list.split_last().filter(|(last, _)| is_cut(last)) else {
                return list.iter().map(restored).collect();
            };
            let more: usize = last
                .as_str()
                .and_then(|text| {
                    text.strip_prefix("…(+")?
                        .strip_suffix(" more)")?
                        .parse()
                        .ok()
                })
                .unwrap_or_default();
            let mut rows: Vec<Value> = kept.iter().map(restored).collect();
            let Some(pattern) = rows.last().cloned() else {
                return Value::Array(rows);
            };
            let at = rows.len() - 1;
            rows.extend((1..=more).map(|step| counted(&pattern, at, at + step)));
            Value::Array(rows)
        }
        Value::Object(map) => map
            .iter()
            .map(|(key, value)| (key.clone(), restored(value)))
            .collect(),
        other => other.clone(),
    }
}

fn counted(value: &Value, from: usize, to: usize) -> Value {
    match value {
        Value::String(text) => match text.strip_suffix(&format!(" {from}")) {
            Some(stem) => json!(format!("{stem} {to}")),
            None => value.clone(),
        },
        Value::Object(map) => map
            .iter()
            .map(|(key, value)| (key.clone(), counted(value, from, to)))
            .collect(),
        other => other.clone(),
    }
}
