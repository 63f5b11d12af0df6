//! Exit codes, and how a failure is told.

use app::views::{ErrorView, RunOutcome, RunView};

/// How the command ended, for scripts. The numbers are documented and stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done and in agreement.
    Agreement = 0,
    /// Done; records need a person.
    Exceptions = 1,
    /// Wrong usage, or set-up is not finished.
    Usage = 2,
    /// A connection needs a person.
    Connection = 3,
    /// A mass change waits for approval.
    Approval = 4,
    /// Another process, or another installation, is syncing.
    Busy = 5,
    /// A bug.
    Bug = 70,
    /// The data folder, or an export, cannot be written: full, or no permission.
    Folder = 74,
    /// A person stopped it.
    Stopped = 130,
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        std::process::ExitCode::from(exit as u8)
    }
}

impl Exit {
    /// The code for an error's stable word.
    pub fn for_error(error: &ErrorView) -> Exit {
        match error.code.as_str() {
            "busy" | "synced_elsewhere" => Exit::Busy,
            "approval_needed" => Exit::Approval,
            "usage" | "not_paired" | "not_found" | "exists" => Exit::Usage,
            "disk_full" | "folder" | "export" => Exit::Folder,
            "stopped" => Exit::Stopped,
            "bug" => Exit::Bug,
            // Everything else is about a connection: signing in, reaching it, being allowed.
            _ => Exit::Connection,
        }
    }

    /// The code for a finished run.
    pub fn for_run(run: &RunView) -> Exit {
        match run.outcome {
            RunOutcome::Agrees | RunOutcome::Done | RunOutcome::Running if run.exceptions == 0 => {
                Exit::Agreement
            }
            RunOutcome::Agrees
            | RunOutcome::Done
            | RunOutcome::Running
            | RunOutcome::NeedsAttention => Exit::Exceptions,
            RunOutcome::Stopped => Exit::Stopped,
            RunOutcome::NeedsApproval => Exit::Approval,
            RunOutcome::Elsewhere | RunOutcome::Failed => {
                run.error.as_ref().map_or(Exit::Connection, Exit::for_error)
            }
        }
    }
}

/// An error of this program's own making.
pub fn failure(code: &str, message: impl Into<String>, next_step: Option<&str>) -> ErrorView {
    ErrorView {
        code: code.to_owned(),
        message: message.into(),
        next_step: next_step.map(str::to_owned),
        details: None,
        side: None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Exit, failure};

    #[test]
    fn every_word_has_its_code() {
        for (word, exit) in [
            ("sign_in_needed", Exit::Connection),
            ("offline", Exit::Connection),
            ("wrong_key", Exit::Connection),
            ("busy", Exit::Busy),
            ("synced_elsewhere", Exit::Busy),
            ("approval_needed", Exit::Approval),
            ("not_paired", Exit::Usage),
            ("disk_full", Exit::Folder),
            ("exists", Exit::Usage),
            ("export", Exit::Folder),
            ("bug", Exit::Bug),
        ] {
            assert_eq!(Exit::for_error(&failure(word, "", None)), exit, "{word}");
        }
    }
}
