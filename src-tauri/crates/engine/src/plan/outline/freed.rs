//! Documents whose edit waits for what settles them to be taken off.

use ledger::{Kind, RemoteId, Side};

use super::super::freeing::Freed;
use super::super::uses::Uses;
use super::super::{Documents, Policy, Situation};
use super::{Item, Outline, item_key};

impl Outline {
    /// The documents whose edit waits for what settles them to be taken off, by side: the situation has to hold
    /// that before [`Outline::free`] is asked.
    pub fn to_free(&self) -> Vec<(Side, RemoteId)> {
        self.open.to_free().map(|(key, _)| key.clone()).collect()
    }

    /// Adds linked credit notes that came to the situation after the outline was made, to be decided about, and
    /// the documents that they and payments which came with them are for.
    pub fn learn(&mut self, late: &Situation) {
        self.open.learn(&late.open);
        let notes = Documents::of(Kind::CreditNote, late);
        let linked = notes.linked.into_iter();
        self.credit_notes
            .extend(linked.map(|pair| Item::linked(Kind::CreditNote, pair)));
        self.credit_notes
            .sort_by(|left, right| item_key(left).cmp(&item_key(right)));
    }

    /// Whether a document is freed of what settles it in this plan, to be edited next.
    pub fn is_freed(&self, side: Side, document: &RemoteId) -> bool {
        self.freed.holds(side, document)
    }

    /// Finds out which documents can be freed to be edited, of those that were decided about so far. The
    /// situation holds what settles them.
    pub fn free(&mut self, situation: &Situation, policy: &Policy) {
        let uses = Uses::default();
        let notes = self.uses(Kind::CreditNote, situation, policy).removable();
        let mut money = self.uses(Kind::Payment, situation, policy).removable();
        for (key, amount) in self.payments(situation, policy, &uses).removable() {
            *money.entry(key).or_default() += amount;
        }
        let freed = Freed::of(&self.open, &notes, &money);
        self.freed.and(freed);
    }
}
