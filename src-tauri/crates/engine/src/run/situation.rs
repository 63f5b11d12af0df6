//! The situation and the policy, as the store holds them.

mod read;
mod settling;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use ledger::tracking::Tracked;
use ledger::{DocumentState, Kind, RemoteId, Side};
use store::{Decision, PairingId, RecordKey, Store, StoreError};

pub(super) use self::read::{Slice, Wanted, finished};
pub(super) use self::settling::{settled_by, settling};
use super::Session;
use super::lost;
use super::names::mappings;
use crate::books::Profile;
use crate::plan::apart::take_out;
use crate::plan::{
    Card, Choice, ContactLink, Direction, Documents, Entry, LinkedPair, OpenDocument, PerSide,
    Policy, Refusal, SideFacts, Situation,
};
use crate::plan::{all_numbered, numbered_with};

/// What a plan is made from. Contacts and what is known besides are held whole; of documents only what
/// tells which are one, for their contents are loaded in slices ([`Wanted`]).
pub(super) struct Loaded {
    /// What the planner sees, without the documents.
    pub situation: Situation,
    /// The documents to decide about.
    pub documents: Documents,
    /// The unresolved exceptions it was loaded with.
    pub standing: BTreeMap<RecordKey, store::Standing>,
    /// What a person keeps apart, as entries of the plan.
    pub apart: Vec<Entry>,
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
            opening: profile.opening.clone(),
            no_banks: (profile.bank_accounts.iter())
                .filter(|account| account.no_bank)
                .map(|account| account.key.clone())
                .collect(),
            default_account: profile
                .accounts
                .iter()
                .find(|account| account.default)
                .map(|account| account.key.clone()),
        }
    };
    let mappings = mappings(session, profiles)?;
    let untracked = Side::BOTH.into_iter().flat_map(|side| {
        let values = profiles.get(side).tracking.iter();
        let none = values.filter(|value| value.default);
        none.map(move |value| (side, value.key.clone()))
    });
    let tracked = Tracked::of(&mappings, untracked);
    Ok(Policy {
        contacts: direction(Kind::Contact),
        invoices: direction(Kind::Invoice),
        credit_notes: direction(Kind::CreditNote),
        payments: direction(Kind::Payment),
        start_date: invoices.and_then(|rule| rule.start_date),
        closed_until: invoices.and_then(store::Rule::closed_until),
        tax_filed: invoices.and_then(store::Rule::tax_filed),
        drafts: invoices.is_some_and(store::Rule::drafts),
        contacts_with_documents: rule(Kind::Contact).is_some_and(store::Rule::only_with_documents),
        conflicts: (rules.iter())
            .filter_map(|it| Some((it.kind, it.conflicts()?)))
            .collect(),
        mappings,
        tracked,
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
        apart: Vec::new(),
    };
    read::read_whole(store, pairing, &mut loaded)?;
    let kept = (store.apart(pairing)?, store.apart_for_others(pairing)?);
    let apart = take_out(&mut loaded.situation, &mut loaded.documents, kept);
    loaded.apart = apart.entries;
    merges(store, pairing, &mut loaded.situation)?;
    made_here(store, pairing, &mut loaded.situation)?;
    for kind in Kind::ALL.into_iter().filter(|kind| kind.is_document()) {
        let open = open(store, pairing, &loaded.situation, &loaded.documents, kind)?;
        loaded.situation.open.extend(open);
    }
    loaded.situation.money = open(
        store,
        pairing,
        &loaded.situation,
        &loaded.documents,
        Kind::Payment,
    )?;
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
    loaded.situation.taken.extend(apart.names);
    Ok(loaded)
}

/// Whom the linked documents of a slice name, or named. The situation says who was merged into whom.
pub(super) fn contacts_of(
    slice: &Slice,
    store: &Store,
    pairing: PairingId,
    situation: &Situation,
) -> Result<BTreeMap<(Side, RemoteId), ContactLink>, StoreError> {
    counterparts(store, pairing, situation, named(slice.pairs.iter()))
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

/// Which of Xero's records whose counterparts name others we made ourselves. They name others for a moment, so
/// it is among the last writes.
fn made_here(
    store: &Store,
    pairing: PairingId,
    situation: &mut Situation,
) -> Result<(), StoreError> {
    let doubted = situation.pairs.iter().filter_map(|pair| {
        let (xero, marker) = (pair.xero.as_ref()?, pair.erpnext.as_ref()?.marker.as_ref()?);
        (*marker != xero.id).then_some((xero.record.kind(), &xero.id))
    });
    for (kind, id) in doubted {
        if super::ends::made_here(store, pairing, kind, id)? {
            situation.made_here.insert(id.clone());
        }
    }
    Ok(())
}

/// The records of a kind that the payments and credit notes at hand are for, and their counterparts. Of
/// documents that are to be decided about, and so have no link, the cards say enough.
fn open(
    store: &Store,
    pairing: PairingId,
    situation: &Situation,
    documents: &Documents,
    kind: Kind,
) -> Result<BTreeMap<(Side, RemoteId), OpenDocument>, StoreError> {
    let mut cards: BTreeMap<(Side, &RemoteId), &Card> = BTreeMap::new();
    if kind == Kind::Invoice {
        for side in Side::BOTH {
            let of_side = documents.unlinked.get(side).iter();
            cards.extend(of_side.map(|card| ((side, &card.id), card)));
        }
    }
    let (mut paid, mut ids) = (BTreeMap::new(), PerSide::<BTreeSet<RemoteId>>::default());
    for side in Side::BOTH {
        let unlinked = situation.unlinked.get(side).iter();
        let pairs = situation.pairs.iter().filter_map(|pair| match side {
            Side::Xero => pair.xero.as_ref(),
            Side::Erpnext => pair.erpnext.as_ref(),
        });
        let all = unlinked.chain(pairs);
        for record in all.filter(|it| it.record.kind().ends_first()) {
            for id in record.record.refers_to(kind) {
                match cards.get(&(side, id)) {
                    Some(card) => {
                        paid.insert((side, id.clone()), OpenDocument::of(card));
                    }
                    None => name(ids.get_mut(side), id),
                }
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
    for side in Side::BOTH {
        let all: BTreeSet<&RemoteId> = (ids.get(side).iter())
            .chain(others.get(side).keys())
            .collect();
        let all: Vec<RemoteId> = all.into_iter().cloned().collect();
        for (id, row) in store.records_by_ids(pairing, side, kind, &all)? {
            let other = others.get(side).get(&id).cloned();
            let read = row.row.record.as_ref().ok();
            if let Some(open) = read.and_then(|record| OpenDocument::read(record, other)) {
                paid.insert((side, id), open);
            }
        }
    }
    Ok(paid)
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
    // Of a kind without links there is nothing to collide with: so it is for all of a first run.
    let mut linked = BTreeSet::new();
    for kind in Kind::ALL {
        if store.any_linked(pairing, kind)? {
            linked.insert(kind);
        }
    }
    for side in Side::BOTH {
        let target = side.other();
        for kind in Kind::ALL {
            let mut look = |titles: &mut dyn Iterator<Item = &str>| -> Result<_, StoreError> {
                let titles: Vec<&str> = titles.collect();
                let mut found = Vec::new();
                for kind in numbered_with(target, kind) {
                    if !linked.contains(kind) {
                        continue;
                    }
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
