//! Sales credit notes, as read.

use ledger::contact::text;
use ledger::{CreditNote, Currency, DocumentState, RemoteId};
use rust_decimal::Decimal;

use super::invoice::{TaxRates, inverse, price_mode, state};
use super::{allocation, line};
use crate::wire::credit::Credit;

/// Reads a sales credit note.
///
/// # Errors
/// Which field could not be understood.
pub fn from_wire(note: &Credit, rates: &TaxRates) -> Result<CreditNote, String> {
    if note.kind != "ACCRECCREDIT" {
        return Err(format!("\"{}\" is not a sales credit note", note.kind));
    }
    let state = state(&note.status)?;
    let need = |field: &str, value: Option<Decimal>| {
        value.ok_or_else(|| format!("the credit note has no {field}"))
    };
    let total = need("Total", note.total)?;
    let allocations = note
        .allocations
        .iter()
        .map(allocation::from_wire)
        .collect::<Result<Vec<_>, _>>()?;
    Ok(CreditNote {
        number: note.credit_note_number.as_deref().and_then(text),
        contact: RemoteId::new(note.contact.contact_id.to_lowercase()),
        contact_name: note
            .contact
            .name
            .as_deref()
            .and_then(text)
            .unwrap_or_default(),
        state,
        date: note
            .date_string
            .or(note.date)
            .ok_or("the credit note has no date")?
            .0,
        currency: Currency::new(&note.currency_code).map_err(|error| error.to_string())?,
        exchange_rate: note.currency_rate.and_then(inverse),
        reference: note.reference.as_deref().and_then(text),
        price_mode: price_mode(note.line_amount_types.as_deref())?,
        lines: note
            .line_items
            .iter()
            .map(|item| line::from_wire(item, rates))
            .collect(),
        net_total: need("SubTotal", note.sub_total)?,
        tax_total: need("TotalTax", note.total_tax)?,
        total,
        // Xero knows no invoice that a return belongs to.
        against: None,
        remaining: match state {
            DocumentState::Voided => Decimal::ZERO,
            DocumentState::Draft | DocumentState::Approved => {
                note.remaining_credit.unwrap_or(total)
            }
        },
        allocations,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use chrono::NaiveDate;
    use serde_json::{Value, json};

    fn sample() -> Value {
        json!({
            "Type": "ACCRECCREDIT", "CreditNoteID": "AB", "ID": "AB", "CreditNoteNumber": "CN-7",
            "Reference": " RMA 1 ", "Status": "AUTHORISED",
            "Contact": {"ContactID": "C1", "Name": "Ann"},
            "Date": "/Date(1539993600000+0000)/", "DateString": "2018-10-20T00:00:00",
            "LineAmountTypes": "Inclusive", "CurrencyCode": "USD", "CurrencyRate": 1.25,
            "SubTotal": 40.00, "TotalTax": 8.00, "Total": 48.00, "RemainingCredit": 10.00,
            "LineItems": [{"LineItemID": "L", "Description": "A", "Quantity": 2, "UnitAmount": 24,
                "LineAmount": 48.00, "TaxType": "OUTPUT2", "TaxAmount": 8.00, "AccountCode": "200"}],
            "Allocations": [{"AllocationID": "AL", "Amount": 30.00,
                "Date": "/Date(1541203200000+0000)/", "Invoice": {"InvoiceID": "I1"}}],
            "Payments": [{"PaymentID": "p", "Amount": 8.00}],
        })
    }

    fn read(value: Value) -> Result<CreditNote, String> {
        from_wire(&serde_json::from_value(value).unwrap(), &TaxRates::new())
    }

    #[test]
    fn a_credit_note_is_read_with_its_allocations() {
        let note = read(sample()).unwrap();
        assert_eq!(note.number.as_deref(), Some("CN-7"));
        assert_eq!(note.contact.as_str(), "c1");
        assert_eq!(note.state, DocumentState::Approved);
        assert_eq!(note.date, NaiveDate::from_ymd_opt(2018, 10, 20).unwrap());
        assert_eq!(note.exchange_rate, Some("0.8".parse().unwrap()));
        assert_eq!(note.reference.as_deref(), Some("RMA 1"));
        assert_eq!(note.allocations[0].id.as_deref(), Some("al"));
        assert_eq!(note.allocations[0].invoice.as_str(), "i1");
        assert_eq!(
            note.allocations[0].date,
            NaiveDate::from_ymd_opt(2018, 11, 3)
        );
        assert_eq!(note.allocated(), "30".parse().unwrap());
        assert_eq!(note.refunded(), "8".parse().unwrap());
        assert_eq!(note.lines[0].tax_amount, Some("8".parse().unwrap()));
    }

    #[test]
    fn a_voided_one_has_nothing_left() {
        let mut value = sample();
        value["Status"] = json!("VOIDED");
        value["Allocations"] = json!([]);
        let note = read(value).unwrap();
        assert_eq!(note.state, DocumentState::Voided);
        assert_eq!(note.remaining, Decimal::ZERO);
        assert_eq!(note.refunded(), Decimal::ZERO);
    }

    #[test]
    fn what_cannot_be_understood_is_named() {
        for (key, value, expected) in [
            ("Status", json!("LOST"), "LOST"),
            ("Type", json!("ACCPAYCREDIT"), "ACCPAYCREDIT"),
            ("CurrencyCode", json!("?"), "currency"),
            ("Total", json!(null), "Total"),
            (
                "Allocations",
                json!([{"Amount": 1, "Invoice": {}}]),
                "names no invoice",
            ),
            (
                "Allocations",
                json!([{"Invoice": {"InvoiceID": "i"}}]),
                "no amount",
            ),
        ] {
            let mut note = sample();
            note[key] = value;
            let error = read(note).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }
}
