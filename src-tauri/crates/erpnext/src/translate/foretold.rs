//! What ERPNext will make of a Sales Invoice as it is about to be sent.

use ledger::problem::Difference;
use ledger::tax::{
    Charge, ErpnextDocument, ErpnextLine, ErpnextTax, ErpnextTotals, Refusal, RoundedTotal, Totals,
    erpnext_totals,
};
use ledger::{Cause, Currency, Money, Side};
use rust_decimal::Decimal;
use serde_json::{Map, Value};

use super::invoice_out::invalid;
use super::tax;
use crate::chart::Chart;
use crate::wire::row::exact;

fn amount(value: &Value) -> Decimal {
    exact(&value.to_string()).unwrap_or_default()
}

fn text<'a>(row: &'a Value, field: &str) -> &'a str {
    row[field].as_str().unwrap_or_default()
}

fn rows<'a>(body: &'a Map<String, Value>, table: &str) -> &'a [Value] {
    body.get(table)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

/// The totals of a body that this client has made: items with a price, rows by rate and rows with
/// an amount, no discount on the document, no rounding to whole units.
pub(super) fn totals(body: &Map<String, Value>, chart: &Chart) -> ErpnextTotals {
    let rules = tax::rules(chart.figures);
    let lines = rows(body, "items")
        .iter()
        .map(|item| {
            let quantity = amount(&item["qty"]);
            let template = text(item, "item_tax_template");
            ErpnextLine {
                quantity,
                amount: rules.line_amount(quantity, amount(&item["rate"])),
                rates: chart
                    .tax_templates
                    .iter()
                    .filter(|known| known.name == template)
                    .flat_map(|known| &known.rates)
                    .map(|rate| (rate.account.as_str(), rate.rate))
                    .collect(),
            }
        })
        .collect();
    let taxes = rows(body, "taxes")
        .iter()
        .map(|row| ErpnextTax {
            account: text(row, "account_head"),
            charge: match text(row, "charge_type") {
                "Actual" => Charge::Actual(amount(&row["tax_amount"])),
                _ => Charge::OnNetTotal(amount(&row["rate"])),
            },
            included: row["included_in_print_rate"] == 1,
        })
        .collect();
    let document = ErpnextDocument {
        lines,
        taxes,
        discount: None,
        conversion_rate: body.get("conversion_rate").map_or(Decimal::ONE, amount),
        rounded_total: RoundedTotal::Off,
    };
    erpnext_totals(&document, rules)
}

/// Holds a body against the totals it must come to (negative on a return). Charges among the tax
/// rows count as net there and as tax in ERPNext.
///
/// # Errors
/// [`Cause::WouldDiffer`] with both figures of what ERPNext would make otherwise, [`Cause::Invalid`]
/// where it would refuse.
pub(super) fn check(body: &Map<String, Value>, stated: Totals, chart: &Chart) -> Result<(), Cause> {
    let made = totals(body, chart);
    let charged: Decimal = rows(body, "taxes")
        .iter()
        .filter(|row| !chart.is_tax_account(text(row, "account_head")))
        .map(|row| amount(&row["tax_amount"]))
        .sum();
    let currency = body
        .get("currency")
        .and_then(Value::as_str)
        .and_then(|code| Currency::new(code).ok())
        .unwrap_or(chart.currency);
    let shown = |amount| Some(Money { amount, currency }.to_string());
    let differences: Vec<Difference> = [
        ("total before tax", made.net + charged, stated.net),
        ("tax", made.tax - charged, stated.tax),
        ("total", made.grand, stated.total),
    ]
    .into_iter()
    .filter(|(_, made, stated)| made != stated)
    .map(|(what, made, stated)| Difference {
        field: what.to_owned(),
        xero: shown(stated),
        erpnext: shown(made),
    })
    .collect();
    if !differences.is_empty() {
        return Err(Cause::WouldDiffer {
            side: Side::Erpnext,
            differences,
        });
    }
    match made.refusals.first() {
        None => Ok(()),
        Some(Refusal::Breakdown { difference, .. }) => Err(invalid(
            "tax",
            format!(
                "ERPNext breaks it down by line and would be {} away",
                difference.normalize().abs()
            ),
        )),
        Some(Refusal::DiscountBeyondTotal) => Err(invalid(
            "discount",
            "It is more than the total, which ERPNext does not allow",
        )),
    }
}
