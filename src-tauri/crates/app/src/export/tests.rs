#![allow(clippy::unwrap_used)]

use ledger::{Currency, Money};
use rust_decimal::Decimal;
use serde_json::Value;

use super::table::{Cell, Holds, column};
use super::*;

const COLUMNS: &[Column] = &[
    column("contact", "contact", Holds::Text),
    column("amount", "amount", Holds::Amount),
    column("currency", "currency", Holds::Currency),
    column("date", "date", Holds::Day),
];

fn row(contact: &str, amount: &str, currency: &str) -> Vec<Cell> {
    let currency = Currency::new(currency).unwrap();
    let amount: Decimal = amount.parse().unwrap();
    vec![
        Cell::text(contact),
        Cell::Amount(Money { amount, currency }),
        Cell::text(currency.code()),
        Cell::Day("2026-01-31".parse().unwrap()),
    ]
}

fn rows() -> Vec<Vec<Cell>> {
    vec![
        row("=cmd|' /C calc'!A0", "-0.02", "GBP"),
        row("000123", "0.10", "GBP"),
        row("Böhm; Söhne", "1153", "JPY"),
        row("", "0.20", "GBP"),
    ]
}

fn written(form: &mut (dyn Form + Send)) {
    let mut sheet = Sheet::begin(COLUMNS, form);
    for row in &rows() {
        sheet.row(row);
    }
    assert_eq!(sheet.end().unwrap(), 4);
}

#[test]
fn a_column_of_comma_separated_values_comes_to_its_total() {
    let mut bytes = Vec::new();
    written(&mut Csv::file(&mut bytes));
    let text = String::from_utf8(bytes).unwrap();
    assert_eq!(
        text,
        "\u{feff}contact,amount,currency,date\r\n\
         '=cmd|' /C calc'!A0,-0.02,GBP,2026-01-31\r\n\
         000123,0.10,GBP,2026-01-31\r\n\
         \"Böhm; Söhne\",1153,JPY,2026-01-31\r\n\
         ,0.20,GBP,2026-01-31\r\n\
         Total,0.28,GBP,\r\n\
         Total,1153,JPY,\r\n"
    );
    let sum: Decimal = text
        .lines()
        .filter(|line| !line.starts_with("Total") && line.contains("GBP"))
        .map(|line| line.split(',').nth(1).unwrap().parse::<Decimal>().unwrap())
        .sum();
    assert_eq!(sum.to_string(), "0.28");
}

#[test]
fn lines_of_json_hold_the_same_under_stable_names() {
    let mut bytes = Vec::new();
    written(&mut Jsonl(&mut bytes));
    let text = String::from_utf8(bytes).unwrap();
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 4);
    assert_eq!(
        lines[0],
        serde_json::json!({
            "contact": "=cmd|' /C calc'!A0",
            "amount": "-0.02",
            "currency": "GBP",
            "date": "2026-01-31",
        })
    );
    assert_eq!(lines[3]["contact"], Value::Null);
}

/// A disk that takes so many bytes.
struct Small(usize);

impl Write for Small {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.len() > self.0 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.0 -= bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_full_disk_is_told_in_plain_words() {
    let mut form = Csv::file(Small(60));
    let mut sheet = Sheet::begin(COLUMNS, &mut form);
    for row in &rows() {
        sheet.row(row);
    }
    let why = sheet.end().unwrap_err();
    assert_eq!(why.kind(), io::ErrorKind::StorageFull);
    let path = PathBuf::from("out/log.csv");
    let view = crate::views::ErrorView::from(AppError::Export { path, why });
    assert_eq!(view.code, "disk_full");
    assert_eq!(
        view.message,
        "The disk is full: out/log.csv was not written."
    );
}

#[test]
fn the_form_of_a_file_is_told_by_its_name() {
    let of = |path: &str| ExportFormat::of_path(Path::new(path));
    assert_eq!(of("a/b.csv"), Some(ExportFormat::Csv));
    assert_eq!(of("B.XLSX"), Some(ExportFormat::Xlsx));
    assert_eq!(of("b.jsonl"), Some(ExportFormat::Jsonl));
    assert_eq!(of("b.xls"), None);
    assert_eq!(of("csv"), None);
}
