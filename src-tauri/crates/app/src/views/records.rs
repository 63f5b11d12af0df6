//! Records: any record of either side, and both sides of one next to each other.

use serde::{Deserialize, Serialize};
use specta::Type;

use super::{Amount, ChangedValue, ExceptionView, Kind, Outcome, Side};

/// How a record stands between the two sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum RecordStanding {
    /// On both sides.
    Linked,
    /// It needs a person: see Needs attention.
    Waiting,
    /// On one side alone.
    Alone,
    /// Voided, cancelled, archived or deleted.
    Ended,
}

/// Which records to find. All given conditions must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(default)]
pub struct RecordFilter {
    /// Words, or beginnings of words, of number, name, contact, name in ERPNext or reference; or an
    /// identity in Xero, or a link to the record in either system.
    pub text: Option<String>,
    /// Only this kind of record.
    pub kind: Option<Kind>,
    /// Only records of this side. Where none is given, two that are linked are one line.
    pub side: Option<Side>,
    /// Only records with this total (`"1440"`), or from one to another (`"1000..1440"`).
    pub amount: Option<String>,
    /// Only documents and payments dated from this day on (YYYY-MM-DD).
    pub from: Option<String>,
    /// Only those dated up to this day.
    pub until: Option<String>,
    /// Only records that stand so.
    pub standing: Option<RecordStanding>,
}

/// A record in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RecordLine {
    /// How it is named, to be shown or synced alone: `xero:invoice:…`.
    pub record: String,
    /// Its kind.
    pub kind: Kind,
    /// Its name or number.
    pub title: String,
    /// The contact of a document or payment.
    pub contact: Option<String>,
    /// The date of a document or payment.
    pub date: Option<String>,
    /// A document's total, a payment's amount.
    pub amount: Option<Amount>,
    /// Whether it is in Xero.
    pub xero: bool,
    /// Whether it is in ERPNext.
    pub erpnext: bool,
    /// How it stands.
    pub standing: RecordStanding,
    /// The number of its exception, where it waits.
    pub exception: Option<u32>,
}

/// A page of records, newest first; what has no date comes before what has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RecordsPage {
    /// The records.
    pub records: Vec<RecordLine>,
    /// Pass it as `before` to get the next, older page; `None` at the end.
    pub next: Option<String>,
}

/// A record as one side has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SideRecordView {
    /// Its identity there.
    pub id: String,
    /// When it was last read (UTC instant).
    pub read_at: String,
    /// Since when it is known to be gone (UTC instant).
    pub gone_at: Option<String>,
    /// Why it could not be read, where it could not.
    pub unreadable: Option<String>,
    /// Where to open it.
    pub link: Option<String>,
}

/// A field of both sides, formatted for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RecordField {
    /// The field in the accountant's words.
    pub field: String,
    /// Xero's value; `None` where it has none.
    pub xero: Option<String>,
    /// ERPNext's value; `None` where it has none.
    pub erpnext: Option<String>,
    /// What both sides last agreed on, where they differ now and ever agreed.
    pub before: Option<String>,
    /// Whether the two sides say different things. Two accounts that are mapped to each other do not.
    pub differs: bool,
}

/// A line of a document on one side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RecordLineItem {
    /// What was sold, in words.
    pub text: String,
    /// The item's code.
    pub item: Option<String>,
    /// How many.
    pub quantity: String,
    /// The price of one.
    pub price: Amount,
    /// The discount in percent.
    pub discount: Option<String>,
    /// The line's amount, after discount.
    pub amount: Amount,
    /// The account it is booked to.
    pub account: Option<String>,
    /// The tax rate.
    pub tax: Option<String>,
    /// What it is filed under: tracking options, cost centre, project.
    pub tracking: Vec<String>,
}

/// A line of both sides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RecordLinePair {
    /// Its number, as people count.
    pub number: u32,
    /// As Xero has it.
    pub xero: Option<RecordLineItem>,
    /// As ERPNext has it.
    pub erpnext: Option<RecordLineItem>,
    /// In what they differ: "text", "amount", "account", "tax rate", "tracking".
    pub differs: Vec<String>,
}

/// A record that this one refers to, or that refers to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RelatedView {
    /// How it is named.
    pub record: String,
    /// Its kind.
    pub kind: Kind,
    /// Its name or number.
    pub title: String,
    /// Its date.
    pub date: Option<String>,
    /// What of it is for the other: paid, credited or used; else its total.
    pub amount: Option<Amount>,
    /// Whether Xero says so.
    pub xero: bool,
    /// Whether ERPNext says so.
    pub erpnext: bool,
}

/// An event in a record's life.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RecordEvent {
    /// The log line.
    pub id: u32,
    /// When (UTC instant).
    pub at: String,
    /// Who did it: the account and machine of a person, or what started it there.
    pub who: Option<String>,
    /// One sentence.
    pub text: String,
    /// What became of it.
    pub outcome: Outcome,
    /// The values that were changed.
    pub changes: Vec<ChangedValue>,
}

/// Everything about one record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RecordView {
    /// As it is listed.
    pub line: RecordLine,
    /// Xero's, where it is there.
    pub xero: Option<SideRecordView>,
    /// ERPNext's, where it is there.
    pub erpnext: Option<SideRecordView>,
    /// Field by field.
    pub fields: Vec<RecordField>,
    /// The lines of a document.
    pub lines: Vec<RecordLinePair>,
    /// When both sides last agreed (UTC instant).
    pub agreed_at: Option<String>,
    /// What it refers to: its contact, what it pays or is used for.
    pub refers_to: Vec<RelatedView>,
    /// What refers to it: payments, uses of credit notes, what was paid back; of a contact what is open.
    pub referred_by: Vec<RelatedView>,
    /// Whether there is more that refers to it than is listed.
    pub more_referred_by: bool,
    /// What needs a person about it.
    pub exception: Option<ExceptionView>,
    /// Its life, newest first.
    pub history: Vec<RecordEvent>,
}

/// What to export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum ExportWhat {
    /// The lines of the log that a filter finds.
    Log(super::LogFilter),
    /// Needs attention, and what was set aside.
    Exceptions,
    /// What every contact owes on both sides.
    Reconcile,
    /// What the next sync would do; reads both sides.
    Preview,
    /// The records that a filter finds.
    Records(RecordFilter),
}
