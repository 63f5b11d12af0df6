//! What a reader of changes stumbles over: moving pages, touched records, merges, locks.

use serde_json::json;

use super::super::Country;
use super::{Bench, column};

fn millis(bench: &mut Bench, path: &str, pointer: &str) -> i64 {
    let text = bench.get(path).at(pointer);
    let digits = text.trim_start_matches("/Date(").split('+').next().unwrap();
    digits.parse().unwrap()
}

#[test]
fn a_row_touched_between_two_pages_moves_to_the_end_and_hides_its_neighbour() {
    let mut bench = Bench::new(Country::Gb);
    let contact = bench.contact("Pages Ltd");
    for number in 0..6 {
        bench.wait(1);
        bench.invoice(&contact, &format!("P-{number}"), "AUTHORISED", "10");
    }
    let page = |bench: &mut Bench, page: u32| {
        let answer = bench.get(&format!("Invoices?page={page}&pageSize=2"));
        (
            column(&answer, "Invoices", "InvoiceNumber"),
            answer.at("/pagination/itemCount"),
        )
    };
    assert_eq!(page(&mut bench, 1).0, ["P-0", "P-1"]);
    bench.wait(1);
    bench.write("POST", "Invoices/P-0", &json!({"Reference": "touched"}));
    // P-2 has moved to page one, unseen; P-0 comes a second time, at the end.
    assert_eq!(page(&mut bench, 2).0, ["P-3", "P-4"]);
    assert_eq!(
        page(&mut bench, 3),
        (vec!["P-5".into(), "P-0".into()], "6".into())
    );
    assert_eq!(page(&mut bench, 4).0, Vec::<String>::new());
    bench.wait(1);
    bench.invoice(&contact, "P-6", "AUTHORISED", "10");
    assert_eq!(page(&mut bench, 4), (vec!["P-6".into()], "7".into()));
}

#[test]
fn everything_touched_is_bumped_and_nothing_else() {
    let mut bench = Bench::new(Country::Gb);
    let contact = bench.contact("Bumped Ltd");
    let invoice = bench.invoice(&contact, "I-1", "AUTHORISED", "100");
    let other = bench.invoice(&contact, "I-2", "AUTHORISED", "100");
    let note = bench
        .write(
            "PUT",
            "CreditNotes",
            &json!({"Type": "ACCRECCREDIT", "Contact": {"ContactID": contact}, "Date": "2026-11-02",
                "Status": "AUTHORISED", "LineItems": [{"Description": "Back", "Quantity": 1,
                "UnitAmount": 50, "AccountCode": "200"}]}),
        )
        .at("/CreditNotes/0/CreditNoteID");
    let of = |bench: &mut Bench| {
        [
            millis(
                bench,
                &format!("Invoices/{invoice}"),
                "/Invoices/0/UpdatedDateUTC",
            ),
            millis(
                bench,
                &format!("Invoices/{other}"),
                "/Invoices/0/UpdatedDateUTC",
            ),
            millis(
                bench,
                &format!("CreditNotes/{note}"),
                "/CreditNotes/0/UpdatedDateUTC",
            ),
            millis(
                bench,
                &format!("Contacts/{contact}"),
                "/Contacts/0/UpdatedDateUTC",
            ),
        ]
    };
    let mut before = of(&mut bench);
    let mut step = |bench: &mut Bench, what: &str, touched: [bool; 4]| {
        let after = of(bench);
        for (index, touched) in touched.into_iter().enumerate() {
            assert_eq!(
                after[index] > before[index],
                touched,
                "{what}, record {index}"
            );
        }
        before = after;
        bench.wait(10);
    };
    bench.wait(10);
    let paid = bench.write(
        "PUT",
        "Payments",
        &json!({"Invoice": {"InvoiceID": invoice}, "Account": {"Code": "090"},
            "Date": "2026-11-10", "Amount": 20}),
    );
    let payment = paid.at("/Payments/0/PaymentID");
    step(&mut bench, "payment", [true, false, false, false]);
    bench.write(
        "POST",
        &format!("Payments/{payment}"),
        &json!({"Status": "DELETED"}),
    );
    step(&mut bench, "payment deleted", [true, false, false, false]);
    bench.write(
        "PUT",
        &format!("CreditNotes/{note}/Allocations"),
        &json!({"Allocations": [{"Invoice": {"InvoiceID": invoice}, "Amount": 30, "Date": "2026-11-11"}]}),
    );
    step(&mut bench, "allocation", [true, false, true, false]);
    let used = bench.get(&format!("CreditNotes/{note}"));
    let allocation = used.at("/CreditNotes/0/Allocations/0/AllocationID");
    let path = format!("CreditNotes/{note}/Allocations/{allocation}");
    let delete = bench
        .builder("DELETE", &path)
        .body(bytes::Bytes::new())
        .unwrap();
    assert_eq!(bench.send(delete).status, 200);
    step(&mut bench, "allocation removed", [true, false, true, false]);
    bench.write(
        "POST",
        &format!("Contacts/{contact}"),
        &json!({"FirstName": "Ada"}),
    );
    step(&mut bench, "contact edited", [false, false, false, true]);
    bench.write("POST", "Invoices/I-2", &json!({"Status": "VOIDED"}));
    step(&mut bench, "voided", [false, true, false, false]);
}

#[test]
fn a_merge_takes_credit_and_its_remaining_use_along() {
    let mut bench = Bench::new(Country::Gb);
    let (loser, winner) = (bench.contact("Loser Ltd"), bench.contact("Winner Ltd"));
    let note = bench
        .write(
            "PUT",
            "CreditNotes",
            &json!({"Type": "ACCRECCREDIT", "Contact": {"ContactID": loser}, "Status": "AUTHORISED",
                "LineItems": [{"Description": "Back", "Quantity": 1, "UnitAmount": 10, "AccountCode": "200"}]}),
        )
        .at("/CreditNotes/0/CreditNoteID");
    let invoice = bench.invoice(&winner, "M-1", "AUTHORISED", "100");
    bench.wait(5);
    let merge = json!({"op": "merge_contact", "ContactID": loser, "MergedToContactID": winner});
    bench.world.edit(&merge, bench.now).unwrap();
    let moved = bench.get(&format!("CreditNotes/{note}"));
    assert_eq!(moved.at("/CreditNotes/0/Contact/ContactID"), winner);
    let used = bench.write(
        "PUT",
        &format!("CreditNotes/{note}/Allocations"),
        &json!({"Allocations": [{"Invoice": {"InvoiceID": invoice}, "Amount": 12, "Date": "2026-11-11"}]}),
    );
    assert_eq!(used.status, 200, "{}", used.text());
    let gone = bench.get("Contacts?page=1&includeArchived=true&where=Name%3D%3D%22Loser%20Ltd%22");
    assert_eq!(gone.at("/Contacts/0/ContactStatus"), "ARCHIVED");
    assert_eq!(gone.at("/Contacts/0/MergedToContactID"), winner);
    let unpaged = bench.get("Contacts?includeArchived=true&where=Name%3D%3D%22Loser%20Ltd%22");
    assert_eq!(unpaged.json()["Contacts"][0].get("MergedToContactID"), None);
}

#[test]
fn locked_periods_hold_payments_and_allocations_fast() {
    let mut bench = Bench::new(Country::Gb);
    let contact = bench.contact("Locked Ltd");
    let invoice = bench.invoice(&contact, "L-1", "AUTHORISED", "100");
    let pay = |date: &str| {
        json!({"Invoice": {"InvoiceID": invoice}, "Account": {"Code": "090"}, "Date": date,
            "Amount": 10})
    };
    let paid = bench.write("PUT", "Payments", &pay("2026-11-05"));
    let payment = paid.at("/Payments/0/PaymentID");
    let note = bench
        .write(
            "PUT",
            "CreditNotes",
            &json!({"Type": "ACCRECCREDIT", "Contact": {"ContactID": contact}, "Date": "2026-11-02",
                "Status": "AUTHORISED", "LineItems": [{"Description": "Back", "Quantity": 1,
                "UnitAmount": 50, "AccountCode": "200"}]}),
        )
        .at("/CreditNotes/0/CreditNoteID");
    let allocate = json!({"Allocations": [{"Invoice": {"InvoiceID": invoice}, "Amount": 5, "Date": "2026-11-05"}]});
    let path = format!("CreditNotes/{note}/Allocations");
    assert_eq!(bench.write("PUT", &path, &allocate).status, 200);
    let used = bench.get(&format!("CreditNotes/{note}"));
    let allocation = used.at("/CreditNotes/0/Allocations/0/AllocationID");
    let lock = json!({"op": "set_lock_date", "PeriodLockDate": "2026-11-10"});
    bench.world.edit(&lock, bench.now).unwrap();

    let message =
        "The document date cannot be before the period lock date, currently set at 10-Nov-2026";
    assert!(
        bench
            .write("PUT", "Payments", &pay("2026-11-10"))
            .text()
            .contains(message)
    );
    assert_eq!(
        bench.write("PUT", "Payments", &pay("2026-11-11")).status,
        200
    );
    let deleted = bench.write(
        "POST",
        &format!("Payments/{payment}"),
        &json!({"Status": "DELETED"}),
    );
    assert_eq!(deleted.at("/Message"), message);
    assert!(
        bench
            .write("PUT", &path, &allocate)
            .text()
            .contains(message)
    );
    let path = format!("CreditNotes/{note}/Allocations/{allocation}");
    let delete = bench
        .builder("DELETE", &path)
        .body(bytes::Bytes::new())
        .unwrap();
    assert_eq!(bench.send(delete).at("/Message"), message);
    // Nothing of a locked document is edited, not even its reference.
    let edited = bench.write("POST", "Invoices/L-1", &json!({"Reference": "x"}));
    assert_eq!(edited.messages(), [message]);
}

#[test]
fn lists_take_every_documented_query() {
    let mut bench = Bench::new(Country::Gb);
    let (a, b) = (bench.contact("Alder Ltd"), bench.contact("Birch Ltd"));
    for (contact, number, status) in [
        (&a, "Q-1", "AUTHORISED"),
        (&a, "Q-2", "DRAFT"),
        (&b, "Q-3", "SUBMITTED"),
        (&b, "Q-4", "AUTHORISED"),
    ] {
        bench.wait(1);
        bench.invoice(contact, number, status, "10");
    }
    bench.write(
        "POST",
        "Invoices/Q-4",
        &json!({"Reference": "Alder's order"}),
    );
    let id = bench.get("Invoices/Q-1").at("/Invoices/0/InvoiceID");
    for (query, want) in [
        (format!("IDs={id}"), vec!["Q-1"]),
        (format!("ids={id}&Statuses=DRAFT"), vec![]),
        ("InvoiceNumbers=q-2,Q-3,none".into(), vec!["Q-2", "Q-3"]),
        (format!("ContactIDs={b}"), vec!["Q-3", "Q-4"]),
        ("Statuses=draft,SUBMITTED".into(), vec!["Q-2", "Q-3"]),
        ("searchTerm=alder".into(), vec!["Q-4"]),
        ("searchTerm=q-1".into(), vec!["Q-1"]),
        (
            "order=InvoiceNumber%20DESC".into(),
            vec!["Q-4", "Q-3", "Q-2", "Q-1"],
        ),
        (
            "order=Date,InvoiceNumber&pageSize=3&page=2".into(),
            vec!["Q-4"],
        ),
        (
            "where=Contact.Name%3D%22birch%20ltd%22".into(),
            vec!["Q-3", "Q-4"],
        ),
        (
            "where=AmountDue%3E11.99%20AND%20Status%3D%3D%22DRAFT%22".into(),
            vec!["Q-2"],
        ),
        (
            format!("where=InvoiceID%3D%3Dguid(%22{id}%22)"),
            vec!["Q-1"],
        ),
        ("pageSize=0&page=1".into(), vec!["Q-1"]),
        (
            "pageSize=5000&page=1".into(),
            vec!["Q-1", "Q-2", "Q-3", "Q-4"],
        ),
        (
            "createdByMyApp=True&page=1".into(),
            vec!["Q-1", "Q-2", "Q-3", "Q-4"],
        ),
    ] {
        let answer = bench.get(&format!("Invoices?{query}"));
        assert_eq!(
            column(&answer, "Invoices", "InvoiceNumber"),
            want,
            "{query}"
        );
    }
    let clamped = bench.get("Invoices?pageSize=5000&page=1");
    assert_eq!(clamped.at("/pagination/pageSize"), "1000");
    let summary = bench.get("Invoices?summaryOnly=true").json();
    assert_eq!(summary["pagination"]["itemCount"], 4);
    for missing in ["LineItems", "Payments", "HasAttachments"] {
        assert_eq!(summary["Invoices"][0].get(missing), None, "{missing}");
    }
    let summary = bench.get("Contacts?summaryOnly=true").json();
    assert_eq!(summary["pagination"]["itemCount"], 2);
    for missing in ["Addresses", "ContactPersons", "IsCustomer", "Balances"] {
        assert_eq!(summary["Contacts"][0].get(missing), None, "{missing}");
    }
    for (query, want) in [
        ("searchTerm=ALD", vec!["Alder Ltd"]),
        ("order=Name%20DESC", vec!["Birch Ltd", "Alder Ltd"]),
        ("where=Name.StartsWith(%22b%22)", vec!["Birch Ltd"]),
    ] {
        let answer = bench.get(&format!("Contacts?{query}"));
        assert_eq!(column(&answer, "Contacts", "Name"), want, "{query}");
    }
}
