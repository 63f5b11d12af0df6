//! The bank or cash account that a payment comes to, and which currency it has.

use ledger::{Cause, Currency, Money, Payment, Side};
use rust_decimal::Decimal;

use super::invalid;
use crate::chart::Chart;

/// The account that the money comes to. Of the accounts of the company those are known that can be booked
/// to: neither groups nor disabled.
pub(super) fn account<'a>(payment: &'a Payment, chart: &'a Chart) -> Result<&'a str, Cause> {
    let by_mode = || {
        let mode = payment.mode.as_ref()?;
        chart
            .modes_of_payment
            .iter()
            .find(|known| known.name == *mode)?
            .account
            .as_deref()
    };
    let named = payment
        .bank_account
        .as_deref()
        .or_else(by_mode)
        .ok_or_else(|| {
            invalid(
                "bank account",
                "The payment names no bank account. Map the bank account, or set one on the mode of payment in ERPNext",
            )
        })?;
    match chart.account(named) {
        Some(_) => Ok(named),
        None => Err(invalid(
            "bank account",
            format!(
                "{named} is not an open account of this company in ERPNext. Enable it there, or map another account"
            ),
        )),
    }
}

/// Whether what moved on the bank account is said in its currency: Xero takes money for a document on an account
/// in the document's currency or in the company's alone, and a Payment Entry into a third one would be guessed.
pub(super) fn check(
    payment: &Payment,
    (account, currency): (&str, Currency),
    chart: &Chart,
) -> Result<(), Cause> {
    let not_carried = |why: String| {
        Err(Cause::PaymentNotCarried {
            side: Side::Xero,
            why,
        })
    };
    let own = payment.currency;
    if currency != own && currency != chart.currency && payment.bank_currency != Some(currency) {
        return not_carried(format!(
            "it is in {own}, and its bank account is {account} in ERPNext, which is in {currency}. Map one in {own} or in {}",
            chart.currency
        ));
    }
    let (Some(moved), Some(rate)) = (payment.bank_amount, payment.exchange_rate) else {
        return Ok(());
    };
    if own == chart.currency || payment.bank_currency.is_some() || !payment.deductions.is_empty() {
        return Ok(());
    }
    // Which currency the other side's account is in shows in what moved on it.
    let worth = payment.amount * rate;
    let twice =
        |one: Decimal, other: Decimal| one > other * Decimal::TWO || other > one * Decimal::TWO;
    // A rate has six digits in Xero.
    let near = Decimal::new(2, 2) + worth * Decimal::new(1, 5);
    let as_document = moved == payment.amount;
    let wrong = if currency == own {
        !as_document
    } else if as_document {
        (worth - moved).abs() > near
    } else {
        twice(worth, moved)
    };
    if wrong {
        let paid = Money {
            amount: payment.amount,
            currency: own,
        };
        return not_carried(format!(
            "it is {paid}, {} moved on its bank account, and that is mapped to {account} in ERPNext, which is in {currency}: the two accounts are in different currencies",
            moved.normalize()
        ));
    }
    Ok(())
}
