//! What is owed, by contact, on both sides.

use app::views::{
    AsOfView, ContactOwesView, LeftAloneView, MovementView, OwedDocumentView, OwedLine, OwedTotal,
    ReconcileView, UnreadView, WhyView,
};

use super::{PERFORATION, indent, side};
use crate::terminal::{Align, Style, Table, amount, count, figure, instant};

/// What is not there.
const NOTHING: &str = "–";

/// By contact, then all together.
pub fn reconcile(view: &ReconcileView, style: Style) -> String {
    let mut out = as_of(&view.as_of, style);
    out.push_str(&headline(view, style));
    if !view.lines.is_empty() {
        let mut table = figures("Contact");
        for line in &view.lines {
            owed(&mut table, line.contact.clone(), line, style);
        }
        out.push('\n');
        out.push_str(&table.render(style));
    }
    if view.more > 0 {
        out.push_str(&format!(
            "and {}; --limit shows more\n",
            count(view.more, "more line", "more lines")
        ));
    }
    if !view.totals.is_empty() {
        out.push('\n');
        out.push_str(&totals(&view.totals, style));
    }
    out.push_str(&left_alone(&view.left_alone, style));
    out.push_str(&unread(&view.unread, style));
    if view.differing > 0 {
        let next = "The documents of one: counterfoil reconcile CONTACT";
        out.push_str(&format!("{}\n", style.faint(next)));
    }
    out
}

/// One contact, document by document, with the payments under them.
pub fn contact(view: &ContactOwesView, asked: &str, style: Style) -> String {
    let mut out = as_of(&view.as_of, style);
    if view.lines.is_empty() && view.left_alone.is_empty() {
        out.push_str(&format!("{asked} owes nothing on either side.\n"));
        return out + &unread(&view.unread, style);
    }
    let mut table = figures("Owed by");
    for line in &view.lines {
        let plain = OwedLine {
            why: Vec::new(),
            ..line.clone()
        };
        owed(&mut table, line.contact.clone(), &plain, style);
    }
    out.push_str(&table.render(style));
    for document in &view.documents {
        out.push('\n');
        out.push_str(&one(document, style));
    }
    out.push('\n');
    if view.more > 0 {
        out.push_str(&format!(
            "and {}; --limit shows more\n",
            count(view.more, "more document", "more documents")
        ));
    }
    if view.agreeing > 0 {
        out.push_str(&style.faint(format!(
            "{} the same on both sides; --all lists them\n",
            count(view.agreeing, "open document is", "open documents are")
        )));
    }
    if !view.left_alone.is_empty() {
        out.push_str("Left alone by your rules:\n");
        for document in &view.left_alone {
            out.push_str(&indent(&one(document, style)));
        }
    }
    out + &unread(&view.unread, style)
}

/// When the two sides were read.
fn as_of(view: &AsOfView, style: Style) -> String {
    let at = |at: &Option<String>| {
        at.as_deref().map_or_else(
            || "never read".to_owned(),
            |at| format!("read {} UTC", instant(at)),
        )
    };
    let line = format!(
        "Xero {} {PERFORATION} ERPNext {}",
        at(&view.xero),
        at(&view.erpnext)
    );
    let mut out = format!("{}\n", style.faint(line));
    if view.being_changed {
        out.push_str(&style.warning(
            "Being changed: a sync is under way, or was broken off. These figures may be of two moments.\n",
        ));
    }
    out
}

fn headline(view: &ReconcileView, style: Style) -> String {
    let agreeing = view.contacts.saturating_sub(view.differing);
    let line = if view.differing == 0 {
        let sums: Vec<String> = view
            .totals
            .iter()
            .map(|it| format!("{} {}", it.currency, figure(&it.xero)))
            .collect();
        let sums = if sums.is_empty() {
            "nothing".to_owned()
        } else {
            sums.join(", ")
        };
        style.good(format!(
            "Both sides owe the same: {sums} of {}.",
            count(view.contacts, "contact", "contacts")
        ))
    } else {
        let differ = count(view.differing, "contact differs", "contacts differ");
        let same = count(agreeing, "owes the same", "owe the same");
        let aside = if view.differs {
            ""
        } else {
            " All of it was set aside, or is of rounding alone."
        };
        style.warning(format!("{differ}, {same}.{aside}"))
    };
    format!("{line}\n")
}

/// A table of what is owed on both sides.
fn figures(first: &str) -> Table {
    Table::new(&[
        (first, Align::Left),
        ("", Align::Left),
        ("Xero", Align::Right),
        ("", Align::Left),
        ("ERPNext", Align::Right),
        ("Difference", Align::Right),
        ("", Align::Left),
    ])
}

fn is_nothing(value: &str) -> bool {
    value.trim_start_matches(['-', '0', '.']).is_empty()
}

fn difference(value: &str, style: Style) -> String {
    if is_nothing(value) {
        style.good(figure(value))
    } else {
        style.warning(figure(value))
    }
}

fn owed(table: &mut Table, what: String, line: &OwedLine, style: Style) {
    let row = |what: String, currency: &str, why: Option<&WhyView>| {
        let figures = if currency.is_empty() {
            [String::new(), String::new(), String::new(), String::new()]
        } else {
            [
                figure(&line.xero),
                PERFORATION.to_owned(),
                figure(&line.erpnext),
                difference(&line.difference, style),
            ]
        };
        let [xero, dots, erpnext, apart] = figures;
        let why = why.map(|why| because(why, style)).unwrap_or_default();
        [what, currency.to_owned(), xero, dots, erpnext, apart, why]
    };
    let mut reasons = line.why.iter();
    table.row(row(what, &line.currency, reasons.next()));
    for why in reasons {
        table.row(row(String::new(), "", Some(why)));
    }
}

/// A reason with what it comes to.
fn because(why: &WhyView, style: Style) -> String {
    let number = why
        .exception
        .map(|number| format!(" (exception {number})"))
        .unwrap_or_default();
    let by = why
        .set_aside_by
        .as_ref()
        .map(|by| format!(", by {by}"))
        .unwrap_or_default();
    format!(
        "{}  {}{}",
        figure(&why.amount),
        why.text,
        style.faint(format!("{number}{by}"))
    )
}

fn totals(totals: &[OwedTotal], style: Style) -> String {
    let mut table = figures("All contacts");
    for total in totals {
        let mut row = |what: &str, xero: &str, erpnext: &str, apart: String| {
            table.row([
                what.to_owned(),
                total.currency.clone(),
                figure(xero),
                PERFORATION.to_owned(),
                figure(erpnext),
                apart,
            ]);
        };
        row(
            "owe",
            &total.xero,
            &total.erpnext,
            difference(&total.difference, style),
        );
        if !is_nothing(&total.xero_left_alone) || !is_nothing(&total.erpnext_left_alone) {
            let nothing = String::new;
            row(
                "left alone by your rules",
                &total.xero_left_alone,
                &total.erpnext_left_alone,
                nothing(),
            );
            row(
                "each side's own report",
                &total.xero_report,
                &total.erpnext_report,
                nothing(),
            );
        }
    }
    table.render(style)
}

fn left_alone(left: &[LeftAloneView], style: Style) -> String {
    let mut out = String::new();
    for it in left {
        let (one, many) = match it.what.as_str() {
            "payment" => ("payment", "payments"),
            "credit" => ("credit", "credits"),
            _ => ("open invoice", "open invoices"),
        };
        out.push_str(&style.faint(format!(
            "Left alone by your rules: {} by {} in {}, {}\n",
            amount(&it.amount),
            count(it.documents, one, many),
            side(it.side),
            it.rule
        )));
    }
    out
}

fn unread(unread: &[UnreadView], style: Style) -> String {
    let mut out = String::new();
    for it in unread {
        let told = format!(
            "What customers have on account in {} could not be read: {}",
            side(it.side),
            it.why
        );
        out.push_str(&format!("{}\n", style.warning(told)));
    }
    out
}

fn one(document: &OwedDocumentView, style: Style) -> String {
    let form = match document.form.as_str() {
        "credit_note" => "credit note",
        "journal" => "journal entry",
        "on_account" => "credits and money on account that both sides have",
        other => other,
    };
    let name = if document.number.is_empty() {
        form.to_owned()
    } else {
        format!("{form} {}", document.number)
    };
    let date = document.date.as_deref().unwrap_or_default();
    let due = |due: &Option<String>| due.as_deref().map_or_else(|| NOTHING.to_owned(), figure);
    let mut out = format!(
        "{}  {}  {} {}  {PERFORATION}  {}  {}\n",
        style.bold(name),
        style.faint(date),
        document.currency,
        due(&document.xero),
        due(&document.erpnext),
        difference(&document.difference, style),
    );
    for why in &document.why {
        out.push_str(&format!("  {}\n", because(why, style)));
    }
    if !document.payments.is_empty() {
        out.push_str(&indent(&payments(&document.payments, style)));
    }
    out
}

fn payments(payments: &[MovementView], style: Style) -> String {
    let mut table = Table::new(&[
        ("paid", Align::Left),
        ("", Align::Left),
        ("Xero", Align::Right),
        ("", Align::Left),
        ("ERPNext", Align::Right),
        ("", Align::Left),
    ]);
    for it in payments {
        let paid = |it: &Option<String>| it.as_deref().map_or_else(|| NOTHING.to_owned(), figure);
        let name = |it: &Option<String>| it.clone().unwrap_or_default();
        table.row([
            it.date.clone(),
            name(&it.xero),
            paid(&it.xero_amount),
            PERFORATION.to_owned(),
            paid(&it.erpnext_amount),
            name(&it.erpnext),
        ]);
    }
    table.render(style)
}
