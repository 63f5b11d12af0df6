//! Finds any record: newest first, a page at a time, however many there are.
//!
//! One condition leads: it tells which places come into question, in order. Everything that was asked for is then
//! asked of each record itself, so what leads decides how long it takes and never what is found.

use std::ops::ControlFlow;

use chrono::NaiveDate;
use ledger::{Kind, Record, Side};
use rusqlite::{OptionalExtension, Row, params};
use rust_decimal::Decimal;

use super::place::{self, Typed};
use super::put::RecordState;
use super::{RecordKey, StoredRecord, read};
use crate::codes::{Numbered, coded};
use crate::db::Reading;
use crate::sql::{Columns, enum_of_words, row_id};
use crate::statements::{Sql, exceptions as exceptions_sql, records as sql};
use crate::{ExceptionId, PairingId, Store, StoreError};

/// As many places are put in order; where there are more, enough of them are among the newest records.
const GATHERED: usize = 20_000;

row_id! {
    /// Where a record stands among all of them; the newest has the highest.
    pub struct Place;
}

enum_of_words! {
    /// How a record stands between the two sides.
    pub enum RecordStanding {
        /// On both sides.
        Linked = "linked",
        /// It needs a person.
        Waiting = "waiting",
        /// On one side alone.
        Alone = "alone",
        /// Voided, cancelled, archived or deleted.
        Ended = "ended",
    }
}

/// Which records to find. All conditions must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RecordQuery {
    /// With all these words, or beginnings of words, in number, name, contact, name in ERPNext or reference.
    pub text: Option<String>,
    /// One of these; empty for any.
    pub named: Vec<RecordKey>,
    /// On this side. Where none is said, two that are linked are one: Xero's.
    pub side: Option<Side>,
    /// Of this kind.
    pub kind: Option<Kind>,
    /// With a total from the first to the second of these.
    pub amount: Option<(Decimal, Decimal)>,
    /// Dated from this day on.
    pub from: Option<NaiveDate>,
    /// Dated up to this day.
    pub until: Option<NaiveDate>,
    /// Standing so.
    pub standing: Option<RecordStanding>,
    /// Older than this one.
    pub before: Option<Place>,
    /// At most so many; 0 for all.
    pub limit: u32,
}

/// A record that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its place.
    pub place: Place,
    /// The record.
    pub record: StoredRecord,
    /// Its counterpart, where it is linked and that is stored.
    pub other: Option<StoredRecord>,
    /// What stands open about either.
    pub exception: Option<ExceptionId>,
    /// How it stands.
    pub standing: RecordStanding,
}

impl Store {
    /// Records, newest first; what has no date comes before what has.
    pub fn find_records(
        &self,
        pairing: PairingId,
        query: &RecordQuery,
    ) -> Result<Vec<Found>, StoreError> {
        let mut page = Vec::new();
        self.find_records_each(pairing, query, |found| page.push(found))?;
        Ok(page)
    }

    /// Hands each of [`Store::find_records`] to `each`, in the same order, without holding them all.
    pub fn find_records_each(
        &self,
        pairing: PairingId,
        query: &RecordQuery,
        mut each: impl FnMut(Found),
    ) -> Result<(), StoreError> {
        self.read(|reading| {
            let _whole = reading.snapshot()?;
            let Some(search) = Search::of(reading, pairing, query) else {
                return Ok(());
            };
            let mut left = match query.limit {
                0 => u32::MAX,
                limit => limit,
            };
            search.each_place(|place| {
                if let Some(found) = search.found(place)? {
                    each(found);
                    left -= 1;
                }
                Ok(if left == 0 {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                })
            })
        })
    }
}

/// A record with its place and state.
struct Candidate {
    place: i64,
    state: RecordState,
    record: StoredRecord,
}

fn candidate(row: &Row<'_>) -> rusqlite::Result<Candidate> {
    Ok(Candidate {
        place: row.get(15)?,
        state: row.get(16)?,
        record: read(row)?,
    })
}

struct Search<'s> {
    reading: Reading<'s>,
    pairing: PairingId,
    query: &'s RecordQuery,
    typed: Option<Typed>,
    /// Places from the first, and below the second: what was asked for of dates, and of the page.
    dated: (i64, i64),
    below: i64,
}

impl<'s> Search<'s> {
    /// `None` where nothing can be found.
    fn of(reading: Reading<'s>, pairing: PairingId, query: &'s RecordQuery) -> Option<Self> {
        let typed = query.text.as_deref().map(Typed::read);
        if typed.as_ref().is_some_and(Typed::is_empty) {
            return None;
        }
        let from = query.from.map_or(i64::MIN, place::first_of);
        let until = match query.until {
            Some(day) => day.succ_opt().map_or(i64::MAX, place::first_of),
            None if query.from.is_some() => place::first_undated(),
            None => i64::MAX,
        };
        Some(Self {
            reading,
            pairing,
            query,
            typed,
            dated: (from, until),
            below: query.before.map_or(until, |before| before.0.min(until)),
        })
    }

    /// Hands over the places that come into question, the newest first, until told to stop.
    fn each_place(
        &self,
        mut each: impl FnMut(i64) -> rusqlite::Result<ControlFlow<()>>,
    ) -> rusqlite::Result<()> {
        if let Some(places) = self.gathered()? {
            for place in places {
                if each(place)?.is_break() {
                    break;
                }
            }
            return Ok(());
        }
        let (from, below) = (self.dated.0, self.below);
        let mut walk = |statement: &Sql, what: &dyn rusqlite::ToSql| -> rusqlite::Result<()> {
            let mut query = self.reading.prepare(statement)?;
            let mut rows = query.query(params![what, below, from])?;
            while let Some(row) = rows.next()? {
                let place = row.get(0)?;
                if self.may_be(place) && each(place)?.is_break() {
                    break;
                }
            }
            Ok(())
        };
        if let Some(typed) = &self.typed {
            walk(&sql::WORDED_PLACES, &typed.as_match())
        } else if self.query.standing == Some(RecordStanding::Ended) {
            walk(&sql::ENDED_PLACES, &self.pairing)
        } else {
            walk(&sql::PLACES, &self.pairing)
        }
    }

    /// Whether a place can be one, by itself.
    fn may_be(&self, place: i64) -> bool {
        let about = place::about(place);
        about.is_some_and(|(side, kind)| {
            self.query.side.is_none_or(|it| it == side)
                && self.query.kind.is_none_or(|it| it == kind)
        })
    }

    /// The places that come into question where these are few enough to be put in order; `None` where they are
    /// walked in the order of an index.
    fn gathered(&self) -> rusqlite::Result<Option<Vec<i64>>> {
        let query = self.query;
        let mut places = if !query.named.is_empty() {
            self.places_of(&query.named)?
        } else if query.standing == Some(RecordStanding::Waiting) {
            let open: Vec<RecordKey> = self
                .reading
                .prepare(&exceptions_sql::OPEN_RECORDS)?
                .query_map([self.pairing], |row| {
                    Ok(RecordKey {
                        side: row.side(0)?,
                        kind: row.kind(1)?,
                        id: row.remote_id(2)?,
                    })
                })?
                .collect::<rusqlite::Result<_>>()?;
            self.places_of(&open)?
        } else {
            let most = i64::try_from(GATHERED).unwrap_or(i64::MAX) + 1;
            let few = |statement: &Sql, values: &[&dyn rusqlite::ToSql]| {
                let places: Vec<i64> = self
                    .reading
                    .prepare(statement)?
                    .query_map(values, |row| row.get(0))?
                    .collect::<rusqlite::Result<_>>()?;
                Ok::<_, rusqlite::Error>((places.len() <= GATHERED).then_some(places))
            };
            let mut found = None;
            if let Some((low, high)) = query.amount {
                let (low, high) = (place::sum(low), place::sum(high));
                found = few(&sql::PLACES_OF_SUM, &[&self.pairing, &low, &high, &most])?;
            }
            if found.is_none()
                && self.typed.is_none()
                && query.standing == Some(RecordStanding::Alone)
            {
                found = few(&sql::PLACES_ALONE, &[&self.pairing, &most])?;
            }
            match found {
                Some(found) => found,
                None => return Ok(None),
            }
        };
        places.retain(|place| (self.dated.0..self.below).contains(place) && self.may_be(*place));
        places.sort_unstable_by_key(|place| std::cmp::Reverse(*place));
        places.dedup();
        Ok(Some(places))
    }

    /// The places of these records and of their counterparts.
    fn places_of(&self, keys: &[RecordKey]) -> rusqlite::Result<Vec<i64>> {
        let mut places = Vec::new();
        for key in keys {
            if let Some(found) = self.by_id(key)? {
                places.push(found.place);
                let other = self.counterpart(&found)?;
                places.extend(other.map(|other| other.place));
            }
        }
        Ok(places)
    }

    fn by_id(&self, key: &RecordKey) -> rusqlite::Result<Option<Candidate>> {
        let (side, kind) = (key.side.number(), key.kind.number());
        let values = params![self.pairing, side, kind, coded(&key.id)];
        self.reading
            .prepare(&sql::FOUND_BY_ID)?
            .query_row(values, candidate)
            .optional()
    }

    fn counterpart(&self, of: &Candidate) -> rusqlite::Result<Option<Candidate>> {
        let record = &of.record;
        if record.link.is_none() {
            return Ok(None);
        }
        let values = params![self.pairing, record.kind.number(), coded(&record.row.id)];
        let there = match record.side {
            Side::Xero => 1,
            Side::Erpnext => 0,
        };
        let id = self
            .reading
            .query_row(sql::PAIR.on(record.side), values, |row| {
                row.remote_id(there)
            })
            .optional()?;
        match id {
            Some(id) => self.by_id(&RecordKey {
                side: record.side.other(),
                kind: record.kind,
                id,
            }),
            None => Ok(None),
        }
    }

    /// The record of a place, where it is one that was asked for.
    fn found(&self, place: i64) -> rusqlite::Result<Option<Found>> {
        let standing = self.query.standing;
        let row = self
            .reading
            .prepare(&sql::FOUND_AT)?
            .query_row(params![self.pairing, place], |row| {
                // What stands in the row itself is asked before its content is read.
                let ended = row.get::<_, RecordState>(16)?.has_ended();
                let linked = row.get::<_, Option<i64>>(12)?.is_some();
                let may_be = match standing {
                    None | Some(RecordStanding::Waiting) => true,
                    Some(RecordStanding::Linked) => linked && !ended,
                    Some(RecordStanding::Alone) => !linked && !ended,
                    Some(RecordStanding::Ended) => ended,
                };
                may_be.then(|| candidate(row)).transpose()
            })
            .optional()?
            .flatten();
        let Some(row) = row.filter(|row| self.is_asked_for(row)) else {
            return Ok(None);
        };
        let other = self.counterpart(&row)?;
        let exception = match self.exception_of(&row)? {
            None => other
                .as_ref()
                .map_or(Ok(None), |it| self.exception_of(it))?,
            found => found,
        };
        let stands = stands(&row, exception);
        if standing.is_some_and(|it| it != stands) {
            return Ok(None);
        }
        if self.query.side.is_none()
            && row.record.side == Side::Erpnext
            && let Some(theirs) = &other
            && self.is_asked_for(theirs)
            && (standing.is_none() || standing == Some(self::stands(theirs, exception)))
        {
            return Ok(None);
        }
        Ok(Some(Found {
            place: Place(place),
            record: row.record,
            other: other.map(|it| it.record),
            exception,
            standing: stands,
        }))
    }

    /// Whether a record is one that was asked for, but for how it stands.
    fn is_asked_for(&self, row: &Candidate) -> bool {
        let query = self.query;
        let (from, until) = self.dated;
        let record = row.record.row.record.as_ref().ok();
        let total = record.and_then(Record::total);
        (from..until).contains(&row.place)
            && self.may_be(row.place)
            && (query.named.is_empty() || self.is_named(row))
            && query.amount.is_none_or(|(low, high)| {
                total.is_some_and(|(total, _)| (low..=high).contains(&total))
            })
            && self.typed.as_ref().is_none_or(|typed| {
                let StoredRecord { side, row, .. } = &row.record;
                typed.is_in(&place::texts(*side, &row.id, &row.record))
            })
    }

    /// Whether it is one of those that were named, or linked to one.
    fn is_named(&self, row: &Candidate) -> bool {
        let key = row.record.key();
        self.query.named.contains(&key)
            || self
                .counterpart(row)
                .ok()
                .flatten()
                .is_some_and(|other| self.query.named.contains(&other.record.key()))
    }

    fn exception_of(&self, of: &Candidate) -> rusqlite::Result<Option<ExceptionId>> {
        let record = &of.record;
        let (side, kind) = (record.side.number(), record.kind.number());
        let values = params![self.pairing, side, kind, coded(&record.row.id)];
        self.reading
            .prepare(&exceptions_sql::OPEN_OF)?
            .query_row(values, |row| row.get(0))
            .optional()
    }
}

fn stands(row: &Candidate, exception: Option<ExceptionId>) -> RecordStanding {
    if exception.is_some() {
        RecordStanding::Waiting
    } else if row.state.has_ended() {
        RecordStanding::Ended
    } else if row.record.link.is_some() {
        RecordStanding::Linked
    } else {
        RecordStanding::Alone
    }
}
