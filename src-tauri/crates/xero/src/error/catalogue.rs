//! What Xero's validation messages mean.
//!
//! Xero gives words, not codes. They are matched by prefix, without case, with `*` for a part that
//! varies; a message not listed is shown as it is (Xero developer docs, "Errors"; messages reported
//! by other integrations).

use ledger::{Cause, Side};

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
    /// The person may not do this in Xero.
    Permission,
    /// The plan's limit is reached.
    Plan,
    /// The request was not understood: a fault of ours.
    Request,
}

/// Each known message and its meaning. `*` stands for any text.
pub const MESSAGES: &[(&str, Meaning)] = &[
    ("A validation exception occurred", Meaning::Request),
    ("JSON request body could not be read", Meaning::Request),
    (
        "The string '*' is not a valid AllXsd value",
        Meaning::Field("date"),
    ),
    ("Expression expected", Meaning::Request),
    (
        "No data has been processed for this endpoint",
        Meaning::Request,
    ),
    (
        "Idempotency Key: * is used with a different request",
        Meaning::Request,
    ),
    (
        "The contact name * is already assigned to another contact",
        Meaning::NameTaken,
    ),
    ("Please enter a unique Name", Meaning::NameTaken),
    (
        "Another contact has this contact number",
        Meaning::ContactNumberTaken,
    ),
    (
        "Email address must be valid",
        Meaning::Field("e-mail address"),
    ),
    ("Website must be valid", Meaning::Field("website")),
    (
        "The contact with the specified contact details has been archived",
        Meaning::ContactArchived,
    ),
    ("Contact cannot be empty", Meaning::Field("contact")),
    ("Paid to name cannot be empty", Meaning::Field("contact")),
    (
        "A Contact must be specified for this type of transaction",
        Meaning::Field("contact"),
    ),
    (
        "Due Date for Sales Invoices must be between 1 and 31",
        Meaning::Field("payment terms"),
    ),
    ("Invoice # must be unique", Meaning::NumberTaken),
    ("Invoice not of valid status for creation", Meaning::State),
    (
        "Invoice not of valid status for modification",
        Meaning::State,
    ),
    (
        "This document cannot be edited as it has a payment or credit note allocated to it",
        Meaning::HasPayments,
    ),
    (
        "The status VOIDED cannot be applied to the invoice because it has payments or credit notes",
        Meaning::CannotVoid,
    ),
    (
        "The status DELETED cannot be applied to the invoice because it has payments or credit notes",
        Meaning::CannotVoid,
    ),
    (
        "The status DRAFT cannot be applied to the invoice because it has payments or credit notes",
        Meaning::HasPayments,
    ),
    (
        "The status SUBMITTED cannot be applied to the invoice because it has payments or credit notes",
        Meaning::HasPayments,
    ),
    (
        "The status AUTHORISED cannot be applied to the invoice because it has payments or credit notes",
        Meaning::HasPayments,
    ),
    (
        "One or more line items must be specified",
        Meaning::Field("lines"),
    ),
    (
        "Account code '*' is not a valid code for this document",
        Meaning::Field("account"),
    ),
    (
        "Account code '*' has been archived, or has been deleted",
        Meaning::Field("account"),
    ),
    (
        "Account code or ID must be specified",
        Meaning::Field("account"),
    ),
    (
        "The TaxType code '*' cannot be used with account code '*'",
        Meaning::Field("tax rate"),
    ),
    (
        "The document date cannot be before the period lock date",
        Meaning::Locked,
    ),
    (
        "The document date cannot be before the end of year lock date",
        Meaning::Locked,
    ),
    (
        "Organisation is not subscribed to currency",
        Meaning::Currency,
    ),
    (
        "You have reached the limit of invoices you can approve",
        Meaning::Plan,
    ),
    ("Insufficient stock", Meaning::Field("item")),
    ("Url must be a valid absolute url", Meaning::Field("link")),
    (
        "An existing invoice with the specified ID could not be found",
        Meaning::Gone,
    ),
    (
        "An existing Credit Note with the specified CreditNoteID could not be found",
        Meaning::Gone,
    ),
    (
        "The tax amount cannot be greater than the line amount",
        Meaning::Field("tax amount"),
    ),
    (
        "Credit Note cannot be allocated as amount is greater than amount outstanding",
        Meaning::Field("allocation"),
    ),
    (
        "The invoice you are trying to allocate to has already been paid off",
        Meaning::Field("allocation"),
    ),
    (
        "Credit Note cannot be allocated to an incorrect invoice",
        Meaning::Field("allocation"),
    ),
    (
        "Payment amount exceeds the amount outstanding on this document",
        Meaning::Field("payment amount"),
    ),
    (
        "Payments can only be made against Authorised documents",
        Meaning::State,
    ),
    ("Only Status accepted for updates", Meaning::Request),
    (
        "Account type is invalid for making a payment",
        Meaning::Field("payment account"),
    ),
    (
        "You must specify an Account code or Account ID for the payment",
        Meaning::Field("payment account"),
    ),
    (
        "Account could not be found",
        Meaning::Field("payment account"),
    ),
    ("Payments within a batch cannot be deleted", Meaning::State),
    (
        "The document with the supplied id was not found for this endpoint",
        Meaning::Gone,
    ),
    (
        "The User specified does not have the correct permissions",
        Meaning::Permission,
    ),
];

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
        return Cause::Refused {
            side,
            message: if all.is_empty() {
                "Xero gave no reason".to_owned()
            } else {
                all
            },
            field: None,
        };
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
        },
        Meaning::NumberTaken => Cause::NumberTaken {
            side,
            number: about.title.to_owned(),
        },
        Meaning::ContactNumberTaken => invalid("contact code"),
        Meaning::ContactArchived => Cause::ContactArchived { side },
        Meaning::State | Meaning::HasPayments => Cause::CannotEdit {
            side,
            why: message.clone(),
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
        Meaning::Permission | Meaning::Plan | Meaning::Request => Cause::Refused {
            side,
            message: all,
            field: None,
        },
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
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn one(message: &str) -> Cause {
        cause(
            &[message.to_owned()],
            About {
                title: "INV-7",
                currency: Some("EUR"),
            },
        )
    }

    #[test]
    fn at_least_forty_messages_are_known() {
        assert!(MESSAGES.len() >= 40, "{}", MESSAGES.len());
        for (pattern, expected) in MESSAGES {
            let message = format!("{}. More.", pattern.replace('*', "x y"));
            assert_eq!(
                meaning(&message.to_uppercase()),
                Some(*expected),
                "{message}"
            );
        }
    }

    #[test]
    fn messages_become_causes() {
        let side = Side::Xero;
        assert_eq!(
            one(
                "The contact name Ann is already assigned to another contact. The contact name must be unique across all active contacts."
            ),
            Cause::NameTaken {
                side,
                name: "INV-7".into()
            }
        );
        assert_eq!(
            one("Invoice # must be unique."),
            Cause::NumberTaken {
                side,
                number: "INV-7".into()
            }
        );
        assert_eq!(
            one(
                "The document date cannot be before the period lock date, currently set at 30-Nov-2018"
            ),
            Cause::PeriodLocked {
                side,
                until: chrono::NaiveDate::from_ymd_opt(2018, 11, 30).unwrap()
            }
        );
        assert_eq!(
            one("Organisation is not subscribed to currency EUR"),
            Cause::CurrencyNotUsed {
                side,
                currency: "EUR".into()
            }
        );
        assert_eq!(
            one("Account code '999' is not a valid code for this document."),
            Cause::Invalid {
                side,
                field: "account".into(),
                why: "Account code '999' is not a valid code for this document.".into()
            }
        );
        assert_eq!(
            one("Something new."),
            Cause::Refused {
                side,
                message: "Something new.".into(),
                field: None
            }
        );
    }

    #[test]
    fn the_message_that_is_understood_decides() {
        let messages = [
            "A validation exception occurred".to_owned(),
            "Odd.".to_owned(),
            "Email address must be valid.".to_owned(),
        ];
        assert!(matches!(
            cause(&messages, About::default()),
            Cause::Invalid { field, .. } if field == "e-mail address"
        ));
    }

    #[test]
    fn each_message_names_its_cause_and_field() {
        let field = |message: &str| match one(message) {
            Cause::Invalid { field, why, .. } => {
                assert_eq!(why, message);
                field
            }
            other => other.word().to_owned(),
        };
        for (message, expected) in [
            (
                "The string '2017-12-14 00:00:00' is not a valid AllXsd value.",
                "date",
            ),
            (
                "Another contact has this contact number. Please enter a different contact number.",
                "contact code",
            ),
            ("Email address must be valid", "e-mail address"),
            ("Website must be valid", "website"),
            (
                "The contact with the specified contact details has been archived. The contact must be un-archived before creating new invoices or credit notes.",
                "contact_archived",
            ),
            ("Contact cannot be empty.", "contact"),
            ("Paid to name cannot be empty.", "contact"),
            (
                "A Contact must be specified for this type of transaction",
                "contact",
            ),
            (
                "Due Date for Sales Invoices must be between 1 and 31 when set to the following (or current) month",
                "payment terms",
            ),
            ("Please enter a unique Name.", "name_taken"),
            ("Invoice not of valid status for creation", "cannot_edit"),
            (
                "Invoice not of valid status for modification",
                "cannot_edit",
            ),
            (
                "This document cannot be edited as it has a payment or credit note allocated to it.",
                "cannot_edit",
            ),
            (
                "The status VOIDED cannot be applied to the invoice because it has payments or credit notes allocated to it.",
                "cannot_void",
            ),
            (
                "The status DRAFT cannot be applied to the invoice because it has payments or credit notes allocated to it.",
                "cannot_edit",
            ),
            ("One or more line items must be specified", "lines"),
            (
                "Account code 'X' has been archived, or has been deleted. Each line item must reference a valid account.",
                "account",
            ),
            ("Account code or ID must be specified", "account"),
            (
                "The TaxType code 'X' cannot be used with account code 'Y'.",
                "tax rate",
            ),
            (
                "The document date cannot be before the end of year lock date, currently set at 31-Jul-2013",
                "period_locked",
            ),
            (
                "You have reached the limit of invoices you can approve",
                "refused",
            ),
            (
                "Insufficient stock. Items are eligible for backorder.",
                "item",
            ),
            ("Url must be a valid absolute url", "link"),
            (
                "An existing invoice with the specified ID could not be found",
                "vanished",
            ),
            (
                "The tax amount cannot be greater than the line amount",
                "tax amount",
            ),
            (
                "An existing Credit Note with the specified CreditNoteID could not be found",
                "vanished",
            ),
            (
                "Credit Note cannot be allocated as amount is greater than amount outstanding",
                "allocation",
            ),
            (
                "The invoice you are trying to allocate to has already been paid off",
                "allocation",
            ),
            (
                "Credit Note cannot be allocated to an incorrect invoice type",
                "allocation",
            ),
            (
                "Payment amount exceeds the amount outstanding on this document",
                "payment amount",
            ),
            (
                "Payments can only be made against Authorised documents",
                "cannot_edit",
            ),
            (
                "Account type is invalid for making a payment to/from",
                "payment account",
            ),
            (
                "You must specify an Account code or Account ID for the payment",
                "payment account",
            ),
            ("Account could not be found", "payment account"),
            ("Payments within a batch cannot be deleted.", "cannot_edit"),
            (
                "The document with the supplied id was not found for this endpoint.",
                "vanished",
            ),
            (
                "The User specified does not have the correct permissions to perform this action",
                "refused",
            ),
            ("JSON request body could not be read, Error at 7", "refused"),
        ] {
            assert_eq!(field(message), expected, "{message}");
        }
    }
}
