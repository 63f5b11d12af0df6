//! Which tax rates a line of a Sales Invoice carries.

use rust_decimal::Decimal;

use super::super::tax::LineTax;
use super::super::{stated_tax, tax};
use crate::chart::{Chart, TaxRate};
use crate::error::plain_text;
use crate::wire::{InvoiceRow, ItemRow, TaxRow};

/// The tax of each line, where rows of stated tax say which lines they are for.
pub(super) fn said(taxes: &[&TaxRow], nets: &[Decimal], chart: &Chart) -> Vec<Option<LineTax>> {
    let mut lines: Vec<Option<LineTax>> = vec![None; nets.len()];
    for tax in taxes.iter().filter(|tax| tax.charge_type == ACTUAL) {
        let text = plain_text(tax.description.as_deref().unwrap_or_default());
        let Some(said) = stated_tax::read(&text, nets) else {
            continue;
        };
        for place in said.places {
            let Some(line) = place.checked_sub(1).and_then(|at| lines.get_mut(at)) else {
                continue;
            };
            let line = line.get_or_insert_default();
            line.template = said.template.map(str::to_owned);
            line.rates.push(TaxRate {
                account: tax.account_head.clone(),
                rate: said.rate,
            });
        }
    }
    for line in lines.iter_mut().flatten() {
        let known = |name: &String| {
            let template = chart.tax_templates.iter().find(|tax| tax.name == *name);
            template.is_some_and(|template| template.rates == line.rates)
        };
        line.template = line.template.take().filter(known);
        if line.template.is_none() {
            line.rates = tax::telling(std::mem::take(&mut line.rates));
        }
    }
    lines
}

/// The rates that apply to a line; `None` where there is no tax on the document, or only amounts
/// without a rate.
pub(super) fn rates(
    item: &ItemRow,
    taxes: &[&TaxRow],
    row: &InvoiceRow,
    chart: &Chart,
) -> Option<Vec<TaxRate>> {
    if !taxes.iter().any(|tax| is_by_rate(tax)) {
        let template = item
            .item_tax_template
            .as_ref()
            .and_then(|name| chart.tax_templates.iter().find(|tax| tax.name == *name));
        return match template {
            Some(template) => Some(template.rates.clone()),
            None => guessed(taxes, row, chart),
        };
    }
    Some(tax::telling(effective(item, taxes)))
}

const ACTUAL: &str = "Actual";
const ON_NET_TOTAL: &str = "On Net Total";
pub(super) const ON_PREVIOUS_AMOUNT: &str = "On Previous Row Amount";
pub(super) const ON_PREVIOUS_TOTAL: &str = "On Previous Row Total";

/// Whether a row says a percentage. "Actual" says an amount, "On Item Quantity" one for each piece.
fn is_by_rate(tax: &TaxRow) -> bool {
    matches!(
        tax.charge_type.as_str(),
        ON_NET_TOTAL | ON_PREVIOUS_AMOUNT | ON_PREVIOUS_TOTAL
    )
}

/// What each row by rate makes of a line's net amount, in percent: a tax on another tax is the
/// smaller part of the net amount that comes out of both.
fn effective(item: &ItemRow, taxes: &[&TaxRow]) -> Vec<TaxRate> {
    let mut made: Vec<(u32, TaxRate)> = Vec::new();
    for tax in taxes.iter().filter(|tax| is_by_rate(tax)) {
        let said = item
            .item_tax_rate
            .iter()
            .find(|(account, _)| *account == tax.account_head)
            .map_or(tax.rate, |(_, rate)| *rate);
        let up_to = |place: Option<u32>, same: bool| -> Decimal {
            made.iter()
                .filter(|(idx, _)| match place {
                    Some(place) if same => *idx == place,
                    Some(place) => *idx <= place,
                    // Without a row named, the one right above is meant.
                    None if same => Some(*idx) == made.last().map(|(last, _)| *last),
                    None => true,
                })
                .map(|(_, rate)| rate.rate)
                .sum()
        };
        let rate = match tax.charge_type.as_str() {
            ON_PREVIOUS_AMOUNT => said * up_to(tax.of_row, true) / Decimal::ONE_HUNDRED,
            ON_PREVIOUS_TOTAL => {
                said * (Decimal::ONE_HUNDRED + up_to(tax.of_row, false)) / Decimal::ONE_HUNDRED
            }
            _ => said,
        };
        let rate = TaxRate {
            account: tax.account_head.clone(),
            rate: rate.round_dp(6).normalize(),
        };
        made.push((tax.idx, rate));
    }
    made.into_iter().map(|(_, rate)| rate).collect()
}

/// Where a document states nothing but an amount of tax: the one rate of that account that makes
/// it, if there is one.
fn guessed(taxes: &[&TaxRow], row: &InvoiceRow, chart: &Chart) -> Option<Vec<TaxRate>> {
    let [only] = taxes else {
        return None;
    };
    let mut fitting = chart
        .tax_templates
        .iter()
        .filter(|template| matches!(template.rates.as_slice(), [rate] if rate.account == only.account_head))
        .filter(|template| {
            let made = row.net_total * template.total_rate() / Decimal::ONE_HUNDRED;
            chart.figures.rounding.round(made, chart.figures.amount_digits) == only.amount
        });
    let found = fitting.next()?;
    fitting.next().is_none().then(|| found.rates.clone())
}
