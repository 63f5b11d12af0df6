//! Invoices that are paid or credited and edited in Xero: in ERPNext they are freed of that, replaced, and settled
//! again, in one run. Against the demo systems in this process, by the program's own clients.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use rust_decimal::Decimal;
use sandbox::System;
use serde_json::{Value, json};
use tests::office::Office;

/// Invoices of 120.00 for Acme, made in Xero; both sides have them.
async fn office(numbers: &[&str]) -> Office {
    let office = Office::open(1, 0).await;
    let acme = xero(&office, &json!({ "op": "create_contact", "Name": "Acme" }));
    for number in numbers {
        let invoice = json!({
            "op": "create_invoice", "Contact": { "ContactID": acme["ContactID"] },
            "InvoiceNumber": number, "Date": "2026-11-20", "DueDate": "2026-12-20",
            "Status": "AUTHORISED", "LineAmountTypes": "Exclusive", "LineItems": [ferns(100)],
        });
        xero(&office, &invoice);
    }
    office.agreed().await;
    office
}

fn ferns(price: u32) -> Value {
    json!({ "Description": "Ferns", "Quantity": 1, "UnitAmount": price, "AccountCode": "200",
        "TaxType": "OUTPUT2" })
}

fn xero(office: &Office, operation: &Value) -> Value {
    let done = office.edit(System::Xero, operation);
    done.unwrap_or_else(|why| panic!("{operation}: {why}"))
}

fn erpnext(office: &Office, operation: &Value) -> Value {
    let done = office.edit(System::Erpnext, operation);
    done.unwrap_or_else(|why| panic!("{operation}: {why}"))
}

fn standing(office: &Office, doctype: &str) -> Vec<Value> {
    let state = office.state(System::Erpnext);
    let rows = state[doctype].as_array().into_iter().flatten();
    rows.filter(|row| row["docstatus"] == 1).cloned().collect()
}

fn find(office: &Office, system: System, table: &str, field: &str, value: &str) -> Value {
    let state = office.state(system);
    let mut rows = state[table].as_array().into_iter().flatten();
    let found = rows.find(|row| row[field] == value);
    found
        .unwrap_or_else(|| panic!("no {table} {value}"))
        .clone()
}

fn invoice_id(office: &Office, number: &str) -> Value {
    find(office, System::Xero, "Invoices", "InvoiceNumber", number)["InvoiceID"].clone()
}

fn pay(office: &Office, number: &str, amount: u32) -> Value {
    let id = invoice_id(office, number);
    xero(
        office,
        &json!({ "op": "pay_invoice", "InvoiceID": id, "Amount": amount, "Date": "2026-11-21" }),
    )
}

fn due_on(office: &Office, number: &str, day: &str) {
    let id = invoice_id(office, number);
    xero(
        office,
        &json!({ "op": "edit_invoice", "InvoiceID": id, "DueDate": day }),
    );
}

fn number(value: &Value) -> Decimal {
    value.to_string().parse().unwrap()
}

/// What takes the place of an invoice in ERPNext: when it is due, and what is owed of it.
fn replaced(office: &Office, by: &str) -> (String, Decimal) {
    let now = find(office, System::Erpnext, "Sales Invoice", "name", by);
    let day = now["due_date"].as_str().unwrap().to_owned();
    (day, number(&now["outstanding_amount"]))
}

/// What ERPNext's payments that stand are for.
fn paid_for(office: &Office) -> Vec<(String, String, Decimal)> {
    let payments = standing(office, "Payment Entry");
    let mut told = Vec::new();
    for payment in &payments {
        assert_eq!(number(&payment["unallocated_amount"]), Decimal::ZERO);
        for row in payment["references"].as_array().unwrap() {
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            told.push((
                text(&payment["name"]),
                text(&row["reference_name"]),
                number(&row["allocated_amount"]),
            ));
        }
    }
    told.sort();
    told
}

#[tokio::test]
async fn its_payments_stay_what_they_are_and_pay_what_takes_its_place() {
    let office = office(&["A-1", "A-2"]).await;
    pay(&office, "A-1", 50);
    pay(&office, "A-1", 70);
    pay(&office, "A-2", 20);
    office.agreed().await;
    let before = paid_for(&office);
    due_on(&office, "A-1", "2026-12-31");
    due_on(&office, "A-2", "2026-12-31");
    office.agreed().await;
    let zero = Decimal::ZERO;
    assert_eq!(replaced(&office, "A-1-1"), ("2026-12-31".into(), zero));
    assert_eq!(
        replaced(&office, "A-2-1"),
        ("2026-12-31".into(), Decimal::from(100))
    );
    let after = before.into_iter().map(|(payment, invoice, amount)| {
        let by = format!("{invoice}-1");
        (payment, by, amount)
    });
    assert_eq!(paid_for(&office), after.collect::<Vec<_>>());
}

/// Its figures can be changed in Xero once its payment is removed; it is paid again there.
#[tokio::test]
async fn one_whose_payment_was_removed_and_entered_again_is_other_in_all_of_it() {
    let office = office(&["A-1"]).await;
    let payment = pay(&office, "A-1", 120);
    office.agreed().await;
    let id = invoice_id(&office, "A-1");
    let removed = json!({ "op": "delete_payment", "PaymentID": payment["PaymentID"] });
    xero(&office, &removed);
    let mut line =
        find(&office, System::Xero, "Invoices", "InvoiceNumber", "A-1")["LineItems"][0].clone();
    line["UnitAmount"] = json!(130);
    line["LineAmount"] = json!(130);
    line.as_object_mut().unwrap().remove("TaxAmount");
    xero(
        &office,
        &json!({ "op": "edit_invoice", "InvoiceID": id, "LineItems": [line] }),
    );
    pay(&office, "A-1", 100);
    office.agreed().await;
    let (_, owed) = replaced(&office, "A-1-1");
    assert_eq!(owed, Decimal::from(56));
    assert_eq!(paid_for(&office).len(), 1);
}

/// A credit note is used for it too, by an entry of ours.
#[tokio::test]
async fn one_that_is_credited_too_is_credited_again() {
    let office = office(&["A-1"]).await;
    let acme = find(&office, System::Xero, "Contacts", "Name", "Acme")["ContactID"].clone();
    let note = json!({
        "op": "create_credit_note", "Contact": { "ContactID": acme }, "CreditNoteNumber": "CN-1",
        "Date": "2026-11-21", "Status": "AUTHORISED", "LineAmountTypes": "Exclusive",
        "LineItems": [ferns(50)],
    });
    xero(&office, &note);
    let id = invoice_id(&office, "A-1");
    xero(
        &office,
        &json!({ "op": "allocate_credit", "CreditNoteNumber": "CN-1", "InvoiceID": id,
            "Amount": 30 }),
    );
    pay(&office, "A-1", 40);
    office.agreed().await;
    due_on(&office, "A-1", "2026-12-31");
    office.agreed().await;
    let owed = Decimal::from(50);
    assert_eq!(replaced(&office, "A-1-1"), ("2026-12-31".into(), owed));
    let entries = standing(&office, "Journal Entry");
    assert_eq!(entries.len(), 1, "{entries:?}");
    assert!(entries[0].to_string().contains("\"A-1-1\""));
}

/// A person's journal entry pays a part of it: nothing is taken off, and a person is told.
#[tokio::test]
async fn what_a_person_booked_is_asked_about_before_the_first_step() {
    let office = office(&["A-1"]).await;
    pay(&office, "A-1", 40);
    office.agreed().await;
    let company = office.books.ready.erpnext.company.clone();
    let entry = json!({
        "op": "create", "doctype": "Journal Entry", "submit": true, "fields": {
            "voucher_type": "Journal Entry", "company": company, "posting_date": "2026-11-23",
            "accounts": [
                { "account": "Debtors - MF", "party_type": "Customer", "party": "Acme",
                    "credit_in_account_currency": 30, "reference_type": "Sales Invoice",
                    "reference_name": "A-1" },
                { "account": "Write Off - MF", "debit_in_account_currency": 30,
                    "cost_center": "Main - MF" },
            ] },
    });
    erpnext(&office, &entry);
    office.sync().await;
    let before = (office.asked().await, paid_for(&office));
    due_on(&office, "A-1", "2026-12-31");
    for _ in 0..2 {
        let run = office.sync().await;
        assert_eq!(run.writes, 0, "{run:?}");
    }
    let causes = office.asked().await;
    assert!(causes.contains(&"cannot_edit".to_owned()), "{causes:?}");
    assert_eq!(paid_for(&office), before.1);
    let held = find(&office, System::Erpnext, "Sales Invoice", "name", "A-1");
    assert_eq!(held["docstatus"], 1);
    // What stands in the way is taken away, and it goes.
    let name = standing(&office, "Journal Entry")[0]["name"].clone();
    erpnext(
        &office,
        &json!({ "op": "cancel", "doctype": "Journal Entry", "name": name }),
    );
    office.agreed().await;
    let owed = Decimal::from(80);
    assert_eq!(replaced(&office, "A-1-1"), ("2026-12-31".into(), owed));
}

/// An office with a credit note of which 30.00 is used for A-1, by an entry of ours in ERPNext.
async fn credited() -> Office {
    let office = office(&["A-1", "A-2"]).await;
    let acme = find(&office, System::Xero, "Contacts", "Name", "Acme")["ContactID"].clone();
    let note = json!({
        "op": "create_credit_note", "Contact": { "ContactID": acme }, "CreditNoteNumber": "CN-1",
        "Date": "2026-11-21", "Status": "AUTHORISED", "LineAmountTypes": "Exclusive",
        "LineItems": [ferns(50)],
    });
    xero(&office, &note);
    use_for(&office, "A-1", 30);
    office.agreed().await;
    office
}

fn use_for(office: &Office, invoice: &str, amount: u32) {
    let id = invoice_id(office, invoice);
    xero(
        office,
        &json!({ "op": "allocate_credit", "CreditNoteNumber": "CN-1", "InvoiceID": id,
            "Amount": amount }),
    );
}

fn cancel(office: &Office, doctype: &str, name: &str) {
    erpnext(
        office,
        &json!({ "op": "cancel", "doctype": doctype, "name": name }),
    );
}

/// ERPNext takes it out of the entry without the credit note changing; in Xero the credit is taken back first.
#[tokio::test]
async fn one_that_is_credited_and_cancelled_in_erpnext_is_voided_in_xero() {
    let office = credited().await;
    pay(&office, "A-1", 40);
    office.agreed().await;
    cancel(&office, "Sales Invoice", "A-1");
    office.agreed().await;
    let ended = find(&office, System::Xero, "Invoices", "InvoiceNumber", "A-1");
    assert_eq!(ended["Status"], "VOIDED");
    let note = find(
        &office,
        System::Xero,
        "CreditNotes",
        "CreditNoteNumber",
        "CN-1",
    );
    assert_eq!(number(&note["RemainingCredit"]), Decimal::from(60));
}

/// A person cancels and amends the credit note in ERPNext: our entry settles the invoice without it, and is made
/// anew for the amendment.
#[tokio::test]
async fn a_credit_note_that_was_amended_before_a_sync_is_used_again() {
    let office = credited().await;
    cancel(&office, "Sales Invoice", "CN-1");
    erpnext(
        &office,
        &json!({ "op": "amend", "name": "CN-1", "fields": { "po_no": "amended" } }),
    );
    office.agreed().await;
    let entries = standing(&office, "Journal Entry");
    assert_eq!(entries.len(), 1, "{entries:?}");
    assert!(entries[0].to_string().contains("\"CN-1-1\""));
    let lowered = find(&office, System::Erpnext, "Sales Invoice", "name", "A-1");
    assert_eq!(number(&lowered["outstanding_amount"]), Decimal::from(90));
    let note = find(
        &office,
        System::Xero,
        "CreditNotes",
        "CreditNoteNumber",
        "CN-1",
    );
    assert_eq!(number(&note["RemainingCredit"]), Decimal::from(30));
}

/// Its invoice is cancelled in ERPNext, which leaves the credit on account with our entry: once it is used for
/// another, that entry is cancelled.
#[tokio::test]
async fn credit_that_an_entry_of_ours_holds_for_an_ended_invoice_is_used_for_another() {
    let office = credited().await;
    cancel(&office, "Sales Invoice", "A-1");
    office.agreed().await;
    assert_eq!(
        standing(&office, "Journal Entry").len(),
        1,
        "it holds the credit"
    );
    use_for(&office, "A-2", 50);
    office.agreed().await;
    let entries = standing(&office, "Journal Entry");
    assert_eq!(entries.len(), 1, "{entries:?}");
    let lowered = find(&office, System::Erpnext, "Sales Invoice", "name", "A-2");
    assert_eq!(number(&lowered["outstanding_amount"]), Decimal::from(70));
    let note = find(&office, System::Erpnext, "Sales Invoice", "name", "CN-1");
    assert_eq!(number(&note["outstanding_amount"]), Decimal::from(-10));
}
