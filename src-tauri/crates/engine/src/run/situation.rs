//! The situation and the policy, as the store holds them.

mod settling;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use ledger::{DocumentState, Kind, Record, RemoteId, Side};
use store::{Decision, Link, PairingId, RecordKey, Scope, Store, StoreError, StoredRecord};

pub(super) use self::settling::{settled_by, settling};
use super::Session;
use super::lost;
use super::names::mappings;
use super::rows::into_side_record;
use crate::books::Profile;
use crate::plan::{
    Base, Card, Choice, ContactLink, Direction, Documents, Item, LinkedCard, LinkedPair,
    OpenDocument, Outlook, PerSide, Policy, Refusal, SideFacts, SideRecord, Situation,
    UnreadableRow,
};
use crate::plan::{all_numbered, numbered_with};

/// What a plan is made from. Contacts and what is known besides are held whole; of documents only what
/// tells which are one, for their contents are loaded in slices ([`slice()`]).
pub(super) struct Loaded {
    /// What the planner sees, without the documents.
    pub situation: Situation,
    /// The documents to decide about.
    pub documents: Documents,
    /// The unresolved exceptions it was loaded with.
    pub standing: BTreeMap<RecordKey, store::Standing>,
}

/// Records with their contents.
#[derive(Debug, Default)]
pub(super) struct Slice {
    /// Those that are linked.
    pub pairs: Vec<LinkedPair>,
    /// Those without a link.
    pub unlinked: PerSide<Vec<SideRecord>>,
    /// The counterparts of the contacts that the linked ones name, or named when both sides last
    /// agreed.
    pub contacts: BTreeMap<(Side, RemoteId), ContactLink>,
}

/// The rules of the pairing, and what both sides allow now.
pub(super) fn policy(session: &Session, profiles: &PerSide<Profile>) -> Result<Policy, StoreError> {
    let rules = session.store.rules(session.pairing.id)?;
    let rule = |kind: Kind| rules.iter().find(|rule| rule.kind == kind);
    let direction = |kind: Kind| {
        rule(kind).map_or(Direction::Both, |rule| match rule.direction {
            store::Direction::Both => Direction::Both,
            store::Direction::ToXero => Direction::ToXero,
            store::Direction::ToErpnext => Direction::ToErpnext,
            store::Direction::Off => Direction::Off,
        })
    };
    let invoices = rule(Kind::Invoice);
    let number = |key: &str, default: u32| {
        session
            .pairing
            .settings
            .get(key)
            .and_then(serde_json::Value::as_u64)
            .map_or(default, |value| u32::try_from(value).unwrap_or(u32::MAX))
    };
    let facts = |side: Side| {
        let profile = profiles.get(side);
        SideFacts {
            locked_until: profile.locked_until,
            currencies: profile.currencies.clone(),
            default_account: profile
                .accounts
                .iter()
                .find(|account| account.default)
                .map(|account| account.key.clone()),
        }
    };
    Ok(Policy {
        contacts: direction(Kind::Contact),
        invoices: direction(Kind::Invoice),
        credit_notes: direction(Kind::CreditNote),
        payments: direction(Kind::Payment),
        start_date: invoices.and_then(|rule| rule.start_date),
        drafts: invoices
            .and_then(|rule| rule.settings.get("drafts"))
            .and_then(serde_json::Value::as_bool)
            .unwrap_or(false),
        mappings: mappings(session, profiles)?,
        sides: PerSide {
            xero: facts(Side::Xero),
            erpnext: facts(Side::Erpnext),
        },
        voids: rules.iter().map(|it| (it.kind, it.voids())).collect(),
        ask_from_voids: number("ask_from_voids", 10),
        ask_from_updates: number("ask_from_updates", 200),
    })
}

/// Loads what a plan must look at, and nothing else: a run that finds nothing new loads nothing,
/// however much is known. Records that are linked, unchanged and without an exception are left in the
/// store.
pub(super) fn load(
    store: &Store,
    pairing: PairingId,
    now: DateTime<Utc>,
) -> Result<Loaded, StoreError> {
    let mut loaded = Loaded {
        situation: Situation::default(),
        documents: Documents::default(),
        standing: store.standing_exceptions(pairing)?,
    };
    at_hand(store, pairing, Kind::Contact, &mut loaded.situation)?;
    merges(store, pairing, &mut loaded.situation)?;
    documents(store, pairing, &mut loaded)?;
    for kind in Kind::ALL.into_iter().filter(|kind| kind.ends_first()) {
        at_hand(store, pairing, kind, &mut loaded.situation)?;
    }
    for kind in Kind::ALL.into_iter().filter(|kind| kind.is_document()) {
        let open = open(store, pairing, &loaded.situation, kind)?;
        loaded.situation.open.extend(open);
    }
    let mut named: PerSide<BTreeSet<RemoteId>> = PerSide::default();
    for side in Side::BOTH {
        for card in loaded.documents.unlinked.get(side) {
            name(named.get_mut(side), &card.contact);
        }
    }
    for ((side, _), invoice) in &loaded.situation.open {
        name(named.get_mut(*side), &invoice.contact);
    }
    let of_pairs = self::named(
        loaded
            .situation
            .pairs
            .iter()
            .filter(|pair| of_a_document(pair)),
    );
    for side in Side::BOTH {
        let alone = loaded.situation.unlinked.get(side).iter();
        let alone = alone.filter(|it| it.record.kind().ends_first());
        let of_alone = alone.flat_map(|it| it.record.refers_to(Kind::Contact));
        for contact in of_pairs.get(side).iter().chain(of_alone) {
            name(named.get_mut(side), contact);
        }
    }
    loaded.situation.contacts = counterparts(store, pairing, &loaded.situation, named)?;
    decisions(&mut loaded, now);
    leftovers(store, pairing, &mut loaded)?;
    taken(store, pairing, &mut loaded)?;
    Ok(loaded)
}

/// The contents of some documents of a plan. The situation says who was merged into whom.
pub(super) fn slice<'i>(
    store: &Store,
    pairing: PairingId,
    situation: &Situation,
    items: impl IntoIterator<Item = &'i Item>,
) -> Result<Slice, StoreError> {
    let kind = Kind::Invoice;
    let mut slice = Slice::default();
    let (mut linked, mut alone): (Vec<&Item>, PerSide<Vec<RemoteId>>) = Default::default();
    let mut beside = BTreeSet::new();
    for item in items {
        if item.link().is_some() {
            linked.push(item);
        } else if !item.is_unreadable() {
            for side in Side::BOTH {
                alone.get_mut(side).extend(item.id(side).cloned());
            }
            if item.looks_beside() {
                beside.extend(item.id(Side::Erpnext));
            }
        }
    }
    for side in Side::BOTH {
        let found = store.records_by_ids(pairing, side, kind, alone.get(side))?;
        let records = found.into_values().filter_map(into_side_record);
        slice.unlinked.get_mut(side).extend(records);
    }
    let markers = slice.unlinked.erpnext.iter();
    let markers = markers.filter(|record| beside.contains(&record.id));
    let markers: Vec<RemoteId> = markers.filter_map(|it| it.marker.clone()).collect();
    let of_items = linked.into_iter().filter_map(|item| {
        let one = |side: Side| item.id(side).map(|id| (side, id.clone()));
        one(Side::Xero).or_else(|| one(Side::Erpnext))
    });
    let all = of_items.chain(markers.into_iter().map(|marker| (Side::Xero, marker)));
    for (side, id) in all {
        if let Some(link) = store.link_of(pairing, kind, side, &id)? {
            slice.pairs.push(pair(store, pairing, kind, &link)?);
        }
    }
    slice.contacts = counterparts(store, pairing, situation, named(slice.pairs.iter()))?;
    Ok(slice)
}

/// The records of a link as they stand.
fn pair(
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

/// The counterparts of these contacts, by side.
fn counterparts(
    store: &Store,
    pairing: PairingId,
    situation: &Situation,
    mut named: PerSide<BTreeSet<RemoteId>>,
) -> Result<BTreeMap<(Side, RemoteId), ContactLink>, StoreError> {
    // The documents of a contact that was merged are with the other one now in Xero, and with the
    // merged one's customer still in ERPNext.
    for (from, into) in &situation.merged {
        if named.xero.contains(into) {
            named.xero.insert(from.clone());
        }
    }
    let mut known = BTreeMap::new();
    for side in Side::BOTH {
        let found = store.counterparts(pairing, side, Kind::Contact, named.get(side))?;
        known.extend(found.into_iter().map(|(id, counterpart)| {
            // What a merged customer had is the other's, who stands for its contact as well.
            let into = match side {
                Side::Xero => situation.merged_customers.get(&counterpart.id),
                Side::Erpnext => None,
            };
            let link = ContactLink {
                other_archived: counterpart.ended && into.is_none(),
                other: into.cloned().unwrap_or(counterpart.id),
            };
            ((side, id), link)
        }));
    }
    Ok(known)
}

/// Where each of these was merged into in the end.
fn to_the_last(merged: &BTreeMap<RemoteId, RemoteId>) -> BTreeMap<RemoteId, RemoteId> {
    let last = |mut into: RemoteId| {
        for _ in 0..merged.len() {
            match merged.get(&into) {
                Some(next) => into = next.clone(),
                None => break,
            }
        }
        into
    };
    merged
        .iter()
        .map(|(from, into)| (from.clone(), last(into.clone())))
        .collect()
}

fn name(named: &mut BTreeSet<RemoteId>, contact: &RemoteId) {
    if !named.contains(contact) {
        named.insert(contact.clone());
    }
}

/// The contacts that linked documents name, or named when both sides last agreed, by side.
fn named<'p>(pairs: impl Iterator<Item = &'p LinkedPair>) -> PerSide<BTreeSet<RemoteId>> {
    let mut named: PerSide<BTreeSet<RemoteId>> = PerSide::default();
    for pair in pairs {
        for (side, now) in [(Side::Xero, &pair.xero), (Side::Erpnext, &pair.erpnext)] {
            let now = now.as_ref().map(|record| &record.record);
            let then = pair.base.as_ref().map(|base| base.get(side));
            for record in now.into_iter().chain(then) {
                for contact in record.refers_to(Kind::Contact) {
                    name(named.get_mut(side), contact);
                }
            }
        }
    }
    named
}

/// Which contacts were merged.
fn merges(store: &Store, pairing: PairingId, situation: &mut Situation) -> Result<(), StoreError> {
    let kind = Kind::Contact;
    situation.merged = store.merged(pairing, Side::Xero, kind)?;
    situation.merged_customers = to_the_last(&store.merged(pairing, Side::Erpnext, kind)?);
    Ok(())
}

/// The documents that the payments and credit notes at hand are for, and their counterparts.
fn open(
    store: &Store,
    pairing: PairingId,
    situation: &Situation,
    kind: Kind,
) -> Result<BTreeMap<(Side, RemoteId), OpenDocument>, StoreError> {
    let mut ids: PerSide<BTreeSet<RemoteId>> = PerSide::default();
    for side in Side::BOTH {
        let unlinked = situation.unlinked.get(side).iter();
        let pairs = situation.pairs.iter().filter_map(|pair| match side {
            Side::Xero => pair.xero.as_ref(),
            Side::Erpnext => pair.erpnext.as_ref(),
        });
        let all = unlinked.chain(pairs);
        for record in all.filter(|it| it.record.kind().ends_first()) {
            for id in record.record.refers_to(kind) {
                name(ids.get_mut(side), id);
            }
        }
    }
    let mut others: PerSide<BTreeMap<RemoteId, RemoteId>> = PerSide::default();
    for side in Side::BOTH {
        let found = store.counterparts(pairing, side, kind, ids.get(side))?;
        for (id, there) in found {
            others
                .get_mut(side.other())
                .insert(there.id.clone(), id.clone());
            others.get_mut(side).insert(id, there.id);
        }
    }
    let mut paid = BTreeMap::new();
    for side in Side::BOTH {
        let all: BTreeSet<&RemoteId> = (ids.get(side).iter())
            .chain(others.get(side).keys())
            .collect();
        let all: Vec<RemoteId> = all.into_iter().cloned().collect();
        for (id, row) in store.records_by_ids(pairing, side, kind, &all)? {
            let Ok(Some(invoice)) = row.row.record.as_ref().map(Record::document) else {
                continue;
            };
            let other = others.get(side).get(&id).cloned();
            let invoice = OpenDocument {
                currency: invoice.currency,
                date: invoice.date,
                contact: invoice.contact.clone(),
                total: invoice.total,
                due: invoice.amount_due,
                rate: invoice.exchange_rate,
                ended: invoice.state == DocumentState::Voided,
                outlook: other.map_or(Outlook::Stays, Outlook::Linked),
                replaced: false,
            };
            paid.insert((side, id), invoice);
        }
    }
    Ok(paid)
}

/// The records of a kind that are held whole.
fn at_hand(
    store: &Store,
    pairing: PairingId,
    kind: Kind,
    situation: &mut Situation,
) -> Result<(), StoreError> {
    let mut linked: BTreeMap<i64, RecordKey> = BTreeMap::new();
    store.records_each(pairing, kind, Scope::ToDo, |record| {
        let (side, key, link) = (record.side, record.key(), record.link);
        if record.row.record.is_err() {
            situation.unreadable.push(unreadable(&record));
        } else if let Some(link) = link {
            linked.entry(link.0).or_insert(key);
        } else {
            let read = into_side_record(record);
            situation.unlinked.get_mut(side).extend(read);
        }
    })?;
    for key in linked.into_values() {
        if let Some(link) = store.link_of(pairing, kind, key.side, &key.id)? {
            situation.pairs.push(pair(store, pairing, kind, &link)?);
        }
    }
    Ok(())
}

/// The documents to decide about, without their contents.
fn documents(store: &Store, pairing: PairingId, loaded: &mut Loaded) -> Result<(), StoreError> {
    let kind = Kind::Invoice;
    let (situation, documents) = (&mut loaded.situation, &mut loaded.documents);
    let mut linked: BTreeMap<i64, PerSide<Option<(RemoteId, String)>>> = BTreeMap::new();
    store.records_each(pairing, kind, Scope::ToDo, |record| {
        let side = record.side;
        if record.row.record.is_err() {
            situation.unreadable.push(unreadable(&record));
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
    Ok(())
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

/// What people decided, and what was refused before.
fn decisions(loaded: &mut Loaded, now: DateTime<Utc>) {
    for (key, standing) in &loaded.standing {
        let (kind, side, id) = (key.kind, key.side, key.id.clone());
        let again = standing.retry_requested || lost::due(standing, now);
        if let (false, Some(fingerprint)) = (again, &standing.fingerprint) {
            let refusal = Refusal {
                fingerprint: fingerprint.clone(),
                cause: standing.cause.clone(),
            };
            loaded
                .situation
                .refused
                .insert((kind, side, id.clone()), refusal);
        }
        loaded.situation.choices.extend(match &standing.decision {
            None => None,
            Some(Decision::New) => Some(Choice::New { kind, side, id }),
            Some(Decision::Keep(winner)) => {
                let choice = standing.cause.choice();
                Some(Choice::Keep {
                    kind,
                    side,
                    id,
                    winner: *winner,
                    shown: choice.map_or_else(Vec::new, |(differences, _)| differences),
                })
            }
            Some(Decision::Same(other)) => {
                let (xero, erpnext) = side.ordered(id, other.clone());
                Some(Choice::Same {
                    kind,
                    xero,
                    erpnext,
                })
            }
        });
    }
}

/// Drafts with our marker whose Xero invoice belongs to another document, linked or not yet: what is
/// left of an unfinished replacement whose original is still live.
fn leftovers(store: &Store, pairing: PairingId, loaded: &mut Loaded) -> Result<(), StoreError> {
    let mut leftovers = BTreeSet::new();
    let unlinked = &loaded.documents.unlinked.erpnext;
    let submitted: BTreeSet<&RemoteId> = unlinked
        .iter()
        .filter(|card| card.state == DocumentState::Approved)
        .filter_map(|card| card.marker.as_ref())
        .collect();
    for card in unlinked
        .iter()
        .filter(|card| card.state == DocumentState::Draft)
    {
        let Some(marker) = &card.marker else {
            continue;
        };
        let link = store.link_of(pairing, Kind::Invoice, Side::Xero, marker)?;
        if submitted.contains(marker) || link.is_some_and(|link| link.erpnext_id != card.id) {
            leftovers.insert(card.id.clone());
        }
    }
    loaded.situation.leftovers = leftovers;
    Ok(())
}

/// Names and numbers of linked, live records that a new record could collide with.
fn taken(store: &Store, pairing: PairingId, loaded: &mut Loaded) -> Result<(), StoreError> {
    let (mut taken, mut ended) = (BTreeMap::new(), BTreeSet::new());
    for side in Side::BOTH {
        let target = side.other();
        for kind in Kind::ALL {
            let mut look = |titles: &mut dyn Iterator<Item = &str>| -> Result<_, StoreError> {
                let titles: Vec<&str> = titles.collect();
                let mut found = Vec::new();
                for kind in numbered_with(target, kind) {
                    let mut titles = titles.iter().copied();
                    store.linked_by_titles(pairing, target, *kind, &mut titles, |there| {
                        let Ok(content) = &there.row.record else {
                            return;
                        };
                        if content.ended() {
                            if target == Side::Xero && kind.is_document() {
                                ended.insert((*kind, content.title_key()));
                                found.push(content.title().to_owned());
                            }
                            return;
                        }
                        let folded = content.title_key();
                        let title = content.title().to_owned();
                        if taken
                            .insert((target, *kind, folded), there.row.id)
                            .is_none()
                        {
                            found.push(title);
                        }
                    })?;
                }
                Ok(found)
            };
            let of_kind = || loaded.situation.unlinked_of(kind, side);
            let found = match kind {
                Kind::Contact | Kind::CreditNote => {
                    look(&mut of_kind().map(|record| record.record.title()))?
                }
                Kind::Invoice => {
                    let cards = loaded.documents.unlinked.get(side).iter();
                    look(&mut cards.filter_map(|card| card.number.as_deref()))?
                }
                // Each side gives its payments names of its own.
                Kind::Payment => continue,
            };
            if found.is_empty() {
                continue;
            }
            // What a new record could be called instead.
            let mut instead: Vec<String> = found.iter().flat_map(|it| all_numbered(it)).collect();
            if !kind.is_document() {
                instead.extend(of_kind().map(|record| record.id.as_str().to_owned()));
            }
            look(&mut instead.iter().map(String::as_str))?;
        }
    }
    loaded.situation.taken = taken;
    loaded.situation.ended = ended;
    Ok(())
}

fn of_a_document(pair: &LinkedPair) -> bool {
    pair.kind().is_some_and(Kind::is_document)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests;
