//! Sales Invoices with their child rows.

use std::collections::BTreeSet;

use futures::try_join;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::changes::Documents;
use super::credit_notes::against;
use super::{Fetched, by, child, children, fetched, names_of};
use crate::chart::Chart;
use crate::client::{Client, List};
use crate::error::Error;
use crate::marker_fields;
use crate::translate::credit_note::beyond_nothing;
use crate::wire::{BadField, InvoiceRow, ItemRow, Row, Rows, ScheduleRow, SettlementRow, TaxRow};

/// Reads the Sales Invoices that match, with their item and tax rows and payment schedules, in four
/// calls however many they are, and one more where some owe less than nothing: what returns have
/// beyond what their originals owed is left of the returns, and the originals owe nothing. Only the company's own, and no credit notes: the filters are added
/// here so that no caller can forget them.
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
    filters.extend(invoice_scope(chart));
    let (rows, names) = parents(client, chart, filters, order_by, limit).await?;
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let item_list = child(
        "Sales Invoice",
        "Sales Invoice Item",
        &ItemRow::FIELDS,
        &names,
    );
    let tax_list = child(
        "Sales Invoice",
        "Sales Taxes and Charges",
        &TaxRow::FIELDS,
        &names,
    );
    let schedule_list = child(
        "Sales Invoice",
        "Payment Schedule",
        &ScheduleRow::FIELDS,
        &names,
    );
    let below: BTreeSet<&str> = rows.iter().filter_map(owes_less).collect();
    let (items, taxes, schedules, below) = try_join!(
        client.list(&item_list),
        client.list(&tax_list),
        client.list(&schedule_list),
        against(client, &below),
    )?;
    let (items, taxes, schedules, below) = (
        by(&items, "parent"),
        by(&taxes, "parent"),
        by(&schedules, "parent"),
        by(&below, "against_voucher_no"),
    );
    Ok(rows
        .iter()
        .map(|row| {
            let name = row.str("name").unwrap_or_default();
            let own = [&items, &taxes, &schedules, &below].map(|rows| children(rows, name));
            fetched(row, "name", whole(row, own), &own)
        })
        .collect())
}

fn whole(
    row: Row<'_>,
    [items, taxes, schedule, below]: [&[Row<'_>]; 4],
) -> Result<InvoiceRow, BadField> {
    let mut invoice = InvoiceRow::read(row, items, taxes)?;
    invoice.schedule = ScheduleRow::read_all(schedule)?;
    let below = below.iter().map(|row| SettlementRow::read(*row));
    let below = below.collect::<Result<Vec<_>, _>>()?;
    invoice.outstanding += beyond_nothing(invoice.outstanding, &below);
    Ok(invoice)
}

/// The name of a submitted invoice that owes less than nothing.
fn owes_less(row: Row<'_>) -> Option<&str> {
    let owed = row.amount("outstanding_amount");
    let less = row.int("docstatus") == Some(1) && owed.is_ok_and(|owed| owed < Decimal::ZERO);
    row.str("name").filter(|_| less)
}

/// The Sales Invoices that match, returns or not as the filters say, without child rows; and their
/// names.
pub(super) async fn parents(
    client: &Client,
    chart: &Chart,
    filters: Vec<Value>,
    order_by: &str,
    limit: usize,
) -> Result<(Rows, Vec<String>), Error> {
    let mut fields = InvoiceRow::FIELDS.to_vec();
    fields.push("creation");
    for (field, installed) in [
        (marker_fields::INVOICE, chart.markers.invoice),
        (marker_fields::CREDIT_NOTE, chart.markers.credit_note),
    ] {
        if installed {
            fields.push(field);
        }
    }
    let list = List {
        doctype: "Sales Invoice",
        parent: None,
        fields,
        filters,
        order_by,
        limit,
    };
    let rows = client.list_with(list, &[InvoiceRow::OWN_BALANCE]).await?;
    let names = names_of(&rows);
    Ok((rows, names))
}

/// The filters every look at invoices carries.
pub fn invoice_scope(chart: &Chart) -> Vec<Value> {
    vec![
        json!(["company", "=", chart.company]),
        json!(["is_return", "=", 0]),
    ]
}

/// A document that carries an identity of ours, under whichever revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Its document name.
    pub name: String,
    /// The stored marker, with its revision.
    pub marker: String,
    /// 0 draft, 1 submitted, 2 cancelled.
    pub docstatus: u64,
    /// The document it was amended from.
    pub amended_from: Option<String>,
}

impl Holder {
    /// Whether another document that carries the same identity stands in its place: one that is not
    /// cancelled, or was marked later.
    pub fn is_superseded(&self, holders: &[Holder]) -> bool {
        self.docstatus == 2
            && holders.iter().any(|other| {
                other.name != self.name
                    && marker_fields::identity(&other.marker).0
                        == marker_fields::identity(&self.marker).0
                    && (other.docstatus != 2
                        || marker_fields::revision(&other.marker)
                            > marker_fields::revision(&self.marker))
            })
    }
}

/// The company's invoices that carry one of these identities, in one call.
///
/// # Errors
/// See [`Error`].
pub async fn holders(
    client: &Client,
    chart: &Chart,
    identities: &[&str],
) -> Result<Vec<Holder>, Error> {
    if !chart.markers.invoice {
        return Ok(Vec::new());
    }
    let place = ("Sales Invoice", marker_fields::INVOICE);
    holders_in(client, place, invoice_scope(chart), identities).await
}

/// The documents of a type, within a scope, whose field of ours holds one of these identities.
pub(super) async fn holders_in(
    client: &Client,
    (doctype, field): (&str, &str),
    mut filters: Vec<Value>,
    identities: &[&str],
) -> Result<Vec<Holder>, Error> {
    if identities.is_empty() {
        return Ok(Vec::new());
    }
    let stored: Vec<String> = identities
        .iter()
        .flat_map(|identity| marker_fields::spellings(identity))
        .collect();
    filters.push(json!([field, "in", stored]));
    let rows = client
        .list(&List {
            doctype,
            parent: None,
            fields: vec!["name", field, "docstatus", "amended_from"],
            filters,
            order_by: "name asc",
            limit: 0,
        })
        .await?;
    Ok(rows
        .iter()
        .filter_map(|row| {
            Some(Holder {
                name: row.str("name")?.to_owned(),
                marker: row.str(field)?.to_owned(),
                docstatus: row.int("docstatus")?.try_into().ok()?,
                amended_from: row.str("amended_from").map(str::to_owned),
            })
        })
        .collect())
}

/// Which of these names documents have, of any company and sort: names are the site's.
///
/// # Errors
/// See [`Error`].
pub async fn taken_names(client: &Client, names: &[String]) -> Result<Vec<String>, Error> {
    let rows = client
        .list(&List {
            doctype: "Sales Invoice",
            parent: None,
            fields: vec!["name"],
            filters: vec![json!(["name", "in", names])],
            order_by: "name asc",
            limit: 0,
        })
        .await?;
    Ok(names_of(&rows))
}

/// Sales Invoices that are no returns.
#[derive(Debug, Clone, Copy)]
pub struct Invoices;

impl Documents for Invoices {
    type Record = InvoiceRow;
    const DOCTYPE: &'static str = "Sales Invoice";

    fn scope(chart: &Chart) -> Vec<Value> {
        invoice_scope(chart)
    }

    async fn fetch(
        client: &Client,
        chart: &Chart,
        filters: Vec<Value>,
        order_by: &str,
        limit: usize,
    ) -> Result<Vec<Fetched<InvoiceRow>>, Error> {
        invoices(client, chart, filters, order_by, limit).await
    }
}
