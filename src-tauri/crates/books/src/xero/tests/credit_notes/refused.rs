//! What Xero refuses of the uses of a credit note, the first of them or one on the way.

use super::*;

/// A cause, and what the journal has of it.
async fn refused(stage: &Stage, change: Change) -> (Cause, String) {
    let before = stage.calls().len();
    let key = format!("refused after {before}");
    let (prepared, wire) = (stage.prepared(&key, change), Exchanges::default());
    let answer = stage.books.send(&[prepared], &wire).await.remove(0);
    let calls = calls_since(stage, before);
    assert_eq!(
        calls.iter().filter(|it| !it.starts_with("GET")).count(),
        1,
        "{calls:?}"
    );
    let exchanges = wire.take(&key);
    assert_eq!(exchanges.len(), 1);
    assert_eq!(
        exchanges[0].answer, None,
        "what was not carried out has no answer"
    );
    match answer {
        Answer::Refused { cause, answer } => (cause, answer),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn each_refusal_says_why_and_leaves_the_note_as_it_was() {
    let stage = books().await;
    let (ann, bob) = (customer(&stage, "Ann"), customer(&stage, "Bob"));
    let (one, paid) = (
        sold(&stage, &ann, "I-1", 500),
        sold(&stage, &ann, "I-2", 60),
    );
    stage.edit(&json!({"op": "pay_invoice", "InvoiceID": paid, "Amount": 60}));
    let strangers = sold(&stage, &bob, "I-3", 60);
    stage.edit(&json!({"op": "subscribe_currency", "Code": "USD", "Rate": 1.25}));
    let foreign = sold_in(&stage, &ann, "I-4", 60, Some(("USD", 1.25)));
    let made = done(stage.write("k1", create(note(&ann, "RET-1", "100"))).await);
    for (invoice, amount, words) in [
        (&one, "120.01", "amount is greater than amount outstanding"),
        (&paid, "10", "has already been paid off"),
        (
            &strangers,
            "10",
            "cannot be allocated to an invoice of another contact",
        ),
        (
            &foreign,
            "10",
            "cannot be allocated to an invoice in another currency",
        ),
    ] {
        let (cause, answer) = refused(&stage, one_more(&made, used(invoice, amount))).await;
        match cause {
            Cause::AllocationNotCarried {
                side: Side::Erpnext,
                why,
            } => {
                assert!(
                    why.starts_with("Xero says \"") && why.contains(words),
                    "{why}"
                );
            }
            other => panic!("{words}: {other:?}"),
        }
        assert!(answer.contains(words), "{answer}");
    }
    let (cause, _) = refused(
        &stage,
        one_more(&made, used("11111111-1111-1111-1111-111111111111", "1")),
    )
    .await;
    assert_eq!(cause, Cause::Vanished { side: Side::Xero });
    let until = day(21);
    stage.edit(&json!({"op": "set_lock_date", "PeriodLockDate": "2026-11-21"}));
    let (cause, _) = refused(&stage, one_more(&made, used(&one, "10"))).await;
    assert_eq!(
        cause,
        Cause::PeriodLocked {
            side: Side::Xero,
            until
        }
    );
    assert_eq!(now(&stage, &made).await, made);
    // Nothing is left of one that was used up meanwhile.
    stage.edit(&json!({"op": "set_lock_date", "PeriodLockDate": "2026-10-31"}));
    stage.edit(
        &json!({"op": "allocate_credit", "CreditNoteNumber": "RET-1",
        "InvoiceID": one, "Amount": 120}),
    );
    let up = now(&stage, &made).await;
    let (cause, _) = refused(&stage, one_more(&up, used(&one, "1"))).await;
    assert!(
        matches!(cause, Cause::AllocationNotCarried { .. }),
        "{cause:?}"
    );
}

#[tokio::test]
async fn a_use_that_xero_does_not_name_is_not_guessed() {
    let stage = books().await;
    let ann = customer(&stage, "Ann");
    let one = sold(&stage, &ann, "I-1", 60);
    let made = done(stage.write("k1", create(note(&ann, "RET-1", "100"))).await);
    let mut all = done(stage.write("k2", one_more(&made, used(&one, "60"))).await);
    if let Ok(Record::CreditNote(note)) = &mut all.record {
        note.allocations[0].id = None;
    }
    let (key, held) = ("k".into(), None);
    let change = allocate(&all, Vec::new());
    let cause = stage
        .books
        .prepare(&Write { key, change, held })
        .unwrap_err();
    assert!(
        matches!(
            cause,
            Cause::CannotEdit {
                side: Side::Xero,
                ..
            }
        ),
        "{cause:?}"
    );
}

/// Of several, the others are made: the note says which.
#[tokio::test]
async fn one_of_several_that_is_refused_does_not_hide_the_others() {
    let stage = books().await;
    let ann = customer(&stage, "Ann");
    let (one, paid) = (sold(&stage, &ann, "I-1", 50), sold(&stage, &ann, "I-2", 60));
    stage.edit(&json!({"op": "pay_invoice", "InvoiceID": paid, "Amount": 60}));
    let made = done(stage.write("k1", create(note(&ann, "RET-1", "100"))).await);
    stage.clock.advance(Duration::seconds(5));
    let uses = vec![used(&paid, "10"), used(&one, "50")];
    let (prepared, wire) = (
        stage.prepared("k2", allocate(&made, uses)),
        Exchanges::default(),
    );
    let now = done(stage.books.send(&[prepared], &wire).await.remove(0));
    assert_eq!(parts(&now), [(one, "50.00".to_owned())]);
    let answer = wire.take("k2").remove(0).answer.unwrap().body.to_string();
    assert!(answer.contains("has already been paid off"), "{answer}");
}

/// What was taken back before is not unsaid by what is refused after it.
#[tokio::test]
async fn a_refusal_on_the_way_says_how_the_note_stands_now() {
    let stage = books().await;
    let ann = customer(&stage, "Ann");
    let (one, paid) = (sold(&stage, &ann, "I-1", 50), sold(&stage, &ann, "I-2", 60));
    stage.edit(&json!({"op": "pay_invoice", "InvoiceID": paid, "Amount": 60}));
    let made = done(stage.write("k1", create(note(&ann, "RET-1", "100"))).await);
    let all = done(stage.write("k2", one_more(&made, used(&one, "50"))).await);
    stage.clock.advance(Duration::seconds(5));
    let now = done(
        stage
            .write("k3", allocate(&all, vec![used(&paid, "10")]))
            .await,
    );
    assert_eq!(
        (parts(&now), said(&now).amount_due),
        (Vec::new(), dec("120.00"))
    );
    assert_eq!(due(&stage, &one), "50.00");
}

#[tokio::test]
async fn after_a_use_that_cannot_be_taken_back_nothing_more_is_sent() {
    let stage = books().await;
    let ann = customer(&stage, "Ann");
    let (one, two) = (sold(&stage, &ann, "I-1", 50), sold(&stage, &ann, "I-2", 60));
    let made = done(stage.write("k1", create(note(&ann, "RET-1", "100"))).await);
    let early = Allocation {
        date: Some(day(20)),
        ..used(&two, "60")
    };
    let uses = vec![used(&one, "50"), early];
    let all = done(stage.write("k2", allocate(&made, uses)).await);
    stage.edit(&json!({"op": "set_lock_date", "PeriodLockDate": "2026-11-20"}));
    // The first was used after the lock date, the second before it.
    let (before, wire) = (stage.calls().len(), Exchanges::default());
    let prepared = stage.prepared("k3", allocate(&all, vec![used(&one, "10")]));
    assert_eq!(prepared.steps.len(), 3);
    let now = done(stage.books.send(&[prepared], &wire).await.remove(0));
    assert_eq!(parts(&now), [(two.clone(), "60.00".to_owned())]);
    let calls = calls_since(&stage, before);
    assert_eq!(
        calls.iter().filter(|it| it.starts_with("DELETE")).count(),
        2,
        "{calls:?}"
    );
    assert!(!calls.iter().any(|it| it.starts_with("PUT")), "{calls:?}");
    assert_eq!(wire.take("k3").len(), 2);
    // The first of all refused: nothing happened, and it says why.
    let (cause, _) = refused(&stage, allocate(&now, Vec::new())).await;
    assert_eq!(
        cause,
        Cause::PeriodLocked {
            side: Side::Xero,
            until: day(20)
        }
    );
}
