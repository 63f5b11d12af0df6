//! Customers and sales invoices, whole, many at a time.
//!
//! A document with its child tables costs one call each; three list calls bring 500 of them
//! (measured on ERPNext 15: 0.3 s instead of 16 s).

pub mod changes;

use std::collections::HashMap;

use futures::try_join;
use serde_json::{Value, json};

use crate::chart::Chart;
use crate::client::{Client, List};
use crate::error::Error;
use crate::marker_fields;
use crate::wire::{AddressRow, BadField, ContactRow, CustomerRow, InvoiceRow, ItemRow, TaxRow};

/// How many documents to read at once.
pub const PAGE: usize = 500;

/// A Customer with the Address and the Contact that count as its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customer {
    /// The Customer itself.
    pub row: CustomerRow,
    /// Its primary Address; else the one ticked as such; else its only one.
    pub address: Option<AddressRow>,
    /// Its primary Contact; else the one ticked as such; else its only one.
    pub contact: Option<ContactRow>,
}

/// A document as read, or why it could not be.
#[derive(Debug, Clone)]
pub struct Fetched<T> {
    /// Its document name.
    pub name: String,
    /// When it was last saved, as sent.
    pub modified: String,
    /// What a person calls it.
    pub title: String,
    /// The document, or the first field that could not be read.
    pub record: Result<T, BadField>,
    /// The raw rows where the document could not be read.
    pub raw: String,
}

/// Reads the Customers that match, with their Addresses and Contacts.
///
/// # Errors
/// See [`Error`].
pub async fn customers(
    client: &Client,
    chart: &Chart,
    filters: Vec<Value>,
    order_by: &str,
    limit: usize,
) -> Result<Vec<Fetched<Customer>>, Error> {
    let mut fields = CustomerRow::FIELDS.to_vec();
    if chart.markers.customer {
        fields.push(marker_fields::CONTACT);
    }
    let rows = client
        .list(&List {
            doctype: "Customer",
            parent: None,
            fields,
            filters,
            order_by,
            limit,
        })
        .await?;
    let names: Vec<&str> = rows.iter().filter_map(|row| row["name"].as_str()).collect();
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let linked = |doctype: &'static str, fields: Vec<&'static str>| List {
        doctype,
        parent: None,
        fields,
        filters: vec![
            json!(["Dynamic Link", "link_doctype", "=", "Customer"]),
            json!(["Dynamic Link", "link_name", "in", names]),
        ],
        order_by: if doctype == "Address" {
            "`tabAddress`.name asc"
        } else {
            "`tabContact`.name asc"
        },
        limit: 0,
    };
    let address_list = linked("Address", AddressRow::FIELDS.to_vec());
    let contact_list = linked("Contact", ContactRow::FIELDS.to_vec());
    let (addresses, contacts) = try_join!(client.list(&address_list), client.list(&contact_list))?;
    let addresses = by(&addresses, "customer");
    let contacts = by(&contacts, "customer");
    Ok(rows
        .iter()
        .map(|row| {
            let name = row["name"].as_str().unwrap_or_default();
            let own_addresses = children(&addresses, name);
            let own_contacts = children(&contacts, name);
            let record = read_customer(row, own_addresses, own_contacts);
            fetched(row, "customer_name", record, &[own_addresses, own_contacts])
        })
        .collect())
}

fn read_customer(
    row: &Value,
    addresses: &[&Value],
    contacts: &[&Value],
) -> Result<Customer, BadField> {
    let row = CustomerRow::read(row)?;
    let addresses = addresses
        .iter()
        .map(|address| AddressRow::read(address))
        .collect::<Result<Vec<_>, _>>()?;
    let contacts = contacts
        .iter()
        .map(|contact| ContactRow::read(contact))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Customer {
        address: choose(
            addresses
                .into_iter()
                .filter(|address| !address.disabled)
                .collect(),
            |address| row.primary_address.as_ref() == Some(&address.name),
            |address| address.is_primary,
        ),
        contact: choose(
            contacts,
            |contact| row.primary_contact.as_ref() == Some(&contact.name),
            |contact| contact.is_primary,
        ),
        row,
    })
}

/// The one named, else the first ticked, else the only one. Of several none of which is marked,
/// none: guessing would overwrite the wrong one.
fn choose<T>(
    mut all: Vec<T>,
    named: impl Fn(&T) -> bool,
    ticked: impl Fn(&T) -> bool,
) -> Option<T> {
    let place = all
        .iter()
        .position(named)
        .or_else(|| all.iter().position(ticked))
        .or((all.len() == 1).then_some(0))?;
    Some(all.swap_remove(place))
}

/// Reads the Sales Invoices that match, with their item and tax rows. Only the company's own, and
/// no credit notes: the filters are added here so that no caller can forget them.
///
/// # Errors
/// See [`Error`].
pub async fn invoices(
    client: &Client,
    chart: &Chart,
    mut filters: Vec<Value>,
    order_by: &str,
    limit: usize,
) -> Result<Vec<Fetched<InvoiceRow>>, Error> {
    let mut fields = InvoiceRow::FIELDS.to_vec();
    if chart.markers.invoice {
        fields.push(marker_fields::INVOICE);
    }
    filters.extend(invoice_scope(chart));
    let rows = client
        .list(&List {
            doctype: "Sales Invoice",
            parent: None,
            fields,
            filters,
            order_by,
            limit,
        })
        .await?;
    let names: Vec<&str> = rows.iter().filter_map(|row| row["name"].as_str()).collect();
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let child = |doctype: &'static str, fields: Vec<&'static str>| List {
        doctype,
        parent: Some("Sales Invoice"),
        fields,
        // `parent` beside the filters is a permission check only; rows of other DocTypes with the
        // same names would come as well.
        filters: vec![
            json!(["parent", "in", names]),
            json!(["parenttype", "=", "Sales Invoice"]),
        ],
        order_by: "parent asc, idx asc",
        limit: 0,
    };
    let item_list = child("Sales Invoice Item", ItemRow::FIELDS.to_vec());
    let tax_list = child("Sales Taxes and Charges", TaxRow::FIELDS.to_vec());
    let (items, taxes) = try_join!(client.list(&item_list), client.list(&tax_list))?;
    let items = by(&items, "parent");
    let taxes = by(&taxes, "parent");
    Ok(rows
        .iter()
        .map(|row| {
            let name = row["name"].as_str().unwrap_or_default();
            let own_items = children(&items, name);
            let own_taxes = children(&taxes, name);
            let record = InvoiceRow::read(row, own_items, own_taxes);
            fetched(row, "name", record, &[own_items, own_taxes])
        })
        .collect())
}

/// The filters every look at invoices carries.
pub fn invoice_scope(chart: &Chart) -> Vec<Value> {
    vec![
        json!(["company", "=", chart.company]),
        json!(["is_return", "=", 0]),
    ]
}

fn fetched<T>(
    row: &Value,
    title: &str,
    record: Result<T, BadField>,
    children: &[&[&Value]],
) -> Fetched<T> {
    let text = |field: &str| row[field].as_str().unwrap_or_default().to_owned();
    let raw = match &record {
        Ok(_) => String::new(),
        Err(_) => json!({"document": row, "rows": children}).to_string(),
    };
    let title = text(title);
    Fetched {
        name: text("name"),
        modified: text("modified"),
        title: if title.is_empty() {
            text("name")
        } else {
            title
        },
        record,
        raw,
    }
}

fn by<'a>(rows: &'a [Value], field: &str) -> HashMap<&'a str, Vec<&'a Value>> {
    let mut grouped: HashMap<&str, Vec<&Value>> = HashMap::new();
    for row in rows {
        if let Some(key) = row[field].as_str() {
            grouped.entry(key).or_default().push(row);
        }
    }
    grouped
}

fn children<'m, 'a>(grouped: &'m HashMap<&str, Vec<&'a Value>>, name: &str) -> &'m [&'a Value] {
    grouped.get(name).map_or(&[], Vec::as_slice)
}

/// Which of these documents, all cancelled to be replaced, have been replaced.
///
/// # Errors
/// See [`Error`].
pub async fn replaced_already(
    client: &Client,
    chart: &Chart,
    names: &[&str],
) -> Result<Vec<String>, Error> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let mut filters = invoice_scope(chart);
    filters.push(json!(["amended_from", "in", names]));
    let rows = client
        .list(&List {
            doctype: "Sales Invoice",
            parent: None,
            fields: vec!["name", "amended_from"],
            filters,
            order_by: "name asc",
            limit: 0,
        })
        .await?;
    Ok(rows
        .iter()
        .filter_map(|row| row["amended_from"].as_str().map(str::to_owned))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_primary_one_is_chosen_and_none_is_guessed() {
        let named = |wanted: &'static str| move |name: &&str| *name == wanted;
        assert_eq!(choose(vec!["a", "b"], named("b"), named("a")), Some("b"));
        assert_eq!(choose(vec!["a", "b"], named("x"), named("a")), Some("a"));
        assert_eq!(choose(vec!["a"], named("x"), named("x")), Some("a"));
        assert_eq!(choose(vec!["a", "b"], named("x"), named("x")), None);
    }
}
