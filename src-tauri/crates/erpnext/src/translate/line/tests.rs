#![allow(clippy::unwrap_used)]
use ledger::money::RoundingMethod;
use proptest::prelude::*;

use super::*;
use crate::chart::sample::{chart, dec};

fn line(quantity: &str, price: &str, discount: Option<&str>, amount: &str) -> Line {
    Line {
        id: None,
        description: "Work".into(),
        item_code: None,
        quantity: dec(quantity),
        unit_price: dec(price),
        discount_percent: discount.map(dec),
        amount: dec(amount),
        account: None,
        tax: None,
        tax_rate: None,
        tax_amount: None,
        tracking: None,
    }
}

fn item(priced: &Priced, amount: &str) -> ItemRow {
    let (short, long) = texts("Work", priced.note.as_deref());
    ItemRow {
        name: "r".into(),
        idx: 1,
        item_code: None,
        item_name: Some(short),
        description: Some(long),
        qty: priced.quantity,
        rate: priced.rate,
        price_list_rate: priced.discount.map(|d| d.0).unwrap_or_default(),
        discount_percentage: priced.discount.map(|d| d.1).unwrap_or_default(),
        amount: dec(amount),
        net_amount: dec(amount),
        income_account: None,
        item_tax_template: None,
        item_tax_rate: vec![],
        cost_center: None,
        project: None,
    }
}

#[test]
fn lines_survive_the_way_there_and_back() {
    let figures = chart().figures;
    for (quantity, price_, discount, amount, natural) in [
        ("2", "50.00", None, "100.00", true),
        ("1.5", "33.33", None, "50.00", true),
        ("3", "33.335", None, "100.01", false),
        ("10.12345", "1.2345", None, "12.50", false),
        ("2", "10", Some("10"), "18.00", true),
        ("3", "9.99", Some("33.333"), "19.98", true),
        ("20", "0.99", Some("5"), "18.81", false),
        // What Xero states is not always its own product of the two.
        ("5.1", "182.55", None, "930.99", false),
        ("5.1", "182.55", Some("10"), "837.91", false),
        ("-1", "20", None, "-20.00", false),
        ("1", "-20", None, "-20.00", true),
    ] {
        let line = line(quantity, price_, discount, amount);
        let priced = price(&line, line.amount, figures, true);
        assert_eq!(priced.note.is_none(), natural, "{quantity} × {price_}");
        let erpnext = figures.rounding.round(priced.rate * priced.quantity, 2);
        assert_eq!(erpnext, line.amount, "{quantity} × {price_}");
        let back = read(&item(&priced, amount), line.amount, figures);
        assert_eq!(back.description, "Work");
        assert_eq!(back.quantity, line.quantity);
        assert_eq!(back.unit_price, line.unit_price, "{quantity} × {price_}");
        assert_eq!(back.discount_percent, line.discount_percent);
    }
}

fn decimals(digits: u32, most: i64) -> impl Strategy<Value = Decimal> {
    (0..=digits, 1..most).prop_map(|(digits, number)| Decimal::new(number, digits).normalize())
}

proptest! {
    /// However a site rounds: it makes the stated amount of what is sent, and quantity, price
    /// and discount are read back as they were.
    #[test]
    fn any_line_survives_the_way_there_and_back(
        quantity in decimals(4, 50_000), unit_price in decimals(4, 900_000),
        discount in proptest::option::of(decimals(2, 9_900)),
        half_even in any::<bool>(), rate_digits in 2_u32..=4, quantity_digits in 2_u32..=5,
        fractions in any::<bool>(),
    ) {
        let discount = discount.filter(|percent| *percent < Decimal::ONE_HUNDRED);
        let amount = xero_line_amount(quantity, unit_price, discount.unwrap_or_default(), 4);
        prop_assume!(!amount.is_zero());
        let figures = Figures {
            rounding: if half_even { RoundingMethod::HalfEven } else { RoundingMethod::HalfUp },
            rate_digits,
            quantity_digits,
            ..chart().figures
        };
        let line = Line {
            quantity,
            unit_price,
            discount_percent: discount,
            amount,
            ..line("1", "1", None, "1")
        };
        let priced = price(&line, amount, figures, fractions);
        let made = crate::translate::tax::rules(figures).line_amount(priced.quantity, priced.rate);
        prop_assert_eq!(made, amount);
        let back = read(&item(&priced, &amount.to_string()), amount, figures);
        prop_assert_eq!(
            (back.description.as_str(), back.quantity, back.unit_price, back.discount_percent),
            ("Work", quantity, unit_price, discount)
        );
    }
}

#[test]
fn prices_that_hold_tax_lose_no_quantity_unsaid() {
    let figures = chart().figures;
    for (quantity, price_, discount, gross, net, sent, says) in [
        // 10 × 14.937 is more than the site's two decimals can say.
        (
            "10",
            "23.90",
            Some("25"),
            "179.25",
            "149.37",
            "1",
            "w\n(10 × 23.9 less 25 %, tax included = 149.37)",
        ),
        ("10", "12.00", None, "120.00", "100.00", "10", "w"),
        (
            "10",
            "16.00",
            Some("25"),
            "120.00",
            "100.00",
            "10",
            "w\n(10 × 16 less 25 %, tax included = 100)",
        ),
        ("1", "12.00", None, "12.00", "10.00", "1", "w"),
        (
            "1.5",
            "10.00",
            None,
            "15.00",
            "12.50",
            "1",
            "w\n(1.5 × 10, tax included = 12.5)",
        ),
        (
            "-3",
            "10.00",
            None,
            "-30.00",
            "-25.00",
            "1",
            "w\n(-3 × 10, tax included = -25)",
        ),
    ] {
        let line = Line {
            description: "w".into(),
            ..line(quantity, price_, discount, gross)
        };
        let priced = price(&line, dec(net), figures, false);
        let (_, long) = texts(&line.description, priced.note.as_deref());
        assert_eq!(
            (priced.quantity, long.as_str()),
            (dec(sent), says),
            "{quantity} × {price_}"
        );
        let made = crate::translate::tax::rules(figures).line_amount(priced.quantity, priced.rate);
        assert_eq!(made, dec(net), "{quantity} × {price_}");
        // What it says of the prices is for people, and goes with the amount.
        let mut row = item(&priced, net);
        row.description = Some(long);
        let back = read(&row, dec(net), figures);
        assert_eq!(
            (back.description.as_str(), back.quantity),
            ("w", priced.quantity)
        );
        assert_eq!(back.unit_price, priced.rate);
        row.rate += Decimal::ONE;
        row.amount = priced.quantity * row.rate;
        let edited = read(&row, row.amount, figures);
        assert_eq!(Some(edited.description), row.description);
    }
}

#[test]
fn what_is_given_away_is_said_too() {
    let figures = chart().figures;
    for (quantity, price_, discount, says) in [
        ("2.5", "10", Some("100"), Some("(2.5 × 10 less 100 %)")),
        ("2.5", "0", None, Some("(2.5 × 0)")),
        ("0", "10", None, Some("(0 × 10)")),
        // Words and nothing else.
        ("0", "0", None, None),
        ("1", "0", None, None),
    ] {
        let line = line(quantity, price_, discount, "0");
        let priced = price(&line, line.amount, figures, false);
        assert_eq!(priced.quantity, Decimal::ONE);
        assert_eq!(priced.note.as_deref(), says);
        let back = read(&item(&priced, "0"), Decimal::ZERO, figures);
        assert_eq!(back.description, "Work");
        if says.is_some() {
            assert_eq!(
                (back.quantity, back.unit_price),
                (line.quantity, line.unit_price)
            );
        }
    }
}

#[test]
fn a_discount_on_the_document_loses_no_quantity() {
    let figures = chart().figures;
    let mut row = item(
        &Priced {
            quantity: dec("333"),
            rate: dec("1.01"),
            discount: None,
            note: None,
        },
        "336.33",
    );
    // What a share of the document's discount leaves: no price of four decimals makes it.
    let back = read(&row, dec("331.52"), figures);
    assert_eq!(
        (back.quantity, back.unit_price),
        (dec("333"), dec("0.9956"))
    );
    row.qty = Decimal::ZERO;
    assert_eq!(read(&row, dec("5"), figures).quantity, Decimal::ONE);
}

#[test]
fn a_site_without_broken_quantities_gets_one_piece() {
    let line = line("1.5", "10", None, "15.00");
    let priced = price(&line, line.amount, chart().figures, false);
    assert_eq!(priced.quantity, Decimal::ONE);
    assert_eq!(priced.note.as_deref(), Some("(1.5 × 10)"));
}

#[test]
fn a_note_that_no_longer_fits_is_part_of_the_text() {
    let figures = chart().figures;
    let line = line("3", "33.335", None, "100.01");
    let priced = price(&line, line.amount, figures, true);
    let mut row = item(&priced, "100.01");
    row.rate = dec("90");
    row.amount = dec("90");
    let back = read(&row, dec("90"), figures);
    assert_eq!(back.unit_price, dec("90"));
    assert!(back.description.ends_with("(3 × 33.335)"));
}

#[test]
fn a_decorative_percentage_is_not_a_discount() {
    let figures = chart().figures;
    let mut row = item(
        &Priced {
            quantity: Decimal::ONE,
            rate: dec("100"),
            discount: None,
            note: None,
        },
        "100",
    );
    row.discount_percentage = dec("10");
    assert_eq!(read(&row, dec("100"), figures).discount_percent, None);
}

#[test]
fn texts_are_shortened_and_protected() {
    let (short, long) = texts("First line\nSecond", None);
    assert_eq!(
        (short.as_str(), long.as_str()),
        ("First line", "First line\nSecond")
    );
    assert_eq!(texts("", None), ("-".into(), "-".into()));
    assert_eq!(texts("", Some("(1 × 2)")).1, "(1 × 2)");
    assert_eq!(texts("R&D", None).1, "R&D");
    for text in ["a <b> c", "x &lt; y", "if a<b then"] {
        let (_, long) = texts(text, None);
        assert_eq!(plain_text(&long), text);
    }
    assert_eq!(texts(&"x".repeat(200), None).0.len(), 140);
}
