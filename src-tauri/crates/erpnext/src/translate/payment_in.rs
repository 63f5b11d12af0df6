//! Payment Entries in the ledger's terms.

use ledger::{
    Deduction, DocumentState, Money, PaidDocument, Payment, PaymentAllocation, PaymentDirection,
    RemoteId,
};
use rust_decimal::Decimal;

use super::contact::NOTHING;
use super::netting::netted_by_name;
use crate::chart::Chart;
use crate::wire::{ForeignDocument, PaymentRow, ReferenceRow};

/// What a row names where money was paid back.
const MONEY: &str = "Payment Entry";

/// A Payment Entry in the ledger's terms. Of one that names credit notes beside invoices it is what the money
/// settles: what the notes settle is told of them (`credit_note`). Where the two cannot be told apart, a note is a
/// part of less than nothing. A reference to money that was paid back is that; one to anything else but a Sales
/// Invoice (a Sales Order, a Journal Entry) is for no document of ours, and so counts as unallocated.
pub fn to_ledger(row: &PaymentRow, chart: &Chart) -> Payment {
    let sign = match row.direction {
        PaymentDirection::Received => Decimal::ONE,
        PaymentDirection::Refunded => -Decimal::ONE,
    };
    let (documents, credits) = by_money(row, documents(row));
    let own = |document: &ForeignDocument, Settled { whole, amount, .. }: Settled<'_>| {
        let own = |kept| document.own(kept, chart.figures.amount_digits);
        // The last part of a document is what is left of it.
        let own = Money {
            amount: own(whole).amount - own(whole - amount).amount,
            ..own(whole)
        };
        Money {
            amount: own.amount * sign,
            ..own
        }
    };
    let mut allocations: Vec<PaymentAllocation> = documents
        .into_iter()
        .filter(|settled| !settled.amount.is_zero())
        .map(|settled| {
            let document = RemoteId::new(settled.reference.document.clone());
            let foreign = settled.reference.foreign.as_ref();
            PaymentAllocation {
                id: Some(settled.reference.name.clone()).filter(|name| !name.is_empty()),
                // What is owed on a credit note is less than nothing.
                document: if settled.amount > Decimal::ZERO {
                    PaidDocument::Invoice(document)
                } else {
                    PaidDocument::CreditNote(document)
                },
                amount: settled.amount * sign,
                in_document: foreign.map(|document| own(document, settled)),
                leaves: None,
            }
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
        credits: credits.into_iter().map(RemoteId::new).collect(),
        bank_currency: row.bank_currency,
    }
}

/// What is for no reference. The site divides what is left in the company's currency by the rate, and keeps
/// what that comes to (66.642682927 where 66.64 is left of 99.97; observed on 15): what moved less what is
/// used says it to the cent, where nothing was kept back.
///
/// Where more is used than moved, a credit note that the payment named was cancelled since, which takes it off the
/// payment and leaves what it paid for (seen on 15 and 16, of a return that names its original): the site says that
/// nothing is unallocated, and its ledger has the difference against the payment itself.
fn left(row: &PaymentRow, chart: &Chart) -> Decimal {
    let kept_back = row.deductions.iter().any(|deduction| !deduction.exchange);
    let used: Decimal = row.references.iter().map(|it| it.allocated).sum();
    let plain = row.direction == PaymentDirection::Received && row.party_rate == Decimal::ONE;
    if plain && row.deductions.is_empty() && used > row.party_amount {
        return row.party_amount - used;
    }
    if kept_back || row.party_rate.is_zero() || row.party_rate == Decimal::ONE {
        return row.unallocated;
    }
    let left = row.party_amount - used.abs();
    let parts = Decimal::from(row.references.len() + 1);
    let cent = Decimal::new(1, chart.figures.amount_digits);
    if (left - row.unallocated).abs() <= cent * parts / row.party_rate {
        left
    } else {
        row.unallocated
    }
}

/// How much of a document a payment's money settles.
#[derive(Debug, Clone, Copy)]
struct Settled<'a> {
    reference: &'a ReferenceRow,
    /// With what credit notes of the same payment settle of it.
    whole: Decimal,
    amount: Decimal,
}

/// What the money of a payment settles of its documents, and the credit notes that settle the rest. Where they are
/// kept in another currency than their own, at rates that differ, a part of the one is no equal part of the other,
/// and nothing is taken apart; nor is what no invoice takes of a credit note.
fn by_money<'a>(
    row: &PaymentRow,
    documents: Vec<(&'a ReferenceRow, Decimal)>,
) -> (Vec<Settled<'a>>, Vec<String>) {
    let kept = |reference: &ReferenceRow| {
        let foreign = reference.foreign.as_ref();
        foreign.map(|document| (document.currency, document.rate))
    };
    let alike = |one: &(&ReferenceRow, Decimal)| {
        let first = documents.first().map(|first| kept(first.0));
        first == Some(kept(one.0))
    };
    let zero = Decimal::ZERO;
    let mixed = row.direction == PaymentDirection::Received
        && documents.iter().any(|(_, amount)| *amount < zero)
        && documents.iter().all(alike);
    let parts = documents.iter();
    let parts = parts.map(|(reference, amount)| (reference.document.as_str(), *amount));
    let apart = Some(netted_by_name(parts)).filter(|it| mixed && it.credit_notes.is_empty());
    let notes = documents.iter();
    let notes = notes.filter(|(_, amount)| apart.is_some() && *amount < zero);
    let notes: Vec<String> = notes.map(|it| it.0.document.clone()).collect();
    let settled = documents.into_iter().map(|(reference, whole)| {
        let left = apart.as_ref().map(|apart| {
            let mut of = apart.invoices.iter();
            let of = of.find(|(document, _)| *document == reference.document);
            of.map_or(zero, |(_, left)| *left)
        });
        Settled {
            reference,
            whole,
            amount: left.unwrap_or(whole),
        }
    });
    (settled.collect(), notes)
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
