//! Payments that name an invoice and a credit note.

use super::*;

/// A site with an invoice of 100.00 and a return of 40.00; their names, and a payment's body for these rows.
fn site(version: ErpnextVersion) -> (Site, String, String) {
    let mut site = Site::furnished_of(version);
    let mut made = |extra: Value| {
        let reply = site.post("Sales Invoice", &invoice(&extra));
        assert_eq!(reply.status, 200, "{}", reply.body);
        reply.body["data"]["name"].as_str().unwrap().to_owned()
    };
    let owed = made(json!({"docstatus": 1}));
    let item = json!({"item_code": "SVC-1", "qty": -1, "rate": 40});
    let note = made(json!({"docstatus": 1, "is_return": 1, "items": [item]}));
    (site, owed, note)
}

fn payment(rows: &[(&str, i64)], amount: i64, way: &str) -> Value {
    let rows: Vec<Value> = rows
        .iter()
        .map(|(name, amount)| {
            json!({"reference_doctype": "Sales Invoice", "reference_name": name,
                "allocated_amount": amount})
        })
        .collect();
    let (from, to) = ("Debtors - ACM", "Cash - ACM");
    let (from, to) = if way == "Pay" { (to, from) } else { (from, to) };
    json!({"payment_type": way, "company": "Acme Ltd", "party_type": "Customer", "party": "SI Test",
        "paid_amount": amount, "received_amount": amount, "source_exchange_rate": 1,
        "target_exchange_rate": 1, "paid_from": from, "paid_to": to, "references": rows, "docstatus": 1})
}

fn said(reply: &Reply) -> String {
    reply.body["_server_messages"].to_string()
}

#[test]
fn an_invoice_and_a_credit_note_are_settled_by_one_payment_and_open_again_without_it() {
    for version in [ErpnextVersion::V15, ErpnextVersion::V16] {
        let (mut site, owed, note) = site(version);
        let open = |site: &mut Site, name: &str| {
            site.read("Sales Invoice", name)["outstanding_amount"].to_string()
        };
        let both = [(owed.as_str(), 100), (note.as_str(), -40)];
        let reply = site.post("Payment Entry", &payment(&both, 60, "Receive"));
        assert_eq!(reply.status, 200, "{}", reply.body);
        let made = reply.body["data"].clone();
        assert_eq!(made["total_allocated_amount"].to_string(), "60.0");
        assert_eq!(made["unallocated_amount"].to_string(), "0.0");
        assert_eq!([&owed, &note].map(|it| open(&mut site, it)), ["0.0", "0.0"]);
        let name = made["name"].as_str().unwrap();
        // Neither goes from under it.
        let cancel = |doctype: &str, name: &str| json!({"doctype": doctype, "name": name});
        let refused = site.rpc("frappe.client.cancel", &cancel("Sales Invoice", &owed));
        assert_eq!(refused.status, 417);
        assert!(said(&refused).contains("Cannot receive from customer against negative"));
        assert!(said(&refused).contains("Please cancel payment entry manually first"));
        let refused = site.rpc("frappe.client.cancel", &cancel("Sales Invoice", &note));
        assert_eq!(refused.status, 417);
        assert!(said(&refused).contains("to unallocate the amount of this Return Invoice"));
        assert_eq!([&owed, &note].map(|it| open(&mut site, it)), ["0.0", "0.0"]);
        let done = site.rpc("frappe.client.cancel", &cancel("Payment Entry", name));
        assert_eq!(done.status, 200, "{}", done.body);
        let again = [&owed, &note].map(|it| open(&mut site, it));
        assert_eq!(again, ["100.0", "-40.0"]);
    }
}

#[test]
fn no_money_is_received_for_credit_nor_paid_for_an_invoice() {
    let (mut site, owed, note) = site(ErpnextVersion::V16);
    for (rows, amount, way, why) in [
        (
            [(owed.as_str(), 30), (note.as_str(), -40)],
            10,
            "Receive",
            "Cannot receive from customer against negative outstanding",
        ),
        (
            [(owed.as_str(), 30), (note.as_str(), -40)],
            10,
            "Pay",
            "Debit and Credit not equal for Payment Entry",
        ),
        (
            [(owed.as_str(), 40), (note.as_str(), -40)],
            0,
            "Receive",
            "Paid Amount is mandatory",
        ),
    ] {
        let reply = site.post("Payment Entry", &payment(&rows, amount, way));
        assert_eq!(reply.status, 417, "{way}");
        assert!(said(&reply).contains(why), "{}", said(&reply));
    }
    // What is on account besides is money.
    let rows = [(owed.as_str(), 40), (note.as_str(), -40)];
    let reply = site.post("Payment Entry", &payment(&rows, 10, "Receive"));
    assert_eq!(reply.status, 200, "{}", reply.body);
    let made = &reply.body["data"];
    assert_eq!(made["unallocated_amount"].to_string(), "10.0");
}
