//! A spreadsheet (Office Open XML), each cell with its type, written row by row.

use std::collections::BTreeMap;
use std::io::{self, Seek, Write};

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use ledger::Money;
use rust_decimal::Decimal;
use rust_xlsxwriter::{Format, Workbook, Worksheet, XlsxError};

use super::table::{Cell, Column, Form, Holds, figure};

/// Rows of a sheet, its heading included; what is more goes on in another.
const ROWS: u32 = 1_048_576;
/// Characters of a cell.
const CHARACTERS: usize = 32_767;
/// Significant digits that a spreadsheet keeps of a number.
const DIGITS: u32 = 15;

/// A table as a spreadsheet.
pub(super) struct Xlsx<W> {
    to: Option<W>,
    book: Workbook,
    /// The row to write next, of the sheet written last.
    next: u32,
    sheets: usize,
    most: u32,
    formats: Formats,
}

/// The formats in use; a format is one cell style of the file.
struct Formats {
    heading: Format,
    text: Format,
    day: Format,
    instant: Format,
    whole: Format,
    /// By decimals, and whether it is a total.
    amounts: BTreeMap<(u32, bool), Format>,
    total: Format,
}

impl<W: Write + Seek + Send> Xlsx<W> {
    /// Writes to a file.
    pub(super) fn new(to: W) -> Self {
        Self::of_rows(to, ROWS)
    }

    fn of_rows(to: W, most: u32) -> Self {
        Self {
            to: Some(to),
            book: Workbook::new(),
            next: 0,
            sheets: 0,
            most,
            formats: Formats {
                heading: Format::new().set_bold(),
                // What is a text stays one when a person edits the cell.
                text: Format::new().set_num_format("@"),
                day: Format::new().set_num_format("yyyy-mm-dd"),
                instant: Format::new().set_num_format("yyyy-mm-dd hh:mm:ss"),
                whole: Format::new().set_num_format("0"),
                amounts: BTreeMap::new(),
                total: Format::new().set_bold(),
            },
        }
    }

    fn sheet(&mut self) -> Result<&mut Worksheet, XlsxError> {
        self.book.worksheet_from_index(self.sheets - 1)
    }

    fn add_sheet(&mut self, columns: &[Column]) -> Result<(), XlsxError> {
        self.sheets += 1;
        let name = match self.sheets {
            1 => "Counterfoil".to_owned(),
            more => format!("Counterfoil {more}"),
        };
        let heading = self.formats.heading.clone();
        let sheet = self.book.add_worksheet_with_constant_memory()?;
        sheet.set_name(name)?;
        sheet.set_freeze_panes(1, 0)?;
        for (at, column) in (0_u16..).zip(columns) {
            sheet.set_column_width(at, width(column.holds))?;
            sheet.write_string_with_format(0, at, column.heading, &heading)?;
        }
        self.next = 1;
        Ok(())
    }

    fn write(&mut self, columns: &[Column], cells: &[Cell], total: bool) -> Result<(), XlsxError> {
        if self.next >= self.most {
            self.add_sheet(columns)?;
        }
        let row = self.next;
        self.next += 1;
        for (at, cell) in (0_u16..).zip(cells) {
            match cell {
                Cell::Nothing => {}
                Cell::Text(text) => self.text(row, at, text, total)?,
                Cell::Amount(money) => self.amount(row, at, *money, total)?,
                Cell::Day(day) if first_day() <= Some(*day) && day.year() <= 9999 => {
                    let format = self.formats.day.clone();
                    self.sheet()?
                        .write_datetime_with_format(row, at, day, &format)?;
                }
                Cell::Day(day) => self.text(row, at, &day.to_string(), total)?,
                Cell::Instant(instant) => self.instant(row, at, *instant)?,
                Cell::Whole(number) => match i32::try_from(*number) {
                    Ok(number) => {
                        let format = self.formats.whole.clone();
                        self.sheet()?
                            .write_number_with_format(row, at, number, &format)?;
                    }
                    Err(_) => self.text(row, at, &number.to_string(), total)?,
                },
            }
        }
        Ok(())
    }

    /// A string cell is never a formula, and its zeros stay.
    fn text(&mut self, row: u32, at: u16, text: &str, total: bool) -> Result<(), XlsxError> {
        let format = if total {
            self.formats.total.clone()
        } else {
            self.formats.text.clone()
        };
        let text: String = text.chars().take(CHARACTERS).collect();
        self.sheet()?
            .write_string_with_format(row, at, text, &format)?;
        Ok(())
    }

    fn amount(&mut self, row: u32, at: u16, money: Money, total: bool) -> Result<(), XlsxError> {
        let Some(number) = number_of(money.amount) else {
            return self.text(row, at, &figure(money), total);
        };
        let decimals = money
            .amount
            .normalize()
            .scale()
            .max(money.currency.minor_digits());
        let format = self
            .formats
            .amounts
            .entry((decimals, total))
            .or_insert_with(|| amount_format(decimals, total))
            .clone();
        self.sheet()?
            .write_number_with_format(row, at, number, &format)?;
        Ok(())
    }

    /// A cell has no zone: it is the time in UTC, as its heading says.
    fn instant(&mut self, row: u32, at: u16, instant: DateTime<Utc>) -> Result<(), XlsxError> {
        let format = self.formats.instant.clone();
        let time = instant.naive_utc();
        self.sheet()?
            .write_datetime_with_format(row, at, time, &format)?;
        Ok(())
    }
}

/// The first day that a spreadsheet knows, and counts right: it takes 1900 for a leap year.
fn first_day() -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(1900, 3, 1)
}

fn width(holds: Holds) -> f64 {
    match holds {
        Holds::Text => 24.0,
        Holds::Currency => 9.0,
        Holds::Amount => 15.0,
        Holds::Day => 11.0,
        Holds::Instant => 19.0,
        Holds::Whole => 10.0,
    }
}

fn amount_format(decimals: u32, total: bool) -> Format {
    let mut pattern = "#,##0".to_owned();
    if decimals > 0 {
        pattern.push('.');
        pattern.extend(std::iter::repeat_n('0', decimals as usize));
    }
    let format = Format::new().set_num_format(pattern);
    if total { format.set_bold() } else { format }
}

/// An amount as a spreadsheet holds numbers: as binary fractions, of which it keeps fifteen digits. An amount of
/// more digits would come out as another, so it is none of these and stays a text. This is the one place where
/// money is a floating-point number, because the file format has no other, and nothing is computed with it.
fn number_of(amount: Decimal) -> Option<f64> {
    let amount = amount.normalize();
    let digits = amount
        .mantissa()
        .unsigned_abs()
        .checked_ilog10()
        .map_or(1, |it| it + 1);
    if digits > DIGITS {
        return None;
    }
    // Up to fifteen digits the nearest binary fraction is shown as the same decimal one.
    amount.to_string().parse().ok()
}

fn failed(why: XlsxError) -> io::Error {
    match why {
        XlsxError::IoError(why) => why,
        other => io::Error::other(other),
    }
}

impl<W: Write + Seek + Send> Form for Xlsx<W> {
    fn begin(&mut self, columns: &[Column]) -> io::Result<()> {
        self.add_sheet(columns).map_err(failed)
    }

    fn row(&mut self, columns: &[Column], cells: &[Cell]) -> io::Result<()> {
        self.write(columns, cells, false).map_err(failed)
    }

    fn total(&mut self, columns: &[Column], cells: &[Cell]) -> io::Result<()> {
        self.write(columns, cells, true).map_err(failed)
    }

    fn end(&mut self) -> io::Result<()> {
        let Some(to) = self.to.take() else {
            return Ok(());
        };
        self.book.save_to_writer(to).map_err(failed)
    }
}

#[cfg(test)]
mod tests;
