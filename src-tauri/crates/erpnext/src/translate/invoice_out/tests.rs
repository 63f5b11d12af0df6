#![allow(clippy::unwrap_used)]

use super::*;
use crate::chart::sample::{chart, dec};
use chrono::NaiveDate;
use ledger::{Currency, PriceMode, RemoteId};

fn line(amount: &str, tax: Option<&str>) -> Line {
    Line {
        id: None,
        description: "Work".into(),
        item_code: None,
        quantity: dec("1"),
        unit_price: dec(amount),
        discount_percent: None,
        amount: dec(amount),
        account: Some("Sales - ACM".into()),
        tax: tax.map(str::to_owned),
        tax_rate: None,
        tax_amount: None,
        tracking: None,
    }
}

fn invoice(mode: PriceMode, lines: Vec<Line>, net: &str, tax: &str) -> Document {
    let day = |day| NaiveDate::from_ymd_opt(2026, 11, day).unwrap();
    Document {
        number: Some("INV-0001".into()),
        contact: RemoteId::new("Acme"),
        contact_name: "Acme".into(),
        state: DocumentState::Approved,
        date: day(2),
        due_date: Some(day(30)),
        currency: Currency::new("GBP").unwrap(),
        exchange_rate: None,
        reference: None,
        price_mode: mode,
        lines,
        net_total: dec(net),
        tax_total: dec(tax),
        total: dec(net) + dec(tax),
        amount_due: dec(net) + dec(tax),
        opening: false,
        against: None,
        allocations: Vec::new(),
    }
}

/// The tax rows in words.
fn amounts(body: &Value) -> Vec<String> {
    let rows = body["taxes"].as_array().unwrap().iter();
    rows.map(|row| {
        let account = row["account_head"].as_str().unwrap();
        if row["charge_type"] == "Actual" {
            let text = row["description"].as_str().unwrap();
            format!("{account} {}: {text}", row["tax_amount"])
        } else {
            format!("{account} @ {}", row["rate"])
        }
    })
    .collect()
}

const STANDARD: Option<&str> = Some("UK VAT 20% - ACM");
const ZERO: Option<&str> = Some("UK VAT Zero - ACM");

#[test]
fn the_natural_form_where_both_systems_agree() {
    let invoice = invoice(
        PriceMode::Exclusive,
        vec![line("100.00", STANDARD), line("50.00", ZERO)],
        "150.00",
        "20.00",
    );
    let body = create_body(&invoice, "guid", &chart()).unwrap();
    assert_eq!(body["name"], "INV-0001");
    assert_eq!(body["xero_invoice_id"], "guid");
    assert_eq!(body["posting_date"], "2026-11-02");
    assert_eq!(body["set_posting_time"], 1);
    assert_eq!(body["disable_rounded_total"], 1);
    assert_eq!(
        body["taxes"].to_string(),
        r#"[{"charge_type":"On Net Total","account_head":"VAT - ACM","rate":20,"description":"VAT - ACM","included_in_print_rate":0,"cost_center":"Main - ACM"}]"#
    );
    assert_eq!(
        body["items"][1].to_string(),
        r#"{"item_name":"Work","description":"Work","qty":1,"uom":"Nos","stock_uom":"Nos","conversion_factor":1,"rate":50,"income_account":"Sales - ACM","cost_center":"Main - ACM","item_tax_template":"UK VAT Zero - ACM","item_tax_rate":"{\"VAT - ACM\":0}"}"#
    );
}

#[test]
fn a_cent_of_rounding_goes_on_a_row_of_its_own() {
    // Xero: 0.03 + 0.03 + 0.03; ERPNext: 0.41 × 20 % = 0.082.
    let lines = vec![
        line("0.13", STANDARD),
        line("0.14", STANDARD),
        line("0.14", STANDARD),
    ];
    let body = create_body(
        &invoice(PriceMode::Exclusive, lines, "0.41", "0.09"),
        "guid",
        &chart(),
    )
    .unwrap();
    let rows = body["taxes"].as_array().unwrap();
    assert_eq!(rows.len(), 2);
    // Before the rate: ERPNext 16 would take the account's last row for the rate.
    assert_eq!(rows[0]["charge_type"], "Actual");
    assert_eq!(rows[0]["tax_amount"].to_string(), "0.01");
    assert_eq!(rows[0]["account_head"], "VAT - ACM");
    assert_eq!(rows[0]["description"], "Rounding of tax");
    assert_eq!(rows[1]["rate"].to_string(), "20");
}

#[test]
fn inclusive_prices_stay_inclusive_where_they_can() {
    let natural = invoice(
        PriceMode::Inclusive,
        vec![line("100.00", STANDARD)],
        "83.33",
        "16.67",
    );
    let body = create_body(&natural, "guid", &chart()).unwrap();
    assert_eq!(body["taxes"][0]["included_in_print_rate"], 1);
    assert_eq!(body["items"][0]["rate"].to_string(), "100");

    // A tax that was typed over in Xero.
    let mut odd = line("100.00", STANDARD);
    odd.tax_amount = Some(dec("16.60"));
    let body = create_body(
        &invoice(PriceMode::Inclusive, vec![odd], "83.40", "16.60"),
        "guid",
        &chart(),
    )
    .unwrap();
    assert_eq!(body["taxes"][1]["included_in_print_rate"], 0);
    assert_eq!(body["items"][0]["rate"].to_string(), "83.4");
    assert_eq!(body["taxes"][0]["tax_amount"].to_string(), "-0.08");
}

#[test]
fn rates_that_lines_cannot_say_become_amounts() {
    let lines = vec![
        line("100.00", Some("VAT - ACM @ 12.5")),
        line("100.00", Some("VAT - ACM @ 7")),
    ];
    let body = create_body(
        &invoice(PriceMode::Exclusive, lines, "200.00", "19.50"),
        "guid",
        &chart(),
    )
    .unwrap();
    assert_eq!(
        amounts(&body),
        [
            "VAT - ACM 12.5: 12.5 % of 100.00 (line 1)",
            "VAT - ACM 7: 7 % of 100.00 (line 2)"
        ]
    );
}

#[test]
fn no_tax_sends_no_rows() {
    let body = create_body(
        &invoice(PriceMode::NoTax, vec![line("10.00", ZERO)], "10.00", "0"),
        "guid",
        &chart(),
    )
    .unwrap();
    assert_eq!(body["taxes"].to_string(), "[]");
    assert!(body["items"][0].get("item_tax_template").is_none());
}

#[test]
fn foreign_currency_and_broken_quantity() {
    let mut hours = line("15.00", STANDARD);
    hours.quantity = dec("1.5");
    hours.unit_price = dec("10");
    let mut invoice = invoice(PriceMode::Exclusive, vec![hours], "15.00", "3.00");
    invoice.currency = Currency::new("EUR").unwrap();
    invoice.exchange_rate = Some(dec("0.8512345678901"));
    let body = create_body(&invoice, "guid", &chart()).unwrap();
    assert_eq!(body["conversion_rate"].to_string(), "0.851234568");
    assert_eq!(body["items"][0]["uom"], "Hour");
    assert_eq!(body["items"][0]["qty"].to_string(), "1.5");
}

#[test]
fn what_erpnext_would_refuse_is_told_before() {
    let good = invoice(PriceMode::NoTax, vec![line("10.00", None)], "10.00", "0");
    let refused = |change: &dyn Fn(&mut Document)| {
        let mut bad = good.clone();
        change(&mut bad);
        let mut chart = chart();
        chart.frozen_until = NaiveDate::from_ymd_opt(2026, 10, 31);
        match create_body(&bad, "guid", &chart).unwrap_err() {
            Cause::Invalid { field, .. } => field,
            other => other.word().to_owned(),
        }
    };
    let day = |month, day| NaiveDate::from_ymd_opt(2026, month, day).unwrap();
    assert_eq!(refused(&|i| i.lines.clear()), "lines");
    assert_eq!(refused(&|i| i.due_date = Some(day(11, 1))), "due date");
    assert_eq!(refused(&|i| i.date = day(10, 31)), "period_locked");
    assert_eq!(refused(&|i| i.total = dec("11")), "total");
    assert_eq!(refused(&|i| i.number = Some("<1>".into())), "number");
    assert_eq!(
        refused(&|i| i.reference = Some("x".repeat(141))),
        "reference"
    );
    assert_eq!(
        refused(&|i| {
            i.price_mode = PriceMode::Exclusive;
            i.lines[0].tax = Some("gone".into());
        }),
        "no_tax_mapping"
    );
}

#[test]
fn only_the_reference_changes_in_place() {
    let from = invoice(PriceMode::NoTax, vec![line("10.00", None)], "10.00", "0");
    let mut to = from.clone();
    to.reference = Some("PO 7".into());
    assert!(in_place(&from, &to));
    to.due_date = None;
    assert!(!in_place(&from, &to));
}

#[test]
fn negative_lines_go_among_the_tax_rows() {
    let mut credit = line("-20.00", STANDARD);
    credit.quantity = dec("2");
    credit.unit_price = dec("-10");
    let invoice = invoice(
        PriceMode::Exclusive,
        vec![line("100.00", STANDARD), credit],
        "80.00",
        "16.00",
    );
    let body = create_body(&invoice, "guid", &chart()).unwrap();
    assert_eq!(body["items"].as_array().unwrap().len(), 1);
    assert_eq!(
        amounts(&body),
        [
            "VAT - ACM -4: 20 % of -20.00 (line 2)",
            "VAT - ACM @ 20",
            "Sales - ACM -20: Work\n(2 × -10)"
        ]
    );
    // A site that allows negative prices gets them.
    let mut chart = chart();
    chart.negative_rates = true;
    let body = create_body(&invoice, "guid", &chart).unwrap();
    assert_eq!(body["items"].as_array().unwrap().len(), 2);
}

#[test]
fn figures_that_erpnext_has_already_need_no_layout() {
    // Somebody entered the tax as an amount: no line says a rate.
    let from = invoice(
        PriceMode::Exclusive,
        vec![line("100.00", None)],
        "100.00",
        "19.00",
    );
    let mut to = from.clone();
    to.reference = Some("PO 7".into());
    let body = update_body(&from, &to, &chart()).unwrap();
    assert_eq!(body["po_no"], "PO 7");
    for untouched in ["items", "taxes", "discount_amount"] {
        assert!(body.get(untouched).is_none(), "{untouched}");
    }
    to.lines[0].description = "Play".into();
    assert!(update_body(&from, &to, &chart()).is_err());
    // What can be laid out is written whole.
    let known = invoice(
        PriceMode::Exclusive,
        vec![line("100.00", STANDARD)],
        "100.00",
        "20.00",
    );
    let body = update_body(&known, &known, &chart()).unwrap();
    assert_eq!(body["items"].as_array().unwrap().len(), 1);
    // A closed period stays closed.
    let mut closed = chart();
    closed.frozen_until = NaiveDate::from_ymd_opt(2026, 11, 30);
    to = from.clone();
    assert!(update_body(&from, &to, &closed).is_err());
}

mod versions;
