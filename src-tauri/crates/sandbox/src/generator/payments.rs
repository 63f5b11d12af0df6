//! Money received: whole and part payments of one invoice, and payments over several.

use std::collections::{BTreeMap, HashMap};

use chrono::{Datelike, Days, NaiveDate};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use rust_decimal::{Decimal, RoundingStrategy};

use super::invoices::rate;
use super::totals::{erpnext_totals, xero_totals};
use super::{
    BankClass, DemoContact, DemoData, DemoInvoice, DemoPart, DemoPayment, Place, TaxRates,
};
use crate::System;

/// Money received for one invoice: when, and how much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Received {
    pub(super) date: NaiveDate,
    pub(super) amount: Decimal,
}

/// What has been received of an invoice, and who entered it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Paid {
    /// As people find it on their statements: on either side, or on both.
    AsItComes(Vec<Received>),
    /// Nothing, and nothing will be.
    Never,
    /// In cash, which only ERPNext has an account for.
    InCash,
}

/// What a customer has paid by today: most old invoices are paid, some in part. A part is only paid of
/// an invoice whose `parts` may be paid.
pub(super) fn received(
    rng: &mut StdRng,
    today: NaiveDate,
    invoice: &DemoInvoice,
    total: Decimal,
    customer: &DemoContact,
    parts: bool,
) -> Vec<Received> {
    let age = (today - invoice.date).num_days();
    let overdue = today > invoice.due_date;
    if age < 1 || rng.random_bool(if overdue { 0.25 } else { 0.6 }) {
        return Vec::new();
    }
    let latest = age.min(i64::try_from(customer.terms_days).unwrap_or(30) + 25);
    let days = u64::try_from(rng.random_range(1..=latest)).unwrap_or(1);
    let pay = |amount, days| Received {
        date: (invoice.date + Days::new(days)).min(today),
        amount,
    };
    match rng.random_range(0..10) {
        0..6 => vec![pay(total, days)],
        6..8 if parts && total > Decimal::ONE => {
            let first = cents(total * Decimal::new(rng.random_range(20..80), 2));
            vec![pay(first, days), pay(total - first, days + 5)]
        }
        _ if parts && total > Decimal::ONE => {
            vec![pay(
                cents(total * Decimal::new(rng.random_range(20..80), 2)),
                days,
            )]
        }
        _ => Vec::new(),
    }
}

/// Makes the payments of the books' invoices, oldest first. `paid` says of each invoice what was
/// received of it. Chances of their own, so that the invoices of a seed stay what they are.
pub(super) fn make(data: &DemoData, paid: &[Paid]) -> Vec<DemoPayment> {
    let mut rng = StdRng::seed_from_u64(data.config.seed ^ 0x7061_7965_6420);
    let taxes = TaxRates::of(data.config.country);
    let today = data.config.today;
    let abroad = data.kept_abroad();
    let mut single: Vec<DemoPayment> = Vec::new();
    for (index, (invoice, paid)) in data.invoices.iter().zip(paid).enumerate() {
        let customer = &data.contacts[invoice.contact];
        let total = total(invoice, &taxes);
        let mut one = |date, amount, place, bank, rng: &mut StdRng| {
            single.push(DemoPayment {
                date,
                parts: vec![DemoPart {
                    invoice: index,
                    amount,
                }],
                place,
                bank,
                xero_rate: if invoice.xero_rate == Decimal::ONE {
                    Decimal::ONE
                } else {
                    rate(rng, data.config.country.currency(), &invoice.currency)
                },
                reference: None,
                erpnext_name: None,
            });
        };
        match paid {
            Paid::Never => {}
            Paid::InCash => {
                let day = (invoice.date + Days::new(9)).min(today);
                one(day, total, Place::Erpnext, BankClass::Cash, &mut rng);
            }
            Paid::AsItComes(of_both) => {
                // Where ERPNext keeps what a foreign customer owes in the company's currency, a payment in
                // the customer's own cannot be told.
                let told = invoice.xero_rate == Decimal::ONE || abroad.contains(&invoice.contact);
                let payments = match invoice.place {
                    Place::Both => of_both.clone(),
                    Place::Xero | Place::Erpnext => {
                        received(&mut rng, today, invoice, total, customer, true)
                    }
                };
                // Two halves, each on one side, would be the same money on another day.
                let alike = matches!(payments.as_slice(), [a, b] if a.amount == b.amount);
                for it in payments.into_iter().filter(|_| told) {
                    let place = match invoice.place {
                        Place::Both if alike => Place::Both,
                        Place::Both => entered(&mut rng),
                        place => place,
                    };
                    one(it.date, it.amount, place, BankClass::Bank, &mut rng);
                }
            }
        }
    }
    let mut payments = joined(&mut rng, data, single);
    payments.sort_by_key(|payment| (payment.date, payment.parts[0].invoice));
    for payment in &mut payments {
        payment.reference = reference(&mut rng, data, payment);
    }
    named(&mut payments);
    payments
}

/// What an invoice comes to where it was written.
pub(super) fn total(invoice: &DemoInvoice, taxes: &TaxRates) -> Decimal {
    let (lines, mode) = (&invoice.lines, invoice.price_mode);
    match invoice.place {
        Place::Erpnext => erpnext_totals(lines, mode, taxes).total,
        Place::Both | Place::Xero => xero_totals(lines, mode, taxes).total,
    }
}

/// Where a payment, or a use of a credit note, that both sides can know was entered.
pub(super) fn entered(rng: &mut StdRng) -> Place {
    match rng.random_range(0..10) {
        0..5 => Place::Both,
        5..8 => Place::Xero,
        _ => Place::Erpnext,
    }
}

/// Now and then a customer pays two or three invoices at once: payments in home currency that come close
/// after each other on one side.
fn joined(rng: &mut StdRng, data: &DemoData, single: Vec<DemoPayment>) -> Vec<DemoPayment> {
    const CLOSE: i64 = 25;
    const MOST: usize = 3;
    let place = |place: Place| match place {
        Place::Both => 0_u8,
        Place::Xero => 1,
        Place::Erpnext => 2,
    };
    let mut of: BTreeMap<(usize, u8), Vec<DemoPayment>> = BTreeMap::new();
    let mut payments = Vec::new();
    for payment in single {
        // Cents of several foreign parts do not add up to those of the whole in ERPNext.
        if payment.bank == BankClass::Cash || payment.xero_rate != Decimal::ONE {
            payments.push(payment);
            continue;
        }
        let contact = data.invoices[payment.parts[0].invoice].contact;
        of.entry((contact, place(payment.place)))
            .or_default()
            .push(payment);
    }
    for mut theirs in of.into_values() {
        theirs.sort_by_key(|payment| payment.date);
        let mut open: Option<DemoPayment> = None;
        for payment in theirs {
            let fits = open.as_ref().is_some_and(|open| {
                let paid = payment.parts[0].invoice;
                (payment.date - open.date).num_days() <= CLOSE
                    && open.parts.len() < MOST
                    && open.parts.iter().all(|part| part.invoice != paid)
            });
            match &mut open {
                Some(open) if fits && rng.random_bool(0.7) => {
                    open.date = payment.date;
                    open.parts.extend(payment.parts);
                }
                _ => payments.extend(open.replace(payment)),
            }
        }
        payments.extend(open);
    }
    payments
}

/// What the statement says of it; in Xero it may say nothing.
fn reference(rng: &mut StdRng, data: &DemoData, payment: &DemoPayment) -> Option<String> {
    let number = |part: &DemoPart| data.invoices[part.invoice].number.as_str();
    match rng.random_range(0..10) {
        0..5 => Some(
            payment
                .parts
                .iter()
                .map(number)
                .collect::<Vec<_>>()
                .join(" "),
        ),
        5..8 => Some(format!(
            "BACS {}{:04}",
            payment.date.format("%y%m%d"),
            rng.random_range(0..10_000)
        )),
        _ => None,
    }
}

/// Names those that are entered in ERPNext, in the order in which they are.
fn named(payments: &mut [DemoPayment]) {
    let mut next: HashMap<i32, u32> = HashMap::new();
    for payment in payments
        .iter_mut()
        .filter(|payment| payment.place.includes(System::Erpnext))
    {
        let count = next.entry(payment.date.year()).or_insert(0);
        *count += 1;
        payment.erpnext_name = Some(format!("ACC-PAY-{}-{count:05}", payment.date.year()));
    }
}

fn cents(amount: Decimal) -> Decimal {
    amount.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
}
