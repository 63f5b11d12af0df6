//! Which crate may depend on which, and on what terms the foreign ones come.

use crate::process::{cargo, output};

/// The rooms, lowest first: what each workspace crate may name as a dependency. Tests may use more.
const MAY_KNOW: &[(&str, &[&str])] = &[
    ("ledger", &[]),
    ("net", &["ledger"]),
    // Nothing of ours: what tests the product must not share its mistakes.
    ("sandbox", &[]),
    ("oauth", &["net"]),
    ("xero", &["ledger", "net", "oauth"]),
    ("erpnext", &["ledger", "net", "oauth"]),
    ("store", &["ledger"]),
    ("engine", &["ledger", "store"]),
    ("books", &["ledger", "net", "xero", "erpnext", "engine"]),
    (
        "app",
        &[
            "ledger", "net", "oauth", "xero", "erpnext", "store", "engine", "books",
        ],
    ),
    ("cli", &["ledger", "app", "sandbox"]),
    ("counterfoil-desktop", &["ledger", "app", "sandbox"]),
    ("xtask", &[]),
];

/// What may never be below the shell: the command line runs where there is no desktop.
const DESKTOP: &[&str] = &["tauri", "wry", "tao", "gtk", "webkit2gtk"];

/// What is used nowhere: a second TLS library beside rustls, and a C library for it.
const BANNED: &[&str] = &["openssl", "openssl-sys", "native-tls"];

/// Licences that allow what we do with the code: link it and hand the whole on.
const LICENCES: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "MPL-2.0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Crates that name one they must not know, one line each.
pub fn wrong_directions() -> Vec<String> {
    let members: Vec<&str> = MAY_KNOW.iter().map(|(name, _)| *name).collect();
    let mut wrong = Vec::new();
    for (member, allowed) in MAY_KNOW {
        let Some(tree) = tree(member, &["--edges", "normal,build"]) else {
            wrong.push(format!("{member}: its dependencies could not be listed"));
            continue;
        };
        if *member != "counterfoil-desktop" {
            for name in DESKTOP {
                if tree.iter().any(|dependency| dependency.name == *name) {
                    wrong.push(format!(
                        "{member} is below the window but depends on {name}"
                    ));
                }
            }
        }
        let Some(direct) = self::tree(member, &["--edges", "normal,build", "--depth", "1"]) else {
            continue;
        };
        for dependency in direct {
            let name = dependency.name.as_str();
            if name != *member && members.contains(&name) && !allowed.contains(&name) {
                wrong.push(format!("{member} must not know {name}"));
            }
        }
    }
    wrong
}

/// Foreign crates that may not be used, or whose licence nobody has agreed to, one line each.
pub fn wrong_terms() -> Vec<String> {
    let mut wrong = Vec::new();
    for member in ["counterfoil-desktop", "cli", "tests"] {
        let Some(tree) = tree(member, &["--edges", "normal,build"]) else {
            wrong.push(format!("{member}: its dependencies could not be listed"));
            continue;
        };
        for dependency in tree {
            if BANNED.contains(&dependency.name.as_str()) {
                wrong.push(format!("{} is banned", dependency.name));
            }
            if !agreed(&dependency.licence) {
                wrong.push(format!(
                    "{}: licence \"{}\" is not agreed to",
                    dependency.name, dependency.licence
                ));
            }
        }
    }
    wrong.sort();
    wrong.dedup();
    wrong
}

struct Dependency {
    name: String,
    licence: String,
}

fn tree(member: &str, more: &[&str]) -> Option<Vec<Dependency>> {
    let printed = output(
        cargo()
            .args(["tree", "--quiet", "--target", "all", "--prefix", "none"])
            .args(["--format", "{p}|{l}", "--package", member])
            .args(more),
    )?;
    Some(
        printed
            .lines()
            .filter_map(|line| {
                let (package, licence) = line.split_once('|')?;
                Some(Dependency {
                    name: package.split_whitespace().next()?.to_owned(),
                    licence: licence.trim_end_matches(" (*)").to_owned(),
                })
            })
            .collect(),
    )
}

/// Reads an SPDX expression (and the older `MIT/Apache-2.0`): every part of an AND, any of an OR.
fn agreed(expression: &str) -> bool {
    let expression = expression.trim();
    if let Some(parts) = split(expression, &[" AND "]) {
        return parts.iter().all(|part| agreed(part));
    }
    if let Some(parts) = split(expression, &[" OR ", "/"]) {
        return parts.iter().any(|part| agreed(part));
    }
    if let Some(inner) = expression
        .strip_prefix('(')
        .and_then(|rest| rest.strip_suffix(')'))
    {
        return agreed(inner);
    }
    LICENCES.contains(&expression)
}

/// Splits at the separators that stand outside brackets; `None` where there is none.
fn split(expression: &str, separators: &[&str]) -> Option<Vec<String>> {
    let mut parts = vec![String::new()];
    let mut depth = 0_usize;
    let mut rest = expression;
    while let Some(character) = rest.chars().next() {
        if depth == 0
            && let Some(separator) = separators.iter().find(|word| rest.starts_with(**word))
        {
            parts.push(String::new());
            rest = &rest[separator.len()..];
            continue;
        }
        match character {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if let Some(part) = parts.last_mut() {
            part.push(character);
        }
        rest = &rest[character.len_utf8()..];
    }
    (parts.len() > 1).then_some(parts)
}

#[cfg(test)]
mod tests {
    use super::agreed;

    #[test]
    fn licence_expressions_are_read() {
        for good in [
            "MIT",
            "MIT OR Apache-2.0",
            "MIT/Apache-2.0",
            "(MIT OR Apache-2.0) AND Unicode-3.0",
            "MIT OR Apache-2.0 OR LGPL-2.1-or-later",
            "Apache-2.0 WITH LLVM-exception",
            "ISC AND (Apache-2.0 OR ISC) AND (Apache-2.0 OR ISC OR MIT-0)",
        ] {
            assert!(agreed(good), "{good}");
        }
        for bad in [
            "",
            "GPL-3.0",
            "MIT AND GPL-3.0",
            "(MIT OR ISC) AND AGPL-3.0",
        ] {
            assert!(!agreed(bad), "{bad}");
        }
    }
}
