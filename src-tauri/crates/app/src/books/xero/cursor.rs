//! How far a kind has been read.
//!
//! Xero lists by last change, oldest first. A record that is touched while pages are read moves to
//! the end and shifts the others up by one, so that asking for page 2 would skip a row. Therefore
//! each following page is asked for by time: everything changed since just before the last row of
//! the page before. Only where a whole page was changed within one second are page numbers used.

use chrono::{DateTime, Duration, SubsecRound, Utc};
use engine::books::Cursor;
use serde::{Deserialize, Serialize};

/// Where reading goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Position {
    /// Read what changed since this instant; everything where there is none.
    pub since: Option<DateTime<Utc>>,
    /// The page, from 1.
    pub page: usize,
    /// The latest change seen in this pass.
    pub seen: Option<DateTime<Utc>>,
    /// How many rows this pass has in all.
    pub total: Option<u64>,
}

impl Default for Position {
    fn default() -> Self {
        Self {
            since: None,
            page: 1,
            seen: None,
            total: None,
        }
    }
}

/// How much is read again at the next pass. Xero's stamp is accurate to the second and an index may
/// lag behind; five minutes of rows cost nothing.
const OVERLAP: Duration = Duration::minutes(5);

impl Position {
    /// Reads a cursor; one that is empty or not ours starts from the beginning, which is always
    /// right and only slower.
    pub fn read(cursor: &Cursor) -> Self {
        serde_json::from_str(&cursor.0).unwrap_or_default()
    }

    pub fn write(&self) -> Cursor {
        Cursor(serde_json::to_string(self).unwrap_or_default())
    }

    /// Where to go on after a page whose latest change was `latest`.
    pub fn after(&self, latest: Option<DateTime<Utc>>, full: bool, total: Option<u64>) -> Self {
        let seen = self.seen.max(latest);
        if !full {
            // What changed before the overlap has been read for good.
            let since = seen.map(|seen| seen.trunc_subsecs(0) - OVERLAP);
            return Self {
                since: since.or(self.since),
                ..Self::default()
            };
        }
        // One second back, because whether the header includes its own second is not documented.
        let next = latest.map(|latest| latest.trunc_subsecs(0) - Duration::seconds(1));
        let moved = match (next, self.since) {
            (Some(next), Some(since)) => next > since,
            (Some(_), None) => true,
            (None, _) => false,
        };
        let total = self.total.or(total);
        if moved {
            Self {
                since: next,
                page: 1,
                seen,
                total,
            }
        } else {
            Self {
                since: self.since,
                page: self.page + 1,
                seen,
                total,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::unnecessary_wraps)]
    use super::*;

    fn at(text: &str) -> Option<DateTime<Utc>> {
        Some(format!("2026-11-22T{text}Z").parse().unwrap())
    }

    #[test]
    fn an_empty_or_foreign_cursor_starts_at_the_beginning() {
        for text in ["", "null", "{}", "page 3"] {
            assert_eq!(
                Position::read(&Cursor(text.to_owned())),
                Position::default(),
                "{text}"
            );
        }
    }

    #[test]
    fn a_full_page_goes_on_by_time() {
        let first = Position::default().after(at("12:00:30.940"), true, Some(2500));
        assert_eq!(first.since, at("12:00:29"));
        assert_eq!(first.page, 1);
        assert_eq!(first.total, Some(2500));
        assert_eq!(Position::read(&first.write()), first);
        let second = first.after(at("12:10:00"), true, Some(1501));
        assert_eq!(second.since, at("12:09:59"));
        assert_eq!(second.total, Some(2500));
    }

    #[test]
    fn a_page_within_one_second_goes_on_by_number() {
        let first = Position::default().after(at("12:00:30.2"), true, None);
        let second = first.after(at("12:00:30.9"), true, None);
        assert_eq!((second.since, second.page), (first.since, 2));
        let third = second.after(at("12:00:45"), true, None);
        assert_eq!((third.since, third.page), (at("12:00:44"), 1));
    }

    #[test]
    fn the_last_page_leaves_an_overlap() {
        let end = Position::default()
            .after(at("12:00:30"), true, Some(1001))
            .after(at("12:00:20"), false, Some(1));
        assert_eq!(
            end,
            Position {
                since: at("11:55:30"),
                ..Position::default()
            }
        );
        // Nothing new: the position stays.
        assert_eq!(end.after(None, false, Some(0)), end);
        assert_eq!(end.after(at("12:00:30"), false, Some(1)), end);
    }
}
