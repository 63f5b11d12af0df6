//! What each system computes from an invoice's lines.
//!
//! Xero rounds tax per line, half up, and adds (Xero developer docs, "Rounding in Xero"; checked
//! against their samples below). ERPNext adds the unrounded tax of all lines per tax row and rounds
//! once, by the site's method: see [`erpnext_totals`]. Where the two differ by a cent, the
//! translation states the tax explicitly instead of the rate.

mod erpnext;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

pub use self::erpnext::{
    Charge, DiscountOn, DiscountSize, DocumentDiscount, ErpnextDocument, ErpnextLine, ErpnextTax,
    ErpnextTaxRules, ErpnextTotals, ErpnextVersion, Refusal, RoundedTotal, erpnext_totals,
};
use crate::PriceMode;
use crate::money::round_half_up;

/// Net, tax and total of a document, in its currency.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Before tax.
    pub net: Decimal,
    /// Tax.
    pub tax: Decimal,
    /// To be paid.
    pub total: Decimal,
}

/// What a tax computation needs of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TaxedAmount {
    /// The line amount after discount; holds tax where prices are inclusive.
    pub amount: Decimal,
    /// The tax rate in percent.
    pub rate: Decimal,
}

/// The amount of a line as Xero computes it: the unit price is rounded to `price_digits` (4 with
/// `unitdp=4`, else 2) first, the result to 2.
pub fn xero_line_amount(
    quantity: Decimal,
    unit_price: Decimal,
    discount_percent: Decimal,
    price_digits: u32,
) -> Decimal {
    let price = round_half_up(unit_price, price_digits);
    round_half_up(
        quantity * price * (Decimal::ONE_HUNDRED - discount_percent) / Decimal::ONE_HUNDRED,
        2,
    )
}

/// The tax of one line as Xero computes it, rounded to 2 decimals.
pub fn xero_line_tax(mode: PriceMode, line: TaxedAmount) -> Decimal {
    let fraction = line.rate / Decimal::ONE_HUNDRED;
    match mode {
        PriceMode::Exclusive => round_half_up(line.amount * fraction, 2),
        PriceMode::Inclusive => {
            round_half_up(line.amount * fraction / (Decimal::ONE + fraction), 2)
        }
        PriceMode::NoTax => Decimal::ZERO,
    }
}

/// The totals of a document as Xero computes them.
pub fn xero_totals(mode: PriceMode, lines: &[TaxedAmount]) -> Totals {
    let tax: Decimal = lines.iter().map(|line| xero_line_tax(mode, *line)).sum();
    let amounts: Decimal = lines.iter().map(|line| line.amount).sum();
    match mode {
        PriceMode::Exclusive => Totals {
            net: amounts,
            tax,
            total: amounts + tax,
        },
        PriceMode::Inclusive => Totals {
            net: amounts - tax,
            tax,
            total: amounts,
        },
        PriceMode::NoTax => Totals {
            net: amounts,
            tax: Decimal::ZERO,
            total: amounts,
        },
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn dec(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    fn lines(rate: &str, amounts: &[&str]) -> Vec<TaxedAmount> {
        amounts
            .iter()
            .map(|a| TaxedAmount {
                amount: dec(a),
                rate: dec(rate),
            })
            .collect()
    }

    fn totals(net: &str, tax: &str, total: &str) -> Totals {
        Totals {
            net: dec(net),
            tax: dec(tax),
            total: dec(total),
        }
    }

    #[test]
    fn xero_samples() {
        // Xero developer docs: three lines at 15 %, tax 3.76 + 3.84 + 3.84.
        let three = lines("15", &["25.06", "25.61", "25.63"]);
        assert_eq!(
            xero_totals(PriceMode::Exclusive, &three),
            totals("76.30", "11.44", "87.74")
        );
        // Xero developer docs: inclusive at 12.5 %, with a negative line.
        let inclusive = lines("12.5", &["177.00", "-79.00"]);
        assert_eq!(
            xero_totals(PriceMode::Inclusive, &inclusive),
            totals("87.11", "10.89", "98.00")
        );
        assert_eq!(
            xero_line_tax(PriceMode::Exclusive, lines("10", &["21.65"])[0]),
            dec("2.17")
        );
        assert_eq!(
            xero_totals(PriceMode::NoTax, &lines("20", &["10.00"])),
            totals("10.00", "0", "10.00")
        );
    }

    #[test]
    fn line_amounts_round_the_price_first() {
        assert_eq!(
            xero_line_amount(dec("3"), dec("33.335"), Decimal::ZERO, 4),
            dec("100.01")
        );
        assert_eq!(
            xero_line_amount(dec("3"), dec("33.335"), Decimal::ZERO, 2),
            dec("100.02")
        );
        assert_eq!(
            xero_line_amount(dec("2"), dec("50"), dec("12.5"), 4),
            dec("87.50")
        );
    }
}
