use serde_json::json;

use super::super::config::Quirks;
use super::super::{Country, XeroConfig};
use super::{Answered, Bench, column};

fn credit_note(bench: &mut Bench, contact: &str, number: &str, unit: &str) -> Answered {
    bench.write(
        "PUT",
        "CreditNotes",
        &json!({"Type": "ACCRECCREDIT", "Contact": {"ContactID": contact}, "CreditNoteNumber": number,
            "Date": "2026-11-05", "Status": "AUTHORISED",
            "LineItems": [{"Description": "Returned", "Quantity": "1", "UnitAmount": unit, "AccountCode": "200"}]}),
    )
}

fn allocate(bench: &mut Bench, path: &str, invoice: &str, amount: &str) -> Answered {
    bench.write(
        "PUT",
        &format!("{path}/Allocations"),
        &json!({"Allocations": [{"Invoice": {"InvoiceID": invoice}, "Amount": amount, "Date": "2026-11-21"}]}),
    )
}

#[test]
fn a_credit_note_is_allocated_and_taken_back() {
    let mut bench = Bench::new(Country::Gb);
    let contact = bench.contact("Credited Ltd");
    let invoice = bench.invoice(&contact, "C-1", "AUTHORISED", "100");
    let made = credit_note(&mut bench, &contact, "CN-A", "50");
    assert_eq!(
        (
            made.at("/CreditNotes/0/Total"),
            made.at("/CreditNotes/0/RemainingCredit")
        ),
        ("60.00".into(), "60.00".into())
    );
    let id = made.at("/CreditNotes/0/CreditNoteID");
    assert_eq!(made.at("/CreditNotes/0/ID"), id);
    let path = format!("CreditNotes/{id}");
    bench.wait(5);
    let first = allocate(&mut bench, &path, &invoice, "40");
    assert_eq!(first.status, 200, "{}", first.text());
    let allocation = first.at("/Allocations/0/AllocationID");
    let shown = bench.get(&format!("Invoices/{invoice}"));
    assert_eq!(
        (
            shown.at("/Invoices/0/AmountDue"),
            shown.at("/Invoices/0/AmountCredited"),
            shown.at("/Invoices/0/CreditNotes/0/AppliedAmount"),
            shown.at("/Invoices/0/CreditNotes/0/CreditNoteNumber"),
        ),
        (
            "80.00".into(),
            "40.00".into(),
            "40.00".into(),
            "CN-A".into()
        )
    );
    let note = bench.get("CreditNotes/CN-A");
    assert_eq!(
        (
            note.at("/CreditNotes/0/RemainingCredit"),
            note.at("/CreditNotes/0/Status"),
            note.at("/CreditNotes/0/Allocations/0/AllocationID"),
        ),
        ("20.00".into(), "AUTHORISED".into(), allocation.clone())
    );
    assert_eq!(
        note.at("/CreditNotes/0/UpdatedDateUTCString"),
        "2026-11-22T10:00:05Z"
    );
    assert_eq!(
        shown.at("/Invoices/0/UpdatedDateUTCString"),
        "2026-11-22T10:00:05Z",
        "both sides are bumped"
    );
    assert_eq!(
        allocate(&mut bench, &path, &invoice, "20.01").messages(),
        ["Credit Note cannot be allocated as amount is greater than amount outstanding"]
    );
    for (target, body) in [
        (format!("Invoices/{invoice}"), "the invoice"),
        (path.clone(), "the credit note"),
    ] {
        assert_eq!(
            bench
                .write("POST", &target, &json!({"Status": "VOIDED"}))
                .messages(),
            [format!(
                "The status VOIDED cannot be applied to {body} because it has payments or credit notes allocated to it."
            )]
        );
    }
    // Taken back: no tombstone, both bumped.
    bench.wait(5);
    let request = bench
        .builder("DELETE", &format!("{path}/Allocations/{allocation}"))
        .body(bytes::Bytes::new())
        .unwrap();
    let removed = bench.send(request);
    assert_eq!(
        (
            removed.at("/AllocationId"),
            removed.at("/Invoice/0/InvoiceID"),
            removed.at("/IsDeleted")
        ),
        (allocation, invoice.clone(), "true".into())
    );
    let shown = bench.get(&format!("Invoices/{invoice}"));
    assert_eq!(
        (
            shown.at("/Invoices/0/AmountDue"),
            shown.at("/Invoices/0/UpdatedDateUTCString")
        ),
        ("120.00".into(), "2026-11-22T10:00:10Z".into())
    );
    let voided = bench.write("POST", &path, &json!({"Status": "VOIDED"}));
    assert_eq!(voided.at("/CreditNotes/0/Status"), "VOIDED");
}

#[test]
fn credit_that_covers_an_invoice_pays_it() {
    let mut bench = Bench::new(Country::Gb);
    let contact = bench.contact("Covered Ltd");
    let invoice = bench.invoice(&contact, "C-2", "AUTHORISED", "50");
    let id = credit_note(&mut bench, &contact, "CN-B", "100").at("/CreditNotes/0/CreditNoteID");
    let path = format!("CreditNotes/{id}");
    allocate(&mut bench, &path, &invoice, "60");
    let shown = bench.get(&format!("Invoices/{invoice}"));
    assert_eq!(
        (
            shown.at("/Invoices/0/Status"),
            shown.at("/Invoices/0/FullyPaidOnDate"),
        ),
        ("PAID".into(), "/Date(1795219200000+0000)/".into())
    );
    assert_eq!(
        allocate(&mut bench, &path, &invoice, "1").messages(),
        ["The invoice you are trying to allocate to has already been paid off"]
    );
    let stranger = bench.contact("Stranger Ltd");
    let other = bench.invoice(&stranger, "C-3", "AUTHORISED", "50");
    assert_eq!(
        allocate(&mut bench, &path, &other, "1").messages(),
        ["Credit Note cannot be allocated to an invoice of another contact"]
    );
    // The rest is paid back.
    let refund = bench.write(
        "PUT",
        "Payments",
        &json!({"CreditNote": {"CreditNoteNumber": "CN-B"}, "Account": {"Code": "090"}, "Amount": 60, "Date": "2026-11-22"}),
    );
    assert_eq!(
        (
            refund.at("/Payments/0/PaymentType"),
            refund.at("/Payments/0/Invoice/Type"),
            refund.at("/Payments/0/Invoice/InvoiceNumber"),
        ),
        (
            "ARCREDITPAYMENT".into(),
            "ACCRECCREDIT".into(),
            "CN-B".into()
        )
    );
    let note = bench.get(&path);
    assert_eq!(
        (
            note.at("/CreditNotes/0/Status"),
            note.at("/CreditNotes/0/RemainingCredit")
        ),
        ("PAID".into(), "0.00".into())
    );
    let edit = bench.write("POST", &path, &json!({"Date": "2026-11-06"}));
    assert_eq!(
        edit.messages(),
        [
            "Credit note not of valid status for modification",
            "This document cannot be edited as it has a payment or credit note allocated to it."
        ]
    );
}

#[test]
fn wrong_credit_notes() {
    let mut bench = Bench::new(Country::Gb);
    let contact = bench.contact("Wrong Ltd");
    credit_note(&mut bench, &contact, "CN-C", "10");
    assert_eq!(
        credit_note(&mut bench, &contact, "CN-C", "10").messages(),
        ["Credit note number must be unique."]
    );
    let unknown = bench.write(
        "POST",
        "CreditNotes?summarizeErrors=false",
        &json!({"CreditNoteID": "11111111-1111-1111-1111-111111111111", "Reference": "x"}),
    );
    assert_eq!(
        unknown.at("/CreditNotes/0/ValidationErrors/0/Message"),
        "An existing Credit Note with the specified CreditNoteID could not be found"
    );
    let empty = bench.write(
        "PUT",
        "CreditNotes",
        &json!({"Type": "ACCRECCREDIT", "Contact": {"ContactID": contact}}),
    );
    assert_eq!(
        empty.at("/CreditNotes/0/Status"),
        "DRAFT",
        "a draft needs no lines"
    );
    assert_eq!(empty.at("/CreditNotes/0/CreditNoteNumber"), "CN-0001");
    let listed = bench.get("CreditNotes?where=Status%3D%3D%22AUTHORISED%22&page=1");
    assert_eq!(column(&listed, "CreditNotes", "CreditNoteNumber"), ["CN-C"]);
}

#[test]
fn overpayments_and_prepayments_come_from_the_bank() {
    let mut bench = Bench::new(Country::Gb);
    let contact = bench.contact("Early Ltd");
    let invoice = bench.invoice(&contact, "O-1", "AUTHORISED", "100");
    for (kind, plural, id_name, total) in [
        (
            "RECEIVE-OVERPAYMENT",
            "Overpayments",
            "OverpaymentID",
            "25.00",
        ),
        ("RECEIVE-PREPAYMENT", "Prepayments", "PrepaymentID", "30.00"),
    ] {
        let received = bench.write(
            "PUT",
            "BankTransactions",
            &json!({"Type": kind, "Contact": {"ContactID": contact}, "BankAccount": {"Code": "090"}, "Date": "2026-11-10",
                "LineItems": [{"Description": "Money", "Quantity": 1, "UnitAmount": 25, "AccountCode": "200"}]}),
        );
        assert_eq!(received.status, 200, "{}", received.text());
        assert_eq!(received.at("/BankTransactions/0/Total"), total);
        let transaction = received.at("/BankTransactions/0/BankTransactionID");
        let id = received.at(&format!("/BankTransactions/0/{id_name}"));
        let path = format!("{plural}/{id}");
        let used = allocate(&mut bench, &path, &invoice, "10");
        assert_eq!(used.at("/Allocations/0/Amount"), "10.00");
        assert_eq!(
            bench
                .get(&format!("Invoices/{invoice}"))
                .at(&format!("/Invoices/0/{plural}/0/{id_name}")),
            id
        );
        let delete = bench.write(
            "POST",
            &format!("BankTransactions/{transaction}"),
            &json!({"Status": "DELETED"}),
        );
        assert_eq!(delete.status, 400, "some of it is used");
        assert_eq!(column(&bench.get(plural), plural, id_name), [id]);
    }
    assert_eq!(
        bench
            .get(&format!("Invoices/{invoice}"))
            .at("/Invoices/0/AmountDue"),
        "100.00"
    );
    let unused = bench.write(
        "PUT",
        "BankTransactions",
        &json!({"Type": "RECEIVE-OVERPAYMENT", "Contact": {"ContactID": contact}, "BankAccount": {"Code": "090"},
            "LineItems": [{"Description": "Twice", "LineAmount": 5}]}),
    );
    let transaction = unused.at("/BankTransactions/0/BankTransactionID");
    let deleted = bench.write(
        "POST",
        &format!("BankTransactions/{transaction}"),
        &json!({"Status": "DELETED"}),
    );
    assert_eq!(deleted.at("/BankTransactions/0/Status"), "DELETED");
    let id = unused.at("/BankTransactions/0/OverpaymentID");
    assert_eq!(
        bench
            .get(&format!("Overpayments/{id}"))
            .at("/Overpayments/0/Status"),
        "VOIDED"
    );
}

#[test]
fn a_batch_of_payments_stands_and_falls_together() {
    let mut bench = Bench::new(Country::Gb);
    let contact = bench.contact("Batch Ltd");
    let a = bench.invoice(&contact, "B-1", "AUTHORISED", "100");
    let b = bench.invoice(&contact, "B-2", "AUTHORISED", "10");
    let batch = |second: &str| {
        json!({"BatchPayments": [{"Account": {"Code": "090"}, "Date": "2026-11-12", "Reference": "Line 7",
            "Payments": [{"Invoice": {"InvoiceID": a}, "Amount": 120}, {"Invoice": {"InvoiceID": b}, "Amount": second}]}]})
    };
    let refused = bench.write("PUT", "BatchPayments", &batch("13"));
    assert_eq!(
        refused.messages(),
        ["Payment amount exceeds the amount outstanding on this document"]
    );
    assert_eq!(
        bench
            .get(&format!("Invoices/{a}"))
            .at("/Invoices/0/AmountDue"),
        "120.00",
        "nothing was saved"
    );
    let made = bench.write("PUT", "BatchPayments", &batch("12"));
    assert_eq!(
        (
            made.at("/BatchPayments/0/Type"),
            made.at("/BatchPayments/0/TotalAmount")
        ),
        ("RECBATCH".into(), "132.00".into())
    );
    let id = made.at("/BatchPayments/0/BatchPaymentID");
    let payment = made.at("/BatchPayments/0/Payments/0/PaymentID");
    let part = bench.get(&format!("Payments/{payment}"));
    let of = |key: &str| part.at(&format!("/Payments/0/BatchPayment/{key}"));
    assert_eq!(
        (of("BatchPaymentID"), of("Status"), of("TotalAmount")),
        (id.clone(), "AUTHORISED".into(), "132.00".into())
    );
    let alone = bench.write(
        "POST",
        &format!("Payments/{payment}"),
        &json!({"Status": "DELETED"}),
    );
    assert_eq!(
        (alone.status, alone.at("/Message")),
        (400, "Payments within a batch cannot be deleted.".into())
    );
    let deleted = bench.write(
        "POST",
        "BatchPayments",
        &json!({"BatchPaymentID": id, "Status": "DELETED"}),
    );
    assert_eq!(deleted.at("/BatchPayments/0/Status"), "DELETED");
    assert_eq!(deleted.json()["BatchPayments"][0]["Payments"], json!([]));
    assert_eq!(
        bench
            .get(&format!("Invoices/{b}"))
            .at("/Invoices/0/AmountDue"),
        "12.00"
    );
    let payments = bench.get("Payments");
    assert_eq!(
        column(&payments, "Payments", "Status"),
        ["DELETED", "DELETED"]
    );
    let left = payments.json()["Payments"][0]
        .get("BatchPaymentID")
        .is_none();
    assert!(
        left,
        "a deleted payment does not say that it was part of a batch"
    );
    let held = &bench.world.state()["Payments"][0]["BatchPaymentID"];
    assert_eq!(held, &json!(id), "the books know");
    let mut lists = |filter: &str| {
        let found = bench.get(&format!("BatchPayments?where={filter}")).json();
        found["BatchPayments"].as_array().unwrap().len()
    };
    assert_eq!(
        lists("Type%3D%3D%22RECBATCH%22%20AND%20Status%3D%3D%22DELETED%22"),
        1
    );
    assert_eq!(lists("Type%3D%3D%22PAYBATCH%22"), 0);
}

#[test]
fn records_remember_what_happened_to_them() {
    let mut bench = Bench::new(Country::Gb);
    let contact = bench.contact("Noted Ltd");
    let id = bench.invoice(&contact, "H-1", "AUTHORISED", "100");
    let path = format!("Invoices/{id}/History");
    let note = bench.write(
        "PUT",
        &path,
        &json!({"HistoryRecords": [{"Details": "Sent by ERPNext"}]}),
    );
    assert_eq!(note.at("/HistoryRecords/0/Details"), "Sent by ERPNext");
    bench.write(
        "POST",
        &format!("Invoices/{id}"),
        &json!({"Status": "VOIDED"}),
    );
    assert_eq!(
        column(&bench.get(&path), "HistoryRecords", "Changes"),
        ["Voided", "Note", "Approved", "Created"]
    );
    let unknown = bench.write(
        "PUT",
        "Invoices/11111111-1111-1111-1111-111111111111/History",
        &json!({"HistoryRecords": [{"Details": "x"}]}),
    );
    assert_eq!(
        unknown.at("/Message"),
        "The document with the supplied id was not found for this endpoint."
    );
}

#[test]
fn a_person_gives_credit_by_the_same_rules() {
    let mut bench = Bench::new(Country::Gb);
    let contact = bench.contact("Hand Ltd");
    let invoice = bench.invoice(&contact, "M-1", "AUTHORISED", "100");
    let now = bench.now;
    let mut edit = |op| bench.world.edit(&op, now);
    let note = edit(json!({"op": "create_credit_note", "Contact": {"ContactID": contact}, "Status": "AUTHORISED",
        "CreditNoteNumber": "CN-M", "LineItems": [{"Description": "Kind", "UnitAmount": 20, "AccountCode": "200"}]}))
    .unwrap();
    assert_eq!(note["Total"].to_string(), "24.00");
    let allocation =
        edit(json!({"op": "allocate_credit", "CreditNoteNumber": "CN-M", "InvoiceID": invoice}))
            .unwrap();
    assert_eq!(allocation["Amount"].to_string(), "24.00");
    assert_eq!(
        edit(json!({"op": "void_credit_note", "CreditNoteNumber": "CN-M"})).unwrap_err(),
        "The status VOIDED cannot be applied to the credit note because it has payments or credit notes allocated to it."
    );
    edit(json!({"op": "remove_allocation", "CreditNoteNumber": "CN-M", "AllocationID": allocation["AllocationID"]})).unwrap();
    let refund = edit(json!({"op": "refund_credit", "CreditNoteNumber": "CN-M"})).unwrap();
    assert_eq!(refund["Amount"].to_string(), "24.00");
    let money = edit(json!({"op": "receive_money", "Contact": {"ContactID": contact}, "LineItems": [{"Description": "Twice", "LineAmount": 7}]})).unwrap();
    edit(json!({"op": "allocate_credit", "OverpaymentID": money["OverpaymentID"], "InvoiceNumber": "M-1"})).unwrap();
    let state = bench.world.state();
    assert_eq!(state["CreditNotes"][0]["Status"], "PAID");
    assert_eq!(state["Overpayments"][0]["Status"], "PAID");
    assert_eq!(state["Invoices"][0]["AmountDue"].to_string(), "113.00");
}

#[test]
fn a_voided_credit_note_frees_its_number_where_invoices_do() {
    for reuse in [false, true] {
        let mut config = XeroConfig::demo(Country::Gb, 3);
        config.quirks = Quirks {
            number_reuse: reuse,
            ..Quirks::default()
        };
        let mut bench = Bench::with(config);
        let contact = bench.contact("Again Ltd");
        let first =
            credit_note(&mut bench, &contact, "CN-V", "10").at("/CreditNotes/0/CreditNoteID");
        bench.write(
            "POST",
            &format!("CreditNotes/{first}"),
            &json!({"Status": "VOIDED"}),
        );
        let again = credit_note(&mut bench, &contact, "CN-V", "10");
        if reuse {
            let second = again.at("/CreditNotes/0/CreditNoteID");
            assert_ne!(second, first);
            assert_eq!(
                bench
                    .get("CreditNotes/CN-V")
                    .at("/CreditNotes/0/CreditNoteID"),
                second
            );
        } else {
            assert_eq!(again.messages(), ["Credit note number must be unique."]);
        }
        assert_eq!(
            credit_note(&mut bench, &contact, "CN-V", "10").messages(),
            ["Credit note number must be unique."]
        );
    }
}
