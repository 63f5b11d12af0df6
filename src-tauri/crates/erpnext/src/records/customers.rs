//! Customers with the Address and the Contact that count as their own.

use futures::try_join;
use serde_json::{Value, json};

use super::changes::Documents;
use super::{Fetched, by, children, fetched};
use crate::chart::Chart;
use crate::client::{Client, List};
use crate::error::Error;
use crate::marker_fields;
use crate::wire::{AddressRow, BadField, ContactRow, CustomerRow, Row};

/// A Customer with the Address and the Contact that count as its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customer {
    /// The Customer itself.
    pub row: CustomerRow,
    /// Its primary Address; else the one ticked as such; else its only one.
    pub address: Chosen<AddressRow>,
    /// Its primary Contact; else the one ticked as such; else its only one.
    pub contact: Chosen<ContactRow>,
}

/// Which of a Customer's Addresses or Contacts counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Chosen<T> {
    /// It has none.
    None,
    /// This one.
    One(T),
    /// It has several, and none is marked: guessing would overwrite the wrong one, and to say that
    /// there is none would erase what the other side has.
    Several,
}

impl<T> Chosen<T> {
    /// The one that counts, where that can be told.
    pub const fn one(&self) -> Option<&T> {
        match self {
            Chosen::One(one) => Some(one),
            Chosen::None | Chosen::Several => None,
        }
    }
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
    fields.push("creation");
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
    let names: Vec<&str> = rows.iter().filter_map(|row| row.str("name")).collect();
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
            let name = row.str("name").unwrap_or_default();
            let own_addresses = children(&addresses, name);
            let own_contacts = children(&contacts, name);
            let record = read_customer(row, own_addresses, own_contacts);
            fetched(row, "customer_name", record, &[own_addresses, own_contacts])
        })
        .collect())
}

fn read_customer(
    row: Row<'_>,
    addresses: &[Row<'_>],
    contacts: &[Row<'_>],
) -> Result<Customer, BadField> {
    let row = CustomerRow::read(row)?;
    let addresses = addresses
        .iter()
        .map(|address| AddressRow::read(*address))
        .collect::<Result<Vec<_>, _>>()?;
    let contacts = contacts
        .iter()
        .map(|contact| ContactRow::read(*contact))
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

/// The one named, else the only one that is ticked, else the only one.
fn choose<T>(
    mut all: Vec<T>,
    named: impl Fn(&T) -> bool,
    ticked: impl Fn(&T) -> bool,
) -> Chosen<T> {
    let the_only = |places: Vec<usize>| match places.as_slice() {
        [only] => Some(*only),
        _ => None,
    };
    let ticked = all.iter().enumerate().filter(|(_, one)| ticked(one));
    let ticked = ticked.map(|(place, _)| place).collect();
    let place = all
        .iter()
        .position(named)
        .or_else(|| the_only(ticked))
        .or_else(|| the_only((0..all.len()).collect()));
    match place {
        Some(place) => Chosen::One(all.swap_remove(place)),
        None if all.is_empty() => Chosen::None,
        None => Chosen::Several,
    }
}

/// Customers, by their own `modified` only; see [`changed_customers`].
pub(super) struct Customers;

impl Documents for Customers {
    type Record = Customer;
    const DOCTYPE: &'static str = "Customer";

    fn scope(_chart: &Chart) -> Vec<Value> {
        Vec::new()
    }

    async fn fetch(
        client: &Client,
        chart: &Chart,
        filters: Vec<Value>,
        order_by: &str,
        limit: usize,
    ) -> Result<Vec<Fetched<Customer>>, Error> {
        customers(client, chart, filters, order_by, limit).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_primary_one_is_chosen_and_none_is_guessed() {
        let is = |wanted: &'static str| move |name: &&str| *name == wanted;
        let none = |_: &&str| false;
        assert_eq!(choose(vec!["a", "b"], is("b"), is("a")), Chosen::One("b"));
        assert_eq!(choose(vec!["a", "b"], none, is("a")), Chosen::One("a"));
        assert_eq!(choose(vec!["a"], none, none), Chosen::One("a"));
        assert_eq!(choose(vec!["a", "b"], none, none), Chosen::Several);
        assert_eq!(choose(vec!["a", "b"], none, |_| true), Chosen::Several);
        assert_eq!(choose(Vec::<&str>::new(), none, none), Chosen::None);
    }
}
