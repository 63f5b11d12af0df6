//! Needs attention: exceptions grouped by cause, each with the control that mends it.

use serde::{Deserialize, Serialize};
use specta::Type;

use super::{Amount, ChoiceView, DifferenceView, Kind, MappingKind, RecordLinks, Side};

/// The page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct AttentionView {
    /// Exceptions in all, ignored ones not counted.
    pub total: u32,
    /// The causes, the one that holds up most first.
    pub groups: Vec<AttentionGroup>,
    /// Exceptions that a person has chosen to ignore.
    pub ignored: Vec<IgnoredView>,
}

/// How urgent a group looks. Never the only sign: the badge says it in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Refused: nothing was written.
    Bad,
    /// A choice or a wait.
    Warning,
}

/// Exceptions that have one cause and one remedy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct AttentionGroup {
    /// Identifies the group while its cause lasts: the cause's word and what it is about.
    pub id: String,
    /// The cause's stable word (`no_account_mapping`).
    pub cause: String,
    /// The cause in one or two words: "No account".
    pub badge: String,
    /// How urgent it looks.
    pub severity: Severity,
    /// The cause as a sentence: "Xero has no account for Freight Income - MF".
    pub title: String,
    /// What it means and what to do, one or two sentences.
    pub explanation: String,
    /// Who can do it, as a sentence; `None` where nobody has to.
    pub who: Option<String>,
    /// How many records wait.
    pub count: u32,
    /// Totals that wait, one for each currency.
    pub waiting: Vec<Amount>,
    /// Since when (UTC instant).
    pub since: String,
    /// The control that mends it.
    pub remedy: Remedy,
    /// The records, at most 200.
    pub records: Vec<ExceptionView>,
}

/// The control that mends a cause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Remedy {
    /// Choose what stands for a value on the other side; used from now on for records that come from
    /// its side, and the way back only where that has nothing.
    ChooseMapping {
        /// Account, tax rate or bank account.
        kind: MappingKind,
        /// The side whose value has no counterpart, or a wrong one.
        side: Side,
        /// The value's key there.
        key: String,
        /// The value's name there.
        name: String,
        /// What stands for it now, where that is wrong.
        current: Option<String>,
        /// What the other side offers, with what stands for each in its own way.
        choices: Vec<ChoiceView>,
        /// The key of the choice to start from, where there is a good one.
        suggested: Option<String>,
        /// Why it is suggested.
        reason: Option<String>,
    },
    /// Choose which record is the counterpart; each exception lists its candidates.
    PickCandidate,
    /// Give one of two records another number, or say that they are two; each exception shows the other.
    KeepApart,
    /// Say that it is a new one, where it may be a part of something else on the other side.
    AsNew,
    /// Choose which side's values to keep; each exception lists the differences.
    KeepOne {
        /// The sides whose values can be carried to the other.
        sides: Vec<Side>,
    },
    /// Mend the record in a remote system, then retry.
    MendRecord {
        /// Where to mend it.
        side: Side,
    },
    /// Sign in again.
    Reconnect {
        /// The connection.
        side: Side,
    },
    /// Nothing but to retry.
    Retry,
}

/// One record that needs a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ExceptionView {
    /// Its number.
    pub id: u32,
    /// The record's kind.
    pub kind: Kind,
    /// The side it was read from.
    pub side: Side,
    /// Its identity on that side.
    pub remote_id: String,
    /// The record, as it is named to be synced alone.
    pub record: String,
    /// The identity of its counterpart on the other side, where it is linked, or the cause names it.
    pub other_id: Option<String>,
    /// Its name or number.
    pub title: String,
    /// The contact of a document or payment.
    pub contact: Option<String>,
    /// The date of a document or payment.
    pub date: Option<String>,
    /// A document's total, a payment's amount.
    pub amount: Option<Amount>,
    /// The numbers of the invoices that a payment pays, or that a credit note is used for.
    pub pays: Vec<String>,
    /// One sentence that says what is wrong with this one.
    pub message: String,
    /// Since when (UTC instant).
    pub since: String,
    /// How often it was tried.
    pub attempts: u32,
    /// What differs, where the sides contradict each other.
    pub differences: Vec<DifferenceView>,
    /// What could be its counterpart, where several could.
    pub candidates: Vec<CandidateView>,
    /// Where to open it.
    pub links: RecordLinks,
    /// The newest log line about it, for the request and answer.
    pub log_line: Option<u32>,
}

/// A record that could be the counterpart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct CandidateView {
    /// Its identity on the other side.
    pub id: String,
    /// Its name or number.
    pub title: String,
    /// What tells it apart: e-mail, tax number, date and total.
    pub detail: String,
    /// Where to open it.
    pub link: Option<String>,
}

/// An exception that a person has chosen to ignore.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct IgnoredView {
    /// The exception.
    pub exception: ExceptionView,
    /// Why, in the person's words.
    pub reason: String,
    /// When (UTC instant).
    pub at: String,
}

/// What to try again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum RetryWhat {
    /// These exceptions.
    Some(Vec<u32>),
    /// Every exception of a group, by [`AttentionGroup::id`].
    Group(String),
    /// Every exception.
    All,
}
