//! A payment that one side only has, made on the other.

use std::collections::BTreeMap;

use ledger::{
    Cause, Currency, DocumentState, Kind, Money, PaidDocument, Payment, PaymentAllocation,
    PaymentDirection, Record, Reference, RemoteId, Side,
};
use rust_decimal::Decimal;

use super::super::contacts::{Counterpart, counterpart};
use super::super::{Outcome, PlannedWrite, Scope, planned, unless_refused};
use super::{Carried, Outlook, PaymentPlanner};
use crate::books::Change;

/// Why a payment is not made on the other side.
pub(super) enum Stays {
    /// The rules leave it alone, or what it is for.
    Outside(Scope),
    /// A person is needed.
    Cause(Cause),
    /// The other side has something else instead: what it owes will not change.
    TooMuch(Cause),
}

impl From<Cause> for Stays {
    fn from(cause: Cause) -> Self {
        Self::Cause(cause)
    }
}

impl PaymentPlanner<'_> {
    /// A payment that the other side lacks. `left` is what earlier payments of this plan leave to be paid
    /// of the target's documents, and what later ones pay of the side's own.
    pub(super) fn create(&mut self, side: Side, carried: &Carried<'_>, left: &mut Left) -> Outcome {
        let target = side.other();
        for (id, amount) in &carried.paid {
            left.passed(id, *amount);
        }
        let made = self.made(side, carried, left);
        match &made {
            Ok(_) | Err(Stays::Cause(_)) => {
                self.expect_on(target, &carried.paid, Decimal::NEGATIVE_ONE);
            }
            Err(Stays::TooMuch(_)) => self.expect_instead(target, &carried.paid),
            Err(Stays::Outside(_)) => {}
        }
        let (payment, waits_for) = match made {
            Ok(made) => made,
            Err(Stays::Outside(scope)) => return Outcome::OutOfScope(scope),
            Err(Stays::Cause(cause) | Stays::TooMuch(cause)) => {
                return Outcome::Problem { side, cause };
            }
        };
        let id = &carried.record.id;
        let change = Change::Create {
            record: Record::Payment(payment),
            source: id.clone(),
            source_link: None,
        };
        let writes = vec![PlannedWrite {
            waits_for,
            ..planned(target, change, carried.record)
        }];
        unless_refused(self.situation, Kind::Payment, side, id, writes)
    }

    /// The payment in the target's terms, but for what it waits for.
    pub(super) fn made(
        &self,
        side: Side,
        carried: &Carried<'_>,
        left: &mut Left,
    ) -> Result<(Payment, Vec<Reference>), Stays> {
        let (target, payment) = (side.other(), carried.payment);
        if !self.policy.payments.allows(target) {
            return Err(Stays::Outside(Scope::Direction));
        }
        if side == Side::Erpnext && carried.record.marker.is_some() && !carried.anew {
            // Its counterpart is not among Xero's payments, and none there ever goes without a trace.
            return Err(Cause::Vanished { side: target }.into());
        }
        let kind = super::settles(payment);
        let mut waits_for = Vec::new();
        let mut allocations = Vec::new();
        let mut fits = Vec::new();
        let mut contact: Option<RemoteId> = None;
        let units = payment.units_apart();
        let mut currency = payment.currency;
        for (id, amount) in &carried.paid {
            let waits = || super::waits_for(side, kind, id);
            let invoice = (self.documents.get(side, id)).ok_or(Stays::Outside(Scope::Document))?;
            let mut amount = *amount;
            // What is open on this side once it is paid, and later ones are not.
            let leaves = invoice.due + left.later(id).0;
            let (there, of) = match &invoice.outlook {
                Outlook::Stays => return Err(Stays::Outside(Scope::Document)),
                Outlook::Waits => return Err(waits().into()),
                Outlook::Linked(other) | Outlook::Matched(other) => {
                    let there = self.documents.get(target, other).ok_or_else(waits)?;
                    // What is still to be taken off it comes first.
                    let waits_first = !carried.anew && self.freed.holds(target, other);
                    if there.ended || waits_first {
                        return Err(waits().into());
                    }
                    if units > Decimal::ZERO {
                        let open = left.of(other, there.due);
                        amount = to_leave(amount, open, (leaves, left.later(id).1), units);
                    }
                    let apart = there.unit().max(invoice.unit());
                    fits.push((other.clone(), there.due, amount, apart));
                    if target == Side::Erpnext && self.is_archived_there(side, &invoice.contact) {
                        return Err(Cause::ContactArchived { side: target }.into());
                    }
                    if invoice.replaced {
                        waits_for.push(Reference {
                            kind,
                            id: (*id).clone(),
                        });
                        ((*id).clone(), there.contact.clone())
                    } else {
                        (other.clone(), there.contact.clone())
                    }
                }
                Outlook::Created => {
                    if units > Decimal::ZERO {
                        let open = left.of(id, invoice.total);
                        amount = to_leave(amount, open, (leaves, left.later(id).1), units);
                        left.take(id, invoice.total, amount);
                    }
                    waits_for.push(Reference {
                        kind,
                        id: (*id).clone(),
                    });
                    let (of, waits) = self.contact_there(side, &invoice.contact)?;
                    waits_for.extend(waits);
                    ((*id).clone(), of)
                }
            };
            if contact.as_ref().is_some_and(|known| *known != of) {
                let why = "its documents belong to several contacts on the other side".to_owned();
                return Err(Cause::PaymentNotCarried { side, why }.into());
            }
            contact = Some(of);
            allocations.push(PaymentAllocation {
                id: None,
                document: match kind {
                    Kind::CreditNote => PaidDocument::CreditNote(there),
                    _ => PaidDocument::Invoice(there),
                },
                amount,
                in_document: None,
                leaves: (invoice.unit() > Decimal::ZERO).then_some(leaves),
            });
            currency = invoice.currency;
        }
        let contact = contact.ok_or(Stays::Outside(Scope::Document))?;
        let bank_account = self.bank_there(side, payment)?;
        fit(target, currency, &fits, left)?;
        waits_for.sort();
        waits_for.dedup();
        let amount: Decimal = allocations.iter().map(|part| part.amount).sum();
        let exchange_rate = match lost(payment) {
            lost if lost.is_zero() && currency == payment.currency => payment.exchange_rate,
            lost => moved(payment, lost).checked_div(amount),
        };
        let made = Payment {
            number: None,
            direction: payment.direction,
            state: DocumentState::Approved,
            contact,
            contact_name: payment.contact_name.clone(),
            date: payment.date,
            currency,
            exchange_rate,
            amount,
            bank_account: Some(bank_account),
            bank_amount: payment.bank_amount,
            mode: None,
            reference: payment.reference.clone().or_else(|| payment.number.clone()),
            allocations,
            unallocated: Decimal::ZERO,
            deductions: Vec::new(),
            reconciled: false,
            on_account: false,
            with: Vec::new(),
            credits: Vec::new(),
            bank_currency: payment.bank_currency,
        };
        Ok((made, waits_for))
    }

    /// Whether the contact is archived on the other side, which takes nothing for it then.
    pub(super) fn is_archived_there(&self, side: Side, contact: &RemoteId) -> bool {
        let there = self.counterpart(side, contact);
        matches!(there, Some(Counterpart::Known { archived: true, .. }))
    }

    /// The contact's identity on the other side, where it is known now; else the source's, and the write
    /// waits for it.
    pub(super) fn contact_there(
        &self,
        side: Side,
        contact: &RemoteId,
    ) -> Result<(RemoteId, Option<Reference>), Cause> {
        let contact = contact.clone();
        match self.counterpart(side, &contact) {
            Some(Counterpart::Known { other, .. }) => Ok((other.clone(), None)),
            Some(Counterpart::Planned) => Ok((contact.clone(), Some(Reference::contact(contact)))),
            Some(Counterpart::Archived) => Err(Cause::ContactArchived { side }),
            Some(Counterpart::Blocked) | None => Err(Cause::WaitsForContact { side, contact }),
        }
    }

    pub(super) fn counterpart(&self, side: Side, contact: &RemoteId) -> Option<Counterpart<'_>> {
        counterpart(self.contacts, [&self.situation.contacts], side, contact)
    }
}

/// What the payments of a plan leave of documents.
#[derive(Debug, Default)]
pub(super) struct Left {
    /// To be paid of the target's, by earlier ones.
    there: BTreeMap<RemoteId, Decimal>,
    /// Paid of the side's own by later ones, and by how many.
    later: BTreeMap<RemoteId, (Decimal, u32)>,
}

impl Left {
    /// `carried` are all payments that will come by.
    pub(super) fn of_all<'c>(carried: impl Iterator<Item = &'c Carried<'c>>) -> Self {
        let mut left = Self::default();
        for (id, amount) in carried.flat_map(|it| &it.paid) {
            let later = left.later.entry((*id).clone()).or_default();
            later.0 += amount;
            later.1 += 1;
        }
        left
    }

    /// So much is to be paid of a document there.
    pub(super) fn owes(&mut self, id: &RemoteId, due: Decimal) {
        self.there.insert(id.clone(), due);
    }

    /// One of them came by.
    fn passed(&mut self, id: &RemoteId, amount: Decimal) {
        if let Some(later) = self.later.get_mut(id) {
            later.0 -= amount;
            later.1 = later.1.saturating_sub(1);
        }
    }

    fn later(&self, id: &RemoteId) -> (Decimal, u32) {
        self.later.get(id).copied().unwrap_or_default()
    }

    /// What is left to be paid of a document there of which this was due.
    fn of(&self, id: &RemoteId, due: Decimal) -> Decimal {
        self.there.get(id).copied().unwrap_or(due)
    }

    fn take(&mut self, id: &RemoteId, due: Decimal, amount: Decimal) {
        *self.there.entry(id.clone()).or_insert(due) -= amount;
    }
}

/// How much is paid of a document that the payment's side keeps in another currency, where `open` is owed of
/// it on the other side: what leaves there what is left here. So nothing is left where nothing is owed here, and
/// no cent is lost however many payments there are. Where something else is between the two sides, it is what
/// the payment itself says.
fn to_leave(
    amount: Decimal,
    open: Decimal,
    (leaves, later): (Decimal, u32),
    units: Decimal,
) -> Decimal {
    let meant = open - leaves;
    let apart = units * Decimal::from(later + 2);
    if meant > Decimal::ZERO && (meant - amount).abs() <= apart {
        meant
    } else if amount > open && amount - open <= apart {
        open
    } else {
        amount
    }
}

/// What was lost between the rate of the day and the one that the documents are booked at, in the base currency;
/// a gain is less than nothing.
fn lost(payment: &Payment) -> Decimal {
    let deductions = payment.deductions.iter();
    let exchange = deductions.filter(|it| it.exchange_difference);
    exchange.map(|it| it.base_amount).sum()
}

/// What a payment is worth on its day, in the base currency: what it takes off the receivable account, less
/// what was lost. From this follows the rate that Xero has to be told, so that its bank account moves by as much.
fn moved(payment: &Payment, lost: Decimal) -> Decimal {
    let booked = payment.amount * payment.exchange_rate.unwrap_or(Decimal::ONE);
    match payment.direction {
        PaymentDirection::Received => booked - lost,
        PaymentDirection::Refunded => booked + lost,
    }
}

/// Whether the target still owes as much of each invoice as is paid of it, but for the units of two currencies.
fn fit(
    target: Side,
    currency: Currency,
    paid: &[(RemoteId, Decimal, Decimal, Decimal)],
    left: &mut Left,
) -> Result<(), Stays> {
    let said = |amount: Decimal| Money { amount, currency }.to_string();
    for (id, due, amount, units) in paid {
        let owed = left.of(id, *due);
        // ERPNext may keep it in the base currency; Xero owes to the cent.
        let apart = match target {
            Side::Erpnext => *units,
            Side::Xero => Decimal::ZERO,
        };
        if *amount > owed + apart {
            return Err(Stays::TooMuch(Cause::PaidTooMuch {
                side: target,
                paid: said(*amount),
                owed: said(owed),
            }));
        }
    }
    for (id, due, amount, _) in paid {
        left.take(id, *due, *amount);
    }
    Ok(())
}
