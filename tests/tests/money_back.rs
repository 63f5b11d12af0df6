//! Money on account that is paid back, and money that went to several accounts, through the whole program and
//! both demo systems.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use app::views::{MappingChange, MappingKind, Side};
use rust_decimal::Decimal;
use sandbox::System;
use serde_json::{Value, json};
use tests::office::Office;

/// An exact JSON number.
fn number(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn exact(value: &Value) -> Decimal {
    let text = value.to_string();
    text.trim_matches('"')
        .parse::<Decimal>()
        .unwrap()
        .normalize()
}

fn rows(office: &Office, system: System, list: &str) -> Vec<Value> {
    office.state(system)[list]
        .as_array()
        .cloned()
        .unwrap_or_default()
}

fn row(office: &Office, system: System, list: &str, key: &str, wanted: &str) -> Value {
    let rows = rows(office, system, list);
    let found = rows.into_iter().find(|row| row[key] == wanted);
    found.unwrap_or_else(|| panic!("{list} {wanted}"))
}

/// Everything is carried, nobody is asked, both books agree, and nothing more is written.
async fn at_rest(office: &Office) {
    office.sync().await;
    let run = office.sync().await;
    let attention = office.app.attention().await.unwrap();
    assert_eq!((run.writes, run.exceptions), (0, 0), "{attention:?}");
    assert_eq!(office.differences(), []);
}

/// An invoice without tax in Xero, of the first contact.
fn sold(office: &Office, called: &str, total: &str) {
    sold_to(office, 0, called, total);
}

fn sold_to(office: &Office, contact: usize, called: &str, total: &str) {
    let contact = office.state(System::Xero)["Contacts"][contact]["ContactID"].clone();
    let operation = json!({
        "op": "create_invoice", "InvoiceNumber": called, "Contact": {"ContactID": contact},
        "Date": "2026-11-20", "DueDate": "2026-12-20", "Status": "AUTHORISED",
        "LineAmountTypes": "NoTax",
        "LineItems": [{"Description": "Ferns", "Quantity": 1, "UnitAmount": number(total),
            "AccountCode": "200", "TaxType": "NONE"}],
    });
    office.edit(System::Xero, &operation).unwrap();
}

/// Money that came in Xero for nothing: its OverpaymentID.
fn came(office: &Office, amount: &str) -> String {
    let contact = office.state(System::Xero)["Contacts"][0]["ContactID"].clone();
    let operation = json!({
        "op": "receive_money", "Contact": {"ContactID": contact}, "Date": "2026-11-21",
        "LineAmountTypes": "NoTax",
        "LineItems": [{"Description": "On account", "Quantity": 1, "UnitAmount": number(amount)}],
    });
    let made = office.edit(System::Xero, &operation).unwrap();
    made["OverpaymentID"].as_str().unwrap().to_owned()
}

/// ERPNext's Payment Entries that stand: which way, what moved, what is for nothing, and what they are for.
fn in_erpnext(office: &Office) -> Vec<String> {
    let entries = rows(office, System::Erpnext, "Payment Entry");
    let standing = entries.iter().filter(|it| it["docstatus"] == 1);
    let mut said: Vec<String> = standing
        .map(|it| {
            let of = it["references"].as_array().into_iter().flatten();
            let mut of: Vec<String> = of
                .map(|part| {
                    let amount = exact(&part["allocated_amount"]);
                    format!("{} {amount}", part["reference_doctype"].as_str().unwrap())
                })
                .collect();
            of.sort();
            format!(
                "{} {}, {} left: {}",
                it["payment_type"].as_str().unwrap(),
                exact(&it["paid_amount"]),
                exact(&it["unallocated_amount"]),
                of.join(", ")
            )
        })
        .collect();
    said.sort();
    said
}

/// Xero's overpayments that stand: what came, and what is left.
fn in_xero(office: &Office) -> Vec<String> {
    let all = rows(office, System::Xero, "Overpayments");
    let standing = all.iter().filter(|it| it["Status"] != "VOIDED");
    standing
        .map(|it| format!("{} {}", exact(&it["Total"]), exact(&it["RemainingCredit"])))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_xero_pays_back_is_paid_back_in_erpnext_and_ends_with_it() {
    let office = Office::open(1, 0).await;
    sold(&office, "SOLD", "30");
    let money = came(&office, "100");
    at_rest(&office).await;
    // Part of it goes back, and the rest is used, in one run.
    let refund = json!({"op": "refund_credit", "OverpaymentID": money, "Amount": 40,
        "Date": "2026-11-22"});
    let refund = office.edit(System::Xero, &refund).unwrap();
    let used = json!({"op": "allocate_credit", "OverpaymentID": money, "InvoiceNumber": "SOLD"});
    office.edit(System::Xero, &used).unwrap();
    at_rest(&office).await;
    assert_eq!(
        in_erpnext(&office),
        [
            "Pay 40, 40 left: ",
            "Receive 100, 30 left: Payment Entry 40, Sales Invoice 30"
        ]
    );
    // What is left goes back too; then the first is taken back.
    let rest = json!({"op": "refund_credit", "OverpaymentID": money, "Date": "2026-11-23"});
    office.edit(System::Xero, &rest).unwrap();
    at_rest(&office).await;
    let gone = json!({"op": "delete_payment", "PaymentID": refund["PaymentID"]});
    office.edit(System::Xero, &gone).unwrap();
    at_rest(&office).await;
    assert_eq!(
        in_erpnext(&office),
        [
            "Pay 30, 30 left: ",
            "Receive 100, 40 left: Payment Entry 30, Sales Invoice 30"
        ]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_erpnext_pays_back_is_paid_back_in_xero_and_ends_with_it() {
    let office = Office::open(1, 0).await;
    at_rest(&office).await;
    let customer = rows(&office, System::Erpnext, "Customer").remove(0);
    let entry = |kind: &str, amount: &str| {
        let accounts = ("Debtors - MF", "Business Bank Account - MF");
        let (from, to) = match kind {
            "Receive" => accounts,
            _ => (accounts.1, accounts.0),
        };
        let operation = json!({
            "op": "create", "doctype": "Payment Entry", "submit": true, "fields": {
                "payment_type": kind, "company": "Maple Florist Ltd",
                "posting_date": "2026-11-24", "party_type": "Customer", "party": customer["name"],
                "paid_from": from, "paid_to": to, "paid_amount": number(amount),
                "received_amount": number(amount), "reference_no": "BACS",
                "reference_date": "2026-11-24",
            },
        });
        let made = office.edit(System::Erpnext, &operation).unwrap();
        made["name"].as_str().unwrap().to_owned()
    };
    let (money, back) = (entry("Receive", "100"), entry("Pay", "25.50"));
    // Nobody has said what it pays back: that is what is asked for.
    office.sync().await;
    let run = office.sync().await;
    let attention = office.app.attention().await.unwrap();
    let causes: Vec<&str> = (attention.groups.iter())
        .map(|it| it.cause.as_str())
        .collect();
    assert_eq!((run.writes, causes), (0, vec!["payment_not_carried"]));
    let put = json!({"op": "reconcile", "doctype": "Payment Entry", "name": money,
        "invoice": back, "amount": "25.50"});
    office.edit(System::Erpnext, &put).unwrap();
    at_rest(&office).await;
    assert_eq!(in_xero(&office), ["100 74.5"]);
    // Cancelled, it is on account again.
    let cancel = json!({"op": "cancel", "doctype": "Payment Entry", "name": back});
    office.edit(System::Erpnext, &cancel).unwrap();
    at_rest(&office).await;
    assert_eq!(in_xero(&office), ["100 100"]);
}

/// Part to the bank, part a fee, part written off; and more than was due, with the rest booked elsewhere.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_went_to_several_accounts_is_divided_in_xero() {
    let office = Office::open(1, 0).await;
    sold(&office, "ENTRY", "120");
    sold(&office, "MORE", "120");
    at_rest(&office).await;
    let invoice = row(&office, System::Erpnext, "Sales Invoice", "name", "ENTRY");
    let receivable = json!({"account": invoice["debit_to"], "party_type": "Customer",
        "party": invoice["customer"], "reference_type": "Sales Invoice",
        "reference_name": "ENTRY", "credit_in_account_currency": 120});
    let debit = |account: &str, amount: &str| json!({"account": account, "debit_in_account_currency": number(amount)});
    let operation = json!({
        "op": "create", "doctype": "Journal Entry", "submit": true, "fields": {
            "voucher_type": "Journal Entry", "company": "Maple Florist Ltd",
            "posting_date": "2026-11-24",
            "accounts": [debit("Business Bank Account - MF", "110"), debit("Freight and Forwarding Charges - MF", "2.49"),
                debit("Write Off - MF", "7.51"), receivable],
        },
    });
    office.edit(System::Erpnext, &operation).unwrap();
    let operation = json!({
        "op": "create", "doctype": "Payment Entry", "submit": true, "fields": {
            "payment_type": "Receive", "company": "Maple Florist Ltd",
            "posting_date": "2026-11-24", "party_type": "Customer", "party": invoice["customer"],
            "paid_from": invoice["debit_to"], "paid_to": "Business Bank Account - MF",
            "paid_amount": 121, "received_amount": 121, "reference_no": "BACS",
            "reference_date": "2026-11-24",
            "deductions": [{"account": "Write Off - MF", "cost_center": "Main - MF", "amount": -1}],
            "references": [{"reference_doctype": "Sales Invoice", "reference_name": "MORE",
                "allocated_amount": 120}],
        },
    });
    let made = office.edit(System::Erpnext, &operation).unwrap();
    for account in ["Freight and Forwarding Charges - MF", "Write Off - MF"] {
        let change = MappingChange {
            kind: MappingKind::Bank,
            side: Side::Erpnext,
            key: account.to_owned(),
            counterpart: Some("881".to_owned()),
            both_ways: false,
        };
        office.app.change_mappings(vec![change]).await.unwrap();
    }
    let quiet = || async {
        office.sync().await;
        let run = office.sync().await;
        let attention = office.app.attention().await.unwrap();
        assert_eq!((run.writes, run.exceptions), (0, 0), "{attention:?}");
    };
    quiet().await;
    let paid = |of: &str| -> Vec<String> {
        let all = rows(&office, System::Xero, "Payments").into_iter();
        let of_invoice = all.filter(|it| it["Invoice"]["InvoiceNumber"] == of);
        let mut said: Vec<String> = of_invoice
            .filter(|it| it["Status"] == "AUTHORISED")
            .map(|it| format!("{} {}", it["Account"]["Code"], exact(&it["Amount"])))
            .collect();
        said.sort();
        said
    };
    let due = |of: &str| {
        let invoice = row(&office, System::Xero, "Invoices", "InvoiceNumber", of);
        exact(&invoice["AmountDue"]).to_string()
    };
    assert_eq!(
        paid("ENTRY"),
        ["\"090\" 110", "\"881\" 2.49", "\"881\" 7.51"]
    );
    assert_eq!((due("ENTRY"), due("MORE")), ("0".into(), "0".into()));
    // 121.00 came to the bank in one, of which 1.00 went on to the other account.
    assert_eq!(in_xero(&office), ["121 0"]);
    let back = rows(&office, System::Xero, "Payments").into_iter();
    let back: Vec<String> = back
        .filter(|it| it["PaymentType"] == "AROVERPAYMENTPAYMENT")
        .map(|it| format!("{} {}", it["Account"]["Code"], exact(&it["Amount"])))
        .collect();
    assert_eq!(back, ["\"881\" 1"]);
    // Cancelled, all of it ends in one run.
    let cancel = json!({"op": "cancel", "doctype": "Payment Entry", "name": made["name"]});
    office.edit(System::Erpnext, &cancel).unwrap();
    quiet().await;
    assert_eq!(in_xero(&office), [""; 0]);
    assert_eq!(due("MORE"), "120");
}

/// One line of the bank's statement, of two customers: it ends whole, in both directions.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_of_several_customers_ends_whole() {
    let office = Office::open(2, 0).await;
    sold_to(&office, 0, "ONE", "100");
    sold_to(&office, 1, "TWO", "50");
    at_rest(&office).await;
    let batch = || {
        let part = |called: &str, amount: u32| json!({"Invoice": {"InvoiceNumber": called}, "Amount": amount});
        let operation = json!({"op": "receive_batch", "Date": "2026-11-22", "Reference": "BACS 9",
            "Payments": [part("ONE", 60), part("TWO", 50)]});
        office.edit(System::Xero, &operation).unwrap()
    };
    let standing = || -> Vec<String> {
        let entries = rows(&office, System::Erpnext, "Payment Entry").into_iter();
        let standing = entries.filter(|it| it["docstatus"] == 1);
        standing
            .map(|it| it["name"].as_str().unwrap().to_owned())
            .collect()
    };
    let cancel = |name: &str| {
        let operation = json!({"op": "cancel", "doctype": "Payment Entry", "name": name});
        office.edit(System::Erpnext, &operation).unwrap();
    };
    let due = |of: &str| {
        let invoice = row(&office, System::Xero, "Invoices", "InvoiceNumber", of);
        exact(&invoice["AmountDue"]).to_string()
    };
    let first = batch();
    at_rest(&office).await;
    let [one, two] = standing().try_into().unwrap();
    assert_eq!((due("ONE"), due("TWO")), ("40".into(), "0".into()));
    // One of them cancelled: Xero could only delete both.
    cancel(&one);
    let run = office.sync().await;
    let attention = office.app.attention().await.unwrap();
    let causes: Vec<&str> = (attention.groups.iter())
        .map(|it| it.cause.as_str())
        .collect();
    assert_eq!((run.writes, causes), (0, vec!["cannot_void"]));
    cancel(&two);
    at_rest(&office).await;
    let id = first["BatchPaymentID"].as_str().unwrap();
    let gone = row(&office, System::Xero, "BatchPayments", "BatchPaymentID", id);
    assert_eq!(gone["Status"], "DELETED");
    assert_eq!((due("ONE"), due("TWO")), ("100".into(), "50".into()));
    // Deleted in Xero, both go.
    let again = batch();
    at_rest(&office).await;
    assert_eq!(standing().len(), 2);
    let operation = json!({"op": "delete_batch", "BatchPaymentID": again["BatchPaymentID"]});
    office.edit(System::Xero, &operation).unwrap();
    at_rest(&office).await;
    assert_eq!(standing(), [""; 0]);
}

/// By rule, what comes in ERPNext for no invoice yet is a prepayment in Xero, and used as one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn advances_are_prepayments_where_the_rules_say_so() {
    let office = Office::open(1, 0).await;
    sold(&office, "SOLD", "30");
    at_rest(&office).await;
    office
        .app
        .change_rules(
            vec![app::views::RuleChange {
                kind: Some(app::views::Kind::Payment),
                set: app::views::RuleSetting::Prepayments(Some("620".to_owned())),
            }],
            true,
        )
        .await
        .unwrap();
    let invoice = row(&office, System::Erpnext, "Sales Invoice", "name", "SOLD");
    let operation = json!({
        "op": "create", "doctype": "Payment Entry", "submit": true, "fields": {
            "payment_type": "Receive", "company": "Maple Florist Ltd",
            "posting_date": "2026-11-24", "party_type": "Customer", "party": invoice["customer"],
            "paid_from": invoice["debit_to"], "paid_to": "Business Bank Account - MF",
            "paid_amount": 100, "received_amount": 100, "reference_no": "BACS",
            "reference_date": "2026-11-24",
            "references": [{"reference_doctype": "Sales Invoice", "reference_name": "SOLD",
                "allocated_amount": 30}],
        },
    });
    office.edit(System::Erpnext, &operation).unwrap();
    at_rest(&office).await;
    assert_eq!(in_xero(&office), [""; 0]);
    let all = rows(&office, System::Xero, "Prepayments");
    let said: Vec<String> = (all.iter())
        .map(|it| format!("{} {}", exact(&it["Total"]), exact(&it["RemainingCredit"])))
        .collect();
    assert_eq!(said, ["100 70"]);
}
