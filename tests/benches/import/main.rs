//! `cargo bench -p tests --bench import`: how fast `counterfoil` imports a Xero organisation's
//! invoices into an ERPNext site, beside what a script could do at best.
//!
//! Everything goes the whole way: the demo organisation is another process, `counterfoil` (a release
//! build) is run as a person runs it, and what is timed is the whole command, reading Xero and
//! reading every total back included. After it, on the same site, with the same documents of the same
//! dates (those of the present month change a sum on which all that are submitted may meet):
//! - a plain script: one v2 POST for each document, under a name of its own, submitted at once,
//!   nothing read back, over 1, 2 and 4 connections;
//! - `frappe.client.insert_many` in batches of 20 to 200, submitted at once, nothing read back.
//!
//! The site is an empty demo site, or a real one that is kept for tests and holds no invoices yet:
//! `COUNTERFOIL_TEST_ERPNEXT_URL`, `_KEY`, `_SECRET` and `_COMPANY`. It keeps what was made, so it is
//! to be reset afterwards. `COUNTERFOIL_BIN_DIR` measures another build of `counterfoil`.
//!
//! On the demo site, which computes in no time, the figures say what a document costs us; the targets
//! are for real sites.
//!
//! After `--`: `--invoices N` (in the demo books; three in four of them are in Xero; batches larger
//! than that are left out), `--sample N` (how many of the documents each script sends; all), `--seed N`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    clippy::float_arithmetic,
    reason = "a benchmark: what it cannot measure ends it, and rates are told rounded"
)]

mod ours;
mod script;
mod site;

use std::collections::BTreeMap;
use std::time::Duration;

use ours::Importing;
use script::Script;
use site::Site;

/// What is asked for after `--`.
struct Wanted {
    invoices: usize,
    sample: usize,
    seed: u64,
}

impl Wanted {
    fn read() -> Self {
        let arguments: Vec<String> = std::env::args().collect();
        let number = |name: &str, usual: usize| {
            let at = arguments.iter().position(|argument| argument == name);
            at.map_or(usual, |at| {
                arguments[at + 1].parse().expect("a number after the flag")
            })
        };
        Self {
            invoices: number("--invoices", 280),
            sample: number("--sample", usize::MAX),
            seed: number("--seed", 3) as u64,
        }
    }
}

/// Documents a second.
#[derive(Default)]
struct Figures(BTreeMap<String, f64>);

impl Figures {
    fn note(&mut self, who: &str, documents: usize, took: Duration) {
        let rate = documents as f64 / took.as_secs_f64();
        println!("  {who}: {documents} documents in {took:.1?}, {rate:.2}/s");
        self.0.insert(who.to_owned(), rate);
    }

    /// The fastest of those whose names begin so.
    fn best(&self, of: &str) -> (&str, f64) {
        self.0
            .iter()
            .filter(|(who, _)| who.starts_with(of))
            .map(|(who, rate)| (who.as_str(), *rate))
            .max_by(|one, other| one.1.total_cmp(&other.1))
            .expect("figures")
    }
}

async fn run(wanted: Wanted) {
    let (site, _demo) = Site::open().await;
    println!("{}", site.versions().await);
    let importing = Importing::set_up(&site, wanted.seed, wanted.invoices).await;
    let mut figures = Figures::default();
    let before = site.invoices().await;
    let took = importing.sync().await;
    let documents: Vec<String> = site.invoices().await.difference(&before).cloned().collect();
    assert!(!documents.is_empty(), "nothing was imported");
    figures.note(OURS, documents.len(), took);
    let (agree, differ) = importing.compare(&site).await;
    for line in differ.iter().take(5) {
        println!("    {line}");
    }
    let mut bodies = site.bodies(&documents).await;
    bodies.truncate(wanted.sample);
    for script in Script::ALL
        .into_iter()
        .filter(|script| script.fits(&bodies))
    {
        let took = script.send(&site, &bodies).await;
        figures.note(&script.to_string(), script.documents(&bodies), took);
    }
    println!(
        "totals and tax: {agree} agree, {} differ or were not imported",
        differ.len()
    );
    let ours = figures.0[OURS];
    for (of, target) in [(script::ONE_BY_ONE, 1.2), (script::TOGETHER, 0.9)] {
        let (who, best) = figures.best(of);
        println!(
            "  best of {who}: {best:.2}/s, so {OURS} is {:.2} × (target {target})",
            ours / best
        );
    }
}

const OURS: &str = "counterfoil";

fn main() {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime")
        .block_on(run(Wanted::read()));
}
