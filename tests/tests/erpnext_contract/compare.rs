//! Compares a recorded answer with ours, value by value.

use std::fmt;

use rust_decimal::Decimal;
use serde_json::Value;

use crate::identities::{Identities, blanked};
use crate::not_compared::ignored_field;

/// One value that differs.
#[derive(Debug)]
pub struct Difference {
    /// Where: `status`, `body.data.items.0.rate`.
    pub path: String,
    recorded: String,
    ours: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let short = |text: &str| text.chars().take(300).collect::<String>();
        write!(
            f,
            "{}\n     recorded {}\n     ours     {}",
            self.path,
            short(&self.recorded),
            short(&self.ours)
        )
    }
}

impl Difference {
    /// A difference at a path.
    pub fn new(path: &str, recorded: impl fmt::Display, ours: impl fmt::Display) -> Self {
        Self {
            path: path.to_owned(),
            recorded: recorded.to_string(),
            ours: ours.to_string(),
        }
    }
}

/// Collects the differences between two values.
pub struct Comparison<'a> {
    /// Who stands for whom.
    pub identities: &'a mut Identities,
    /// Only columns and types, for rows of data the demo site does not hold.
    pub shape_only: bool,
    /// What was found.
    pub found: Vec<Difference>,
}

impl Comparison<'_> {
    /// Compares everything below `path`.
    pub fn value(&mut self, path: &str, recorded: &Value, ours: &Value) {
        if ignored_field(path) {
            return;
        }
        match (recorded, ours) {
            (Value::Object(left), Value::Object(right)) => {
                for (key, value) in left {
                    let path = format!("{path}.{key}");
                    match right.get(key) {
                        Some(other) => self.value(&path, value, other),
                        None if ignored_field(&path) => {}
                        None => self.found.push(Difference::new(&path, value, "(absent)")),
                    }
                }
                for (key, value) in right {
                    let path = format!("{path}.{key}");
                    if !left.contains_key(key) && !ignored_field(&path) {
                        self.found.push(Difference::new(&path, "(absent)", value));
                    }
                }
            }
            (Value::Array(left), Value::Array(right)) => {
                if self.shape_only {
                    if right.is_empty() && !left.is_empty() {
                        let path = format!("{path}.length");
                        self.found.push(Difference::new(&path, recorded, "no rows"));
                    }
                    if let (Some(left), Some(right)) = (left.first(), right.first()) {
                        self.value(&format!("{path}.0"), left, right);
                    }
                    return;
                }
                // The recorder cut long lists off: "…(+2 more)".
                let cut = left.last().and_then(Value::as_str).and_then(|last| {
                    last.strip_prefix("…(+")?
                        .strip_suffix(" more)")?
                        .parse::<usize>()
                        .ok()
                });
                let (left, length) = match cut {
                    Some(more) => (&left[..left.len() - 1], left.len() - 1 + more),
                    None => (left.as_slice(), left.len()),
                };
                if length != right.len() {
                    self.found.push(Difference::new(
                        &format!("{path}.length"),
                        format!("{length} {recorded}"),
                        format!("{} {ours}", right.len()),
                    ));
                }
                for (at, (left, right)) in left.iter().zip(right).enumerate() {
                    self.value(&format!("{path}.{at}"), left, right);
                }
            }
            (Value::Number(left), Value::Number(right)) if !self.shape_only => {
                let number = |text: String| text.parse::<Decimal>().ok();
                let (left, right) = (left.to_string(), right.to_string());
                if left != right
                    && (!close(number(left.clone()), number(right.clone()))
                        || left.contains('.') != right.contains('.'))
                {
                    self.found.push(Difference::new(path, left, right));
                }
            }
            (Value::String(left), Value::String(right)) => {
                if !self.shape_only {
                    self.text(path, left, right);
                }
            }
            (Value::Number(_), Value::Number(_)) => {}
            (left, right) if left == right => {}
            (Value::Null, _) | (_, Value::Null) if self.shape_only => {}
            (left, right) => self.found.push(Difference::new(path, left, right)),
        }
    }

    fn text(&mut self, path: &str, recorded: &str, ours: &str) {
        // The recorder blanked what was secret.
        if matches!(recorded, "<token>" | "<secret>" | "<redacted>") {
            return;
        }
        // A text that is JSON (messages, documents in `data`) is compared as what it says.
        if path.ends_with("_server_messages")
            && let (Some(left), Some(right)) = (messages(recorded), messages(ours))
        {
            self.value(path, &left, &right);
            return;
        }
        // A document or its changes as text, in a column named `data`.
        if path.rsplit('.').next() == Some("data")
            && let (Ok(left @ Value::Object(_)), Ok(right @ Value::Object(_))) =
                (serde_json::from_str(recorded), serde_json::from_str(ours))
        {
            self.value(path, &without_words(left), &without_words(right));
            return;
        }
        if recorded == ours && crate::identities::kind(recorded).is_none() {
            return;
        }
        if self.identities.agree(recorded, ours) {
            return;
        }
        // Row names without a single digit look like words anywhere else.
        let names = path.rsplit('.').next() == Some("name");
        if names && is_row_name(recorded) && is_row_name(ours) {
            self.identities.learn(recorded, ours);
            return;
        }
        let translated = self.identities.translate(recorded);
        if translated == ours {
            return;
        }
        if crate::identities::kind(recorded).is_none() && blanked(&translated) == blanked(ours) {
            return;
        }
        self.found.push(Difference::new(path, translated, ours));
    }
}

/// The changes of a `Version` row without those of amounts in words and times of day, which are
/// not compared anywhere.
fn without_words(mut data: Value) -> Value {
    let unseen = |change: &Value| {
        change[0]
            .as_str()
            .is_some_and(|field| ignored_field(&format!(".{field}")))
    };
    if let Some(changed) = data["changed"].as_array_mut() {
        changed.retain(|change| !unseen(change));
    }
    data
}

/// Equal but for the noise of Python's binary numbers (0.4000000000000057).
fn close(left: Option<Decimal>, right: Option<Decimal>) -> bool {
    match (left, right) {
        (Some(left), Some(right)) => (left - right).abs() < Decimal::new(1, 9),
        _ => false,
    }
}

fn messages(text: &str) -> Option<Value> {
    let list: Vec<String> = serde_json::from_str(text).ok()?;
    list.iter()
        .map(|text| serde_json::from_str(text).ok())
        .collect::<Option<Vec<Value>>>()
        .map(Value::Array)
}

fn is_row_name(text: &str) -> bool {
    text.len() == 10
        && text
            .chars()
            .all(|c| c.is_ascii_digit() || c.is_ascii_lowercase())
}
