//! Ends are seen: records that were deleted, merged or renamed, and those that took over the identity
//! of another.
//!
//! What a side tells of deletions is a hint; what is read decides. A record is gone where it was told
//! to be deleted or merged and its identity leads to nothing, or where its identity led to nothing in
//! two runs. That it is in no list, or that we may not see it, says nothing.

mod back;
mod compare;
mod departure;
mod told;

use std::collections::{BTreeMap, BTreeSet};

use ledger::{Kind, RemoteId, Side};
use store::{Known, RecordKey};

use super::planned::Planned;
use super::rows::stored;
use super::{RunError, Work, relink};
use crate::books::{Change, Lookup, Pulled, Seen};
use crate::plan::{Entry, Guard};

pub(super) use back::went_back;
pub(super) use compare::is_comparison_due;
pub(super) use departure::{displaced, made_here};
use told::Told;

/// How many identities to look up at once.
const LOOKUP: usize = 200;

/// What a look at some records brought.
#[derive(Debug, Default)]
pub(super) struct Looked {
    /// Whether anything is not as it was stored.
    changed: bool,
    /// Records that a look-up did not find for the first time.
    missed: BTreeSet<(Kind, RemoteId)>,
}

/// Looks for ends, and for changes that no list of changes brought, on both sides, of the kinds that
/// the run is about. `full` compares all identities now.
pub(super) async fn look(work: &mut Work<'_>, full: bool) -> Result<Vec<Guard>, RunError> {
    let mut guards = Vec::new();
    let kinds = work.scope.written();
    for side in Side::BOTH {
        if work.books(side).deletes() {
            let (told, next) = told::since(work, side).await?;
            let mut suspects = told.suspects();
            missed_before(work, side, &mut suspects)?;
            exceptions(work, side, &mut suspects)?;
            suspects.retain(|kind, _| kinds.contains(kind));
            for (kind, ids) in suspects {
                verify(work, side, kind, &ids, &told).await?;
            }
            if kinds == Kind::ALL {
                told::read(work, side, next)?;
            }
            departure::made_anew(work, side)?;
            recent(work, side, &kinds).await?;
        }
        guards.extend(compare::compare(work, side, full, &kinds).await?);
    }
    Ok(guards)
}

/// Reads records by their identities, changed or not, and looks for those that are not there.
pub(super) async fn read_named(
    work: &mut Work<'_>,
    side: Side,
    kind: Kind,
    ids: &BTreeSet<RemoteId>,
) -> Result<(), RunError> {
    let asked: Vec<RemoteId> = ids.iter().cloned().collect();
    read(work, side, kind, &asked).await?;
    if work.books(side).deletes() {
        verify(work, side, kind, ids, &Told::default()).await?;
        departure::made_anew(work, side)?;
    }
    Ok(())
}

/// The records that these entries would create or end others from, and that were not read in this run,
/// with the places of the entries.
pub(super) fn unread_sources(
    work: &Work<'_>,
    entries: &[(usize, Entry)],
) -> Result<Vec<(usize, RecordKey)>, RunError> {
    let mut asked: BTreeMap<(Side, Kind), BTreeMap<RemoteId, usize>> = BTreeMap::new();
    for (place, entry) in entries {
        for write in entry.writes() {
            let source = write.target.other();
            let subject = match source {
                Side::Xero => &entry.xero,
                Side::Erpnext => &entry.erpnext,
            };
            if let (Change::Create { .. } | Change::End { .. }, Some(subject)) =
                (&write.change, subject)
                && work.books(source).deletes()
            {
                let ids = asked.entry((source, entry.kind)).or_default();
                ids.insert(subject.id.clone(), *place);
            }
        }
    }
    let mut unread = Vec::new();
    for ((side, kind), ids) in asked {
        let (store, pairing) = (&work.session.store, work.session.pairing.id);
        let known = store.known(pairing, side, kind, ids.keys())?;
        let old = |id: &RemoteId| known.get(id).is_some_and(|it| it.pulled_at < work.began);
        let ids = ids.into_iter().filter(|(id, _)| old(id));
        unread.extend(ids.map(|(id, place)| (place, RecordKey { side, kind, id })));
    }
    Ok(unread)
}

/// The records that a plan would create or end others from, where they were not read in this run, are
/// looked at once more: nothing is made from what is there no longer. Says whether to plan again, and
/// which of them are in question.
pub(super) async fn sources(
    work: &mut Work<'_>,
    planned: &Planned,
) -> Result<(bool, BTreeSet<RecordKey>), RunError> {
    let mut asked: BTreeMap<(Side, Kind), BTreeSet<RemoteId>> = BTreeMap::new();
    for key in planned.sources() {
        let ids = asked.entry((key.side, key.kind)).or_default();
        ids.insert(key.id.clone());
    }
    let (mut changed, mut missed) = (false, BTreeSet::new());
    for ((side, kind), ids) in asked {
        let looked = verify(work, side, kind, &ids, &Told::default()).await?;
        changed |= looked.changed;
        let of_side = looked.missed.into_iter();
        missed.extend(of_side.map(|(kind, id)| RecordKey { side, kind, id }));
    }
    changed |= settling_ended(work, planned).await?;
    Ok((changed, missed))
}

/// What is stored as settling a document that ended is read once more: ERPNext takes an invoice that is cancelled
/// out of the entries that use a credit note for it, and the credit note itself does not change. So it may keep the
/// counterpart from ending, or wait for ever for an invoice whose counterpart another installation or a person has
/// ended. Says whether anything is not as it was stored.
async fn settling_ended(work: &mut Work<'_>, planned: &Planned) -> Result<bool, RunError> {
    let mut asked: BTreeMap<(Side, Kind), Vec<RemoteId>> = BTreeMap::new();
    for key in planned.settling_ended()? {
        if work.read_once_more.insert(key.clone()) {
            let ids = asked.entry((key.side, key.kind)).or_default();
            ids.push(key.id);
        }
    }
    let mut changed = false;
    for ((side, kind), ids) in asked {
        changed |= read(work, side, kind, &ids).await? > 0;
    }
    Ok(changed)
}

/// Records that were not found once are looked for again.
fn missed_before(
    work: &Work<'_>,
    side: Side,
    suspects: &mut BTreeMap<Kind, BTreeSet<RemoteId>>,
) -> Result<(), RunError> {
    let (store, pairing) = (&work.session.store, work.session.pairing.id);
    for kind in Kind::ALL {
        let missed = store.missed(pairing, side, kind)?;
        suspects.entry(kind).or_default().extend(missed);
    }
    Ok(())
}

/// What a person was asked to do about a record often is to delete it or another, so the records of
/// exceptions are looked at.
fn exceptions(
    work: &Work<'_>,
    side: Side,
    suspects: &mut BTreeMap<Kind, BTreeSet<RemoteId>>,
) -> Result<(), RunError> {
    let (store, pairing) = (&work.session.store, work.session.pairing.id);
    for (key, standing) in store.standing_exceptions(pairing)? {
        let ids = suspects.entry(key.kind).or_default();
        if key.side == side {
            ids.insert(key.id);
        }
        if let Some((of, shown)) = standing.cause.beside()
            && of == side
        {
            ids.extend(shown);
        }
    }
    Ok(())
}

/// What was stored behind the back of a list of changes is read.
async fn recent(work: &mut Work<'_>, side: Side, kinds: &[Kind]) -> Result<(), RunError> {
    for kind in kinds.iter().copied() {
        let (store, pairing) = (&work.session.store, work.session.pairing.id);
        let Some(cursor) = store.cursor(pairing, side, kind)? else {
            continue;
        };
        work.session.control.checkpoint().await?;
        let cursor = crate::books::Cursor(cursor);
        let seen = work.books(side).recent(kind, &cursor).await?;
        let known = store.known(pairing, side, kind, seen.iter().map(|seen| &seen.id))?;
        let unread = unread(work, side, kind, &seen, &known);
        read(work, side, kind, &unread).await?;
    }
    Ok(())
}

/// Those that are not known as they stand.
fn unread(
    work: &Work<'_>,
    side: Side,
    kind: Kind,
    seen: &[Seen],
    known: &BTreeMap<RemoteId, Known>,
) -> Vec<RemoteId> {
    seen.iter()
        .filter(|seen| {
            known.get(&seen.id).is_none_or(|known| {
                known.gone
                    || known.born.is_some() && known.born != seen.born
                    || !work.books(side).is_as_read(kind, seen, &known.version)
            })
        })
        .map(|seen| seen.id.clone())
        .collect()
}

/// Reads records by their identities into the store; those that are not there are left as they are.
/// How many are not as they were.
async fn read(
    work: &mut Work<'_>,
    side: Side,
    kind: Kind,
    ids: &[RemoteId],
) -> Result<u64, RunError> {
    let mut changed = 0;
    for ids in ids.chunks(LOOKUP) {
        work.session.control.checkpoint().await?;
        let lookup = Lookup::Ids(ids.to_vec());
        let found = work.books(side).find(kind, &lookup).await?;
        changed += take(work, side, kind, &found).await?;
    }
    work.counts.changed += changed;
    Ok(changed)
}

/// Stores records that were looked up, as those of a page are.
pub(super) async fn take(
    work: &Work<'_>,
    side: Side,
    kind: Kind,
    found: &[Pulled],
) -> Result<u64, RunError> {
    if side == Side::Erpnext {
        relink::follow(work, kind, found).await?;
    }
    displaced(work, side, kind, found).await?;
    let mut looked_for = BTreeSet::new();
    for parent in kind.parents() {
        super::pull::missing(work, side, *parent, found, &mut looked_for).await?;
    }
    let (store, pairing) = (&work.session.store, work.session.pairing.id);
    let rows: Vec<_> = found.iter().map(stored).collect();
    let kept = store.store_found(pairing, side, kind, &rows, work.now())?;
    Ok(kept.new + kept.changed)
}

/// Looks at known records by their identities: what is another version is read, what is gone departs.
async fn verify(
    work: &mut Work<'_>,
    side: Side,
    kind: Kind,
    ids: &BTreeSet<RemoteId>,
    told: &Told,
) -> Result<Looked, RunError> {
    let mut looked = Looked::default();
    let known = {
        let (store, pairing) = (&work.session.store, work.session.pairing.id);
        let mut known = store.known(pairing, side, kind, ids)?;
        known.retain(|_, known| !known.gone);
        known
    };
    let ids: Vec<RemoteId> = known.keys().cloned().collect();
    for some in ids.chunks(LOOKUP) {
        work.session.control.checkpoint().await?;
        let seen = work.books(side).seen(kind, some).await?;
        let unread = unread(work, side, kind, &seen, &known);
        looked.changed |= read(work, side, kind, &unread).await? > 0;
        let there: BTreeSet<&RemoteId> = seen.iter().map(|seen| &seen.id).collect();
        for id in some.iter().filter(|id| !there.contains(id)) {
            let Some(of) = known.get(id) else { continue };
            let key = RecordKey {
                side,
                kind,
                id: id.clone(),
            };
            match departure::absent(work, &key, of, told).await? {
                departure::Absent::There => {}
                departure::Absent::Missed => {
                    looked.missed.insert((kind, id.clone()));
                }
                departure::Absent::Gone => looked.changed = true,
            }
        }
    }
    Ok(looked)
}
