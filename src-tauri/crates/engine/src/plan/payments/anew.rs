//! A Xero payment that is made anew: ERPNext has its money for other invoices by now, or on account.
//!
//! Xero keeps a payment for its document for good, so what reconciliation changed in ERPNext is done in Xero by
//! ending the payment and making another, each in a pass of its own. In between both sides are agreed on a
//! payment that has ended in Xero and stands in ERPNext: that is what tells it from one that a person deleted,
//! which is ended in ERPNext too. An invoice that was edited in ERPNext although it is paid is freed of its
//! payments in the same way.

use std::collections::{BTreeMap, BTreeSet};

use ledger::payment::same_money;
use ledger::problem::Difference;
use ledger::{Cause, DocumentState, Kind, Payment, RemoteId, Side};
use rust_decimal::Decimal;

use super::super::{Outcome, SideRecord, planned, unless_refused};
use super::{Carried, PaymentPlanner, Sort, create, documents_of, on_account};
use crate::books::Change;

/// Both sides' records of a payment, with what they say.
type Of<'a> = (&'a SideRecord, &'a Payment);

impl<'a> PaymentPlanner<'a> {
    /// Xero's invoices whose edit waits for their payments to be taken off, and which the payments of this plan
    /// that can be made anew pay all of. Those of an invoice that was amended in ERPNext were changed there, so
    /// the plan holds them.
    pub(super) fn free(&self) -> BTreeSet<RemoteId> {
        let mut paid: BTreeMap<&RemoteId, Decimal> = BTreeMap::new();
        for pair in &self.situation.pairs {
            let standing = |record: &'a Option<SideRecord>| {
                let payment = record.as_ref()?.record.as_payment()?;
                (payment.state == DocumentState::Approved).then_some(payment)
            };
            let (Some(left), Some(right)) = (standing(&pair.xero), standing(&pair.erpnext)) else {
                continue;
            };
            let plain = !left.on_account && right.with.is_empty() && stays(left).is_none();
            if plain && self.differences(left, right).is_empty() {
                for (id, amount) in documents_of(left) {
                    *paid.entry(id).or_default() += amount;
                }
            }
        }
        let all = |(id, amount): &(&RemoteId, Decimal)| {
            let invoice = self.documents.get(Side::Xero, id);
            invoice.is_some_and(|it| it.to_free == Some(*amount))
        };
        let freed = paid.into_iter().filter(all);
        freed.map(|(id, _)| id.clone()).collect()
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
        if let Some(until) = self.policy.sides.get(target).locked_until
            && left.date <= until
        {
            return Ok(refuse(Cause::PeriodLocked {
                side: target,
                until,
            }));
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

    fn is_freed(&self, paid: &BTreeMap<RemoteId, Decimal>) -> bool {
        paid.keys().any(|id| self.freed.contains(id))
    }

    /// The second pass: as ERPNext has it, in the place of what we ended in Xero.
    pub(super) fn again(&mut self, erpnext: &'a SideRecord) -> Outcome {
        let side = Side::Erpnext;
        match self.sort(side, erpnext) {
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
