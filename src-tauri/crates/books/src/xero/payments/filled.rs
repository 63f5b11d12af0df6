//! A payment that was written and cannot be read back. Xero's answer names it and says its figures, so it
//! is known for certain, and what the answer leaves out is as it was meant: left in doubt it could be
//! written once more.

use engine::books::{Change, Pulled};
use ledger::{Payment, Record, RemoteId};
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};
use xero::wire::dates::{self, Instant};
use xero::wire::{Row, usable_id};

use super::batch::Batch;
use crate::xero::rows;

/// The record that a change made, by the answer to it; `None` where not even that says it.
pub(super) fn record(id: &RemoteId, change: &Change, answer: &Value) -> Option<Pulled> {
    match change {
        Change::Create { record, .. } => {
            let meant = record.as_payment()?;
            // A rate that contradicts what reached the bank is left to the list to show.
            let read = [true, false].into_iter().find_map(|bank| {
                let read = read(answer, meant, bank)?;
                read.record.is_ok().then_some(read)
            });
            read.map(|read| Pulled {
                id: id.clone(),
                ..read
            })
        }
        // It answers that it is deleted, and no more is to be said.
        Change::End { from, .. } => {
            let mut record = from.clone();
            record.end();
            let updated = answer.get("UpdatedDateUTC").and_then(Value::as_str);
            Some(Pulled {
                id: id.clone(),
                version: rows::version(updated.and_then(dates::parse).map(Instant)),
                marker: None,
                record: Ok(record),
                merged_into: None,
                replaces: None,
                born: None,
            })
        }
        Change::Update { .. } | Change::Allocate { .. } | Change::Mark { .. } => None,
    }
}

fn read(answer: &Value, meant: &Payment, bank: bool) -> Option<Pulled> {
    let own = answer.get("BatchPaymentID").and_then(Value::as_str);
    let parts = answer.get("Payments").and_then(Value::as_array);
    let read = match (own.and_then(usable_id), parts) {
        (Some(own), Some(parts)) => {
            let mut batch = Batch::default();
            batch.describe(Row::from_value(
                answer.clone(),
                "BatchPaymentID",
                "Reference",
            ));
            for part in parts {
                let part = filled(part, answer, meant, bank)?;
                batch.take(Row::from_value(part, "PaymentID", "Reference"));
            }
            batch.records(&own).pop()
        }
        _ => rows::payment_from_value(filled(answer, answer, meant, bank)?),
    };
    let mut read = read?;
    if let Ok(Record::Payment(payment)) = &mut read.record {
        // Xero says one of its own currency too.
        let meant_rate = meant.exchange_rate.unwrap_or(Decimal::ONE);
        payment.exchange_rate.get_or_insert(meant_rate);
        payment.contact_name.clone_from(&meant.contact_name);
    }
    Some(read)
}

/// A payment as answered, with what the answer as a whole says of it, and what was meant.
fn filled(part: &Value, answer: &Value, meant: &Payment, bank: bool) -> Option<Value> {
    let mut filled = part.as_object()?.clone();
    for key in ["Date", "Status", "UpdatedDateUTC", "BatchPaymentID"] {
        if let (false, Some(of)) = (filled.contains_key(key), answer.get(key)) {
            filled.insert(key.to_owned(), of.clone());
        }
    }
    let lacking = |of: &mut Map<String, Value>, key: &str, value: Value| {
        of.entry(key).or_insert(value);
    };
    lacking(&mut filled, "Status", json!("AUTHORISED"));
    lacking(&mut filled, "PaymentType", json!("ACCRECPAYMENT"));
    if !bank {
        filled.remove("BankAmount");
    }
    if let Some(account) = &meant.bank_account {
        filled.insert("Account".to_owned(), json!({"Code": account}));
    }
    let document = filled.get_mut("Invoice")?.as_object_mut()?;
    lacking(document, "CurrencyCode", json!(meant.currency.code()));
    document.insert(
        "Contact".to_owned(),
        json!({"ContactID": meant.contact.as_str()}),
    );
    Some(Value::Object(filled))
}
