//! What a script could do: send documents and not look back.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use futures::future::join_all;
use serde_json::{Value, json};

use crate::site::Site;

/// What the names of all variants with one POST for each document begin with.
pub const ONE_BY_ONE: &str = "one POST each";
/// What the names of all variants of `insert_many` begin with.
pub const TOGETHER: &str = "insert_many";

/// A way to send documents.
#[derive(Debug, Clone, Copy)]
pub struct Script {
    connections: usize,
    /// How many documents in a request; none: one, by API v2.
    batch: Option<usize>,
}

impl fmt::Display for Script {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.batch {
            None => write!(to, "{ONE_BY_ONE}, {} connections", self.connections),
            Some(batch) => write!(
                to,
                "{TOGETHER} of {batch}, {} connections",
                self.connections
            ),
        }
    }
}

const fn script(connections: usize, batch: Option<usize>) -> Script {
    Script { connections, batch }
}

impl Script {
    /// Those that are tried.
    pub const ALL: [Self; 9] = [
        script(1, None),
        script(2, None),
        script(4, None),
        script(1, Some(20)),
        script(1, Some(50)),
        script(1, Some(100)),
        script(1, Some(200)),
        script(2, Some(50)),
        script(4, Some(20)),
    ];

    /// Whether there are documents for a batch on each connection.
    pub fn fits(self, bodies: &[Value]) -> bool {
        self.batch
            .is_none_or(|batch| batch * self.connections <= bodies.len().next_multiple_of(batch))
    }

    /// How many documents it sends: all, and so many more that every batch is full.
    pub fn documents(self, bodies: &[Value]) -> usize {
        let batch = self.batch.unwrap_or(1);
        bodies.len().div_ceil(batch) * batch
    }

    /// Sends them; how long it took until the last was answered.
    pub async fn send(self, site: &Site, bodies: &[Value]) -> Duration {
        let named: Vec<Value> = bodies
            .iter()
            .cycle()
            .take(self.documents(bodies))
            .enumerate()
            .map(|(at, body)| {
                let mut body = body.clone();
                if self.batch.is_none() {
                    let name = format!("PLAIN-{}-{at:05}", self.connections);
                    body["name"] = json!(name);
                }
                body
            })
            .collect();
        let requests: VecDeque<(&str, Value)> = match self.batch {
            None => named
                .into_iter()
                .map(|body| ("/api/v2/document/Sales%20Invoice", body))
                .collect(),
            Some(batch) => named
                .chunks(batch)
                .map(|docs| {
                    (
                        "/api/method/frappe.client.insert_many",
                        json!({ "docs": docs }),
                    )
                })
                .collect(),
        };
        let waiting = Mutex::new(requests);
        let repeated = Mutex::new(0_usize);
        let began = Instant::now();
        let (waiting, repeated) = (&waiting, &repeated);
        join_all((0..self.connections).map(|connection| async move {
            loop {
                let next = waiting.lock().expect("no panic").pop_front();
                let Some((path, mut body)) = next else { break };
                // Names cannot be chosen here. Writers of one series wait for each other, and the
                // site's own series has been stopped by numbers of Xero's that look like its names.
                for document in body["docs"].as_array_mut().into_iter().flatten() {
                    document["naming_series"] = json!(format!("BATCH-{connection}-.#####"));
                }
                // A script has to send again what the database gave up for another request.
                loop {
                    let (status, answer) = site.post(path, &body).await;
                    if status == 200 {
                        break;
                    }
                    assert!(answer.contains("QueryDeadlockError"), "{status}: {answer}");
                    *repeated.lock().expect("no panic") += 1;
                }
            }
        }))
        .await;
        let took = began.elapsed();
        let repeated = *repeated.lock().expect("no panic");
        if repeated > 0 {
            println!("  {self}: {repeated} requests were given up by the database and sent again");
        }
        took
    }
}
