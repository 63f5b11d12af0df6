//! Foreign invoices that ERPNext keeps in pounds, paid on either side: the figures that people reported (R1 to
//! R3), through the whole program and both demo systems.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use rust_decimal::Decimal;
use sandbox::System;
use serde_json::{Value, json};
use tests::office::Office;

/// An exact JSON number.
fn number(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn exact(value: &Value) -> Decimal {
    let text = value.to_string();
    text.trim_matches('"')
        .parse::<Decimal>()
        .unwrap()
        .normalize()
}

fn row(office: &Office, system: System, list: &str, key: &str, wanted: &str) -> Value {
    let state = office.state(system);
    let rows = state[list].as_array().expect(list);
    let found = rows.iter().find(|row| row[key] == wanted);
    found.unwrap_or_else(|| panic!("{list} {wanted}")).clone()
}

/// An invoice without tax in Xero, at so many of its currency for a pound.
fn sold(office: &Office, called: &str, currency: &str, total: &str, rate: &str) {
    let contact = office.state(System::Xero)["Contacts"][0]["ContactID"].clone();
    let operation = json!({
        "op": "create_invoice", "InvoiceNumber": called, "Contact": {"ContactID": contact},
        "Date": "2026-11-20", "DueDate": "2026-12-20", "Status": "AUTHORISED",
        "CurrencyCode": currency, "CurrencyRate": number(rate), "LineAmountTypes": "NoTax",
        "LineItems": [{"Description": "Ferns", "Quantity": 1, "UnitAmount": number(total),
            "AccountCode": "200", "TaxType": "NONE"}],
    });
    office.edit(System::Xero, &operation).unwrap();
}

fn paid_in_xero(office: &Office, called: &str, amount: &str, rate: &str) {
    let operation = json!({
        "op": "pay_invoice", "InvoiceNumber": called, "Amount": number(amount),
        "CurrencyRate": number(rate), "Date": "2026-11-24",
    });
    office.edit(System::Xero, &operation).unwrap();
}

/// So many pounds are taken off an invoice, and so many came to the bank.
fn paid_in_erpnext(office: &Office, called: &str, taken: &str, came: &str) {
    let invoice = row(office, System::Erpnext, "Sales Invoice", "name", called);
    assert_eq!(invoice["party_account_currency"], "GBP", "{called}");
    let taken_off = taken.parse::<Decimal>().unwrap();
    let gain = taken_off - came.parse::<Decimal>().unwrap();
    let rows = if gain.is_zero() {
        json!([])
    } else {
        json!([{"account": "Exchange Gain/Loss - MF", "cost_center": "Main - MF",
            "amount": number(&gain.to_string())}])
    };
    let operation = json!({
        "op": "create", "doctype": "Payment Entry", "submit": true, "fields": {
            "payment_type": "Receive", "company": "Maple Florist Ltd",
            "posting_date": "2026-11-24", "party_type": "Customer",
            "party": invoice["customer"], "paid_from": invoice["debit_to"],
            "paid_to": "Business Bank Account - MF", "paid_amount": number(came),
            "received_amount": number(came), "reference_no": "BACS",
            "reference_date": "2026-11-24", "deductions": rows,
            "references": [{"reference_doctype": "Sales Invoice", "reference_name": called,
                "allocated_amount": number(taken)}],
        },
    });
    office.edit(System::Erpnext, &operation).unwrap();
}

/// What is owed in Xero, in the invoice's currency, and in ERPNext, in pounds.
fn owed(office: &Office, called: &str) -> String {
    let xero = row(office, System::Xero, "Invoices", "InvoiceNumber", called);
    let erpnext = row(office, System::Erpnext, "Sales Invoice", "name", called);
    let due = exact(&xero["AmountDue"]);
    format!("{due} / {}", exact(&erpnext["outstanding_amount"]))
}

/// Xero's payments of an invoice: amount, rate, and what came to the bank.
fn in_xero(office: &Office, called: &str) -> Vec<String> {
    let state = office.state(System::Xero);
    let payments = state["Payments"].as_array().unwrap().iter();
    let of = payments.filter(|it| it["Invoice"]["InvoiceNumber"] == called);
    let said = of.map(|it| {
        let figure = |key: &str| exact(&it[key]);
        let (amount, rate) = (figure("Amount"), figure("CurrencyRate"));
        format!("{amount} at {rate} is {}", figure("BankAmount"))
    });
    said.collect()
}

/// ERPNext's payments of an invoice: what they take off, what came, and what is gained or lost.
fn in_erpnext(office: &Office, called: &str) -> Vec<String> {
    let state = office.state(System::Erpnext);
    let mut said = Vec::new();
    for payment in state["Payment Entry"].as_array().unwrap() {
        assert_eq!(exact(&payment["unallocated_amount"]), Decimal::ZERO);
        for part in payment["references"].as_array().unwrap() {
            if part["reference_name"] == called {
                let rows = payment["deductions"].as_array().into_iter().flatten();
                let lost: Decimal = rows.map(|row| exact(&row["amount"])).sum();
                let taken = exact(&part["allocated_amount"]);
                said.push(format!(
                    "{taken} of {} and {lost}",
                    exact(&payment["received_amount"])
                ));
            }
        }
    }
    said
}

/// Everything is carried, nobody is asked, both books agree, and nothing more is written.
async fn at_rest(office: &Office) {
    office.sync().await;
    let run = office.sync().await;
    let attention = office.app.attention().await.unwrap();
    assert_eq!((run.writes, run.exceptions), (0, 0), "{attention:?}");
    assert_eq!(office.differences(), []);
}

async fn opened() -> Office {
    let office = Office::open(1, 0).await;
    for (code, rate) in [("SEK", "13.1"), ("JPY", "190.123456"), ("USD", "1.25")] {
        let operation = json!({"op": "subscribe_currency", "Code": code, "Rate": number(rate)});
        // The demo organisation has some of them already.
        drop(office.edit(System::Xero, &operation));
    }
    office
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_erpnext_is_paid_in_pounds_is_paid_in_xero_in_the_invoices_currency() {
    let office = opened().await;
    for (called, currency, total, rate) in [
        ("R1", "USD", "120", "1.25"),
        ("R3", "USD", "110", "1.25"),
        ("SEK", "SEK", "1000", "13.1"),
        ("JPY", "JPY", "1200", "190.123456"),
        ("LOSS", "USD", "120", "1.25"),
    ] {
        sold(&office, called, currency, total, rate);
    }
    at_rest(&office).await;
    paid_in_erpnext(&office, "R1", "95.98", "95.98");
    paid_in_erpnext(&office, "R3", "88", "99");
    for part in ["25.44", "25.44", "25.46"] {
        paid_in_erpnext(&office, "SEK", part, part);
    }
    paid_in_erpnext(&office, "JPY", "3.15", "3.15");
    paid_in_erpnext(&office, "LOSS", "96", "90");
    at_rest(&office).await;
    assert_eq!(owed(&office, "R1"), "0.03 / 0.02");
    assert_eq!(in_xero(&office, "R1"), ["119.97 at 1.249948 is 95.98"]);
    assert_eq!(owed(&office, "R3"), "0 / 0");
    assert_eq!(in_xero(&office, "R3"), ["110 at 1.111111 is 99"]);
    assert_eq!(in_xero(&office, "LOSS"), ["120 at 1.333333 is 90"]);
    assert_eq!(owed(&office, "SEK"), "0 / 0");
    assert_eq!(in_xero(&office, "SEK").len(), 3);
    assert_eq!(owed(&office, "JPY"), "600.79 / 3.16");
    // Where ERPNext owes nothing more, nothing more is due in Xero.
    paid_in_erpnext(&office, "R1", "0.02", "0.02");
    paid_in_erpnext(&office, "JPY", "3.16", "3.16");
    at_rest(&office).await;
    for called in ["R1", "JPY"] {
        assert_eq!(owed(&office, called), "0 / 0", "{called}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_xero_is_paid_is_paid_in_erpnext_in_pounds() {
    let office = opened().await;
    for (called, currency, total, rate) in [
        ("USD", "USD", "120", "1.25"),
        ("R3", "USD", "110", "1.25"),
        ("SEK", "SEK", "1000", "13.1"),
        ("JPY", "JPY", "1200", "190.123456"),
        ("THREE", "SEK", "1000", "13.1"),
    ] {
        sold(&office, called, currency, total, rate);
    }
    at_rest(&office).await;
    paid_in_xero(&office, "USD", "119.97", "1.25");
    paid_in_xero(&office, "R3", "110", "1.111111");
    paid_in_xero(&office, "SEK", "333.30", "13.1");
    paid_in_xero(&office, "JPY", "600", "190.123456");
    for part in ["333.33", "333.33", "333.34"] {
        paid_in_xero(&office, "THREE", part, "13");
    }
    at_rest(&office).await;
    assert_eq!(owed(&office, "USD"), "0.03 / 0.02");
    assert_eq!(owed(&office, "SEK"), "666.7 / 50.89");
    assert_eq!(owed(&office, "JPY"), "600 / 3.16");
    assert_eq!(owed(&office, "R3"), "0 / 0");
    assert_eq!(in_erpnext(&office, "R3"), ["88 of 99 and -11"]);
    assert_eq!(owed(&office, "THREE"), "0 / 0");
    assert_eq!(in_erpnext(&office, "THREE").len(), 3);
    paid_in_xero(&office, "USD", "0.03", "1.25");
    paid_in_xero(&office, "SEK", "666.70", "13.1");
    paid_in_xero(&office, "JPY", "600", "190.123456");
    at_rest(&office).await;
    for called in ["USD", "SEK", "JPY"] {
        assert_eq!(owed(&office, called), "0 / 0", "{called}");
    }
}

/// What cannot be carried has one name, and what is owed for it has no other.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_carried_is_named_once() {
    let office = opened().await;
    sold(&office, "R3", "USD", "110", "1.25");
    at_rest(&office).await;
    // 99.00 came for 88.00, and nobody said what the rest is: it is on account, in pounds.
    let invoice = row(&office, System::Erpnext, "Sales Invoice", "name", "R3");
    let entered = json!({
        "op": "create", "doctype": "Payment Entry", "submit": true, "fields": {
            "payment_type": "Receive", "company": "Maple Florist Ltd",
            "posting_date": "2026-11-24", "party_type": "Customer",
            "party": invoice["customer"], "paid_from": invoice["debit_to"],
            "paid_to": "Business Bank Account - MF", "paid_amount": 99, "received_amount": 99,
            "reference_no": "BACS", "reference_date": "2026-11-24",
            "references": [{"reference_doctype": "Sales Invoice", "reference_name": "R3",
                "allocated_amount": 88}],
        },
    });
    office.edit(System::Erpnext, &entered).unwrap();
    let run = office.sync().await;
    assert_eq!((run.writes, run.exceptions), (0, 1));
    let attention = office.app.attention().await.unwrap();
    let causes: Vec<&str> = attention
        .groups
        .iter()
        .map(|it| it.cause.as_str())
        .collect();
    assert_eq!(causes, ["payment_not_carried"]);
    assert_eq!(owed(&office, "R3"), "110 / 0");
}
