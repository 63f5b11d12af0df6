//! Credit notes: create, read, edit, allocate, refund, void, delete, refuse.

use std::collections::{BTreeMap, BTreeSet};

use chrono::Duration;

use ledger::allocation::{allocation_steps, brought_to, by_invoice};
use ledger::{
    Allocation, Document, DocumentState, Line, PaidDocument, PaymentAllocation, PaymentDirection,
    PriceMode, RemoteId,
};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use xero::translate::document::TaxRates;
use xero::translate::payment_write::{Advance, Several};
use xero::translate::{allocation, credit_note_write, document, payment, payment_write};
use xero::wire::batch::{Element, Target};
use xero::wire::credit::{CreditKind, allocation_path, allocations_path};
use xero::wire::document::CreditNote as Row;
use xero::wire::document::Invoice as InvoiceRow;

use crate::payments::{received, send, terms};
use crate::{all, contact, day, dec, gbp, id, invoice, line, messages, organisation, written};

fn rates() -> TaxRates {
    TaxRates::from([("OUTPUT2".to_owned(), dec("20"))])
}

fn note(contact: &str) -> Document {
    let wilted = Line {
        id: None,
        description: "Wilted".into(),
        item_code: None,
        quantity: dec("3"),
        unit_price: dec("20.1234"),
        discount_percent: None,
        amount: dec("60.37"),
        account: Some("200".into()),
        tax: Some("OUTPUT2".into()),
        tax_rate: Some(dec("20")),
        tax_amount: Some(dec("12.07")),
        tracking: None,
    };
    Document {
        number: Some("RET-1".into()),
        contact: RemoteId::new(contact),
        contact_name: "Ann".into(),
        state: DocumentState::Approved,
        date: day(5),
        due_date: None,
        currency: gbp().unwrap(),
        exchange_rate: Some(dec("1")),
        reference: Some("RMA 1".into()),
        price_mode: PriceMode::Exclusive,
        lines: vec![wilted],
        net_total: dec("60.37"),
        tax_total: dec("12.07"),
        total: dec("72.44"),
        amount_due: dec("72.44"),
        opening: false,
        against: None,
        allocations: vec![],
    }
}

fn as_read(value: Value) -> Document {
    document::from_wire(&serde_json::from_value(value).unwrap(), &rates()).unwrap()
}

#[tokio::test]
async fn created_with_and_without_discount_and_edited() {
    let (stage, _) = organisation();
    let ann = contact(&stage).await;
    let wanted = note(&ann);
    let element = credit_note_write::create(&wanted, "x", gbp()).unwrap();
    let made = stage.create(Target::CreditNotes, element).await;
    let key = id(&made, "CreditNoteID");
    let held = as_read(made);
    let lines = held.lines.clone();
    assert_eq!(lines[0].unit_price, dec("20.1234"));
    assert_eq!(
        held,
        Document {
            lines,
            ..wanted.clone()
        }
    );

    // A discount of 10 % on each bunch: no price holds it, so the line says its amount.
    let mut to = wanted;
    to.reference = Some("RMA 2".into());
    to.lines[0].discount_percent = Some(dec("10"));
    to.lines[0].amount = dec("54.33");
    to.lines[0].tax_amount = None;
    to.net_total = dec("54.33");
    to.tax_total = dec("10.87");
    to.total = dec("65.20");
    let element = credit_note_write::update(&key, &held, &to, gbp()).unwrap();
    let answer = stage.write(Target::CreditNotes, "POST", element, "e").await;
    let edited = as_read(written(answer.unwrap()));
    assert_eq!(edited.lines[0].id, held.lines[0].id);
    assert_eq!(edited.reference.as_deref(), Some("RMA 2"));
    assert_eq!(
        (edited.net_total, edited.tax_total, edited.total),
        (dec("54.33"), dec("10.87"), dec("65.20"))
    );
}

#[tokio::test]
async fn allocated_as_the_document_says_and_taken_back() {
    let (stage, _) = organisation();
    let ann = contact(&stage).await;
    let (a, b) = (
        invoice(&stage, &ann, 25).await,
        invoice(&stage, &ann, 100).await,
    );
    let element = credit_note_write::create(&note(&ann), "x", gbp()).unwrap();
    let made = stage.create(Target::CreditNotes, element).await;
    let key = id(&made, "CreditNoteID");
    let part = |invoice: &str, amount: &str| Allocation {
        id: None,
        invoice: RemoteId::new(invoice),
        date: None,
        amount: dec(amount),
    };
    let mut held = as_read(made);
    for (round, wanted) in [
        vec![part(&a, "30"), part(&b, "40")],
        vec![part(&a, "20"), part(&b, "52.44")],
        vec![],
    ]
    .into_iter()
    .enumerate()
    {
        let mut amounts: BTreeMap<RemoteId, Decimal> = BTreeMap::new();
        amounts.extend([&a, &b].map(|id| (RemoteId::new(id), Decimal::ZERO)));
        amounts.extend(wanted.iter().map(|it| (it.invoice.clone(), it.amount)));
        let meant = brought_to(&held.allocations, &amounts, None);
        let steps = allocation_steps(&held.allocations, &meant);
        for gone in &steps.release {
            let path = allocation_path(CreditKind::CreditNote, &key, gone.id.as_deref().unwrap());
            let (status, answer) = stage.client.remove_by(&path).await.unwrap();
            assert_eq!((status, &answer["IsDeleted"]), (200, &json!(true)));
            // What is gone already is no error.
            assert_eq!(stage.client.remove_by(&path).await.unwrap().0, 404);
        }
        if !steps.allocate.is_empty() {
            let path = allocations_path(CreditKind::CreditNote, &key);
            let body = allocation::body(&steps.allocate, day(20));
            let done = stage
                .client
                .allocate_by(&path, &body, &format!("a{round}"))
                .await
                .unwrap();
            assert!(
                done.outcomes
                    .iter()
                    .all(|one| matches!(one, Element::Written(_)))
            );
        }
        let rows = stage.client.credit_notes_by_ids(&[&key]).await.unwrap();
        let row = crate::read(rows.into_iter().next().unwrap());
        held = document::from_wire(&row.0, &rates()).unwrap();
        assert_eq!(
            by_invoice(&held.allocations),
            by_invoice(&wanted),
            "{round}"
        );
        assert_eq!(held.amount_due, held.total - held.allocated());
    }
    let rows = all::<InvoiceRow>(&stage).await;
    assert!(rows.iter().all(|row| row.0.amount_due == row.0.total));
}

#[tokio::test]
async fn no_more_than_there_is_and_one_bad_allocation_fails_alone() {
    let (stage, _) = organisation();
    let ann = contact(&stage).await;
    let (a, b) = (
        invoice(&stage, &ann, 100).await,
        invoice(&stage, &ann, 10).await,
    );
    let element = credit_note_write::create(&note(&ann), "x", gbp()).unwrap();
    let key = id(
        &stage.create(Target::CreditNotes, element).await,
        "CreditNoteID",
    );
    let outcomes = stage
        .client
        .allocate(
            CreditKind::CreditNote,
            &key,
            &[(&a, dec("73"), day(6)), (&b, dec("12"), day(6))],
            "k",
        )
        .await
        .unwrap();
    assert_eq!(
        messages(&outcomes[0]),
        ["Credit Note cannot be allocated as amount is greater than amount outstanding"]
    );
    written(outcomes[1].clone());
}

#[tokio::test]
async fn refunded_then_voided_and_a_draft_deleted() {
    let (stage, _) = organisation();
    let ann = contact(&stage).await;
    let element = credit_note_write::create(&note(&ann), "x", gbp()).unwrap();
    let made = stage.create(Target::CreditNotes, element).await;
    let key = id(&made, "CreditNoteID");
    let mut refund = received(&ann, &[], "0");
    refund.direction = PaymentDirection::Refunded;
    refund.amount = dec("72.44");
    refund.allocations = vec![PaymentAllocation {
        id: None,
        document: PaidDocument::CreditNote(RemoteId::new(&key)),
        amount: dec("72.44"),
        in_document: None,
        leaves: None,
    }];
    let parts = payment_write::create(&refund, terms(Several::Apart, Advance::Overpayment));
    let paid = send(&stage, parts.unwrap()).await.remove(0);
    let read = payment::from_wire(&serde_json::from_value(paid.clone()).unwrap())
        .unwrap()
        .unwrap();
    assert_eq!(
        read.payment.allocations[0].document,
        refund.allocations[0].document
    );
    let held = stage
        .client
        .credit(CreditKind::CreditNote, &key)
        .await
        .unwrap();
    let held = document::from_wire(&held, &rates()).unwrap();
    assert_eq!((held.amount_due, held.refunded()), (dec("0"), dec("72.44")));
    assert!(credit_note_write::void(&key, &held).is_err());

    stage
        .client
        .delete_payment(&id(&paid, "PaymentID"), "d")
        .await
        .unwrap();
    let held = stage
        .client
        .credit(CreditKind::CreditNote, &key)
        .await
        .unwrap();
    let held = document::from_wire(&held, &rates()).unwrap();
    let element = credit_note_write::void(&key, &held).unwrap();
    let answer = stage.write(Target::CreditNotes, "POST", element, "v").await;
    let voided = as_read(written(answer.unwrap()));
    assert_eq!(
        (voided.state, voided.amount_due),
        (DocumentState::Voided, dec("0"))
    );

    let mut draft = note(&ann);
    draft.number = Some("RET-2".into());
    draft.state = DocumentState::Draft;
    let element = credit_note_write::create(&draft, "x", gbp()).unwrap();
    let made = stage.create(Target::CreditNotes, element).await;
    let element = credit_note_write::void(&id(&made, "CreditNoteID"), &as_read(made)).unwrap();
    let answer = stage.write(Target::CreditNotes, "POST", element, "w").await;
    assert_eq!(written(answer.unwrap())["Status"], "DELETED");
    let mut statuses: Vec<String> = all::<Row>(&stage)
        .await
        .into_iter()
        .map(|row| row.0.status)
        .collect();
    statuses.sort();
    assert_eq!(statuses, ["DELETED", "VOIDED"]);
}

#[tokio::test]
async fn a_batch_with_errors() {
    let (stage, _) = organisation();
    let ann = contact(&stage).await;
    let element = |number: &str, account: &str| {
        let mut wilted = line(&json!(50));
        wilted["AccountCode"] = json!(account);
        json!({"Type": "ACCRECCREDIT", "CreditNoteNumber": number, "Status": "AUTHORISED",
            "Contact": {"ContactID": ann}, "Date": "2026-11-05", "LineItems": [wilted]})
    };
    let outcomes = stage
        .client
        .write(
            Target::CreditNotes,
            "PUT",
            &[
                element("CN-1", "200"),
                element("CN-1", "200"),
                element("CN-2", "9999"),
            ],
            "k",
        )
        .await
        .unwrap();
    written(outcomes[0].clone());
    assert_eq!(messages(&outcomes[1]).len(), 1);
    assert_eq!(
        messages(&outcomes[2]),
        ["Account code '9999' is not a valid code for this document."]
    );
}

#[tokio::test]
async fn many_credit_notes_that_were_just_written_are_looked_up_in_one_call() {
    let (stage, clock) = organisation();
    let ann = contact(&stage).await;
    let made = async |count: usize, key: &str| {
        let elements: Vec<_> = (0..count)
            .map(|index| credit_note_write::create(&note(&ann), &format!("{key}{index}"), gbp()))
            .map(Result::unwrap)
            .map(|mut element| {
                element.as_object_mut().unwrap().remove("CreditNoteNumber");
                element
            })
            .collect();
        let target = Target::CreditNotes;
        let outcomes = stage.client.write(target, "PUT", &elements, key).await;
        let outcomes = outcomes.unwrap().into_iter();
        let ids = outcomes.map(|outcome| match outcome {
            Element::Written(value) => id(&value, "CreditNoteID"),
            other => panic!("{other:?}"),
        });
        ids.collect::<Vec<String>>()
    };
    let old = made(5, "old").await;
    clock.advance(Duration::hours(2));
    let new = made(45, "new").await;
    let all: Vec<&str> = old.iter().chain(&new).map(String::as_str).collect();
    // Those that changed lately in one call, and the others in one; of few ids a filter is as good.
    for (asked, calls) in [
        (&all[..], 2),
        (&all[5..], 1),
        (&all[..40], 2),
        (&all[..5], 1),
    ] {
        let before = stage.calls();
        let rows = stage.client.credit_notes_by_ids(asked).await.unwrap();
        let found: BTreeSet<String> = rows.into_iter().map(|row| crate::read(row).0.id).collect();
        assert_eq!(found, asked.iter().map(|&id| id.to_owned()).collect());
        assert_eq!(stage.calls() - before, calls, "{} ids", asked.len());
    }
}
