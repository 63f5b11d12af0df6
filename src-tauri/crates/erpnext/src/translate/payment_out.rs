//! Payment Entries as ERPNext takes them.

mod bank;
mod cents;
mod kept;

use ledger::{Cause, Currency, DocumentState, PaidDocument, Payment, PaymentDirection};
use rust_decimal::Decimal;
use serde_json::{Value, json};

pub use self::kept::{is_kept, taken};
use super::contact::{LONGEST, NOTHING};
use super::invoice_out::{check_date, invalid, named, number};
use crate::chart::Chart;
use crate::marker_fields;
use crate::records::{OpenTerm, Owed};

/// The amounts of a Payment Entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Amounts {
    /// On the receivable account, in its currency.
    party: Decimal,
    /// Units of the company's currency for one of the receivable account's.
    party_rate: Decimal,
    /// On the bank account, in its currency.
    bank: Decimal,
    /// Units of the company's currency for one of the bank account's.
    bank_rate: Decimal,
}

/// The body that creates a payment, without its state: name, marker and content. `identity` is the
/// whole's in Xero, of a payment or of a batch of them; its rows carry none, because the site refuses or
/// takes the document as a whole. `owed` are the documents it pays, as far as they are known: their
/// receivable account is the payment's, else the company's for the currency.
///
/// A difference between the rate of the day and the invoices' own is booked by ERPNext as gain or
/// loss by itself (erpnext/FACTS §7), so [`ledger::Deduction::exchange_difference`] is not sent.
///
/// # Errors
/// The cause for which ERPNext would refuse it.
pub fn create_body(
    payment: &Payment,
    identity: &str,
    owed: &[Owed],
    chart: &Chart,
) -> Result<Value, Cause> {
    check(payment, chart)?;
    let bank_account = bank::account(payment, chart)?;
    let bank_currency = (chart.account(bank_account))
        .and_then(|account| account.currency)
        .unwrap_or(chart.currency);
    bank::check(payment, (bank_account, bank_currency), chart)?;
    let in_company = kept::in_company_currency(payment, bank_currency, owed, chart)?;
    let payment = in_company.as_ref().unwrap_or(payment);
    let party_account = owed
        .first()
        .map(|invoice| invoice.account.as_str())
        .or_else(|| chart.receivable(payment.currency))
        .ok_or_else(|| {
            invalid(
                "currency",
                format!(
                    "ERPNext has no receivable account in {}. Add one, with that currency",
                    payment.currency
                ),
            )
        })?;
    let rows = rows(payment, owed, chart)?;
    let amounts = amounts(payment, bank_currency, &rows, chart)?;
    let mut body = json!({
        "doctype": "Payment Entry",
        "company": chart.company,
        "posting_date": payment.date.to_string(),
        "party_type": "Customer",
        "party": payment.contact.as_str(),
        // Mandatory for bank accounts, and no harm for others.
        "reference_no": payment.reference.as_deref().unwrap_or(NOTHING),
        "reference_date": payment.date.to_string(),
        "references": references(payment, &rows, chart),
        "deductions": deductions(payment, chart),
    });
    let party = (party_account, amounts.party, amounts.party_rate);
    let bank = (bank_account, amounts.bank, amounts.bank_rate);
    let (kind, from, to) = match payment.direction {
        PaymentDirection::Received => ("Receive", party, bank),
        PaymentDirection::Refunded => ("Pay", bank, party),
    };
    body["payment_type"] = json!(kind);
    for (fields, (account, amount, rate)) in [
        (["paid_from", "paid_amount", "source_exchange_rate"], from),
        (["paid_to", "received_amount", "target_exchange_rate"], to),
    ] {
        body[fields[0]] = json!(account);
        body[fields[1]] = number(amount);
        body[fields[2]] = number(rate);
    }
    if let Some(name) = named(payment.number.as_deref())? {
        body["name"] = json!(name);
    }
    if let Some(mode) = &payment.mode {
        body["mode_of_payment"] = json!(mode);
    }
    body[marker_fields::PAYMENT] = json!(identity);
    Ok(body)
}

fn check(payment: &Payment, chart: &Chart) -> Result<(), Cause> {
    if payment.state == DocumentState::Voided {
        return Err(invalid(
            "state",
            "A deleted payment cannot be written to ERPNext",
        ));
    }
    check_date("Payment Entry", payment.date, payment.state, chart)?;
    if payment.amount <= Decimal::ZERO {
        return Err(invalid("amount", "A payment must be more than zero"));
    }
    let parts = payment.allocated() + payment.unallocated;
    if parts != payment.amount {
        return Err(invalid(
            "amount",
            format!(
                "The parts of the payment come to {parts}, but it is {}",
                payment.amount
            ),
        ));
    }
    if payment
        .allocations
        .iter()
        .any(|part| part.amount <= Decimal::ZERO)
        || payment.unallocated < Decimal::ZERO
    {
        return Err(invalid(
            "amount",
            "Every part of a payment must be more than zero",
        ));
    }
    if let Some(reference) = &payment.reference
        && reference.chars().count() > LONGEST
    {
        return Err(invalid(
            "reference",
            format!("It is longer than the {LONGEST} characters ERPNext can hold"),
        ));
    }
    Ok(())
}

fn amounts(
    payment: &Payment,
    bank_currency: Currency,
    rows: &[Row<'_>],
    chart: &Chart,
) -> Result<Amounts, Cause> {
    let amounts = at_known_rate(payment, bank_currency, chart)?;
    let kept = kept_back(payment);
    let rows: Vec<Decimal> = rows.iter().map(|row| row.amount.abs()).collect();
    let sums = cents::Sums {
        rows: &rows,
        left: payment.amount - rows.iter().sum::<Decimal>(),
        kept: match payment.direction {
            PaymentDirection::Received => kept,
            PaymentDirection::Refunded => -kept,
        },
    };
    Ok(cents::settled(amounts, &sums, &chart.figures))
}

/// What was kept back, in the company's currency, and never reached the bank.
fn kept_back(payment: &Payment) -> Decimal {
    let deductions = payment.deductions.iter();
    let kept = deductions.filter(|deduction| !deduction.exchange_difference);
    kept.map(|deduction| deduction.base_amount).sum()
}

fn at_known_rate(
    payment: &Payment,
    bank_currency: Currency,
    chart: &Chart,
) -> Result<Amounts, Cause> {
    let round = |amount: Decimal| {
        chart
            .figures
            .rounding
            .round(amount, chart.figures.amount_digits)
    };
    let known_rate = payment.exchange_rate.filter(|rate| !rate.is_zero());
    let party_rate = if payment.currency == chart.currency {
        Decimal::ONE
    } else {
        known_rate
            .or_else(|| implied_rate(payment, bank_currency, chart))
            .ok_or_else(|| {
                invalid(
                    "exchange rate",
                    "The payment is in a foreign currency and states no exchange rate",
                )
            })?
    };
    let kept = round(kept_back(payment) / party_rate);
    let party = match payment.direction {
        PaymentDirection::Received => payment.amount - kept,
        PaymentDirection::Refunded => payment.amount + kept,
    };
    if party <= Decimal::ZERO {
        return Err(invalid(
            "amount",
            "What was kept back is not less than the payment",
        ));
    }
    if bank_currency == payment.currency {
        if let Some(bank) = payment.bank_amount
            && bank != party
        {
            return Err(invalid(
                "amount",
                format!(
                    "{bank} moved on the bank account, but the payment and what was kept back of it come to {party}"
                ),
            ));
        }
        return Ok(Amounts {
            party,
            party_rate,
            bank: party,
            bank_rate: party_rate,
        });
    }
    if bank_currency == chart.currency {
        // The rate is the one the bank used, so that nothing is left over.
        let bank = payment
            .bank_amount
            .unwrap_or_else(|| round(party * party_rate));
        return Ok(Amounts {
            party,
            party_rate: (bank / party).round_dp(9),
            bank,
            bank_rate: Decimal::ONE,
        });
    }
    let bank = payment.bank_amount.ok_or_else(|| {
        invalid(
            "amount",
            "The bank account is in another currency than the payment, and what moved on it is not known",
        )
    })?;
    Ok(Amounts {
        party,
        party_rate,
        bank,
        bank_rate: (party * party_rate / bank).round_dp(9),
    })
}

/// The rate that a payment to an account in the company's currency states by its two amounts.
fn implied_rate(
    payment: &Payment,
    bank_currency: ledger::Currency,
    chart: &Chart,
) -> Option<Decimal> {
    let bank = payment.bank_amount?;
    (bank_currency == chart.currency && payment.deductions.is_empty() && !bank.is_zero())
        .then(|| (bank / payment.amount).round_dp(9))
}

/// A row of a payment: how much of a document, and of which of its terms.
struct Row<'p> {
    document: &'p str,
    term: Option<String>,
    amount: Decimal,
}

/// A row for each document, since a site refuses two that are for the same; and for each term of it, where
/// its payments are to be divided.
fn rows<'p>(payment: &'p Payment, owed: &[Owed], chart: &Chart) -> Result<Vec<Row<'p>>, Cause> {
    let mut rows = Vec::new();
    for (document, amount) in in_order(payment) {
        let (document, amount) = match (document, payment.direction) {
            (PaidDocument::Invoice(id), PaymentDirection::Received) => (id, amount),
            // Paying a credit note out raises what is owed on it.
            (PaidDocument::CreditNote(id), PaymentDirection::Refunded) => (id, -amount),
            (PaidDocument::CreditNote(_), PaymentDirection::Received) => {
                return Err(invalid(
                    "payment",
                    "A payment received cannot pay out a credit note",
                ));
            }
            // The money is put to it afterwards: no row of a new document names another one.
            (PaidDocument::Money(_), _) => continue,
            (PaidDocument::Invoice(_), PaymentDirection::Refunded) => {
                return Err(invalid(
                    "payment",
                    "Money paid back cannot settle an invoice",
                ));
            }
        };
        let of = owed.iter().find(|it| it.name == document.as_str());
        let terms = of.map(|it| terms_of(it, payment.currency, chart));
        let terms = terms.unwrap_or_default();
        rows.extend(
            divided(amount, &terms)
                .into_iter()
                .map(|(term, amount)| Row {
                    document: document.as_str(),
                    term: term.map(str::to_owned),
                    amount,
                }),
        );
    }
    Ok(rows)
}

fn references(payment: &Payment, rows: &[Row<'_>], chart: &Chart) -> Vec<Value> {
    let reference = |row: &Row<'_>| {
        let mut reference = json!({
            "reference_doctype": "Sales Invoice",
            "reference_name": row.document,
            "allocated_amount": number(row.amount),
        });
        if let Some(term) = &row.term {
            reference["payment_term"] = json!(term);
        }
        if chart.advances_apart {
            // Version 15 takes every payment that is submitted at once for an advance then, and fails
            // where a row does not say its day (observed on 15.71).
            reference["reconcile_effect_on"] = json!(payment.date.to_string());
        }
        reference
    };
    rows.iter().map(reference).collect()
}

/// How much is paid of each document, in the order they are named first.
fn in_order(payment: &Payment) -> Vec<(&PaidDocument, Decimal)> {
    let mut parts = payment.parts();
    payment
        .allocations
        .iter()
        .filter_map(|part| parts.remove_entry(&part.document))
        .collect()
}

/// What is open of a document's terms in the currency that it is paid in: a site says it in the document's own.
fn terms_of(owed: &Owed, paid_in: Currency, chart: &Chart) -> Vec<OpenTerm> {
    let mut terms = owed.terms.clone();
    if owed.document_currency.is_some_and(|it| it != paid_in) {
        let figures = &chart.figures;
        for term in &mut terms {
            let company = term.open * owed.rate;
            term.open = figures.rounding.round(company, figures.amount_digits);
        }
    }
    terms
}

/// An amount divided among terms, what is due first is paid first. What is more than is left of all of them
/// goes to the last, so that the site says so.
fn divided(amount: Decimal, terms: &[OpenTerm]) -> Vec<(Option<&str>, Decimal)> {
    let mut left = amount;
    let mut parts: Vec<(Option<&str>, Decimal)> = Vec::new();
    for term in terms {
        let part = left.min(term.open);
        if part > Decimal::ZERO {
            parts.push((Some(&term.term), part));
            left -= part;
        }
    }
    match parts.last_mut() {
        Some((_, last)) => *last += left,
        None => parts.push((terms.last().map(|it| it.term.as_str()), left)),
    }
    parts
}

fn deductions(payment: &Payment, chart: &Chart) -> Vec<Value> {
    payment
        .deductions
        .iter()
        .filter(|deduction| !deduction.exchange_difference)
        .map(|deduction| {
            let mut row = json!({
                "account": deduction.account,
                "amount": number(deduction.base_amount),
            });
            if let Some(cost_center) = &chart.cost_center {
                row["cost_center"] = json!(cost_center);
            }
            row
        })
        .collect()
}

#[cfg(test)]
mod foreign;
#[cfg(test)]
mod tests;
