//! What each system computes from an invoice's lines.
//!
//! Xero rounds tax per line, half up, and adds (Xero developer docs, "Rounding in Xero"; checked
//! against their samples below). ERPNext adds the unrounded tax of all lines per tax row and rounds
//! once, by the site's method (erpnext `taxes_and_totals`; observed on ERPNext 15). Where the two
//! differ by a cent, the translation states the tax explicitly instead of the rate.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::PriceMode;
use crate::money::{RoundingMethod, round_half_up};

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

/// How an ERPNext site computes tax.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErpnextTaxRules {
    /// `System Settings.rounding_method`.
    pub rounding: RoundingMethod,
    /// Decimals of amounts (`currency_precision`, else the currency's).
    pub digits: u32,
    /// `Accounts Settings.round_row_wise_tax`: round each line's tax before adding.
    pub round_each_line: bool,
}

/// The totals of a document with one `On Net Total` tax row and per-line rates, as ERPNext computes
/// them. With inclusive prices each line's net amount is rounded by itself, and the grand total is
/// held to the sum of the gross amounts.
pub fn erpnext_totals(mode: PriceMode, lines: &[TaxedAmount], rules: ErpnextTaxRules) -> Totals {
    let round = |amount: Decimal| rules.rounding.round(amount, rules.digits);
    let mut net = Decimal::ZERO;
    let mut tax = Decimal::ZERO;
    let mut gross = Decimal::ZERO;
    for line in lines {
        let fraction = if mode == PriceMode::NoTax {
            Decimal::ZERO
        } else {
            line.rate / Decimal::ONE_HUNDRED
        };
        let line_net = match mode {
            PriceMode::Inclusive => round(line.amount / (Decimal::ONE + fraction)),
            PriceMode::Exclusive | PriceMode::NoTax => line.amount,
        };
        let line_tax = line_net * fraction;
        net += line_net;
        gross += line.amount;
        tax += if rules.round_each_line {
            round(line_tax)
        } else {
            line_tax
        };
    }
    let tax = round(tax);
    match mode {
        PriceMode::Inclusive => Totals {
            net,
            tax: gross - net,
            total: gross,
        },
        PriceMode::Exclusive | PriceMode::NoTax => Totals {
            net,
            tax,
            total: net + tax,
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

    const BANKERS: ErpnextTaxRules = ErpnextTaxRules {
        rounding: RoundingMethod::HalfEven,
        digits: 2,
        round_each_line: false,
    };

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
    fn erpnext_rounds_once_so_it_differs_from_xero_by_a_cent() {
        let three = lines("15", &["25.06", "25.61", "25.63"]);
        // 76.30 × 15 % = 11.445: half to even gives 11.44, half up 11.45.
        assert_eq!(
            erpnext_totals(PriceMode::Exclusive, &three, BANKERS),
            totals("76.30", "11.44", "87.74")
        );
        let commercial = ErpnextTaxRules {
            rounding: RoundingMethod::HalfUp,
            ..BANKERS
        };
        assert_eq!(
            erpnext_totals(PriceMode::Exclusive, &three, commercial),
            totals("76.30", "11.45", "87.75")
        );
        let row_wise = ErpnextTaxRules {
            round_each_line: true,
            ..commercial
        };
        assert_eq!(
            erpnext_totals(PriceMode::Exclusive, &three, row_wise),
            totals("76.30", "11.44", "87.74")
        );
    }

    #[test]
    fn erpnext_inclusive_keeps_the_gross() {
        // erpnext recording 05#36: 100 at 20 % inclusive is 83.33 + 16.67.
        assert_eq!(
            erpnext_totals(PriceMode::Inclusive, &lines("20", &["100"]), BANKERS),
            totals("83.33", "16.67", "100")
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
