//! Xero's official SDKs for Node.js and Python drive the demo organisation of `counterfoil sandbox`,
//! their files unchanged.
//!
//! Each SDK has a script in `conformance/xero` that prints one line of JSON per check. What a script
//! needs is installed by the lock file beside it the first time and after every change of it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a broken expectation is a failed test"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;
use tests::Books;

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
    let requirements = folder.join("requirements.txt");
    let home = target().join("conformance-python");
    let python = home.join(if cfg!(windows) {
        "Scripts/python.exe"
    } else {
        "bin/python"
    });
    let done = home.join("installed");
    if !newer(&done, &requirements) {
        let system = if cfg!(windows) { "python" } else { "python3" };
        run(Command::new(system)
            .args(["-m", "venv", "--clear"])
            .arg(&home));
        run(Command::new(&python)
            .args(["-m", "pip", "install", "--quiet", "--no-input"])
            .args(["--disable-pip-version-check", "--requirement"])
            .arg(&requirements));
        std::fs::write(&done, "").expect("the folder can be written to");
    }
    let books = Books::small(3).await;
    let checks = drive(Command::new(python).arg("main.py"), &folder, &books);
    judge(&checks, PYTHON_CHECKS);
}

fn scripts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("conformance/xero")
}

/// The folder of what is built.
fn target() -> PathBuf {
    let own = std::env::current_exe().expect("a test knows where it is");
    own.ancestors().nth(3).expect("a target folder").to_owned()
}

/// Whether what was installed is as new as what it was installed from.
fn newer(installed: &Path, from: &Path) -> bool {
    let changed = |path: &Path| std::fs::metadata(path).and_then(|data| data.modified());
    matches!((changed(installed), changed(from)), (Ok(installed), Ok(from)) if installed >= from)
}

fn run(command: &mut Command) {
    let status = command
        .stdin(Stdio::null())
        .status()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(status.success(), "{command:?}: {status}");
}

/// Runs a script against the demo books.
fn drive(command: &mut Command, folder: &Path, books: &Books) -> Vec<Check> {
    let output = command
        .current_dir(folder)
        .env("SANDBOX_URL", &books.ready.xero.api_url)
        .env("PKCE_CLIENT_ID", &books.ready.xero.client_id)
        .env("CLIENT_ID", sandbox::books::secret_client().client_id)
        .env("CLIENT_SECRET", &books.ready.xero.client_secret)
        .env("CUSTOM_CLIENT_ID", &books.ready.xero.custom_client_id)
        .env(
            "CUSTOM_CLIENT_SECRET",
            &books.ready.xero.custom_client_secret,
        )
        .env("REDIRECT_URI", &sandbox::books::redirect_uris()[0])
        .env("PYTHONDONTWRITEBYTECODE", "1")
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
