//! Invoices that a site raises by itself, again and again: its Auto Repeats (fields and answers seen on 15.75 and
//! 16.9; a site allows them for Sales Invoice in Customize Form).

use chrono::NaiveDate;
use ledger::Currency;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::client::{Client, List};
use crate::error::Error;
use crate::obstacles::{self, Seen};
use crate::wire::row::exact;

/// One that is active.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AutoRepeat {
    /// Its name: AUT-AR-00001.
    pub name: String,
    /// The customer's document name.
    pub customer: String,
    /// The customer's name.
    pub customer_name: String,
    /// The total of the invoice that is repeated, in units of the currency.
    pub total: Decimal,
    /// The currency.
    pub currency: Currency,
    /// Monthly, Weekly …
    pub frequency: String,
    /// When the next one is raised, a calendar day.
    pub next: Option<NaiveDate>,
}

/// The active ones of a company's invoices.
///
/// # Errors
/// See [`Error`]; that the user may not look at them is none.
pub async fn auto_repeats(client: &Client, company: &str) -> Result<Seen<AutoRepeat>, Error> {
    let list = List {
        doctype: "Auto Repeat",
        parent: None,
        fields: vec![
            "name",
            "reference_document",
            "frequency",
            "next_schedule_date",
        ],
        filters: vec![
            json!(["reference_doctype", "=", "Sales Invoice"]),
            json!(["status", "=", "Active"]),
        ],
        order_by: "name asc",
        limit: 0,
    };
    let Seen::All(repeats) = obstacles::rows(client, list).await? else {
        return Ok(Seen::Hidden);
    };
    if repeats.is_empty() {
        return Ok(Seen::All(Vec::new()));
    }
    let names: Vec<&Value> = repeats.iter().map(|it| &it["reference_document"]).collect();
    let list = List {
        doctype: "Sales Invoice",
        parent: None,
        fields: vec![
            "name",
            "customer",
            "customer_name",
            "grand_total",
            "currency",
        ],
        filters: vec![
            json!(["name", "in", names]),
            json!(["company", "=", company]),
        ],
        order_by: "name asc",
        limit: 0,
    };
    let invoices = client.list(&list).await?.to_values();
    let read = |repeat: &Value| {
        let mut of = invoices.iter();
        let of = of.find(|it| it["name"] == repeat["reference_document"])?;
        let text = |row: &Value, field: &str| row[field].as_str().unwrap_or_default().to_owned();
        Some(AutoRepeat {
            name: text(repeat, "name"),
            customer: text(of, "customer"),
            customer_name: text(of, "customer_name"),
            total: exact(&of["grand_total"].to_string())?,
            currency: Currency::new(&text(of, "currency")).ok()?,
            frequency: text(repeat, "frequency"),
            next: text(repeat, "next_schedule_date").parse().ok(),
        })
    };
    Ok(Seen::All(repeats.iter().filter_map(read).collect()))
}
