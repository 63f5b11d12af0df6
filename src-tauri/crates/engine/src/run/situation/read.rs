//! Records as a plan takes them from the store: those that are held whole, and documents slice by slice.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::resume_unwind;
use std::thread::{self, ScopedJoinHandle};

use ledger::{Kind, RemoteId, Side};
use store::{Link, PairingId, RecordKey, Scope, Store, StoreError, StoredRecord};

use super::Loaded;
use crate::plan::{
    Base, Card, ContactLink, Documents, Item, LinkedCard, LinkedPair, PerSide, SideRecord,
    UnreadableRow,
};
use crate::run::rows::into_side_record;

/// Records with their contents.
#[derive(Debug, Default)]
pub(in crate::run) struct Slice {
    /// Those that are linked.
    pub pairs: Vec<LinkedPair>,
    /// Those without a link.
    pub unlinked: PerSide<Vec<SideRecord>>,
    /// The counterparts of the contacts that the linked ones name, or named when both sides last
    /// agreed.
    pub contacts: BTreeMap<(Side, RemoteId), ContactLink>,
}

/// The documents of a slice, by their identities.
pub(in crate::run) struct Wanted {
    /// One of the two records of each link.
    linked: Vec<(Side, RemoteId)>,
    alone: PerSide<Vec<RemoteId>>,
    /// Those of ERPNext whose marker's link is looked at too.
    beside: BTreeSet<RemoteId>,
}

impl Wanted {
    /// The documents of some items of a plan.
    pub(in crate::run) fn of<'i>(items: impl IntoIterator<Item = &'i Item>) -> Self {
        let mut wanted = Self {
            linked: Vec::new(),
            alone: PerSide::default(),
            beside: BTreeSet::new(),
        };
        for item in items {
            if item.link().is_some() {
                let one = |side: Side| item.id(side).map(|id| (side, id.clone()));
                let one = one(Side::Xero).or_else(|| one(Side::Erpnext));
                wanted.linked.extend(one);
            } else if !item.is_unreadable() {
                for side in Side::BOTH {
                    wanted.alone.get_mut(side).extend(item.id(side).cloned());
                }
                if item.looks_beside() {
                    wanted.beside.extend(item.id(Side::Erpnext).cloned());
                }
            }
        }
        wanted
    }

    /// Their contents, but for whom the linked ones name.
    pub(in crate::run) fn read(
        self,
        store: &Store,
        pairing: PairingId,
    ) -> Result<Slice, StoreError> {
        let kind = Kind::Invoice;
        let mut slice = Slice::default();
        for side in Side::BOTH {
            let found = store.records_by_ids(pairing, side, kind, self.alone.get(side))?;
            let records = found.into_values().filter_map(into_side_record);
            slice.unlinked.get_mut(side).extend(records);
        }
        let markers = slice.unlinked.erpnext.iter();
        let markers = markers.filter(|record| self.beside.contains(&record.id));
        let markers: Vec<RemoteId> = markers.filter_map(|it| it.marker.clone()).collect();
        let markers = markers.into_iter().map(|marker| (Side::Xero, marker));
        for (side, id) in self.linked.into_iter().chain(markers) {
            if let Some(link) = store.link_of(pairing, kind, side, &id)? {
                slice.pairs.push(pair(store, pairing, kind, &link)?);
            }
        }
        Ok(slice)
    }
}

/// Records of a kind that were read.
#[derive(Default)]
struct Hand {
    pairs: Vec<LinkedPair>,
    unlinked: PerSide<Vec<SideRecord>>,
    documents: Documents,
    unreadable: Vec<UnreadableRow>,
}

/// What is held whole, and the cards of the documents: each kind is read on a thread of its own, and what they
/// come to is put together in the order of the kinds.
pub(super) fn read_whole(
    store: &Store,
    pairing: PairingId,
    loaded: &mut Loaded,
) -> Result<(), StoreError> {
    let read = move |kind: Kind| match kind {
        Kind::Invoice => documents(store, pairing),
        _ => at_hand(store, pairing, kind),
    };
    let hands: Result<Vec<Hand>, StoreError> = thread::scope(|scope| {
        let threads = Kind::ALL.map(|kind| scope.spawn(move || read(kind)));
        threads.into_iter().map(finished).collect()
    });
    let situation = &mut loaded.situation;
    for mut hand in hands? {
        situation.pairs.append(&mut hand.pairs);
        situation.unreadable.append(&mut hand.unreadable);
        loaded.documents.linked.append(&mut hand.documents.linked);
        for side in Side::BOTH {
            let unlinked = hand.unlinked.get_mut(side);
            situation.unlinked.get_mut(side).append(unlinked);
            let cards = hand.documents.unlinked.get_mut(side);
            loaded.documents.unlinked.get_mut(side).append(cards);
        }
    }
    Ok(())
}

/// What a thread came to; its panic is ours.
pub(in crate::run) fn finished<T>(thread: ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| resume_unwind(panic))
}

/// The records of a kind that are held whole.
fn at_hand(store: &Store, pairing: PairingId, kind: Kind) -> Result<Hand, StoreError> {
    let mut hand = Hand::default();
    let mut linked: BTreeMap<i64, RecordKey> = BTreeMap::new();
    store.records_each(pairing, kind, Scope::ToDo, |record| {
        let (side, key, link) = (record.side, record.key(), record.link);
        if record.row.record.is_err() {
            hand.unreadable.push(unreadable(&record));
        } else if let Some(link) = link {
            linked.entry(link.0).or_insert(key);
        } else {
            let read = into_side_record(record);
            hand.unlinked.get_mut(side).extend(read);
        }
    })?;
    for key in linked.into_values() {
        if let Some(link) = store.link_of(pairing, kind, key.side, &key.id)? {
            hand.pairs.push(pair(store, pairing, kind, &link)?);
        }
    }
    Ok(hand)
}

/// The documents to decide about, without their contents.
fn documents(store: &Store, pairing: PairingId) -> Result<Hand, StoreError> {
    let kind = Kind::Invoice;
    let mut hand = Hand::default();
    let documents = &mut hand.documents;
    let mut linked: BTreeMap<i64, PerSide<Option<(RemoteId, String)>>> = BTreeMap::new();
    store.records_each(pairing, kind, Scope::ToDo, |record| {
        let side = record.side;
        if record.row.record.is_err() {
            hand.unreadable.push(unreadable(&record));
        } else if let Some(link) = record.link {
            let title = record.title().to_owned();
            *linked.entry(link.0).or_default().get_mut(side) = Some((record.row.id, title));
        } else {
            let card = into_side_record(record).and_then(|record| Card::of(&record));
            documents.unlinked.get_mut(side).extend(card);
        }
    })?;
    for (link, mut sides) in linked {
        for side in Side::BOTH {
            let (None, Some((id, _))) = (sides.get(side), sides.get(side.other())) else {
                continue;
            };
            let Some(of) = store.link_of(pairing, kind, side.other(), id)? else {
                continue;
            };
            let id = of.on(side).clone();
            let partner = store.record(pairing, &RecordKey { side, kind, id })?;
            let partner = partner.filter(|it| it.row.record.is_ok());
            *sides.get_mut(side) = partner.map(|it| {
                let title = it.title().to_owned();
                (it.row.id, title)
            });
        }
        let title = sides.xero.as_ref().or(sides.erpnext.as_ref());
        let title = title.map(|it| it.1.clone()).unwrap_or_default();
        documents.linked.push(LinkedCard {
            link,
            xero: sides.xero.map(|it| it.0),
            erpnext: sides.erpnext.map(|it| it.0),
            title,
        });
    }
    Ok(hand)
}

/// Whether there is nothing left of a record: a contact that is gone has not come to the end that a
/// disabled one has. A document's end is its end, and a merged contact lives on in the other.
fn lost(record: &StoredRecord) -> bool {
    record.gone.is_some() && !record.kind.ends_for_good() && record.row.merged_into.is_none()
}

/// What the link's records last agreed on, where they have.
fn base(link: &Link) -> Option<Base> {
    Some(Base {
        xero: link.base_xero.clone()?,
        erpnext: link.base_erpnext.clone()?,
    })
}

fn unreadable(record: &StoredRecord) -> UnreadableRow {
    UnreadableRow {
        side: record.side,
        kind: record.kind,
        id: record.row.id.clone(),
        title: record.title().to_owned(),
        why: record
            .row
            .record
            .as_ref()
            .err()
            .map(|row| row.why.clone())
            .unwrap_or_default(),
    }
}

/// The records of a link as they stand.
pub(super) fn pair(
    store: &Store,
    pairing: PairingId,
    kind: Kind,
    link: &Link,
) -> Result<LinkedPair, StoreError> {
    let of = |side: Side| {
        let id = link.on(side).clone();
        let record = store.record(pairing, &RecordKey { side, kind, id })?;
        let there = record.filter(|record| !lost(record));
        Ok::<_, StoreError>(there.and_then(into_side_record))
    };
    Ok(LinkedPair {
        link: link.id.0,
        xero: of(Side::Xero)?,
        erpnext: of(Side::Erpnext)?,
        base: base(link),
    })
}
