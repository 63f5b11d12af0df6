//! P9 no surprise: what a run asks a person before it writes anything, and what it refuses to begin.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use chrono::NaiveDate;
use engine::books::{BooksError, Origin};
use engine::plan::Guard;
use engine::run::{Request, Summary};
use ledger::Side;
use store::{RunOutcome, Trigger};
use support::{Bench, audit, edit_invoice};

async fn approved(bench: &Bench) -> Summary {
    let request = Request {
        approve: true,
        ..Request::everything(Trigger::Manual)
    };
    engine::run::sync(&bench.session(), &request).await.unwrap()
}

#[tokio::test]
async fn a_mass_change_is_written_only_once_a_person_says_yes() {
    let bench = Bench::new_customer();
    bench.sync().await.unwrap();
    ask_from(&bench, 2);
    due_on_christmas_eve(&bench, &["A-1", "A-2"]);
    let writes = bench.writes();
    for _ in 0..2 {
        let run = bench.sync().await.unwrap();
        assert_eq!(run.outcome, RunOutcome::NeedsApproval);
        assert_eq!(
            run.guards,
            [Guard::ManyVoids {
                count: 2,
                lately: 0,
                threshold: 2
            }]
        );
        assert_eq!(bench.writes(), writes);
    }
    let run = approved(&bench).await;
    assert_eq!((run.outcome, run.counts.updated), (RunOutcome::Agreed, 2));
    audit(&bench);
}

fn ask_from(bench: &Bench, voids: u32) {
    let settings = serde_json::json!({"ask_from_voids": voids});
    let (store, pairing) = (&bench.store, bench.pairing.id);
    store.set_pairing_settings(pairing, &settings).unwrap();
}

/// ERPNext replaces each of these by another document.
fn due_on_christmas_eve(bench: &Bench, numbers: &[&str]) {
    for number in numbers {
        edit_invoice(&bench.xero, number, |invoice| {
            invoice.due_date = NaiveDate::from_ymd_opt(2026, 12, 24);
        });
    }
}

#[tokio::test]
async fn a_yes_is_a_yes_to_what_was_shown() {
    let bench = Bench::new_customer();
    bench.sync().await.unwrap();
    ask_from(&bench, 2);
    due_on_christmas_eve(&bench, &["A-1", "A-2"]);
    bench.sync().await.unwrap();
    // More happens before anybody says yes.
    due_on_christmas_eve(&bench, &["X-2"]);
    let run = approved(&bench).await;
    assert_eq!(
        (run.outcome, run.counts.updated, run.guards.as_slice()),
        (
            RunOutcome::NeedsApproval,
            2,
            [Guard::NotShown { count: 1 }].as_slice()
        )
    );
    // Now that was shown.
    let run = approved(&bench).await;
    assert_eq!((run.outcome, run.counts.updated), (RunOutcome::Agreed, 1));
    audit(&bench);
}

#[tokio::test]
async fn what_was_shown_and_is_another_by_now_is_shown_again() {
    let bench = Bench::new_customer();
    bench.sync().await.unwrap();
    ask_from(&bench, 1);
    due_on_christmas_eve(&bench, &["A-1"]);
    engine::run::preview(&bench.session(), |_| {})
        .await
        .unwrap();
    edit_invoice(&bench.xero, "A-1", |invoice| {
        invoice.due_date = NaiveDate::from_ymd_opt(2027, 1, 1);
    });
    let run = approved(&bench).await;
    assert_eq!(run.guards, [Guard::NotShown { count: 1 }]);
    assert_eq!(run.counts.updated, 0);
}

#[tokio::test]
async fn nothing_was_shown_yet_so_there_is_nothing_to_say_yes_to() {
    let bench = Bench::new_customer();
    bench.sync().await.unwrap();
    ask_from(&bench, 1);
    due_on_christmas_eve(&bench, &["A-1"]);
    assert_eq!(approved(&bench).await.outcome, RunOutcome::NeedsApproval);
    assert_eq!(approved(&bench).await.outcome, RunOutcome::Agreed);
}

#[tokio::test]
async fn many_small_plans_of_a_day_are_a_large_one() {
    let bench = Bench::new_customer();
    bench.sync().await.unwrap();
    ask_from(&bench, 2);
    due_on_christmas_eve(&bench, &["A-1"]);
    assert_eq!(bench.sync().await.unwrap().outcome, RunOutcome::Agreed);
    due_on_christmas_eve(&bench, &["A-2"]);
    assert_eq!(
        bench.sync().await.unwrap().guards,
        [Guard::ManyVoids {
            count: 1,
            lately: 1,
            threshold: 2
        }]
    );
    // A person who has said yes has looked at it.
    assert_eq!(approved(&bench).await.outcome, RunOutcome::Agreed);
    due_on_christmas_eve(&bench, &["X-2"]);
    assert_eq!(bench.sync().await.unwrap().outcome, RunOutcome::Agreed);
    // And a day later it is another day.
    bench.wait(25 * 60);
    edit_invoice(&bench.xero, "A-1", |invoice| {
        invoice.due_date = NaiveDate::from_ymd_opt(2027, 1, 1);
    });
    assert_eq!(bench.sync().await.unwrap().outcome, RunOutcome::Agreed);
    audit(&bench);
}

fn read_anew(bench: &Bench) {
    for side in Side::BOTH {
        for kind in ledger::Kind::ALL {
            bench.store.read_anew(bench.pairing.id, side, kind).unwrap();
        }
    }
}

#[tokio::test]
async fn a_side_that_comes_back_empty_is_asked_about_before_anything_is_concluded() {
    let bench = Bench::new_customer();
    bench.sync().await.unwrap();
    // Read from the beginning, Xero has nothing any more.
    read_anew(&bench);
    let held = std::mem::take(&mut bench.xero.lock().unwrap().records);
    let writes = bench.writes();
    let run = bench.sync().await.unwrap();
    assert_eq!(run.outcome, RunOutcome::NeedsApproval);
    assert_eq!(
        run.guards,
        [
            Guard::EmptySide {
                side: Side::Xero,
                linked: 3
            },
            Guard::EmptySide {
                side: Side::Xero,
                linked: 8
            }
        ]
    );
    assert_eq!(bench.writes(), writes);
    // It was the wrong moment to look.
    bench.xero.lock().unwrap().records = held;
    read_anew(&bench);
    let run = bench.sync().await.unwrap();
    assert_eq!((run.outcome, run.counts.writes()), (RunOutcome::Agreed, 0));
}

#[tokio::test]
async fn other_books_behind_the_same_name_are_never_written_whatever_a_person_says() {
    let bench = Bench::new_customer();
    bench.xero.lock().unwrap().identity = Some("another organisation".to_owned());
    refused_as(&bench, |error| {
        matches!(
            error,
            BooksError::OtherBooks {
                side: Side::Xero,
                ..
            }
        )
    })
    .await;
    assert_eq!(bench.writes(), 0);
}

/// Both with a person's approval and without.
async fn refused_as(bench: &Bench, expected: impl Fn(&BooksError) -> bool) {
    for run in [bench.sync().await.unwrap(), approved(bench).await] {
        assert_eq!(run.outcome, RunOutcome::ConnectionFailed);
        assert!(
            matches!(run.failures.as_slice(), [one] if expected(one)),
            "{:?}",
            run.failures
        );
    }
}

#[tokio::test]
async fn a_copy_or_other_books_at_the_place_of_the_paired_ones_are_not_synced() {
    let origin = |company: &str, fields: &str, address: &str| Origin {
        marks: [("company", company), ("fields", fields)]
            .map(|(of, mark)| (of.to_owned(), mark.to_owned()))
            .into(),
        address: Some(address.to_owned()),
    };
    let bench = Bench::new_customer();
    let now = |origin| bench.erpnext.lock().unwrap().origin = origin;
    now(origin("1", "2", "https://books.example"));
    assert_eq!(bench.sync().await.unwrap().outcome, RunOutcome::Agreed);
    let written = bench.writes();
    now(origin("1", "2", "https://staging.example"));
    let copy = |error: &BooksError| matches!(error, BooksError::PerhapsCopy { found, .. } if found == "https://staging.example");
    refused_as(&bench, copy).await;
    now(origin("1", "9", "https://books.example"));
    refused_as(&bench, |error| {
        matches!(error, BooksError::PerhapsCopy { .. })
    })
    .await;
    now(origin("8", "9", "https://books.example"));
    refused_as(&bench, |error| {
        matches!(error, BooksError::OtherBooks { .. })
    })
    .await;
    assert_eq!(bench.writes(), written);
    now(origin("1", "2", "https://books.example"));
    assert_eq!(bench.sync().await.unwrap().outcome, RunOutcome::Agreed);
}

#[tokio::test]
async fn nothing_is_written_to_either_side_where_one_of_them_cannot_be_written_at_all() {
    let bench = Bench::new_customer();
    bench.erpnext.lock().unwrap().not_ready = true;
    let run = bench.sync().await.unwrap();
    assert_eq!(run.outcome, RunOutcome::ConnectionFailed);
    assert!(
        matches!(
            run.failures.as_slice(),
            [BooksError::NotAllowed {
                side: Side::Erpnext,
                ..
            }]
        ),
        "{:?}",
        run.failures
    );
    assert_eq!(bench.writes(), 0);
    bench.erpnext.lock().unwrap().not_ready = false;
    assert_eq!(bench.sync().await.unwrap().outcome, RunOutcome::Agreed);
}
