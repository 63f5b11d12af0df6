#![allow(clippy::unwrap_used)]

use std::io::Cursor;

use calamine::{Data, Reader, Xlsx as Opened};
use ledger::Currency;

use super::*;
use crate::export::table::{Sheet, column};

const COLUMNS: &[Column] = &[
    column("text", "text", Holds::Text),
    column("currency", "currency", Holds::Currency),
    column("amount", "amount", Holds::Amount),
    column("day", "day", Holds::Day),
    column("at", "at (UTC)", Holds::Instant),
    column("count", "count", Holds::Whole),
];

fn row(text: &str, currency: &str, amount: &str) -> Vec<Cell> {
    vec![
        Cell::text(text),
        Cell::text(currency),
        Cell::Amount(Money {
            amount: amount.parse().unwrap(),
            currency: Currency::new(currency).unwrap(),
        }),
        Cell::Day("2026-01-31".parse().unwrap()),
        Cell::Instant("2026-01-31T23:30:00Z".parse().unwrap()),
        Cell::Whole(7),
    ]
}

/// Writes rows and opens the file again: the cells of each sheet.
fn written(rows: &[Vec<Cell>], most: u32) -> Vec<Vec<Vec<Data>>> {
    let mut file = Cursor::new(Vec::new());
    let mut form = Xlsx::of_rows(&mut file, most);
    let mut sheet = Sheet::begin(COLUMNS, &mut form);
    for row in rows {
        sheet.row(row);
    }
    assert_eq!(sheet.end().unwrap(), rows.len() as u64);
    drop(form);
    file.set_position(0);
    let mut book = Opened::new(file).unwrap();
    let names = book.sheet_names();
    let sheets = names.iter().map(|name| {
        let cells = book.worksheet_range(name).unwrap();
        cells.rows().map(<[Data]>::to_vec).collect()
    });
    sheets.collect()
}

#[test]
fn each_cell_has_its_type_and_all_its_decimals() {
    let rows = [
        row("000123", "GBP", "1440.00"),
        row("=1+1", "GBP", "-0.02"),
        row("-5", "KWD", "0.1234567"),
        row("2026-01-31", "JPY", "1153"),
        row("1e5", "GBP", "123456789012.345"),
        // More digits than a number of a spreadsheet holds.
        row("long", "GBP", "12345678901234.567"),
    ];
    let sheets = written(&rows, ROWS);
    let cells = &sheets[0];
    let texts: Vec<&Data> = cells[1..7].iter().map(|row| &row[0]).collect();
    let text = |text: &str| Data::String(text.to_owned());
    assert_eq!(
        texts,
        [
            &text("000123"),
            &text("=1+1"),
            &text("-5"),
            &text("2026-01-31"),
            &text("1e5"),
            &text("long")
        ]
    );
    let amounts: Vec<&Data> = cells[1..7].iter().map(|row| &row[2]).collect();
    assert_eq!(
        amounts,
        [
            &Data::Float(1440.0),
            &Data::Float(-0.02),
            &Data::Float(0.123_456_7),
            &Data::Float(1153.0),
            &Data::Float(123_456_789_012.345),
            &text("12345678901234.567"),
        ]
    );
    let headings: Vec<&Data> = cells[0].iter().collect();
    assert_eq!(headings[4], &text("at (UTC)"));
    assert_eq!(cells[1][5], Data::Float(7.0));
}

/// The time zone of whoever writes or opens it plays no part: a cell has none, and nothing here asks for it.
#[test]
fn days_and_instants_are_what_they_are_in_every_zone() {
    let cells = &written(&[row("a", "GBP", "1")], ROWS)[0];
    let shown = |cell: &Data| {
        let Data::DateTime(at) = cell else {
            panic!("no date: {cell:?}");
        };
        at.as_datetime().unwrap().to_string()
    };
    assert_eq!(shown(&cells[1][3]), "2026-01-31 00:00:00");
    assert_eq!(shown(&cells[1][4]), "2026-01-31 23:30:00");
}

#[test]
fn below_the_rows_each_currency_has_its_total() {
    let rows = [
        row("a", "GBP", "0.10"),
        row("b", "USD", "5"),
        row("c", "GBP", "0.20"),
    ];
    let cells = &written(&rows, ROWS)[0];
    let text = |text: &str| Data::String(text.to_owned());
    assert_eq!(cells.len(), 1 + 3 + 2);
    assert_eq!(
        cells[4][..3],
        [text("Total"), text("GBP"), Data::Float(0.3)]
    );
    assert_eq!(
        cells[5][..3],
        [text("Total"), text("USD"), Data::Float(5.0)]
    );
    assert_eq!(cells[4].get(3), Some(&Data::Empty));
}

#[test]
fn what_is_more_than_a_sheet_holds_goes_on_in_another() {
    let rows: Vec<Vec<Cell>> = (0..5).map(|n| row(&format!("r{n}"), "GBP", "1")).collect();
    let sheets = written(&rows, 3);
    let firsts: Vec<Vec<String>> = sheets
        .iter()
        .map(|sheet| sheet.iter().map(|row| row[0].to_string()).collect())
        .collect();
    assert_eq!(
        firsts,
        [
            vec!["text", "r0", "r1"],
            vec!["text", "r2", "r3"],
            vec!["text", "r4", "Total"]
        ]
    );
}
