//! What the next sync would do.

use app::views::{PlannedChange, PreviewView};

use super::kind;
use crate::terminal::{Align, Style, Table, amount, count, figure};

/// The counts, the warnings, and the records that would be written or would wait.
pub fn preview(view: &PreviewView, style: Style) -> String {
    let mut counts = Table::new(&[
        ("", Align::Left),
        ("Contacts", Align::Right),
        ("Invoices", Align::Right),
    ]);
    for (name, row) in [
        ("Write to Xero", view.to_xero),
        ("Write to ERPNext", view.to_erpnext),
        ("Link", view.link),
    ] {
        counts.row([
            name.to_owned(),
            figure(&row.contacts.to_string()),
            figure(&row.invoices.to_string()),
        ]);
    }
    let mut out = counts.render(style);
    out.push_str(&format!(
        "{} the same already; {} for you.\n",
        count(view.unchanged, "record is", "records are"),
        count(view.waiting, "record would wait", "records would wait")
    ));
    for warning in &view.warnings {
        out.push_str(&format!("{} {warning}\n", style.warning("note:")));
    }
    if view.needs_approval {
        out.push_str(&format!(
            "{}\n",
            style.warning("This is a mass change: it needs counterfoil sync --approve.")
        ));
    }
    let mut items = Table::new(&[
        ("", Align::Left),
        ("", Align::Left),
        ("", Align::Right),
        ("", Align::Left),
    ]);
    for item in view
        .items
        .iter()
        .filter(|item| item.change != PlannedChange::Link)
    {
        items.row([
            style.faint(kind(item.kind)),
            item.title.clone(),
            item.amount.as_ref().map(amount).unwrap_or_default(),
            if item.change == PlannedChange::Wait {
                style.warning(&item.text)
            } else {
                item.text.clone()
            },
        ]);
    }
    if !items.is_empty() {
        out.push('\n');
        out.push_str(&items.render(style));
    }
    if let Ok(shown) = u32::try_from(view.items.len())
        && view.total > shown
    {
        out.push_str(&format!(
            "{}\n",
            style.faint(format!("and {} more", view.total - shown))
        ));
    }
    out
}
