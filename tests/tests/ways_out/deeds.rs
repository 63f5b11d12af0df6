//! What people do in both systems, as the table's cases need it.
#![allow(
    clippy::needless_pass_by_value,
    reason = "values are made where a deed is written"
)]

use sandbox::System;
use serde_json::json;

use super::office::{Office, text};

/// Nothing.
pub fn nothing(_: &Office) {}

/// An invoice that both sides have.
pub fn linked(o: &Office) {
    o.contact("Acme", json!({}));
    o.invoice("Acme", "A-1", json!({}));
}

/// A contact that both sides have.
pub fn linked_contact(o: &Office) {
    o.contact("Acme", json!({ "EmailAddress": "a@acme.example" }));
}

pub fn sell(o: &Office) {
    let customer = o.customer("Acme", json!({}));
    o.sales_invoice(&customer, "E-1", json!({}));
}

pub fn cancel(o: &Office) {
    o.on_sales_invoice("cancel", "E-1");
}

pub fn void(o: &Office, number: &str) {
    let id = o.numbered(number);
    o.xero(&json!({ "op": "void_invoice", "InvoiceID": id }));
}

pub fn pay_in_xero(o: &Office) {
    let id = o.numbered("A-1");
    o.xero(&json!({ "op": "pay_invoice", "InvoiceID": id, "Amount": 50, "Date": "2026-11-21" }));
}

/// A part of an invoice is written off in ERPNext, by a journal entry.
/// As a loss of exchange rates: any other write-off is a payment in Xero.
pub fn write_off(o: &Office, amount: u32) {
    let customer = of_customer(o, "Acme");
    o.erpnext(
        &json!({ "op": "create", "doctype": "Journal Entry", "submit": true, "fields": {
        "voucher_type": "Exchange Gain Or Loss", "company": "Maple Florist Ltd",
        "posting_date": "2026-11-21", "accounts": [
            { "account": "Debtors - MF", "party_type": "Customer", "party": customer,
                "credit_in_account_currency": amount, "reference_type": "Sales Invoice",
                "reference_name": "A-1" },
            { "account": "Write Off - MF", "debit_in_account_currency": amount },
        ] } }),
    );
}

pub fn take_write_off_back(o: &Office) {
    let name = &o.state(System::Erpnext)["Journal Entry"][0]["name"];
    o.erpnext(&json!({ "op": "cancel", "doctype": "Journal Entry", "name": name }));
}

/// An invoice of 120.00 and a credit note of 60.00 that both sides have.
pub fn credited(o: &Office) {
    linked(o);
    credit(o, &of_contact(o, "Acme"));
}

/// A credit note of 50.00 and 20 % in Xero.
pub fn credit(o: &Office, contact: &str) {
    o.xero(
        &json!({ "op": "create_credit_note", "Contact": { "ContactID": contact },
        "CreditNoteNumber": "CN-1", "Date": "2026-11-21", "Status": "AUTHORISED",
        "LineAmountTypes": "Exclusive", "LineItems": [{ "Description": "Ferns", "Quantity": 1,
            "UnitAmount": 50, "AccountCode": "200", "TaxType": "OUTPUT2" }] }),
    );
}

/// A part of the credit note is used for the invoice.
pub fn use_in_xero(o: &Office, amount: u32) {
    o.xero(
        &json!({ "op": "allocate_credit", "CreditNoteNumber": "CN-1", "InvoiceNumber": "A-1",
        "Amount": amount, "Date": "2026-11-22" }),
    );
}

pub fn use_in_erpnext(o: &Office, amount: u32) {
    o.erpnext(&json!({ "op": "reconcile", "name": "CN-1", "invoice": "A-1", "amount": amount }));
}

pub fn take_use_back_in_xero(o: &Office) {
    let note = o.find(System::Xero, "CreditNotes", "CreditNoteNumber", "CN-1");
    let id = &note["Allocations"][0]["AllocationID"];
    o.xero(&json!({ "op": "remove_allocation", "CreditNoteNumber": "CN-1", "AllocationID": id }));
}

pub fn take_use_back_in_erpnext(o: &Office) {
    let entry = o.find(
        System::Erpnext,
        "Journal Entry",
        "voucher_type",
        "Credit Note",
    );
    let name = &entry["name"];
    o.erpnext(&json!({ "op": "cancel", "doctype": "Journal Entry", "name": name }));
}

/// Money for an invoice comes to the bank account that both sides have.
pub fn pay_in_erpnext(o: &Office, more: serde_json::Value) {
    let customer = of_customer(o, "Acme");
    let invoice = o.find(System::Erpnext, "Sales Invoice", "name", "A-1");
    let mut fields = json!({
        "payment_type": "Receive", "company": "Maple Florist Ltd", "posting_date": "2026-11-21",
        "party_type": "Customer", "party": customer, "paid_from": invoice["debit_to"],
        "paid_to": "Business Bank Account - MF", "paid_amount": 50, "received_amount": 50,
        "reference_no": "BACS", "reference_date": "2026-11-21",
        "references": [{ "reference_doctype": "Sales Invoice", "reference_name": "A-1",
            "allocated_amount": 50 }],
    });
    for (field, value) in more.as_object().unwrap() {
        fields[field] = value.clone();
    }
    o.erpnext(&json!({
        "op": "create", "doctype": "Payment Entry", "submit": true, "fields": fields,
    }));
}

pub fn cancel_payment(o: &Office) {
    let name = &o.state(System::Erpnext)["Payment Entry"][0]["name"];
    o.erpnext(&json!({ "op": "cancel", "doctype": "Payment Entry", "name": name }));
}

pub fn take_payment_back(o: &Office) {
    let state = o.state(System::Xero);
    let payment = &state["Payments"][0]["PaymentID"];
    o.xero(&json!({ "op": "delete_payment", "PaymentID": payment }));
}

pub fn of_contact(o: &Office, name: &str) -> String {
    text(&o.find(System::Xero, "Contacts", "Name", name), "ContactID")
}

pub fn of_customer(o: &Office, name: &str) -> String {
    text(
        &o.find(System::Erpnext, "Customer", "customer_name", name),
        "name",
    )
}

pub fn edit_contact(o: &Office, name: &str, mut more: serde_json::Value) {
    more["op"] = json!("edit_contact");
    more["ContactID"] = json!(of_contact(o, name));
    o.xero(&more);
}

pub fn edit_customer(o: &Office, name: &str, fields: serde_json::Value) {
    let name = of_customer(o, name);
    o.erpnext(&json!({ "op": "update", "doctype": "Customer", "name": name, "fields": fields }));
}
