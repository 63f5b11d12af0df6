//! The `counterfoil` command line: arguments, what each command says, and the demo.
//!
//! It only calls `app`, as the window does, and `sandbox` for the demo books.
#![allow(
    clippy::format_push_string,
    reason = "text for a person is built once per command; write! can fail only in theory and says less"
)]

mod answer;
mod arguments;
pub mod audit;
mod commands;
pub mod demo;
mod exit;
mod open;
mod render;
mod secrets;
mod terminal;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use clap::Parser as _;

use crate::arguments::Arguments;
use crate::exit::{Exit, failure};

/// What a command comes to, without a process of its own.
#[derive(Debug)]
pub struct Told {
    /// What it says to people.
    pub text: String,
    /// What `--json` prints.
    pub document: serde_json::Value,
    /// The exit code.
    pub exit: u8,
}

/// Runs one command line in this process; what it prints itself (an export to stdout) is printed. A failure has
/// its document and its code too.
///
/// # Errors
/// Words that are no command line.
pub async fn tell(line: &[&str]) -> Result<Told, clap::Error> {
    let arguments = Arguments::try_parse_from(line)?;
    Ok(match commands::run(arguments).await {
        Ok(answer) => Told {
            text: answer.text,
            document: answer.document,
            exit: answer.exit as u8,
        },
        Err(failed) => Told {
            text: render::error(&failed, terminal::Style::stdout()),
            document: serde_json::json!({ "error": failed }),
            exit: Exit::for_error(&failed) as u8,
        },
    })
}

/// Runs the command line of this process to its end.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let json = arguments.common.json;
    // A bug must not look like an answer: its own exit code, and words that say what to do.
    let ended = catch_unwind(AssertUnwindSafe(|| {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .map_err(|error| failure("bug", format!("It could not start: {error}."), None))?;
        let answered = runtime.block_on(commands::run(arguments));
        // Whatever still waits (a keyring that asks, a server that is silent) must not hold up the end.
        runtime.shutdown_background();
        answered
    }));
    let answered = ended.unwrap_or_else(|_| {
        Err(failure(
            "bug",
            "Counterfoil stopped because of a mistake of its own. Nothing that was recorded is lost.",
            Some("Please report what was printed above."),
        ))
    });
    let exit: Exit = answer::print(answered, json);
    exit.into()
}
