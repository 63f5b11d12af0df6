//! The three lists of money received: payments, overpayments and prepayments, read one after the other as if
//! they were one.

use chrono::{DateTime, Duration, Utc};
use engine::books::{BooksError, Cursor, Page, Pulled, Seen, SeenPage};
use ledger::{OpenCredit, Side};
use serde::{Deserialize, Serialize};
use xero::translate::payment::rate_the_wrong_way_round;
use xero::wire::Row;
use xero::wire::credit::CreditKind;
use xero::wire::document::{Document, Overpayment, Prepayment};
use xero::wire::list::{self, Listed};
use xero::wire::payment::Payment;
use xero::wire::position::Position;

use super::Banks;
use crate::xero::{XeroBooks, credits, cursor, failure};

/// How far the lists have been read. Stored as JSON.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Reading {
    payments: Position,
    #[serde(default)]
    overpayments: Position,
    #[serde(default)]
    prepayments: Position,
    /// The list that is read next.
    #[serde(default)]
    next: List,
    /// How many rows the lists have that were read in this pass.
    #[serde(default)]
    before: u64,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum List {
    #[default]
    Payments,
    Overpayments,
    Prepayments,
}

impl Reading {
    /// Reads a cursor. One from when only payments were read is a position in their list.
    fn of(cursor: &Cursor) -> Self {
        serde_json::from_str(&cursor.0).unwrap_or_else(|_| Self {
            payments: cursor::read(cursor),
            ..Self::default()
        })
    }

    fn position(&mut self) -> &mut Position {
        match self.next {
            List::Payments => &mut self.payments,
            List::Overpayments => &mut self.overpayments,
            List::Prepayments => &mut self.prepayments,
        }
    }

    /// Goes on behind a page. Whether there is more to read in this pass.
    fn go_on(&mut self, next: Position, more: bool, total: Option<u64>) -> bool {
        *self.position() = next;
        if more {
            return true;
        }
        self.before += total.unwrap_or_default();
        self.next = match self.next {
            List::Payments => List::Overpayments,
            List::Overpayments => List::Prepayments,
            List::Prepayments => {
                self.before = 0;
                List::Payments
            }
        };
        self.next != List::Payments
    }
}

/// What the newest pass over a list of money on account brought, all of it on one page: who asks for the
/// same next has it at hand.
#[derive(Debug, Clone)]
pub(in crate::xero) struct AtHand {
    /// When it was read.
    at: DateTime<Utc>,
    /// From where.
    from: Position,
    /// What is left of what it brought, and what could not be read.
    pub(in crate::xero) seen: Vec<OpenCredit>,
    pub(in crate::xero) unreadable: Vec<(String, String)>,
    /// Where the list goes on.
    pub(in crate::xero) next: Position,
}

/// How long what was read is taken for what is there. Longer ago it is of another run.
const AT_HAND_FOR: Duration = Duration::minutes(10);

/// How long a list that was read need not be read again in the same run.
const JUST_READ: Duration = Duration::minutes(1);

impl AtHand {
    /// Whether it is all that there is behind a position.
    fn reaches(&self, position: &Position, now: DateTime<Utc>) -> bool {
        begins(position)
            && self.from.since <= position.since
            && self.at <= now
            && now - self.at < AT_HAND_FOR
    }
}

/// Whether a pass begins at a position.
fn begins(position: &Position) -> bool {
    *position
        == Position {
            since: position.since,
            ..Position::default()
        }
}

/// Whether Xero's rates are meant as this client takes them (R24). What the bank moved is worked out by Xero
/// itself from a payment's rate, so one that shows the opposite shows it for the rates of all documents: nothing
/// is carried then. Payments are read to their end before anything is written.
///
/// # Errors
/// [`BooksError::RatesContradict`], which stops the run.
fn rates_as_documented(rows: &[Row<Payment>]) -> Result<(), BooksError> {
    let mut wrong = rows.iter().filter_map(|row| match row {
        Row::Read { row, .. } => rate_the_wrong_way_round(row),
        Row::Unreadable { .. } => None,
    });
    match wrong.next() {
        Some(why) => Err(BooksError::RatesContradict {
            side: Side::Xero,
            why,
        }),
        None => Ok(()),
    }
}

impl XeroBooks {
    /// A page of payments, overpayments and prepayments.
    pub(in crate::xero) async fn payments_page(&self, cursor: &Cursor) -> Result<Page, BooksError> {
        self.money_page(cursor, Banks::Asked).await
    }

    /// A page of the identities of all of them. Read as the lists themselves are, from their beginnings: by
    /// their ids the parts of a batch would come apart, and Xero says no less of a payment than all of it.
    pub(in crate::xero) async fn payments_standing(
        &self,
        cursor: &Cursor,
    ) -> Result<SeenPage, BooksError> {
        let page = self.money_page(cursor, Banks::Remembered).await?;
        let seen = page.rows.into_iter().map(|row| Seen {
            id: row.id,
            version: row.version,
            born: None,
        });
        Ok(SeenPage {
            seen: seen.collect(),
            next: page.next,
            more: page.more,
        })
    }

    async fn money_page(&self, cursor: &Cursor, banks: Banks) -> Result<Page, BooksError> {
        let mut reading = Reading::of(cursor);
        while banks == Banks::Asked && self.was_just_read(reading.next, reading.position()) {
            let end = reading.position().clone();
            if !reading.go_on(end, false, None) {
                return Ok(Page {
                    rows: Vec::new(),
                    total: None,
                    more: false,
                    next: Cursor(serde_json::to_string(&reading).unwrap_or_default()),
                });
            }
        }
        let position = reading.position().clone();
        let (rows, next, more, total) = match reading.next {
            List::Payments => {
                let page = self.client.page::<Payment>(&position).await;
                let page = page.map_err(|error| failure(&error))?;
                rates_as_documented(&page.rows)?;
                let rows = self.payments(page.rows).await;
                let rows = rows.map_err(|error| failure(&error))?;
                (rows, page.next, page.more, page.total)
            }
            List::Overpayments => {
                self.advances_page::<Overpayment>(CreditKind::Overpayment, &position, banks)
                    .await?
            }
            List::Prepayments => {
                self.advances_page::<Prepayment>(CreditKind::Prepayment, &position, banks)
                    .await?
            }
        };
        let all = total.map(|total| reading.before + total);
        let more = reading.go_on(next, more, total);
        Ok(Page {
            rows,
            total: all,
            more,
            next: Cursor(serde_json::to_string(&reading).unwrap_or_default()),
        })
    }

    async fn advances_page<T: Listed + Into<Document>>(
        &self,
        kind: CreditKind,
        position: &Position,
        banks: Banks,
    ) -> Result<(Vec<Pulled>, Position, bool, Option<u64>), BooksError> {
        let list::Page {
            rows,
            next,
            more,
            total,
        } = self
            .client
            .page::<T>(position)
            .await
            .map_err(|error| failure(&error))?;
        let rows: Vec<_> = rows.into_iter().map(|row| row.map(T::into)).collect();
        if begins(position) && !more {
            let (seen, unreadable) = credits::of_rows(kind, &rows);
            let at_hand = AtHand {
                at: self.client.governor().clock().now(),
                from: position.clone(),
                seen,
                unreadable,
                next: next.clone(),
            };
            self.change_at_hand(|all| all.insert(T::NAME, at_hand));
        }
        let rows = self.advances(kind, rows, banks).await;
        Ok((rows.map_err(|error| failure(&error))?, next, more, total))
    }

    /// Whether a list of money on account was read to its end a moment ago, and nothing of it was written by
    /// us since: a run that reads once more for what it wrote itself has nothing to read there.
    fn was_just_read(&self, list: List, end: &Position) -> bool {
        let name = match list {
            List::Payments => return false,
            List::Overpayments => Overpayment::NAME,
            List::Prepayments => Prepayment::NAME,
        };
        let now = self.client.governor().clock().now();
        self.change_at_hand(|all| {
            all.get(name)
                .is_some_and(|it| it.next == *end && it.at <= now && now - it.at < JUST_READ)
        })
    }

    /// Whether all that a list has behind a position was just read.
    pub(in crate::xero) fn is_at_hand<T: Listed>(&self, position: &Position) -> bool {
        let now = self.client.governor().clock().now();
        self.change_at_hand(|all| all.get(T::NAME).is_some_and(|it| it.reaches(position, now)))
    }

    /// What a list has behind a position, where that was just read. Once.
    pub(in crate::xero) fn at_hand<T: Listed>(&self, position: &Position) -> Option<AtHand> {
        let reaches = self.is_at_hand::<T>(position);
        let taken = self.change_at_hand(|all| all.remove(T::NAME));
        taken.filter(|_| reaches)
    }

    /// What was read before a write is not what is there after it.
    pub(in crate::xero) fn forget_what_was_read(&self) {
        self.change_at_hand(std::collections::BTreeMap::clear);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn a_cursor_of_payments_alone_goes_on_there_and_begins_the_other_lists() {
        let old = Position {
            page: 4,
            ..Position::default()
        };
        let reading = Reading::of(&cursor::write(&old));
        assert_eq!(reading.payments, old);
        assert_eq!(
            (
                reading.next,
                reading.overpayments.page,
                reading.prepayments.page
            ),
            (List::Payments, 1, 1)
        );
        for empty in ["", "null", "{}"] {
            assert_eq!(Reading::of(&Cursor(empty.to_owned())), Reading::default());
        }
    }

    #[test]
    fn the_lists_are_read_one_after_the_other_and_each_goes_on_where_it_ended() {
        let mut reading = Reading::default();
        let at = |page| Position {
            page,
            ..Position::default()
        };
        let mut told = Vec::new();
        for (page, more, total) in [(2, true, 5), (3, false, 5), (4, false, 7), (5, false, 9)] {
            let again = reading.go_on(at(page), more, Some(total));
            told.push((again, reading.before));
            let text = serde_json::to_string(&reading).unwrap();
            assert_eq!(Reading::of(&Cursor(text)), reading);
        }
        assert_eq!(told, [(true, 0), (true, 5), (true, 12), (false, 0)]);
        assert_eq!(
            (reading.payments, reading.overpayments, reading.prepayments),
            (at(3), at(4), at(5))
        );
    }

    fn paid(amount: &Value, rate: &Value, moved: &Value) -> Row<Payment> {
        let value = json!({
            "PaymentID": "9f2c5cc1-8c6b-4bd3-a4ba-7b4b1ed0c9c1", "Date": "/Date(1543449600000+0000)/",
            "Amount": amount, "CurrencyRate": rate, "BankAmount": moved,
            "PaymentType": "ACCRECPAYMENT", "Status": "AUTHORISED",
            "Invoice": {"InvoiceID": "i1", "CurrencyCode": "JPY"},
        });
        Row::from_value(value, "PaymentID", "Reference")
    }

    /// R24: what the bank moved tells which way round Xero's rates are.
    #[test]
    fn a_rate_that_the_bank_contradicts_stops_the_run() {
        let right = || paid(&json!(15000), &json!(150), &json!(100));
        let unsaid = paid(&json!(15000), &json!(150), &Value::Null);
        assert_eq!(
            rates_as_documented(&[right(), unsaid]).map_err(|_| ()),
            Ok(())
        );
        let wrong = paid(&json!(15000), &json!(0.006_667), &json!(100));
        match rates_as_documented(&[right(), wrong]) {
            Err(BooksError::RatesContradict { side, why }) => {
                assert_eq!(side, Side::Xero);
                assert!(
                    why.contains("15000 JPY") && why.contains("0.006667"),
                    "{why}"
                );
            }
            other => panic!("{other:?}"),
        }
    }
}
