//! The log.

use app::views::{LogDetail, LogLine, LogPage};

use super::{differences, indent, kind, outcome, side};
use crate::terminal::{Align, Style, Table, amount, count, instant};

/// A page of the log, newest last as in a terminal.
pub fn page(view: &LogPage, style: Style) -> String {
    if view.lines.is_empty() {
        return format!("{}\n", style.faint("No line matches."));
    }
    let mut table = Table::new(&[
        ("Line", Align::Right),
        ("When (UTC)", Align::Left),
        ("Outcome", Align::Left),
        ("Record", Align::Left),
        ("Total", Align::Right),
        ("What happened", Align::Left),
    ]);
    for line in view.lines.iter().rev() {
        table.row([
            line.id.to_string(),
            instant(&line.at),
            outcome(line.outcome, style),
            line.title.clone(),
            line.amount.as_ref().map(amount).unwrap_or_default(),
            line.message.clone(),
        ]);
    }
    let mut out = table.render(style);
    if let Ok(shown) = u32::try_from(view.lines.len())
        && view.total > shown
    {
        out.push_str(&format!(
            "{}\n",
            style.faint(format!(
                "The newest {shown} of {}; --limit N shows more.",
                count(view.total, "line", "lines")
            ))
        ));
    }
    out
}

/// One line in full.
pub fn detail(view: &LogDetail, style: Style) -> String {
    let mut out = format!(
        "{}  {}  {}\n{}\n",
        style.bold(&view.line.title),
        outcome(view.line.outcome, style),
        style.faint(about(&view.line)),
        view.explanation
    );
    if let Some(next_step) = &view.next_step {
        out.push_str(&format!("{next_step}\n"));
    }
    if !view.differences.is_empty() {
        out.push('\n');
        out.push_str(&indent(&differences(&view.differences, style)));
    }
    if let Some(who) = &view.who {
        out.push_str(&format!("  {}\n", style.faint(format!("By {who}"))));
    }
    for change in &view.changes {
        let shown = |value: &Option<String>| value.clone().unwrap_or_else(|| "nothing".to_owned());
        let (before, after) = (shown(&change.before), shown(&change.after));
        out.push_str(&format!("  {}: {before} \u{2192} {after}\n", change.field));
    }
    for link in [&view.links.xero, &view.links.erpnext]
        .into_iter()
        .flatten()
    {
        out.push_str(&format!("  {link}\n"));
    }
    if !view.history.is_empty() {
        out.push_str(&format!("\n{}\n", style.bold("History")));
        let mut table = Table::new(&[
            ("", Align::Right),
            ("", Align::Left),
            ("", Align::Left),
            ("", Align::Left),
        ]);
        for line in &view.history {
            table.row([
                line.id.to_string(),
                instant(&line.at),
                outcome(line.outcome, style),
                line.text.clone(),
            ]);
        }
        out.push_str(&indent(&table.render(style)));
    }
    for exchange in &view.exchanges {
        out.push_str(&format!(
            "\n{}  {}\n",
            style.bold(format!("{}: {}", side(exchange.side), exchange.request)),
            style.faint(instant(&exchange.at))
        ));
        out.push_str(&indent(&exchange.body));
        out.push_str(&format!("{}\n", style.faint("Answer")));
        out.push_str(&indent(exchange.answer.as_deref().unwrap_or("none came")));
    }
    out
}

fn about(line: &LogLine) -> String {
    let parts: Vec<String> = [
        line.kind.map(|of| kind(of).to_owned()),
        line.contact.clone(),
        line.amount.as_ref().map(amount),
        line.towards.map(|to| format!("to {}", side(to))),
        Some(format!("{} UTC", instant(&line.at))),
    ]
    .into_iter()
    .flatten()
    .collect();
    parts.join(" · ")
}
