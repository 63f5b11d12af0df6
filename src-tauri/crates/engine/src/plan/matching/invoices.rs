//! Which sales invoices without a link are one.
//!
//! A number is given by each system on its own, so the same number is not yet the same document: it is
//! where the customer is the same one and at least one figure or date is. Otherwise the number was taken
//! by another document, and neither is touched.

use std::collections::BTreeMap;

use ledger::{Document, Record, RemoteId, Side};

use super::{Ambiguous, MatchReason, SameContact, State};
use crate::plan::SideRecord;

/// The number of an invoice as it is compared.
pub(in crate::plan) fn number_key(number: &str) -> String {
    number.trim().to_lowercase()
}

fn live(record: &SideRecord) -> Option<&Document> {
    match &record.record {
        Record::Invoice(invoice) if !record.record.ended() => Some(invoice),
        Record::Invoice(_) | Record::Contact(_) => None,
    }
}

/// Whether two invoices of one customer have anything in common that two unrelated ones would not.
pub(super) fn alike(xero: &Document, erpnext: &Document) -> bool {
    xero.currency == erpnext.currency
        && (xero.date == erpnext.date
            || xero.total == erpnext.total
            || (xero.amount_due == erpnext.amount_due && !xero.amount_due.is_zero()))
}

/// Matches the invoices that are still open.
pub(super) fn resolve(state: &mut State<'_>, same_contact: SameContact<'_>) {
    by_number(state, same_contact);
    by_looks(state, same_contact);
}

type Groups = BTreeMap<String, (Vec<usize>, Vec<usize>)>;

fn grouped(state: &State<'_>, key: impl Fn(Side, &Document) -> Option<String>) -> Groups {
    let mut groups = Groups::new();
    for index in &state.open.xero {
        if let Some(key) = live(state.xero[*index]).and_then(|it| key(Side::Xero, it)) {
            groups.entry(key).or_default().0.push(*index);
        }
    }
    for index in &state.open.erpnext {
        if let Some(key) = live(state.erpnext[*index]).and_then(|it| key(Side::Erpnext, it)) {
            groups.entry(key).or_default().1.push(*index);
        }
    }
    groups.retain(|_, (xero, erpnext)| !xero.is_empty() && !erpnext.is_empty());
    groups
}

fn by_number(state: &mut State<'_>, same_contact: SameContact<'_>) {
    for (_, (xero, erpnext)) in grouped(state, |_, it| it.number.as_deref().map(number_key)) {
        let one = match (xero.as_slice(), erpnext.as_slice()) {
            ([left], [right]) => Some((*left, *right)),
            _ => None,
        };
        let (Some((left, right)), reason) = (one, MatchReason::Number) else {
            state.ask(Ambiguous {
                xero,
                erpnext,
                reason: MatchReason::Number,
            });
            continue;
        };
        let (Some(ours), Some(theirs)) = (live(state.xero[left]), live(state.erpnext[right]))
        else {
            continue;
        };
        match same_contact(&ours.contact, &theirs.contact) {
            Some(true) if alike(ours, theirs) => state.pair(left, right, reason),
            Some(true) => state.ask(Ambiguous {
                xero,
                erpnext,
                reason,
            }),
            Some(false) => {
                state.open.xero.remove(&left);
                state.open.erpnext.remove(&right);
                state.matches.clashes.push((left, right));
            }
            None => {
                state.open.xero.remove(&left);
                state.open.erpnext.remove(&right);
                state.matches.waiting.push((left, right));
            }
        }
    }
}

/// Different numbers, but same contact, date, total and currency: only ever candidates.
fn by_looks(state: &mut State<'_>, same_contact: SameContact<'_>) {
    let groups = grouped(state, |_, it| {
        let total = it.total.normalize();
        Some(format!("{}\n{total}\n{}", it.date, it.currency))
    });
    for (_, (xero, erpnext)) in groups {
        let contact = |records: &[&SideRecord], index: usize| -> Option<RemoteId> {
            Some(live(records.get(index)?)?.contact.clone())
        };
        // Of each Xero contact those that could be each other's.
        let mut by_contact: BTreeMap<RemoteId, (Vec<usize>, Vec<usize>)> = BTreeMap::new();
        for index in xero {
            if let Some(id) = contact(state.xero, index) {
                by_contact.entry(id).or_default().0.push(index);
            }
        }
        for index in erpnext {
            let Some(id) = contact(state.erpnext, index) else {
                continue;
            };
            let theirs = by_contact
                .iter_mut()
                .find(|(xero, _)| same_contact(xero, &id) == Some(true));
            if let Some((_, group)) = theirs {
                group.1.push(index);
            }
        }
        for (xero, erpnext) in by_contact.into_values() {
            if !erpnext.is_empty() {
                state.ask(Ambiguous {
                    xero,
                    erpnext,
                    reason: MatchReason::Lookalike,
                });
            }
        }
    }
}
