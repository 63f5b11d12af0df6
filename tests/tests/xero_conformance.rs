//! Xero's official SDKs for Node.js and Python drive the demo organisation of `counterfoil sandbox`,
//! their files unchanged.
//!
//! Each SDK has a script in `conformance/xero` that prints one line of JSON per check.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a broken expectation is a failed test"
)]

use std::path::Path;
use std::process::{Command, Stdio};

use serde::Deserialize;
use tests::Books;
use tests::sdk::{environment, newer, python, run, scripts};

/// Checks that the Node.js script makes.
const NODE_CHECKS: usize = 64;
/// Checks that the Python script makes.
const PYTHON_CHECKS: usize = 59;

/// One line of a script.
#[derive(Debug, Deserialize)]
struct Check {
    name: String,
    ok: bool,
    detail: String,
}

#[tokio::test(flavor = "multi_thread")]
async fn the_node_sdk_takes_the_demo_organisation_for_the_real_one() {
    let folder = scripts().join("node");
    let lock = folder.join("package-lock.json");
    if !newer(&folder.join("node_modules/.package-lock.json"), &lock) {
        run(Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" })
            .current_dir(&folder)
            .args(["ci", "--no-fund", "--no-audit", "--loglevel=error"]));
    }
    let books = Books::small(3).await;
    let checks = drive(Command::new("node").arg("main.js"), &folder, &books);
    judge(&checks, NODE_CHECKS);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_python_sdk_takes_the_demo_organisation_for_the_real_one() {
    let folder = scripts().join("python");
    let python = python();
    let books = Books::small(3).await;
    let checks = drive(Command::new(python).arg("main.py"), &folder, &books);
    judge(&checks, PYTHON_CHECKS);
}

/// Runs a script against the demo books.
fn drive(command: &mut Command, folder: &Path, books: &Books) -> Vec<Check> {
    let output = command
        .current_dir(folder)
        .envs(environment(books))
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{command:?}: {printed}");
    printed
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("not a check: {line}")))
        .collect()
}

fn judge(checks: &[Check], wanted: usize) {
    let failed: Vec<String> = checks
        .iter()
        .filter(|check| !check.ok)
        .map(|check| format!("{}\n{}", check.name, check.detail))
        .collect();
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
    assert_eq!(checks.len(), wanted, "checks made");
}
