//! Returns: credit notes in both directions.
//!
//! ERPNext keeps a return as a Sales Invoice whose quantities, tax amounts and totals are negative
//! and whose prices are positive; the ledger model keeps credit notes positive. So everything is
//! turned, and what is turned is translated as an invoice.

use ledger::{Allocation, Cause, Document, DocumentState, RemoteId, Side};
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::invoice_out::Sign;
use super::netting::netted;
use super::{invoice_in, invoice_out};
use crate::chart::Chart;
use crate::marker_fields;
use crate::records::CreditNoteRows;
use crate::wire::{InvoiceRow, SettlementRow};

/// A return with the signs of an invoice; twice gives the same again.
pub fn turned(row: &InvoiceRow) -> InvoiceRow {
    let mut turned = row.clone();
    for amount in [
        &mut turned.net_total,
        &mut turned.tax_total,
        &mut turned.grand_total,
        &mut turned.rounded_total,
        &mut turned.base_grand_total,
        &mut turned.outstanding,
        &mut turned.discount_amount,
        &mut turned.write_off,
    ] {
        *amount = -*amount;
    }
    for item in &mut turned.items {
        for amount in [&mut item.qty, &mut item.amount, &mut item.net_amount] {
            *amount = -*amount;
        }
    }
    for tax in &mut turned.taxes {
        tax.amount = -tax.amount;
    }
    for part in &mut turned.schedule {
        part.amount = -part.amount;
    }
    turned
}

/// A return in the ledger's terms.
pub fn to_ledger(rows: &CreditNoteRows, chart: &Chart) -> Document {
    let row = turned(&rows.row);
    let note = invoice_in::to_ledger(&row, chart);
    let voided = note.state == DocumentState::Voided;
    Document {
        allocations: if voided {
            Vec::new()
        } else {
            allocations(&row, &rows.settlements, &note)
        },
        against: row.return_against.map(RemoteId::new),
        // The day it was made: nobody has to pay a return.
        due_date: None,
        ..note
    }
}

/// What a return has been used for. One that keeps no balance of its own was used for its original
/// when it was submitted; every other is used by Journal Entries and Payment Entries. `row` is
/// turned.
fn allocations(
    row: &InvoiceRow,
    settlements: &[SettlementRow],
    note: &Document,
) -> Vec<Allocation> {
    if let (Some(original), false, DocumentState::Approved) =
        (&row.return_against, row.keeps_own_balance, note.state)
    {
        return vec![Allocation {
            id: None,
            invoice: RemoteId::new(original.clone()),
            date: Some(row.posting_date),
            amount: note.total,
        }];
    }
    let rate = match row.account_currency {
        Some(kept_in) if kept_in != row.currency && !row.conversion_rate.is_zero() => {
            row.conversion_rate
        }
        _ => Decimal::ONE,
    };
    let mut vouchers: Vec<&str> = settlements
        .iter()
        .map(|settlement| settlement.voucher.as_str())
        .collect();
    vouchers.dedup();
    vouchers
        .into_iter()
        .flat_map(|voucher| {
            let entries: Vec<&SettlementRow> = settlements
                .iter()
                .filter(|settlement| settlement.voucher == voucher)
                .collect();
            // A voucher lowers what is owed on an invoice, and raises it on a credit note.
            let parts = netted(
                entries
                    .iter()
                    .map(|entry| (entry.document.as_str(), -entry.amount)),
            );
            let date = entries.first().and_then(|entry| entry.date);
            parts
                .uses
                .into_iter()
                .filter(|(credit, _, _)| *credit == row.name)
                .map(|(_, invoice, amount)| Allocation {
                    id: Some(voucher.to_owned()),
                    invoice: RemoteId::new(invoice),
                    date,
                    amount: (amount / rate).round_dp(2).normalize(),
                })
                .collect::<Vec<_>>()
        })
        .collect()
}

/// What a new return lowers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Balance {
    /// Nothing yet: it keeps a balance of its own, to be allocated or paid out.
    Own,
    /// The original, by its whole amount, when it is submitted (`update_outstanding_for_self` 0).
    Original,
}

/// The body that creates a return, without its state: name, marker and content.
///
/// # Errors
/// The cause for which ERPNext would refuse it.
pub fn create_body(
    note: &Document,
    marker: &str,
    balance: Balance,
    chart: &Chart,
) -> Result<Value, Cause> {
    let mut body = Map::new();
    body.insert("doctype".to_owned(), json!("Sales Invoice"));
    if let Some(name) = invoice_out::named(note.number.as_deref())? {
        body.insert("name".to_owned(), json!(name));
    }
    body.insert("company".to_owned(), json!(chart.company));
    body.insert(marker_fields::CREDIT_NOTE.to_owned(), json!(marker));
    body.insert("is_return".to_owned(), json!(1));
    match (&note.against, balance) {
        (Some(against), _) => {
            body.insert("return_against".to_owned(), json!(against.as_str()));
        }
        (None, Balance::Own) => {}
        (None, Balance::Original) => {
            return Err(invoice_out::invalid(
                "credit note",
                "It names no invoice that it could lower",
            ));
        }
    }
    body.insert(
        InvoiceRow::OWN_BALANCE.to_owned(),
        json!(u8::from(balance == Balance::Own)),
    );
    body.extend(content(note, &[], chart)?);
    Ok(Value::Object(body))
}

/// The body that makes a draft become `to`, without its state and version.
///
/// # Errors
/// The cause for which ERPNext would refuse it.
pub fn update_body(from: &Document, to: &Document, chart: &Chart) -> Result<Value, Cause> {
    let items: Vec<&str> = from
        .lines
        .iter()
        .filter_map(|line| line.item_code.as_deref())
        .collect();
    let mut body = content(to, &items, chart)?;
    body.insert("payment_schedule".to_owned(), json!([]));
    body.insert("discount_amount".to_owned(), json!(0));
    body.insert("additional_discount_percentage".to_owned(), json!(0));
    Ok(Value::Object(body))
}

/// Whether a submitted return may be cancelled: only where its credit has not been used. One that
/// lowers its original itself gives that back.
///
/// # Errors
/// [`Cause::CannotVoid`].
pub fn may_be_cancelled(note: &Document) -> Result<(), Cause> {
    let lowers_its_original = note.allocations.iter().all(|used| used.id.is_none());
    if lowers_its_original && note.refunded().is_zero() {
        return Ok(());
    }
    Err(Cause::CannotVoid {
        side: Side::Erpnext,
        why: "Its credit has been used or paid out in ERPNext. Undo that there first".to_owned(),
    })
}

fn content(note: &Document, items: &[&str], chart: &Chart) -> Result<Map<String, Value>, Cause> {
    let mut body = invoice_out::content(note, items, chart, Sign::Return)?;
    // Left as a draft of an invoice had it, a due date before the return's own day is refused.
    body.insert("due_date".to_owned(), json!(note.date.to_string()));
    Ok(body)
}

#[cfg(test)]
mod tests;
