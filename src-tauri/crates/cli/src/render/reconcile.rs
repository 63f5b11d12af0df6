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

/// One contact, document by document, with the payments and credit notes under them.
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
            "credit_note" => ("credit note", "credit notes"),
            "credit" => ("credit on account", "credits on account"),
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
        "on_account" => "money on account that both sides have",
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
        let note = document.form == "credit_note";
        let heading = if note { "used" } else { "paid" };
        out.push_str(&indent(&payments(heading, &document.payments, style)));
    }
    out
}

fn payments(heading: &str, payments: &[MovementView], style: Style) -> String {
    let mut table = Table::new(&[
        (heading, Align::Left),
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

#[cfg(test)]
mod tests {
    use app::views::{Amount, Side};

    use super::*;

    fn as_of() -> AsOfView {
        AsOfView {
            xero: Some("2026-11-22T14:02:11Z".to_owned()),
            erpnext: Some("2026-11-22T14:02:13Z".to_owned()),
            being_changed: false,
        }
    }

    fn why(amount: &str, text: &str, exception: Option<u32>) -> WhyView {
        WhyView {
            reason: "no_bank_mapping".to_owned(),
            amount: amount.to_owned(),
            text: text.to_owned(),
            count: 1,
            exception,
            set_aside: None,
            set_aside_by: None,
        }
    }

    fn line(contact: &str, xero: &str, erpnext: &str, apart: &str, why: Vec<WhyView>) -> OwedLine {
        OwedLine {
            contact: contact.to_owned(),
            name: "xero:contact:x".to_owned(),
            currency: "GBP".to_owned(),
            xero: xero.to_owned(),
            erpnext: erpnext.to_owned(),
            difference: apart.to_owned(),
            why,
        }
    }

    fn total(xero: &str, erpnext: &str, apart: &str, outside: &str, report: &str) -> OwedTotal {
        OwedTotal {
            currency: "GBP".to_owned(),
            xero: xero.to_owned(),
            erpnext: erpnext.to_owned(),
            difference: apart.to_owned(),
            xero_left_alone: outside.to_owned(),
            erpnext_left_alone: "0.00".to_owned(),
            xero_report: report.to_owned(),
            erpnext_report: erpnext.to_owned(),
        }
    }

    #[test]
    fn where_all_agree_one_line_says_so() {
        let view = ReconcileView {
            as_of: as_of(),
            differs: false,
            contacts: 87,
            differing: 0,
            lines: Vec::new(),
            more: 0,
            totals: vec![total("12345.67", "12345.67", "0.00", "0.00", "12345.67")],
            left_alone: Vec::new(),
            unread: Vec::new(),
        };
        assert_eq!(
            reconcile(&view, Style::plain()),
            "Xero read 2026-11-22 14:02:11 UTC ┊ ERPNext read 2026-11-22 14:02:13 UTC\n\
             Both sides owe the same: GBP 12,345.67 of 87 contacts.\n\
             \n\
             All contacts            Xero       ERPNext  Difference\n\
             owe           GBP  12,345.67  ┊  12,345.67        0.00\n"
        );
    }

    #[test]
    fn a_line_has_its_reasons_and_what_is_left_alone_stands_apart() {
        let reasons = vec![
            why("-60.00", "a payment waits for a bank account", Some(7)),
            why("-40.00", "a payment is only in Xero", None),
        ];
        let view = ReconcileView {
            as_of: AsOfView {
                erpnext: None,
                being_changed: true,
                ..as_of()
            },
            differs: true,
            contacts: 87,
            differing: 1,
            lines: vec![line("Acme", "20.00", "120.00", "-100.00", reasons)],
            more: 2,
            totals: vec![total("20.00", "120.00", "-100.00", "1200.00", "1220.00")],
            left_alone: vec![LeftAloneView {
                side: Side::Xero,
                what: "invoice".to_owned(),
                documents: 3,
                amount: Amount {
                    value: "1200.00".to_owned(),
                    currency: "GBP".to_owned(),
                },
                rule: "dated before the rule's start date".to_owned(),
            }],
            unread: vec![UnreadView {
                side: Side::Erpnext,
                why: "no permission".to_owned(),
            }],
        };
        assert_eq!(
            reconcile(&view, Style::plain()),
            "Xero read 2026-11-22 14:02:11 UTC ┊ ERPNext never read\n\
             Being changed: a sync is under way, or was broken off. These figures may be of two moments.\n\
             1 contact differs, 86 owe the same.\n\
             \n\
             Contact        Xero     ERPNext  Difference\n\
             Acme     GBP  20.00  ┊   120.00     -100.00  -60.00  a payment waits for a bank account (exception 7)\n\
             \u{20}                                            -40.00  a payment is only in Xero\n\
             and 2 more lines; --limit shows more\n\
             \n\
             All contacts                       Xero     ERPNext  Difference\n\
             owe                       GBP     20.00  ┊   120.00     -100.00\n\
             left alone by your rules  GBP  1,200.00  ┊     0.00\n\
             each side's own report    GBP  1,220.00  ┊   120.00\n\
             Left alone by your rules: 1,200.00 GBP by 3 open invoices in Xero, dated before the rule's start date\n\
             What customers have on account in ERPNext could not be read: no permission\n\
             The documents of one: counterfoil reconcile CONTACT\n"
        );
    }

    #[test]
    fn a_contact_is_told_document_by_document_with_the_payments_under_them() {
        let document = OwedDocumentView {
            form: "invoice".to_owned(),
            number: "INV-1".to_owned(),
            date: Some("2026-11-04".to_owned()),
            currency: "GBP".to_owned(),
            xero: Some("20.00".to_owned()),
            erpnext: Some("120.00".to_owned()),
            difference: "-100.00".to_owned(),
            why: vec![WhyView {
                set_aside_by: Some("jo on desk-1".to_owned()),
                ..why("-100.00", "set aside (later): it waits", Some(7))
            }],
            payments: vec![MovementView {
                what: "payment".to_owned(),
                date: "2026-11-05".to_owned(),
                xero: Some("PAY-1".to_owned()),
                erpnext: None,
                xero_amount: Some("100.00".to_owned()),
                erpnext_amount: None,
            }],
        };
        let credit = OwedDocumentView {
            form: "credit_note".to_owned(),
            number: "CN-1".to_owned(),
            xero: None,
            erpnext: Some("-5.00".to_owned()),
            difference: "5.00".to_owned(),
            why: vec![why("5.00", "dated before the rule's start date", None)],
            payments: Vec::new(),
            ..document.clone()
        };
        let used = OwedDocumentView {
            form: "credit_note".to_owned(),
            number: "CN-2".to_owned(),
            xero: Some("-60.00".to_owned()),
            erpnext: Some("-60.00".to_owned()),
            difference: "0.00".to_owned(),
            why: Vec::new(),
            payments: vec![MovementView {
                what: "use".to_owned(),
                date: "2026-11-06".to_owned(),
                xero: Some("used for INV-1".to_owned()),
                erpnext: Some("used for INV-1".to_owned()),
                xero_amount: Some("40.00".to_owned()),
                erpnext_amount: Some("40.00".to_owned()),
            }],
            ..document.clone()
        };
        let view = ContactOwesView {
            as_of: as_of(),
            differs: true,
            lines: vec![line("Acme", "20.00", "120.00", "-100.00", Vec::new())],
            documents: vec![document, used],
            more: 0,
            agreeing: 3,
            left_alone: vec![credit],
            unread: Vec::new(),
        };
        assert_eq!(
            contact(&view, "acme", Style::plain()),
            "Xero read 2026-11-22 14:02:11 UTC ┊ ERPNext read 2026-11-22 14:02:13 UTC\n\
             Owed by        Xero     ERPNext  Difference\n\
             Acme     GBP  20.00  ┊   120.00     -100.00\n\
             \n\
             invoice INV-1  2026-11-04  GBP 20.00  ┊  120.00  -100.00\n\
             \u{20} -100.00  set aside (later): it waits (exception 7), by jo on desk-1\n\
             \u{20} paid                 Xero     ERPNext\n\
             \u{20} 2026-11-05  PAY-1  100.00  ┊        –\n\
             \n\
             credit note CN-2  2026-11-04  GBP -60.00  ┊  -60.00  0.00\n\
             \u{20} used                         Xero     ERPNext\n\
             \u{20} 2026-11-06  used for INV-1  40.00  ┊    40.00  used for INV-1\n\
             \n\
             3 open documents are the same on both sides; --all lists them\n\
             Left alone by your rules:\n\
             \u{20} credit note CN-1  2026-11-04  GBP –  ┊  -5.00  5.00\n\
             \u{20}   5.00  dated before the rule's start date\n"
        );
        let nothing = ContactOwesView {
            lines: Vec::new(),
            documents: Vec::new(),
            left_alone: Vec::new(),
            agreeing: 0,
            ..view
        };
        assert!(
            contact(&nothing, "acme", Style::plain())
                .ends_with("acme owes nothing on either side.\n")
        );
    }
}
