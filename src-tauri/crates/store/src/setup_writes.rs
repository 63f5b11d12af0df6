//! What set-up asks a side to do beside its records: durable before it is sent, kept with its answer.
//! What became of one whose answer was lost is looked at by the check, which compares the site with what
//! should be there, so nothing has to be settled before anything else is done.

use chrono::{DateTime, Utc};
use ledger::Side;
use rusqlite::{Row, params};

use crate::packed::{Like, pack};
use crate::sql::{Columns, json, millis, row_id, words};
use crate::statements::setup_writes as sql;
use crate::{PairingId, Store, StoreError};

row_id! {
    /// Names a write of set-up.
    pub struct SetupWriteId;
}

words! {
    /// Where a write of set-up stands.
    pub enum SetupWriteState {
        /// About to be sent or sent; no answer recorded.
        Sent = "sent",
        /// Carried out.
        Confirmed = "confirmed",
        /// Refused; nothing was written.
        Refused = "refused",
        /// The answer was lost.
        InDoubt = "in_doubt",
    }
}

/// A write of set-up, as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetupWrite {
    /// Its number.
    pub id: SetupWriteId,
    /// The pairing it was for, where there was one.
    pub pairing: Option<PairingId>,
    /// The side it was sent to.
    pub side: Side,
    /// Method, path and body, exactly as sent. Holds no secret.
    pub request: serde_json::Value,
    /// Where it stands.
    pub state: SetupWriteState,
    /// The answer, redacted.
    pub answer: Option<serde_json::Value>,
    /// When it was about to be sent.
    pub sent_at: DateTime<Utc>,
    /// When it was settled.
    pub settled_at: Option<DateTime<Utc>>,
}

fn read(row: &Row<'_>) -> rusqlite::Result<SetupWrite> {
    Ok(SetupWrite {
        id: row.get(0)?,
        pairing: row.get(1)?,
        side: row.side(2)?,
        request: row.json(3)?,
        state: row.get(4)?,
        answer: row.json_or_none(5)?,
        sent_at: row.instant(6)?,
        settled_at: row.instant_or_none(7)?,
    })
}

impl Store {
    /// Writes a request of set-up down, durably, before it is sent.
    pub fn setup_sent(
        &self,
        pairing: Option<PairingId>,
        side: Side,
        request: &serde_json::Value,
        at: DateTime<Utc>,
    ) -> Result<SetupWriteId, StoreError> {
        self.write_sql(|writing| {
            let request = json(request)?;
            writing.execute(
                &sql::SENT,
                params![pairing, side.word(), request, millis(at)],
            )?;
            Ok(SetupWriteId(writing.last_id()))
        })
    }

    /// Takes note of what became of a request of set-up.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where it is unknown or settled.
    pub fn setup_settled(
        &self,
        id: SetupWriteId,
        state: SetupWriteState,
        answer: Option<&serde_json::Value>,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.write_sql(|writing| {
            let answer = answer.map(json).transpose()?;
            let answer = answer.as_deref().map(|answer| pack(Like::Detail, answer));
            let changed = writing.execute(&sql::SETTLE, params![id, state, answer, millis(at)])?;
            if changed == 1 {
                Ok(())
            } else {
                Err(rusqlite::Error::QueryReturnedNoRows)
            }
        })
    }

    /// Every write of set-up, oldest first.
    pub fn setup_writes(&self) -> Result<Vec<SetupWrite>, StoreError> {
        self.read(|reading| reading.prepare(&sql::ALL)?.query_map([], read)?.collect())
    }

    /// Takes note that the answers to what a program left open, which ended meanwhile, will not come.
    pub fn setup_given_up(&self, at: DateTime<Utc>) -> Result<usize, StoreError> {
        self.write_sql(|writing| writing.execute(&sql::GIVE_UP, [millis(at)]))
    }
}
