use super::*;

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
