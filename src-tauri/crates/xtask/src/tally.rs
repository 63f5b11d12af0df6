//! Counting what passed and what failed, over every kind of check.

use std::time::Instant;

/// The results so far, one line per suite.
#[derive(Debug, Default)]
pub struct Tally {
    suites: Vec<Suite>,
}

/// One suite's result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suite {
    /// What was checked.
    pub name: String,
    /// How many tests or checks passed.
    pub passed: u64,
    /// How many failed.
    pub failed: u64,
}

impl Tally {
    /// Runs one section under a heading and notes its suites and how long it took.
    pub fn section(&mut self, title: &str, run: impl FnOnce() -> Vec<Suite>) {
        eprintln!("\n=== {title}");
        let start = Instant::now();
        let suites = run();
        let failed: u64 = suites.iter().map(|suite| suite.failed).sum();
        eprintln!(
            "--- {title}: {} in {} s",
            if failed == 0 { "good" } else { "FAILED" },
            start.elapsed().as_secs()
        );
        self.suites.extend(suites);
    }

    /// Every suite, in order, as aligned lines for people.
    pub fn table(&self) -> String {
        let width = self
            .suites
            .iter()
            .map(|suite| suite.name.chars().count())
            .max()
            .unwrap_or(0);
        let lines: Vec<String> = self
            .suites
            .iter()
            .map(|suite| {
                format!(
                    "{:width$}  {:>5} passed  {:>3} failed{}",
                    suite.name,
                    suite.passed,
                    suite.failed,
                    if suite.failed > 0 { "  <--" } else { "" }
                )
            })
            .collect();
        lines.join("\n")
    }

    /// All passed and all failed.
    pub fn sum(&self) -> (u64, u64) {
        self.suites.iter().fold((0, 0), |(passed, failed), suite| {
            (passed + suite.passed, failed + suite.failed)
        })
    }
}

impl Suite {
    /// A check that counts as one.
    pub fn check(name: &str, good: bool) -> Suite {
        Suite {
            name: name.to_owned(),
            passed: u64::from(good),
            failed: u64::from(!good),
        }
    }
}

/// Reads what `cargo test` printed: one suite per test binary that held any test. `good` is whether
/// cargo itself ended well, so that a build that broke is a failure too.
pub fn cargo_tests(printed: &str, good: bool) -> Vec<Suite> {
    let mut suites: Vec<Suite> = Vec::new();
    let mut name = String::from("tests");
    for line in printed.lines().map(plain) {
        let line = line.trim();
        if let Some(rest) = line.strip_prefix("Running ") {
            name = binary_name(rest);
        } else if let Some(rest) = line.strip_prefix("Doc-tests ") {
            name = format!("{rest} examples");
        } else if let Some(rest) = line.strip_prefix("test result: ") {
            let (passed, failed) = (
                number_before(rest, " passed"),
                number_before(rest, " failed"),
            );
            if passed + failed > 0 {
                suites.push(Suite {
                    name: name.clone(),
                    passed,
                    failed,
                });
            }
        }
    }
    if !good && suites.iter().all(|suite| suite.failed == 0) {
        suites.push(Suite::check("tests build and run", false));
    }
    suites
}

/// Reads vitest's closing line: `Tests  1 failed | 12 passed (13)`.
pub fn vitest(printed: &str, good: bool) -> Vec<Suite> {
    let line = printed
        .lines()
        .map(plain)
        .find(|line| line.trim_start().starts_with("Tests "));
    let (passed, failed) = line.map_or((0, 0), |line| {
        (
            number_before(&line, " passed"),
            number_before(&line, " failed"),
        )
    });
    if failed == 0 && (!good || passed == 0) {
        return vec![Suite {
            name: "user interface (vitest)".to_owned(),
            passed,
            failed: 1,
        }];
    }
    vec![Suite {
        name: "user interface (vitest)".to_owned(),
        passed,
        failed,
    }]
}

/// `unittests src/lib.rs (target/debug/deps/ledger-0123abcd)` becomes `ledger`;
/// `tests/crash.rs (target/debug/deps/crash-0123abcd)` becomes `crash`.
fn binary_name(running: &str) -> String {
    let path = running
        .rsplit_once('(')
        .map_or(running, |(_, path)| path.trim_end_matches(')'));
    let file = path.rsplit(['/', '\\']).next().unwrap_or(path);
    let file = file.strip_suffix(".exe").unwrap_or(file);
    file.rsplit_once('-')
        .map_or(file, |(name, _)| name)
        .to_owned()
}

/// The number that stands right before a word.
fn number_before(line: &str, word: &str) -> u64 {
    let Some((before, _)) = line.split_once(word) else {
        return 0;
    };
    let digits: String = before
        .chars()
        .rev()
        .take_while(char::is_ascii_digit)
        .collect();
    digits
        .chars()
        .rev()
        .collect::<String>()
        .parse()
        .unwrap_or(0)
}

/// A line without its colours.
fn plain(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        if character == '\u{1b}' {
            for inner in characters.by_ref() {
                if inner.is_ascii_alphabetic() {
                    break;
                }
            }
        } else {
            out.push(character);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Suite, Tally, cargo_tests, vitest};

    const PRINTED: &str = "\
     Running unittests src/lib.rs (target/debug/deps/ledger-0123abcd)\n\
test money::tests::adds ... ok\n\
test result: ok. 12 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s\n\
     Running unittests src/lib.rs (target/debug/deps/empty-0123abcd)\n\
test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n\
     Running tests/crash.rs (target/debug/deps/crash-77)\n\
test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out\n";

    #[test]
    fn test_binaries_are_counted_one_by_one() {
        assert_eq!(
            cargo_tests(PRINTED, false),
            vec![
                Suite {
                    name: "ledger".to_owned(),
                    passed: 12,
                    failed: 0
                },
                Suite {
                    name: "crash".to_owned(),
                    passed: 3,
                    failed: 2
                },
            ]
        );
    }

    #[test]
    fn a_build_that_broke_is_a_failure() {
        assert_eq!(
            cargo_tests("error[E0308]: mismatched types", false),
            vec![Suite::check("tests build and run", false)]
        );
    }

    #[test]
    fn vitest_is_read_through_its_colours() {
        let printed = "\u{1b}[2m      Tests \u{1b}[22m \u{1b}[1m\u{1b}[31m1 failed\u{1b}[39m\u{1b}[22m | \u{1b}[32m12 passed\u{1b}[39m (13)\n";
        let suites = vitest(printed, false);
        assert_eq!((suites[0].passed, suites[0].failed), (12, 1));
    }

    #[test]
    fn no_tests_at_all_is_a_failure() {
        assert_eq!(vitest("No test files found", true)[0].failed, 1);
    }

    #[test]
    fn everything_adds_up() {
        let mut tally = Tally::default();
        tally.section("one", || cargo_tests(PRINTED, false));
        tally.section("two", || vec![Suite::check("formatting", true)]);
        assert_eq!(tally.sum(), (16, 2));
        assert!(tally.table().contains("crash"));
    }
}
