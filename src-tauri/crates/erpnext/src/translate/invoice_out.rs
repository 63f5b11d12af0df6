//! Sales Invoices as ERPNext takes them.

use chrono::NaiveDate;
use ledger::tax::Totals;
use ledger::{Cause, Document, DocumentState, Line, Side};
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::layout::{LaidLine, Layout, Row, layouts};
use super::{contact::LONGEST, foretold, line, tracking};
use crate::chart::Chart;
use crate::marker_fields;

pub(super) fn invalid(field: &str, why: impl Into<String>) -> Cause {
    Cause::Invalid {
        side: Side::Erpnext,
        field: field.to_owned(),
        why: why.into(),
    }
}

/// An exact JSON number.
pub fn number(amount: Decimal) -> Value {
    serde_json::from_str(&amount.normalize().to_string()).unwrap_or_else(|_| json!(0))
}

/// The name a document is created with: its number, where ERPNext can take that as a name.
///
/// # Errors
/// [`Cause::Invalid`] where it cannot.
pub fn name(invoice: &Document) -> Result<Option<String>, Cause> {
    named(invoice.number.as_deref())
}

/// [`name`] of any document's number.
pub(super) fn named(number: Option<&str>) -> Result<Option<String>, Cause> {
    let Some(number) = number else {
        return Ok(None);
    };
    if number.chars().count() > LONGEST {
        return Err(invalid(
            "number",
            format!("It is longer than the {LONGEST} characters ERPNext can hold"),
        ));
    }
    if number.contains(['<', '>']) {
        return Err(invalid(
            "number",
            "ERPNext does not allow < and > in document numbers",
        ));
    }
    Ok(Some(number.to_owned()))
}

/// The body that creates an invoice, without its state: name, marker and content.
///
/// # Errors
/// The cause for which ERPNext would refuse it.
pub fn create_body(invoice: &Document, marker: &str, chart: &Chart) -> Result<Value, Cause> {
    let mut body = Map::new();
    body.insert("doctype".to_owned(), json!("Sales Invoice"));
    if let Some(name) = name(invoice)? {
        body.insert("name".to_owned(), json!(name));
    }
    body.insert("company".to_owned(), json!(chart.company));
    body.insert(marker_fields::INVOICE.to_owned(), json!(marker));
    body.extend(content(invoice, &[], chart, Sign::Invoice)?);
    Ok(Value::Object(body))
}

/// The body that makes a draft become `to`, without its state and version.
///
/// # Errors
/// The cause for which ERPNext would refuse it.
pub fn update_body(from: &Document, to: &Document, chart: &Chart) -> Result<Value, Cause> {
    let items: Vec<&str> = from
        .lines
        .iter()
        .filter_map(|line| line.item_code.as_deref())
        .collect();
    let mut body = match content(to, &items, chart, Sign::Invoice) {
        Ok(body) => body,
        // Figures that ERPNext has already need not be laid out: what a person entered there may
        // say its tax in a way that no line tells.
        Err(_) if same_figures(from, to) => {
            check(to, chart)?;
            head(to, chart)
        }
        Err(cause) => return Err(cause),
    };
    // Rows made for the date and total before would not fit.
    body.insert("payment_schedule".to_owned(), json!([]));
    if body.contains_key("items") {
        // A discount on the whole document is in the lines' amounts here.
        body.insert("discount_amount".to_owned(), json!(0));
        body.insert("additional_discount_percentage".to_owned(), json!(0));
    }
    Ok(Value::Object(body))
}

/// Whether two documents have the same lines and totals.
pub(super) fn same_figures(from: &Document, to: &Document) -> bool {
    let figures = |invoice: &Document| {
        let content = ledger::agreement::content(invoice);
        (
            content.price_mode,
            content.currency,
            content.exchange_rate,
            content.lines,
            [content.net_total, content.tax_total, content.total],
        )
    };
    let mut from = from.clone();
    ledger::agreement::leave_open(&mut from, to);
    figures(&from) == figures(to)
}

/// Whether a submitted invoice can become another without being replaced: only the customer's
/// reference may differ.
pub fn in_place(from: &Document, to: &Document) -> bool {
    let mut like = to.clone();
    like.reference.clone_from(&from.reference);
    ledger::agreement::has_content(from, &like)
}

/// Which way round a document's quantities and amounts are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    /// As they are.
    Invoice,
    /// A return: quantities and stated amounts negative, prices positive.
    Return,
}

impl Sign {
    pub(super) fn of(self, amount: Decimal) -> Decimal {
        match self {
            Sign::Invoice => amount,
            Sign::Return => -amount,
        }
    }
}

/// The content of a document: the first layout of which ERPNext makes exactly the stated totals, as
/// its arithmetic foretells.
pub(super) fn content(
    invoice: &Document,
    items: &[&str],
    chart: &Chart,
    sign: Sign,
) -> Result<Map<String, Value>, Cause> {
    check(invoice, chart)?;
    let stated = Totals {
        net: sign.of(invoice.net_total),
        tax: sign.of(invoice.tax_total),
        total: sign.of(invoice.total),
    };
    let mut why = None;
    for layout in layouts(invoice, chart)? {
        let body = layout.and_then(|layout| laid_out(invoice, &layout, items, chart, sign));
        let proven = body.and_then(|body| {
            foretold::check(&body, stated, chart)?;
            Ok(body)
        });
        match proven {
            Ok(body) => return Ok(body),
            Err(cause) => why = Some(cause),
        }
    }
    Err(why.unwrap_or_else(|| invalid("lines", "The invoice has no lines")))
}

fn laid_out(
    invoice: &Document,
    layout: &Layout,
    items: &[&str],
    chart: &Chart,
    sign: Sign,
) -> Result<Map<String, Value>, Cause> {
    let mut body = head(invoice, chart);
    let mut set = |field: &str, value: Value| {
        body.insert(field.to_owned(), value);
    };
    set(
        "items",
        invoice
            .lines
            .iter()
            .zip(&layout.lines)
            .filter(|(_, laid)| !laid.charge)
            .map(|(line, laid)| item(line, laid, items, chart, sign))
            .collect::<Result<Vec<_>, _>>()?
            .into(),
    );
    // The template's name alone adds no tax; the rows do.
    set("taxes_and_charges", json!(""));
    let taxes = layout.taxes.iter().map(|row| row.value(chart, sign));
    set("taxes", taxes.collect::<Vec<_>>().into());
    Ok(body)
}

/// A document without its lines and taxes.
pub(super) fn head(invoice: &Document, chart: &Chart) -> Map<String, Value> {
    let mut body = Map::new();
    let mut set = |field: &str, value: Value| {
        body.insert(field.to_owned(), value);
    };
    set("customer", json!(invoice.contact.as_str()));
    // Without it the date is overwritten with today's.
    set("set_posting_time", json!(1));
    set("posting_date", json!(invoice.date.to_string()));
    if let Some(due) = invoice.due_date {
        set("due_date", json!(due.to_string()));
    }
    // Terms set on the customer would move the due date.
    set("ignore_default_payment_terms_template", json!(1));
    set("payment_terms_template", json!(""));
    set("ignore_pricing_rule", json!(1));
    set("currency", json!(invoice.currency.code()));
    if invoice.currency == chart.currency {
        set("conversion_rate", json!(1));
    } else if let Some(rate) = invoice.exchange_rate {
        set("conversion_rate", number(rate.round_dp(9)));
    }
    // Totals are rounded to whole units otherwise.
    set("disable_rounded_total", json!(1));
    set(
        "po_no",
        json!(invoice.reference.clone().unwrap_or_default()),
    );
    body
}

pub(super) fn check(invoice: &Document, chart: &Chart) -> Result<(), Cause> {
    if invoice.state == DocumentState::Voided {
        return Err(invalid(
            "state",
            "A voided invoice cannot be written to ERPNext",
        ));
    }
    if invoice.lines.is_empty() {
        return Err(invalid("lines", "The invoice has no lines"));
    }
    if let Some(due) = invoice.due_date
        && due < invoice.date
    {
        return Err(invalid(
            "due date",
            "The due date is before the invoice date, which ERPNext does not allow",
        ));
    }
    check_date("Sales Invoice", invoice.date, invoice.state, chart)?;
    if invoice.total < Decimal::ZERO {
        return Err(invalid(
            "total",
            "ERPNext does not allow an invoice with a negative total",
        ));
    }
    let digits = chart.figures.amount_digits;
    let held = |amount: Decimal| amount.normalize().scale() <= digits;
    if !held(invoice.tax_total) || invoice.lines.iter().any(|line| !held(line.amount)) {
        return Err(invalid(
            "total",
            format!(
                "This ERPNext keeps amounts with {digits} decimals (System Settings, Currency Precision), and the invoice has amounts with more"
            ),
        ));
    }
    if let Some(reference) = &invoice.reference
        && reference.chars().count() > LONGEST
    {
        return Err(invalid(
            "reference",
            format!("It is longer than the {LONGEST} characters ERPNext can hold"),
        ));
    }
    Ok(())
}

/// Whether a document of this date would be refused for it.
///
/// # Errors
/// [`Cause::PeriodLocked`], or [`Cause::Invalid`] where no Fiscal Year has the day.
pub(super) fn check_date(
    doctype: &str,
    date: NaiveDate,
    state: DocumentState,
    chart: &Chart,
) -> Result<(), Cause> {
    if let Some(until) = chart.closed_until(doctype, date, state == DocumentState::Approved) {
        return Err(Cause::PeriodLocked {
            side: Side::Erpnext,
            until,
        });
    }
    if !chart.has_fiscal_year(date) {
        return Err(invalid(
            "date",
            format!(
                "ERPNext has no fiscal year for {date}. Add one in ERPNext under Accounting > Fiscal Year"
            ),
        ));
    }
    Ok(())
}

/// The account a line is booked to.
pub(super) fn account<'a>(line: &'a Line, chart: &'a Chart) -> Result<&'a str, Cause> {
    line.account
        .as_deref()
        .or(chart.default_income_account.as_deref())
        .ok_or_else(|| {
            invalid(
                "account",
                "The line has no account, and the company in ERPNext has no default income account",
            )
        })
}

pub(super) fn item(
    line: &Line,
    laid: &LaidLine,
    items: &[&str],
    chart: &Chart,
    sign: Sign,
) -> Result<Value, Cause> {
    let priced = line::price(
        line,
        laid.amount,
        chart.figures,
        chart.fraction_unit.is_some(),
    );
    let (short, long) = line::texts(&line.description, priced.note.as_deref());
    let account = account(line, chart)?;
    let unit = match &chart.fraction_unit {
        Some(unit) if !priced.quantity.fract().is_zero() => unit,
        _ => &chart.whole_unit,
    };
    let mut row = json!({
        "item_name": short,
        "description": long,
        "qty": number(sign.of(priced.quantity)),
        // The stock unit has to allow the quantity as well.
        "uom": unit,
        "stock_uom": unit,
        "conversion_factor": 1,
        "rate": number(priced.rate),
        "income_account": account,
    });
    if let Some((before, percent)) = priced.discount {
        row["price_list_rate"] = number(before);
        row["discount_percentage"] = number(percent);
    }
    // Lines are free text, save those of an item that the document has already.
    if let Some(code) = line
        .item_code
        .as_deref()
        .filter(|code| items.contains(code))
    {
        row["item_code"] = json!(code);
    }
    if let Some(cost_center) = &chart.cost_center {
        row["cost_center"] = json!(cost_center);
    }
    if let Some(row) = row.as_object_mut() {
        tracking::write(line, chart.cost_center.as_deref(), row);
    }
    if let Some(template) = &laid.tax.template {
        row["item_tax_template"] = json!(template);
        let rates: Map<String, Value> = laid
            .tax
            .rates
            .iter()
            .map(|rate| (rate.account.clone(), number(rate.rate)))
            .collect();
        row["item_tax_rate"] = json!(Value::Object(rates).to_string());
    }
    Ok(row)
}

impl Row {
    pub(super) fn value(&self, chart: &Chart, sign: Sign) -> Value {
        let mut value = match self {
            Row::Rate { tax, included } => json!({
                "charge_type": "On Net Total",
                "account_head": tax.account,
                "rate": number(tax.rate),
                // Mandatory.
                "description": tax.account,
                "included_in_print_rate": u8::from(*included),
            }),
            Row::Amount {
                account,
                amount,
                text,
            } => json!({
                "charge_type": "Actual",
                "account_head": account,
                "tax_amount": number(sign.of(*amount)),
                "description": text,
            }),
        };
        if let Some(cost_center) = &chart.cost_center {
            value["cost_center"] = json!(cost_center);
        }
        value
    }
}

#[cfg(test)]
mod tests;
