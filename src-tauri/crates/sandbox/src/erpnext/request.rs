//! A request taken apart: path segments, and the one set of arguments Frappe makes of query,
//! form and JSON body.

use bytes::Bytes;
use serde_json::{Map, Value};

use super::errors::Refusal;
use super::site::Outcome;

/// Arguments of a request.
pub(crate) type Args = Map<String, Value>;

/// The decoded segments of a path; `%2F` inside a segment stays in it.
pub(crate) fn segments(path: &str) -> Vec<String> {
    path.split('/')
        .filter(|segment| !segment.is_empty())
        .map(decode)
        .collect()
}

/// Undoes percent-encoding.
fn decode(segment: &str) -> String {
    let bytes = segment.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = bytes
            .get(at + 1..at + 3)
            .filter(|_| bytes[at] == b'%')
            .and_then(|pair| std::str::from_utf8(pair).ok())
            .and_then(|pair| u8::from_str_radix(pair, 16).ok());
        if let Some(byte) = hex {
            out.push(byte);
            at += 3;
        } else {
            out.push(bytes[at]);
            at += 1;
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Merges query and body. A JSON body replaces the query altogether. `kindly` says how a body that is
/// no JSON object is refused: in the site's words, or in Python's.
pub(crate) fn arguments(request: &http::Request<Bytes>, kindly: bool) -> Outcome<Args> {
    let mut args = Args::new();
    if let Some(query) = request.uri().query() {
        for (key, value) in url::form_urlencoded::parse(query.as_bytes()) {
            args.insert(key.into_owned(), Value::String(value.into_owned()));
        }
    }
    let body = request.body();
    if body.is_empty() {
        return Ok(args);
    }
    let content_type = request
        .headers()
        .get(http::header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    if content_type.starts_with("application/x-www-form-urlencoded") {
        for (key, value) in url::form_urlencoded::parse(body) {
            args.insert(key.into_owned(), Value::String(value.into_owned()));
        }
        // A form may carry the document as JSON in `data`.
        if let Some(Value::String(data)) = args.get("data")
            && let Ok(Value::Object(map)) = serde_json::from_str(data)
        {
            args = map;
        }
        return Ok(args);
    }
    match serde_json::from_slice::<Value>(body) {
        Ok(Value::Object(map)) => Ok(map),
        Ok(Value::Array(_)) => Err(Box::new(Refusal::crash(
            "",
            "TypeError",
            "pop expected at most 1 argument, got 2",
        ))),
        Ok(_) => {
            let mut refusal = Refusal::validation("Invalid request arguments");
            if kindly {
                refusal.exception = None;
            }
            Err(Box::new(refusal))
        }
        Err(_) if kindly => {
            let mut refusal = Refusal::thrown("DataError", "Invalid request body", "Message");
            refusal.exception = None;
            Err(Box::new(refusal))
        }
        Err(error) => Err(Box::new(Refusal::crash(
            "json.decoder",
            "JSONDecodeError",
            &error.to_string(),
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_decoded_one_by_one() {
        assert_eq!(
            segments("/api/resource/Customer/Slash%20%2F%20%25%20%23%20%3F%20Ltd"),
            ["api", "resource", "Customer", "Slash / % # ? Ltd"]
        );
    }
}
