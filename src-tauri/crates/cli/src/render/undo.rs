//! Undoing a run, and what is kept apart.

use app::views::{KeptApartListView, RunOutcome, RunView, UndoAction, UndoState, UndoView};

use super::{kind, side};
use crate::terminal::{Align, Style, Table, amount, count};

/// Records of a kind that are listed where nothing keeps them.
const LISTED: usize = 200;

/// The last runs, with the numbers that an undo takes.
pub fn runs(runs: &[RunView], style: Style) -> String {
    let mut table = Table::new(&[
        ("Run", Align::Right),
        ("Started", Align::Left),
        ("To Xero", Align::Right),
        ("To ERPNext", Align::Right),
        ("", Align::Left),
    ]);
    for run in runs {
        table.row([
            run.id.to_string(),
            run.started_at.clone(),
            run.to_xero.to_string(),
            run.to_erpnext.to_string(),
            style.faint(run.about.as_deref().unwrap_or_default()),
        ]);
    }
    let hint = "counterfoil undo RUN shows what undoing it would do";
    format!("{}{}\n", table.render(style), style.faint(hint))
}

const fn word(action: UndoAction) -> &'static str {
    match action {
        UndoAction::Void => "void or cancel",
        UndoAction::Delete => "delete",
        UndoAction::Archive => "archive",
        UndoAction::SetBack => "set back",
        UndoAction::TakeBack => "use as before",
    }
}

/// The counts, what the systems keep, and the records: those that stay first.
pub fn undo(view: &UndoView, style: Style) -> String {
    let mut out = match (view.by_run, view.outcome) {
        (None, _) => format!("Undoing run {} would, and writes nothing now:\n", view.run),
        (Some(by), Some(RunOutcome::Stopped)) => {
            format!(
                "Undo of run {} stopped (run {by}); the same command goes on.\n",
                view.run
            )
        }
        (Some(by), Some(RunOutcome::Elsewhere)) => {
            format!(
                "Undo of run {} did not go on (run {by}); the same command does.\n",
                view.run
            )
        }
        (Some(by), _) => format!("Undone: run {} (by run {by}).\n", view.run),
    };
    let mut counts = Table::new(&[
        ("", Align::Left),
        ("", Align::Left),
        ("", Align::Left),
        ("", Align::Right),
    ]);
    for it in &view.counts {
        counts.row([
            side(it.side).to_owned(),
            word(it.action).to_owned(),
            kind(it.kind).to_owned(),
            it.records.to_string(),
        ]);
    }
    out.push_str(&counts.render(style));
    out.push_str(&format!(
        "{}; {}.\n",
        count(view.undone, "record is undone", "records are undone"),
        count(view.stays, "record stays", "records stay")
    ));
    for sentence in &view.kept {
        out.push_str(&format!("{} {sentence}\n", style.warning("note:")));
    }
    let mut items = Table::new(&[
        ("", Align::Left),
        ("", Align::Left),
        ("", Align::Left),
        ("", Align::Right),
        ("", Align::Left),
    ]);
    let shown = view
        .items
        .iter()
        .filter(|it| it.state != UndoState::Nothing);
    for item in shown.clone().take(LISTED) {
        let stays = matches!(item.state, UndoState::Stays | UndoState::Failed);
        items.row([
            side(item.side).to_owned(),
            style.faint(kind(item.kind)),
            item.title.clone(),
            item.amount.as_ref().map(amount).unwrap_or_default(),
            if stays {
                style.warning(&item.text)
            } else {
                item.text.clone()
            },
        ]);
    }
    if !items.is_empty() {
        out.push('\n');
        out.push_str(&items.render(style));
    }
    let more = shown.count().saturating_sub(LISTED);
    if more > 0 {
        out.push_str(&format!("{}\n", style.faint(format!("and {more} more"))));
    }
    if let Some(error) = &view.error {
        out.push_str(&super::error(error, style));
    }
    if view.by_run.is_none() && view.undone > 0 {
        let hint = format!("counterfoil undo {} --yes does it", view.run);
        out.push_str(&format!("{}\n", style.faint(hint)));
    } else if view.by_run.is_some() {
        let hint = "What was undone is kept apart: counterfoil apart lists it, apart end RECORD takes it up again";
        out.push_str(&format!("{}\n", style.faint(hint)));
    }
    out
}

/// What is kept apart, and why.
pub fn apart(view: &KeptApartListView, style: Style) -> String {
    if view.records.is_empty() {
        return "Nothing is kept apart.\n".to_owned();
    }
    let mut table = Table::new(&[
        ("", Align::Left),
        ("", Align::Left),
        ("Record", Align::Left),
        ("Amount", Align::Right),
        ("Since", Align::Left),
        ("By", Align::Left),
        ("Why", Align::Left),
    ]);
    for it in &view.records {
        let both = it.other.is_some();
        table.row([
            if both { "both" } else { side(it.side) }.to_owned(),
            style.faint(kind(it.kind)),
            it.title.clone(),
            it.amount.as_ref().map(amount).unwrap_or_default(),
            it.since.clone(),
            it.who.clone().unwrap_or_default(),
            it.reason.clone(),
        ]);
    }
    let hint = "counterfoil apart end RECORD: the next sync plans it again";
    format!("{}{}\n", table.render(style), style.faint(hint))
}

#[cfg(test)]
mod tests {
    use app::views::{Kind, Side, UndoCount, UndoItem};

    use super::*;

    #[test]
    fn a_preview_names_what_stays_and_how_it_is_done() {
        let item = |title: &str, state, text: &str| UndoItem {
            record: format!("erpnext:invoice:{title}"),
            side: Side::Erpnext,
            kind: Kind::Invoice,
            title: title.to_owned(),
            contact: None,
            amount: None,
            state,
            action: None,
            reason: None,
            text: text.to_owned(),
        };
        let view = UndoView {
            run: 4,
            by_run: None,
            outcome: None,
            counts: vec![UndoCount {
                side: Side::Erpnext,
                kind: Kind::Invoice,
                action: UndoAction::Void,
                records: 27,
            }],
            undone: 27,
            stays: 1,
            nothing: 1,
            kept: vec!["ERPNext keeps them.".to_owned()],
            items: vec![
                item(
                    "INV-3",
                    UndoState::Stays,
                    "stays: used since by payment PAY-1",
                ),
                item("INV-5", UndoState::ToDo, "would be cancelled"),
                item("INV-9", UndoState::Nothing, "it has ended since"),
            ],
            error: None,
        };
        let text = undo(&view, Style::plain());
        for part in [
            "27",
            "INV-3",
            "used since by payment PAY-1",
            "INV-5",
            "undo 4 --yes",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(!text.contains("INV-9"), "{text}");
        let done = UndoView {
            by_run: Some(6),
            outcome: Some(RunOutcome::Done),
            ..view
        };
        assert!(undo(&done, Style::plain()).contains("apart end RECORD"));
    }
}
