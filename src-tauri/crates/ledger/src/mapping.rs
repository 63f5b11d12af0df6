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
}

/// All mappings of a pairing. Several values of one side may map to one of the other (two Xero
/// zero rates to one in ERPNext): the first in the list is taken for the way back.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Mappings(pub Vec<Mapping>);

impl Mappings {
    /// What stands on the other side for `key` of `from`.
    pub fn translate(&self, kind: MappingKind, from: Side, key: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|mapping| mapping.kind == kind && mapping.key(from) == key)
            .map(|mapping| mapping.key(from.other()))
    }
}
