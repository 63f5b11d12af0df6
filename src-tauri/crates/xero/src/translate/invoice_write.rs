//! Sales invoices, as written.

use ledger::{Cause, Currency, Document, DocumentState, Line, Side};
use serde_json::{Map, Value, json};

use super::contact::invalid;
use super::document_write::{Written, day, document_number, short, status, total_of};
use super::line::Discounts;
use super::marker;

/// The element that creates an invoice. `number` is used where the invoice has none.
///
/// # Errors
/// The [`Cause`] for which Xero would refuse it, or compute other figures.
pub fn create(
    invoice: &Document,
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
    let written = written(invoice, None);
    written.header(&mut element, base)?;
    element.insert("DueDate".to_owned(), json!(due(invoice)));
    if let Some(reference) = &invoice.reference {
        element.insert(
            "Reference".to_owned(),
            json!(short("reference", reference)?),
        );
    }
    written.figures(&mut element, &[])?;
    Ok(Value::Object(element))
}

/// The element that changes an invoice: everything that may be said, with every line under its
/// `LineItemID`, because Xero deletes lines that are left out.
///
/// # Errors
/// [`Cause::CannotEdit`] where Xero no longer allows the change, or as [`create`].
pub fn update(
    id: &str,
    from: &Document,
    to: &Document,
    base: Option<Currency>,
) -> Result<Value, Cause> {
    let cannot = |why: &str| Cause::CannotEdit {
        side: Side::Xero,
        why: why.to_owned(),
        settled: None,
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
        let written = written(to, Some(from));
        written.header(&mut element, base)?;
        element.insert("DueDate".to_owned(), json!(due(to)));
        if from.exchange_rate == to.exchange_rate {
            element.remove("CurrencyRate");
        }
        written.figures(&mut element, &from.lines)?;
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
            tracking: to.tracking.clone(),
            ..from.clone()
        })
        .collect();
    let same = Document {
        lines: kept,
        ..from.clone()
    };
    written(&same, Some(from)).figures(&mut element, &from.lines)?;
    Ok(Value::Object(element))
}

/// The element that voids an invoice, or deletes a draft.
///
/// # Errors
/// [`Cause::CannotVoid`] where payments or credits are allocated.
pub fn void(id: &str, from: &Document) -> Result<Value, Cause> {
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

/// An invoice as it is written; `from` is how Xero holds it now.
fn written<'a>(invoice: &'a Document, from: Option<&Document>) -> Written<'a> {
    Written {
        kind: "invoice",
        document: invoice,
        discounts: Discounts::Rate,
        rounding: from.is_some_and(|from| {
            from.total != total_of(from.price_mode, &from.lines, from.tax_total)
        }),
    }
}

/// Xero needs a due date to approve an invoice.
fn due(invoice: &Document) -> String {
    day(invoice.due_date.unwrap_or(invoice.date))
}

fn same_figures(from: &Document, to: &Document) -> bool {
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

#[cfg(test)]
mod tests;
