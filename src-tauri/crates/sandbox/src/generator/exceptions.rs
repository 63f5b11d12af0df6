//! The few records that are meant not to sync, so that there is something to find and fix.

use chrono::Days;
use rand::rngs::StdRng;
use rust_decimal::Decimal;

use super::invoices::{Customers, Written, one, rate};
use super::payments::Paid;
use super::totals::{erpnext_totals, xero_totals};
use super::{
    AccountClass, DemoData, DemoInvoice, DemoLine, DemoSize, Place, PriceMode, TaxClass, TaxRates,
};
use crate::System;

/// Which troubles fit into books of a size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Planned {
    /// One customer that matches two contacts.
    pub(super) several_candidates: bool,
    /// How many of [`TROUBLES`], from the first.
    invoices: usize,
}

impl Planned {
    pub(super) fn for_size(size: DemoSize) -> Self {
        Self {
            several_candidates: size.contacts >= 12,
            invoices: (size.invoices / 8).min(TROUBLES.len()),
        }
    }

    /// How many invoices are meant not to sync.
    pub(super) const fn invoices(self) -> usize {
        self.invoices
    }
}

/// Makes one invoice of a trouble.
type Trouble = fn(&mut StdRng, &DemoData, &Customers) -> Option<DemoInvoice>;

/// The trouble that is about a payment, and not about the invoice that is made for it.
const NO_BANK_MAPPING: &str = "no_bank_mapping";

/// The side, the cause's stable word, and how to make it. The first ones come first in small books.
const TROUBLES: &[(System, &str, Trouble)] = &[
    (System::Erpnext, "no_account_mapping", unmapped_account),
    (System::Erpnext, NO_BANK_MAPPING, paid_in_cash),
    (System::Xero, "differ_on_both_sides", differing_totals),
    (System::Erpnext, "period_locked", in_locked_period),
    (System::Erpnext, "currency_not_used", unused_currency),
];

/// Makes the planned troubles.
pub(super) fn make(rng: &mut StdRng, data: &DemoData, plan: Planned) -> Vec<Written> {
    let customers = Customers::of(data);
    TROUBLES
        .iter()
        .take(plan.invoices)
        .filter_map(|(side, cause, trouble)| {
            Some(Written {
                invoice: trouble(rng, data, &customers)?,
                paid: if *cause == NO_BANK_MAPPING {
                    Paid::InCash
                } else {
                    Paid::Never
                },
                trouble: Some((*side, *cause)),
            })
        })
        .collect()
}

/// An ordinary invoice to a customer known to both sides, unpaid and in home currency.
fn ordinary(
    rng: &mut StdRng,
    data: &DemoData,
    customers: &Customers,
    place: Place,
) -> Option<DemoInvoice> {
    let contact = customers.pick_at_home(rng, data)?;
    let (mut invoice, _) = one(rng, data, contact, place);
    home(data, &mut invoice);
    Some(invoice)
}

/// Makes the invoice one in home currency.
fn home(data: &DemoData, invoice: &mut DemoInvoice) {
    let currency = data.config.country.currency();
    if invoice.currency != currency {
        currency.clone_into(&mut invoice.currency);
        invoice.xero_rate = Decimal::ONE;
    }
}

/// Booked in ERPNext to an income account that Xero has no counterpart for.
fn unmapped_account(
    rng: &mut StdRng,
    data: &DemoData,
    customers: &Customers,
) -> Option<DemoInvoice> {
    let mut invoice = ordinary(rng, data, customers, Place::Erpnext)?;
    invoice.lines.push(DemoLine {
        description: "Carriage, refrigerated".to_owned(),
        quantity: Decimal::ONE,
        unit: "Nos".to_owned(),
        unit_price: Decimal::new(85_00, 2),
        discount_percent: None,
        tax: if invoice.price_mode == PriceMode::Inclusive {
            TaxClass::Zero
        } else {
            TaxClass::Standard
        },
        account: AccountClass::Freight,
    });
    Some(invoice)
}

/// On both sides, and paid in ERPNext only, in cash, which Xero has no account for.
fn paid_in_cash(rng: &mut StdRng, data: &DemoData, customers: &Customers) -> Option<DemoInvoice> {
    ordinary(rng, data, customers, Place::Both)
}

/// On both sides under one number, but someone typed another quantity in ERPNext.
fn differing_totals(
    rng: &mut StdRng,
    data: &DemoData,
    customers: &Customers,
) -> Option<DemoInvoice> {
    let mut invoice = ordinary(rng, data, customers, Place::Both)?;
    let taxes = TaxRates::of(data.config.country);
    let mut lines = invoice.lines.clone();
    lines.first_mut()?.quantity += Decimal::ONE;
    let (xero, erpnext) = (
        xero_totals(&invoice.lines, invoice.price_mode, &taxes),
        erpnext_totals(&lines, invoice.price_mode, &taxes),
    );
    debug_assert_ne!(xero.total, erpnext.total);
    invoice.erpnext_lines = Some(lines);
    Some(invoice)
}

/// In ERPNext only, dated in the period that Xero has locked.
fn in_locked_period(
    rng: &mut StdRng,
    data: &DemoData,
    customers: &Customers,
) -> Option<DemoInvoice> {
    let mut invoice = ordinary(rng, data, customers, Place::Erpnext)?;
    let terms = invoice.due_date - invoice.date;
    invoice.date = data.xero_locked_until - Days::new(12);
    invoice.due_date = invoice.date + terms;
    Some(invoice)
}

/// In ERPNext only, in a currency Xero is not subscribed to.
fn unused_currency(
    rng: &mut StdRng,
    data: &DemoData,
    customers: &Customers,
) -> Option<DemoInvoice> {
    let mut invoice = ordinary(rng, data, customers, Place::Erpnext)?;
    invoice.price_mode = PriceMode::Exclusive;
    for line in &mut invoice.lines {
        line.tax = TaxClass::Zero;
    }
    "CHF".clone_into(&mut invoice.currency);
    invoice.xero_rate = rate(rng, data.config.country.currency(), "CHF");
    Some(invoice)
}
