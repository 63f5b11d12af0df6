//! Which account and tax rate stands for which.

use app::views::{
    ChoiceView, MappingKind, MappingRow, MappingState, MappingTable, MappingsView, Side,
};

use super::PERFORATION;
use crate::terminal::{Align, Style, Table};

/// Both tables, unmatched rows first.
pub fn mappings(view: &MappingsView, style: Style) -> String {
    let mut out = String::new();
    for table in &view.tables {
        if !out.is_empty() {
            out.push('\n');
        }
        let title = match table.kind {
            MappingKind::Account => "Accounts",
            MappingKind::Tax => "Tax rates",
        };
        out.push_str(&format!("{}\n", style.bold(title)));
        out.push_str(&rows(table, style));
    }
    if view
        .tables
        .iter()
        .flat_map(|table| &table.rows)
        .any(|row| row.state == MappingState::Suggested)
    {
        out.push_str(&format!(
            "\n{}\n",
            style.faint("Accept the suggestions with: counterfoil mappings suggest")
        ));
    }
    out
}

fn rows(table: &MappingTable, style: Style) -> String {
    let mut out = Table::new(&[
        ("Xero", Align::Left),
        ("", Align::Left),
        ("ERPNext", Align::Left),
        ("", Align::Left),
    ]);
    for row in &table.rows {
        let value = label(&row.value);
        let counterpart = row.counterpart.as_ref().map_or_else(
            || style.warning("–"),
            |key| {
                let offered = match row.side {
                    Side::Xero => &table.erpnext,
                    Side::Erpnext => &table.xero,
                };
                offered
                    .iter()
                    .find(|choice| &choice.key == key)
                    .map_or_else(|| key.clone(), label)
            },
        );
        let (xero, erpnext) = match row.side {
            Side::Xero => (value, counterpart),
            Side::Erpnext => (counterpart, value),
        };
        out.row([xero, PERFORATION.to_owned(), erpnext, state(row, style)]);
    }
    out.render(style)
}

fn label(choice: &ChoiceView) -> String {
    let mut label = choice.key.clone();
    if choice.name != choice.key && !choice.key.starts_with(&choice.name) {
        label.push(' ');
        label.push_str(&choice.name);
    }
    if let Some(rate) = &choice.rate {
        label.push_str(&format!(" ({rate} %)"));
    }
    label
}

fn state(row: &MappingRow, style: Style) -> String {
    let mut text = match row.state {
        MappingState::Unmatched => style.warning("not mapped"),
        MappingState::Suggested => style.faint(format!(
            "suggested: {}",
            row.reason.as_deref().unwrap_or("")
        )),
        MappingState::Mapped => String::new(),
    };
    if row.waiting > 0 {
        text.push_str(&format!(" {} waiting", row.waiting));
    }
    text
}
