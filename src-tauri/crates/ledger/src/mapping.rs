//! Which account and tax rate on one side stands for which on the other.
//!
//! Each direction is a function of its own: what stands for a Xero value in ERPNext says nothing
//! about what stands for an ERPNext value in Xero, so changing one way never changes the other.

mod figures;
mod suggest;
#[cfg(test)]
mod tests;
mod values;

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::Side;
pub use figures::{OtherTax, other_tax};
pub use suggest::{Suggestion, suggest};
pub use values::{Choice, Directory, KnownValue, Renamed, Seen, seen};

/// What a mapping is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MappingKind {
    /// A ledger account that invoice lines are booked to.
    Account,
    /// A tax rate.
    Tax,
    /// A bank or cash account that payments come to.
    Bank,
    /// A tracking option, or a cost centre or project.
    Tracking,
}

impl MappingKind {
    /// Every kind.
    pub const ALL: [MappingKind; 4] = [
        MappingKind::Account,
        MappingKind::Tax,
        MappingKind::Bank,
        MappingKind::Tracking,
    ];

    /// The kinds of which everything that records carry needs a counterpart. What lines are filed under needs one
    /// only where something of its category is mapped ([`crate::tracking`]).
    pub const NEEDED: [MappingKind; 3] =
        [MappingKind::Account, MappingKind::Tax, MappingKind::Bank];

    /// The stable lower-case word used in SQL, JSON and on the command line.
    pub const fn word(self) -> &'static str {
        match self {
            MappingKind::Account => "account",
            MappingKind::Tax => "tax",
            MappingKind::Bank => "bank",
            MappingKind::Tracking => "tracking",
        }
    }

    /// What people call one, without an article.
    pub const fn noun(self) -> &'static str {
        match self {
            MappingKind::Account => "account",
            MappingKind::Tax => "tax rate",
            MappingKind::Bank => "bank account",
            MappingKind::Tracking => "tracking",
        }
    }

    /// Reads [`MappingKind::word`] back.
    pub fn from_word(word: &str) -> Option<MappingKind> {
        MappingKind::ALL
            .into_iter()
            .find(|kind| kind.word() == word)
    }
}

/// One way of a mapping: a value of one side, and what stands for it on the other.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Mapping {
    /// What it is about.
    pub kind: MappingKind,
    /// The side the records come from.
    pub from: Side,
    /// The value's key there, as records carry it: Xero's account code or TaxType, ERPNext's account
    /// name, Item Tax Template name or `account @ rate`.
    pub key: String,
    /// The key on the other side of what stands for it.
    pub to: String,
}

impl Mapping {
    /// A Xero value and an ERPNext value that stand for each other.
    pub fn both_ways(kind: MappingKind, xero: &str, erpnext: &str) -> [Mapping; 2] {
        let there = Mapping {
            kind,
            from: Side::Xero,
            key: xero.to_owned(),
            to: erpnext.to_owned(),
        };
        let back = there.back();
        [there, back]
    }

    /// The same two values the other way.
    #[must_use]
    pub fn back(&self) -> Mapping {
        Mapping {
            kind: self.kind,
            from: self.from.other(),
            key: self.to.clone(),
            to: self.key.clone(),
        }
    }

    /// The key on one side.
    pub fn on(&self, side: Side) -> &str {
        if side == self.from {
            &self.key
        } else {
            &self.to
        }
    }
}

/// All mappings of a pairing, as records are translated by. A value has at most one counterpart;
/// several values may have the same one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mappings {
    ways: BTreeMap<MappingKind, BTreeMap<Side, BTreeMap<String, String>>>,
    /// The percentages of each side's tax rates, where known.
    rates: BTreeMap<Side, BTreeMap<String, Decimal>>,
}

impl FromIterator<Mapping> for Mappings {
    /// Of several for one value the last one counts.
    fn from_iter<T: IntoIterator<Item = Mapping>>(ways: T) -> Self {
        let mut mappings = Mappings::default();
        for way in ways {
            mappings.set(way);
        }
        mappings
    }
}

impl Mappings {
    /// What stands on the other side for `key` of `from`.
    pub fn translate(&self, kind: MappingKind, from: Side, key: &str) -> Option<&str> {
        self.ways
            .get(&kind)?
            .get(&from)?
            .get(key)
            .map(String::as_str)
    }

    /// Sets one way; the other stays as it is.
    pub fn set(&mut self, way: Mapping) {
        self.of(way.kind, way.from).insert(way.key, way.to);
    }

    /// Removes one way; the other stays as it is.
    pub fn remove(&mut self, kind: MappingKind, from: Side, key: &str) {
        self.of(kind, from).remove(key);
    }

    /// Every way of a kind and side, in the order of the keys.
    pub fn ways(&self, kind: MappingKind, from: Side) -> impl Iterator<Item = (&str, &str)> {
        self.ways
            .get(&kind)
            .and_then(|of_kind| of_kind.get(&from))
            .into_iter()
            .flatten()
            .map(|(key, to)| (key.as_str(), to.as_str()))
    }

    fn of(&mut self, kind: MappingKind, from: Side) -> &mut BTreeMap<String, String> {
        self.ways.entry(kind).or_default().entry(from).or_default()
    }

    /// Adds what follows for values that have two keys on a side ([`Choice::also`]): what one of
    /// them is mapped to holds for the other as well, where that has no mapping of its own. A rate
    /// keeps its mapping whichever way the side names it, and what the other side's values are mapped
    /// to is called what the side calls it now.
    ///
    /// Several named values may say the same (two Item Tax Templates of one account and rate). The
    /// unnamed one then follows the first that is mapped, else one that is not offered any more. A
    /// named one follows the unnamed one that a person mapped, and the other named ones where all that
    /// are mapped agree; at a rate of zero it does not follow those, for an exempt and a zero-rated
    /// sale are told apart by nothing else.
    #[must_use]
    pub fn completed(
        mut self,
        kind: MappingKind,
        side: Side,
        offered: &[Choice],
        directory: &Directory,
    ) -> Self {
        let said = self.clone();
        let said = |key: &str| said.translate(kind, side, key);
        let add = |mappings: &mut Self, key: &str, to: &str| {
            let of = mappings.of(kind, side);
            of.entry(key.to_owned()).or_insert_with(|| to.to_owned());
        };
        for choice in offered {
            let Some(also) = &choice.also else { continue };
            if let Some(to) = said(&choice.key) {
                add(&mut self, also, to);
            }
            if let Some(to) = said(also) {
                add(&mut self, &choice.key, to);
            }
        }
        for choice in offered {
            if choice.also.is_none() || choice.rate.is_none_or(|rate| rate.is_zero()) {
                continue;
            }
            let mut siblings = offered
                .iter()
                .filter(|other| other.also == choice.also)
                .filter_map(|other| said(&other.key));
            if let Some(first) = siblings.next()
                && siblings.all(|to| to == first)
            {
                add(&mut self, &choice.key, first);
            }
        }
        let retired = directory.retired(kind, side, offered);
        let also_of = |key: &str| {
            let mut retired = retired.iter();
            retired.find(|value| value.key == key)?.also.as_deref()
        };
        for value in &retired {
            if let (Some(also), Some(to)) = (&value.also, said(&value.key)) {
                add(&mut self, also, to);
                add(&mut self, values::named(offered, also), to);
            }
        }
        for to in self.of(kind, side.other()).values_mut() {
            let now = values::named(offered, also_of(to).unwrap_or(to)).to_owned();
            *to = now;
        }
        self
    }

    /// The same, knowing the percentages of a side's tax rates.
    #[must_use]
    pub fn knowing_rates(mut self, side: Side, choices: &[Choice]) -> Self {
        let known = self.rates.entry(side).or_default();
        for choice in choices {
            let Some(rate) = choice.rate else { continue };
            known.insert(choice.key.clone(), rate);
            if let Some(also) = &choice.also {
                known.insert(also.clone(), rate);
            }
        }
        self
    }

    /// The percentage of a side's tax rate, where known.
    pub fn rate(&self, side: Side, tax: &str) -> Option<Decimal> {
        self.rates.get(&side)?.get(tax).copied()
    }
}
