//! Which records a change of the rules affects, by what was last read, and what does not go together.

use std::collections::BTreeMap;

use ledger::{Cause, DocumentState, Kind, Side};
use store::{Exception, PairingId, Rule, Scope, Store, StoreError};

use super::change::{Changed, RuleSet};
use crate::show::count;
use crate::views::{RuleEffect, RuleSetting};

/// How records without a link stand, counted by what the rules before and after say of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Alone {
    /// Left alone before, and not any more.
    released: usize,
    /// Not left alone before, and now they are.
    left: usize,
}

/// What a pairing's records without a link are for a set of rules, by kind and side.
pub(super) struct Seen {
    alone: BTreeMap<(Kind, Side), Alone>,
    /// Documents that would travel, and that the new closing day holds up, or the old one held up.
    closing: Alone,
}

impl Seen {
    /// Counts the records without a link. Reads those alone that a run would look at.
    pub fn of(
        store: &Store,
        pairing: PairingId,
        before: &RuleSet,
        after: &RuleSet,
    ) -> Result<Self, StoreError> {
        let mut seen = Self {
            alone: BTreeMap::new(),
            closing: Alone::default(),
        };
        let closed = (before.closed_until(), after.closed_until());
        for kind in Kind::ALL {
            let rules = (before.of(kind), after.of(kind));
            let drafts = (
                before.of(Kind::Invoice).drafts(),
                after.of(Kind::Invoice).drafts(),
            );
            for side in Side::BOTH {
                store.records_of_side(pairing, side, kind, Scope::ToDo, |stored| {
                    let Ok(record) = &stored.row.record else {
                        return;
                    };
                    if stored.link.is_some() || record.ended() {
                        return;
                    }
                    let (day, state) = (record.day(), record.state());
                    let stays = |rule: &Rule, drafts: bool| {
                        rule.leaves_alone(side, day).is_some()
                            || state == Some(DocumentState::Draft) && !drafts
                    };
                    let stays = (stays(&rules.0, drafts.0), stays(&rules.1, drafts.1));
                    add(seen.alone.entry((kind, side)).or_default(), stays);
                    if let (false, Some(day)) = (stays.1, day) {
                        let holds = |until: Option<chrono::NaiveDate>| {
                            until.is_some_and(|until| day <= until)
                        };
                        add(&mut seen.closing, (holds(closed.0), holds(closed.1)));
                    }
                })?;
            }
        }
        Ok(seen)
    }

    fn sum(&self, of: impl Fn(Kind, Side) -> bool) -> Alone {
        let mut sum = Alone::default();
        for ((kind, side), alone) in &self.alone {
            if of(*kind, *side) {
                sum.released += alone.released;
                sum.left += alone.left;
            }
        }
        sum
    }
}

fn add(alone: &mut Alone, stays: (bool, bool)) {
    match stays {
        (true, false) => alone.released += 1,
        (false, true) => alone.left += 1,
        _ => {}
    }
}

/// What a change means for the records there are.
pub(super) fn effect(
    changed: &Changed,
    setting: &RuleSetting,
    seen: &Seen,
    open: &[Exception],
) -> RuleEffect {
    let mut affects = Vec::new();
    let mut records = 0;
    let mut say = |n: usize, one: &str, many: &str| {
        records += n;
        match n {
            0 => {}
            1 => affects.push(format!("1 {one}")),
            n => affects.push(format!("{n} {many}")),
        }
    };
    let waiting = |of: &dyn Fn(&Cause) -> bool| {
        let mut open = open.iter().collect::<Vec<_>>();
        open.retain(|it| changed.kind.is_none_or(|kind| it.record.kind == kind) && of(&it.cause));
        open.len()
    };
    match setting {
        RuleSetting::Direction(to) => {
            let to = store::Direction::from(*to);
            for side in Side::BOTH {
                let other = side.other();
                let alone = seen.sum(|kind, of| Some(kind) == changed.kind && of == side);
                say(
                    alone.released,
                    &format!(
                        "that only {side} has is looked at by the next sync, and goes to {other} where it is not there already."
                    ),
                    &format!(
                        "that only {side} has are looked at by the next sync, and go to {other} where they are not there already."
                    ),
                );
                say(
                    alone.left,
                    &format!("that only {side} has stays there."),
                    &format!("that only {side} has stay there."),
                );
                let edits = waiting(
                    &|cause| matches!(cause, Cause::EditedOneWay { side: of, .. } if *of == side),
                );
                if to.writes_to(other) {
                    say(
                        edits,
                        &format!(
                            "edit made in {side} that was not carried goes to {other} with the next sync."
                        ),
                        &format!(
                            "edits made in {side} that were not carried go to {other} with the next sync."
                        ),
                    );
                }
            }
        }
        RuleSetting::Drafts(_) | RuleSetting::StartDate(_) => {
            let alone = seen.sum(|kind, _| kind != Kind::Contact);
            say(
                alone.released,
                "document or payment that was left alone is carried by the next sync.",
                "documents and payments that were left alone are carried by the next sync.",
            );
            say(
                alone.left,
                "document or payment that is on one side alone is left there.",
                "documents and payments that are on one side alone are left there.",
            );
        }
        RuleSetting::ClosedUntil(_) => {
            say(
                seen.closing.released,
                "document or payment that waits for that is carried by the next sync.",
                "documents and payments that wait for that are carried by the next sync.",
            );
            say(
                seen.closing.left,
                "document or payment that is not carried yet is dated on that day or before, and waits.",
                "documents and payments that are not carried yet are dated on that day or before, and wait.",
            );
        }
        RuleSetting::Voids(_) => say(
            waiting(&|cause| matches!(cause, Cause::EndedThere { .. })),
            "that ended on one side and stands on the other is decided about anew.",
            "that ended on one side and stand on the other are decided about anew.",
        ),
        RuleSetting::Conflicts(_) => say(
            waiting(&|cause| matches!(cause, Cause::BothChanged { .. })),
            "that was edited on both sides is decided about anew.",
            "that were edited on both sides are decided about anew.",
        ),
        // What lands there is told by the preview, with its tax.
        RuleSetting::TaxFiled(_)
        | RuleSetting::OnlyWithDocuments(_)
        | RuleSetting::Prepayments(_)
        | RuleSetting::AskFromVoids(_)
        | RuleSetting::AskFromUpdates(_) => {}
    }
    if affects.is_empty() {
        affects.push("What is on both sides already stays as it is.".to_owned());
    }
    RuleEffect {
        kind: changed.kind.map(Into::into),
        what: changed.what.to_owned(),
        before: changed.before.clone(),
        after: changed.after.clone(),
        affects,
        records: count(records),
    }
}

/// What does not go together in a set of rules, a sentence each.
pub(super) fn warnings(rules: &RuleSet) -> Vec<String> {
    let goes = |kind: Kind, to: Side| rules.of(kind).direction.writes_to(to);
    let mut found = Vec::new();
    for to in Side::BOTH {
        let from = to.other();
        if !goes(Kind::Contact, to) {
            // A payment is mostly for a document that both sides have, and so its contact.
            let needs = [Kind::Invoice, Kind::CreditNote];
            let needs: Vec<String> = (needs.into_iter())
                .filter(|kind| goes(*kind, to))
                .map(|kind| format!("{kind}s"))
                .collect();
            if !needs.is_empty() {
                found.push(format!(
                    "Contacts do not travel to {to}, so {} of a contact that is not there yet wait.",
                    needs.join(" and ")
                ));
            }
        }
        // An invoice gets to a side from the other one, or was made there.
        if goes(Kind::Payment, to) && rules.of(Kind::Invoice).direction == store::Direction::Off {
            found.push(format!(
                "Invoices do not travel at all, so payments from {from} of invoices that are not linked wait."
            ));
        }
    }
    let (start, closed) = (rules.start_date(), rules.closed_until());
    if let (Some(start), Some(closed)) = (start, closed)
        && start <= closed
    {
        found.push(format!(
            "The books are closed until {closed}, so documents from the start date {start} to then wait."
        ));
    }
    found
}
