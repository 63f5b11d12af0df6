//! What Xero answers to an element, worked out from its documented arithmetic alone (xero/FACTS §4,
//! §6): a second hand that the translation is held against.

use chrono::NaiveDate;
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::{Value, json};

pub fn dec(value: &Value) -> Decimal {
    value.to_string().parse().unwrap()
}

pub fn number(amount: Decimal) -> Value {
    serde_json::from_str(&amount.to_string()).unwrap()
}

fn round(amount: Decimal, digits: u32) -> Decimal {
    amount.round_dp_with_strategy(digits, RoundingStrategy::MidpointAwayFromZero)
}

/// The percentage of the tax rates used in these tests: `OUT20` is 20 %.
pub fn percent(tax: &str) -> Decimal {
    tax.strip_prefix("OUT")
        .map_or(Decimal::ZERO, |text| text.parse().unwrap())
}

/// `/Date(…)/` of a day, with or without a zone.
pub fn ticks(day: NaiveDate, zone: bool) -> Value {
    let ms = day
        .and_time(chrono::NaiveTime::MIN)
        .and_utc()
        .timestamp_millis();
    json!(format!("/Date({ms}{})/", if zone { "+0000" } else { "" }))
}

fn day(value: &Value) -> NaiveDate {
    value.as_str().unwrap().parse().unwrap()
}

/// The lines with their amounts and taxes, and their sums.
fn lines(element: &Value) -> (Vec<Value>, Decimal, Decimal) {
    let mode = element["LineAmountTypes"].as_str().unwrap();
    let hundred = Decimal::ONE_HUNDRED;
    let (mut shown, mut amounts, mut taxes) = (Vec::new(), Decimal::ZERO, Decimal::ZERO);
    for (index, line) in element["LineItems"].as_array().unwrap().iter().enumerate() {
        let discount = line.get("DiscountRate").map_or(Decimal::ZERO, dec);
        let price = round(dec(&line["UnitAmount"]), 4);
        let quantity = dec(&line["Quantity"]);
        assert!(quantity.scale() <= 4 && discount.scale() <= 2, "{line}");
        let amount = round(quantity * price * (hundred - discount) / hundred, 2);
        let rate = line
            .get("TaxType")
            .map_or(Decimal::ZERO, |tax| percent(tax.as_str().unwrap()))
            / hundred;
        let tax = match (mode, line.get("TaxAmount")) {
            ("NoTax", _) => Decimal::ZERO,
            (_, Some(tax)) => dec(tax),
            ("Inclusive", None) => round(amount * rate / (Decimal::ONE + rate), 2),
            (_, None) => round(amount * rate, 2),
        };
        amounts += amount;
        taxes += tax;
        let mut answer = line.clone();
        answer["LineItemID"] = line
            .get("LineItemID")
            .cloned()
            .unwrap_or_else(|| json!(format!("LINE-{index}")));
        answer["UnitAmount"] = number(price);
        answer["LineAmount"] = number(amount);
        answer["TaxAmount"] = number(tax);
        if discount.is_zero() {
            answer.as_object_mut().unwrap().remove("DiscountRate");
        }
        shown.push(answer);
    }
    (shown, amounts, taxes)
}

/// The document as Xero then holds it: an invoice or a credit note.
pub fn document(element: &Value) -> Value {
    let (shown, amounts, taxes) = lines(element);
    let (net, gross) = match element["LineAmountTypes"].as_str().unwrap() {
        "Inclusive" => (amounts - taxes, amounts),
        _ => (amounts, amounts + taxes),
    };
    let rounding = element.get("RoundingAmount").map_or(Decimal::ZERO, dec);
    if rounding != Decimal::ZERO {
        assert!(rounding.abs() <= Decimal::new(10, 2), "{element}");
        assert_eq!(dec(&element["SubTotal"]), net, "{element}");
        assert_eq!(dec(&element["TotalTax"]), taxes, "{element}");
        assert_eq!(dec(&element["Total"]), gross + rounding, "{element}");
    }
    let total = gross + rounding;
    let (id, open) = match element["Type"].as_str() {
        Some("ACCREC") => ("InvoiceID", "AmountDue"),
        _ => ("CreditNoteID", "RemainingCredit"),
    };
    let mut answer = element.clone();
    answer["LineItems"] = json!(shown);
    answer["Contact"]["Name"] = json!("Ann");
    for (key, text) in [("Date", "DateString"), ("DueDate", "DueDateString")] {
        if let Some(value) = element.get(key) {
            answer[key] = ticks(day(value), true);
            answer[text] = json!(format!("{}T00:00:00", value.as_str().unwrap()));
        }
    }
    for (key, amount) in [
        ("SubTotal", net),
        ("TotalTax", taxes),
        ("Total", total),
        (open, total),
    ] {
        answer[key] = number(amount);
    }
    if answer.get("CurrencyRate").is_none() {
        answer["CurrencyRate"] = json!(1);
    }
    if answer.get(id).is_none() {
        answer[id] = json!("DOC-1");
    }
    answer
}

/// A payment as Xero then holds it.
pub fn payment(element: &Value, index: usize, contact: &str, currency: &str) -> Value {
    let (kind, id, word) = [
        ("Invoice", "InvoiceID", "ACCRECPAYMENT"),
        ("CreditNote", "CreditNoteID", "ARCREDITPAYMENT"),
        ("Overpayment", "OverpaymentID", "AROVERPAYMENTPAYMENT"),
        ("Prepayment", "PrepaymentID", "ARPREPAYMENTPAYMENT"),
    ]
    .into_iter()
    .find(|(kind, ..)| element.get(kind).is_some())
    .unwrap();
    let rate = element.get("CurrencyRate").map_or(Decimal::ONE, dec);
    json!({
        "PaymentID": format!("PAY-{index}"),
        "Date": ticks(day(&element["Date"]), true),
        "Amount": element["Amount"],
        "BankAmount": number(round(dec(&element["Amount"]) / rate, 2)),
        "CurrencyRate": number(rate),
        "Reference": element.get("Reference").cloned().unwrap_or(json!("")),
        "PaymentType": word, "Status": "AUTHORISED", "IsReconciled": false,
        "Account": element["Account"],
        "Invoice": {"InvoiceID": element[kind][id], "CurrencyCode": currency,
            "Contact": {"ContactID": contact, "Name": "Ann"}},
    })
}

/// The batch with its payments as Xero then holds them.
pub fn batch(element: &Value, contact: &str, currency: &str) -> (Value, Vec<Value>) {
    let parts: Vec<Value> = element["Payments"]
        .as_array()
        .unwrap()
        .iter()
        .enumerate()
        .map(|(index, part)| {
            let mut part = part.clone();
            part["Account"] = element["Account"].clone();
            part["Date"] = element["Date"].clone();
            let mut answer = payment(&part, index, contact, currency);
            answer["BatchPaymentID"] = json!("BATCH");
            answer
        })
        .collect();
    let batch = json!({
        "BatchPaymentID": "BATCH", "Type": "RECBATCH", "Status": "AUTHORISED",
        "Account": element["Account"], "Date": ticks(day(&element["Date"]), true),
        "Reference": element.get("Reference").cloned().unwrap_or(json!("")),
        "IsReconciled": false,
        "Payments": parts.iter().map(|part| json!({"PaymentID": part["PaymentID"],
            "Amount": part["Amount"], "Invoice": part["Invoice"]})).collect::<Vec<_>>(),
    });
    (batch, parts)
}

/// The overpayment or prepayment that a bank transaction makes.
pub fn advance(element: &Value) -> Value {
    let mut answer = document(element);
    answer["OverpaymentID"] = json!("OVER-1");
    answer.as_object_mut().unwrap().remove("CreditNoteID");
    answer
}
