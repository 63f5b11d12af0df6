//! How long it takes to find records among a million: `cargo bench -p store --bench records`.
//!
//! Plain timings: the first run of a query and the median of the runs after it.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::time::{Duration, Instant};

use chrono::{DateTime, NaiveDate, TimeDelta, TimeZone, Utc};
use ledger::{
    Contact, Currency, Document, DocumentState, Kind, PriceMode, Record, RemoteId, Side, Version,
};
use rust_decimal::Decimal;
use store::{
    ConnectionId, LinkState, LinkWrite, NewPairing, PairingId, Place, RecordQuery, RecordRow,
    RecordStanding, Settlement, Store,
};

const RECORDS: u32 = 1_000_000;
const CUSTOMERS: u32 = 5_000;
const RUNS_OF_A_QUERY: usize = 7;
const PAGE: u32 = 100;

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path().join("books.db")).unwrap();
    let began = Instant::now();
    let pairing = fill(&store);
    println!("{RECORDS} records written in {:.1?}", began.elapsed());
    drop(store);
    let store = Store::open(folder.path().join("books.db")).unwrap();
    let size = std::fs::metadata(store.path()).unwrap().len();
    println!("database: {} MB", size / 1_000_000);
    let text = |text: &str| RecordQuery {
        text: Some(text.into()),
        ..RecordQuery::default()
    };
    let of = RecordQuery::default;
    let amount = |low: &str, high: &str| Some((low.parse().unwrap(), high.parse().unwrap()));
    let day = |text: &str| Some(text.parse::<NaiveDate>().unwrap());
    let middle = store
        .find_records(
            pairing,
            &RecordQuery {
                until: day("2022-06-30"),
                limit: 1,
                ..of()
            },
        )
        .unwrap()[0]
        .place;
    let queries = [
        ("newest page", of()),
        (
            "next page, half way down",
            RecordQuery {
                before: Some(Place(middle.0)),
                ..of()
            },
        ),
        ("text: a whole number", text("INV-0400000")),
        ("text: the digits of a number", text("0400000")),
        ("text: the start of a number", text("INV-04")),
        ("text: the first digit", text("0")),
        ("text: a customer", text("customer 1234")),
        ("text: all customers", text("customer")),
        ("text: nothing like it", text("zebra")),
        (
            "text of all, an amount of one",
            RecordQuery {
                text: Some("customer".into()),
                amount: amount("123456.78", "123456.78"),
                ..of()
            },
        ),
        (
            "an amount",
            RecordQuery {
                amount: amount("4321.07", "4321.07"),
                ..of()
            },
        ),
        (
            "amounts of all",
            RecordQuery {
                amount: amount("0", "1000000"),
                ..of()
            },
        ),
        (
            "one month, one side",
            RecordQuery {
                from: day("2021-03-01"),
                until: day("2021-03-31"),
                side: Some(Side::Erpnext),
                ..of()
            },
        ),
        (
            "a kind of which there are none",
            RecordQuery {
                kind: Some(Kind::Payment),
                ..of()
            },
        ),
        (
            "alone (200, the oldest)",
            RecordQuery {
                standing: Some(RecordStanding::Alone),
                ..of()
            },
        ),
        (
            "linked",
            RecordQuery {
                standing: Some(RecordStanding::Linked),
                ..of()
            },
        ),
        (
            "ended (none)",
            RecordQuery {
                standing: Some(RecordStanding::Ended),
                ..of()
            },
        ),
        (
            "waiting (none)",
            RecordQuery {
                standing: Some(RecordStanding::Waiting),
                ..of()
            },
        ),
    ];
    for (about, query) in queries {
        let query = RecordQuery {
            limit: PAGE,
            ..query
        };
        let mut times = Vec::new();
        let mut found = 0;
        for _ in 0..RUNS_OF_A_QUERY {
            let began = Instant::now();
            found = store.find_records(pairing, &query).unwrap().len();
            times.push(began.elapsed());
        }
        let first = times.remove(0);
        times.sort_unstable();
        let middle: Duration = times[times.len() / 2];
        println!("{about:36} {found:4} found   first {first:>9.1?}   median {middle:>9.1?}");
    }
}

fn at(second: i64) -> DateTime<Utc> {
    Utc.timestamp_opt(1_780_000_000 + second, 0).unwrap()
}

fn guid(number: u32) -> String {
    format!(
        "{number:08x}-0000-4000-8000-{:012x}",
        u64::from(number) * 7919
    )
}

fn invoice(side: Side, number: u32) -> RecordRow {
    // Spread over eight years, in no order of their numbers.
    let scattered = i64::from(number) * 7919 % 2_920;
    let total = Decimal::new(i64::from(number) * 37 % 50_000_000, 2);
    let name = format!("INV-{number:07}");
    let customer = number % CUSTOMERS;
    RecordRow {
        id: RemoteId::new(match side {
            Side::Xero => guid(number),
            Side::Erpnext => name.clone(),
        }),
        version: Version::new("1"),
        marker: None,
        record: Ok(Record::Invoice(Document {
            number: Some(name),
            contact: RemoteId::new(format!("customer {customer}")),
            contact_name: format!("Customer {customer} Ltd"),
            state: DocumentState::Approved,
            date: NaiveDate::from_ymd_opt(2018, 1, 1).unwrap() + TimeDelta::days(scattered),
            due_date: None,
            currency: Currency::new("GBP").unwrap(),
            exchange_rate: None,
            reference: None,
            price_mode: PriceMode::NoTax,
            lines: Vec::new(),
            net_total: total,
            tax_total: Decimal::ZERO,
            total,
            amount_due: Decimal::ZERO,
            opening: false,
            against: None,
            allocations: Vec::new(),
        })),
        merged_into: None,
        born: None,
    }
}

fn fill(store: &Store) -> PairingId {
    let pairing = store
        .add_pairing(
            &NewPairing {
                name: "Main".into(),
                xero_connection: ConnectionId("x".into()),
                xero_tenant: "tenant".into(),
                xero_name: "Demo Ltd".into(),
                erpnext_connection: ConnectionId("e".into()),
                erpnext_company: "Demo Ltd".into(),
                base_currency: Currency::new("GBP").unwrap(),
                settings: serde_json::json!({}),
            },
            at(0),
        )
        .unwrap();
    let contacts: Vec<RecordRow> = (0..CUSTOMERS)
        .map(|number| RecordRow {
            id: RemoteId::new(guid(number)),
            version: Version::new("1"),
            marker: None,
            record: Ok(Record::Contact(Contact {
                name: format!("Customer {number} Ltd"),
                ..Contact::default()
            })),
            merged_into: None,
            born: None,
        })
        .collect();
    store
        .store_page(pairing, Side::Xero, Kind::Contact, &contacts, "1", at(1))
        .unwrap();
    let numbers: Vec<u32> = (0..RECORDS / 2).collect();
    for numbers in numbers.chunks(1_000) {
        for side in Side::BOTH {
            let rows: Vec<RecordRow> = numbers.iter().map(|it| invoice(side, *it)).collect();
            store
                .store_page(pairing, side, Kind::Invoice, &rows, "1", at(1))
                .unwrap();
        }
        let links: Vec<Settlement> = numbers
            .iter()
            .filter(|number| **number >= 100)
            .map(|number| Settlement {
                link: Some(LinkWrite {
                    id: None,
                    kind: Kind::Invoice,
                    xero_id: RemoteId::new(guid(*number)),
                    erpnext_id: RemoteId::new(format!("INV-{number:07}")),
                    base_xero: None,
                    base_erpnext: None,
                    xero_version: None,
                    erpnext_version: None,
                    state: LinkState::Active,
                }),
                ..Settlement::default()
            })
            .collect();
        store.settle(pairing, None, &links, None, at(2)).unwrap();
    }
    pairing
}
