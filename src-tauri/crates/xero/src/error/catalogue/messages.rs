//! The messages Xero is known to refuse with (xero/FACTS §13, whose order this follows). Those past
//! the line below are approximations of what Xero says of the rarer records.

use super::Meaning;

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
    // Reported with 400 and as a validation error; nothing is wrong with the data.
    ("An error occurred in Xero", Meaning::Fault),
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
        Meaning::TakesNoPayments,
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
    // Approximations from here on.
    (
        "The * date cannot be before the period lock date",
        Meaning::Locked,
    ),
    (
        "The * date cannot be before the end of year lock date",
        Meaning::Locked,
    ),
    ("Credit note number must be unique", Meaning::NumberTaken),
    ("Credit note not of valid status", Meaning::State),
    ("Payment not of valid status", Meaning::State),
    ("Batch payment not of valid status", Meaning::State),
    ("Bank Transaction not of valid status", Meaning::State),
    (
        "This Bank Transaction cannot be edited as it has a payment or credit note allocated to it",
        Meaning::HasPayments,
    ),
    (
        "The status VOIDED cannot be applied to the credit note because it has payments",
        Meaning::CannotVoid,
    ),
    (
        "The status DELETED cannot be applied to the credit note because it has payments",
        Meaning::CannotVoid,
    ),
    (
        "The total of a credit note cannot be negative",
        Meaning::Field("total"),
    ),
    (
        "Payment amount must be greater than zero",
        Meaning::Field("payment amount"),
    ),
    (
        "Allocation amount must be greater than zero",
        Meaning::Field("allocation"),
    ),
    (
        "* cannot be allocated as amount is greater than amount outstanding",
        Meaning::Field("allocation"),
    ),
    ("* cannot be allocated to an", Meaning::Field("allocation")),
    (
        "* can only be allocated to Authorised invoices",
        Meaning::Field("allocation"),
    ),
    (
        "A batch payment must have at least one payment",
        Meaning::Field("allocations"),
    ),
];
