#![allow(clippy::unwrap_used)]
use proptest::prelude::*;

use super::*;
use crate::PriceMode;
use crate::money::RoundingMethod;
use crate::tax::{TaxedAmount, xero_totals};

fn dec(text: &str) -> Decimal {
    text.parse().unwrap()
}

const BANKERS: ErpnextTaxRules = ErpnextTaxRules {
    version: ErpnextVersion::V15,
    rounding: RoundingMethod::HalfEven,
    digits: 2,
    price_digits: 2,
    float_digits: 3,
    round_each_line: false,
};
const COMMERCIAL: ErpnextTaxRules = ErpnextTaxRules {
    rounding: RoundingMethod::HalfUp,
    ..BANKERS
};

fn on_net(rate: &str, included: bool) -> ErpnextTax<'static> {
    ErpnextTax {
        account: "VAT",
        charge: Charge::OnNetTotal(dec(rate)),
        included,
    }
}

fn row(charge: Charge) -> ErpnextTax<'static> {
    ErpnextTax {
        account: "Levy",
        charge,
        included: false,
    }
}

fn document(amounts: &[&str], taxes: Vec<ErpnextTax<'static>>) -> ErpnextDocument<'static> {
    ErpnextDocument {
        lines: amounts
            .iter()
            .map(|amount| ErpnextLine {
                quantity: Decimal::ONE,
                amount: dec(amount),
                rates: Vec::new(),
            })
            .collect(),
        taxes,
        discount: None,
        conversion_rate: Decimal::ONE,
        rounded_total: RoundedTotal::Off,
    }
}

fn off(on: DiscountOn, amount: &str) -> DocumentDiscount {
    DocumentDiscount {
        on,
        size: DiscountSize::Amount(dec(amount)),
    }
}

fn net_tax_grand(document: &ErpnextDocument<'_>, rules: ErpnextTaxRules) -> [String; 3] {
    let totals = erpnext_totals(document, rules);
    [totals.net, totals.tax, totals.grand].map(|amount| amount.normalize().to_string())
}

#[test]
fn tax_is_rounded_once_so_it_differs_from_xero_by_a_cent() {
    let three = document(&["25.06", "25.61", "25.63"], vec![on_net("15", false)]);
    // 76.30 × 15 % = 11.445: half to even gives 11.44, half up 11.45.
    assert_eq!(net_tax_grand(&three, BANKERS), ["76.3", "11.44", "87.74"]);
    assert_eq!(
        net_tax_grand(&three, COMMERCIAL),
        ["76.3", "11.45", "87.75"]
    );
    let row_wise = ErpnextTaxRules {
        round_each_line: true,
        ..COMMERCIAL
    };
    assert_eq!(net_tax_grand(&three, row_wise), ["76.3", "11.44", "87.74"]);
}

/// Ties that a real ERPNext 15 broke the other way.
#[test]
fn ties_fall_as_the_binary_product_does() {
    let banker = document(&["1580.90"], vec![on_net("5", false)]);
    assert_eq!(
        net_tax_grand(&banker, BANKERS),
        ["1580.9", "79.05", "1659.95"]
    );
    let commercial = document(&["2541.70"], vec![on_net("15", false)]);
    assert_eq!(
        net_tax_grand(&commercial, COMMERCIAL),
        ["2541.7", "381.25", "2922.95"]
    );
}

/// Totals that a real ERPNext 15 answered (erpnext/FACTS §5, recordings 05 and 17).
#[test]
fn observed_totals() {
    let inclusive = document(&["100"], vec![on_net("20", true)]);
    assert_eq!(
        net_tax_grand(&inclusive, BANKERS),
        ["83.33", "16.67", "100"]
    );
    let mut on_net_total = document(&["100"], vec![on_net("20", false)]);
    on_net_total.discount = Some(off(DiscountOn::NetTotal, "15"));
    assert_eq!(net_tax_grand(&on_net_total, BANKERS), ["85", "17", "102"]);
    let mut on_grand_total = document(&["100"], vec![on_net("20", false)]);
    on_grand_total.discount = Some(off(DiscountOn::GrandTotal, "15"));
    assert_eq!(
        net_tax_grand(&on_grand_total, BANKERS),
        ["87.5", "17.5", "105"]
    );
    let mut whole_units = document(&["99.60"], vec![]);
    whole_units.rounded_total = RoundedTotal::Units;
    let totals = erpnext_totals(&whole_units, BANKERS);
    assert_eq!(
        (totals.rounded, totals.adjustment, totals.payable()),
        (dec("100"), dec("0.40"), dec("100"))
    );
    let mut euros = document(&["100"], vec![]);
    euros.conversion_rate = dec("0.85");
    assert_eq!(erpnext_totals(&euros, BANKERS).base_payable(), dec("85"));
}

#[test]
fn line_amounts_round_quantity_and_price_first() {
    for (quantity, price, amount) in [
        ("3", "33.335", "100.02"),
        ("10.12345678", "1.23456", "12.45"),
        ("1", "2.125", "2.12"),
        ("1", "2.135", "2.14"),
    ] {
        assert_eq!(
            BANKERS.line_amount(dec(quantity), dec(price)),
            dec(amount),
            "{quantity} × {price}"
        );
    }
    let finer = ErpnextTaxRules {
        price_digits: 4,
        ..BANKERS
    };
    assert_eq!(finer.line_amount(dec("3"), dec("33.335")), dec("100.00"));
}

#[test]
fn rows_on_other_rows() {
    let levies = document(
        &["200.00"],
        vec![
            on_net("10", false),
            row(Charge::OnPreviousAmount {
                rate: dec("50"),
                row: 0,
            }),
            row(Charge::OnPreviousTotal {
                rate: dec("10"),
                row: 1,
            }),
            row(Charge::OnQuantity(dec("1.5"))),
            row(Charge::Actual(dec("7.77"))),
        ],
    );
    let totals = erpnext_totals(&levies, BANKERS);
    assert_eq!(
        totals.rows,
        ["20", "10", "23", "1.5", "7.77"].map(dec).to_vec()
    );
    assert_eq!(totals.grand, dec("262.27"));
}

#[test]
fn a_line_s_own_rates_win_over_the_row_s() {
    let mut mixed = document(&["100", "100", "100"], vec![on_net("20", false)]);
    mixed.lines[1].rates = vec![("VAT", dec("5"))];
    mixed.lines[2].rates = vec![("VAT", dec("0"))];
    assert_eq!(net_tax_grand(&mixed, BANKERS), ["300", "25", "325"]);
}

#[test]
fn coins_round_towards_the_nearest_and_halves_down() {
    for (amount, rounded) in [
        ("10.02", "10.00"),
        ("10.03", "10.05"),
        ("10.025", "10.00"),
        ("-7.32", "-7.30"),
        ("-7.33", "-7.35"),
    ] {
        let mut document = document(&[amount], vec![]);
        document.rounded_total = RoundedTotal::Coin(dec("0.05"));
        let rules = ErpnextTaxRules {
            digits: 3,
            ..BANKERS
        };
        assert_eq!(
            erpnext_totals(&document, rules).rounded,
            dec(rounded),
            "{amount}"
        );
    }
}

const SIXTEEN: ErpnextTaxRules = ErpnextTaxRules {
    version: ErpnextVersion::V16,
    ..BANKERS
};

fn stated(amount: &str) -> ErpnextTax<'static> {
    ErpnextTax {
        charge: Charge::Actual(dec(amount)),
        ..on_net("0", false)
    }
}

/// Totals that a real ERPNext 16.9.1 answered (erpnext/V16 §1 and F1).
#[test]
fn on_sixteen_the_last_row_of_an_account_says_the_rate() {
    let twice = document(&["100"], vec![on_net("20", false), on_net("5", false)]);
    assert_eq!(net_tax_grand(&twice, BANKERS), ["100", "25", "125"]);
    assert_eq!(net_tax_grand(&twice, SIXTEEN), ["100", "10", "110"]);
    let after = document(&["100"], vec![on_net("20", false), stated("0.01")]);
    assert_eq!(net_tax_grand(&after, BANKERS), ["100", "20.01", "120.01"]);
    assert_eq!(net_tax_grand(&after, SIXTEEN), ["100", "0.01", "100.01"]);
    let before = document(&["100"], vec![stated("0.01"), on_net("20", false)]);
    assert_eq!(net_tax_grand(&before, SIXTEEN), ["100", "20.01", "120.01"]);
    // A line's template still wins.
    let mut own = after.clone();
    own.lines[0].rates = vec![("VAT", dec("20"))];
    assert_eq!(net_tax_grand(&own, SIXTEEN), ["100", "20.01", "120.01"]);
    // Prices that hold the tax are split by the same rate.
    let held = document(&["120"], vec![on_net("20", true), on_net("5", false)]);
    assert_eq!(net_tax_grand(&held, BANKERS), ["100", "25", "125"]);
    assert_eq!(net_tax_grand(&held, SIXTEEN), ["114.29", "11.42", "125.71"]);
}

fn refused(document: &ErpnextDocument<'_>, rules: ErpnextTaxRules) -> Vec<(String, bool, bool)> {
    erpnext_totals(document, rules)
        .refusals
        .into_iter()
        .map(|refusal| match refusal {
            Refusal::Breakdown {
                difference,
                each_line,
                running,
                ..
            } => (difference.to_string(), each_line, running),
            Refusal::DiscountBeyondTotal => ("discount".to_owned(), true, true),
        })
        .collect()
}

/// One template of 20 %, 5 % and 0 % by account, the tax as one amount: refused by 16.9.1
/// (erpnext/V16 F2).
#[test]
fn a_stated_amount_is_not_shared_with_lines_at_zero() {
    let mut mixed = document(&["100", "100", "100"], vec![stated("25")]);
    // Without any rate nothing is compared.
    assert_eq!(refused(&mixed, SIXTEEN), []);
    mixed.lines[0].rates = vec![("VAT", dec("20"))];
    assert_eq!(refused(&mixed, BANKERS), []);
    assert_eq!(
        refused(&mixed, SIXTEEN),
        [("16.67000".to_owned(), true, true)]
    );
    // A small amount may go astray.
    let mut small = document(&["100", "100"], vec![stated("1.00")]);
    small.lines[0].rates = vec![("VAT", dec("20"))];
    assert_eq!(refused(&small, SIXTEEN), []);
    small.taxes = vec![stated("1.02")];
    assert_eq!(refused(&small, SIXTEEN).len(), 1);
}

/// Rounding alone: 9.1 % of 0.50 is 4.55 pence, 120 times.
#[test]
fn long_documents_are_refused_for_their_rounding() {
    let long = |lines: usize| document(&vec!["0.50"; lines], vec![on_net("9.1", false)]);
    assert_eq!(refused(&long(110), SIXTEEN), []);
    assert_eq!(
        refused(&long(120), SIXTEEN),
        [("-0.54000".to_owned(), true, false)]
    );
    // Where each line is rounded anyway, it is the newer release that finds a difference.
    let row_wise = ErpnextTaxRules {
        round_each_line: true,
        ..SIXTEEN
    };
    assert_eq!(
        refused(&long(120), row_wise),
        [("0.54000".to_owned(), false, true)]
    );
    // A high exchange rate makes much of a little.
    let mut foreign = document(&["0.33"; 4], vec![on_net("20", false)]);
    foreign.conversion_rate = dec("150");
    assert_eq!(
        refused(&foreign, SIXTEEN),
        [("-0.60000".to_owned(), true, false)]
    );
}

#[test]
fn on_sixteen_a_discount_is_no_more_than_the_total() {
    let mut small = document(&["3.00"], vec![]);
    small.discount = Some(off(DiscountOn::NetTotal, "4"));
    assert_eq!(refused(&small, BANKERS), []);
    assert_eq!(refused(&small, SIXTEEN).len(), 1);
    small.discount = Some(off(DiscountOn::NetTotal, "3"));
    assert_eq!(refused(&small, SIXTEEN), []);
}

fn amounts() -> impl Strategy<Value = Vec<Decimal>> {
    prop::collection::vec(
        (1_i64..500_000).prop_map(|pence| Decimal::new(pence, 2)),
        1..12,
    )
}

fn rate() -> impl Strategy<Value = Decimal> {
    prop::sample::select(vec![
        "20", "5", "0", "15", "10", "12.5", "17.5", "8.25", "19",
    ])
    .prop_map(|rate| rate.parse().unwrap())
}

fn rules() -> impl Strategy<Value = ErpnextTaxRules> {
    (any::<bool>(), any::<bool>(), any::<bool>()).prop_map(|(bankers, round_each_line, newer)| {
        ErpnextTaxRules {
            version: if newer {
                ErpnextVersion::V16
            } else {
                ErpnextVersion::V15
            },
            round_each_line,
            ..if bankers { BANKERS } else { COMMERCIAL }
        }
    })
}

fn of(amounts: &[Decimal], rate: Decimal, included: bool) -> ErpnextDocument<'static> {
    ErpnextDocument {
        lines: amounts
            .iter()
            .map(|amount| ErpnextLine {
                quantity: Decimal::ONE,
                amount: *amount,
                rates: Vec::new(),
            })
            .collect(),
        taxes: vec![ErpnextTax {
            account: "VAT",
            charge: Charge::OnNetTotal(rate),
            included,
        }],
        discount: None,
        conversion_rate: Decimal::ONE,
        rounded_total: RoundedTotal::Off,
    }
}

proptest! {
    /// Rounding each line half up is what Xero does; ERPNext does it in binary, so a tie can fall
    /// the other way, once for each line.
    #[test]
    fn commercial_row_wise_is_nearly_xero_s_rule(amounts in amounts(), rate in rate()) {
        let rules = ErpnextTaxRules { round_each_line: true, ..COMMERCIAL };
        let totals = erpnext_totals(&of(&amounts, rate, false), rules);
        let taxed: Vec<_> = amounts.iter().map(|amount| TaxedAmount { amount: *amount, rate }).collect();
        let xero = xero_totals(PriceMode::Exclusive, &taxed);
        prop_assert_eq!((totals.net, totals.grand - totals.tax), (xero.net, xero.net));
        let ties = amounts.iter().filter(|amount| {
            let tax = **amount * rate / Decimal::ONE_HUNDRED;
            (tax - tax.round_dp(2)).abs() == dec("0.005")
        });
        let most = Decimal::from(ties.count()) * dec("0.01");
        prop_assert!((xero.tax - totals.tax).abs() <= most, "{} {}", xero.tax, totals.tax);
    }

    /// Prices that hold tax are kept to the cent as long as rounding loses no more than ERPNext
    /// gives back.
    #[test]
    fn inclusive_prices_are_kept(amounts in amounts(), rate in rate(), rules in rules()) {
        let totals = erpnext_totals(&of(&amounts, rate, true), rules);
        let gross: Decimal = amounts.iter().sum();
        let lost = gross - totals.net - totals.tax;
        if lost.abs() <= dec("0.05") {
            prop_assert_eq!(totals.grand, gross);
        } else {
            prop_assert_eq!(totals.grand, totals.net + totals.tax);
        }
    }

    /// A return is its invoice with the sign turned.
    #[test]
    fn a_return_mirrors_its_invoice(
        amounts in amounts(), rate in rate(), included in any::<bool>(), rules in rules(),
        exchange in (1_i64..3_000_000).prop_map(|millionths| Decimal::new(millionths, 6)),
    ) {
        let mut sold = of(&amounts, rate, included);
        sold.conversion_rate = exchange;
        sold.rounded_total = RoundedTotal::Units;
        let mut returned = sold.clone();
        for line in &mut returned.lines {
            line.quantity = -line.quantity;
            line.amount = -line.amount;
        }
        let (sold, returned) = (erpnext_totals(&sold, rules), erpnext_totals(&returned, rules));
        prop_assert_eq!(returned.payable(), -sold.payable());
        prop_assert_eq!(returned.base_payable(), -sold.base_payable());
        prop_assert_eq!((returned.net, returned.tax), (-sold.net, -sold.tax));
    }

    /// A discount on the net total comes off to the cent, whatever its distribution loses.
    #[test]
    fn a_discount_on_the_net_total_comes_off_whole(
        amounts in amounts(), rate in rate(), rules in rules(), part in 1_u32..99,
    ) {
        let gross: Decimal = amounts.iter().sum();
        let discount = (gross * Decimal::new(i64::from(part), 2)).round_dp(2);
        let mut document = of(&amounts, rate, false);
        document.discount = Some(DocumentDiscount {
            on: DiscountOn::NetTotal,
            size: DiscountSize::Amount(discount),
        });
        let totals = erpnext_totals(&document, rules);
        prop_assert_eq!(totals.net, gross - discount);
        prop_assert_eq!(totals.line_nets.iter().sum::<Decimal>(), totals.net);
    }

    /// Amounts stated in tax rows arrive whole, however many lines they are spread over.
    #[test]
    fn stated_tax_arrives_whole(amounts in amounts(), tax in -500_i64..5_000, rules in rules()) {
        let mut document = of(&amounts, Decimal::ZERO, false);
        document.taxes = vec![row(Charge::Actual(Decimal::new(tax, 2)))];
        let totals = erpnext_totals(&document, rules);
        prop_assert_eq!(totals.tax, Decimal::new(tax, 2));
    }
}
