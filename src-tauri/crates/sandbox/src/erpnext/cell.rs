//! Values, rows and documents, stored sparsely: a value that is absent is null, 0 or 0.0 by its
//! field's type. A hundred thousand invoices of 150 columns each would not fit otherwise.

use std::borrow::Cow;
use std::cmp::Ordering;

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

/// The values of one row, sorted by the short digests of their fields' names, then by the names. The digests
/// stand apart, so that a look-up in a long row reads a few numbers that lie together and then one name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Row {
    digests: Vec<u32>,
    cells: Vec<(Key, Cell)>,
}

/// A short digest of a field's name (FNV-1a).
fn digest(name: &str) -> u32 {
    name.bytes().fold(0x811c_9dc5, |digest, byte| {
        (digest ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}

impl Row {
    fn find(&self, name: &str) -> Result<usize, usize> {
        let digest = digest(name);
        let mut at = self.digests.partition_point(|it| *it < digest);
        while self.digests.get(at) == Some(&digest) {
            match self.cells[at].0.as_ref().cmp(name) {
                Ordering::Less => at += 1,
                Ordering::Equal => return Ok(at),
                Ordering::Greater => break,
            }
        }
        Err(at)
    }

    /// The value, null where absent.
    pub(crate) fn get(&self, name: &str) -> &Cell {
        self.find(name).map_or(&NULL, |at| &self.cells[at].1)
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
            Ok(at) => self.cells[at].1 = cell,
            Err(at) => {
                self.digests.insert(at, digest(&name));
                self.cells.insert(at, (name, cell));
            }
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
        for (_, cell) in &mut self.cells {
            if let Cell::Number(number) = cell
                && number.scale() == 0
            {
                number.rescale(1);
            }
        }
        self.keep(|_, cell| match cell {
            Cell::Null => false,
            Cell::Int(number) => *number != 0,
            Cell::Number(number) => !number.is_zero(),
            Cell::Text(_) => true,
        });
        self.digests.shrink_to_fit();
        self.cells.shrink_to_fit();
    }

    /// The fields of which the two do not hold the same.
    pub(crate) fn differing<'r>(&'r self, other: &'r Self) -> Vec<&'r Key> {
        let mut names = Vec::new();
        let (mut ours, mut theirs) = (self.entries().peekable(), other.entries().peekable());
        loop {
            let order = match (ours.peek(), theirs.peek()) {
                (None, None) => return names,
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some((a, (key, _))), Some((b, (other, _)))) => {
                    a.cmp(b).then_with(|| key.cmp(other))
                }
            };
            let (our, their) = (
                ours.next_if(|_| order.is_le()),
                theirs.next_if(|_| order.is_ge()),
            );
            match (our, their) {
                (Some((_, (key, cell))), Some((_, (_, other)))) if cell != other => names.push(key),
                (Some((_, (key, _))), None) | (None, Some((_, (key, _)))) => names.push(key),
                _ => {}
            }
        }
    }

    fn entries(&self) -> impl Iterator<Item = (&u32, &(Key, Cell))> {
        self.digests.iter().zip(&self.cells)
    }

    /// Drops the values of which `kept` says no.
    fn keep(&mut self, kept: impl Fn(&str, &Cell) -> bool) {
        let mut of_cells = self.cells.iter();
        self.digests
            .retain(|_| of_cells.next().is_some_and(|(key, cell)| kept(key, cell)));
        self.cells.retain(|(key, cell)| kept(key, cell));
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
            row.keep(|key, _| key != super::documents::UNSAVED);
            row.compact();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two names of fields with one digest.
    const ALIKE: [&str; 2] = ["costarring", "liquid"];

    #[test]
    fn each_value_is_found_under_its_name_also_where_digests_are_one() {
        assert_eq!(digest(ALIKE[0]), digest(ALIKE[1]));
        let names = ["rate", ALIKE[1], "qty", ALIKE[0], "amount"];
        let mut row = Row::default();
        for (at, name) in (1..).zip(names) {
            row.set(name, Cell::Int(at));
        }
        row.set("qty", Cell::Int(7));
        let held = |row: &Row| names.map(|name| row.int(name));
        assert_eq!(held(&row), [1, 2, 7, 4, 5]);
        assert!(!row.has("parent"));
        row.set(ALIKE[0], Cell::Int(0));
        row.compact();
        assert_eq!(held(&row), [1, 2, 7, 0, 5]);
        assert!(!row.has(ALIKE[0]) && row.has(ALIKE[1]));
    }

    #[test]
    fn what_two_rows_do_not_both_hold_is_named() {
        let row = |cells: &[(&'static str, i64)]| {
            let mut row = Row::default();
            for (name, number) in cells {
                row.set(*name, Cell::Int(*number));
            }
            row
        };
        let ours = row(&[("rate", 1), (ALIKE[0], 2), ("qty", 3), ("amount", 4)]);
        let theirs = row(&[("rate", 1), (ALIKE[1], 2), ("qty", 5), ("idx", 6)]);
        for (a, b) in [(&ours, &theirs), (&theirs, &ours)] {
            let mut names: Vec<&str> = a.differing(b).into_iter().map(AsRef::as_ref).collect();
            names.sort_unstable();
            assert_eq!(names, ["amount", ALIKE[0], "idx", ALIKE[1], "qty"]);
        }
        assert!(ours.differing(&ours).is_empty());
    }
}
