//! Tests over several tables.

mod apart;
mod bases;
mod credits;
mod departures;
mod exceptions;
mod files;
mod find;
mod full_disk;
mod log;
mod mappings;
mod plans;
mod requests;
mod settling;
mod shortened;
mod sums;
mod upgrade;

use chrono::{DateTime, Utc};
use ledger::{Contact, Currency, Document, DocumentState, PriceMode, Record, RemoteId, Version};
use rust_decimal::Decimal;

use crate::{ConnectionId, NewPairing, PairingId, RecordRow, Store};

/// A day in 2026, at noon UTC.
pub(crate) fn day(day: u32) -> DateTime<Utc> {
    format!("2026-03-{day:02}T12:00:00Z").parse().unwrap()
}

pub(crate) fn gbp() -> Currency {
    Currency::new("GBP").unwrap()
}

pub(crate) fn paired(store: &Store) -> PairingId {
    store
        .add_pairing(
            &NewPairing {
                name: "Main".into(),
                xero_connection: ConnectionId("x".into()),
                xero_tenant: "tenant".into(),
                xero_name: "Demo Ltd".into(),
                erpnext_connection: ConnectionId("e".into()),
                erpnext_company: "Demo Ltd".into(),
                base_currency: gbp(),
                settings: serde_json::json!({}),
            },
            day(1),
        )
        .unwrap()
}

pub(crate) fn contact(id: &str, name: &str) -> RecordRow {
    RecordRow {
        id: RemoteId::new(id),
        version: Version::new("1"),
        marker: None,
        record: Ok(Record::Contact(Contact {
            name: name.into(),
            ..Contact::default()
        })),
        merged_into: None,
        born: None,
    }
}

pub(crate) fn invoice(id: &str, due_date: &str, total: &str, due: &str) -> RecordRow {
    let total: Decimal = total.parse().unwrap();
    RecordRow {
        id: RemoteId::new(id),
        version: Version::new("1"),
        marker: None,
        record: Ok(Record::Invoice(Document {
            number: Some(id.into()),
            contact: RemoteId::new("c"),
            contact_name: "Acme".into(),
            state: DocumentState::Approved,
            date: "2026-01-15".parse().unwrap(),
            due_date: Some(due_date.parse().unwrap()),
            currency: gbp(),
            exchange_rate: None,
            reference: None,
            price_mode: PriceMode::NoTax,
            lines: Vec::new(),
            net_total: total,
            tax_total: Decimal::ZERO,
            total,
            amount_due: due.parse().unwrap(),
            opening: false,
            against: None,
            allocations: Vec::new(),
        })),
        merged_into: None,
        born: None,
    }
}

/// A credit note of 4 Feb 2026, with what is left of it.
pub(crate) fn credit_note(id: &str, total: &str, left: &str) -> RecordRow {
    let mut row = invoice(id, "2026-02-04", total, left);
    if let Ok(Record::Invoice(document)) = row.record {
        row.record = Ok(Record::CreditNote(Document {
            date: "2026-02-04".parse().unwrap(),
            due_date: None,
            ..document
        }));
    }
    row
}
