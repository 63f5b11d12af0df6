//! Lines and tax rows of a replaced document.

use ledger::tax::Totals;
use ledger::{Cause, Document, Line};
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::super::invoice_out::{Sign, invalid, item, number};
use super::super::layout::{LaidLine, Layout, Row, layouts};
use super::super::{foretold, line, tracking};
use crate::chart::Chart;
use crate::wire::row::exact;

/// What follows from quantity and price of a row, or explains them.
const OF_THE_PRICE: [&str; 24] = [
    "amount",
    "base_amount",
    "base_rate",
    "net_rate",
    "net_amount",
    "base_net_rate",
    "base_net_amount",
    "price_list_rate",
    "base_price_list_rate",
    "discount_percentage",
    "discount_amount",
    "base_discount_amount",
    "distributed_discount_amount",
    "margin_type",
    "margin_rate_or_amount",
    "rate_with_margin",
    "base_rate_with_margin",
    "pricing_rules",
    "stock_qty",
    "stock_uom_rate",
    "tax_amount",
    "total_weight",
    "grant_commission",
    "actual_batch_qty",
];

/// The items, tax rows and what goes with them, so that the document comes to the totals of `to`:
/// in the first layout of which the site makes exactly these, as foretold.
pub(super) fn figures(
    document: &Value,
    from: &Document,
    to: &Document,
    chart: &Chart,
    sign: Sign,
) -> Result<Map<String, Value>, Cause> {
    let stated = Totals {
        net: sign.of(to.net_total),
        tax: sign.of(to.tax_total),
        total: sign.of(to.total),
    };
    let lines = matched(document, from, to);
    let mut why = None;
    for layout in layouts(to, chart)? {
        let fields =
            layout.and_then(|layout| laid_out(document, &lines, to, &layout, (chart, sign)));
        let proven = fields.and_then(|fields| {
            let mut body = fields.clone();
            body.insert("currency".to_owned(), json!(to.currency.code()));
            if let Some(rate) = to.exchange_rate.filter(|_| to.currency != chart.currency) {
                body.insert("conversion_rate".to_owned(), number(rate.round_dp(9)));
            }
            foretold::check(&body, stated, chart)?;
            Ok(fields)
        });
        match proven {
            Ok(fields) => return Ok(fields),
            Err(cause) => why = Some(cause),
        }
    }
    Err(why.unwrap_or_else(|| invalid("lines", "The invoice has no lines")))
}

/// A line of the document as it becomes, with the row that it is now.
struct Matched<'a> {
    now: Option<(&'a Value, &'a Line)>,
}

/// The row that each line of `to` is now: the one whose name the line has, else one that says the
/// same, else one of the same text, else what stands in its place where nothing was added or taken
/// away.
fn matched<'a>(document: &'a Value, from: &'a Document, to: &Document) -> Vec<Matched<'a>> {
    let rows: &[Value] = document["items"].as_array().map_or(&[], Vec::as_slice);
    let mut open: Vec<Option<(&Value, &Line)>> = rows
        .iter()
        .map(|row| {
            let name = row["name"].as_str()?;
            let line = from
                .lines
                .iter()
                .find(|line| line.id.as_deref() == Some(name))?;
            Some((row, line))
        })
        .collect();
    let mut found: Vec<Option<(&Value, &Line)>> = vec![None; to.lines.len()];
    let said: fn(&Line, &Line) -> bool = |now, to| {
        (&now.description, now.amount, &now.account, now.quantity)
            == (&to.description, to.amount, &to.account, to.quantity)
    };
    let tests = [
        |now: &Line, to: &Line| now.id == to.id,
        said,
        |now: &Line, to: &Line| now.description == to.description,
    ];
    for test in tests {
        for (found, to) in found.iter_mut().zip(&to.lines) {
            if found.is_none() {
                *found = open
                    .iter_mut()
                    .find(|slot| slot.is_some_and(|(_, now)| test(now, to)))
                    .and_then(Option::take);
            }
        }
    }
    if from.lines.len() == to.lines.len() && rows.len() == to.lines.len() {
        for (found, slot) in found.iter_mut().zip(&mut open) {
            if found.is_none() {
                *found = slot.take();
            }
        }
    }
    found.into_iter().map(|now| Matched { now }).collect()
}

fn laid_out(
    document: &Value,
    lines: &[Matched<'_>],
    to: &Document,
    layout: &Layout,
    (chart, sign): (&Chart, Sign),
) -> Result<Map<String, Value>, Cause> {
    let amount = |field: &str| exact(&document[field].to_string()).unwrap_or_default();
    // A discount on the whole document is in the lines' amounts here, and then in their prices.
    let spread =
        !amount("discount_amount").is_zero() || !amount("additional_discount_percentage").is_zero();
    let items = to
        .lines
        .iter()
        .zip(&layout.lines)
        .zip(lines)
        .filter(|((_, laid), _)| !laid.charge)
        .map(|((line, laid), matched)| item_row(line, laid, matched, spread, (chart, sign)))
        .collect::<Result<Vec<_>, _>>()?;
    let old: &[Value] = document["taxes"].as_array().map_or(&[], Vec::as_slice);
    let taxes: Vec<Value> = layout
        .taxes
        .iter()
        .map(|row| tax_row(row, old, (chart, sign)))
        .collect();
    let mut fields = Map::new();
    if taxes != old {
        // Its name alone adds no tax, and these are not its rows any more.
        fields.insert("taxes_and_charges".to_owned(), json!(""));
    }
    fields.insert("items".to_owned(), items.into());
    fields.insert("taxes".to_owned(), taxes.into());
    fields.insert("ignore_pricing_rule".to_owned(), json!(1));
    if spread {
        for field in ["discount_amount", "additional_discount_percentage"] {
            fields.insert(field.to_owned(), json!(0));
        }
    }
    // Totals are rounded to whole units otherwise.
    fields.insert("disable_rounded_total".to_owned(), json!(1));
    Ok(fields)
}

/// The row of a line: the one that is there, changed where the line is, or a new one.
fn item_row(
    line: &Line,
    laid: &LaidLine,
    matched: &Matched<'_>,
    spread: bool,
    (chart, sign): (&Chart, Sign),
) -> Result<Value, Cause> {
    let new = item(line, laid, &[], chart, sign)?;
    let Some((row, now)) = matched.now else {
        return Ok(new);
    };
    let mut row = row.as_object().cloned().unwrap_or_default();
    let figures = |line: &Line| {
        (
            line.quantity.normalize(),
            line.unit_price.normalize(),
            line.discount_percent.unwrap_or_default().normalize(),
            line.amount.normalize(),
        )
    };
    let priced = spread || figures(now) != figures(line) || laid.amount != now.amount;
    if priced {
        for field in OF_THE_PRICE {
            row.shift_remove(field);
        }
        for field in ["qty", "rate", "price_list_rate", "discount_percentage"] {
            if let Some(value) = new.get(field) {
                row.insert(field.to_owned(), value.clone());
            }
        }
        // Its own unit stays, unless that is the one which is known to take whole numbers only.
        let whole = exact(&new["qty"].to_string())
            .is_none_or(|quantity: Decimal| quantity.fract().is_zero());
        if !whole && row.get("uom") == Some(&json!(chart.whole_unit)) {
            for field in ["uom", "stock_uom", "conversion_factor"] {
                row.insert(field.to_owned(), new[field].clone());
            }
        }
    }
    let noted = |text: &Value| text.as_str().is_some_and(line::has_note);
    let noted = priced && (row.get("description").is_some_and(noted) || noted(&new["description"]));
    if now.description != line.description || noted {
        row.insert("description".to_owned(), new["description"].clone());
        if row.get("item_code").is_none_or(Value::is_null) {
            row.insert("item_name".to_owned(), new["item_name"].clone());
        }
    }
    if now.account != line.account {
        row.insert("income_account".to_owned(), new["income_account"].clone());
    }
    if now.tracking != line.tracking {
        tracking::write(line, chart.cost_center.as_deref(), &mut row);
    }
    for (field, none) in [("item_tax_template", ""), ("item_tax_rate", "{}")] {
        let value = new.get(field).cloned().unwrap_or_else(|| json!(none));
        row.insert(field.to_owned(), value);
    }
    Ok(Value::Object(row))
}

/// A tax row: the one that is there, where it says the same.
fn tax_row(row: &Row, old: &[Value], (chart, sign): (&Chart, Sign)) -> Value {
    let new = row.value(chart, sign);
    let amount = |value: &Value| exact(&value.to_string()).unwrap_or_default();
    let said = |row: &Value| {
        let amount = match row["charge_type"].as_str() {
            Some("Actual") => amount(&row["tax_amount"]),
            _ => amount(&row["rate"]),
        };
        let included = row["included_in_print_rate"] == 1;
        (
            row["charge_type"].clone(),
            row["account_head"].clone(),
            amount.normalize(),
            included,
        )
    };
    old.iter()
        .find(|old| said(old) == said(&new))
        .cloned()
        .unwrap_or(new)
}
