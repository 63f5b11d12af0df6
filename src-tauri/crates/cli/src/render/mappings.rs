//! Which account, tax rate and bank account stands for which.

use app::views::{
    ChoiceView, MappingKind, MappingPreview, MappingRow, MappingState, MappingTable, MappingsView,
    Side,
};

use super::PERFORATION;
use crate::terminal::{Align, Style, Table, count};

/// The tables, unmatched rows first.
pub fn mappings(view: &MappingsView, style: Style) -> String {
    let mut out = String::new();
    for table in &view.tables {
        if !out.is_empty() {
            out.push('\n');
        }
        let title = match table.kind {
            MappingKind::Account => "Accounts",
            MappingKind::Tax => "Tax rates",
            MappingKind::Bank => "Bank accounts",
            MappingKind::Tracking => "Tracking, cost centres and projects",
        };
        out.push_str(&format!("{}\n", style.bold(title)));
        if !table.carried && !table.rows.is_empty() {
            out.push_str(
                &style.faint("Nothing of this is mapped, so each side keeps what it has."),
            );
            out.push('\n');
        }
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

/// What a change does, a way on each line: what was asked for first.
pub fn mapping_effects(preview: &MappingPreview, style: Style) -> String {
    preview
        .effects
        .iter()
        .map(
            |effect| match (effect.asked, effect.before == effect.after) {
                (true, _) | (false, false) => format!("{}\n", effect.sentence),
                (false, true) => format!("{}\n", style.faint(&effect.sentence)),
            },
        )
        .collect()
}

/// Which way a row works: what a record from Xero becomes, one from ERPNext, or both.
fn way(row: &MappingRow) -> &'static str {
    match (row.both_ways, row.counterpart.is_some(), row.side) {
        (true, ..) => "\u{21c4}",
        (false, true, Side::Xero) => "\u{2192}",
        (false, true, Side::Erpnext) => "\u{2190}",
        (false, false, _) => PERFORATION,
    }
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
        out.row([xero, way(row).to_owned(), erpnext, state(row, style)]);
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
    let stands = match row.state {
        MappingState::Unmatched if row.optional => style.faint("not carried"),
        MappingState::Unmatched => style.warning("not mapped"),
        MappingState::Suggested => style.faint(format!(
            "suggested: {}",
            row.reason.as_deref().unwrap_or("")
        )),
        MappingState::Gone => style.warning(row.reason.as_deref().unwrap_or("no longer offered")),
        MappingState::Mapped => String::new(),
    };
    let waiting = if row.waiting > 0 {
        style.warning(format!(
            "{} for it",
            count(u64::from(row.waiting), "record waits", "records wait")
        ))
    } else {
        String::new()
    };
    [stands, waiting]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("; ")
}

#[cfg(test)]
mod tests {
    use app::views::{
        ChoiceView, MappingKind, MappingRow, MappingState, MappingTable, MappingsView,
    };

    use super::*;

    fn row(state: MappingState, waiting: u32) -> MappingRow {
        MappingRow {
            side: Side::Xero,
            value: ChoiceView {
                key: "200".to_owned(),
                code: Some("200".to_owned()),
                name: "Sales".to_owned(),
                rate: None,
                counterpart: None,
            },
            counterpart: (state != MappingState::Unmatched).then(|| "Sales - MF".to_owned()),
            both_ways: true,
            state,
            reason: Some("same name".to_owned()),
            waiting,
            optional: false,
        }
    }

    #[test]
    fn why_it_is_suggested_and_what_waits_for_it_are_told_apart() {
        let said = |state, waiting| super::state(&row(state, waiting), Style::plain());
        assert_eq!(
            said(MappingState::Suggested, 10),
            "suggested: same name; 10 records wait for it"
        );
        assert_eq!(
            said(MappingState::Unmatched, 1),
            "not mapped; 1 record waits for it"
        );
        assert_eq!(said(MappingState::Suggested, 0), "suggested: same name");
        assert_eq!(said(MappingState::Mapped, 2), "2 records wait for it");
        assert_eq!(said(MappingState::Mapped, 0), "");
    }

    #[test]
    fn the_arrow_says_which_way_a_row_works() {
        let of = |side, both_ways, state| {
            let row = MappingRow {
                side,
                both_ways,
                ..row(state, 0)
            };
            super::way(&row)
        };
        assert_eq!(of(Side::Xero, true, MappingState::Mapped), "⇄");
        assert_eq!(of(Side::Xero, false, MappingState::Mapped), "→");
        assert_eq!(of(Side::Erpnext, false, MappingState::Suggested), "←");
        assert_eq!(of(Side::Xero, false, MappingState::Unmatched), PERFORATION);
    }

    #[test]
    fn what_nothing_has_to_stand_for_is_no_warning() {
        let row = MappingRow {
            optional: true,
            ..row(MappingState::Unmatched, 0)
        };
        assert_eq!(state(&row, Style::plain()), "not carried");
    }

    #[test]
    fn a_table_has_both_sides_and_says_how_to_accept() {
        let view = MappingsView {
            tables: vec![MappingTable {
                kind: MappingKind::Account,
                carried: true,
                rows: vec![row(MappingState::Suggested, 10)],
                xero: Vec::new(),
                erpnext: Vec::new(),
            }],
        };
        let text = mappings(&view, Style::plain());
        assert!(
            text.contains("200 Sales  \u{21c4}  Sales - MF  suggested: same name; 10 records wait"),
            "{text}"
        );
        assert!(text.ends_with("Accept the suggestions with: counterfoil mappings suggest\n"));
    }
}
