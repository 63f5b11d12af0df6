//! The rows of a list: objects, or arrays in the order of the fields that were asked for.
//!
//! Of arrays, the answer is kept as its text with the place of each cell in it, so that thousands of rows of
//! thirty fields cost one reading and no look-up of names but those of the columns.

use std::fmt;
use std::mem;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{
    DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::row::{Cell, Row};

/// The rows that a list brought, in its order.
#[derive(Debug, Clone)]
pub struct Rows(Shape);

#[derive(Debug, Clone)]
enum Shape {
    Objects(Vec<Map<String, Value>>),
    Arrays(Table),
}

/// What was read of an answer.
#[derive(Debug)]
pub(crate) enum Answered {
    /// Its rows.
    Rows(Rows),
    /// Arrays that are not as long as there are columns, so that nobody can tell which cell is whose.
    OtherColumns,
}

/// Rows of cells.
#[derive(Debug, Clone)]
pub(super) struct Table {
    /// The answer, and behind it the texts that it holds escaped.
    text: String,
    columns: Vec<String>,
    /// Row after row, each as long as `columns`.
    cells: Vec<Place>,
}

/// Where a cell stands in the text.
#[derive(Debug, Clone, Copy)]
struct Place {
    start: u32,
    length: u32,
    what: What,
}

#[derive(Debug, Clone, Copy)]
enum What {
    Null,
    Bool(bool),
    Number,
    Text,
    Json,
}

impl Table {
    /// The cell of a column, where there is such a column.
    pub(super) fn cell(&self, row: usize, field: &str) -> Option<Cell<'_>> {
        let column = self.columns.iter().position(|column| column == field)?;
        let place = self.cells.get(row * self.columns.len() + column)?;
        Some(self.at(*place))
    }

    /// A row's cells, each with its column.
    pub(super) fn row(&self, row: usize) -> impl Iterator<Item = (&str, Cell<'_>)> {
        let from = row * self.columns.len();
        let cells = self.cells.iter().skip(from).map(|place| self.at(*place));
        self.columns.iter().map(String::as_str).zip(cells)
    }

    fn at(&self, place: Place) -> Cell<'_> {
        let start = place.start as usize;
        let text = self.text.get(start..start + place.length as usize);
        let text = text.unwrap_or_default();
        match place.what {
            What::Null => Cell::Null,
            What::Bool(flag) => Cell::Bool(flag),
            What::Number => Cell::Number(text),
            What::Text => Cell::Text(text),
            What::Json => Cell::Json(text),
        }
    }

    const fn len(&self) -> usize {
        match self.columns.len() {
            0 => 0,
            width => self.cells.len() / width,
        }
    }
}

impl Default for Rows {
    fn default() -> Self {
        Self(Shape::Objects(Vec::new()))
    }
}

/// Of values that are no objects nothing is kept.
impl FromIterator<Value> for Rows {
    fn from_iter<I: IntoIterator<Item = Value>>(values: I) -> Self {
        let objects = values.into_iter().filter_map(|value| match value {
            Value::Object(object) => Some(object),
            _ => None,
        });
        Self(Shape::Objects(objects.collect()))
    }
}

impl Rows {
    /// Reads an answer, `{"message": [..]}`. Rows that are arrays hold these columns.
    ///
    /// # Errors
    /// The answer, where it is anything else than rows of one shape, or nothing.
    pub(crate) fn read(mut text: String, columns: &[&str]) -> Result<Answered, String> {
        let mut reading = Reading {
            base: text.as_ptr().addr(),
            end: text.len(),
            ..Reading::default()
        };
        let mut json = serde_json::Deserializer::from_str(&text);
        let read = Message(&mut reading, columns.len()).deserialize(&mut json);
        if read.and_then(|()| json.end()).is_err() {
            return Err(text);
        }
        if !reading.objects.is_empty() || reading.arrays == 0 {
            return Ok(Answered::Rows(Self(Shape::Objects(reading.objects))));
        }
        if reading.misfit {
            return Ok(Answered::OtherColumns);
        }
        text.push_str(&reading.unescaped);
        Ok(Answered::Rows(Self(Shape::Arrays(Table {
            text,
            columns: columns.iter().map(|&column| column.to_owned()).collect(),
            cells: reading.cells,
        }))))
    }

    /// How many rows there are.
    pub const fn len(&self) -> usize {
        match &self.0 {
            Shape::Objects(objects) => objects.len(),
            Shape::Arrays(table) => table.len(),
        }
    }

    /// Whether there is no row.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The row at a place, from 0.
    pub fn get(&self, at: usize) -> Option<Row<'_>> {
        match &self.0 {
            Shape::Objects(objects) => objects.get(at).map(Row::object),
            Shape::Arrays(table) => (at < table.len()).then(|| Row::listed(table, at)),
        }
    }

    /// The rows, one after another.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Row<'_>> + Clone {
        (0..self.len()).filter_map(|at| self.get(at))
    }

    /// The first row.
    pub fn first(&self) -> Option<Row<'_>> {
        self.get(0)
    }

    /// The last row.
    pub fn last(&self) -> Option<Row<'_>> {
        self.get(self.len().checked_sub(1)?)
    }

    /// The rows as objects.
    pub fn to_values(&self) -> Vec<Value> {
        self.iter().map(|row| row.to_value()).collect()
    }

    /// Leaves the rows for which `keep` says so, the first `most` of them.
    pub(crate) fn retain(&mut self, most: usize, mut keep: impl FnMut(Row<'_>) -> bool) {
        let mut kept: Vec<bool> = self.iter().map(&mut keep).collect();
        let surplus = kept.iter_mut().filter(|kept| **kept).skip(most);
        surplus.for_each(|kept| *kept = false);
        let mut kept = kept.into_iter();
        match &mut self.0 {
            Shape::Objects(objects) => objects.retain(|_| kept.next().unwrap_or_default()),
            Shape::Arrays(table) => {
                let width = table.columns.len();
                let rows = mem::take(&mut table.cells);
                let rows = rows.chunks(width.max(1)).zip(kept);
                table.cells = rows
                    .filter(|(_, kept)| *kept)
                    .flat_map(|(row, _)| row.iter().copied())
                    .collect();
            }
        }
    }
}

/// What was read so far.
#[derive(Default)]
struct Reading {
    /// Where the text begins, and how long it is: cells are parts of it.
    base: usize,
    end: usize,
    unescaped: String,
    objects: Vec<Map<String, Value>>,
    arrays: usize,
    cells: Vec<Place>,
    /// Whether an array was longer or shorter than there are columns.
    misfit: bool,
}

impl Reading {
    fn take<E: serde::de::Error>(&mut self, json: &str) -> Result<(), E> {
        let start = json.as_ptr().addr() - self.base;
        let (what, start, length) = match json.as_bytes().first() {
            Some(b'"') if json.contains('\\') => {
                let text: String = serde_json::from_str(json).map_err(E::custom)?;
                let start = self.end + self.unescaped.len();
                self.unescaped.push_str(&text);
                (What::Text, start, text.len())
            }
            Some(b'"') => (What::Text, start + 1, json.len() - 2),
            Some(b'n') | None => (What::Null, 0, 0),
            Some(b't') => (What::Bool(true), 0, 0),
            Some(b'f') => (What::Bool(false), 0, 0),
            Some(b'[' | b'{') => (What::Json, start, json.len()),
            Some(_) => (What::Number, start, json.len()),
        };
        self.cells.push(Place {
            start: u32::try_from(start).map_err(E::custom)?,
            length: u32::try_from(length).map_err(E::custom)?,
            what,
        });
        Ok(())
    }
}

/// The answer: an object with `message`, and with more that is nobody's.
struct Message<'r>(&'r mut Reading, usize);

impl<'de> DeserializeSeed<'de> for Message<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Message<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an answer")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut answer: M) -> Result<(), M::Error> {
        while let Some(member) = answer.next_key::<String>()? {
            if member == "message" {
                answer.next_value_seed(List(&mut *self.0, self.1))?;
            } else {
                answer.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

/// The rows; null where some versions mean none.
struct List<'r>(&'r mut Reading, usize);

impl<'de> DeserializeSeed<'de> for List<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for List<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("rows")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut rows: S) -> Result<(), S::Error> {
        while rows.next_element_seed(One(&mut *self.0, self.1))?.is_some() {}
        if self.0.arrays > 0 && !self.0.objects.is_empty() {
            return Err(S::Error::custom("rows of two shapes"));
        }
        Ok(())
    }
}

/// One row.
struct One<'r>(&'r mut Reading, usize);

impl<'de> DeserializeSeed<'de> for One<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for One<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a row")
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut row: S) -> Result<(), S::Error> {
        let before = self.0.cells.len();
        while let Some(cell) = row.next_element::<&'de RawValue>()? {
            self.0.take(cell.get())?;
        }
        self.0.arrays += 1;
        self.0.misfit |= self.0.cells.len() - before != self.1;
        Ok(())
    }

    fn visit_map<M: MapAccess<'de>>(self, row: M) -> Result<(), M::Error> {
        let object = Map::deserialize(MapAccessDeserializer::new(row))?;
        self.0.objects.push(object);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn rows(text: &str, columns: &[&str]) -> Rows {
        match Rows::read(text.to_owned(), columns).unwrap() {
            Answered::Rows(rows) => rows,
            Answered::OtherColumns => panic!("other columns: {text}"),
        }
    }

    #[test]
    fn objects_and_arrays_say_the_same() {
        let objects = r#"{"message": [
            {"name": "A", "customer_name": "Zoë \"&\" Sons", "total": 0.30000000000000004, "disabled": 0, "tax_id": null, "note": ""},
            {"name": "B", "customer_name": "Plain", "total": 123456789012.345678901, "disabled": true, "tax_id": "7", "note": " x "}]}"#;
        // Frappe writes what is not ASCII escaped.
        let arrays = r#"{"message": [
            ["A", "Zo\u00eb \"&\" Sons", 0.30000000000000004, 0, null, ""],
            ["B", "Plain", 123456789012.345678901, true, "7", " x "]], "_server_messages": "[]"}"#;
        let columns = [
            "name",
            "customer_name",
            "total",
            "disabled",
            "tax_id",
            "note",
        ];
        for text in [objects, arrays] {
            let rows = rows(text, &columns);
            assert_eq!(rows.len(), 2);
            let (first, last) = (rows.first().unwrap(), rows.last().unwrap());
            assert_eq!(first.name("name").unwrap(), "A");
            assert_eq!(first.str("customer_name"), Some("Zoë \"&\" Sons"));
            assert_eq!(first.amount("total").unwrap().to_string(), "0.3");
            assert_eq!(first.int("disabled"), Some(0));
            assert_eq!(first.text("tax_id").unwrap(), None);
            assert!(first.name("tax_id").is_err());
            assert_eq!(first.text("note").unwrap(), None);
            assert_eq!(first.str("note"), Some(""));
            assert_eq!(first.text("nowhere").unwrap(), None);
            assert_eq!(
                first.name("nowhere").unwrap_err(),
                super::super::BadField::missing("nowhere")
            );
            assert_eq!(
                last.amount("total").unwrap().to_string(),
                "123456789012.345678901"
            );
            assert!(last.flag("disabled").unwrap());
            assert_eq!(last.number("tax_id").unwrap(), Some(7.into()));
            assert_eq!(last.text("note").unwrap().as_deref(), Some("x"));
            assert_eq!(
                last.number("customer_name").unwrap_err().to_string(),
                "customer_name: is not a number: \"Plain\""
            );
        }
        let values = rows(arrays, &columns).to_values();
        assert_eq!(values, rows(objects, &[]).to_values());
        // To the last digit, and in the order that was asked for.
        assert_eq!(
            values[0].to_string(),
            r#"{"name":"A","customer_name":"Zoë \"&\" Sons","total":0.30000000000000004,"disabled":0,"tax_id":null,"note":""}"#
        );
    }

    #[test]
    fn nested_values_stay_what_they_are() {
        let rows = rows(
            r#"{"message": [["A", [1, {"b": "c\"d"}]]]}"#,
            &["name", "links"],
        );
        let row = rows.first().unwrap();
        assert_eq!(row.to_value()["links"][1]["b"], "c\"d");
        assert_eq!(
            row.text("links").unwrap_err().to_string(),
            r#"links: is not a text: [1,{"b":"c\"d"}]"#
        );
    }

    #[test]
    fn no_rows_are_none() {
        for text in [
            r#"{"message": []}"#,
            r#"{"message": null}"#,
            r#"{"docs": [{"message": [["X"]]}]}"#,
            "{}",
        ] {
            let rows = rows(text, &["name"]);
            assert!(rows.is_empty(), "{text}");
            assert!(rows.first().is_none() && rows.last().is_none());
        }
    }

    #[test]
    fn cells_are_never_given_to_another_column() {
        for text in [
            r#"{"message": [["A"]]}"#,
            r#"{"message": [["A", "B", "C"]]}"#,
            r#"{"message": [["A", "B"], ["A"]]}"#,
            r#"{"message": [["A"], ["A", "B", "C"]]}"#,
            r#"{"message": [[]]}"#,
        ] {
            let read = Rows::read(text.to_owned(), &["name", "customer"]);
            assert!(matches!(read, Ok(Answered::OtherColumns)), "{text}");
        }
    }

    #[test]
    fn what_holds_no_rows_is_handed_back() {
        for text in [
            r#"{"message": "pong"}"#,
            r#"{"message": {"name": "A"}}"#,
            r#"{"message": [1]}"#,
            r#"{"message": [["A"], {"name": "B"}]}"#,
            r#"{"message": [["A"]]} and more"#,
            r#"{"message": [["A"]"#,
            r#"[["A"]]"#,
            "<html>",
        ] {
            assert_eq!(Rows::read(text.to_owned(), &["name"]).unwrap_err(), text);
        }
    }

    #[test]
    fn rows_are_left_out_whole() {
        let text = r#"{"message": [["A", 1], ["B", 2], ["A", 3], ["C", 4], ["D", 5]]}"#;
        let objects = rows(text, &["name", "at"]).to_values();
        for mut rows in [rows(text, &["name", "at"]), Rows::from_iter(objects)] {
            rows.retain(2, |row| row.int("at") != Some(1));
            let left = rows.iter().map(|row| (row.str("name"), row.int("at")));
            let expected = [(Some("B"), Some(2)), (Some("A"), Some(3))];
            assert_eq!(left.collect::<Vec<_>>(), expected);
        }
    }
}
