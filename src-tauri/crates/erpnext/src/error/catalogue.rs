//! Known refusals and what they mean to an accountant.
//!
//! The table is searched from the top; a refusal that matches nothing keeps ERPNext's own words.

use chrono::NaiveDate;
use ledger::{Cause, Side};

use super::Refusal;

/// One known refusal: the exception's name (empty for any), words of its message in lower case that
/// must all occur, and what it means.
struct Known {
    exc_type: &'static str,
    words: &'static [&'static str],
    meaning: Meaning,
}

enum Meaning {
    /// A field holds something ERPNext does not take: its name and what would be right.
    Field(&'static str, &'static str),
    /// The books are closed for the document's date.
    Closed,
    /// The document cannot be changed.
    CannotEdit(&'static str),
    /// The document cannot be cancelled or deleted.
    CannotVoid(&'static str),
}

const KNOWN: &[Known] = &[
    Known {
        exc_type: "ClosedAccountingPeriod",
        words: &[],
        meaning: Meaning::Closed,
    },
    Known {
        exc_type: "ValidationError",
        words: &["not authorized to add or update entries before"],
        meaning: Meaning::Closed,
    },
    Known {
        exc_type: "FiscalYearError",
        words: &[],
        meaning: Meaning::Field(
            "date",
            "ERPNext has no fiscal year for this date. Add one in ERPNext under Accounting > Fiscal Year",
        ),
    },
    Known {
        exc_type: "UOMMustBeIntegerError",
        words: &[],
        meaning: Meaning::Field(
            "quantity",
            "ERPNext allows only whole quantities for the unit of this line",
        ),
    },
    Known {
        exc_type: "InvalidQtyError",
        words: &[],
        meaning: Meaning::Field("quantity", "ERPNext does not take a quantity of zero"),
    },
    Known {
        exc_type: "PartyDisabled",
        words: &[],
        meaning: Meaning::Field(
            "contact",
            "The customer is disabled in ERPNext. Enable it there, or archive it in Xero",
        ),
    },
    Known {
        exc_type: "PartyFrozen",
        words: &[],
        meaning: Meaning::Field("contact", "The customer is frozen in ERPNext"),
    },
    Known {
        exc_type: "",
        words: &["credit limit has been crossed"],
        meaning: Meaning::Field(
            "credit limit",
            "The customer's credit limit in ERPNext does not allow this invoice",
        ),
    },
    Known {
        exc_type: "",
        words: &["party account", "should be same"],
        meaning: Meaning::Field(
            "currency",
            "ERPNext has no receivable account in this currency for the customer. Add a receivable account in the currency, or switch on \"Allow multi-currency invoices against single party account\" in ERPNext's Accounts Settings",
        ),
    },
    Known {
        exc_type: "InvalidAccountCurrency",
        words: &[],
        meaning: Meaning::Field(
            "currency",
            "ERPNext already holds entries of this customer in another currency",
        ),
    },
    Known {
        exc_type: "",
        words: &["unable to find exchange rate"],
        meaning: Meaning::Field(
            "exchange rate",
            "ERPNext knows no exchange rate for this currency and day",
        ),
    },
    Known {
        exc_type: "",
        words: &["due date cannot be before"],
        meaning: Meaning::Field("due date", "The due date is before the invoice date"),
    },
    Known {
        exc_type: "",
        words: &["income account", "does not belong to company"],
        meaning: Meaning::Field(
            "account",
            "The mapped account is not an account of this company in ERPNext. Map the account again",
        ),
    },
    Known {
        exc_type: "InvalidEmailAddressError",
        words: &[],
        meaning: Meaning::Field("e-mail", "ERPNext does not accept this e-mail address"),
    },
    Known {
        exc_type: "InvalidPhoneNumberError",
        words: &[],
        meaning: Meaning::Field(
            "telephone",
            "ERPNext does not accept this telephone number: it takes digits, blanks and + - ( ) # . only",
        ),
    },
    Known {
        exc_type: "CharacterLengthExceededError",
        words: &[],
        meaning: Meaning::Field("text", "A text is longer than ERPNext can hold"),
    },
    Known {
        exc_type: "NameError",
        words: &[],
        meaning: Meaning::Field("name", "ERPNext does not allow < and > in names"),
    },
    Known {
        exc_type: "UpdateAfterSubmitError",
        words: &[],
        meaning: Meaning::CannotEdit("ERPNext does not allow this change on a submitted invoice"),
    },
    Known {
        exc_type: "LinkExistsError",
        words: &[],
        meaning: Meaning::CannotVoid(
            "Other documents in ERPNext (a payment, a credit note or ledger entries) refer to it",
        ),
    },
    Known {
        exc_type: "ValidationError",
        words: &["cannot edit cancelled document"],
        meaning: Meaning::CannotEdit(
            "It is cancelled in ERPNext, and nothing can be changed there any more",
        ),
    },
];

/// The cause of a refusal as it is shown to people.
pub fn cause(refusal: &Refusal) -> Cause {
    let message = refusal.message.to_lowercase();
    let known = KNOWN.iter().find(|known| {
        (known.exc_type.is_empty() || known.exc_type == refusal.exc_type)
            && known.words.iter().all(|word| message.contains(word))
    });
    let side = Side::Erpnext;
    match known.map(|known| &known.meaning) {
        Some(Meaning::Field(field, why)) => Cause::Invalid {
            side,
            field: (*field).to_owned(),
            why: format!("{why}. ERPNext says: {}", refusal.message),
        },
        Some(Meaning::Closed) => match day_in(&refusal.message) {
            Some(until) => Cause::PeriodLocked { side, until },
            None => Cause::Invalid {
                side,
                field: "date".to_owned(),
                why: format!(
                    "The accounting period is closed in ERPNext. ERPNext says: {}",
                    refusal.message
                ),
            },
        },
        Some(Meaning::CannotEdit(why)) => Cause::CannotEdit {
            side,
            why: format!("{why}. ERPNext says: {}", refusal.message),
        },
        Some(Meaning::CannotVoid(why)) => Cause::CannotVoid {
            side,
            why: format!("{why}. ERPNext says: {}", refusal.message),
        },
        None => Cause::Refused {
            side,
            message: refusal.message.clone(),
            field: None,
        },
    }
}

/// A day written `31-12-2025` or `2025-12-31` in a message.
fn day_in(message: &str) -> Option<NaiveDate> {
    message
        .split(|c: char| !c.is_ascii_digit() && c != '-')
        .find_map(|word| {
            ["%d-%m-%Y", "%Y-%m-%d"]
                .iter()
                .find_map(|form| NaiveDate::parse_from_str(word, form).ok())
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(exc_type: &str, message: &str) -> Refusal {
        Refusal {
            status: 417,
            exc_type: exc_type.to_owned(),
            message: message.to_owned(),
            exception: String::new(),
        }
    }

    #[test]
    fn known_refusals_become_causes() {
        assert_eq!(
            cause(&refusal(
                "ValidationError",
                "You are not authorized to add or update entries before 31-12-2025"
            ))
            .word(),
            "period_locked"
        );
        assert_eq!(
            cause(&refusal("ClosedAccountingPeriod", "closed")).word(),
            "invalid"
        );
        assert!(matches!(
            cause(&refusal("ValidationError", "Party Account Debtors - ACM currency (GBP) and document currency (USD) should be same")),
            Cause::Invalid { field, .. } if field == "currency"
        ));
        assert_eq!(
            cause(&refusal("LinkExistsError", "Cannot delete or cancel")).word(),
            "cannot_void"
        );
    }

    #[test]
    fn unknown_refusals_keep_the_words() {
        assert_eq!(
            cause(&refusal(
                "ValidationError",
                "The moon is in the wrong house"
            )),
            Cause::Refused {
                side: Side::Erpnext,
                message: "The moon is in the wrong house".into(),
                field: None
            }
        );
    }
}
