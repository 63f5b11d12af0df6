//! One JSON object a line, for programs.

use std::io::{self, Write};

use serde_json::{Map, Value};

use super::table::{Cell, Column, Form, figure};
use crate::show::instant;

/// A table as lines of JSON. Amounts are texts, because most readers of JSON make binary fractions of its numbers;
/// there is no line of totals, because every line is a row.
pub(super) struct Jsonl<W>(pub(super) W);

impl<W: Write> Form for Jsonl<W> {
    fn begin(&mut self, _columns: &[Column]) -> io::Result<()> {
        Ok(())
    }

    fn row(&mut self, columns: &[Column], cells: &[Cell]) -> io::Result<()> {
        let fields = columns.iter().zip(cells);
        let object: Map<String, Value> = fields
            .map(|(column, cell)| (column.key.to_owned(), value(cell)))
            .collect();
        let line = format!("{}\n", Value::Object(object));
        self.0.write_all(line.as_bytes())
    }

    fn total(&mut self, _columns: &[Column], _cells: &[Cell]) -> io::Result<()> {
        Ok(())
    }

    fn end(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

fn value(cell: &Cell) -> Value {
    match cell {
        Cell::Nothing => Value::Null,
        Cell::Text(text) => text.as_str().into(),
        Cell::Amount(money) => figure(*money).into(),
        Cell::Day(day) => day.to_string().into(),
        Cell::Instant(at) => instant(*at).into(),
        Cell::Whole(number) => (*number).into(),
    }
}
