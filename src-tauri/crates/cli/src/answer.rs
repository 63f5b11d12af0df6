//! What a command has to say, and saying it.

use std::io::Write;

use app::views::ErrorView;
use serde::Serialize;
use serde_json::{Value, json};

use crate::exit::{Exit, failure};
use crate::render;
use crate::terminal::Style;

/// What a command has to say: the same in two forms.
#[derive(Debug)]
pub struct Answer {
    /// For `--json`.
    pub document: Value,
    /// For people, ending with a line break.
    pub text: String,
    /// For scripts.
    pub exit: Exit,
}

impl Answer {
    /// A view and its text.
    ///
    /// # Errors
    /// A bug, where the view cannot be written as JSON.
    pub fn of(view: &impl Serialize, text: String, exit: Exit) -> Result<Answer, ErrorView> {
        let document = serde_json::to_value(view)
            .map_err(|error| failure("bug", format!("A view is not JSON: {error}"), None))?;
        Ok(Answer {
            document,
            text,
            exit,
        })
    }
}

impl Answer {
    /// For a command that has printed its own lines.
    pub fn nothing_more() -> Answer {
        Answer {
            document: Value::Null,
            text: String::new(),
            exit: Exit::Agreement,
        }
    }
}

/// Prints what a command came to: the document or the text on stdout, a failure as the document or
/// on stderr.
pub fn print(answered: Result<Answer, ErrorView>, json: bool) -> Exit {
    match answered {
        Ok(answer) => {
            if json {
                document(&answer.document);
            } else {
                stdout(&answer.text);
            }
            answer.exit
        }
        Err(failed) => {
            if json {
                document(&json!({ "error": failed }));
            } else {
                eprint!("{}", render::error(&failed, Style::stderr()));
            }
            Exit::for_error(&failed)
        }
    }
}

/// Writes text to stdout. A reader that has gone away (`| head`) is no failure.
pub fn stdout(text: &str) {
    let mut stdout = std::io::stdout().lock();
    let _ = stdout.write_all(text.as_bytes());
    let _ = stdout.flush();
}

fn document(value: &Value) {
    // A command that has printed its own line (`sandbox`) has nothing more to say.
    if value.is_null() {
        return;
    }
    stdout(&format!("{value:#}\n"));
}
