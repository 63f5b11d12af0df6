//! Two linked invoices: what either side changed since both agreed is put on what the other says now.

use ledger::agreement::{invoice_differences, same_content};
use ledger::merge::{Edits, InvoiceMerge, InvoicePair, merge_invoices};
use ledger::problem::Difference;
use ledger::{Cause, Document, DocumentState, Side};
use store::Voids;

use super::super::contacts::Counterpart;
use super::super::translate::{Mapped, may_be_written};
use super::super::{Outcome, Scope};
use super::{Both, Planner};

/// Xero's invoice and ERPNext's when both agreed.
pub(super) type BaseDocuments<'a> = (&'a Document, &'a Document);

impl Planner<'_> {
    /// Two invoices that agreed before.
    pub(super) fn agreed_before(&self, both: &Both<'_>, base: BaseDocuments<'_>) -> Outcome {
        let ended = |invoice: &Document| invoice.state == DocumentState::Voided;
        match (ended(both.left), ended(both.right)) {
            (true, true) if same_content(base.0, both.left) && same_content(base.1, both.right) => {
                self.unchanged(both)
            }
            (true, true) => Outcome::Rebase,
            (true, false) => self.ended(both, base, Side::Xero),
            (false, true) => self.ended(both, base, Side::Erpnext),
            (false, false) => self.merged(both, base),
        }
    }

    /// An invoice that came to its end on one side only.
    fn ended(&self, both: &Both<'_>, base: BaseDocuments<'_>, side: Side) -> Outcome {
        let (then, live_then) = match side {
            Side::Xero => (base.0, base.1),
            Side::Erpnext => (base.1, base.0),
        };
        let live = side.other();
        let edited = !same_content(live_then, both.invoice(live)) && {
            // Compared as if the other side stood as it did: what would be carried is an edit.
            let frozen = Both {
                left: if side == Side::Xero {
                    base.0
                } else {
                    both.left
                },
                right: if side == Side::Erpnext {
                    base.1
                } else {
                    both.right
                },
                ..*both
            };
            self.merge(&frozen, Some(base), None)
                .is_ok_and(|merge| merge.contact_of.is_some() || changed(&frozen, &merge, side))
        };
        match (then.state == DocumentState::Voided, edited) {
            // It had ended before, and was edited on the other side since.
            (true, true) => self.carry(both, live),
            (true, false) => self.unchanged(both),
            (false, false) => self.follows(both, side),
            (false, true) => {
                let differences = self.all_differences(both);
                self.ask(both, Some(base), differences, both_changed)
            }
        }
    }

    /// A document that ended on this side alone, by itself or as a person or the rules say.
    fn follows(&self, both: &Both<'_>, side: Side) -> Outcome {
        let live = both.invoice(side.other());
        // A draft is in no books yet.
        if live.state == DocumentState::Draft {
            return self.carry(both, side);
        }
        let differences = self.all_differences(both);
        let ids = (&both.xero.id, &both.erpnext.id);
        let kept = self.situation.kept(ids.0, ids.1, &differences) == Some(side);
        let by_itself = || self.carry(both, side);
        let one_way = self.policy.direction(self.kind).is_one_way();
        ended_by_rule(
            (self.policy.voids(self.kind), one_way),
            side,
            kept,
            differences,
            by_itself,
        )
    }

    /// What both sides changed, carried each way; what both changed to something else is asked about.
    fn merged(&self, both: &Both<'_>, base: BaseDocuments<'_>) -> Outcome {
        let merge = match self.merge(both, Some(base), None) {
            Ok(merge) => merge,
            Err(cause) => return refused(cause),
        };
        if merge.conflicts.is_empty() {
            return self.writes(both, Some(base), &merge);
        }
        if let Some(side) = self.policy.conflicts.get(&self.kind)
            && let Outcome::Write(mut writes) = self.keep(both, Some(base), *side)
        {
            for write in writes.iter_mut().filter(|it| it.target != *side) {
                write.decided.clone_from(&merge.conflicts);
            }
            return Outcome::Write(writes);
        }
        self.ask(both, Some(base), merge.conflicts, both_changed)
    }

    /// Asks which side is right, and offers the sides whose values can be carried over; or does what the
    /// person chose who was shown exactly this.
    pub(super) fn ask(
        &self,
        both: &Both<'_>,
        base: Option<BaseDocuments<'_>>,
        differences: Vec<Difference>,
        cause: fn(Vec<Difference>, Vec<Side>) -> Cause,
    ) -> Outcome {
        let (situation, ids) = (self.situation, (&both.xero.id, &both.erpnext.id));
        if let Some(side) = situation.kept(ids.0, ids.1, &differences) {
            return self.keep(both, base, side);
        }
        let mut offered = Vec::new();
        for side in Side::BOTH {
            match self.keep(both, base, side) {
                Outcome::Write(_) | Outcome::Rebase => offered.push(side),
                // It was chosen, and refused: that is what needs a person now. A retry asks again.
                Outcome::Problem { side, cause } if self.was_refused(both, side, &cause) => {
                    return Outcome::Problem { side, cause };
                }
                _ => {}
            }
        }
        Outcome::Problem {
            side: Side::Xero,
            cause: cause(differences, offered),
        }
    }

    fn was_refused(&self, both: &Both<'_>, side: Side, cause: &Cause) -> bool {
        let key = (self.kind, side, both.record(side).id.clone());
        let refusal = self.situation.refused.get(&key);
        refusal.is_some_and(|refusal| refusal.cause == *cause)
    }

    /// The figures of both sides differ although neither changed them: a person decides.
    pub(super) fn differs(&self, both: &Both<'_>) -> Outcome {
        let differences = self.all_differences(both);
        self.ask(both, None, differences, |differences, offered| {
            Cause::TotalsDiffer {
                differences,
                offered,
            }
        })
    }

    /// One side's values, where both changed the same, or where they never agreed.
    pub(super) fn keep(
        &self,
        both: &Both<'_>,
        base: Option<BaseDocuments<'_>>,
        side: Side,
    ) -> Outcome {
        if [both.left, both.right]
            .iter()
            .any(|it| it.state == DocumentState::Voided)
        {
            return self.carry_onto(both, side);
        }
        match self.merge(both, base, Some(side)) {
            Ok(merge) => self.writes(both, base, &merge),
            Err(cause) => refused(cause),
        }
    }

    /// The document that stood, with what Xero changed since, written even where that is nothing.
    pub(super) fn written_again(&self, both: &Both<'_>, base: BaseDocuments<'_>) -> Outcome {
        let source = Side::Xero;
        if !self.allows(Side::Erpnext) {
            return Outcome::OutOfScope(Scope::Direction);
        }
        let planned = self
            .merge(both, Some(base), Some(source))
            .and_then(|merge| {
                let mut to = merge.erpnext;
                let mut waits_for = Vec::new();
                if merge.contact_of == Some(source) {
                    (to.contact, waits_for) = self.contact(source, both.left)?;
                }
                may_be_written(&to, source, self.policy)?;
                self.update(both, source, to, waits_for)
            });
        match planned {
            Ok(writes) => self.write(both, source, writes),
            Err(cause) => refused(cause),
        }
    }

    fn merge(
        &self,
        both: &Both<'_>,
        base: Option<BaseDocuments<'_>>,
        prefer: Option<Side>,
    ) -> Result<InvoiceMerge, Cause> {
        let pair = InvoicePair {
            base,
            xero: both.left,
            erpnext: both.right,
            contacts: self.contact_edits(both, base),
        };
        merge_invoices(&pair, prefer, &Mapped(self.policy))
    }

    /// Who changed the contact. A contact that was merged takes its invoices along, a merged customer
    /// too, and a customer that was renamed is the same one: none is a change of the invoice.
    fn contact_edits(&self, both: &Both<'_>, base: Option<BaseDocuments<'_>>) -> Edits {
        let (left, right) = (both.left, both.right);
        let agree = self.same_contact(left, right);
        let Some((then_left, then_right)) = base else {
            return Edits {
                xero: true,
                erpnext: true,
                agree,
            };
        };
        let renamed = matches!(
            self.counterpart(Side::Erpnext, &right.contact),
            Some(Counterpart::Known { other, .. }) if *other == then_left.contact
        );
        Edits {
            xero: then_left.contact != left.contact
                && self.situation.merged.get(&then_left.contact) != Some(&left.contact),
            erpnext: then_right.contact != right.contact
                && !renamed
                && self.situation.merged_customers.get(&then_right.contact) != Some(&right.contact),
            agree,
        }
    }

    /// The writes of a merge, as far as the rules carry them; where there are none, how the two stand.
    fn writes(
        &self,
        both: &Both<'_>,
        base: Option<BaseDocuments<'_>>,
        merge: &InvoiceMerge,
    ) -> Outcome {
        self.writes_to(both, base, merge, |target| self.allows(target))
    }

    /// The writes of a merge to the sides that are allowed; where there are none, how the two stand.
    fn writes_to(
        &self,
        both: &Both<'_>,
        base: Option<BaseDocuments<'_>>,
        merge: &InvoiceMerge,
        allows: impl Fn(Side) -> bool,
    ) -> Outcome {
        // Something that nobody changed differs: it may not be hidden behind what was.
        let open = invoice_differences(&merge.xero, &merge.erpnext);
        if base.is_some() && !open.is_empty() {
            return self.differs(both);
        }
        let mut writes = Vec::new();
        let mut barred = None;
        for target in Side::BOTH {
            let source = target.other();
            let takes_contact = merge.contact_of == Some(source);
            if !takes_contact && !changed(both, merge, target) {
                continue;
            }
            if !allows(target) {
                barred = Some(source);
                continue;
            }
            let mut to = match target {
                Side::Xero => merge.xero.clone(),
                Side::Erpnext => merge.erpnext.clone(),
            };
            let planned = may_be_written(&to, source, self.policy).and_then(|()| {
                let mut waits_for = Vec::new();
                if takes_contact {
                    (to.contact, waits_for) = self.contact(source, both.invoice(source))?;
                }
                self.update(both, source, to, waits_for)
            });
            match planned {
                Ok(planned) => writes.extend(planned),
                Err(cause) => {
                    return Outcome::Problem {
                        side: source,
                        cause,
                    };
                }
            }
        }
        if let Some(first) = writes.first_mut() {
            let source = first.target.other();
            first.leaves_edits = barred.is_some();
            return self.write(both, source, writes);
        }
        if let Some(edited) = barred {
            return self.edited_one_way(both, base, edited);
        }
        match base {
            Some((left, right))
                if same_content(left, both.left) && same_content(right, both.right) =>
            {
                self.unchanged(both)
            }
            Some(_) if !self.differences(both).is_empty() => self.differs(both),
            _ => Outcome::Rebase,
        }
    }

    /// A document that was edited on a side from which the rules carry nothing: a person takes the edit over,
    /// or puts it back.
    fn edited_one_way(
        &self,
        both: &Both<'_>,
        base: Option<BaseDocuments<'_>>,
        edited: Side,
    ) -> Outcome {
        let differences = self.all_differences(both);
        // Where nothing is carried at all, nobody is asked about what differs.
        let one_way = self.policy.direction(self.kind).is_one_way();
        if !one_way || base.is_none() || differences.is_empty() {
            return Outcome::OutOfScope(Scope::Direction);
        }
        let kept = |side: Side| {
            let base = base.filter(|_| side == edited);
            match self.merge(both, base, Some(side)) {
                Ok(merge) => self.writes_to(both, base, &merge, |target| target == side.other()),
                Err(cause) => refused(cause),
            }
        };
        let ids = (&both.xero.id, &both.erpnext.id);
        if let Some(side) = self.situation.kept(ids.0, ids.1, &differences) {
            return kept(side);
        }
        let can = |side: &Side| matches!(kept(*side), Outcome::Write(_));
        Outcome::Problem {
            side: edited,
            cause: Cause::EditedOneWay {
                side: edited,
                offered: Side::BOTH.into_iter().filter(can).collect(),
                differences,
            },
        }
    }
}

/// What the rules make of the end of a record on this side, where `by_itself` is what ends the other.
pub(in crate::plan) fn ended_by_rule(
    (rule, one_way): (Voids, bool),
    side: Side,
    kept: bool,
    differences: Vec<Difference>,
    by_itself: impl FnOnce() -> Outcome,
) -> Outcome {
    let stays = |why: &str, offered: Vec<Side>| Outcome::Problem {
        side,
        cause: Cause::EndedThere {
            side,
            why: why.to_owned(),
            differences,
            offered,
            stands: None,
        },
    };
    match by_itself() {
        Outcome::Write(writes) if rule == Voids::Void || rule == Voids::Ask && kept => {
            Outcome::Write(writes)
        }
        Outcome::Write(_) if rule == Voids::Ask => {
            stays("the rules ask before it is ended there too", vec![side])
        }
        Outcome::Write(_) | Outcome::Problem { .. } if rule == Voids::Never => {
            stays("by the rules it is not ended there", Vec::new())
        }
        Outcome::OutOfScope(Scope::Direction) if one_way => {
            stays("your rules carry nothing from there", Vec::new())
        }
        // It could not be, or the rules carry nothing of its kind.
        other => other,
    }
}

fn both_changed(differences: Vec<Difference>, offered: Vec<Side>) -> Cause {
    Cause::BothChanged {
        differences,
        offered,
    }
}

/// Whether a merge changes a side's document.
fn changed(both: &Both<'_>, merge: &InvoiceMerge, side: Side) -> bool {
    match side {
        Side::Xero => merge.xero != *both.left,
        Side::Erpnext => merge.erpnext != *both.right,
    }
}

/// What keeps a line from being carried, shown for the record that it stands on.
fn refused(cause: Cause) -> Outcome {
    let side = cause.side().unwrap_or(Side::Xero);
    Outcome::Problem { side, cause }
}
