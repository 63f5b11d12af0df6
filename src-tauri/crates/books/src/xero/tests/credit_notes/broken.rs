//! Connections that break at each request, and answers that say too little.

use std::sync::atomic::{AtomicBool, Ordering};

use super::*;

/// A note used for one invoice, to be used for another instead: two requests.
async fn to_move(stage: &Stage) -> (Pulled, Prepared, [String; 2]) {
    let ann = customer(stage, "Ann");
    let (one, two) = (sold(stage, &ann, "I-1", 50), sold(stage, &ann, "I-2", 60));
    let made = done(stage.write("k1", create(note(&ann, "RET-1", "100"))).await);
    let all = done(stage.write("k2", one_more(&made, used(&one, "50"))).await);
    stage.clock.advance(Duration::seconds(5));
    let prepared = stage.prepared("move", allocate(&all, vec![used(&two, "60")]));
    assert_eq!(prepared.steps.len(), 2);
    (all, prepared, [one, two])
}

fn breaks(stage: &Stage, method: &'static str, how: Broken) {
    *stage.wire.broken.lock().unwrap() =
        Some(Box::new(move |asked, _| (asked == method).then_some(how)));
}

#[tokio::test]
async fn an_answer_lost_once_is_fetched_again_and_nothing_is_done_twice() {
    // The removal is not found the second time; the new use is known by its key.
    for method in ["DELETE", "PUT"] {
        let stage = books().await;
        let (_, prepared, [one, two]) = to_move(&stage).await;
        let (first, before) = (AtomicBool::new(true), stage.calls().len());
        *stage.wire.broken.lock().unwrap() = Some(Box::new(move |asked, _| {
            let breaks = asked == method && first.swap(false, Ordering::Relaxed);
            breaks.then_some(Broken::Unanswered)
        }));
        let now = done(send(&stage, &prepared).await.0);
        assert_eq!(parts(&now), [(two.clone(), "60.00".to_owned())]);
        let calls = calls_since(&stage, before);
        let of_method = calls.iter().filter(|it| it.starts_with(method));
        assert_eq!(of_method.count(), 2, "{calls:?}");
        assert_eq!(
            (&*due(&stage, &one), &*due(&stage, &two)),
            ("50.00", "0.00")
        );
    }
}

#[tokio::test]
async fn a_lost_answer_leaves_the_write_in_doubt_and_the_note_tells() {
    for (method, sent, as_meant) in [("DELETE", 1, false), ("PUT", 2, true)] {
        let stage = books().await;
        let (before, prepared, [_, two]) = to_move(&stage).await;
        breaks(&stage, method, Broken::Unanswered);
        let (answer, requests) = send(&stage, &prepared).await;
        assert!(matches!(answer, Answer::InDoubt(_)), "{method}: {answer:?}");
        assert_eq!(
            requests, sent,
            "{method}: nothing goes out after one that is in doubt"
        );
        stage.repair();
        let [now] = &found(&stage, prepared.find.clone()).await[..] else {
            panic!("it is found by its identity");
        };
        assert_ne!(now.version, before.version);
        let meant = vec![(two, "60.00".to_owned())];
        assert_eq!(parts(now), if as_meant { meant } else { Vec::new() });
    }
}

#[tokio::test]
async fn what_was_not_sent_is_not_done_unless_something_was_before() {
    for (method, sent) in [("DELETE", 1), ("PUT", 2)] {
        let stage = books().await;
        let (before, prepared, _) = to_move(&stage).await;
        breaks(&stage, method, Broken::Unsent);
        let (answer, requests) = send(&stage, &prepared).await;
        assert_eq!(requests, sent);
        stage.repair();
        let now = now(&stage, &before).await;
        if method == "DELETE" {
            assert!(
                matches!(answer, Answer::NotSent(BooksError::Offline { .. })),
                "{answer:?}"
            );
            assert_eq!(now, before);
        } else {
            assert!(matches!(answer, Answer::InDoubt(_)), "{answer:?}");
            assert_eq!(parts(&now), []);
        }
    }
}

/// A removal whose answer was lost, and that could not be repeated, may have been carried out.
#[tokio::test]
async fn a_removal_is_in_doubt_whatever_stops_its_repetition() {
    let stage = books().await;
    let (before, prepared, _) = to_move(&stage).await;
    let first = AtomicBool::new(true);
    *stage.wire.broken.lock().unwrap() = Some(Box::new(move |method, _| {
        (method == "DELETE").then(|| {
            if first.swap(false, Ordering::Relaxed) {
                Broken::Unanswered
            } else {
                Broken::Unsent
            }
        })
    }));
    let (answer, _) = send(&stage, &prepared).await;
    assert!(matches!(answer, Answer::InDoubt(_)), "{answer:?}");
    stage.repair();
    assert_eq!(parts(&now(&stage, &before).await), []);
}

#[tokio::test]
async fn a_broken_connection_stops_the_batch_and_says_of_each_what_is_known() {
    let stage = books().await;
    let (_, prepared, _) = to_move(&stage).await;
    let ann = text(
        &stage.edit(&json!({"op": "create_contact", "Name": "Bob"})),
        "ContactID",
    );
    let (three, four) = (sold(&stage, &ann, "I-3", 50), sold(&stage, &ann, "I-4", 50));
    let second = done(stage.write("n2", create(note(&ann, "RET-2", "100"))).await);
    let third = done(stage.write("n3", create(note(&ann, "RET-3", "100"))).await);
    let first = stage.prepared("first", one_more(&second, used(&three, "50")));
    let last = stage.prepared("last", one_more(&third, used(&four, "50")));
    breaks(&stage, "DELETE", Broken::Unanswered);
    let answers = stage
        .books
        .send(&[first, prepared, last], &Exchanges::default())
        .await;
    match &answers[..] {
        [
            Answer::Done(now),
            Answer::InDoubt(_),
            Answer::NotSent(BooksError::Offline { .. }),
        ] => {
            assert_eq!(parts(now), [(three, "50.00".to_owned())]);
        }
        other => panic!("{other:?}"),
    }
}

/// As the specification shows the answer: without the id of what was made.
#[tokio::test]
async fn an_answer_that_names_no_allocation_is_read_from_the_note() {
    let stage = books().await;
    let (_, prepared, [_, two]) = to_move(&stage).await;
    *stage.wire.spoil.lock().unwrap() = Some(Box::new(|method, _, body| {
        if method == "PUT" {
            let made = body["Allocations"][0].as_object_mut().unwrap();
            made.remove("AllocationID");
            made.remove("StatusAttributeString");
        }
    }));
    let now = done(send(&stage, &prepared).await.0);
    assert_eq!(parts(&now), [(two, "60.00".to_owned())]);
}

#[tokio::test]
async fn what_cannot_be_seen_is_in_doubt() {
    // The note is not listed afterwards, or stands as before although Xero says that it was done.
    for listed in [false, true] {
        let stage = books().await;
        let (_, prepared, [one, _]) = to_move(&stage).await;
        let sent = AtomicBool::new(false);
        *stage.wire.spoil.lock().unwrap() = Some(Box::new(move |method, _, body| {
            if method == "PUT" {
                sent.store(true, Ordering::Relaxed);
            } else if method == "GET" && sent.load(Ordering::Relaxed) {
                if listed {
                    let uses =
                        json!([{"AllocationID": "a", "Amount": 50, "Invoice": {"InvoiceID": one}}]);
                    body["CreditNotes"][0]["Allocations"] = uses;
                } else {
                    body["CreditNotes"] = json!([]);
                }
            }
        }));
        let (answer, _) = send(&stage, &prepared).await;
        assert!(matches!(answer, Answer::InDoubt(_)), "{listed}: {answer:?}");
    }
}

#[tokio::test]
async fn a_lost_creation_is_found_by_its_number() {
    let stage = books().await;
    let ann = customer(&stage, "Ann");
    let prepared = stage.prepared("k1", create(note(&ann, "RET-1", "100")));
    *stage.wire.lose.lock().unwrap() = u32::MAX;
    let sent = stage
        .books
        .send(std::slice::from_ref(&prepared), &Exchanges::default())
        .await;
    assert!(matches!(sent[..], [Answer::InDoubt(_)]), "{sent:?}");
    *stage.wire.lose.lock().unwrap() = 0;
    let found = found(&stage, prepared.find.clone()).await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(said(&found[0]).total, dec("120.00"));
    assert_eq!(stage.count("CreditNotes"), 1);
}

/// Refused as a whole, of several nobody knows whether one is there; of one there is no doubt.
#[tokio::test]
async fn a_call_refused_as_a_whole_is_believed_where_the_note_shows_it() {
    const WORDS: &str = "The invoice you are trying to allocate to has already been paid off";
    let stage = books().await;
    let ann = customer(&stage, "Ann");
    let (one, two) = (sold(&stage, &ann, "I-1", 50), sold(&stage, &ann, "I-2", 60));
    let made = done(stage.write("k1", create(note(&ann, "RET-1", "100"))).await);
    let uses = [used(&one, "50"), used(&two, "60")];
    breaks(&stage, "PUT", Broken::Answered(400, WORDS));
    for (several, reads) in [(false, 1), (true, 2)] {
        let change = allocate(&made, uses[..=usize::from(several)].to_vec());
        let before = stage.calls().len();
        match stage.write(&format!("several {several}"), change).await {
            Answer::Refused {
                cause: Cause::AllocationNotCarried { why, .. },
                answer,
            } => {
                assert_eq!((why, &*answer), (format!("Xero says \"{WORDS}\""), WORDS));
            }
            other => panic!("{several}: {other:?}"),
        }
        assert_eq!(calls_since(&stage, before).len(), reads, "{several}");
    }
    assert_eq!(now(&stage, &made).await, made);
    // What was taken back before it is not unsaid.
    stage.repair();
    stage.clock.advance(Duration::seconds(5));
    let all = done(stage.write("k2", one_more(&made, used(&one, "50"))).await);
    breaks(&stage, "PUT", Broken::Answered(400, WORDS));
    let now = done(
        stage
            .write("k3", allocate(&all, vec![used(&two, "60")]))
            .await,
    );
    assert_eq!(parts(&now), []);
}

/// A server that fails at one credit note says nothing about the others.
#[tokio::test]
async fn a_failing_server_leaves_one_note_in_doubt_and_goes_on() {
    for (method, status, requests) in [("DELETE", 502, 1), ("PUT", 500, 2)] {
        let stage = books().await;
        let (all, prepared, _) = to_move(&stage).await;
        let bob = customer(&stage, "Bob");
        let three = sold(&stage, &bob, "I-3", 50);
        let second = done(stage.write("n2", create(note(&bob, "RET-2", "100"))).await);
        let after = stage.prepared("after", one_more(&second, used(&three, "50")));
        let own = format!("/api.xro/2.0/CreditNotes/{}/", all.id);
        *stage.wire.broken.lock().unwrap() = Some(Box::new(move |asked, path| {
            let fails = asked == method && path.starts_with(&own);
            fails.then_some(Broken::Answered(status, "no"))
        }));
        let (batch, wire) = ([prepared, after], Exchanges::default());
        let answers = stage.books.send(&batch, &wire).await;
        assert!(
            matches!(&answers[..], [Answer::InDoubt(_), Answer::Done(_)]),
            "{method}: {answers:?}"
        );
        assert_eq!(wire.take("move").len(), requests, "{method}");
    }
}
