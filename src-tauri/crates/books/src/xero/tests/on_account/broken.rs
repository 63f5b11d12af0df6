//! Connections that break at each request, and answers that say too little.

use std::sync::atomic::{AtomicBool, Ordering};

use super::*;

fn breaks(stage: &Stage, at: &'static str, how: Broken) {
    *stage.wire.broken.lock().unwrap() = Some(Box::new(move |method, path| {
        format!("{method} {path}").starts_with(at).then_some(how)
    }));
}

/// Money used for one invoice, to be used for another instead: two requests.
async fn to_move(stage: &Stage) -> (Pulled, Prepared, [String; 2]) {
    let ann = customer(stage, "Ann");
    let (one, two) = (sold(stage, &ann, "I-1", 50), sold(stage, &ann, "I-2", 60));
    let made = done(stage.write("k1", create(&advance(&ann, "100"))).await);
    let all = done(stage.write("k2", one_more(&made, used(&one, "50"))).await);
    stage.clock.advance(Duration::seconds(5));
    let prepared = stage.prepared("move", allocate(&all, vec![used(&two, "60")]));
    assert_eq!(prepared.steps.len(), 2);
    (all, prepared, [one, two])
}

#[tokio::test]
async fn a_lost_entry_is_found_by_whose_it_is_and_not_doubled() {
    let stage = books().await;
    let ann = customer(&stage, "Ann");
    let prepared = stage.prepared("k1", create(&advance(&ann, "100")));
    *stage.wire.lose.lock().unwrap() = u32::MAX;
    let (answer, sent) = send(&stage, &prepared).await;
    assert!(matches!(answer, Answer::InDoubt(_)), "{answer:?}");
    assert_eq!(sent, 1);
    *stage.wire.lose.lock().unwrap() = 0;
    let found = found(&stage, prepared.find.clone()).await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(same_payment(said(&found[0]), &advance(&ann, "100")));
    assert_eq!(said(&found[0]).bank_account.as_deref(), Some("090"));
    assert_eq!(stage.all(Kind::Payment).await.0, found);
    // Lost once only, it is fetched by its key.
    *stage.wire.lose.lock().unwrap() = 1;
    let prepared = stage.prepared("k2", create(&advance(&ann, "7")));
    done(send(&stage, &prepared).await.0);
    assert_eq!(stage.all(Kind::Payment).await.0.len(), 2);
}

#[tokio::test]
async fn an_entry_that_names_nothing_is_in_doubt() {
    for (key, nothing) in [
        ("BankTransactionID", json!(null)),
        (
            "OverpaymentID",
            json!("00000000-0000-0000-0000-000000000000"),
        ),
        ("OverpaymentID", json!(null)),
    ] {
        let stage = books().await;
        let ann = customer(&stage, "Ann");
        let prepared = stage.prepared("k1", create(&advance(&ann, "100")));
        let of = nothing.clone();
        *stage.wire.spoil.lock().unwrap() = Some(Box::new(move |method, _, body| {
            if method == "PUT" {
                body["BankTransactions"][0][key] = of.clone();
            }
        }));
        let (answer, _) = send(&stage, &prepared).await;
        assert!(
            matches!(answer, Answer::InDoubt(_)),
            "{key} {nothing}: {answer:?}"
        );
        *stage.wire.spoil.lock().unwrap() = None;
        assert_eq!(found(&stage, prepared.find).await.len(), 1);
    }
}

/// Written is written, whatever keeps it from being read.
#[tokio::test]
async fn what_cannot_be_read_back_is_known_by_its_answer() {
    let stage = books().await;
    let ann = customer(&stage, "Ann");
    let wanted = advance(&ann, "100");
    breaks(&stage, "GET /api.xro/2.0/Overpayments", Broken::Unsent);
    let made = done(stage.write("k1", create(&wanted)).await);
    assert!(said(&made).on_account && same_payment(said(&made), &wanted));
    stage.repair();
    let listed = now(&stage, &made).await;
    assert_eq!((&listed.id, &listed.version), (&made.id, &made.version));
    stage.clock.advance(Duration::seconds(5));
    let seen = AtomicBool::new(false);
    *stage.wire.broken.lock().unwrap() = Some(Box::new(move |method, path| {
        let again = path.ends_with("/Overpayments") && seen.load(Ordering::Relaxed);
        if method == "POST" {
            seen.store(true, Ordering::Relaxed);
        }
        again.then_some(Broken::Unsent)
    }));
    let gone = done(stage.write("k2", end(&listed)).await);
    stage.repair();
    assert_eq!(said(&gone).state, DocumentState::Voided);
    assert_eq!(now(&stage, &gone).await.version, gone.version);
}

#[tokio::test]
async fn an_answer_lost_once_is_fetched_again_and_nothing_is_done_twice() {
    for method in ["DELETE", "PUT"] {
        let stage = books().await;
        let (_, prepared, [one, two]) = to_move(&stage).await;
        let first = AtomicBool::new(true);
        *stage.wire.broken.lock().unwrap() = Some(Box::new(move |asked, _| {
            let breaks = asked == method && first.swap(false, Ordering::Relaxed);
            breaks.then_some(Broken::Unanswered)
        }));
        let now = done(send(&stage, &prepared).await.0);
        assert_eq!(parts(&now), [(two.clone(), "60.00".to_owned())]);
        assert_eq!(
            (&*due(&stage, &one), &*due(&stage, &two)),
            ("50.00", "0.00")
        );
    }
}

#[tokio::test]
async fn a_use_that_breaks_off_is_in_doubt_and_the_money_tells() {
    let meant = |two: &String| vec![(two.clone(), "60.00".to_owned())];
    for (method, how, sent, in_doubt, as_meant) in [
        ("DELETE", Broken::Unsent, 1, false, None),
        ("DELETE", Broken::Unanswered, 1, true, Some(false)),
        ("DELETE", Broken::Answered(502, "no"), 1, true, None),
        ("PUT", Broken::Unsent, 2, true, Some(false)),
        ("PUT", Broken::Unanswered, 2, true, Some(true)),
        ("PUT", Broken::Answered(500, "no"), 2, true, Some(false)),
    ] {
        let stage = books().await;
        let (before, prepared, [_, two]) = to_move(&stage).await;
        *stage.wire.broken.lock().unwrap() =
            Some(Box::new(move |asked, _| (asked == method).then_some(how)));
        let (answer, requests) = send(&stage, &prepared).await;
        let said = format!("{method} {how:?}: {answer:?}");
        assert_eq!(matches!(answer, Answer::InDoubt(_)), in_doubt, "{said}");
        assert_eq!(matches!(answer, Answer::NotSent(_)), !in_doubt, "{said}");
        assert_eq!(requests, sent, "{said}");
        stage.repair();
        let now = found(&stage, prepared.find.clone()).await.remove(0);
        match as_meant {
            None => assert_eq!(now, before, "{said}"),
            Some(false) => assert_eq!(parts(&now), [], "{said}"),
            Some(true) => assert_eq!(parts(&now), meant(&two), "{said}"),
        }
    }
}

#[tokio::test]
async fn what_cannot_be_seen_is_in_doubt() {
    let stage = books().await;
    let (_, prepared, _) = to_move(&stage).await;
    let sent = AtomicBool::new(false);
    *stage.wire.spoil.lock().unwrap() = Some(Box::new(move |method, _, body| {
        if method == "PUT" {
            sent.store(true, Ordering::Relaxed);
        } else if method == "GET" && sent.load(Ordering::Relaxed) {
            body["Overpayments"] = json!([]);
        }
    }));
    match send(&stage, &prepared).await.0 {
        Answer::InDoubt(why) => assert_eq!(why, "Xero does not list the payment any more"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_deletion_breaks_at_each_of_its_requests() {
    for (at, how, in_doubt, gone) in [
        (
            "GET /api.xro/2.0/Overpayments",
            Broken::Unsent,
            false,
            false,
        ),
        (
            "GET /api.xro/2.0/BankTransactions",
            Broken::Unsent,
            false,
            false,
        ),
        ("POST", Broken::Unsent, false, false),
        ("POST", Broken::Unanswered, true, true),
    ] {
        let stage = books().await;
        let ann = customer(&stage, "Ann");
        let made = done(stage.write("k1", create(&advance(&ann, "100"))).await);
        stage.clock.advance(Duration::seconds(5));
        let prepared = stage.prepared("end", end(&made));
        breaks(&stage, at, how);
        let (answer, sent) = send(&stage, &prepared).await;
        let said_so = format!("{at} {how:?}: {answer:?}");
        assert_eq!(matches!(answer, Answer::InDoubt(_)), in_doubt, "{said_so}");
        assert_eq!(matches!(answer, Answer::NotSent(_)), !in_doubt, "{said_so}");
        assert_eq!(sent, usize::from(at == "POST"), "{said_so}");
        stage.repair();
        let now = found(&stage, prepared.find.clone()).await.remove(0);
        assert_eq!(said(&now).state == DocumentState::Voided, gone, "{said_so}");
    }
}

/// The specification says of a bank transaction's reference that only money spent and received for something
/// has one.
#[tokio::test]
async fn a_reference_that_xero_does_not_keep_is_not_missed() {
    let stage = books().await;
    let ann = customer(&stage, "Ann");
    *stage.wire.spoil.lock().unwrap() = Some(Box::new(|_, _, body| {
        for list in ["BankTransactions", "Overpayments"] {
            for row in body[list].as_array_mut().into_iter().flatten() {
                row["Reference"] = json!("");
            }
        }
    }));
    let wanted = advance(&ann, "100");
    let prepared = stage.prepared("k1", create(&wanted));
    let made = done(send(&stage, &prepared).await.0);
    assert_eq!(said(&made).reference, None);
    assert!(same_payment(said(&made), &wanted));
    assert_eq!(found(&stage, prepared.find).await, [made]);
}
