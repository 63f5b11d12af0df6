//! The values that mappings are between, and by what a value stays known when it is renamed.
//!
//! Records carry a *key* (an account code, a name), which people change; many values also have an
//! *identity* that stays (Xero's AccountID, the moment an ERPNext document was created). Mappings are
//! kept by identity. A [`Directory`] knows which key belongs to which, former keys included, because
//! records that were read before a renumbering still carry those.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{Mapping, MappingKind};
use crate::Side;
use crate::contact::folded_name;

/// An account or tax rate that one side offers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// The key used in records and mappings.
    pub key: String,
    /// What it stays known by when it is renamed or renumbered; `None` where the side has nothing.
    #[serde(default)]
    pub id: Option<String>,
    /// The account number or code, where there is one.
    pub code: Option<String>,
    /// Another key that says the same, under which records may carry it: an Item Tax Template is
    /// also its accounts and rates.
    #[serde(default)]
    pub also: Option<String>,
    /// What [`Choice::also`] stays known by.
    #[serde(default)]
    pub also_id: Option<String>,
    /// Whether it is no bank or cash account, and offered as one for what is deducted of payments or written
    /// off: it needs no counterpart until something comes to it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub no_bank: bool,
    /// The name as a person reads it.
    pub name: String,
    /// The tax rate in percent; `None` for accounts.
    pub rate: Option<Decimal>,
    /// Whether this is what the side uses when nothing is said (the default sales account, the
    /// standard tax rate).
    pub default: bool,
}

/// A value that a side offers or once offered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownValue {
    /// What it is.
    pub kind: MappingKind,
    /// The side it is on.
    pub side: Side,
    /// The key under which records carry it, or did.
    pub key: String,
    /// What it stays known by; its key where the side has nothing else.
    pub id: String,
    /// Another key that says the same; see [`Choice::also`].
    pub also: Option<String>,
    /// Its name, as a person read it last.
    pub name: String,
    /// Whether the key is no longer its own: it was renamed or renumbered.
    pub former: bool,
}

/// A value that has another key than before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renamed {
    /// What it is.
    pub kind: MappingKind,
    /// The side it is on.
    pub side: Side,
    /// Its key until now.
    pub before: String,
    /// Its key now.
    pub now: String,
}

/// What reading a side's chart taught.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// Values that are new or known otherwise than before, to be kept under key and identity.
    pub values: Vec<KnownValue>,
    /// What was known by the first is known by the second from now on: mappings go along.
    pub moved: Vec<(String, String)>,
    /// Values that have another key than before.
    pub renamed: Vec<Renamed>,
}

impl Seen {
    /// Whether there is nothing to keep.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty() && self.moved.is_empty()
    }
}

/// Compares what a side offers with what was known of it.
///
/// A value that is offered under another key than before is the same one where its identity is. A
/// key that another value has taken over is that one's; but where the former holder is gone and the
/// name is the same (deleted and made again), it counts as the same value.
pub fn seen(kind: MappingKind, side: Side, known: &[KnownValue], offered: &[Choice]) -> Seen {
    let known: Vec<&KnownValue> = known
        .iter()
        .filter(|value| value.kind == kind && value.side == side)
        .collect();
    let offers = offers(offered);
    let told: BTreeMap<&str, &str> = offers
        .iter()
        .filter_map(|(key, offer)| Some((offer.id?, *key)))
        .collect();
    let mut found = Seen::default();
    let mut kept: BTreeSet<(&str, &str)> = BTreeSet::new();
    for (key, offer) in &offers {
        let before = known
            .iter()
            .find(|value| value.key == *key && !value.former);
        let id = offer
            .id
            .or(before.map(|value| value.id.as_str()))
            .unwrap_or(key);
        match before {
            // Mapped before anything was known of it.
            None if id != *key => found.moved.push(((*key).to_owned(), id.to_owned())),
            Some(value) if value.id != id => {
                let same = value.id == *key
                    || (!told.contains_key(value.id.as_str())
                        && folded_name(&value.name) == folded_name(offer.name));
                if same {
                    found.moved.push((value.id.clone(), id.to_owned()));
                }
            }
            None | Some(_) => {}
        }
        kept.insert((*key, id));
        let now = KnownValue {
            kind,
            side,
            key: (*key).to_owned(),
            id: id.to_owned(),
            also: offer.also.map(str::to_owned),
            name: offer.name.to_owned(),
            former: false,
        };
        if !known.iter().any(|value| **value == now) {
            found.values.push(now);
        }
    }
    for value in known.iter().filter(|value| !value.former) {
        let now = told.get(value.id.as_str()).copied();
        let taken = offers.contains_key(value.key.as_str());
        if kept.contains(&(value.key.as_str(), value.id.as_str())) || (now.is_none() && !taken) {
            continue;
        }
        found.values.push(KnownValue {
            former: true,
            ..(*value).clone()
        });
        if let Some(now) = now {
            found.renamed.push(Renamed {
                kind,
                side,
                before: value.key.clone(),
                now: now.to_owned(),
            });
        }
    }
    found
}

/// What is offered under one key.
struct Offer<'a> {
    id: Option<&'a str>,
    also: Option<&'a str>,
    name: &'a str,
}

/// Everything that is offered, by key: the values, and what they are also known as. An identity that
/// two of them claim tells nothing.
fn offers(offered: &[Choice]) -> BTreeMap<&str, Offer<'_>> {
    let mut offers: BTreeMap<&str, Offer<'_>> = BTreeMap::new();
    for choice in offered {
        let (id, name) = (choice.id.as_deref(), choice.name.as_str());
        let also = choice.also.as_deref();
        offers.insert(&choice.key, Offer { id, also, name });
    }
    for choice in offered {
        if let Some(also) = choice.also.as_deref() {
            let id = choice.also_id.as_deref();
            offers.entry(also).or_insert(Offer {
                id,
                also: None,
                name: also,
            });
        }
    }
    let mut claims: BTreeMap<&str, usize> = BTreeMap::new();
    for offer in offers.values() {
        if let Some(id) = offer.id {
            *claims.entry(id).or_default() += 1;
        }
    }
    for offer in offers.values_mut() {
        if offer.id.is_some_and(|id| claims.get(id) != Some(&1)) {
            offer.id = None;
        }
    }
    offers
}

/// Which key belongs to which identity.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Directory(Vec<KnownValue>);

impl Directory {
    /// A directory of these values.
    pub const fn new(values: Vec<KnownValue>) -> Self {
        Self(values)
    }

    /// Everything in it.
    pub fn values(&self) -> &[KnownValue] {
        &self.0
    }

    fn of(&self, kind: MappingKind, side: Side) -> impl Iterator<Item = &KnownValue> {
        self.0
            .iter()
            .filter(move |value| value.kind == kind && value.side == side)
    }

    /// What the value that records carry under this key stays known by; the key itself where nothing
    /// is known of it. A former key is its holder's until another value has it; of several former
    /// holders none is told.
    pub fn id_of<'a>(&'a self, kind: MappingKind, side: Side, key: &'a str) -> &'a str {
        let holders = || self.of(kind, side).filter(|value| value.key == key);
        if let Some(now) = holders().find(|value| !value.former) {
            return &now.id;
        }
        let mut former = holders().map(|value| value.id.as_str());
        match (former.next(), former.next()) {
            (Some(only), None) => only,
            _ => key,
        }
    }

    /// The key that the value has now; `None` where another value has taken it.
    pub fn key_of<'a>(&'a self, kind: MappingKind, side: Side, id: &'a str) -> Option<&'a str> {
        let mut known = false;
        for value in self.of(kind, side).filter(|value| value.id == id) {
            if !value.former {
                return Some(&value.key);
            }
            known = true;
        }
        (!known).then_some(id)
    }

    /// Every key under which records may carry the value: its own and its former ones.
    pub fn keys_of<'a>(&'a self, kind: MappingKind, side: Side, id: &'a str) -> Vec<&'a str> {
        let mut keys: Vec<&str> = self
            .of(kind, side)
            .filter(|value| value.id == id && self.id_of(kind, side, &value.key) == id)
            .map(|value| value.key.as_str())
            .collect();
        if keys.is_empty() && self.key_of(kind, side, id) == Some(id) {
            keys.push(id);
        }
        keys
    }

    /// The name that a value had last.
    pub fn name_of(&self, kind: MappingKind, side: Side, id: &str) -> Option<&str> {
        self.of(kind, side)
            .filter(|value| value.id == id)
            .min_by_key(|value| value.former)
            .map(|value| value.name.as_str())
    }

    /// The key that a side uses now for what records may carry under another one: the present key of
    /// a value that was renamed, and the name of a rate that exactly one named value says.
    pub fn present<'a>(
        &'a self,
        kind: MappingKind,
        side: Side,
        key: &'a str,
        offered: &'a [Choice],
    ) -> &'a str {
        let id = self.id_of(kind, side, key);
        let key = self.key_of(kind, side, id).unwrap_or(key);
        named(offered, key)
    }

    /// Values that a side no longer offers but that said the same as another key of it: a template
    /// that was deleted or disabled, beside its account and rate.
    pub fn retired(&self, kind: MappingKind, side: Side, offered: &[Choice]) -> Vec<&KnownValue> {
        let is_offered = |key: &str| {
            let mut offered = offered.iter();
            offered.any(|choice| choice.key == key || choice.also.as_deref() == Some(key))
        };
        self.of(kind, side)
            .filter(|value| !value.former && value.also.is_some() && !is_offered(&value.key))
            .collect()
    }

    /// The ways that records are translated by, of one that is kept by identity: one for each key of
    /// its value. None where what stood for it has no key any more.
    pub fn ways(&self, kept: &Mapping) -> Vec<Mapping> {
        let (kind, from) = (kept.kind, kept.from);
        let Some(to) = self.key_of(kind, from.other(), &kept.to) else {
            return Vec::new();
        };
        self.keys_of(kind, from, &kept.key)
            .into_iter()
            .map(|key| Mapping {
                key: key.to_owned(),
                to: to.to_owned(),
                ..kept.clone()
            })
            .collect()
    }
}

/// The key of the only value that says the same as this one and is offered; the key as it is where
/// that is offered itself, or several or none say it.
pub(super) fn named<'a>(offered: &'a [Choice], key: &'a str) -> &'a str {
    if offered.iter().any(|choice| choice.key == key) {
        return key;
    }
    let mut saying = offered
        .iter()
        .filter(|choice| choice.also.as_deref() == Some(key));
    match (saying.next(), saying.next()) {
        (Some(only), None) => &only.key,
        _ => key,
    }
}
