//! Filters: list form, dictionary form, and what each operator means to MariaDB.

use std::borrow::Cow;
use std::collections::HashSet;

use rust_decimal::Decimal;
use serde_json::Value;

use super::super::ErpnextWorld;
use super::super::cell::{Cell, number_from};
use super::super::errors::Refusal;
use super::super::meta::Kind;
use super::super::site::Outcome;
use super::super::store::{fold, order_folded};
use super::{Column, Line};

/// A comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operator {
    Equals,
    Differs,
    In,
    NotIn,
    Like,
    NotLike,
    Above,
    AtLeast,
    Below,
    AtMost,
    Between,
    IsSet,
    IsNotSet,
}

/// One filter, ready to compare.
#[derive(Debug, Clone)]
pub(crate) struct Condition {
    pub(crate) column: Column,
    pub(crate) operator: Operator,
    /// The values as given, instants in the form they are stored in.
    pub(crate) values: Vec<String>,
    folded: HashSet<Box<str>>,
    /// The first two values as they are compared.
    first: Box<str>,
    second: Option<Box<str>>,
    numbers: Vec<Decimal>,
}

impl ErpnextWorld {
    /// Reads filters: `[[field, op, value]]`, `[[doctype, field, op, value]]`, `{field: value}`,
    /// `{field: [op, value]}`.
    pub(crate) fn conditions(&self, doctype: &str, filters: &Value) -> Outcome<Vec<Condition>> {
        let mut conditions = Vec::new();
        match filters {
            Value::Object(map) => {
                for (field, value) in map {
                    let (operator, value) = match value {
                        Value::Array(pair) if pair.len() == 2 && pair[0].is_string() => {
                            (pair[0].as_str().unwrap_or_default(), &pair[1])
                        }
                        plain => ("=", plain),
                    };
                    conditions.push(self.condition(doctype, doctype, field, operator, value)?);
                }
            }
            Value::Array(list) => {
                // A single filter may come without the outer list.
                let single = [filters.clone()];
                let list = if list.first().is_some_and(Value::is_string) {
                    &single[..]
                } else {
                    list
                };
                for filter in list {
                    conditions.push(self.listed(doctype, filter)?);
                }
            }
            Value::String(name) if !name.is_empty() => {
                let value = Value::String(name.clone());
                conditions.push(self.condition(doctype, doctype, "name", "=", &value)?);
            }
            _ => {}
        }
        Ok(conditions)
    }

    fn listed(&self, doctype: &str, filter: &Value) -> Outcome<Condition> {
        let null = Value::Null;
        match filter {
            Value::Array(parts) => {
                let text = |at: usize| parts.get(at).and_then(Value::as_str).unwrap_or_default();
                let value = |at: usize| parts.get(at).unwrap_or(&null);
                match parts.len() {
                    2 => self.condition(doctype, doctype, text(0), "=", value(1)),
                    3 => self.condition(doctype, doctype, text(0), text(1), value(2)),
                    _ => self.condition(doctype, text(0), text(1), text(2), value(3)),
                }
            }
            Value::Object(map) => match map.iter().next() {
                Some((field, value)) => self.condition(doctype, doctype, field, "=", value),
                None => Err(Box::new(Refusal::validation("Invalid filter"))),
            },
            _ => Err(Box::new(Refusal::validation("Invalid filter"))),
        }
    }

    fn condition(
        &self,
        doctype: &str,
        of: &str,
        field: &str,
        operator: &str,
        value: &Value,
    ) -> Outcome<Condition> {
        let column = if of == doctype {
            self.column(doctype, field)?
        } else {
            self.column(doctype, &format!("`tab{of}`.{field}"))?
        };
        let text_value = value.as_str().unwrap_or_default().to_ascii_lowercase();
        let operator = match operator.to_ascii_lowercase().as_str() {
            "=" => Operator::Equals,
            "!=" => Operator::Differs,
            "in" => Operator::In,
            "not in" => Operator::NotIn,
            "like" => Operator::Like,
            "not like" => Operator::NotLike,
            ">" => Operator::Above,
            ">=" => Operator::AtLeast,
            "<" => Operator::Below,
            "<=" => Operator::AtMost,
            "between" => Operator::Between,
            "is" if text_value == "not set" => Operator::IsNotSet,
            "is" => Operator::IsSet,
            _ if self.release().lists_without_sql => {
                let text = format!("'{operator}'");
                return Err(Box::new(Refusal::crash("", "KeyError", &text)));
            }
            _ => {
                return Err(Box::new(Refusal::validation(
                    "Operator must be one of between, not descendants of, =, fiscal year, timespan, <, ancestors of, not ancestors of, !=, like, in, >=, descendants of, next, <=, previous, not in, descendants of (inclusive), is, >, not like",
                )));
            }
        };
        if operator == Operator::Between
            && (column.kind.is_decimal() || column.kind.is_whole())
            && !self.release().lists_without_sql
        {
            // Only dates may be between; for numbers the site writes broken SQL (recording 25#19).
            return Err(Box::new(Refusal::crash(
                self.release().database,
                "ProgrammingError",
                "(1064, \"You have an error in your SQL syntax; check the manual that corresponds to your MariaDB server version for the right syntax to use near 'order by name asc\\nlimit 20 offset 0' at line 5\")",
            )));
        }
        let plain = |value: &Value| match value {
            Value::String(text) => text.clone(),
            Value::Null => String::new(),
            Value::Bool(flag) => i64::from(*flag).to_string(),
            other => other.to_string(),
        };
        let mut values: Vec<String> = match value {
            Value::Array(list) => list.iter().map(plain).collect(),
            Value::String(text) if matches!(operator, Operator::In | Operator::NotIn) => {
                text.split(',').map(|part| part.trim().to_owned()).collect()
            }
            other => vec![plain(other)],
        };
        if column.kind == Kind::Datetime {
            let last = values.len().saturating_sub(1);
            for (at, value) in values.iter_mut().enumerate() {
                let end = operator == Operator::Between && at == last && last > 0;
                if operator != Operator::Like {
                    *value = instant(value, end);
                }
            }
        }
        Ok(Condition {
            folded: values.iter().map(|value| fold(value)).collect(),
            first: values.first().map(|value| fold(value)).unwrap_or_default(),
            second: values.get(1).map(|value| fold(value)),
            numbers: values
                .iter()
                .map(|value| number_from(value).unwrap_or_default())
                .collect(),
            column,
            operator,
            values,
        })
    }

    /// Whether a line meets a condition.
    pub(crate) fn holds(&self, line: Line<'_>, condition: &Condition) -> bool {
        let cell = self.cell(line, &condition.column);
        let kind = condition.column.kind;
        match condition.operator {
            Operator::IsSet => return !cell.is_unset(),
            Operator::IsNotSet => return cell.is_unset(),
            _ => {}
        }
        if kind.is_decimal() || kind.is_whole() {
            let number = cell.as_number();
            let first = condition.numbers.first().copied().unwrap_or_default();
            return match condition.operator {
                Operator::Equals | Operator::Like => number == first,
                Operator::Differs | Operator::NotLike => number != first,
                Operator::In => condition.numbers.contains(&number),
                Operator::NotIn => !condition.numbers.contains(&number),
                Operator::Above => number > first,
                Operator::AtLeast => number >= first,
                Operator::Below => number < first,
                Operator::AtMost => number <= first,
                Operator::Between => {
                    number >= first && condition.numbers.get(1).is_none_or(|last| number <= *last)
                }
                Operator::IsSet | Operator::IsNotSet => true,
            };
        }
        let text: Cow<'_, str> = match &*cell {
            Cell::Text(text) => Cow::Borrowed(text),
            Cell::Null => Cow::Borrowed(""),
            other => Cow::Owned(other.shown()),
        };
        let first = &condition.first;
        let order = || order_folded(&text, first);
        match condition.operator {
            Operator::Equals => order().is_eq(),
            Operator::Differs => order().is_ne(),
            Operator::In => condition.folded.contains(&fold(&text)),
            Operator::NotIn => !condition.folded.contains(&fold(&text)),
            Operator::Like => like(&fold(&text), first),
            Operator::NotLike => !like(&fold(&text), first),
            Operator::Above => order().is_gt(),
            Operator::AtLeast => order().is_ge(),
            Operator::Below => order().is_lt(),
            Operator::AtMost => order().is_le(),
            Operator::Between => {
                let last = condition.second.as_deref();
                order().is_ge() && last.is_none_or(|last| order_folded(&text, last).is_le())
            }
            Operator::IsSet | Operator::IsNotSet => true,
        }
    }
}

/// A filter value for an instant in stored form. ISO forms are read and their zone ignored.
fn instant(value: &str, end_of_day: bool) -> String {
    let value = value.trim();
    let Some(day) = value.get(..10) else {
        return value.to_owned();
    };
    let time = value
        .get(10..)
        .unwrap_or_default()
        .trim_start_matches(['T', ' ']);
    let time = time.split(['Z', '+', '-']).next().unwrap_or_default();
    if time.is_empty() {
        return if end_of_day {
            format!("{day} 23:59:59.999999")
        } else {
            format!("{day} 00:00:00.000000")
        };
    }
    let (whole, fraction) = time.split_once('.').unwrap_or((time, ""));
    let whole = if whole.len() == 5 {
        format!("{whole}:00")
    } else {
        whole.to_owned()
    };
    format!(
        "{day} {whole}.{:0<6}",
        fraction.chars().take(6).collect::<String>()
    )
}

/// SQL `LIKE` with `%` and `_`.
fn like(text: &str, pattern: &str) -> bool {
    fn matches(text: &[char], pattern: &[char]) -> bool {
        match pattern.split_first() {
            None => text.is_empty(),
            Some(('%', rest)) => (0..=text.len()).any(|at| matches(&text[at..], rest)),
            Some(('_', rest)) => !text.is_empty() && matches(&text[1..], rest),
            Some((c, rest)) => text.first() == Some(c) && matches(&text[1..], rest),
        }
    }
    if !pattern.contains(['%', '_']) {
        return text == pattern;
    }
    let (text, pattern): (Vec<char>, Vec<char>) =
        (text.chars().collect(), pattern.chars().collect());
    matches(&text, &pattern)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_sql_does() {
        for (text, pattern, hit) in [
            ("acme ltd", "acme%", true),
            ("acme ltd", "%ltd", true),
            ("acme ltd", "%cme%l_d", true),
            ("acme ltd", "acme", false),
            ("acme", "acme", true),
            ("", "%", true),
        ] {
            assert_eq!(like(text, pattern), hit, "{text} {pattern}");
        }
    }

    #[test]
    fn instants_ignore_zones() {
        for (given, end, stored) in [
            ("2026-11-22T15:40:00Z", false, "2026-11-22 15:40:00.000000"),
            (
                "2026-11-22T15:40:00.5+01:00",
                false,
                "2026-11-22 15:40:00.500000",
            ),
            (
                "2026-11-22 15:40:03.554495",
                false,
                "2026-11-22 15:40:03.554495",
            ),
            ("2026-11-22", false, "2026-11-22 00:00:00.000000"),
            ("2026-11-22", true, "2026-11-22 23:59:59.999999"),
        ] {
            assert_eq!(instant(given, end), stored);
        }
    }
}
