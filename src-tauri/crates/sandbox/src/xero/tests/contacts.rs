use serde_json::json;

use super::super::Country;
use super::{Bench, column};

#[test]
fn a_contact_is_written_and_read_back() {
    let mut bench = Bench::new(Country::Gb);
    let body = json!({"Contacts": [{"Name": " Ridgeway  University ", "ContactNumber": "CUST-1", "EmailAddress": "fees@ridgeway.example",
        "TaxNumber": "GB99", "Addresses": [{"AddressType": "POBOX", "AddressLine1": "1 Mill Lane", "City": "Oxford", "PostalCode": "OX1"}],
        "Phones": [{"PhoneType": "DEFAULT", "PhoneNumber": "555"}],
        "ContactPersons": [{"FirstName": "Ann", "LastName": "Lee", "EmailAddress": "ann@ridgeway.example", "IncludeInEmails": true}]}]});
    let made = bench.write("PUT", "Contacts", &body);
    assert_eq!(made.status, 200);
    assert!(
        made.text()
            .contains(r#""UpdatedDateUTC":"\/Date(1795341600000+0000)\/""#),
        "{}",
        made.text()
    );
    for (pointer, want) in [
        ("/Status", "OK"),
        ("/ProviderName", "Counterfoil"),
        ("/DateTimeUTC", "/Date(1795341600000)/"),
        ("/Contacts/0/Name", "Ridgeway University"),
        ("/Contacts/0/ContactStatus", "ACTIVE"),
        ("/Contacts/0/Addresses/1/AddressLine1", "1 Mill Lane"),
        ("/Contacts/0/Addresses/0/City", ""),
        ("/Contacts/0/Phones/1/PhoneNumber", "555"),
        ("/Contacts/0/ContactPersons/0/IncludeInEmails", "true"),
        ("/Contacts/0/IsCustomer", "false"),
    ] {
        assert_eq!(made.at(pointer), want, "{pointer}");
    }
    let id = made.at("/Contacts/0/ContactID");
    for key in [id.as_str(), "CUST-1"] {
        assert_eq!(
            bench
                .get(&format!("contacts/{key}"))
                .at("/Contacts/0/ContactID"),
            id
        );
    }
    // Unpaged lists leave out what the documentation says.
    let unpaged = bench.get("Contacts").json();
    assert!(unpaged.get("pagination").is_none());
    assert_eq!(unpaged["Contacts"][0]["ContactPersons"], json!([]));
    let summary = bench.get("Contacts?summaryOnly=True").json();
    assert_eq!(summary["pagination"]["itemCount"], json!(1));
    assert!(summary["Contacts"][0].get("Addresses").is_none());
    let missing = bench.get("Contacts/nobody");
    assert_eq!(
        (missing.status, missing.text().as_str()),
        (404, "The resource you're looking for cannot be found")
    );
}

#[test]
fn put_creates_only_and_post_upserts() {
    let mut bench = Bench::new(Country::Gb);
    let id = bench.contact("Bayside Club");
    let twice = bench.write("PUT", "Contacts", &json!({"Name": "BAYSIDE club"}));
    assert_eq!(twice.status, 400);
    assert_eq!(twice.at("/ErrorNumber"), "10");
    assert_eq!(twice.at("/Type"), "ValidationException");
    assert_eq!(
        twice.messages(),
        [
            "The contact name BAYSIDE club is already assigned to another contact. The contact name must be unique across all active contacts."
        ]
    );
    assert_eq!(
        twice.at("/Elements/0/ContactID"),
        "00000000-0000-0000-0000-000000000000"
    );
    bench.wait(1);
    let updated = bench.write(
        "POST",
        "Contacts",
        &json!({"Name": "bayside CLUB", "ContactNumber": "B1", "EmailAddress": "a@b.example"}),
    );
    assert_eq!(updated.at("/Contacts/0/ContactID"), id);
    let by_number = bench.write(
        "POST",
        "Contacts",
        &json!({"ContactNumber": "b1", "Name": "Bayside Sailing Club"}),
    );
    assert_eq!(by_number.at("/Contacts/0/ContactID"), id);
    assert_eq!(
        by_number.at("/Contacts/0/EmailAddress"),
        "a@b.example",
        "omitted elements stay"
    );
    let taken = bench.write(
        "PUT",
        "Contacts",
        &json!({"Name": "Other", "ContactNumber": "B1"}),
    );
    assert_eq!(
        taken.messages(),
        ["Another contact has this contact number. Please enter a different contact number."]
    );
    let bad = bench.write(
        "POST",
        "Contacts",
        &json!({"Name": "Umlaut", "EmailAddress": "jürgen@x.example"}),
    );
    assert_eq!(bad.messages(), ["Email address must be valid"]);
}

#[test]
fn batches_are_whole_or_element_by_element() {
    let mut bench = Bench::new(Country::Gb);
    let body = json!({"Contacts": [{"Name": "One"}, {"Name": "one"}, {"Name": "Two"}]});
    let whole = bench.write("PUT", "Contacts", &body);
    assert_eq!(whole.status, 400);
    assert_eq!(whole.json()["Elements"].as_array().unwrap().len(), 1);
    assert_eq!(
        bench.get("Contacts").json()["Contacts"],
        json!([]),
        "nothing was saved"
    );
    let each = bench.write("PUT", "Contacts?SummarizeErrors=False", &body);
    assert_eq!(each.status, 200);
    assert_eq!(
        column(&each, "Contacts", "StatusAttributeString"),
        ["OK", "ERROR", "OK"]
    );
    assert_eq!(each.at("/Contacts/1/HasValidationErrors"), "true");
    assert_eq!(
        column(&bench.get("Contacts?order=Name"), "Contacts", "Name"),
        ["One", "Two"]
    );
}

#[test]
fn lists_filter_page_and_hide_the_archived() {
    let mut bench = Bench::new(Country::Nz);
    for n in 0..7 {
        bench.wait(1);
        bench.contact(&format!("Contact {n}"));
    }
    let gone = bench.contact("Old Mill");
    bench.wait(1);
    let archived = bench.write(
        "POST",
        "Contacts",
        &json!({"ContactID": gone, "ContactStatus": "ARCHIVED"}),
    );
    assert_eq!(archived.at("/Contacts/0/ContactStatus"), "ARCHIVED");
    let page = bench.get("Contacts?page=2&pageSize=3");
    assert_eq!(
        column(&page, "Contacts", "Name"),
        ["Contact 3", "Contact 4", "Contact 5"]
    );
    assert_eq!(
        page.json()["pagination"],
        json!({"page": 2, "pageSize": 3, "pageCount": 3, "itemCount": 7})
    );
    assert_eq!(
        bench
            .get("Contacts?page=1&pageSize=5000")
            .at("/pagination/pageSize"),
        "1000"
    );
    assert_eq!(
        bench
            .get("Contacts?page=1&pageSize=0")
            .at("/pagination/pageSize"),
        "1"
    );
    assert_eq!(
        column(&bench.get("Contacts?page=9"), "Contacts", "Name"),
        Vec::<String>::new()
    );
    for (query, names) in [
        ("where=Name%3D%3D%22contact%202%22", vec!["Contact 2"]),
        ("where=Name%3D%22Old%20Mill%22", vec![]),
        (
            "where=Name%3D%22Old%20Mill%22&includeArchived=true",
            vec!["Old Mill"],
        ),
        ("where=ContactStatus%3D%3D%22ARCHIVED%22", vec!["Old Mill"]),
        (
            "where=Name.StartsWith(%22contact%22)%20AND%20Name!%3D%22Contact%201%22&order=Name%20DESC&page=1&pageSize=2",
            vec!["Contact 6", "Contact 5"],
        ),
        ("searchTerm=MILL&includeArchived=true", vec!["Old Mill"]),
    ] {
        assert_eq!(
            column(&bench.get(&format!("Contacts?{query}")), "Contacts", "Name"),
            names,
            "{query}"
        );
    }
    let ids = format!(
        "Contacts?IDs={gone},{}&includeArchived=true",
        uuid::Uuid::nil()
    );
    assert_eq!(column(&bench.get(&ids), "Contacts", "Name"), ["Old Mill"]);
    assert_eq!(
        bench.get("Contacts?where=Nope%3D%3D1").at("/ErrorNumber"),
        "16"
    );
    let since = bench.get_since("Contacts?includeArchived=true", "2026-11-22T10:00:07");
    assert_eq!(
        column(&since, "Contacts", "Name"),
        ["Contact 6", "Old Mill"],
        "inclusive, and the archived one has moved"
    );
    // A name is free again once its contact is archived.
    bench.contact("old mill");
    let back = bench.write(
        "POST",
        "Contacts",
        &json!({"ContactID": gone, "ContactStatus": "ACTIVE"}),
    );
    assert_eq!(back.status, 400);
}

#[test]
fn nonsense_bodies_are_refused() {
    let mut bench = Bench::new(Country::Gb);
    for (body, number) in [
        ("", "17"),
        ("{\"Contacts\":[]}", "17"),
        ("{\"Contacts\":", "14"),
        ("3", "14"),
    ] {
        let request = bench.builder("POST", "Contacts").body(body.into()).unwrap();
        let answer = bench.send(request);
        assert_eq!(
            (answer.status, answer.at("/ErrorNumber").as_str()),
            (400, number),
            "{body}"
        );
    }
}
