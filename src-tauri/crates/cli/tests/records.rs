//! Finding records, and files of what is shown, from the command line on demo books: what is told is held against
//! what both systems hold, and what a file says against what is on the screen.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::collections::BTreeMap;
use std::path::Path;

use app::views::ExportFormat;
use app::{Exporting, SyncRequest};
use calamine::{Data, Reader, Xlsx, open_workbook};
use cli::audit::{self, Held};
use cli::{Told, tell};
use rust_decimal::Decimal;
use sandbox::System;
use sandbox::server::{DemoConfig, serve};
use serde_json::Value;

use common::paired;

async fn said(folder: &Path, words: &[&str]) -> Told {
    let folder = folder.to_str().unwrap();
    let line = [&["counterfoil", "--data-dir", folder], words].concat();
    tell(&line).await.unwrap()
}

/// What a list finds, as `name` of each.
fn listed(told: &Told, field: &str) -> Vec<String> {
    let records = told.document["records"].as_array().unwrap();
    let field = records
        .iter()
        .map(|it| it[field].as_str().unwrap().to_owned());
    field.collect()
}

/// The sums of a column of comma separated values by currency, the rows of totals apart.
fn sums(text: &str, column: &str) -> (BTreeMap<String, Decimal>, BTreeMap<String, Decimal>) {
    let mut lines = text.trim_start_matches('\u{feff}').lines().map(fields);
    let headings = lines.next().unwrap();
    let at = |name: &str| headings.iter().position(|it| it == name).unwrap();
    let (column, currency) = (at(column), at("currency"));
    let (mut rows, mut totals) = (BTreeMap::new(), BTreeMap::new());
    for line in lines {
        if line[column].is_empty() {
            continue;
        }
        let sum: &mut Decimal = if line[0] == "Total" {
            totals.entry(line[currency].clone()).or_default()
        } else {
            rows.entry(line[currency].clone()).or_default()
        };
        *sum += line[column].parse::<Decimal>().unwrap();
    }
    (rows, totals)
}

/// One line of comma separated values; none of these has a line break in it.
fn fields(line: &str) -> Vec<String> {
    let (mut fields, mut field, mut quoted) = (Vec::new(), String::new(), false);
    let mut signs = line.chars().peekable();
    while let Some(sign) = signs.next() {
        match sign {
            '"' if quoted && signs.peek() == Some(&'"') => field.extend(signs.next()),
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(std::mem::take(&mut field)),
            _ => field.push(sign),
        }
    }
    fields.push(field);
    fields
}

fn amount(value: &Value) -> Decimal {
    value.as_str().unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn records_are_found_shown_and_written_as_they_are() {
    let mut config = DemoConfig {
        seed: 7,
        ..DemoConfig::default()
    };
    config.size.contacts = 12;
    config.size.invoices = 60;
    let books = serve(config).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let app = paired(folder.path(), &books).await;
    for _ in 0..2 {
        let run = app.sync_with(SyncRequest::default()).await.unwrap();
        assert_eq!(run.error, None);
    }
    let state = |system| books.with_books(|books| books.state(system));
    let xero = audit::xero(&state(System::Xero)).unwrap();

    all_are_found(folder.path(), &xero).await;
    one_is_shown(folder.path(), &xero).await;
    files_say_what_the_screen_says(folder.path(), &xero).await;

    // A preview is made anew, and every record of it is in the file.
    let path = folder.path().join("preview.csv");
    let preview = app.preview().await.unwrap();
    let written = app
        .export_file(
            Exporting::Preview(Box::default()),
            ExportFormat::Csv,
            path,
            false,
        )
        .await
        .unwrap();
    assert_eq!(written.lines as usize, preview.items.len());
    books.shutdown().await.ok();
}

/// Every invoice of Xero is found by its number, and by nothing that it only ends with.
async fn all_are_found(folder: &Path, xero: &Held) {
    let all = said(
        folder,
        &[
            "records", "--kind", "invoice", "--side", "xero", "--limit", "900",
        ],
    )
    .await;
    assert_eq!((all.exit, all.document["next"].is_null()), (0, true));
    let mut ids = listed(&all, "record");
    ids.sort();
    let mut held: Vec<String> = xero
        .invoices
        .iter()
        .map(|invoice| format!("xero:invoice:{}", invoice.id))
        .collect();
    held.sort();
    assert_eq!(ids, held);
    let dates = listed(&all, "date");
    assert!(dates.is_sorted_by(|one, next| one >= next), "newest first");

    for invoice in xero.invoices.iter().step_by(7) {
        let line = [
            "records",
            &invoice.number,
            "--kind",
            "invoice",
            "--side",
            "xero",
        ];
        let found = said(folder, &line).await;
        let titles = listed(&found, "title");
        assert!(titles.contains(&invoice.number), "{}", invoice.number);
        assert!(
            titles.iter().all(|it| it.starts_with(&invoice.number)),
            "{titles:?}"
        );
        // Its last digit alone begins none.
        let end = &invoice.number[1..];
        let ends = said(folder, &["records", end, "--kind", "invoice"]).await;
        assert!(!listed(&ends, "title").contains(&invoice.number), "{end}");
        // By its identity there is one line, whichever side it is on.
        let one = said(folder, &["records", &invoice.id]).await;
        assert_eq!(listed(&one, "title"), std::slice::from_ref(&invoice.number));
    }
    let paged = said(folder, &["records", "--limit", "5"]).await;
    let next = paged.document["next"].as_str().unwrap();
    let more = said(folder, &["records", "--limit", "5", "--before", next]).await;
    assert!(
        listed(&paged, "record")
            .iter()
            .all(|it| !listed(&more, "record").contains(it))
    );
    let wrong = said(folder, &["records", "--amount", "much"]).await;
    assert_eq!(wrong.exit, 2);
}

/// A linked invoice that was paid: both sides, its lines, its contact and its payment.
async fn one_is_shown(folder: &Path, xero: &Held) {
    let linked = said(
        folder,
        &["records", "--kind", "payment", "--state", "linked"],
    )
    .await;
    // Money on account pays no invoice.
    let mut pays = None;
    for payment in listed(&linked, "record") {
        let shown = said(folder, &["record", &payment]).await;
        assert_eq!(shown.exit, 0, "{}", shown.text);
        let paid = shown.document["refers_to"].as_array().unwrap().clone();
        if let Some(paid) = paid.into_iter().find(|it| it["kind"] == "invoice") {
            pays = Some((payment, paid));
            break;
        }
    }
    let (payment, paid) = pays.unwrap();
    let invoice = said(folder, &["record", paid["record"].as_str().unwrap()]).await;
    let view = &invoice.document;
    let number = view["line"]["title"].as_str().unwrap();
    assert!(xero.invoices.iter().any(|it| it.number == number));
    for side in ["xero", "erpnext"] {
        assert!(view[side]["read_at"].is_string(), "{view:#}");
    }
    let fields = view["fields"].as_array().unwrap();
    let total = fields.iter().find(|it| it["field"] == "total").unwrap();
    assert_eq!(total["xero"], total["erpnext"]);
    assert_eq!(total["differs"], false);
    // Accounts and taxes of linked documents stand for each other.
    let lines = view["lines"].as_array().unwrap();
    assert!(!lines.is_empty());
    for line in lines {
        assert!(
            line["xero"].is_object() && line["erpnext"].is_object(),
            "{line:#}"
        );
        assert_eq!(line["differs"], serde_json::json!([]), "{line:#}");
    }
    let by = view["referred_by"].as_array().unwrap();
    assert!(
        by.iter().any(|it| it["record"] == payment.as_str()),
        "{by:#?}"
    );
    assert!(!view["history"].as_array().unwrap().is_empty());
    assert!(invoice.text.contains(number) && invoice.text.contains("\u{250a}"));
    let nobody = said(folder, &["record", "Nobody at all"]).await;
    assert_eq!(nobody.exit, 2);
}

async fn files_say_what_the_screen_says(folder: &Path, xero: &Held) {
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();

    // What is owed: each column comes to the figure shown, and its own row of totals says so.
    let shown = said(folder, &["reconcile", "--all"]).await;
    let written = said(folder, &["reconcile", "--export", &path("owed.csv")]).await;
    assert_eq!(written.exit, 0, "{}", written.text);
    for (column, side) in [("owed in Xero", "xero"), ("owed in ERPNext", "erpnext")] {
        let (mut rows, totals) = sums(&read("owed.csv"), column);
        assert_eq!(rows, totals, "{column}");
        for total in shown.document["totals"].as_array().unwrap() {
            let currency = total["currency"].as_str().unwrap();
            let sum = rows.remove(currency).unwrap_or_default();
            assert_eq!(sum, amount(&total[side]), "{column} {currency}");
        }
        assert!(rows.is_empty());
    }

    // What is there stays, unless it is to be replaced.
    let again = said(folder, &["reconcile", "--export", &path("owed.csv")]).await;
    assert_eq!(
        (again.exit, &again.document["error"]["code"]),
        (2, &"exists".into())
    );
    let forced = said(
        folder,
        &["reconcile", "--export", &path("owed.csv"), "--force"],
    )
    .await;
    assert_eq!(forced.exit, 0);
    let nowhere = said(folder, &["log", "--export", &path("none/log.csv")]).await;
    assert_eq!(
        (nowhere.exit, &nowhere.document["error"]["code"]),
        (74, &"export".into())
    );
    let unknown = said(folder, &["log", "--export", &path("log.doc")]).await;
    assert_eq!(unknown.exit, 2);

    // Records as a spreadsheet: typed cells, and the same sums as the comma separated ones.
    for name in ["records.csv", "records.xlsx", "records.jsonl"] {
        let line = ["records", "--kind", "invoice", "--export", &path(name)];
        assert_eq!(said(folder, &line).await.exit, 0);
    }
    let mut book: Xlsx<_> = open_workbook(folder.join("records.xlsx")).unwrap();
    let cells = book.worksheet_range_at(0).unwrap().unwrap();
    let rows: Vec<&[Data]> = cells.rows().collect();
    let at = |name: &str| {
        rows[0]
            .iter()
            .position(|it| it == &Data::String(name.into()))
            .unwrap()
    };
    let (number, date, total, currency) = (
        at("record"),
        at("date"),
        at("amount in Xero"),
        at("currency"),
    );
    let (of_rows, totals) = sums(&read("records.csv"), "amount in Xero");
    // A currency of which Xero has nothing has no cell there, but a total.
    let totals: BTreeMap<String, Decimal> = (totals.into_iter())
        .filter(|(currency, sum)| of_rows.contains_key(currency) || !sum.is_zero())
        .collect();
    assert_eq!(of_rows, totals);
    let mut of_cells: BTreeMap<String, Decimal> = BTreeMap::new();
    for row in &rows[1..] {
        assert!(matches!(row[number], Data::String(_)), "{:?}", row[number]);
        if row[number] == Data::String("Total".into()) {
            continue;
        }
        assert!(matches!(row[date], Data::DateTime(_)), "{:?}", row[date]);
        if let Data::Float(value) = row[total] {
            let value: Decimal = value.to_string().parse().unwrap();
            *of_cells.entry(row[currency].to_string()).or_default() += value;
        }
    }
    assert_eq!(of_cells, of_rows);
    let invoices = read("records.jsonl").lines().count();
    assert!(invoices >= xero.invoices.len());

    // The rest is written too.
    for (line, name) in [
        (&["log", "--kind", "invoice"][..], "log.xlsx"),
        (&["exceptions"], "exceptions.jsonl"),
    ] {
        let target = path(name);
        let line: Vec<&str> = line.iter().copied().chain(["--export", &target]).collect();
        let written = said(folder, &line).await;
        assert_eq!(written.exit, 0, "{}", written.text);
        assert!(written.document["lines"].as_u64().unwrap() > 0, "{name}");
    }
}
