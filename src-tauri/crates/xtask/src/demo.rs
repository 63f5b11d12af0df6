//! `cargo demo`: the app on the demo books, in its window or in the terminal.

use std::process::ExitCode;

use crate::UNAVAILABLE;
use crate::packages;
use crate::process::{cargo, pass_on};

/// Builds and starts the demo.
pub fn run(arguments: &[String]) -> ExitCode {
    let place = Place::choose(arguments, display());
    let passed_on: Vec<&String> = arguments
        .iter()
        .filter(|argument| *argument != "--headless")
        .collect();
    match place {
        Place::Window => {
            eprintln!("The demo opens in its window (--headless runs it in the terminal).");
            let ready = packages::ensure("The window", packages::WINDOW)
                .and_then(|()| packages::ensure_node());
            if let Err(message) = ready {
                eprintln!("{message}\nOr, without a window: cargo demo --headless");
                return ExitCode::from(UNAVAILABLE);
            }
            build_and_start(
                &["--package", "counterfoil-desktop"],
                &["--demo"],
                &passed_on,
            )
        }
        Place::Terminal(why) => {
            eprintln!("{why}");
            if let Err(message) = packages::ensure("The demo", packages::COMPILER) {
                eprintln!("{message}");
                return ExitCode::from(UNAVAILABLE);
            }
            build_and_start(
                &["--package", "cli", "--bin", "counterfoil"],
                &["demo", "--headless"],
                &passed_on,
            )
        }
    }
}

/// Two steps, so that the build shows its progress (on stderr, as cargo always does) while the
/// start itself is silent and hands its exit code on.
fn build_and_start(package: &[&str], first: &[&str], rest: &[&String]) -> ExitCode {
    let built = cargo().arg("build").args(package).status();
    if !built.is_ok_and(|status| status.success()) {
        eprintln!("The build failed; see the messages above.");
        return ExitCode::from(UNAVAILABLE);
    }
    pass_on(
        cargo()
            .args(["run", "--quiet"])
            .args(package)
            .arg("--")
            .args(first)
            .args(rest),
    )
}

/// Where the demo runs.
#[derive(Debug, PartialEq, Eq)]
enum Place {
    Window,
    /// In the terminal, and why.
    Terminal(&'static str),
}

impl Place {
    fn choose(arguments: &[String], display: bool) -> Place {
        let given = |flag: &str| arguments.iter().any(|argument| argument == flag);
        if given("--headless") {
            Place::Terminal("The demo runs in the terminal, as asked.")
        } else if given("--json") {
            Place::Terminal("The demo runs in the terminal, which is where --json prints.")
        } else if display {
            Place::Window
        } else {
            Place::Terminal(
                "There is no display here (neither DISPLAY nor WAYLAND_DISPLAY is set), \
                 so the same demo runs in the terminal.",
            )
        }
    }
}

fn display() -> bool {
    if !cfg!(target_os = "linux") {
        return true;
    }
    ["DISPLAY", "WAYLAND_DISPLAY"]
        .into_iter()
        .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::Place;

    fn choose(arguments: &[&str], display: bool) -> Place {
        let arguments: Vec<String> = arguments.iter().map(ToString::to_string).collect();
        Place::choose(&arguments, display)
    }

    #[test]
    fn a_display_means_a_window_unless_the_terminal_is_asked_for() {
        assert_eq!(choose(&["--seed", "4"], true), Place::Window);
        assert!(matches!(choose(&["--headless"], true), Place::Terminal(_)));
        assert!(matches!(choose(&["--json"], true), Place::Terminal(_)));
    }

    #[test]
    fn without_a_display_the_reason_is_said() {
        let Place::Terminal(why) = choose(&[], false) else {
            panic!("the window was chosen without a display");
        };
        assert!(why.contains("no display"), "{why}");
    }
}
