//! Sales invoices and credit notes, as read.

use std::collections::BTreeMap;

use ledger::contact::text;
use ledger::money::round_half_up;
use ledger::{Currency, Document, DocumentState, PriceMode, RemoteId};
use rust_decimal::Decimal;

use super::{allocation, line};
use crate::wire::document as wire;

/// Percent by TaxType.
pub type TaxRates = BTreeMap<String, Decimal>;

/// Decimals kept of an exchange rate in the direction base for foreign, as ERPNext does.
pub const RATE_DIGITS: u32 = 9;

/// Reads a sales invoice or credit note.
///
/// # Errors
/// Which field could not be understood.
pub fn from_wire(document: &wire::Document, rates: &TaxRates) -> Result<Document, String> {
    let kind = match document.kind.as_str() {
        "ACCREC" => "invoice",
        "ACCRECCREDIT" => "credit note",
        other => return Err(format!("\"{other}\" is not a sales document")),
    };
    let state = state(&document.status)?;
    let need = |field: &str, value: Option<Decimal>| {
        value.ok_or_else(|| format!("the {kind} has no {field}"))
    };
    let total = need("Total", document.total)?;
    Ok(Document {
        number: document.number.as_deref().and_then(text),
        contact: RemoteId::new(document.contact.contact_id.to_lowercase()),
        contact_name: document
            .contact
            .name
            .as_deref()
            .and_then(text)
            .unwrap_or_default(),
        state,
        date: document
            .date_string
            .or(document.date)
            .ok_or_else(|| format!("the {kind} has no date"))?
            .0,
        due_date: document
            .due()
            .filter(|_| kind == "invoice")
            .map(|day| day.0),
        currency: Currency::new(&document.currency_code).map_err(|error| error.to_string())?,
        exchange_rate: document.currency_rate.and_then(inverse),
        reference: document.reference.as_deref().and_then(text),
        price_mode: price_mode(document.line_amount_types.as_deref())?,
        lines: document
            .line_items
            .iter()
            .map(|item| line::from_wire(item, rates))
            .collect(),
        net_total: need("SubTotal", document.sub_total)?,
        tax_total: need("TotalTax", document.total_tax)?,
        total,
        amount_due: match state {
            DocumentState::Voided => Decimal::ZERO,
            DocumentState::Draft | DocumentState::Approved => document.amount_due.unwrap_or(total),
        },
        opening: false,
        // Xero knows no invoice that a return belongs to.
        against: None,
        allocations: document
            .allocations
            .iter()
            .map(allocation::from_wire)
            .collect::<Result<Vec<_>, _>>()?,
    })
}

pub(super) fn state(status: &str) -> Result<DocumentState, String> {
    match status {
        "DRAFT" | "SUBMITTED" => Ok(DocumentState::Draft),
        "AUTHORISED" | "PAID" => Ok(DocumentState::Approved),
        "VOIDED" | "DELETED" => Ok(DocumentState::Voided),
        other => Err(format!("the status \"{other}\" is not known")),
    }
}

pub(super) fn price_mode(types: Option<&str>) -> Result<PriceMode, String> {
    match types {
        None | Some("Exclusive") => Ok(PriceMode::Exclusive),
        Some("Inclusive") => Ok(PriceMode::Inclusive),
        Some("NoTax") => Ok(PriceMode::NoTax),
        Some(other) => Err(format!("LineAmountTypes \"{other}\" is not known")),
    }
}

/// Turns Xero's rate (foreign for one of the base currency) into the ledger's, or back. `None` for
/// a rate of zero.
pub fn inverse(rate: Decimal) -> Option<Decimal> {
    Decimal::ONE
        .checked_div(rate)
        .map(|inverse| round_half_up(inverse, RATE_DIGITS).normalize())
}

#[cfg(test)]
mod tests;
