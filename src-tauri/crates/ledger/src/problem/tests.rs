#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::*;
use crate::Side;

/// One of each entry, by the fields that decide it.
fn samples() -> Vec<Cause> {
    let difference = json!({ "field": "total", "xero": "10.00 GBP", "erpnext": null });
    let base = json!({
        "side": "erpnext", "account": "Freight - MF", "tax": "VAT", "to": "OUTPUT2",
        "has": "1.00 GBP", "would_be": "2.00 GBP", "stated": "1.00 GBP", "by_rates": "2.00 GBP",
        "line": 1, "candidates": ["a", "b"], "differences": [difference], "contact": "c",
        "into": "b", "name": "Acme", "number": "INV-1", "until": "2026-03-31", "currency": "EUR",
        "why": "it is paid", "field": "date", "message": "No.", "invoice": "i", "credit_note": "c",
        "paid": "50.00 GBP", "owed": "40.00 GBP", "offered": ["xero"], "entry": "ACC-JV-1",
        "tracking": "Region: North", "second": "Job: Roof", "category": "Cost Center",
    });
    let with = |word: &str, more: Value| -> Cause {
        let mut fields = base.clone();
        if let (Value::Object(fields), Value::Object(more)) = (&mut fields, more) {
            fields.extend(more);
        }
        let tagged = json!({ word: fields });
        let bare = serde_json::from_value(json!(word));
        serde_json::from_value(tagged).or(bare).expect(word)
    };
    let mut samples: Vec<Cause> = Cause::words()
        .iter()
        .map(|word| with(word, json!({})))
        .collect();
    samples.extend([
        with("several_candidates", json!({ "candidates": ["a"] })),
        with("name_taken", json!({ "by": "a" })),
        with("number_taken", json!({ "by": "a" })),
        with("contact_archived", json!({ "side": "xero" })),
        with("both_changed", json!({ "offered": [] })),
        with("ended_there", json!({ "offered": [] })),
        with("ended_there", json!({ "stands": "a" })),
        with("both_changed", json!({ "offered": ["xero"] })),
        Cause::forbidden(Side::Erpnext, "No permission."),
    ]);
    samples
}

#[test]
fn every_cause_has_an_entry_whose_texts_can_be_filled_in() {
    assert!(Cause::words().len() >= 25);
    for cause in samples() {
        let tagged = serde_json::to_value(&cause).unwrap();
        let named = match &tagged {
            Value::String(word) => word.clone(),
            Value::Object(fields) => fields.keys().next().unwrap().clone(),
            other => other.to_string(),
        };
        assert_eq!(named, cause.word(), "the message's id is the word");
        assert!(!cause.meaning().badge.is_empty(), "{named}");
        for text in [
            cause.sentence(),
            cause.next_step(),
            cause.group_title(1),
            cause.group_title(3),
        ] {
            assert!(text.ends_with('.'), "{named}: {text}");
            assert!(!text.contains(['{', '}']), "{named}: {text}");
        }
        for name in cause.meaning().about {
            let known =
                matches!(*name, "by" | "offered" | "kind") || tagged[&named][name].is_string();
            assert!(known, "{named} has no field {name} to be about");
        }
        // Where something is offered it can be carried out, and where nothing is, nobody is asked here.
        match cause.way_out() {
            WayOut::Map { key, .. } => assert!(!key.is_empty(), "{named}"),
            WayOut::Keep(sides) => assert!(!sides.is_empty(), "{named}"),
            WayOut::Pick | WayOut::KeepApart => assert!(cause.beside().is_some(), "{named}"),
            WayOut::AsNew | WayOut::Mend(_) | WayOut::Retry => {}
        }
    }
}

#[test]
fn sentences_name_both_sides() {
    let cause = Cause::NoAccountMapping {
        side: Side::Erpnext,
        account: "Freight - MF".into(),
    };
    assert_eq!(
        cause.sentence(),
        "Xero has no account for \"Freight - MF\" of ERPNext."
    );
    let difference = |field: &str| Difference {
        field: field.into(),
        xero: Some("10.00 GBP".into()),
        erpnext: None,
    };
    let differences = vec![difference("date"), difference("tax"), difference("total")];
    let cause = Cause::DifferOnBothSides {
        differences,
        offered: Side::BOTH.to_vec(),
    };
    assert_eq!(
        cause.sentence(),
        "Both sides have it, but they differ in date, tax and total."
    );
    let on = |field: &str, xero: Option<&str>, erpnext: Option<&str>| Difference {
        field: field.into(),
        xero: xero.map(Into::into),
        erpnext: erpnext.map(Into::into),
    };
    let cause = Cause::CreditsDiffer {
        differences: vec![
            on("overpayment of 4 Nov 2026", Some("75.00 GBP"), None),
            on("credit note RET-1", None, Some("60.00 GBP")),
            on("payment PAY-1", None, Some("150.00 GBP")),
        ],
    };
    assert_eq!(
        cause.sentence(),
        "What the customer has on account is not the same on both sides: overpayment of 4 Nov 2026 (75.00 GBP) in Xero; credit note RET-1 (60.00 GBP), payment PAY-1 (150.00 GBP) in ERPNext."
    );
    let many = (0..6).map(|it| on(&format!("payment {it}"), Some("1.00 GBP"), None));
    let cause = Cause::CreditsDiffer {
        differences: many.collect(),
    };
    assert!(
        cause
            .sentence()
            .ends_with("payment 3 (1.00 GBP) and 2 more in Xero.")
    );
    let cause = Cause::AmountDueDiffers {
        differences: vec![difference("amount due")],
    };
    assert!(
        cause
            .sentence()
            .starts_with("10.00 GBP is due in Xero but nothing in ERPNext")
    );
    assert!(cause.about().is_empty());
    // A credit note is not due: what is left of it differs, and its group is its own.
    let cause = Cause::AmountDueDiffers {
        differences: vec![difference("remaining credit")],
    };
    assert!(
        cause
            .sentence()
            .starts_with("10.00 GBP is left of it in Xero but nothing in ERPNext")
    );
    assert_eq!(cause.word(), "amount_due_differs");
    assert_eq!(cause.meaning().badge, "Remaining credit");
    let about: Vec<_> = cause.about().into_iter().map(|(_, value)| value).collect();
    assert_eq!(about, ["remaining credit"]);
}

/// What ended is on the side that the cause names, and what stands on the other.
#[test]
fn what_stands_is_shown_beside_what_ended() {
    let ended = |stands: Option<&str>| Cause::EndedThere {
        side: Side::Xero,
        why: "nobody knows".into(),
        differences: Vec::new(),
        offered: Vec::new(),
        stands: stands.map(RemoteId::new),
    };
    let shown = ended(Some("ACC-PAY-1")).beside();
    assert_eq!(
        shown,
        Some((Side::Erpnext, vec![RemoteId::new("ACC-PAY-1")]))
    );
    assert_eq!(ended(None).beside(), None);
}

#[test]
fn only_sides_whose_values_can_be_carried_are_offered() {
    let cause = |offered: &[Side]| Cause::BothChanged {
        differences: Vec::new(),
        offered: offered.to_vec(),
    };
    let way = |offered: &[Side]| cause(offered).way_out();
    assert_eq!(way(&Side::BOTH), WayOut::Keep(Side::BOTH.to_vec()));
    assert_eq!(way(&[Side::Xero]), WayOut::Keep(vec![Side::Xero]));
    assert_eq!(way(&[]), WayOut::Retry);
    // What is offered for a group is offered for each of its records.
    let about: BTreeSet<_> = [&Side::BOTH[..], &[Side::Xero], &[]]
        .into_iter()
        .map(|offered| cause(offered).about())
        .collect();
    assert_eq!(about.len(), 3);
}

#[test]
fn what_is_a_matter_of_set_up_is_put_right_on_the_side_that_refuses() {
    let way = |side: Side, field: &str| {
        Cause::Invalid {
            side,
            field: field.to_owned(),
            why: "no".to_owned(),
        }
        .way_out()
    };
    // No fiscal year, no receivable account in the currency, no exchange rate, a disabled customer:
    // nothing about the record in Xero is wrong.
    for field in [
        "date",
        "currency",
        "exchange rate",
        "contact",
        "primary address",
        "account",
        "workflow",
        "mandatory field \"project\"",
        "mandatory fields \"project\", \"cost center\"",
    ] {
        assert_eq!(
            way(Side::Erpnext, field),
            WayOut::Mend(Side::Erpnext),
            "{field}"
        );
    }
    for field in ["date", "tax rate", "payment account"] {
        assert_eq!(way(Side::Xero, field), WayOut::Mend(Side::Xero), "{field}");
    }
    // What is wrong with the record itself is put right where it comes from.
    assert_eq!(
        way(Side::Erpnext, "e-mail address"),
        WayOut::Mend(Side::Xero)
    );
    assert_eq!(way(Side::Xero, "number"), WayOut::Mend(Side::Erpnext));
}
