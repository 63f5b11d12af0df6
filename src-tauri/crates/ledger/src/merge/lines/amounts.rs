//! What lines and documents come to, with prices of either mode.

use rust_decimal::Decimal;

pub(super) use crate::agreement::wording::ROUNDING;
use crate::money::round_half_up;
use crate::tax::{TaxedAmount, xero_line_tax};
use crate::{Document, Line, PriceMode};

/// Decimals that both sides keep of a price.
const PRICE_DIGITS: u32 = 4;

/// Before tax, tax, total.
pub(super) type Totals = (Decimal, Decimal, Decimal);

pub(super) const fn totals(invoice: &Document) -> Totals {
    (invoice.net_total, invoice.tax_total, invoice.total)
}

/// The one of the totals that line amounts come to.
pub(super) const fn prices(mode: PriceMode, totals: Totals) -> Decimal {
    match mode {
        PriceMode::Exclusive | PriceMode::NoTax => totals.0,
        PriceMode::Inclusive => totals.2,
    }
}

pub(super) fn sum(lines: &[Line]) -> Decimal {
    lines.iter().map(|line| line.amount).sum()
}

/// By how much the totals differ from the lines: rounding that a side keeps outside of them.
pub(super) fn drift(invoice: &Document) -> Decimal {
    prices(invoice.price_mode, totals(invoice)) - sum(&invoice.lines)
}

pub(super) fn figures(line: &Line) -> [Decimal; 4] {
    [
        line.quantity,
        line.unit_price,
        line.discount_percent.unwrap_or_default(),
        line.amount,
    ]
}

/// The lines that are left, with the new ones in their places: those of place 0 first, those of place
/// n after the nth line.
pub(super) fn in_order(lines: &[Option<Line>], places: &[Vec<Line>]) -> Vec<Line> {
    let first = places.first().into_iter().flatten();
    let rest = lines.iter().zip(places.iter().skip(1));
    first
        .chain(rest.flat_map(|(line, after)| line.iter().chain(after)))
        .cloned()
        .collect()
}

/// The tax on a line: as stated, else as Xero computes it; none where no rate is known.
pub(super) fn tax(line: &Line, mode: PriceMode) -> Decimal {
    line.tax_amount.unwrap_or_else(|| {
        let rate = line.tax_rate.unwrap_or_default();
        let amount = line.amount;
        xero_line_tax(mode, TaxedAmount { amount, rate })
    })
}

/// A line's part of the document: before tax, and tax.
pub(super) fn value(invoice: &Document, at: usize) -> (Decimal, Decimal) {
    let Some(line) = invoice.lines.get(at) else {
        return (Decimal::ZERO, Decimal::ZERO);
    };
    let mode = invoice.price_mode;
    let tax = tax(line, mode);
    match mode {
        PriceMode::Exclusive | PriceMode::NoTax => (line.amount, tax),
        PriceMode::Inclusive => (line.amount - tax, tax),
    }
}

pub(super) fn same_amount(left: (&Line, PriceMode), right: (&Line, PriceMode)) -> bool {
    let inclusive = |mode| mode == PriceMode::Inclusive;
    if inclusive(left.1) == inclusive(right.1) {
        return left.0.amount == right.0.amount;
    }
    let before_tax = |(line, mode): (&Line, PriceMode)| {
        if mode != PriceMode::Inclusive {
            return Some(line.amount);
        }
        (line.tax_amount.is_some() || line.tax_rate.is_some() || line.tax.is_none())
            .then(|| line.amount - tax(line, mode))
    };
    match (before_tax(left), before_tax(right)) {
        (Some(left), Some(right)) => (left - right).abs() <= ROUNDING,
        // Neither says what its tax is: the totals tell.
        _ => true,
    }
}

/// A line with prices that hold tax as one with prices that do not, and the other way round.
pub(super) fn convert(line: &Line, from: PriceMode, to: PriceMode) -> Line {
    let mut line = line.clone();
    let tax = tax(&line, from);
    match (from, to) {
        (PriceMode::Inclusive, PriceMode::Exclusive) => {
            let amount = line.amount - tax;
            reprice(&mut line, amount);
        }
        (PriceMode::Exclusive, PriceMode::Inclusive) => {
            let amount = line.amount + tax;
            reprice(&mut line, amount);
        }
        _ => {}
    }
    line
}

/// Gives a line another amount, and a price that makes it as nearly as prices can.
pub(super) fn reprice(line: &mut Line, amount: Decimal) {
    let left = Decimal::ONE_HUNDRED - line.discount_percent.unwrap_or_default();
    let price = (amount * Decimal::ONE_HUNDRED)
        .checked_div(line.quantity * left)
        .unwrap_or(amount);
    line.unit_price = round_half_up(price, PRICE_DIGITS).normalize();
    line.amount = amount;
}
