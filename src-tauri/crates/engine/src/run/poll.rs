//! Whether anything changed since both sides were last read, as cheaply as it can be asked. A poll is no
//! run: it stores nothing but its answer and the time.

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, Utc};
use ledger::{Kind, Side};
use serde::{Deserialize, Serialize};
use store::Look;

use super::{RunError, Session, recognise};
use crate::books::Cursor;

/// What polls are remembered under.
const POLL: &str = "poll";
/// How often the kinds that others refer to are asked about where calls are few: they change seldom, and
/// a document brings its contact along.
const SELDOM: Duration = Duration::minutes(30);

/// What a poll came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Polled {
    /// Why a run is due whatever the two sides would say: then neither was asked.
    pub due: Option<Due>,
    /// The lists that were asked.
    pub asked: Vec<Asked>,
}

impl Polled {
    /// Whether there is something for a run to do.
    pub fn is_due(&self) -> bool {
        self.due.is_some() || self.asked.iter().any(|asked| asked.changed > 0)
    }
}

/// A list that was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// The side.
    pub side: Side,
    /// The kind of its records.
    pub kind: Kind,
    /// How many of them are not as they were last read, as far as one page tells.
    pub changed: u64,
}

/// Why a run is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// A side has not been read in full yet.
    NotRead,
    /// Writes are not settled.
    Unsettled,
    /// All identities are to be compared.
    Comparison,
}

/// What is remembered of polls.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Remembered {
    /// When each kind was last asked about, by its word.
    asked: BTreeMap<String, DateTime<Utc>>,
    /// Whether anything had changed.
    changed: bool,
}

/// Asks both sides whether anything changed since they were last read. Where calls cost something, one
/// list is asked: of the kinds in turn.
///
/// # Errors
/// [`RunError`] where a side cannot be asked, or the database fails.
pub async fn poll(session: &Session) -> Result<Polled, RunError> {
    let now = session.clock.now();
    if let Some(due) = due(session, now)? {
        return Ok(Polled {
            due: Some(due),
            asked: Vec::new(),
        });
    }
    let mut polled = Polled::default();
    for side in Side::BOTH {
        let books = session.books.get(side);
        if let Some(known) = books.known_profile() {
            recognise(&session.store, &session.pairing, side, &known, now)?;
        }
        let look = session.store.look(session.pairing.id, side, POLL)?;
        let mut remembered: Remembered = serde_json::from_str(&look.cursor).unwrap_or_default();
        let kinds = if books.calls_for_comparing().is_some() {
            vec![turn(&remembered, last_read(session)?, now)]
        } else {
            Kind::ALL.to_vec()
        };
        remembered.changed = false;
        for kind in kinds {
            let changed = changed(session, side, kind).await?;
            remembered.changed |= changed > 0;
            remembered.asked.insert(kind.word().to_owned(), now);
            polled.asked.push(Asked {
                side,
                kind,
                changed,
            });
        }
        let look = Look {
            cursor: serde_json::to_string(&remembered).unwrap_or_default(),
            began: None,
            ended: Some(now),
        };
        session
            .store
            .set_look(session.pairing.id, side, POLL, &look)?;
    }
    Ok(polled)
}

/// Whether both sides answer: a page of a list is asked for, and thrown away. For a run that is due and should
/// not begin where a side cannot be reached.
///
/// # Errors
/// As [`poll`].
pub async fn answers(session: &Session) -> Result<(), RunError> {
    let (store, pairing) = (&session.store, session.pairing.id);
    for side in Side::BOTH {
        let kind = Kind::ALL[0];
        let cursor = Cursor(store.cursor(pairing, side, kind)?.unwrap_or_default());
        session.books.get(side).page(kind, &cursor).await?;
    }
    Ok(())
}

/// Whether a run is due without anybody being asked.
fn due(session: &Session, now: DateTime<Utc>) -> Result<Option<Due>, RunError> {
    let (store, pairing) = (&session.store, session.pairing.id);
    if !store.unsettled(pairing)?.is_empty() {
        return Ok(Some(Due::Unsettled));
    }
    for side in Side::BOTH {
        for kind in Kind::ALL {
            if store.cursor(pairing, side, kind)?.is_none() {
                return Ok(Some(Due::NotRead));
            }
            if super::ends::is_comparison_due(session, side, kind, now)? {
                return Ok(Some(Due::Comparison));
            }
        }
    }
    Ok(None)
}

/// When the lists were last read by a run.
fn last_read(session: &Session) -> Result<Option<DateTime<Utc>>, RunError> {
    let last = session.store.last_whole_run(session.pairing.id, None)?;
    Ok(last.and_then(|run| run.ended_at))
}

/// The kind whose turn it is: one that is asked about seldom, where that was long ago; else the
/// documents that were asked about longest ago. A payment or a use of a credit note changes its invoice with it (xero/FACTS §8), so
/// what is asked about often tells of it too.
fn turn(remembered: &Remembered, read: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Kind {
    let asked = |kind: Kind| remembered.asked.get(kind.word()).copied().max(read);
    let (seldom, often): (Vec<Kind>, Vec<Kind>) =
        (Kind::ALL.into_iter()).partition(|kind| !kind.is_document() || kind.ends_first());
    let overdue = seldom
        .into_iter()
        .find(|kind| asked(*kind).is_none_or(|at| now - at >= SELDOM));
    let longest_ago = often.into_iter().min_by_key(|kind| asked(*kind));
    overdue.or(longest_ago).unwrap_or(Kind::ALL[0])
}

/// How many records of a list are not as they were last read. What is behind a first full page is not
/// looked at: something changed in any case.
async fn changed(session: &Session, side: Side, kind: Kind) -> Result<u64, RunError> {
    let (store, pairing) = (&session.store, session.pairing.id);
    let books = session.books.get(side);
    let mut cursor = Cursor(store.cursor(pairing, side, kind)?.unwrap_or_default());
    loop {
        session.control.checkpoint().await?;
        let page = books.page(kind, &cursor).await?;
        let known = store.known(pairing, side, kind, page.rows.iter().map(|row| &row.id))?;
        let new = page.rows.iter().filter(|row| {
            known
                .get(&row.id)
                .is_none_or(|known| known.gone || known.version != row.version)
        });
        let new = new.count() as u64;
        if new > 0 || !page.more {
            return Ok(new);
        }
        cursor = page.next;
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_asked_about_often_and_what_they_refer_to_seldom() {
        let at = |minute: i64| DateTime::UNIX_EPOCH + Duration::minutes(minute);
        let mut remembered = Remembered::default();
        let mut turns = Vec::new();
        for minute in (2..70).step_by(2) {
            let kind = turn(&remembered, Some(at(0)), at(minute));
            remembered.asked.insert(kind.word().to_owned(), at(minute));
            if kind != Kind::Invoice {
                turns.push((minute, kind));
            }
        }
        let (contacts, payments) = (Kind::Contact, Kind::Payment);
        let notes = Kind::CreditNote;
        let expected = [
            (30, contacts),
            (32, notes),
            (34, payments),
            (60, contacts),
            (62, notes),
            (64, payments),
        ];
        assert_eq!(turns, expected);
        // A run reads all of them.
        assert!(turn(&remembered, Some(at(89)), at(91)).is_document());
    }
}
