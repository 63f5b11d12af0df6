//! Sales invoices, as written.

use ledger::problem::Difference;
use ledger::tax::{TaxedAmount, xero_line_tax};
use ledger::{Cause, Currency, DocumentState, Invoice, Line, PriceMode, Side};
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::contact::invalid;
use super::invoice::inverse;
use super::line::Outgoing;
use super::{marker, number};

/// The element that creates an invoice. `number` is used where the invoice has none.
///
/// # Errors
/// The [`Cause`] for which Xero would refuse it, or compute other figures.
pub fn create(
    invoice: &Invoice,
    number: &str,
    source_link: Option<&str>,
    base: Option<Currency>,
) -> Result<Value, Cause> {
    if invoice.state == DocumentState::Voided {
        return Err(invalid(
            "status",
            "a voided invoice is not created anew".to_owned(),
        ));
    }
    let mut element = Map::new();
    element.insert("Type".to_owned(), json!("ACCREC"));
    element.insert(
        "InvoiceNumber".to_owned(),
        json!(document_number(
            invoice.number.as_deref().unwrap_or(number)
        )?),
    );
    element.insert("Status".to_owned(), json!(status(invoice.state)));
    if let Some(link) = source_link.and_then(marker::acceptable_link) {
        element.insert("Url".to_owned(), json!(link));
    }
    header(&mut element, invoice, base)?;
    if let Some(reference) = &invoice.reference {
        element.insert(
            "Reference".to_owned(),
            json!(short("reference", reference)?),
        );
    }
    element.insert("LineItems".to_owned(), Value::Array(lines(invoice, &[])?));
    Ok(Value::Object(element))
}

/// The element that changes an invoice: everything that may be said, with every line under its
/// `LineItemID`, because Xero deletes lines that are left out.
///
/// # Errors
/// [`Cause::CannotEdit`] where Xero no longer allows the change, or as [`create`].
pub fn update(
    id: &str,
    from: &Invoice,
    to: &Invoice,
    base: Option<Currency>,
) -> Result<Value, Cause> {
    let cannot = |why: &str| Cause::CannotEdit {
        side: Side::Xero,
        why: why.to_owned(),
    };
    match (from.state, to.state) {
        (DocumentState::Voided, _) => {
            return Err(cannot("the invoice is voided in Xero, and stays so"));
        }
        (DocumentState::Approved, DocumentState::Draft) => {
            return Err(cannot(
                "an approved invoice cannot become a draft again in Xero",
            ));
        }
        _ => {}
    }
    let mut element = Map::new();
    element.insert("InvoiceID".to_owned(), json!(id));
    if from.state != to.state {
        element.insert("Status".to_owned(), json!(status(to.state)));
    }
    if let Some(number) = &to.number {
        element.insert("InvoiceNumber".to_owned(), json!(document_number(number)?));
    }
    let reference = to.reference.as_deref().unwrap_or_default();
    element.insert(
        "Reference".to_owned(),
        json!(short("reference", reference)?),
    );
    if from.settled().is_zero() {
        element.insert("Type".to_owned(), json!("ACCREC"));
        header(&mut element, to, base)?;
        if from.exchange_rate == to.exchange_rate {
            element.remove("CurrencyRate");
        }
        element.insert(
            "LineItems".to_owned(),
            Value::Array(lines(to, &from.lines)?),
        );
        return Ok(Value::Object(element));
    }
    // Paid or credited, in part at least: the figures are fixed.
    if !same_figures(from, to) {
        return Err(cannot(
            "a payment or credit is allocated to it in Xero, so its amounts, dates and currency \
             are fixed there; remove the payment in Xero, or undo the change in ERPNext",
        ));
    }
    if from.contact != to.contact {
        element.insert(
            "Contact".to_owned(),
            json!({"ContactID": to.contact.as_str()}),
        );
    }
    element.insert("DueDate".to_owned(), json!(due(to)));
    let kept: Vec<Line> = from
        .lines
        .iter()
        .zip(&to.lines)
        .map(|(from, to)| Line {
            description: to.description.clone(),
            account: to.account.clone(),
            ..from.clone()
        })
        .collect();
    let same = Invoice {
        lines: kept,
        ..from.clone()
    };
    element.insert(
        "LineItems".to_owned(),
        Value::Array(lines(&same, &from.lines)?),
    );
    Ok(Value::Object(element))
}

/// The element that voids an invoice, or deletes a draft.
///
/// # Errors
/// [`Cause::CannotVoid`] where payments or credits are allocated.
pub fn void(id: &str, from: &Invoice) -> Result<Value, Cause> {
    if !from.settled().is_zero() {
        return Err(Cause::CannotVoid {
            side: Side::Xero,
            why: "a payment or credit is allocated to it in Xero; remove that first".to_owned(),
        });
    }
    let status = if from.state == DocumentState::Draft {
        "DELETED"
    } else {
        "VOIDED"
    };
    Ok(json!({"InvoiceID": id, "Status": status}))
}

fn header(
    element: &mut Map<String, Value>,
    invoice: &Invoice,
    base: Option<Currency>,
) -> Result<(), Cause> {
    let mut set = |key: &str, value: Value| element.insert(key.to_owned(), value);
    // The id alone: with other fields Xero would change the contact.
    set("Contact", json!({"ContactID": invoice.contact.as_str()}));
    set("Date", json!(day(invoice.date)));
    set("DueDate", json!(due(invoice)));
    set(
        "LineAmountTypes",
        json!(match invoice.price_mode {
            PriceMode::Exclusive => "Exclusive",
            PriceMode::Inclusive => "Inclusive",
            PriceMode::NoTax => "NoTax",
        }),
    );
    set("CurrencyCode", json!(invoice.currency.code()));
    if base != Some(invoice.currency)
        && let Some(rate) = invoice.exchange_rate
        && rate != Decimal::ONE
    {
        let rate = inverse(rate)
            .ok_or_else(|| invalid("exchange rate", "the exchange rate is zero".to_owned()))?;
        set("CurrencyRate", number(rate.round_dp(6)));
    }
    Ok(())
}

fn day(date: chrono::NaiveDate) -> String {
    date.format("%Y-%m-%d").to_string()
}

/// Xero needs a due date to approve an invoice.
fn due(invoice: &Invoice) -> String {
    day(invoice.due_date.unwrap_or(invoice.date))
}

const fn status(state: DocumentState) -> &'static str {
    match state {
        DocumentState::Draft => "DRAFT",
        DocumentState::Approved => "AUTHORISED",
        DocumentState::Voided => "VOIDED",
    }
}

fn document_number(number: &str) -> Result<&str, Cause> {
    if !number.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        return Err(invalid(
            "number",
            format!("Xero takes only unaccented letters, digits and signs in \"{number}\""),
        ));
    }
    short("number", number)
}

fn short<'a>(field: &str, text: &'a str) -> Result<&'a str, Cause> {
    if text.chars().count() > 255 {
        return Err(invalid(
            field,
            "Xero takes at most 255 characters".to_owned(),
        ));
    }
    Ok(text)
}

fn same_figures(from: &Invoice, to: &Invoice) -> bool {
    let figures = |line: &Line| {
        (
            line.quantity,
            line.unit_price,
            line.discount_percent.unwrap_or_default(),
            line.amount,
            line.tax.clone(),
        )
    };
    from.date == to.date
        && from.currency == to.currency
        && from.price_mode == to.price_mode
        && (from.net_total, from.tax_total, from.total) == (to.net_total, to.tax_total, to.total)
        && from.lines.len() == to.lines.len()
        && from
            .lines
            .iter()
            .zip(&to.lines)
            .all(|(from, to)| figures(from) == figures(to))
}

/// The elements of `LineItems`, such that Xero's totals are the invoice's to the cent.
fn lines(invoice: &Invoice, onto: &[Line]) -> Result<Vec<Value>, Cause> {
    if invoice.lines.is_empty() && invoice.state == DocumentState::Approved {
        return Err(invalid("lines", "the invoice has no lines".to_owned()));
    }
    check_sum(invoice)?;
    let taxes = stated_taxes(invoice)?;
    invoice
        .lines
        .iter()
        .enumerate()
        .map(|(index, line)| {
            // Lines are paired by place: kept ids stay in order and new lines come last, which is
            // where Xero puts them anyway.
            let onto = onto.get(index);
            let stated = taxes.get(index).copied().flatten();
            // A tax stated before would otherwise stay.
            let natural = natural_tax(invoice.price_mode, line);
            let reset = onto
                .and_then(|onto| onto.tax_amount)
                .and_then(|before| natural.filter(|natural| *natural != before));
            Outgoing {
                onto: onto.cloned(),
                line: line.clone(),
                tax_amount: stated.or(reset),
            }
            .element(invoice.price_mode != PriceMode::NoTax)
        })
        .collect()
}

/// Refuses an invoice whose lines do not add up to its total: Xero would compute another one.
fn check_sum(invoice: &Invoice) -> Result<(), Cause> {
    let lines: Decimal = invoice.lines.iter().map(|line| line.amount).sum();
    let total = match invoice.price_mode {
        PriceMode::Exclusive => lines + invoice.tax_total,
        PriceMode::Inclusive | PriceMode::NoTax => lines,
    };
    let differ = |field: &str, xero: Decimal, stated: Decimal| Cause::TotalsDiffer {
        differences: vec![Difference {
            field: field.to_owned(),
            xero: Some(xero.to_string()),
            erpnext: Some(stated.to_string()),
        }],
    };
    if total != invoice.total {
        return Err(differ("total", total, invoice.total));
    }
    if invoice.price_mode == PriceMode::NoTax && !invoice.tax_total.is_zero() {
        return Err(differ("tax", Decimal::ZERO, invoice.tax_total));
    }
    Ok(())
}

/// The line's tax as Xero computes it; `None` where its rate is not known.
fn natural_tax(mode: PriceMode, line: &Line) -> Option<Decimal> {
    if mode == PriceMode::NoTax || line.tax.is_none() {
        return Some(Decimal::ZERO);
    }
    let rate = line.tax_rate?;
    Some(xero_line_tax(
        mode,
        TaxedAmount {
            amount: line.amount,
            rate,
        },
    ))
}

/// For each line, the tax to state because Xero would compute another.
///
/// Where the document's tax is not the sum of the lines' (ERPNext rounds once, Xero per line), the
/// difference of some cents goes onto the largest taxed line.
fn stated_taxes(invoice: &Invoice) -> Result<Vec<Option<Decimal>>, Cause> {
    let none = vec![None; invoice.lines.len()];
    let mode = invoice.price_mode;
    if mode == PriceMode::NoTax {
        return Ok(none);
    }
    let natural: Vec<Option<Decimal>> = invoice
        .lines
        .iter()
        .map(|line| natural_tax(mode, line))
        .collect();
    // Taxes stated per line that add up are taken as they are.
    let given: Option<Vec<Decimal>> = invoice.lines.iter().map(|line| line.tax_amount).collect();
    if let Some(given) = given
        && given.iter().sum::<Decimal>() == invoice.tax_total
    {
        return Ok(given
            .into_iter()
            .zip(natural)
            .map(|(given, natural)| (natural != Some(given)).then_some(given))
            .collect());
    }
    let Some(natural) = natural.into_iter().collect::<Option<Vec<Decimal>>>() else {
        // A rate we do not know: Xero computes, and verifying tells whether it agrees.
        return Ok(none);
    };
    let difference = invoice.tax_total - natural.iter().sum::<Decimal>();
    if difference.is_zero() {
        return Ok(none);
    }
    let largest = invoice
        .lines
        .iter()
        .zip(&natural)
        .enumerate()
        .filter(|(_, (_, tax))| !tax.is_zero())
        // The first of equals, so that the same invoice always gives the same request.
        .max_by_key(|(index, (line, _))| (line.amount.abs(), std::cmp::Reverse(*index)));
    match largest {
        Some((index, (line, tax))) if (*tax + difference).abs() <= line.amount.abs() => {
            let mut stated = none;
            if let Some(place) = stated.get_mut(index) {
                *place = Some(*tax + difference);
            }
            Ok(stated)
        }
        _ => Err(Cause::TotalsDiffer {
            differences: vec![Difference {
                field: "tax".to_owned(),
                xero: Some(natural.iter().sum::<Decimal>().to_string()),
                erpnext: Some(invoice.tax_total.to_string()),
            }],
        }),
    }
}

#[cfg(test)]
mod tests;
