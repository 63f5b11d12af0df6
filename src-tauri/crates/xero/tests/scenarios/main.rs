//! The scenarios that Xero's official SDKs go through in the conformance suite, through our client:
//! create, read, page, edit, pay, credit, allocate, void, delete, and read errors.
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "../common/mod.rs"]
mod common;

mod contacts;
mod credit;
mod invoices;
mod lookup;
mod payments;
mod settings;

use std::sync::Arc;

use chrono::NaiveDate;
use common::{Setting, Stage, noon, stage};
use ledger::Currency;
use net::JumpClock;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use xero::wire::Row;
use xero::wire::batch::{Element, Target};
use xero::wire::list::Listed;
use xero::wire::position::Position;

fn organisation() -> (Stage, Arc<JumpClock>) {
    let clock = Arc::new(JumpClock::at(noon()));
    (stage(Setting::free(clock.clone())), clock)
}

fn dec(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn gbp() -> Option<Currency> {
    Currency::new("GBP").ok()
}

fn day(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, day).unwrap()
}

fn id(record: &Value, key: &str) -> String {
    record[key].as_str().unwrap().to_owned()
}

async fn contact(stage: &Stage) -> String {
    let made = stage.create(Target::Contacts, json!({"Name": "Ann"})).await;
    id(&made, "ContactID")
}

fn line(price: &Value) -> Value {
    json!({"Description": "Roses", "Quantity": 1, "UnitAmount": price, "AccountCode": "200",
        "TaxType": "OUTPUT2"})
}

/// An approved invoice of one line at 20 %.
async fn invoice(stage: &Stage, contact: &str, price: i64) -> String {
    let made = stage
        .create(
            Target::Invoices,
            json!({"Type": "ACCREC", "Contact": {"ContactID": contact}, "Date": "2026-11-02",
                "DueDate": "2026-12-02", "Status": "AUTHORISED", "LineItems": [line(&json!(price))]}),
        )
        .await;
    id(&made, "InvoiceID")
}

/// Everything of a kind, page after page.
async fn all<T: Listed>(stage: &Stage) -> Vec<T> {
    let (mut found, mut position) = (Vec::new(), Position::default());
    loop {
        let page = stage.client.page::<T>(&position).await.unwrap();
        found.extend(page.rows.into_iter().map(read));
        position = page.next;
        if !page.more {
            return found;
        }
    }
}

fn read<T>(row: Row<T>) -> T {
    match row {
        Row::Read { row, .. } => *row,
        Row::Unreadable { why, raw, .. } => panic!("{why}: {raw}"),
    }
}

fn messages(element: &Element) -> &[String] {
    match element {
        Element::Refused { messages, .. } => messages,
        other => panic!("{other:?}"),
    }
}

fn written(element: Element) -> Value {
    match element {
        Element::Written(value) => value,
        other => panic!("{other:?}"),
    }
}
