//! A finished run.

use app::views::{RunOutcome, RunView};

use super::{error, indent};
use crate::terminal::{Style, count, figure};

/// The headline, what was written, and what to do next.
pub fn run(view: &RunView, style: Style) -> String {
    let headline = match view.outcome {
        RunOutcome::Agrees if view.ignored > 0 => style.good(format!(
            "In agreement, but for {} you set aside.",
            count(view.ignored, "record", "records")
        )),
        RunOutcome::Agrees => style.good("In agreement."),
        RunOutcome::Done => style.good(format!(
            "Done: {}. Nothing is said of the rest.",
            view.about.as_deref().unwrap_or("what was asked for")
        )),
        RunOutcome::NeedsAttention if view.exceptions == 0 && view.held > 0 => {
            style.warning(format!(
                "{} back; the next sync carries what waits.",
                count(view.held, "record was held", "records were held")
            ))
        }
        RunOutcome::NeedsAttention if view.exceptions == 0 && view.apart > 0 => {
            style.warning("Nothing is left to carry, but what customers owe differs.")
        }
        RunOutcome::NeedsAttention if view.exceptions == 0 => {
            style.warning("Not finished: the next sync goes on.")
        }
        RunOutcome::Running => style.faint("Under way."),
        RunOutcome::NeedsAttention => style.warning(format!(
            "{} you.",
            count(view.exceptions, "record needs", "records need")
        )),
        RunOutcome::Stopped => style.warning("Stopped. What was begun is finished."),
        RunOutcome::NeedsApproval if view.writes > 0 => {
            style.warning("Some of it waits for approval.")
        }
        RunOutcome::NeedsApproval => style.warning("Waiting for approval. Nothing was written."),
        RunOutcome::Elsewhere => style.warning("Synced elsewhere."),
        RunOutcome::Failed => style.bad("Not finished."),
    };
    let mut out = format!("{headline}\n");
    out.push_str(&format!(
        "  {} written ({} to Xero, {} to ERPNext), {} linked; {} to Xero.\n",
        count(view.records_written, "record", "records"),
        figure(&view.to_xero.to_string()),
        figure(&view.to_erpnext.to_string()),
        figure(&view.linked.to_string()),
        count(view.xero_calls, "call", "calls"),
    ));
    if let Some(failed) = &view.error {
        out.push_str(&indent(&error(failed, style)));
    }
    let hint = match view.outcome {
        RunOutcome::NeedsAttention if view.exceptions == 0 && view.apart > 0 => {
            Some("counterfoil status")
        }
        RunOutcome::NeedsAttention if view.exceptions == 0 => Some("counterfoil sync"),
        RunOutcome::NeedsAttention => Some("counterfoil exceptions"),
        RunOutcome::NeedsApproval => Some("counterfoil preview, then counterfoil sync --approve"),
        _ if view.exceptions > 0 => Some("counterfoil exceptions"),
        _ => None,
    };
    if let Some(hint) = hint {
        out.push_str(&format!("  {}\n", style.faint(format!("Next: {hint}"))));
    }
    out
}

#[cfg(test)]
mod tests {
    use app::views::{RunOutcome, RunReason, RunView};

    use crate::terminal::Style;

    #[test]
    fn the_headline_comes_first_and_the_next_step_last() {
        let view = RunView {
            id: 3,
            started_at: "2026-11-22T14:02:11Z".to_owned(),
            finished_at: None,
            reason: RunReason::Person,
            outcome: RunOutcome::NeedsAttention,
            to_xero: 1,
            to_erpnext: 41,
            records_written: 42,
            payments: 7,
            credit_notes: 2,
            markers: 200,
            writes: 242,
            linked: 200,
            exceptions: 3,
            ignored: 0,
            held: 0,
            later: 0,
            about: None,
            apart: 0,
            xero_calls: 12,
            error: None,
        };
        assert_eq!(
            super::run(&view, Style::plain()),
            "3 records need you.\n  42 records written (1 to Xero, 41 to ERPNext), 200 linked; 12 \
             calls to Xero.\n  Next: counterfoil exceptions\n"
        );
    }
}
