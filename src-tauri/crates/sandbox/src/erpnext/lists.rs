//! Lists: `/api/resource/<DocType>`, `frappe.client.get_list`, `get_count`.

pub(crate) mod filter;
mod search;
mod select;
mod syntax;

use serde_json::{Map, Value};

use self::select::{Selection, joined_table};
use super::ErpnextWorld;
use super::cell::{Cell, Doc, Row};
use super::errors::Refusal;
use super::meta::Kind;
use super::site::{Outcome, Right};
use super::store::fold;

/// One list request.
#[derive(Debug, Clone, Default)]
pub(crate) struct Query {
    pub(crate) doctype: String,
    pub(crate) fields: Vec<String>,
    /// Fields that are no names but functions or child rows, as objects.
    pub(crate) objects: Vec<Map<String, Value>>,
    /// Whether unknown fields are dropped without a word.
    pub(crate) forgiving: bool,
    pub(crate) filters: Value,
    pub(crate) or_filters: Value,
    pub(crate) order_by: String,
    pub(crate) group_by: String,
    pub(crate) start: usize,
    /// `None`: all rows.
    pub(crate) limit: Option<usize>,
    pub(crate) parent: Option<String>,
    pub(crate) arrays: bool,
}

/// What lines are sorted by: a number or a folded text for each column.
type SortKey = Vec<(rust_decimal::Decimal, Box<str>)>;

/// One row of the joined table a list reads.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line<'a> {
    pub(crate) doc: &'a Doc,
    /// The child row: of the listed child table, or of the child table joined to it.
    pub(crate) child: Option<(&'a str, usize, &'a Row)>,
    /// Whether the child row is what is listed.
    pub(crate) listing_child: bool,
}

/// Where a column comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    Own,
    /// A child table of the listed type, by field name.
    Child(String),
    /// Through a link field of the listed type.
    Link(String),
}

/// A resolved column.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    pub(crate) source: Source,
    pub(crate) field: String,
    pub(crate) kind: Kind,
}

/// What a list found, before anybody writes it down.
enum Found<'r> {
    /// Lines of documents, as they stand.
    Lines(&'r Selection, &'r [Line<'r>]),
    /// Rows that were worked out of several lines each.
    Rows(Vec<Value>),
}

impl ErpnextWorld {
    /// Answers a list: objects, or arrays where asked for.
    pub(crate) fn list(&self, query: &Query) -> Outcome<Vec<Value>> {
        let mut rows = self.find(query, |found| match found {
            Found::Rows(rows) => rows,
            Found::Lines(plan, lines) => lines
                .iter()
                .map(|line| self.selected(plan, *line))
                .collect(),
        })?;
        if query.arrays {
            for row in &mut rows {
                if let Value::Object(map) = row {
                    *row = Value::Array(map.values().cloned().collect());
                }
            }
        }
        Ok(rows)
    }

    /// The same as JSON. A page of a thousand documents is never held as a tree of values.
    pub(crate) fn list_text(&self, query: &Query) -> Outcome<Vec<u8>> {
        let text = self.find(query, |found| match found {
            Found::Lines(plan, lines) if plan.nested.is_empty() => {
                Some(self.written(plan, lines, query.arrays))
            }
            Found::Lines(..) | Found::Rows(_) => None,
        })?;
        match text {
            Some(text) => Ok(text),
            None => Ok(Value::Array(self.list(query)?).to_string().into_bytes()),
        }
    }

    /// Finds the rows of a list and hands them to `take`.
    fn find<T>(&self, query: &Query, take: impl FnOnce(Found<'_>) -> T) -> Outcome<T> {
        let meta = self.doctype(&query.doctype)?;
        if meta.is_table {
            self.demand_child(query)?;
        } else {
            self.demand(&query.doctype, Right::Read, true)?;
        }
        let filters = self.conditions(&query.doctype, &query.filters)?;
        let any = self.conditions(&query.doctype, &query.or_filters)?;
        let plan = self.selection(query)?;
        let order = self.ordering(query, &plan, &filters)?;
        let joined = joined_table(&plan, &filters, &any, &order);
        let descending = order.first().is_some_and(|(_, descending)| *descending);
        let by_modified = order
            .first()
            .is_some_and(|(column, _)| column.source == Source::Own && column.field == "modified")
            && !meta.is_table;
        let computed = if super::ledger::COMPUTED.contains(&query.doctype.as_str()) {
            self.ledger(&query.doctype, &query.filters)
        } else {
            Vec::new()
        };
        let mut lines: Vec<Line<'_>> = Vec::new();
        // With the index giving the order, reading stops at the end of the page.
        let enough = match query.limit {
            Some(limit) if by_modified && !plan.grouped => query.start + limit,
            _ => usize::MAX,
        };
        let mut sorted = false;
        // Of what an index found, the filter that it was looked up by holds.
        let mut held = None;
        let candidates: Box<dyn Iterator<Item = &Doc> + '_> =
            if super::ledger::COMPUTED.contains(&query.doctype.as_str()) {
                Box::new(computed.iter())
            } else if let Some(found) = self.candidates(&query.doctype, &filters) {
                held = found.held;
                Box::new(found.docs.into_iter())
            } else {
                let (docs, in_order) = self.scan(&query.doctype, &filters, by_modified, descending);
                sorted = in_order;
                docs
            };
        'docs: for doc in candidates {
            for line in self.lines_of(&query.doctype, doc, joined.as_deref()) {
                let hit = filters
                    .iter()
                    .enumerate()
                    .all(|(at, condition)| held == Some(at) || self.holds(line, condition))
                    && (any.is_empty() || any.iter().any(|condition| self.holds(line, condition)));
                if hit {
                    lines.push(line);
                    if sorted && lines.len() >= enough {
                        break 'docs;
                    }
                }
            }
        }
        if !sorted && !order.is_empty() && !plan.grouped {
            self.sort(&mut lines, &order);
        }
        if plan.grouped {
            let mut rows = self.grouped(&plan, query, &lines)?;
            if query.start > 0 {
                rows.drain(..query.start.min(rows.len()));
            }
            rows.truncate(query.limit.unwrap_or(usize::MAX));
            return Ok(take(Found::Rows(rows)));
        }
        let from = query.start.min(lines.len());
        let page = &lines[from..];
        let page = &page[..query.limit.unwrap_or(usize::MAX).min(page.len())];
        Ok(take(Found::Lines(&plan, page)))
    }

    /// Rows of a child table are read by who may read the type that holds it, and names it.
    fn demand_child(&self, query: &Query) -> Outcome<()> {
        let release = self.release();
        let refused = || {
            Box::new(if release.lists_without_sql {
                Refusal::unlisted(&query.doctype)
            } else {
                Refusal::forbidden_silently()
            })
        };
        let parent = query.parent.as_deref().unwrap_or_default();
        let holds = self
            .meta
            .get(parent)
            .is_some_and(|parent| parent.tables().any(|(_, child)| child == query.doctype));
        if !holds {
            return Err(refused());
        }
        self.demand(parent, Right::Read, true)
            .map_err(|mut refusal| {
                if release.lists_without_sql {
                    return refused();
                }
                refusal.error_message = None;
                refusal
            })
    }

    /// How many rows a list would have.
    pub(crate) fn count(&self, doctype: &str, filters: &Value) -> Outcome<usize> {
        let query = Query {
            doctype: doctype.to_owned(),
            fields: vec!["name".to_owned()],
            filters: filters.clone(),
            ..Query::default()
        };
        self.find(&query, |found| match found {
            Found::Lines(_, lines) => lines.len(),
            Found::Rows(rows) => rows.len(),
        })
    }

    /// The rows a document contributes.
    fn lines_of<'a>(&'a self, doctype: &str, doc: &'a Doc, joined: Option<&str>) -> Vec<Line<'a>> {
        let rows_of = |table: &'a str, listing_child: bool| {
            doc.rows(table)
                .iter()
                .enumerate()
                .map(move |(at, row)| Line {
                    doc,
                    child: Some((table, at + 1, row)),
                    listing_child,
                })
        };
        if doc.doctype != doctype {
            return self
                .meta
                .get(doc.doctype)
                .into_iter()
                .flat_map(super::meta::DocType::tables)
                .filter(|(_, child)| *child == doctype)
                .flat_map(|(table, _)| rows_of(table, true))
                .collect();
        }
        let alone = Line {
            doc,
            child: None,
            listing_child: false,
        };
        let Some(joined) = joined else {
            return vec![alone];
        };
        let table = self
            .meta
            .get(doctype)
            .and_then(|meta| meta.tables().find(|(table, _)| *table == joined))
            .map(|(table, _)| table);
        let lines: Vec<Line<'a>> = table
            .map(|table| rows_of(table, false).collect())
            .unwrap_or_default();
        if lines.is_empty() { vec![alone] } else { lines }
    }

    /// The value of a column in a line.
    pub(crate) fn cell<'a>(
        &'a self,
        line: Line<'a>,
        column: &Column,
    ) -> std::borrow::Cow<'a, Cell> {
        use std::borrow::Cow;
        let doc = line.doc;
        let from_child = line.listing_child || matches!(column.source, Source::Child(_));
        if let Source::Link(link) = &column.source {
            let target = self
                .meta
                .get(doc.doctype)
                .and_then(|meta| meta.field(link))
                .and_then(|field| self.store.get(&field.options, doc.text(link)));
            return target.map_or(Cow::Owned(Cell::Null), |target| {
                Cow::Borrowed(target.row.get(&column.field))
            });
        }
        if !from_child {
            return Cow::Borrowed(doc.row.get(&column.field));
        }
        let Some((table, idx, row)) = line.child else {
            return Cow::Owned(Cell::Null);
        };
        match column.field.as_str() {
            "parent" => Cow::Borrowed(doc.row.get("name")),
            "parenttype" => Cow::Owned(Cell::text(doc.doctype)),
            "parentfield" => Cow::Owned(Cell::text(table)),
            "idx" => Cow::Owned(Cell::Int(i64::try_from(idx).unwrap_or(0))),
            // One that was saved by itself has a stamp of its own.
            "modified" if !row.get("modified").is_unset() => Cow::Borrowed(row.get("modified")),
            field @ ("owner" | "creation" | "modified" | "modified_by" | "docstatus") => {
                Cow::Borrowed(doc.row.get(field))
            }
            field => Cow::Borrowed(row.get(field)),
        }
    }

    fn sort(&self, lines: &mut [Line<'_>], order: &[(Column, bool)]) {
        let mut keyed: Vec<(SortKey, Line<'_>)> = lines
            .iter()
            .map(|line| {
                let key = order
                    .iter()
                    .map(|(column, _)| {
                        let cell = self.cell(*line, column);
                        if column.kind.is_decimal() || column.kind.is_whole() {
                            (cell.as_number(), Box::from(""))
                        } else {
                            (rust_decimal::Decimal::ZERO, fold(cell.as_text()))
                        }
                    })
                    .collect();
                (key, *line)
            })
            .collect();
        keyed.sort_by(|(left, _), (right, _)| {
            for ((a, b), (_, descending)) in left.iter().zip(right).zip(order) {
                let ordering = if *descending { b.cmp(a) } else { a.cmp(b) };
                if ordering.is_ne() {
                    return ordering;
                }
            }
            std::cmp::Ordering::Equal
        });
        for (slot, (_, line)) in lines.iter_mut().zip(keyed) {
            *slot = line;
        }
    }
}

/// Reads a list request from its arguments. `default_limit` is 20 rows.
pub(crate) fn query_from(doctype: &str, args: &Map<String, Value>) -> Outcome<Query> {
    let text = |key: &str| match args.get(key) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Null) | None => String::new(),
        Some(other) => other.to_string(),
    };
    let mut objects = Vec::new();
    let fields = match json_argument(args.get("fields"))? {
        Value::Array(list) => {
            let mut fields = Vec::new();
            for field in list {
                match field {
                    Value::String(text) => fields.push(text),
                    Value::Object(map) => objects.push(map),
                    _ => {}
                }
            }
            fields
        }
        Value::String(text) => text
            .split(',')
            .map(|field| field.trim().to_owned())
            .collect(),
        _ => vec!["name".to_owned()],
    };
    let limit = ["limit_page_length", "limit", "page_length"]
        .into_iter()
        .map(text)
        .find(|text| !text.is_empty());
    // Anything that is no number counts as 0, and 0 is everything.
    let limit = match limit.map(|text| text.parse::<usize>().unwrap_or(0)) {
        None => Some(20),
        Some(0) => None,
        Some(limit) => Some(limit),
    };
    let start = ["limit_start", "start"]
        .into_iter()
        .map(text)
        .find_map(|text| text.parse().ok())
        .unwrap_or(0);
    let parent = [text("parent"), text("parent_doctype")]
        .into_iter()
        .find(|parent| !parent.is_empty());
    Ok(Query {
        doctype: doctype.to_owned(),
        fields,
        objects,
        forgiving: false,
        filters: json_argument(args.get("filters"))?,
        or_filters: json_argument(args.get("or_filters"))?,
        order_by: text("order_by"),
        group_by: text("group_by"),
        start,
        limit,
        parent,
        arrays: matches!(text("as_dict").as_str(), "0" | "false"),
    })
}

/// An argument that may be JSON itself or JSON in a string.
pub(crate) fn json_argument(value: Option<&Value>) -> Outcome<Value> {
    match value {
        None | Some(Value::Null) => Ok(Value::Null),
        Some(Value::String(text)) if text.is_empty() => Ok(Value::Null),
        Some(Value::String(text)) => match text.trim_start().chars().next() {
            Some('[' | '{' | '"') => serde_json::from_str(text).map_err(|error| {
                Box::new(Refusal::crash(
                    "json.decoder",
                    "JSONDecodeError",
                    &error.to_string(),
                ))
            }),
            _ => Ok(Value::String(text.clone())),
        },
        Some(other) => Ok(other.clone()),
    }
}
