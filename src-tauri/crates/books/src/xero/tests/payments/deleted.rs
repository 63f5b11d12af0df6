//! Payments that were deleted: one by one, and with their batch, which they may not name any more.

use super::*;

fn id_of(batch: &Value) -> RemoteId {
    RemoteId::new(format!("batch:{}", text(batch, "BatchPaymentID")))
}

fn delete_batch(stage: &Stage, batch: &Value) {
    let guid = text(batch, "BatchPaymentID");
    stage.edit(&json!({"op": "delete_batch", "BatchPaymentID": guid}));
}

#[tokio::test]
async fn a_batch_that_a_person_deletes_ends_as_one() {
    for leaves in [true, false] {
        let stage = books_where_deleted(leaves).await;
        let ann = customer(&stage, "Ann");
        let (one, two) = (sold(&stage, &ann, "I-1", 60), sold(&stage, &ann, "I-2", 50));
        let three = sold(&stage, &ann, "I-3", 70);
        let alone = stage.edit(
            &json!({"op": "pay_invoice", "InvoiceID": three, "Amount": 7, "Date": "2026-11-20"}),
        );
        let made = batch(&stage, &[(&one, 60), (&two, 50)]);
        let (listed, cursor) = stage.all(Kind::Payment).await;
        assert_eq!(listed.len(), 2);
        stage.clock.advance(Duration::hours(1));
        // Beside one that was never part of it.
        stage.edit(&json!({"op": "delete_payment", "PaymentID": alone["PaymentID"]}));
        stage.clock.advance(Duration::minutes(1));
        delete_batch(&stage, &made);
        let calls = stage.calls().len();
        let page = stage.books.page(Kind::Payment, &cursor).await.unwrap();
        let calls = stage.calls().split_off(calls);
        let lists = calls.iter().filter(|call| call.contains("Payments"));
        assert_eq!(lists.count(), 2, "{calls:?}");
        let mut told: Vec<_> = page
            .rows
            .iter()
            .map(|row| (row.id.to_string(), payment(row).state, payment(row).amount))
            .collect();
        told.sort_by_key(|it| it.2);
        assert_eq!(
            told,
            [
                (
                    text(&alone, "PaymentID"),
                    DocumentState::Voided,
                    dec("7.00")
                ),
                (
                    id_of(&made).to_string(),
                    DocumentState::Voided,
                    dec("110.00")
                ),
            ],
            "{leaves}"
        );
        // By its identity it is the same.
        let ended = page.rows.iter().find(|row| row.id == id_of(&made)).unwrap();
        assert_eq!(
            by_id(&stage, &id_of(&made)).await,
            std::slice::from_ref(ended)
        );
        let settling = found(&stage, Lookup::Settling(vec![RemoteId::new(&two)])).await;
        assert_eq!(settling, std::slice::from_ref(ended));
    }
}

#[tokio::test]
async fn two_batches_that_went_at_one_moment_are_told_apart() {
    let stage = books().await;
    let ann = customer(&stage, "Ann");
    let made: Vec<Value> = [("I-1", 60, 50), ("I-2", 40, 30)]
        .into_iter()
        .map(|(number, first, second)| {
            let one = sold(&stage, &ann, &format!("{number}a"), first);
            let two = sold(&stage, &ann, &format!("{number}b"), second);
            batch(&stage, &[(&one, first), (&two, second)])
        })
        .collect();
    for of in &made {
        delete_batch(&stage, of);
    }
    let (listed, _) = stage.all(Kind::Payment).await;
    let told: BTreeSet<_> = listed
        .iter()
        .map(|it| (it.id.clone(), payment(it).amount))
        .collect();
    let expected = BTreeSet::from([
        (id_of(&made[0]), dec("110.00")),
        (id_of(&made[1]), dec("70.00")),
    ]);
    assert_eq!(told, expected);
}

#[tokio::test]
async fn a_deleted_batch_is_read_whole_whatever_the_page_brings() {
    let stage = books().await;
    let ann = customer(&stage, "Ann");
    let (one, two) = (sold(&stage, &ann, "I-1", 60), sold(&stage, &ann, "I-2", 50));
    let made = batch(&stage, &[(&one, 60), (&two, 50)]);
    delete_batch(&stage, &made);
    let leave_out = |all: bool, invoice: &str| {
        let invoice = invoice.to_owned();
        *stage.wire.spoil.lock().unwrap() = Some(Box::new(move |_, uri, body| {
            let by_filter = uri.query().unwrap_or_default().contains("where");
            if uri.path().ends_with("/Payments") && (all || !by_filter) {
                let rows = body["Payments"].as_array_mut().unwrap();
                rows.retain(|row| row["Invoice"]["InvoiceID"] != *invoice);
            }
        }));
    };
    leave_out(false, &two);
    let (listed, _) = stage.all(Kind::Payment).await;
    let [ended] = listed.as_slice() else {
        panic!("{listed:?}");
    };
    assert_eq!(
        (&ended.id, payment(ended).amount),
        (&id_of(&made), dec("110.00"))
    );
    // Where nothing leads to the other, it is shown and nothing is taken for it.
    leave_out(true, &two);
    let (listed, _) = stage.all(Kind::Payment).await;
    let unread = listed.iter().find(|it| it.id == id_of(&made)).unwrap();
    let why = &unread.record.as_ref().unwrap_err().why;
    assert!(why.contains("does not say which payments it had"), "{why}");
}

#[tokio::test]
async fn of_a_batch_that_stands_what_was_deleted_alone_does_not_count() {
    let stage = books().await;
    let ann = customer(&stage, "Ann");
    let (one, two) = (sold(&stage, &ann, "I-1", 60), sold(&stage, &ann, "I-2", 50));
    let made = batch(&stage, &[(&one, 60), (&two, 50)]);
    for named in [true, false] {
        let two = two.clone();
        *stage.wire.spoil.lock().unwrap() = Some(Box::new(move |_, uri, body| {
            if uri.path().ends_with("/Payments") {
                for row in body["Payments"].as_array_mut().unwrap() {
                    if row["Invoice"]["InvoiceID"] == *two {
                        row["Status"] = json!("DELETED");
                        row.as_object_mut().unwrap().remove("BatchPayment");
                        row.as_object_mut().unwrap().remove("BatchPaymentID");
                    }
                }
            } else if !named && let Some(batch) = body["BatchPayments"].get_mut(0) {
                let parts = batch["Payments"].as_array_mut().unwrap();
                parts.retain(|part| part["Invoice"]["InvoiceID"] != *two);
            }
        }));
        let (listed, _) = stage.all(Kind::Payment).await;
        let standing = listed.iter().find(|it| it.id == id_of(&made)).unwrap();
        assert_eq!(payment(standing).state, DocumentState::Approved);
        assert_eq!(payment(standing).amount, dec("60.00"));
    }
}

#[tokio::test]
async fn several_are_deleted_each_by_a_call_of_its_own() {
    let stage = books().await;
    let ann = customer(&stage, "Ann");
    let mut batch = Vec::new();
    for n in 0..3 {
        let one = sold(&stage, &ann, &format!("I-{n}a"), 60);
        let two = sold(&stage, &ann, &format!("I-{n}b"), 50);
        let alone = received(&ann, &[(&one, "10")]);
        let several = received(&ann, &[(&one, "50"), (&two, "50")]);
        for (key, of) in [("alone", alone), ("several", several)] {
            let made = done(stage.write(&format!("{key} {n}"), create(&of)).await);
            batch.push(stage.prepared(&format!("end {key} {n}"), end(&made)));
        }
    }
    let clock = stage.clock.clone();
    *stage.wire.spoil.lock().unwrap() = Some(Box::new(move |_, _, _| {
        clock.advance(Duration::milliseconds(300));
    }));
    let calls = stage.calls().len();
    let answers = stage.books.send(&batch, &Exchanges::default()).await;
    for (answer, prepared) in answers.into_iter().zip(&batch) {
        let ended = done(answer);
        assert_eq!(Some(&ended.id), prepared.write.change.target());
        assert_eq!(payment(&ended).state, DocumentState::Voided);
        assert_eq!(by_id(&stage, &ended.id).await, [ended]);
    }
    let posts = stage.calls().split_off(calls);
    let posts = posts.iter().filter(|call| call.starts_with("POST"));
    assert_eq!(posts.count(), 6);
}
