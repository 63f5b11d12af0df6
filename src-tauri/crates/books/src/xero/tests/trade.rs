//! Customers of the demo organisation, and what they were sold.

use chrono::NaiveDate;
use serde_json::Value;

use super::stage::Stage;
use super::*;

pub(super) fn day(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, day).unwrap()
}

/// A customer by name, and its id.
pub(super) fn customer(stage: &Stage, name: &str) -> String {
    let made = stage.edit(&json!({"op": "create_contact", "Name": name}));
    text(&made, "ContactID")
}

/// An approved invoice of this much without tax, and its id.
pub(super) fn sold(stage: &Stage, contact: &str, number: &str, amount: u32) -> String {
    sold_in(stage, contact, number, amount, None)
}

pub(super) fn sold_in(
    stage: &Stage,
    contact: &str,
    number: &str,
    amount: u32,
    currency: Option<(&str, f64)>,
) -> String {
    let mut op = json!({"op": "create_invoice", "InvoiceNumber": number, "Status": "AUTHORISED",
        "Contact": {"ContactID": contact}, "Date": "2026-11-10", "DueDate": "2026-12-10",
        "LineAmountTypes": "NoTax",
        "LineItems": [{"Description": "Bread", "Quantity": 1, "UnitAmount": amount, "AccountCode": "200"}]});
    if let Some((code, rate)) = currency {
        op["CurrencyCode"] = json!(code);
        op["CurrencyRate"] = json!(rate);
    }
    text(&stage.edit(&op), "InvoiceID")
}

pub(super) fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap().to_owned()
}

/// The stage with the base currency known.
pub(super) async fn books() -> Stage {
    let stage = stage();
    stage.books.profile().await.unwrap();
    stage
}

pub(super) fn due(stage: &Stage, invoice: &str) -> String {
    let state = stage.wire.world.lock().unwrap().state();
    let invoices = state["Invoices"].as_array().unwrap();
    let found = invoices.iter().find(|it| it["InvoiceID"] == invoice);
    found.unwrap()["AmountDue"].to_string()
}
