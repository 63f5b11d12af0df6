//! A first import into Xero under its limits, in simulated time.

use std::collections::VecDeque;
use std::sync::Mutex;

use chrono::{DateTime, Utc};
use futures::future::join_all;
use serde_json::{Value, json};
use xero::XeroError;
use xero::wire::batch::{BATCH, Element, Target};

use super::{Stage, invoice};

/// Writes `contacts` and then `invoices` in batches, by as many workers as Xero allows calls at
/// once, waiting for the next day where the day's calls are used up. Returns how many were written.
pub async fn import(stage: &Stage, contacts: usize, invoices: usize) -> usize {
    let elements = (0..contacts)
        .map(|index| {
            json!({
                "Name": format!("Customer {index}"),
                "ContactNumber": format!("C-{index}"),
            })
        })
        .collect();
    let written = write_all(stage, Target::Contacts, elements).await;
    let ids: Vec<&str> = written
        .iter()
        .map(|contact| contact["ContactID"].as_str().unwrap())
        .collect();
    let elements = (0..invoices)
        .map(|index| invoice(index, ids[index % ids.len()]))
        .collect();
    written.len() + write_all(stage, Target::Invoices, elements).await.len()
}

async fn write_all(stage: &Stage, target: Target, elements: Vec<Value>) -> Vec<Value> {
    let batches: Vec<(usize, Vec<Value>)> = elements
        .chunks(BATCH)
        .map(<[Value]>::to_vec)
        .enumerate()
        .collect();
    let queue = Mutex::new(VecDeque::from(batches));
    let written = Mutex::new(Vec::new());
    let worker = async || {
        loop {
            let Some((number, batch)) = queue.lock().unwrap().pop_front() else {
                return;
            };
            let key = format!("{target:?}-{number}");
            let outcomes = loop {
                match stage.client.write(target, "PUT", &batch, &key).await {
                    Ok(outcomes) => break outcomes,
                    Err(XeroError::DayOver { until }) => stage.wire.clock.sleep_until(until).await,
                    Err(error) => panic!("{error}"),
                }
            };
            for outcome in outcomes {
                let Element::Written(record) = outcome else {
                    panic!("{outcome:?}");
                };
                written.lock().unwrap().push(record);
            }
        }
    };
    join_all((0..8).map(|_| worker())).await;
    written.into_inner().unwrap()
}

/// A time span as people say it.
pub fn span(from: DateTime<Utc>, to: DateTime<Utc>) -> String {
    let seconds = (to - from).num_seconds();
    let (days, hours) = (seconds / 86_400, seconds % 86_400 / 3600);
    let (minutes, seconds) = (seconds % 3600 / 60, seconds % 60);
    if days > 0 {
        format!("{days} d {hours} h {minutes} min")
    } else if hours > 0 {
        format!("{hours} h {minutes} min")
    } else {
        format!("{minutes} min {seconds} s")
    }
}
