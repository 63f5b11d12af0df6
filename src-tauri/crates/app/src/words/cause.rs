//! How a cause looks in a list.

use ledger::Cause;

use crate::views::Severity;

/// A cause in one or two words.
pub fn badge(cause: &Cause) -> &'static str {
    match cause {
        Cause::NoAccountMapping { .. } | Cause::NoAccount { .. } => "No account",
        Cause::NoTaxMapping { .. } => "No tax rate",
        Cause::WrongTaxMapping { .. } => "Wrong tax rate",
        Cause::TaxWithoutRate { .. } => "Tax by amount",
        Cause::SeveralCandidates { .. } => "Which one?",
        Cause::DifferOnBothSides { .. } => "Differs",
        Cause::BothChanged { .. } => "Edited twice",
        Cause::WouldDiffer { .. } | Cause::TotalsDiffer { .. } => "Totals differ",
        Cause::AmountDueDiffers { .. } => "Amount due",
        Cause::WaitsForContact { .. } => "Waits",
        Cause::ContactArchived { .. } => "Archived",
        Cause::NameTaken { .. } => "Name taken",
        Cause::NumberTaken { .. } => "Number taken",
        Cause::OpeningInvoice => "Opening entry",
        Cause::PeriodLocked { .. } => "Locked period",
        Cause::CurrencyNotUsed { .. } => "Currency",
        Cause::CannotEdit { .. } => "Cannot edit",
        Cause::CannotVoid { .. } => "Cannot void",
        Cause::Invalid { .. } => "Invalid",
        Cause::Unreadable { .. } => "Unreadable",
        Cause::Vanished { .. } => "Gone",
        Cause::InDoubt { .. } => "In doubt",
        Cause::Refused { .. } => "Refused",
    }
}

/// Whether something was refused, or only waits for a choice.
pub fn severity(cause: &Cause) -> Severity {
    match cause {
        Cause::WouldDiffer { .. }
        | Cause::TotalsDiffer { .. }
        | Cause::CannotEdit { .. }
        | Cause::CannotVoid { .. }
        | Cause::Invalid { .. }
        | Cause::Unreadable { .. }
        | Cause::Vanished { .. }
        | Cause::Refused { .. } => Severity::Bad,
        Cause::NoAccountMapping { .. }
        | Cause::NoAccount { .. }
        | Cause::NoTaxMapping { .. }
        | Cause::WrongTaxMapping { .. }
        | Cause::TaxWithoutRate { .. }
        | Cause::SeveralCandidates { .. }
        | Cause::DifferOnBothSides { .. }
        | Cause::BothChanged { .. }
        | Cause::AmountDueDiffers { .. }
        | Cause::WaitsForContact { .. }
        | Cause::ContactArchived { .. }
        | Cause::NameTaken { .. }
        | Cause::NumberTaken { .. }
        | Cause::OpeningInvoice
        | Cause::PeriodLocked { .. }
        | Cause::CurrencyNotUsed { .. }
        | Cause::InDoubt { .. } => Severity::Warning,
    }
}

/// What a group of exceptions with one cause is called.
pub fn group_title(cause: &Cause, count: usize) -> String {
    let records = |one: &str, many: &str| {
        if count == 1 {
            one.to_owned()
        } else {
            many.replacen('#', &count.to_string(), 1)
        }
    };
    match cause {
        // One value that all of them need.
        Cause::NoAccountMapping { .. }
        | Cause::NoTaxMapping { .. }
        | Cause::CurrencyNotUsed { .. }
        | Cause::PeriodLocked { .. } => cause.sentence(),
        // One mapping, and figures of one of them.
        Cause::WrongTaxMapping { side, tax, to, .. } => records(
            &cause.sentence(),
            &format!(
                "\"{tax}\" of {side} is mapped to \"{to}\" of {}, which would make other tax of # documents.",
                side.other()
            ),
        ),
        // One reason, in words that may hold the figures of one of them.
        Cause::Refused { side, message, .. } => records(
            &cause.sentence(),
            &format!(
                "{side} refused # records for one reason; of one of them it says: {}",
                message.trim()
            ),
        ),
        Cause::TaxWithoutRate { side, .. } => records(
            &format!("One document in {side} states tax that its rates do not make."),
            &format!("# documents in {side} state tax that their rates do not make."),
        ),
        Cause::NoAccount { side, .. } => records(
            &format!("A line in {side} names no account."),
            &format!("# documents in {side} have a line that names no account."),
        ),
        Cause::SeveralCandidates { side, .. } => records(
            &format!("One record could be more than one in {side}."),
            &format!("# records could be more than one in {side}."),
        ),
        Cause::DifferOnBothSides { .. } => records(
            "One record is on both sides but differs.",
            "# records are on both sides but differ.",
        ),
        Cause::BothChanged { .. } => records(
            "One record was edited on both sides.",
            "# records were edited on both sides.",
        ),
        Cause::WouldDiffer { side, .. } => records(
            &format!("{side} would make another total of one document."),
            &format!("{side} would make other totals of # documents."),
        ),
        Cause::TotalsDiffer { .. } => records(
            "The two sides differ in one record.",
            "The two sides differ in # records.",
        ),
        Cause::AmountDueDiffers { .. } => records(
            "A payment or credit is on one side only.",
            "Payments or credits of # invoices are on one side only.",
        ),
        Cause::WaitsForContact { .. } => records(
            "One document waits for its contact.",
            "# documents wait for their contacts.",
        ),
        Cause::ContactArchived { side } => records(
            &format!("A contact is archived or disabled in {side}."),
            &format!("# records need a contact that is archived or disabled in {side}."),
        ),
        Cause::NameTaken { side, .. } => records(
            &format!("A contact's name is taken in {side}."),
            &format!("The names of # contacts are taken in {side}."),
        ),
        Cause::NumberTaken { side, .. } => records(
            &format!("A document's number is taken in {side}."),
            &format!("The numbers of # documents are taken in {side}."),
        ),
        Cause::OpeningInvoice => records(
            "An opening invoice of ERPNext is not in Xero.",
            "# opening invoices of ERPNext are not in Xero.",
        ),
        Cause::CannotEdit { side, .. } => records(
            &format!("{side} cannot take a change."),
            &format!("{side} cannot take # changes."),
        ),
        Cause::CannotVoid { side, .. } => records(
            &format!("A document cannot be voided in {side}."),
            &format!("# documents cannot be voided in {side}."),
        ),
        Cause::Invalid { side, field, .. } => records(
            &format!("{side} would not take the {field} of one record."),
            &format!("{side} would not take the {field} of # records."),
        ),
        Cause::Unreadable { side, .. } => records(
            &format!("What {side} sent for one record could not be read."),
            &format!("What {side} sent for # records could not be read."),
        ),
        Cause::Vanished { side } => records(
            &format!("One record is gone from {side}."),
            &format!("# records are gone from {side}."),
        ),
        Cause::InDoubt { side, .. } => records(
            &format!("{side} was asked to write one record, but the answer was lost."),
            &format!("{side} was asked to write # records, but the answers were lost."),
        ),
    }
}
