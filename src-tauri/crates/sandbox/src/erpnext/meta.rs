//! What the site knows of each kind of document: its fields, their types, labels and rules.
//!
//! The tables under `meta/` list the fields in the order ERPNext answers them. Custom fields and
//! property setters change a copy held by the world.

use std::borrow::Cow;
use std::collections::HashMap;

use serde_json::{Value, json};

use super::cell::{Cell, Key};

/// The type of a field, as far as it changes behaviour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Data,
    Link,
    DynamicLink,
    Select,
    Currency,
    Float,
    Percent,
    Int,
    Check,
    Date,
    Datetime,
    Time,
    Text,
    Table,
    Password,
}

impl Kind {
    /// Reads a field type by ERPNext's name; unknown ones behave like text.
    pub(crate) fn parse(name: &str) -> Self {
        match name {
            "Data" | "Read Only" | "Autocomplete" | "Phone" | "Barcode" => Self::Data,
            "Link" => Self::Link,
            "Dynamic Link" => Self::DynamicLink,
            "Select" => Self::Select,
            "Currency" => Self::Currency,
            "Float" | "Rating" | "Duration" => Self::Float,
            "Percent" => Self::Percent,
            "Int" => Self::Int,
            "Check" => Self::Check,
            "Date" => Self::Date,
            "Datetime" => Self::Datetime,
            "Time" => Self::Time,
            "Table" | "Table MultiSelect" => Self::Table,
            "Password" => Self::Password,
            _ => Self::Text,
        }
    }

    /// ERPNext's name of the type.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Data => "Data",
            Self::Link => "Link",
            Self::DynamicLink => "Dynamic Link",
            Self::Select => "Select",
            Self::Currency => "Currency",
            Self::Float => "Float",
            Self::Percent => "Percent",
            Self::Int => "Int",
            Self::Check => "Check",
            Self::Date => "Date",
            Self::Datetime => "Datetime",
            Self::Time => "Time",
            Self::Text => "Text",
            Self::Table => "Table",
            Self::Password => "Password",
        }
    }

    /// Whether values are decimal numbers.
    pub(crate) fn is_decimal(self) -> bool {
        matches!(self, Self::Currency | Self::Float | Self::Percent)
    }

    /// Whether values are whole numbers.
    pub(crate) fn is_whole(self) -> bool {
        matches!(self, Self::Int | Self::Check)
    }
}

/// One field of a document type.
#[derive(Debug, Clone)]
#[allow(clippy::struct_excessive_bools)] // ERPNext's own independent flags
pub(crate) struct Field {
    pub(crate) name: Key,
    pub(crate) kind: Kind,
    pub(crate) label: Key,
    /// Link target, child document type, or the choices of a select separated by `;`.
    pub(crate) options: Key,
    pub(crate) required: bool,
    pub(crate) unique: bool,
    pub(crate) allow_on_submit: bool,
    /// Changing it after submission asks for a ledger repost, which the site does not allow.
    pub(crate) needs_repost: bool,
    pub(crate) constant: bool,
    /// Other fields are fetched through this link.
    pub(crate) fetched: bool,
    pub(crate) default: Option<Key>,
    /// Decimals set by a property setter.
    pub(crate) precision: Option<u32>,
    pub(crate) custom: bool,
    /// Whether a property setter put it on a permission level: no role here has one above 0, so lists leave it
    /// out (seen on 15 and 16: of arrays too, which are shorter then).
    pub(crate) hidden: bool,
}

impl Field {
    /// The value a new document starts with.
    pub(crate) fn default_cell(&self) -> Option<Cell> {
        let text = match (&self.default, self.kind) {
            (Some(text), _) => text.as_ref(),
            // A required choice starts at its first option.
            (None, Kind::Select) if self.required => self.options.split(';').next()?,
            (None, _) => return None,
        };
        Some(if self.kind.is_whole() {
            Cell::Int(text.parse().unwrap_or(0))
        } else if self.kind.is_decimal() {
            Cell::Number(text.parse().unwrap_or_default())
        } else if text == "\"\"" {
            Cell::text("")
        } else {
            Cell::text(text)
        })
    }
}

/// One kind of document.
#[derive(Debug, Clone)]
#[allow(clippy::struct_excessive_bools)] // ERPNext's own independent flags
pub(crate) struct DocType {
    pub(crate) name: &'static str,
    pub(crate) is_table: bool,
    pub(crate) is_single: bool,
    pub(crate) is_submittable: bool,
    fields: Vec<Field>,
    by_name: HashMap<Key, usize>,
}

impl DocType {
    /// The field of that name.
    pub(crate) fn field(&self, name: &str) -> Option<&Field> {
        self.by_name.get(name).map(|at| &self.fields[*at])
    }

    /// The field of that name, with its place in ERPNext's order.
    pub(crate) fn placed(&self, name: &str) -> Option<(usize, &Field)> {
        self.by_name.get(name).map(|at| (*at, &self.fields[*at]))
    }

    /// Changes a field in place.
    pub(crate) fn field_mut(&mut self, name: &str) -> Option<&mut Field> {
        self.by_name.get(name).map(|at| &mut self.fields[*at])
    }

    /// All fields in ERPNext's order.
    pub(crate) fn fields(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter()
    }

    /// The child tables: field name and child document type.
    pub(crate) fn tables(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields
            .iter()
            .filter(|field| field.kind == Kind::Table)
            .map(|field| (field.name.as_ref(), field.options.as_ref()))
    }

    /// The type as it describes itself to clients: its flags and fields.
    pub(crate) fn describe(&self) -> Value {
        let fields: Vec<Value> = self
            .fields
            .iter()
            .enumerate()
            .map(|(at, field)| {
                json!({
                    "doctype": "DocField", "parent": self.name, "parentfield": "fields",
                    "parenttype": "DocType", "idx": at + 1, "fieldname": field.name,
                    "fieldtype": field.kind.word(), "label": field.label,
                    "options": field.options.replace(';', "\n"),
                    "reqd": u8::from(field.required), "unique": u8::from(field.unique),
                    "allow_on_submit": u8::from(field.allow_on_submit),
                    "set_only_once": u8::from(field.constant),
                    "default": field.default, "is_custom_field": u8::from(field.custom),
                })
            })
            .collect();
        json!({
            "doctype": "DocType", "name": self.name, "docstatus": 0,
            "issingle": u8::from(self.is_single), "istable": u8::from(self.is_table),
            "is_submittable": u8::from(self.is_submittable), "is_virtual": 0, "custom": 0,
            "fields": fields,
        })
    }

    /// Adds a field at the end.
    pub(crate) fn add(&mut self, field: Field) {
        self.by_name.insert(field.name.clone(), self.fields.len());
        self.fields.push(field);
    }

    /// Takes a field away.
    pub(crate) fn remove(&mut self, name: &str) {
        self.fields.retain(|field| field.name != name);
        self.by_name = self
            .fields
            .iter()
            .enumerate()
            .map(|(at, field)| (field.name.clone(), at))
            .collect();
    }
}

const TABLES: [&str; 14] = [
    include_str!("meta/sales_invoice.fields"),
    include_str!("meta/payment_entry.fields"),
    include_str!("meta/party.fields"),
    include_str!("meta/accounts.fields"),
    include_str!("meta/item.fields"),
    include_str!("meta/settings.fields"),
    include_str!("meta/more_settings.fields"),
    include_str!("meta/customize.fields"),
    include_str!("meta/user.fields"),
    include_str!("meta/ledger.fields"),
    include_str!("meta/integrations.fields"),
    include_str!("meta/oauth.fields"),
    include_str!("meta/small.fields"),
    include_str!("meta/rules.fields"),
];

/// Every document type a fresh site has here. `changes` are what a release makes different: `-` and
/// a name takes a field away, a line of a field's name takes its place, others come at the end.
pub(crate) fn standard(changes: &'static str) -> HashMap<&'static str, DocType> {
    let mut all: HashMap<&'static str, DocType> = HashMap::new();
    let mut current: Option<DocType> = None;
    for line in TABLES
        .iter()
        .chain([&changes])
        .flat_map(|table| table.lines())
    {
        if let Some(head) = line.strip_prefix('@') {
            if let Some(done) = current.take() {
                all.insert(done.name, done);
            }
            let mut parts = head.split('\t');
            let name = parts.next().unwrap_or_default();
            let flags = parts.next().unwrap_or_default();
            current = Some(all.remove(name).unwrap_or_else(|| DocType {
                name,
                is_table: flags == "table",
                is_single: flags == "single",
                is_submittable: flags == "submittable",
                fields: Vec::new(),
                by_name: HashMap::new(),
            }));
        } else if let (Some(doctype), false) = (current.as_mut(), line.is_empty()) {
            if let Some(gone) = line.strip_prefix('-') {
                doctype.remove(gone);
                continue;
            }
            let field = parse_field(line);
            match doctype.field_mut(&field.name) {
                Some(known) => *known = field,
                None => doctype.add(field),
            }
        }
    }
    if let Some(done) = current {
        all.insert(done.name, done);
    }
    all
}

fn parse_field(line: &'static str) -> Field {
    let mut parts = line.split('\t');
    let mut next = || parts.next().unwrap_or_default();
    let (name, kind, label, options, flags, default) =
        (next(), next(), next(), next(), next(), next());
    let flag = |wanted: &str| flags.split(',').any(|flag| flag == wanted);
    Field {
        name: Cow::Borrowed(name),
        kind: Kind::parse(kind),
        label: Cow::Borrowed(label),
        options: Cow::Borrowed(options),
        required: flag("reqd"),
        unique: flag("unique"),
        allow_on_submit: flag("submit"),
        needs_repost: flag("repost"),
        hidden: false,
        constant: flag("constant"),
        fetched: flag("fetch"),
        default: (!default.is_empty()).then_some(Cow::Borrowed(default)),
        precision: None,
        custom: false,
    }
}
