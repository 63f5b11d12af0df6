//! Whether a tax rate makes the tax that a line has.

use rust_decimal::Decimal;

use crate::{Line, PriceMode};

/// Two taxes of one line, in the document's currency: the one it has, and the one that the rate it is
/// mapped to would make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OtherTax {
    /// The line's own.
    pub has: Decimal,
    /// What the other rate would make, to the cent.
    pub would_be: Decimal,
}

/// What another rate of `percent` would make of a line's tax, where that is more than a cent from the
/// tax that the line has. `None` where the line's own rate is not known, or is the same: a tax that
/// somebody set by hand is no matter of the mapping.
pub fn other_tax(line: &Line, prices: PriceMode, percent: Decimal) -> Option<OtherTax> {
    let own = line.tax_rate?;
    // Some systems keep two decimals of a percentage, others four.
    if (own - percent).abs() <= CENT {
        return None;
    }
    let has = line
        .tax_amount
        .unwrap_or_else(|| tax(line.amount, prices, own));
    let would_be = tax(line.amount, prices, percent);
    ((has - would_be).abs() > CENT).then(|| OtherTax {
        has: crate::money::round_half_up(has, 2),
        would_be: crate::money::round_half_up(would_be, 2),
    })
}

/// 0.01.
const CENT: Decimal = Decimal::from_parts(1, 0, 0, false, 2);

fn tax(amount: Decimal, prices: PriceMode, percent: Decimal) -> Decimal {
    let rate = percent / Decimal::ONE_HUNDRED;
    match prices {
        PriceMode::Exclusive => amount * rate,
        PriceMode::Inclusive => amount - amount / (Decimal::ONE + rate),
        PriceMode::NoTax => Decimal::ZERO,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn dec(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    fn line(amount: &str, rate: Option<&str>, stated: Option<&str>) -> Line {
        Line {
            id: None,
            description: String::new(),
            item_code: None,
            quantity: Decimal::ONE,
            unit_price: dec(amount),
            discount_percent: None,
            amount: dec(amount),
            account: None,
            tax: None,
            tax_rate: rate.map(dec),
            tax_amount: stated.map(dec),
            tracking: None,
        }
    }

    #[test]
    fn a_rate_is_wrong_where_its_tax_is() {
        use PriceMode::{Exclusive, Inclusive, NoTax};
        #[rustfmt::skip]
        let table = [
            // amount, own %, stated, prices, other % -> has, would be
            ("100", Some("20"), None, Exclusive, "5", Some(("20", "5"))),
            ("120", Some("20"), None, Inclusive, "5", Some(("20", "5.71"))),
            ("100", Some("20"), Some("20.00"), Exclusive, "0", Some(("20", "0"))),
            ("-100", Some("20"), None, Exclusive, "5", Some(("-20", "-5"))),
            ("100", Some("20"), None, Exclusive, "20", None),
            // Set by hand, at the same rate.
            ("100", Some("20"), Some("17.23"), Exclusive, "20", None),
            // The same percentage with fewer decimals.
            ("1000", Some("14.975"), None, Exclusive, "14.98", None),
            // A cent is rounding's.
            ("0.05", Some("20"), None, Exclusive, "5", None),
            ("0", Some("20"), None, Exclusive, "5", None),
            // Nothing to compare with.
            ("100", None, Some("20"), Exclusive, "5", None),
            ("100", Some("20"), None, NoTax, "5", None),
        ];
        for (amount, own, stated, prices, percent, expected) in table {
            let found = other_tax(&line(amount, own, stated), prices, dec(percent));
            let expected = expected.map(|(has, would_be)| OtherTax {
                has: dec(has),
                would_be: dec(would_be),
            });
            assert_eq!(found, expected, "{amount} at {own:?} to {percent}");
        }
    }
}
