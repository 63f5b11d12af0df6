//! Undoing a run.

use std::collections::{BTreeMap, BTreeSet};

use engine::progress::Reporter;
use engine::run::Summary;
use engine::run::undo::{Becomes, Item};
use engine::undo::{Action, Nothing};
use ledger::{Kind, Side};
use net::Priority;
use store::{Pairing, RecordKey, RunCounts, RunId};

use crate::app::App;
use crate::check::require_markers;
use crate::error::AppError;
use crate::scope::name_of;
use crate::show::{count, number, some};
use crate::sync::run_line;
use crate::views::{UndoAction, UndoCount, UndoItem, UndoState, UndoView};
use crate::{line, who, words};

impl App {
    /// What undoing a run would do. Both sides are read; nothing is written to either.
    ///
    /// # Errors
    /// [`AppError::NotFound`] where the pairing has no such run, a usage error where it cannot be undone; where a
    /// side cannot be read, or another run is under way.
    pub async fn preview_undo(&self, run: u32) -> Result<UndoView, AppError> {
        let pairing = self.pairing().await?;
        let of = self.to_be_undone(&pairing, run).await?;
        let turn = self.take_turn("looking at what an undo would do")?;
        let reached = self
            .reach_for(&pairing, Priority::Interactive, turn.control.stopped())
            .await?;
        let session = self.session(&pairing, &reached, &turn, Reporter::silent());
        let result = Box::pin(engine::run::undo::preview(&session, of)).await;
        self.keep_learned(&pairing, &reached).await;
        let foreseen = result?;
        let mut view = UndoView {
            error: words::guards(&foreseen.guards),
            ..shown(run, &foreseen.items)
        };
        let filed = foreseen.filed.iter();
        view.kept
            .extend(filed.map(|guard| words::asked(guard).sentence()));
        Ok(view)
    }

    /// Undoes a run; answers when that has ended. One that was stopped is gone on with.
    ///
    /// # Errors
    /// As [`App::preview_undo`]. A connection that failed on the way is in the view: what was undone before stays
    /// undone.
    pub async fn undo(&self, run: u32) -> Result<UndoView, AppError> {
        let pairing = self.pairing().await?;
        let of = self.to_be_undone(&pairing, run).await?;
        let turn = self.take_turn("undoing a sync")?;
        let reached = self
            .reach_for(&pairing, Priority::Interactive, turn.control.stopped())
            .await?;
        require_markers(&reached).await?;
        let before = reached.calls();
        let (reporter, watching) = self.watching(&reached, &turn);
        let session = self.session(&pairing, &reached, &turn, reporter);
        let by = who::person();
        let result = Box::pin(engine::run::undo::undo(&session, of, Some(&by))).await;
        watching.over().await;
        self.keep_learned(&pairing, &reached).await;
        let done = result?;
        let calls = reached.calls();
        let counts = RunCounts {
            xero_calls: calls.0.saturating_sub(before.0),
            erpnext_calls: calls.1.saturating_sub(before.1),
            ..done.counts
        };
        let (by_run, id, now) = (done.run, pairing.id, self.0.clock.now());
        let line = run_line(&Summary {
            run: by_run,
            outcome: done.outcome,
            counts,
            guards: done.guards.clone(),
            failures: done.failures.clone(),
            whole: false,
            about: Some(format!("undo of run {run}")),
        });
        self.db(move |store| {
            store.set_counts(by_run, &counts)?;
            store.append_log(id, Some(by_run), &[line], now)
        })
        .await?;
        for side in Side::BOTH {
            let failure = done.failures.iter().find(|it| it.side() == Some(side));
            self.note_health(&pairing, side, failure).await?;
        }
        let failure = done.failures.first().map(words::connection);
        Ok(UndoView {
            by_run: Some(number(by_run.0)),
            outcome: Some(line::undo_outcome(done.outcome)),
            error: failure.or_else(|| words::guards(&done.guards)),
            ..shown(run, &done.items)
        })
    }

    /// The run, where it can be undone.
    async fn to_be_undone(&self, pairing: &Pairing, run: u32) -> Result<RunId, AppError> {
        let (id, of) = (RunId(i64::from(run)), pairing.id);
        let found = self.db(move |store| store.run(id)).await?;
        let found = found.filter(|it| it.pairing == of);
        let Some(found) = found else {
            return Err(AppError::NotFound(format!("run {run} of this pairing")));
        };
        if let Some(undone) = found.undoes {
            return Err(AppError::usage(
                format!(
                    "Run {run} is itself the undo of run {undone}, and an undo cannot be undone."
                ),
                "Take up what it kept apart with counterfoil apart end RECORD: the next sync plans it again.",
            ));
        }
        Ok(id)
    }
}

const fn action(action: Action) -> UndoAction {
    match action {
        Action::Void => UndoAction::Void,
        Action::Delete => UndoAction::Delete,
        Action::Archive => UndoAction::Archive,
        Action::SetBack => UndoAction::SetBack,
        Action::TakeBack => UndoAction::TakeBack,
    }
}

/// What is done, of a record that would be (`false`) or was (`true`).
const fn done(side: Side, how: Action, was: bool) -> &'static str {
    match (how, side, was) {
        (Action::Void, Side::Xero, false) => "would be voided",
        (Action::Void, Side::Xero, true) => "voided",
        (Action::Void, Side::Erpnext, false) => "would be cancelled",
        (Action::Void, Side::Erpnext, true) => "cancelled",
        (Action::Delete, _, false) => "would be deleted",
        (Action::Delete, _, true) => "deleted",
        (Action::Archive, Side::Xero, false) => "would be archived",
        (Action::Archive, Side::Xero, true) => "archived",
        (Action::Archive, Side::Erpnext, false) => "would be disabled",
        (Action::Archive, Side::Erpnext, true) => "disabled",
        (Action::SetBack, _, false) => "would get its values from before back",
        (Action::SetBack, _, true) => "has its values from before again",
        (Action::TakeBack, _, false) => "would be used as before",
        (Action::TakeBack, _, true) => "is used as before",
    }
}

const fn nothing(why: Nothing) -> (&'static str, &'static str) {
    match why {
        Nothing::Undone => ("undone", "undone before"),
        Nothing::Ended => ("ended", "it has ended since"),
        Nothing::Gone => ("gone", "it is not there any more"),
        Nothing::AsBefore => ("as_before", "it says what it said before"),
    }
}

fn item(of: &Item) -> UndoItem {
    let side = of.record.side;
    let (state, how, reason, text) = match &of.becomes {
        Becomes::ToDo(how) => (
            UndoState::ToDo,
            Some(*how),
            None,
            done(side, *how, false).to_owned(),
        ),
        Becomes::Done(how) => (
            UndoState::Done,
            Some(*how),
            None,
            done(side, *how, true).to_owned(),
        ),
        Becomes::Failed(how, why) => {
            let text = format!("{side} did not undo it: {why}");
            (UndoState::Failed, Some(*how), Some("refused"), text)
        }
        Becomes::Stays(why) => (
            UndoState::Stays,
            None,
            Some(why.word()),
            format!("stays: {why}"),
        ),
        Becomes::Nothing(why) => {
            let (word, text) = nothing(*why);
            (UndoState::Nothing, None, Some(word), text.to_owned())
        }
    };
    UndoItem {
        record: name_of(&of.record),
        side: side.into(),
        kind: of.record.kind.into(),
        title: of.title.clone(),
        contact: some(&of.contact).filter(|it| *it != of.title),
        amount: of.money.map(Into::into),
        state,
        action: how.map(action),
        reason: reason.map(str::to_owned),
        text,
    }
}

fn shown(run: u32, items: &[Item]) -> UndoView {
    let mut counts: BTreeMap<(Side, Kind, UndoAction), usize> = BTreeMap::new();
    let (mut undone, mut stays, mut none) = (0_usize, 0_usize, 0_usize);
    for of in items {
        match &of.becomes {
            Becomes::ToDo(how) | Becomes::Done(how) => {
                let RecordKey { side, kind, .. } = &of.record;
                *counts.entry((*side, *kind, action(*how))).or_default() += 1;
                undone += 1;
            }
            Becomes::Stays(_) | Becomes::Failed(..) => stays += 1,
            Becomes::Nothing(_) => none += 1,
        }
    }
    let mut listed: Vec<UndoItem> = items.iter().map(item).collect();
    listed.sort_by_key(|it| match it.state {
        UndoState::Failed => 0,
        UndoState::Stays => 1,
        UndoState::ToDo | UndoState::Done => 2,
        UndoState::Nothing => 3,
    });
    let counts = counts.into_iter();
    let counts: Vec<UndoCount> = counts
        .map(|((side, kind, action), records)| UndoCount {
            side: side.into(),
            kind: kind.into(),
            action,
            records: count(records),
        })
        .collect();
    UndoView {
        run,
        by_run: None,
        outcome: None,
        kept: kept(items),
        counts,
        undone: count(undone),
        stays: count(stays),
        nothing: count(none),
        items: listed,
        error: None,
    }
}

/// What the two systems keep of what is undone, in words.
fn kept(items: &[Item]) -> Vec<String> {
    let mut ways: BTreeSet<(Action, Side, bool)> = BTreeSet::new();
    for of in items {
        if let Becomes::ToDo(how) | Becomes::Done(how) = &of.becomes {
            ways.insert((*how, of.record.side, of.record.kind.is_document()));
        }
    }
    let has = |how: Action, side: Side| ways.iter().any(|it| (it.0, it.1) == (how, side));
    let mut kept = Vec::new();
    let mut say = |is: bool, text: &str| {
        if is {
            kept.push(text.to_owned());
        }
    };
    say(
        has(Action::Void, Side::Xero),
        "Xero keeps what is voided, as VOIDED; its numbers are free again.",
    );
    say(
        has(Action::Delete, Side::Xero),
        "Xero keeps deleted payments and drafts, as DELETED, and shows them in the history.",
    );
    say(
        has(Action::Void, Side::Erpnext),
        "ERPNext keeps submitted documents as cancelled, each under its name, which no other document gets.",
    );
    say(
        has(Action::Archive, Side::Xero),
        "Xero deletes no contact: it is archived, and can be restored there.",
    );
    say(
        has(Action::Archive, Side::Erpnext),
        "ERPNext's customers are disabled and not deleted, because cancelled documents name them.",
    );
    say(
        ways.contains(&(Action::SetBack, Side::Erpnext, true)),
        "A submitted document of ERPNext is set back by an amendment: the changed one stays as cancelled.",
    );
    kept
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use engine::undo::Stays;

    use super::*;

    #[test]
    fn what_stays_comes_first_and_what_the_systems_keep_is_said_once() {
        let of = |side, id: &str, becomes| Item {
            record: RecordKey::new(side, Kind::Invoice, id),
            title: id.to_owned(),
            contact: "Acme".to_owned(),
            money: None,
            becomes,
        };
        let view = shown(
            7,
            &[
                of(Side::Xero, "I-1", Becomes::ToDo(Action::Void)),
                of(Side::Xero, "I-2", Becomes::ToDo(Action::Void)),
                of(Side::Erpnext, "I-3", Becomes::ToDo(Action::SetBack)),
                of(
                    Side::Erpnext,
                    "I-4",
                    Becomes::Stays(Stays::Hangs(vec!["payment P".to_owned()])),
                ),
                of(Side::Erpnext, "I-5", Becomes::Nothing(Nothing::Ended)),
            ],
        );
        assert_eq!((view.undone, view.stays, view.nothing), (3, 1, 1));
        assert_eq!(view.items[0].text, "stays: used since by payment P");
        assert_eq!(view.items[0].reason.as_deref(), Some("used"));
        assert_eq!(view.counts.len(), 2);
        assert_eq!(view.kept.len(), 2, "{:?}", view.kept);
    }
}
