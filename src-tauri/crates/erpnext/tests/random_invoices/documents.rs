//! Random Sales Invoices as people enter them in ERPNext, in forms the client never sends: taxes on
//! taxes, discounts on the document, totals rounded to coins, returns.

use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::invoices::{day, decimal, exchange_rate};
use super::site::{CUSTOMERS, Site, TEMPLATES};

fn number(amount: Decimal) -> Value {
    erpnext::translate::invoice_out::number(amount)
}

fn item(rng: &mut StdRng, site: &Site, sign: Decimal) -> Value {
    let quantity = match rng.random_range(0..10) {
        0..6 => decimal(rng, 1, 20, 0),
        6..9 => decimal(rng, 1, 30, 3),
        _ => decimal(rng, 1, 9, 5),
    };
    let price = match rng.random_range(0..10) {
        0..2 => decimal(rng, 1, 500, 0),
        2..8 => decimal(rng, 0, 300, 2),
        _ => decimal(rng, 0, 100, 4),
    } + Decimal::new(1, 2);
    let mut row = json!({
        "item_name": "Work", "description": "Work", "uom": "Hour", "stock_uom": "Hour", "conversion_factor": 1,
        "qty": number(quantity * sign), "income_account": site.account("Sales"),
    });
    if rng.random_ratio(1, 5) {
        row["price_list_rate"] = number(price);
        row["discount_percentage"] = number(decimal(rng, 0, 60, 3));
    } else {
        row["rate"] = number(price);
    }
    if rng.random_ratio(1, 3) {
        let (title, ..) = TEMPLATES.choose(rng).unwrap();
        row["item_tax_template"] = json!(site.account(title));
    }
    row
}

fn taxes(rng: &mut StdRng, site: &Site, sign: Decimal) -> Vec<Value> {
    let accounts = [
        "F- Tax",
        "F- Levy",
        "Freight and Forwarding Charges",
        "Miscellaneous Expenses",
    ]
    .map(|name| site.account(name));
    let count = *[0, 1, 1, 1, 2, 2, 3, 4].choose(rng).unwrap();
    // Prices hold the first rows' taxes, or none.
    let included = if rng.random_bool(0.35) {
        rng.random_range(0..=count)
    } else {
        0
    };
    (0..count)
        .map(|at| {
            let rate = *["20", "5", "8.25", "12.5", "2.5", "17.6549", "0", "9.975"]
                .choose(rng)
                .unwrap();
            let rate: Decimal = rate.parse().unwrap();
            let held = at < included;
            // Now and then on the account of another row: 16 takes one rate for both.
            let on = if rng.random_ratio(1, 5) { rng.random_range(0..4) } else { at.min(3) };
            let mut row = json!({"account_head": accounts[on], "description": "Tax", "included_in_print_rate": u8::from(held)});
            match rng.random_range(0..10) {
                4..6 if at > 0 => {
                    row["charge_type"] = json!("On Previous Row Amount");
                    row["row_id"] = json!(rng.random_range(1..=at).to_string());
                    row["rate"] = number(rate);
                }
                6..8 if at > 0 => {
                    row["charge_type"] = json!("On Previous Row Total");
                    row["row_id"] = json!(rng.random_range(1..=at).to_string());
                    row["rate"] = number(rate);
                }
                8 => {
                    row["charge_type"] = json!("On Item Quantity");
                    row["rate"] = number(decimal(rng, 0, 2, 3));
                }
                9 if !held => {
                    row["charge_type"] = json!("Actual");
                    row["tax_amount"] = number(decimal(rng, 0, 40, 2) * sign);
                }
                _ => {
                    row["charge_type"] = json!("On Net Total");
                    row["rate"] = number(rate);
                }
            }
            row
        })
        .collect()
}

/// A document to be posted, without a name.
pub fn document(rng: &mut StdRng, site: &Site, returned: bool) -> Value {
    let sign = if returned {
        -Decimal::ONE
    } else {
        Decimal::ONE
    };
    let customer = if rng.random_bool(0.5) {
        0
    } else {
        rng.random_range(0..CUSTOMERS.len())
    };
    let count = *[1, 1, 2, 3, 3, 5, 9].choose(rng).unwrap();
    let currency = site.currency(customer);
    let mut body = json!({
        "doctype": "Sales Invoice", "company": site.company.name, "customer": CUSTOMERS[customer].0,
        "set_posting_time": 1, "posting_date": day().to_string(), "due_date": "2026-12-02",
        "currency": currency.code(), "debit_to": site.receivable(customer), "conversion_rate": 1,
        "ignore_default_payment_terms_template": 1, "ignore_pricing_rule": 1,
        "is_return": u8::from(returned), "disable_rounded_total": u8::from(rng.random_bool(0.4)),
        "items": (0..count).map(|_| item(rng, site, sign)).collect::<Vec<_>>(),
        "taxes": taxes(rng, site, sign),
    });
    if currency.code() != site.company.currency {
        body["conversion_rate"] = number(exchange_rate(rng, currency.code()));
    }
    if returned {
        body["update_outstanding_for_self"] = json!(1);
        body.as_object_mut().unwrap().shift_remove("due_date");
    }
    if rng.random_bool(0.4) {
        body["apply_discount_on"] = json!(*["Net Total", "Grand Total"].choose(rng).unwrap());
        if rng.random_bool(0.5) {
            body["additional_discount_percentage"] = number(decimal(rng, 1, 40, 3));
        } else {
            body["discount_amount"] = number(decimal(rng, 0, 5, 2) * sign);
        }
    }
    body
}

/// A return of some of a document's lines.
pub fn return_of(rng: &mut StdRng, sold: &Value) -> Value {
    let turned = |value: &Value| -> Value {
        let amount = erpnext::wire::row::exact(&value.to_string()).unwrap_or_default();
        number(-amount)
    };
    let mut body = sold.clone();
    let fields = body.as_object_mut().unwrap();
    fields.shift_remove("due_date");
    fields.shift_remove(erpnext::marker_fields::INVOICE);
    body["is_return"] = json!(1);
    body["return_against"] = sold["name"].clone();
    body["update_outstanding_for_self"] = json!(u8::from(rng.random_bool(0.5)));
    let items = body["items"].as_array_mut().unwrap();
    let kept = rng.random_range(1..=items.len());
    items.truncate(kept);
    for item in items {
        item["qty"] = turned(&item["qty"]);
    }
    for tax in body["taxes"].as_array_mut().unwrap() {
        if tax["charge_type"] == "Actual" {
            tax["tax_amount"] = turned(&tax["tax_amount"]);
        }
    }
    if body["discount_amount"].is_number() {
        body["discount_amount"] = turned(&body["discount_amount"]);
    }
    body
}
