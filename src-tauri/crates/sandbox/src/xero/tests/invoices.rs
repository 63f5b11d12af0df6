use serde_json::{Value, json};

use super::super::{Country, Quirks, XeroConfig};
use super::{Bench, column};

fn line(quantity: &str, unit: &str) -> Value {
    json!({"Description": "Work", "Quantity": quantity, "UnitAmount": unit, "AccountCode": "200"})
}

fn body(contact: &str, number: &str, lines: &[Value]) -> Value {
    json!({"Type": "ACCREC", "Contact": {"ContactID": contact}, "InvoiceNumber": number, "Date": "2026-11-01",
        "DueDate": "2026-12-01", "Status": "AUTHORISED", "LineItems": lines})
}

#[test]
fn an_invoice_is_answered_as_the_documentation_shows() {
    let mut bench = Bench::new(Country::Nz);
    let contact = bench.contact("Barney Rubble");
    let made = bench.write(
        "PUT",
        "Invoices",
        &body(&contact, "INV-9", &[line("2", "20")]),
    );
    assert_eq!(made.status, 200, "{}", made.text());
    for (pointer, want) in [
        ("/Invoices/0/Type", "ACCREC"),
        ("/Invoices/0/DateString", "2026-11-01T00:00:00"),
        ("/Invoices/0/Date", "/Date(1793491200000+0000)/"),
        ("/Invoices/0/DueDateString", "2026-12-01T00:00:00"),
        ("/Invoices/0/SubTotal", "40.00"),
        ("/Invoices/0/TotalTax", "6.00"),
        ("/Invoices/0/Total", "46.00"),
        ("/Invoices/0/AmountDue", "46.00"),
        ("/Invoices/0/CurrencyCode", "NZD"),
        ("/Invoices/0/CurrencyRate", "1.000000"),
        ("/Invoices/0/LineAmountTypes", "Exclusive"),
        ("/Invoices/0/LineItems/0/TaxType", "OUTPUT2"),
        ("/Invoices/0/LineItems/0/UnitAmount", "20.00"),
        ("/Invoices/0/LineItems/0/Quantity", "2.0000"),
        ("/Invoices/0/UpdatedDateUTCString", "2026-11-22T10:00:00Z"),
        ("/Invoices/0/Contact/Name", "Barney Rubble"),
        ("/Invoices/0/Contact/IsCustomer", "true"),
    ] {
        assert_eq!(made.at(pointer), want, "{pointer}");
    }
    let unpaged = bench.get("Invoices").json();
    assert_eq!(unpaged["Invoices"][0]["LineItems"], json!([]));
    assert_eq!(
        bench
            .get("Invoices?page=1")
            .at("/Invoices/0/LineItems/0/Description"),
        "Work"
    );
    let by_status = bench.get("Invoices?Statuses=AUTHORISED%2CPAID");
    assert_eq!(
        by_status.at("/pagination/itemCount"),
        "1",
        "Statuses forces paging"
    );
    assert_eq!(by_status.at("/Invoices/0/LineItems/0/AccountCode"), "200");
    assert!(
        bench.get("Invoices?summaryOnly=true").json()["Invoices"][0]
            .get("LineItems")
            .is_none()
    );
    assert_eq!(
        bench.get("invoices/INV-9").at("/Invoices/0/InvoiceNumber"),
        "INV-9"
    );
}

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
fn wrong_invoices_get_xeros_own_words() {
    let mut bench = Bench::new(Country::Gb);
    let contact = bench.contact("Wrong Ltd");
    bench.invoice(&contact, "TAKEN", "DRAFT", "1");
    let archived = bench.contact("Archived Ltd");
    bench.write(
        "POST",
        "Contacts",
        &json!({"ContactID": archived, "ContactStatus": "ARCHIVED"}),
    );
    bench
        .world
        .edit(&json!({"op": "archive_account", "Code": "260"}), bench.now)
        .unwrap();
    let good = body(&contact, "W", &[line("1", "1")]);
    let with = |name: &str, value: Value| {
        let mut changed = good.clone();
        changed[name] = value;
        changed
    };
    let with_line = |name: &str, value: Value| {
        let mut changed = good.clone();
        changed["LineItems"][0][name] = value;
        changed
    };
    for (request, want) in [
        (
            with("InvoiceNumber", json!("taken")),
            "Invoice # must be unique.",
        ),
        (
            with("Status", json!("PAID")),
            "Invoice not of valid status for creation",
        ),
        (
            with("Contact", Value::Null),
            "A Contact must be specified for this type of transaction",
        ),
        (
            with("Contact", json!({})),
            "Contact cannot be empty. Paid to name cannot be empty.",
        ),
        (
            with("Contact", json!({"ContactID": archived})),
            "The contact with the specified contact details has been archived. The contact must be un-archived before creating new invoices or credit notes.",
        ),
        (
            with("LineItems", json!([])),
            "One or more line items must be specified",
        ),
        (
            with("Url", json!("nonsense")),
            "Url must be a valid absolute url",
        ),
        (
            with_line("AccountCode", json!("999")),
            "Account code '999' is not a valid code for this document.",
        ),
        (
            with_line("AccountCode", json!("610")),
            "Account code '610' is not a valid code for this document.",
        ),
        (
            with_line("AccountCode", json!("260")),
            "Account code '260' has been archived, or has been deleted. Each line item must reference a valid account.",
        ),
        (
            with_line("AccountCode", Value::Null),
            "Account code or ID must be specified",
        ),
        (
            with_line("TaxType", json!("INPUT2")),
            "The TaxType code 'INPUT2' cannot be used with account code '200'.",
        ),
        (
            with_line("TaxAmount", json!(2)),
            "The tax amount cannot be greater than the line amount",
        ),
    ] {
        let answer = bench.write("PUT", "Invoices", &request);
        assert_eq!(answer.status, 400, "{request}");
        assert_eq!(answer.messages().join(" "), want);
        assert_eq!(answer.at("/Elements/0/HasErrors"), "true");
    }
    let date = bench.write(
        "PUT",
        "Invoices?summarizeErrors=false",
        &with("Date", json!("2017-12-14 00:00:00")),
    );
    assert_eq!(
        (date.status, date.at("/ErrorNumber"), date.at("/Message")),
        (
            400,
            "14".into(),
            "The string '2017-12-14 00:00:00' is not a valid AllXsd value.".into()
        )
    );
    // Nothing of a refused invoice stays: neither it nor a contact it would have made.
    let mut refused = with_line("AccountCode", json!("999"));
    refused["Contact"] = json!({"Name": "Never Made"});
    assert_eq!(
        bench
            .write("PUT", "Invoices?summarizeErrors=false", &refused)
            .status,
        200
    );
    assert_eq!(
        bench.get("Contacts?where=Name%3D%22Never%20Made%22").json()["Contacts"],
        json!([])
    );
    refused["LineItems"][0]["AccountCode"] = json!("200");
    let made = bench.write("PUT", "Invoices", &refused);
    assert_eq!(made.at("/Invoices/0/Contact/Name"), "Never Made");
}

#[test]
fn batch_elements_have_their_own_status() {
    let mut bench = Bench::new(Country::Gb);
    let contact = bench.contact("Batch Ltd");
    let good = body(&contact, "B-1", &[line("1", "1")]);
    let bad = body(&contact, "B-2", &[]);
    let batch = json!({"Invoices": [good, bad]});
    let each = bench.write("PUT", "Invoices?summarizeErrors=false&unitdp=4", &batch);
    assert_eq!(each.status, 200);
    assert_eq!(
        column(&each, "Invoices", "StatusAttributeString"),
        ["OK", "ERROR"]
    );
    assert_eq!(
        each.at("/Invoices/1/InvoiceID"),
        "00000000-0000-0000-0000-000000000000"
    );
    assert_eq!(each.at("/Invoices/1/InvoiceNumber"), "B-2");
    assert_eq!(
        each.at("/Invoices/1/ValidationErrors/0/Message"),
        "One or more line items must be specified"
    );
    let whole = bench.write("POST", "Invoices", &batch);
    assert_eq!(whole.status, 400);
    assert_eq!(whole.at("/Elements/0/InvoiceNumber"), "B-2");
}

#[test]
fn post_with_a_known_number_updates() {
    let mut bench = Bench::new(Country::Gb);
    let contact = bench.contact("Trap Ltd");
    let id = bench.invoice(&contact, "T-1", "DRAFT", "1");
    bench.wait(5);
    let again = bench.write(
        "POST",
        "Invoices",
        &body(&contact, "T-1", &[line("1", "7")]),
    );
    assert_eq!(
        (
            again.at("/Invoices/0/InvoiceID"),
            again.at("/Invoices/0/SubTotal")
        ),
        (id, "7.00".into())
    );
    assert_eq!(
        again.at("/Invoices/0/UpdatedDateUTCString"),
        "2026-11-22T10:00:05Z"
    );
    let mut unknown = body(&contact, "T-2", &[line("1", "7")]);
    unknown["InvoiceID"] = json!("ed25b52e-0000-4000-8000-000000000001");
    assert_eq!(
        bench.write("POST", "Invoices", &unknown).messages(),
        ["An existing invoice with the specified ID could not be found"]
    );
    // Numbers are given where none is sent.
    let mut unnumbered = body(&contact, "", &[line("1", "7")]);
    unnumbered["InvoiceNumber"] = Value::Null;
    assert_eq!(
        bench
            .write("PUT", "Invoices", &unnumbered)
            .at("/Invoices/0/InvoiceNumber"),
        "INV-0001"
    );
    assert_eq!(
        bench
            .write("PUT", "Invoices", &unnumbered)
            .at("/Invoices/0/InvoiceNumber"),
        "INV-0002"
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

#[test]
fn lists_take_the_documented_queries() {
    let mut bench = Bench::new(Country::Gb);
    let (ann, bob) = (bench.contact("Ann"), bench.contact("Bob"));
    let mut ids = Vec::new();
    for n in 1..=6 {
        bench.wait(1);
        let contact = if n % 2 == 0 { &ann } else { &bob };
        let status = if n > 4 { "DRAFT" } else { "AUTHORISED" };
        ids.push(bench.invoice(contact, &format!("Q-{n}"), status, &format!("{n}00")));
    }
    for (query, numbers) in [
        (format!("IDs={},{}", ids[1], ids[0]), vec!["Q-1", "Q-2"]),
        ("InvoiceNumbers=q-3,Q-9".into(), vec!["Q-3"]),
        (format!("ContactIDs={ann}&Statuses=DRAFT"), vec!["Q-6"]),
        (
            format!("where=Contact.ContactID%3D%3Dguid(%22{bob}%22)%20AND%20AmountDue%3E200"),
            vec!["Q-3", "Q-5"],
        ),
        (
            "where=Contact.Name%3D%3D%22ann%22&order=InvoiceNumber%20DESC".into(),
            vec!["Q-6", "Q-4", "Q-2"],
        ),
        ("where=InvoiceNumber%3D%3D%22Q-2%22".into(), vec!["Q-2"]),
        (
            "where=Type%3D%3D%22ACCREC%22%20AND%20Date%3E%3DDateTime(2026,11,02)".into(),
            vec![],
        ),
        ("searchTerm=q-4".into(), vec!["Q-4"]),
        ("page=2&pageSize=4".into(), vec!["Q-5", "Q-6"]),
        (
            "createdByMyApp=true&where=Status%3D%3D%22DRAFT%22".into(),
            vec!["Q-5", "Q-6"],
        ),
    ] {
        assert_eq!(
            column(
                &bench.get(&format!("Invoices?{query}")),
                "Invoices",
                "InvoiceNumber"
            ),
            numbers,
            "{query}"
        );
    }
    bench.wait(1);
    bench.write(
        "POST",
        &format!("Invoices/{}", ids[0]),
        &json!({"Reference": "touched"}),
    );
    let since = bench.get_since("Invoices?page=1", "2026-11-22T10:00:06");
    assert_eq!(
        column(&since, "Invoices", "InvoiceNumber"),
        ["Q-6", "Q-1"],
        "a touched row moves to the end"
    );
    assert_eq!(since.at("/pagination/itemCount"), "2");
}

#[test]
fn locked_periods_refuse_all_but_drafts() {
    let mut bench = Bench::new(Country::Gb);
    let contact = bench.contact("Locked Ltd");
    let id = bench.invoice(&contact, "K-1", "AUTHORISED", "1");
    bench.world.edit(&json!({"op": "set_lock_date", "PeriodLockDate": "2026-11-01", "EndOfYearLockDate": "2026-03-31"}), bench.now).unwrap();
    let message =
        "The document date cannot be before the period lock date, currently set at 01-Nov-2026";
    assert_eq!(
        bench
            .write("PUT", "Invoices", &body(&contact, "K-2", &[line("1", "1")]))
            .messages(),
        [message]
    );
    assert_eq!(
        bench
            .write(
                "POST",
                &format!("Invoices/{id}"),
                &json!({"Status": "VOIDED"})
            )
            .messages(),
        [message]
    );
    bench.invoice(&contact, "K-3", "DRAFT", "1");
    assert_eq!(
        bench
            .get("Organisation")
            .at("/Organisations/0/PeriodLockDate"),
        "/Date(1793491200000+0000)/"
    );
}
