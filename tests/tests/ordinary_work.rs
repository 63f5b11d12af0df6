//! Random days in two offices (see [`tests::scenario`]), with new seeds each time. A failure names its
//! seed; `COUNTERFOIL_TEST_SEED` plays that one again, `COUNTERFOIL_TEST_SCENARIOS` says how many.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use tests::scenario::{Mode, play};

/// How many scenarios of a mode are played; more of them by hand, since each takes seconds.
const SCENARIOS: u64 = 2;

async fn several(mode: Mode) {
    let given = |name: &str| std::env::var(name).ok().map(|text| text.parse().unwrap());
    let (seeds, first): (u64, u64) = match given("COUNTERFOIL_TEST_SEED") {
        Some(seed) => (given("COUNTERFOIL_TEST_SCENARIOS").unwrap_or(1), seed),
        None => (
            given("COUNTERFOIL_TEST_SCENARIOS").unwrap_or(SCENARIOS),
            u64::from(std::time::UNIX_EPOCH.elapsed().unwrap().subsec_nanos()) / 1_000,
        ),
    };
    println!("seeds {first} to {}", first + seeds - 1);
    let mut failed = Vec::new();
    for seed in first..first + seeds {
        failed.extend(play(seed, mode).await.err());
    }
    assert!(
        failed.is_empty(),
        "{} failed:\n{}",
        failed.len(),
        failed.join("\n\n")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn records_edited_on_one_side_come_to_agree_whatever_happens() {
    several(Mode::Plain).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn records_edited_on_both_sides_agree_or_are_asked_about() {
    several(Mode::Conflict).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_renamed_merged_and_deleted_comes_to_agree_or_is_asked_about() {
    several(Mode::Ends).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_installations_of_the_same_books_come_to_agree() {
    several(Mode::Two).await;
}
