//! Every failure that is documented of Xero (xero/FACTS §13, by its numbers), and what it becomes.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeSet;

use bytes::Bytes;
use ledger::Cause;
use net::Response;
use serde_json::{Value, json};

use super::catalogue::{self, About};
use super::{XeroError, classify};

fn answer(status: u16, body: &str) -> Response {
    http::Response::builder()
        .status(status)
        .body(Bytes::from(body.to_owned()))
        .unwrap()
}

fn exception(number: u32, kind: &str, message: &str) -> String {
    json!({"ErrorNumber": number, "Type": kind, "Message": message}).to_string()
}

fn problem(status: u16, detail: &str) -> String {
    json!({"Type": null, "Title": "x", "Status": status, "Detail": detail}).to_string()
}

/// One documented failure of a call as a whole: its number, status and body, and the variant.
fn calls() -> Vec<(u32, u16, String, &'static str)> {
    let validation = |message: &str| exception(10, "ValidationException", message);
    vec![
        (
            1,
            400,
            validation("A validation exception occurred"),
            "Validation",
        ),
        (
            2,
            400,
            exception(
                14,
                "PostDataInvalidException",
                "JSON request body could not be read, Error",
            ),
            "Validation",
        ),
        (
            3,
            400,
            exception(
                14,
                "PostDataInvalidException",
                "The string '2017-12-14 00:00:00' is not a valid AllXsd value.",
            ),
            "Validation",
        ),
        (
            4,
            400,
            exception(16, "QueryParseException", "Expression expected"),
            "Validation",
        ),
        (
            5,
            400,
            exception(
                17,
                "NoDataProcessedException",
                "No data has been processed for this endpoint",
            ),
            "Validation",
        ),
        (
            6,
            400,
            exception(51, "HighVolumeException", "Too many"),
            "TooMuch",
        ),
        (
            7,
            400,
            validation("Idempotency Key: KEY is used with a different request."),
            "Validation",
        ),
        (
            8,
            401,
            problem(401, "TokenExpired: token expired at 04/09/2023 05:16:59"),
            "TokenExpired",
        ),
        (
            9,
            401,
            problem(401, "AuthorizationUnsuccessful"),
            "MissingScope",
        ),
        (
            10,
            403,
            problem(403, "AuthenticationUnsuccessful"),
            "NotConnected",
        ),
        (
            11,
            404,
            "The resource you're looking for cannot be found".to_owned(),
            "NotFound",
        ),
        (13, 412, "Precondition failed".to_owned(), "Refused"),
        (13, 501, "Not implemented".to_owned(), "Refused"),
        (
            14,
            503,
            "The Xero API is currently offline for maintenance".to_owned(),
            "Maintenance",
        ),
        (
            15,
            503,
            "The Xero API is temporarily unavailable".to_owned(),
            "Unavailable",
        ),
        (
            16,
            503,
            "The Organisation is offline".to_owned(),
            "Maintenance",
        ),
    ]
}

/// One documented refusal of an element: its number, the message, and the field it is about or the
/// word of the cause it becomes.
const ELEMENTS: &[(u32, &str, &str)] = &[
    (
        23,
        "The contact name Ann is already assigned to another contact. The contact name must be unique across all active contacts.",
        "name_taken",
    ),
    (24, "Please enter a unique Name.", "name_taken"),
    (
        25,
        "Another contact has this contact number. Please enter a different contact number.",
        "contact code",
    ),
    (26, "Email address must be valid", "e-mail address"),
    (27, "Website must be valid", "website"),
    (
        28,
        "The contact with the specified contact details has been archived. The contact must be un-archived before creating new invoices or credit notes.",
        "contact_archived",
    ),
    (29, "Contact cannot be empty.", "contact"),
    (29, "Paid to name cannot be empty.", "contact"),
    (
        30,
        "A Contact must be specified for this type of transaction",
        "contact",
    ),
    (
        31,
        "Due Date for Sales Invoices must be between 1 and 31 when set to the following (or current) month",
        "payment terms",
    ),
    (32, "Invoice # must be unique.", "number_taken"),
    (
        33,
        "Invoice not of valid status for creation",
        "cannot_edit",
    ),
    (
        34,
        "Invoice not of valid status for modification",
        "cannot_edit",
    ),
    (
        35,
        "This document cannot be edited as it has a payment or credit note allocated to it.",
        "cannot_edit",
    ),
    (
        36,
        "The status VOIDED cannot be applied to the invoice because it has payments or credit notes allocated to it.",
        "cannot_void",
    ),
    (
        37,
        "The status DRAFT cannot be applied to the invoice because it has payments or credit notes allocated to it.",
        "cannot_edit",
    ),
    (38, "One or more line items must be specified", "lines"),
    (
        39,
        "Account code 'X' is not a valid code for this document.",
        "account",
    ),
    (
        40,
        "Account code 'X' has been archived, or has been deleted. Each line item must reference a valid account.",
        "account",
    ),
    (41, "Account code or ID must be specified", "account"),
    (
        42,
        "The TaxType code 'X' cannot be used with account code 'Y'.",
        "tax rate",
    ),
    (
        43,
        "The document date cannot be before the period lock date, currently set at 30-Nov-2018",
        "period_locked",
    ),
    (
        44,
        "The document date cannot be before the end of year lock date, currently set at 31-Jul-2013",
        "period_locked",
    ),
    (
        45,
        "Organisation is not subscribed to currency EUR",
        "currency_not_used",
    ),
    (
        46,
        "You have reached the limit of invoices you can approve",
        "refused",
    ),
    (
        47,
        "Insufficient stock. Items are eligible for backorder.",
        "item",
    ),
    (48, "Url must be a valid absolute url", "link"),
    (
        49,
        "An existing invoice with the specified ID could not be found",
        "vanished",
    ),
    (
        50,
        "The tax amount cannot be greater than the line amount",
        "tax amount",
    ),
    (
        51,
        "An existing Credit Note with the specified CreditNoteID could not be found",
        "vanished",
    ),
    (
        52,
        "Credit Note cannot be allocated as amount is greater than amount outstanding",
        "allocation",
    ),
    (
        53,
        "The invoice you are trying to allocate to has already been paid off",
        "allocation",
    ),
    (
        54,
        "Credit Note cannot be allocated to an incorrect invoice type",
        "allocation",
    ),
    (
        55,
        "Payment amount exceeds the amount outstanding on this document",
        "payment amount",
    ),
    (
        56,
        "Payments can only be made against Authorised documents",
        "cannot_edit",
    ),
    (57, "Only Status accepted for updates.", "refused"),
    (
        58,
        "Account type is invalid for making a payment to/from",
        "payment account",
    ),
    (
        59,
        "You must specify an Account code or Account ID for the payment",
        "payment account",
    ),
    (60, "Account could not be found", "payment account"),
    (
        61,
        "Payments within a batch cannot be deleted.",
        "cannot_edit",
    ),
    (
        62,
        "The document with the supplied id was not found for this endpoint.",
        "vanished",
    ),
    (
        63,
        "The User specified does not have the correct permissions to perform this action",
        "refused",
    ),
];

fn variant(error: &XeroError) -> String {
    let shown = format!("{error:?}");
    let end = shown.find([' ', '(', '{']).unwrap_or(shown.len());
    shown[..end].to_owned()
}

#[test]
fn each_documented_failure_is_typed_with_its_record_and_field() {
    let mut seen = BTreeSet::new();
    for (number, status, body, expected) in calls() {
        let error = classify(&answer(status, &body));
        assert_eq!(variant(&error), expected, "{number}: {error:?}");
        if let XeroError::Validation { message, .. } = &error {
            assert!(body.contains(message), "{number}: {message}");
            assert!(catalogue::meaning(message).is_some(), "{number}: {message}");
        }
        seen.insert(number);
    }
    let about = About {
        title: "INV-7",
        currency: Some("EUR"),
    };
    for (number, message, expected) in ELEMENTS {
        let cause = catalogue::cause(&[(*message).to_owned()], about);
        let told = match &cause {
            Cause::Invalid { field, why, .. } => {
                assert!(why.starts_with(message), "{why}");
                field.clone()
            }
            Cause::Refused { message: kept, .. } => {
                assert_eq!(kept, message);
                cause.word().to_owned()
            }
            Cause::NameTaken { name: title, .. } | Cause::NumberTaken { number: title, .. } => {
                assert_eq!(title, "INV-7");
                cause.word().to_owned()
            }
            other => other.word().to_owned(),
        };
        assert_eq!(told, *expected, "{number}: {message}");
        seen.insert(*number);
    }
    // 12 and 17 to 22 are of connections and of signing in, which the `oauth` crate types.
    let elsewhere = [12, 17, 18, 19, 20, 21, 22];
    let all: BTreeSet<u32> = (1..=63)
        .filter(|number| !elsewhere.contains(number))
        .collect();
    assert_eq!(seen, all);
}

#[test]
fn a_refusal_nobody_knows_keeps_all_its_words() {
    let body = json!({"ErrorNumber": 99, "Type": "Odd", "Message": "Something new",
        "Elements": [{"InvoiceNumber": "INV-7", "ValidationErrors": [{"Message": "Never heard"}]}]});
    let error = classify(&answer(400, &body.to_string()));
    let XeroError::Validation {
        number, elements, ..
    } = &error
    else {
        panic!("{error:?}");
    };
    assert_eq!(*number, Some(99));
    let inside: &Value = &elements[0]["ValidationErrors"][0]["Message"];
    assert_eq!(inside, "Never heard");
    let cause = catalogue::cause(
        &["Never heard".to_owned(), "Nor this".to_owned()],
        About::default(),
    );
    assert!(
        matches!(&cause, Cause::Refused { message, .. } if message == "Never heard Nor this"),
        "{cause:?}"
    );
}
