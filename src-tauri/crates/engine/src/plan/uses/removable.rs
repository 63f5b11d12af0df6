//! Uses that are taken off documents which are edited.

use ledger::{Allocation, DocumentState, Kind, RemoteId, Side};

use super::{Both, Credit, Decision, Parts, UsesPlanner, apart, can_be_used};
use crate::books::Change;
use crate::plan::freeing::{Off, Removable};
use crate::plan::{LinkedPair, PlannedWrite, planned};

impl<'a> UsesPlanner<'a> {
    /// How much of documents is settled by uses that both sides agree on, and that can be taken back there and
    /// made again. A return that lowers its original by itself does so for good.
    pub(in crate::plan) fn removable(&self) -> Removable {
        let mut removable = Removable::new();
        let situation = self.situation;
        let of_kind = situation.pairs.iter();
        for pair in of_kind.filter(|pair| pair.kind() == Some(self.kind)) {
            let Some(both) = self.agreeing(pair) else {
                continue;
            };
            for side in Side::BOTH {
                if !self.policy.direction(self.kind).allows(side) {
                    continue;
                }
                for used in &both.on(side).uses {
                    if self.comes_off(side, used) {
                        let key = (side, used.invoice.clone());
                        *removable.entry(key).or_default() += used.amount;
                    }
                }
            }
        }
        removable
    }

    /// A credit that stands on both sides, is used there for the same, and of which nothing was refused.
    fn agreeing(&self, pair: &'a LinkedPair) -> Option<Both<'a>> {
        let (xero, erpnext) = (pair.xero.as_ref()?, pair.erpnext.as_ref()?);
        let records = [(Side::Xero, xero), (Side::Erpnext, erpnext)];
        let stand = records.iter().all(|(side, it)| {
            let key = (self.kind, *side, it.id.clone());
            it.record.state() == Some(DocumentState::Approved)
                && !self.situation.refused.contains_key(&key)
        });
        if !stand || !can_be_used(pair) {
            return None;
        }
        let both = Both {
            xero: Credit::of(xero)?,
            erpnext: Credit::of(erpnext)?,
            base: None,
        };
        let parts = |side: Side| -> Parts { self.parts(side, &both.on(side).uses) };
        let same = apart(&both, (&parts(Side::Xero), &parts(Side::Erpnext)), None).is_empty();
        same.then_some(both)
    }

    fn comes_off(&self, side: Side, used: &Allocation) -> bool {
        let closed = used.date.and_then(|day| self.policy.closed(side, day));
        let open = closed.is_none();
        // ERPNext takes nothing of a payment back but the whole.
        let of_payment = side == Side::Erpnext && self.payment_of(used).is_some();
        used.id.is_some() && open && !of_payment
    }

    /// The writes that take a credit off documents which are edited next.
    pub(super) fn taken_off(&self, both: &Both<'_>) -> Option<Decision> {
        let off = match self.kind {
            Kind::CreditNote => Off::CreditNotes,
            Kind::Contact | Kind::Invoice | Kind::Payment => Off::Money,
        };
        let write = |side: Side| -> Option<PlannedWrite> {
            let (ours, theirs) = (both.on(side), both.on(side.other()));
            let frees = |invoice: &RemoteId| self.freed.takes(off, side, invoice);
            let uses = ours.uses.iter();
            let kept: Vec<Allocation> = uses.filter(|it| !frees(&it.invoice)).cloned().collect();
            (kept.len() < ours.uses.len()).then(|| {
                let record = ours.record;
                let change = Change::Allocate {
                    id: record.id.clone(),
                    version: record.version.clone(),
                    from: record.record.clone(),
                    to: record.record.used_for(kept),
                    source: theirs.record.id.clone(),
                };
                planned(side, change, theirs.record)
            })
        };
        let writes: Vec<PlannedWrite> = Side::BOTH.into_iter().filter_map(write).collect();
        (!writes.is_empty()).then_some(Decision::Write(writes))
    }
}
