//! Payments that are linked.

use ledger::allocation::by_invoice;
use ledger::payment::{
    ON_ACCOUNT, money_differences, payment_differences, same_money, same_payment,
};
use ledger::problem::Difference;
use ledger::{Allocation, Cause, DocumentState, Kind, Payment, RemoteId, Side};
use rust_decimal::Decimal;

use super::super::contacts::vanished;
use super::super::documents::merged::ended_by_rule;
use super::super::freeing::Off;
use super::super::{
    Entry, LinkedPair, Outcome, Scope, SideRecord, double, mark, planned, unless_refused,
};
use super::refunds::pays_back;
use super::{Outlook, PaymentPlanner, documents_of, settles, waits_for};
use crate::books::Change;
use crate::plan::uses::can_be_used;

impl<'a> PaymentPlanner<'a> {
    /// The entries of linked payments.
    pub(super) fn linked(&mut self) -> Vec<Entry> {
        let pairs = self.situation.pairs.iter();
        let payments = pairs.filter(|pair| pair.kind() == Some(Kind::Payment));
        payments.flat_map(|pair| self.pair(pair)).collect()
    }

    fn pair(&mut self, pair: &'a LinkedPair) -> Vec<Entry> {
        let (xero, erpnext) = match (&pair.xero, &pair.erpnext) {
            (Some(xero), Some(erpnext)) => (xero, erpnext),
            (Some(here), None) => return vec![vanished(pair.link, Side::Xero, here)],
            (None, Some(here)) => return vec![vanished(pair.link, Side::Erpnext, here)],
            (None, None) => return Vec::new(),
        };
        let (Some(left), Some(right)) = (xero.record.as_payment(), erpnext.record.as_payment())
        else {
            return Vec::new();
        };
        let base = pair
            .base
            .as_ref()
            .and_then(|base| Some((base.xero.as_payment()?, base.erpnext.as_payment()?)));
        let ended = |payment: &Payment| payment.state == DocumentState::Voided;
        let anew = base.is_some_and(|base| ended(base.0) && !ended(base.1));
        let elsewhere = anew || self.put_elsewhere((left, right), base);
        let by_another = match (ended(left), ended(right)) {
            (false, false) => self.made_twice(pair.link, xero, erpnext),
            (true, false) if elsewhere => self.in_its_place(pair.link, xero, erpnext),
            _ => None,
        };
        if let Some(entries) = by_another {
            return entries;
        }
        let outcome = match (ended(left), ended(right)) {
            (true, true) => match base {
                Some((left, right)) if ended(left) && ended(right) => Outcome::Agrees,
                _ => Outcome::Rebase,
            },
            (true, false) if anew => self.again(erpnext),
            (true, false) if elsewhere => self.ended_and_changed((xero, left), (erpnext, right)),
            (true, false) => self.follows(Side::Xero, (xero, erpnext), (left, right)),
            (false, true) => self.follows(Side::Erpnext, (xero, erpnext), (left, right)),
            (false, false) if can_be_used(pair) => {
                let outcome = self.on_account(pair.link, (xero, erpnext), (left, right), base);
                self.uses.beside(pair.link, outcome)
            }
            (false, false) if pays_back(left) && pays_back(right) => {
                self.paid_back_standing((xero, left), (erpnext, right), base)
            }
            (false, false) => self.standing(xero, erpnext, (left, right), base),
        };
        vec![double(Some(pair.link), xero, erpnext, outcome)]
    }

    /// A payment that ended on this side alone, by itself or as a person or the rules say.
    fn follows(
        &mut self,
        side: Side,
        (xero, erpnext): (&SideRecord, &SideRecord),
        (left, right): (&Payment, &Payment),
    ) -> Outcome {
        let (source, record) = match side {
            Side::Xero => (xero, erpnext),
            Side::Erpnext => (erpnext, xero),
        };
        let differences = money_differences(left, right);
        let kept = self.situation.kept(&xero.id, &erpnext.id, &differences) == Some(side);
        let (kind, policy) = (Kind::Payment, self.policy);
        let rule = (policy.voids(kind), policy.direction(kind).is_one_way());
        let outcome = self.end(side.other(), source, record);
        ended_by_rule(rule, side, kept, differences, || outcome)
    }

    /// Whether ERPNext's payment is for something else than it was before Xero's ended. So it is where a person
    /// deleted Xero's, and where another installation is about to make it anew.
    fn put_elsewhere(
        &self,
        (left, right): (&Payment, &Payment),
        base: Option<(&Payment, &Payment)>,
    ) -> bool {
        let stood = || Payment {
            state: right.state,
            ..left.clone()
        };
        base.map_or_else(
            || !self.differences(&stood(), right).is_empty(),
            |base| !same_payment(base.1, right),
        )
    }

    /// Xero's ended and ERPNext's was put to other invoices, or on account: which of both holds, a person says.
    /// Cancelled by itself it would be money that nobody has any more.
    fn ended_and_changed(
        &mut self,
        (xero, left): (&SideRecord, &Payment),
        (erpnext, right): (&SideRecord, &Payment),
    ) -> Outcome {
        let side = Side::Xero;
        let differences = money_differences(left, right);
        let ends = self.end(side.other(), xero, erpnext);
        if self.situation.kept(&xero.id, &erpnext.id, &differences) == Some(side)
            || !matches!(ends, Outcome::Write(_))
        {
            return ends;
        }
        let why = "there it was put to other invoices, or on account, since both were the same";
        Outcome::Problem {
            side,
            cause: Cause::EndedThere {
                side,
                why: why.to_owned(),
                differences,
                offered: vec![side],
                stands: None,
            },
        }
    }

    /// A payment whose counterpart has ended.
    pub(super) fn end(
        &mut self,
        target: Side,
        source: &SideRecord,
        record: &SideRecord,
    ) -> Outcome {
        let Some(payment) = record.record.as_payment() else {
            return Outcome::OutOfScope(Scope::Direction);
        };
        if !self.policy.payments.allows(target) {
            return Outcome::OutOfScope(Scope::Direction);
        }
        for (id, amount) in documents_of(payment) {
            self.expect(target, id, amount);
        }
        let refuse = |cause| Outcome::Problem {
            side: target.other(),
            cause,
        };
        if payment.reconciled {
            let why = "it is matched with a bank statement there; undo that first".to_owned();
            return refuse(Cause::CannotVoid { side: target, why });
        }
        let (xero, erpnext) = target.ordered(record, source);
        if let Some(why) = self.ends_with_others(target, xero, erpnext) {
            let why = why.to_owned();
            return refuse(Cause::CannotVoid { side: target, why });
        }
        if let Some(cause) = self.policy.closed(target, payment.date) {
            return refuse(cause);
        }
        // Money that is kept on account is freed of what it was used for before it can go.
        let free = record.record.used_for(Vec::new());
        let mut writes = Vec::new();
        if payment.on_account && !payment.allocations.is_empty() {
            let release = Change::Allocate {
                id: record.id.clone(),
                version: record.version.clone(),
                from: record.record.clone(),
                to: free.clone(),
                source: source.id.clone(),
            };
            writes.push(planned(target, release, source));
        }
        // What was paid back of it is ended first: then it is looked at again.
        if payment.on_account && !payment.paid_back().is_zero() {
            let why = "part of it was paid back, and that payment has to be removed first";
            let side = target.other();
            if writes.is_empty() {
                return refuse(Cause::CannotVoid {
                    side: target,
                    why: why.to_owned(),
                });
            }
            return unless_refused(self.situation, Kind::Payment, side, &source.id, writes);
        }
        let change = Change::End {
            id: record.id.clone(),
            version: record.version.clone(),
            from: if writes.is_empty() {
                record.record.clone()
            } else {
                free
            },
        };
        writes.push(planned(target, change, source));
        let side = target.other();
        unless_refused(self.situation, Kind::Payment, side, &source.id, writes)
    }

    /// What keeps a payment from ending because it would end, or leave behind, others that stand in one
    /// ERPNext document with it, or came in one batch of Xero.
    fn ends_with_others(
        &self,
        target: Side,
        xero: &SideRecord,
        erpnext: &SideRecord,
    ) -> Option<&'static str> {
        let stands = |payment: &Payment| payment.state != DocumentState::Voided;
        let kept = |payment: &Payment| stands(payment) && payment.reconciled;
        // What is not at hand and has a link has not changed, so it stands.
        let (batch, document) = (with(xero), with(erpnext));
        match target {
            // The whole document goes: all of it has to be gone in Xero.
            Side::Erpnext => {
                let mut others = document.iter();
                if others.any(|id| self.other_stands(Side::Erpnext, id, &stands)) {
                    return Some(
                        "it is one document there with another payment, which still stands in Xero. Delete that one in Xero too, or cancel the document in ERPNext",
                    );
                }
                if self.credit_stands(erpnext) {
                    return Some(
                        "it is one document there with the use of a credit note, which still stands in Xero. Take that use back in Xero too, or cancel the document in ERPNext",
                    );
                }
                let mut others = batch.iter();
                let one_stays = others.any(|id| self.other_is(Side::Xero, id, &kept));
                one_stays.then_some(
                    "another customer's payment of the same batch is matched with a bank statement there; undo that first",
                )
            }
            Side::Xero => {
                let mut others = document.iter();
                if others.any(|id| self.other_is(Side::Erpnext, id, &kept)) {
                    return Some(
                        "another payment of the same ERPNext document is matched with a bank statement there; undo that first",
                    );
                }
                // The whole batch goes: all of it has to be gone in ERPNext.
                let mut others = batch.iter();
                let one_stands = others.any(|id| self.other_stands(Side::Xero, id, &stands));
                one_stands.then_some(
                    "it came in one batch with payments of other customers, which Xero deletes as a whole. Cancel those in ERPNext too, or delete the batch in Xero",
                )
            }
        }
    }

    /// Whether Xero still uses a credit note for an invoice for which ERPNext uses it by this payment. What is not
    /// at hand counts as standing.
    fn credit_stands(&self, payment: &SideRecord) -> bool {
        let (here, there) = (Side::Erpnext, Side::Xero);
        let credits = payment.record.as_payment().into_iter();
        let mut credits = credits.flat_map(|it| &it.credits);
        credits.any(|note| {
            let Some(ours) = self.documents.get(here, note) else {
                return true;
            };
            let Some(other) = self.other(here, note) else {
                // Xero has nothing of it.
                return false;
            };
            let Some(theirs) = self.documents.get(there, &other) else {
                return true;
            };
            let by_this = |used: &&Allocation| used.id.as_deref() == Some(payment.id.as_str());
            let own = ours.uses.iter().filter(by_this);
            let own: Vec<Allocation> = own.cloned().collect();
            let all = by_invoice(&ours.uses);
            by_invoice(&own).into_iter().any(|(invoice, amount)| {
                let uses = theirs.uses.iter();
                let uses =
                    uses.filter(|used| Some(&used.invoice) == self.other(here, invoice).as_ref());
                let stands: Decimal = uses.map(|used| used.amount).sum();
                let by_others = all.get(invoice).copied().unwrap_or_default() - amount;
                stands > by_others + ours.unit()
            })
        })
    }

    /// The linked pair of a payment of a side, where it is at hand.
    fn pair_of(&self, side: Side, id: &RemoteId) -> Option<&LinkedPair> {
        let mut pairs = self.situation.pairs.iter();
        pairs.find(|pair| {
            let own = on(pair, side);
            pair.kind() == Some(Kind::Payment) && own.is_some_and(|it| it.id == *id)
        })
    }

    /// Whether the counterpart of a payment of a side is so, as far as it is at hand.
    fn other_is(&self, side: Side, id: &RemoteId, is: &dyn Fn(&Payment) -> bool) -> bool {
        let there = self.pair_of(side, id).and_then(|it| on(it, side.other()));
        there.and_then(|it| it.record.as_payment()).is_some_and(is)
    }

    /// Whether a payment of a side stands on the other one too. One that is linked and not at hand has not
    /// changed there. One of ERPNext's that has no link is nothing in Xero; one of Xero's stands there.
    fn other_stands(&self, side: Side, id: &RemoteId, stands: &dyn Fn(&Payment) -> bool) -> bool {
        if self.pair_of(side, id).is_some() {
            return self.other_is(side, id, stands);
        }
        let mut all = self.situation.unlinked_of(Kind::Payment, side);
        match (side, all.find(|it| it.id == *id)) {
            (_, None) => true,
            (Side::Erpnext, Some(_)) => false,
            (Side::Xero, Some(it)) => it.record.as_payment().is_some_and(stands),
        }
    }

    /// Money on account that stands on both sides. What it is used for goes beside this.
    fn on_account(
        &self,
        link: i64,
        (xero, erpnext): (&SideRecord, &SideRecord),
        (left, right): (&Payment, &Payment),
        base: Option<(&Payment, &Payment)>,
    ) -> Outcome {
        let as_before =
            base.is_some_and(|base| same_money(base.0, left) && same_money(base.1, right));
        let mut differences = if as_before {
            Vec::new()
        } else {
            money_differences(left, right)
        };
        // Used for the same, and not as much is left: some of it was paid back, which the payment says that
        // paid it back, where there is one.
        if differences.is_empty() && !self.uses.holds(link) {
            differences = payment_differences(left, right);
            if self.is_paid_back(&xero.id, &erpnext.id) {
                differences.retain(|it| it.field != ON_ACCOUNT);
            }
        }
        if !differences.is_empty() {
            return Outcome::Problem {
                side: Side::Xero,
                cause: Cause::PaymentsDiffer { differences },
            };
        }
        if let Some(mark) = mark(xero, erpnext) {
            let (situation, id) = (self.situation, &xero.id);
            return unless_refused(situation, Kind::Payment, Side::Xero, id, vec![mark]);
        }
        if as_before {
            Outcome::Agrees
        } else {
            Outcome::Rebase
        }
    }

    /// Two payments that both stand.
    fn standing(
        &mut self,
        xero: &'a SideRecord,
        erpnext: &'a SideRecord,
        (left, right): (&'a Payment, &'a Payment),
        base: Option<(&Payment, &Payment)>,
    ) -> Outcome {
        let as_before =
            base.is_some_and(|base| same_payment(base.0, left) && same_payment(base.1, right));
        if !as_before {
            if let Some(waits) = self.cannot_tell(left, right) {
                return waits;
            }
            let mut differences = self.differences(left, right);
            if !differences.is_empty() && base.is_some_and(|base| same_payment(base.0, left)) {
                match self.made_anew((xero, left), (erpnext, right)) {
                    Ok(outcome) => {
                        // What keeps it as it is has the name of what its documents are owed differently, too.
                        if matches!(outcome, Outcome::Problem { .. }) {
                            self.expect_as_in_xero(left, right);
                        }
                        return outcome;
                    }
                    Err(why) => differences.extend(why),
                }
            }
            if !differences.is_empty() {
                self.expect_as_in_xero(left, right);
                return Outcome::Problem {
                    side: Side::Xero,
                    cause: Cause::PaymentsDiffer { differences },
                };
            }
        }
        if let Some(outcome) = self.put_aside(xero, erpnext) {
            return outcome;
        }
        let frees = |id: &RemoteId| self.freed.takes(Off::Money, Side::Xero, id);
        if documents_of(left).any(|(id, _)| frees(id))
            && let Ok(outcome) = self.made_anew((xero, left), (erpnext, right))
        {
            return outcome;
        }
        if let Some(mark) = mark(xero, erpnext) {
            let (situation, id) = (self.situation, &xero.id);
            return unless_refused(situation, Kind::Payment, Side::Xero, id, vec![mark]);
        }
        if as_before {
            Outcome::Agrees
        } else {
            Outcome::Rebase
        }
    }

    /// Two that differ and stay so: what Xero says of its invoices is what the difference is measured by.
    fn expect_as_in_xero(&mut self, left: &Payment, right: &Payment) {
        for (id, amount) in documents_of(left) {
            if let Some(other) = self.other(Side::Xero, id) {
                self.expect(Side::Erpnext, &other, -amount);
            }
        }
        for (id, amount) in documents_of(right) {
            self.expect(Side::Erpnext, id, amount);
        }
    }

    pub(super) fn other(&self, side: Side, id: &RemoteId) -> Option<RemoteId> {
        match &self.documents.get(side, id)?.outlook {
            Outlook::Linked(other) | Outlook::Matched(other) => Some(other.clone()),
            _ => None,
        }
    }

    /// Two of the same day and amounts whose documents need a person first: until then nobody can tell
    /// whether they are for the same.
    pub(super) fn cannot_tell(&self, xero: &Payment, erpnext: &Payment) -> Option<Outcome> {
        let waits = |side: Side, payment: &Payment| {
            let mut open = documents_of(payment).filter(|(id, _)| {
                let outlook = self.documents.get(side, id).map(|it| &it.outlook);
                matches!(outlook, None | Some(Outlook::Waits))
            });
            open.next().map(|(id, _)| id.clone())
        };
        if !payment_differences(xero, erpnext).is_empty() {
            return None;
        }
        let (side, id) = (waits(Side::Xero, xero).map(|id| (Side::Xero, id)))
            .or_else(|| waits(Side::Erpnext, erpnext).map(|id| (Side::Erpnext, id)))?;
        let cause = waits_for(side, settles(xero), &id);
        Some(Outcome::Problem { side, cause })
    }

    /// In what the two differ, the invoices that they are for included.
    pub(super) fn differences(&self, xero: &Payment, erpnext: &Payment) -> Vec<Difference> {
        let mut found = payment_differences(xero, erpnext);
        let parts = |side: Side, payment: &Payment| {
            let paid: Vec<(&RemoteId, Decimal)> = documents_of(payment).collect();
            self.parts(side, &paid)
        };
        let (left, right) = (parts(Side::Xero, xero), parts(Side::Erpnext, erpnext));
        let apart = xero.units_apart().max(erpnext.units_apart());
        if found.is_empty() && !super::alike(&left, &right, apart) {
            let named = |side: Side, payment: &Payment| {
                let ids = documents_of(payment).map(|(id, _)| self.called(side, id));
                Some(ids.collect::<Vec<_>>().join(", "))
            };
            found.push(Difference::new(
                "invoices",
                named(Side::Xero, xero),
                named(Side::Erpnext, erpnext),
            ));
        }
        found
    }

    fn called(&self, side: Side, id: &RemoteId) -> String {
        // ERPNext's identity is its number.
        let erpnext = match side {
            Side::Xero => self.other(side, id),
            Side::Erpnext => None,
        };
        erpnext.as_ref().unwrap_or(id).as_str().to_owned()
    }
}

/// The payments that a record's side keeps in one with it.
fn with(record: &SideRecord) -> &[RemoteId] {
    let payment = record.record.as_payment();
    payment.map(|it| it.with.as_slice()).unwrap_or_default()
}

/// A side's record of a pair.
const fn on(pair: &LinkedPair, side: Side) -> Option<&SideRecord> {
    match side {
        Side::Xero => pair.xero.as_ref(),
        Side::Erpnext => pair.erpnext.as_ref(),
    }
}
