//! Fields, aliases, aggregates and order of a list.

use std::collections::HashMap;

use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::super::ErpnextWorld;
use super::super::answer::{STANDARD, cell_json, standard_kind, write_cell, write_text};
use super::super::cell::Cell;
use super::super::errors::Refusal;
use super::super::meta::Kind;
use super::super::site::Outcome;
use super::filter::Condition;
use super::syntax::Nested;
use super::{Column, Line, Query, Source};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Aggregate {
    None,
    Count,
    Sum,
    Max,
    Min,
}

/// One selected field.
#[derive(Debug, Clone)]
pub(super) struct Selected {
    pub(super) column: Column,
    pub(super) alias: String,
    pub(super) aggregate: Aggregate,
}

/// Everything a list selects.
#[derive(Debug, Clone, Default)]
pub(super) struct Selection {
    pub(super) fields: Vec<Selected>,
    pub(super) grouped: bool,
    pub(super) nested: Vec<Nested>,
}

pub(super) fn not_permitted(field: &str) -> Refusal {
    Refusal::thrown(
        "DataError",
        &format!("Field not permitted in query: {field}"),
        "Message",
    )
}

impl ErpnextWorld {
    /// Finds a column by the ways Frappe lets one write it.
    pub(crate) fn column(&self, doctype: &str, written: &str) -> Outcome<Column> {
        let meta = self.doctype(doctype)?;
        let plain = written.trim().replace('`', "");
        let (owner, field) = match plain.split_once('.') {
            Some((owner, field)) => (owner, field),
            None => ("", plain.as_str()),
        };
        if owner.is_empty() || owner.strip_prefix("tab") == Some(doctype) {
            let kind = standard_kind(field).or_else(|| meta.field(field).map(|field| field.kind));
            return match kind {
                Some(Kind::Table) | None => Err(Box::new(not_permitted(field))),
                Some(kind) => Ok(Column {
                    source: Source::Own,
                    field: field.to_owned(),
                    kind,
                }),
            };
        }
        let table = meta
            .tables()
            .find(|(table, child)| *table == owner || owner.strip_prefix("tab") == Some(child));
        if let Some((table, child)) = table {
            let kind = standard_kind(field).or_else(|| {
                self.meta
                    .get(child)
                    .and_then(|meta| meta.field(field))
                    .map(|field| field.kind)
            });
            return match kind {
                Some(kind) => Ok(Column {
                    source: Source::Child(table.to_owned()),
                    field: field.to_owned(),
                    kind,
                }),
                None => Err(Box::new(not_permitted(field))),
            };
        }
        let through = meta
            .field(owner)
            .filter(|link| link.kind == Kind::Link)
            .and_then(|link| self.meta.get(link.options.as_ref()))
            .and_then(|target| {
                standard_kind(field).or_else(|| target.field(field).map(|field| field.kind))
            });
        match through {
            Some(kind) => Ok(Column {
                source: Source::Link(owner.to_owned()),
                field: field.to_owned(),
                kind,
            }),
            None => Err(Box::new(not_permitted(&plain))),
        }
    }

    pub(super) fn selection(&self, query: &Query) -> Outcome<Selection> {
        let mut selection = Selection::default();
        let names = self.release().lists_without_sql;
        let written: Vec<&str> = query
            .fields
            .iter()
            .flat_map(|written| {
                // One text may be several names; a function's own commas are not between names.
                let several = names && !written.contains('(');
                written.split(if several { ',' } else { '\0' })
            })
            .collect();
        for written in written {
            let written = written.trim();
            if self.release().lists_without_sql {
                Self::check_field_syntax(written)?;
            }
            let table = written
                .strip_suffix(".*")
                .or_else(|| (written == "*").then_some(""));
            if let Some(table) = table {
                self.select_all(query, table, &mut selection)?;
                continue;
            }
            let (expression, alias) = match written.to_ascii_lowercase().find(" as ") {
                Some(at) => (
                    written[..at].trim(),
                    written[at + 4..].trim().trim_matches('`'),
                ),
                None => (written, ""),
            };
            let (aggregate, inner) = match expression.split_once('(') {
                Some((name, rest)) => {
                    let inner = rest.trim_end_matches(')').trim();
                    let aggregate = match name.trim().to_ascii_lowercase().as_str() {
                        "count" => Aggregate::Count,
                        "sum" => Aggregate::Sum,
                        "max" => Aggregate::Max,
                        "min" => Aggregate::Min,
                        _ => {
                            return Err(Box::new(Refusal::crash(
                                "",
                                "IndexError",
                                "list index out of range",
                            )));
                        }
                    };
                    (aggregate, if inner == "*" { "name" } else { inner })
                }
                None => (Aggregate::None, expression),
            };
            let column = match self.column(&query.doctype, inner) {
                Err(_) if query.forgiving => continue,
                found => found?,
            };
            if aggregate == Aggregate::None && self.is_hidden(&query.doctype, &column) {
                continue;
            }
            selection.grouped |= aggregate != Aggregate::None;
            let alias = match (alias, aggregate) {
                ("", Aggregate::None) => column.field.clone(),
                ("", _) => expression.to_owned(),
                (alias, _) => alias.to_owned(),
            };
            selection.fields.push(Selected {
                column,
                alias,
                aggregate,
            });
        }
        if self.release().lists_without_sql {
            for object in &query.objects {
                self.select_object(query, object, &mut selection)?;
            }
        }
        selection.grouped |= !query.group_by.is_empty();
        Ok(selection)
    }

    /// Whether the field of the listed type is on a permission level that no role here may read.
    fn is_hidden(&self, doctype: &str, column: &Column) -> bool {
        let meta = (column.source == Source::Own).then(|| self.meta.get(doctype));
        let field = meta.flatten().and_then(|meta| meta.field(&column.field));
        field.is_some_and(|field| field.hidden)
    }

    fn select_all(&self, query: &Query, table: &str, selection: &mut Selection) -> Outcome<()> {
        let meta = self.doctype(&query.doctype)?;
        let plain = table.replace('`', "");
        let own = plain.is_empty() || plain.strip_prefix("tab") == Some(&query.doctype);
        let (meta, source) = if own {
            (meta, Source::Own)
        } else {
            let (field, child) = meta
                .tables()
                .find(|(field, child)| *field == plain || plain.strip_prefix("tab") == Some(child))
                .ok_or_else(|| Box::new(not_permitted(&plain)))?;
            (self.doctype(child)?, Source::Child(field.to_owned()))
        };
        let mut push = |field: &str, kind: Kind| {
            selection.fields.push(Selected {
                column: Column {
                    source: source.clone(),
                    field: field.to_owned(),
                    kind,
                },
                alias: field.to_owned(),
                aggregate: Aggregate::None,
            });
        };
        for name in STANDARD {
            push(name, standard_kind(name).unwrap_or(Kind::Data));
        }
        for field in (meta.fields()).filter(|field| field.kind != Kind::Table && !field.hidden) {
            push(&field.name, field.kind);
        }
        if meta.is_table {
            for name in ["parent", "parentfield", "parenttype"] {
                push(name, Kind::Data);
            }
        }
        Ok(())
    }

    pub(super) fn ordering(
        &self,
        query: &Query,
        selection: &Selection,
        filters: &[Condition],
    ) -> Outcome<Vec<(Column, bool)>> {
        let mut order = Vec::new();
        let names_only = self.release().lists_without_sql;
        if query.order_by.contains(';') && !names_only {
            return Err(Box::new(Refusal::validation("Illegal SQL Query")));
        }
        let joined = selection
            .fields
            .iter()
            .map(|field| &field.column)
            .chain(filters.iter().map(|condition| &condition.column))
            .any(|column| matches!(column.source, Source::Child(_)));
        for part in query
            .order_by
            .split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty())
        {
            let lower = part.to_ascii_lowercase();
            let (written, descending) = match lower.strip_suffix(" desc") {
                Some(written) => (&part[..written.len()], true),
                None => match lower.strip_suffix(" asc") {
                    Some(written) => (&part[..written.len()], false),
                    None => (part, false),
                },
            };
            if selection.fields.iter().any(|field| {
                field.aggregate != Aggregate::None && field.alias == written.trim_matches('`')
            }) {
                continue;
            }
            if names_only {
                Self::check_order_syntax(written)?;
            }
            let Ok(column) = self.column(&query.doctype, written) else {
                if names_only {
                    let refusal = Self::no_field_to_sort_by(&query.doctype, written);
                    return Err(Box::new(refusal));
                }
                return Err(Box::new(Refusal::crash(
                    self.release().database,
                    "OperationalError",
                    &format!("(1054, \"Unknown column '{written}' in 'ORDER BY'\")"),
                )));
            };
            // A selected column of that name is meant before any table's.
            let selected = selection
                .fields
                .iter()
                .any(|field| field.column.source == Source::Own && field.alias == column.field);
            if joined
                && !names_only
                && !selected
                && !written.contains('.')
                && standard_kind(&column.field).is_some()
            {
                return Err(Box::new(Refusal::crash(
                    self.release().database,
                    "OperationalError",
                    &format!(
                        "(1052, \"Column '{}' in ORDER BY is ambiguous\")",
                        column.field
                    ),
                )));
            }
            order.push((column, descending));
        }
        Ok(order)
    }

    pub(super) fn selected(&self, selection: &Selection, line: Line<'_>) -> Value {
        let mut row = Map::new();
        for field in &selection.fields {
            let cell = self.cell(line, &field.column);
            row.insert(field.alias.clone(), cell_json(&cell, field.column.kind));
        }
        Self::nest(&selection.nested, line, &mut row);
        Value::Object(row)
    }

    /// The lines as a JSON array of objects, or of arrays. What is selected twice under one name stands
    /// once, where it came first and with what it was last.
    pub(super) fn written(
        &self,
        selection: &Selection,
        lines: &[Line<'_>],
        arrays: bool,
    ) -> Vec<u8> {
        let mut columns: Vec<(Vec<u8>, &Selected)> = Vec::with_capacity(selection.fields.len());
        for field in &selection.fields {
            let twice = columns.iter_mut().find(|(_, it)| it.alias == field.alias);
            if let Some((_, known)) = twice {
                *known = field;
                continue;
            }
            let mut key = Vec::new();
            if !arrays {
                write_text(&mut key, &field.alias);
                key.push(b':');
            }
            columns.push((key, field));
        }
        let (open, close) = if arrays { (b'[', b']') } else { (b'{', b'}') };
        let mut text = vec![b'['];
        for (at, line) in lines.iter().enumerate() {
            if at > 0 {
                text.push(b',');
            }
            text.push(open);
            for (at, (key, field)) in columns.iter().enumerate() {
                if at > 0 {
                    text.push(b',');
                }
                text.extend_from_slice(key);
                write_cell(
                    &mut text,
                    &self.cell(*line, &field.column),
                    field.column.kind,
                );
            }
            text.push(close);
        }
        text.push(b']');
        text
    }

    pub(super) fn grouped(
        &self,
        selection: &Selection,
        query: &Query,
        lines: &[Line<'_>],
    ) -> Outcome<Vec<Value>> {
        let by: Vec<Column> = query
            .group_by
            .split(',')
            .filter(|part| !part.trim().is_empty())
            .map(|part| self.column(&query.doctype, part))
            .collect::<Outcome<_>>()?;
        let mut groups: Vec<Vec<Line<'_>>> = Vec::new();
        let mut known: HashMap<Vec<String>, usize> = HashMap::new();
        for line in lines {
            let key: Vec<String> = by
                .iter()
                .map(|column| self.cell(*line, column).shown())
                .collect();
            let at = *known.entry(key).or_insert_with(|| {
                groups.push(Vec::new());
                groups.len() - 1
            });
            groups[at].push(*line);
        }
        if by.is_empty() && groups.is_empty() {
            groups.push(Vec::new());
        }
        Ok(groups
            .iter()
            .map(|group| {
                let mut row = Map::new();
                for field in &selection.fields {
                    row.insert(field.alias.clone(), self.aggregated(field, group));
                }
                Value::Object(row)
            })
            .collect())
    }

    fn aggregated(&self, field: &Selected, group: &[Line<'_>]) -> Value {
        let kind = field.column.kind;
        let cells = || group.iter().map(|line| self.cell(*line, &field.column));
        match field.aggregate {
            Aggregate::Count => json!(cells().filter(|cell| **cell != Cell::Null).count()),
            Aggregate::Sum if group.is_empty() => Value::Null,
            Aggregate::Sum => {
                let sum: Decimal = cells().map(|cell| cell.as_number()).sum();
                super::super::answer::float_json(sum)
            }
            Aggregate::None => cells()
                .next()
                .map_or(Value::Null, |cell| cell_json(&cell, kind)),
            Aggregate::Max | Aggregate::Min => {
                let pick = cells().reduce(|best, cell| {
                    let larger = if kind.is_decimal() || kind.is_whole() {
                        cell.as_number() > best.as_number()
                    } else {
                        cell.as_text() > best.as_text()
                    };
                    if larger == (field.aggregate == Aggregate::Max) {
                        cell
                    } else {
                        best
                    }
                });
                pick.map_or(Value::Null, |cell| cell_json(&cell, kind))
            }
        }
    }
}

/// The child table the list joins, if any.
pub(super) fn joined_table(
    selection: &Selection,
    filters: &[Condition],
    any: &[Condition],
    order: &[(Column, bool)],
) -> Option<String> {
    selection
        .fields
        .iter()
        .map(|field| &field.column)
        .chain(filters.iter().chain(any).map(|condition| &condition.column))
        .chain(order.iter().map(|(column, _)| column))
        .find_map(|column| match &column.source {
            Source::Child(table) => Some(table.clone()),
            _ => None,
        })
}
