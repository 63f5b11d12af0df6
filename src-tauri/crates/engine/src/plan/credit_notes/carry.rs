//! Uses of a credit note that are apart, made the same on both sides.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use ledger::allocation::{allocation_steps, brought_to};
use ledger::problem::Difference;
use ledger::{Allocation, Cause, Document, Kind, Money, Record, Reference, RemoteId, Side};
use rust_decimal::Decimal;

use super::{Apart, Both, Decision, Outlook, UsesPlanner, Which};
use crate::books::Change;
use crate::plan::contacts::{Counterpart, counterpart};
use crate::plan::{Outcome, PlannedWrite, Scope, planned, unless_refused};

/// How much of which invoices is to be settled on a side.
#[derive(Default)]
struct Meant {
    amounts: BTreeMap<RemoteId, Decimal>,
    waits_for: Vec<Reference>,
    /// The day of what is new.
    date: Option<NaiveDate>,
}

/// Why a use is not carried.
enum Stays {
    Outside(Scope),
    Cause(Side, Cause),
}

impl UsesPlanner<'_> {
    /// What is done about the uses that are apart. Where one of them needs a person, none is touched.
    pub(super) fn carry(&mut self, both: &Both<'_>, apart: &[Apart]) -> Decision {
        if apart.iter().any(|one| one.changed.is_none()) {
            let differences = self.differences(both, apart);
            return problem(Side::Xero, Cause::AllocationsDiffer { differences });
        }
        let mut writes = Vec::new();
        for target in Side::BOTH {
            let source = target.other();
            let of_source = apart.iter().filter(|one| one.changed == Some(source));
            let changed: Vec<&Apart> = of_source.collect();
            if changed.is_empty() {
                continue;
            }
            match self.onto(both, target, &changed) {
                Ok(write) => writes.push(write),
                Err(Stays::Outside(scope)) => return Decision::Other(Outcome::OutOfScope(scope)),
                Err(Stays::Cause(side, cause)) => return problem(side, cause),
            }
        }
        for side in Side::BOTH {
            let (kind, id) = (Kind::CreditNote, &both.on(side).0.id);
            let checked = unless_refused(self.situation, kind, side, id, writes.clone());
            if !matches!(checked, Outcome::Write(_)) {
                return Decision::Other(checked);
            }
        }
        Decision::Write(writes)
    }

    /// The write that makes a side's uses what the other changed.
    fn onto(
        &mut self,
        both: &Both<'_>,
        target: Side,
        changed: &[&Apart],
    ) -> Result<PlannedWrite, Stays> {
        let source = target.other();
        if !self.policy.credit_notes.allows(target) {
            return Err(Stays::Outside(Scope::Direction));
        }
        let ((record, ours), (from, theirs)) = (both.on(target), both.on(source));
        let mut meant = Meant::default();
        let mut open = ours.amount_due;
        for one in changed {
            let (now, mut then) = target.ordered(one.xero, one.erpnext);
            let (id, waits) = self.invoice_on(target, &one.which)?;
            let more = then - now;
            if more > Decimal::ZERO {
                self.allowed(source, &one.which, theirs)?;
                let takes = self.takes(target, &id, waits.is_none(), more.min(open));
                if takes <= Decimal::ZERO {
                    return Err(Stays::Cause(
                        source,
                        self.too_much(target, one, theirs, more),
                    ));
                }
                open -= takes;
                then = now + takes;
                meant.date = meant.date.max(self.day(source, &one.which, theirs));
            } else {
                open -= more;
            }
            meant.waits_for.extend(waits);
            meant.amounts.insert(id, then);
        }
        let date = meant.date.map(|day| day.max(ours.date));
        let mut uses = brought_to(&ours.allocations, &meant.amounts, date);
        let steps = allocation_steps(&ours.allocations, &uses);
        if !steps.release.is_empty() {
            // What is taken back is taken back before invoices end; nothing new is made along with it.
            let settled = |id: &RemoteId| {
                let of = ours.allocations.iter().filter(|used| used.invoice == *id);
                of.map(|used| used.amount).sum::<Decimal>()
            };
            meant.amounts.retain(|id, amount| *amount <= settled(id));
            meant.waits_for.clear();
            uses = brought_to(&ours.allocations, &meant.amounts, date);
        }
        self.is_open(target, &steps.release, date)?;
        let mut to = ours.clone();
        to.allocations = uses;
        to.amount_due = ours.amount_due + ours.allocated() - to.allocated();
        let change = Change::Allocate {
            id: record.id.clone(),
            version: record.version.clone(),
            from: record.record.clone(),
            to: Record::CreditNote(to),
            source: from.id.clone(),
        };
        meant.waits_for.sort();
        meant.waits_for.dedup();
        Ok(PlannedWrite {
            waits_for: meant.waits_for,
            ..planned(target, change, from)
        })
    }

    /// Whether the days of what is changed are open for writing.
    fn is_open(
        &self,
        target: Side,
        release: &[Allocation],
        date: Option<NaiveDate>,
    ) -> Result<(), Stays> {
        let days = release.iter().filter_map(|used| used.date).chain(date);
        match (self.policy.sides.get(target).locked_until, days.min()) {
            (Some(until), Some(day)) if day <= until => {
                let side = target;
                let cause = Cause::PeriodLocked { side, until };
                Err(Stays::Cause(target.other(), cause))
            }
            _ => Ok(()),
        }
    }

    /// An invoice as a side names it; or as the other one does, with what has to be made first.
    fn invoice_on(
        &self,
        target: Side,
        which: &Which,
    ) -> Result<(RemoteId, Option<Reference>), Stays> {
        let (side, id) = named(which);
        if side == target {
            return Ok((id.clone(), None));
        }
        let waits = || {
            let invoice = id.clone();
            Stays::Cause(side, Cause::WaitsForInvoice { side, invoice })
        };
        let invoice = self.invoices.get(side, id).ok_or_else(waits)?;
        match &invoice.outlook {
            Outlook::Linked(other) | Outlook::Matched(other) => {
                let there = self.invoices.get(target, other).ok_or_else(waits)?;
                if there.ended {
                    return Err(waits());
                }
                if !invoice.replaced {
                    return Ok((other.clone(), None));
                }
            }
            Outlook::Created => {}
            Outlook::Waits => return Err(waits()),
            Outlook::Stays => return Err(Stays::Outside(Scope::Document)),
        }
        let (kind, id) = (Kind::Invoice, id.clone());
        Ok((id.clone(), Some(Reference { kind, id })))
    }

    /// Whether the other side takes such a use at all.
    fn allowed(&self, source: Side, which: &Which, note: &Document) -> Result<(), Stays> {
        let known = [&self.situation.contacts];
        let contact = counterpart(self.contacts, known, source, &note.contact);
        let archived = matches!(contact, Some(Counterpart::Known { archived: true, .. }));
        if source == Side::Xero && archived {
            let side = Side::Erpnext;
            return Err(Stays::Cause(source, Cause::ContactArchived { side }));
        }
        let (side, id) = named(which);
        let invoice = self.invoices.get(side, id);
        if invoice.is_some_and(|invoice| invoice.currency != note.currency) {
            let why = "it is used for an invoice in another currency".to_owned();
            let cause = Cause::AllocationNotCarried { side: source, why };
            return Err(Stays::Cause(source, cause));
        }
        Ok(())
    }

    /// How much of what is meant an invoice still takes: the last of several credits may be left with
    /// less.
    fn takes(&mut self, target: Side, id: &RemoteId, there: bool, more: Decimal) -> Decimal {
        let invoice = self.invoices.get(target, id).filter(|_| there);
        let Some(due) = invoice.map(|it| it.due) else {
            return more;
        };
        let left = self.left.entry((target, id.clone())).or_insert(due);
        let takes = more.min(*left).max(Decimal::ZERO);
        *left -= takes;
        takes
    }

    /// The day of a use on its side.
    fn day(&self, side: Side, which: &Which, note: &Document) -> Option<NaiveDate> {
        let uses = note.allocations.iter();
        let of = uses.filter(|used| self.invoices.which(side, &used.invoice) == *which);
        of.filter_map(|used| used.date).max().or(Some(note.date))
    }

    fn too_much(&self, target: Side, one: &Apart, note: &Document, amount: Decimal) -> Cause {
        let currency = note.currency;
        let (amount, invoice) = (Money { amount, currency }, self.called(&one.which));
        Cause::AllocationNotCarried {
            side: target.other(),
            why: format!(
                "{amount} of it is used for {invoice}, of which nothing more is owed there"
            ),
        }
    }

    /// Every invoice of which not the same is settled.
    fn differences(&self, both: &Both<'_>, apart: &[Apart]) -> Vec<Difference> {
        let shown = |amount: Decimal| {
            let currency = both.xero.1.currency;
            (!amount.is_zero()).then(|| Money { amount, currency }.to_string())
        };
        let one = |it: &Apart| {
            let field = format!("used for {}", self.called(&it.which));
            Difference::new(&field, shown(it.xero), shown(it.erpnext))
        };
        apart.iter().map(one).collect()
    }

    /// ERPNext's identity is its number.
    fn called(&self, which: &Which) -> String {
        let name = match which {
            Which::Both(id) => self.there(Side::Xero, id).unwrap_or(id),
            Which::Alone(_, id) => id,
        };
        name.as_str().to_owned()
    }
}

/// The side and the identity by which an invoice is named.
const fn named(which: &Which) -> (Side, &RemoteId) {
    match which {
        Which::Both(id) => (Side::Xero, id),
        Which::Alone(side, id) => (*side, id),
    }
}

fn problem(side: Side, cause: Cause) -> Decision {
    Decision::Other(Outcome::Problem { side, cause })
}
