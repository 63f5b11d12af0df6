#![allow(clippy::unwrap_used)]
use chrono::NaiveDate;
use serde_json::{Value, json};

use super::*;

fn invoice() -> Value {
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

fn read(value: Value) -> Result<Document, String> {
    from_wire(&serde_json::from_value(value).unwrap(), &TaxRates::new())
}

#[test]
fn an_invoice_is_read() {
    let invoice = read(invoice()).unwrap();
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
        let mut value = invoice();
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
        let mut edited = invoice();
        edited[key] = value;
        let error = read(edited).unwrap_err();
        assert!(error.contains(expected), "{error}");
    }
}

fn credit_note() -> Value {
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

#[test]
fn a_credit_note_is_read_with_its_allocations() {
    let note = read(credit_note()).unwrap();
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
fn a_voided_credit_note_has_nothing_left() {
    let mut value = credit_note();
    value["Status"] = json!("VOIDED");
    value["Allocations"] = json!([]);
    let note = read(value).unwrap();
    assert_eq!(note.state, DocumentState::Voided);
    assert_eq!(note.amount_due, Decimal::ZERO);
    assert_eq!(note.refunded(), Decimal::ZERO);
}

#[test]
fn what_cannot_be_understood_of_a_credit_note_is_named() {
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
        let mut note = credit_note();
        note[key] = value;
        let error = read(note).unwrap_err();
        assert!(error.contains(expected), "{error}");
    }
}
