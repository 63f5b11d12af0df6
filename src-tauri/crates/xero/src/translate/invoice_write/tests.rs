#![allow(clippy::unwrap_used)]
use super::*;
use chrono::NaiveDate;
use ledger::tax::{TaxedAmount, xero_line_tax};
use ledger::{PriceMode, RemoteId};
use proptest::prelude::*;
use rust_decimal::Decimal;

fn dec(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn line(quantity: &str, price: &str, amount: &str, rate: Option<&str>) -> Line {
    Line {
        id: None,
        description: "Thing".into(),
        item_code: None,
        quantity: dec(quantity),
        unit_price: dec(price),
        discount_percent: None,
        amount: dec(amount),
        account: Some("200".into()),
        tax: rate.map(|rate| format!("OUT{rate}")),
        tax_rate: rate.map(dec),
        tax_amount: None,
        tracking: None,
    }
}

fn invoice(mode: PriceMode, lines: Vec<Line>, tax: &str) -> Document {
    let amounts: Decimal = lines.iter().map(|line| line.amount).sum();
    let tax = dec(tax);
    let (net, total) = match mode {
        PriceMode::Exclusive => (amounts, amounts + tax),
        PriceMode::Inclusive => (amounts - tax, amounts),
        PriceMode::NoTax => (amounts, amounts),
    };
    Document {
        number: Some("SINV-1".into()),
        contact: RemoteId::new("c1"),
        contact_name: "Ann".into(),
        state: DocumentState::Approved,
        date: NaiveDate::from_ymd_opt(2026, 11, 22).unwrap(),
        due_date: None,
        currency: Currency::new("GBP").unwrap(),
        exchange_rate: None,
        reference: None,
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

fn gbp() -> Option<Currency> {
    Currency::new("GBP").ok()
}

fn stated(element: &Value) -> Vec<Option<String>> {
    element["LineItems"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line.get("TaxAmount").map(ToString::to_string))
        .collect()
}

#[test]
fn a_plain_invoice_is_created_with_everything_it_needs() {
    let mut plain = invoice(
        PriceMode::Exclusive,
        vec![line("2", "20", "40", Some("20"))],
        "8",
    );
    plain.reference = Some("PO 1".into());
    let link = "https://erp.example/app/sales-invoice/SINV-1";
    assert_eq!(
        create(&plain, "x", Some(link), gbp()).unwrap().to_string(),
        r#"{"Type":"ACCREC","InvoiceNumber":"SINV-1","Status":"AUTHORISED","Url":"https://erp.example/app/sales-invoice/SINV-1","Contact":{"ContactID":"c1"},"Date":"2026-11-22","LineAmountTypes":"Exclusive","CurrencyCode":"GBP","DueDate":"2026-11-22","Reference":"PO 1","LineItems":[{"Description":"Thing","Quantity":2,"UnitAmount":20,"AccountCode":"200","TaxType":"OUT20"}]}"#
    );
}

#[test]
fn foreign_currency_carries_the_inverse_rate() {
    let mut foreign = invoice(PriceMode::NoTax, vec![line("1", "5", "5", None)], "0");
    foreign.currency = Currency::new("USD").unwrap();
    foreign.exchange_rate = Some(dec("0.8"));
    let element = create(&foreign, "x", None, gbp()).unwrap();
    assert_eq!(element["CurrencyRate"].to_string(), "1.25");
    assert_eq!(element["LineItems"][0].get("TaxType"), None);
}

#[test]
fn a_cent_of_rounding_goes_onto_the_largest_line() {
    // Xero: 3.76 + 3.84 + 3.84 = 11.44; tax of the total is 11.45 (Xero developer docs).
    let lines = || {
        vec![
            line("1", "25.06", "25.06", Some("15")),
            line("1", "25.61", "25.61", Some("15")),
            line("1", "25.63", "25.63", Some("15")),
        ]
    };
    let natural = create(
        &invoice(PriceMode::Exclusive, lines(), "11.44"),
        "x",
        None,
        gbp(),
    )
    .unwrap();
    assert_eq!(stated(&natural), [None, None, None]);
    let other = create(
        &invoice(PriceMode::Exclusive, lines(), "11.45"),
        "x",
        None,
        gbp(),
    )
    .unwrap();
    assert_eq!(stated(&other), [None, None, Some("3.85".to_owned())]);
}

/// ERPNext taxes the sum of what Xero taxes line by line.
#[test]
fn a_cent_goes_onto_a_line_that_is_too_small_for_tax_of_its_own() {
    let lines = vec![
        line("1", "5", "5", None),
        line("0.25", "0.07", "0.02", Some("20")),
        line("0.25", "0.07", "0.02", Some("20")),
    ];
    let small = invoice(PriceMode::Exclusive, lines, "0.01");
    let element = create(&small, "x", None, gbp()).unwrap();
    assert_eq!(stated(&element), [None, Some("0.01".to_owned()), None]);
}

#[test]
fn inclusive_prices_keep_their_total() {
    let lines = vec![
        line("1", "177", "177", Some("12.5")),
        line("1", "-79", "-79", Some("12.5")),
    ];
    let element = create(
        &invoice(PriceMode::Inclusive, lines, "10.89"),
        "x",
        None,
        gbp(),
    )
    .unwrap();
    assert_eq!(element["LineAmountTypes"], "Inclusive");
    assert_eq!(stated(&element), [None, None]);
}

#[test]
fn a_difference_with_no_line_to_carry_it_is_told() {
    let untaxed = invoice(PriceMode::Exclusive, vec![line("1", "10", "10", None)], "2");
    assert!(matches!(
        create(&untaxed, "x", None, gbp()),
        Err(Cause::WouldDiffer { .. })
    ));
    let mut short = invoice(PriceMode::NoTax, vec![line("1", "10", "10", None)], "0");
    short.total = dec("9.99");
    match create(&short, "x", None, gbp()) {
        Err(Cause::WouldDiffer { differences, .. }) => {
            assert_eq!(differences[0].xero.as_deref(), Some("10"));
            assert_eq!(differences[0].erpnext.as_deref(), Some("9.99"));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_update_resends_every_line_under_its_id() {
    let mut from = invoice(
        PriceMode::Exclusive,
        vec![
            line("1", "10", "10", Some("20")),
            line("1", "30", "30", Some("20")),
        ],
        "8",
    );
    from.lines[0].id = Some("l-1".into());
    from.lines[0].item_code = Some("BOOK".into());
    from.lines[0].tax_amount = Some(dec("2"));
    from.lines[1].id = Some("l-2".into());
    from.lines[1].tax_amount = Some(dec("6.01"));
    let mut to = invoice(
        PriceMode::Exclusive,
        vec![
            line("1", "10", "10", Some("20")),
            line("1", "30", "30", Some("20")),
            line("1", "5", "5", Some("20")),
        ],
        "9",
    );
    to.lines[0].id = Some("erp-row".into());
    let element = update("i-1", &from, &to, gbp()).unwrap();
    assert_eq!(element["InvoiceID"], "i-1");
    assert_eq!(element.get("Status"), None);
    let lines = element["LineItems"].as_array().unwrap();
    let ids: Vec<_> = lines.iter().map(|line| line.get("LineItemID")).collect();
    assert_eq!(ids, [Some(&json!("l-1")), Some(&json!("l-2")), None]);
    assert_eq!(lines[0]["ItemCode"], "BOOK");
    assert_eq!(stated(&element), [None, Some("6".to_owned()), None]);
}

#[test]
fn a_line_keeps_its_identity_wherever_it_stands() {
    let with_id = |id: &str, amount: &str| Line {
        id: Some(id.into()),
        item_code: Some(format!("ITEM-{id}")),
        ..line("1", amount, amount, Some("20"))
    };
    let from = invoice(
        PriceMode::Exclusive,
        vec![with_id("a", "10"), with_id("b", "20"), with_id("c", "30")],
        "12",
    );
    let kept = |id: &str, amount: &str| Line {
        item_code: None,
        ..with_id(id, amount)
    };
    // One taken out, one put in, one changed.
    let to = invoice(
        PriceMode::Exclusive,
        vec![
            kept("b", "25"),
            line("1", "5", "5", Some("20")),
            kept("a", "10"),
        ],
        "8",
    );
    let element = update("inv", &from, &to, gbp()).unwrap();
    let lines = element["LineItems"].as_array().unwrap();
    let said: Vec<_> = lines
        .iter()
        .map(|line| (line["LineItemID"].as_str(), line["ItemCode"].as_str()))
        .collect();
    assert_eq!(
        said,
        [
            (Some("b"), Some("ITEM-b")),
            (None, None),
            (Some("a"), Some("ITEM-a")),
        ]
    );
}

#[test]
fn tax_that_a_line_states_stays_on_it() {
    let mut lines = vec![
        line("1", "100", "100", Some("20")),
        line("1", "50", "50", Some("20")),
    ];
    lines[1].tax_amount = Some(dec("10.02"));
    let mut both = invoice(PriceMode::Exclusive, lines, "30.02");
    let element = create(&both, "N", None, gbp()).unwrap();
    assert_eq!(stated(&element), [None, Some("10.02".to_owned())]);
    // What is left goes onto a line that states nothing.
    both.tax_total = dec("30.03");
    both.total = dec("180.03");
    let element = create(&both, "N", None, gbp()).unwrap();
    assert_eq!(
        stated(&element),
        [Some("20.01".to_owned()), Some("10.02".to_owned())]
    );
}

#[test]
fn a_total_that_xero_rounds_stays_as_it_is() {
    // Xero may hold a total up to 0.10 beside its lines; only there may one be written.
    let mut from = invoice(
        PriceMode::Exclusive,
        vec![line("1", "10", "10", Some("20"))],
        "2",
    );
    let mut to = from.clone();
    for (total, kept) in [("12.10", true), ("11.90", true), ("12.11", false)] {
        from.total = dec(total);
        from.amount_due = dec(total);
        to.total = dec(total);
        assert!(matches!(
            create(&to, "x", None, gbp()),
            Err(Cause::WouldDiffer { .. })
        ));
        let updated = update("i", &from, &to, gbp());
        if kept {
            let element = updated.unwrap();
            let figure = |key: &str| dec(&element[key].to_string());
            assert_eq!(figure("Total"), dec(total));
            assert_eq!(figure("RoundingAmount"), dec(total) - dec("12"));
            assert_eq!(
                (figure("SubTotal"), figure("TotalTax")),
                (dec("10"), dec("2"))
            );
        } else {
            assert!(matches!(updated, Err(Cause::WouldDiffer { .. })));
        }
    }
    from.total = dec("12.05");
    from.amount_due = dec("12.05");
    to.total = dec("12");
    let element = update("i", &from, &to, gbp()).unwrap();
    assert_eq!(element["RoundingAmount"].to_string(), "0");
}

#[test]
fn approving_a_draft_says_so() {
    let to = invoice(PriceMode::NoTax, vec![line("1", "10", "10", None)], "0");
    let from = Document {
        state: DocumentState::Draft,
        ..to.clone()
    };
    assert_eq!(
        update("i", &from, &to, gbp()).unwrap()["Status"],
        "AUTHORISED"
    );
    assert!(matches!(
        update("i", &to, &from, gbp()),
        Err(Cause::CannotEdit { .. })
    ));
}

#[test]
fn a_paid_invoice_changes_in_words_only() {
    let mut from = invoice(
        PriceMode::Exclusive,
        vec![line("1", "10", "10", Some("20"))],
        "2",
    );
    from.lines[0].id = Some("l-1".into());
    from.amount_due = dec("5");
    let mut to = from.clone();
    to.reference = Some("PO 9".into());
    to.lines[0].description = "Better words".into();
    let element = update("i", &from, &to, gbp()).unwrap();
    assert_eq!(element["Reference"], "PO 9");
    assert_eq!(element["LineItems"][0]["Description"], "Better words");
    assert_eq!(element.get("Date"), None);

    to.lines[0].unit_price = dec("11");
    assert!(matches!(
        update("i", &from, &to, gbp()),
        Err(Cause::CannotEdit { .. })
    ));
    assert!(matches!(void("i", &from), Err(Cause::CannotVoid { .. })));
}

#[test]
fn voiding_depends_on_the_state() {
    let approved = invoice(PriceMode::NoTax, vec![line("1", "10", "10", None)], "0");
    assert_eq!(
        void("i", &approved).unwrap(),
        json!({"InvoiceID": "i", "Status": "VOIDED"})
    );
    let draft = Document {
        state: DocumentState::Draft,
        ..approved
    };
    assert_eq!(void("i", &draft).unwrap()["Status"], "DELETED");
}

#[test]
fn numbers_xero_refuses_are_told_before() {
    let mut odd = invoice(PriceMode::NoTax, vec![line("1", "10", "10", None)], "0");
    odd.number = Some("Größe-1".into());
    assert!(matches!(
        create(&odd, "x", None, gbp()),
        Err(Cause::Invalid { field, .. }) if field == "number"
    ));
    odd.number = None;
    assert_eq!(
        create(&odd, "SINV-9", None, gbp()).unwrap()["InvoiceNumber"],
        "SINV-9"
    );
}

/// What Xero computes from an element: sum of the lines' amounts, and their taxes.
fn computed(element: &Value, rates: &[Decimal], mode: PriceMode) -> (Decimal, Decimal) {
    let field = |line: &Value, key: &str| -> Option<Decimal> {
        line.get(key).map(|value| dec(&value.to_string()))
    };
    let mut amounts = Decimal::ZERO;
    let mut taxes = Decimal::ZERO;
    for (line, rate) in element["LineItems"].as_array().unwrap().iter().zip(rates) {
        let amount = ledger::tax::xero_line_amount(
            field(line, "Quantity").unwrap(),
            field(line, "UnitAmount").unwrap(),
            field(line, "DiscountRate").unwrap_or_default(),
            4,
        );
        amounts += amount;
        taxes += field(line, "TaxAmount").unwrap_or_else(|| {
            xero_line_tax(
                mode,
                TaxedAmount {
                    amount,
                    rate: *rate,
                },
            )
        });
    }
    (amounts, taxes)
}

proptest! {
    /// Whatever ERPNext computed, Xero arrives at the same cents.
    #[test]
    fn xero_arrives_at_the_same_cents(
        rows in prop::collection::vec((1_i64..50_000, 1_i64..9_999_999, 0_i64..4_000), 1..8),
        inclusive: bool,
        off in -3_i64..=3,
    ) {
        let mode = if inclusive { PriceMode::Inclusive } else { PriceMode::Exclusive };
        let mut lines = Vec::new();
        let mut natural = Decimal::ZERO;
        for (quantity, price, discount) in rows {
            let quantity = Decimal::new(quantity, 3);
            let price = Decimal::new(price, 5);
            let discount = Decimal::new(discount, 3);
            let amount = ledger::money::round_half_even(
                quantity * price * (Decimal::ONE_HUNDRED - discount) / Decimal::ONE_HUNDRED, 2);
            let mut row = line("1", "1", "1", Some("20"));
            row.quantity = quantity;
            row.unit_price = price;
            row.discount_percent = Some(discount).filter(|percent| !percent.is_zero());
            row.amount = amount;
            natural += xero_line_tax(mode, TaxedAmount { amount, rate: dec("20") });
            lines.push(row);
        }
        let tax = natural + Decimal::new(off, 2);
        let rates = vec![dec("20"); lines.len()];
        let source = invoice(mode, lines, &tax.to_string());
        match create(&source, "x", None, gbp()) {
            Ok(element) => {
                let (amounts, taxes) = computed(&element, &rates, mode);
                let total = if inclusive { amounts } else { amounts + taxes };
                prop_assert_eq!(taxes, source.tax_total);
                prop_assert_eq!(total, source.total);
            }
            Err(cause) => prop_assert!(matches!(cause, Cause::WouldDiffer { .. }), "{:?}", cause),
        }
    }
}
