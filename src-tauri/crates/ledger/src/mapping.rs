//! Which account and tax rate on one side stands for which on the other.

mod suggest;

use serde::{Deserialize, Serialize};

use crate::Side;
pub use suggest::{Choice, Suggestion, suggest};

/// What a mapping is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MappingKind {
    /// A ledger account that invoice lines are booked to.
    Account,
    /// A tax rate.
    Tax,
}

impl MappingKind {
    /// Both kinds.
    pub const ALL: [MappingKind; 2] = [MappingKind::Account, MappingKind::Tax];

    /// The stable lower-case word used in SQL, JSON and on the command line.
    pub const fn word(self) -> &'static str {
        match self {
            MappingKind::Account => "account",
            MappingKind::Tax => "tax",
        }
    }

    /// Reads [`MappingKind::word`] back.
    pub fn from_word(word: &str) -> Option<MappingKind> {
        MappingKind::ALL
            .into_iter()
            .find(|kind| kind.word() == word)
    }
}

/// One Xero value and its ERPNext value.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Mapping {
    /// What it is about.
    pub kind: MappingKind,
    /// Xero's key: account code, TaxType.
    pub xero: String,
    /// ERPNext's key: account name, Item Tax Template name or `account @ rate`.
    pub erpnext: String,
}

impl Mapping {
    /// The key on one side.
    pub fn key(&self, side: Side) -> &str {
        match side {
            Side::Xero => &self.xero,
            Side::Erpnext => &self.erpnext,
        }
    }

    /// The same with another key on one side.
    pub(crate) fn with(&self, side: Side, key: &str) -> Mapping {
        let mut changed = self.clone();
        match side {
            Side::Xero => key.clone_into(&mut changed.xero),
            Side::Erpnext => key.clone_into(&mut changed.erpnext),
        }
        changed
    }
}

/// All mappings of a pairing. Several values of one side may map to one of the other (two Xero
/// zero rates to one in ERPNext): the first in the list is taken for the way back.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Mappings(pub Vec<Mapping>);

impl Mappings {
    /// Adds what follows for values that have two keys on a side ([`Choice::also`]): what one of
    /// them is mapped to holds for the other as well, where that has no mapping of its own. Added
    /// ones go last, so nothing that was said changes.
    #[must_use]
    pub fn completed(mut self, kind: MappingKind, side: Side, choices: &[Choice]) -> Self {
        for choice in choices {
            let Some(also) = &choice.also else { continue };
            for (key, other) in [(&choice.key, also), (also, &choice.key)] {
                let known = |key: &str| {
                    let mut of_kind = self.0.iter().filter(|mapping| mapping.kind == kind);
                    of_kind.find(|mapping| mapping.key(side) == key)
                };
                if known(key).is_none()
                    && let Some(mapping) = known(other)
                {
                    let added = mapping.with(side, key);
                    self.0.push(added);
                }
            }
        }
        self
    }

    /// What stands on the other side for `key` of `from`.
    pub fn translate(&self, kind: MappingKind, from: Side, key: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|mapping| mapping.kind == kind && mapping.key(from) == key)
            .map(|mapping| mapping.key(from.other()))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_rate_keeps_its_mapping_when_a_template_is_added_for_it() {
        let tax = |xero: &str, erpnext: &str| Mapping {
            kind: MappingKind::Tax,
            xero: xero.into(),
            erpnext: erpnext.into(),
        };
        let template = |key: &str, also: &str| Choice {
            key: key.into(),
            code: None,
            also: Some(also.into()),
            name: key.into(),
            rate: None,
            default: false,
        };
        let of = |mappings: Vec<Mapping>, choices: &[Choice]| {
            Mappings(mappings).completed(MappingKind::Tax, Side::Erpnext, choices)
        };
        let to = |mappings: &Mappings, from: Side, key: &str| {
            let found = mappings.translate(MappingKind::Tax, from, key);
            found.map(str::to_owned)
        };
        let standard = template("UK VAT 20%", "VAT @ 20");
        let added = of(
            vec![tax("OUTPUT2", "VAT @ 20")],
            std::slice::from_ref(&standard),
        );
        assert_eq!(to(&added, Side::Erpnext, "UK VAT 20%").unwrap(), "OUTPUT2");
        assert_eq!(to(&added, Side::Xero, "OUTPUT2").unwrap(), "VAT @ 20");
        // Either way round, and both may stand.
        let named = of(
            vec![tax("OUTPUT2", "UK VAT 20%")],
            std::slice::from_ref(&standard),
        );
        assert_eq!(to(&named, Side::Erpnext, "VAT @ 20").unwrap(), "OUTPUT2");
        let both = vec![tax("OUTPUT2", "VAT @ 20"), tax("CAPOUTPUT", "UK VAT 20%")];
        let both = of(both, &[standard]);
        assert_eq!(both.0.len(), 2);
        assert_eq!(to(&both, Side::Erpnext, "UK VAT 20%").unwrap(), "CAPOUTPUT");
        assert_eq!(to(&both, Side::Erpnext, "VAT @ 20").unwrap(), "OUTPUT2");
        // Two templates of one rate, of which one is mapped.
        let zero = [template("Exempt", "VAT @ 0"), template("Zero", "VAT @ 0")];
        let zero = of(vec![tax("ZERORATED", "Zero")], &zero);
        assert_eq!(to(&zero, Side::Erpnext, "VAT @ 0").unwrap(), "ZERORATED");
        assert_eq!(to(&zero, Side::Erpnext, "Exempt"), None);
    }
}
