//! Rules.

use serde::{Deserialize, Serialize};
use specta::Type;

use super::{Kind, MappingKind, Side};

/// Which way records of a kind travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Both ways.
    Both,
    /// From ERPNext to Xero only.
    ToXero,
    /// From Xero to ERPNext only.
    ToErpnext,
    /// Not at all.
    Off,
}

impl From<store::Direction> for Direction {
    fn from(direction: store::Direction) -> Self {
        match direction {
            store::Direction::Both => Direction::Both,
            store::Direction::ToXero => Direction::ToXero,
            store::Direction::ToErpnext => Direction::ToErpnext,
            store::Direction::Off => Direction::Off,
        }
    }
}

impl From<Direction> for store::Direction {
    fn from(direction: Direction) -> Self {
        match direction {
            Direction::Both => store::Direction::Both,
            Direction::ToXero => store::Direction::ToXero,
            Direction::ToErpnext => store::Direction::ToErpnext,
            Direction::Off => store::Direction::Off,
        }
    }
}

/// What becomes of the counterpart of a record that was voided, cancelled or deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "lowercase")]
pub enum Voids {
    /// It is ended too.
    Void,
    /// A person is asked.
    Ask,
    /// It stands, and the difference is shown.
    Never,
}

impl From<store::Voids> for Voids {
    fn from(voids: store::Voids) -> Self {
        match voids {
            store::Voids::Void => Voids::Void,
            store::Voids::Ask => Voids::Ask,
            store::Voids::Never => Voids::Never,
        }
    }
}

impl From<Voids> for store::Voids {
    fn from(voids: Voids) -> Self {
        match voids {
            Voids::Void => store::Voids::Void,
            Voids::Ask => store::Voids::Ask,
            Voids::Never => store::Voids::Never,
        }
    }
}

/// Which side holds where both changed a field to something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "lowercase")]
pub enum Conflicts {
    /// A person is asked.
    Ask,
    /// Xero's value holds.
    Xero,
    /// ERPNext's value holds.
    Erpnext,
}

impl From<Option<ledger::Side>> for Conflicts {
    fn from(holds: Option<ledger::Side>) -> Self {
        match holds {
            None => Conflicts::Ask,
            Some(ledger::Side::Xero) => Conflicts::Xero,
            Some(ledger::Side::Erpnext) => Conflicts::Erpnext,
        }
    }
}

impl From<Conflicts> for Option<ledger::Side> {
    fn from(conflicts: Conflicts) -> Self {
        match conflicts {
            Conflicts::Ask => None,
            Conflicts::Xero => Some(ledger::Side::Xero),
            Conflicts::Erpnext => Some(ledger::Side::Erpnext),
        }
    }
}

/// The rule of a kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RuleView {
    /// The kind.
    pub kind: Kind,
    /// Which way its records travel.
    pub direction: Direction,
    /// Documents dated before this day are left alone.
    pub start_date: Option<String>,
    /// What becomes of counterparts of what ended; `None` of contacts.
    pub voids: Option<Voids>,
    /// Which side holds where both changed a field to something else; `None` of payments, which are not edited.
    pub conflicts: Option<Conflicts>,
    /// Whether drafts travel too; `None` of contacts and payments.
    pub drafts: Option<bool>,
    /// Of contacts: whether those alone travel that a document or payment names.
    pub only_with_documents: Option<bool>,
    /// Of payments: the code of the account in Xero to which money for no invoice yet is booked, as a prepayment;
    /// `None` where it is an overpayment.
    pub prepayments: Option<String>,
}

/// A set of directions that people commonly want.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum Preset {
    /// Everything travels both ways.
    BothWays,
    /// Invoices out to Xero, payments back.
    ErpnextSells,
    /// Everything from Xero to ERPNext.
    XeroSells,
}

/// A preset, and what will happen by it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct PresetView {
    /// Which one.
    pub preset: Preset,
    /// What it is called.
    pub title: String,
    /// What will happen, a sentence each.
    pub explained: Vec<String>,
}

/// The rules of a pairing, kind by kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RulesView {
    /// One for each kind.
    pub rules: Vec<RuleView>,
    /// The preset that the directions are those of, if any.
    pub preset: Option<Preset>,
    /// All presets.
    pub presets: Vec<PresetView>,
    /// Documents dated before this day are left alone.
    pub start_date: Option<String>,
    /// Nothing dated on this day or before is written on either side.
    pub closed_until: Option<String>,
    /// The last day for which tax is filed: what is made, changed or ended there waits for a yes.
    pub tax_filed: Option<String>,
    /// From how many voided, cancelled or replaced records in one run on a person is asked.
    pub ask_from_voids: u32,
    /// From how many changed records in one run on a person is asked.
    pub ask_from_updates: u32,
}

/// One setting of a rule, and what it is to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum RuleSetting {
    /// Which way records travel.
    Direction(Direction),
    /// What becomes of counterparts of what ended.
    Voids(Voids),
    /// Which side holds where both changed a field.
    Conflicts(Conflicts),
    /// Whether drafts travel.
    Drafts(bool),
    /// Whether contacts travel only with a document.
    OnlyWithDocuments(bool),
    /// The account of prepayments; `None` where money for no invoice is an overpayment.
    Prepayments(Option<String>),
    /// The start date, as YYYY-MM-DD; `None` where there is none. For all kinds together.
    StartDate(Option<String>),
    /// The last day of the closed books, as YYYY-MM-DD. For all kinds together.
    ClosedUntil(Option<String>),
    /// The last day for which tax is filed, as YYYY-MM-DD. For all kinds together.
    TaxFiled(Option<String>),
    /// From how many ends in one run on a person is asked.
    AskFromVoids(u32),
    /// From how many changes in one run on a person is asked.
    AskFromUpdates(u32),
}

/// A change of a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RuleChange {
    /// The kind; `None` for every kind that has such a setting.
    pub kind: Option<Kind>,
    /// What is to be.
    pub set: RuleSetting,
}

/// What a change of the rules means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RuleEffect {
    /// The kind; `None` where it is for all of them.
    pub kind: Option<Kind>,
    /// Which setting, in words.
    pub what: String,
    /// What it is, in words.
    pub before: String,
    /// What it will be, in words.
    pub after: String,
    /// Which records it affects, a sentence each, by what was last read.
    pub affects: Vec<String>,
    /// How many records are affected by the next sync.
    pub records: u32,
}

/// Rules that were changed, or would be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RulesChanged {
    /// What each change means; empty where the rules are so already.
    pub effects: Vec<RuleEffect>,
    /// What does not go together in the rules as they will be, a sentence each.
    pub warnings: Vec<String>,
    /// Whether they were saved.
    pub saved: bool,
    /// The rules as they are now.
    pub rules: RulesView,
}

/// An account, tax rate or bank account in a file of rules: by what it is called, not by what one company's
/// books know it by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct NamedValue {
    /// Its account number or code, where it has one.
    pub code: Option<String>,
    /// Its name.
    pub name: String,
    /// A tax rate's percentage, as decimal text.
    pub rate: Option<String>,
}

/// A mapping in a file of rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct NamedMapping {
    /// What it is about.
    pub kind: MappingKind,
    /// The side from which records come.
    pub side: Side,
    /// The value there.
    pub value: NamedValue,
    /// What stands for it on the other side.
    pub counterpart: NamedValue,
}

/// Rules and mappings of a pairing, to be kept or taken over by another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RulesFile {
    /// What this is: `rules`.
    pub counterfoil: String,
    /// The version of this form: 1.
    pub version: u32,
    /// The Xero organisation that they were made for.
    pub organisation: String,
    /// The ERPNext company that they were made for.
    pub company: String,
    /// The rules.
    pub rules: Vec<RuleView>,
    /// The last day of the closed books.
    #[serde(default)]
    pub closed_until: Option<String>,
    /// The last day for which tax is filed.
    #[serde(default)]
    pub tax_filed: Option<String>,
    /// From how many ends in one run on a person is asked.
    pub ask_from_voids: u32,
    /// From how many changes in one run on a person is asked.
    pub ask_from_updates: u32,
    /// The mappings.
    pub mappings: Vec<NamedMapping>,
}

/// A mapping that could not be taken over, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct NotTaken {
    /// The mapping, in words.
    pub mapping: String,
    /// Why.
    pub why: String,
}

/// What was taken over from a file of rules, or would be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RulesImported {
    /// What became of the rules.
    pub changed: RulesChanged,
    /// How many mappings the file holds.
    pub mappings: u32,
    /// How many of them are found here by code and name.
    pub taken: u32,
    /// How many of these the pairing had already.
    pub as_before: u32,
    /// The others: nothing is guessed.
    pub not_taken: Vec<NotTaken>,
}
