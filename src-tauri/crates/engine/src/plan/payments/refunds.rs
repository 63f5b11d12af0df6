//! Money on account that is paid back, by a payment of its own.
//!
//! In Xero such a payment names the overpayment or prepayment that it pays back, and cannot be without it. In
//! ERPNext it is money paid to a customer for nothing, until it is put to the payment that the money came in
//! by: so it is made there first, and put to that in a second pass. What a person makes there and puts to nothing
//! is recognised by whose it is, its day and its amount.

use std::collections::BTreeSet;

use ledger::payment::money_differences;
use ledger::problem::Difference;
use ledger::{
    Allocation, Cause, DocumentState, Kind, Money, PaidDocument, Payment, PaymentAllocation,
    PaymentDirection, Record, Reference, RemoteId, Side,
};
use rust_decimal::Decimal;

use super::create::Stays;
use super::{Carried, Outlook, PaymentPlanner, Sort};
use crate::books::Change;
use crate::plan::{
    Entry, MatchReason, Outcome, PerSide, PlannedWrite, Scope, SideRecord, double, mark, planned,
    single, unless_refused,
};

/// Both sides' records of a payment, with what they say.
type Of<'a> = (&'a SideRecord, &'a Payment);

/// Whether a payment is money paid back for no document.
pub(super) fn pays_back(payment: &Payment) -> bool {
    let money = |part: &PaymentAllocation| matches!(part.document, PaidDocument::Money(_));
    payment.direction == PaymentDirection::Refunded && payment.allocations.iter().all(money)
}

/// What it pays back, and how much of it.
fn of_money(payment: &Payment) -> Vec<(&RemoteId, Decimal)> {
    let parts = payment.parts().into_iter();
    let money = parts.filter_map(|(document, amount)| match document {
        PaidDocument::Money(id) => Some((id, amount)),
        PaidDocument::Invoice(_) | PaidDocument::CreditNote(_) => None,
    });
    money.collect()
}

impl<'a> PaymentPlanner<'a> {
    /// What money paid back without a link is, before its counterpart is looked for.
    pub(super) fn sort_paid_back(
        side: Side,
        record: &'a SideRecord,
        payment: &'a Payment,
    ) -> Sort<'a> {
        let not_carried = |why: &str| {
            let why = why.to_owned();
            let cause = Cause::PaymentNotCarried { side, why };
            Sort::Other(Outcome::Problem { side, cause })
        };
        let of = of_money(payment);
        let told: Decimal = of.iter().map(|(_, amount)| *amount).sum();
        let plain = payment.unallocated.is_zero() && told == payment.amount && told > Decimal::ZERO;
        let for_nothing = of.is_empty() && payment.unallocated == payment.amount;
        match of.as_slice() {
            [_, _, ..] => not_carried(
                "it pays several payments back, and Xero keeps a payment for each of them. Enter one for each",
            ),
            _ if !plain && !for_nothing => {
                not_carried("a part of it is for nothing, and Xero keeps no such payment")
            }
            _ => Sort::PaidBack(Carried {
                record,
                payment,
                parts: Vec::new(),
                paid: of,
                anew: false,
            }),
        }
    }

    /// The entries of money paid back without a link.
    pub(super) fn paid_back(&mut self, open: &PerSide<Vec<Carried<'a>>>) -> Vec<Entry> {
        let (mut entries, mut taken) = (Vec::new(), BTreeSet::new());
        for carried in &open.xero {
            let there = open.erpnext.iter().enumerate();
            let mut alike: Vec<(bool, usize)> = there
                .filter(|(place, it)| !taken.contains(place) && self.is_alike(carried, it))
                .map(|(place, it)| (it.paid.is_empty(), place))
                .collect();
            // What says what it pays back comes before what says nothing.
            alike.sort_unstable();
            let found = alike.first().and_then(|(_, place)| {
                taken.insert(*place);
                open.erpnext.get(*place)
            });
            entries.push(match found {
                Some(erpnext) => self.are_one(carried, erpnext),
                None => self.paid_back_alone(Side::Xero, carried),
            });
        }
        for (place, carried) in open.erpnext.iter().enumerate() {
            if !taken.contains(&place) {
                entries.push(self.paid_back_alone(Side::Erpnext, carried));
            }
        }
        entries
    }

    /// Whether two are the same money: paid to the same contact on the same day, as much of it, of the same
    /// money where both say so.
    fn is_alike(&self, xero: &Carried<'_>, erpnext: &Carried<'_>) -> bool {
        let (left, right) = (xero.payment, erpnext.payment);
        let new = |side: Side, id: &RemoteId| self.situation.is_new(Kind::Payment, side, id);
        let of = |side: Side, carried: &Carried<'_>| {
            let money = carried.paid.first().map(|it| it.0);
            money.map(|id| self.money.which(side, id))
        };
        let said = of(Side::Erpnext, erpnext);
        left.date == right.date
            && (left.amount, left.currency) == (right.amount, right.currency)
            && self.whose(Side::Xero, xero) == self.whose(Side::Erpnext, erpnext)
            && (said.is_none() || said == of(Side::Xero, xero))
            && !new(Side::Xero, &xero.record.id)
            && !new(Side::Erpnext, &erpnext.record.id)
    }

    /// Two that are one. What ERPNext's is for is said there where nothing says it.
    fn are_one(&mut self, xero: &Carried<'a>, erpnext: &Carried<'a>) -> Entry {
        let (left, right) = (xero.record, erpnext.record);
        let mut writes: Vec<PlannedWrite> = mark(left, right).into_iter().collect();
        if erpnext.paid.is_empty() {
            match self.put_to((left, xero.payment), (right, erpnext.payment)) {
                Ok(write) => writes.push(write),
                Err(outcome) => return double(None, left, right, outcome),
            }
        }
        let reason = MatchReason::SamePayment;
        let checked = unless_refused(
            self.situation,
            Kind::Payment,
            Side::Xero,
            &left.id,
            writes.clone(),
        );
        let outcome = match checked {
            Outcome::Write(writes) => Outcome::Link {
                reason,
                differences: Vec::new(),
                writes,
            },
            other => other,
        };
        double(None, left, right, outcome)
    }

    /// Money paid back that the other side lacks.
    pub(super) fn paid_back_alone(&self, side: Side, carried: &Carried<'a>) -> Entry {
        let outcome = match self.made_paid_back(side, carried) {
            Ok((payment, mut waits_for)) => {
                let target = side.other();
                let id = &carried.record.id;
                let change = Change::Create {
                    record: Record::Payment(payment),
                    source: id.clone(),
                    source_link: None,
                };
                waits_for.sort();
                waits_for.dedup();
                let writes = vec![PlannedWrite {
                    waits_for,
                    ..planned(target, change, carried.record)
                }];
                unless_refused(self.situation, Kind::Payment, side, id, writes)
            }
            Err(Stays::Outside(scope)) => Outcome::OutOfScope(scope),
            Err(Stays::Cause(cause) | Stays::TooMuch(cause)) => Outcome::Problem { side, cause },
        };
        single(side, carried.record, outcome)
    }

    /// The payment in the target's terms, but for what it waits for. ERPNext takes it for nothing, first.
    fn made_paid_back(
        &self,
        side: Side,
        carried: &Carried<'_>,
    ) -> Result<(Payment, Vec<Reference>), Stays> {
        let (target, payment) = (side.other(), carried.payment);
        let not_carried = |why: String| Stays::Cause(Cause::PaymentNotCarried { side, why });
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
        let Some((id, amount)) = carried.paid.first().copied() else {
            return Err(not_carried(
                "it is money paid back for nothing yet; put it to the payment that it pays back by Payment Reconciliation in ERPNext, or enter it for a credit note"
                    .to_owned(),
            ));
        };
        let waits =
            || not_carried("the payment that it pays back is not carried itself".to_owned());
        let money = self.money.get(side, id).ok_or_else(waits)?;
        let mut waits_for = Vec::new();
        let there = match &money.outlook {
            Outlook::Stays => return Err(Stays::Outside(Scope::Document)),
            Outlook::Waits => return Err(waits()),
            Outlook::Linked(other) => {
                let there = self.money.get(target, other).ok_or_else(waits)?;
                let currency = there.currency;
                if there.ended {
                    return Err(waits());
                }
                if there.due < amount {
                    let said = |amount| Money { amount, currency }.to_string();
                    return Err(Stays::TooMuch(Cause::PaidTooMuch {
                        side: target,
                        paid: said(amount),
                        owed: said(there.due.max(Decimal::ZERO)),
                    }));
                }
                other.clone()
            }
            // Its identity there is known once the two are linked.
            Outlook::Matched(_) | Outlook::Created => {
                waits_for.push(Reference {
                    kind: Kind::Payment,
                    id: id.clone(),
                });
                id.clone()
            }
        };
        if target == Side::Erpnext && self.is_archived_there(side, &payment.contact) {
            return Err(Cause::ContactArchived { side: target }.into());
        }
        let (contact, waits) = self.contact_there(side, &payment.contact)?;
        waits_for.extend(waits);
        let of = PaymentAllocation {
            id: None,
            document: PaidDocument::Money(there),
            amount,
            in_document: None,
            leaves: None,
        };
        let (allocations, unallocated) = match target {
            Side::Xero => (vec![of], Decimal::ZERO),
            Side::Erpnext => (Vec::new(), payment.amount),
        };
        let made = Payment {
            number: None,
            contact,
            bank_account: Some(self.bank_there(side, payment)?),
            mode: None,
            reference: payment.reference.clone().or_else(|| payment.number.clone()),
            allocations,
            unallocated,
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

    /// The write that says in ERPNext what Xero's payment pays back.
    fn put_to(
        &self,
        (xero, left): Of<'a>,
        (erpnext, right): Of<'a>,
    ) -> Result<PlannedWrite, Outcome> {
        let (side, target) = (Side::Xero, Side::Erpnext);
        let refuse = |why: &str| Outcome::Problem {
            side,
            cause: Cause::PaymentNotCarried {
                side,
                why: why.to_owned(),
            },
        };
        if !self.policy.payments.allows(target) {
            return Err(Outcome::OutOfScope(Scope::Direction));
        }
        let of = of_money(left);
        let money = of.first().and_then(|(id, amount)| {
            let outlook = &self.money.get(side, id)?.outlook;
            match outlook {
                Outlook::Linked(other) => Some((other.clone(), *amount)),
                _ => None,
            }
        });
        let Some((money, amount)) = money else {
            return Err(refuse(
                "the payment that it pays back is not carried itself",
            ));
        };
        if let Some(cause) = self.policy.closed(target, right.date) {
            return Err(Outcome::Problem { side, cause });
        }
        let used = Allocation {
            id: None,
            invoice: money,
            date: None,
            amount,
        };
        let change = Change::Allocate {
            id: erpnext.id.clone(),
            version: erpnext.version.clone(),
            from: erpnext.record.clone(),
            to: erpnext.record.used_for(vec![used]),
            source: xero.id.clone(),
        };
        Ok(planned(target, change, xero))
    }

    /// Money paid back that stands on both sides.
    pub(super) fn paid_back_standing(
        &self,
        (xero, left): Of<'a>,
        (erpnext, right): Of<'a>,
        base: Option<(&Payment, &Payment)>,
    ) -> Outcome {
        let (ours, theirs) = (of_money(left), of_money(right));
        let mut differences = money_differences(left, right);
        let nothing = |of: &[(&RemoteId, Decimal)]| of.is_empty();
        let never = base.is_none_or(|(_, before)| nothing(&of_money(before)));
        let (situation, id) = (self.situation, &xero.id);
        let marked: Vec<PlannedWrite> = mark(xero, erpnext).into_iter().collect();
        if differences.is_empty() && nothing(&theirs) && never && !nothing(&ours) {
            return match self.put_to((xero, left), (erpnext, right)) {
                Ok(write) => {
                    let writes = marked.into_iter().chain([write]).collect();
                    unless_refused(situation, Kind::Payment, Side::Xero, id, writes)
                }
                Err(outcome) => outcome,
            };
        }
        let which = |side: Side, of: &[(&RemoteId, Decimal)]| {
            let mut all: Vec<_> = (of.iter())
                .map(|(id, amount)| (self.money.which(side, id), *amount))
                .collect();
            all.sort();
            all
        };
        if which(Side::Xero, &ours) != which(Side::Erpnext, &theirs) {
            let named = |of: &[(&RemoteId, Decimal)]| {
                let ids: Vec<&str> = of.iter().map(|(id, _)| id.as_str()).collect();
                (!ids.is_empty()).then(|| ids.join(", "))
            };
            differences.push(Difference::new(
                "what it pays back",
                named(&ours),
                named(&theirs),
            ));
        }
        if !differences.is_empty() {
            return Outcome::Problem {
                side: Side::Xero,
                cause: Cause::PaymentsDiffer { differences },
            };
        }
        if !marked.is_empty() {
            return unless_refused(situation, Kind::Payment, Side::Xero, id, marked);
        }
        let as_before = base.is_some_and(|base| {
            ledger::payment::same_payment(base.0, left)
                && ledger::payment::same_payment(base.1, right)
        });
        if as_before {
            Outcome::Agrees
        } else {
            Outcome::Rebase
        }
    }

    /// Whether a payment at hand pays this money back: then that says why not as much is left of it on both
    /// sides.
    pub(super) fn is_paid_back(&self, xero: &RemoteId, erpnext: &RemoteId) -> bool {
        let names = |side: Side, record: &SideRecord| {
            let id = match side {
                Side::Xero => xero,
                Side::Erpnext => erpnext,
            };
            record.record.refers_to(Kind::Payment).any(|of| of == id)
        };
        let alone = Side::BOTH.into_iter().any(|side| {
            let mut all = self.situation.unlinked_of(Kind::Payment, side);
            all.any(|record| names(side, record))
        });
        alone
            || self.situation.pairs.iter().any(|pair| {
                let on = |side: Side, record: &Option<SideRecord>| {
                    record.as_ref().is_some_and(|record| names(side, record))
                };
                on(Side::Xero, &pair.xero) || on(Side::Erpnext, &pair.erpnext)
            })
    }
}
