//! Reconcile: what is owed, by contact, on both sides, with every cent of difference named.

use serde::{Deserialize, Serialize};
use specta::Type;

use super::{Amount, Side, UnreadView};

/// What to show of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ReconcileFilter {
    /// Contacts, or documents, that agree as well.
    pub all: bool,
    /// At most this many lines.
    pub limit: u32,
}

/// As of when it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct AsOfView {
    /// When Xero was last read (UTC instant); `None` where it never was.
    pub xero: Option<String>,
    /// The same of ERPNext.
    pub erpnext: Option<String>,
    /// A sync is under way, or one was broken off and not gone on with: figures may be of two moments.
    pub being_changed: bool,
}

/// What every contact owes on both sides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ReconcileView {
    /// As of when.
    pub as_of: AsOfView,
    /// Whether something is different that was not set aside and is not of rounding alone, or could not
    /// be read.
    pub differs: bool,
    /// Contacts with something open on either side.
    pub contacts: u32,
    /// Of these, the ones that the two sides say different things of.
    pub differing: u32,
    /// Contacts by currency: the ones that differ, largest difference first, and where they are asked for
    /// those that agree.
    pub lines: Vec<OwedLine>,
    /// Lines beyond the limit.
    pub more: u32,
    /// All contacts together, base currency first.
    pub totals: Vec<OwedTotal>,
    /// What a rule leaves on one side; it is in no line and no difference.
    pub left_alone: Vec<LeftAloneView>,
    /// Sides of which it is not known what customers have open beside invoices.
    pub unread: Vec<UnreadView>,
}

/// What one contact owes in one currency: invoices less credit notes and money on account. What a rule
/// leaves alone is no part of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct OwedLine {
    /// Its name.
    pub contact: String,
    /// How to ask for its documents: `xero:contact:…`.
    pub name: String,
    /// ISO 4217 code.
    pub currency: String,
    /// Owed in Xero, decimal text.
    pub xero: String,
    /// Owed in ERPNext, decimal text.
    pub erpnext: String,
    /// Xero less ERPNext, decimal text.
    pub difference: String,
    /// Why, in the order of size; the amounts add up to the difference.
    pub why: Vec<WhyView>,
}

/// A part of a difference, with its reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct WhyView {
    /// The reason's stable word: the cause of an exception, or `only_on_one_side`, `not_linked_yet`,
    /// `left_alone`, `other_contact`, `rounding`, `not_carried_by_rule`, `linked_as_they_are`, `unexplained`.
    pub reason: String,
    /// What it comes to, Xero less ERPNext, decimal text.
    pub amount: String,
    /// The reason in words.
    pub text: String,
    /// Documents or payments that it is about.
    pub count: u32,
    /// The number of the exception in Needs attention, where it is about one.
    pub exception: Option<u32>,
    /// Why a person set it aside, where one did.
    pub set_aside: Option<String>,
    /// Who did, where the log still says so; of one document alone.
    pub set_aside_by: Option<String>,
}

/// All contacts together in one currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct OwedTotal {
    /// ISO 4217 code.
    pub currency: String,
    /// Owed in Xero, decimal text.
    pub xero: String,
    /// Owed in ERPNext, decimal text.
    pub erpnext: String,
    /// Xero less ERPNext, decimal text.
    pub difference: String,
    /// What a rule leaves alone of it in Xero, beside `xero`.
    pub xero_left_alone: String,
    /// The same in ERPNext.
    pub erpnext_left_alone: String,
    /// What Xero's own report says: both together.
    pub xero_report: String,
    /// What ERPNext's own report says.
    pub erpnext_report: String,
}

/// Documents that a rule leaves on one side, and what is open of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct LeftAloneView {
    /// The side that has them.
    pub side: Side,
    /// `invoice`, `credit_note`, `payment`, or `credit` of money on account.
    pub what: String,
    /// How many.
    pub documents: u32,
    /// What customers owe by them; below zero of credit notes, payments and money on account.
    pub amount: Amount,
    /// The rule, in words: "dated before the start date".
    pub rule: String,
}

/// What one contact owes, document by document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ContactOwesView {
    /// As of when.
    pub as_of: AsOfView,
    /// As in [`ReconcileView::differs`].
    pub differs: bool,
    /// The contact by currency.
    pub lines: Vec<OwedLine>,
    /// Its documents: the ones that differ, largest difference first, and where they are asked for those
    /// that agree.
    pub documents: Vec<OwedDocumentView>,
    /// Documents beyond the limit.
    pub more: u32,
    /// Documents that agree, where they were not asked for.
    pub agreeing: u32,
    /// What a rule leaves on one side; it is in no line and no difference.
    pub left_alone: Vec<OwedDocumentView>,
    /// As in [`ReconcileView::unread`].
    pub unread: Vec<UnreadView>,
}

/// A document, and what is due of it on each side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct OwedDocumentView {
    /// `invoice`, `credit_note`; of money on account `overpayment`, `prepayment`, `payment`, `journal`, and
    /// `on_account` of all of it that the two sides both have.
    pub form: String,
    /// Its number; empty where it has none.
    pub number: String,
    /// Its date (YYYY-MM-DD).
    pub date: Option<String>,
    /// ISO 4217 code.
    pub currency: String,
    /// Due in Xero, decimal text; below zero of credit notes and money on account, `None` where it is not open there.
    pub xero: Option<String>,
    /// The same in ERPNext.
    pub erpnext: Option<String>,
    /// Xero less ERPNext, decimal text.
    pub difference: String,
    /// Why; the amounts add up to the difference.
    pub why: Vec<WhyView>,
    /// What was paid and credited of an invoice, used and paid back of a credit note, on either side.
    pub payments: Vec<MovementView>,
}

/// What takes something off a document: a payment, or the use of a credit note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct MovementView {
    /// `payment`; of an invoice `credit_note`, which is used for it; of a credit note `use`, for an invoice.
    pub what: String,
    /// Its date (YYYY-MM-DD).
    pub date: String,
    /// What it is called in Xero, where it is there: "PAY-7", "credit note CN-2", "used for INV-1".
    pub xero: Option<String>,
    /// What it is called in ERPNext.
    pub erpnext: Option<String>,
    /// Paid or credited of an invoice in Xero, used or paid back of a credit note, decimal text.
    pub xero_amount: Option<String>,
    /// The same in ERPNext.
    pub erpnext_amount: Option<String>,
}

/// All contacts together on a day, in one currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct OwedTotalOnDay {
    /// The currency.
    pub currency: String,
    /// What they owed in Xero, decimal text.
    pub xero: String,
    /// What they owed in ERPNext.
    pub erpnext: String,
    /// Xero less ERPNext.
    pub difference: String,
}

/// A document or payment of which not the same counted on both sides on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct OwedEntry {
    /// What it is: "invoice", "payment".
    pub what: String,
    /// What people call it.
    pub title: String,
    /// Its day in Xero; `None` where Xero has none.
    pub xero_day: Option<String>,
    /// Its day in ERPNext.
    pub erpnext_day: Option<String>,
    /// What counted of it in Xero, decimal text; above zero is owed.
    pub xero: String,
    /// What counted of it in ERPNext.
    pub erpnext: String,
    /// Why, in words: "dated 2026-11-02 in ERPNext".
    pub why: String,
}

/// What one contact owed on a day in one currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct OwedOnDayLine {
    /// Its name.
    pub contact: String,
    /// How to ask for its documents: `xero:contact:…`.
    pub name: String,
    /// The currency.
    pub currency: String,
    /// What it owed in Xero, decimal text.
    pub xero: String,
    /// What it owed in ERPNext.
    pub erpnext: String,
    /// Xero less ERPNext.
    pub difference: String,
    /// What of it did not count the same on both sides; the differences add up to that of the line.
    pub entries: Vec<OwedEntry>,
}

/// What every contact owed at the end of a day: by the days of documents and payments, and what ended counts as
/// never. Each side's own figures, what rules leave alone included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct OwedOnDay {
    /// The day.
    pub day: String,
    /// When each side was read.
    pub as_of: AsOfView,
    /// Contacts and currencies in which something was owed on either side.
    pub contacts: u32,
    /// Of these, the ones that the two sides say different things of.
    pub differing: u32,
    /// Those that differ, largest difference first, and where they are asked for those that agree.
    pub lines: Vec<OwedOnDayLine>,
    /// Lines beyond the limit.
    pub more: u32,
    /// All contacts together, base currency first.
    pub totals: Vec<OwedTotalOnDay>,
    /// As in [`ReconcileView::unread`].
    pub unread: Vec<UnreadView>,
}

/// What a person signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SignOffView {
    /// Its number.
    pub id: u32,
    /// The day that it is about.
    pub day: String,
    /// When it was signed (UTC instant).
    pub signed_at: String,
    /// Who: account and machine.
    pub who: String,
    /// What they said to it.
    pub note: String,
    /// Contacts and currencies in which something was owed.
    pub contacts: u32,
    /// The figures.
    pub totals: Vec<OwedTotalOnDay>,
}

/// All sign-offs, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SignOffsView {
    /// Each.
    pub sign_offs: Vec<SignOffView>,
}

/// A contact of whose documents and payments something else counts by now than was signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ChangedSince {
    /// Its name.
    pub contact: String,
    /// How to ask for its documents.
    pub name: String,
    /// The currency.
    pub currency: String,
    /// What was signed of Xero, decimal text.
    pub signed_xero: String,
    /// What was signed of ERPNext.
    pub signed_erpnext: String,
    /// What Xero says of that day now.
    pub xero: String,
    /// What ERPNext says of that day now.
    pub erpnext: String,
    /// Its documents and payments of which something else counts now than was signed: entered, voided, dated
    /// otherwise or of another amount since.
    pub entries: Vec<OwedEntry>,
}

/// What changed of a signed day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SinceSignOff {
    /// What was signed.
    pub sign_off: SignOffView,
    /// Whose documents and payments count otherwise now.
    pub changed: Vec<ChangedSince>,
}
