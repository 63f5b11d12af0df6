//! A payment of foreign documents that the site keeps in the company's currency: what is owed on them, and
//! so what a payment takes off it, is in that currency there.

use ledger::{
    Cause, Currency, Deduction, PaidDocument, Payment, PaymentAllocation, PaymentDirection, Side,
};
use rust_decimal::Decimal;

use super::invalid;
use crate::chart::Chart;
use crate::records::Owed;

/// How much of what is owed on each of its documents a payment takes, in the currency of their receivable
/// account, in the order they are named first.
pub fn taken<'p>(
    payment: &'p Payment,
    owed: &[Owed],
    chart: &Chart,
) -> Vec<(&'p PaidDocument, Decimal)> {
    let mut parts = payment.parts();
    let in_order = payment.allocations.iter();
    in_order
        .filter_map(|part| {
            let (document, amount) = parts.remove_entry(&part.document)?;
            let id = document.id();
            let known = owed.iter().find(|it| it.name == id.as_str());
            let taken = known
                .filter(|it| is_kept(it, payment.currency, chart))
                .map_or(amount, |it| of_document(amount, part.leaves, it, chart));
            Some((document, taken))
        })
        .collect()
}

/// Whether a document of a currency is kept in the company's.
pub fn is_kept(owed: &Owed, currency: Currency, chart: &Chart) -> bool {
    currency != chart.currency
        && owed.currency == Some(chart.currency)
        && owed.document_currency == Some(currency)
        && !owed.rate.is_zero()
}

/// What a payment of `amount` takes off a document that is kept in the company's currency.
///
/// What was open before and what is open then are both rounded as the site rounds, so that all payments of a
/// document together come to its total, however many there are. The last one takes all that is open: a cent
/// that the site itself lost on the way is not left behind.
fn of_document(amount: Decimal, leaves: Option<Decimal>, owed: &Owed, chart: &Chart) -> Decimal {
    let figures = &chart.figures;
    let own = |amount: Decimal| {
        let company = amount * owed.rate;
        figures.rounding.round(company, figures.amount_digits)
    };
    let left = leaves.unwrap_or_default();
    let taken = own(left + amount) - own(left);
    let (open, cent) = (owed.open.abs(), Decimal::new(1, figures.amount_digits));
    let closes = leaves.is_none_or(|left| left.is_zero());
    let near = (open - taken).abs() <= cent * Decimal::TWO;
    if near && (closes || taken > open) {
        open
    } else {
        taken
    }
}

/// The payment in the company's currency, where its documents are kept in that; `None` where they are kept in
/// their own. What the bank moved is what the bank moved: where that is worth another sum than the documents
/// are booked at, the rest is a gain or loss of exchange rates, which the site would otherwise take for money
/// on account (observed on 15 and 16).
///
/// # Errors
/// The cause for which it cannot be said so.
pub(super) fn in_company_currency(
    payment: &Payment,
    bank_currency: Currency,
    owed: &[Owed],
    chart: &Chart,
) -> Result<Option<Payment>, Cause> {
    if payment.allocations.is_empty() {
        return Ok(None);
    }
    let known_rate = payment.exchange_rate.filter(|rate| !rate.is_zero());
    let kept = if owed.is_empty() {
        // Nobody looked yet: where no account is in the currency, it is kept in the company's.
        let foreign = payment.currency != chart.currency;
        foreign && chart.receivable(payment.currency).is_none() && known_rate.is_some()
    } else {
        owed.iter().any(|it| is_kept(it, payment.currency, chart))
    };
    if !kept {
        return Ok(None);
    }
    if !payment.unallocated.is_zero() {
        let why =
            "a part of it is on account, in another currency than ERPNext keeps its documents in";
        return Err(Cause::PaymentNotCarried {
            side: Side::Xero,
            why: why.to_owned(),
        });
    }
    let in_base = bank_currency == chart.currency;
    let said = payment.bank_amount.filter(|_| in_base);
    let rate = known_rate
        .or_else(|| said?.checked_div(payment.amount))
        .ok_or_else(|| {
            invalid(
                "exchange rate",
                "The payment is in a foreign currency and states no exchange rate",
            )
        })?;
    let figures = &chart.figures;
    let round = |amount| figures.rounding.round(amount, figures.amount_digits);
    let parts: Vec<PaymentAllocation> = taken(payment, owed, chart)
        .into_iter()
        .map(|(document, amount)| PaymentAllocation {
            id: None,
            document: document.clone(),
            amount: if owed.is_empty() {
                round(amount * rate)
            } else {
                amount
            },
            in_document: None,
            leaves: None,
        })
        .collect();
    let booked: Decimal = parts.iter().map(|part| part.amount).sum();
    let deductions = payment.deductions.iter();
    let kept_back: Vec<Deduction> = deductions
        .filter(|it| !it.exchange_difference)
        .cloned()
        .collect();
    let fees: Decimal = kept_back.iter().map(|it| it.base_amount).sum();
    let (moved, difference) = match payment.direction {
        PaymentDirection::Received => {
            let moved = said.unwrap_or_else(|| round(payment.amount * rate) - fees);
            (moved, booked - fees - moved)
        }
        PaymentDirection::Refunded => {
            let moved = said.unwrap_or_else(|| round(payment.amount * rate) + fees);
            (moved, moved - booked - fees)
        }
    };
    let mut deductions = kept_back;
    if !difference.is_zero() {
        deductions.push(Deduction {
            account: exchange_account(chart)?.to_owned(),
            base_amount: difference,
            // Said as a row of its own: the site works one out by itself only between two currencies.
            exchange_difference: false,
        });
    }
    Ok(Some(Payment {
        currency: chart.currency,
        exchange_rate: None,
        amount: booked,
        bank_amount: if in_base {
            Some(moved)
        } else {
            payment.bank_amount.or(Some(payment.amount))
        },
        bank_currency: Some(bank_currency),
        allocations: parts,
        deductions,
        ..payment.clone()
    }))
}

fn exchange_account(chart: &Chart) -> Result<&str, Cause> {
    chart.exchange_account.as_deref().ok_or_else(|| {
        invalid(
            "exchange rate",
            "The payment was made at another exchange rate than its documents, and the company has no Exchange Gain / Loss Account in ERPNext. Choose one in the company",
        )
    })
}
