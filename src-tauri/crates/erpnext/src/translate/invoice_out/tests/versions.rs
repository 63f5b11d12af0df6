//! Each version of ERPNext makes the stated totals of what it is sent, and says them again.

use ledger::tax::{TaxedAmount, xero_line_tax};
use proptest::prelude::*;

use super::*;
use crate::chart::sample::sixteen;
use crate::chart::{TaxRate, TaxTemplate};
use crate::translate::invoice_in;
use crate::translate::stored::stored;
use crate::translate::tax;

fn named(title: &str, rates: &[(&str, &str)]) -> TaxTemplate {
    TaxTemplate {
        created: None,
        name: format!("{title} - ACM"),
        title: title.into(),
        rates: rates
            .iter()
            .map(|(account, rate)| TaxRate {
                account: format!("{account} - ACM"),
                rate: dec(rate),
            })
            .collect(),
    }
}

/// ERPNext 16 with these of the usual templates.
fn with_templates(kept: &[&str]) -> Chart {
    let mut chart = sixteen();
    chart
        .tax_templates
        .retain(|template| kept.contains(&template.title.as_str()));
    chart
}

fn taxed(amount: &str, tax: &str, key: &str) -> Line {
    Line {
        tax_amount: Some(dec(tax)),
        ..line(amount, Some(key))
    }
}

/// What is sent, and its lines' taxes as they are read back.
fn there_and_back(invoice: &Document, chart: &Chart) -> (Value, Vec<Option<String>>) {
    let body = create_body(invoice, "guid", chart).unwrap();
    let back = invoice_in::to_ledger(&stored(&body, chart), chart);
    assert_eq!(
        (back.net_total, back.tax_total, back.total),
        (invoice.net_total, invoice.tax_total, invoice.total),
        "{body}"
    );
    let taxes = back.lines.into_iter().map(|line| line.tax).collect();
    (body, taxes)
}

/// F1: without a template the last row of an account says the rate of the lines.
#[test]
fn what_rounding_leaves_stands_before_the_rate() {
    let chart = with_templates(&[]);
    let key = "VAT - ACM @ 20";
    let one = invoice(
        PriceMode::Exclusive,
        vec![taxed("100.00", "20.01", key)],
        "100.00",
        "20.01",
    );
    let (body, taxes) = there_and_back(&one, &chart);
    assert_eq!(
        amounts(&body),
        ["VAT - ACM 0.01: Rounding of tax", "VAT - ACM @ 20"]
    );
    assert_eq!(taxes, [Some(key.to_owned())]);
    let pennies = invoice(
        PriceMode::Exclusive,
        vec![taxed("0.33", "0.07", key); 3],
        "0.99",
        "0.21",
    );
    assert_eq!(amounts(&there_and_back(&pennies, &chart).0).len(), 2);
}

/// F1: the tax of a negative line, which goes among the tax rows itself.
#[test]
fn the_tax_of_a_negative_line_stands_before_the_rate() {
    let chart = with_templates(&[]);
    let key = "VAT - ACM @ 5";
    let lines = vec![taxed("100.00", "5.00", key), taxed("-10.00", "-0.50", key)];
    let less = invoice(PriceMode::Exclusive, lines, "90.00", "4.50");
    let (body, taxes) = there_and_back(&less, &chart);
    assert_eq!(
        amounts(&body),
        [
            "VAT - ACM -0.5: 5 % of -10.00 (line 2)",
            "VAT - ACM @ 5",
            "Sales - ACM -10: Work"
        ]
    );
    assert_eq!(taxes, vec![Some(key.to_owned()); 2]);
}

/// F2: one template, the other rates by account.
#[test]
fn amounts_go_without_templates() {
    let chart = with_templates(&["UK VAT 20%"]);
    let keys = ["UK VAT 20% - ACM", "VAT - ACM @ 5", "VAT - ACM @ 0"];
    let told: Vec<_> = keys.iter().map(|key| Some((*key).to_owned())).collect();
    let lines = |amounts: [(&str, &str); 3]| {
        let lines = amounts.iter().zip(keys);
        lines
            .map(|((amount, tax), key)| taxed(amount, tax, key))
            .collect()
    };
    let exclusive = invoice(
        PriceMode::Exclusive,
        lines([("100.00", "20.00"), ("100.00", "5.00"), ("100.00", "0")]),
        "300.00",
        "25.00",
    );
    let (body, taxes) = there_and_back(&exclusive, &chart);
    assert_eq!(
        amounts(&body),
        [
            "VAT - ACM 20: 20 % of 100.00 (line 1)",
            "VAT - ACM 5: 5 % of 100.00 (line 2)",
            "VAT - ACM 0: 0 % of 100.00 (line 3)"
        ]
    );
    assert!(body["items"][0].get("item_tax_template").is_none());
    assert_eq!(taxes, told);
    let inclusive = invoice(
        PriceMode::Inclusive,
        lines([("120.00", "20.00"), ("105.00", "5.00"), ("100.00", "0")]),
        "300.00",
        "25.00",
    );
    assert_eq!(there_and_back(&inclusive, &chart).1, told);
    // 15 takes the template beside the amount.
    let mut fifteen = crate::chart::sample::chart();
    fifteen.tax_templates.truncate(1);
    let (body, taxes) = there_and_back(&exclusive, &fifteen);
    assert_eq!(body["items"][0]["item_tax_template"], "UK VAT 20% - ACM");
    assert_eq!(taxes, told);
}

/// Rounding each line's part alone makes 16.9 refuse rates here.
#[test]
fn what_is_refused_by_rate_goes_as_an_amount() {
    let key = "VAT - ACM @ 9.1";
    let long = invoice(
        PriceMode::Exclusive,
        vec![taxed("0.50", "0.05", key); 120],
        "60.00",
        "6.00",
    );
    let (body, taxes) = there_and_back(&long, &sixteen());
    assert_eq!(
        amounts(&body),
        ["VAT - ACM 6: 9.1 % of 60.00 (lines 1-120)"]
    );
    assert_eq!(taxes.len(), 120);
    assert_eq!(taxes[119].as_deref(), Some(key));
    let (body, _) = there_and_back(&long, &crate::chart::sample::chart());
    assert_eq!(amounts(&body).len(), 2);
}

/// What no layout makes is a cause that says what would come out.
#[test]
fn what_no_layout_makes_is_not_sent() {
    let mut chart = sixteen();
    // Prices without decimals: one piece at the amount is not the amount.
    chart.figures.rate_digits = 0;
    let odd = invoice(PriceMode::NoTax, vec![line("10.40", None)], "10.40", "0");
    let cause = create_body(&odd, "guid", &chart).unwrap_err();
    assert_eq!(
        cause.sentence(),
        "ERPNext would make another total before tax and total of it, so it was not kept there."
    );
    let Cause::WouldDiffer { differences, .. } = cause else {
        panic!("{cause:?}");
    };
    assert_eq!(differences[1].xero.as_deref(), Some("10.40 GBP"));
    assert_eq!(differences[1].erpnext.as_deref(), Some("10.00 GBP"));
}

const KEYS: [(&str, &str); 10] = [
    ("UK VAT 20% - ACM", "20"),
    ("UK VAT 5% - ACM", "5"),
    ("UK VAT Zero - ACM", "0"),
    ("Exempt - ACM", "0"),
    ("VAT - ACM @ 12.5", "12.5"),
    ("VAT - ACM @ 7", "7"),
    ("VAT - ACM @ 3.3 + Levy - ACM @ 4", "7.3"),
    ("Both - ACM", "18"),
    ("Levy only - ACM", "2.5"),
    ("", "0"),
];

prop_compose! {
    fn any_line()(
        amount in 1_i64..900_000, key in 0_usize..KEYS.len(), down in prop::bool::weighted(0.15),
        typed in prop::option::weighted(0.1, -2_i64..=2),
    ) -> (Line, Option<i64>, &'static str) {
        let (key, rate) = KEYS[key];
        let amount = Decimal::new(if down { -amount / 10 - 1 } else { amount }, 2);
        let line = line(&amount.to_string(), Some(key).filter(|key| !key.is_empty()));
        (line, typed, rate)
    }
}

prop_compose! {
    fn any_invoice()(
        lines in prop::collection::vec(any_line(), 1..8), inclusive in any::<bool>(),
    ) -> Document {
        let mode = if inclusive { PriceMode::Inclusive } else { PriceMode::Exclusive };
        let mut kept = Vec::new();
        let mut tax = Decimal::ZERO;
        for (mut line, typed, rate) in lines {
            let made = xero_line_tax(mode, TaxedAmount { amount: line.amount, rate: dec(rate) });
            // Now and then a person types over the tax of a line.
            let typed = typed.filter(|_| !made.is_zero()).unwrap_or_default();
            line.tax_amount = Some(made + Decimal::new(typed, 2));
            tax += made + Decimal::new(typed, 2);
            kept.push(line);
        }
        let sum: Decimal = kept.iter().map(|line| line.amount).sum();
        let net = if inclusive { sum - tax } else { sum };
        invoice(mode, kept, &net.to_string(), &tax.to_string())
    }
}

proptest! {
    /// Whatever Xero states, each version makes it of what is sent, and the lines are read back as
    /// they were: amount and tax, however the tax was written. Negative lines come last.
    #[test]
    fn invoices_survive_the_way_there_and_back(
        sold in any_invoice(), newer in any::<bool>(), set_up in 0_usize..4,
        foreign in prop::option::of(1_i64..2_000_000),
    ) {
        prop_assume!(sold.total >= Decimal::ZERO);
        prop_assume!(sold.lines.iter().any(|line| line.amount > Decimal::ZERO));
        let mut sold = sold;
        let mut chart = if newer { sixteen() } else { chart() };
        // All templates, one, none, or some that their rates do not tell.
        match set_up {
            0 => {}
            1 => chart.tax_templates.truncate(1),
            2 => chart.tax_templates.clear(),
            _ => chart.tax_templates.push(named("Exempt", &[("VAT", "0")])),
        }
        chart.tax_templates.push(named("Both", &[("VAT", "9"), ("Levy", "9")]));
        chart.tax_templates.push(named("Levy only", &[("VAT", "0"), ("Levy", "2.5")]));
        for line in &mut sold.lines {
            let Some(key) = line.tax.as_deref() else { continue };
            if tax::resolve(key, &chart).is_none() {
                let rate = KEYS.iter().find(|(known, _)| *known == key).unwrap().1;
                line.tax = Some(format!("VAT - ACM @ {rate}"));
            }
        }
        if let Some(rate) = foreign {
            sold.currency = Currency::new("USD").unwrap();
            sold.exchange_rate = Some(Decimal::new(rate, 4));
        }
        let body = create_body(&sold, "guid", &chart).unwrap();
        let back = invoice_in::to_ledger(&stored(&body, &chart), &chart);
        prop_assert_eq!(
            (back.net_total, back.tax_total, back.total),
            (sold.net_total, sold.tax_total, sold.total)
        );
        // Without tax and at zero are the same where a template of zero had to be said.
        let rates = |line: &Line| {
            let key = line.tax.as_deref()?;
            let rates = tax::resolve(key, &chart).unwrap().rates;
            let rates: Vec<_> = tax::telling(rates).iter().map(TaxRate::key).collect();
            (!rates.iter().all(|key| key.ends_with("@ 0"))).then_some(rates)
        };
        let told = |lines: &[Line]| {
            let mut told: Vec<_> = lines.iter().map(rates).collect();
            told.sort();
            told
        };
        prop_assert_eq!(told(&back.lines), told(&sold.lines), "{}", body);
        if back.price_mode == sold.price_mode {
            let figures = |lines: &[Line]| {
                let mut figures: Vec<_> = lines.iter().map(|line| line.amount.normalize()).collect();
                figures.sort();
                figures
            };
            prop_assert_eq!(figures(&back.lines), figures(&sold.lines));
        }
    }
}
