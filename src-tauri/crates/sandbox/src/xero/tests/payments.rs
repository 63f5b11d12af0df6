use serde_json::json;

use super::super::Country;
use super::{Bench, column};

fn pay(bench: &mut Bench, invoice: &str, amount: &str, date: &str) -> super::Answered {
    bench.write(
        "PUT",
        "Payments",
        &json!({"Invoice": {"InvoiceID": invoice}, "Account": {"Code": "090"}, "Date": date, "Amount": amount}),
    )
}

#[test]
fn payments_move_the_amount_due_and_the_status() {
    let mut bench = Bench::new(Country::Gb);
    let contact = bench.contact("Payer Ltd");
    let id = bench.invoice(&contact, "P-1", "AUTHORISED", "100");
    let path = format!("Invoices/{id}");
    bench.wait(1);
    let half = pay(&mut bench, &id, "20", "2026-11-20");
    assert_eq!(half.at("/Payments/0/PaymentType"), "ACCRECPAYMENT");
    let shown = bench.get(&path);
    assert_eq!(
        (
            shown.at("/Invoices/0/AmountDue"),
            shown.at("/Invoices/0/AmountPaid"),
            shown.at("/Invoices/0/Status")
        ),
        ("100.00".into(), "20.00".into(), "AUTHORISED".into())
    );
    assert_eq!(
        shown.at("/Invoices/0/UpdatedDateUTC"),
        half.at("/Payments/0/UpdatedDateUTC"),
        "payment and invoice agree"
    );
    assert_eq!(
        pay(&mut bench, &id, "100.01", "2026-11-21").messages(),
        ["Payment amount exceeds the amount outstanding on this document"]
    );
    bench.wait(1);
    let rest = pay(&mut bench, &id, "100", "2026-11-18").at("/Payments/0/PaymentID");
    let shown = bench.get(&path);
    assert_eq!(
        (
            shown.at("/Invoices/0/Status"),
            shown.at("/Invoices/0/AmountDue")
        ),
        ("PAID".into(), "0.00".into())
    );
    assert_eq!(
        shown.at("/Invoices/0/FullyPaidOnDate"),
        "/Date(1795132800000+0000)/",
        "the latest payment's date"
    );
    assert_eq!(
        shown.json()["Invoices"][0]["Payments"]
            .as_array()
            .unwrap()
            .len(),
        2
    );

    let void = bench.write("POST", &path, &json!({"Status": "VOIDED"}));
    assert_eq!(
        void.messages(),
        [
            "The status VOIDED cannot be applied to the invoice because it has payments or credit notes allocated to it."
        ]
    );
    let other = bench.write(
        "POST",
        &format!("Payments/{rest}"),
        &json!({"Status": "DELETED", "Amount": 5}),
    );
    assert_eq!(
        (other.status, other.at("/Message")),
        (400, "Only Status accepted for updates.".into())
    );
    bench.wait(1);
    let deleted = bench.write(
        "POST",
        &format!("Payments/{rest}"),
        &json!({"Payments": [{"Status": "DELETED"}]}),
    );
    assert_eq!(deleted.at("/Payments/0/Status"), "DELETED");
    let shown = bench.get(&path);
    assert_eq!(
        (
            shown.at("/Invoices/0/Status"),
            shown.at("/Invoices/0/AmountDue")
        ),
        ("AUTHORISED".into(), "100.00".into())
    );
    assert!(shown.json()["Invoices"][0].get("FullyPaidOnDate").is_none());
    assert_eq!(
        shown.at("/Invoices/0/UpdatedDateUTCString"),
        "2026-11-22T10:00:03Z"
    );
    assert_eq!(
        column(&bench.get("Payments?page=1"), "Payments", "Status"),
        ["AUTHORISED", "DELETED"]
    );
    assert_eq!(column(&bench.get(&format!("Payments?where=Invoice.InvoiceID%3D%3Dguid(%22{id}%22)%20AND%20Status%3D%3D%22AUTHORISED%22")), "Payments", "Status"), ["AUTHORISED"]);
}

#[test]
fn wrong_payments() {
    let mut bench = Bench::new(Country::Gb);
    let contact = bench.contact("Payer Ltd");
    let draft = bench.invoice(&contact, "D-1", "DRAFT", "100");
    let open = bench.invoice(&contact, "O-1", "AUTHORISED", "100");
    for (invoice, account, want) in [
        (
            &draft,
            json!({"Code": "090"}),
            "Payments can only be made against Authorised documents",
        ),
        (
            &open,
            json!({"Code": "200"}),
            "Account type is invalid for making a payment to/from",
        ),
        (
            &open,
            json!({}),
            "You must specify an Account code or Account ID for the payment",
        ),
        (&open, json!({"Code": "0"}), "Account could not be found"),
    ] {
        let answer = bench.write(
            "PUT",
            "Payments",
            &json!({"Invoice": {"InvoiceID": invoice}, "Account": account, "Amount": 1}),
        );
        assert_eq!(answer.messages(), [want]);
    }
    let by_number = bench.write(
        "PUT",
        "Payments",
        &json!({"Invoice": {"InvoiceNumber": "O-1"}, "Account": {"Code": "881"}, "Amount": 1}),
    );
    assert_eq!(by_number.status, 200);
    assert_eq!(
        by_number.at("/Payments/0/Date"),
        "/Date(1795305600000+0000)/",
        "today by default"
    );
}

#[test]
fn a_part_paid_invoice_takes_only_harmless_edits() {
    let mut bench = Bench::new(Country::Gb);
    let contact = bench.contact("Part Ltd");
    let id = bench.invoice(&contact, "E-1", "AUTHORISED", "100");
    pay(&mut bench, &id, "20", "2026-11-20");
    let line = bench
        .get(&format!("Invoices/{id}"))
        .at("/Invoices/0/LineItems/0/LineItemID");
    let path = format!("Invoices/{id}");
    for (change, allowed) in [
        (json!({"Reference": "PO 7"}), true),
        (json!({"Url": "https://erp.example/app/1"}), true),
        (
            json!({"LineItems": [{"LineItemID": line, "Description": "Reworded", "AccountCode": "260"}]}),
            true,
        ),
        (json!({"Date": "2026-11-02"}), false),
        (
            json!({"LineItems": [{"LineItemID": line, "Quantity": 2}]}),
            false,
        ),
        (
            json!({"LineItems": [{"Description": "New line", "Quantity": 1, "UnitAmount": 1, "AccountCode": "200"}]}),
            false,
        ),
        (json!({"LineAmountTypes": "Inclusive"}), false),
    ] {
        let answer = bench.write("POST", &path, &change);
        if allowed {
            assert_eq!(answer.status, 200, "{change} {}", answer.text());
        } else {
            assert_eq!(
                answer.messages(),
                [
                    "Invoice not of valid status for modification",
                    "This document cannot be edited as it has a payment or credit note allocated to it."
                ],
                "{change}"
            );
        }
    }
    let before = bench.get(&path).at("/Invoices/0/UpdatedDateUTC");
    bench.wait(10);
    let due = bench.write("POST", &path, &json!({"DueDate": "2026-12-24"}));
    assert_eq!(due.at("/Invoices/0/DueDateString"), "2026-12-24T00:00:00");
    assert_eq!(
        due.at("/Invoices/0/UpdatedDateUTC"),
        before,
        "If-Modified-Since misses this one"
    );
    bench.write(
        "POST",
        &path,
        &json!({"DueDate": "2026-12-25", "Reference": "PO 8"}),
    );
    assert_ne!(bench.get(&path).at("/Invoices/0/UpdatedDateUTC"), before);
}
