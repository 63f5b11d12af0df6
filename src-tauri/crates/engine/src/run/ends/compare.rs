//! The comparison of all identities: what no list of changes ever brought, and what is gone without a
//! trace.

use std::collections::{BTreeSet, HashSet};
use std::hash::{BuildHasher, RandomState};

use chrono::{DateTime, Duration, Utc};
use ledger::{Kind, RemoteId, Side};
use serde::{Deserialize, Serialize};
use store::Look;

use super::told::Told;
use super::{read, unread, verify};
use crate::books::Cursor;
use crate::plan::Guard;
use crate::run::{RunError, Session, Work};

/// How often all identities are compared.
const EVERY: Duration = Duration::hours(24);

/// Where a comparison stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Standing {
    /// The side's own cursor.
    at: Cursor,
    /// The day whose calls are counted.
    day: Option<chrono::NaiveDate>,
    /// The calls made on that day.
    calls: u32,
}

/// Compares the identities of a side with those that are stored, where that is due or asked for. Where
/// calls are few, a part of them a day.
pub(super) async fn compare(
    work: &mut Work<'_>,
    side: Side,
    full: bool,
    kinds: &[Kind],
) -> Result<Option<Guard>, RunError> {
    let mut empty = None;
    for kind in kinds.iter().copied() {
        if let Some(guard) = of_kind(work, side, kind, full).await? {
            empty = Some(guard);
        }
    }
    Ok(empty)
}

async fn of_kind(
    work: &mut Work<'_>,
    side: Side,
    kind: Kind,
    full: bool,
) -> Result<Option<Guard>, RunError> {
    let what = name_of(kind);
    let (store, pairing) = (work.session.store.clone(), work.session.pairing.id);
    let mut look = store.look(pairing, side, &what)?;
    let now = work.now();
    if look == Look::default() && work.read_from_start.contains(&(side, kind)) && !full {
        // Everything has just been read.
        look.ended = Some(now);
        store.set_look(pairing, side, &what, &look)?;
        return Ok(None);
    }
    if !full && !due(&look, now) {
        return Ok(None);
    }
    let mut standing: Standing = serde_json::from_str(&look.cursor).unwrap_or_default();
    if full || look.began.is_none() {
        standing.at = Cursor::default();
        look.began = Some(now);
    }
    if standing.day != Some(now.date_naive()) {
        standing.day = Some(now.date_naive());
        standing.calls = 0;
    }
    let allowed = work.books(side).calls_for_comparing();
    let hasher = RandomState::new();
    let mut listed: HashSet<u64> = HashSet::new();
    loop {
        if !full && allowed.is_some_and(|allowed| standing.calls >= allowed) {
            // It is gone on with tomorrow.
            look.cursor = serde_json::to_string(&standing).unwrap_or_default();
            store.set_look(pairing, side, &what, &look)?;
            return Ok(None);
        }
        work.session.control.checkpoint().await?;
        let page = work.books(side).all(kind, &standing.at).await?;
        standing.calls += 1;
        let known = store.known(pairing, side, kind, page.seen.iter().map(|seen| &seen.id))?;
        let unread = unread(work, side, kind, &page.seen, &known);
        read(work, side, kind, &unread).await?;
        listed.extend(page.seen.iter().map(|seen| hasher.hash_one(&seen.id)));
        standing.at = page.next;
        if !page.more {
            break;
        }
    }
    // What cannot be deleted is never absent.
    let guard = if work.books(side).deletes() {
        absent(work, side, kind, &listed, &hasher).await?
    } else {
        None
    };
    if guard.is_none() {
        standing.at = Cursor::default();
        look = Look {
            cursor: serde_json::to_string(&standing).unwrap_or_default(),
            began: None,
            ended: Some(work.now()),
        };
        store.set_look(pairing, side, &what, &look)?;
    }
    Ok(guard)
}

/// Whether the identities of a side are to be compared by the next run.
pub(in crate::run) fn is_comparison_due(
    session: &Session,
    side: Side,
    kind: Kind,
    now: DateTime<Utc>,
) -> Result<bool, RunError> {
    let look = session
        .store
        .look(session.pairing.id, side, &name_of(kind))?;
    // One that goes on tomorrow has used up the calls of today.
    let standing: Standing = serde_json::from_str(&look.cursor).unwrap_or_default();
    let allowed = session.books.get(side).calls_for_comparing();
    let today = standing.day == Some(now.date_naive());
    let used_up = today && allowed.is_some_and(|allowed| standing.calls >= allowed);
    Ok(due(&look, now) && !used_up)
}

fn name_of(kind: Kind) -> String {
    format!("all {}", kind.word())
}

/// Whether it is time: under way, never done, or done long enough ago.
fn due(look: &Look, now: DateTime<Utc>) -> bool {
    look.began.is_some() || look.ended.is_none_or(|ended| now - ended >= EVERY)
}

/// Looks for the records that are stored and were not listed. A list without any of them is no list of
/// these books: a person is asked.
async fn absent(
    work: &mut Work<'_>,
    side: Side,
    kind: Kind,
    listed: &HashSet<u64>,
    hasher: &RandomState,
) -> Result<Option<Guard>, RunError> {
    let (store, pairing) = (&work.session.store, work.session.pairing.id);
    let mut absent: BTreeSet<RemoteId> = BTreeSet::new();
    store.identities_each(pairing, side, kind, |id, pulled_at| {
        if pulled_at < work.began && !listed.contains(&hasher.hash_one(&id)) {
            absent.insert(id);
        }
    })?;
    if listed.is_empty() && !work.restored {
        let linked = store.active_links(pairing, kind)?;
        if linked > 0 {
            let linked = u32::try_from(linked).unwrap_or(u32::MAX);
            return Ok(Some(Guard::EmptySide { side, linked }));
        }
    }
    verify(work, side, kind, &absent, &Told::default()).await?;
    Ok(None)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn it_is_due_once_a_day_and_while_it_is_under_way() {
        let at = |text: &str| -> DateTime<Utc> { format!("2026-11-{text}Z").parse().unwrap() };
        let ended = |text: &str| Look {
            ended: Some(at(text)),
            ..Look::default()
        };
        assert!(due(&Look::default(), at("22T10:00:00")));
        assert!(!due(&ended("22T10:00:00"), at("23T09:59:59")));
        assert!(due(&ended("22T10:00:00"), at("23T10:00:00")));
        let under_way = Look {
            began: Some(at("22T10:00:00")),
            ..ended("22T09:00:00")
        };
        assert!(due(&under_way, at("22T10:00:01")));
    }
}
