//! Views as text for people. Where both sides stand next to each other, Xero is left and ERPNext
//! right of the perforation.

mod attention;
mod books;
mod history;
mod log;
mod mappings;
mod overview;
mod poll;
mod preview;
mod reconcile;
mod records;
mod rules;
mod run;
mod schedule;
mod sign_off;
mod undo;

pub use attention::{exception, exceptions};
pub use books::{check, connections, doctor, pairings, prepared, setup};
pub use history::{history, history_line};
pub use log::{detail as log_detail, page as log_page};
pub use mappings::{mapping_effects, mappings};
pub use overview::overview;
pub use poll::poll;
pub use preview::preview;
pub use reconcile::{contact as contact_owes, reconcile};
pub use records::{record, records};
pub use rules::{rules, rules_changed, rules_imported};
pub use run::run;
pub use schedule::{looked, schedule};
pub use sign_off::{owed_on, sign_offs, signed_off, since_sign_off};
pub use undo::{apart, runs, undo};

use app::views::{DifferenceView, ErrorView, Kind, Outcome, Side};

use crate::terminal::{Align, Style, Table};

/// The dotted line between the two sides.
pub const PERFORATION: &str = "\u{250a}";

/// A side's name.
pub const fn side(side: Side) -> &'static str {
    match side {
        Side::Xero => "Xero",
        Side::Erpnext => "ERPNext",
    }
}

/// A kind's name for one record.
pub const fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Contact => "contact",
        Kind::Invoice => "invoice",
        Kind::CreditNote => "credit note",
        Kind::Payment => "payment",
    }
}

/// An outcome in one or two words, coloured by meaning.
pub fn outcome(outcome: Outcome, style: Style) -> String {
    match outcome {
        Outcome::Agrees => style.good("agrees"),
        Outcome::Linked => style.good("linked"),
        Outcome::Voided => style.good("voided"),
        Outcome::NothingNew => style.faint("nothing new"),
        Outcome::Note => style.faint("note"),
        Outcome::Waiting => style.warning("waiting"),
        Outcome::Conflict => style.warning("conflict"),
        Outcome::InDoubt => style.warning("in doubt"),
        Outcome::Stopped => style.warning("stopped"),
        Outcome::Refused => style.bad("refused"),
        Outcome::Failed => style.bad("failed"),
    }
}

/// Fields in which the two sides differ, next to each other.
pub fn differences(differences: &[DifferenceView], style: Style) -> String {
    let mut table = Table::new(&[
        ("", Align::Left),
        ("Xero", Align::Right),
        ("", Align::Left),
        ("ERPNext", Align::Left),
    ]);
    for difference in differences {
        let value = |value: &Option<String>| value.clone().unwrap_or_else(|| "–".to_owned());
        table.row([
            difference.field.clone(),
            value(&difference.xero),
            PERFORATION.to_owned(),
            value(&difference.erpnext),
        ]);
    }
    table.render(style)
}

/// A failure: what happened, what to do, and the details for whoever maintains the systems.
pub fn error(error: &ErrorView, style: Style) -> String {
    let mut out = format!("{} {}\n", style.bad("error:"), error.message);
    if let Some(next_step) = &error.next_step {
        out.push_str(&format!("  {next_step}\n"));
    }
    if let Some(details) = &error.details {
        for line in details.lines() {
            out.push_str(&format!("  {}\n", style.faint(line)));
        }
    }
    out
}

/// Shifts every line to the right.
pub fn indent(text: &str) -> String {
    text.lines()
        .map(|line| {
            if line.is_empty() {
                String::from("\n")
            } else {
                format!("  {line}\n")
            }
        })
        .collect()
}
