//! Payments, batch payments, money on account: create, read, allocate, refund, delete, refuse.

use ledger::{
    Cause, DocumentState, PaidDocument, Payment, PaymentAllocation, PaymentDirection, RemoteId,
};
use rust_decimal::Decimal;
use serde_json::Value;
use xero::error::catalogue::{self, About};
use xero::translate::advance::Entered;
use xero::translate::payment_write::{Advance, Part, Several, Terms};
use xero::translate::{advance, payment as reading, payment_write};
use xero::wire::batch::{Element, Target};
use xero::wire::credit::CreditKind;
use xero::wire::document::Invoice as InvoiceRow;
use xero::wire::document::{Overpayment, Prepayment};
use xero::wire::payment::{BankTransaction, Payment as Row};

use crate::common::Stage;
use crate::{all, contact, day, dec, gbp, id, invoice, messages, organisation, written};

pub fn terms(several: Several, advance: Advance<'_>) -> Terms<'_> {
    Terms {
        base: gbp(),
        several,
        advance,
    }
}

pub fn received(contact: &str, invoices: &[(&str, &str)], unallocated: &str) -> Payment {
    let allocations: Vec<PaymentAllocation> = invoices
        .iter()
        .map(|(invoice, amount)| PaymentAllocation {
            id: None,
            document: PaidDocument::Invoice(RemoteId::new(*invoice)),
            amount: dec(amount),
            in_document: None,
            leaves: None,
        })
        .collect();
    let amount: Decimal = allocations.iter().map(|one| one.amount).sum();
    Payment {
        number: None,
        direction: PaymentDirection::Received,
        state: DocumentState::Approved,
        contact: RemoteId::new(contact),
        contact_name: "Ann".into(),
        date: day(10),
        currency: gbp().unwrap(),
        exchange_rate: Some(dec("1")),
        amount: amount + dec(unallocated),
        bank_account: Some("090".into()),
        bank_amount: None,
        mode: None,
        reference: Some("BACS 7".into()),
        allocations,
        unallocated: dec(unallocated),
        deductions: vec![],
        reconciled: false,
        on_account: false,
        with: Vec::new(),
        credits: Vec::new(),
        bank_currency: None,
    }
}

pub async fn send(stage: &Stage, parts: Vec<Part>) -> Vec<Value> {
    let mut made = Vec::new();
    for part in parts {
        made.push(stage.create(part.target, part.element).await);
    }
    made
}

async fn due(stage: &Stage, invoice: &str) -> (String, Decimal) {
    let rows = all::<InvoiceRow>(stage).await;
    let row = rows.into_iter().find(|row| row.0.id == invoice).unwrap();
    (row.0.status, row.0.amount_due.unwrap())
}

fn forgetting_ids(mut payment: Payment) -> Payment {
    for one in &mut payment.allocations {
        one.id = None;
    }
    payment.bank_amount = None;
    payment
}

#[tokio::test]
async fn one_payment_of_two_invoices_and_an_advance_there_and_back() {
    let (stage, _) = organisation();
    let ann = contact(&stage).await;
    let (a, b) = (
        invoice(&stage, &ann, 50).await,
        invoice(&stage, &ann, 100).await,
    );
    let wanted = received(&ann, &[(&a, "60"), (&b, "20.50")], "9.50");
    let parts = payment_write::create(&wanted, terms(Several::Apart, Advance::Overpayment));
    let made = send(&stage, parts.unwrap()).await;
    assert_eq!(due(&stage, &a).await, ("PAID".to_owned(), dec("0")));
    assert_eq!(
        due(&stage, &b).await,
        ("AUTHORISED".to_owned(), dec("99.50"))
    );

    // Read again, they are the one payment they were made of.
    let mut held: Vec<Payment> = all::<Row>(&stage)
        .await
        .iter()
        .map(|row| reading::from_wire(row).unwrap().unwrap().payment)
        .collect();
    held.sort_by_key(|payment| std::cmp::Reverse(payment.amount));
    let banks = all::<BankTransaction>(&stage).await;
    let over = all::<Overpayment>(&stage).await;
    assert_eq!(banks[0].overpayment_id.as_ref(), Some(&over[0].0.id));
    let entered = Entered::of(&banks[0]);
    held.push(advance::from_wire(&over[0].0, &entered).unwrap().unwrap());
    let whole = reading::joined(&held);
    assert_eq!(whole.len(), 1);
    assert_eq!(forgetting_ids(whole[0].clone()), wanted);

    // And taken back, one by one.
    for row in &made[..2] {
        let deleted = stage
            .client
            .delete_payment(
                row["PaymentID"].as_str().unwrap(),
                row["PaymentID"].as_str().unwrap(),
            )
            .await
            .unwrap();
        let read = reading::from_wire(&deleted).unwrap().unwrap();
        assert_eq!(read.payment.state, DocumentState::Voided);
    }
    let gone = stage
        .client
        .delete_advance(&id(&made[2], "BankTransactionID"), "d")
        .await
        .unwrap();
    assert_eq!(gone.status, "DELETED");
    assert_eq!(due(&stage, &b).await, ("AUTHORISED".to_owned(), dec("120")));
    let over = all::<Overpayment>(&stage).await;
    let voided = advance::from_wire(&over[0].0, &Entered::default())
        .unwrap()
        .unwrap();
    assert_eq!(
        (voided.state, voided.unallocated),
        (DocumentState::Voided, dec("0"))
    );
}

#[tokio::test]
async fn a_batch_is_one_payment_and_goes_as_one() {
    let (stage, _) = organisation();
    let ann = contact(&stage).await;
    let (a, b) = (
        invoice(&stage, &ann, 10).await,
        invoice(&stage, &ann, 20).await,
    );
    let wanted = received(&ann, &[(&a, "12"), (&b, "24")], "0");
    let parts = payment_write::create(&wanted, terms(Several::Batch, Advance::Overpayment));
    let made = send(&stage, parts.unwrap()).await;
    let batch = id(&made[0], "BatchPaymentID");
    let rows = all::<Row>(&stage).await;
    let batches = stage.client.batch_payments().await.unwrap();
    assert_eq!(batches[0].total_amount, Some(dec("36")));
    let read = reading::from_batch(&batches[0], &rows).unwrap();
    assert_eq!(read.len(), 1);
    let mut held = forgetting_ids(read[0].clone());
    held.allocations.sort_by_key(|one| one.amount);
    assert_eq!(held, wanted);

    let refused = stage
        .client
        .delete_payment(&rows[0].payment_id, "s")
        .await
        .unwrap_err();
    assert!(format!("{refused:?}").contains("Payments within a batch cannot be deleted"));
    let deleted = stage
        .client
        .delete_batch_payment(&batch, "d")
        .await
        .unwrap();
    assert_eq!(deleted.status, "DELETED");
    assert_eq!(due(&stage, &a).await, ("AUTHORISED".to_owned(), dec("12")));
}

#[tokio::test]
async fn money_on_account_pays_invoices_later_and_is_paid_back() {
    for (kind, way) in [
        (CreditKind::Overpayment, Advance::Overpayment),
        (
            CreditKind::Prepayment,
            Advance::Prepayment { account: "200" },
        ),
    ] {
        let (stage, _) = organisation();
        let ann = contact(&stage).await;
        let wanted = received(&ann, &[], "50");
        let parts = payment_write::create(&wanted, terms(Several::Apart, way)).unwrap();
        let made = send(&stage, parts).await;
        let credit = id(&made[0], kind.member().1);
        let sold = invoice(&stage, &ann, 25).await;
        let outcomes = stage
            .client
            .allocate(kind, &credit, &[(&sold, dec("30"), day(12))], "a")
            .await
            .unwrap();
        assert!(matches!(outcomes[0], Element::Written(_)), "{outcomes:?}");
        assert_eq!(due(&stage, &sold).await, ("PAID".to_owned(), dec("0")));
        let held = stage.client.credit(kind, &credit).await.unwrap();
        let read = advance::from_wire(&held, &Entered::default())
            .unwrap()
            .unwrap();
        assert_eq!((read.allocated(), read.unallocated), (dec("30"), dec("20")));

        // The rest goes back.
        let mut back = received(&ann, &[], "20");
        back.direction = PaymentDirection::Refunded;
        let element =
            payment_write::refund(&back, kind, &RemoteId::new(&credit), dec("20"), gbp()).unwrap();
        let refunded = stage.create(Target::Payments, element).await;
        let row: Row = serde_json::from_value(refunded).unwrap();
        let read = reading::from_wire(&row).unwrap().unwrap();
        assert_eq!(read.refund_of, Some((kind, RemoteId::new(&credit))));
        let of = PaidDocument::Money(RemoteId::new(&credit));
        assert_eq!(read.payment.parts(), [(&of, dec("20"))].into());
        let held = stage.client.credit(kind, &credit).await.unwrap();
        assert_eq!(
            (held.status.as_str(), held.amount_due),
            ("PAID", Some(dec("0")))
        );

        // While it is used it stays; taken back, it can go.
        let bank = id(&made[0], "BankTransactionID");
        assert!(stage.client.delete_advance(&bank, "no").await.is_err());
        stage
            .client
            .delete_payment(&row.payment_id, "p")
            .await
            .unwrap();
        let allocation = held.allocations[0].allocation_id.clone().unwrap();
        stage
            .client
            .remove_allocation(kind, &credit, &allocation)
            .await
            .unwrap();
        stage.client.delete_advance(&bank, "yes").await.unwrap();
        let left = match kind {
            CreditKind::Prepayment => all::<Prepayment>(&stage).await[0].0.status.clone(),
            _ => all::<Overpayment>(&stage).await[0].0.status.clone(),
        };
        assert_eq!(left, "VOIDED");
    }
}

#[tokio::test]
async fn what_a_payment_is_refused_for() {
    let (stage, _) = organisation();
    let ann = contact(&stage).await;
    let sold = invoice(&stage, &ann, 10).await;
    let element = |payment: &Payment| {
        payment_write::create(payment, terms(Several::Apart, Advance::Overpayment))
            .unwrap()
            .remove(0)
            .element
    };
    let mut no_bank = received(&ann, &[(&sold, "12")], "0");
    no_bank.bank_account = Some("200".into());
    let mut unknown = received(&ann, &[(&sold, "12")], "0");
    unknown.bank_account = Some("0000".into());
    let outcomes = stage
        .client
        .write(
            Target::Payments,
            "PUT",
            &[
                element(&received(&ann, &[(&sold, "13")], "0")),
                element(&no_bank),
                element(&unknown),
                element(&received(&ann, &[(&sold, "12")], "0")),
            ],
            "k",
        )
        .await
        .unwrap();
    written(outcomes[3].clone());
    let fields: Vec<String> = outcomes[..3]
        .iter()
        .map(
            |outcome| match catalogue::cause(messages(outcome), About::default()) {
                Cause::Invalid { field, .. } => field,
                other => other.word().to_owned(),
            },
        )
        .collect();
    assert_eq!(
        fields,
        ["payment amount", "payment account", "payment account"]
    );
}
