//! The demo site answers like a real ERPNext: every recorded exchange of a real site (Frappe
//! 15.75.0, ERPNext 15.71.1) is sent again, in order, to a fresh demo site, and status, error
//! type, messages and every field of the answer are compared. What is deliberately not compared
//! stands in one place, `erpnext_contract/not_compared.rs`, each with its reason.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "erpnext_contract/compare.rs"]
mod compare;
#[path = "erpnext_contract/given.rs"]
mod given;
#[path = "erpnext_contract/identities.rs"]
mod identities;
#[path = "erpnext_contract/not_compared.rs"]
mod not_compared;
#[path = "erpnext_contract/replay.rs"]
mod replay;
#[path = "erpnext_contract/tokens.rs"]
mod tokens;
#[path = "erpnext_contract/wire.rs"]
mod wire;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// One recording and its file.
const RECORDINGS: [(&str, &str); 25] = [
    ("01", include_str!("../recordings/01-auth.json")),
    ("02", include_str!("../recordings/02-oauth.json")),
    ("03", include_str!("../recordings/03-customer.json")),
    ("04", include_str!("../recordings/04-custom-field.json")),
    ("05", include_str!("../recordings/05-sales-invoice.json")),
    (
        "06",
        include_str!("../recordings/06-sales-invoice-lifecycle.json"),
    ),
    ("07", include_str!("../recordings/07-credit-notes.json")),
    ("08", include_str!("../recordings/08-payment-entry.json")),
    ("09", include_str!("../recordings/09-bulk-and-v2.json")),
    ("10", include_str!("../recordings/10-list-reads.json")),
    ("11", include_str!("../recordings/11-webhooks.json")),
    ("12", include_str!("../recordings/12-realtime.json")),
    ("13", include_str!("../recordings/13-errors.json")),
    (
        "14",
        include_str!("../recordings/14-deletes-idempotency.json"),
    ),
    ("15", include_str!("../recordings/15-modified-time.json")),
    (
        "16",
        include_str!("../recordings/16-limits-maintenance.json"),
    ),
    ("17", include_str!("../recordings/17-extras.json")),
    ("19", include_str!("../recordings/19-sessions.json")),
    (
        "20",
        include_str!("../recordings/20-versions-renames-bulk.json"),
    ),
    ("21", include_str!("../recordings/21-payments.json")),
    ("22", include_str!("../recordings/22-returns.json")),
    ("23", include_str!("../recordings/23-reconciliation.json")),
    ("24", include_str!("../recordings/24-journal-entries.json")),
    ("25", include_str!("../recordings/25-lists.json")),
    ("26", include_str!("../recordings/26-periods.json")),
];

/// What became of the exchanges.
#[derive(Default)]
struct Tally {
    exchanges: usize,
    compared: usize,
    not_replayed: usize,
    partly: usize,
}

#[test]
fn the_demo_site_answers_as_the_recorded_site_did() {
    let only = std::env::var("CONTRACT_ONLY").ok();
    let mut tally = Tally::default();
    let mut differences = Vec::new();
    let mut used: BTreeSet<usize> = BTreeSet::new();
    let mut per_recording = BTreeMap::new();
    for (number, text) in RECORDINGS {
        if only.as_ref().is_some_and(|only| only != number) {
            continue;
        }
        let recording: Value = serde_json::from_str(text).expect("a recording is JSON");
        let mut site = replay::Site::for_recording(number, &recording);
        let mut agreeing = 0;
        for (at, exchange) in recording["exchanges"]
            .as_array()
            .unwrap()
            .iter()
            .enumerate()
        {
            let at = at + 1;
            tally.exchanges += 1;
            if not_compared::replayed(number, at, exchange).is_err() {
                tally.not_replayed += 1;
                continue;
            }
            let found = site.exchange(number, at, exchange);
            tally.compared += 1;
            let mut left = Vec::new();
            let mut listed = false;
            for difference in found {
                match not_compared::listed(number, at, &difference.path) {
                    Some(entry) => {
                        used.insert(entry);
                        listed = true;
                    }
                    None => left.push(difference),
                }
            }
            tally.partly += usize::from(listed);
            agreeing += usize::from(left.is_empty());
            for difference in left {
                differences.push(format!(
                    "{number}#{at} {} {}: {difference}",
                    exchange["method"].as_str().unwrap_or_default(),
                    exchange["note"].as_str().unwrap_or_default(),
                ));
            }
        }
        per_recording.insert(number, agreeing);
    }
    println!(
        "{} exchanges: {} replayed and compared ({} of them with a listed difference), {} not replayed",
        tally.exchanges, tally.compared, tally.partly, tally.not_replayed
    );
    println!(
        "agreeing by recording: {per_recording:?}, together {}",
        per_recording.values().sum::<usize>()
    );
    if only.is_none() {
        for (at, entry) in not_compared::DIFFERENCES.iter().enumerate() {
            if !used.contains(&at) {
                differences.push(format!("listed as not compared, yet it agrees: {entry:?}"));
            }
        }
    }
    assert!(
        differences.is_empty(),
        "{} differences:\n{}",
        differences.len(),
        differences.join("\n")
    );
}
