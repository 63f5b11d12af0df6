use super::*;

fn number(value: &Value) -> String {
    value.to_string()
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
    // Taken on the account in pounds once the customer has entries in pounds.
    let euros = invoice(&json!({"currency": "EUR", "conversion_rate": 0.85}));
    let refused = site.post("Sales Invoice", &euros);
    assert_eq!(
        refused.message(),
        "Party Account <strong>Debtors - ACM</strong> currency (GBP) and document currency (EUR) should be same"
    );
    site.post("Sales Invoice", &invoice(&json!({"docstatus": 1})));
    let euros = site.post("Sales Invoice", &euros);
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
    // A new document that names its account shows what is owed in the company's currency; stored
    // by a submit, it is in the account's.
    let owed = |reply: &Reply| number(&reply.data()["outstanding_amount"]);
    assert_eq!(owed(&dollars), "80.0", "{}", dollars.body);
    let name = dollars.data()["name"].as_str().unwrap().to_owned();
    let submitted = site.put("Sales Invoice", &name, &json!({"docstatus": 1}));
    assert_eq!(owed(&submitted), "100.0", "{}", submitted.body);
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
