//! What each system makes of the same lines, so that records on both sides can be chosen to agree.
//!
//! This shares no code with the product's own arithmetic on purpose: the demo books are what the
//! product is checked against.

use rust_decimal::{Decimal, RoundingStrategy};

use super::{DemoLine, PriceMode, TaxRates};

/// Net total, tax and total in the document's currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Totals {
    /// Before tax.
    pub net: Decimal,
    /// The tax.
    pub tax: Decimal,
    /// Net and tax.
    pub total: Decimal,
}

fn half_up(amount: Decimal) -> Decimal {
    amount.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
}

fn half_even(amount: Decimal) -> Decimal {
    amount.round_dp_with_strategy(2, RoundingStrategy::MidpointNearestEven)
}

/// Xero rounds each line's amount and tax, half up, and adds (Xero developer docs, tax arithmetic).
pub fn xero_line_amount(line: &DemoLine) -> Decimal {
    let keep = Decimal::ONE_HUNDRED - line.discount_percent.unwrap_or_default();
    half_up(line.quantity * line.unit_price * keep / Decimal::ONE_HUNDRED)
}

/// The totals Xero computes.
pub fn xero_totals(lines: &[DemoLine], mode: PriceMode, taxes: &TaxRates) -> Totals {
    let mut sum = Decimal::ZERO;
    let mut tax = Decimal::ZERO;
    for line in lines {
        let amount = xero_line_amount(line);
        let rate = taxes.rate(line.tax);
        sum += amount;
        tax += match mode {
            PriceMode::Exclusive => half_up(amount * rate / Decimal::ONE_HUNDRED),
            PriceMode::Inclusive => half_up(amount * rate / (Decimal::ONE_HUNDRED + rate)),
        };
    }
    match mode {
        PriceMode::Exclusive => Totals {
            net: sum,
            tax,
            total: sum + tax,
        },
        PriceMode::Inclusive => Totals {
            net: sum - tax,
            tax,
            total: sum,
        },
    }
}

/// ERPNext's price of one after discount: two decimals, half to even.
pub fn erpnext_rate(line: &DemoLine) -> Decimal {
    let keep = Decimal::ONE_HUNDRED - line.discount_percent.unwrap_or_default();
    half_even(line.unit_price * keep / Decimal::ONE_HUNDRED)
}

/// ERPNext's amount of a line.
pub fn erpnext_line_amount(line: &DemoLine) -> Decimal {
    half_even(erpnext_rate(line) * line.quantity)
}

/// The totals ERPNext computes: tax is rounded once over the document (ERPNext 15 behaviour).
pub fn erpnext_totals(lines: &[DemoLine], mode: PriceMode, taxes: &TaxRates) -> Totals {
    let mut sum = Decimal::ZERO;
    let mut net = Decimal::ZERO;
    let mut tax = Decimal::ZERO;
    for line in lines {
        let amount = erpnext_line_amount(line);
        let rate = taxes.rate(line.tax);
        sum += amount;
        let line_net = match mode {
            PriceMode::Exclusive => amount,
            PriceMode::Inclusive => {
                half_even(amount * Decimal::ONE_HUNDRED / (Decimal::ONE_HUNDRED + rate))
            }
        };
        net += line_net;
        tax += line_net * rate / Decimal::ONE_HUNDRED;
    }
    match mode {
        PriceMode::Exclusive => {
            let tax = half_even(tax);
            Totals {
                net,
                tax,
                total: net + tax,
            }
        }
        // The prices keep their sum; what the rounded tax lacks of it is moved into the total.
        PriceMode::Inclusive => Totals {
            net,
            tax: half_even(tax),
            total: sum,
        },
    }
}

/// Whether ERPNext's net total and tax add up to its total, which taxes included in prices do not
/// always do there.
pub fn erpnext_adds_up(lines: &[DemoLine], mode: PriceMode, taxes: &TaxRates) -> bool {
    let totals = erpnext_totals(lines, mode, taxes);
    totals.net + totals.tax == totals.total
}

/// Whether both systems agree on every line and on the totals, by each way ERPNext may round.
pub fn agree(lines: &[DemoLine], mode: PriceMode, taxes: &TaxRates) -> bool {
    let unrounded_tax: Decimal = lines
        .iter()
        .map(|line| erpnext_line_amount(line) * taxes.rate(line.tax) / Decimal::ONE_HUNDRED)
        .sum();
    let tie = mode == PriceMode::Exclusive && half_up(unrounded_tax) != half_even(unrounded_tax);
    !tie && lines.iter().all(lines_agree)
        && xero_totals(lines, mode, taxes) == erpnext_totals(lines, mode, taxes)
}

/// Whether both systems make the same amount of a line.
pub fn lines_agree(line: &DemoLine) -> bool {
    line.unit_price.normalize().scale() <= 2
        && line.quantity.normalize().scale() <= 3
        && xero_line_amount(line) == erpnext_line_amount(line)
}
