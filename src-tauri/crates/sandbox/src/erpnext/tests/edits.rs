//! What people's edits run into: credit limits, currencies, frozen customers, rows that are 0. The
//! recordings (28) hold the answers in full; here is what they cannot show.

use super::*;

fn limited(site: &mut Site, limit: u32) {
    let limits = json!({"customer_name": "Careful", "credit_limits": [{"company": "Acme Ltd", "credit_limit": limit}]});
    assert_eq!(site.post("Customer", &limits).status, 200);
}

fn bill(site: &mut Site, amount: &str) -> Reply {
    let body = json!({"customer": "Careful", "docstatus": 1, "disable_rounded_total": 1, "items": [free("1", amount)]});
    site.post("Sales Invoice", &invoice(&body))
}

#[test]
fn a_credit_limit_names_what_would_be_owed_and_whom_to_ask() {
    for version in ErpnextVersion::ALL {
        let mut site = Site::furnished_of(version);
        limited(&mut site, 150);
        assert_eq!(bill(&mut site, "100").status, 200);
        let user = site.world.api_user();
        let refused = bill(&mut site, "50.01");
        assert_eq!(
            (refused.status, refused.exc_type()),
            (417, "ValidationError")
        );
        let (message, title) = (refused.message(), refused.messages()[0]["title"].clone());
        assert_eq!(title, "Credit Limit Crossed");
        assert!(
            message.starts_with(
                "Credit limit has been crossed for customer Careful (150.01/150.0)<br><br>Please contact any of the following users to extend the credit limits for Careful: <br><br><ul><li>"
            ),
            "{message}"
        );
        assert!(message.contains(&format!("({user})")), "{message}");
        // Nothing of it was posted: exactly the limit still goes.
        assert_eq!(bill(&mut site, "50").status, 200);
    }
}

#[test]
fn whoever_controls_credit_may_cross_the_limit() {
    let mut site = Site::furnished();
    limited(&mut site, 50);
    assert_eq!(bill(&mut site, "100").status, 417);
    let controller = json!({"credit_controller": "Accounts Manager"});
    site.put("Accounts Settings", "Accounts Settings", &controller);
    assert_eq!(bill(&mut site, "100").status, 200);
}

#[test]
fn a_limit_counts_payments_and_returns_and_no_other_company() {
    let mut site = Site::furnished();
    limited(&mut site, 100);
    let first = bill(&mut site, "80").data()["name"].clone();
    let paid = json!({
        "payment_type": "Receive", "company": "Acme Ltd", "party_type": "Customer", "party": "Careful",
        "paid_to": "Cash - ACM", "paid_amount": 30, "received_amount": 30, "docstatus": 1,
        "references": [{"reference_doctype": "Sales Invoice", "reference_name": first, "allocated_amount": 30}],
    });
    let paid = site.post("Payment Entry", &paid);
    assert_eq!(paid.status, 200, "{}", paid.body);
    assert_eq!(bill(&mut site, "50.01").status, 417);
    let back = json!({"customer": "Careful", "docstatus": 1, "is_return": 1, "disable_rounded_total": 1, "items": [free("-1", "10")]});
    assert_eq!(site.post("Sales Invoice", &invoice(&back)).status, 200);
    assert_eq!(bill(&mut site, "60").status, 200);
    let other = json!({"credit_limits": [{"company": "Other Ltd", "credit_limit": 1}]});
    site.post("Company", &json!({"company_name": "Other Ltd", "abbr": "O", "default_currency": "GBP", "country": "United Kingdom"}));
    assert_eq!(site.put("Customer", "Careful", &other).status, 200);
    assert_eq!(bill(&mut site, "500").status, 200);
}

#[test]
fn numbers_of_nothing_are_there_after_they_were_stored() {
    let mut site = Site::furnished();
    let items = json!([free("1", "0"), free("1", "10")]);
    let made = site.post("Sales Invoice", &invoice(&json!({"items": items})));
    let name = made.data()["name"].as_str().unwrap().to_owned();
    for body in [
        json!({"po_no": "1"}),
        json!({"docstatus": 1}),
        json!({"po_no": "2"}),
    ] {
        let reply = site.put("Sales Invoice", &name, &body);
        assert_eq!(reply.status, 200, "{}", reply.body);
    }
    // Rows sent anew without them still lack them.
    let row = site.read("Sales Invoice", &name)["items"][0]["name"].clone();
    let other = site.read("Sales Invoice", &name)["items"][1].clone();
    let bare = json!({"items": [{"name": row, "item_name": "L", "uom": "Hour", "conversion_factor": 1, "income_account": "Sales - ACM", "cost_center": "Main - ACM"}, other]});
    let refused = site.put("Sales Invoice", &name, &bare);
    assert_eq!(
        refused.exception(),
        format!(
            "frappe.exceptions.MandatoryError: [Sales Invoice, {name}]: rate, amount, base_rate, base_amount"
        )
    );
}

#[test]
fn customers_are_held_to_the_currency_of_their_journal_entries_too() {
    let mut site = Site::furnished();
    site.post("Account", &json!({"account_name": "Debtors EUR", "company": "Acme Ltd", "parent_account": "Accounts Receivable - ACM", "account_type": "Receivable", "account_currency": "EUR"}));
    let entry = json!({"company": "Acme Ltd", "posting_date": "2026-11-20", "voucher_type": "Journal Entry", "docstatus": 1, "accounts": [
        {"account": "Debtors - ACM", "party_type": "Customer", "party": "SI Test", "credit_in_account_currency": 5},
        {"account": "Cash - ACM", "debit_in_account_currency": 5},
    ]});
    let made = site.post("Journal Entry", &entry);
    assert_eq!(made.status, 200, "{}", made.body);
    let euros = json!({"currency": "EUR", "conversion_rate": 0.9, "debit_to": "Debtors EUR - ACM", "docstatus": 1});
    let refused = site.post("Sales Invoice", &invoice(&euros));
    assert_eq!(refused.exc_type(), "InvalidAccountCurrency");
    let entry_name = made.data()["name"].as_str().unwrap().to_owned();
    assert_eq!(
        site.put("Journal Entry", &entry_name, &json!({"docstatus": 2}))
            .status,
        200
    );
    assert_eq!(site.post("Sales Invoice", &invoice(&euros)).status, 200);
}

#[test]
fn a_credit_note_is_set_against_an_invoice_in_the_form() {
    for version in ErpnextVersion::ALL {
        let mut site = Site::furnished_of(version);
        limited(&mut site, 0);
        let owing = bill(&mut site, "100").data()["name"].clone();
        let mut back = json!({"customer": "Careful", "is_return": 1, "docstatus": 1,
            "disable_rounded_total": 1, "items": [free("1", "60")]});
        back["items"][0]["qty"] = json!(-1);
        let note = site.post("Sales Invoice", &invoice(&back)).data()["name"].clone();
        let mut set = |amount: Value| {
            let edit = json!({"op": "reconcile", "name": note, "invoice": owing, "amount": amount});
            let now = site.now;
            site.world.edit(&edit, now)
        };
        assert_eq!(
            set(json!(60.01)).unwrap_err(),
            "Row 1: Allocated amount 60.01 must be less than or equal to remaining payment amount 60.0"
        );
        let left = |doc: Value| doc["outstanding_amount"].to_string();
        assert_eq!(left(set(json!(20)).unwrap()), "-40.0");
        assert_eq!(left(set(Value::Null).unwrap()), "0.0");
        assert_eq!(
            set(Value::Null).unwrap_err(),
            "No records found in the Payments table"
        );
        let owed = site.read("Sales Invoice", owing.as_str().unwrap());
        assert_eq!(owed["outstanding_amount"], 40.0);
    }
}
