//! What has to be taken off a document before it can be changed, and is made again, in one run: payments and
//! the uses of credit notes. Against the demo systems in this process, by the program's own clients.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use rust_decimal::Decimal;
use sandbox::System;
use serde_json::{Value, json};
use tests::office::Office;

/// An office with a contact of its own, Acme, and this invoice of 120.00 for it in Xero; both sides have it.
async fn office(numbers: &[&str]) -> Office {
    let office = Office::open(1, 0).await;
    let acme = json!({ "op": "create_contact", "Name": "Acme" });
    let acme = xero(&office, &acme)["ContactID"].clone();
    for number in numbers {
        let invoice = json!({
            "op": "create_invoice", "Contact": { "ContactID": acme }, "InvoiceNumber": number,
            "Date": "2026-11-20", "DueDate": "2026-12-20", "Status": "AUTHORISED",
            "LineAmountTypes": "Exclusive", "LineItems": [ferns(100)],
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

fn rows(office: &Office, system: System, table: &str) -> Vec<Value> {
    let state = office.state(system);
    state[table].as_array().cloned().unwrap_or_default()
}

/// The last of a system's records that says this.
fn find(office: &Office, system: System, table: &str, field: &str, value: &str) -> Value {
    let found = rows(office, system, table).into_iter().rev();
    let mut found = found.filter(|row| row[field] == value);
    found.next().unwrap_or_else(|| panic!("no {table} {value}"))
}

fn pay_in_xero(office: &Office, number: &str, amount: u32) {
    let id = find(office, System::Xero, "Invoices", "InvoiceNumber", number)["InvoiceID"].clone();
    let pay =
        json!({ "op": "pay_invoice", "InvoiceID": id, "Amount": amount, "Date": "2026-11-21" });
    xero(office, &pay);
}

fn amend(office: &Office, name: &str, fields: &Value) -> String {
    let cancel = json!({ "op": "cancel", "doctype": "Sales Invoice", "name": name });
    erpnext(office, &cancel);
    let amended = erpnext(
        office,
        &json!({ "op": "amend", "name": name, "fields": fields }),
    );
    amended["name"].as_str().unwrap().to_owned()
}

fn dearer() -> Value {
    json!({ "items": [{ "item_name": "Ferns", "description": "Ferns", "qty": 1, "rate": 130,
        "uom": "Hour", "stock_uom": "Hour", "conversion_factor": 1,
        "income_account": "Sales - MF" }] })
}

/// Xero's payments that stand: of which invoice, how much.
fn payments(office: &Office) -> Vec<(String, Value)> {
    let standing = rows(office, System::Xero, "Payments").into_iter();
    let standing = standing.filter(|it| it["Status"] == "AUTHORISED");
    let mut told: Vec<(String, Value)> = standing
        .map(|it| {
            let id = it["Invoice"]["InvoiceID"].as_str().unwrap().to_owned();
            let of = find(office, System::Xero, "Invoices", "InvoiceID", &id);
            let number = of["InvoiceNumber"].as_str().unwrap();
            (number.to_owned(), it["Amount"].clone())
        })
        .collect();
    told.sort_by(|one, other| one.0.cmp(&other.0));
    told
}

fn number(value: &Value) -> Decimal {
    value.to_string().parse().unwrap()
}

fn the_payment(office: &Office) -> String {
    let all = rows(office, System::Erpnext, "Payment Entry");
    let standing = all.iter().find(|it| it["docstatus"] == 1).unwrap();
    standing["name"].as_str().unwrap().to_owned()
}

/// ERPNext takes the payment off the invoice that is cancelled: it is on account, and Xero's is made that.
#[tokio::test]
async fn a_paid_invoice_that_is_amended_in_erpnext_leaves_its_money_on_account() {
    let office = office(&["A-1"]).await;
    pay_in_xero(&office, "A-1", 120);
    office.agreed().await;
    amend(&office, "A-1", &dearer());
    office.agreed().await;
    let invoice = find(&office, System::Xero, "Invoices", "InvoiceNumber", "A-1");
    assert_eq!(
        (number(&invoice["Total"]), number(&invoice["AmountDue"])),
        (Decimal::from(156), Decimal::from(156))
    );
    assert_eq!(payments(&office), []);
    let kept = rows(&office, System::Xero, "Overpayments");
    assert_eq!(number(&kept[0]["RemainingCredit"]), Decimal::from(120));
    // As one it is used on as before.
    let payment = the_payment(&office);
    erpnext(
        &office,
        &json!({ "op": "reconcile", "doctype": "Payment Entry", "name": payment,
            "invoice": "A-1-1" }),
    );
    office.agreed().await;
    let invoice = find(&office, System::Xero, "Invoices", "InvoiceNumber", "A-1");
    assert_eq!(number(&invoice["AmountDue"]), Decimal::from(36));
}

/// The payment was put to the amendment at once: Release, edit, Allocate.
#[tokio::test]
async fn a_paid_invoice_that_is_amended_and_paid_again_in_erpnext_is_edited_in_one_run() {
    let office = office(&["A-1"]).await;
    pay_in_xero(&office, "A-1", 120);
    office.agreed().await;
    let amended = amend(&office, "A-1", &dearer());
    let payment = the_payment(&office);
    erpnext(
        &office,
        &json!({ "op": "reconcile", "doctype": "Payment Entry", "name": payment,
            "invoice": amended }),
    );
    office.agreed().await;
    let invoice = find(&office, System::Xero, "Invoices", "InvoiceNumber", "A-1");
    assert_eq!(
        (number(&invoice["Total"]), number(&invoice["AmountDue"])),
        (Decimal::from(156), Decimal::from(36))
    );
    assert_eq!(payments(&office).len(), 1);
    assert_eq!(rows(&office, System::Xero, "Overpayments").len(), 0);
}

/// A person finds in ERPNext that a payment was for another invoice.
#[tokio::test]
async fn a_payment_that_erpnext_puts_to_another_invoice_is_put_there_in_xero() {
    let office = office(&["A-1", "A-2"]).await;
    pay_in_xero(&office, "A-1", 60);
    office.agreed().await;
    let payment = the_payment(&office);
    let company = &office.books.ready.erpnext.company;
    erpnext(
        &office,
        &json!({ "op": "create", "doctype": "Unreconcile Payment", "submit": true, "fields": {
            "company": company, "voucher_type": "Payment Entry", "voucher_no": payment,
            "allocations": [{ "account": "Debtors - MF", "party_type": "Customer",
                "party": "Acme", "reference_doctype": "Sales Invoice",
                "reference_name": "A-1", "allocated_amount": 60 }] } }),
    );
    erpnext(
        &office,
        &json!({ "op": "reconcile", "doctype": "Payment Entry", "name": payment,
            "invoice": "A-2" }),
    );
    office.agreed().await;
    let told = payments(&office);
    assert_eq!(told.len(), 1);
    assert_eq!(
        (told[0].0.as_str(), number(&told[0].1)),
        ("A-2", Decimal::from(60))
    );
    // It carries on as one and the same payment.
    erpnext(
        &office,
        &json!({ "op": "cancel", "doctype": "Payment Entry", "name": payment }),
    );
    office.agreed().await;
    assert_eq!(payments(&office), []);
}

/// Xero takes other words on a credit note that is used; ERPNext has to replace it.
#[tokio::test]
async fn a_credit_note_that_is_used_is_edited_on_either_side() {
    let office = office(&["A-1"]).await;
    let acme = find(&office, System::Xero, "Contacts", "Name", "Acme")["ContactID"].clone();
    let note = json!({
        "op": "create_credit_note", "Contact": { "ContactID": acme }, "CreditNoteNumber": "CN-1",
        "Date": "2026-11-21", "Status": "AUTHORISED", "LineAmountTypes": "Exclusive",
        "LineItems": [ferns(50)],
    });
    let note = xero(&office, &note);
    office.agreed().await;
    // Unused: it is replaced.
    let mut line = note["LineItems"][0].clone();
    line["UnitAmount"] = json!(60);
    line["LineAmount"] = json!(60);
    line.as_object_mut().unwrap().remove("TaxAmount");
    let edit = json!({ "op": "edit_credit_note", "CreditNoteID": note["CreditNoteID"],
        "LineItems": [line] });
    xero(&office, &edit);
    office.agreed().await;
    let one = find(
        &office,
        System::Erpnext,
        "Sales Invoice",
        "amended_from",
        "CN-1",
    );
    assert_eq!(
        (&one["name"], number(&one["grand_total"])),
        (&json!("CN-1-1"), Decimal::from(-72))
    );
    // Used.
    let id = find(&office, System::Xero, "Invoices", "InvoiceNumber", "A-1")["InvoiceID"].clone();
    xero(
        &office,
        &json!({ "op": "allocate_credit", "CreditNoteNumber": "CN-1",
            "InvoiceID": id, "Amount": 30 }),
    );
    office.agreed().await;
    let mut line = find(
        &office,
        System::Xero,
        "CreditNotes",
        "CreditNoteNumber",
        "CN-1",
    )["LineItems"][0]
        .clone();
    line["Description"] = json!("Ferns, wilted");
    let edit = json!({ "op": "edit_credit_note", "CreditNoteID": note["CreditNoteID"],
        "LineItems": [line] });
    xero(&office, &edit);
    office.agreed().await;
    let two = find(
        &office,
        System::Erpnext,
        "Sales Invoice",
        "amended_from",
        "CN-1-1",
    );
    assert_eq!(two["items"][0]["description"], "Ferns, wilted");
    let lowered = find(&office, System::Erpnext, "Sales Invoice", "name", "A-1");
    assert_eq!(number(&lowered["outstanding_amount"]), Decimal::from(90));
    // And amended in ERPNext, in its figures, which takes it off what it was used for.
    let entries = rows(&office, System::Erpnext, "Journal Entry");
    let entry = entries.iter().rfind(|it| it["docstatus"] == 1).unwrap();
    let cancel = json!({ "op": "cancel", "doctype": "Journal Entry", "name": entry["name"] });
    erpnext(&office, &cancel);
    let mut items = dearer();
    items["items"][0]["qty"] = json!(-1);
    amend(&office, "CN-1-2", &items);
    office.agreed().await;
    let note = find(
        &office,
        System::Xero,
        "CreditNotes",
        "CreditNoteNumber",
        "CN-1",
    );
    assert_eq!(
        (number(&note["Total"]), number(&note["RemainingCredit"])),
        (Decimal::from(156), Decimal::from(156))
    );
}
