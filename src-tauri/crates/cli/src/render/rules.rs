//! The rules.

use app::views::{RulesView, Voids};

use super::kind;
use crate::terminal::{Align, Style, Table};

/// A line for each kind.
pub fn rules(view: &RulesView, style: Style) -> String {
    let mut table = Table::new(&[
        ("Kind", Align::Left),
        ("Travels", Align::Left),
        ("From", Align::Left),
        ("Voided on one side", Align::Left),
    ]);
    for rule in &view.rules {
        let travels = match rule.direction.as_str() {
            "to_xero" => "to Xero",
            "to_erpnext" => "to ERPNext",
            "off" => "not at all",
            _ => "both ways",
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
            rule.start_date.clone().unwrap_or_default(),
            voided.to_owned(),
        ]);
    }
    let account = view.rules.iter().find_map(|it| it.prepayments.as_deref());
    let advances = match account {
        Some(code) => format!(
            "Money for no invoice yet becomes a prepayment in Xero, booked to account {code}."
        ),
        None => "Money for no invoice yet becomes an overpayment in Xero.".to_owned(),
    };
    let hint = "Change it with: counterfoil rules set invoice voids=ask";
    format!(
        "{}\n{advances}\n{}\n",
        table.render(style),
        style.faint(hint)
    )
}
