//! Uses of a credit that are apart, made the same on both sides.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use ledger::allocation::{allocation_steps, brought_to};
use ledger::problem::Difference;
use ledger::{Allocation, Cause, Kind, Money, Record, Reference, RemoteId, Side};
use rust_decimal::Decimal;

use super::{Apart, Both, Credit, Decision, Outlook, UsesPlanner, Which};
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

/// What a use closes on the side that it comes from.
struct Closes {
    invoice: bool,
    credit: bool,
    /// By how much two amounts may differ for their units alone.
    units: Decimal,
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
            let (kind, id) = (self.kind, &both.on(side).record.id);
            let checked = unless_refused(self.situation, kind, side, id, writes.clone());
            if !matches!(checked, Outcome::Write(_)) {
                return Decision::Other(checked);
            }
        }
        Decision::Write(writes)
    }

    /// What becomes of uses of ours that stand in ERPNext although the credit ended there: they are taken
    /// back, and what they settled is owed again.
    pub(super) fn left_behind(&mut self, both: &Both<'_>) -> Option<Decision> {
        let (xero, erpnext) = (both.xero.record, &both.erpnext);
        let target = Side::Erpnext;
        if erpnext.uses.is_empty() || !self.policy.direction(self.kind).allows(target) {
            return None;
        }
        for used in &erpnext.uses {
            self.expected.add(target, &used.invoice, used.amount);
        }
        if let Err(Stays::Cause(side, cause)) = self.is_open(target, &erpnext.uses, None) {
            return Some(Decision::LeftBehind(Outcome::Problem { side, cause }));
        }
        let record = erpnext.record;
        let mut to = record.record.clone();
        to.end();
        let change = Change::Allocate {
            id: record.id.clone(),
            version: record.version.clone(),
            from: record.record.clone(),
            to,
            source: xero.id.clone(),
        };
        let writes = vec![planned(target, change, xero)];
        let (situation, id) = (self.situation, &xero.id);
        let outcome = unless_refused(situation, self.kind, Side::Xero, id, writes);
        Some(Decision::LeftBehind(outcome))
    }

    /// The write that makes a side's uses what the other changed.
    fn onto(
        &mut self,
        both: &Both<'_>,
        target: Side,
        changed: &[&Apart],
    ) -> Result<PlannedWrite, Stays> {
        let source = target.other();
        if !self.policy.direction(self.kind).allows(target) {
            return Err(Stays::Outside(Scope::Direction));
        }
        let (ours, theirs) = (both.on(target), both.on(source));
        let mut meant = Meant::default();
        let mut open = ours.record.record.unused();
        // What is taken back is taken back before invoices end; nothing new is made along with it.
        let takes_back = changed.iter().any(|one| {
            let (now, then) = target.ordered(one.xero, one.erpnext);
            then < now
        });
        for one in changed {
            let (now, mut then) = target.ordered(one.xero, one.erpnext);
            let (id, waits) = self.invoice_on(target, &one.which)?;
            let more = then - now;
            if more > Decimal::ZERO {
                self.allowed(source, &one.which, theirs)?;
                if takes_back {
                    // What the credit and the invoice have open then, perhaps by what other credits take
                    // back, is known then.
                    meant.amounts.insert(id, now);
                    continue;
                }
                let closes = Closes {
                    invoice: self.is_settled(source, &one.which),
                    credit: theirs.record.record.unused().is_zero(),
                    units: both.tolerance(),
                };
                let takes = self.takes(target, &id, waits.is_none(), (more, open), &closes);
                if takes < more
                    && let Some(invoice) = self.edit_waits(&one.which)
                {
                    let side = Side::Xero;
                    return Err(Stays::Cause(side, Cause::WaitsForInvoice { side, invoice }));
                }
                // Once that is done the invoice takes more; of a part that was carried nobody knows who meant it.
                let waits_for_more = takes < more && self.is_taken_back(target, &id);
                if takes <= Decimal::ZERO || waits_for_more {
                    return Err(Stays::Cause(
                        source,
                        self.too_much(target, one, theirs, more),
                    ));
                }
                open -= takes;
                then = now + takes;
                let day = self.day(source, &one.which, theirs);
                meant.date = meant.date.max(Some(day));
            }
            if !takes_back {
                meant.waits_for.extend(waits);
            }
            meant.amounts.insert(id, then);
        }
        let date = meant.date.map(|day| day.max(ours.date));
        let uses = brought_to(&ours.uses, &meant.amounts, date);
        let steps = allocation_steps(&ours.uses, &uses);
        self.is_open(target, &steps.release, date)?;
        let record = ours.record;
        let change = Change::Allocate {
            id: record.id.clone(),
            version: record.version.clone(),
            from: record.record.clone(),
            to: record.record.used_for(uses),
            source: theirs.record.id.clone(),
        };
        meant.waits_for.sort();
        meant.waits_for.dedup();
        Ok(PlannedWrite {
            waits_for: meant.waits_for,
            ..planned(target, change, theirs.record)
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
        match days.min().and_then(|day| self.policy.closed(target, day)) {
            Some(cause) => Err(Stays::Cause(target.other(), cause)),
            None => Ok(()),
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
        let invoice = self.documents.get(side, id).ok_or_else(waits)?;
        match &invoice.outlook {
            Outlook::Linked(other) | Outlook::Matched(other) => {
                let there = self.documents.get(target, other).ok_or_else(waits)?;
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
    fn allowed(&self, source: Side, which: &Which, credit: &Credit<'_>) -> Result<(), Stays> {
        let known = [&self.situation.contacts];
        let contact = counterpart(self.contacts, known, source, credit.contact);
        let archived = matches!(contact, Some(Counterpart::Known { archived: true, .. }));
        if source == Side::Xero && archived {
            let side = Side::Erpnext;
            return Err(Stays::Cause(source, Cause::ContactArchived { side }));
        }
        let (side, id) = named(which);
        let invoice = self.documents.get(side, id);
        if invoice.is_some_and(|invoice| invoice.currency != credit.currency) {
            let why = "it is used for an invoice in another currency".to_owned();
            let cause = Cause::AllocationNotCarried { side: source, why };
            return Err(Stays::Cause(source, cause));
        }
        Ok(())
    }

    /// Whether nothing more is due on a side of an invoice.
    fn is_settled(&self, side: Side, which: &Which) -> bool {
        let id = match which {
            Which::Both(id) if side == Side::Erpnext => self.there(Side::Xero, id),
            Which::Both(id) => Some(id),
            Which::Alone(on, id) => (*on == side).then_some(id),
        };
        let invoice = id.and_then(|id| self.documents.get(side, id));
        invoice.is_some_and(|invoice| invoice.due.is_zero())
    }

    /// How much of what is meant an invoice still takes, of what is `open` of the credit: the last of several
    /// credits may be left with less. What closes the invoice or the credit on its own side closes it there too,
    /// to the exact rest, where only the units of two currencies are between the two.
    fn takes(
        &mut self,
        target: Side,
        id: &RemoteId,
        there: bool,
        (more, open): (Decimal, Decimal),
        closes: &Closes,
    ) -> Decimal {
        let near = |rest: Decimal| (rest - more).abs() <= closes.units;
        let invoice = self.documents.get(target, id).filter(|_| there);
        let Some(due) = invoice.map(|it| it.due) else {
            return more.min(open);
        };
        let left = self.left.entry((target, id.clone())).or_insert(due);
        let wanted = if closes.invoice && near(*left) {
            *left
        } else if closes.credit && near(open) {
            open
        } else {
            more
        };
        let takes = wanted.min(open).min(*left).max(Decimal::ZERO);
        *left -= takes;
        takes
    }

    /// Whether something is to be taken off an invoice on a side: it ended on the other one, or less of it is used
    /// there.
    fn is_taken_back(&self, target: Side, invoice: &RemoteId) -> bool {
        let which = self.documents.which(target, invoice);
        let used = |side: Side, record: &Record| -> Decimal {
            let parts = self.parts(side, &record.uses());
            parts.get(&which).copied().unwrap_or_default()
        };
        self.situation.pairs.iter().any(|pair| {
            let (Some(xero), Some(erpnext)) = (&pair.xero, &pair.erpnext) else {
                return false;
            };
            let (ours, theirs) = target.ordered(&xero.record, &erpnext.record);
            let settles = ours.refers_to(Kind::Invoice).any(|id| id == invoice);
            let less = || {
                pair.kind() == Some(Kind::CreditNote)
                    && used(target.other(), theirs) < used(target, ours)
            };
            settles && !ours.ended() && (theirs.ended() || less())
        })
    }

    /// The day of a use on its side; where it is not said, from the credit's and the invoice's own day on.
    fn day(&self, side: Side, which: &Which, credit: &Credit<'_>) -> NaiveDate {
        let uses = credit.uses.iter();
        let of = uses.filter(|used| self.documents.which(side, &used.invoice) == *which);
        let said = of.filter_map(|used| used.date).max();
        let (side, id) = named(which);
        let of_invoice = self.documents.get(side, id).map(|it| it.date);
        said.unwrap_or_else(|| of_invoice.map_or(credit.date, |day| day.max(credit.date)))
    }

    fn too_much(&self, target: Side, one: &Apart, credit: &Credit<'_>, amount: Decimal) -> Cause {
        let currency = credit.currency;
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
            let currency = both.xero.currency;
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
