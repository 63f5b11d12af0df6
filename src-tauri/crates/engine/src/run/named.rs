//! Reads the records that a run is about by their identities, with their counterparts and what they
//! refer to. No list counts as read, and no cursor moves.

use std::collections::{BTreeMap, BTreeSet};

use ledger::{Kind, RemoteId, Side};
use store::RecordKey;

use super::planned::Planned;
use super::scope::About;
use super::{RunError, Work, ends};
use crate::books::{Cursor, Lookup};

/// Records of both sides, by side.
type Ids = BTreeMap<Side, BTreeSet<RemoteId>>;

/// Reads the named records, their counterparts, and the same of what they refer to.
pub(super) async fn read(work: &mut Work<'_>) -> Result<(), RunError> {
    work.report(|progress| progress.begin(crate::progress::Stage::Reading));
    let mut asked = work.named.clone();
    // What refers to others comes first.
    for kind in Kind::ALL.into_iter().rev() {
        work.report(|progress| progress.kind = Some(kind));
        let mut ids = Ids::new();
        for key in asked.iter().filter(|key| key.kind == kind) {
            ids.entry(key.side).or_default().insert(key.id.clone());
        }
        let mut read = Ids::new();
        // A counterpart may have another one than was known: a link can move while it is read.
        while let Some((side, some)) = ids.pop_first() {
            let seen = read.entry(side).or_default();
            let some: BTreeSet<RemoteId> = some.difference(seen).cloned().collect();
            if some.is_empty() {
                continue;
            }
            seen.extend(some.iter().cloned());
            ends::read_named(work, side, kind, &some).await?;
            let other = side.other();
            let found = counterparts(work, side, kind, &some).await?;
            ids.entry(other).or_default().extend(found);
        }
        for (side, some) in read {
            asked.extend(references(work, side, kind, &some)?);
        }
    }
    Ok(())
}

/// The identities of the counterparts of these records: by their links, and where one has none, by our
/// markers and by what they are called. What is found by these is stored already.
async fn counterparts(
    work: &mut Work<'_>,
    side: Side,
    kind: Kind,
    ids: &BTreeSet<RemoteId>,
) -> Result<BTreeSet<RemoteId>, RunError> {
    let (store, pairing) = (work.session.store.clone(), work.session.pairing.id);
    let other = side.other();
    let mut linked = BTreeSet::new();
    let (mut markers, mut titles, mut named) = (Vec::new(), BTreeSet::new(), Vec::new());
    let ids: Vec<RemoteId> = ids.iter().cloned().collect();
    for (id, row) in store.records_by_ids(pairing, side, kind, &ids)? {
        let mut alone = true;
        if let Some(link) = store.link_of(pairing, kind, side, &id)? {
            let key = RecordKey {
                side: other,
                kind,
                id: link.on(other).clone(),
            };
            let there = store.record(pairing, &key)?;
            // Where it is gone, another of its name may have taken its place.
            alone = there.is_some_and(|there| there.gone.is_some());
            linked.insert(key.id);
        }
        if alone {
            titles.insert(row.title().to_owned());
            named.extend(row.row.marker);
            markers.push(id);
        }
    }
    let lookups = [
        Lookup::Markers(markers),
        Lookup::Titles(titles.into_iter().filter(|it| !it.is_empty()).collect()),
        Lookup::Ids(named),
    ];
    for lookup in lookups {
        let empty = match &lookup {
            Lookup::Ids(ids)
            | Lookup::Markers(ids)
            | Lookup::Settling(ids)
            | Lookup::OnAccount(ids) => ids.is_empty(),
            Lookup::Titles(titles) => titles.is_empty(),
        };
        if empty {
            continue;
        }
        work.session.control.checkpoint().await?;
        let found = work.books(other).find(kind, &lookup).await?;
        work.counts.read += found.len() as u64;
        work.counts.changed += ends::take(work, other, kind, &found).await?;
    }
    Ok(linked)
}

/// What these records refer to.
fn references(
    work: &Work<'_>,
    side: Side,
    kind: Kind,
    ids: &BTreeSet<RemoteId>,
) -> Result<Vec<RecordKey>, RunError> {
    let (store, pairing) = (&work.session.store, work.session.pairing.id);
    let ids: Vec<RemoteId> = ids.iter().cloned().collect();
    let rows = store.records_by_ids(pairing, side, kind, &ids)?;
    let records = rows.into_values().filter_map(|row| row.row.record.ok());
    let references = records.flat_map(|record| record.references());
    Ok(references
        .map(|reference| RecordKey {
            side,
            kind: reference.kind,
            id: reference.id,
        })
        .collect())
}

/// The lists that a record of the plan may stand in under another name or number are read to their end
/// before it is created a second time, where the run has not read lists. Says whether any was read.
pub(super) async fn lists(work: &mut Work<'_>, planned: &Planned) -> Result<bool, RunError> {
    if !matches!(work.scope.about, About::Records(_)) {
        return Ok(false);
    }
    let mut read = false;
    for (side, kind) in planned.creates() {
        if work.looked_through.insert((side, kind)) {
            look_through(work, side, kind).await?;
            read = true;
        }
    }
    Ok(read)
}

/// Reads what changed in a list since it was last read, and leaves its cursor where it is.
pub(super) async fn look_through(
    work: &mut Work<'_>,
    side: Side,
    kind: Kind,
) -> Result<(), RunError> {
    let (store, pairing) = (&work.session.store, work.session.pairing.id);
    let cursor = Cursor(store.cursor(pairing, side, kind)?.unwrap_or_default());
    read_list(work, side, kind, cursor).await
}

/// Reads a list from somewhere to its end, and leaves its cursor where it is.
pub(super) async fn read_list(
    work: &mut Work<'_>,
    side: Side,
    kind: Kind,
    mut cursor: Cursor,
) -> Result<(), RunError> {
    loop {
        work.session.control.checkpoint().await?;
        let page = work.books(side).page(kind, &cursor).await?;
        work.counts.read += page.rows.len() as u64;
        work.counts.changed += ends::take(work, side, kind, &page.rows).await?;
        if !page.more {
            return Ok(());
        }
        cursor = page.next;
    }
}
