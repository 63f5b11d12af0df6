//! Payment Entries of Customers with their child rows.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use futures::try_join;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::changes::Documents;
use super::foreign::foreign_documents;
use super::invoices::{Holder, holders_in};
use super::{Fetched, PAGE, by, child, children, fetched, names_of, once_each};
use crate::chart::Chart;
use crate::client::{Client, List};
use crate::error::Error;
use crate::marker_fields;
use crate::wire::{BadField, DeductionRow, PaymentRow, ReferenceRow, Row, Rows};

/// Reads the Payment Entries that match, with their references and deductions, in three calls
/// however many they are. Only the company's own, from and to Customers: the filters are added here.
///
/// # Errors
/// See [`Error`].
pub async fn payments(
    client: &Client,
    chart: &Chart,
    mut filters: Vec<Value>,
    order_by: &str,
    limit: usize,
) -> Result<Vec<Fetched<PaymentRow>>, Error> {
    filters.extend(payment_scope(chart));
    let mut fields = PaymentRow::FIELDS.to_vec();
    fields.push("creation");
    if chart.markers.payment {
        fields.push(marker_fields::PAYMENT);
    }
    let list = List {
        doctype: "Payment Entry",
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
    let mut reference_list = child(
        "Payment Entry",
        "Payment Entry Reference",
        &ReferenceRow::FIELDS,
        &names,
    );
    if chart.markers.payment_row {
        reference_list.fields.push(marker_fields::PAYMENT);
    }
    let mut deduction_list = child(
        "Payment Entry",
        "Payment Entry Deduction",
        &DeductionRow::FIELDS,
        &names,
    );
    if chart.markers.deduction {
        deduction_list.fields.push(marker_fields::PAYMENT);
    }
    let (references, deductions) = try_join!(
        client.list(&reference_list),
        client.list_with(deduction_list, &[DeductionRow::EXCHANGE])
    )?;
    let kept = kept_in_company_currency(&rows, &references, chart);
    let foreign = foreign_documents(client, chart, &kept).await?;
    let pays_back = pays_back(client, &rows).await?;
    let (references, deductions) = (by(&references, "parent"), by(&deductions, "parent"));
    Ok(rows
        .iter()
        .map(|row| {
            let name = row.str("name").unwrap_or_default();
            let own = [children(&references, name), children(&deductions, name)];
            let read = PaymentRow::read(row, own[0], own[1]).map(|mut read| {
                for reference in &mut read.references {
                    reference.foreign = foreign.get(&reference.document).cloned();
                }
                read.pays_back = pays_back.get(name).cloned().unwrap_or_default();
                read
            });
            fetched(row, "name", read, &own)
        })
        .collect())
}

/// The Payment Entries that money paid back among these was put to, by its own name: a row of them names it
/// (observed on 15 and 16), and nothing of it says so.
async fn pays_back(
    client: &Client,
    payments: &Rows,
) -> Result<BTreeMap<String, Vec<(String, Decimal)>>, Error> {
    let back = payments
        .iter()
        .filter(|row| row.str("payment_type") == Some("Pay"));
    let names: Vec<&str> = back.filter_map(|row| row.str("name")).collect();
    let mut found: BTreeMap<String, Vec<(String, Decimal)>> = BTreeMap::new();
    if names.is_empty() {
        return Ok(found);
    }
    let fields = ["parent", "reference_name", "allocated_amount"];
    let mut list = child("Payment Entry", "Payment Entry Reference", &fields, &[]);
    list.filters[0] = json!(["reference_name", "in", names]);
    list.filters
        .push(json!(["reference_doctype", "=", "Payment Entry"]));
    list.filters.push(json!(["docstatus", "=", 1]));
    let read = |row: Row<'_>| -> Result<_, BadField> {
        let (of, by) = (row.name("reference_name")?, row.name("parent")?);
        Ok((of, (by, row.amount("allocated_amount")?)))
    };
    for row in client.list(&list).await?.iter() {
        // One that cannot be read leaves the money for nothing, which is said of it.
        if let Ok((of, (by, amount))) = read(row) {
            let parts = found.entry(of).or_default();
            match parts.iter_mut().find(|it| it.0 == by) {
                Some(part) => part.1 += amount,
                None => parts.push((by, amount)),
            }
        }
    }
    Ok(found)
}

/// The money that was paid back to Customers and is for no credit note: what it was paid back of is said by
/// other Payment Entries, which change then, and it does not.
///
/// # Errors
/// See [`Error`].
pub async fn paid_back_to(
    client: &Client,
    chart: &Chart,
    customers: &BTreeSet<&str>,
) -> Result<Vec<Fetched<PaymentRow>>, Error> {
    if customers.is_empty() {
        return Ok(Vec::new());
    }
    let filters = vec![
        json!(["payment_type", "=", "Pay"]),
        json!(["docstatus", "=", 1]),
        json!(["unallocated_amount", ">", 0]),
        json!(["party", "in", customers]),
    ];
    payments(client, chart, filters, "name asc", 0).await
}

/// Those of these Payment Entries of which something was deducted.
///
/// # Errors
/// See [`Error`].
pub async fn payments_with_deductions(
    client: &Client,
    names: &[&str],
) -> Result<Vec<String>, Error> {
    let mut found = Vec::new();
    for some in names.chunks(PAGE) {
        let mut rows = child("Payment Entry", "Payment Entry Deduction", &["parent"], &[]);
        rows.filters[0] = json!(["parent", "in", some]);
        let rows = client.list(&rows).await?;
        found.extend(
            rows.iter()
                .filter_map(|row| row.str("parent").map(str::to_owned)),
        );
    }
    found.sort();
    found.dedup();
    Ok(found)
}

/// The documents of payments from a receivable account in the company's currency: a site keeps a document in its
/// own or in that.
fn kept_in_company_currency(payments: &Rows, references: &Rows, chart: &Chart) -> BTreeSet<String> {
    let text = |row: Row<'_>, field: &str| row.str(field).map(str::to_owned);
    let kept: HashSet<String> = payments
        .iter()
        .filter(|row| {
            let party = match row.str("payment_type") {
                Some("Pay") => "paid_to_account_currency",
                _ => "paid_from_account_currency",
            };
            row.str(party) == Some(chart.currency.code())
        })
        .filter_map(|row| text(row, "name"))
        .collect();
    references
        .iter()
        .filter(|row| row.str("reference_doctype") == Some("Sales Invoice"))
        .filter(|row| text(*row, "parent").is_some_and(|parent| kept.contains(&parent)))
        .filter_map(|row| text(row, "reference_name"))
        .collect()
}

/// The company's payments that carry one of these identities as a whole, in one call.
///
/// # Errors
/// See [`Error`].
pub async fn payment_holders(
    client: &Client,
    chart: &Chart,
    identities: &[&str],
) -> Result<Vec<Holder>, Error> {
    if !chart.markers.payment {
        return Ok(Vec::new());
    }
    let place = ("Payment Entry", marker_fields::PAYMENT);
    holders_in(client, place, payment_scope(chart), identities).await
}

/// The names of the Payment Entries that carry any of these identities, on the document or on one of
/// its rows.
///
/// # Errors
/// See [`Error`].
pub async fn payments_marked(
    client: &Client,
    chart: &Chart,
    identities: &[&str],
) -> Result<Vec<String>, Error> {
    let stored: Vec<String> = identities
        .iter()
        .flat_map(|identity| marker_fields::spellings(identity))
        .collect();
    if stored.is_empty() {
        return Ok(Vec::new());
    }
    let marked = |doctype: &'static str, field: &'static str, parent: Option<&'static str>| List {
        doctype,
        parent,
        fields: vec![field],
        filters: vec![json!([marker_fields::PAYMENT, "in", stored])],
        order_by: "name asc",
        limit: 0,
    };
    let whole = marked("Payment Entry", "name", None);
    let rows = marked("Payment Entry Reference", "parent", Some("Payment Entry"));
    let none = || futures::future::ready(Ok(Rows::default()));
    let (whole, rows) = match (chart.markers.payment, chart.markers.payment_row) {
        (true, true) => try_join!(client.list(&whole), client.list(&rows))?,
        (true, false) => try_join!(client.list(&whole), none())?,
        (false, true) => try_join!(none(), client.list(&rows))?,
        (false, false) => (Rows::default(), Rows::default()),
    };
    let mut names: Vec<String> = whole
        .iter()
        .filter_map(|row| row.str("name"))
        .chain(rows.iter().filter_map(|row| row.str("parent")))
        .map(str::to_owned)
        .collect();
    names.sort();
    names.dedup();
    Ok(names)
}

/// The filters every look at payments carries.
pub fn payment_scope(chart: &Chart) -> Vec<Value> {
    vec![
        json!(["company", "=", chart.company]),
        json!(["party_type", "=", "Customer"]),
        json!(["payment_type", "in", ["Receive", "Pay"]]),
    ]
}

/// Payment Entries of Customers.
#[derive(Debug, Clone, Copy)]
pub struct Payments;

impl Documents for Payments {
    type Record = PaymentRow;
    const DOCTYPE: &'static str = "Payment Entry";

    fn scope(chart: &Chart) -> Vec<Value> {
        payment_scope(chart)
    }

    async fn fetch(
        client: &Client,
        chart: &Chart,
        filters: Vec<Value>,
        order_by: &str,
        limit: usize,
    ) -> Result<Vec<Fetched<PaymentRow>>, Error> {
        payments(client, chart, filters, order_by, limit).await
    }
}
