#![allow(clippy::unwrap_used)]

use ledger::RemoteId;

use super::*;

fn gbp() -> Currency {
    Currency::new("GBP").unwrap()
}

fn line(text: &str, amount: i64, account: &str) -> Line {
    Line {
        id: None,
        description: text.into(),
        item_code: None,
        quantity: Decimal::ONE,
        unit_price: Decimal::from(amount),
        discount_percent: None,
        amount: Decimal::from(amount),
        account: Some(account.into()),
        tax: None,
        tax_rate: None,
        tax_amount: None,
        tracking: None,
    }
}

fn invoice(reference: &str, lines: Vec<Line>) -> Record {
    let total = lines.iter().map(|it| it.amount).sum();
    Record::Invoice(Document {
        number: Some("INV-1".into()),
        contact: RemoteId::new("c"),
        contact_name: "Acme".into(),
        state: DocumentState::Approved,
        date: "2026-01-15".parse().unwrap(),
        due_date: None,
        currency: gbp(),
        exchange_rate: None,
        reference: Some(reference.into()),
        price_mode: PriceMode::Exclusive,
        lines,
        net_total: total,
        tax_total: Decimal::ZERO,
        total,
        amount_due: total,
        opening: false,
        against: None,
        allocations: Vec::new(),
    })
}

/// 200 in Xero is "Sales - A" in ERPNext.
fn mapped(xero: &str, erpnext: &str) -> bool {
    (xero, erpnext) == ("200", "Sales - A")
}

fn both<'r>(xero: Option<&'r Record>, erpnext: Option<&'r Record>) -> Both<'r> {
    Both {
        xero,
        erpnext,
        accounts: &mapped,
        taxes: &mapped,
        banks: &mapped,
        tracking: &|_, _| true,
    }
}

fn differing(fields: &[RecordField]) -> Vec<&str> {
    let differ = fields.iter().filter(|it| it.differs);
    differ.map(|it| it.field.as_str()).collect()
}

#[test]
fn what_differs_is_marked_with_what_was_agreed() {
    let xero = invoice("PO-78", vec![line("Widgets", 100, "200")]);
    let erpnext = invoice("PO-77", vec![line("Widgets", 100, "Sales - A")]);
    let base = invoice("PO-76", vec![line("Widgets", 100, "200")]);
    let fields = both(Some(&xero), Some(&erpnext)).fields([Some(&base), None]);
    assert_eq!(differing(&fields), ["reference"]);
    let reference = fields.iter().find(|it| it.field == "reference").unwrap();
    assert_eq!(reference.xero.as_deref(), Some("PO-78"));
    assert_eq!(reference.erpnext.as_deref(), Some("PO-77"));
    assert_eq!(reference.before.as_deref(), Some("PO-76"));
    let total = fields.iter().find(|it| it.field == "total").unwrap();
    assert_eq!(total.xero.as_deref(), Some("100.00 GBP"));
    assert_eq!(total.before, None);
    // What neither has is no field.
    assert!(fields.iter().all(|it| it.field != "exchange rate"));
}

#[test]
fn a_record_of_one_side_differs_in_nothing() {
    let erpnext = invoice("PO-77", vec![line("Widgets", 100, "Sales - A")]);
    let alone = both(None, Some(&erpnext));
    let fields = alone.fields([None, None]);
    assert!(differing(&fields).is_empty());
    assert!(
        fields
            .iter()
            .all(|it| it.xero.is_none() && it.erpnext.is_some())
    );
    let lines = alone.lines();
    assert_eq!(lines.len(), 1);
    assert!(lines[0].xero.is_none() && lines[0].erpnext.is_some());
}

#[test]
fn lines_stand_beside_those_that_say_the_same_in_whatever_order() {
    let xero = invoice(
        "",
        vec![
            line("Widgets", 100, "200"),
            line("Freight", 5, "200"),
            line("Rose", 7, "200"),
        ],
    );
    let erpnext = invoice(
        "",
        vec![
            line("Freight", 6, "Sales - A"),
            line("Widgets", 100, "Sales - A"),
        ],
    );
    let lines = both(Some(&xero), Some(&erpnext)).lines();
    let texts: Vec<(Option<&str>, Option<&str>, &[String])> = lines
        .iter()
        .map(|pair| {
            (
                pair.xero.as_ref().map(|it| it.text.as_str()),
                pair.erpnext.as_ref().map(|it| it.text.as_str()),
                pair.differs.as_slice(),
            )
        })
        .collect();
    assert_eq!(
        texts,
        [
            (Some("Widgets"), Some("Widgets"), &[][..]),
            (Some("Freight"), Some("Freight"), &["amount".to_owned()][..]),
            (Some("Rose"), None, &[][..]),
        ]
    );
    // An account that stands for another is told.
    let other = invoice("", vec![line("Widgets", 100, "Freight - A")]);
    let xero = invoice("", vec![line("Widgets", 100, "200")]);
    let lines = both(Some(&xero), Some(&other)).lines();
    assert_eq!(lines[0].differs, ["account"]);
}
