use super::*;

fn number(value: &Value) -> String {
    value.to_string()
}

#[test]
fn the_ways_to_submit() {
    let mut site = Site::furnished();
    let draft = site.post("Sales Invoice", &invoice(&json!({})));
    assert_eq!(draft.status, 200, "{}", draft.body);
    assert_eq!(draft.data()["name"], "ACC-SINV-2026-00001");
    assert_eq!(number(&draft.data()["outstanding_amount"]), "100.0");
    assert_eq!(draft.data()["items"][0]["__unsaved"], 1);
    let put = site.put(
        "Sales Invoice",
        "ACC-SINV-2026-00001",
        &json!({"docstatus": 1}),
    );
    assert_eq!(
        (
            put.data()["status"].as_str(),
            number(&put.data()["outstanding_amount"])
        ),
        (Some("Unpaid"), "100.0".into())
    );
    assert_eq!(put.data()["remarks"], "No Remarks");
    // In one request the answer is older than what is stored.
    let one = site.post("Sales Invoice", &invoice(&json!({"docstatus": 1})));
    assert_eq!(
        (
            one.data()["status"].as_str(),
            number(&one.data()["outstanding_amount"])
        ),
        (Some("Draft"), "0.0".into())
    );
    let stored = site.read("Sales Invoice", "ACC-SINV-2026-00002");
    assert_eq!(
        (
            stored["status"].as_str(),
            number(&stored["outstanding_amount"])
        ),
        (Some("Unpaid"), "100.0".into())
    );
    assert_ne!(stored["modified"], one.data()["modified"]);
    site.post("Sales Invoice", &invoice(&json!({})));
    let run = site.call(
        "POST",
        "/api/resource/Sales%20Invoice/ACC-SINV-2026-00003?run_method=submit",
        &Value::Null,
    );
    assert_eq!(run.data()["docstatus"], 1);
    site.post("Sales Invoice", &invoice(&json!({})));
    let with_body = site.call(
        "POST",
        "/api/resource/Sales%20Invoice/ACC-SINV-2026-00004?run_method=submit",
        &json!({"x": 1}),
    );
    assert_eq!((with_body.status, with_body.exc_type()), (500, "KeyError"));
    let whole = site.read("Sales Invoice", "ACC-SINV-2026-00004");
    let submitted = site.rpc("frappe.client.submit", &json!({"doc": whole}));
    assert_eq!(submitted.body["message"]["docstatus"], 1);
    assert!(
        submitted.body["message"]
            .as_object()
            .unwrap()
            .contains_key("pos_profile")
    );
    let partial = site.rpc(
        "frappe.client.submit",
        &json!({"doc": {"doctype": "Sales Invoice", "name": "ACC-SINV-2026-00004"}}),
    );
    assert_eq!(partial.exc_type(), "TimestampMismatchError");
}

#[test]
fn nothing_owed_stays_draft_when_submitted_in_one_request() {
    let mut site = Site::furnished();
    let zero = json!({"items": [free("1", "0")], "disable_rounded_total": 1});
    let mut one = zero.clone();
    one["docstatus"] = json!(1);
    let name = site.post("Sales Invoice", &invoice(&one)).data()["name"]
        .as_str()
        .unwrap()
        .to_owned();
    let stored = site.read("Sales Invoice", &name);
    assert_eq!(
        (stored["docstatus"].as_i64(), stored["status"].as_str()),
        (Some(1), Some("Draft"))
    );
    let name = site.post("Sales Invoice", &invoice(&zero)).data()["name"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(
        site.put("Sales Invoice", &name, &json!({"docstatus": 1}))
            .data()["status"],
        "Paid"
    );
}

#[test]
fn totals() {
    let tax = |extra: Value| {
        let mut row = json!({"charge_type": "On Net Total", "account_head": "VAT - ACM", "rate": 20, "description": "VAT 20%"});
        for (key, value) in extra.as_object().unwrap() {
            row[key] = value.clone();
        }
        row
    };
    let item = |qty: &str, rate: &str| free(qty, rate);
    let zero_rated = {
        let mut row = free("2", "50");
        row["item_tax_template"] = json!("VAT Zero - ACM");
        row["item_tax_rate"] = json!("{\"VAT - ACM\": 0}");
        row
    };
    // (extra fields, net, tax, grand, rounded, payable)
    for (extra, net, taxes, grand, rounded, payable) in [
        (
            json!({"items": [item("2", "50")], "taxes": [tax(json!({}))]}),
            "100.0",
            "20.0",
            "120.0",
            "120.0",
            "120.0",
        ),
        (
            json!({"items": [item("2", "50")], "taxes": [tax(json!({"charge_type": "Actual", "rate": 0, "tax_amount": 19.99}))]}),
            "100.0",
            "19.99",
            "119.99",
            "120.0",
            "120.0",
        ),
        (
            json!({"items": [item("2", "50")], "taxes": [tax(json!({"included_in_print_rate": 1}))]}),
            "83.33",
            "16.67",
            "100.0",
            "100.0",
            "100.0",
        ),
        (
            json!({"items": [item("2", "50"), zero_rated], "taxes": [tax(json!({}))]}),
            "200.0",
            "20.0",
            "220.0",
            "220.0",
            "220.0",
        ),
        (
            json!({"items": [item("1", "99.6")]}),
            "99.6",
            "0.0",
            "99.6",
            "100.0",
            "100.0",
        ),
        (
            json!({"items": [item("1", "99.6")], "disable_rounded_total": 1}),
            "99.6",
            "0.0",
            "99.6",
            "0.0",
            "99.6",
        ),
        (
            json!({"items": [item("3", "33.335")], "disable_rounded_total": 1}),
            "100.02",
            "0.0",
            "100.02",
            "0.0",
            "100.02",
        ),
        (
            json!({"items": [item("10.12345678", "1.23456")], "disable_rounded_total": 1}),
            "12.45",
            "0.0",
            "12.45",
            "0.0",
            "12.45",
        ),
        (
            json!({"items": [item("1", "2.125")], "disable_rounded_total": 1}),
            "2.12",
            "0.0",
            "2.12",
            "0.0",
            "2.12",
        ),
        (
            json!({"items": [item("1", "2.135")], "disable_rounded_total": 1}),
            "2.14",
            "0.0",
            "2.14",
            "0.0",
            "2.14",
        ),
        (
            json!({"items": [item("2", "50")], "taxes": [tax(json!({}))], "apply_discount_on": "Net Total", "discount_amount": 15}),
            "85.0",
            "17.0",
            "102.0",
            "102.0",
            "102.0",
        ),
        (
            json!({"items": [item("2", "50")], "taxes": [tax(json!({}))], "apply_discount_on": "Grand Total", "discount_amount": 15}),
            "87.5",
            "17.5",
            "105.0",
            "105.0",
            "105.0",
        ),
        (
            json!({"items": [item("1", "-20"), item("2", "50")]}),
            "80.0",
            "0.0",
            "80.0",
            "80.0",
            "80.0",
        ),
    ] {
        let mut site = Site::furnished();
        let reply = site.post("Sales Invoice", &invoice(&extra));
        assert_eq!(reply.status, 200, "{extra} {}", reply.body);
        let data = reply.data();
        let got = [
            "net_total",
            "total_taxes_and_charges",
            "grand_total",
            "rounded_total",
            "outstanding_amount",
        ]
        .map(|field| number(&data[field]));
        assert_eq!(got, [net, taxes, grand, rounded, payable], "{extra}");
        assert_eq!(
            number(&data["payment_schedule"][0]["payment_amount"]),
            payable
        );
    }
}

#[test]
fn an_inclusive_line_splits_as_observed() {
    let mut site = Site::furnished();
    let reply = site.post("Sales Invoice", &invoice(&json!({"taxes": [{"charge_type": "On Net Total", "account_head": "VAT - ACM", "rate": 20, "description": "VAT", "included_in_print_rate": 1}]})));
    let item = &reply.data()["items"][0];
    assert_eq!(
        (number(&item["net_rate"]), number(&item["net_amount"])),
        ("41.66".into(), "83.33".into())
    );
    let tax = &reply.data()["taxes"][0];
    assert_eq!(tax["item_wise_tax_detail"], "{\"SVC-1\":[20.0,16.666]}");
    assert_eq!(
        (number(&tax["tax_amount"]), number(&tax["total"])),
        ("16.67".into(), "100.0".into())
    );
}

#[test]
fn precision_and_rounding_method_can_be_set() {
    let mut site = Site::furnished();
    let setter = json!({"doctype_or_field": "DocField", "doc_type": "Sales Invoice Item", "field_name": "rate", "property": "precision", "value": "4", "property_type": "Select"});
    assert_eq!(
        site.post("Property Setter", &setter).data()["name"],
        "Sales Invoice Item-rate-precision"
    );
    for (method, total) in [
        ("Banker's Rounding", "100.0"),
        ("Commercial Rounding", "100.01"),
    ] {
        site.put(
            "System Settings",
            "System Settings",
            &json!({"rounding_method": method}),
        );
        let reply = site.post(
            "Sales Invoice",
            &invoice(&json!({"items": [free("3", "33.335")], "disable_rounded_total": 1})),
        );
        assert_eq!(number(&reply.data()["total"]), total, "{method}");
    }
}

#[test]
fn currencies() {
    let mut site = Site::furnished();
    let refused = site.post("Sales Invoice", &invoice(&json!({"currency": "USD"})));
    assert_eq!((refused.status, refused.messages().len()), (417, 2));
    assert_eq!(
        refused.message(),
        "Exchange Rate is mandatory. Maybe Currency Exchange record is not created for USD to GBP."
    );
    let euros = site.post(
        "Sales Invoice",
        &invoice(&json!({"currency": "EUR", "conversion_rate": 0.85})),
    );
    let got = ["grand_total", "base_grand_total", "outstanding_amount"]
        .map(|field| number(&euros.data()[field]));
    assert_eq!(got, ["100.0", "85.0", "85.0"]);
    site.post(
        "Customer",
        &json!({"customer_name": "USD Buyer", "default_currency": "USD"}),
    );
    let refused = site.post(
        "Sales Invoice",
        &invoice(&json!({"customer": "USD Buyer", "currency": "USD", "conversion_rate": 0.8})),
    );
    assert_eq!(
        refused.message(),
        "Party Account <strong>Debtors - ACM</strong> currency (GBP) and document currency (USD) should be same"
    );
    site.post("Account", &json!({"account_name": "Debtors USD", "company": "Acme Ltd", "parent_account": "Accounts Receivable - ACM", "account_type": "Receivable", "account_currency": "USD", "root_type": "Asset"}));
    let dollars = site.post("Sales Invoice", &invoice(&json!({"customer": "USD Buyer", "currency": "USD", "conversion_rate": 0.8, "debit_to": "Debtors USD - ACM"})));
    assert_eq!(
        number(&dollars.data()["outstanding_amount"]),
        "100.0",
        "{}",
        dollars.body
    );
}

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
            json!({"posting_date": "2022-03-15", "due_date": "2022-04-01", "set_posting_time": 1}),
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
            "ValidationError",
            "Row 1: Income Account <strong>No - ACM</strong> does not belong to Company <strong>Acme Ltd</strong>",
        ),
        (
            json!({"items": [{"item_code": "SVC-1", "qty": -1, "rate": 50}]}),
            417,
            "ValidationError",
            "Incorrect value:Grand Total (Company Currency) must be >= 0.0",
        ),
        (
            json!({"items": [{"item_code": "SVC-1", "qty": 1, "rate": -20}]}),
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

#[test]
fn naming() {
    let mut site = Site::furnished();
    for (extra, name) in [
        (json!({}), "ACC-SINV-2026-00001"),
        (json!({"name": "INV-0042"}), "ACC-SINV-2026-00002"),
        (
            json!({"naming_series": "INV-XERO-.#####"}),
            "INV-XERO-00001",
        ),
        (json!({"naming_series": "INV-0099"}), "INV-009900001"),
        (json!({"naming_series": ".####"}), "0001"),
    ] {
        assert_eq!(
            site.post("Sales Invoice", &invoice(&extra)).data()["name"],
            name
        );
    }
    assert_eq!(
        site.call(
            "DELETE",
            "/api/resource/Sales%20Invoice/ACC-SINV-2026-00002",
            &Value::Null
        )
        .status,
        202
    );
    assert_eq!(
        site.post("Sales Invoice", &invoice(&json!({}))).data()["name"],
        "ACC-SINV-2026-00002",
        "a deleted draft's name is used again"
    );
    site.post("Property Setter", &json!({"doctype_or_field": "DocType", "doc_type": "Sales Invoice", "property": "autoname", "value": "prompt", "property_type": "Data"}));
    assert_eq!(
        site.post("Sales Invoice", &invoice(&json!({"name": "INV-0046"})))
            .data()["name"],
        "INV-0046"
    );
    let again = site.post("Sales Invoice", &invoice(&json!({"name": "INV-0046"})));
    assert_eq!(
        (again.status, again.exc_type(), again.message().as_str()),
        (
            409,
            "DuplicateEntryError",
            "Sales Invoice <strong>INV-0046</strong> already exists"
        )
    );
}

#[test]
fn custom_fields() {
    let mut site = Site::furnished();
    let before = site.post(
        "Sales Invoice",
        &invoice(&json!({"xero_invoice_id": "before"})),
    );
    assert!(before.data().get("xero_invoice_id").is_none());
    site.marker();
    let twice = site.post(
        "Custom Field",
        &json!({"dt": "Sales Invoice", "fieldname": "xero_invoice_id", "label": "x"}),
    );
    assert_eq!(
        twice.message(),
        "A field with the name <strong>xero_invoice_id</strong> already exists in Sales Invoice"
    );
    let bad = site.post(
        "Custom Field",
        &json!({"dt": "Sales Invoice", "fieldname": "xero bad-name!", "label": "x"}),
    );
    assert_eq!(bad.exc_type(), "InvalidColumnName");
    let first = site.post(
        "Sales Invoice",
        &invoice(&json!({"xero_invoice_id": "guid-1"})),
    );
    assert_eq!(first.data()["xero_invoice_id"], "guid-1");
    for value in ["guid-1", "GUID-1"] {
        let reply = site.post(
            "Sales Invoice",
            &invoice(&json!({"xero_invoice_id": value})),
        );
        assert_eq!(
            (reply.status, reply.exc_type()),
            (417, "UniqueValidationError")
        );
        assert_eq!(
            reply.exception(),
            format!(
                "frappe.exceptions.UniqueValidationError: ('Sales Invoice', 'ACC-SINV-2026-00003', IntegrityError(1062, \"Duplicate entry '{value}' for key 'xero_invoice_id'\"))"
            )
        );
        assert_eq!(reply.message(), "Xero Invoice ID must be unique");
    }
    for empty in [json!(""), Value::Null, json!("")] {
        assert_eq!(
            site.post(
                "Sales Invoice",
                &invoice(&json!({"xero_invoice_id": empty}))
            )
            .status,
            200
        );
    }
    assert_eq!(
        site.put(
            "Sales Invoice",
            "ACC-SINV-2026-00003",
            &json!({"docstatus": 1, "xero_invoice_id": "guid-2"})
        )
        .status,
        200
    );
    assert_eq!(
        site.put(
            "Sales Invoice",
            "ACC-SINV-2026-00003",
            &json!({"xero_invoice_id": "guid-3"})
        )
        .data()["xero_invoice_id"],
        "guid-3"
    );
    assert_eq!(
        site.put(
            "Sales Invoice",
            "ACC-SINV-2026-00003",
            &json!({"xero_invoice_id": "guid-1"})
        )
        .exc_type(),
        "UniqueValidationError"
    );
    let set = site.rpc("frappe.client.set_value", &json!({"doctype": "Sales Invoice", "name": "ACC-SINV-2026-00003", "fieldname": {"xero_invoice_id": "guid-5"}}));
    assert_eq!(set.body["message"]["xero_invoice_id"], "guid-5");
    let found = site.list(
        "Sales Invoice",
        &[("filters", json!({"xero_invoice_id": "guid-5"}))],
    );
    assert_eq!(found.body["data"], json!([{"name": "ACC-SINV-2026-00003"}]));
    site.call(
        "DELETE",
        "/api/resource/Custom%20Field/Sales%20Invoice-xero_invoice_id",
        &Value::Null,
    );
    assert_eq!(
        site.list("Sales Invoice", &[("fields", json!(["xero_invoice_id"]))])
            .exc_type(),
        "DataError"
    );
}

#[test]
fn submitted_invoices_refuse_most_changes() {
    let mut site = Site::furnished();
    site.marker();
    site.post("Sales Invoice", &invoice(&json!({"docstatus": 1})));
    let name = "ACC-SINV-2026-00001";
    let changed = |label: &str, old: &str, new: &str| {
        format!(
            " Not allowed to change <strong>{label}</strong> after submission from <strong>{old}</strong> to <strong>{new}</strong>"
        )
    };
    for (body, exc_type, message) in [
        (
            json!({"posting_date": "2026-11-01"}),
            "UpdateAfterSubmitError",
            changed("Date", "2026-11-22", "2026-11-01"),
        ),
        (
            json!({"remarks": "hello"}),
            "UpdateAfterSubmitError",
            changed("Remarks", "No Remarks", "hello"),
        ),
        (
            json!({"due_date": "2026-12-25"}),
            "UpdateAfterSubmitError",
            changed("Payment Due Date", "2026-11-22", "2026-12-25"),
        ),
        (
            json!({"terms": "x"}),
            "UpdateAfterSubmitError",
            changed("Terms and Conditions Details", "None", "x"),
        ),
        (
            json!({"discount_amount": 5}),
            "UpdateAfterSubmitError",
            changed("Additional Discount Amount", "0.0", "5.0"),
        ),
        (
            json!({"outstanding_amount": 1}),
            "UpdateAfterSubmitError",
            changed("Outstanding Amount", "100.0", "1.0"),
        ),
        (
            json!({"project": "X"}),
            "LinkValidationError",
            "Could not find Project: X".into(),
        ),
        (
            json!({"naming_series": "Q-.###"}),
            "CannotChangeConstantError",
            "Value cannot be changed for <strong>Series</strong>".into(),
        ),
        (
            json!({"docstatus": 0}),
            "DocstatusTransitionError",
            String::new(),
        ),
    ] {
        let reply = site.put("Sales Invoice", name, &body);
        assert_eq!((reply.status, reply.exc_type()), (417, exc_type), "{body}");
        assert_eq!(reply.message(), message);
    }
    let repost = site.put("Sales Invoice", name, &json!({"cost_center": "Main - ACM"}));
    assert!(repost.message().contains("is not allowed to be reposted"));
    assert_eq!(
        site.put("Sales Invoice", name, &json!({"po_no": "P1", "title": "T"}))
            .data()["po_no"],
        "P1"
    );
    let row = site.read("Sales Invoice", name)["items"][0].clone();
    let partial = site.put(
        "Sales Invoice",
        name,
        &json!({"items": [{"name": row["name"]}]}),
    );
    assert_eq!(
        partial.exception(),
        "frappe.exceptions.MandatoryError: [Sales Invoice, ACC-SINV-2026-00001]: item_name, uom, conversion_factor, rate, amount, base_rate, base_amount, income_account, cost_center"
    );
    let mut dearer = row;
    dearer["rate"] = json!(60);
    let reply = site.put("Sales Invoice", name, &json!({"items": [dearer]}));
    assert_eq!(
        reply.message(),
        "Row #1: Not allowed to change <strong>Rate</strong> after submission from <strong>50.0</strong> to <strong>60.0</strong>"
    );
}

#[test]
fn cancelling_amending_deleting() {
    let mut site = Site::furnished();
    site.marker();
    let name = "ACC-SINV-2026-00001";
    site.post(
        "Sales Invoice",
        &invoice(&json!({"docstatus": 1, "xero_invoice_id": "m"})),
    );
    let refused = site.call(
        "DELETE",
        &format!("/api/resource/Sales%20Invoice/{name}"),
        &Value::Null,
    );
    assert!(
        refused
            .message()
            .starts_with("Sales Invoice ACC-SINV-2026-00001: Submitted Record cannot be deleted.")
    );
    let not_cancelled = site.post("Sales Invoice", &invoice(&json!({"amended_from": name})));
    assert!(
        not_cancelled
            .message()
            .contains("cannot be amended because it is not cancelled")
    );
    let cancelled = site.put("Sales Invoice", name, &json!({"docstatus": 2}));
    assert_eq!(
        (
            cancelled.data()["status"].as_str(),
            number(&cancelled.data()["outstanding_amount"])
        ),
        (Some("Cancelled"), "100.0".into())
    );
    for body in [
        json!({"docstatus": 2}),
        json!({"docstatus": 1}),
        json!({"xero_invoice_id": "c-1"}),
        json!({"xero_invoice_id": null}),
    ] {
        let reply = site.put("Sales Invoice", name, &body);
        assert_eq!(
            (reply.status, reply.exception()),
            (
                417,
                "frappe.exceptions.ValidationError: Cannot edit cancelled document"
            )
        );
        assert!(reply.messages().is_empty());
    }
    let taken = site.post(
        "Sales Invoice",
        &invoice(&json!({"amended_from": name, "xero_invoice_id": "m"})),
    );
    assert_eq!(taken.exc_type(), "UniqueValidationError");
    let amended = site.post(
        "Sales Invoice",
        &invoice(&json!({"amended_from": name, "docstatus": 1})),
    );
    assert_eq!(amended.data()["name"], format!("{name}-1"));
    let again = site.post("Sales Invoice", &invoice(&json!({"amended_from": name})));
    assert_eq!(
        (again.status, again.exc_type()),
        (409, "DuplicateEntryError")
    );
    let linked = site.call(
        "DELETE",
        &format!("/api/resource/Sales%20Invoice/{name}"),
        &Value::Null,
    );
    assert_eq!(linked.exc_type(), "LinkExistsError");
    site.put(
        "Accounts Settings",
        "Accounts Settings",
        &json!({"delete_linked_ledger_entries": 1}),
    );
    assert_eq!(
        site.call(
            "DELETE",
            &format!("/api/resource/Sales%20Invoice/{name}"),
            &Value::Null
        )
        .status,
        202
    );
}

#[test]
fn payments_move_what_is_owed() {
    let mut site = Site::furnished();
    let name = "ACC-SINV-2026-00001";
    site.post("Sales Invoice", &invoice(&json!({"docstatus": 1})));
    let pay = |amount: i64| json!({"payment_type": "Receive", "company": "Acme Ltd", "party_type": "Customer", "party": "SI Test", "paid_from": "Debtors - ACM", "paid_to": "Cash - ACM", "paid_amount": amount, "received_amount": amount, "references": [{"reference_doctype": "Sales Invoice", "reference_name": name, "allocated_amount": amount}], "docstatus": 1});
    let before = site.read("Sales Invoice", name)["modified"].clone();
    let first = site.post("Payment Entry", &pay(40));
    assert_eq!(
        (first.status, first.data()["status"].as_str()),
        (200, Some("Submitted")),
        "{}",
        first.body
    );
    let stored = site.read("Sales Invoice", name);
    assert_eq!(
        (
            stored["status"].as_str(),
            number(&stored["outstanding_amount"])
        ),
        (Some("Partly Paid"), "60.0".into())
    );
    assert_ne!(stored["modified"], before);
    let over = site.post("Payment Entry", &pay(70));
    assert_eq!(
        over.message(),
        "Row #1: Allocated Amount cannot be greater than outstanding amount."
    );
    site.post("Payment Entry", &pay(60));
    assert_eq!(site.read("Sales Invoice", name)["status"], "Paid");
    assert_eq!(
        site.post("Payment Entry", &pay(1)).message(),
        format!("Sales Invoice {name} has already been fully paid.")
    );
    site.put(
        "Payment Entry",
        "ACC-PAY-2026-00002",
        &json!({"docstatus": 2}),
    );
    assert_eq!(
        number(&site.read("Sales Invoice", name)["outstanding_amount"]),
        "60.0"
    );
    // Cancelling the invoice frees the payment.
    assert_eq!(
        site.put("Sales Invoice", name, &json!({"docstatus": 2}))
            .status,
        200
    );
    let payment = site.read("Payment Entry", "ACC-PAY-2026-00001");
    assert_eq!(
        (
            payment["references"].as_array().map(Vec::len),
            number(&payment["unallocated_amount"])
        ),
        (Some(0), "40.0".into())
    );
}

#[test]
fn many_at_once() {
    let mut site = Site::furnished();
    let good = |extra: Value| {
        let mut body = invoice(&extra);
        body["doctype"] = json!("Sales Invoice");
        body
    };
    let made = site.rpc(
        "frappe.client.insert_many",
        &json!({"docs": [good(json!({})), good(json!({"docstatus": 1}))]}),
    );
    assert_eq!(
        made.body["message"],
        json!(["ACC-SINV-2026-00001", "ACC-SINV-2026-00002"])
    );
    let failed = site.rpc(
        "frappe.client.insert_many",
        &json!({"docs": [good(json!({})), good(json!({"customer": "NOPE"}))]}),
    );
    assert_eq!(failed.status, 500);
    assert_eq!(site.world.count_of("Sales Invoice"), 2, "all or nothing");
    let docs: Vec<Value> = (0..201)
        .map(|_| json!({"doctype": "ToDo", "description": "x"}))
        .collect();
    assert_eq!(
        site.rpc("frappe.client.insert_many", &json!({"docs": docs}))
            .message(),
        "Only 200 inserts allowed in one request"
    );
    let docs = json!([
        {"doctype": "Sales Invoice", "docname": "ACC-SINV-2026-00001", "po_no": "B1"},
        {"doctype": "Sales Invoice", "docname": "NOPE", "po_no": "B1"},
        {"doctype": "Sales Invoice", "docname": "ACC-SINV-2026-00002", "po_no": "B2"},
    ]);
    let reply = site.rpc(
        "frappe.client.bulk_update",
        &json!({"docs": docs.to_string()}),
    );
    assert_eq!(reply.status, 200);
    assert_eq!(
        reply.body["message"]["failed_docs"][0]["doc"]["docname"],
        "NOPE"
    );
    assert_eq!(reply.message(), "Sales Invoice NOPE not found");
    assert_eq!(
        site.read("Sales Invoice", "ACC-SINV-2026-00001")["po_no"],
        "B1"
    );
    assert_eq!(
        site.read("Sales Invoice", "ACC-SINV-2026-00002")["po_no"],
        "B2"
    );
}

#[test]
fn price_lists_fill_empty_rates() {
    let mut site = Site::furnished();
    site.post(
        "Sales Invoice",
        &invoice(&json!({"items": [{"item_code": "SVC-1", "qty": 1, "rate": 100}]})),
    );
    for rate in [json!(0), json!("abc")] {
        let reply = site.post(
            "Sales Invoice",
            &invoice(&json!({"items": [{"item_code": "SVC-1", "qty": 1, "rate": rate}]})),
        );
        assert_eq!(number(&reply.data()["total"]), "100.0");
    }
    let free_text = site.post(
        "Sales Invoice",
        &invoice(&json!({"items": [free("1", "0")]})),
    );
    assert_eq!(number(&free_text.data()["total"]), "0.0");
}

#[test]
fn a_person_edits_under_the_same_rules() {
    let mut site = Site::furnished();
    site.marker();
    let now = site.now;
    let mut edit = |operation: Value| site.world.edit(&operation, now);
    let made = edit(json!({"op": "create", "doctype": "Sales Invoice", "submit": true, "fields": invoice(&json!({"xero_invoice_id": "m"}))})).unwrap();
    let name = made["name"].as_str().unwrap().to_owned();
    assert_eq!(
        (made["status"].as_str(), made["owner"].as_str()),
        (Some("Unpaid"), Some("Administrator"))
    );
    let paid = edit(json!({"op": "pay", "name": name, "amount": 30})).unwrap();
    assert_eq!(number(&paid["total_allocated_amount"]), "30.0");
    assert!(
        edit(json!({"op": "pay", "name": name, "amount": 300}))
            .unwrap_err()
            .contains("Allocated Amount")
    );
    assert!(edit(json!({"op": "update", "doctype": "Sales Invoice", "name": name, "fields": {"remarks": "x"}})).unwrap_err().contains("Not allowed to change"));
    edit(json!({"op": "cancel", "doctype": "Sales Invoice", "name": name})).unwrap();
    let amended = edit(json!({"op": "amend", "name": name, "fields": {"po_no": "again"}})).unwrap();
    assert_eq!(amended["name"], format!("{name}-1"));
    assert_eq!(
        (amended["po_no"].as_str(), amended["docstatus"].as_i64()),
        (Some("again"), Some(1))
    );
    assert!(
        amended.get("xero_invoice_id").is_none(),
        "a no_copy field is not copied"
    );
    let renamed = edit(
        json!({"op": "rename", "doctype": "Customer", "name": "SI Test", "new_name": "Renamed"}),
    )
    .unwrap();
    assert_eq!(renamed["name"], "Renamed");
    assert_eq!(
        edit(json!({"op": "disable", "doctype": "Customer", "name": "Renamed"})).unwrap()["disabled"],
        1
    );
    assert_eq!(
        site.world.state()["Sales Invoice"].as_array().map(Vec::len),
        Some(2)
    );
}

#[test]
fn other_countries() {
    for (country, currency, account, rate) in [
        (Country::NZ, "NZD", "GST - ACM", "15.0"),
        (Country::AU, "AUD", "GST - ACM", "10.0"),
        (Country::US, "USD", "Sales Tax - ACM", "8.25"),
    ] {
        let mut site = Site::with(country, currency);
        assert_eq!(number(&site.read("Account", account)["tax_rate"]), rate);
        assert_eq!(
            site.read("Company", "Acme Ltd")["default_currency"],
            currency
        );
    }
}
