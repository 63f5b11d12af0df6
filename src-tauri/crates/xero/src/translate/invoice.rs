//! Sales invoices, as read.

use std::collections::BTreeMap;

use ledger::contact::text;
use ledger::money::round_half_up;
use ledger::{Currency, DocumentState, Invoice, PriceMode, RemoteId};
use rust_decimal::Decimal;

use super::line;
use crate::wire::invoice as wire;

/// Percent by TaxType.
pub type TaxRates = BTreeMap<String, Decimal>;

/// Decimals kept of an exchange rate in the direction base for foreign, as ERPNext does.
pub const RATE_DIGITS: u32 = 9;

/// Reads a sales invoice.
///
/// # Errors
/// Which field could not be understood.
pub fn from_wire(invoice: &wire::Invoice, rates: &TaxRates) -> Result<Invoice, String> {
    let state = state(&invoice.status)?;
    let date = invoice
        .date_string
        .or(invoice.date)
        .ok_or("the invoice has no date")?
        .0;
    let currency = Currency::new(&invoice.currency_code).map_err(|error| error.to_string())?;
    let lines: Vec<_> = invoice
        .line_items
        .iter()
        .map(|item| line::from_wire(item, rates))
        .collect();
    let need = |field: &str, value: Option<Decimal>| {
        value.ok_or_else(|| format!("the invoice has no {field}"))
    };
    let total = need("Total", invoice.total)?;
    Ok(Invoice {
        number: invoice.invoice_number.as_deref().and_then(text),
        contact: RemoteId::new(invoice.contact.contact_id.to_lowercase()),
        contact_name: invoice
            .contact
            .name
            .as_deref()
            .and_then(text)
            .unwrap_or_default(),
        state,
        date,
        due_date: invoice
            .due_date_string
            .or(invoice.due_date)
            .map(|day| day.0),
        currency,
        exchange_rate: invoice.currency_rate.and_then(inverse),
        reference: invoice.reference.as_deref().and_then(text),
        price_mode: price_mode(invoice.line_amount_types.as_deref())?,
        lines,
        net_total: need("SubTotal", invoice.sub_total)?,
        tax_total: need("TotalTax", invoice.total_tax)?,
        total,
        amount_due: match state {
            DocumentState::Voided => Decimal::ZERO,
            DocumentState::Draft | DocumentState::Approved => invoice.amount_due.unwrap_or(total),
        },
        opening: false,
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
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use chrono::NaiveDate;
    use serde_json::{Value, json};

    fn sample() -> Value {
        json!({
            "Type": "ACCREC", "InvoiceID": "AB", "InvoiceNumber": "INV-7", "Reference": " PO 1 ",
            "Status": "PAID", "Contact": {"ContactID": "C1", "Name": "Ann"},
            "Date": "/Date(1539993600000+0000)/", "DateString": "2018-10-20T00:00:00",
            "DueDate": "/Date(1541203200000+0000)/", "LineAmountTypes": "Exclusive",
            "CurrencyCode": "USD", "CurrencyRate": 1.25, "SubTotal": 40.00, "TotalTax": 8.00,
            "Total": 48.00, "AmountDue": 0.00, "UpdatedDateUTC": "/Date(1518685950940+0000)/",
            "LineItems": [{"Description": "A", "Quantity": 2, "UnitAmount": 20, "LineAmount": 40.00,
                "TaxType": "OUTPUT2", "TaxAmount": 8.00, "AccountCode": "200"}],
        })
    }

    fn read(value: Value) -> Result<Invoice, String> {
        from_wire(&serde_json::from_value(value).unwrap(), &TaxRates::new())
    }

    #[test]
    fn an_invoice_is_read() {
        let invoice = read(sample()).unwrap();
        assert_eq!(invoice.number.as_deref(), Some("INV-7"));
        assert_eq!(invoice.contact.as_str(), "c1");
        assert_eq!(invoice.state, DocumentState::Approved);
        assert_eq!(invoice.date, NaiveDate::from_ymd_opt(2018, 10, 20).unwrap());
        assert_eq!(invoice.due_date, NaiveDate::from_ymd_opt(2018, 11, 3));
        assert_eq!(invoice.exchange_rate, Some("0.8".parse().unwrap()));
        assert_eq!(invoice.reference.as_deref(), Some("PO 1"));
        assert_eq!(invoice.total, "48".parse().unwrap());
        assert_eq!(invoice.settled(), "48".parse().unwrap());
        assert_eq!(invoice.lines.len(), 1);
    }

    #[test]
    fn states_and_what_is_due() {
        for (status, state, due) in [
            ("DRAFT", DocumentState::Draft, "5"),
            ("SUBMITTED", DocumentState::Draft, "5"),
            ("AUTHORISED", DocumentState::Approved, "5"),
            ("PAID", DocumentState::Approved, "5"),
            ("VOIDED", DocumentState::Voided, "0"),
            ("DELETED", DocumentState::Voided, "0"),
        ] {
            let mut value = sample();
            value["Status"] = json!(status);
            value["AmountDue"] = json!(5);
            let invoice = read(value).unwrap();
            assert_eq!(invoice.state, state, "{status}");
            assert_eq!(invoice.amount_due, due.parse().unwrap(), "{status}");
        }
    }

    #[test]
    fn rates_invert_there_and_back() {
        for (xero, ours) in [
            ("0.937053", "1.067175496"),
            ("1.547150", "0.646349740"),
            ("1", "1"),
        ] {
            let xero: Decimal = xero.parse().unwrap();
            let there = inverse(xero).unwrap();
            assert_eq!(there, ours.parse().unwrap());
            assert_eq!(round_half_up(inverse(there).unwrap(), 6), xero);
        }
        assert_eq!(inverse(Decimal::ZERO), None);
    }

    #[test]
    fn what_cannot_be_understood_is_named() {
        for (key, value, expected) in [
            ("Status", json!("LOST"), "LOST"),
            ("CurrencyCode", json!("?"), "currency"),
            ("LineAmountTypes", json!("Odd"), "Odd"),
            ("Total", json!(null), "Total"),
        ] {
            let mut invoice = sample();
            invoice[key] = value;
            let error = read(invoice).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }
}
