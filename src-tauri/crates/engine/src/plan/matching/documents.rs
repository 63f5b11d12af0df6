//! Which invoices without a link are one, or which credit notes.
//!
//! A number is given by each system on its own, so the same number is not yet the same document: it is
//! where the customer is the same one and at least one figure or date is. Otherwise the number was taken
//! by another document, and neither is touched.

use std::collections::BTreeMap;

use ledger::{DocumentState, RemoteId};

use super::{Ambiguous, MatchReason, SameContact, Seen, State};
use crate::plan::Card;

/// The number of a document as it is compared.
pub(in crate::plan) fn number_key(number: &str) -> String {
    number.trim().to_lowercase()
}

impl Seen for Card {
    const ENDED_MAY_HINT: bool = false;

    fn id(&self) -> &RemoteId {
        &self.id
    }

    fn marker(&self) -> Option<&RemoteId> {
        self.marker.as_ref()
    }

    fn ended(&self) -> bool {
        self.state == DocumentState::Voided
    }

    fn hint_is_right(&self, erpnext: &Self, same_contact: SameContact<'_>) -> bool {
        same_contact(&self.contact, &erpnext.contact) == Some(true) && alike(self, erpnext)
    }

    fn resolve(state: &mut State<'_, Self>, same_contact: SameContact<'_>) {
        by_number(state, same_contact);
        by_looks(state, same_contact);
    }
}

/// Whether two documents of one customer have anything in common that two unrelated ones would not.
fn alike(xero: &Card, erpnext: &Card) -> bool {
    xero.currency == erpnext.currency
        && (xero.date == erpnext.date
            || xero.total == erpnext.total
            || (xero.amount_due == erpnext.amount_due && !xero.amount_due.is_zero()))
}

type Groups<K> = BTreeMap<K, (Vec<usize>, Vec<usize>)>;

/// The documents that still stand, by a key, where both sides have some of it.
fn grouped<K: Ord>(state: &State<'_, Card>, key: impl Fn(&Card) -> Option<K>) -> Groups<K> {
    let live = |index: usize, of: &[&Card]| {
        of.get(index)
            .filter(|it| !it.ended())
            .and_then(|it| key(it))
    };
    // What only one side has makes no group, so the keys of one side are enough to begin with.
    let mut groups = Groups::new();
    for index in &state.open.xero {
        if let Some(key) = live(*index, state.xero) {
            groups
                .entry(key)
                .or_insert((Vec::new(), Vec::new()))
                .0
                .push(*index);
        }
    }
    for index in &state.open.erpnext {
        if let Some(key) = live(*index, state.erpnext)
            && let Some(group) = groups.get_mut(&key)
        {
            group.1.push(*index);
        }
    }
    groups.retain(|_, (_, erpnext)| !erpnext.is_empty());
    groups
}

fn by_number(state: &mut State<'_, Card>, same_contact: SameContact<'_>) {
    for (_, (xero, erpnext)) in grouped(state, |it| it.number.as_deref().map(number_key)) {
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
        let (ours, theirs) = (state.xero[left], state.erpnext[right]);
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
fn by_looks(state: &mut State<'_, Card>, same_contact: SameContact<'_>) {
    let groups = grouped(state, |it| {
        Some((it.date, it.total.normalize(), it.currency))
    });
    for (_, (xero, erpnext)) in groups {
        let contact = |records: &[&Card], index: usize| -> Option<RemoteId> {
            Some(records.get(index)?.contact.clone())
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
