use std::time::Instant;

use super::*;

/// How long a large site takes; run by hand, it asserts nothing about the clock.
#[test]
#[ignore = "prints timings of a large site"]
fn a_large_site() {
    let many = 20_000;
    let mut site = Site::furnished();
    site.marker();
    let begun = Instant::now();
    for at in 0..many {
        let body = json!({
            "op": "create", "doctype": "Sales Invoice", "submit": false,
            "fields": invoice(&json!({"docstatus": 1, "xero_invoice_id": format!("m-{at}"), "items": [free("2", "10.5"), free("1", "3")], "taxes": [{"charge_type": "On Net Total", "account_head": "VAT - ACM", "rate": 20, "description": "VAT"}]})),
        });
        site.now += Duration::milliseconds(10);
        site.world.edit(&body, site.now).unwrap();
    }
    println!("{many} invoices: {:?}", begun.elapsed());
    let from = site.read("Sales Invoice", "ACC-SINV-2026-10000")["modified"].clone();
    let ids: Vec<String> = (0..500)
        .map(|at| format!("ACC-SINV-2026-{:05}", at + 5000))
        .collect();
    let markers: Vec<String> = (0..500).map(|at| format!("m-{}", at + 5000)).collect();
    for (what, body) in [
        (
            "a page by modified",
            json!({"doctype": "Sales Invoice", "fields": ["*"], "filters": [["modified", ">=", from]], "order_by": "modified asc, name asc", "limit_page_length": 500}),
        ),
        (
            "500 by name",
            json!({"doctype": "Sales Invoice", "fields": ["*"], "filters": [["name", "in", ids]], "limit_page_length": 0}),
        ),
        (
            "their lines",
            json!({"doctype": "Sales Invoice Item", "parent": "Sales Invoice", "fields": ["*"], "filters": [["parent", "in", ids]], "limit_page_length": 0}),
        ),
        (
            "500 by marker",
            json!({"doctype": "Sales Invoice", "fields": ["name"], "filters": [["xero_invoice_id", "in", markers]], "limit_page_length": 0}),
        ),
        (
            "a scan",
            json!({"doctype": "Sales Invoice", "fields": ["name"], "filters": [["po_no", "=", "x"]]}),
        ),
    ] {
        let begun = Instant::now();
        let reply = site.rpc("frappe.client.get_list", &body);
        println!(
            "{what}: {} rows, {:?}",
            reply.body["message"].as_array().map_or(0, Vec::len),
            begun.elapsed()
        );
    }
}
