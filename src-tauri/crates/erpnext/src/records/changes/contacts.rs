//! Changed Customers: editing an Address or a Contact need not touch the Customer, so all three lists
//! are followed.

use serde_json::json;

use super::{Changes, Feed, Moment, Place, Reading, page};
use crate::chart::Chart;
use crate::client::{Client, List};
use crate::error::Error;
use crate::records::customers::{Customer, Customers, customers};
use crate::records::{Fetched, PAGE};

/// The next page of changed Customers: first Customers, then those whose Addresses, then those
/// whose Contacts have changed.
///
/// # Errors
/// See [`Error`].
pub async fn changed_customers(
    client: &Client,
    chart: &Chart,
    from: Reading,
) -> Result<Changes<Customer>, Error> {
    let first = from == Reading::default();
    let mut reading = from.begin(&chart.time_zone, Moment::now(client));
    let mut total = None;
    if first {
        total = Some(client.count("Customer", &[]).await?);
        // Every Customer is about to be read with its Address and Contact, so their own lists
        // need only be followed from here.
        reading.addresses = newest(client, "Address").await?;
        reading.contacts = newest(client, "Contact").await?;
    }
    let rows = match reading.list {
        Feed::Documents => {
            let (rows, full) = page::<Customers>(client, chart, &mut reading.documents).await?;
            if !full {
                reading.list = Feed::Addresses;
            }
            rows
        }
        Feed::Addresses => {
            let (names, full) = touched(client, "Address", &mut reading.addresses).await?;
            if !full {
                reading.list = Feed::Contacts;
            }
            named_customers(client, chart, &names).await?
        }
        Feed::Contacts => {
            let (names, full) = touched(client, "Contact", &mut reading.contacts).await?;
            reading.ended = !full;
            named_customers(client, chart, &names).await?
        }
    };
    Ok(Changes {
        rows,
        next: reading,
        total,
    })
}

async fn newest(client: &Client, doctype: &str) -> Result<Place, Error> {
    let rows = client
        .list(&List {
            doctype,
            parent: None,
            fields: vec!["name", "modified"],
            filters: Vec::new(),
            order_by: "modified desc",
            limit: 1,
        })
        .await?;
    let text = |field: &str| {
        rows.first()
            .and_then(|row| row.str(field))
            .unwrap_or_default()
            .to_owned()
    };
    Ok(Place {
        modified: text("modified"),
        name: text("name"),
    })
}

/// The Customers whose Address or Contact changed, and whether there may be more.
async fn touched(
    client: &Client,
    doctype: &str,
    place: &mut Place,
) -> Result<(Vec<String>, bool), Error> {
    let modified = format!("`tab{doctype}`.modified");
    let order = format!("{modified} asc, `tab{doctype}`.name asc");
    let ask = async |operator: &str, name: Option<&str>| {
        let mut filters = vec![json!(["Dynamic Link", "link_doctype", "=", "Customer"])];
        if !place.modified.is_empty() {
            filters.push(json!([doctype, "modified", operator, place.modified]));
        }
        if let Some(name) = name {
            filters.push(json!([doctype, "name", ">", name]));
        }
        client
            .list(&List {
                doctype,
                parent: None,
                fields: vec![
                    "name",
                    "modified",
                    "`tabDynamic Link`.link_name as customer",
                ],
                filters,
                order_by: &order,
                limit: PAGE,
            })
            .await
    };
    let mut rows = ask(">=", None).await?;
    if rows.len() >= PAGE
        && rows
            .last()
            .is_some_and(|last| last.str("modified") == Some(&place.modified))
    {
        rows = ask("=", Some(&place.name)).await?;
        if rows.is_empty() {
            rows = ask(">", None).await?;
        }
    }
    let full = rows.len() >= PAGE;
    if let Some(last) = rows.last() {
        let text = |field: &str| last.str(field).unwrap_or_default().to_owned();
        if text("modified") >= place.modified {
            *place = Place {
                modified: text("modified"),
                name: text("name"),
            };
        }
    }
    let mut names: Vec<String> = rows
        .iter()
        .filter_map(|row| row.str("customer").map(str::to_owned))
        .collect();
    names.sort();
    names.dedup();
    Ok((names, full))
}

async fn named_customers(
    client: &Client,
    chart: &Chart,
    names: &[String],
) -> Result<Vec<Fetched<Customer>>, Error> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let filters = vec![json!(["name", "in", names])];
    customers(client, chart, filters, "modified asc, name asc", 0).await
}
