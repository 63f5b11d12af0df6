//! Money for no invoice: what customers paid ahead, and what they got back on credit notes.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use rust_decimal::{Decimal, RoundingStrategy};

use super::payments::{entered, total};
use super::{DemoData, DemoMoney, DemoUse, MoneyFor, Place, Standing, TaxRates};
use crate::System;

/// One customer in so many invoices pays ahead. Few, since each use that is carried to Xero is a call of its
/// own, and books of the usual size are synced within a minute's calls.
const INVOICES_EACH: usize = 60;

/// Of so many credit notes of which something is left, one is paid out.
const NOTES_EACH: usize = 4;

/// Makes what the customers of the books paid ahead, and got back, oldest first. Chances of their own, so
/// that the other documents of a seed stay what they are.
pub(super) fn make(data: &DemoData) -> Vec<DemoMoney> {
    let mut making = Making::of(data);
    let mut money = making.ahead(data.invoices.len() / INVOICES_EACH);
    money.extend(making.paid_out());
    money.sort_by_key(|it| (it.date, it.contact));
    let mut names = BTreeMap::new();
    for it in &mut money {
        if it.place.includes(System::Erpnext) {
            let series = match it.what {
                MoneyFor::Later => "ADV",
                MoneyFor::CreditNote(_) => "REFUND",
            };
            let count = names.entry(series).or_insert(0_u32);
            *count += 1;
            it.erpnext_name = Some(format!("{series}-{count:05}"));
        }
    }
    money
}

struct Making<'a> {
    data: &'a DemoData,
    taxes: TaxRates,
    rng: StdRng,
    /// What nobody has paid yet of each invoice, on either side, nor settled by credit.
    open: Vec<Decimal>,
    /// The numbers and names that are part of a trouble.
    troubled: BTreeSet<&'a str>,
}

impl<'a> Making<'a> {
    fn of(data: &'a DemoData) -> Self {
        let taxes = TaxRates::of(data.config.country);
        let totals = data.invoices.iter().map(|invoice| total(invoice, &taxes));
        let mut open: Vec<Decimal> = totals.collect();
        for part in data.payments.iter().flat_map(|it| &it.parts) {
            open[part.invoice] -= part.amount;
        }
        for used in data.credit_notes.iter().flat_map(|it| &it.uses) {
            open[used.invoice] -= used.amount;
        }
        let expected = data.expected.iter();
        let troubled = expected.flat_map(|it| it.with.iter().chain([&it.title]));
        Self {
            rng: StdRng::seed_from_u64(data.config.seed ^ 0x6d6f_6e65_7921),
            troubled: troubled.map(String::as_str).collect(),
            data,
            taxes,
            open,
        }
    }

    /// Money of customers at home, at most once each: two of one customer would be told by their days alone.
    fn ahead(&mut self, count: usize) -> Vec<DemoMoney> {
        const PLACES: [Place; 3] = [Place::Both, Place::Xero, Place::Erpnext];
        let data = self.data;
        let home = data.config.country.currency();
        let abroad: BTreeSet<usize> = (data.invoices.iter())
            .filter(|invoice| invoice.currency != home)
            .map(|invoice| invoice.contact)
            .collect();
        let mut from: Vec<usize> = (data.contacts.iter().enumerate())
            .filter(|(index, it)| it.invoiced && it.currency == home && !abroad.contains(index))
            .filter(|(_, it)| {
                let names = [it.xero_name.as_str(), it.erpnext_name.as_str()];
                !names.iter().any(|name| self.troubled.contains(name))
            })
            .map(|(index, _)| index)
            .collect();
        let mut made = Vec::new();
        for turn in 0..count {
            let place = PLACES[turn % PLACES.len()];
            let stands =
                |index: &usize| sides(place).all(|it| data.contacts[*index].place.includes(it));
            let fit: Vec<usize> = from.iter().copied().filter(stands).collect();
            if fit.is_empty() {
                continue;
            }
            let contact = fit[self.rng.random_range(0..fit.len())];
            from.retain(|it| *it != contact);
            let date = data.config.today - Days::new(self.rng.random_range(20..200));
            // Not what anybody pays for an invoice.
            let amount = Decimal::new(self.rng.random_range(400..9_000) * 100 + 7, 2);
            let mut money = DemoMoney {
                what: MoneyFor::Later,
                date,
                place,
                contact,
                amount,
                reference: self.rng.random_bool(0.6).then(|| "On account".to_owned()),
                erpnext_name: None,
                uses: Vec::new(),
            };
            // Two in three are used for something by now.
            if turn % 3 != 1 {
                money.uses.extend(self.used(&money));
            }
            made.push(money);
        }
        made
    }

    /// What money that came ahead is used for: an invoice of the customer that is open.
    fn used(&mut self, money: &DemoMoney) -> Option<DemoUse> {
        let data = self.data;
        let index = (data.invoices.iter().enumerate()).position(|(index, invoice)| {
            invoice.contact == money.contact
                && invoice.xero_rate == Decimal::ONE
                && self.open[index] >= Decimal::TEN
                && sides(money.place).all(|it| invoice.place.includes(it))
                && !self.troubled.contains(invoice.number.as_str())
        })?;
        let part = Decimal::new(self.rng.random_range(30..100), 2);
        let amount = cents(self.open[index].min(money.amount) * part);
        self.open[index] -= amount;
        let first = money.date.max(data.invoices[index].date);
        Some(DemoUse {
            invoice: index,
            amount,
            date: self.day(first, 15),
            place: match money.place {
                Place::Both => entered(&mut self.rng),
                place => place,
            },
        })
    }

    /// What is left of credit notes, paid back now and then.
    fn paid_out(&mut self) -> Vec<DemoMoney> {
        let data = self.data;
        let mut made = Vec::new();
        let mut met = 0_usize;
        for (index, note) in data.credit_notes.iter().enumerate() {
            let used: Decimal = note.uses.iter().map(|it| it.amount).sum();
            let left = note.total(&self.taxes) - used;
            let plain = note.standing == Standing::Approved
                && !note.lowers_invoice
                && note.xero_rate == Decimal::ONE
                && left >= Decimal::ONE;
            if !plain {
                continue;
            }
            met += 1;
            if met % NOTES_EACH != 1 {
                continue;
            }
            let amount = if self.rng.random_bool(0.6) {
                left
            } else {
                cents(left * Decimal::new(self.rng.random_range(30..80), 2))
            };
            let last = note.uses.iter().map(|it| it.date).max();
            let date = self.day(last.unwrap_or(note.date).max(note.date), 20);
            made.push(DemoMoney {
                what: MoneyFor::CreditNote(index),
                date,
                place: match note.place {
                    Place::Both => entered(&mut self.rng),
                    place => place,
                },
                contact: note.contact,
                amount,
                reference: self.rng.random_bool(0.6).then(|| "Paid back".to_owned()),
                erpnext_name: None,
                uses: Vec::new(),
            });
        }
        made
    }

    /// A day within so many after another, and not after today.
    fn day(&mut self, after: NaiveDate, within: u64) -> NaiveDate {
        (after + Days::new(self.rng.random_range(0..=within))).min(self.data.config.today)
    }
}

fn sides(place: Place) -> impl Iterator<Item = System> {
    let systems = [System::Xero, System::Erpnext].into_iter();
    systems.filter(move |system| place.includes(*system))
}

/// Never nothing.
fn cents(amount: Decimal) -> Decimal {
    let cents = amount.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero);
    cents.max(Decimal::new(1, 2))
}
