mod credit_notes;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Audit, Kind, compare, erpnext, payment_title, xero};

fn xero_state() -> Value {
    json!({
        "Contacts": [
            {"ContactID": "C1", "Name": "Rose & Co", "EmailAddress": "a@rose.example", "ContactStatus": "ACTIVE"}
        ],
        "Invoices": [{
            "InvoiceID": "I1", "Type": "ACCREC", "InvoiceNumber": "INV-1", "Status": "AUTHORISED",
            "Contact": {"ContactID": "C1", "Name": "Rose & Co"},
            "DateString": "2026-01-31T00:00:00", "DueDateString": "2026-02-28T00:00:00",
            "CurrencyCode": "GBP", "Total": 120.00, "TotalTax": 20.00, "AmountDue": 120.00,
            "LineItems": [{"Description": "Roses", "LineAmount": 100.00}]
        }]
    })
}

fn erpnext_state() -> Value {
    json!({
        "Customer": [
            {"name": "Rose & Co", "customer_name": "Rose & Co", "email_id": "a@rose.example",
             "disabled": 0, "xero_contact_id": "c1"}
        ],
        "Sales Invoice": [{
            "name": "INV-1", "company": "M", "docstatus": 1, "customer": "Rose & Co",
            "customer_name": "Rose & Co", "posting_date": "2026-01-31", "due_date": "2026-02-28",
            "currency": "GBP", "party_account_currency": "GBP", "conversion_rate": 1.0,
            "grand_total": 120.0, "base_grand_total": 120.0, "total_taxes_and_charges": 20.0,
            "outstanding_amount": 120.0, "xero_invoice_id": "i1",
            "taxes": [{"charge_type": "On Net Total", "account_head": "VAT - M"}],
            "items": [{"item_name": "Roses", "description": "<p>Roses</p>", "amount": 100.0}]
        }]
    })
}

fn audit(xero_state: &Value, erpnext_state: &Value) -> Audit {
    let (xero, erpnext) = (xero(xero_state), erpnext(erpnext_state, "M"));
    match (xero, erpnext) {
        (Ok(xero), Ok(erpnext)) => compare(&xero, &erpnext),
        other => panic!("not read: {other:?}"),
    }
}

#[test]
fn books_that_agree_have_no_difference() {
    let found = audit(&xero_state(), &erpnext_state());
    assert_eq!((found.contacts, found.invoices), (1, 1));
    assert_eq!(found.differences, []);
}

#[test]
fn a_cent_is_a_difference() {
    let mut theirs = erpnext_state();
    theirs["Sales Invoice"][0]["grand_total"] = json!(120.01);
    let found = audit(&xero_state(), &theirs);
    assert_eq!(found.differences.len(), 1);
    let difference = &found.differences[0];
    assert_eq!(difference.field, "total");
    assert_eq!(difference.xero.as_deref(), Some("120.00"));
    assert_eq!(difference.erpnext.as_deref(), Some("120.01"));
}

#[test]
fn what_was_sold_and_the_reference_count() {
    let mut theirs = erpnext_state();
    let row = &mut theirs["Sales Invoice"][0];
    row["po_no"] = json!("PO 7");
    row["items"][0]["description"] = json!("Tulips");
    let fields: Vec<&str> = audit(&xero_state(), &theirs)
        .differences
        .iter()
        .map(|one| one.field)
        .collect();
    assert_eq!(fields, ["lines", "reference"]);
    // How an amount is made up may follow a text.
    let row = &mut theirs["Sales Invoice"][0];
    row["po_no"] = Value::Null;
    row["items"][0]["description"] = json!("Roses<br>(5.1 × 182.55)");
    assert_eq!(audit(&xero_state(), &theirs).differences, []);
}

/// ERPNext gave the name of a document that was deleted to the next one. Xero has the old one, voided, so the new
/// one has a number behind it there; a number of its own is a difference, and so is one that nobody had.
#[test]
fn a_name_that_was_given_again_has_a_number_behind_it_in_xero() {
    let numbers = |number: &str, status: &str, name: &str| {
        let (mut ours, mut theirs) = (xero_state(), erpnext_state());
        let mut old = ours["Invoices"][0].clone();
        old["InvoiceID"] = json!("I0");
        old["Status"] = json!(status);
        ours["Invoices"][0]["InvoiceNumber"] = json!(number);
        ours["Invoices"] = json!([ours["Invoices"][0], old]);
        theirs["Sales Invoice"][0]["name"] = json!(name);
        let found = audit(&ours, &theirs).differences.into_iter();
        found.filter(|it| it.field == "number").count()
    };
    assert_eq!(numbers("INV-1 (2)", "VOIDED", "INV-1"), 0);
    assert_eq!(numbers("INV-1 (2)", "VOIDED", "INV-1-1"), 0, "amended");
    assert_eq!(numbers("INV-1 (2)", "AUTHORISED", "INV-1"), 1);
    assert_eq!(numbers("INV-1 (b)", "VOIDED", "INV-1"), 1);
    assert_eq!(numbers("INV-2 (2)", "VOIDED", "INV-2"), 1);
}

#[test]
fn an_amended_document_has_a_name_of_its_own() {
    let named = |name: &str| {
        let mut theirs = erpnext_state();
        theirs["Sales Invoice"][0]["name"] = json!(name);
        audit(&xero_state(), &theirs).differences
    };
    assert_eq!(named("INV-1-2"), []);
    assert_eq!(named("INV-12")[0].field, "number");
    assert_eq!(named("INV-1-A")[0].field, "number");
}

#[test]
fn another_wording_of_a_name_is_no_difference_but_another_name_is() {
    let mut theirs = erpnext_state();
    theirs["Customer"][0]["customer_name"] = json!("ROSE and Co.");
    assert_eq!(audit(&xero_state(), &theirs).differences, []);
    theirs["Customer"][0]["customer_name"] = json!("Rose & Sons");
    assert_eq!(audit(&xero_state(), &theirs).differences[0].field, "name");
}

#[test]
fn a_record_without_counterpart_is_a_difference_on_either_side() {
    let mut theirs = erpnext_state();
    theirs["Sales Invoice"][0]["xero_invoice_id"] = Value::Null;
    let found = audit(&xero_state(), &theirs);
    assert_eq!(found.differences.len(), 2);
    assert!(found.differences.iter().all(|one| one.field == "record"));
    let excused = [(Kind::Invoice, "INV-1".to_owned())].into();
    assert!(found.records_that_differ(&excused).is_empty());
}

#[test]
fn a_second_copy_is_a_difference() {
    let mut theirs = erpnext_state();
    let mut copy = theirs["Customer"][0].clone();
    copy["name"] = json!("Rose & Co - 1");
    if let Some(customers) = theirs["Customer"].as_array_mut() {
        customers.push(copy);
    }
    let found = audit(&xero_state(), &theirs);
    assert!(found.differences.iter().any(|one| one.field == "duplicate"));
}

#[test]
fn what_was_voided_on_both_sides_or_never_copied_is_equal() {
    let (mut ours, mut theirs) = (xero_state(), erpnext_state());
    ours["Invoices"][0]["Status"] = json!("VOIDED");
    theirs["Sales Invoice"] = json!([]);
    assert_eq!(audit(&ours, &theirs).differences, []);
}

#[test]
fn a_foreign_invoice_is_compared_in_its_own_currency() {
    let (mut ours, mut theirs) = (xero_state(), erpnext_state());
    ours["Invoices"][0]["CurrencyCode"] = json!("EUR");
    ours["Invoices"][0]["AmountDue"] = json!(60.00);
    let row = &mut theirs["Sales Invoice"][0];
    row["currency"] = json!("EUR");
    row["conversion_rate"] = json!(0.85);
    row["base_grand_total"] = json!(102.0);
    row["outstanding_amount"] = json!(51.0);
    assert_eq!(audit(&ours, &theirs).differences, []);
}

#[test]
fn a_state_of_another_form_is_refused() {
    assert!(xero(&Value::Null).is_err());
    assert!(erpnext(&json!({"Customer": []}), "M").is_err());
}

#[test]
fn money_on_account_counts_by_customer_and_currency() {
    let (mut ours, mut theirs) = (xero_state(), erpnext_state());
    ours["Overpayments"] = json!([
        {"OverpaymentID": "O1", "Type": "RECEIVE-OVERPAYMENT", "Status": "AUTHORISED", "Contact": {"ContactID": "C1"},
         "CurrencyCode": "GBP", "RemainingCredit": 75.0},
        {"Type": "SPEND-OVERPAYMENT", "Status": "AUTHORISED", "Contact": {"ContactID": "C1"},
         "CurrencyCode": "GBP", "RemainingCredit": 5.0}
    ]);
    theirs["Payment Entry"] = json!([
        {"name": "PAY-1", "company": "M", "docstatus": 1, "party_type": "Customer", "party": "Rose & Co",
         "payment_type": "Receive", "paid_from_account_currency": "GBP", "unallocated_amount": 35.01},
        {"name": "PAY-2", "company": "M", "docstatus": 2, "party_type": "Customer", "party": "Rose & Co",
         "payment_type": "Receive", "paid_from_account_currency": "GBP", "unallocated_amount": 1.0}
    ]);
    // The ledger says what is open, to the cent: 60.00 came, and 25.00 were put to an invoice since.
    let entry = |payment: &str, amount: f64, delinked: i64| {
        json!({"against_voucher_type": "Payment Entry", "against_voucher_no": payment,
               "amount_in_account_currency": amount, "delinked": delinked})
    };
    theirs["Payment Ledger Entry"] = json!([
        entry("PAY-1", -60.0, 0),
        entry("PAY-1", 25.0, 0),
        entry("PAY-2", -1.0, 1),
    ]);
    // What an entry settles of an invoice is a payment, and what it leaves open is on account.
    ours["Payments"] = json!([{
        "PaymentID": "P1", "PaymentType": "ACCRECPAYMENT", "Status": "AUTHORISED",
        "Date": "2026-02-03T00:00:00", "Amount": 7.0,
        "Invoice": {"InvoiceID": "I1", "CurrencyCode": "GBP", "Contact": {"ContactID": "C1"}}
    }]);
    theirs["Journal Entry"] = json!([{"name": "JV-1", "company": "M", "docstatus": 1,
        "posting_date": "2026-02-03", "accounts": [
        {"party_type": "Customer", "party": "Rose & Co", "account_currency": "GBP",
         "credit_in_account_currency": 40.0},
        {"party_type": "Customer", "party": "Rose & Co", "account_currency": "GBP", "xero_payment_id": "p1",
         "reference_name": "INV-1", "credit_in_account_currency": 7.0}
    ]}]);
    let found = audit(&ours, &theirs);
    assert_eq!((found.differences, found.payments), (vec![], 1));
    // What a division left is no cent, and the invoice alone is named.
    theirs["Payment Ledger Entry"][1]["amount_in_account_currency"] = json!(24.999_999_999_99);
    theirs["Sales Invoice"][0]["outstanding_amount"] = json!(110.0);
    let found = audit(&ours, &theirs).differences;
    let fields: Vec<&str> = found.iter().map(|it| it.field).collect();
    assert_eq!(fields, ["amount due"]);
    theirs["Sales Invoice"][0]["outstanding_amount"] = json!(120.0);
    theirs["Payment Ledger Entry"][1]["amount_in_account_currency"] = json!(24.0);
    let found = audit(&ours, &theirs).differences;
    let shown = |it: &Option<String>| it.clone().unwrap_or_default();
    assert_eq!(
        (found[0].title.as_str(), found[0].field),
        ("Rose & Co", "on account")
    );
    assert_eq!(
        (shown(&found[0].xero), shown(&found[0].erpnext)),
        ("75.00 GBP".to_owned(), "76.00 GBP".to_owned())
    );
}

/// An invoice paid in two parts: 50.00 by a payment of its own, 70.00 with another invoice in a batch.
fn paid() -> (Value, Value) {
    let (mut ours, mut theirs) = (xero_state(), erpnext_state());
    let second = |row: &Value, id: &str, name: &str, number: &str| {
        let mut row = row.clone();
        row[id] = json!(name);
        row[number] = json!("INV-2");
        row
    };
    let invoice = second(&ours["Invoices"][0], "InvoiceID", "I2", "InvoiceNumber");
    ours["Invoices"] = json!([ours["Invoices"][0].clone(), invoice]);
    let invoice = second(&theirs["Sales Invoice"][0], "xero_invoice_id", "i2", "name");
    theirs["Sales Invoice"] = json!([theirs["Sales Invoice"][0].clone(), invoice]);
    let payment = |id: &str, batch: Option<&str>, invoice: &str, amount: f64, day: &str| {
        json!({"PaymentID": id, "BatchPaymentID": batch, "PaymentType": "ACCRECPAYMENT",
            "Status": "AUTHORISED", "Date": day, "Amount": amount,
            "Invoice": {"InvoiceID": invoice, "CurrencyCode": "GBP", "Contact": {"ContactID": "C1"}}})
    };
    ours["Payments"] = json!([
        payment("P1", None, "I1", 50.0, "2026-02-03T00:00:00"),
        payment("P2", Some("B1"), "I1", 70.0, "2026-02-10T00:00:00"),
        payment("P3", Some("B1"), "I2", 20.0, "2026-02-10T00:00:00"),
    ]);
    let entry = |name: &str, marker: &str, day: &str, references: Value| {
        json!({"name": name, "company": "M", "docstatus": 1, "payment_type": "Receive",
            "party_type": "Customer", "party": "Rose & Co", "posting_date": day,
            "paid_from_account_currency": "GBP", "unallocated_amount": 0.0,
            "xero_payment_id": marker, "references": references})
    };
    let part = |name: &str, amount: f64| json!({"reference_doctype": "Sales Invoice", "reference_name": name, "allocated_amount": amount});
    theirs["Payment Entry"] = json!([
        entry("PE-1", "p1", "2026-02-03", json!([part("INV-1", 50.0)])),
        entry(
            "PE-2",
            "batch:b1",
            "2026-02-10",
            json!([part("INV-2", 20.0), part("INV-1", 70.0)])
        ),
    ]);
    (ours, theirs)
}

fn said(found: &Audit) -> Vec<(&str, &str, Option<&str>, Option<&str>)> {
    let rows = found.differences.iter();
    rows.map(|it| {
        let (xero, erpnext) = (it.xero.as_deref(), it.erpnext.as_deref());
        (it.title.as_str(), it.field, xero, erpnext)
    })
    .collect()
}

#[test]
fn payments_are_compared_by_day_and_by_what_they_pay_of_which_invoice() {
    let (ours, theirs) = paid();
    let found = audit(&ours, &theirs);
    assert_eq!((found.payments, said(&found)), (2, vec![]));

    let mut other = theirs.clone();
    other["Payment Entry"][1]["references"][0]["allocated_amount"] = json!(20.01);
    other["Payment Entry"][0]["posting_date"] = json!("2026-02-04");
    assert_eq!(
        said(&audit(&ours, &other)),
        [
            ("PE-1", "date", Some("2026-02-03"), Some("2026-02-04")),
            (
                "PE-2",
                "pays",
                Some("INV-1 70.00, INV-2 20.00"),
                Some("INV-1 70.00, INV-2 20.01")
            ),
        ]
    );
    // Deleted in Xero, and not cancelled in ERPNext.
    let mut other = ours.clone();
    other["Payments"][0]["Status"] = json!("DELETED");
    assert_eq!(
        said(&audit(&other, &theirs)),
        [("PE-1", "ended", Some("true"), Some("false"))]
    );
    // Ended on both sides: nothing differs, and it counts as compared.
    let mut cancelled = theirs.clone();
    cancelled["Payment Entry"][0]["docstatus"] = json!(2);
    let found = audit(&other, &cancelled);
    assert_eq!((found.payments, said(&found)), (2, vec![]));
}

#[test]
fn a_payment_on_one_side_only_is_a_difference_and_excuses_what_is_owed_where_it_is_listed() {
    let (ours, mut theirs) = paid();
    theirs["Payment Entry"][1]["xero_payment_id"] = Value::Null;
    theirs["Sales Invoice"][0]["outstanding_amount"] = json!(70.0);
    let found = audit(&ours, &theirs);
    assert_eq!(
        said(&found),
        [
            ("INV-1", "amount due", Some("120.00"), Some("70.00")),
            (
                "PE-2",
                "record",
                None,
                Some("INV-1 70.00, INV-2 20.00 2026-02-10")
            ),
            (
                "b1",
                "record",
                Some("INV-1 70.00, INV-2 20.00 2026-02-10"),
                None
            ),
        ]
    );
    let title = payment_title("batch:b1");
    let mut excused = BTreeSet::from([(Kind::Payment, title)]);
    let left = found.records_that_differ(&excused);
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].title, "PE-2");
    excused.insert((Kind::Payment, payment_title("PE-2")));
    assert!(found.records_that_differ(&excused).is_empty());
}
