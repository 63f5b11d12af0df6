//! What each system makes of the same lines, so that records on both sides can be chosen to agree.
//!
//! This shares no code with the product's own arithmetic on purpose: the demo books are what the
//! product is checked against.
//!
//! ERPNext computes in binary numbers, so half a cent in decimals may be a little less there: about
//! one invoice in 50,000 comes out a cent lower than decimals say.

use std::iter::Sum;
use std::ops::{Add, Mul, Sub};

use rust_decimal::{Decimal, RoundingStrategy};

use super::{DemoLine, PriceMode, TaxRates};
use crate::erpnext::Float;

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

/// Numbers as an arithmetic has them: decimal as people compute, or binary as ERPNext does, where a
/// tie now and then falls the other way.
trait Number: Copy + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Sum {
    fn of(number: Decimal) -> Self;
    fn per(self, divisor: Self) -> Self;
    /// To two decimals by "Banker's Rounding", a new site's way.
    fn rounded(self) -> Self;
    fn decimal(self) -> Decimal;
}

impl Number for Decimal {
    fn of(number: Decimal) -> Self {
        number
    }
    fn per(self, divisor: Self) -> Self {
        self / divisor
    }
    fn rounded(self) -> Self {
        half_even(self)
    }
    fn decimal(self) -> Decimal {
        self
    }
}

impl Number for Float {
    fn of(number: Decimal) -> Self {
        number.into()
    }
    fn per(self, divisor: Self) -> Self {
        self / divisor
    }
    fn rounded(self) -> Self {
        self.round(false, 2)
    }
    fn decimal(self) -> Decimal {
        Float::decimal(self)
    }
}

fn line_amount<N: Number>(line: &DemoLine) -> N {
    (N::of(erpnext_rate(line)) * N::of(line.quantity)).rounded()
}

/// Tax is rounded once over the document.
fn totals<N: Number>(lines: &[DemoLine], mode: PriceMode, taxes: &TaxRates) -> Totals {
    let one = N::of(Decimal::ONE);
    let hundred = N::of(Decimal::ONE_HUNDRED);
    let amounts: Vec<(N, N)> = lines
        .iter()
        .map(|line| {
            let rate = N::of(taxes.rate(line.tax)).per(hundred);
            (line_amount(line), rate)
        })
        .collect();
    let nets: Vec<N> = amounts
        .iter()
        .map(|(amount, rate)| match mode {
            PriceMode::Exclusive => *amount,
            PriceMode::Inclusive => amount.per(one + *rate).rounded(),
        })
        .collect();
    let net = nets.iter().copied().sum::<N>().rounded();
    let tax = amounts
        .iter()
        .zip(&nets)
        .map(|((_, rate), net)| *rate * *net)
        .sum::<N>()
        .rounded();
    let total = match mode {
        PriceMode::Exclusive => net + tax,
        // The prices keep their sum; what the rounded tax lacks of it is moved into the total.
        PriceMode::Inclusive => amounts.iter().map(|(amount, _)| *amount).sum(),
    };
    Totals {
        net: net.decimal(),
        tax: tax.decimal(),
        total: total.rounded().decimal(),
    }
}

/// The totals ERPNext computes, in binary numbers as it does.
pub fn erpnext_totals(lines: &[DemoLine], mode: PriceMode, taxes: &TaxRates) -> Totals {
    totals::<Float>(lines, mode, taxes)
}

/// Whether ERPNext's net total and tax add up to its total, which taxes included in prices do not
/// always do there.
pub fn erpnext_adds_up(lines: &[DemoLine], mode: PriceMode, taxes: &TaxRates) -> bool {
    [
        totals::<Decimal>(lines, mode, taxes),
        totals::<Float>(lines, mode, taxes),
    ]
    .iter()
    .all(|totals| totals.net + totals.tax == totals.total)
}

/// Whether both systems agree on every line and on the totals, by each way ERPNext may round, and
/// not by the grace of a bit that its binary numbers lose.
pub fn agree(lines: &[DemoLine], mode: PriceMode, taxes: &TaxRates) -> bool {
    let unrounded_tax: Decimal = lines
        .iter()
        .map(|line| line_amount::<Decimal>(line) * taxes.rate(line.tax) / Decimal::ONE_HUNDRED)
        .sum();
    let tie = mode == PriceMode::Exclusive && half_up(unrounded_tax) != half_even(unrounded_tax);
    let xero = xero_totals(lines, mode, taxes);
    !tie && lines.iter().all(lines_agree)
        && xero == totals::<Decimal>(lines, mode, taxes)
        && xero == totals::<Float>(lines, mode, taxes)
}

/// Whether both systems make the same amount of a line.
pub fn lines_agree(line: &DemoLine) -> bool {
    let xero = xero_line_amount(line);
    line.unit_price.normalize().scale() <= 2
        && line.quantity.normalize().scale() <= 3
        && xero == line_amount::<Decimal>(line)
        && xero == line_amount::<Float>(line).decimal()
}

#[cfg(test)]
mod tests;
