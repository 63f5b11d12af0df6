//! The table of causes: what each means. A new cause is a variant of [`Cause`] and an entry here; a
//! scenario of it in `tests/tests/ways_out.rs` shows that its way out works, and that it ends by itself.

use super::meaning::{Logged, Meaning, Severity, Way, Where, Who};
use super::{Cause, FORBIDDEN};
use crate::MappingKind;
use crate::agreement::REMAINING_CREDIT;
use crate::problem::Difference;

/// The sentence itself: of records that all need one value, or of one record.
const SAYS: &str = "{says}";

/// Whether what is open of a credit note was compared.
fn of_credit(differences: &[Difference]) -> bool {
    differences.iter().any(|it| it.field == REMAINING_CREDIT)
}

/// What most entries have in common.
const PLAIN: Meaning = Meaning {
    word: "",
    badge: "",
    severity: Severity::Refused,
    logged: Logged::Exception,
    holds_up: true,
    says: "",
    one: SAYS,
    many: SAYS,
    fix: "",
    way: Way::Retry,
    who: Who::Here,
    about: &["side"],
};

/// What the entries about a choice have in common.
const CHOICE: Meaning = Meaning {
    severity: Severity::Waits,
    logged: Logged::Choice,
    fix: "{choose}",
    way: Way::Keep,
    about: &["offered"],
    ..PLAIN
};

impl Cause {
    /// What it means: its entry.
    #[allow(clippy::too_many_lines, reason = "a table")]
    pub fn meaning(&self) -> &'static Meaning {
        match self {
            Cause::NoAccountMapping { .. } => &Meaning {
                word: "no_account_mapping",
                badge: "No account",
                severity: Severity::Waits,
                says: "{other} has no account for \"{account}\" of {side}.",
                fix: "Choose the {other} account for what comes from {side} with it; everything that waits for it is sent again.",
                way: Way::Map(MappingKind::Account, "account"),
                about: &["side", "account"],
                ..PLAIN
            },
            Cause::NoTaxMapping { .. } => &Meaning {
                word: "no_tax_mapping",
                badge: "No tax rate",
                severity: Severity::Waits,
                says: "{other} has no tax rate for \"{tax}\" of {side}.",
                fix: "Choose the {other} tax rate for what comes from {side} with it; everything that waits for it is sent again.",
                way: Way::Map(MappingKind::Tax, "tax"),
                about: &["side", "tax"],
                ..PLAIN
            },
            Cause::NoTrackingMapping { .. } => &Meaning {
                word: "no_tracking_mapping",
                badge: "No tracking",
                severity: Severity::Waits,
                says: "{other} has nothing for \"{tracking}\", which a line in {side} is filed under.",
                fix: "Choose what it stands for in {other}; everything that waits for it is sent again.",
                way: Way::Map(MappingKind::Tracking, "tracking"),
                about: &["side", "tracking"],
                ..PLAIN
            },
            Cause::TrackingTwice { .. } => &Meaning {
                word: "tracking_twice",
                badge: "Filed twice",
                severity: Severity::Waits,
                says: "A line in {side} is filed under \"{tracking}\" and \"{second}\", and both stand for a {category} of {other}, where a line has one.",
                fix: "Take one of them off the line in {side}, or map one of the two to something else.",
                way: Way::Map(MappingKind::Tracking, "tracking"),
                about: &["side", "tracking"],
                ..PLAIN
            },
            Cause::WrongTaxMapping { .. } => &Meaning {
                word: "wrong_tax_mapping",
                badge: "Wrong tax rate",
                severity: Severity::Waits,
                says: "\"{tax}\" of {side} is mapped to \"{to}\" of {other}, which would make {would_be} of its tax of {has}.",
                many: "\"{tax}\" of {side} is mapped to \"{to}\" of {other}, which would make other tax of {n} documents.",
                fix: "Choose the {other} tax rate of the same percentage for what comes from {side} with it; everything that waits for it is sent again.",
                way: Way::Map(MappingKind::Tax, "tax"),
                about: &["side", "tax"],
                ..PLAIN
            },
            Cause::TaxWithoutRate { .. } => &Meaning {
                word: "tax_without_rate",
                badge: "Tax by amount",
                severity: Severity::Waits,
                says: "{side} states {stated} of tax as an amount, but the rates of the lines make {by_rates}; {other} takes tax by rate, and differences of a cent a line.",
                one: "One document in {side} states tax that its rates do not make.",
                many: "{n} documents in {side} state tax that their rates do not make.",
                fix: "Amend it in {side} so that its lines or its tax row say a rate; it follows by itself. Or set it aside.",
                way: Way::Mend(Where::Named),
                who: Who::Editor(Where::Named),
                ..PLAIN
            },
            Cause::NoAccount { .. } => &Meaning {
                word: "no_account",
                badge: "No account",
                severity: Severity::Waits,
                says: "Line {line} in {side} names no account.",
                one: "A line in {side} names no account.",
                many: "{n} documents in {side} have a line that names no account.",
                fix: "Choose an account for that line in {side}, or set a default income account in {other}; it follows by itself.",
                way: Way::Mend(Where::Named),
                who: Who::Editor(Where::Named),
                ..PLAIN
            },
            Cause::SeveralCandidates { .. } => &Meaning {
                word: "several_candidates",
                badge: "Which one?",
                severity: Severity::Waits,
                logged: Logged::Choice,
                says: "{side} has {candidates} that could be this one.",
                one: "One record could be more than one in {side}.",
                many: "{n} records could be more than one in {side}.",
                fix: "Choose which one it is, or say that it is a new one.",
                way: Way::Pick,
                ..PLAIN
            },
            Cause::DifferOnBothSides { .. } => &Meaning {
                word: "differ_on_both_sides",
                badge: "Differs",
                says: "Both sides have it, but they differ in {fields}.",
                one: "One record is on both sides but differs.",
                many: "{n} records are on both sides but differ.",
                ..CHOICE
            },
            Cause::BothChanged { .. } => &Meaning {
                word: "both_changed",
                badge: "Edited twice",
                says: "It was edited in Xero and in ERPNext: {fields}.",
                one: "One record was edited on both sides.",
                many: "{n} records were edited on both sides.",
                ..CHOICE
            },
            Cause::EditedOneWay { .. } => &Meaning {
                word: "edited_one_way",
                badge: "Edited one way",
                says: "It was edited in {side}, from where your rules carry nothing to {other}: {fields}.",
                one: "One record was edited in {side}, from where your rules carry nothing to {other}.",
                many: "{n} records were edited in {side}, from where your rules carry nothing to {other}.",
                about: &["side", "offered"],
                ..CHOICE
            },
            Cause::EndedThere { .. } => &Meaning {
                word: "ended_there",
                badge: "Ended on one side",
                says: "It was voided or deleted in {side} and stands in {other}: {why}.",
                one: "One record was ended in {side} and stands in {other}.",
                many: "{n} records were ended in {side} and stand in {other}.",
                fix: "Keep what {side} says where the rules leave the choice, and it is ended in {other} too; or end it in {other} yourself. Where it is to stand there, set it aside.",
                about: &["side", "why"],
                ..CHOICE
            },
            Cause::WouldDiffer { .. } => &Meaning {
                word: "would_differ",
                badge: "Totals differ",
                says: "{side} would make another {fields} of it, so it was not kept there.",
                one: "{side} would make another total of one document.",
                many: "{side} would make other totals of {n} documents.",
                fix: "Compare both figures: correct the document in {other}, the tax rate it is mapped to or the rounding settings in {side}, then retry.",
                // What the target would not take is corrected where it comes from.
                way: Way::Mend(Where::Other),
                who: Who::Editor(Where::Other),
                ..PLAIN
            },
            Cause::TotalsDiffer { .. } => &Meaning {
                word: "totals_differ",
                badge: "Totals differ",
                severity: Severity::Refused,
                logged: Logged::Exception,
                says: "The two sides differ in {fields}.",
                one: "The two sides differ in one record.",
                many: "The two sides differ in {n} records.",
                ..CHOICE
            },
            Cause::AmountDueDiffers { differences } if of_credit(differences) => &Meaning {
                word: "amount_due_differs",
                badge: "Remaining credit",
                severity: Severity::Waits,
                holds_up: false,
                says: "{xero} is left of it in Xero but {erpnext} in ERPNext: it is used, or paid back, on one side only.",
                one: "A credit note is used, or paid back, on one side only.",
                many: "{n} credit notes are used, or paid back, on one side only.",
                fix: "Use it, or pay it back, on the other side too, or undo that where it was done.",
                who: Who::EitherEditor,
                about: &["differences"],
                ..PLAIN
            },
            Cause::AmountDueDiffers { .. } => &Meaning {
                word: "amount_due_differs",
                badge: "Amount due",
                severity: Severity::Waits,
                holds_up: false,
                says: "{xero} is due in Xero but {erpnext} in ERPNext: a payment or credit is on one side only.",
                one: "A payment or credit is on one side only.",
                many: "Payments or credits of {n} invoices are on one side only.",
                fix: "Record the missing payment or credit on the other side.",
                who: Who::EitherEditor,
                about: &[],
                ..PLAIN
            },
            Cause::CreditsDiffer { .. } => &Meaning {
                word: "credits_differ",
                badge: "On account",
                severity: Severity::Waits,
                holds_up: false,
                says: "What the customer has on account is not the same on both sides: {open}.",
                one: "One contact has money on account on one side only.",
                many: "{n} contacts have money on account on one side only.",
                fix: "Counterfoil does not carry money on account yet: enter it on the other side too, or use it up where it stands. Or set it aside.",
                who: Who::EitherEditor,
                about: &[],
                ..PLAIN
            },
            Cause::WaitsForContact { .. } => &Meaning {
                word: "waits_for_contact",
                badge: "Waits",
                severity: Severity::Waits,
                logged: Logged::Blocked,
                holds_up: false,
                says: "It waits for its contact, which needs you.",
                one: "One document waits for its contact.",
                many: "{n} documents wait for their contacts.",
                fix: "Settle its contact; this record follows by itself.",
                who: Who::Nobody,
                about: &[],
                ..PLAIN
            },
            Cause::WaitsForInvoice { .. } => &Meaning {
                word: "waits_for_invoice",
                badge: "Waits",
                severity: Severity::Waits,
                logged: Logged::Blocked,
                holds_up: false,
                says: "It waits for the invoice that it is for, which needs you.",
                one: "One record waits for its invoice.",
                many: "{n} records wait for their invoices.",
                fix: "Settle the invoice; this follows by itself.",
                who: Who::Nobody,
                about: &[],
                ..PLAIN
            },
            Cause::WaitsForCreditNote { .. } => &Meaning {
                word: "waits_for_credit_note",
                badge: "Waits",
                severity: Severity::Waits,
                logged: Logged::Blocked,
                holds_up: false,
                says: "It waits for the credit note that it pays back, which needs you.",
                one: "One refund waits for its credit note.",
                many: "{n} refunds wait for their credit notes.",
                fix: "Settle the credit note; this refund follows by itself.",
                who: Who::Nobody,
                about: &[],
                ..PLAIN
            },
            Cause::NoBankMapping { .. } => &Meaning {
                word: "no_bank_mapping",
                badge: "No bank account",
                severity: Severity::Waits,
                says: "{other} has no bank account for \"{account}\" of {side}.",
                fix: "Choose the {other} account for money that comes to it in {side}; everything that waits for it is sent again. In Xero an account that is no bank account needs \"enable payments to this account\".",
                way: Way::Map(MappingKind::Bank, "account"),
                about: &["side", "account"],
                ..PLAIN
            },
            Cause::PaymentNotCarried { .. } => &Meaning {
                word: "payment_not_carried",
                badge: "Not carried",
                severity: Severity::Waits,
                holds_up: false,
                says: "Counterfoil does not carry this payment yet: {why}.",
                one: "One payment in {side} is not carried.",
                many: "{n} payments in {side} are not carried.",
                fix: "Enter it in {other} too; what is then owed agrees, and the two are linked where they are alike. Or set it aside.",
                way: Way::Mend(Where::Other),
                who: Who::Editor(Where::Other),
                about: &["side", "why"],
                ..PLAIN
            },
            Cause::PaymentsDiffer { .. } => &Meaning {
                word: "payments_differ",
                badge: "Payment differs",
                says: "The two payments differ in {fields}.",
                one: "One payment is not the same on both sides any more.",
                many: "{n} payments are not the same on both sides any more.",
                fix: "Put the payment back as it was, or cancel it on one side: it is then cancelled on the other too, and what is entered in its place is carried.",
                who: Who::EitherEditor,
                about: &[],
                ..PLAIN
            },
            Cause::AllocationNotCarried { .. } => &Meaning {
                word: "allocation_not_carried",
                badge: "Credit not used",
                severity: Severity::Waits,
                holds_up: false,
                says: "What this credit is used for in {side} cannot be carried: {why}.",
                one: "One credit is used in {side} in a way that cannot be carried.",
                many: "{n} credits are used in {side} in a way that cannot be carried.",
                fix: "Use it for the same invoices on both sides, or take the use back in {side}. Or set it aside.",
                way: Way::Mend(Where::Other),
                who: Who::EitherEditor,
                about: &["side"],
                ..PLAIN
            },
            Cause::AllocationsDiffer { .. } => &Meaning {
                word: "allocations_differ",
                badge: "Credit used differently",
                says: "It is not used for the same on both sides: {fields}.",
                one: "One credit is used differently on the two sides.",
                many: "{n} credits are used differently on the two sides.",
                fix: "Use it for the same invoices on both sides, to the same amounts.",
                who: Who::EitherEditor,
                about: &[],
                ..PLAIN
            },
            Cause::PaidTooMuch { .. } => &Meaning {
                word: "paid_too_much",
                badge: "Paid too much",
                says: "It pays {paid}, but {side} has only {owed} left to pay.",
                one: "One payment is more than {side} has left to pay.",
                many: "{n} payments are more than {side} has left to pay.",
                fix: "Look for a payment or credit that only {side} has: remove it there, or enter it in {other} instead of this one.",
                way: Way::Mend(Where::Named),
                who: Who::EitherEditor,
                ..PLAIN
            },
            Cause::ContactArchived { .. } => &Meaning {
                word: "contact_archived",
                badge: "Archived",
                severity: Severity::Waits,
                says: "Its {contact_there} is {archived_there} in {side}.",
                one: "A {contact_there} is {archived_there} in {side}.",
                many: "{n} records need a {contact_there} that is {archived_there} in {side}.",
                fix: "{restore_there} the {contact_there} in {side}, then retry.",
                way: Way::Mend(Where::Named),
                who: Who::Editor(Where::Named),
                ..PLAIN
            },
            Cause::NameTaken { by: Some(_), .. } => &Meaning {
                fix: "Say whether the two are one contact. If they are two, both are kept.",
                way: Way::Pick,
                who: Who::Here,
                ..NAME_TAKEN
            },
            Cause::NameTaken { by: None, .. } => &NAME_TAKEN,
            Cause::NumberTaken { by: Some(_), .. } => &Meaning {
                fix: "Both stay as they are. Give one of them another number, or say that these are two documents; each is then carried over with a number behind its own.",
                way: Way::KeepApart,
                who: Who::Here,
                ..NUMBER_TAKEN
            },
            Cause::NumberTaken { by: None, .. } => &NUMBER_TAKEN,
            Cause::OpeningInvoice => &Meaning {
                word: "opening_invoice",
                badge: "Opening entry",
                severity: Severity::Waits,
                says: "It is an opening invoice in ERPNext: what it was for was earned before these books began, so it is no income in Xero.",
                one: "An opening invoice of ERPNext is not in Xero.",
                many: "{n} opening invoices of ERPNext are not in Xero.",
                fix: "Enter what is still owed in Xero among its conversion balances, with the same number and customer: the two are then linked as they are. Or set it aside.",
                // It is entered there by hand.
                way: Way::Mend(Where::Xero),
                who: Who::Administrator(Where::Xero),
                about: &[],
                ..PLAIN
            },
            Cause::ConversionBalance => &Meaning {
                word: "conversion_balance",
                badge: "Opening entry",
                severity: Severity::Waits,
                says: "It is booked to Historical Adjustment in Xero: what it was for was earned before these books began, so it is no income in ERPNext.",
                one: "A conversion balance of Xero is not in ERPNext.",
                many: "{n} conversion balances of Xero are not in ERPNext.",
                fix: "Enter what is still owed in ERPNext with its Opening Invoice Creation Tool, with the same number and customer: the two are then linked as they are. Or set it aside.",
                way: Way::Mend(Where::Erpnext),
                who: Who::Administrator(Where::Erpnext),
                about: &[],
                ..PLAIN
            },
            Cause::InOpeningEntry { .. } => &Meaning {
                word: "in_opening_entry",
                badge: "Owed already?",
                severity: Severity::Waits,
                logged: Logged::Choice,
                says: "{side} already has what this customer owed by then, in one amount: opening entry {entry}. If this is a part of it, it would be owed twice there.",
                one: "A document of {other} may be in an opening entry of {side}.",
                many: "{n} documents of {other} may be in opening entries of {side}.",
                fix: "Enter it in {side} with the Opening Invoice Creation Tool, with the same number and customer, and take it out of the opening entry: the two are then linked as they are. Where it is not in the entry, say that it is a new one. Or set it aside.",
                way: Way::AsNew,
                ..PLAIN
            },
            Cause::PeriodLocked { .. } => &Meaning {
                word: "period_locked",
                badge: "Locked period",
                severity: Severity::Waits,
                says: "{side}'s books are locked up to {until}.",
                fix: "Change its date, or move {side}'s lock date, then retry.",
                way: Way::Mend(Where::Named),
                who: Who::Administrator(Where::Named),
                about: &["side", "until"],
                ..PLAIN
            },
            Cause::ClosedByRules { .. } => &Meaning {
                word: "closed_by_rules",
                badge: "Closed period",
                severity: Severity::Waits,
                says: "Your rules close the books up to {until}, and it would be written in {side} before that.",
                one: "One record would be written before {until}, up to which your rules close the books.",
                many: "{n} records would be written before {until}, up to which your rules close the books.",
                fix: "Change its date, or the day in the rules up to which the books are closed; it follows by itself.",
                way: Way::Mend(Where::Other),
                who: Who::Editor(Where::Other),
                about: &["until"],
                ..PLAIN
            },
            Cause::CurrencyNotUsed { .. } => &Meaning {
                word: "currency_not_used",
                badge: "Currency",
                severity: Severity::Waits,
                says: "{side} is not set up to use {currency}.",
                fix: "Add {currency} to the currencies of {side}, then retry.",
                way: Way::Mend(Where::Named),
                who: Who::Administrator(Where::Named),
                about: &["side", "currency"],
                ..PLAIN
            },
            Cause::Merged { .. } => &Meaning {
                word: "merged",
                badge: "Merged",
                says: "It was merged into another {contact_there} in {side} ({into}); both {contact_other}s stand in {other}.",
                one: "A {contact_there} was merged in {side}.",
                many: "{n} {contact_there}s were merged in {side}.",
                fix: "Merge the {contact_other}s in {other} too, or {end_other} this one there; it is then settled by itself.",
                way: Way::Mend(Where::Other),
                who: Who::Editor(Where::Other),
                ..PLAIN
            },
            Cause::CannotEdit { .. } => &Meaning {
                word: "cannot_edit",
                badge: "Cannot edit",
                says: "{side} cannot take the change: {why}.",
                one: "{side} cannot take a change.",
                many: "{side} cannot take {n} changes.",
                fix: "Undo the change in {other}, or take away what stands in its way in {side} (a payment, a credit), then retry.",
                way: Way::Mend(Where::Named),
                who: Who::Editor(Where::Named),
                ..PLAIN
            },
            Cause::CannotVoid { .. } => &Meaning {
                word: "cannot_void",
                badge: "Cannot void",
                says: "It cannot be voided in {side}: {why}.",
                one: "A document cannot be voided in {side}.",
                many: "{n} documents cannot be voided in {side}.",
                fix: "Remove the payments and credits from it in {side}, then retry.",
                way: Way::Mend(Where::Named),
                who: Who::Editor(Where::Named),
                ..PLAIN
            },
            Cause::Invalid { .. } => &Meaning {
                word: "invalid",
                badge: "Invalid",
                says: "{side} would not take the {field}: {why}.",
                one: "{side} would not take the {field} of one record.",
                many: "{side} would not take the {field} of {n} records.",
                fix: "Correct the {field}, then retry.",
                way: Way::Mend(Where::ByField),
                who: Who::Editor(Where::ByField),
                about: &["side", "field"],
                ..PLAIN
            },
            Cause::Unreadable { .. } => &Meaning {
                word: "unreadable",
                badge: "Unreadable",
                says: "What {side} sent for it could not be read: {why}.",
                one: "What {side} sent for one record could not be read.",
                many: "What {side} sent for {n} records could not be read.",
                fix: "Open it in {side} and look at that field; it is read again with every sync.",
                way: Way::Mend(Where::Named),
                who: Who::Editor(Where::Named),
                ..PLAIN
            },
            Cause::Vanished { .. } => &Meaning {
                word: "vanished",
                badge: "Gone",
                says: "Its counterpart is gone from {side}.",
                one: "One record is gone from {side}.",
                many: "{n} records are gone from {side}.",
                fix: "Restore it in {side}, or archive or void this one too. Where it is made again in {side} under its name, it is linked by itself.",
                way: Way::Mend(Where::Named),
                who: Who::EitherEditor,
                ..PLAIN
            },
            Cause::InDoubt { .. } => &Meaning {
                word: "in_doubt",
                badge: "In doubt",
                severity: Severity::Waits,
                says: "{side} fails each time it is asked to write it, and holds nothing of it: {why}.",
                one: "{side} was asked to write one record, but the answer was lost.",
                many: "{side} was asked to write {n} records, but the answers were lost.",
                fix: "Look into {side} for what fails there, then retry. It is also tried by itself, less and less often, and when it changes.",
                who: Who::Keeper(Where::Named),
                ..PLAIN
            },
            Cause::Refused {
                kind: Some(kind), ..
            } if kind.starts_with(FORBIDDEN) => &Meaning {
                fix: "Give the user that permission in {side}, then retry.",
                way: Way::Mend(Where::Named),
                who: Who::Administrator(Where::Named),
                ..REFUSED
            },
            Cause::Refused { .. } => &REFUSED,
        }
    }
}

/// Nothing is known of what has the name.
const NAME_TAKEN: Meaning = Meaning {
    word: "name_taken",
    badge: "Name taken",
    severity: Severity::Waits,
    says: "Another contact in {side} is already called \"{name}\".",
    one: "A contact's name is taken in {side}.",
    many: "The names of {n} contacts are taken in {side}.",
    fix: "Give one of the two another name; {side} allows this one only once.",
    way: Way::Mend(Where::Named),
    who: Who::EitherEditor,
    about: &["side", "by"],
    ..PLAIN
};

/// Nothing is known of what has the number.
const NUMBER_TAKEN: Meaning = Meaning {
    word: "number_taken",
    badge: "Number taken",
    severity: Severity::Waits,
    says: "Another document in {side} already has the number {number}.",
    one: "A document's number is taken in {side}.",
    many: "The numbers of {n} documents are taken in {side}.",
    fix: "Give one of them another number, then retry.",
    way: Way::Mend(Where::Named),
    who: Who::EitherEditor,
    about: &["side", "by"],
    ..PLAIN
};

/// One reason, in words that may hold the figures of one of the records.
const REFUSED: Meaning = Meaning {
    word: "refused",
    badge: "Refused",
    says: "{side} refused it: {message}",
    many: "{side} refused {n} records for one reason; of one of them it says: {message}",
    fix: "Correct what it names, then retry.",
    way: Way::Mend(Where::Other),
    who: Who::EitherEditor,
    about: &["side", "kind"],
    ..PLAIN
};
