//! Payments: each verb sent to the demo organisation and read back.

mod batches;
mod deleted;
mod refused;

use std::collections::BTreeSet;

use ledger::payment::same_payment;
use ledger::{DocumentState, PaidDocument, Payment, PaymentAllocation, PaymentDirection};
use sandbox::xero::{Country, XeroConfig};
use serde_json::Value;

use super::trade::{books, customer, day, due, sold, sold_in, text};
use super::used::end;
use super::*;
use crate::xero::tests::stage::{Stage, stage_of};

fn batch(stage: &Stage, parts: &[(&str, u32)]) -> Value {
    let parts: Vec<Value> = parts
        .iter()
        .map(|(invoice, amount)| json!({"Invoice": {"InvoiceID": invoice}, "Amount": amount}))
        .collect();
    stage.edit(&json!({"op": "receive_batch", "Date": "2026-11-20", "Reference": "BACS 9", "Payments": parts}))
}

/// A payment of Ann's as the engine would have it created.
pub(super) fn received(contact: &str, invoices: &[(&str, &str)]) -> Payment {
    let allocations: Vec<_> = invoices
        .iter()
        .map(|(invoice, amount)| PaymentAllocation {
            id: None,
            document: PaidDocument::Invoice(RemoteId::new(*invoice)),
            amount: dec(amount),
            in_document: None,
            leaves: None,
        })
        .collect();
    Payment {
        number: None,
        direction: PaymentDirection::Received,
        state: DocumentState::Approved,
        contact: RemoteId::new(contact),
        contact_name: "Ann".into(),
        date: day(21),
        currency: Currency::new("GBP").unwrap(),
        exchange_rate: None,
        amount: allocations.iter().map(|it| it.amount).sum(),
        bank_account: Some("090".into()),
        bank_amount: None,
        mode: None,
        reference: Some("ACC-PAY-1".into()),
        allocations,
        unallocated: Decimal::ZERO,
        deductions: Vec::new(),
        reconciled: false,
        on_account: false,
        with: Vec::new(),
        credits: Vec::new(),
        bank_currency: None,
    }
}

pub(super) fn create(payment: &Payment) -> Change {
    Change::Create {
        record: Record::Payment(payment.clone()),
        source: RemoteId::new("ACC-PAY-1"),
        source_link: None,
    }
}

fn payment(of: &Pulled) -> &Payment {
    let record = of.record.as_ref();
    record
        .unwrap_or_else(|it| panic!("{it:?}"))
        .as_payment()
        .unwrap()
}

/// One where deleted payments still say which batch they were part of, or not.
async fn books_where_deleted(leave_their_batch: bool) -> Stage {
    let mut config = XeroConfig::demo(Country::Gb, 7);
    config.quirks.deleted_payments_leave_their_batch = leave_their_batch;
    let stage = stage_of(config);
    stage.books.profile().await.unwrap();
    stage
}

async fn found(stage: &Stage, by: Lookup) -> Vec<Pulled> {
    stage.books.find(Kind::Payment, &by).await.unwrap()
}

async fn by_id(stage: &Stage, id: &RemoteId) -> Vec<Pulled> {
    found(stage, Lookup::Ids(vec![id.clone()])).await
}

#[tokio::test]
async fn a_payment_of_one_invoice_is_created_found_and_deleted() {
    let stage = books().await;
    let ann = customer(&stage, "Ann");
    let one = sold(&stage, &ann, "I-1", 120);
    let wanted = received(&ann, &[(&one, "100")]);
    let prepared = stage.prepared("k1", create(&wanted));
    assert_eq!(
        prepared.steps[0].path,
        "/api.xro/2.0/Payments?summarizeErrors=false&unitdp=4"
    );
    let calls = stage.calls().len();
    let made = done(
        stage
            .books
            .send(&[prepared], &Exchanges::default())
            .await
            .remove(0),
    );
    assert_eq!(stage.calls().len(), calls + 1, "{:?}", stage.calls());
    assert!(same_payment(payment(&made), &wanted), "{made:?}");
    assert_eq!(payment(&made).bank_account.as_deref(), Some("090"));
    assert_eq!(due(&stage, &one), "20.00");

    // It is what the list says, and what every look-up does.
    let (listed, _) = stage.all(Kind::Payment).await;
    assert_eq!(listed, std::slice::from_ref(&made));
    assert_eq!(by_id(&stage, &made.id).await, listed);
    let odd = RemoteId::new("unreadable BACS \" 7");
    let settling = Lookup::Settling(vec![RemoteId::new(&one), odd]);
    assert_eq!(found(&stage, settling).await, listed);
    for none in [
        Lookup::Markers(vec![RemoteId::new("ACC-PAY-1")]),
        Lookup::Titles(vec!["ACC-PAY-1".into()]),
        Lookup::Ids(vec![RemoteId::new("unreadable BACS \" 7")]),
    ] {
        assert_eq!(found(&stage, none).await, []);
    }

    stage.clock.advance(Duration::seconds(5));
    let prepared = stage.prepared("k2", end(&made));
    assert_eq!(prepared.steps[0].body, json!({"Status": "DELETED"}));
    let wire = Exchanges::default();
    let ended = done(
        stage
            .books
            .send(std::slice::from_ref(&prepared), &wire)
            .await
            .remove(0),
    );
    let exchange = wire.take("k2").remove(0);
    assert!(prepared.says(&exchange.request));
    assert_eq!(exchange.answer.unwrap().body["Status"], "DELETED");
    assert_eq!(payment(&ended).state, DocumentState::Voided);
    assert_ne!(ended.version, made.version);
    assert_eq!(
        stage.all(Kind::Payment).await.0,
        std::slice::from_ref(&ended)
    );
    assert_eq!(due(&stage, &one), "120.00");
    // It is gone already: nothing is asked of Xero, and it is done.
    let calls = stage.calls().len();
    assert_eq!(done(stage.write("k3", end(&made)).await), ended);
    assert!(
        stage.calls()[calls..]
            .iter()
            .all(|call| call.starts_with("GET"))
    );
}

#[tokio::test]
async fn many_are_created_in_a_call_for_each_endpoint_and_read_back_in_one() {
    let stage = books().await;
    let ann = customer(&stage, "Ann");
    let mut batch = Vec::new();
    for n in 0..30 {
        let ids: Vec<String> = (0..3)
            .map(|it| sold(&stage, &ann, &format!("I-{n}-{it}"), 10))
            .collect();
        let several = received(&ann, &[(&ids[0], "10"), (&ids[1], "10")]);
        let alone = received(&ann, &[(&ids[2], "7")]);
        batch.push(stage.prepared(&format!("several {n}"), create(&several)));
        batch.push(stage.prepared(&format!("alone {n}"), create(&alone)));
    }
    let calls = stage.calls().len();
    let answers = stage.books.send(&batch, &Exchanges::default()).await;
    let records: Vec<Pulled> = answers.into_iter().map(done).collect();
    let calls = stage.calls().split_off(calls);
    let calls: Vec<_> = calls.iter().filter_map(|it| it.split('?').next()).collect();
    assert_eq!(
        calls,
        [
            "PUT /api.xro/2.0/Payments",
            "PUT /api.xro/2.0/BatchPayments",
            "GET /api.xro/2.0/Payments"
        ]
    );
    for (made, prepared) in records.iter().zip(&batch) {
        let meant = prepared.write.change.meant().unwrap().as_payment().unwrap();
        assert!(same_payment(payment(made), meant), "{made:?}");
    }
    let (mut listed, _) = stage.all(Kind::Payment).await;
    let mut records = records;
    listed.sort_by(|a, b| a.id.cmp(&b.id));
    records.sort_by(|a, b| a.id.cmp(&b.id));
    assert_eq!(listed, records);
}

#[tokio::test]
async fn a_lost_answer_is_found_by_what_was_paid() {
    for several in [false, true] {
        let stage = books().await;
        let ann = customer(&stage, "Ann");
        let (one, two) = (sold(&stage, &ann, "I-1", 60), sold(&stage, &ann, "I-2", 50));
        let parts = [(one.as_str(), "60"), (two.as_str(), "50")];
        let wanted = received(&ann, &parts[..=usize::from(several)]);
        let prepared = stage.prepared("k1", create(&wanted));
        *stage.wire.lose.lock().unwrap() = u32::MAX;
        let batch = std::slice::from_ref(&prepared);
        let sent = stage.books.send(batch, &Exchanges::default()).await;
        assert!(matches!(sent[..], [Answer::InDoubt(_)]), "{sent:?}");
        *stage.wire.lose.lock().unwrap() = 0;
        let found = found(&stage, prepared.find.clone()).await;
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(same_payment(payment(&found[0]), &wanted), "{found:?}");
    }
}

#[tokio::test]
async fn an_answer_that_says_less_than_the_list_is_read_again() {
    let stage = books().await;
    let ann = customer(&stage, "Ann");
    let one = sold(&stage, &ann, "I-1", 60);
    *stage.wire.spoil.lock().unwrap() = Some(Box::new(|method, _, body| {
        if method == "PUT" {
            let invoice = body.pointer_mut("/Payments/0/Invoice").unwrap();
            invoice.as_object_mut().unwrap().remove("Contact");
        }
    }));
    let made = done(
        stage
            .write("k1", create(&received(&ann, &[(&one, "60")])))
            .await,
    );
    assert_eq!(payment(&made).contact_name, "Ann");
    assert_eq!(stage.all(Kind::Payment).await.0, [made]);
}

#[tokio::test]
async fn a_row_that_cannot_be_read_stays_visible() {
    let stage = books().await;
    let ann = customer(&stage, "Ann");
    let (one, two) = (sold(&stage, &ann, "I-1", 60), sold(&stage, &ann, "I-2", 50));
    let three = sold(&stage, &ann, "I-3", 70);
    stage.edit(&json!({"op": "pay_invoice", "InvoiceID": three, "Amount": 70}));
    batch(&stage, &[(&one, 60), (&two, 50)]);
    for (key, nonsense) in [
        ("Status", json!("LOST")),
        ("Amount", json!([])),
        ("Date", json!("tomorrow")),
    ] {
        let of = nonsense.clone();
        *stage.wire.spoil.lock().unwrap() = Some(Box::new(move |_, uri, body| {
            if uri.path().ends_with("/Payments") {
                for row in body["Payments"].as_array_mut().unwrap() {
                    row[key] = of.clone();
                }
            }
        }));
        let (listed, _) = stage.all(Kind::Payment).await;
        let titles: Vec<_> = listed
            .iter()
            .map(|it| it.record.as_ref().unwrap_err())
            .map(|it| it.raw.contains(&nonsense.to_string()))
            .collect();
        assert_eq!(titles, [true, true], "{listed:?}");
        assert!(listed[1].id.as_str().starts_with("batch:"), "{listed:?}");
    }
    // A supplier's is none of ours, readable or not.
    for key in ["Status", "Amount"] {
        *stage.wire.spoil.lock().unwrap() = Some(Box::new(move |_, uri, body| {
            if uri.path().ends_with("/Payments") {
                for row in body["Payments"].as_array_mut().unwrap() {
                    row["PaymentType"] = json!("ACCPAYPAYMENT");
                    row[key] = json!([]);
                }
            }
        }));
        let (listed, _) = stage.all(Kind::Payment).await;
        assert_eq!(listed, [], "{key}");
    }
}

#[tokio::test]
async fn a_refund_is_read_and_goes_the_other_way() {
    let stage = books().await;
    let ann = customer(&stage, "Ann");
    let note = stage.edit(&json!({"op": "create_credit_note", "Status": "AUTHORISED",
        "Contact": {"ContactID": ann}, "Date": "2026-11-10", "LineAmountTypes": "NoTax",
        "LineItems": [{"Description": "Bread", "Quantity": 1, "UnitAmount": 30, "AccountCode": "200"}]}));
    stage.edit(&json!({"op": "refund_credit", "CreditNoteID": text(&note, "CreditNoteID")}));
    let (listed, _) = stage.all(Kind::Payment).await;
    let [refund] = listed.as_slice() else {
        panic!("{listed:?}");
    };
    assert_eq!(payment(refund).direction, PaymentDirection::Refunded);
    assert_eq!(
        payment(refund).allocations[0].document,
        PaidDocument::CreditNote(RemoteId::new(text(&note, "CreditNoteID")))
    );
}

#[tokio::test]
async fn money_is_paid_back_on_a_credit_note_and_taken_back() {
    let stage = books().await;
    let ann = customer(&stage, "Ann");
    let mut notes = Vec::new();
    for number in ["RET-1", "RET-2"] {
        let note = stage.edit(&json!({"op": "create_credit_note", "Status": "AUTHORISED",
            "CreditNoteNumber": number, "Contact": {"ContactID": ann}, "Date": "2026-11-10",
            "LineAmountTypes": "NoTax", "LineItems": [
                {"Description": "Bread", "Quantity": 1, "UnitAmount": 30, "AccountCode": "200"}]}));
        notes.push(text(&note, "CreditNoteID"));
    }
    let part = |note: &str| PaymentAllocation {
        id: None,
        document: PaidDocument::CreditNote(RemoteId::new(note)),
        amount: dec("20"),
        in_document: None,
        leaves: None,
    };
    let mut wanted = received(&ann, &[]);
    wanted.direction = PaymentDirection::Refunded;
    wanted.amount = dec("20");
    wanted.allocations = vec![part(&notes[0])];
    let prepared = stage.prepared("k1", create(&wanted));
    let answers = stage
        .books
        .send(std::slice::from_ref(&prepared), &Exchanges::default())
        .await;
    let made = done(answers.into_iter().next().unwrap());
    assert!(same_payment(payment(&made), &wanted), "{made:?}");
    assert_eq!(
        stage.all(Kind::Payment).await.0,
        std::slice::from_ref(&made)
    );
    // By what it is for, as after a lost answer.
    assert_eq!(
        found(&stage, prepared.find.clone()).await,
        std::slice::from_ref(&made)
    );
    let note = || async {
        let by = Lookup::Ids(vec![RemoteId::new(&notes[0])]);
        let found = stage.books.find(Kind::CreditNote, &by).await.unwrap();
        let note = found[0].record.as_ref().unwrap().document().unwrap();
        (note.amount_due, note.refunded())
    };
    assert_eq!(note().await, (dec("10.00"), dec("20.00")));
    let ended = done(stage.write("k2", end(&made)).await);
    assert_eq!(payment(&ended).state, DocumentState::Voided);
    assert_eq!(note().await, (dec("30.00"), dec("0.00")));
    // Xero takes one for each credit note, and no batch of them.
    wanted.amount = dec("40");
    wanted.allocations.push(part(&notes[1]));
    let write = Write {
        key: "k3".into(),
        change: create(&wanted),
        held: None,
    };
    match stage.books.prepare(&write) {
        Err(Cause::PaymentNotCarried { why, .. }) => assert!(why.contains("several"), "{why}"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_foreign_payment_states_its_rate() {
    let stage = books().await;
    let ann = customer(&stage, "Ann");
    stage.edit(&json!({"op": "subscribe_currency", "Code": "USD", "Rate": 1.25}));
    let one = sold_in(&stage, &ann, "I-1", 120, Some(("USD", 1.25)));
    let two = sold_in(&stage, &ann, "I-2", 80, Some(("USD", 1.25)));
    let mut wanted = received(&ann, &[(&one, "100")]);
    wanted.currency = Currency::new("USD").unwrap();
    let write = |payment: &Payment| Write {
        key: "k".into(),
        change: create(payment),
        held: None,
    };
    let refused = stage.books.prepare(&write(&wanted)).unwrap_err();
    assert!(
        matches!(&refused, Cause::Invalid { field, .. } if field == "exchange rate"),
        "{refused:?}"
    );
    wanted.exchange_rate = Some(dec("0.79"));
    let made = done(stage.write("k1", create(&wanted)).await);
    let read = payment(&made);
    assert_eq!((read.currency.code(), read.amount), ("USD", dec("100")));
    assert_eq!(read.exchange_rate, Some(dec("0.789999866")));
    assert_eq!(read.bank_amount, Some(dec("79.00")));
    let mut several = received(&ann, &[(&one, "20"), (&two, "80")]);
    several.currency = wanted.currency;
    several.exchange_rate = wanted.exchange_rate;
    let made = done(stage.write("k2", create(&several)).await);
    assert_eq!(payment(&made).exchange_rate, Some(dec("0.789999866")));
    assert_eq!(payment(&made).bank_amount, Some(dec("79.00")));
    let (mut listed, _) = stage.all(Kind::Payment).await;
    listed.retain(|it| it.id == made.id);
    assert_eq!(listed, [made]);
}

#[tokio::test]
async fn the_accounts_that_money_may_come_to_are_told() {
    let stage = stage();
    let profile = stage.books.profile().await.unwrap();
    let keys: Vec<_> = profile
        .bank_accounts
        .iter()
        .map(|it| it.key.as_str())
        .collect();
    assert!(keys.contains(&"090") && keys.contains(&"881"), "{keys:?}");
    assert!(!keys.contains(&"200"), "{keys:?}");
    assert!(
        stage
            .books
            .link(Kind::Payment, &RemoteId::new("p"))
            .is_none()
    );
}

#[tokio::test]
async fn what_was_written_is_known_although_it_cannot_be_read_back() {
    let stage = books().await;
    let ann = customer(&stage, "Ann");
    let (one, two) = (sold(&stage, &ann, "I-1", 60), sold(&stage, &ann, "I-2", 50));
    *stage.wire.spoil.lock().unwrap() = Some(Box::new(|method, uri, body| {
        if method == "GET" && uri.path().ends_with("/Payments") {
            body["Payments"] = json!([]);
        } else if method == "PUT" && uri.path().ends_with("/Payments") {
            let invoice = body.pointer_mut("/Payments/0/Invoice").unwrap();
            let invoice = invoice.as_object_mut().unwrap();
            invoice.remove("Contact");
            invoice.remove("CurrencyCode");
        }
    }));
    for meant in [
        received(&ann, &[(&one, "10")]),
        received(&ann, &[(&one, "50"), (&two, "50")]),
    ] {
        let made = done(stage.write(&meant.amount.to_string(), create(&meant)).await);
        assert!(same_payment(payment(&made), &meant), "{made:?}");
        assert_eq!(payment(&made).contact, meant.contact);
        assert_eq!(payment(&made).bank_account.as_deref(), Some("090"));
        *stage.wire.spoil.lock().unwrap() = None;
        assert_eq!(by_id(&stage, &made.id).await, std::slice::from_ref(&made));
        *stage.wire.spoil.lock().unwrap() = Some(Box::new(|method, uri, body| {
            if method == "GET" && uri.path().ends_with("/Payments") {
                body["Payments"] = json!([]);
            }
        }));
    }
}

/// Xero changes the due date of an invoice that is paid in part without saying that it changed, so no list of
/// changes tells it; the list of all of them does.
#[tokio::test]
async fn a_due_date_that_no_list_of_changes_tells_is_seen_in_the_list_of_all() {
    let stage = books().await;
    let ann = customer(&stage, "Ann");
    let one = sold(&stage, &ann, "I-1", 120);
    done(
        stage
            .write("k1", create(&received(&ann, &[(&one, "100")])))
            .await,
    );
    // Longer ago than what a pass looks at again.
    stage.clock.advance(Duration::minutes(30));
    let (read, cursor) = stage.all(Kind::Invoice).await;
    let unseen = async || {
        let standing = stage.standing(Kind::Invoice).await;
        let mut seen = standing.iter();
        let seen = seen.find(|seen| seen.id.as_str() == one).unwrap();
        let read = read.iter().find(|it| it.id == seen.id).unwrap();
        let earlier = Version::new(read.version.as_str().split(" due ").next().unwrap());
        let books = &stage.books;
        (
            !books.is_as_read(Kind::Invoice, seen, &read.version),
            !books.is_as_read(Kind::Invoice, seen, &earlier),
        )
    };
    assert_eq!(unseen().await, (false, false));
    stage.edit(&json!({"op": "edit_invoice", "InvoiceID": one, "DueDate": "2026-12-24"}));
    let page = stage.books.page(Kind::Invoice, &cursor).await.unwrap();
    assert!(
        page.rows.iter().all(|row| read.contains(row)),
        "no change is told: {page:?}"
    );
    // What was stored before the due date was looked at is taken as it says: else all of it would be read again.
    assert_eq!(unseen().await, (true, false));
}
