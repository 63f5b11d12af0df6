//! A payment that one side only has, made on the other.

use std::collections::BTreeMap;

use ledger::{
    Cause, DocumentState, Kind, Money, PaidDocument, Payment, PaymentAllocation, Record, Reference,
    RemoteId, Side,
};
use rust_decimal::Decimal;

use super::super::contacts::{Counterpart, counterpart};
use super::super::{Outcome, PlannedWrite, Scope, planned, unless_refused};
use super::{Carried, Outlook, PaymentPlanner};
use crate::books::Change;

/// Why a payment is not made on the other side.
enum Stays {
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
    /// of the target's invoices.
    pub(super) fn create(
        &mut self,
        side: Side,
        carried: &Carried<'_>,
        left: &mut BTreeMap<RemoteId, Decimal>,
    ) -> Outcome {
        let target = side.other();
        let made = self.made(side, carried, left);
        let explained = !matches!(&made, Err(Stays::TooMuch(_) | Stays::Outside(_)));
        if explained {
            self.expect_on(target, &carried.paid, Decimal::NEGATIVE_ONE);
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
    fn made(
        &self,
        side: Side,
        carried: &Carried<'_>,
        left: &mut BTreeMap<RemoteId, Decimal>,
    ) -> Result<(Payment, Vec<Reference>), Stays> {
        let (target, payment) = (side.other(), carried.payment);
        if !self.policy.payments.allows(target) {
            return Err(Stays::Outside(Scope::Direction));
        }
        if side == Side::Erpnext && carried.record.marker.is_some() {
            // Its counterpart is not among Xero's payments, and none there ever goes without a trace.
            return Err(Cause::Vanished { side: target }.into());
        }
        let kind = super::settles(payment);
        let mut waits_for = Vec::new();
        let mut allocations = Vec::new();
        let mut fits = Vec::new();
        let mut contact: Option<RemoteId> = None;
        for (id, amount) in &carried.paid {
            let waits = || super::waits_for(side, kind, id);
            let invoice = (self.documents.get(side, id)).ok_or(Stays::Outside(Scope::Document))?;
            let (there, of) = match &invoice.outlook {
                Outlook::Stays => return Err(Stays::Outside(Scope::Document)),
                Outlook::Waits => return Err(waits().into()),
                Outlook::Linked(other) | Outlook::Matched(other) => {
                    let there = self.documents.get(target, other).ok_or_else(waits)?;
                    if there.ended {
                        return Err(waits().into());
                    }
                    fits.push((other.clone(), there.due, *amount));
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
                amount: *amount,
            });
        }
        let contact = contact.ok_or(Stays::Outside(Scope::Document))?;
        let bank_account = self.bank_there(side, payment)?;
        fit(target, payment, &fits, left)?;
        waits_for.sort();
        waits_for.dedup();
        let made = Payment {
            number: None,
            direction: payment.direction,
            state: DocumentState::Approved,
            contact,
            contact_name: payment.contact_name.clone(),
            date: payment.date,
            currency: payment.currency,
            exchange_rate: payment.exchange_rate,
            amount: payment.amount,
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
            Some(Counterpart::Blocked) | None => Err(Cause::WaitsForContact { side, contact }),
        }
    }

    pub(super) fn counterpart(&self, side: Side, contact: &RemoteId) -> Option<Counterpart<'_>> {
        counterpart(self.contacts, [&self.situation.contacts], side, contact)
    }
}

/// Whether the target still owes as much of each invoice as is paid of it.
fn fit(
    target: Side,
    payment: &Payment,
    paid: &[(RemoteId, Decimal, Decimal)],
    left: &mut BTreeMap<RemoteId, Decimal>,
) -> Result<(), Stays> {
    let said = |amount: Decimal| {
        let currency = payment.currency;
        Money { amount, currency }.to_string()
    };
    for (id, due, amount) in paid {
        let owed = left.get(id).copied().unwrap_or(*due);
        if *amount > owed {
            return Err(Stays::TooMuch(Cause::PaidTooMuch {
                side: target,
                paid: said(*amount),
                owed: said(owed),
            }));
        }
    }
    for (id, due, amount) in paid {
        *left.entry(id.clone()).or_insert(*due) -= *amount;
    }
    Ok(())
}
