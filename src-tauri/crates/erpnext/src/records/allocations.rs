//! Journal Entries that use returns for invoices.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde_json::{Value, json};

use crate::client::{Client, List};
use crate::error::Error;
use crate::marker_fields;

/// A Journal Entry, as far as its cancellation is concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllocationEntry {
    /// Its document name.
    pub name: String,
    /// When it was last saved, as sent.
    pub modified: String,
    /// The day it counts from.
    pub date: NaiveDate,
    /// Our identity; `None` on what a person entered.
    pub identity: Option<String>,
}

/// Those of these vouchers that are Journal Entries, in one call.
///
/// # Errors
/// See [`Error`].
pub async fn allocation_entries(
    client: &Client,
    names: &[&str],
) -> Result<Vec<AllocationEntry>, Error> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let rows = client
        .list(&List {
            doctype: "Journal Entry",
            parent: None,
            fields: vec![
                "name",
                "modified",
                "posting_date",
                marker_fields::ALLOCATION,
            ],
            filters: vec![json!(["name", "in", names])],
            order_by: "name asc",
            limit: 0,
        })
        .await?;
    Ok(rows
        .iter()
        .filter_map(|row| {
            Some(AllocationEntry {
                name: row.name("name").ok()?,
                modified: row.required("modified").ok()?,
                date: row.date("posting_date").ok()??,
                identity: row.text(marker_fields::ALLOCATION).ok()?,
            })
        })
        .collect())
}

/// A Journal Entry that used a credit note of Xero, whatever became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllocationMade {
    /// Our identity on it.
    pub identity: String,
    /// Its document name.
    pub name: String,
    /// Whether it stands.
    pub stands: bool,
}

/// All Journal Entries that ever used these credit notes of Xero, cancelled ones included, by credit note: in one
/// call for all of them.
///
/// # Errors
/// See [`Error`].
pub async fn allocations_made(
    client: &Client,
    credit_notes: &[&str],
) -> Result<BTreeMap<String, Vec<AllocationMade>>, Error> {
    let mut made: BTreeMap<String, Vec<AllocationMade>> = BTreeMap::new();
    if credit_notes.is_empty() {
        return Ok(made);
    }
    let field = marker_fields::ALLOCATION;
    let of = credit_notes.iter();
    let of: Vec<Value> = of
        .map(|note| json!([field, "like", format!("{note}/%")]))
        .collect();
    let list = List {
        doctype: "Journal Entry",
        parent: None,
        fields: vec![field, "name", "docstatus"],
        filters: Vec::new(),
        order_by: "name asc",
        limit: 0,
    };
    for row in client.list_any(&list, &of).await?.iter() {
        let (Some(identity), Some(name)) = (row.str(field), row.str("name")) else {
            continue;
        };
        // The database compares without case; identities are exact.
        let is_of = |note: &&&str| {
            let rest = identity.strip_prefix(**note);
            rest.is_some_and(|rest| rest.starts_with('/'))
        };
        let Some(note) = credit_notes.iter().find(is_of) else {
            continue;
        };
        made.entry((*note).to_owned())
            .or_default()
            .push(AllocationMade {
                identity: identity.to_owned(),
                name: name.to_owned(),
                stands: row.int("docstatus") == Some(1),
            });
    }
    Ok(made)
}

/// The name of the Journal Entry that carries an identity, cancelled or not.
///
/// # Errors
/// See [`Error`].
pub async fn allocation_of(client: &Client, identity: &str) -> Result<Option<String>, Error> {
    let rows = client
        .list(&List {
            doctype: "Journal Entry",
            parent: None,
            fields: vec!["name"],
            filters: vec![json!([marker_fields::ALLOCATION, "=", identity])],
            order_by: "name asc",
            limit: 1,
        })
        .await?;
    let name = rows.first().and_then(|row| row.str("name"));
    Ok(name.map(str::to_owned))
}
