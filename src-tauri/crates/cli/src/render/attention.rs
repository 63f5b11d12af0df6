//! Records that need a person, grouped by cause, each with its next step.

use app::views::{AttentionGroup, AttentionView, ExceptionView, MappingKind, Remedy, Side};

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
        out.push_str(&format!("  {}\n", style.faint(next(group))));
        out.push_str(&indent(&records(&group.records, style)));
        let left_out = group
            .count
            .saturating_sub(u32::try_from(group.records.len()).unwrap_or(u32::MAX));
        if left_out > 0 {
            out.push_str(&format!("  and {left_out} more\n"));
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
        out.push_str(match group.remedy {
            Remedy::KeepApart => "\n  It is taken by:\n",
            _ => "\n  It could be:\n",
        });
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
    out.push_str(&format!("  {}\n", style.faint(next(group))));
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

/// What to do, and who can.
fn next(group: &AttentionGroup) -> String {
    match &group.who {
        Some(who) => format!("Next: {}. {who}", remedy(group)),
        None => format!("Next: {}", remedy(group)),
    }
}

/// The command that mends a group, or comes nearest to it.
fn remedy(group: &AttentionGroup) -> String {
    let retry = format!("counterfoil retry --cause {:?}", group.id);
    match &group.remedy {
        Remedy::ChooseMapping {
            kind,
            side: of,
            key,
            suggested,
            ..
        } => {
            let kind = match kind {
                MappingKind::Account => "account",
                MappingKind::Tax => "tax",
                MappingKind::Bank => "bank",
            };
            let key = format!("{key:?}");
            let chosen = suggested.as_ref().map(|key| format!("{key:?}"));
            let (xero, erpnext) = match of {
                Side::Xero => (key, chosen.unwrap_or_else(|| "ERPNEXT".to_owned())),
                Side::Erpnext => (chosen.unwrap_or_else(|| "XERO".to_owned()), key),
            };
            let word = match of {
                Side::Xero => "xero",
                Side::Erpnext => "erpnext",
            };
            format!("counterfoil mappings set {kind} {xero} {erpnext} --of {word}, then {retry}")
        }
        Remedy::MendRecord { side: of } => format!("put it right in {}, then {retry}", side(*of)),
        Remedy::Reconnect { side: Side::Xero } => "counterfoil connect xero".to_owned(),
        Remedy::Reconnect {
            side: Side::Erpnext,
        } => "counterfoil connect erpnext".to_owned(),
        Remedy::Retry => retry,
        Remedy::PickCandidate => "counterfoil pick NUMBER CANDIDATE|new".to_owned(),
        Remedy::KeepApart => {
            format!("give one of them another number, then {retry}; or counterfoil pick NUMBER new")
        }
        Remedy::KeepOne { sides } => {
            let words: Vec<&str> = sides
                .iter()
                .map(|side| match side {
                    Side::Xero => "xero",
                    Side::Erpnext => "erpnext",
                })
                .collect();
            format!("counterfoil keep NUMBER {}", words.join("|"))
        }
    }
}
