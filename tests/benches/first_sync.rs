//! `cargo bench -p tests --bench first_sync`: a first sync by the command line, as a person runs it,
//! with `counterfoil sandbox` as a process of its own; then two that find nothing new, the second
//! when the burst of the first has gone by.
//!
//! Says for each what it took, how much memory its process had at most, and how large the database
//! is afterwards. To be at most 90 MB after 20,000 invoices, and 300 MB of memory for 100,000.
//!
//! `COUNTERFOIL_BENCH_INVOICES` (20000) and `COUNTERFOIL_BENCH_CONTACTS` (120) say how large the books
//! are. Processor time and memory are those that Linux shows.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::float_arithmetic,
    clippy::cast_precision_loss,
    reason = "a benchmark for people to read"
)]

use std::path::Path;
use std::time::{Duration, Instant};

use sandbox::consent::Press;
use serde_json::{Value, json};
use tests::{Books, Installation, System};

const SEED: u64 = 3;
/// Clock ticks a second of the processor times that Linux shows.
const TICKS: f64 = 100.0;
/// How often a process is asked how much memory it has had.
const LOOK: Duration = Duration::from_millis(50);

#[tokio::main]
async fn main() {
    let contacts = number("COUNTERFOIL_BENCH_CONTACTS", 120);
    let invoices = number("COUNTERFOIL_BENCH_INVOICES", 20_000);
    let books = Books::unwatched(SEED, contacts, invoices).await;
    let here = Installation::new(&books);
    let _ = here
        .connect_xero(&books.ready.xero.client_id, Press::Allow)
        .await
        .expect(&[0]);
    let _ = here.connect_erpnext(&books).await.expect(&[0]);
    let _ = here.run(&["pair"]).await.expect(&[0]);
    let _ = here.run(&["check", "--install-markers"]).await.expect(&[0]);
    let _ = here.run(&["mappings", "suggest"]).await.expect(&[0, 1]);
    books.advance(60).await;
    println!("{contacts} contacts, {invoices} invoices");

    let view = measured("first sync", &here, &["sync", "--approve", "--json"]).await;
    println!(
        "  {} records written, {} markers, {} linked",
        view["records_written"], view["markers"], view["linked"]
    );
    println!("  database: {:.1} MB", megabytes(&here.folder));
    books.advance(60).await;
    let idle = measured("idle, minutes later", &here, &["sync", "--json"]).await;
    assert_eq!(idle["writes"], json!(0));
    // A cursor reads the last minutes before the newest change again, so there has to be a newer one,
    // and it has to be read once.
    books.advance(3_600).await;
    let state = books.state(System::Xero).await;
    let contact = state["Contacts"]
        .as_array()
        .and_then(|all| all.iter().find(|it| it["ContactStatus"] == "ACTIVE"))
        .expect("an active contact");
    let invoice = json!({
        "op": "create_invoice", "Contact": { "ContactID": contact["ContactID"] },
        "Date": "2026-11-20", "DueDate": "2026-12-20", "Status": "AUTHORISED",
        "LineAmountTypes": "Exclusive",
        "LineItems": [{ "Description": "Roses", "Quantity": 1, "UnitAmount": 10,
            "AccountCode": "200", "TaxType": "OUTPUT2" }],
    });
    books.edit(System::Xero, &invoice).await;
    for _ in 0..2 {
        let _ = here.run(&["sync", "--json"]).await;
        books.advance(600).await;
    }
    let idle = measured("idle, an hour later", &here, &["sync", "--json"]).await;
    assert_eq!(idle["writes"], json!(0));
}

fn number(variable: &str, otherwise: usize) -> usize {
    std::env::var(variable).map_or(otherwise, |text| text.parse().expect("a number"))
}

/// Size of the database with what stands beside it.
fn megabytes(folder: &Path) -> f64 {
    let bytes: u64 = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| {
            let name = entry.file_name();
            name.to_string_lossy().starts_with("counterfoil.db")
        })
        .map(|entry| entry.metadata().unwrap().len())
        .sum();
    bytes as f64 / 1e6
}

/// Runs a command to its end and says what it took; the JSON it printed.
async fn measured(what: &str, here: &Installation, arguments: &[&str]) -> Value {
    let began = Instant::now();
    let before = of_children();
    let child = here.command(arguments).spawn().expect("it starts");
    let status = format!("/proc/{}/status", child.id().expect("it runs"));
    let ended = child.wait_with_output();
    tokio::pin!(ended);
    let mut look = tokio::time::interval(LOOK);
    let mut memory = 0;
    let ended = loop {
        tokio::select! {
            ended = &mut ended => break ended.expect("it ends"),
            _ = look.tick() => memory = memory.max(most_memory(&status)),
        }
    };
    println!(
        "{what:<20} {:>7.2} s, processor {:>7.2} s, memory {memory} MB",
        began.elapsed().as_secs_f64(),
        of_children() - before
    );
    serde_json::from_slice(&ended.stdout)
        .unwrap_or_else(|why| panic!("{why}: {}", String::from_utf8_lossy(&ended.stderr)))
}

/// The most memory a process has had, in MiB; 0 where it is gone.
fn most_memory(status: &str) -> u64 {
    let text = std::fs::read_to_string(status).unwrap_or_default();
    text.lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok())
        .map_or(0, |kib| kib / 1024)
}

/// Processor seconds of all children that have ended.
fn of_children() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let Some((_, fields)) = text.rsplit_once(") ") else {
        return 0.0;
    };
    let ticks: f64 = fields
        .split(' ')
        .skip(13)
        .take(2)
        .filter_map(|field| field.parse::<f64>().ok())
        .sum();
    ticks / TICKS
}
