//! What a credit note is used for: made, taken back, and read together.

use super::*;

#[tokio::test]
async fn a_note_is_used_in_part_then_for_others_until_nothing_is_left() {
    let stage = books().await;
    let ann = customer(&stage, "Ann");
    let one = sold(&stage, &ann, "I-1", 50);
    let (two, three) = (
        sold(&stage, &ann, "I-2", 60),
        sold(&stage, &ann, "I-3", 100),
    );
    let made = done(stage.write("k1", create(note(&ann, "RET-1", "100"))).await);
    stage.clock.advance(Duration::seconds(5));
    let (invoices, _) = stage.all(Kind::Invoice).await;

    let prepared = stage.prepared("k2", one_more(&made, used(&one, "40")));
    let path = format!(
        "/api.xro/2.0/CreditNotes/{}/Allocations?summarizeErrors=false",
        made.id
    );
    assert_eq!(prepared.steps.len(), 1);
    assert_eq!(
        (&*prepared.steps[0].method, &prepared.steps[0].path),
        ("PUT", &path)
    );
    assert_eq!(
        prepared.steps[0].body,
        json!({"Allocations": [
            {"Invoice": {"InvoiceID": one}, "Amount": 40, "Date": "2026-11-21"}
        ]})
    );
    assert_eq!(prepared.find, Lookup::Ids(vec![made.id.clone()]));
    let before = stage.calls().len();
    let wire = Exchanges::default();
    let part = done(
        stage
            .books
            .send(std::slice::from_ref(&prepared), &wire)
            .await
            .remove(0),
    );
    let calls = stage.calls().split_off(before);
    assert_eq!(calls.len(), 3, "{calls:?}");
    assert_eq!(calls[1], format!("PUT {path}"));
    let exchanges = wire.take("k2");
    assert_eq!(exchanges.len(), 1);
    assert_eq!(exchanges[0].request, prepared.steps[0]);
    let answer = exchanges[0].answer.clone().unwrap();
    assert_eq!(answer.body["Allocations"][0]["Amount"].to_string(), "40.00");
    assert_eq!(parts(&part), [(one.clone(), "40.00".to_owned())]);
    assert!(said(&part).allocations[0].id.is_some());
    assert_eq!(
        (said(&part).amount_due, &*due(&stage, &one)),
        (dec("80.00"), "10.00")
    );
    // Both show that they changed.
    assert_ne!(part.version, made.version);
    let moved = |all: &[Pulled]| {
        let changed = all.iter().filter(|it| !invoices.contains(it));
        changed.map(|it| it.id.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(
        moved(&stage.all(Kind::Invoice).await.0),
        std::slice::from_ref(&one)
    );
    assert_eq!(
        stage.all(Kind::CreditNote).await.0,
        std::slice::from_ref(&part)
    );

    // R14: only what is new goes out, all of it in one request.
    stage.clock.advance(Duration::seconds(5));
    let mut uses = said(&part).allocations.clone();
    uses.extend([used(&two, "60"), used(&three, "19.99")]);
    let prepared = stage.prepared("k3", allocate(&part, uses));
    assert_eq!(prepared.steps.len(), 1);
    let new = prepared.steps[0].body["Allocations"].as_array().unwrap();
    let amounts: Vec<_> = new.iter().map(|it| it["Amount"].to_string()).collect();
    assert_eq!(amounts, ["60", "19.99"]);
    let several = done(
        stage
            .books
            .send(&[prepared], &Exchanges::default())
            .await
            .remove(0),
    );
    assert_eq!(said(&several).amount_due, dec("0.01"));
    assert_eq!(
        (&*due(&stage, &two), &*due(&stage, &three)),
        ("0.00", "80.01")
    );

    stage.clock.advance(Duration::seconds(5));
    let whole = done(
        stage
            .write("k4", one_more(&several, used(&three, "0.01")))
            .await,
    );
    assert_eq!(
        (said(&whole).state, said(&whole).amount_due),
        (DocumentState::Approved, dec("0.00"))
    );
    assert_eq!(said(&whole).allocations.len(), 4);
    assert_eq!(said(&whole).refunded(), dec("0.00"));
}

#[tokio::test]
async fn uses_are_taken_back_one_by_one_before_new_ones_are_made() {
    let stage = books().await;
    let ann = customer(&stage, "Ann");
    let (one, two) = (sold(&stage, &ann, "I-1", 50), sold(&stage, &ann, "I-2", 70));
    let made = done(stage.write("k1", create(note(&ann, "RET-1", "100"))).await);
    let uses = vec![used(&one, "50"), used(&two, "70")];
    let all = done(stage.write("k2", allocate(&made, uses)).await);
    stage.clock.advance(Duration::seconds(5));
    // The second in part: taken back, and made anew to less.
    let kept = said(&all)
        .allocations
        .iter()
        .find(|it| it.invoice.as_str() == one);
    let gone = said(&all)
        .allocations
        .iter()
        .find(|it| it.invoice.as_str() == two);
    let (kept, gone) = (kept.unwrap().clone(), gone.unwrap().id.clone().unwrap());
    let prepared = stage.prepared("k3", allocate(&all, vec![kept, used(&two, "30")]));
    let (before, wire) = (stage.calls().len(), Exchanges::default());
    let less = done(
        stage
            .books
            .send(std::slice::from_ref(&prepared), &wire)
            .await
            .remove(0),
    );
    let own = format!("/CreditNotes/{}/Allocations", made.id);
    assert_eq!(
        calls_since(&stage, before),
        [
            "GET /CreditNotes".to_owned(),
            format!("DELETE {own}/{gone}"),
            format!("PUT {own}"),
            "GET /CreditNotes".to_owned()
        ]
    );
    let exchanges = wire.take("k3");
    let requests: Vec<_> = exchanges.iter().map(|it| it.request.clone()).collect();
    assert_eq!(requests, prepared.steps);
    let answers: Vec<_> = exchanges.into_iter().map(|it| it.answer.unwrap()).collect();
    assert_eq!(answers[0].body["IsDeleted"], true);
    assert_eq!(
        answers[1].body["Allocations"][0]["Amount"].to_string(),
        "30.00"
    );
    assert_eq!(said(&less).amount_due, dec("40.00"));
    assert_eq!(
        (&*due(&stage, &one), &*due(&stage, &two)),
        ("0.00", "40.00")
    );

    stage.clock.advance(Duration::seconds(5));
    let (invoices, _) = stage.all(Kind::Invoice).await;
    let none = done(stage.write("k4", allocate(&less, Vec::new())).await);
    assert_eq!(
        (parts(&none), said(&none).amount_due),
        (Vec::new(), dec("120.00"))
    );
    assert_ne!(none.version, less.version);
    let (moved, _) = stage.all(Kind::Invoice).await;
    assert!(
        moved.iter().all(|it| !invoices.contains(it)),
        "both invoices show it"
    );
    // Nothing holds it any more.
    stage.clock.advance(Duration::seconds(5));
    let voided = done(stage.write("k5", end(&none)).await);
    assert_eq!(said(&voided).state, DocumentState::Voided);
}

#[tokio::test]
async fn each_note_has_a_request_and_all_are_read_together() {
    let stage = books().await;
    let ann = customer(&stage, "Ann");
    let mut batch = Vec::new();
    for n in 0..20 {
        let one = sold(&stage, &ann, &format!("I-{n}"), 10);
        let wanted = create(note(&ann, &format!("RET-{n}"), "10"));
        let made = done(stage.write(&format!("n{n}"), wanted).await);
        let change = one_more(&made, used(&one, "10"));
        batch.push(stage.prepared(&format!("a{n}"), change));
    }
    let before = stage.calls().len();
    let answers = stage.books.send(&batch, &Exchanges::default()).await;
    let calls = calls_since(&stage, before);
    assert_eq!(calls.len(), 1 + 20 + 1, "{calls:?}");
    assert_eq!(
        (&*calls[0], &*calls[21]),
        ("GET /CreditNotes", "GET /CreditNotes")
    );
    for (answer, prepared) in answers.into_iter().zip(&batch) {
        let now = done(answer);
        assert_eq!(Some(&now.id), prepared.write.change.target());
        assert_eq!(said(&now).amount_due, dec("2.00"));
    }
}

#[tokio::test]
async fn what_a_person_did_meanwhile_is_planned_anew() {
    let stage = books().await;
    let ann = customer(&stage, "Ann");
    let (one, two) = (sold(&stage, &ann, "I-1", 50), sold(&stage, &ann, "I-2", 70));
    let made = done(stage.write("k1", create(note(&ann, "RET-1", "100"))).await);
    stage.edit(
        &json!({"op": "allocate_credit", "CreditNoteNumber": "RET-1",
        "InvoiceID": one, "Amount": 50}),
    );
    let before = stage.calls().len();
    let change = one_more(&made, used(&two, "70"));
    let answer = stage.write("k2", change.clone()).await;
    assert!(matches!(answer, Answer::Stale), "{answer:?}");
    let answer = stage.write("k3", end(&made)).await;
    assert!(matches!(answer, Answer::Stale), "{answer:?}");
    // Also where Xero does not say by its stamp that it changed, which is documented nowhere.
    let stamp: i64 = made.version.as_str().parse().unwrap();
    *stage.wire.spoil.lock().unwrap() = Some(Box::new(move |_, uri, body| {
        if uri.path().ends_with("/CreditNotes") {
            body["CreditNotes"][0]["UpdatedDateUTC"] = json!(format!("/Date({stamp}+0000)/"));
        }
    }));
    let answer = stage.write("k4", change).await;
    assert!(matches!(answer, Answer::Stale), "{answer:?}");
    let answer = stage.write("k5", end(&made)).await;
    assert!(matches!(answer, Answer::Stale), "{answer:?}");
    assert_eq!(calls_since(&stage, before), ["GET /CreditNotes"; 4]);
}

#[tokio::test]
async fn what_is_used_is_not_voided_on_either_side_of_it() {
    let stage = books().await;
    let ann = customer(&stage, "Ann");
    let one = sold(&stage, &ann, "I-1", 120);
    let made = done(stage.write("k1", create(note(&ann, "RET-1", "100"))).await);
    // In part, and wholly, where Xero calls it PAID.
    for (key, amount) in [("k2", "20"), ("k3", "100")] {
        stage.clock.advance(Duration::seconds(5));
        done(
            stage
                .write(key, one_more(&now(&stage, &made).await, used(&one, amount)))
                .await,
        );
        for (op, what) in [
            (
                json!({"op": "void_credit_note", "CreditNoteNumber": "RET-1"}),
                "the credit note",
            ),
            (
                json!({"op": "void_invoice", "InvoiceNumber": "I-1"}),
                "the invoice",
            ),
        ] {
            let refused = stage
                .wire
                .world
                .lock()
                .unwrap()
                .edit(&op, stage.clock.now());
            let why = refused.unwrap_err();
            let words = format!(
                "The status VOIDED cannot be applied to {what} because it has payments or credit notes \
                 allocated to it."
            );
            assert_eq!(why, words);
        }
    }
}

/// Two installations that carry the same at once ask for the same, and Xero makes one use of it.
#[tokio::test]
async fn the_same_use_of_the_same_credit_is_one_request_whoever_asks_for_it() {
    let stage = books().await;
    let ann = customer(&stage, "Ann");
    let one = sold(&stage, &ann, "I-1", 50);
    let made = done(stage.write("k1", create(note(&ann, "RET-1", "100"))).await);
    let key = |write: &str, of: &Pulled, amount: &str| {
        let prepared = stage.prepared(write, one_more(of, used(&one, amount)));
        let step = prepared.steps.last().unwrap();
        crate::xero::uses::shared_key(&stage.books, &prepared.write.change, step)
    };
    let first = key("k2", &made, "40");
    assert_eq!(key("k3", &made, "40"), first);
    assert_ne!(key("k3", &made, "41"), first);
    // Used since, it is another request, and what was refused is asked for anew.
    let part = done(stage.write("k4", one_more(&made, used(&one, "40"))).await);
    assert_ne!(key("k5", &part, "40"), first);
    stage.clock.advance(Duration::seconds(60));
    assert_ne!(key("k6", &made, "40"), first);
}
