//! Documents as Frappe writes them into an answer.

use serde_json::{Map, Number, Value, json};

use super::ErpnextWorld;
use super::cell::{Cell, Doc, Row, float_text};
use super::meta::{DocType, Field, Kind};

/// The columns every document has before its own.
pub(crate) const STANDARD: [&str; 7] = [
    "name",
    "owner",
    "creation",
    "modified",
    "modified_by",
    "docstatus",
    "idx",
];

/// How to write a document.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Shape {
    /// Write null fields too (`frappe.client` methods do, `/api/resource` does not).
    pub(crate) nulls: bool,
    /// Mark child rows as just added (only the answer of an insert does).
    pub(crate) unsaved: bool,
}

/// A number as Python's JSON writes a float.
pub(crate) fn float_json(number: rust_decimal::Decimal) -> Value {
    let text = float_text(number);
    text.parse::<Number>()
        .map_or(Value::String(text), Value::Number)
}

/// A stored value as JSON, by its field's type.
pub(crate) fn cell_json(cell: &Cell, kind: Kind) -> Value {
    match cell {
        Cell::Null if kind.is_whole() => json!(0),
        Cell::Null if kind.is_decimal() => float_json(rust_decimal::Decimal::ZERO),
        Cell::Null => Value::Null,
        Cell::Int(number) if kind.is_decimal() => float_json((*number).into()),
        Cell::Int(number) => json!(number),
        Cell::Number(_) if kind.is_whole() => json!(cell.as_int()),
        Cell::Number(number) => float_json(*number),
        // Secrets show their length only.
        Cell::Text(text) if kind == Kind::Password => json!("*".repeat(text.chars().count())),
        Cell::Text(text) => json!(text),
    }
}

/// Writes what [`cell_json`] makes of a value.
pub(crate) fn write_cell(text: &mut Vec<u8>, cell: &Cell, kind: Kind) {
    match cell {
        Cell::Text(value) if kind != Kind::Password => write_text(text, value),
        Cell::Null if !kind.is_whole() && !kind.is_decimal() => text.extend_from_slice(b"null"),
        Cell::Number(number) if !kind.is_whole() => {
            text.extend_from_slice(float_text(*number).as_bytes());
        }
        other => text.extend_from_slice(cell_json(other, kind).to_string().as_bytes()),
    }
}

/// Writes a text in quotes.
pub(crate) fn write_text(text: &mut Vec<u8>, value: &str) {
    // Bytes that JSON writes as they are, which nearly all texts are made of.
    let plain = |byte: u8| byte >= b' ' && byte != b'"' && byte != b'\\';
    if value.bytes().all(plain) {
        text.push(b'"');
        text.extend_from_slice(value.as_bytes());
        text.push(b'"');
    } else {
        text.extend_from_slice(Value::from(value).to_string().as_bytes());
    }
}

/// The type of a standard column.
pub(crate) fn standard_kind(name: &str) -> Option<Kind> {
    Some(match name {
        "name" | "owner" | "modified_by" | "parent" | "parentfield" | "parenttype" => Kind::Data,
        "creation" | "modified" => Kind::Datetime,
        "docstatus" | "idx" => Kind::Int,
        _ => return None,
    })
}

impl ErpnextWorld {
    /// A document with its child tables.
    pub(crate) fn doc_json(&self, doc: &Doc, shape: Shape) -> Value {
        let Some(meta) = self.meta.get(doc.doctype) else {
            return Value::Null;
        };
        let mut map = Map::new();
        for name in STANDARD {
            if meta.is_single && name == "creation" {
                continue;
            }
            let value = cell_json(doc.row.get(name), standard_kind(name).unwrap_or(Kind::Data));
            // Settings documents keep their index as text, a quirk of how they are stored.
            let value = if meta.is_single && name == "idx" {
                json!("0")
            } else {
                value
            };
            map.insert(name.to_owned(), value);
        }
        write_fields(&mut map, meta, &doc.row, shape);
        map.insert("doctype".to_owned(), json!(doc.doctype));
        for (table, child) in meta.tables() {
            let rows: Vec<Value> = doc
                .rows(table)
                .iter()
                .enumerate()
                .map(|(at, row)| self.child_json(doc, table, child, row, at + 1, shape))
                .collect();
            map.insert(table.to_owned(), Value::Array(rows));
        }
        Value::Object(map)
    }

    /// A document as a form starts a copy of it: without what only a stored one has.
    pub(crate) fn copy_of(&self, doc: &Doc) -> Value {
        let mut value = self.doc_json(doc, Shape::default());
        let Some(map) = value.as_object_mut() else {
            return value;
        };
        for key in [
            "name",
            "owner",
            "creation",
            "modified",
            "modified_by",
            "docstatus",
        ] {
            map.shift_remove(key);
            for rows in map.values_mut().filter_map(Value::as_array_mut) {
                for row in rows.iter_mut().filter_map(Value::as_object_mut) {
                    row.shift_remove(key);
                }
            }
        }
        value
    }

    /// A row of a child table; `idx` counts from 1.
    pub(crate) fn child_json(
        &self,
        doc: &Doc,
        table: &str,
        child: &str,
        row: &Row,
        idx: usize,
        shape: Shape,
    ) -> Value {
        let mut map = Map::new();
        map.insert("name".to_owned(), json!(row.text("name")));
        for name in ["owner", "creation", "modified", "modified_by"] {
            map.insert(name.to_owned(), json!(doc.text(name)));
        }
        map.insert("docstatus".to_owned(), json!(doc.docstatus()));
        map.insert("idx".to_owned(), json!(idx));
        if let Some(meta) = self.meta.get(child) {
            write_fields(&mut map, meta, row, shape);
        }
        map.insert("parent".to_owned(), json!(doc.name()));
        map.insert("parentfield".to_owned(), json!(table));
        map.insert("parenttype".to_owned(), json!(doc.doctype));
        map.insert("doctype".to_owned(), json!(child));
        if shape.unsaved || row.int(super::documents::UNSAVED) == 1 {
            // The server itself adds what each line pays of each tax, and marks it otherwise.
            let mark = if table == super::sales_invoice::BREAKDOWN {
                "__islocal"
            } else {
                "__unsaved"
            };
            map.insert(mark.to_owned(), json!(1));
        }
        Value::Object(map)
    }
}

fn write_fields(map: &mut Map<String, Value>, meta: &DocType, row: &Row, shape: Shape) {
    for Field { name, kind, .. } in meta.fields() {
        if *kind == Kind::Table {
            continue;
        }
        let value = cell_json(row.get(name), *kind);
        if shape.nulls || !value.is_null() {
            map.insert(name.to_string(), value);
        }
    }
}
