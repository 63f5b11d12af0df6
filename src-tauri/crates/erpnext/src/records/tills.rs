//! Sales Invoices that were paid at the till, with the payments that they hold.

use serde_json::{Value, json};

use super::changes::Documents;
use super::{Fetched, by, child, children, fetched, names_of, once_each};
use crate::chart::Chart;
use crate::client::{Client, List};
use crate::error::Error;
use crate::marker_fields;
use crate::wire::{TillPaymentRow, TillRow};

/// Reads the invoices that match, with their payments, in two calls however many they are; in one where there
/// are none. Only the company's own that are no returns: the filters are added here.
///
/// # Errors
/// See [`Error`].
pub async fn tills(
    client: &Client,
    chart: &Chart,
    mut filters: Vec<Value>,
    order_by: &str,
    limit: usize,
) -> Result<Vec<Fetched<TillRow>>, Error> {
    filters.extend(till_scope(chart));
    let mut fields = TillRow::FIELDS.to_vec();
    fields.push("creation");
    let list = List {
        doctype: "Sales Invoice",
        parent: None,
        fields,
        filters,
        order_by,
        limit,
    };
    let rows = once_each(client, list).await?;
    let names = names_of(&rows);
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let mut payment_list = child(
        "Sales Invoice",
        "Sales Invoice Payment",
        &TillPaymentRow::FIELDS,
        &names,
    );
    if chart.markers.till_row {
        payment_list.fields.push(marker_fields::PAYMENT);
    }
    let payments = client.list(&payment_list).await?;
    let payments = by(&payments, "parent");
    Ok(rows
        .iter()
        .map(|row| {
            let own = children(&payments, row.str("name").unwrap_or_default());
            fetched(row, "name", TillRow::read(row, own), &[own])
        })
        .collect())
}

/// The filters every look at these carries.
pub fn till_scope(chart: &Chart) -> Vec<Value> {
    vec![
        json!(["company", "=", chart.company]),
        json!(["is_pos", "=", 1]),
        json!(["is_return", "=", 0]),
    ]
}

/// Invoices that were paid at the till.
#[derive(Debug, Clone, Copy)]
pub struct Tills;

impl Documents for Tills {
    type Record = TillRow;
    const DOCTYPE: &'static str = "Sales Invoice";

    fn scope(chart: &Chart) -> Vec<Value> {
        till_scope(chart)
    }

    async fn fetch(
        client: &Client,
        chart: &Chart,
        filters: Vec<Value>,
        order_by: &str,
        limit: usize,
    ) -> Result<Vec<Fetched<TillRow>>, Error> {
        tills(client, chart, filters, order_by, limit).await
    }
}
