//! Settling: everything that follows from one remote answer, in one transaction.

use chrono::{DateTime, Utc};
use ledger::{Kind, Side};

use crate::records::{Mark, Ready};
use crate::{
    Departure, ExceptionWrite, IntentResult, KeepApart, LinkId, LinkWrite, LogWrite, PairingId,
    RecordKey, RecordRow, RunCounts, RunId, Store, StoreError, apart, exceptions, journal, links,
    log, records, runs,
};

/// What follows from one remote answer, or from one step that needed none. Every part is optional.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settlement {
    /// What became of the intent.
    pub intent: Option<IntentResult>,
    /// Records as the remote systems now hold them. They count as dealt with, so that our own write
    /// is not a change when it is read back.
    pub records: Vec<(Side, Kind, RecordRow)>,
    /// Records that are gone from their side, before anything else of this settlement.
    pub departed: Vec<Departure>,
    /// The link made or brought up to date, with the new base.
    pub link: Option<LinkWrite>,
    /// The link whose records no longer belong together.
    pub unlink: Option<LinkId>,
    /// The link whose records agree on nothing any more: what they say is compared anew.
    pub unagreed: Option<LinkId>,
    /// Records that are kept apart from now on.
    pub apart: Vec<KeepApart>,
    /// Records that are dealt with as they are stored.
    pub dealt_with: Vec<RecordKey>,
    /// Records that have to be looked at again, as they are stored.
    pub to_do: Vec<RecordKey>,
    /// Exceptions raised or met again.
    pub raise: Vec<ExceptionWrite>,
    /// Records whose exceptions are resolved.
    pub resolve: Vec<RecordKey>,
    /// The digest of a write ([`crate::IntentWrite::fingerprint`]) that was sent, whose answer was
    /// lost, and that was not carried out.
    pub lost: Option<String>,
    /// Lines for the log. The one with the requests of the intent in its detail (`steps`) keeps them for
    /// it, once it is settled.
    pub log: Vec<LogWrite>,
}

/// Whether a line's detail has the requests that it is about.
fn has_requests(line: &LogWrite) -> bool {
    let detail = line.detail.as_ref();
    detail.is_some_and(|detail| detail.get(journal::STEPS).is_some())
}

impl Store {
    /// Applies settlements, and the run's counts, in one durable transaction: all or none. Returns
    /// the link of each settlement.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where a record is linked to another counterpart already, and
    /// [`StoreError::NotFound`] where an intent is unknown or settled: nothing is written then.
    pub fn settle(
        &self,
        pairing: PairingId,
        run: Option<RunId>,
        settlements: &[Settlement],
        counts: Option<&RunCounts>,
        at: DateTime<Utc>,
    ) -> Result<Vec<Option<LinkId>>, StoreError> {
        if settlements.is_empty() && counts.is_none() {
            return Ok(Vec::new());
        }
        let ready: rusqlite::Result<Vec<Vec<Ready<'_>>>> = settlements
            .iter()
            .map(|it| {
                it.records
                    .iter()
                    .map(|(_, _, row)| Ready::of(row))
                    .collect()
            })
            .collect();
        let ready = ready.map_err(|error| self.sorted(&error))?;
        self.write_sql(|writing| {
            let mut made = Vec::with_capacity(settlements.len());
            for (settlement, ready) in settlements.iter().zip(&ready) {
                let mut with_requests = None;
                for line in &settlement.log {
                    let id = log::append(writing, pairing, run, line, at)?;
                    if has_requests(line) {
                        with_requests = Some(id);
                    }
                }
                if let Some(result) = &settlement.intent {
                    journal::settle(writing, result, with_requests, at)?;
                }
                for departure in &settlement.departed {
                    records::depart(writing, pairing, departure, at)?;
                }
                for ((side, kind, _), row) in settlement.records.iter().zip(ready) {
                    records::put(writing, pairing, *side, *kind, row, at, Mark::DealtWith)?;
                }
                let link = settlement
                    .link
                    .as_ref()
                    .map(|link| links::put(writing, pairing, run, link, at))
                    .transpose()?;
                made.push(link);
                if let Some(link) = settlement.unagreed {
                    links::forget_base(writing, pairing, link)?;
                }
                if let Some(link) = settlement.unlink {
                    links::unlink(writing, pairing, link)?;
                }
                for record in &settlement.apart {
                    apart::keep(writing, pairing, run, record, at)?;
                }
                for key in &settlement.dealt_with {
                    records::dealt_with(writing, pairing, key)?;
                }
                for key in &settlement.to_do {
                    records::to_do_again(writing, pairing, key.side, key.kind, &key.id)?;
                }
                for key in &settlement.resolve {
                    exceptions::resolve(writing, pairing, key, at)?;
                }
                for exception in &settlement.raise {
                    exceptions::raise(writing, pairing, run, exception, at)?;
                }
                if let Some(fingerprint) = &settlement.lost {
                    journal::lost(writing, pairing, fingerprint)?;
                }
            }
            if let (Some(run), Some(counts)) = (run, counts) {
                runs::put_counts(writing, run, counts)?;
            }
            Ok(made)
        })
    }
}
