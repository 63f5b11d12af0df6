//! `cargo bench -p sandbox --bench books`: how long it takes to make up and to open large demo books
//! on both sides, in how much memory, and whether they open at all: what happens to one invoice in
//! 50,000 no small book shows.

#![allow(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    clippy::float_arithmetic
)]

use std::time::Instant;

use chrono::{TimeZone as _, Utc};
use sandbox::generator::{GeneratorConfig, generate};
use sandbox::{Country, DemoBooks, DemoSize};

/// Seed, country, contacts, invoices.
const BOOKS: [(u64, Country, usize, usize); 9] = [
    (1, Country::Gb, 5_000, 100_000),
    (3, Country::Gb, 8_000, 100_000),
    (5, Country::Gb, 8_000, 100_000),
    (11, Country::Gb, 8_000, 50_000),
    (3, Country::Nz, 8_000, 100_000),
    (3, Country::Au, 8_000, 100_000),
    (3, Country::Us, 8_000, 100_000),
    // More customers than invoices, and all invoices to a single customer.
    (7, Country::Gb, 60_000, 20_000),
    (7, Country::Gb, 1, 20_000),
];

/// The process's resident memory in MiB, where the operating system says (Linux).
fn memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    let kib = line.split_whitespace().nth(1)?.parse::<u64>().ok()?;
    Some(kib / 1024)
}

fn main() {
    let now = Utc
        .with_ymd_and_hms(2026, 11, 22, 9, 0, 0)
        .single()
        .expect("an instant");
    for (seed, country, contacts, invoices) in BOOKS {
        let config = GeneratorConfig {
            size: DemoSize { contacts, invoices },
            seed,
            country,
            today: now.date_naive(),
        };
        let begin = Instant::now();
        let data = generate(config);
        let made = begin.elapsed();
        drop(data);
        let begin = Instant::now();
        let books = DemoBooks::open(config, now).expect("books that open");
        let opened = begin.elapsed();
        assert_eq!(books.data.invoices.len(), invoices);
        println!(
            "seed {seed} {}, {contacts} contacts, {invoices} invoices: made up in {made:.1?}, made up and \
             entered in {opened:.1?}, {} MiB in use",
            country.code(),
            memory().map_or_else(|| "?".to_owned(), |mebibytes| mebibytes.to_string()),
        );
    }
}
