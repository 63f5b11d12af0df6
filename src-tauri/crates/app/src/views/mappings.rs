//! Rules and mappings: which account, tax rate and bank account stands for which on the other side.

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
    /// A bank or cash account that payments come to.
    Bank,
    /// What lines are filed under: tracking options, cost centres, projects.
    Tracking,
}

impl From<ledger::MappingKind> for MappingKind {
    fn from(kind: ledger::MappingKind) -> Self {
        match kind {
            ledger::MappingKind::Account => MappingKind::Account,
            ledger::MappingKind::Tax => MappingKind::Tax,
            ledger::MappingKind::Bank => MappingKind::Bank,
            ledger::MappingKind::Tracking => MappingKind::Tracking,
        }
    }
}

impl From<MappingKind> for ledger::MappingKind {
    fn from(kind: MappingKind) -> Self {
        match kind {
            MappingKind::Account => ledger::MappingKind::Account,
            MappingKind::Tax => ledger::MappingKind::Tax,
            MappingKind::Bank => ledger::MappingKind::Bank,
            MappingKind::Tracking => ledger::MappingKind::Tracking,
        }
    }
}

/// An account, tax rate or bank account that a side offers.
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
    /// The key of what stands for it on the other side now.
    pub counterpart: Option<String>,
}

impl From<ledger::mapping::Choice> for ChoiceView {
    fn from(choice: ledger::mapping::Choice) -> Self {
        ChoiceView {
            key: choice.key,
            code: choice.code,
            name: choice.name,
            rate: choice.rate.map(|rate| rate.normalize().to_string()),
            counterpart: None,
        }
    }
}

/// How a row came to its counterpart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "lowercase")]
pub enum MappingState {
    /// Nothing stands for it yet.
    Unmatched,
    /// What stood for it is no longer offered.
    Gone,
    /// There is a proposal that nobody has accepted yet.
    Suggested,
    /// Accepted.
    Mapped,
}

/// One value and what stands for it on the other side. Each way is a row of its own, but two values
/// that stand for each other are one row of Xero's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct MappingRow {
    /// The side whose value this row is about, from which records come.
    pub side: Side,
    /// The value.
    pub value: ChoiceView,
    /// The key of its counterpart: the accepted one, else the suggested one.
    pub counterpart: Option<String>,
    /// Whether its counterpart stands for it, too: the row is the way back as well.
    pub both_ways: bool,
    /// How it came to it.
    pub state: MappingState,
    /// Why it is suggested, follows from another, or is gone: "same code, 200".
    pub reason: Option<String>,
    /// Records that need it and wait for it.
    pub waiting: u32,
    /// Whether nothing has to stand for it: what lines are filed under in a category that is not carried, and what
    /// a side files everything under.
    pub optional: bool,
}

/// All values of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct MappingTable {
    /// Accounts, tax rates or bank accounts.
    pub kind: MappingKind,
    /// Whether any of it is carried: else each side keeps what it has, and nothing here has to be mapped.
    pub carried: bool,
    /// Unmatched and gone first, then suggested, then mapped.
    pub rows: Vec<MappingRow>,
    /// What Xero offers.
    pub xero: Vec<ChoiceView>,
    /// What ERPNext offers.
    pub erpnext: Vec<ChoiceView>,
}

/// The page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct MappingsView {
    /// Accounts, then tax rates, then bank accounts.
    pub tables: Vec<MappingTable>,
}

/// A person's choice: of what stands for a value for records that come from its side. The way back
/// is set with it where it had nothing; else it stays as it is, unless both ways are asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct MappingChange {
    /// Account, tax rate or bank account.
    pub kind: MappingKind,
    /// The side whose value is mapped.
    pub side: Side,
    /// The value's key.
    pub key: String,
    /// What stands for it on the other side; `None` removes the mapping.
    pub counterpart: Option<String>,
    /// Whether the way back is changed, too.
    pub both_ways: bool,
}

/// What a choice changes, before it is saved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct MappingPreview {
    /// The way that was asked for, then the way back: as it becomes, or as it stays.
    pub effects: Vec<MappingEffect>,
}

/// What becomes of one way. What was carried over before is never rewritten by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct MappingEffect {
    /// The side whose value and records it is about.
    pub side: Side,
    /// The value's key.
    pub key: String,
    /// What stands for it until now, on the other side.
    pub before: Option<String>,
    /// What will.
    pub after: Option<String>,
    /// Whether it is what was asked for, and not the way back beside it.
    pub asked: bool,
    /// Records that wait for a mapping of the value.
    pub waiting: u32,
    /// Further records with the value that were not carried over yet.
    pub not_carried: u32,
    /// Records with the value that were carried over: they stay as they are, and follow the mapping
    /// when their lines are edited.
    pub linked: u32,
    /// All of it in words.
    pub sentence: String,
}
