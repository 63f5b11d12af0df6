//! What was owed on a day, what was signed of it, and what changed since.

use app::views::{OwedEntry, OwedOnDay, OwedTotalOnDay, SignOffView, SignOffsView, SinceSignOff};

use super::PERFORATION;
use crate::terminal::{Align, Style, Table, count, figure, instant};

/// By contact where the two sides differ, with what did not count the same, and the totals.
pub fn owed_on(view: &OwedOnDay, style: Style) -> String {
    let headline = if view.differing == 0 {
        style.good(format!(
            "The same was owed on both sides at the end of {}.",
            view.day
        ))
    } else {
        style.warning(format!(
            "At the end of {} the two sides differ for {}.",
            view.day,
            count(
                view.differing,
                "contact and currency",
                "contacts and currencies"
            )
        ))
    };
    let mut out = format!("{headline}\n\n");
    let mut table = table("Contact");
    for line in &view.lines {
        table.row([
            line.contact.clone(),
            line.currency.clone(),
            figure(&line.xero),
            PERFORATION.to_owned(),
            figure(&line.erpnext),
            figure(&line.difference),
        ]);
        for entry in &line.entries {
            table.row([
                format!("  {}", said(entry)),
                String::new(),
                figure(&entry.xero),
                PERFORATION.to_owned(),
                figure(&entry.erpnext),
                String::new(),
            ]);
        }
    }
    for total in &view.totals {
        table.row(of_total("All contacts", total));
    }
    if view.totals.is_empty() {
        out.push_str("Nothing was owed on either side.\n");
    } else {
        out.push_str(&table.render(style));
    }
    if view.more > 0 {
        out.push_str(&format!("{} more; --limit N shows them.\n", view.more));
    }
    for unread in &view.unread {
        out.push_str(&format!("{}\n", style.warning(&unread.why)));
    }
    let hint = format!(
        "Sign it with: counterfoil reconcile --as-of {} --sign-off",
        view.day
    );
    out.push_str(&format!("{}\n", style.faint(hint)));
    out
}

fn table(first: &str) -> Table {
    Table::new(&[
        (first, Align::Left),
        ("", Align::Left),
        ("Xero", Align::Right),
        (PERFORATION, Align::Left),
        ("ERPNext", Align::Right),
        ("Difference", Align::Right),
    ])
}

fn of_total(what: &str, total: &OwedTotalOnDay) -> [String; 6] {
    [
        what.to_owned(),
        total.currency.clone(),
        figure(&total.xero),
        PERFORATION.to_owned(),
        figure(&total.erpnext),
        figure(&total.difference),
    ]
}

fn said(entry: &OwedEntry) -> String {
    format!("{} {}: {}", entry.what, entry.title, entry.why)
}

/// One that was just signed.
pub fn signed_off(view: &SignOffView, style: Style) -> String {
    let mut table = table(&format!("Signed for {}", view.day));
    for total in &view.totals {
        table.row(of_total("All contacts", total));
    }
    format!(
        "{}\n{}{}\n",
        style.good(format!(
            "Signed as number {} by {}: {}.",
            view.id,
            view.who,
            count(
                view.contacts,
                "contact and currency",
                "contacts and currencies"
            )
        )),
        table.render(style),
        style.faint(format!(
            "What changes of that day from now on: counterfoil reconcile --since {}",
            view.id
        ))
    )
}

/// All that were signed.
pub fn sign_offs(view: &SignOffsView, style: Style) -> String {
    if view.sign_offs.is_empty() {
        let hint = "Sign a day with: counterfoil reconcile --as-of DAY --sign-off";
        return format!("Nothing was signed yet.\n{}\n", style.faint(hint));
    }
    let mut table = Table::new(&[
        ("Number", Align::Right),
        ("Day", Align::Left),
        ("Signed (UTC)", Align::Left),
        ("By", Align::Left),
        ("Note", Align::Left),
    ]);
    for each in &view.sign_offs {
        table.row([
            each.id.to_string(),
            each.day.clone(),
            instant(&each.signed_at),
            each.who.clone(),
            each.note.clone(),
        ]);
    }
    table.render(style)
}

/// What changed of a signed day.
pub fn since_sign_off(view: &SinceSignOff, style: Style) -> String {
    let signed = &view.sign_off;
    let of = format!(
        "{}, signed {} by {}",
        signed.day,
        instant(&signed.signed_at),
        signed.who
    );
    if view.changed.is_empty() {
        return format!("{}\n", style.good(format!("Nothing changed of {of}.")));
    }
    let mut out = format!(
        "{}\n\n",
        style.warning(format!(
            "{} changed of {of}.",
            count(view.changed.len() as u64, "figure", "figures")
        ))
    );
    let mut table = Table::new(&[
        ("Contact", Align::Left),
        ("", Align::Left),
        ("Xero", Align::Right),
        (PERFORATION, Align::Left),
        ("ERPNext", Align::Right),
    ]);
    for each in &view.changed {
        table.row([
            format!("{}, signed", each.contact),
            each.currency.clone(),
            figure(&each.signed_xero),
            PERFORATION.to_owned(),
            figure(&each.signed_erpnext),
        ]);
        table.row([
            "  now".to_owned(),
            String::new(),
            figure(&each.xero),
            PERFORATION.to_owned(),
            figure(&each.erpnext),
        ]);
        for entry in &each.entries {
            table.row([
                format!("    {}", said(entry)),
                String::new(),
                figure(&entry.xero),
                PERFORATION.to_owned(),
                figure(&entry.erpnext),
            ]);
        }
    }
    out.push_str(&table.render(style));
    out
}
