//! Documents in another currency than their receivable account, as far as what settles them has to know.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use crate::chart::Chart;
use crate::client::{Client, List};
use crate::error::Error;
use crate::wire::ForeignDocument;

/// Those of these Sales Invoices and returns that are in a foreign currency and kept in the company's, by name;
/// in one call, and in none where there are no names.
///
/// # Errors
/// See [`Error`].
pub(super) async fn foreign_documents(
    client: &Client,
    chart: &Chart,
    names: &BTreeSet<String>,
) -> Result<BTreeMap<String, ForeignDocument>, Error> {
    if names.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rows = client
        .list(&List {
            doctype: "Sales Invoice",
            parent: None,
            fields: ForeignDocument::FIELDS.to_vec(),
            filters: vec![
                json!(["name", "in", names]),
                json!(["currency", "!=", chart.currency.code()]),
            ],
            order_by: "name asc",
            limit: 0,
        })
        .await?;
    let read = rows.iter().filter_map(|row| {
        let document = ForeignDocument::read(row).ok()??;
        Some((row.str("name")?.to_owned(), document))
    });
    Ok(read.collect())
}
