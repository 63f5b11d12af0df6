#![allow(clippy::unwrap_used)]

use super::*;
use crate::chart::sample::{chart, dec};
use crate::translate::invoice_in;
use crate::wire::row::{all, one};
use crate::wire::{InvoiceRow, ScheduleRow};
use chrono::NaiveDate;
use ledger::{DocumentState, RemoteId};
use rust_decimal::Decimal;

/// A submitted invoice as a site answers it, children and fields of its own included: 100.00 of an
/// item and 50.00 of free text, 20 % on both.
fn document() -> Value {
    serde_json::from_str(include_str!("tests/document.json")).unwrap()
}

fn read(document: &Value) -> Document {
    let rows = |table: &str| -> Vec<Value> { document[table].as_array().unwrap().clone() };
    let (items, taxes, schedule) = (rows("items"), rows("taxes"), rows("payment_schedule"));
    let mut row = InvoiceRow::read(one(document), &all(&items), &all(&taxes)).unwrap();
    row.schedule = ScheduleRow::read_all(&all(&schedule)).unwrap();
    let mut chart = chart();
    chart.cost_center = Some("Main - ACM".into());
    invoice_in::to_ledger(&row, &chart)
}

fn replaced(document: &Value, change: impl FnOnce(&mut Document)) -> Replacement {
    let from = read(document);
    let mut to = from.clone();
    change(&mut to);
    replacement(document, &from, &to, &chart()).unwrap()
}

fn day(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 12, day).unwrap()
}

/// The fields of the draft that are not the document's.
fn differing(document: &Value, draft: &Map<String, Value>) -> Vec<String> {
    let copy = copy(document);
    let mut fields: Vec<String> = copy.keys().chain(draft.keys()).cloned().collect();
    fields.sort();
    fields.dedup();
    fields.retain(|field| copy.get(field) != draft.get(field));
    fields
}

fn total(invoice: &mut Document, net: Decimal, tax: Decimal) {
    (invoice.net_total, invoice.tax_total, invoice.total) = (net, tax, net + tax);
}

#[test]
fn a_copy_names_nobody_and_keeps_all_else() {
    let copy = Value::Object(copy(&document()));
    for gone in [
        "name",
        "modified",
        "docstatus",
        "_user_tags",
        "__onload",
        "status",
        "xero_invoice_id",
        "advances",
        "item_wise_tax_details",
    ] {
        assert!(copy.get(gone).is_none(), "{gone}");
    }
    assert_eq!(copy["custom_route"], "R 4");
    assert_eq!(copy["items"][0]["cost_center"], "Shop - ACM");
    for gone in ["name", "parent", "idx", "doctype", "batch_no"] {
        assert!(copy["items"][0].get(gone).is_none(), "{gone}");
    }
}

#[test]
fn a_due_date_moves_nothing_else() {
    let document = document();
    let made = replaced(&document, |to| to.due_date = Some(day(24)));
    assert_eq!(
        differing(&document, &made.draft),
        ["due_date", "items", "payment_schedule"]
    );
    assert_eq!(made.draft["due_date"], "2026-12-24");
    let schedule = &made.draft["payment_schedule"];
    assert_eq!(schedule[0]["due_date"], "2026-11-12");
    assert_eq!(schedule[1]["due_date"], "2026-12-24");
    assert_eq!(schedule[1]["payment_term"], "Rest");
    // The delivery is given back when the other no longer stands for it.
    assert!(made.draft["items"][0].get("dn_detail").is_none());
    assert_eq!(made.draft["items"][0]["so_detail"], "so1");
    let item = &made.at_last["items"][0];
    assert_eq!(
        (&item["delivery_note"], &item["dn_detail"]),
        (&json!("DN-1"), &json!("dn1"))
    );
    assert_eq!(item["item_code"], "WIDGET");
}

#[test]
fn a_document_without_deliveries_has_nothing_left_for_the_end() {
    let mut document = document();
    for link in ["delivery_note", "dn_detail"] {
        document["items"][0]
            .as_object_mut()
            .unwrap()
            .shift_remove(link);
    }
    let made = replaced(&document, |to| to.reference = Some("PO-8".into()));
    assert_eq!(differing(&document, &made.draft), ["po_no"]);
    assert!(made.at_last.is_empty());
}

#[test]
fn parts_that_no_longer_fit_move_and_never_fall_on_one_day() {
    let document = document();
    let earlier = replaced(&document, |to| {
        to.due_date = NaiveDate::from_ymd_opt(2026, 11, 20);
    });
    assert_eq!(
        earlier.draft["payment_schedule"][1]["due_date"],
        "2026-11-20"
    );
    assert_eq!(earlier.draft["payment_terms_template"], "Halves");
    let before_both = replaced(&document, |to| {
        to.due_date = NaiveDate::from_ymd_opt(2026, 11, 10);
    });
    assert_eq!(
        before_both.draft["payment_schedule"],
        json!([{"due_date": "2026-11-10", "payment_amount": 180}])
    );
    assert_eq!(before_both.draft["payment_terms_template"], "");
}

#[test]
fn a_price_changes_its_line_and_what_follows_from_it() {
    let document = document();
    let made = replaced(&document, |to| {
        to.lines[1].unit_price = dec("80");
        to.lines[1].amount = dec("80");
        total(to, dec("180"), dec("36"));
    });
    let items = &made.draft["items"];
    assert_eq!(
        items[0]["price_list_rate"].to_string(),
        "50.0",
        "the other line is as it was"
    );
    assert_eq!(
        (items[0]["uom"].clone(), items[0]["cost_center"].clone()),
        (json!("Box"), json!("Shop - ACM"))
    );
    assert_eq!(
        (items[1]["rate"].clone(), items[1]["uom"].clone()),
        (json!(80), json!("Hour"))
    );
    assert!(items[1].get("amount").is_none(), "the site works it out");
    assert_eq!(made.draft["taxes"][0]["description"], "VAT at twenty");
    assert_eq!(made.draft["taxes"][0]["cost_center"], "Shop - ACM");
    assert_eq!(made.draft["taxes_and_charges"], "UK VAT - ACM");
}

#[test]
fn lines_are_told_apart_by_their_identity_when_they_move() {
    let document = document();
    let made = replaced(&document, |to| {
        to.lines.swap(0, 1);
        let new = ledger::Line {
            id: None,
            description: "Postage".into(),
            item_code: None,
            quantity: Decimal::ONE,
            unit_price: dec("10"),
            amount: dec("10"),
            ..to.lines[0].clone()
        };
        to.lines.insert(0, new);
        total(to, dec("160"), dec("32"));
    });
    let items = made.draft["items"].as_array().unwrap();
    let codes: Vec<&Value> = items.iter().map(|item| &item["item_code"]).collect();
    assert_eq!(codes, [&Value::Null, &Value::Null, &json!("WIDGET")]);
    let texts: Vec<&Value> = items.iter().map(|item| &item["description"]).collect();
    assert_eq!(
        texts,
        [&json!("Postage"), &json!("Work"), &json!("Widget, blue")]
    );
    assert_eq!(items[2]["cost_center"], "Shop - ACM");
}

#[test]
fn another_customer_brings_what_is_the_customers() {
    let document = document();
    let made = replaced(&document, |to| to.contact = RemoteId::new("Birch"));
    assert_eq!(made.draft["customer"], "Birch");
    assert!(made.draft.get("territory").is_none() && made.draft.get("debit_to").is_none());
    assert_eq!(made.draft["terms"], "Net 28");
}

#[test]
fn a_draft_that_is_changed_keeps_its_rows() {
    let document = document();
    let from = read(&document);
    let mut to = from.clone();
    to.lines[1].unit_price = dec("80");
    to.lines[1].amount = dec("80");
    total(&mut to, dec("180"), dec("36"));
    let changes = changes(&document, &from, &to, &chart()).unwrap();
    assert_eq!(changes["items"][1]["name"], "row2");
    assert!(changes.get("remarks").is_none() && changes.get("customer").is_none());
    to.clone_from(&from);
    to.state = DocumentState::Draft;
    assert!(
        super::changes(&document, &from, &to, &chart())
            .unwrap()
            .is_empty()
    );
}

#[test]
fn a_discount_on_the_whole_document_is_in_the_prices_afterwards() {
    let mut document = document();
    document["discount_amount"] = json!(15.0);
    document["additional_discount_percentage"] = json!(10.0);
    document["items"][0]["net_amount"] = json!(90.0);
    document["items"][1]["net_amount"] = json!(45.0);
    for (field, value) in [
        ("net_total", 135.0),
        ("total_taxes_and_charges", 27.0),
        ("grand_total", 162.0),
    ] {
        document[field] = json!(value);
    }
    let made = replaced(&document, |to| {
        to.lines[1].unit_price = dec("40");
        to.lines[1].amount = dec("40");
        total(to, dec("130"), dec("26"));
    });
    assert_eq!(made.draft["additional_discount_percentage"], 0);
    assert_eq!(made.draft["items"][0]["rate"], 45);
    assert_eq!(made.draft["items"][0]["item_code"], "WIDGET");
}
