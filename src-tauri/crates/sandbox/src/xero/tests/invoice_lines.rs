use serde_json::json;

use super::super::{Country, Quirks, XeroConfig};
use super::invoices::{body, line};
use super::{Bench, column};

#[test]
fn totals_are_xeros_to_the_cent() {
    let mut bench = Bench::new(Country::Nz);
    let contact = bench.contact("Rounding Ltd");
    let mut three = body(
        &contact,
        "A",
        &[line("1", "25.06"), line("1", "25.61"), line("1", "25.63")],
    );
    let made = bench.write("PUT", "Invoices", &three);
    assert_eq!(
        (
            made.at("/Invoices/0/TotalTax"),
            made.at("/Invoices/0/Total")
        ),
        ("11.44".into(), "87.74".into())
    );
    three["LineAmountTypes"] = json!("Inclusive");
    three["InvoiceNumber"] = json!("B");
    let made = bench.write("PUT", "Invoices", &three);
    assert_eq!(
        (
            made.at("/Invoices/0/SubTotal"),
            made.at("/Invoices/0/Total")
        ),
        ("66.35".into(), "76.30".into())
    );
    three["LineAmountTypes"] = json!("NoTax");
    three["InvoiceNumber"] = json!("C");
    let made = bench.write("PUT", "Invoices", &three);
    assert_eq!(
        (
            made.at("/Invoices/0/TotalTax"),
            made.at("/Invoices/0/Total")
        ),
        ("0.00".into(), "76.30".into())
    );

    // Four decimals only where they are asked for.
    let four = body(&contact, "D", &[line("1000", "0.1234")]);
    let made = bench.write("PUT", "Invoices?unitdp=4", &four);
    assert_eq!(
        (
            made.at("/Invoices/0/SubTotal"),
            made.at("/Invoices/0/LineItems/0/UnitAmount")
        ),
        ("123.40".into(), "0.1234".into())
    );
    assert_eq!(
        bench
            .get("Invoices/D")
            .at("/Invoices/0/LineItems/0/UnitAmount"),
        "0.12"
    );
    let mut two = four.clone();
    two["InvoiceNumber"] = json!("E");
    assert_eq!(
        bench
            .write("PUT", "Invoices", &two)
            .at("/Invoices/0/SubTotal"),
        "120.00"
    );

    let mut discounted = line("10", "9.99");
    discounted["DiscountRate"] = json!(12.5);
    let made = bench.write("PUT", "Invoices", &body(&contact, "F", &[discounted]));
    assert_eq!(
        (
            made.at("/Invoices/0/LineItems/0/LineAmount"),
            made.at("/Invoices/0/TotalDiscount"),
            made.at("/Invoices/0/IsDiscounted")
        ),
        ("87.41".into(), "12.49".into(), "true".into())
    );
    let mut own_tax = line("1", "100");
    own_tax["TaxAmount"] = json!(14.99);
    assert_eq!(
        bench
            .write("PUT", "Invoices", &body(&contact, "G", &[own_tax]))
            .at("/Invoices/0/Total"),
        "114.99"
    );
}

#[test]
fn foreign_invoices_carry_units_per_base_unit() {
    let mut bench = Bench::new(Country::Gb);
    let contact = bench.contact("Export");
    let mut euro = body(&contact, "E1", &[line("1", "100")]);
    euro["CurrencyCode"] = json!("EUR");
    assert_eq!(
        bench
            .write("PUT", "Invoices", &euro)
            .at("/Invoices/0/CurrencyRate"),
        "1.154200"
    );
    euro["InvoiceNumber"] = json!("E2");
    euro["CurrencyRate"] = json!(1.2);
    assert_eq!(
        bench
            .write("PUT", "Invoices", &euro)
            .at("/Invoices/0/CurrencyRate"),
        "1.200000"
    );
    euro["InvoiceNumber"] = json!("E3");
    euro["CurrencyCode"] = json!("JPY");
    assert_eq!(
        bench.write("PUT", "Invoices", &euro).messages(),
        ["Organisation is not subscribed to currency JPY"]
    );
}

#[test]
fn lines_are_kept_changed_added_and_dropped_by_id() {
    let mut bench = Bench::new(Country::Gb);
    let contact = bench.contact("Lines Ltd");
    let made = bench.write(
        "PUT",
        "Invoices",
        &body(&contact, "L", &[line("1", "10"), line("1", "20")]),
    );
    let id = made.at("/Invoices/0/InvoiceID");
    let first = made.at("/Invoices/0/LineItems/0/LineItemID");
    let update =
        json!({"LineItems": [{"LineItemID": first, "Description": "Renamed"}, line("1", "5")]});
    let after = bench.write("POST", &format!("Invoices/{id}"), &update);
    assert_eq!(after.status, 200, "{}", after.text());
    assert_eq!(
        after.json()["Invoices"][0]["LineItems"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    assert_eq!(after.at("/Invoices/0/LineItems/0/LineItemID"), first);
    assert_eq!(after.at("/Invoices/0/LineItems/0/Description"), "Renamed");
    assert_eq!(after.at("/Invoices/0/SubTotal"), "15.00");
    // A status alone leaves the lines as they are.
    let voided = bench.write(
        "POST",
        &format!("Invoices/{id}"),
        &json!({"InvoiceID": id, "Status": "VOIDED"}),
    );
    assert_eq!(voided.at("/Invoices/0/Status"), "VOIDED");
    assert_eq!(
        (
            voided.at("/Invoices/0/AmountDue"),
            voided.at("/Invoices/0/Total")
        ),
        ("0.00".into(), "18.00".into())
    );
    let back = bench.write(
        "POST",
        &format!("Invoices/{id}"),
        &json!({"Status": "AUTHORISED"}),
    );
    assert_eq!(
        back.messages(),
        ["Invoice not of valid status for modification"]
    );
    assert_eq!(
        column(&bench.get("Invoices?page=1"), "Invoices", "Status"),
        ["VOIDED"],
        "voided ones stay in lists"
    );
}

#[test]
fn the_reported_loss_of_lines_can_be_switched_on() {
    let mut config = XeroConfig::demo(Country::Gb, 3);
    config.quirks = Quirks {
        status_update_rewrites_lines: true,
        ..Quirks::default()
    };
    let mut bench = Bench::with(config);
    let contact = bench.contact("Lines Ltd");
    let mut draft = body(&contact, "L", &[line("100", "0.1234")]);
    draft["Status"] = json!("DRAFT");
    let made = bench.write("PUT", "Invoices?unitdp=4", &draft);
    let id = made.at("/Invoices/0/InvoiceID");
    let approved = bench.write(
        "POST",
        &format!("Invoices/{id}?unitdp=4"),
        &json!({"Status": "AUTHORISED"}),
    );
    assert_eq!(approved.at("/Invoices/0/SubTotal"), "12.00");
    assert_ne!(
        approved.at("/Invoices/0/LineItems/0/LineItemID"),
        made.at("/Invoices/0/LineItems/0/LineItemID")
    );
}

/// What Xero refuses of a line's amounts, and what looks alike and is taken.
#[test]
fn quantities_are_not_negative_and_discounts_not_above_their_line() {
    let below = |quantity: &str| {
        format!("The quantity value '{quantity}' is invalid. Quantity must not be less than zero.")
    };
    let above = |discount: &str| {
        format!(
            "The discount rate '{discount}' is invalid. Discount must not be greater than the line total."
        )
    };
    for (fields, fault) in [
        (
            json!({"Quantity": -1, "UnitAmount": 20}),
            Some(below("-1.0000")),
        ),
        (json!({"Quantity": -0.00004, "UnitAmount": 20}), None),
        (json!({"Quantity": 1, "UnitAmount": -20}), None),
        (json!({"Quantity": 0, "UnitAmount": 5}), None),
        (
            json!({"Quantity": 1, "UnitAmount": -20, "DiscountAmount": 0}),
            Some(above("0.00")),
        ),
        (
            json!({"Quantity": 1, "UnitAmount": -20, "DiscountRate": 0}),
            None,
        ),
        (
            json!({"Quantity": 1, "UnitAmount": 20, "DiscountAmount": 0}),
            None,
        ),
        (
            json!({"Quantity": 1, "UnitAmount": 20, "DiscountAmount": 20}),
            None,
        ),
        (
            json!({"Quantity": 1, "UnitAmount": 20, "DiscountAmount": 20.01}),
            Some(above("20.01")),
        ),
        (
            json!({"Quantity": 1, "UnitAmount": 27.826, "DiscountAmount": 27.826}),
            Some(above("27.83")),
        ),
    ] {
        let mut bench = Bench::new(Country::Gb);
        let contact = bench.contact("Lines Ltd");
        let mut other = line("1", "1");
        for (name, value) in fields.as_object().unwrap() {
            other[name] = value.clone();
        }
        let sent = body(&contact, "L-1", &[line("1", "100"), other]);
        let made = bench.write("PUT", "Invoices?unitdp=4", &sent);
        match fault {
            Some(fault) => assert_eq!(made.messages(), [fault], "{fields}"),
            None => assert_eq!(made.status, 200, "{fields} {}", made.text()),
        }
    }
}

/// Credit notes know no discount, and their quantities are held to the same rule.
#[test]
fn credit_notes_have_no_negative_quantities_either() {
    let mut bench = Bench::new(Country::Gb);
    let contact = bench.contact("Lines Ltd");
    let note = |quantity: i32| {
        json!({"Type": "ACCRECCREDIT", "Contact": {"ContactID": contact}, "Status": "AUTHORISED", "LineItems": [
            {"Description": "back", "Quantity": quantity, "UnitAmount": 10, "AccountCode": "200", "DiscountAmount": 99},
        ]})
    };
    assert_eq!(
        bench.write("PUT", "CreditNotes", &note(-1)).messages()[0],
        "The quantity value '-1.0000' is invalid. Quantity must not be less than zero."
    );
    assert_eq!(bench.write("PUT", "CreditNotes", &note(1)).status, 200);
}

/// A discount that stays while its line gets cheaper is looked at again.
#[test]
fn a_kept_discount_is_held_against_the_new_price() {
    let mut bench = Bench::new(Country::Gb);
    let contact = bench.contact("Lines Ltd");
    let mut cheap = line("1", "100");
    cheap["DiscountAmount"] = json!(60);
    let lines = [cheap, line("1", "100")];
    let made = bench.write("PUT", "Invoices", &body(&contact, "L-2", &lines));
    let (id, line_id) = (
        made.at("/Invoices/0/InvoiceID"),
        made.at("/Invoices/0/LineItems/0/LineItemID"),
    );
    let cheaper = json!({"LineItemID": line_id, "UnitAmount": 50});
    let update = json!({"LineItems": [cheaper, line("1", "100")]});
    let refused = bench.write("POST", &format!("Invoices/{id}"), &update);
    assert_eq!(
        refused.messages(),
        ["The discount rate '60.00' is invalid. Discount must not be greater than the line total."]
    );
}
