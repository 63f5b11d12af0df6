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
        ("Credit notes", Align::Right),
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
            figure(&row.credit_notes.to_string()),
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
            style.warning("Some of it needs a yes: counterfoil sync --approve.")
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

#[cfg(test)]
mod tests {
    use app::views::{Amount, Kind, KindCounts, PreviewItem, Side};

    use super::*;

    #[test]
    fn credit_notes_and_payments_are_counted_and_say_what_they_pay() {
        let counts = |contacts, invoices, credit_notes, payments| KindCounts {
            contacts,
            invoices,
            credit_notes,
            payments,
        };
        let view = PreviewView {
            made_at: "2026-02-11T09:00:00Z".to_owned(),
            about: None,
            held: 0,
            to_xero: counts(0, 1, 0, 1250),
            to_erpnext: counts(2, 3, 5, 4),
            link: counts(0, 0, 6, 7),
            unchanged: 0,
            waiting: 0,
            causes: 0,
            warnings: Vec::new(),
            needs_approval: false,
            items: vec![PreviewItem {
                id: "0-xero".to_owned(),
                number: 1,
                kind: Kind::Payment,
                title: "BACS 42".to_owned(),
                contact: Some("Rose & Co".to_owned()),
                amount: Some(Amount {
                    value: "90.00".to_owned(),
                    currency: "GBP".to_owned(),
                }),
                change: PlannedChange::Create,
                towards: Some(Side::Xero),
                text: "Create in Xero, for INV-1 and INV-2".to_owned(),
                differences: Vec::new(),
            }],
            total: 1,
        };
        let text = preview(&view, Style::plain());
        let rows: Vec<Vec<&str>> = text
            .lines()
            .take(4)
            .map(|line| line.split_whitespace().collect())
            .collect();
        assert_eq!(
            rows[0],
            ["Contacts", "Invoices", "Credit", "notes", "Payments"]
        );
        assert_eq!(rows[1], ["Write", "to", "Xero", "0", "1", "0", "1,250"]);
        assert_eq!(rows[2], ["Write", "to", "ERPNext", "2", "3", "5", "4"]);
        assert_eq!(rows[3], ["Link", "0", "0", "6", "7"]);
        assert!(
            text.contains("1  payment  BACS 42  90.00 GBP  Create in Xero, for INV-1 and INV-2"),
            "{text}"
        );
    }
}
