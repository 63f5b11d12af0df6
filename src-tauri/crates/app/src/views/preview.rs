//! Preview: what the next sync would do. Nothing is written to make it.

use serde::{Deserialize, Serialize};
use specta::Type;

use super::{Amount, DifferenceView, Kind, Side};

/// What would happen to a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "lowercase")]
pub enum PlannedChange {
    /// It would be created.
    Create,
    /// It would be changed.
    Update,
    /// It would be voided, cancelled or archived.
    Void,
    /// It is on both sides already and would be linked.
    Link,
    /// It would wait: see Needs attention.
    Wait,
}

/// One record of the preview.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct PreviewItem {
    /// Identifies it within this preview.
    pub id: String,
    /// The number of its record in this preview, by which it is held back. Two items of one record have
    /// the same.
    pub number: u32,
    /// The record's kind.
    pub kind: Kind,
    /// Its name or number.
    pub title: String,
    /// The contact of a document or payment.
    pub contact: Option<String>,
    /// A document's total, a payment's amount.
    pub amount: Option<Amount>,
    /// What would happen.
    pub change: PlannedChange,
    /// The side written to; `None` where nothing is written.
    pub towards: Option<Side>,
    /// What would happen, in words: "Create in Xero, 7 lines, VAT 180.40".
    pub text: String,
    /// Before and after: the source's value under its side, the target's present value under
    /// its own.
    pub differences: Vec<DifferenceView>,
}

/// How many records of each kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct KindCounts {
    /// Contacts.
    pub contacts: u32,
    /// Sales invoices.
    pub invoices: u32,
    /// Credit notes.
    pub credit_notes: u32,
    /// Payments.
    pub payments: u32,
}

/// The page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct PreviewView {
    /// When the books were read for it (UTC instant).
    pub made_at: String,
    /// What it is about, in words; `None` where it is about everything.
    pub about: Option<String>,
    /// Records that are held back, and those that need them: they wait.
    pub held: u32,
    /// To be written to Xero.
    pub to_xero: KindCounts,
    /// To be written to ERPNext.
    pub to_erpnext: KindCounts,
    /// On both sides already, to be linked.
    pub link: KindCounts,
    /// Linked and the same on both sides.
    pub unchanged: u32,
    /// Records that will wait for a person.
    pub waiting: u32,
    /// Causes for which they wait.
    pub causes: u32,
    /// What to look at before starting: "1 invoice will be cancelled in ERPNext because it was
    /// voided in Xero."
    pub warnings: Vec<String>,
    /// Whether the plan is a mass change that needs an explicit yes.
    pub needs_approval: bool,
    /// The records, at most 1,000, in the order of work; linked and unchanged ones last.
    pub items: Vec<PreviewItem>,
    /// How many records the whole plan holds.
    pub total: u32,
}
