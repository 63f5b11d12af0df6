//! What is refused, by Xero or before it is asked, and what nobody can tell.

use super::*;

#[tokio::test]
async fn what_xero_does_not_name_is_unknown() {
    // Of 50 payments one fails, and all come back without an id; so do the payments in a batch.
    for (several, nothing) in [
        (false, json!("00000000-0000-0000-0000-000000000000")),
        (false, json!(null)),
        (true, json!("")),
        (true, json!("00000000-0000-0000-0000-000000000000")),
    ] {
        let stage = books().await;
        let ann = customer(&stage, "Ann");
        let (one, two) = (sold(&stage, &ann, "I-1", 60), sold(&stage, &ann, "I-2", 50));
        let parts = [(one.as_str(), "60"), (two.as_str(), "50")];
        let prepared = stage.prepared(
            "k1",
            create(&received(&ann, &parts[..=usize::from(several)])),
        );
        let of = nothing.clone();
        *stage.wire.spoil.lock().unwrap() = Some(Box::new(move |method, _, body| {
            if method == "PUT" {
                let place = if several {
                    "/BatchPayments/0/Payments/1"
                } else {
                    "/Payments/0"
                };
                body.pointer_mut(place).unwrap()["PaymentID"] = of.clone();
            }
        }));
        let answers = stage.books.send(&[prepared], &Exchanges::default()).await;
        assert!(
            matches!(answers[..], [Answer::InDoubt(_)]),
            "{nothing}: {answers:?}"
        );
    }
}

#[tokio::test]
async fn a_payment_that_is_matched_with_the_bank_stays() {
    let stage = books().await;
    let ann = customer(&stage, "Ann");
    let (one, two) = (sold(&stage, &ann, "I-1", 60), sold(&stage, &ann, "I-2", 50));
    let alone = done(
        stage
            .write("k1", create(&received(&ann, &[(&one, "10")])))
            .await,
    );
    let several = received(&ann, &[(&one, "50"), (&two, "50")]);
    let several = done(stage.write("k2", create(&several)).await);
    for of in [&alone, &several] {
        let id = of.id.as_str();
        stage.edit(&match id.strip_prefix("batch:") {
            None => json!({"op": "reconcile", "PaymentID": id}),
            Some(id) => json!({"op": "reconcile", "BatchPaymentID": id}),
        });
        // The plan was made before, and Xero moves no stamp: the record is looked at.
        let calls = stage.calls().len();
        match stage.write("k3", end(of)).await {
            Answer::Refused {
                cause:
                    Cause::CannotVoid {
                        side: Side::Xero,
                        why,
                    },
                ..
            } => {
                assert!(why.contains("bank statement"), "{why}");
            }
            other => panic!("{other:?}"),
        }
        assert!(
            stage.calls()[calls..]
                .iter()
                .all(|call| call.starts_with("GET"))
        );
        // Planned anew it is not even worded, and it is there with its amount.
        let now = by_id(&stage, &of.id).await.remove(0);
        assert!(payment(&now).reconciled);
        assert_eq!(payment(&now).amount, payment(of).amount);
        let write = Write {
            key: "k4".into(),
            change: end(&now),
            held: None,
        };
        let refused = stage.books.prepare(&write);
        assert!(
            matches!(refused, Err(Cause::CannotVoid { .. })),
            "{refused:?}"
        );
    }
}

#[tokio::test]
async fn a_deletion_that_xero_refuses_says_why() {
    let stage = books().await;
    let ann = customer(&stage, "Ann");
    let one = sold(&stage, &ann, "I-1", 60);
    let made = done(
        stage
            .write("k1", create(&received(&ann, &[(&one, "10")])))
            .await,
    );
    stage.edit(&json!({"op": "set_lock_date", "PeriodLockDate": "2026-11-21"}));
    match stage.write("k2", end(&made)).await {
        Answer::Refused { cause, .. } => {
            let until = day(21);
            assert_eq!(
                cause,
                Cause::PeriodLocked {
                    side: Side::Xero,
                    until
                }
            );
        }
        other => panic!("{other:?}"),
    }
    let mut after = received(&ann, &[(&one, "10")]);
    after.date = day(20);
    let refused = stage.write("k3", create(&after)).await;
    assert!(
        matches!(
            refused,
            Answer::Refused {
                cause: Cause::PeriodLocked { .. },
                ..
            }
        ),
        "{refused:?}"
    );
    assert_eq!(by_id(&stage, &made.id).await, [made]);
}

#[tokio::test]
async fn what_a_payment_is_refused_for_is_named_and_stops_no_other() {
    let stage = books().await;
    let ann = customer(&stage, "Ann");
    let (one, two) = (sold(&stage, &ann, "I-1", 60), sold(&stage, &ann, "I-2", 50));
    let mut no_bank = received(&ann, &[(&one, "10")]);
    no_bank.bank_account = Some("200".into());
    let batch = [
        stage.prepared("too much", create(&received(&ann, &[(&two, "51")]))),
        stage.prepared("no bank", create(&no_bank)),
        stage.prepared("good", create(&received(&ann, &[(&one, "10")]))),
        stage.prepared(
            "part too much",
            create(&received(&ann, &[(&one, "50"), (&two, "51")])),
        ),
        stage.prepared(
            "both good",
            create(&received(&ann, &[(&one, "50"), (&two, "50")])),
        ),
    ];
    let answers = stage.books.send(&batch, &Exchanges::default()).await;
    let told: Vec<String> = answers
        .iter()
        .map(|answer| match answer {
            Answer::Refused {
                cause: Cause::Invalid { field, why, .. },
                ..
            } => format!("{field}: {why}"),
            Answer::Done(_) => "done".into(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert!(
        told[0].starts_with("payment amount: Payment amount exceeds"),
        "{told:?}"
    );
    assert!(
        told[1].contains("enable payments to this account"),
        "{told:?}"
    );
    assert!(
        told[3].starts_with("payment amount: Payment amount exceeds"),
        "{told:?}"
    );
    assert_eq!((&*told[2], &*told[4]), ("done", "done"));
    assert_eq!(
        (due(&stage, &one), due(&stage, &two)),
        ("0.00".into(), "0.00".into())
    );
    let mut rest = received(&ann, &[(&one, "10")]);
    rest.unallocated = dec("5");
    rest.amount += dec("5");
    let write = Write {
        key: "k".into(),
        change: create(&rest),
        held: None,
    };
    let refused = stage.books.prepare(&write).unwrap_err();
    assert!(
        matches!(refused, Cause::PaymentNotCarried { .. }),
        "{refused:?}"
    );
}

/// What was deleted is told by its id: an answer that names nothing says nothing.
#[tokio::test]
async fn a_deletion_that_is_answered_without_an_id_is_looked_up() {
    let stage = books().await;
    let ann = customer(&stage, "Ann");
    let one = sold(&stage, &ann, "I-1", 60);
    for (key, id) in [
        ("zeros", json!("00000000-0000-0000-0000-000000000000")),
        ("none", Value::Null),
    ] {
        let made = done(
            stage
                .write(key, create(&received(&ann, &[(&one, "10")])))
                .await,
        );
        *stage.wire.spoil.lock().unwrap() = Some(Box::new(move |method, uri, body| {
            if method == "POST" && uri.path().contains("/Payments/") {
                body["Payments"][0]["PaymentID"] = id.clone();
            }
        }));
        let answer = stage.write(&format!("{key}, deleted"), end(&made)).await;
        assert!(matches!(answer, Answer::InDoubt(_)), "{key}: {answer:?}");
        *stage.wire.spoil.lock().unwrap() = None;
        let now = by_id(&stage, &made.id).await.remove(0);
        assert!(now.record.as_ref().unwrap().ended(), "{key}");
    }
}
