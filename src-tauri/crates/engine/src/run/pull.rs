//! Reads what changed on both sides, page by page, into the store.

use std::collections::BTreeSet;
use std::sync::Arc;

use ledger::{Kind, Reference, RemoteId, Side};
use store::{RecordRow, StoreError, StoredPage};
use tokio::task::JoinHandle;

use super::rows::into_stored;
use super::{RunError, Work, ends, relink};
use crate::books::{BooksError, Cursor, Lookup, Page, Pulled};
use crate::plan::Guard;
use crate::progress::Stage;

/// How many identities to look up at once.
const LOOKUP: usize = 200;

/// Reads both sides. Returns what a person must be asked about before anything is planned. A
/// connection that fails is noted in the run's failures; the other side is still read.
pub(super) async fn pull(work: &mut Work<'_>) -> Result<Vec<Guard>, RunError> {
    work.report(|progress| progress.begin(Stage::Reading));
    let mut guards = Vec::new();
    let changed = work.settled_alone.as_ref();
    let listed = work.scope.listed().into_iter();
    let kinds: Vec<Kind> = listed
        .filter(|kind| changed.is_none_or(|changed| changed.contains(kind)))
        .collect();
    let (xero, erpnext) = {
        let work = &*work;
        futures::join!(
            lists(work, Side::Xero, &kinds),
            lists(work, Side::Erpnext, &kinds)
        )
    };
    for (side, lists) in [(Side::Xero, xero), (Side::Erpnext, erpnext)] {
        for (kind, result) in lists {
            let read = match result {
                Ok(read) => read,
                Err(RunError::Books(failure)) => {
                    note_failure(work, failure);
                    continue;
                }
                Err(error) => return Err(error),
            };
            work.counts.read += read.rows;
            // A later round reads on from where an earlier one ended.
            work.read_from.entry((side, kind)).or_insert(read.began_at);
            work.counts.changed += read.changed;
            if read.from_start {
                work.read_from_start.insert((side, kind));
            }
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
    Ok(guards)
}

/// Reads the lists of a side, one after the other: what is referred to before what refers to it. Neither side
/// waits for the other between two of them.
async fn lists(work: &Work<'_>, side: Side, kinds: &[Kind]) -> Vec<(Kind, Result<Read, RunError>)> {
    let mut lists = Vec::new();
    for kind in kinds {
        work.report(|progress| progress.kind = Some(*kind));
        lists.push((*kind, self::side(work, side, *kind).await));
    }
    lists
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
    /// The cursor it began at.
    began_at: String,
}

async fn side(work: &Work<'_>, side: Side, kind: Kind) -> Result<Read, RunError> {
    let (store, pairing) = (&work.session.store, work.session.pairing.id);
    let known = store.cursor(pairing, side, kind)?;
    let mut read = Read {
        from_start: known.is_none(),
        began_at: known.clone().unwrap_or_default(),
        ..Read::default()
    };
    let mut looked_for = BTreeSet::new();
    let cursor = Cursor(known.unwrap_or_default());
    work.session.control.checkpoint().await?;
    let mut page = asked(work, side, kind, cursor).await?;
    loop {
        let (next, more, total) = (page.next.clone(), page.more, page.total);
        // The next page is asked for while this one is stored. Pages are stored in their order, each
        // with the cursor behind it, so nothing is lost where the next one never comes.
        let (kept, ahead) = futures::join!(keep(work, side, kind, page, &mut looked_for), async {
            if !more {
                return Ok(None);
            }
            work.session.control.checkpoint().await?;
            asked(work, side, kind, next).await.map(Some)
        });
        let (count, kept) = kept?;
        read.rows += count;
        read.changed += kept.new + kept.changed;
        work.report(|progress| {
            progress.done += count;
            progress.side = Some(side);
            progress.kind = Some(kind);
            if let (Some(total), true) = (total, read.from_start) {
                progress.total = Some(progress.total.unwrap_or_default().max(total));
            }
        });
        match ahead? {
            Some(ahead) => page = ahead,
            None => return Ok(read),
        }
    }
}

/// A page, asked for and read on a task of its own: a thousand records take long to read, and both sides
/// are read at the same time. The task ends where nobody waits for it any more.
async fn asked(
    work: &Work<'_>,
    side: Side,
    kind: Kind,
    cursor: Cursor,
) -> Result<Page, BooksError> {
    let books = Arc::clone(work.session.books.shared(side));
    let mut task = WaitedFor(tokio::spawn(async move { books.page(kind, &cursor).await }));
    match (&mut task.0).await {
        Ok(page) => page,
        Err(ended) => match ended.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // Only we end it before its time, and the runtime when the program stops.
            Err(_) => Err(BooksError::Stopped),
        },
    }
}

/// A task that ends with whoever waits for it.
struct WaitedFor<T>(JoinHandle<T>);

impl<T> Drop for WaitedFor<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Stores a page with the cursor behind it; how many rows it had, and what became of them.
async fn keep(
    work: &Work<'_>,
    side: Side,
    kind: Kind,
    page: Page,
    looked_for: &mut BTreeSet<Reference>,
) -> Result<(u64, StoredPage), RunError> {
    if side == Side::Erpnext {
        relink::follow(work, kind, &page.rows).await?;
    }
    ends::displaced(work, side, kind, &page.rows).await?;
    for parent in kind.parents() {
        missing(work, side, *parent, &page.rows, looked_for).await?;
    }
    let (store, pairing) = (work.session.store.clone(), work.session.pairing.id);
    let now = work.now();
    let count = page.rows.len() as u64;
    let kept = away(move || {
        let rows: Vec<RecordRow> = page.rows.into_iter().map(into_stored).collect();
        store.store_page(pairing, side, kind, &rows, &page.next.0, now)
    })
    .await?;
    Ok((count, kept))
}

/// Does the work on a thread of its own, so that answers are read meanwhile. It is carried out
/// whether or not somebody still waits for it.
async fn away<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(ended) => match ended.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // Tasks on such threads are not cancelled while the runtime lives.
            Err(why) => Err(StoreError::Sqlite(why.to_string())),
        },
    }
}

/// Records that these refer to but the feed did not bring (contacts that were archived, merged, or
/// changed in a way that Xero's If-Modified-Since misses, xero/FACTS §11) are looked up by identity,
/// before what refers to them is stored: documents are never there without their contacts because a
/// run ended in between.
pub(super) async fn missing(
    work: &Work<'_>,
    side: Side,
    kind: Kind,
    rows: &[Pulled],
    looked_for: &mut BTreeSet<Reference>,
) -> Result<(), RunError> {
    let (store, pairing) = (&work.session.store, work.session.pairing.id);
    let wanted: BTreeSet<&RemoteId> = rows
        .iter()
        .filter_map(|row| row.record.as_ref().ok())
        .flat_map(|record| record.refers_to(kind))
        .filter(|id| {
            let id = (*id).clone();
            !looked_for.contains(&Reference { kind, id })
        })
        .collect();
    let missing = store.absent(pairing, side, kind, wanted)?;
    for ids in missing.chunks(LOOKUP) {
        work.session.control.checkpoint().await?;
        let found = work
            .books(side)
            .find(kind, &Lookup::Ids(ids.to_vec()))
            .await?;
        let rows: Vec<RecordRow> = found.into_iter().map(into_stored).collect();
        store.store_found(pairing, side, kind, &rows, work.now())?;
    }
    looked_for.extend(missing.into_iter().map(|id| Reference { kind, id }));
    Ok(())
}
