//! `cargo verify`: everything that continuous integration runs, in the same order.
//!
//! A section that fails does not stop the ones after it. The last line is always
//! `N passed, N failed`, over every test and every check.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use crate::crates;
use crate::packages;
use crate::process::{cargo, npm, output, root, watched};
use crate::tally::{Suite, Tally, cargo_tests, vitest};

/// The generated TypeScript side of the commands and events.
const BINDINGS: &str = "ui/src/lib/backend/bindings.ts";

/// Runs every section.
pub fn run() -> ExitCode {
    let mut tally = Tally::default();

    tally.section("Prerequisites", || vec![prerequisites()]);
    tally.section("User interface: install", || {
        vec![Suite::check("npm ci", install_ui())]
    });
    tally.section("Formatting", || {
        let (good, _) = watched(cargo().args(["fmt", "--all", "--check"]));
        vec![Suite::check("cargo fmt", good)]
    });
    tally.section("Crates: directions, licences, bans", || {
        vec![
            listed("crate directions", &crates::wrong_directions()),
            listed("licences and bans", &crates::wrong_terms()),
        ]
    });
    for (script, name) in [
        ("lint", "lint and format"),
        ("check", "types (svelte-check)"),
    ] {
        if has_script(script) {
            tally.section(&format!("User interface: {name}"), || {
                let (good, _) = watched(npm().args(["run", "--silent", script]));
                vec![Suite::check(&format!("user interface: {name}"), good)]
            });
        }
    }
    tally.section("User interface: tests", || {
        let (good, printed) = watched(npm().args(["run", "--silent", "test"]));
        vitest(&printed, good)
    });
    tally.section("Lints", || {
        let (good, _) = watched(
            cargo()
                .args(["clippy", "--workspace", "--all-targets"])
                .args(["--quiet", "--", "-D", "warnings"]),
        );
        vec![Suite::check("cargo clippy", good)]
    });
    tally.section("Build", || {
        let (good, _) = watched(cargo().args(["build", "--workspace", "--bins"]));
        vec![Suite::check("cargo build", good)]
    });
    let before = std::fs::read(root().join(BINDINGS)).ok();
    tally.section("Tests", || {
        let mut command = cargo();
        command.args(["test", "--workspace", "--no-fail-fast"]);
        built_programs(&mut command);
        let (good, printed) = watched(&mut command);
        cargo_tests(&printed, good)
    });
    tally.section("Generated bindings", || {
        let after = std::fs::read(root().join(BINDINGS)).ok();
        let good = before.is_some() && before == after && committed(Path::new(BINDINGS));
        if !good {
            eprintln!("{BINDINGS} is not what the Rust types say: commit the new one.");
        }
        vec![Suite::check("bindings are up to date", good)]
    });
    tally.section("Window tests", window_tests);

    let (passed, failed) = tally.sum();
    eprintln!("\n{}\n", tally.table());
    println!("{passed} passed, {failed} failed");
    if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn prerequisites() -> Suite {
    let mut wanted: Vec<&str> = packages::WINDOW.to_vec();
    wanted.extend(packages::WINDOW_TESTS);
    let ready =
        packages::ensure("Building and testing", &wanted).and_then(|()| packages::ensure_node());
    if let Err(message) = &ready {
        eprintln!("{message}");
    }
    Suite::check("prerequisites", ready.is_ok())
}

/// `npm ci`, unless what is installed is as new as the lock file.
fn install_ui() -> bool {
    let modified = |path: PathBuf| std::fs::metadata(path).and_then(|data| data.modified());
    let lock = modified(root().join("ui/package-lock.json"));
    let installed = modified(root().join("ui/node_modules/.package-lock.json"));
    if let (Ok(lock), Ok(installed)) = (lock, installed)
        && installed >= lock
    {
        eprintln!("Already installed.");
        return true;
    }
    watched(npm().args(["ci", "--no-fund", "--no-audit"])).0
}

/// Whether the user interface defines an npm script of this name.
fn has_script(name: &str) -> bool {
    std::fs::read_to_string(root().join("ui/package.json")).is_ok_and(|text| {
        text.split_once("\"scripts\"")
            .and_then(|(_, rest)| rest.split_once('}'))
            .is_some_and(|(scripts, _)| scripts.contains(&format!("\"{name}\":")))
    })
}

/// Window tests need a display of their own; each brings its session bus.
fn window_tests() -> Vec<Suite> {
    if !cfg!(target_os = "linux") {
        eprintln!("Window tests run on Linux only (WebKitWebDriver under a virtual display).");
        return Vec::new();
    }
    let mut command = Command::new("xvfb-run");
    command
        .current_dir(root())
        .args(["-a", "-s", "-screen 0 1280x800x24"])
        .arg(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["test", "--workspace", "--test", "window", "--no-fail-fast"]);
    built_programs(&mut command);
    let (good, printed) = watched(&mut command);
    cargo_tests(&printed, good)
}

/// Tells the end-to-end tests where the programs just built are, so that they need not build them.
fn built_programs(command: &mut Command) {
    if let Some(folder) = target_directory() {
        command.env("COUNTERFOIL_BIN_DIR", folder.join("debug"));
    }
}

fn target_directory() -> Option<PathBuf> {
    let metadata = output(cargo().args(["metadata", "--no-deps", "--format-version", "1"]))?;
    let (_, rest) = metadata.split_once("\"target_directory\":\"")?;
    let (path, _) = rest.split_once('"')?;
    Some(PathBuf::from(path.replace("\\\\", "\\")))
}

/// Whether git knows the file and sees no change in it. Without git (a source archive) there is
/// nothing to compare with.
fn committed(file: &Path) -> bool {
    let mut command = Command::new("git");
    command
        .current_dir(root())
        .args(["status", "--porcelain", "--"])
        .arg(file);
    output(&mut command).is_none_or(|changes| changes.trim().is_empty())
}

fn listed(name: &str, wrong: &[String]) -> Suite {
    for line in wrong {
        eprintln!("{line}");
    }
    Suite::check(name, wrong.is_empty())
}
