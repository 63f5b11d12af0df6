//! Writers that lost against another in the site's database: repeated by the client itself, with
//! drawn pauses, and no more than one of them at a time.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use erpnext::error::RefusalKind;
use erpnext::marker_fields::{Mark, Marked, mark_many};
use erpnext::pace::Work;
use erpnext::{ApiKey, Client, Error, SiteUrl};
use http::Method;
use net::{Clock, NetError, Request, Response, Transport};
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::{Value, json};

/// A site that answers what it was told to, one after the other, and keeps what it was asked and
/// when.
struct Script {
    clock: Arc<Recorded>,
    answers: Mutex<VecDeque<(u16, Value)>>,
    asked: Mutex<Vec<(DateTime<Utc>, Value)>>,
}

/// A clock whose sleepers move it on.
struct Recorded(Mutex<DateTime<Utc>>);

#[async_trait]
impl Clock for Recorded {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap()
    }

    async fn sleep_until(&self, at: DateTime<Utc>) {
        let mut now = self.0.lock().unwrap();
        *now = at.max(*now);
    }
}

#[async_trait]
impl Transport for Script {
    async fn send(&self, request: Request) -> Result<Response, NetError> {
        let body = serde_json::from_slice(request.body()).unwrap();
        self.asked.lock().unwrap().push((self.clock.now(), body));
        let (status, answer) = self.answers.lock().unwrap().pop_front().unwrap();
        Ok(http::Response::builder()
            .status(status)
            .body(answer.to_string().into_bytes().into())
            .unwrap())
    }
}

fn site(seed: u64, answers: Vec<(u16, Value)>) -> (Client, Arc<Script>) {
    let clock = Arc::new(Recorded(Mutex::new(DateTime::UNIX_EPOCH)));
    let script = Arc::new(Script {
        clock: clock.clone(),
        answers: Mutex::new(answers.into()),
        asked: Mutex::default(),
    });
    let client = Client::with_random(
        script.clone(),
        clock,
        SiteUrl::parse("https://acme.test").unwrap(),
        ApiKey::new("key", "secret"),
        Box::new(StdRng::seed_from_u64(seed)),
    );
    (client, script)
}

/// What MariaDB 11.8 makes ERPNext 16 answer (erpnext/V16 line 4), in version 2 of the API.
fn lost() -> (u16, Value) {
    let text = "(1020, \"Record has changed since last read in table 'tabCompany'\")";
    (
        500,
        json!({"errors": [{
            "type": "QueryDeadlockError",
            "exception": format!("Traceback (most recent call last):\n  File \"x\"\nfrappe.exceptions.QueryDeadlockError: {text}\n"),
        }]}),
    )
}

fn stored() -> (u16, Value) {
    (200, json!({"data": {"name": "A"}}))
}

const PATH: &str = "/api/v2/document/Sales%20Invoice";

fn pauses(script: &Script) -> Vec<TimeDelta> {
    let asked = script.asked.lock().unwrap();
    asked.windows(2).map(|two| two[1].0 - two[0].0).collect()
}

#[tokio::test]
async fn a_loser_is_repeated_until_it_is_stored_and_books_alone_from_then_on() {
    let (client, script) = site(
        1,
        vec![lost(), lost(), lost(), lost(), lost(), lost(), stored()],
    );
    let body = json!({"name": "A", "docstatus": 1});
    let most = client.pace().limit_of(Work::Book);
    assert!(most > 1);
    client.write(Method::POST, PATH, &body).await.unwrap();
    let asked = script.asked.lock().unwrap().clone();
    assert_eq!(asked.len(), 7);
    assert!(asked.iter().all(|(_, asked)| *asked == body));
    assert_eq!(client.pace().limit_of(Work::Book), 1);
    // The site is well: drafts and reads do not wait.
    assert_eq!(client.pace().limit_of(Work::Write), most);
    assert_eq!(client.pace().limit_of(Work::Read), most);
}

#[tokio::test]
async fn pauses_are_drawn_from_the_source_given() {
    let run = async |seed| {
        let (client, script) = site(seed, vec![lost(), lost(), lost(), lost(), stored()]);
        let body = json!({"name": "A", "docstatus": 1});
        client.write(Method::POST, PATH, &body).await.unwrap();
        pauses(&script)
    };
    let drawn = run(7).await;
    assert_eq!(drawn, run(7).await);
    assert_ne!(drawn, run(8).await);
    for (attempt, pause) in drawn.iter().enumerate() {
        let ceiling = TimeDelta::milliseconds(100 << attempt);
        assert!(*pause <= ceiling, "{attempt}: {pause}");
    }
}

#[tokio::test]
async fn whoever_keeps_losing_is_told_so() {
    let (client, script) = site(1, vec![lost(); 21]);
    let failed = client
        .write(Method::POST, PATH, &json!({"docstatus": 1}))
        .await
        .unwrap_err();
    assert!(
        matches!(&failed, Error::Refused(refusal) if refusal.kind() == RefusalKind::Deadlock),
        "{failed}"
    );
    assert!(!failed.may_have_been_done());
    assert_eq!(script.asked.lock().unwrap().len(), 21);
}

fn mark(name: &str) -> Mark {
    Mark {
        doctype: "Sales Invoice",
        name: name.to_owned(),
        modified: None,
        fields: json!({"xero_invoice_id": name}),
    }
}

/// The answer of a call that puts markers on, with those that failed and their exceptions.
fn marked(failed: &[(&str, &str)]) -> (u16, Value) {
    let failed: Vec<Value> = failed
        .iter()
        .map(|(name, exception)| {
            json!({
                "doc": {"doctype": "Sales Invoice", "docname": name},
                "exc": format!("Traceback (most recent call last):\n  File \"x\"\nfrappe.exceptions.{exception}\n"),
            })
        })
        .collect();
    (200, json!({"message": {"failed_docs": failed}}))
}

#[tokio::test]
async fn a_loss_amid_a_call_undid_what_came_before_it() {
    const LOST: &str = "QueryDeadlockError: (1020, \"Record has changed since last read in table 'tabSales Invoice'\")";
    let (client, script) = site(
        1,
        vec![
            marked(&[
                ("B", LOST),
                ("D", "DoesNotExistError: Sales Invoice D not found"),
            ]),
            marked(&[("A", LOST)]),
            marked(&[]),
        ],
    );
    let marks = ["A", "B", "C", "D"].map(mark);
    let outcomes = mark_many(&client, &(), &marks).await.unwrap();
    assert_eq!(
        outcomes,
        [Marked::Done, Marked::Done, Marked::Done, Marked::Missing]
    );
    let names: Vec<Vec<String>> = script
        .asked
        .lock()
        .unwrap()
        .iter()
        .map(|(_, body)| {
            let documents: Vec<Value> =
                serde_json::from_str(body["docs"].as_str().unwrap()).unwrap();
            documents
                .iter()
                .map(|document| document["docname"].as_str().unwrap().to_owned())
                .collect()
        })
        .collect();
    assert_eq!(names, [vec!["A", "B", "C", "D"], vec!["A", "B"], vec!["A"]]);
}

#[tokio::test]
async fn markers_that_keep_losing_are_looked_at_again() {
    const LOST: &str = "QueryDeadlockError: (1213, 'Deadlock found')";
    let (client, _) = site(1, vec![marked(&[("B", LOST)]); 21]);
    let marks = ["A", "B", "C"].map(mark);
    let outcomes = mark_many(&client, &(), &marks).await.unwrap();
    assert_eq!(outcomes, [Marked::Stale, Marked::Stale, Marked::Done]);
}
