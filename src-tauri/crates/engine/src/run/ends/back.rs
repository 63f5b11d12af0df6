//! A side that went back in time: a site that was restored from a backup.

use std::collections::{BTreeMap, BTreeSet};

use ledger::{Kind, RemoteId, Side};

use super::told;
use crate::books::Lookup;
use crate::plan::Guard;
use crate::run::{RunError, Work};

/// How many of the last records that we wrote are looked at.
const LAST: usize = 20;
/// How many of the last writes these are looked for in: several may be of one record.
const WRITES: u32 = 60;

/// Whether one of the last records that we wrote is gone without a trace. Then nothing that is not
/// there says that anybody ended it, and a number may stand for another document, so a person is asked
/// before anything is concluded from what is read.
pub(in crate::run) async fn went_back(work: &Work<'_>) -> Result<Vec<Guard>, RunError> {
    let mut guards = Vec::new();
    for side in Side::BOTH {
        if work.books(side).deletes() && !work.restored {
            guards.extend(of_side(work, side).await?);
        }
    }
    Ok(guards)
}

async fn of_side(work: &Work<'_>, side: Side) -> Result<Option<Guard>, RunError> {
    let written = last_written(work, side)?;
    let mut suspects = Vec::new();
    for (kind, ids) in &written {
        suspects.extend(not_there(work, side, *kind, ids).await?);
    }
    if suspects.is_empty() {
        return Ok(None);
    }
    let (told, _) = told::since(work, side).await?;
    let mut gone = Vec::new();
    for (kind, id) in suspects {
        if !told.names(kind, &id) && !is_elsewhere(work, side, kind, &id).await? {
            gone.push((kind, id));
        }
    }
    // Where deletions may not be read, one that is gone may have been deleted; most of them were not.
    let looked_at: usize = written.values().map(BTreeSet::len).sum();
    if gone.is_empty() || (told.hidden && gone.len() * 2 <= looked_at) {
        return Ok(None);
    }
    let (store, pairing) = (&work.session.store, work.session.pairing.id);
    let mut titles = Vec::new();
    for (kind, id) in gone.iter().take(3) {
        let stored = store.records_by_ids(pairing, side, *kind, std::slice::from_ref(id))?;
        titles.extend(stored.into_values().map(|row| row.title().to_owned()));
    }
    Ok(Some(Guard::WentBack {
        side,
        count: u32::try_from(gone.len()).unwrap_or(u32::MAX),
        titles,
    }))
}

/// The last records that we wrote and that are known to be there.
fn last_written(
    work: &Work<'_>,
    side: Side,
) -> Result<BTreeMap<Kind, BTreeSet<RemoteId>>, RunError> {
    let (store, pairing) = (&work.session.store, work.session.pairing.id);
    let mut seen = BTreeSet::new();
    let mut written: BTreeMap<Kind, BTreeSet<RemoteId>> = BTreeMap::new();
    for (kind, id, change) in store.written(pairing, side, WRITES)? {
        // What we ended ourselves may be gone.
        if seen.len() < LAST && seen.insert((kind, id.clone())) && change != "void" {
            written.entry(kind).or_default().insert(id);
        }
    }
    Ok(written)
}

/// Those that are not there, or not the ones we wrote.
async fn not_there(
    work: &Work<'_>,
    side: Side,
    kind: Kind,
    ids: &BTreeSet<RemoteId>,
) -> Result<Vec<(Kind, RemoteId)>, RunError> {
    let (store, pairing) = (&work.session.store, work.session.pairing.id);
    let mut known = store.known(pairing, side, kind, ids)?;
    // What lost its link goes by another identity now, or is nothing of ours any more.
    known.retain(|_, known| !known.gone && known.missed.is_none() && known.link.is_some());
    let ids: Vec<RemoteId> = known.keys().cloned().collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    work.session.control.checkpoint().await?;
    let seen = work.books(side).seen(kind, &ids).await?;
    let mut gone = Vec::new();
    for (id, known) in known {
        match seen.iter().find(|seen| seen.id == id) {
            Some(seen) if known.born.is_none() || seen.born == known.born => {}
            // A part that its document says no more went with no backup: what a site lacks then is documents.
            None if work.books(side).document_exists(kind, &id).await? => {}
            // Nothing, or another of its name.
            Some(_) | None => gone.push((kind, id)),
        }
    }
    Ok(gone)
}

/// Whether the record carries our marker under another identity.
async fn is_elsewhere(
    work: &Work<'_>,
    side: Side,
    kind: Kind,
    id: &RemoteId,
) -> Result<bool, RunError> {
    let (store, pairing) = (&work.session.store, work.session.pairing.id);
    let Some(link) = store.link_of(pairing, kind, side, id)? else {
        return Ok(false);
    };
    let marker = link.on(side.other()).clone();
    let by = Lookup::Markers(vec![marker.clone()]);
    let found = work.books(side).find(kind, &by).await?;
    Ok(found
        .iter()
        .any(|found| found.marker.as_ref() == Some(&marker)))
}
