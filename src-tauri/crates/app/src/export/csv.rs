//! Comma separated values, as RFC 4180 has them.

use std::io::{self, Write};

use super::table::{Cell, Column, Form, figure};
use crate::show::instant;

/// What tells a spreadsheet that the file is UTF-8. Without it Excel reads "Böhm" as "BÃ¶hm".
const UTF8: &str = "\u{feff}";

/// A table as comma separated values.
pub(super) struct Csv<W> {
    to: W,
    for_a_spreadsheet: bool,
}

impl<W: Write> Csv<W> {
    /// For a file that may be opened in a spreadsheet.
    pub(super) const fn file(to: W) -> Self {
        Self {
            to,
            for_a_spreadsheet: true,
        }
    }

    /// For another program.
    pub(super) const fn stream(to: W) -> Self {
        Self {
            to,
            for_a_spreadsheet: false,
        }
    }

    fn line(&mut self, fields: impl Iterator<Item = String>) -> io::Result<()> {
        let fields: Vec<String> = fields.map(|field| quoted(&field)).collect();
        let line = format!("{}\r\n", fields.join(","));
        self.to.write_all(line.as_bytes())
    }
}

impl<W: Write> Form for Csv<W> {
    fn begin(&mut self, columns: &[Column]) -> io::Result<()> {
        if self.for_a_spreadsheet {
            self.to.write_all(UTF8.as_bytes())?;
        }
        self.line(columns.iter().map(|column| column.heading.to_owned()))
    }

    fn row(&mut self, _columns: &[Column], cells: &[Cell]) -> io::Result<()> {
        self.line(cells.iter().map(field))
    }

    fn total(&mut self, columns: &[Column], cells: &[Cell]) -> io::Result<()> {
        self.row(columns, cells)
    }

    fn end(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

fn field(cell: &Cell) -> String {
    match cell {
        Cell::Nothing => String::new(),
        Cell::Text(text) => safe(text),
        Cell::Amount(money) => figure(*money),
        Cell::Day(day) => day.to_string(),
        Cell::Instant(at) => instant(*at),
        Cell::Whole(number) => number.to_string(),
    }
}

/// A text that a spreadsheet would take for a formula, with an apostrophe before it: a contact's name comes from
/// outside. Amounts are no texts, so negative ones stay numbers.
fn safe(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

fn quoted(text: &str) -> String {
    if text.contains(['"', ',', '\n', '\r', '\t', ';'])
        || text.starts_with(' ')
        || text.ends_with(' ')
    {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use ledger::{Currency, Money};

    use super::*;

    #[test]
    fn texts_that_would_be_formulas_are_made_safe_and_amounts_stay_numbers() {
        let text = |text: &str| quoted(&field(&Cell::text(text)));
        for (written, safe) in [
            (
                "=HYPERLINK(\"http://x\")",
                "\"'=HYPERLINK(\"\"http://x\"\")\"",
            ),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("+44 20 7946 0000", "'+44 20 7946 0000"),
            ("-0.02", "'-0.02"),
            ("-1+1", "'-1+1"),
            ("-", "'-"),
            ("\t=1+1", "\"'\t=1+1\""),
            ("\r=1+1", "\"'\r=1+1\""),
            ("＝1+1", "'＝1+1"),
            ("Acme, Ltd", "\"Acme, Ltd\""),
            ("000123", "000123"),
            ("A-1", "A-1"),
            ("Böhm", "Böhm"),
        ] {
            assert_eq!(text(written), safe);
        }
        let amount = |amount: &str, code: &str| {
            field(&Cell::Amount(Money {
                amount: amount.parse().unwrap(),
                currency: Currency::new(code).unwrap(),
            }))
        };
        assert_eq!(amount("-0.02", "GBP"), "-0.02");
        assert_eq!(amount("-60.5", "GBP"), "-60.50");
        assert_eq!(amount("1153", "JPY"), "1153");
        assert_eq!(amount("0.0001234", "GBP"), "0.0001234");
    }
}
