//! Payment Entries in the ledger's terms.

use ledger::{
    Deduction, DocumentState, Money, PaidDocument, Payment, PaymentAllocation, PaymentDirection,
    RemoteId,
};
use rust_decimal::Decimal;

use super::contact::NOTHING;
use crate::chart::Chart;
use crate::wire::{PaymentRow, ReferenceRow};

/// What a row names where money was paid back.
const MONEY: &str = "Payment Entry";

/// A Payment Entry in the ledger's terms. A credit note that it uses up beside the invoices is a part of
/// less than nothing; a reference to money that was paid back is that; one to anything else but a Sales Invoice
/// (a Sales Order, a Journal Entry) is for no document of ours, and so counts as unallocated.
pub fn to_ledger(row: &PaymentRow, chart: &Chart) -> Payment {
    let sign = match row.direction {
        PaymentDirection::Received => Decimal::ONE,
        PaymentDirection::Refunded => -Decimal::ONE,
    };
    let mut allocations: Vec<PaymentAllocation> = documents(row)
        .into_iter()
        .filter(|(_, amount)| !amount.is_zero())
        .map(|(reference, amount)| PaymentAllocation {
            id: Some(reference.name.clone()).filter(|name| !name.is_empty()),
            // What is owed on a credit note is less than nothing.
            document: if amount > Decimal::ZERO {
                PaidDocument::Invoice(RemoteId::new(reference.document.clone()))
            } else {
                PaidDocument::CreditNote(RemoteId::new(reference.document.clone()))
            },
            amount: amount * sign,
            in_document: reference.foreign.as_ref().map(|document| {
                let own = document.own(amount, chart.figures.amount_digits);
                Money {
                    amount: own.amount * sign,
                    ..own
                }
            }),
            leaves: None,
        })
        .collect();
    // A difference of rates, and no fee: something of it is foreign.
    let foreign = row
        .bank_currency
        .is_some_and(|bank| bank != row.party_currency)
        || allocations.iter().any(|part| part.in_document.is_some());
    let others = |paid_back: bool| -> Decimal {
        let others = row.references.iter();
        let others = others.filter(|it| it.doctype != "Sales Invoice");
        let of = others.filter(|it| (it.doctype == MONEY) == paid_back);
        of.map(|it| it.allocated * sign).sum()
    };
    let money = row.pays_back.iter().map(|(of, amount)| PaymentAllocation {
        id: None,
        document: PaidDocument::Money(RemoteId::new(of.clone())),
        amount: *amount,
        in_document: None,
        leaves: None,
    });
    let told: Decimal = row.pays_back.iter().map(|(_, amount)| *amount).sum();
    allocations.extend(money);
    let (elsewhere, paid_back) = (others(false), others(true));
    let unallocated = left(row, chart) + elsewhere - told;
    let allocated: Decimal = allocations.iter().map(|part| part.amount).sum();
    Payment {
        number: Some(row.name.clone()),
        direction: row.direction,
        state: match row.docstatus {
            0 => DocumentState::Draft,
            1 => DocumentState::Approved,
            _ => DocumentState::Voided,
        },
        contact: RemoteId::new(row.party.clone()),
        contact_name: row.party_name.clone(),
        date: row.posting_date,
        currency: row.party_currency,
        exchange_rate: Some(row.party_rate),
        amount: allocated + unallocated + paid_back,
        bank_account: Some(row.bank_account.clone()),
        bank_amount: Some(row.bank_amount),
        mode: row.mode.clone(),
        reference: row.reference_no.clone().filter(|text| text != NOTHING),
        allocations,
        unallocated,
        deductions: row
            .deductions
            .iter()
            .map(|deduction| Deduction {
                account: deduction.account.clone(),
                base_amount: deduction.amount,
                exchange_difference: deduction.exchange
                    || (foreign && Some(&deduction.account) == chart.exchange_account.as_ref()),
            })
            .collect(),
        reconciled: row.cleared.is_some(),
        on_account: false,
        with: Vec::new(),
        bank_currency: row.bank_currency,
    }
}

/// What is for no reference. The site divides what is left in the company's currency by the rate, and keeps
/// what that comes to (66.642682927 where 66.64 is left of 99.97; observed on 15): what moved less what is
/// used says it to the cent, where nothing was kept back.
fn left(row: &PaymentRow, chart: &Chart) -> Decimal {
    let kept_back = row.deductions.iter().any(|deduction| !deduction.exchange);
    if kept_back || row.party_rate.is_zero() || row.party_rate == Decimal::ONE {
        return row.unallocated;
    }
    let used: Decimal = row.references.iter().map(|it| it.allocated).sum();
    let left = row.party_amount - used.abs();
    let parts = Decimal::from(row.references.len() + 1);
    let cent = Decimal::new(1, chart.figures.amount_digits);
    if (left - row.unallocated).abs() <= cent * parts / row.party_rate {
        left
    } else {
        row.unallocated
    }
}

/// The sales invoices and credit notes of a payment, invoices positive, each once, by its first row.
fn documents(row: &PaymentRow) -> Vec<(&ReferenceRow, Decimal)> {
    let mut documents: Vec<(&ReferenceRow, Decimal)> = Vec::new();
    for reference in &row.references {
        if reference.doctype != "Sales Invoice" {
            continue;
        }
        // A document may stand on several rows: one for each time money was put to it.
        match documents
            .iter_mut()
            .find(|(known, _)| known.document == reference.document)
        {
            Some((_, amount)) => *amount += reference.allocated,
            None => documents.push((reference, reference.allocated)),
        }
    }
    documents
}
