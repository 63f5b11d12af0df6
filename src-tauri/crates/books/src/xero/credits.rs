//! What is left of overpayments and prepayments. Both are records too, of the kind of payments, whose pass
//! reads the same lists: what it just read is at hand, and not read again. Xero lists each of the two by
//! itself, a call each, so where nothing suggests a change those that are not at hand take turns.

use engine::books::{BooksError, CreditsPage, CreditsPass, Cursor};
use ledger::OpenCredit;
use serde::{Deserialize, Serialize};
use xero::translate::open_credit;
use xero::wire::Row;
use xero::wire::credit::CreditKind;
use xero::wire::document::{Document, Overpayment, Prepayment};
use xero::wire::list::Listed;
use xero::wire::position::Position;

use super::payments::{advance_id, is_unread_suppliers};
use super::{XeroBooks, failure};

/// How far the lists have been read. Stored as JSON.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Reading {
    overpayments: Position,
    prepayments: Position,
    /// The lists that are still to be read in this pass, the next one last.
    to_read: Vec<List>,
    /// The list that the last pass left out.
    left_out: Option<List>,
    /// Whether what was read has the identities of records.
    as_records: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum List {
    Overpayments,
    Prepayments,
}

impl Reading {
    /// Reads a cursor, and whether all that was read before it has to be forgotten: it had other identities.
    fn of(cursor: &Cursor) -> (Self, bool) {
        let reading: Self = serde_json::from_str(&cursor.0).unwrap_or_default();
        if reading.as_records {
            return (reading, false);
        }
        let anew = Self {
            to_read: vec![List::Prepayments, List::Overpayments],
            as_records: true,
            ..Self::default()
        };
        (anew, true)
    }

    /// Begins a pass. What is at hand is never left out.
    fn begin(&mut self, pass: CreditsPass, at_hand: impl Fn(&Self, List) -> bool) {
        if pass.whole {
            *self = Self {
                as_records: true,
                ..Self::default()
            };
        }
        self.to_read = vec![List::Prepayments, List::Overpayments];
        self.left_out = (pass.quiet && !pass.whole).then_some(match self.left_out {
            Some(List::Prepayments) => List::Overpayments,
            _ => List::Prepayments,
        });
        self.left_out = self.left_out.filter(|list| !at_hand(self, *list));
        let left_out = self.left_out;
        self.to_read.retain(|list| Some(*list) != left_out);
    }

    const fn position(&self, list: List) -> &Position {
        match list {
            List::Overpayments => &self.overpayments,
            List::Prepayments => &self.prepayments,
        }
    }

    const fn position_mut(&mut self, list: List) -> &mut Position {
        match list {
            List::Overpayments => &mut self.overpayments,
            List::Prepayments => &mut self.prepayments,
        }
    }
}

impl XeroBooks {
    pub(super) async fn open_credits(
        &self,
        cursor: &Cursor,
        begin: Option<CreditsPass>,
    ) -> Result<CreditsPage, BooksError> {
        self.still_the_same().await?;
        let (mut reading, anew) = Reading::of(cursor);
        if let Some(mut pass) = begin {
            pass.whole |= anew;
            reading.begin(pass, |reading, list| {
                let position = reading.position(list);
                match list {
                    List::Overpayments => self.is_at_hand::<Overpayment>(position),
                    List::Prepayments => self.is_at_hand::<Prepayment>(position),
                }
            });
        }
        let Some(list) = reading.to_read.last().copied() else {
            return Ok(CreditsPage {
                next: cursor.clone(),
                ..CreditsPage::default()
            });
        };
        let position = reading.position(list).clone();
        let (mut page, next, more) = match list {
            List::Overpayments => {
                self.credits_of::<Overpayment>(CreditKind::Overpayment, &position)
                    .await
            }
            List::Prepayments => {
                self.credits_of::<Prepayment>(CreditKind::Prepayment, &position)
                    .await
            }
        }?;
        *reading.position_mut(list) = next;
        if !more {
            reading.to_read.pop();
        }
        page.all = anew;
        page.more = !reading.to_read.is_empty();
        page.next = Cursor(serde_json::to_string(&reading).unwrap_or_default());
        Ok(page)
    }

    /// What a list has behind a position, where it goes on, and whether at once.
    async fn credits_of<T: Listed + Into<Document>>(
        &self,
        kind: CreditKind,
        position: &Position,
    ) -> Result<(CreditsPage, Position, bool), BooksError> {
        let page = |seen, unreadable| CreditsPage {
            seen,
            unreadable,
            ..CreditsPage::default()
        };
        if let Some(read) = self.at_hand::<T>(position) {
            return Ok((page(read.seen, read.unreadable), read.next, false));
        }
        let read = self.client.page::<T>(position).await;
        let read = read.map_err(|error| failure(&error))?;
        let rows: Vec<_> = read.rows.into_iter().map(|row| row.map(T::into)).collect();
        let (seen, unreadable) = of_rows(kind, &rows);
        Ok((page(seen, unreadable), read.next, read.more))
    }
}

/// What is left of the credits of some rows of a list, by the identities of their records; and of those that
/// could not be read, why.
pub(super) fn of_rows(
    kind: CreditKind,
    rows: &[Row<Document>],
) -> (Vec<OpenCredit>, Vec<(String, String)>) {
    let (mut seen, mut unreadable) = (Vec::new(), Vec::new());
    for row in rows {
        match row {
            Row::Read { row, .. } => match open_credit::from_wire(kind, row) {
                Ok(found) => seen.extend(found.map(|credit| OpenCredit {
                    id: advance_id(kind, credit.id.as_str()),
                    ..credit
                })),
                Err(why) => {
                    let id = advance_id(kind, &row.id.to_lowercase());
                    let title = row.reference.as_ref().unwrap_or(&row.id);
                    unreadable.push((id.0, format!("{title}: {why}")));
                }
            },
            Row::Unreadable { raw, .. } if is_unread_suppliers(raw) => {}
            Row::Unreadable { id, title, why, .. } => {
                let title = title.as_ref().or(id.as_ref());
                let title = title.map(String::as_str).unwrap_or_default();
                let id = id.as_deref().unwrap_or(title).to_lowercase();
                unreadable.push((advance_id(kind, &id).0, format!("{title}: {why}")));
            }
        }
    }
    (seen, unreadable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quiet_pass_leaves_out_what_the_last_one_read() {
        use List::{Overpayments, Prepayments};
        let mut reading = Reading::default();
        let mut lists = |quiet: bool, whole: bool| {
            reading.begin(CreditsPass { whole, quiet }, |_, _| false);
            reading.to_read.iter().rev().copied().collect::<Vec<_>>()
        };
        let all = [Overpayments, Prepayments];
        assert_eq!(lists(false, true), all);
        assert_eq!(lists(true, false), [Overpayments]);
        assert_eq!(lists(true, false), [Prepayments]);
        assert_eq!(lists(true, false), [Overpayments]);
        // Both were read: nothing is left over from before.
        assert_eq!(lists(false, false), all);
        assert_eq!(lists(true, true), all);
        assert_eq!(lists(true, false), [Overpayments]);
    }

    #[test]
    fn a_pass_that_was_under_way_when_credit_notes_were_read_here_begins_anew() {
        let of_before = r#"{"overpayments":{"page":3},"to_read":["prepayments","credit_notes"]}"#;
        assert!(serde_json::from_str::<Reading>(of_before).is_err());
        let done = r#"{"credit_notes":{"page":9},"overpayments":{"page":3},"to_read":[]}"#;
        // Those had other identities, and are read once more.
        for of_before in [of_before, done, ""] {
            let (reading, anew) = Reading::of(&Cursor(of_before.to_owned()));
            assert_eq!((reading.overpayments.page, reading.to_read.len()), (1, 2));
            assert!(anew);
            let kept = Cursor(serde_json::to_string(&reading).unwrap_or_default());
            assert_eq!(Reading::of(&kept), (reading, false));
        }
    }

    #[test]
    fn what_is_at_hand_is_never_left_out() {
        let mut reading = Reading::default();
        let quiet = CreditsPass {
            whole: false,
            quiet: true,
        };
        reading.begin(quiet, |_, list| list == List::Prepayments);
        assert_eq!(reading.to_read, [List::Prepayments, List::Overpayments]);
        reading.begin(quiet, |_, _| false);
        assert_eq!(reading.to_read, [List::Overpayments]);
        reading.begin(quiet, |_, list| list == List::Prepayments);
        assert_eq!(reading.to_read, [List::Prepayments]);
    }
}
