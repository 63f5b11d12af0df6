//! `cargo bench -p erpnext`: how many calls reading 10,000 invoices with their lines, taxes and
//! schedules takes, and in how much memory. Where `COUNTERFOIL_TEST_ERPNEXT_URL`, `_KEY` and
//! `_SECRET` name a site kept for tests: how many documents a second are read from it, and written to
//! it over 1, 2, 4 and 8 connections, and where the client's own pace settles (`-- --paced`: that
//! alone, three times).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    clippy::float_arithmetic,
    dead_code
)]

#[path = "../tests/random_invoices/site.rs"]
mod site;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use erpnext::error::RefusalKind;
use erpnext::records::changes::{Reading, changed_invoices};
use erpnext::{Client, Error};
use futures::stream::{self, StreamExt};
use http::Method;
use serde_json::{Value, json};

use site::{Company, Site, real_address};

const READ: usize = 10_000;
/// Written per number of connections.
const WRITTEN: usize = 60;

/// The process's resident memory in MiB, now or at its peak, where the operating system says
/// (Linux).
fn memory(which: &str) -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with(which))?;
    let kib = line.split_whitespace().nth(1)?.parse::<u64>().ok()?;
    Some(kib / 1024)
}

/// An invoice of three lines with a tax.
fn invoice(site: &Site, name: &str) -> Value {
    let line = |qty: u32, rate: u32| {
        json!({"item_name": "Work", "description": "Work", "uom": "Nos", "qty": qty, "rate": rate,
            "income_account": site.account("Sales")})
    };
    json!({
        "doctype": "Sales Invoice", "name": name, "company": site.company.name, "customer": "F- Home",
        "currency": site.company.currency, "disable_rounded_total": 1,
        "set_posting_time": 1, "posting_date": "2026-11-02", "due_date": "2026-12-02",
        "items": [line(2, 10), line(1, 3), line(5, 7)],
        "taxes": [{"charge_type": "On Net Total", "account_head": site.account("F- Tax"), "rate": 20, "description": "Tax"}],
    })
}

/// Reads every invoice once; how many there were, and how many calls it took.
async fn read_all(site: &Site) -> (usize, usize) {
    let before = site.calls.load(Ordering::Relaxed);
    let mut reading = Reading::default();
    let mut names = std::collections::BTreeSet::new();
    loop {
        let page = changed_invoices(&site.client, &site.chart, reading)
            .await
            .unwrap();
        for row in page.rows {
            let invoice = row.record.unwrap();
            assert!(!invoice.items.is_empty());
            names.insert(invoice.name);
        }
        reading = page.next;
        if reading.ended {
            break;
        }
    }
    (names.len(), site.calls.load(Ordering::Relaxed) - before)
}

fn told(what: &str, documents: usize, calls: usize, took: Duration) {
    let seconds = took.as_secs_f64();
    println!(
        "{what}: {documents} invoices in {seconds:.1} s, {:.0} documents/s, {calls} calls, {:.2} calls per 500 documents",
        documents as f64 / seconds,
        calls as f64 * 500.0 / documents as f64,
    );
}

async fn demo() {
    let company = Company {
        name: "Acme Ltd".into(),
        abbreviation: "ACM".into(),
        currency: "GBP".into(),
    };
    let site = Site::demo(&company, sandbox::erpnext::ErpnextVersion::V16).await;
    let bodies = (0..READ)
        .map(|at| invoice(&site, &format!("F-{at:05}")))
        .collect();
    assert_eq!(site.create(bodies).await, []);
    let before = memory("VmRSS:");
    let began = Instant::now();
    let (read, calls) = read_all(&site).await;
    assert_eq!(read, READ);
    told("demo site", read, calls, began.elapsed());
    assert!(calls * 500 <= 4 * read, "at most 4 calls per 500 documents");
    if let (Some(before), Some(peak)) = (before, memory("VmHWM:")) {
        println!("  peak memory {peak} MiB, of which {before} MiB are the demo site");
    }
}

/// Writes over so many connections, each with one call at a time.
async fn written(site: &Site, connections: usize, names: &[String]) {
    let (url, key) = real_address().unwrap();
    let clients: Vec<Client> = (0..connections)
        .map(|_| {
            Client::new(
                Arc::new(net::HttpTransport::new().unwrap()),
                Arc::new(net::SystemClock),
                url.clone(),
                key.clone(),
            )
        })
        .collect();
    let began = Instant::now();
    let each = stream::iter(clients.iter().enumerate()).map(|(at, client)| async move {
        let mut took = Vec::new();
        for name in names.iter().skip(at).step_by(connections) {
            let began = Instant::now();
            post(client, site, name).await;
            took.push(began.elapsed());
        }
        took
    });
    let mut took: Vec<Duration> = each.buffer_unordered(connections).concat().await;
    let seconds = began.elapsed().as_secs_f64();
    took.sort();
    println!(
        "writes over {connections} connections: {:.1} documents/s, median {:.0?}, slowest {:.0?}",
        names.len() as f64 / seconds,
        took[took.len() / 2],
        took[took.len() - 1]
    );
}

async fn post(client: &Client, site: &Site, name: &str) {
    let mut body = invoice(site, name);
    body["docstatus"] = json!(1);
    let path = erpnext::site::doctype_v2("Sales Invoice");
    // Many clients that know nothing of each other may lose more often than one would repeat.
    loop {
        match client.write(Method::POST, &path, &body).await {
            Ok(_) => break,
            Err(Error::Refused(refusal)) if refusal.kind() == RefusalKind::Deadlock => {}
            Err(error) => panic!("{error}"),
        }
    }
}

/// Writes with twelve callers who leave the number of connections to the client.
async fn left_to_the_pace(site: &Site, names: &[String]) {
    let began = Instant::now();
    let mut limits = Vec::new();
    let mut done = stream::iter(names)
        .map(|name| post(&site.client, site, name))
        .buffer_unordered(12);
    while done.next().await.is_some() {
        limits.push(site.client.pace().limit());
    }
    let seconds = began.elapsed().as_secs_f64();
    let tenths: Vec<usize> = limits.iter().step_by(limits.len() / 10).copied().collect();
    println!(
        "writes left to the client's pace: {} in {seconds:.2} s, {:.1} documents/s, calls at once along the way {tenths:?}",
        names.len(),
        names.len() as f64 / seconds
    );
}

async fn real() {
    let Some(site) = Site::real().await else {
        println!("no real site named");
        return;
    };
    let began = Instant::now();
    let (read, calls) = read_all(&site).await;
    told("real site", read, calls, began.elapsed());
    let names = |sort: &str| -> Vec<String> {
        (0..WRITTEN)
            .map(|at| format!("F-{}-{sort}-{at:03}", std::process::id()))
            .collect()
    };
    let mut created = Vec::new();
    if std::env::args().any(|argument| argument == "--paced") {
        for round in ["P1", "P2", "P3"] {
            let paced = names(round);
            left_to_the_pace(&site, &paced).await;
            created.extend(paced);
        }
        site.remove(&[&created]).await;
        return;
    }
    for connections in [1, 2, 4, 8] {
        let names = names(&connections.to_string());
        written(&site, connections, &names).await;
        created.extend(names);
    }
    let paced = names("P");
    left_to_the_pace(&site, &paced).await;
    created.extend(paced);
    site.remove(&[&created]).await;
}

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    // `cargo bench -p erpnext -- --real`: the real site alone.
    if !std::env::args().any(|argument| argument == "--real" || argument == "--paced") {
        runtime.block_on(demo());
    }
    runtime.block_on(real());
}
