//! A document as sent, in the terms of the ledger's model of ERPNext's arithmetic.

use erpnext::translate::tax;
use ledger::tax::{
    Charge, DiscountOn, DiscountSize, DocumentDiscount, ErpnextDocument, ErpnextLine, ErpnextTax,
    ErpnextTotals, RoundedTotal, erpnext_totals,
};
use rust_decimal::Decimal;
use serde_json::Value;

use super::site::Site;

fn amount(value: &Value) -> Decimal {
    match value {
        Value::Null => Decimal::ZERO,
        Value::String(text) => text.parse().unwrap(),
        other => erpnext::wire::row::exact(&other.to_string()).unwrap(),
    }
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_default()
}

fn rows<'a>(value: &'a Value, field: &str) -> &'a [Value] {
    value[field].as_array().map_or(&[], Vec::as_slice)
}

/// The smallest coins of the currencies used, as ERPNext's set-up has them.
fn rounded_total(body: &Value) -> RoundedTotal {
    if body["disable_rounded_total"] == 1 {
        return RoundedTotal::Off;
    }
    match text(body, "currency") {
        "EUR" | "USD" => RoundedTotal::Coin(Decimal::new(1, 2)),
        "CHF" => RoundedTotal::Coin(Decimal::new(5, 2)),
        _ => RoundedTotal::Units,
    }
}

fn line<'a>(row: &'a Value, site: &'a Site) -> ErpnextLine<'a> {
    let rules = tax::rules(site.chart.figures);
    let mut rate = amount(&row["rate"]);
    if rate.is_zero() {
        let percent = amount(&row["discount_percentage"]);
        rate = rules.discounted_price(amount(&row["price_list_rate"]), percent);
    }
    let quantity = amount(&row["qty"]);
    let template = text(row, "item_tax_template");
    ErpnextLine {
        quantity: rules.rounding.round(quantity, rules.float_digits),
        amount: rules.line_amount(quantity, rate),
        rates: site
            .chart
            .tax_templates
            .iter()
            .filter(|known| known.name == template)
            .flat_map(|known| &known.rates)
            .map(|rate| (rate.account.as_str(), rate.rate))
            .collect(),
    }
}

fn charge(row: &Value) -> Charge {
    let rate = amount(&row["rate"]);
    let earlier = || text(row, "row_id").parse::<usize>().unwrap() - 1;
    match text(row, "charge_type") {
        "On Net Total" => Charge::OnNetTotal(rate),
        "On Previous Row Amount" => Charge::OnPreviousAmount {
            rate,
            row: earlier(),
        },
        "On Previous Row Total" => Charge::OnPreviousTotal {
            rate,
            row: earlier(),
        },
        "On Item Quantity" => Charge::OnQuantity(rate),
        "Actual" => Charge::Actual(amount(&row["tax_amount"])),
        other => panic!("{other}"),
    }
}

/// The totals the ledger expects of a document as sent.
pub fn totals(body: &Value, site: &Site) -> ErpnextTotals {
    let mut document = ErpnextDocument {
        lines: rows(body, "items")
            .iter()
            .map(|row| line(row, site))
            .collect(),
        taxes: rows(body, "taxes")
            .iter()
            .map(|row| ErpnextTax {
                account: text(row, "account_head"),
                charge: charge(row),
                included: row["included_in_print_rate"] == 1,
            })
            .collect(),
        discount: None,
        conversion_rate: amount(&body["conversion_rate"]),
        rounded_total: rounded_total(body),
    };
    // Where no tax rows were sent, the accounts of the lines' rates get one each, if those were.
    let items = if document.taxes.is_empty() {
        rows(body, "items")
    } else {
        &[]
    };
    let named: Vec<&str> = items
        .iter()
        .zip(&document.lines)
        .filter(|(row, _)| !text(row, "item_tax_rate").is_empty())
        .flat_map(|(_, line)| line.rates.iter().map(|(account, _)| *account))
        .collect();
    for account in named {
        if document.taxes.iter().all(|tax| tax.account != account) {
            document.taxes.push(ErpnextTax {
                account,
                charge: Charge::OnNetTotal(Decimal::ZERO),
                included: false,
            });
        }
    }
    let percent = amount(&body["additional_discount_percentage"]);
    let fixed = amount(&body["discount_amount"]);
    let on = match text(body, "apply_discount_on") {
        "Net Total" => DiscountOn::NetTotal,
        _ => DiscountOn::GrandTotal,
    };
    if !percent.is_zero() {
        document.discount = Some(DocumentDiscount {
            on,
            size: DiscountSize::Percent(percent),
        });
    } else if !fixed.is_zero() {
        document.discount = Some(DocumentDiscount {
            on,
            size: DiscountSize::Amount(fixed),
        });
    }
    erpnext_totals(&document, tax::rules(site.chart.figures))
}
