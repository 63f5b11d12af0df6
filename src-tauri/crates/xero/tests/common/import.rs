//! A first import into Xero under its limits, in simulated time.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures::future::join_all;
use net::Response;
use serde_json::{Value, json};
use xero::XeroError;
use xero::wire::batch::{BATCH, Element, Target};
use xero::wire::credit::CreditKind;

use super::{Stage, invoice};

/// How many of each kind are imported. Each credit note is allocated to an invoice, which Xero takes
/// in calls of their own only.
#[derive(Debug, Clone, Copy, Default)]
pub struct Load {
    pub contacts: usize,
    pub invoices: usize,
    pub credit_notes: usize,
    pub payments: usize,
}

impl Load {
    /// How many documents these are.
    pub fn documents(self) -> usize {
        self.contacts + self.invoices + self.credit_notes + self.payments
    }

    /// The fewest calls they can be written in: 50 to a call, as Xero advises, and one call for
    /// each credit note's allocation.
    pub fn floor(self) -> usize {
        [
            self.contacts,
            self.invoices,
            self.credit_notes,
            self.payments,
        ]
        .map(|count| count.div_ceil(BATCH))
        .iter()
        .sum::<usize>()
            + self.credit_notes
    }
}

/// Writes contacts, then invoices, then what belongs to these, in batches, by as many workers as
/// Xero allows calls at once, waiting for the next day where the day's calls are used up. Returns
/// how many were written.
pub async fn import(stage: &Stage, load: Load) -> usize {
    let elements = (0..load.contacts)
        .map(|index| {
            json!({
                "Name": format!("Customer {index}"),
                "ContactNumber": format!("C-{index}"),
            })
        })
        .collect();
    let contacts = write_all(stage, Target::Contacts, elements).await;
    let ids: Vec<&str> = contacts
        .iter()
        .map(|contact| contact["ContactID"].as_str().unwrap())
        .collect();
    let elements = (0..load.invoices)
        .map(|index| invoice(index, ids[index % ids.len()]))
        .collect();
    let invoices: Vec<(String, String)> = write_all(stage, Target::Invoices, elements)
        .await
        .iter()
        .map(|row| {
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            (text(&row["InvoiceID"]), text(&row["Contact"]["ContactID"]))
        })
        .collect();
    let elements = (0..load.credit_notes)
        .map(|index| {
            let mut note = invoice(index, &invoices[index % invoices.len()].1);
            note["Type"] = json!("ACCRECCREDIT");
            note["CreditNoteNumber"] = json!(format!("CN-{index:06}"));
            note
        })
        .collect();
    let mut notes: Vec<(String, String)> = write_all(stage, Target::CreditNotes, elements)
        .await
        .iter()
        .map(|row| {
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            (text(&row["CreditNoteNumber"]), text(&row["CreditNoteID"]))
        })
        .collect();
    notes.sort();
    allocate_all(stage, &notes, &invoices).await;
    let elements = (0..load.payments)
        .map(|index| {
            json!({"Invoice": {"InvoiceID": invoices[index % invoices.len()].0},
                "Account": {"Code": "090"}, "Date": "2026-11-20", "Amount": 10.25,
                "Reference": format!("BACS {index}")})
        })
        .collect();
    let payments = write_all(stage, Target::Payments, elements).await;
    contacts.len() + invoices.len() + notes.len() + payments.len()
}

/// Allocates each credit note to the invoice it was made for.
async fn allocate_all(stage: &Stage, notes: &[(String, String)], invoices: &[(String, String)]) {
    let day = chrono::NaiveDate::from_ymd_opt(2026, 11, 20).unwrap();
    let queue: Mutex<VecDeque<(usize, &str)>> = Mutex::new(
        notes
            .iter()
            .enumerate()
            .map(|(index, (_, id))| (index, id.as_str()))
            .collect(),
    );
    let worker = async || {
        loop {
            let Some((index, note)) = queue.lock().unwrap().pop_front() else {
                return;
            };
            let to = [(
                invoices[index % invoices.len()].0.as_str(),
                rust_decimal::Decimal::new(2050, 2),
                day,
            )];
            let key = format!("allocate-{index}");
            loop {
                match stage
                    .client
                    .allocate(CreditKind::CreditNote, note, &to, &key)
                    .await
                {
                    Ok(outcomes) => {
                        assert!(matches!(outcomes[0], Element::Written(_)), "{outcomes:?}");
                        break;
                    }
                    Err(XeroError::DayOver { until }) => stage.wire.clock.sleep_until(until).await,
                    Err(error) => panic!("{error}"),
                }
            }
        }
    };
    join_all((0..8).map(|_| worker())).await;
}

/// Lets Xero refuse some calls that nobody could foresee: those given, by turns for each reason it
/// has. Returns the count of them.
pub fn inject(
    stage: &Stage,
    refuses: impl Fn(usize) -> bool + Send + Sync + 'static,
) -> Arc<AtomicUsize> {
    let injected = Arc::new(AtomicUsize::new(0));
    let count = injected.clone();
    stage.intercept(move |_, before| {
        if !refuses(before) {
            return None;
        }
        let (problem, retry_after) = match count.fetch_add(1, Ordering::Relaxed) % 3 {
            0 => ("concurrent", None),
            1 => ("Minute", Some("21")),
            _ => ("appminute", Some("5")),
        };
        let mut refusal = http::Response::builder()
            .status(429)
            .header("x-rate-limit-problem", problem);
        if let Some(seconds) = retry_after {
            refusal = refusal.header("retry-after", seconds);
        }
        let refusal: Response = refusal.body(Bytes::new()).unwrap();
        Some(Ok(refusal))
    });
    injected
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
