//! Invoices: create, read, page, edit, void, delete, refuse.

use chrono::Duration;
use ledger::{Cause, Document, DocumentState, Line, PriceMode, RemoteId};
use serde_json::json;
use xero::XeroError;
use xero::error::catalogue::{self, About};
use xero::translate::document::TaxRates;
use xero::translate::{document as reading, invoice_write};
use xero::wire::batch::{Element, Target};
use xero::wire::document::Invoice as Row;
use xero::wire::position::Position;

use crate::{all, contact, day, dec, gbp, id, line, messages, organisation, read, written};

fn rates() -> TaxRates {
    TaxRates::from([("OUTPUT2".to_owned(), dec("20"))])
}

fn sold(quantity: &str, price: &str, discount: Option<&str>, amount: &str) -> Line {
    Line {
        id: None,
        description: "Roses".into(),
        item_code: None,
        quantity: dec(quantity),
        unit_price: dec(price),
        discount_percent: discount.map(dec),
        amount: dec(amount),
        account: Some("200".into()),
        tax: Some("OUTPUT2".into()),
        tax_rate: Some(dec("20")),
        tax_amount: None,
        tracking: None,
    }
}

fn invoice(contact: &str, mode: PriceMode, lines: Vec<Line>, tax: &str) -> Document {
    let amounts = lines.iter().map(|line| line.amount).sum();
    let tax = dec(tax);
    let (net, total) = match mode {
        PriceMode::Inclusive => (amounts - tax, amounts),
        _ => (amounts, amounts + tax),
    };
    Document {
        number: Some("SINV-1".into()),
        contact: RemoteId::new(contact),
        contact_name: "Ann".into(),
        state: DocumentState::Approved,
        date: day(2),
        due_date: Some(day(30)),
        currency: gbp().unwrap(),
        exchange_rate: Some(dec("1")),
        reference: Some("PO 1".into()),
        price_mode: mode,
        lines,
        net_total: net,
        tax_total: tax,
        total,
        amount_due: total,
        opening: false,
        against: None,
        allocations: Vec::new(),
    }
}

fn as_read(value: serde_json::Value) -> Document {
    reading::from_wire(&serde_json::from_value(value).unwrap(), &rates()).unwrap()
}

#[tokio::test]
async fn what_is_created_comes_back_to_the_cent() {
    let (stage, _) = organisation();
    let ann = contact(&stage).await;
    for (number, mode, lines, tax) in [
        (
            "A",
            PriceMode::Exclusive,
            vec![sold("2", "12.5", None, "25")],
            "5",
        ),
        (
            "B",
            PriceMode::Exclusive,
            vec![sold("100", "1.2345", None, "123.45")],
            "24.69",
        ),
        (
            "C",
            PriceMode::Inclusive,
            vec![
                sold("2", "60", None, "120"),
                sold("2", "10", Some("10"), "18"),
            ],
            "23",
        ),
        // A cent that Xero would compute otherwise, a negative line, and a total of nothing.
        (
            "D",
            PriceMode::Exclusive,
            vec![sold("1", "10", None, "10")],
            "2.01",
        ),
        (
            "E",
            PriceMode::Exclusive,
            vec![sold("1", "50", None, "50"), sold("1", "-20", None, "-20")],
            "6",
        ),
        (
            "F",
            PriceMode::Exclusive,
            vec![sold("1", "50", None, "50"), sold("1", "-50", None, "-50")],
            "0",
        ),
    ] {
        let mut wanted = invoice(&ann, mode, lines, tax);
        wanted.number = Some(number.to_owned());
        let element = invoice_write::create(&wanted, number, None, gbp()).unwrap();
        stage.create(Target::Invoices, element).await;
        let rows = stage.client.invoices_by_numbers(&[number]).await.unwrap();
        let row = read(rows.into_iter().next().unwrap());
        let held = reading::from_wire(&row.0, &rates()).unwrap();
        for (held, wanted) in held.lines.iter().zip(&wanted.lines) {
            let figures = |line: &Line| {
                (
                    line.quantity,
                    line.unit_price,
                    line.discount_percent,
                    line.amount,
                )
            };
            assert_eq!(figures(held), figures(wanted), "{number}");
        }
        let lines = held.lines.clone();
        assert_eq!(held, Document { lines, ..wanted }, "{number}");
    }
}

#[tokio::test]
async fn edited_with_its_lines_kept_then_voided_for_good() {
    let (stage, _) = organisation();
    let ann = contact(&stage).await;
    let wanted = invoice(
        &ann,
        PriceMode::Exclusive,
        vec![sold("2", "12.5", None, "25")],
        "5",
    );
    let element = invoice_write::create(&wanted, "x", None, gbp()).unwrap();
    let made = stage.create(Target::Invoices, element).await;
    let key = id(&made, "InvoiceID");
    let from = as_read(made);
    let mut to = invoice(
        &ann,
        PriceMode::Exclusive,
        vec![
            sold("2", "12.5", None, "25"),
            sold("1", "1.2345", None, "1.23"),
        ],
        "5.25",
    );
    to.lines[0].description = "Peonies".into();
    let element = invoice_write::update(&key, &from, &to, gbp()).unwrap();
    let answer = stage.write(Target::Invoices, "POST", element, "e").await;
    let edited = as_read(written(answer.unwrap()));
    assert_eq!(edited.lines[0].id, from.lines[0].id);
    assert_eq!(edited.lines[0].description, "Peonies");
    assert_eq!(edited.lines[1].unit_price, dec("1.2345"));
    assert_eq!(edited.total, dec("31.48"));

    let element = invoice_write::void(&key, &edited).unwrap();
    let answer = stage.write(Target::Invoices, "POST", element, "v").await;
    let voided = as_read(written(answer.unwrap()));
    assert_eq!(voided.state, DocumentState::Voided);
    assert_eq!(voided.amount_due, dec("0"));
    let back = json!({"InvoiceID": key, "Status": "AUTHORISED"});
    let answer = stage
        .write(Target::Invoices, "POST", back, "b")
        .await
        .unwrap();
    assert_eq!(
        messages(&answer),
        ["Invoice not of valid status for modification"]
    );
    // The list keeps it, or nobody would learn of it.
    assert_eq!(all::<Row>(&stage).await[0].0.status, "VOIDED");
}

#[tokio::test]
async fn a_draft_is_approved_or_deleted() {
    let (stage, _) = organisation();
    let ann = contact(&stage).await;
    for (approve, number) in [(true, "A"), (false, "B")] {
        let mut draft = invoice(&ann, PriceMode::NoTax, vec![sold("1", "5", None, "5")], "0");
        draft.number = Some(number.to_owned());
        draft.state = DocumentState::Draft;
        let element = invoice_write::create(&draft, number, None, gbp()).unwrap();
        let made = stage.create(Target::Invoices, element).await;
        let key = id(&made, "InvoiceID");
        let from = as_read(made);
        let element = if approve {
            let to = Document {
                state: DocumentState::Approved,
                ..from.clone()
            };
            invoice_write::update(&key, &from, &to, gbp()).unwrap()
        } else {
            invoice_write::void(&key, &from).unwrap()
        };
        let answer = stage.write(Target::Invoices, "POST", element, number).await;
        let status = if approve { "AUTHORISED" } else { "DELETED" };
        assert_eq!(written(answer.unwrap())["Status"], status);
    }
}

#[tokio::test]
async fn a_batch_with_errors_and_their_causes() {
    let (stage, _) = organisation();
    let ann = contact(&stage).await;
    stage.edit(&json!({"op": "set_lock_date", "PeriodLockDate": "2025-12-31"}));
    let element = |number: &str, more: serde_json::Value| {
        let mut element = json!({"Type": "ACCREC", "InvoiceNumber": number, "Status": "AUTHORISED",
            "Contact": {"ContactID": ann}, "Date": "2026-11-02", "DueDate": "2026-12-02",
            "LineItems": [line(&json!(5))]});
        for (key, value) in more.as_object().unwrap() {
            element[key] = value.clone();
        }
        element
    };
    let bad_account = {
        let mut bad = line(&json!(5));
        bad["AccountCode"] = json!("9999");
        bad
    };
    let elements = [
        element("N-1", json!({})),
        element("N-1", json!({})),
        element("N-2", json!({"LineItems": [bad_account]})),
        element("N-3", json!({"LineItems": []})),
        element("N-4", json!({"Date": "2025-11-02"})),
        element("N-5", json!({"CurrencyCode": "ZAR"})),
    ];
    let outcomes = stage
        .client
        .write(Target::Invoices, "PUT", &elements, "k")
        .await
        .unwrap();
    written(outcomes[0].clone());
    let words: Vec<String> = outcomes[1..]
        .iter()
        .map(|outcome| {
            let about = About {
                title: "N",
                currency: Some("ZAR"),
            };
            match catalogue::cause(messages(outcome), about) {
                Cause::Invalid { field, .. } => field,
                other => other.word().to_owned(),
            }
        })
        .collect();
    assert_eq!(
        words,
        [
            "number_taken",
            "account",
            "lines",
            "period_locked",
            "currency_not_used"
        ]
    );
}

#[tokio::test]
async fn pages_follow_what_changes() {
    let (stage, clock) = organisation();
    stage.fill(2, 2300);
    clock.advance(Duration::minutes(10));
    let rows = all::<Row>(&stage).await;
    assert_eq!(rows.len(), 2300);
    assert!(rows.iter().all(|row| row.0.line_items.len() == 3));
    assert_eq!(stage.calls(), 3);
    stage.edit(&json!({"op": "edit_invoice", "InvoiceNumber": "INV-000007", "Reference": "PO 3"}));
    let since = Position {
        since: Some(crate::noon() + Duration::minutes(5)),
        ..Position::default()
    };
    let page = stage.client.page::<Row>(&since).await.unwrap();
    assert_eq!(page.rows.len(), 1);
    assert_eq!(
        read(page.rows.into_iter().next().unwrap())
            .0
            .reference
            .as_deref(),
        Some("PO 3")
    );
}

#[tokio::test]
async fn all_identities_come_a_thousand_in_a_call_with_what_they_last_changed() {
    let (stage, clock) = organisation();
    stage.fill(2, 2300);
    clock.advance(Duration::minutes(10));
    let whole = all::<Row>(&stage).await;
    let before = stage.calls();
    let mut seen = std::collections::BTreeMap::new();
    for page in 1.. {
        let found = stage.client.standing::<Row>(page).await.unwrap();
        assert_eq!(found.total, Some(2300));
        seen.extend(found.rows.into_iter().map(|row| (row.id, row.updated)));
        if !found.more {
            break;
        }
    }
    assert_eq!(stage.calls() - before, 3);
    let read: std::collections::BTreeMap<_, _> = whole
        .iter()
        .map(|row| (row.0.id.to_lowercase(), row.0.updated))
        .collect();
    assert_eq!(seen, read);
}

#[tokio::test]
async fn an_idempotency_key_replays_and_is_for_one_request() {
    let (stage, _) = organisation();
    let ann = contact(&stage).await;
    let element = json!({"Type": "ACCREC", "Contact": {"ContactID": ann}, "Date": "2026-11-02",
        "LineItems": [line(&json!(5))]});
    let first = stage
        .write(Target::Invoices, "PUT", element.clone(), "k")
        .await;
    let again = stage
        .write(Target::Invoices, "PUT", element.clone(), "k")
        .await;
    assert_eq!(
        id(&written(first.unwrap()), "InvoiceID"),
        id(&written(again.unwrap()), "InvoiceID")
    );
    let mut other = element;
    other["Reference"] = json!("other");
    let error = stage
        .write(Target::Invoices, "PUT", other, "k")
        .await
        .unwrap_err();
    assert!(
        matches!(&error, XeroError::Validation { message, .. }
            if message == "Idempotency Key: k is used with a different request."),
        "{error:?}"
    );
    assert!(!error.may_have_been_done());
}

#[tokio::test]
async fn a_foreign_one_carries_its_rate() {
    let (stage, _) = organisation();
    let ann = contact(&stage).await;
    stage.edit(&json!({"op": "subscribe_currency", "Code": "USD"}));
    let mut foreign = invoice(
        &ann,
        PriceMode::Exclusive,
        vec![sold("1", "50", None, "50")],
        "10",
    );
    foreign.currency = ledger::Currency::new("USD").unwrap();
    foreign.exchange_rate = Some(dec("0.8"));
    let element = invoice_write::create(&foreign, "x", None, gbp()).unwrap();
    let made = stage.create(Target::Invoices, element).await;
    assert_eq!(dec(&made["CurrencyRate"].to_string()), dec("1.25"));
    assert_eq!(as_read(made).exchange_rate, Some(dec("0.8")));
}

#[tokio::test]
async fn a_list_that_was_just_written_is_read_once() {
    let (stage, clock) = organisation();
    let contact = stage.edit(&json!({ "op": "create_contact", "Name": "Ann" }));
    let contact = contact["ContactID"].as_str().unwrap();
    let calls = 45;
    for call in 0..calls {
        let numbers = call * 50..(call + 1) * 50;
        let elements: Vec<_> = numbers
            .map(|number| crate::common::invoice(number, contact))
            .collect();
        let (target, key) = (Target::Invoices, format!("call {call}"));
        let outcomes = stage.client.write(target, "PUT", &elements, &key).await;
        assert!(
            outcomes
                .unwrap()
                .iter()
                .all(|it| matches!(it, Element::Written(_)))
        );
        clock.advance(Duration::milliseconds(400));
    }
    let before = stage.calls();
    assert_eq!(all::<Row>(&stage).await.len(), 50 * calls);
    assert_eq!(stage.calls() - before, 3);
}
