//! Returns, with what they have been used for.

use std::collections::BTreeSet;

use futures::try_join;
use serde_json::{Value, json};

use super::changes::Documents;
use super::invoices::parents;
use super::{Fetched, by, child, children, fetched};
use crate::chart::Chart;
use crate::client::{Client, List};
use crate::error::Error;
use crate::wire::{BadField, InvoiceRow, ItemRow, Row, SettlementRow, TaxRow};

/// A return and every ledger row of the vouchers that use it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreditNoteRows {
    /// The document, with ERPNext's signs.
    pub row: InvoiceRow,
    /// The rows of the Journal Entries and Payment Entries that settle it, those against other
    /// documents included, in the order of the vouchers.
    pub settlements: Vec<SettlementRow>,
}

/// Reads the returns that match, with their item and tax rows and what they have been used for, in
/// five calls however many they are. Only the company's own: the filters are added here.
///
/// # Errors
/// See [`Error`].
pub async fn credit_notes(
    client: &Client,
    chart: &Chart,
    mut filters: Vec<Value>,
    order_by: &str,
    limit: usize,
) -> Result<Vec<Fetched<CreditNoteRows>>, Error> {
    filters.extend(credit_note_scope(chart));
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
    let uses = settlements(vec![
        json!(["against_voucher_no", "in", names]),
        json!(["voucher_type", "in", ["Journal Entry", "Payment Entry"]]),
    ]);
    let (items, taxes, uses) = try_join!(
        client.list(&item_list),
        client.list(&tax_list),
        client.list(&uses)
    )?;
    let vouchers: BTreeSet<&str> = uses
        .iter()
        .filter_map(|row| row["voucher_no"].as_str())
        .collect();
    let entries = if vouchers.is_empty() {
        Vec::new()
    } else {
        client
            .list(&settlements(vec![json!(["voucher_no", "in", vouchers])]))
            .await?
    };
    let (items, taxes, uses) = (
        by(&items, "parent"),
        by(&taxes, "parent"),
        by(&uses, "against_voucher_no"),
    );
    let entries = by(&entries, "voucher_no");
    Ok(rows
        .iter()
        .map(|row| {
            let name = row["name"].as_str().unwrap_or_default();
            let mut vouchers: Vec<&str> = children(&uses, name)
                .iter()
                .filter_map(|used| used["voucher_no"].as_str())
                .collect();
            vouchers.dedup();
            let settling: Vec<&Value> = vouchers
                .iter()
                .flat_map(|voucher| children(&entries, voucher).iter().copied())
                .collect();
            let own = [
                children(&items, name),
                children(&taxes, name),
                settling.as_slice(),
            ];
            fetched(row, "name", whole(row, own), &own)
        })
        .collect())
}

fn whole(
    row: &Value,
    [items, taxes, settling]: [&[&Value]; 3],
) -> Result<CreditNoteRows, BadField> {
    Ok(CreditNoteRows {
        row: InvoiceRow::read(row, items, taxes)?,
        settlements: settling
            .iter()
            .filter(|row| !is_other(row))
            .map(|row| SettlementRow::read(row))
            .collect::<Result<_, _>>()?,
    })
}

/// Rows against nothing (money on account) settle no document.
fn is_other(row: &Value) -> bool {
    Row::new(row)
        .and_then(|row| row.text("against_voucher_no"))
        .is_ok_and(|document| document.is_none())
}

fn settlements(mut filters: Vec<Value>) -> List<'static> {
    filters.push(json!(["delinked", "=", 0]));
    List {
        doctype: "Payment Ledger Entry",
        parent: None,
        fields: SettlementRow::FIELDS.to_vec(),
        filters,
        order_by: "voucher_no asc, name asc",
        limit: 0,
    }
}

/// The filters every look at credit notes carries.
pub fn credit_note_scope(chart: &Chart) -> Vec<Value> {
    vec![
        json!(["company", "=", chart.company]),
        json!(["is_return", "=", 1]),
    ]
}

/// Returns.
#[derive(Debug, Clone, Copy)]
pub struct CreditNotes;

impl Documents for CreditNotes {
    type Record = CreditNoteRows;
    const DOCTYPE: &'static str = "Sales Invoice";

    fn scope(chart: &Chart) -> Vec<Value> {
        credit_note_scope(chart)
    }

    async fn fetch(
        client: &Client,
        chart: &Chart,
        filters: Vec<Value>,
        order_by: &str,
        limit: usize,
    ) -> Result<Vec<Fetched<CreditNoteRows>>, Error> {
        credit_notes(client, chart, filters, order_by, limit).await
    }
}
