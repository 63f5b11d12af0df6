//! `kill -9` at many moments, then sync again: the same books, and no duplicate.
//!
//! The gate holds one request, before or after the remote system has carried it out, and the sync
//! is killed right then. So every moment is exact, and nothing sleeps.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use serde_json::Value;
use tests::audit::{assert_agreement, content};
use tests::installation::finish;
use tests::{Books, Gate, Installation, When};

const SEED: u64 = 21;

/// Books small enough to be synced many times over.
async fn books() -> Books {
    Books::open(SEED, 8, 16).await
}

/// The undisturbed story: what the books come to, and the requests one sync makes.
async fn undisturbed() -> (Value, Vec<String>) {
    let books = books().await;
    let gate = Gate::open(&books).await;
    let here = Installation::behind(&gate);
    here.set_up(&books).await;
    gate.pass();
    here.sync().await;
    let requests = gate.seen();
    here.sync().await;
    (content(&books).await, requests)
}

/// Syncs, kills it at a request, syncs again and compares with the undisturbed story.
async fn killed_at(moment: Moment, expected: &Value) {
    let Moment { number, when, .. } = moment;
    let books = books().await;
    let gate = Gate::open(&books).await;
    let here = Installation::behind(&gate);
    here.set_up(&books).await;

    gate.hold(number, when);
    let mut sync = here.start(&["sync", "--json"]);
    tokio::select! {
        () = gate.held() => {}
        ended = sync.wait() => {
            assert!(moment.may_not_come, "request {number} never came: {ended:?}");
            return;
        }
    }
    let at = gate.seen().last().cloned();
    sync.start_kill().expect("it is killed");
    let killed = finish(sync).await;
    assert_eq!(killed.code, None, "it ended by itself");

    gate.pass();
    // Xero allows so many calls a minute; here a minute passes at once.
    books.advance(61).await;
    here.sync().await;
    books.advance(61).await;
    here.sync().await;
    let exceptions = here
        .run(&["exceptions", "--json"])
        .await
        .expect(&[0, 1])
        .json();
    assert_agreement(&books, &exceptions).await;
    assert_eq!(
        &content(&books).await,
        expected,
        "killed {when:?} request {number} ({at:?}) leaves other books"
    );
    let quiet = here.sync().await;
    assert_eq!(quiet["writes"], 0);
}

/// When a sync is killed.
#[derive(Debug, Clone, Copy)]
struct Moment {
    /// At which of its requests, from 1.
    number: usize,
    when: When,
    /// Whether a sync may end before it. What is read behind the last write goes by the sites' clocks: a
    /// list is read from a little before the last reading began, so a slow sync finds fewer records there
    /// that it has to ask more about.
    may_not_come: bool,
}

/// Whether a request, as `METHOD path`, changes nothing. ERPNext's lists are asked for by POST.
fn reads(request: &str) -> bool {
    request.starts_with("GET") || request.ends_with("frappe.client.get_list")
}

/// Every write, before and after, and some reads: at least 25 moments.
fn moments(requests: &[String]) -> Vec<Moment> {
    let last_write = requests.iter().rposition(|request| !reads(request));
    let mut moments = Vec::new();
    for (index, request) in requests.iter().enumerate() {
        let moment = |when| Moment {
            number: index + 1,
            when,
            may_not_come: Some(index) > last_write,
        };
        if !reads(request) {
            moments.push(moment(When::Before));
        } else if index % 4 != 0 {
            continue;
        }
        moments.push(moment(When::After));
    }
    moments
}

/// Each quarter of the moments is a test of its own, so that they share the cores.
async fn quarter(which: usize) {
    let (expected, requests) = undisturbed().await;
    let moments = moments(&requests);
    assert!(moments.len() >= 25, "too few moments: {requests:#?}");
    for moment in moments.into_iter().skip(which).step_by(4) {
        killed_at(moment, &expected).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_the_first_quarter_of_the_moments() {
    quarter(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_the_second_quarter_of_the_moments() {
    quarter(1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_the_third_quarter_of_the_moments() {
    quarter(2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_the_fourth_quarter_of_the_moments() {
    quarter(3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_again_and_again_it_still_comes_to_the_same_books() {
    let (expected, requests) = undisturbed().await;
    let books = books().await;
    let gate = Gate::open(&books).await;
    let here = Installation::behind(&gate);
    here.set_up(&books).await;
    // Kill each attempt a little later than the one before.
    for number in (1..=requests.len()).step_by(3) {
        gate.hold(number, When::After);
        let mut sync = here.start(&["sync", "--json"]);
        tokio::select! {
            () = gate.held() => sync.start_kill().expect("it is killed"),
            // What earlier attempts have done need not be done again, so it may come to its end.
            ended = sync.wait() => assert!(ended.expect("it ends").code().is_some()),
        }
        finish(sync).await;
        // Xero allows so many calls a minute; here a minute passes at once.
        books.advance(61).await;
    }
    gate.pass();
    here.sync().await;
    here.sync().await;
    assert_eq!(content(&books).await, expected);
}
