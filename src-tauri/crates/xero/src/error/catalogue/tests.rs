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
            name: "INV-7".into(),
            by: None
        }
    );
    assert_eq!(
        one("Invoice # must be unique."),
        Cause::NumberTaken {
            side,
            number: "INV-7".into(),
            by: None
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
        one("Account type is invalid for making a payment to/from."),
        Cause::Invalid {
            side,
            field: "payment account".into(),
            why:
                "Account type is invalid for making a payment to/from; in Xero, an account that is \
                  no bank account needs \"enable payments to this account\""
                    .into()
        }
    );
    assert_eq!(
        one("The payment date cannot be before the period lock date, currently set at 1 Nov 2018"),
        Cause::PeriodLocked {
            side,
            until: chrono::NaiveDate::from_ymd_opt(2018, 11, 1).unwrap()
        }
    );
    assert_eq!(
        one("Something new."),
        Cause::refused(side, "Something new.")
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
            assert!(why.starts_with(message.trim_end_matches('.')), "{why}");
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
