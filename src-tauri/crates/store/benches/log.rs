//! How long the log's queries take at a million lines: `cargo bench -p store`.
//!
//! Plain timings, no statistics: the first run of a query (its statement is compiled then) and the
//! median of the runs after it.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use ledger::{Currency, Kind, RemoteId, Side};
use store::{
    ConnectionId, LogId, LogOutcome, LogQuery, LogWrite, NewPairing, PairingId, RunId, Store,
    Trigger,
};

const LINES: u32 = 1_000_000;
const LINES_IN_A_RUN: u32 = 10_000;
const CUSTOMERS: u32 = 5_000;
const RUNS_OF_A_QUERY: usize = 7;
/// A page as the window asks for it.
const PAGE: u32 = 100;
/// As far as the window counts.
const COUNTED: u32 = 10_001;

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path().join("books.db")).unwrap();
    let began = Instant::now();
    let (pairing, run) = fill(&store);
    println!("{LINES} lines written in {:.1?}", began.elapsed());
    let size = std::fs::metadata(store.path()).unwrap().len();
    println!("database: {} MB", size / 1_000_000);

    let of = |query: LogQuery| LogQuery {
        pairing: Some(pairing),
        limit: PAGE,
        ..query
    };
    let text = |text: &str| {
        of(LogQuery {
            text: Some(text.into()),
            ..LogQuery::default()
        })
    };
    let middle = i64::from(LINES / 2);
    let queries = [
        ("newest page", of(LogQuery::default())),
        (
            "next page, half way down",
            of(LogQuery {
                before: Some(LogId(middle)),
                ..LogQuery::default()
            }),
        ),
        (
            "one run",
            of(LogQuery {
                run: Some(run),
                ..LogQuery::default()
            }),
        ),
        (
            "one outcome (2 % of lines)",
            of(LogQuery {
                outcomes: vec![LogOutcome::Exception],
                ..LogQuery::default()
            }),
        ),
        (
            "one kind and side",
            of(LogQuery {
                kind: Some(Kind::Invoice),
                to: Some(Side::Erpnext),
                ..LogQuery::default()
            }),
        ),
        ("text: an invoice number", text("INV-0500000")),
        ("text: the start of a number", text("INV-05")),
        ("text: the first digit of a number", text("INV-0")),
        ("text: one customer", text("customer 1234")),
        ("text: the start of a name", text("cust")),
        ("text: a word in every line", text("created")),
        ("text: two letters", text("in")),
        ("text: one letter", text("c")),
        ("text: a word in no line", text("zebra")),
        ("text: common words, few lines", text("freight customer 12")),
        (
            "one record's history",
            of(LogQuery {
                record: Some(RemoteId::new("xero-0500000")),
                ..LogQuery::default()
            }),
        ),
    ];
    println!(
        "{:<32} {:>6} {:>10} {:>10} {:>9} {:>10}",
        "query", "lines", "first", "median", "count", "counted in"
    );
    for (name, query) in queries {
        let (found, first, median) = timed(|| store.log(&query).unwrap().len());
        let (count, counted, _) = timed(|| store.log_count(&query, COUNTED).unwrap());
        println!(
            "{name:<32} {found:>6} {first:>10.2?} {median:>10.2?} {count:>9} {counted:>10.2?}"
        );
    }
}

/// The answer, how long the first asking took, and the median of the others.
fn timed<T>(mut ask: impl FnMut() -> T) -> (T, Duration, Duration) {
    let began = Instant::now();
    let answer = ask();
    let first = began.elapsed();
    let mut others: Vec<Duration> = (0..RUNS_OF_A_QUERY)
        .map(|_| {
            let began = Instant::now();
            ask();
            began.elapsed()
        })
        .collect();
    others.sort_unstable();
    (answer, first, others[RUNS_OF_A_QUERY / 2])
}

/// A million lines in a hundred runs, an hour apart; the run in the middle is handed back.
fn fill(store: &Store) -> (PairingId, RunId) {
    let gbp = Currency::new("GBP").unwrap();
    let began: DateTime<Utc> = Utc.with_ymd_and_hms(2026, 1, 1, 9, 0, 0).unwrap();
    let pairing = store
        .add_pairing(
            &NewPairing {
                name: "Books".into(),
                xero_connection: ConnectionId("xero".into()),
                xero_tenant: "tenant".into(),
                xero_name: "Organisation".into(),
                erpnext_connection: ConnectionId("erpnext".into()),
                erpnext_company: "Company".into(),
                base_currency: gbp,
                settings: serde_json::json!({}),
            },
            began,
        )
        .unwrap();
    let mut middle = None;
    for block in 0..LINES / LINES_IN_A_RUN {
        let at = began + TimeDelta::hours(i64::from(block));
        let run = store.start_run(pairing, Trigger::Schedule, at).unwrap();
        let lines: Vec<LogWrite> = (0..LINES_IN_A_RUN)
            .map(|number| line(block * LINES_IN_A_RUN + number, gbp))
            .collect();
        store.append_log(pairing, Some(run), &lines, at).unwrap();
        if block == LINES / LINES_IN_A_RUN / 2 {
            middle = Some(run);
        }
    }
    (pairing, middle.unwrap())
}

fn line(number: u32, currency: Currency) -> LogWrite {
    let (outcome, message) = if number.is_multiple_of(50) {
        (
            LogOutcome::Exception,
            "Xero has no account for Freight; choose one",
        )
    } else {
        (LogOutcome::Created, "Created in ERPNext")
    };
    LogWrite {
        kind: Some(if number.is_multiple_of(20) {
            Kind::Contact
        } else {
            Kind::Invoice
        }),
        to: Some(if number.is_multiple_of(3) {
            Side::Xero
        } else {
            Side::Erpnext
        }),
        xero_id: Some(RemoteId::new(format!("xero-{number:07}"))),
        erpnext_id: Some(RemoteId::new(format!("ACC-SINV-{number:07}"))),
        title: format!("INV-{number:07}"),
        // Scattered, so that neighbours have different customers.
        contact_name: format!("Customer {} Ltd", number.wrapping_mul(7_919) % CUSTOMERS),
        total: Some((rust_decimal::Decimal::new(i64::from(number), 2), currency)),
        outcome,
        message: message.into(),
        detail: None,
    }
}
