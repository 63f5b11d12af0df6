//! Causes in plain English: what happened, and what to press.

use super::Cause;
use crate::Side;

impl Cause {
    /// What is wrong, in one or two sentences an accountant would say.
    pub fn sentence(&self) -> String {
        match self {
            Cause::NoAccountMapping { side, account } => {
                format!("{} has no account for \"{account}\" of {side}.", side.other())
            }
            Cause::NoTaxMapping { side, tax } => {
                format!("{} has no tax rate for \"{tax}\" of {side}.", side.other())
            }
            Cause::WrongTaxMapping { side, tax, to, has, would_be } => {
                format!(
                    "\"{tax}\" of {side} is mapped to \"{to}\" of {}, which would make {would_be} of its tax of {has}.",
                    side.other()
                )
            }
            Cause::TaxWithoutRate { side, stated, by_rates } => {
                format!(
                    "{side} states {stated} of tax as an amount, but the rates of the lines make {by_rates}; {} takes tax by rate, and differences of a cent a line.",
                    side.other()
                )
            }
            Cause::NoAccount { side, line } => {
                format!("Line {line} in {side} names no account.")
            }
            Cause::SeveralCandidates { side, candidates } => match candidates.len() {
                1 => format!("{side} has a record that looks like this one."),
                n => format!("{n} records in {side} could be this one."),
            },
            Cause::DifferOnBothSides { differences, .. } => {
                format!("Both sides have it, but they differ in {}.", fields(differences))
            }
            Cause::BothChanged { differences, .. } => {
                format!("It was edited in Xero and in ERPNext: {}.", fields(differences))
            }
            Cause::WouldDiffer { side, differences } => {
                format!("{side} would make another {} of it, so it was not kept there.", fields(differences))
            }
            Cause::TotalsDiffer { differences, .. } => {
                format!("The two sides differ in {}.", fields(differences))
            }
            Cause::AmountDueDiffers { differences } => differences.first().map_or_else(
                || "The amount due differs.".to_owned(),
                |difference| {
                    format!(
                        "{} is due in Xero but {} in ERPNext: a payment or credit is on one side only.",
                        shown(difference.xero.as_ref()),
                        shown(difference.erpnext.as_ref())
                    )
                },
            ),
            Cause::WaitsForContact { .. } => "It waits for its contact, which needs you.".to_owned(),
            Cause::ContactArchived { side } => match side {
                Side::Xero => "Its contact is archived in Xero.".to_owned(),
                Side::Erpnext => "Its customer is disabled in ERPNext.".to_owned(),
            },
            Cause::NameTaken { side, name, .. } => {
                format!("Another contact in {side} is already called \"{name}\".")
            }
            Cause::NumberTaken { side, number, .. } => {
                format!("Another document in {side} already has the number {number}.")
            }
            Cause::OpeningInvoice => {
                "It is an opening invoice in ERPNext: what it was for was earned before these books began, so it is no income in Xero.".to_owned()
            }
            Cause::PeriodLocked { side, until } => {
                format!("{side}'s books are locked up to {}.", until.format("%-d %b %Y"))
            }
            Cause::CurrencyNotUsed { side, currency } => {
                format!("{side} is not set up to use {currency}.")
            }
            Cause::CannotEdit { side, why } => format!("{side} cannot take the change: {why}."),
            Cause::CannotVoid { side, why } => format!("It cannot be voided in {side}: {why}."),
            Cause::Invalid { side, field, why } => {
                format!("{side} would not take the {field}: {why}.")
            }
            Cause::Unreadable { side, why } => {
                format!("What {side} sent for it could not be read: {why}.")
            }
            Cause::Vanished { side } => format!("Its counterpart is gone from {side}."),
            Cause::InDoubt { side, why } => {
                format!("{side} fails each time it is asked to write it, and holds nothing of it: {}.", why.trim_end_matches('.'))
            }
            Cause::Refused { side, message, .. } => {
                format!("{side} refused it: {}", message.trim())
            }
        }
    }

    /// What to do about it, in one sentence.
    pub fn next_step(&self) -> String {
        match self {
            Cause::NoAccountMapping { side, .. } => {
                format!(
                    "Choose the {} account for what comes from {side} with it; everything that waits for it is sent again.",
                    side.other()
                )
            }
            Cause::NoTaxMapping { side, .. } => {
                format!(
                    "Choose the {} tax rate for what comes from {side} with it; everything that waits for it is sent again.",
                    side.other()
                )
            }
            Cause::WrongTaxMapping { side, .. } => {
                format!(
                    "Choose the {} tax rate of the same percentage for what comes from {side} with it; everything that waits for it is sent again.",
                    side.other()
                )
            }
            Cause::TaxWithoutRate { side, .. } => {
                format!(
                    "Amend it in {side} so that its lines or its tax row say a rate; it follows by itself. Or enter it in {} by hand under the same number.",
                    side.other()
                )
            }
            Cause::NoAccount { side, .. } => {
                format!("Choose an account for that line in {side}, or set a default account.")
            }
            Cause::SeveralCandidates { .. } => {
                "Choose which one it is, or say that it is a new one.".to_owned()
            }
            Cause::DifferOnBothSides { offered, .. }
            | Cause::BothChanged { offered, .. }
            | Cause::TotalsDiffer { offered, .. } => match offered.as_slice() {
                [] => "Correct one side yourself, then retry: neither takes the other's as it is."
                    .to_owned(),
                [only] => format!(
                    "Only what {only} says can be kept for both: choose that, or correct one side yourself and retry."
                ),
                _ => "Choose the side that is right, or correct one side yourself and retry."
                    .to_owned(),
            },
            Cause::WouldDiffer { side, .. } => {
                format!(
                    "Compare both figures: correct the document in {}, the tax rate it is mapped to or the rounding settings in {side}, then retry.",
                    side.other()
                )
            }
            Cause::AmountDueDiffers { .. } => {
                "Record the missing payment or credit on the other side.".to_owned()
            }
            Cause::WaitsForContact { .. } => {
                "Settle its contact; this record follows by itself.".to_owned()
            }
            Cause::ContactArchived { side } => match side {
                Side::Xero => "Restore the contact in Xero, then retry.".to_owned(),
                Side::Erpnext => "Enable the customer in ERPNext, then retry.".to_owned(),
            },
            Cause::NameTaken { by: Some(_), .. } => {
                "Say whether the two are one contact. If they are two, both are kept.".to_owned()
            }
            Cause::NameTaken { side, by: None, .. } => {
                format!("Give one of the two another name; {side} allows this one only once.")
            }
            Cause::NumberTaken { by: Some(_), .. } => {
                "Both stay as they are. Give one of them another number, or say that these are two documents; each is then carried over with a number behind its own.".to_owned()
            }
            Cause::NumberTaken { by: None, .. } => {
                "Give one of them another number, then retry.".to_owned()
            }
            Cause::OpeningInvoice => {
                "Enter what is still owed in Xero among its conversion balances, with the same number and customer: the two are then linked as they are. Or set it aside.".to_owned()
            }
            Cause::PeriodLocked { side, .. } => {
                format!("Change its date, or move {side}'s lock date, then retry.")
            }
            Cause::CurrencyNotUsed { side, currency } => {
                format!("Add {currency} to the currencies of {side}, then retry.")
            }
            Cause::CannotEdit { .. } => {
                "Undo the change, or remove the payment or credit on the other side and retry."
                    .to_owned()
            }
            Cause::CannotVoid { side, .. } => {
                format!("Remove the payments and credits from it in {side}, then retry.")
            }
            Cause::Invalid { field, .. } => format!("Correct the {field}, then retry."),
            Cause::Unreadable { side, .. } => {
                format!(
                    "Open it in {side} and look at that field; it is read again with every sync."
                )
            }
            Cause::Vanished { side } => {
                format!(
                    "Restore it in {side}, or archive or void this one too. Where it is made again in {side} under its name, it is linked by itself."
                )
            }
            Cause::InDoubt { side, .. } => {
                format!(
                    "Look into {side} for what fails there, then retry. It is also tried by itself, less and less often, and when it changes."
                )
            }
            cause @ Cause::Refused { side, .. } if cause.is_forbidden() => {
                format!("Give the user that permission in {side}, then retry.")
            }
            Cause::Refused { .. } => "Correct what it names, then retry.".to_owned(),
        }
    }
}

fn fields(differences: &[super::Difference]) -> String {
    let names: Vec<&str> = differences
        .iter()
        .map(|difference| difference.field.as_str())
        .collect();
    match names.as_slice() {
        [] => "content".to_owned(),
        [one] => (*one).to_owned(),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    }
}

fn shown(value: Option<&String>) -> &str {
    value.map_or("nothing", String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Difference;

    #[test]
    fn sentences_name_both_sides() {
        let cause = Cause::NoAccountMapping {
            side: Side::Erpnext,
            account: "Freight - MF".into(),
        };
        assert_eq!(
            cause.sentence(),
            "Xero has no account for \"Freight - MF\" of ERPNext."
        );
        let difference = |field: &str| Difference {
            field: field.into(),
            xero: Some("10.00 GBP".into()),
            erpnext: None,
        };
        let differences = vec![difference("date"), difference("tax"), difference("total")];
        let cause = Cause::DifferOnBothSides {
            differences,
            offered: Side::BOTH.to_vec(),
        };
        assert_eq!(
            cause.sentence(),
            "Both sides have it, but they differ in date, tax and total."
        );
        let cause = Cause::AmountDueDiffers {
            differences: vec![difference("amount due")],
        };
        assert!(
            cause
                .sentence()
                .starts_with("10.00 GBP is due in Xero but nothing in ERPNext")
        );
    }
}
