//! The situation and the policy, as the store holds them.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use ledger::contact::folded_name;
use ledger::{DocumentState, Kind, Record, RemoteId, Side};
use store::{Decision, Link, PairingId, RecordKey, Scope, Store, StoreError, StoredRecord};

use super::Session;
use super::lost;
use super::names::mappings;
use super::rows::{into_side_record, side_record};
use crate::books::Profile;
use crate::plan::all_numbered;
use crate::plan::{
    Base, Choice, ContactLink, Direction, LinkedPair, PerSide, Policy, Refusal, SideFacts,
    SideRecord, Situation, UnreadableRow,
};

/// A situation with what the run needs to know besides.
pub(super) struct Loaded {
    /// What the planner sees. The records of a side without a link stand in the order of their kinds
    /// and identities.
    pub situation: Situation,
    /// The unresolved exceptions it was loaded with.
    pub standing: BTreeMap<RecordKey, store::Standing>,
    /// The pairs with a record of a side, in the order of these records' kinds and identities.
    paired: PerSide<Vec<usize>>,
}

impl Loaded {
    /// A record the planner saw.
    pub(super) fn record(&self, key: &RecordKey) -> Option<&SideRecord> {
        let sought = (key.kind, &key.id);
        let unlinked = self.situation.unlinked.get(key.side);
        if let Ok(at) = unlinked.binary_search_by(|record| name(record).cmp(&sought)) {
            return unlinked.get(at);
        }
        let paired = self.paired.get(key.side);
        let of = |pair: &usize| in_pair(&self.situation, *pair, key.side);
        let at = paired
            .binary_search_by(|pair| of(pair).map(name).cmp(&Some(sought)))
            .ok()?;
        of(paired.get(at)?)
    }

    /// Puts the pairs in the order that [`Loaded::record`] finds them by.
    fn arrange(&mut self) {
        for side in Side::BOTH {
            let mut paired: Vec<usize> = (0..self.situation.pairs.len())
                .filter(|pair| in_pair(&self.situation, *pair, side).is_some())
                .collect();
            paired.sort_by_key(|pair| in_pair(&self.situation, *pair, side).map(name));
            *self.paired.get_mut(side) = paired;
        }
    }
}

/// What tells a record from all others of its side.
const fn name(record: &SideRecord) -> (Kind, &RemoteId) {
    (record.record.kind(), &record.id)
}

fn in_pair(situation: &Situation, pair: usize, side: Side) -> Option<&SideRecord> {
    let pair = situation.pairs.get(pair)?;
    match side {
        Side::Xero => pair.xero.as_ref(),
        Side::Erpnext => pair.erpnext.as_ref(),
    }
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
        ask_from_voids: number("ask_from_voids", 10),
        ask_from_updates: number("ask_from_updates", 200),
    })
}

/// Loads everything a plan must look at, and nothing else: a run that finds nothing new loads
/// nothing, however much is known. Records that are linked, unchanged and without an exception are
/// left in the store.
pub(super) fn load(
    store: &Store,
    pairing: PairingId,
    now: DateTime<Utc>,
) -> Result<Loaded, StoreError> {
    let standing = store.standing_exceptions(pairing)?;
    let mut loaded = Loaded {
        situation: Situation::default(),
        standing,
        paired: PerSide::default(),
    };
    for kind in Kind::ALL {
        records(store, pairing, kind, &mut loaded.situation)?;
    }
    loaded.arrange();
    contacts(store, pairing, &mut loaded.situation)?;
    decisions(&mut loaded, now);
    leftovers(store, pairing, &mut loaded.situation)?;
    taken(store, pairing, &mut loaded.situation)?;
    Ok(loaded)
}

/// The counterparts of the contacts that documents of the situation name, or named when both sides
/// last agreed.
fn contacts(
    store: &Store,
    pairing: PairingId,
    situation: &mut Situation,
) -> Result<(), StoreError> {
    situation.merged = store.merged(pairing, Side::Xero, Kind::Contact)?;
    situation.merged_customers =
        to_the_last(&store.merged(pairing, Side::Erpnext, Kind::Contact)?);
    let mut named = named(situation);
    // The documents of a contact that was merged are with the other one now in Xero, and with the
    // merged one's customer still in ERPNext.
    for (from, into) in &situation.merged {
        if named.xero.contains(into) {
            named.xero.insert(from.clone());
        }
    }
    for side in Side::BOTH {
        let counterparts = store.counterparts(pairing, side, Kind::Contact, named.get(side))?;
        let links = counterparts.into_iter().map(|(id, counterpart)| {
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
        });
        let links: Vec<_> = links.collect();
        situation.contacts.extend(links);
    }
    Ok(())
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

/// The contacts that documents name, by side.
fn named(situation: &Situation) -> PerSide<BTreeSet<RemoteId>> {
    let mut named: PerSide<BTreeSet<RemoteId>> = PerSide::default();
    let mut name = |side: Side, record: &Record| {
        for contact in record.refers_to(Kind::Contact) {
            if !named.get(side).contains(contact) {
                named.get_mut(side).insert(contact.clone());
            }
        }
    };
    for side in Side::BOTH {
        for record in situation.unlinked.get(side) {
            name(side, &record.record);
        }
        for pair in &situation.pairs {
            let now = match side {
                Side::Xero => &pair.xero,
                Side::Erpnext => &pair.erpnext,
            };
            if let Some(record) = now {
                name(side, &record.record);
            }
            if let Some(base) = &pair.base {
                name(side, base.get(side));
            }
        }
    }
    named
}

fn records(
    store: &Store,
    pairing: PairingId,
    kind: Kind,
    situation: &mut Situation,
) -> Result<(), StoreError> {
    let mut linked: BTreeMap<i64, (RecordKey, PerSide<Option<SideRecord>>)> = BTreeMap::new();
    store.records_each(pairing, kind, Scope::ToDo, |record| {
        let (side, key, link) = (record.side, record.key(), record.link);
        if record.row.record.is_err() {
            situation.unreadable.push(unreadable(&record));
        }
        let Some(read) = into_side_record(record) else {
            return;
        };
        match link {
            None => situation.unlinked.get_mut(side).push(read),
            Some(link) => {
                let entry = linked.entry(link.0).or_insert_with(|| {
                    let sides = PerSide {
                        xero: None,
                        erpnext: None,
                    };
                    (key, sides)
                });
                *entry.1.get_mut(side) = Some(read);
            }
        }
    })?;
    for (id, (key, mut sides)) in linked {
        let Some(link) = store.link_of(pairing, kind, key.side, &key.id)? else {
            continue;
        };
        for side in Side::BOTH {
            if sides.get(side).is_none() {
                let partner = RecordKey {
                    side,
                    kind,
                    id: link.on(side).clone(),
                };
                let record = store.record(pairing, &partner)?;
                *sides.get_mut(side) = record.as_ref().filter(|it| !lost(it)).and_then(side_record);
            }
        }
        situation.pairs.push(LinkedPair {
            link: id,
            xero: sides.xero,
            erpnext: sides.erpnext,
            base: base(&link),
        });
    }
    Ok(())
}

/// Whether there is nothing left of a record: a contact that is gone has not come to the end that a
/// disabled one has. A document's end is its end, and a merged contact lives on in the other.
fn lost(record: &StoredRecord) -> bool {
    record.gone.is_some() && record.kind == Kind::Contact && record.row.merged_into.is_none()
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
fn leftovers(
    store: &Store,
    pairing: PairingId,
    situation: &mut Situation,
) -> Result<(), StoreError> {
    let mut leftovers = BTreeSet::new();
    let submitted: BTreeSet<&RemoteId> = situation
        .unlinked_of(Kind::Invoice, Side::Erpnext)
        .filter(|record| {
            let invoice = record.record.as_invoice();
            invoice.is_some_and(|invoice| invoice.state == DocumentState::Approved)
        })
        .filter_map(|record| record.marker.as_ref())
        .collect();
    for record in situation.unlinked_of(Kind::Invoice, Side::Erpnext) {
        let (Some(marker), Record::Invoice(invoice)) = (&record.marker, &record.record) else {
            continue;
        };
        if invoice.state != DocumentState::Draft {
            continue;
        }
        let link = store.link_of(pairing, Kind::Invoice, Side::Xero, marker)?;
        if submitted.contains(marker) || link.is_some_and(|link| link.erpnext_id != record.id) {
            leftovers.insert(record.id.clone());
        }
    }
    situation.leftovers = leftovers;
    Ok(())
}

/// Names and numbers of linked, live records that a new record could collide with.
fn taken(store: &Store, pairing: PairingId, situation: &mut Situation) -> Result<(), StoreError> {
    let (mut taken, mut ended) = (BTreeMap::new(), BTreeSet::new());
    for side in Side::BOTH {
        let target = side.other();
        for kind in Kind::ALL {
            let mut look = |titles: &mut dyn Iterator<Item = &str>| -> Result<_, StoreError> {
                let mut found = Vec::new();
                store.linked_by_titles(pairing, target, kind, titles, |there| {
                    let Ok(content) = &there.row.record else {
                        return;
                    };
                    if content.ended() {
                        if (target, kind) == (Side::Xero, Kind::Invoice) {
                            ended.insert(content.title().trim().to_lowercase());
                        }
                        return;
                    }
                    let folded = match kind {
                        Kind::Contact => folded_name(content.title()),
                        Kind::Invoice => content.title().trim().to_lowercase(),
                    };
                    let title = content.title().to_owned();
                    if taken.insert((target, kind, folded), there.row.id).is_none() {
                        found.push(title);
                    }
                })?;
                Ok(found)
            };
            let of_kind = |record: &&SideRecord| record.record.kind() == kind;
            let unlinked = situation.unlinked.get(side).iter().filter(of_kind);
            let found = look(&mut unlinked.clone().map(|record| record.record.title()))?;
            if found.is_empty() {
                continue;
            }
            // What a new record could be called instead.
            let mut instead: Vec<String> = found.iter().flat_map(|it| all_numbered(it)).collect();
            if kind == Kind::Contact {
                instead.extend(unlinked.map(|record| record.id.as_str().to_owned()));
            }
            look(&mut instead.iter().map(String::as_str))?;
        }
    }
    situation.taken = taken;
    situation.ended = ended;
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests;
