//! Returns: credit notes in both directions.
//!
//! ERPNext keeps a return as a Sales Invoice whose quantities, tax amounts and totals are negative
//! and whose prices are positive; the ledger model keeps credit notes positive. So everything is
//! turned, and what is turned is translated as an invoice.

mod uses;

use ledger::{Allocation, Cause, Document, DocumentState, RemoteId, Side};
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::invoice_out::Sign;
use super::{invoice_in, invoice_out};
use crate::chart::Chart;
use crate::marker_fields;
use crate::records::CreditNoteRows;
use crate::wire::{InvoiceRow, SettlementRow};

pub(crate) use uses::put_on_account;

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
///
/// One that lowers its original by itself and comes to more than that owed makes it owe less than
/// nothing: it was used for what the original could take, and the rest is left of it
/// ([`beyond_nothing`] takes the same off the original). Credit that is on account with a Journal Entry
/// or payment, which was taken off its invoice, is left of the return as well, and not paid out.
/// A cancelled one is used for nothing, but for what entries of ours still settle without it.
pub fn to_ledger(rows: &CreditNoteRows, chart: &Chart) -> Document {
    let row = turned(&rows.row);
    let mut note = invoice_in::to_ledger(&row, chart);
    note.against = row.return_against.clone().map(RemoteId::new);
    // The day it was made: nobody has to pay a return.
    note.due_date = None;
    match note.state {
        DocumentState::Voided => {
            let own = InOwn {
                row: &row,
                total: note.total,
                chart,
            };
            let left = uses::left_behind(&rows.settlements);
            note.allocations = left.iter().map(|used| own.allocation(used)).collect();
        }
        DocumentState::Approved if !row.keeps_own_balance && row.return_against.is_some() => {
            lower(&mut note, &row, rows, chart);
        }
        DocumentState::Draft | DocumentState::Approved => settle(&mut note, &row, rows, chart),
    }
    note
}

/// Amounts of the receivable account in the document's own currency.
struct InOwn<'a> {
    row: &'a InvoiceRow,
    total: Decimal,
    chart: &'a Chart,
}

impl InOwn<'_> {
    fn of(&self, amount: Decimal) -> Decimal {
        let row = self.row;
        let kept_in = row.account_currency.unwrap_or(row.currency);
        if kept_in == row.currency || row.conversion_rate.is_zero() {
            return amount.normalize();
        }
        // No detour over a rounded product.
        if amount == row.base_grand_total {
            return self.total.normalize();
        }
        let figures = &self.chart.figures;
        let own = amount / row.conversion_rate;
        figures
            .rounding
            .round(own, figures.amount_digits)
            .normalize()
    }

    fn allocation(&self, used: &uses::Used) -> Allocation {
        Allocation {
            id: Some(used.voucher.clone()),
            invoice: RemoteId::new(used.invoice.clone()),
            date: used.date,
            amount: self.of(used.amount),
        }
    }
}

/// One that lowers its original by itself. `row` is turned.
fn lower(note: &mut Document, row: &InvoiceRow, rows: &CreditNoteRows, chart: &Chart) {
    let own = InOwn {
        row,
        total: note.total,
        chart,
    };
    let found = uses::of_its_original(&row.name, &rows.original, &rows.settlements);
    let found = found.unwrap_or_default();
    let taken = note.total - own.of(found.beyond);
    if taken > Decimal::ZERO {
        let original = row.return_against.clone().unwrap_or_default();
        note.allocations.push(Allocation {
            id: None,
            invoice: RemoteId::new(original),
            date: Some(row.posting_date),
            amount: taken,
        });
    }
    let uses = found.uses.iter().map(|used| own.allocation(used));
    note.allocations.extend(uses);
    note.amount_due = own.of(found.open);
}

/// One that has a balance of its own, which Journal Entries and Payment Entries use.
fn settle(note: &mut Document, row: &InvoiceRow, rows: &CreditNoteRows, chart: &Chart) {
    let own = InOwn {
        row,
        total: note.total,
        chart,
    };
    let found = uses::of_its_own(&row.name, &rows.settlements, &rows.on_account);
    note.allocations = found
        .invoices
        .iter()
        .map(|used| own.allocation(used))
        .collect();
    note.amount_due += own.of(found.elsewhere);
    let lost = note.refunded();
    // A cent lost in converting is no money paid out: the last use is all that is left.
    let cents = Decimal::new(1, 2) * Decimal::from(note.allocations.len());
    if !found.paid_out
        && lost.abs() <= cents
        && let Some(last) = note.allocations.last_mut()
    {
        last.amount += lost;
    }
}

/// How much less than nothing an invoice owes because returns lowered it further than it could be:
/// that is left of them, not of the invoice. Positive, in the receivable account's currency.
/// `rows` are those against the invoice.
pub fn beyond_nothing(outstanding: Decimal, rows: &[SettlementRow]) -> Decimal {
    let returns = rows.iter().filter(|row| uses::lowers(row));
    let returns: Decimal = returns.map(|row| -row.amount).sum();
    (-outstanding).min(returns).max(Decimal::ZERO)
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
