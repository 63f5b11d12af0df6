//! What an export holds: one table, from which every form of file is written.
//!
//! A column says what it holds, and in that order, for good: whoever reads these files goes by it. A cell is a
//! value and never its picture, so that a form can give it as what it is: an amount is a number with all its
//! decimals, a date has no zone, a text stays one.

use std::collections::BTreeMap;
use std::io;

use chrono::{DateTime, NaiveDate, Utc};
use ledger::{Currency, Money};
use rust_decimal::Decimal;

/// What the cells of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holds {
    /// Words, numbers of documents, identities.
    Text,
    /// The currency of the row's amounts.
    Currency,
    /// Money; its total is below the rows, for each currency.
    Amount,
    /// A day, without a zone.
    Day,
    /// An instant, in UTC.
    Instant,
    /// A count, or the number of a row.
    Whole,
}

/// A column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Column {
    /// How programs name it.
    pub key: &'static str,
    /// How people read it.
    pub heading: &'static str,
    /// What it holds.
    pub holds: Holds,
}

/// A column of these.
pub(crate) const fn column(key: &'static str, heading: &'static str, holds: Holds) -> Column {
    Column {
        key,
        heading,
        holds,
    }
}

/// A value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cell {
    /// None.
    Nothing,
    /// Words.
    Text(String),
    /// Money.
    Amount(Money),
    /// A day.
    Day(NaiveDate),
    /// An instant.
    Instant(DateTime<Utc>),
    /// A whole number.
    Whole(i64),
}

impl Cell {
    /// A text; nothing where it is empty.
    pub(crate) fn text(text: impl Into<String>) -> Self {
        let text = text.into();
        if text.is_empty() {
            Cell::Nothing
        } else {
            Cell::Text(text)
        }
    }

    /// A text that may be absent.
    pub(crate) fn maybe(text: Option<impl Into<String>>) -> Self {
        text.map_or(Cell::Nothing, Cell::text)
    }

    /// An amount that may be absent.
    pub(crate) fn money(amount: Option<Decimal>, currency: Option<Currency>) -> Self {
        let both = amount.zip(currency);
        both.map_or(Cell::Nothing, |(amount, currency)| {
            Cell::Amount(Money { amount, currency })
        })
    }

    /// A day that may be absent.
    pub(crate) fn day(day: Option<NaiveDate>) -> Self {
        day.map_or(Cell::Nothing, Cell::Day)
    }
}

/// An amount with its currency's decimals, or all that it has.
pub(crate) fn figure(money: Money) -> String {
    crate::views::Amount::from(money).value
}

/// What writes a table in one form of file.
pub(crate) trait Form {
    /// The columns, before any row.
    fn begin(&mut self, columns: &[Column]) -> io::Result<()>;
    /// A row, with a cell for each column.
    fn row(&mut self, columns: &[Column], cells: &[Cell]) -> io::Result<()>;
    /// A row of totals, after all rows.
    fn total(&mut self, columns: &[Column], cells: &[Cell]) -> io::Result<()>;
    /// The end of the file.
    fn end(&mut self) -> io::Result<()>;
}

/// A table on its way into a file.
pub(crate) struct Sheet<'f> {
    columns: &'static [Column],
    form: &'f mut (dyn Form + Send),
    totals: BTreeMap<Currency, Vec<Decimal>>,
    rows: u64,
    failed: Option<io::Error>,
}

impl<'f> Sheet<'f> {
    /// Begins a table.
    pub(crate) fn begin(columns: &'static [Column], form: &'f mut (dyn Form + Send)) -> Self {
        let failed = form.begin(columns).err();
        Self {
            columns,
            form,
            totals: BTreeMap::new(),
            rows: 0,
            failed,
        }
    }

    /// Adds a row. What cannot be written is told at the end.
    pub(crate) fn row(&mut self, cells: &[Cell]) {
        if self.failed.is_some() {
            return;
        }
        for (at, cell) in cells.iter().enumerate() {
            if let Cell::Amount(money) = cell {
                let zero = || vec![Decimal::ZERO; cells.len()];
                let sums = self.totals.entry(money.currency).or_insert_with(zero);
                if let Some(sum) = sums.get_mut(at) {
                    *sum += money.amount;
                }
            }
        }
        self.rows += 1;
        self.failed = self.form.row(self.columns, cells).err();
    }

    /// Ends the table with its totals; how many rows it has without these.
    pub(crate) fn end(mut self) -> io::Result<u64> {
        if let Some(failed) = self.failed.take() {
            return Err(failed);
        }
        let mut columns = self.columns.iter();
        let label = columns.position(|it| it.holds == Holds::Text);
        for (currency, sums) in std::mem::take(&mut self.totals) {
            let cells = self.columns.iter().zip(sums).enumerate();
            let cells: Vec<Cell> = cells
                .map(|(at, (column, amount))| match column.holds {
                    Holds::Amount => Cell::Amount(Money { amount, currency }),
                    Holds::Currency => Cell::text(currency.code()),
                    Holds::Text if Some(at) == label => Cell::text(TOTAL),
                    _ => Cell::Nothing,
                })
                .collect();
            self.form.total(self.columns, &cells)?;
        }
        self.form.end()?;
        Ok(self.rows)
    }
}

/// What a row of totals is called, in the first column that holds texts.
pub(crate) const TOTAL: &str = "Total";
