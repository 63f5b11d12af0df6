//! What settles documents, loaded by these: it need not have changed itself.

use std::collections::{BTreeMap, BTreeSet};

use ledger::{Kind, RemoteId, Side};
use store::{PairingId, RecordKey, Store, StoreError, StoredRecord};

use super::read::pair;
use super::{counterparts, named, open};
use crate::plan::{Documents, Situation};

/// The linked payments and credit notes that settle these documents and that the situation does not hold, with
/// what they refer to.
pub(in crate::run) fn settling(
    store: &Store,
    pairing: PairingId,
    situation: &Situation,
    documents: &[(Side, RemoteId)],
) -> Result<Situation, StoreError> {
    let mut held: BTreeSet<i64> = situation.pairs.iter().map(|pair| pair.link).collect();
    let mut found = Situation {
        merged: situation.merged.clone(),
        merged_customers: situation.merged_customers.clone(),
        ..Situation::default()
    };
    for record in settled_by(store, pairing, documents)? {
        if record.link.is_none_or(|link| !held.insert(link.0)) {
            continue;
        }
        let (kind, side, id) = (record.kind, record.side, &record.row.id);
        if let Some(link) = store.link_of(pairing, kind, side, id)? {
            found.pairs.push(pair(store, pairing, kind, &link)?);
        }
    }
    if !found.pairs.is_empty() {
        for kind in Kind::ALL.into_iter().filter(|kind| kind.is_document()) {
            let open = open(store, pairing, &found, &Documents::default(), kind)?;
            found.open.extend(open);
        }
        found.money = open(store, pairing, &found, &Documents::default(), Kind::Payment)?;
        let named = named(found.pairs.iter());
        found.contacts = counterparts(store, pairing, situation, named)?;
    }
    Ok(found)
}

/// The payments and credit notes that stand and are stored as settling these documents. A contact's are looked
/// through once, however many of its documents these are.
pub(in crate::run) fn settled_by(
    store: &Store,
    pairing: PairingId,
    documents: &[(Side, RemoteId)],
) -> Result<Vec<StoredRecord>, StoreError> {
    let mut of: BTreeMap<(Side, RemoteId), BTreeSet<(Kind, &RemoteId)>> = BTreeMap::new();
    for (side, id) in documents {
        for kind in Kind::ALL.into_iter().filter(|kind| kind.is_document()) {
            let key = RecordKey {
                side: *side,
                kind,
                id: id.clone(),
            };
            let document = store.record(pairing, &key)?;
            let document = document.and_then(|it| it.row.record.ok());
            let mut contacts = (document.iter()).flat_map(|it| it.refers_to(Kind::Contact));
            if let Some(contact) = contacts.next() {
                let contact = (*side, contact.clone());
                of.entry(contact).or_default().insert((kind, id));
            }
        }
    }
    let mut found = Vec::new();
    for ((side, contact), documents) in of {
        let kinds: BTreeSet<Kind> = documents.iter().map(|(kind, _)| *kind).collect();
        let mut settling = store.settling(pairing, side, &contact)?;
        settling.retain(|record| {
            (record.row.record.as_ref()).is_ok_and(|it| {
                let mut named = kinds
                    .iter()
                    .flat_map(|kind| it.refers_to(*kind).map(|id| (*kind, id)));
                !it.ended() && named.any(|of| documents.contains(&of))
            })
        });
        found.extend(settling);
    }
    Ok(found)
}
