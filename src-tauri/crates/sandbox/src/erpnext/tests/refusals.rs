use super::*;

#[test]
fn refused_invoices() {
    let mut site = Site::furnished();
    site.world.edit(&json!({"op": "create", "doctype": "Customer", "fields": {"customer_name": "Gone", "disabled": 1}}), site.now).unwrap();
    let past = json!({"posting_date": "2025-03-15", "due_date": "2025-04-14"});
    let tax = |row: Value| json!({"taxes": [row]});
    for (extra, status, exc_type, message) in [
        (
            past,
            417,
            "ValidationError",
            "Due Date cannot be before Posting / Supplier Invoice Date",
        ),
        (
            json!({"posting_date": "2025-03-15", "due_date": "2025-03-01", "set_posting_time": 1}),
            417,
            "ValidationError",
            "Due Date cannot be before Posting / Supplier Invoice Date",
        ),
        (
            json!({"posting_date": "2022-03-15", "due_date": "2022-04-01", "set_posting_time": 1, "docstatus": 1}),
            417,
            "FiscalYearError",
            "Date 15-03-2022 is not in any active Fiscal Year for <strong>Acme Ltd</strong>",
        ),
        (
            json!({"posting_date": "15/03/2025", "set_posting_time": 1}),
            500,
            "OperationalError",
            "",
        ),
        (json!({"items": []}), 500, "TypeError", ""),
        (json!({"customer": "Nobody"}), 500, "AttributeError", ""),
        (
            json!({"customer": null}),
            417,
            "ValidationError",
            "Due Date is mandatory",
        ),
        (
            json!({"customer": "Gone"}),
            417,
            "PartyDisabled",
            "Customer Gone is disabled",
        ),
        (
            json!({"items": [{"item_code": "NOPE", "qty": 2, "rate": 50}]}),
            404,
            "DoesNotExistError",
            "Item NOPE not found",
        ),
        (
            json!({"items": [{"item_code": "SVC-1", "qty": 0, "rate": 10}]}),
            417,
            "InvalidQtyError",
            "Row #1: Quantity for Item <strong>SVC-1</strong> cannot be zero.",
        ),
        (
            json!({"items": [{"item_code": "SVC-1", "qty": 1.23456, "rate": 10}]}),
            417,
            "UOMMustBeIntegerError",
            "Row 1: Quantity (1.235) cannot be a fraction. To allow this, disable '<strong>Must be Whole Number</strong>' in UOM <strong>Nos</strong>.",
        ),
        (
            json!({"items": [{"item_name": "Frac", "description": "f", "uom": "Hour", "income_account": "Sales - ACM", "qty": 1.5, "rate": 10}]}),
            417,
            "UOMMustBeIntegerError",
            "Row 1: Quantity (1.5) cannot be a fraction. To allow this, disable '<strong>Must be Whole Number</strong>' in UOM <strong>Nos</strong>.",
        ),
        (
            json!({"items": [{"description": "Anything", "qty": 1, "rate": 10}]}),
            417,
            "ValidationError",
            "Row 1: Income Account <strong>None</strong> does not belong to Company <strong>Acme Ltd</strong>",
        ),
        (
            json!({"items": [{"item_name": "X", "uom": "Nos", "income_account": "No - ACM", "qty": 1, "rate": 10}]}),
            417,
            "LinkValidationError",
            "Could not find Row #1: Income Account: No - ACM",
        ),
        (
            json!({"items": [{"item_code": "SVC-1", "qty": -1, "rate": 50}]}),
            417,
            "ValidationError",
            "Incorrect value:Grand Total (Company Currency) must be >= 0.0",
        ),
        (
            json!({"docstatus": 1, "items": [{"item_code": "SVC-1", "qty": 2, "rate": 50}, {"item_code": "SVC-1", "qty": 1, "rate": -20}]}),
            417,
            "ValidationError",
            "For item <strong>SVC-1</strong>, rate must be a positive number. To Allow negative rates, enable <strong>`Allow Negative rates for Items`</strong> in <a href=\"http://demo.localhost/app/selling-settings/Selling%20Settings\">Selling Settings</a>",
        ),
        (
            tax(
                json!({"charge_type": "Actual", "account_head": "VAT - ACM", "tax_amount": 10, "description": "x", "included_in_print_rate": 1}),
            ),
            417,
            "ValidationError",
            "Charge of type 'Actual' in row 1 cannot be included in Item Rate or Paid Amount",
        ),
        (
            tax(json!({"charge_type": "Actual", "account_head": "VAT - ACM", "tax_amount": 10})),
            417,
            "MandatoryError",
            "Error: <strong>Sales Taxes and Charges</strong> Row #1: Value missing for: Description",
        ),
        (
            tax(
                json!({"charge_type": "Actual", "account_head": "No Such - ACM", "tax_amount": 10, "description": "x"}),
            ),
            417,
            "ValidationError",
            "Row #1: Account No Such - ACM does not belong to company Acme Ltd",
        ),
        (
            json!({"payment_schedule": [{"due_date": "2026-12-01", "invoice_portion": 50, "payment_amount": 50}]}),
            417,
            "ValidationError",
            "Total Payment Amount in Payment Schedule must be equal to Grand / Rounded Total",
        ),
    ] {
        let reply = site.post("Sales Invoice", &invoice(&extra));
        assert_eq!(
            (reply.status, reply.exc_type()),
            (status, exc_type),
            "{extra} {}",
            reply.body
        );
        // Notices such as a new Item Price come along, but are not what refused it.
        let mut told = reply.messages();
        told.retain(|told| told["alert"] != 1);
        let told = told.last().and_then(|told| told["message"].as_str());
        assert_eq!(told.unwrap_or_default(), message);
    }
    assert_eq!(site.world.count_of("Sales Invoice"), 0);
    // A refused insert takes no number.
    assert_eq!(
        site.post("Sales Invoice", &invoice(&json!({}))).data()["name"],
        "ACC-SINV-2026-00001"
    );
}

#[test]
fn dates() {
    let mut site = Site::furnished();
    let kept = site.post("Sales Invoice", &invoice(&json!({"set_posting_time": 1, "posting_date": "2025-03-15", "due_date": "2025-04-14", "docstatus": 1})));
    assert_eq!(kept.data()["posting_date"], "2025-03-15");
    let name = kept.data()["name"].as_str().unwrap().to_owned();
    assert_eq!(site.read("Sales Invoice", &name)["status"], "Overdue");
    let today = site.post(
        "Sales Invoice",
        &invoice(&json!({"posting_date": "2026-11-01"})),
    );
    assert_eq!(
        (
            today.data()["posting_date"].as_str(),
            today.data()["due_date"].as_str()
        ),
        (Some("2026-11-22"), Some("2026-11-22"))
    );
    site.put(
        "Accounts Settings",
        "Accounts Settings",
        &json!({"acc_frozen_upto": "2025-12-31"}),
    );
    let frozen =
        json!({"set_posting_time": 1, "posting_date": "2025-06-01", "due_date": "2025-07-01"});
    assert_eq!(site.post("Sales Invoice", &invoice(&frozen)).status, 200);
    let mut submit = frozen;
    submit["docstatus"] = json!(1);
    let refused = site.post("Sales Invoice", &invoice(&submit));
    assert_eq!(
        refused.message(),
        "You are not authorized to add or update entries before 31-12-2025"
    );
    let period = json!({"period_name": "P", "start_date": "2026-02-01", "end_date": "2026-02-28", "company": "Acme Ltd", "closed_documents": [{"document_type": "Sales Invoice", "closed": 1}]});
    assert_eq!(
        site.post("Accounting Period", &period).data()["name"],
        "P - ACM"
    );
    let closed = site.post(
        "Sales Invoice",
        &invoice(&json!({"set_posting_time": 1, "posting_date": "2026-02-05"})),
    );
    assert_eq!(
        (closed.exc_type(), closed.message().as_str()),
        (
            "ClosedAccountingPeriod",
            "You cannot create a Sales Invoice within the closed Accounting Period <strong>P - ACM</strong>"
        )
    );
}
