//! What is left of overpayments and prepayments; credit notes are records of their own. Xero lists each of
//! the two by itself, a call each, so where nothing suggests a change they take turns.

use engine::books::{BooksError, CreditsPage, CreditsPass, Cursor};
use serde::{Deserialize, Serialize};
use xero::XeroError;
use xero::translate::open_credit;
use xero::wire::Row;
use xero::wire::credit::CreditKind;
use xero::wire::document::{Document, Overpayment, Prepayment};
use xero::wire::list::Page;
use xero::wire::position::Position;

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
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum List {
    Overpayments,
    Prepayments,
}

impl Reading {
    /// Begins a pass.
    fn begin(&mut self, pass: CreditsPass) {
        if pass.whole {
            *self = Self::default();
        }
        self.to_read = vec![List::Prepayments, List::Overpayments];
        self.left_out = (pass.quiet && !pass.whole).then_some(match self.left_out {
            Some(List::Prepayments) => List::Overpayments,
            _ => List::Prepayments,
        });
        let left_out = self.left_out;
        self.to_read.retain(|list| Some(*list) != left_out);
    }

    fn position(&mut self, list: List) -> &mut Position {
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
        let mut reading: Reading = serde_json::from_str(&cursor.0).unwrap_or_default();
        if let Some(pass) = begin {
            reading.begin(pass);
        }
        let Some(list) = reading.to_read.last().copied() else {
            return Ok(CreditsPage {
                next: cursor.clone(),
                ..CreditsPage::default()
            });
        };
        let position = reading.position(list).clone();
        let mut page = CreditsPage::default();
        let (next, more) = match list {
            List::Overpayments => {
                let read = self.client.page::<Overpayment>(&position).await;
                take(CreditKind::Overpayment, read, |row| row.0, &mut page)
            }
            List::Prepayments => {
                let read = self.client.page::<Prepayment>(&position).await;
                take(CreditKind::Prepayment, read, |row| row.0, &mut page)
            }
        }?;
        *reading.position(list) = next;
        if !more {
            reading.to_read.pop();
        }
        page.more = !reading.to_read.is_empty();
        page.next = Cursor(serde_json::to_string(&reading).unwrap_or_default());
        Ok(page)
    }
}

/// Takes the rows of a list into a page; where that list goes on, and whether at once.
fn take<T>(
    kind: CreditKind,
    read: Result<Page<T>, XeroError>,
    credit: impl Fn(T) -> Document,
    into: &mut CreditsPage,
) -> Result<(Position, bool), BooksError> {
    let read = read.map_err(|error| failure(&error))?;
    for row in read.rows {
        match row {
            Row::Read { row, .. } => {
                let row = credit(*row);
                match open_credit::from_wire(kind, &row) {
                    Ok(found) => into.seen.extend(found),
                    Err(why) => {
                        let number = row.number.unwrap_or_else(|| row.id.clone());
                        let id = row.id.to_lowercase();
                        into.unreadable.push((id, format!("{number}: {why}")));
                    }
                }
            }
            Row::Unreadable { id, title, why, .. } => {
                let title = title.or_else(|| id.clone()).unwrap_or_default();
                let id = id.unwrap_or_else(|| title.clone()).to_lowercase();
                into.unreadable.push((id, format!("{title}: {why}")));
            }
        }
    }
    Ok((read.next, read.more))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quiet_pass_leaves_out_what_the_last_one_read() {
        use List::{Overpayments, Prepayments};
        let mut reading = Reading::default();
        let mut lists = |quiet: bool, whole: bool| {
            reading.begin(CreditsPass { whole, quiet });
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
        let done: Reading = serde_json::from_str(done).unwrap_or_default();
        assert_eq!(done.overpayments.page, 3);
    }
}
