//! Batches: read whole whichever of their payments a list brings, and deleted as one.

use super::*;

#[tokio::test]
async fn a_payment_of_several_invoices_is_one_batch_and_goes_as_one() {
    let stage = books().await;
    let ann = customer(&stage, "Ann");
    let (one, two) = (sold(&stage, &ann, "I-1", 60), sold(&stage, &ann, "I-2", 50));
    let wanted = received(&ann, &[(&one, "60"), (&two, "30.50")]);
    let made = done(stage.write("k1", create(&wanted)).await);
    assert!(made.id.as_str().starts_with("batch:"), "{made:?}");
    assert!(same_payment(payment(&made), &wanted), "{made:?}");
    assert_eq!(
        (due(&stage, &one), due(&stage, &two)),
        ("0.00".into(), "19.50".into())
    );
    let calls = stage.calls().len();
    let (listed, _) = stage.all(Kind::Payment).await;
    assert_eq!(listed, std::slice::from_ref(&made));
    assert_eq!(stage.calls().len(), calls + 3, "the lists say all");
    assert_eq!(by_id(&stage, &made.id).await, listed);
    // Of one of its invoices alone, all of it is found.
    assert_eq!(
        found(&stage, Lookup::Settling(vec![RemoteId::new(&two)])).await,
        listed
    );
    // A part is no record.
    let part = payment(&made).allocations[0].id.clone().unwrap();
    assert_eq!(by_id(&stage, &RemoteId::new(part)).await, []);

    // All identities are those of the records, as they were read.
    let standing = stage.standing(Kind::Payment).await;
    let [seen] = standing.as_slice() else {
        panic!("{standing:?}");
    };
    assert_eq!(seen.id, made.id);
    assert!(stage.books.is_as_read(Kind::Payment, seen, &made.version));

    stage.clock.advance(Duration::seconds(5));
    let prepared = stage.prepared("k2", end(&made));
    let guid = made.id.as_str().strip_prefix("batch:").unwrap();
    assert_eq!(prepared.steps[0].path, "/api.xro/2.0/BatchPayments");
    assert_eq!(
        prepared.steps[0].body,
        json!({"BatchPaymentID": guid, "Status": "DELETED"})
    );
    let ended = done(
        stage
            .books
            .send(&[prepared], &Exchanges::default())
            .await
            .remove(0),
    );
    assert_eq!(
        (&ended.id, payment(&ended).state),
        (&made.id, DocumentState::Voided)
    );
    assert_eq!(payment(&ended).amount, dec("90.50"));
    assert_eq!(
        (due(&stage, &one), due(&stage, &two)),
        ("60.00".into(), "50.00".into())
    );
    // Deleted, it does not say any more what it was made of.
    let (listed, _) = stage.all(Kind::Payment).await;
    assert_eq!(listed, std::slice::from_ref(&ended));
    assert_eq!(by_id(&stage, &ended.id).await, listed);
    assert_eq!(done(stage.write("k3", end(&made)).await), ended);
}

#[tokio::test]
async fn a_batch_of_several_customers_is_a_record_for_each_and_ends_with_all_of_them() {
    let stage = books().await;
    let (ann, bob) = (customer(&stage, "Ann"), customer(&stage, "Bob"));
    let (one, two) = (sold(&stage, &ann, "I-1", 60), sold(&stage, &ann, "I-2", 50));
    let three = sold(&stage, &bob, "I-3", 40);
    let made = batch(&stage, &[(&one, 60), (&three, 40), (&two, 30)]);
    let guid = text(&made, "BatchPaymentID");
    let (mut listed, _) = stage.all(Kind::Payment).await;
    listed.sort_by_key(|it| payment(it).contact_name.clone());
    let told: Vec<_> = listed
        .iter()
        .map(|it| (it.id.to_string(), payment(it).amount.to_string()))
        .collect();
    assert_eq!(
        told,
        [
            (format!("batch:{guid}:{ann}"), "90.00".to_owned()),
            (format!("batch:{guid}:{bob}"), "40.00".to_owned())
        ]
    );
    for of in &listed {
        assert_eq!(by_id(&stage, &of.id).await, std::slice::from_ref(of));
        let other = listed.iter().find(|it| it.id != of.id).unwrap();
        assert_eq!(payment(of).with, std::slice::from_ref(&other.id));
    }
    assert_eq!(
        by_id(&stage, &RemoteId::new(format!("batch:{guid}"))).await,
        []
    );
    let standing = stage
        .books
        .all(Kind::Payment, &Cursor::default())
        .await
        .unwrap();
    let mut ids: Vec<_> = standing.seen.into_iter().map(|it| it.id).collect();
    ids.sort();
    let mut expected: Vec<_> = listed.iter().map(|it| it.id.clone()).collect();
    expected.sort();
    assert_eq!(ids, expected);

    // By one call, which is the answer to both; once more it finds nothing to do.
    stage.clock.advance(Duration::seconds(5));
    let both: Vec<_> = (listed.iter().enumerate())
        .map(|(at, of)| stage.prepared(&format!("k{at}"), end(of)))
        .collect();
    let written = |stage: &Stage| {
        let calls = stage.calls().into_iter();
        calls.filter(|it| it.starts_with("POST")).count()
    };
    let before = written(&stage);
    let ended = stage.books.send(&both, &Exchanges::default()).await;
    assert_eq!(written(&stage), before + 1);
    for (answer, of) in ended.into_iter().zip(&listed) {
        let ended = done(answer);
        assert_eq!(
            (&ended.id, payment(&ended).state),
            (&of.id, DocumentState::Voided)
        );
    }
    assert_eq!(
        (due(&stage, &one), due(&stage, &three)),
        ("60.00".into(), "40.00".into())
    );
    let (mut gone, _) = stage.all(Kind::Payment).await;
    gone.sort_by_key(|it| payment(it).contact_name.clone());
    let ids = |of: &[Pulled]| of.iter().map(|it| it.id.clone()).collect::<Vec<_>>();
    assert_eq!(ids(&gone), ids(&listed));
    let states = gone
        .iter()
        .all(|it| payment(it).state == DocumentState::Voided);
    assert!(states, "{gone:?}");
}

#[tokio::test]
async fn a_batch_over_two_pages_is_read_whole() {
    let stage = books().await;
    let ann = customer(&stage, "Ann");
    let (one, two) = (
        sold(&stage, &ann, "I-1", 2000),
        sold(&stage, &ann, "I-2", 50),
    );
    for _ in 0..999 {
        stage.edit(&json!({"op": "pay_invoice", "InvoiceID": one, "Amount": 1}));
    }
    let made = batch(&stage, &[(&one, 20), (&two, 50)]);
    let id = RemoteId::new(format!("batch:{}", text(&made, "BatchPaymentID")));
    stage.clock.advance(Duration::minutes(1));
    let mut cursor = Cursor::default();
    let mut times = 0;
    let mut pages = 0;
    loop {
        let page = stage.books.page(Kind::Payment, &cursor).await.unwrap();
        for row in page.rows.iter().filter(|row| row.id == id) {
            assert_eq!(payment(row).amount, dec("70"));
            assert_eq!(payment(row).allocations.len(), 2);
            times += 1;
        }
        pages += 1;
        cursor = page.next;
        if !page.more {
            break;
        }
    }
    // And a page of each of the other two lists.
    assert_eq!((pages, times), (4, 2), "once with each of its payments");
    let standing = stage.standing(Kind::Payment).await.into_iter();
    let seen: std::collections::BTreeSet<_> = standing.map(|it| it.id).collect();
    assert_eq!(seen.len(), 1000);
    assert!(seen.contains(&id));
}

#[tokio::test]
async fn a_batch_of_which_xero_says_too_little_is_shown_and_not_taken_for_less() {
    let stage = books().await;
    let ann = customer(&stage, "Ann");
    let (one, two) = (sold(&stage, &ann, "I-1", 60), sold(&stage, &ann, "I-2", 50));
    let made = batch(&stage, &[(&one, 60), (&two, 50)]);
    let id = RemoteId::new(format!("batch:{}", text(&made, "BatchPaymentID")));
    let calls = stage.calls().len();
    // The list leaves one out, whoever asks.
    let leave_out = move |body: &mut Value| {
        let rows = body["Payments"].as_array_mut().unwrap();
        rows.retain(|row| row["Invoice"]["InvoiceID"] != *two);
    };
    let leaving_out = leave_out.clone();
    *stage.wire.spoil.lock().unwrap() = Some(Box::new(move |_, uri, body| {
        if uri.path().ends_with("/Payments") {
            leaving_out(body);
        }
    }));
    let (listed, _) = stage.all(Kind::Payment).await;
    let why = |of: &[Pulled]| match of {
        [
            Pulled {
                id: of,
                record: Err(unread),
                ..
            },
        ] if *of == id => unread.why.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(why(&listed), "Xero lists 1 of the 2 payments of this batch");
    assert_eq!(
        why(&by_id(&stage, &id).await),
        "Xero lists 1 of the 2 payments of this batch"
    );
    assert!(
        stage.calls().len() <= calls + 8,
        "{:?}",
        &stage.calls()[calls..]
    );
    // Nor does it name its payments.
    *stage.wire.spoil.lock().unwrap() = Some(Box::new(move |_, uri, body| {
        if uri.path().ends_with("/Payments") {
            leave_out(body);
        } else if uri.path().ends_with("/BatchPayments") {
            body["BatchPayments"][0]["Payments"][1]["PaymentID"] = json!("");
        }
    }));
    assert_eq!(
        why(&stage.all(Kind::Payment).await.0),
        "Xero does not list all payments of this batch"
    );
    // Once it does, it is read.
    *stage.wire.spoil.lock().unwrap() = None;
    assert_eq!(payment(&by_id(&stage, &id).await[0]).amount, dec("110"));
}

#[tokio::test]
async fn a_list_without_the_batches_own_words_costs_few_calls() {
    let stage = books().await;
    let ann = customer(&stage, "Ann");
    for n in 0..30 {
        let (one, two) = (
            sold(&stage, &ann, &format!("I-{n}a"), 60),
            sold(&stage, &ann, &format!("I-{n}b"), 50),
        );
        batch(&stage, &[(&one, 60), (&two, 50)]);
    }
    *stage.wire.spoil.lock().unwrap() = Some(Box::new(|_, uri, body| {
        if uri.path().ends_with("/Payments") {
            for row in body["Payments"].as_array_mut().unwrap() {
                row.as_object_mut().unwrap().remove("BatchPayment");
            }
        }
    }));
    let calls = stage.calls().len();
    let (listed, _) = stage.all(Kind::Payment).await;
    assert_eq!(listed.len(), 30);
    assert!(listed.iter().all(|it| payment(it).amount == dec("110")));
    assert_eq!(
        stage.calls().len(),
        calls + 5,
        "{:?}",
        &stage.calls()[calls..]
    );
}
