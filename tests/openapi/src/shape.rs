//! A JSON value beside the schema it should follow.

use saphyr::Yaml;
use serde_json::Value;

use crate::description::{Description, word};

/// How much of a record has to be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whole {
    /// The records of the envelope's arrays must be whole.
    Envelope,
    /// This record must have what its schema requires.
    Record,
    /// Anything may be missing.
    Part,
    /// What was sent, and refused: words and lengths are the sender's.
    Sent,
}

/// Properties that Xero's own examples, its SDKs or its change log show and the stored description
/// does not know: the record's name in it, the property, and where it is known from.
const BEYOND: &[(&str, &[&str], &str)] = &[
    ("Invoice", &["DateString", "DueDateString"], "its examples"),
    (
        "Invoice",
        &["RoundingAmount", "EnteredTotal"],
        "version 19.0.0",
    ),
    ("CreditNote", &["ID", "DateString"], "its examples"),
    ("Overpayment", &["ID", "DateString"], "its examples"),
    ("Prepayment", &["ID", "DateString"], "its examples"),
    ("BankTransaction", &["DateString"], "its examples"),
    (
        "TrackingOption",
        &["HasValidationErrors", "IsDeleted", "IsArchived", "IsActive"],
        "its examples",
    ),
    ("HistoryRecord", &["DateUTCString"], "its examples"),
    // The example of a removed allocation contradicts the schema, and the SDKs take both.
    ("Allocation", &["AllocationId"], "its example"),
];

/// What every envelope of the description's examples has around its records, and no schema says.
const AROUND: [&str; 4] = ["Id", "Status", "ProviderName", "DateTimeUTC"];

/// Walks values and collects what is wrong.
pub struct Shape<'a> {
    description: &'a Description,
    /// What was wrong, each with the place.
    pub wrong: Vec<String>,
}

impl<'a> Shape<'a> {
    /// Nothing looked at yet.
    pub const fn new(description: &'a Description) -> Self {
        Shape {
            description,
            wrong: Vec::new(),
        }
    }

    /// An error answer: its elements are records of the endpoint.
    pub fn error(&mut self, schema: &Yaml<'static>, element: Option<&Yaml<'static>>, body: &Value) {
        let mut rest = body.clone();
        let elements = rest
            .as_object_mut()
            .and_then(|map| map.shift_remove("Elements"));
        self.walk(schema, &rest, "Error", Whole::Part);
        if let (Some(element), Some(Value::Array(rows))) = (element, elements) {
            for (index, row) in rows.iter().enumerate() {
                self.walk(element, row, &format!("Elements[{index}]"), Whole::Sent);
            }
        }
    }

    /// Holds a value against a schema.
    pub fn walk(&mut self, schema: &Yaml<'static>, value: &Value, at: &str, whole: Whole) {
        if value.is_null() {
            return;
        }
        let name = word(schema, "$ref")
            .and_then(|reference| reference.rsplit('/').next())
            .unwrap_or_default();
        let Some(schema) = self.description.resolved(schema) else {
            self.wrong.push(format!("{at}: no schema {name}"));
            return;
        };
        let kind = word(schema, "type").unwrap_or("object");
        let fits = match kind {
            "object" => value.is_object(),
            "array" => value.is_array(),
            "string" => value.is_string(),
            "number" => value.is_number(),
            "integer" => value.as_i64().is_some(),
            "boolean" => value.is_boolean(),
            _ => true,
        };
        if !fits {
            self.wrong.push(format!("{at} is no {kind}: {value}"));
            return;
        }
        match value {
            Value::String(text) => self.text(schema, text, at, whole),
            Value::Array(rows) => {
                let of_rows = match whole {
                    Whole::Envelope => Whole::Record,
                    Whole::Record | Whole::Part => Whole::Part,
                    Whole::Sent => Whole::Sent,
                };
                if let Some(items) = schema.as_mapping_get("items") {
                    for (index, row) in rows.iter().enumerate() {
                        // A refused element is what was sent.
                        let refused = row
                            .get("ValidationErrors")
                            .and_then(Value::as_array)
                            .is_some_and(|errors| !errors.is_empty());
                        let whole = if refused { Whole::Sent } else { of_rows };
                        self.walk(items, row, &format!("{at}[{index}]"), whole);
                    }
                }
            }
            Value::Object(map) => self.record(schema, name, map, at, whole),
            _ => {}
        }
    }

    fn record(
        &mut self,
        schema: &Yaml<'static>,
        name: &str,
        map: &serde_json::Map<String, Value>,
        at: &str,
        whole: Whole,
    ) {
        let Some(properties) = schema.as_mapping_get("properties") else {
            return;
        };
        for (property, part) in map {
            let place = if at.is_empty() {
                property.clone()
            } else {
                format!("{at}.{property}")
            };
            let inner = match whole {
                Whole::Envelope | Whole::Sent => whole,
                Whole::Record | Whole::Part => Whole::Part,
            };
            if property == "ValidationErrors" {
                self.errors(part, &place);
            } else if name == "Allocation" && property == "Invoice" && part.is_array() {
                // As the example of a removed allocation has it.
            } else if let Some(schema) = properties.as_mapping_get(property) {
                self.walk(schema, part, &place, inner);
            } else if whole == Whole::Envelope && AROUND.contains(&property.as_str()) {
                // As in the examples.
            } else if !BEYOND
                .iter()
                .any(|(record, known, _)| *record == name && known.contains(&property.as_str()))
            {
                self.wrong
                    .push(format!("{place} is not described ({name})"));
            }
        }
        if whole == Whole::Record {
            let required = schema.as_mapping_get("required");
            for name in required
                .and_then(Yaml::as_sequence)
                .into_iter()
                .flatten()
                .filter_map(Yaml::as_str)
            {
                if !map.contains_key(name) {
                    self.wrong.push(format!("{at} has no {name}"));
                }
            }
        }
    }

    /// Every part of a refused element may have these (the description's examples).
    fn errors(&mut self, rows: &Value, at: &str) {
        let error = self
            .description
            .target("#/components/schemas/ValidationError");
        match (rows, error) {
            (Value::Array(rows), Some(error)) => {
                for (index, row) in rows.iter().enumerate() {
                    self.walk(error, row, &format!("{at}[{index}]"), Whole::Part);
                }
            }
            _ => self.wrong.push(format!("{at} is no array: {rows}")),
        }
    }

    fn text(&mut self, schema: &Yaml<'static>, text: &str, at: &str, whole: Whole) {
        // An empty text stands for no value.
        if text.is_empty() {
            return;
        }
        if let Some(words) = schema.as_mapping_get("enum").and_then(Yaml::as_sequence)
            && !words.iter().any(|word| word.as_str() == Some(text))
            && whole != Whole::Sent
        {
            self.wrong.push(format!("{at} cannot be {text}"));
        }
        if word(schema, "format") == Some("uuid") && text.parse::<uuid::Uuid>().is_err() {
            self.wrong.push(format!("{at} is no id: {text}"));
        }
        let dated = ["x-is-msdate", "x-is-msdate-time"]
            .iter()
            .any(|mark| schema.as_mapping_get(mark).is_some());
        if dated && !(text.starts_with("/Date(") && text.ends_with(")/")) {
            self.wrong.push(format!("{at} is no date: {text}"));
        }
        let longest = schema
            .as_mapping_get("maxLength")
            .and_then(Yaml::as_integer);
        if let Some(longest) = longest.filter(|_| whole != Whole::Sent)
            && i64::try_from(text.chars().count()).unwrap_or(i64::MAX) > longest
        {
            self.wrong.push(format!("{at} is longer than {longest}"));
        }
    }
}
