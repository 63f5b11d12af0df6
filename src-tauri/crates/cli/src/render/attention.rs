//! Records that need a person, grouped by cause, each with its next step.

use app::views::{AttentionGroup, AttentionView, ExceptionView, Remedy};

use super::{differences, indent, kind, side};
use crate::terminal::{Align, Style, Table, amount, count, instant};

/// Every group with its records.
pub fn exceptions(view: &AttentionView, style: Style) -> String {
    if view.total == 0 && view.ignored.is_empty() {
        return format!("{}\n", style.good("Nothing needs you."));
    }
    let mut out = format!(
        "{} you.\n",
        count(view.total, "record needs", "records need")
    );
    for group in &view.groups {
        out.push_str(&format!(
            "\n{}  {}\n",
            style.bold(&group.title),
            style.faint(&group.cause)
        ));
        out.push_str(&indent(&group.explanation));
        if let Some(command) = remedy(group) {
            out.push_str(&format!("  {}\n", style.faint(format!("Next: {command}"))));
        }
        out.push_str(&indent(&records(&group.records, style)));
        let left_out = group
            .count
            .saturating_sub(u32::try_from(group.records.len()).unwrap_or(u32::MAX));
        if left_out > 0 {
            out.push_str(&format!("  and {} more\n", left_out));
        }
    }
    if !view.ignored.is_empty() {
        out.push_str(&format!("\n{}\n", style.bold("Ignored")));
        let mut table = Table::new(&[
            ("", Align::Right),
            ("Record", Align::Left),
            ("Reason", Align::Left),
        ]);
        for ignored in &view.ignored {
            table.row([
                ignored.exception.id.to_string(),
                ignored.exception.title.clone(),
                ignored.reason.clone(),
            ]);
        }
        out.push_str(&indent(&table.render(style)));
    }
    out
}

/// One record with everything a person needs to mend it.
pub fn exception(group: &AttentionGroup, record: &ExceptionView, style: Style) -> String {
    let mut out = format!(
        "{}  {}\n{}\n",
        style.bold(&record.title),
        style.faint(format!("{} in {}", kind(record.kind), side(record.side))),
        style.warning(&record.message),
    );
    if record.message != group.explanation {
        out.push_str(&indent(&group.explanation));
    }
    let facts: Vec<String> = [
        record.contact.clone(),
        record.date.clone(),
        record.amount.as_ref().map(amount),
        Some(format!("since {} UTC", instant(&record.since))),
        Some(count(record.attempts, "attempt", "attempts")),
    ]
    .into_iter()
    .flatten()
    .collect();
    out.push_str(&format!("  {}\n", style.faint(facts.join(" · "))));
    if !record.differences.is_empty() {
        out.push('\n');
        out.push_str(&indent(&differences(&record.differences, style)));
    }
    if !record.candidates.is_empty() {
        out.push_str("\n  It could be:\n");
        let mut table = Table::new(&[("", Align::Left), ("", Align::Left), ("", Align::Left)]);
        for candidate in &record.candidates {
            table.row([
                candidate.title.clone(),
                candidate.detail.clone(),
                style.faint(&candidate.id),
            ]);
        }
        out.push_str(&indent(&indent(&table.render(style))));
    }
    for link in [&record.links.xero, &record.links.erpnext]
        .into_iter()
        .flatten()
    {
        out.push_str(&format!("  {link}\n"));
    }
    if let Some(command) = remedy(group) {
        out.push_str(&format!("  {}\n", style.faint(format!("Next: {command}"))));
    }
    if let Some(line) = record.log_line {
        out.push_str(&format!(
            "  {}\n",
            style.faint(format!("Request and answer: counterfoil log {line}"))
        ));
    }
    out
}

fn records(records: &[ExceptionView], style: Style) -> String {
    let mut table = Table::new(&[
        ("", Align::Right),
        ("", Align::Left),
        ("", Align::Left),
        ("", Align::Right),
        ("", Align::Left),
    ]);
    for record in records {
        table.row([
            style.faint(record.id),
            record.title.clone(),
            record.contact.clone().unwrap_or_default(),
            record.amount.as_ref().map(amount).unwrap_or_default(),
            style.faint(&record.message),
        ]);
    }
    table.render(style)
}

/// The command that mends a group, or comes nearest to it.
fn remedy(group: &AttentionGroup) -> Option<String> {
    match &group.remedy {
        Remedy::ChooseMapping {
            kind,
            side: of,
            key,
            ..
        } => {
            let kind = match kind {
                app::views::MappingKind::Account => "account",
                app::views::MappingKind::Tax => "tax",
            };
            Some(match of {
                app::views::Side::Xero => format!(
                    "counterfoil mappings set {kind} {key:?} ERPNEXT, then counterfoil retry --cause {:?}",
                    group.id
                ),
                app::views::Side::Erpnext => format!(
                    "counterfoil mappings set --of erpnext {kind} XERO {key:?}, then counterfoil retry --cause {:?}",
                    group.id
                ),
            })
        }
        Remedy::MendRecord { side: of } => Some(format!(
            "mend it in {}, then counterfoil retry --cause {:?}",
            side(*of),
            group.id
        )),
        Remedy::Reconnect { side: of } => Some(format!(
            "counterfoil connect {}",
            match of {
                app::views::Side::Xero => "xero",
                app::views::Side::Erpnext => "erpnext",
            }
        )),
        Remedy::Retry => Some(format!("counterfoil retry --cause {:?}", group.id)),
        Remedy::PickCandidate => {
            Some("merge or rename the others there, then counterfoil retry".to_owned())
        }
        Remedy::KeepOne => Some("make both sides say the same, then counterfoil retry".to_owned()),
    }
}
