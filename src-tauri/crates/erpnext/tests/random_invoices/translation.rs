//! Whatever is stated and however a site computes: what is sent makes it.

use std::sync::OnceLock;

use erpnext::Chart;
use erpnext::chart::Figures;
use erpnext::translate::credit_note::{self, Balance};
use erpnext::translate::{invoice_out, tax};
use ledger::money::RoundingMethod;
use ledger::tax::ErpnextVersion as Arithmetic;
use ledger::{Document, Line, PriceMode};
use proptest::prelude::*;
use rand::SeedableRng;
use rand::rngs::StdRng;
use rust_decimal::Decimal;
use sandbox::erpnext::ErpnextVersion;
use serde_json::Value;

use super::plan::set_up;
use super::site::Site;
use super::{home, invoices, model, runtime};

/// A site's figures: rounding, and decimals of amounts, prices and quantities.
fn figures() -> impl Strategy<Value = Figures> {
    let digits = prop::sample::select(vec![(2, 2), (2, 2), (2, 4), (3, 3), (0, 0)]);
    let switches = any::<(bool, bool, bool)>();
    (switches, digits, 2_u32..=5).prop_map(
        |((bankers, round_each_line, newer), (amount_digits, rate_digits), quantity_digits)| {
            Figures {
                version: if newer {
                    Arithmetic::V16
                } else {
                    Arithmetic::V15
                },
                rounding: if bankers {
                    RoundingMethod::HalfEven
                } else {
                    RoundingMethod::HalfUp
                },
                amount_digits,
                rate_digits,
                quantity_digits,
                round_each_line,
            }
        },
    )
}

/// A site without a network, for its chart.
fn charted() -> Site {
    static SITE: OnceLock<Site> = OnceLock::new();
    SITE.get_or_init(|| runtime().block_on(Site::demo(&home(), ErpnextVersion::V15)))
        .clone()
}

/// Whether tax rates alone, without stated amounts, make the stated totals.
fn rates_do(invoice: &Document, chart: &Chart) -> bool {
    let key = |line: &Line| {
        line.tax
            .as_deref()
            .map(|key| tax::resolve(key, chart).unwrap())
    };
    let mut taxes: Vec<_> = invoice
        .lines
        .iter()
        .map(|line| key(line).unwrap_or_default())
        .collect();
    tax::exempt(&mut taxes, chart);
    let taxed: Vec<_> = invoice
        .lines
        .iter()
        .zip(&taxes)
        .map(|(line, tax)| (line.amount, tax))
        .collect();
    let inclusive = invoice.price_mode == PriceMode::Inclusive;
    let positive = invoice
        .lines
        .iter()
        .all(|line| line.amount >= Decimal::ZERO);
    positive
        && tax::rows(&taxes).is_some_and(|rows| {
            let made = tax::totals(&taxed, &rows, inclusive, chart.figures);
            (made.net, made.tax, made.total)
                == (invoice.net_total, invoice.tax_total, invoice.total)
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever Xero states and however the site rounds: ERPNext makes the stated totals of what is
    /// sent, from rates wherever those do and from stated amounts where not; what it cannot hold is
    /// refused before it is sent.
    #[test]
    fn what_is_sent_makes_the_stated_totals(
        seed in any::<u64>(), figures in figures(), returned in any::<bool>()
    ) {
        let mut site = charted();
        site.chart.figures = figures;
        let mut rng = StdRng::seed_from_u64(seed);
        let chart = set_up(&mut rng, &site.chart);
        let (invoice, _) = invoices::invoice(&mut rng, &site, &chart, "X".into());
        let body = if returned {
            let note = invoices::credited(invoice.clone());
            credit_note::create_body(&note, "X", Balance::Own, &chart)
        } else {
            invoice_out::create_body(&invoice, "X", &chart)
        };
        let body = match body {
            Ok(body) => body,
            Err(cause) => {
                prop_assert_eq!(figures.amount_digits, 0, "{:?} {:?}", cause, invoice);
                return Ok(());
            }
        };
        let made = model::totals(&body, &site);
        let sign = if returned { -Decimal::ONE } else { Decimal::ONE };
        let net = stated_net(&body, &invoice, sign);
        let total = invoice.total * sign;
        prop_assert_eq!((made.net, made.tax, made.grand), (net, total - net, total), "{}", body);
        prop_assert_eq!(&made.refusals, &[], "{}", body);
        let by_amount = body["taxes"].as_array().unwrap().iter().any(|row| {
            row["charge_type"] == "Actual" && chart.is_tax_account(row["account_head"].as_str().unwrap())
        });
        let charges = body["items"].as_array().unwrap().len() < invoice.lines.len();
        let home = invoice.currency == chart.currency;
        if invoice.price_mode != PriceMode::NoTax && !charges && home && rates_do(&invoice, &chart) {
            prop_assert!(!by_amount, "{}", body);
        }
    }
}

/// The stated net total without the lines that are sent among the tax rows.
fn stated_net(body: &Value, invoice: &Document, sign: Decimal) -> Decimal {
    let lines = body["items"].as_array().unwrap().len();
    let all = invoice.lines.len();
    if lines == all {
        return invoice.net_total * sign;
    }
    let charged: Decimal = body["taxes"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["account_head"].as_str().unwrap().starts_with("Sales"))
        .map(|row| erpnext::wire::row::exact(&row["tax_amount"].to_string()).unwrap())
        .sum();
    invoice.net_total * sign - charged
}
