#![allow(clippy::unwrap_used)]
use super::*;
use chrono::NaiveDate;
use ledger::{Allocation, PriceMode, RemoteId};

fn dec(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn line(quantity: &str, price: &str, discount: Option<&str>, amount: &str) -> Line {
    Line {
        id: None,
        description: "Wilted".into(),
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

fn note(lines: Vec<Line>, tax: &str) -> Document {
    let net: Decimal = lines.iter().map(|line| line.amount).sum();
    let tax = dec(tax);
    Document {
        number: Some("RET-1".into()),
        contact: RemoteId::new("c1"),
        contact_name: "Ann".into(),
        state: DocumentState::Approved,
        date: NaiveDate::from_ymd_opt(2026, 11, 22).unwrap(),
        due_date: None,
        currency: Currency::new("GBP").unwrap(),
        exchange_rate: None,
        reference: Some("RMA 1".into()),
        price_mode: PriceMode::Exclusive,
        lines,
        net_total: net,
        tax_total: tax,
        total: net + tax,
        amount_due: net + tax,
        opening: false,
        against: Some(RemoteId::new("i1")),
        allocations: vec![],
    }
}

fn gbp() -> Option<Currency> {
    Currency::new("GBP").ok()
}

#[test]
fn a_plain_credit_note_is_created_with_everything_it_needs() {
    let plain = note(vec![line("2", "20", None, "40")], "8");
    assert_eq!(
        create(&plain, "x", gbp()).unwrap().to_string(),
        r#"{"Type":"ACCRECCREDIT","CreditNoteNumber":"RET-1","Status":"AUTHORISED","Contact":{"ContactID":"c1"},"Date":"2026-11-22","LineAmountTypes":"Exclusive","CurrencyCode":"GBP","Reference":"RMA 1","LineItems":[{"Description":"Wilted","Quantity":2,"UnitAmount":20,"AccountCode":"200","TaxType":"OUTPUT2"}]}"#
    );
}

#[test]
fn discounts_are_carried_exactly_within_the_price() {
    for (quantity, price, discount, amount, sent) in [
        // The price after discount gives the amount.
        (
            "3",
            "19.99",
            "10",
            "53.97",
            ("3", "17.991", "Wilted (19.99 less 10 %)"),
        ),
        (
            "4",
            "25",
            "50",
            "50",
            ("4", "12.5", "Wilted (25 less 50 %)"),
        ),
        // No price of four decimals does: the line becomes one of its amount.
        (
            "30000",
            "0.0123",
            "33.33",
            "246.01",
            ("1", "246.01", "Wilted (30000 × 0.0123 less 33.33 %)"),
        ),
    ] {
        let tax = ledger::money::round_half_up(dec(amount) * dec("0.2"), 2);
        let credit = note(
            vec![line(quantity, price, Some(discount), amount)],
            &tax.to_string(),
        );
        let element = create(&credit, "x", gbp()).unwrap();
        let line = &element["LineItems"][0];
        assert_eq!(line.get("DiscountRate"), None);
        assert_eq!(
            (
                line["Quantity"].to_string().as_str(),
                line["UnitAmount"].to_string().as_str(),
                line["Description"].as_str().unwrap()
            ),
            sent
        );
    }
}

#[test]
fn what_xero_would_refuse_is_told_before() {
    let mut odd = note(vec![line("1", "10", None, "10")], "2");
    odd.state = DocumentState::Voided;
    assert!(create(&odd, "x", gbp()).is_err());
    let mut odd = note(vec![], "0");
    assert!(create(&odd, "x", gbp()).is_err());
    odd.state = DocumentState::Draft;
    // A draft without lines is legal (xero/FACTS §7).
    assert_eq!(create(&odd, "x", gbp()).unwrap()["Status"], "DRAFT");
    let negative = note(vec![line("1", "-10", None, "-10")], "-2");
    assert!(
        matches!(create(&negative, "x", gbp()), Err(Cause::Invalid { field, .. }) if field == "total")
    );
    let mut off = note(vec![line("1", "10", None, "10")], "2");
    off.total = dec("12.05");
    assert!(matches!(
        create(&off, "x", gbp()),
        Err(Cause::WouldDiffer { .. })
    ));
}

#[test]
fn a_used_credit_note_changes_in_words_only_and_is_not_voided() {
    let mut from = note(vec![line("1", "10", None, "10")], "2");
    from.lines[0].id = Some("l-1".into());
    from.amount_due = dec("7");
    from.allocations = vec![Allocation {
        id: Some("a".into()),
        invoice: RemoteId::new("i1"),
        date: None,
        amount: dec("5"),
    }];
    let mut to = from.clone();
    to.reference = Some("RMA 2".into());
    to.lines[0].description = "Better words".into();
    let element = update("n", &from, &to, gbp()).unwrap();
    assert_eq!(element["Reference"], "RMA 2");
    assert_eq!(element["LineItems"][0]["LineItemID"], "l-1");
    assert_eq!(element["LineItems"][0]["Description"], "Better words");
    assert_eq!(element.get("Date"), None);
    to.total = dec("13");
    assert!(matches!(
        update("n", &from, &to, gbp()),
        Err(Cause::CannotEdit { .. })
    ));
    assert!(matches!(void("n", &from), Err(Cause::CannotVoid { .. })));
    from.allocations.clear();
    from.amount_due = dec("12");
    assert_eq!(void("n", &from).unwrap()["Status"], "VOIDED");
    from.state = DocumentState::Draft;
    assert_eq!(void("n", &from).unwrap()["Status"], "DELETED");
}

/// R16: one without was recorded one for one.
#[test]
fn a_foreign_credit_note_always_states_its_rate() {
    let mut from = note(vec![line("2", "20", None, "40")], "8");
    from.currency = Currency::new("USD").unwrap();
    assert!(
        matches!(create(&from, "x", gbp()), Err(Cause::Invalid { field, .. }) if field == "exchange rate")
    );
    from.exchange_rate = Some(dec("0.8"));
    assert_eq!(create(&from, "x", gbp()).unwrap()["CurrencyRate"], 1.25);
    let mut to = from.clone();
    to.reference = Some("RMA 2".into());
    let element = update("n", &from, &to, gbp()).unwrap();
    assert_eq!(element["CurrencyRate"], 1.25);
    // What is in the books' own currency states none.
    to.currency = Currency::new("GBP").unwrap();
    to.exchange_rate = Some(dec("1"));
    let element = update("n", &to, &to, gbp()).unwrap();
    assert_eq!(element.get("CurrencyRate"), None);
}
