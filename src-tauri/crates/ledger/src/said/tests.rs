#![allow(clippy::expect_used)]

use serde_json::{Value, json};

use super::*;
use crate::problem::variants;

/// One of each message.
fn samples() -> Vec<Said> {
    let fields = json!({
        "side": "xero", "title": "Acme, Leeds", "taken": "Acme", "reason": "same number",
        "fields": ["total", "tax"], "what": { "created": { "side": "erpnext" } }, "from": "A", "to": "B",
        "why": "no route", "by": "anna on LAPTOP", "since": "30 Nov 2026, 07:31 UTC", "into": "C", "before": "Sales", "now": "Income", "id": "D", "asked": true,
        "value": "200 Sales", "after": "Sales - MF", "organisation": "Maple", "company": "Fern",
        "kinds": "invoices", "day": "2026-10-31", "when": "every day at 07:30", "until": "1 Dec 2026, 00:00 UTC", "slots": 3,
        "first": "30 Nov 2026, 07:30 UTC", "place": "https://erp.example.com", "about": "invoices",
        "figures": { "written": 2, "linked": 3, "waiting": 0, "aside": 0, "held": 1 }, "aside": 1, "written": 2, "linked": 3, "waiting": 1, "run": 7,
        "reasons": [{ "many_end": { "count": 7, "lately": 3 } }, { "empty_side": { "side": "xero", "linked": 9 } }],
    });
    let made = |word: &str| -> Said {
        let mut own = fields.clone();
        match word {
            "value_renamed" | "mapped" | "mapped_as_suggested" | "mapped_from_file" => {
                own["what"] = json!("tax");
            }
            "rule_changed" => own["what"] = json!("travel"),
            "history_held" => own["what"] = json!("wait"),
            _ => {}
        }
        match word {
            "text" => Said::Text("Sent by fax".to_owned()),
            "needs_attention" => Said::NeedsAttention(Cause::OpeningInvoice),
            "settled" | "schedules_resumed" | "chose_new" | "held_back" | "outside_of_run" => {
                serde_json::from_value(json!(word)).expect(word)
            }
            _ => serde_json::from_value(json!({ word: own })).expect(word),
        }
    };
    variants::of::<Said>()
        .iter()
        .map(|word| made(word))
        .collect()
}

#[test]
fn every_message_has_a_text_whose_parameters_are_known() {
    assert!(samples().len() > 35);
    for said in samples() {
        let sentence = said.sentence();
        assert!(!sentence.is_empty(), "{said:?}");
        assert!(!sentence.contains(['{', '}']), "{said:?}: {sentence}");
    }
}

#[test]
fn a_message_is_kept_as_its_id_and_parameters_and_never_in_words() {
    for said in samples() {
        let (id, parameters) = said.apart().expect("JSON");
        // A failure is told in words by whoever met it.
        if !matches!(said, Said::Text(_) | Said::Failed { .. }) {
            assert!(!parameters.contains(&said.sentence()), "{parameters}");
            assert!(id.is_some(), "{said:?}");
        }
        assert_eq!(Said::together(id, parameters), said);
    }
}

#[test]
fn what_an_older_or_a_newer_version_said_can_be_read() {
    let older = Said::together(None, "Created in ERPNext".to_owned());
    assert_eq!(older.sentence(), "Created in ERPNext");
    let newer = Said::together(Some("refunded".to_owned()), r#"{"side":"xero"}"#.to_owned());
    assert_eq!(newer.sentence(), r#"refunded {"side":"xero"}"#);
}

#[test]
fn messages_are_sentences() {
    let told = |value: Value| {
        let said: Said = serde_json::from_value(value).expect("a message");
        said.sentence()
    };
    let created = json!({ "created": { "side": "erpnext" } });
    for (said, text) in [
        (created.clone(), "Created in ERPNext"),
        (
            json!({ "answer_had_been_lost": { "what": created } }),
            "Created in ERPNext; its answer had been lost",
        ),
        (
            json!({ "mapped_as_suggested": { "what": "tax", "side": "erpnext", "value": "VAT", "to": "OUTPUT2" } }),
            "The tax rate \"VAT\" of ERPNext goes to \"OUTPUT2\" of Xero, as suggested",
        ),
        (
            json!({ "mapped": { "asked": true, "what": "account", "side": "xero", "value": "200 Sales",
                "before": "Sales - MF", "after": "Freight - MF" } }),
            "You chose, from Xero to ERPNext: account \"200 Sales\" becomes \"Freight - MF\" (until now \"Sales - MF\")",
        ),
        (
            json!({ "scheduled": { "kinds": "all records", "when": "every hour, on the hour (UTC)" } }),
            "You chose when all records are synced: every hour, on the hour (UTC)",
        ),
        (
            json!({ "schedules_paused": { "until": null } }),
            "You paused the schedules; nothing starts by itself until you resume them",
        ),
        (
            json!({ "missed_schedules": { "slots": 1, "first": "30 Nov 2026, 07:30 UTC" } }),
            "The sync that was to start on 30 Nov 2026, 07:30 UTC was missed; it is made up for now",
        ),
        (
            json!({ "missed_schedules": { "slots": 12, "first": "30 Nov 2026, 07:30 UTC" } }),
            "12 syncs were missed since 30 Nov 2026, 07:30 UTC; this one makes up for all of them",
        ),
        (
            json!({ "needs_attention": { "contact_archived": { "side": "erpnext" } } }),
            "Its customer is disabled in ERPNext. Enable the customer in ERPNext, then retry.",
        ),
        (
            json!({ "needs_attention": { "waits_for_contact": { "side": "xero", "contact": "c" } } }),
            "It waits for its contact, which needs you.",
        ),
    ] {
        assert_eq!(told(said), text);
    }
}
