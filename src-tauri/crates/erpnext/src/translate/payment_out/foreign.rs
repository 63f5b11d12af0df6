//! Foreign documents on a receivable account in the company's currency: both ways.
#![allow(clippy::unwrap_used)]

use ledger::Money;
use ledger::payment::same_payment;

use super::tests::{payment, stored};
use super::*;
use crate::chart::sample::{chart, dec};
use crate::records::owed::sample;
use crate::wire::{ForeignDocument, PaymentRow};

fn currency(code: &str) -> Currency {
    Currency::new(code).unwrap()
}

/// A document that is kept in pounds, of which this many are open.
fn kept(name: &str, code: &str, rate: &str, open: &str) -> Owed {
    let mut owed = sample(name, "Debtors - ACM", dec(open));
    owed.currency = Some(currency("GBP"));
    owed.document_currency = Some(currency(code));
    owed.rate = dec(rate);
    owed
}

/// What Xero says was paid: so much of each document, and what is left of it then.
fn paid(code: &str, rate: &str, parts: &[(&str, &str, &str)]) -> Payment {
    let amounts: Vec<(&str, &str)> = parts.iter().map(|it| (it.0, it.1)).collect();
    let mut paid = payment(PaymentDirection::Received, &amounts, "0");
    for (part, (_, _, leaves)) in paid.allocations.iter_mut().zip(parts) {
        part.leaves = Some(dec(leaves));
    }
    paid.currency = currency(code);
    paid.exchange_rate = Some(dec(rate));
    paid
}

/// What goes out: paid, received, the rows, and what is deducted.
fn said(payment: &Payment, owed: &[Owed]) -> String {
    let body = create_body(payment, "guid", owed, &chart()).unwrap();
    let amounts = |field: &str, amount: &str| {
        let rows = body[field].as_array().unwrap().iter();
        let rows: Vec<String> = rows.map(|row| row[amount].to_string()).collect();
        rows.join(" + ")
    };
    format!(
        "{} {} → {} at {}: {}; {}",
        body["paid_from"].as_str().unwrap(),
        body["paid_amount"],
        body["received_amount"],
        body["target_exchange_rate"],
        amounts("references", "allocated_amount"),
        amounts("deductions", "amount"),
    )
}

/// R3: 88.00 are taken off, 99.00 came, and 11.00 are a gain, whichever account they came to.
#[test]
fn what_the_bank_moved_is_not_what_is_taken_off_the_invoice() {
    let owed = [kept("A", "USD", "0.8", "88")];
    let mut paid = paid("USD", "0.9", &[("A", "110", "0")]);
    paid.bank_amount = Some(dec("99"));
    assert_eq!(said(&paid, &owed), "Debtors - ACM 99 → 99 at 1: 88; -11");
    let body = create_body(&paid, "guid", &owed, &chart()).unwrap();
    assert_eq!(body["deductions"][0]["account"], "Exchange Gain/Loss - ACM");
    // To an account in dollars.
    paid.bank_account = Some("Bank USD - ACM".into());
    paid.bank_amount = Some(dec("110"));
    assert_eq!(said(&paid, &owed), "Debtors - ACM 99 → 110 at 0.9: 88; -11");
    // A loss.
    paid.exchange_rate = Some(dec("0.75"));
    assert_eq!(
        said(&paid, &owed),
        "Debtors - ACM 82.5 → 110 at 0.75: 88; 5.5"
    );
    // At the invoice's own rate there is neither.
    paid.exchange_rate = Some(dec("0.8"));
    assert_eq!(said(&paid, &owed), "Debtors - ACM 88 → 110 at 0.8: 88; ");
    // One that states no rate has the bank's; without that there is none.
    paid.bank_account = Some("Bank - ACM".into());
    (paid.exchange_rate, paid.bank_amount) = (None, Some(dec("99")));
    assert_eq!(said(&paid, &owed), "Debtors - ACM 99 → 99 at 1: 88; -11");
    paid.bank_amount = None;
    let none = create_body(&paid, "guid", &owed, &chart()).unwrap_err();
    assert!(matches!(none, Cause::Invalid { field, .. } if field == "exchange rate"));
    // Money paid back is told the other way round.
    let mut back = payment(PaymentDirection::Refunded, &[("CN", "110")], "0");
    back.currency = currency("USD");
    back.exchange_rate = Some(dec("0.9"));
    let body = create_body(&back, "g", &[kept("CN", "USD", "0.8", "-88")], &chart()).unwrap();
    assert_eq!(body["references"][0]["allocated_amount"].to_string(), "-88");
    assert_eq!(body["received_amount"].to_string(), "99");
    assert_eq!(body["deductions"][0]["amount"].to_string(), "11");
}

/// R2: each payment leaves what Xero says is left, to half a cent; all of them together leave nothing.
#[test]
fn what_is_taken_off_leaves_what_is_left_in_xero() {
    for (code, rate, total, parts) in [
        (
            "USD",
            "0.8",
            "96",
            vec![("119.97", "0.03", "95.98"), ("0.03", "0", "0.02")],
        ),
        (
            "SEK",
            "0.07633588",
            "76.34",
            vec![("333.30", "666.70", "25.45"), ("666.70", "0", "50.89")],
        ),
        (
            "JPY",
            "0.00525975",
            "6.31",
            vec![("600", "600", "3.15"), ("600", "0", "3.16")],
        ),
        (
            "SEK",
            "0.07633588",
            "76.34",
            vec![
                ("333.33", "666.67", "25.45"),
                ("333.33", "333.34", "25.44"),
                ("333.34", "0", "25.45"),
            ],
        ),
    ] {
        let mut open = dec(total);
        for (amount, leaves, taken) in parts {
            let paid = paid(code, rate, &[("A", amount, leaves)]);
            let owed = [kept("A", code, rate, &open.to_string())];
            let (_, off) = super::taken(&paid, &owed, &chart())[0];
            assert_eq!(off, dec(taken), "{code} {amount}");
            // The same where it was read before those that go out with it.
            let before = [kept("A", code, rate, total)];
            let (_, stale) = super::taken(&paid, &before, &chart())[0];
            assert!(
                (stale - off).abs() <= dec("0.01"),
                "{code} {amount}: {stale}"
            );
            open -= off;
        }
        assert_eq!(open, dec("0"), "{code}");
    }
    // The site lost a cent of its own: the last payment takes it along.
    let paid = paid("USD", "0.8", &[("A", "60", "0")]);
    let (_, off) = super::taken(&paid, &[kept("A", "USD", "0.8", "48.01")], &chart())[0];
    assert_eq!(off, dec("48.01"));
    let (_, off) = super::taken(&paid, &[kept("A", "USD", "0.8", "50")], &chart())[0];
    assert_eq!(off, dec("48"));
}

/// A row as the site answers, of documents that it keeps in pounds.
fn answered(body: &Value, documents: &[(&str, ForeignDocument)]) -> PaymentRow {
    let mut row = stored(body, Decimal::ZERO);
    for reference in &mut row.references {
        let of = documents.iter().find(|it| it.0 == reference.document);
        reference.foreign = of.map(|it| it.1.clone());
    }
    row
}

fn dollars(total: &str, base_total: &str) -> ForeignDocument {
    ForeignDocument {
        currency: currency("USD"),
        rate: dec("0.8"),
        total: dec(total),
        base_total: dec(base_total),
    }
}

#[test]
fn what_was_written_reads_as_what_was_meant() {
    let owed = [kept("A", "USD", "0.8", "88")];
    let mut paid = paid("USD", "0.9", &[("A", "110", "0")]);
    paid.bank_amount = Some(dec("99"));
    let body = create_body(&paid, "guid", &owed, &chart()).unwrap();
    let read = super::super::payment_in::to_ledger(
        &answered(&body, &[("A", dollars("110", "88"))]),
        &chart(),
    );
    let part = &read.allocations[0];
    assert_eq!(
        (part.amount, read.amount, read.unallocated),
        (dec("88"), dec("88"), dec("0"))
    );
    let own = Money {
        amount: dec("110"),
        currency: currency("USD"),
    };
    assert_eq!((part.in_document, read.in_documents()), (Some(own), own));
    // A gain is no fee, though both accounts are in pounds.
    assert!(read.deductions[0].exchange_difference);
    assert_eq!(read.bank_amount, Some(dec("99")));
    let meant = Payment {
        number: read.number.clone(),
        ..paid
    };
    assert!(same_payment(&meant, &read));
    assert_eq!(ledger::payment::payment_differences(&meant, &read), []);
    // Less than the whole is rounded as Xero rounds.
    let (whole, part) = (dollars("120", "96"), dec("95.98"));
    assert_eq!(whole.own(part, 2).amount, dec("119.98"));
    assert_eq!(whole.own(dec("96"), 2).amount, dec("120"));
    assert_eq!(whole.own(dec("-96"), 2).amount, dec("-120"));
    let odd = ForeignDocument {
        total: dec("119.99"),
        base_total: dec("96"),
        ..whole
    };
    assert_eq!(odd.own(dec("96"), 2).amount, dec("119.99"));
}

/// Which currency the bank account has is never guessed.
#[test]
fn a_bank_account_in_another_currency_is_named() {
    let why = |paid: &Payment, owed: &[Owed]| match create_body(paid, "g", owed, &chart()) {
        Err(Cause::PaymentNotCarried { why, .. }) => why,
        other => panic!("{other:?}"),
    };
    let owed = [kept("A", "EUR", "0.85", "85")];
    let mut third = paid("EUR", "0.85", &[("A", "100", "0")]);
    third.bank_account = Some("Bank USD - ACM".into());
    third.bank_amount = Some(dec("100"));
    assert!(why(&third, &owed).contains("which is in USD"));
    // 99.00 pounds came to Xero's account, and it is mapped to one in dollars; and the reverse.
    let owed = [kept("A", "USD", "0.8", "88")];
    let mut paid = paid("USD", "0.9", &[("A", "110", "0")]);
    paid.bank_account = Some("Bank USD - ACM".into());
    paid.bank_amount = Some(dec("99"));
    assert!(why(&paid, &owed).contains("different currencies"));
    paid.bank_account = Some("Bank - ACM".into());
    paid.bank_amount = Some(dec("110"));
    assert!(why(&paid, &owed).contains("different currencies"));
    // The same of an invoice that is kept in dollars.
    assert!(why(&paid, &[]).contains("different currencies"));
}
