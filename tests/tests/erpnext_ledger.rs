//! What is owed, after anything that may happen to invoices: random sequences of invoices,
//! returns, payments, reconciliations, journal entries and cancellations. On the demo site the
//! general ledger balances after each of them and what is owed is what the payment ledger says.
//! With `COUNTERFOIL_TEST_ERPNEXT_URL`, `_KEY` and `_SECRET` set, a real site lives through the
//! same sequences and has to answer each step alike: status, error type, message, amounts owed.
//! `COUNTERFOIL_TEST_SEQUENCES` says how many (60).
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "erpnext_ledger/sequence.rs"]
mod sequence;
#[path = "erpnext_ledger/site.rs"]
mod site;

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use sandbox::erpnext::ErpnextVersion;
use serde_json::{Value, json};

use sequence::{Sequence, Step};
use site::{Demo, Real, Site};

/// How many things happen in one sequence.
const STEPS: u64 = 9;

fn amount(value: &Value) -> Decimal {
    value.to_string().parse().unwrap_or_default()
}

/// Debit and credit of every voucher agree, and so do what is owed and the payment ledger.
fn check_ledgers(site: &mut dyn Site, sequence: &Sequence, seed: u64) {
    let vouchers = sequence.vouchers();
    let entries = site.list(
        "GL Entry",
        &["voucher_no", "debit", "credit"],
        &json!([["voucher_no", "in", vouchers]]),
    );
    let mut sums: BTreeMap<String, Decimal> = BTreeMap::new();
    for entry in &entries {
        let name = entry["voucher_no"].as_str().unwrap().to_owned();
        *sums.entry(name).or_default() += amount(&entry["debit"]) - amount(&entry["credit"]);
    }
    for (voucher, sum) in sums {
        assert!(sum.is_zero(), "seed {seed}: {voucher} is off by {sum}");
    }
    let open = site.list(
        "Payment Ledger Entry",
        &["against_voucher_no", "amount_in_account_currency"],
        &json!([["against_voucher_no", "in", vouchers], ["delinked", "=", 0]]),
    );
    let mut owed: BTreeMap<String, Decimal> = BTreeMap::new();
    for entry in &open {
        let name = entry["against_voucher_no"].as_str().unwrap().to_owned();
        *owed.entry(name).or_default() += amount(&entry["amount_in_account_currency"]);
    }
    let invoices = site.list(
        "Sales Invoice",
        &["name", "outstanding_amount", "docstatus"],
        &json!([["name", "in", vouchers], ["docstatus", "=", 1]]),
    );
    for invoice in invoices {
        let name = invoice["name"].as_str().unwrap();
        assert_eq!(
            amount(&invoice["outstanding_amount"]),
            // A part of a payment in another currency may stand there to nine decimals.
            owed.get(name).copied().unwrap_or_default().round_dp(2),
            "seed {seed}: what {name} owes, and what the payment ledger says"
        );
    }
}

#[test]
fn the_ledgers_agree_after_anything() {
    let mut refused = 0;
    let mut steps = 0;
    for seed in 0..250 {
        // Both versions, one after the other.
        let version = ErpnextVersion::ALL[usize::try_from(seed % 2).unwrap()];
        let mut demo = Demo::open(version);
        let mut sequence = Sequence::begin(&mut demo, seed, "P");
        for _ in 0..STEPS {
            let step = sequence.next(&mut demo);
            assert!(
                step.status < 500 || step.is_known_trip(),
                "seed {seed}: {} was answered with {} {}",
                step.what,
                step.status,
                step.message
            );
            refused += usize::from(step.status >= 400);
            steps += 1;
            check_ledgers(&mut demo, &sequence, seed);
        }
    }
    println!("{steps} steps, {refused} of them refused");
    assert!(refused > 50, "refusals are part of what happens: {refused}");
}

#[test]
fn a_real_site_owes_the_same() {
    let Some(mut real) = Real::from_environment() else {
        println!("no real site named; nothing compared");
        return;
    };
    let count = std::env::var("COUNTERFOIL_TEST_SEQUENCES")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(60);
    let run = real.run_name();
    let mut different = Vec::new();
    let (mut steps, mut refused) = (0, 0);
    for seed in 0..count {
        let mut demo = Demo::like(&mut real);
        let mut ours = Sequence::begin(&mut demo, seed, &run);
        let mut theirs = Sequence::begin(&mut real, seed, &run);
        for number in 1..=STEPS {
            let left: Step = ours.next(&mut demo);
            let right: Step = theirs.next(&mut real);
            steps += 1;
            refused += usize::from(right.status >= 400);
            let (a, b) = (ours.owed(&mut demo), theirs.owed(&mut real));
            if left != right || a != b {
                let found = format!(
                    "seed {seed}, step {number}\n  demo {left:?}\n  real {right:?}\n  demo {a:?}\n  real {b:?}"
                );
                println!("{found}");
                different.push(found);
                break;
            }
        }
        check_ledgers(&mut real, &theirs, seed);
        theirs.clean_up(&mut real);
    }
    println!(
        "{count} sequences, {steps} steps, {refused} of them refused, {} sequences differ",
        different.len()
    );
    assert!(different.is_empty(), "{}", different.join("\n"));
}
