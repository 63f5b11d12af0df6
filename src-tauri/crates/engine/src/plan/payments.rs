//! Decisions about payments.
//!
//! A payment is carried where the other side holds the invoices that it is for, and owes more of them
//! than this side does. It is never edited: one that changed is shown, one that ended is ended on the
//! other side, and what a person enters in its place is another payment. Payments are told by what they
//! are: the invoices, the day, the amounts (they have no number in Xero).

mod create;
mod linked;
mod unlinked;

use std::collections::BTreeMap;

use ledger::{Cause, DocumentState, PaidDocument, Payment, PaymentDirection, RemoteId, Side};
use rust_decimal::Decimal;

use super::contacts::Contacts;
use super::invoices::{Expected, Invoices, Outlook, Which};
use super::{Entry, Outcome, Policy, Scope, SideRecord, Situation, sort_key, unreadable};

/// Decides about payments.
pub(super) struct PaymentPlanner<'a> {
    pub situation: &'a Situation,
    pub policy: &'a Policy,
    /// The contacts that this plan decides about.
    pub contacts: &'a Contacts,
    pub invoices: &'a Invoices,
    /// What is expected of the decisions so far.
    pub expected: Expected,
}

/// What a payment is for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Part {
    which: Which,
    amount: Decimal,
}

/// An approved payment that is money received for invoices, and nothing else.
#[derive(Debug, Clone)]
struct Carried<'a> {
    record: &'a SideRecord,
    payment: &'a Payment,
    /// Its invoices on its side.
    paid: Vec<(&'a RemoteId, Decimal)>,
    /// What tells it: the invoices and how much of each, sorted.
    parts: Vec<Part>,
}

/// What an unlinked payment is, before its counterpart is looked for.
enum Sort<'a> {
    Carried(Carried<'a>),
    Other(Outcome),
}

/// Decides about all payments of a situation, in the order of the plan.
pub(super) fn plan_payments(planner: PaymentPlanner<'_>) -> (Vec<Entry>, Expected) {
    let mut planner = planner;
    let mut entries = planner.linked();
    entries.extend(planner.unlinked());
    unreadable(planner.situation, ledger::Kind::Payment, &mut entries);
    entries.sort_by(|left, right| sort_key(left).cmp(&sort_key(right)));
    (entries, planner.expected)
}

impl<'a> PaymentPlanner<'a> {
    /// What an unlinked payment is.
    fn sort(&self, side: Side, record: &'a SideRecord) -> Sort<'a> {
        let Some(payment) = record.record.as_payment() else {
            return Sort::Other(Outcome::OutOfScope(Scope::Direction));
        };
        match payment.state {
            DocumentState::Voided => return Sort::Other(Outcome::OutOfScope(Scope::Ended)),
            DocumentState::Draft => return Sort::Other(Outcome::OutOfScope(Scope::Draft)),
            DocumentState::Approved => {}
        }
        // What is for no document yet is compared by contact, with all that is open beside invoices.
        let received = payment.direction == PaymentDirection::Received;
        if received && payment.allocations.is_empty() && payment.deductions.is_empty() {
            return Sort::Other(Outcome::OutOfScope(Scope::OnAccount));
        }
        match self.invoices_paid(side, payment) {
            Ok(paid) => Sort::Carried(Carried {
                parts: self.parts(side, &paid),
                record,
                payment,
                paid,
            }),
            // Somebody entered it on the other side, in its own way.
            Err(_) if self.is_entered_there(side, payment) => {
                Sort::Other(Outcome::OutOfScope(Scope::Settled))
            }
            Err(why) => Sort::Other(Outcome::Problem {
                side,
                cause: Cause::PaymentNotCarried {
                    side,
                    why: why.to_owned(),
                },
            }),
        }
    }

    /// The invoices that a payment is for, where it is money received for them and nothing else; else
    /// what it is besides.
    fn invoices_paid(
        &self,
        side: Side,
        payment: &'a Payment,
    ) -> Result<Vec<(&'a RemoteId, Decimal)>, &'static str> {
        if payment.direction == PaymentDirection::Refunded {
            return Err("it is money that was paid back");
        }
        if payment.deductions.iter().any(|it| !it.exchange_difference) {
            return Err("a part of it was deducted: a fee, or what was written off");
        }
        if !payment.unallocated.is_zero() {
            return Err("a part of it is on account, for no invoice yet");
        }
        let mut paid: BTreeMap<&RemoteId, Decimal> = BTreeMap::new();
        for part in &payment.allocations {
            let PaidDocument::Invoice(id) = &part.document else {
                return Err("it is for a credit note too");
            };
            *paid.entry(id).or_default() += part.amount;
        }
        let sum: Decimal = paid.values().sum();
        if sum != payment.amount || paid.values().any(|amount| *amount <= Decimal::ZERO) {
            return Err("its amount is not what it pays of invoices");
        }
        let other_currency = |id: &&RemoteId| {
            let invoice = self.invoices.get(side, id);
            invoice.is_some_and(|invoice| invoice.currency != payment.currency)
        };
        if paid.keys().any(other_currency) {
            return Err("it is in another currency than its invoice");
        }
        Ok(paid.into_iter().collect())
    }

    fn parts(&self, side: Side, paid: &[(&RemoteId, Decimal)]) -> Vec<Part> {
        let mut parts: Vec<Part> = paid
            .iter()
            .map(|(id, amount)| Part {
                which: self.invoices.which(side, id),
                amount: *amount,
            })
            .collect();
        parts.sort();
        parts
    }

    /// Whether both sides owe the same of all invoices that a payment is for, if there are any.
    fn is_entered_there(&self, side: Side, payment: &Payment) -> bool {
        let paid: Vec<(&RemoteId, Decimal)> = invoices_of(payment).collect();
        !paid.is_empty() && self.settled_alike(side, &paid)
    }

    /// Whether both sides owe the same of all that a payment is for.
    fn settled_alike(&self, side: Side, paid: &[(&RemoteId, Decimal)]) -> bool {
        paid.iter().all(|(id, _)| {
            let owed = self.invoices.owed(side, id);
            owed.is_some_and(|(here, there)| here == there)
        })
    }

    /// What a payment of one side that the other lacks means for what the other owes.
    fn expect_on(&mut self, target: Side, paid: &[(&RemoteId, Decimal)], sign: Decimal) {
        for (id, amount) in paid {
            if let Some(Outlook::Linked(other)) =
                self.invoices.get(target.other(), id).map(|it| &it.outlook)
            {
                let other = other.clone();
                self.expected.add(target, &other, *amount * sign);
            }
        }
    }
}

/// The invoices that a payment is for, and how much of each.
fn invoices_of(payment: &Payment) -> impl Iterator<Item = (&RemoteId, Decimal)> {
    payment
        .allocations
        .iter()
        .filter_map(|part| match &part.document {
            PaidDocument::Invoice(id) => Some((id, part.amount)),
            PaidDocument::CreditNote(_) => None,
        })
}
