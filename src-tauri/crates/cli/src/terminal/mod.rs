//! What is shown in a terminal: colour where it is wanted, aligned tables, money, one live line.

mod money;
mod progress;
mod table;

use std::fmt::Display;
use std::io::IsTerminal;

pub use money::{amount, figure};
pub use progress::ProgressLine;
pub use table::{Align, Table};

/// Whether to colour, decided once for each stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    colour: bool,
}

impl Style {
    /// For stdout: colour on a terminal, unless `NO_COLOR` says otherwise.
    pub fn stdout() -> Style {
        Style {
            colour: wanted(std::io::stdout().is_terminal()),
        }
    }

    /// For stderr.
    pub fn stderr() -> Style {
        Style {
            colour: wanted(std::io::stderr().is_terminal()),
        }
    }

    /// Without colour.
    #[cfg(test)]
    pub const fn plain() -> Style {
        Style { colour: false }
    }

    /// Headlines.
    pub fn bold(self, text: impl Display) -> String {
        self.paint("1", text)
    }

    /// What matters less.
    pub fn faint(self, text: impl Display) -> String {
        self.paint("2", text)
    }

    /// Agreement.
    pub fn good(self, text: impl Display) -> String {
        self.paint("32", text)
    }

    /// A choice or a wait.
    pub fn warning(self, text: impl Display) -> String {
        self.paint("33", text)
    }

    /// Refused or failed.
    pub fn bad(self, text: impl Display) -> String {
        self.paint("31", text)
    }

    fn paint(self, code: &str, text: impl Display) -> String {
        if self.colour {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_string()
        }
    }
}

fn wanted(terminal: bool) -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    terminal && !set("NO_COLOR") && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// "1 record", "3 records", "1,204 records".
pub fn count(number: impl Into<u64>, one: &str, many: &str) -> String {
    let number = number.into();
    let word = if number == 1 { one } else { many };
    format!("{} {word}", figure(&number.to_string()))
}

/// An instant as a person reads it, in UTC and to the second: `2026-11-22 14:02:11`.
pub fn instant(rfc3339: &str) -> String {
    chrono::DateTime::parse_from_rfc3339(rfc3339).map_or_else(
        |_| rfc3339.to_owned(),
        |instant| instant.to_utc().format("%Y-%m-%d %H:%M:%S").to_string(),
    )
}

#[cfg(test)]
mod tests {
    use super::{count, instant};

    #[test]
    fn one_is_not_many() {
        assert_eq!(count(1_u32, "record", "records"), "1 record");
        assert_eq!(count(1204_u32, "record", "records"), "1,204 records");
    }

    #[test]
    fn instants_are_read_in_utc() {
        assert_eq!(instant("2026-11-22T15:02:11+01:00"), "2026-11-22 14:02:11");
        assert_eq!(instant("unknown"), "unknown");
    }
}
