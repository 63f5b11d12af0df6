//! Sales Invoices as ERPNext takes them.

use chrono::NaiveDate;
use ledger::tax::{TaxedAmount, xero_line_tax};
use ledger::{Cause, DocumentState, Invoice, Line, PriceMode, Side};
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::tax::{self, LineTax, Taxed};
use super::{contact::LONGEST, line};
use crate::chart::{Chart, TaxRate};
use crate::marker_fields;

/// The text of the tax row that carries what another way of rounding leaves over.
const TAX_ROUNDING: &str = "Rounding of tax";
/// The text of the tax row that carries tax no rate makes.
const TAX: &str = "Tax";
/// What a few lines' rounding can come to.
const LARGEST_ROUNDING: Decimal = Decimal::from_parts(5, 0, 0, false, 2);

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
pub fn name(invoice: &Invoice) -> Result<Option<String>, Cause> {
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
pub fn create_body(invoice: &Invoice, marker: &str, chart: &Chart) -> Result<Value, Cause> {
    let mut body = Map::new();
    body.insert("doctype".to_owned(), json!("Sales Invoice"));
    if let Some(name) = name(invoice)? {
        body.insert("name".to_owned(), json!(name));
    }
    body.insert("company".to_owned(), json!(chart.company));
    body.insert(marker_fields::INVOICE.to_owned(), json!(marker));
    body.extend(content(invoice, &[], chart)?);
    Ok(Value::Object(body))
}

/// The body that makes a draft become `to`, without its state and version.
///
/// # Errors
/// The cause for which ERPNext would refuse it.
pub fn update_body(from: &Invoice, to: &Invoice, chart: &Chart) -> Result<Value, Cause> {
    let items: Vec<&str> = from
        .lines
        .iter()
        .filter_map(|line| line.item_code.as_deref())
        .collect();
    let mut body = content(to, &items, chart)?;
    // Rows made for the date and total before would not fit.
    body.insert("payment_schedule".to_owned(), json!([]));
    // A discount on the whole document is in the lines' amounts here.
    body.insert("discount_amount".to_owned(), json!(0));
    body.insert("additional_discount_percentage".to_owned(), json!(0));
    Ok(Value::Object(body))
}

/// Whether a submitted invoice can become another without being replaced: only the customer's
/// reference may differ.
pub fn in_place(from: &Invoice, to: &Invoice) -> bool {
    let mut like = to.clone();
    like.reference.clone_from(&from.reference);
    ledger::agreement::same_content(from, &like)
}

/// The content of a document with positive quantities; credit notes turn them afterwards.
pub(super) fn content(
    invoice: &Invoice,
    items: &[&str],
    chart: &Chart,
) -> Result<Map<String, Value>, Cause> {
    check(invoice, chart)?;
    let layout = layout(invoice, chart)?;
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
    set(
        "items",
        invoice
            .lines
            .iter()
            .zip(&layout.lines)
            .filter(|(_, laid)| !laid.charge)
            .map(|(line, laid)| item(line, laid, items, chart))
            .collect::<Result<Vec<_>, _>>()?
            .into(),
    );
    // The template's name alone adds no tax; the rows do.
    set("taxes_and_charges", json!(""));
    set("taxes", layout.taxes.into());
    Ok(body)
}

fn check(invoice: &Invoice, chart: &Chart) -> Result<(), Cause> {
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

/// Amounts, taxes and rows that make ERPNext's totals the stated ones.
struct Layout {
    lines: Vec<LaidLine>,
    taxes: Vec<Value>,
}

struct LaidLine {
    amount: Decimal,
    tax: LineTax,
    /// Whether the line goes among the tax rows, as a charge on its account: ERPNext does not
    /// submit a negative price unless the site allows it.
    charge: bool,
}

fn layout(invoice: &Invoice, chart: &Chart) -> Result<Layout, Cause> {
    let stated = ledger::tax::Totals {
        net: invoice.net_total,
        tax: invoice.tax_total,
        total: invoice.total,
    };
    let charged: Vec<bool> = invoice
        .lines
        .iter()
        .map(|line| line.amount < Decimal::ZERO && !chart.negative_rates)
        .collect();
    if charged.iter().all(|charge| *charge) {
        return Err(invalid(
            "lines",
            "All lines are negative, which ERPNext does not allow",
        ));
    }
    if invoice.price_mode == PriceMode::NoTax {
        let amounts: Vec<Decimal> = invoice.lines.iter().map(|line| line.amount).collect();
        let net: Decimal = amounts.iter().sum();
        return if net == stated.total && stated.tax.is_zero() {
            let lines = laid(amounts, vec![LineTax::default(); charged.len()], &charged);
            Ok(Layout {
                taxes: charges(invoice, &lines, chart)?,
                lines,
            })
        } else {
            Err(do_not_add_up(net, Decimal::ZERO, stated))
        };
    }
    let mut taxes = invoice
        .lines
        .iter()
        .map(|line| match &line.tax {
            None => Ok(LineTax::default()),
            Some(key) => tax::resolve(key, chart).ok_or_else(|| Cause::NoTaxMapping {
                side: Side::Erpnext,
                tax: key.clone(),
            }),
        })
        .collect::<Result<Vec<_>, _>>()?;
    tax::exempt(&mut taxes, chart);
    let amounts: Vec<Decimal> = invoice.lines.iter().map(|line| line.amount).collect();
    let kept: Vec<LineTax> = taxes
        .iter()
        .zip(&charged)
        .filter(|(_, charge)| !**charge)
        .map(|(tax, _)| tax.clone())
        .collect();
    let rows = tax::rows(&kept);
    let inclusive = invoice.price_mode == PriceMode::Inclusive;
    if let Some(rows) = &rows
        && !charged.contains(&true)
    {
        let made = tax::totals(
            &taxed(&amounts, &taxes, &charged),
            rows,
            inclusive,
            chart.figures,
        );
        if made == stated {
            return Ok(Layout {
                taxes: rows
                    .iter()
                    .map(|row| rate_row(row, inclusive, chart))
                    .collect(),
                lines: laid(amounts, taxes, &charged),
            });
        }
    }
    // The two systems round differently here: net amounts, and the tax held to the stated one.
    let amounts: Vec<Decimal> = if inclusive {
        invoice
            .lines
            .iter()
            .zip(&taxes)
            .map(|(line, tax)| line.amount - line_tax(line, tax))
            .collect()
    } else {
        amounts
    };
    let net: Decimal = amounts.iter().sum();
    if net != stated.net || stated.net + stated.tax != stated.total {
        return Err(do_not_add_up(net, stated.tax, stated));
    }
    let mut values = match &rows {
        Some(rows) => rows.iter().map(|row| rate_row(row, false, chart)).collect(),
        // Rates that ERPNext cannot tell apart line by line: the tax as an amount.
        None => Vec::new(),
    };
    let made = rows.as_ref().map_or(Decimal::ZERO, |rows| {
        tax::totals(
            &taxed(&amounts, &taxes, &charged),
            rows,
            false,
            chart.figures,
        )
        .tax
    });
    let left = stated.tax - made;
    if !left.is_zero() {
        let rates = taxes.iter().flat_map(|tax| &tax.rates);
        let account = rates
            .clone()
            .find(|rate| !rate.rate.is_zero())
            .or_else(|| rates.clone().next())
            .map(|rate| rate.account.clone())
            .ok_or_else(|| {
                invalid(
                    "tax",
                    "The invoice has tax, but none of its lines has a tax rate",
                )
            })?;
        let text = if left.abs() > LARGEST_ROUNDING {
            TAX
        } else {
            TAX_ROUNDING
        };
        values.push(amount_row(&account, left, text, chart));
    }
    let lines = laid(amounts, taxes, &charged);
    values.extend(charges(invoice, &lines, chart)?);
    Ok(Layout {
        lines,
        taxes: values,
    })
}

/// The rows for lines that go among the tax rows.
fn charges(invoice: &Invoice, lines: &[LaidLine], chart: &Chart) -> Result<Vec<Value>, Cause> {
    invoice
        .lines
        .iter()
        .zip(lines)
        .filter(|(_, laid)| laid.charge)
        .map(|(line, laid)| {
            let note = (line.quantity != Decimal::ONE && laid.amount == line.amount)
                .then(|| line::note(line));
            let (_, text) = line::texts(&line.description, note.as_deref());
            Ok(amount_row(account(line, chart)?, laid.amount, &text, chart))
        })
        .collect()
}

fn account<'a>(line: &'a Line, chart: &'a Chart) -> Result<&'a str, Cause> {
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

/// The lines that stay lines.
fn taxed<'a>(amounts: &[Decimal], taxes: &'a [LineTax], charged: &[bool]) -> Vec<Taxed<'a>> {
    amounts
        .iter()
        .zip(taxes)
        .zip(charged)
        .filter(|(_, charge)| !**charge)
        .map(|((amount, tax), _)| (*amount, tax))
        .collect()
}

fn laid(amounts: Vec<Decimal>, taxes: Vec<LineTax>, charged: &[bool]) -> Vec<LaidLine> {
    amounts
        .into_iter()
        .zip(taxes)
        .zip(charged)
        .map(|((amount, tax), charge)| LaidLine {
            amount,
            tax,
            charge: *charge,
        })
        .collect()
}

/// The tax in an inclusive line: as stated, else as Xero computes it.
fn line_tax(line: &Line, tax: &LineTax) -> Decimal {
    line.tax_amount.unwrap_or_else(|| {
        xero_line_tax(
            PriceMode::Inclusive,
            TaxedAmount {
                amount: line.amount,
                rate: tax.total_rate(),
            },
        )
    })
}

fn do_not_add_up(net: Decimal, tax: Decimal, stated: ledger::tax::Totals) -> Cause {
    invalid(
        "total",
        format!(
            "The lines come to {net} before tax and {tax} tax, but the invoice states {} and {}",
            stated.net, stated.tax
        ),
    )
}

fn rate_row(row: &TaxRate, inclusive: bool, chart: &Chart) -> Value {
    let mut value = json!({
        "charge_type": "On Net Total",
        "account_head": row.account,
        "rate": number(row.rate),
        // Mandatory.
        "description": row.account,
        "included_in_print_rate": u8::from(inclusive),
    });
    if let Some(cost_center) = &chart.cost_center {
        value["cost_center"] = json!(cost_center);
    }
    value
}

fn amount_row(account: &str, amount: Decimal, text: &str, chart: &Chart) -> Value {
    let mut value = json!({
        "charge_type": "Actual",
        "account_head": account,
        "tax_amount": number(amount),
        "description": text,
    });
    if let Some(cost_center) = &chart.cost_center {
        value["cost_center"] = json!(cost_center);
    }
    value
}

fn item(line: &Line, laid: &LaidLine, items: &[&str], chart: &Chart) -> Result<Value, Cause> {
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
        "qty": number(priced.quantity),
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

#[cfg(test)]
mod tests;
