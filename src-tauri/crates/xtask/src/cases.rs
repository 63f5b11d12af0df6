//! The page of cases (`src-tauri/docs/CASES.md`) against the source: each test that it names is there and
//! runs, and each file.
//!
//! A test is written as `crate path::name`, a file as `crate/path`; crates stand in `src-tauri/crates`, and
//! `tests` beside them at the top. A row without a test says why in its place.

use std::path::{Path, PathBuf};

use crate::process::root;

/// The page, below the top folder.
const PAGE: &str = "src-tauri/docs/CASES.md";

/// How the place of a test begins where there is none.
const WITHOUT: [&str; 2] = ["no test: ", "not built yet: "];

/// One row of a table.
#[derive(Debug, PartialEq, Eq)]
struct Row {
    line: usize,
    cells: Vec<String>,
}

#[test]
fn each_test_and_file_that_the_page_of_cases_names_is_there() {
    let read = |file: &Path| std::fs::read_to_string(root().join(file)).ok();
    let wrong = check(&read(Path::new(PAGE)).unwrap_or_default(), &read);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What a page says that is not so, a line each; `read` reads a file of the project.
fn check(page: &str, read: &dyn Fn(&Path) -> Option<String>) -> Vec<String> {
    let rows = rows(page);
    if rows.is_empty() {
        return vec![format!("{PAGE}: no case")];
    }
    let mut wrong = Vec::new();
    for Row { line, cells } in rows {
        let mut say = |what: String| wrong.push(format!("{PAGE}:{line}: {what}"));
        let [case, right, tests, decided] = cells.as_slice() else {
            say(format!("a row has 4 cells, and this one {}", cells.len()));
            continue;
        };
        if case.is_empty() || right.is_empty() {
            say("what is the case, and what is right?".to_owned());
        }
        let named = quoted(tests);
        let without = WITHOUT.iter().any(|word| tests.starts_with(word));
        if named.is_empty() && !without {
            say("names no test, and does not say why".to_owned());
        }
        for test in named {
            if let Err(why) = test_stands(test, read) {
                say(format!("{test}: {why}"));
            }
        }
        let files = quoted(decided);
        if files.is_empty() && !without {
            say("does not say where it is decided".to_owned());
        }
        for file in files {
            if read(&below_crates(file)).is_none() {
                say(format!("{file}: there is no such file"));
            }
        }
    }
    wrong
}

/// The rows of all tables, without their heads.
fn rows(page: &str) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut inside = false;
    for (at, text) in page.lines().enumerate() {
        let Some(row) = text.strip_prefix('|') else {
            inside = false;
            continue;
        };
        if row.trim_start().starts_with("--") {
            inside = true;
            continue;
        }
        if inside {
            let row = row.trim_end().strip_suffix('|').unwrap_or(row);
            let cells = row.split('|').map(|cell| cell.trim().to_owned()).collect();
            rows.push(Row {
                line: at + 1,
                cells,
            });
        }
    }
    rows
}

/// What stands between back quotes.
fn quoted(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

/// Where a file stands that is written with its crate in front.
fn below_crates(file: &str) -> PathBuf {
    let top = ["tests/", "src-tauri/", "ui/"];
    if top.iter().any(|folder| file.starts_with(folder)) {
        return PathBuf::from(file);
    }
    Path::new("src-tauri/crates").join(file)
}

/// Whether a test is there and runs.
fn test_stands(test: &str, read: &dyn Fn(&Path) -> Option<String>) -> Result<(), String> {
    let parts = test
        .split_once(' ')
        .and_then(|(of, rest)| Some((of, rest.split_once("::")?)));
    let Some((of, (path, name))) = parts else {
        return Err("a test is written as `crate path::name`".to_owned());
    };
    let file = below_crates(&format!("{of}/{path}"));
    let Some(text) = read(&file) else {
        return Err(format!("there is no {}", file.display()));
    };
    match attributes(&text, name) {
        None => Err("there is no such function".to_owned()),
        Some(found) if found.iter().any(|it| it.contains("ignore")) => {
            Err("is left out when tests run".to_owned())
        }
        Some(found) if found.iter().any(|it| is_test(it)) => Ok(()),
        // A room of tests that `main.rs` runs on one site after another.
        Some(_) => {
            let room = file.file_stem().unwrap_or_default().to_string_lossy();
            let called = format!("{room}::{name},");
            let list = file.with_file_name("main.rs");
            let runs = read(&list).is_some_and(|list| list.lines().any(|it| it.trim() == called));
            if runs {
                Ok(())
            } else {
                Err("is no test".to_owned())
            }
        }
    }
}

/// The attributes of a function, where there is one of this name.
fn attributes<'a>(text: &'a str, name: &str) -> Option<Vec<&'a str>> {
    let called = format!("fn {name}(");
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let at = lines
        .iter()
        .position(|line| !line.starts_with("//") && line.contains(&called))?;
    let above = lines[..at].iter().rev().copied();
    let above = above.take_while(|line| line.starts_with("#[") || line.starts_with("//"));
    Some(above.filter(|line| line.starts_with("#[")).collect())
}

/// `#[test]`, `#[tokio::test]`, `#[tokio::test(…)]`.
fn is_test(attribute: &str) -> bool {
    let name = attribute.trim_start_matches("#[");
    let name = name.split(['(', ']']).next().unwrap_or_default();
    name == "test" || name.ends_with("::test")
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: &str = "\
/// A fn stands_in_words() is none.
#[test]
fn plain() {}

/// Said before it.
#[tokio::test(flavor = \"multi_thread\")]
async fn with_threads() {}

#[test]
#[ignore]
fn left_out() {}

fn helper() {}

pub async fn on_all_sites(site: &Site) {}
";

    fn project(file: &Path) -> Option<String> {
        let file = file.to_string_lossy().replace('\\', "/");
        let text = match file.as_str() {
            "src-tauri/crates/books/tests/site/room.rs" => ROOM,
            "src-tauri/crates/books/tests/site/main.rs" => {
                "on_all_sites!(\n    room::on_all_sites,\n);"
            }
            "src-tauri/crates/engine/src/plan.rs" | "tests/src/office.rs" => "",
            _ => return None,
        };
        Some(text.to_owned())
    }

    fn said(rows: &str) -> Vec<String> {
        let page = format!(
            "Words | of it\n\n| Case | Right | Test | Decided in |\n|---|---|---|---|\n{rows}\n"
        );
        let wrong = check(&page, &project);
        let short = |it: String| it.replace("src-tauri/docs/CASES.md:", "");
        wrong.into_iter().map(short).collect()
    }

    fn row(tests: &str) -> Vec<String> {
        said(&format!("| it | so | {tests} | `engine/src/plan.rs` |"))
    }

    #[test]
    fn a_test_is_there_and_runs() {
        for good in [
            "`books tests/site/room.rs::plain`",
            "`books tests/site/room.rs::plain`, `books tests/site/room.rs::with_threads`",
            "`books tests/site/room.rs::on_all_sites`",
            "no test: nothing to run",
            "not built yet: webhooks",
        ] {
            assert_eq!(row(good), Vec::<String>::new(), "{good}");
        }
        for (bad, why) in [
            ("", "names no test, and does not say why"),
            ("plain", "names no test, and does not say why"),
            ("`plain`", "plain: a test is written as `crate path::name`"),
            (
                "`books tests/site/other.rs::plain`",
                "books tests/site/other.rs::plain: there is no src-tauri/crates/books/tests/site/other.rs",
            ),
            (
                "`books tests/site/room.rs::stands_in_words`",
                "books tests/site/room.rs::stands_in_words: there is no such function",
            ),
            (
                "`books tests/site/room.rs::left_out`",
                "books tests/site/room.rs::left_out: is left out when tests run",
            ),
            (
                "`books tests/site/room.rs::helper`",
                "books tests/site/room.rs::helper: is no test",
            ),
        ] {
            assert_eq!(row(bad), [format!("5: {why}")], "{bad}");
        }
    }

    #[test]
    fn a_row_says_all_of_it() {
        let test = "`books tests/site/room.rs::plain`";
        assert_eq!(
            said(&format!(
                "| it | so | {test} | `engine/src/plan.rs`, `tests/src/office.rs` |"
            )),
            Vec::<String>::new()
        );
        assert_eq!(
            said(&format!("| it | so | {test} | `engine/src/other.rs` |")),
            ["5: engine/src/other.rs: there is no such file"]
        );
        assert_eq!(
            said(&format!("| it | so | {test} | somewhere |")),
            ["5: does not say where it is decided"]
        );
        assert_eq!(
            said("| it | so | no test: by hand | |"),
            Vec::<String>::new()
        );
        assert_eq!(
            said(&format!("| it | | {test} | `engine/src/plan.rs` |")),
            ["5: what is the case, and what is right?"]
        );
        assert_eq!(
            said(&format!("| it | {test} | `engine/src/plan.rs` |")),
            ["5: a row has 4 cells, and this one 3"]
        );
    }

    #[test]
    fn a_page_without_cases_is_wrong() {
        assert_eq!(
            check("words alone", &project),
            ["src-tauri/docs/CASES.md: no case"]
        );
    }
}
