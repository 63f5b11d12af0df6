#![allow(clippy::unwrap_used)]
use super::*;
use crate::chart::sample::{chart, dec};
use crate::wire::row::{all, one};
use serde_json::{Value, json};

fn item(extra: &Value) -> Value {
    let mut row = json!({
        "name": "i1", "idx": 1, "item_name": "Work", "description": "Work", "qty": 1.0,
        "rate": 100.0, "amount": 100.0, "net_amount": 100.0, "income_account": "Sales - ACM",
        "item_tax_rate": "{}"
    });
    merge(&mut row, extra);
    row
}

fn merge(row: &mut Value, extra: &Value) {
    for (field, value) in extra.as_object().unwrap() {
        row[field] = value.clone();
    }
}

fn read(document: &Value, items: &[Value], taxes: &[Value]) -> Document {
    let mut row = json!({
        "name": "INV-1", "modified": "m", "docstatus": 1, "customer": "Acme",
        "posting_date": "2026-11-02", "due_date": "2026-12-02", "currency": "GBP",
        "conversion_rate": 1.0, "net_total": 100.0, "total_taxes_and_charges": 20.0,
        "grand_total": 120.0, "rounded_total": 0.0, "disable_rounded_total": 1,
        "base_grand_total": 120.0, "outstanding_amount": 120.0, "party_account_currency": "GBP"
    });
    merge(&mut row, document);
    let row = InvoiceRow::read(one(&row), &all(items), &all(taxes)).unwrap();
    let invoice = to_ledger(&row, &chart());
    let lines: Decimal = invoice.lines.iter().map(|line| line.amount).sum();
    let expected = match invoice.price_mode {
        PriceMode::Inclusive => invoice.total,
        PriceMode::Exclusive | PriceMode::NoTax => invoice.net_total,
    };
    assert_eq!(lines, expected, "lines add up");
    assert_eq!(invoice.net_total + invoice.tax_total, invoice.total);
    invoice
}

fn vat_row(extra: &Value) -> Value {
    let mut row = json!({
        "idx": 1, "charge_type": "On Net Total", "account_head": "VAT - ACM",
        "description": "VAT", "rate": 20.0, "tax_amount": 20.0,
        "tax_amount_after_discount_amount": 20.0, "included_in_print_rate": 0
    });
    merge(&mut row, extra);
    row
}

#[test]
fn rates_come_from_row_template_and_line() {
    let invoice = read(
        &json!({"net_total": 200.0, "grand_total": 220.0, "outstanding_amount": 100.0}),
        &[
            item(&json!({})),
            item(
                &json!({"idx": 2, "item_tax_template": "UK VAT Zero - ACM", "item_tax_rate": "{\"VAT - ACM\": 0.0}"}),
            ),
        ],
        &[vat_row(&json!({}))],
    );
    assert_eq!(invoice.price_mode, PriceMode::Exclusive);
    assert_eq!(invoice.lines[0].tax.as_deref(), Some("UK VAT 20% - ACM"));
    assert_eq!(invoice.lines[0].tax_rate, Some(dec("20")));
    assert_eq!(invoice.lines[1].tax.as_deref(), Some("UK VAT Zero - ACM"));
    assert_eq!(invoice.lines[1].tax_rate, Some(dec("0")));
    assert_eq!(invoice.amount_due, dec("100"));
    assert_eq!(invoice.settled(), dec("120"));
}

#[test]
fn inclusive_prices() {
    let invoice = read(
        &json!({"net_total": 83.33, "total_taxes_and_charges": 16.67, "grand_total": 100.0}),
        &[item(&json!({"net_amount": 83.33}))],
        &[vat_row(
            &json!({"included_in_print_rate": 1, "tax_amount": 16.67, "tax_amount_after_discount_amount": 16.67}),
        )],
    );
    assert_eq!(invoice.price_mode, PriceMode::Inclusive);
    assert_eq!(invoice.lines[0].amount, dec("100"));
}

#[test]
fn rounding_and_charges_become_lines() {
    let invoice = read(
        &json!({
            "disable_rounded_total": 0, "net_total": 100.0, "total_taxes_and_charges": 25.4,
            "grand_total": 125.4, "rounded_total": 125.0
        }),
        &[item(&json!({}))],
        &[
            vat_row(&json!({})),
            json!({"idx": 2, "charge_type": "Actual", "account_head": "Freight - ACM", "description": "Freight", "tax_amount": 5.4}),
        ],
    );
    assert_eq!(invoice.total, dec("125"));
    assert_eq!(invoice.tax_total, dec("20"));
    let texts: Vec<_> = invoice
        .lines
        .iter()
        .map(|line| (line.description.as_str(), line.amount))
        .collect();
    assert_eq!(
        texts,
        [
            ("Work", dec("100")),
            ("Freight", dec("5.4")),
            ("Rounding", dec("-0.4"))
        ]
    );
    assert_eq!(invoice.lines[2].account.as_deref(), Some("Round Off - ACM"));
}

#[test]
fn a_tax_on_a_tax_is_the_smaller_part_of_the_net_amount() {
    let levy = |kind: &str, amount: f64| {
        vat_row(&json!({
            "idx": 2, "charge_type": kind, "row_id": "1", "account_head": "Levy - ACM",
            "rate": 10.0, "tax_amount": amount, "tax_amount_after_discount_amount": amount
        }))
    };
    for (kind, amount, rate) in [
        ("On Previous Row Amount", 2.0, "22"),
        ("On Previous Row Total", 12.0, "32"),
    ] {
        let invoice = read(
            &json!({"total_taxes_and_charges": 20.0 + amount, "grand_total": 120.0 + amount}),
            &[item(&json!({}))],
            &[vat_row(&json!({})), levy(kind, amount)],
        );
        assert_eq!(invoice.lines[0].tax_rate, Some(dec(rate)), "{kind}");
        let made = dec(rate) - dec("20");
        assert_eq!(
            invoice.lines[0].tax.clone(),
            Some(format!("VAT - ACM @ 20 + Levy - ACM @ {made}")),
            "{kind}"
        );
        assert_eq!(invoice.tax_total, dec("20") + made);
    }
    // So much for each piece is no percentage.
    let each = vat_row(
        &json!({"charge_type": "On Item Quantity", "rate": 19.0, "tax_amount": 19.0, "tax_amount_after_discount_amount": 19.0}),
    );
    let document = json!({"total_taxes_and_charges": 19.0, "grand_total": 119.0});
    let invoice = read(&document, &[item(&json!({}))], &[each]);
    assert_eq!(invoice.lines[0].tax_rate, None);
}

#[test]
fn a_taxed_charge_says_so() {
    let invoice = read(
        &json!({"net_total": 100.0, "total_taxes_and_charges": 32.0, "grand_total": 132.0}),
        &[item(&json!({}))],
        &[
            json!({"idx": 1, "charge_type": "Actual", "account_head": "Freight - ACM", "description": "Freight", "tax_amount": 10.0}),
            vat_row(
                &json!({"idx": 2, "charge_type": "On Previous Row Total", "row_id": 1, "tax_amount": 22.0, "tax_amount_after_discount_amount": 22.0}),
            ),
        ],
    );
    let keys: Vec<_> = invoice
        .lines
        .iter()
        .map(|line| (line.description.as_str(), line.tax.as_deref()))
        .collect();
    assert_eq!(
        keys,
        [
            ("Work", Some("UK VAT 20% - ACM")),
            ("Freight", Some("UK VAT 20% - ACM"))
        ]
    );
    assert_eq!(invoice.tax_total, dec("22"));
}

#[test]
fn the_last_part_of_the_terms_is_when_it_is_due() {
    let parts = [
        json!({"parent": "INV-1", "idx": 2, "due_date": "2027-01-31", "payment_amount": 60.0}),
        json!({"parent": "INV-1", "idx": 1, "due_date": "2026-12-31", "payment_amount": 60.0}),
    ];
    let document = json!({
        "name": "INV-1", "modified": "m", "docstatus": 1, "customer": "Acme",
        "posting_date": "2026-11-02", "currency": "GBP", "grand_total": 120.0
    });
    let mut row = InvoiceRow::read(one(&document), &[], &[]).unwrap();
    row.schedule = crate::wire::ScheduleRow::read_all(&all(&parts)).unwrap();
    assert_eq!(row.schedule[0].idx, 1);
    assert_eq!(
        to_ledger(&row, &chart()).due_date.unwrap().to_string(),
        "2027-01-31"
    );
}

#[test]
fn a_discount_on_the_document_is_told_by_net_amounts() {
    let invoice = read(
        &json!({"net_total": 90.0, "total_taxes_and_charges": 18.0, "grand_total": 108.0, "discount_amount": 10.0}),
        &[item(&json!({"qty": 4.0, "rate": 25.0, "net_amount": 90.0}))],
        &[vat_row(
            &json!({"tax_amount": 18.0, "tax_amount_after_discount_amount": 18.0}),
        )],
    );
    assert_eq!(invoice.lines[0].unit_price, dec("22.5"));
    assert_eq!(invoice.lines[0].quantity, dec("4"));
}

#[test]
fn amounts_due_in_the_company_s_currency_are_turned_back() {
    let euro = |outstanding: &str| {
        let document = json!({"currency": "EUR", "conversion_rate": 0.85, "net_total": 100.0, "total_taxes_and_charges": 0.0,
            "grand_total": 100.0, "base_grand_total": 85.0, "outstanding_amount": outstanding});
        read(&document, &[item(&json!({}))], &[]).amount_due
    };
    assert_eq!(euro("85.0"), dec("100"));
    assert_eq!(euro("42.5"), dec("50"));
    assert_eq!(euro("0"), dec("0"));
}

#[test]
fn a_draft_owes_what_the_site_works_out_in_whichever_currency() {
    let draft = |account: &str, outstanding: &str| {
        let document = json!({"docstatus": 0, "currency": "EUR", "conversion_rate": 0.85,
            "net_total": 100.0, "total_taxes_and_charges": 0.0, "grand_total": 100.0,
            "base_grand_total": 85.0, "outstanding_amount": outstanding,
            "party_account_currency": account});
        read(&document, &[item(&json!({}))], &[]).amount_due
    };
    for (account, outstanding, due) in [
        ("EUR", "100.0", "100"),
        // Worked out before the account was known.
        ("EUR", "85.0", "100"),
        ("GBP", "85.0", "100"),
        ("EUR", "0", "100"),
        ("EUR", "60.0", "60"),
        ("GBP", "42.5", "50"),
    ] {
        assert_eq!(
            draft(account, outstanding),
            dec(due),
            "{account} {outstanding}"
        );
    }
}

#[test]
fn cancelled_documents_owe_nothing_and_amended_ones_keep_their_number() {
    let invoice = read(
        &json!({"docstatus": 2}),
        &[item(&json!({}))],
        &[vat_row(&json!({}))],
    );
    assert_eq!(invoice.state, DocumentState::Voided);
    assert_eq!(invoice.amount_due, Decimal::ZERO);
    let amended = read(
        &json!({"name": "INV-1-1", "amended_from": "INV-1"}),
        &[item(&json!({}))],
        &[vat_row(&json!({}))],
    );
    assert_eq!(amended.number.as_deref(), Some("INV-1"));
}

#[test]
fn tax_stated_as_an_amount_is_recognised_where_one_rate_makes_it() {
    let actual = vat_row(&json!({"charge_type": "Actual", "rate": 0.0}));
    let invoice = read(&json!({}), &[item(&json!({}))], &[actual]);
    assert_eq!(invoice.lines[0].tax.as_deref(), Some("UK VAT 20% - ACM"));
    let odd = vat_row(
        &json!({"charge_type": "Actual", "rate": 0.0, "tax_amount": 19.0, "tax_amount_after_discount_amount": 19.0}),
    );
    let invoice = read(
        &json!({"total_taxes_and_charges": 19.0, "grand_total": 119.0}),
        &[item(&json!({}))],
        &[odd],
    );
    assert_eq!(invoice.lines[0].tax, None);
    assert_eq!(invoice.tax_total, dec("19"));
}
