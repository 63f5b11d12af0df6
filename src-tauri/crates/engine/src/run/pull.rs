//! Reads what changed on both sides, page by page, into the store.

use std::collections::BTreeSet;

use ledger::{Kind, RemoteId, Side};
use store::{RecordRow, Scope};

use super::rows::{contact_of, stored};
use super::{RunError, Work, relink};
use crate::books::{BooksError, Cursor, Lookup};
use crate::plan::Guard;
use crate::progress::Stage;

/// How many identities to look up at once.
const LOOKUP: usize = 200;

/// Reads both sides. Returns what a person must be asked about before anything is planned. A
/// connection that fails is noted in the run's failures; the other side is still read.
pub(super) async fn pull(work: &mut Work<'_>) -> Result<Vec<Guard>, RunError> {
    work.report(|progress| progress.begin(Stage::Reading));
    let mut guards = Vec::new();
    for kind in Kind::ALL {
        work.report(|progress| progress.kind = Some(kind));
        let (xero, erpnext) = {
            let work = &*work;
            futures::join!(
                side(work, Side::Xero, kind),
                side(work, Side::Erpnext, kind)
            )
        };
        for (side, result) in [(Side::Xero, xero), (Side::Erpnext, erpnext)] {
            let read = match result {
                Ok(read) => read,
                Err(RunError::Books(failure)) => {
                    note_failure(work, failure);
                    continue;
                }
                Err(error) => return Err(error),
            };
            work.counts.read += read.rows;
            work.counts.changed += read.changed;
            if read.from_start && read.rows == 0 {
                let linked = work
                    .session
                    .store
                    .active_links(work.session.pairing.id, kind)?;
                if linked > 0 {
                    let linked = u32::try_from(linked).unwrap_or(u32::MAX);
                    guards.push(Guard::EmptySide { side, linked });
                }
            }
        }
    }
    if work.failures.is_empty() {
        for side in Side::BOTH {
            if let Err(error) = missing_contacts(work, side).await {
                match error {
                    RunError::Books(failure) => note_failure(work, failure),
                    error => return Err(error),
                }
            }
        }
    }
    Ok(guards)
}

fn note_failure(work: &mut Work<'_>, failure: BooksError) {
    if !work.failures.contains(&failure) {
        work.failures.push(failure);
    }
}

#[derive(Default)]
struct Read {
    rows: u64,
    changed: u64,
    from_start: bool,
}

async fn side(work: &Work<'_>, side: Side, kind: Kind) -> Result<Read, RunError> {
    let (store, pairing) = (&work.session.store, work.session.pairing.id);
    let known = store.cursor(pairing, side, kind)?;
    let mut read = Read {
        from_start: known.is_none(),
        ..Read::default()
    };
    let mut cursor = Cursor(known.unwrap_or_default());
    loop {
        work.session.control.checkpoint().await?;
        let page = work.books(side).page(kind, &cursor).await?;
        if side == Side::Erpnext {
            relink::follow(work, kind, &page.rows).await?;
        }
        let rows: Vec<RecordRow> = page.rows.iter().map(stored).collect();
        let kept = store.store_page(pairing, side, kind, &rows, &page.next.0, work.now())?;
        let count = rows.len() as u64;
        read.rows += count;
        read.changed += kept.new + kept.changed;
        work.report(|progress| {
            progress.done += count;
            progress.side = Some(side);
            if let (Some(total), true) = (page.total, read.from_start) {
                progress.total = Some(progress.total.unwrap_or_default().max(total));
            }
        });
        cursor = page.next;
        if !page.more {
            return Ok(read);
        }
    }
}

/// Contacts that documents name but the feed did not bring (archived, merged, or changed in a way
/// that Xero's If-Modified-Since misses, xero/FACTS §11) are looked up by identity.
async fn missing_contacts(work: &mut Work<'_>, side: Side) -> Result<(), RunError> {
    let (store, pairing) = (&work.session.store, work.session.pairing.id);
    let wanted: BTreeSet<RemoteId> = store
        .records(pairing, Kind::Invoice, Scope::ToDo)?
        .iter()
        .filter(|record| record.side == side)
        .filter_map(|record| record.row.record.as_ref().ok())
        .filter_map(contact_of)
        .cloned()
        .collect();
    let wanted: Vec<RemoteId> = wanted.into_iter().collect();
    let known = store.records_by_ids(pairing, side, Kind::Contact, &wanted)?;
    let missing: Vec<RemoteId> = wanted
        .into_iter()
        .filter(|id| !known.contains_key(id))
        .collect();
    for ids in missing.chunks(LOOKUP) {
        work.session.control.checkpoint().await?;
        let found = work
            .books(side)
            .find(Kind::Contact, &Lookup::Ids(ids.to_vec()))
            .await?;
        let rows: Vec<RecordRow> = found.iter().map(stored).collect();
        store.store_found(pairing, side, Kind::Contact, &rows, work.now())?;
    }
    Ok(())
}
