//! What Xero's validation messages mean.
//!
//! Xero gives words, not codes. They are matched by prefix, without case, with `*` for a part that
//! varies; a message not listed is shown as it is (Xero developer docs, "Errors"; messages reported
//! by other integrations).

mod messages;

use ledger::{Cause, Side};

pub use messages::MESSAGES;

/// What a message means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// Another active contact has this name.
    NameTaken,
    /// Another contact has this contact number.
    ContactNumberTaken,
    /// The contact is archived.
    ContactArchived,
    /// Another sales invoice has this number.
    NumberTaken,
    /// The document's state does not allow this change.
    State,
    /// A payment or credit is allocated, so it cannot be edited.
    HasPayments,
    /// A payment or credit is allocated, so it cannot be voided.
    CannotVoid,
    /// The date is in a locked period.
    Locked,
    /// The organisation does not use the currency.
    Currency,
    /// The record is gone.
    Gone,
    /// A value is missing or wrong; names the field in the accountant's words.
    Field(&'static str),
    /// The account takes no payments.
    TakesNoPayments,
    /// The person may not do this in Xero.
    Permission,
    /// The plan's limit is reached.
    Plan,
    /// The request was not understood: a fault of ours.
    Request,
    /// Xero itself failed, and says so among the faults of the data: it passes by itself.
    Fault,
}

/// What a message means; `None` where it is not known.
pub fn meaning(message: &str) -> Option<Meaning> {
    let message = message.trim().to_lowercase();
    MESSAGES
        .iter()
        .find(|(pattern, _)| starts_like(&message, &pattern.to_lowercase()))
        .map(|(_, meaning)| *meaning)
}

/// Whether a text starts with a pattern in which `*` stands for any text.
fn starts_like(text: &str, pattern: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = text.strip_prefix(parts.next().unwrap_or_default()) else {
        return false;
    };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = rest.get(at + part.len()..).unwrap_or_default(),
            None => return false,
        }
    }
    true
}

/// What a refusal is about, for a cause that names it.
#[derive(Debug, Clone, Copy, Default)]
pub struct About<'a> {
    /// The contact's name or the document's number.
    pub title: &'a str,
    /// The document's currency.
    pub currency: Option<&'a str>,
}

/// The cause of a refusal, from all its messages: the first that is understood decides, and a
/// message nobody listed is kept word for word.
pub fn cause(messages: &[String], about: About<'_>) -> Cause {
    let side = Side::Xero;
    let all = messages.join(" ");
    let understood = messages
        .iter()
        .filter_map(|message| meaning(message).map(|meaning| (message, meaning)))
        .find(|(_, meaning)| *meaning != Meaning::Request);
    let Some((message, meaning)) = understood else {
        return Cause::refused(
            side,
            if all.is_empty() {
                "Xero gave no reason".to_owned()
            } else {
                all
            },
        );
    };
    let invalid = |field: &str| Cause::Invalid {
        side,
        field: field.to_owned(),
        why: message.clone(),
    };
    match meaning {
        Meaning::NameTaken => Cause::NameTaken {
            side,
            name: about.title.to_owned(),
            by: None,
        },
        Meaning::NumberTaken => Cause::NumberTaken {
            side,
            number: about.title.to_owned(),
            by: None,
        },
        Meaning::ContactNumberTaken => invalid("contact code"),
        Meaning::ContactArchived => Cause::ContactArchived { side },
        Meaning::State | Meaning::HasPayments => Cause::CannotEdit {
            side,
            why: message.clone(),
            settled: None,
        },
        Meaning::CannotVoid => Cause::CannotVoid {
            side,
            why: message.clone(),
        },
        Meaning::Locked => match locked_until(message) {
            Some(until) => Cause::PeriodLocked { side, until },
            None => invalid("date"),
        },
        Meaning::Currency => match about.currency {
            Some(currency) => Cause::CurrencyNotUsed {
                side,
                currency: currency.to_owned(),
            },
            None => invalid("currency"),
        },
        Meaning::Gone => Cause::Vanished { side },
        Meaning::Field(field) => invalid(field),
        Meaning::TakesNoPayments => Cause::Invalid {
            side,
            field: "payment account".to_owned(),
            why: format!(
                "{}; in Xero, an account that is no bank account needs \"enable payments to this \
                 account\"",
                message.trim().trim_end_matches('.')
            ),
        },
        Meaning::Permission | Meaning::Plan | Meaning::Request | Meaning::Fault => {
            Cause::refused(side, all)
        }
    }
}

/// The day in "…, currently set at 30-Nov-2018" (also seen: 30 Nov 2018, 30 November 2018).
fn locked_until(message: &str) -> Option<chrono::NaiveDate> {
    let (_, day) = message.rsplit_once("set at ")?;
    let day = day.trim().trim_end_matches('.').replace('-', " ");
    ["%d %b %Y", "%d %B %Y"]
        .iter()
        .find_map(|form| chrono::NaiveDate::parse_from_str(&day, form).ok())
}

#[cfg(test)]
mod tests;
