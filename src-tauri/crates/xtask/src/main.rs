//! `cargo demo` and `cargo verify`: the two commands that do everything on a fresh machine.
//!
//! Nothing but the standard library, so that it builds anywhere in seconds. Both commands say what
//! they are about to do, install what is missing (asking first where that needs sudo) and pass the
//! exit code of what they run on.

#[cfg(test)]
mod cases;
mod crates;
mod demo;
mod packages;
mod process;
#[cfg(test)]
mod sources;
mod tally;
mod verify;

use std::process::ExitCode;

const USAGE: &str = "\
Usage: cargo demo [--headless] [--json] [--seed N] [--contacts N] [--invoices N]
       cargo verify

  demo    builds Counterfoil and opens it on the demo books; without a display, or with
          --headless, runs the same demo in the terminal
  verify  formatting, lints, type checks, and every unit, integration and window test";

/// What this program returns where it could not start what was asked for (`EX_UNAVAILABLE`).
/// The demo's own exit codes are passed on unchanged, so this one is outside their range.
const UNAVAILABLE: u8 = 69;

fn main() -> ExitCode {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.is_empty() {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    }
    let command = arguments.remove(0);
    // `cargo demo -- --headless` arrives with the separator still in front.
    if arguments.first().is_some_and(|first| first == "--") {
        arguments.remove(0);
    }
    match command.as_str() {
        "demo" => demo::run(&arguments),
        "verify" if arguments.is_empty() => verify::run(),
        "help" | "--help" | "-h" => {
            println!("{USAGE}");
            ExitCode::SUCCESS
        }
        _ => {
            eprintln!("{USAGE}");
            ExitCode::from(2)
        }
    }
}
