//! A document as ERPNext stores and answers it, for tests: the model's arithmetic.
#![allow(clippy::unwrap_used)]

use crate::wire::row::{all, one};
use serde_json::{Map, Value, json};

use super::{foretold, invoice_out};
use crate::chart::Chart;
use crate::wire::InvoiceRow;

/// The row that is read back of a body as sent.
pub(super) fn stored(body: &Value, chart: &Chart) -> InvoiceRow {
    let body: &Map<String, Value> = body.as_object().unwrap();
    let made = foretold::totals(body, chart);
    assert_eq!(made.refusals, [], "{body:?}");
    let rules = super::tax::rules(chart.figures);
    let number = |value: &Value| crate::wire::row::exact(&value.to_string()).unwrap();
    let mut items = Vec::new();
    for (at, item) in body["items"].as_array().unwrap().iter().enumerate() {
        let mut item = item.clone();
        let amount = rules.line_amount(number(&item["qty"]), number(&item["rate"]));
        item["idx"] = json!(at + 1);
        item["name"] = json!(format!("row{at}"));
        item["amount"] = invoice_out::number(amount);
        item["net_amount"] = invoice_out::number(made.line_nets[at]);
        // From 16 on every line says a rate for each account: the last row's, then its template's.
        if chart.version >= 16 {
            let mut rates = Map::new();
            for tax in body["taxes"].as_array().unwrap() {
                let account = tax["account_head"].as_str().unwrap();
                let rate = tax.get("rate").cloned().unwrap_or(Value::Null);
                rates.insert(account.to_owned(), rate);
            }
            let own = item["item_tax_rate"].as_str().unwrap_or("{}");
            rates.extend(serde_json::from_str::<Map<String, Value>>(own).unwrap());
            item["item_tax_rate"] = json!(Value::Object(rates).to_string());
        }
        items.push(item);
    }
    let mut taxes = Vec::new();
    for (at, tax) in body["taxes"].as_array().unwrap().iter().enumerate() {
        let mut tax = tax.clone();
        tax["idx"] = json!(at + 1);
        for field in ["tax_amount", "tax_amount_after_discount_amount"] {
            tax[field] = invoice_out::number(made.rows[at]);
        }
        taxes.push(tax);
    }
    let mut row = Value::Object(body.clone());
    row["modified"] = json!("m");
    row["docstatus"] = json!(1);
    row["party_account_currency"] = json!(row["currency"]);
    for (field, amount) in [
        ("net_total", made.net),
        ("total_taxes_and_charges", made.tax),
        ("grand_total", made.grand),
        ("base_grand_total", made.base_grand),
        ("outstanding_amount", made.grand),
    ] {
        row[field] = invoice_out::number(amount);
    }
    InvoiceRow::read(one(&row), &all(&items), &all(&taxes)).unwrap()
}
