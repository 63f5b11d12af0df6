//! What is paid inside an invoice, and payments that are amended.

use super::*;

fn created(site: &mut Site, doctype: &str, fields: &Value) -> Result<Value, String> {
    let create = json!({"op": "create", "doctype": doctype, "fields": fields, "submit": true});
    site.now += Duration::milliseconds(100);
    site.world.edit(&create, site.now)
}

/// A sale of 100.00 of which this was paid in these modes.
fn sale(paid: &[(&str, i64)]) -> Value {
    let payments: Vec<Value> = paid
        .iter()
        .map(|(mode, amount)| {
            json!({"mode_of_payment": mode, "account": "Cash - ACM", "amount": amount})
        })
        .collect();
    invoice(&json!({"is_pos": 1, "payments": payments}))
}

#[test]
fn what_is_paid_at_the_till_settles_the_invoice_less_the_change() {
    for version in ErpnextVersion::ALL {
        for (paid, change, owed) in [
            (vec![("Cash", 100)], "0.0", "0.0"),
            (vec![("Credit Card", 30), ("Cash", 20)], "0.0", "50.0"),
            (vec![("Cash", 120)], "20.0", "0.0"),
        ] {
            let mut site = Site::furnished_of(version);
            let sold = created(&mut site, "Sales Invoice", &sale(&paid)).unwrap();
            let name = sold["name"].as_str().unwrap().to_owned();
            let figures = ["change_amount", "outstanding_amount"];
            assert_eq!(
                figures.map(|it| sold[it].to_string()),
                [change, owed],
                "{paid:?}"
            );
            let filters = json!([["voucher_no", "=", name]]);
            let fields = json!(["amount"]);
            let query = [
                ("filters", filters),
                ("fields", fields),
                ("limit_page_length", json!(0)),
            ];
            let ledger = site.list("Payment Ledger Entry", &query).data().clone();
            let open = ledger.as_array().unwrap().iter();
            let open: f64 = open.map(|it| it["amount"].as_f64().unwrap()).sum();
            assert_eq!(format!("{open:.1}"), owed);
            assert_eq!(sold["payment_schedule"], json!([]));
            let cancel = json!({"op": "cancel", "doctype": "Sales Invoice", "name": name});
            site.world.edit(&cancel, site.now).unwrap();
        }
    }
}

#[test]
fn a_sale_without_a_payment_is_refused_and_version_15_books_none_of_what_arrives_submitted() {
    let mut site = Site::furnished_of(ErpnextVersion::V15);
    assert!(created(&mut site, "Sales Invoice", &sale(&[])).is_err());
    for (version, owed) in [(ErpnextVersion::V15, "100.0"), (ErpnextVersion::V16, "0.0")] {
        let mut site = Site::furnished_of(version);
        let mut body = sale(&[("Cash", 100)]);
        body["docstatus"] = json!(1);
        let reply = site.post("Sales Invoice", &body);
        assert_eq!(reply.status, 200, "{}", reply.body);
        let name = reply.body["data"]["name"].as_str().unwrap().to_owned();
        let stored = site.read("Sales Invoice", &name);
        assert_eq!(stored["outstanding_amount"].to_string(), owed);
    }
}

/// The form copies what no script of it empties, of rows too.
#[test]
fn a_payment_is_amended_without_what_the_form_s_script_empties() {
    let mut site = Site::furnished();
    for doctype in ["Payment Entry", "Payment Entry Deduction"] {
        let field = json!({"dt": doctype, "fieldname": "xero_payment_id", "label": "Xero Payment ID", "fieldtype": "Data", "unique": 1, "no_copy": 1});
        assert_eq!(site.post("Custom Field", &field).status, 200);
    }
    let owed = created(&mut site, "Sales Invoice", &invoice(&json!({}))).unwrap();
    let mut paid = json!({"payment_type": "Receive", "company": "Acme Ltd", "party_type": "Customer",
        "party": "SI Test", "paid_from": "Debtors - ACM", "paid_to": "Cash - ACM", "paid_amount": 99,
        "received_amount": 99, "xero_payment_id": "p1",
        "references": [{"reference_doctype": "Sales Invoice", "reference_name": owed["name"],
            "allocated_amount": 100}]});
    paid["deductions"] = json!([{"account": "Write Off - ACM", "cost_center": "Main - ACM",
        "amount": 1, "xero_payment_id": "p2"}]);
    let made = created(&mut site, "Payment Entry", &paid).unwrap();
    let cancel = json!({"op": "cancel", "doctype": "Payment Entry", "name": made["name"]});
    site.world.edit(&cancel, site.now).unwrap();
    let amend = json!({"op": "amend", "doctype": "Payment Entry", "name": made["name"],
        "fields": {"posting_date": "2026-11-21"}});
    let refused = site.world.edit(&amend, site.now).unwrap_err();
    assert!(refused.contains("must be unique"), "{refused}");
    let script = json!({"name": "S", "dt": "Payment Entry", "view": "Form", "enabled": 1,
        "script": "empty([\"xero_payment_id\"])"});
    assert_eq!(site.post("Client Script", &script).status, 200);
    let amended = site.world.edit(&amend, site.now).unwrap();
    assert_eq!(
        amended["name"],
        format!("{}-1", made["name"].as_str().unwrap())
    );
    assert_eq!(
        (&amended["docstatus"], &amended["unallocated_amount"]),
        (&json!(1), &json!(0.0))
    );
    let markers = [&amended, &amended["deductions"][0]].map(|it| &it["xero_payment_id"]);
    assert_eq!(markers, [&Value::Null; 2]);
}
