//! Properties of the translation between Xero and the ledger, both ways: what goes there and comes
//! back is the same, to the cent.
#![allow(clippy::unwrap_used, clippy::panic)]

mod answers;
mod figures;

use answers::{dec, percent};
use ledger::{Cause, Document, DocumentState, Line, PriceMode};
use proptest::prelude::*;
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::{Value, json};
use xero::translate::advance::Entered;
use xero::translate::document::{TaxRates, inverse};
use xero::translate::payment_write::{Advance, Several, Terms};
use xero::translate::{
    advance, credit_note_write, document, invoice_write, payment, payment_write,
};
use xero::wire::batch::Target;
use xero::wire::credit::CreditKind;

fn rates() -> TaxRates {
    ["OUT20", "OUT5", "OUT12.5", "OUT0"]
        .into_iter()
        .map(|tax| (tax.to_owned(), percent(tax)))
        .collect()
}

fn read(value: &Value) -> Document {
    document::from_wire(&serde_json::from_value(value.clone()).unwrap(), &rates()).unwrap()
}

/// A rate of exchange that went through Xero's six decimals of the inverse.
fn through_xero(rate: Option<Decimal>) -> Option<Decimal> {
    match rate {
        None => Some(Decimal::ONE),
        Some(rate) => inverse(
            inverse(rate)?.round_dp_with_strategy(6, RoundingStrategy::MidpointAwayFromZero),
        ),
    }
}

/// What must come back of a line: everything but how an amount came about where Xero cannot say
/// that.
fn same_line(
    sent: &Line,
    back: &Line,
    mode: PriceMode,
    discounts: bool,
) -> Result<(), TestCaseError> {
    prop_assert_eq!(back.amount, sent.amount);
    prop_assert_eq!(&back.account, &sent.account);
    if mode != PriceMode::NoTax {
        let tax = sent.tax.as_deref().unwrap_or("NONE");
        prop_assert_eq!(back.tax.as_deref(), Some(tax));
    }
    if back.description == sent.description {
        prop_assert_eq!(back.quantity, sent.quantity);
        prop_assert_eq!(back.unit_price, sent.unit_price);
        prop_assert_eq!(back.discount_percent, sent.discount_percent);
    } else {
        // Said in words, because it cannot be said in figures.
        prop_assert!(back.description.starts_with(&sent.description));
        let figures = sent.discount_percent.unwrap_or_default();
        let short = sent.unit_price.normalize().scale() <= 4 && figures.normalize().scale() <= 2;
        let computed = figures::half_up(
            sent.quantity * sent.unit_price * (Decimal::ONE_HUNDRED - figures)
                / Decimal::ONE_HUNDRED,
        );
        let plain = sent.discount_percent.is_none() || discounts;
        prop_assert!(!(short && plain && computed == sent.amount), "{:?}", sent);
    }
    Ok(())
}

proptest! {
    #[test]
    fn an_invoice_comes_back_from_xero_as_it_went(sent in figures::invoice()) {
        let element = match invoice_write::create(&sent, "x", None, Some(figures::gbp())) {
            Ok(element) => element,
            Err(cause) => {
                // Only where no line can carry the tax that ERPNext states.
                let told = matches!(cause, Cause::WouldDiffer { .. });
                prop_assert!(told, "{:?}", cause);
                return Ok(());
            }
        };
        let back = read(&answers::document(&element));
        for (sent, back) in sent.lines.iter().zip(&back.lines) {
            same_line(sent, back, back_mode(&element), true)?;
        }
        let expected = Document {
            due_date: Some(sent.due_date.unwrap_or(sent.date)),
            exchange_rate: through_xero(sent.exchange_rate),
            lines: back.lines.clone(),
            ..sent.clone()
        };
        prop_assert_eq!(sent.lines.len(), back.lines.len());
        prop_assert_eq!(back, expected);
    }

    #[test]
    fn an_invoice_of_xero_s_is_written_back_as_it_is(held in figures::held()) {
        let from = read(&held);
        let element = invoice_write::update("DOC-1", &from, &from, Some(figures::gbp())).unwrap();
        let after = answers::document(&merged(&held, &element));
        for key in ["SubTotal", "TotalTax", "Total"] {
            prop_assert_eq!(dec(&after[key]), dec(&held[key]), "{}: {}", key, element);
        }
        let lines = |value: &Value| -> Vec<(Value, Decimal, Decimal)> {
            value["LineItems"].as_array().unwrap().iter().map(|line| {
                let of = |key: &str| line.get(key).map_or(Decimal::ZERO, dec);
                (line["LineItemID"].clone(), of("LineAmount"), of("TaxAmount"))
            }).collect()
        };
        let lower = |mut rows: Vec<(Value, Decimal, Decimal)>| {
            for row in &mut rows {
                row.0 = json!(row.0.as_str().unwrap().to_lowercase());
            }
            rows
        };
        prop_assert_eq!(lower(lines(&after)), lower(lines(&held)));
        // And read once more it is what it was, so that nothing is written a second time.
        let again = read(&after);
        let same = Document {
            lines: again.lines.clone(),
            due_date: Some(from.due_date.unwrap_or(from.date)),
            ..from.clone()
        };
        prop_assert_eq!(&again, &same);
        for (before, after) in from.lines.iter().zip(&again.lines) {
            prop_assert_eq!(before.quantity, after.quantity);
            prop_assert_eq!(before.unit_price, after.unit_price);
            prop_assert_eq!(before.discount_percent, after.discount_percent);
        }
    }

    #[test]
    fn a_credit_note_comes_back_from_xero_as_it_went(sent in figures::credit_note()) {
        let element = match credit_note_write::create(&sent, "x", Some(figures::gbp())) {
            Ok(element) => element,
            Err(Cause::Invalid { field, .. }) => {
                prop_assert!(field == "total" && sent.total < Decimal::ZERO);
                return Ok(());
            }
            Err(cause) => {
                let told = matches!(cause, Cause::WouldDiffer { .. });
                prop_assert!(told, "{:?}", cause);
                return Ok(());
            }
        };
        for line in element["LineItems"].as_array().unwrap() {
            prop_assert!(line.get("DiscountRate").is_none());
        }
        let answer = answers::document(&element);
        let back = document::from_wire(&serde_json::from_value(answer).unwrap(), &rates())
            .unwrap();
        for (sent, back) in sent.lines.iter().zip(&back.lines) {
            same_line(sent, back, back_mode(&element), false)?;
        }
        let expected = ledger::Document {
            exchange_rate: through_xero(sent.exchange_rate),
            lines: back.lines.clone(),
            ..sent.clone()
        };
        prop_assert_eq!(sent.lines.len(), back.lines.len());
        prop_assert_eq!(&back, &expected);
        // Written back, it stays.
        let again = credit_note_write::update("DOC-1", &back, &back, Some(figures::gbp())).unwrap();
        let after = answers::document(&merged(&element, &again));
        let after = document::from_wire(&serde_json::from_value(after).unwrap(), &rates());
        prop_assert_eq!(after.unwrap(), back);
    }

    #[test]
    fn a_payment_comes_back_from_xero_as_it_went(sent in figures::received(), batched: bool) {
        let terms = Terms {
            base: Some(figures::gbp()),
            several: if batched { Several::Batch } else { Several::Apart },
            advance: Advance::Overpayment,
        };
        let mut back = Vec::new();
        for (index, part) in payment_write::create(&sent, terms).unwrap().iter().enumerate() {
            let currency = sent.currency.code();
            match part.target {
                Target::Payments => {
                    let answer = answers::payment(&part.element, index, "C1", currency);
                    let row = serde_json::from_value(answer).unwrap();
                    back.push(payment::from_wire(&row).unwrap().unwrap().payment);
                }
                Target::BatchPayments => {
                    let (batch, rows) = answers::batch(&part.element, "C1", currency);
                    let rows: Vec<_> = rows.into_iter()
                        .map(|row| serde_json::from_value(row).unwrap()).collect();
                    back.extend(payment::from_batch(
                        &serde_json::from_value(batch).unwrap(), &rows).unwrap());
                }
                Target::BankTransactions => {
                    let credit = serde_json::from_value(answers::advance(&part.element)).unwrap();
                    let entered = Entered {
                        bank_account: sent.bank_account.clone(),
                        reconciled: false,
                    };
                    back.push(advance::from_wire(&credit, &entered).unwrap().unwrap());
                }
                other => panic!("{other:?}"),
            }
        }
        let whole = payment::joined(&back);
        prop_assert_eq!(whole.len(), 1, "{:?}", &whole);
        let mut back = whole[0].clone();
        // Xero names each part and says what reached the bank; it has no number and no mode.
        for one in &mut back.allocations {
            one.id = None;
        }
        let expected = ledger::Payment {
            number: None,
            mode: None,
            exchange_rate: through_xero(sent.exchange_rate),
            reference: sent.reference.clone().or(sent.number.clone()),
            bank_amount: back.bank_amount,
            on_account: sent.allocations.is_empty(),
            with: Vec::new(),
            credits: Vec::new(),
            ..sent.clone()
        };
        prop_assert_eq!(back, expected);
    }

    #[test]
    fn a_payment_of_xero_s_is_written_back_as_it_is(
        cents in 1_i64..100_000_000, rate in proptest::option::of(1_i64..5_000_000_000),
        kind in 0_usize..4, reference in "[A-Z]{0,4}", days in 0_i64..20_000,
    ) {
        let (member, id) = [
            ("Invoice", "InvoiceID"),
            CreditKind::CreditNote.member(),
            CreditKind::Overpayment.member(),
            CreditKind::Prepayment.member(),
        ][kind];
        let day = chrono::NaiveDate::from_ymd_opt(2000, 1, 1).unwrap() + chrono::Duration::days(days);
        let mut element = json!({member: {id: "d1"}, "Account": {"Code": "090"},
            "Date": day.to_string(), "Amount": answers::number(Decimal::new(cents, 2))});
        if let Some(rate) = rate {
            element["CurrencyRate"] = answers::number(Decimal::new(rate, 6).normalize());
        }
        if !reference.is_empty() {
            element["Reference"] = json!(reference);
        }
        let currency = if rate.is_some() { "USD" } else { "GBP" };
        let row = serde_json::from_value(answers::payment(&element, 1, "C1", currency)).unwrap();
        let read = payment::from_wire(&row).unwrap().unwrap();
        let terms = Terms {
            base: Some(figures::gbp()),
            several: Several::Apart,
            advance: Advance::Overpayment,
        };
        let written = match &read.refund_of {
            Some((kind @ (CreditKind::Overpayment | CreditKind::Prepayment), credit)) => {
                payment_write::refund(&read.payment, *kind, credit, read.payment.amount, terms.base)
                    .unwrap()
            }
            _ => payment_write::create(&read.payment, terms).unwrap().remove(0).element,
        };
        for key in [member, "Account", "Date", "Reference"] {
            prop_assert_eq!(written.get(key), element.get(key));
        }
        prop_assert_eq!(dec(&written["Amount"]), dec(&element["Amount"]));
        // A rate as small as Xero's last decimal is not kept by nine decimals of its inverse.
        if let Some(rate) = rate.filter(|rate| *rate < 30_000_000_000 && *rate > 1_000) {
            let back = dec(&written["CurrencyRate"]);
            let off = (back - Decimal::new(rate, 6)).abs() / Decimal::new(rate, 6);
            prop_assert!(off < Decimal::new(1, 5), "{} {}", back, rate);
        }
    }

    #[test]
    fn statuses_and_what_is_due_agree(status in 0_usize..6, due in 0_i64..100) {
        let (word, state) = [
            ("DRAFT", DocumentState::Draft), ("SUBMITTED", DocumentState::Draft),
            ("AUTHORISED", DocumentState::Approved), ("PAID", DocumentState::Approved),
            ("VOIDED", DocumentState::Voided), ("DELETED", DocumentState::Voided),
        ][status];
        let held = json!({"Type": "ACCREC", "InvoiceID": "d", "Status": word,
            "Contact": {"ContactID": "c"}, "CurrencyCode": "GBP", "Date": "2026-11-22",
            "SubTotal": 1.00, "TotalTax": 0.00, "Total": 1.00,
            "AmountDue": answers::number(Decimal::new(due, 2))});
        let invoice = read(&held);
        prop_assert_eq!(invoice.state, state);
        let due = if state == DocumentState::Voided { Decimal::ZERO } else { Decimal::new(due, 2) };
        prop_assert_eq!(invoice.amount_due, due);
        prop_assert_eq!(invoice.settled().is_zero(), due == Decimal::ONE || state == DocumentState::Voided);
    }
}

fn back_mode(element: &Value) -> PriceMode {
    match element["LineAmountTypes"].as_str().unwrap() {
        "Inclusive" => PriceMode::Inclusive,
        "NoTax" => PriceMode::NoTax,
        _ => PriceMode::Exclusive,
    }
}

/// A record after an update: what was left out stays.
fn merged(held: &Value, element: &Value) -> Value {
    let mut after = held.clone();
    for key in ["Date", "DueDate"] {
        // As the elements of these tests write dates.
        if element.get(key).is_none() {
            after.as_object_mut().unwrap().remove(key);
        }
    }
    for (key, value) in element.as_object().unwrap() {
        after[key] = value.clone();
    }
    after
}
