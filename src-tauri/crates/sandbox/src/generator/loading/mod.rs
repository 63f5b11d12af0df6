//! Enters generated books into the two simulated systems, as people would have entered them: day
//! by day, customers first.

mod into_erpnext;
mod into_xero;

use std::{panic, thread};

use chrono::{DateTime, Months, NaiveDate, NaiveTime, TimeDelta, Utc};

use super::{DemoData, DemoMoney, DemoPayment, DemoUse};
use crate::System;
use crate::erpnext::ErpnextWorld;
use crate::xero::XeroWorld;

/// When the books were opened: before the oldest document.
pub fn begin(data: &DemoData, now: DateTime<Utc>) -> DateTime<Utc> {
    morning(data.config.today - Months::new(21), 0).min(now)
}

/// `after` milliseconds after eight in the morning.
fn morning(day: NaiveDate, after: i64) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN).and_utc() + TimeDelta::hours(8) + TimeDelta::milliseconds(after)
}

/// Something entered on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Entry {
    /// The invoice with this index.
    Invoice(usize),
    /// The credit note with this index.
    CreditNote(usize),
    /// The payment with this index.
    Payment(usize),
    /// A use of a credit note: the note's index, and its own among those of the note.
    Use(usize, usize),
    /// The money that is for no invoice, with this index.
    Money(usize),
    /// A use of money that was paid ahead: its index, and the use's among those of it.
    MoneyUse(usize, usize),
}

/// A person who enters records into one of the systems.
trait Entering {
    /// Which one.
    const SYSTEM: System;

    /// The customer with this index.
    fn contact(&mut self, index: usize, at: DateTime<Utc>) -> Result<(), String>;

    /// The invoice with this index.
    fn invoice(&mut self, index: usize, at: DateTime<Utc>) -> Result<(), String>;

    /// The credit note with this index, as far as it has come.
    fn credit_note(&mut self, index: usize, at: DateTime<Utc>) -> Result<(), String>;

    /// A payment.
    fn payment(&mut self, payment: &DemoPayment, at: DateTime<Utc>) -> Result<(), String>;

    /// A use of the credit note with this index, for an invoice.
    fn credit(&mut self, note: usize, used: &DemoUse, at: DateTime<Utc>) -> Result<(), String>;

    /// Money with this index that is for no invoice.
    fn money(&mut self, index: usize, money: &DemoMoney, at: DateTime<Utc>) -> Result<(), String>;

    /// A use of the money with this index, for an invoice.
    fn money_used(&mut self, index: usize, used: &DemoUse, at: DateTime<Utc>)
    -> Result<(), String>;
}

/// Enters everything. The two systems know nothing of each other, so they are filled side by side.
///
/// # Errors
/// What a system refused and about which record, in words; a bug in the generator.
pub fn load(
    data: &DemoData,
    xero: &mut XeroWorld,
    erpnext: &mut ErpnextWorld,
    now: DateTime<Utc>,
) -> Result<(), String> {
    let opened = begin(data, now);
    let entries = entries(data);
    let (in_xero, in_erpnext) = thread::scope(|scope| {
        let in_erpnext = scope.spawn(|| {
            let mut person = into_erpnext::Entering::new(data, erpnext);
            person.set_up(opened)?;
            enter(data, &entries, &mut person, now)
        });
        let mut person = into_xero::Entering::new(data, xero);
        let in_xero = enter(data, &entries, &mut person, now).and_then(|()| person.lock(now));
        let in_erpnext = in_erpnext
            .join()
            .unwrap_or_else(|panicked| panic::resume_unwind(panicked));
        (in_xero, in_erpnext)
    });
    in_xero.and(in_erpnext)
}

/// Enters what exists in a system, each record when it came up there.
fn enter<P: Entering>(
    data: &DemoData,
    entries: &[(NaiveDate, Entry)],
    person: &mut P,
    now: DateTime<Utc>,
) -> Result<(), String> {
    let opened = begin(data, now);
    for (index, contact) in data.contacts.iter().enumerate() {
        let after = i64::try_from(index).unwrap_or(i64::MAX / 2);
        let at = (opened + TimeDelta::minutes(5) + TimeDelta::milliseconds(after)).min(now);
        if contact.place.includes(P::SYSTEM) {
            person.contact(index, at)?;
        }
    }
    let mut day = NaiveDate::MIN;
    let mut of_the_day = 0;
    for (date, entry) in entries {
        of_the_day = if *date == day { of_the_day + 1 } else { 0 };
        day = *date;
        let at = morning(*date, of_the_day * 40).min(now);
        match *entry {
            Entry::Invoice(index) => {
                if data.invoices[index].place.includes(P::SYSTEM) {
                    person.invoice(index, at)?;
                }
            }
            Entry::Payment(index) => {
                let payment = &data.payments[index];
                if payment.place.includes(P::SYSTEM) {
                    person.payment(payment, at)?;
                }
            }
            Entry::CreditNote(index) => {
                if data.credit_notes[index].place.includes(P::SYSTEM) {
                    person.credit_note(index, at)?;
                }
            }
            Entry::Money(index) => {
                let money = &data.money[index];
                if money.place.includes(P::SYSTEM) {
                    person.money(index, money, at)?;
                }
            }
            Entry::MoneyUse(money, index) => {
                let used = &data.money[money].uses[index];
                if used.place.includes(P::SYSTEM) {
                    person.money_used(money, used, at)?;
                }
            }
            Entry::Use(note, index) => {
                let used = &data.credit_notes[note].uses[index];
                if used.place.includes(P::SYSTEM) {
                    person.credit(note, used, at)?;
                }
            }
        }
    }
    Ok(())
}

/// Documents, payments, other money, and what credit notes and money are used for, in order of their dates.
fn entries(data: &DemoData) -> Vec<(NaiveDate, Entry)> {
    let invoices = data.invoices.iter().enumerate();
    let payments = data.payments.iter().enumerate();
    let notes = data.credit_notes.iter().enumerate();
    let uses = notes.clone().flat_map(|(note, it)| {
        let uses = it.uses.iter().enumerate();
        uses.map(move |(index, used)| (used.date, Entry::Use(note, index)))
    });
    let money = data.money.iter().enumerate();
    let money_uses = money.clone().flat_map(|(money, it)| {
        let uses = it.uses.iter().enumerate();
        uses.map(move |(index, used)| (used.date, Entry::MoneyUse(money, index)))
    });
    let mut entries: Vec<(NaiveDate, Entry)> = invoices
        .map(|(index, invoice)| (invoice.date, Entry::Invoice(index)))
        .chain(payments.map(|(index, payment)| (payment.date, Entry::Payment(index))))
        .chain(notes.map(|(index, note)| (note.date, Entry::CreditNote(index))))
        .chain(uses)
        .chain(money.map(|(index, it)| (it.date, Entry::Money(index))))
        .chain(money_uses)
        .collect();
    entries.sort_unstable();
    entries
}

#[cfg(test)]
mod tests;
