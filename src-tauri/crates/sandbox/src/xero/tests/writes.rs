//! What a write answers beside the record: warnings, and errors beside the parts they are about.

use serde_json::{Value, json};

use super::super::{Country, Quirks, XeroConfig};
use super::invoices::{body, line};
use super::{Answered, Bench, column};

fn text(value: &Value) -> Vec<&str> {
    value
        .as_array()
        .into_iter()
        .flatten()
        .map(|each| each["Message"].as_str().unwrap())
        .collect()
}

/// The warnings of the first record.
fn warnings(answer: &Answered) -> Vec<String> {
    let body = answer.json();
    text(&body["Invoices"][0]["Warnings"])
        .into_iter()
        .chain(text(&body["Payments"][0]["Warnings"]))
        .map(str::to_owned)
        .collect()
}

fn draft(contact: &str, number: &str, lines: &[Value]) -> Value {
    let mut draft = body(contact, number, lines);
    draft["Status"] = json!("DRAFT");
    draft
}

#[test]
fn errors_stand_beside_their_parts_and_beside_the_element() {
    let mut bench = Bench::new(Country::Gb);
    let contact = bench.contact("Parts Ltd");
    let mut unknown = line("1", "5");
    unknown["AccountCode"] = json!("9999");
    let refused = bench.write(
        "PUT",
        "Invoices",
        &body(&contact, "P-1", &[line("1", "10"), unknown]),
    );
    let message = "Account code '9999' is not a valid code for this document.";
    let element = &refused.json()["Elements"][0];
    assert_eq!(text(&element["ValidationErrors"]), [message]);
    assert_eq!(
        text(&element["LineItems"][1]["ValidationErrors"]),
        [message]
    );
    assert_eq!(element["LineItems"][0].get("ValidationErrors"), None);
    // What was sent is read: amounts are numbers, dates are Xero's.
    assert_eq!(element["LineItems"][0]["UnitAmount"].to_string(), "10.0000");
    assert_eq!(element["DateString"], "2026-11-01T00:00:00");
    assert_eq!(element["InvoiceID"], "00000000-0000-0000-0000-000000000000");

    let archived = bench.contact("Archived Ltd");
    bench.write(
        "POST",
        &format!("Contacts/{archived}"),
        &json!({"ContactStatus": "ARCHIVED"}),
    );
    let refused = bench.write(
        "PUT",
        "Invoices?summarizeErrors=false",
        &body(&archived, "P-2", &[line("1", "10")]),
    );
    let row = &refused.json()["Invoices"][0];
    assert_eq!(row["StatusAttributeString"], "ERROR");
    let said = text(&row["Contact"]["ValidationErrors"]);
    assert_eq!(said.len(), 1);
    assert!(
        said[0].starts_with("The contact with the specified contact details has been archived.")
    );
    assert_eq!(said, text(&row["ValidationErrors"]));

    let refused = bench.write(
        "PUT",
        "Contacts",
        &json!({"Name": "Where", "Addresses": [{"AddressType": "POBOX"}, {"AddressType": "HOME"}]}),
    );
    let element = &refused.json()["Elements"][0];
    assert_eq!(
        text(&element["Addresses"][1]["ValidationErrors"]),
        ["The address type is not valid."]
    );

    // A contact that an invoice brings along is wrong in the invoice.
    let mut brought = body(&contact, "P-3", &[line("1", "10")]);
    brought["Contact"] = json!({"Name": "Brought", "Phones": [{"PhoneType": "PIGEON"}]});
    let refused = bench.write("PUT", "Invoices", &brought);
    assert_eq!(
        text(&refused.json()["Elements"][0]["Contact"]["Phones"][0]["ValidationErrors"]),
        ["The phone type is not valid."]
    );
}

#[test]
fn what_is_saved_otherwise_than_sent_is_warned_about() {
    let mut bench = Bench::new(Country::Gb);
    let contact = bench.contact("Warned Ltd");
    let mut unknown = line("1", "5");
    unknown["AccountCode"] = json!("9999");
    let made = bench.write("PUT", "Invoices", &draft(&contact, "W-1", &[unknown]));
    assert_eq!(
        warnings(&made),
        ["Account code '9999' has been removed as it does not match a recognised account."]
    );
    let saved = &made.json()["Invoices"][0];
    assert_eq!(saved["LineItems"][0].get("AccountCode"), None);
    assert_eq!(saved.get("StatusAttributeString"), None);
    assert_eq!(warnings(&bench.get("Invoices/W-1")), Vec::<String>::new());

    let mut sent = draft(&contact, "W-2", &[line("1", "5")]);
    sent["SentToContact"] = json!(true);
    let made = bench.write(
        "PUT",
        "Invoices?summarizeErrors=false",
        &json!([sent, draft(&contact, "W-3", &[line("1", "5")])]),
    );
    assert_eq!(
        column(&made, "Invoices", "StatusAttributeString"),
        ["WARNING", "OK"]
    );
    assert_eq!(
        warnings(&made),
        ["Only AUTHORISED and PAID invoices may have SentToContact updated."]
    );

    for (number, rate, warned) in [
        ("W-4", "1.15", 0),
        ("W-5", "0.87", 1),
        ("W-6", "1", 1),
        ("W-7", "1.3", 0),
    ] {
        let mut euro = body(&contact, number, &[line("1", "100")]);
        euro["CurrencyCode"] = json!("EUR");
        euro["CurrencyRate"] = json!(rate);
        let made = bench.write("PUT", "Invoices", &euro);
        assert_eq!(warnings(&made).len(), warned, "{rate}: {}", made.text());
    }
    let invoice = bench.invoice(&contact, "W-8", "AUTHORISED", "10");
    let early = json!({"Invoice": {"InvoiceID": invoice}, "Account": {"Code": "090"},
        "Date": "2026-10-31", "Amount": 12});
    assert_eq!(
        warnings(&bench.write("PUT", "Payments", &early)),
        ["The payment date is before the date of the invoice."]
    );
    // A batch has no room for one (specification, BatchPayment).
    let invoice = bench.invoice(&contact, "W-9", "AUTHORISED", "10");
    let batch = json!({"BatchPayments": [{"Account": {"Code": "090"}, "Date": "2026-10-31",
        "Payments": [{"Invoice": {"InvoiceID": invoice}, "Amount": 12}]}]});
    for query in ["", "?summarizeErrors=false"] {
        let made = bench.write("PUT", &format!("BatchPayments{query}"), &batch);
        let made = &made.json()["BatchPayments"][0];
        assert_eq!(made["TotalAmount"].to_string(), "12.00", "{made}");
        assert_eq!(made.get("Warnings"), None);
        let deleted = json!({"BatchPaymentID": made["BatchPaymentID"], "Status": "DELETED"});
        bench.write("POST", "BatchPayments", &deleted);
    }
}

#[test]
fn an_item_fills_what_its_line_leaves_open() {
    let mut bench = Bench::new(Country::Gb);
    let contact = bench.contact("Items Ltd");
    let item = json!({"Code": "ROSE", "Name": "Rose", "Description": "A red rose",
        "SalesDetails": {"UnitPrice": 2.5, "AccountCode": "260", "TaxType": "ZERORATEDOUTPUT"}});
    assert_eq!(bench.write("PUT", "Items", &item).status, 200);
    let bare = json!({"ItemCode": "rose", "Quantity": 4});
    let own = json!({"ItemCode": "ROSE", "Quantity": 1, "UnitAmount": 3, "Description": "Mine",
        "AccountCode": "200", "TaxType": "OUTPUT2"});
    let made = bench.write("PUT", "Invoices", &body(&contact, "I-1", &[bare, own]));
    for (pointer, want) in [
        ("/Invoices/0/LineItems/0/Description", "A red rose"),
        ("/Invoices/0/LineItems/0/UnitAmount", "2.50"),
        ("/Invoices/0/LineItems/0/AccountCode", "260"),
        ("/Invoices/0/LineItems/0/TaxType", "ZERORATEDOUTPUT"),
        ("/Invoices/0/LineItems/0/LineAmount", "10.00"),
        ("/Invoices/0/LineItems/0/TaxAmount", "0.00"),
        ("/Invoices/0/LineItems/1/Description", "Mine"),
        ("/Invoices/0/LineItems/1/UnitAmount", "3.00"),
        ("/Invoices/0/LineItems/1/AccountCode", "200"),
        ("/Invoices/0/LineItems/1/TaxAmount", "0.60"),
        ("/Invoices/0/Total", "13.60"),
    ] {
        assert_eq!(made.at(pointer), want, "{pointer}");
    }
    // The line keeps what it has when it is sent again with the same item.
    let id = made.at("/Invoices/0/LineItems/1/LineItemID");
    let kept = bench.write(
        "POST",
        "Invoices/I-1",
        &json!({"LineItems": [{"LineItemID": id, "ItemCode": "ROSE", "Quantity": 2}]}),
    );
    assert_eq!(kept.at("/Invoices/0/LineItems/0/Description"), "Mine");
    assert_eq!(kept.at("/Invoices/0/SubTotal"), "6.00");
    let none = json!({"ItemCode": "TULIP", "Description": "x", "Quantity": 1, "UnitAmount": 1,
        "AccountCode": "200"});
    assert_eq!(
        bench
            .write("PUT", "Invoices", &body(&contact, "I-2", &[none]))
            .messages(),
        ["Item code 'TULIP' is not valid"]
    );
}

#[test]
fn lines_are_tracked_under_options_that_exist() {
    let mut bench = Bench::new(Country::Gb);
    let contact = bench.contact("Tracked Ltd");
    let made = bench.write("PUT", "TrackingCategories", &json!({"Name": "Region"}));
    let region = made.at("/TrackingCategories/0/TrackingCategoryID");
    let made = bench.write(
        "PUT",
        &format!("TrackingCategories/{region}/Options"),
        &json!({"Name": "North"}),
    );
    let north = made.at("/Options/0/TrackingOptionID");
    let tracked = |tracking: Value| {
        let mut tracked = line("1", "10");
        tracked["Tracking"] = tracking;
        tracked
    };
    let by_name = tracked(json!([{"Name": "region", "Option": "NORTH"}]));
    let by_id = tracked(json!([{"TrackingCategoryID": region, "TrackingOptionID": north}]));
    let made = bench.write("PUT", "Invoices", &body(&contact, "T-1", &[by_name, by_id]));
    let want = json!([{"Name": "Region", "Option": "North", "TrackingCategoryID": region,
        "TrackingOptionID": north}]);
    assert_eq!(made.json()["Invoices"][0]["LineItems"][0]["Tracking"], want);
    assert_eq!(made.json()["Invoices"][0]["LineItems"][1]["Tracking"], want);

    for (tracking, message) in [
        (
            json!([{"Name": "Team", "Option": "A"}]),
            "There is no ACTIVE tracking category with the name 'Team'",
        ),
        (
            json!([{"Name": "Region", "Option": "South"}]),
            "There is no ACTIVE tracking option with the name 'South' in tracking category 'Region'",
        ),
        (
            json!([{"Name": "Region", "Option": "North"}, {"Name": "Region", "Option": "North"}]),
            "A line item can be tracked under a tracking category only once.",
        ),
    ] {
        let refused = bench.write(
            "PUT",
            "Invoices",
            &body(&contact, "T-2", &[tracked(tracking.clone())]),
        );
        let element = &refused.json()["Elements"][0];
        assert_eq!(text(&element["ValidationErrors"]), [message], "{tracking}");
        assert_eq!(
            text(&element["LineItems"][0]["ValidationErrors"]),
            [message]
        );
    }
    // Archived, the category stays where it is and comes to no new line.
    bench.write(
        "POST",
        &format!("TrackingCategories/{region}"),
        &json!({"Status": "ARCHIVED"}),
    );
    let lines = bench.get("Invoices/T-1").json()["Invoices"][0]["LineItems"].clone();
    let again = bench.write("POST", "Invoices/T-1", &json!({"LineItems": lines}));
    assert_eq!(again.status, 200, "{}", again.text());
    let new = bench.write(
        "PUT",
        "Invoices",
        &body(&contact, "T-3", &[tracked(want.clone())]),
    );
    assert_eq!(new.status, 400);
}

#[test]
fn totals_may_be_stated_where_the_organisation_opted_in() {
    let mut config = XeroConfig::demo(Country::Gb, 3);
    config.quirks = Quirks {
        stated_totals: true,
        ..Quirks::default()
    };
    let mut bench = Bench::with(config);
    let contact = bench.contact("Stated Ltd");
    let stated = |number: &str, sub: &str, tax: &str, total: &str, rounding: &str| {
        let mut invoice = body(&contact, number, &[line("1", "100")]);
        for (name, amount) in [
            ("SubTotal", sub),
            ("TotalTax", tax),
            ("Total", total),
            ("RoundingAmount", rounding),
        ] {
            if !amount.is_empty() {
                invoice[name] = serde_json::from_str(amount).unwrap();
            }
        }
        invoice
    };
    let made = bench.write(
        "PUT",
        "Invoices",
        &stated("S-1", "100", "20", "119.97", "-0.03"),
    );
    for (pointer, want) in [
        ("/Invoices/0/Total", "119.97"),
        ("/Invoices/0/RoundingAmount", "-0.03"),
        ("/Invoices/0/EnteredTotal", "119.97"),
        ("/Invoices/0/AmountDue", "119.97"),
    ] {
        assert_eq!(made.at(pointer), want, "{pointer}");
    }
    // Lists do not show it; a change beside the lines keeps it, new lines end it.
    let listed = bench.get("Invoices?page=1").json();
    assert_eq!(listed["Invoices"][0].get("RoundingAmount"), None);
    let kept = bench.write("POST", "Invoices/S-1", &json!({"Reference": "R"}));
    assert_eq!(kept.at("/Invoices/0/Total"), "119.97");
    let ended = bench.write(
        "POST",
        "Invoices/S-1",
        &json!({"LineItems": [line("1", "100")]}),
    );
    assert_eq!(ended.at("/Invoices/0/Total"), "120.00");

    for (number, sub, tax, total, rounding, good) in [
        ("S-2", "100", "20", "120.11", "0.11", false),
        ("S-3", "100", "19.99", "119.99", "", false),
        ("S-4", "100", "20", "120.05", "0.04", false),
        ("S-5", "100", "20", "120.10", "0.10", true),
        // Stated in part: ignored.
        ("S-6", "", "", "120.05", "0.05", true),
    ] {
        let answer = bench.write(
            "PUT",
            "Invoices",
            &stated(number, sub, tax, total, rounding),
        );
        assert_eq!(answer.status == 200, good, "{number}: {}", answer.text());
    }
    assert_eq!(bench.get("Invoices/S-6").at("/Invoices/0/Total"), "120.00");
    // Elsewhere nothing of it is looked at.
    let mut bench = Bench::new(Country::Gb);
    let contact = bench.contact("Stated Ltd");
    let mut invoice = body(&contact, "S-7", &[line("1", "100")]);
    for (name, amount) in [
        ("SubTotal", 1),
        ("TotalTax", 1),
        ("Total", 1),
        ("RoundingAmount", 1),
    ] {
        invoice[name] = json!(amount);
    }
    let made = bench.write("PUT", "Invoices", &invoice);
    assert_eq!(made.at("/Invoices/0/Total"), "120.00");
    assert_eq!(made.json()["Invoices"][0].get("RoundingAmount"), None);
}

#[test]
fn currencies_can_be_added_once() {
    let mut bench = Bench::new(Country::Gb);
    let yen = json!({"Code": "JPY", "Description": "Japanese Yen"});
    let added = bench.write("PUT", "Currencies", &yen);
    assert_eq!(added.at("/Currencies/0/Code"), "JPY", "{}", added.text());
    assert_eq!(bench.write("PUT", "Currencies", &yen).status, 400);
    assert_eq!(
        bench
            .write("PUT", "Currencies", &json!({"Code": "£"}))
            .status,
        400
    );
    assert!(column(&bench.get("Currencies"), "Currencies", "Code").contains(&"JPY".to_owned()));
    let contact = bench.contact("Tokyo");
    let mut invoice = body(&contact, "J-1", &[line("1", "100")]);
    invoice["CurrencyCode"] = json!("JPY");
    invoice["CurrencyRate"] = json!(190.5);
    let made = bench.write("PUT", "Invoices", &invoice);
    assert_eq!(made.at("/Invoices/0/CurrencyRate"), "190.500000");
}

#[test]
fn the_amount_at_the_bank_says_the_rate_of_a_payment() {
    let mut bench = Bench::new(Country::Gb);
    let contact = bench.contact("Export");
    let mut euro = body(&contact, "B-1", &[line("1", "100")]);
    euro["CurrencyCode"] = json!("EUR");
    euro["CurrencyRate"] = json!(1.2);
    let made = bench.write("PUT", "Invoices", &euro);
    let paid = bench.write(
        "PUT",
        "Payments",
        &json!({"Invoice": {"InvoiceID": made.at("/Invoices/0/InvoiceID")}, "Account": {"Code": "090"},
            "Date": "2026-11-10", "Amount": 60, "BankAmount": 48}),
    );
    assert_eq!(
        (
            paid.at("/Payments/0/CurrencyRate"),
            paid.at("/Payments/0/BankAmount")
        ),
        ("1.250000".into(), "48.00".into())
    );
}
