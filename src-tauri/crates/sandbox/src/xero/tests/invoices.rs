use serde_json::{Value, json};

use super::super::Country;
use super::{Bench, column};

pub fn line(quantity: &str, unit: &str) -> Value {
    json!({"Description": "Work", "Quantity": quantity, "UnitAmount": unit, "AccountCode": "200"})
}

pub fn body(contact: &str, number: &str, lines: &[Value]) -> Value {
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
        (
            "order=UpdatedDateUTC%20ASC&pageSize=2&page=2".into(),
            vec!["Q-3", "Q-4"],
        ),
        (
            "order=UpdatedDateUTC%20DESC&pageSize=2&page=2".into(),
            vec!["Q-4", "Q-3"],
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
