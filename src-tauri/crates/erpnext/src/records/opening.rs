//! What customers owed when the company's books began, where a Journal Entry brought it in as one amount.

use std::collections::BTreeSet;

use ledger::{OpeningEntry, RemoteId};
use serde_json::json;

use super::{child, journal_scope, names_of, once_each};
use crate::chart::Chart;
use crate::client::{Client, List};
use crate::error::Error;
use crate::wire::{BadField, Row, Rows};

/// The rows of an entry that are looked at.
const ROW: [&str; 4] = ["parent", "party_type", "party", "reference_name"];

/// The opening entries of customers: one call, and one more where there are any. A row that names a document
/// settles that one, and brings nothing in. What cannot be read is left out: nothing is held back for it.
///
/// # Errors
/// See [`Error`].
pub async fn opening_entries(client: &Client, chart: &Chart) -> Result<Vec<OpeningEntry>, Error> {
    let mut filters = journal_scope(chart);
    filters.push(json!(["is_opening", "=", "Yes"]));
    filters.push(json!(["docstatus", "=", 1]));
    let entries = List {
        doctype: "Journal Entry",
        parent: None,
        fields: vec!["name", "posting_date"],
        filters,
        order_by: "name asc",
        limit: 0,
    };
    let entries = once_each(client, entries).await?;
    let names = names_of(&entries);
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let rows = child("Journal Entry", "Journal Entry Account", &ROW, &names);
    let rows = client.list(&rows).await?;
    Ok(of_customers(&entries, &rows))
}

/// The entries of these rows, once for each of their customers.
fn of_customers(entries: &Rows, rows: &Rows) -> Vec<OpeningEntry> {
    let mut seen = BTreeSet::new();
    let read = |row: Row<'_>| -> Result<Option<OpeningEntry>, BadField> {
        let own = row.text("party_type")?.as_deref() == Some("Customer");
        if !own || row.text("reference_name")?.is_some_and(|it| !it.is_empty()) {
            return Ok(None);
        }
        let (id, contact) = (row.name("parent")?, row.name("party")?);
        let of = entries.iter().find(|it| it.str("name") == Some(&id));
        let date = match of {
            Some(entry) => entry.date("posting_date")?,
            None => None,
        };
        Ok(date.map(|date| OpeningEntry {
            id: RemoteId::new(id),
            contact: RemoteId::new(contact),
            date,
        }))
    };
    let found = rows.iter().filter_map(|row| read(row).ok().flatten());
    found
        .filter(|it| seen.insert((it.id.clone(), it.contact.clone())))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As real sites answer (observed on 15.71.1 and 16.9.1).
    #[test]
    fn an_opening_entry_is_told_once_for_each_customer_that_it_names_no_document_of() {
        let entries = Rows::from_iter([
            json!({ "name": "JV-1", "posting_date": "2026-04-24" }),
            json!({ "name": "JV-2", "posting_date": null }),
        ]);
        let row = |of: &str, kind: Option<&str>, party: Option<&str>, names: Option<&str>| json!({ "parent": of, "party_type": kind, "party": party, "reference_name": names });
        let rows = Rows::from_iter([
            row("JV-1", Some("Customer"), Some("Acme"), None),
            row("JV-1", Some("Customer"), Some("Acme"), Some("")),
            row("JV-1", Some("Customer"), Some("Bolt"), None),
            row("JV-1", Some("Customer"), Some("Paid"), Some("INV-1")),
            row("JV-1", Some("Supplier"), Some("Mill"), None),
            row("JV-1", None, None, None),
            row("JV-2", Some("Customer"), Some("Acme"), None),
        ]);
        let found = of_customers(&entries, &rows);
        let shown = found
            .iter()
            .map(|it| format!("{} {} {}", it.id.as_str(), it.contact.as_str(), it.date));
        let expected = ["JV-1 Acme 2026-04-24", "JV-1 Bolt 2026-04-24"];
        assert_eq!(shown.collect::<Vec<_>>(), expected);
    }
}
