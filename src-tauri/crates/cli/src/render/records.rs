//! Records, and both sides of one next to each other.

use app::views::{
    RecordField, RecordLineItem, RecordStanding, RecordView, RecordsPage, RelatedView,
    SideRecordView,
};

use super::{PERFORATION, indent, kind, outcome};
use crate::terminal::{Align, Style, Table, amount, count, instant};

/// What is not there.
const NOTHING: &str = "–";

fn standing(standing: RecordStanding, style: Style) -> String {
    match standing {
        RecordStanding::Linked => style.good("linked"),
        RecordStanding::Waiting => style.warning("waiting"),
        RecordStanding::Alone => "alone".to_owned(),
        RecordStanding::Ended => style.faint("ended"),
    }
}

/// Which sides have something.
const fn sides(xero: bool, erpnext: bool) -> &'static str {
    match (xero, erpnext) {
        (true, true) => "both",
        (true, false) => "Xero",
        (false, true) => "ERPNext",
        (false, false) => "gone",
    }
}

/// A page of records, newest first.
pub fn records(view: &RecordsPage, style: Style) -> String {
    if view.records.is_empty() {
        return format!("{}\n", style.faint("No record matches."));
    }
    let mut table = Table::new(&[
        ("Date", Align::Left),
        ("Record", Align::Left),
        ("", Align::Left),
        ("Contact", Align::Left),
        ("Amount", Align::Right),
        ("On", Align::Left),
        ("Stands", Align::Left),
    ]);
    for line in &view.records {
        let stands = standing(line.standing, style);
        table.row([
            line.date.clone().unwrap_or_default(),
            line.title.clone(),
            style.faint(kind(line.kind)),
            line.contact.clone().unwrap_or_default(),
            line.amount.as_ref().map(amount).unwrap_or_default(),
            sides(line.xero, line.erpnext).to_owned(),
            match line.exception {
                Some(number) => format!("{stands} {}", style.faint(format!("exceptions {number}"))),
                None => stands,
            },
        ]);
    }
    let mut out = table.render(style);
    if let Some(next) = &view.next {
        let shown = u32::try_from(view.records.len()).unwrap_or(u32::MAX);
        out.push_str(&format!(
            "{}\n",
            style.faint(format!(
                "The newest {}; --limit N shows more, --before {next} the next.",
                count(shown, "record", "records")
            ))
        ));
    }
    out.push_str(&format!(
        "{}\n",
        style.faint("Everything about one: counterfoil record RECORD")
    ));
    out
}

/// Everything about one.
pub fn record(view: &RecordView, style: Style) -> String {
    let line = &view.line;
    let mut out = format!(
        "{}  {}  {}\n",
        style.bold(&line.title),
        style.faint(kind(line.kind)),
        standing(line.standing, style),
    );
    if let Some(exception) = &view.exception {
        out.push_str(&format!("{}\n", style.warning(&exception.message)));
        let next = format!("What to do: counterfoil exceptions {}", exception.id);
        out.push_str(&format!("{}\n", style.faint(next)));
    }
    out.push('\n');
    out.push_str(&indent(&fields(view, style)));
    if !view.lines.is_empty() {
        out.push_str(&format!("\n{}\n", style.bold("Lines")));
        out.push_str(&indent(&lines(view, style)));
    }
    for (heading, related) in [
        ("Refers to", &view.refers_to),
        ("Referred to by", &view.referred_by),
    ] {
        if !related.is_empty() {
            out.push_str(&format!("\n{}\n", style.bold(heading)));
            out.push_str(&indent(&relations(related, style)));
        }
    }
    if view.more_referred_by {
        out.push_str("  and more\n");
    }
    if !view.history.is_empty() {
        out.push_str(&format!("\n{}\n", style.bold("History")));
        let mut table = Table::new(&[
            ("Line", Align::Right),
            ("When (UTC)", Align::Left),
            ("", Align::Left),
            ("By", Align::Left),
            ("What happened", Align::Left),
        ]);
        for event in &view.history {
            table.row([
                event.id.to_string(),
                instant(&event.at),
                outcome(event.outcome, style),
                event.who.clone().unwrap_or_default(),
                event.text.clone(),
            ]);
            for change in &event.changes {
                let shown =
                    |value: &Option<String>| value.clone().unwrap_or_else(|| "nothing".to_owned());
                let (before, after) = (shown(&change.before), shown(&change.after));
                table.row([
                    String::new(),
                    String::new(),
                    String::new(),
                    String::new(),
                    style.faint(format!("{}: {before} \u{2192} {after}", change.field)),
                ]);
            }
        }
        out.push_str(&indent(&table.render(style)));
    }
    let sync = format!(
        "To sync this one now: counterfoil sync --record {}",
        line.record
    );
    out.push_str(&format!("\n{}\n", style.faint(sync)));
    out
}

fn fields(view: &RecordView, style: Style) -> String {
    let mut table = Table::new(&[
        ("", Align::Left),
        ("Xero", Align::Right),
        ("", Align::Left),
        ("ERPNext", Align::Left),
        ("", Align::Left),
    ]);
    let mut row = |field: &str, xero: Option<String>, erpnext: Option<String>, note: String| {
        table.row([
            field.to_owned(),
            xero.unwrap_or_else(|| NOTHING.to_owned()),
            PERFORATION.to_owned(),
            erpnext.unwrap_or_else(|| NOTHING.to_owned()),
            note,
        ]);
    };
    for field in &view.fields {
        let value = |value: &Option<String>| {
            value.as_ref().map(|it| {
                if field.differs {
                    style.warning(it)
                } else {
                    it.clone()
                }
            })
        };
        row(
            &field.field,
            value(&field.xero),
            value(&field.erpnext),
            note(field, style),
        );
    }
    let both = [view.xero.as_ref(), view.erpnext.as_ref()];
    let mut of_sides = |name: &str, of: &dyn Fn(&SideRecordView) -> Option<String>| {
        let [xero, erpnext] = both.map(|side| side.and_then(of));
        if xero.is_some() || erpnext.is_some() {
            row(name, xero, erpnext, String::new());
        }
    };
    of_sides("identity", &|side| Some(side.id.clone()));
    of_sides("could not be read", &|side| side.unreadable.clone());
    of_sides("gone since (UTC)", &|side| {
        side.gone_at.as_deref().map(instant)
    });
    of_sides("read (UTC)", &|side| Some(instant(&side.read_at)));
    let mut out = table.render(style);
    for side in both.into_iter().flatten() {
        if let Some(link) = &side.link {
            out.push_str(&format!("{}\n", style.faint(link)));
        }
    }
    out
}

fn note(field: &RecordField, style: Style) -> String {
    match (&field.before, field.differs) {
        (Some(before), _) => style.faint(format!("agreed before: {before}")),
        (None, true) => style.faint("differs"),
        (None, false) => String::new(),
    }
}

fn lines(view: &RecordView, style: Style) -> String {
    let mut table = Table::new(&[
        ("", Align::Right),
        ("", Align::Left),
        ("Text", Align::Left),
        ("Quantity", Align::Right),
        ("Price", Align::Right),
        ("Discount", Align::Right),
        ("Amount", Align::Right),
        ("Account", Align::Left),
        ("Tax", Align::Left),
        ("Filed under", Align::Left),
        ("", Align::Left),
    ]);
    for pair in &view.lines {
        let mut number = pair.number.to_string();
        let differs = match pair.differs.as_slice() {
            [] => String::new(),
            fields => style.warning(format!("differs: {}", fields.join(", "))),
        };
        for (side, item) in [("Xero", &pair.xero), ("ERPNext", &pair.erpnext)] {
            if let Some(item) = item {
                table.row(line(
                    std::mem::take(&mut number),
                    side,
                    item,
                    &differs,
                    style,
                ));
            }
        }
    }
    table.render(style)
}

fn line(
    number: String,
    side: &str,
    item: &RecordLineItem,
    differs: &str,
    style: Style,
) -> [String; 11] {
    [
        number,
        style.faint(side),
        item.text.lines().next().unwrap_or_default().to_owned(),
        item.quantity.clone(),
        amount(&item.price),
        item.discount
            .as_ref()
            .map(|it| format!("{it} %"))
            .unwrap_or_default(),
        amount(&item.amount),
        item.account.clone().unwrap_or_default(),
        item.tax.clone().unwrap_or_default(),
        item.tracking.join(", "),
        differs.to_owned(),
    ]
}

fn relations(related: &[RelatedView], style: Style) -> String {
    let mut table = Table::new(&[
        ("", Align::Left),
        ("", Align::Left),
        ("", Align::Left),
        ("", Align::Right),
        ("", Align::Left),
    ]);
    for it in related {
        table.row([
            style.faint(kind(it.kind)),
            it.title.clone(),
            it.date.clone().unwrap_or_default(),
            it.amount.as_ref().map(amount).unwrap_or_default(),
            style.faint(sides(it.xero, it.erpnext)),
        ]);
    }
    table.render(style)
}
