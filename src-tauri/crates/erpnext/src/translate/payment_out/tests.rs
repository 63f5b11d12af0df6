#![allow(clippy::unwrap_used)]

use super::super::payment_in::to_ledger;
use super::*;
use crate::chart::sample::{chart, dec};
use crate::records::owed::sample;
use crate::wire::PaymentRow;
use crate::wire::row::{all, one};
use chrono::NaiveDate;
use ledger::{Currency, Deduction, PaymentAllocation, RemoteId};
use proptest::prelude::*;

pub(super) fn payment(
    direction: PaymentDirection,
    parts: &[(&str, &str)],
    unallocated: &str,
) -> Payment {
    let allocations: Vec<PaymentAllocation> = parts
        .iter()
        .map(|(document, amount)| PaymentAllocation {
            id: None,
            document: match direction {
                PaymentDirection::Received => PaidDocument::Invoice(RemoteId::new(*document)),
                PaymentDirection::Refunded => PaidDocument::CreditNote(RemoteId::new(*document)),
            },
            amount: dec(amount),
            in_document: None,
            leaves: None,
        })
        .collect();
    let allocated: Decimal = allocations.iter().map(|part| part.amount).sum();
    Payment {
        number: None,
        direction,
        state: DocumentState::Approved,
        contact: RemoteId::new("Acme"),
        contact_name: "Acme".into(),
        date: NaiveDate::from_ymd_opt(2026, 11, 10).unwrap(),
        currency: Currency::new("GBP").unwrap(),
        exchange_rate: None,
        amount: allocated + dec(unallocated),
        bank_account: Some("Bank - ACM".into()),
        bank_amount: None,
        mode: None,
        reference: Some("BACS 17".into()),
        allocations,
        unallocated: dec(unallocated),
        deductions: vec![],
        reconciled: false,
        on_account: false,
        with: Vec::new(),
        credits: Vec::new(),
        bank_currency: None,
    }
}

fn body(payment: &Payment) -> Value {
    create_body(payment, "guid", &[], &chart()).unwrap()
}

#[test]
fn money_received_for_several_invoices_and_for_none() {
    let payment = payment(
        PaymentDirection::Received,
        &[("INV-1", "60"), ("INV-2", "20.50")],
        "19.50",
    );
    let body = create_body(&payment, "batch:guid", &[], &chart()).unwrap();
    assert_eq!(body["payment_type"], "Receive");
    assert_eq!(body["company"], chart().company);
    assert_eq!(body["paid_from"], "Debtors - ACM");
    assert_eq!(body["paid_to"], "Bank - ACM");
    assert_eq!(body["paid_amount"].to_string(), "100");
    assert_eq!(body["received_amount"].to_string(), "100");
    assert_eq!(body["reference_date"], "2026-11-10");
    assert_eq!(body["xero_payment_id"], "batch:guid");
    assert_eq!(
        body["references"].to_string(),
        r#"[{"reference_doctype":"Sales Invoice","reference_name":"INV-1","allocated_amount":60},{"reference_doctype":"Sales Invoice","reference_name":"INV-2","allocated_amount":20.5}]"#
    );
}

#[test]
fn money_paid_back() {
    let body = body(&payment(PaymentDirection::Refunded, &[("CN-1", "60")], "0"));
    assert_eq!(body["payment_type"], "Pay");
    assert_eq!(body["paid_from"], "Bank - ACM");
    assert_eq!(body["paid_to"], "Debtors - ACM");
    assert_eq!(body["references"][0]["allocated_amount"].to_string(), "-60");
}

#[test]
fn what_was_kept_back_never_reached_the_bank() {
    let fee = |direction| {
        let mut payment = payment(direction, &[("D", "100")], "0");
        payment.deductions = vec![Deduction {
            account: "Fees - ACM".into(),
            base_amount: dec("3"),
            exchange_difference: false,
        }];
        body(&payment)
    };
    let received = fee(PaymentDirection::Received);
    assert_eq!(received["paid_amount"].to_string(), "97");
    assert_eq!(received["received_amount"].to_string(), "97");
    assert_eq!(received["deductions"][0]["cost_center"], "Main - ACM");
    let paid = fee(PaymentDirection::Refunded);
    assert_eq!(paid["paid_amount"].to_string(), "103");
}

#[test]
fn foreign_currency_takes_the_bank_s_rate() {
    let mut payment = payment(PaymentDirection::Received, &[("INV-1", "100")], "0");
    payment.currency = Currency::new("USD").unwrap();
    payment.bank_amount = Some(dec("82"));
    let body = body(&payment);
    assert_eq!(body["paid_from"], "Debtors USD - ACM");
    assert_eq!(body["paid_amount"].to_string(), "100");
    assert_eq!(body["source_exchange_rate"].to_string(), "0.82");
    assert_eq!(body["received_amount"].to_string(), "82");
    assert_eq!(body["target_exchange_rate"].to_string(), "1");
    // Into an account of the same currency, at the stated rate.
    payment.bank_account = Some("Bank USD - ACM".into());
    payment.bank_amount = None;
    payment.exchange_rate = Some(dec("0.8"));
    let same = self::body(&payment);
    assert_eq!(same["received_amount"].to_string(), "100");
    assert_eq!(same["target_exchange_rate"].to_string(), "0.8");
    // No rate anywhere.
    payment.exchange_rate = None;
    assert_eq!(refused(&payment), "exchange rate");
    // No receivable account in the currency.
    payment.bank_account = Some("Bank - ACM".into());
    payment.currency = Currency::new("JPY").unwrap();
    assert_eq!(refused(&payment), "currency");
}

fn refused(payment: &Payment) -> String {
    match create_body(payment, "guid", &[], &chart()) {
        Err(Cause::Invalid { field, .. }) => field,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_erpnext_would_refuse_is_told_before() {
    let good = payment(PaymentDirection::Received, &[("INV-1", "60")], "0");
    let bad = |change: fn(&mut Payment)| {
        let mut payment = good.clone();
        change(&mut payment);
        refused(&payment)
    };
    assert_eq!(bad(|p| p.amount = dec("61")), "amount");
    assert_eq!(bad(|p| p.unallocated = dec("-60")), "amount");
    assert_eq!(bad(|p| p.bank_amount = Some(dec("59"))), "amount");
    assert_eq!(bad(|p| p.bank_account = None), "bank account");
    let closed = |p: &mut Payment| p.bank_account = Some("Closed Bank - ACM".into());
    assert_eq!(bad(closed), "bank account");
    assert_eq!(bad(|p| p.state = DocumentState::Voided), "state");
    assert_eq!(
        bad(|p| p.allocations[0].document = PaidDocument::CreditNote(RemoteId::new("CN"))),
        "payment"
    );
    let mut chart = chart();
    chart.frozen_until = NaiveDate::from_ymd_opt(2026, 12, 31);
    let locked = create_body(&good, "guid", &[], &chart).unwrap_err();
    assert_eq!(locked.word(), "period_locked");
}

/// The row that ERPNext makes of a body.
pub(super) fn stored(body: &Value, unallocated: Decimal) -> PaymentRow {
    let chart = chart();
    let mut row = body.clone();
    row["name"] = json!("PAY-1");
    row["modified"] = json!("m");
    row["docstatus"] = json!(1);
    row["unallocated_amount"] = number(unallocated);
    for side in ["paid_from", "paid_to"] {
        let account = chart.account(body[side].as_str().unwrap()).unwrap();
        row[format!("{side}_account_currency")] = json!(account.currency.unwrap().code());
    }
    let table = |field: &str| {
        let mut rows = body[field].as_array().unwrap().clone();
        for (at, row) in rows.iter_mut().enumerate() {
            row["idx"] = json!(at + 1);
            row["name"] = json!(format!("{field}{at}"));
        }
        rows
    };
    let (references, deductions) = (table("references"), table("deductions"));
    PaymentRow::read(one(&row), &all(&references), &all(&deductions)).unwrap()
}

#[test]
fn one_row_for_each_invoice_and_term() {
    let payment = payment(
        PaymentDirection::Received,
        &[("B", "10"), ("A", "30"), ("B", "5.50")],
        "0",
    );
    let rows = |owed: &[Owed]| {
        let body = create_body(&payment, "guid", owed, &chart()).unwrap();
        let row = |row: &Value| {
            let text = |field: &str| row[field].as_str().unwrap_or("-").to_owned();
            let amount = &row["allocated_amount"];
            format!(
                "{} {} {amount}",
                text("reference_name"),
                text("payment_term")
            )
        };
        let rows: Vec<String> = body["references"]
            .as_array()
            .unwrap()
            .iter()
            .map(row)
            .collect();
        (body["paid_from"].as_str().unwrap().to_owned(), rows)
    };
    let own = "Debtors - ACM".to_owned();
    let plain = ["B - 15.5", "A - 30"].map(str::to_owned).to_vec();
    assert_eq!(rows(&[]), (own, plain));
    let term = |term: &str, open: &str| OpenTerm {
        term: term.into(),
        open: dec(open),
    };
    let mut invoice = sample("A", "Debtors 2 - ACM", dec("60"));
    invoice.terms = vec![term("T1", "0"), term("T2", "12.50"), term("T3", "20")];
    let mut more = sample("B", "Debtors 2 - ACM", dec("20"));
    more.terms = vec![term("T1", "5"), term("T2", "5")];
    let (account, divided) = rows(&[invoice.clone(), more]);
    assert_eq!(account, "Debtors 2 - ACM");
    assert_eq!(divided, ["B T1 5", "B T2 10.5", "A T2 12.5", "A T3 17.5"]);
    invoice.terms = vec![term("T1", "0"), term("T2", "0")];
    let (_, nothing) = rows(&[invoice]);
    assert_eq!(nothing, ["B - 15.5", "A T2 30"]);
}

/// What a payment is for, with the amounts as they are told.
fn told(payment: &Payment) -> Vec<String> {
    let parts = payment.allocations.iter().map(|part| {
        let (kind, id) = part.document.named();
        format!("{kind} {id} {}", part.amount)
    });
    parts.collect()
}

#[test]
fn what_a_payment_is_for_besides_invoices_is_told() {
    // 60 received for an invoice of 100 and a credit note of 40 (erpnext recording 08#68).
    let mut received = body(&payment(
        PaymentDirection::Received,
        &[("INV-1", "100")],
        "0",
    ));
    received["paid_amount"] = json!(60);
    received["received_amount"] = json!(60);
    let row = |doctype: &str, name: &str, amount: i64| json!({"reference_doctype": doctype, "reference_name": name, "allocated_amount": amount});
    let rows = received["references"].as_array_mut().unwrap();
    rows.push(row("Sales Invoice", "CN-1", -40));
    let read = to_ledger(&stored(&received, Decimal::ZERO), &chart());
    assert_eq!(told(&read), ["invoice INV-1 60"]);
    assert_eq!(read.credits, [RemoteId::new("CN-1")]);
    assert_eq!((read.amount, read.unallocated), (dec("60"), dec("0")));
    // An order is no document of ours, nor is a journal entry: that is on account.
    for other in [
        row("Sales Order", "SO-1", 5),
        row("Journal Entry", "JV-1", 5),
    ] {
        let mut received = received.clone();
        received["paid_amount"] = json!(65);
        received["received_amount"] = json!(65);
        received["references"].as_array_mut().unwrap().push(other);
        let read = to_ledger(&stored(&received, Decimal::ZERO), &chart());
        assert_eq!((read.amount, read.unallocated), (dec("65"), dec("5")));
    }
    // Paid back: what is put to an invoice makes it less.
    let mut paid = body(&payment(PaymentDirection::Refunded, &[("CN-1", "60")], "0"));
    let rows = paid["references"].as_array_mut().unwrap();
    rows.push(row("Sales Invoice", "INV-2", 20));
    let read = to_ledger(&stored(&paid, Decimal::ZERO), &chart());
    assert_eq!(told(&read), ["credit note CN-1 60", "invoice INV-2 -20"]);
    assert_eq!(read.amount, dec("40"));
}

#[test]
fn one_invoice_on_several_rows_is_one_part() {
    let mut body = body(&payment(
        PaymentDirection::Received,
        &[("A", "60"), ("B", "5")],
        "0",
    ));
    let row = json!({"reference_doctype": "Sales Invoice", "reference_name": "A", "allocated_amount": 0.5});
    body["references"].as_array_mut().unwrap().push(row);
    let read = to_ledger(&stored(&body, Decimal::ZERO), &chart());
    assert_eq!(told(&read), ["invoice A 60.5", "invoice B 5"]);
}

/// What the site divided by the rate is what moved less what is used; a real difference stays one.
#[test]
fn what_is_left_in_a_foreign_currency_is_told_to_the_cent() {
    let mut payment = payment(PaymentDirection::Received, &[("A", "33.33")], "66.64");
    payment.currency = Currency::new("USD").unwrap();
    payment.exchange_rate = Some(dec("0.82"));
    let left = |unallocated: &str| {
        let read = to_ledger(&stored(&body(&payment), dec(unallocated)), &chart());
        (read.unallocated, read.amount)
    };
    assert_eq!(left("66.646341463"), (dec("66.64"), dec("99.97")));
    assert_eq!(left("66.634146341"), (dec("66.64"), dec("99.97")));
    assert_eq!(left("66.70"), (dec("66.70"), dec("100.03")));
}

/// Where advances are kept apart, each row says its day.
#[test]
fn rows_say_their_day_where_advances_are_kept_apart() {
    let payment = payment(PaymentDirection::Received, &[("A", "33.33")], "0");
    let mut chart = chart();
    let day = |chart: &crate::Chart| {
        let body = create_body(&payment, "guid", &[], chart).unwrap();
        body["references"][0]["reconcile_effect_on"].clone()
    };
    assert_eq!(day(&chart), Value::Null);
    chart.advances_apart = true;
    assert_eq!(day(&chart), json!(payment.date.to_string()));
}

#[test]
fn a_cleared_payment_is_reconciled_and_a_dash_is_no_reference() {
    let mut body = body(&payment(PaymentDirection::Received, &[], "10"));
    body["reference_no"] = json!("-");
    body["clearance_date"] = json!("2026-11-30");
    let read = to_ledger(&stored(&body, dec("10")), &chart());
    assert!(read.reconciled);
    assert_eq!(read.reference, None);
    assert_eq!(read.allocations, []);
}

prop_compose! {
    fn any_payment()(
        refund in any::<bool>(),
        parts in proptest::collection::vec(1_i64..1_000_000, 0..6),
        rest in 0_i64..1_000_000,
        fee in 0_i64..100,
        usd in any::<bool>(),
        rate in 500_000_i64..2_000_000,
    ) -> Payment {
        let direction = if refund { PaymentDirection::Refunded } else { PaymentDirection::Received };
        let parts: Vec<(String, String)> = parts
            .iter()
            .enumerate()
            .map(|(at, cents)| (format!("D-{at}"), Decimal::new(*cents, 2).to_string()))
            .collect();
        let parts: Vec<(&str, &str)> = parts.iter().map(|(document, amount)| (document.as_str(), amount.as_str())).collect();
        let rest = Decimal::new(rest + 200, 2).to_string();
        let mut made = payment(direction, &parts, &rest);
        if usd {
            made.currency = Currency::new("USD").unwrap();
            made.exchange_rate = Some(Decimal::new(rate, 6));
        } else if fee > 0 {
            made.deductions = vec![Deduction {
                account: "Fees - ACM".into(), base_amount: Decimal::new(fee, 2), exchange_difference: false,
            }];
        }
        made
    }
}

proptest! {
    #[test]
    fn payments_survive_the_way_there_and_back(intended in any_payment()) {
        let body = body(&intended);
        let back = to_ledger(&stored(&body, intended.unallocated), &chart());
        prop_assert_eq!(back.direction, intended.direction);
        prop_assert_eq!(back.amount, intended.amount);
        prop_assert_eq!(back.unallocated, intended.unallocated);
        prop_assert_eq!(back.currency, intended.currency);
        prop_assert_eq!(&back.bank_account, &intended.bank_account);
        prop_assert_eq!(&back.reference, &intended.reference);
        prop_assert_eq!(&back.deductions, &intended.deductions);
        let parts = |payment: &Payment| payment.allocations.iter().map(|part| (part.document.clone(), part.amount)).collect::<Vec<_>>();
        prop_assert_eq!(parts(&back), parts(&intended));
        // What was read can be written again, and reads the same.
        let again = self::body(&back);
        prop_assert_eq!(to_ledger(&stored(&again, back.unallocated), &chart()), Payment { number: back.number.clone(), ..back });
    }
}
