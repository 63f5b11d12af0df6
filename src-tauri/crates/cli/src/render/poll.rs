//! What a poll came to.

use app::views::PollView;

use super::{kind, run, side};
use crate::terminal::{Style, count};

/// What was asked and answered, and the sync that followed.
pub fn poll(view: &PollView, style: Style) -> String {
    let calls = count(view.xero_calls, "call", "calls");
    let headline = match (&view.due, view.changed) {
        (Some(why), _) => style.warning(why),
        (None, true) => style.warning("Something changed."),
        (None, false) => style.good("Nothing changed."),
    };
    let mut out = format!("{headline}\n");
    for asked in &view.asked {
        let changed = match asked.changed {
            0 => "as they were".to_owned(),
            many => format!("{many} changed"),
        };
        let line = format!("{} {}s: {changed}", side(asked.side), kind(asked.kind));
        out.push_str(&format!("  {}\n", style.faint(line)));
    }
    out.push_str(&format!("  {calls} to Xero.\n"));
    if let Some(ran) = &view.run {
        out.push_str(&run(ran, style));
    } else if view.changed {
        let hint = style.faint("Next: counterfoil sync");
        out.push_str(&format!("  {hint}\n"));
    }
    out
}
