//! One side's terms in the other's: accounts and tax rates, each way for itself.

use ledger::mapping::Choice as Offered;

use super::super::translate::translate_document;
use super::*;
use Side::{Erpnext, Xero};

fn rates(rates: &[(&str, &str)]) -> Vec<Offered> {
    rates
        .iter()
        .map(|(key, rate)| Offered {
            key: (*key).into(),
            id: None,
            code: None,
            also: None,
            also_id: None,
            no_bank: false,
            name: (*key).into(),
            rate: Some(dec(rate)),
            default: false,
        })
        .collect()
}

/// The tax and account of an invoice's line on the other side, or why it cannot be carried.
fn carried(of: &Document, from: Side, policy: &Policy) -> String {
    match translate_document(of, from, policy) {
        Ok(there) => {
            let line = &there.lines[0];
            let shown = |key: &Option<String>| key.clone().unwrap_or_else(|| "none".into());
            format!("{}, {}", shown(&line.account), shown(&line.tax))
        }
        Err(cause) => cause.word().to_owned(),
    }
}

#[test]
fn each_way_is_carried_by_its_own_mapping() {
    let mut policy = policy();
    for way in Mapping::both_ways(MappingKind::Account, "200", "Freight - MF") {
        if way.from == Erpnext {
            policy.mappings.set(way);
        }
    }
    let freight = |invoice: &mut Document| {
        invoice.lines[0].account = Some("Freight - MF".into());
    };
    let mut from_erpnext = invoice(Erpnext, "1", "E1");
    assert_eq!(carried(&from_erpnext, Erpnext, &policy), "200, OUTPUT2");
    freight(&mut from_erpnext);
    assert_eq!(carried(&from_erpnext, Erpnext, &policy), "200, OUTPUT2");
    let from_xero = invoice(Xero, "1", "X1");
    assert_eq!(
        carried(&from_xero, Xero, &policy),
        "Sales - MF, UK VAT 20% - MF"
    );
}

#[test]
fn a_document_without_tax_needs_no_tax_mapping_either_way() {
    let policy = Policy {
        mappings: mapped(&[(MappingKind::Account, "200", "Sales - MF")]),
        ..policy()
    };
    for (from, expected) in [(Xero, "Sales - MF, none"), (Erpnext, "200, none")] {
        let mut invoice = invoice(from, "1", "1");
        assert_eq!(carried(&invoice, from, &policy), "no_tax_mapping");
        invoice.price_mode = PriceMode::NoTax;
        // What Xero says on each line of one that has no tax.
        invoice.lines[0].tax = Some("NONE".into());
        assert_eq!(carried(&invoice, from, &policy), expected);
        invoice.lines[0].tax = None;
        assert_eq!(carried(&invoice, from, &policy), expected);
    }
}

#[test]
fn a_rate_that_makes_another_tax_stops_as_a_wrong_mapping() {
    let with = |xero: &str, erpnext: &str| {
        let mut policy = policy();
        policy.mappings = std::mem::take(&mut policy.mappings)
            .knowing_rates(Xero, &rates(&[("OUTPUT2", xero)]))
            .knowing_rates(Erpnext, &rates(&[("UK VAT 20% - MF", erpnext)]));
        policy
    };
    let right = with("20", "20");
    let wrong = with("20", "5");
    let stated = |from, tax: Option<&str>| {
        let mut invoice = invoice(from, "1", "1");
        invoice.lines[0].tax_amount = tax.map(dec);
        invoice
    };
    let tells = |from, tax, policy: &Policy| carried(&stated(from, tax), from, policy);
    assert_eq!(
        tells(Xero, Some("20.00"), &right),
        "Sales - MF, UK VAT 20% - MF"
    );
    // Set by hand: the rate is the same, and the amount is carried.
    assert_eq!(
        tells(Xero, Some("17.23"), &right),
        "Sales - MF, UK VAT 20% - MF"
    );
    assert_eq!(tells(Xero, Some("20.00"), &wrong), "wrong_tax_mapping");
    assert_eq!(tells(Xero, None, &wrong), "wrong_tax_mapping");
    assert_eq!(tells(Erpnext, None, &with("5", "20")), "wrong_tax_mapping");
    // Not known what the other side makes of it.
    assert_eq!(
        tells(Xero, Some("20.00"), &policy()),
        "Sales - MF, UK VAT 20% - MF"
    );
    let cause = translate_document(&stated(Xero, Some("20.00")), Xero, &wrong).unwrap_err();
    assert_eq!(
        cause.sentence(),
        "\"OUTPUT2\" of Xero is mapped to \"UK VAT 20% - MF\" of ERPNext, which would make 5.00 GBP of its tax of 20.00 GBP."
    );
}
