//! One live line on stderr while a run is under way.

use std::io::{IsTerminal, Write};

use app::views::{Kind, Progress, Side, Stage};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::{Style, figure};

/// Shows a run's progress until it is finished. Nothing is shown where stderr is no terminal.
pub struct ProgressLine {
    task: Option<JoinHandle<()>>,
}

impl ProgressLine {
    /// Starts showing.
    pub fn show(mut progress: watch::Receiver<Option<Progress>>) -> ProgressLine {
        if !std::io::stderr().is_terminal() {
            return ProgressLine { task: None };
        }
        let task = tokio::spawn(async move {
            let style = Style::stderr();
            while progress.changed().await.is_ok() {
                let line = progress.borrow_and_update().as_ref().map(describe);
                if let Some(line) = line {
                    // Back to the first column, the line, and the rest of the row cleared.
                    eprint!("\r{}\u{1b}[K", style.faint(line));
                    let _ = std::io::stderr().flush();
                }
            }
        });
        ProgressLine { task: Some(task) }
    }

    /// Takes the line away again.
    pub fn finish(self) {
        if let Some(task) = self.task {
            task.abort();
            eprint!("\r\u{1b}[K");
            let _ = std::io::stderr().flush();
        }
    }
}

/// One line that says what the run is doing and how far it is.
fn describe(progress: &Progress) -> String {
    if let Some(wait) = &progress.waiting {
        return format!("Waiting: {}", wait.reason);
    }
    let kind = match progress.kind {
        Some(Kind::Contact) => "contacts",
        Some(Kind::Invoice) => "invoices",
        Some(Kind::CreditNote) => "credit notes",
        Some(Kind::Payment) => "payments",
        None => "records",
    };
    let side = match progress.side {
        Some(Side::Xero) => "Xero",
        Some(Side::Erpnext) => "ERPNext",
        None => "both sides",
    };
    let what = match progress.stage {
        Stage::Starting => return "Checking both connections".to_owned(),
        Stage::Reading => format!("Reading {kind} from {side}"),
        Stage::Planning => return "Finding out what to do".to_owned(),
        Stage::Writing => format!("Writing {kind} to {side}"),
        Stage::Comparing => return "Comparing receivables".to_owned(),
    };
    let done = figure(&progress.done.to_string());
    let mut line = match progress.total {
        Some(total) => format!("{what}: {done} of {}", figure(&total.to_string())),
        None => format!("{what}: {done}"),
    };
    if let Some(rate) = progress.per_minute {
        line.push_str(&format!(", {} a minute", figure(&rate.to_string())));
    }
    if progress.stopping {
        line.push_str(", stopping");
    }
    line
}

#[cfg(test)]
mod tests {
    use app::views::{Kind, Progress, RunReason, Side, Stage, WaitView};

    use super::describe;

    fn writing() -> Progress {
        Progress {
            run: 1,
            reason: RunReason::Person,
            started_at: "2026-11-22T14:02:11Z".to_owned(),
            stage: Stage::Writing,
            side: Some(Side::Xero),
            kind: Some(Kind::Invoice),
            done: 1250,
            total: Some(4000),
            per_minute: Some(900),
            waiting: None,
            paused: false,
            stopping: false,
            to_xero: 0,
            to_erpnext: 0,
            linked: 0,
            exceptions: 0,
        }
    }

    #[test]
    fn it_says_what_how_far_and_how_fast() {
        assert_eq!(
            describe(&writing()),
            "Writing invoices to Xero: 1,250 of 4,000, 900 a minute"
        );
    }

    #[test]
    fn a_wait_is_said_first() {
        let waiting = Progress {
            waiting: Some(WaitView {
                reason: "Xero allows 60 calls a minute".to_owned(),
                until: None,
            }),
            ..writing()
        };
        assert_eq!(describe(&waiting), "Waiting: Xero allows 60 calls a minute");
    }
}
