//! Payments that a Sales Invoice holds itself.

use ledger::{DocumentState, PaidDocument, Payment, PaymentAllocation, PaymentDirection, RemoteId};
use rust_decimal::Decimal;

use crate::wire::{TillPaymentRow, TillRow};

/// One payment of an invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Its row's name.
    pub row: String,
    /// Our marker as it is stored.
    pub marker: Option<String>,
    /// The payment.
    pub payment: Payment,
}

/// The payments that an invoice holds: those that were booked, less the change that was given.
pub fn parts(row: &TillRow) -> Vec<Part> {
    let mut change = row.change.max(Decimal::ZERO);
    let mut parts: Vec<Part> = Vec::new();
    // The change is of the till, which is mostly the last that was paid into.
    let own = |it: &&TillPaymentRow| it.account == row.change_account;
    let (of_till, others): (Vec<_>, Vec<_>) = row
        .payments
        .iter()
        .filter(|it| !it.base_amount.is_zero() && it.amount > Decimal::ZERO)
        .rev()
        .partition(own);
    for paid in of_till.into_iter().chain(others) {
        let given = change.min(paid.amount);
        change -= given;
        let amount = paid.amount - given;
        if amount > Decimal::ZERO {
            parts.push(Part {
                row: paid.name.clone(),
                marker: paid.marker.clone(),
                payment: payment(row, paid, amount),
            });
        }
    }
    parts.sort_by_key(|part| row.payments.iter().position(|it| it.name == part.row));
    parts
}

fn payment(row: &TillRow, paid: &TillPaymentRow, amount: Decimal) -> Payment {
    Payment {
        number: Some(row.name.clone()),
        direction: PaymentDirection::Received,
        state: match row.docstatus {
            0 => DocumentState::Draft,
            1 => DocumentState::Approved,
            _ => DocumentState::Voided,
        },
        contact: RemoteId::new(row.customer.clone()),
        contact_name: row.customer_name.clone(),
        date: row.posting_date,
        currency: row.currency,
        exchange_rate: Some(row.conversion_rate),
        amount,
        bank_account: paid.account.clone(),
        bank_amount: None,
        mode: paid.mode.clone(),
        reference: None,
        allocations: vec![PaymentAllocation {
            id: Some(paid.name.clone()),
            document: PaidDocument::Invoice(RemoteId::new(row.name.clone())),
            amount,
            in_document: None,
            leaves: None,
        }],
        unallocated: Decimal::ZERO,
        deductions: Vec::new(),
        reconciled: false,
        on_account: false,
        with: Vec::new(),
        credits: Vec::new(),
        bank_currency: None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::{Value, json};

    use super::*;
    use crate::chart::sample::dec;
    use crate::wire::row::{all, one};

    fn told(change: &str, payments: &[(&str, &str, &str)]) -> Vec<(String, String, Decimal)> {
        let body = json!({
            "name": "INV-1", "modified": "2026-11-04 10:00:00.000000", "docstatus": 1,
            "customer": "Acme", "posting_date": "2026-11-04", "currency": "GBP", "conversion_rate": 1,
            "change_amount": dec(change), "account_for_change_amount": "Cash - ACM",
        });
        let rows: Vec<Value> = payments
            .iter()
            .enumerate()
            .map(|(at, (account, amount, booked))| {
                json!({
                    "name": format!("p{at}"), "idx": at + 1, "account": account, "amount": dec(amount),
                    "base_amount": dec(booked), "mode_of_payment": "Cash",
                })
            })
            .collect();
        let row = TillRow::read(one(&body), &all(&rows)).unwrap();
        let parts = parts(&row).into_iter();
        let parts = parts.map(|part| {
            assert_eq!(part.payment.allocated(), part.payment.amount);
            let account = part.payment.bank_account.unwrap();
            (part.row, account, part.payment.amount)
        });
        parts.collect()
    }

    fn of(row: &str, account: &str, amount: &str) -> (String, String, Decimal) {
        (row.to_owned(), account.to_owned(), dec(amount))
    }

    #[test]
    fn every_payment_in_the_invoice_is_one_less_the_change() {
        let (cash, card) = ("Cash - ACM", "Card - ACM");
        let both = [(card, "60", "60"), (cash, "40", "40")];
        let expected = [of("p0", card, "60"), of("p1", cash, "40")];
        assert_eq!(told("0", &both), expected);
        let more = [(cash, "50", "50"), (card, "60", "60")];
        let expected = [of("p0", cash, "40"), of("p1", card, "60")];
        assert_eq!(told("10", &more), expected);
        // What was not booked is none, and a row that is nothing is none either.
        let open = [(cash, "60", "0"), (card, "0", "0")];
        assert_eq!(told("0", &open), []);
    }
}
