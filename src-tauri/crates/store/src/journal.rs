//! The journal of intents: what we are about to ask a remote system to do, durable before it is
//! asked.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use ledger::{Kind, RemoteId, Side};
use rusqlite::types::ValueRef;
use rusqlite::{OptionalExtension, Row, ToSql, params};

use crate::codes::{Numbered, change, change_of, coded, coded_key};
use crate::db::Writing;
use crate::packed::{Like, pack};
use crate::sql::{Columns, json, millis, numbers};
use crate::statements::journal as sql;
use crate::{LogId, PairingId, RunId, Store, StoreError};

/// What the requests are called in the JSON of an intent, and in the detail of a log line about it.
pub(crate) const STEPS: &str = "steps";

numbers! {
    /// Where an intent stands.
    pub enum IntentState {
        /// Written down; not sent as far as we know.
        Intended = "intended",
        /// About to be sent or sent; no answer recorded.
        Sent = "sent",
        /// Carried out.
        Confirmed = "confirmed",
        /// Refused; nothing was written.
        Refused = "refused",
        /// The answer was lost: it may or may not have been carried out.
        InDoubt = "in_doubt",
        /// Certainly not carried out, and will not be.
        Abandoned = "abandoned",
    }
}

impl IntentState {
    /// Whether something still has to be found out.
    pub const fn unsettled(self) -> bool {
        match self {
            IntentState::Intended | IntentState::Sent | IntentState::InDoubt => true,
            IntentState::Confirmed | IntentState::Refused | IntentState::Abandoned => false,
        }
    }
}

/// An intent to write down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IntentWrite {
    /// Unique; also the idempotency key.
    pub key: String,
    /// The side that will be written to.
    pub side: Side,
    /// The record's kind.
    pub kind: Kind,
    /// What will be done: `create`, `update`, `replace`, `void`, `withdraw` (a record that we left
    /// behind ourselves), `mark`.
    pub change: String,
    /// The record on the other side that it is done for.
    pub source: Option<RemoteId>,
    /// The record on this side, where it exists already.
    pub target: Option<RemoteId>,
    /// The exact requests (`steps`), and how to find out what became of them. Holds no secret. Of a settled
    /// intent whose line in the log has the requests, these alone.
    pub prepared: serde_json::Value,
    /// The plan's digest of the write: the same whenever the same is planned again. Kept until the
    /// write is settled; one that an older version wrote down has none.
    pub fingerprint: Option<String>,
}

/// An intent as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intent {
    /// What was written down.
    pub write: IntentWrite,
    /// The run that intended it.
    pub run: Option<RunId>,
    /// Where it stands.
    pub state: IntentState,
    /// The remote system's answer, redacted.
    pub answer: Option<serde_json::Value>,
    /// When it was written down.
    pub intended_at: DateTime<Utc>,
    /// When it was about to be sent.
    pub sent_at: Option<DateTime<Utc>>,
    /// When it was settled.
    pub settled_at: Option<DateTime<Utc>>,
}

/// What became of an intent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IntentResult {
    /// The intent's key.
    pub key: String,
    /// Where it stands now.
    pub state: IntentState,
    /// The record it made or changed, where that is known now.
    pub target: Option<RemoteId>,
    /// The remote system's answer, redacted.
    pub answer: Option<serde_json::Value>,
}

/// The requests of an intent. Those of a settled one are read from the log's line about it, and are `null`
/// once that is no longer kept.
fn prepared(row: &Row<'_>) -> rusqlite::Result<serde_json::Value> {
    if !matches!(row.get_ref(6)?, ValueRef::Integer(_)) {
        return row.json(6);
    }
    let detail: Option<serde_json::Value> = row.json_or_none(14)?;
    let steps = detail.as_ref().and_then(|detail| detail.get(STEPS));
    Ok(steps.map_or(
        serde_json::Value::Null,
        |steps| serde_json::json!({ STEPS: steps }),
    ))
}

fn read(row: &Row<'_>) -> rusqlite::Result<Intent> {
    Ok(Intent {
        write: IntentWrite {
            key: row.remote_id(0)?.0,
            side: row.side(1)?,
            kind: row.kind(2)?,
            change: change_of(row.get_ref(3)?)?,
            source: row.remote_id_or_none(4)?,
            target: row.remote_id_or_none(5)?,
            prepared: prepared(row)?,
            fingerprint: row.get(13)?,
        },
        run: row.get(7)?,
        state: row.get(8)?,
        answer: row.json_or_none(9)?,
        intended_at: row.instant(10)?,
        sent_at: row.instant_or_none(11)?,
        settled_at: row.instant_or_none(12)?,
    })
}

/// Confirmed writes, apart by what a person would call a change.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Writes {
    /// Records created, changed or voided.
    pub records: u64,
    /// Of these, payments.
    pub payments: u64,
    /// Of these, credit notes, with what was done about their uses.
    pub credit_notes: u64,
    /// Our markers set on records that existed.
    pub markers: u64,
}

/// What a run did: a write that was carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deed {
    /// Its number; later ones have higher numbers.
    pub number: i64,
    /// The side written to.
    pub side: Side,
    /// The record's kind.
    pub kind: Kind,
    /// What was done, as [`IntentWrite::change`].
    pub change: String,
    /// The record on the other side that it was done for.
    pub source: Option<RemoteId>,
    /// The record.
    pub target: RemoteId,
    /// The detail of the log's line about it; `None` once that is no longer kept.
    pub detail: Option<serde_json::Value>,
}

impl Store {
    /// Hands `each` what a run did, in no order.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn deeds_each(&self, run: RunId, mut each: impl FnMut(Deed)) -> Result<(), StoreError> {
        for side in Side::BOTH {
            self.read(|reading| {
                let mut query = reading.prepare(&sql::DEEDS)?;
                let mut rows = query.query(params![run, side.number()])?;
                while let Some(row) = rows.next()? {
                    if let Some(target) = row.remote_id_or_none(4)? {
                        each(Deed {
                            number: row.get(0)?,
                            side,
                            kind: row.kind(1)?,
                            change: change_of(row.get_ref(2)?)?,
                            source: row.remote_id_or_none(3)?,
                            target,
                            detail: row.json_or_none(5)?,
                        });
                    }
                }
                Ok(())
            })?;
        }
        Ok(())
    }

    /// Writes a batch of intents down, durably, all or none.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where a create for the same record is still unsettled or a key is
    /// used twice: sending it could make a second copy.
    pub fn journal_intended(
        &self,
        pairing: PairingId,
        run: Option<RunId>,
        batch: &[IntentWrite],
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.write_sql(|writing| {
            for intent in batch {
                writing.execute(
                    &sql::INTENDED,
                    params![
                        coded_key(&intent.key),
                        pairing,
                        run,
                        intent.side.number(),
                        intent.kind.number(),
                        change(&intent.change),
                        intent.source.as_ref().map(coded),
                        intent.target.as_ref().map(coded),
                        json(&intent.prepared)?,
                        millis(at),
                        intent.fingerprint,
                    ],
                )?;
            }
            Ok(())
        })
    }

    /// Notes, durably, that a batch is about to be sent.
    pub fn journal_sent(&self, keys: &[&str], at: DateTime<Utc>) -> Result<(), StoreError> {
        self.write_sql(|writing| {
            for key in keys {
                let changed = writing.execute(&sql::SENT, params![coded_key(key), millis(at)])?;
                if changed != 1 {
                    // Nothing may be sent that was not intended.
                    return Err(rusqlite::Error::QueryReturnedNoRows);
                }
            }
            Ok(())
        })
    }

    /// Writes the requests of writes under way down anew, durably, all or none: before one goes out that
    /// could be worded in full only now.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where one is not under way.
    pub fn journal_requests(&self, batch: &[(&str, serde_json::Value)]) -> Result<(), StoreError> {
        self.write_sql(|writing| {
            for (key, prepared) in batch {
                let changed =
                    writing.execute(&sql::WORDED, params![coded_key(key), json(prepared)?])?;
                if changed != 1 {
                    // Nothing may be sent that was not intended.
                    return Err(rusqlite::Error::QueryReturnedNoRows);
                }
            }
            Ok(())
        })
    }

    /// Intents of a pairing of which something still has to be found out, oldest first.
    pub fn unsettled(&self, pairing: PairingId) -> Result<Vec<Intent>, StoreError> {
        self.read(|reading| {
            reading
                .prepare(&sql::UNSETTLED)?
                .query_map([pairing], read)?
                .collect()
        })
    }

    /// One intent.
    pub fn intent(&self, key: &str) -> Result<Option<Intent>, StoreError> {
        self.read(|reading| {
            reading
                .query_row(&sql::ONE, [coded_key(key)], read)
                .optional()
        })
    }

    /// How often each write was sent and found not to have been carried out, by the plan's digest of
    /// it ([`crate::Settlement::lost`]).
    pub fn lost_writes(&self, pairing: PairingId) -> Result<BTreeMap<String, u32>, StoreError> {
        self.read(|reading| {
            reading
                .prepare(&sql::LOST_ALL)?
                .query_map([pairing], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect()
        })
    }

    /// Confirmed writes of some runs, by run and side.
    pub fn writes_of_runs(
        &self,
        runs: &[RunId],
    ) -> Result<BTreeMap<(RunId, Side), Writes>, StoreError> {
        self.read(|reading| {
            let mut query = reading.prepare(&sql::WRITES_OF_RUN)?;
            let mut writes = BTreeMap::new();
            for run in runs {
                for side in Side::BOTH {
                    let of =
                        query.query_row(params![run, side.number()], |row| writes_at(row, 0))?;
                    writes.insert((*run, side), of);
                }
            }
            Ok(writes)
        })
    }

    /// Confirmed writes of a pairing since an instant, by kind and side.
    pub fn writes_since(
        &self,
        pairing: PairingId,
        since: DateTime<Utc>,
    ) -> Result<BTreeMap<(Kind, Side), Writes>, StoreError> {
        self.read(|reading| {
            let mut query = reading.prepare(&sql::WRITES_SINCE)?;
            let mut writes = BTreeMap::new();
            for kind in Kind::ALL {
                for side in Side::BOTH {
                    let values = params![pairing, kind.number(), side.number(), millis(since)];
                    let of = query.query_row(values, |row| writes_at(row, 0))?;
                    if of != Writes::default() {
                        writes.insert((kind, side), of);
                    }
                }
            }
            Ok(writes)
        })
    }

    /// How many records that people knew were ended since an instant: voided, cancelled, archived, or
    /// replaced by another document.
    pub fn ended_since(&self, pairing: PairingId, since: DateTime<Utc>) -> Result<u64, StoreError> {
        self.read(|reading| {
            let mut query = reading.prepare(&sql::ENDED_SINCE)?;
            let mut ended = 0;
            for kind in Kind::ALL {
                for side in Side::BOTH {
                    let values = params![pairing, kind.number(), side.number(), millis(since)];
                    ended += query.query_row(values, |row| row.count(0))?;
                }
            }
            Ok(ended)
        })
    }

    /// The last writes that were carried out on a side, newest first: kind, record and what was done.
    /// Those without a record are left out.
    pub fn written(
        &self,
        pairing: PairingId,
        side: Side,
        count: u32,
    ) -> Result<Vec<(Kind, RemoteId, String)>, StoreError> {
        self.read(|reading| {
            let mut query = reading.prepare(&sql::WRITTEN)?;
            let mut rows = query.query(params![pairing, side.number(), count])?;
            let mut written = Vec::new();
            while let Some(row) = rows.next()? {
                if let Some(target) = row.remote_id_or_none(1)? {
                    written.push((row.kind(0)?, target, change_of(row.get_ref(2)?)?));
                }
            }
            Ok(written)
        })
    }
}

fn writes_at(row: &Row<'_>, at: usize) -> rusqlite::Result<Writes> {
    Ok(Writes {
        records: row.count(at)?,
        markers: row.count(at + 1)?,
        payments: row.count(at + 2)?,
        credit_notes: row.count(at + 3)?,
    })
}

/// Writes what became of an intent. One that is settled already cannot be settled again. What is
/// settled is only kept to be looked up, so it is compressed.
pub(crate) fn settle(
    writing: Writing<'_>,
    result: &IntentResult,
    line: Option<LogId>,
    at: DateTime<Utc>,
) -> rusqlite::Result<()> {
    let answer = result.answer.as_ref().map(json).transpose()?;
    let answer = answer.as_deref().map(|answer| pack(Like::Request, answer));
    let key = coded_key(&result.key);
    let target = result.target.as_ref().map(coded);
    let changed = if result.state.unsettled() {
        writing.execute(&sql::DOUBT, params![key, result.state, target, answer])?
    } else {
        let (prepared, pairing, fingerprint) = writing.query_row(&sql::PREPARED, [key], |row| {
            let prepared: Box<dyn ToSql> = if let Some(line) = line {
                Box::new(line.0)
            } else {
                let text = row.text_or_none(0)?.unwrap_or_default();
                Box::new(pack(Like::Request, &text))
            };
            let pairing: PairingId = row.get(1)?;
            let fingerprint: Option<String> = row.get(2)?;
            Ok((prepared, pairing, fingerprint))
        })?;
        if let (IntentState::Confirmed, Some(fingerprint)) = (result.state, fingerprint) {
            writing.execute(&sql::NOT_LOST, params![pairing, fingerprint])?;
        }
        writing.execute(
            &sql::SETTLE,
            params![key, result.state, target, answer, millis(at), prepared],
        )?
    };
    if changed == 1 {
        Ok(())
    } else {
        Err(rusqlite::Error::QueryReturnedNoRows)
    }
}

/// Takes note that a write was sent and not carried out.
pub(crate) fn lost(
    writing: Writing<'_>,
    pairing: PairingId,
    fingerprint: &str,
) -> rusqlite::Result<()> {
    writing.execute(&sql::LOST, params![pairing, fingerprint])?;
    Ok(())
}
