//! `cargo bench -p tests`: the whole way of a first preview, beside Xero's official Python SDK.
//!
//! `counterfoil sandbox` serves the demo books as a process of its own; `counterfoil preview`, another
//! one, reads both sides, stores them and plans; then xero-python reads the Xero side alone, each list that
//! the preview reads there, in its largest pages. Both in the same run, in turn, some rounds: other work
//! on the machine slows both. To be no more than 0.6 of the SDK's time.
//!
//! `COUNTERFOIL_BENCH_INVOICES` (20000) and `COUNTERFOIL_BENCH_CONTACTS` (8000) say how large the
//! books are, `COUNTERFOIL_BENCH_ROUNDS` (3) how often both are measured. Above some 45,000 invoices
//! both wait for Xero's limit of 60 calls a minute, so processor time is printed as well.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::float_arithmetic,
    reason = "a benchmark for people to read"
)]

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use sandbox::consent::Press;
use serde_json::Value;
use tests::{Books, Installation, sdk};
use tokio::process::Command;

const SEED: u64 = 3;
/// What the preview may take of the time in which the SDK reads one side.
const TARGET: f64 = 0.6;
/// Clock ticks a second of the processor times that Linux shows.
const TICKS: f64 = 100.0;

#[tokio::main]
async fn main() {
    let contacts = number("COUNTERFOIL_BENCH_CONTACTS", 8_000);
    let invoices = number("COUNTERFOIL_BENCH_INVOICES", 20_000);
    let rounds = number("COUNTERFOIL_BENCH_ROUNDS", 3);
    let began = Instant::now();
    let books = Books::unwatched(SEED, contacts, invoices).await;
    println!(
        "{contacts} contacts, {invoices} invoices, made and served after {:.1?}",
        began.elapsed()
    );
    let python = sdk::python();
    println!(
        "{:<8} {:>10} {:>10} {:>10} {:>12} {:>10} {:>8}",
        "round", "preview", "its CPU", "demo CPU", "xero-python", "its CPU", "ratio"
    );
    let mut ratios = Vec::new();
    for round in 1..=rounds {
        let here = Installation::new(&books);
        pair(&here, &books).await;
        books.advance(60).await;
        let (preview, view) = measured(&books, || here.command(&["preview", "--json"])).await;
        books.advance(60).await;
        let (sdk, read) = measured(&books, || read_all(&python, &books)).await;
        books.advance(60).await;
        let seconds = read["seconds"].as_f64().expect("the SDK's time");
        let ratio = preview.wall.as_secs_f64() / seconds;
        println!(
            "{round:<8} {:>8.2} s {:>8.2} s {:>8.2} s {seconds:>10.2} s {:>8.2} s {ratio:>8.2}",
            preview.wall.as_secs_f64(),
            preview.own,
            preview.demo,
            sdk.own
        );
        if round == 1 {
            println!(
                "         planned {} records; the SDK read {} contacts, {} invoices, {} credit notes, {} payments, {} over- and {} prepayments (the first two in {:.2} s)",
                view["total"],
                read["contacts"],
                read["invoices"],
                read["credit_notes"],
                read["payments"],
                read["overpayments"],
                read["prepayments"],
                read["contacts_and_invoices"].as_f64().unwrap_or_default(),
            );
        }
        ratios.push(ratio);
    }
    ratios.sort_by(f64::total_cmp);
    let median = ratios[ratios.len() / 2];
    println!("median ratio {median:.2}, to be at most {TARGET}");
}

fn number(variable: &str, otherwise: usize) -> usize {
    std::env::var(variable).map_or(otherwise, |text| text.parse().expect("a number"))
}

/// Both sides connected, paired and mapped; nothing read yet.
async fn pair(here: &Installation, books: &Books) {
    let _ = here
        .connect_xero(&books.ready.xero.client_id, Press::Allow)
        .await
        .expect(&[0]);
    let _ = here.connect_erpnext(books).await.expect(&[0]);
    let _ = here.run(&["pair"]).await.expect(&[0]);
    let _ = here.run(&["check", "--install-markers"]).await.expect(&[0]);
    let _ = here.run(&["mappings", "suggest"]).await.expect(&[0, 1]);
}

fn read_all(python: &Path, books: &Books) -> Command {
    let mut command = Command::new(python);
    command
        .current_dir(sdk::scripts().join("python"))
        .arg("read_all.py")
        .envs(sdk::environment(books))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit());
    command
}

/// What a process took.
struct Took {
    wall: Duration,
    /// Its own processor seconds; 0 where the operating system does not say.
    own: f64,
    /// Those of the demo books meanwhile.
    demo: f64,
}

/// Runs a process to its end; what it took, and the JSON it printed.
async fn measured(books: &Books, command: impl FnOnce() -> Command) -> (Took, Value) {
    let (own, demo) = (of_children(), of_process(books.process()));
    let began = Instant::now();
    let child = command().spawn().expect("it starts");
    let ended = child.wait_with_output().await.expect("it ends");
    let wall = began.elapsed();
    let printed: Value = serde_json::from_slice(&ended.stdout)
        .unwrap_or_else(|why| panic!("{why}: {}", String::from_utf8_lossy(&ended.stderr)));
    let took = Took {
        wall,
        own: of_children() - own,
        demo: of_process(books.process()) - demo,
    };
    (took, printed)
}

/// Processor seconds of all children that have ended.
fn of_children() -> f64 {
    ticks("/proc/self/stat", 13)
}

/// Processor seconds of a process that runs.
fn of_process(id: u32) -> f64 {
    ticks(&format!("/proc/{id}/stat"), 11)
}

/// The sum of two neighbouring fields, counted after the process's name.
fn ticks(file: &str, first: usize) -> f64 {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let Some((_, fields)) = text.rsplit_once(") ") else {
        return 0.0;
    };
    let ticks: f64 = fields
        .split(' ')
        .skip(first)
        .take(2)
        .filter_map(|field| field.parse::<f64>().ok())
        .sum();
    ticks / TICKS
}
