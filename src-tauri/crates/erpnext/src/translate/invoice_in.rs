//! Sales Invoices in the ledger's terms.

mod rates;

use chrono::NaiveDate;
use ledger::money::round_half_up;
use ledger::{Document, DocumentState, Line, PriceMode, RemoteId};
use rust_decimal::Decimal;

use self::rates::{ON_PREVIOUS_AMOUNT, ON_PREVIOUS_TOTAL, rates, said};
use super::tax::LineTax;
use super::{document_number, line, tax, tracking};
use crate::chart::{Chart, TaxRate};
use crate::wire::{InvoiceRow, ItemRow, TaxRow};

/// A Sales Invoice in the ledger's terms. Its lines always add up to its totals: charges that
/// ERPNext keeps among the tax rows, and what rounding to whole units adds, become lines of their
/// own.
pub fn to_ledger(row: &InvoiceRow, chart: &Chart) -> Document {
    let (taxes, charges): (Vec<&TaxRow>, Vec<&TaxRow>) = row
        .taxes
        .iter()
        .partition(|tax| chart.is_tax_account(&tax.account_head));
    let mode = price_mode(row, &taxes, &charges);
    let shown = || charges.iter().filter(|charge| !charge.amount.is_zero());
    let nets: Vec<Decimal> = row
        .items
        .iter()
        .map(|item| item.net_amount)
        .chain(shown().map(|charge| charge.amount))
        .collect();
    let mut said = said(&taxes, &nets, chart).into_iter();
    let mut lines: Vec<Line> = row
        .items
        .iter()
        .map(|item| {
            let said = said.next().flatten();
            item_line(item, said, mode, &taxes, row, chart)
        })
        .collect();
    for charge in shown() {
        let said = said.next().flatten();
        lines.push(charge_line(charge, said, &taxes, chart));
    }
    let charged: Decimal = charges.iter().map(|charge| charge.amount).sum();
    let total = if row.rounded_total.is_zero() {
        row.grand_total
    } else {
        row.rounded_total
    };
    // Prices that hold tax are kept: what rounding lost is in the grand total, but in no row.
    let rounding = match mode {
        PriceMode::Inclusive => total - row.grand_total,
        PriceMode::Exclusive | PriceMode::NoTax => total - row.net_total - row.tax_total,
    };
    if !rounding.is_zero() {
        lines.push(extra_line(
            "Rounding".to_owned(),
            rounding,
            chart.round_off_account.clone(),
        ));
    }
    Document {
        number: Some(document_number(&row.name, row.amended_from.as_deref())),
        contact: RemoteId::new(row.customer.clone()),
        contact_name: row.customer_name.clone(),
        state: state(row),
        date: row.posting_date,
        due_date: due_date(row),
        currency: row.currency,
        exchange_rate: Some(row.conversion_rate),
        reference: row.po_no.clone(),
        price_mode: mode,
        lines,
        net_total: total - (row.tax_total - charged),
        tax_total: row.tax_total - charged,
        total,
        amount_due: amount_due(row, total, chart),
        opening: row.is_opening,
        against: None,
        allocations: Vec::new(),
    }
}

/// The day the whole document is due. With payment terms that is the last part's, which ERPNext
/// writes on the document as well (erpnext/FACTS §5).
fn due_date(row: &InvoiceRow) -> Option<NaiveDate> {
    row.due_date
        .or_else(|| row.schedule.iter().map(|part| part.due_date).max())
}

/// A charge, such as freight, that is entered among the tax rows. A tax on what stands above it
/// ("On Previous Row Total") taxes the charge too.
fn charge_line(charge: &TaxRow, said: Option<LineTax>, taxes: &[&TaxRow], chart: &Chart) -> Line {
    let text = charge
        .description
        .as_deref()
        .unwrap_or(&charge.account_head);
    let read = line::read_charge(text, charge.amount);
    let above = taxes
        .iter()
        .filter(|tax| match (tax.charge_type.as_str(), tax.of_row) {
            (ON_PREVIOUS_TOTAL, Some(row)) => row >= charge.idx,
            (ON_PREVIOUS_AMOUNT, Some(row)) => row == charge.idx,
            _ => false,
        })
        .map(|tax| TaxRate {
            account: tax.account_head.clone(),
            rate: tax.rate,
        });
    let tax = said.unwrap_or_else(|| LineTax {
        template: None,
        rates: above.collect(),
    });
    Line {
        quantity: read.quantity,
        unit_price: read.unit_price,
        discount_percent: read.discount_percent,
        tax_rate: (!tax.rates.is_empty()).then(|| tax.total_rate()),
        tax: tax.template.or_else(|| tax::key(&tax.rates, chart)),
        ..extra_line(
            read.description,
            charge.amount,
            Some(charge.account_head.clone()),
        )
    }
}

/// Where the document stands. Its `status` is not asked: a document submitted in one request can
/// keep the status Draft for good (observed on ERPNext 15).
pub fn state(row: &InvoiceRow) -> DocumentState {
    match row.docstatus {
        0 => DocumentState::Draft,
        1 => DocumentState::Approved,
        _ => DocumentState::Voided,
    }
}

/// Inclusive only where every tax and nothing else is in the prices, nothing was taken off the whole
/// document, and the prices come to the total; else the lines are told by their net amounts.
fn price_mode(row: &InvoiceRow, taxes: &[&TaxRow], charges: &[&TaxRow]) -> PriceMode {
    if taxes.is_empty() {
        return PriceMode::NoTax;
    }
    let priced: Decimal = row.items.iter().map(|item| item.amount).sum();
    let charged: Decimal = charges.iter().map(|charge| charge.amount).sum();
    let held = taxes.iter().all(|tax| tax.included) && !charges.iter().any(|tax| tax.included);
    if held && row.discount_amount.is_zero() && priced + charged == row.grand_total {
        PriceMode::Inclusive
    } else {
        PriceMode::Exclusive
    }
}

fn item_line(
    item: &ItemRow,
    said: Option<LineTax>,
    mode: PriceMode,
    taxes: &[&TaxRow],
    row: &InvoiceRow,
    chart: &Chart,
) -> Line {
    let amount = match mode {
        PriceMode::Inclusive => item.amount,
        PriceMode::Exclusive | PriceMode::NoTax => item.net_amount,
    };
    let read = line::read(item, amount, chart.figures);
    let (named, rates) = match said {
        Some(said) => (said.template, Some(said.rates)),
        None => (None, rates(item, taxes, row, chart)),
    };
    let template = item
        .item_tax_template
        .clone()
        .filter(|_| !taxes.is_empty())
        .or(named);
    Line {
        id: Some(item.name.clone()).filter(|name| !name.is_empty()),
        description: read.description,
        item_code: item.item_code.clone(),
        quantity: read.quantity,
        unit_price: read.unit_price,
        discount_percent: read.discount_percent,
        amount,
        account: item.income_account.clone(),
        tax: template.or_else(|| rates.as_deref().and_then(|rates| tax::key(rates, chart))),
        tax_rate: rates.map(|rates| rates.iter().map(|rate| rate.rate).sum()),
        tax_amount: None,
        tracking: Some(tracking::read(item)),
    }
}

fn extra_line(description: String, amount: Decimal, account: Option<String>) -> Line {
    Line {
        id: None,
        description,
        item_code: None,
        quantity: Decimal::ONE,
        unit_price: amount,
        discount_percent: None,
        amount,
        account,
        tax: None,
        tax_rate: None,
        tax_amount: None,
        // A charge stands in no row of an item.
        tracking: None,
    }
}

/// What is still to be paid, in the document's currency. ERPNext keeps it in the receivable
/// account's currency, which may be the company's, and keeps it on cancelled documents.
fn amount_due(row: &InvoiceRow, total: Decimal, chart: &Chart) -> Decimal {
    match row.docstatus {
        // A site works out what a draft would owe: nothing is there where it did not, and it is in
        // the company's currency before the receivable account's is known (observed on ERPNext 16).
        0 if row.outstanding.is_zero() || row.outstanding == row.base_grand_total => total,
        0 | 1 => {
            let kept_in = row.account_currency.unwrap_or(row.currency);
            if kept_in == row.currency || row.conversion_rate.is_zero() {
                return row.outstanding;
            }
            let round = |amount: Decimal| {
                chart
                    .figures
                    .rounding
                    .round(amount, chart.figures.amount_digits)
            };
            // Untouched: no detour over a rounded product.
            if row.outstanding == row.base_grand_total
                || row.outstanding == round(total * row.conversion_rate)
            {
                return total;
            }
            // As Xero rounds, which holds it in this currency.
            round_half_up(
                row.outstanding / row.conversion_rate,
                chart.figures.amount_digits,
            )
        }
        _ => Decimal::ZERO,
    }
}

#[cfg(test)]
mod tests;
