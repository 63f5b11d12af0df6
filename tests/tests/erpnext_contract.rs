//! The demo site answers like a real ERPNext: every recorded exchange of a real 15 and of a real 16
//! is sent again, in order, to a fresh demo site of that version, and status, error type, messages
//! and every field of the answer are compared. What is deliberately not compared
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

use sandbox::erpnext::ErpnextVersion;
use serde_json::Value;

/// The recordings of a version: number and text.
macro_rules! recordings {
    ($folder:literal: $($name:literal)*) => {
        &[$((
            $name,
            include_str!(concat!("../recordings/", $folder, $name, ".json")),
        )),*]
    };
}

/// A recording's name, which begins with its number, and its text.
type Recordings = &'static [(&'static str, &'static str)];

/// Frappe 15.75.0, ERPNext 15.71.1.
const OF_15: Recordings = recordings!["":
    "01-auth" "02-oauth" "03-customer" "04-custom-field" "05-sales-invoice"
    "06-sales-invoice-lifecycle" "07-credit-notes" "08-payment-entry" "09-bulk-and-v2"
    "10-list-reads" "11-webhooks" "12-realtime" "13-errors" "14-deletes-idempotency"
    "15-modified-time" "16-limits-maintenance" "17-extras" "19-sessions"
    "20-versions-renames-bulk" "21-payments" "22-returns" "23-reconciliation"
    "24-journal-entries" "25-lists" "26-periods" "28-edits" "29-ends" "30-client-script"
];

/// Frappe 16.9.0, ERPNext 16.9.1: the same requests where there is no matter of signing in or of the
/// server's own trouble, and what 16 does otherwise (27).
const OF_16: Recordings = recordings!["16/":
    "01-auth" "03-customer" "04-custom-field" "05-sales-invoice" "06-sales-invoice-lifecycle"
    "07-credit-notes" "08-payment-entry" "09-bulk-and-v2" "10-list-reads" "13-errors"
    "14-deletes-idempotency" "15-modified-time" "17-extras" "20-versions-renames-bulk"
    "21-payments" "22-returns" "23-reconciliation" "24-journal-entries" "25-lists" "26-periods"
    "27-sixteen" "28-edits" "29-ends" "30-client-script"
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
fn the_demo_site_answers_as_the_recorded_15_did() {
    answers_as_recorded(ErpnextVersion::V15, OF_15);
}

#[test]
fn the_demo_site_answers_as_the_recorded_16_did() {
    answers_as_recorded(ErpnextVersion::V16, OF_16);
}

fn answers_as_recorded(version: ErpnextVersion, recordings: Recordings) {
    let only = std::env::var("CONTRACT_ONLY").ok();
    let mut tally = Tally::default();
    let mut differences = Vec::new();
    let mut used: BTreeSet<usize> = BTreeSet::new();
    let mut per_recording = BTreeMap::new();
    for (name, text) in recordings {
        let number = &name[..2];
        if only
            .as_ref()
            .is_some_and(|only| !only.split(',').any(|only| only == number))
        {
            continue;
        }
        let recording: Value = serde_json::from_str(text).expect("a recording is JSON");
        let mut site = replay::Site::for_recording(version, number, &recording);
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
                match not_compared::listed(version, number, at, &difference.path) {
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
        "ERPNext {version}: {} exchanges: {} replayed and compared ({} of them with a listed difference), {} not replayed",
        tally.exchanges, tally.compared, tally.partly, tally.not_replayed
    );
    println!(
        "agreeing by recording: {per_recording:?}, together {}",
        per_recording.values().sum::<usize>()
    );
    if only.is_none() {
        for (at, entry) in not_compared::of(version) {
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
