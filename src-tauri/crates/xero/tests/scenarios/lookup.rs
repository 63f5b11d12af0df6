//! A write whose answer was lost, looked up after the idempotency key has ended: it is found, and
//! what was not created is not.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::Duration;
use net::NetError;
use sandbox::RemoteSystem as _;
use serde_json::{Value, json};
use xero::translate::payment_write::{self, Advance, Several};
use xero::wire::Row;
use xero::wire::batch::Target;
use xero::wire::payment::{BankTransaction, Payment};

use crate::common::Stage;
use crate::payments::{received, terms};
use crate::{contact, invoice, line, organisation, read};

/// Writes an element whose answers are all lost; it is carried out where `done`.
async fn lost(stage: &Stage, target: Target, element: &Value, done: bool) {
    let wire = stage.wire.clone();
    let first = Arc::new(AtomicBool::new(done));
    let lose = |why: &str| {
        Some(Err(NetError::AnswerLost {
            host: "api.xero.com".into(),
            why: why.into(),
        }))
    };
    stage.intercept(move |request, _| {
        if first.swap(false, Ordering::Relaxed) {
            let now = wire.clock.now();
            let carried_out = wire.world.lock().unwrap().handle(request, now);
            assert_eq!(carried_out.status(), 200);
        }
        lose("reset")
    });
    let error = stage
        .write(target, "PUT", element.clone(), "k")
        .await
        .unwrap_err();
    assert!(error.may_have_been_done());
    stage.intercept(|_, _| None);
}

fn rows<T>(rows: Vec<Row<T>>) -> Vec<T> {
    rows.into_iter().map(read).collect()
}

#[tokio::test]
async fn contacts_invoices_and_credit_notes_by_what_they_are_called() {
    for done in [true, false] {
        let (stage, clock) = organisation();
        let ann = contact(&stage).await;
        let element = json!({"Name": "Bob", "ContactNumber": "CUST-7"});
        lost(&stage, Target::Contacts, &element, done).await;
        clock.advance(Duration::minutes(7));
        let client = &stage.client;
        let found = client
            .contacts_by("ContactNumber", &["CUST-7"])
            .await
            .unwrap();
        assert_eq!(found.len(), usize::from(done));

        let document = |kind: &str, key: &str, number: &str| {
            json!({"Type": kind, key: number, "Status": "AUTHORISED",
                "Contact": {"ContactID": ann}, "Date": "2026-11-05", "DueDate": "2026-12-05",
                "LineItems": [line(&json!(5))]})
        };
        let element = document("ACCREC", "InvoiceNumber", "SINV-7");
        lost(&stage, Target::Invoices, &element, done).await;
        clock.advance(Duration::minutes(7));
        let found = client.invoices_by_numbers(&["SINV-7"]).await.unwrap();
        assert_eq!(found.len(), usize::from(done));

        for number in ["RET-7", "RET \"8\" / a"] {
            let element = document("ACCRECCREDIT", "CreditNoteNumber", number);
            lost(&stage, Target::CreditNotes, &element, done).await;
            clock.advance(Duration::minutes(7));
            let found = rows(
                client
                    .credit_notes_by_numbers(&[number, "other"])
                    .await
                    .unwrap(),
            );
            assert_eq!(found.len(), usize::from(done), "{number}");
            assert!(found.iter().all(|row| row.0.line_items.len() == 1));
        }
    }
}

#[tokio::test]
async fn payments_by_what_they_are_for() {
    for done in [true, false] {
        let (stage, clock) = organisation();
        let ann = contact(&stage).await;
        let (a, b) = (
            invoice(&stage, &ann, 50).await,
            invoice(&stage, &ann, 50).await,
        );
        let mut wanted = received(&ann, &[(&a, "12")], "0");
        wanted.reference = Some("The \"big\" one".into());
        let terms = terms(Several::Batch, Advance::Overpayment);
        let element = payment_write::create(&wanted, terms)
            .unwrap()
            .remove(0)
            .element;
        // One of another amount, and one that was deleted, are others.
        let mut other = element.clone();
        other["Amount"] = json!(13);
        stage.create(Target::Payments, other).await;
        let twin = stage.create(Target::Payments, element.clone()).await;
        stage
            .client
            .delete_payment(twin["PaymentID"].as_str().unwrap(), "d")
            .await
            .unwrap();
        lost(&stage, Target::Payments, &element, done).await;
        clock.advance(Duration::minutes(7));
        let held: Vec<Payment> = rows(stage.client.payments_of(&[&a]).await.unwrap());
        assert_eq!(held.len(), 2 + usize::from(done));

        let wanted = received(&ann, &[(&a, "5"), (&b, "6")], "0");
        let element = payment_write::create(&wanted, terms)
            .unwrap()
            .remove(0)
            .element;
        lost(&stage, Target::BatchPayments, &element, done).await;
        clock.advance(Duration::minutes(7));
        let held: Vec<Payment> = rows(stage.client.payments_of(&[&a, &b]).await.unwrap());
        let batched = held.iter().filter(|row| row.batch_payment_id.is_some());
        assert_eq!(batched.count(), 2 * usize::from(done));
    }
}

#[tokio::test]
async fn money_on_account_by_whose_it_is() {
    for done in [true, false] {
        let (stage, clock) = organisation();
        let ann = contact(&stage).await;
        let terms = terms(Several::Apart, Advance::Prepayment { account: "200" });
        let parts = payment_write::create(&received(&ann, &[], "50"), terms).unwrap();
        let element = parts[0].element.clone();
        let other = payment_write::create(&received(&ann, &[], "51"), terms).unwrap();
        stage
            .create(Target::BankTransactions, other[0].element.clone())
            .await;
        lost(&stage, Target::BankTransactions, &element, done).await;
        clock.advance(Duration::minutes(7));
        let held: Vec<BankTransaction> = rows(stage.client.advances_of(&[&ann]).await.unwrap());
        assert_eq!(held.len(), 1 + usize::from(done));
        assert!(held.iter().all(|row| row.prepayment_id.is_some()));
    }
}
