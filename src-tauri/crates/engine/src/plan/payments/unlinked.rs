//! Payments that are not linked yet: recognised, or on one side only.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use ledger::payment::money_differences;
use ledger::problem::Difference;
use ledger::{Cause, DocumentState, Kind, MappingKind, Payment, RemoteId, Side};
use rust_decimal::Decimal;

use super::super::{
    Choice, Entry, MatchReason, Outcome, PerSide, Scope, SideRecord, double, mark, problem, single,
    unless_refused,
};
use super::create::Left;
use super::{Carried, Part, PaymentPlanner, Sort, Which};

/// Payments by what tells them.
type Alike<'k> = BTreeMap<(&'k [Part], Option<NaiveDate>), PerSide<Vec<usize>>>;

impl PaymentPlanner<'_> {
    /// The entries of payments without a link.
    pub(super) fn unlinked(&mut self) -> Vec<Entry> {
        let mut entries = Vec::new();
        let (situation, mut known) = (self.situation, BTreeSet::new());
        let claimed = self.claimed.clone();
        known.extend(claimed.iter().map(|id| (Side::Xero, id)));
        for (xero, erpnext, reason) in named_pairs(situation) {
            if self.claimed.contains(&xero.id) {
                continue;
            }
            known.insert((Side::Xero, &xero.id));
            known.insert((Side::Erpnext, &erpnext.id));
            entries.push(self.recognised(xero, erpnext, reason, false));
        }
        let mut open: PerSide<Vec<Carried<'_>>> = PerSide::default();
        let mut on_account: PerSide<Vec<Carried<'_>>> = PerSide::default();
        let mut paid_back: PerSide<Vec<Carried<'_>>> = PerSide::default();
        for side in Side::BOTH {
            for record in situation.unlinked_of(Kind::Payment, side) {
                if known.contains(&(side, &record.id)) {
                    continue;
                }
                match self.sort(side, record) {
                    Sort::Carried(carried) => open.get_mut(side).push(carried),
                    Sort::OnAccount(carried) => on_account.get_mut(side).push(carried),
                    Sort::PaidBack(carried) => paid_back.get_mut(side).push(carried),
                    Sort::Other(outcome) => {
                        self.expect_of(side, record, &outcome);
                        entries.push(single(side, record, outcome));
                    }
                }
            }
            for of in [
                open.get_mut(side),
                on_account.get_mut(side),
                paid_back.get_mut(side),
            ] {
                of.sort_by(|left, right| {
                    let key = |it: &Carried<'_>| (it.payment.date, it.record.id.clone());
                    key(left).cmp(&key(right))
                });
            }
        }
        let PerSide { xero, erpnext } = &mut open;
        told_alike(xero, erpnext);
        let mut taken: PerSide<BTreeSet<usize>> = PerSide::default();
        entries.extend(self.on_the_day(&open, &mut taken));
        entries.extend(self.on_another_day(&open, &mut taken));
        let kept = self.kept_on_account(&on_account, &open, &mut taken);
        for entry in entries.iter().chain(&kept) {
            self.money.placed(entry);
        }
        entries.extend(kept);
        entries.extend(self.paid_back(&paid_back));
        for side in Side::BOTH {
            let all = open.get(side).iter().enumerate();
            let all = all.filter(|(place, _)| !taken.get(side).contains(place));
            let mut left = Left::of_all(all.map(|(_, carried)| carried));
            for (place, carried) in open.get(side).iter().enumerate() {
                if taken.get(side).contains(&place) {
                    continue;
                }
                let outcome = if self.settled_alike(side, &carried.paid) {
                    Outcome::OutOfScope(Scope::Settled)
                } else {
                    self.create(side, carried, &mut left)
                };
                entries.push(single(side, carried.record, outcome));
            }
        }
        entries
    }

    /// A payment that is not carried has a name of its own for what it makes of its documents.
    fn expect_of(&mut self, side: Side, record: &SideRecord, outcome: &Outcome) {
        let (Outcome::Problem { .. }, Some(payment)) = (outcome, record.record.as_payment()) else {
            return;
        };
        let paid: Vec<(&RemoteId, Decimal)> = super::documents_of(payment).collect();
        if !self.settled_alike(side, &paid) {
            self.expect_on(side.other(), &paid, Decimal::NEGATIVE_ONE);
        }
    }

    /// The same documents, day and amounts: they are one.
    fn on_the_day(
        &mut self,
        open: &PerSide<Vec<Carried<'_>>>,
        taken: &mut PerSide<BTreeSet<usize>>,
    ) -> Vec<Entry> {
        let mut entries = Vec::new();
        for places in alike(open, taken, true).into_values() {
            let at = |side: Side, place: usize| open.get(side).get(place);
            // Those that are alike in all that tells them may stand for each other; what they say besides
            // tells which are closest.
            let reference = |left: usize, right: usize| {
                let says = |side, place| at(side, place).map(|it| &it.payment.reference);
                says(Side::Xero, left) == says(Side::Erpnext, right)
            };
            // What the bank kept may be as much as came to it.
            let account = |left: usize, right: usize| {
                let key = |side, place| at(side, place)?.payment.bank_account.as_deref();
                let (Some(xero), Some(erpnext)) =
                    (key(Side::Xero, left), key(Side::Erpnext, right))
                else {
                    return false;
                };
                let mappings = &self.policy.mappings;
                let there = |side, key| mappings.translate(MappingKind::Bank, side, key);
                there(Side::Erpnext, erpnext) == Some(xero)
                    || there(Side::Xero, xero) == Some(erpnext)
            };
            let pairs = paired(places.xero, places.erpnext, account, reference);
            for (left, right) in pairs {
                let (Some(xero), Some(erpnext)) = (at(Side::Xero, left), at(Side::Erpnext, right))
                else {
                    continue;
                };
                taken.xero.insert(left);
                taken.erpnext.insert(right);
                let reason = MatchReason::SamePayment;
                entries.push(self.recognised(xero.record, erpnext.record, reason, false));
            }
        }
        entries
    }

    /// The same invoices and amounts on another day. Where both sides owe the same they are the same
    /// money, and stay as they are; else a person tells.
    fn on_another_day(
        &mut self,
        open: &PerSide<Vec<Carried<'_>>>,
        taken: &mut PerSide<BTreeSet<usize>>,
    ) -> Vec<Entry> {
        let mut entries = Vec::new();
        for places in alike(open, taken, false).into_values() {
            let at = |side: Side| -> Vec<&Carried<'_>> {
                let all = places.get(side).iter();
                all.filter_map(|place| open.get(side).get(*place)).collect()
            };
            let (xero, erpnext) = (at(Side::Xero), at(Side::Erpnext));
            let (Some(left), Some(right)) = (xero.first(), erpnext.first()) else {
                continue;
            };
            let agree = self.settled_alike(Side::Xero, &left.paid);
            match (agree, xero.len(), erpnext.len()) {
                (true, 1, 1) => {
                    let reason = MatchReason::SameMoney;
                    entries.push(self.recognised(left.record, right.record, reason, true));
                }
                // As many on both sides as there are: nothing is owed otherwise.
                (true, _, _) => continue,
                (false, _, _) => {
                    for (side, own, others) in [
                        (Side::Xero, &xero, &erpnext),
                        (Side::Erpnext, &erpnext, &xero),
                    ] {
                        for carried in own {
                            let id = &carried.record.id;
                            if self.situation.is_new(Kind::Payment, side, id) {
                                continue;
                            }
                            let candidates = others.iter().map(|it| it.record.id.clone()).collect();
                            let cause = Cause::SeveralCandidates {
                                side: side.other(),
                                candidates,
                            };
                            self.expect_on(side.other(), &carried.paid, Decimal::NEGATIVE_ONE);
                            entries.push(problem(side, carried.record, cause));
                        }
                    }
                    for side in Side::BOTH {
                        let asked = places.get(side).iter().copied().filter(|place| {
                            let carried = open.get(side).get(*place);
                            carried.is_some_and(|it| {
                                !self.situation.is_new(Kind::Payment, side, &it.record.id)
                            })
                        });
                        taken.get_mut(side).extend(asked);
                    }
                    continue;
                }
            }
            for side in Side::BOTH {
                taken.get_mut(side).extend(places.get(side).iter().copied());
            }
        }
        entries
    }

    /// Two payments that are one. `as_they_are` leaves each as it stands.
    pub(super) fn recognised(
        &mut self,
        xero: &SideRecord,
        erpnext: &SideRecord,
        reason: MatchReason,
        as_they_are: bool,
    ) -> Entry {
        let (Some(left), Some(right)) = (xero.record.as_payment(), erpnext.record.as_payment())
        else {
            return double(None, xero, erpnext, Outcome::OutOfScope(Scope::Direction));
        };
        let ended = |it: &ledger::Payment| it.state == DocumentState::Voided;
        if !ended(left)
            && !ended(right)
            && let Some(waits) = self.cannot_tell(left, right)
        {
            return double(None, xero, erpnext, waits);
        }
        // Once linked, the one that stands is ended as well.
        let both_stand = !ended(left) && !ended(right);
        let differences: Vec<Difference> =
            if both_stand && !as_they_are && reason != MatchReason::Person {
                self.differences(left, right)
            } else if ended(left) && !ended(right) {
                match self.ended_by_whom((xero, left), (erpnext, right)) {
                    Ok(differences) => differences,
                    Err(asked) => return double(None, xero, erpnext, asked),
                }
            } else {
                Vec::new()
            };
        let writes = mark(xero, erpnext).into_iter().collect();
        let (situation, id) = (self.situation, &xero.id);
        let marked = unless_refused(situation, Kind::Payment, Side::Xero, id, writes);
        let outcome = match marked {
            Outcome::Write(writes) => Outcome::Link {
                reason,
                differences,
                writes,
            },
            other => other,
        };
        double(None, xero, erpnext, outcome)
    }
}

/// Why nobody can tell who ended a payment.
const NOT_KNOWN: &str = "what was agreed of it is not known here any more, so that it cannot be told whether a person deleted it, or it was to be made anew there. Keep ERPNext's to have it made in Xero again";

impl PaymentPlanner<'_> {
    /// A payment that ended in Xero and stands in ERPNext with our marker, while nothing is known of what was
    /// agreed: the data folder is another one. A person may have deleted it; or we ended it ourselves, to make it
    /// anew, so a person says. What differs then, once they are linked: nothing where it is made anew, as if we had
    /// ended it just now.
    fn ended_by_whom(
        &mut self,
        (xero, left): (&SideRecord, &Payment),
        (erpnext, right): (&SideRecord, &Payment),
    ) -> Result<Vec<Difference>, Outcome> {
        let (side, differences) = (Side::Xero, money_differences(left, right));
        match self.situation.kept(&xero.id, &erpnext.id, &differences) {
            Some(Side::Xero) => return Ok(differences),
            Some(Side::Erpnext) => return Ok(Vec::new()),
            None => {}
        }
        for (id, amount) in super::documents_of(right) {
            self.expect(Side::Erpnext, id, amount);
        }
        let mut offered = Side::BOTH.to_vec();
        offered.retain(|kept| self.policy.payments.allows(kept.other()));
        Err(Outcome::Problem {
            side,
            cause: Cause::EndedThere {
                side,
                why: NOT_KNOWN.to_owned(),
                differences,
                offered,
                stands: Some(erpnext.id.clone()),
            },
        })
    }
}

/// Pairs of as many as there are on both sides: the closest first, then in their order.
fn paired(
    mut left: Vec<usize>,
    mut right: Vec<usize>,
    account: impl Fn(usize, usize) -> bool,
    reference: impl Fn(usize, usize) -> bool,
) -> Vec<(usize, usize)> {
    let mut pairs = Vec::new();
    let both = |one: usize, other: usize| account(one, other) && reference(one, other);
    let alike: [&dyn Fn(usize, usize) -> bool; 3] = [&both, &account, &reference];
    for closest in alike {
        left.retain(|one| {
            let found = right.iter().position(|other| closest(*one, *other));
            if let Some(place) = found {
                pairs.push((*one, right.remove(place)));
            }
            found.is_none()
        });
    }
    pairs.extend(left.into_iter().zip(right));
    pairs
}

/// Pairs that a person named, or our marker does.
fn named_pairs(
    situation: &super::super::Situation,
) -> Vec<(&SideRecord, &SideRecord, MatchReason)> {
    let by_id = |side: Side| -> BTreeMap<&RemoteId, &SideRecord> {
        let records = situation.unlinked_of(Kind::Payment, side);
        records.map(|record| (&record.id, record)).collect()
    };
    let (xero, erpnext) = (by_id(Side::Xero), by_id(Side::Erpnext));
    let (mut left, mut right, mut pairs) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
    let said = situation.choices.iter().filter_map(|choice| match choice {
        Choice::Same {
            kind: Kind::Payment,
            xero,
            erpnext,
        } => Some((xero, erpnext, MatchReason::Person)),
        _ => None,
    });
    let marked = erpnext
        .values()
        .filter_map(|record| Some((record.marker.as_ref()?, &record.id, MatchReason::Marker)));
    for (one, other, reason) in said.chain(marked) {
        let (Some(ours), Some(theirs)) = (xero.get(one), erpnext.get(other)) else {
            continue;
        };
        // Two that both ended never have to be told apart.
        let over = ours.record.ended() && theirs.record.ended();
        if !over && left.insert(one) && right.insert(other) {
            pairs.push((*ours, *theirs, reason));
        }
    }
    pairs
}

/// Lets payments of documents that ERPNext keeps in another currency be told by what Xero says of them, where
/// one of Xero's pays the same documents by as much but for units: the nearest, where there are several.
fn told_alike(xero: &[Carried<'_>], erpnext: &mut [Carried<'_>]) {
    let mut of_documents: BTreeMap<Vec<&Which>, Vec<&Vec<Part>>> = BTreeMap::new();
    for it in xero {
        let documents = it.parts.iter().map(|part| &part.which).collect();
        of_documents.entry(documents).or_default().push(&it.parts);
    }
    for carried in erpnext {
        let units = carried.payment.units_apart();
        if units.is_zero() {
            continue;
        }
        let documents: Vec<&Which> = carried.parts.iter().map(|part| &part.which).collect();
        let near = of_documents.get(&documents).into_iter().flatten().copied();
        let apart = |parts: &[Part]| -> Decimal {
            let pairs = parts.iter().zip(&carried.parts);
            pairs
                .map(|(one, other)| (one.amount - other.amount).abs())
                .sum()
        };
        let near = near.filter(|parts| super::alike(parts, &carried.parts, units));
        if let Some(nearest) = near.min_by_key(|parts| apart(parts)) {
            carried.parts.clone_from(nearest);
        }
    }
}

/// What is alike on both sides, and open still. Only invoices that both sides have tell.
fn alike<'k>(
    open: &'k PerSide<Vec<Carried<'_>>>,
    taken: &PerSide<BTreeSet<usize>>,
    by_day: bool,
) -> Alike<'k> {
    let mut found = Alike::new();
    for side in Side::BOTH {
        for (place, carried) in open.get(side).iter().enumerate() {
            let on_both = carried
                .parts
                .iter()
                .all(|part| matches!(part.which, Which::Both(_)));
            if on_both && !taken.get(side).contains(&place) {
                let day = by_day.then_some(carried.payment.date);
                let places = found.entry((carried.parts.as_slice(), day)).or_default();
                places.get_mut(side).push(place);
            }
        }
    }
    found.retain(|_, places| !places.xero.is_empty() && !places.erpnext.is_empty());
    found
}
