//! Invoice arithmetic (Xero developer docs, "Rounding in Xero"): every line is rounded half up to
//! two decimals, then lines are added.

use rust_decimal::Decimal;

use super::super::json::round;
use super::{AmountsAre, Line};

/// What an invoice adds up to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Net.
    pub sub_total: Decimal,
    /// Tax.
    pub total_tax: Decimal,
    /// Gross.
    pub total: Decimal,
    /// Discounts taken off the lines.
    pub discount: Decimal,
    /// `RoundingAmount`: what the stated total is more than the lines.
    pub rounding: Decimal,
}

/// `Quantity * UnitAmount` less discount, to the cent. No quantity or no price makes nothing.
pub fn line_amount(
    quantity: Decimal,
    unit_amount: Decimal,
    discount_rate: Option<Decimal>,
    discount_amount: Option<Decimal>,
) -> Decimal {
    let full = quantity * unit_amount;
    let hundred = Decimal::ONE_HUNDRED;
    match (discount_rate, discount_amount) {
        (Some(rate), _) => round(full * (hundred - rate) / hundred, 2),
        (None, Some(amount)) => round(full - amount, 2),
        (None, None) => round(full, 2),
    }
}

/// Tax on a line at a rate in per cent.
pub fn line_tax(amount: Decimal, rate: Decimal, amounts_are: AmountsAre) -> Decimal {
    match amounts_are {
        AmountsAre::Exclusive => round(amount * rate / Decimal::ONE_HUNDRED, 2),
        AmountsAre::Inclusive => round(amount * rate / (Decimal::ONE_HUNDRED + rate), 2),
        AmountsAre::NoTax => Decimal::ZERO,
    }
}

/// Adds up lines.
pub fn totals(lines: &[Line], amounts_are: AmountsAre) -> Totals {
    let mut sum = Decimal::ZERO;
    let mut tax = Decimal::ZERO;
    let mut discount = Decimal::ZERO;
    for line in lines {
        sum += line.line_amount;
        tax += line.tax_amount;
        if line.discount_rate.is_some() || line.discount_amount.is_some() {
            discount += round(line.quantity * line.unit_amount, 2) - line.line_amount;
        }
    }
    let sub_total = if amounts_are == AmountsAre::Inclusive {
        sum - tax
    } else {
        sum
    };
    Totals {
        sub_total,
        total_tax: tax,
        total: sub_total + tax,
        discount,
        rounding: Decimal::ZERO,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn d(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn lines_are_rounded_half_up() {
        for (quantity, unit, rate, amount, want) in [
            ("1", "2.165", None, None, "2.17"),
            ("3", "1.3333", None, None, "4.00"),
            ("1", "-8.775", None, None, "-8.78"),
            ("10", "9.99", Some("12.5"), None, "87.41"),
            ("2", "50.00", None, Some("0.01"), "99.99"),
            ("0", "50.00", None, None, "0.00"),
        ] {
            assert_eq!(
                line_amount(d(quantity), d(unit), rate.map(d), amount.map(d)),
                d(want),
                "{quantity} x {unit}"
            );
        }
    }

    #[test]
    fn tax_is_rounded_per_line_then_added() {
        let lines = |amounts: &[&str], rate: &str, are: AmountsAre| -> Vec<Line> {
            amounts
                .iter()
                .map(|amount| Line {
                    line_amount: d(amount),
                    tax_amount: line_tax(d(amount), d(rate), are),
                    ..Line::default()
                })
                .collect()
        };
        // Xero's published samples.
        let inclusive = totals(
            &lines(&["177.00", "-79.00"], "12.5", AmountsAre::Inclusive),
            AmountsAre::Inclusive,
        );
        assert_eq!(
            (inclusive.sub_total, inclusive.total_tax, inclusive.total),
            (d("87.11"), d("10.89"), d("98.00"))
        );
        let exclusive = totals(
            &lines(&["25.06", "25.61", "25.63"], "15", AmountsAre::Exclusive),
            AmountsAre::Exclusive,
        );
        assert_eq!(exclusive.total_tax, d("11.44"));
        assert_eq!(exclusive.total, d("87.74"));
        let none = totals(
            &lines(&["100.00"], "15", AmountsAre::NoTax),
            AmountsAre::NoTax,
        );
        assert_eq!((none.total_tax, none.total), (d("0"), d("100.00")));
        assert_eq!(
            line_tax(d("177.00"), d("12.5"), AmountsAre::Inclusive),
            d("19.67")
        );
        assert_eq!(
            line_tax(d("-79.00"), d("12.5"), AmountsAre::Inclusive),
            d("-8.78")
        );
    }
}
