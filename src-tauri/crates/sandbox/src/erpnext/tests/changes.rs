use super::*;

fn number(value: &Value) -> String {
    value.to_string()
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
    // Its entries may go along now; what amends it still keeps it.
    let path = format!("/api/resource/Sales%20Invoice/{name}");
    let linked = site.call("DELETE", &path, &Value::Null);
    assert!(linked.message().contains(&format!("{name}-1")));
    let amendment = format!("{path}-1");
    let cancelled = site.call("PUT", &amendment, &json!({"docstatus": 2}));
    assert_eq!(cancelled.status, 200);
    for path in [amendment, path] {
        assert_eq!(site.call("DELETE", &path, &Value::Null).status, 202);
    }
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
    // The form copies what is never to be copied, and the cancelled document keeps it.
    let amend = json!({"op": "amend", "name": name, "fields": {"po_no": "again"}});
    let refused = edit(amend.clone()).unwrap_err();
    assert!(
        refused.contains("Xero Invoice ID must be unique"),
        "{refused}"
    );
    let script = json!({"name": "Ours", "dt": "Sales Invoice", "script": "clear(frm.doc, [\"xero_invoice_id\"])"});
    edit(json!({"op": "create", "doctype": "Client Script", "name": "Ours", "fields": script}))
        .unwrap();
    assert!(edit(amend.clone()).is_err(), "it is switched off");
    edit(json!({"op": "update", "doctype": "Client Script", "name": "Ours", "fields": {"enabled": 1}})).unwrap();
    let amended = edit(amend).unwrap();
    assert_eq!(amended["name"], format!("{name}-1"));
    assert_eq!(
        (amended["po_no"].as_str(), amended["docstatus"].as_i64()),
        (Some("again"), Some(1))
    );
    assert!(
        amended.get("xero_invoice_id").is_none(),
        "a script emptied it"
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
