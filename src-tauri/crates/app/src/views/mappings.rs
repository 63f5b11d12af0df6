//! Rules and mappings: which account and tax rate stands for which on the other side.

use serde::{Deserialize, Serialize};
use specta::Type;

use super::Side;

/// What a mapping is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "lowercase")]
pub enum MappingKind {
    /// A ledger account.
    Account,
    /// A tax rate.
    Tax,
}

impl From<ledger::MappingKind> for MappingKind {
    fn from(kind: ledger::MappingKind) -> Self {
        match kind {
            ledger::MappingKind::Account => MappingKind::Account,
            ledger::MappingKind::Tax => MappingKind::Tax,
        }
    }
}

impl From<MappingKind> for ledger::MappingKind {
    fn from(kind: MappingKind) -> Self {
        match kind {
            MappingKind::Account => ledger::MappingKind::Account,
            MappingKind::Tax => ledger::MappingKind::Tax,
        }
    }
}

/// An account or tax rate that a side offers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ChoiceView {
    /// The key used in mappings.
    pub key: String,
    /// The account number or code, where there is one.
    pub code: Option<String>,
    /// The name as a person reads it.
    pub name: String,
    /// A tax rate's percentage as decimal text.
    pub rate: Option<String>,
}

impl From<ledger::mapping::Choice> for ChoiceView {
    fn from(choice: ledger::mapping::Choice) -> Self {
        ChoiceView {
            key: choice.key,
            code: choice.code,
            name: choice.name,
            rate: choice.rate.map(|rate| rate.normalize().to_string()),
        }
    }
}

/// How a row came to its counterpart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "lowercase")]
pub enum MappingState {
    /// Nothing stands for it yet.
    Unmatched,
    /// There is a proposal that nobody has accepted yet.
    Suggested,
    /// Accepted.
    Mapped,
}

/// One value and what stands for it on the other side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct MappingRow {
    /// The side whose value this row is about. A mapped pair is shown once, as a row of Xero's,
    /// unless another row has Xero's value already.
    pub side: Side,
    /// The value.
    pub value: ChoiceView,
    /// The key of its counterpart: the accepted one, else the suggested one.
    pub counterpart: Option<String>,
    /// How it came to it.
    pub state: MappingState,
    /// Why it is suggested: "same code, 200".
    pub reason: Option<String>,
    /// Records that need it and wait for it.
    pub waiting: u32,
}

/// All values of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct MappingTable {
    /// Accounts or tax rates.
    pub kind: MappingKind,
    /// Unmatched first, then suggested, then mapped.
    pub rows: Vec<MappingRow>,
    /// What Xero offers.
    pub xero: Vec<ChoiceView>,
    /// What ERPNext offers.
    pub erpnext: Vec<ChoiceView>,
}

/// The page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct MappingsView {
    /// Accounts, then tax rates.
    pub tables: Vec<MappingTable>,
}

/// A person's choice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct MappingChange {
    /// Account or tax rate.
    pub kind: MappingKind,
    /// The side whose value is mapped.
    pub side: Side,
    /// The value's key.
    pub key: String,
    /// What stands for it on the other side; `None` removes the mapping.
    pub counterpart: Option<String>,
}
