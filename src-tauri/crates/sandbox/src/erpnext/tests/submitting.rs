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
