//! Payments, as written.
//!
//! Xero's payments are never edited, only created and deleted (xero/FACTS §8). One payment of the
//! ledger becomes a Xero payment for each document it is for, or one batch of them, and an
//! overpayment or prepayment for what is for no document yet.

use ledger::money::round_half_up;
use ledger::{
    Cause, Currency, DocumentState, PaidDocument, Payment, PaymentDirection, RemoteId, Side,
};
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::contact::invalid;
use super::document::inverse;
use super::document_write::{currency_rate, day, short};
use super::{advance, number};
use crate::wire::batch::Target;
use crate::wire::credit::CreditKind;

/// What Xero makes of a payment for several invoices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Several {
    /// A payment for each. They can be deleted one by one.
    Apart,
    /// One batch, which stands for one line of the bank statement. It can only be deleted whole.
    Batch,
}

/// What becomes of money for no document yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Advance<'a> {
    /// An overpayment, which is owed back and carries no tax.
    Overpayment,
    /// A prepayment, booked to an account by its code.
    Prepayment {
        /// The account's code.
        account: &'a str,
    },
}

/// How a payment is written.
#[derive(Debug, Clone, Copy)]
pub struct Terms<'a> {
    /// The organisation's base currency, where known.
    pub base: Option<Currency>,
    /// What becomes of several invoices.
    pub several: Several,
    /// What becomes of money for no document yet.
    pub advance: Advance<'a>,
}

/// One element to create, and where.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// The endpoint.
    pub target: Target,
    /// The element.
    pub element: Value,
}

/// The elements that create a payment, in order: what is for documents, then what is for none yet.
/// Xero knows no number of a payment, so where it has no reference its number becomes one, by which
/// people and look-ups find it.
///
/// # Errors
/// The [`Cause`] for which Xero would refuse it, or could not hold it.
pub fn create(payment: &Payment, terms: Terms<'_>) -> Result<Vec<Part>, Cause> {
    check(payment)?;
    check_bank(payment, terms.base)?;
    let mut parts = Vec::new();
    let slices = slices(payment, terms.base)?;
    let batched = terms.several == Several::Batch
        && payment.direction == PaymentDirection::Received
        && payment.deductions.is_empty()
        && slices.len() > 1;
    if batched {
        parts.push(Part {
            target: Target::BatchPayments,
            element: batch(payment, &slices, terms.base)?,
        });
    } else {
        for slice in &slices {
            parts.push(Part {
                target: Target::Payments,
                element: single(payment, slice, terms.base)?,
            });
        }
    }
    if payment.direction == PaymentDirection::Received && !payment.unallocated.is_zero() {
        parts.push(Part {
            target: Target::BankTransactions,
            element: advance::element(
                payment,
                terms.advance,
                payment.unallocated,
                reference(payment),
                terms.base,
            )?,
        });
    }
    Ok(parts)
}

/// The element that pays back `amount` of a credit.
///
/// # Errors
/// As [`create`].
pub fn refund(
    payment: &Payment,
    kind: CreditKind,
    credit: &RemoteId,
    amount: Decimal,
    base: Option<Currency>,
) -> Result<Value, Cause> {
    check_bank(payment, base)?;
    let slice = Slice {
        paid: Paid::Credit(kind, credit),
        account: payment.bank_account.as_deref(),
        amount,
    };
    single(payment, &slice, base)
}

/// Where a payment is deleted, below `api.xro/2.0/`, and by which body: nothing but its status is taken
/// (specification, `deletePayment`).
pub fn delete(id: &str) -> (String, Value) {
    let path = format!("{}/{id}", Target::Payments.key());
    (path, json!({"Status": "DELETED"}))
}

/// Where a batch is deleted with all its payments, and by which body (specification,
/// `deleteBatchPayment`).
pub fn delete_batch(id: &str) -> (String, Value) {
    let body = json!({"BatchPaymentID": id, "Status": "DELETED"});
    (Target::BatchPayments.key().to_owned(), body)
}

/// What a slice of a payment is for.
#[derive(Clone, Copy)]
enum Paid<'a> {
    Invoice(&'a RemoteId),
    Credit(CreditKind, &'a RemoteId),
}

/// A part of a payment for one document, through one account.
struct Slice<'a> {
    paid: Paid<'a>,
    account: Option<&'a str>,
    amount: Decimal,
}

fn check(payment: &Payment) -> Result<(), Cause> {
    match payment.state {
        DocumentState::Approved => {}
        DocumentState::Draft => {
            return Err(invalid(
                "status",
                "Xero has no draft payments; submit it first".to_owned(),
            ));
        }
        DocumentState::Voided => {
            return Err(invalid(
                "status",
                "a cancelled payment is not created anew".to_owned(),
            ));
        }
    }
    let amounts = payment.allocations.iter().map(|one| one.amount);
    for amount in amounts.clone().chain([payment.unallocated]) {
        if amount.normalize().scale() > 2 {
            return Err(invalid(
                "amount",
                format!("Xero keeps two decimals of a payment, not {amount}"),
            ));
        }
    }
    if amounts.clone().any(|amount| amount <= Decimal::ZERO) || payment.unallocated < Decimal::ZERO
    {
        return Err(invalid(
            "amount",
            "Xero takes no payment of nothing or less".to_owned(),
        ));
    }
    let sum = payment.allocated() + payment.unallocated;
    if sum != payment.amount || payment.amount.is_zero() {
        return Err(invalid(
            "amount",
            format!(
                "the payment is of {}, but {sum} of it is for documents or on account",
                payment.amount
            ),
        ));
    }
    if payment.direction == PaymentDirection::Refunded && !payment.unallocated.is_zero() {
        return Err(invalid(
            "allocations",
            "Xero pays money back out of a credit note, an overpayment or a prepayment only; this \
             refund is for none"
                .to_owned(),
        ));
    }
    Ok(())
}

/// Xero takes money for a document on an account in the document's currency or in the organisation's: what came
/// to an account in a third one is not guessed.
fn check_bank(payment: &Payment, base: Option<Currency>) -> Result<(), Cause> {
    let third = |bank: &Currency| *bank != payment.currency && Some(*bank) != base;
    match (payment.bank_currency.filter(third), base) {
        (Some(bank), Some(base)) => Err(Cause::PaymentNotCarried {
            side: Side::Erpnext,
            why: format!(
                "it is for documents in {}, and came to a bank account in {bank}; Xero takes it on one in {} or in {base} alone",
                payment.currency, payment.currency
            ),
        }),
        _ => Ok(()),
    }
}

/// What the bank moved by each of some amounts that come to the payment, where the rate alone would make another sum of
/// them: Xero keeps six digits of a rate and works the bank's amount out from it (xero/FACTS §8; it may be stated
/// since June 2026).
fn bank_amounts(
    payment: &Payment,
    amounts: &[Decimal],
    base: Option<Currency>,
) -> Option<Vec<Decimal>> {
    let whole = amounts.iter().sum::<Decimal>() == payment.amount
        && payment.deductions.iter().all(|it| it.exchange_difference);
    let in_base = base.is_some() && payment.bank_currency == base && base != Some(payment.currency);
    let moved = payment.bank_amount.filter(|_| whole && in_base)?;
    let rate = round_half_up(inverse(payment.exchange_rate?)?, 6);
    let said = |amount: &Decimal| Some(round_half_up(amount.checked_div(rate)?, 2));
    let mut said = amounts.iter().map(said).collect::<Option<Vec<Decimal>>>()?;
    let short = moved - said.iter().sum::<Decimal>();
    if short.is_zero() {
        return None;
    }
    // The largest part takes what is short.
    let largest = said.iter_mut().max_by_key(|amount| **amount)?;
    *largest += short;
    Some(said)
}

/// The payment cut by document, and where part of it was written off, by account: what did not
/// reach the bank is paid through the account it went to. Gains and losses of exchange are none of
/// these: Xero books them by itself, from the rates of invoice and payment.
fn slices(payment: &Payment, base: Option<Currency>) -> Result<Vec<Slice<'_>>, Cause> {
    let mut written_off: Vec<(&str, Decimal)> = Vec::new();
    for deduction in &payment.deductions {
        if deduction.exchange_difference {
            continue;
        }
        if base != Some(payment.currency) || deduction.base_amount <= Decimal::ZERO {
            return Err(invalid(
                "deductions",
                "Xero has no deductions of payments; only a cost in the organisation's own \
                 currency can be entered as a payment through its account"
                    .to_owned(),
            ));
        }
        written_off.push((&deduction.account, deduction.base_amount));
    }
    let off: Decimal = written_off.iter().map(|(_, amount)| *amount).sum();
    if off >= payment.allocated() && !off.is_zero() {
        return Err(invalid(
            "deductions",
            "more is deducted than is paid for documents".to_owned(),
        ));
    }
    let mut slices = Vec::new();
    let mut to_bank = payment.allocated() - off;
    let mut rest = written_off.into_iter();
    let mut through = rest.next();
    for allocation in &payment.allocations {
        let paid = match (&allocation.document, payment.direction) {
            (PaidDocument::Invoice(id), PaymentDirection::Received) => Paid::Invoice(id),
            (PaidDocument::CreditNote(id), PaymentDirection::Refunded) => {
                Paid::Credit(CreditKind::CreditNote, id)
            }
            (PaidDocument::CreditNote(_), PaymentDirection::Received) => {
                return Err(invalid(
                    "allocations",
                    "money received is for invoices; a credit note is allocated to its invoices \
                     itself"
                        .to_owned(),
                ));
            }
            (PaidDocument::Invoice(_), PaymentDirection::Refunded)
            | (PaidDocument::Money(_), _) => {
                return Err(invalid(
                    "allocations",
                    "Xero pays back credit notes, and money on account by itself, not invoices"
                        .to_owned(),
                ));
            }
        };
        let mut left = allocation.amount;
        let mut cut = |account, amount: Decimal| {
            if !amount.is_zero() {
                slices.push(Slice {
                    paid,
                    account,
                    amount,
                });
            }
        };
        let bank = left.min(to_bank);
        to_bank -= bank;
        left -= bank;
        cut(payment.bank_account.as_deref(), bank);
        while !left.is_zero()
            && let Some((account, amount)) = through
        {
            let some = left.min(amount);
            left -= some;
            cut(Some(account), some);
            through = if some == amount {
                rest.next()
            } else {
                Some((account, amount - some))
            };
        }
    }
    Ok(slices)
}

fn single(payment: &Payment, slice: &Slice<'_>, base: Option<Currency>) -> Result<Value, Cause> {
    let mut element = paid_element(slice.paid);
    let mut set = |key: &str, value: Value| element.insert(key.to_owned(), value);
    set("Account", account_element(slice.account)?);
    set("Date", json!(day(payment.date)));
    set("Amount", number(slice.amount));
    if let Some(rate) = stated_rate(payment, base)? {
        set("CurrencyRate", rate);
    }
    let moved = bank_amounts(payment, &[slice.amount], base);
    if let Some(moved) = moved.and_then(|moved| moved.first().copied()) {
        set("BankAmount", number(moved));
    }
    if let Some(reference) = reference(payment) {
        set("Reference", json!(short("reference", reference)?));
    }
    Ok(Value::Object(element))
}

/// The rate of a foreign payment, which is always stated: without one Xero has recorded a refund at par.
fn stated_rate(payment: &Payment, base: Option<Currency>) -> Result<Option<Value>, Cause> {
    let rate = currency_rate(payment.currency, payment.exchange_rate, base)?;
    if rate.is_none() && base.is_some_and(|base| base != payment.currency) {
        return Err(invalid(
            "exchange rate",
            format!("a payment in {} has to state one", payment.currency),
        ));
    }
    Ok(rate)
}

fn batch(payment: &Payment, slices: &[Slice<'_>], base: Option<Currency>) -> Result<Value, Cause> {
    let rate = stated_rate(payment, base)?;
    let words = match reference(payment) {
        Some(reference) => Some(json!(short("reference", reference)?)),
        None => None,
    };
    let amounts: Vec<Decimal> = slices.iter().map(|slice| slice.amount).collect();
    let moved = bank_amounts(payment, &amounts, base).unwrap_or_default();
    let parts: Vec<Value> = slices
        .iter()
        .enumerate()
        .map(|(at, slice)| {
            let mut part = paid_element(slice.paid);
            part.insert("Amount".to_owned(), number(slice.amount));
            if let Some(moved) = moved.get(at) {
                part.insert("BankAmount".to_owned(), number(*moved));
            }
            if let Some(rate) = &rate {
                part.insert("CurrencyRate".to_owned(), rate.clone());
            }
            // Each states it, as the documentation's example for sales invoices does: the batch's own is
            // not kept outside New Zealand, and left out it has been refused (Xero-NetStandard#324).
            if let Some(words) = &words {
                part.insert("Reference".to_owned(), words.clone());
            }
            Value::Object(part)
        })
        .collect();
    let mut element = Map::new();
    let mut set = |key: &str, value: Value| element.insert(key.to_owned(), value);
    set("Account", account_element(payment.bank_account.as_deref())?);
    set("Date", json!(day(payment.date)));
    if let Some(words) = words {
        set("Reference", words);
    }
    set("Payments", Value::Array(parts));
    Ok(Value::Object(element))
}

fn paid_element(paid: Paid<'_>) -> Map<String, Value> {
    let (member, id, of) = match paid {
        Paid::Invoice(of) => ("Invoice", "InvoiceID", of),
        Paid::Credit(kind, of) => {
            let (member, id) = kind.member();
            (member, id, of)
        }
    };
    let mut named = Map::new();
    named.insert(id.to_owned(), json!(of.as_str()));
    let mut element = Map::new();
    element.insert(member.to_owned(), Value::Object(named));
    element
}

/// The account as Xero takes it: by code, or by id where the key is one.
pub(super) fn account_element(key: Option<&str>) -> Result<Value, Cause> {
    match key {
        None => Err(invalid(
            "bank account",
            "the payment names no bank account".to_owned(),
        )),
        Some(key) if uuid::Uuid::parse_str(key).is_ok() => Ok(json!({"AccountID": key})),
        Some(key) => Ok(json!({"Code": key})),
    }
}

/// What the payment is found by.
fn reference(payment: &Payment) -> Option<&str> {
    payment.reference.as_deref().or(payment.number.as_deref())
}

#[cfg(test)]
mod tests;
