#![allow(clippy::panic)]
use super::*;

fn refusal(exc_type: &str, message: &str) -> Refusal {
    Refusal {
        status: 417,
        exc_type: exc_type.to_owned(),
        message: message.to_owned(),
        exception: String::new(),
        inserted: Vec::new(),
    }
}

/// The field of what is invalid.
fn field(exc_type: &str, message: &str) -> String {
    match cause(&refusal(exc_type, message)) {
        Cause::Invalid { field, .. } => field,
        other => panic!("{message}: {other:?}"),
    }
}

/// Word for word as 15.71 and 16.9 say it.
#[test]
fn both_versions_wordings_mean_the_same() {
    for (of_15, of_16, expected) in [
        (
            "Row 1: Income Account None does not belong to Company Acme Ltd",
            "Row 1: The Income Account None does not belong to the company Acme Ltd",
            "account",
        ),
        (
            "Due Date cannot be before Posting / Supplier Invoice Date",
            "Due Date cannot be before Posting Date",
            "due date",
        ),
        (
            "Due / Reference Date cannot be after 31-12-2026",
            "Due Date cannot be after 31-12-2026",
            "due date",
        ),
        (
            "Row 1: Account Sales - AL is a Group Account",
            "You selected the account group Sales - AL as Income Account in row 1. Please select a single account.",
            "account",
        ),
        (
            "Row #1: Cost Center Main does not belong to company Acme Ltd",
            "Row 1: Cost Center Main does not belong to Company Acme Ltd",
            "cost center",
        ),
        (
            "Not authroized since 100.0 exceeds limits",
            "Not authorized since 100.0 exceeds limits",
            "authorisation",
        ),
        (
            "Row #1: Quantity for Item W cannot be zero.",
            "Row #1:Quantity for Item W cannot be zero.",
            "quantity",
        ),
        (
            "Row #1: Selling rate for item W is lower than its purchase rate. Selling net rate should be atleast 5.\nAlternatively, you can disable selling price validation in Selling Settings to bypass this validation.",
            "Row #1: Selling rate for item W is lower than its purchase rate. Selling net rate should be atleast 5.\nAlternatively, you can disable 'Validate Selling Price for Item Against Purchase Rate or Valuation Rate' in Selling Settings to bypass this validation.",
            "price",
        ),
    ] {
        for message in [of_15, of_16] {
            assert_eq!(field("ValidationError", message), expected, "{message}");
        }
    }
}

#[test]
fn what_only_one_version_says_is_known_too() {
    for (exc_type, message, expected) in [
        ("ValidationError", "Due Date is mandatory", "due date"),
        (
            "ValidationError",
            "Item Wise Tax Details do not match with Taxes and Charges at the following rows:\nRow 1: 20.01",
            "tax",
        ),
        (
            "ValidationError",
            "Total Payment Amount in Payment Schedule must be equal to Grand / Rounded Total",
            "total",
        ),
        (
            "LinkValidationError",
            "Could not find Customer: Nobody & Co: Leeds",
            "customer",
        ),
        (
            "LinkValidationError",
            "Could not find Row #1: Income Account: Gone - AL, Row #2: Income Account: Gone - AL",
            "income account",
        ),
        ("DoesNotExistError", "Item WIDGET not found", "item"),
        ("DoesNotExistError", "UOM Nos not found", "unit"),
        ("DoesNotExistError", "Who knows", "reference"),
        (
            "AttributeError",
            "'NoneType' object has no attribute 'payment_terms'",
            "reference",
        ),
        (
            "WorkflowPermissionError",
            "Workflow State transition not allowed from Draft to Approved",
            "workflow",
        ),
        ("InvalidCurrency", "no", "currency"),
    ] {
        assert_eq!(field(exc_type, message), expected, "{message}");
    }
}

/// Word for word as 15.71 and 16.9 say it of payments, both the same.
#[test]
fn what_is_refused_of_payments_is_told_in_a_person_s_terms() {
    for (message, expected) in [
        (
            "Row #1: Allocated Amount cannot be greater than outstanding amount.",
            OWED,
        ),
        ("Sales Invoice INV-1 has already been fully paid.", OWED),
        (
            "Sales Invoice INV-1 has already been partly paid. Please use the 'Get Outstanding Invoice' or the 'Get Outstanding Orders' button to get the latest outstanding amounts.",
            OWED,
        ),
        (
            "INV-1 has Payment Term based allocation enabled. Select a Payment Term for Row #1 in Payment References section",
            "payment terms",
        ),
        (
            "Row #1: Allocated amount:41 is greater than outstanding amount:40.0 for Payment Term T2",
            "payment terms",
        ),
        (
            "Sales Invoice INV-1 is associated with Debtors - AL, but Party Account is Debtors USD - AL",
            "receivable account",
        ),
        (
            "Sales Invoice INV-1 is not associated with Customer Acme & Co",
            "contact",
        ),
        ("Sales Invoice INV-1 must be submitted", "invoice"),
        (
            "Reference No and Reference Date is mandatory for Bank transaction",
            "reference",
        ),
        ("Target Exchange Rate is mandatory", "exchange rate"),
        (
            "Payment Entry PAY-1: Account Old Bank - AL is inactive",
            "account",
        ),
        ("Account Bank - AL is frozen", "account"),
        (
            "Balance for Account Bank - AL must always be Debit",
            "account",
        ),
        (
            "Payment Entry PAY-1: Cost Center is required for 'Profit and Loss' account Fees - AL.",
            "cost center",
        ),
        (
            "Accounting Dimension Branch is required for 'Balance Sheet' account Debtors - AL.",
            "accounting dimension",
        ),
    ] {
        assert_eq!(field("ValidationError", message), expected, "{message}");
    }
    let dimension = "Branch is mandatory for account Debtors - AL";
    let named = field("MandatoryAccountDimensionError", dimension);
    assert_eq!(named, "accounting dimension");
    let mut mode = refusal(
        "MandatoryError",
        "Error: Value missing for Payment Entry: Mode of Payment",
    );
    mode.exception =
        "frappe.exceptions.MandatoryError: [Payment Entry, PAY-1]: mode_of_payment".to_owned();
    match cause(&mode) {
        Cause::Invalid { field, .. } => assert_eq!(field, "mandatory field \"mode of payment\""),
        other => panic!("{other:?}"),
    }
    let closed = refusal(
        "ClosedAccountingPeriod",
        "You cannot create or cancel any accounting entries with in the closed Accounting Period Oct",
    );
    assert!(matches!(cause(&closed), Cause::Invalid { field, .. } if field == "date"));
}

#[test]
fn missing_fields_are_named_in_every_language() {
    let mut refused = refusal(
        "MandatoryError",
        "Fehler: Wert fehlt für Ausgangsrechnung: Projekt",
    );
    "frappe.exceptions.MandatoryError: [Sales Invoice, [A]: B]: project, cost_center, project"
        .clone_into(&mut refused.exception);
    assert!(matches!(
        cause(&refused),
        Cause::Invalid { field, .. } if field == "mandatory fields \"cost center\", \"project\""
    ));
}

#[test]
fn phrases_are_whole_words() {
    // "subaccount" is no account, "isgroup account" no group.
    assert!(matches!(
        cause(&refusal(
            "ValidationError",
            "The subaccount does not belong to companyX"
        )),
        Cause::Refused { .. }
    ));
}

#[test]
fn a_refusal_of_many_records_is_of_one_kind() {
    let kind = |message: &str, inserted: &[&str]| {
        let mut refused = refusal("ValidationError", message);
        refused.inserted = inserted.iter().map(|&text| text.to_owned()).collect();
        match cause(&refused) {
            Cause::Refused { kind, .. } => kind,
            other => panic!("{other:?}"),
        }
    };
    let first = kind(
        "Customer Acme Ltd owes 12.00 for Blue widget",
        &["Acme Ltd", "Blue widget"],
    );
    let second = kind("Customer Bolt owes 1,300.50 for Ink", &["Ink", "Bolt"]);
    assert_eq!(first, second);
    assert_eq!(
        first.as_deref(),
        Some("ValidationError: customer … owes … for …")
    );
    assert_ne!(
        first,
        kind("Customer Bolt pays 12.00 for Ink", &["Ink", "Bolt"])
    );
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
            kind: Some("ValidationError: the moon is in the wrong house".into()),
        }
    );
}
