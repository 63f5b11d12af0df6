//! A Xero payment that is made anew: ERPNext has its money for other invoices by now, or on account.
//!
//! Xero keeps a payment for its document for good, so what reconciliation changed in ERPNext is done in Xero by
//! ending the payment and making another, each in a pass of its own. In between both sides are agreed on a
//! payment that has ended in Xero and stands in ERPNext: that is what tells it from one that a person deleted,
//! which is ended in ERPNext too. An invoice that was edited in ERPNext although it is paid is freed of its
//! payments in the same way; one that was edited in Xero is freed of ERPNext's, which stay what they are.

use std::collections::BTreeMap;

use ledger::payment::same_money;
use ledger::problem::Difference;
use ledger::{
    Allocation, DocumentState, Kind, Payment, PaymentAllocation, PaymentDirection, RemoteId, Side,
};
use rust_decimal::Decimal;

use super::super::freeing::{Off, Removable};
use super::super::uses::can_be_used;
use super::super::{Outcome, SideRecord, planned, unless_refused};
use super::{Carried, PaymentPlanner, Sort, create, documents_of, on_account, settles, waits_for};
use crate::books::Change;

/// Both sides' records of a payment, with what they say.
type Of<'a> = (&'a SideRecord, &'a Payment);

impl<'a> PaymentPlanner<'a> {
    /// How much of documents is settled by payments that both sides agree on and that can be taken off there:
    /// ended in Xero and made anew, put aside in ERPNext and put back.
    pub(in crate::plan) fn removable(&self) -> Removable {
        let mut removable = Removable::new();
        for pair in &self.situation.pairs {
            let standing = |record: &'a Option<SideRecord>| {
                let record = record.as_ref()?;
                let payment = record.record.as_payment()?;
                (payment.state == DocumentState::Approved).then_some((record, payment))
            };
            let (Some(xero), Some(erpnext)) = (standing(&pair.xero), standing(&pair.erpnext))
            else {
                continue;
            };
            let (left, right) = (xero.1, erpnext.1);
            if can_be_used(pair) || !self.differences(left, right).is_empty() {
                continue;
            }
            let open = self.policy.closed(Side::Xero, left.date).is_none();
            if open && right.with.is_empty() && stays(left).is_none() {
                add(&mut removable, Side::Xero, left);
            }
            if self.can_be_put_aside(xero.0, erpnext) {
                add(&mut removable, Side::Erpnext, right);
            }
        }
        removable
    }

    /// Whether ERPNext's money can be taken off its documents as it stands, and put back. What was deducted of
    /// it went with them; and it is put back in the currency of the documents.
    fn can_be_put_aside(&self, xero: &SideRecord, (erpnext, right): Of<'_>) -> bool {
        let (target, kind) = (Side::Erpnext, Kind::Payment);
        let refused = [(Side::Xero, &xero.id), (target, &erpnext.id)];
        let mut refused = refused
            .into_iter()
            .map(|(side, id)| (kind, side, id.clone()));
        let foreign = |part: &PaymentAllocation| part.in_document.is_some();
        self.policy.payments.allows(target)
            && right.direction == PaymentDirection::Received
            && right.with.is_empty()
            && right.credits.is_empty()
            && right.deductions.is_empty()
            && !self.situation.for_good.contains(&erpnext.id)
            && !right.allocations.iter().any(foreign)
            && self.policy.closed(target, right.date).is_none()
            && !refused.any(|key| self.situation.refused.contains_key(&key))
    }

    /// ERPNext's money is taken off the documents that are edited next.
    pub(super) fn put_aside(&self, xero: &SideRecord, erpnext: &SideRecord) -> Option<Outcome> {
        let target = Side::Erpnext;
        let uses = erpnext.record.uses();
        let frees = |invoice: &RemoteId| self.freed.takes(Off::Money, target, invoice);
        let kept: Vec<Allocation> =
            (uses.iter().filter(|it| !frees(&it.invoice)).cloned()).collect();
        if kept.len() == uses.len() {
            return None;
        }
        let change = Change::Allocate {
            id: erpnext.id.clone(),
            version: erpnext.version.clone(),
            from: erpnext.record.clone(),
            to: erpnext.record.used_for(kept),
            source: xero.id.clone(),
        };
        let writes = vec![planned(target, change, xero)];
        let (situation, id) = (self.situation, &xero.id);
        Some(unless_refused(
            situation,
            Kind::Payment,
            Side::Xero,
            id,
            writes,
        ))
    }

    /// The first pass: Xero's payment is ended, where it could be made again as ERPNext has it now. Else what
    /// keeps it from that, where that is to be said beside the difference.
    pub(super) fn made_anew(
        &mut self,
        (xero, left): Of<'a>,
        (erpnext, right): Of<'a>,
    ) -> Result<Outcome, Option<Difference>> {
        let target = Side::Xero;
        // A part of a document there is not carried alone.
        let whole = right.with.is_empty();
        if !self.policy.payments.allows(target) || !same_money(left, right) || !whole {
            return Err(None);
        }
        if let Some(why) = stays(left) {
            return Err(Some(why));
        }
        let mut freed: BTreeMap<RemoteId, Decimal> = BTreeMap::new();
        for (id, amount) in documents_of(left) {
            *freed.entry(id.clone()).or_default() += amount;
        }
        let source = target.other();
        let refuse = |cause| Outcome::Problem {
            side: source,
            cause,
        };
        if let Some(cause) = self.policy.closed(target, left.date) {
            return Ok(refuse(cause));
        }
        let carried = match self.sort(source, erpnext) {
            Sort::Carried(carried) | Sort::OnAccount(carried) => as_anew(carried),
            Sort::PaidBack(_) | Sort::Other(_) => return Err(None),
        };
        let kept = right.is_kept_on_account();
        let cause = if kept {
            match self.made_on_account(source, &carried, &freed) {
                Ok(_) => None,
                Err(on_account::Stays::Cause(cause)) => Some(cause),
                Err(on_account::Stays::Outside(_)) => return Err(None),
            }
        } else {
            let mut left = create::Left::default();
            for (id, more) in &freed {
                if let Some(invoice) = self.documents.get(target, id) {
                    left.owes(id, invoice.due + *more);
                }
            }
            match self.made(source, &carried, &mut left) {
                Ok(_) => None,
                // Its invoice is edited first, and may be owed more of then.
                Err(create::Stays::TooMuch(_)) if self.is_freed(&freed) => None,
                Err(create::Stays::Cause(cause) | create::Stays::TooMuch(cause)) => Some(cause),
                Err(create::Stays::Outside(_)) => return Err(None),
            }
        };
        if let Some(cause) = cause {
            return Ok(refuse(cause));
        }
        for (id, amount) in &freed {
            self.expect(target, id, *amount);
        }
        self.expect_on(target, &carried.paid, Decimal::NEGATIVE_ONE);
        let change = Change::End {
            id: xero.id.clone(),
            version: xero.version.clone(),
            from: xero.record.clone(),
        };
        let writes = vec![planned(target, change, erpnext)];
        let (situation, id) = (self.situation, &erpnext.id);
        Ok(unless_refused(situation, Kind::Payment, source, id, writes))
    }

    /// What else is to be taken off the document that a payment is for comes before it.
    fn waits_to_be_edited(&self, carried: &Carried<'_>) -> Option<Outcome> {
        let side = Side::Erpnext;
        let mut paid = carried.paid.iter().map(|(id, _)| *id);
        let id = paid.find(|id| {
            let there = self.other(side, id);
            there.is_some_and(|there| self.freed.holds(Side::Xero, &there))
        })?;
        let cause = waits_for(side, settles(carried.payment), id);
        Some(Outcome::Problem { side, cause })
    }

    fn is_freed(&self, paid: &BTreeMap<RemoteId, Decimal>) -> bool {
        paid.keys().any(|id| self.freed.holds(Side::Xero, id))
    }

    /// The second pass: as ERPNext has it, in the place of what we ended in Xero.
    pub(super) fn again(&mut self, erpnext: &'a SideRecord) -> Outcome {
        let side = Side::Erpnext;
        match self.sort(side, erpnext) {
            Sort::Carried(carried) | Sort::OnAccount(carried)
                if let Some(waits) = self.waits_to_be_edited(&carried) =>
            {
                waits
            }
            Sort::Carried(carried) => {
                let mut left = create::Left::default();
                self.create(side, &as_anew(carried), &mut left)
            }
            Sort::OnAccount(carried) => self.create_on_account(side, &as_anew(carried)),
            Sort::PaidBack(carried) => {
                let mut entry = self.paid_back_alone(side, &as_anew(carried));
                std::mem::replace(&mut entry.outcome, Outcome::Agrees)
            }
            Sort::Other(outcome) => outcome,
        }
    }
}

fn add(removable: &mut Removable, side: Side, payment: &Payment) {
    for (id, amount) in documents_of(payment) {
        *removable.entry((side, id.clone())).or_default() += amount;
    }
}

fn as_anew(carried: Carried<'_>) -> Carried<'_> {
    Carried {
        anew: true,
        ..carried
    }
}

/// What keeps Xero's payment from being ended, whatever ERPNext has it for.
fn stays(xero: &Payment) -> Option<Difference> {
    let said = |field: &str| Difference::new(field, Some("yes".to_owned()), None);
    if xero.reconciled {
        return Some(said("matched with the bank"));
    }
    (!xero.with.is_empty()).then(|| said("in one batch with other customers"))
}
