//! When syncs start by themselves.

use app::Looked;
use app::views::{Kind, ScheduleView};

use super::run;
use crate::terminal::{Align, Style, Table};

/// A line for each schedule, and what keeps them from starting.
pub fn schedule(view: &ScheduleView, style: Style) -> String {
    let mut table = Table::new(&[
        ("Records", Align::Left),
        ("Synced", Align::Left),
        ("Next", Align::Left),
        ("Last", Align::Left),
    ]);
    let others = view.lines.len() > 1;
    for line in &view.lines {
        let whose = match line.kind {
            Some(own) => plural(own).to_owned(),
            None if others => "All others".to_owned(),
            None => "All".to_owned(),
        };
        table.row([
            whose,
            line.sentence.clone(),
            line.next_at.as_deref().map(when).unwrap_or_default(),
            line.last_at.as_deref().map(when).unwrap_or_default(),
        ]);
    }
    let mut out = table.render(style);
    if let Some(paused) = &view.paused {
        let until = match &paused.until {
            Some(until) => format!("until {}", when(until)),
            None => "until counterfoil resume".to_owned(),
        };
        out.push_str(&format!(
            "\n{}\n",
            style.warning(format!("Paused {until}."))
        ));
    }
    if let Some(live) = &view.live {
        let heard = match &live.why {
            None if live.listening => "Listening to ERPNext.".to_owned(),
            None => "Not listening to ERPNext yet.".to_owned(),
            Some(why) => format!("Not listening to ERPNext: {why}"),
        };
        out.push_str(&format!("\n{}\n", style.faint(heard)));
    }
    if let Some(waits) = &view.waits {
        out.push_str(&format!("\n{}\n", style.warning(waits)));
    }
    if let Some(trouble) = &view.trouble {
        out.push_str(&format!(
            "\nThe last one did not start: {}\n",
            trouble.message
        ));
        if let Some(next) = &trouble.next_step {
            out.push_str(&format!("{next}\n"));
        }
    }
    let hint = if view.lines.iter().any(|line| line.entry.is_some()) {
        "Syncs start by themselves while the window is open, or counterfoil serve runs."
    } else {
        "Choose it with: counterfoil schedule set hourly"
    };
    out.push_str(&format!("\n{}\n", style.faint(hint)));
    out
}

/// What a look at the schedules came to, with the time.
pub fn looked(looked: &Looked, style: Style) -> String {
    let now = chrono::Local::now().format("%H:%M:%S");
    match looked {
        Looked::Nothing => String::new(),
        Looked::Waits(error) => format!(
            "{now}  {} It is tried again.\n",
            style.warning(&error.message)
        ),
        Looked::Failed(error) => {
            let next = error.next_step.as_deref().unwrap_or_default();
            format!("{now}  {} {next}\n", style.warning(&error.message))
        }
        Looked::Unchanged(_) => format!("{now}  {}\n", style.faint("Nothing changed.")),
        Looked::Ran(ran) => format!("{now}  {}", run(ran, style)),
    }
}

/// An instant by the clock of this computer, with how far that is ahead of UTC: a schedule has its own zone.
fn when(at: &str) -> String {
    chrono::DateTime::parse_from_rfc3339(at).map_or_else(
        |_| at.to_owned(),
        |at| {
            let local = at.with_timezone(&chrono::Local);
            local.format("%a %-d %b, %H:%M %:z").to_string()
        },
    )
}

const fn plural(kind: Kind) -> &'static str {
    match kind {
        Kind::Contact => "Contacts",
        Kind::Invoice => "Invoices",
        Kind::CreditNote => "Credit notes",
        Kind::Payment => "Payments",
    }
}
