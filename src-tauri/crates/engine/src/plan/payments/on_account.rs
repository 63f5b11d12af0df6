//! Money on account without a link: recognised, or on one side only.
//!
//! It is for no invoice that could tell it, so it is told by whose it is, by its day and amount. Money that
//! might be on the other side already in another form is asked about: made once more it would be owed twice.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use chrono::NaiveDate;
use ledger::{
    Cause, Currency, DocumentState, Kind, MappingKind, Payment, Record, Reference, RemoteId, Side,
};
use rust_decimal::Decimal;

use super::super::contacts::Counterpart;
use super::super::{
    Entry, MatchReason, Outcome, PerSide, PlannedWrite, Scope, planned, problem, single,
    unless_refused,
};
use super::{Carried, Outlook, PaymentPlanner, Which};
use crate::books::Change;

/// Money on account of one contact in one currency: places in the lists of both sides.
type OfContact = BTreeMap<(Which, Currency), PerSide<Vec<usize>>>;

impl PaymentPlanner<'_> {
    /// The entries of money on account. `plain` are the payments for invoices, of which those that are
    /// `taken` need no more.
    pub(super) fn kept_on_account(
        &mut self,
        kept: &PerSide<Vec<Carried<'_>>>,
        plain: &PerSide<Vec<Carried<'_>>>,
        taken: &mut PerSide<BTreeSet<usize>>,
    ) -> Vec<Entry> {
        let mut entries = Vec::new();
        let mut done: PerSide<BTreeSet<usize>> = PerSide::default();
        self.otherwise_there(kept, plain, (&mut done, taken), &mut entries);
        let mut of_contacts = OfContact::new();
        for side in Side::BOTH {
            for (place, carried) in kept.get(side).iter().enumerate() {
                if !done.get(side).contains(&place) {
                    let key = (self.whose(side, carried), carried.payment.currency);
                    let places = of_contacts.entry(key).or_default();
                    places.get_mut(side).push(place);
                }
            }
        }
        for places in of_contacts.into_values() {
            self.of_contact(kept, places, &mut entries);
        }
        entries
    }

    /// Whose it is, on whichever side it is named.
    pub(super) fn whose(&self, side: Side, carried: &Carried<'_>) -> Which {
        let contact = &carried.payment.contact;
        match self.counterpart(side, contact) {
            Some(Counterpart::Known { other, .. }) => Which::Both(match side {
                Side::Xero => contact.clone(),
                Side::Erpnext => other.clone(),
            }),
            _ => Which::Alone(side, contact.clone()),
        }
    }

    /// Money that came on the same day, as much of it, from the same contact, and that the other side has for
    /// invoices: a person tells whether it is the same.
    fn otherwise_there(
        &mut self,
        kept: &PerSide<Vec<Carried<'_>>>,
        plain: &PerSide<Vec<Carried<'_>>>,
        (done, taken): (&mut PerSide<BTreeSet<usize>>, &mut PerSide<BTreeSet<usize>>),
        entries: &mut Vec<Entry>,
    ) {
        for side in Side::BOTH {
            let other = side.other();
            let by_sum = BySum::of(plain.get(other));
            for (place, carried) in kept.get(side).iter().enumerate() {
                let is_new = |side: Side, carried: &Carried<'_>| {
                    self.situation
                        .is_new(Kind::Payment, side, &carried.record.id)
                };
                if is_new(side, carried) {
                    continue;
                }
                let whose = self.whose(side, carried);
                let there = by_sum.alike(carried.payment).filter(|place| {
                    let it = plain.get(other).get(*place);
                    !taken.get(other).contains(place)
                        && it.is_some_and(|it| whose == self.whose(other, it) && !is_new(other, it))
                });
                let there: Vec<usize> = there.collect();
                if there.is_empty() {
                    continue;
                }
                let id = |place: &usize| Some(plain.get(other).get(*place)?.record.id.clone());
                let candidates = there.iter().filter_map(id).collect();
                done.get_mut(side).insert(place);
                entries.push(asked(side, carried, candidates));
                for place in there {
                    taken.get_mut(other).insert(place);
                    if let Some(it) = plain.get(other).get(place) {
                        self.expect_on(side, &it.paid, Decimal::NEGATIVE_ONE);
                        entries.push(asked(other, it, vec![carried.record.id.clone()]));
                    }
                }
            }
        }
    }

    /// The money on account of one contact in one currency.
    fn of_contact(
        &mut self,
        kept: &PerSide<Vec<Carried<'_>>>,
        mut places: PerSide<Vec<usize>>,
        entries: &mut Vec<Entry>,
    ) {
        let at = |side: Side, place: &usize| kept.get(side).get(*place);
        let mut left = Vec::new();
        let theirs = places.erpnext.iter();
        let theirs = theirs.filter_map(|place| Some((*place, at(Side::Erpnext, place)?)));
        let mut by_sum = BySum::of_places(theirs);
        for place in std::mem::take(&mut places.xero) {
            let Some(xero) = at(Side::Xero, &place) else {
                continue;
            };
            let same = by_sum.take(xero.payment);
            match same.and_then(|same| at(Side::Erpnext, &same)) {
                Some(erpnext) => {
                    let reason = MatchReason::SamePayment;
                    entries.push(self.recognised(xero.record, erpnext.record, reason, true));
                }
                None => left.push(place),
            }
        }
        places.erpnext = by_sum.left();
        places.xero = left;
        let rest = |side: Side| -> Vec<&Carried<'_>> {
            let places = places.get(side).iter();
            places.filter_map(|place| at(side, place)).collect()
        };
        let (xero, erpnext) = (rest(Side::Xero), rest(Side::Erpnext));
        let open =
            |of: &[&Carried<'_>]| -> Decimal { of.iter().map(|it| it.payment.unallocated).sum() };
        let same = open(&xero) == open(&erpnext);
        let both = !xero.is_empty() && !erpnext.is_empty();
        for (side, own, others) in [
            (Side::Xero, &xero, &erpnext),
            (Side::Erpnext, &erpnext, &xero),
        ] {
            for carried in own {
                let id = &carried.record.id;
                let new = self.situation.is_new(Kind::Payment, side, id);
                entries.push(if both && !new && same {
                    // Divided otherwise, it is the same money.
                    let scope = Outcome::OutOfScope(Scope::OnAccount);
                    single(side, carried.record, scope)
                } else if both && !new {
                    asked(
                        side,
                        carried,
                        others.iter().map(|it| it.record.id.clone()).collect(),
                    )
                } else {
                    let outcome = self.create_on_account(side, carried);
                    single(side, carried.record, outcome)
                });
            }
        }
    }

    /// Money on account that the other side lacks. What it is used for follows once it is there.
    pub(super) fn create_on_account(&mut self, side: Side, carried: &Carried<'_>) -> Outcome {
        let target = side.other();
        let made = self.made_on_account(side, carried, &BTreeMap::new());
        if !matches!(made, Err(Stays::Outside(_))) {
            self.expect_on(target, &carried.paid, Decimal::NEGATIVE_ONE);
        }
        let (payment, waits_for) = match made {
            Ok(made) => made,
            Err(Stays::Outside(scope)) => return Outcome::OutOfScope(scope),
            Err(Stays::Cause(cause)) => return Outcome::Problem { side, cause },
        };
        let id = &carried.record.id;
        let change = Change::Create {
            record: Record::Payment(payment),
            source: id.clone(),
            source_link: None,
        };
        let writes = vec![PlannedWrite {
            waits_for: waits_for.into_iter().collect(),
            ..planned(target, change, carried.record)
        }];
        unless_refused(self.situation, Kind::Payment, side, id, writes)
    }

    /// The money in the target's terms. `freed` is what will be owed of the target's invoices besides.
    pub(super) fn made_on_account(
        &self,
        side: Side,
        carried: &Carried<'_>,
        freed: &BTreeMap<RemoteId, Decimal>,
    ) -> Result<(Payment, Option<Reference>), Stays> {
        let (target, payment) = (side.other(), carried.payment);
        if !self.policy.payments.allows(target) {
            return Err(Stays::Outside(Scope::Direction));
        }
        if side == Side::Erpnext && carried.record.marker.is_some() && !carried.anew {
            return Err(Cause::Vanished { side: target }.into());
        }
        let too_old = |start| payment.date < start;
        if self.policy.start_date.is_some_and(too_old) {
            return Err(Stays::Outside(Scope::BeforeStart));
        }
        // What it pays has to be owed there still, or it is there in another form.
        for (id, amount) in &carried.paid {
            let invoice = self.documents.get(side, id);
            let outlook = invoice.map(|it| &it.outlook);
            let owed = match outlook {
                Some(Outlook::Linked(other) | Outlook::Matched(other)) => {
                    let more = freed.get(other).copied().unwrap_or_default();
                    self.documents.get(target, other).map(|it| it.due + more)
                }
                Some(Outlook::Created) => Some(*amount),
                Some(Outlook::Waits) => {
                    return Err(super::waits_for(side, Kind::Invoice, id).into());
                }
                Some(Outlook::Stays) | None => return Err(Stays::Outside(Scope::Document)),
            };
            if owed.is_none_or(|owed| owed < *amount) {
                let why = "a part of it is on account, and the other side does not owe as much of the rest".to_owned();
                return Err(Cause::PaymentNotCarried { side, why }.into());
            }
        }
        // Neither side takes money on account of one who is archived, though Xero takes what pays an invoice. One
        // who is archived here is about to be there.
        let (contact, waits_for) = self.contact_there(side, &payment.contact)?;
        if self.is_archived_there(side, &payment.contact)
            || self.is_archived_there(target, &contact)
        {
            return Err(Cause::ContactArchived { side: target }.into());
        }
        let bank_account = self.bank_there(side, payment)?;
        // Neither side takes money for nothing but by its bank.
        if self
            .policy
            .sides
            .get(target)
            .no_banks
            .contains(&bank_account)
        {
            let why = format!(
                "it is for no invoice, and goes to {bank_account} on the other side, which is no bank account: money on account is taken by the bank alone there"
            );
            return Err(Cause::PaymentNotCarried { side, why }.into());
        }
        let made = Payment {
            number: None,
            contact,
            bank_account: Some(bank_account),
            mode: None,
            reference: payment.reference.clone().or_else(|| payment.number.clone()),
            allocations: Vec::new(),
            unallocated: payment.amount,
            state: DocumentState::Approved,
            deductions: Vec::new(),
            reconciled: false,
            on_account: false,
            with: Vec::new(),
            credits: Vec::new(),
            ..payment.clone()
        };
        Ok((made, waits_for))
    }

    /// The target's bank account, where it takes money of this day.
    pub(super) fn bank_there(&self, side: Side, payment: &Payment) -> Result<String, Cause> {
        let target = side.other();
        if let Some(cause) = self.policy.closed(target, payment.date) {
            return Err(cause);
        }
        let bank = payment.bank_account.as_deref().unwrap_or_default();
        let there = (self.policy.mappings).translate(MappingKind::Bank, side, bank);
        there
            .map(str::to_owned)
            .ok_or_else(|| Cause::NoBankMapping {
                side,
                account: bank.to_owned(),
            })
    }
}

/// Why money is not made on the other side.
pub(super) enum Stays {
    Outside(Scope),
    Cause(Cause),
}

impl From<Cause> for Stays {
    fn from(cause: Cause) -> Self {
        Self::Cause(cause)
    }
}

/// What came on a day, by how much it was and in which currency.
type Sum = (NaiveDate, Decimal, Currency);

/// The places of payments in a list, by when how much came.
#[derive(Default)]
struct BySum(BTreeMap<Sum, VecDeque<usize>>);

impl BySum {
    fn of(list: &[Carried<'_>]) -> Self {
        Self::of_places(list.iter().enumerate())
    }

    fn of_places<'c, 'p: 'c>(places: impl Iterator<Item = (usize, &'c Carried<'p>)>) -> Self {
        let mut by_sum = Self::default();
        for (place, carried) in places {
            let places = by_sum.0.entry(sum(carried.payment)).or_default();
            places.push_back(place);
        }
        by_sum
    }

    /// Those that came on the same day, as much, in the same currency.
    fn alike(&self, payment: &Payment) -> impl Iterator<Item = usize> {
        self.0.get(&sum(payment)).into_iter().flatten().copied()
    }

    /// The first of them, which is no longer among them.
    fn take(&mut self, payment: &Payment) -> Option<usize> {
        self.0.get_mut(&sum(payment))?.pop_front()
    }

    /// All that are left, in the order of their list.
    fn left(self) -> Vec<usize> {
        let mut left: Vec<usize> = self.0.into_values().flatten().collect();
        left.sort_unstable();
        left
    }
}

fn sum(payment: &Payment) -> Sum {
    (payment.date, payment.amount, payment.currency)
}

/// Whether as much came on the same day, in the same currency.
pub(super) fn same_sum(one: &Payment, other: &Payment) -> bool {
    one.date == other.date && one.amount == other.amount && one.currency == other.currency
}

fn asked(side: Side, carried: &Carried<'_>, candidates: Vec<RemoteId>) -> Entry {
    let cause = Cause::SeveralCandidates {
        side: side.other(),
        candidates,
    };
    problem(side, carried.record, cause)
}
