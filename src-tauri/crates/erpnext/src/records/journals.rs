//! Journal Entries that name Customers, with their rows: what settles an invoice without being a Payment
//! Entry.

use serde_json::{Value, json};

use super::changes::Documents;
use super::foreign::foreign_documents;
use super::{Fetched, by, child, children, fetched, names_of, once_each};
use crate::chart::Chart;
use crate::client::{Client, List};
use crate::error::Error;
use crate::marker_fields;
use crate::wire::{JournalAccountRow, JournalRow};

/// Reads the Journal Entries that match, with their rows, in two calls however many they are, and one more where
/// they settle documents. Only the
/// company's own with a row of a Customer: the filters are added here. A row that was taken off its invoice
/// keeps its Customer, so an entry that settled one is read still.
///
/// # Errors
/// See [`Error`].
pub async fn journals(
    client: &Client,
    chart: &Chart,
    mut filters: Vec<Value>,
    order_by: &str,
    limit: usize,
) -> Result<Vec<Fetched<JournalRow>>, Error> {
    filters.extend(journal_scope(chart));
    let mut fields = JournalRow::FIELDS.to_vec();
    fields.push("creation");
    if chart.markers.allocation {
        fields.push(marker_fields::ALLOCATION);
    }
    let list = List {
        doctype: "Journal Entry",
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
    let mut account_list = child(
        "Journal Entry",
        "Journal Entry Account",
        &JournalAccountRow::FIELDS,
        &names,
    );
    if chart.markers.journal_row {
        account_list.fields.push(marker_fields::PAYMENT);
    }
    let accounts = client.list(&account_list).await?;
    let settled = accounts
        .iter()
        .filter(|row| {
            row.str("reference_type") == Some("Sales Invoice")
                && row.str("party_type") == Some("Customer")
        })
        .filter(|row| row.str("account_currency") == Some(chart.currency.code()))
        .filter_map(|row| row.str("reference_name").map(str::to_owned));
    let foreign = foreign_documents(client, chart, &settled.collect()).await?;
    let accounts = by(&accounts, "parent");
    Ok(rows
        .iter()
        .map(|row| {
            let own = children(&accounts, row.str("name").unwrap_or_default());
            let read = JournalRow::read(row, own).map(|mut read| {
                for account in &mut read.accounts {
                    let of = account.reference.as_ref();
                    account.foreign = of.and_then(|name| foreign.get(name)).cloned();
                }
                read
            });
            fetched(row, "name", read, &[own])
        })
        .collect())
}

/// The filters every look at Journal Entries carries.
pub fn journal_scope(chart: &Chart) -> Vec<Value> {
    vec![
        json!(["company", "=", chart.company]),
        json!(["Journal Entry Account", "party_type", "=", "Customer"]),
    ]
}

/// Journal Entries of Customers.
#[derive(Debug, Clone, Copy)]
pub struct Journals;

impl Documents for Journals {
    type Record = JournalRow;
    const DOCTYPE: &'static str = "Journal Entry";

    fn scope(chart: &Chart) -> Vec<Value> {
        journal_scope(chart)
    }

    async fn fetch(
        client: &Client,
        chart: &Chart,
        filters: Vec<Value>,
        order_by: &str,
        limit: usize,
    ) -> Result<Vec<Fetched<JournalRow>>, Error> {
        journals(client, chart, filters, order_by, limit).await
    }
}
