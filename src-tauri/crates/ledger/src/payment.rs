//! Payments of customers: a Xero Payment, batch payment, overpayment or prepayment, or an ERPNext
//! Payment Entry.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::agreement::STATE;
use crate::money::Money;
use crate::problem::Difference;
use crate::{Currency, DocumentState, Kind, RemoteId};

/// Which way the money went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PaymentDirection {
    /// From the customer: Xero ACCRECPAYMENT, RECEIVE-OVERPAYMENT, RECEIVE-PREPAYMENT; ERPNext
    /// `payment_type` Receive.
    Received,
    /// Back to the customer: Xero ARCREDITPAYMENT, AROVERPAYMENTPAYMENT, ARPREPAYMENTPAYMENT;
    /// ERPNext `payment_type` Pay.
    Refunded,
}

/// Money that a customer paid, or got back, in the terms of the side it was read from.
///
/// ERPNext keeps one document with many references where Xero keeps one Payment per invoice, so a
/// payment here holds any number of allocations and a rest that is for nothing yet. Amounts are in
/// [`Payment::currency`] unless said otherwise, and positive in [`Payment::direction`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Payment {
    /// What a person calls it: ERPNext's document name. Xero payments have no number.
    pub number: Option<String>,
    /// Which way the money went.
    pub direction: PaymentDirection,
    /// Where it stands: Xero AUTHORISED is Approved, DELETED is Voided; ERPNext docstatus.
    pub state: DocumentState,
    /// The contact's identity on the same side.
    pub contact: RemoteId,
    /// The contact's name as the document shows it (for people; never an identity).
    pub contact_name: String,
    /// The day the money moved.
    pub date: NaiveDate,
    /// The currency of the documents it pays: of the customer's receivable account.
    pub currency: Currency,
    /// Units of the base currency for one unit of [`Payment::currency`]. `None` where the side did
    /// not state one.
    pub exchange_rate: Option<Decimal>,
    /// How much of the customer's balance it settles: allocated and unallocated together.
    pub amount: Decimal,
    /// The bank or cash account's key on this side: Xero account code or id, ERPNext account name.
    pub bank_account: Option<String>,
    /// What moved on the bank account, in that account's currency, where the side states it.
    pub bank_amount: Option<Decimal>,
    /// The bank account's currency, where the side states it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bank_currency: Option<Currency>,
    /// ERPNext's mode of payment. Xero has none.
    pub mode: Option<String>,
    /// The reference: Xero Reference, ERPNext `reference_no`.
    pub reference: Option<String>,
    /// What it pays, in the order the side lists it.
    #[serde(deserialize_with = "crate::exact::list")]
    pub allocations: Vec<PaymentAllocation>,
    /// What is for no document yet, as the side states it: the remaining credit of a Xero
    /// overpayment or prepayment, ERPNext `unallocated_amount`.
    pub unallocated: Decimal,
    /// What was written off or kept back, and exchange gain or loss (ERPNext `deductions`).
    pub deductions: Vec<Deduction>,
    /// Whether it is matched with a line of a bank statement; then it must not be deleted.
    pub reconciled: bool,
    /// Whether its side keeps it as money on account, which is used for documents and taken back from them
    /// as it stands: a Xero overpayment or prepayment. A Xero payment is for its document for good; ERPNext
    /// makes no difference between the two, and never says so.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub on_account: bool,
    /// The other records that its side keeps in one document with it, which end when it ends: a Payment
    /// Entry of which a part was deducted, and a Journal Entry that settles several invoices, are several
    /// payments; so is a Xero batch of several customers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub with: Vec<RemoteId>,
    /// The credit notes whose credit its side used for invoices by the same document, which gives it back when it
    /// ends: an ERPNext payment may name them beside the invoices. For what, and how much, is told of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub credits: Vec<RemoteId>,
}

/// A document that a payment is for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaidDocument {
    /// A sales invoice.
    Invoice(RemoteId),
    /// A credit note that is paid out.
    CreditNote(RemoteId),
    /// Money on account that is paid back: the payment that it came in by.
    Money(RemoteId),
}

impl PaidDocument {
    /// What it is, and its identity.
    pub const fn named(&self) -> (Kind, &RemoteId) {
        match self {
            Self::Invoice(id) => (Kind::Invoice, id),
            Self::CreditNote(id) => (Kind::CreditNote, id),
            Self::Money(id) => (Kind::Payment, id),
        }
    }

    /// Its identity.
    pub const fn id(&self) -> &RemoteId {
        self.named().1
    }

    /// One of a kind; a contact is none.
    pub const fn of(kind: Kind, id: RemoteId) -> Self {
        match kind {
            Kind::Payment => Self::Money(id),
            Kind::CreditNote => Self::CreditNote(id),
            Kind::Invoice | Kind::Contact => Self::Invoice(id),
        }
    }
}

/// A part of a payment that is for one document.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PaymentAllocation {
    /// Its identity on the side it was read from: Xero PaymentID or AllocationID, ERPNext row name.
    pub id: Option<String>,
    /// What it is for.
    pub document: PaidDocument,
    /// How much of the document it settles, in the payment's currency. Positive, but for a credit note that an
    /// ERPNext payment received names and that could not be told apart from the money ([`Payment::credits`]):
    /// a part of less than nothing.
    pub amount: Decimal,
    /// What that is in the document's own currency, where its side keeps what is open of the document in
    /// another one: ERPNext, a foreign document on a receivable account in the company's currency. Worked
    /// out at the document's rate, to half a cent of the coarser of the two currencies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_document: Option<Money>,
    /// Of a payment that is to be made: what will still be open of the document on the side that it comes
    /// from, in the document's currency. A side that keeps the document in another currency comes to that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leaves: Option<Decimal>,
}

impl PaymentAllocation {
    /// How much of the document it settles, in the document's currency; `own` is the payment's.
    pub fn settles(&self, own: Currency) -> Money {
        self.in_document.unwrap_or(Money {
            amount: self.amount,
            currency: own,
        })
    }
}

/// An amount of a payment that went to another account than the bank's.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Deduction {
    /// The ledger account's key on this side.
    pub account: String,
    /// In the base currency; positive is a cost, negative a gain.
    pub base_amount: Decimal,
    /// Whether it is the gain or loss that a change of exchange rates brought.
    pub exchange_difference: bool,
}

impl Payment {
    /// What a person calls it: its number, else its reference.
    pub fn title(&self) -> &str {
        let words = self.number.as_deref().or(self.reference.as_deref());
        words.unwrap_or("(no number)")
    }

    /// What is for documents, in the payment's currency.
    pub fn allocated(&self) -> Decimal {
        self.allocations
            .iter()
            .map(|allocation| allocation.amount)
            .sum()
    }

    /// What of money that was received was paid back: neither for documents nor left. Each time it was is a
    /// payment of its own.
    pub fn paid_back(&self) -> Decimal {
        if self.direction == PaymentDirection::Refunded || self.state != DocumentState::Approved {
            return Decimal::ZERO;
        }
        (self.amount - self.allocated() - self.unallocated).max(Decimal::ZERO)
    }

    /// Whether it is money of which some is for no document, or was not when it came.
    pub fn is_kept_on_account(&self) -> bool {
        self.direction == PaymentDirection::Received
            && (self.on_account || !self.unallocated.is_zero() || !self.paid_back().is_zero())
    }

    /// How much of each document it settles, in the payment's currency: one that stands there several times
    /// is one.
    pub fn parts(&self) -> BTreeMap<&PaidDocument, Decimal> {
        let mut parts = BTreeMap::new();
        for part in &self.allocations {
            *parts.entry(&part.document).or_default() += part.amount;
        }
        parts
    }

    /// [`Payment::parts`] in the documents' own currencies.
    pub fn settled(&self) -> BTreeMap<&PaidDocument, Decimal> {
        let mut parts = BTreeMap::new();
        for part in &self.allocations {
            *parts.entry(&part.document).or_default() += part.settles(self.currency).amount;
        }
        parts
    }

    /// What it comes to in the currency of its documents, where they are kept in another one, are all in one
    /// and all of it is for them; else in its own.
    pub fn in_documents(&self) -> Money {
        let own = Money {
            amount: self.amount,
            currency: self.currency,
        };
        let whole = self.unallocated.is_zero();
        let foreign = self.allocations.iter().any(|it| it.in_document.is_some());
        let mut settled = self.allocations.iter().map(|it| it.settles(self.currency));
        let Some(first) = settled.next().filter(|_| whole && foreign) else {
            return own;
        };
        let add = |sum: Money, next: Money| {
            let amount = sum.amount + next.amount;
            (next.currency == sum.currency).then_some(Money { amount, ..sum })
        };
        settled.try_fold(first, add).unwrap_or(own)
    }

    /// By how much what it settles of a document may differ from what the other side says, in the document's
    /// currency, for the units of two currencies alone: a cent of the coarser one (half for the payment, half
    /// for what is open then). Nothing where the document is kept in its own currency.
    pub fn units_apart(&self) -> Decimal {
        let apart = self.allocations.iter().filter_map(|part| {
            let own = part.in_document?.amount;
            Some(coarser_cent(part.amount.checked_div(own)))
        });
        apart.max().unwrap_or_default()
    }
}

/// A cent of the company's currency or of the document's, whichever is worth more, in the document's;
/// `rate` is units of the company's currency for one of the document's.
pub fn coarser_cent(rate: Option<Decimal>) -> Decimal {
    let cent = Decimal::new(1, 2);
    let rate = rate.map(|rate| rate.abs()).filter(|rate| !rate.is_zero());
    rate.and_then(|rate| cent.checked_div(rate))
        .map_or(cent, |unit| unit.max(cent))
}

/// By how much the figures of two payments may differ for units alone.
fn tolerance(one: &Payment, other: &Payment) -> Decimal {
    one.units_apart().max(other.units_apart())
}

/// Whether two payments of one side are the same money for the same documents: state, day and amounts.
/// What is only said about it (reference, mode, bank account) and what the bank's statement adds do not
/// count.
pub fn same_payment(one: &Payment, other: &Payment) -> bool {
    same_money(one, other)
        && one.unallocated == other.unallocated
        && if one.currency == other.currency {
            one.parts() == other.parts()
        } else {
            alike(&one.settled(), &other.settled(), tolerance(one, other))
        }
}

/// Whether the same documents are settled by as much, but for units.
fn alike(
    one: &BTreeMap<&PaidDocument, Decimal>,
    other: &BTreeMap<&PaidDocument, Decimal>,
    apart: Decimal,
) -> bool {
    one.len() == other.len()
        && one
            .iter()
            .zip(other)
            .all(|((left, amount), (right, there))| {
                left == right && (amount - there).abs() <= apart
            })
}

/// Whether two payments of one side are the same money, whatever it is for. One that is worded in the
/// currency of its documents is the same as one that is worded in that of their receivable account.
pub fn same_money(one: &Payment, other: &Payment) -> bool {
    one.direction == other.direction
        && one.state == other.state
        && one.date == other.date
        && if one.currency == other.currency {
            one.amount == other.amount
        } else {
            same_sum(one, other)
        }
}

/// Whether two payments come to as much in the currency of their documents, but for units.
pub fn same_sum(one: &Payment, other: &Payment) -> bool {
    let (left, right) = (one.in_documents(), other.in_documents());
    let parts = Decimal::from(one.allocations.len().max(1));
    left.currency == right.currency
        && (left.amount - right.amount).abs() <= tolerance(one, other) * parts
}

/// In what Xero's payment and ERPNext's differ, whatever they are for: state, day and amount.
pub fn money_differences(xero: &Payment, erpnext: &Payment) -> Vec<Difference> {
    let state = |payment: &Payment| payment.state == DocumentState::Voided;
    if state(xero) && state(erpnext) {
        return Vec::new();
    }
    [
        told(
            STATE,
            format!("{:?}", xero.state),
            format!("{:?}", erpnext.state),
        ),
        told("date", xero.date.to_string(), erpnext.date.to_string()),
        told(
            "amount",
            money(xero.amount, xero.currency),
            money(erpnext.amount, erpnext.currency),
        )
        .filter(|_| !same_sum(xero, erpnext)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn money(amount: Decimal, currency: Currency) -> String {
    format!("{} {currency}", amount.normalize())
}

fn told(field: &str, xero: String, erpnext: String) -> Option<Difference> {
    (xero != erpnext).then(|| Difference {
        field: field.to_owned(),
        xero: Some(xero),
        erpnext: Some(erpnext),
    })
}

/// In what Xero's payment and ERPNext's differ: state, day and amounts. Which documents they are for is
/// not compared, because each side has its own identities for these.
pub fn payment_differences(xero: &Payment, erpnext: &Payment) -> Vec<Difference> {
    if xero.state == DocumentState::Voided && erpnext.state == DocumentState::Voided {
        return Vec::new();
    }
    let mut found = money_differences(xero, erpnext);
    let parts = |payment: &Payment| {
        let mut amounts: Vec<Decimal> = payment.settled().into_values().collect();
        amounts.sort();
        amounts
    };
    let (left, right) = (parts(xero), parts(erpnext));
    let apart = tolerance(xero, erpnext);
    let near = |(one, other): (&Decimal, &Decimal)| (one - other).abs() <= apart;
    if left.len() != right.len() || !left.iter().zip(&right).all(near) {
        let said = |amounts: Vec<Decimal>| {
            let amounts = amounts.iter().map(|it| it.normalize().to_string());
            amounts.collect::<Vec<_>>().join(" + ")
        };
        found.extend(told("amounts paid", said(left), said(right)));
    }
    found.extend(unallocated_difference(xero, erpnext));
    found
}

/// What a difference in what is for no document yet is called.
pub const ON_ACCOUNT: &str = "on account";

/// The difference in what is for no document yet, where both stand.
pub fn unallocated_difference(xero: &Payment, erpnext: &Payment) -> Option<Difference> {
    let voided = |payment: &Payment| payment.state == DocumentState::Voided;
    let nothing = xero.unallocated.is_zero() && erpnext.unallocated.is_zero();
    if nothing || voided(xero) || voided(erpnext) {
        return None;
    }
    told(
        ON_ACCOUNT,
        money(xero.unallocated, xero.currency),
        money(erpnext.unallocated, erpnext.currency),
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn payment(parts: &[(&str, i64)]) -> Payment {
        let allocations: Vec<PaymentAllocation> = parts
            .iter()
            .map(|(invoice, amount)| PaymentAllocation {
                id: None,
                document: PaidDocument::Invoice(RemoteId::new(*invoice)),
                amount: Decimal::from(*amount),
                in_document: None,
                leaves: None,
            })
            .collect();
        Payment {
            number: None,
            direction: PaymentDirection::Received,
            state: DocumentState::Approved,
            contact: RemoteId::new("Acme"),
            contact_name: String::new(),
            date: NaiveDate::default(),
            currency: Currency::new("GBP").unwrap(),
            exchange_rate: None,
            amount: allocations.iter().map(|part| part.amount).sum(),
            bank_account: None,
            bank_amount: None,
            mode: None,
            reference: None,
            allocations,
            unallocated: Decimal::ZERO,
            deductions: vec![],
            reconciled: false,
            on_account: false,
            with: Vec::new(),
            credits: Vec::new(),
            bank_currency: None,
        }
    }

    #[test]
    fn what_it_is_for_is_the_same_however_it_is_divided() {
        let whole = payment(&[("A", 30), ("B", 5)]);
        let divided = payment(&[("B", 5), ("A", 10), ("A", 20)]);
        assert!(same_payment(&whole, &divided));
        assert_eq!(payment_differences(&whole, &divided), []);
        let other = payment(&[("A", 5), ("B", 30)]);
        assert!(!same_payment(&whole, &other));
        // Each side has its own names for documents.
        assert_eq!(payment_differences(&whole, &other), []);
        let more = payment(&[("A", 29), ("B", 6)]);
        assert_eq!(payment_differences(&whole, &more).len(), 1);
    }

    fn dec(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    /// In a document's own currency, as Xero says it, and in pounds, as ERPNext keeps it.
    fn both(code: &str, own: &str, (pounds, worked_out): (&str, &str)) -> (Payment, Payment) {
        let currency = Currency::new(code).unwrap();
        let mut xero = payment(&[("A", 1)]);
        let mut erpnext = xero.clone();
        xero.currency = currency;
        (xero.amount, xero.allocations[0].amount) = (dec(own), dec(own));
        (erpnext.amount, erpnext.allocations[0].amount) = (dec(pounds), dec(pounds));
        erpnext.allocations[0].in_document = Some(Money {
            amount: dec(worked_out),
            currency,
        });
        (xero, erpnext)
    }

    /// R2: each side has its own figure for it, to a cent of the coarser currency.
    #[test]
    fn one_payment_in_two_currencies_is_the_same() {
        for (code, own, kept) in [
            ("SEK", "333.30", ("25.44", "333.26")),
            ("JPY", "600", ("3.16", "600.79")),
            ("USD", "119.97", ("95.98", "119.98")),
            ("USD", "0.03", ("0.02", "0.03")),
            // Worth more than a pound: a cent of its own is the coarser one.
            ("KWD", "10.00", ("25.97", "10.01")),
        ] {
            let (xero, erpnext) = both(code, own, kept);
            assert!(same_payment(&xero, &erpnext), "{code}");
            assert_eq!(payment_differences(&xero, &erpnext), [], "{code}");
            let said = erpnext.in_documents();
            assert_eq!(said.currency.code(), code);
            assert_eq!(said.amount, dec(kept.1));
        }
        let fields = |(xero, erpnext): (Payment, Payment)| -> Vec<String> {
            assert!(!same_payment(&xero, &erpnext));
            let found = payment_differences(&xero, &erpnext);
            found.into_iter().map(|it| it.field).collect()
        };
        let more = both("USD", "119.96", ("95.98", "119.98"));
        assert_eq!(fields(more), ["amount", "amounts paid"]);
        let other = both("USD", "25.44", ("25.44", "31.80"));
        assert_eq!(fields(other), ["amount", "amounts paid"]);
        // Without what it is in the document's currency nothing is taken for the same.
        let (xero, mut erpnext) = both("USD", "95.98", ("95.98", "119.98"));
        erpnext.allocations[0].in_document = None;
        assert_eq!(fields((xero, erpnext)), ["amount"]);
    }

    #[test]
    fn what_is_partly_on_account_is_in_its_own_currency() {
        let (_, mut part) = both("USD", "110", ("88", "110"));
        assert_eq!(part.in_documents().amount, dec("110"));
        (part.unallocated, part.amount) = (dec("11"), dec("99"));
        let said = part.in_documents();
        assert_eq!((said.amount, said.currency.code()), (dec("99"), "GBP"));
    }
}
