#![allow(clippy::unwrap_used)]
use chrono::NaiveDate;

use super::*;

type Edit = fn(&mut Document);
use crate::{Currency, RemoteId};

fn line(text: &str, amount: &str) -> Line {
    Line {
        id: None,
        description: text.into(),
        item_code: None,
        quantity: Decimal::ONE,
        unit_price: amount.parse().unwrap(),
        discount_percent: None,
        amount: amount.parse().unwrap(),
        account: Some("200".into()),
        tax: Some("OUTPUT2".into()),
        tax_rate: Some(Decimal::from(20)),
        tax_amount: None,
        tracking: None,
    }
}

fn invoice(lines: Vec<Line>) -> Document {
    Document {
        number: Some("INV-1".into()),
        contact: RemoteId::new("c"),
        contact_name: "C".into(),
        state: DocumentState::Approved,
        date: NaiveDate::from_ymd_opt(2026, 11, 2).unwrap(),
        due_date: None,
        currency: Currency::new("gbp").unwrap(),
        exchange_rate: None,
        reference: None,
        price_mode: PriceMode::Exclusive,
        lines,
        net_total: Decimal::ZERO,
        tax_total: Decimal::ZERO,
        total: Decimal::ZERO,
        amount_due: Decimal::ZERO,
        opening: false,
        against: None,
        allocations: Vec::new(),
    }
}

fn found(left: &Document, right: &Document) -> Vec<String> {
    content_differences(left, right, &Counterparts::SAME)
        .into_iter()
        .map(|it| {
            let shown = |value: Option<String>| value.unwrap_or_else(|| "-".into());
            format!("{}: {} / {}", it.field, shown(it.xero), shown(it.erpnext))
        })
        .collect()
}

#[test]
fn what_is_said_in_another_way_is_no_difference() {
    let plain = invoice(vec![line("north  job\n", "100.00"), line("plain", "50")]);
    let mut swapped = invoice(vec![line("plain", "50.00"), line("north job", "100")]);
    swapped.lines.push(line("", "0"));
    swapped.reference = Some("  ".into());
    assert_eq!(found(&plain, &swapped), Vec::<String>::new());
    let mut inclusive = invoice(vec![line("north job", "120.00"), line("plain", "60.00")]);
    inclusive.price_mode = PriceMode::Inclusive;
    assert_eq!(found(&plain, &inclusive), Vec::<String>::new());
    let mut noted = plain.clone();
    noted.lines[0].description = "north job (1.5 × 12.35 = 100)".into();
    assert_eq!(found(&plain, &noted), Vec::<String>::new());
    noted.lines[0].description = "north job (as agreed)".into();
    assert_eq!(
        found(&plain, &noted),
        ["line 1: text: north job / north job (as agreed)"]
    );
    inclusive.lines[0].tax_amount = Some(Decimal::from(20));
    assert_eq!(found(&inclusive, &plain), Vec::<String>::new());
}

#[test]
fn every_part_of_the_content_is_named_with_both_values() {
    let ours = invoice(vec![line("consulting", "100")]);
    let cases: [(Edit, &str); 7] = [
        (
            |it| it.reference = Some("PO-E".into()),
            "reference: - / PO-E",
        ),
        (
            |it| it.lines[0].description = "something else".into(),
            "line 1: text: consulting / something else",
        ),
        (
            |it| it.lines[0].account = Some("260".into()),
            "line 1: account: 200 / 260",
        ),
        (
            |it| it.lines[0].tax = Some("EXEMPTOUTPUT".into()),
            "line 1: tax rate: OUTPUT2 / EXEMPTOUTPUT",
        ),
        (
            |it| it.lines[0].amount = Decimal::from(101),
            "line 1: amount: 100 / 101",
        ),
        (
            |it| it.lines.push(line("a note", "0")),
            "lines: - / a note 0",
        ),
        (
            |it| {
                it.price_mode = PriceMode::Inclusive;
                it.lines[0].amount = "120.05".parse().unwrap();
            },
            "line 1: amount: 100 / 120.05",
        ),
    ];
    for (edit, expected) in cases {
        let mut theirs = ours.clone();
        edit(&mut theirs);
        assert_eq!(found(&ours, &theirs), [expected]);
    }
}

#[test]
fn what_one_side_does_not_say_is_no_difference() {
    let ours = invoice(vec![line("consulting", "100")]);
    let mut theirs = ours.clone();
    theirs.lines[0].tax = None;
    theirs.lines[0].account = None;
    theirs.exchange_rate = Some(Decimal::ONE);
    assert_eq!(found(&ours, &theirs), Vec::<String>::new());
    let mut untaxed = ours.clone();
    untaxed.price_mode = PriceMode::NoTax;
    untaxed.lines[0].tax = Some("NONE".into());
    assert_eq!(found(&ours, &untaxed), Vec::<String>::new());
}

#[test]
fn rates_differ_by_more_than_six_decimals_of_the_inverse() {
    let with = |rate: &str| Document {
        exchange_rate: Some(rate.parse().unwrap()),
        ..invoice(vec![])
    };
    assert_eq!(
        found(&with("0.79"), &with("0.789999866")),
        Vec::<String>::new()
    );
    assert_eq!(
        found(&with("0.79"), &with("0.8")),
        ["exchange rate: 0.79 / 0.8"]
    );
}

#[test]
fn documents_that_ended_on_both_sides_say_nothing_more() {
    let mut ours = invoice(vec![line("consulting", "100")]);
    ours.state = DocumentState::Voided;
    let mut theirs = ours.clone();
    theirs.lines[0].description = "other".into();
    assert_eq!(found(&ours, &theirs), Vec::<String>::new());
}

#[test]
fn counterparts_say_which_keys_are_one() {
    let ours = invoice(vec![line("consulting", "100")]);
    let mut theirs = ours.clone();
    theirs.lines[0].account = Some("Sales - MF".into());
    theirs.lines[0].tax = Some("VAT 20".into());
    let counterparts = Counterparts {
        account: &|left, right| (left, right) == ("200", "Sales - MF"),
        tax: &|left, right| (left, right) == ("OUTPUT2", "VAT 20"),
        tracking: &|_, _| true,
    };
    assert_eq!(content_differences(&ours, &theirs, &counterparts), []);
    assert_eq!(content_differences(&theirs, &ours, &counterparts).len(), 2);
}
