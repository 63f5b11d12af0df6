//! The table: each cause, what brings it about, and what ends it.
#![allow(
    clippy::needless_pass_by_value,
    reason = "values are made where a deed is written"
)]

use app::views::{MappingKind, Side};
use sandbox::System;
use serde_json::json;

use super::deeds::{
    cancel, cancel_payment, credit, credited, edit_contact, edit_customer, linked, linked_contact,
    nothing, of_contact, of_customer, pay_in_erpnext, pay_in_xero, sell, take_payment_back,
    take_use_back_in_erpnext, take_use_back_in_xero, take_write_off_back, use_in_erpnext,
    use_in_xero, void, write_off,
};
use super::office::{Office, text};
use super::{Case, Way};

const PLAIN: Case = Case {
    cause: "",
    how: "",
    before: nothing,
    map: None,
    provoke: nothing,
    way: Way::Ignore,
    leaves: &[],
    writes: 0,
    differs: &[],
};

const NO_ACCOUNT_MAPPING: Case = Case {
    cause: "no_account_mapping",
    map: Some((MappingKind::Account, Side::Erpnext, "Sales - MF", None)),
    provoke: sell,
    ..PLAIN
};

const NO_TAX_MAPPING: Case = Case {
    cause: "no_tax_mapping",
    map: Some((MappingKind::Tax, Side::Erpnext, "VAT 20% - MF", None)),
    provoke: sell,
    ..PLAIN
};

/// One option of a category is mapped, and a line has another.
const NO_TRACKING_MAPPING: Case = Case {
    cause: "no_tracking_mapping",
    before: |o| {
        o.regions();
        o.contact("Acme", json!({}));
    },
    map: Some((
        MappingKind::Tracking,
        Side::Xero,
        "Region: North",
        Some("Cost Center: North - MF"),
    )),
    provoke: |o| {
        o.invoice("Acme", "A-1", in_region("South"));
    },
    ..PLAIN
};

/// An invoice of one line that is tracked under a region.
fn in_region(region: &str) -> serde_json::Value {
    json!({ "LineItems": [{ "Description": "Ferns", "Quantity": 1, "UnitAmount": 100,
        "AccountCode": "200", "TaxType": "OUTPUT2",
        "Tracking": [{ "Name": "Region", "Option": region }] }] })
}

const WRONG_TAX_MAPPING: Case = Case {
    cause: "wrong_tax_mapping",
    map: Some((
        MappingKind::Tax,
        Side::Erpnext,
        "VAT 20% - MF",
        Some("ZERORATEDOUTPUT"),
    )),
    provoke: sell,
    ..PLAIN
};

const TAX_WITHOUT_RATE: Case = Case {
    cause: "tax_without_rate",
    provoke: |o| {
        let customer = o.customer("Acme", json!({}));
        let taxes = json!([{ "charge_type": "Actual", "account_head": "VAT - MF",
            "description": "VAT", "tax_amount": 11.40 }]);
        o.sales_invoice(&customer, "E-1", json!({ "taxes": taxes }));
    },
    ..PLAIN
};

/// A contact in Xero, and two customers of its name.
const SEVERAL: Case = Case {
    cause: "several_candidates",
    provoke: |o| {
        o.contact("Twin", json!({}));
        o.customer("Twin", json!({}));
        o.customer("Twin", json!({}));
    },
    ..PLAIN
};

const WAITS: Case = Case {
    cause: "waits_for_contact",
    provoke: |o| {
        (SEVERAL.provoke)(o);
        o.invoice("Twin", "A-2", json!({}));
    },
    ..PLAIN
};

/// One document with another total on each side.
const DIFFERS: Case = Case {
    cause: "differ_on_both_sides",
    before: |o| {
        o.contact("Acme", json!({}));
    },
    provoke: |o| {
        o.invoice("Acme", "D-1", json!({}));
        let customer = of_customer(o, "Acme");
        o.sales_invoice(&customer, "D-1", json!({ "due_date": "2026-12-24" }));
    },
    ..PLAIN
};

const BOTH_CHANGED: Case = Case {
    cause: "both_changed",
    before: linked_contact,
    provoke: |o| {
        edit_contact(o, "Acme", json!({ "TaxNumber": "GB123456789" }));
        edit_customer(o, "Acme", json!({ "tax_id": "GB987654321" }));
    },
    ..PLAIN
};

const AMOUNT_DUE: Case = Case {
    cause: "amount_due_differs",
    before: linked,
    provoke: |o| write_off(o, 50),
    ..PLAIN
};

const WAITS_FOR_INVOICE: Case = Case {
    cause: "waits_for_invoice",
    provoke: |o| {
        (WAITS.provoke)(o);
        let id = o.numbered("A-2");
        o.xero(
            &json!({ "op": "pay_invoice", "InvoiceID": id, "Amount": 50, "Date": "2026-11-21" }),
        );
    },
    ..PLAIN
};

const WAITS_FOR_CREDIT_NOTE: Case = Case {
    cause: "waits_for_credit_note",
    provoke: |o| {
        (WAITS.provoke)(o);
        let contact = text(
            &o.find(System::Xero, "Invoices", "InvoiceNumber", "A-2")["Contact"],
            "ContactID",
        );
        credit(o, &contact);
        o.xero(
            &json!({ "op": "refund_credit", "CreditNoteNumber": "CN-1", "Amount": 50,
            "Date": "2026-11-22" }),
        );
    },
    ..PLAIN
};

/// Paid in cash, which Xero has no account for.
const NO_BANK_MAPPING: Case = Case {
    cause: "no_bank_mapping",
    before: linked,
    provoke: |o| {
        o.erpnext(&json!({ "op": "pay", "name": "A-1", "amount": 50, "date": "2026-11-21" }));
    },
    ..PLAIN
};

/// It went to two accounts, by a journal entry that books a sale as well.
const NOT_CARRIED: Case = Case {
    cause: "payment_not_carried",
    before: linked,
    provoke: |o| {
        let customer = of_customer(o, "Acme");
        let debit = |account: &str, amount: u32| json!({ "account": account, "debit_in_account_currency": amount });
        o.erpnext(
            &json!({ "op": "create", "doctype": "Journal Entry", "submit": true, "fields": {
            "voucher_type": "Journal Entry", "company": "Maple Florist Ltd",
            "posting_date": "2026-11-21", "accounts": [
                { "account": "Debtors - MF", "party_type": "Customer", "party": customer,
                    "credit_in_account_currency": 50, "reference_type": "Sales Invoice",
                    "reference_name": "A-1" },
                debit("Business Bank Account - MF", 30),
                debit("Write Off - MF", 25),
                { "account": "Sales - MF", "credit_in_account_currency": 5 },
            ] } }),
        );
    },
    ..PLAIN
};

fn cancel_entry(o: &Office) {
    let name = &o.state(System::Erpnext)["Journal Entry"][0]["name"];
    o.erpnext(&json!({ "op": "cancel", "doctype": "Journal Entry", "name": name }));
}

/// Its invoice is cancelled and amended, so that the money is for none in ERPNext, and it is matched with the
/// bank in Xero, so that it cannot be made anew there.
const PAYMENTS_DIFFER: Case = Case {
    cause: "payments_differ",
    before: |o| {
        linked(o);
        let id = o.numbered("A-1");
        o.xero(
            &json!({ "op": "pay_invoice", "InvoiceID": id, "Amount": 50, "Date": "2026-11-21",
            "IsReconciled": true }),
        );
    },
    provoke: |o| {
        o.amend("A-1", json!({}));
    },
    ..PLAIN
};

/// A part was written off in ERPNext before.
const PAID_TOO_MUCH: Case = Case {
    cause: "paid_too_much",
    before: linked,
    provoke: |o| {
        write_off(o, 80);
        pay_in_xero(o);
    },
    ..PLAIN
};

/// A customer is given credit in ERPNext, by a journal entry for no invoice.
const CREDITS_DIFFER: Case = Case {
    cause: "credits_differ",
    before: linked,
    provoke: |o| {
        let customer = of_customer(o, "Acme");
        o.erpnext(
            &json!({ "op": "create", "doctype": "Journal Entry", "submit": true, "fields": {
            "voucher_type": "Journal Entry", "company": "Maple Florist Ltd",
            "posting_date": "2026-11-21", "accounts": [
                { "account": "Debtors - MF", "party_type": "Customer", "party": customer,
                    "credit_in_account_currency": 60 },
                { "account": "Write Off - MF", "debit_in_account_currency": 60 },
            ] } }),
        );
    },
    ..PLAIN
};

/// Its invoice was written off in ERPNext.
const ALLOCATION_NOT_CARRIED: Case = Case {
    cause: "allocation_not_carried",
    before: credited,
    provoke: |o| {
        write_off(o, 120);
        use_in_xero(o, 60);
    },
    ..PLAIN
};

/// People use it on both sides, and not to the same amount.
const ALLOCATIONS_DIFFER: Case = Case {
    cause: "allocations_differ",
    before: credited,
    provoke: |o| {
        use_in_xero(o, 20);
        use_in_erpnext(o, 30);
    },
    ..PLAIN
};

const ARCHIVED: Case = Case {
    cause: "contact_archived",
    before: linked,
    provoke: |o| {
        let name = of_customer(o, "Acme");
        o.erpnext(&json!({ "op": "disable", "doctype": "Customer", "name": name }));
        o.invoice("Acme", "A-2", json!({}));
    },
    ..PLAIN
};

/// A customer that was linked to a contact which is no more (a copy, an import), and a contact of its name.
const NAME_TAKEN: Case = Case {
    cause: "name_taken",
    provoke: |o| {
        let name = o.customer("Acme", json!({}));
        let marker = "0e2d5ab1-1c2d-4d52-a8f5-9c1f0f0c0ffe";
        let fields = json!({ "xero_contact_id": marker });
        o.erpnext(
            &json!({ "op": "update", "doctype": "Customer", "name": name, "fields": fields }),
        );
        o.contact("Acme", json!({}));
    },
    ..PLAIN
};

/// Xero refuses a name although nothing that was read has it.
const NAME_REFUSED: Case = Case {
    cause: "name_taken",
    provoke: |o| {
        refuse_in_xero(
            o,
            "Contacts",
            "The contact name Acme is already assigned to another contact. The contact name must be unique across all active contacts.",
        );
        o.customer("Acme", json!({}));
    },
    ..PLAIN
};

fn refuse_in_xero(o: &Office, path: &str, message: &str) {
    let body = json!({ "ErrorNumber": 10, "Type": "ValidationException", "Message": "A validation exception occurred",
        "Elements": [{ "ValidationErrors": [{ "Message": message }] }] });
    let effect = json!({ "refuse": { "status": 400, "body": body } });
    o.faults(
        System::Xero,
        json!([
            { "method": "PUT", "path": path, "effect": effect },
            { "method": "POST", "path": path, "effect": effect },
        ]),
    );
}

const NUMBER_TAKEN: Case = Case {
    cause: "number_taken",
    before: |o| {
        o.contact("Acme", json!({}));
        o.contact("Bolt", json!({}));
    },
    provoke: |o| {
        o.invoice("Acme", "N-1", json!({}));
        let customer = of_customer(o, "Bolt");
        o.sales_invoice(&customer, "N-1", json!({}));
    },
    ..PLAIN
};

const OPENING: Case = Case {
    cause: "opening_invoice",
    before: |o| {
        o.contact("Acme", json!({}));
    },
    provoke: |o| {
        open_in_erpnext(o, "O-1", 840);
    },
    ..PLAIN
};

/// What the customer owed is in ERPNext in one amount, and as an invoice in Xero.
const IN_OPENING_ENTRY: Case = Case {
    cause: "in_opening_entry",
    before: |o| {
        o.contact("Acme", json!({}));
    },
    provoke: |o| {
        let customer = of_customer(o, "Acme");
        o.erpnext(
            &json!({ "op": "create", "doctype": "Journal Entry", "submit": true, "fields": {
            "voucher_type": "Opening Entry", "is_opening": "Yes", "company": "Maple Florist Ltd",
            "posting_date": "2026-11-20", "accounts": [
                { "account": "Debtors - MF", "party_type": "Customer", "party": customer,
                    "debit_in_account_currency": 120 },
                { "account": "Temporary Opening - MF", "credit_in_account_currency": 120 },
            ] } }),
        );
        o.invoice("Acme", "O-2", json!({}));
    },
    ..PLAIN
};

/// What was owed is entered in ERPNext as an opening invoice.
fn open_in_erpnext(o: &Office, number: &str, rate: u32) {
    let customer = of_customer(o, "Acme");
    let items = json!([{ "item_name": "Balance", "description": "Balance", "qty": 1, "rate": rate,
        "uom": "Hour", "stock_uom": "Hour", "conversion_factor": 1,
        "income_account": "Temporary Opening - MF" }]);
    let more = json!({ "is_opening": "Yes", "items": items, "taxes": [] });
    o.sales_invoice(&customer, number, more);
}

/// What was owed is in Xero as a balance.
const CONVERSION_BALANCE: Case = Case {
    cause: "conversion_balance",
    before: |o| {
        o.contact("Acme", json!({}));
    },
    provoke: |o| {
        let lines = json!([{ "Description": "Balance", "Quantity": 1, "UnitAmount": 840,
            "AccountCode": "840", "TaxType": "NONE" }]);
        o.invoice("Acme", "O-3", json!({ "LineItems": lines }));
    },
    ..PLAIN
};

const LOCKED: Case = Case {
    cause: "period_locked",
    provoke: |o| {
        o.xero(&json!({ "op": "set_lock_date", "EndOfYearLockDate": "2026-11-20" }));
        sell(o);
    },
    ..PLAIN
};

const CURRENCY: Case = Case {
    cause: "currency_not_used",
    provoke: |o| {
        let customer = o.customer("Acme", json!({}));
        let more = json!({ "currency": "CHF", "conversion_rate": 0.9 });
        o.sales_invoice(&customer, "E-1", more);
    },
    ..PLAIN
};

/// Two contacts that both sides have are one in Xero now.
const MERGED: Case = Case {
    cause: "merged",
    before: |o| {
        o.contact("Acme", json!({}));
        o.contact("Bolt", json!({}));
    },
    provoke: |o| {
        let (from, into) = (of_contact(o, "Acme"), of_contact(o, "Bolt"));
        o.xero(&json!({ "op": "merge_contact", "ContactID": from, "MergedToContactID": into }));
    },
    ..PLAIN
};

/// Paid in part in Xero, and other lines in ERPNext.
const CANNOT_EDIT: Case = Case {
    cause: "cannot_edit",
    before: linked,
    provoke: |o| {
        // What the bank knows of is not taken off it and made anew.
        let id = o.numbered("A-1");
        o.xero(
            &json!({ "op": "pay_invoice", "InvoiceID": id, "Amount": 50, "Date": "2026-11-21",
            "IsReconciled": true }),
        );
        o.amend(
            "A-1",
            json!({ "items": [{ "item_name": "Roses", "description": "Roses", "qty": 1,
            "rate": 70, "uom": "Hour", "stock_uom": "Hour", "conversion_factor": 1,
            "income_account": "Sales - MF" }] }),
        );
    },
    ..PLAIN
};

const CANNOT_VOID: Case = Case {
    cause: "cannot_void",
    before: linked,
    provoke: |o| {
        pay_in_xero(o);
        o.on_sales_invoice("cancel", "A-1");
    },
    ..PLAIN
};

/// Of a year that ERPNext knows nothing of.
const INVALID: Case = Case {
    cause: "invalid",
    before: |o| {
        o.contact("Acme", json!({}));
    },
    provoke: |o| {
        let more = json!({ "Date": "2031-05-20", "DueDate": "2031-06-20" });
        o.invoice("Acme", "A-2", more);
    },
    ..PLAIN
};

const VANISHED: Case = Case {
    cause: "vanished",
    before: linked_contact,
    provoke: |o| {
        let name = of_customer(o, "Acme");
        o.erpnext(&json!({ "op": "delete", "doctype": "Customer", "name": name }));
    },
    ..PLAIN
};

const IN_DOUBT: Case = Case {
    cause: "in_doubt",
    provoke: |o| {
        o.faults(
            System::Erpnext,
            json!([
                { "method": "POST", "path": "customer", "effect": { "server_error": 500 } },
                { "method": "PUT", "path": "customer", "effect": { "server_error": 500 } },
            ]),
        );
        o.contact("Acme", json!({}));
    },
    ..PLAIN
};

const REFUSED: Case = Case {
    cause: "refused",
    provoke: |o| {
        let body = json!({ "exc_type": "ValidationError",
            "_server_messages": "[\"{\\\"message\\\": \\\"Not on a Sunday\\\"}\"]" });
        let effect = json!({ "refuse": { "status": 417, "body": body } });
        o.faults(
            System::Erpnext,
            json!([
                { "method": "POST", "path": "customer", "effect": effect },
            ]),
        );
        o.contact("Acme", json!({}));
    },
    ..PLAIN
};

/// Each cause with each way out of it.
pub const CASES: &[Case] = &[
    Case {
        how: "the account is chosen",
        way: Way::Map("200"),
        writes: 1,
        ..NO_ACCOUNT_MAPPING
    },
    Case {
        how: "the invoice is cancelled",
        way: Way::Itself(cancel),
        ..NO_ACCOUNT_MAPPING
    },
    Case {
        how: "the rate is chosen",
        way: Way::Map("OUTPUT2"),
        writes: 1,
        ..NO_TAX_MAPPING
    },
    Case {
        how: "the invoice is cancelled",
        way: Way::Itself(cancel),
        ..NO_TAX_MAPPING
    },
    Case {
        how: "what it stands for is chosen",
        way: Way::Map("Cost Center: South - MF"),
        writes: 1,
        ..NO_TRACKING_MAPPING
    },
    Case {
        how: "the invoice is voided",
        way: Way::Itself(|o| void(o, "A-1")),
        ..NO_TRACKING_MAPPING
    },
    Case {
        how: "the right rate is chosen",
        way: Way::Map("OUTPUT2"),
        writes: 1,
        ..WRONG_TAX_MAPPING
    },
    Case {
        how: "the invoice is cancelled",
        way: Way::Itself(cancel),
        ..WRONG_TAX_MAPPING
    },
    Case {
        how: "it is amended to a rate, and follows by itself",
        way: Way::Itself(|o| {
            let taxes = json!([{ "charge_type": "On Net Total", "account_head": "VAT - MF",
                "description": "VAT", "rate": 20 }]);
            o.amend("E-1", json!({ "taxes": taxes }));
        }),
        writes: 1,
        ..TAX_WITHOUT_RATE
    },
    Case {
        how: "it is set aside",
        way: Way::Ignore,
        ..TAX_WITHOUT_RATE
    },
    Case {
        how: "the first is chosen",
        way: Way::Pick(0),
        writes: 1,
        differs: &["name"],
        ..SEVERAL
    },
    Case {
        how: "the second is chosen",
        way: Way::Pick(1),
        writes: 1,
        differs: &["name"],
        ..SEVERAL
    },
    Case {
        how: "it is a new one",
        way: Way::New,
        writes: 1,
        differs: &["name"],
        ..SEVERAL
    },
    Case {
        how: "one of the two is deleted",
        way: Way::Itself(|o| {
            o.erpnext(&json!({ "op": "delete", "doctype": "Customer", "name": "Twin - 1" }));
        }),
        ..SEVERAL
    },
    Case {
        how: "its contact is settled",
        way: Way::Pick(0),
        writes: 2,
        differs: &["name"],
        ..WAITS
    },
    Case {
        how: "one of the two customers is deleted",
        way: Way::Itself(|o| {
            o.erpnext(&json!({ "op": "delete", "doctype": "Customer", "name": "Twin - 1" }));
        }),
        writes: 1,
        ..WAITS
    },
    Case {
        how: "Xero's values are kept",
        way: Way::Keep(Side::Xero),
        writes: 1,
        ..DIFFERS
    },
    Case {
        how: "ERPNext's values are kept",
        way: Way::Keep(Side::Erpnext),
        writes: 1,
        ..DIFFERS
    },
    Case {
        how: "one side is corrected",
        way: Way::Itself(|o| {
            let id = o.numbered("D-1");
            o.xero(&json!({ "op": "edit_invoice", "InvoiceID": id, "DueDate": "2026-12-24" }));
        }),
        ..DIFFERS
    },
    Case {
        how: "Xero's values are kept",
        way: Way::Keep(Side::Xero),
        writes: 1,
        ..BOTH_CHANGED
    },
    Case {
        how: "ERPNext's values are kept",
        way: Way::Keep(Side::Erpnext),
        writes: 1,
        ..BOTH_CHANGED
    },
    Case {
        how: "one side is corrected",
        way: Way::Itself(|o| edit_customer(o, "Acme", json!({ "tax_id": "GB123456789" }))),
        ..BOTH_CHANGED
    },
    Case {
        how: "a payment takes its place",
        way: Way::Fix(|o| {
            take_write_off_back(o);
            pay_in_erpnext(o, json!({ "references": [] }));
        }),
        writes: 1,
        ..CREDITS_DIFFER
    },
    Case {
        how: "it is cancelled where it stands",
        way: Way::Itself(take_write_off_back),
        ..CREDITS_DIFFER
    },
    Case {
        how: "it is set aside",
        way: Way::Ignore,
        differs: &["on account"],
        ..CREDITS_DIFFER
    },
    Case {
        how: "what was written off is taken back",
        way: Way::Fix(take_write_off_back),
        writes: 1,
        ..ALLOCATION_NOT_CARRIED
    },
    Case {
        how: "the use is taken back",
        way: Way::Itself(take_use_back_in_xero),
        leaves: &["amount_due_differs"],
        ..ALLOCATION_NOT_CARRIED
    },
    Case {
        how: "it is set aside",
        way: Way::Ignore,
        leaves: &["amount_due_differs"],
        ..ALLOCATION_NOT_CARRIED
    },
    Case {
        how: "it is used for as much on both sides",
        way: Way::Fix(|o| {
            take_use_back_in_erpnext(o);
            use_in_erpnext(o, 20);
        }),
        ..ALLOCATIONS_DIFFER
    },
    Case {
        how: "it is taken back on one side",
        way: Way::Itself(take_use_back_in_xero),
        writes: 1,
        ..ALLOCATIONS_DIFFER
    },
    Case {
        how: "what was written off is entered on the other side",
        way: Way::Fix(pay_in_xero),
        differs: &["record"],
        ..AMOUNT_DUE
    },
    Case {
        how: "what was written off is taken back",
        way: Way::Itself(take_write_off_back),
        ..AMOUNT_DUE
    },
    Case {
        how: "its invoice's contact is settled",
        way: Way::Pick(0),
        writes: 3,
        differs: &["name"],
        ..WAITS_FOR_INVOICE
    },
    Case {
        how: "one of the two customers is deleted",
        way: Way::Itself(|o| {
            o.erpnext(&json!({ "op": "delete", "doctype": "Customer", "name": "Twin - 1" }));
        }),
        writes: 2,
        ..WAITS_FOR_INVOICE
    },
    Case {
        how: "its credit note's contact is settled",
        way: Way::Pick(0),
        writes: 4,
        differs: &["name"],
        ..WAITS_FOR_CREDIT_NOTE
    },
    Case {
        how: "one of the two customers is deleted",
        way: Way::Itself(|o| {
            o.erpnext(&json!({ "op": "delete", "doctype": "Customer", "name": "Twin - 1" }));
        }),
        writes: 3,
        ..WAITS_FOR_CREDIT_NOTE
    },
    Case {
        how: "an account is chosen",
        way: Way::Map("090"),
        writes: 1,
        ..NO_BANK_MAPPING
    },
    Case {
        how: "the payment is cancelled",
        way: Way::Itself(cancel_payment),
        ..NO_BANK_MAPPING
    },
    Case {
        how: "it is entered on the other side too",
        way: Way::Fix(pay_in_xero),
        // The audit knows no journal entry as a payment.
        differs: &["record"],
        ..NOT_CARRIED
    },
    Case {
        how: "the payment is cancelled",
        way: Way::Itself(cancel_entry),
        ..NOT_CARRIED
    },
    Case {
        how: "the payment is put back",
        way: Way::Fix(|o| {
            let entries = o.state(System::Erpnext);
            let payment = &entries["Payment Entry"][0]["name"];
            o.erpnext(
                &json!({ "op": "reconcile", "doctype": "Payment Entry", "name": payment,
                "invoice": "A-1-1" }),
            );
        }),
        writes: 0,
        ..PAYMENTS_DIFFER
    },
    Case {
        how: "the payment is deleted on both sides",
        way: Way::Itself(|o| {
            take_payment_back(o);
            o.erpnext(
                &json!({ "op": "cancel", "doctype": "Payment Entry", "name": "ACC-PAY-2026-00001" }),
            );
        }),
        writes: 0,
        ..PAYMENTS_DIFFER
    },
    Case {
        how: "what was written off is taken back",
        way: Way::Fix(take_write_off_back),
        writes: 1,
        ..PAID_TOO_MUCH
    },
    Case {
        how: "the payment is deleted",
        way: Way::Itself(take_payment_back),
        leaves: &["amount_due_differs"],
        ..PAID_TOO_MUCH
    },
    Case {
        how: "the customer is enabled",
        way: Way::Fix(|o| {
            let name = of_customer(o, "Acme");
            o.erpnext(&json!({ "op": "enable", "doctype": "Customer", "name": name }));
        }),
        // The contact is taken out of the archive again, too.
        writes: 2,
        ..ARCHIVED
    },
    Case {
        how: "the invoice is voided",
        way: Way::Itself(|o| void(o, "A-2")),
        ..ARCHIVED
    },
    Case {
        how: "they are two",
        way: Way::New,
        writes: 1,
        // The customer is not the contact, and what it was linked to is still gone.
        leaves: &["vanished"],
        ..NAME_TAKEN
    },
    Case {
        how: "they are one",
        way: Way::Pick(0),
        ..NAME_TAKEN
    },
    Case {
        how: "the customer is called otherwise",
        way: Way::Itself(|o| edit_customer(o, "Acme", json!({ "customer_name": "Bolt" }))),
        writes: 1,
        // The customer is not the contact, and what it was linked to is still gone.
        leaves: &["vanished"],
        ..NAME_TAKEN
    },
    Case {
        how: "one of the two is called otherwise, and sent again",
        way: Way::Fix(|o| {
            o.calm();
            edit_customer(o, "Acme", json!({ "customer_name": "Acme of Leeds" }));
        }),
        writes: 1,
        ..NAME_REFUSED
    },
    Case {
        how: "the one in Xero is called otherwise",
        way: Way::Fix(Office::calm),
        writes: 1,
        ..NAME_REFUSED
    },
    Case {
        how: "they are two",
        way: Way::New,
        writes: 2,
        differs: &["number"],
        ..NUMBER_TAKEN
    },
    Case {
        how: "one gets another number",
        way: Way::Itself(|o| {
            let id = o.numbered("N-1");
            o.xero(&json!({ "op": "edit_invoice", "InvoiceID": id, "InvoiceNumber": "N-2" }));
        }),
        writes: 2,
        ..NUMBER_TAKEN
    },
    Case {
        how: "what is owed is entered in Xero",
        way: Way::Fix(|o| {
            let lines = json!([{ "Description": "Balance", "Quantity": 1, "UnitAmount": 840,
                "AccountCode": "200", "TaxType": "NONE" }]);
            o.invoice("Acme", "O-1", json!({ "LineItems": lines }));
        }),
        ..OPENING
    },
    Case {
        how: "it is set aside",
        way: Way::Ignore,
        ..OPENING
    },
    Case {
        how: "it is cancelled",
        way: Way::Itself(|o| {
            o.on_sales_invoice("cancel", "O-1");
        }),
        ..OPENING
    },
    Case {
        how: "it is taken out of the entry and entered as an opening invoice",
        way: Way::Fix(|o| {
            take_write_off_back(o);
            open_in_erpnext(o, "O-2", 120);
        }),
        // Linked as they are.
        differs: &["lines", "tax"],
        ..IN_OPENING_ENTRY
    },
    Case {
        how: "it is not in the entry",
        way: Way::New,
        // What the entry brought in is in ERPNext alone.
        leaves: &["credits_differ"],
        writes: 1,
        ..IN_OPENING_ENTRY
    },
    Case {
        how: "it is set aside",
        way: Way::Ignore,
        leaves: &["credits_differ"],
        ..IN_OPENING_ENTRY
    },
    Case {
        how: "the entry is cancelled",
        way: Way::Itself(take_write_off_back),
        writes: 1,
        ..IN_OPENING_ENTRY
    },
    Case {
        how: "what is owed is entered in ERPNext",
        way: Way::Fix(|o| open_in_erpnext(o, "O-3", 840)),
        ..CONVERSION_BALANCE
    },
    Case {
        how: "it is set aside",
        way: Way::Ignore,
        ..CONVERSION_BALANCE
    },
    Case {
        how: "it is booked to income",
        way: Way::Itself(|o| {
            let lines = json!([{ "Description": "Balance", "Quantity": 1, "UnitAmount": 840,
                "AccountCode": "200", "TaxType": "OUTPUT2" }]);
            let id = o.numbered("O-3");
            o.xero(&json!({ "op": "edit_invoice", "InvoiceID": id, "LineItems": lines }));
        }),
        writes: 1,
        ..CONVERSION_BALANCE
    },
    Case {
        how: "its date is changed",
        way: Way::Fix(|o| {
            o.amend("E-1", json!({ "posting_date": "2026-11-21" }));
        }),
        writes: 1,
        ..LOCKED
    },
    Case {
        how: "the lock date is moved",
        way: Way::Itself(|o| {
            o.xero(&json!({ "op": "set_lock_date", "EndOfYearLockDate": "2026-11-19" }));
        }),
        writes: 1,
        ..LOCKED
    },
    Case {
        how: "the currency is added",
        way: Way::Fix(|o| {
            o.xero(&json!({ "op": "subscribe_currency", "Code": "CHF" }));
        }),
        writes: 1,
        ..CURRENCY
    },
    Case {
        how: "the invoice is cancelled",
        way: Way::Itself(cancel),
        ..CURRENCY
    },
    Case {
        how: "the customers are merged too",
        way: Way::Fix(|o| {
            o.erpnext(
                &json!({ "op": "rename", "doctype": "Customer", "name": "Acme",
                "new_name": "Bolt", "merge": true }),
            );
        }),
        ..MERGED
    },
    Case {
        how: "the customer is disabled",
        way: Way::Itself(|o| {
            o.erpnext(&json!({ "op": "disable", "doctype": "Customer", "name": "Acme" }));
        }),
        ..MERGED
    },
    Case {
        how: "the payment is removed",
        way: Way::Fix(take_payment_back),
        writes: 2,
        ..CANNOT_EDIT
    },
    Case {
        how: "the payment is removed, and nobody retries",
        way: Way::Itself(take_payment_back),
        writes: 2,
        ..CANNOT_EDIT
    },
    Case {
        how: "the payment is removed",
        way: Way::Fix(take_payment_back),
        writes: 1,
        ..CANNOT_VOID
    },
    Case {
        how: "the payment is removed, and nobody retries",
        way: Way::Itself(take_payment_back),
        writes: 1,
        ..CANNOT_VOID
    },
    Case {
        how: "the year is added in ERPNext",
        way: Way::Fix(|o| {
            o.erpnext(
                &json!({ "op": "create", "doctype": "Fiscal Year", "fields": {
                "year": "2031", "year_start_date": "2031-01-01", "year_end_date": "2031-12-31" } }),
            );
        }),
        writes: 1,
        ..INVALID
    },
    Case {
        how: "the date is corrected in Xero",
        way: Way::Itself(|o| {
            let id = o.numbered("A-2");
            o.xero(&json!({ "op": "edit_invoice", "InvoiceID": id, "Date": "2026-11-20", "DueDate": "2026-12-20" }));
        }),
        writes: 1,
        ..INVALID
    },
    Case {
        how: "the contact is archived too",
        way: Way::Fix(|o| {
            let id = of_contact(o, "Acme");
            o.xero(&json!({ "op": "archive_contact", "ContactID": id }));
        }),
        ..VANISHED
    },
    Case {
        how: "it is restored",
        way: Way::Itself(|o| {
            o.erpnext(&json!({ "op": "restore", "doctype": "Customer", "name": "Acme" }));
        }),
        ..VANISHED
    },
    Case {
        how: "it is made again under its name",
        way: Way::Itself(|o| {
            o.customer("Acme", json!({ "email_id": "a@acme.example" }));
        }),
        ..VANISHED
    },
    Case {
        how: "what fails is put right",
        way: Way::Fix(Office::calm),
        writes: 1,
        ..IN_DOUBT
    },
    Case {
        how: "it passes, and some time too",
        way: Way::Itself(|o| {
            o.calm();
            o.advance(3_600);
        }),
        writes: 1,
        ..IN_DOUBT
    },
    Case {
        how: "what it names is corrected",
        way: Way::Fix(Office::calm),
        writes: 1,
        ..REFUSED
    },
    Case {
        how: "the record changes at its source",
        way: Way::Itself(|o| {
            o.calm();
            edit_contact(o, "Acme", json!({ "EmailAddress": "a@acme.example" }));
        }),
        writes: 1,
        ..REFUSED
    },
];

/// Causes that no demo system brings about: the engine's small systems do (file, test).
pub const ELSEWHERE: &[(&str, &str, &str)] = &[
    (
        "edited_one_way",
        "tests/tests/rules.rs",
        "an_edit_against_a_one_way_rule_is_taken_over_or_put_back_by_a_person_alone",
    ),
    (
        "closed_by_rules",
        "tests/tests/rules.rs",
        "what_the_rules_close_waits_until_the_day_is_moved_or_the_date_is",
    ),
    (
        "ended_there",
        "src-tauri/crates/engine/tests/ways_out.rs",
        "an_end_that_the_rules_ask_about_is_carried_or_taken_as_it_is",
    ),
    (
        "tracking_twice",
        "tests/tests/tracking.rs",
        "a_line_that_would_be_filed_twice_waits_until_one_of_the_two_goes_elsewhere",
    ),
    (
        "no_account",
        "src-tauri/crates/engine/tests/ways_out.rs",
        "a_line_without_an_account_is_given_one",
    ),
    (
        "would_differ",
        "src-tauri/crates/engine/tests/ways_out.rs",
        "a_total_that_is_made_otherwise_is_corrected",
    ),
    (
        "totals_differ",
        "src-tauri/crates/engine/tests/ways_out.rs",
        "figures_that_differ_are_chosen_or_corrected",
    ),
    (
        "unreadable",
        "src-tauri/crates/engine/tests/ways_out.rs",
        "a_row_that_cannot_be_read_is_corrected",
    ),
];
