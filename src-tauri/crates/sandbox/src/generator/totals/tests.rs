#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::*;
use crate::generator::{AccountClass, Country, TaxClass};

fn line(quantity: &str, price: &str, tax: TaxClass) -> DemoLine {
    DemoLine {
        description: "Satin ribbon 25 mm".to_owned(),
        quantity: quantity.parse().unwrap(),
        unit: "Meter".to_owned(),
        unit_price: price.parse().unwrap(),
        discount_percent: None,
        tax,
        account: AccountClass::Sales,
    }
}

/// Half a cent in decimals is a little more or less in binary, where ERPNext then sees no tie. What
/// the two arithmetics make of net, tax and total was computed with Python's own numbers.
#[test]
fn a_bit_lost_in_binary_is_a_cent() {
    use PriceMode::{Exclusive, Inclusive};
    use TaxClass::{Standard, Zero};
    for (country, mode, quantity, price, tax, decimal, binary) in [
        // The line's amount: 40.055, 35.735.
        (
            Country::Gb,
            Exclusive,
            "32.044",
            "1.25",
            Zero,
            ["40.06", "0", "40.06"],
            ["40.05", "0", "40.05"],
        ),
        (
            Country::Gb,
            Inclusive,
            "25.525",
            "1.40",
            Zero,
            ["35.74", "0", "35.74"],
            ["35.73", "0", "35.73"],
        ),
        // The tax: 15 % of 264.90 is 39.735.
        (
            Country::Nz,
            Exclusive,
            "1",
            "264.90",
            Standard,
            ["264.90", "39.74", "304.64"],
            ["264.90", "39.73", "304.63"],
        ),
        // The tax: 10 % of 385.85 is 38.585.
        (
            Country::Au,
            Exclusive,
            "1",
            "385.85",
            Standard,
            ["385.85", "38.58", "424.43"],
            ["385.85", "38.59", "424.44"],
        ),
        // The net amount in a price that holds tax: 40.95 / 1.2 is 34.125.
        (
            Country::Gb,
            Inclusive,
            "1",
            "40.95",
            Standard,
            ["34.12", "6.82", "40.95"],
            ["34.13", "6.83", "40.95"],
        ),
        // No bit is lost.
        (
            Country::Gb,
            Exclusive,
            "32.043",
            "1.25",
            Zero,
            ["40.05", "0", "40.05"],
            ["40.05", "0", "40.05"],
        ),
    ] {
        let lines = [line(quantity, price, tax)];
        let taxes = TaxRates::of(country);
        let meant = |amounts: [&str; 3]| {
            let [net, tax, total] = amounts.map(|amount| amount.parse().unwrap());
            Totals { net, tax, total }
        };
        let told = format!("{quantity} × {price}");
        assert_eq!(
            totals::<Decimal>(&lines, mode, &taxes),
            meant(decimal),
            "{told}"
        );
        assert_eq!(
            erpnext_totals(&lines, mode, &taxes),
            meant(binary),
            "{told}"
        );
        assert_eq!(
            agree(&lines, mode, &taxes),
            decimal == binary && xero_totals(&lines, mode, &taxes) == meant(binary),
            "{told}"
        );
    }
}
