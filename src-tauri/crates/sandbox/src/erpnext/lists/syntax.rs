//! How the fields and the order of a list are written where SQL is no longer taken (Frappe 16):
//! functions are objects, `{"COUNT": "*", "as": "n"}`, and so are child rows to nest,
//! `{"items": ["item_name", "qty"]}`; everything else is a name.

use serde_json::{Map, Value, json};

use super::super::ErpnextWorld;
use super::super::answer::{cell_json, standard_kind};
use super::super::errors::Refusal;
use super::super::meta::Kind;
use super::super::site::Outcome;
use super::select::{Aggregate, Selected, Selection, not_permitted};
use super::{Line, Query};

/// Child rows to answer within their document's row.
#[derive(Debug, Clone)]
pub(super) struct Nested {
    table: String,
    fields: Vec<(String, Kind)>,
}

/// The functions a list may ask for here; others of the real site's are refused as unknown.
const FUNCTIONS: [(&str, Aggregate); 4] = [
    ("COUNT", Aggregate::Count),
    ("SUM", Aggregate::Sum),
    ("MAX", Aggregate::Max),
    ("MIN", Aggregate::Min),
];

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn is_quoted(text: &str, inside: impl Fn(char) -> bool) -> bool {
    text.strip_prefix('`')
        .and_then(|text| text.strip_suffix('`'))
        .is_some_and(|text| {
            !text.is_empty()
                && text
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || c == '_' || inside(c))
        })
}

/// Whether it is a name, with a table before it and another name behind it where wanted.
fn is_field(written: &str) -> bool {
    let spaced = |c: char| c.is_ascii_whitespace() || c == '-';
    let lower = written.to_ascii_lowercase();
    let (name, alias) = match lower.find(" as ") {
        Some(at) => (written[..at].trim(), Some(written[at + 4..].trim())),
        None => (written, None),
    };
    let (table, field) = match name.rsplit_once('.') {
        Some((table, field)) => (Some(table), field),
        None => (None, name),
    };
    table.is_none_or(|table| is_word(table) || is_quoted(table, spaced))
        && (is_word(field) || is_quoted(field, |_| false))
        && alias.is_none_or(|alias| is_word(alias) || is_quoted(alias, spaced))
}

impl ErpnextWorld {
    /// Refuses what is neither a name nor `*`.
    pub(super) fn check_field_syntax(written: &str) -> Outcome<()> {
        if written == "*" || written.ends_with(".*") {
            return Ok(());
        }
        if let Some((name, rest)) = written.split_once('(')
            && is_word(name.trim())
        {
            // One layer before the builder of queries looks for columns, and a star is none.
            return Err(Box::new(if rest.trim_start().starts_with('*') {
                not_permitted("*")
            } else {
                Refusal::validation(format!(
                    "SQL functions are not allowed as strings in SELECT: {written}. Use dict syntax like {{'COUNT': '*'}} instead."
                ))
            }));
        }
        if is_field(written) {
            return Ok(());
        }
        if let Some((table, _)) = written.split_once(' ')
            && table.starts_with("tab")
            && written.contains('.')
        {
            return Err(Box::new(not_permitted(table)));
        }
        let mut refusal = Refusal::thrown(
            "PermissionError",
            &format!(
                "Invalid field format for SELECT: {written}. Field names must be simple, backticked, table-qualified, aliased, or '*'."
            ),
            "Message",
        );
        refusal.status = 403;
        Err(Box::new(refusal))
    }

    /// Refuses an order that is not by names.
    pub(super) fn check_order_syntax(written: &str) -> Outcome<()> {
        let parts: Vec<&str> = written.split('.').collect();
        let tabled = matches!(parts.as_slice(), [table, field]
            if table.starts_with("`tab")
                && is_quoted(table, |c| c.is_ascii_whitespace() || c == '-')
                && (is_word(field) || is_quoted(field, |_| false)));
        let named = parts.len() <= 2 && parts.iter().all(|part| is_word(part));
        if tabled || named {
            return Ok(());
        }
        Err(Box::new(Refusal::validation(if written.contains('`') {
            format!("Order By has invalid backtick notation: {written}")
        } else {
            format!(
                "Invalid field format in Order By: {written}. Use 'field', 'link_field.field', or 'child_table.field'."
            )
        })))
    }

    /// No such column to sort by, as the site says it: as if it were forbidden.
    pub(super) fn no_field_to_sort_by(doctype: &str, field: &str) -> Refusal {
        let mut refusal = Refusal::thrown(
            "PermissionError",
            &format!(
                "You do not have permission to access field: <strong>{doctype}.{field}</strong>"
            ),
            "Permission Error",
        );
        refusal.status = 403;
        refusal
    }

    /// A function, or child rows to nest.
    pub(super) fn select_object(
        &self,
        query: &Query,
        object: &Map<String, Value>,
        selection: &mut Selection,
    ) -> Outcome<()> {
        let alias = object.get("as").and_then(Value::as_str);
        let mut keys = object.iter().filter(|(key, _)| key.as_str() != "as");
        let (Some((key, asked)), None) = (keys.next(), keys.next()) else {
            return Err(Box::new(Refusal::validation(
                "Invalid function dictionary format",
            )));
        };
        if let Some((_, aggregate)) = FUNCTIONS.iter().find(|(name, _)| name == key) {
            let asked = asked.as_str().unwrap_or_default();
            let column = match asked {
                "*" if *aggregate == Aggregate::Count => "name",
                field => field,
            };
            let alias = alias.map_or_else(
                || match asked {
                    "*" => format!("{key}(*)"),
                    field => format!("{key}(`{field}`)"),
                },
                str::to_owned,
            );
            let column = self.column(&query.doctype, column)?;
            selection.grouped = true;
            selection.fields.push(Selected {
                column,
                alias,
                aggregate: *aggregate,
            });
            return Ok(());
        }
        if key.chars().all(|c| c.is_ascii_uppercase()) {
            return Err(Box::new(Refusal::validation(format!(
                "Unsupported function or operator: {key}"
            ))));
        }
        let Value::Array(fields) = asked else {
            return Err(Box::new(Refusal::validation(format!(
                "Child query fields for '{key}' must be a list or tuple."
            ))));
        };
        let meta = self.doctype(&query.doctype)?;
        let child = meta
            .tables()
            .find(|(table, _)| table == key)
            .and_then(|(_, child)| self.meta.get(child))
            .ok_or_else(|| Box::new(not_permitted(key)))?;
        let fields = fields
            .iter()
            .filter_map(Value::as_str)
            .map(|field| {
                let kind =
                    standard_kind(field).or_else(|| child.field(field).map(|known| known.kind));
                kind.map(|kind| (field.to_owned(), kind))
                    .ok_or_else(|| Box::new(not_permitted(field)))
            })
            .collect::<Outcome<Vec<_>>>()?;
        selection.nested.push(Nested {
            table: key.clone(),
            fields,
        });
        Ok(())
    }

    /// The child rows of a line's document, as far as they are asked for.
    pub(super) fn nest(nested: &[Nested], line: Line<'_>, row: &mut Map<String, Value>) {
        for Nested { table, fields } in nested {
            let rows: Vec<Value> = line
                .doc
                .rows(table)
                .iter()
                .map(|child| {
                    fields
                        .iter()
                        .map(|(field, kind)| (field.clone(), cell_json(child.get(field), *kind)))
                        .collect::<Map<String, Value>>()
                        .into()
                })
                .collect();
            row.insert(table.clone(), json!(rows));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_from_sql() {
        for written in [
            "name",
            "`name`",
            "name as n",
            "items.item_name",
            "`tabSales Invoice Item`.item_name",
            "`tabSales Invoice`.`name` as n",
        ] {
            assert!(is_field(written), "{written}");
        }
        for written in [
            "distinct customer",
            "grand_total + 1 as x",
            "tabSales Invoice.name",
            "name;",
            "",
            "`na me`",
        ] {
            assert!(!is_field(written), "{written}");
        }
    }
}
