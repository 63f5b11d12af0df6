//! History and notes (Xero developer docs, "History and Notes"): what happened to a record, and what
//! people and apps wrote beside it.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::books::Books;
use super::dates;
use super::errors::Faults;
use super::invoices::InvoiceStatus;
use super::json::filled;
use super::records::Row;

/// One line of a record's history.
#[derive(Debug, Clone)]
pub struct HistoryRecord {
    id: Uuid,
    /// The record it is about.
    about: Uuid,
    /// `Changes`: Created, Approved, Note …
    changes: &'static str,
    /// `Details`.
    details: String,
    /// `DateUTC`.
    at: DateTime<Utc>,
}

impl Row for HistoryRecord {
    fn id(&self) -> Uuid {
        self.id
    }

    fn updated(&self) -> DateTime<Utc> {
        self.at
    }

    fn keys(&self) -> Vec<(&'static str, String)> {
        vec![("about", self.about.to_string())]
    }
}

/// The longest note, in characters.
const LONGEST: usize = 2_500;

impl Books {
    /// Remembers something that happened to a record.
    pub fn note(&mut self, about: Uuid, changes: &'static str, details: &str, now: DateTime<Utc>) {
        // Counted rather than drawn, so that what is remembered changes no id of anything else.
        self.next_history_record += 1;
        self.history.put(HistoryRecord {
            id: Uuid::from_u128(self.next_history_record),
            about,
            changes,
            details: details.to_owned(),
            at: dates::to_millis(now),
        });
    }

    /// Remembers what became of a document's status.
    pub fn note_status(
        &mut self,
        about: Uuid,
        before: Option<InvoiceStatus>,
        after: InvoiceStatus,
        now: DateTime<Utc>,
    ) {
        if before.is_none() {
            self.note(about, "Created", "", now);
        }
        let changes = match after {
            _ if before == Some(after) => "Edited",
            InvoiceStatus::Authorised | InvoiceStatus::Paid => "Approved",
            InvoiceStatus::Voided => "Voided",
            InvoiceStatus::Deleted => "Deleted",
            InvoiceStatus::Submitted => "Submitted",
            InvoiceStatus::Draft if before.is_none() => return,
            InvoiceStatus::Draft => "Edited",
        };
        self.note(about, changes, "", now);
    }

    /// `PUT /{Endpoint}/{id}/History`: adds a note.
    pub fn write_note(
        &mut self,
        about: Uuid,
        element: &Value,
        now: DateTime<Utc>,
    ) -> Result<Uuid, Faults> {
        let details =
            filled(element, "Details").ok_or_else(|| Faults::one("Details is required."))?;
        if details.chars().count() > LONGEST {
            return Err(Faults::one(format!(
                "Details must be {LONGEST} characters or fewer."
            )));
        }
        self.note(about, "Note", &details, now);
        Ok(Uuid::from_u128(self.next_history_record))
    }

    /// One line as answers show it.
    pub fn history_record_json(&self, id: Uuid) -> Option<Value> {
        self.history.get(id).map(|record| {
            json!({
                "Changes": record.changes,
                "DateUTCString": record.at.format("%Y-%m-%dT%H:%M:%S").to_string(),
                "DateUTC": dates::instant(record.at),
                "User": "Demo User",
                "Details": record.details,
            })
        })
    }

    /// A record's history, newest first.
    pub fn history_of(&self, about: Uuid) -> Value {
        let mut ids: Vec<Uuid> = self.history.with_key("about", &about.to_string()).collect();
        ids.reverse();
        ids.into_iter()
            .filter_map(|id| self.history_record_json(id))
            .collect()
    }
}
