//! One row of an answer, read field by field.

use chrono::NaiveDate;
use ledger::Currency;
use rust_decimal::Decimal;
use serde_json::{Map, Value};

use super::rows::Table;

/// A field that does not hold what it should.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {why}")]
pub struct BadField {
    /// The field's name in ERPNext.
    pub field: String,
    /// What is wrong with it.
    pub why: String,
}

impl BadField {
    /// A field that must be there and is not.
    pub fn missing(field: &str) -> Self {
        missing(field)
    }
}

/// One row of an answer: an object, or a row of a list that came as arrays. Absent, `null` and `""` mean
/// the same in ERPNext's answers: null fields are left out of documents and present in lists, and an empty
/// text is stored as null (observed on ERPNext 15).
#[derive(Debug, Clone, Copy)]
pub struct Row<'a>(Source<'a>);

#[derive(Debug, Clone, Copy)]
enum Source<'a> {
    Object(&'a Map<String, Value>),
    Listed(&'a Table, usize),
}

/// What a field holds, as it stands in the answer.
#[derive(Debug, Clone, Copy)]
pub(super) enum Cell<'a> {
    Null,
    Bool(bool),
    /// The digits as they were sent.
    Number(&'a str),
    Text(&'a str),
    /// A list or an object, as JSON.
    Json(&'a str),
    Nested(&'a Value),
}

impl<'a> From<&'a Value> for Cell<'a> {
    fn from(value: &'a Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(flag) => Self::Bool(*flag),
            Value::Number(number) => Self::Number(number.as_str()),
            Value::String(text) => Self::Text(text),
            Value::Array(_) | Value::Object(_) => Self::Nested(value),
        }
    }
}

impl Cell<'_> {
    /// The same as a value of its own.
    fn to_value(self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(flag) => Value::Bool(flag),
            Self::Text(text) => Value::String(text.to_owned()),
            Self::Number(json) | Self::Json(json) => serde_json::from_str(json).unwrap_or_default(),
            Self::Nested(value) => value.clone(),
        }
    }
}

impl<'a> Row<'a> {
    /// Takes an object.
    ///
    /// # Errors
    /// [`BadField`] where the value is something else.
    pub fn new(value: &'a Value) -> Result<Self, BadField> {
        value.as_object().map(Self::object).ok_or_else(|| BadField {
            field: "row".to_owned(),
            why: format!("not an object: {}", short(value)),
        })
    }

    pub(super) const fn object(object: &'a Map<String, Value>) -> Self {
        Self(Source::Object(object))
    }

    pub(super) const fn listed(table: &'a Table, row: usize) -> Self {
        Self(Source::Listed(table, row))
    }

    /// Whether there is such a field, be it null.
    pub(crate) fn has(&self, field: &str) -> bool {
        self.get(field).is_some()
    }

    fn get(&self, field: &str) -> Option<Cell<'a>> {
        match self.0 {
            Source::Object(object) => object.get(field).map(Cell::from),
            Source::Listed(table, row) => table.cell(row, field),
        }
    }

    /// The row as an object.
    pub fn to_value(&self) -> Value {
        match self.0 {
            Source::Object(object) => Value::Object(object.clone()),
            Source::Listed(table, row) => table
                .row(row)
                .map(|(field, cell)| (field.to_owned(), cell.to_value()))
                .collect(),
        }
    }

    /// A text as sent, empty ones too; `None` where the field holds anything else.
    pub fn str(&self, field: &str) -> Option<&'a str> {
        match self.get(field)? {
            Cell::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A whole number as sent; `None` where the field holds anything else.
    pub fn int(&self, field: &str) -> Option<i64> {
        match self.get(field)? {
            Cell::Number(digits) => digits.parse().ok(),
            _ => None,
        }
    }

    /// A text, trimmed; `None` where there is none.
    ///
    /// # Errors
    /// [`BadField`] where it is neither text nor number.
    pub fn text(&self, field: &str) -> Result<Option<String>, BadField> {
        match self.get(field) {
            None | Some(Cell::Null) => Ok(None),
            Some(Cell::Text(text)) => Ok(ledger::contact::text(text)),
            // Some versions send names and codes that look like numbers as numbers.
            Some(Cell::Number(digits)) => Ok(Some(digits.to_owned())),
            Some(other) => Err(bad(field, "is not a text", &other.to_value())),
        }
    }

    /// A text exactly as stored, outer blanks included: document names.
    ///
    /// # Errors
    /// [`BadField`] where it is missing or no text.
    pub fn name(&self, field: &str) -> Result<String, BadField> {
        match self.get(field) {
            Some(Cell::Text(text)) if !text.is_empty() => Ok(text.to_owned()),
            Some(Cell::Number(digits)) => Ok(digits.to_owned()),
            Some(other) => Err(bad(field, "is not a name", &other.to_value())),
            None => Err(missing(field)),
        }
    }

    /// A text that must be there.
    ///
    /// # Errors
    /// [`BadField`] where it is missing or no text.
    pub fn required(&self, field: &str) -> Result<String, BadField> {
        self.text(field)?.ok_or_else(|| missing(field))
    }

    /// An exact number; `None` where there is none. ERPNext sends numbers as JSON numbers, now and
    /// then as text, and at most nine decimals are meant: what follows is noise of a binary
    /// fraction, so it is rounded away.
    ///
    /// # Errors
    /// [`BadField`] where it is no number or too large.
    pub fn number(&self, field: &str) -> Result<Option<Decimal>, BadField> {
        let text = match self.get(field) {
            None | Some(Cell::Null) => return Ok(None),
            Some(Cell::Number(digits)) => digits,
            Some(Cell::Text(text)) if text.trim().is_empty() => return Ok(None),
            Some(Cell::Text(text)) => text.trim(),
            Some(Cell::Bool(flag)) => return Ok(Some(u8::from(flag).into())),
            Some(other) => return Err(bad(field, "is not a number", &other.to_value())),
        };
        exact(text)
            .map(Some)
            .ok_or_else(|| bad(field, "is not a number", &Value::String(text.to_owned())))
    }

    /// A number, zero where there is none.
    ///
    /// # Errors
    /// [`BadField`] where it is no number.
    pub fn amount(&self, field: &str) -> Result<Decimal, BadField> {
        Ok(self.number(field)?.unwrap_or_default())
    }

    /// A check box; false where there is none.
    ///
    /// # Errors
    /// [`BadField`] where it is neither 0 nor 1.
    pub fn flag(&self, field: &str) -> Result<bool, BadField> {
        Ok(!self.amount(field)?.is_zero())
    }

    /// A document's state: 0 draft, 1 submitted, 2 cancelled.
    ///
    /// # Errors
    /// [`BadField`] where it is anything else.
    pub fn docstatus(&self) -> Result<u8, BadField> {
        let status = self.amount("docstatus")?;
        u8::try_from(status)
            .ok()
            .filter(|status| *status <= 2)
            .ok_or_else(|| BadField {
                field: "docstatus".to_owned(),
                why: format!("is not 0, 1 or 2: {status}"),
            })
    }

    /// A calendar day; `None` where there is none.
    ///
    /// # Errors
    /// [`BadField`] where it is not `YYYY-MM-DD`.
    pub fn date(&self, field: &str) -> Result<Option<NaiveDate>, BadField> {
        let Some(text) = self.text(field)? else {
            return Ok(None);
        };
        NaiveDate::parse_from_str(&text, "%Y-%m-%d")
            .map(Some)
            .map_err(|_| bad(field, "is not a date", &Value::String(text)))
    }

    /// A currency; `None` where there is none.
    ///
    /// # Errors
    /// [`BadField`] where it is no three-letter code.
    pub fn currency(&self, field: &str) -> Result<Option<Currency>, BadField> {
        let Some(code) = self.text(field)? else {
            return Ok(None);
        };
        Currency::new(&code).map(Some).map_err(|error| BadField {
            field: field.to_owned(),
            why: error.to_string(),
        })
    }
}

/// Reads a decimal number, in plain or scientific notation, to nine decimals.
pub fn exact(text: &str) -> Option<Decimal> {
    let text = text.trim();
    let value = Decimal::from_str_exact(text)
        .or_else(|_| Decimal::from_scientific(text))
        .or_else(|_| text.parse::<Decimal>())
        .ok()?;
    Some(value.round_dp(9).normalize())
}

fn missing(field: &str) -> BadField {
    BadField {
        field: field.to_owned(),
        why: "is missing".to_owned(),
    }
}

fn bad(field: &str, why: &str, value: &Value) -> BadField {
    BadField {
        field: field.to_owned(),
        why: format!("{why}: {}", short(value)),
    }
}

fn short(value: &Value) -> String {
    net::redact::shorten(&value.to_string(), 80)
}

/// An object as a row, for tests.
#[cfg(test)]
pub(crate) fn one(value: &Value) -> Row<'_> {
    #[allow(clippy::unwrap_used)]
    Row::new(value).unwrap()
}

/// Objects as rows, for tests.
#[cfg(test)]
pub(crate) fn all(values: &[Value]) -> Vec<Row<'_>> {
    values.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn numbers_are_exact_and_noise_is_cut() {
        let value: Value = serde_json::from_str(
            r#"{"a": 0.30000000000000004, "b": 100.0, "c": "12.50", "d": 1e-6, "e": null, "f": "", "g": "x", "h": 123456789012.345678901234567}"#,
        )
        .unwrap();
        let row = Row::new(&value).unwrap();
        assert_eq!(row.amount("a").unwrap().to_string(), "0.3");
        assert_eq!(row.amount("b").unwrap().to_string(), "100");
        assert_eq!(row.amount("c").unwrap().to_string(), "12.5");
        assert_eq!(row.amount("d").unwrap().to_string(), "0.000001");
        assert_eq!(row.number("e").unwrap(), None);
        assert_eq!(row.number("f").unwrap(), None);
        assert_eq!(
            row.amount("h").unwrap().to_string(),
            "123456789012.345678901"
        );
        assert_eq!(
            row.number("g").unwrap_err().to_string(),
            "g: is not a number: \"x\""
        );
    }

    #[test]
    fn texts_dates_and_flags() {
        let value: Value = serde_json::from_str(
            r#"{"a": "  Acme ", "b": "", "d": "2026-11-22", "e": "22/11/2026", "f": 1, "n": " x "}"#,
        )
        .unwrap();
        let row = Row::new(&value).unwrap();
        assert_eq!(row.text("a").unwrap().as_deref(), Some("Acme"));
        assert_eq!(row.text("b").unwrap(), None);
        assert_eq!(row.name("n").unwrap(), " x ");
        assert!(row.required("b").is_err());
        assert_eq!(row.date("d").unwrap().unwrap().to_string(), "2026-11-22");
        assert!(row.date("e").is_err());
        assert!(row.flag("f").unwrap());
        assert!(!row.flag("zzz").unwrap());
    }
}
