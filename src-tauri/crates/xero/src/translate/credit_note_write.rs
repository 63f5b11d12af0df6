//! Sales credit notes, as written.
//!
//! A credit note is created in one call and allocated in the next (xero/FACTS §7); see
//! [`super::allocation::body`]. Amounts are positive on both sides of this translation.

use ledger::{Cause, Currency, Document, DocumentState, Line, Side};
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::contact::invalid;
use super::document_write::{Written, document_number, short, status};
use super::line::Discounts;

/// The element that creates a credit note. `number` is used where it has none.
///
/// # Errors
/// The [`Cause`] for which Xero would refuse it, or compute other figures.
pub fn create(note: &Document, number: &str, base: Option<Currency>) -> Result<Value, Cause> {
    if note.state == DocumentState::Voided {
        return Err(invalid(
            "status",
            "a voided credit note is not created anew".to_owned(),
        ));
    }
    if note.total < Decimal::ZERO {
        return Err(invalid(
            "total",
            "Xero takes no credit note of less than nothing".to_owned(),
        ));
    }
    let mut element = Map::new();
    element.insert("Type".to_owned(), json!("ACCRECCREDIT"));
    element.insert(
        "CreditNoteNumber".to_owned(),
        json!(document_number(note.number.as_deref().unwrap_or(number))?),
    );
    element.insert("Status".to_owned(), json!(status(note.state)));
    let foreign = base.is_some_and(|base| base != note.currency);
    if foreign && note.exchange_rate.is_none() {
        // Of its own accord Xero takes the day's, or has been seen to take one for one.
        let why = format!(
            "a credit note in {} has to state its exchange rate",
            note.currency
        );
        return Err(invalid("exchange rate", why));
    }
    let written = written(note);
    written.header(&mut element, base)?;
    if let Some(reference) = &note.reference {
        element.insert(
            "Reference".to_owned(),
            json!(short("reference", reference)?),
        );
    }
    written.figures(&mut element, &[])?;
    Ok(Value::Object(element))
}

/// The element that changes a credit note, with every line under its `LineItemID`, because Xero
/// deletes lines that are left out.
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
            return Err(cannot("the credit note is voided in Xero, and stays so"));
        }
        (DocumentState::Approved, DocumentState::Draft) => {
            return Err(cannot(
                "an approved credit note cannot become a draft again in Xero",
            ));
        }
        _ => {}
    }
    let mut element = Map::new();
    element.insert("CreditNoteID".to_owned(), json!(id));
    if from.state != to.state {
        element.insert("Status".to_owned(), json!(status(to.state)));
    }
    if let Some(number) = &to.number {
        element.insert(
            "CreditNoteNumber".to_owned(),
            json!(document_number(number)?),
        );
    }
    let reference = to.reference.as_deref().unwrap_or_default();
    element.insert(
        "Reference".to_owned(),
        json!(short("reference", reference)?),
    );
    if used(from) {
        // Allocated or refunded, in part at least: figures and contact are fixed.
        if !same_figures(from, to) {
            return Err(cannot(
                "it is allocated or refunded in Xero, so its amounts, date, contact and currency \
                 are fixed there; remove the allocation or refund in Xero, or undo the change in \
                 ERPNext",
            ));
        }
        let lines: Vec<Line> = from
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
            lines,
            ..from.clone()
        };
        written(&same).figures(&mut element, &from.lines)?;
        return Ok(Value::Object(element));
    }
    element.insert("Type".to_owned(), json!("ACCRECCREDIT"));
    let written = written(to);
    written.header(&mut element, base)?;
    written.figures(&mut element, &from.lines)?;
    Ok(Value::Object(element))
}

/// The element that voids a credit note, or deletes a draft.
///
/// # Errors
/// [`Cause::CannotVoid`] where it is allocated or refunded.
pub fn void(id: &str, from: &Document) -> Result<Value, Cause> {
    if used(from) {
        return Err(Cause::CannotVoid {
            side: Side::Xero,
            why: "it is allocated or refunded in Xero; remove that first".to_owned(),
        });
    }
    let status = if from.state == DocumentState::Draft {
        "DELETED"
    } else {
        "VOIDED"
    };
    Ok(json!({"CreditNoteID": id, "Status": status}))
}

fn used(note: &Document) -> bool {
    !note.allocations.is_empty() || !note.refunded().is_zero()
}

fn written(note: &Document) -> Written<'_> {
    Written {
        kind: "credit note",
        document: note,
        discounts: Discounts::InPrice,
        rounding: false,
    }
}

/// Whether two hold the same figures. Price and discount are not compared: Xero holds a discount
/// within the price.
fn same_figures(from: &Document, to: &Document) -> bool {
    from.date == to.date
        && from.contact == to.contact
        && from.currency == to.currency
        && from.price_mode == to.price_mode
        && (from.net_total, from.tax_total, from.total) == (to.net_total, to.tax_total, to.total)
        && from.lines.len() == to.lines.len()
        && from
            .lines
            .iter()
            .zip(&to.lines)
            .all(|(from, to)| from.amount == to.amount && from.tax == to.tax)
}

#[cfg(test)]
mod tests;
