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
        ("Payments", Align::Right),
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
            figure(&row.payments.to_string()),
        ]);
    }
    let mut out = match &view.about {
        Some(about) => format!("Of {about}:\n"),
        None => String::new(),
    };
    out.push_str(&counts.render(style));
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
    if view.held > 0 {
        out.push_str(&format!(
            "{} back.\n",
            count(view.held, "record is held", "records are held")
        ));
    }
    let mut items = Table::new(&[
        ("", Align::Right),
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
            style.faint(item.number),
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
    if view
        .items
        .iter()
        .any(|item| item.change != PlannedChange::Wait)
    {
        let hint = "counterfoil sync --hold N leaves the record of that number for later";
        out.push_str(&format!("{}\n", style.faint(hint)));
    }
    out
}
