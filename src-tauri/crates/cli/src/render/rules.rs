//! The rules.

use app::views::{Conflicts, Direction, RuleEffect, RulesChanged, RulesImported, RulesView, Voids};

use super::kind;
use crate::terminal::{Align, Style, Table};

/// A line for each kind, what holds for all, and the presets.
pub fn rules(view: &RulesView, style: Style) -> String {
    let mut table = Table::new(&[
        ("Kind", Align::Left),
        ("Travels", Align::Left),
        ("Edited on both sides", Align::Left),
        ("Voided on one side", Align::Left),
    ]);
    for rule in &view.rules {
        let travels = match rule.direction {
            Direction::ToXero => "to Xero only",
            Direction::ToErpnext => "to ERPNext only",
            Direction::Off => "not at all",
            Direction::Both => "both ways",
        };
        let edited = match rule.conflicts {
            Some(Conflicts::Ask) => "asked about",
            Some(Conflicts::Xero) => "Xero's value holds",
            Some(Conflicts::Erpnext) => "ERPNext's value holds",
            None => "",
        };
        let voided = match rule.voids {
            Some(Voids::Void) => "ended on the other too",
            Some(Voids::Ask) => "asked about",
            Some(Voids::Never) => "stands on the other",
            None => "",
        };
        table.row([
            kind(rule.kind).to_owned(),
            travels.to_owned(),
            edited.to_owned(),
            voided.to_owned(),
        ]);
    }
    let mut out = format!("{}\n", table.render(style));
    for line in holds(view) {
        out.push_str(&format!("{line}\n"));
    }
    out.push('\n');
    for preset in &view.presets {
        let name = format!("{:?}", preset.preset);
        let mark = if view.preset == Some(preset.preset) {
            "*"
        } else {
            " "
        };
        out.push_str(&format!("{mark} {} ({})\n", preset.title, dashed(&name)));
        if view.preset == Some(preset.preset) {
            for line in &preset.explained {
                out.push_str(&format!("    {line}\n"));
            }
        }
    }
    let hint = "Change them with: counterfoil rules preset erpnext-sells, or counterfoil rules set invoice direction=to-xero";
    out.push_str(&format!("{}\n", style.faint(hint)));
    out
}

/// What holds for all kinds, a sentence each.
fn holds(view: &RulesView) -> Vec<String> {
    let mut said = Vec::new();
    said.push(match &view.start_date {
        Some(day) => format!("Documents dated before {day} are left alone."),
        None => "Documents of any date travel.".to_owned(),
    });
    if let Some(day) = &view.closed_until {
        said.push(format!(
            "The books are closed until {day}: nothing of that day or before is written."
        ));
    }
    if let Some(day) = &view.tax_filed {
        said.push(format!(
            "Tax is filed to {day}: documents of that day or before wait to be approved."
        ));
    }
    if view.rules.iter().any(|rule| rule.drafts == Some(true)) {
        said.push("Drafts travel, too.".to_owned());
    }
    if view
        .rules
        .iter()
        .any(|rule| rule.only_with_documents == Some(true))
    {
        said.push("Contacts travel once a document that travels names them.".to_owned());
    }
    let account = view.rules.iter().find_map(|it| it.prepayments.as_deref());
    said.push(match account {
        Some(code) => format!(
            "Money for no invoice yet becomes a prepayment in Xero, booked to account {code}."
        ),
        None => "Money for no invoice yet becomes an overpayment in Xero.".to_owned(),
    });
    said.push(format!(
        "You are asked first from {} voids or replacements, or {} changes, in one run on.",
        view.ask_from_voids, view.ask_from_updates
    ));
    said
}

/// "BothWays" as it is typed: "both-ways".
fn dashed(name: &str) -> String {
    let mut dashed = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !dashed.is_empty() {
            dashed.push('-');
        }
        dashed.extend(letter.to_lowercase());
    }
    dashed
}

/// What changes of the rules mean, and whether they were saved.
pub fn rules_changed(changed: &RulesChanged, style: Style) -> String {
    let mut out = String::new();
    if changed.effects.is_empty() {
        out.push_str("The rules are so already.\n");
    }
    for effect in &changed.effects {
        out.push_str(&said(effect));
    }
    for warning in &changed.warnings {
        out.push_str(&format!("{}\n", style.warning(format!("Note: {warning}"))));
    }
    let end = if changed.saved {
        "Saved. Nothing is written before the next sync; see it first with: counterfoil preview"
    } else {
        "Nothing was saved."
    };
    out.push_str(&format!("{}\n", style.faint(end)));
    out
}

fn said(effect: &RuleEffect) -> String {
    let of = match effect.kind {
        Some(of) => format!("{}s", kind(of)),
        None => "all records".to_owned(),
    };
    let mut out = format!(
        "{of}: {}: {} (before: {})\n",
        effect.what, effect.after, effect.before
    );
    for line in &effect.affects {
        out.push_str(&format!("    {line}\n"));
    }
    out
}

/// What was taken over from a file.
pub fn rules_imported(imported: &RulesImported, style: Style) -> String {
    let mut out = rules_changed(&imported.changed, style);
    out.push_str(&format!(
        "{} of {} mappings were found here by code and name; {} of these were so already.\n",
        imported.taken, imported.mappings, imported.as_before
    ));
    for not in &imported.not_taken {
        out.push_str(&format!("    not taken: {}: {}\n", not.mapping, not.why));
    }
    if !imported.not_taken.is_empty() {
        let hint = "Choose these yourself with: counterfoil mappings set";
        out.push_str(&format!("{}\n", style.faint(hint)));
    }
    out
}
