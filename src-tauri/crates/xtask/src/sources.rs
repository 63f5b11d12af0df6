//! Tidiness of the files themselves, as tests.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process::{output, root};

/// Folders that hold nothing of ours, for when git is not there to say so.
const NOT_OURS: &[&str] = &["target", "node_modules", "dist", "output", ".git", "gen"];

/// Every file of the project, relative to its top folder.
fn files() -> Vec<PathBuf> {
    let listed = output(
        Command::new("git")
            .args(["ls-files", "--cached", "--others", "--exclude-standard"])
            .current_dir(root()),
    );
    let mut files: Vec<PathBuf> = match listed {
        Some(listed) => listed.lines().map(PathBuf::from).collect(),
        None => walk(&root(), Path::new("")),
    };
    // A file that was deleted but not yet committed is still listed.
    files.retain(|file| root().join(file).is_file());
    files
}

fn walk(top: &Path, below: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let Ok(entries) = std::fs::read_dir(top.join(below)) else {
        return found;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        if NOT_OURS.contains(&name.to_string_lossy().as_ref()) {
            continue;
        }
        let path = below.join(&name);
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            found.extend(walk(top, &path));
        } else {
            found.push(path);
        }
    }
    found
}

fn extension(file: &Path) -> &str {
    file.extension().and_then(|ext| ext.to_str()).unwrap_or("")
}

/// Text files with their content.
fn texts() -> Vec<(PathBuf, String)> {
    files()
        .into_iter()
        .filter_map(|file| {
            let text = std::fs::read_to_string(root().join(&file)).ok()?;
            Some((file, text))
        })
        .collect()
}

/// Written by a program, so its length and style are not ours to judge.
fn generated(file: &Path) -> bool {
    let name = file
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or("");
    matches!(name, "Cargo.lock" | "package-lock.json" | "bindings.ts")
}

fn assert_none(found: &[String], what: &str) {
    assert!(found.is_empty(), "{what}:\n{}", found.join("\n"));
}

#[test]
fn the_top_folder_holds_the_known_few() {
    let allowed = [
        "Cargo.toml",
        "Cargo.lock",
        "LICENSE",
        "README.md",
        "findings",
        "icons",
        "src-tauri",
        "tests",
        "ui",
    ];
    let found: Vec<String> = files()
        .iter()
        .filter_map(|file| file.components().next())
        .map(|first| first.as_os_str().to_string_lossy().into_owned())
        .filter(|first| !first.starts_with('.') && !allowed.contains(&first.as_str()))
        .collect();
    assert_none(&found, "not expected in the top folder");
}

#[test]
fn no_file_names_a_place_on_one_machine() {
    // Written in halves, so that this file does not find itself; and this very machine's.
    let mut places = vec![
        concat!("/ro", "ot/").to_owned(),
        concat!("/wo", "rk/").to_owned(),
        concat!("/Us", "ers/").to_owned(),
        concat!("C:\\", "Users").to_owned(),
        root().display().to_string(),
    ];
    if let Some(home) = std::env::var_os("HOME").filter(|home| home.len() > 1) {
        places.push(format!("{}/", home.to_string_lossy()));
    }
    let mut found = Vec::new();
    for (file, text) in texts() {
        for (number, line) in text.lines().enumerate() {
            if places.iter().any(|place| line.contains(place.as_str())) {
                found.push(format!("{}:{}", file.display(), number + 1));
            }
        }
    }
    assert_none(&found, "lines that name a place on one machine");
}

#[test]
fn nothing_is_left_to_be_done_later() {
    let marks = [
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("todo", "!("),
        concat!("unimple", "mented!("),
        concat!("dbg", "!("),
        concat!("console.", "log("),
    ];
    let mut found = Vec::new();
    for (file, text) in texts() {
        if generated(&file) || !matches!(extension(&file), "rs" | "ts" | "svelte" | "css") {
            continue;
        }
        for (number, line) in text.lines().enumerate() {
            if marks.iter().any(|mark| line.contains(mark)) {
                found.push(format!(
                    "{}:{}: {}",
                    file.display(),
                    number + 1,
                    line.trim()
                ));
            }
        }
    }
    assert_none(&found, "lines left for later");
}

#[test]
fn source_files_stay_readable_in_one_go() {
    const MOST_LINES: usize = 620;
    // Lists of cases are read one by one, so they may be longer.
    const MOST_TEST_LINES: usize = 1200;
    let mut found = Vec::new();
    for (file, text) in texts() {
        if generated(&file) || !matches!(extension(&file), "rs" | "ts" | "svelte") {
            continue;
        }
        let test = file
            .iter()
            .any(|part| part.to_string_lossy().starts_with("tests"));
        let most = if test { MOST_TEST_LINES } else { MOST_LINES };
        let lines = text.lines().count();
        if lines > most {
            found.push(format!("{}: {lines} lines", file.display()));
        }
    }
    assert_none(&found, "files too long to be read in one go");
}

#[test]
fn no_file_is_heavy() {
    const MOST_BYTES: u64 = 1024 * 1024;
    let found: Vec<String> = files()
        .iter()
        .filter_map(|file| {
            let bytes = std::fs::metadata(root().join(file)).ok()?.len();
            (bytes > MOST_BYTES).then(|| format!("{}: {bytes} bytes", file.display()))
        })
        .collect();
    assert_none(&found, "files over 1 MiB");
}

#[test]
fn dependencies_come_from_the_public_registries() {
    let mut found = Vec::new();
    for (file, text) in texts() {
        let name = file
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or("");
        for line in text.lines().map(str::trim) {
            let bad = match name {
                "Cargo.lock" => {
                    line.starts_with("source = ")
                        && line
                            != "source = \"registry+https://github.com/rust-lang/crates.io-index\""
                }
                // The lock files leave addresses out, so that npm asks the registry it is set to; one
                // that is there leads elsewhere.
                "package-lock.json" => line.starts_with("\"resolved\": \"http"),
                _ => false,
            };
            if bad {
                found.push(format!("{}: {line}", file.display()));
            }
        }
    }
    assert_none(&found, "dependencies from elsewhere");
}

#[test]
fn markdown_links_lead_to_files_that_exist() {
    let mut found = Vec::new();
    for (file, text) in texts() {
        if extension(&file) != "md" {
            continue;
        }
        let folder = file.parent().unwrap_or(Path::new(""));
        for link in text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
        {
            let target = link.split('#').next().unwrap_or("");
            if target.is_empty() || target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            if !root().join(folder).join(target).exists() {
                found.push(format!("{}: {link}", file.display()));
            }
        }
    }
    assert_none(&found, "links that lead nowhere");
}

/// Files of the engine that plan records of one kind, or say how two of one kind are told apart.
const PLANNERS: [&str; 9] = [
    "plan/contacts",
    "plan/matching",
    "plan/names",
    "plan/open_documents",
    "plan/outline",
    "plan/payments",
    "plan/translate",
    "plan/uses",
    "undo/judge",
];

/// Other files of the engine that name a kind, and why.
const NAME_KINDS: [(&str, &str); 6] = [
    (
        "plan/situation.rs",
        "a rule has a direction for each kind, and the policy a field for each",
    ),
    (
        "run/credits.rs",
        "what is on account belongs to a contact, and is shown until credit notes and payments are kinds",
    ),
    (
        "run/planned/freed.rs",
        "payments are taken off documents and put back",
    ),
    (
        "run/situation/read.rs",
        "documents are held by their cards and read in slices, all other kinds whole",
    ),
    (
        "run/situation/settling.rs",
        "payments that pay back money name that money",
    ),
    (
        "run/situation.rs",
        "what others refer to is loaded: contacts, and the invoices that payments are for; and all \
         documents share the start date and the rule about drafts that stand with the invoices'",
    ),
];

#[test]
fn only_planners_name_a_kind_in_the_engine() {
    let kinds = ["Contact", "Invoice", "CreditNote", "Payment"];
    let named = |line: &str| {
        kinds.iter().any(|kind| {
            ["Kind::", "Record::"]
                .iter()
                .any(|of| words_of(line, &format!("{of}{kind}")))
        }) || ["as_contact(", "as_invoice(", "as_payment("]
            .iter()
            .any(|method| line.contains(method))
    };
    let engine = Path::new("src-tauri/crates/engine/src");
    let mut wrong = Vec::new();
    let mut needed = [false; NAME_KINDS.len()];
    for (file, text) in texts() {
        let Ok(inside) = file.strip_prefix(engine) else {
            continue;
        };
        let inside = inside.to_string_lossy().replace('\\', "/");
        let test = inside.contains("tests");
        if test || PLANNERS.iter().any(|of| inside.starts_with(of)) {
            continue;
        }
        let product = text.split("#[cfg(test)]").next().unwrap_or_default();
        for (number, line) in product.lines().enumerate() {
            if line.trim_start().starts_with("//") || !named(line) {
                continue;
            }
            match NAME_KINDS
                .iter()
                .position(|(allowed, _)| *allowed == inside)
            {
                Some(at) => needed[at] = true,
                None => wrong.push(format!("{inside}:{}: {}", number + 1, line.trim())),
            }
        }
    }
    assert_none(
        &wrong,
        "these lines of the engine name a kind (a fact of a kind belongs in ledger/src/kind.rs, what a \
         record does in ledger/src/record.rs)",
    );
    let unused: Vec<String> = NAME_KINDS
        .iter()
        .zip(needed)
        .filter(|(_, needed)| !needed)
        .map(|((file, why), _)| format!("{file} ({why})"))
        .collect();
    assert_none(&unused, "allowed to name kinds, and do not");
}

/// Whether a line has this text and no longer name around it.
fn words_of(line: &str, text: &str) -> bool {
    line.match_indices(text).any(|(at, _)| {
        let part = |c: char| c.is_alphanumeric() || c == '_';
        let before = line[..at].chars().next_back().is_some_and(part);
        let after = line[at + text.len()..].chars().next().is_some_and(part);
        !before && !after
    })
}
