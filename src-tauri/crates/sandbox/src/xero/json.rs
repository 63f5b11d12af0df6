//! Reading and writing Xero's JSON: exact decimals, `\/Date(…)\/` with escaped slashes, property
//! names in any case of the documented spelling.

use std::io;

use rust_decimal::{Decimal, RoundingStrategy};
use serde::Serialize;
use serde_json::Value;
use serde_json::ser::Formatter;

/// Rounds half away from zero, Xero's rounding.
pub fn round(amount: Decimal, decimals: u32) -> Decimal {
    amount.round_dp_with_strategy(decimals, RoundingStrategy::MidpointAwayFromZero)
}

/// A plain decimal with a fixed number of decimals.
pub fn number(amount: Decimal, decimals: u32) -> Value {
    let mut rounded = round(amount, decimals);
    rounded.rescale(decimals);
    rounded
        .to_string()
        .parse()
        .map_or(Value::Null, Value::Number)
}

/// Money: two decimals.
pub fn money(amount: Decimal) -> Value {
    number(amount, 2)
}

/// Reads a decimal from a JSON number or numeric text.
pub fn decimal(value: &Value) -> Option<Decimal> {
    let text = match value {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.trim().to_owned(),
        _ => return None,
    };
    text.parse()
        .or_else(|_| Decimal::from_scientific(&text))
        .ok()
}

/// A property that is present, in the documented spelling, and not null.
pub fn given<'a>(object: &'a Value, name: &str) -> Option<&'a Value> {
    object.get(name).filter(|value| !value.is_null())
}

/// A text property; numbers count as their text.
pub fn text(object: &Value, name: &str) -> Option<String> {
    match given(object, name)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(value) => Some(value.to_string()),
        _ => None,
    }
}

/// A text property that is not empty.
pub fn filled(object: &Value, name: &str) -> Option<String> {
    text(object, name).filter(|text| !text.is_empty())
}

/// A yes-or-no property.
pub fn flag(object: &Value, name: &str) -> Option<bool> {
    match given(object, name)? {
        Value::Bool(value) => Some(*value),
        Value::String(text) => text.to_ascii_lowercase().parse().ok(),
        _ => None,
    }
}

/// Puts a property into an object value.
pub fn put(object: &mut Value, name: &str, value: impl Into<Value>) {
    if let Value::Object(map) = object {
        map.insert(name.to_owned(), value.into());
    }
}

/// Compact JSON that writes date strings with escaped slashes, as Xero does on the wire.
struct XeroFormatter;

impl Formatter for XeroFormatter {
    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        match fragment
            .strip_prefix("/Date(")
            .and_then(|rest| rest.strip_suffix(")/"))
        {
            Some(ticks) => write!(writer, "\\/Date({ticks})\\/"),
            None => writer.write_all(fragment.as_bytes()),
        }
    }
}

/// Serialises as Xero writes it.
pub fn to_wire(value: &Value) -> Vec<u8> {
    let mut out = Vec::with_capacity(512);
    let mut serializer = serde_json::Serializer::with_formatter(&mut out, XeroFormatter);
    // Writing a Value to memory cannot fail; an empty body would show at once if it ever did.
    if value.serialize(&mut serializer).is_err() {
        out.clear();
    }
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    #[test]
    fn money_keeps_its_cents_and_dates_their_slashes() {
        let value = json!({"a": money("46".parse().unwrap()), "b": number("2.165".parse().unwrap(), 2),
            "c": "/Date(1541176592690+0000)/", "d": "https://example.com/Date(1)/"});
        assert_eq!(
            String::from_utf8(to_wire(&value)).unwrap(),
            r#"{"a":46.00,"b":2.17,"c":"\/Date(1541176592690+0000)\/","d":"https://example.com/Date(1)/"}"#
        );
        assert_eq!(
            round("-8.775".parse().unwrap(), 2),
            "-8.78".parse().unwrap()
        );
    }
}
