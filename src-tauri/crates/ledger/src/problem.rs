//! Why a record could not be synced.

mod kind;
mod meaning;
mod table;
#[cfg(test)]
mod tests;
pub(crate) mod variants;

pub use kind::kind_of_words;
pub use meaning::{Logged, Meaning, Severity, Way, WayOut, Where, Who};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{Kind, Reference, RemoteId, Side};

/// The cause of an exception, with what a person needs to put it right: the id of a message, with its
/// parameters. What each means (its words, its way out, who can do it) is one entry of
/// [`Cause::meaning`].
///
/// Fields of one name mean the same in every cause: `side` is the side that it names, `differences` what
/// differs, `offered` the sides whose values may be kept, `candidates` and `by` the records there that are
/// shown beside it, `stands` the one on the other side that is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// A line's account has no counterpart on the other side.
    NoAccountMapping {
        /// The side whose account is not mapped.
        side: Side,
        /// The account's key there.
        account: String,
    },
    /// A line's tax rate has no counterpart on the other side.
    NoTaxMapping {
        /// The side whose tax rate is not mapped.
        side: Side,
        /// The tax rate's key there.
        tax: String,
    },
    /// What a line is filed under has no counterpart on the other side, and others of its category have one.
    NoTrackingMapping {
        /// The side whose value is not mapped.
        side: Side,
        /// The value's key there.
        tracking: String,
    },
    /// Two values that a line is filed under stand for two of one category, of which a line has one.
    TrackingTwice {
        /// The side the document comes from.
        side: Side,
        /// One of them, by its key there.
        tracking: String,
        /// The other.
        second: String,
        /// The category on the other side.
        category: String,
    },
    /// A line's tax rate is mapped to one that would make another tax.
    WrongTaxMapping {
        /// The side the document comes from.
        side: Side,
        /// The tax rate's key there.
        tax: String,
        /// The key of what it is mapped to on the other side.
        to: String,
        /// The line's tax, with its currency.
        has: String,
        /// What it would be, with its currency.
        would_be: String,
    },
    /// A document states tax that the rates of its lines do not make, and the other side takes tax by
    /// rate only.
    TaxWithoutRate {
        /// The side the document comes from.
        side: Side,
        /// The tax it states, with its currency.
        stated: String,
        /// What the rates make, with its currency.
        by_rates: String,
    },
    /// A line names no account and the rule has no default.
    NoAccount {
        /// The side of the document.
        side: Side,
        /// The line, counted from 1.
        line: u32,
    },
    /// Several records on one side could be the counterpart; nothing is guessed.
    SeveralCandidates {
        /// The side of the candidates.
        side: Side,
        /// The candidates' identities there.
        candidates: Vec<RemoteId>,
    },
    /// Both sides already have this record but with different figures or facts.
    DifferOnBothSides {
        /// What differs: field, Xero's value, ERPNext's value.
        differences: Vec<Difference>,
        /// The sides whose values can be kept: what one of them would not take is not offered.
        #[serde(default = "both_sides", skip_serializing_if = "is_both_sides")]
        offered: Vec<Side>,
    },
    /// Both sides changed the same thing since they last agreed.
    BothChanged {
        /// What differs: field, Xero's value, ERPNext's value.
        differences: Vec<Difference>,
        /// The sides whose values can be kept: what one of them would not take is not offered.
        #[serde(default = "both_sides", skip_serializing_if = "is_both_sides")]
        offered: Vec<Side>,
    },
    /// A record was edited on a side from which the rules carry nothing: what it says there is neither carried
    /// nor put back before a person says so.
    EditedOneWay {
        /// The side where it was edited.
        side: Side,
        /// What differs: field, Xero's value, ERPNext's value.
        differences: Vec<Difference>,
        /// The sides whose values can be kept: that side's, which takes the edit over all the same, or the
        /// other's, which puts it back.
        offered: Vec<Side>,
    },
    /// The rules close a side's books up to a day, whatever its own lock date is.
    ClosedByRules {
        /// The side that would be written to.
        side: Side,
        /// The last day that is closed.
        until: chrono::NaiveDate,
    },
    /// A document or payment that came to its end on one side, and that the rules do not end on the other by
    /// themselves.
    EndedThere {
        /// The side where it ended.
        side: Side,
        /// What the rules say, in words that go on a sentence.
        why: String,
        /// What differs: field, Xero's value, ERPNext's value.
        differences: Vec<Difference>,
        /// The side that ended it, where the rules ask whether the other follows; nothing where they never
        /// do. Both where nobody knows who ended it.
        offered: Vec<Side>,
        /// The record that stands on the other side, where no link says which one it is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        stands: Option<RemoteId>,
    },
    /// One side would make other figures of the document than the ones meant; nothing stands there.
    WouldDiffer {
        /// The side that would.
        side: Side,
        /// What differs: field, Xero's value, ERPNext's value.
        differences: Vec<Difference>,
    },
    /// A document that both sides hold has other figures on one of them.
    TotalsDiffer {
        /// What differs: field, Xero's value, ERPNext's value.
        differences: Vec<Difference>,
        /// The sides whose values can be kept: what one of them would not take is not offered.
        #[serde(default = "both_sides", skip_serializing_if = "is_both_sides")]
        offered: Vec<Side>,
    },
    /// Totals agree but the amounts due do not: a payment or credit is on one side only.
    AmountDueDiffers {
        /// What differs: field, Xero's value, ERPNext's value.
        differences: Vec<Difference>,
    },
    /// A contact has credit notes or money on account on one side that the other does not have.
    CreditsDiffer {
        /// The documents: form, number and day; what is open of each on its side.
        differences: Vec<Difference>,
    },
    /// The contact this document needs could not be synced itself.
    WaitsForContact {
        /// The side the contact is on.
        side: Side,
        /// The contact's identity there.
        contact: RemoteId,
    },
    /// The invoice that this payment is for could not be synced itself.
    WaitsForInvoice {
        /// The side the invoice is on.
        side: Side,
        /// The invoice's identity there.
        invoice: RemoteId,
    },
    /// The credit note that this money was paid back on could not be synced itself.
    WaitsForCreditNote {
        /// The side the credit note is on.
        side: Side,
        /// The credit note's identity there.
        credit_note: RemoteId,
    },
    /// The bank or cash account of a payment has no counterpart on the other side.
    NoBankMapping {
        /// The side whose bank account is not mapped.
        side: Side,
        /// The account's key there.
        account: String,
    },
    /// A payment that is more than money received for invoices: the other side has nothing for it yet.
    PaymentNotCarried {
        /// The side it is on.
        side: Side,
        /// What it is besides, in one plain sentence.
        why: String,
    },
    /// A payment that both sides have says something else on one of them than when they agreed.
    PaymentsDiffer {
        /// What differs: field, Xero's value, ERPNext's value.
        differences: Vec<Difference>,
    },
    /// A use of a credit note for an invoice that the other side cannot take.
    AllocationNotCarried {
        /// The side it is on.
        side: Side,
        /// Why, in one plain sentence.
        why: String,
    },
    /// What a credit note is used for changed on both sides, to something else on each.
    AllocationsDiffer {
        /// What differs: invoice, how much is used for it in Xero, in ERPNext.
        differences: Vec<Difference>,
    },
    /// More would be paid of an invoice than is owed there.
    PaidTooMuch {
        /// The side where it would.
        side: Side,
        /// What is paid, with its currency.
        paid: String,
        /// What is owed there, with its currency.
        owed: String,
    },
    /// The contact is archived or disabled on the side that should take the document.
    ContactArchived {
        /// The side where it is archived.
        side: Side,
    },
    /// Another contact on that side has this name.
    NameTaken {
        /// The side where the name is taken.
        side: Side,
        /// The name.
        name: String,
        /// The contact that has it, where it is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<RemoteId>,
    },
    /// Another document on that side has this number.
    NumberTaken {
        /// The side where the number is taken.
        side: Side,
        /// The number.
        number: String,
        /// The document that has it, where it is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<RemoteId>,
    },
    /// An opening entry of ERPNext, whose income belongs to the time before: Xero has no invoice for it.
    OpeningInvoice,
    /// A document of Xero that is booked to its Historical Adjustment account, which is no income either.
    ConversionBalance,
    /// A document of the other side that may be a part of what an opening entry of this one brought in for
    /// its customer as one amount.
    InOpeningEntry {
        /// The side of the entry.
        side: Side,
        /// The entry.
        entry: RemoteId,
    },
    /// The document's date is in a locked or frozen period.
    PeriodLocked {
        /// The side whose period is locked.
        side: Side,
        /// The last locked day.
        until: chrono::NaiveDate,
    },
    /// The side does not use this currency.
    CurrencyNotUsed {
        /// The side.
        side: Side,
        /// The currency's code.
        currency: String,
    },
    /// The contact was merged into another on one side, which the other side has as well.
    Merged {
        /// The side where it was merged.
        side: Side,
        /// The contact there that it was merged into.
        into: RemoteId,
    },
    /// The document was edited on one side but can no longer be edited on the other (paid, or in a
    /// locked period).
    CannotEdit {
        /// The side that refuses.
        side: Side,
        /// Why, in one plain sentence.
        why: String,
        /// How much of it is paid or credited there, in its currency, where that is all that stands in the
        /// way.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        settled: Option<Decimal>,
    },
    /// The document was voided on one side but cannot be on the other.
    CannotVoid {
        /// The side that refuses.
        side: Side,
        /// Why, in one plain sentence.
        why: String,
    },
    /// A value is missing or wrong, so the other side would refuse it.
    Invalid {
        /// The side that would refuse.
        side: Side,
        /// The field, in the accountant's words.
        field: String,
        /// What is wrong and what would be right.
        why: String,
    },
    /// The remote system's row could not be read; its raw body is kept.
    Unreadable {
        /// The side.
        side: Side,
        /// What could not be read.
        why: String,
    },
    /// The record is gone from a side without having been voided or archived.
    Vanished {
        /// The side it is missing from.
        side: Side,
    },
    /// A write's answer was lost and looking the record up did not settle it.
    InDoubt {
        /// The side written to.
        side: Side,
        /// What is known.
        why: String,
    },
    /// The remote system refused for a reason we do not recognise; its words are kept.
    Refused {
        /// The side that refused.
        side: Side,
        /// The remote system's own words.
        message: String,
        /// What kind of refusal it is, the same for every record that it happens to: no amount, name
        /// or number is in it. `None`: what [`kind_of_words`] makes of the message.
        #[serde(default)]
        kind: Option<String>,
    },
}

fn both_sides() -> Vec<Side> {
    Side::BOTH.to_vec()
}

fn is_both_sides(offered: &[Side]) -> bool {
    offered == Side::BOTH
}

/// One field in which two records differ. Values are formatted for people.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Difference {
    /// The field, in the accountant's words: "total", "due date".
    pub field: String,
    /// Xero's value; `None` where it has none.
    pub xero: Option<String>,
    /// ERPNext's value; `None` where it has none.
    pub erpnext: Option<String>,
}

impl Difference {
    /// Both values of a field.
    pub fn new(field: &str, xero: Option<String>, erpnext: Option<String>) -> Self {
        Self {
            field: field.to_owned(),
            xero,
            erpnext,
        }
    }
}

/// What the kind of a refusal for want of permission begins with.
const FORBIDDEN: &str = "not allowed: ";

impl Cause {
    /// A refusal that we do not recognise, in the remote system's own words.
    pub fn refused(side: Side, message: impl Into<String>) -> Self {
        Cause::Refused {
            side,
            message: message.into(),
            kind: None,
        }
    }

    /// What keeps a record back that refers to one which could not be synced itself.
    pub fn waits_for(side: Side, reference: &Reference) -> Self {
        let id = reference.id.clone();
        match reference.kind {
            Kind::Contact => Cause::WaitsForContact { side, contact: id },
            Kind::CreditNote => Cause::WaitsForCreditNote {
                side,
                credit_note: id,
            },
            Kind::Payment => Cause::PaymentNotCarried {
                side,
                why: "the payment that it pays back is not carried itself".to_owned(),
            },
            Kind::Invoice => Cause::WaitsForInvoice { side, invoice: id },
        }
    }

    /// A refusal of one record because the user may not write it (a User Permission, a role's condition),
    /// in the remote system's own words.
    pub fn forbidden(side: Side, message: impl Into<String>) -> Self {
        let message = message.into();
        let kind = Some(format!("{FORBIDDEN}{}", kind_of_words(&message, [])));
        Cause::Refused {
            side,
            message,
            kind,
        }
    }

    /// Whether it is such a refusal: then nothing about the record is wrong, but what the user may do.
    pub fn is_forbidden(&self) -> bool {
        matches!(self, Cause::Refused { kind: Some(kind), .. } if kind.starts_with(FORBIDDEN))
    }
}
