//! What every customer owes on both sides, by link.

use std::collections::{BTreeMap, BTreeSet};

use engine::run::credits::customers;
use ledger::{Currency, OpenCredit, RemoteId, Side};
use rust_decimal::Decimal;
use store::{PairingId, RecordKey, Store, StoreError};

/// Xero's place and ERPNext's in a pair of values.
pub(super) const fn place(side: Side) -> usize {
    match side {
        Side::Xero => 0,
        Side::Erpnext => 1,
    }
}

/// An amount of a side as a part of Xero less ERPNext.
pub(super) fn signed(side: Side, amount: Decimal) -> Decimal {
    match side {
        Side::Xero => amount,
        Side::Erpnext => -amount,
    }
}

/// One customer.
#[derive(Debug, Clone, Default)]
pub(super) struct Customer {
    /// Its identities on each side: those that were merged into it too.
    pub ids: [BTreeSet<RemoteId>; 2],
    /// What is owed, by currency: invoices less credits.
    pub sums: BTreeMap<Currency, [Decimal; 2]>,
    /// What is open beside invoices.
    pub credits: Vec<(Side, OpenCredit)>,
    /// Whether a document of it has no link.
    pub alone: bool,
    /// Digests of which linked documents have which amounts due.
    digests: [u64; 2],
}

impl Customer {
    /// Whether its documents have to be looked at to know what differs.
    pub(super) fn in_question(&self) -> bool {
        let [xero, erpnext] = self.digests;
        self.alone || xero != erpnext || self.sums.values().any(|[xero, erpnext]| xero != erpnext)
    }
}

/// All customers that have something open, by contact: Xero's where it is linked.
pub(super) fn all(
    store: &Store,
    pairing: PairingId,
) -> Result<BTreeMap<RecordKey, Customer>, StoreError> {
    let mut owing = Vec::new();
    store.owed_each(pairing, |it| owing.push(it))?;
    let credits = store.credits(pairing)?;
    let of_documents = owing.iter().map(|it| (it.side, it.contact.clone()));
    let of_credits = credits.iter().map(|(side, it)| (*side, it.contact.clone()));
    let known = customers(store, pairing, &of_documents.chain(of_credits).collect())?;
    let mut found: BTreeMap<RecordKey, Customer> = BTreeMap::new();
    let mut at = |side: Side, id: &RemoteId, add: &mut dyn FnMut(&mut Customer)| {
        let Some(who) = known.get(&(side, id.clone())) else {
            return;
        };
        let customer = found.entry(who.contact.clone()).or_default();
        for key in [Some(&who.contact), who.counterpart.as_ref()]
            .into_iter()
            .flatten()
        {
            customer.ids[place(key.side)].insert(key.id.clone());
        }
        customer.ids[place(side)].insert(id.clone());
        add(customer);
    };
    for it in &owing {
        at(it.side, &it.contact, &mut |customer| {
            customer.sums.entry(it.currency).or_default()[place(it.side)] += it.due;
            customer.alone |= it.alone > 0;
            let digest = &mut customer.digests[place(it.side)];
            *digest = digest.wrapping_add(it.digest);
        });
    }
    for (side, credit) in credits {
        at(side, &credit.contact, &mut |customer| {
            customer.sums.entry(credit.currency).or_default()[place(side)] -= credit.open;
            customer.credits.push((side, credit.clone()));
        });
    }
    Ok(found)
}
