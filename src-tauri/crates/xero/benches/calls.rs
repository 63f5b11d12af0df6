//! `cargo bench -p xero`: how many calls reading 100,000 invoices and writing 10,000 takes, against
//! the fewest there can be, and in how much memory; and how long a first import of 50,000 documents
//! takes under Xero's limits, in simulated time.

#![allow(
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    clippy::float_arithmetic
)]

#[path = "../tests/common/mod.rs"]
mod common;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use chrono::Duration;
use common::import::{Load, import, inject, span};
use common::{Setting, noon, stage};
use net::{Clock, EventClock, JumpClock};
use xero::wire::document::Invoice;
use xero::wire::position::Position;

const READ: usize = 100_000;
const WRITTEN: usize = 10_000;
/// A first import: years of business, with what was paid and credited.
const HISTORY: Load = Load {
    contacts: 1_000,
    invoices: 30_000,
    credit_notes: 1_500,
    payments: 17_500,
};

/// The process's resident memory in MiB, now or at its peak, where the operating system says
/// (Linux).
fn memory(which: &str) -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with(which))?;
    let kib = line.split_whitespace().nth(1)?.parse::<u64>().ok()?;
    Some(kib / 1024)
}

fn calls(what: &str, made: usize, floor: usize) {
    println!(
        "{what}: {made} calls, calls / floor = {:.2}",
        made as f64 / floor as f64
    );
    assert_eq!(made, floor, "{what}");
}

fn main() {
    let clock = Arc::new(JumpClock::at(noon()));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let read = stage(Setting::free(clock.clone()).unwatched());
    read.fill(500, READ);
    clock.advance(Duration::hours(1));
    let before = memory("VmRSS:");
    let start = Instant::now();
    let mut rows = 0;
    runtime.block_on(async {
        let mut position = Position::default();
        loop {
            let page = read.client.page::<Invoice>(&position).await.unwrap();
            rows += page.rows.len();
            position = page.next;
            if !page.more {
                break;
            }
        }
    });
    let seconds = start.elapsed().as_secs_f64();
    assert_eq!(rows, READ);
    calls(
        &format!("reading {READ} invoices"),
        read.calls(),
        READ / 1000,
    );
    println!("  {seconds:.1} s, the simulated Xero's own work included");
    if let (Some(before), Some(peak)) = (before, memory("VmHWM:")) {
        println!("  peak memory {peak} MiB, of which {before} MiB are the simulated Xero");
        assert!(peak < 300, "{peak} MiB");
    }
    drop(read);

    let write = stage(Setting::free(clock).unwatched());
    let load = Load {
        contacts: 500,
        invoices: WRITTEN,
        ..Load::default()
    };
    let written = runtime.block_on(import(&write, load));
    assert_eq!(written, load.documents());
    calls(
        &format!("writing {WRITTEN} invoices"),
        write.calls() - 500 / 50,
        WRITTEN / 50,
    );

    assert_eq!(HISTORY.documents(), 50_000);
    for per_day in [5000, 1000] {
        let clock = Arc::new(EventClock::at(noon()));
        let import_of = stage(Setting::real(clock.clone(), per_day).unwatched());
        let injected = inject(&import_of, |before| before % 97 == 96);
        let start = Instant::now();
        let written = clock.run(import(&import_of, HISTORY));
        assert_eq!(written, Some(HISTORY.documents()));
        let injected = injected.load(Ordering::Relaxed);
        calls(
            &format!(
                "importing {} documents and {} allocations at 60 calls a minute and {per_day} a day",
                HISTORY.documents(),
                HISTORY.credit_notes
            ),
            import_of.calls() - injected,
            HISTORY.floor(),
        );
        println!(
            "  refused {} times, {injected} of these injected; projected real duration {} \
             (simulated in {:.0} s)",
            import_of.refused(),
            span(noon(), clock.now()),
            start.elapsed().as_secs_f64()
        );
        assert_eq!(import_of.refused(), injected);
    }
}
