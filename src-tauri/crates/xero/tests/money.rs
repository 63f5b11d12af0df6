//! Credit notes, allocations and payments against the simulated Xero.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use std::sync::Arc;

use chrono::NaiveDate;
use common::{Setting, invoice, noon, stage};
use net::JumpClock;
use rust_decimal::Decimal;
use serde_json::json;
use xero::wire::Row;
use xero::wire::batch::{Element, Target};
use xero::wire::credit::CreditKind;
use xero::wire::document::Invoice;
use xero::wire::document::{CreditNote, Overpayment, Prepayment};
use xero::wire::list::Listed;
use xero::wire::payment::Payment;
use xero::wire::position::Position;

fn dec(text: &str) -> Decimal {
    text.parse().unwrap()
}

async fn all<T: Listed>(stage: &common::Stage) -> Vec<T> {
    let page = stage.client.page::<T>(&Position::default()).await.unwrap();
    page.rows
        .into_iter()
        .map(|row| match row {
            Row::Read { row, .. } => *row,
            Row::Unreadable { why, raw, .. } => panic!("{why}: {raw}"),
        })
        .collect()
}

#[tokio::test]
async fn a_payment_and_a_credit_note_settle_an_invoice_and_are_taken_back() {
    let stage = stage(Setting::free(Arc::new(JumpClock::at(noon()))));
    let contact = stage.create(Target::Contacts, json!({"Name": "Ann"})).await;
    let contact = contact["ContactID"].as_str().unwrap();
    // 6 × 12.50 and 20 % tax.
    let made = stage.create(Target::Invoices, invoice(1, contact)).await;
    let id = made["InvoiceID"].as_str().unwrap().to_owned();
    let note = stage
        .create(
            Target::CreditNotes,
            json!({
                "Type": "ACCRECCREDIT",
                "CreditNoteNumber": "CN-1",
                "Contact": {"ContactID": contact},
                "Date": "2026-11-02",
                "LineAmountTypes": "Exclusive",
                "Status": "AUTHORISED",
                "LineItems": [{"Description": "Wilted", "Quantity": 1, "UnitAmount": 20.1234,
                    "AccountCode": "200", "TaxType": "OUTPUT2"}],
            }),
        )
        .await;
    let note = note["CreditNoteID"].as_str().unwrap().to_owned();
    let day = NaiveDate::from_ymd_opt(2026, 11, 3).unwrap();
    let allocated = stage
        .client
        .allocate(
            CreditKind::CreditNote,
            &note,
            &[(&id, dec("24.14"), day)],
            "a1",
        )
        .await
        .unwrap();
    assert!(matches!(&allocated[0], Element::Written(row) if row["Amount"] == json!(24.14)));
    let paid = stage
        .create(
            Target::Payments,
            json!({"Invoice": {"InvoiceID": id}, "Account": {"Code": "090"},
                "Date": "2026-11-04", "Amount": 65.86, "Reference": "BACS 7"}),
        )
        .await;
    let payment = paid["PaymentID"].as_str().unwrap().to_owned();
    let invoices = all::<Invoice>(&stage).await;
    assert_eq!(invoices[0].0.status, "PAID");
    assert_eq!(invoices[0].0.amount_due, Some(dec("0")));

    let notes = all::<CreditNote>(&stage).await;
    let note_now = &notes[0].0;
    assert_eq!(note_now.status, "PAID");
    assert_eq!(note_now.amount_due, Some(dec("0")));
    assert_eq!(note_now.line_items[0].unit_amount, Some(dec("20.1234")));
    let allocation = note_now.allocations[0].allocation_id.clone().unwrap();
    assert_eq!(note_now.allocations[0].invoice.invoice_id, id);
    let payments = all::<Payment>(&stage).await;
    assert_eq!(payments[0].payment_type, "ACCRECPAYMENT");
    assert_eq!(payments[0].amount, Some(dec("65.86")));

    let deleted = stage.client.delete_payment(&payment, "d1").await.unwrap();
    assert_eq!(deleted.status, "DELETED");
    stage
        .client
        .remove_allocation(CreditKind::CreditNote, &note, &allocation)
        .await
        .unwrap();
    let invoices = all::<Invoice>(&stage).await;
    assert_eq!(invoices[0].0.status, "AUTHORISED");
    assert_eq!(invoices[0].0.amount_due, Some(dec("90")));
    assert!(all::<CreditNote>(&stage).await[0].0.allocations.is_empty());
}

#[tokio::test]
async fn what_surrounds_the_documents_is_read() {
    let stage = stage(Setting::free(Arc::new(JumpClock::at(noon()))));
    let client = &stage.client;
    assert_eq!(client.branding_themes().await.unwrap()[0].sort_order, 0);
    let actions = client.actions().await.unwrap();
    assert!(
        actions
            .iter()
            .any(|action| action.name == "CreateApprovedInvoice" && action.status == "ALLOWED")
    );
    assert_eq!(client.currencies().await.unwrap()[0].code, "GBP");
    // An organisation without any still answers.
    client.items().await.unwrap();
    client.tracking_categories().await.unwrap();
    assert!(client.batch_payments().await.unwrap().is_empty());
    assert!(all::<Overpayment>(&stage).await.is_empty());
    assert!(all::<Prepayment>(&stage).await.is_empty());
}

#[tokio::test]
async fn money_without_an_invoice_becomes_an_overpayment_that_pays_one_later() {
    let stage = stage(Setting::free(Arc::new(JumpClock::at(noon()))));
    let contact = stage.create(Target::Contacts, json!({"Name": "Ann"})).await;
    let contact = contact["ContactID"].as_str().unwrap();
    stage
        .create(
            Target::BankTransactions,
            json!({"Type": "RECEIVE-OVERPAYMENT", "Contact": {"ContactID": contact},
                "BankAccount": {"Code": "090"}, "Date": "2026-11-04", "Reference": "BACS 8",
                "LineAmountTypes": "NoTax",
                "LineItems": [{"Description": "Paid twice", "LineAmount": 50}]}),
        )
        .await;
    let found = all::<Overpayment>(&stage).await;
    assert_eq!(found[0].0.amount_due, Some(dec("50")));
    let made = stage.create(Target::Invoices, invoice(1, contact)).await;
    let id = made["InvoiceID"].as_str().unwrap();
    let day = NaiveDate::from_ymd_opt(2026, 11, 5).unwrap();
    stage
        .client
        .allocate(
            CreditKind::Overpayment,
            &found[0].0.id,
            &[(id, dec("50"), day)],
            "a1",
        )
        .await
        .unwrap();
    let invoices = all::<Invoice>(&stage).await;
    assert_eq!(invoices[0].0.amount_due, Some(dec("40")));
    assert_eq!(
        all::<Overpayment>(&stage).await[0].0.amount_due,
        Some(dec("0"))
    );
}
