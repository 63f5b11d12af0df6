//! Values, rows and documents, stored sparsely: a value that is absent is null, 0 or 0.0 by its
//! field's type. A hundred thousand invoices of 150 columns each would not fit otherwise.

use std::borrow::Cow;

use rust_decimal::Decimal;

/// A field name.
pub(crate) type Key = Cow<'static, str>;

/// One stored value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cell {
    Null,
    Int(i64),
    Number(Decimal),
    Text(Box<str>),
}

static NULL: Cell = Cell::Null;

impl Cell {
    /// Text.
    pub(crate) fn text(text: &str) -> Self {
        Self::Text(text.into())
    }

    /// Whether ERPNext's `is set` would say no.
    pub(crate) fn is_unset(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Text(text) => text.is_empty(),
            Self::Int(_) | Self::Number(_) => false,
        }
    }

    /// Whether Python would call it false.
    pub(crate) fn is_falsy(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Text(text) => text.is_empty(),
            Self::Int(number) => *number == 0,
            Self::Number(number) => number.is_zero(),
        }
    }

    /// The text, or "" for anything else.
    pub(crate) fn as_text(&self) -> &str {
        match self {
            Self::Text(text) => text,
            _ => "",
        }
    }

    /// The number, reading text as Frappe's `flt` does (0 where it is none).
    pub(crate) fn as_number(&self) -> Decimal {
        match self {
            Self::Null => Decimal::ZERO,
            Self::Int(number) => Decimal::from(*number),
            Self::Number(number) => *number,
            Self::Text(text) => number_from(text).unwrap_or_default(),
        }
    }

    /// The whole number, as Frappe's `cint`.
    pub(crate) fn as_int(&self) -> i64 {
        use rust_decimal::prelude::ToPrimitive;
        match self {
            Self::Int(number) => *number,
            other => other.as_number().trunc().to_i64().unwrap_or(0),
        }
    }

    /// As Python's `str()` in messages: `None`, `50.0`, `1`.
    pub(crate) fn shown(&self) -> String {
        match self {
            Self::Null => "None".to_owned(),
            Self::Int(number) => number.to_string(),
            Self::Number(number) => float_text(*number),
            Self::Text(text) => text.to_string(),
        }
    }
}

/// Reads a number as Python's float would, commas ignored as in `flt`.
pub(crate) fn number_from(text: &str) -> Option<Decimal> {
    let text = text.trim();
    let plain: Cow<'_, str> = if text.contains(',') {
        Cow::Owned(text.replace(',', ""))
    } else {
        Cow::Borrowed(text)
    };
    plain
        .parse::<Decimal>()
        .or_else(|_| Decimal::from_scientific(&plain))
        .ok()
}

/// A decimal as Python prints a float: at least one decimal, no trailing zeros.
pub(crate) fn float_text(number: Decimal) -> String {
    let number = number.normalize();
    let number = if number.is_zero() {
        Decimal::ZERO
    } else {
        number
    };
    let text = number.to_string();
    if text.contains('.') {
        text
    } else {
        text + ".0"
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}
impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text.into_boxed_str())
    }
}
impl From<i64> for Cell {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}
impl From<Decimal> for Cell {
    fn from(number: Decimal) -> Self {
        Self::Number(number)
    }
}

/// The values of one row, sorted by the length of the field's name, then by the name: most steps of a
/// look-up then compare two numbers and no texts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Row(Vec<(Key, Cell)>);

impl Row {
    fn find(&self, name: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(key, _)| {
            let length = key.len().cmp(&name.len());
            length.then_with(|| key.as_ref().cmp(name))
        })
    }

    /// The value, null where absent.
    pub(crate) fn get(&self, name: &str) -> &Cell {
        self.find(name).map_or(&NULL, |at| &self.0[at].1)
    }

    /// Whether a value is stored, be it null.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.find(name).is_ok()
    }

    /// The text, or "".
    pub(crate) fn text(&self, name: &str) -> &str {
        self.get(name).as_text()
    }

    /// The number, or 0.
    pub(crate) fn number(&self, name: &str) -> Decimal {
        self.get(name).as_number()
    }

    /// The whole number, or 0.
    pub(crate) fn int(&self, name: &str) -> i64 {
        self.get(name).as_int()
    }

    /// Stores a value.
    pub(crate) fn set(&mut self, name: impl Into<Key>, cell: impl Into<Cell>) {
        let (name, cell) = (name.into(), cell.into());
        match self.find(&name) {
            Ok(at) => self.0[at].1 = cell,
            Err(at) => self.0.insert(at, (name, cell)),
        }
    }

    /// Stores a value where Python would find none.
    pub(crate) fn set_missing(&mut self, name: &'static str, cell: impl Into<Cell>) {
        if self.get(name).is_falsy() {
            self.set(name, cell);
        }
    }

    /// Drops what its absence says as well, and spare room.
    pub(crate) fn compact(&mut self) {
        // Python reads every stored number back as a float: 30 becomes 30.0, also in remarks.
        for (_, cell) in &mut self.0 {
            if let Cell::Number(number) = cell
                && number.scale() == 0
            {
                number.rescale(1);
            }
        }
        self.0.retain(|(_, cell)| match cell {
            Cell::Null => false,
            Cell::Int(number) => *number != 0,
            Cell::Number(number) => !number.is_zero(),
            Cell::Text(_) => true,
        });
        self.0.shrink_to_fit();
    }
}

/// A document: its own values and its child tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Doc {
    pub(crate) doctype: &'static str,
    pub(crate) row: Row,
    pub(crate) tables: Vec<(Key, Vec<Row>)>,
}

impl Doc {
    /// An empty document of that type.
    pub(crate) fn new(doctype: &'static str) -> Self {
        Self {
            doctype,
            row: Row::default(),
            tables: Vec::new(),
        }
    }

    /// Its name.
    pub(crate) fn name(&self) -> &str {
        self.row.text("name")
    }

    /// 0 draft, 1 submitted, 2 cancelled.
    pub(crate) fn docstatus(&self) -> i64 {
        self.row.int("docstatus")
    }

    /// Text of a field, or "".
    pub(crate) fn text(&self, name: &str) -> &str {
        self.row.text(name)
    }

    /// Number of a field, or 0.
    pub(crate) fn number(&self, name: &str) -> Decimal {
        self.row.number(name)
    }

    /// Whole number of a field, or 0.
    pub(crate) fn int(&self, name: &str) -> i64 {
        self.row.int(name)
    }

    /// Stores a value.
    pub(crate) fn set(&mut self, name: impl Into<Key>, cell: impl Into<Cell>) {
        self.row.set(name, cell);
    }

    /// The rows of a child table.
    pub(crate) fn rows(&self, table: &str) -> &[Row] {
        self.tables
            .iter()
            .find(|(name, _)| name == table)
            .map_or(&[], |(_, rows)| rows.as_slice())
    }

    /// The rows of a child table, to change.
    pub(crate) fn rows_mut(&mut self, table: &str) -> &mut Vec<Row> {
        let known = self.tables.iter().position(|(name, _)| name == table);
        let at = known.unwrap_or_else(|| {
            self.tables.push((Cow::Owned(table.to_owned()), Vec::new()));
            self.tables.len() - 1
        });
        &mut self.tables[at].1
    }

    /// Drops stored values that say nothing.
    pub(crate) fn compact(&mut self) {
        self.row.compact();
        self.tables.retain(|(_, rows)| !rows.is_empty());
        for row in self.tables.iter_mut().flat_map(|(_, rows)| rows) {
            row.0.retain(|(key, _)| key != super::documents::UNSAVED);
            row.compact();
        }
    }
}
