//! Decisions about payments.
//!
//! A payment is carried where the other side holds the documents that it is for, invoices or, of money
//! paid back, credit notes, and more is open of them there than on this side. It is never edited: one that ended is
//! ended on the other side, what a person enters in its place is another payment, and what ERPNext put to other
//! invoices is made anew in Xero ([`anew`]). Payments are told by what they
//! are: the documents, the day, the amounts (they have no number in Xero).

mod anew;
mod create;
mod linked;
mod on_account;
mod refunds;
mod twice;
mod unlinked;

use std::collections::{BTreeMap, BTreeSet};

use ledger::{
    Cause, DocumentState, Kind, Money, PaidDocument, Payment, PaymentDirection, Reference,
    RemoteId, Side,
};
use rust_decimal::Decimal;

use super::contacts::Contacts;
use super::freeing::Freed;
use super::open_documents::{Expected, OpenDocument, OpenDocuments, Outlook, Which};
use super::uses::Uses;
use super::{Entry, Outcome, Policy, Scope, SideRecord, Situation, sort_key, unreadable};

/// Decides about payments.
pub(super) struct PaymentPlanner<'a> {
    pub situation: &'a Situation,
    pub policy: &'a Policy,
    /// The contacts that this plan decides about.
    pub contacts: &'a Contacts,
    pub documents: &'a OpenDocuments,
    /// What is to be done about what money on account is used for.
    pub uses: &'a Uses,
    /// The money on account that payments pay back.
    pub money: OpenDocuments,
    /// What is expected of the decisions so far.
    pub expected: Expected,
    /// The documents whose payments are taken off them, and put back or made again once they were edited.
    pub freed: &'a Freed,
    /// Xero's payments without a link that were decided about beside linked ones.
    pub claimed: BTreeSet<RemoteId>,
}

/// What a payment is for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Part {
    which: Which,
    amount: Decimal,
}

/// An approved payment that is money received for invoices, or paid back on credit notes, and nothing else.
#[derive(Debug, Clone)]
struct Carried<'a> {
    record: &'a SideRecord,
    payment: &'a Payment,
    /// Its documents on its side, and how much of each, in their currency.
    paid: Vec<(&'a RemoteId, Decimal)>,
    /// What tells it: the documents and how much of each, sorted.
    parts: Vec<Part>,
    /// Whether it takes the place of one that we ended on the other side ourselves.
    anew: bool,
}

/// What an unlinked payment is, before its counterpart is looked for.
enum Sort<'a> {
    Carried(Carried<'a>),
    /// Money of which some is for no invoice yet, or was not when it came.
    OnAccount(Carried<'a>),
    /// Money on account that was paid back, or is to be said what it pays back.
    PaidBack(Carried<'a>),
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
        let on_account = payment.is_kept_on_account();
        if refunds::pays_back(payment) && deducted(payment).is_none() {
            return Self::sort_paid_back(side, record, payment);
        }
        match self.documents_paid(side, payment) {
            Ok(paid) => {
                let carried = Carried {
                    parts: self.parts(side, &paid),
                    record,
                    payment,
                    paid,
                    anew: false,
                };
                if on_account {
                    Sort::OnAccount(carried)
                } else {
                    Sort::Carried(carried)
                }
            }
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

    /// The documents that a payment is for, where it is money received or paid back for them and nothing
    /// else; else what it is besides.
    fn documents_paid(
        &self,
        side: Side,
        payment: &'a Payment,
    ) -> Result<Vec<(&'a RemoteId, Decimal)>, &'static str> {
        if let Some(why) = deducted(payment) {
            return Err(why);
        }
        let received = payment.direction == PaymentDirection::Received;
        if !received && !payment.unallocated.is_zero() {
            return Err("a part of it is paid back for no credit note");
        }
        let mut paid: BTreeMap<&RemoteId, Decimal> = BTreeMap::new();
        let mut settled: BTreeMap<&RemoteId, Money> = BTreeMap::new();
        for part in &payment.allocations {
            let (id, of) = named(&part.document);
            if of != settles(payment) {
                return Err(match of {
                    Kind::CreditNote => {
                        "it names a credit note beside invoices in another currency than the one that ERPNext keeps them in, at different rates, so how much of an invoice the note settles cannot be told: enter it without the note, and use that by itself"
                    }
                    Kind::Payment => "it pays money on account back, and a credit note too",
                    _ => "it is money that was paid back on an invoice",
                });
            }
            *paid.entry(id).or_default() += part.amount;
            let own = part.settles(payment.currency);
            settled
                .entry(id)
                .and_modify(|sum| sum.amount += own.amount)
                .or_insert(own);
        }
        let allocated: Decimal = paid.values().sum();
        // What was paid back is told of the payment that paid it back.
        let sum = allocated + payment.unallocated + payment.paid_back();
        if sum != payment.amount
            || payment.unallocated < Decimal::ZERO
            || paid.values().any(|amount| *amount <= Decimal::ZERO)
        {
            return Err(match payment.direction {
                PaymentDirection::Received => "its amount is not what it pays of invoices",
                PaymentDirection::Refunded => "a part of it is paid back for no credit note",
            });
        }
        let mut currencies = settled.values().map(|it| it.currency);
        let first = currencies.next().unwrap_or(payment.currency);
        if currencies.any(|currency| currency != first) {
            return Err(
                "it is for documents in several currencies, and Xero keeps a payment for each of them: enter one for each currency",
            );
        }
        if first != payment.currency && !payment.unallocated.is_zero() {
            return Err(
                "a part of it is on account, in another currency than the documents that it is for, and neither is part of the other in Xero: enter what is on account as a payment of its own",
            );
        }
        let other_currency = |id: &&RemoteId| {
            let document = self.documents.get(side, id);
            document.is_some_and(|document| document.currency != first)
        };
        if settled.keys().any(other_currency) {
            return Err("it is in another currency than its document");
        }
        let settled = settled.into_iter();
        Ok(settled.map(|(id, own)| (id, own.amount)).collect())
    }

    fn parts(&self, side: Side, paid: &[(&RemoteId, Decimal)]) -> Vec<Part> {
        let mut parts: Vec<Part> = paid
            .iter()
            .map(|(id, amount)| Part {
                which: self.documents.which(side, id),
                amount: *amount,
            })
            .collect();
        parts.sort();
        parts
    }

    /// Whether the same is open on both sides of all documents that a payment is for, if there are any.
    fn is_entered_there(&self, side: Side, payment: &Payment) -> bool {
        let parts = payment.allocations.iter();
        let paid: Vec<(&RemoteId, Decimal)> = parts
            .map(|part| (named(&part.document).0, part.amount))
            .collect();
        !paid.is_empty() && self.settled_alike(side, &paid)
    }

    /// Whether the same is open on both sides of all that a payment is for.
    fn settled_alike(&self, side: Side, paid: &[(&RemoteId, Decimal)]) -> bool {
        paid.iter().all(|(id, _)| {
            let owed = self.documents.owed(side, id);
            owed.is_some_and(|(here, there)| here == there)
        })
    }

    /// What a payment of one side that the other lacks means for what the other owes.
    fn expect_on(&mut self, target: Side, paid: &[(&RemoteId, Decimal)], sign: Decimal) {
        for (id, amount) in paid {
            let here = self.documents.get(target.other(), id);
            if let Some(Outlook::Linked(other)) = here.map(|it| &it.outlook) {
                let other = other.clone();
                self.expect(target, &other, *amount * sign);
            }
        }
    }

    /// What a payment of one side would mean for what the other owes, which has something else in its place.
    fn expect_instead(&mut self, target: Side, paid: &[(&RemoteId, Decimal)]) {
        for (id, amount) in paid {
            let here = self.documents.get(target.other(), id);
            if let Some(Outlook::Linked(other)) = here.map(|it| &it.outlook) {
                self.expected.add_instead(target, other, -*amount);
            }
        }
    }

    /// That what a side says is open of a document changes, but for the units of two currencies.
    fn expect(&mut self, side: Side, document: &RemoteId, more: Decimal) {
        let known = self.documents.get(side, document);
        let units = known.map(OpenDocument::unit).unwrap_or_default();
        self.expected.add_about(side, document, more, units);
    }
}

/// Why a payment is not carried of which something went elsewhere, and which its side could not divide into
/// payments.
fn deducted(payment: &Payment) -> Option<&'static str> {
    let mut kept = payment
        .deductions
        .iter()
        .filter(|it| !it.exchange_difference)
        .peekable();
    let received = payment.direction == PaymentDirection::Received;
    kept.peek()?;
    Some(
        if payment.bank_account.is_none() && kept.clone().count() == 1 {
            "it went to no account, but is set against what a customer has there, and Xero keeps no such payment"
        } else if payment.bank_account.is_none() {
            "it went to several accounts, and books more than what it settles, so which part of it went to which is not said"
        } else if kept.any(|it| (it.base_amount < Decimal::ZERO) == received) {
            "more came in than it pays and was booked to another account, and it is in another currency than the company's"
        } else {
            "a part of it was deducted, and is for no invoice alone or in another currency than the company's"
        },
    )
}

/// The kind of documents that money of this direction settles.
const fn settles(payment: &Payment) -> Kind {
    match payment.direction {
        PaymentDirection::Received => Kind::Invoice,
        PaymentDirection::Refunded => Kind::CreditNote,
    }
}

const fn named(document: &PaidDocument) -> (&RemoteId, Kind) {
    let (kind, id) = document.named();
    (id, kind)
}

/// The documents that a payment settles, and how much of each, in the documents' currencies.
fn documents_of(payment: &Payment) -> impl Iterator<Item = (&RemoteId, Decimal)> {
    payment.allocations.iter().filter_map(|part| {
        let (id, of) = named(&part.document);
        (of == settles(payment)).then(|| (id, part.settles(payment.currency).amount))
    })
}

/// Whether the same is paid of the same documents, but for units. Both are sorted.
fn alike(one: &[Part], other: &[Part], apart: Decimal) -> bool {
    one.len() == other.len()
        && one.iter().zip(other).all(|(left, right)| {
            left.which == right.which && (left.amount - right.amount).abs() <= apart
        })
}

/// What keeps money from being carried before its document is.
fn waits_for(side: Side, kind: Kind, id: &RemoteId) -> Cause {
    let id = id.clone();
    Cause::waits_for(side, &Reference { kind, id })
}
