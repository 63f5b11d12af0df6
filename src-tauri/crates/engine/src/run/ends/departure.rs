//! What becomes of a record that is gone from its side.

use ledger::{Cause, Kind, Record, RemoteId, Said, Side};
use store::{
    Departure, Known, Link, LogOutcome, LogWrite, PairingId, RecordKey, Settlement, Store,
    StoreError,
};

use super::take;
use super::told::Told;
use crate::books::{Lookup, Pulled};
use crate::run::{RunError, Work, relink};

/// What a look for a record that no list brought came to.
pub(super) enum Absent {
    /// It exists, though we do not see it, or it goes by another identity now and its link with it.
    There,
    /// Not found, for the first time.
    Missed,
    /// It is gone.
    Gone,
}

/// Looks for a record that is in no list: by our marker, which it may carry under another identity,
/// and by its identity itself.
pub(super) async fn absent(
    work: &mut Work<'_>,
    key: &RecordKey,
    known: &Known,
    told: &Told,
) -> Result<Absent, RunError> {
    if elsewhere(work, key).await? {
        // What it was called is nothing any more.
        settle(work, key, Departure::Leaves(key.clone()), None)?;
        return Ok(Absent::Gone);
    }
    if work.books(key.side).exists(key.kind, &key.id).await? {
        return Ok(Absent::There);
    }
    let traced = told.gone(key.kind, &key.id);
    let before = known.missed.is_some_and(|at| at < work.began);
    if !traced && !work.restored && !before {
        let (store, pairing) = (&work.session.store, work.session.pairing.id);
        store.miss(pairing, std::slice::from_ref(key), work.now())?;
        return Ok(Absent::Missed);
    }
    let into = told.merged_into(key.kind, &key.id);
    if let Some(into) = &into
        && merged(work, key, into).await?
    {
        settle(work, key, Departure::Leaves(key.clone()), None)?;
        return Ok(Absent::Gone);
    }
    let lost = work.restored && !traced;
    let departure = departure(work, key, into.clone(), lost)?;
    settle(work, key, departure, Some(words(key, into.as_ref(), lost)))?;
    Ok(Absent::Gone)
}

/// Records that these, which have just been read, have taken the identity of, depart first: ERPNext
/// gives the name of a deleted document to the next one.
pub(in crate::run) async fn displaced(
    work: &Work<'_>,
    side: Side,
    kind: Kind,
    rows: &[Pulled],
) -> Result<(), RunError> {
    if !work.books(side).deletes() {
        return Ok(());
    }
    let (store, pairing) = (&work.session.store, work.session.pairing.id);
    let known = store.known(pairing, side, kind, rows.iter().map(|row| &row.id))?;
    for row in rows {
        let Some(old) = known.get(&row.id) else {
            continue;
        };
        if old.link.is_none() {
            continue;
        }
        let key = RecordKey {
            side,
            kind,
            id: row.id.clone(),
        };
        if let Some(link) = contradicted(work, side, kind, row)? {
            // What was made twice at once is told apart by the plan: ours is taken back.
            let twice =
                is_without_number(kind) && made_here(store, pairing, kind, link.on(side.other()))?;
            if !twice && elsewhere(work, &key).await? {
                // Its documents were agreed while both were taken for one.
                for child in kind.children() {
                    store.all_to_do(pairing, side, child)?;
                }
                continue;
            }
            if taken_over(work, side, kind, row, &link).await? {
                settle(
                    work,
                    &key,
                    Departure::LeavesUnlinked(key.clone(), link.id),
                    Some(Said::AnotherInItsPlace { side }),
                )?;
                continue;
            }
        }
        if !is_other(old, row) {
            continue;
        }
        if !old.gone && elsewhere(work, &key).await? {
            continue;
        }
        let Some(link) = store.link_of(pairing, kind, side, &key.id)? else {
            continue;
        };
        let merged = store
            .record(pairing, &key)?
            .is_some_and(|old| old.row.merged_into.is_some());
        // A customer made anew is most likely meant to be the one that was deleted: the matching looks
        // at it and at the contact, which are both without a counterpart now.
        if work.restored || (!kind.ends_for_good() && !merged) {
            settle(
                work,
                &key,
                Departure::LeavesUnlinked(key.clone(), link.id),
                Some(Said::AnotherInItsPlace { side }),
            )?;
            continue;
        }
        let departure = if old.gone {
            None
        } else {
            Some(departure(work, &key, None, false)?)
        };
        let ended = matches!(departure, None | Some(Departure::Ended { .. }));
        if let Some(departure) = departure {
            settle(work, &key, departure, Some(words(&key, None, false)))?;
        }
        if ended {
            let since = work.now().format("%Y-%m-%d %H:%M:%S");
            let away = RemoteId::new(format!("{} (until {since})", key.id));
            settle(work, &key, Departure::Renamed(key.clone(), away), None)?;
        }
    }
    Ok(())
}

/// Customers that were deleted and made again under another identity: the contact that was left alone
/// is free for the new one, and the matching decides.
pub(super) fn made_anew(work: &Work<'_>, side: Side) -> Result<(), RunError> {
    let (store, pairing) = (&work.session.store, work.session.pairing.id);
    for (left, standing) in store.standing_exceptions(pairing)? {
        if !work.is_about(&left) {
            continue;
        }
        if !matches!(standing.cause, Cause::Vanished { side: of } if of == side)
            || left.kind.ends_for_good()
        {
            continue;
        }
        let Some(link) = store.link_of(pairing, left.kind, left.side, &left.id)? else {
            continue;
        };
        let key = RecordKey {
            side,
            kind: left.kind,
            id: link.on(side).clone(),
        };
        let gone = store.record(pairing, &key)?.and_then(|row| row.gone);
        let Some(record) = store.record(pairing, &left)? else {
            continue;
        };
        if gone.is_some() && store.is_titled_unlinked(pairing, side, left.kind, record.title())? {
            let departure = Departure::LeavesUnlinked(key.clone(), link.id);
            settle(work, &key, departure, Some(Said::AnotherOfItsName { side }))?;
        }
    }
    Ok(())
}

/// The link of a record on which our marker names another than the one that it is linked to here. So it
/// is where another installation linked it first, to what it made of it.
fn contradicted(
    work: &Work<'_>,
    side: Side,
    kind: Kind,
    row: &Pulled,
) -> Result<Option<Link>, RunError> {
    let Some(marker) = &row.marker else {
        return Ok(None);
    };
    let (store, pairing) = (&work.session.store, work.session.pairing.id);
    let link = store.link_of(pairing, kind, side, &row.id)?;
    Ok(link.filter(|link| link.on(side.other()) != marker))
}

/// Whether records of a kind have no number that refuses a second one.
const fn is_without_number(kind: Kind) -> bool {
    kind.ends_for_good() && !kind.is_document()
}

/// How many of the last writes are looked through for what was made lately.
const LATELY: u32 = 200;

/// Whether we made a record in Xero ourselves, lately.
pub(in crate::run) fn made_here(
    store: &Store,
    pairing: PairingId,
    kind: Kind,
    id: &RemoteId,
) -> Result<bool, StoreError> {
    let written = store.written(pairing, Side::Xero, LATELY)?;
    let mut created = written.iter().filter(|(_, _, change)| change == "create");
    Ok(created.any(|(of, target, _)| *of == kind && target == id))
}

/// Whether another installation took a document out of its link: here its counterpart has ended, and its
/// marker names a document that stands and has no link. So it is with a document that was cancelled,
/// synced there and amended, while here the amendment was seen to take its original's place. What has no
/// number may stand beside another that is the same, and then the marker tells which one is meant.
async fn taken_over(
    work: &Work<'_>,
    side: Side,
    kind: Kind,
    row: &Pulled,
    link: &Link,
) -> Result<bool, RunError> {
    let (store, pairing) = (&work.session.store, work.session.pairing.id);
    let (Some(marker), true) = (&row.marker, kind.ends_for_good()) else {
        return Ok(false);
    };
    let other = side.other();
    if store.link_of(pairing, kind, other, marker)?.is_some() {
        return Ok(false);
    }
    // Asked for, since both sides are read at once: what the store holds of the other may be older.
    let ids = vec![link.on(other).clone(), marker.clone()];
    let found = work.books(other).find(kind, &Lookup::Ids(ids)).await?;
    let ended = |id: &RemoteId| {
        let found = found.iter().find(|found| found.id == *id)?;
        found.record.as_ref().ok().map(Record::ended)
    };
    let another = match ended(link.on(other)) {
        Some(true) => true,
        Some(false) => is_without_number(kind) && !made_here(store, pairing, kind, link.on(other))?,
        None => false,
    };
    Ok(another && ended(marker) == Some(false))
}

/// Whether a record is another than the one that is known by its identity. A document that was deleted
/// and restored is made anew and carries our marker still: it is the same.
fn is_other(known: &Known, now: &Pulled) -> bool {
    let same_marker = known.marker.is_some() && known.marker == now.marker;
    match (&known.born, &now.born) {
        (Some(then), Some(now)) => then != now && !same_marker,
        _ => known.gone || (known.marker.is_some() && now.marker.is_some() && !same_marker),
    }
}

/// Whether the record of a link carries our marker under another identity; its link goes there then.
async fn elsewhere(work: &Work<'_>, key: &RecordKey) -> Result<bool, RunError> {
    let (store, pairing) = (&work.session.store, work.session.pairing.id);
    let Some(link) = store.link_of(pairing, key.kind, key.side, &key.id)? else {
        return Ok(false);
    };
    let marker = link.on(key.side.other()).clone();
    let by = Lookup::Markers(vec![marker.clone()]);
    let mut found = work.books(key.side).find(key.kind, &by).await?;
    found.retain(|found| {
        found.id != key.id
            && found.marker.as_ref() == Some(&marker)
            && (found.record.as_ref()).is_ok_and(|record| !record.ended_for_good())
    });
    if found.is_empty() {
        return Ok(false);
    }
    for row in &found {
        let taken = store.link_of(pairing, key.kind, key.side, &row.id)?;
        if taken.is_none() {
            relink::move_link(work, key.kind, &link, row)?;
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether the link of a record that was merged into another went there, which had none.
async fn merged(work: &Work<'_>, key: &RecordKey, into: &RemoteId) -> Result<bool, RunError> {
    let (store, pairing) = (&work.session.store, work.session.pairing.id);
    // What belonged to it belongs to the other now, without a change of its own (erpnext/FACTS §9).
    for child in key.kind.children() {
        store.read_anew(pairing, key.side, child)?;
    }
    let Some(link) = store.link_of(pairing, key.kind, key.side, &key.id)? else {
        return Ok(false);
    };
    if store.link_of(pairing, key.kind, key.side, into)?.is_some() {
        return Ok(false);
    }
    let by = Lookup::Ids(vec![into.clone()]);
    let found = work.books(key.side).find(key.kind, &by).await?;
    let Some(row) = found.iter().find(|row| row.id == *into) else {
        return Ok(false);
    };
    if (row.marker.as_ref()).is_some_and(|marker| marker != link.on(key.side.other())) {
        // It is linked, by another installation: its counterpart has not been read here yet.
        return Ok(false);
    }
    take(work, key.side, key.kind, std::slice::from_ref(row)).await?;
    relink::move_link(work, key.kind, &link, row)?;
    Ok(true)
}

/// What is to become of a record that is gone. `lost` are those that a restored backup lacks: nobody
/// ended them.
fn departure(
    work: &Work<'_>,
    key: &RecordKey,
    merged_into: Option<RemoteId>,
    lost: bool,
) -> Result<Departure, RunError> {
    let (store, pairing) = (&work.session.store, work.session.pairing.id);
    let Some(link) = store.link_of(pairing, key.kind, key.side, &key.id)? else {
        return Ok(Departure::Leaves(key.clone()));
    };
    let record = store
        .record(pairing, key)?
        .and_then(|stored| stored.row.record.ok())
        .or_else(|| link.base(key.side).cloned());
    let (Some(mut record), false) = (record, lost) else {
        return Ok(Departure::LeavesUnlinked(key.clone(), link.id));
    };
    record.end();
    Ok(Departure::Ended {
        partner: partner(&link, key),
        key: key.clone(),
        record: Box::new(record),
        merged_into,
    })
}

fn partner(link: &Link, key: &RecordKey) -> RecordKey {
    let side = key.side.other();
    RecordKey {
        side,
        kind: key.kind,
        id: link.on(side).clone(),
    }
}

fn words(key: &RecordKey, into: Option<&RemoteId>, lost: bool) -> Said {
    let side = key.side;
    match into {
        Some(into) => Said::MergedInto {
            side,
            into: into.clone(),
        },
        None if lost => Said::MissingSinceRestored { side },
        None => Said::Deleted { side },
    }
}

fn settle(
    work: &Work<'_>,
    key: &RecordKey,
    departure: Departure,
    message: Option<Said>,
) -> Result<(), RunError> {
    let (store, pairing) = (&work.session.store, work.session.pairing.id);
    let log = match message {
        None => Vec::new(),
        Some(message) => {
            let stored = store.record(pairing, key)?;
            let record = stored.as_ref().and_then(|it| it.row.record.as_ref().ok());
            let link = store.link_of(pairing, key.kind, key.side, &key.id)?;
            let mut line = LogWrite::note(LogOutcome::Note, message);
            line.kind = Some(key.kind);
            line.xero_id = link.as_ref().map(|link| link.xero_id.clone());
            line.erpnext_id = link.as_ref().map(|link| link.erpnext_id.clone());
            match key.side {
                Side::Xero => line.xero_id = Some(key.id.clone()),
                Side::Erpnext => line.erpnext_id = Some(key.id.clone()),
            }
            line.title = record.map(|it| it.title().to_owned()).unwrap_or_default();
            line.contact_name = record
                .map(|it| it.contact_name().to_owned())
                .unwrap_or_default();
            line.total = record.and_then(Record::total);
            vec![line]
        }
    };
    let settlement = Settlement {
        departed: vec![departure],
        log,
        ..Settlement::default()
    };
    store.settle(pairing, work.run, &[settlement], None, work.now())?;
    Ok(())
}
