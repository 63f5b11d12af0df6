//! Credit notes, what they are used for, and what customers owe in all.

use super::*;

/// INV-1 of 120.00, of which 36.00 is settled by CN-1 of 60.00; 24.00 is left of that.
fn credited() -> (Value, Value) {
    let (mut ours, mut theirs) = (xero_state(), erpnext_state());
    ours["Invoices"][0]["AmountDue"] = json!(84.0);
    ours["CreditNotes"] = json!([{
        "CreditNoteID": "N1", "Type": "ACCRECCREDIT", "CreditNoteNumber": "CN-1",
        "Status": "AUTHORISED", "Contact": {"ContactID": "C1", "Name": "Rose & Co"},
        "DateString": "2026-02-05T00:00:00", "CurrencyCode": "GBP", "Reference": "INV-1",
        "SubTotal": 50.0, "TotalTax": 10.0, "Total": 60.0, "RemainingCredit": 24.0,
        "LineItems": [{"Description": "Roses", "LineAmount": 50.0}],
        "Allocations": [{"AllocationID": "A1", "Amount": 36.0, "Invoice": {"InvoiceID": "I1"}}]
    }]);
    let mut note = theirs["Sales Invoice"][0].clone();
    for (field, value) in [
        ("name", json!("CN-1")),
        ("is_return", json!(1)),
        ("update_outstanding_for_self", json!(1)),
        ("return_against", json!("INV-1")),
        ("posting_date", json!("2026-02-05")),
        ("po_no", json!("INV-1")),
        ("net_total", json!(-50.0)),
        ("total_taxes_and_charges", json!(-10.0)),
        ("grand_total", json!(-60.0)),
        ("base_grand_total", json!(-60.0)),
        ("outstanding_amount", json!(-24.0)),
        ("xero_invoice_id", Value::Null),
        ("xero_credit_note_id", json!("n1")),
    ] {
        note[field] = value;
    }
    note["items"][0]["amount"] = json!(-50.0);
    theirs["Sales Invoice"][0]["outstanding_amount"] = json!(84.0);
    let invoice = theirs["Sales Invoice"][0].clone();
    theirs["Sales Invoice"] = json!([invoice, note]);
    theirs["Journal Entry"] = json!([entry(&json!([
        row("CN-1", "debit_in_account_currency", 36.0),
        row("INV-1", "credit_in_account_currency", 36.0),
    ]))]);
    (ours, theirs)
}

fn entry(rows: &Value) -> Value {
    json!({"name": "JV-1", "company": "M", "docstatus": 1, "voucher_type": "Credit Note",
        "accounts": rows})
}

fn row(document: &str, side: &str, amount: f64) -> Value {
    json!({"party_type": "Customer", "party": "Rose & Co", "account_currency": "GBP",
        "reference_type": "Sales Invoice", "reference_name": document, side: amount})
}

/// Title, field, Xero's and ERPNext's value of what differs.
fn differing(ours: &Value, theirs: &Value) -> Vec<(String, &'static str, String, String)> {
    let rows = audit(ours, theirs).differences.into_iter();
    rows.map(|it| {
        let (xero, erpnext) = (it.xero.unwrap_or_default(), it.erpnext.unwrap_or_default());
        (it.title, it.field, xero, erpnext)
    })
    .collect()
}

fn one(
    field: &'static str,
    xero: &str,
    erpnext: &str,
) -> Vec<(String, &'static str, String, String)> {
    vec![(
        "CN-1".to_owned(),
        field,
        xero.to_owned(),
        erpnext.to_owned(),
    )]
}

#[test]
fn credit_notes_that_agree_have_no_difference_and_returns_are_no_invoices() {
    let (ours, theirs) = credited();
    let found = audit(&ours, &theirs);
    assert_eq!(found.differences, []);
    assert_eq!((found.invoices, found.credit_notes), (1, 1));
    let held = erpnext(&theirs, "M").unwrap_or_default();
    assert_eq!((held.invoices.len(), held.credit_notes.len()), (1, 1));
}

#[test]
fn each_figure_of_a_credit_note_counts() {
    let (ours, theirs) = credited();
    for (field, value, expected) in [
        (
            "posting_date",
            json!("2026-02-06"),
            one("date", "2026-02-05", "2026-02-06"),
        ),
        ("net_total", json!(-50.01), one("net", "50.00", "50.01")),
        (
            "total_taxes_and_charges",
            json!(-9.99),
            one("tax", "10.00", "9.99"),
        ),
        ("grand_total", json!(-60.01), one("total", "60.00", "60.01")),
        ("customer", json!("Somebody"), one("contact", "c1", "")),
        ("po_no", json!("INV-2"), one("reference", "INV-1", "INV-2")),
        ("docstatus", json!(0), one("state", "Approved", "Draft")),
    ] {
        let mut theirs = theirs.clone();
        theirs["Sales Invoice"][1][field] = value;
        let mut found = differing(&ours, &theirs);
        found.retain(|(_, differing, ..)| *differing == expected[0].1);
        assert_eq!(found, expected, "{field}");
    }
    let mut other = ours.clone();
    other["CreditNotes"][0]["CurrencyCode"] = json!("EUR");
    let mut found = differing(&other, &theirs);
    found.retain(|(_, field, ..)| *field == "currency");
    assert_eq!(found, one("currency", "EUR", "GBP"));
}

#[test]
fn a_cent_of_the_remaining_credit_is_a_difference_and_no_other_is_made_of_it() {
    let (ours, mut theirs) = credited();
    theirs["Sales Invoice"][1]["outstanding_amount"] = json!(-24.01);
    assert_eq!(
        differing(&ours, &theirs),
        one("remaining credit", "24.00", "24.01")
    );
}

#[test]
fn what_a_credit_note_is_used_for_counts_by_invoice_and_amount() {
    let (ours, theirs) = credited();
    let mut other = theirs.clone();
    for row in [0, 1] {
        let field = ["debit_in_account_currency", "credit_in_account_currency"][row];
        other["Journal Entry"][0]["accounts"][row][field] = json!(35.99);
    }
    assert_eq!(
        differing(&ours, &other),
        one("used for", "INV-1 36.00", "INV-1 35.99")
    );
    // For another invoice.
    let mut other = theirs.clone();
    other["Journal Entry"][0]["accounts"][1]["reference_name"] = json!("INV-9");
    assert_eq!(
        differing(&ours, &other),
        one("used for", "INV-1 36.00", "ERPNext's INV-9 36.00")
    );
    // Cancelled.
    let mut other = theirs.clone();
    other["Journal Entry"][0]["docstatus"] = json!(2);
    assert_eq!(differing(&ours, &other), one("used for", "INV-1 36.00", ""));
}

#[test]
fn a_credit_note_on_one_side_only_excuses_what_is_owed_of_its_invoices_where_it_is_listed() {
    let (ours, mut theirs) = credited();
    theirs["Sales Invoice"][1]["xero_credit_note_id"] = Value::Null;
    theirs["Sales Invoice"][1]["name"] = json!("RET-1");
    theirs["Journal Entry"] = json!([]);
    theirs["Sales Invoice"][1]["outstanding_amount"] = json!(-60.0);
    theirs["Sales Invoice"][0]["outstanding_amount"] = json!(120.0);
    let found = audit(&ours, &theirs);
    assert_eq!(
        said(&found),
        [
            ("INV-1", "amount due", Some("84.00"), Some("120.00")),
            ("CN-1", "record", Some("CN-1"), None),
            ("RET-1", "record", None, Some("RET-1")),
        ]
    );
    let listed = |title: &str| (Kind::CreditNote, title.to_owned());
    let excused = BTreeSet::from([listed("RET-1")]);
    assert_eq!(found.records_that_differ(&excused).len(), 2);
    let excused = BTreeSet::from([listed("RET-1"), listed("CN-1")]);
    assert!(found.records_that_differ(&excused).is_empty());
}

#[test]
fn drafts_and_voided_ones_on_one_side_are_left_alone() {
    let (mut ours, mut theirs) = credited();
    ours["CreditNotes"][0]["Status"] = json!("DRAFT");
    ours["CreditNotes"][0]["Allocations"] = json!([]);
    ours["Invoices"][0]["AmountDue"] = json!(120.0);
    theirs["Sales Invoice"][0]["outstanding_amount"] = json!(120.0);
    theirs["Sales Invoice"][1]["xero_credit_note_id"] = Value::Null;
    theirs["Sales Invoice"][1]["docstatus"] = json!(0);
    theirs["Journal Entry"] = json!([]);
    assert_eq!(differing(&ours, &theirs), []);
    theirs["Sales Invoice"][1]["docstatus"] = json!(2);
    assert_eq!(differing(&ours, &theirs), []);
    theirs["Sales Invoice"][1]["docstatus"] = json!(1);
    assert_eq!(differing(&ours, &theirs).len(), 1);
}

#[test]
fn one_voided_on_both_sides_is_equal_and_on_one_side_is_not() {
    let (mut ours, mut theirs) = credited();
    ours["CreditNotes"][0]["Status"] = json!("VOIDED");
    ours["CreditNotes"][0]["Allocations"] = json!([]);
    ours["Invoices"][0]["AmountDue"] = json!(120.0);
    theirs["Sales Invoice"][0]["outstanding_amount"] = json!(120.0);
    theirs["Journal Entry"] = json!([]);
    assert_eq!(differing(&ours, &theirs), one("state", "Ended", "Approved"));
    theirs["Sales Invoice"][1]["docstatus"] = json!(2);
    let found = audit(&ours, &theirs);
    assert_eq!((said(&found), found.credit_notes), (vec![], 1));
}

#[test]
fn a_return_that_lowers_its_invoice_is_used_for_it_as_far_as_that_owed() {
    let (mut ours, mut theirs) = credited();
    let note = &mut theirs["Sales Invoice"][1];
    note["update_outstanding_for_self"] = json!(0);
    note["outstanding_amount"] = json!(0.0);
    theirs["Journal Entry"] = json!([]);
    theirs["Sales Invoice"][0]["outstanding_amount"] = json!(60.0);
    ours["CreditNotes"][0]["Allocations"][0]["Amount"] = json!(60.0);
    ours["CreditNotes"][0]["RemainingCredit"] = json!(0.0);
    ours["CreditNotes"][0]["Status"] = json!("PAID");
    ours["Invoices"][0]["AmountDue"] = json!(60.0);
    assert_eq!(differing(&ours, &theirs), []);
    // All but 10.00 had been paid: 50.00 of the return is the customer's.
    theirs["Sales Invoice"][0]["outstanding_amount"] = json!(-50.0);
    ours["CreditNotes"][0]["Allocations"][0]["Amount"] = json!(10.0);
    ours["CreditNotes"][0]["RemainingCredit"] = json!(50.0);
    ours["CreditNotes"][0]["Status"] = json!("AUTHORISED");
    ours["Invoices"][0]["AmountDue"] = json!(0.0);
    ours["Invoices"][0]["Status"] = json!("PAID");
    assert_eq!(differing(&ours, &theirs), []);
    ours["CreditNotes"][0]["Allocations"] = json!([]);
    assert_eq!(
        differing(&ours, &theirs),
        one("used for", "", "INV-1 10.00")
    );
}

#[test]
fn a_return_counted_into_a_payment_is_used_and_is_no_money() {
    let (mut ours, mut theirs) = credited();
    theirs["Journal Entry"] = json!([]);
    theirs["Payment Entry"] = json!([{
        "name": "PE-1", "company": "M", "docstatus": 1, "payment_type": "Receive",
        "party_type": "Customer", "party": "Rose & Co", "posting_date": "2026-02-20",
        "paid_from_account_currency": "GBP", "unallocated_amount": 0.0, "xero_payment_id": "p1",
        "references": [
            {"reference_doctype": "Sales Invoice", "reference_name": "INV-1", "allocated_amount": 56.0},
            {"reference_doctype": "Sales Invoice", "reference_name": "CN-1", "allocated_amount": -36.0}
        ]
    }]);
    theirs["Sales Invoice"][0]["outstanding_amount"] = json!(64.0);
    ours["Invoices"][0]["AmountDue"] = json!(64.0);
    ours["Payments"] = json!([{
        "PaymentID": "P1", "PaymentType": "ACCRECPAYMENT", "Status": "AUTHORISED",
        "Date": "2026-02-20T00:00:00", "Amount": 20.0,
        "Invoice": {"InvoiceID": "I1", "CurrencyCode": "GBP", "Contact": {"ContactID": "C1"}}
    }]);
    let found = audit(&ours, &theirs);
    assert_eq!((said(&found), found.payments), (vec![], 1));
    ours["Payments"][0]["Amount"] = json!(20.01);
    assert_eq!(
        said(&audit(&ours, &theirs)),
        [("PE-1", "pays", Some("INV-1 20.01"), Some("INV-1 20.00"))]
    );
}

#[test]
fn money_paid_back_is_compared_by_credit_note() {
    let (mut ours, mut theirs) = credited();
    ours["CreditNotes"][0]["RemainingCredit"] = json!(19.0);
    ours["Payments"] = json!([{
        "PaymentID": "R1", "PaymentType": "ARCREDITPAYMENT", "Status": "AUTHORISED",
        "Date": "2026-02-20T00:00:00", "Amount": 5.0,
        "CreditNote": {"CreditNoteID": "N1", "CurrencyCode": "GBP", "Contact": {"ContactID": "C1"}},
        "Invoice": {"InvoiceID": "N1", "CurrencyCode": "GBP", "Contact": {"ContactID": "C1"}}
    }]);
    theirs["Sales Invoice"][1]["outstanding_amount"] = json!(-19.0);
    theirs["Payment Entry"] = json!([{
        "name": "PE-1", "company": "M", "docstatus": 1, "payment_type": "Pay",
        "party_type": "Customer", "party": "Rose & Co", "posting_date": "2026-02-20",
        "paid_to_account_currency": "GBP", "unallocated_amount": 0.0, "xero_payment_id": "r1",
        "references": [
            {"reference_doctype": "Sales Invoice", "reference_name": "CN-1", "allocated_amount": -5.0}
        ]
    }]);
    let found = audit(&ours, &theirs);
    assert_eq!((said(&found), found.payments), (vec![], 1));
    ours["Payments"][0]["Amount"] = json!(5.01);
    assert_eq!(
        said(&audit(&ours, &theirs)),
        [("PE-1", "pays", Some("CN-1 5.01"), Some("CN-1 5.00"))]
    );
    // One that waits is why the other is left with more.
    ours["Payments"][0]["Amount"] = json!(5.0);
    theirs["Payment Entry"] = json!([]);
    theirs["Sales Invoice"][1]["outstanding_amount"] = json!(-24.0);
    let found = audit(&ours, &theirs);
    let waits = |payment: &str| BTreeSet::from([(Kind::Payment, payment_title(payment))]);
    assert_eq!(found.records_that_differ(&waits("r2")).len(), 2);
    assert!(found.records_that_differ(&waits("r1")).is_empty());
}

#[test]
fn what_a_journal_entry_let_go_of_is_left_of_the_return() {
    let (mut ours, mut theirs) = credited();
    theirs["Journal Entry"][0]["accounts"][1]["reference_name"] = json!("");
    theirs["Sales Invoice"][0]["outstanding_amount"] = json!(120.0);
    ours["CreditNotes"][0]["Allocations"] = json!([]);
    ours["CreditNotes"][0]["RemainingCredit"] = json!(60.0);
    ours["Invoices"][0]["AmountDue"] = json!(120.0);
    assert_eq!(differing(&ours, &theirs), []);
    ours["CreditNotes"][0]["RemainingCredit"] = json!(24.0);
    assert_eq!(
        differing(&ours, &theirs),
        one("remaining credit", "24.00", "60.00")
    );
}

#[test]
fn a_foreign_credit_note_is_compared_in_its_own_currency() {
    let (mut ours, mut theirs) = credited();
    ours["Invoices"][0]["CurrencyCode"] = json!("EUR");
    ours["CreditNotes"][0]["CurrencyCode"] = json!("EUR");
    // Kept in the company's currency, at 0.85.
    for row in 0..2 {
        let row = &mut theirs["Sales Invoice"][row];
        row["currency"] = json!("EUR");
        row["conversion_rate"] = json!(0.85);
    }
    theirs["Sales Invoice"][0]["base_grand_total"] = json!(102.0);
    theirs["Sales Invoice"][0]["outstanding_amount"] = json!(71.40);
    theirs["Sales Invoice"][1]["base_grand_total"] = json!(-51.0);
    theirs["Sales Invoice"][1]["outstanding_amount"] = json!(-20.40);
    for (row, side) in [
        (0, "debit_in_account_currency"),
        (1, "credit_in_account_currency"),
    ] {
        theirs["Journal Entry"][0]["accounts"][row][side] = json!(30.60);
    }
    assert_eq!(differing(&ours, &theirs), []);
    theirs["Sales Invoice"][1]["outstanding_amount"] = json!(-20.41);
    assert_eq!(
        differing(&ours, &theirs),
        one("remaining credit", "24.00", "24.01")
    );
}

#[test]
fn what_a_customer_owes_in_all_is_equal_or_every_part_of_the_difference_is_named() {
    let (ours, theirs) = credited();
    let held = |ours: &Value, theirs: &Value| {
        (
            xero(ours).unwrap_or_default(),
            erpnext(theirs, "M").unwrap_or_default(),
        )
    };
    let (mut in_xero, in_erpnext) = held(&ours, &theirs);
    let of = ("c1".to_owned(), "GBP".to_owned());
    assert_eq!(in_xero.receivables[&of].to_string(), "60.0");
    // A document that no pair accounts for.
    *in_xero.receivables.entry(of).or_default() += rust_decimal::Decimal::ONE;
    let found = compare(&in_xero, &in_erpnext);
    assert_eq!(
        said(&found),
        [(
            "Rose & Co",
            "receivables",
            Some("61.00 GBP"),
            Some("60.00 GBP")
        )]
    );
    // One that differs is named by itself.
    let mut other = theirs.clone();
    other["Sales Invoice"][0]["outstanding_amount"] = json!(83.0);
    let fields: Vec<_> = differing(&ours, &other)
        .into_iter()
        .map(|it| it.1)
        .collect();
    assert_eq!(fields, ["amount due"]);
}
