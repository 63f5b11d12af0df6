//! The Jinja and the Python that webhook documents hold: bodies and addresses are templates over
//! `doc`, conditions are expressions. Jinja's own language covers what both have in common.

use std::fmt::Write as _;

use minijinja::value::Value as Shown;
use minijinja::{Environment, UndefinedBehavior};
use serde_json::Value;

fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Chainable);
    environment
}

/// A value as a template sees it. Amounts are the text that Python prints, so that no cent passes
/// through binary fractions; whole numbers are numbers, and can be compared.
fn shown(value: &Value) -> Shown {
    match value {
        Value::Null => Shown::from(()),
        Value::Bool(flag) => Shown::from(*flag),
        Value::Number(number) => match number.as_i64() {
            Some(whole) => Shown::from(whole),
            None => Shown::from(number.to_string()),
        },
        Value::String(text) => Shown::from(text.as_str()),
        Value::Array(list) => list.iter().map(shown).collect(),
        Value::Object(map) => {
            Shown::from_pairs(map.iter().map(|(key, value)| (key.as_str(), shown(value))))
        }
    }
}

fn context(doc: &Value) -> Shown {
    Shown::from_pairs([("doc", shown(doc))])
}

/// Renders a template over a document; none where it cannot be.
pub(super) fn render(text: &str, doc: &Value) -> Option<String> {
    environment().render_str(text, context(doc)).ok()
}

/// Whether a condition holds; an empty one does, one that cannot be evaluated does not.
pub(super) fn holds(condition: &str, doc: &Value) -> bool {
    if condition.trim().is_empty() {
        return true;
    }
    environment()
        .compile_expression(condition)
        .and_then(|expression| expression.eval(context(doc)))
        .is_ok_and(|value| value.is_true())
}

/// JSON as Python's `json.dumps` writes it: blanks after colon and comma, nothing beyond ASCII
/// [11#50].
pub(super) fn python_json(value: &Value) -> String {
    let mut text = String::new();
    write_value(&mut text, value);
    text
}

fn write_value(out: &mut String, value: &Value) {
    match value {
        Value::Object(map) => {
            out.push('{');
            for (index, (key, value)) in map.iter().enumerate() {
                if index > 0 {
                    out.push_str(", ");
                }
                write_text(out, key);
                out.push_str(": ");
                write_value(out, value);
            }
            out.push('}');
        }
        Value::Array(list) => {
            out.push('[');
            for (index, value) in list.iter().enumerate() {
                if index > 0 {
                    out.push_str(", ");
                }
                write_value(out, value);
            }
            out.push(']');
        }
        Value::String(text) => write_text(out, text),
        other => out.push_str(&other.to_string()),
    }
}

fn write_text(out: &mut String, text: &str) {
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            ' '..='~' => out.push(letter),
            _ => {
                let mut units = [0; 2];
                for unit in letter.encode_utf16(&mut units) {
                    // Writing into a text never fails.
                    write!(out, "\\u{unit:04x}").ok();
                }
            }
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    #[test]
    fn bodies_are_rendered_and_written_as_python_does() {
        let doc = json!({"doctype": "Customer", "name": "Ümlaut \"q\" 🦀\n", "docstatus": 0, "tax_id": null});
        let rendered = render(
            r#"{"doctype":{{ doc.doctype | tojson }},"name":{{ doc.name | tojson }},"docstatus":{{ doc.docstatus }},"id":"{{ doc.xero_id or "" }}"}"#,
            &doc,
        )
        .unwrap();
        let value: Value = serde_json::from_str(&rendered).unwrap();
        assert_eq!(
            python_json(&value),
            r#"{"doctype": "Customer", "name": "\u00dcmlaut \"q\" \ud83e\udd80\n", "docstatus": 0, "id": ""}"#
        );
        assert_eq!(render("{{ doc.", &doc), None);
    }

    #[test]
    fn conditions_hold_or_not() {
        let doc = json!({"company": "Ben & Sons' Ltd", "docstatus": 1, "tax_id": null});
        for (condition, expected) in [
            ("", true),
            (" ", true),
            (r#"doc.company == "Ben & Sons' Ltd""#, true),
            ("doc.company == 'Other'", false),
            ("doc.docstatus == 1 and not doc.tax_id", true),
            ("doc.docstatus in [0, 2]", false),
            ("doc.nothing.there", false),
            ("doc.(", false),
        ] {
            assert_eq!(holds(condition, &doc), expected, "{condition}");
        }
    }
}
