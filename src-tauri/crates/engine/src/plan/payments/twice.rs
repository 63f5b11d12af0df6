//! A payment that two installations made in Xero at once.
//!
//! Xero refuses no second payment of a part of an invoice, and no second sum on account. ERPNext's record has
//! room for one marker, which is set only where the record stands as it was read: whoever set it was first. The
//! other one takes back what it made, so that nothing is received twice, and links what the marker names.

use ledger::payment::same_money;
use ledger::{DocumentState, Kind, Payment, Side};

use super::super::{Entry, MatchReason, Outcome, Scope, SideRecord, double, single};
use super::{Carried, PaymentPlanner, Sort, Which};

impl<'a> PaymentPlanner<'a> {
    /// What we made in Xero of a payment for which another installation had made one: ours is ended. Afterwards
    /// the base says that it ended in Xero alone, and the next pass finds the other ([`Self::in_its_place`]).
    pub(super) fn made_twice(
        &mut self,
        link: i64,
        xero: &SideRecord,
        erpnext: &SideRecord,
    ) -> Option<Vec<Entry>> {
        let (situation, marker) = (self.situation, erpnext.marker.as_ref()?);
        if *marker == xero.id || !situation.made_here.contains(&xero.id) {
            return None;
        }
        let ours = xero.record.as_payment()?;
        let first = self.open_in_xero().find(|it| it.id == *marker)?;
        same_money(first.record.as_payment()?, ours).then_some(())?;
        self.claimed.insert(first.id.clone());
        let ends = self.end(Side::Xero, erpnext, xero);
        Some(vec![
            double(Some(link), xero, erpnext, ends),
            single(Side::Xero, first, Outcome::OutOfScope(Scope::Settled)),
        ])
    }

    /// What another installation made in Xero, by now, of ERPNext's payment whose counterpart has ended there: the
    /// link goes to it.
    pub(super) fn in_its_place(
        &mut self,
        link: i64,
        xero: &'a SideRecord,
        erpnext: &'a SideRecord,
    ) -> Option<Vec<Entry>> {
        let (there, reason) = self.made_by_another(erpnext)?;
        self.claimed.insert(there.id.clone());
        let kept = there.record.as_payment().is_some_and(|it| it.on_account);
        let mut entry = self.recognised(there, erpnext, reason, kept);
        entry.link = Some(link);
        let ended = Outcome::OutOfScope(Scope::Ended);
        Some(vec![entry, single(Side::Xero, xero, ended)])
    }

    /// Xero's payment that is the same as ERPNext's: by our marker, else by what tells a payment.
    fn made_by_another(&self, erpnext: &'a SideRecord) -> Option<(&'a SideRecord, MatchReason)> {
        let marker = erpnext.marker.as_ref();
        if let Some(named) = self.open_in_xero().find(|it| marker == Some(&it.id)) {
            return Some((named, MatchReason::Marker));
        }
        let sought = self.sort(Side::Erpnext, erpnext);
        let mut open = self.open_in_xero();
        let same = open.find(|it| match (&sought, self.sort(Side::Xero, it)) {
            (Sort::Carried(theirs), Sort::Carried(ours)) => {
                same_parts(&ours, theirs) && ours.payment.date == theirs.payment.date
            }
            (Sort::OnAccount(theirs), Sort::OnAccount(ours)) => {
                super::on_account::same_sum(ours.payment, theirs.payment)
                    && self.whose(Side::Xero, &ours) == self.whose(Side::Erpnext, theirs)
            }
            _ => false,
        });
        Some((same?, MatchReason::SamePayment))
    }

    /// Xero's payments that stand, have no link, and are named by no other record of ERPNext.
    fn open_in_xero(&self) -> impl Iterator<Item = &'a SideRecord> + use<'a, '_> {
        let situation = self.situation;
        let stands = |it: &&SideRecord| {
            let payment: Option<&Payment> = it.record.as_payment();
            payment.is_some_and(|it| it.state == DocumentState::Approved)
        };
        let free = move |it: &&SideRecord| {
            let mut others = situation.unlinked_of(Kind::Payment, Side::Erpnext);
            !self.claimed.contains(&it.id) && !others.any(|of| of.marker.as_ref() == Some(&it.id))
        };
        let all = situation.unlinked_of(Kind::Payment, Side::Xero);
        all.filter(stands).filter(free)
    }
}

/// Whether two payments are for the same documents, which both sides have, by as much.
fn same_parts(xero: &Carried<'_>, erpnext: &Carried<'_>) -> bool {
    let units = erpnext.payment.units_apart();
    let both = |carried: &Carried<'_>| {
        let mut parts = carried.parts.iter();
        parts.all(|part| matches!(part.which, Which::Both(_)))
    };
    both(xero) && both(erpnext) && super::alike(&xero.parts, &erpnext.parts, units)
}
