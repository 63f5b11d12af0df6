//! `cargo bench -p sandbox --bench books`: how long it takes to make up and to open demo books of
//! 100,000 invoices on both sides.

#![allow(clippy::expect_used)]

use std::time::Instant;

use chrono::{TimeZone as _, Utc};
use sandbox::generator::GeneratorConfig;
use sandbox::{Country, DemoBooks, DemoSize};

fn main() {
    let now = Utc
        .with_ymd_and_hms(2026, 11, 22, 9, 0, 0)
        .single()
        .expect("an instant");
    let config = GeneratorConfig {
        size: DemoSize {
            contacts: 5_000,
            invoices: 100_000,
        },
        seed: 1,
        country: Country::Gb,
        today: now.date_naive(),
    };
    let begin = Instant::now();
    let books = DemoBooks::open(config, now).expect("books that open");
    println!(
        "{} invoices opened in {:.1?}",
        books.data.invoices.len(),
        begin.elapsed()
    );
}
